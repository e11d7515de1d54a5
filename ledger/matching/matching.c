#include "ledger/matching/matching.h"

#include <string.h>

#include "ledger/state.h"

_Static_assert(SLOTS_NONE == RECORD_NONE, "one value says: no index");
_Static_assert(MAP_NONE == RECORD_NONE, "one value says: no index");

enum {
    MATCHING_KEY_BYTES_MAX = 384
};

/*
 * Which bucket: that of the instructions of one side that agree with `terms` in the exact and the
 * compared fields.
 */
struct matching_key {
    const struct instruction_terms *terms; /* of either side */
    uint8_t movement;                      /* of the instructions in the bucket */
    uint8_t given;
    uint8_t compared;
};

/* A place in a bucket's order: before all entries of this amount and a sequence not below. */
struct matching_place {
    int64_t amount;
    uint64_t sequence;
};

static const struct instruction_terms *entry_terms(const struct matching *matching, uint32_t entry)
{
    return &instruction_view(matching->ledger, matching->entries[entry].instruction)->terms;
}

static uint64_t entry_sequence(const struct matching *matching, uint32_t entry)
{
    return instruction_view(matching->ledger, matching->entries[entry].instruction)->sequence;
}

static int entry_probe(const void *context, const void *sought, uint32_t entry)
{
    const struct matching *matching = context;
    const struct matching_place *place = sought;
    int64_t amount = matching->entries[entry].amount;
    uint64_t sequence;

    if (amount != place->amount) {
        return amount < place->amount ? -1 : 1;
    }
    sequence = entry_sequence(matching, entry);
    if (sequence != place->sequence) {
        return sequence < place->sequence ? -1 : 1;
    }
    return 0;
}

static int entry_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct matching *matching = context;
    int64_t left = matching->entries[a].amount;
    int64_t right = matching->entries[b].amount;

    if (left != right) {
        return left < right ? -1 : 1;
    }
    struct matching_place place = {right, entry_sequence(matching, b)};
    return entry_probe(context, &place, a);
}

static bool bucket_equal(const void *context, uint32_t bucket_index, const void *sought)
{
    const struct matching *matching = context;
    const struct matching_key *key = sought;
    const struct matching_bucket *bucket = &matching->buckets[bucket_index];
    const struct instruction_terms *example = entry_terms(matching, bucket->root);

    if (example->movement != key->movement || bucket->given != key->given ||
        bucket->compared != key->compared) {
        return false;
    }
    for (uint32_t i = 0; i < MATCH_FIELD_OPTIONAL_COUNT; i++) {
        if ((key->compared >> i & 1) != 0 && !match_field_optional_equal(example, key->terms, i)) {
            return false;
        }
    }
    return match_field_exact_equal(example, key->terms);
}

static uint64_t key_hash(const struct matching *matching, const struct matching_key *key)
{
    const struct instruction_terms *terms = key->terms;
    uint8_t bytes[MATCHING_KEY_BYTES_MAX];
    struct bytes_writer writer;

    bytes_writer_init(&writer, bytes, sizeof bytes);
    bytes_write_u8(&writer, key->movement);
    bytes_write_u8(&writer, key->given);
    bytes_write_u8(&writer, key->compared);
    bytes_write_u8(&writer, terms->payment);
    bytes_write_u32(&writer, terms->asset);
    bytes_write_u32(&writer, terms->trade_date);
    bytes_write_i64(&writer, terms->quantity);
    bytes_write_u32(&writer, terms->settlement_date);
    bytes_write_u32(&writer, terms->currency);
    bytes_write_u8(&writer, (uint8_t)match_field_deliverer_cash(terms));
    bytes_write_i64(&writer, terms->payment == PAYMENT_FREE ? terms->amount : 0);
    bytes_write_bool(&writer, match_field_opt_out(terms));
    bytes_write_u8(&writer, terms->cum_ex);
    bytes_write_copy(&writer, terms->deliverer.text, BIC_SIZE);
    bytes_write_copy(&writer, terms->receiver.text, BIC_SIZE);
    bytes_write_copy(&writer, terms->deliverer_depository.text, BIC_SIZE);
    bytes_write_copy(&writer, terms->receiver_depository.text, BIC_SIZE);
    match_field_optional_write(&writer, terms, key->compared);
    TALLY_ASSERT(!writer.failed);
    return map_hash(matching->map_seed, bytes, writer.size);
}

/* The party that an instruction names as its counterparty. */
static const struct bic *counterparty_of(const struct instruction_terms *terms)
{
    return terms->movement == MOVEMENT_DELI ? &terms->receiver : &terms->deliverer;
}

struct alleged_place {
    const struct bic *counterparty;
    uint32_t asset;
    uint64_t sequence;
};

static int alleged_probe(const void *context, const void *sought, uint32_t index)
{
    const struct matching *matching = context;
    const struct alleged_place *place = sought;
    const struct instruction *instruction = instruction_view(matching->ledger, index);
    int way =
        memcmp(counterparty_of(&instruction->terms)->text, place->counterparty->text, BIC_SIZE);

    if (way != 0) {
        return way;
    }
    if (instruction->terms.asset != place->asset) {
        return instruction->terms.asset < place->asset ? -1 : 1;
    }
    if (instruction->sequence != place->sequence) {
        return instruction->sequence < place->sequence ? -1 : 1;
    }
    return 0;
}

static int alleged_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct matching *matching = context;
    const struct instruction *right = instruction_view(matching->ledger, b);
    struct alleged_place place = {counterparty_of(&right->terms), right->terms.asset,
                                  right->sequence};

    return alleged_probe(context, &place, a);
}

void matching_layout(struct matching *matching, uint32_t instruction_capacity,
                     uint32_t entry_capacity, uint64_t map_seed, const struct ledger *ledger,
                     struct arena *arena)
{
    TALLY_ASSERT(instruction_capacity > 0);
    TALLY_ASSERT(entry_capacity > 0);
    *matching = (struct matching){
        .ledger = ledger, .map_seed = map_seed, .instruction_capacity = instruction_capacity};
    matching->entries = ARENA_TAKE(arena, struct matching_entry, entry_capacity);
    slots_init(&matching->entry_slots, entry_capacity, arena);
    ordered_init(&matching->entry_order, entry_capacity, entry_compare, NULL, matching, arena);
    matching->buckets = ARENA_TAKE(arena, struct matching_bucket, entry_capacity);
    slots_init(&matching->bucket_slots, entry_capacity, arena);
    map_init(&matching->bucket_map, entry_capacity, bucket_equal, matching, arena);
    matching->first_entry = ARENA_TAKE(arena, uint32_t, instruction_capacity);
    ordered_init(&matching->by_counterparty, instruction_capacity, alleged_compare, NULL, matching,
                 arena);
    matching->counterparty_root = ORDERED_NONE;
}

void matching_rebuild(struct ledger *ledger)
{
    struct matching *matching = &ledger->matching;

    TALLY_ASSERT(matching->entry_slots.count == 0);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        if (instruction->status[DIMENSION_MATCH].value == MATCH_UNMATCHED &&
            !instruction_ended(instruction)) {
            matching_add(matching, i);
        }
    }
}

const struct tolerance_band *matching_tolerance(const struct ledger *ledger,
                                                const struct instruction_terms *terms)
{
    static const struct asset_code absent = {0};

    return tolerance_of(
        rule_set_in_force(ledger),
        terms->currency == RECORD_NONE ? &absent : &asset_view(ledger, terms->currency)->code);
}

/* first_entry holds the entry's index plus one, so that zeroed memory says "none". */
bool matching_contains(const struct matching *matching, uint32_t index)
{
    TALLY_ASSERT(index < matching->instruction_capacity);
    return matching->first_entry[index] != 0;
}

static uint32_t pattern_entry_count(uint8_t pattern)
{
    uint32_t count = 1;

    for (unsigned rest = pattern; rest != 0; rest &= rest - 1) {
        count *= 2;
    }
    TALLY_ASSERT(count <= MATCHING_PATTERN_COUNT);
    return count;
}

bool matching_has_room(const struct matching *matching, const struct instruction_terms *terms)
{
    uint32_t left = matching->entry_slots.capacity - matching->entry_slots.count;

    return pattern_entry_count(match_field_pattern(terms)) <= left;
}

/* Which of two candidates is better for the instruction with this amount: nearer, then earlier. */
static uint32_t candidate_better(const struct matching *matching, int64_t amount, uint32_t a,
                                 uint32_t b)
{
    const struct instruction *left;
    const struct instruction *right;
    int64_t left_difference;
    int64_t right_difference;

    if (a == RECORD_NONE || b == RECORD_NONE) {
        return a == RECORD_NONE ? b : a;
    }
    left = instruction_view(matching->ledger, a);
    right = instruction_view(matching->ledger, b);
    left_difference =
        left->terms.amount > amount ? left->terms.amount - amount : amount - left->terms.amount;
    right_difference =
        right->terms.amount > amount ? right->terms.amount - amount : amount - right->terms.amount;
    if (left_difference != right_difference) {
        return left_difference < right_difference ? a : b;
    }
    return left->sequence < right->sequence ? a : b;
}

/* The instruction of a bucket whose amount is nearest to `amount` and lies in [low, high]. */
static uint32_t bucket_nearest(const struct matching *matching, uint32_t root, int64_t amount,
                               int64_t low, int64_t high)
{
    const struct ordered *order = &matching->entry_order;
    struct matching_place place = {amount, 0};
    uint32_t above = ordered_first_from(order, root, entry_probe, &place);
    uint32_t below = ordered_last_before(order, root, entry_probe, &place);
    uint32_t found_above = RECORD_NONE;
    uint32_t found_below = RECORD_NONE;

    TALLY_ASSERT(low >= 0);
    if (above != ORDERED_NONE && matching->entries[above].amount < low) {
        place.amount = low;
        above = ordered_first_from(order, root, entry_probe, &place);
    }
    if (above != ORDERED_NONE && matching->entries[above].amount <= high) {
        found_above = matching->entries[above].instruction;
    }
    if (below != ORDERED_NONE && matching->entries[below].amount > high) {
        place = (struct matching_place){high, UINT64_MAX};
        below = ordered_last_before(order, root, entry_probe, &place);
    }
    if (below != ORDERED_NONE && matching->entries[below].amount >= low) {
        /* The last before is the latest of its amount; the earliest of that amount is wanted. */
        place = (struct matching_place){matching->entries[below].amount, 0};
        below = ordered_first_from(order, root, entry_probe, &place);
        found_below = matching->entries[below].instruction;
    }
    return candidate_better(matching, amount, found_above, found_below);
}

/* [amount - difference, amount + difference], cut to [low, high]. */
static uint32_t bucket_nearest_within(const struct matching *matching, uint32_t root,
                                      int64_t amount, int64_t difference, int64_t low, int64_t high)
{
    int64_t least = amount > difference ? amount - difference : 0;
    int64_t most = amount > INT64_MAX - difference ? INT64_MAX : amount + difference;

    least = least < low ? low : least;
    most = most > high ? high : most;
    return least > most ? RECORD_NONE : bucket_nearest(matching, root, amount, least, most);
}

static uint32_t bucket_find(const struct matching *matching, const struct matching_key *key,
                            const struct tolerance_band *band)
{
    const struct instruction_terms *terms = key->terms;
    uint32_t bucket = map_find(&matching->bucket_map, key_hash(matching, key), key);
    uint32_t below;
    uint32_t above = RECORD_NONE;
    uint32_t root;

    if (bucket == MAP_NONE) {
        return RECORD_NONE;
    }
    root = matching->buckets[bucket].root;
    if (terms->payment == PAYMENT_FREE) {
        return bucket_nearest(matching, root, terms->amount, terms->amount, terms->amount);
    }
    if (terms->movement == MOVEMENT_DELI) {
        return bucket_nearest_within(matching, root, terms->amount,
                                     tolerance_difference_max(band, terms->amount), 0, INT64_MAX);
    }
    /* The candidates are the deliverers: each side of the threshold has its own tolerance. */
    below = bucket_nearest_within(matching, root, terms->amount, band->below, 0, band->threshold);
    if (band->threshold < INT64_MAX) {
        above = bucket_nearest_within(matching, root, terms->amount, band->above,
                                      band->threshold + 1, INT64_MAX);
    }
    return candidate_better(matching, terms->amount, below, above);
}

uint32_t matching_find(const struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = &instruction_view(matching->ledger, index)->terms;
    const struct tolerance_band *band = matching_tolerance(matching->ledger, terms);
    uint8_t opposite = terms->movement == MOVEMENT_DELI ? MOVEMENT_RECE : MOVEMENT_DELI;
    uint8_t own = match_field_pattern(terms);
    uint32_t best = RECORD_NONE;

    TALLY_ASSERT(!matching_contains(matching, index));
    for (unsigned pattern = 0; pattern < MATCHING_PATTERN_COUNT; pattern++) {
        struct matching_key key = {terms, opposite, (uint8_t)pattern, (uint8_t)(pattern & own)};
        if (matching->pattern_count[opposite - 1][pattern] > 0) {
            best =
                candidate_better(matching, terms->amount, best, bucket_find(matching, &key, band));
        }
    }
    if (best != RECORD_NONE) {
        TALLY_ASSERT(match_field_compare(terms, &instruction_view(matching->ledger, best)->terms,
                                         band) == 0);
    }
    return best;
}

static void entry_add(struct matching *matching, uint32_t index, uint8_t given, uint8_t compared)
{
    const struct instruction_terms *terms = &instruction_view(matching->ledger, index)->terms;
    struct matching_key key = {terms, terms->movement, given, compared};
    uint64_t hash = key_hash(matching, &key);
    uint32_t entry = slots_take(&matching->entry_slots);
    uint32_t bucket = map_find(&matching->bucket_map, hash, &key);

    TALLY_ASSERT(entry != SLOTS_NONE);
    if (bucket == MAP_NONE) {
        bool stored;
        bucket = slots_take(&matching->bucket_slots);
        TALLY_ASSERT(bucket != SLOTS_NONE);
        matching->buckets[bucket] = (struct matching_bucket){ORDERED_NONE, given, compared};
        stored = map_insert(&matching->bucket_map, hash, bucket);
        TALLY_ASSERT(stored);
    }
    matching->entries[entry] = (struct matching_entry){.amount = terms->amount,
                                                       .instruction = index,
                                                       .bucket = bucket,
                                                       .next = matching->first_entry[index]};
    matching->first_entry[index] = entry + 1;
    ordered_insert(&matching->entry_order, &matching->buckets[bucket].root, entry);
}

void matching_add(struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = &instruction_view(matching->ledger, index)->terms;
    uint8_t given = match_field_pattern(terms);
    unsigned compared = given;

    TALLY_ASSERT(!matching_contains(matching, index));
    TALLY_ASSERT(matching_has_room(matching, terms));
    /* All subsets of `given`, from itself down to the empty one. */
    for (;;) {
        entry_add(matching, index, given, (uint8_t)compared);
        if (compared == 0) {
            break;
        }
        compared = (compared - 1) & given;
    }
    ordered_insert(&matching->by_counterparty, &matching->counterparty_root, index);
    matching->pattern_count[terms->movement - 1][given]++;
}

static void entry_remove(struct matching *matching, uint32_t entry)
{
    uint32_t bucket_index = matching->entries[entry].bucket;
    struct matching_bucket *bucket = &matching->buckets[bucket_index];
    const struct instruction_terms *terms = entry_terms(matching, entry);
    bool last = bucket->root == entry && ordered_is_single(&matching->entry_order, bucket->root);

    if (last) {
        struct matching_key key = {terms, terms->movement, bucket->given, bucket->compared};
        bool removed = map_remove(&matching->bucket_map, key_hash(matching, &key), &key);
        TALLY_ASSERT(removed);
    }
    ordered_remove(&matching->entry_order, &bucket->root, entry);
    if (last) {
        TALLY_ASSERT(bucket->root == ORDERED_NONE);
        slots_give(&matching->bucket_slots, bucket_index);
    }
    slots_give(&matching->entry_slots, entry);
}

void matching_remove(struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = &instruction_view(matching->ledger, index)->terms;
    uint32_t *count = &matching->pattern_count[terms->movement - 1][match_field_pattern(terms)];
    uint32_t next = matching->first_entry[index];

    TALLY_ASSERT(matching_contains(matching, index));
    TALLY_ASSERT(*count > 0);
    while (next != 0) {
        uint32_t entry = next - 1;
        next = matching->entries[entry].next;
        entry_remove(matching, entry);
    }
    ordered_remove(&matching->by_counterparty, &matching->counterparty_root, index);
    matching->first_entry[index] = 0;
    (*count)--;
}

uint32_t matching_alleged_first(const struct matching *matching, const struct bic *counterparty,
                                uint32_t asset)
{
    struct alleged_place place = {counterparty, asset, 0};
    uint32_t index = ordered_first_from(&matching->by_counterparty, matching->counterparty_root,
                                        alleged_probe, &place);

    if (index == ORDERED_NONE ||
        !bic_equal(counterparty_of(&instruction_view(matching->ledger, index)->terms),
                   counterparty)) {
        return RECORD_NONE;
    }
    return index;
}

uint32_t matching_alleged_next(const struct matching *matching, uint32_t index)
{
    const struct bic *counterparty =
        counterparty_of(&instruction_view(matching->ledger, index)->terms);
    uint32_t next = ordered_next(&matching->by_counterparty, matching->counterparty_root, index);

    if (next == ORDERED_NONE ||
        !bic_equal(counterparty_of(&instruction_view(matching->ledger, next)->terms),
                   counterparty)) {
        return RECORD_NONE;
    }
    return next;
}
