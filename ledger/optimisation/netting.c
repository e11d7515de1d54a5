#include "ledger/optimisation/netting.h"

#include <string.h>

#include "base/assert.h"
#include "base/mutant.h"
#include "ledger/optimisation/netting_exact.h"
#include "ledger/optimisation/netting_search.h"
#include "ledger/state/array_sort.h"

void netting_layout(struct netting *netting, const struct netting_capacity *capacity,
                    struct arena *arena)
{
    TALLY_ASSERT(capacity->candidates >= 1 && capacity->candidates <= NETTING_CANDIDATES_MAX);
    TALLY_ASSERT(capacity->deltas >= 1 && capacity->deltas <= NETTING_DELTAS_MAX);
    TALLY_ASSERT(capacity->resources >= 1 && capacity->resources <= NETTING_DELTAS_MAX);
    *netting = (struct netting){.capacity = *capacity};
    netting->level = ARENA_TAKE_UNSET(arena, int128, capacity->resources);
    netting->reach = ARENA_TAKE_UNSET(arena, int128, capacity->resources);
    netting->demand = ARENA_TAKE_UNSET(arena, int128, capacity->resources);
    netting->deltas = ARENA_TAKE_UNSET(arena, struct netting_delta, capacity->deltas);
    netting->candidates = ARENA_TAKE_UNSET(arena, struct netting_candidate, capacity->candidates);
    netting->spendable = ARENA_TAKE_UNSET(arena, int64_t, capacity->resources);
    netting->touch_first = ARENA_TAKE_UNSET(arena, uint32_t, capacity->resources + 1);
    netting->touch = ARENA_TAKE_UNSET(arena, uint32_t, capacity->deltas);
    netting->owner = ARENA_TAKE_UNSET(arena, uint32_t, capacity->deltas);
    netting->queue = ARENA_TAKE_UNSET(arena, uint32_t, capacity->resources);
    netting->by_age = ARENA_TAKE_UNSET(arena, uint32_t, capacity->candidates);
    netting->component = ARENA_TAKE_UNSET(arena, uint32_t, capacity->candidates);
    netting->members = ARENA_TAKE_UNSET(arena, uint32_t, capacity->candidates);
    netting->order = ARENA_TAKE_UNSET(arena, uint32_t, capacity->candidates);
    netting->best = ARENA_TAKE_UNSET(arena, uint8_t, capacity->candidates);
    netting->in_line = ARENA_TAKE_UNSET(arena, uint8_t, capacity->candidates);
    netting->queued = ARENA_TAKE_UNSET(arena, uint8_t, capacity->resources);
}

void netting_begin(struct netting *netting)
{
    netting->resource_count = 0;
    netting->candidate_count = 0;
    netting->delta_count = 0;
    netting->steps = 0;
}

uint32_t netting_resource_add(struct netting *netting, int64_t spendable)
{
    TALLY_ASSERT(spendable >= 0);
    if (netting->resource_count == netting->capacity.resources) {
        return NETTING_NONE;
    }
    netting->spendable[netting->resource_count] = spendable;
    return netting->resource_count++;
}

/* Adds to what the candidate under way does to a resource; false when there is no room. */
static bool delta_add(struct netting *netting, uint32_t first, uint32_t resource, int128 amount)
{
    TALLY_ASSERT(resource < netting->resource_count);
    for (uint32_t i = first; i < netting->delta_count; i++) {
        if (netting->deltas[i].resource == resource) {
            netting->deltas[i].amount += amount;
            return true;
        }
    }
    if (netting->delta_count == netting->capacity.deltas) {
        return false;
    }
    netting->deltas[netting->delta_count] = (struct netting_delta){resource, amount};
    netting->delta_count++;
    return true;
}

/* What comes and goes in the same amount does nothing. */
static void deltas_compact(struct netting *netting, uint32_t first)
{
    uint32_t kept = first;

    for (uint32_t i = first; i < netting->delta_count; i++) {
        if (netting->deltas[i].amount != 0) {
            netting->deltas[kept] = netting->deltas[i];
            kept++;
        }
    }
    netting->delta_count = kept;
}

uint32_t netting_candidate_add(struct netting *netting, int64_t value, uint32_t obligations,
                               uint64_t sequence, const struct netting_flow *flows, uint32_t count)
{
    uint32_t index = netting->candidate_count;
    uint32_t first = netting->delta_count;

    TALLY_ASSERT(value >= 0);
    TALLY_ASSERT(obligations >= 1);
    if (index == netting->capacity.candidates) {
        return NETTING_NONE;
    }
    for (uint32_t i = 0; i < count; i++) {
        TALLY_ASSERT(flows[i].amount > 0);
        TALLY_ASSERT(flows[i].from != flows[i].to);
        if (!delta_add(netting, first, flows[i].from, -(int128)flows[i].amount) ||
            !delta_add(netting, first, flows[i].to, flows[i].amount)) {
            netting->delta_count = first;
            return NETTING_NONE;
        }
    }
    deltas_compact(netting, first);
    netting->candidates[index] =
        (struct netting_candidate){.value = value,
                                   .sequence = sequence,
                                   .obligations = obligations,
                                   .delta_first = first,
                                   .delta_count = netting->delta_count - first,
                                   .state = NETTING_OPEN};
    netting->candidate_count++;
    return index;
}

/* -------------------------------------------------------------------------------------- the set */

static bool is_unbounded(const struct netting *netting, uint32_t resource)
{
    return netting->spendable[resource] == NETTING_UNBOUNDED;
}

void netting_apply(struct netting *netting, uint32_t candidate, bool in)
{
    struct netting_candidate *record = &netting->candidates[candidate];
    const struct netting_delta *delta = &netting->deltas[record->delta_first];

    TALLY_ASSERT(in == (record->state != NETTING_IN));
    for (uint32_t i = 0; i < record->delta_count; i++, delta++) {
        netting->level[delta->resource] += in ? delta->amount : -delta->amount;
    }
    record->state = in ? NETTING_IN : NETTING_OUT;
    netting->steps += record->delta_count + 1;
}

bool netting_fits(struct netting *netting, uint32_t candidate)
{
    const struct netting_candidate *record = &netting->candidates[candidate];
    const struct netting_delta *delta = &netting->deltas[record->delta_first];

    netting->steps += record->delta_count + 1;
    for (uint32_t i = 0; i < record->delta_count; i++, delta++) {
        if (delta->amount < 0 && netting->level[delta->resource] + delta->amount < 0) {
            return false;
        }
    }
    return true;
}

/* Older first; of equal sequence, the one added first. */
static int age_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct netting *netting = context;
    uint64_t left = netting->candidates[a].sequence;
    uint64_t right = netting->candidates[b].sequence;

    if (left != right) {
        return left < right ? -1 : 1;
    }
    return a < b ? -1 : a > b;
}

static void age_sort(struct netting *netting)
{
    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        netting->by_age[i] = i;
    }
    array_sort(netting->by_age, netting->candidate_count, age_compare, netting);
    netting->steps += netting->candidate_count;
}

/* Lists, for each resource, the deltas that touch it, oldest candidate first. */
static void touch_build(struct netting *netting)
{
    uint32_t *first = netting->touch_first;

    memset(first, 0, ((size_t)netting->resource_count + 1) * sizeof *first);
    for (uint32_t i = 0; i < netting->delta_count; i++) {
        first[netting->deltas[i].resource + 1]++;
    }
    for (uint32_t i = 0; i < netting->resource_count; i++) {
        first[i + 1] += first[i];
        netting->queue[i] = first[i];
    }
    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        const struct netting_candidate *record = &netting->candidates[netting->by_age[i]];
        for (uint32_t k = 0; k < record->delta_count; k++) {
            uint32_t delta = record->delta_first + k;
            netting->owner[delta] = netting->by_age[i];
            netting->touch[netting->queue[netting->deltas[delta].resource]++] = delta;
        }
    }
    netting->steps += 2 * (uint64_t)netting->delta_count;
}

/* ------------------------------------------------------------------ what is decided at once (a) */

struct line {
    uint32_t first;
    uint32_t count;
};

static void line_enter(struct netting *netting, struct line *line, uint32_t resource)
{
    if (netting->queued[resource] == 0) {
        uint32_t at = (line->first + line->count) % netting->resource_count;
        netting->queue[at] = resource;
        netting->queued[resource] = 1;
        line->count++;
    }
}

/* Could the resource run dry if all that is undecided drew on it? */
static bool is_scarce(const struct netting *netting, uint32_t resource)
{
    return !is_unbounded(netting, resource) && netting->level[resource] < netting->demand[resource];
}

/* Takes the candidate out of what is undecided, and looks again at whom that concerns. */
static void candidate_decide(struct netting *netting, struct line *line, uint32_t index, bool in)
{
    const struct netting_candidate *record = &netting->candidates[index];
    const struct netting_delta *delta = &netting->deltas[record->delta_first];

    for (uint32_t i = 0; i < record->delta_count; i++, delta++) {
        if (delta->amount > 0 && !in) {
            netting->reach[delta->resource] -= delta->amount;
        }
        if (delta->amount < 0) {
            netting->demand[delta->resource] += delta->amount;
            netting->reach[delta->resource] += in ? delta->amount : 0;
        }
        line_enter(netting, line, delta->resource);
    }
    netting->candidates[index].state = NETTING_OUT;
    if (in) {
        netting_apply(netting, index, true);
    }
}

/* Strikes out or takes an open candidate, if that can be told now. */
static void candidate_judge(struct netting *netting, struct line *line, uint32_t index)
{
    const struct netting_candidate *record = &netting->candidates[index];
    const struct netting_delta *delta = &netting->deltas[record->delta_first];
    bool always = true;

    netting->steps += record->delta_count + 1;
    for (uint32_t i = 0; i < record->delta_count; i++, delta++) {
        if (delta->amount > 0 || is_unbounded(netting, delta->resource)) {
            continue;
        }
        if (netting->reach[delta->resource] + delta->amount < 0 && !MUTANT(OPTIMISER_OVERDRAWS)) {
            candidate_decide(netting, line, index, false);
            return;
        }
        always = always && !is_scarce(netting, delta->resource);
    }
    if (always) {
        candidate_decide(netting, line, index, true);
    }
}

static void levels_begin(struct netting *netting)
{
    for (uint32_t i = 0; i < netting->resource_count; i++) {
        netting->level[i] = netting->spendable[i];
        netting->reach[i] = netting->spendable[i];
        netting->demand[i] = 0;
        netting->queued[i] = 0;
    }
    for (uint32_t i = 0; i < netting->delta_count; i++) {
        const struct netting_delta *delta = &netting->deltas[i];
        uint8_t state = netting->candidates[netting->owner[i]].state;
        bool undecided = state == NETTING_OPEN;
        /* An issuer's own counterweight is never short, whatever goes. */
        if (is_unbounded(netting, delta->resource) && delta->amount < 0) {
            netting->level[delta->resource] -= delta->amount;
            netting->reach[delta->resource] -= delta->amount;
        }
        if (state == NETTING_IN) {
            netting->level[delta->resource] += delta->amount;
            netting->reach[delta->resource] += delta->amount;
        } else if (undecided && delta->amount > 0) {
            netting->reach[delta->resource] += delta->amount;
        } else if (undecided) {
            netting->demand[delta->resource] -= delta->amount;
        }
    }
    netting->steps += netting->resource_count + netting->delta_count;
}

static void decide_at_once(struct netting *netting)
{
    struct line line = {0, 0};

    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        if (netting->candidates[netting->by_age[i]].state == NETTING_OPEN) {
            candidate_judge(netting, &line, netting->by_age[i]);
        }
    }
    while (line.count > 0) {
        uint32_t resource = netting->queue[line.first];
        line.first = (line.first + 1) % netting->resource_count;
        line.count--;
        netting->queued[resource] = 0;
        for (uint32_t i = netting->touch_first[resource]; i < netting->touch_first[resource + 1];
             i++) {
            uint32_t index = netting->owner[netting->touch[i]];
            if (netting->candidates[index].state == NETTING_OPEN) {
                candidate_judge(netting, &line, index);
            }
        }
        netting->steps++;
    }
}

/* ------------------------------------------------------------------------------- components (b) */

static uint32_t component_root(struct netting *netting, uint32_t index)
{
    while (netting->component[index] != index) {
        netting->component[index] = netting->component[netting->component[index]];
        index = netting->component[index];
    }
    return index;
}

static void components_build(struct netting *netting)
{
    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        netting->component[i] = i;
    }
    for (uint32_t resource = 0; resource < netting->resource_count; resource++) {
        uint32_t joined = NETTING_NONE;
        if (!is_scarce(netting, resource)) {
            continue;
        }
        for (uint32_t i = netting->touch_first[resource]; i < netting->touch_first[resource + 1];
             i++) {
            uint32_t index = netting->owner[netting->touch[i]];
            if (netting->candidates[index].state != NETTING_OPEN) {
                continue;
            }
            uint32_t root = component_root(netting, index);
            if (joined != NETTING_NONE) {
                netting->component[component_root(netting, joined)] = root;
            }
            joined = root;
        }
    }
    netting->steps += netting->delta_count;
}

/* The open members of the component of `first`, which is the oldest of them and at place `from` */
static uint32_t component_gather(struct netting *netting, uint32_t from)
{
    uint32_t root = component_root(netting, netting->by_age[from]);
    uint32_t count = 0;

    for (uint32_t i = from; i < netting->candidate_count; i++) {
        uint32_t index = netting->by_age[i];
        if (netting->candidates[index].state == NETTING_OPEN &&
            component_root(netting, index) == root) {
            netting->members[count] = index;
            count++;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        netting->component[netting->members[i]] = root; /* the search asks for it directly */
    }
    netting->steps += netting->candidate_count - from;
    return count;
}

static void component_solve_exactly(struct netting *netting, uint32_t count)
{
    struct netting_window window = {.count = count, .steps_max = UINT64_MAX};

    memcpy(window.members, netting->members, count * sizeof *window.members);
    netting_exact(netting, &window);
    for (uint32_t i = 0; i < count; i++) {
        netting->candidates[window.members[i]].state = NETTING_OUT;
        if (window.found && (window.chosen >> i & 1) != 0) {
            netting_apply(netting, window.members[i], true);
        }
    }
}

/* What is IN, and no resource is below zero. */
static void result_read(struct netting *netting, struct netting_result *result)
{
    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        const struct netting_candidate *record = &netting->candidates[i];
        TALLY_ASSERT(record->state != NETTING_OPEN);
        if (record->state == NETTING_IN) {
            result->value += record->value;
            result->obligations += record->obligations;
            result->chosen++;
        }
    }
    for (uint32_t i = 0; i < netting->resource_count; i++) {
        TALLY_ASSERT(netting->level[i] >= 0 || MUTANT(OPTIMISER_OVERDRAWS));
    }
    result->steps = netting->steps;
}

void netting_prepare(struct netting *netting)
{
    age_sort(netting);
    touch_build(netting);
    levels_begin(netting);
}

void netting_decide(struct netting *netting, uint32_t candidate, enum netting_state state)
{
    TALLY_ASSERT(candidate < netting->candidate_count);
    netting->candidates[candidate].state = (uint8_t)state;
}

void netting_solve(struct netting *netting, uint64_t steps_max, struct netting_result *result)
{
    *result = (struct netting_result){.exact = true};
    netting->steps = 0;
    netting->steps_end = steps_max;
    age_sort(netting);
    touch_build(netting);
    if (netting->candidate_count > NETTING_EXACT_MAX) {
        levels_begin(netting);
        netting_one_by_one(netting);
    }
    levels_begin(netting);
    decide_at_once(netting);
    components_build(netting);
    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        if (netting->candidates[netting->by_age[i]].state != NETTING_OPEN) {
            continue;
        }
        uint32_t count = component_gather(netting, i);
        if (count > result->component_max) {
            result->component_max = count;
        }
        if (count <= NETTING_EXACT_MAX) {
            component_solve_exactly(netting, count);
        } else {
            result->exact = false;
            netting_search(netting, netting->members, count);
        }
    }
    result_read(netting, result);
}

int128 netting_resource_change(const struct netting *netting, uint32_t resource)
{
    int128 change = 0;

    TALLY_ASSERT(resource < netting->resource_count);
    for (uint32_t i = netting->touch_first[resource]; i < netting->touch_first[resource + 1]; i++) {
        const struct netting_delta *delta = &netting->deltas[netting->touch[i]];
        if (netting->candidates[netting->owner[netting->touch[i]]].state == NETTING_IN) {
            change += delta->amount;
        }
    }
    return change;
}

bool netting_chosen(const struct netting *netting, uint32_t candidate)
{
    TALLY_ASSERT(candidate < netting->candidate_count);
    return netting->candidates[candidate].state == NETTING_IN;
}
