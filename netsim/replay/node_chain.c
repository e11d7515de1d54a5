#include "netsim/replay/node_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "consensus/batch.h"
#include "host/file.h"

enum {
    SEGMENT_BYTES = 64 << 20, /* nothing is appended */
};

static bool path_of(char path[FILE_PATH_SIZE_MAX], const char *directory, const char *name,
                    char *why, size_t why_size)
{
    bool there = file_path_join(path, directory, name) == FILE_OK && access(path, R_OK | W_OK) == 0;
    if (!there) {
        (void)snprintf(why, why_size, "%s: has no '%s': is it the data directory of a node?",
                       directory, name);
    }
    return there;
}

/* The last height that has a result; 0: none. */
static uint64_t executed_height(struct store *store)
{
    struct stored_roots roots;
    uint64_t height;
    if (store_last_height(store, &height) != STORE_OK) {
        return 0;
    }
    while (height > 0 && stored_roots_get(store, height, &roots) != STORE_OK) {
        height--;
    }
    return height;
}

bool node_chain_open(struct node_chain *chain, const struct genesis *genesis, const char *directory,
                     char *why, size_t why_size)
{
    char path[FILE_PATH_SIZE_MAX];
    *chain = (struct node_chain){.validator_count = genesis->validator_count};
    if (!path_of(path, directory, "store", why, why_size)) {
        return false;
    }
    enum store_status stored = store_open(path, &genesis->chain_id, &chain->store);
    if (stored != STORE_OK) {
        chain->store = NULL;
        (void)snprintf(why, why_size, "%s: %s; %s", path, store_status_text(stored),
                       store_status_hint(stored));
        return false;
    }
    if (!path_of(path, directory, "batches", why, why_size)) {
        return false;
    }
    enum batch_log_status logged = batch_log_open(file_system_posix(), path, &genesis->chain_id,
                                                  SEGMENT_BYTES, &chain->batch_log);
    if (logged != BATCH_LOG_OK) {
        chain->batch_log = NULL;
        (void)snprintf(why, why_size, "%s: %s; %s", path, batch_log_status_text(logged),
                       batch_log_status_hint(logged));
        return false;
    }
    chain->height = executed_height(chain->store);
    if (chain->height == 0) {
        (void)snprintf(why, why_size, "%s: nothing was executed there", directory);
    }
    return chain->height > 0;
}

void node_chain_close(struct node_chain *chain)
{
    batch_log_close(chain->batch_log);
    store_close(chain->store);
    *chain = (struct node_chain){.store = NULL};
}

static void *must(void *memory)
{
    TALLY_ASSERT(memory != NULL);
    return memory;
}

static bool batch_take(const struct node_chain *chain, const struct hash *digest,
                       struct node_chain_block *block)
{
    struct batch_log_entry *entry = &block->entries[block->batch_count];
    struct batch batch;
    size_t size;
    if (batch_log_find(chain->batch_log, digest, entry) != BATCH_LOG_OK) {
        return false;
    }
    uint8_t *bytes = must(malloc(entry->size));
    block->batches[block->batch_count] = bytes;
    block->batch_count++;
    if (batch_log_read(chain->batch_log, digest, bytes, entry->size, &size) != BATCH_LOG_OK ||
        !batch_read(bytes, size, chain->validator_count, &batch) ||
        !hash_equal(&batch.digest, digest)) {
        return false;
    }
    block->payloads[block->batch_count - 1] =
        (struct payload_item){.bytes = batch.payload, .size = batch.payload_size};
    return true;
}

static bool batches_take(const struct node_chain *chain, const struct block_body *body,
                         struct node_chain_block *block)
{
    bool whole = true;
    block->payloads = must(calloc((size_t)body->batch_count + 1, sizeof *block->payloads));
    block->entries = must(calloc((size_t)body->batch_count + 1, sizeof *block->entries));
    block->batches = must(calloc((size_t)body->batch_count + 1, sizeof *block->batches));
    for (uint32_t i = 0; whole && i < body->batch_count; i++) {
        struct block_reference reference;
        block_body_reference(body, i, &reference);
        whole = batch_take(chain, &reference.digest, block);
    }
    return whole;
}

bool node_chain_read(const struct node_chain *chain, uint64_t height,
                     struct node_chain_block *block)
{
    struct block_body body;
    TALLY_ASSERT(height >= 1 && height <= chain->height);
    memset(block, 0, sizeof *block);
    if (stored_block_get(chain->store, chain->validator_count, height, &block->stored) !=
        STORE_OK) {
        return false;
    }
    const struct block *stored = &block->stored.stored.block;
    bool whole = stored_roots_get(chain->store, height, &block->roots) == STORE_OK &&
                 block_body_open(stored->body, stored->body_size, chain->validator_count, &body) &&
                 batches_take(chain, &body, block);
    if (!whole) {
        node_chain_block_free(block);
        return false;
    }
    block->certified_height = stored->header.exec_height;
    block->certified_root = stored->header.result_root;
    block->execute = (struct executor_block){.height = height,
                                             .ts_ms = stored->header.ts_ms,
                                             .payloads = block->payloads,
                                             .payload_count = block->batch_count};
    header_hash(&stored->header, &block->execute.block_id);
    return true;
}

void node_chain_block_free(struct node_chain_block *block)
{
    for (uint32_t i = 0; i < block->batch_count; i++) {
        free(block->batches[i]);
    }
    free(block->batches);
    free(block->entries);
    free(block->payloads);
    stored_block_free(&block->stored);
    memset(block, 0, sizeof *block);
}

uint32_t node_chain_envelope_bound(const struct genesis *genesis)
{
    return executor_envelope_bound(genesis->limits[GENESIS_LIMIT_LANE_BLOCK_BYTES] *
                                   genesis->validator_count);
}
