#include "tests/support/ledger/model_rights.h"

#include <string.h>

#include "ledger/register/key.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

static struct model_answer answer(enum outcome outcome, enum reason reason)
{
    return (struct model_answer){outcome, reason};
}

void model_rights_open(struct model_rights *rights, struct model *copy)
{
    memset(rights, 0, sizeof *rights);
    rights->copy = copy;
    for (uint32_t party = 0; party < WORLD_PARTY_COUNT; party++) {
        rights->policies[party].amount = INT64_MAX;
        rights->keys[party][0] = (struct model_key){
            .known = true,
            .rights = KEY_SUBMIT | (party == WORLD_OPERATOR ? (uint32_t)KEY_ADMINISTER : 0),
            .person = '0',
            .amount_limit = INT64_MAX,
            .day_limit = INT64_MAX,
        };
    }
}

void model_rights_block_begin(struct model_rights *rights, uint64_t ts_ms, uint32_t today,
                              uint32_t retention_days)
{
    uint32_t purge = date_add(today, -(int32_t)retention_days);
    rights->now_ms = ts_ms;
    if (purge > rights->forgotten_before) {
        rights->forgotten_before = purge;
    }
}

static bool lapsed(const struct model_rights *rights, const struct model_draft *draft)
{
    return rights->now_ms > draft->made_ms + (uint64_t)rights->draft_days * 86400000;
}

void model_rights_block_end(struct model_rights *rights)
{
    for (uint32_t i = 0; i < rights->draft_count; i++) {
        struct model_draft *draft = &rights->drafts[i];
        if (lapsed(rights, draft)) {
            draft->waits = false;
        }
    }
}

static uint32_t right_for(uint8_t kind)
{
#define X(name, number, text, right) \
    if (kind == (number)) {          \
        return right;                \
    }
    COMMANDS(X)
#undef X
    return 0;
}

static int64_t amount_of(const struct command_instruct *terms, int64_t settled_quantity)
{
    int64_t quantity = terms->quantity - settled_quantity;
    bool paid = terms->payment == PAYMENT_APMT;
    return paid && terms->amount > quantity ? terms->amount : quantity;
}

static int64_t value_of(const struct model *model, const struct command *command)
{
    switch (command->kind) {
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
        return amount_of(&command->instruct, 0);
    case COMMAND_PARTIAL_RELEASE:
        return command->partial_release.quantity;
    case COMMAND_INSTRUCT_MATCHED:
        return amount_of(&command->instruct_matched.deliver, 0);
    case COMMAND_TRANSFORM:
        return command->transform.amount > command->transform.quantity
                   ? command->transform.amount
                   : command->transform.quantity;
    case COMMAND_ATTORNEY_GRANT:
        return INT64_MAX;
    case COMMAND_ALLEGEMENT_ACCEPT:
        return command->allegement_accept.amount > command->allegement_accept.quantity
                   ? command->allegement_accept.amount
                   : command->allegement_accept.quantity;
    case COMMAND_LIMIT_SET:
        return command->limit_set.amount;
    case COMMAND_CREDIT_LIMIT:
        return command->credit_limit.limit;
    case COMMAND_KEY_CHANGE:
        return command->key_change.amount_limit;
    case COMMAND_RELEASE:
        for (int32_t i = 0; i < model->instruction_count; i++) {
            const struct model_instruction *instruction = &model->instructions[i];
            struct bic bic = world_bic(instruction->party);
            if (bic_equal(&bic, &command->target.party) &&
                text35_equal(&instruction->reference, &command->target.reference)) {
                return amount_of(&instruction->terms, instruction->settled_quantity);
            }
        }
        return 0;
    default:
        return 0;
    }
}

/* A release moves nothing that was not counted when the instruction was given. */
static int64_t counted(const struct command *command, int64_t value)
{
    if (command->kind == COMMAND_KEY_CHANGE) {
        return command->key_change.day_limit;
    }
    return command->kind == COMMAND_RELEASE || command->kind == COMMAND_PARTIAL_RELEASE ? 0 : value;
}

static bool day_is_over(const struct model_key *key, uint32_t today, int64_t value)
{
    int64_t used = key->used_day == today ? key->used : 0;
    return key->day_limit != INT64_MAX && value > 0 && value > key->day_limit - used;
}

/* Without a limit nothing is counted: one that is given later counts from then on. */
static void day_count(struct model_key *key, uint32_t today, int64_t value)
{
    if (key->day_limit == INT64_MAX || value == 0) {
        return;
    }
    int64_t used = key->used_day == today ? key->used : 0;
    key->used = value > INT64_MAX - used ? INT64_MAX : used + value;
    key->used_day = today;
}

static bool two_persons(const struct model_rights *rights, const struct model *model,
                        uint32_t party, const struct model_key *key, const struct command *command)
{
    const struct model_policy *policy = &rights->policies[party];
    int64_t value = value_of(model, command);
    return command->kind == COMMAND_APPROVAL_POLICY || command->kind == COMMAND_DAY_REVISE ||
           command->kind == COMMAND_KEY_CHANGE || policy->kinds[command->kind] ||
           value > policy->amount || value > key->amount_limit ||
           day_is_over(key, model->today, counted(command, value));
}

/* A key of a party from now on; all that the test changes are keys that approve. */
static struct model_answer change_key(struct model_rights *rights,
                                      const struct command_key_change *body)
{
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT * MODEL_KEYS; i++) {
        struct public_key named = letter_key(i / MODEL_KEYS, i % MODEL_KEYS);
        struct model_key *key = &rights->keys[i / MODEL_KEYS][i % MODEL_KEYS];
        if (key->known && public_key_equal(&named, &body->public_key)) {
            key->rights = body->rights;
            key->amount_limit = body->amount_limit;
            key->day_limit = body->day_limit;
        }
    }
    return answer(OUTCOME_DONE, REASON_NONE);
}

/* The command itself, when all who must have signed. */
static struct model_answer act(struct model_rights *rights, struct model *model, uint32_t party,
                               const struct command *command)
{
    if (command->kind == COMMAND_KEY_CHANGE) {
        return change_key(rights, &command->key_change);
    }
    if (command->kind != COMMAND_APPROVAL_POLICY) {
        return model_command(model, party, command);
    }
    for (uint32_t kind = 0; kind < MODEL_KINDS; kind++) {
        rights->policies[party].kinds[kind] =
            (command->approval_policy.policy.kinds.words[kind / 64] >> (kind % 64) & 1) != 0;
    }
    rights->policies[party].amount = command->approval_policy.policy.amount;
    return answer(OUTCOME_DONE, REASON_NONE);
}

static bool refused_anyway(struct model_rights *rights, const struct model *model, uint32_t party,
                           const struct command *command, struct model_answer *out)
{
    if (command->kind == COMMAND_APPROVAL_POLICY || command->kind == COMMAND_KEY_CHANGE) {
        return false;
    }
    *rights->copy = *model;
    *out = model_command(rights->copy, party, command);
    return out->outcome == OUTCOME_REFUSED;
}

static bool may(const struct model_key *key, uint8_t kind)
{
    return key->known && (key->rights & right_for(kind)) != 0 &&
           (!key->confined || key->kinds[kind]);
}

static struct model_answer approve(struct model_rights *rights, struct model *model, uint32_t party,
                                   uint32_t key, struct model_draft *draft)
{
    struct model_key *maker = &rights->keys[party][draft->key];
    struct model_key *approver = &rights->keys[party][key];
    const struct command *command = &draft->command;
    int64_t value = value_of(model, command);
    if (key == draft->key || maker->person == approver->person ||
        (approver->confined && !approver->kinds[command->kind]) || value > approver->amount_limit ||
        day_is_over(approver, model->today, counted(command, value))) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    draft->waits = false;
    if (!may(maker, command->kind)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    if (command->date < rights->forgotten_before) {
        return answer(OUTCOME_REFUSED,
                      command->kind == COMMAND_INSTRUCT ? REASON_DTRD : REASON_VALR);
    }
    struct model_answer came = act(rights, model, party, command);
    if (came.outcome != OUTCOME_REFUSED) {
        day_count(approver, model->today, counted(command, value));
    }
    return came;
}

static struct model_answer judge_draft(struct model_rights *rights, struct model *model,
                                       uint32_t party, uint32_t key, const struct command *command)
{
    for (uint32_t i = 0; i < rights->draft_count; i++) {
        struct model_draft *draft = &rights->drafts[i];
        if (!draft->waits || lapsed(rights, draft) || draft->party != party ||
            !text35_equal(&draft->command.reference, &command->approval.reference)) {
            continue;
        }
        if (command->kind == COMMAND_DRAFT_REJECT) {
            draft->waits = false;
            return answer(OUTCOME_DONE, REASON_NONE);
        }
        return approve(rights, model, party, key, draft);
    }
    return answer(OUTCOME_REFUSED, REASON_NRGN);
}

struct model_answer model_rights_command(struct model_rights *rights, struct model *model,
                                         uint32_t party, uint32_t key,
                                         const struct command *command)
{
    struct model_key *signer = &rights->keys[party][key];
    struct model_answer came;
    if (model->suspended[party] || !may(signer, command->kind)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    if (command->kind == COMMAND_APPROVE || command->kind == COMMAND_DRAFT_REJECT) {
        return judge_draft(rights, model, party, key, command);
    }
    if (two_persons(rights, model, party, signer, command)) {
        if (refused_anyway(rights, model, party, command, &came)) {
            return came;
        }
        assert_true(rights->draft_count < MODEL_DRAFT_MAX);
        rights->drafts[rights->draft_count++] =
            (struct model_draft){true, party, key, rights->now_ms, *command};
        return answer(OUTCOME_WAITING, REASON_NONE);
    }
    int64_t value = value_of(model, command);
    came = act(rights, model, party, command);
    if (came.outcome == OUTCOME_DONE || came.outcome == OUTCOME_PENDING) {
        day_count(signer, model->today, counted(command, value));
    }
    return came;
}
