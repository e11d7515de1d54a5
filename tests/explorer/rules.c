#include "tests/explorer/rules.h"

#include "base/assert.h"
#include <stdio.h>
#include <string.h>

/*
 * Packed layout, lowest bits first: three members of 17 bits {view 2, then per view: notarize 2,
 * nullify 1, finalize 2}, then per view two parents of 1, 2 and 3 bits: 63 in all.
 */
enum {
    MEMBER_BITS = 17,
    VIEW_BITS = 2,
    BLOCK_SET_BITS = 2
};

static const unsigned parent_bits[RULES_VIEWS_MAX] = {1, 2, 3};

static void bits_put(uint64_t *packed, unsigned *offset, unsigned count, unsigned value)
{
    TALLY_ASSERT(value < (1u << count));
    *packed |= (uint64_t)value << *offset;
    *offset += count;
}

static uint8_t bits_get(uint64_t packed, unsigned *offset, unsigned count)
{
    uint8_t value = (uint8_t)((packed >> *offset) & ((1u << count) - 1u));
    *offset += count;
    return value;
}

static uint64_t state_pack(const struct rules_state *state)
{
    uint64_t packed = 0;
    unsigned offset = 0;
    for (unsigned member = 0; member < RULES_MEMBERS; member++) {
        bits_put(&packed, &offset, VIEW_BITS, state->view[member] - 1u);
        for (unsigned v = 0; v < RULES_VIEWS_MAX; v++) {
            bits_put(&packed, &offset, BLOCK_SET_BITS, state->notarize[member][v]);
            bits_put(&packed, &offset, 1, state->nullify[member][v]);
            bits_put(&packed, &offset, BLOCK_SET_BITS, state->finalize[member][v]);
        }
    }
    TALLY_ASSERT(offset == RULES_MEMBERS * MEMBER_BITS);
    for (unsigned v = 0; v < RULES_VIEWS_MAX; v++) {
        for (unsigned block = 0; block < RULES_BLOCKS; block++) {
            bits_put(&packed, &offset, parent_bits[v], state->parent[v][block]);
        }
    }
    return packed;
}

static struct rules_state state_unpack(uint64_t packed)
{
    struct rules_state state;
    unsigned offset = 0;
    for (unsigned member = 0; member < RULES_MEMBERS; member++) {
        state.view[member] = (uint8_t)(bits_get(packed, &offset, VIEW_BITS) + 1);
        for (unsigned v = 0; v < RULES_VIEWS_MAX; v++) {
            state.notarize[member][v] = bits_get(packed, &offset, BLOCK_SET_BITS);
            state.nullify[member][v] = bits_get(packed, &offset, 1);
            state.finalize[member][v] = bits_get(packed, &offset, BLOCK_SET_BITS);
        }
    }
    for (unsigned v = 0; v < RULES_VIEWS_MAX; v++) {
        for (unsigned block = 0; block < RULES_BLOCKS; block++) {
            state.parent[v][block] = bits_get(packed, &offset, parent_bits[v]);
        }
    }
    return state;
}

static unsigned block_name(unsigned v, unsigned block)
{
    return RULES_PARENT_FIRST_BLOCK + v * RULES_BLOCKS + block;
}

static unsigned votes_count(const uint8_t votes[RULES_MEMBERS][RULES_VIEWS_MAX], unsigned v,
                            unsigned mask)
{
    unsigned count = 0;
    for (unsigned member = 0; member < RULES_MEMBERS; member++) {
        count += (votes[member][v] & mask) != 0;
    }
    return count;
}

/* The Byzantine member's vote is always there, so q = 3 asks for two honest ones. */
static bool quorum(const struct rules *rules, unsigned honest_votes)
{
    unsigned needed = rules->bug == RULES_QUORUM_MINUS_ONE ? 1 : 2;
    return honest_votes >= needed;
}

static bool notarized(const struct rules *rules, const struct rules_state *state, unsigned v,
                      unsigned block)
{
    return quorum(rules, votes_count(state->notarize, v, 1u << block));
}

static bool nullified(const struct rules *rules, const struct rules_state *state, unsigned v)
{
    return quorum(rules, votes_count(state->nullify, v, 1));
}

/* ------------------------------------------------------------------ symmetry */

static uint8_t set_swapped(uint8_t set)
{
    return (uint8_t)(((set & 1u) << 1) | (set >> 1));
}

/* Exchanges the names of the two blocks of a view, wherever they occur. */
static void blocks_swap(struct rules_state *state, unsigned v)
{
    for (unsigned member = 0; member < RULES_MEMBERS; member++) {
        state->notarize[member][v] = set_swapped(state->notarize[member][v]);
        state->finalize[member][v] = set_swapped(state->finalize[member][v]);
    }
    uint8_t first = state->parent[v][0];
    state->parent[v][0] = state->parent[v][1];
    state->parent[v][1] = first;
    for (unsigned later = v + 1; later < RULES_VIEWS_MAX; later++) {
        for (unsigned block = 0; block < RULES_BLOCKS; block++) {
            uint8_t *parent = &state->parent[later][block];
            if (*parent == block_name(v, 0)) {
                *parent = (uint8_t)block_name(v, 1);
            } else if (*parent == block_name(v, 1)) {
                *parent = (uint8_t)block_name(v, 0);
            }
        }
    }
}

/* A rank that renaming members does not change; ties fold less, never wrongly. */
static unsigned block_rank(const struct rules_state *state, unsigned v, unsigned block)
{
    unsigned mask = 1u << block;
    return state->parent[v][block] * 64u + votes_count(state->notarize, v, mask) * 8u +
           votes_count(state->finalize, v, mask);
}

static uint64_t members_sorted(uint64_t packed)
{
    const uint64_t mask = (UINT64_C(1) << MEMBER_BITS) - 1;
    uint64_t a = packed & mask;
    uint64_t b = (packed >> MEMBER_BITS) & mask;
    uint64_t c = (packed >> (2 * MEMBER_BITS)) & mask;
    uint64_t low = a < b ? a : b;
    uint64_t high = a < b ? b : a;
    uint64_t least = low < c ? low : c;
    uint64_t most = high > c ? high : c;
    uint64_t middle = a + b + c - least - most;
    uint64_t parents = packed >> (3 * MEMBER_BITS) << (3 * MEMBER_BITS);
    return parents | least | (middle << MEMBER_BITS) | (most << (2 * MEMBER_BITS));
}

static uint64_t state_canonical(const struct rules *rules, const struct rules_state *state)
{
    if (!rules->symmetry) {
        return state_pack(state);
    }
    struct rules_state renamed = *state;
    for (unsigned v = 0; v < rules->views; v++) {
        if (block_rank(&renamed, v, 0) < block_rank(&renamed, v, 1)) {
            blocks_swap(&renamed, v);
        }
    }
    return members_sorted(state_pack(&renamed));
}

uint64_t rules_fold(const struct rules *rules, uint64_t packed)
{
    const struct rules_state state = state_unpack(packed);
    return state_canonical(rules, &state);
}

/* ------------------------------------------------------------------ the rules */

struct successor_list {
    const struct rules *rules;
    uint64_t *states;
    size_t count;
};

static void successor_add(struct successor_list *list, const struct rules_state *state)
{
    TALLY_ASSERT(list->count < RULES_SUCCESSORS_MAX);
    list->states[list->count++] = state_canonical(list->rules, state);
}

/* The parent is notarised and every view skipped is nullified. */
static bool justified(const struct rules *rules, const struct rules_state *state, unsigned v,
                      unsigned parent)
{
    unsigned after_parent = 0;
    if (parent != RULES_PARENT_GENESIS) {
        unsigned parent_view = (parent - RULES_PARENT_FIRST_BLOCK) / RULES_BLOCKS;
        unsigned parent_block = (parent - RULES_PARENT_FIRST_BLOCK) % RULES_BLOCKS;
        if (!notarized(rules, state, parent_view, parent_block)) {
            return false;
        }
        after_parent = parent_view + 1;
    }
    if (rules->bug == RULES_NO_JUSTIFICATION) {
        return true;
    }
    for (unsigned skipped = after_parent; skipped < v; skipped++) {
        if (!nullified(rules, state, skipped)) {
            return false;
        }
    }
    return true;
}

static void try_notarize(struct successor_list *list, const struct rules_state *state,
                         unsigned member, unsigned v, unsigned block)
{
    const struct rules *rules = list->rules;
    unsigned mine = state->notarize[member][v];
    if ((mine & (1u << block)) != 0 || (mine != 0 && rules->bug != RULES_DOUBLE_NOTARIZE)) {
        return; /* E1 */
    }
    if (rules->nullify_binds && state->nullify[member][v]) {
        return; /* E4 */
    }
    unsigned first = state->parent[v][block];
    unsigned last = first;
    if (first == RULES_PARENT_NONE) { /* proposed only now, on any parent */
        first = RULES_PARENT_GENESIS;
        last = block_name(v, 0) - 1;
    }
    for (unsigned parent = first; parent <= last; parent++) {
        if (justified(rules, state, v, parent)) {
            struct rules_state next = *state;
            next.parent[v][block] = (uint8_t)parent;
            next.notarize[member][v] = (uint8_t)(mine | (1u << block));
            successor_add(list, &next);
        }
    }
}

static void try_nullify(struct successor_list *list, const struct rules_state *state,
                        unsigned member, unsigned v)
{
    bool finalize_binds = list->rules->bug != RULES_NULLIFY_AFTER_FINALIZE;
    if (state->nullify[member][v] || (finalize_binds && state->finalize[member][v])) {
        return; /* E3 */
    }
    struct rules_state next = *state;
    next.nullify[member][v] = 1;
    successor_add(list, &next);
}

static void try_finalize(struct successor_list *list, const struct rules_state *state,
                         unsigned member, unsigned v, unsigned block)
{
    bool nullify_binds = list->rules->bug != RULES_FINALIZE_AFTER_NULLIFY;
    if (state->finalize[member][v] || (nullify_binds && state->nullify[member][v])) {
        return; /* E2, E3 */
    }
    unsigned mine = state->notarize[member][v];
    if (mine != 0 && (mine & (1u << block)) == 0) {
        return;
    }
    if (!notarized(list->rules, state, v, block)) {
        return;
    }
    struct rules_state next = *state;
    next.finalize[member][v] = (uint8_t)(1u << block);
    successor_add(list, &next);
}

static void try_enter(struct successor_list *list, const struct rules_state *state, unsigned member,
                      unsigned v)
{
    bool passed = nullified(list->rules, state, v) || notarized(list->rules, state, v, 0) ||
                  notarized(list->rules, state, v, 1);
    if (passed && v + 1u >= state->view[member]) {
        struct rules_state next = *state;
        next.view[member] = (uint8_t)(v + 2);
        successor_add(list, &next);
    }
}

uint64_t rules_initial(const struct rules *rules)
{
    TALLY_ASSERT(rules->views >= 1 && rules->views <= RULES_VIEWS_MAX);
    struct rules_state state;
    memset(&state, 0, sizeof state);
    for (unsigned member = 0; member < RULES_MEMBERS; member++) {
        state.view[member] = 1;
    }
    return state_canonical(rules, &state);
}

size_t rules_successors(const struct rules *rules, uint64_t packed,
                        uint64_t successors[RULES_SUCCESSORS_MAX])
{
    struct successor_list list = {rules, successors, 0};
    const struct rules_state state = state_unpack(packed);
    for (unsigned member = 0; member < RULES_MEMBERS; member++) {
        for (unsigned v = 0; v < rules->views; v++) {
            if (state.view[member] == v + 1) { /* E6 */
                try_notarize(&list, &state, member, v, 0);
                try_notarize(&list, &state, member, v, 1);
                try_nullify(&list, &state, member, v);
            }
            try_finalize(&list, &state, member, v, 0);
            try_finalize(&list, &state, member, v, 1);
            try_enter(&list, &state, member, v);
        }
    }
    return list.count;
}

/* ------------------------------------------------------------------ the judge */

/* Follows parents down from one block; true when the other is met. */
static bool extends(const struct rules_state *state, unsigned from, unsigned ancestor)
{
    while (from >= RULES_PARENT_FIRST_BLOCK) {
        if (from == ancestor) {
            return true;
        }
        unsigned place = from - RULES_PARENT_FIRST_BLOCK;
        from = state->parent[place / RULES_BLOCKS][place % RULES_BLOCKS];
    }
    return false;
}

enum rules_verdict rules_judge(const struct rules *rules, uint64_t packed)
{
    const struct rules_state state = state_unpack(packed);
    unsigned final_last = RULES_PARENT_NONE;
    enum rules_verdict lemma = RULES_HOLD;
    for (unsigned v = 0; v < rules->views; v++) {
        for (unsigned block = 0; block < RULES_BLOCKS; block++) {
            if (!quorum(rules, votes_count(state.finalize, v, 1u << block))) {
                continue;
            }
            if (nullified(rules, &state, v)) {
                lemma = RULES_FINAL_AND_NULLIFIED;
            }
            unsigned name = block_name(v, block);
            if (final_last != RULES_PARENT_NONE && !extends(&state, name, final_last)) {
                return RULES_CONFLICTING_FINALS;
            }
            final_last = name;
        }
        if (notarized(rules, &state, v, 0) && notarized(rules, &state, v, 1)) {
            lemma = RULES_TWO_NOTARIZED;
        }
    }
    return lemma;
}

const char *rules_verdict_text(enum rules_verdict verdict)
{
    switch (verdict) {
    case RULES_HOLD:
        return "holds";
    case RULES_CONFLICTING_FINALS:
        return "two conflicting blocks are final";
    case RULES_FINAL_AND_NULLIFIED:
        return "a view is both finalised and nullified";
    case RULES_TWO_NOTARIZED:
        return "a view has two notarised blocks";
    }
    return "?";
}

static const char *set_text(unsigned set)
{
    static const char *const texts[] = {"-", "a", "b", "ab"};
    return texts[set & 3u];
}

void rules_print(const struct rules *rules, uint64_t packed, char *text, size_t size)
{
    const struct rules_state state = state_unpack(packed);
    size_t used = 0;
    text[0] = '\0';
    for (unsigned member = 0; member < RULES_MEMBERS && used < size; member++) {
        used += (size_t)snprintf(text + used, size - used, "%sin %u:", member ? " | " : "",
                                 state.view[member]);
        for (unsigned v = 0; v < rules->views && used < size; v++) {
            used += (size_t)snprintf(
                text + used, size - used, " n=%s%s f=%s", set_text(state.notarize[member][v]),
                state.nullify[member][v] ? " null" : "", set_text(state.finalize[member][v]));
        }
    }
    for (unsigned v = 0; v < rules->views; v++) {
        for (unsigned block = 0; block < RULES_BLOCKS && used < size; block++) {
            unsigned parent = state.parent[v][block];
            if (parent == RULES_PARENT_GENESIS) {
                used += (size_t)snprintf(text + used, size - used, "  %u%c<-genesis", v + 1,
                                         "ab"[block]);
            } else if (parent != RULES_PARENT_NONE) {
                unsigned place = parent - RULES_PARENT_FIRST_BLOCK;
                used +=
                    (size_t)snprintf(text + used, size - used, "  %u%c<-%u%c", v + 1, "ab"[block],
                                     place / RULES_BLOCKS + 1, "ab"[place % RULES_BLOCKS]);
            }
        }
    }
}
