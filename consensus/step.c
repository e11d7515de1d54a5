#include "consensus/step.h"

#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/answer.h"
#include "consensus/batches.h"
#include "consensus/catch_up.h"
#include "consensus/core.h"
#include "consensus/execution.h"
#include "consensus/pacing.h"
#include "consensus/proposal.h"
#include "consensus/repair.h"
#include "consensus/replay.h"
#include "consensus/request.h"
#include "consensus/view.h"
#include "consensus/voting.h"

/* Rounds of settling per step; what is left is done in the next one, at once. */
#define SETTLE_ROUNDS_MAX 16

/* -------------------------------------------------------------------------------- messages */

typedef void message_handler(struct consensus *core, uint16_t from, const uint8_t *bytes,
                             size_t size);

static void on_message(struct consensus *core, const struct consensus_event *event)
{
    static message_handler *const handlers[MESSAGE_KIND_MAX + 1] = {
        [MESSAGE_NOTARIZE] = voting_on_vote,
        [MESSAGE_NULLIFY] = voting_on_vote,
        [MESSAGE_FINALIZE] = voting_on_vote,
        [MESSAGE_BATCH] = batches_on_message,
        [MESSAGE_PROPOSAL] = proposal_on_message,
        [MESSAGE_CERTIFICATE] = view_on_certificate,
        [MESSAGE_STATUS] = repair_on_status,
        [MESSAGE_CERTIFICATE_REQUEST] = answer_certificate_request,
        [MESSAGE_BLOCK_REQUEST] = answer_block_request,
        [MESSAGE_BLOCK] = request_on_block,
        [MESSAGE_JUSTIFICATION_REQUEST] = answer_justification_request,
        [MESSAGE_JUSTIFICATION] = proposal_on_justification,
        [MESSAGE_BATCH_REQUEST] = batches_on_request,
        [MESSAGE_RANGE_REQUEST] = answer_range_request,
        [MESSAGE_RANGE] = catch_up_on_range,
    };
    const uint16_t from = event->message.from;
    TALLY_ASSERT(from < core->n + CONSENSUS_OBSERVERS_MAX);
    TALLY_ASSERT(from != core->config.self);
    const uint8_t kind = event->message.size > 0 ? event->message.bytes[0] : 0;
    if (kind == 0 || kind > MESSAGE_KIND_MAX) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    handlers[kind](core, from, event->message.bytes, event->message.size);
}

/* While storage fails nothing new is learnt: it could not be written down. */
static bool message_answerable(const struct consensus_event *event)
{
    const uint8_t kind = event->message.size > 0 ? event->message.bytes[0] : 0;
    return kind == MESSAGE_STATUS || kind == MESSAGE_CERTIFICATE_REQUEST ||
           kind == MESSAGE_BLOCK_REQUEST || kind == MESSAGE_JUSTIFICATION_REQUEST ||
           kind == MESSAGE_BATCH_REQUEST || kind == MESSAGE_RANGE_REQUEST;
}

/* --------------------------------------------------------------------------------- settling */

static void on_storage(struct consensus *core, bool failed)
{
    if (core->storage_failed == failed) {
        return;
    }
    if (failed) {
        MARK(storage_failed);
    } else {
        MARK(storage_recovered);
    }
    core->storage_failed = failed;
    core->changed = true;
    effect_alarm(&core->effects,
                 failed ? CONSENSUS_ALARM_STORAGE_FAILED : CONSENSUS_ALARM_STORAGE_RECOVERED,
                 CONSENSUS_OBSERVER);
}

/* Limits of memory that the operator can raise; each is said once. */
static void check_limits(struct consensus *core)
{
    if (!core->exhausted && !certificate_table_fits(&core->certificates, core->view)) {
        MARK(views_exhausted);
        core->exhausted = true;
        effect_alarm(&core->effects, CONSENSUS_ALARM_VIEWS_EXHAUSTED, CONSENSUS_OBSERVER);
    }
    const bool full = core->pool.count == core->pool.capacity ||
                      core->pool.heap_capacity - core->pool.heap_used + core->pool.heap_garbage <
                          core->pool.block_bytes_max;
    if (full && !core->pool_full) {
        effect_alarm(&core->effects, CONSENSUS_ALARM_BLOCKS_FULL, CONSENSUS_OBSERVER);
    }
    core->pool_full = full;
}

/* Applies the rules of core.h until none has anything to do. */
static void settle(struct consensus *core)
{
    uint32_t round = 0;
    bool voting = true;
    while (core->changed && round < SETTLE_ROUNDS_MAX && core->halt == CONSENSUS_HALT_NONE) {
        core->changed = false;
        round++;
        voting = !core->storage_failed || MUTANT(STORAGE_FAILED_VOTES);
        if (voting) {
            voting_count(core);
        }
        catch_up_commit(core);
        if (voting && core->halt == CONSENSUS_HALT_NONE) {
            pacing_run(core);
            voting_nullify(core);
            proposal_make(core);
            voting_notarize(core);
            voting_finalize(core);
        }
    }
    if (core->halt != CONSENSUS_HALT_NONE) {
        return;
    }
    if (core->changed || !effect_list_room(&core->effects)) {
        core_wake_at(core, core->now_ms);
    }
    check_limits(core);
    if (voting) {
        repair_run(core);
    }
}

static void dispatch(struct consensus *core, const struct consensus_event *event)
{
    switch (event->kind) {
    case CONSENSUS_RESTORE_FINAL:
        catch_up_on_restore(core, event->restore_final.bytes, event->restore_final.size);
        break;
    case CONSENSUS_RESTORE_BATCH:
        batches_on_restore(core, event);
        break;
    case CONSENSUS_RESTORE_RECORD:
        replay_record(core, event->restore_record.bytes, event->restore_record.size);
        break;
    case CONSENSUS_START:
        replay_start(core, event);
        break;
    case CONSENSUS_MESSAGE:
        if (!core->storage_failed || message_answerable(event)) {
            on_message(core, event);
        }
        break;
    case CONSENSUS_TIME:
        break;
    case CONSENSUS_LOCAL_BATCH:
        batches_on_local(core, event->local_batch.payload, event->local_batch.size);
        break;
    case CONSENSUS_BATCH_CHECKED:
        batches_on_checked(core, event);
        break;
    case CONSENSUS_JOURNAL_DURABLE:
        TALLY_ASSERT(event->journal_durable.seq <= core->effects.seq);
        core->durable_seq = event->journal_durable.seq;
        break;
    case CONSENSUS_EXECUTED:
        execution_on_executed(core, event);
        break;
    case CONSENSUS_WORK_DUE:
        core->pacing.work_due = true;
        break;
    case CONSENSUS_STORAGE_FAILED:
        on_storage(core, true);
        break;
    case CONSENSUS_STORAGE_RECOVERED:
        on_storage(core, false);
        break;
    }
}

void consensus_step(struct consensus *core, const struct consensus_event *event,
                    struct consensus_effects *effects)
{
    effect_list_clear(&core->effects);
    proposal_forget(core);
    block_pool_tidy(&core->pool);
    if (event->now_ms > core->now_ms) {
        core->now_ms = event->now_ms;
    }
    core->utc_ms = event->utc_ms;
    core->wake_ms = UINT64_MAX;
    if (core->halt == CONSENSUS_HALT_NONE) {
        const bool restoring =
            event->kind == CONSENSUS_RESTORE_FINAL || event->kind == CONSENSUS_RESTORE_BATCH ||
            event->kind == CONSENSUS_RESTORE_RECORD || event->kind == CONSENSUS_START;
        TALLY_ASSERT(core->started != restoring);
        dispatch(core, event);
        if (core->started) {
            core->changed = true; /* time has passed, if nothing else */
            settle(core);
        }
    }
    effects->items = core->effects.items;
    effects->count = core->effects.count;
    effects->next_deadline_ms = core->wake_ms;
}

/* ---------------------------------------------------------------------------------- getters */

/* Is there a block on its way: one that is proposed, or notarized, and not final? */
static bool block_under_way(const struct consensus *core)
{
    const struct view_slot *slot = &core->ring.slots[core->view % VIEW_SLOTS];
    return core->view > core->certificates.final_view + 1 ||
           (slot->view == core->view && slot->proposal_state != PROPOSAL_NONE);
}

void consensus_summary(const struct consensus *core, struct consensus_summary *out)
{
    *out = (struct consensus_summary){
        .view = core->view,
        .final_view = core->certificates.final_view,
        .final_height = core->tip.height,
        .final_hash = core->tip.hash,
        .exec_height = core->exec_height,
        .certified_exec_height = core->certified_exec_height,
        .gap_view = certificate_table_gap(&core->certificates, core->view),
        .journal_seq = core->effects.seq,
        .durable_seq = core->durable_seq,
        .own_lane_seq = core->own_lane_seq,
        .own_lane_named = core->own_lane_named,
        .under_way = block_under_way(core),
        .mute = core->mute,
        .halt = core->halt,
        .storage_failed = core->storage_failed,
        .lane_closed = core->lane_closed,
    };
}

uint16_t consensus_leader(const struct consensus *core, uint64_t view)
{
    return leader_of(&core->leaders, view);
}

uint32_t consensus_lane_room(const struct consensus *core)
{
    if (!core_may_sign(core) || core->lane_closed) {
        return 0;
    }
    const uint64_t used = core->own_lane_seq - core->lanes.lanes[core->config.self].cut;
    const uint32_t window = core->lanes.window_size;
    return used >= window ? 0 : (uint32_t)(window - used);
}

uint64_t consensus_peer_exec_height(const struct consensus *core, uint16_t peer)
{
    TALLY_ASSERT(peer < core->n);
    return core->peers[peer].exec_height;
}

bool consensus_record_is_live(const struct consensus *core, const uint8_t *bytes, size_t size)
{
    struct journal_record record;
    const uint64_t final_view = core->certificates.final_view;
    if (!journal_record_read(bytes, size, core->n, &record)) {
        return true; /* never drop what is not understood */
    }
    switch (record.kind) {
    case JOURNAL_BEGIN:
    case JOURNAL_MUTE:
    case JOURNAL_LANE_BARRED:
        return true;
    case JOURNAL_NOTARIZE:
        return record.vote.view > core->tip.view;
    case JOURNAL_VOTE:
        return record.vote.view > final_view;
    case JOURNAL_BLOCK:
        return record.block.header.view > core->tip.view;
    case JOURNAL_CERTIFICATE:
        return record.certificate.kind == CERTIFICATE_FINALIZATION
                   ? record.certificate.view >= final_view
                   : record.certificate.view > final_view;
    case JOURNAL_FLOOR:
        return record.view > final_view;
    }
    return true;
}
