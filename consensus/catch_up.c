#include "consensus/catch_up.h"

#include <string.h>

#include "base/assert.h"
#include "base/mark.h"
#include "consensus/batches.h"
#include "consensus/execution.h"
#include "consensus/pacing.h"
#include "consensus/view.h"

/*
 * Walks from a final block down to the committed tip and keeps the path. If a block is missing it
 * says which.
 */
static bool walk(struct consensus *core, const struct hash *from)
{
    struct catch_up *catch_up = &core->catch_up;
    struct hash hash = *from;
    uint64_t above = 0;
    catch_up->path_count = 0;
    while (!hash_equal(&hash, &core->tip.hash)) {
        const uint32_t index = block_pool_find(&core->pool, &hash);
        if (index == BLOCK_POOL_NONE) {
            catch_up->missing = hash;
            catch_up->missing_above = above;
            catch_up->path_count = 0;
            return false;
        }
        const struct header *header = &core->pool.blocks[index].header;
        if (header->height <= core->tip.height || header->view <= core->tip.view) {
            /* A final chain that does not contain what was committed. */
            MARK(halt_on_conflicting_finals);
            catch_up->path_count = 0;
            core_halt(core, CONSENSUS_HALT_CONFLICTING_FINALS, header->height);
            return false;
        }
        TALLY_ASSERT(catch_up->path_count < catch_up->path_capacity);
        catch_up->path[catch_up->path_count++] = hash;
        above = header->height;
        hash = header->parent_hash;
    }
    catch_up->missing = (struct hash){{0}};
    return true;
}

/* Finds something to commit: up to the final block, else up to what a range proved. */
static bool find_path(struct consensus *core)
{
    struct catch_up *catch_up = &core->catch_up;
    const struct certificate_table *table = &core->certificates;
    if (catch_up->walked_additions == core->pool.addition_count &&
        catch_up->walked_view == table->final_view) {
        return false; /* nothing has come since the last walk failed */
    }
    if (table->final_held && table->final_view > core->tip.view && walk(core, &table->final_hash)) {
        return true;
    }
    if (core->halt == CONSENSUS_HALT_NONE && catch_up->target_view > core->tip.view) {
        const struct hash missing = catch_up->missing;
        const uint64_t missing_above = catch_up->missing_above;
        const bool found = walk(core, &catch_up->target);
        catch_up->missing = missing;
        catch_up->missing_above = missing_above;
        if (found) {
            return true;
        }
    }
    catch_up->walked_additions = core->pool.addition_count;
    catch_up->walked_view = table->final_view;
    return false;
}

/* Makes a committed block the tip; the same after a restart and in operation. */
static void set_tip(struct consensus *core, const struct header *header, const struct hash *hash,
                    const uint8_t *cut)
{
    struct chain_point *tip = &core->tip;
    TALLY_ASSERT(header->view > tip->view);
    *tip = (struct chain_point){.view = header->view,
                                .height = header->height,
                                .ts_ms = header->ts_ms,
                                .exec_height = header->exec_height,
                                .hash = *hash,
                                .parent_hash = header->parent_hash,
                                .result_root = header->result_root,
                                .has_batches = header->batch_count > 0,
                                .cut = core->tip_cut};
    memcpy(core->tip_cut, cut, (size_t)core->n * 8);
    core_note_cut(core, cut);
    struct history_row *row = core_history(core, header->height);
    row->height = header->height;
    row->hash = *hash;
    row->has_batches = header->batch_count > 0;
    for (uint16_t lane = 0; lane < core->n; lane++) {
        lane_set_cut(&core->lanes, lane, bytes_get_u64(cut + (size_t)lane * 8));
    }
}

/* A number of the own lane that is ordered but not known here was used before a loss. */
static void check_own_lane(struct consensus *core)
{
    if (core->config.self == CONSENSUS_OBSERVER) {
        return;
    }
    const uint64_t cut = core->lanes.lanes[core->config.self].cut;
    if (cut > core->own_lane_seq) {
        core->own_lane_seq = cut;
        if (core->started && !core->lane_closed) {
            MARK(own_lane_closed_by_final_cut);
            core->lane_closed = true;
            effect_alarm(&core->effects, CONSENSUS_ALARM_LANE_CLOSED, core->config.self);
        }
    }
}

static void emit_commit(struct consensus *core, uint32_t index)
{
    const struct pool_block *block = &core->pool.blocks[index];
    const struct certificate_table *table = &core->certificates;
    const uint8_t *certificate = NULL;
    uint32_t certificate_size = 0;
    if (table->final_held && hash_equal(&block->hash, &table->final_hash)) {
        struct bytes_writer writer = effect_write(&core->effects);
        bytes_write_copy(&writer, table->final_bytes, table->size);
        TALLY_ASSERT(bytes_writer_ok(&writer));
        core->effects.bytes_used += writer.size;
        certificate = writer.data;
        certificate_size = (uint32_t)writer.size;
    } else if (block->certificate_size > 0) {
        certificate = block_pool_certificate(&core->pool, index);
        certificate_size = block->certificate_size;
    }
    struct consensus_effect *effect = effect_add(&core->effects, CONSENSUS_COMMIT);
    effect->commit.height = block->header.height;
    effect->commit.hash = block->hash;
    effect->commit.block_bytes = block_pool_bytes(&core->pool, index);
    effect->commit.block_size = block->size;
    effect->commit.certificate = certificate;
    effect->commit.certificate_size = certificate_size;
}

static void commit_block(struct consensus *core, uint32_t index)
{
    const struct header header = core->pool.blocks[index].header;
    const struct hash hash = core->pool.blocks[index].hash;
    TALLY_ASSERT(header.height == core->tip.height + 1);
    TALLY_ASSERT(core->pool.blocks[index].justification_size > 0);
    emit_commit(core, index);
    set_tip(core, &header, &hash, block_pool_cut(&core->pool, index));
    check_own_lane(core);
    execution_certified(core, &header);
    block_pool_remove_until(&core->pool, header.view);
    pacing_committed(core);
    core->pacing.work_due = false;
    core->changed = true;
    effect_trace(&core->effects, CONSENSUS_TRACE_COMMIT, header.proposer, header.view, &hash);
}

bool catch_up_awaited(const struct consensus *core, uint32_t ahead, struct block_body *body,
                      const uint8_t **cut_before)
{
    const struct catch_up *catch_up = &core->catch_up;
    if (ahead >= catch_up->path_count) {
        return false;
    }
    const uint32_t next = catch_up->path_count - 1 - ahead;
    const uint32_t index = block_pool_find(&core->pool, &catch_up->path[next]);
    TALLY_ASSERT(index != BLOCK_POOL_NONE);
    *cut_before = core->tip.cut;
    if (ahead > 0) {
        const uint32_t before = block_pool_find(&core->pool, &catch_up->path[next + 1]);
        TALLY_ASSERT(before != BLOCK_POOL_NONE);
        *cut_before = block_pool_cut(&core->pool, before);
    }
    struct block block;
    block_pool_open(&core->pool, index, &block);
    const bool opened = block_body_open(block.body, block.body_size, core->n, body);
    TALLY_ASSERT(opened);
    return true;
}

void catch_up_commit(struct consensus *core)
{
    struct catch_up *catch_up = &core->catch_up;
    while (core->halt == CONSENSUS_HALT_NONE && !core->storage_failed) {
        if (catch_up->path_count == 0 && !find_path(core)) {
            return;
        }
        if (catch_up->path_count == 0 || !effect_list_room(&core->effects) ||
            core->tip.height >= core_add(core->exec_height, CONSENSUS_RESTORE_BLOCKS)) {
            return;
        }
        struct block_body body;
        const uint8_t *cut_before;
        const bool awaited = catch_up_awaited(core, 0, &body, &cut_before);
        TALLY_ASSERT(awaited);
        const uint32_t index =
            block_pool_find(&core->pool, &catch_up->path[catch_up->path_count - 1]);
        if (core->pool.blocks[index].justification_size == 0 ||
            batches_check(core, &body, cut_before, true, NULL) != BATCHES_HELD) {
            MARK(commit_waits_for_batches);
            return; /* repair asks for it */
        }
        catch_up->path_count--;
        commit_block(core, index);
    }
}

/* ---------------------------------------------------------------------------------- ranges */

/* The longest prefix of a range that can be taken: it chains to the tip and ends in a proof. */
struct range_prefix {
    uint32_t count; /* blocks of the message, those below the tip included */
    struct stored_block last;
    struct hash last_hash;
};

static bool range_measure(const struct consensus *core, struct message_range range,
                          struct range_prefix *out)
{
    struct hash previous = core->tip.hash;
    uint64_t height = core->tip.height;
    size_t bytes = 0;
    const size_t room = core->pool.heap_capacity - core->pool.heap_used;
    const uint32_t blocks_room = core->pool.capacity - core->pool.count;
    out->count = 0;
    range.known_height = core->tip.height;
    for (uint32_t i = 1, taken = 0; range.count > 0; i++) {
        struct stored_block stored;
        if (!message_range_next(&range, &stored)) {
            return false;
        }
        const struct header *header = &stored.block.header;
        if (header->height <= core->tip.height) {
            continue;
        }
        if (header->epoch != core->config.epoch || header->height != height + 1 ||
            !hash_equal(&header->parent_hash, &previous)) {
            return false;
        }
        header_hash(header, &previous);
        height = header->height;
        bytes += stored.block_size + stored.certificate_size;
        taken++;
        if (bytes > room || taken > blocks_room || stored.block_size > core->pool.block_bytes_max) {
            break;
        }
        if (stored.certificate_size > 0) {
            out->count = i;
            out->last = stored;
            out->last_hash = previous;
        }
    }
    return out->count > 0;
}

static bool range_proved(const struct consensus *core, const struct range_prefix *prefix,
                         struct certificate *certificate)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, prefix->last.certificate, prefix->last.certificate_size);
    certificate_read(&reader, core->n, certificate);
    return bytes_reader_done(&reader) && certificate->kind == CERTIFICATE_FINALIZATION &&
           certificate->epoch == core->config.epoch &&
           certificate->view == prefix->last.block.header.view &&
           hash_equal(&certificate->hash, &prefix->last_hash) &&
           certificate_verify(certificate, &core->config.chain_id, core->validators, core->n);
}

/* Copies the proved blocks into the pool; the last one with its certificate. */
static void range_take(struct consensus *core, struct message_range range, uint32_t count)
{
    range.known_height = UINT64_MAX; /* range_measure has checked them all */
    for (uint32_t i = 1; i <= count; i++) {
        struct stored_block stored;
        const bool read = message_range_next(&range, &stored);
        TALLY_ASSERT(read);
        if (stored.block.header.height <= core->tip.height) {
            continue;
        }
        struct hash hash;
        header_hash(&stored.block.header, &hash);
        const uint32_t held = block_pool_find(&core->pool, &hash);
        const bool held_whole =
            held != BLOCK_POOL_NONE && core->pool.blocks[held].justification_size > 0;
        if (held_whole && i < count) {
            continue;
        }
        if (held != BLOCK_POOL_NONE) {
            block_pool_remove(&core->pool, held);
        }
        const bool last = i == count;
        const uint32_t added =
            block_pool_add(&core->pool, &hash, &stored.block, last ? stored.certificate : NULL,
                           last ? stored.certificate_size : 0);
        TALLY_ASSERT(added != BLOCK_POOL_NONE);
        core->pool.blocks[added].journalled = true; /* the store is about to have it */
    }
}

void catch_up_on_range(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
{
    struct message_range range;
    struct range_prefix prefix;
    struct certificate certificate;
    if (!message_range_read(bytes, size, core->n, &range) || !range_measure(core, range, &prefix) ||
        !range_proved(core, &prefix, &certificate)) {
        MARK(range_refused);
        effect_trace(&core->effects, CONSENSUS_TRACE_DROP, from, core->view, NULL);
        return;
    }
    MARK(range_taken);
    range_take(core, range, prefix.count);
    if (certificate.view > core->catch_up.target_view) {
        core->catch_up.target = prefix.last_hash;
        core->catch_up.target_view = certificate.view;
    }
    (void)view_certificate(core, &certificate, CERTIFICATE_FROM_JUSTIFICATION);
    core->repair.range_due_ms = core->now_ms;
    core->changed = true;
}

/* --------------------------------------------------------------------------------- restart */

void catch_up_on_restore(struct consensus *core, const uint8_t *bytes, size_t size)
{
    TALLY_ASSERT(!core->started);
    struct bytes_reader reader;
    struct stored_block stored;
    bytes_reader_init(&reader, bytes, size);
    stored_block_read(&reader, core->n, &stored);
    const struct header *header = &stored.block.header;
    const bool first = core->tip.view == 0;
    const bool chains =
        bytes_reader_done(&reader) && header->epoch == core->config.epoch &&
        header->view > core->tip.view &&
        (first ? header->height > core->tip.height : header->height == core->tip.height + 1) &&
        (header->height != core->tip.height + 1 ||
         hash_equal(&header->parent_hash, &core->tip.hash));
    if (!chains) {
        core_halt(core, CONSENSUS_HALT_STORE_MISMATCH, core->tip.height);
        return;
    }
    struct hash hash;
    struct block_body body;
    header_hash(header, &hash);
    const bool opened = block_body_open(stored.block.body, stored.block.body_size, core->n, &body);
    TALLY_ASSERT(opened);
    set_tip(core, header, &hash, body.cut);
    check_own_lane(core);
    execution_certified(core, header);
    if (stored.certificate_size > 0) {
        struct certificate certificate;
        bytes_reader_init(&reader, stored.certificate, stored.certificate_size);
        certificate_read(&reader, core->n, &certificate);
        if (reader.failed || certificate.kind != CERTIFICATE_FINALIZATION ||
            !hash_equal(&certificate.hash, &hash)) {
            core_halt(core, CONSENSUS_HALT_STORE_MISMATCH, header->height);
            return;
        }
        core->store_final_view = certificate.view;
        (void)view_certificate(core, &certificate, CERTIFICATE_FROM_JOURNAL);
    }
}
