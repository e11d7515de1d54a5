#include "netsim/check/checker.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "netsim/engine/hash_index.h"
#include "netsim/engine/room.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An honest member never gets that far in a test. */
#define VIEWS_MAX (UINT64_C(1) << 24)

struct known_block {
    struct checker_block block;
    uint8_t *body;     /* what block.body points at */
    bool result_known; /* with CHECKER_RESULTS_COMPUTED */
    struct hash result;
};

struct known_view {
    struct member_set made_nullify; /* whose journal has it, for E4 */
    struct member_set notarize;     /* who cast any, for E1, E2 and E3 */
    struct member_set nullify;
    struct member_set finalize;
    struct {
        struct hash hash;
        struct member_set notarize; /* in whose journal it is for certain */
        struct member_set finalize;
        struct member_set left; /* whose NOTARIZE left its host */
    } blocks[CHECKER_BLOCKS_PER_VIEW];
    uint32_t blocks_count;
};

struct known_batch {
    struct member_set holders; /* honest members whose disk has it for certain */
    uint32_t author;
    uint64_t lane_seq; /* 0: nobody signed it yet */
    bool ordered;
};

/* At a height: the final block, and what members say its result is. */
struct known_height {
    uint32_t block; /* number */
    bool result_known;
    struct hash result;
};

struct checker {
    struct checker_config config;
    uint32_t byzantine_count;
    uint32_t faulty_max;
    uint32_t quorum;
    struct known_block *blocks;
    uint32_t blocks_count;
    uint32_t blocks_capacity;
    struct hash_index block_index;
    struct known_batch *batches;
    uint32_t batches_count;
    uint32_t batches_capacity;
    struct hash_index batch_index;
    struct known_view *views;
    uint64_t views_count; /* in use: those beyond are zero */
    uint32_t views_capacity;
    uint64_t view_made[MEMBER_SET_MAX]; /* of the last NOTARIZE or NULLIFY, for E6 */
    struct known_height *final;         /* by height; height 0 unused */
    uint64_t final_height;
    uint32_t final_capacity;
    uint64_t ordered_count;
    char text[CHECKER_TEXT_SIZE];
};

/* ------------------------------------------------------------------------- tables */

static struct known_block *block_find(const struct checker *checker, const struct hash *hash)
{
    uint32_t number = hash_index_find(&checker->block_index, hash);
    return number == HASH_INDEX_NONE ? NULL : &checker->blocks[number];
}

static struct known_batch *batch_of(struct checker *checker, const struct hash *digest)
{
    uint32_t number = hash_index_find(&checker->batch_index, digest);
    if (number == HASH_INDEX_NONE) {
        checker->batches = room_for(checker->batches, &checker->batches_capacity,
                                    checker->batches_count, sizeof *checker->batches);
        memset(&checker->batches[checker->batches_count], 0, sizeof *checker->batches);
        number = checker->batches_count++;
        hash_index_put(&checker->batch_index, digest, number);
    }
    return &checker->batches[number];
}

static struct known_view *view_of(struct checker *checker, uint64_t view)
{
    TALLY_ASSERT(view < VIEWS_MAX);
    checker->views =
        room_for(checker->views, &checker->views_capacity, view, sizeof *checker->views);
    if (view >= checker->views_count) {
        checker->views_count = view + 1;
    }
    return &checker->views[view];
}

/* --------------------------------------------------------------------- life, text */

static void configure(struct checker *checker, const struct checker_config *config)
{
    TALLY_ASSERT(config->members_count > 0 && config->members_count <= MEMBER_SET_MAX);
    checker->config = *config;
    checker->byzantine_count = member_set_count(&config->byzantine);
    checker->faulty_max = (config->members_count - 1) / 3;
    checker->quorum = 2 * config->members_count / 3 + 1;
}

struct checker *checker_new(const struct checker_config *config)
{
    struct checker *checker = calloc(1, sizeof *checker);
    TALLY_ASSERT(checker != NULL);
    configure(checker, config);
    checker->final = room_for(NULL, &checker->final_capacity, 0, sizeof *checker->final);
    hash_index_init(&checker->block_index, 256);
    hash_index_init(&checker->batch_index, 256);
    return checker;
}

static void bodies_free(struct checker *checker)
{
    for (uint32_t number = 0; number < checker->blocks_count; number++) {
        free(checker->blocks[number].body);
    }
    checker->blocks_count = 0;
}

void checker_reset(struct checker *checker, const struct checker_config *config)
{
    bodies_free(checker);
    hash_index_clear(&checker->block_index);
    hash_index_clear(&checker->batch_index);
    checker->batches_count = 0;
    if (checker->views_count > 0) {
        memset(checker->views, 0, checker->views_count * sizeof *checker->views);
    }
    checker->views_count = 0;
    memset(checker->view_made, 0, sizeof checker->view_made);
    checker->final_height = 0;
    checker->ordered_count = 0;
    checker->text[0] = '\0';
    configure(checker, config);
}

void checker_free(struct checker *checker)
{
    bodies_free(checker);
    hash_index_free(&checker->block_index);
    hash_index_free(&checker->batch_index);
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

bool checker_is_honest(const struct checker *checker, uint32_t member)
{
    return !member_set_has(&checker->config.byzantine, member);
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
    uint32_t number = hash_index_find(&checker->batch_index, digest);
    return number != HASH_INDEX_NONE && checker->batches[number].ordered;
}

/* --------------------------------------------------------------- what exists, who holds */

void checker_learn(struct checker *checker, const struct checker_block *block)
{
    if (block_find(checker, &block->hash) != NULL) {
        return;
    }
    checker->blocks = room_for(checker->blocks, &checker->blocks_capacity, checker->blocks_count,
                               sizeof *checker->blocks);
    struct known_block *known = &checker->blocks[checker->blocks_count];
    memset(known, 0, sizeof *known);
    known->block = *block;
    known->body = malloc(block->body_size);
    TALLY_ASSERT(known->body != NULL && block->lanes_count == checker->config.members_count);
    memcpy(known->body, block->body, block->body_size);
    known->block.body = known->body;
    hash_index_put(&checker->block_index, &block->hash, checker->blocks_count++);
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

bool checker_batch_is_signed(const struct checker *checker, const struct hash *digest)
{
    uint32_t number = hash_index_find(&checker->batch_index, digest);
    return number != HASH_INDEX_NONE && checker->batches[number].lane_seq != 0;
}

void checker_batch_durable(struct checker *checker, uint32_t node, const struct hash *digest)
{
    member_set_add(&batch_of(checker, digest)->holders, node);
}

void checker_batch_lost(struct checker *checker, uint32_t node, const struct hash *digest)
{
    member_set_remove(&batch_of(checker, digest)->holders, node);
}

void checker_batches_lost(struct checker *checker, uint32_t node)
{
    for (uint32_t number = 0; number < checker->batches_count; number++) {
        member_set_remove(&checker->batches[number].holders, node);
    }
}

/* ------------------------------------------------------------------------ reached */

static bool reached(const struct checker *checker, const struct member_set *honest)
{
    return member_set_count(honest) + checker->byzantine_count >= checker->quorum;
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
    if (view >= VIEWS_MAX) {
        return false;
    }
    struct known_view *known = view_of(checker, view);
    for (uint32_t place = 0; place < known->blocks_count; place++) {
        if (memcmp(&known->blocks[place].hash, hash, sizeof *hash) == 0) {
            return reached(checker, &known->blocks[place].notarize);
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
static bool result_computed(struct checker *checker, const struct hash *hash, struct hash *result)
{
    struct known_block *known = block_find(checker, hash);
    if (known == NULL) {
        return false;
    }
    if (!known->result_known) {
        struct hash previous;
        memset(&previous, 0, sizeof previous);
        if (known->block.height > 1 &&
            !result_computed(checker, &known->block.parent_hash, &previous)) {
            return false;
        }
        checker_result(&previous, known->block.height, hash, &known->result);
        known->result_known = true;
    }
    *result = known->result;
    return true;
}

/* What the ancestor of a block at a height results in; false when nobody can know. */
static bool result_at(struct checker *checker, const struct checker_block *block, uint64_t height,
                      struct hash *result)
{
    const struct checker_block *at = block;
    if (checker->config.results == CHECKER_RESULTS_TOLD) {
        *result = checker->final[height <= checker->final_height ? height : 0].result;
        return height <= checker->final_height && checker->final[height].result_known;
    }
    while (at != NULL && at->height > height) {
        at = checker_find(checker, &at->parent_hash);
    }
    return at != NULL && result_computed(checker, &at->hash, result);
}

static void check_result(struct checker *checker, uint32_t signer,
                         const struct checker_block *block)
{
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
    if (!result_at(checker, block, block->exec_height, &expected) ||
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
    uint32_t members_count = checker->config.members_count;
    uint32_t first = (uint32_t)(block->view % members_count);
    uint32_t done = 0;
    for (uint32_t place = 0; place < members_count; place++) {
        uint32_t lane = (first + place) % members_count;
        uint64_t before = parent == NULL ? 0 : checker_block_cut(parent, lane);
        uint64_t cut = before;
        for (; done < block->references_count; done++) {
            struct checker_reference reference;
            checker_block_reference(block, done, &reference);
            const struct known_batch *batch = batch_of(checker, &reference.digest);
            if (reference.lane != lane) {
                break;
            }
            cut++;
            if (batch->author != lane || batch->lane_seq != cut) {
                checker_fail(
                    checker, "node %u notarised view %llu: batch %u.%llu has no place there",
                    signer, (unsigned long long)block->view, lane, (unsigned long long)cut);
            }
        }
        if (cut - before > checker->config.lane_quota_batches) {
            checker_fail(checker, "node %u notarised view %llu: lane %u is over its quota", signer,
                         (unsigned long long)block->view, lane);
        }
        if (cut != checker_block_cut(block, lane)) {
            checker_fail(checker,
                         "node %u notarised view %llu: the cut is not what the references say",
                         signer, (unsigned long long)block->view);
        }
    }
    if (done != block->references_count) {
        checker_fail(checker, "node %u notarised view %llu: lanes are not in their order", signer,
                     (unsigned long long)block->view);
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
        if (!reached(checker, &view_of(checker, view)->nullify)) {
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
                          const struct checker_block *block, const struct member_set *honest_voters)
{
    bool enough =
        reached(checker, honest_voters) && checker->byzantine_count <= checker->faulty_max;
    for (uint32_t i = 0; i < block->references_count; i++) {
        struct checker_reference reference;
        checker_block_reference(block, i, &reference);
        const struct member_set *holders = &batch_of(checker, &reference.digest)->holders;
        if (!member_set_has(holders, signer)) {
            checker_fail(checker,
                         "node %u notarised view %llu without a batch of lane %u on its disk",
                         signer, (unsigned long long)block->view, reference.lane);
        } else if (enough && member_set_count(holders) <= checker->faulty_max) {
            checker_fail(checker, "view %llu notarised, but fewer than f+1 hold a batch of lane %u",
                         (unsigned long long)block->view, reference.lane);
        }
    }
}

/* -------------------------------------------------------------------------- votes */

static bool view_is_near(struct checker *checker, uint32_t signer, uint64_t view)
{
    TALLY_ASSERT(signer < checker->config.members_count);
    if (view == 0 || view >= VIEWS_MAX) {
        checker_fail(checker, "node %u voted in view %llu", signer, (unsigned long long)view);
        return false;
    }
    return true;
}

static void vote_notarize(struct checker *checker, uint32_t signer, struct known_view *view,
                          uint64_t number, const struct hash *hash)
{
    uint32_t place = place_in_view(checker, view, hash);
    if (member_set_has(&view->blocks[place].notarize, signer)) {
        return; /* known */
    }
    if (member_set_has(&view->notarize, signer)) {
        checker_fail(checker, "E1: node %u notarised two blocks of view %llu", signer,
                     (unsigned long long)number);
    }
    member_set_add(&view->notarize, signer);
    member_set_add(&view->blocks[place].notarize, signer);
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
    if (member_set_has(&view->nullify, signer)) {
        return;
    }
    if (member_set_has(&view->finalize, signer)) {
        checker_fail(checker, "E3: node %u nullified view %llu after finalising it", signer,
                     (unsigned long long)number);
    }
    member_set_add(&view->nullify, signer);
}

static void vote_finalize(struct checker *checker, uint32_t signer, struct known_view *view,
                          uint64_t number, const struct hash *hash)
{
    uint32_t place = place_in_view(checker, view, hash);
    if (member_set_has(&view->blocks[place].finalize, signer)) {
        return;
    }
    if (member_set_has(&view->finalize, signer)) {
        checker_fail(checker, "E2: node %u finalised two blocks of view %llu", signer,
                     (unsigned long long)number);
    }
    if (member_set_has(&view->nullify, signer)) {
        checker_fail(checker, "E3: node %u finalised view %llu after nullifying it", signer,
                     (unsigned long long)number);
    }
    if (member_set_has(&view->notarize, signer) &&
        !member_set_has(&view->blocks[place].notarize, signer)) {
        checker_fail(checker, "node %u finalised another block of view %llu than it notarised",
                     signer, (unsigned long long)number);
    }
    if (!reached(checker, &view->blocks[place].notarize)) {
        checker_fail(checker, "node %u finalised a block of view %llu that is not notarised",
                     signer, (unsigned long long)number);
    }
    member_set_add(&view->finalize, signer);
    member_set_add(&view->blocks[place].finalize, signer);
}

void checker_vote_made(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                       uint64_t view)
{
    if (kind == CHECKER_FINALIZE || !view_is_near(checker, signer, view)) {
        return;
    }
    struct known_view *known = view_of(checker, view);
    if (kind == CHECKER_NOTARIZE && member_set_has(&known->made_nullify, signer)) {
        checker_fail(checker, "E4: node %u notarised view %llu after nullifying it", signer,
                     (unsigned long long)view);
    }
    if (view < checker->view_made[signer]) {
        checker_fail(checker, "E6: node %u voted in view %llu after voting in view %llu", signer,
                     (unsigned long long)view, (unsigned long long)checker->view_made[signer]);
    }
    if (kind == CHECKER_NULLIFY) {
        member_set_add(&known->made_nullify, signer);
    }
    checker->view_made[signer] = view;
}

void checker_votes_forgotten(struct checker *checker, uint32_t signer)
{
    for (uint64_t view = 0; view < checker->views_count; view++) {
        member_set_remove(&checker->views[view].made_nullify, signer);
    }
    checker->view_made[signer] = 0;
}

void checker_vote_durable(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                          uint64_t view, const struct hash *hash)
{
    if (!view_is_near(checker, signer, view)) {
        return;
    }
    struct known_view *known = view_of(checker, view);
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
    if (!view_is_near(checker, signer, view)) {
        return;
    }
    struct known_view *known = view_of(checker, view);
    uint32_t place = kind == CHECKER_NULLIFY ? 0 : place_in_view(checker, known, hash);
    const struct member_set *durable = kind == CHECKER_NULLIFY    ? &known->nullify
                                       : kind == CHECKER_NOTARIZE ? &known->blocks[place].notarize
                                                                  : &known->blocks[place].finalize;
    if (!member_set_has(durable, signer)) {
        checker_fail(checker, "node %u: its vote %d in view %llu left before it was durable",
                     signer, (int)kind, (unsigned long long)view);
        return;
    }
    const struct checker_block *block = checker_find(checker, hash);
    if (kind == CHECKER_NOTARIZE && block != NULL &&
        !member_set_has(&known->blocks[place].left, signer)) {
        member_set_add(&known->blocks[place].left, signer);
        check_batches(checker, signer, block, &known->blocks[place].left);
    }
}

/* ------------------------------------------------------------------------- finals */

/* The blocks named by a new final one are ordered now, and must not have been before. */
static void order_batches(struct checker *checker, const struct checker_block *block)
{
    for (uint32_t i = 0; i < block->references_count; i++) {
        struct checker_reference reference;
        checker_block_reference(block, i, &reference);
        struct known_batch *batch = batch_of(checker, &reference.digest);
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
            if (!reached(checker, &known->blocks[place].finalize)) {
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
        if (checker->final[height].block != number) {
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
    checker->final =
        room_for(checker->final, &checker->final_capacity, height, sizeof *checker->final);
    if (height > 1 && memcmp(&checker->blocks[checker->final[height - 1].block].block.hash,
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
    checker->final[height] = (struct known_height){.block = number};
    checker->final_height = height;
    order_batches(checker, &known->block);
}

void checker_executed(struct checker *checker, uint32_t node, uint64_t height,
                      const struct hash *result)
{
    TALLY_ASSERT(checker->config.results == CHECKER_RESULTS_TOLD);
    if (height == 0 || height > checker->final_height) {
        checker_fail(checker, "node %u executed height %llu, which nobody finalised", node,
                     (unsigned long long)height);
        return;
    }
    struct known_height *known = &checker->final[height];
    if (known->result_known && memcmp(&known->result, result, sizeof *result) != 0) {
        checker_fail(checker, "node %u has another result of height %llu than the first to execute",
                     node, (unsigned long long)height);
    }
    known->result_known = true;
    known->result = *result;
}

void checker_evidence(struct checker *checker, uint32_t node, uint32_t culprit)
{
    TALLY_ASSERT(culprit < checker->config.members_count);
    if (checker_is_honest(checker, culprit)) {
        checker_fail(checker, "node %u accuses node %u, which is honest", node, culprit);
    }
}
