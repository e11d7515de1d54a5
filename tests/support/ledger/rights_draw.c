#include "tests/support/ledger/rights_draw.h"

#include <stdlib.h>

#include "ledger/command/draft.h"
#include "ledger/limit/limit.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

static uint32_t draw(struct prng *prng, uint32_t bound)
{
    return (uint32_t)prng_below(prng, bound);
}

static bool chance(struct prng *prng, uint32_t percent)
{
    return prng_chance(prng, percent, 100);
}

static void draw_keys(struct world *world, struct model_rights *rights)
{
    static const uint8_t kinds[] = {COMMAND_INSTRUCT, COMMAND_RELEASE, COMMAND_CASH_IN,
                                    COMMAND_APPROVE, COMMAND_DRAFT_REJECT};
    static const char *const persons[] = {"A", "B", "a"};
    for (uint32_t i = 0; i < (WORLD_PARTY_COUNT - WORLD_BANK) * (MODEL_KEYS - 1); i++) {
        uint32_t party = WORLD_BANK + i / (MODEL_KEYS - 1);
        uint32_t number = 1 + i % (MODEL_KEYS - 1);
        struct model_key *key = &rights->keys[party][number];
        struct command command;
        *key = (struct model_key){.known = true,
                                  .rights = KEY_SUBMIT | KEY_APPROVE |
                                            (number == 1 ? (uint32_t)KEY_ADMINISTER : 0),
                                  .person = number == 2 ? 'B' : 'A',
                                  .amount_limit = number == 1 ? 8000000 : INT64_MAX,
                                  .day_limit = number == 1 ? 20000000 : INT64_MAX,
                                  .confined = number == 2};
        world_command(world, COMMAND_KEY_ADD, &command);
        command.key_add = (struct command_key_add){.bic = world_bic(party),
                                                   .public_key = letter_key(party, number),
                                                   .person = world_text(persons[number - 1]),
                                                   .rights = key->rights,
                                                   .amount_limit = key->amount_limit,
                                                   .day_limit = key->day_limit,
                                                   .valid_until_ms = UINT64_MAX};
        for (size_t j = 0; j < sizeof kinds && key->confined; j++) {
            key->kinds[kinds[j]] = true;
            command_set_add(&command.key_add.scope.kinds, kinds[j]);
        }
        world_add(world, WORLD_OPERATOR, &command);
    }
}

static void draw_operator(struct world *world, struct model_rights *rights)
{
    letter_key_add(world, WORLD_OPERATOR, 1, KEY_APPROVE, INT64_MAX);
    rights->keys[WORLD_OPERATOR][1] = (struct model_key){.known = true,
                                                         .rights = KEY_APPROVE,
                                                         .person = '1',
                                                         .amount_limit = INT64_MAX,
                                                         .day_limit = INT64_MAX};
}

void rights_draw_open(struct world *world, struct model *model, struct model_rights *rights)
{
    rights->draft_days = ledger_limits(world->ledger)->draft_days;
    draw_keys(world, rights);
    world_block(world);
    model_block_begin(model, world->ts_ms - 1000);
    (void)model_block_end(model);
    draw_operator(world, rights);
    model_block_begin(model, world->ts_ms - 1000);
    (void)model_block_end(model);
}

void rights_draw_day_limit(struct world *world, struct prng *prng,
                           const struct model_rights *rights, struct command *out)
{
    uint32_t party = WORLD_BANK + draw(prng, WORLD_PARTY_COUNT - WORLD_BANK);
    uint32_t number = 1 + draw(prng, MODEL_KEYS - 1);
    const struct model_key *key = &rights->keys[party][number];
    world_command(world, COMMAND_KEY_CHANGE, out);
    out->key_change = (struct command_key_change){
        .public_key = letter_key(party, number),
        .rights = key->rights,
        .amount_limit = key->amount_limit,
        .day_limit = chance(prng, 40) ? INT64_MAX : 10000000 * (int64_t)draw(prng, 4),
        .valid_until_ms = UINT64_MAX};
    for (uint32_t kind = 0; kind < MODEL_KINDS && key->confined; kind++) {
        if (key->kinds[kind]) {
            command_set_add(&out->key_change.scope.kinds, (uint8_t)kind);
        }
    }
}

void rights_compare(const struct model_rights *rights, const struct world *world)
{
    uint32_t today = ledger_date(world->ledger);
    for (uint32_t i = 0; i < WORLD_PARTY_COUNT * MODEL_KEYS; i++) {
        const struct model_key *expected = &rights->keys[i / MODEL_KEYS][i % MODEL_KEYS];
        struct public_key name = letter_key(i / MODEL_KEYS, i % MODEL_KEYS);
        if (expected->known) {
            const struct key *key = key_view(world->ledger, key_find(world->ledger, &name));
            assert_int_equal(key->day_limit, expected->day_limit);
            assert_int_equal(key->day_date == today ? key->day_used : 0,
                             expected->used_day == today ? expected->used : 0);
        }
    }
}

static uint32_t draw_policy(struct world *world, struct prng *prng, struct command *out)
{
    static const uint8_t kinds[] = {COMMAND_RELEASE, COMMAND_CASH_IN, COMMAND_CASH_OUT,
                                    COMMAND_ISSUE, COMMAND_CANCEL};
    uint32_t party = WORLD_BANK + draw(prng, WORLD_PARTY_COUNT - WORLD_BANK);
    world_command(world, COMMAND_APPROVAL_POLICY, out);
    out->approval_policy = (struct command_approval_policy){
        world_bic(party), {.amount = chance(prng, 50) ? INT64_MAX : 5000000}};
    for (size_t i = 0; i < sizeof kinds; i++) {
        if (chance(prng, 15)) {
            command_set_add(&out->approval_policy.policy.kinds, kinds[i]);
        }
    }
    return party;
}

/* Does the ledger still know all that the draft's command names? The model forgets nothing. */
static bool names_known(const struct world *world, const struct model_draft *draft)
{
    const struct command *command = &draft->command;
    const struct command_instruct *body = &command->instruct;
    uint32_t party = world_party_index(world, draft->party);
    bool known = true;
    if (command->kind == COMMAND_RESTRICTION_INCREASE ||
        command->kind == COMMAND_RESTRICTION_DECREASE) {
        uint32_t owner = party_find(world->ledger, &command->restriction_change.party);
        return restriction_find(world->ledger, owner, &command->restriction_change.reference) !=
               RECORD_NONE;
    }
    for (uint32_t i = 0; command->kind == COMMAND_INSTRUCT && i < body->link_count; i++) {
        known = known &&
                instruction_find(world->ledger, party, &body->links[i].reference) != RECORD_NONE;
    }
    for (uint32_t i = 0; command->kind == COMMAND_INSTRUCT && i < body->restriction_count; i++) {
        known =
            known && restriction_find(world->ledger, party, &body->restrictions[i]) != RECORD_NONE;
    }
    return known;
}

static uint32_t draw_limit(struct world *world, struct prng *prng, struct command *out)
{
    enum world_asset asset = chance(prng, 60) ? WORLD_EUR : (enum world_asset)draw(prng, 2);
    uint32_t party = WORLD_PARTICIPANT + draw(prng, WORLD_PARTICIPANT_COUNT);
    int64_t unit = asset == WORLD_EUR ? 10000000 : 20;
    world_command(world, COMMAND_LIMIT_SET, out);
    out->limit_set = (struct command_limit_set){
        .bic = world_bic(party),
        .asset = world_asset(asset),
        .amount = chance(prng, 30) ? INT64_MAX : unit * (int64_t)draw(prng, 8)};
    if (chance(prng, 70)) {
        uint32_t other = (party - WORLD_PARTICIPANT + 1 + draw(prng, 2)) % WORLD_PARTICIPANT_COUNT;
        out->limit_set.scope = LIMIT_COUNTERPARTY;
        out->limit_set.counterparty = world_bic(WORLD_PARTICIPANT + other);
    } else {
        out->limit_set.scope = LIMIT_ACCOUNT;
        out->limit_set.account = world_account(asset, draw(prng, 2));
    }
    return chance(prng, 50) ? (uint32_t)WORLD_OPERATOR : party;
}

static bool draw_approval(struct world *world, struct prng *prng, const struct model_rights *rights,
                          uint32_t *sender, struct command *out)
{
    uint32_t reach = rights->draft_count < 12 ? rights->draft_count : 12;
    if (reach == 0) {
        return false;
    }
    const struct model_draft *draft = &rights->drafts[rights->draft_count - 1 - draw(prng, reach)];
    uint32_t index = draft_find(world->ledger, world_party_index(world, draft->party),
                                &draft->command.reference);
    if (!names_known(world, draft)) {
        return false;
    }
    *sender = draft->party;
    world_command(world, chance(prng, 85) ? COMMAND_APPROVE : COMMAND_DRAFT_REJECT, out);
    out->approval.reference = draft->command.reference;
    if (index != RECORD_NONE) {
        out->approval.content = draft_view(world->ledger, index)->content;
    }
    return true;
}

bool rights_draw_command(struct world *world, struct prng *prng, const struct model_rights *rights,
                         uint32_t *sender, struct command *out)
{
    if (chance(prng, 6)) {
        return draw_approval(world, prng, rights, sender, out);
    }
    if (!chance(prng, 2)) {
        return false;
    }
    *sender = chance(prng, 50) ? draw_policy(world, prng, out) : draw_limit(world, prng, out);
    return true;
}

struct model_rights *rights_new(void)
{
    struct model_rights *rights = calloc(1, sizeof *rights);
    struct model *copy = calloc(1, sizeof *copy);
    assert_non_null(rights);
    assert_non_null(copy);
    model_rights_open(rights, copy);
    return rights;
}

void rights_free(struct model_rights *rights)
{
    free(rights->copy);
    free(rights);
}

uint32_t rights_draw_key(struct prng *prng, uint32_t sender, const struct command *command)
{
    uint32_t others = sender == WORLD_OPERATOR ? 0 : MODEL_KEYS - 1;
    bool approval = command->kind == COMMAND_APPROVE || command->kind == COMMAND_DRAFT_REJECT ||
                    command->kind == COMMAND_APPROVAL_POLICY || command->kind == COMMAND_LIMIT_SET;
    return others > 0 && chance(prng, approval ? 95 : 12) ? 1 + draw(prng, others) : 0;
}
