#include "consensus/replay.h"

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/pacing.h"
#include "consensus/proposal.h"
#include "consensus/repair.h"
#include "consensus/view.h"
#include "consensus/voting.h"

/* Before START nothing can be said or written; the reason is kept until then. */
static void distrust(struct consensus *core, enum consensus_alarm reason)
{
    if (core->mute == CONSENSUS_ALARM_NONE) {
        MARK(journal_distrusted);
        core->mute = reason;
    }
}

/* The store cannot know of a later final block than the journal: see judge_journal. */
static void note_final(struct consensus *core, const struct certificate *certificate)
{
    if (certificate->kind == CERTIFICATE_FINALIZATION && certificate->view > core->journal_final) {
        core->journal_final = certificate->view;
    }
}

static void replay_certificate(struct consensus *core, const struct certificate *certificate)
{
    if (!view_certificate(core, certificate, CERTIFICATE_FROM_JOURNAL)) {
        distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);
        return;
    }
    note_final(core, certificate);
}

/* A block, and the certificates that it carries. */
static void replay_block(struct consensus *core, const struct journal_record *record)
{
    const struct block *block = &record->block;
    struct bytes_reader reader;
    bytes_reader_init(&reader, block->justification, block->justification_size);
    const uint16_t count = bytes_read_u16(&reader);
    for (uint16_t i = 0; i < count; i++) {
        struct certificate certificate;
        certificate_read(&reader, core->n, &certificate);
        if (reader.failed) {
            distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);
            return;
        }
        (void)view_certificate(core, &certificate, CERTIFICATE_FROM_JOURNAL);
        note_final(core, &certificate);
    }
    struct hash hash;
    header_hash(&block->header, &hash);
    if (block->header.view <= core->tip.view ||
        block_pool_find(&core->pool, &hash) != BLOCK_POOL_NONE) {
        return;
    }
    block_pool_tidy(&core->pool);
    const uint32_t index = block_pool_add(&core->pool, &hash, block, NULL, 0);
    if (index != BLOCK_POOL_NONE) {
        core->pool.blocks[index].journalled = true;
    }
}

/* Puts an own vote back into its place. */
static void replay_vote(struct consensus *core, const struct vote *vote)
{
    if (vote->signer != core->config.self || vote->epoch != core->config.epoch) {
        distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_FOREIGN);
        return;
    }
    if (vote->kind != VOTE_FINALIZE) {
        view_restart(core, vote->view);
    }
    struct view_slot *slot = core_slot_claim(core, vote->view);
    if (slot == NULL || (vote->kind == VOTE_NULLIFY && MUTANT(NULLIFY_NOT_REPLAYED))) {
        return;
    }
    if (MUTANT(REPLAY_LAST_ONLY)) {
        for (enum vote_kind kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
            view_slot_table(slot, kind)->votes[core->config.self].cast = false;
        }
    }
    const struct cast_vote *known = view_slot_vote(slot, vote->kind, vote->signer);
    if (known != NULL) {
        if (!hash_equal(&known->hash, &vote->hash)) {
            distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);
        }
        return;
    }
    view_slot_cast(slot, vote);
}

/* An own NOTARIZE: as leader it was the proposal, which stays the same (E1). */
static void replay_notarize(struct consensus *core, const struct journal_record *record)
{
    const struct vote *vote = &record->vote;
    struct hash hash;
    header_hash(&record->block.header, &hash);
    if (!hash_equal(&hash, &vote->hash) || record->block.header.view != vote->view) {
        distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);
        return;
    }
    replay_block(core, record);
    if (MUTANT(LEADER_PROPOSES_AFRESH) &&
        leader_of(&core->leaders, vote->view) == core->config.self) {
        view_restart(core, vote->view);
        return;
    }
    replay_vote(core, vote);
    struct view_slot *slot = core_slot(core, vote->view);
    if (slot == NULL || slot->proposal_state != PROPOSAL_NONE) {
        return;
    }
    MARK(notarize_replayed);
    slot->proposal_state = PROPOSAL_VALID;
    slot->proposal_hash = hash;
    slot->proposal_signature = vote->signature;
    slot->justified = true;
    slot->notarize_replayed = true;
}

static void replay_begin(struct consensus *core, const struct journal_record *record)
{
    core->begin_seen = true;
    if (!hash_equal(&record->chain_id, &core->config.chain_id) ||
        record->epoch != core->config.epoch || record->self != core->config.self) {
        distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_FOREIGN);
    }
}

void replay_record(struct consensus *core, const uint8_t *bytes, size_t size)
{
    TALLY_ASSERT(!core->started);
    struct journal_record record;
    if (!journal_record_read(bytes, size, core->n, &record)) {
        distrust(core, CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);
        return;
    }
    switch (record.kind) {
    case JOURNAL_BEGIN:
        replay_begin(core, &record);
        break;
    case JOURNAL_NOTARIZE:
        replay_notarize(core, &record);
        break;
    case JOURNAL_VOTE:
        replay_vote(core, &record.vote);
        break;
    case JOURNAL_CERTIFICATE:
        replay_certificate(core, &record.certificate);
        break;
    case JOURNAL_BLOCK:
        replay_block(core, &record);
        break;
    case JOURNAL_FLOOR:
        if (record.view > core->floor) {
            MARK(floor_replayed);
            core->floor = record.view;
        }
        break;
    case JOURNAL_MUTE:
        distrust(core, (enum consensus_alarm)record.reason);
        break;
    case JOURNAL_LANE_BARRED:
        core->lanes.lanes[record.lane].barred = true;
        break;
    }
}

/* Whether the journal can be trusted with the votes of this key. */
static enum consensus_alarm judge_journal(const struct consensus *core,
                                          enum consensus_journal_state state, bool marked,
                                          uint64_t store_final_view)
{
    if (state == CONSENSUS_JOURNAL_LOST) {
        MARK(journal_lost_mute);
        return CONSENSUS_ALARM_MUTE_JOURNAL_LOST;
    }
    if (state == CONSENSUS_JOURNAL_CREATED) {
        return core->tip.view > 0 ? CONSENSUS_ALARM_MUTE_JOURNAL_BEHIND_STORE
                                  : CONSENSUS_ALARM_NONE;
    }
    if (!core->begin_seen) {
        return CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED;
    }
    return core->journal_final < store_final_view && !marked
               ? CONSENSUS_ALARM_MUTE_JOURNAL_BEHIND_STORE
               : CONSENSUS_ALARM_NONE;
}

static void start_validator(struct consensus *core, const struct consensus_event *event)
{
    if (!core->begin_seen) {
        core_persist(core, &(struct journal_record){.kind = JOURNAL_BEGIN,
                                                    .chain_id = core->config.chain_id,
                                                    .epoch = core->config.epoch,
                                                    .self = core->config.self});
    }
    const enum consensus_alarm known = core->mute;
    const enum consensus_alarm found = judge_journal(
        core, event->start.journal, event->start.journal_marked, core->store_final_view);
    core->mute = CONSENSUS_ALARM_NONE;
    if (known != CONSENSUS_ALARM_NONE || found != CONSENSUS_ALARM_NONE) {
        core_mute(core, known != CONSENSUS_ALARM_NONE ? known : found);
    }
    if (event->start.batch_log_lost) {
        MARK(own_lane_closed_by_lost_batch_log);
        core->lane_closed = true;
        effect_alarm(&core->effects, CONSENSUS_ALARM_LANE_CLOSED, core->config.self);
    }
}

void replay_start(struct consensus *core, const struct consensus_event *event)
{
    TALLY_ASSERT(!core->started);
    core->started = true;
    core->changed = true;
    core->pacing.commit_ms = core->now_ms;
    view_restart(core, core_add(core->certificates.final_view, 1));
    pacing_enter(core);
    repair_start(core);
    if (core->config.self == CONSENSUS_OBSERVER) {
        return;
    }
    start_validator(core, event);
    struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    if (slot->proposal_state != PROPOSAL_NONE) {
        pacing_proposal_seen(core);
        repair_resend_proposal(core);
    }
}
