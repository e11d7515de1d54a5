#include "netsim/fuzz/fuzz_faults.h"

#include "base/assert.h"
#include "base/prng.h"
#include "consensus/message.h"
#include "netsim/engine/disk.h"
#include "netsim/engine/validator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLOCK_PERIOD_MS = 400,
    START_TRIES_MAX = 8,
};

struct fuzz_faults {
    struct simulation *simulation;
    const struct fuzz_options *options;
    struct prng prng;
    const struct fuzz_trace *trace;
    fuzz_damage_told *told;
    void *context;
    bool quiet;
    bool bound_to_stop[SIMULATION_HOSTS_MAX]; /* its disk failed just before the faults stopped */
    char unexplained[64];
    uint64_t counts[FUZZ_FAULT_COUNT];
};

/* ------------------------------------------------------------------------------------- chance */

/* About a period: never even steps. */
static uint64_t about_us(struct fuzz_faults *faults, uint32_t period_ms)
{
    return 1 + prng_below(&faults->prng, 2000 * (uint64_t)period_ms + 1);
}

static void later(struct fuzz_faults *faults, uint64_t delay_us, simulation_callback *callback,
                  uint64_t number)
{
    simulation_at(faults->simulation, simulation_now_us(faults->simulation) + delay_us, callback,
                  faults, number);
}

static struct validator *host_random(struct fuzz_faults *faults)
{
    const uint32_t count = simulation_host_count(faults->simulation);
    return simulation_validator(faults->simulation, (uint32_t)prng_below(&faults->prng, count));
}

/* One of some classes, each as likely as another. pre: the options have one of them. */
static enum fuzz_fault one_of(struct fuzz_faults *faults, const enum fuzz_fault *classes,
                              uint32_t count)
{
    for (;;) {
        const enum fuzz_fault fault = classes[prng_below(&faults->prng, count)];
        if (fuzz_options_have(faults->options, fault)) {
            return fault;
        }
    }
}

/* Healthy, but left out of the core. */
static bool is_outsider(const struct fuzz_faults *faults, uint32_t member)
{
    return (faults->options->core >> member & 1u) == 0 &&
           fuzz_options_healthy(faults->options, member);
}

/* ------------------------------------------------------------------------------------ crashes */

/* A disk that is full or fails keeps a program from starting; it is tried again. */
static void start(void *context, uint64_t host)
{
    struct fuzz_faults *faults = context;
    struct validator *validator = simulation_validator(faults->simulation, (uint32_t)host);
    if (validator_is_up(validator) ||
        (faults->quiet && is_outsider(faults, validator_member(validator)))) {
        return;
    }
    const bool started = validator_start(validator, false);
    fuzz_trace_line(faults->trace, (uint32_t)host, "%s", started ? "starts again" : "cannot start");
    if (!started) {
        later(faults, about_us(faults, faults->options->down_ms), start, host);
    }
}

static void crash(void *context, uint64_t number)
{
    static const enum fuzz_fault deaths[] = {FUZZ_CRASH, FUZZ_POWER, FUZZ_OPERATION};
    struct fuzz_faults *faults = context;
    (void)number;
    if (faults->quiet) {
        return;
    }
    struct validator *validator = host_random(faults);
    const uint32_t host = validator_host(validator);
    const enum fuzz_fault death = one_of(faults, deaths, 3);
    later(faults, about_us(faults, faults->options->crash_period_ms), crash, 0);
    if (!validator_is_up(validator)) {
        return;
    }
    faults->counts[death]++;
    if (death == FUZZ_OPERATION) {
        const uint64_t nth = 1 + prng_below(&faults->prng, faults->options->crash_operations);
        fuzz_trace_line(faults->trace, host, "will lose power at operation %llu of its disk",
                        (unsigned long long)nth);
        disk_plan(validator_disk(validator), FAULT_CRASH, nth);
        return;
    }
    fuzz_trace_line(faults->trace, host, "%s", death == FUZZ_POWER ? "loses power" : "dies");
    validator_crash(validator, death == FUZZ_POWER ? CRASH_POWER : CRASH_PROCESS);
    later(faults, about_us(faults, faults->options->down_ms), start, host);
}

/* A host whose disk gave up comes back after a while; without faults there is no reason for it. */
static void on_stopped(void *context, uint32_t host, enum simulation_stop why)
{
    struct fuzz_faults *faults = context;
    if (why != STOP_STORAGE) {
        return;
    }
    fuzz_trace_line(faults->trace, host, "stops: its disk failed");
    if (!faults->quiet || faults->bound_to_stop[host]) {
        faults->bound_to_stop[host] = false;
        later(faults, about_us(faults, faults->quiet ? 1 : faults->options->down_ms), start, host);
    } else if (host < faults->options->member_count && (faults->options->core >> host & 1u) != 0) {
        (void)snprintf(faults->unexplained, sizeof faults->unexplained,
                       "the disk of member %u failed without a fault", host);
    }
}

static void fail_disk(void *context, uint64_t number)
{
    struct fuzz_faults *faults = context;
    (void)number;
    if (faults->quiet) {
        return;
    }
    struct validator *validator = host_random(faults);
    const uint64_t nth = 1 + prng_below(&faults->prng, 20);
    later(faults, about_us(faults, faults->options->io_period_ms), fail_disk, 0);
    faults->counts[FUZZ_IO]++;
    fuzz_trace_line(faults->trace, validator_host(validator),
                    "operation %llu of its disk will fail", (unsigned long long)nth);
    disk_plan(validator_disk(validator), FAULT_IO, nth);
}

static void fill_end(void *context, uint64_t host)
{
    struct fuzz_faults *faults = context;
    fuzz_trace_line(faults->trace, (uint32_t)host, "has room on its disk");
    disk_space(validator_disk(simulation_validator(faults->simulation, (uint32_t)host)),
               UINT64_MAX);
}

static void fill_disk(void *context, uint64_t number)
{
    struct fuzz_faults *faults = context;
    (void)number;
    if (faults->quiet) {
        return;
    }
    struct validator *validator = host_random(faults);
    struct disk *disk = validator_disk(validator);
    later(faults, about_us(faults, faults->options->full_period_ms), fill_disk, 0);
    faults->counts[FUZZ_FULL]++;
    fuzz_trace_line(faults->trace, validator_host(validator), "has %u bytes left on its disk",
                    faults->options->full_bytes);
    disk_space(disk, disk_used(disk) + faults->options->full_bytes);
    later(faults, about_us(faults, faults->options->full_ms), fill_end, validator_host(validator));
}

static void pause(void *context, uint64_t number)
{
    struct fuzz_faults *faults = context;
    (void)number;
    if (faults->quiet) {
        return;
    }
    struct validator *validator = host_random(faults);
    const uint64_t end_us =
        simulation_now_us(faults->simulation) + about_us(faults, faults->options->pause_ms);
    later(faults, about_us(faults, faults->options->pause_period_ms), pause, 0);
    faults->counts[FUZZ_PAUSE]++;
    fuzz_trace_line(faults->trace, validator_host(validator), "stands still until %.3f",
                    (double)end_us / 1000.0);
    validator_pause(validator, end_us);
}

/* Once in a schedule, for each member whose disk is to be damaged. */
static void damage(void *context, uint64_t member)
{
    struct fuzz_faults *faults = context;
    struct validator *validator = simulation_validator(faults->simulation, (uint32_t)member);
    enum fuzz_fault kind = FUZZ_FAULT_COUNT;
    if (faults->quiet || !fuzz_options_damaged(faults->options, (uint32_t)member, &kind)) {
        return;
    }
    if (validator_is_up(validator)) {
        validator_crash(validator, prng_chance(&faults->prng, 1, 2) ? CRASH_POWER : CRASH_PROCESS);
    }
    fuzz_trace_line(faults->trace, (uint32_t)member, "is damaged: %s", fuzz_fault_text(kind));
    faults->told(faults->context, (uint32_t)member, kind);
    faults->counts[kind]++;
    if (kind == FUZZ_ROT) {
        const enum validator_rot where = (enum validator_rot)prng_below(&faults->prng, 3);
        faults->counts[kind] -= !validator_rot(validator, where, prng_next(&faults->prng));
    } else if (kind == FUZZ_AMNESIA) {
        validator_lose_journal(validator);
    } else {
        validator_wipe(validator);
    }
    later(faults, about_us(faults, faults->options->down_ms), start, member);
}

/* ------------------------------------------------------------------------------------ network */

/* Draws two parts, of which `bridge` (UINT32_MAX: nobody) belongs to both. */
static void cut_parts(struct fuzz_faults *faults, uint32_t bridge, bool both_ways)
{
    struct network *network = simulation_network(faults->simulation);
    const uint32_t count = simulation_host_count(faults->simulation);
    const uint64_t low = prng_next(&faults->prng);
    TALLY_ASSERT(count <= 64); /* a bit each */
    for (uint32_t from = 0; from < count; from++) {
        for (uint32_t to = 0; to < count; to++) {
            const bool apart = ((low >> from ^ low >> to) & 1u) != 0;
            const bool forth = (low >> from & 1u) != 0;
            if (apart && (both_ways || forth) && from != bridge && to != bridge) {
                network_cut(network, from, to, true);
            }
        }
    }
}

static void isolate(struct fuzz_faults *faults, uint32_t host)
{
    struct network *network = simulation_network(faults->simulation);
    const uint32_t count = simulation_host_count(faults->simulation);
    for (uint32_t other = 0; other < count; other++) {
        if (other != host) {
            network_cut(network, host, other, true);
            network_cut(network, other, host, true);
        }
    }
}

static void cut_network(void *context, uint64_t number)
{
    static const enum fuzz_fault cuts[] = {FUZZ_PARTITION, FUZZ_ISOLATE, FUZZ_ONE_WAY, FUZZ_BRIDGE};
    struct fuzz_faults *faults = context;
    (void)number;
    if (faults->quiet) {
        return;
    }
    later(faults, about_us(faults, faults->options->cut_period_ms), cut_network, 0);
    network_heal(simulation_network(faults->simulation));
    if (!prng_chance(&faults->prng, faults->options->cut_permille, 1000)) {
        return;
    }
    const enum fuzz_fault cut = one_of(faults, cuts, 4);
    const uint32_t host = validator_host(host_random(faults));
    fuzz_trace_line(faults->trace, host, "the network is cut: %s", fuzz_fault_text(cut));
    faults->counts[cut]++;
    if (cut == FUZZ_ISOLATE) {
        isolate(faults, host);
    } else {
        cut_parts(faults, cut == FUZZ_BRIDGE ? host : UINT32_MAX, cut != FUZZ_ONE_WAY);
    }
}

/* While blocks stall, whatever carries one is dropped. */
static bool stall_filter(void *context, uint32_t from, uint32_t to, const uint8_t *bytes,
                         size_t size)
{
    struct fuzz_faults *faults = context;
    const uint64_t now_ms = simulation_now_us(faults->simulation) / 1000;
    (void)from;
    (void)to;
    if (size == 0 || now_ms < faults->options->stall_begin_ms ||
        now_ms >= faults->options->stall_end_ms) {
        return true;
    }
    const bool block = bytes[0] == MESSAGE_PROPOSAL || bytes[0] == MESSAGE_BLOCK ||
                       bytes[0] == MESSAGE_JUSTIFICATION || bytes[0] == MESSAGE_RANGE;
    faults->counts[FUZZ_STALL] += block;
    return !block;
}

/* ------------------------------------------------------------------------------------- clocks */

static void set_clock(struct fuzz_faults *faults, struct validator *validator)
{
    const uint32_t own = (UINT32_C(1) << BYZANTINE_TIME) | (UINT32_C(1) << BYZANTINE_LATE);
    const uint32_t skew_ms = faults->options->skew_ms;
    const uint32_t drift_ppm = faults->options->drift_ppm;
    if ((fuzz_options_kinds(faults->options, validator_member(validator)) & own) != 0) {
        return; /* it has a clock of its own choice */
    }
    const int64_t offset_ms =
        (int64_t)prng_below(&faults->prng, 2 * (uint64_t)skew_ms + 1) - (int64_t)skew_ms;
    const int64_t drift =
        (int64_t)prng_below(&faults->prng, 2 * (uint64_t)drift_ppm + 1) - (int64_t)drift_ppm;
    faults->counts[FUZZ_CLOCK]++;
    fuzz_trace_line(faults->trace, validator_host(validator),
                    "its clock is off by %lld ms and drifts by %lld ppm", (long long)offset_ms,
                    (long long)drift);
    validator_clock(validator, offset_ms, (int32_t)drift);
}

static void jump_clock(void *context, uint64_t number)
{
    struct fuzz_faults *faults = context;
    (void)number;
    if (!faults->quiet) {
        later(faults, about_us(faults, CLOCK_PERIOD_MS), jump_clock, 0);
        set_clock(faults, host_random(faults));
    }
}

/* -------------------------------------------------------------------------------------- begin */

static void set_disk(const struct fuzz_faults *faults, struct validator *validator, bool calm)
{
    const struct fuzz_options *options = faults->options;
    struct disk_prices *prices = disk_prices(validator_disk(validator));
    prices->extra_ns = (uint64_t)options->sync_us * 1000;
    prices->spread_ns = calm ? 0 : (uint64_t)options->sync_spread_us * 1000;
    prices->stall_permille = calm ? 0 : options->sync_stall_permille;
    prices->stall_ns = calm ? 0 : (uint64_t)options->sync_stall_us * 1000;
}

static void plan_periodic(struct fuzz_faults *faults)
{
    const struct fuzz_options *options = faults->options;
    if (options->crash_period_ms > 0) {
        later(faults, about_us(faults, options->crash_period_ms), crash, 0);
    }
    if (options->io_period_ms > 0) {
        later(faults, about_us(faults, options->io_period_ms), fail_disk, 0);
    }
    if (options->full_period_ms > 0) {
        later(faults, about_us(faults, options->full_period_ms), fill_disk, 0);
    }
    if (options->pause_period_ms > 0) {
        later(faults, about_us(faults, options->pause_period_ms), pause, 0);
    }
    if (options->cut_period_ms > 0) {
        later(faults, about_us(faults, options->cut_period_ms), cut_network, 0);
    }
    if (options->skew_ms > 0) {
        later(faults, about_us(faults, CLOCK_PERIOD_MS), jump_clock, 0);
    }
    if (options->stall_end_ms > 0) {
        network_filter_set(simulation_network(faults->simulation), stall_filter, faults);
    }
    for (uint32_t member = 0; member < options->damaged_count; member++) {
        later(faults, 50000 + prng_below(&faults->prng, (uint64_t)options->safety_ms * 500), damage,
              member);
    }
}

struct fuzz_faults *fuzz_faults_new(struct simulation *simulation,
                                    const struct fuzz_options *options,
                                    const struct fuzz_trace *trace, fuzz_damage_told *told,
                                    void *context)
{
    struct fuzz_faults *faults = calloc(1, sizeof *faults);
    if (faults == NULL) {
        return NULL;
    }
    faults->simulation = simulation;
    faults->options = options;
    faults->trace = trace;
    faults->told = told;
    faults->context = context;
    prng_init(&faults->prng, options->seed ^ UINT64_C(0xFA017));
    const struct simulation_observer observer = {.context = faults, .stopped = on_stopped};
    simulation_observe(simulation, &observer);
    const uint32_t slow = (uint32_t)prng_below(&faults->prng, simulation_host_count(simulation));
    for (uint32_t host = 0; host < simulation_host_count(simulation); host++) {
        struct validator *validator = simulation_validator(simulation, host);
        set_disk(faults, validator, false);
        if (options->skew_ms > 0) {
            set_clock(faults, validator);
        }
        if (host == slow) {
            validator_slow(validator, options->slow_permille);
        }
        const bool started = validator_start(validator, true);
        TALLY_ASSERT(started);
    }
    plan_periodic(faults);
    return faults;
}

void fuzz_faults_free(struct fuzz_faults *faults)
{
    free(faults);
}

/* ---------------------------------------------------------------------------------------- end */

static void calm_network(struct fuzz_faults *faults)
{
    struct network *network = simulation_network(faults->simulation);
    struct network_config *settings = network_settings(network);
    network_heal(network);
    network_filter_set(network, NULL, NULL);
    settings->jitter_us = faults->options->jitter_us;
    settings->straggler_permille = 0;
    settings->loss_permille = 0;
    settings->duplicate_permille = 0;
    settings->reorder = false;
    settings->uplink_bytes_per_s = 0;
}

static void send_away(struct fuzz_faults *faults, struct validator *validator)
{
    struct network *network = simulation_network(faults->simulation);
    const uint32_t count = simulation_host_count(faults->simulation);
    const uint32_t host = validator_host(validator);
    switch (faults->options->outsiders) {
    case FUZZ_OUTSIDER_DOWN:
        if (validator_is_up(validator)) {
            validator_crash(validator, CRASH_PROCESS);
        }
        break;
    case FUZZ_OUTSIDER_CUT:
        isolate(faults, host);
        break;
    case FUZZ_OUTSIDER_DEAF:
    case FUZZ_OUTSIDER_UNHEARD:
        for (uint32_t other = 0; other < count; other++) {
            const bool deaf = faults->options->outsiders == FUZZ_OUTSIDER_DEAF;
            if (other != host) {
                network_cut(network, deaf ? other : host, deaf ? host : other, true);
            }
        }
        break;
    }
}

/* Whatever a host suffered from is over. True when it is up, or need not be. */
static bool calm_host(struct fuzz_faults *faults, uint32_t host)
{
    struct validator *validator = simulation_validator(faults->simulation, host);
    struct disk *disk = validator_disk(validator);
    const uint32_t member = validator_member(validator);
    bool up = true;
    faults->bound_to_stop[host] = validator_is_ending(validator);
    disk_plan(disk, FAULT_NONE, 1);
    disk_space(disk, UINT64_MAX);
    set_disk(faults, validator, true);
    validator_slow(validator, 1000);
    validator_pause(validator, simulation_now_us(faults->simulation));
    if (validator_is_up(validator) && disk_is_crashed(disk)) {
        validator_crash(validator, CRASH_POWER);
    }
    if (is_outsider(faults, member)) {
        send_away(faults, validator);
        return true;
    }
    for (uint32_t tries = 0; !validator_is_up(validator) && tries < START_TRIES_MAX; tries++) {
        up = validator_start(validator, false);
        fuzz_trace_line(faults->trace, host, "%s", up ? "starts again" : "cannot start");
    }
    return up || (faults->options->core >> member & 1u) == 0;
}

bool fuzz_faults_stop(struct fuzz_faults *faults)
{
    bool complete = true;
    TALLY_ASSERT(!faults->quiet);
    faults->quiet = true;
    calm_network(faults);
    for (uint32_t host = 0; host < simulation_host_count(faults->simulation); host++) {
        complete = calm_host(faults, host) && complete;
    }
    return complete;
}

const char *fuzz_faults_unexplained(const struct fuzz_faults *faults)
{
    return faults->unexplained[0] != '\0' ? faults->unexplained : NULL;
}

void fuzz_faults_count(const struct fuzz_faults *faults, uint64_t counts[FUZZ_FAULT_COUNT])
{
    /* of these there is nothing to count but the schedules that have them */
    static const enum fuzz_fault standing[] = {
        FUZZ_DELAY, FUZZ_REORDER, FUZZ_SYNC,   FUZZ_SLOW, FUZZ_TIMER, FUZZ_LIMITS,
        FUZZ_FILES, FUZZ_CLIENTS, FUZZ_MARKET, FUZZ_DAY,  FUZZ_TERMS, FUZZ_DESK,
    };
    struct network_counts network;
    network_counts_read(simulation_network(faults->simulation), &network);
    memcpy(counts, faults->counts, sizeof faults->counts);
    counts[FUZZ_LOSS] = network.lost;
    counts[FUZZ_DUPLICATE] = network.duplicated;
    counts[FUZZ_NARROW] = network.overflow;
    for (uint32_t i = 0; i < sizeof standing / sizeof standing[0]; i++) {
        counts[standing[i]] = fuzz_options_have(faults->options, standing[i]);
    }
    counts[FUZZ_TWIN] = faults->options->twin_count;
    for (uint32_t i = 0; i < faults->options->byzantine_count; i++) {
        counts[FUZZ_BYZANTINE] += faults->options->byzantine_kinds[i] != 0;
    }
}
