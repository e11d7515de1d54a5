/*
 * Goal: the ledger and the plain model of its rules (tests/support/ledger/model_ledger.h) agree in
 * every balance, status, reason, pairing and queue after every block, for many thousands of random
 * commands; and a ledger restored from a snapshot anywhere on the way goes on alike.
 *
 * The commands are drawn so that much happens: few parties, quantities and amounts; most new
 * instructions are the other side of an open one, often slightly off; balances are scarce.
 *
 * Each seed makes a different mix. To run one: test_model SEED; to run many: test_model FIRST LAST,
 * or `make model`, which runs over a million commands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "ledger/day/day.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"
#include "tests/support/ledger/model_compare.h"
#include "tests/support/ledger/model_draw.h"
#include "tests/support/ledger/model_ledger.h"
#include "tests/support/ledger/model_restriction.h"
#include "tests/support/ledger/model_rights.h"
#include "tests/support/ledger/restriction_random.h"
#include "tests/support/ledger/rights_draw.h"
#include "tests/support/ledger/world.h"

enum {
    BLOCKS = 400,
    SEEDS = 8,
    COMMANDS_PER_BLOCK_MAX = 24,
    UNIT_MIN_2 = 10, /* of ISIN_2 */
    UNIT_MULTIPLE_2 = 5,
    RETENTION_DAYS = 5, /* what has ended so long ago is forgotten */
};

struct run {
    struct world world;
    struct model *model;
    struct prng prng;
    struct restriction_random restrictions;
    uint32_t positions[MODEL_POSITION_COUNT];
    uint32_t parties[WORLD_PARTY_COUNT];
    struct model_rights *rights;
    uint32_t senders[WORLD_BLOCK_COMMANDS_MAX];
    uint32_t keys[WORLD_BLOCK_COMMANDS_MAX]; /* of the sender: the number of the signing one */
    struct command commands[WORLD_BLOCK_COMMANDS_MAX];
    uint32_t command_count;
    uint32_t settled_count;
    uint32_t parts_count; /* settled in part when it was over */
    uint32_t matched_count;
    uint32_t alleged_count; /* at the end */
    uint32_t cancelled_count;
    uint32_t carried_over_count;
    uint32_t restored_count;
    uint32_t forgotten_count;
    uint32_t linked_settled_count; /* that had a link or a pool */
    uint32_t link_refused_count;
    uint32_t contradicted_count; /* matches that links contradicted */
    uint32_t optimised_count;
    uint32_t waited_count; /* for a second person */
    uint32_t approved_count;
    uint32_t mix; /* how often what is drawn; a different one for each seed */
};

static uint32_t draw(struct run *run, uint32_t bound)
{
    return (uint32_t)prng_below(&run->prng, bound);
}

static bool chance(struct run *run, uint32_t percent)
{
    return prng_chance(&run->prng, percent, 100);
}

/* The ledger's index of an instruction of the model; RECORD_NONE when it is forgotten. */
static uint32_t record_of(const struct run *run, int32_t index)
{
    const struct model_instruction *instruction;
    if (index == MODEL_NONE) {
        return RECORD_NONE;
    }
    instruction = &run->model->instructions[index];
    return instruction_find(run->world.ledger, run->parties[instruction->party],
                            &instruction->reference);
}

/* -------------------------------------------------------------------------------- drawing */

static int64_t draw_amount(struct run *run)
{
    static const int64_t middle[] = {500000, 9999900, 10000100, 30000000};
    return middle[draw(run, 4)] + (int64_t)draw(run, 5) * 100 - 200;
}

static void draw_optional(struct run *run, struct command_instruct *body)
{
    if (chance(run, 20)) {
        body->common_reference = world_text(chance(run, 50) ? "ONE" : "TWO");
    }
    if (chance(run, 15)) {
        body->deliverer_client = world_bic(WORLD_PARTICIPANT + draw(run, 2));
    }
    if (chance(run, 15)) {
        body->receiver_client = world_bic(WORLD_PARTICIPANT + draw(run, 2));
    }
    if (chance(run, 15) && body->movement == MOVEMENT_RECE) {
        body->deliverer_account = world_account(WORLD_ISIN_1, draw(run, 2));
    }
    if (chance(run, 15) && body->movement == MOVEMENT_DELI) {
        body->receiver_account = world_account(WORLD_ISIN_1, draw(run, 2));
    }
    if (chance(run, 20)) {
        body->account = world_account(WORLD_ISIN_1, draw(run, 2));
    }
    if (chance(run, 20) && body->payment == PAYMENT_APMT) {
        body->cash_account = world_account(WORLD_EUR, draw(run, 2));
    }
    body->conditions = chance(run, 4) ? CONDITION_NOMC : 0;
    body->conditions |=
        chance(run, 10) ? CONDITION_CLEN | CONDITION_SPDL : 0; /* matched by nobody */
    body->cum_ex = chance(run, 4) ? CUM_EX_XCPN : CUM_EX_NONE;
}

static uint32_t draw_settlement_date(struct run *run)
{
    uint32_t today = date_from_ms(run->world.ts_ms);
    return chance(run, 70) ? today : date_add(today, (int32_t)draw(run, 6));
}

static void draw_processing(struct run *run, struct command_instruct *body)
{
    body->priority = (uint8_t)(chance(run, 25) ? PRIORITY_HIGH : PRIORITY_NORMAL * draw(run, 2));
    body->hold = chance(run, 6);
    body->partial = (uint8_t)(chance(run, 15) ? PARTIAL_NPAR : PARTIAL_PART + draw(run, 3));
    if (chance(run, 40)) {
        body->partial = PARTIAL_PARQ;
    }
    if (body->quantity == 0) {
        body->partial = PARTIAL_NPAR;
    }
}

static uint32_t draw_new_trade(struct run *run, struct command *out)
{
    struct command deliver;
    struct command receive;
    struct world_trade trade = {.deliverer = WORLD_PARTICIPANT + draw(run, 3)};
    trade.receiver = trade.deliverer + 1 + draw(run, 2);
    if (chance(run, 35)) { /* back, so that there are circles */
        trade.deliverer = trade.receiver;
        trade.receiver =
            WORLD_PARTICIPANT +
            (trade.deliverer - WORLD_PARTICIPANT + 1 + draw(run, 4)) % WORLD_PARTICIPANT_COUNT;
    }
    trade.asset = chance(run, 70) ? WORLD_ISIN_1 : WORLD_ISIN_2;
    trade.quantity = 10 * (1 + (int64_t)draw(run, 3));
    trade.amount = chance(run, 80) ? draw_amount(run) : 0;
    trade.settlement_date = draw_settlement_date(run);
    world_trade(&run->world, &trade, &deliver, &receive);
    if (trade.amount > 0 && chance(run, 10)) { /* with payment */
        deliver.instruct.credit_debit = CREDIT_DEBIT_DBIT;
        receive.instruct.credit_debit = CREDIT_DEBIT_CRDT;
    }
    if (trade.amount > 0 && chance(run, 10)) {
        deliver.instruct.currency = world_asset(WORLD_USD);
        receive.instruct.currency = deliver.instruct.currency;
    }
    if (trade.amount > 0 && chance(run, 5)) { /* payment free of delivery */
        deliver.instruct.quantity = 0;
        receive.instruct.quantity = 0;
    }
    if (trade.amount > 0 && deliver.instruct.quantity > 0 &&
        chance(run, 5)) { /* free, with an amount to match */
        deliver.instruct.payment = PAYMENT_FREE;
        receive.instruct.payment = PAYMENT_FREE;
    }
    *out = chance(run, 50) ? deliver : receive;
    draw_optional(run, &out->instruct);
    draw_processing(run, &out->instruct);
    if (out->instruct.quantity == 0) {
        memset(&out->instruct.account, 0, sizeof out->instruct.account);
    }
    return out->instruct.movement == MOVEMENT_DELI ? trade.deliverer : trade.receiver;
}

static uint32_t party_of_bic(const struct bic *bic)
{
    uint32_t party = 0;
    struct bic candidate = world_bic(party);
    while (!bic_equal(&candidate, bic)) {
        party++;
        candidate = world_bic(party);
    }
    return party;
}

/* The other side of an instruction that is open and unmatched in the model, often a little off. */
static bool draw_other_side(struct run *run, uint32_t *sender, struct command *out)
{
    const struct model *model = run->model;
    const struct model_instruction *open;
    struct command_instruct *body = &out->instruct;
    uint32_t reach = model->instruction_count < 60 ? (uint32_t)model->instruction_count : 60;
    if (reach == 0) {
        return false;
    }
    open = &model->instructions[model->instruction_count - 1 - (int32_t)draw(run, reach)];
    if (open->counterpart != MODEL_NONE || model_ended(open) ||
        open->trade_date < date_add(date_from_ms(run->world.ts_ms), -1)) {
        return false;
    }
    world_command(&run->world, COMMAND_INSTRUCT, out);
    out->date = open->trade_date;
    *body = open->terms;
    body->conditions &= condition_set_instructed();
    restriction_random_none(body);
    body->movement = body->movement == MOVEMENT_DELI ? MOVEMENT_RECE : MOVEMENT_DELI;
    if (body->credit_debit != CREDIT_DEBIT_NONE) {
        body->credit_debit = body->credit_debit == CREDIT_DEBIT_CRDT ? CREDIT_DEBIT_DBIT
                                                                     : (uint8_t)CREDIT_DEBIT_CRDT;
    }
    memset(&body->account, 0, sizeof body->account);
    memset(&body->cash_account, 0, sizeof body->cash_account);
    memset(&body->deliverer_account, 0, sizeof body->deliverer_account);
    memset(&body->receiver_account, 0, sizeof body->receiver_account);
    if (chance(run, 50)) {
        memset(&body->common_reference, 0, sizeof body->common_reference);
        memset(&body->deliverer_client, 0, sizeof body->deliverer_client);
    }
    if (body->payment == PAYMENT_APMT && chance(run, 50)) {
        body->amount += (int64_t)draw(run, 450) - 225;
    }
    if (body->quantity > 0 && chance(run, 30)) {
        /* Names the counterparty's account, rightly or not. */
        struct text35 account = world_account(WORLD_ISIN_1, draw(run, 2));
        if (body->movement == MOVEMENT_DELI) {
            body->receiver_account = account;
        } else {
            body->deliverer_account = account;
        }
    }
    body->link_count = 0;
    body->pool = (struct text35){0};
    body->pool_number = 0;
    body->pool_total = 0;
    draw_processing(run, body);
    *sender = party_of_bic(body->movement == MOVEMENT_DELI ? &body->deliverer : &body->receiver);
    return true;
}

static uint32_t draw_internal(struct run *run, struct command *out)
{
    struct command unused;
    uint32_t party = WORLD_PARTICIPANT + draw(run, WORLD_PARTICIPANT_COUNT);
    enum world_asset asset = (enum world_asset)draw(run, WORLD_ASSET_COUNT);
    uint32_t from = draw(run, 2);
    struct world_trade trade = {party, party,
                                asset, UNIT_MIN_2 + UNIT_MULTIPLE_2 * draw(run, 8),
                                0,     draw_settlement_date(run)};
    world_trade(&run->world, &trade, out, &unused);
    out->instruct.transaction_type = TRANSACTION_OWNI;
    out->instruct.account = world_account(asset, from);
    out->instruct.receiver_account = world_account(asset, 1 - from);
    draw_processing(run, &out->instruct);
    return party;
}

static uint32_t draw_issuance(struct run *run, struct command *out)
{
    enum world_asset asset = (enum world_asset)draw(run, WORLD_ASSET_COUNT);
    bool money = asset == WORLD_EUR || asset == WORLD_USD;
    bool back = chance(run, 35);
    enum command_kind kind = money ? (back ? COMMAND_CASH_OUT : COMMAND_CASH_IN)
                                   : (back ? COMMAND_REDEEM : COMMAND_ISSUE);
    world_command(&run->world, kind, out);
    out->issuance = (struct command_issuance){
        .asset = world_asset(asset),
        .bic = world_bic(WORLD_PARTICIPANT + draw(run, WORLD_PARTICIPANT_COUNT)),
        .account = world_account(asset, draw(run, 2)),
        .quantity = money                   ? 100 * (1 + (int64_t)draw(run, 150000))
                    : asset == WORLD_ISIN_2 ? UNIT_MIN_2 + UNIT_MULTIPLE_2 * (int64_t)draw(run, 8)
                                            : 1 + (int64_t)draw(run, 45),
    };
    return money ? WORLD_BANK : WORLD_REGISTRAR;
}

static uint32_t draw_operator(struct run *run, struct command *out)
{
    enum world_asset asset = (enum world_asset)draw(run, WORLD_ASSET_COUNT);
    uint32_t party = WORLD_PARTICIPANT + draw(run, WORLD_PARTICIPANT_COUNT);
    uint32_t number = draw(run, 2);
    bool block = chance(run, 25);
    switch (draw(run, 4)) {
    case 0:
        world_command(&run->world, COMMAND_PARTY_CHANGE, out);
        out->party_change = (struct command_party_change){
            world_bic(party), PARTY_PARTICIPANT,
            chance(run, 30) ? (uint8_t)(PARTY_SUSPENDED + draw(run, 2)) : (uint8_t)PARTY_ACTIVE, 0};
        break;
    case 3:
        world_command(&run->world, COMMAND_CREDIT_LIMIT, out);
        out->credit_limit = (struct command_credit_limit){
            world_bic(party), world_account(WORLD_EUR, number), world_asset(WORLD_EUR),
            chance(run, 50) ? 0 : 1000000 * (int64_t)draw(run, 12)};
        break;
    case 1:
        world_command(&run->world, COMMAND_ASSET_CHANGE, out);
        out->asset_change =
            (struct command_asset_change){world_asset(asset), block ? ASSET_BLOCKED : ASSET_ACTIVE};
        break;
    default:
        world_command(&run->world, COMMAND_ACCOUNT_CHANGE, out);
        out->account_change =
            (struct command_account_change){world_bic(party), world_account(asset, number),
                                            block ? ACCOUNT_BLOCKED : ACCOUNT_OPEN, number == 0};
        break;
    }
    return WORLD_OPERATOR;
}

/* Cancel, hold, release or amend a recent instruction, by its party or by the operator. */
static bool draw_target(struct run *run, uint32_t *sender, struct command *out)
{
    static const enum command_kind kinds[] = {COMMAND_CANCEL,  COMMAND_CANCEL,  COMMAND_HOLD,
                                              COMMAND_RELEASE, COMMAND_RELEASE, COMMAND_AMEND};
    const struct model *model = run->model;
    uint32_t reach = model->instruction_count < 80 ? (uint32_t)model->instruction_count : 80;
    const struct model_instruction *target;
    int32_t index;
    bool by_operator = chance(run, 20);
    if (reach == 0) {
        return false;
    }
    index = model->instruction_count - 1 - (int32_t)draw(run, reach);
    if (record_of(run, index) == RECORD_NONE && model_ended(&model->instructions[index])) {
        return false;
    }
    target = &model->instructions[index];
    world_command(&run->world, kinds[draw(run, 6)], out);
    out->target =
        (struct command_target){.party = world_bic(target->party), .reference = target->reference};
    if (out->kind == COMMAND_HOLD || out->kind == COMMAND_RELEASE) {
        out->target.hold = (uint8_t)(by_operator ? DIMENSION_HOLD_CSD + draw(run, 3)
                                                 : (uint32_t)DIMENSION_HOLD_PARTY);
    }
    if (out->kind == COMMAND_AMEND) {
        out->target.priority = (uint8_t)(chance(run, 70) ? PRIORITY_HIGH + draw(run, 2) : 0);
        out->target.partial = (uint8_t)(out->target.priority == 0 || chance(run, 20)
                                            ? PARTIAL_NPAR + draw(run, PARTIAL_PARQ)
                                            : 0);
    }
    *sender = by_operator ? (uint32_t)WORLD_OPERATOR : target->party;
    return true;
}

/* A recent instruction of the party that the ledger still knows; MODEL_NONE when there is none. */
static int32_t draw_own(struct run *run, uint32_t party)
{
    const struct model *model = run->model;
    for (uint32_t i = 0; i < 8 && model->instruction_count > 0; i++) {
        uint32_t reach = model->instruction_count < 50 ? (uint32_t)model->instruction_count : 50;
        int32_t index = model->instruction_count - 1 - (int32_t)draw(run, reach);
        if (model->instructions[index].party == party && record_of(run, index) != RECORD_NONE) {
            return index;
        }
    }
    return MODEL_NONE;
}

/* Links and a pool for a new instruction; sometimes none that fits. */
static void draw_links(struct run *run, uint32_t party, struct command_instruct *body)
{
    static const char *const pools[] = {"POOL-A", "POOL-B", "POOL-AB"};
    if (chance(run, 6)) {
        uint32_t pool = draw(run, 3);
        body->pool = world_text(pools[pool]);
        body->pool_total = (uint16_t)(chance(run, 95) ? 2 + pool : draw(run, 70));
        body->pool_number = (uint16_t)(chance(run, 95) ? 1 + draw(run, 2 + pool) : draw(run, 4));
    }
    while (chance(run, 8) && body->link_count < COMMAND_LINKS_MAX) {
        int32_t other = draw_own(run, party);
        if (other == MODEL_NONE) {
            return;
        }
        body->links[body->link_count].type = (uint8_t)(1 + draw(run, 4));
        body->links[body->link_count].reference = run->model->instructions[other].reference;
        body->link_count++;
    }
}

/* Of a delivery that is matched and on hold, if there is one; sometimes of any other. */
static bool draw_partial_release(struct run *run, uint32_t *sender, struct command *out)
{
    const struct model *model = run->model;
    bool any = chance(run, 10);
    for (int32_t i = model->instruction_count - 1; i >= 0; i--) {
        const struct model_instruction *own = &model->instructions[i];
        bool fits = own->terms.movement == MOVEMENT_DELI && own->counterpart != MODEL_NONE &&
                    !model_ended(own) && own->status[DIMENSION_HOLD_PARTY].value == HOLD_YES;
        if ((fits || any) && record_of(run, i) != RECORD_NONE && chance(run, 60)) {
            world_command(&run->world, COMMAND_PARTIAL_RELEASE, out);
            out->partial_release = (struct command_partial_release){
                own->reference,
                chance(run, 80) ? 5 * (1 + (int64_t)draw(run, 4)) : (int64_t)draw(run, 30)};
            *sender = own->party;
            return true;
        }
    }
    return false;
}

/* Links two recent instructions of one party, or takes a link away. */
static bool draw_link(struct run *run, uint32_t *sender, struct command *out)
{
    uint32_t party = WORLD_PARTICIPANT + draw(run, WORLD_PARTICIPANT_COUNT);
    int32_t index = draw_own(run, party);
    int32_t other = draw_own(run, party);
    const struct model_instruction *instruction;
    if (index == MODEL_NONE || other == MODEL_NONE) {
        return false;
    }
    instruction = &run->model->instructions[index];
    world_command(&run->world, chance(run, 60) ? COMMAND_LINK : COMMAND_UNLINK, out);
    out->link.type = (uint8_t)(1 + draw(run, 4));
    if (out->kind == COMMAND_UNLINK && instruction->link_count > 0) {
        uint32_t place = draw(run, instruction->link_count);
        if (record_of(run, instruction->links[place].other) == RECORD_NONE) {
            return false;
        }
        other = instruction->links[place].other;
        out->link.type = chance(run, 90) ? instruction->links[place].type : out->link.type;
    }
    out->link.party = world_bic(party);
    out->link.reference = instruction->reference;
    out->link.linked_party = world_bic(party);
    out->link.linked_reference = run->model->instructions[other].reference;
    *sender = chance(run, 10) ? (uint32_t)WORLD_OPERATOR : party;
    return true;
}

/* A recent instruction that the ledger still knows; MODEL_NONE when there is none. */
static int32_t draw_recent(struct run *run)
{
    uint32_t count = (uint32_t)run->model->instruction_count;
    int32_t index;
    if (count == 0) {
        return MODEL_NONE;
    }
    index = (int32_t)(count - 1 - draw(run, count < 80 ? count : 80));
    return record_of(run, index) == RECORD_NONE ? MODEL_NONE : index;
}

static uint32_t draw_matched(struct run *run, struct command *out)
{
    struct command deliver = {0};
    do {
        (void)draw_new_trade(run, &deliver);
    } while (deliver.instruct.movement != MOVEMENT_DELI);
    return model_draw_matched(&run->prng, &run->world, run->model, &deliver.instruct, out);
}

static bool draw_command(struct run *run, uint32_t *sender, struct command *out)
{
    uint32_t which = draw(run, 100);
    if (rights_draw_command(&run->world, &run->prng, run->rights, sender, out)) {
        return true;
    }
    if (chance(run, 7)) {
        return restriction_random_command(&run->restrictions, sender, out);
    }
    if (chance(run, 2)) {
        restriction_random_type(&run->restrictions, sender, out);
        return true;
    }
    if (which < 3) {
        *sender = draw_operator(run, out);
        return true;
    }
    if (which < 10 + run->mix) {
        *sender = draw_issuance(run, out);
        return true;
    }
    if (which < 30 + run->mix) {
        return draw_target(run, sender, out);
    }
    if (which < 35 + run->mix) {
        *sender = draw_internal(run, out);
        draw_links(run, *sender, &out->instruct);
        return true;
    }
    if (which < 38 + run->mix) {
        return draw_link(run, sender, out);
    }
    if (which < 40 + run->mix) {
        return draw_partial_release(run, sender, out);
    }
    if (which < 62) {
        return draw_other_side(run, sender, out);
    }
    if (which < 65) {
        return model_draw_transform(&run->prng, &run->world, run->model, draw_recent(run), sender,
                                    out);
    }
    if (which < 67) {
        *sender = model_draw_attorney(&run->prng, &run->world, out);
        return true;
    }
    if (which < 69) {
        *sender = draw_matched(run, out);
        return true;
    }
    if (which < 73) {
        return model_draw_accept(&run->prng, &run->world, run->model, draw_recent(run), sender,
                                 out);
    }
    *sender = draw_new_trade(run, out);
    draw_links(run, *sender, &out->instruct);
    return true;
}

/* ------------------------------------------------------------------------------ comparing */

/* The day, limit or position that an instruction of the model waits for, as the ledger has it. */
static uint32_t waiting_for(const struct run *run, const struct model_instruction *model)
{
    int32_t of = model->waits_for;
    return of == MODEL_NONE         ? model->waiting_date
           : of >= MODEL_LIMIT_BASE ? (uint32_t)(of - MODEL_LIMIT_BASE)
                                    : run->positions[of];
}

static void compare_instruction(const struct run *run, int32_t index, uint32_t record)
{
    const struct model_instruction *model = &run->model->instructions[index];
    const struct instruction *ledger = world_view(&run->world, record);
    bool limited = model->waits_for >= MODEL_LIMIT_BASE;
    enum queue queue = model->waits_for_date            ? QUEUE_DATE
                       : limited                        ? QUEUE_LIMIT
                       : model->waits_for != MODEL_NONE ? QUEUE_POSITION
                                                        : QUEUE_NONE;
    for (uint32_t i = 0; i < DIMENSION_COUNT; i++) {
        assert_int_equal(ledger->status[i].value, model->status[i].value);
        assert_string_equal(reason_code(ledger->status[i].reason),
                            reason_code(model->status[i].reason));
        assert_int_equal(ledger->status[i].height, model->status[i].height);
    }
    assert_int_equal(ledger->sequence, index + 1);
    assert_int_equal(ledger->counterpart, record_of(run, model->counterpart));
    assert_int_equal(ledger->settlement_amount, model->settlement_amount);
    assert_int_equal(ledger->settled_quantity, model->settled_quantity);
    assert_int_equal(ledger->settled_amount, model->settled_amount);
    assert_int_equal(ledger->released_quantity, model->released);
    assert_int_equal(ledger->terms.priority, model->terms.priority);
    assert_int_equal(ledger->terms.partial, model->terms.partial);
    assert_int_equal(ledger->terms.conditions, model->terms.conditions);
    assert_int_equal(ledger->allegement, model->allegement);
    assert_int_equal(ledger->queue, queue);
    assert_int_equal(ledger->waiting_for, waiting_for(run, model));
    assert_int_equal(ledger->changed_date, model->changed_date);
    bool alleged = ledger->allegement != ALLEGEMENT_NONE;
    assert_int_equal(alleged ? ledger->allegement_ms : 0, model->allegement_ms);
    int64_t need = model->waits_for == MODEL_NONE ? 0 : model->need;
    assert_int_equal(alleged ? 0 : ledger->waiting_need, need);
    assert_int_equal(alleged ? 0 : ledger->part_least, model->part_least);
}

static void compare_attorneys(struct run *run)
{
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        const struct party *party = party_view(run->world.ledger, run->parties[i]);
        for (uint32_t j = 0; j < WORLD_PARTY_COUNT; j++) {
            assert_int_equal(attorneys_have(&party->attorneys, run->parties[j]),
                             run->model->attorney_of_all[i][j]);
        }
    }
}

static uint64_t hit_total; /* rules of the operator that decided */
static void compare(struct run *run)
{
    model_day_compare(run->model, &run->world);
    assert_int_equal(world_event_count(&run->world, EVENT_LINKED_IN_CIRCLE) +
                         world_event_count(&run->world, EVENT_LINKED_TOO_MANY),
                     run->model->contradictions);
    run->contradicted_count += run->model->contradictions;
    compare_attorneys(run);
    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        const struct position *position = position_view(run->world.ledger, run->positions[i]);
        assert_int_equal(position->balance[POSITION_AVAILABLE], run->model->positions[i].available);
        assert_int_equal(position->credit_limit, run->model->positions[i].credit_limit);
        assert_int_equal(position->wake_turn, run->model->positions[i].turn);
        assert_int_equal(position->wake_ms, run->model->positions[i].turn_ms);
        assert_int_equal(position->review, run->model->positions[i].review);
        assert_int_equal(position->optimisation_turn, run->model->positions[i].mark);
        assert_int_equal(position->part_turn, run->model->positions[i].part_turn);
        assert_int_equal(position->part_ms, run->model->positions[i].part_ms);
    }
    for (int32_t i = 0; i < run->model->instruction_count; i++) {
        uint32_t record = record_of(run, i);
        if (record != RECORD_NONE) {
            compare_instruction(run, i, record);
        } else {
            assert_true(model_ended(&run->model->instructions[i]));
        }
    }
    rights_compare(run->rights, &run->world);
    model_restrictions_compare(run->model, run->world.ledger, run->parties, run->positions);
    assert_int_equal(record_count(run->world.ledger, RECORD_RESTRICTION_TYPE),
                     run->model->type_count);
    assert_int_equal(world_event_count(&run->world, EVENT_RESTRICTION_HIT), run->model->hits);
    hit_total += run->model->hits;
    assert_int_equal(ledger_date(run->world.ledger), run->model->today);
}

/* -------------------------------------------------------------------------------- running */

static void add(struct run *run, uint32_t sender, uint32_t key, const struct command *command)
{
    struct letter letter = letter_to(&run->world, sender);
    letter.key = key;
    run->senders[run->command_count] = sender;
    run->keys[run->command_count] = key;
    run->commands[run->command_count] = *command;
    run->command_count++;
    letter_add(&run->world, &letter, command, 1);
}

static void compare_receipt(struct run *run, uint32_t index)
{
    const struct command *command = &run->commands[index];
    struct model_answer expected = model_rights_command(
        run->rights, run->model, run->senders[index], run->keys[index], command);
    struct receipt receipt;
    world_receipt(&run->world, index, &receipt);
    if (receipt.outcome != expected.outcome || receipt.reason != expected.reason) {
        print_message("height %u, command %u, %s: %s %s %s at %s, the model says %s %s\n",
                      (unsigned)run->model->height, index, command_name(command->kind),
                      outcome_name(receipt.outcome), reason_code(receipt.reason),
                      detail_name(receipt.detail), field_name(receipt.field),
                      outcome_name(expected.outcome), reason_code(expected.reason));
    }
    run->link_refused_count += receipt.reason == REASON_INVL ? 1 : 0;
    run->waited_count += expected.outcome == OUTCOME_WAITING ? 1 : 0;
    run->approved_count +=
        command->kind == COMMAND_APPROVE && expected.outcome != OUTCOME_REFUSED ? 1 : 0;
    assert_string_equal(outcome_name(receipt.outcome), outcome_name(expected.outcome));
    assert_string_equal(reason_code(receipt.reason), reason_code(expected.reason));
}

static void block(struct run *run)
{
    uint64_t ts_ms = run->world.ts_ms;
    bool more;
    world_block(&run->world);
    assert_int_equal(run->world.output.receipt_count, run->command_count);
    run->optimised_count += model_tell_sets(run->model, &run->world.output);
    model_block_begin(run->model, ts_ms);
    model_rights_block_begin(run->rights, ts_ms, run->model->today, RETENTION_DAYS);
    for (uint32_t i = 0; i < run->command_count; i++) {
        compare_receipt(run, i);
    }
    more = model_block_end(run->model);
    assert_int_equal(run->model->told_next, run->model->told_count);
    model_rights_block_end(run->rights);
    bool all_in_root = run->world.output.state_height == run->world.output.height;
    assert_int_equal(run->world.output.more_due, more || !all_in_root);
    run->carried_over_count += more ? 1 : 0;
    run->command_count = 0;
    compare(run);
}

/* All positions come into being in one order here and there. */
static void open_positions(struct run *run)
{
    for (uint32_t party = WORLD_PARTICIPANT; party < WORLD_PARTY_COUNT; party++) {
        for (uint32_t asset = 0; asset < WORLD_ASSET_COUNT; asset++) {
            for (uint32_t number = 0; number < 2; number++) {
                bool money = asset >= WORLD_EUR;
                struct command command;
                world_command(&run->world, money ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
                command.issuance = (struct command_issuance){
                    world_asset((enum world_asset)asset), world_bic(party),
                    world_account((enum world_asset)asset, number), money ? 1000000 : 20};
                add(run, money ? WORLD_BANK : WORLD_REGISTRAR, 0, &command);
            }
        }
    }
    world_block(&run->world);
    model_block_begin(run->model, run->world.ts_ms - 1000);
    for (uint32_t i = 0; i < run->command_count; i++) {
        compare_receipt(run, i);
    }
    (void)model_block_end(run->model);
    run->command_count = 0;
    for (uint32_t party = WORLD_PARTICIPANT; party < WORLD_PARTY_COUNT; party++) {
        for (uint32_t asset = 0; asset < WORLD_ASSET_COUNT; asset++) {
            for (uint32_t number = 0; number < 2; number++) {
                run->positions[model_position(party, (enum world_asset)asset, number)] =
                    world_position(&run->world, party, (enum world_asset)asset, number);
            }
        }
    }
    compare(run);
}

/* What the operator's first key signs, and the second in the next block, often too late. */
static void by_two_persons(struct run *run, const struct command *command)
{
    struct command approval;
    add(run, WORLD_OPERATOR, 0, command);
    block(run);
    uint32_t draft =
        draft_find(run->world.ledger, run->parties[WORLD_OPERATOR], &command->reference);
    if (draft == RECORD_NONE) {
        return;
    }
    run->world.ts_ms += chance(run, 20) ? draw(run, 180) * UINT64_C(60000) : 0;
    world_command(&run->world, COMMAND_APPROVE, &approval);
    approval.approval.reference = command->reference;
    approval.approval.content = draft_view(run->world.ledger, draft)->content;
    add(run, WORLD_OPERATOR, 1, &approval);
    block(run);
}

/* The operator moves an event of today by up to three hours; a second key of it approves in the
 * next block, often too late or to no avail. */
static void move_event(struct run *run)
{
    static const uint8_t events[] = {DAY_DVP_CUT_OFF, DAY_DVP_CUT_OFF, DAY_CASH_CUT_OFF,
                                     DAY_FOP_CUT_OFF, DAY_END_OF_DAY,  DAY_CHANGE_OF_DATE};
    struct command command;
    uint8_t event = events[draw(run, 6)];
    const char *currency = "";
    world_command(&run->world, COMMAND_DAY_REVISE, &command);
    command.day_revise.event = event;
    if (day_event_of_currency((enum day_event)event) && chance(run, 60)) {
        command.day_revise.currency = world_asset(chance(run, 50) ? WORLD_EUR : WORLD_USD);
        currency = command.day_revise.currency.text[0] == 'E' ? "EUR" : "USD";
    }
    command.day_revise.revised_ms = model_day_due(&run->model->day, event, currency) +
                                    (draw(run, 360) * UINT64_C(60000)) - 180 * UINT64_C(60000);
    by_two_persons(run, &command);
}

/* The operator gives a key another day limit, or none: what was moved without is not counted. */
static void limit_key(struct run *run)
{
    struct command command;
    rights_draw_day_limit(&run->world, &run->prng, run->rights, &command);
    by_two_persons(run, &command);
}

static void count_ends(struct run *run)
{
    for (int32_t i = 0; i < run->model->instruction_count; i++) {
        const struct model_status *status = run->model->instructions[i].status;
        run->forgotten_count += record_of(run, i) == RECORD_NONE ? 1 : 0;
        run->parts_count += run->model->instructions[i].settled_quantity > 0 &&
                                    status[DIMENSION_SETTLEMENT].value != SETTLEMENT_SETTLED
                                ? 1
                                : 0;
        run->settled_count += status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED ? 1 : 0;
        run->alleged_count += run->model->instructions[i].allegement == ALLEGEMENT_SENT ? 1 : 0;
        run->matched_count += status[DIMENSION_MATCH].value == MATCH_MATCHED ? 1 : 0;
        run->linked_settled_count += status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED &&
                                             (run->model->instructions[i].link_count > 0 ||
                                              run->model->instructions[i].terms.pool.size > 0)
                                         ? 1
                                         : 0;
        run->cancelled_count +=
            status[DIMENSION_CANCELLATION].value == CANCELLATION_CANCELLED ? 1 : 0;
    }
}

/* Periods of recycling that a run is long enough to see the end of. */
static void periods_shorten(struct run *run)
{
    struct day_plan *plan = &run->world.ledger->rule_sets[0].plan;
    plan->recycling_unmatched_days = (uint16_t)(2 + draw(run, 3));
    plan->recycling_matched_days = (uint16_t)draw(run, 6); /* perhaps never */
    run->model->unmatched_days = plan->recycling_unmatched_days;
    run->model->matched_days = plan->recycling_matched_days;
    record_touch(run->world.ledger, RECORD_RULE_SET, 0);
}

/* Until a window for parts opens, on the same day or the next. */
static void window_await(struct run *run)
{
    uint64_t now_ms = run->world.ts_ms;
    uint64_t opens_ms = now_ms - now_ms % DATE_DAY_MS + (8 + 2 * (uint64_t)draw(run, 4)) * 3600000;
    run->world.ts_ms = opens_ms < now_ms ? opens_ms + DATE_DAY_MS : opens_ms;
}

static uint64_t linked_settled_total;
static uint64_t link_refused_total;
static uint64_t command_total;

static void run_seed(uint64_t seed)
{
    struct run *run = calloc(1, sizeof *run);
    struct world_options options = {.instructions = MODEL_INSTRUCTION_MAX,
                                    .references = 4 * MODEL_INSTRUCTION_MAX,
                                    .retention_days = RETENTION_DAYS,
                                    .unit_min = UNIT_MIN_2,
                                    .unit_multiple = UNIT_MULTIPLE_2};
    assert_non_null(run);
    run->model = calloc(1, sizeof *run->model);
    assert_non_null(run->model);
    prng_init(&run->prng, seed);
    run->restrictions =
        (struct restriction_random){&run->world, run->model, &run->prng, run->parties};
    run->mix = draw(run, 20);
    options.wake_budget = 1 + draw(run, 6) * draw(run, 6);
    world_open(&run->world, &options);
    model_open(run->model, options.wake_budget);
    periods_shorten(run);
    run->model->unit_min = UNIT_MIN_2;
    run->model->unit_multiple = UNIT_MULTIPLE_2;
    run->rights = rights_new();
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT; i++) {
        run->parties[i] = world_party_index(&run->world, i);
    }
    rights_draw_open(&run->world, run->model, run->rights);
    open_positions(run);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        uint32_t count = draw(run, COMMANDS_PER_BLOCK_MAX + 1);
        if (chance(run, 5)) {
            run->world.ts_ms += (uint64_t)(1 + draw(run, 40)) * 3600000;
            if (chance(run, 30)) {
                window_await(run);
            } else if (chance(run, 60)) { /* to nine o'clock, when much may settle */
                run->world.ts_ms += DATE_DAY_MS - (run->world.ts_ms + 15 * 3600000) % DATE_DAY_MS;
            }
        }
        while (run->command_count < count) {
            struct command command;
            uint32_t sender;
            if (draw_command(run, &sender, &command)) {
                restriction_random_draws(&run->restrictions, sender, &command);
                add(run, sender, rights_draw_key(&run->prng, sender, &command), &command);
            }
        }
        command_total += run->command_count;
        block(run);
        if (chance(run, 8)) {
            (chance(run, 50) ? move_event : limit_key)(run);
        }
        if (chance(run, 3) && world_restore(&run->world)) {
            run->restored_count++;
        }
    }
    count_ends(run);
    print_message(
        "seed %u: %d instructions, %u matched, %u alleged, %u settled, %u in part, %u cancelled, "
        "budget %u, %u blocks carried work over, %u restores, %u forgotten, %u linked settled, "
        "%u links refused, %u contradicted, %u in sets, %u waited for a person, %u approved\n",
        (unsigned)seed, run->model->instruction_count, run->matched_count, run->alleged_count,
        run->settled_count, run->parts_count, run->cancelled_count, options.wake_budget,
        run->carried_over_count, run->restored_count, run->forgotten_count,
        run->linked_settled_count, run->link_refused_count, run->contradicted_count,
        run->optimised_count, run->waited_count, run->approved_count);
    linked_settled_total += run->linked_settled_count;
    link_refused_total += run->link_refused_count;
    world_close(&run->world);
    rights_free(run->rights);
    free(run->model);
    free(run);
}

static uint64_t seed_first = 1;
static uint64_t seed_last = SEEDS;

static void test_ledger_agrees_with_the_plain_model(void **state)
{
    (void)state;
    for (uint64_t seed = seed_first; seed <= seed_last; seed++) {
        world_lists_none = seed % 2 == 0; /* the model does not know of it */
        run_seed(seed);
    }
    print_message("%llu commands\n", (unsigned long long)command_total);
    assert_true(linked_settled_total > 0 && link_refused_total > 0 && hit_total > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_agrees_with_the_plain_model),
    };
    if (argc > 1) {
        seed_first = strtoull(argv[1], NULL, 10);
        seed_last = argc > 2 ? strtoull(argv[2], NULL, 10) : seed_first;
    }
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
