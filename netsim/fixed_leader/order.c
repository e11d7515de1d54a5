#include "netsim/fixed_leader/state.h"

#include "base/assert.h"

static const uint8_t no_justification[JUSTIFICATION_SIZE] = {0, 0};

/* The last number of a lane that a block may order behind a cut. */
static uint64_t orderable(const struct fixed_leader *machine, uint16_t lane, uint64_t cut)
{
    const uint64_t limit = cut + machine->config.limits.lane_quota_batches;
    uint64_t bytes = 0;
    uint64_t last = cut;
    while (last < limit) {
        const struct held_batch *next = lane_at(&machine->lanes, lane, last + 1);
        if (next == NULL || next->state != BATCH_VALID) {
            break;
        }
        bytes += next->payload_size;
        if (bytes > machine->config.limits.lane_quota_bytes) {
            break;
        }
        last++;
    }
    return last;
}

/* Are there few enough blocks with batches that were not executed? */
static bool may_order(const struct fixed_leader *machine)
{
    uint32_t count = 0;
    for (uint64_t height = machine->tip.height; height > machine->exec_height; height--) {
        const struct height_row *row = fixed_leader_row_at(machine, height);
        count += row->height == height && row->has_batches ? 1 : 0;
    }
    return count < CONSENSUS_UNEXECUTED_MAX;
}

static bool result_waits(const struct fixed_leader *machine)
{
    for (uint64_t height = machine->tip.exec_height + 1; height <= machine->exec_height; height++) {
        const struct height_row *row = fixed_leader_row_at(machine, height);
        if (row->result_height == height && row->has_content) {
            return true;
        }
    }
    return false;
}

static bool block_wanted(struct fixed_leader *machine)
{
    bool wanted =
        fixed_leader_due(machine, machine->commit_ms + machine->config.timing.heartbeat_ms) ||
        machine->work_due || result_waits(machine) ||
        (machine->more_due && machine->more_due_height == machine->tip.height);
    const bool ordering = !wanted && may_order(machine);
    for (uint16_t lane = 0; ordering && !wanted && lane < machine->n; lane++) {
        const uint64_t cut = machine->lanes.lanes[lane].cut;
        wanted = orderable(machine, lane, cut) > cut;
    }
    return wanted;
}

static void build_body(struct fixed_leader *machine, struct block *block)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, machine->body_bytes, machine->body_bytes_max);
    bytes_write_u32(&writer, 0);
    fixed_leader_cut_from_tip(machine);
    const bool ordering = may_order(machine);
    uint32_t count = 0;
    for (uint16_t i = 0; ordering && i < machine->n; i++) {
        const uint16_t lane = (uint16_t)((block->header.view + i) % machine->n);
        const uint64_t last = orderable(machine, lane, machine->cut[lane]);
        while (machine->cut[lane] < last) {
            const struct held_batch *batch = lane_at(&machine->lanes, lane, ++machine->cut[lane]);
            bytes_write_u16(&writer, lane);
            bytes_write_copy(&writer, batch->digest.bytes, HASH_SIZE);
            count++;
        }
    }
    for (uint16_t lane = 0; lane < machine->n; lane++) {
        bytes_write_u64(&writer, machine->cut[lane]);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    bytes_put_u32(machine->body_bytes, count);
    block->body = machine->body_bytes;
    block->body_size = (uint32_t)writer.size;
    block->header.batch_count = count;
    block_body_root(block->body, block->body_size, &block->header.body_root);
}

static void build_block(struct fixed_leader *machine, struct block *block)
{
    const struct tip *tip = &machine->tip;
    struct header *header = &block->header;
    const uint64_t view = tip->height + 1 - machine->config.anchor.height;
    *header =
        (struct header){.epoch = machine->config.epoch,
                        .view = view,
                        .height = tip->height + 1,
                        .parent_view = view - 1,
                        .parent_hash = tip->hash,
                        .ts_ms = machine->utc_ms > tip->ts_ms ? machine->utc_ms : tip->ts_ms + 1,
                        .exec_height = tip->exec_height,
                        .result_root = tip->result_root,
                        .proposer = FIXED_LEADER_INDEX};
    /* Just after a restart the results are not known again yet; then the last one is repeated. */
    const struct height_row *row = fixed_leader_row_at(machine, machine->exec_height);
    if (machine->exec_height > tip->exec_height && row->result_height == machine->exec_height) {
        header->exec_height = machine->exec_height;
        header->result_root = row->result_root;
    }
    build_body(machine, block);
    block->justification = no_justification;
    block->justification_size = sizeof no_justification;
    block_justification_root(block->justification, block->justification_size, &header->just_root);
}

/* Writes a block down, then lets it go; it waits to be committed like everybody's. */
static void publish_block(struct fixed_leader *machine, const struct block *block)
{
    struct message_proposal message = {.block = *block};
    fixed_leader_sign_block(machine, &block->header, &message.signature);
    struct pending_block *kept = &machine->pending[block->header.height % PENDING_COUNT];
    struct bytes_writer writer;
    bytes_writer_init(&writer, kept->bytes, machine->block_bytes_max);
    block_write(&writer, block);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    fixed_leader_keep_block(machine, block, kept->bytes, (uint32_t)writer.size, &message.signature,
                            0);

    writer = effect_write(&machine->effects);
    journal_record_write(&writer, machine->n,
                         &(struct journal_record){.kind = JOURNAL_BLOCK,
                                                  .block_bytes = kept->bytes,
                                                  .block_size = kept->size});
    effect_persist(&machine->effects, &writer, false);
    if (machine->n > 1) {
        writer = effect_write(&machine->effects);
        message_proposal_write(&writer, &message);
        effect_send(&machine->effects, &writer, CONSENSUS_ALL, CONSENSUS_CLASS_VOTE,
                    machine->effects.seq);
    }
    effect_trace(&machine->effects, CONSENSUS_TRACE_PROPOSE, FIXED_LEADER_INDEX, block->header.view,
                 &kept->hash);
}

void fixed_leader_propose(struct fixed_leader *machine)
{
    if (!machine->leading || machine->mute != CONSENSUS_ALARM_NONE ||
        machine->halt != CONSENSUS_HALT_NONE ||
        fixed_leader_pending_at(machine, machine->tip.height + 1) != NULL ||
        machine->tip.height >= machine->exec_height + CONSENSUS_RESTORE_BLOCKS ||
        machine->effects.seq - machine->durable_seq >= UNDURABLE_MAX || !block_wanted(machine)) {
        return;
    }
    const uint64_t earliest_ms =
        machine->proposal_ms + machine->config.timing.block_interval_min_ms;
    if (!fixed_leader_due(machine, earliest_ms)) {
        return;
    }
    if (!effect_list_room(&machine->effects)) {
        fixed_leader_wake_now(machine);
        return;
    }
    struct block block;
    build_block(machine, &block);
    publish_block(machine, &block);
    machine->proposal_ms = machine->now_ms;
    /* What did not fit into it goes into the next one. */
    (void)fixed_leader_due(machine,
                           machine->now_ms + machine->config.timing.block_interval_min_ms + 1);
}

/* Only a leader's journal has records: the blocks that it made. */
void fixed_leader_on_restore_record(struct fixed_leader *machine,
                                    const struct consensus_event *event)
{
    struct journal_record record;
    if (!machine->leading ||
        !journal_record_read(event->restore_record.bytes, event->restore_record.size, machine->n,
                             &record) ||
        record.kind != JOURNAL_BLOCK ||
        !fixed_leader_block_fits(machine, &record.block, record.block_size)) {
        machine->mute = CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED;
        return;
    }
    const uint64_t height = record.block.header.height;
    if (height > machine->tip.height && height <= machine->tip.height + PENDING_COUNT) {
        struct signature signature;
        fixed_leader_sign_block(machine, &record.block.header, &signature);
        fixed_leader_keep_block(machine, &record.block, record.block_bytes, record.block_size,
                                &signature, 0);
    }
}
