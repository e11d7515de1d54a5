#include "ledger/command/four_eyes.h"

#include "base/mutant.h"
#include "ledger/command/execute.h"
#include "ledger/state.h"

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t instruct_value(const struct command_instruct *instruct)
{
    return larger(instruct->quantity, instruct->payment == PAYMENT_APMT ? instruct->amount : 0);
}

/* What the released instruction still has to settle. */
static int64_t release_value(const struct ledger *ledger, const struct command_target *target)
{
    uint32_t party = party_find(ledger, &target->party);
    uint32_t index =
        party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &target->reference);
    if (index == RECORD_NONE) {
        return 0;
    }
    const struct instruction *instruction = instruction_view(ledger, index);
    bool paid = instruction->terms.payment == PAYMENT_APMT;
    return larger(instruction_quantity_left(instruction), paid ? instruction->terms.amount : 0);
}

int64_t command_value(const struct ledger *ledger, const struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        return command->issuance.quantity;
    case COMMAND_RESTRICTION_SET:
        return command->restriction_set.quantity;
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
        return command->restriction_change.quantity;
    case COMMAND_INSTRUCT:
        return instruct_value(&command->instruct);
    case COMMAND_INSTRUCT_MATCHED:
        return instruct_value(&command->instruct_matched.deliver);
    case COMMAND_TRANSFORM:
        return larger(command->transform.quantity, command->transform.amount);
    case COMMAND_ATTORNEY_GRANT:
        return INT64_MAX; /* whoever has it may move everything */
    case COMMAND_ALLEGEMENT_ACCEPT:
        return larger(command->allegement_accept.quantity, command->allegement_accept.amount);
    case COMMAND_RELEASE:
        return release_value(ledger, &command->target);
    case COMMAND_PARTIAL_RELEASE:
        return command->partial_release.quantity;
    case COMMAND_KEY_ADD:
        return command->key_add.amount_limit;
    case COMMAND_KEY_CHANGE:
        return command->key_change.amount_limit;
    case COMMAND_CREDIT_LIMIT:
        return command->credit_limit.limit;
    case COMMAND_LIMIT_SET:
        return command->limit_set.amount;
    default:
        return 0;
    }
}

/* The same of a command of which it is known what it moves. */
static int64_t day_value(const struct command *command, int64_t value)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_RELEASE:
    case COMMAND_PARTIAL_RELEASE:
        return 0;
    case COMMAND_KEY_ADD:
        return command->key_add.day_limit;
    case COMMAND_KEY_CHANGE:
        return command->key_change.day_limit;
    default:
        return value;
    }
}

int64_t command_day_value(const struct ledger *ledger, const struct command *command)
{
    return day_value(command, command_value(ledger, command));
}

/* Has the party, or had it ever, somebody who can approve and is not this person? */
static bool has_other_approver(const struct party *party, const struct text35 *person)
{
    bool one = party->approver.size > 0;
    /* Somebody without a name must ask the one who has one. */
    return party->approvers_many ||
           (one && (person->size == 0 || !person_same(&party->approver, person)));
}

static bool key_approves(const struct ledger *ledger, const struct public_key *public_key)
{
    uint32_t key = key_find(ledger, public_key);
    return key != RECORD_NONE && (key_view(ledger, key)->rights & KEY_APPROVE) != 0;
}

/* Does it name a person, make or unmake somebody who approves, or an operator? */
static bool touches_persons(const struct ledger *ledger, const struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_KEY_ADD:
        return command->key_add.person.size > 0 || (command->key_add.rights & KEY_APPROVE) != 0;
    case COMMAND_KEY_REVOKE:
        return key_approves(ledger, &command->key_revoke.public_key);
    case COMMAND_KEY_CHANGE:
        return command->key_change.person.size > 0 ||
               (command->key_change.rights & KEY_APPROVE) != 0 ||
               key_approves(ledger, &command->key_change.public_key);
    case COMMAND_PARTY_ADD:
        return (command->party_add.roles & PARTY_OPERATOR) != 0;
    case COMMAND_PARTY_CHANGE: {
        uint32_t party = party_find(ledger, &command->party_change.bic);
        bool was = party != RECORD_NONE && (party_view(ledger, party)->roles & PARTY_OPERATOR) != 0;
        return was || (command->party_change.roles & PARTY_OPERATOR) != 0;
    }
    default:
        return false;
    }
}

static bool scope_exceeds(const struct key *giver, const struct key_scope *given)
{
    bool kinds =
        !command_set_empty(&giver->kinds) &&
        (command_set_empty(&given->kinds) || !command_set_within(&given->kinds, &giver->kinds));
    bool assets = giver->asset_kinds != 0 &&
                  (given->asset_kinds == 0 || (given->asset_kinds & ~giver->asset_kinds) != 0);
    return kinds || assets;
}

/* A confined key would get out of its confines through a key of its own making. */
static bool hands_out_more(const struct key *giver, const struct command *command)
{
    if (command->kind == COMMAND_KEY_ADD) {
        return scope_exceeds(giver, &command->key_add.scope);
    }
    return command->kind == COMMAND_KEY_CHANGE && scope_exceeds(giver, &command->key_change.scope);
}

/* Whatever a policy says. */
static bool always_two_persons(uint8_t kind)
{
    return kind == COMMAND_APPROVAL_POLICY || kind == COMMAND_DAY_REVISE;
}

static struct refusal cause(enum detail detail, enum field field)
{
    return refuse(REASON_NONE, detail, field);
}

struct refusal four_eyes_cause(const struct ledger *ledger, const struct command_context *context,
                               const struct command *command, int64_t *day)
{
    const struct key *key = key_view(ledger, context->key);
    const struct party *party = party_view(ledger, context->party);
    const struct approval_policy *consortium = &rule_set_in_force(ledger)->approval;
    bool instructs = command->kind == COMMAND_INSTRUCT; /* most do */
    int64_t value = instructs ? instruct_value(&command->instruct) : command_value(ledger, command);

    *day = instructs ? value : day_value(command, value);
    if (command->kind == COMMAND_APPROVE || command->kind == COMMAND_DRAFT_REJECT) {
        return cause(DETAIL_NONE, FIELD_NONE); /* they are the second pair of eyes */
    }
    bool demanded = always_two_persons(command->kind) ||
                    approval_policy_demands(consortium, command->kind, value) ||
                    approval_policy_demands(&party->policy, command->kind, value);
    if (demanded && !MUTANT(POLICY_IGNORED)) {
        return cause(DETAIL_POLICY, FIELD_POLICY);
    }
    if (!instructs &&
        ((touches_persons(ledger, command) && has_other_approver(party, &key->person)) ||
         hands_out_more(key, command))) {
        return cause(DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    }
    if (value > key->amount_limit && !MUTANT(LIMIT_UNCHECKED)) {
        return cause(DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    }
    if (key_day_exceeded(key, ledger_date(ledger), *day)) {
        return cause(DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    }
    return cause(DETAIL_NONE, FIELD_NONE);
}
