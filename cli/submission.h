/*
 * cli/submission.h - handing commands to the ledger and saying what became of each.
 *
 *     submission_new -> submission_add ... -> submission_run -> submission_show -> submission_free
 *
 * Run. The commands are signed in envelopes of --chunk commands, spooled (spool.h), handed to the
 * party's node, and asked for until their receipts are certified; every receipt is verified against
 * the genesis. If the node goes away, the same bytes go to the next member. If the outcome does not
 * come in time, the submission stays spooled and EXIT_TIMED_OUT says how to go on; nothing is ever
 * signed twice.
 *
 * The exit code is that of the worst row: refused, waiting, or, when all rows were there before,
 * already.
 */
#ifndef TALLY_CLI_SUBMISSION_H
#define TALLY_CLI_SUBMISSION_H

#include <stdint.h>

#include "cli/cli.h"
#include "cli/spool.h"
#include "ledger/command/command.h"

struct submission;

/* `source` names where the commands come from, for people. */
struct submission *submission_new(struct cli *cli, const char *source);
void submission_free(struct submission *submission);

/* Keeps the hash of the files the commands came from (HASH_SOURCE over their bytes): it is shown
 * with the result and stays with the submission in the spool. */
void submission_source(struct submission *submission, const struct hash *hash);

/* Adds one command that came from this row. Copies it. */
void submission_add(struct submission *submission, const struct command *command, uint32_t row);

/* Signs, spools, sends, waits. A submission of the same commands that an earlier run left in the
 * spool is taken up instead of signing anew. Reports failures; refused rows are not failures but
 * results, which submission_finish reports. */
enum exit_code submission_run(struct submission *submission);

/* Takes up everything in the party's spool. */
enum exit_code submission_resume(struct cli *cli);

/* How many rows came to what. */
struct submission_totals {
    uint32_t done;
    uint32_t refused;
    uint32_t already;
    uint32_t waiting;
    uint32_t unrecorded;
    uint64_t final_p50_us; /* from handing in to final, per envelope */
    uint64_t final_p99_us;
};

/* Adds up the rows as they stand now. */
void submission_totals(const struct submission *submission, struct submission_totals *out);

/* Ends a submission that has its outcomes: shows the rows (only those with a remark, in text
 * format, when there are many) and the totals, reports in one line what is not simply done, and
 * returns the exit code that the rows amount to. What an earlier run had handed in whole is
 * ALREADY. */
enum exit_code submission_finish(struct submission *submission);

#endif
