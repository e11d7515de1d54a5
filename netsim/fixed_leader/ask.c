#include "netsim/fixed_leader/state.h"

enum {
    LACK_SMALL = 8,        /* so few blocks may be on their way; more are asked for at once */
    STATUS_BACKOFF_MAX = 8 /* times retry_ms */
};

static void send_status(struct fixed_leader *machine, uint16_t to)
{
    for (uint16_t lane = 0; lane < machine->n; lane++) {
        bytes_put_u64(machine->lane_held + (size_t)lane * 8, machine->lanes.lanes[lane].held);
    }
    const uint64_t view = machine->tip.height - machine->config.anchor.height;
    const struct message_status status = {
        .epoch = machine->config.epoch,
        .view = view + 1,
        .final_view = view,
        .final_height = machine->tip.height,
        .report = {.exec_height = machine->exec_height, .lane_held = machine->lane_held},
    };
    struct bytes_writer writer = effect_write(&machine->effects);
    message_status_write(&writer, machine->n, &status);
    effect_send(&machine->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
}

void fixed_leader_on_status(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                            size_t size)
{
    struct message_status status;
    if (!message_status_read(bytes, size, machine->n, &status) ||
        status.epoch != machine->config.epoch) {
        effect_trace(&machine->effects, CONSENSUS_TRACE_MALFORMED, from, 0, NULL);
        return;
    }
    if (from < machine->n) {
        machine->peer_exec_height[from] = status.report.exec_height;
    }
    if (machine->leading) {
        const bool lane_lacks = from < machine->n && report_lane_held(&status.report, from) >
                                                         machine->lanes.lanes[from].held;
        if (status.final_height < machine->tip.height || lane_lacks) {
            send_status(machine, from);
        }
    } else if (from == FIXED_LEADER_INDEX) {
        if (status.final_height > machine->known_height) {
            machine->known_height = status.final_height;
        }
        if (!fixed_leader_is_observer(machine)) {
            fixed_leader_resend_batches(machine, &status.report);
        }
    }
}

void fixed_leader_ask_for_blocks(struct fixed_leader *machine)
{
    uint64_t lack = machine->tip.height + 1;
    while (lack <= machine->known_height && fixed_leader_pending_at(machine, lack) != NULL) {
        lack++;
    }
    /* Not while there is no room for a whole answer. */
    if (lack > machine->known_height || lack > machine->tip.height + PENDING_COUNT / 2) {
        return;
    }
    const uint32_t d0_ms = machine->config.timing.d0_ms;
    if (lack != machine->lack_height) {
        machine->lack_height = lack;
        machine->lack_due_ms =
            machine->now_ms + (machine->known_height - lack >= LACK_SMALL ? 0 : d0_ms);
    }
    if (!fixed_leader_due(machine, machine->lack_due_ms)) {
        return;
    }
    struct bytes_writer writer = effect_write(&machine->effects);
    message_range_request_write(&writer,
                                &(struct message_range_request){.epoch = machine->config.epoch,
                                                                .from_height = lack,
                                                                .count = MESSAGE_RANGE_BLOCKS_MAX});
    effect_send(&machine->effects, &writer, FIXED_LEADER_INDEX, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&machine->effects, CONSENSUS_TRACE_REQUEST, FIXED_LEADER_INDEX, lack, NULL);
    machine->lack_due_ms = machine->now_ms + 2 * (uint64_t)d0_ms;
    (void)fixed_leader_due(machine, machine->lack_due_ms);
}

/* The leader holds what it ordered, unless its batch log was lost: then it asks all others. */
void fixed_leader_ask_for_batches(struct fixed_leader *machine)
{
    struct message_batch_request request = {.epoch = machine->config.epoch};
    const struct pending_block *block;
    fixed_leader_cut_from_tip(machine);
    for (uint64_t height = machine->tip.height + 1;
         request.digest_count < MESSAGE_BATCH_REQUEST_MAX &&
         (block = fixed_leader_pending_at(machine, height)) != NULL &&
         fixed_leader_due(machine, block->batches_due_ms);
         height++) {
        struct block_body body;
        fixed_leader_open_body(machine, block, &body);
        (void)fixed_leader_batches_stored(machine, &body, &request);
    }
    if (request.digest_count == 0 || machine->n == 1 ||
        !fixed_leader_due(machine, machine->asked_due_ms)) {
        return;
    }
    const uint16_t to = machine->leading ? CONSENSUS_ALL : FIXED_LEADER_INDEX;
    struct bytes_writer writer = effect_write(&machine->effects);
    message_batch_request_write(&writer, &request);
    effect_send(&machine->effects, &writer, to, CONSENSUS_CLASS_VOTE, 0);
    effect_trace(&machine->effects, CONSENSUS_TRACE_REQUEST, to, 0, &request.digests[0]);
    machine->asked = request;
    machine->asked_due_ms = machine->now_ms + 2 * (uint64_t)machine->config.timing.d0_ms;
    (void)fixed_leader_due(machine, machine->asked_due_ms);
}

/* Is there something that only another's answer can bring? */
static bool lacks(const struct fixed_leader *machine)
{
    const uint16_t self = machine->config.self;
    return machine->known_height > machine->tip.height ||
           (!fixed_leader_is_observer(machine) &&
            machine->lanes.lanes[self].held > machine->lanes.lanes[self].cut);
}

void fixed_leader_tell_status(struct fixed_leader *machine)
{
    if (machine->leading) {
        return;
    }
    const uint32_t retry_ms = machine->config.timing.retry_ms;
    if (lacks(machine)) {
        const uint64_t latest_ms = machine->now_ms + retry_ms;
        machine->status_period_ms = retry_ms;
        machine->status_ms = machine->status_ms > latest_ms ? latest_ms : machine->status_ms;
    }
    if (fixed_leader_due(machine, machine->status_ms)) {
        send_status(machine, FIXED_LEADER_INDEX);
        machine->status_ms = machine->now_ms + machine->status_period_ms;
        if (machine->status_period_ms < STATUS_BACKOFF_MAX * retry_ms) {
            machine->status_period_ms *= 2;
        }
        (void)fixed_leader_due(machine, machine->status_ms);
    }
}
