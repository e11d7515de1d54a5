#include "ledger/matching/matching.h"

#include <string.h>

#include "ledger/state.h"

_Static_assert(SLOTS_NONE == RECORD_NONE, "one value says: no index");
_Static_assert(MAP_NONE == RECORD_NONE, "one value says: no index");

enum {
    MATCHING_KEY_BYTES = 88
};

/* The hashes that those of an instruction's keys are made of. */
struct matching_hashes {
    uint64_t exact; /* of the exact fields */
    uint64_t optional[MATCH_FIELD_OPTIONAL_COUNT];
    uint8_t given; /* the optional fields that are hashed */
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

static const struct instruction_terms *entry_terms(const struct matching *matching, uint32_t entry)
{
    return &instruction_view(matching->ledger, matching->entries[entry].instruction)->terms;
}

/* Amount, then sequence: which no two entries of a bucket share. */
static bool entry_before(const struct matching_entry *a, const struct matching_entry *b)
{
    return a->amount != b->amount ? a->amount < b->amount : a->sequence < b->sequence;
}

static int entry_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct matching *matching = context;

    if (a == b) {
        return 0;
    }
    return entry_before(&matching->entries[a], &matching->entries[b]) ? -1 : 1;
}

static bool bucket_equal(const void *context, uint32_t bucket_index, const void *sought)
{
    const struct matching *matching = context;
    const struct matching_key *key = sought;
    const struct matching_bucket *bucket = &matching->buckets[bucket_index];

    if (bucket->given != key->given || bucket->compared != key->compared) {
        return false;
    }
    const struct instruction_terms *example = entry_terms(matching, bucket->root);
    if (example->movement != key->movement) {
        return false;
    }
    for (unsigned rest = key->compared; rest != 0; rest &= rest - 1) {
        if (!match_field_optional_equal(example, key->terms, (uint32_t)__builtin_ctz(rest))) {
            return false;
        }
    }
    return match_field_exact_equal(example, key->terms);
}

static uint64_t exact_hash(const struct matching *matching, const struct instruction_terms *terms)
{
    uint8_t bytes[MATCHING_KEY_BYTES];
    struct bytes_writer writer;

    bytes_writer_init(&writer, bytes, sizeof bytes);
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
    TALLY_ASSERT(!writer.failed);
    return map_hash(matching->map_seed, bytes, writer.size);
}

static void hashes_make(const struct matching *matching, const struct instruction_terms *terms,
                        struct matching_hashes *out)
{
    out->exact = exact_hash(matching, terms);
    out->given = match_field_pattern(terms);
    for (unsigned rest = out->given; rest != 0; rest &= rest - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(rest);
        out->optional[i] = match_field_optional_hash(terms, i, matching->map_seed);
    }
}

/*
 * The hash of a key is a sum: each field is hashed once, and whoever does not know the seed can
 * choose no two sums that are equal.
 */
static uint64_t key_hash(const struct matching_hashes *hashes, const struct matching_key *key)
{
    uint64_t which =
        (uint64_t)key->movement << 16 | (uint64_t)key->given << 8 | (uint64_t)key->compared;
    uint64_t hash = hashes->exact + which * UINT64_C(0x9e3779b97f4a7c15);

    TALLY_ASSERT((key->compared & ~(unsigned)hashes->given) == 0);
    for (unsigned rest = key->compared; rest != 0; rest &= rest - 1) {
        hash += hashes->optional[__builtin_ctz(rest)];
    }
    return hash;
}

void matching_layout(struct matching *matching, uint32_t instruction_capacity,
                     uint32_t entry_capacity, uint32_t party_capacity, uint64_t map_seed,
                     const struct ledger *ledger, struct arena *arena)
{
    TALLY_ASSERT(instruction_capacity > 0);
    TALLY_ASSERT(entry_capacity > 0);
    *matching = (struct matching){
        .ledger = ledger, .map_seed = map_seed, .instruction_capacity = instruction_capacity};
    matching->entries = ARENA_TAKE(arena, struct matching_entry, entry_capacity);
    matching->entry_places.capacity = entry_capacity;
    ordered_init(&matching->entry_order, entry_capacity, entry_compare, NULL, matching, arena);
    matching->buckets = ARENA_TAKE(arena, struct matching_bucket, entry_capacity);
    matching->bucket_places.capacity = entry_capacity;
    map_init(&matching->bucket_map, entry_capacity, bucket_equal, matching, arena);
    matching->first_entry = ARENA_TAKE(arena, uint32_t, instruction_capacity);
    alleged_layout(&matching->alleged, instruction_capacity, party_capacity, map_seed, ledger,
                   arena);
}

void matching_rebuild(struct ledger *ledger)
{
    struct matching *matching = &ledger->matching;

    TALLY_ASSERT(matching->entry_places.count == 0);
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
    uint32_t count = UINT32_C(1) << __builtin_popcount(pattern);

    TALLY_ASSERT(count <= MATCHING_PATTERN_COUNT);
    return count;
}

bool matching_has_room(const struct matching *matching, const struct instruction_terms *terms)
{
    uint32_t left = matching->entry_places.capacity - matching->entry_places.count;

    return pattern_entry_count(match_field_pattern(terms)) <= left;
}

/*
 * Which of two candidate entries is better for the instruction with this amount: nearer, then
 * earlier.
 */
static uint32_t candidate_better(const struct matching *matching, int64_t amount, uint32_t a,
                                 uint32_t b)
{
    if (a == ORDERED_NONE || b == ORDERED_NONE) {
        return a == ORDERED_NONE ? b : a;
    }
    const struct matching_entry *left = &matching->entries[a];
    const struct matching_entry *right = &matching->entries[b];
    int64_t left_difference = left->amount > amount ? left->amount - amount : amount - left->amount;
    int64_t right_difference =
        right->amount > amount ? right->amount - amount : amount - right->amount;
    if (left_difference != right_difference) {
        return left_difference < right_difference ? a : b;
    }
    return left->sequence < right->sequence ? a : b;
}

/* The first entry of an amount not below this one. */
static uint32_t bucket_first_from(const struct matching *matching, uint32_t root, int64_t amount)
{
    const struct ordered_link *links = matching->entry_order.links;
    uint32_t found = ORDERED_NONE;

    for (uint32_t entry = root; entry != ORDERED_NONE;) {
        bool below = matching->entries[entry].amount < amount;
        found = below ? found : entry;
        entry = below ? links[entry].after : links[entry].before;
    }
    return found;
}

/* The last entry of an amount not above this one. */
static uint32_t bucket_last_to(const struct matching *matching, uint32_t root, int64_t amount)
{
    const struct ordered_link *links = matching->entry_order.links;
    uint32_t found = ORDERED_NONE;

    for (uint32_t entry = root; entry != ORDERED_NONE;) {
        bool above = matching->entries[entry].amount > amount;
        found = above ? found : entry;
        entry = above ? links[entry].before : links[entry].after;
    }
    return found;
}

/* The entry of a bucket whose amount is nearest to `amount` and lies in [low, high]. */
static uint32_t bucket_nearest(const struct matching *matching, uint32_t root, int64_t amount,
                               int64_t low, int64_t high)
{
    const struct matching_entry *entries = matching->entries;

    TALLY_ASSERT(low >= 0 && low <= high);
    uint32_t above = bucket_first_from(matching, root, amount < low ? low : amount);
    if (above != ORDERED_NONE && entries[above].amount > high) {
        above = ORDERED_NONE;
    }
    if (above != ORDERED_NONE && entries[above].amount == amount) {
        return above;
    }
    uint32_t below = bucket_last_to(matching, root, amount > high ? high : amount);
    if (below == ORDERED_NONE || entries[below].amount < low) {
        return above;
    }
    /* It is the latest of its amount; the earliest of that amount is wanted. */
    below = bucket_first_from(matching, root, entries[below].amount);
    return candidate_better(matching, amount, above, below);
}

/* [amount - difference, amount + difference], cut to [low, high]. */
static uint32_t bucket_nearest_within(const struct matching *matching, uint32_t root,
                                      int64_t amount, int64_t difference, int64_t low, int64_t high)
{
    int64_t least = amount > difference ? amount - difference : 0;
    int64_t most = amount > INT64_MAX - difference ? INT64_MAX : amount + difference;

    least = least < low ? low : least;
    most = most > high ? high : most;
    return least > most ? ORDERED_NONE : bucket_nearest(matching, root, amount, least, most);
}

static uint32_t bucket_find(const struct matching *matching, const struct matching_hashes *hashes,
                            const struct matching_key *key, const struct tolerance_band *band)
{
    const struct instruction_terms *terms = key->terms;
    uint32_t bucket = map_find(&matching->bucket_map, key_hash(hashes, key), key);
    uint32_t below;
    uint32_t above = ORDERED_NONE;
    uint32_t root;

    if (bucket == MAP_NONE) {
        return ORDERED_NONE;
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
    struct matching_hashes hashes;
    uint32_t best = ORDERED_NONE;

    TALLY_ASSERT(!matching_contains(matching, index));
    if (matching->patterns[opposite - 1] == 0) {
        return RECORD_NONE;
    }
    hashes_make(matching, terms, &hashes);
    for (uint32_t rest = matching->patterns[opposite - 1]; rest != 0; rest &= rest - 1) {
        unsigned pattern = (unsigned)__builtin_ctz(rest);
        struct matching_key key = {terms, opposite, (uint8_t)pattern,
                                   (uint8_t)(pattern & hashes.given)};
        best = candidate_better(matching, terms->amount, best,
                                bucket_find(matching, &hashes, &key, band));
    }
    if (best == ORDERED_NONE) {
        return RECORD_NONE;
    }
    uint32_t found = matching->entries[best].instruction;
    TALLY_ASSERT(
        match_field_compare(terms, &instruction_view(matching->ledger, found)->terms, band) == 0);
    return found;
}

/* A free place, its index plus one chained behind `next`, or one that was never used. */
static uint32_t place_take(struct matching_places *places, uint32_t next)
{
    TALLY_ASSERT(places->count < places->capacity);
    places->count++;
    if (places->free == 0) {
        TALLY_ASSERT(places->touched < places->capacity);
        return places->touched++;
    }
    uint32_t place = places->free - 1;
    places->free = next;
    return place;
}

static uint32_t entry_take(struct matching *matching)
{
    uint32_t free = matching->entry_places.free;
    return place_take(&matching->entry_places, free == 0 ? 0 : matching->entries[free - 1].next);
}

static void entry_give(struct matching *matching, uint32_t entry)
{
    matching->entries[entry].next = matching->entry_places.free;
    matching->entry_places.free = entry + 1;
    matching->entry_places.count--;
}

static uint32_t bucket_take(struct matching *matching)
{
    uint32_t free = matching->bucket_places.free;
    return place_take(&matching->bucket_places, free == 0 ? 0 : matching->buckets[free - 1].root);
}

static void bucket_give(struct matching *matching, uint32_t bucket)
{
    matching->buckets[bucket].root = matching->bucket_places.free;
    matching->bucket_places.free = bucket + 1;
    matching->bucket_places.count--;
}

/* Walks to where an entry stands in its bucket's order, or would stand. */
static uint32_t *entry_walk(const struct matching *matching, uint32_t *root, uint32_t entry,
                            struct ordered_path *path)
{
    const struct matching_entry *own = &matching->entries[entry];
    struct ordered_link *links = matching->entry_order.links;
    uint32_t *place = root;

    path->count = 0;
    while (*place != ORDERED_NONE && *place != entry) {
        ordered_path_add(path, place);
        place = entry_before(own, &matching->entries[*place]) ? &links[*place].before
                                                              : &links[*place].after;
    }
    return place;
}

static void entry_add(struct matching *matching, const struct instruction *instruction,
                      uint32_t index, const struct matching_hashes *hashes, uint8_t compared)
{
    const struct instruction_terms *terms = &instruction->terms;
    struct matching_key key = {terms, terms->movement, hashes->given, compared};
    uint64_t hash = key_hash(hashes, &key);
    uint32_t entry = entry_take(matching);
    uint32_t bucket = map_find(&matching->bucket_map, hash, &key);
    struct ordered_path path;

    if (bucket == MAP_NONE) {
        bool stored;
        bucket = bucket_take(matching);
        matching->buckets[bucket] = (struct matching_bucket){ORDERED_NONE, hashes->given, compared};
        stored = map_insert(&matching->bucket_map, hash, bucket);
        TALLY_ASSERT(stored);
    }
    matching->entries[entry] = (struct matching_entry){.amount = terms->amount,
                                                       .sequence = instruction->sequence,
                                                       .instruction = index,
                                                       .bucket = bucket,
                                                       .next = matching->first_entry[index]};
    matching->first_entry[index] = entry + 1;
    uint32_t *place = entry_walk(matching, &matching->buckets[bucket].root, entry, &path);
    ordered_insert_at(&matching->entry_order, &path, place, entry);
}

void matching_add(struct matching *matching, uint32_t index)
{
    const struct instruction *instruction = instruction_view(matching->ledger, index);
    uint8_t side = instruction->terms.movement - 1;
    struct matching_hashes hashes;

    TALLY_ASSERT(!matching_contains(matching, index));
    TALLY_ASSERT(matching_has_room(matching, &instruction->terms));
    hashes_make(matching, &instruction->terms, &hashes);
    /* All subsets of `given`, from itself down to the empty one. */
    for (unsigned compared = hashes.given;; compared = (compared - 1) & hashes.given) {
        entry_add(matching, instruction, index, &hashes, (uint8_t)compared);
        if (compared == 0) {
            break;
        }
    }
    alleged_enter(&matching->alleged, index);
    matching->pattern_count[side][hashes.given]++;
    matching->patterns[side] |= UINT32_C(1) << hashes.given;
}

static void entry_remove(struct matching *matching, uint32_t entry,
                         const struct matching_hashes *hashes)
{
    uint32_t bucket_index = matching->entries[entry].bucket;
    struct matching_bucket *bucket = &matching->buckets[bucket_index];
    bool last = bucket->root == entry && ordered_is_single(&matching->entry_order, bucket->root);
    struct ordered_path path;

    if (last) {
        const struct instruction_terms *terms = entry_terms(matching, entry);
        struct matching_key key = {terms, terms->movement, bucket->given, bucket->compared};
        bool removed = map_remove(&matching->bucket_map, key_hash(hashes, &key), &key);
        TALLY_ASSERT(removed);
    }
    uint32_t *place = entry_walk(matching, &bucket->root, entry, &path);
    TALLY_ASSERT(*place == entry);
    ordered_remove_at(&matching->entry_order, &path, place);
    if (last) {
        TALLY_ASSERT(bucket->root == ORDERED_NONE);
        bucket_give(matching, bucket_index);
    }
    entry_give(matching, entry);
}

void matching_remove(struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = &instruction_view(matching->ledger, index)->terms;
    uint8_t side = terms->movement - 1;
    uint32_t next = matching->first_entry[index];
    struct matching_hashes hashes;

    TALLY_ASSERT(matching_contains(matching, index));
    hashes_make(matching, terms, &hashes);
    TALLY_ASSERT(matching->pattern_count[side][hashes.given] > 0);
    while (next != 0) {
        uint32_t entry = next - 1;
        next = matching->entries[entry].next;
        entry_remove(matching, entry, &hashes);
    }
    alleged_leave(&matching->alleged, index);
    matching->first_entry[index] = 0;
    matching->pattern_count[side][hashes.given]--;
    if (matching->pattern_count[side][hashes.given] == 0) {
        matching->patterns[side] &= ~(UINT32_C(1) << hashes.given);
    }
}
