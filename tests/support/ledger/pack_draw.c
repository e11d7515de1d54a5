#include "tests/support/ledger/pack_draw.h"

#include <stdio.h>
#include <string.h>

#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/state.h"
#include "tests/support/cmocka.h"

enum {
    ACCOUNTS_MAX = 400, /* as many as the world has room for, and more */
    ASSETS_MAX = 100,
    REACH = 3, /* how far back names are drawn from */
};

static uint32_t pick(struct pack_draw *draw, uint32_t bound)
{
    return (uint32_t)prng_below(draw->prng, bound);
}

/* One of the last few numbers, or the next one, which nothing has yet. */
static uint32_t recent(struct pack_draw *draw, uint32_t next)
{
    uint32_t back = pick(draw, REACH + 1);
    return next > back ? next - back : 0;
}

static struct text35 account_name(uint32_t number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "N%u", (unsigned)number);
    return world_text(text);
}

static struct asset_code asset_of(uint32_t number)
{
    struct asset_code code;
    for (uint32_t digit = 0; digit < 10; digit++) {
        char text[ISIN_SIZE + 1];
        (void)snprintf(text, sizeof text, "XS%09u%u", (unsigned)number % 1000000000u,
                       (unsigned)digit % 10u);
        if (asset_code_parse(text, ISIN_SIZE, &code)) {
            return code;
        }
    }
    fail();
    return code;
}

static void account_open(struct pack_draw *draw, uint32_t sender, struct command *out)
{
    world_command(draw->world, COMMAND_ACCOUNT_OPEN, out);
    out->account_open = (struct command_account_open){
        .bic = world_bic(sender),
        .id = account_name(pick(draw, 8) == 0 ? recent(draw, draw->account_next)
                                              : draw->account_next),
        .kind = (uint8_t)(pick(draw, 3) == 0 ? ACCOUNT_CASH : ACCOUNT_SECURITIES),
        .is_default = pick(draw, 6) == 0, /* once; then it has to be moved */
    };
    draw->account_next += draw->account_next < ACCOUNTS_MAX ? 1 : 0;
}

static void account_change(struct pack_draw *draw, uint32_t sender, struct command *out)
{
    world_command(draw->world, COMMAND_ACCOUNT_CHANGE, out);
    out->account_change = (struct command_account_change){
        .bic = world_bic(sender),
        .id = account_name(recent(draw, draw->account_next)),
        .status = (uint8_t)(pick(draw, 5) == 0 ? ACCOUNT_BLOCKED : ACCOUNT_OPEN),
        .is_default = pick(draw, 2) == 0,
    };
}

static void asset_add(struct pack_draw *draw, struct command *out)
{
    world_command(draw->world, COMMAND_ASSET_ADD, out);
    out->asset_add = (struct command_asset_add){.code = asset_of(draw->asset_next),
                                                .name = world_text("A new one"),
                                                .kind = ASSET_SECURITY_UNIT,
                                                .settlement_unit_min = 1,
                                                .settlement_unit_multiple = 1,
                                                .issuer = world_bic(WORLD_REGISTRAR),
                                                .issuance_account = world_text("ISSUE")};
    draw->asset_next += draw->asset_next < ASSETS_MAX ? 1 : 0;
}

static void asset_change(struct pack_draw *draw, struct command *out)
{
    world_command(draw->world, COMMAND_ASSET_CHANGE, out);
    out->asset_change.code = asset_of(recent(draw, draw->asset_next));
    out->asset_change.status = (uint8_t)(pick(draw, 3) == 0 ? ASSET_BLOCKED : ASSET_ACTIVE);
}

/* The other side of an instruction of before that names the sender; false: there is none. */
static bool other_side(struct pack_draw *draw, uint32_t sender, struct command_instruct *body)
{
    struct bic own = world_bic(sender);
    for (uint32_t i = 0; i < PACK_OFFERS && i < draw->offer_count; i++) {
        const struct command *offer = &draw->offers[(draw->offer_count - 1 - i) % PACK_OFFERS];
        const struct command_instruct *theirs = &offer->instruct;
        bool delivers = theirs->movement == MOVEMENT_RECE;
        if (bic_equal(delivers ? &theirs->deliverer : &theirs->receiver, &own) &&
            pick(draw, 3) > 0) {
            *body = *theirs;
            body->movement = delivers ? MOVEMENT_DELI : MOVEMENT_RECE;
            if (body->credit_debit != CREDIT_DEBIT_NONE) {
                body->credit_debit = delivers ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT;
            }
            return true;
        }
    }
    return false;
}

static void trade(struct pack_draw *draw, uint32_t sender, struct command_instruct *body)
{
    uint32_t other = pick(draw, 3) == 0 ? WORLD_OPERATOR : WORLD_PARTICIPANT + pick(draw, 3);
    if (other == sender) {
        other = WORLD_PARTICIPANT + 3 + pick(draw, WORLD_PARTICIPANT_COUNT - 3);
    }
    bool delivers = pick(draw, 2) == 0;
    struct world_trade trade = {.deliverer = delivers ? sender : other,
                                .receiver = delivers ? other : sender,
                                .asset = WORLD_ISIN_1,
                                .quantity = 1 + (int64_t)pick(draw, 3) * 5,
                                .amount = pick(draw, 2) == 0 ? 0 : 10,
                                .settlement_date = ledger_date(draw->world->ledger)};
    struct command deliver;
    struct command receive;
    world_trade(draw->world, &trade, &deliver, &receive);
    *body = delivers ? deliver.instruct : receive.instruct;
    if (pick(draw, 3) == 0) {
        body->asset = asset_of(recent(draw, draw->asset_next));
    }
}

/* Over a default account, over one of the last opened, or one that may be opened after it. */
static void instruct(struct pack_draw *draw, uint32_t sender, const struct command *before,
                     uint32_t count, struct command *out)
{
    struct command_instruct *body = &out->instruct;
    world_command(draw->world, COMMAND_INSTRUCT, out);
    bool answers = pick(draw, 2) == 0 && other_side(draw, sender, body);
    if (!answers) {
        trade(draw, sender, body);
        draw->offers[draw->offer_count++ % PACK_OFFERS] = *out;
    }
    body->account = (struct text35){0};
    body->cash_account = (struct text35){0};
    if (pick(draw, sender == WORLD_OPERATOR ? 2 : 8) == 0) {
        body->account = account_name(recent(draw, draw->account_next));
    }
    if (body->payment == PAYMENT_APMT && pick(draw, sender == WORLD_OPERATOR ? 3 : 12) == 0) {
        body->cash_account = account_name(recent(draw, draw->account_next));
    }
    if (count > 0 && pick(draw, 6) == 0) {
        body->link_count = 1;
        body->links[0].type = (uint8_t)(1 + pick(draw, 4));
        body->links[0].reference = before[pick(draw, count)].reference;
    }
}

/* About an instruction of the same envelope, or what is none. */
static void target(struct pack_draw *draw, uint32_t sender, const struct command *before,
                   uint32_t count, struct command *out)
{
    static const enum command_kind kinds[] = {COMMAND_CANCEL, COMMAND_HOLD, COMMAND_RELEASE};
    world_command(draw->world, kinds[pick(draw, 3)], out);
    out->target.party = world_bic(sender);
    out->target.reference = before[pick(draw, count)].reference;
    if (out->kind != COMMAND_CANCEL) {
        out->target.hold = DIMENSION_HOLD_PARTY;
    }
}

/* One of before: the same, or something else under its reference. */
static void repeat(struct pack_draw *draw, const struct command *before, uint32_t count,
                   struct command *out)
{
    *out = before[pick(draw, count)];
    if (out->kind == COMMAND_INSTRUCT && pick(draw, 2) == 0) {
        out->instruct.quantity++;
    }
}

static void any_command(struct pack_draw *draw, uint32_t sender, const struct command *before,
                        uint32_t count, struct command *out)
{
    uint32_t which = pick(draw, count > 0 ? 20 : 18);
    if (sender != WORLD_OPERATOR && pick(draw, 8) > 0) { /* others may only instruct */
        which += which < 8 ? 8 : 0;
    }
    if (which < 3) {
        account_open(draw, sender, out);
    } else if (which < 6) {
        account_change(draw, sender, out);
    } else if (which < 7) {
        asset_add(draw, out);
    } else if (which < 8) {
        asset_change(draw, out);
    } else if (which < 18) {
        instruct(draw, sender, before, count, out);
    } else if (which < 19) {
        target(draw, sender, before, count, out);
    } else {
        repeat(draw, before, count, out);
        return;
    }
    out->date = ledger_date(draw->world->ledger);
}

/* Two instructions in a row that no reading accepts, for the same field in both: the second one is
 * not to be taken for right because the first one has it. */
static void spoil_two(struct pack_draw *draw, struct command *commands, uint32_t count)
{
    uint32_t at = pick(draw, count - 1);
    bool dated = pick(draw, 2) == 0;
    while (at + 2 < count &&
           (commands[at].kind != COMMAND_INSTRUCT || commands[at + 1].kind != COMMAND_INSTRUCT)) {
        at++;
    }
    for (uint32_t i = at; i < at + 2; i++) {
        if (dated) {
            commands[i].date = 20261399; /* no date */
        } else if (commands[i].kind == COMMAND_INSTRUCT) {
            commands[i].instruct.receiver_depository = world_bic(WORLD_OPERATOR);
            commands[i].instruct.receiver_depository.text[1] = '?';
        }
    }
}

uint32_t pack_draw_commands(struct pack_draw *draw, uint32_t sender, struct command *out)
{
    uint32_t count = 2 + pick(draw, PACK_COMMANDS_MAX - 1);
    for (uint32_t i = 0; i < count; i++) {
        any_command(draw, sender, out, i, &out[i]);
    }
    if (pick(draw, 4) == 0) {
        spoil_two(draw, out, count);
    }
    return count;
}
