/*
 * netsim/adversary/twins_campaign.h - many scenarios of twins, on several processors
 *
 * Rule. Numbers are handed out in pieces of TWINS_PIECE to child processes, piece p to child
 * p mod jobs, each in its own memory; a report per piece comes back through one pipe. What they
 * come to is a sum over pieces, so it does not depend on the number of jobs. After an interruption
 * the campaign says from which number on to go.
 */
#ifndef TALLY_NETSIM_ADVERSARY_TWINS_CAMPAIGN_H
#define TALLY_NETSIM_ADVERSARY_TWINS_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "netsim/adversary/twins.h"

enum {
    TWINS_PIECE = 512, /* numbers */
    TWINS_JOBS_MAX = 64
};

struct twins_campaign {
    struct twins_plan_config plan;
    struct twins_config twins;
    bool drawn;    /* by the seed, not listed */
    uint64_t seed; /* of those drawn */
    uint64_t from;
    uint64_t until; /* exclusive */
    uint32_t jobs;
    uint32_t failures_max; /* ends early after so many */
    bool progress;         /* on stderr, now and then */
};

struct twins_totals {
    uint64_t played;
    uint64_t unsafe;
    uint64_t stuck;
    uint64_t forked;
    uint64_t convicted; /* of those forked: more than a third of the members */
    uint64_t failed;
    uint64_t events;
    uint64_t messages;
    uint64_t blocks;
    uint64_t digest;
    uint64_t next;         /* every number below was looked at */
    uint64_t failed_first; /* lowest number that failed, if any did */
    char text[256];        /* of that one */
};

/*
 * Whether a scenario's result is a failure. With at most f twins anything but PASSED is. Beyond,
 * what must not be is a fork for which not more than a third of the members can be convicted.
 */
bool twins_failed(const struct twins_config *config, const struct twins_result *result);

/* False when a child could not be started or ended early; totals have what came back until
 * then. */
bool twins_campaign_run(const struct twins_campaign *campaign, struct twins_totals *totals);

#endif
