#include "tests/support/consensus/checker.h"

#include "base/assert.h"
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A table from hash to a number, grown at will: this is a test, memory comes from malloc. */
struct hash_index {
    struct hash *keys;
    uint32_t *values; /* number + 1, 0 when free */
    uint32_t capacity;
    uint32_t count;
};

struct known_block {
    struct checker_block block;
    bool result_known;
    struct hash result; /* of executing this block after its ancestors */
};

struct known_view {
    uint32_t made_nullify; /* whose journal has it, for E4 */
    uint32_t notarize;     /* who cast any, for E1, E2 and E3 */
    uint32_t nullify;
    uint32_t finalize;
    struct {
        struct hash hash;
        uint32_t notarize; /* in whose journal it is for certain */
        uint32_t finalize;
        uint32_t left; /* whose NOTARIZE left its host */
    } blocks[CHECKER_BLOCKS_PER_VIEW];
    uint32_t blocks_count;
};

struct known_batch {
    uint32_t holders; /* bit set of honest members whose disk has it for certain */
    uint32_t author;
    uint64_t lane_seq; /* 0: nobody signed it yet */
    bool ordered;
};

struct checker {
    uint32_t nodes_count;
    uint32_t byzantine_count;
    uint32_t quorum;
    uint32_t lane_quota_batches;
    struct known_block *blocks;
    uint32_t blocks_count;
    uint32_t blocks_capacity;
    struct hash_index block_index;
    struct known_batch *batches;
    uint32_t batches_count;
    uint32_t batches_capacity;
    struct hash_index batch_index;
    struct known_view *views;
    uint64_t views_count;
    uint64_t view_made[CLUSTER_NODES_MAX]; /* of the last NOTARIZE or NULLIFY, for E6 */
    uint32_t *final;                       /* block number by height; height 0 unused */
    uint64_t final_height;
    uint64_t final_capacity;
    uint64_t ordered_count;
    char text[CHECKER_TEXT_SIZE];
};

/* ------------------------------------------------------------------------- tables */

static uint32_t index_slot(const struct hash_index *index, const struct hash *hash)
{
    uint32_t slot = bytes_get_u32(hash->bytes) & (index->capacity - 1);
    while (index->values[slot] != 0 &&
           memcmp(index->keys[slot].bytes, hash->bytes, sizeof hash->bytes) != 0) {
        slot = (slot + 1) & (index->capacity - 1);
    }
    return slot;
}

static void index_init(struct hash_index *index, uint32_t capacity)
{
    index->capacity = capacity;
    index->count = 0;
    index->keys = calloc(capacity, sizeof *index->keys);
    index->values = calloc(capacity, sizeof *index->values);
    TALLY_ASSERT(index->keys != NULL && index->values != NULL);
}

static void index_free(struct hash_index *index)
{
    free(index->keys);
    free(index->values);
}

static void index_put(struct hash_index *index, const struct hash *hash, uint32_t number)
{
    if (2 * (index->count + 1) > index->capacity) {
        struct hash_index larger;
        index_init(&larger, index->capacity * 2);
        for (uint32_t slot = 0; slot < index->capacity; slot++) {
            if (index->values[slot] != 0) {
                index_put(&larger, &index->keys[slot], index->values[slot] - 1);
            }
        }
        index_free(index);
        *index = larger;
    }
    uint32_t slot = index_slot(index, hash);
    TALLY_ASSERT(index->values[slot] == 0);
    index->keys[slot] = *hash;
    index->values[slot] = number + 1;
    index->count++;
}

static struct known_block *block_find(const struct checker *checker, const struct hash *hash)
{
    uint32_t value = checker->block_index.values[index_slot(&checker->block_index, hash)];
    return value == 0 ? NULL : &checker->blocks[value - 1];
}

static void *array_grown(void *array, uint32_t *capacity, size_t item_size)
{
    *capacity *= 2;
    array = realloc(array, *capacity * item_size);
    TALLY_ASSERT(array != NULL);
    return array;
}

static struct known_batch *batch_of(struct checker *checker, const struct hash *digest)
{
    uint32_t value = checker->batch_index.values[index_slot(&checker->batch_index, digest)];
    if (value == 0) {
        if (checker->batches_count == checker->batches_capacity) {
            checker->batches =
                array_grown(checker->batches, &checker->batches_capacity, sizeof *checker->batches);
        }
        memset(&checker->batches[checker->batches_count], 0, sizeof *checker->batches);
        index_put(&checker->batch_index, digest, checker->batches_count);
        value = ++checker->batches_count;
    }
    return &checker->batches[value - 1];
}

static struct known_view *view_of(struct checker *checker, uint64_t view)
{
    TALLY_ASSERT(view < UINT64_C(1) << 24); /* an honest member never gets that far in a test */
    if (view >= checker->views_count) {
        uint64_t count = checker->views_count;
        while (count <= view) {
            count *= 2;
        }
        checker->views = realloc(checker->views, count * sizeof *checker->views);
        TALLY_ASSERT(checker->views != NULL);
        memset(checker->views + checker->views_count, 0,
               (count - checker->views_count) * sizeof *checker->views);
        checker->views_count = count;
    }
    return &checker->views[view];
}

/* --------------------------------------------------------------------- life, text */

struct checker *checker_new(uint32_t nodes_count, uint32_t byzantine_count,
                            uint32_t lane_quota_batches)
{
    struct checker *checker = calloc(1, sizeof *checker);
    TALLY_ASSERT(checker != NULL);
    checker->nodes_count = nodes_count;
    checker->byzantine_count = byzantine_count;
    checker->quorum = cluster_quorum(nodes_count);
    checker->lane_quota_batches = lane_quota_batches;
    checker->blocks_capacity = 64;
    checker->blocks = calloc(checker->blocks_capacity, sizeof *checker->blocks);
    checker->batches_capacity = 64;
    checker->batches = calloc(checker->batches_capacity, sizeof *checker->batches);
    checker->views_count = 128;
    checker->views = calloc(checker->views_count, sizeof *checker->views);
    checker->final_capacity = 64;
    checker->final = calloc(checker->final_capacity, sizeof *checker->final);
    TALLY_ASSERT(checker->blocks != NULL && checker->batches != NULL);
    TALLY_ASSERT(checker->views != NULL && checker->final != NULL);
    index_init(&checker->block_index, 256);
    index_init(&checker->batch_index, 256);
    return checker;
}

void checker_free(struct checker *checker)
{
    index_free(&checker->block_index);
    index_free(&checker->batch_index);
    free(checker->blocks);
    free(checker->batches);
    free(checker->views);
    free(checker->final);
    free(checker);
}

void checker_fail(struct checker *checker, const char *format, ...)
{
    if (checker->text[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(checker->text, sizeof checker->text, format, arguments);
        va_end(arguments);
    }
}

const char *checker_violation(const struct checker *checker)
{
    return checker->text[0] == '\0' ? NULL : checker->text;
}

uint64_t checker_final_height(const struct checker *checker)
{
    return checker->final_height;
}

uint64_t checker_ordered_count(const struct checker *checker)
{
    return checker->ordered_count;
}

bool checker_batch_ordered(const struct checker *checker, const struct hash *digest)
{
    uint32_t value = checker->batch_index.values[index_slot(&checker->batch_index, digest)];
    return value != 0 && checker->batches[value - 1].ordered;
}

/* --------------------------------------------------------------- what exists, who holds */

static void hash_read(struct bytes_reader *reader, struct hash *hash)
{
    bytes_read_copy(reader, hash->bytes, sizeof hash->bytes);
}

/* Offsets as in consensus/header.h: 215 bytes, all integers little-endian. */
static void read_header(struct bytes_reader *reader, struct checker_block *block)
{
    enum {
        HEADER_BYTES = 215
    };
    struct hash ignored;
    const uint8_t *start = bytes_read_view(reader, HEADER_BYTES);
    if (start == NULL) {
        return;
    }
    struct bytes_reader header;
    bytes_reader_init(&header, start, HEADER_BYTES);
    hash_compute(&block->hash, HASH_HEADER, start, HEADER_BYTES);
    (void)bytes_read_u64(&header); /* epoch: there is one in these tests */
    block->view = bytes_read_u64(&header);
    block->height = bytes_read_u64(&header);
    block->parent_view = bytes_read_u64(&header);
    hash_read(&header, &block->parent_hash);
    block->ts_ms = bytes_read_u64(&header);
    hash_read(&header, &block->body_root);
    block->references_count = bytes_read_u32(&header);
    block->exec_height = bytes_read_u64(&header);
    hash_read(&header, &block->result_root);
    (void)bytes_read_u8(&header); /* epoch flags */
    hash_read(&header, &ignored); /* next set */
    hash_read(&header, &ignored); /* justification */
    block->proposer = bytes_read_u16(&header);
    TALLY_ASSERT(bytes_reader_done(&header));
}

static void read_body(struct bytes_reader *reader, uint32_t nodes_count,
                      struct checker_block *block)
{
    uint32_t count = bytes_read_u32(reader);
    if (count != block->references_count || count > CHECKER_REFERENCES_MAX) {
        bytes_reader_fail(reader);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        block->references[i].lane = bytes_read_u16(reader);
        hash_read(reader, &block->references[i].digest);
        if (block->references[i].lane >= nodes_count) {
            bytes_reader_fail(reader);
        }
    }
    for (uint32_t lane = 0; lane < nodes_count; lane++) {
        block->cut[lane] = bytes_read_u64(reader);
    }
}

bool checker_block_read(const uint8_t *bytes, size_t size, uint32_t nodes_count,
                        struct checker_block *block)
{
    struct bytes_reader reader;
    struct bytes_reader body;
    struct hash root;
    memset(block, 0, sizeof *block);
    bytes_reader_init(&reader, bytes, size);
    read_header(&reader, block);
    (void)bytes_read_view(&reader, bytes_read_u32(&reader)); /* justification */
    uint32_t body_size = bytes_read_u32(&reader);
    const uint8_t *body_bytes = bytes_read_view(&reader, body_size);
    if (body_bytes == NULL || !bytes_reader_done(&reader)) {
        return false;
    }
    bytes_reader_init(&body, body_bytes, body_size);
    read_body(&body, nodes_count, block);
    hash_compute(&root, HASH_BODY, body_bytes, body_size);
    return bytes_reader_done(&body) && memcmp(&root, &block->body_root, sizeof root) == 0;
}

void checker_learn(struct checker *checker, const struct checker_block *block)
{
    if (block_find(checker, &block->hash) != NULL) {
        return;
    }
    if (checker->blocks_count == checker->blocks_capacity) {
        checker->blocks =
            array_grown(checker->blocks, &checker->blocks_capacity, sizeof *checker->blocks);
    }
    struct known_block *known = &checker->blocks[checker->blocks_count];
    memset(known, 0, sizeof *known);
    known->block = *block;
    index_put(&checker->block_index, &block->hash, checker->blocks_count++);
}

const struct checker_block *checker_find(const struct checker *checker, const struct hash *hash)
{
    const struct known_block *known = block_find(checker, hash);
    return known == NULL ? NULL : &known->block;
}

void checker_batch_signed(struct checker *checker, uint32_t author, uint64_t lane_seq,
                          const struct hash *digest)
{
    struct known_batch *batch = batch_of(checker, digest);
    TALLY_ASSERT(batch->lane_seq == 0 || batch->lane_seq == lane_seq);
    batch->author = author;
    batch->lane_seq = lane_seq;
}

void checker_batch_durable(struct checker *checker, uint32_t node, const struct hash *digest)
{
    batch_of(checker, digest)->holders |= 1u << node;
}

void checker_batch_lost(struct checker *checker, uint32_t node, const struct hash *digest)
{
    batch_of(checker, digest)->holders &= ~(1u << node);
}

/* ------------------------------------------------------------------------ reached */

static bool reached(const struct checker *checker, uint32_t honest)
{
    return (uint32_t)__builtin_popcount(honest) + checker->byzantine_count >= checker->quorum;
}

/* What an honest vote in this view was for, by block hash. */
static uint32_t place_in_view(struct checker *checker, struct known_view *view,
                              const struct hash *hash)
{
    uint32_t place = 0;
    while (place < view->blocks_count &&
           memcmp(&view->blocks[place].hash, hash, sizeof *hash) != 0) {
        place++;
    }
    if (place == view->blocks_count) {
        if (place == CHECKER_BLOCKS_PER_VIEW) {
            checker_fail(checker, "honest members voted for more than %d blocks of one view",
                         CHECKER_BLOCKS_PER_VIEW);
            return 0;
        }
        view->blocks[place].hash = *hash;
        view->blocks_count++;
    }
    return place;
}

static bool notarization_reached(struct checker *checker, uint64_t view, const struct hash *hash)
{
    struct known_view *known = view_of(checker, view);
    for (uint32_t place = 0; place < known->blocks_count; place++) {
        if (memcmp(&known->blocks[place].hash, hash, sizeof *hash) == 0) {
            return reached(checker, known->blocks[place].notarize);
        }
    }
    return false;
}

/* -------------------------------------------------------------------- block rules */

void checker_result(const struct hash *previous, uint64_t height, const struct hash *block,
                    struct hash *result)
{
    for (size_t i = 0; i < sizeof result->bytes; i++) {
        unsigned mixed = previous->bytes[(i + 1) % 32] * 31u + block->bytes[i] * 7u;
        result->bytes[i] = (uint8_t)(mixed + (unsigned)(height >> (8 * (i % 8))) + i + 1u);
    }
}

/* The chained result of a block, by its ancestors; false when one of them was never seen. */
static bool result_of(struct checker *checker, const struct hash *hash, struct hash *result)
{
    struct known_block *known = block_find(checker, hash);
    if (known == NULL) {
        return false;
    }
    if (!known->result_known) {
        struct hash previous;
        memset(&previous, 0, sizeof previous);
        if (known->block.height > 1 && !result_of(checker, &known->block.parent_hash, &previous)) {
            return false;
        }
        checker_result(&previous, known->block.height, hash, &known->result);
        known->result_known = true;
    }
    *result = known->result;
    return true;
}

static void check_result(struct checker *checker, uint32_t signer,
                         const struct checker_block *block)
{
    const struct checker_block *at = block;
    struct hash expected;
    if (block->exec_height == 0) {
        return;
    }
    if (block->exec_height >= block->height) {
        checker_fail(checker, "node %u notarised height %llu, which names results of height %llu",
                     signer, (unsigned long long)block->height,
                     (unsigned long long)block->exec_height);
        return;
    }
    while (at != NULL && at->height > block->exec_height) {
        at = checker_find(checker, &at->parent_hash);
    }
    if (at == NULL || !result_of(checker, &at->hash, &expected) ||
        memcmp(&expected, &block->result_root, sizeof expected) != 0) {
        checker_fail(checker, "node %u notarised a wrong result of height %llu, view %llu", signer,
                     (unsigned long long)block->exec_height, (unsigned long long)block->view);
    }
}

/*
 * References are grouped by lane, beginning with lane view % n. Within a lane they continue the
 * parent's cut without a gap, within the quota, and end at the cut that the body states.
 */
static void check_cut(struct checker *checker, uint32_t signer, const struct checker_block *block,
                      const struct checker_block *parent)
{
    uint64_t cut[CLUSTER_NODES_MAX] = {0};
    uint32_t taken[CLUSTER_NODES_MAX] = {0};
    uint32_t place = 0; /* of the lane in the order of this view */
    if (parent != NULL) {
        memcpy(cut, parent->cut, sizeof cut);
    }
    for (uint32_t i = 0; i < block->references_count; i++) {
        const struct checker_reference *reference = &block->references[i];
        const struct known_batch *batch = batch_of(checker, &reference->digest);
        uint32_t lane = reference->lane;
        uint32_t first = (uint32_t)(block->view % checker->nodes_count);
        uint32_t place_of_lane = (lane + checker->nodes_count - first) % checker->nodes_count;
        cut[lane]++;
        taken[lane]++;
        if (place_of_lane < place || batch->author != lane || batch->lane_seq != cut[lane] ||
            taken[lane] > checker->lane_quota_batches) {
            checker_fail(checker, "node %u notarised view %llu: batch %u.%llu has no place there",
                         signer, (unsigned long long)block->view, lane,
                         (unsigned long long)cut[lane]);
        }
        place = place_of_lane;
    }
    if (memcmp(cut, block->cut, sizeof cut) != 0) {
        checker_fail(checker, "node %u notarised view %llu: the cut is not what the references say",
                     signer, (unsigned long long)block->view);
    }
}

static void check_parent(struct checker *checker, uint32_t signer,
                         const struct checker_block *block)
{
    const struct checker_block *parent = NULL;
    if (block->parent_view != 0) {
        parent = checker_find(checker, &block->parent_hash);
        if (parent == NULL || parent->view != block->parent_view) {
            checker_fail(checker, "node %u notarised view %llu over a parent nobody proposed",
                         signer, (unsigned long long)block->view);
            return;
        }
        if (!notarization_reached(checker, block->parent_view, &block->parent_hash)) {
            checker_fail(checker, "node %u notarised view %llu over view %llu, not notarised",
                         signer, (unsigned long long)block->view,
                         (unsigned long long)block->parent_view);
        }
    }
    for (uint64_t view = block->parent_view + 1; view < block->view; view++) {
        if (!reached(checker, view_of(checker, view)->nullify)) {
            checker_fail(checker, "node %u notarised view %llu skipping view %llu, not nullified",
                         signer, (unsigned long long)block->view, (unsigned long long)view);
        }
    }
    if (block->height != (parent == NULL ? 1 : parent->height + 1) ||
        block->ts_ms <= (parent == NULL ? 0 : parent->ts_ms) ||
        block->exec_height < (parent == NULL ? 0 : parent->exec_height)) {
        checker_fail(checker, "node %u notarised view %llu: height, time or results go backwards",
                     signer, (unsigned long long)block->view);
    }
    check_cut(checker, signer, block, parent);
}

static void check_batches(struct checker *checker, uint32_t signer,
                          const struct checker_block *block, uint32_t honest_voters)
{
    for (uint32_t i = 0; i < block->references_count; i++) {
        uint32_t holders = batch_of(checker, &block->references[i].digest)->holders;
        uint32_t needed = cluster_faulty_max(checker->nodes_count) + 1;
        if ((holders & (1u << signer)) == 0) {
            checker_fail(checker,
                         "node %u notarised view %llu without a batch of lane %u on its disk",
                         signer, (unsigned long long)block->view, block->references[i].lane);
        } else if (reached(checker, honest_voters) &&
                   (uint32_t)__builtin_popcount(holders) < needed) {
            checker_fail(checker, "view %llu notarised, but fewer than f+1 hold a batch of lane %u",
                         (unsigned long long)block->view, block->references[i].lane);
        }
    }
}

/* -------------------------------------------------------------------------- votes */

static void vote_notarize(struct checker *checker, uint32_t signer, struct known_view *view,
                          uint64_t number, const struct hash *hash)
{
    uint32_t bit = 1u << signer;
    uint32_t place = place_in_view(checker, view, hash);
    if ((view->blocks[place].notarize & bit) != 0) {
        return; /* known */
    }
    if ((view->notarize & bit) != 0) {
        checker_fail(checker, "E1: node %u notarised two blocks of view %llu", signer,
                     (unsigned long long)number);
    }
    view->notarize |= bit;
    view->blocks[place].notarize |= bit;
    const struct checker_block *block = checker_find(checker, hash);
    if (block == NULL || block->view != number) {
        checker_fail(checker, "node %u notarised a block of view %llu that nobody proposed", signer,
                     (unsigned long long)number);
        return;
    }
    check_parent(checker, signer, block);
    check_result(checker, signer, block);
}

static void vote_nullify(struct checker *checker, uint32_t signer, struct known_view *view,
                         uint64_t number)
{
    uint32_t bit = 1u << signer;
    if ((view->nullify & bit) != 0) {
        return;
    }
    if ((view->finalize & bit) != 0) {
        checker_fail(checker, "E3: node %u nullified view %llu after finalising it", signer,
                     (unsigned long long)number);
    }
    view->nullify |= bit;
}

static void vote_finalize(struct checker *checker, uint32_t signer, struct known_view *view,
                          uint64_t number, const struct hash *hash)
{
    uint32_t bit = 1u << signer;
    uint32_t place = place_in_view(checker, view, hash);
    if ((view->blocks[place].finalize & bit) != 0) {
        return;
    }
    if ((view->finalize & bit) != 0) {
        checker_fail(checker, "E2: node %u finalised two blocks of view %llu", signer,
                     (unsigned long long)number);
    }
    if ((view->nullify & bit) != 0) {
        checker_fail(checker, "E3: node %u finalised view %llu after nullifying it", signer,
                     (unsigned long long)number);
    }
    if ((view->notarize & bit) != 0 && (view->blocks[place].notarize & bit) == 0) {
        checker_fail(checker, "node %u finalised another block of view %llu than it notarised",
                     signer, (unsigned long long)number);
    }
    if (!reached(checker, view->blocks[place].notarize)) {
        checker_fail(checker, "node %u finalised a block of view %llu that is not notarised",
                     signer, (unsigned long long)number);
    }
    view->finalize |= bit;
    view->blocks[place].finalize |= bit;
}

void checker_vote_made(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                       uint64_t view)
{
    struct known_view *known = view_of(checker, view);
    uint32_t bit = 1u << signer;
    if (kind == CHECKER_FINALIZE) {
        return;
    }
    if (kind == CHECKER_NOTARIZE && (known->made_nullify & bit) != 0) {
        checker_fail(checker, "E4: node %u notarised view %llu after nullifying it", signer,
                     (unsigned long long)view);
    }
    if (view < checker->view_made[signer]) {
        checker_fail(checker, "E6: node %u voted in view %llu after voting in view %llu", signer,
                     (unsigned long long)view, (unsigned long long)checker->view_made[signer]);
    }
    known->made_nullify |= kind == CHECKER_NULLIFY ? bit : 0;
    checker->view_made[signer] = view;
}

void checker_votes_forgotten(struct checker *checker, uint32_t signer)
{
    for (uint64_t view = 0; view < checker->views_count; view++) {
        checker->views[view].made_nullify &= ~(1u << signer);
    }
    checker->view_made[signer] = 0;
}

void checker_vote_durable(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                          uint64_t view, const struct hash *hash)
{
    TALLY_ASSERT(signer < checker->nodes_count);
    struct known_view *known = view_of(checker, view);
    if (view == 0) {
        checker_fail(checker, "node %u voted in view 0", signer);
        return;
    }
    switch (kind) {
    case CHECKER_NOTARIZE:
        vote_notarize(checker, signer, known, view, hash);
        break;
    case CHECKER_NULLIFY:
        vote_nullify(checker, signer, known, view);
        break;
    case CHECKER_FINALIZE:
        vote_finalize(checker, signer, known, view, hash);
        break;
    }
}

void checker_vote_left(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                       uint64_t view, const struct hash *hash)
{
    struct known_view *known = view_of(checker, view);
    uint32_t bit = 1u << signer;
    uint32_t place = kind == CHECKER_NULLIFY ? 0 : place_in_view(checker, known, hash);
    uint32_t durable = kind == CHECKER_NULLIFY    ? known->nullify
                       : kind == CHECKER_NOTARIZE ? known->blocks[place].notarize
                                                  : known->blocks[place].finalize;
    if ((durable & bit) == 0) {
        checker_fail(checker, "node %u: its vote %d in view %llu left before it was durable",
                     signer, (int)kind, (unsigned long long)view);
        return;
    }
    const struct checker_block *block = checker_find(checker, hash);
    if (kind == CHECKER_NOTARIZE && block != NULL && (known->blocks[place].left & bit) == 0) {
        known->blocks[place].left |= bit;
        check_batches(checker, signer, block, known->blocks[place].left);
    }
}

/* ------------------------------------------------------------------------- finals */

/* The blocks named by a new final one are ordered now, and must not have been before. */
static void order_batches(struct checker *checker, const struct checker_block *block)
{
    for (uint32_t i = 0; i < block->references_count; i++) {
        struct known_batch *batch = batch_of(checker, &block->references[i].digest);
        if (batch->ordered) {
            checker_fail(checker, "batch %u.%llu is ordered twice, at height %llu again",
                         batch->author, (unsigned long long)batch->lane_seq,
                         (unsigned long long)block->height);
        }
        batch->ordered = true;
        checker->ordered_count++;
    }
}

/* Does some block that is reached as finalised stand on this one, or is it this one? */
static bool covered_by_final(const struct checker *checker, const struct checker_block *block)
{
    for (uint64_t view = block->view; view < checker->views_count; view++) {
        const struct known_view *known = &checker->views[view];
        for (uint32_t place = 0; place < known->blocks_count; place++) {
            if (!reached(checker, known->blocks[place].finalize)) {
                continue;
            }
            const struct checker_block *at = checker_find(checker, &known->blocks[place].hash);
            while (at != NULL && at->height > block->height) {
                at = checker_find(checker, &at->parent_hash);
            }
            if (at == block) {
                return true;
            }
        }
    }
    return false;
}

void checker_commit(struct checker *checker, uint32_t node, uint64_t height,
                    const struct hash *hash)
{
    const struct known_block *known = block_find(checker, hash);
    if (known == NULL || known->block.height != height) {
        checker_fail(checker, "node %u finalised at height %llu a block nobody proposed", node,
                     (unsigned long long)height);
        return;
    }
    uint32_t number = (uint32_t)(known - checker->blocks);
    if (height <= checker->final_height) {
        if (checker->final[height] != number) {
            checker_fail(checker, "two blocks are final at height %llu; node %u has the second",
                         (unsigned long long)height, node);
        }
        return;
    }
    if (height != checker->final_height + 1) {
        checker_fail(checker, "node %u finalised height %llu before anybody finalised %llu", node,
                     (unsigned long long)height, (unsigned long long)checker->final_height + 1);
        return;
    }
    if (height == checker->final_capacity) {
        checker->final_capacity *= 2;
        checker->final = realloc(checker->final, checker->final_capacity * sizeof *checker->final);
        TALLY_ASSERT(checker->final != NULL);
    }
    if (height > 1 && memcmp(&checker->blocks[checker->final[height - 1]].block.hash,
                             &known->block.parent_hash, sizeof known->block.parent_hash) != 0) {
        checker_fail(checker, "the final block at height %llu does not extend the final one below",
                     (unsigned long long)height);
    }
    if (!notarization_reached(checker, known->block.view, hash)) {
        checker_fail(checker, "node %u finalised height %llu, which is not notarised", node,
                     (unsigned long long)height);
    }
    if (!covered_by_final(checker, &known->block)) {
        checker_fail(checker, "node %u finalised height %llu, but no quorum finalised it", node,
                     (unsigned long long)height);
    }
    checker->final[height] = number;
    checker->final_height = height;
    order_batches(checker, &known->block);
}

void checker_evidence(struct checker *checker, uint32_t node, uint32_t culprit)
{
    if (culprit < checker->nodes_count - checker->byzantine_count) {
        checker_fail(checker, "node %u accuses node %u, which is honest", node, culprit);
    }
}
