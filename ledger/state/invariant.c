#include "ledger/state/invariant.h"

#include <string.h>

#include "ledger/partial/partial.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

enum {
    RUN = 16,            /* changed instructions that are looked at together */
    POSITIONS_ASKED = 8, /* changed positions that memory is asked for ahead of the one at hand */
};

static void restricted_layout(struct restricted_store *store, uint32_t which,
                              const struct ledger_capacity *capacity, struct arena *arena)
{
    store->which = which;
    store->sums = ARENA_TAKE(arena, struct restricted_sums, capacity->restrictions);
    slots_init(&store->slots, capacity->restrictions, arena);
}

static void restricted_clear(const struct invariant_totals *totals, struct restricted_store *store,
                             uint32_t position_capacity)
{
    for (uint32_t i = 0; i < position_capacity; i++) {
        totals->positions[i].restricted_place[store->which] = 0;
    }
    slots_clear(&store->slots);
}

/* The sums of a position; borrowed until the next change. */
static const struct restricted_sums *restricted_of(const struct invariant_totals *totals,
                                                   const struct restricted_store *store,
                                                   uint32_t position)
{
    static const struct restricted_sums zero = {{0}};
    uint32_t place = totals->positions[position].restricted_place[store->which];
    return place == 0 ? &zero : &store->sums[place - 1];
}

/* Adds to the sum of a kind: takes a place with the first that is not zero, gives it with the last.
 */
static void restricted_add(const struct invariant_totals *totals, struct restricted_store *store,
                           const struct restriction *restriction, int64_t amount)
{
    static const struct restricted_sums zero = {{0}};
    uint32_t *at = &totals->positions[restriction->position].restricted_place[store->which];
    if (amount == 0) {
        return;
    }
    if (*at == 0) {
        uint32_t taken = slots_take(&store->slots);
        TALLY_ASSERT(taken != SLOTS_NONE);
        store->sums[taken] = zero;
        *at = taken + 1;
    }
    uint32_t place = *at - 1;
    int64_t *sum = &store->sums[place].of_kind[restriction->kind - 1];
    bool fits = amount_add(*sum, amount, sum);
    TALLY_ASSERT(fits);
    if (memcmp(&store->sums[place], &zero, sizeof zero) == 0) {
        slots_give(&store->slots, place);
        *at = 0;
    }
}

void invariant_layout(struct ledger *ledger, struct arena *arena)
{
    struct invariant_totals *totals = &ledger->totals;
    totals->asset_sum = ARENA_TAKE(arena, int128, ledger->capacity.assets);
    totals->scratch = ARENA_TAKE(arena, int128, ledger->capacity.assets);
    totals->positions = ARENA_TAKE(arena, struct position_totals, ledger->capacity.positions);
    totals->counts = ARENA_TAKE(arena, uint32_t, ledger->capacity.parties);
    restricted_layout(&totals->restricted, 0, &ledger->capacity, arena);
    restricted_layout(&totals->restricted_scratch, 1, &ledger->capacity, arena);
    totals->remaining = ARENA_TAKE(arena, int64_t, ledger->capacity.restrictions);
    slots_init(&totals->changed_assets, ledger->capacity.assets, arena);
}

/* Sums up what remains of all restrictions, by position and kind. */
static void restricted_sum(const struct ledger *ledger, struct restricted_store *store)
{
    const struct invariant_totals *totals = &ledger->totals;
    restricted_clear(totals, store, ledger->capacity.positions);
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION, i + 1)) {
        const struct restriction *restriction = restriction_view(ledger, i);
        restricted_add(totals, store, restriction, restriction->remaining);
    }
}

void invariant_totals_begin(struct ledger *ledger)
{
    struct invariant_totals *totals = &ledger->totals;
    memset(totals->asset_sum, 0, ledger->capacity.assets * sizeof(totals->asset_sum[0]));
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        totals->positions[i].held = position_held(&ledger->positions[i]);
        totals->asset_sum[ledger->positions[i].asset] += totals->positions[i].held;
    }
    restricted_sum(ledger, &totals->restricted);
    memset(totals->remaining, 0, ledger->capacity.restrictions * sizeof(totals->remaining[0]));
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION, i + 1)) {
        totals->remaining[i] = ledger->restrictions[i].remaining;
    }
}

/* I1 for one asset, given the sum of its positions. */
static enum invariant asset_check(const struct ledger *ledger, uint32_t index, int128 sum)
{
    const struct asset *asset = asset_view(ledger, index);
    uint32_t counterweight = position_find(ledger, asset->issuance_account, index);
    if (sum != 0 || counterweight == RECORD_NONE) {
        return INVARIANT_I1;
    }
    int128 others = -(int128)position_held(&ledger->positions[counterweight]);
    return others == asset->issued ? INVARIANT_NONE : INVARIANT_I1;
}

/* I2 and I8 for one position. */
static enum invariant position_check(const struct ledger *ledger, uint32_t index)
{
    const struct position *position = position_view(ledger, index);
    bool holds = position->balance[POSITION_AVAILABLE] != 0;
    for (uint32_t i = POSITION_AVAILABLE + 1; i < POSITION_BALANCE_COUNT; i++) {
        if (position->balance[i] < 0) {
            return INVARIANT_I2;
        }
        holds = holds || position->balance[i] != 0;
    }
    if (position_spendable(ledger, index) < 0) {
        return INVARIANT_I2;
    }
    return holds == position->holds ? INVARIANT_NONE : INVARIANT_I8;
}

/* I8: does each balance hold what remains of the restrictions of its kind? */
static enum invariant restricted_check(const struct ledger *ledger, uint32_t index,
                                       const struct restricted_sums *sums)
{
    const struct position *position = position_view(ledger, index);
    for (uint32_t kind = RESTRICTION_BLOCKING; kind <= RESTRICTION_PLEDGING; kind++) {
        if (position->balance[restriction_balance((uint8_t)kind)] != sums->of_kind[kind - 1]) {
            return INVARIANT_I8;
        }
    }
    return INVARIANT_NONE;
}

/* I8 and I6 for one restriction. */
static enum invariant restriction_sums_check(const struct restriction *restriction)
{
    int64_t sum = 0;
    bool sums = amount_add(restriction->used, restriction->remaining, &sum) &&
                amount_add(sum, restriction->to_fill, &sum) && sum == restriction->initial;
    bool negative = restriction->used < 0 || restriction->remaining < 0 || restriction->to_fill < 0;
    bool cancelled = restriction->cancellation == CANCELLATION_CANCELLED;
    if (!sums || negative || (cancelled && !restriction_over(restriction))) {
        return INVARIANT_I8;
    }
    bool says_why = restriction->reason != REASON_NONE;
    return says_why == (cancelled || restriction->to_fill > 0) ? INVARIANT_NONE : INVARIANT_I6;
}

/* I3 for an instruction that is matched with another one still in the state. */
static enum invariant pair_check(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *one = instruction_view(ledger, index);
    if (one->counterpart == RECORD_NONE || one->counterpart == index) {
        return INVARIANT_NONE;
    }
    if (!record_used(ledger, RECORD_INSTRUCTION, one->counterpart)) {
        return INVARIANT_I3;
    }
    const struct instruction *other = instruction_view(ledger, one->counterpart);
    bool same =
        other->counterpart == index &&
        one->status[DIMENSION_SETTLEMENT].value == other->status[DIMENSION_SETTLEMENT].value &&
        one->settled_quantity == other->settled_quantity &&
        one->settled_amount == other->settled_amount;
    bool same_height =
        one->status[DIMENSION_SETTLEMENT].value != SETTLEMENT_SETTLED ||
        one->status[DIMENSION_SETTLEMENT].height == other->status[DIMENSION_SETTLEMENT].height;
    return same && same_height ? INVARIANT_NONE : INVARIANT_I3;
}

/* Has as much money settled as goes with the quantity (partial.h), and does the status say so? */
static bool settled_in_step(const struct instruction *instruction, int64_t due)
{
    int64_t quantity = instruction->settled_quantity;
    uint8_t value = instruction->status[DIMENSION_SETTLEMENT].value;
    if (quantity < 0 || quantity > instruction->terms.quantity) {
        return false;
    }
    if (quantity == instruction->terms.quantity) {
        return value == SETTLEMENT_SETTLED ? instruction->settled_amount == due
                                           : quantity == 0 && instruction->settled_amount == 0;
    }
    if (quantity == 0) {
        return value == SETTLEMENT_UNSETTLED && instruction->settled_amount == 0;
    }
    return value == SETTLEMENT_PARTIALLY_SETTLED &&
           instruction->settled_amount ==
               partial_amount(due, instruction->terms.quantity, quantity);
}

/* I4 and I5. What is free of payment settles an amount of 0, whatever was named for matching. */
static enum invariant progress_check(const struct instruction *instruction)
{
    bool settled = instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
    bool cancelled = instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED;
    int64_t due = instruction->terms.payment == PAYMENT_APMT ? instruction->settlement_amount : 0;
    bool held = instruction->status[DIMENSION_HOLD_PARTY].value == HOLD_YES;
    if (!settled_in_step(instruction, due) ||
        (instruction->released_quantity > 0 &&
         (!held || instruction->released_quantity >= instruction_quantity_left(instruction)))) {
        return INVARIANT_I4;
    }
    bool ended = settled || cancelled;
    bool waits = !ended && instruction->status[DIMENSION_MATCH].value == MATCH_UNMATCHED;
    bool alleged = instruction->allegement != ALLEGEMENT_NONE;
    return ended == instruction_ended(instruction) && waits == alleged ? INVARIANT_NONE
                                                                       : INVARIANT_I5;
}

/* I6. */
static enum invariant reason_check(const struct instruction *instruction)
{
    const struct instruction_status *status = instruction->status;
    bool cancelled = status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED;
    bool open = !instruction_ended(instruction);
    bool unmatched = open && status[DIMENSION_MATCH].value == MATCH_UNMATCHED;
    bool pending = open && status[DIMENSION_MATCH].value != MATCH_UNMATCHED;
    if ((cancelled && status[DIMENSION_CANCELLATION].reason == REASON_NONE) ||
        (unmatched && status[DIMENSION_MATCH].reason == REASON_NONE) ||
        (pending && status[DIMENSION_SETTLEMENT].reason == REASON_NONE)) {
        return INVARIANT_I6;
    }
    return INVARIANT_NONE;
}

/* The name of an instruction, and its hash. */
static struct index_name name_of(const struct ledger *ledger, uint32_t index, uint64_t *hash)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    struct index_name name = {instruction->party, &instruction->reference};
    *hash = index_name_hash(ledger->map_seed, &name);
    return name;
}

/* I7. */
static enum invariant name_check(const struct ledger *ledger, uint32_t index,
                                 const struct index_name *name, uint64_t hash)
{
    return index_find_instruction_by(ledger, hash, name) == index ? INVARIANT_NONE : INVARIANT_I7;
}

/* All others but I7. */
static enum invariant instruction_check(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    enum invariant broken = pair_check(ledger, index);
    if (broken == INVARIANT_NONE) {
        broken = progress_check(instruction);
    }
    if (broken == INVARIANT_NONE) {
        broken = reason_check(instruction);
    }
    bool rare = instruction->ties != NULL || instruction->terms.particulars != NULL;
    if (broken == INVARIANT_NONE && rare && !link_sound(ledger, index)) {
        broken = INVARIANT_I11;
    }
    return broken;
}

static enum invariant assets_check_all(const struct ledger *ledger)
{
    int128 *sum = ledger->totals.scratch;
    memset(sum, 0, ledger->capacity.assets * sizeof(sum[0]));
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        enum invariant broken = position_check(ledger, i);
        if (broken != INVARIANT_NONE) {
            return broken;
        }
        sum[ledger->positions[i].asset] += position_held(&ledger->positions[i]);
    }
    for (uint32_t i = record_next(ledger, RECORD_ASSET, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_ASSET, i + 1)) {
        enum invariant broken = asset_check(ledger, i, sum[i]);
        if (broken != INVARIANT_NONE) {
            return broken;
        }
    }
    return INVARIANT_NONE;
}

/* I10: every party's count of instructions is the number of its records. */
static enum invariant instructions_check_all(const struct ledger *ledger)
{
    uint32_t *counts = ledger->totals.counts;
    memset(counts, 0, ledger->capacity.parties * sizeof(counts[0]));
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        uint64_t hash;
        struct index_name name = name_of(ledger, i, &hash);
        enum invariant broken = instruction_check(ledger, i);
        broken = broken == INVARIANT_NONE ? name_check(ledger, i, &name, hash) : broken;
        if (broken != INVARIANT_NONE) {
            return broken;
        }
        counts[ledger->instructions[i].party]++;
    }
    for (uint32_t i = record_next(ledger, RECORD_PARTY, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_PARTY, i + 1)) {
        if (counts[i] != ledger->parties[i].instruction_count) {
            return INVARIANT_I10;
        }
    }
    return INVARIANT_NONE;
}

static enum invariant restricted_check_all(const struct ledger *ledger,
                                           const struct restricted_store *sums)
{
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION, i + 1)) {
        enum invariant broken = restriction_sums_check(restriction_view(ledger, i));
        if (broken != INVARIANT_NONE) {
            return broken;
        }
    }
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        enum invariant broken =
            restricted_check(ledger, i, restricted_of(&ledger->totals, sums, i));
        if (broken != INVARIANT_NONE) {
            return broken;
        }
    }
    return INVARIANT_NONE;
}

/* The scratch memory is left empty, as it was found: the ledger is only read. */
static enum invariant restrictions_check_all(const struct ledger *ledger)
{
    struct restricted_store sums = ledger->totals.restricted_scratch;
    restricted_sum(ledger, &sums);
    enum invariant broken = restricted_check_all(ledger, &sums);
    restricted_clear(&ledger->totals, &sums, ledger->capacity.positions);
    return broken;
}

enum invariant invariant_first_broken(const struct ledger *ledger)
{
    if (ledger->scalars->purge_date > ledger->scalars->business_date) {
        return INVARIANT_I7;
    }
    enum invariant broken = assets_check_all(ledger);
    if (broken == INVARIANT_NONE) {
        broken = restrictions_check_all(ledger);
    }
    return broken == INVARIANT_NONE ? instructions_check_all(ledger) : broken;
}

void invariant_check_all(struct ledger *ledger)
{
    enum invariant broken = invariant_first_broken(ledger);
    TALLY_ASSERT(broken == INVARIANT_NONE);
}

/* I1 of those assets whose positions changed. */
static void assets_check_running(struct ledger *ledger)
{
    struct invariant_totals *totals = &ledger->totals;
    struct slots_walk changed = slots_walk_begin(&totals->changed_assets);
    for (uint32_t i = slots_walk_next(&totals->changed_assets, &changed); i != SLOTS_NONE;
         i = slots_walk_next(&totals->changed_assets, &changed)) {
        TALLY_ASSERT(asset_check(ledger, i, totals->asset_sum[i]) == INVARIANT_NONE);
    }
    slots_clear(&totals->changed_assets);
}

/* Of one position that changed. */
static void position_check_running(struct ledger *ledger, uint32_t index)
{
    struct invariant_totals *totals = &ledger->totals;
    TALLY_ASSERT(position_check(ledger, index) == INVARIANT_NONE);
    TALLY_ASSERT(
        restricted_check(ledger, index, restricted_of(totals, &totals->restricted, index)) ==
        INVARIANT_NONE);
    uint32_t asset = ledger->positions[index].asset;
    int64_t held = position_held(&ledger->positions[index]);
    totals->asset_sum[asset] += (int128)held - totals->positions[index].held;
    totals->positions[index].held = held;
    if (!slots_used(&totals->changed_assets, asset)) {
        slots_take_at(&totals->changed_assets, asset);
    }
}

/* The next records of a walk that are still there, RUN at most; returns how many. */
static uint32_t run_next(struct record_walk *walk, uint32_t indexes[RUN])
{
    uint32_t count = 0;
    while (count < RUN) {
        uint32_t index = record_walk_next(walk);
        if (index == RECORD_NONE) {
            break;
        }
        indexes[count] = index;
        count += record_used(walk->ledger, walk->kind, index);
    }
    return count;
}

/* The next changed position; it and what is kept of it are asked of memory. */
static uint32_t position_ask(struct ledger *ledger, struct slots_walk *changed)
{
    uint32_t index = slots_walk_next(&ledger->arrays[RECORD_POSITION].touched, changed);
    if (index != SLOTS_NONE) {
        position_prefetch(ledger, index);
        __builtin_prefetch(&ledger->totals.positions[index], 1);
    }
    return index;
}

/* A position, which stays for good, is three lines of memory: so few are asked for ahead. */
static void positions_check_running(struct ledger *ledger)
{
    uint32_t asked[POSITIONS_ASKED];
    struct slots_walk changed = slots_walk_begin(&ledger->arrays[RECORD_POSITION].touched);
    for (uint32_t i = 0; i < POSITIONS_ASKED; i++) {
        asked[i] = position_ask(ledger, &changed);
    }
    for (uint32_t i = 0; asked[i % POSITIONS_ASKED] != SLOTS_NONE; i++) {
        position_check_running(ledger, asked[i % POSITIONS_ASKED]);
        asked[i % POSITIONS_ASKED] = position_ask(ledger, &changed);
    }
    assets_check_running(ledger);
}

static void restrictions_check_running(struct ledger *ledger)
{
    struct invariant_totals *totals = &ledger->totals;
    struct record_walk restrictions = record_walk_begin(ledger, RECORD_RESTRICTION);
    for (uint32_t i = record_walk_next(&restrictions); i != RECORD_NONE;
         i = record_walk_next(&restrictions)) {
        if (!record_used(ledger, RECORD_RESTRICTION, i)) {
            TALLY_ASSERT(totals->remaining[i] == 0); /* only what is over is forgotten */
            continue;
        }
        const struct restriction *restriction = restriction_view(ledger, i);
        TALLY_ASSERT(restriction_sums_check(restriction) == INVARIANT_NONE);
        restricted_add(totals, &totals->restricted, restriction,
                       restriction->remaining - totals->remaining[i]);
        totals->remaining[i] = restriction->remaining;
    }
}

/* The cells of the names are asked of memory together, before the rest is looked at. */
static void instructions_check_running(struct ledger *ledger)
{
    uint32_t indexes[RUN];
    uint64_t hashes[RUN];
    struct index_name names[RUN];
    struct record_walk changed = record_walk_begin(ledger, RECORD_INSTRUCTION);
    for (uint32_t count = run_next(&changed, indexes); count > 0;
         count = run_next(&changed, indexes)) {
        for (uint32_t i = 0; i < count; i++) {
            names[i] = name_of(ledger, indexes[i], &hashes[i]);
            map_prefetch(&ledger->instruction_by_reference, hashes[i]);
        }
        for (uint32_t i = 0; i < count; i++) {
            TALLY_ASSERT(instruction_check(ledger, indexes[i]) == INVARIANT_NONE);
            TALLY_ASSERT(name_check(ledger, indexes[i], &names[i], hashes[i]) == INVARIANT_NONE);
        }
    }
}

void invariant_check_running(struct ledger *ledger)
{
    restrictions_check_running(ledger);
    positions_check_running(ledger);
    instructions_check_running(ledger);
}
