#include "tests/support/ledger/restriction_random.h"

#include <string.h>

#include "ledger/state.h"

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
