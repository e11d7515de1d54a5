#include "node/replica/executor.h"

#include "base/arena.h"
#include "ledger/command/envelope.h"

enum {
    LEDGER_ALIGNMENT = 64,
    /* Head, one empty command, signature. */
    ENVELOPE_SMALLEST = ENVELOPE_HEAD_BYTES + 2 + SIGN_SIGNATURE_SIZE
};

struct executor {
    struct ledger *ledger;
    struct ledger_envelope *envelopes;
    uint32_t envelope_count_max;
};

uint32_t executor_envelope_bound(uint64_t block_bytes)
{
    uint64_t bound = block_bytes / (PAYLOAD_PREFIX_BYTES + ENVELOPE_SMALLEST) + 1;
    TALLY_ASSERT(bound <= UINT32_MAX);
    return (uint32_t)bound;
}

static size_t own_size(const struct executor_config *config)
{
    struct arena arena;
    arena_init(&arena, NULL, 0);
    (void)ARENA_TAKE(&arena, struct executor, 1);
    (void)ARENA_TAKE(&arena, struct ledger_envelope, config->envelope_count_max);
    return (arena.used + LEDGER_ALIGNMENT - 1) / LEDGER_ALIGNMENT * LEDGER_ALIGNMENT;
}

size_t executor_footprint(const struct executor_config *config)
{
    TALLY_ASSERT(config != NULL && config->genesis != NULL);
    size_t ledger_size = ledger_footprint(&config->genesis->capacity);
    if (ledger_size == 0 || config->envelope_count_max == 0) {
        return 0;
    }
    return own_size(config) + ledger_size;
}

enum genesis_check executor_new(void *memory, const struct executor_config *config,
                                struct executor **executor)
{
    TALLY_ASSERT(memory != NULL && (uintptr_t)memory % LEDGER_ALIGNMENT == 0);
    TALLY_ASSERT(config->envelope_count_max > 0);
    size_t own = own_size(config);
    struct arena arena;
    arena_init(&arena, memory, own);
    struct executor *made = ARENA_TAKE(&arena, struct executor, 1);
    made->envelopes = ARENA_TAKE_UNSET(&arena, struct ledger_envelope, config->envelope_count_max);
    made->envelope_count_max = config->envelope_count_max;
    enum genesis_check check = ledger_new((uint8_t *)memory + own, config->genesis, &made->ledger);
    if (check == GENESIS_OK) {
        *executor = made;
    }
    return check;
}

/* Lists the envelopes of one payload behind the `*count` that are listed already; `identifiers` are
 * theirs, or NULL. */
static enum executor_result list_payload(struct executor *executor,
                                         const struct payload_item *payload,
                                         const struct hash *identifiers, uint32_t *count)
{
    struct bytes_reader reader;
    struct payload_item item;
    payload_reader_init(&reader, payload->bytes, payload->size);
    while (payload_next(&reader, &item)) {
        if (*count == executor->envelope_count_max) {
            return EXECUTOR_TOO_MANY_ENVELOPES;
        }
        executor->envelopes[*count] =
            (struct ledger_envelope){.bytes = item.bytes, .size = item.size, .id = identifiers};
        (*count)++;
        identifiers = identifiers != NULL ? identifiers + 1 : NULL;
    }
    return reader.failed ? EXECUTOR_TORN_PAYLOAD : EXECUTOR_DONE;
}

enum executor_result executor_execute(struct executor *executor, const struct executor_block *block,
                                      struct ledger_output *output)
{
    TALLY_ASSERT(executor != NULL && block != NULL && output != NULL);
    TALLY_ASSERT(block->height == ledger_height(executor->ledger) + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < block->payload_count; i++) {
        const struct hash *identifiers = block->identifiers != NULL ? block->identifiers[i] : NULL;
        enum executor_result result =
            list_payload(executor, &block->payloads[i], identifiers, &count);
        if (result != EXECUTOR_DONE) {
            return result;
        }
    }
    struct ledger_block ledger_block = {
        .height = block->height,
        .ts_ms = block->ts_ms,
        .block_id = block->block_id,
        .envelopes = executor->envelopes,
        .envelope_count = count,
    };
    ledger_apply(executor->ledger, &ledger_block, output);
    TALLY_ASSERT(output->height == block->height);
    return EXECUTOR_DONE;
}

struct ledger *executor_ledger(struct executor *executor)
{
    return executor->ledger;
}
