#include "consensus/request.h"

#include "base/assert.h"
#include "base/mark.h"
#include "consensus/batches.h"
#include "consensus/catch_up.h"
#include "consensus/proposal.h"

/* Recent views whose notarized block is fetched before anything needs it. */
#define REQUEST_BLOCK_VIEWS 8
/* Blocks to commit whose batches are asked for together. */
#define REQUEST_BLOCKS_AHEAD 8

/* The peer to ask at this turn: first, then the others after it, never self. */
static uint16_t turn_peer(const struct consensus *core, uint16_t first, uint16_t turn)
{
    TALLY_ASSERT(core->n > 0);
    uint16_t peer = (uint16_t)((first + turn) % core->n);
    if (peer == core->config.self) {
        peer = (uint16_t)((peer + 1) % core->n);
    }
    return peer;
}

/* Whether a request may go out now; sets when the next one may. */
static bool request_due(struct consensus *core, uint64_t *due_ms)
{
    if (core->n == 1 && core->config.self == 0) {
        return false;
    }
    if (!core_due(core, *due_ms) || !effect_list_room(&core->effects)) {
        return false;
    }
    *due_ms = core_add(core->now_ms, 2 * (uint64_t)core->config.timing.d0_ms);
    core_wake_at(core, *due_ms);
    return true;
}

static void request_block(struct consensus *core, const struct hash *hash, uint16_t first,
                          uint16_t *turn, uint64_t *due_ms)
{
    if (!request_due(core, due_ms)) {
        return;
    }
    bool wanted = false;
    for (uint32_t i = 0; i < CORE_WANTED_MAX; i++) {
        wanted = wanted || hash_equal(&core->repair.wanted[i], hash);
    }
    if (!wanted) {
        core->repair.wanted[core->repair.wanted_next] = *hash;
        core->repair.wanted_next = (core->repair.wanted_next + 1) % CORE_WANTED_MAX;
    }
    MARK(block_requested);
    const uint16_t to = turn_peer(core, first, (*turn)++);
    struct bytes_writer writer = effect_write(&core->effects);
    message_block_request_write(
        &writer, &(struct message_hash_request){.epoch = core->config.epoch, .hash = *hash});
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&core->effects, CONSENSUS_TRACE_REQUEST, to, core->view, hash);
}

static void request_justification(struct consensus *core, struct view_slot *slot)
{
    if (!request_due(core, &slot->justification_due_ms)) {
        return;
    }
    MARK(justification_requested);
    const uint16_t to =
        turn_peer(core, leader_of(&core->leaders, slot->view), slot->justification_turn++);
    struct bytes_writer writer = effect_write(&core->effects);
    message_justification_request_write(
        &writer,
        &(struct message_hash_request){.epoch = core->config.epoch, .hash = slot->proposal_hash});
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&core->effects, CONSENSUS_TRACE_REQUEST, to, slot->view, &slot->proposal_hash);
}

static void request_batches(struct consensus *core, const struct message_batch_request *request,
                            uint16_t to)
{
    MARK(batches_requested);
    struct bytes_writer writer = effect_write(&core->effects);
    message_batch_request_write(&writer, request);
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&core->effects, CONSENSUS_TRACE_REQUEST, to, core->view, &request->digests[0]);
}

static void request_certificate(struct consensus *core, uint64_t view, uint8_t kind)
{
    struct repair *repair = &core->repair;
    if (!request_due(core, &repair->gap_due_ms)) {
        return;
    }
    MARK(certificate_requested);
    const uint16_t to = turn_peer(core, leader_of(&core->leaders, view), repair->gap_turn++);
    struct bytes_writer writer = effect_write(&core->effects);
    message_certificate_request_write(&writer,
                                      &(struct message_certificate_request){
                                          .epoch = core->config.epoch, .view = view, .kind = kind});
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&core->effects, CONSENSUS_TRACE_REQUEST, to, view, NULL);
}

/* What the proposal of the current view waits for. */
static void need_of_proposal(struct consensus *core)
{
    struct view_slot *slot = core_slot(core, core->view);
    if (slot == NULL || slot->proposal_state != PROPOSAL_WAITING) {
        return;
    }
    const uint16_t leader = leader_of(&core->leaders, slot->view);
    const uint32_t index = block_pool_find(&core->pool, &slot->proposal_hash);
    if (index == BLOCK_POOL_NONE) {
        return;
    }
    struct block block;
    struct block_body body;
    struct chain_point parent;
    block_pool_open(&core->pool, index, &block);
    if (block.justification_size == 0) {
        request_justification(core, slot);
        return;
    }
    if (!core_chain_point(core, &block.header.parent_hash, &parent)) {
        request_block(core, &block.header.parent_hash, leader, &slot->parent_turn,
                      &slot->parent_due_ms);
        return;
    }
    struct message_batch_request request = {.epoch = core->config.epoch};
    if (block_body_open(block.body, block.body_size, core->n, &body) &&
        batches_check(core, &body, parent.cut, false, &request) == BATCHES_MISSING &&
        request.digest_count > 0 && request_due(core, &slot->batches_due_ms)) {
        request_batches(core, &request, turn_peer(core, leader, slot->batches_turn++));
    }
}

/* What this node needs to lead, and notarized blocks of recent views. */
static void need_of_parent(struct consensus *core)
{
    struct parent_choice choice;
    proposal_parent(core, core->view, &choice);
    if (!choice.found && leader_of(&core->leaders, core->view) == core->config.self) {
        /* A certificate of the gap; or, for want of a notarized block, that its view may be
         * skipped. */
        if (choice.gap_view > 0) {
            request_certificate(core, choice.gap_view, 0);
        } else if (choice.missing_view > core->certificates.final_view) {
            request_certificate(core, choice.missing_view, CERTIFICATE_NULLIFICATION);
        }
    }
    const uint64_t from = core->view > REQUEST_BLOCK_VIEWS ? core->view - REQUEST_BLOCK_VIEWS : 1;
    for (uint64_t view = from; view < core->view; view++) {
        struct certificate_row *row = certificate_table_row(&core->certificates, view);
        if (row == NULL || !row->notarized ||
            block_pool_find(&core->pool, &row->notarized_hash) != BLOCK_POOL_NONE) {
            continue;
        }
        if (row->block_due_ms == 0) {
            /* The proposal may still be on its way. */
            row->block_due_ms = core_add(core->now_ms, core->config.timing.d0_ms / 2);
        }
        request_block(core, &row->notarized_hash, leader_of(&core->leaders, view), &row->block_turn,
                      &row->block_due_ms);
    }
    if (!choice.found && choice.gap_view == 0 && choice.missing_view < from) {
        struct certificate_row *row =
            certificate_table_row(&core->certificates, choice.missing_view);
        if (row != NULL) {
            request_block(core, &choice.missing, leader_of(&core->leaders, row->view),
                          &row->block_turn, &row->block_due_ms);
        }
    }
}

static bool request_names(const struct message_batch_request *request, const struct hash *digest)
{
    for (uint16_t i = 0; i < request->digest_count; i++) {
        if (hash_equal(&request->digests[i], digest)) {
            return true;
        }
    }
    return false;
}

/* Batches of the next blocks to commit. When the last of those asked for has come, the next are
 * asked for at once: whoever waits between two requests may never catch up with those who go on. */
static void need_of_commit(struct consensus *core)
{
    struct repair *repair = &core->repair;
    struct message_batch_request request = {.epoch = core->config.epoch};
    struct block_body body;
    const uint8_t *cut_before;
    for (uint32_t ahead = 0;
         ahead < REQUEST_BLOCKS_AHEAD && request.digest_count < MESSAGE_BATCH_REQUEST_MAX &&
         catch_up_awaited(core, ahead, &body, &cut_before);
         ahead++) {
        (void)batches_check(core, &body, cut_before, true, &request);
    }
    if (request.digest_count == 0) {
        return;
    }
    if (!hash_is_zero(&repair->commit_last) && !request_names(&request, &repair->commit_last)) {
        MARK(batches_requested_on);
        repair->commit_last = (struct hash){{0}};
        repair->commit_due_ms = core->now_ms;
    }
    if (request_due(core, &repair->commit_due_ms)) {
        repair->commit_last = request.digests[request.digest_count - 1];
        request_batches(
            core, &request,
            turn_peer(core, leader_of(&core->leaders, core->tip.view + 1), repair->commit_turn++));
    }
}

/* A peer that says it has more final blocks; else whoever's turn it is. */
static uint16_t range_peer(struct consensus *core)
{
    for (uint16_t i = 0; i < core->n; i++) {
        const uint16_t peer = turn_peer(core, core->repair.range_turn, i);
        if (peer != core->config.self && core->peers[peer].final_height > core->tip.height) {
            core->repair.range_turn = (uint16_t)(peer + 1);
            return peer;
        }
    }
    return turn_peer(core, core->repair.range_turn++, 0);
}

/* Final blocks that are not here: by hash if few, else by height. */
static void need_of_final_blocks(struct consensus *core)
{
    struct catch_up *catch_up = &core->catch_up;
    struct repair *repair = &core->repair;
    if (catch_up->path_count > 0) {
        const struct hash *next = &catch_up->path[catch_up->path_count - 1];
        const uint32_t index = block_pool_find(&core->pool, next);
        TALLY_ASSERT(index != BLOCK_POOL_NONE);
        if (core->pool.blocks[index].justification_size == 0) {
            request_block(core, next, leader_of(&core->leaders, core->view), &repair->ancestor_turn,
                          &repair->ancestor_due_ms);
        }
        return;
    }
    if (core->certificates.final_view <= core->tip.view || hash_is_zero(&catch_up->missing)) {
        return;
    }
    const bool near = catch_up->missing_above == 0 ||
                      catch_up->missing_above - core->tip.height <= REQUEST_BLOCK_VIEWS;
    if (near) {
        request_block(core, &catch_up->missing, leader_of(&core->leaders, core->view),
                      &repair->ancestor_turn, &repair->ancestor_due_ms);
    }
    bool others_ahead = false;
    for (uint16_t i = 0; i < core->n; i++) {
        others_ahead = others_ahead || core->peers[i].final_height > core->tip.height + 1;
    }
    if ((!near || others_ahead) && request_due(core, &repair->range_due_ms)) {
        MARK(range_requested);
        const uint16_t to = range_peer(core);
        struct bytes_writer writer = effect_write(&core->effects);
        message_range_request_write(
            &writer, &(struct message_range_request){.epoch = core->config.epoch,
                                                     .from_height = core->tip.height + 1,
                                                     .count = MESSAGE_RANGE_BLOCKS_MAX});
        effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
        effect_trace(&core->effects, CONSENSUS_TRACE_REQUEST, to, core->tip.height + 1, NULL);
    }
}

void request_run(struct consensus *core)
{
    need_of_proposal(core);
    need_of_parent(core);
    need_of_commit(core);
    need_of_final_blocks(core);
}

void request_on_block(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct message_block message;
    if (!message_block_read(bytes, size, core->n, &message)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    bool wanted = false;
    for (uint32_t i = 0; i < CORE_WANTED_MAX; i++) {
        wanted = wanted || hash_equal(&core->repair.wanted[i], &message.hash);
    }
    const struct header *header = &message.block.header;
    if (!wanted || header->view <= core->tip.view || header->epoch != core->config.epoch) {
        return;
    }
    const uint32_t index = block_pool_find(&core->pool, &message.hash);
    if (index == BLOCK_POOL_NONE) {
        if (block_pool_add(&core->pool, &message.hash, &message.block, NULL, 0) ==
            BLOCK_POOL_NONE) {
            return;
        }
    } else if (core->pool.blocks[index].justification_size > 0 ||
               !block_pool_complete(&core->pool, index, message.block.justification,
                                    message.block.justification_size)) {
        return;
    }
    core->changed = true;
    /* It may be the proposal that came without its justification. */
    struct view_slot *slot = core_slot(core, header->view);
    if (slot != NULL && slot->proposal_state == PROPOSAL_WAITING && !slot->justified &&
        !slot->unjustifiable && hash_equal(&slot->proposal_hash, &message.hash)) {
        MARK(proposal_completed_by_block);
        slot->justified = proposal_justified(core, &message.block);
        slot->unjustifiable = !slot->justified;
    }
}
