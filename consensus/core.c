#include "consensus/core.h"

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"

bool core_may_sign(const struct consensus *core)
{
    if (core->config.self == CONSENSUS_OBSERVER || core->halt != CONSENSUS_HALT_NONE) {
        return false;
    }
    if (core->storage_failed && !MUTANT(STORAGE_FAILED_VOTES)) {
        return false;
    }
    return core->started && core->mute == CONSENSUS_ALARM_NONE;
}

void core_persist(struct consensus *core, const struct journal_record *record)
{
    struct bytes_writer writer = effect_write(&core->effects);
    journal_record_write(&writer, core->n, record);
    /* What others have signed, and can be had from them again; not what this node has promised. */
    const bool may_wait = record->kind == JOURNAL_CERTIFICATE || record->kind == JOURNAL_BLOCK;
    effect_persist(&core->effects, &writer, may_wait);
}

void core_mute(struct consensus *core, enum consensus_alarm reason)
{
    TALLY_ASSERT(reason != CONSENSUS_ALARM_NONE);
    if (core->config.self == CONSENSUS_OBSERVER || core->mute != CONSENSUS_ALARM_NONE) {
        return;
    }
    const bool lost = reason == CONSENSUS_ALARM_MUTE_JOURNAL_LOST;
    if ((lost && MUTANT(LOST_JOURNAL_VOTES)) || (!lost && MUTANT(ROLLED_BACK_JOURNAL_VOTES))) {
        return;
    }
    MARK(became_mute);
    core->mute = reason;
    core_persist(core, &(struct journal_record){.kind = JOURNAL_MUTE, .reason = (uint16_t)reason});
    effect_alarm(&core->effects, reason, core->config.self);
}

void core_halt(struct consensus *core, enum consensus_halt reason, uint64_t height)
{
    if (core->halt != CONSENSUS_HALT_NONE) {
        return;
    }
    core->halt = reason;
    struct consensus_effect *effect = effect_add(&core->effects, CONSENSUS_HALT);
    effect->halt.reason = reason;
    effect->halt.height = height;
}

static bool slot_in_window(const struct consensus *core, uint64_t view)
{
    return view > core->certificates.final_view && core_add(view, VIEW_PAST) >= core->view &&
           view <= core_add(core->view, VIEW_AHEAD);
}

struct view_slot *core_slot(struct consensus *core, uint64_t view)
{
    return slot_in_window(core, view) ? view_ring_get(&core->ring, view) : NULL;
}

struct view_slot *core_slot_claim(struct consensus *core, uint64_t view)
{
    return slot_in_window(core, view) ? view_ring_claim(&core->ring, view) : NULL;
}

const struct cast_vote *core_own_vote(const struct consensus *core, struct view_slot *slot,
                                      enum vote_kind kind)
{
    if (core->config.self == CONSENSUS_OBSERVER) {
        return NULL;
    }
    return view_slot_vote(slot, kind, core->config.self);
}

bool core_chain_point(const struct consensus *core, const struct hash *hash,
                      struct chain_point *out)
{
    if (hash_equal(hash, &core->tip.hash)) {
        *out = core->tip;
        return true;
    }
    const uint32_t index = block_pool_find(&core->pool, hash);
    if (index == BLOCK_POOL_NONE) {
        return false;
    }
    const struct header *header = &core->pool.blocks[index].header;
    *out = (struct chain_point){.view = header->view,
                                .height = header->height,
                                .ts_ms = header->ts_ms,
                                .exec_height = header->exec_height,
                                .hash = *hash,
                                .parent_hash = header->parent_hash,
                                .result_root = header->result_root,
                                .has_batches = header->batch_count > 0,
                                .cut = block_pool_cut(&core->pool, index)};
    return true;
}

bool core_chain_parent(const struct consensus *core, const struct chain_point *point,
                       struct chain_point *out)
{
    if (point->height > core->tip.height) {
        return core_chain_point(core, &point->parent_hash, out);
    }
    /* Below the tip only what the count of unexecuted blocks needs is remembered. */
    if (point->height == 0) {
        return false;
    }
    const uint64_t height = point->height - 1;
    const struct history_row *row = &core->history[height % CORE_HISTORY];
    if (row->height != height || height == 0) {
        return false;
    }
    *out =
        (struct chain_point){.height = height, .hash = row->hash, .has_batches = row->has_batches};
    return true;
}

struct history_row *core_history(const struct consensus *core, uint64_t height)
{
    return &core->history[height % CORE_HISTORY];
}

void core_note_cut(struct consensus *core, const uint8_t *cut)
{
    if (core->config.self == CONSENSUS_OBSERVER) {
        return;
    }
    const uint64_t named = bytes_get_u64(cut + (size_t)core->config.self * 8);
    if (named > core->own_lane_named) {
        core->own_lane_named = named;
    }
}

void core_report(struct consensus *core, struct report *out)
{
    for (uint16_t i = 0; i < core->n; i++) {
        bytes_put_u64(core->report_bytes + (size_t)i * 8, core->lanes.lanes[i].held);
    }
    out->exec_height = core->exec_height;
    out->lane_held = core->report_bytes;
}
