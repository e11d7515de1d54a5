/*
 * Goal: no proof that strangers can send makes the verifiers crash or read beyond it, and for a
 * fixed tree they accept the true proofs only.
 *
 * Input: range height, range, index, count and path length, a choice of leaf, then path hashes.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/merkle.h"

#define LEAVES 11

static void leaves_make(struct hash leaves[LEAVES])
{
    memset(leaves, 0, LEAVES * sizeof(struct hash));
    for (uint8_t i = 0; i < LEAVES; i++) {
        leaves[i].bytes[0] = i;
    }
}

static void check_leaf(const struct hash *root, uint32_t index, uint32_t count, uint8_t chosen,
                       const struct hash *path, uint32_t path_count)
{
    struct hash leaves[LEAVES];
    struct hash scratch[LEAVES];
    struct hash true_path[MERKLE_PATH_MAX];
    uint32_t true_count = 0;
    leaves_make(leaves);
    if (merkle_verify(root, &leaves[chosen], index, count, path, path_count)) {
        TALLY_ASSERT(index == chosen && count == LEAVES);
        merkle_list_path(leaves, LEAVES, index, scratch, true_path, &true_count);
        TALLY_ASSERT(path_count == true_count);
        TALLY_ASSERT(memcmp(path, true_path, true_count * sizeof(struct hash)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, size);
    uint32_t height = bytes_read_u8(&reader);
    uint32_t range = bytes_read_u32(&reader);
    uint32_t index = bytes_read_u32(&reader);
    uint32_t count = bytes_read_u32(&reader);
    uint8_t chosen = (uint8_t)(bytes_read_u8(&reader) % LEAVES);
    uint32_t path_count = (uint32_t)(bytes_reader_left(&reader) / HASH_SIZE);
    struct hash path[MERKLE_PATH_MAX + 2] = {{{0}}};
    if (reader.failed || path_count > MERKLE_PATH_MAX + 2) {
        return 0;
    }
    for (uint32_t i = 0; i < path_count; i++) {
        bytes_read_copy(&reader, path[i].bytes, HASH_SIZE);
    }
    struct hash leaves[LEAVES];
    struct hash root;
    leaves_make(leaves);
    merkle_list_root(leaves, LEAVES, leaves, &root);
    check_leaf(&root, index, count, chosen, path, path_count);

    leaves_make(leaves);
    uint32_t first = index % LEAVES;
    if (merkle_range_verify(&root, leaves + first, LEAVES - first, height, range, count, path,
                            path_count)) {
        TALLY_ASSERT(count == LEAVES);
        TALLY_ASSERT(merkle_range_count(LEAVES, height, range) == LEAVES - first);
        TALLY_ASSERT((uint64_t)range << (2 * height) == first);
    }
    return 0;
}
