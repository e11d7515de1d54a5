/*
 * netsim/adversary/twins.h - plays one scenario of twins, and has it judged
 *
 * Problem. Thousands of scenarios a second, each of a few views, over the very consensus that runs.
 *
 * Rule. The hosts are bare consensus cores with the driver's duties done at once: a record is
 * durable when it is written, a final block executed when it is stored (checker_result() stands in
 * for a ledger). A message takes one millisecond. Rounds are spells of time, about one view long,
 * during which a message is heard by those who may hear its sender; then everybody hears everybody,
 * until all honest members have made `heal_blocks` blocks more final. The two copies of a member
 * have clocks a millisecond apart, so that, leading, they propose different blocks. Blocks are
 * empty.
 *
 * The checker of consensus (checker.h) sees everything; members with two hosts count as Byzantine.
 *
 *     PASSED   nothing wrong, and everybody went on after the rounds
 *     UNSAFE   an honest member did, or came to, something wrong
 *     STUCK    nothing wrong, but no progress in time
 *
 * With more than f twins safety may break; then `culprits` says whom the honest members can convict
 * together, from all the signed statements that they have (accountability.h).
 *
 * Deterministic: the same scenario, the same run.
 */
#ifndef TALLY_NETSIM_ADVERSARY_TWINS_H
#define TALLY_NETSIM_ADVERSARY_TWINS_H

#include <stdint.h>
#include <stdio.h>

#include "netsim/adversary/twins_plan.h"
#include "netsim/engine/member_set.h"

struct twins_config {
    uint32_t members;
    uint32_t twins;
    uint32_t spell_ms;    /* length of a round */
    uint32_t heal_blocks; /* more final blocks after the rounds, at every honest member */
    uint32_t heal_ms;     /* within so long */
    FILE *trace;          /* or NULL */
};

/* A round of about one view, three blocks within five seconds. */
void twins_config_defaults(struct twins_config *config, uint32_t members, uint32_t twins);

enum twins_outcome {
    TWINS_PASSED,
    TWINS_UNSAFE,
    TWINS_STUCK,
};

struct twins_result {
    enum twins_outcome outcome;
    char text[256];             /* why it did not pass */
    bool forked;                /* two blocks became final at one height */
    struct member_set culprits; /* by the joined statements of the honest members */
    uint64_t events;            /* steps of cores */
    uint64_t messages;          /* delivered */
    uint64_t blocks;            /* final, at the first honest member */
    uint64_t digest;            /* of the whole run */
};

struct twins;

/* Memory for any number of scenarios of these sizes, one after the other. */
struct twins *twins_new(const struct twins_config *config);
void twins_free(struct twins *twins);

/* Plays a scenario of these sizes from the beginning. Fills all of the result. */
void twins_play(struct twins *twins, const struct twins_scenario *scenario,
                struct twins_result *result);

#endif
