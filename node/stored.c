#include "node/stored.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "consensus/message.h"
#include "consensus/step.h"
#include "crypto/hash_many.h"
#include "ledger/command/block_output.h"
#include "node/leaf_pack.h"

enum {
    LEAVES_HEAD_SIZE = 8,
    PLACE_SIZE = 12,
    ROOTS_SIZE = 4 * 8 + 1 + 6 * HASH_SIZE + 2 * PLACE_SIZE,
    FLAG_CONTENT = 1,
    FLAG_MORE_DUE = 2
};

size_t stored_block_size(uint32_t block_size, uint32_t certificate_size)
{
    return (size_t)block_size + certificate_size + 8;
}

enum store_status stored_block_get(struct store *store, uint16_t validator_count, uint64_t height,
                                   struct stored_block_read *out)
{
    enum store_status status = store_get_block(store, height, &out->bytes);
    if (status != STORE_OK) {
        return status;
    }
    struct bytes_reader reader;
    bytes_reader_init(&reader, out->bytes.data, out->bytes.size);
    stored_block_read(&reader, validator_count, &out->stored);
    if (!bytes_reader_done(&reader) || out->stored.block.header.height != height) {
        store_bytes_free(&out->bytes);
        return STORE_CORRUPT;
    }
    return STORE_OK;
}

void stored_block_free(struct stored_block_read *block)
{
    store_bytes_free(&block->bytes);
}

/* ---- Ranges ------------------------------------------------------------------------------- */

/* Blocks collected for a RANGE, and how many of them end with a certified one. */
struct range {
    struct store_bytes blocks[MESSAGE_RANGE_BLOCKS_MAX];
    uint32_t count;
    uint32_t count_certified;
    size_t size;
};

static void range_collect(struct store *store, uint16_t validator_count, uint64_t from_height,
                          uint32_t count, struct range *range)
{
    bool full = false;
    while (!full && range->count < MESSAGE_RANGE_BLOCKS_MAX) {
        struct stored_block_read block;
        if (stored_block_get(store, validator_count, from_height + range->count, &block) !=
            STORE_OK) {
            break;
        }
        bool certified = block.stored.certificate_size > 0;
        range->size += block.bytes.size;
        range->blocks[range->count] = block.bytes;
        range->count++;
        range->count_certified = certified ? range->count : range->count_certified;
        full = certified && (range->count >= count || range->size >= CONSENSUS_RANGE_BYTES_MAX);
    }
}

bool stored_range_message(struct store *store, uint16_t validator_count, uint64_t from_height,
                          uint32_t count, uint8_t **message, size_t *size)
{
    struct range range = {.count = 0};
    range_collect(store, validator_count, from_height, count, &range);
    bool made = false;
    if (range.count_certified > 0) {
        size_t capacity = range.size + 16;
        uint8_t *bytes = malloc(capacity);
        if (bytes != NULL) {
            struct bytes_writer writer;
            bytes_writer_init(&writer, bytes, capacity);
            message_range_write(&writer, range.count_certified);
            for (uint32_t i = 0; i < range.count_certified; i++) {
                bytes_write_copy(&writer, range.blocks[i].data, range.blocks[i].size);
            }
            TALLY_ASSERT(!writer.failed);
            *message = bytes;
            *size = writer.size;
            made = true;
        }
    }
    for (uint32_t i = 0; i < range.count; i++) {
        store_bytes_free(&range.blocks[i]);
    }
    return made;
}

/* ---- Which block certifies a height -------------------------------------------------------- */

static enum store_status exec_height_of(struct store *store, uint16_t validator_count,
                                        uint64_t height, uint64_t *exec_height)
{
    struct stored_block_read block;
    enum store_status status = stored_block_get(store, validator_count, height, &block);
    if (status == STORE_OK) {
        *exec_height = block.stored.block.header.exec_height;
        stored_block_free(&block);
    }
    return status;
}

enum store_status stored_certifier(struct store *store, uint16_t validator_count, uint64_t height,
                                   uint64_t *by)
{
    uint64_t last;
    uint64_t exec_height;
    enum store_status status = store_last_height(store, &last);
    if (status != STORE_OK || last <= height) {
        return status == STORE_OK ? STORE_NOT_FOUND : status;
    }
    status = exec_height_of(store, validator_count, last, &exec_height);
    if (status != STORE_OK || exec_height < height) {
        return status == STORE_OK ? STORE_NOT_FOUND : status;
    }
    /* exec_height never falls along the chain: the answer lies in (low, high]. */
    uint64_t low = height;
    uint64_t high = last;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        status = exec_height_of(store, validator_count, middle, &exec_height);
        if (status != STORE_OK) {
            return status;
        }
        if (exec_height >= height) {
            high = middle;
        } else {
            low = middle;
        }
    }
    *by = high;
    return STORE_OK;
}

/* ---- Roots -------------------------------------------------------------------------------- */

static void place_write(struct bytes_writer *writer, const struct result_place *place)
{
    bytes_write_u64(writer, place->offset);
    bytes_write_u32(writer, place->size);
}

static void place_read(struct bytes_reader *reader, struct result_place *place)
{
    place->offset = bytes_read_u64(reader);
    place->size = bytes_read_u32(reader);
}

void stored_roots_put(struct store_batch *batch, const struct stored_roots *roots)
{
    uint8_t bytes[ROOTS_SIZE];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    bytes_write_u64(&writer, roots->height);
    bytes_write_u64(&writer, roots->ledger_ms);
    bytes_write_u64(&writer, roots->state_height);
    bytes_write_u64(&writer, roots->next_due_ms);
    bytes_write_u8(&writer, (uint8_t)((roots->has_content ? FLAG_CONTENT : 0) |
                                      (roots->more_due ? FLAG_MORE_DUE : 0)));
    bytes_write_copy(&writer, roots->block_id.bytes, HASH_SIZE);
    bytes_write_copy(&writer, roots->result.receipts_root.bytes, HASH_SIZE);
    bytes_write_copy(&writer, roots->result.events_root.bytes, HASH_SIZE);
    bytes_write_copy(&writer, roots->result.state_root.bytes, HASH_SIZE);
    bytes_write_copy(&writer, roots->result.result_root.bytes, HASH_SIZE);
    bytes_write_copy(&writer, roots->secret.bytes, HASH_SIZE);
    place_write(&writer, &roots->receipts);
    place_write(&writer, &roots->events);
    TALLY_ASSERT(!writer.failed && writer.size == sizeof bytes);
    store_put_roots(batch, roots->height, bytes, sizeof bytes);
}

enum store_status stored_roots_get(struct store *store, uint64_t height, struct stored_roots *out)
{
    struct store_bytes bytes;
    enum store_status status = store_get_roots(store, height, &bytes);
    if (status != STORE_OK) {
        return status;
    }
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes.data, bytes.size);
    out->height = bytes_read_u64(&reader);
    out->ledger_ms = bytes_read_u64(&reader);
    out->state_height = bytes_read_u64(&reader);
    out->next_due_ms = bytes_read_u64(&reader);
    uint8_t flags = bytes_read_u8(&reader);
    out->has_content = (flags & FLAG_CONTENT) != 0;
    out->more_due = (flags & FLAG_MORE_DUE) != 0;
    bytes_read_copy(&reader, out->block_id.bytes, HASH_SIZE);
    bytes_read_copy(&reader, out->result.receipts_root.bytes, HASH_SIZE);
    bytes_read_copy(&reader, out->result.events_root.bytes, HASH_SIZE);
    bytes_read_copy(&reader, out->result.state_root.bytes, HASH_SIZE);
    bytes_read_copy(&reader, out->result.result_root.bytes, HASH_SIZE);
    bytes_read_copy(&reader, out->secret.bytes, HASH_SIZE);
    place_read(&reader, &out->receipts);
    place_read(&reader, &out->events);
    bool good = bytes_reader_done(&reader) && out->height == height;
    store_bytes_free(&bytes);
    return good ? STORE_OK : STORE_CORRUPT;
}

/* ---- Leaves ------------------------------------------------------------------------------- */

/* The content of a piece of results; returns its size. */
static size_t leaves_encode(const struct ledger_leaf *leaves, uint32_t count, uint8_t *bytes)
{
    struct leaf_models models = {.last = {NULL, 0}};
    size_t leaf_bytes = 0;
    size_t size = LEAVES_HEAD_SIZE;
    for (uint32_t i = 0; i < count; i++) {
        size += leaf_pack(&models, leaves[i].bytes, leaves[i].size, bytes + size);
        leaf_bytes += leaves[i].size;
    }
    TALLY_ASSERT(size <= UINT32_MAX && leaf_bytes <= UINT32_MAX);
    bytes_put_u32(bytes, count);
    bytes_put_u32(bytes + 4, (uint32_t)leaf_bytes);
    return size;
}

enum store_status stored_leaves_append(struct store *store, uint64_t height,
                                       const struct ledger_leaf *leaves, uint32_t count,
                                       struct result_place *place)
{
    *place = (struct result_place){.size = 0};
    if (count == 0) {
        return STORE_OK;
    }
    size_t capacity = LEAVES_HEAD_SIZE;
    for (uint32_t i = 0; i < count; i++) {
        capacity += leaf_pack_bound(leaves[i].size);
    }
    uint8_t *bytes = store_results_room(store, capacity);
    if (bytes == NULL) {
        return STORE_MEMORY;
    }
    size_t size = leaves_encode(leaves, count, bytes);
    TALLY_ASSERT(size <= capacity);
    return store_append_results(store, height, bytes, (uint32_t)size, place);
}

/* Reads the leaves, each with room for its salt before it. */
static bool leaves_read(struct stored_leaves *out, struct bytes_reader *reader, size_t leaf_bytes)
{
    struct leaf_models models = {.last = {NULL, 0}};
    uint8_t *place = out->bytes;
    for (uint32_t i = 0; i < out->count; i++) {
        uint16_t size;
        place += SALT_SIZE;
        if (!leaf_unpack(&models, reader, place, leaf_bytes, &size)) {
            return false;
        }
        out->leaves[i].bytes = place;
        out->leaves[i].size = size;
        place += size;
        leaf_bytes -= size;
    }
    return bytes_reader_done(reader) && leaf_bytes == 0;
}

static enum store_status leaves_decode(struct stored_leaves *out, const struct store_bytes *stored)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, stored->data, stored->size);
    uint32_t count = bytes_read_u32(&reader);
    uint32_t leaf_bytes = bytes_read_u32(&reader);
    if (reader.failed || count == 0 || count > stored->size ||
        leaf_bytes / LEAF_PACK_RATIO_MAX > stored->size) {
        return STORE_CORRUPT;
    }
    out->leaves = calloc(count, sizeof *out->leaves);
    out->bytes = malloc(leaf_bytes + (size_t)count * SALT_SIZE);
    if (out->leaves == NULL || out->bytes == NULL) {
        return STORE_MEMORY;
    }
    out->count = count;
    return leaves_read(out, &reader, leaf_bytes) ? STORE_OK : STORE_CORRUPT;
}

enum store_status stored_leaves_get(struct store *store, enum leaf_kind kind, uint64_t height,
                                    struct stored_leaves *out)
{
    *out = (struct stored_leaves){.count = 0};
    struct stored_roots roots;
    enum store_status status = stored_roots_get(store, height, &roots);
    if (status != STORE_OK) {
        return status;
    }
    leaf_salts_begin(&out->salts, &roots.secret, height, kind);
    const struct result_place *place = kind == LEAF_RECEIPT ? &roots.receipts : &roots.events;
    if (place->size == 0) {
        return STORE_OK;
    }
    struct store_bytes stored;
    status = store_get_results(store, height, place, &stored);
    if (status == STORE_OK) {
        status = leaves_decode(out, &stored);
        store_bytes_free(&stored);
    }
    if (status != STORE_OK) {
        stored_leaves_free(out);
    }
    return status;
}

void stored_leaves_hash(struct stored_leaves *leaves)
{
    for (uint32_t first = 0; first < leaves->count; first += HASH_MANY) {
        uint32_t left = leaves->count - first;
        leaves_hash(&leaves->salts, first, left < HASH_MANY ? left : HASH_MANY, leaves->bytes,
                    &leaves->leaves[first]);
    }
}

void stored_leaves_free(struct stored_leaves *leaves)
{
    free(leaves->leaves);
    free(leaves->bytes);
    leaves->leaves = NULL;
    leaves->bytes = NULL;
    leaves->count = 0;
}
