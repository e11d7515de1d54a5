#include "ledger/matching/matching.h"

#include <string.h>

#include "ledger/state.h"

_Static_assert(SLOTS_NONE == RECORD_NONE, "one value says: no index");
_Static_assert(MAP_NONE == RECORD_NONE, "one value says: no index");

__extension__ typedef unsigned __int128 uint128;

/* The hashes that those of an instruction's keys are made of. */
struct matching_hashes {
    uint64_t seed;
    uint64_t exact; /* of the exact fields */
    uint64_t optional[MATCH_FIELD_OPTIONAL_COUNT];
    uint8_t given; /* the optional fields that it has */
    uint8_t made;  /* those of them that are hashed: once they are wanted */
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

static uint8_t side_opposite(const struct instruction_terms *terms)
{
    return terms->movement == MOVEMENT_DELI ? MOVEMENT_RECE : MOVEMENT_DELI;
}

/* The optional field that is the account which this side of these terms settles over; 0: none. */
static uint8_t own_account(const struct instruction_terms *terms, uint8_t movement)
{
    if (terms->quantity == 0) {
        return 0;
    }
    return movement == MOVEMENT_DELI ? 8u : 16u;
}

static const struct instruction_terms *entry_terms(const struct matching *matching, uint32_t entry)
{
    return &instruction_view(matching->ledger, matching->entries[entry].instruction)->terms;
}

/* Amount, then sequence: which no two entries of a bucket share. pre: no amount is negative. */
static uint128 entry_rank(const struct matching_entry *entry)
{
    return (uint128)(uint64_t)entry->amount << 64 | entry->sequence;
}

static int entry_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct matching *matching = context;

    if (a == b) {
        return 0;
    }
    return entry_rank(&matching->entries[a]) < entry_rank(&matching->entries[b]) ? -1 : 1;
}

static bool bucket_equal(const void *context, uint32_t bucket_index, const void *sought)
{
    const struct matching *matching = context;
    const struct matching_key *key = sought;
    const struct matching_bucket *bucket = &matching->buckets[bucket_index];

    if (bucket->given != key->given || bucket->compared != key->compared) {
        return false;
    }
    const uint32_t *root = bucket->root;
    const struct instruction_terms *example =
        entry_terms(matching, root[MATCHING_OF_ACCOUNT] != ORDERED_NONE ? root[MATCHING_OF_ACCOUNT]
                                                                        : root[MATCHING_OF_OTHERS]);
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

/* The exact fields as they are hashed: no gap is among them but those of `head` that are zero. */
struct exact_fields {
    uint64_t head;
    uint64_t dates;
    int64_t quantity;
    int64_t free_amount;
    uint32_t asset;
    uint32_t currency;
    struct bic parties[4];
};

enum {
    EXACT_BYTES = offsetof(struct exact_fields, parties) + 4 * BIC_SIZE
};

static uint64_t exact_hash(const struct matching *matching, const struct instruction_terms *terms)
{
    struct exact_fields fields;

    fields.head = terms->payment | (uint64_t)terms->cum_ex << 8 |
                  (uint64_t)match_field_deliverer_cash(terms) << 16 |
                  (uint64_t)match_field_opt_out(terms) << 24;
    fields.dates = terms->trade_date | (uint64_t)terms->settlement_date << 32;
    fields.quantity = terms->quantity;
    fields.free_amount = terms->payment == PAYMENT_FREE ? terms->amount : 0;
    fields.asset = terms->asset;
    fields.currency = terms->currency;
    fields.parties[0] = terms->deliverer;
    fields.parties[1] = terms->receiver;
    fields.parties[2] = terms->deliverer_depository;
    fields.parties[3] = terms->receiver_depository;
    return map_hash(matching->map_seed, &fields, EXACT_BYTES);
}

static void hashes_make(const struct matching *matching, const struct instruction_terms *terms,
                        struct matching_hashes *out)
{
    out->seed = matching->map_seed;
    out->exact = exact_hash(matching, terms);
    out->given = match_field_pattern(terms);
    out->made = 0;
}

static uint64_t optional_hash(struct matching_hashes *hashes, const struct instruction_terms *terms,
                              uint32_t i)
{
    if (((unsigned)hashes->made >> i & 1u) == 0) {
        hashes->optional[i] = match_field_optional_hash(terms, i, hashes->seed);
        hashes->made |= (uint8_t)(1u << i);
    }
    return hashes->optional[i];
}

/*
 * The hash of a key is a sum: each field is hashed once, and whoever does not know the seed can
 * choose no two sums that are equal.
 */
static uint32_t key_hash(struct matching_hashes *hashes, const struct matching_key *key)
{
    uint64_t which =
        (uint64_t)key->movement << 16 | (uint64_t)key->given << 8 | (uint64_t)key->compared;
    uint64_t hash = hashes->exact + which * UINT64_C(0x9e3779b97f4a7c15);

    TALLY_ASSERT((key->compared & ~(unsigned)hashes->given) == 0);
    for (unsigned rest = key->compared; rest != 0; rest &= rest - 1) {
        hash += optional_hash(hashes, key->terms, (uint32_t)__builtin_ctz(rest));
    }
    return (uint32_t)(hash ^ hash >> 32);
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
    matching->entry_places =
        (struct matching_places){.capacity = entry_capacity,
                                 .first = matching->entries,
                                 .stride = sizeof(struct matching_entry),
                                 .chain = offsetof(struct matching_entry, next)};
    ordered_init(&matching->entry_order, entry_capacity, entry_compare, NULL, matching, arena);
    matching->buckets = ARENA_TAKE(arena, struct matching_bucket, entry_capacity);
    matching->bucket_places =
        (struct matching_places){.capacity = entry_capacity,
                                 .first = matching->buckets,
                                 .stride = sizeof(struct matching_bucket),
                                 .chain = offsetof(struct matching_bucket, root)};
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
    uint32_t count = 1;

    for (unsigned rest = pattern; rest != 0; rest &= rest - 1) {
        count *= 2;
    }
    TALLY_ASSERT(count <= MATCHING_PATTERN_COUNT);
    return count;
}

bool matching_has_room(const struct matching *matching, const struct instruction_terms *terms)
{
    uint32_t left = matching->entry_places.capacity - matching->entries_most;

    return pattern_entry_count(match_field_pattern(terms)) <= left;
}

static int64_t amounts_apart(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
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
    int64_t left_difference = amounts_apart(left->amount, amount);
    int64_t right_difference = amounts_apart(right->amount, amount);
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
    if (low >= amount || (above != ORDERED_NONE && entries[above].amount == amount)) {
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

/* A search for the best entry of the other side. */
struct matching_search {
    const struct matching *matching;
    const struct instruction_terms *terms;
    const struct tolerance_band *band;
    uint32_t best; /* so far */
    int64_t reach; /* how far away it is: nobody beyond is better */
};

/* The best one of an order, if it is within reach. */
static uint32_t order_best(const struct matching_search *search, uint32_t root)
{
    const struct matching *matching = search->matching;
    const struct tolerance_band *band = search->band;
    int64_t amount = search->terms->amount;
    int64_t reach = search->reach;
    uint32_t below;
    uint32_t above = ORDERED_NONE;

    if (search->terms->payment == PAYMENT_FREE) {
        return bucket_nearest(matching, root, amount, amount, amount);
    }
    if (search->terms->movement == MOVEMENT_DELI) {
        int64_t most = tolerance_difference_max(band, amount);
        return bucket_nearest_within(matching, root, amount, most < reach ? most : reach, 0,
                                     INT64_MAX);
    }
    /* The candidates are the deliverers: each side of the threshold has its own tolerance. */
    below = bucket_nearest_within(matching, root, amount, band->below < reach ? band->below : reach,
                                  0, band->threshold);
    if (band->threshold < INT64_MAX) {
        above =
            bucket_nearest_within(matching, root, amount, band->above < reach ? band->above : reach,
                                  band->threshold + 1, INT64_MAX);
    }
    return candidate_better(matching, amount, below, above);
}

static void order_search(struct matching_search *search, uint32_t root)
{
    uint32_t found = root == ORDERED_NONE ? ORDERED_NONE : order_best(search, root);

    if (found != ORDERED_NONE) {
        const struct matching *matching = search->matching;
        int64_t amount = search->terms->amount;
        search->best = candidate_better(matching, amount, search->best, found);
        search->reach = amounts_apart(amount, matching->entries[search->best].amount);
    }
}

/* Among those of the other side that give the fields of `pattern`. */
static void pattern_search(struct matching_search *search, struct matching_hashes *hashes,
                           unsigned pattern)
{
    const struct matching *matching = search->matching;
    const struct instruction_terms *terms = search->terms;
    uint8_t opposite = side_opposite(terms);
    uint8_t own = own_account(terms, opposite);
    unsigned compared = pattern & hashes->given;
    struct matching_key key = {terms, opposite, (uint8_t)pattern,
                               (uint8_t)(compared & ~(unsigned)own)};
    uint32_t index = map_find(&matching->bucket_map, key_hash(hashes, &key), &key);

    if (index == MAP_NONE) {
        return; /* nor is there one that fixes the account, too */
    }
    const struct matching_bucket *bucket = &matching->buckets[index];
    if ((compared & own) == 0) {
        order_search(search, bucket->root[MATCHING_OF_ACCOUNT]);
        order_search(search, bucket->root[MATCHING_OF_OTHERS]);
        return;
    }
    if (!text35_equal(&account_view(matching->ledger, bucket->account)->id,
                      terms_account(terms, (enum movement_type)opposite))) {
        key.compared = (uint8_t)compared;
        index = map_find(&matching->bucket_map, key_hash(hashes, &key), &key);
        if (index == MAP_NONE) {
            return;
        }
        bucket = &matching->buckets[index];
    }
    order_search(search, bucket->root[MATCHING_OF_ACCOUNT]);
}

/* Whom the best entry is of. */
static uint32_t counterpart_find(const struct matching *matching,
                                 const struct instruction_terms *terms,
                                 struct matching_hashes *hashes)
{
    const struct tolerance_band *band = matching_tolerance(matching->ledger, terms);
    struct matching_search search = {matching, terms, band, ORDERED_NONE, INT64_MAX};

    for (uint32_t rest = matching->patterns[side_opposite(terms) - 1]; rest != 0;
         rest &= rest - 1) {
        pattern_search(&search, hashes, (unsigned)__builtin_ctz(rest));
    }
    if (search.best == ORDERED_NONE) {
        return RECORD_NONE;
    }
    uint32_t found = matching->entries[search.best].instruction;
    record_prefetch(matching->ledger, RECORD_INSTRUCTION, found);
    TALLY_ASSERT(
        match_field_compare(terms, &instruction_view(matching->ledger, found)->terms, band) == 0);
    return found;
}

static bool opposite_waits(const struct matching *matching, const struct instruction_terms *terms)
{
    return matching->patterns[side_opposite(terms) - 1] != 0;
}

uint32_t matching_find(const struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = &instruction_view(matching->ledger, index)->terms;
    struct matching_hashes hashes;

    TALLY_ASSERT(!matching_contains(matching, index));
    if (!opposite_waits(matching, terms)) {
        return RECORD_NONE;
    }
    hashes_make(matching, terms, &hashes);
    return counterpart_find(matching, terms, &hashes);
}

static uint32_t *place_chain(const struct matching_places *places, uint32_t place)
{
    return (uint32_t *)((uint8_t *)places->first + place * places->stride + places->chain);
}

/* A free place, or one that was never used. */
static uint32_t place_take(struct matching_places *places)
{
    TALLY_ASSERT(places->count < places->capacity);
    places->count++;
    if (places->free == 0) {
        TALLY_ASSERT(places->touched < places->capacity);
        return places->touched++;
    }
    uint32_t place = places->free - 1;
    places->free = *place_chain(places, place);
    return place;
}

static void place_give(struct matching_places *places, uint32_t place)
{
    TALLY_ASSERT(places->count > 0);
    *place_chain(places, place) = places->free;
    places->free = place + 1;
    places->count--;
}

/* Walks to where an entry stands in its bucket's order, or would stand. */
static uint32_t *entry_walk(const struct matching *matching, uint32_t *root, uint32_t entry,
                            struct ordered_path *path)
{
    const struct matching_entry *entries = matching->entries;
    struct ordered_link *links = matching->entry_order.links;
    uint128 rank = entry_rank(&entries[entry]);
    uint32_t *place = root;

    path->count = 0;
    for (uint32_t at = *place; at != ORDERED_NONE && at != entry; at = *place) {
        ordered_path_add(path, place);
        place = rank < entry_rank(&entries[at]) ? &links[at].before : &links[at].after;
    }
    return place;
}

static void entry_add(struct matching *matching, const struct instruction *instruction,
                      uint32_t index, uint32_t bucket, uint8_t order)
{
    uint32_t entry = place_take(&matching->entry_places);
    struct ordered_path path;

    matching->entries[entry] = (struct matching_entry){.amount = instruction->terms.amount,
                                                       .sequence = instruction->sequence,
                                                       .instruction = index,
                                                       .bucket = bucket,
                                                       .next = matching->first_entry[index],
                                                       .order = order};
    matching->first_entry[index] = entry + 1;
    uint32_t *place = entry_walk(matching, &matching->buckets[bucket].root[order], entry, &path);
    ordered_insert_at(&matching->entry_order, &path, place, entry);
}

/* The bucket of the instructions that agree with these terms, made if it was not there. */
static uint32_t bucket_open(struct matching *matching, const struct instruction_terms *terms,
                            struct matching_hashes *hashes, unsigned compared)
{
    struct matching_key key = {terms, terms->movement, hashes->given, (uint8_t)compared};
    uint32_t hash = key_hash(hashes, &key);
    uint32_t bucket = map_find(&matching->bucket_map, hash, &key);

    if (bucket == MAP_NONE) {
        bucket = place_take(&matching->bucket_places);
        matching->buckets[bucket] = (struct matching_bucket){.root = {ORDERED_NONE, ORDERED_NONE},
                                                             .hash = hash,
                                                             .account = terms->account,
                                                             .given = hashes->given,
                                                             .compared = (uint8_t)compared};
        bool stored = map_insert(&matching->bucket_map, hash, bucket);
        TALLY_ASSERT(stored);
    }
    return bucket;
}

static void instruction_add(struct matching *matching, uint32_t index,
                            const struct instruction *instruction, struct matching_hashes *hashes)
{
    const struct instruction_terms *terms = &instruction->terms;
    uint8_t side = terms->movement - 1;
    unsigned own = own_account(terms, terms->movement);
    unsigned others = hashes->given & ~own;

    TALLY_ASSERT(!matching_contains(matching, index));
    TALLY_ASSERT(matching_has_room(matching, terms));
    TALLY_ASSERT((hashes->given & own) == own && (own != 0) == (terms->account != RECORD_NONE));
    /* All subsets of `others`, from itself down to the empty one. */
    for (unsigned compared = others;; compared = (compared - 1) & others) {
        uint32_t bucket = bucket_open(matching, terms, hashes, compared);
        if (matching->buckets[bucket].account == terms->account) {
            entry_add(matching, instruction, index, bucket, MATCHING_OF_ACCOUNT);
        } else {
            entry_add(matching, instruction, index, bucket, MATCHING_OF_OTHERS);
            bucket = bucket_open(matching, terms, hashes, compared | own);
            TALLY_ASSERT(matching->buckets[bucket].account == terms->account);
            entry_add(matching, instruction, index, bucket, MATCHING_OF_ACCOUNT);
        }
        if (compared == 0) {
            break;
        }
    }
    alleged_enter(&matching->alleged, index);
    matching->entries_most += pattern_entry_count(hashes->given);
    matching->pattern_count[side][hashes->given]++;
    matching->patterns[side] |= UINT32_C(1) << hashes->given;
}

void matching_add(struct matching *matching, uint32_t index)
{
    const struct instruction *instruction = instruction_view(matching->ledger, index);
    struct matching_hashes hashes;

    hashes_make(matching, &instruction->terms, &hashes);
    instruction_add(matching, index, instruction, &hashes);
}

uint32_t matching_find_or_add(struct matching *matching, uint32_t index)
{
    const struct instruction *instruction = instruction_view(matching->ledger, index);
    const struct instruction_terms *terms = &instruction->terms;
    struct matching_hashes hashes;
    uint32_t found = RECORD_NONE;

    TALLY_ASSERT(!matching_contains(matching, index));
    hashes_make(matching, terms, &hashes);
    if (opposite_waits(matching, terms)) {
        found = counterpart_find(matching, terms, &hashes);
    }
    if (found == RECORD_NONE) {
        instruction_add(matching, index, instruction, &hashes);
    }
    return found;
}

static void entry_remove(struct matching *matching, uint32_t entry)
{
    uint32_t index = matching->entries[entry].bucket;
    struct matching_bucket *bucket = &matching->buckets[index];
    uint32_t *root = &bucket->root[matching->entries[entry].order];
    struct ordered_path path;
    uint32_t *place = entry_walk(matching, root, entry, &path);

    TALLY_ASSERT(*place == entry);
    ordered_remove_at(&matching->entry_order, &path, place);
    if (bucket->root[MATCHING_OF_ACCOUNT] == ORDERED_NONE &&
        bucket->root[MATCHING_OF_OTHERS] == ORDERED_NONE) {
        bool removed = map_remove_value(&matching->bucket_map, bucket->hash, index);
        TALLY_ASSERT(removed);
        place_give(&matching->bucket_places, index);
    }
    place_give(&matching->entry_places, entry);
}

void matching_remove(struct matching *matching, uint32_t index)
{
    uint8_t side = instruction_view(matching->ledger, index)->terms.movement - 1;
    uint32_t next = matching->first_entry[index];
    uint8_t given;

    TALLY_ASSERT(matching_contains(matching, index));
    given = matching->buckets[matching->entries[next - 1].bucket].given;
    TALLY_ASSERT(matching->pattern_count[side][given] > 0);
    while (next != 0) {
        uint32_t entry = next - 1;
        next = matching->entries[entry].next;
        entry_remove(matching, entry);
    }
    alleged_leave(&matching->alleged, index);
    matching->first_entry[index] = 0;
    matching->entries_most -= pattern_entry_count(given);
    matching->pattern_count[side][given]--;
    if (matching->pattern_count[side][given] == 0) {
        matching->patterns[side] &= ~(UINT32_C(1) << given);
    }
}
