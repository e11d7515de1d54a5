/*
 * prover_block.c: see prover_block.h. The cache's mutex guards which blocks are kept and who uses
 * them; each block's own mutex lets one thread make its tree while others wait for it. The store is
 * read under neither.
 */
#include "node/prover_block.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "node/stored.h"

struct prover_block {
    struct prover_cache *cache;
    enum leaf_kind kind;
    uint64_t height;
    struct stored_leaves leaves;
    size_t size; /* of all that it takes, tree included */
    pthread_mutex_t mutex;
    struct merkle_tree tree;
    void *memory; /* of the tree; NULL before the first proof */

    /* Guarded by the cache. */
    uint32_t user_count;
    uint64_t turn; /* when it was asked for last */
    bool kept;
};

struct prover_cache {
    pthread_mutex_t mutex;
    struct prover_block *blocks[PROVER_CACHE_BLOCKS];
    uint32_t count;
    size_t size;
    uint64_t turn;
};

/* ---- One block ---------------------------------------------------------------------------- */

static void block_free(struct prover_block *block)
{
    stored_leaves_free(&block->leaves);
    pthread_mutex_destroy(&block->mutex);
    free(block->memory);
    free(block);
}

static enum prover_result result_of(enum store_status status)
{
    if (status == STORE_OK) {
        return PROVER_OK;
    }
    return status == STORE_NOT_FOUND ? PROVER_PENDING : PROVER_FAILED;
}

static enum prover_result block_load(struct prover_cache *cache, struct store *store,
                                     enum leaf_kind kind, uint64_t height,
                                     struct prover_block **block)
{
    struct prover_block *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return PROVER_FAILED;
    }
    pthread_mutex_init(&made->mutex, NULL);
    made->cache = cache;
    made->kind = kind;
    made->height = height;
    enum prover_result result = result_of(stored_leaves_get(store, kind, height, &made->leaves));
    if (result != PROVER_OK) {
        block_free(made);
        return result;
    }
    uint32_t count = made->leaves.count;
    made->size = sizeof *made + (size_t)count * sizeof *made->leaves.leaves;
    made->size += count > 0 ? merkle_footprint(count) : 0;
    for (uint32_t i = 0; i < count; i++) {
        made->size += SALT_SIZE + made->leaves.leaves[i].size;
    }
    *block = made;
    return PROVER_OK;
}

/* Makes salts, hashes and tree, if they are not there. Under the block's mutex. */
static bool tree_make(struct prover_block *block)
{
    if (block->memory != NULL) {
        return true;
    }
    struct arena arena;
    size_t size = merkle_footprint(block->leaves.count);
    if (posix_memalign(&block->memory, ARENA_LINE, size) != 0) {
        block->memory = NULL;
        return false;
    }
    arena_init(&arena, block->memory, size);
    merkle_init(&block->tree, block->leaves.count, &arena);
    merkle_grow(&block->tree, block->leaves.count);
    stored_leaves_hash(&block->leaves);
    for (uint32_t i = 0; i < block->leaves.count; i++) {
        merkle_set(&block->tree, i, &block->leaves.leaves[i].hash);
    }
    merkle_update(&block->tree);
    return true;
}

uint32_t prover_block_count(const struct prover_block *block)
{
    return block->leaves.count;
}

const struct ledger_leaf *prover_block_leaf(const struct prover_block *block, uint32_t index)
{
    TALLY_ASSERT(index < block->leaves.count);
    return &block->leaves.leaves[index];
}

enum prover_result prover_block_prove(struct prover_block *block, uint32_t index,
                                      struct proof_leaf *out)
{
    const struct ledger_leaf *leaf = prover_block_leaf(block, index);
    pthread_mutex_lock(&block->mutex);
    bool made = tree_make(block);
    pthread_mutex_unlock(&block->mutex);
    if (!made) {
        return PROVER_FAILED;
    }
    memset(out, 0, sizeof *out);
    out->tree = block->kind == LEAF_RECEIPT ? PROOF_RECEIPT : PROOF_EVENT;
    TALLY_ASSERT(leaf->size <= sizeof out->leaf.bytes);
    out->leaf.kind = (uint8_t)block->kind;
    out->leaf.index = index;
    out->leaf.count = block->leaves.count;
    out->leaf.salt = leaf->salt;
    out->leaf.size = leaf->size;
    memcpy(out->leaf.bytes, leaf->bytes, leaf->size);
    merkle_path(&block->tree, index, out->leaf.path, &out->leaf.path_count);
    return PROVER_OK;
}

/* ---- The cache ---------------------------------------------------------------------------- */

struct prover_cache *prover_cache_new(void)
{
    struct prover_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL) {
        pthread_mutex_init(&cache->mutex, NULL);
    }
    return cache;
}

void prover_cache_free(struct prover_cache *cache)
{
    if (cache != NULL) {
        for (uint32_t i = 0; i < cache->count; i++) {
            TALLY_ASSERT(cache->blocks[i]->user_count == 0);
            block_free(cache->blocks[i]);
        }
        pthread_mutex_destroy(&cache->mutex);
        free(cache);
    }
}

/* The block if it is kept, now in use. Under the cache's mutex, as the next three. */
static struct prover_block *kept_find(struct prover_cache *cache, enum leaf_kind kind,
                                      uint64_t height)
{
    for (uint32_t i = 0; i < cache->count; i++) {
        struct prover_block *block = cache->blocks[i];
        if (block->kind == kind && block->height == height) {
            block->user_count++;
            block->turn = ++cache->turn;
            return block;
        }
    }
    return NULL;
}

/* The one asked for longest ago is kept no longer; it goes at once unless somebody has it open. */
static void oldest_drop(struct prover_cache *cache)
{
    uint32_t oldest = 0;
    for (uint32_t i = 1; i < cache->count; i++) {
        oldest = cache->blocks[i]->turn < cache->blocks[oldest]->turn ? i : oldest;
    }
    struct prover_block *block = cache->blocks[oldest];
    cache->size -= block->size;
    cache->count--;
    cache->blocks[oldest] = cache->blocks[cache->count];
    block->kept = false;
    if (block->user_count == 0) {
        block_free(block);
    }
}

static void keep(struct prover_cache *cache, struct prover_block *block)
{
    block->user_count = 1;
    if (block->size > PROVER_CACHE_BYTES) {
        return; /* read for this one question */
    }
    while (cache->count == PROVER_CACHE_BLOCKS || cache->size > PROVER_CACHE_BYTES - block->size) {
        oldest_drop(cache);
    }
    block->kept = true;
    block->turn = ++cache->turn;
    cache->blocks[cache->count] = block;
    cache->count++;
    cache->size += block->size;
}

enum prover_result prover_block_open(struct prover_cache *cache, struct store *store,
                                     enum leaf_kind kind, uint64_t height,
                                     struct prover_block **block)
{
    pthread_mutex_lock(&cache->mutex);
    *block = kept_find(cache, kind, height);
    pthread_mutex_unlock(&cache->mutex);
    if (*block != NULL) {
        return PROVER_OK;
    }
    struct prover_block *made;
    enum prover_result result = block_load(cache, store, kind, height, &made);
    if (result != PROVER_OK) {
        return result;
    }
    pthread_mutex_lock(&cache->mutex);
    *block = kept_find(cache, kind, height); /* another thread may have been as quick */
    if (*block == NULL) {
        keep(cache, made);
        *block = made;
    }
    pthread_mutex_unlock(&cache->mutex);
    if (*block != made) {
        block_free(made);
    }
    return PROVER_OK;
}

void prover_block_close(struct prover_block *block)
{
    if (block == NULL) {
        return;
    }
    struct prover_cache *cache = block->cache;
    pthread_mutex_lock(&cache->mutex);
    TALLY_ASSERT(block->user_count > 0);
    block->user_count--;
    bool last = block->user_count == 0 && !block->kept;
    pthread_mutex_unlock(&cache->mutex);
    if (last) {
        block_free(block);
    }
}
