#include "ledger/ledger.h"

#include <string.h>

#include "ledger/command/execute.h"
#include "ledger/day/day.h"
#include "ledger/day/day_sweep.h"
#include "ledger/genesis.h"
#include "ledger/instruction/allegement.h"
#include "ledger/state.h"
#include "ledger/state/housekeeping.h"
#include "ledger/state/index.h"
#include "ledger/state/invariant.h"
#include "ledger/state/side_places.h"
#include "ledger/state/state_tree.h"

static uint32_t capacity_of(const struct ledger_capacity *capacity, enum record_kind kind)
{
    const uint32_t counts[RECORD_KIND_COUNT] = {
        [RECORD_SCALARS] = 1,
        [RECORD_RULE_SET] = capacity->rule_sets,
        [RECORD_PARTY] = capacity->parties,
        [RECORD_KEY] = capacity->keys,
        [RECORD_ASSET] = capacity->assets,
        [RECORD_ACCOUNT] = capacity->accounts,
        [RECORD_POSITION] = capacity->positions,
        [RECORD_INSTRUCTION] = capacity->instructions,
        [RECORD_NONCE] = capacity->nonces,
        [RECORD_REFERENCE] = capacity->references,
        [RECORD_DRAFT] = capacity->drafts,
        [RECORD_LIMIT] = capacity->party_limits,
        [RECORD_BUSINESS_DAY] = 1,
        [RECORD_RESTRICTION] = capacity->restrictions,
        [RECORD_RESTRICTION_TYPE] = capacity->restriction_types,
    };
    return counts[kind];
}

static void array_layout(struct record_array *array, uint32_t capacity, struct arena *arena)
{
    slots_init(&array->slots, capacity, arena);
    slots_init(&array->dirty, capacity, arena);
    slots_init(&array->touched, capacity, arena);
    slots_init(&array->unsaved, (capacity - 1) / SNAPSHOT_CHUNK_SLOTS + 1, arena);
    merkle_init(&array->tree, capacity, arena);
    array->extent = 0;
}

static void output_layout(struct ledger *ledger, struct arena *arena)
{
    const struct ledger_capacity *capacity = &ledger->capacity;
    leaf_list_layout(&ledger->receipts, LEAF_RECEIPT, capacity->block_receipts, RECEIPT_BYTES_MAX,
                     arena);
    leaf_list_layout(&ledger->events, LEAF_EVENT, capacity->block_events, EVENT_BYTES_MAX, arena);
    uint32_t longest = capacity->block_receipts > capacity->block_events ? capacity->block_receipts
                                                                         : capacity->block_events;
    ledger->scratch = ARENA_TAKE_UNSET(arena, struct hash, longest);
}

/* Everything behind the struct itself. Runs twice: counting, and over the real memory. */
static void ledger_layout(struct ledger *ledger, struct arena *arena)
{
    const struct ledger_capacity *capacity = &ledger->capacity;
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        array_layout(&ledger->arrays[kind], capacity_of(capacity, (enum record_kind)kind), arena);
    }
    ledger->scalars = ARENA_TAKE(arena, struct scalars, 1);
    ledger->rule_sets = ARENA_TAKE(arena, struct rule_set, capacity->rule_sets);
    ledger->parties = ARENA_TAKE(arena, struct party, capacity->parties);
    ledger->keys = ARENA_TAKE(arena, struct key, capacity->keys);
    ledger->assets = ARENA_TAKE(arena, struct asset, capacity->assets);
    ledger->accounts = ARENA_TAKE(arena, struct account, capacity->accounts);
    ledger->positions = ARENA_TAKE_LINES(arena, struct position, capacity->positions);
    ledger->instructions = ARENA_TAKE_LINES(arena, struct instruction, capacity->instructions);
    ledger->nonces = ARENA_TAKE(arena, struct nonce_entry, capacity->nonces);
    ledger->references = ARENA_TAKE(arena, struct reference_entry, capacity->references);
    ledger->drafts = ARENA_TAKE(arena, struct draft, capacity->drafts);
    ledger->limit_records = ARENA_TAKE(arena, struct limit, capacity->party_limits);
    ledger->business_day = ARENA_TAKE(arena, struct business_day, 1);
    ledger->today = ARENA_TAKE(arena, struct day_today, 1);
    ledger->restrictions = ARENA_TAKE(arena, struct restriction, capacity->restrictions);
    ledger->restriction_types =
        ARENA_TAKE(arena, struct restriction_type, capacity->restriction_types);
    record_arrays_note(ledger);
    rare_layout(&ledger->rare, capacity->instruction_ties, capacity->instruction_particulars,
                arena);
    index_layout(ledger, arena);
    deadline_layout(&ledger->nonce_deadlines, capacity->nonces, capacity->nonces, arena);
    deadline_layout(&ledger->draft_deadlines, capacity->drafts, capacity->drafts, arena);
    /* Only what is unmatched is alleged. */
    deadline_layout(&ledger->allegement_deadlines,
                    matching_members_max(capacity->instructions, capacity->matching_entries),
                    capacity->instructions, arena);
    union side_places *places = ARENA_TAKE(arena, union side_places, capacity->instructions);
    matching_layout(&ledger->matching, capacity->instructions, capacity->matching_entries,
                    capacity->parties, places, ledger->map_seed, ledger, arena);
    waiting_layout(&ledger->waiting, capacity->instructions, capacity->positions,
                   capacity->party_limits, ledger, arena);
    part_queue_layout(&ledger->part_queue, capacity->instructions, capacity->positions, ledger,
                      arena);
    pool_layout(&ledger->pools, capacity->instruction_ties, ledger, arena);
    optimisation_layout(&ledger->optimisation, places, capacity->instructions, capacity->positions,
                        ledger, arena);
    settlement_set_layout(&ledger->settlement_scratch, arena);
    restriction_layout(&ledger->restriction_queues, capacity->restrictions, arena);
    invariant_layout(ledger, arena);
    output_layout(ledger, arena);
}

static size_t struct_bytes(void)
{
    size_t rounded = sizeof(struct ledger) + ARENA_LINE - 1;
    return rounded - rounded % ARENA_LINE;
}

size_t ledger_footprint(const struct ledger_capacity *capacity)
{
    if (!genesis_capacity_valid(capacity)) {
        return 0;
    }
    struct ledger counted = {.capacity = *capacity};
    struct arena arena;
    arena_init(&arena, NULL, 0);
    ledger_layout(&counted, &arena);
    return struct_bytes() + arena.used;
}

void ledger_empty(struct ledger *ledger)
{
    struct ledger kept = {.chain_id = ledger->chain_id,
                          .map_seed = ledger->map_seed,
                          .capacity = ledger->capacity,
                          .limits = ledger->limits};
    size_t footprint = ledger_footprint(&kept.capacity);
    TALLY_ASSERT(footprint > struct_bytes());
    *ledger = kept;
    struct arena arena;
    arena_init(&arena, (uint8_t *)ledger + struct_bytes(), footprint - struct_bytes());
    ledger_layout(ledger, &arena);
}

/* The roots of height 0: an empty block over the genesis state, with the chain id for block id. */
static void genesis_result(struct ledger *ledger)
{
    struct hash zero = {{0}};
    state_tree_renew(ledger);
    merkle_list_root(NULL, 0, NULL, &ledger->result.receipts_root);
    merkle_list_root(NULL, 0, NULL, &ledger->result.events_root);
    result_chain(&zero, 0, &ledger->chain_id, &ledger->result.receipts_root,
                 &ledger->result.events_root, &ledger->result.state_root,
                 &ledger->result.result_root);
}

enum genesis_check ledger_new(void *memory, const struct ledger_genesis *genesis,
                              struct ledger **ledger)
{
    *ledger = NULL;
    enum genesis_check check = genesis_check(genesis);
    if (check != GENESIS_OK) {
        return check;
    }
    struct ledger *made = memory;
    made->chain_id = genesis->chain_id;
    made->map_seed = bytes_get_u64(genesis->chain_id.bytes);
    made->capacity = genesis->capacity;
    made->limits = genesis->limits;
    ledger_empty(made);
    check = genesis_execute(made, genesis);
    if (check != GENESIS_OK) {
        return check;
    }
    genesis_result(made);
    invariant_totals_begin(made);
    invariant_check_all(made);
    *ledger = made;
    return GENESIS_OK;
}

static void touched_clear(struct ledger *ledger)
{
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        slots_clear(&ledger->arrays[kind].touched);
    }
}

/* The latest one effective on that day; all before it are let go, also those that never ruled. */
void ledger_rules_select(struct ledger *ledger)
{
    uint32_t chosen = ledger->rule_set_current;
    for (uint32_t i = record_next(ledger, RECORD_RULE_SET, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RULE_SET, i + 1)) {
        uint32_t effective = ledger->rule_sets[i].effective_date;
        if (effective <= ledger->scalars->business_date &&
            effective > ledger->rule_sets[chosen].effective_date) {
            chosen = i;
        }
    }
    if (chosen == ledger->rule_set_current) {
        return;
    }
    uint32_t in_force_from = ledger->rule_sets[chosen].effective_date;
    for (uint32_t i = record_next(ledger, RECORD_RULE_SET, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RULE_SET, i + 1)) {
        if (ledger->rule_sets[i].effective_date < in_force_from) {
            record_give(ledger, RECORD_RULE_SET, i);
        }
    }
    ledger->rule_set_current = chosen;
}

/* From the nonces of all envelopes, whatever becomes of them. */
static void secret_renew(struct scalars *scalars, const struct ledger_block *block)
{
    if (block->envelope_count == 0) {
        return;
    }
    struct hash_state state;
    leaf_secret_renew_begin(&state, &scalars->secret);
    for (uint32_t i = 0; i < block->envelope_count; i++) {
        struct nonce_secret nonce;
        if (envelope_nonce(&nonce, block->envelopes[i].bytes, block->envelopes[i].size)) {
            leaf_secret_renew_add(&state, &nonce);
        }
    }
    leaf_secret_renew_end(&state, &scalars->secret);
}

static void block_begin(struct ledger *ledger, const struct ledger_block *block)
{
    struct scalars *scalars = ledger->scalars;
    TALLY_ASSERT(!ledger->restoring);
    TALLY_ASSERT(block->height == scalars->height + 1);
    touched_clear(ledger);
    scalars->height = block->height;
    secret_renew(scalars, block);
    leaf_list_begin(&ledger->receipts, block->height, &scalars->secret);
    leaf_list_begin(&ledger->events, block->height, &scalars->secret);
    if (block->ts_ms > scalars->time_ms) {
        scalars->time_ms = block->ts_ms;
    }
    ledger->origin_ms = scalars->time_ms;
    uint32_t purge_date = scalars->purge_date;
    uint32_t date = scalars->business_date;
    day_tick(ledger);
    if (scalars->business_date != date) {
        limit_day_begin(ledger);
        restriction_type_day_changed(ledger);
    }
    if (scalars->purge_date != purge_date) {
        housekeeping_purge_begin(ledger);
    }
}

static void list_root(struct ledger *ledger, struct leaf_list *list, struct hash *root)
{
    leaf_list_finish(list);
    merkle_list_root(list->hashes, list->count, ledger->scratch, root);
}

static void block_end(struct ledger *ledger, const struct ledger_block *block)
{
    struct hash previous = ledger->result.result_root;
    list_root(ledger, &ledger->receipts, &ledger->result.receipts_root);
    list_root(ledger, &ledger->events, &ledger->result.events_root);
    if (state_tree_due(ledger, block->envelope_count == 0)) {
        state_tree_renew(ledger);
    }
    result_chain(&previous, block->height, &block->block_id, &ledger->result.receipts_root,
                 &ledger->result.events_root, &ledger->result.state_root,
                 &ledger->result.result_root);
    invariant_check_running(ledger);
}

static uint64_t next_due_ms(const struct ledger *ledger)
{
    uint64_t due = day_next_due_ms(ledger);
    struct deadline draft;
    if (deadline_first(&ledger->draft_deadlines, &draft) && draft.time_ms < due) {
        due = draft.time_ms + 1;
    }
    uint64_t allegement = allegement_next_due_ms(ledger);
    return allegement < due ? allegement : due;
}

void ledger_apply(struct ledger *ledger, const struct ledger_block *block,
                  struct ledger_output *output)
{
    struct scalars before = *ledger->scalars;
    block_begin(ledger, block);
    ledger->event_reserve = ledger->events.capacity / 2;
    (void)limit_sweep(ledger);
    bool sweeping = day_sweep_run(ledger);
    waiting_block_begin(ledger);
    bool more = allegement_run(ledger);
    ledger->event_reserve = 0;
    uint32_t skipped = execute_envelopes(ledger, block->envelopes, block->envelope_count);
    more = limit_sweep(ledger) || more;
    waiting_block_end(ledger);
    more = housekeeping_run(ledger) || more || sweeping;
    more = waiting_left(ledger) || more; /* also who was woken last */
    if (!scalars_equal(&before, ledger->scalars)) {
        record_touch(ledger, RECORD_SCALARS, 0);
    }
    block_end(ledger, block);
    more = more || ledger->dirty_count > 0; /* not in the state root yet */
    *output = (struct ledger_output){
        .height = block->height,
        .result = ledger->result,
        .state_height = ledger->state_height,
        .secret = ledger->scalars->secret,
        .receipts = ledger->receipts.leaves,
        .receipt_count = ledger->receipts.count,
        .events = ledger->events.leaves,
        .event_count = ledger->events.count,
        .skipped_count = skipped,
        .has_content = ledger->receipts.count > 0 || ledger->events.count > 0,
        .more_due = more,
        .next_due_ms = next_due_ms(ledger),
    };
}

uint64_t ledger_height(const struct ledger *ledger)
{
    return ledger->scalars->height;
}

uint64_t ledger_time_ms(const struct ledger *ledger)
{
    return ledger->scalars->time_ms;
}

uint32_t ledger_date(const struct ledger *ledger)
{
    return ledger->scalars->business_date;
}

const struct hash *ledger_chain_id(const struct ledger *ledger)
{
    return &ledger->chain_id;
}

const struct ledger_capacity *ledger_capacity(const struct ledger *ledger)
{
    return &ledger->capacity;
}

const struct ledger_limits *ledger_limits(const struct ledger *ledger)
{
    return &ledger->limits;
}

const struct result *ledger_result(const struct ledger *ledger)
{
    return &ledger->result;
}

uint64_t ledger_state_height(const struct ledger *ledger)
{
    return ledger->state_height;
}

bool ledger_prove_record(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                         struct record_proof *proof)
{
    if (!record_used(ledger, kind, index) || slots_used(&ledger->arrays[kind].dirty, index)) {
        return false;
    }
    *proof = (struct record_proof){.kind = (uint8_t)kind, .index = index};
    struct bytes_writer writer;
    bytes_writer_init(&writer, proof->bytes, sizeof(proof->bytes));
    record_encode(ledger, kind, index, &writer);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    proof->size = (uint32_t)writer.size;
    record_salt(ledger, kind, index, &proof->salt);
    proof->parts = ledger->parts;
    merkle_path(&ledger->arrays[kind].tree, index, proof->path, &proof->path_count);
    return true;
}

static void prove_leaf(struct ledger *ledger, const struct leaf_list *list, enum leaf_kind kind,
                       uint32_t index, struct leaf_proof *proof)
{
    TALLY_ASSERT(index < list->count);
    const struct ledger_leaf *leaf = &list->leaves[index];
    TALLY_ASSERT(leaf->size <= sizeof(proof->bytes));
    *proof = (struct leaf_proof){.kind = (uint8_t)kind, .salt = leaf->salt, .size = leaf->size};
    memcpy(proof->bytes, leaf->bytes, leaf->size);
    leaf_proof_path(proof, list->hashes, list->count, index, ledger->scratch);
}

void ledger_prove_receipt(struct ledger *ledger, uint32_t index, struct leaf_proof *proof)
{
    prove_leaf(ledger, &ledger->receipts, LEAF_RECEIPT, index, proof);
}

void ledger_prove_event(struct ledger *ledger, uint32_t index, struct leaf_proof *proof)
{
    prove_leaf(ledger, &ledger->events, LEAF_EVENT, index, proof);
}
