/*
 * cli/failure.h - saying what went wrong: one line with what, why and what to do.
 *
 *     tally: trades.csv: line 7, column 12: quantity "1,000" is not a number; write 1000 or 1000.5
 *
 * With --json the same goes to standard error as one object, so that scripts need not parse prose.
 */
#ifndef TALLY_CLI_FAILURE_H
#define TALLY_CLI_FAILURE_H

#include <stdbool.h>

#include "cli/exit_code.h"

/* From now on failures are reported as JSON objects. */
void failure_use_json(bool json);

/* While muted, failures are not reported: for questions where "it is down" is an answer. Each
 * muting is ended by one unmuting. */
void failure_mute(bool mute);

/* From now on each failure's advice ends with this text, which is borrowed; NULL ends that. For
 * what is true of every failure of a stretch of work: that something was signed and is kept. */
void failure_remark(const char *text);

/* The code of the failure that was reported last, muted or not: for a chain of takes of which any
 * may have failed, each having said why. EXIT_USAGE before the first. */
enum exit_code failure_last(void);

/*
 * Reports one failure and returns its code, so that `return failure(...)` ends a handler. `what` is
 * the thing concerned (may be NULL), `hint` the remedy (may be ""); `format` makes the reason.
 */
__attribute__((format(printf, 4, 5))) enum exit_code failure(enum exit_code code, const char *what,
                                                             const char *hint, const char *format,
                                                             ...);

#endif
