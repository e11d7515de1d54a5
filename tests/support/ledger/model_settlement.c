/* Settlement and waiting, as the settlement rules say it: sets, who waits, who is tried again. */
#include <string.h>

#include "ledger/day/business_day.h"
#include "ledger/values/date.h"
#include "tests/support/ledger/model_inside.h"
#include "tests/support/ledger/model_limit.h"
#include "tests/support/ledger/model_link.h"
#include "tests/support/ledger/model_partial.h"
#include "tests/support/ledger/model_restriction.h"
#include "tests/support/ledger/model_restriction_type.h"

/* ------------------------------------------------------------------------------ settlement */

uint32_t model_movements(const struct model *model, int32_t head,
                         struct model_movement movements[2])
{
    const struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    bool internal = deliverer == receiver;
    int64_t quantity = deliverer->terms.quantity - deliverer->settled_quantity;
    int64_t amount = deliverer->settlement_amount - deliverer->settled_amount;
    uint32_t count = 0;
    if (model->part_head == head) {
        quantity = model->part_quantity;
        amount = model->part_amount;
    }
    if (quantity > 0) {
        enum world_asset asset = model_asset(&deliverer->terms.asset);
        uint32_t to =
            model_number(internal ? &deliverer->terms.receiver_account : &receiver->terms.account);
        movements[count++] = (struct model_movement){
            model_position(deliverer->party, asset, model_number(&deliverer->terms.account)),
            model_position(receiver->party, asset, to), quantity, model_is_money(asset)};
    }
    if (deliverer->terms.payment == PAYMENT_APMT) {
        enum world_asset currency = model_asset(&deliverer->terms.currency);
        int32_t deliverers = model_position(deliverer->party, currency,
                                            model_number(&deliverer->terms.cash_account));
        int32_t receivers =
            model_position(receiver->party, currency, model_number(&receiver->terms.cash_account));
        bool receiver_pays = deliverer->terms.credit_debit == CREDIT_DEBIT_CRDT;
        movements[count++] =
            (struct model_movement){receiver_pays ? receivers : deliverers,
                                    receiver_pays ? deliverers : receivers, amount, true};
    }
    return count;
}

static int64_t spendable(const struct model_position *position)
{
    return position->available + position->credit_limit;
}

void model_wake_part(struct model *model, int32_t position)
{
    if (model->positions[position].part_turn == 0 &&
        model_helped_first(model, position, true) != MODEL_NONE) {
        model->positions[position].part_turn = ++model->turn_last;
        model->positions[position].part_ms = model->origin_ms;
    }
}

int64_t model_spendable(const struct model *model, int32_t position)
{
    return spendable(&model->positions[position]);
}

void model_wake(struct model *model, int32_t position)
{
    model_mark_if_helping(model, position);
    model_wake_part(model, position);
    if (model->positions[position].turn == 0 &&
        (model->positions[position].review != 0 ||
         model_helped_first(model, position, false) != MODEL_NONE)) {
        model->positions[position].turn = ++model->turn_last;
        model->positions[position].turn_ms = model->origin_ms;
    }
}

/* Waits for the position, and may be helped by more than what that can spend. */
static bool is_reviewed(const struct model *model, int32_t index, int32_t position)
{
    const struct model_instruction *instruction = &model->instructions[index];
    return instruction->waits_for == position &&
           (instruction->need == INT64_MAX || model_draws(model, index));
}

void model_review(struct model *model, int32_t position)
{
    for (int32_t i = 0; i < model->instruction_count; i++) {
        if (is_reviewed(model, i, position)) {
            model->positions[position].review = 1;
            model_wake(model, position);
            return;
        }
    }
}

/* The next by age whom the review of the position looks at; MODEL_NONE when it is over. */
int32_t model_review_next(const struct model *model, int32_t position)
{
    int32_t best = MODEL_NONE;
    int32_t from = model->positions[position].review;
    for (int32_t i = 0; i < model->instruction_count && from != 0; i++) {
        if (is_reviewed(model, i, position) && model_age(model, i) + 1 >= from &&
            (best == MODEL_NONE || model_age(model, i) < model_age(model, best))) {
            best = i;
        }
    }
    return best;
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
    uint8_t value = instruction->status[DIMENSION_SETTLEMENT].value;
    model_status_set(model, head, DIMENSION_SETTLEMENT, value, deliverer);
    if (instruction->counterpart != head) {
        model_status_set(model, instruction->counterpart, DIMENSION_SETTLEMENT, value, receiver);
    }
    instruction->waits_for = position;
    instruction->need = need;
    model_mark_if_waiting(model, head);
}

void model_wait_nowhere(struct model_instruction *instruction)
{
    instruction->waiting_date = 0;
    instruction->waits_for_date = false;
    instruction->waits_for = MODEL_NONE;
    instruction->part_least = 0;
}

/* Is it linked to one that is open, other than for information, or in a pool? */
static bool side_bound(const struct model *model, const struct model_instruction *instruction)
{
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        if (instruction->links[i].type != LINK_INFO &&
            !model_ended(&model->instructions[instruction->links[i].other])) {
            return true;
        }
    }
    return instruction->terms.pool.size > 0 || instruction->terms.restriction_count > 0;
}

/* It waits for its securities already: for a part as well, if one could ever settle. */
static void wait_for_part(struct model *model, int32_t head)
{
    struct model_instruction *instruction = &model->instructions[head];
    const struct model_instruction *other = &model->instructions[instruction->counterpart];
    if (!side_bound(model, instruction) && !side_bound(model, other)) {
        instruction->part_least = model_part(model, instruction, other, 0).least;
        model_wake_part(model, instruction->waits_for);
    }
}

static void side_settled(struct model *model, int32_t index, int64_t quantity, int64_t amount)
{
    struct model_instruction *instruction = &model->instructions[index];
    instruction->settled_quantity += quantity;
    instruction->settled_amount += amount;
    if (instruction->settled_quantity < instruction->terms.quantity) {
        model_status_set(model, index, DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED,
                         REASON_PART);
        return;
    }
    if (instruction->status[DIMENSION_CANCELLATION].value == CANCELLATION_REQUESTED) {
        model_status_set(model, index, DIMENSION_CANCELLATION, CANCELLATION_NONE, REASON_DSET);
    }
    model_status_set(model, index, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    model_status_set(model, index, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE);
    model_link_ended(model, index);
}

/* Is a blocked position in the way? Givers and takers are looked at movement by movement. */
static int32_t first_blocked(const struct model *model, const struct model_movement *movements,
                             uint32_t count, enum reason *reason)
{
    for (uint32_t i = 0; i < count; i++) {
        if (model_blocked(model, movements[i].from, reason)) {
            return movements[i].from;
        }
        if (model_blocked(model, movements[i].to, reason)) {
            return movements[i].to;
        }
    }
    return MODEL_NONE;
}

/* What keeps a pair, apart from balances, when those with `together` settle in this step. */
struct obstacle {
    enum reason deliverer;
    enum reason receiver;
    bool date;
    int32_t position;
    int64_t need;
    uint32_t retry;
    bool failing;
};

/* Table 37: not before the night, not past the cut-off for what it is: with delivery and payment,
 * of money alone, of securities alone. */
static bool day_obstacle(const struct model *model, int32_t head, struct obstacle *out)
{
    const struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    const struct command_instruct *terms = &deliverer->terms;
    uint64_t time = model->origin_ms >= model->day.begun_ms ? model->origin_ms : model->now_ms;
    bool paid = terms->payment == PAYMENT_APMT;
    bool money = paid || model_is_money(model_asset(&terms->asset));
    uint8_t event = paid && terms->quantity > 0 ? DAY_DVP_CUT_OFF
                    : money                     ? DAY_CASH_CUT_OFF
                                                : DAY_FOP_CUT_OFF;
    char currency[4] = "";
    uint64_t opened = model_day_opened(&model->day);
    uint64_t cut_off;
    if (money) {
        memcpy(currency, paid ? terms->currency.text : terms->asset.text, 3);
    }
    cut_off = model_day_due(&model->day, event, currency);
    *out = (struct obstacle){REASON_CYCL, REASON_CYCL, true, MODEL_NONE, 0, model->today, false};
    if (opened == 0 || time < opened) {
        return true;
    }
    if (time < cut_off) {
        *out = (struct obstacle){.position = MODEL_NONE};
        return false;
    }
    out->deliverer = deliverer->submitted_ms >= cut_off ? REASON_LATE : REASON_CYCL;
    out->receiver = receiver->submitted_ms >= cut_off ? REASON_LATE : REASON_CYCL;
    out->retry = model_business_day_from(date_add(model->today, 1));
    out->failing = true;
    return true;
}

static bool obstacle_of(const struct model *model, int32_t head, struct obstacle *out)
{
    const struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    struct model_movement movements[2];
    uint32_t count = model_movements(model, head, movements);
    enum reason reason = REASON_NONE;

    *out = (struct obstacle){.position = MODEL_NONE};
    if (deliverer->terms.settlement_date > model->today) {
        *out =
            (struct obstacle){.deliverer = REASON_FUTU,
                              .receiver = REASON_FUTU,
                              .date = true,
                              .position = MODEL_NONE,
                              .retry = model_business_day_from(deliverer->terms.settlement_date)};
        return true;
    }
    bool released = model->part_head == head && model->part_quantity <= deliverer->released &&
                    !holds(deliverer, DIMENSION_HOLD_CSD) &&
                    !holds(deliverer, DIMENSION_HOLD_VALIDATION) &&
                    !holds(deliverer, DIMENSION_HOLD_CONDITIONAL) &&
                    (receiver == deliverer || !holds_any(receiver));
    if ((holds_any(deliverer) || holds_any(receiver)) && !released) {
        out->deliverer = hold_reason(deliverer, receiver);
        out->receiver = hold_reason(receiver, deliverer);
        return true;
    }
    out->position = first_blocked(model, movements, count, &reason);
    if (out->position == MODEL_NONE) {
        reason = model_type_blocks(model, head);
        out->position = reason == REASON_NONE ? MODEL_NONE : movements[0].from;
        out->need = reason == REASON_NONE ? 0 : INT64_MAX;
    }
    if (out->position == MODEL_NONE) {
        reason = model_link_reason(model, head);
    }
    if (out->position == MODEL_NONE && reason == REASON_NONE) {
        reason = model_link_reason(model, deliverer->counterpart);
    }
    out->deliverer = reason;
    out->receiver = reason;
    return reason != REASON_NONE || day_obstacle(model, head, out);
}

static void obstacle_tell(struct model *model, int32_t head, const struct obstacle *obstacle)
{
    const struct model_instruction *own = &model->instructions[head];
    bool by_rule = obstacle->need == INT64_MAX &&
                   (obstacle->deliverer == REASON_BLOC || obstacle->deliverer == REASON_SBLO);
    if (by_rule && own->status[DIMENSION_SETTLEMENT].reason != obstacle->deliverer) {
        model->hits += own->counterpart == head ? 1 : 2;
    }
    pend(model, head, obstacle->deliverer, obstacle->receiver, obstacle->position, obstacle->need);
    model->instructions[head].waits_for_date = obstacle->date;
    model->instructions[head].waiting_date = obstacle->date ? obstacle->retry : 0;
    if (obstacle->failing) {
        model_status_set(model, head, DIMENSION_PROCESSING, PROCESSING_FAILING, REASON_NONE);
        model_status_set(model, model->instructions[head].counterpart, DIMENSION_PROCESSING,
                         PROCESSING_FAILING, REASON_NONE);
    }
    if (obstacle->deliverer == REASON_LACK) {
        wait_for_part(model, head);
    }
}

static void together_set(struct model *model, const struct model_set *set, bool value)
{
    for (uint32_t i = 0; i < set->count; i++) {
        model->together[set->heads[i]] = value;
        model->together[model->instructions[set->heads[i]].counterpart] = value;
    }
}

bool model_gates_open(struct model *model, const struct model_set *set)
{
    struct obstacle why;
    bool open = set->whole;
    together_set(model, set, true);
    for (uint32_t i = 0; i < set->count && open; i++) {
        open = !obstacle_of(model, set->heads[i], &why);
    }
    together_set(model, set, false);
    return open;
}

/* All movements of a set, those of securities before those of money, with whose they are. */
struct booking {
    struct model_movement movements[10 * MODEL_TIED_MAX];
    int32_t heads[10 * MODEL_TIED_MAX];
    int32_t drawn[10 * MODEL_TIED_MAX]; /* on which restriction; MODEL_NONE: available */
    uint32_t count;
};

/* Adds a movement, part by part; false when it may only come out of too little. */
static bool booking_add(struct model *model, int32_t head, const struct model_movement *movement,
                        struct booking *out)
{
    struct model_slice slices[5];
    int64_t missing;
    int32_t other = model->instructions[head].counterpart;
    bool head_gives = model->positions[movement->from].party == model->instructions[head].party;
    uint32_t count = model_slices(model, head_gives ? head : other, movement->from,
                                  movement->quantity, slices, &missing);
    for (uint32_t i = 0; i < count; i++) {
        out->movements[out->count] = *movement;
        out->movements[out->count].quantity = slices[i].quantity;
        out->drawn[out->count] = slices[i].restriction;
        out->heads[out->count++] = head;
    }
    return missing == 0;
}

static void lack_tell(const struct model *model, int32_t head,
                      const struct model_movement *movement, int64_t need, struct obstacle *why)
{
    bool deliverer_gives =
        model->positions[movement->from].party == model->instructions[head].party;
    enum reason own = movement->money ? REASON_MONY : REASON_LACK;
    enum reason other = movement->money ? REASON_CMON : REASON_CLAC;
    *why = (struct obstacle){.deliverer = deliverer_gives ? own : other,
                             .receiver = deliverer_gives ? other : own,
                             .position = movement->from,
                             .need = need};
}

static bool booking_make(struct model *model, const struct model_set *set, struct booking *out,
                         int32_t *fault, struct obstacle *why)
{
    out->count = 0;
    for (uint32_t money = 0; money < 2; money++) {
        for (uint32_t i = 0; i < set->count; i++) {
            struct model_movement movements[2];
            uint32_t count = model_movements(model, set->heads[i], movements);
            for (uint32_t j = 0; j < count; j++) {
                if (movements[j].money == (money == 1) &&
                    !booking_add(model, set->heads[i], &movements[j], out)) {
                    *fault = set->heads[i];
                    lack_tell(model, *fault, &movements[j], INT64_MAX, why);
                    return false;
                }
            }
        }
    }
    return true;
}

/* The first movement out of a position that gives more than it has and takes; `count` if none. */
static uint32_t first_lack(const struct model *model, const struct booking *booking, int64_t *need)
{
    for (uint32_t i = 0; i < booking->count; i++) {
        int32_t position = booking->movements[i].from;
        *need = 0;
        for (uint32_t j = 0; j < booking->count; j++) {
            const struct model_movement *movement = &booking->movements[j];
            *need += movement->from == position && booking->drawn[j] == MODEL_NONE
                         ? movement->quantity
                         : 0;
            *need -= movement->to == position ? movement->quantity : 0;
        }
        if (booking->drawn[i] == MODEL_NONE && *need > spendable(&model->positions[position])) {
            return i;
        }
    }
    return booking->count;
}

static void sides_settled(struct model *model, int32_t head, int64_t quantity, int64_t amount)
{
    struct model_instruction *instruction = &model->instructions[head];
    model_wait_nowhere(instruction);
    side_settled(model, head, quantity, amount);
    if (instruction->counterpart != head) {
        side_settled(model, instruction->counterpart, quantity, amount);
    }
}

void model_settled(struct model *model, int32_t head)
{
    const struct model_instruction *instruction = &model->instructions[head];
    sides_settled(model, head, instruction->terms.quantity - instruction->settled_quantity,
                  instruction->settlement_amount - instruction->settled_amount);
}

static void book(struct model *model, const struct model_set *set, const struct booking *booking)
{
    model_limit_count(model, booking->movements, booking->count);
    for (uint32_t i = 0; i < booking->count; i++) {
        const struct model_movement *movement = &booking->movements[i];
        model->positions[movement->from].available -= movement->quantity;
        model->positions[movement->to].available += movement->quantity;
        if (booking->drawn[i] != MODEL_NONE) {
            model_slice_use(model, booking->drawn[i], movement->quantity);
        }
    }
    for (uint32_t i = 0; i < booking->count; i++) {
        model_restrictions_fill(model, booking->movements[i].to);
        model_wake(model, booking->movements[i].to);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (model->part_head == set->heads[i]) {
            sides_settled(model, set->heads[i], model->part_quantity, model->part_amount);
        } else {
            model_settled(model, set->heads[i]);
        }
    }
}

/* Books the set, or says which member is in the way, and why. */
static bool set_settle(struct model *model, const struct model_set *set, int32_t *fault,
                       struct obstacle *why)
{
    struct booking booking;
    uint32_t lacking;
    int64_t need;
    for (uint32_t i = 0; i < set->count; i++) {
        *fault = set->heads[i];
        if (obstacle_of(model, set->heads[i], why)) {
            return false;
        }
    }
    bool planned = booking_make(model, set, &booking, fault, why);
    model_plans_clear(model);
    if (!planned) {
        return false;
    }
    int32_t limit = model_limit_passed(model, booking.movements, booking.count, &lacking, &need);
    if (limit != MODEL_NONE) {
        *fault = booking.heads[lacking];
        *why = (struct obstacle){.deliverer = REASON_OTHR,
                                 .receiver = REASON_OTHR,
                                 .position = MODEL_LIMIT_BASE + limit,
                                 .need = need};
        return false;
    }
    lacking = first_lack(model, &booking, &need);
    if (lacking < booking.count) {
        *fault = booking.heads[lacking];
        lack_tell(model, *fault, &booking.movements[lacking], need, why);
        return false;
    }
    book(model, set, &booking);
    return true;
}

/* A pair by itself; what keeps it is in `why` when it does not settle. */
static bool settle_alone(struct model *model, int32_t head, struct obstacle *why)
{
    struct model_set alone = {.heads = {head}, .count = 1, .whole = true};
    int32_t fault;
    bool settled;

    model_wait_nowhere(&model->instructions[head]);
    together_set(model, &alone, true);
    settled = set_settle(model, &alone, &fault, why);
    together_set(model, &alone, false);
    return settled;
}

static bool bound(const struct model *model, int32_t head)
{
    const struct model_instruction *instruction = &model->instructions[head];
    return side_bound(model, instruction) ||
           side_bound(model, &model->instructions[instruction->counterpart]);
}

static void on_hold_again(struct model *model, int32_t head)
{
    struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    deliverer->released = 0;
    pend(model, head, hold_reason(deliverer, receiver), hold_reason(receiver, deliverer),
         MODEL_NONE, 0);
}

/* What can settle of what is released; false: nothing ever. */
static bool releasable(const struct model *model, int32_t head, struct model_part *part)
{
    const struct model_instruction *deliverer = &model->instructions[head];
    int32_t from = model_position(deliverer->party, model_asset(&deliverer->terms.asset),
                                  model_number(&deliverer->terms.account));
    int64_t has = spendable(&model->positions[from]);
    *part = model_part(model, deliverer, &model->instructions[deliverer->counterpart],
                       has < deliverer->released ? has : deliverer->released);
    return !bound(model, head) && part->least > 0 && part->least <= deliverer->released &&
           !part->disagreed;
}

/* T2S-0653: a part of what is on hold, at once and whenever something comes. */
static void attempt_released(struct model *model, int32_t head)
{
    struct model_instruction *deliverer = &model->instructions[head];
    int32_t from = model_position(deliverer->party, model_asset(&deliverer->terms.asset),
                                  model_number(&deliverer->terms.account));
    struct obstacle why = {.deliverer = REASON_PREL, .receiver = REASON_PREL, .position = from};
    struct model_part part;
    bool in_the_way;
    model_wait_nowhere(deliverer);
    if (!releasable(model, head, &part)) {
        on_hold_again(model, head);
        return;
    }
    model->part_head = head;
    model->part_quantity = part.quantity > 0 ? part.quantity : part.least;
    model->part_amount =
        model_part_amount(deliverer, deliverer->settled_quantity + model->part_quantity) -
        deliverer->settled_amount;
    in_the_way = part.quantity > 0 ? !settle_alone(model, head, &why) : false;
    if (part.quantity == 0) {
        struct obstacle gate;
        in_the_way = obstacle_of(model, head, &gate);
        why = in_the_way ? gate : why;
    }
    model->part_head = MODEL_NONE;
    if (in_the_way) {
        obstacle_tell(model, head, &why);
        return;
    }
    deliverer->released -= part.quantity;
    if (deliverer->released > 0 && releasable(model, head, &part)) {
        why = (struct obstacle){.deliverer = REASON_PREL,
                                .receiver = REASON_PREL,
                                .position = from,
                                .need = part.least};
        obstacle_tell(model, head, &why);
    } else {
        on_hold_again(model, head);
    }
}

enum reason model_release(struct model *model, int32_t index, int64_t quantity)
{
    struct model_instruction *own = &model->instructions[index];
    struct model_part part;
    if (own->terms.movement != MOVEMENT_DELI || own->terms.quantity == 0 ||
        own->counterpart == MODEL_NONE || !holds(own, DIMENSION_HOLD_PARTY) ||
        bound(model, index) || model_is_money(model_asset(&own->terms.asset)) ||
        own->terms.partial == PARTIAL_NPAR ||
        model->instructions[own->counterpart].terms.partial == PARTIAL_NPAR) {
        return REASON_INVM;
    }
    part = model_part(model, own, &model->instructions[own->counterpart], 0);
    if (quantity <= 0 ||
        (model_asset(&own->terms.asset) == WORLD_ISIN_2 && quantity % model->unit_multiple != 0) ||
        part.least == 0 || own->released + quantity < part.least ||
        own->released + quantity >= own->terms.quantity - own->settled_quantity) {
        return REASON_INVM;
    }
    own->released += quantity;
    return REASON_NONE;
}

/* Within a command. What is tied to others is left to the work of the block. */
void model_attempt(struct model *model, int32_t head)
{
    struct obstacle why;

    if (model->instructions[head].released > 0) {
        attempt_released(model, head);
        return;
    }
    if (!settle_alone(model, head, &why)) {
        obstacle_tell(model, head, &why);
        if (why.deliverer == REASON_LINK && model_tied(model, head)) {
            model->instructions[head].waits_for_date = true;
            model->instructions[head].waiting_date = 0;
        }
    }
}

/* T18: nothing can settle in whole with what the position has. */
void model_attempt_part(struct model *model, int32_t head, int32_t position)
{
    struct model_instruction *deliverer = &model->instructions[head];
    const struct model_instruction *receiver = &model->instructions[deliverer->counterpart];
    struct model_part part =
        model_part(model, deliverer, receiver, spendable(&model->positions[position]));
    struct obstacle why;
    bool settled;
    model_wait_nowhere(deliverer);
    if (spendable(&model->positions[position]) >=
        deliverer->terms.quantity - deliverer->settled_quantity) {
        model_attempt(model, head);
        return;
    }
    if (part.disagreed) {
        pend(model, head, REASON_PATD, REASON_PATD, MODEL_NONE, 0);
    } else if (part.quantity > 0) {
        model->part_head = head;
        model->part_quantity = part.quantity;
        model->part_amount = part.amount;
        settled = settle_alone(model, head, &why);
        model->part_head = MODEL_NONE;
        if (!settled) {
            obstacle_tell(model, head, &why);
            return;
        }
    }
    deliverer->waits_for = position;
    deliverer->need = deliverer->terms.quantity - deliverer->settled_quantity;
    model_mark_if_waiting(model, head);
    if (!part.disagreed) {
        wait_for_part(model, head);
    }
}

/* By the work of the block: with all that is tied to it. Returns how many steps it cost. */
uint32_t model_attempt_tied(struct model *model, int32_t head)
{
    struct model_set set;
    struct obstacle why;
    int32_t fault = MODEL_NONE;

    model_set_find(model, head, &set);
    if (set.count == 1 && set.whole && model->instructions[head].released > 0) {
        attempt_released(model, head);
        return 1;
    }
    for (uint32_t i = 0; i < set.count; i++) {
        model_wait_nowhere(&model->instructions[set.heads[i]]);
    }
    together_set(model, &set, true);
    if (!set.whole || !set_settle(model, &set, &fault, &why)) {
        struct obstacle own[MODEL_TIED_MAX];
        for (uint32_t i = 0; i < set.count; i++) {
            if (set.whole && set.heads[i] == fault) {
                own[i] = why;
            } else if (!obstacle_of(model, set.heads[i], &own[i])) {
                own[i] = (struct obstacle){
                    .deliverer = REASON_LINK, .receiver = REASON_LINK, .position = MODEL_NONE};
            }
        }
        for (uint32_t i = 0; i < set.count; i++) {
            obstacle_tell(model, set.heads[i], &own[i]);
        }
    }
    together_set(model, &set, false);
    return set.count;
}

/* --------------------------------------------------------------------------------- waiting */

static uint8_t priority_of(const struct model *model, int32_t head)
{
    uint8_t own = model->instructions[head].terms.priority;
    uint8_t other = model->instructions[model->instructions[head].counterpart].terms.priority;
    return own < other ? own : other;
}

int32_t model_age(const struct model *model, int32_t head)
{
    int32_t other = model->instructions[head].counterpart;
    return head < other ? head : other;
}

/* What a pair moves of the asset of a position. */
static int64_t moves(const struct model *model, int32_t position, int32_t head)
{
    const struct model_instruction *instruction = &model->instructions[head];
    bool money = model_is_money(model->positions[position].asset);
    return money && instruction->counterpart != head
               ? instruction->settlement_amount - instruction->settled_amount
               : instruction->terms.quantity - instruction->settled_quantity;
}

/*
 * Is `a` served before `b`? Those who wait for a position by priority, date, then the larger one;
 * those who wait for a date by date; then by age.
 */
bool model_served_before(const struct model *model, int32_t position, int32_t a, int32_t b)
{
    bool by_priority = position != MODEL_NONE;
    uint32_t date_a = model->instructions[a].terms.settlement_date;
    uint32_t date_b = model->instructions[b].terms.settlement_date;
    if (by_priority && priority_of(model, a) != priority_of(model, b)) {
        return priority_of(model, a) < priority_of(model, b);
    }
    if (date_a != date_b) {
        return date_a < date_b;
    }
    if (by_priority && moves(model, position, a) != moves(model, position, b)) {
        return moves(model, position, a) > moves(model, position, b);
    }
    return model_age(model, a) < model_age(model, b);
}

/* Who waits for this position, needs no more than it has, and is served first. */
int32_t model_helped_first(const struct model *model, int32_t position, bool part)
{
    int64_t has = spendable(&model->positions[position]);
    int32_t best = MODEL_NONE;
    enum reason reason;
    if (model_blocked(model, position, &reason)) {
        return MODEL_NONE;
    }
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        int64_t need = part ? instruction->part_least : instruction->need;
        if (instruction->waits_for == position && need <= (has > 0 ? has : 0) &&
            (part ? need > 0 : need < INT64_MAX) &&
            (best == MODEL_NONE || model_served_before(model, position, i, best))) {
            best = i;
        }
    }
    return best;
}
