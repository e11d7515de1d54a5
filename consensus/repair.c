#include "consensus/repair.h"

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/batches.h"
#include "consensus/execution.h"
#include "consensus/proposal.h"
#include "consensus/request.h"
#include "consensus/voting.h"

/* The STATUS period grows to so many times retry_ms while nothing happens. */
#define REPAIR_BACKOFF_MAX 8

/* ------------------------------------------------------------------------------ bookkeeping */

void repair_start(struct consensus *core)
{
    struct repair *repair = &core->repair;
    repair->status_period_ms = core->config.timing.retry_ms;
    repair->status_ms = core->now_ms;
    repair->forward_ms = UINT64_MAX;
    for (uint16_t i = 0; i < core->n + CONSENSUS_OBSERVERS_MAX; i++) {
        core->peers[i].credit = CORE_CREDIT_MAX;
        core->peers[i].credit_ms = core->now_ms;
    }
}

void repair_progress(struct consensus *core)
{
    struct repair *repair = &core->repair;
    repair->status_period_ms = core->config.timing.retry_ms;
    const uint64_t latest = core_add(core->now_ms, repair->status_period_ms);
    if (repair->status_ms > latest) {
        repair->status_ms = latest;
    }
}

void repair_status_now(struct consensus *core)
{
    const uint64_t earliest = core_add(core->repair.status_sent_ms, core->config.timing.d0_ms / 2);
    if (core->repair.status_ms > earliest) {
        core->repair.status_ms = earliest > core->now_ms ? earliest : core->now_ms;
    }
}

bool repair_pay(struct consensus *core, uint16_t from, uint32_t cost)
{
    struct peer *peer = &core->peers[from];
    const uint64_t elapsed_ms = core->now_ms - peer->credit_ms;
    const uint64_t earned = elapsed_ms >= core->config.timing.retry_ms
                                ? CORE_CREDIT_MAX
                                : elapsed_ms * CORE_CREDIT_MAX / core->config.timing.retry_ms;
    if (earned > 0) {
        const uint64_t credit = peer->credit + earned;
        peer->credit = credit > CORE_CREDIT_MAX ? CORE_CREDIT_MAX : (uint32_t)credit;
        peer->credit_ms = core->now_ms;
    }
    if (MUTANT(EGRESS_UNBOUNDED)) {
        return true;
    }
    if (peer->credit < cost) {
        MARK(rule_S10_answer_unpaid);
        return false;
    }
    peer->credit -= cost;
    return true;
}

void repair_on_report(struct consensus *core, uint16_t from, const struct report *report)
{
    if (from >= core->n || from == core->config.self) {
        return;
    }
    struct peer *peer = &core->peers[from];
    for (uint16_t lane = 0; lane < core->n; lane++) {
        const uint64_t held = report_lane_held(report, lane);
        if (held > peer->lane_held[lane]) {
            core->changed = true;
        }
        peer->lane_held[lane] = held;
    }
    if (peer->exec_height != report->exec_height) {
        peer->exec_height = report->exec_height;
        execution_quorum(core);
        core->changed = true;
    }
}

/* ------------------------------------------------------------------------------ certificates */

void repair_send_certificate(struct consensus *core, enum certificate_kind kind, uint64_t view,
                             uint16_t to)
{
    const uint8_t *bytes = certificate_table_bytes(&core->certificates, kind, view);
    TALLY_ASSERT(bytes != NULL);
    struct bytes_writer writer = effect_write(&core->effects);
    bytes_write_u8(&writer, MESSAGE_CERTIFICATE);
    bytes_write_copy(&writer, bytes, core->certificates.size);
    /* It may hold the own vote, which must be durable first. */
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, core->effects.promised_seq);
}

void repair_forward(struct consensus *core, enum certificate_kind kind, uint64_t view)
{
    if (!core->started) {
        return;
    }
    struct repair *repair = &core->repair;
    if (repair->forward_ms == UINT64_MAX || view >= repair->forward_view) {
        repair->forward_ms = core_add(core->now_ms, core->config.timing.d0_ms / 4);
        repair->forward_kind = kind;
        repair->forward_view = view;
    }
}

/* Only those get it from whom nothing of a later view was seen. */
static void forward_delayed(struct consensus *core)
{
    struct repair *repair = &core->repair;
    if (repair->forward_ms == UINT64_MAX || !core_due(core, repair->forward_ms)) {
        return;
    }
    repair->forward_ms = UINT64_MAX;
    MARK(certificate_forwarded_late);
    if (!certificate_table_holds(&core->certificates, repair->forward_kind, repair->forward_view)) {
        return;
    }
    bool first = true;
    for (uint16_t i = 0; i < core->n; i++) {
        if (i == core->config.self || core->peers[i].view > repair->forward_view) {
            continue;
        }
        if (first) {
            repair_send_certificate(core, repair->forward_kind, repair->forward_view, i);
        } else {
            effect_send_again(&core->effects, i);
        }
        first = false;
    }
}

bool repair_send_any_certificate(struct consensus *core, uint64_t view, uint16_t to)
{
    const enum certificate_kind kinds[] = {CERTIFICATE_NOTARIZATION, CERTIFICATE_NULLIFICATION};
    for (size_t i = 0; i < 2; i++) {
        if (certificate_table_holds(&core->certificates, kinds[i], view)) {
            repair_send_certificate(core, kinds[i], view, to);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------- own votes */

static void resend_vote(struct consensus *core, struct view_slot *slot, enum vote_kind kind,
                        uint16_t to)
{
    const struct cast_vote *own = core_own_vote(core, slot, kind);
    if (own == NULL) {
        return;
    }
    const struct vote vote = {.kind = kind,
                              .epoch = core->config.epoch,
                              .view = slot->view,
                              .hash = own->hash,
                              .signer = core->config.self,
                              .signature = own->signature};
    voting_send(core, &vote, to);
}

/* The own vote, or as leader the proposal, and the own NULLIFY of one view. */
static void resend_view(struct consensus *core, uint64_t view, uint16_t to)
{
    struct view_slot *slot = core_slot(core, view);
    if (slot == NULL) {
        return;
    }
    if (voting_notarize_holds(core, slot)) {
        if (leader_of(&core->leaders, view) == core->config.self) {
            MARK(proposal_sent_again);
            proposal_send(core, slot, to);
        } else {
            MARK(notarize_sent_again);
            resend_vote(core, slot, VOTE_NOTARIZE, to);
        }
    }
    resend_vote(core, slot, VOTE_NULLIFY, to);
}

void repair_resend_proposal(struct consensus *core)
{
    struct view_slot *slot = core_slot(core, core->view);
    TALLY_ASSERT(slot != NULL);
    if (core_may_sign(core) && leader_of(&core->leaders, core->view) == core->config.self &&
        voting_notarize_holds(core, slot)) {
        MARK(proposal_repeated_after_restart);
        proposal_send(core, slot, CONSENSUS_ALL);
    }
}

/* The newest unfinal views that this node would like to see final (rule S4). */
static void resend_finalize(struct consensus *core, uint64_t view, uint16_t to)
{
    uint64_t u = view < core->view ? view : core->view;
    for (uint32_t sent = 0; sent < REPAIR_VIEWS_MAX && u > core->certificates.final_view &&
                            core_add(u, VIEW_PAST) >= core->view;
         u--) {
        struct view_slot *slot = core_slot(core, u);
        if (slot != NULL && core_own_vote(core, slot, VOTE_FINALIZE) != NULL) {
            MARK(rule_S4_finalize_sent_again);
            resend_vote(core, slot, VOTE_FINALIZE, to);
            sent++;
        }
    }
}

/* ----------------------------------------------------------------------------------- STATUS */

static void send_status(struct consensus *core)
{
    struct message_status status = {.epoch = core->config.epoch,
                                    .view = core->view,
                                    .final_view = core->certificates.final_view,
                                    .final_height = core->tip.height,
                                    .gap_view =
                                        certificate_table_gap(&core->certificates, core->view)};
    core_report(core, &status.report);
    struct bytes_writer writer = effect_write(&core->effects);
    message_status_write(&writer, core->n, &status);
    effect_send(&core->effects, &writer, CONSENSUS_ALL, CONSENSUS_CLASS_VOTE, 0);
}

static void run_status(struct consensus *core)
{
    struct repair *repair = &core->repair;
    if (MUTANT(NO_RETRY) || (core->n == 1 && core->config.self == 0) ||
        !core_due(core, repair->status_ms)) {
        return;
    }
    send_status(core);
    repair->status_sent_ms = core->now_ms;
    const uint32_t jitter = (uint32_t)prng_below(&core->prng, repair->status_period_ms / 4 + 1);
    repair->status_ms = core_add(core->now_ms, (uint64_t)repair->status_period_ms + jitter);
    core_wake_at(core, repair->status_ms);
    if (repair->status_period_ms < core->config.timing.retry_ms * REPAIR_BACKOFF_MAX) {
        repair->status_period_ms *= 2;
    }
}

/* Certificates, or else own votes, of up to REPAIR_VIEWS_MAX views from `view` on. */
static void answer_views(struct consensus *core, uint64_t view, bool votes, uint16_t to)
{
    const uint64_t final_view = core->certificates.final_view;
    uint64_t u = view > final_view ? view : final_view + 1;
    for (uint32_t i = 0; i < REPAIR_VIEWS_MAX && u < core->view; i++, u++) {
        if (!repair_send_any_certificate(core, u, to) && votes && core_may_sign(core)) {
            resend_view(core, u, to);
        }
    }
}

/* At most one answer per peer and half period, whatever is asked (rule S10). */
static bool answer_allowed(struct consensus *core, uint16_t from)
{
    struct peer *peer = &core->peers[from];
    const uint64_t pause_ms = core->config.timing.retry_ms / 2;
    if (peer->answered_ms != 0 && core->now_ms < core_add(peer->answered_ms, pause_ms)) {
        MARK(rule_S10_status_answered_lately);
        return false;
    }
    peer->answered_ms = core->now_ms;
    return true;
}

void repair_answer_stale(struct consensus *core, uint16_t from)
{
    if (core->certificates.final_held && effect_list_room(&core->effects) &&
        answer_allowed(core, from)) {
        repair_send_certificate(core, CERTIFICATE_FINALIZATION, core->certificates.final_view,
                                from);
    }
}

void repair_on_status(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct message_status status;
    if (!message_status_read(bytes, size, core->n, &status)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    if (status.epoch != core->config.epoch) {
        return;
    }
    repair_on_report(core, from, &status.report);
    struct peer *peer = &core->peers[from];
    peer->final_height = status.final_height;
    peer->view = status.view;
    if (MUTANT(NO_STATUS_ANSWER) || !answer_allowed(core, from)) {
        return;
    }
    const struct certificate_table *table = &core->certificates;
    if (status.final_view < table->final_view && table->final_held) {
        MARK(finalization_sent_to_laggard);
        repair_send_certificate(core, CERTIFICATE_FINALIZATION, table->final_view, from);
    }
    if (status.gap_view < status.view && !MUTANT(NO_GAP_REPAIR)) {
        MARK(gap_repaired);
        answer_views(core, status.gap_view, true, from);
    }
    answer_views(core, status.view, false, from);
    if (from >= core->n) {
        return;
    }
    if (core_may_sign(core) && !MUTANT(NO_VOTE_RESEND)) {
        resend_finalize(core, status.view, from);
        if (status.view <= core->view) {
            resend_view(core, status.view, from);
        }
    }
    batches_resend(core, from, &status.report);
}

/* ------------------------------------------------------------------------- the last rule */

void repair_run(struct consensus *core)
{
    if (!effect_list_room(&core->effects)) {
        core_wake_at(core, core->now_ms);
        return;
    }
    forward_delayed(core);
    run_status(core);
    request_run(core);
}
