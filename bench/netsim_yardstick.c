/*
 * bench/netsim_yardstick.c - the main job, end to end: four real tallyd settle on this machine
 *
 *     netsim_yardstick [--only NAME] [--seconds N] [--per-envelope N] ...      see --help
 *
 * Four validators over loopback, each with TLS, its files and every sync, every signature checked.
 * The load is a simulated market's (netsim/testbed): signed beforehand, handed in by instants that
 * do not depend on the answers, timed from those instants. A trade is two instructions, the
 * deliverer's and the receiver's, in envelopes of their own.
 *
 *     bulk          files: envelopes of many instructions, one signature each
 *     interactive   every instruction signed by itself; then latency at 10, 50 and 90 % of the most
 *     hot           all trades between two accounts
 *     day           a compressed day: rates rise and fall; 70 % settles, the rest is unmatched,
 *                   lacks securities until they come, is held, cancelled, or handed in twice
 *     dead, slow    one of the four is killed; stands still half of the time
 *     rate          as many a second as --per-s says: latency alone. Half of the most is another
 *                   load with each program and each hour, this one is not. Only when it is named
 *
 * Left out: lists (tables for queries; `--lists`), networks between sites. The client's program
 * runs on the same processors, which is printed, as is what other programs used.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "bench/support/workspace.h"
#include "crypto/start.h"
#include "host/clock.h"
#include "ledger/command/envelope.h"
#include "netsim/testbed/testbed_load.h"

enum {
    MEMBERS = 4,
    SECURITIES = 4,
    CURRENCIES = 1,
    PATH_SIZE = 600,
    SYNC_BYTES = 4096,
    SYNCS_TO_FINAL = 3,        /* batch, vote, second vote: each durable before it leaves */
    HASHES_AN_INSTRUCTION = 4, /* receipt, event, their salts: of small messages, at each member */
    HASHED_BYTES = 256,
    ACCESS_BYTES = 256 << 20,
    INTERACTIVE_UNDER_WAY = 256,
    INTERACTIVE_UNDER_WAY_MOST = 1024,
    FIXED_PER_S = 2600,
    UNLOADED_PER_S = 20,
    LABEL_SIZE = 64,
    FAILING = MEMBERS - 1, /* the one that dies, or is slow */
    PAUSE_PERIOD_US = 100000,
    SAMPLES = 16,
    BLOCK_RECEIPTS = 65536,
    BLOCK_EVENTS = 4 * BLOCK_RECEIPTS,
    OPENING_ROOM = 1000,
    NONCES_MOST = 1 << 20,
};

struct options {
    char program[PATH_SIZE];
    const char *parent;
    const char *only;
    uint64_t seconds; /* measured, of each stretch */
    uint64_t per_envelope;
    uint64_t per_s;     /* of `rate` */
    uint64_t under_way; /* envelopes of bulk that wait for their settlement */
    uint64_t participants;
    uint64_t accounts;
    uint64_t seed;
    uint64_t bulk_per_s; /* instructions that closed loops could reach at most */
    uint64_t interactive_per_s;
    bool lists;
};

/* What the machine does at most, measured before any validator runs. */
struct limits {
    double sync_us;
    double sync_mib_us;
    double check_ns;
    double hash_ns;
    double access_ns;
    double processors;
};

/* Four validators with an open market. */
struct network {
    struct market *market;
    struct testbed *testbed;
    struct testbed_load *load;
};

struct bench {
    const struct options *options;
    const char *directory;
    struct limits limits;
    struct testbed_load_results results; /* of the last stretch */
};

/* ---- The machine ----------------------------------------------------------------------------- */

static void limits_measure(struct bench *bench)
{
    struct limits *limits = &bench->limits;
    limits->sync_us = machine_sync_us(bench->directory, SYNC_BYTES);
    limits->sync_mib_us = machine_sync_us(bench->directory, 1 << 20);
    limits->check_ns = machine_check_many_ns();
    limits->hash_ns = machine_hash_ns(HASHED_BYTES);
    limits->access_ns = machine_access_ns(ACCESS_BYTES);
    limits->processors = (double)sysconf(_SC_NPROCESSORS_ONLN);
    (void)printf("# machine: %.0f processors; fdatasync of 4 KiB %.0f us, of 1 MiB %.0f us; "
                 "Ed25519 %.0f checks/s and core, %.0f one by one; BLAKE2b %.0f hashes/s of 256 "
                 "bytes; an access to memory %.0f ns\n",
                 limits->processors, limits->sync_us, limits->sync_mib_us, 1e9 / limits->check_ns,
                 1e9 / machine_check_ns(), 1e9 / limits->hash_ns, limits->access_ns);
}

/* Trades a second if signatures were all the work: each instruction's is checked by each member. */
static double limit_of_signatures(const struct limits *limits)
{
    return limits->processors * 1e9 / limits->check_ns / MEMBERS / 2;
}

/* Trades a second if hashing receipts and events were all the work. */
static double limit_of_hashes(const struct limits *limits)
{
    return limits->processors * 1e9 / (HASHES_AN_INSTRUCTION * limits->hash_ns) / MEMBERS / 2;
}

/* ---- Figures --------------------------------------------------------------------------------- */

static double rate_of(const struct testbed_load_results *results)
{
    return results->progress.time_us > 0
               ? (double)results->progress.commands * 1e6 / (double)results->progress.time_us
               : 0;
}

/* Instructions executed in the measured time. */
static double executed(const struct testbed_load_results *results)
{
    return rate_of(results) * (double)results->measured_us / 1e6;
}

static void row(const char *what, double value, const char *unit, double limit,
                const char *limit_what, bool cost)
{
    const struct figure figure = {.layer = "end to end",
                                  .what = what,
                                  .value = value,
                                  .unit = unit,
                                  .limit = limit,
                                  .limit_what = limit_what,
                                  .cost = cost};
    figure_print(&figure);
}

static void show_envelopes_out(const struct testbed_load_results *results)
{
    if (results->envelopes_out) {
        (void)printf("#   the envelopes made beforehand did not last: measured for %.1f s\n",
                     (double)results->measured_us / 1e6);
    }
}

static void show_latency(const struct bench *bench, const char *name)
{
    const struct histogram *final = &bench->results.stage_us[TESTBED_FINAL];
    const struct histogram *done = &bench->results.stage_us[TESTBED_EXECUTED];
    double limit = SYNCS_TO_FINAL * bench->limits.sync_us / 1000;
    row(figure_label("%s, final, p50", name), (double)histogram_quantile(final, 500) / 1000, "ms",
        limit, "three syncs", true);
    row(figure_label("%s, final, p99", name), (double)histogram_quantile(final, 990) / 1000, "ms",
        limit, "three syncs", true);
    row(figure_label("%s, executed, p50", name), (double)histogram_quantile(done, 500) / 1000, "ms",
        limit, "three syncs", true);
    row(figure_label("%s, executed, p99", name), (double)histogram_quantile(done, 990) / 1000, "ms",
        limit, "three syncs", true);
    if (bench->results.unsent > 0) {
        (void)printf("#   %llu envelopes were due and could not be sent: they count as waited for "
                     "to the end\n",
                     (unsigned long long)bench->results.unsent);
    }
    show_envelopes_out(&bench->results);
}

/* What the validators' threads did with an instruction's time, the largest first. */
static void show_threads(struct testbed_usage *used, double instructions)
{
    (void)printf("#   by thread, us an instruction and member:");
    for (uint32_t n = 0; n < used->thread_count; n++) {
        uint32_t most = 0;
        for (uint32_t i = 1; i < used->thread_count; i++) {
            most = used->threads[i].used_us > used->threads[most].used_us ? i : most;
        }
        double us = (double)used->threads[most].used_us / instructions / MEMBERS;
        if (us >= 0.005) {
            (void)printf(" %s %.2f", used->threads[most].name, us);
        }
        used->threads[most].used_us = 0;
    }
    (void)printf("\n");
}

/* What an instruction cost the validators, beside its rate. */
static void show_costs(struct bench *bench, const char *name)
{
    struct testbed_load_results *results = &bench->results;
    double count = executed(results);
    double used_us = (double)(results->used.user_us + results->used.system_us);
    double machine_us = (double)results->measured_us * bench->limits.processors;
    double others_us = (double)results->used.machine_us - used_us - (double)results->client_us;
    if (count <= 0) {
        return;
    }
    row(figure_label("%s, processor time", name), used_us / count / MEMBERS, "us an instr",
        HASHES_AN_INSTRUCTION * bench->limits.hash_ns / 1000, "four small hashes", true);
    if (results->instructions_sent > 0) {
        double bytes = (double)results->bytes_sent / (double)results->instructions_sent * count;
        row(figure_label("%s, written to disk", name),
            (double)results->used.written_bytes / MEMBERS / bytes, "x envelopes", 1,
            "the envelopes once", true);
    }
    row(figure_label("%s, memory of a member", name),
        (double)results->used.resident_bytes / (1 << 20), "MiB", 0, "", true);
    (void)printf("#   clients used %.0f %% of the machine, other programs %.0f %%; %.1f blocks/s; "
                 "sent late p99 %.1f ms; refused %llu, lost %llu\n",
                 (double)results->client_us * 100 / machine_us,
                 others_us > 0 ? others_us * 100 / machine_us : 0,
                 results->progress.time_us > 0
                     ? (double)results->progress.blocks * 1e6 / (double)results->progress.time_us
                     : 0,
                 (double)histogram_quantile(&results->late_us, 990) / 1000,
                 (unsigned long long)results->refused, (unsigned long long)results->unknown);
    show_envelopes_out(results);
    show_threads(&results->used, count);
}

/* ---- Networks -------------------------------------------------------------------------------- */

static void network_close(struct network *network)
{
    testbed_load_close(network->load);
    testbed_free(network->testbed);
    market_free(network->market);
    *network = (struct network){.market = NULL};
}

static struct market *market_make(const struct options *options, uint32_t instructions)
{
    struct market_config config;
    market_config_small(&config);
    config.seed = options->seed;
    config.time_ms = (clock_utc_ms() / 86400000 - 1) * 86400000;
    config.opening_by_envelopes = true;
    market_config_size(&config, (uint32_t)options->participants, (uint32_t)options->accounts,
                       SECURITIES, CURRENCIES, instructions + OPENING_ROOM);
    if (config.capacity.nonces > NONCES_MOST) {
        config.capacity.nonces = NONCES_MOST; /* bulk has many instructions for a nonce */
        config.limits.nonces_per_key = NONCES_MOST;
    }
    config.capacity.block_receipts = BLOCK_RECEIPTS;
    config.capacity.block_events = BLOCK_EVENTS;
    return market_new(&config);
}

/* Ends the program with the reason on stderr when the validators do not come up. */
static struct network network_open(const struct bench *bench, struct testbed_load_config *load)
{
    const struct options *options = bench->options;
    const struct testbed_config config = {
        .program = options->program,
        .parent = bench->directory,
        .member_count = MEMBERS,
        .checkpoint_bytes = UINT64_C(16) << 20,
        .lists = options->lists,
    };
    struct network network = {.market = market_make(options, load->source.instruction_count_max)};
    figure_require(network.market != NULL, "the market's numbers are out of range");
    const char *fault = workload_source_fault(&load->source, network.market);
    figure_require(fault == NULL, fault != NULL ? fault : "");
    network.testbed = testbed_new(&config, network.market);
    if (network.testbed != NULL && testbed_start(network.testbed)) {
        network.load = testbed_load_open(load, network.testbed, network.market);
    }
    if (network.load == NULL) {
        network_close(&network);
        exit(1); /* the reason has been said */
    }
    sync(); /* what a compiler or another scenario left to write is not what is measured */
    return network;
}

static struct testbed_load_config load_config(const struct bench *bench, uint64_t per_envelope,
                                              uint64_t instructions)
{
    struct testbed_load_config load = {.poll_us = 2000, .avoided = TESTBED_NOBODY};
    workload_source_config_default(&load.source);
    load.source.seed = bench->options->seed;
    load.source.accounts_vary = true;
    load.source.instructions_per_envelope = (uint32_t)per_envelope;
    load.source.instruction_count_max = (uint32_t)instructions;
    return load;
}

static void stretch_run(struct bench *bench, struct network *network,
                        const struct testbed_load_stretch *stretch)
{
    if (!testbed_load_run(network->load, stretch, &bench->results)) {
        network_close(network);
        exit(1); /* the reason has been said */
    }
}

static struct testbed_load_stretch stretch_of(const struct bench *bench)
{
    return (struct testbed_load_stretch){
        .warm_up_ms = 1000,
        .measure_ms = (uint32_t)bench->options->seconds * 1000,
    };
}

/* The highest rate of instructions, by a closed loop. */
static double most(struct bench *bench, struct network *network, uint32_t under_way,
                   uint64_t per_s_max)
{
    struct testbed_load_stretch stretch = stretch_of(bench);
    stretch.under_way = under_way;
    stretch.instructions_max =
        (uint32_t)(per_s_max * (stretch.warm_up_ms + stretch.measure_ms) / 1000);
    stretch_run(bench, network, &stretch);
    return rate_of(&bench->results);
}

static void at_share(struct bench *bench, struct network *network, double rate, unsigned percent,
                     const char *name)
{
    struct testbed_load_stretch stretch = stretch_of(bench);
    stretch.per_s = (uint64_t)(rate * percent / 100) + 1;
    stretch_run(bench, network, &stretch);
    char label[LABEL_SIZE];
    (void)snprintf(label, sizeof label, "%s at %u %%", name, percent);
    show_latency(bench, label);
}

/* A load that does not depend on what was found: half of what is asked of the peak. */
static void at_fixed(struct bench *bench, struct network *network)
{
    struct testbed_load_stretch stretch = stretch_of(bench);
    stretch.per_s = FIXED_PER_S;
    stretch_run(bench, network, &stretch);
    char label[LABEL_SIZE];
    (void)snprintf(label, sizeof label, "interactive, %u a second", (unsigned)FIXED_PER_S);
    show_latency(bench, label);
}

/* Twenty instructions a second, evenly: nothing waits for anything but its own way. */
static void unloaded(struct bench *bench, struct network *network)
{
    struct testbed_load_stretch stretch = stretch_of(bench);
    stretch.per_s = UNLOADED_PER_S;
    stretch.even = true;
    stretch_run(bench, network, &stretch);
    show_latency(bench, "unloaded");
}

/* Proves some of what was settled; a benchmark of refusals would be fast. */
static void sample(struct bench *bench, struct network *network)
{
    struct testbed_load_results *results = &bench->results;
    testbed_load_sample(network->load, SAMPLES, results);
    (void)printf("#   of %u trades drawn, %u were proven settled\n", results->sampled,
                 results->sampled_well);
    if (results->sampled_well != results->sampled || results->sampled == 0) {
        (void)fprintf(stderr, "netsim_yardstick: trades were not settled\n");
        network_close(network);
        exit(1);
    }
}

/* ---- The scenarios --------------------------------------------------------------------------- */

/* As many as stretches at this rate take, warm-up included, and one second more: the validators
 * have memory for them all, so no more than that. */
static uint64_t instructions_of(const struct bench *bench, uint64_t stretches_permille,
                                uint64_t per_s)
{
    return (stretches_permille * (bench->options->seconds + 1) + 1000) * per_s / 1000;
}

static void show_bulk(struct bench *bench, const char *name, double rate)
{
    row(figure_label("%s, settled", name), rate / 2, "DvP/s", limit_of_hashes(&bench->limits),
        "four small hashes", false);
    show_costs(bench, name);
}

static void run_bulk(struct bench *bench)
{
    const uint64_t per_envelope = bench->options->per_envelope;
    struct testbed_load_config load =
        load_config(bench, per_envelope, instructions_of(bench, 1500, bench->options->bulk_per_s));
    struct network network = network_open(bench, &load);
    char name[LABEL_SIZE];
    (void)snprintf(name, sizeof name, "bulk, %llu an envelope", (unsigned long long)per_envelope);
    double rate =
        most(bench, &network, (uint32_t)bench->options->under_way, bench->options->bulk_per_s);
    show_bulk(bench, name, rate);
    sample(bench, &network);
    at_share(bench, &network, rate, 50, "bulk");
    network_close(&network);
}

/* The rate that so many envelopes under way come to: the more, the larger the blocks. */
static double interactive_most(struct bench *bench, struct network *network, uint32_t under_way)
{
    char name[LABEL_SIZE];
    (void)snprintf(name, sizeof name, "interactive, %u under way", (unsigned)under_way);
    double rate = most(bench, network, under_way, bench->options->interactive_per_s);
    row(figure_label("%s, settled", name), rate / 2, "DvP/s", limit_of_signatures(&bench->limits),
        "each signature once a member", false);
    show_costs(bench, name);
    sample(bench, network);
    return rate;
}

static void run_interactive(struct bench *bench)
{
    struct testbed_load_config load =
        load_config(bench, 1, instructions_of(bench, 4000, bench->options->interactive_per_s));
    struct network network = network_open(bench, &load);
    unloaded(bench, &network);
    at_fixed(bench, &network);
    const double fewer = interactive_most(bench, &network, INTERACTIVE_UNDER_WAY);
    const double more = interactive_most(bench, &network, INTERACTIVE_UNDER_WAY_MOST);
    const double rate = more > fewer ? more : fewer;
    at_share(bench, &network, rate, 10, "interactive");
    at_share(bench, &network, rate, 50, "interactive");
    at_share(bench, &network, rate, 90, "interactive");
    network_close(&network);
}

static void run_rate(struct bench *bench)
{
    const uint64_t per_s = bench->options->per_s;
    const uint64_t per_envelope = bench->options->per_envelope;
    const uint64_t seconds = bench->options->seconds + 2;
    struct testbed_load_config load =
        load_config(bench, per_envelope, 2 * seconds * (per_s + per_envelope));
    struct network network = network_open(bench, &load);
    struct testbed_load_stretch stretch = stretch_of(bench);
    char name[LABEL_SIZE];
    stretch.per_s = per_s;
    stretch_run(bench, &network, &stretch);
    (void)snprintf(name, sizeof name, "%llu a second, %llu an envelope", (unsigned long long)per_s,
                   (unsigned long long)per_envelope);
    show_latency(bench, name);
    show_costs(bench, name);
    network_close(&network);
}

static void run_hot(struct bench *bench)
{
    struct testbed_load_config load =
        load_config(bench, bench->options->per_envelope,
                    instructions_of(bench, 1000, bench->options->bulk_per_s));
    load.source.hot_permille = 1000;
    struct network network = network_open(bench, &load);
    show_bulk(
        bench, "hot",
        most(bench, &network, (uint32_t)bench->options->under_way, bench->options->bulk_per_s));
    sample(bench, &network);
    network_close(&network);
}

/* Quiet, the morning's peak, noon, the afternoon's peak, and the rush before the cut-off. */
static void day_points(struct workload_point points[6], uint64_t length_us, uint64_t peak)
{
    static const unsigned percent[6] = {20, 90, 40, 70, 100, 10};
    for (unsigned i = 0; i < 6; i++) {
        points[i] = (struct workload_point){i * length_us / 5, peak * percent[i] / 100};
    }
}

static void run_day(struct bench *bench)
{
    uint64_t seconds = 2 * bench->options->seconds;
    const uint64_t peak = 2000;
    struct testbed_load_config load = load_config(bench, 20, 3 * seconds * peak);
    struct workload_point points[6];
    struct testbed_load_stretch stretch = stretch_of(bench);
    load.source.share[WORKLOAD_UNMATCHED] = 80;
    load.source.share[WORKLOAD_LACK_SECURITIES] = 80;
    load.source.share[WORKLOAD_HOLD] = 80;
    load.source.share[WORKLOAD_CANCEL] = 60;
    load.duplicate_permille = 30;
    load.later_parts = true;
    struct network network = network_open(bench, &load);
    day_points(points, seconds * 1000000, peak);
    stretch.points = points;
    stretch.point_count = 6;
    stretch.warm_up_ms = 0;
    stretch.measure_ms = (uint32_t)seconds * 1000;
    stretch_run(bench, &network, &stretch);
    row("mixed day, instructions", rate_of(&bench->results), "a second", 0, "", false);
    show_costs(bench, "mixed day");
    show_latency(bench, "mixed day");
    network_close(&network);
}

struct failing {
    struct testbed *testbed;
    bool paused;
};

static void tick_kill(void *context, uint64_t passed_us)
{
    struct failing *failing = context;
    if (passed_us > 2000000) { /* a second into the measured time */
        testbed_kill(failing->testbed, FAILING);
    }
}

/* Stands still for half of each period. */
static void tick_slow(void *context, uint64_t passed_us)
{
    struct failing *failing = context;
    bool pause = passed_us % PAUSE_PERIOD_US < PAUSE_PERIOD_US / 2;
    if (pause != failing->paused) {
        testbed_pause(failing->testbed, FAILING, pause);
        failing->paused = pause;
    }
}

/* Bulk with all four, then with one that fails, on the same network: the ratio is what counts. */
static void run_failing(struct bench *bench, const char *name, testbed_load_tick *tick)
{
    struct testbed_load_config load =
        load_config(bench, bench->options->per_envelope,
                    instructions_of(bench, 2000, bench->options->bulk_per_s));
    load.avoided = FAILING;
    struct network network = network_open(bench, &load);
    struct failing failing = {.testbed = network.testbed};
    struct testbed_load_stretch stretch = stretch_of(bench);
    double healthy =
        most(bench, &network, (uint32_t)bench->options->under_way, bench->options->bulk_per_s);
    stretch.under_way = (uint32_t)bench->options->under_way;
    stretch.instructions_max =
        (uint32_t)(bench->options->bulk_per_s * (stretch.warm_up_ms + stretch.measure_ms) / 1000);
    stretch.tick = tick;
    stretch.tick_context = &failing;
    stretch_run(bench, &network, &stretch);
    testbed_pause(network.testbed, FAILING, false);
    row(figure_label("%s, settled", name), rate_of(&bench->results) / 2, "DvP/s", healthy / 2,
        "the same with four", false);
    row(figure_label("%s, longest without settling", name),
        (double)bench->results.progress.longest_gap_us / 1000, "ms", 0, "", true);
    show_envelopes_out(&bench->results);
    sample(bench, &network);
    network_close(&network);
}

static void run_dead(struct bench *bench)
{
    run_failing(bench, "one dies", tick_kill);
}

static void run_slow(struct bench *bench)
{
    run_failing(bench, "one half asleep", tick_slow);
}

static const struct scenario {
    const char *name;
    void (*run)(struct bench *bench);
    bool when_named; /* and not with all */
} scenarios[] = {{"bulk", run_bulk, false}, {"interactive", run_interactive, false},
                 {"hot", run_hot, false},   {"day", run_day, false},
                 {"dead", run_dead, false}, {"slow", run_slow, false},
                 {"rate", run_rate, true}};

enum {
    SCENARIO_COUNT = sizeof scenarios / sizeof scenarios[0]
};

static int work(void *context, const char *directory)
{
    static struct bench bench;
    const struct options *options = context;
    bench.options = options;
    bench.directory = directory;
    figure_require(crypto_start() == CRYPTO_START_OK, "the crypto library is not usable");
    limits_measure(&bench);
    for (size_t i = 0; i < SCENARIO_COUNT; i++) {
        const struct scenario *scenario = &scenarios[i];
        if (options->only == NULL ? !scenario->when_named
                                  : strcmp(options->only, scenario->name) == 0) {
            scenario->run(&bench);
        }
    }
    return 0;
}

/* ---- Options --------------------------------------------------------------------------------- */

static const char help[] =
    "usage: netsim_yardstick [options]\n"
    "  --only NAME       one of bulk, interactive, hot, day, dead, slow, rate\n"
    "  --seconds N       measured time of each stretch (5)\n"
    "  --per-envelope N  instructions in an envelope of bulk, at most 10000 (1000)\n"
    "  --per-s N         instructions a second of `rate`, in envelopes of --per-envelope (1500)\n"
    "  --under-way N     envelopes of bulk handed in and not settled, where the most is sought "
    "(16)\n"
    "  --participants N  parties that trade (16)\n"
    "  --accounts N      accounts of each kind and participant (32)\n"
    "  --seed N          of the market and the load (1)\n"
    "  --bulk-per-s N    instructions that bulk could reach at most: so many are made (250000)\n"
    "  --interactive-per-s N   and for those signed by themselves (32000)\n"
    "  --lists           validators keep tables for lists, too\n"
    "  --tallyd PATH     the program (../bin/tallyd beside this one)\n"
    "  --directory PATH  where files are written (/tmp)\n";

static bool number_parse(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *text != 0 && *text != '-' && *end == 0 && *out > 0 && *out <= 100000000;
}

static bool options_parse(int argc, char **argv, struct options *options)
{
    enum {
        SECONDS = 256,
        PER_ENVELOPE,
        PER_S,
        UNDER_WAY,
        PARTICIPANTS,
        ACCOUNTS,
        SEED,
        BULK_PER_S,
        INTERACTIVE_PER_S,
        ONLY,
        LISTS,
        TALLYD,
        DIRECTORY
    };
    static const struct option names[] = {
        {"seconds", 1, NULL, SECONDS},
        {"per-envelope", 1, NULL, PER_ENVELOPE},
        {"per-s", 1, NULL, PER_S},
        {"under-way", 1, NULL, UNDER_WAY},
        {"participants", 1, NULL, PARTICIPANTS},
        {"accounts", 1, NULL, ACCOUNTS},
        {"seed", 1, NULL, SEED},
        {"bulk-per-s", 1, NULL, BULK_PER_S},
        {"interactive-per-s", 1, NULL, INTERACTIVE_PER_S},
        {"only", 1, NULL, ONLY},
        {"lists", 0, NULL, LISTS},
        {"tallyd", 1, NULL, TALLYD},
        {"directory", 1, NULL, DIRECTORY},
        {NULL, 0, NULL, 0},
    };
    uint64_t *const numbers[] = {
        &options->seconds,   &options->per_envelope, &options->per_s,
        &options->under_way, &options->participants, &options->accounts,
        &options->seed,      &options->bulk_per_s,   &options->interactive_per_s};
    int found;
    while ((found = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (found >= SECONDS && found <= INTERACTIVE_PER_S) {
            if (!number_parse(optarg, numbers[found - SECONDS])) {
                return false;
            }
        } else if (found == ONLY) {
            options->only = optarg;
        } else if (found == LISTS) {
            options->lists = true;
        } else if (found == TALLYD) {
            (void)snprintf(options->program, sizeof options->program, "%s", optarg);
        } else if (found == DIRECTORY) {
            options->parent = optarg;
        } else {
            return false;
        }
    }
    bool known = options->only == NULL;
    for (size_t i = 0; i < SCENARIO_COUNT && !known; i++) {
        known = strcmp(options->only, scenarios[i].name) == 0;
    }
    return known && optind == argc && options->per_envelope <= ENVELOPE_COMMAND_COUNT_MAX;
}

int main(int argc, char **argv)
{
    struct options options = {.parent = "/tmp",
                              .seconds = 5,
                              .per_envelope = 1000,
                              .per_s = 1500,
                              .under_way = 16,
                              .participants = 16,
                              .accounts = 32,
                              .seed = 1,
                              .bulk_per_s = 250000,
                              .interactive_per_s = 32000};
    const char *slash = strrchr(argv[0], '/');
    (void)snprintf(options.program, sizeof options.program, "%.*s/../bin/tallyd",
                   slash == NULL ? 1 : (int)(slash - argv[0]), slash == NULL ? "." : argv[0]);
    if (!options_parse(argc, argv, &options)) {
        (void)fputs(help, stderr);
        return 2;
    }
    if (access(options.program, X_OK) != 0) {
        (void)fprintf(stderr, "netsim_yardstick: %s cannot be run\n", options.program);
        return 1;
    }
    return workspace_run(options.parent, work, &options);
}
