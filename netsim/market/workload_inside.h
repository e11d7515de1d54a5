/*
 * netsim/market/workload_inside.h - the clients' records, for the files of workload.h only
 *
 * workload.c has the life of the clients and what they hand in, workload_learn.c what they are
 * told, workload_results.c the figures.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_INSIDE_H
#define TALLY_NETSIM_MARKET_WORKLOAD_INSIDE_H

#include "netsim/market/workload.h"

enum {
    COMMITTED_RING = 256,
    TICKET_MARK = 0x57, /* of the clients' submissions among all tickets */
    TICKET_MARK_SHIFT = 56,
};

/* An envelope, as its client sees it. */
struct errand {
    struct workload_times times;
    struct member_set accepted; /* members that said "received" */
    uint32_t next;              /* in the block that executed it */
    uint32_t client;            /* closed loop */
    uint16_t home;
    uint8_t attempts; /* modulo 256: tells the time-out under way from earlier ones */
    bool handed;
    bool over; /* executed as far as the client knows, or given up */
};

/* A command, as its client sees it. */
struct ending {
    uint64_t ended_us;
    uint32_t next; /* in the block that ended it */
    uint64_t height;
    struct hash receipt;
};

/* What a block executed: lists of own envelopes, and of instructions that ended. */
struct block_lists {
    uint32_t first_errand;
    uint32_t first_ending;
};

struct commit_mark {
    uint64_t height;
    uint64_t time_us;
};

/* What a member is known to have done. */
struct member_view {
    uint64_t executed;
    uint64_t certified;      /* the highest result that a final block of it names */
    uint64_t certified_told; /* up to here, clients know */
    struct commit_mark committed[COMMITTED_RING];
};

struct workload {
    struct workload_config config;
    struct simulation *simulation;
    struct workload_source *source;
    struct workload_book *book;
    struct arrivals arrivals;
    struct prng prng;
    uint32_t member_count;
    struct member_set usable;
    struct member_view *members;
    struct errand *errands;
    uint32_t errand_capacity;
    struct ending *endings;
    uint32_t ending_capacity;
    struct block_lists *blocks; /* by height */
    uint32_t block_capacity;
    uint64_t told_height;
    uint32_t later_asked; /* callbacks for later parts under way */
    bool opening_waits;
    bool business_began;
    bool stopped;
    struct workload_results results;
    workload_promised *on_promise;
    void *on_promise_context;
};

/* Records by number; made when first asked for. Good until the next one is made. */
struct errand *workload_errand(struct workload *workload, uint32_t envelope);
struct ending *workload_ending(struct workload *workload, uint32_t command);
struct block_lists *workload_block(struct workload *workload, uint64_t height);

/* Now, when a message between client and member will have arrived. */
uint64_t workload_arrival_us(const struct workload *workload);
/* Was it handed in late enough for the histograms? */
bool workload_measured(const struct workload *workload, uint64_t handed_us);

/* The same bytes to this member, or the next one that clients may turn to; it is asked from now on.
 */
void workload_turn_to(struct workload *workload, uint32_t envelope, uint32_t member);
/* The same after a while, to the next member: this one had no room. */
void workload_turn_later(struct workload *workload, uint32_t envelope);
/* A client has nothing under way any more. */
void workload_client_next(struct workload *workload, const struct errand *errand);
/* More of a stage of the opening may be due, or later parts of deals. */
void workload_go_on(struct workload *workload);

/* The client asks a member anew, which may have executed the envelope long ago. */
void workload_learn_from_home(struct workload *workload, uint32_t envelope);
/* Adds the observer. */
void workload_observe(struct workload *workload);

#endif
