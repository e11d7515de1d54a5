/*
 * netsim/lab/calibrate_bench.h - a ledger with business to do, for measuring
 *
 * A market, its opening already executed, and blocks of single instructions that match and settle
 * (or do not, as far as `unmatched_permille` says).
 */
#ifndef TALLY_NETSIM_LAB_CALIBRATE_BENCH_H
#define TALLY_NETSIM_LAB_CALIBRATE_BENCH_H

#include "ledger/ledger.h"
#include "netsim/market/market.h"
#include "netsim/market/workload_source.h"

enum {
    LEDGER_BENCH_BLOCKS = 200,  /* there is business for so many */
    LEDGER_BENCH_COMMANDS = 32, /* in each */
};

struct ledger_bench {
    struct market *market;
    struct workload_source *source;
    struct ledger *ledger;
    void *memory;
    uint64_t height;
    uint64_t time_ms;
};

/* Stops the program when memory is short. */
void ledger_bench_begin(struct ledger_bench *bench, uint16_t unmatched_permille);
void ledger_bench_end(struct ledger_bench *bench);

/* Executes a block of at most so many instructions, at most LEDGER_BENCH_COMMANDS; returns how many
 * there were. `ns` is the processor time that the ledger took. */
uint32_t ledger_bench_block(struct ledger_bench *bench, uint32_t limit, uint64_t *ns,
                            struct ledger_output *output);

#endif
