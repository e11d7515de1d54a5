/*
 * crypto/hash_lanes.h - BLAKE2b in vectors: eight hashes on their way, a block of each at a time
 *
 * Rule. What is the same for every vector width stands here once: the constants, the group of lanes
 * and, in hash_rounds.h, the rounds. A file for each kind of vector has the rest: how a word is
 * rotated, and how the blocks of the lanes are read so that word i of all is one vector. Only
 * hash_many.c calls these; it knows which of them the processor has.
 *
 * Source: RFC 7693, sections 2.6 to 3.3.
 */
#ifndef TALLY_CRYPTO_HASH_LANES_H
#define TALLY_CRYPTO_HASH_LANES_H

#include <stddef.h>
#include <stdint.h>

enum {
    HASH_LANES = 8,
    HASH_GROUPS = 2, /* of lanes, that are hashed at once where all hashes are alike */
    HASH_ALIKE = HASH_GROUPS * HASH_LANES,
    HASH_BLOCK_SIZE = 128,
    HASH_BLOCK_WORDS = 16,
    HASH_ROUNDS = 12,
};

/* Eight hashes and the block of each that comes next. */
struct hash_lanes {
    _Alignas(64) uint64_t state[8][HASH_LANES]; /* word by word */
    _Alignas(64) uint64_t counted[HASH_LANES];  /* bytes, those of the block included */
    _Alignas(64) uint64_t ending[HASH_LANES];   /* all ones when the block is the last, else 0 */
    _Alignas(64) const uint8_t *blocks[HASH_LANES];
    uint32_t sizes[HASH_LANES]; /* bytes of the block, at most HASH_BLOCK_SIZE; zeros fill it up */
};

/* Up to sixteen hashes that begin alike and have as many blocks each: the usual case. */
struct hash_alike {
    uint64_t begin[8]; /* the state before the first block */
    uint32_t blocks;   /* of each, at least one */
    uint32_t count;
    const uint8_t *data[HASH_ALIKE]; /* the first stands in the lanes that are left of a group */
    size_t sizes[HASH_ALIKE];
    uint8_t *out[HASH_ALIKE]; /* 32 bytes each, of the first `count` */
};

/* The initialisation vector (RFC 7693, section 2.6). */
static const uint64_t hash_initial[8] = {
    UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179),
};

/* The compression function F (RFC 7693, section 3.2) of all lanes. pre: the processor has it. */
void hash_lanes_compress_avx512(struct hash_lanes *group);
/* The same of four lanes: the first when `half` is 0, the others when it is 1. */
void hash_lanes_compress_avx2(struct hash_lanes *group, uint32_t half);

/* All blocks of hashes that are alike, from beginning to end; or of the four from `first` on. */
void hash_lanes_alike_avx512(const struct hash_alike *alike);
void hash_lanes_alike_avx2(const struct hash_alike *alike, uint32_t first);

#endif
