#include "ledger/optimisation/netting_search.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/optimisation/netting_exact.h"
#include "ledger/state/array_sort.h"

enum {
    WINDOW_MEMBERS = 14,      /* decided anew at once: 2^14 choices at worst */
    WINDOW_STEPS_MAX = 20000, /* of one window */
    WINDOW_PER_RESOURCE = 4,  /* neighbours of one kind through one resource */
    FRACTION = 1024,
};

enum descent {
    DESCENT_BY_CURE,  /* leaves what cures most and harms least */
    DESCENT_BY_VALUE, /* leaves what is worth least for what it cures */
};

struct search {
    struct netting *netting;
    const uint32_t *members;
    uint32_t count;
    uint32_t root;        /* of the component */
    int128 value;         /* of what is in */
    uint64_t obligations; /* of what is in */
    int128 best_value;
    uint64_t best_obligations;
    uint32_t turn; /* where lists are begun, so that every neighbour gets a turn */
};

static bool is_member(const struct search *search, uint32_t index)
{
    return search->netting->component[index] == search->root;
}

static bool is_in(const struct search *search, uint32_t index)
{
    return search->netting->candidates[index].state == NETTING_IN;
}

static bool steps_left(const struct search *search)
{
    return search->netting->steps < search->netting->steps_end;
}

static void member_set(struct search *search, uint32_t index, bool in)
{
    const struct netting_candidate *record = &search->netting->candidates[index];

    netting_apply(search->netting, index, in);
    search->value += in ? record->value : -(int128)record->value;
    search->obligations += in ? record->obligations : -(uint64_t)record->obligations;
}

static bool is_better(int128 value, uint64_t obligations, int128 than_value,
                      uint64_t than_obligations)
{
    return value != than_value ? value > than_value : obligations > than_obligations;
}

/* Remembers the present set if it is the best so far. */
static void best_keep(struct search *search)
{
    if (!is_better(search->value, search->obligations, search->best_value,
                   search->best_obligations)) {
        return;
    }
    search->best_value = search->value;
    search->best_obligations = search->obligations;
    for (uint32_t i = 0; i < search->count; i++) {
        search->netting->best[search->members[i]] = is_in(search, search->members[i]) ? 1 : 0;
    }
}

/* All in, or all out. */
static void members_set(struct search *search, bool in)
{
    for (uint32_t i = 0; i < search->count; i++) {
        if (is_in(search, search->members[i]) != in) {
            member_set(search, search->members[i], in);
        }
    }
}

/* As remembered. */
static void best_restore(struct search *search)
{
    for (uint32_t i = 0; i < search->count; i++) {
        uint32_t index = search->members[i];
        bool in = search->netting->best[index] != 0;
        if (is_in(search, index) != in) {
            member_set(search, index, in);
        }
    }
}

/* ------------------------------------------------------------------------------- one by one (a) */

/*
 * Whoever draws on what this one brings is tried again; the oldest place to go on at. `order` holds
 * the place of each candidate.
 */
static uint32_t wake_drawers(struct netting *netting, uint32_t index, uint32_t place)
{
    const struct netting_candidate *record = &netting->candidates[index];

    for (uint32_t k = 0; k < record->delta_count; k++) {
        const struct netting_delta *delta = &netting->deltas[record->delta_first + k];
        if (delta->amount < 0) {
            continue;
        }
        for (uint32_t i = netting->touch_first[delta->resource];
             i < netting->touch_first[delta->resource + 1]; i++) {
            uint32_t other = netting->owner[netting->touch[i]];
            netting->steps++;
            if (netting->deltas[netting->touch[i]].amount < 0 &&
                netting->candidates[other].state == NETTING_OPEN) {
                netting->in_line[other] = 1;
                place = netting->order[other] < place ? netting->order[other] : place;
            }
        }
    }
    return place;
}

void netting_one_by_one(struct netting *netting)
{
    uint32_t count = netting->candidate_count;
    uint32_t place = 0;

    for (uint32_t i = 0; i < count; i++) {
        netting->order[netting->by_age[i]] = i;
        netting->best[i] = 0;
        netting->in_line[i] = netting->candidates[i].state == NETTING_OPEN ? 1 : 0;
    }
    while (place < count) {
        uint32_t index = netting->by_age[place];
        place++;
        if (netting->in_line[index] == 0) {
            continue;
        }
        netting->in_line[index] = 0;
        if (netting_fits(netting, index)) {
            netting_apply(netting, index, true);
            netting->best[index] = 1;
            place = wake_drawers(netting, index, place);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (netting->best[i] != 0) {
            netting->candidates[i].state = NETTING_OPEN;
        }
    }
}

/* ----------------------------------------------------------------------------- descent (b), (c) */

/* What the part that may run short is of the whole, in 1/FRACTION, rounded up. */
static int128 fraction_of(int128 part, int128 whole)
{
    return (part * FRACTION + whole - 1) / whole;
}

/*
 * How dear it is to let a member go, lower goes first: what its going harms, for what it cures.
 */
static int128 leaving_cost(struct search *search, uint32_t index, enum descent descent)
{
    struct netting *netting = search->netting;
    const struct netting_candidate *record = &netting->candidates[index];
    int128 cure = 0;
    int128 harm = FRACTION;

    for (uint32_t k = 0; k < record->delta_count; k++) {
        const struct netting_delta *delta = &netting->deltas[record->delta_first + k];
        int128 level = netting->level[delta->resource];
        if (delta->amount < 0 && level < 0) {
            cure += fraction_of(-level < -delta->amount ? -level : -delta->amount, -delta->amount);
        } else if (delta->amount > 0 && level < delta->amount) {
            harm += fraction_of(level > 0 ? delta->amount - level : delta->amount, delta->amount);
        }
    }
    netting->steps += record->delta_count;
    TALLY_ASSERT(cure > 0);
    if (descent == DESCENT_BY_VALUE) {
        return (int128)record->value * harm / cure;
    }
    return harm * FRACTION / cure;
}

/* Who leaves a resource that is below zero: the cheapest, of equal ones the youngest. */
static uint32_t leaver_of(struct search *search, uint32_t resource, enum descent descent)
{
    struct netting *netting = search->netting;
    uint32_t leaver = NETTING_NONE;
    int128 least = 0;

    for (uint32_t i = netting->touch_first[resource + 1]; i-- > netting->touch_first[resource];) {
        uint32_t index = netting->owner[netting->touch[i]];
        netting->steps++;
        if (netting->deltas[netting->touch[i]].amount > 0 || !is_member(search, index) ||
            !is_in(search, index)) {
            continue;
        }
        int128 cost = leaving_cost(search, index, descent);
        if (leaver == NETTING_NONE || cost < least) {
            leaver = index;
            least = cost;
        }
    }
    TALLY_ASSERT(leaver != NETTING_NONE);
    return leaver;
}

/* The resource most below zero, as a part of what is drawn from it; NETTING_NONE when none is. */
static uint32_t shortest_of(struct search *search)
{
    struct netting *netting = search->netting;
    uint32_t shortest = NETTING_NONE;
    int128 most = 0;

    for (uint32_t i = 0; i < netting->resource_count; i++) {
        if (netting->level[i] < 0) {
            int128 short_by = fraction_of(-netting->level[i], netting->demand[i]);
            if (shortest == NETTING_NONE || short_by > most) {
                shortest = i;
                most = short_by;
            }
        }
    }
    netting->steps += netting->resource_count / 8 + 1;
    return shortest;
}

static void descend(struct search *search, enum descent descent)
{
    members_set(search, true);
    for (uint32_t resource = shortest_of(search); resource != NETTING_NONE;
         resource = shortest_of(search)) {
        member_set(search, leaver_of(search, resource, descent), false);
    }
}

/* ------------------------------------------------------------------------------------ insertion */

/* More value first; of equal value, the older. */
static int worth_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct netting *netting = context;
    const struct netting_candidate *left = &netting->candidates[a];
    const struct netting_candidate *right = &netting->candidates[b];

    if (left->value != right->value) {
        return left->value > right->value ? -1 : 1;
    }
    if (left->sequence != right->sequence) {
        return left->sequence < right->sequence ? -1 : 1;
    }
    return a < b ? -1 : a > b;
}

/* The members by value, most first, into `order`. */
static void order_by_worth(struct search *search)
{
    struct netting *netting = search->netting;

    memcpy(netting->order, search->members, search->count * sizeof *netting->order);
    array_sort(netting->order, search->count, worth_compare, netting);
    netting->steps += search->count;
}

/* Whoever fits goes in, the worthiest first, while anybody does. */
static void insert_all(struct search *search)
{
    bool inserted = true;

    while (inserted && steps_left(search)) {
        inserted = false;
        for (uint32_t i = 0; i < search->count; i++) {
            uint32_t index = search->netting->order[i];
            if (!is_in(search, index) && netting_fits(search->netting, index)) {
                member_set(search, index, true);
                inserted = true;
            }
        }
    }
}

/* -------------------------------------------------------------------------------------- windows */

static bool window_holds(const struct netting_window *window, uint32_t index)
{
    for (uint32_t i = 0; i < window->count; i++) {
        if (window->members[i] == index) {
            return true;
        }
    }
    return false;
}

/*
 * Draws neighbours into the window through one resource: those that bring (or draw) and are in (or
 * out), at most WINDOW_PER_RESOURCE, beginning somewhere else each time.
 */
static void window_extend(struct search *search, struct netting_window *window, uint32_t resource,
                          bool brings, bool in)
{
    struct netting *netting = search->netting;
    uint32_t first = netting->touch_first[resource];
    uint32_t length = netting->touch_first[resource + 1] - first;
    uint32_t start = search->turn % length;
    uint32_t drawn = 0;

    for (uint32_t i = 0; i < length && drawn < WINDOW_PER_RESOURCE; i++) {
        uint32_t delta = netting->touch[first + (start + i) % length];
        uint32_t index = netting->owner[delta];
        netting->steps++;
        if (window->count == WINDOW_MEMBERS) {
            return;
        }
        if ((netting->deltas[delta].amount > 0) == brings && is_member(search, index) &&
            is_in(search, index) == in && !window_holds(window, index)) {
            window->members[window->count] = index;
            window->count++;
            drawn++;
        }
    }
}

/* The neighbourhood of a member that is out. */
static void window_draw(struct search *search, struct netting_window *window, uint32_t focus)
{
    struct netting *netting = search->netting;

    *window = (struct netting_window){.members = {focus}, .count = 1};
    for (uint32_t at = 0; at < window->count && window->count < WINDOW_MEMBERS; at++) {
        uint32_t index = window->members[at];
        const struct netting_candidate *record = &netting->candidates[index];
        bool in = is_in(search, index);
        for (uint32_t k = 0; k < record->delta_count; k++) {
            const struct netting_delta *delta = &netting->deltas[record->delta_first + k];
            if (delta->amount < 0 && !in && netting->level[delta->resource] + delta->amount < 0) {
                window_extend(search, window, delta->resource, true, false);
                window_extend(search, window, delta->resource, false, true);
            } else if (delta->amount > 0 && !in) {
                window_extend(search, window, delta->resource, false, false);
            } else if (delta->amount > 0 && netting->level[delta->resource] < delta->amount) {
                /* It may only go if who draws on it goes, or another brings the same. */
                window_extend(search, window, delta->resource, true, false);
                window_extend(search, window, delta->resource, false, true);
            }
        }
    }
    search->turn++;
}

static void window_sort(const struct netting *netting, struct netting_window *window)
{
    for (uint32_t i = 1; i < window->count; i++) {
        uint32_t index = window->members[i];
        uint64_t sequence = netting->candidates[index].sequence;
        uint32_t at = i;
        while (at > 0 && (netting->candidates[window->members[at - 1]].sequence > sequence ||
                          (netting->candidates[window->members[at - 1]].sequence == sequence &&
                           window->members[at - 1] > index))) {
            window->members[at] = window->members[at - 1];
            at--;
        }
        window->members[at] = index;
    }
}

/* Decides the window anew; true when that made the set better. */
static bool window_decide(struct search *search, struct netting_window *window)
{
    uint32_t kept = 0;

    window_sort(search->netting, window);
    for (uint32_t i = 0; i < window->count; i++) {
        const struct netting_candidate *record = &search->netting->candidates[window->members[i]];
        if (record->state == NETTING_IN) {
            kept |= UINT32_C(1) << i;
            window->value += record->value;
            window->obligations += record->obligations;
            member_set(search, window->members[i], false);
        }
    }
    window->steps_max = WINDOW_STEPS_MAX;
    netting_exact(search->netting, window);
    if (window->found) {
        kept = window->chosen;
    }
    for (uint32_t i = 0; i < window->count; i++) {
        if ((kept >> i & 1) != 0) {
            member_set(search, window->members[i], true);
        }
    }
    return window->found;
}

static void improve(struct search *search)
{
    bool improved = true;

    while (improved) {
        improved = false;
        for (uint32_t i = 0; i < search->count && steps_left(search); i++) {
            uint32_t focus = search->netting->order[i];
            struct netting_window window;
            if (!is_in(search, focus)) {
                window_draw(search, &window, focus);
                improved = window_decide(search, &window) || improved;
            }
        }
    }
}

void netting_search(struct netting *netting, const uint32_t *members, uint32_t count)
{
    struct search search = {.netting = netting, .members = members, .count = count};

    TALLY_ASSERT(count > 0);
    search.root = netting->component[members[0]];
    for (uint32_t i = 0; i < count; i++) {
        TALLY_ASSERT(netting->candidates[members[i]].state == NETTING_OPEN);
        TALLY_ASSERT(is_member(&search, members[i]));
        netting->candidates[members[i]].state = NETTING_OUT;
    }
    best_restore(&search);
    search.best_value = search.value;
    search.best_obligations = search.obligations;
    order_by_worth(&search);
    descend(&search, DESCENT_BY_CURE);
    insert_all(&search);
    best_keep(&search);
    descend(&search, DESCENT_BY_VALUE);
    insert_all(&search);
    best_keep(&search);
    best_restore(&search);
    TALLY_ASSERT(search.value == search.best_value);
    improve(&search);
}
