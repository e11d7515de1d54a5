/*
 * netsim/market/workload_book_inside.h - a book's tables, for the files of workload_book.h only
 *
 * workload_book.c has the records and what receipts say of them, workload_book_events.c what events
 * say, and what that contradicts.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_BOOK_INSIDE_H
#define TALLY_NETSIM_MARKET_WORKLOAD_BOOK_INSIDE_H

#include "netsim/market/workload_book.h"
#include "netsim/market/workload_bounds.h"

/* A table that grows. */
struct table {
    void *items;
    uint32_t count;
    uint32_t capacity;
};

struct workload_book {
    const struct market *market;
    struct table envelopes;
    struct table commands;
    struct table deals;
    struct table asks;
    struct table accepted; /* deals, by number */
    struct table to_check; /* deals that settled in the block at hand, and may not have */
    uint32_t accepted_told;
    uint32_t opening_count;
    uint32_t flawed_done;
    uint32_t contradictions;
    uint32_t part_count;
    uint64_t ledger_ms; /* of the block at hand; 0: nobody says */
    uint32_t account_count;
    uint32_t asset_count[2]; /* of each kind, the scarce one too: securities, currencies */
    int64_t *balances[2];    /* by account, then asset */
    struct workload_bounds *bounds;
};

/* One more item of a table, zeroed. */
void *workload_book_add(struct table *table, size_t item_size);

#endif
