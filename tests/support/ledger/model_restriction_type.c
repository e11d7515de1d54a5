#include "tests/support/ledger/model_restriction_type.h"

#include <string.h>

static struct model_answer answer(enum outcome outcome, enum reason reason)
{
    return (struct model_answer){outcome, reason};
}

static bool same_text(const struct text35 *a, const struct text35 *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool same_asset(const struct asset_code *a, const struct asset_code *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool same_bic(const struct bic *a, const struct bic *b)
{
    return memcmp(a->text, b->text, BIC_SIZE) == 0;
}

/* ------------------------------------------------------------------------- the two commands */

static struct model_answer type_add(struct model *model, const struct command *command)
{
    const struct command_restriction_type_add *body = &command->restriction_type_add;
    if (body->processing < RESTRICTION_BLCK || body->processing > RESTRICTION_CVHD) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    if (body->valid_to != 0 &&
        (body->valid_to < body->valid_from || body->valid_to < model->today)) {
        return answer(OUTCOME_REFUSED, REASON_DDAT);
    }
    if ((body->processing != RESTRICTION_BLCK && body->negative && body->rule_count == 0) ||
        model->type_count == MODEL_TYPE_MAX) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    model->types[model->type_count++] = (struct model_type){command->reference, *body};
    return answer(OUTCOME_DONE, REASON_NONE);
}

static void type_forget(struct model *model, int32_t place)
{
    model->type_count--;
    for (int32_t i = place; i < model->type_count; i++) {
        model->types[i] = model->types[i + 1];
    }
}

struct model_answer model_type_command(struct model *model, uint32_t party,
                                       const struct command *command)
{
    if (party != WORLD_OPERATOR) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    if (command->kind == COMMAND_RESTRICTION_TYPE_ADD) {
        return type_add(model, command);
    }
    for (int32_t i = 0; i < model->type_count; i++) {
        if (same_text(&model->types[i].reference, &command->restriction_type_end.reference)) {
            type_forget(model, i);
            model->sweep = true;
            return answer(OUTCOME_DONE, REASON_NONE);
        }
    }
    return answer(OUTCOME_REFUSED, REASON_NRGN);
}

bool model_types_expire(struct model *model)
{
    bool expired = false;
    for (int32_t i = model->type_count - 1; i >= 0; i--) {
        uint32_t last = model->types[i].body.valid_to;
        if (last != 0 && last < model->today) {
            type_forget(model, i);
            expired = true;
        }
    }
    return expired;
}

/* ------------------------------------------------------------------------------ what counts */

/* Securities go over accounts for securities, money over accounts for money. */
static struct text35 own_account(const struct command_instruct *terms, const struct text35 *named)
{
    return world_account(model_asset(&terms->asset), model_number(named));
}

static struct text35 own_cash_account(const struct command_instruct *terms)
{
    return world_account(WORLD_EUR, model_number(&terms->cash_account));
}

static bool moves(const struct command_instruct *terms)
{
    return terms->quantity > 0;
}

static bool pays(const struct command_instruct *terms)
{
    return terms->payment == PAYMENT_APMT;
}

/* Every field that the rule names is that of the instruction. */
static bool rule_met(const struct restriction_rule *rule, uint32_t party,
                     const struct command_instruct *terms)
{
    struct bic who = world_bic(party);
    struct text35 account = own_account(terms, &terms->account);
    struct text35 cash_account = own_cash_account(terms);
    if (rule->party.text[0] != '\0' && !same_bic(&rule->party, &who)) {
        return false;
    }
    if (rule->security.size > 0 && !same_asset(&rule->security, &terms->asset)) {
        return false;
    }
    if (rule->account.size > 0 && (!moves(terms) || !same_text(&rule->account, &account))) {
        return false;
    }
    if (rule->cash_account.size > 0 &&
        (!pays(terms) || !same_text(&rule->cash_account, &cash_account))) {
        return false;
    }
    if (rule->currency.size > 0 && !same_asset(&rule->currency, &terms->currency)) {
        return false;
    }
    return (rule->movement == 0 || rule->movement == terms->movement) &&
           (rule->payment == 0 || rule->payment == terms->payment) &&
           (rule->credit_debit == 0 || rule->credit_debit == terms->credit_debit) &&
           (rule->transaction_type == 0 || rule->transaction_type == terms->transaction_type);
}

static bool any_rule_met(const struct command_restriction_type_add *type, uint32_t party,
                         const struct command_instruct *terms)
{
    for (uint32_t i = 0; i < type->rule_count; i++) {
        if (rule_met(&type->rules[i], party, terms)) {
            return true;
        }
    }
    return false;
}

/* The instruction's own account, the one an internal transfer takes with, or its cash account. */
static bool account_occurs(const struct command_restriction_type_add *type, uint32_t party,
                           const struct command_instruct *terms)
{
    struct bic who = world_bic(party);
    struct text35 account = own_account(terms, &terms->account);
    struct text35 taking = own_account(terms, &terms->receiver_account);
    struct text35 cash_account = own_cash_account(terms);
    bool internal = terms->transaction_type == TRANSACTION_OWNI;
    return same_bic(&type->bic, &who) &&
           ((moves(terms) && same_text(&type->account, &account)) ||
            (internal && same_text(&type->account, &taking)) ||
            (pays(terms) && same_text(&type->account, &cash_account)));
}

static bool object_occurs(const struct command_restriction_type_add *type, uint32_t party,
                          const struct command_instruct *terms)
{
    struct bic who = world_bic(party);
    switch (type->object) {
    case RESTRICTION_ON_INSTRUCTION:
        return true;
    case RESTRICTION_ON_SECURITY:
        return same_asset(&type->asset, &terms->asset);
    case RESTRICTION_ON_PARTY:
        return same_bic(&type->bic, &who);
    default:
        return account_occurs(type, party, terms);
    }
}

static bool counts(const struct model *model, const struct command_restriction_type_add *type,
                   uint8_t processing)
{
    return type->processing == processing && type->valid_from <= model->today &&
           (type->valid_to == 0 || model->today <= type->valid_to);
}

/* At entry: one says so, and none makes an exception. */
static bool applies(const struct model *model, uint8_t processing, uint32_t party,
                    const struct command_instruct *terms)
{
    bool said = false;
    for (int32_t i = 0; i < model->type_count; i++) {
        const struct command_restriction_type_add *type = &model->types[i].body;
        if (!counts(model, type, processing) || !object_occurs(type, party, terms)) {
            continue;
        }
        bool met = type->rule_count == 0 || any_rule_met(type, party, terms);
        if (met && type->negative) {
            return false;
        }
        said = said || met;
    }
    return said;
}

bool model_type_refuses(const struct model *model, uint32_t party,
                        const struct command_instruct *terms)
{
    return applies(model, RESTRICTION_RJCT, party, terms);
}

void model_type_hold(struct model *model, int32_t index)
{
    struct model_instruction *own = &model->instructions[index];
    if (applies(model, RESTRICTION_CVHD, own->party, &own->terms)) {
        own->status[DIMENSION_HOLD_VALIDATION].value = HOLD_YES;
        own->status[DIMENSION_HOLD_VALIDATION].reason = REASON_CVAL;
        model->hits++;
    }
}

static bool blocks(const struct command_restriction_type_add *type,
                   const struct model_instruction *side)
{
    if (!object_occurs(type, side->party, &side->terms)) {
        return false;
    }
    bool met = any_rule_met(type, side->party, &side->terms);
    return type->rule_count == 0 || (type->negative ? !met : met);
}

enum reason model_type_blocks(const struct model *model, int32_t head)
{
    const struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    for (int32_t i = 0; i < model->type_count; i++) { /* the oldest first */
        const struct command_restriction_type_add *type = &model->types[i].body;
        if (counts(model, type, RESTRICTION_BLCK) &&
            (blocks(type, deliverer) || blocks(type, receiver))) {
            return type->object == RESTRICTION_ON_SECURITY ? REASON_SBLO : REASON_BLOC;
        }
    }
    return REASON_NONE;
}
