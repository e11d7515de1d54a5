#include "netsim/fixed_leader/state.h"

#include "base/assert.h"

enum {
    RESEND_MAX = 8 /* own batches sent again in answer to one STATUS */
};

static void store_batch(struct fixed_leader *machine, const struct batch *batch,
                        const uint8_t *bytes, size_t size)
{
    struct consensus_effect *effect = effect_add(&machine->effects, CONSENSUS_STORE_BATCH);
    effect->store_batch.digest = batch->digest;
    effect->store_batch.author = batch->author;
    effect->store_batch.lane_seq = batch->lane_seq;
    effect->store_batch.bytes = bytes;
    effect->store_batch.size = size;
}

static void send_batch(struct fixed_leader *machine, uint16_t to, const struct hash *digest)
{
    struct consensus_effect *effect = effect_add(&machine->effects, CONSENSUS_SEND_BATCH);
    effect->send_batch.to = to;
    effect->send_batch.digest = *digest;
}

uint32_t fixed_leader_room(const struct fixed_leader *machine)
{
    if (!machine->started || fixed_leader_is_observer(machine) || machine->storage_failed ||
        machine->lane_closed || machine->mute != CONSENSUS_ALARM_NONE ||
        machine->halt != CONSENSUS_HALT_NONE) {
        return 0;
    }
    const uint64_t cut = machine->lanes.lanes[machine->config.self].cut;
    const uint64_t used = machine->own_lane_seq - cut;
    const uint32_t window = machine->lanes.window_size;
    return used >= window ? 0 : (uint32_t)(window - used);
}

void fixed_leader_on_local_batch(struct fixed_leader *machine, const uint8_t *payload,
                                 uint32_t size)
{
    TALLY_ASSERT(size >= 1 && size <= machine->config.limits.batch_bytes_max);
    if (fixed_leader_room(machine) == 0) {
        (void)effect_add(&machine->effects, CONSENSUS_BATCH_REFUSED);
        return;
    }
    struct batch batch = {.chain_id = machine->config.chain_id,
                          .epoch = machine->config.epoch,
                          .author = machine->config.self,
                          .lane_seq = ++machine->own_lane_seq,
                          .payload = payload,
                          .payload_size = size};
    batch_sign(&batch, machine->config.secret_key);
    const struct held_batch *held = lane_add(&machine->lanes, &batch);
    TALLY_ASSERT(held != NULL);
    struct bytes_writer writer = effect_write(&machine->effects);
    batch_write(&writer, &batch);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    machine->effects.bytes_used += writer.size;
    store_batch(machine, &batch, writer.data, writer.size);
}

void fixed_leader_note_own_number(struct fixed_leader *machine, uint64_t lane_seq)
{
    if (lane_seq <= machine->own_lane_seq) {
        return;
    }
    machine->own_lane_seq = lane_seq;
    if (machine->started && !machine->lane_closed) {
        machine->lane_closed = true;
        effect_alarm(&machine->effects, CONSENSUS_ALARM_LANE_CLOSED, machine->config.self);
    }
}

/* Takes a batch off the list of those asked for; more time for the rest of them. */
static void note_arrival(struct fixed_leader *machine, const struct hash *digest)
{
    struct message_batch_request *asked = &machine->asked;
    for (uint16_t i = 0; i < asked->digest_count; i++) {
        if (hash_equal(&asked->digests[i], digest)) {
            asked->digests[i] = asked->digests[--asked->digest_count];
            machine->asked_due_ms = machine->now_ms;
            if (asked->digest_count > 0) {
                machine->asked_due_ms += 2 * (uint64_t)machine->config.timing.d0_ms;
            }
            return;
        }
    }
}

void fixed_leader_on_batch(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                           size_t size)
{
    struct batch batch;
    if (size > BATCH_FIXED_SIZE + 1 + (size_t)machine->config.limits.batch_bytes_max ||
        !message_batch_read(bytes, size, machine->n, &batch)) {
        effect_trace(&machine->effects, CONSENSUS_TRACE_MALFORMED, from, 0, NULL);
        return;
    }
    if (!hash_equal(&batch.chain_id, &machine->config.chain_id) ||
        batch.epoch != machine->config.epoch ||
        !lane_in_window(&machine->lanes, batch.author, batch.lane_seq) ||
        lane_at(&machine->lanes, batch.author, batch.lane_seq) != NULL ||
        lane_find(&machine->lanes, batch.author, batch.lane_seq, &batch.digest) != NULL) {
        return;
    }
    if (!batch_verify(&batch, &machine->validators[batch.author])) {
        effect_alarm(&machine->effects, CONSENSUS_ALARM_BATCH_SIGNATURE, from);
        return;
    }
    if (batch.author == machine->config.self) {
        fixed_leader_note_own_number(machine, batch.lane_seq);
    }
    note_arrival(machine, &batch.digest);
    const struct held_batch *held = lane_add(&machine->lanes, &batch);
    TALLY_ASSERT(held != NULL);
    store_batch(machine, &batch, bytes + 1, size - 1);
}

void fixed_leader_on_batch_checked(struct fixed_leader *machine,
                                   const struct consensus_event *event)
{
    const uint16_t author = event->batch_checked.author;
    TALLY_ASSERT(author < machine->n);
    struct held_batch *held = lane_find(&machine->lanes, author, event->batch_checked.lane_seq,
                                        &event->batch_checked.digest);
    if (held == NULL || held->state != BATCH_CHECKING) {
        return; /* ordered meanwhile */
    }
    lane_checked(&machine->lanes, held, event->batch_checked.valid);
    if (author == machine->config.self && event->batch_checked.valid && machine->n > 1) {
        held->sent_ms = machine->now_ms;
        send_batch(machine, CONSENSUS_ALL, &held->digest);
    }
}

void fixed_leader_on_restore_batch(struct fixed_leader *machine,
                                   const struct consensus_event *event)
{
    struct batch batch;
    if (!batch_read(event->restore_batch.bytes, event->restore_batch.size, machine->n, &batch) ||
        !hash_equal(&batch.chain_id, &machine->config.chain_id) ||
        batch.epoch != machine->config.epoch ||
        batch.lane_seq <= machine->lanes.lanes[batch.author].cut ||
        lane_find(&machine->lanes, batch.author, batch.lane_seq, &batch.digest) != NULL) {
        return;
    }
    if (batch.author == machine->config.self) {
        fixed_leader_note_own_number(machine, batch.lane_seq);
    }
    struct held_batch *held = lane_add(&machine->lanes, &batch);
    if (held != NULL) {
        lane_checked(&machine->lanes, held, event->restore_batch.valid);
    }
}

void fixed_leader_on_batch_request(struct fixed_leader *machine, uint16_t from,
                                   const uint8_t *bytes, size_t size)
{
    struct message_batch_request request;
    if (!message_batch_request_read(bytes, size, &request) ||
        request.epoch != machine->config.epoch) {
        effect_trace(&machine->effects, CONSENSUS_TRACE_MALFORMED, from, 0, NULL);
        return;
    }
    for (uint16_t i = 0; i < request.digest_count; i++) {
        send_batch(machine, from, &request.digests[i]);
    }
}

void fixed_leader_resend_batches(struct fixed_leader *machine, const struct report *report)
{
    const struct lane *own = &machine->lanes.lanes[machine->config.self];
    uint64_t lane_seq = report_lane_held(report, machine->config.self);
    lane_seq = lane_seq < own->cut ? own->cut : lane_seq;
    for (uint32_t i = 0; i < RESEND_MAX && lane_seq < own->held; i++) {
        struct held_batch *batch = lane_at(&machine->lanes, machine->config.self, ++lane_seq);
        if (batch != NULL &&
            machine->now_ms >= batch->sent_ms + machine->config.timing.retry_ms / 2) {
            batch->sent_ms = machine->now_ms;
            send_batch(machine, FIXED_LEADER_INDEX, &batch->digest);
        }
    }
}
