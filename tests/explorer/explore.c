#include "tests/explorer/explore.h"

#include "base/assert.h"
#include <stdlib.h>
#include <string.h>

enum {
    EXPLORE_STEPS_MAX = 64
};

/* The states in order of discovery, and an open-addressing index over them. */
struct visited {
    uint64_t *states;
    uint32_t *from; /* index of the predecessor */
    uint32_t count;
    uint32_t capacity;
    uint32_t *index; /* state number + 1, 0 when free */
    uint32_t index_mask;
};

static void *memory_or_die(void *memory)
{
    if (memory == NULL) {
        fputs("explorer: out of memory; a partial search proves nothing\n", stderr);
        abort();
    }
    return memory;
}

static void visited_init(struct visited *visited, uint32_t capacity)
{
    visited->count = 0;
    visited->capacity = capacity;
    visited->index_mask = capacity * 2 - 1;
    visited->states = memory_or_die(calloc(capacity, sizeof *visited->states));
    visited->from = memory_or_die(calloc(capacity, sizeof *visited->from));
    visited->index = memory_or_die(calloc((size_t)capacity * 2, sizeof *visited->index));
}

static void visited_free(struct visited *visited)
{
    free(visited->states);
    free(visited->from);
    free(visited->index);
}

static uint32_t state_slot(uint64_t state, uint32_t mask)
{
    return (uint32_t)((state * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
}

static void visited_grow(struct visited *visited)
{
    struct visited larger;
    visited_init(&larger, visited->capacity * 2);
    memcpy(larger.states, visited->states, visited->count * sizeof *visited->states);
    memcpy(larger.from, visited->from, visited->count * sizeof *visited->from);
    larger.count = visited->count;
    for (uint32_t number = 0; number < larger.count; number++) {
        uint32_t slot = state_slot(larger.states[number], larger.index_mask);
        while (larger.index[slot] != 0) {
            slot = (slot + 1) & larger.index_mask;
        }
        larger.index[slot] = number + 1;
    }
    visited_free(visited);
    *visited = larger;
}

/* False when the state was there already. */
static bool visited_add(struct visited *visited, uint64_t state, uint32_t from)
{
    if (visited->count == visited->capacity) {
        visited_grow(visited);
    }
    uint32_t slot = state_slot(state, visited->index_mask);
    while (visited->index[slot] != 0) {
        if (visited->states[visited->index[slot] - 1] == state) {
            return false;
        }
        slot = (slot + 1) & visited->index_mask;
    }
    visited->states[visited->count] = state;
    visited->from[visited->count] = from;
    visited->count++;
    visited->index[slot] = visited->count;
    return true;
}

/* The way to a state, forwards. Returns its length; path has room for it. */
static uint32_t path_find(const struct visited *visited, uint32_t number, uint64_t *path)
{
    uint32_t length = 0;
    for (uint32_t at = number; at != 0; at = visited->from[at]) {
        TALLY_ASSERT(length < EXPLORE_STEPS_MAX);
        path[length++] = visited->states[at];
    }
    for (uint32_t i = 0; i < length / 2; i++) {
        uint64_t swapped = path[i];
        path[i] = path[length - 1 - i];
        path[length - 1 - i] = swapped;
    }
    return length;
}

/*
 * The states found are folded by symmetry, so names change from one to the next. To tell a story in
 * which every member keeps its name, the path is walked again without folding: at each step the
 * successor is taken that folds to the next state of the path.
 */
static void path_tell(const struct rules *rules, const uint64_t *path, uint32_t length, FILE *trace)
{
    uint64_t successors[RULES_SUCCESSORS_MAX];
    char text[512];
    struct rules unfolded = *rules;
    unfolded.symmetry = false;
    uint64_t state = rules_initial(&unfolded);
    for (uint32_t step = 0; step <= length; step++) {
        rules_print(rules, state, text, sizeof text);
        fprintf(trace, "  %2u  %s\n", step, text);
        size_t count = step < length ? rules_successors(&unfolded, state, successors) : 0;
        size_t next = 0;
        while (next < count && rules_fold(rules, successors[next]) != path[step]) {
            next++;
        }
        TALLY_ASSERT(step == length || next < count);
        state = step < length ? successors[next] : state;
    }
}

struct explore_result explore(const struct rules *rules, bool watch_lemmas, FILE *trace)
{
    struct explore_result result = {RULES_HOLD, 0, 0};
    uint64_t successors[RULES_SUCCESSORS_MAX];
    struct visited visited;
    visited_init(&visited, 1u << 16);
    (void)visited_add(&visited, rules_initial(rules), 0);
    for (uint32_t number = 0; number < visited.count; number++) {
        enum rules_verdict verdict = rules_judge(rules, visited.states[number]);
        if (verdict == RULES_CONFLICTING_FINALS || (watch_lemmas && verdict != RULES_HOLD)) {
            result.verdict = verdict;
            uint64_t path[EXPLORE_STEPS_MAX];
            result.steps_count = path_find(&visited, number, path);
            if (trace != NULL) {
                path_tell(rules, path, result.steps_count, trace);
            }
            break;
        }
        size_t count = rules_successors(rules, visited.states[number], successors);
        for (size_t i = 0; i < count; i++) {
            (void)visited_add(&visited, successors[i], number);
        }
    }
    result.states_count = visited.count;
    visited_free(&visited);
    return result;
}
