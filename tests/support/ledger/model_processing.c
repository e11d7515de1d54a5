/* What is made or changed of an instruction other than by submitting it: amendment (T10), pairs
 * submitted as matched under power of attorney, transformation (T26). */
#include <string.h>

#include "tests/support/cmocka.h"
#include "tests/support/ledger/model_inside.h"
#include "tests/support/ledger/model_ledger.h"
#include "tests/support/ledger/model_restriction_type.h"

static uint32_t party_of(const struct bic *bic)
{
    uint32_t party = 0;
    struct bic candidate = world_bic(party);
    while (memcmp(&candidate, bic, sizeof candidate) != 0) {
        party++;
        candidate = world_bic(party);
    }
    return party;
}

/* "CASH2" is account 1 for cash. */
static bool *attorneys_of(struct model *model, uint32_t party, const struct text35 *account)
{
    if (account->size == 0) {
        return model->attorney_of_all[party];
    }
    return model
        ->attorney_of[party][account->text[0] == 'C'][account->text[account->size - 1] == '2'];
}

static struct model_answer answer(enum outcome outcome, enum reason reason)
{
    return (struct model_answer){outcome, reason};
}

struct model_answer model_attorney(struct model *model, uint32_t party,
                                   const struct command *command)
{
    bool *attorneys = attorneys_of(model, party, &command->attorney.account);
    uint32_t attorney = party_of(&command->attorney.attorney);
    bool grants = command->kind == COMMAND_ATTORNEY_GRANT;
    uint32_t count = 0;
    if (attorney == party) {
        return answer(OUTCOME_REFUSED, REASON_ICAG);
    }
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        count += attorneys[i] ? 1 : 0;
    }
    if (attorneys[attorney] == grants || (grants && count == 4)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    attorneys[attorney] = grants;
    return answer(OUTCOME_DONE, REASON_NONE);
}

static bool covered(const struct model *model, uint32_t attorney, uint32_t party, bool money,
                    const struct text35 *account)
{
    bool second = account->size > 0 && account->text[account->size - 1] == '2';
    return attorney == party || model->attorney_of_all[party][attorney] ||
           model->attorney_of[party][money][second][attorney];
}

static bool allows(const struct model *model, uint32_t attorney, uint32_t party,
                   const struct command_instruct *side)
{
    bool securities = side->quantity > 0;
    bool money = side->payment == PAYMENT_APMT;
    return (!securities || covered(model, attorney, party, false, &side->account)) &&
           (!money || covered(model, attorney, party, true, &side->cash_account));
}

static void matched_side(const struct command *command, bool delivers, struct command *out)
{
    const struct command_instruct_matched *body = &command->instruct_matched;
    *out = *command;
    out->kind = COMMAND_INSTRUCT;
    out->reference = delivers ? body->deliverer_reference : body->receiver_reference;
    out->instruct = body->deliver;
    if (!delivers) {
        out->instruct.movement = MOVEMENT_RECE;
        out->instruct.credit_debit = model_sign_opposite(body->deliver.credit_debit);
        out->instruct.account = body->receiving_account;
        out->instruct.cash_account = body->receiving_cash_account;
        out->instruct.priority = body->receiver_priority;
        out->instruct.partial = body->receiver_partial;
        out->instruct.hold = body->receiver_hold;
    }
}

/* Both sides at once, by who has power of attorney of both. */
struct model_answer model_instruct_matched(struct model *model, uint32_t party,
                                           const struct command *command)
{
    int32_t made[2];
    struct command side[2];
    uint32_t who[2] = {party_of(&command->instruct_matched.deliver.deliverer),
                       party_of(&command->instruct_matched.deliver.receiver)};
    if (command->instruct_matched.deliver.link_count > 0) {
        return answer(OUTCOME_REFUSED, REASON_INVL);
    }
    for (uint32_t i = 0; i < 2; i++) {
        matched_side(command, i == 0, &side[i]);
        if (!allows(model, party, who[i], &side[i].instruct)) {
            return answer(OUTCOME_REFUSED, REASON_ICAG);
        }
        if (model_find(model, who[i], &side[i].reference) != MODEL_NONE) {
            return answer(OUTCOME_REFUSED, REASON_REFE);
        }
        if (model_type_refuses(model, who[i], &side[i].instruct)) {
            return answer(OUTCOME_REFUSED, REASON_VALR);
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        made[i] = model_enter(model, who[i], &side[i]);
        model_type_hold(model, made[i]);
    }
    model_pair_up(model, made[0], made[1]);
    return answer(OUTCOME_DONE, REASON_NONE);
}

/* May the party turn what is open into another security? REASON_NONE: yes. */
static enum reason transform_reason(const struct model *model, uint32_t party, int32_t index,
                                    const struct command_transform *body)
{
    const struct model_instruction *old = &model->instructions[index];
    bool issues =
        party == (model_is_money(model_asset(&old->terms.asset)) ? WORLD_BANK : WORLD_REGISTRAR);
    if (party != WORLD_OPERATOR && !issues) {
        return REASON_NRGN;
    }
    if (model_ended(old)) {
        return old->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED ? REASON_DSET
                                                                             : REASON_DCAN;
    }
    if (old->terms.quantity == 0 || model_is_money(model_asset(&old->terms.asset)) ||
        model_is_money(model_asset(&body->asset)) ||
        model_asset(&body->asset) == model_asset(&old->terms.asset)) {
        return REASON_DSEC;
    }
    if (body->quantity <= 0) {
        return REASON_DQUA;
    }
    if (model_find(model, old->party, &body->new_reference) != MODEL_NONE ||
        (old->counterpart != MODEL_NONE &&
         model_find(model, model->instructions[old->counterpart].party, &body->new_reference) !=
             MODEL_NONE)) {
        return REASON_REFE;
    }
    return body->amount != 0 && old->terms.currency.size == 0 ? REASON_NCRR : REASON_NONE;
}

/* What one side is instructed as anew. */
static int32_t transform_side(struct model *model, int32_t index,
                              const struct command_transform *body)
{
    const struct model_instruction *old = &model->instructions[index];
    struct command made = {.reference = body->new_reference, .date = old->trade_date};
    int32_t entered;
    made.instruct = old->terms;
    made.instruct.asset = body->asset;
    made.instruct.quantity = body->quantity;
    made.instruct.conditions |= CONDITION_TRAN;
    made.instruct.hold = old->status[DIMENSION_HOLD_PARTY].value == HOLD_YES;
    made.instruct.restriction_count = 0;
    made.instruct.restricted_only = false;
    made.instruct.link_count = 0;
    made.instruct.pool = (struct text35){0};
    made.instruct.pool_number = 0;
    made.instruct.pool_total = 0;
    if (body->amount != 0) {
        made.instruct.amount = body->amount;
    } else if (old->terms.payment == PAYMENT_APMT && old->counterpart != MODEL_NONE) {
        made.instruct.amount = old->settlement_amount - old->settled_amount;
    }
    entered = model_enter(model, old->party, &made);
    for (uint32_t i = DIMENSION_HOLD_CSD; i <= DIMENSION_HOLD_CONDITIONAL; i++) {
        model->instructions[entered].status[i].value = old->status[i].value;
        model->instructions[entered].status[i].reason = old->status[i].reason;
    }
    return entered;
}

struct model_answer model_transform(struct model *model, uint32_t party,
                                    const struct command *command)
{
    const struct command_transform *body = &command->transform;
    int32_t index = model_find(model, party_of(&body->party), &body->reference);
    enum reason reason = transform_reason(model, party, index, body);
    int32_t other = model->instructions[index].counterpart;
    bool alone = other == MODEL_NONE || other == index;
    if (reason != REASON_NONE) {
        return answer(OUTCOME_REFUSED, reason);
    }
    model_end_cancelled(model, index, REASON_CANT);
    if (alone) {
        model_take_up(model, transform_side(model, index, body));
        return answer(OUTCOME_DONE, REASON_NONE);
    }
    model_end_cancelled(model, other, REASON_CANT);
    bool delivers = model->instructions[index].terms.movement == MOVEMENT_DELI;
    int32_t deliverer = transform_side(model, delivers ? index : other, body);
    int32_t receiver = transform_side(model, delivers ? other : index, body);
    model_pair_up(model, deliverer, receiver);
    return answer(OUTCOME_DONE, REASON_NONE);
}

struct model_answer model_amend(struct model *model, int32_t index,
                                const struct command_target *target)
{
    struct model_instruction *instruction = &model->instructions[index];
    bool other_priority = target->priority != 0 && target->priority != instruction->terms.priority;
    bool other_partial = target->partial != 0 && target->partial != instruction->terms.partial;
    if (target->partial != 0 &&
        (instruction->settled_quantity > 0 ||
         (instruction->terms.quantity == 0 && target->partial != PARTIAL_NPAR))) {
        return answer(OUTCOME_REFUSED, REASON_INVM);
    }
    if (!other_priority && !other_partial) {
        return answer(OUTCOME_ALREADY, REASON_NONE);
    }
    if (other_priority) {
        instruction->terms.priority = target->priority;
        if (instruction->counterpart != MODEL_NONE) {
            model_mark_if_waiting(model, model_head(model, index)); /* in another place now */
        }
    }
    if (other_partial) {
        instruction->terms.partial = target->partial;
        if (instruction->counterpart != MODEL_NONE &&
            model_tried_at_once(model, &model->instructions[model_head(model, index)])) {
            model_attempt(model, model_head(model, index));
        }
    }
    return answer(OUTCOME_DONE, REASON_NONE);
}
