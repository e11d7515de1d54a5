/*
 * Parties, assets, accounts, credit limits and rules: who may change them, and how. What a change
 * of keys and of policies does is in command_rights.c.
 *
 * Who. The operator may change everything. Beside it, a party's own administering key may add,
 * change and revoke the party's keys, change its approval policy, and open its accounts, up to its
 * share of the room (party.h); an issuer
 * may add the assets it will issue; the issuer of a currency sets credit limits in it.
 */
#include <string.h>

#include "ledger/command/execute.h"
#include "ledger/state.h"
#include "ledger/state/housekeeping.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

static struct refusal invalid(enum detail detail, enum field field)
{
    return refuse(REASON_VALR, detail, field);
}

static bool has_role(const struct ledger *ledger, uint32_t party, uint32_t role)
{
    return (party_view(ledger, party)->roles & role) != 0;
}

static bool record_room(const struct ledger *ledger, enum record_kind kind)
{
    return record_count(ledger, kind) < record_capacity(ledger, kind);
}

struct refusal party_add_check(const struct ledger *ledger, const struct command_party_add *body)
{
    if (bic_absent(&body->bic)) {
        return invalid(DETAIL_MISSING, FIELD_PARTY);
    }
    if (body->name.size == 0) {
        return invalid(DETAIL_MISSING, FIELD_NAME);
    }
    if (body->roles == 0 || (body->roles & ~(uint32_t)PARTY_ROLES_ALL) != 0) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_ROLES);
    }
    if (party_find(ledger, &body->bic) != RECORD_NONE) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_PARTY);
    }
    if (!record_room(ledger, RECORD_PARTY)) {
        return invalid(DETAIL_CAPACITY_FULL, FIELD_PARTY);
    }
    return refusal_none();
}

void party_add_act(struct ledger *ledger, const struct command_party_add *body,
                   const struct nonce_secret *secret)
{
    uint32_t index = record_take(ledger, RECORD_PARTY);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->parties[index] = (struct party){.bic = body->bic,
                                            .name = body->name,
                                            .roles = body->roles,
                                            .status = PARTY_ACTIVE,
                                            .instruction_quota = body->instruction_quota,
                                            .policy = {.amount = INT64_MAX},
                                            .secret = *secret};
    index_enter(ledger, RECORD_PARTY, index);
}

static struct refusal party_change_check(const struct ledger *ledger,
                                         const struct command_context *context,
                                         const struct command_party_change *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    if (party == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_PARTY);
    }
    if (body->roles == 0 || (body->roles & ~(uint32_t)PARTY_ROLES_ALL) != 0) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_ROLES);
    }
    if (body->status < PARTY_ACTIVE || body->status > PARTY_BLOCKED) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_STATUS);
    }
    bool stays = (body->roles & PARTY_OPERATOR) != 0 && body->status == PARTY_ACTIVE;
    if (party == context->party && !stays) {
        return invalid(DETAIL_SELF, FIELD_PARTY); /* an operator cannot lock itself out */
    }
    return refusal_none();
}

static void party_change_act(struct ledger *ledger, const struct command_party_change *body)
{
    uint32_t index = party_find(ledger, &body->bic);
    struct party *party = party_at(ledger, index);
    if (party->status == PARTY_BLOCKED && body->status != PARTY_BLOCKED) {
        housekeeping_wake_begin(ledger);
    }
    party->roles = body->roles;
    party->status = body->status;
    party->instruction_quota = body->instruction_quota;
    record_touch(ledger, RECORD_PARTY, index);
}

static struct refusal asset_code_check(const struct command_asset_add *body)
{
    bool currency = body->kind == ASSET_CURRENCY;
    if (body->kind < ASSET_SECURITY_UNIT || body->kind > ASSET_CURRENCY) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_KIND);
    }
    if (body->code.size != (currency ? CURRENCY_SIZE : ISIN_SIZE)) {
        return refuse(currency ? REASON_NCRR : REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    }
    if (body->name.size == 0) {
        return invalid(DETAIL_MISSING, FIELD_NAME);
    }
    if (body->decimals > ASSET_DECIMALS_MAX) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_DECIMALS);
    }
    if (body->settlement_unit_min < 1) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_SETTLEMENT_UNIT_MIN);
    }
    if (body->settlement_unit_multiple < 1) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_SETTLEMENT_UNIT_MULTIPLE);
    }
    return refusal_none();
}

struct refusal asset_add_check(const struct ledger *ledger, const struct command_asset_add *body)
{
    struct refusal refusal = asset_code_check(body);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    bool currency = body->kind == ASSET_CURRENCY;
    uint32_t issuer = party_find(ledger, &body->issuer);
    if (issuer == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_ISSUER);
    }
    if (!has_role(ledger, issuer, currency ? PARTY_SETTLEMENT_BANK : PARTY_REGISTRAR)) {
        return invalid(DETAIL_ROLE_MISSING, FIELD_ISSUER);
    }
    uint32_t account = account_find(ledger, issuer, &body->issuance_account);
    if (account == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_ACCOUNT);
    }
    const struct account *found = account_view(ledger, account);
    if (found->status != ACCOUNT_OPEN ||
        found->kind != (currency ? ACCOUNT_CASH : ACCOUNT_SECURITIES)) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_ACCOUNT);
    }
    if (asset_find(ledger, &body->code) != RECORD_NONE) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_ASSET);
    }
    if (!record_room(ledger, RECORD_ASSET) || !record_room(ledger, RECORD_POSITION)) {
        return invalid(DETAIL_CAPACITY_FULL, FIELD_ASSET);
    }
    return refusal_none();
}

void asset_add_act(struct ledger *ledger, const struct command_asset_add *body,
                   const struct nonce_secret *secret)
{
    uint32_t issuer = party_find(ledger, &body->issuer);
    uint32_t account = account_find(ledger, issuer, &body->issuance_account);
    uint32_t index = record_take(ledger, RECORD_ASSET);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->assets[index] =
        (struct asset){.code = body->code,
                       .name = body->name,
                       .kind = body->kind,
                       .decimals = body->decimals,
                       .status = ASSET_ACTIVE,
                       .settlement_unit_min = body->settlement_unit_min,
                       .settlement_unit_multiple = body->settlement_unit_multiple,
                       .issuer = issuer,
                       .issuance_account = account,
                       .secret = *secret};
    index_enter(ledger, RECORD_ASSET, index);
    uint32_t counterweight = position_open(ledger, account, index);
    TALLY_ASSERT(counterweight != RECORD_NONE);
}

static struct refusal asset_change_check(const struct ledger *ledger,
                                         const struct command_asset_change *body)
{
    if (asset_find(ledger, &body->code) == RECORD_NONE) {
        return refuse(REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    }
    if (body->status != ASSET_ACTIVE && body->status != ASSET_BLOCKED) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_STATUS);
    }
    return refusal_none();
}

static void asset_change_act(struct ledger *ledger, const struct command_asset_change *body)
{
    uint32_t index = asset_find(ledger, &body->code);
    struct asset *asset = asset_at(ledger, index);
    bool unblocked = asset->status == ASSET_BLOCKED && body->status == ASSET_ACTIVE;
    asset->status = body->status;
    record_touch(ledger, RECORD_ASSET, index);
    if (unblocked) {
        housekeeping_wake_begin(ledger);
    }
}

struct refusal account_open_check(const struct ledger *ledger,
                                  const struct command_account_open *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    if (party == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_PARTY);
    }
    if (body->id.size == 0) {
        return invalid(DETAIL_MISSING, FIELD_ACCOUNT);
    }
    if (body->kind != ACCOUNT_SECURITIES && body->kind != ACCOUNT_CASH) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_KIND);
    }
    if (account_find(ledger, party, &body->id) != RECORD_NONE) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_ACCOUNT);
    }
    if (body->is_default &&
        account_find_default(ledger, party, (enum account_kind)body->kind) != RECORD_NONE) {
        return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_STATUS);
    }
    if (!record_room(ledger, RECORD_ACCOUNT)) {
        return invalid(DETAIL_CAPACITY_FULL, FIELD_ACCOUNT);
    }
    return refusal_none();
}

void account_open_act(struct ledger *ledger, const struct command_account_open *body,
                      const struct nonce_secret *secret)
{
    uint32_t index = record_take(ledger, RECORD_ACCOUNT);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->accounts[index] = (struct account){.party = party_find(ledger, &body->bic),
                                               .id = body->id,
                                               .kind = body->kind,
                                               .status = ACCOUNT_OPEN,
                                               .is_default = body->is_default,
                                               .secret = *secret};
    index_enter(ledger, RECORD_ACCOUNT, index);
    uint32_t owner = ledger->accounts[index].party;
    party_at(ledger, owner)->account_count++;
    record_touch(ledger, RECORD_PARTY, owner);
}

static struct refusal account_change_check(const struct ledger *ledger,
                                           const struct command_account_change *body)
{
    uint32_t party = party_find(ledger, &body->bic);
    uint32_t index = party == RECORD_NONE ? RECORD_NONE : account_find(ledger, party, &body->id);
    if (index == RECORD_NONE) {
        return invalid(DETAIL_UNKNOWN, FIELD_ACCOUNT);
    }
    const struct account *account = account_view(ledger, index);
    if (account->status == ACCOUNT_CLOSED) {
        return invalid(DETAIL_CLOSED, FIELD_ACCOUNT);
    }
    if (body->status < ACCOUNT_OPEN || body->status > ACCOUNT_CLOSED ||
        (body->status == ACCOUNT_CLOSED && body->is_default)) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_STATUS);
    }
    if (body->status == ACCOUNT_CLOSED && account->held_count > 0) {
        return invalid(DETAIL_NOT_EMPTY, FIELD_ACCOUNT);
    }
    return refusal_none();
}

static void account_default_set(struct ledger *ledger, uint32_t index, bool is_default)
{
    struct account *account = account_at(ledger, index);
    if (account->is_default != is_default) {
        index_default_account(ledger, index, is_default);
        account->is_default = is_default;
        record_touch(ledger, RECORD_ACCOUNT, index);
    }
}

static void account_change_act(struct ledger *ledger, const struct command_account_change *body)
{
    uint32_t index = account_find(ledger, party_find(ledger, &body->bic), &body->id);
    struct account *account = account_at(ledger, index);
    uint32_t other = account_find_default(ledger, account->party, (enum account_kind)account->kind);
    if (body->is_default && other != RECORD_NONE && other != index) {
        account_default_set(ledger, other, false);
    }
    account_default_set(
        ledger, index, body->status != ACCOUNT_CLOSED && (body->is_default || account->is_default));
    bool unblocked = account->status == ACCOUNT_BLOCKED && body->status == ACCOUNT_OPEN;
    account->status = body->status;
    record_touch(ledger, RECORD_ACCOUNT, index);
    if (unblocked) {
        housekeeping_wake_begin(ledger);
    }
}

/* The account and currency of a credit limit, by index. */
struct limit_target {
    uint32_t account;
    uint32_t currency;
};

static struct limit_target limit_target_find(const struct ledger *ledger,
                                             const struct command_credit_limit *body)
{
    struct limit_target target = {RECORD_NONE, asset_find(ledger, &body->currency)};
    uint32_t party = party_find(ledger, &body->bic);
    if (party != RECORD_NONE) {
        target.account = account_find(ledger, party, &body->account);
    }
    return target;
}

static struct refusal credit_limit_check(const struct ledger *ledger,
                                         const struct command_credit_limit *body)
{
    struct limit_target target = limit_target_find(ledger, body);
    if (target.account == RECORD_NONE ||
        account_view(ledger, target.account)->kind != ACCOUNT_CASH) {
        return refuse(REASON_CASH, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    }
    if (target.currency == RECORD_NONE || !asset_is_currency(asset_view(ledger, target.currency))) {
        return refuse(REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY);
    }
    if (body->limit < 0) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_CREDIT_LIMIT);
    }
    uint32_t position = position_find(ledger, target.account, target.currency);
    if (position == RECORD_NONE) {
        return record_room(ledger, RECORD_POSITION) ? refusal_none()
                                                    : invalid(DETAIL_CAPACITY_FULL, FIELD_ACCOUNT);
    }
    if (position_is_counterweight(ledger, position)) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_ACCOUNT);
    }
    int64_t available = position_view(ledger, position)->balance[POSITION_AVAILABLE];
    if (available < -body->limit) {
        return refuse(REASON_INVB, DETAIL_LACK, FIELD_CREDIT_LIMIT); /* credit in use (I2) */
    }
    return refusal_none();
}

static void credit_limit_act(struct ledger *ledger, const struct command_credit_limit *body)
{
    struct limit_target target = limit_target_find(ledger, body);
    uint32_t index = position_open(ledger, target.account, target.currency);
    TALLY_ASSERT(index != RECORD_NONE);
    struct position *position = position_at(ledger, index);
    bool raised = body->limit > position->credit_limit;
    position->credit_limit = body->limit;
    record_touch(ledger, RECORD_POSITION, index);
    if (raised) {
        waiting_wake(ledger, index);
    }
}

/* Rule sets are added, one per effective date, never before the settlement day. */
static struct refusal rule_set_add_check(const struct ledger *ledger, const struct rule_set *rules)
{
    if (!rule_set_valid(rules)) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_RULE);
    }
    if (rules->effective_date <= ledger->scalars->business_date) {
        return invalid(DETAIL_TOO_OLD, FIELD_DATE);
    }
    for (uint32_t i = record_next(ledger, RECORD_RULE_SET, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RULE_SET, i + 1)) {
        if (ledger->rule_sets[i].effective_date == rules->effective_date) {
            return invalid(DETAIL_EXISTS_DIFFERENTLY, FIELD_DATE);
        }
    }
    if (!record_room(ledger, RECORD_RULE_SET)) {
        return invalid(DETAIL_CAPACITY_FULL, FIELD_RULE);
    }
    return refusal_none();
}

static void rule_set_add_act(struct ledger *ledger, const struct rule_set *rules,
                             const struct nonce_secret *secret)
{
    uint32_t index = record_take(ledger, RECORD_RULE_SET);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->rule_sets[index] = *rules;
    ledger->rule_sets[index].secret = *secret;
}

static bool owns_key(const struct ledger *ledger, uint32_t party,
                     const struct public_key *public_key)
{
    uint32_t key = key_find(ledger, public_key);
    return key != RECORD_NONE && key_view(ledger, key)->party == party;
}

/* May the asking party do this for the party, asset or currency it names, without being operator?
 */
static bool self_service(const struct ledger *ledger, const struct command_context *context,
                         const struct command *command)
{
    const struct bic *own = &party_view(ledger, context->party)->bic;
    switch ((enum command_kind)command->kind) {
    case COMMAND_KEY_ADD:
        return bic_equal(own, &command->key_add.bic);
    case COMMAND_KEY_REVOKE:
        return owns_key(ledger, context->party, &command->key_revoke.public_key);
    case COMMAND_KEY_CHANGE:
        return owns_key(ledger, context->party, &command->key_change.public_key);
    case COMMAND_APPROVAL_POLICY:
        return bic_equal(own, &command->approval_policy.bic);
    case COMMAND_ASSET_ADD:
        return bic_equal(own, &command->asset_add.issuer);
    case COMMAND_ACCOUNT_OPEN:
        return bic_equal(own, &command->account_open.bic);
    case COMMAND_CREDIT_LIMIT: {
        uint32_t currency = asset_find(ledger, &command->credit_limit.currency);
        return currency != RECORD_NONE && asset_view(ledger, currency)->issuer == context->party;
    }
    default:
        return false;
    }
}

/* What a party does for itself must leave room for the others. */
static struct refusal self_service_check(const struct ledger *ledger,
                                         const struct command_context *context,
                                         const struct command *command)
{
    const struct party *party = party_view(ledger, context->party);
    if (!self_service(ledger, context, command)) {
        return invalid(DETAIL_ROLE_MISSING, FIELD_PARTY);
    }
    if (command->kind == COMMAND_KEY_ADD &&
        !party_share_allows(ledger, RECORD_KEY, party->key_count, 1)) {
        return invalid(DETAIL_QUOTA_FULL, FIELD_KEY);
    }
    if (command->kind == COMMAND_ACCOUNT_OPEN &&
        !party_share_allows(ledger, RECORD_ACCOUNT, party->account_count, 1)) {
        return invalid(DETAIL_QUOTA_FULL, FIELD_ACCOUNT);
    }
    return refusal_none();
}

struct refusal reference_data_check(const struct ledger *ledger,
                                    const struct command_context *context,
                                    const struct command *command)
{
    if (!has_role(ledger, context->party, PARTY_OPERATOR)) {
        struct refusal refusal = self_service_check(ledger, context, command);
        if (!refusal_is_none(refusal)) {
            return refusal;
        }
    }
    switch ((enum command_kind)command->kind) {
    case COMMAND_PARTY_ADD:
        return party_add_check(ledger, &command->party_add);
    case COMMAND_PARTY_CHANGE:
        return party_change_check(ledger, context, &command->party_change);
    case COMMAND_KEY_ADD:
        return key_add_check(ledger, &command->key_add);
    case COMMAND_KEY_REVOKE:
        return key_revoke_check(ledger, context, &command->key_revoke);
    case COMMAND_KEY_CHANGE:
        return key_change_check(ledger, context, &command->key_change);
    case COMMAND_APPROVAL_POLICY:
        return approval_policy_check(ledger, &command->approval_policy);
    case COMMAND_ASSET_ADD:
        return asset_add_check(ledger, &command->asset_add);
    case COMMAND_ASSET_CHANGE:
        return asset_change_check(ledger, &command->asset_change);
    case COMMAND_ACCOUNT_OPEN:
        return account_open_check(ledger, &command->account_open);
    case COMMAND_ACCOUNT_CHANGE:
        return account_change_check(ledger, &command->account_change);
    case COMMAND_CREDIT_LIMIT:
        return credit_limit_check(ledger, &command->credit_limit);
    case COMMAND_RULE_SET:
        return rule_set_add_check(ledger, &command->rule_set);
    default:
        TALLY_ASSERT(false);
        return invalid(DETAIL_MALFORMED, FIELD_COMMAND);
    }
}

void reference_data_act(struct ledger *ledger, const struct command_context *context,
                        const struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_PARTY_ADD:
        party_add_act(ledger, &command->party_add, &context->secret);
        return;
    case COMMAND_PARTY_CHANGE:
        party_change_act(ledger, &command->party_change);
        return;
    case COMMAND_KEY_ADD:
        key_add_act(ledger, &command->key_add, &context->secret);
        return;
    case COMMAND_KEY_REVOKE:
        key_revoke_act(ledger, &command->key_revoke);
        return;
    case COMMAND_KEY_CHANGE:
        key_change_act(ledger, &command->key_change);
        return;
    case COMMAND_APPROVAL_POLICY:
        approval_policy_act(ledger, &command->approval_policy);
        return;
    case COMMAND_ASSET_ADD:
        asset_add_act(ledger, &command->asset_add, &context->secret);
        return;
    case COMMAND_ASSET_CHANGE:
        asset_change_act(ledger, &command->asset_change);
        return;
    case COMMAND_ACCOUNT_OPEN:
        account_open_act(ledger, &command->account_open, &context->secret);
        return;
    case COMMAND_ACCOUNT_CHANGE:
        account_change_act(ledger, &command->account_change);
        return;
    case COMMAND_CREDIT_LIMIT:
        credit_limit_act(ledger, &command->credit_limit);
        return;
    case COMMAND_RULE_SET:
        rule_set_add_act(ledger, &command->rule_set, &context->secret);
        return;
    default:
        TALLY_ASSERT(false);
    }
}
