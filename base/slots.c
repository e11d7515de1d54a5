#include "base/slots.h"

#define WORD_LOG2 6
#define WORD_BITS 64
#define WORD_MASK (WORD_BITS - 1)

static uint64_t bit_of(uint32_t index)
{
    return UINT64_C(1) << (index & WORD_MASK);
}

static uint32_t lowest_bit(uint64_t word)
{
    TALLY_ASSERT(word != 0);
    return (uint32_t)__builtin_ctzll(word);
}

size_t slots_footprint(uint32_t capacity)
{
    struct slots slots;
    struct arena arena;
    arena_init(&arena, NULL, 0);
    slots_init(&slots, capacity, &arena);
    return arena.used;
}

void slots_init(struct slots *slots, uint32_t capacity, struct arena *arena)
{
    TALLY_ASSERT(capacity > 0);
    TALLY_ASSERT(capacity < SLOTS_NONE);
    *slots = (struct slots){.capacity = capacity};
    uint32_t bits = capacity;
    do {
        TALLY_ASSERT(slots->level_count < SLOTS_LEVELS_MAX);
        uint32_t words = (bits - 1) / WORD_BITS + 1;
        uint32_t level = slots->level_count++;
        slots->full[level] = ARENA_TAKE(arena, uint64_t, words);
        slots->some[level] = level == 0 ? slots->full[0] : ARENA_TAKE(arena, uint64_t, words);
        bits = words;
    } while (bits > 1);
}

void slots_take_above(struct slots *slots, uint32_t index, bool full)
{
    if (full && slots->dense >> WORD_LOG2 == index) {
        slots->dense = (index + 1) << WORD_LOG2;
    }
    bool known = false; /* that something stands below the bit at hand, said above already */
    for (uint32_t level = 1; level < slots->level_count && (full || !known); level++) {
        uint32_t word = index >> WORD_LOG2;
        known = slots->some[level][word] != 0;
        slots->some[level][word] |= bit_of(index);
        if (full) {
            slots->full[level][word] |= bit_of(index);
            full = slots->full[level][word] == UINT64_MAX;
        }
        index = word;
    }
}

uint32_t slots_take(struct slots *slots)
{
    TALLY_ASSERT(slots->count <= slots->capacity);
    if (slots->count == slots->capacity) {
        return SLOTS_NONE;
    }
    /* Bits beyond the capacity are never set, but they stand behind all real ones. */
    uint32_t index = 0;
    for (uint32_t level = slots->level_count; level-- > 0;) {
        index = index << WORD_LOG2 | lowest_bit(~slots->full[level][index]);
    }
    slots_take_at(slots, index);
    slots->dense = index + 1;
    return index;
}

void slots_give(struct slots *slots, uint32_t index)
{
    TALLY_ASSERT(index < slots->capacity);
    TALLY_ASSERT(slots_used(slots, index));
    TALLY_ASSERT(slots->count > 0);
    slots->count--;
    slots->dense = slots->dense < index ? slots->dense : index;
    bool empty = true; /* what stands below the bit at hand is empty */
    bool full = true;  /* and was full, which is said above */
    for (uint32_t level = 0; level < slots->level_count && (full || empty); level++) {
        uint32_t word = index >> WORD_LOG2;
        full = full && slots->full[level][word] == UINT64_MAX;
        slots->full[level][word] &= ~bit_of(index);
        if (empty) {
            slots->some[level][word] &= ~bit_of(index);
            empty = slots->some[level][word] == 0;
        }
        index = word;
    }
}

/* Frees what stands below a word of level 1, and says so above it if nothing is left there. */
static void group_clear(struct slots *slots, uint32_t group)
{
    for (uint64_t words = slots->some[1][group]; words != 0; words &= words - 1) {
        slots->full[0][group << WORD_LOG2 | lowest_bit(words)] = 0;
    }
    slots->some[1][group] = 0;
    slots->full[1][group] = 0;
    bool empty = true;
    for (uint32_t level = 2; level < slots->level_count && empty; level++) {
        uint32_t word = group >> WORD_LOG2;
        slots->some[level][word] &= ~bit_of(group);
        slots->full[level][word] &= ~bit_of(group);
        empty = slots->some[level][word] == 0;
        group = word;
    }
}

void slots_clear(struct slots *slots)
{
    uint32_t top = slots->level_count - 1;
    while (top > 0 && slots->some[top][0] != 0) {
        uint32_t group = 0;
        for (uint32_t level = top; level > 1; level--) {
            group = group << WORD_LOG2 | lowest_bit(slots->some[level][group]);
        }
        group_clear(slots, group);
    }
    slots->full[top][0] = 0;
    slots->count = 0;
    slots->dense = 0;
}

/* The bits of a word from a position on. */
static uint64_t bits_from(uint64_t word, uint32_t index)
{
    return word & (UINT64_MAX << (index & WORD_MASK));
}

uint32_t slots_next_used(const struct slots *slots, uint32_t from)
{
    if (from >= slots->capacity) {
        return SLOTS_NONE;
    }
    uint64_t here = bits_from(slots->some[0][from >> WORD_LOG2], from);
    uint32_t level = 0;
    uint32_t word = from >> WORD_LOG2;
    /* Up, until a word says that something stands to the right of where we came from. */
    while (here == 0) {
        level++;
        if (level == slots->level_count) {
            return SLOTS_NONE;
        }
        uint32_t position = word;
        word >>= WORD_LOG2;
        here = bits_from(slots->some[level][word], position) & ~bit_of(position);
    }
    /* Down, always to the leftmost. */
    uint32_t index = word << WORD_LOG2 | lowest_bit(here);
    while (level > 0) {
        level--;
        index = index << WORD_LOG2 | lowest_bit(slots->some[level][index]);
    }
    TALLY_ASSERT(slots_used(slots, index));
    return index;
}

uint32_t slots_walk_far(const struct slots *slots, struct slots_walk *walk)
{
    TALLY_ASSERT(walk->bits == 0);
    if (walk->words != 0) {
        walk->word = (walk->word & ~(uint32_t)WORD_MASK) | lowest_bit(walk->words);
        walk->words &= walk->words - 1;
    } else {
        uint32_t last = (slots->capacity - 1) / WORD_BITS;
        uint32_t next = (walk->word | WORD_MASK) + 1; /* the first word of the next group */
        uint32_t index = next <= last ? slots_next_used(slots, next * WORD_BITS) : SLOTS_NONE;
        if (index == SLOTS_NONE) {
            walk->word = last;
            return SLOTS_NONE;
        }
        walk->word = index / WORD_BITS;
        walk->words =
            bits_from(slots->some[1][walk->word >> WORD_LOG2], walk->word) & ~bit_of(walk->word);
    }
    walk->bits = slots->full[0][walk->word];
    uint32_t index = walk->word << WORD_LOG2 | lowest_bit(walk->bits);
    walk->bits &= walk->bits - 1;
    return index;
}
