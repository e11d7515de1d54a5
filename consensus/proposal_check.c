/* Judging a proposal; the rules are numbered in proposal.h. */
#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/batches.h"
#include "consensus/execution.h"
#include "consensus/proposal.h"
#include "consensus/view.h"

/* Reads the next certificate of a justification, checks what it must be, and takes it in. */
static bool take_certificate(struct consensus *core, struct bytes_reader *reader, bool parent,
                             uint64_t view, const struct hash *hash)
{
    struct certificate certificate;
    const size_t start = reader->offset;
    certificate_read(reader, core->n, &certificate);
    if (reader->failed || certificate.epoch != core->config.epoch ||
        (certificate.view != view && !MUTANT(JUSTIFICATION_STALE)) ||
        !hash_equal(&certificate.hash, hash) ||
        (certificate.kind == CERTIFICATE_NULLIFICATION) == parent) {
        return false;
    }
    const uint8_t *held = certificate_table_bytes(&core->certificates, certificate.kind, view);
    if (held != NULL && memcmp(held, reader->data + start, core->certificates.size) == 0) {
        return true;
    }
    /* just_root commits to these very signatures, so they are checked even if others are held. */
    if (!view_certificate_genuine(core, &certificate)) {
        MARK(justification_with_forged_certificate);
        return false;
    }
    return view_certificate(core, &certificate, CERTIFICATE_FROM_JUSTIFICATION);
}

bool proposal_justified(struct consensus *core, const struct block *block)
{
    const struct header *header = &block->header;
    struct bytes_reader reader;
    bytes_reader_init(&reader, block->justification, block->justification_size);
    uint64_t left = bytes_read_u16(&reader);
    const bool on_anchor = header->parent_view == 0;
    const uint64_t skipped_count = header->view - header->parent_view - 1;
    if (MUTANT(SKIP_WITHOUT_NULLIFICATION) && left <= 1) {
        return true;
    }
    if (left != skipped_count + (on_anchor ? 0 : 1) ||
        header->parent_view < core->certificates.final_view) {
        MARK(justification_of_wrong_length);
        return false; /* before any signature is looked at */
    }
    if (on_anchor) {
        if (!hash_equal(&header->parent_hash, &core->config.anchor.hash)) {
            return false;
        }
    } else if (!take_certificate(core, &reader, true, header->parent_view, &header->parent_hash) &&
               !MUTANT(PARENT_WITHOUT_CERTIFICATE)) {
        MARK(rule_S2_parent_not_certified);
        return false; /* S2: the parent must be certified */
    }
    const struct hash zero = {{0}};
    for (uint64_t u = header->parent_view + 1; u < header->view; u++) {
        if (!take_certificate(core, &reader, false, u, &zero)) {
            MARK(rule_S2_gap_not_proven);
            return false; /* S2: so must be the end of every view between */
        }
    }
    return bytes_reader_done(&reader);
}

/* Rules 3 and 5: what follows from the parent's header. */
static bool follows_parent(const struct consensus *core, const struct header *header,
                           const struct chain_point *parent)
{
    if (header->parent_view != parent->view || header->height != parent->height + 1 ||
        header->ts_ms <= parent->ts_ms ||
        header->proposer != leader_of(&core->leaders, header->view)) {
        return false;
    }
    if (header->exec_height < parent->exec_height) {
        return false;
    }
    return header->exec_height > parent->exec_height ||
           hash_equal(&header->result_root, &parent->result_root);
}

/* Rule 4: references are grouped by lane in the written order and lead from cut to cut. */
static bool continues_cut(struct consensus *core, const struct header *header,
                          const struct block_body *body, const uint8_t *cut_before)
{
    if (MUTANT(CUT_UNCHECKED)) {
        return true;
    }
    for (uint16_t lane = 0; lane < core->n; lane++) {
        core->scratch_cut[lane] = bytes_get_u64(cut_before + (size_t)lane * 8);
    }
    TALLY_ASSERT(core->n > 0);
    const uint16_t first_lane = (uint16_t)(header->view % core->n);
    uint16_t order_before = 0;
    for (uint32_t i = 0; i < body->batch_count; i++) {
        struct block_reference reference;
        block_body_reference(body, i, &reference);
        const uint16_t order = (uint16_t)((reference.lane + core->n - first_lane) % core->n);
        if (order < order_before) {
            MARK(cut_out_of_order);
            return false;
        }
        order_before = order;
        core->scratch_cut[reference.lane]++;
    }
    for (uint16_t lane = 0; lane < core->n; lane++) {
        const uint64_t before = bytes_get_u64(cut_before + (size_t)lane * 8);
        const bool within_quota =
            core->scratch_cut[lane] - before <= core->config.limits.lane_quota_batches ||
            MUTANT(QUOTA_UNCHECKED);
        if (block_body_cut(body, lane) != core->scratch_cut[lane] || !within_quota) {
            MARK(cut_wrong_or_over_quota);
            return false;
        }
    }
    return true;
}

/* Rule 7. Too old is judged against the clock at arrival, so a long fetch ages no header. */
static enum proposal_state judge_time(struct consensus *core, const struct view_slot *slot,
                                      const struct header *header, const struct chain_point *parent)
{
    if (MUTANT(TIME_UNCHECKED)) {
        return PROPOSAL_VALID;
    }
    const uint64_t allowance =
        core->config.timing.clock_drift_ms + 2 * view_delay_ms(core, slot->view);
    if (core_add(header->ts_ms, allowance) < slot->proposal_utc_ms) {
        MARK(time_too_old);
        return PROPOSAL_INVALID;
    }
    const uint64_t latest = core_add(core->utc_ms, allowance);
    if (header->ts_ms <= latest || header->ts_ms == parent->ts_ms + 1) {
        return PROPOSAL_VALID;
    }
    MARK(time_ahead_waits);
    core_wake_at(core, core_add(core->now_ms, header->ts_ms - latest));
    return PROPOSAL_WAITING;
}

/* Rule 8. */
static enum proposal_state judge_batches(struct consensus *core, struct view_slot *slot,
                                         const struct block_body *body, const uint8_t *cut_before)
{
    if (MUTANT(BATCH_NOT_AWAITED)) {
        return PROPOSAL_VALID;
    }
    if (slot->lanes_seen == core->lanes.change_count) {
        return PROPOSAL_WAITING; /* nothing has come since the last look */
    }
    switch (batches_check(core, body, cut_before, false, NULL)) {
    case BATCHES_HELD:
        return PROPOSAL_VALID;
    case BATCHES_WRONG:
        MARK(proposal_orders_wrong_batch);
        return PROPOSAL_INVALID;
    case BATCHES_MISSING:
        break;
    }
    MARK(proposal_waits_for_batches);
    slot->lanes_seen = core->lanes.change_count;
    return PROPOSAL_WAITING;
}

/* Rule 9. */
static enum proposal_state judge_result(const struct consensus *core, const struct header *header,
                                        const struct chain_point *parent)
{
    if (header->exec_height == parent->exec_height || MUTANT(RESULT_UNCHECKED)) {
        return PROPOSAL_VALID;
    }
    struct hash root;
    if (!execution_result(core, header->exec_height, &root)) {
        MARK(proposal_waits_for_execution);
        return PROPOSAL_WAITING;
    }
    if (!hash_equal(&root, &header->result_root)) {
        MARK(proposal_with_wrong_result);
        return PROPOSAL_INVALID;
    }
    return PROPOSAL_VALID;
}

/* Rules 3 to 9, once the parent is here. */
static enum proposal_state judge(struct consensus *core, struct view_slot *slot,
                                 const struct block *block, const struct chain_point *parent)
{
    const struct header *header = &block->header;
    struct block_body body;
    if (!follows_parent(core, header, parent) ||
        !block_body_open(block->body, block->body_size, core->n, &body) ||
        !continues_cut(core, header, &body, parent->cut)) {
        return PROPOSAL_INVALID;
    }
    if (body.batch_count > 0 && !MUTANT(EXECUTION_UNBOUNDED) &&
        proposal_unexecuted(core, parent, header->exec_height) >= CONSENSUS_UNEXECUTED_MAX) {
        MARK(proposal_too_far_ahead_of_execution);
        return PROPOSAL_INVALID; /* rule 6 */
    }
    const enum proposal_state time = judge_time(core, slot, header, parent);
    if (time != PROPOSAL_VALID) {
        return time;
    }
    const enum proposal_state batches = judge_batches(core, slot, &body, parent->cut);
    if (batches != PROPOSAL_VALID) {
        return batches;
    }
    return judge_result(core, header, parent);
}

enum proposal_state proposal_check(struct consensus *core, struct view_slot *slot)
{
    TALLY_ASSERT(slot->proposal_state != PROPOSAL_NONE);
    if (slot->proposal_state != PROPOSAL_WAITING) {
        return slot->proposal_state;
    }
    const uint32_t index = block_pool_find(&core->pool, &slot->proposal_hash);
    if (index == BLOCK_POOL_NONE) {
        return PROPOSAL_WAITING;
    }
    struct block block;
    block_pool_open(&core->pool, index, &block);
    if (block.justification_size == 0 && !MUTANT(JUST_ROOT_UNCHECKED)) {
        MARK(proposal_waits_for_justification);
        return PROPOSAL_WAITING; /* rule 1, missing */
    }
    enum proposal_state verdict = PROPOSAL_WAITING;
    struct chain_point parent;
    if (slot->unjustifiable || block.header.parent_view < core->certificates.final_view) {
        MARK(proposal_unjustifiable_or_below_final);
        verdict = PROPOSAL_INVALID; /* rules 1 and 2, broken */
    } else if (core_chain_point(core, &block.header.parent_hash, &parent)) {
        verdict = judge(core, slot, &block, &parent);
    }
    slot->proposal_state = verdict;
    if (verdict == PROPOSAL_VALID) {
        core_note_cut(core, block_pool_cut(&core->pool, index));
    }
    if (verdict == PROPOSAL_INVALID) {
        core->changed = true;
        effect_trace(&core->effects, CONSENSUS_TRACE_INVALID, block.header.proposer, slot->view,
                     &slot->proposal_hash);
    }
    return verdict;
}
