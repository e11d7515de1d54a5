/*
 * node/read_rows.h - ledger records and leaves as rows for people
 *
 * Rule. A row names things by their business identifiers and carries decimals beside its numbers
 * (client/row.h). The status of an instruction is one word for its independent dimensions:
 *
 *     CANC   cancelled            SETT  settled             PART  settled in part, the rest pending
 *     NMAT   not matched          PENF  failing: past its date
 *     MACH   matched, waits for its date                    PEND  matched, kept by something else
 *
 * All are reads: the ledger is given as it is between two blocks.
 */
#ifndef TALLY_NODE_READ_ROWS_H
#define TALLY_NODE_READ_ROWS_H

#include "client/row.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/ledger.h"

/* pre: the record is in use. */
void read_row_party(const struct ledger *ledger, uint32_t index, struct row_party *row);
void read_row_asset(const struct ledger *ledger, uint32_t index, struct row_asset *row);
void read_row_account(const struct ledger *ledger, uint32_t index, struct row_account *row);
void read_row_position(const struct ledger *ledger, uint32_t index, struct row_position *row);
void read_row_instruction(const struct ledger *ledger, uint32_t index, struct row_instruction *row);

/* What happened, as one line of a party's history. An event about two parties makes two rows; the
 * second is for the counterparty. */
void read_row_event(const struct ledger *ledger, const struct event *event, uint32_t index,
                    struct row_event *row);
void read_row_event_counterparty(const struct ledger *ledger, const struct event *event,
                                 uint32_t index, struct row_event *row);
/* Receipts stand in the same list, behind the events of their height. */
void read_row_receipt(const struct receipt *receipt, uint64_t ledger_ms, struct row_event *row);

/* Identifiers as zero-terminated texts. */
void read_bic(const struct bic *bic, char out[CLIENT_BIC_SIZE]);
void read_text35(const struct text35 *text, char out[CLIENT_TEXT35_SIZE]);
void read_asset_code(const struct asset_code *code, char out[CLIENT_ASSET_SIZE]);
/* "2026-11-22" of 20261122; "" of 0. */
void read_date(uint32_t date, char out[CLIENT_DATE_SIZE]);

#endif
