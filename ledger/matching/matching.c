#include "ledger/matching/matching.h"

#include <string.h>

#include "ledger/state.h"

_Static_assert(SLOTS_NONE == RECORD_NONE, "one value says: no index");
_Static_assert(MAP_NONE == RECORD_NONE, "one value says: no index");

__extension__ typedef unsigned __int128 uint128;

/* The hashes that those of an instruction's keys are made of. */
struct matching_hashes {
    uint64_t seed;
    uint64_t optional[MATCH_FIELD_OPTIONAL_COUNT];
    uint8_t given; /* the optional fields that it has */
    uint8_t made;  /* those of them that are hashed: once they are wanted */
};

/*
 * Which bucket: that of the instructions of one group and side that agree with `terms` in the
 * compared fields.
 */
struct matching_key {
    const struct instruction_terms *terms; /* of either side */
    uint32_t group;
    uint8_t movement; /* of the instructions in the bucket */
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

static const struct instruction_terms *terms_of(const struct matching *matching, uint32_t index)
{
    return &instruction_view(matching->ledger, index)->terms;
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

/* The terms of one of the instructions in a bucket. */
static const struct instruction_terms *bucket_example(const struct matching *matching,
                                                      uint32_t bucket)
{
    const uint32_t *root = matching->buckets[bucket].root;
    uint32_t entry = root[MATCHING_OF_ACCOUNT] != ORDERED_NONE ? root[MATCHING_OF_ACCOUNT]
                                                               : root[MATCHING_OF_OTHERS];

    return terms_of(matching, matching->entries[entry].instruction);
}

static bool group_equal(const void *context, uint32_t index, const void *sought)
{
    const struct matching *matching = context;
    const struct matching_group *group = &matching->groups[index];
    const struct instruction_terms *example = group->bucket == 0
                                                  ? terms_of(matching, group->listed - 1)
                                                  : bucket_example(matching, group->bucket - 1);

    return match_field_exact_equal(example, sought);
}

static bool bucket_equal(const void *context, uint32_t index, const void *sought)
{
    const struct matching *matching = context;
    const struct matching_key *key = sought;
    const struct matching_bucket *bucket = &matching->buckets[index];

    if (bucket->group != key->group || bucket->movement != key->movement ||
        bucket->given != key->given || bucket->compared != key->compared) {
        return false;
    }
    const struct instruction_terms *example = bucket_example(matching, index);
    for (unsigned rest = key->compared; rest != 0; rest &= rest - 1) {
        if (!match_field_optional_equal(example, key->terms, (uint32_t)__builtin_ctz(rest))) {
            return false;
        }
    }
    return true;
}

/* The exact fields as they are hashed, without a gap: five blocks of the hash. */
struct exact_fields {
    int64_t quantity;
    int64_t free_amount;
    uint32_t trade_date;
    uint32_t settlement_date;
    uint32_t asset;
    uint32_t currency;
    struct bic parties[4];
    uint32_t codes;
};
_Static_assert(sizeof(struct exact_fields) == 36 + 4 * BIC_SIZE, "hashed as it lies in memory");

/* What a group is found under. */
static uint32_t group_hash(const struct matching *matching, const struct instruction_terms *terms)
{
    struct exact_fields fields;

    fields.quantity = terms->quantity;
    fields.free_amount = terms->payment == PAYMENT_FREE ? terms->amount : 0;
    fields.trade_date = terms->trade_date;
    fields.settlement_date = terms->settlement_date;
    fields.asset = terms->asset;
    fields.currency = terms->currency;
    fields.parties[0] = terms->deliverer;
    fields.parties[1] = terms->receiver;
    fields.parties[2] = terms->deliverer_depository;
    fields.parties[3] = terms->receiver_depository;
    fields.codes = terms->payment | (uint32_t)terms->cum_ex << 8 |
                   (uint32_t)match_field_deliverer_cash(terms) << 16 |
                   (uint32_t)match_field_opt_out(terms) << 24;
    uint64_t hash = map_hash(matching->map_seed, &fields, sizeof(fields));
    return (uint32_t)(hash ^ hash >> 32);
}

static void hashes_begin(const struct matching *matching, const struct instruction_terms *terms,
                         struct matching_hashes *out)
{
    out->seed = matching->map_seed;
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
static uint32_t key_hash(const struct matching *matching, struct matching_hashes *hashes,
                         const struct matching_key *key)
{
    uint64_t which =
        (uint64_t)key->movement << 16 | (uint64_t)key->given << 8 | (uint64_t)key->compared;
    uint64_t hash = matching->groups[key->group].hash + which * UINT64_C(0x9e3779b97f4a7c15);

    TALLY_ASSERT((key->compared & ~(unsigned)hashes->given) == 0);
    for (unsigned rest = key->compared; rest != 0; rest &= rest - 1) {
        hash += optional_hash(hashes, key->terms, (uint32_t)__builtin_ctz(rest));
    }
    return (uint32_t)(hash ^ hash >> 32);
}

#define MATCHING_PLACES(array, count, member)             \
    ((struct matching_places){.capacity = (count),        \
                              .first = (array),           \
                              .stride = sizeof(*(array)), \
                              .chain = offsetof(__typeof__(*(array)), member)})

uint32_t matching_members_max(uint32_t instruction_capacity, uint32_t entry_capacity)
{
    uint32_t counted =
        entry_capacity < MATCHING_ENTRIES_MIN ? 1 : entry_capacity / MATCHING_ENTRIES_MIN;

    return counted < instruction_capacity ? counted : instruction_capacity;
}

void matching_layout(struct matching *matching, uint32_t instruction_capacity,
                     uint32_t entry_capacity, uint32_t party_capacity, union side_places *places,
                     uint64_t map_seed, const struct ledger *ledger, struct arena *arena)
{
    uint32_t most = matching_members_max(instruction_capacity, entry_capacity);

    TALLY_ASSERT(instruction_capacity > 0);
    TALLY_ASSERT(entry_capacity > 0);
    *matching = (struct matching){.ledger = ledger,
                                  .map_seed = map_seed,
                                  .instruction_capacity = instruction_capacity,
                                  .listed_max = MATCHING_LISTED_MAX};
    matching->groups = ARENA_TAKE(arena, struct matching_group, most);
    matching->group_places = MATCHING_PLACES(matching->groups, most, listed);
    map_init(&matching->group_map, most, group_equal, matching, arena);
    matching->entries = ARENA_TAKE(arena, struct matching_entry, entry_capacity);
    matching->entry_places = MATCHING_PLACES(matching->entries, entry_capacity, next);
    ordered_init(&matching->entry_order, entry_capacity, entry_compare, NULL, matching, arena);
    matching->buckets = ARENA_TAKE(arena, struct matching_bucket, entry_capacity);
    matching->bucket_places = MATCHING_PLACES(matching->buckets, entry_capacity, next);
    map_init(&matching->bucket_map, entry_capacity, bucket_equal, matching, arena);
    alleged_layout(&matching->alleged, places, most, party_capacity, map_seed, ledger, arena);
}

void matching_rebuild(struct ledger *ledger)
{
    struct matching *matching = &ledger->matching;

    TALLY_ASSERT(matching->group_places.count == 0);
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

static struct matching_member *member_at(const struct matching *matching, uint32_t index)
{
    return &matching->ledger->instructions[index].member;
}

bool matching_contains(const struct matching *matching, uint32_t index)
{
    TALLY_ASSERT(index < matching->instruction_capacity);
    const struct instruction *instruction = &matching->ledger->instructions[index];
    return instruction->queue == QUEUE_NONE && instruction->member.group != 0;
}

/* What room is counted with: the most entries that an instruction of these terms takes, and at
 * least two. */
static uint32_t entries_most(const struct instruction_terms *terms)
{
    uint32_t count = 1;

    for (unsigned rest = match_field_pattern(terms); rest != 0; rest &= rest - 1) {
        count *= 2;
    }
    TALLY_ASSERT(count <= MATCHING_PATTERN_COUNT);
    return count > MATCHING_ENTRIES_MIN ? count : MATCHING_ENTRIES_MIN;
}

bool matching_has_room(const struct matching *matching, const struct instruction_terms *terms)
{
    uint32_t left = matching->entry_places.capacity - matching->entries_most;

    return entries_most(terms) <= left;
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

    for (uint32_t entry = ordered_at(&root); entry != ORDERED_END;) {
        bool below = matching->entries[entry].amount < amount;
        found = below ? found : entry;
        entry = ordered_at(below ? &links[entry].after : &links[entry].before);
    }
    return found;
}

/* The last entry of an amount not above this one. */
static uint32_t bucket_last_to(const struct matching *matching, uint32_t root, int64_t amount)
{
    const struct ordered_link *links = matching->entry_order.links;
    uint32_t found = ORDERED_NONE;

    for (uint32_t entry = ordered_at(&root); entry != ORDERED_END;) {
        bool above = matching->entries[entry].amount > amount;
        found = above ? found : entry;
        entry = ordered_at(above ? &links[entry].before : &links[entry].after);
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

/* Among those of the other side whose set of optional fields is that of this bucket, which fixes
 * none of them. */
static void pattern_search(struct matching_search *search, struct matching_hashes *hashes,
                           uint32_t index)
{
    const struct matching *matching = search->matching;
    const struct instruction_terms *terms = search->terms;
    const struct matching_bucket *bucket = &matching->buckets[index];
    uint8_t opposite = bucket->movement;
    uint8_t own = own_account(terms, opposite);
    unsigned compared = (unsigned)bucket->given & hashes->given;
    struct matching_key key = {terms, bucket->group, opposite, bucket->given,
                               (uint8_t)(compared & ~(unsigned)own)};

    if (key.compared != 0) {
        index = map_find(&matching->bucket_map, key_hash(matching, hashes, &key), &key);
        if (index == MAP_NONE) {
            return; /* nor is there one that fixes the account, too */
        }
        bucket = &matching->buckets[index];
    }
    if ((compared & own) == 0) {
        order_search(search, bucket->root[MATCHING_OF_ACCOUNT]);
        order_search(search, bucket->root[MATCHING_OF_OTHERS]);
        return;
    }
    if (!text35_equal(&account_view(matching->ledger, bucket->account)->id,
                      terms_account(terms, (enum movement_type)opposite))) {
        key.compared = (uint8_t)compared;
        index = map_find(&matching->bucket_map, key_hash(matching, hashes, &key), &key);
        if (index == MAP_NONE) {
            return;
        }
        bucket = &matching->buckets[index];
    }
    order_search(search, bucket->root[MATCHING_OF_ACCOUNT]);
}

/* The best one of a group with buckets. */
static uint32_t indexed_find(const struct matching *matching, const struct matching_group *group,
                             const struct instruction_terms *terms,
                             const struct tolerance_band *band)
{
    struct matching_search search = {matching, terms, band, ORDERED_NONE, INT64_MAX};
    uint8_t opposite = side_opposite(terms);
    struct matching_hashes hashes;

    hashes_begin(matching, terms, &hashes);
    for (uint32_t next = group->bucket; next != 0; next = matching->buckets[next - 1].next) {
        if (matching->buckets[next - 1].movement == opposite) {
            pattern_search(&search, &hashes, next - 1);
        }
    }
    return search.best == ORDERED_NONE ? RECORD_NONE : matching->entries[search.best].instruction;
}

/* The best one of a group that lists its instructions. */
static uint32_t listed_find(const struct matching *matching, const struct matching_group *group,
                            const struct instruction_terms *terms,
                            const struct tolerance_band *band)
{
    uint32_t best = RECORD_NONE;
    uint64_t best_sequence = 0;
    int64_t nearest = 0;

    for (uint32_t next = group->listed; next != 0; next = member_at(matching, next - 1)->next) {
        const struct instruction *other = instruction_view(matching->ledger, next - 1);
        if (other->terms.movement == terms->movement ||
            !match_field_rest_agree(terms, &other->terms, band)) {
            continue;
        }
        int64_t apart = amounts_apart(other->terms.amount, terms->amount);
        if (best == RECORD_NONE || apart < nearest ||
            (apart == nearest && other->sequence < best_sequence)) {
            best = next - 1;
            best_sequence = other->sequence;
            nearest = apart;
        }
    }
    return best;
}

static uint32_t group_find(const struct matching *matching, const struct instruction_terms *terms,
                           uint32_t hash)
{
    return map_find_by(&matching->group_map, hash, group_equal, matching, terms);
}

/* Which one of a group matches best. */
static uint32_t counterpart_find(const struct matching *matching, uint32_t index,
                                 const struct instruction_terms *terms)
{
    const struct matching_group *group = &matching->groups[index];
    const struct tolerance_band *band = matching_tolerance(matching->ledger, terms);
    uint32_t found = group->bucket == 0 ? listed_find(matching, group, terms, band)
                                        : indexed_find(matching, group, terms, band);

    TALLY_ASSERT(found == RECORD_NONE || match_field_agree(terms, terms_of(matching, found), band));
    return found;
}

uint32_t matching_find(const struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = terms_of(matching, index);
    uint32_t group;

    TALLY_ASSERT(!matching_contains(matching, index));
    group = group_find(matching, terms, group_hash(matching, terms));
    return group == MAP_NONE ? RECORD_NONE : counterpart_find(matching, group, terms);
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
    for (uint32_t at = ordered_at(root); at != ORDERED_END && at != entry; at = ordered_at(place)) {
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
                                                       .next = member_at(matching, index)->next,
                                                       .order = order};
    member_at(matching, index)->next = entry + 1;
    uint32_t *place = entry_walk(matching, &matching->buckets[bucket].root[order], entry, &path);
    ordered_insert_at(&matching->entry_order, &path, place, entry);
}

/* The bucket under a key; MAP_NONE when there is none. `hash` is what it is found under if it fixes
 * any field: the others are in a list. */
static uint32_t bucket_find(const struct matching *matching, const struct matching_key *key,
                            uint32_t hash)
{
    uint32_t next;

    if (key->compared != 0) {
        return map_find(&matching->bucket_map, hash, key);
    }
    next = matching->groups[key->group].bucket;
    while (next != 0 && (matching->buckets[next - 1].movement != key->movement ||
                         matching->buckets[next - 1].given != key->given)) {
        next = matching->buckets[next - 1].next;
    }
    return next == 0 ? MAP_NONE : next - 1;
}

/* The bucket of the instructions that agree with these terms, made if it was not there. */
static uint32_t bucket_open(struct matching *matching, uint32_t group,
                            const struct instruction_terms *terms, struct matching_hashes *hashes,
                            unsigned compared)
{
    struct matching_key key = {terms, group, terms->movement, hashes->given, (uint8_t)compared};
    uint32_t hash = compared == 0 ? 0 : key_hash(matching, hashes, &key);
    uint32_t bucket = bucket_find(matching, &key, hash);

    if (bucket != MAP_NONE) {
        return bucket;
    }
    bucket = place_take(&matching->bucket_places);
    matching->buckets[bucket] = (struct matching_bucket){.root = {ORDERED_NONE, ORDERED_NONE},
                                                         .group = group,
                                                         .hash = hash,
                                                         .account = terms->account,
                                                         .movement = terms->movement,
                                                         .given = hashes->given,
                                                         .compared = (uint8_t)compared};
    if (compared == 0) {
        matching->buckets[bucket].next = matching->groups[group].bucket;
        matching->groups[group].bucket = bucket + 1;
    } else {
        bool stored = map_insert(&matching->bucket_map, hash, bucket);
        TALLY_ASSERT(stored);
    }
    return bucket;
}

static void bucket_close(struct matching *matching, uint32_t index)
{
    const struct matching_bucket *bucket = &matching->buckets[index];

    if (bucket->compared == 0) {
        uint32_t *next = &matching->groups[bucket->group].bucket;
        while (*next != index + 1) {
            TALLY_ASSERT(*next != 0);
            next = &matching->buckets[*next - 1].next;
        }
        *next = bucket->next;
    } else {
        bool removed = map_remove_value(&matching->bucket_map, bucket->hash, index);
        TALLY_ASSERT(removed);
    }
    place_give(&matching->bucket_places, index);
}

/* Enters an instruction of a group in its buckets. */
static void indexed_add(struct matching *matching, uint32_t group, uint32_t index)
{
    const struct instruction *instruction = instruction_view(matching->ledger, index);
    const struct instruction_terms *terms = &instruction->terms;
    unsigned own = own_account(terms, terms->movement);
    struct matching_hashes hashes;

    hashes_begin(matching, terms, &hashes);
    TALLY_ASSERT((hashes.given & own) == own && (own != 0) == (terms->account != RECORD_NONE));
    unsigned others = hashes.given & ~own;
    member_at(matching, index)->next = 0;
    /* All subsets of `others`, from itself down to the empty one. */
    for (unsigned compared = others;; compared = (compared - 1) & others) {
        uint32_t bucket = bucket_open(matching, group, terms, &hashes, compared);
        if (matching->buckets[bucket].account == terms->account) {
            entry_add(matching, instruction, index, bucket, MATCHING_OF_ACCOUNT);
        } else {
            entry_add(matching, instruction, index, bucket, MATCHING_OF_OTHERS);
            bucket = bucket_open(matching, group, terms, &hashes, compared | own);
            TALLY_ASSERT(matching->buckets[bucket].account == terms->account);
            entry_add(matching, instruction, index, bucket, MATCHING_OF_ACCOUNT);
        }
        if (compared == 0) {
            break;
        }
    }
}

/* A group that lists as many as it may gets buckets. */
static void group_index(struct matching *matching, uint32_t group)
{
    uint32_t next = matching->groups[group].listed;

    TALLY_ASSERT(matching->groups[group].bucket == 0);
    matching->groups[group].listed = 0;
    while (next != 0) {
        uint32_t index = next - 1;
        next = member_at(matching, index)->next;
        indexed_add(matching, group, index);
    }
}

/* Enters an instruction in a group, or in a new one. */
static void group_add(struct matching *matching, uint32_t index, uint32_t group, uint32_t hash)
{
    if (group == MAP_NONE) {
        group = place_take(&matching->group_places);
        matching->groups[group] = (struct matching_group){.hash = hash};
        bool stored = map_insert(&matching->group_map, hash, group);
        TALLY_ASSERT(stored);
    }
    struct matching_group *into = &matching->groups[group];
    bool listed = into->bucket == 0 && into->count < matching->listed_max;
    if (!listed && into->listed != 0) {
        group_index(matching, group);
    }
    into->count++;
    member_at(matching, index)->group = group + 1;
    if (listed) {
        member_at(matching, index)->next = into->listed;
        into->listed = index + 1;
    } else {
        indexed_add(matching, group, index);
    }
}

static void instruction_add(struct matching *matching, uint32_t index, uint32_t group,
                            uint32_t hash)
{
    uint32_t most = entries_most(terms_of(matching, index));

    TALLY_ASSERT(!matching_contains(matching, index));
    TALLY_ASSERT(most <= matching->entry_places.capacity - matching->entries_most);
    group_add(matching, index, group, hash);
    alleged_enter(&matching->alleged, index);
    matching->entries_most += most;
}

void matching_add(struct matching *matching, uint32_t index)
{
    const struct instruction_terms *terms = terms_of(matching, index);
    uint32_t hash = group_hash(matching, terms);

    instruction_add(matching, index, group_find(matching, terms, hash), hash);
}

uint32_t matching_find_or_add(struct matching *matching, uint32_t index, uint32_t hash_known)
{
    const struct instruction_terms *terms = terms_of(matching, index);
    uint32_t hash = hash_known != 0 ? hash_known : group_hash(matching, terms);
    uint32_t group = group_find(matching, terms, hash);
    uint32_t found = group == MAP_NONE ? RECORD_NONE : counterpart_find(matching, group, terms);

    TALLY_ASSERT(!matching_contains(matching, index));
    if (found == RECORD_NONE) {
        instruction_add(matching, index, group, hash);
    }
    return found;
}

uint32_t matching_ask_cell(const struct matching *matching, const struct instruction_terms *terms)
{
    uint32_t hash = group_hash(matching, terms);

    map_prefetch(&matching->group_map, hash);
    return hash;
}

uint32_t matching_ask_group(const struct matching *matching, uint32_t hash)
{
    uint32_t group = map_guess(&matching->group_map, hash);

    if (group != MAP_NONE) {
        __builtin_prefetch(&matching->groups[group]);
    }
    return group;
}

uint32_t matching_ask_instruction(const struct matching *matching, uint32_t group)
{
    uint32_t listed = matching->groups[group].listed;

    if (listed == 0) {
        return RECORD_NONE;
    }
    record_prefetch(matching->ledger, RECORD_INSTRUCTION, listed - 1);
    return listed - 1;
}

static void entry_remove(struct matching *matching, uint32_t entry)
{
    uint32_t index = matching->entries[entry].bucket;
    struct matching_bucket *bucket = &matching->buckets[index];
    uint32_t *root = &bucket->root[matching->entries[entry].order];
    struct ordered_path path;
    uint32_t *place = entry_walk(matching, root, entry, &path);

    TALLY_ASSERT(ordered_at(place) == entry);
    ordered_remove_at(&matching->entry_order, &path, place);
    if (bucket->root[MATCHING_OF_ACCOUNT] == ORDERED_NONE &&
        bucket->root[MATCHING_OF_OTHERS] == ORDERED_NONE) {
        bucket_close(matching, index);
    }
    place_give(&matching->entry_places, entry);
}

static void indexed_remove(struct matching *matching, uint32_t index)
{
    for (uint32_t next = member_at(matching, index)->next; next != 0;) {
        uint32_t entry = next - 1;
        next = matching->entries[entry].next;
        entry_remove(matching, entry);
    }
}

static void listed_remove(struct matching *matching, struct matching_group *group, uint32_t index)
{
    uint32_t *next = &group->listed;

    while (*next != index + 1) {
        TALLY_ASSERT(*next != 0);
        next = &member_at(matching, *next - 1)->next;
    }
    *next = member_at(matching, index)->next;
}

void matching_remove(struct matching *matching, uint32_t index)
{
    TALLY_ASSERT(matching_contains(matching, index));
    uint32_t place = member_at(matching, index)->group - 1;
    struct matching_group *group = &matching->groups[place];
    TALLY_ASSERT(group->count > 0);
    if (group->bucket == 0) {
        listed_remove(matching, group, index);
    } else {
        indexed_remove(matching, index);
    }
    *member_at(matching, index) = (struct matching_member){0};
    group->count--;
    TALLY_ASSERT((group->count == 0) == (group->listed == 0 && group->bucket == 0));
    if (group->count == 0) {
        bool removed = map_remove_value(&matching->group_map, group->hash, place);
        TALLY_ASSERT(removed);
        place_give(&matching->group_places, place);
    }
    alleged_leave(&matching->alleged, index);
    matching->entries_most -= entries_most(terms_of(matching, index));
}
