#include "tests/support/ledger/model_draw.h"

#include <string.h>

static uint32_t draw(struct prng *prng, uint32_t bound)
{
    return (uint32_t)prng_below(prng, bound);
}

static bool chance(struct prng *prng, uint32_t percent)
{
    return prng_chance(prng, percent, 100);
}

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

bool model_draw_accept(struct prng *prng, struct world *world, const struct model *model,
                       int32_t index, uint32_t *sender, struct command *out)
{
    struct command_allegement_accept *body = &out->allegement_accept;
    const struct model_instruction *alleged;
    bool delivers;
    if (index == MODEL_NONE) {
        return false;
    }
    alleged = &model->instructions[index];
    if (alleged->counterpart != MODEL_NONE || (model_ended(alleged) && !chance(prng, 5))) {
        return false;
    }
    delivers = alleged->terms.movement == MOVEMENT_DELI;
    world_command(world, COMMAND_ALLEGEMENT_ACCEPT, out);
    *body = (struct command_allegement_accept){
        .party = world_bic(alleged->party),
        .reference = alleged->reference,
        .quantity = alleged->terms.quantity + (chance(prng, 5) ? 10 : 0),
        .amount = alleged->terms.amount + (chance(prng, 5) ? 1 : 0),
        .priority = chance(prng, 25) ? PRIORITY_HIGH : PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
        .hold = chance(prng, 6),
    };
    if (chance(prng, 20) && alleged->terms.quantity > 0) {
        body->account = world_account(WORLD_ISIN_1, draw(prng, 2));
    }
    if (chance(prng, 20) && alleged->terms.payment == PAYMENT_APMT) {
        body->cash_account = world_account(WORLD_EUR, draw(prng, 2));
    }
    *sender = party_of(delivers ? &alleged->terms.receiver : &alleged->terms.deliverer);
    if (chance(prng, 5)) {
        *sender = WORLD_PARTICIPANT + draw(prng, WORLD_PARTICIPANT_COUNT);
    }
    return true;
}

bool model_draw_transform(struct prng *prng, struct world *world, const struct model *model,
                          int32_t index, uint32_t *sender, struct command *out)
{
    static const int64_t amounts[] = {500000, 9999900, 10000100, 30000000};
    const struct model_instruction *old;
    enum world_asset other;
    if (index == MODEL_NONE) {
        return false;
    }
    old = &model->instructions[index];
    other = old->terms.asset.text[0] == 'U' ? WORLD_ISIN_2 : WORLD_ISIN_1;
    world_command(world, COMMAND_TRANSFORM, out);
    out->transform = (struct command_transform){
        .party = world_bic(old->party),
        .reference = old->reference,
        .asset =
            world_asset(chance(prng, 90) ? other : (enum world_asset)draw(prng, WORLD_ASSET_COUNT)),
        .quantity = chance(prng, 90) ? 10 * (1 + (int64_t)draw(prng, 4)) : 0,
        .amount = chance(prng, 30) ? amounts[draw(prng, 4)] : 0,
        .new_reference = chance(prng, 95) ? out->reference : old->reference,
    };
    *sender = chance(prng, 50) ? WORLD_OPERATOR : WORLD_REGISTRAR;
    if (chance(prng, 5)) {
        *sender = WORLD_PARTICIPANT;
    }
    return true;
}

uint32_t model_draw_attorney(struct prng *prng, struct world *world, struct command *out)
{
    uint32_t grantor = WORLD_PARTICIPANT + draw(prng, WORLD_PARTICIPANT_COUNT);
    uint32_t attorney = chance(prng, 60) ? WORLD_PARTICIPANT : draw(prng, WORLD_PARTY_COUNT);
    world_command(world, chance(prng, 75) ? COMMAND_ATTORNEY_GRANT : COMMAND_ATTORNEY_REVOKE, out);
    out->attorney = (struct command_attorney){.attorney = world_bic(attorney)};
    if (chance(prng, 50)) {
        out->attorney.account =
            world_account(chance(prng, 50) ? WORLD_ISIN_1 : WORLD_EUR, draw(prng, 2));
    }
    return grantor;
}

uint32_t model_draw_matched(struct prng *prng, struct world *world, const struct model *model,
                            const struct command_instruct *deliver, struct command *out)
{
    struct command_instruct_matched *body = &out->instruct_matched;
    world_command(world, COMMAND_INSTRUCT_MATCHED, out);
    *body = (struct command_instruct_matched){
        .deliver = *deliver,
        .deliverer_reference = out->reference,
        .receiver_reference = out->reference,
        .receiver_priority = chance(prng, 25) ? PRIORITY_HIGH : PRIORITY_NORMAL,
        .receiver_partial = PARTIAL_NPAR,
        .receiver_hold = chance(prng, 6),
    };
    if (model->instruction_count > 0 && chance(prng, 10)) { /* used, perhaps by this party */
        body->deliverer_reference = model->instructions[model->instruction_count - 1].reference;
    }
    body->deliver.link_count = chance(prng, 90) ? 0 : body->deliver.link_count;
    body->deliver.pool = (struct text35){0};
    body->deliver.pool_number = 0;
    body->deliver.pool_total = 0;
    if (deliver->quantity > 0) {
        body->receiving_account = body->deliver.receiver_account;
    }
    if (deliver->payment == PAYMENT_APMT && chance(prng, 20)) {
        body->receiving_cash_account = world_account(WORLD_EUR, draw(prng, 2));
    }
    return chance(prng, 50) ? WORLD_PARTICIPANT : draw(prng, WORLD_PARTY_COUNT);
}
