#include "netsim/fixed_leader/state.h"

#include <string.h>

#include "base/assert.h"

static void compare_results(struct fixed_leader *machine, const struct height_row *row)
{
    if (row->result_height != UINT64_MAX && row->result_height == row->named_height &&
        !hash_equal(&row->result_root, &row->named_root)) {
        fixed_leader_halt(machine, CONSENSUS_HALT_RESULT_CONTRADICTED, row->result_height);
    }
}

void fixed_leader_on_executed(struct fixed_leader *machine, const struct consensus_event *event)
{
    const uint64_t height = event->executed.height;
    TALLY_ASSERT(height <= machine->tip.height);
    TALLY_ASSERT(height >= machine->exec_height);
    struct height_row *row = fixed_leader_row_at(machine, height);
    row->result_height = height;
    row->result_root = event->executed.result_root;
    row->has_content = event->executed.has_content;
    machine->exec_height = height;
    machine->more_due = event->executed.more_due;
    machine->more_due_height = height;
    if (!fixed_leader_is_observer(machine)) {
        machine->peer_exec_height[machine->config.self] = height;
    }
    compare_results(machine, row);
}

static struct vote leader_statement(const struct fixed_leader *machine, uint64_t view,
                                    const struct hash *hash)
{
    return (struct vote){.kind = VOTE_FINALIZE,
                         .epoch = machine->config.epoch,
                         .view = view,
                         .hash = *hash,
                         .signer = FIXED_LEADER_INDEX};
}

void fixed_leader_sign_block(const struct fixed_leader *machine, const struct header *header,
                             struct signature *signature)
{
    struct hash hash;
    header_hash(header, &hash);
    struct vote vote = leader_statement(machine, header->view, &hash);
    vote_sign(&vote, &machine->config.chain_id, machine->config.secret_key);
    *signature = vote.signature;
}

/* Makes a committed block the tip; the same after a restart and in operation. */
static void set_tip(struct fixed_leader *machine, const struct header *header,
                    const struct hash *hash, const struct block_body *body)
{
    machine->tip = (struct tip){.height = header->height,
                                .hash = *hash,
                                .ts_ms = header->ts_ms,
                                .exec_height = header->exec_height,
                                .result_root = header->result_root};
    if (header->height > machine->known_height) {
        machine->known_height = header->height;
    }
    if (header->exec_height > machine->peer_exec_height[FIXED_LEADER_INDEX]) {
        machine->peer_exec_height[FIXED_LEADER_INDEX] = header->exec_height;
    }
    for (uint16_t lane = 0; lane < machine->n; lane++) {
        lane_set_cut(&machine->lanes, lane, block_body_cut(body, lane));
    }
    if (!fixed_leader_is_observer(machine)) {
        fixed_leader_note_own_number(machine, block_body_cut(body, machine->config.self));
    }
    struct height_row *row = fixed_leader_row_at(machine, header->height);
    row->height = header->height;
    row->has_batches = header->batch_count > 0;
    row = fixed_leader_row_at(machine, header->exec_height);
    row->named_height = header->exec_height;
    row->named_root = header->result_root;
    compare_results(machine, row);
}

/* What stands in the certificate's place: see the header. */
static void write_certificate(struct fixed_leader *machine, struct bytes_writer *writer,
                              const struct pending_block *block)
{
    static const struct signature nobody;
    struct certificate_builder builder;
    certificate_begin(&builder, writer, machine->n, CERTIFICATE_FINALIZATION, machine->config.epoch,
                      block->header.view, &block->hash);
    bool complete = certificate_add(&builder, FIXED_LEADER_INDEX, &block->signature);
    for (uint16_t i = FIXED_LEADER_INDEX + 1; !complete; i++) {
        complete = certificate_add(&builder, i, &nobody);
    }
}

static void emit_commit(struct fixed_leader *machine, const struct pending_block *block)
{
    struct bytes_writer writer = effect_write(&machine->effects);
    write_certificate(machine, &writer, block);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    machine->effects.bytes_used += writer.size;
    struct consensus_effect *effect = effect_add(&machine->effects, CONSENSUS_COMMIT);
    effect->commit.height = block->height;
    effect->commit.hash = block->hash;
    effect->commit.block_bytes = block->bytes;
    effect->commit.block_size = block->size;
    effect->commit.certificate = writer.data;
    effect->commit.certificate_size = (uint32_t)writer.size;
    effect_trace(&machine->effects, CONSENSUS_TRACE_COMMIT, FIXED_LEADER_INDEX, block->header.view,
                 &block->hash);
}

void fixed_leader_open_body(const struct fixed_leader *machine, const struct pending_block *pending,
                            struct block_body *body)
{
    struct bytes_reader reader;
    struct block block;
    bytes_reader_init(&reader, pending->bytes, pending->size);
    block_read(&reader, machine->n, &block);
    const bool whole = bytes_reader_done(&reader) &&
                       block_body_open(block.body, block.body_size, machine->n, body);
    TALLY_ASSERT(whole); /* it was read before it was kept */
}

bool fixed_leader_batches_stored(struct fixed_leader *machine, const struct block_body *body,
                                 struct message_batch_request *request)
{
    bool stored = true;
    for (uint32_t i = 0; i < body->batch_count; i++) {
        struct block_reference reference;
        block_body_reference(body, i, &reference);
        const uint64_t lane_seq = ++machine->cut[reference.lane];
        const struct held_batch *held =
            lane_find(&machine->lanes, reference.lane, lane_seq, &reference.digest);
        stored = stored && held != NULL && held->state != BATCH_CHECKING;
        if (held == NULL && request != NULL && request->digest_count < MESSAGE_BATCH_REQUEST_MAX &&
            lane_in_window(&machine->lanes, reference.lane, lane_seq)) {
            request->digests[request->digest_count++] = reference.digest;
        }
    }
    return stored;
}

void fixed_leader_cut_from_tip(struct fixed_leader *machine)
{
    for (uint16_t lane = 0; lane < machine->n; lane++) {
        machine->cut[lane] = machine->lanes.lanes[lane].cut;
    }
}

/* Does the cut that a body states follow from what it orders? */
static bool cut_follows(const struct fixed_leader *machine, const struct block_body *body)
{
    for (uint16_t lane = 0; lane < machine->n; lane++) {
        if (block_body_cut(body, lane) != machine->cut[lane]) {
            return false;
        }
    }
    return true;
}

/* Commits what is next, if it is here. */
static bool commit_next(struct fixed_leader *machine)
{
    struct pending_block *block = fixed_leader_pending_at(machine, machine->tip.height + 1);
    if (block == NULL || machine->halt != CONSENSUS_HALT_NONE ||
        machine->tip.height >= machine->exec_height + CONSENSUS_RESTORE_BLOCKS) {
        return false;
    }
    if (!effect_list_room(&machine->effects)) {
        fixed_leader_wake_now(machine);
        return false;
    }
    struct block_body body;
    fixed_leader_open_body(machine, block, &body);
    fixed_leader_cut_from_tip(machine);
    const bool stored = fixed_leader_batches_stored(machine, &body, NULL);
    if (!hash_equal(&block->header.parent_hash, &machine->tip.hash) ||
        !cut_follows(machine, &body)) {
        /* The leader contradicts itself, which this protocol does not bear. */
        fixed_leader_halt(machine, CONSENSUS_HALT_CONFLICTING_FINALS, block->height);
        return false;
    }
    if (!stored) {
        return false;
    }
    emit_commit(machine, block);
    set_tip(machine, &block->header, &block->hash, &body);
    block->height = 0;
    machine->commit_ms = machine->now_ms;
    machine->work_due = false;
    return true;
}

void fixed_leader_keep_block(struct fixed_leader *machine, const struct block *block,
                             const uint8_t *bytes, uint32_t size, const struct signature *signature,
                             uint64_t batches_due_ms)
{
    struct pending_block *kept = &machine->pending[block->header.height % PENDING_COUNT];
    TALLY_ASSERT(size <= machine->block_bytes_max);
    kept->height = block->header.height;
    kept->header = block->header;
    header_hash(&block->header, &kept->hash);
    kept->signature = *signature;
    memmove(kept->bytes, bytes, size);
    kept->size = size;
    kept->batches_due_ms = batches_due_ms;
}

bool fixed_leader_block_fits(const struct fixed_leader *machine, const struct block *block,
                             uint32_t size)
{
    const struct header *header = &block->header;
    return header->epoch == machine->config.epoch && header->proposer == FIXED_LEADER_INDEX &&
           header->height > machine->config.anchor.height &&
           header->view == header->height - machine->config.anchor.height &&
           block->justification_size > 0 && size <= machine->block_bytes_max;
}

/* A block from the network. False when it is not the leader's. */
static bool take_block(struct fixed_leader *machine, const struct block *block,
                       const uint8_t *bytes, uint32_t size, const struct signature *signature,
                       uint64_t batches_due_ms)
{
    const uint64_t height = block->header.height;
    if (!fixed_leader_block_fits(machine, block, size)) {
        return false;
    }
    if (height <= machine->tip.height || fixed_leader_pending_at(machine, height) != NULL) {
        return true;
    }
    struct hash hash;
    header_hash(&block->header, &hash);
    struct vote vote = leader_statement(machine, block->header.view, &hash);
    vote.signature = *signature;
    if (!vote_verify(&vote, &machine->config.chain_id, &machine->validators[FIXED_LEADER_INDEX])) {
        return false;
    }
    if (height > machine->known_height) {
        machine->known_height = height;
    }
    if (height <= machine->tip.height + PENDING_COUNT) {
        fixed_leader_keep_block(machine, block, bytes, size, signature, batches_due_ms);
    }
    return true;
}

void fixed_leader_on_proposal(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                              size_t size)
{
    struct message_proposal message;
    if (!message_proposal_read(bytes, size, machine->n, &message) ||
        !take_block(machine, &message.block, message.block_bytes, message.block_size,
                    &message.signature, machine->now_ms + machine->config.timing.d0_ms)) {
        effect_trace(&machine->effects, CONSENSUS_TRACE_INVALID, from, 0, NULL);
        return;
    }
    effect_trace(&machine->effects, CONSENSUS_TRACE_PROPOSAL, from, message.block.header.view,
                 &message.hash);
}

/* The leader's signature out of a stored certificate. */
static bool stored_signature(const struct fixed_leader *machine, const struct stored_block *stored,
                             struct signature *out)
{
    struct bytes_reader reader;
    struct certificate certificate;
    bytes_reader_init(&reader, stored->certificate, stored->certificate_size);
    certificate_read(&reader, machine->n, &certificate);
    if (!bytes_reader_done(&reader) || certificate.kind != CERTIFICATE_FINALIZATION ||
        !certificate_signed_by(&certificate, FIXED_LEADER_INDEX)) {
        return false;
    }
    struct vote vote;
    certificate_vote(&certificate, FIXED_LEADER_INDEX, &vote);
    *out = vote.signature;
    return true;
}

void fixed_leader_on_range(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                           size_t size)
{
    struct message_range range;
    bool good = message_range_read(bytes, size, machine->n, &range);
    while (good && range.count > 0) {
        struct stored_block stored;
        struct signature signature;
        good = message_range_next(&range, &stored) &&
               stored_signature(machine, &stored, &signature) &&
               take_block(machine, &stored.block, stored.block_bytes, stored.block_size, &signature,
                          machine->now_ms);
    }
    if (!good) {
        effect_trace(&machine->effects, CONSENSUS_TRACE_MALFORMED, from, 0, NULL);
    }
}

void fixed_leader_on_range_request(struct fixed_leader *machine, uint16_t from,
                                   const uint8_t *bytes, size_t size)
{
    struct message_range_request request;
    if (!message_range_request_read(bytes, size, &request) ||
        request.epoch != machine->config.epoch) {
        effect_trace(&machine->effects, CONSENSUS_TRACE_MALFORMED, from, 0, NULL);
        return;
    }
    if (request.from_height <= machine->tip.height) {
        struct consensus_effect *effect = effect_add(&machine->effects, CONSENSUS_SEND_BLOCKS);
        effect->send_blocks.to = from;
        effect->send_blocks.from_height = request.from_height;
        effect->send_blocks.count = request.count;
    }
}

void fixed_leader_on_restore_final(struct fixed_leader *machine,
                                   const struct consensus_event *event)
{
    struct bytes_reader reader;
    struct stored_block stored;
    struct block_body body;
    bytes_reader_init(&reader, event->restore_final.bytes, event->restore_final.size);
    stored_block_read(&reader, machine->n, &stored);
    const struct header *header = &stored.block.header;
    const uint64_t next = machine->tip.height + 1;
    const bool first = machine->tip.height == machine->config.anchor.height;
    const bool chains =
        bytes_reader_done(&reader) &&
        fixed_leader_block_fits(machine, &stored.block, stored.block_size) &&
        (first ? header->height >= next : header->height == next) &&
        (header->height != next || hash_equal(&header->parent_hash, &machine->tip.hash)) &&
        block_body_open(stored.block.body, stored.block.body_size, machine->n, &body);
    if (!chains) {
        fixed_leader_halt(machine, CONSENSUS_HALT_STORE_MISMATCH, machine->tip.height);
        return;
    }
    struct hash hash;
    header_hash(header, &hash);
    set_tip(machine, header, &hash, &body);
}

void fixed_leader_commit_all(struct fixed_leader *machine)
{
    while (commit_next(machine)) {
    }
}
