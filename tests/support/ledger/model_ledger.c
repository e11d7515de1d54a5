#include "tests/support/ledger/model_ledger.h"

#include <string.h>

#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"

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

static enum world_asset asset_of(const struct asset_code *code)
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

static bool is_money(uint32_t asset)
{
    return asset == WORLD_EUR || asset == WORLD_USD;
}

/* "SEC2" and "CASH2" are number 1; "SEC1", "CASH1" and an absent name number 0. */
static uint32_t number_of(const struct text35 *account)
{
    return account->size > 0 && account->text[account->size - 1] == '2' ? 1 : 0;
}

int32_t model_position(uint32_t party, enum world_asset asset, uint32_t number)
{
    return (int32_t)(((party - WORLD_PARTICIPANT) * WORLD_ASSET_COUNT + asset) * 2 + number);
}

static bool position_blocked(const struct model *model, int32_t index, enum reason *reason)
{
    const struct model_position *position = &model->positions[index];
    uint32_t participant = position->party - WORLD_PARTICIPANT;
    if (model->account_blocked[participant][is_money(position->asset)][position->number]) {
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

static void status_set(struct model *model, int32_t index, enum instruction_dimension dimension,
                       uint8_t value, enum reason reason)
{
    struct model_status *status = &model->instructions[index].status[dimension];
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
    if (deliver->payment == PAYMENT_APMT && asset_of(&deliver->currency) == WORLD_EUR) {
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

/* ------------------------------------------------------------------------------ settlement */

/* What moves when a pair settles: at most securities and cash. */
struct movement {
    int32_t from;
    int32_t to;
    int64_t quantity;
    bool money;
};

static uint32_t movements_of(const struct model *model, int32_t head, struct movement movements[2])
{
    const struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    bool internal = deliverer == receiver;
    uint32_t count = 0;
    if (deliverer->terms.quantity > 0) {
        enum world_asset asset = asset_of(&deliverer->terms.asset);
        uint32_t to =
            number_of(internal ? &deliverer->terms.receiver_account : &receiver->terms.account);
        movements[count++] = (struct movement){
            model_position(deliverer->party, asset, number_of(&deliverer->terms.account)),
            model_position(receiver->party, asset, to), deliverer->terms.quantity, is_money(asset)};
    }
    if (deliverer->terms.payment == PAYMENT_APMT) {
        enum world_asset currency = asset_of(&deliverer->terms.currency);
        int32_t deliverers =
            model_position(deliverer->party, currency, number_of(&deliverer->terms.cash_account));
        int32_t receivers =
            model_position(receiver->party, currency, number_of(&receiver->terms.cash_account));
        bool receiver_pays = deliverer->terms.credit_debit == CREDIT_DEBIT_CRDT;
        movements[count++] = (struct movement){receiver_pays ? receivers : deliverers,
                                               receiver_pays ? deliverers : receivers,
                                               deliverer->settlement_amount, true};
    }
    return count;
}

static int64_t spendable(const struct model_position *position)
{
    return position->available + position->credit_limit;
}

static int32_t helped_first(const struct model *model, int32_t position);

static void wake(struct model *model, int32_t position)
{
    if (model->positions[position].turn == 0 && helped_first(model, position) != MODEL_NONE) {
        model->positions[position].turn = ++model->turn_last;
    }
}

static bool holds(const struct model_instruction *instruction, enum instruction_dimension which)
{
    return instruction->status[which].value == HOLD_YES;
}

static bool holds_any(const struct model_instruction *instruction)
{
    return holds(instruction, DIMENSION_HOLD_PARTY) || holds(instruction, DIMENSION_HOLD_CSD) ||
           holds(instruction, DIMENSION_HOLD_VALIDATION) ||
           holds(instruction, DIMENSION_HOLD_CONDITIONAL);
}

static enum reason hold_reason(const struct model_instruction *own,
                               const struct model_instruction *other)
{
    if (holds(own, DIMENSION_HOLD_CSD)) {
        return REASON_CSDH;
    }
    if (holds(own, DIMENSION_HOLD_VALIDATION)) {
        return REASON_CVAL;
    }
    if (holds(own, DIMENSION_HOLD_CONDITIONAL)) {
        return REASON_CDLR;
    }
    if (holds(own, DIMENSION_HOLD_PARTY) && holds(other, DIMENSION_HOLD_PARTY) && own != other) {
        return REASON_BOTH;
    }
    return holds(own, DIMENSION_HOLD_PARTY) ? REASON_PREA : REASON_PRCY;
}

/* Both sides are told; the pair waits for the position, if one is given. */
static void pend(struct model *model, int32_t head, enum reason deliverer, enum reason receiver,
                 int32_t position, int64_t need)
{
    struct model_instruction *instruction = &model->instructions[head];
    status_set(model, head, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, deliverer);
    if (instruction->counterpart != head) {
        status_set(model, instruction->counterpart, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                   receiver);
    }
    instruction->waits_for = position;
    instruction->need = need;
}

static void end_settled(struct model *model, int32_t index, int64_t quantity, int64_t amount)
{
    struct model_instruction *instruction = &model->instructions[index];
    instruction->settled_quantity += quantity;
    instruction->settled_amount += amount;
    if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED) {
        status_set(model, index, DIMENSION_CANCELLATION, CANCELLATION_NONE, REASON_DSET);
    }
    status_set(model, index, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    status_set(model, index, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE);
}

static void book(struct model *model, int32_t head, const struct movement *movements,
                 uint32_t count)
{
    struct model_instruction *instruction = &model->instructions[head];
    for (uint32_t i = 0; i < count; i++) {
        model->positions[movements[i].from].available -= movements[i].quantity;
        model->positions[movements[i].to].available += movements[i].quantity;
    }
    for (uint32_t i = 0; i < count; i++) {
        wake(model, movements[i].to);
    }
    end_settled(model, head, instruction->terms.quantity, instruction->settlement_amount);
    if (instruction->counterpart != head) {
        end_settled(model, instruction->counterpart, instruction->terms.quantity,
                    instruction->settlement_amount);
    }
}

/* Is a blocked position in the way? Givers and takers are looked at movement by movement. */
static int32_t first_blocked(const struct model *model, const struct movement *movements,
                             uint32_t count, enum reason *reason)
{
    for (uint32_t i = 0; i < count; i++) {
        if (position_blocked(model, movements[i].from, reason)) {
            return movements[i].from;
        }
        if (position_blocked(model, movements[i].to, reason)) {
            return movements[i].to;
        }
    }
    return MODEL_NONE;
}

static void attempt(struct model *model, int32_t head)
{
    struct model_instruction *deliverer = &model->instructions[head];
    struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    struct movement movements[2];
    uint32_t count = movements_of(model, head, movements);
    enum reason reason = REASON_NONE;
    int32_t blocked;

    deliverer->waits_for_date = false;
    deliverer->waits_for = MODEL_NONE;
    if (deliverer->terms.settlement_date > model->today) {
        pend(model, head, REASON_FUTU, REASON_FUTU, MODEL_NONE, 0);
        deliverer->waits_for_date = true;
        return;
    }
    if (holds_any(deliverer) || holds_any(receiver)) {
        pend(model, head, hold_reason(deliverer, receiver), hold_reason(receiver, deliverer),
             MODEL_NONE, 0);
        return;
    }
    blocked = first_blocked(model, movements, count, &reason);
    if (blocked != MODEL_NONE) {
        pend(model, head, reason, reason, blocked, 0);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct movement *movement = &movements[i];
        if (spendable(&model->positions[movement->from]) < movement->quantity) {
            bool deliverer_gives = model->positions[movement->from].party == deliverer->party;
            enum reason own = movement->money ? REASON_MONY : REASON_LACK;
            enum reason other = movement->money ? REASON_CMON : REASON_CLAC;
            pend(model, head, deliverer_gives ? own : other, deliverer_gives ? other : own,
                 movement->from, movement->quantity);
            return;
        }
    }
    book(model, head, movements, count);
}

/* --------------------------------------------------------------------------------- waiting */

static uint8_t priority_of(const struct model *model, int32_t head)
{
    uint8_t own = model->instructions[head].terms.priority;
    uint8_t other = model->instructions[model->instructions[head].counterpart].terms.priority;
    return own < other ? own : other;
}

static int32_t age_of(const struct model *model, int32_t head)
{
    int32_t other = model->instructions[head].counterpart;
    return head < other ? head : other;
}

/* Is `a` served before `b`? By priority if asked, then date, then age. */
static bool served_before(const struct model *model, bool by_priority, int32_t a, int32_t b)
{
    uint32_t date_a = model->instructions[a].terms.settlement_date;
    uint32_t date_b = model->instructions[b].terms.settlement_date;
    if (by_priority && priority_of(model, a) != priority_of(model, b)) {
        return priority_of(model, a) < priority_of(model, b);
    }
    if (date_a != date_b) {
        return date_a < date_b;
    }
    return age_of(model, a) < age_of(model, b);
}

/* Who waits for this position, needs no more than it has, and is served first. */
static int32_t helped_first(const struct model *model, int32_t position)
{
    int64_t has = spendable(&model->positions[position]);
    int32_t best = MODEL_NONE;
    enum reason reason;
    if (position_blocked(model, position, &reason)) {
        return MODEL_NONE;
    }
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        if (instruction->waits_for == position && instruction->need <= (has > 0 ? has : 0) &&
            (best == MODEL_NONE || served_before(model, true, i, best))) {
            best = i;
        }
    }
    return best;
}

static int32_t due_first(const struct model *model)
{
    int32_t best = MODEL_NONE;
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        if (instruction->waits_for_date && instruction->terms.settlement_date <= model->today &&
            (best == MODEL_NONE || served_before(model, false, i, best))) {
            best = i;
        }
    }
    return best;
}

static int32_t turn_first(const struct model *model)
{
    int32_t best = MODEL_NONE;
    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        uint64_t turn = model->positions[i].turn;
        if (turn != 0 && (best == MODEL_NONE || turn < model->positions[best].turn)) {
            best = i;
        }
    }
    return best;
}

/* A turn, then a date, then a turn, as long as there are both; each costs one step. */
static void work(struct model *model)
{
    bool turn_last = false;
    while (model->steps_left > 0) {
        int32_t turn = turn_first(model);
        int32_t due = due_first(model);
        if (turn == MODEL_NONE && due == MODEL_NONE) {
            return;
        }
        model->steps_left--;
        if (due != MODEL_NONE && (turn == MODEL_NONE || turn_last)) {
            attempt(model, due);
            turn_last = false;
        } else {
            int32_t head = helped_first(model, turn);
            model->positions[turn].turn = 0;
            if (head != MODEL_NONE) {
                attempt(model, head);
                wake(model, turn);
            }
            turn_last = true;
        }
    }
}

void model_block_begin(struct model *model, uint64_t ts_ms)
{
    model->height++;
    model->now_ms = ts_ms;
    model_day_block(&model->day, ts_ms);
    model->today = model->day.date;
    model->steps_left = model->wake_budget;
    model->sweep = false;
    work(model);
    model_allegements_send(model);
}

bool model_block_end(struct model *model)
{
    bool more;
    work(model);
    more = turn_first(model) != MODEL_NONE || due_first(model) != MODEL_NONE;
    if (model->sweep) {
        for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
            wake(model, i);
        }
    }
    return more;
}

/* -------------------------------------------------------------------------------- commands */

static struct model_answer answer(enum outcome outcome, enum reason reason)
{
    return (struct model_answer){outcome, reason};
}

static struct model_answer move_issuance(struct model *model, const struct command *command)
{
    enum world_asset asset = asset_of(&command->issuance.asset);
    int32_t index = model_position(party_of(&command->issuance.bic), asset,
                                   number_of(&command->issuance.account));
    struct model_position *position = &model->positions[index];
    if (model->account_blocked[position->party - WORLD_PARTICIPANT][is_money(asset)]
                              [position->number]) {
        return answer(OUTCOME_REFUSED, is_money(asset) ? REASON_CASH : REASON_SAFE);
    }
    if (command->kind == COMMAND_ISSUE || command->kind == COMMAND_CASH_IN) {
        position->available += command->issuance.quantity;
        wake(model, index);
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
                                   asset_of(&command->credit_limit.currency),
                                   number_of(&command->credit_limit.account));
    struct model_position *position = &model->positions[index];
    bool raised = command->credit_limit.limit > position->credit_limit;
    if (position->available < -command->credit_limit.limit) {
        return answer(OUTCOME_REFUSED, REASON_INVB);
    }
    position->credit_limit = command->credit_limit.limit;
    if (raised) {
        wake(model, index);
    }
    return answer(OUTCOME_DONE, REASON_NONE);
}

static struct model_answer set_blocks(struct model *model, const struct command *command)
{
    bool blocked;
    if (command->kind == COMMAND_ASSET_CHANGE) {
        blocked = command->asset_change.status == ASSET_BLOCKED;
        model->asset_blocked[asset_of(&command->asset_change.code)] = blocked;
    } else {
        uint32_t participant = party_of(&command->account_change.bic) - WORLD_PARTICIPANT;
        bool money = command->account_change.id.text[0] == 'C';
        blocked = command->account_change.status == ACCOUNT_BLOCKED;
        model->account_blocked[participant][money][number_of(&command->account_change.id)] =
            blocked;
    }
    model->sweep = model->sweep || !blocked;
    return answer(OUTCOME_DONE, REASON_NONE);
}

static int32_t head_of(const struct model *model, int32_t index)
{
    bool delivers = model->instructions[index].terms.movement == MOVEMENT_DELI;
    return delivers ? index : model->instructions[index].counterpart;
}

/* `other`: whom it is made to match; MODEL_NONE: whoever is found. */
static struct model_answer instruct(struct model *model, uint32_t party,
                                    const struct command *command, int32_t other)
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
    };
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        instruction->status[i].height = model->height;
    }
    if (command->instruct.hold) {
        instruction->status[DIMENSION_HOLD_PARTY].value = HOLD_YES;
        instruction->status[DIMENSION_HOLD_PARTY].reason = REASON_PTYH;
    }
    if (command->instruct.transaction_type == TRANSACTION_OWNI) {
        instruction->status[DIMENSION_MATCH].value = MATCH_NOT_REQUIRED;
        instruction->counterpart = index;
        status_set(model, index, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
        attempt(model, index);
        return answer(OUTCOME_DONE, REASON_NONE);
    }
    /* The own account is always part of what is matched. */
    if (instruction->terms.quantity > 0) {
        struct text35 *account = instruction->terms.movement == MOVEMENT_DELI
                                     ? &instruction->terms.deliverer_account
                                     : &instruction->terms.receiver_account;
        *account = world_account(WORLD_ISIN_1, number_of(&instruction->terms.account));
    }
    instruction->status[DIMENSION_MATCH].reason = REASON_CMIS;
    if (other == MODEL_NONE) {
        other = find_other_side(model, index);
    }
    if (other == MODEL_NONE) {
        model_allegement_begin(model, index);
    } else {
        model_allegement_end(model, other);
        int32_t head = instruction->terms.movement == MOVEMENT_DELI ? index : other;
        int64_t amount =
            instruction->terms.payment == PAYMENT_APMT ? model->instructions[head].terms.amount : 0;
        for (uint32_t i = 0; i < 2; i++) {
            int32_t side = i == 0 ? index : other;
            model->instructions[side].counterpart = i == 0 ? other : index;
            model->instructions[side].settlement_amount = amount;
            status_set(model, side, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
            status_set(model, side, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
        }
        attempt(model, head);
    }
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
    return instruct(model, party, &mirror, alleged);
}

static void end_cancelled(struct model *model, int32_t index, enum reason reason)
{
    struct model_instruction *instruction = &model->instructions[index];
    status_set(model, index, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED, reason);
    status_set(model, index, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_NONE);
    status_set(model, index, DIMENSION_PROCESSING, PROCESSING_ENDED, reason);
    instruction->waits_for = MODEL_NONE;
    instruction->waits_for_date = false;
    model_allegement_end(model, index);
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
            status_set(model, index, DIMENSION_CANCELLATION, CANCELLATION_REQUESTED, REASON_CONF);
            return answer(OUTCOME_PENDING, REASON_CONF);
        }
    }
    end_cancelled(model, index, reason);
    if (!alone) {
        end_cancelled(model, other, reason);
    }
    return answer(OUTCOME_DONE, reason);
}

static struct model_answer set_hold(struct model *model, int32_t index,
                                    enum instruction_dimension which, uint8_t value)
{
    static const enum reason codes[] = {REASON_PTYH, REASON_CSDH, REASON_CVAL, REASON_CDEL};
    const struct model_instruction *instruction = &model->instructions[index];
    if (instruction->status[which].value == value) {
        return answer(OUTCOME_ALREADY, REASON_NONE);
    }
    status_set(model, index, which, value,
               value == HOLD_YES ? codes[which - DIMENSION_HOLD_PARTY] : REASON_NONE);
    if (instruction->counterpart != MODEL_NONE &&
        !model->instructions[head_of(model, index)].waits_for_date) {
        attempt(model, head_of(model, index));
    }
    return answer(OUTCOME_DONE, REASON_NONE);
}

static int32_t target_of(const struct model *model, const struct command_target *target)
{
    uint32_t party = party_of(&target->party);
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        if (instruction->party == party && instruction->reference.size == target->reference.size &&
            memcmp(instruction->reference.text, target->reference.text, target->reference.size) ==
                0) {
            return i;
        }
    }
    fail_msg("an instruction that the model does not know");
    return MODEL_NONE;
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
        if (instruction->terms.priority == command->target.priority) {
            return answer(OUTCOME_ALREADY, REASON_NONE);
        }
        instruction->terms.priority = command->target.priority;
        return answer(OUTCOME_DONE, REASON_NONE);
    }
}

/* The operator moves an event of today: first told, then approved by somebody else. */
static struct model_answer move_event(struct model *model, const struct command *command,
                                      bool approved)
{
    const struct command_day_revise *body = &command->day_revise;
    char currency[4] = "";
    memcpy(currency, body->currency.text, body->currency.size);
    if (!model_day_may_move(&model->day, model->now_ms, body->event, currency, body->revised_ms)) {
        return answer(OUTCOME_REFUSED, REASON_VALR);
    }
    if (!approved) {
        model->draft = *command;
        return answer(OUTCOME_WAITING, REASON_NONE);
    }
    model_day_move(&model->day, body->event, currency, body->revised_ms);
    return answer(OUTCOME_DONE, REASON_NONE);
}

struct model_answer model_command(struct model *model, uint32_t party,
                                  const struct command *command)
{
    switch (command->kind) {
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
        return instruct(model, party, command, MODEL_NONE);
    case COMMAND_ALLEGEMENT_ACCEPT:
        return accept_alleged(model, party, command);
    case COMMAND_DAY_REVISE:
        return move_event(model, command, false);
    case COMMAND_APPROVE:
        return move_event(model, &model->draft, true);
    default:
        return act_on_target(model, party, command);
    }
}
