/*
 * netsim/fuzz/fuzz_oracle.h - finds networks that go round in circles
 *
 * Problem. "Nothing became final in time" says that something is wrong, late, and not what. A
 * protocol that is not live usually does a lot: it passes through the same few situations for ever.
 *
 * Rule. Now and then the oracle is shown what every member of a group knows. It takes away what
 * only grows (heights, views, time) and keeps what decides the next steps:
 *
 *     of the group    whose turn it is: the highest view modulo the number of members
 *     of each member  views behind the highest; final view behind the highest; views since its last
 *                     final one, up to where the view timer grows no further; views since its first
 *                     gap; blocks behind; blocks not executed; whether its disk failed, and so on
 *
 * A situation that is entered `visits_max` times, with messages flowing and without any member of
 * the group having come to a new least height in between, is a loop without progress. Also one that
 * is never left, though messages flow. In both cases not before `patience_us` without progress.
 *
 *     A  B  C  A  B  C  A  B  C  A     visits_max 4: a loop of A B C
 *     A  B  C  final  A  B  C          none: progress in between
 *
 * Source: lasso detection over state abstractions, as in the search for liveness bugs of the
 * HotStuff family (arXiv 2310.09006).
 *
 * Deterministic. Not for several threads.
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_ORACLE_H
#define TALLY_NETSIM_FUZZ_FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/step.h"

enum {
    FUZZ_ORACLE_MEMBERS_MAX = 128
};

struct fuzz_oracle_config {
    uint32_t member_count; /* of the whole network: 1 to FUZZ_ORACLE_MEMBERS_MAX */
    uint32_t timer_views;  /* views without a final block until the view timer grows no more */
    uint32_t visits_max;
    uint64_t patience_us;
};

/* What the oracle is shown of a member of the group. */
struct fuzz_oracle_member {
    bool present; /* in the group, and up */
    struct consensus_summary summary;
};

struct fuzz_oracle;

/* NULL when memory is short. */
struct fuzz_oracle *fuzz_oracle_new(const struct fuzz_oracle_config *config);
void fuzz_oracle_free(struct fuzz_oracle *oracle);

/*
 * Shows all members at an instant; `messages` is how many have been delivered so far.
 * True: the group goes round in circles.
 * pre: time and messages do not fall.
 */
bool fuzz_oracle_look(struct fuzz_oracle *oracle, uint64_t time_us, uint64_t messages,
                      const struct fuzz_oracle_member *members);

/* The loop as lines of text, its situations in order; returns the length. pre: a loop was found. */
size_t fuzz_oracle_report(const struct fuzz_oracle *oracle, char *text, size_t size);

/* How many situations the loop has. pre: a loop was found. */
uint32_t fuzz_oracle_loop_size(const struct fuzz_oracle *oracle);

#endif
