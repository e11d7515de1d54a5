/* The price of the read model: blocks of two sizes go through its thread into SQLite. Processor
 * time of the process, less that of the ledger. */
#include "host/file.h"
#include "netsim/lab/calibrate.h"
#include "netsim/lab/calibrate_bench.h"
#include "node/alarm.h"
#include "node/read_feed.h"

enum {
    ROUNDS = 3,
    BLOCKS = 60,
};

/* Processor time of a block of so many instructions in the read model; 0 when SQLite failed. */
static uint64_t feed_measure(const char *path, struct ledger_bench *bench,
                             struct alarm_board *alarms, uint32_t commands)
{
    struct read_model *model;
    uint64_t ledger_ns = 0;
    if (read_model_open(path, ledger_chain_id(bench->ledger), &model) != READ_MODEL_OK) {
        return 0;
    }
    struct read_feed *feed = read_feed_start(model, alarms);
    TALLY_ASSERT(feed != NULL);
    uint64_t begin = calibrate_cpu_ns();
    for (uint32_t i = 0; i < BLOCKS; i++) {
        struct execution_done done = {0};
        uint64_t ns;
        uint32_t count = ledger_bench_block(bench, commands, &ns, &done.output);
        TALLY_ASSERT(count == commands);
        done.height = done.output.height;
        done.ledger_ms = bench->time_ms;
        ledger_ns += ns;
        read_feed_block(feed, bench->ledger, &done);
        read_feed_commit(feed);
    }
    read_feed_stop(feed);
    uint64_t whole_ns = calibrate_cpu_ns() - begin;
    bool taken = read_model_height(model) == bench->height;
    read_model_close(model);
    return taken && whole_ns > ledger_ns ? (whole_ns - ledger_ns) / BLOCKS : 0;
}

bool calibrate_list(struct cost_model *costs, const char *directory, FILE *log)
{
    char path[FILE_PATH_SIZE_MAX];
    uint64_t small_ns[ROUNDS];
    uint64_t large_ns[ROUNDS];
    bool good = file_path_join(path, directory, "calibrate.read_model") == FILE_OK;
    struct alarm_board *alarms = alarm_board_new();
    TALLY_ASSERT(alarms != NULL);
    (void)fputs("the read model (SQLite)\n", log);
    for (int round = 0; good && round < ROUNDS; round++) {
        struct ledger_bench bench;
        ledger_bench_begin(&bench, 0);
        small_ns[round] = feed_measure(path, &bench, alarms, 1);
        large_ns[round] = feed_measure(path, &bench, alarms, LEDGER_BENCH_COMMANDS);
        ledger_bench_end(&bench);
        good = small_ns[round] > 0 && large_ns[round] > small_ns[round];
        good = file_unlink(file_system_posix(), path) == FILE_OK && good;
    }
    alarm_board_free(alarms);
    if (!good) {
        (void)fprintf(stderr, "tally-sim calibrate: %s: the read model cannot be measured there\n",
                      directory);
        return false;
    }
    uint64_t small = calibrate_median(small_ns, ROUNDS);
    uint64_t large = calibrate_median(large_ns, ROUNDS);
    costs->list_command_ns = (large - small) / (LEDGER_BENCH_COMMANDS - 1);
    costs->list_block_ns = small > costs->list_command_ns ? small - costs->list_command_ns : small;
    return true;
}
