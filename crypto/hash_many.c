#include "crypto/hash_many.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

static void hash_one(const struct hash_item *item)
{
    if (item->key_size > 0) {
        hash_keyed(item->out, item->domain, item->key, item->key_size, item->data, item->size);
    } else {
        hash_compute(item->out, item->domain, item->data, item->size);
    }
}

static void hash_each(const struct hash_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash_one(&items[i]);
    }
}

#if defined(__x86_64__)

enum {
    LANE_COUNT = 4,
    BLOCK_SIZE = 128,
    ROUND_COUNT = 12,
    KEY_SIZE_MIN = 16,
    KEY_SIZE_MAX = 64,
};

#define WITH_AVX2 __attribute__((target("avx2")))
#define INLINED   __attribute__((target("avx2"), always_inline)) static inline

/* The same word of four hashes, also seen as halves and bytes. */
typedef uint64_t lanes __attribute__((vector_size(32)));
typedef uint32_t lane_halves __attribute__((vector_size(32)));
typedef uint8_t lane_bytes __attribute__((vector_size(32)));

static const uint64_t initial[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

/* Which words of the block each round takes (RFC 7693, section 2.7). */
static const uint8_t schedule[ROUND_COUNT][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

/* One item on its way through a lane. */
struct lane {
    const struct hash_item *item; /* NULL: nothing is left for this lane */
    size_t taken;                 /* bytes of its data that are hashed */
    uint64_t counted;             /* the same and the block of the key */
    bool last;                    /* the block at hand ends it */
    uint8_t block[BLOCK_SIZE];    /* a block that is not whole in the data */
};

struct group {
    _Alignas(32) uint64_t state[8][LANE_COUNT];
    struct lane lanes[LANE_COUNT];
    const uint8_t *blocks[LANE_COUNT]; /* at hand */
};

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

/* The mixing function G (RFC 7693, section 3.1). */
INLINED void mix(lanes *a, lanes *b, lanes *c, lanes *d, lanes x, lanes y)
{
    *a = *a + *b + x;
    *d = rotated_32(*d ^ *a);
    *c = *c + *d;
    *b = rotated_24(*b ^ *c);
    *a = *a + *b + y;
    *d = rotated_16(*d ^ *a);
    *c = *c + *d;
    *b = rotated_63(*b ^ *c);
}

/* Words 4g to 4g + 3 of the four blocks, each word's four in one vector. */
INLINED void words_load(const uint8_t *const blocks[LANE_COUNT], size_t g, lanes *words)
{
    lanes rows[LANE_COUNT];
    for (size_t i = 0; i < LANE_COUNT; i++) {
        memcpy(&rows[i], blocks[i] + g * sizeof(rows[i]), sizeof(rows[i]));
    }
    lanes even_low = __builtin_shufflevector(rows[0], rows[1], 0, 4, 2, 6);
    lanes odd_low = __builtin_shufflevector(rows[0], rows[1], 1, 5, 3, 7);
    lanes even_high = __builtin_shufflevector(rows[2], rows[3], 0, 4, 2, 6);
    lanes odd_high = __builtin_shufflevector(rows[2], rows[3], 1, 5, 3, 7);
    words[0] = __builtin_shufflevector(even_low, even_high, 0, 1, 4, 5);
    words[1] = __builtin_shufflevector(odd_low, odd_high, 0, 1, 4, 5);
    words[2] = __builtin_shufflevector(even_low, even_high, 2, 3, 6, 7);
    words[3] = __builtin_shufflevector(odd_low, odd_high, 2, 3, 6, 7);
}

/* The schedule is known to the compiler: no index is looked up. */
INLINED void round_of(lanes *v, const lanes *m, size_t number)
{
    const uint8_t *s = schedule[number];
    mix(&v[0], &v[4], &v[8], &v[12], m[s[0]], m[s[1]]);
    mix(&v[1], &v[5], &v[9], &v[13], m[s[2]], m[s[3]]);
    mix(&v[2], &v[6], &v[10], &v[14], m[s[4]], m[s[5]]);
    mix(&v[3], &v[7], &v[11], &v[15], m[s[6]], m[s[7]]);
    mix(&v[0], &v[5], &v[10], &v[15], m[s[8]], m[s[9]]);
    mix(&v[1], &v[6], &v[11], &v[12], m[s[10]], m[s[11]]);
    mix(&v[2], &v[7], &v[8], &v[13], m[s[12]], m[s[13]]);
    mix(&v[3], &v[4], &v[9], &v[14], m[s[14]], m[s[15]]);
}

INLINED void rounds(lanes *v, const lanes *m, size_t first)
{
    round_of(v, m, first);
    round_of(v, m, first + 1);
    round_of(v, m, first + 2);
}

/* The compression function F (RFC 7693, section 3.2) of four hashes. */
WITH_AVX2 static void group_compress(struct group *group)
{
    lanes state[8];
    lanes v[16];
    lanes m[16];
    memcpy(state, group->state, sizeof(state));
    for (size_t g = 0; g < 4; g++) {
        words_load(group->blocks, g, &m[4 * g]);
    }
    for (size_t i = 0; i < 8; i++) {
        v[i] = state[i];
        v[i + 8] = (lanes){initial[i], initial[i], initial[i], initial[i]};
    }
    const struct lane *lane = group->lanes;
    v[12] ^= (lanes){lane[0].counted, lane[1].counted, lane[2].counted, lane[3].counted};
    v[14] ^= (lanes){lane[0].last ? UINT64_MAX : 0, lane[1].last ? UINT64_MAX : 0,
                     lane[2].last ? UINT64_MAX : 0, lane[3].last ? UINT64_MAX : 0};
    rounds(v, m, 0);
    rounds(v, m, 3);
    rounds(v, m, 6);
    rounds(v, m, 9);
    for (size_t i = 0; i < 8; i++) {
        state[i] ^= v[i] ^ v[i + 8];
    }
    memcpy(group->state, state, sizeof(state));
}

/* The parameter block (RFC 7693, section 2.5, and BLAKE2, section 2.8) into the state of a lane. */
static void lane_begin(struct group *group, size_t at, const struct hash_item *item)
{
    TALLY_ASSERT(item->data != NULL || item->size == 0);
    TALLY_ASSERT(item->key_size == 0 || item->key_size >= KEY_SIZE_MIN);
    TALLY_ASSERT(item->key_size <= KEY_SIZE_MAX);
    struct lane *lane = &group->lanes[at];
    const uint8_t *personal = hash_domain_personal(item->domain);
    uint64_t parameters = HASH_SIZE | (uint64_t)item->key_size << 8 | 1u << 16 | 1u << 24;
    lane->item = item;
    lane->taken = 0;
    lane->counted = 0;
    for (size_t i = 0; i < 8; i++) {
        group->state[i][at] = initial[i];
    }
    group->state[0][at] ^= parameters;
    group->state[6][at] ^= bytes_get_u64(personal);
    group->state[7][at] ^= bytes_get_u64(personal + 8);
}

/* The next block of a lane: of the key first, then of the data. */
static const uint8_t *lane_next(struct lane *lane)
{
    const struct hash_item *item = lane->item;
    if (item->key_size > 0 && lane->counted == 0) {
        memcpy(lane->block, item->key, item->key_size);
        memset(lane->block + item->key_size, 0, BLOCK_SIZE - item->key_size);
        lane->counted = BLOCK_SIZE;
        lane->last = item->size == 0;
        return lane->block;
    }
    const uint8_t *data = (const uint8_t *)item->data + lane->taken;
    size_t size = item->size - lane->taken;
    size = size < BLOCK_SIZE ? size : BLOCK_SIZE;
    lane->taken += size;
    lane->counted += size;
    lane->last = lane->taken == item->size;
    if (size == BLOCK_SIZE) {
        return data;
    }
    if (size > 0) {
        memcpy(lane->block, data, size);
    }
    memset(lane->block + size, 0, BLOCK_SIZE - size);
    return lane->block;
}

static void lane_end(struct group *group, size_t at)
{
    struct lane *lane = &group->lanes[at];
    for (size_t i = 0; i < HASH_SIZE / 8; i++) {
        bytes_put_u64(lane->item->out->bytes + 8 * i, group->state[i][at]);
    }
    lane->item = NULL;
}

/* A lane without an item goes along with an empty block. */
static void hash_in_lanes(const struct hash_item *items, size_t count)
{
    static const uint8_t empty[BLOCK_SIZE];
    struct group group;
    size_t next = 0;
    size_t busy = 0;
    memset(group.state, 0, sizeof(group.state));
    for (size_t at = 0; at < LANE_COUNT; at++) {
        group.lanes[at].item = NULL;
        group.lanes[at].counted = 0;
        group.lanes[at].last = false;
        group.blocks[at] = empty;
    }
    do {
        for (size_t at = 0; at < LANE_COUNT; at++) {
            if (group.lanes[at].item == NULL && next < count) {
                lane_begin(&group, at, &items[next++]);
                busy++;
            }
            group.blocks[at] = group.lanes[at].item != NULL ? lane_next(&group.lanes[at]) : empty;
        }
        group_compress(&group);
        for (size_t at = 0; at < LANE_COUNT; at++) {
            if (group.lanes[at].item != NULL && group.lanes[at].last) {
                lane_end(&group, at);
                busy--;
            }
        }
    } while (busy > 0 || next < count);
}

void hash_many(const struct hash_item *items, size_t count)
{
    if (count > 1 && __builtin_cpu_supports("avx2")) {
        hash_in_lanes(items, count);
    } else {
        hash_each(items, count);
    }
}

#else

void hash_many(const struct hash_item *items, size_t count)
{
    hash_each(items, count);
}

#endif

bool hash_many_check(void)
{
    uint8_t bytes[4 * 128 + 1];
    struct hash many[2 * HASH_DOMAIN_COUNT];
    struct hash_item items[2 * HASH_DOMAIN_COUNT];
    size_t count = sizeof(items) / sizeof(items[0]);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * i + i / 3);
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct hash_item){.domain = (enum hash_domain)(i % HASH_DOMAIN_COUNT),
                                      .key = bytes + i,
                                      .key_size = i % 2 == 0 ? 0 : 16 + i,
                                      .data = bytes,
                                      .size = i * 13 % sizeof(bytes),
                                      .out = &many[i]};
    }
    hash_many(items, count);
    bool agrees = true;
    for (size_t i = 0; i < count; i++) {
        struct hash one;
        struct hash_item item = items[i];
        item.out = &one;
        hash_one(&item);
        agrees = agrees && hash_equal(&one, &many[i]);
    }
    return agrees;
}
