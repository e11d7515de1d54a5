#include "ledger/state/index.h"

#include <string.h>

#include "ledger/state.h"

uint64_t index_name_hash(uint64_t seed, const struct index_name *name)
{
    return map_hash(seed ^ (uint64_t)name->owner << 32, name->text->text, name->text->size);
}

_Static_assert(sizeof(struct index_pair) == 2 * sizeof(uint32_t), "hashed as it lies in memory");
_Static_assert(sizeof(struct index_limit) == 4 * sizeof(uint32_t), "likewise");
_Static_assert(sizeof(struct index_nonce) == sizeof(uint32_t) + NONCE_SIZE, "likewise");

uint64_t index_pair_hash(uint64_t seed, const struct index_pair *pair)
{
    return map_hash(seed, pair, sizeof(*pair));
}

uint64_t index_limit_hash(uint64_t seed, const struct index_limit *limit)
{
    return map_hash(seed, limit, sizeof(*limit));
}

uint64_t index_nonce_hash(uint64_t seed, const struct index_nonce *nonce)
{
    return map_hash(seed, nonce, sizeof(*nonce));
}

static bool equal_party(const void *context, uint32_t value, const void *key)
{
    const struct ledger *ledger = context;
    const struct bic *bic = key;
    return bic_equal(&ledger->parties[value].bic, bic);
}

static bool equal_key(const void *context, uint32_t value, const void *key)
{
    const struct ledger *ledger = context;
    const struct public_key *public_key = key;
    return public_key_equal(&ledger->keys[value].public_key, public_key);
}

static bool equal_channel(const void *context, uint32_t value, const void *key)
{
    const struct ledger *ledger = context;
    const struct public_key *channel_key = key;
    return public_key_equal(&ledger->keys[value].channel_key, channel_key);
}

static bool equal_asset(const void *context, uint32_t value, const void *key)
{
    const struct ledger *ledger = context;
    const struct asset_code *code = key;
    return asset_code_equal(&ledger->assets[value].code, code);
}

static bool equal_account(const void *context, uint32_t value, const void *key)
{
    const struct account *account = &((const struct ledger *)context)->accounts[value];
    const struct index_name *name = key;
    return account->party == name->owner && text35_equal(&account->id, name->text);
}

static bool equal_position(const void *context, uint32_t value, const void *key)
{
    const struct position *position = &((const struct ledger *)context)->positions[value];
    const struct index_pair *pair = key;
    return position->account == pair->first && position->asset == pair->second;
}

static bool equal_instruction(const void *context, uint32_t value, const void *key)
{
    const struct instruction *instruction = &((const struct ledger *)context)->instructions[value];
    const struct index_name *name = key;
    return instruction->party == name->owner && text35_equal(&instruction->reference, name->text);
}

static bool equal_nonce(const void *context, uint32_t value, const void *key)
{
    const struct nonce_entry *entry = &((const struct ledger *)context)->nonces[value];
    const struct index_nonce *nonce = key;
    return entry->key == nonce->key &&
           memcmp(entry->nonce.bytes, nonce->nonce.bytes, NONCE_SIZE) == 0;
}

static bool equal_reference(const void *context, uint32_t value, const void *key)
{
    const struct reference_entry *entry = &((const struct ledger *)context)->references[value];
    const struct index_name *name = key;
    return entry->party == name->owner && text35_equal(&entry->reference, name->text);
}

static bool equal_draft(const void *context, uint32_t value, const void *key)
{
    const struct draft *draft = &((const struct ledger *)context)->drafts[value];
    const struct index_name *name = key;
    return draft->party == name->owner && text35_equal(&draft->reference, name->text);
}

static bool equal_restriction(const void *context, uint32_t value, const void *key)
{
    const struct restriction *restriction = &((const struct ledger *)context)->restrictions[value];
    const struct index_name *name = key;
    return restriction->party == name->owner && text35_equal(&restriction->reference, name->text);
}

static bool equal_limit(const void *context, uint32_t value, const void *key)
{
    const struct limit *limit = &((const struct ledger *)context)->limit_records[value];
    const struct index_limit *of = key;
    return limit->party == of->party && limit->scope == of->scope &&
           limit->subject == of->subject && limit->asset == of->asset;
}

/*
 * The parties, assets and positions found last, index plus one, by characters of their names or by
 * account and asset. These records stay for good, so one that has the name is the one: no hash is
 * made for most look-ups.
 */
enum {
    MEMORY_BITS = 6,
    MEMORY_POSITION_BITS = 8,
};
struct index_memory {
    uint32_t parties[1 << MEMORY_BITS];
    uint32_t assets[1 << MEMORY_BITS];
    struct index_pair position_of[1 << MEMORY_POSITION_BITS];
    uint32_t positions[1 << MEMORY_POSITION_BITS];
};

static inline uint32_t memory_place(const char *text, size_t size)
{
    uint64_t ends[2];
    memcpy(&ends[0], text, sizeof(ends[0]));
    memcpy(&ends[1], text + size - sizeof(ends[1]), sizeof(ends[1]));
    return (uint32_t)((ends[0] + 3 * ends[1]) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - MEMORY_BITS));
}

uint32_t index_find_party(const struct ledger *ledger, const struct bic *bic)
{
    uint32_t *place = &ledger->index_memory->parties[memory_place(bic->text, BIC_SIZE)];
    if (*place != 0 && bic_equal(&ledger->parties[*place - 1].bic, bic)) {
        return *place - 1;
    }
    uint32_t found =
        map_find_by(&ledger->party_by_bic, map_hash(ledger->map_seed, bic->text, BIC_SIZE),
                    equal_party, ledger, bic);
    *place = found != MAP_NONE ? found + 1 : 0;
    return found;
}

uint64_t index_asset_hash(uint64_t seed, const struct asset_code *code)
{
    return map_hash(seed, code->text, ISIN_SIZE);
}

uint32_t index_find_asset(const struct ledger *ledger, const struct asset_code *code)
{
    uint32_t *place = &ledger->index_memory->assets[memory_place(code->text, ISIN_SIZE)];
    if (*place != 0 && asset_code_equal(&ledger->assets[*place - 1].code, code)) {
        return *place - 1;
    }
    uint32_t found = map_find_by(&ledger->asset_by_code, index_asset_hash(ledger->map_seed, code),
                                 equal_asset, ledger, code);
    *place = found != MAP_NONE ? found + 1 : 0;
    return found;
}

uint32_t index_find_account(const struct ledger *ledger, uint32_t party, const struct text35 *id)
{
    struct index_name name = {party, id};
    return map_find_by(&ledger->account_by_id, index_name_hash(ledger->map_seed, &name),
                       equal_account, ledger, &name);
}

uint32_t index_find_account_from(const struct ledger *ledger, uint32_t party,
                                 const struct text35 *id, uint32_t guess)
{
    const struct index_name name = {party, id};
    return guess != RECORD_NONE && equal_account(ledger, guess, &name)
               ? guess
               : index_find_account(ledger, party, id);
}

uint32_t index_find_position(const struct ledger *ledger, uint32_t account, uint32_t asset)
{
    struct index_pair pair = {account, asset};
    struct index_memory *memory = ledger->index_memory;
    uint32_t place = (account * UINT32_C(0x9e3779b1) + asset * UINT32_C(0x85ebca77)) >>
                     (32 - MEMORY_POSITION_BITS);
    if (memory->positions[place] != 0 && memory->position_of[place].first == account &&
        memory->position_of[place].second == asset) {
        return memory->positions[place] - 1;
    }
    uint32_t found =
        map_find_by(&ledger->position_by_account, index_pair_hash(ledger->map_seed, &pair),
                    equal_position, ledger, &pair);
    if (found != MAP_NONE) {
        memory->position_of[place] = pair;
        memory->positions[place] = found + 1;
    }
    return found;
}

uint32_t index_find_position_from(const struct ledger *ledger, uint32_t account, uint32_t asset,
                                  uint32_t guess)
{
    const struct index_pair pair = {account, asset};
    return guess != RECORD_NONE && equal_position(ledger, guess, &pair)
               ? guess
               : index_find_position(ledger, account, asset);
}

uint32_t index_guess_position(const struct ledger *ledger, uint32_t account, uint32_t asset)
{
    const struct account *record = &ledger->accounts[account];
    return record->first_asset == asset ? record->first_position - 1 : RECORD_NONE;
}

uint32_t index_find_instruction_by(const struct ledger *ledger, uint64_t hash,
                                   const struct index_name *name)
{
    return map_find_by(&ledger->instruction_by_reference, hash, equal_instruction, ledger, name);
}

uint32_t index_find_instruction(const struct ledger *ledger, uint32_t party,
                                const struct text35 *reference)
{
    struct index_name name = {party, reference};
    return index_find_instruction_by(ledger, index_name_hash(ledger->map_seed, &name), &name);
}

/* Where the default account of a party and kind stands. */
static uint32_t *default_place(const struct ledger *ledger, uint32_t party, uint32_t kind)
{
    TALLY_ASSERT(party < ledger->capacity.parties);
    TALLY_ASSERT(kind == ACCOUNT_SECURITIES || kind == ACCOUNT_CASH);
    return &ledger->default_accounts[party * ACCOUNT_KINDS + kind - ACCOUNT_SECURITIES];
}

uint32_t index_find_default_account(const struct ledger *ledger, uint32_t party, uint32_t kind)
{
    uint32_t place = *default_place(ledger, party, kind);
    return place != 0 ? place - 1 : RECORD_NONE;
}

void index_layout(struct ledger *ledger, struct arena *arena)
{
    const struct ledger_capacity *capacity = &ledger->capacity;
    ledger->index_memory = ARENA_TAKE(arena, struct index_memory, 1);
    map_init(&ledger->party_by_bic, capacity->parties, equal_party, ledger, arena);
    map_init(&ledger->key_by_public, capacity->keys, equal_key, ledger, arena);
    map_init(&ledger->key_by_channel, capacity->keys, equal_channel, ledger, arena);
    map_init(&ledger->asset_by_code, capacity->assets, equal_asset, ledger, arena);
    map_init(&ledger->account_by_id, capacity->accounts, equal_account, ledger, arena);
    ledger->default_accounts = ARENA_TAKE(arena, uint32_t, ACCOUNT_KINDS * capacity->parties);
    map_init(&ledger->position_by_account, capacity->positions, equal_position, ledger, arena);
    map_init(&ledger->instruction_by_reference, capacity->instructions, equal_instruction, ledger,
             arena);
    map_init(&ledger->nonce_by_key, capacity->nonces, equal_nonce, ledger, arena);
    map_init(&ledger->reference_by_party, capacity->references, equal_reference, ledger, arena);
    map_init(&ledger->draft_by_reference, capacity->drafts, equal_draft, ledger, arena);
    map_init(&ledger->restriction_by_reference, capacity->restrictions, equal_restriction, ledger,
             arena);
    map_init(&ledger->limit_by_subject, capacity->party_limits, equal_limit, ledger, arena);
}

/* The index of a kind, and the hash and key under which one of its records is entered. */
struct index_slot {
    struct map *map; /* NULL: the kind has no index */
    uint64_t hash;
    const void *key;
    union {
        struct index_name name;
        struct index_pair pair;
        struct index_nonce nonce;
        struct index_limit limit;
    } made; /* where `key` points for made-up keys */
};

static void slot_of_name(struct index_slot *slot, struct map *map, uint64_t seed, uint32_t owner,
                         const struct text35 *text)
{
    slot->map = map;
    slot->made.name = (struct index_name){owner, text};
    slot->key = &slot->made.name;
    slot->hash = index_name_hash(seed, &slot->made.name);
}

static void slot_of_bytes(struct index_slot *slot, struct map *map, uint64_t seed, const void *key,
                          const void *bytes, size_t size)
{
    slot->map = map;
    slot->key = key;
    slot->hash = map_hash(seed, bytes, size);
}

static void slot_of(struct ledger *ledger, enum record_kind kind, uint32_t index,
                    struct index_slot *slot)
{
    uint64_t seed = ledger->map_seed;
    *slot = (struct index_slot){0};
    if (kind == RECORD_PARTY) {
        const struct bic *bic = &ledger->parties[index].bic;
        slot_of_bytes(slot, &ledger->party_by_bic, seed, bic, bic->text, BIC_SIZE);
    } else if (kind == RECORD_KEY) {
        const struct public_key *key = &ledger->keys[index].public_key;
        slot_of_bytes(slot, &ledger->key_by_public, seed, key, key->bytes, sizeof(key->bytes));
    } else if (kind == RECORD_ASSET) {
        const struct asset_code *code = &ledger->assets[index].code;
        slot->map = &ledger->asset_by_code;
        slot->key = code;
        slot->hash = index_asset_hash(seed, code);
    } else if (kind == RECORD_ACCOUNT) {
        const struct account *account = &ledger->accounts[index];
        slot_of_name(slot, &ledger->account_by_id, seed, account->party, &account->id);
    } else if (kind == RECORD_POSITION) {
        slot->map = &ledger->position_by_account;
        slot->made.pair =
            (struct index_pair){ledger->positions[index].account, ledger->positions[index].asset};
        slot->key = &slot->made.pair;
        slot->hash = index_pair_hash(seed, &slot->made.pair);
    } else if (kind == RECORD_INSTRUCTION) {
        const struct instruction *instruction = &ledger->instructions[index];
        slot_of_name(slot, &ledger->instruction_by_reference, seed, instruction->party,
                     &instruction->reference);
    } else if (kind == RECORD_NONCE) {
        slot->map = &ledger->nonce_by_key;
        slot->made.nonce =
            (struct index_nonce){ledger->nonces[index].key, ledger->nonces[index].nonce};
        slot->key = &slot->made.nonce;
        slot->hash = index_nonce_hash(seed, &slot->made.nonce);
    } else if (kind == RECORD_REFERENCE) {
        const struct reference_entry *entry = &ledger->references[index];
        slot_of_name(slot, &ledger->reference_by_party, seed, entry->party, &entry->reference);
    } else if (kind == RECORD_DRAFT) {
        const struct draft *draft = &ledger->drafts[index];
        slot_of_name(slot, &ledger->draft_by_reference, seed, draft->party, &draft->reference);
    } else if (kind == RECORD_RESTRICTION) {
        const struct restriction *restriction = &ledger->restrictions[index];
        slot_of_name(slot, &ledger->restriction_by_reference, seed, restriction->party,
                     &restriction->reference);
    } else if (kind == RECORD_LIMIT) {
        const struct limit *limit = &ledger->limit_records[index];
        slot->map = &ledger->limit_by_subject;
        slot->made.limit =
            (struct index_limit){limit->party, limit->scope, limit->subject, limit->asset};
        slot->key = &slot->made.limit;
        slot->hash = index_limit_hash(seed, &slot->made.limit);
    }
}

static uint64_t channel_hash(const struct ledger *ledger, const struct public_key *channel_key)
{
    return map_hash(ledger->map_seed, channel_key->bytes, sizeof(channel_key->bytes));
}

static bool has_channel_key(const struct ledger *ledger, uint32_t index)
{
    static const struct public_key none = {{0}};
    return !public_key_equal(&ledger->keys[index].channel_key, &none);
}

void index_default_account(struct ledger *ledger, uint32_t account, bool is_default)
{
    const struct account *record = &ledger->accounts[account];
    uint32_t *place = default_place(ledger, record->party, record->kind);
    TALLY_ASSERT(*place == (is_default ? 0 : account + 1));
    *place = is_default ? account + 1 : 0;
}

/* The first position that is opened under an account is named in its record. */
static void position_name(struct ledger *ledger, uint32_t index)
{
    const struct position *position = &ledger->positions[index];
    struct account *account = &ledger->accounts[position->account];
    if (account->first_position == 0) {
        account->first_position = index + 1;
        account->first_asset = position->asset;
    }
}

void index_enter(struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    struct index_slot slot;
    slot_of(ledger, kind, index, &slot);
    if (slot.map != NULL) {
        TALLY_ASSERT(map_find(slot.map, slot.hash, slot.key) == MAP_NONE);
        bool stored = map_insert(slot.map, slot.hash, index);
        TALLY_ASSERT(stored);
    }
    if (kind == RECORD_KEY && has_channel_key(ledger, index)) {
        bool stored = map_insert(&ledger->key_by_channel,
                                 channel_hash(ledger, &ledger->keys[index].channel_key), index);
        TALLY_ASSERT(stored);
    }
    if (kind == RECORD_ACCOUNT && ledger->accounts[index].is_default) {
        index_default_account(ledger, index, true);
    }
    if (kind == RECORD_POSITION) {
        position_name(ledger, index);
    }
}

void index_enter_instruction(struct ledger *ledger, uint32_t index, uint64_t hash)
{
    const struct instruction *instruction = &ledger->instructions[index];
    const struct index_name name = {instruction->party, &instruction->reference};
    bool stored = map_insert_new(&ledger->instruction_by_reference, hash, index, equal_instruction,
                                 ledger, &name);
    TALLY_ASSERT(stored);
}

void index_leave(struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    TALLY_ASSERT(kind != RECORD_KEY && kind != RECORD_ACCOUNT); /* these stay for good */
    struct index_slot slot;
    slot_of(ledger, kind, index, &slot);
    if (slot.map != NULL) {
        TALLY_ASSERT(map_find(slot.map, slot.hash, slot.key) == index);
        bool removed = map_remove(slot.map, slot.hash, slot.key);
        TALLY_ASSERT(removed);
    }
}

bool index_taken(struct ledger *ledger, enum record_kind kind, uint32_t index)
{
    struct index_slot slot;
    slot_of(ledger, kind, index, &slot);
    if (slot.map != NULL && map_find(slot.map, slot.hash, slot.key) != MAP_NONE) {
        return true;
    }
    if (kind == RECORD_KEY && has_channel_key(ledger, index)) {
        const struct public_key *channel_key = &ledger->keys[index].channel_key;
        return map_find(&ledger->key_by_channel, channel_hash(ledger, channel_key), channel_key) !=
               MAP_NONE;
    }
    if (kind == RECORD_ACCOUNT && ledger->accounts[index].is_default) {
        return account_find_default(ledger, ledger->accounts[index].party,
                                    (enum account_kind)ledger->accounts[index].kind) != RECORD_NONE;
    }
    return false;
}
