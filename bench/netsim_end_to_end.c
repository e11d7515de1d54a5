/*
 * What real validators on this machine settle a second, and how long it takes: four tallyd over
 * loopback, with TLS, disks and Ed25519, under the load of a simulated market (netsim/testbed). The
 * clients run on the same machine and take their part of its processors, which is printed beside.
 *
 * Left out: proofs, lists and queries of clients; anything that a network between sites would add.
 *
 *     netsim_end_to_end [--rate N | --under-way N] [--seconds N] ... see --help
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/machine.h"
#include "crypto/start.h"
#include "host/clock.h"
#include "netsim/testbed/testbed_load.h"

enum {
    SYNC_BYTES = 4096,
    PATH_SIZE = 600,
    SPARE_PERMILLE = 1300, /* envelopes made, of those that should be sent */
    CLOSED_LOOP_PER_S = 20000,
};

struct options {
    char program[PATH_SIZE];
    const char *parent;
    uint64_t rate;
    uint64_t under_way;
    uint64_t seconds;
    uint64_t warm_up;
    uint64_t members;
    uint64_t per_envelope;
    uint64_t participants;
    uint64_t accounts;
    uint64_t zipf;
    uint64_t poll_us;
    uint64_t seed;
    bool even;
    bool lists;
    bool keep;
    bool brief;
};

static const char help[] =
    "usage: netsim_end_to_end [options]\n"
    "  --rate N          instructions a second, at random intervals (500)\n"
    "  --under-way N     closed loop instead: so many envelopes under way\n"
    "  --seconds N       measured time (10)\n"
    "  --warm-up N       seconds before that (3)\n"
    "  --members N       validators (4)\n"
    "  --per-envelope N  instructions in an envelope (1)\n"
    "  --participants N  parties that trade (16)\n"
    "  --accounts N      accounts of each kind and participant (2)\n"
    "  --zipf N          permille: exponent of the choice of accounts (0)\n"
    "  --poll-us N       how often the nodes' heights are asked for (5000)\n"
    "  --seed N          of the market and the load (1)\n"
    "  --even            evenly spaced instead of at random\n"
    "  --lists           validators keep tables for lists, too\n"
    "  --tallyd PATH     the program (../bin/tallyd beside this one)\n"
    "  --directory PATH  where the network's directory is made (/tmp)\n"
    "  --keep            keep it\n"
    "  --brief           one line of numbers: rate, executed/s, p50 and p99 in us of received,\n"
    "                    executed, certified, validators' and client's processor us an "
    "instruction,\n"
    "                    permille of the machine used by others\n";

/* ---- Options --------------------------------------------------------------------------------- */

static bool number_parse(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *text != 0 && *text != '-' && *end == 0 && *out <= 100000000;
}

static bool options_parse(int argc, char **argv, struct options *options)
{
    enum {
        RATE = 256,
        UNDER_WAY,
        SECONDS,
        WARM_UP,
        MEMBERS,
        PER_ENVELOPE,
        PARTICIPANTS,
        ACCOUNTS,
        ZIPF,
        POLL,
        SEED,
        EVEN,
        LISTS,
        TALLYD,
        DIRECTORY,
        KEEP,
        BRIEF
    };
    static const struct option names[] = {
        {"rate", 1, NULL, RATE},
        {"under-way", 1, NULL, UNDER_WAY},
        {"seconds", 1, NULL, SECONDS},
        {"warm-up", 1, NULL, WARM_UP},
        {"members", 1, NULL, MEMBERS},
        {"per-envelope", 1, NULL, PER_ENVELOPE},
        {"participants", 1, NULL, PARTICIPANTS},
        {"accounts", 1, NULL, ACCOUNTS},
        {"zipf", 1, NULL, ZIPF},
        {"poll-us", 1, NULL, POLL},
        {"seed", 1, NULL, SEED},
        {"even", 0, NULL, EVEN},
        {"lists", 0, NULL, LISTS},
        {"tallyd", 1, NULL, TALLYD},
        {"directory", 1, NULL, DIRECTORY},
        {"keep", 0, NULL, KEEP},
        {"brief", 0, NULL, BRIEF},
        {NULL, 0, NULL, 0},
    };
    uint64_t *const numbers[] = {
        &options->rate,    &options->under_way,    &options->seconds,      &options->warm_up,
        &options->members, &options->per_envelope, &options->participants, &options->accounts,
        &options->zipf,    &options->poll_us,      &options->seed};
    int found;
    while ((found = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (found >= RATE && found <= SEED) {
            if (!number_parse(optarg, numbers[found - RATE])) {
                (void)fprintf(stderr, "netsim_end_to_end: not a number: %s\n", optarg);
                return false;
            }
        } else if (found == EVEN) {
            options->even = true;
        } else if (found == LISTS) {
            options->lists = true;
        } else if (found == TALLYD) {
            (void)snprintf(options->program, sizeof options->program, "%s", optarg);
        } else if (found == DIRECTORY) {
            options->parent = optarg;
        } else if (found == KEEP) {
            options->keep = true;
        } else if (found == BRIEF) {
            options->brief = true;
        } else {
            return false;
        }
    }
    return optind == argc;
}

/* ---- Figures --------------------------------------------------------------------------------- */

static void show_times(const char *name, const struct histogram *times)
{
    (void)printf("  %-22s p50 %6.1f   p90 %6.1f   p99 %6.1f   max %6.1f ms\n", name,
                 (double)histogram_quantile(times, 500) / 1000,
                 (double)histogram_quantile(times, 900) / 1000,
                 (double)histogram_quantile(times, 990) / 1000,
                 (double)histogram_max(times) / 1000);
}

/* Of the machine's processors, what neither the validators nor this program used. */
static uint64_t others_permille(const struct testbed_load_results *results)
{
    uint64_t own = results->used.user_us + results->used.system_us + results->client_us;
    uint64_t others = results->used.machine_us > own ? results->used.machine_us - own : 0;
    uint64_t all = results->measured_us * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    return all > 0 ? others * 1000 / all : 0;
}

static double per(uint64_t amount, double count)
{
    return count > 0 ? (double)amount / count : 0;
}

static double executed_per_s(const struct testbed_load_results *results)
{
    return per(results->progress.commands * 1000000, (double)results->progress.time_us);
}

/* Instructions executed in the measured time, at that rate. */
static double executed(const struct testbed_load_results *results)
{
    return executed_per_s(results) * (double)results->measured_us / 1e6;
}

static void show_brief(const struct options *options, const struct testbed_load_results *results)
{
    const struct histogram *times[] = {&results->received_us, &results->stage_us[TESTBED_EXECUTED],
                                       &results->stage_us[TESTBED_CERTIFIED]};
    (void)printf("%llu %.0f", (unsigned long long)options->rate, executed_per_s(results));
    for (int i = 0; i < 3; i++) {
        (void)printf(" %llu %llu", (unsigned long long)histogram_quantile(times[i], 500),
                     (unsigned long long)histogram_quantile(times[i], 990));
    }
    (void)printf(" %.1f %.1f %llu\n",
                 per(results->used.user_us + results->used.system_us, executed(results)),
                 per(results->client_us, executed(results)),
                 (unsigned long long)others_permille(results));
}

static void show(const struct options *options, const struct testbed_load_results *results)
{
    if (options->brief) {
        show_brief(options, results);
        return;
    }
    (void)printf("machine\n  %-22s %ld\n  %-22s %.0f us\n  %-22s %.0f a second and processor\n",
                 "processors", sysconf(_SC_NPROCESSORS_ONLN), "append and fdatasync",
                 machine_sync_us(options->parent, SYNC_BYTES), "Ed25519 checks",
                 1e9 / machine_check_ns());
    (void)printf("load, %.1f s\n", (double)results->measured_us / 1e6);
    (void)printf("  %-22s %llu in %llu envelopes; refused %llu, lost %llu, not sent in time %llu\n",
                 "instructions sent", (unsigned long long)results->instructions_sent,
                 (unsigned long long)results->envelopes_sent, (unsigned long long)results->refused,
                 (unsigned long long)results->unknown, (unsigned long long)results->unsent);
    (void)printf("  %-22s %.0f a second, in %.1f blocks a second\n", "executed",
                 executed_per_s(results),
                 per(results->progress.blocks * 1000000, (double)results->progress.time_us));
    if (results->envelopes_out) {
        (void)printf("  the envelopes made beforehand did not last to the end\n");
    }
    (void)printf("from the intended instant of sending\n");
    show_times("sent", &results->late_us);
    show_times("received", &results->received_us);
    show_times("final", &results->stage_us[TESTBED_FINAL]);
    show_times("final and executed", &results->stage_us[TESTBED_EXECUTED]);
    show_times("certified", &results->stage_us[TESTBED_CERTIFIED]);
    (void)printf("processor time\n  %-22s %.0f us user, %.0f us system, an instruction\n",
                 "all validators", per(results->used.user_us, executed(results)),
                 per(results->used.system_us, executed(results)));
    (void)printf("  %-22s %.0f us an instruction\n  %-22s %llu permille of the machine\n",
                 "clients", per(results->client_us, executed(results)), "used by others",
                 (unsigned long long)others_permille(results));
}

/* ---- Run ------------------------------------------------------------------------------------- */

static struct market *market_make(const struct options *options, uint64_t instructions)
{
    struct market_config config;
    market_config_small(&config);
    config.seed = options->seed;
    config.time_ms = (clock_utc_ms() / 86400000 - 1) * 86400000;
    config.opening_by_envelopes = true;
    market_config_size(&config, (uint32_t)options->participants, (uint32_t)options->accounts, 4, 1,
                       (uint32_t)instructions + 1000);
    return market_new(&config);
}

static int run(const struct options *options)
{
    static struct testbed_load_results results;
    uint64_t per_s = options->rate > 0 ? options->rate : CLOSED_LOOP_PER_S;
    uint64_t instructions =
        per_s * (options->seconds + options->warm_up) * SPARE_PERMILLE / 1000 + 100;
    struct testbed_load_config load = {
        .poll_us = (uint32_t)options->poll_us,
        .avoided = TESTBED_NOBODY,
    };
    struct testbed_load_stretch stretch = {
        .per_s = options->rate,
        .even = options->even,
        .under_way = (uint32_t)options->under_way,
        .instructions_max = (uint32_t)instructions,
        .warm_up_ms = (uint32_t)options->warm_up * 1000,
        .measure_ms = (uint32_t)options->seconds * 1000,
    };
    workload_source_config_default(&load.source);
    load.source.seed = options->seed;
    load.source.instruction_count_max = (uint32_t)instructions;
    load.source.instructions_per_envelope = (uint32_t)options->per_envelope;
    load.source.zipf_permille = (uint32_t)options->zipf;
    struct market *market = market_make(options, instructions);
    const char *fault = market == NULL ? "the market's numbers are out of range"
                                       : workload_source_fault(&load.source, market);
    if (fault != NULL) {
        (void)fprintf(stderr, "netsim_end_to_end: %s\n", fault);
        market_free(market);
        return 2;
    }
    struct testbed_config config = {
        .program = options->program,
        .parent = options->parent,
        .member_count = (uint16_t)options->members,
        .checkpoint_bytes = UINT64_C(16) << 20,
        .lists = options->lists,
        .keep = options->keep,
    };
    struct testbed *testbed = testbed_new(&config, market);
    struct testbed_load *opened = testbed != NULL && testbed_start(testbed)
                                      ? testbed_load_open(&load, testbed, market)
                                      : NULL;
    bool done = opened != NULL && testbed_load_run(opened, &stretch, &results);
    if (done) {
        show(options, &results);
    }
    testbed_load_close(opened);
    testbed_free(testbed);
    market_free(market);
    return done ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options options = {
        .parent = "/tmp",
        .seconds = 10,
        .warm_up = 3,
        .members = 4,
        .per_envelope = 1,
        .participants = 16,
        .accounts = 2,
        .poll_us = 5000,
        .seed = 1,
    };
    const char *slash = strrchr(argv[0], '/');
    (void)snprintf(options.program, sizeof options.program, "%.*s/../bin/tallyd",
                   slash == NULL ? 1 : (int)(slash - argv[0]), slash == NULL ? "." : argv[0]);
    if (!options_parse(argc, argv, &options) || options.poll_us == 0 || options.seconds == 0) {
        (void)fputs(help, stderr);
        return 2;
    }
    if (options.rate == 0 && options.under_way == 0) {
        options.rate = 500;
    }
    if (crypto_start() != CRYPTO_START_OK) {
        (void)fprintf(stderr, "netsim_end_to_end: the crypto library is not usable\n");
        return 1;
    }
    return run(&options);
}
