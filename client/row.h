/*
 * client/row.h - the rows of a list.
 *
 * Rows carry business identifiers and their own decimals, so that a row can be shown without asking
 * for anything else. Numbers are in the asset's smallest unit. They are the answering node's word
 * (see reply.h). A list of rows is encoded one after the other, each in the fixed layout of its
 * kind.
 */
#ifndef TALLY_CLIENT_ROW_H
#define TALLY_CLIENT_ROW_H

#include "base/assert.h"
#include "base/bytes.h"
#include "client/request.h"

#define ROW_NAME_SIZE 71u /* Max70Text */

/* The end of the year 9999: no later instant can be written, and none is read. */
#define ROW_TIME_MS_MAX UINT64_C(253402300799999)

/* Who has to do something before an instruction moves on. Numbered for ever. */
enum row_actor {
    ROW_ACTOR_NOBODY = 0, /* it waits for a date, or has ended */
    ROW_ACTOR_OWNER = 1,  /* the instructing party */
    ROW_ACTOR_COUNTERPARTY = 2,
    ROW_ACTOR_BOTH = 3,
    ROW_ACTOR_OPERATOR = 4,
};

struct row_instruction {
    uint64_t sequence;
    char party[CLIENT_BIC_SIZE];
    char reference[CLIENT_TEXT35_SIZE];
    char counterparty[CLIENT_BIC_SIZE];
    char account[CLIENT_TEXT35_SIZE];
    char asset[CLIENT_ASSET_SIZE];
    char movement[CLIENT_CODE_SIZE]; /* DELI, RECE */
    char payment[CLIENT_CODE_SIZE];  /* APMT, FREE */
    char currency[CLIENT_CODE_SIZE]; /* empty when free of payment */
    char trade_date[CLIENT_DATE_SIZE];
    char settlement_date[CLIENT_DATE_SIZE];
    char status[CLIENT_CODE_SIZE]; /* as in list_filter.status */
    char reason[CLIENT_CODE_SIZE]; /* empty when there is none */
    enum row_actor actor;
    uint8_t quantity_decimals;
    uint8_t amount_decimals;
    int64_t quantity;
    int64_t quantity_settled;
    int64_t amount;
    int64_t amount_settled;
    uint64_t since_height; /* of the last change of status or reason */
    uint64_t since_ms;
    bool alleged;     /* the counterparty was told that it waits */
    uint64_t next_ms; /* when it is tried next by time alone; 0: by something else, or not told */
    uint64_t deadline_ms; /* until when it can settle in time, or be mended; 0: none, or not the
                           * asker's business; these two are the last sixteen bytes of the row */
};

struct row_position {
    char party[CLIENT_BIC_SIZE];
    char account[CLIENT_TEXT35_SIZE];
    char asset[CLIENT_ASSET_SIZE];
    uint8_t decimals;
    int64_t available; /* negative only in the issuer's own account: the counterweight */
    int64_t blocked;
    int64_t reserved;
    int64_t earmarked;
    int64_t pledged;
    int64_t on_loan;
};

struct row_asset {
    char asset[CLIENT_ASSET_SIZE];
    char issuer[CLIENT_BIC_SIZE];
    bool cash;
    uint8_t decimals;
    int64_t issued;
    int64_t unit_minimum; /* minimum settlement unit */
    int64_t unit_multiple;
};

struct row_account {
    char party[CLIENT_BIC_SIZE];
    char account[CLIENT_TEXT35_SIZE];
    bool cash;
    bool blocked;
};

struct row_party {
    char party[CLIENT_BIC_SIZE];
    char name[ROW_NAME_SIZE];
    uint32_t roles; /* bits of genesis_role */
    bool blocked;
};

struct row_event {
    uint64_t height;
    uint32_t index; /* orders the rows of a block; receipts stand behind its events */
    uint64_t ledger_ms;
    char name[CLIENT_TEXT35_SIZE]; /* MATCHED, SETTLED, CANCELLED, RECEIPT-DONE, ... */
    char party[CLIENT_BIC_SIZE];
    char reference[CLIENT_TEXT35_SIZE];
    char reason[CLIENT_CODE_SIZE];
    char asset[CLIENT_ASSET_SIZE];
    char currency[CLIENT_CODE_SIZE];
    uint8_t quantity_decimals;
    uint8_t amount_decimals;
    int64_t quantity;
    int64_t amount;
};

/* Append one row; failure shows in the writer. */
void row_instruction_write(struct bytes_writer *writer, const struct row_instruction *row);
void row_position_write(struct bytes_writer *writer, const struct row_position *row);
void row_asset_write(struct bytes_writer *writer, const struct row_asset *row);
void row_account_write(struct bytes_writer *writer, const struct row_account *row);
void row_party_write(struct bytes_writer *writer, const struct row_party *row);
void row_event_write(struct bytes_writer *writer, const struct row_event *row);

/* Take one row; false (and the reader failed) when it is malformed. */
TALLY_MUST_CHECK bool row_instruction_read(struct bytes_reader *reader,
                                           struct row_instruction *out);
TALLY_MUST_CHECK bool row_position_read(struct bytes_reader *reader, struct row_position *out);
TALLY_MUST_CHECK bool row_asset_read(struct bytes_reader *reader, struct row_asset *out);
TALLY_MUST_CHECK bool row_account_read(struct bytes_reader *reader, struct row_account *out);
TALLY_MUST_CHECK bool row_party_read(struct bytes_reader *reader, struct row_party *out);
TALLY_MUST_CHECK bool row_event_read(struct bytes_reader *reader, struct row_event *out);

#endif
