#include "consensus/pacing.h"

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/batches.h"
#include "consensus/proposal.h"
#include "consensus/view.h"

enum {
    BUSY_BEGIN = 700, /* permille of the time */
    BUSY_FULL = 850,
    BUSY_WINDOW_MS = 500, /* what is "lately" */
};

void pacing_enter(struct consensus *core)
{
    core->pacing.entered_ms = core->now_ms;
    core->pacing.armed = false;
    core->pacing.may_propose = false;
}

/* Silence is counted only while votes flow, so nobody is blamed for an idle network. */
static uint64_t silence_ms(const struct consensus *core)
{
    const uint64_t grown = 8 * view_delay_ms(core, core->view);
    return grown > core->config.timing.skip_ms ? grown : core->config.timing.skip_ms;
}

void pacing_heard(struct consensus *core, uint16_t validator)
{
    if (validator >= core->n) {
        return;
    }
    struct pacing *pacing = &core->pacing;
    if (core->now_ms > core_add(pacing->last_vote_ms, silence_ms(core) / 2)) {
        pacing->activity_ms = core->now_ms;
    }
    pacing->last_vote_ms = core->now_ms;
    core->peers[validator].heard_ms = core->now_ms;
    core->peers[validator].absent = false;
}

void pacing_given_up(struct consensus *core)
{
    const uint16_t leader = leader_of(&core->leaders, core->view);
    const struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    if (slot->proposal_state == PROPOSAL_NONE && leader != core->config.self) {
        core->peers[leader].absent = true;
    }
}

static bool heard_lately(const struct consensus *core, uint16_t validator)
{
    return core->now_ms <= core_add(core->peers[validator].heard_ms, silence_ms(core));
}

/* Has this leader let its last turn pass? That it is absent counts while blocks become final: f
 * absent leaders in a row, and two views that are under way. */
static bool leader_absent(const struct consensus *core, uint16_t leader)
{
    return core->peers[leader].absent &&
           core->view <= core_add(core->certificates.final_view, (uint64_t)core->witness + 1);
}

static bool leader_silent(const struct consensus *core, uint16_t leader)
{
    return !heard_lately(core, leader) &&
           core->now_ms > core_add(core->pacing.activity_ms, silence_ms(core));
}

static bool leader_inactive(const struct consensus *core)
{
    const uint16_t leader = leader_of(&core->leaders, core->view);
    const uint16_t self = core->config.self;
    if (leader == self || self == CONSENSUS_OBSERVER ||
        (!leader_absent(core, leader) && !leader_silent(core, leader)) ||
        !heard_lately(core, self)) {
        return false;
    }
    uint16_t active_count = 0;
    for (uint16_t i = 0; i < core->n; i++) {
        if (heard_lately(core, i) && !core->peers[i].absent) {
            active_count++;
        }
    }
    return active_count >= core->quorum;
}

static uint64_t earliest_ms(const struct consensus *core)
{
    return core_add(core->pacing.proposal_ms, core->config.timing.block_interval_min_ms);
}

void pacing_committed(struct consensus *core)
{
    struct pacing *pacing = &core->pacing;
    pacing->commit_ms = core->now_ms;
    if (core->tip.height == core->exec_height + 1) {
        pacing->executing_ms = core->now_ms;
    }
}

/* A mean that forgets: the share of the time since the block before counts by how long that was. */
void pacing_executed(struct consensus *core)
{
    struct pacing *pacing = &core->pacing;
    const uint64_t passed_ms = core->now_ms - pacing->executed_ms;
    const uint64_t under_way_ms = core->now_ms - pacing->executing_ms;
    const uint64_t busy_ms = under_way_ms < passed_ms ? under_way_ms : passed_ms;
    if (passed_ms >= BUSY_WINDOW_MS) {
        pacing->busy_permille = (uint32_t)(1000 * busy_ms / passed_ms);
    } else {
        pacing->busy_permille =
            (uint32_t)((pacing->busy_permille * (BUSY_WINDOW_MS - passed_ms) + 1000 * busy_ms) /
                       BUSY_WINDOW_MS);
    }
    pacing->executed_ms = core->now_ms;
    pacing->executing_ms = core->now_ms;
}

/* Have q others executed more than this validator? By one block anybody is ahead of somebody. */
static bool execution_behind(const struct consensus *core)
{
    uint16_t ahead_count = 0;
    for (uint16_t i = 0; i < core->n; i++) {
        ahead_count =
            (uint16_t)(ahead_count + (core->peers[i].exec_height > core->exec_height + 1 ? 1 : 0));
    }
    return ahead_count >= core->quorum;
}

/* From when on the leader may propose. */
static uint64_t proposing_ms(const struct consensus *core)
{
    const uint64_t least_ms = core->config.timing.block_interval_min_ms;
    const uint64_t most_ms = (uint64_t)core->config.timing.d0_ms * 4 / 5;
    const uint64_t busy = core->pacing.busy_permille;
    if (busy <= BUSY_BEGIN || most_ms <= least_ms || execution_behind(core)) {
        return earliest_ms(core);
    }
    const uint64_t over = busy < BUSY_FULL ? busy - BUSY_BEGIN : BUSY_FULL - BUSY_BEGIN;
    const uint64_t more_ms = (most_ms - least_ms) * over / (BUSY_FULL - BUSY_BEGIN);
    return core_add(earliest_ms(core), more_ms);
}

static void arm(struct consensus *core)
{
    struct pacing *pacing = &core->pacing;
    const uint64_t delay_ms = view_delay_ms(core, core->view);
    const uint64_t earliest = earliest_ms(core);
    pacing->armed = true;
    pacing->start_ms = earliest > core->now_ms ? earliest : core->now_ms;
    pacing->prop_ms = core_add(pacing->start_ms, 2 * delay_ms);
    pacing->cert_ms = core_add(pacing->start_ms, 3 * delay_ms);
    effect_trace(&core->effects, CONSENSUS_TRACE_ARM, core->config.self, core->view, NULL);
}

void pacing_proposal_seen(struct consensus *core)
{
    if (!core->pacing.armed) {
        arm(core);
    }
    core->pacing.proposal_ms = core->now_ms;
}

/* (a): a batch that a block on this parent could order, whose header names what q and this
 * validator have executed, or again what its parent names. */
static bool batch_waits(const struct consensus *core, const struct chain_point *parent)
{
    const uint64_t executed =
        parent->exec_height > core->exec_quorum ? parent->exec_height : core->exec_quorum;
    if (proposal_unexecuted(core, parent, executed) >= CONSENSUS_UNEXECUTED_MAX) {
        MARK(ordering_waits_for_execution);
        return false;
    }
    for (uint16_t lane = 0; lane < core->n; lane++) {
        const uint64_t cut = bytes_get_u64(parent->cut + (size_t)lane * 8);
        if (batches_orderable(core, lane, cut) > cut) {
            return true;
        }
    }
    return false;
}

/* (c): a result with content that no header on this parent's branch certifies. */
static bool result_waits(const struct consensus *core, const struct chain_point *parent)
{
    for (uint64_t height = parent->exec_height + 1; height <= core->exec_quorum; height++) {
        const struct history_row *row = &core->history[height % CORE_HISTORY];
        if (row->result_height == height && row->has_content) {
            return true;
        }
    }
    const struct pacing *pacing = &core->pacing;
    const bool caught_up = parent->height == core->tip.height;
    return caught_up &&
           (pacing->work_due || (pacing->more_due && pacing->more_due_height == core->tip.height));
}

void pacing_run(struct consensus *core)
{
    struct pacing *pacing = &core->pacing;
    const struct consensus_timing *timing = &core->config.timing;
    struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    struct parent_choice choice;
    proposal_parent(core, core->view, &choice);

    /* (b), and a parent that is not known yet is no better. */
    const bool unfinal = !choice.found || choice.point.view > core->certificates.final_view;
    const bool tail = unfinal && !MUTANT(TAIL_NOT_FINALIZED);
    const bool heartbeat =
        !unfinal && core_due(core, core_add(pacing->commit_ms, timing->heartbeat_ms));
    /* Without a parent the work is judged from the last committed block: a leader that cannot
     * build on anything must notice in time to hand over. */
    const struct chain_point *parent = choice.found ? &choice.point : &core->tip;
    if (heartbeat) {
        MARK(heartbeat_block);
    }
    const bool urgent = heartbeat || batch_waits(core, parent) || result_waits(core, parent);
    const uint64_t tail_ms = core_add(pacing->entered_ms, 2 * (uint64_t)timing->d0_ms);
    if (!urgent) {
        pacing->work_ms = UINT64_MAX;
    } else if (pacing->work_ms == UINT64_MAX) {
        pacing->work_ms = core->now_ms;
    }

    const bool leading = leader_of(&core->leaders, core->view) == core->config.self;
    pacing->may_propose = false;
    if (leading) {
        if (urgent || pacing->armed || (tail && core_due(core, tail_ms))) {
            if (!urgent && !pacing->armed) {
                MARK(tail_finalized_by_leader);
            }
            if (!pacing->armed) {
                arm(core);
            }
            pacing->may_propose = core_due(core, proposing_ms(core));
        }
        return;
    }
    if (!pacing->armed) {
        const bool work_seen = urgent && core_due(core, core_add(pacing->work_ms, timing->d0_ms));
        const bool tail_seen = tail && core_due(core, core_add(tail_ms, timing->d0_ms));
        if (slot->proposal_state != PROPOSAL_NONE) {
            pacing_proposal_seen(core);
        } else if (work_seen || tail_seen) {
            MARK(timer_armed_by_work_or_tail);
            arm(core);
        }
    }
    const bool waiting = !pacing->armed || pacing->prop_ms > core->now_ms;
    if (slot->proposal_state == PROPOSAL_NONE && waiting && leader_inactive(core)) {
        MARK(dead_leader_skipped);
        arm(core);
        pacing->prop_ms = core->now_ms;
        pacing->cert_ms = core->now_ms;
        effect_trace(&core->effects, CONSENSUS_TRACE_SKIP, leader_of(&core->leaders, core->view),
                     core->view, NULL);
    }
}
