/*
 * The genesis: is it usable, and the state it makes. Executed with the same checks and acts as the
 * commands that change reference data later.
 */
#include <string.h>

#include "ledger/command/execute.h"
#include "ledger/day/day.h"
#include "ledger/genesis.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

enum {
    CAPACITY_MAX = (1 << 28) - 1
};
/* Two places of each instruction stand in one set (component.c). */
_Static_assert(2u * CAPACITY_MAX <= ORDERED_CAPACITY_MAX, "an ordered set has room for all");

const char *genesis_check_text(enum genesis_check check)
{
    switch (check) {
#define X(name, number, text) \
    case GENESIS_##name:      \
        return text;
        GENESIS_CHECKS(X)
#undef X
    }
    return "";
}

void ledger_capacity_default(struct ledger_capacity *capacity)
{
    *capacity = (struct ledger_capacity){
        .rule_sets = 16,
        .parties = 4096,
        .keys = 16384,
        .assets = 4096,
        .accounts = 65536,
        .positions = 131072,
        .instructions = 300000,
        .matching_entries = 1200000,
        .instruction_ties = 225000,
        .instruction_particulars = 300000,
        .nonces = 262144,
        .references = 131072,
        .drafts = 4096,
        .restrictions = 16384,
        .party_limits = 16384,
        .restriction_types = 64,
        .block_receipts = 65536,
        .block_events = 131072,
    };
}

void ledger_capacity_demo(struct ledger_capacity *capacity)
{
    *capacity = (struct ledger_capacity){
        .rule_sets = 8,
        .parties = 128,
        .keys = 512,
        .assets = 256,
        .accounts = 1024,
        .positions = 4096,
        .instructions = 20000,
        .matching_entries = 80000,
        .instruction_ties = 5000,
        .instruction_particulars = 10000,
        .nonces = 8192,
        .references = 8192,
        .drafts = 256,
        .restrictions = 1024,
        .party_limits = 1024,
        .restriction_types = 32,
        .block_receipts = 16384,
        .block_events = 32768,
    };
}

void ledger_limits_default(struct ledger_limits *limits)
{
    *limits = (struct ledger_limits){
        .validity_ahead_ms = 3600000,
        .nonces_per_key = 4096,
        .instructions_per_party = 100000,
        .references_per_party = 65536,
        .drafts_per_party = 1024,
        .draft_days = 5,
        .renewal_blocks_max = 16,
        .renewal_records_max = 1024,
    };
}

bool genesis_capacity_valid(const struct ledger_capacity *capacity)
{
    const uint32_t counts[] = {capacity->rule_sets,
                               capacity->parties,
                               capacity->keys,
                               capacity->assets,
                               capacity->accounts,
                               capacity->positions,
                               capacity->nonces,
                               capacity->instructions,
                               capacity->matching_entries,
                               capacity->drafts,
                               capacity->references,
                               capacity->block_receipts,
                               capacity->block_events,
                               capacity->restrictions,
                               capacity->party_limits,
                               capacity->restriction_types,
                               capacity->instruction_ties,
                               capacity->instruction_particulars};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i] == 0 || counts[i] > CAPACITY_MAX) {
            return false;
        }
    }
    /* Any envelope must fit into an empty block, and every instruction into the matching index. */
    return capacity->block_receipts >= ENVELOPE_COMMAND_COUNT_MAX &&
           capacity->block_events >= GENESIS_BLOCK_EVENTS_MIN &&
           capacity->matching_entries >= capacity->instructions;
}

static bool limits_valid(const struct ledger_limits *limits)
{
    return limits->validity_ahead_ms > 0 && limits->validity_ahead_ms <= UINT32_MAX &&
           limits->nonces_per_key > 0 && limits->instructions_per_party > 0 &&
           limits->references_per_party > 0 && limits->drafts_per_party > 0 &&
           limits->draft_days > 0 && limits->draft_days <= 366 && limits->renewal_blocks_max > 0 &&
           limits->renewal_records_max > 0;
}

/* The first seconds of 1970 and what lies beyond the calendar's end are no time for a ledger. */
static bool time_valid(uint64_t time_ms)
{
    return time_ms >= DATE_DAY_MS && time_ms / DATE_DAY_MS < date_to_days(99990101);
}

enum genesis_check genesis_check(const struct ledger_genesis *genesis)
{
    if (!genesis_capacity_valid(&genesis->capacity)) {
        return GENESIS_CAPACITY;
    }
    if (!limits_valid(&genesis->limits) || !time_valid(genesis->time_ms)) {
        return GENESIS_LIMITS;
    }
    return rule_set_valid(&genesis->rules) ? GENESIS_OK : GENESIS_RULES;
}

/* What the genesis makes is public, and so is its salt; each record still has its own. */
static struct nonce_secret genesis_secret(const struct ledger *ledger, enum record_kind kind,
                                          uint32_t index)
{
    uint8_t place[5];
    place[0] = (uint8_t)kind;
    bytes_put_u32(place + 1, index);
    struct hash hash;
    hash_keyed(&hash, HASH_SALT, ledger->chain_id.bytes, HASH_SIZE, place, sizeof(place));
    struct nonce_secret secret;
    memcpy(secret.bytes, hash.bytes, NONCE_SIZE);
    return secret;
}

static void rules_begin(struct ledger *ledger, const struct rule_set *rules)
{
    uint32_t index = record_take(ledger, RECORD_RULE_SET);
    TALLY_ASSERT(index == 0);
    ledger->rule_sets[index] = *rules;
    ledger->rule_sets[index].secret = genesis_secret(ledger, RECORD_RULE_SET, index);
    ledger->rule_set_current = index;
}

static bool parties_begin(struct ledger *ledger, const struct ledger_genesis *genesis)
{
    for (uint32_t i = 0; i < genesis->party_count; i++) {
        struct nonce_secret secret = genesis_secret(ledger, RECORD_PARTY, i);
        if (!refusal_is_none(party_add_check(ledger, &genesis->parties[i]))) {
            return false;
        }
        party_add_act(ledger, &genesis->parties[i], &secret);
    }
    return true;
}

static bool keys_begin(struct ledger *ledger, const struct ledger_genesis *genesis)
{
    for (uint32_t i = 0; i < genesis->key_count; i++) {
        struct nonce_secret secret = genesis_secret(ledger, RECORD_KEY, i);
        if (!refusal_is_none(key_add_check(ledger, &genesis->keys[i]))) {
            return false;
        }
        key_add_act(ledger, &genesis->keys[i], &secret);
    }
    return true;
}

static bool accounts_begin(struct ledger *ledger, const struct ledger_genesis *genesis)
{
    for (uint32_t i = 0; i < genesis->account_count; i++) {
        struct nonce_secret secret = genesis_secret(ledger, RECORD_ACCOUNT, i);
        if (!refusal_is_none(account_open_check(ledger, &genesis->accounts[i]))) {
            return false;
        }
        account_open_act(ledger, &genesis->accounts[i], &secret);
    }
    return true;
}

static bool assets_begin(struct ledger *ledger, const struct ledger_genesis *genesis)
{
    for (uint32_t i = 0; i < genesis->asset_count; i++) {
        struct nonce_secret secret = genesis_secret(ledger, RECORD_ASSET, i);
        if (!refusal_is_none(asset_add_check(ledger, &genesis->assets[i]))) {
            return false;
        }
        asset_add_act(ledger, &genesis->assets[i], &secret);
    }
    return true;
}

/* Without an operator whose key administers, nothing could ever be changed. */
static bool has_operator(const struct ledger *ledger)
{
    for (uint32_t i = record_next(ledger, RECORD_KEY, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_KEY, i + 1)) {
        const struct key *key = key_view(ledger, i);
        if ((key->rights & KEY_ADMINISTER) != 0 &&
            (party_view(ledger, key->party)->roles & PARTY_OPERATOR) != 0) {
            return true;
        }
    }
    return false;
}

enum genesis_check genesis_execute(struct ledger *ledger, const struct ledger_genesis *genesis)
{
    uint32_t scalars = record_take(ledger, RECORD_SCALARS);
    TALLY_ASSERT(scalars == 0);
    ledger->scalars->time_ms = genesis->time_ms;
    leaf_secret_begin(&ledger->scalars->secret, &genesis->chain_id);
    rules_begin(ledger, &genesis->rules);
    day_begin(ledger);
    if (!parties_begin(ledger, genesis)) {
        return GENESIS_PARTY;
    }
    if (!keys_begin(ledger, genesis)) {
        return GENESIS_KEY;
    }
    if (!accounts_begin(ledger, genesis)) {
        return GENESIS_ACCOUNT;
    }
    if (!assets_begin(ledger, genesis)) {
        return GENESIS_ASSET;
    }
    return has_operator(ledger) ? GENESIS_OK : GENESIS_OPERATOR;
}
