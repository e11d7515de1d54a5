#include "ledger/optimisation/netting_exact.h"

#include "base/assert.h"
#include "base/mutant.h"

/* One depth-first walk. */
struct walk {
    struct netting *netting;
    struct netting_window *window;
    int128 value_left[NETTING_EXACT_MAX + 1]; /* of members from here on */
    uint64_t obligations_left[NETTING_EXACT_MAX + 1];
    int128 value;
    uint64_t obligations;
    uint32_t chosen;
};

/* Levels as if every member brought what it brings and none drew. */
static void reach_begin(const struct walk *walk)
{
    struct netting *netting = walk->netting;
    const struct netting_window *window = walk->window;

    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < window->count; i++) {
            const struct netting_candidate *member = &netting->candidates[window->members[i]];
            const struct netting_delta *delta = &netting->deltas[member->delta_first];
            for (uint32_t k = 0; k < member->delta_count; k++, delta++) {
                if (pass == 0) {
                    netting->reach[delta->resource] = netting->level[delta->resource];
                } else if (delta->amount > 0) {
                    netting->reach[delta->resource] += delta->amount;
                }
            }
            netting->steps += member->delta_count;
        }
    }
}

/* Decides a member: in, it draws; out, it does not bring. False when a level is then too low. */
static bool member_decide(struct netting *netting, uint32_t index, bool in)
{
    const struct netting_candidate *member = &netting->candidates[index];
    const struct netting_delta *delta = &netting->deltas[member->delta_first];
    bool possible = true;

    for (uint32_t k = 0; k < member->delta_count; k++, delta++) {
        if (in == (delta->amount < 0)) {
            int128 *reach = &netting->reach[delta->resource];
            *reach += in ? delta->amount : -delta->amount;
            possible = possible && (*reach >= 0 || MUTANT(OPTIMISER_OVERDRAWS));
        }
    }
    netting->steps += member->delta_count;
    return possible;
}

static void member_undo(struct netting *netting, uint32_t index, bool in)
{
    const struct netting_candidate *member = &netting->candidates[index];
    const struct netting_delta *delta = &netting->deltas[member->delta_first];

    for (uint32_t k = 0; k < member->delta_count; k++, delta++) {
        if (in == (delta->amount < 0)) {
            netting->reach[delta->resource] += in ? -delta->amount : delta->amount;
        }
    }
}

/* Could the members from `depth` on still make it better than the best? */
static bool walk_hopes(const struct walk *walk, uint32_t depth)
{
    int128 value = walk->value + walk->value_left[depth];

    if (value != walk->window->value) {
        return value > walk->window->value;
    }
    return walk->obligations + walk->obligations_left[depth] > walk->window->obligations;
}

static void walk_count(struct walk *walk, uint32_t depth, bool in)
{
    const struct netting_candidate *member =
        &walk->netting->candidates[walk->window->members[depth]];

    if (in) {
        walk->value += member->value;
        walk->obligations += member->obligations;
        walk->chosen |= UINT32_C(1) << depth;
    } else {
        walk->value -= member->value;
        walk->obligations -= member->obligations;
        walk->chosen &= ~(UINT32_C(1) << depth);
    }
}

/* Everything is decided, and better than the best. */
static void walk_take(struct walk *walk)
{
    TALLY_ASSERT(walk_hopes(walk, walk->window->count));
    walk->window->value = walk->value;
    walk->window->obligations = walk->obligations;
    walk->window->chosen = walk->chosen;
    walk->window->found = true;
}

/* Tries the next way at this depth: in (stage 0), out (1); true to go deeper. */
static bool walk_step(struct walk *walk, uint32_t depth, uint8_t *stage)
{
    uint32_t index = walk->window->members[depth];

    while (*stage < 2) {
        bool in = *stage == 0;
        (*stage)++;
        if (in ? walk_hopes(walk, depth) : walk_hopes(walk, depth + 1)) {
            if (member_decide(walk->netting, index, in)) {
                if (in) {
                    walk_count(walk, depth, true);
                }
                return true;
            }
            member_undo(walk->netting, index, in);
        }
    }
    return false;
}

static void walk_undo(struct walk *walk, uint32_t depth, uint8_t stage)
{
    bool in = stage == 1;

    if (in) {
        walk_count(walk, depth, false);
    }
    member_undo(walk->netting, walk->window->members[depth], in);
}

/* The walk itself: `stage[d]` says which ways of depth d were tried. */
static void walk_run(struct walk *walk)
{
    uint8_t stage[NETTING_EXACT_MAX + 1] = {0};
    uint64_t steps_end = walk->window->steps_max;
    uint32_t depth = 0;

    if (steps_end < UINT64_MAX - walk->netting->steps) {
        steps_end += walk->netting->steps;
    }
    for (;;) {
        if (depth == walk->window->count) {
            if (walk_hopes(walk, depth)) {
                walk_take(walk);
            }
        } else if (walk->netting->steps < steps_end && walk_step(walk, depth, &stage[depth])) {
            depth++;
            stage[depth] = 0;
            continue;
        }
        if (depth == 0) {
            return;
        }
        depth--;
        walk_undo(walk, depth, stage[depth]);
    }
}

void netting_exact(struct netting *netting, struct netting_window *window)
{
    struct walk walk = {.netting = netting, .window = window};

    TALLY_ASSERT(window->count <= NETTING_EXACT_MAX);
    window->found = false;
    window->chosen = 0;
    for (uint32_t i = window->count; i-- > 0;) {
        const struct netting_candidate *member = &netting->candidates[window->members[i]];
        TALLY_ASSERT(member->state != NETTING_IN);
        walk.value_left[i] = walk.value_left[i + 1] + member->value;
        walk.obligations_left[i] = walk.obligations_left[i + 1] + member->obligations;
    }
    reach_begin(&walk);
    walk_run(&walk);
}
