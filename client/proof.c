#include "client/proof.h"

#include <string.h>

#include "base/bytes.h"
#include "consensus/certificate.h"
#include "consensus/quorum.h"

STATUS_DEFINE(proof_result, PROOF_RESULT_LIST)

_Static_assert(PROOF_LEAF_BYTES_MAX > RECORD_BYTES_MAX + 64u * sizeof(struct hash),
               "the longest record with its path and the roots of all kinds fits a leaf");
_Static_assert(GENESIS_VALIDATORS_MAX == CONSENSUS_VALIDATORS_MAX, "one bound for validators");

static void hash_write(struct bytes_writer *writer, const struct hash *hash)
{
    bytes_write_copy(writer, hash->bytes, sizeof hash->bytes);
}

static void hash_read(struct bytes_reader *reader, struct hash *out)
{
    bytes_read_copy(reader, out->bytes, sizeof out->bytes);
}

static void anchor_write(struct bytes_writer *writer, const struct proof_anchor *anchor)
{
    bytes_write_u8(writer, PROOF_VERSION);
    bytes_write_u64(writer, anchor->height);
    hash_write(writer, &anchor->previous_root);
    bytes_write_u16(writer, anchor->step_count);
    for (uint16_t i = 0; i < anchor->step_count; i++) {
        hash_write(writer, &anchor->steps[i].block_id);
        hash_write(writer, &anchor->steps[i].receipts_root);
        hash_write(writer, &anchor->steps[i].events_root);
        hash_write(writer, &anchor->steps[i].state_root);
    }
    header_write(writer, &anchor->block_header);
    header_write(writer, &anchor->certified_header);
    bytes_write_u32(writer, anchor->certificate_size);
    bytes_write_copy(writer, anchor->certificate, anchor->certificate_size);
}

static bool anchor_bounded(const struct proof_anchor *anchor)
{
    return anchor->height > 0 && anchor->step_count > 0 && anchor->step_count <= PROOF_STEPS_MAX &&
           anchor->certificate_size <= CERTIFICATE_SIZE_MAX;
}

static void anchor_read(struct bytes_reader *reader, struct proof_anchor *out)
{
    memset(out, 0, sizeof *out);
    if (bytes_read_u8(reader) != PROOF_VERSION) {
        bytes_reader_fail(reader);
    }
    out->height = bytes_read_u64(reader);
    hash_read(reader, &out->previous_root);
    out->step_count = bytes_read_u16(reader);
    if (out->step_count > PROOF_STEPS_MAX) {
        bytes_reader_fail(reader);
        out->step_count = 0;
    }
    for (uint16_t i = 0; i < out->step_count; i++) {
        hash_read(reader, &out->steps[i].block_id);
        hash_read(reader, &out->steps[i].receipts_root);
        hash_read(reader, &out->steps[i].events_root);
        hash_read(reader, &out->steps[i].state_root);
    }
    header_read(reader, &out->block_header);
    header_read(reader, &out->certified_header);
    out->certificate_size = bytes_read_u32(reader);
    out->certificate = bytes_read_view(reader, out->certificate_size);
    if (!anchor_bounded(out)) {
        bytes_reader_fail(reader);
    }
}

static void leaf_write(struct bytes_writer *writer, const struct proof_leaf *leaf)
{
    bytes_write_u8(writer, (uint8_t)leaf->tree);
    if (leaf->tree == PROOF_RECORD) {
        record_proof_encode(&leaf->record, writer);
    } else {
        leaf_proof_encode(&leaf->leaf, writer);
    }
}

/* Is the tree's number one of ours, and that of the ledger's encoding inside? */
static bool leaf_bounded(const struct proof_leaf *leaf)
{
    switch (leaf->tree) {
    case PROOF_RECEIPT:
        return leaf->leaf.kind == LEAF_RECEIPT;
    case PROOF_EVENT:
        return leaf->leaf.kind == LEAF_EVENT;
    case PROOF_RECORD:
        return true;
    }
    return false;
}

static void leaf_read(struct bytes_reader *reader, struct proof_leaf *out)
{
    bool decoded = false;

    memset(out, 0, sizeof *out);
    out->tree = (enum proof_tree)bytes_read_u8(reader);
    if (out->tree == PROOF_RECORD) {
        decoded = record_proof_decode(&out->record, reader);
    } else if (out->tree == PROOF_RECEIPT || out->tree == PROOF_EVENT) {
        decoded = leaf_proof_decode(&out->leaf, reader);
    }
    if (!decoded || !leaf_bounded(out)) {
        bytes_reader_fail(reader);
    }
}

size_t proof_anchor_encode(const struct proof_anchor *anchor, void *out, size_t capacity)
{
    struct bytes_writer writer;

    if (!anchor_bounded(anchor)) {
        return 0;
    }
    bytes_writer_init(&writer, out, capacity);
    anchor_write(&writer, anchor);
    return bytes_writer_ok(&writer) ? writer.size : 0;
}

size_t proof_leaf_encode(const struct proof_leaf *leaf, void *out, size_t capacity)
{
    struct bytes_writer writer;

    if (!leaf_bounded(leaf)) {
        return 0;
    }
    bytes_writer_init(&writer, out, capacity);
    leaf_write(&writer, leaf);
    return bytes_writer_ok(&writer) ? writer.size : 0;
}

size_t proof_encode(const struct proof *proof, void *out, size_t capacity)
{
    struct bytes_writer writer;
    uint8_t *size_field;
    size_t start;

    if (!anchor_bounded(&proof->anchor) || proof->leaf_count == 0 ||
        proof->leaf_count > PROOF_LEAVES_MAX) {
        return 0;
    }
    bytes_writer_init(&writer, out, capacity < PROOF_BYTES_MAX ? capacity : PROOF_BYTES_MAX);
    size_field = bytes_write_reserve(&writer, 4);
    start = writer.size;
    anchor_write(&writer, &proof->anchor);
    if (!bytes_writer_ok(&writer)) {
        return 0;
    }
    bytes_put_u32(size_field, (uint32_t)(writer.size - start));
    bytes_write_u8(&writer, proof->leaf_count);
    for (uint8_t i = 0; i < proof->leaf_count; i++) {
        size_field = bytes_write_reserve(&writer, 4);
        start = writer.size;
        leaf_write(&writer, &proof->leaves[i]);
        if (!bytes_writer_ok(&writer) || !leaf_bounded(&proof->leaves[i])) {
            return 0;
        }
        bytes_put_u32(size_field, (uint32_t)(writer.size - start));
    }
    return writer.size;
}

bool proof_anchor_decode(const void *data, size_t size, struct proof_anchor *out)
{
    struct bytes_reader reader;

    bytes_reader_init(&reader, data, size);
    anchor_read(&reader, out);
    return bytes_reader_done(&reader);
}

bool proof_leaf_decode(const void *data, size_t size, struct proof_leaf *out)
{
    struct bytes_reader reader;

    bytes_reader_init(&reader, data, size);
    leaf_read(&reader, out);
    return bytes_reader_done(&reader);
}

bool proof_decode(const void *data, size_t size, struct proof *out)
{
    struct bytes_reader reader;
    const uint8_t *part;
    uint32_t part_size;

    memset(out, 0, sizeof *out);
    if (size > PROOF_BYTES_MAX) {
        return false;
    }
    bytes_reader_init(&reader, data, size);
    part_size = bytes_read_u32(&reader);
    part = bytes_read_view(&reader, part_size);
    if (part == NULL || !proof_anchor_decode(part, part_size, &out->anchor)) {
        return false;
    }
    out->leaf_count = bytes_read_u8(&reader);
    if (out->leaf_count == 0 || out->leaf_count > PROOF_LEAVES_MAX) {
        return false;
    }
    for (uint8_t i = 0; i < out->leaf_count; i++) {
        part_size = bytes_read_u32(&reader);
        part = bytes_read_view(&reader, part_size);
        if (part == NULL || !proof_leaf_decode(part, part_size, &out->leaves[i])) {
            return false;
        }
    }
    return bytes_reader_done(&reader);
}

/* Does the certificate prove that a quorum of the genesis's validators signed this header? */
static enum proof_result certificate_check(const struct proof_anchor *anchor,
                                           const struct genesis *genesis)
{
    struct public_key validators[GENESIS_VALIDATORS_MAX];
    const struct header *header = &anchor->certified_header;
    struct certificate certificate;
    struct bytes_reader reader;
    struct hash header_id;

    bytes_reader_init(&reader, anchor->certificate, anchor->certificate_size);
    certificate_read(&reader, genesis->validator_count, &certificate);
    if (!bytes_reader_done(&reader)) {
        return PROOF_CERTIFICATE_MALFORMED;
    }
    header_hash(header, &header_id);
    if (certificate.kind == CERTIFICATE_NULLIFICATION || certificate.epoch != header->epoch ||
        certificate.view != header->view || !hash_equal(&certificate.hash, &header_id)) {
        return PROOF_CERTIFICATE_MISMATCH;
    }
    for (uint16_t i = 0; i < genesis->validator_count; i++) {
        validators[i] = genesis->validators[i].signing;
    }
    return certificate_verify(&certificate, &genesis->chain_id, validators,
                              genesis->validator_count)
               ? PROOF_VALID
               : PROOF_CERTIFICATE_INVALID;
}

enum proof_result proof_anchor_verify(const struct proof_anchor *anchor,
                                      const struct genesis *genesis, struct proof_facts *facts)
{
    struct hash root = anchor->previous_root;
    struct hash block_id;
    enum proof_result result;

    TALLY_ASSERT(genesis->validator_count > 0);
    TALLY_ASSERT(anchor_bounded(anchor));
    *facts = (struct proof_facts){
        .height = anchor->height,
        .ledger_ms = anchor->block_header.ts_ms,
        .block_id = anchor->steps[0].block_id,
        .certified_height = anchor->certified_header.height,
        .epoch = anchor->certified_header.epoch,
        .quorum = genesis_quorum(genesis),
        .validator_count = genesis->validator_count,
    };
    header_hash(&anchor->block_header, &block_id);
    if (anchor->block_header.height != anchor->height ||
        !hash_equal(&block_id, &anchor->steps[0].block_id)) {
        return PROOF_HEADER_MISMATCH;
    }
    for (uint16_t i = 0; i < anchor->step_count; i++) {
        const struct proof_step *step = &anchor->steps[i];
        struct hash next;
        result_chain(&root, anchor->height + i, &step->block_id, &step->receipts_root,
                     &step->events_root, &step->state_root, &next);
        root = next;
    }
    facts->result_root = root;
    if (anchor->certified_header.exec_height != anchor->height + anchor->step_count - 1u ||
        !hash_equal(&root, &anchor->certified_header.result_root)) {
        return PROOF_RESULT_MISMATCH;
    }
    result = certificate_check(anchor, genesis);
    if (result == PROOF_VALID) {
        facts->signer_count = facts->quorum; /* a certificate holds exactly a quorum */
    }
    return result;
}

enum proof_result proof_leaf_verify(const struct proof_leaf *leaf,
                                    const struct proof_anchor *anchor)
{
    const struct proof_step *step = &anchor->steps[0];
    bool leads = false;

    TALLY_ASSERT(anchor->step_count > 0);
    switch (leaf->tree) {
    case PROOF_RECEIPT:
        leads = leaf_proof_verify(&leaf->leaf, &step->receipts_root);
        break;
    case PROOF_EVENT:
        leads = leaf_proof_verify(&leaf->leaf, &step->events_root);
        break;
    case PROOF_RECORD:
        leads = record_proof_verify(&leaf->record, &step->state_root);
        break;
    }
    return leads ? PROOF_VALID : PROOF_PATH_BROKEN;
}

enum proof_result proof_verify(const struct proof *proof, const struct genesis *genesis,
                               struct proof_facts *facts)
{
    enum proof_result result = proof_anchor_verify(&proof->anchor, genesis, facts);

    TALLY_ASSERT(proof->leaf_count > 0 && proof->leaf_count <= PROOF_LEAVES_MAX);
    for (uint8_t i = 0; i < proof->leaf_count && result == PROOF_VALID; i++) {
        result = proof_leaf_verify(&proof->leaves[i], &proof->anchor);
    }
    return result;
}
