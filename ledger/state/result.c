#include "ledger/state/result.h"

enum hash_domain leaf_domain(enum leaf_kind kind)
{
    return kind == LEAF_RECEIPT ? HASH_RECEIPT : HASH_EVENT;
}

void leaf_hash(enum leaf_kind kind, const struct salt *salt, const void *bytes, size_t size,
               struct hash *out)
{
    struct hash_state state;
    hash_begin(&state, leaf_domain(kind));
    hash_add(&state, salt->bytes, SALT_SIZE);
    hash_add(&state, bytes, size);
    hash_end(&state, out);
}

void result_chain(const struct hash *previous, uint64_t height, const struct hash *block_id,
                  const struct hash *receipts_root, const struct hash *events_root,
                  const struct hash *state_root, struct hash *out)
{
    struct hash_state state;
    hash_begin(&state, HASH_RESULT);
    hash_add(&state, previous->bytes, HASH_SIZE);
    hash_add_u64(&state, height);
    hash_add(&state, block_id->bytes, HASH_SIZE);
    hash_add(&state, receipts_root->bytes, HASH_SIZE);
    hash_add(&state, events_root->bytes, HASH_SIZE);
    hash_add(&state, state_root->bytes, HASH_SIZE);
    hash_end(&state, out);
}

void state_parts_root(const struct state_parts *parts, struct hash *out)
{
    struct hash_state state;
    hash_begin(&state, HASH_STATE);
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint8_t number = (uint8_t)kind;
        hash_add(&state, &number, 1);
        hash_add_u32(&state, parts->extent[kind]);
        hash_add(&state, parts->root[kind].bytes, HASH_SIZE);
    }
    hash_end(&state, out);
}

bool leaf_proof_verify(const struct leaf_proof *proof, const struct hash *list_root)
{
    if ((proof->kind != LEAF_RECEIPT && proof->kind != LEAF_EVENT) ||
        proof->size > sizeof(proof->bytes) || proof->path_count > MERKLE_PATH_MAX) {
        return false;
    }
    struct hash leaf;
    leaf_hash((enum leaf_kind)proof->kind, &proof->salt, proof->bytes, proof->size, &leaf);
    return merkle_verify(list_root, &leaf, proof->index, proof->count, proof->path,
                         proof->path_count);
}

bool record_proof_verify(const struct record_proof *proof, const struct hash *state_root)
{
    if (proof->kind >= RECORD_KIND_COUNT || proof->size > sizeof(proof->bytes) ||
        proof->path_count > MERKLE_PATH_MAX) {
        return false;
    }
    struct hash root;
    state_parts_root(&proof->parts, &root);
    if (!hash_equal(&root, state_root)) {
        return false;
    }
    struct hash leaf;
    record_leaf(&proof->salt, (enum record_kind)proof->kind, proof->index, proof->bytes,
                proof->size, &leaf);
    return merkle_verify(&proof->parts.root[proof->kind], &leaf, proof->index,
                         proof->parts.extent[proof->kind], proof->path, proof->path_count);
}

static void path_encode(const struct hash *path, uint32_t count, struct bytes_writer *writer)
{
    bytes_write_u8(writer, (uint8_t)count);
    for (uint32_t i = 0; i < count; i++) {
        bytes_write_copy(writer, path[i].bytes, HASH_SIZE);
    }
}

static void path_decode(struct hash *path, uint32_t *count, struct bytes_reader *reader)
{
    *count = bytes_read_u8(reader);
    if (*count > MERKLE_PATH_MAX) {
        bytes_reader_fail(reader);
        *count = 0;
    }
    for (uint32_t i = 0; i < *count; i++) {
        bytes_read_copy(reader, path[i].bytes, HASH_SIZE);
    }
}

static uint32_t sized_decode(uint8_t *bytes, size_t capacity, struct bytes_reader *reader)
{
    uint32_t size = bytes_read_u16(reader);
    if (size > capacity) {
        bytes_reader_fail(reader);
        size = 0;
    }
    bytes_read_copy(reader, bytes, size);
    return size;
}

void leaf_proof_encode(const struct leaf_proof *proof, struct bytes_writer *writer)
{
    bytes_write_u8(writer, proof->kind);
    bytes_write_u32(writer, proof->index);
    bytes_write_u32(writer, proof->count);
    bytes_write_copy(writer, proof->salt.bytes, SALT_SIZE);
    bytes_write_u16(writer, (uint16_t)proof->size);
    bytes_write_copy(writer, proof->bytes, proof->size);
    path_encode(proof->path, proof->path_count, writer);
}

bool leaf_proof_decode(struct leaf_proof *proof, struct bytes_reader *reader)
{
    *proof = (struct leaf_proof){0};
    proof->kind = bytes_read_u8(reader);
    proof->index = bytes_read_u32(reader);
    proof->count = bytes_read_u32(reader);
    bytes_read_copy(reader, proof->salt.bytes, SALT_SIZE);
    proof->size = sized_decode(proof->bytes, sizeof(proof->bytes), reader);
    path_decode(proof->path, &proof->path_count, reader);
    if (proof->kind != LEAF_RECEIPT && proof->kind != LEAF_EVENT) {
        bytes_reader_fail(reader);
    }
    return !reader->failed;
}

void state_parts_encode(const struct state_parts *parts, struct bytes_writer *writer)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        bytes_write_u32(writer, parts->extent[kind]);
        bytes_write_copy(writer, parts->root[kind].bytes, HASH_SIZE);
    }
}

void state_parts_decode(struct state_parts *parts, struct bytes_reader *reader)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        parts->extent[kind] = bytes_read_u32(reader);
        bytes_read_copy(reader, parts->root[kind].bytes, HASH_SIZE);
    }
}

void record_proof_encode(const struct record_proof *proof, struct bytes_writer *writer)
{
    bytes_write_u8(writer, proof->kind);
    bytes_write_u32(writer, proof->index);
    bytes_write_copy(writer, proof->salt.bytes, SALT_SIZE);
    bytes_write_u16(writer, (uint16_t)proof->size);
    bytes_write_copy(writer, proof->bytes, proof->size);
    state_parts_encode(&proof->parts, writer);
    path_encode(proof->path, proof->path_count, writer);
}

bool record_proof_decode(struct record_proof *proof, struct bytes_reader *reader)
{
    *proof = (struct record_proof){0};
    proof->kind = bytes_read_u8(reader);
    proof->index = bytes_read_u32(reader);
    bytes_read_copy(reader, proof->salt.bytes, SALT_SIZE);
    proof->size = sized_decode(proof->bytes, sizeof(proof->bytes), reader);
    state_parts_decode(&proof->parts, reader);
    path_decode(proof->path, &proof->path_count, reader);
    if (proof->kind >= RECORD_KIND_COUNT) {
        bytes_reader_fail(reader);
    }
    return !reader->failed;
}

void leaf_proof_path(struct leaf_proof *proof, const struct hash *leaves, uint32_t count,
                     uint32_t index, struct hash *scratch)
{
    TALLY_ASSERT(index < count);
    proof->index = index;
    proof->count = count;
    merkle_list_path(leaves, count, index, scratch, proof->path, &proof->path_count);
}
