/*
 * Eight hashes in the eight 64-bit lanes of AVX-512's vectors, or sixteen in two such groups: their
 * working vectors of sixteen words each fill the 32 registers, and the words of the blocks are read
 * from the cache. A rotation is one instruction, a block that is not whole is read under a mask.
 */
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "crypto/hash_lanes.h"

#define WITH_AVX512 __attribute__((target("avx512f,avx512bw")))
#define INLINED     __attribute__((target("avx512f,avx512bw"), always_inline)) static inline

/* The same word of eight hashes. */
typedef uint64_t lanes __attribute__((vector_size(64)));

#define ROTATED(word, bits) ((lanes)_mm512_ror_epi64((__m512i)(word), bits))

INLINED lanes rotated_32(lanes word)
{
    return ROTATED(word, 32);
}

INLINED lanes rotated_24(lanes word)
{
    return ROTATED(word, 24);
}

INLINED lanes rotated_16(lanes word)
{
    return ROTATED(word, 16);
}

INLINED lanes rotated_63(lanes word)
{
    return ROTATED(word, 63);
}

#include "crypto/hash_rounds.h"

/* The first `size` of 64 bytes, and zeros behind them; what is not read need not be there. */
INLINED lanes row_load(const uint8_t *bytes, uint32_t size)
{
    __mmask64 there = size >= 64 ? UINT64_MAX : (UINT64_C(1) << size) - 1;
    return (lanes)_mm512_maskz_loadu_epi8(there, bytes);
}

/* From rows, two of each, the pairs of words 128 bits apart. */
INLINED lanes even_pairs(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 0, 1, 4, 5, 8, 9, 12, 13);
}

INLINED lanes odd_pairs(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 2, 3, 6, 7, 10, 11, 14, 15);
}

/* Every second word of eight rows, from word 0 or 1 on, the word's eight in one vector. */
INLINED void words_gather(const lanes *pairs, lanes *words)
{
    lanes low_even = even_pairs(pairs[0], pairs[1]);
    lanes high_even = even_pairs(pairs[2], pairs[3]);
    lanes low_odd = odd_pairs(pairs[0], pairs[1]);
    lanes high_odd = odd_pairs(pairs[2], pairs[3]);
    words[0] = even_pairs(low_even, high_even);
    words[2] = even_pairs(low_odd, high_odd);
    words[4] = odd_pairs(low_even, high_even);
    words[6] = odd_pairs(low_odd, high_odd);
}

/* Words 0, 2, 4 and 6 of two rows, one after the other, or 1, 3, 5 and 7. */
INLINED lanes even_words(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 0, 8, 2, 10, 4, 12, 6, 14);
}

INLINED lanes odd_words(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 1, 9, 3, 11, 5, 13, 7, 15);
}

/* The eight words of a half of eight blocks of these sizes. */
INLINED void words_load(const uint8_t *const blocks[HASH_LANES], const uint32_t sizes[HASH_LANES],
                        uint32_t half, lanes *words)
{
    lanes rows[HASH_LANES];
    lanes even[4];
    lanes odd[4];
    for (size_t i = 0; i < HASH_LANES; i++) {
        uint32_t skipped = half * 64;
        uint32_t size = sizes[i] > skipped ? sizes[i] - skipped : 0;
        rows[i] = row_load(blocks[i] + skipped, size);
    }
    for (size_t i = 0; i < 4; i++) {
        even[i] = even_words(rows[2 * i], rows[2 * i + 1]);
        odd[i] = odd_words(rows[2 * i], rows[2 * i + 1]);
    }
    words_gather(even, words);
    words_gather(odd, words + 1);
}

WITH_AVX512 void hash_lanes_compress_avx512(struct hash_lanes *group)
{
    lanes state[8];
    lanes m[HASH_BLOCK_WORDS];
    lanes counted;
    lanes ending;
    words_load(group->blocks, group->sizes, 0, m);
    words_load(group->blocks, group->sizes, 1, m + 8);
    memcpy(state, group->state, sizeof(state));
    memcpy(&counted, group->counted, sizeof(counted));
    memcpy(&ending, group->ending, sizeof(ending));
    rounds(state, m, &counted, ending, 1);
    memcpy(group->state, state, sizeof(state));
}

/* The first four words of a group's states, each hash's in one piece. */
INLINED void results_store(const struct hash_alike *alike, size_t first, const lanes *state)
{
    lanes even[2] = {even_words(state[0], state[1]), even_words(state[2], state[3])};
    lanes odd[2] = {odd_words(state[0], state[1]), odd_words(state[2], state[3])};
    lanes pairs[4] = {
        __builtin_shufflevector(even[0], even[1], 0, 1, 8, 9, 2, 3, 10, 11),
        __builtin_shufflevector(odd[0], odd[1], 0, 1, 8, 9, 2, 3, 10, 11),
        __builtin_shufflevector(even[0], even[1], 4, 5, 12, 13, 6, 7, 14, 15),
        __builtin_shufflevector(odd[0], odd[1], 4, 5, 12, 13, 6, 7, 14, 15),
    };
    /* Hashes 0 and 2, 1 and 3, 4 and 6, 5 and 7. */
    for (size_t i = 0; i < HASH_LANES && first + i < alike->count; i++) {
        const uint8_t *pair = (const uint8_t *)&pairs[i / 4 * 2 + i % 2];
        memcpy(alike->out[first + i], pair + i % 4 / 2 * 32, 32);
    }
}

/* The words of block number `block` of a group, and how many bytes of each are counted then. */
INLINED void block_load(const struct hash_alike *alike, size_t first, uint32_t block, lanes *m,
                        lanes *counted)
{
    const lanes zero = {0};
    size_t before = block * (size_t)HASH_BLOCK_SIZE;
    bool last = block + 1 == alike->blocks;
    const uint8_t *blocks[HASH_LANES];
    uint32_t sizes[HASH_LANES];
    for (size_t i = 0; i < HASH_LANES; i++) {
        blocks[i] = alike->data[first + i] + before;
        sizes[i] = last ? (uint32_t)(alike->sizes[first + i] - before) : HASH_BLOCK_SIZE;
    }
    words_load(blocks, sizes, 0, m);
    words_load(blocks, sizes, 1, m + 8);
    *counted = zero + before + HASH_BLOCK_SIZE;
    if (last) {
        memcpy(counted, &alike->sizes[first], sizeof(*counted));
    }
}

INLINED void groups_hash(const struct hash_alike *alike, size_t groups)
{
    const lanes zero = {0};
    lanes states[HASH_GROUPS * 8];
    lanes m[HASH_GROUPS * HASH_BLOCK_WORDS];
    lanes counted[HASH_GROUPS];
    for (size_t i = 0; i < 8 * groups; i++) {
        states[i] = zero + alike->begin[i % 8];
    }
    for (uint32_t block = 0; block < alike->blocks; block++) {
        for (size_t g = 0; g < groups; g++) {
            block_load(alike, g * HASH_LANES, block, m + g * HASH_BLOCK_WORDS, &counted[g]);
        }
        rounds(states, m, counted, block + 1 == alike->blocks ? ~zero : zero, groups);
    }
    for (size_t g = 0; g < groups; g++) {
        results_store(alike, g * HASH_LANES, states + 8 * g);
    }
}

WITH_AVX512 void hash_lanes_alike_avx512(const struct hash_alike *alike)
{
    if (alike->count <= HASH_LANES) {
        groups_hash(alike, 1);
    } else {
        groups_hash(alike, 2);
    }
}

#endif
