#include "ledger/command/rights.h"

#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/state.h"

enum {
    TOUCHED_MAX = 3, /* accounts, and assets, that one command touches */
};

/* What a command touches. `of_accounts` and `of_assets`: is its kind about them at all? */
struct touched {
    bool of_accounts;
    bool of_assets;
    uint32_t account_count;
    uint32_t accounts[TOUCHED_MAX];
    uint32_t asset_count;
    uint32_t assets[TOUCHED_MAX];
};

static uint32_t command_right(uint8_t kind)
{
    static const uint8_t rights[UINT8_MAX + 1] = {
#define X(name, number, text, right) [COMMAND_##name] = (right),
        COMMANDS(X)
#undef X
    };
    TALLY_ASSERT(rights[kind] != 0);
    return rights[kind];
}

static void touch_account(struct touched *touched, uint32_t account)
{
    touched->of_accounts = true;
    if (account != RECORD_NONE) {
        TALLY_ASSERT(touched->account_count < TOUCHED_MAX);
        touched->accounts[touched->account_count++] = account;
    }
}

static void touch_asset(struct touched *touched, uint32_t asset)
{
    touched->of_assets = true;
    if (asset != RECORD_NONE) {
        TALLY_ASSERT(touched->asset_count < TOUCHED_MAX);
        touched->assets[touched->asset_count++] = asset;
    }
}

/* An account named by a command; of interest only if it is the party's own. */
static void touch_named(const struct ledger *ledger, uint32_t party, const struct bic *owner,
                        const struct text35 *id, struct touched *touched)
{
    bool own = party_find(ledger, owner) == party;
    touch_account(touched, own ? account_find(ledger, party, id) : RECORD_NONE);
}

/* An account named by an instruction, or the default one. */
static void touch_own(const struct ledger *ledger, uint32_t party, const struct text35 *id,
                      enum account_kind kind, struct touched *touched)
{
    touch_account(touched, id->size > 0 ? account_find(ledger, party, id)
                                        : account_find_default(ledger, party, kind));
}

static void instruct_touches(const struct ledger *ledger, uint32_t party,
                             const struct command_instruct *body, struct touched *touched)
{
    uint32_t asset = asset_find(ledger, &body->asset);
    bool cash = asset != RECORD_NONE && asset_is_currency(asset_view(ledger, asset));
    touch_asset(touched, asset);
    if (body->quantity != 0) {
        touch_own(ledger, party, &body->account, cash ? ACCOUNT_CASH : ACCOUNT_SECURITIES, touched);
    }
    if (body->payment == PAYMENT_APMT) {
        touch_asset(touched, asset_find(ledger, &body->currency));
        touch_own(ledger, party, &body->cash_account, ACCOUNT_CASH, touched);
    }
    if (body->transaction_type == TRANSACTION_OWNI) {
        touch_account(touched, account_find(ledger, party, &body->receiver_account));
    }
}

/* The operator acts on anybody's instruction: then no account is an own one. */
static void target_touches(const struct ledger *ledger, uint32_t party,
                           const struct command_target *body, struct touched *touched)
{
    uint32_t owner = party_find(ledger, &body->party);
    uint32_t index =
        owner == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, owner, &body->reference);
    touched->of_accounts = true;
    touched->of_assets = true;
    if (index == RECORD_NONE) {
        return;
    }
    const struct instruction_terms *terms = &instruction_view(ledger, index)->terms;
    touch_asset(touched, terms->asset);
    touch_asset(touched, terms->currency);
    if (owner == party) {
        touch_account(touched, terms->account);
        touch_account(touched, terms->cash_account);
    }
}

/*
 * The accounts of an accepted allegement may be those that the counterparty named. A key confined
 * to accounts has to name its own.
 */
static void accept_touches(const struct ledger *ledger, uint32_t party,
                           const struct command_allegement_accept *body, struct touched *touched)
{
    uint32_t other = party_find(ledger, &body->party);
    uint32_t index =
        other == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, other, &body->reference);
    touched->of_assets = true;
    if (index == RECORD_NONE) {
        touched->of_accounts = true;
        return;
    }
    const struct instruction_terms *terms = &instruction_view(ledger, index)->terms;
    touch_asset(touched, terms->asset);
    touch_asset(touched, terms->currency);
    if (terms->quantity > 0) {
        touch_account(touched, account_find(ledger, party, &body->account));
    }
    if (terms->payment == PAYMENT_APMT) {
        touch_account(touched, account_find(ledger, party, &body->cash_account));
    }
    bool named = (terms->quantity == 0 || body->account.size > 0) &&
                 (terms->payment != PAYMENT_APMT || body->cash_account.size > 0);
    touched->of_accounts = named;
}

static void issuance_touches(const struct ledger *ledger, uint32_t party,
                             const struct command_issuance *body, struct touched *touched)
{
    uint32_t asset = asset_find(ledger, &body->asset);
    touch_asset(touched, asset);
    touch_named(ledger, party, &body->bic, &body->account, touched);
    if (asset != RECORD_NONE && asset_view(ledger, asset)->issuer == party) {
        touch_account(touched, asset_view(ledger, asset)->issuance_account);
    }
}

/* A key confined to accounts may change only what stands on one of its party's. */
static void restriction_touches(const struct ledger *ledger, uint32_t party,
                                const struct command_restriction_change *body,
                                struct touched *touched)
{
    uint32_t owner = party_find(ledger, &body->party);
    uint32_t index =
        owner == RECORD_NONE ? RECORD_NONE : restriction_find(ledger, owner, &body->reference);
    if (index == RECORD_NONE) {
        touched->of_accounts = true;
        touched->of_assets = true;
        return;
    }
    const struct position *position =
        position_view(ledger, restriction_view(ledger, index)->position);
    touch_asset(touched, position->asset);
    if (account_view(ledger, position->account)->party == party) {
        touch_account(touched, position->account);
    }
}

static void command_touches(const struct ledger *ledger, uint32_t party,
                            const struct command *command, struct touched *touched)
{
    *touched = (struct touched){0};
    switch ((enum command_kind)command->kind) {
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        issuance_touches(ledger, party, &command->issuance, touched);
        return;
    case COMMAND_RESTRICTION_SET:
        touch_asset(touched, asset_find(ledger, &command->restriction_set.asset));
        touch_named(ledger, party, &command->restriction_set.bic, &command->restriction_set.account,
                    touched);
        return;
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        restriction_touches(ledger, party, &command->restriction_change, touched);
        return;
    case COMMAND_INSTRUCT:
        instruct_touches(ledger, party, &command->instruct, touched);
        return;
    case COMMAND_ALLEGEMENT_ACCEPT:
        accept_touches(ledger, party, &command->allegement_accept, touched);
        return;
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
        target_touches(ledger, party, &command->target, touched);
        return;
    case COMMAND_ACCOUNT_CHANGE:
        touch_named(ledger, party, &command->account_change.bic, &command->account_change.id,
                    touched);
        return;
    case COMMAND_CREDIT_LIMIT:
        touch_asset(touched, asset_find(ledger, &command->credit_limit.currency));
        touch_named(ledger, party, &command->credit_limit.bic, &command->credit_limit.account,
                    touched);
        return;
    case COMMAND_LIMIT_SET:
        touch_asset(touched, asset_find(ledger, &command->limit_set.asset));
        if (command->limit_set.account.size > 0) {
            touch_named(ledger, party, &command->limit_set.bic, &command->limit_set.account,
                        touched);
        }
        return;
    case COMMAND_ASSET_CHANGE:
        touch_asset(touched, asset_find(ledger, &command->asset_change.code));
        return;
    default:
        return; /* about neither */
    }
}

static bool key_lists_account(const struct key *key, uint32_t account)
{
    for (uint8_t i = 0; i < key->account_count; i++) {
        if (key->accounts[i] == account) {
            return true;
        }
    }
    return false;
}

static bool accounts_within(const struct key *key, const struct touched *touched)
{
    for (uint32_t i = 0; i < touched->account_count; i++) {
        if (!key_lists_account(key, touched->accounts[i])) {
            return false;
        }
    }
    return touched->of_accounts;
}

static bool assets_within(const struct ledger *ledger, const struct key *key,
                          const struct touched *touched)
{
    for (uint32_t i = 0; i < touched->asset_count; i++) {
        uint8_t kind = asset_view(ledger, touched->assets[i])->kind;
        if ((key->asset_kinds >> (kind - 1) & 1) == 0) {
            return false;
        }
    }
    return touched->of_assets;
}

/* Approving is asked again with the command that waits. */
static bool is_approval(uint8_t kind)
{
    return kind == COMMAND_APPROVE || kind == COMMAND_DRAFT_REJECT;
}

struct refusal rights_scope_check(const struct ledger *ledger, uint32_t key,
                                  const struct command *command)
{
    const struct key *holder = key_view(ledger, key);
    struct touched touched;
    if (!command_set_empty(&holder->kinds) && !command_set_has(&holder->kinds, command->kind)) {
        return refuse(REASON_VALR, DETAIL_OUTSIDE_SCOPE, FIELD_KINDS);
    }
    bool confined = holder->asset_kinds != 0 || holder->account_count != 0;
    if (!confined || is_approval(command->kind)) {
        return refusal_none();
    }
    command_touches(ledger, holder->party, command, &touched);
    if (holder->asset_kinds != 0 && !assets_within(ledger, holder, &touched)) {
        return refuse(REASON_VALR, DETAIL_OUTSIDE_SCOPE, FIELD_ASSET_KINDS);
    }
    if (holder->account_count != 0 && !accounts_within(holder, &touched)) {
        return refuse(REASON_VALR, DETAIL_OUTSIDE_SCOPE, FIELD_ACCOUNTS);
    }
    return refusal_none();
}

struct refusal rights_check(const struct ledger *ledger, uint32_t key,
                            const struct command *command)
{
    const struct key *holder = key_view(ledger, key);
    uint32_t right = command_right(command->kind);
    if ((holder->rights & right) == 0 && !MUTANT(RIGHT_UNCHECKED)) {
        return refuse(REASON_VALR, DETAIL_RIGHT_MISSING, FIELD_KEY);
    }
    bool confined = !command_set_empty(&holder->kinds) || holder->asset_kinds != 0 ||
                    holder->account_count != 0;
    return confined ? rights_scope_check(ledger, key, command) : refusal_none();
}
