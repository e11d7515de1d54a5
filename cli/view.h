/*
 * cli/view.h - proved records and leaves in words.
 *
 * A view is made of proven bytes only. What a record names by index (its party, account, asset) is
 * looked up among the other proved records; when one is left out, or is not what was asked for,
 * there is no view and the node is to be called a liar.
 */
#ifndef TALLY_CLI_VIEW_H
#define TALLY_CLI_VIEW_H

#include <stdbool.h>

#include "cli/node.h"
#include "cli/table.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/instruction/instruction.h"

/* An instruction with the names its indexes stand for. */
struct instruction_view {
    struct instruction instruction;
    struct instruction_rare rare; /* of the instruction */
    char party[BIC_SIZE + 1];
    char asset[ISIN_SIZE + 1];
    char currency[ISIN_SIZE + 1]; /* empty when free of payment */
    unsigned quantity_decimals;
    unsigned amount_decimals;
};

/* False when the proof is not of the instruction of this party under this reference. */
bool instruction_view_make(const struct proved *proved, const char *party, const char *reference,
                           struct instruction_view *out);

/* One word for where it is: UNMATCHED, MATCHED, PENDING, FAILING, HELD, SETTLED, PARTLY SETTLED,
 * CANCELLED. */
const char *instruction_state(const struct instruction *instruction);
/* The reason that decides now, and since when. */
const struct instruction_status *instruction_deciding(const struct instruction *instruction);
/* Who has to do something: nobody, own party, counterparty, both, operator; or where that is told,
 * when the record of one side does not say it (a limit, a full position). */
const char *instruction_actor(const struct instruction *instruction);

/* Fills the record with the instruction's terms, its status and who has to act. */
void instruction_view_fill(const struct instruction_view *view, struct table *record);

/* False when the proof is not of this position. Fills the record. */
bool position_view_fill(const struct proved *proved, const char *party, const char *account,
                        const char *asset, struct table *record);

/* A proved event or receipt; quantities in smallest units, since the leaf does not say the
 * decimals. */
void event_view_fill(const struct event *event, struct table *record);
void receipt_view_fill(const struct receipt *receipt, struct table *record);

/* Notes on the proof: block, time, signatures. */
void proof_note(const struct proof_facts *facts, struct table *table);

/* Copies an identifier that is not terminated. */
void text_copy(char *out, size_t out_size, const char *text, size_t size);
/* "2026-11-22" of 20261122; "" of 0. */
void date_text(uint32_t date, char out[CLIENT_DATE_SIZE]);

#endif
