#include "consensus/repair.h"

#include <string.h>

#include "base/assert.h"
#include "consensus/batches.h"
#include "consensus/catch_up.h"
#include "consensus/execution.h"
#include "consensus/mutant.h"
#include "consensus/proposal.h"
#include "consensus/voting.h"

/* The STATUS period grows to so many times retry_ms while nothing happens. */
#define REPAIR_BACKOFF_MAX 8
/* Networks up to this size forward every certificate at once. */
#define REPAIR_EAGER_MAX 16
/* Recent views whose notarized block is fetched before anything needs it. */
#define REPAIR_BLOCK_VIEWS 8

#define COST_CERTIFICATE 1
#define COST_BLOCK       2
#define COST_RANGE       8

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
    if (peer->credit < cost) {
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
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, core->effects.seq);
}

void repair_forward(struct consensus *core, enum certificate_kind kind, uint64_t view)
{
    if (!core->started) {
        return;
    }
    if (core->n <= REPAIR_EAGER_MAX) {
        repair_send_certificate(core, kind, view, CONSENSUS_ALL);
        return;
    }
    struct repair *repair = &core->repair;
    if (repair->forward_ms == UINT64_MAX || view >= repair->forward_view) {
        repair->forward_ms = core_add(core->now_ms, core->config.timing.d0_ms / 4);
        repair->forward_kind = kind;
        repair->forward_view = view;
    }
}

/* In a large network only those get it from whom nothing of a later view was seen. */
static void forward_delayed(struct consensus *core)
{
    struct repair *repair = &core->repair;
    if (repair->forward_ms == UINT64_MAX || !core_due(core, repair->forward_ms)) {
        return;
    }
    repair->forward_ms = UINT64_MAX;
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

/* Sends whichever certificate of a view is held; false if none is. */
static bool send_any_certificate(struct consensus *core, uint64_t view, uint16_t to)
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

/* After a restart a NOTARIZE goes out again only when its batches are held again. */
static bool notarize_holds(struct consensus *core, struct view_slot *slot)
{
    const struct cast_vote *own = core_own_vote(core, slot, VOTE_NOTARIZE);
    if (own == NULL) {
        return false;
    }
    const uint32_t index = block_pool_find(&core->pool, &own->hash);
    struct chain_point parent;
    struct block block;
    struct block_body body;
    if (index == BLOCK_POOL_NONE) {
        return false;
    }
    block_pool_open(&core->pool, index, &block);
    return core_chain_point(core, &block.header.parent_hash, &parent) &&
           block_body_open(block.body, block.body_size, core->n, &body) &&
           batches_check(core, &body, parent.cut, true, NULL) == BATCHES_HELD;
}

/* The own vote, or as leader the proposal, and the own NULLIFY of one view. */
static void resend_view(struct consensus *core, uint64_t view, uint16_t to)
{
    struct view_slot *slot = core_slot(core, view);
    if (slot == NULL) {
        return;
    }
    if (notarize_holds(core, slot)) {
        if (leader_of(&core->leaders, view) == core->config.self) {
            proposal_send(core, slot, to);
        } else {
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
        notarize_holds(core, slot)) {
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
        if (!send_any_certificate(core, u, to) && votes && core_may_sign(core)) {
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
        repair_send_certificate(core, CERTIFICATE_FINALIZATION, table->final_view, from);
    }
    if (status.gap_view < status.view && !MUTANT(NO_GAP_REPAIR)) {
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

/* -------------------------------------------------------------------------- specific requests */

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
    const uint16_t to = turn_peer(core, leader_of(&core->leaders, view), repair->gap_turn++);
    struct bytes_writer writer = effect_write(&core->effects);
    message_certificate_request_write(&writer,
                                      &(struct message_certificate_request){
                                          .epoch = core->config.epoch, .view = view, .kind = kind});
    effect_send(&core->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&core->effects, CONSENSUS_TRACE_REQUEST, to, view, NULL);
}

/* What the proposal of the current view waits for. */
static void repair_proposal(struct consensus *core)
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
static void repair_parent(struct consensus *core)
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
    const uint64_t from = core->view > REPAIR_BLOCK_VIEWS ? core->view - REPAIR_BLOCK_VIEWS : 1;
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

/* Batches of the next blocks to commit. */
static void repair_commit_batches(struct consensus *core)
{
    struct message_batch_request request = {.epoch = core->config.epoch};
    struct block_body body;
    const uint8_t *cut_before;
    for (uint32_t ahead = 0; ahead < 8 && request.digest_count < MESSAGE_BATCH_REQUEST_MAX &&
                             catch_up_awaited(core, ahead, &body, &cut_before);
         ahead++) {
        (void)batches_check(core, &body, cut_before, true, &request);
    }
    if (request.digest_count > 0 && request_due(core, &core->repair.commit_due_ms)) {
        request_batches(core, &request,
                        turn_peer(core, leader_of(&core->leaders, core->tip.view + 1),
                                  core->repair.commit_turn++));
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
static void repair_final(struct consensus *core)
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
                      catch_up->missing_above - core->tip.height <= REPAIR_BLOCK_VIEWS;
    if (near) {
        request_block(core, &catch_up->missing, leader_of(&core->leaders, core->view),
                      &repair->ancestor_turn, &repair->ancestor_due_ms);
    }
    bool others_ahead = false;
    for (uint16_t i = 0; i < core->n; i++) {
        others_ahead = others_ahead || core->peers[i].final_height > core->tip.height + 1;
    }
    if ((!near || others_ahead) && request_due(core, &repair->range_due_ms)) {
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

void repair_run(struct consensus *core)
{
    if (!effect_list_room(&core->effects)) {
        core_wake_at(core, core->now_ms);
        return;
    }
    forward_delayed(core);
    run_status(core);
    repair_proposal(core);
    repair_parent(core);
    repair_commit_batches(core);
    repair_final(core);
}

/* ---------------------------------------------------------------------- answers to requests */

void repair_on_certificate_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
                                   size_t size)
{
    struct message_certificate_request request;
    if (!message_certificate_request_read(bytes, size, &request)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    if (request.epoch != core->config.epoch || !repair_pay(core, from, COST_CERTIFICATE)) {
        return;
    }
    const struct certificate_table *table = &core->certificates;
    if (request.kind != 0 &&
        certificate_table_holds(table, (enum certificate_kind)request.kind, request.view)) {
        repair_send_certificate(core, (enum certificate_kind)request.kind, request.view, from);
    } else if (request.kind != 0 || !send_any_certificate(core, request.view, from)) {
        if (table->final_held && table->final_view >= request.view) {
            repair_send_certificate(core, CERTIFICATE_FINALIZATION, table->final_view, from);
        }
    }
}

void repair_on_block_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
                             size_t size)
{
    struct message_hash_request request;
    if (!message_block_request_read(bytes, size, &request)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    if (request.epoch != core->config.epoch || !repair_pay(core, from, COST_BLOCK)) {
        return;
    }
    const uint32_t index = block_pool_find(&core->pool, &request.hash);
    if (index != BLOCK_POOL_NONE && core->pool.blocks[index].justification_size > 0) {
        struct block block;
        block_pool_open(&core->pool, index, &block);
        struct bytes_writer writer = effect_write(&core->effects);
        message_block_write(&writer, &block);
        effect_send(&core->effects, &writer, from, CONSENSUS_CLASS_BULK, 0);
        return;
    }
    for (uint32_t i = 0; i < CORE_HISTORY; i++) {
        const struct history_row *row = &core->history[i];
        if (row->height > 0 && hash_equal(&row->hash, &request.hash)) {
            struct consensus_effect *effect = effect_add(&core->effects, CONSENSUS_SEND_BLOCKS);
            effect->send_blocks.to = from;
            effect->send_blocks.from_height = row->height;
            effect->send_blocks.count = 1;
            return;
        }
    }
}

void repair_on_justification_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
                                     size_t size)
{
    struct message_hash_request request;
    if (!message_justification_request_read(bytes, size, &request)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    const uint32_t index = block_pool_find(&core->pool, &request.hash);
    if (request.epoch != core->config.epoch || index == BLOCK_POOL_NONE ||
        core->pool.blocks[index].justification_size == 0 || !repair_pay(core, from, COST_BLOCK)) {
        return;
    }
    struct block block;
    block_pool_open(&core->pool, index, &block);
    struct bytes_writer writer = effect_write(&core->effects);
    message_justification_write(
        &writer, &(struct message_justification){.hash = request.hash,
                                                 .justification = block.justification,
                                                 .justification_size = block.justification_size});
    effect_send(&core->effects, &writer, from, CONSENSUS_CLASS_BULK, 0);
}

void repair_on_range_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
                             size_t size)
{
    struct message_range_request request;
    if (!message_range_request_read(bytes, size, &request)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    if (request.epoch != core->config.epoch || request.from_height > core->tip.height ||
        !repair_pay(core, from, COST_RANGE)) {
        return;
    }
    struct consensus_effect *effect = effect_add(&core->effects, CONSENSUS_SEND_BLOCKS);
    effect->send_blocks.to = from;
    effect->send_blocks.from_height = request.from_height;
    effect->send_blocks.count = request.count;
}

/* ---------------------------------------------------------------------------------- answers */

void repair_on_block(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
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
        slot->justified = proposal_justified(core, &message.block);
        slot->unjustifiable = !slot->justified;
    }
}
