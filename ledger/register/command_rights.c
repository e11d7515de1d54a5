/*
 * Keys and approval policies: what a change of rights needs, and does.
 *
 * Checks of a key, in this order: its party and its bytes, rights, amounts, dates, scope, room. The
 * key that signs is neither changed nor revoked: somebody else must, so that nobody locks up or
 * frees himself. Whether the change needs two persons, four_eyes.h says.
 */
#include "ledger/command/execute.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

static struct refusal invalid(enum detail detail, enum field field)
{
    return refuse(REASON_VALR, detail, field);
}

static bool is_zero_key(const struct public_key *key)
{
    static const struct public_key zero = {{0}};
    return public_key_equal(key, &zero);
}

static struct refusal rights_field_check(const struct ledger *ledger, uint32_t party,
                                         uint32_t rights)
{
    bool reads_all = (rights & KEY_READ_ALL) != 0;
    uint32_t reads = PARTY_AUDITOR | PARTY_OPERATOR;
    if (rights == 0 || (rights & ~(uint32_t)KEY_RIGHTS_ALL) != 0 ||
        (reads_all && (party_view(ledger, party)->roles & reads) == 0)) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_RIGHTS);
    }
    return refusal_none();
}

static struct refusal scope_check(const struct ledger *ledger, uint32_t party,
                                  const struct key_scope *scope)
{
    if (!command_set_known(&scope->kinds)) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_KINDS);
    }
    if (scope->asset_kinds > KEY_ASSET_KINDS_ALL) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_ASSET_KINDS);
    }
    for (uint8_t i = 0; i < scope->account_count; i++) {
        if (account_find(ledger, party, &scope->accounts[i]) == RECORD_NONE) {
            return invalid(DETAIL_UNKNOWN, FIELD_ACCOUNTS);
        }
    }
    return refusal_none();
}

/* The limits and dates that both commands have. */
static struct refusal bounds_check(int64_t amount_limit, int64_t day_limit, uint64_t valid_from_ms,
                                   uint64_t valid_until_ms)
{
    if (amount_limit < 0) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_AMOUNT_LIMIT);
    }
    if (day_limit < 0) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_DAY_LIMIT);
    }
    return valid_from_ms > valid_until_ms ? invalid(DETAIL_OUT_OF_RANGE, FIELD_VALID_FROM)
                                          : refusal_none();
}

struct refusal key_add_check(const struct ledger *ledger, const struct command_key_add *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    if (party == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_PARTY);
    }
    if (is_zero_key(&body->public_key)) {
        return invalid(DETAIL_MISSING, FIELD_KEY);
    }
    if (key_find(ledger, &body->public_key) != RECORD_NONE) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_KEY);
    }
    if (!is_zero_key(&body->channel_key) &&
        key_find_channel(ledger, &body->channel_key) != RECORD_NONE) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_CHANNEL_KEY);
    }
    struct refusal refusal = rights_field_check(ledger, party, body->rights);
    if (refusal_is_none(refusal)) {
        refusal = bounds_check(body->amount_limit, body->day_limit, body->valid_from_ms,
                               body->valid_until_ms);
    }
    if (refusal_is_none(refusal)) {
        refusal = scope_check(ledger, party, &body->scope);
    }
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    return record_count(ledger, RECORD_KEY) < record_capacity(ledger, RECORD_KEY)
               ? refusal_none()
               : invalid(DETAIL_CAPACITY_FULL, FIELD_KEY);
}

static void scope_set(struct ledger *ledger, struct key *key, const struct key_scope *scope)
{
    key->kinds = scope->kinds;
    key->asset_kinds = scope->asset_kinds;
    key->account_count = scope->account_count;
    for (uint32_t i = 0; i < KEY_ACCOUNT_MAX; i++) {
        key->accounts[i] =
            i < scope->account_count ? account_find(ledger, key->party, &scope->accounts[i]) : 0;
    }
}

/* Remembers for good who could approve, as far as four_eyes.h asks. */
static void approver_note(struct ledger *ledger, const struct key *key)
{
    struct party *party = party_at(ledger, key->party);
    if ((key->rights & KEY_APPROVE) == 0 || key->person.size == 0) {
        return;
    }
    if (party->approver.size == 0) {
        party->approver = key->person;
    } else if (!person_same(&party->approver, &key->person)) {
        party->approvers_many = true;
    }
    record_touch(ledger, RECORD_PARTY, key->party);
}

void key_add_act(struct ledger *ledger, const struct command_key_add *body,
                 const struct nonce_secret *secret)
{
    uint32_t index = record_take(ledger, RECORD_KEY);
    TALLY_ASSERT(index != RECORD_NONE);
    struct key *key = &ledger->keys[index];
    *key = (struct key){.public_key = body->public_key,
                        .channel_key = body->channel_key,
                        .party = party_find(ledger, &body->bic),
                        .person = body->person,
                        .rights = body->rights,
                        .status = KEY_ACTIVE,
                        .amount_limit = body->amount_limit,
                        .day_limit = body->day_limit,
                        .valid_from_ms = body->valid_from_ms,
                        .valid_until_ms = body->valid_until_ms,
                        .secret = *secret};
    scope_set(ledger, key, &body->scope);
    index_enter(ledger, RECORD_KEY, index);
    party_at(ledger, key->party)->key_count++;
    record_touch(ledger, RECORD_PARTY, key->party);
    approver_note(ledger, key);
}

struct refusal key_change_check(const struct ledger *ledger, const struct command_context *context,
                                const struct command_key_change *body)
{
    uint32_t index = key_find(ledger, &body->public_key);
    if (index == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_KEY);
    }
    const struct key *key = key_view(ledger, index);
    if (index == context->key) {
        return invalid(DETAIL_SAME_KEY, FIELD_KEY);
    }
    if (key->status != KEY_ACTIVE) {
        return invalid(DETAIL_CLOSED, FIELD_KEY);
    }
    if (body->person.size > 0 && key->person.size > 0 &&
        !text35_equal(&body->person, &key->person)) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_PERSON);
    }
    struct refusal refusal = rights_field_check(ledger, key->party, body->rights);
    if (refusal_is_none(refusal)) {
        refusal = bounds_check(body->amount_limit, body->day_limit, body->valid_from_ms,
                               body->valid_until_ms);
    }
    return refusal_is_none(refusal) ? scope_check(ledger, key->party, &body->scope) : refusal;
}

void key_change_act(struct ledger *ledger, const struct command_key_change *body)
{
    uint32_t index = key_find(ledger, &body->public_key);
    struct key *key = key_at(ledger, index);
    key->rights = body->rights;
    key->amount_limit = body->amount_limit;
    key->day_limit = body->day_limit;
    key->valid_from_ms = body->valid_from_ms;
    key->valid_until_ms = body->valid_until_ms;
    if (body->person.size > 0) {
        key->person = body->person;
    }
    scope_set(ledger, key, &body->scope);
    approver_note(ledger, key);
    record_touch(ledger, RECORD_KEY, index);
}

struct refusal key_revoke_check(const struct ledger *ledger, const struct command_context *context,
                                const struct command_key_revoke *body)
{
    uint32_t key = key_find(ledger, &body->public_key);
    if (key == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_KEY);
    }
    if (key == context->key) {
        return invalid(DETAIL_SAME_KEY, FIELD_KEY);
    }
    if (key_view(ledger, key)->status != KEY_ACTIVE) {
        return invalid(DETAIL_CLOSED, FIELD_KEY);
    }
    return refusal_none();
}

void key_revoke_act(struct ledger *ledger, const struct command_key_revoke *body)
{
    uint32_t index = key_find(ledger, &body->public_key);
    key_at(ledger, index)->status = KEY_REVOKED;
    record_touch(ledger, RECORD_KEY, index);
}

struct refusal approval_policy_check(const struct ledger *ledger,
                                     const struct command_approval_policy *body)
{
    if (party_find(ledger, &body->bic) == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_PARTY);
    }
    if (body->policy.amount < 0) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_AMOUNT);
    }
    return approval_policy_valid(&body->policy) ? refusal_none()
                                                : invalid(DETAIL_NOT_ALLOWED, FIELD_KINDS);
}

void approval_policy_act(struct ledger *ledger, const struct command_approval_policy *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    party_at(ledger, party)->policy = body->policy;
    record_touch(ledger, RECORD_PARTY, party);
}
