#include "netsim/fuzz/fuzz_options.h"

#include "base/assert.h"
#include "base/prng.h"

#include <string.h>

enum {
    CLASSES_LEAST = 3,
    CLASSES_MOST = 9,
    ENVELOPE_BYTES_MAX = 2048,
    BATCH_PREFIX_BYTES = 4,
    KINDS_DRAWN = BYZANTINE_LATE + 1, /* from the class's own generator; later kinds from theirs */
    CLASSES_DRAWN = FUZZ_TWIN + 1,    /* together; later classes each by themselves */
    CHANCE_OPTIONS = CLASSES_DRAWN,
    CHANCE_FALSIFY,
    CHANCE_STALL,
    CHANCE_DAY,
    CHANCE_TERMS,
    CHANCE_DESK,
    CHANCE_ECHO,
    DESK_ONE_IN = 3,
    TERMS_ONE_IN = 3,
    DAY_ONE_IN = 3,
    HOUR_LEAD_MIN_MS = 50,
    HOUR_LEAD_MAX_MS = 2500,
    LONG_STALL_VIEWS_MIN = 90, /* about */
    LONG_STALL_VIEWS_MAX = 150,
    LONG_STALL_SKIPPED = 256,
};

/* ------------------------------------------------------------------------------------- chance */

static uint32_t between(struct prng *prng, uint32_t low, uint32_t high)
{
    return low + (uint32_t)prng_below(prng, (uint64_t)high - low + 1);
}

/* The generator of one class, which no other class can shift. */
static struct prng chance_of(uint64_t seed, uint32_t class)
{
    struct prng prng;
    prng_init(&prng, seed * UINT64_C(0x9E3779B97F4A7C15) + class + 1);
    return prng;
}

static uint32_t bit(enum fuzz_fault fault)
{
    return UINT32_C(1) << fault;
}

uint32_t fuzz_faulty_max(uint32_t member_count)
{
    return (member_count - 1) / 3;
}

uint32_t fuzz_quorum(uint32_t member_count)
{
    return 2 * member_count / 3 + 1;
}

/* ---------------------------------------------------------------------------------------- who */

static uint32_t draw_member_count(struct prng *prng)
{
    static const uint8_t small[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
                                    4, 4, 4, 4, 4, 4, 4, 1, 2, 2, 5, 5, 6, 7, 7, 7};
    const uint64_t draw = prng_below(prng, 1024);
    return draw < 2 ? 31 : draw < 8 ? 16 : draw < 24 ? 10 : small[draw % sizeof small];
}

/* Some classes want others, or members that there are not. */
static uint32_t draw_faults(struct prng *prng, uint32_t member_count)
{
    uint32_t faults = 0;
    const uint32_t wanted = between(prng, CLASSES_LEAST, CLASSES_MOST);
    for (uint32_t count = 0; count < wanted;) {
        const uint32_t drawn = UINT32_C(1) << prng_below(prng, CLASSES_DRAWN);
        count += (faults & drawn) == 0;
        faults |= drawn;
    }
    if (fuzz_faulty_max(member_count) == 0) {
        faults &= ~(bit(FUZZ_BYZANTINE) | bit(FUZZ_TWIN) | bit(FUZZ_ROT) | bit(FUZZ_AMNESIA) |
                    bit(FUZZ_WIPE));
    }
    if (member_count == 1) {
        faults &= ~(bit(FUZZ_PARTITION) | bit(FUZZ_ISOLATE) | bit(FUZZ_ONE_WAY) | bit(FUZZ_BRIDGE) |
                    bit(FUZZ_STALL));
    }
    return faults;
}

/* What a slot of the Byzantine members may do under these classes. */
static uint32_t kinds_under(uint32_t kinds, uint32_t faults)
{
    const uint32_t twin = UINT32_C(1) << BYZANTINE_TWIN;
    return kinds & (((faults & bit(FUZZ_BYZANTINE)) != 0 ? ~twin : 0) |
                    ((faults & bit(FUZZ_TWIN)) != 0 ? twin : 0));
}

/* Some of the Byzantine members falsify their proposals, or hand back votes, too. */
static void draw_later_kinds(struct fuzz_options *options)
{
    static const struct {
        uint32_t chance;
        enum byzantine_kind kind;
        uint32_t one_in;
    } later[] = {{CHANCE_FALSIFY, BYZANTINE_FALSIFY, 3}, {CHANCE_ECHO, BYZANTINE_ECHO, 2}};
    for (size_t k = 0; k < sizeof later / sizeof later[0]; k++) {
        struct prng prng = chance_of(options->seed, later[k].chance);
        for (uint32_t i = 0; i < options->byzantine_count; i++) {
            if (prng_chance(&prng, 1, later[k].one_in) &&
                fuzz_options_have(options, FUZZ_BYZANTINE)) {
                options->byzantine_kinds[i] |= UINT32_C(1) << later[k].kind;
            }
        }
    }
}

/* Byzantine and damaged members share f. */
static void draw_faulty(struct fuzz_options *options)
{
    static const enum fuzz_fault damages[] = {FUZZ_ROT, FUZZ_AMNESIA, FUZZ_WIPE};
    const bool acting = (options->faults & (bit(FUZZ_BYZANTINE) | bit(FUZZ_TWIN))) != 0;
    uint32_t left = fuzz_faulty_max(options->member_count);
    struct prng prng = chance_of(options->seed, FUZZ_BYZANTINE);
    if (acting) {
        options->byzantine_count = prng_chance(&prng, 1, 2) ? left : between(&prng, 1, left);
        left -= options->byzantine_count;
        options->twin_count = between(&prng, 1, options->byzantine_count);
    }
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        const uint32_t wanted = between(&prng, 1, 3);
        uint32_t kinds = 0;
        for (uint32_t count = 0; count < wanted;) {
            const uint32_t kind = UINT32_C(1) << prng_below(&prng, KINDS_DRAWN);
            count += kind != UINT32_C(1) << BYZANTINE_TWIN;
            kinds |= kind;
        }
        kinds &= ~(UINT32_C(1) << BYZANTINE_TWIN);
        kinds |= i < options->twin_count ? UINT32_C(1) << BYZANTINE_TWIN : 0;
        options->byzantine_kinds[i] = kinds_under(kinds, options->faults);
    }
    draw_later_kinds(options);
    const uint32_t first = (uint32_t)prng_below(&prng, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const enum fuzz_fault damage = damages[(first + i) % 3];
        if (left == 0) {
            options->faults &= ~bit(damage); /* there is nobody to be damaged */
        } else if (fuzz_options_have(options, damage)) {
            options->damages[options->damaged_count++] = damage;
            left--;
        }
    }
}

/* Of the healthy members, all or some that are still a quorum. */
static void draw_core(struct fuzz_options *options, struct prng *prng)
{
    const uint32_t quorum = fuzz_quorum(options->member_count);
    uint32_t count = 0;
    for (uint32_t member = 0; member < options->member_count; member++) {
        if (fuzz_options_healthy(options, member)) {
            options->core |= UINT32_C(1) << member;
            count++;
        }
    }
    TALLY_ASSERT(count >= quorum);
    uint32_t leaving = prng_chance(prng, 1, 2) ? 0 : between(prng, 0, count - quorum);
    while (leaving > 0) {
        const uint32_t member = UINT32_C(1) << prng_below(prng, options->member_count);
        leaving -= (options->core & member) != 0;
        options->core &= ~member;
    }
    options->outsiders = (enum fuzz_outsider)prng_below(prng, 4);
}

/* Classes go, without a new draw; who becomes healthy by that has to be live too. */
static void faulty_without(struct fuzz_options *options, uint32_t faults)
{
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        const bool was = options->byzantine_kinds[i] != 0;
        options->byzantine_kinds[i] = kinds_under(options->byzantine_kinds[i], faults);
        if (was && options->byzantine_kinds[i] == 0) {
            options->core |= UINT32_C(1) << (options->member_count - 1 - i);
        }
    }
    for (uint32_t i = 0; i < options->damaged_count; i++) {
        if ((faults & bit((enum fuzz_fault)options->damages[i])) == 0) {
            options->damages[i] = FUZZ_FAULT_COUNT;
            options->core |= UINT32_C(1) << i;
        }
    }
    if ((faults & bit(FUZZ_TWIN)) == 0) {
        options->twin_count = 0;
    }
}

/* ------------------------------------------------------------------------------------ network */

static void draw_network(struct fuzz_options *options, struct prng *prng)
{
    options->topology = (enum fuzz_topology)prng_below(prng, 3);
    options->region_count = between(prng, 2, 4);
    options->near_us = between(prng, 200, 5000);
    options->far_us = options->topology == FUZZ_UNIFORM
                          ? options->near_us
                          : options->near_us + between(prng, 1000, 25000);
    options->jitter_us = between(prng, 100, 4000);
}

static void draw_network_faults(struct fuzz_options *options)
{
    const uint32_t cuts =
        bit(FUZZ_PARTITION) | bit(FUZZ_ISOLATE) | bit(FUZZ_ONE_WAY) | bit(FUZZ_BRIDGE);
    struct prng prng = chance_of(options->seed, FUZZ_LOSS);
    if (fuzz_options_have(options, FUZZ_LOSS)) {
        options->loss_permille = between(&prng, 5, 250);
    }
    prng = chance_of(options->seed, FUZZ_DELAY);
    if (fuzz_options_have(options, FUZZ_DELAY)) {
        options->delay_us = between(&prng, 5000, 60000);
        options->straggler_permille = between(&prng, 0, 60);
        options->straggler_us = between(&prng, 50000, 400000);
    }
    prng = chance_of(options->seed, FUZZ_DUPLICATE);
    if (fuzz_options_have(options, FUZZ_DUPLICATE)) {
        options->duplicate_permille = between(&prng, 10, 300);
    }
    prng = chance_of(options->seed, FUZZ_NARROW);
    if (fuzz_options_have(options, FUZZ_NARROW)) {
        options->uplink_bytes_per_s = between(&prng, 50, 500) * 1000 * options->member_count;
        options->queue_bytes_max = between(&prng, 8, 64) * 1024;
    }
    prng = chance_of(options->seed, FUZZ_PARTITION);
    if ((options->faults & cuts) != 0) {
        options->cut_period_ms = between(&prng, 80, 700);
        options->cut_permille = between(&prng, 200, 700);
    }
    prng = chance_of(options->seed, FUZZ_STALL);
    if (fuzz_options_have(options, FUZZ_STALL)) {
        options->stall_begin_ms = between(&prng, 200, 1500);
        options->stall_end_ms = options->stall_begin_ms + between(&prng, 500, 4000);
    }
}

/* -------------------------------------------------------------------------------------- hosts */

static void draw_crashes(struct fuzz_options *options)
{
    const uint32_t deaths = bit(FUZZ_CRASH) | bit(FUZZ_POWER) | bit(FUZZ_OPERATION);
    struct prng prng = chance_of(options->seed, FUZZ_CRASH);
    options->down_ms = between(&prng, 20, 500);
    if ((options->faults & deaths) != 0) {
        options->crash_period_ms = between(&prng, 150, 1200);
        options->crash_operations = between(&prng, 5, 60);
    }
    prng = chance_of(options->seed, FUZZ_PAUSE);
    if (fuzz_options_have(options, FUZZ_PAUSE)) {
        options->pause_period_ms = between(&prng, 100, 900);
        options->pause_ms = between(&prng, 20, 400);
    }
}

static void draw_disks(struct fuzz_options *options)
{
    struct prng prng = chance_of(options->seed, FUZZ_SYNC);
    options->sync_us = between(&prng, 50, 1000);
    if (fuzz_options_have(options, FUZZ_SYNC)) {
        options->sync_spread_us = between(&prng, 1000, 20000);
        options->sync_stall_permille = between(&prng, 0, 20);
        options->sync_stall_us = between(&prng, 100000, 1000000);
    }
    prng = chance_of(options->seed, FUZZ_FULL);
    if (fuzz_options_have(options, FUZZ_FULL)) {
        options->full_period_ms = between(&prng, 300, 1500);
        options->full_ms = between(&prng, 100, 1000);
        options->full_bytes = between(&prng, 0, 8192);
    }
    prng = chance_of(options->seed, FUZZ_IO);
    if (fuzz_options_have(options, FUZZ_IO)) {
        options->io_period_ms = between(&prng, 300, 1500);
    }
}

static void draw_machines(struct fuzz_options *options)
{
    struct prng prng = chance_of(options->seed, FUZZ_CLOCK);
    if (fuzz_options_have(options, FUZZ_CLOCK)) {
        options->skew_ms = between(&prng, 5, 400);
        options->drift_ppm = between(&prng, 0, 20000);
    }
    prng = chance_of(options->seed, FUZZ_SLOW);
    options->slow_permille = 1000;
    if (fuzz_options_have(options, FUZZ_SLOW)) {
        options->step_us = between(&prng, 1, 200);
        options->execute_us = between(&prng, 100, 50000);
        options->slow_permille = between(&prng, 1, 5) * 1000;
    }
}

/* ------------------------------------------------------------------------------------- timing */

/* D0 as an operator would choose it, wrong by what the class says; a stall wants short views. */
static void draw_timing(struct fuzz_options *options, struct prng *prng)
{
    const uint32_t delay_ms = (options->far_us + options->jitter_us + options->sync_us) / 1000 + 1;
    const uint32_t views_ms = (options->step_us + options->execute_us) / 250;
    struct prng wrong = chance_of(options->seed, FUZZ_TIMER);
    options->d0_ms = 3 * delay_ms;
    options->d_max_ms = between(prng, 2000, 5000);
    if (fuzz_options_have(options, FUZZ_TIMER)) {
        options->d0_ms = prng_chance(&wrong, 1, 3)
                             ? options->d0_ms * between(&wrong, 2, 10)
                             : (options->d0_ms * between(&wrong, 333, 1000) + 999) / 1000;
    }
    if (fuzz_options_have(options, FUZZ_STALL)) {
        options->d_max_ms = options->d0_ms + 4 * delay_ms + views_ms;
    }
    if (options->d_max_ms < options->d0_ms) {
        options->d_max_ms = options->d0_ms;
    }
    options->heartbeat_ms = between(prng, 100, 600);
    options->block_interval_min_ms = between(prng, 1, 6);
    options->retry_ms = options->d0_ms * 4 > 100 ? options->d0_ms * 4 : 100;
    options->skip_ms = between(prng, 500, 2000);
}

static void draw_limits(struct fuzz_options *options)
{
    static const uint32_t skipped[] = {128, 160, 256};
    struct prng prng = chance_of(options->seed, FUZZ_LIMITS);
    options->envelope_bytes_max = ENVELOPE_BYTES_MAX;
    options->batch_bytes_max = 4 * ENVELOPE_BYTES_MAX + BATCH_PREFIX_BYTES;
    options->lane_quota_batches = 4;
    options->lane_window = 16;
    options->skipped_views_max = 256;
    options->waiting_count_max = 64;
    options->remembered_count_max = 256;
    options->batch_age_ms = between(&prng, 1, 20);
    if (fuzz_options_have(options, FUZZ_LIMITS)) {
        options->batch_bytes_max =
            BATCH_PREFIX_BYTES + between(&prng, ENVELOPE_BYTES_MAX, 2 * ENVELOPE_BYTES_MAX);
        options->lane_quota_batches = between(&prng, 1, 3);
        options->lane_window = options->lane_quota_batches + between(&prng, 0, 4);
        options->skipped_views_max = skipped[prng_below(&prng, 3)];
        options->waiting_count_max = between(&prng, 1, 8);
        options->remembered_count_max = options->waiting_count_max + between(&prng, 0, 16);
    }
    prng = chance_of(options->seed, FUZZ_FILES);
    options->journal_bytes = UINT32_C(1) << 20;
    options->segment_bytes = UINT32_C(1) << 22;
    options->checkpoint_bytes = UINT32_C(1) << 16;
    if (fuzz_options_have(options, FUZZ_FILES)) {
        options->journal_bytes = between(&prng, 1, 32) * 1024;
        options->segment_bytes = between(&prng, 1, 32) * 1024;
        options->checkpoint_bytes = between(&prng, 1, 16) * 256;
    }
}

/* Some stalls last for so many views that votes of old ones are forgotten, and blocks are large. */
static void draw_long_stall(struct fuzz_options *options)
{
    struct prng prng = chance_of(options->seed, CHANCE_STALL);
    if (fuzz_options_have(options, FUZZ_STALL) && prng_chance(&prng, 1, 4) &&
        options->skipped_views_max >= LONG_STALL_SKIPPED) {
        const uint32_t views = between(&prng, LONG_STALL_VIEWS_MIN, LONG_STALL_VIEWS_MAX);
        options->stall_end_ms = options->stall_begin_ms + views * options->d_max_ms;
    }
}

/* ----------------------------------------------------------------------------------- workload */

static void draw_workload(struct fuzz_options *options, struct prng *prng)
{
    static const enum workload_kind kinds[] = {
        WORKLOAD_FREE, WORKLOAD_UNMATCHED, WORKLOAD_LACK_SECURITIES, WORKLOAD_LACK_CASH,
        WORKLOAD_HOLD, WORKLOAD_CANCEL,    WORKLOAD_CIRCLE};
    options->envelope_period_ms = prng_chance(prng, 1, 10) ? 0 : between(prng, 8, 60);
    options->validity_ms = between(prng, 2000, 60000);
    struct prng clients = chance_of(options->seed, FUZZ_CLIENTS);
    if (fuzz_options_have(options, FUZZ_CLIENTS)) {
        options->repeat_permille = between(&clients, 0, 500);
        options->flaw_permille = between(&clients, 0, 400);
    }
    struct prng market = chance_of(options->seed, FUZZ_MARKET);
    if (fuzz_options_have(options, FUZZ_MARKET)) {
        options->hot_permille = between(&market, 0, 900);
        for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            options->shares[kinds[i]] = prng_chance(&market, 1, 2) ? 0 : between(&market, 10, 140);
        }
        options->shares[WORKLOAD_AHEAD] = between(&market, 0, 10);
        options->shares[WORKLOAD_DISAGREE] = between(&market, 0, 10);
    }
}

/* One schedule in three has a day that does not stand still. */
static void draw_day(struct fuzz_options *options)
{
    struct prng prng = chance_of(options->seed, CHANCE_DAY);
    if (prng_chance(&prng, 1, DAY_ONE_IN)) {
        options->faults |= bit(FUZZ_DAY);
        options->hour = (enum fuzz_hour)prng_below(&prng, FUZZ_HOUR_COUNT);
        options->hour_lead_ms = between(&prng, HOUR_LEAD_MIN_MS, HOUR_LEAD_MAX_MS);
    }
}

/* So has one in three deals of more involved terms; those need three participants or more. */
static void draw_terms(struct fuzz_options *options)
{
    struct prng prng = chance_of(options->seed, CHANCE_TERMS);
    if (prng_chance(&prng, 1, TERMS_ONE_IN)) {
        options->faults |= bit(FUZZ_TERMS);
        options->parts_permille = between(&prng, 100, 1000);
        options->tied_permille = prng_chance(&prng, 1, 4) ? 0 : between(&prng, 50, 400);
        options->ring_permille = prng_chance(&prng, 1, 4) ? 0 : between(&prng, 20, 200);
    }
}

/* So has one in three a back office. */
static void draw_desk(struct fuzz_options *options)
{
    struct prng prng = chance_of(options->seed, CHANCE_DESK);
    if (prng_chance(&prng, 1, DESK_ONE_IN)) {
        options->faults |= bit(FUZZ_DESK);
        options->desk_permille = between(&prng, 100, 400);
    }
}

static void desk_without(struct fuzz_options *options)
{
    if (!fuzz_options_have(options, FUZZ_DESK)) {
        options->desk_permille = 0;
    }
}

static void terms_without(struct fuzz_options *options)
{
    if (!fuzz_options_have(options, FUZZ_TERMS)) {
        options->parts_permille = 0;
        options->tied_permille = 0;
        options->ring_permille = 0;
    }
}

static void day_without(struct fuzz_options *options)
{
    if (!fuzz_options_have(options, FUZZ_DAY)) {
        options->hour = (enum fuzz_hour)0;
        options->hour_lead_ms = 0;
    }
}

/* A large network needs more events for each block, and more views to meet a good leader. */
static void draw_phases(struct fuzz_options *options, struct prng *prng)
{
    const uint32_t n = options->member_count;
    const uint32_t blocks = n <= 7 ? 14 : n <= 10 ? 10 : n <= 16 ? 6 : 3;
    options->safety_blocks = blocks + (uint32_t)prng_below(prng, blocks);
    options->safety_ms = between(prng, 2000, 6000);
    if (options->safety_ms < options->stall_end_ms) {
        options->safety_ms = options->stall_end_ms;
    }
    options->liveness_blocks = n <= 16 ? 4 : 2;
    options->liveness_ms = 20000 + (2 * n + 8) * 3 * options->d_max_ms;
}

void fuzz_options_from_seed(struct fuzz_options *options, uint64_t seed, uint32_t without)
{
    memset(options, 0, sizeof *options);
    options->seed = seed;
    struct prng prng = chance_of(seed, CHANCE_OPTIONS);
    options->member_count = draw_member_count(&prng);
    options->faults = draw_faults(&prng, options->member_count);
    draw_faulty(options);
    draw_core(options, &prng);
    draw_day(options);
    draw_terms(options);
    draw_desk(options);
    options->faults &= ~without;
    day_without(options);
    terms_without(options);
    desk_without(options);
    faulty_without(options, options->faults);
    draw_network(options, &prng);
    draw_network_faults(options);
    draw_crashes(options);
    draw_disks(options);
    draw_machines(options);
    draw_timing(options, &prng);
    draw_limits(options);
    draw_long_stall(options);
    draw_workload(options, &prng);
    draw_phases(options, &prng);
}

/* ------------------------------------------------------------------------------------ queries */

bool fuzz_options_have(const struct fuzz_options *options, enum fuzz_fault fault)
{
    TALLY_ASSERT(fault < FUZZ_FAULT_COUNT);
    return (options->faults & bit(fault)) != 0;
}

uint32_t fuzz_options_kinds(const struct fuzz_options *options, uint32_t member)
{
    TALLY_ASSERT(member < options->member_count);
    const uint32_t order = options->member_count - 1 - member;
    return order < options->byzantine_count ? options->byzantine_kinds[order] : 0;
}

bool fuzz_options_damaged(const struct fuzz_options *options, uint32_t member,
                          enum fuzz_fault *damage)
{
    if (member >= options->damaged_count || options->damages[member] == FUZZ_FAULT_COUNT) {
        return false;
    }
    if (damage != NULL) {
        *damage = options->damages[member];
    }
    return true;
}

bool fuzz_options_healthy(const struct fuzz_options *options, uint32_t member)
{
    return fuzz_options_kinds(options, member) == 0 && !fuzz_options_damaged(options, member, NULL);
}

uint32_t fuzz_options_latency_us(const struct fuzz_options *options, uint32_t from, uint32_t to)
{
    const uint32_t n = options->member_count;
    const uint32_t middle = n / 2;
    TALLY_ASSERT(from < n && to < n);
    switch (options->topology) {
    case FUZZ_REGIONS:
        return from % options->region_count == to % options->region_count ? options->near_us
                                                                          : options->far_us;
    case FUZZ_FAR:
        return from != to && (from == middle || to == middle) ? options->far_us : options->near_us;
    case FUZZ_UNIFORM:
        break;
    }
    return options->near_us;
}

static const char *const fault_names[] = {
#define FUZZ_FAULT_NAME(symbol, name, text) [symbol] = name,
    FUZZ_FAULT_LIST(FUZZ_FAULT_NAME)
#undef FUZZ_FAULT_NAME
};

static const char *const fault_texts[] = {
#define FUZZ_FAULT_TEXT(symbol, name, text) [symbol] = text,
    FUZZ_FAULT_LIST(FUZZ_FAULT_TEXT)
#undef FUZZ_FAULT_TEXT
};

const char *fuzz_fault_name(enum fuzz_fault fault)
{
    TALLY_ASSERT(fault < FUZZ_FAULT_COUNT);
    return fault_names[fault];
}

const char *fuzz_fault_text(enum fuzz_fault fault)
{
    TALLY_ASSERT(fault < FUZZ_FAULT_COUNT);
    return fault_texts[fault];
}

const char *fuzz_hour_name(enum fuzz_hour hour)
{
    static const char *const names[] = {
#define FUZZ_HOUR_NAME(symbol, name) [symbol] = name,
        FUZZ_HOUR_LIST(FUZZ_HOUR_NAME)
#undef FUZZ_HOUR_NAME
    };
    TALLY_ASSERT(hour < FUZZ_HOUR_COUNT);
    return names[hour];
}

bool fuzz_fault_by_name(const char *name, enum fuzz_fault *fault)
{
    for (uint32_t i = 0; i < FUZZ_FAULT_COUNT; i++) {
        if (strcmp(name, fault_names[i]) == 0) {
            *fault = (enum fuzz_fault)i;
            return true;
        }
    }
    return false;
}
