/*
 * netsim/market/workload.h - the clients of a simulated network, and what they were told
 *
 * Problem. How long a settlement takes, as its parties see it, at a given load; and what the
 * network owes to whoever was told something.
 *
 * Rule. Clients take envelopes from a source (workload_source.h), hand them to members, and ask
 * there for the outcome. An envelope belongs to the client of its party, which asks one member (its
 * *home*). If the outcome does not come in time, or the member refuses for lack of room, the same
 * bytes go to the next member, and that one is asked from then on.
 *
 *     handed in    the client wanted to send it (open loop: by the rate, however late it left)
 *     received     the member answered "received": durable in its batch log
 *     final        the member stored a final block with it          (STAGE_ORDERED)
 *     executed     the member executed that block: receipts exist   (STAGE_EXECUTED)
 *     certified    a later final block names that result: provable  (STAGE_CERTIFIED)
 *     settled      the member executed the block in which the instruction settled
 *
 * All but the first are as the client learns them: `latency_us` after they happened.
 *
 * Open loop: instructions come at a rate, by a curve of points between which it changes linearly;
 * evenly spaced or at random (exponential gaps). Closed loop: so many clients each have one
 * envelope under way, and think between two.
 *
 * Deterministic: the same configuration and simulation, the same envelopes at the same times.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_H
#define TALLY_NETSIM_MARKET_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "netsim/engine/member_set.h"
#include "netsim/engine/simulation.h"
#include "netsim/market/arrivals.h"
#include "netsim/market/workload_source.h"

enum workload_home {
    HOME_BY_PARTY, /* party number modulo members */
    HOME_RANDOM,   /* another draw for every envelope */
    HOME_FIXED,    /* always home_member */
};

struct workload_config {
    struct workload_source_config source;
    /* Open loop when there are points, else closed loop. */
    struct workload_point points[WORKLOAD_POINTS_MAX];
    uint32_t point_count;
    bool even;             /* evenly spaced instead of at random */
    uint32_t client_count; /* closed loop */
    uint64_t think_us;
    uint64_t begin_us;     /* of the opening; the business begins when that is executed */
    uint64_t end_us;       /* no deal begins from then on; what has begun is completed */
    uint64_t measure_us;   /* what is handed in before is in no histogram */
    uint64_t follow_up_us; /* the later part of a deal comes so long after the first */
    uint32_t latency_us;   /* one way, between a client and a member */
    uint64_t timeout_us;   /* then the same bytes go to the next member; 0: never */
    enum workload_home home;
    uint32_t home_member;
    uint16_t duplicate_permille; /* envelopes handed to several members at once */
    uint32_t duplicate_members;  /* to so many */
};

/* Open loop of 100 a second from 0 to 10 s, homes by party, a time-out of 5 s. */
void workload_config_default(struct workload_config *config);
/* What is wrong with it, in one line; NULL when nothing is. */
const char *workload_fault(const struct workload_config *config, const struct market *market,
                           uint32_t member_count);

/* What a client knows of its envelope, in microseconds of the simulation; 0: not (yet). */
struct workload_times {
    uint64_t handed_us;
    uint64_t received_us;
    uint64_t final_us;
    uint64_t executed_us;
    uint64_t certified_us;
};

/* What a client was told final, for the checker: it must be so for ever, at every member. */
struct workload_promise {
    struct hash envelope_id;
    uint16_t command_index;
    uint32_t member;
    uint64_t height;
    uint32_t receipt_index; /* in the block */
    struct hash receipt;    /* its leaf hash */
};

struct workload_results {
    uint64_t envelopes_handed; /* without duplicates and repetitions */
    uint64_t envelopes_executed;
    uint64_t envelopes_expired; /* given up: their validity ended first */
    uint64_t submissions;       /* of any bytes to any member */
    uint64_t repetitions;       /* after a time-out or a refusal */
    uint64_t answers[ADMISSION_STOPPED + 1];
    uint64_t commands[OUTCOME_PENDING + 1];    /* by outcome; [0]: handed in, no receipt yet */
    uint64_t refused[256];                     /* those refused, by reason */
    uint64_t done[WORKLOAD_COMMAND_KINDS];     /* by kind; those that wait as drafts too */
    uint64_t not_done[WORKLOAD_COMMAND_KINDS]; /* refused, by kind */
    uint64_t drafted;                          /* waited for a second person, or still do */
    uint64_t instructions;                     /* handed in */
    uint64_t settled;
    uint64_t cancelled;
    uint64_t pending[256]; /* accepted and still open, by the reason of their last status */
    uint64_t made[WORKLOAD_KIND_COUNT]; /* deals by kind */
    uint64_t flawed_handed;
    uint64_t flawed_done; /* commands; must be 0 */
    /* Of envelopes of the business, from handed in. */
    struct histogram received_us;
    struct histogram final_us;
    struct histogram executed_us;
    struct histogram certified_us;
    /* Of instructions, from when the later side of their deal was handed in. */
    struct histogram settled_us;
};

/* A client learned a receipt. */
typedef void workload_promised(void *context, const struct workload_promise *promise);

struct workload;

/*
 * Puts clients into a simulation that has not begun: adds an observer and asks for callbacks.
 * Borrows both; is to be freed after the simulation. NULL when memory is short or the configuration
 * is at fault.
 */
struct workload *workload_new(const struct workload_config *config, const struct market *market,
                              struct simulation *simulation);
void workload_free(struct workload *workload);

/* Calls back at the simulated time at which the member executed it; the client learns it one
 * latency later. */
void workload_on_promise(struct workload *workload, workload_promised *callback, void *context);

/* Makes nothing new from now on, apart from later parts of deals. */
void workload_stop(struct workload *workload);
/* From now on clients turn to these members only, and what has no outcome is handed to one of them
 * at once. For a phase in which the others stay away. pre: not empty. */
void workload_members(struct workload *workload, const struct member_set *members);

/* Fills the figures as of now; walks all records. Large: not for the stack. */
void workload_results_read(struct workload *workload, struct workload_results *out);
struct workload_book *workload_book_of(struct workload *workload);
const struct workload_times *workload_times_of(struct workload *workload, uint32_t envelope);
/* When the client learned that an instruction ended; 0: it did not. */
uint64_t workload_ended_us(struct workload *workload, uint32_t command);

/* What the network still owes. */
struct workload_unfinished {
    uint32_t envelope_count; /* accepted by a member of the set, still valid, and not executed by
                                all of the set */
    uint32_t envelope;       /* the first; WORKLOAD_NONE: none */
    uint32_t deal_count;     /* could settle by the book, and have not */
    uint32_t deal;
    uint32_t later_count; /* later parts of deals that are still to be handed in */
};

/* `members`: those that are honest and up. Envelopes that are valid for less than `margin_ms` from
 * now need not be executed any more. True when nothing is owed. */
bool workload_at_rest(struct workload *workload, const struct member_set *members,
                      uint64_t margin_ms, struct workload_unfinished *out);

#endif
