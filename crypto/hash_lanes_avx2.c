/*
 * Four hashes in the four 64-bit lanes of AVX2's vectors.
 */
#if defined(__x86_64__)

#include <string.h>

#include "crypto/hash_lanes.h"

enum {
    HALF = HASH_LANES / 2,
};

#define WITH_AVX2 __attribute__((target("avx2")))
#define INLINED   __attribute__((target("avx2"), always_inline)) static inline

/* The same word of four hashes, also seen as halves and bytes. */
typedef uint64_t lanes __attribute__((vector_size(32)));
typedef uint32_t lane_halves __attribute__((vector_size(32)));
typedef uint8_t lane_bytes __attribute__((vector_size(32)));

INLINED lanes rotated_32(lanes word)
{
    lane_halves in = (lane_halves)word;
    return (lanes)__builtin_shufflevector(in, in, 1, 0, 3, 2, 5, 4, 7, 6);
}

INLINED lanes rotated_24(lanes word)
{
    lane_bytes in = (lane_bytes)word;
    return (lanes)__builtin_shufflevector(in, in, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9,
                                          10, 19, 20, 21, 22, 23, 16, 17, 18, 27, 28, 29, 30, 31,
                                          24, 25, 26);
}

INLINED lanes rotated_16(lanes word)
{
    lane_bytes in = (lane_bytes)word;
    return (lanes)__builtin_shufflevector(in, in, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8,
                                          9, 18, 19, 20, 21, 22, 23, 16, 17, 26, 27, 28, 29, 30, 31,
                                          24, 25);
}

INLINED lanes rotated_63(lanes word)
{
    return word >> 63 | (word + word);
}

#include "crypto/hash_rounds.h"

/* Four rows of four words become four columns of them. */
INLINED void turn(const lanes *rows, lanes *words)
{
    lanes even_low = __builtin_shufflevector(rows[0], rows[1], 0, 4, 2, 6);
    lanes odd_low = __builtin_shufflevector(rows[0], rows[1], 1, 5, 3, 7);
    lanes even_high = __builtin_shufflevector(rows[2], rows[3], 0, 4, 2, 6);
    lanes odd_high = __builtin_shufflevector(rows[2], rows[3], 1, 5, 3, 7);
    words[0] = __builtin_shufflevector(even_low, even_high, 0, 1, 4, 5);
    words[1] = __builtin_shufflevector(odd_low, odd_high, 0, 1, 4, 5);
    words[2] = __builtin_shufflevector(even_low, even_high, 2, 3, 6, 7);
    words[3] = __builtin_shufflevector(odd_low, odd_high, 2, 3, 6, 7);
}

/* Words 4g to 4g + 3 of the four blocks, each word's four in one vector. */
INLINED void words_load(const uint8_t *const blocks[HALF], size_t g, lanes *words)
{
    lanes rows[HALF];
    for (size_t i = 0; i < HALF; i++) {
        memcpy(&rows[i], blocks[i] + g * sizeof(rows[i]), sizeof(rows[i]));
    }
    turn(rows, words);
}

/* Copies `size` bytes, from one to two times `part`, as the first and the last `part` of them. */
#define COPY_ENDS(to, from, size, part)                                 \
    do {                                                                \
        memcpy(to, from, part);                                         \
        memcpy((to) + (size) - (part), (from) + (size) - (part), part); \
    } while (0)

/* A block that is not whole is filled up with zeros, elsewhere. */
INLINED const uint8_t *block_whole(const uint8_t *block, uint32_t size, lanes filled[4])
{
    const lanes zero = {0};
    if (size == HASH_BLOCK_SIZE) {
        return block;
    }
    for (size_t g = 0; g < 4; g++) {
        filled[g] = zero;
    }
    uint8_t *to = (uint8_t *)filled;
    if (size >= 64) {
        COPY_ENDS(to, block, size, 64);
    } else if (size >= 32) {
        COPY_ENDS(to, block, size, 32);
    } else if (size >= 16) {
        COPY_ENDS(to, block, size, 16);
    } else if (size >= 8) {
        COPY_ENDS(to, block, size, 8);
    } else {
        for (uint32_t i = 0; i < size; i++) {
            to[i] = block[i];
        }
    }
    return to;
}

/* One block of each. Not inlined: the rounds want all registers for themselves. */
WITH_AVX2 __attribute__((noinline)) static void block_add(lanes *state,
                                                          const uint8_t *const blocks[HALF],
                                                          const lanes *counted, const lanes *ending)
{
    lanes m[HASH_BLOCK_WORDS];
    for (size_t g = 0; g < 4; g++) {
        words_load(blocks, g, &m[4 * g]);
    }
    rounds(state, m, counted, *ending, 1);
}

WITH_AVX2 void hash_lanes_compress_avx2(struct hash_lanes *group, uint32_t half)
{
    lanes filled[HALF][4];
    const uint8_t *blocks[HALF];
    lanes state[8];
    lanes counted;
    lanes ending;
    size_t first = half * (size_t)HALF;
    for (size_t i = 0; i < HALF; i++) {
        blocks[i] = block_whole(group->blocks[first + i], group->sizes[first + i], filled[i]);
    }
    for (size_t i = 0; i < 8; i++) {
        memcpy(&state[i], &group->state[i][first], sizeof(state[i]));
    }
    memcpy(&counted, &group->counted[first], sizeof(counted));
    memcpy(&ending, &group->ending[first], sizeof(ending));
    block_add(state, blocks, &counted, &ending);
    for (size_t i = 0; i < 8; i++) {
        memcpy(&group->state[i][first], &state[i], sizeof(state[i]));
    }
}

/* The first four words of the states, each hash's in one piece. */
INLINED void results_store(const struct hash_alike *alike, size_t first, const lanes *state)
{
    lanes rows[HALF];
    turn(state, rows);
    for (size_t i = 0; i < HALF && first + i < alike->count; i++) {
        memcpy(alike->out[first + i], &rows[i], sizeof(rows[i]));
    }
}

WITH_AVX2 void hash_lanes_alike_avx2(const struct hash_alike *alike, uint32_t first)
{
    const lanes zero = {0};
    lanes state[8];
    lanes filled[HALF][4];
    const uint8_t *blocks[HALF];
    lanes counted;
    lanes ending = zero;
    for (size_t i = 0; i < 8; i++) {
        state[i] = zero + alike->begin[i];
    }
    for (size_t i = 0; i < HALF; i++) {
        blocks[i] = alike->data[first + i];
    }
    counted = zero;
    for (uint32_t block = 1; block < alike->blocks; block++) {
        counted += HASH_BLOCK_SIZE;
        block_add(state, blocks, &counted, &ending);
        for (size_t i = 0; i < HALF; i++) {
            blocks[i] += HASH_BLOCK_SIZE;
        }
    }
    size_t before = (alike->blocks - (size_t)1) * HASH_BLOCK_SIZE;
    for (size_t i = 0; i < HALF; i++) {
        blocks[i] = block_whole(blocks[i], (uint32_t)(alike->sizes[first + i] - before), filled[i]);
    }
    memcpy(&counted, &alike->sizes[first], sizeof(counted));
    ending = ~zero;
    block_add(state, blocks, &counted, &ending);
    results_store(alike, first, state);
}

#endif
