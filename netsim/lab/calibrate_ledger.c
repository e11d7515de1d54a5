/* Prices of the ledger, measured on a market's own business. */
#include <stdlib.h>
#include <string.h>

#include "ledger/command/envelope.h"
#include "netsim/lab/calibrate.h"
#include "netsim/lab/calibrate_bench.h"

enum {
    ROUNDS = 5,
    DECODES = 20000,
};

void ledger_bench_begin(struct ledger_bench *bench, uint16_t unmatched_permille)
{
    struct market_config config;
    struct workload_source_config deals;
    memset(bench, 0, sizeof *bench);
    market_config_small(&config);
    market_config_size(&config, 64, 4, 16, 2, 2 * LEDGER_BENCH_BLOCKS * LEDGER_BENCH_COMMANDS);
    bench->market = market_new(&config);
    TALLY_ASSERT(bench->market != NULL);
    const struct ledger_genesis *genesis = market_genesis(bench->market);
    size_t size = ledger_footprint(&genesis->capacity);
    bench->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    TALLY_ASSERT(bench->memory != NULL);
    enum genesis_check check = ledger_new(bench->memory, genesis, &bench->ledger);
    TALLY_ASSERT(check == GENESIS_OK);
    workload_source_config_default(&deals);
    deals.instruction_count_max = 2 * LEDGER_BENCH_BLOCKS * LEDGER_BENCH_COMMANDS;
    deals.share[WORKLOAD_UNMATCHED] = unmatched_permille;
    bench->source = workload_source_new(&deals, bench->market);
    TALLY_ASSERT(bench->source != NULL);
    bench->time_ms = genesis->time_ms + 1000;
    while (!workload_source_open(bench->source)) {
        struct ledger_output output;
        uint64_t ns;
        (void)ledger_bench_block(bench, 1, &ns, &output);
    }
}

void ledger_bench_end(struct ledger_bench *bench)
{
    workload_source_free(bench->source);
    free(bench->memory);
    market_free(bench->market);
}

/* Executes a block; returns the time that the ledger took. */
static uint64_t block_apply(struct ledger_bench *bench, const struct ledger_envelope *envelopes,
                            uint32_t count, struct ledger_output *output)
{
    struct ledger_block block = {.height = ++bench->height,
                                 .ts_ms = bench->time_ms += 5,
                                 .envelopes = envelopes,
                                 .envelope_count = count};
    uint64_t begin = calibrate_cpu_ns();
    ledger_apply(bench->ledger, &block, output);
    return calibrate_cpu_ns() - begin;
}

static void receipts_tell(struct ledger_bench *bench, const struct ledger_output *output)
{
    struct workload_book *book = workload_source_book(bench->source);
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        struct receipt receipt;
        bool read = receipt_decode(&receipt, output->receipts[i].bytes, output->receipts[i].size);
        TALLY_ASSERT(read);
        (void)workload_book_receipt(book, &receipt);
    }
}

/* Up to `limit` envelopes in a block; returns how many there were. */
uint32_t ledger_bench_block(struct ledger_bench *bench, uint32_t limit, uint64_t *ns,
                            struct ledger_output *output)
{
    struct ledger_envelope envelopes[LEDGER_BENCH_COMMANDS];
    uint32_t count = 0;
    uint32_t number;
    while (count < limit &&
           workload_source_next(bench->source, bench->time_ms, &number) == WORKLOAD_ENVELOPE) {
        const struct workload_envelope *envelope =
            workload_book_envelope(workload_source_book(bench->source), number);
        envelopes[count++] =
            (struct ledger_envelope){.bytes = envelope->bytes, .size = envelope->size};
    }
    *ns = block_apply(bench, envelopes, count, output);
    receipts_tell(bench, output);
    return count;
}

/* The time of a block, and of each of its commands on top. */
static uint64_t business_measure(uint16_t unmatched_permille, uint64_t *block_ns)
{
    struct ledger_bench bench;
    struct ledger_output output;
    uint64_t whole_ns[LEDGER_BENCH_BLOCKS - 1];
    uint64_t empty_ns[LEDGER_BENCH_BLOCKS - 1];
    ledger_bench_begin(&bench, unmatched_permille);
    for (int i = 0; i < LEDGER_BENCH_BLOCKS - 1; i++) {
        uint32_t count = ledger_bench_block(&bench, LEDGER_BENCH_COMMANDS, &whole_ns[i], &output);
        TALLY_ASSERT(count == LEDGER_BENCH_COMMANDS);
        empty_ns[i] = block_apply(&bench, NULL, 0, &output);
    }
    ledger_bench_end(&bench);
    *block_ns = calibrate_median(empty_ns, LEDGER_BENCH_BLOCKS - 1);
    return (calibrate_median(whole_ns, LEDGER_BENCH_BLOCKS - 1) - *block_ns) /
           LEDGER_BENCH_COMMANDS;
}

static uint64_t envelope_measure(void)
{
    struct ledger_bench bench;
    uint64_t ns[ROUNDS];
    uint32_t number = 0;
    ledger_bench_begin(&bench, 0);
    enum workload_next next = workload_source_next(bench.source, bench.time_ms, &number);
    TALLY_ASSERT(next == WORKLOAD_ENVELOPE);
    const struct workload_envelope *made =
        workload_book_envelope(workload_source_book(bench.source), number);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begin = calibrate_cpu_ns();
        for (int i = 0; i < DECODES; i++) {
            struct envelope envelope;
            enum envelope_check check = envelope_decode(&envelope, made->bytes, made->size);
            TALLY_ASSERT(check == ENVELOPE_OK);
        }
        ns[round] = (calibrate_cpu_ns() - begin) / DECODES;
    }
    ledger_bench_end(&bench);
    return calibrate_median(ns, ROUNDS);
}

void calibrate_ledger(struct cost_model *costs, FILE *log)
{
    uint64_t pairs_ns;
    uint64_t block_ns;
    (void)fprintf(log, "the ledger, in blocks of %d instructions\n", (int)LEDGER_BENCH_COMMANDS);
    costs->execute_command_ns = business_measure(1000, &costs->execute_block_ns);
    pairs_ns = business_measure(0, &block_ns); /* of an instruction: half a pair */
    costs->settle_ns =
        pairs_ns > costs->execute_command_ns ? 2 * (pairs_ns - costs->execute_command_ns) : 0;
    costs->check_envelope_ns = envelope_measure();
}
