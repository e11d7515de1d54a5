#include "tests/support/consensus/cluster_options.h"

#include "base/assert.h"
#include "base/prng.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    CAMPAIGN_KINDS_MIN = 3,
    CAMPAIGN_GROUPS_MIN = 2,
    CAMPAIGN_PATIENCE_MS = 12000
};

uint32_t cluster_faulty_max(uint32_t nodes_count)
{
    return (nodes_count - 1) / 3;
}

uint32_t cluster_quorum(uint32_t nodes_count)
{
    return 2 * nodes_count / 3 + 1;
}

void cluster_options_quiet(struct cluster_options *options, uint64_t seed)
{
    memset(options, 0, sizeof *options);
    options->seed = seed;
    options->nodes_count = 4;
    options->delay_min_ms = 1;
    options->delay_spread_ms = 4;
    options->partition_period_ms = 400;
    options->sync_min_ms = 1;
    options->execute_spread_ms = 3;
    options->d0_ms = 40;
    options->d_max_ms = 4000;
    options->heartbeat_ms = 200;
    options->block_interval_min_ms = 1;
    options->batch_period_ms = 12;
    options->safety_blocks = 19;
    options->safety_ms = 6000;
    options->liveness_blocks = 4;
    options->blocks_min = 20;
    options->liveness_ms = 60000;
}

static uint32_t between(struct prng *prng, uint32_t low, uint32_t high)
{
    return low + (uint32_t)prng_below(prng, (uint64_t)high - low + 1);
}

static bool has(const struct cluster_options *options, enum cluster_fault fault)
{
    return (options->faults & (1u << fault)) != 0;
}

/* Byzantine members and one without memory are at most f together. */
static void draw_byzantine(struct cluster_options *options, struct prng *prng)
{
    uint32_t most = cluster_faulty_max(options->nodes_count);
    if (most < (has(options, FAULT_BYZANTINE) ? 2u : 1u)) {
        options->faults &= ~(1u << FAULT_AMNESIA);
    }
    most -= has(options, FAULT_AMNESIA) ? 1 : 0;
    if (most > CLUSTER_BYZANTINE_MAX) {
        most = CLUSTER_BYZANTINE_MAX;
    }
    if (!has(options, FAULT_BYZANTINE)) {
        return;
    }
    options->byzantine_count = most == 0 ? 0 : between(prng, 1, most);
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        uint32_t kinds_count = between(prng, 1, 3);
        options->byzantine_kinds[i] = 0;
        for (uint32_t kind = 0; kind < kinds_count; kind++) {
            options->byzantine_kinds[i] |= 1u << prng_below(prng, CLUSTER_KINDS_COUNT);
        }
    }
}

static void draw_network(struct cluster_options *options, struct prng *prng)
{
    options->delay_min_ms = between(prng, 1, 4);
    options->delay_spread_ms = between(prng, 2, 8);
    if (has(options, FAULT_DELAY)) {
        options->delay_min_ms = between(prng, 0, 10);
        options->delay_spread_ms = between(prng, 10, 60);
    }
    if (has(options, FAULT_LOSS)) {
        options->loss_permille = between(prng, 5, 250);
    }
    if (has(options, FAULT_DUPLICATE)) {
        options->duplicate_permille = between(prng, 10, 300);
    }
    if (has(options, FAULT_PARTITION) || has(options, FAULT_ONE_WAY)) {
        options->partition_period_ms = between(prng, 80, 700);
        options->partition_permille = between(prng, 200, 700);
    }
}

static void draw_host(struct cluster_options *options, struct prng *prng)
{
    if (has(options, FAULT_CRASH)) {
        options->crash_period_ms = between(prng, 150, 1200);
        options->down_ms = between(prng, 20, 500);
    }
    if (has(options, FAULT_PAUSE)) {
        options->pause_period_ms = between(prng, 100, 900);
        options->pause_ms = between(prng, 20, 400);
    }
    if (has(options, FAULT_SYNC)) {
        options->sync_spread_ms = between(prng, 1, 20);
        options->sync_stall_permille = between(prng, 0, 20);
        options->sync_stall_ms = between(prng, 100, 1000);
        options->sync_fail_permille = between(prng, 0, 10);
    }
    if (has(options, FAULT_EXECUTE)) {
        options->execute_spread_ms = between(prng, 20, 400);
    }
    if (has(options, FAULT_CLOCK)) {
        options->clock_skew_ms = between(prng, 5, 400);
    }
}

static void draw_pace(struct cluster_options *options, struct prng *prng)
{
    uint32_t delay_ms = options->delay_min_ms + options->delay_spread_ms;
    options->d0_ms = has(options, FAULT_TIMER) ? between(prng, 1, delay_ms) : 3 * delay_ms;
    if (has(options, FAULT_STALL)) { /* views pass quickly, more of them than vote tables */
        options->d0_ms = options->d0_ms < 12 ? options->d0_ms : 12;
        options->d_max_ms = options->d0_ms > 10 ? 2 * options->d0_ms : 20;
        options->stall_begin_ms = between(prng, 200, 1500);
        options->stall_end_ms = options->stall_begin_ms + between(prng, 500, 4000);
    }
    options->heartbeat_ms = between(prng, 100, 600);
    options->block_interval_min_ms = between(prng, 0, 6);
    options->batch_period_ms = prng_chance(prng, 1, 8) ? 0 : between(prng, 15, 120);
}

static uint32_t draw_faults(struct prng *prng, uint32_t least, uint32_t most)
{
    uint32_t faults = 0;
    uint32_t classes_count = between(prng, least, most);
    for (uint32_t drawn = 0; drawn < classes_count;) {
        uint32_t bit = 1u << prng_below(prng, CLUSTER_FAULT_COUNT);
        drawn += (faults & bit) == 0;
        faults |= bit;
    }
    return faults;
}

static void draw_wide(struct cluster_options *options, struct prng *prng)
{
    static const uint8_t sizes[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
                                    4, 4, 4, 4, 4, 4, 4, 1, 2, 5, 5, 6, 7, 7, 8, 9};
    options->nodes_count = sizes[prng_below(prng, sizeof sizes)];
    if (prng_chance(prng, 1, 128)) {
        options->nodes_count = between(prng, 10, 19);
    }
    options->faults = draw_faults(prng, 3, 7);
    draw_network(options, prng);
    draw_host(options, prng);
    draw_byzantine(options, prng);
    draw_pace(options, prng);
}

/* One kind out of several; who is silent does little else, so that one is drawn less often. */
static uint32_t draw_kind(struct prng *prng, uint32_t kinds)
{
    uint32_t kind;
    do {
        kind = 1u << prng_below(prng, BYZANTINE_LATE); /* which needs a clock of its own */
    } while ((kinds & kind) == 0 || (kind == 1u << BYZANTINE_SILENT && !prng_chance(prng, 1, 4)));
    return kind;
}

/* A kind of each of so many groups, and at times one more. Without batches none are forged. */
static uint32_t draw_kinds(struct prng *prng, uint32_t groups_count, bool batches)
{
    const uint32_t playable = batches ? UINT32_MAX : ~(1u << BYZANTINE_BATCH);
    uint32_t kinds = 0;
    uint32_t groups = 0;
    while (groups_count > 0) {
        uint32_t group = (uint32_t)prng_below(prng, BYZANTINE_GROUP_COUNT);
        if ((groups & (1u << group)) == 0) {
            groups |= 1u << group;
            kinds |= draw_kind(prng, byzantine_group_kinds((enum byzantine_group)group) & playable);
            groups_count--;
        }
    }
    if (prng_chance(prng, 1, 3)) {
        kinds |= draw_kind(prng, playable);
    }
    return kinds;
}

/* All f of them, until none is idle and they are of two groups. */
static void draw_all_byzantine(struct cluster_options *options, struct prng *prng)
{
    uint32_t groups;
    bool idle;
    options->byzantine_count = cluster_faulty_max(options->nodes_count);
    TALLY_ASSERT(options->byzantine_count >= 1);
    TALLY_ASSERT(options->byzantine_count <= CLUSTER_BYZANTINE_MAX);
    do {
        groups = 0;
        idle = false;
        for (uint32_t i = 0; i < options->byzantine_count; i++) {
            options->byzantine_kinds[i] =
                draw_kinds(prng, between(prng, 1, 3), options->batch_period_ms > 0);
            uint32_t own = byzantine_groups(options->byzantine_kinds[i]);
            groups |= own;
            idle = idle || own == 0;
        }
    } while (idle || (uint32_t)__builtin_popcount(groups) < options->groups_min);
}

/* The Byzantine members are all f, so nobody may lose its journal; only a crash can tear a tail. */
static void draw_campaign(struct cluster_options *options, struct prng *prng)
{
    static const uint8_t sizes[] = {4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 6, 6, 7, 7, 7, 8, 8, 9, 10, 10};
    options->nodes_count = sizes[prng_below(prng, sizeof sizes)];
    options->kinds_min = CAMPAIGN_KINDS_MIN;
    options->groups_min = CAMPAIGN_GROUPS_MIN;
    options->patience_ms = CAMPAIGN_PATIENCE_MS;
    do {
        options->faults = draw_faults(prng, 3, 7) & ~(1u << FAULT_BYZANTINE | 1u << FAULT_AMNESIA);
        if (!has(options, FAULT_CRASH)) {
            options->faults &= ~(1u << FAULT_TORN);
        }
    } while ((uint32_t)__builtin_popcount(options->faults) < options->kinds_min);
    options->faults |= 1u << FAULT_BYZANTINE;
    draw_network(options, prng);
    draw_host(options, prng);
    draw_pace(options, prng);
    draw_all_byzantine(options, prng);
}

void cluster_options_from_seed(struct cluster_options *options, enum cluster_mix mix, uint64_t seed)
{
    struct prng prng;
    cluster_options_quiet(options, seed);
    prng_init(&prng, seed);
    if (mix == CLUSTER_MIX_CAMPAIGN) {
        draw_campaign(options, &prng);
    } else {
        draw_wide(options, &prng);
    }
}

bool cluster_options_without(struct cluster_options *options, enum cluster_fault fault)
{
    struct cluster_options quiet;
    if (!has(options, fault)) {
        return false;
    }
    cluster_options_quiet(&quiet, options->seed);
    options->faults &= ~(1u << fault);
    switch (fault) {
    case FAULT_LOSS:
        options->loss_permille = 0;
        break;
    case FAULT_DUPLICATE:
        options->duplicate_permille = 0;
        break;
    case FAULT_CRASH:
        options->crash_period_ms = 0;
        break;
    case FAULT_EXECUTE:
        options->execute_spread_ms = quiet.execute_spread_ms;
        break;
    case FAULT_CLOCK:
        options->clock_skew_ms = 0;
        break;
    case FAULT_BYZANTINE:
        options->byzantine_count = 0;
        break;
    case FAULT_TIMER:
        options->d0_ms = 3 * (options->delay_min_ms + options->delay_spread_ms);
        break;
    case FAULT_DELAY:
        options->delay_min_ms = quiet.delay_min_ms;
        options->delay_spread_ms = quiet.delay_spread_ms;
        break;
    case FAULT_SYNC:
        options->sync_spread_ms = 0;
        options->sync_stall_permille = 0;
        options->sync_fail_permille = 0;
        break;
    case FAULT_PAUSE:
        options->pause_period_ms = 0;
        break;
    case FAULT_STALL:
        options->stall_end_ms = options->stall_begin_ms;
        options->d_max_ms = quiet.d_max_ms;
        break;
    case FAULT_AMNESIA:
    case FAULT_PARTITION:
    case FAULT_ONE_WAY:
    case FAULT_TORN:
    case CLUSTER_FAULT_COUNT:
        break; /* the bit alone decides */
    }
    return true;
}

static const char *const fault_names[] = {
#define CLUSTER_FAULT_NAME(symbol, name) [symbol] = name,
    CLUSTER_FAULT_LIST(CLUSTER_FAULT_NAME)
#undef CLUSTER_FAULT_NAME
};

const char *cluster_fault_name(enum cluster_fault fault)
{
    TALLY_ASSERT(fault < CLUSTER_FAULT_COUNT);
    return fault_names[fault];
}

bool cluster_fault_by_name(const char *name, enum cluster_fault *fault)
{
    for (uint32_t i = 0; i < CLUSTER_FAULT_COUNT; i++) {
        if (strcmp(name, fault_names[i]) == 0) {
            *fault = (enum cluster_fault)i;
            return true;
        }
    }
    return false;
}

struct text {
    char *bytes;
    size_t size;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *text, const char *format,
                                                           ...)
{
    va_list arguments;
    if (text->used >= text->size) {
        return;
    }
    va_start(arguments, format);
    int written = vsnprintf(text->bytes + text->used, text->size - text->used, format, arguments);
    va_end(arguments);
    TALLY_ASSERT(written >= 0);
    text->used += (size_t)written;
}

static void print_byzantine(const struct cluster_options *options, struct text *text)
{
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        const char *separator = ":";
        text_add(text, " byzantine-%u", options->nodes_count - 1 - i);
        for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
            if ((options->byzantine_kinds[i] & (1u << kind)) != 0) {
                text_add(text, "%s%s", separator, byzantine_kind_name((enum byzantine_kind)kind));
                separator = "+";
            }
        }
    }
}

void cluster_options_print(const struct cluster_options *options, char *bytes, size_t size)
{
    struct text text = {bytes, size, 0};
    const char *separator = "";
    text_add(&text, "seed=%llu n=%u faults=", (unsigned long long)options->seed,
             options->nodes_count);
    for (uint32_t i = 0; i < CLUSTER_FAULT_COUNT; i++) {
        if ((options->faults & (1u << i)) != 0) {
            text_add(&text, "%s%s", separator, fault_names[i]);
            separator = ",";
        }
    }
    text_add(&text, " delay=%u+%ums", options->delay_min_ms, options->delay_spread_ms);
    text_add(&text, " loss=%u/1000 duplicate=%u/1000", options->loss_permille,
             options->duplicate_permille);
    if (has(options, FAULT_PARTITION) || has(options, FAULT_ONE_WAY)) {
        text_add(&text, " partition=%u/1000 every %ums", options->partition_permille,
                 options->partition_period_ms);
    }
    if (options->crash_period_ms > 0) {
        text_add(&text, " crash=every %ums for %ums", options->crash_period_ms, options->down_ms);
    }
    if (options->pause_period_ms > 0) {
        text_add(&text, " pause=every %ums for %ums", options->pause_period_ms, options->pause_ms);
    }
    if (options->stall_end_ms > options->stall_begin_ms) {
        text_add(&text, " stall=%u..%ums", options->stall_begin_ms, options->stall_end_ms);
    }
    text_add(&text, " sync=%u+%ums stall=%u/1000 of %ums fail=%u/1000", options->sync_min_ms,
             options->sync_spread_ms, options->sync_stall_permille, options->sync_stall_ms,
             options->sync_fail_permille);
    text_add(&text, " execute=%ums skew=%ums d0=%u..%ums heartbeat=%ums interval=%ums batch=%ums",
             options->execute_spread_ms, options->clock_skew_ms, options->d0_ms, options->d_max_ms,
             options->heartbeat_ms, options->block_interval_min_ms, options->batch_period_ms);
    print_byzantine(options, &text);
}
