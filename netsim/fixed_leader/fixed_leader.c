#include "netsim/fixed_leader/fixed_leader.h"

#include <string.h>

#include "base/arena.h"
#include "base/assert.h"
#include "netsim/fixed_leader/state.h"

/* The handle of protocol.h stands for this. */
static struct fixed_leader *machine_of(struct consensus *core)
{
    return (struct fixed_leader *)(void *)core;
}

static const struct fixed_leader *machine_of_const(const struct consensus *core)
{
    return (const struct fixed_leader *)(const void *)core;
}

/* ---- Memory ------------------------------------------------------------------------------- */

static void layout(struct fixed_leader *machine, const struct consensus_config *config,
                   struct arena *arena)
{
    const uint16_t n = config->validator_count;
    const struct consensus_limits *limits = &config->limits;
    const uint32_t body = block_body_size(n, n * limits->lane_quota_batches);
    const uint32_t block = (uint32_t)(HEADER_SIZE + 8 + JUSTIFICATION_SIZE + body);
    const size_t action = 2 * (size_t)block + SIGN_SIGNATURE_SIZE + certificate_size(n) +
                          BATCH_FIXED_SIZE + limits->batch_bytes_max + (size_t)n * 8 + 4096;
    machine->rows = ARENA_TAKE(arena, struct height_row, ROW_COUNT);
    machine->pending = ARENA_TAKE(arena, struct pending_block, PENDING_COUNT);
    for (uint32_t i = 0; i < PENDING_COUNT; i++) {
        uint8_t *bytes = ARENA_TAKE(arena, uint8_t, block);
        if (machine->pending != NULL) {
            machine->pending[i].bytes = bytes;
        }
    }
    machine->block_bytes_max = block;
    machine->body_bytes = ARENA_TAKE(arena, uint8_t, body);
    machine->body_bytes_max = body;
    machine->cut = ARENA_TAKE(arena, uint64_t, n);
    machine->lane_held = ARENA_TAKE(arena, uint8_t, (size_t)n * 8);
    /* Extras are batches that a restart finds beyond the window of the store's cut. */
    lane_set_init(&machine->lanes, n, limits->lane_window, n * limits->lane_window, arena);
    effect_list_init(&machine->effects, EFFECT_STEP_MAX, 2 * action, action, arena);
}

static size_t fixed_leader_footprint(const struct consensus_config *config)
{
    if (consensus_config_check(config) != CONSENSUS_CONFIG_OK) {
        return 0;
    }
    struct arena arena;
    struct fixed_leader scratch = {.n = 0};
    arena_init(&arena, NULL, 0);
    (void)ARENA_TAKE(&arena, struct fixed_leader, 1);
    layout(&scratch, config, &arena);
    return arena.used;
}

static struct consensus *fixed_leader_create(void *memory, const struct consensus_config *config)
{
    TALLY_ASSERT(memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, fixed_leader_footprint(config));
    struct fixed_leader *machine = ARENA_TAKE(&arena, struct fixed_leader, 1);
    layout(machine, config, &arena);
    machine->config = *config;
    machine->n = config->validator_count;
    memcpy(machine->validators, config->validators, machine->n * sizeof *config->validators);
    machine->config.validators = machine->validators;
    machine->leading = config->self == FIXED_LEADER_INDEX;
    machine->mute = CONSENSUS_ALARM_NONE;
    machine->halt = CONSENSUS_HALT_NONE;
    machine->wake_ms = UINT64_MAX;
    machine->effects.trace = config->trace;
    machine->tip = (struct tip){.height = config->anchor.height,
                                .hash = config->anchor.hash,
                                .ts_ms = config->anchor.ts_ms,
                                .exec_height = config->anchor.height,
                                .result_root = config->anchor.result_root};
    machine->exec_height = config->anchor.height;
    machine->known_height = config->anchor.height;
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        machine->rows[i].result_height = UINT64_MAX;
        machine->rows[i].named_height = UINT64_MAX;
    }
    struct height_row *row = fixed_leader_row_at(machine, config->anchor.height);
    row->result_height = config->anchor.height;
    row->result_root = config->anchor.result_root;
    return (struct consensus *)(void *)machine;
}

static void on_start(struct fixed_leader *machine, const struct consensus_event *event)
{
    machine->started = true;
    machine->commit_ms = machine->now_ms;
    machine->status_ms = machine->now_ms;
    machine->status_period_ms = machine->config.timing.retry_ms;
    if (machine->leading && event->start.journal == CONSENSUS_JOURNAL_LOST) {
        machine->mute = CONSENSUS_ALARM_MUTE_JOURNAL_LOST;
    }
    if (machine->mute != CONSENSUS_ALARM_NONE) {
        effect_alarm(&machine->effects, machine->mute, machine->config.self);
    }
    if (event->start.batch_log_lost && !fixed_leader_is_observer(machine)) {
        machine->lane_closed = true;
        effect_alarm(&machine->effects, CONSENSUS_ALARM_LANE_CLOSED, machine->config.self);
    }
}

void fixed_leader_halt(struct fixed_leader *machine, enum consensus_halt reason, uint64_t height)
{
    if (machine->halt == CONSENSUS_HALT_NONE) {
        machine->halt = reason;
        struct consensus_effect *effect = effect_add(&machine->effects, CONSENSUS_HALT);
        effect->halt.reason = reason;
        effect->halt.height = height;
    }
}

/* ---- The step ----------------------------------------------------------------------------- */

static void on_message(struct fixed_leader *machine, const struct consensus_event *event)
{
    const uint16_t from = event->message.from;
    const uint8_t *bytes = event->message.bytes;
    const size_t size = event->message.size;
    const uint8_t kind = size > 0 ? bytes[0] : 0;
    TALLY_ASSERT(from < machine->n + CONSENSUS_OBSERVERS_MAX && from != machine->config.self);
    if (kind == MESSAGE_STATUS) {
        fixed_leader_on_status(machine, from, bytes, size);
    } else if (kind == MESSAGE_BATCH_REQUEST) {
        fixed_leader_on_batch_request(machine, from, bytes, size);
    } else if (kind == MESSAGE_RANGE_REQUEST) {
        fixed_leader_on_range_request(machine, from, bytes, size);
    } else if (machine->storage_failed) {
        return; /* nothing new is learnt: it could not be written down */
    } else if (kind == MESSAGE_BATCH) {
        fixed_leader_on_batch(machine, from, bytes, size);
    } else if (kind == MESSAGE_PROPOSAL) {
        fixed_leader_on_proposal(machine, from, bytes, size);
    } else if (kind == MESSAGE_RANGE) {
        fixed_leader_on_range(machine, from, bytes, size);
    } else {
        effect_trace(&machine->effects, CONSENSUS_TRACE_DROP, from, 0, NULL);
    }
}

static void on_storage(struct fixed_leader *machine, bool failed)
{
    if (machine->storage_failed != failed) {
        machine->storage_failed = failed;
        effect_alarm(&machine->effects,
                     failed ? CONSENSUS_ALARM_STORAGE_FAILED : CONSENSUS_ALARM_STORAGE_RECOVERED,
                     CONSENSUS_OBSERVER);
    }
}

static void dispatch(struct fixed_leader *machine, const struct consensus_event *event)
{
    switch (event->kind) {
    case CONSENSUS_RESTORE_FINAL:
        fixed_leader_on_restore_final(machine, event);
        break;
    case CONSENSUS_RESTORE_BATCH:
        fixed_leader_on_restore_batch(machine, event);
        break;
    case CONSENSUS_RESTORE_RECORD:
        fixed_leader_on_restore_record(machine, event);
        break;
    case CONSENSUS_START:
        on_start(machine, event);
        break;
    case CONSENSUS_MESSAGE:
        on_message(machine, event);
        break;
    case CONSENSUS_TIME:
        break;
    case CONSENSUS_LOCAL_BATCH:
        fixed_leader_on_local_batch(machine, event->local_batch.payload, event->local_batch.size);
        break;
    case CONSENSUS_BATCH_CHECKED:
        fixed_leader_on_batch_checked(machine, event);
        break;
    case CONSENSUS_JOURNAL_DURABLE:
        TALLY_ASSERT(event->journal_durable.seq <= machine->effects.seq);
        machine->durable_seq = event->journal_durable.seq;
        break;
    case CONSENSUS_EXECUTED:
        fixed_leader_on_executed(machine, event);
        break;
    case CONSENSUS_WORK_DUE:
        machine->work_due = true;
        break;
    case CONSENSUS_STORAGE_FAILED:
        on_storage(machine, true);
        break;
    case CONSENSUS_STORAGE_RECOVERED:
        on_storage(machine, false);
        break;
    }
}

/* What follows from an event, whatever it was. */
static void settle(struct fixed_leader *machine)
{
    if (machine->storage_failed) {
        return;
    }
    fixed_leader_commit_all(machine);
    fixed_leader_propose(machine);
    fixed_leader_commit_all(machine);
    if (machine->halt != CONSENSUS_HALT_NONE) {
        return;
    }
    if (!effect_list_room(&machine->effects)) {
        fixed_leader_wake_now(machine);
        return;
    }
    if (!machine->leading) {
        fixed_leader_ask_for_blocks(machine);
    }
    fixed_leader_ask_for_batches(machine);
    fixed_leader_tell_status(machine);
}

static void fixed_leader_step(struct consensus *core, const struct consensus_event *event,
                              struct consensus_effects *effects)
{
    struct fixed_leader *machine = machine_of(core);
    effect_list_clear(&machine->effects);
    machine->now_ms = event->now_ms > machine->now_ms ? event->now_ms : machine->now_ms;
    machine->utc_ms = event->utc_ms;
    machine->wake_ms = UINT64_MAX;
    if (machine->halt == CONSENSUS_HALT_NONE) {
        const bool restoring =
            event->kind == CONSENSUS_RESTORE_FINAL || event->kind == CONSENSUS_RESTORE_BATCH ||
            event->kind == CONSENSUS_RESTORE_RECORD || event->kind == CONSENSUS_START;
        TALLY_ASSERT(machine->started != restoring);
        dispatch(machine, event);
        if (machine->started && machine->halt == CONSENSUS_HALT_NONE) {
            settle(machine);
        }
    }
    effects->items = machine->effects.items;
    effects->count = machine->effects.count;
    effects->next_deadline_ms =
        machine->halt == CONSENSUS_HALT_NONE ? machine->wake_ms : UINT64_MAX;
}

/* ---- What it says of itself --------------------------------------------------------------- */

/* There are no proposals: what is ordered is final. */
static uint64_t own_cut(const struct fixed_leader *machine)
{
    const uint16_t self = machine->config.self;
    return self == CONSENSUS_OBSERVER ? 0 : machine->lanes.lanes[self].cut;
}

static void fixed_leader_summary(const struct consensus *core, struct consensus_summary *out)
{
    const struct fixed_leader *machine = machine_of_const(core);
    const uint64_t view = machine->tip.height - machine->config.anchor.height;
    *out = (struct consensus_summary){
        .view = view + 1,
        .final_view = view,
        .final_height = machine->tip.height,
        .final_hash = machine->tip.hash,
        .exec_height = machine->exec_height,
        .certified_exec_height = machine->tip.exec_height,
        .gap_view = view + 1,
        .journal_seq = machine->effects.seq,
        .durable_seq = machine->durable_seq,
        .own_lane_seq = machine->own_lane_seq,
        .own_lane_named = own_cut(machine),
        .under_way = false,
        .mute = machine->mute,
        .halt = machine->halt,
        .storage_failed = machine->storage_failed,
        .lane_closed = machine->lane_closed,
    };
}

static uint64_t fixed_leader_peer_exec_height(const struct consensus *core, uint16_t peer)
{
    const struct fixed_leader *machine = machine_of_const(core);
    TALLY_ASSERT(peer < machine->n);
    return machine->peer_exec_height[peer];
}

static uint32_t fixed_leader_lane_room(const struct consensus *core)
{
    return fixed_leader_room(machine_of_const(core));
}

/* A block that was committed is in the store: the journal is not needed for it any more. */
static bool fixed_leader_record_is_live(const struct consensus *core, const uint8_t *bytes,
                                        size_t size)
{
    const struct fixed_leader *machine = machine_of_const(core);
    struct journal_record record;
    return !journal_record_read(bytes, size, machine->n, &record) || record.kind != JOURNAL_BLOCK ||
           record.block.header.height > machine->tip.height;
}

const struct consensus_protocol consensus_fixed_leader = {
    .name = "fixed-leader",
    .footprint = fixed_leader_footprint,
    .create = fixed_leader_create,
    .step = fixed_leader_step,
    .summary = fixed_leader_summary,
    .lane_room = fixed_leader_lane_room,
    .peer_exec_height = fixed_leader_peer_exec_height,
    .record_is_live = fixed_leader_record_is_live,
};
