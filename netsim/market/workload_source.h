/*
 * netsim/market/workload_source.h - what clients hand in: envelopes of a market's business
 *
 * Problem. The same business must be done in a simulation and on real validators; so it must not
 * know of either: no clock, no network.
 *
 * Rule. What kind of deal (workload_book.h) comes next is drawn by shares, who deals with whom by a
 * Zipf distribution over the accounts. Deals between the same two parties are bundled, so that an
 * envelope has so many instructions:
 *
 *     2 an envelope:  envelope 7 of A [deliver, deliver]   envelope 8 of B [receive, receive]
 *
 * First come the envelopes of the market's opening, stage by stage. Then the business. When all
 * instructions of a deal with a later part (a release, a cancellation, the delivery that cures a
 * lack) have been accepted, as the book was told, that part can be had as a follow-up.
 *
 * Deals do not get in each other's way: whatever the order of execution, every deal settles once
 * all its parts are executed, except for the kinds that say otherwise. For that, the middle leg of
 * a circle always goes from a lower to a higher account: else two circles could each take what the
 * other needs, and a ledger that settles gross would leave both.
 *
 * Deterministic; integers only. Not for several threads.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_SOURCE_H
#define TALLY_NETSIM_MARKET_WORKLOAD_SOURCE_H

#include "netsim/market/workload_book.h"

enum {
    WORKLOAD_PER_ENVELOPE_MAX = 10000, /* ENVELOPE_COMMAND_COUNT_MAX */
};

struct workload_source_config {
    uint64_t seed;
    uint32_t instruction_count_max; /* about so many, then the source ends; later parts on top */
    uint32_t instructions_per_envelope;
    uint32_t validity_ms;                /* of an envelope, from the time it is made for */
    uint16_t share[WORKLOAD_KIND_COUNT]; /* permille of draws; a circle is one; what is left of 1000
                                            is DVP; those of DVP and CURE are 0 */
    uint16_t parts_permille; /* of deals that lack securities or are on hold: sides allow parts */
    uint16_t tied_permille;  /* instead of a draw, two deals, linked or in a pool */
    uint16_t ring_permille;  /* instead of a draw, three deliver in a circle what nobody has */
    uint16_t desk_permille;  /* instead of a draw, what a back office does (workload_desk.h) */
    uint16_t flaw_permille;  /* chance of a flawed envelope after each draw */
    uint16_t hot_permille;   /* deals between participants 0 and 1 */
    bool accounts_vary;      /* deals of one envelope are between any accounts of the two */
    uint32_t zipf_permille;  /* exponent of the choice of accounts; 0: evenly */
};

/* A hundred thousand instructions of DVP that settle, one an envelope, valid for five minutes. */
void workload_source_config_default(struct workload_source_config *config);
/* What is wrong with it, in one line; NULL when nothing is. */
const char *workload_source_fault(const struct workload_source_config *config,
                                  const struct market *market);

struct workload_source;

/* Borrows the market for the source's life. NULL when memory is short or the configuration is at
 * fault. */
struct workload_source *workload_source_new(const struct workload_source_config *config,
                                            const struct market *market);
void workload_source_free(struct workload_source *source);

/* The records of what was made, to be told what came of it. */
struct workload_book *workload_source_book(struct workload_source *source);

enum workload_next {
    WORKLOAD_ENVELOPE, /* *number is the next one, signed */
    WORKLOAD_WAIT,     /* for a stage of the opening to be executed */
    WORKLOAD_END,      /* all are made */
};

/* Makes the next envelope, to be handed in at this time. */
enum workload_next workload_source_next(struct workload_source *source, uint64_t utc_ms,
                                        uint32_t *number);
/* Do envelopes of deals that have begun still wait to be made? Who stops then leaves halves. */
bool workload_source_halfway(const struct workload_source *source);
/* Are all stages of the opening executed? */
bool workload_source_open(const struct workload_source *source);
/* How many deals wait for their later part to be made. */
uint32_t workload_source_follow_ups(struct workload_source *source);
/* Makes the next envelope of a later part; `*more`: the part has another one. False when there is
 * none. */
bool workload_source_follow_up(struct workload_source *source, uint64_t utc_ms, uint32_t *number,
                               bool *more);

#endif
