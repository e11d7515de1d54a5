#include "tests/support/ledger/model_inside.h"

#include <string.h>

#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/model_limit.h"
#include "tests/support/ledger/model_link.h"
#include "tests/support/ledger/model_restriction.h"
#include "tests/support/ledger/model_restriction_type.h"

/* ---------------------------------------------------------------------------- who and what */

static uint32_t party_of(const struct bic *bic)
{
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        struct bic other = world_bic(i);
        if (memcmp(other.text, bic->text, BIC_SIZE) == 0) {
            return i;
        }
    }
    fail_msg("a party that the model does not know");
    return 0;
}

enum world_asset model_asset(const struct asset_code *code)
{
    for (uint32_t i = 0; i < WORLD_ASSET_COUNT; i++) {
        struct asset_code other = world_asset((enum world_asset)i);
        if (other.size == code->size && memcmp(other.text, code->text, code->size) == 0) {
            return (enum world_asset)i;
        }
    }
    fail_msg("an asset that the model does not know");
    return WORLD_EUR;
}

bool model_is_money(uint32_t asset)
{
    return asset == WORLD_EUR || asset == WORLD_USD;
}

/* "SEC2" and "CASH2" are number 1; "SEC1", "CASH1" and an absent name number 0. */
uint32_t model_number(const struct text35 *account)
{
    return account->size > 0 && account->text[account->size - 1] == '2' ? 1 : 0;
}

int32_t model_position(uint32_t party, enum world_asset asset, uint32_t number)
{
    return (int32_t)(((party - WORLD_PARTICIPANT) * WORLD_ASSET_COUNT + asset) * 2 + number);
}

bool model_blocked(const struct model *model, int32_t index, enum reason *reason)
{
    const struct model_position *position = &model->positions[index];
    uint32_t participant = position->party - WORLD_PARTICIPANT;
    if (model->party_blocked[position->party] ||
        model->account_blocked[participant][model_is_money(position->asset)][position->number]) {
        *reason = REASON_BLOC;
        return true;
    }
    *reason = REASON_SBLO;
    return model->asset_blocked[position->asset];
}

bool model_ended(const struct model_instruction *instruction)
{
    return instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED ||
           instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED;
}

void model_open(struct model *model, uint32_t wake_budget)
{
    memset(model, 0, sizeof *model);
    model->wake_budget = wake_budget;
    model_day_open(&model->day, WORLD_START_MS);
    model->today = model->day.date;
    model->part_head = MODEL_NONE;
    model->unit_min = 1;
    model->unit_multiple = 1;
    for (uint32_t party = 0; party < WORLD_PARTICIPANT_COUNT; party++) {
        for (uint32_t asset = 0; asset < WORLD_ASSET_COUNT; asset++) {
            for (uint32_t number = 0; number < 2; number++) {
                uint32_t who = WORLD_PARTICIPANT + party;
                struct model_position *position =
                    &model->positions[model_position(who, (enum world_asset)asset, number)];
                *position = (struct model_position){.party = who, .asset = asset, .number = number};
            }
        }
    }
}

void model_status_set(struct model *model, int32_t index, enum instruction_dimension dimension,
                      uint8_t value, enum reason reason)
{
    struct model_status *status = &model->instructions[index].status[dimension];
    if (status->value != value && dimension != DIMENSION_PROCESSING) {
        model->instructions[index].changed_date = model->today;
    }
    if (status->value != value || status->reason != reason) {
        *status = (struct model_status){value, reason, model->height};
    }
}

/* -------------------------------------------------------------------------------- matching */

static bool same_bic(const struct bic *a, const struct bic *b)
{
    return memcmp(a->text, b->text, BIC_SIZE) == 0;
}

static bool blank_or_same_bic(const struct bic *a, const struct bic *b)
{
    return a->text[0] == '\0' || b->text[0] == '\0' || same_bic(a, b);
}

static bool blank_or_same_text(const struct text35 *a, const struct text35 *b)
{
    return a->size == 0 || b->size == 0 ||
           (a->size == b->size && memcmp(a->text, b->text, a->size) == 0);
}

static int64_t apart(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* EUR 2 up to 100,000 of the deliverer, 25 above; other currencies exactly. */
static bool amounts_match(const struct command_instruct *deliver,
                          const struct command_instruct *receive)
{
    int64_t tolerance = 0;
    if (deliver->payment == PAYMENT_APMT && model_asset(&deliver->currency) == WORLD_EUR) {
        tolerance = deliver->amount <= 10000000 ? 200 : 2500;
    }
    return apart(deliver->amount, receive->amount) <= tolerance;
}

static bool match(const struct model_instruction *deliverer,
                  const struct model_instruction *receiver)
{
    const struct command_instruct *a = &deliverer->terms;
    const struct command_instruct *b = &receiver->terms;
    bool cash_opposite =
        a->credit_debit == CREDIT_DEBIT_NONE
            ? b->credit_debit == CREDIT_DEBIT_NONE
            : b->credit_debit != CREDIT_DEBIT_NONE && a->credit_debit != b->credit_debit;
    return a->payment == b->payment && a->movement == MOVEMENT_DELI &&
           b->movement == MOVEMENT_RECE && memcmp(&a->asset, &b->asset, sizeof a->asset) == 0 &&
           deliverer->trade_date == receiver->trade_date && a->quantity == b->quantity &&
           a->settlement_date == b->settlement_date && same_bic(&a->deliverer, &b->deliverer) &&
           same_bic(&a->receiver, &b->receiver) &&
           same_bic(&a->deliverer_depository, &b->deliverer_depository) &&
           same_bic(&a->receiver_depository, &b->receiver_depository) &&
           memcmp(&a->currency, &b->currency, sizeof a->currency) == 0 && amounts_match(a, b) &&
           cash_opposite && ((a->conditions ^ b->conditions) & CONDITION_NOMC) == 0 &&
           a->cum_ex == b->cum_ex &&
           blank_or_same_text(&a->common_reference, &b->common_reference) &&
           blank_or_same_bic(&a->deliverer_client, &b->deliverer_client) &&
           blank_or_same_bic(&a->receiver_client, &b->receiver_client) &&
           blank_or_same_text(&a->deliverer_account, &b->deliverer_account) &&
           blank_or_same_text(&a->receiver_account, &b->receiver_account);
}

/* Among all that match: the smallest difference in amount, then the first entered. */
static int32_t find_other_side(const struct model *model, int32_t index)
{
    const struct model_instruction *own = &model->instructions[index];
    int32_t best = MODEL_NONE;
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *other = &model->instructions[i];
        bool delivers = own->terms.movement == MOVEMENT_DELI;
        if (i == index || other->counterpart != MODEL_NONE || model_ended(other) ||
            !(delivers ? match(own, other) : match(other, own))) {
            continue;
        }
        if (best == MODEL_NONE ||
            apart(other->terms.amount, own->terms.amount) <
                apart(model->instructions[best].terms.amount, own->terms.amount)) {
            best = i;
        }
    }
    return best;
}

void model_block_begin(struct model *model, uint64_t ts_ms)
{
    uint32_t before = model->today;
    model->height++;
    model->now_ms = ts_ms;
    model_day_block(&model->day, ts_ms);
    model->today = model->day.date;
    model->steps_left = model->wake_budget;
    model->part_steps_left = model->wake_budget / 4;
    if (model->part_steps_left == 0 && model->wake_budget > 1) {
        model->part_steps_left = 1;
    }
    model->hits = 0;
    model->sweep = model_types_expire(model);
    model->limit_sweep = model->limit_sweep || model->today != before;
    model_limit_sweep(model);
    model->origin_ms = ts_ms;
    model->fails_to_match = 0;
    model->contradictions = 0;
    model->statements = 0;
    if (model->day.ended) {
        model->end = (struct model_sweep){model->day.ended_date, ts_ms};
    }
    if (model->day.started) {
        model->start = (struct model_sweep){model->today, ts_ms};
    }
    model->sweeping = model_sweep(model);
    model_work(model);
    model_allegements_send(model);
}

bool model_block_end(struct model *model)
{
    model_limit_sweep(model);
    model_work(model);
    if (model->sweep) { /* whom this wakes is tried in the next block, which comes at once */
        for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
            model_review(model, i);
            model_wake(model, i);
        }
    }
    return model_work_left(model) || model->sweeping;
}

/* -------------------------------------------------------------------------------- commands */

static struct model_answer answer(enum outcome outcome, enum reason reason)
{
    return (struct model_answer){outcome, reason};
}

static struct model_answer move_issuance(struct model *model, const struct command *command)
{
    enum world_asset asset = model_asset(&command->issuance.asset);
    int32_t index = model_position(party_of(&command->issuance.bic), asset,
                                   model_number(&command->issuance.account));
    struct model_position *position = &model->positions[index];
    if (model->party_blocked[position->party] ||
        model->account_blocked[position->party - WORLD_PARTICIPANT][model_is_money(asset)]
                              [position->number]) {
        return answer(OUTCOME_REFUSED, model_is_money(asset) ? REASON_CASH : REASON_SAFE);
    }
    if (command->kind == COMMAND_ISSUE || command->kind == COMMAND_CASH_IN) {
        position->available += command->issuance.quantity;
        model_restrictions_fill(model, index);
        model_wake(model, index);
        return answer(OUTCOME_DONE, REASON_NONE);
    }
    if (position->available < command->issuance.quantity) {
        return answer(OUTCOME_REFUSED, REASON_INVB);
    }
    position->available -= command->issuance.quantity;
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer set_credit_limit(struct model *model, const struct command *command)
{
    int32_t index = model_position(party_of(&command->credit_limit.bic),
                                   model_asset(&command->credit_limit.currency),
                                   model_number(&command->credit_limit.account));
    struct model_position *position = &model->positions[index];
    bool raised = command->credit_limit.limit > position->credit_limit;
    if (position->available < -command->credit_limit.limit) {
        return answer(OUTCOME_REFUSED, REASON_INVB);
    }
    position->credit_limit = command->credit_limit.limit;
    if (raised) {
        model_wake(model, index);
    }
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer set_blocks(struct model *model, const struct command *command)
{
    bool blocked;
    bool *place;
    if (command->kind == COMMAND_ASSET_CHANGE) {
        blocked = command->asset_change.status == ASSET_BLOCKED;
        place = &model->asset_blocked[model_asset(&command->asset_change.code)];
    } else {
        uint32_t participant = party_of(&command->account_change.bic) - WORLD_PARTICIPANT;
        bool money = command->account_change.id.text[0] == 'C';
        blocked = command->account_change.status == ACCOUNT_BLOCKED;
        place =
            &model->account_blocked[participant][money][model_number(&command->account_change.id)];
    }
    model->sweep = model->sweep || (*place && !blocked);
    *place = blocked;
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer change_party(struct model *model,
                                        const struct command_party_change *body)
{
    uint32_t party = party_of(&body->bic);
    bool blocked = body->status == PARTY_BLOCKED;
    model->sweep = model->sweep || (model->party_blocked[party] && !blocked);
    model->party_blocked[party] = blocked;
    model->suspended[party] = body->status != PARTY_ACTIVE;
    return answer(OUTCOME_DONE, REASON_NONE);
}

int32_t model_head(const struct model *model, int32_t index)
{
    bool delivers = model->instructions[index].terms.movement == MOVEMENT_DELI;
    return delivers ? index : model->instructions[index].counterpart;
}

int32_t model_find(const struct model *model, uint32_t party, const struct text35 *reference)
{
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        if (instruction->party == party && instruction->reference.size == reference->size &&
            memcmp(instruction->reference.text, reference->text, reference->size) == 0) {
            return i;
        }
    }
    return MODEL_NONE;
}

int32_t model_enter(struct model *model, uint32_t party, const struct command *command)
{
    int32_t index = model->instruction_count;
    struct model_instruction *instruction = &model->instructions[index];
    assert_true(index < MODEL_INSTRUCTION_MAX);
    model->instruction_count++;
    *instruction = (struct model_instruction){
        .party = party,
        .reference = command->reference,
        .trade_date = command->date,
        .terms = command->instruct,
        .counterpart = MODEL_NONE,
        .waits_for = MODEL_NONE,
        .submitted_ms = model->now_ms,
        .matched_ms = model->now_ms, /* later, if it has to wait for the other side */
        .changed_date = model->today,
    };
    if (instruction->terms.priority == 0) {
        instruction->terms.priority = PRIORITY_NORMAL; /* no venue, no operator among them */
    }
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        instruction->status[i].height = model->height;
    }
    if (command->instruct.hold) {
        instruction->status[DIMENSION_HOLD_PARTY].value = HOLD_YES;
        instruction->status[DIMENSION_HOLD_PARTY].reason = REASON_PTYH;
    }
    if (command->instruct.transaction_type == TRANSACTION_OWNI) {
        instruction->status[DIMENSION_MATCH].value = MATCH_NOT_REQUIRED;
        return index;
    }
    instruction->status[DIMENSION_MATCH].reason = REASON_CMIS;
    /* The own account is always part of what is matched. */
    if (instruction->terms.quantity > 0) {
        struct text35 *account = instruction->terms.movement == MOVEMENT_DELI
                                     ? &instruction->terms.deliverer_account
                                     : &instruction->terms.receiver_account;
        *account = world_account(WORLD_ISIN_1, model_number(&instruction->terms.account));
    }
    return index;
}

void model_pair_up(struct model *model, int32_t index, int32_t other)
{
    const struct command_instruct *terms = &model->instructions[index].terms;
    int32_t head = terms->movement == MOVEMENT_DELI ? index : other;
    int64_t amount = terms->payment == PAYMENT_APMT ? model->instructions[head].terms.amount : 0;
    model_allegement_end(model, other);
    for (uint32_t i = 0; i < 2; i++) {
        int32_t side = i == 0 ? index : other;
        model->instructions[side].counterpart = i == 0 ? other : index;
        model->instructions[side].settlement_amount = amount;
        model->instructions[side].matched_ms = model->now_ms;
        model_status_set(model, side, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
        model_status_set(model, side, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
    }
    model->contradictions += model_link_contradicts(model, head) ? 1 : 0;
    model_attempt(model, head);
}

void model_take_up(struct model *model, int32_t index)
{
    int32_t other;
    if (model->instructions[index].terms.transaction_type == TRANSACTION_OWNI) {
        model->instructions[index].counterpart = index;
        model_status_set(model, index, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
        model_attempt(model, index);
        return;
    }
    other = find_other_side(model, index);
    if (other == MODEL_NONE) {
        model_allegement_begin(model, index);
    } else {
        model_pair_up(model, index, other);
    }
}

/* What a new instruction may not name: links that contradict, restrictions that are gone. */
static enum reason refusal_of(const struct model *model, int32_t index)
{
    if (model_new_objection(model, index) != REASON_NONE) {
        return REASON_INVL;
    }
    const struct model_instruction *own = &model->instructions[index];
    if (!model_draws_allowed(model, own)) {
        return REASON_INVB;
    }
    return model_type_refuses(model, own->party, &own->terms) ? REASON_VALR : REASON_NONE;
}

static struct model_answer instruct(struct model *model, uint32_t party,
                                    const struct command *command)
{
    int32_t index = model_enter(model, party, command);
    enum reason refusal = refusal_of(model, index);
    if (refusal != REASON_NONE) {
        model->instruction_count--;
        return answer(OUTCOME_REFUSED, refusal);
    }
    model_type_hold(model, index);
    for (uint32_t i = 0; i < command->instruct.link_count; i++) {
        model_link(model, index, model_find(model, party, &command->instruct.links[i].reference),
                   command->instruct.links[i].type);
    }
    model_take_up(model, index);
    model_link_began(model, index);
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer accept_alleged(struct model *model, uint32_t party,
                                          const struct command *command)
{
    int32_t alleged = MODEL_NONE;
    enum reason reason = model_accept_check(model, party, &command->allegement_accept, &alleged);
    struct command mirror;
    if (reason != REASON_NONE) {
        return answer(OUTCOME_REFUSED, reason);
    }
    model_mirror(model, alleged, command, &mirror);
    if (model_type_refuses(model, party, &mirror.instruct)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    int32_t index = model_enter(model, party, &mirror);
    model_type_hold(model, index);
    model_pair_up(model, index, alleged);
    return answer(OUTCOME_DONE, REASON_NONE);
}

void model_end_cancelled(struct model *model, int32_t index, enum reason reason)
{
    struct model_instruction *instruction = &model->instructions[index];
    model_status_set(model, index, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED, reason);
    model_status_set(model, index, DIMENSION_SETTLEMENT,
                     instruction->status[DIMENSION_SETTLEMENT].value, REASON_NONE);
    model_status_set(model, index, DIMENSION_PROCESSING, PROCESSING_ENDED, reason);
    model_wait_nowhere(instruction);
    model_allegement_end(model, index);
    model_link_ended(model, index);
}

void model_cancel_by_system(struct model *model, int32_t index)
{
    int32_t other = model->instructions[index].counterpart;
    model_end_cancelled(model, index, REASON_CANS);
    if (other != MODEL_NONE && other != index) {
        model_end_cancelled(model, other, REASON_CANS);
    }
}

static struct model_answer cancel(struct model *model, int32_t index, bool own)
{
    struct model_instruction *instruction = &model->instructions[index];
    int32_t other = instruction->counterpart;
    bool alone = other == MODEL_NONE || other == index;
    enum reason reason = own ? REASON_CANI : REASON_CTHP;
    if (own && !alone) {
        if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED) {
            return answer(OUTCOME_ALREADY, REASON_CONF);
        }
        if (model->instructions[other].status[DIMENSION_CANCELLATION].value !=
            CANCELLATION_REQUESTED) {
            model_status_set(model, index, DIMENSION_CANCELLATION, CANCELLATION_REQUESTED,
                             REASON_CONF);
            return answer(OUTCOME_PENDING, REASON_CONF);
        }
    }
    model_end_cancelled(model, index, reason);
    if (!alone) {
        model_end_cancelled(model, other, reason);
    }
    return answer(OUTCOME_DONE, reason);
}

/* Not before its date; and not if the work of the block tries it anyway. */
bool model_tried_at_once(const struct model *model, const struct model_instruction *head)
{
    return head->terms.settlement_date <= model->today &&
           !(head->waits_for_date && head->waiting_date == 0);
}

static struct model_answer set_hold(struct model *model, int32_t index,
                                    enum instruction_dimension which, uint8_t value)
{
    static const enum reason codes[] = {REASON_PTYH, REASON_CSDH, REASON_CVAL, REASON_CDEL};
    const struct model_instruction *instruction = &model->instructions[index];
    bool takes_back = which == DIMENSION_HOLD_PARTY && instruction->released > 0;
    if (instruction->status[which].value == value && !takes_back) {
        return answer(OUTCOME_ALREADY, REASON_NONE);
    }
    if (takes_back) {
        model->instructions[index].released = 0;
    }
    model_status_set(model, index, which, value,
                     value == HOLD_YES ? codes[which - DIMENSION_HOLD_PARTY] : REASON_NONE);
    if (instruction->counterpart != MODEL_NONE &&
        model_tried_at_once(model, &model->instructions[model_head(model, index)])) {
        model_attempt(model, model_head(model, index));
    }
    return answer(OUTCOME_DONE, REASON_NONE);
}

static int32_t target_of(const struct model *model, const struct command_target *target)
{
    int32_t found = model_find(model, party_of(&target->party), &target->reference);
    assert_int_not_equal(found, MODEL_NONE);
    return found;
}

/* sese.030 LINK and UNLK, of own instructions or by the operator. */
static struct model_answer link_or_unlink(struct model *model, const struct command *command)
{
    const struct command_link *body = &command->link;
    int32_t index = model_find(model, party_of(&body->party), &body->reference);
    int32_t other = model_find(model, party_of(&body->linked_party), &body->linked_reference);
    enum reason objection;
    if (model->instructions[index].status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return answer(OUTCOME_REFUSED, REASON_DSET);
    }
    if (model_ended(&model->instructions[index])) {
        return answer(OUTCOME_REFUSED, REASON_DCAN);
    }
    if (model->instructions[index].settled_quantity > 0) {
        return answer(OUTCOME_REFUSED, REASON_INVM);
    }
    if (command->kind == COMMAND_UNLINK) {
        if (body->type == 0 || model_linked_as(model, index, other) != body->type) {
            return answer(OUTCOME_REFUSED, REASON_INVL);
        }
        model_unlink(model, index, other);
        return answer(OUTCOME_DONE, REASON_NONE);
    }
    if (body->type != 0 && model_linked_as(model, index, other) == body->type) {
        return answer(OUTCOME_ALREADY, REASON_NONE);
    }
    objection = model_link_objection(model, index, other, body->type);
    if (objection != REASON_NONE) {
        return answer(OUTCOME_REFUSED, objection);
    }
    model_link(model, index, other, body->type);
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer release_in_part(struct model *model, uint32_t party,
                                           const struct command *command)
{
    int32_t index = model_find(model, party, &command->partial_release.reference);
    enum reason objection;
    if (model->instructions[index].status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return answer(OUTCOME_REFUSED, REASON_DSET);
    }
    if (model_ended(&model->instructions[index])) {
        return answer(OUTCOME_REFUSED, REASON_DCAN);
    }
    objection = model_release(model, index, command->partial_release.quantity);
    if (objection == REASON_NONE && model_tried_at_once(model, &model->instructions[index])) {
        model_attempt(model, index);
    }
    return objection == REASON_NONE ? answer(OUTCOME_DONE, REASON_NONE)
                                    : answer(OUTCOME_REFUSED, objection);
}

static struct model_answer act_on_target(struct model *model, uint32_t party,
                                         const struct command *command)
{
    int32_t index = target_of(model, &command->target);
    struct model_instruction *instruction = &model->instructions[index];
    if (instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED) {
        return answer(OUTCOME_REFUSED, REASON_DSET);
    }
    if (model_ended(instruction)) {
        return answer(OUTCOME_REFUSED, REASON_DCAN);
    }
    switch (command->kind) {
    case COMMAND_CANCEL:
        return cancel(model, index, instruction->party == party);
    case COMMAND_HOLD:
        return set_hold(model, index, (enum instruction_dimension)command->target.hold, HOLD_YES);
    case COMMAND_RELEASE:
        return set_hold(model, index, (enum instruction_dimension)command->target.hold, HOLD_NO);
    default:
        return model_amend(model, index, &command->target);
    }
}

/* The operator moves an event of today; that two persons signed, model_rights.c knows. */
static struct model_answer move_event(struct model *model, const struct command *command)
{
    const struct command_day_revise *body = &command->day_revise;
    char currency[4] = "";
    memcpy(currency, body->currency.text, body->currency.size);
    if (!model_day_may_move(&model->day, model->now_ms, body->event, currency, body->revised_ms)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    model_day_move(&model->day, body->event, currency, body->revised_ms);
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer set_limit(struct model *model, const struct command_limit_set *body)
{
    struct model_limit wanted = {.party = party_of(&body->bic),
                                 .account = body->account.size > 0,
                                 .asset = (uint32_t)model_asset(&body->asset),
                                 .amount = body->amount};
    wanted.subject = wanted.account ? model_number(&body->account) : party_of(&body->counterparty);
    return model_limit_set(model, &wanted);
}

struct model_answer model_command(struct model *model, uint32_t party,
                                  const struct command *command)
{
    if (model->suspended[party]) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    switch (command->kind) {
    case COMMAND_PARTY_CHANGE:
        return change_party(model, &command->party_change);
    case COMMAND_RESTRICTION_TYPE_ADD:
    case COMMAND_RESTRICTION_TYPE_END:
        return model_type_command(model, party, command);
    case COMMAND_ISSUE:
    case COMMAND_CASH_IN:
    case COMMAND_REDEEM:
    case COMMAND_CASH_OUT:
        return move_issuance(model, command);
    case COMMAND_CREDIT_LIMIT:
        return set_credit_limit(model, command);
    case COMMAND_ASSET_CHANGE:
    case COMMAND_ACCOUNT_CHANGE:
        return set_blocks(model, command);
    case COMMAND_INSTRUCT:
        return instruct(model, party, command);
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
        return model_restrict(model, party, command);
    case COMMAND_ALLEGEMENT_ACCEPT:
        return accept_alleged(model, party, command);
    case COMMAND_LIMIT_SET:
        return set_limit(model, &command->limit_set);
    case COMMAND_DAY_REVISE:
        return move_event(model, command);
    case COMMAND_PARTIAL_RELEASE:
        return release_in_part(model, party, command);
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        return link_or_unlink(model, command);
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        return model_attorney(model, party, command);
    case COMMAND_INSTRUCT_MATCHED:
        return model_instruct_matched(model, party, command);
    case COMMAND_TRANSFORM:
        return model_transform(model, party, command);
    default:
        return act_on_target(model, party, command);
    }
}
