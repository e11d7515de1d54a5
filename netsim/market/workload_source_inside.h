/*
 * netsim/market/workload_source_inside.h - what the files of workload_source.h share
 *
 * workload_source.c draws and signs, workload_desk.c has what a back office does beside dealing.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_SOURCE_INSIDE_H
#define TALLY_NETSIM_MARKET_WORKLOAD_SOURCE_INSIDE_H

#include "base/prng.h"
#include "netsim/market/workload_desk.h"
#include "netsim/market/workload_source.h"
#include "netsim/market/zipf.h"

enum {
    DRAWN_ENVELOPES_MAX = 4
};

/* Envelopes drawn but not yet signed. */
struct drawn {
    uint32_t numbers[DRAWN_ENVELOPES_MAX];
    uint32_t count;
    uint32_t next;
};

struct workload_source {
    struct workload_source_config config;
    const struct market *market;
    struct workload_book *book;
    struct zipf zipf;
    struct prng prng;
    uint32_t participants;
    uint32_t accounts; /* of one participant */
    uint32_t lender;   /* the account that has the scarce security */
    uint32_t opening_next;
    uint32_t opening_count;
    uint32_t instructions;
    struct drawn bundle;
    struct drawn later;
    uint32_t *accepted; /* deals whose later part is to be made: a queue */
    uint32_t accepted_first;
    uint32_t accepted_count;
    uint32_t accepted_capacity;
    struct command *scratch; /* commands of one envelope */
    uint8_t *bytes;          /* one envelope */
    size_t bytes_max;
    struct workload_desk desk;
};

/* An account, and one of another participant than these two (either may be WORKLOAD_NONE). */
uint32_t workload_source_account(struct workload_source *source);
uint32_t workload_source_other(struct workload_source *source, uint32_t one, uint32_t two);
/* A deal of the kind between two accounts, without instructions yet. */
uint32_t workload_source_deal(struct workload_source *source, enum workload_kind kind,
                              uint32_t deliverer, uint32_t receiver);
/* An envelope of a person (market_person), and in it a side's instruction. */
void workload_source_envelope(struct workload_source *source, struct drawn *drawn, uint32_t person);
void workload_source_instruct(struct workload_source *source, uint32_t deal, uint8_t side);

#endif
