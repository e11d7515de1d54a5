#include "consensus/proposal.h"

#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/batches.h"
#include "consensus/execution.h"
#include "consensus/pacing.h"
#include "consensus/view.h"
#include "consensus/voting.h"

/* ---------------------------------------------------------------------------------- making */

static void choose(const struct consensus *core, const struct hash *hash, uint64_t view,
                   struct parent_choice *out)
{
    out->gap_view = 0;
    /* A certificate of another view than its block's needs more than f faulty: nothing to build
     * on. */
    out->found = core_chain_point(core, hash, &out->point) && out->point.view == view;
    out->missing = *hash;
    out->missing_view = view;
}

void proposal_parent(const struct consensus *core, uint64_t view, struct parent_choice *out)
{
    const struct certificate_table *table = &core->certificates;
    out->found = false;
    for (uint64_t u = view - 1; u > table->final_view; u--) {
        const struct certificate_row *row = certificate_table_row(table, u);
        if (row == NULL) {
            out->gap_view = u;
            return;
        }
        if (!row->notarized || (MUTANT(PREFER_NULLIFICATION) && row->nullified)) {
            continue;
        }
        choose(core, &row->notarized_hash, u, out);
        if (row->nullified) {
            MARK(notarized_parent_preferred);
        }
        /* If the block is not here and need not be, the view is skipped after all. */
        if (out->found || !row->nullified) {
            return;
        }
    }
    choose(core, table->final_held ? &table->final_hash : &core->config.anchor.hash,
           table->final_view, out);
}

uint32_t proposal_unexecuted(const struct consensus *core, const struct chain_point *parent,
                             uint64_t exec_height)
{
    uint32_t count = 0;
    struct chain_point point = *parent;
    while (point.height > exec_height) {
        count += point.has_batches ? 1 : 0;
        struct chain_point before;
        if (count > CONSENSUS_UNEXECUTED_MAX || !core_chain_parent(core, &point, &before)) {
            break;
        }
        point = before;
    }
    return count;
}

/* Writes the certificates that a block in `view` on this parent must carry. */
static uint32_t build_justification(struct consensus *core, const struct chain_point *parent,
                                    uint64_t view)
{
    const struct certificate_table *table = &core->certificates;
    struct bytes_writer writer;
    bytes_writer_init(&writer, core->just_bytes, core->just_bytes_max);
    uint16_t count = 0;
    bytes_write_u16(&writer, 0);
    if (parent->view > 0) {
        const uint8_t *bytes =
            certificate_table_bytes(table, CERTIFICATE_NOTARIZATION, parent->view);
        if (bytes == NULL) {
            bytes = certificate_table_bytes(table, CERTIFICATE_FINALIZATION, parent->view);
        }
        TALLY_ASSERT(bytes != NULL);
        bytes_write_copy(&writer, bytes, table->size);
        count++;
    }
    for (uint64_t u = parent->view + 1; u < view; u++) {
        const uint8_t *bytes = certificate_table_bytes(table, CERTIFICATE_NULLIFICATION, u);
        TALLY_ASSERT(bytes != NULL);
        bytes_write_copy(&writer, bytes, table->size);
        count++;
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    bytes_put_u16(core->just_bytes, count);
    return (uint32_t)writer.size;
}

/* Appends what a leader orders of one lane; moves scratch_cut. */
static uint32_t build_lane(struct consensus *core, struct bytes_writer *writer, uint16_t lane)
{
    const uint64_t until = batches_orderable(core, lane, core->scratch_cut[lane]);
    uint64_t bytes = 0;
    uint32_t count = 0;
    while (core->scratch_cut[lane] < until) {
        const struct held_batch *batch = lane_at(&core->lanes, lane, core->scratch_cut[lane] + 1);
        TALLY_ASSERT(batch != NULL);
        bytes += batch->payload_size;
        if (bytes > core->config.limits.lane_quota_bytes) {
            break;
        }
        bytes_write_u16(writer, lane);
        bytes_write_copy(writer, batch->digest.bytes, HASH_SIZE);
        core->scratch_cut[lane]++;
        count++;
    }
    return count;
}

static void build_body(struct consensus *core, const struct chain_point *parent, uint64_t view,
                       uint64_t exec_height, struct block *block)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, core->body_bytes, core->body_bytes_max);
    bytes_write_u32(&writer, 0);
    for (uint16_t lane = 0; lane < core->n; lane++) {
        core->scratch_cut[lane] = bytes_get_u64(parent->cut + (size_t)lane * 8);
    }
    const bool may_order =
        proposal_unexecuted(core, parent, exec_height) < CONSENSUS_UNEXECUTED_MAX ||
        MUTANT(EXECUTION_UNBOUNDED);
    uint32_t count = 0;
    for (uint16_t i = 0; i < core->n && may_order; i++) {
        count += build_lane(core, &writer, (uint16_t)((view + i) % core->n));
    }
    for (uint16_t lane = 0; lane < core->n; lane++) {
        bytes_write_u64(&writer, core->scratch_cut[lane]);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    bytes_put_u32(core->body_bytes, count);
    block->body = core->body_bytes;
    block->body_size = (uint32_t)writer.size;
    block->header.batch_count = count;
    block_body_root(block->body, block->body_size, &block->header.body_root);
}

/*
 * The height whose result is named: the q-th highest report, and the same again until it is
 * certified. Who reports need not vote, and a voter that is a little behind would be behind each
 * newer height, too; it comes up to one that stays.
 */
static uint64_t height_to_name(struct consensus *core, const struct chain_point *parent)
{
    if (core->exec_named <= parent->exec_height || core->exec_named > core->exec_quorum ||
        MUTANT(RESULT_NAMED_ANEW)) {
        core->exec_named = core->exec_quorum;
    }
    return core->exec_named;
}

static void build_block(struct consensus *core, const struct chain_point *parent,
                        struct block *block)
{
    struct header *header = &block->header;
    *header =
        (struct header){.epoch = core->config.epoch,
                        .view = core->view,
                        .height = parent->height + 1,
                        .parent_view = parent->view,
                        .parent_hash = parent->hash,
                        .ts_ms = core->utc_ms > parent->ts_ms ? core->utc_ms : parent->ts_ms + 1,
                        .exec_height = parent->exec_height,
                        .result_root = parent->result_root,
                        .proposer = core->config.self};
    /* After a view that failed, the result is repeated: no voter can be held up by it twice. */
    const uint64_t exec_height = height_to_name(core, parent);
    struct hash root;
    if (parent->view + 1 == core->view && exec_height > parent->exec_height &&
        execution_result(core, exec_height, &root)) {
        header->exec_height = exec_height;
        header->result_root = root;
    }
    build_body(core, parent, core->view, header->exec_height, block);
    block->justification_size = build_justification(core, parent, core->view);
    block->justification = core->just_bytes;
    block_justification_root(block->justification, block->justification_size, &header->just_root);
}

void proposal_send(struct consensus *core, struct view_slot *slot, uint16_t to)
{
    const uint32_t index = block_pool_find(&core->pool, &slot->proposal_hash);
    if (index == BLOCK_POOL_NONE || core->n == 1) {
        return;
    }
    struct message_proposal message = {.signature = slot->proposal_signature};
    block_pool_open(&core->pool, index, &message.block);
    const bool inlined =
        message.block.justification_size > 0 &&
        bytes_get_u16(message.block.justification) <= MESSAGE_INLINE_CERTIFICATES_MAX;
    if (!inlined || MUTANT(NO_JUSTIFICATION_CARRIED)) {
        message.block.justification_size = 0;
    }
    struct bytes_writer writer = effect_write(&core->effects);
    message_proposal_write(&writer, &message);
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE,
                MUTANT(SEND_BEFORE_DURABLE) ? 0 : core->effects.seq);
}

void proposal_make(struct consensus *core)
{
    struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    if (leader_of(&core->leaders, core->view) != core->config.self || !core_may_sign(core) ||
        slot->proposal_state != PROPOSAL_NONE || !core->pacing.may_propose ||
        core_own_vote(core, slot, VOTE_NOTARIZE) != NULL ||
        core_own_vote(core, slot, VOTE_NULLIFY) != NULL || !effect_list_room(&core->effects)) {
        return;
    }
    struct parent_choice choice;
    proposal_parent(core, core->view, &choice);
    if (!choice.found) {
        return; /* repair asks for it; voting hands over if it does not come */
    }
    struct block block;
    struct hash hash;
    build_block(core, &choice.point, &block);
    header_hash(&block.header, &hash);
    const uint32_t index = block_pool_add(&core->pool, &hash, &block, NULL, 0);
    if (index == BLOCK_POOL_NONE) {
        MARK(proposal_without_room);
        return; /* step reports a full pool */
    }
    struct vote vote;
    voting_sign(core, VOTE_NOTARIZE, core->view, &hash, &vote);
    core_persist(core, &(struct journal_record){.kind = JOURNAL_NOTARIZE,
                                                .vote = vote,
                                                .block_bytes = block_pool_bytes(&core->pool, index),
                                                .block_size = core->pool.blocks[index].size});
    core->pool.blocks[index].journalled = true;
    core_note_cut(core, block_pool_cut(&core->pool, index));
    slot->proposal_state = PROPOSAL_VALID;
    slot->proposal_hash = hash;
    slot->proposal_signature = vote.signature;
    slot->justified = true;
    proposal_send(core, slot, CONSENSUS_ALL);
    voting_record(core, slot, &vote);
    pacing_heard(core, core->config.self);
    pacing_proposal_seen(core);
    core->changed = true;
    effect_trace(&core->effects, CONSENSUS_TRACE_PROPOSE, core->config.self, core->view, &hash);
}

/* --------------------------------------------------------------------------------- forgetting */

/* The oldest block of a view that was nullified, and not notarized as far as is known here. */
static uint32_t oldest_given_up(const struct consensus *core)
{
    uint32_t oldest = BLOCK_POOL_NONE;
    for (uint32_t i = 0; i < core->pool.count; i++) {
        const struct pool_block *block = &core->pool.blocks[i];
        const uint64_t view = block->header.view;
        const struct certificate_row *row = certificate_table_row(&core->certificates, view);
        const bool given_up = view < core->view && row != NULL && row->nullified &&
                              !(row->notarized && hash_equal(&row->notarized_hash, &block->hash));
        if (given_up &&
            (oldest == BLOCK_POOL_NONE || view < core->pool.blocks[oldest].header.view)) {
            oldest = i;
        }
    }
    return oldest;
}

void proposal_forget(struct consensus *core)
{
    const struct block_pool *pool = &core->pool;
    while (pool->heap_used - pool->heap_garbage > pool->heap_capacity / 2 ||
           pool->count > pool->capacity / 2) {
        const uint32_t oldest = oldest_given_up(core);
        if (oldest == BLOCK_POOL_NONE) {
            return;
        }
        MARK(proposal_forgotten_under_pressure);
        block_pool_remove(&core->pool, oldest);
    }
}

/* -------------------------------------------------------------------------------- receiving */

/* A block in memory for a view far ahead must not crowd out those that are needed now. */
static bool proposal_fits(struct consensus *core, const struct message_proposal *message)
{
    const struct block_pool *pool = &core->pool;
    const bool near = message->block.header.view <= core->view + 1;
    const bool half_free = pool->count < pool->capacity / 2 &&
                           pool->heap_used - pool->heap_garbage < pool->heap_capacity / 2;
    return block_pool_fits(pool, message->block_size) && (near || half_free);
}

/* A second proposal of one leader for one view: the first one stands, both are evidence. */
static void proposal_conflict(struct consensus *core, struct view_slot *slot,
                              const struct vote *vote)
{
    MARK(leader_equivocated_by_proposals);
    slot->equivocated = true;
    voting_record(core, slot, vote);
    core->changed = true;
    if (MUTANT(DOUBLE_NOTARIZE) && core_may_sign(core) && slot->view == core->view) {
        struct vote second;
        voting_sign(core, VOTE_NOTARIZE, slot->view, &vote->hash, &second);
        voting_send(core, &second, CONSENSUS_ALL);
    }
}

/* The questions that cost nothing; then the leader's signature. */
static bool proposal_acceptable(struct consensus *core, struct view_slot *slot,
                                const struct message_proposal *message, const struct vote *vote)
{
    const uint64_t view = vote->view;
    if (vote->signer != leader_of(&core->leaders, view) && !MUTANT(LEADER_UNCHECKED)) {
        MARK(proposal_not_by_leader);
        return false;
    }
    if (slot->proposal_state != PROPOSAL_NONE &&
        (slot->equivocated || hash_equal(&slot->proposal_hash, &message->hash))) {
        return false;
    }
    const struct cast_vote *cast = view_slot_vote(slot, VOTE_NOTARIZE, vote->signer);
    if (cast != NULL && hash_equal(&cast->hash, &vote->hash) &&
        memcmp(cast->signature.bytes, vote->signature.bytes, SIGN_SIGNATURE_SIZE) == 0) {
        MARK(proposal_after_its_vote);
        return true; /* verified when it came as a vote */
    }
    return vote_verify(vote, &core->config.chain_id, &core->validators[vote->signer]);
}

static void proposal_accept(struct consensus *core, struct view_slot *slot,
                            const struct message_proposal *message, const struct vote *vote)
{
    uint32_t index = block_pool_find(&core->pool, &message->hash);
    if (index == BLOCK_POOL_NONE) {
        index = proposal_fits(core, message)
                    ? block_pool_add(&core->pool, &message->hash, &message->block, NULL, 0)
                    : BLOCK_POOL_NONE;
    }
    if (index == BLOCK_POOL_NONE) {
        return;
    }
    const struct cast_vote *cast = view_slot_vote(slot, VOTE_NOTARIZE, vote->signer);
    slot->equivocated = cast != NULL && !hash_equal(&cast->hash, &vote->hash);
    slot->proposal_state = PROPOSAL_WAITING;
    slot->proposal_hash = message->hash;
    slot->proposal_signature = message->signature;
    slot->proposal_utc_ms = core->utc_ms;
    slot->lanes_seen = UINT64_MAX;
    const uint64_t patience = core->config.timing.d0_ms / 2;
    slot->parent_due_ms = core->now_ms;
    slot->justification_due_ms = core->now_ms;
    slot->batches_due_ms = core_add(core->now_ms, patience);
    voting_record(core, slot, vote);
    core->changed = true;
    effect_trace(&core->effects, CONSENSUS_TRACE_PROPOSAL, vote->signer, vote->view,
                 &message->hash);

    struct block block;
    block_pool_open(&core->pool, index, &block);
    if (block.justification_size > 0) {
        slot->justified = proposal_justified(core, &block);
        slot->unjustifiable = !slot->justified;
    }
    if (slot->view == core->view) {
        pacing_proposal_seen(core);
    }
}

void proposal_on_message(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct message_proposal message;
    if (!message_proposal_read(bytes, size, core->n, &message)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    const struct header *header = &message.block.header;
    if ((header->epoch != core->config.epoch && !MUTANT(EPOCH_UNCHECKED)) ||
        header->proposer >= core->n) {
        return;
    }
    struct view_slot *slot = core_slot_claim(core, header->view);
    if (slot == NULL) {
        MARK(proposal_out_of_window);
        return; /* over, or too far ahead */
    }
    const struct vote vote = {.kind = VOTE_NOTARIZE,
                              .epoch = header->epoch,
                              .view = header->view,
                              .hash = message.hash,
                              .signer = header->proposer,
                              .signature = message.signature};
    if (from == vote.signer) {
        pacing_heard(core, from);
    }
    if (!proposal_acceptable(core, slot, &message, &vote)) {
        return;
    }
    if (vote.signer == core->config.self) {
        core_mute(core, CONSENSUS_ALARM_MUTE_OWN_VOTE_UNKNOWN);
        return;
    }
    if (slot->proposal_state != PROPOSAL_NONE) {
        proposal_conflict(core, slot, &vote);
    } else {
        proposal_accept(core, slot, &message, &vote);
    }
}

void proposal_on_justification(struct consensus *core, uint16_t from, const uint8_t *bytes,
                               size_t size)
{
    struct message_justification message;
    if (!message_justification_read(bytes, size, &message)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    const uint32_t index = block_pool_find(&core->pool, &message.hash);
    if (index == BLOCK_POOL_NONE || core->pool.blocks[index].justification_size > 0) {
        return;
    }
    const struct header *header = &core->pool.blocks[index].header;
    struct view_slot *slot = core_slot(core, header->view);
    struct hash root;
    block_justification_root(message.justification, message.justification_size, &root);
    if (slot == NULL || !hash_equal(&slot->proposal_hash, &message.hash) ||
        !hash_equal(&root, &header->just_root)) {
        return;
    }
    if (!block_pool_complete(&core->pool, index, message.justification,
                             message.justification_size)) {
        return;
    }
    struct block block;
    block_pool_open(&core->pool, block_pool_find(&core->pool, &message.hash), &block);
    MARK(justification_came_later);
    slot->justified = proposal_justified(core, &block);
    slot->unjustifiable = !slot->justified;
    core->changed = true;
}
