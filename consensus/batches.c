#include "consensus/batches.h"

#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/catch_up.h"
#include "consensus/evidence.h"
#include "consensus/proposal.h"
#include "consensus/repair.h"

/* Blocks to commit for which batches are fetched at one time. */
#define BATCHES_AHEAD_MAX 8
/* Own batches sent again in answer to one STATUS. */
#define BATCHES_RESEND_MAX 8

static bool body_names(const struct block_body *body, uint16_t lane, const struct hash *digest)
{
    for (uint32_t i = 0; i < body->batch_count; i++) {
        struct block_reference reference;
        block_body_reference(body, i, &reference);
        if (reference.lane == lane && hash_equal(&reference.digest, digest)) {
            return true;
        }
    }
    return false;
}

/* Does a block that is to be voted on or committed name this batch? Then its digest decides. */
static bool batch_demanded(struct consensus *core, const struct batch *batch)
{
    struct block_body body;
    const uint8_t *cut_before;
    for (uint32_t i = 0; i < BATCHES_AHEAD_MAX && catch_up_awaited(core, i, &body, &cut_before);
         i++) {
        if (body_names(&body, batch->author, &batch->digest)) {
            return true;
        }
    }
    struct view_slot *slot = core_slot(core, core->view);
    if (slot == NULL || slot->proposal_state != PROPOSAL_WAITING) {
        return false;
    }
    const uint32_t index = block_pool_find(&core->pool, &slot->proposal_hash);
    if (index == BLOCK_POOL_NONE) {
        return false;
    }
    struct block block;
    block_pool_open(&core->pool, index, &block);
    return block_body_open(block.body, block.body_size, core->n, &body) &&
           body_names(&body, batch->author, &batch->digest);
}

static struct vote batch_statement(uint64_t epoch, uint16_t author, uint64_t lane_seq,
                                   const struct hash *digest, const struct signature *signature)
{
    return (struct vote){.kind = VOTE_BATCH,
                         .epoch = epoch,
                         .view = lane_seq,
                         .hash = *digest,
                         .signer = author,
                         .signature = *signature};
}

/* As leader, order nothing more from a lane whose author misbehaved. */
static void bar_lane(struct consensus *core, uint16_t lane)
{
    if (core->lanes.lanes[lane].barred) {
        return;
    }
    MARK(lane_barred);
    core->lanes.lanes[lane].barred = true;
    core_persist(core, &(struct journal_record){.kind = JOURNAL_LANE_BARRED, .lane = lane});
}

static void emit_evidence(struct consensus *core, const struct evidence *evidence,
                          enum consensus_alarm alarm)
{
    if (MUTANT(EVIDENCE_DROPPED)) {
        return;
    }
    struct bytes_writer writer = effect_write(&core->effects);
    evidence_write(&writer, evidence);
    effect_evidence(&core->effects, &writer);
    effect_alarm(&core->effects, alarm, evidence->votes[0].signer);
}

/* Two batches with one number; once per lane, since the lane is barred after it. */
static void report_double(struct consensus *core, const struct held_batch *held,
                          const struct batch *batch)
{
    if (core->lanes.lanes[batch->author].barred) {
        return;
    }
    const struct vote a = batch_statement(core->config.epoch, held->author, held->lane_seq,
                                          &held->digest, &held->signature);
    const struct vote b = batch_statement(core->config.epoch, batch->author, batch->lane_seq,
                                          &batch->digest, &batch->signature);
    struct evidence evidence;
    evidence_make(&evidence, &a, &b);
    emit_evidence(core, &evidence, CONSENSUS_ALARM_EQUIVOCATION);
    bar_lane(core, batch->author);
}

/* The driver checks only so many at a time. One that is not taken now is asked for again. */
static bool checks_full(const struct consensus *core)
{
    return core->batches_in_check >= core->lanes.window_size * core->n;
}

static void store_batch(struct consensus *core, const struct batch *batch, const uint8_t *bytes,
                        size_t size)
{
    struct consensus_effect *effect = effect_add(&core->effects, CONSENSUS_STORE_BATCH);
    effect->store_batch.digest = batch->digest;
    effect->store_batch.author = batch->author;
    effect->store_batch.lane_seq = batch->lane_seq;
    effect->store_batch.bytes = bytes;
    effect->store_batch.size = size;
}

void batches_on_message(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct batch batch;
    if (size > BATCH_FIXED_SIZE + 1 + (size_t)core->config.limits.batch_bytes_max ||
        !message_batch_read(bytes, size, core->n, &batch)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    if (!hash_equal(&batch.chain_id, &core->config.chain_id) || batch.epoch != core->config.epoch ||
        batch.lane_seq <= core->lanes.lanes[batch.author].cut ||
        lane_find(&core->lanes, batch.author, batch.lane_seq, &batch.digest) != NULL) {
        return;
    }
    const struct held_batch *place = lane_at(&core->lanes, batch.author, batch.lane_seq);
    const bool fits = place == NULL && lane_in_window(&core->lanes, batch.author, batch.lane_seq);
    const bool demanded = !fits && batch_demanded(core, &batch);
    const bool conflicting = place != NULL && !core->lanes.lanes[batch.author].barred;
    if (!fits && !demanded && !conflicting) {
        return;
    }
    if (!batch_verify(&batch, &core->validators[batch.author])) {
        MARK(batch_signature_wrong);
        effect_alarm(&core->effects, CONSENSUS_ALARM_BATCH_SIGNATURE, from);
        return;
    }
    if (conflicting) {
        MARK(batch_conflicting);
        report_double(core, place, &batch);
    }
    if (batch.author == core->config.self && batch.lane_seq > core->own_lane_seq) {
        /* A batch of this node that its batch log does not have: numbers are not known any more. */
        core->own_lane_seq = batch.lane_seq;
        core->lane_closed = true;
        effect_alarm(&core->effects, CONSENSUS_ALARM_LANE_CLOSED, core->config.self);
    }
    if (!fits && !demanded) {
        return;
    }
    if (checks_full(core) && batch.author != core->config.self) {
        MARK(batch_beyond_the_checks);
        return;
    }
    const struct held_batch *held = lane_add(&core->lanes, &batch);
    if (held == NULL) {
        MARK(batch_extra_dropped);
        /* Extras that nobody ordered in the end must not keep out one that a block names now. */
        lane_drop_extra(&core->lanes, core->config.self);
        held = lane_add(&core->lanes, &batch);
    }
    if (held != NULL) {
        core->batches_in_check += batch.author != core->config.self;
        store_batch(core, &batch, bytes + 1, size - 1);
    }
}

void batches_on_local(struct consensus *core, const uint8_t *payload, uint32_t size)
{
    TALLY_ASSERT(size >= 1);
    TALLY_ASSERT(size <= core->config.limits.batch_bytes_max);
    const uint64_t lane_seq = core->own_lane_seq + 1;
    if (consensus_lane_room(core) == 0 ||
        lane_at(&core->lanes, core->config.self, lane_seq) != NULL) {
        (void)effect_add(&core->effects, CONSENSUS_BATCH_REFUSED);
        return;
    }
    struct batch batch = {.chain_id = core->config.chain_id,
                          .epoch = core->config.epoch,
                          .author = core->config.self,
                          .lane_seq = lane_seq,
                          .payload = payload,
                          .payload_size = size};
    batch_sign(&batch, core->config.secret_key);
    const struct held_batch *held = lane_add(&core->lanes, &batch);
    TALLY_ASSERT(held != NULL);
    core->own_lane_seq = lane_seq;

    struct bytes_writer writer = effect_write(&core->effects);
    batch_write(&writer, &batch);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    core->effects.bytes_used += writer.size;
    store_batch(core, &batch, writer.data, writer.size);
}

static void send_batch(struct consensus *core, uint16_t to, const struct hash *digest)
{
    struct consensus_effect *effect = effect_add(&core->effects, CONSENSUS_SEND_BATCH);
    effect->send_batch.to = to;
    effect->send_batch.digest = *digest;
}

void batches_on_checked(struct consensus *core, const struct consensus_event *event)
{
    const uint16_t author = event->batch_checked.author;
    TALLY_ASSERT(author < core->n);
    if (author != core->config.self && core->batches_in_check > 0) {
        core->batches_in_check--;
    }
    struct held_batch *held = lane_find(&core->lanes, author, event->batch_checked.lane_seq,
                                        &event->batch_checked.digest);
    if (held == NULL || held->state != BATCH_CHECKING) {
        return; /* ordered meanwhile */
    }
    lane_checked(&core->lanes, held, event->batch_checked.valid);
    core->changed = true;
    if (author == core->config.self && event->batch_checked.valid) {
        held->sent_ms = core->now_ms;
        if (core->n > 1) {
            send_batch(core, CONSENSUS_ALL, &held->digest);
        }
    }
    if (!event->batch_checked.valid && author != core->config.self) {
        struct evidence evidence = {.kind = EVIDENCE_INVALID_BATCH, .vote_count = 1};
        evidence.votes[0] = batch_statement(core->config.epoch, author, held->lane_seq,
                                            &held->digest, &held->signature);
        emit_evidence(core, &evidence, CONSENSUS_ALARM_BATCH_INVALID);
        bar_lane(core, author);
    }
}

void batches_on_restore(struct consensus *core, const struct consensus_event *event)
{
    struct batch batch;
    if (!batch_read(event->restore_batch.bytes, event->restore_batch.size, core->n, &batch) ||
        !hash_equal(&batch.chain_id, &core->config.chain_id) || batch.epoch != core->config.epoch) {
        return;
    }
    if (batch.author == core->config.self && batch.lane_seq > core->own_lane_seq &&
        !MUTANT(LANE_NUMBER_REUSED)) {
        core->own_lane_seq = batch.lane_seq;
    }
    if (batch.lane_seq <= core->lanes.lanes[batch.author].cut ||
        lane_find(&core->lanes, batch.author, batch.lane_seq, &batch.digest) != NULL) {
        return;
    }
    struct held_batch *held = lane_add(&core->lanes, &batch);
    if (held == NULL && batch.author == core->config.self) {
        /* Nobody re-sends an author its own batches, so these have precedence. */
        lane_drop_extra(&core->lanes, core->config.self);
        held = lane_add(&core->lanes, &batch);
    }
    if (held != NULL) {
        lane_checked(&core->lanes, held, event->restore_batch.valid);
    }
}

void batches_on_request(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct message_batch_request request;
    if (!message_batch_request_read(bytes, size, &request)) {
        effect_trace(&core->effects, CONSENSUS_TRACE_MALFORMED, from, core->view, NULL);
        return;
    }
    if (request.epoch != core->config.epoch || !repair_pay(core, from, request.digest_count)) {
        return;
    }
    for (uint16_t i = 0; i < request.digest_count; i++) {
        send_batch(core, from, &request.digests[i]);
    }
}

/* One reference of a body; adds to the lane's bytes. */
static enum batches_standing check_reference(struct consensus *core,
                                             const struct block_reference *reference,
                                             uint64_t lane_seq, bool certified)
{
    if (lane_seq <= core->lanes.lanes[reference->lane].cut) {
        return BATCHES_WRONG; /* ordered for good already: cannot be ordered again */
    }
    const struct held_batch *held =
        lane_find(&core->lanes, reference->lane, lane_seq, &reference->digest);
    if (held == NULL || held->state == BATCH_CHECKING) {
        return BATCHES_MISSING;
    }
    if (certified) {
        return BATCHES_HELD;
    }
    core->scratch_bytes[reference->lane] += held->payload_size;
    const bool within_quota =
        core->scratch_bytes[reference->lane] <= core->config.limits.lane_quota_bytes ||
        MUTANT(QUOTA_UNCHECKED);
    return held->state == BATCH_VALID && within_quota ? BATCHES_HELD : BATCHES_WRONG;
}

enum batches_standing batches_check(struct consensus *core, const struct block_body *body,
                                    const uint8_t *cut_before, bool certified,
                                    struct message_batch_request *request)
{
    enum batches_standing standing = BATCHES_HELD;
    for (uint16_t lane = 0; lane < core->n; lane++) {
        core->scratch_cut[lane] = bytes_get_u64(cut_before + (size_t)lane * 8);
        core->scratch_bytes[lane] = 0;
    }
    for (uint32_t i = 0; i < body->batch_count; i++) {
        struct block_reference reference;
        block_body_reference(body, i, &reference);
        const uint64_t lane_seq = ++core->scratch_cut[reference.lane];
        const enum batches_standing one = check_reference(core, &reference, lane_seq, certified);
        if (one == BATCHES_WRONG) {
            return BATCHES_WRONG;
        }
        if (one == BATCHES_HELD) {
            continue;
        }
        standing = BATCHES_MISSING;
        if (request == NULL) {
            return standing;
        }
        const bool on_its_way =
            lane_find(&core->lanes, reference.lane, lane_seq, &reference.digest) != NULL;
        if (!on_its_way && request->digest_count < MESSAGE_BATCH_REQUEST_MAX) {
            request->digests[request->digest_count++] = reference.digest;
        }
    }
    return standing;
}

void batches_blame(struct consensus *core, const struct block_body *body, const uint8_t *cut_before)
{
    for (uint16_t lane = 0; lane < core->n; lane++) {
        core->scratch_cut[lane] = bytes_get_u64(cut_before + (size_t)lane * 8);
    }
    for (uint32_t i = 0; i < body->batch_count; i++) {
        struct block_reference reference;
        block_body_reference(body, i, &reference);
        const uint64_t lane_seq = ++core->scratch_cut[reference.lane];
        if (check_reference(core, &reference, lane_seq, true) == BATCHES_MISSING) {
            MARK(lane_slow);
            core->lanes.lanes[reference.lane].slow = true;
        }
    }
}

/* How many validators, this one included, hold a lane up to a number. */
static uint16_t holder_count(const struct consensus *core, uint16_t lane, uint64_t lane_seq)
{
    uint16_t count = 1;
    for (uint16_t i = 0; i < core->n; i++) {
        if (i != core->config.self && core->peers[i].lane_held[lane] >= lane_seq) {
            count++;
        }
    }
    return count;
}

uint64_t batches_orderable(const struct consensus *core, uint16_t lane, uint64_t cut)
{
    const struct lane *from = &core->lanes.lanes[lane];
    uint64_t orderable = cut;
    if (from->barred) {
        return orderable;
    }
    const uint64_t limit = cut + core->config.limits.lane_quota_batches;
    while (orderable < limit) {
        const struct held_batch *next = lane_at(&core->lanes, lane, orderable + 1);
        if (next == NULL || next->state != BATCH_VALID) {
            break;
        }
        if (from->slow && holder_count(core, lane, orderable + 1) < core->quorum) {
            break;
        }
        orderable++;
    }
    return orderable;
}

void batches_resend(struct consensus *core, uint16_t to, const struct report *report)
{
    const uint16_t self = core->config.self;
    if (self == CONSENSUS_OBSERVER || to >= core->n) {
        return;
    }
    const struct lane *own = &core->lanes.lanes[self];
    uint64_t lane_seq = report_lane_held(report, self);
    if (lane_seq < own->cut) {
        lane_seq = own->cut;
    }
    const uint64_t pause_ms = core->config.timing.retry_ms / 2;
    for (uint32_t i = 0; i < BATCHES_RESEND_MAX && lane_seq < own->held; i++) {
        lane_seq++;
        const struct held_batch *batch = lane_at(&core->lanes, self, lane_seq);
        if (batch != NULL && core->now_ms >= core_add(batch->sent_ms, pause_ms)) {
            MARK(batch_sent_again);
            send_batch(core, to, &batch->digest);
        }
    }
}
