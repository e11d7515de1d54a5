#include "netsim/adversary/twins_plan.h"

#include "base/assert.h"
#include "base/prng.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who hears whom in one round. */
struct link_plan {
    uint16_t heard[TWINS_HOSTS_MAX];
};

/* Renames hosts. */
struct renaming {
    uint8_t to[TWINS_HOSTS_MAX];
};

/* An order of leaders, and the renamings that leave it alone. */
struct order {
    uint8_t leaders[TWINS_MEMBERS_MAX];
    struct renaming *renamings;
    uint32_t renamings_count;
};

struct twins_plan {
    struct twins_plan_config config;
    uint32_t hosts;
    struct link_plan *links; /* ascending by their bytes */
    uint32_t links_count;
    struct order *orders;
    uint32_t orders_count;
};

static uint32_t honest_count(const struct twins_plan *plan)
{
    return plan->config.members - plan->config.twins;
}

static void *appended(void *array, uint32_t count, size_t item_size)
{
    if (count == 0 || (count & (count - 1)) == 0) {
        array = realloc(array, (size_t)(count == 0 ? 1 : 2 * count) * item_size);
        TALLY_ASSERT(array != NULL);
    }
    return array;
}

/* -------------------------------------------------------------------------- link plans */

static void links_add(struct twins_plan *plan, const struct link_plan *link)
{
    plan->links = appended(plan->links, plan->links_count, sizeof *plan->links);
    plan->links[plan->links_count++] = *link;
}

/* Hosts of equal part hear each other. */
static void link_parts(struct link_plan *link, const uint8_t *part, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < count; j++) {
            if (part[i] == part[j]) {
                link->heard[i] = (uint16_t)(link->heard[i] | 1u << j);
            }
        }
    }
}

/* All ways in which the honest members hear copies, under one partition of themselves. */
static void masks_list(struct twins_plan *plan, const uint8_t *part)
{
    uint32_t honest = honest_count(plan);
    uint32_t copies = plan->hosts - honest;
    uint64_t count = UINT64_C(1) << (copies * honest);
    for (uint64_t mask = 0; mask < count; mask++) {
        struct link_plan link = {{0}};
        link_parts(&link, part, honest);
        for (uint32_t bit = 0; bit < copies * honest; bit++) {
            uint32_t member = bit / copies;
            uint32_t copy = honest + bit % copies;
            if ((mask >> bit & 1u) != 0) {
                link.heard[member] = (uint16_t)(link.heard[member] | 1u << copy);
                link.heard[copy] = (uint16_t)(link.heard[copy] | 1u << member);
            }
        }
        for (uint32_t copy = honest; copy < plan->hosts; copy++) {
            uint32_t all_copies = (1u << plan->hosts) - (1u << honest);
            link.heard[copy] = (uint16_t)(link.heard[copy] | all_copies);
        }
        links_add(plan, &link);
    }
}

/* Extends a partition of hosts 0 to count - 1, given as restricted growth, by the host after. */
static void parts_list(struct twins_plan *plan, uint8_t *part, uint32_t count, uint32_t parts_count)
{
    bool masks = plan->config.links == TWINS_MASKS;
    if (count == (masks ? honest_count(plan) : plan->hosts)) {
        struct link_plan link = {{0}};
        if (masks) {
            masks_list(plan, part);
        } else {
            link_parts(&link, part, count);
            links_add(plan, &link);
        }
        return;
    }
    for (uint32_t next = 0; next <= parts_count; next++) {
        part[count] = (uint8_t)next;
        parts_list(plan, part, count + 1, next == parts_count ? parts_count + 1 : parts_count);
    }
}

static int link_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct link_plan));
}

static void link_rename(const struct twins_plan *plan, const struct link_plan *link,
                        const struct renaming *renaming, struct link_plan *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < plan->hosts; i++) {
        uint16_t heard = 0;
        for (uint32_t j = 0; j < plan->hosts; j++) {
            if ((link->heard[i] >> j & 1u) != 0) {
                heard = (uint16_t)(heard | 1u << renaming->to[j]);
            }
        }
        out->heard[renaming->to[i]] = heard;
    }
}

static uint32_t link_renamed(const struct twins_plan *plan, uint32_t link,
                             const struct renaming *renaming)
{
    struct link_plan renamed;
    link_rename(plan, &plan->links[link], renaming, &renamed);
    const struct link_plan *found =
        bsearch(&renamed, plan->links, plan->links_count, sizeof renamed, link_compare);
    TALLY_ASSERT(found != NULL);
    return (uint32_t)(found - plan->links);
}

/* ----------------------------------------------------------------------- leader orders */

/* How many of the leaders matter. */
static uint32_t leading_count(const struct twins_plan *plan)
{
    return plan->config.rounds < plan->config.members ? plan->config.rounds : plan->config.members;
}

/* Exchanges two members: all their hosts. */
static void exchange(const struct twins_plan *plan, struct renaming *renaming, uint32_t a,
                     uint32_t b)
{
    uint8_t kept = renaming->to[a];
    renaming->to[a] = renaming->to[b];
    renaming->to[b] = kept;
    if (a >= honest_count(plan)) {
        uint32_t second_a = 2 * plan->config.members - 1 - a;
        uint32_t second_b = 2 * plan->config.members - 1 - b;
        kept = renaming->to[second_a];
        renaming->to[second_a] = renaming->to[second_b];
        renaming->to[second_b] = kept;
    }
}

/* Adds all exchanges of copies on top of a renaming of members. */
static void renamings_add(const struct twins_plan *plan, struct order *order,
                          const struct renaming *members)
{
    for (uint32_t mask = 0; mask < 1u << plan->config.twins; mask++) {
        struct renaming renaming = *members;
        for (uint32_t twin = 0; twin < plan->config.twins; twin++) {
            uint32_t first = plan->config.members - 1 - twin;
            uint32_t second = plan->config.members + twin;
            if ((mask >> twin & 1u) != 0) {
                uint8_t kept = renaming.to[first];
                renaming.to[first] = renaming.to[second];
                renaming.to[second] = kept;
            }
        }
        order->renamings = appended(order->renamings, order->renamings_count, sizeof renaming);
        order->renamings[order->renamings_count++] = renaming;
    }
}

/* All permutations of the free members from a place on, honest among honest, twins among twins. */
static void renamings_list(const struct twins_plan *plan, struct order *order,
                           struct renaming *renaming, const uint8_t *free_members, uint32_t count,
                           uint32_t place)
{
    if (place == count) {
        renamings_add(plan, order, renaming);
        return;
    }
    for (uint32_t other = place; other < count; other++) {
        bool twin = free_members[place] >= honest_count(plan);
        if (twin != (free_members[other] >= honest_count(plan))) {
            continue;
        }
        exchange(plan, renaming, free_members[place], free_members[other]);
        renamings_list(plan, order, renaming, free_members, count, place + 1);
        exchange(plan, renaming, free_members[place], free_members[other]);
    }
}

/* Fills in who leads after the rounds, and lists the renamings. */
static void order_add(struct twins_plan *plan, const uint8_t *leading, uint32_t count)
{
    struct order order;
    struct renaming same;
    uint32_t free_count = 0;
    uint8_t free_members[TWINS_MEMBERS_MAX];
    memset(&order, 0, sizeof order);
    memset(&same, 0, sizeof same);
    memcpy(order.leaders, leading, count);
    for (uint32_t member = 0; member < plan->config.members; member++) {
        if (memchr(leading, (int)member, count) == NULL) {
            order.leaders[count + free_count] = (uint8_t)member;
            free_members[free_count++] = (uint8_t)member;
        }
    }
    for (uint32_t host = 0; host < plan->hosts; host++) {
        same.to[host] = (uint8_t)host;
    }
    renamings_list(plan, &order, &same, free_members, free_count, 0);
    plan->orders = appended(plan->orders, plan->orders_count, sizeof order);
    plan->orders[plan->orders_count++] = order;
}

/* The next leader is the next honest member or the next twin: names do not matter before. */
static void orders_list(struct twins_plan *plan, uint8_t *leading, uint32_t honest_used,
                        uint32_t twins_used)
{
    uint32_t count = honest_used + twins_used;
    if (count == leading_count(plan)) {
        order_add(plan, leading, count);
        return;
    }
    if (honest_used < honest_count(plan)) {
        leading[count] = (uint8_t)honest_used;
        orders_list(plan, leading, honest_used + 1, twins_used);
    }
    if (twins_used < plan->config.twins) {
        leading[count] = (uint8_t)(plan->config.members - 1 - twins_used);
        orders_list(plan, leading, honest_used, twins_used + 1);
    }
}

/* -------------------------------------------------------------------------------- life */

struct twins_plan *twins_plan_new(const struct twins_plan_config *config)
{
    uint8_t part[TWINS_HOSTS_MAX] = {0};
    uint8_t leading[TWINS_MEMBERS_MAX] = {0};
    if (config->members < 2 || config->members > TWINS_MEMBERS_MAX || config->twins < 1 ||
        config->twins > TWINS_TWINS_MAX || config->twins >= config->members || config->rounds < 1 ||
        config->rounds > TWINS_ROUNDS_MAX ||
        (config->links == TWINS_MASKS && config->members + config->twins > TWINS_MASK_HOSTS_MAX)) {
        return NULL;
    }
    struct twins_plan *plan = calloc(1, sizeof *plan);
    TALLY_ASSERT(plan != NULL);
    plan->config = *config;
    plan->hosts = config->members + config->twins;
    parts_list(plan, part, 0, 0);
    qsort(plan->links, plan->links_count, sizeof *plan->links, link_compare);
    orders_list(plan, leading, 0, 0);
    return plan;
}

void twins_plan_free(struct twins_plan *plan)
{
    for (uint32_t i = 0; i < plan->orders_count; i++) {
        free(plan->orders[i].renamings);
    }
    free(plan->orders);
    free(plan->links);
    free(plan);
}

/* ------------------------------------------------------------------------------ counts */

uint32_t twins_plan_links_count(const struct twins_plan *plan)
{
    return plan->links_count;
}

uint32_t twins_plan_orders_count(const struct twins_plan *plan)
{
    return plan->orders_count;
}

/* base to the power of the rounds; UINT64_MAX if it does not fit. */
static uint64_t power(uint64_t base, uint32_t exponent)
{
    uint64_t product = 1;
    for (uint32_t i = 0; i < exponent; i++) {
        if (__builtin_mul_overflow(product, base, &product)) {
            return UINT64_MAX;
        }
    }
    return product;
}

uint64_t twins_plan_raw_count(const struct twins_plan *plan)
{
    uint64_t sequences = power(plan->links_count, plan->config.rounds);
    uint64_t count;
    if (sequences == UINT64_MAX ||
        __builtin_mul_overflow(sequences, (uint64_t)plan->orders_count, &count)) {
        return UINT64_MAX;
    }
    return count;
}

/* Link plans that a renaming leaves alone. */
static uint64_t unchanged_count(const struct twins_plan *plan, const struct renaming *renaming)
{
    uint64_t count = 0;
    for (uint32_t link = 0; link < plan->links_count; link++) {
        struct link_plan renamed;
        link_rename(plan, &plan->links[link], renaming, &renamed);
        count += link_compare(&renamed, &plan->links[link]) == 0;
    }
    return count;
}

uint64_t twins_plan_count(const struct twins_plan *plan)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < plan->orders_count; i++) {
        const struct order *order = &plan->orders[i];
        uint64_t sum = 0;
        TALLY_ASSERT(order->renamings_count > 0); /* leaving all names as they are is one */
        for (uint32_t r = 0; r < order->renamings_count; r++) {
            uint64_t left_alone =
                power(unchanged_count(plan, &order->renamings[r]), plan->config.rounds);
            if (left_alone == UINT64_MAX || __builtin_add_overflow(sum, left_alone, &sum)) {
                return UINT64_MAX;
            }
        }
        TALLY_ASSERT(sum % order->renamings_count == 0);
        total += sum / order->renamings_count;
    }
    return total;
}

/* --------------------------------------------------------------------------- scenarios */

static void scenario_make(const struct twins_plan *plan, const struct order *order,
                          const uint32_t *links, struct twins_scenario *scenario)
{
    memset(scenario, 0, sizeof *scenario);
    scenario->rounds = plan->config.rounds;
    memcpy(scenario->leaders, order->leaders, sizeof scenario->leaders);
    for (uint32_t round = 0; round < plan->config.rounds; round++) {
        memcpy(scenario->heard[round], plan->links[links[round]].heard,
               sizeof scenario->heard[round]);
    }
}

bool twins_plan_scenario(const struct twins_plan *plan, uint64_t number,
                         struct twins_scenario *scenario)
{
    uint32_t links[TWINS_ROUNDS_MAX];
    TALLY_ASSERT(number < twins_plan_raw_count(plan));
    for (uint32_t round = plan->config.rounds; round > 0; round--) {
        links[round - 1] = (uint32_t)(number % plan->links_count);
        number /= plan->links_count;
    }
    const struct order *order = &plan->orders[number];
    for (uint32_t i = 0; i < order->renamings_count; i++) {
        for (uint32_t round = 0; round < plan->config.rounds; round++) {
            uint32_t renamed = link_renamed(plan, links[round], &order->renamings[i]);
            if (renamed < links[round]) {
                return false;
            }
            if (renamed > links[round]) {
                break;
            }
        }
    }
    scenario_make(plan, order, links, scenario);
    return true;
}

void twins_plan_draw(const struct twins_plan *plan, uint64_t seed, uint64_t number,
                     struct twins_scenario *scenario)
{
    uint32_t links[TWINS_ROUNDS_MAX];
    struct prng prng;
    prng_init(&prng, seed ^ number * UINT64_C(0x9E3779B97F4A7C15));
    for (uint32_t round = 0; round < plan->config.rounds; round++) {
        links[round] = (uint32_t)prng_below(&prng, plan->links_count);
    }
    scenario_make(plan, &plan->orders[prng_below(&prng, plan->orders_count)], links, scenario);
}

/* -------------------------------------------------------------------------------- text */

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

static void host_print(const struct twins_plan *plan, struct text *text, uint32_t host)
{
    uint32_t member = host < plan->config.members ? host : 2 * plan->config.members - 1 - host;
    text_add(text, "%u%s", member, host < plan->config.members ? "" : "'");
}

/* Hosts that hear the same are printed together. */
static void round_print(const struct twins_plan *plan, struct text *text, const uint16_t *heard)
{
    uint32_t done = 0;
    for (uint32_t host = 0; host < plan->hosts; host++) {
        const char *separator = "";
        if ((done >> host & 1u) != 0) {
            continue;
        }
        text_add(text, " {");
        for (uint32_t other = host; other < plan->hosts; other++) {
            bool together = plan->config.links == TWINS_PARTS ? (heard[host] >> other & 1u) != 0
                                                              : other == host;
            if (together) {
                text_add(text, "%s", separator);
                host_print(plan, text, other);
                separator = " ";
                done |= 1u << other;
            }
        }
        for (uint32_t other = 0; plan->config.links == TWINS_MASKS && other < plan->hosts;
             other++) {
            if (other != host && (heard[host] >> other & 1u) != 0) {
                text_add(text, " >");
                host_print(plan, text, other);
            }
        }
        text_add(text, "}");
    }
}

void twins_scenario_print(const struct twins_plan *plan, const struct twins_scenario *scenario,
                          char *text, size_t size)
{
    struct text line = {text, size, 0};
    text_add(&line, "leaders");
    for (uint32_t i = 0; i < plan->config.members; i++) {
        text_add(&line, " %u", scenario->leaders[i]);
    }
    for (uint32_t round = 0; round < scenario->rounds; round++) {
        text_add(&line, "; round %u:", round + 1);
        round_print(plan, &line, scenario->heard[round]);
    }
}
