#include "tests/support/ledger/restriction_random.h"

#include <string.h>

#include "ledger/state.h"
#include "ledger/values/date.h"

static uint32_t draw(const struct restriction_random *random, uint32_t bound)
{
    return (uint32_t)prng_below(random->prng, bound);
}

static bool chance(const struct restriction_random *random, uint32_t percent)
{
    return draw(random, 100) < percent;
}

static uint32_t random_set(const struct restriction_random *random, struct command *out)
{
    enum world_asset asset = (enum world_asset)draw(random, WORLD_ASSET_COUNT);
    bool money = asset == WORLD_EUR || asset == WORLD_USD;
    uint32_t party = WORLD_PARTICIPANT + draw(random, WORLD_PARTICIPANT_COUNT);
    bool by_operator = chance(random, 25);
    world_command(random->world, COMMAND_RESTRICTION_SET, out);
    out->restriction_set = (struct command_restriction_set){
        .bic = world_bic(party),
        .account = world_account(asset, draw(random, 2)),
        .asset = world_asset(asset),
        .kind = (uint8_t)(1 + draw(random, by_operator ? 4 : 3)),
        .quantity =
            money ? 100 * (1 + (int64_t)draw(random, 60000)) : 1 + (int64_t)draw(random, 30),
    };
    return by_operator ? (uint32_t)WORLD_OPERATOR : party;
}

static bool random_change(const struct restriction_random *random, uint32_t *sender,
                          struct command *out)
{
    static const enum command_kind kinds[] = {
        COMMAND_RESTRICTION_INCREASE, COMMAND_RESTRICTION_DECREASE, COMMAND_RESTRICTION_DECREASE,
        COMMAND_RESTRICTION_RELEASE, COMMAND_RESTRICTION_RELEASE};
    const struct model *model = random->model;
    uint32_t reach = model->restriction_count < 40 ? (uint32_t)model->restriction_count : 40;
    if (reach == 0) {
        return false;
    }
    const struct model_restriction *target =
        &model->restrictions[model->restriction_count - 1 - (int32_t)draw(random, reach)];
    if (restriction_find(random->world->ledger, random->parties[target->party],
                         &target->reference) == RECORD_NONE) {
        return false; /* over and forgotten */
    }
    bool money = random->model->positions[target->position].asset >= WORLD_EUR;
    world_command(random->world, kinds[draw(random, 5)], out);
    out->restriction_change = (struct command_restriction_change){
        .party = world_bic(target->party),
        .reference = target->reference,
        .quantity =
            money ? 100 * (1 + (int64_t)draw(random, 40000)) : 1 + (int64_t)draw(random, 20)};
    if (out->kind == COMMAND_RESTRICTION_RELEASE) {
        out->restriction_change.quantity = 0;
    }
    *sender = chance(random, 80)   ? target->party
              : chance(random, 50) ? (uint32_t)WORLD_OPERATOR
                                   : WORLD_PARTICIPANT + draw(random, WORLD_PARTICIPANT_COUNT);
    return true;
}

bool restriction_random_command(const struct restriction_random *random, uint32_t *sender,
                                struct command *out)
{
    if (chance(random, 57)) {
        return random_change(random, sender, out);
    }
    *sender = random_set(random, out);
    return true;
}

/* Asks for one thing or two. */
static struct restriction_rule random_rule(const struct restriction_random *random)
{
    enum world_asset security = chance(random, 50) ? WORLD_ISIN_1 : WORLD_ISIN_2;
    struct restriction_rule rule = {0};
    for (uint32_t i = 0; i < 2; i++) {
        switch (draw(random, 10)) {
        case 0:
        case 1:
            rule.party = world_bic(WORLD_PARTICIPANT + draw(random, WORLD_PARTICIPANT_COUNT));
            break;
        case 2:
            rule.security = world_asset(security);
            break;
        case 3:
            rule.account = world_account(security, draw(random, 2));
            break;
        case 4:
            rule.cash_account = world_account(WORLD_EUR, draw(random, 2));
            break;
        case 5:
            rule.currency = world_asset(chance(random, 50) ? WORLD_EUR : WORLD_USD);
            break;
        case 6:
            rule.movement = (uint8_t)(MOVEMENT_DELI + draw(random, 2));
            break;
        case 7:
            rule.payment = (uint8_t)(PAYMENT_APMT + draw(random, 2));
            break;
        case 8:
            rule.credit_debit = (uint8_t)(CREDIT_DEBIT_CRDT + draw(random, 2));
            break;
        default:
            rule.transaction_type = chance(random, 50) ? TRANSACTION_TRAD : TRANSACTION_OWNI;
            break;
        }
    }
    return rule;
}

static void random_type_add(const struct restriction_random *random, struct command *out)
{
    struct command_restriction_type_add *body = &out->restriction_type_add;
    uint32_t today = random->model->today;
    enum world_asset asset = (enum world_asset)draw(random, WORLD_ASSET_COUNT);
    body->processing = (uint8_t)(chance(random, 3) ? 4 : RESTRICTION_BLCK + draw(random, 3));
    body->object = (uint8_t)draw(random, RESTRICTION_ON_PARTY + 1);
    switch (body->object) {
    case RESTRICTION_ON_SECURITY:
        body->asset = world_asset(asset);
        break;
    case RESTRICTION_ON_SECURITIES_ACCOUNT:
    case RESTRICTION_ON_CASH_ACCOUNT:
        asset = body->object == RESTRICTION_ON_CASH_ACCOUNT ? WORLD_EUR : WORLD_ISIN_1;
        body->account = world_account(asset, draw(random, 2));
        body->bic = world_bic(WORLD_PARTICIPANT + draw(random, WORLD_PARTICIPANT_COUNT));
        break;
    case RESTRICTION_ON_PARTY:
        body->bic = world_bic(WORLD_PARTICIPANT + draw(random, WORLD_PARTICIPANT_COUNT));
        break;
    default:
        break;
    }
    body->negative = chance(random, 30);
    body->valid_from = date_add(today, (int32_t)draw(random, 4) - 1);
    body->valid_to = chance(random, 20) ? 0 : date_add(today, (int32_t)draw(random, 5) - 1);
    body->rule_count = (uint8_t)draw(random, 3);
    if (body->rule_count == 0 && body->object == RESTRICTION_ON_INSTRUCTION) {
        body->rule_count = 1; /* not everything */
    }
    for (uint32_t i = 0; i < body->rule_count; i++) {
        body->rules[i] = random_rule(random);
    }
}

void restriction_random_type(const struct restriction_random *random, uint32_t *sender,
                             struct command *out)
{
    const struct model *model = random->model;
    *sender = chance(random, 95) ? (uint32_t)WORLD_OPERATOR : (uint32_t)WORLD_PARTICIPANT;
    if (model->type_count > 0 && draw(random, 8) < (uint32_t)model->type_count) {
        world_command(random->world, COMMAND_RESTRICTION_TYPE_END, out);
        out->restriction_type_end.reference =
            chance(random, 95) ? model->types[draw(random, (uint32_t)model->type_count)].reference
                               : world_text("NOSUCH");
        return;
    }
    world_command(random->world, COMMAND_RESTRICTION_TYPE_ADD, out);
    random_type_add(random, out);
}

void restriction_random_none(struct command_instruct *body)
{
    body->restriction_count = 0;
    memset(body->restrictions, 0, sizeof body->restrictions);
    body->restricted_only = false;
}

void restriction_random_draws(const struct restriction_random *random, uint32_t party,
                              struct command *command)
{
    struct command_instruct *body = &command->instruct;
    if (command->kind != COMMAND_INSTRUCT || chance(random, 60)) {
        return;
    }
    bool gives = body->movement == MOVEMENT_DELI && body->quantity > 0;
    bool pays = body->payment == PAYMENT_APMT && body->credit_debit == CREDIT_DEBIT_DBIT;
    for (int32_t i = random->model->restriction_count - 1; i >= 0; i--) {
        const struct model_restriction *restriction = &random->model->restrictions[i];
        const struct model_position *position = &random->model->positions[restriction->position];
        bool securities = gives && position->asset == model_asset(&body->asset) &&
                          position->number == model_number(&body->account);
        bool cash = pays && position->asset == model_asset(&body->currency) &&
                    position->number == model_number(&body->cash_account);
        if (restriction->party != party || position->party != party || restriction->released ||
            restriction->kind == RESTRICTION_PLEDGING || !(securities || cash) ||
            body->restriction_count == RESTRICTION_DRAWS_MAX || chance(random, 30) ||
            restriction_find(random->world->ledger, random->parties[party],
                             &restriction->reference) == RECORD_NONE) {
            continue;
        }
        body->restrictions[body->restriction_count++] = restriction->reference;
        body->restricted_only = body->restricted_only || (securities && chance(random, 25));
    }
}
