/*
 * cli/submission_rows.h - the verified receipts of a submission, row by row.
 */
#ifndef TALLY_CLI_SUBMISSION_ROWS_H
#define TALLY_CLI_SUBMISSION_ROWS_H

#include <stdint.h>

#include "cli/cli.h"
#include "cli/node.h"
#include "cli/spool.h"
#include "ledger/command/receipt.h"

struct submission_totals;

struct submission_row {
    uint32_t row;
    struct receipt receipt;
    struct hash content; /* of a command that awaits approval: what the second person has to name */
};

struct submission_rows {
    struct submission_row *items;
    uint32_t count;
};

/* Verifies the leaves of node->reply (an OUTCOME of this envelope) and takes their receipts in.
 * Reports a node whose receipts do not prove what they say, or are of something else. */
enum exit_code submission_rows_take(struct submission_rows *rows, struct cli *cli,
                                    const struct node *node, const struct spooled *spooled);

/* Frees what the rows hold. */
void submission_rows_free(struct submission_rows *rows);

/* Adds up the outcomes. */
void submission_rows_count(const struct submission_rows *rows, struct submission_totals *out);

/* The exit code that the rows amount to; when that is not EXIT_DONE, reports in one line how many
 * rows it concerns, and what is to be done about the first of them. */
enum exit_code submission_rows_report(const struct submission_rows *rows, const char *source);

/* Prints the rows that need a person's eye, each with its line in source, then the totals. */
void submission_rows_show(const struct submission_rows *rows, struct cli *cli, const char *source,
                          const char *source_hash, const struct submission_totals *totals);

/* What a row's receipt says, in words: "quantity: not a multiple of the settlement unit; ...". */
void submission_row_explain(const struct submission_row *row, char *out, size_t size);

#endif
