#include "consensus/answer.h"

#include "base/assert.h"
#include "base/mark.h"
#include "consensus/repair.h"

/* What answers cost, in the credit of core.h; batches cost 1 each. */
#define COST_CERTIFICATE 4
#define COST_BLOCK       8
#define COST_RANGE       32

void answer_certificate_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
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
    } else if (request.kind != 0 || !repair_send_any_certificate(core, request.view, from)) {
        if (table->final_held && table->final_view >= request.view) {
            repair_send_certificate(core, CERTIFICATE_FINALIZATION, table->final_view, from);
        }
    }
}

void answer_block_request(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
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

void answer_justification_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
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

void answer_range_request(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size)
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
    MARK(range_served);
    effect->send_blocks.from_height = request.from_height;
    effect->send_blocks.count = request.count;
}
