/*
 * Goal: no sequence of commands, however odd, breaks an invariant, fails an assertion, or makes two
 * ledgers differ. Commands of every kind are drawn from small pools of good and bad values, sent by
 * any key, in blocks whose time jumps; a twin executes the same blocks.
 *
 * Nor does it matter which commands are read together (ledger/command/ahead.h): many are sent in
 * packs, and a third ledger gets each in an envelope of its own, with one between that is not
 * executed and fills what is read ahead. So there nothing that was found out for a command ahead of
 * its turn can be out of date. Receipts and records must agree.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/command/ahead.h"
#include "ledger/command/draft.h"
#include "ledger/holding/position.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/restriction/restriction.h"
#include "ledger/state.h"
#include "ledger/state/invariant.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"
#include "tests/support/ledger/pack_draw.h"

enum {
    BLOCK_COUNT = 1500,
    COMPARED_BLOCKS = 50, /* after so many blocks, record by record */
    COMMANDS_PER_BLOCK_MAX = 6,
    KEYS_PER_PARTY = 3
};

static uint32_t pick(struct prng *prng, uint32_t bound)
{
    return (uint32_t)prng_below(prng, bound);
}

static struct bic any_bic(struct prng *prng)
{
    struct bic bic = world_bic(pick(prng, WORLD_PARTY_COUNT));
    if (pick(prng, 12) == 0) {
        bic.text[0] = 'Z'; /* nobody's */
    } else if (pick(prng, 20) == 0) {
        bic = (struct bic){{0}};
    }
    return bic;
}

static struct text35 any_account(struct prng *prng)
{
    static const char *const names[] = {"SEC1", "SEC2", "CASH1", "CASH2", "ISSUE", "NEW1", "NEW2"};
    return pick(prng, 8) == 0 ? (struct text35){0} : world_text(names[pick(prng, 7)]);
}

static struct asset_code any_asset(struct prng *prng)
{
    struct asset_code code = world_asset((enum world_asset)pick(prng, WORLD_ASSET_COUNT));
    if (pick(prng, 15) == 0) {
        code = (struct asset_code){0};
    } else if (pick(prng, 15) == 0) {
        bool valid = asset_code_parse("AU0000XVGZA3", 12, &code);
        assert_true(valid);
    }
    return code;
}

static int64_t any_amount(struct prng *prng)
{
    static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX, INT64_MAX - 1, 1};
    return pick(prng, 10) == 0 ? odd[pick(prng, 6)] : (int64_t)pick(prng, 300);
}

static uint32_t any_date(const struct world *world, struct prng *prng)
{
    static const uint32_t odd[] = {19700101, 99991231, WORLD_TODAY, WORLD_MONDAY};
    return pick(prng, 8) == 0 ? odd[pick(prng, 4)] : ledger_date(world->ledger);
}

static uint8_t any_code(struct prng *prng, uint32_t usual)
{
    return (uint8_t)(pick(prng, 30) == 0 ? pick(prng, 256) : pick(prng, usual));
}

/* Mostly none, so that keys can do something. */
static void any_scope(struct prng *prng, struct key_scope *scope)
{
    if (pick(prng, 3) == 0) {
        scope->kinds.words[0] = prng_next(prng) & prng_next(prng);
    }
    scope->asset_kinds = pick(prng, 5) == 0 ? any_code(prng, 8) : 0;
    scope->account_count = pick(prng, 5) == 0 ? 1 : 0;
    scope->accounts[0] = any_account(prng);
}

static void any_party_or_key(struct prng *prng, struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_PARTY_ADD:
        command->party_add.bic = any_bic(prng);
        command->party_add.name = world_text("P");
        command->party_add.roles = any_code(prng, 32);
        command->party_add.instruction_quota = pick(prng, 3);
        break;
    case COMMAND_PARTY_CHANGE:
        command->party_change.bic = any_bic(prng);
        command->party_change.roles = 31;
        command->party_change.status =
            pick(prng, 25) == 0 ? (uint8_t)(PARTY_SUSPENDED + pick(prng, 2)) : PARTY_ACTIVE;
        command->party_change.instruction_quota = pick(prng, 8) == 0 ? 50u : 0u;
        break;
    case COMMAND_KEY_ADD: {
        uint32_t holder = pick(prng, WORLD_PARTY_COUNT);
        uint32_t number = pick(prng, KEYS_PER_PARTY);
        command->key_add.bic = any_bic(prng);
        command->key_add.public_key = letter_key(holder, number);
        command->key_add.rights = any_code(prng, 16);
        command->key_add.amount_limit = pick(prng, 2) == 0 ? INT64_MAX : 100;
        command->key_add.valid_until_ms = UINT64_MAX;
        command->key_add.day_limit = pick(prng, 2) == 0 ? INT64_MAX : 300;
        command->key_add.person = world_text(pick(prng, 3) == 0 ? "KEY 0" : "KEY 1");
        any_scope(prng, &command->key_add.scope);
        break;
    }
    case COMMAND_KEY_CHANGE:
        command->key_change.public_key =
            letter_key(pick(prng, WORLD_PARTY_COUNT), 1 + pick(prng, KEYS_PER_PARTY - 1));
        command->key_change.rights = any_code(prng, 16);
        command->key_change.amount_limit = any_amount(prng);
        command->key_change.day_limit = any_amount(prng);
        command->key_change.valid_until_ms = UINT64_MAX;
        any_scope(prng, &command->key_change.scope);
        break;
    case COMMAND_LIMIT_SET:
        command->limit_set.bic = any_bic(prng);
        command->limit_set.scope = any_code(prng, 3);
        if (pick(prng, 2) == 0) {
            command->limit_set.counterparty = any_bic(prng);
        } else {
            command->limit_set.account = any_account(prng);
        }
        command->limit_set.asset = any_asset(prng);
        command->limit_set.amount = any_amount(prng);
        break;
    case COMMAND_APPROVAL_POLICY:
        command->approval_policy.bic = any_bic(prng);
        command->approval_policy.policy.amount = pick(prng, 2) == 0 ? INT64_MAX : any_amount(prng);
        if (pick(prng, 2) == 0) {
            command_set_add(&command->approval_policy.policy.kinds,
                            (uint8_t)pick(prng, COMMAND_SET_KINDS));
        }
        break;
    case COMMAND_KEY_REVOKE:
        command->key_revoke.public_key =
            letter_key(WORLD_PARTICIPANT + pick(prng, WORLD_PARTICIPANT_COUNT), 1);
        break;
    default:
        rule_set_default(&command->rule_set);
        command->rule_set.effective_date = 20261101 + pick(prng, 60);
        break;
    }
}

static void any_reference_data(struct prng *prng, struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_ASSET_ADD:
        command->asset_add.code = any_asset(prng);
        command->asset_add.name = world_text("A");
        command->asset_add.kind = any_code(prng, 4);
        command->asset_add.decimals = any_code(prng, 10);
        command->asset_add.settlement_unit_min = any_amount(prng);
        command->asset_add.settlement_unit_multiple = any_amount(prng);
        command->asset_add.issuer = any_bic(prng);
        command->asset_add.issuance_account = any_account(prng);
        break;
    case COMMAND_ASSET_CHANGE:
        command->asset_change.code = any_asset(prng);
        command->asset_change.status =
            pick(prng, 6) == 0 ? any_code(prng, 3) : (uint8_t)ASSET_ACTIVE;
        break;
    case COMMAND_ACCOUNT_OPEN:
        command->account_open.bic = any_bic(prng);
        command->account_open.id = any_account(prng);
        command->account_open.kind = any_code(prng, 3);
        command->account_open.is_default = pick(prng, 2) == 0;
        break;
    case COMMAND_ACCOUNT_CHANGE:
        command->account_change.bic = any_bic(prng);
        command->account_change.id = any_account(prng);
        command->account_change.status =
            pick(prng, 6) == 0 ? any_code(prng, 4) : (uint8_t)ACCOUNT_OPEN;
        command->account_change.is_default = pick(prng, 2) == 0;
        break;
    case COMMAND_CREDIT_LIMIT:
        command->credit_limit.bic = any_bic(prng);
        command->credit_limit.account = any_account(prng);
        command->credit_limit.currency = any_asset(prng);
        command->credit_limit.limit = any_amount(prng);
        break;
    default:
        any_party_or_key(prng, command);
        break;
    }
}

/* An event of the day, moved by up to three hours to either side; now and then nonsense. */
static void any_day_revise(const struct world *world, struct prng *prng, struct command *command)
{
    const struct business_day *day = world->ledger->business_day;
    const struct day_entry *entry = &day->entry[pick(prng, day->entry_count)];
    command->day_revise.event = pick(prng, 10) == 0 ? any_code(prng, 14) : entry->event;
    if (pick(prng, 2) == 0) {
        command->day_revise.currency = world_asset((enum world_asset)pick(prng, WORLD_ASSET_COUNT));
    }
    command->day_revise.revised_ms =
        entry->revised_ms + pick(prng, 360) * UINT64_C(60000) - 180 * UINT64_C(60000);
}

/* Draws one field or two anew, or none. */
static void spoil_instruct(const struct world *world, struct prng *prng, uint32_t sender,
                           struct command_instruct *body)
{
    switch (pick(prng, 14)) {
    case 0:
        body->quantity = any_amount(prng);
        break;
    case 1:
        body->amount = any_amount(prng);
        break;
    case 2:
        body->asset = any_asset(prng);
        break;
    case 3:
        body->account = any_account(prng);
        break;
    case 4:
        body->cash_account = any_account(prng);
        break;
    case 5:
        body->settlement_date = any_date(world, prng);
        break;
    case 6:
        body->transaction_type = TRANSACTION_OWNI;
        body->payment = PAYMENT_FREE;
        body->movement = MOVEMENT_DELI;
        body->deliverer = world_bic(sender);
        body->receiver = world_bic(sender);
        body->receiver_account = any_account(prng);
        body->asset = any_asset(prng);
        body->currency = (struct asset_code){0};
        body->amount = 0;
        body->credit_debit = CREDIT_DEBIT_NONE;
        break;
    case 7:
        body->deliverer_account = any_account(prng);
        body->receiver_account = any_account(prng);
        break;
    case 8:
        body->common_reference = world_text(pick(prng, 2) == 0 ? "C1" : "C2");
        break;
    case 9:
        body->receiver = any_bic(prng);
        body->priority = any_code(prng, 5);
        break;
    case 10:
        body->pool = world_text(pick(prng, 2) == 0 ? "P1" : "P2");
        body->pool_number = any_code(prng, 4);
        body->pool_total = any_code(prng, 4);
        break;
    default:
        break;
    }
}

/* Mostly sound, so that it meets others; but often spoilt. */
static void any_instruct(const struct world *world, struct prng *prng, uint32_t sender,
                         struct command *command)
{
    uint32_t other = WORLD_PARTICIPANT +
                     (sender - WORLD_PARTICIPANT + 1 + pick(prng, 2)) % WORLD_PARTICIPANT_COUNT;
    bool delivers = pick(prng, 2) == 0;
    bool free_of_payment = pick(prng, 3) == 0;
    enum world_asset security = (enum world_asset)pick(prng, 2);
    int64_t quantity = 1 + (int64_t)pick(prng, 3) * 10;
    bool hold = pick(prng, 10) == 0;
    command->instruct = (struct command_instruct){
        .payment = free_of_payment ? PAYMENT_FREE : PAYMENT_APMT,
        .movement = delivers ? MOVEMENT_DELI : MOVEMENT_RECE,
        .asset = world_asset(security),
        .quantity = quantity,
        .settlement_date = ledger_date(world->ledger),
        .deliverer = world_bic(delivers ? sender : other),
        .receiver = world_bic(delivers ? other : sender),
        .deliverer_depository = world_bic(0),
        .receiver_depository = world_bic(0),
        .priority = PRIORITY_NORMAL,
        .partial = (uint8_t)(PARTIAL_NPAR + pick(prng, 4)),
        .transaction_type = TRANSACTION_TRAD,
        .hold = hold,
    };
    struct command_instruct *body = &command->instruct;
    if (!free_of_payment) {
        body->currency = world_asset(WORLD_EUR);
        body->amount = 100 * (1 + (int64_t)pick(prng, 2));
        body->credit_debit =
            delivers == (pick(prng, 8) != 0) ? CREDIT_DEBIT_CRDT : CREDIT_DEBIT_DBIT;
    }
    spoil_instruct(world, prng, sender, body);
}

/* Between any two, often of one party. */
static void any_link(const struct world *world, struct prng *prng, struct command *command)
{
    uint32_t count = record_count(world->ledger, RECORD_INSTRUCTION);
    uint32_t one = record_next(world->ledger, RECORD_INSTRUCTION, pick(prng, count + 1));
    uint32_t other = record_next(world->ledger, RECORD_INSTRUCTION, pick(prng, count + 1));
    if (one != RECORD_NONE && other != RECORD_NONE) {
        const struct instruction *first = instruction_view(world->ledger, one);
        const struct instruction *second = instruction_view(world->ledger, other);
        command->link.party = party_view(world->ledger, first->party)->bic;
        command->link.reference = first->reference;
        command->link.linked_party = party_view(world->ledger, second->party)->bic;
        command->link.linked_reference = second->reference;
        command->link.type = any_code(prng, 6);
    }
}

/* About one that is there. */
static void any_about_instruction(const struct world *world, struct prng *prng,
                                  struct command *command)
{
    uint32_t count = record_count(world->ledger, RECORD_INSTRUCTION);
    uint32_t index = record_next(world->ledger, RECORD_INSTRUCTION, pick(prng, count + 1));
    if (index == RECORD_NONE) {
        return;
    }
    const struct instruction *target = instruction_view(world->ledger, index);
    struct bic party = party_view(world->ledger, target->party)->bic;
    switch ((enum command_kind)command->kind) {
    case COMMAND_TRANSFORM:
        command->transform = (struct command_transform){
            .party = party,
            .reference = target->reference,
            .asset = any_asset(prng),
            .quantity = any_amount(prng),
            .new_reference = command->reference,
        };
        break;
    case COMMAND_ALLEGEMENT_ACCEPT:
        command->allegement_accept = (struct command_allegement_accept){
            .party = party,
            .reference = target->reference,
            .quantity = target->terms.quantity,
            .amount = pick(prng, 8) == 0 ? any_amount(prng) : target->terms.amount,
            .priority = any_code(prng, 5),
            .partial = any_code(prng, 5),
        };
        break;
    default:
        command->target.party = party;
        command->target.reference = target->reference;
        if (command->kind == COMMAND_HOLD || command->kind == COMMAND_RELEASE) {
            command->target.hold = (uint8_t)(3 + pick(prng, 4));
        } else if (command->kind == COMMAND_AMEND) {
            command->target.priority = (uint8_t)pick(prng, 6);
            command->target.partial = (uint8_t)pick(prng, 6);
        }
        break;
    }
}

static void any_partial_release(const struct world *world, struct prng *prng,
                                struct command *command)
{
    uint32_t count = record_count(world->ledger, RECORD_INSTRUCTION);
    uint32_t index = record_next(world->ledger, RECORD_INSTRUCTION, pick(prng, count + 1));
    if (index != RECORD_NONE) {
        command->partial_release.reference = instruction_view(world->ledger, index)->reference;
    }
    command->partial_release.quantity = any_amount(prng);
}

/* Of the first draft that waits, if one does. */
static void any_approval(const struct world *world, struct command *command)
{
    uint32_t draft = record_next(world->ledger, RECORD_DRAFT, 0);
    if (draft != RECORD_NONE) {
        command->approval.reference = draft_view(world->ledger, draft)->reference;
        command->approval.content = draft_view(world->ledger, draft)->content;
    }
}

static void any_restriction_set(struct prng *prng, uint32_t sender, struct command *command)
{
    command->restriction_set.bic = world_bic(sender);
    command->restriction_set.account = any_account(prng);
    command->restriction_set.asset = any_asset(prng);
    command->restriction_set.kind = any_code(prng, 5);
    command->restriction_set.quantity = any_amount(prng);
}

static void any_restriction_change(const struct world *world, struct prng *prng,
                                   struct command *command)
{
    uint32_t count = record_count(world->ledger, RECORD_RESTRICTION);
    uint32_t index = record_next(world->ledger, RECORD_RESTRICTION, pick(prng, count + 1));
    if (index == RECORD_NONE) {
        return;
    }
    const struct restriction *target = restriction_view(world->ledger, index);
    command->restriction_change.party = party_view(world->ledger, target->party)->bic;
    command->restriction_change.reference = target->reference;
    if (command->kind != COMMAND_RESTRICTION_RELEASE || pick(prng, 10) == 0) {
        command->restriction_change.quantity = any_amount(prng);
    }
}

static void any_restriction_type(const struct world *world, struct prng *prng,
                                 struct command *command)
{
    struct command_restriction_type_add *body = &command->restriction_type_add;
    body->processing = any_code(prng, 4);
    body->object = any_code(prng, 5);
    body->bic = any_bic(prng);
    body->account = any_account(prng);
    body->asset = any_asset(prng);
    body->negative = pick(prng, 3) == 0;
    body->valid_from = any_date(world, prng);
    body->valid_to = pick(prng, 2) == 0 ? 0 : any_date(world, prng);
    body->rule_count = (uint8_t)(pick(prng, 8) == 0 ? 0 : 1 + pick(prng, 2)); /* seldom all */
    for (uint32_t i = 0; i < body->rule_count; i++) {
        body->rules[i].party = any_bic(prng);
        body->rules[i].movement = any_code(prng, 3);
        body->rules[i].transaction_type = any_code(prng, 5);
    }
}

static void any_restriction_type_end(const struct world *world, struct prng *prng,
                                     struct command *command)
{
    uint32_t count = record_count(world->ledger, RECORD_RESTRICTION_TYPE);
    uint32_t index = record_next(world->ledger, RECORD_RESTRICTION_TYPE, pick(prng, count + 1));
    if (index != RECORD_NONE) {
        command->restriction_type_end.reference =
            restriction_type_view(world->ledger, index)->reference;
    }
}

static void any_restriction(const struct world *world, struct prng *prng, uint32_t sender,
                            struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_RESTRICTION_SET:
        any_restriction_set(prng, sender, command);
        break;
    case COMMAND_RESTRICTION_TYPE_ADD:
        any_restriction_type(world, prng, command);
        break;
    case COMMAND_RESTRICTION_TYPE_END:
        any_restriction_type_end(world, prng, command);
        break;
    default:
        any_restriction_change(world, prng, command);
        break;
    }
}

static void any_body(const struct world *world, struct prng *prng, uint32_t sender,
                     struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_ISSUE:
    case COMMAND_REDEEM:
    case COMMAND_CASH_IN:
    case COMMAND_CASH_OUT:
        command->issuance.asset = any_asset(prng);
        command->issuance.bic = any_bic(prng);
        command->issuance.account = any_account(prng);
        command->issuance.quantity = any_amount(prng);
        break;
    case COMMAND_RESTRICTION_SET:
    case COMMAND_RESTRICTION_INCREASE:
    case COMMAND_RESTRICTION_DECREASE:
    case COMMAND_RESTRICTION_RELEASE:
    case COMMAND_RESTRICTION_TYPE_ADD:
    case COMMAND_RESTRICTION_TYPE_END:
        any_restriction(world, prng, sender, command);
        break;
    case COMMAND_INSTRUCT:
        any_instruct(world, prng, sender, command);
        break;
    case COMMAND_CANCEL:
    case COMMAND_HOLD:
    case COMMAND_RELEASE:
    case COMMAND_AMEND:
    case COMMAND_TRANSFORM:
    case COMMAND_ALLEGEMENT_ACCEPT:
        any_about_instruction(world, prng, command);
        break;
    case COMMAND_ATTORNEY_GRANT:
    case COMMAND_ATTORNEY_REVOKE:
        command->attorney.attorney = any_bic(prng);
        command->attorney.account = any_account(prng);
        break;
    case COMMAND_INSTRUCT_MATCHED: {
        struct command side = {0};
        any_instruct(world, prng, sender < WORLD_PARTICIPANT ? WORLD_PARTICIPANT : sender, &side);
        command->instruct_matched = (struct command_instruct_matched){
            .deliver = side.instruct,
            .deliverer_reference = command->reference,
            .receiver_reference = command->reference,
            .receiving_account = any_account(prng),
            .receiver_priority = any_code(prng, 5),
            .receiver_partial = any_code(prng, 5),
        };
        break;
    }
    case COMMAND_PARTIAL_RELEASE:
        any_partial_release(world, prng, command);
        break;
    case COMMAND_LINK:
    case COMMAND_UNLINK:
        any_link(world, prng, command);
        break;
    case COMMAND_DAY_REVISE:
        any_day_revise(world, prng, command);
        break;
    case COMMAND_APPROVE:
    case COMMAND_DRAFT_REJECT:
        any_approval(world, command);
        break;
    default:
        any_reference_data(prng, command);
        break;
    }
}

static const uint8_t kinds[] = {
#define X(name, number, text, right) COMMAND_##name,
    COMMANDS(X)
#undef X
};

struct history {
    struct world world;
    struct world twin;  /* gets the same bytes */
    struct world apart; /* gets the same commands, each in an envelope of its own */
    struct prng prng;
    struct pack_draw pack;
    uint32_t command_counts[WORLD_BLOCK_COMMANDS_MAX]; /* of the envelopes of the next block */
    uint32_t outcomes[8];
    uint32_t packed[8]; /* those of them that came in packs */
    uint32_t settled;
};

/* An envelope for another chain, so long that it is read by itself. */
static void add_wall(struct history *history)
{
    struct world *apart = &history->apart;
    struct command commands[AHEAD_COMMANDS];
    struct letter letter = letter_to(apart, WORLD_OPERATOR);
    letter.chain_id.bytes[0] ^= 1;
    world_command(apart, COMMAND_CANCEL, &commands[0]);
    commands[0].target.party = world_bic(WORLD_OPERATOR);
    commands[0].target.reference = world_text("W");
    for (uint32_t i = 1; i < AHEAD_COMMANDS; i++) {
        commands[i] = commands[0];
    }
    letter_add(apart, &letter, commands, AHEAD_COMMANDS);
}

/* The letter, and a letter for each of its commands. */
static void send(struct history *history, const struct letter *letter,
                 const struct command *commands, uint32_t count)
{
    history->command_counts[history->world.envelope_count] = count;
    letter_add(&history->world, letter, commands, count);
    for (uint32_t i = 0; i < count; i++) {
        struct letter single = *letter;
        single.nonce += (uint64_t)i << 32;
        letter_add(&history->apart, &single, &commands[i], 1);
        add_wall(history);
    }
}

/* Something to settle with, lest everything lacks everything. */
static void add_funding(struct history *history)
{
    struct prng *prng = &history->prng;
    bool cash = pick(prng, 2) == 0;
    enum world_asset asset = cash ? WORLD_EUR : (enum world_asset)pick(prng, 2);
    struct command command;
    world_command(&history->world, cash ? COMMAND_CASH_IN : COMMAND_ISSUE, &command);
    command.issuance.asset = world_asset(asset);
    command.issuance.bic = world_bic(WORLD_PARTICIPANT + pick(prng, WORLD_PARTICIPANT_COUNT));
    command.issuance.account = world_account(asset, 0);
    command.issuance.quantity = 1 + (int64_t)pick(prng, 200);
    struct letter letter = letter_to(&history->world, cash ? WORLD_BANK : WORLD_REGISTRAR);
    send(history, &letter, &command, 1);
}

/* A second and a third person of every party, so that drafts come to something; and the operator
 * may instruct, over accounts that it opens itself. */
static void add_persons(struct history *history)
{
    static const uint32_t rights[] = {KEY_SUBMIT | KEY_APPROVE | KEY_ADMINISTER,
                                      KEY_SUBMIT | KEY_APPROVE};
    struct command command;
    for (uint32_t party = 0; party < WORLD_PARTY_COUNT; party++) {
        for (uint32_t key = 1; key < KEYS_PER_PARTY && party != WORLD_OPERATOR; key++) {
            world_command(&history->world, COMMAND_KEY_ADD, &command);
            command.key_add = (struct command_key_add){.bic = world_bic(party),
                                                       .public_key = letter_key(party, key),
                                                       .person = world_text(key == 1 ? "A" : "B"),
                                                       .rights = rights[key - 1],
                                                       .amount_limit = key == 1 ? 20 : INT64_MAX,
                                                       .day_limit = 400,
                                                       .valid_until_ms = UINT64_MAX};
            struct letter letter = letter_to(&history->world, WORLD_OPERATOR);
            send(history, &letter, &command, 1);
        }
    }
    world_command(&history->world, COMMAND_PARTY_CHANGE, &command);
    command.party_change =
        (struct command_party_change){.bic = world_bic(WORLD_OPERATOR),
                                      .roles = PARTY_OPERATOR | PARTY_PARTICIPANT,
                                      .status = PARTY_ACTIVE};
    struct letter letter = letter_to(&history->world, WORLD_OPERATOR);
    send(history, &letter, &command, 1);
}

/* Mostly of the operator, who may open accounts. */
static void add_pack(struct history *history)
{
    struct command commands[PACK_COMMANDS_MAX];
    struct prng *prng = &history->prng;
    uint32_t sender = pick(prng, 3) > 0 ? (uint32_t)WORLD_OPERATOR
                                        : WORLD_PARTICIPANT + pick(prng, WORLD_PARTICIPANT_COUNT);
    uint32_t count = pack_draw_commands(&history->pack, sender, commands);
    struct letter letter = letter_to(&history->world, sender);
    letter.key =
        sender != WORLD_OPERATOR && pick(prng, 6) == 0 ? 1 + pick(prng, KEYS_PER_PARTY - 1) : 0;
    letter.garbled = pick(prng, 40) == 0;
    send(history, &letter, commands, count);
}

static void add_any(struct history *history)
{
    struct world *world = &history->world;
    struct prng *prng = &history->prng;
    if (pick(prng, 4) == 0) {
        add_funding(history);
        return;
    }
    uint32_t sender = pick(prng, WORLD_PARTY_COUNT);
    uint32_t kind = pick(prng, 3) == 0 ? pick(prng, sizeof(kinds)) : sizeof(kinds);
    struct command command;
    world_command(world, kind < sizeof(kinds) ? (enum command_kind)kinds[kind] : COMMAND_INSTRUCT,
                  &command);
    if (kind == sizeof(kinds)) {
        sender = WORLD_PARTICIPANT + pick(prng, WORLD_PARTICIPANT_COUNT);
    } else if (command.kind == COMMAND_CASH_IN || command.kind == COMMAND_CASH_OUT) {
        sender = WORLD_BANK;
    } else if (command.kind == COMMAND_ISSUE || command.kind == COMMAND_REDEEM) {
        sender = WORLD_REGISTRAR;
    } else if (command.kind < COMMAND_ISSUE || command.kind == COMMAND_TRANSFORM ||
               command.kind == COMMAND_DAY_REVISE || command.kind == COMMAND_RESTRICTION_TYPE_ADD ||
               command.kind == COMMAND_RESTRICTION_TYPE_END) {
        sender = WORLD_OPERATOR;
    }
    command.date = any_date(world, prng);
    if (pick(prng, 30) == 0) {
        command.reference = world_text("R1"); /* used before, or by something else */
    }
    any_body(world, prng, sender, &command);
    struct letter letter = letter_to(world, sender);
    letter.key = pick(prng, 6) == 0 ? 1 + pick(prng, KEYS_PER_PARTY - 1) : 0;
    if (pick(prng, 40) == 0 && letter.nonce > 5) {
        letter.nonce -= pick(prng, 5);
    }
    send(history, &letter, &command, 1);
}

/* ---- Comparing ---------------------------------------------------------------------------- */

/* The same blocks, to ledgers that nobody else looks at. */
static void block_apply(struct world *world, const struct ledger_envelope *envelopes,
                        uint32_t envelope_count, uint64_t ts_ms)
{
    struct ledger_block block = {.height = ledger_height(world->ledger) + 1,
                                 .ts_ms = ts_ms,
                                 .envelopes = envelopes,
                                 .envelope_count = envelope_count};
    memcpy(block.block_id.bytes, &block.height, sizeof(block.height));
    ledger_apply(world->ledger, &block, &world->output);
    world->bytes_used = 0;
    world->envelope_count = 0;
}

/* What they say, but for which envelope it was and where in the block. */
static void receipt_assert(const struct receipt *receipt, const struct receipt *apart)
{
    letter_assert(receipt, (enum outcome)apart->outcome, apart->reason, apart->detail,
                  apart->field);
    assert_int_equal(receipt->command_kind, apart->command_kind);
    assert_true(text35_equal(&receipt->reference, &apart->reference));
    assert_int_equal(receipt->instruction_sequence, apart->instruction_sequence);
    assert_int_equal(receipt->first_height, apart->first_height);
    assert_true(text35_equal(&receipt->restriction, &apart->restriction));
    assert_int_equal(receipt->rule, apart->rule);
}

/* An envelope that was refused as a whole has one receipt, and each of its commands apart has. */
static void receipts_compare(struct history *history, uint32_t envelope_count)
{
    uint32_t at = 0;
    uint32_t apart_at = 0;
    for (uint32_t i = 0; i < envelope_count; i++) {
        struct receipt receipt = {0};
        uint32_t count = history->command_counts[i];
        for (uint32_t j = 0; j < count; j++) {
            struct receipt apart;
            if (receipt.command_index != RECEIPT_WHOLE_ENVELOPE) {
                world_receipt(&history->world, at++, &receipt);
                history->outcomes[receipt.outcome]++;
                history->packed[receipt.outcome] += count > 1 ? 1 : 0;
            }
            world_receipt(&history->apart, apart_at++, &apart);
            assert_int_equal(apart.command_index == RECEIPT_WHOLE_ENVELOPE,
                             receipt.command_index == RECEIPT_WHOLE_ENVELOPE);
            receipt_assert(&receipt, &apart);
            apart_at++; /* the one between */
        }
    }
    assert_int_equal(at, history->world.output.receipt_count);
    assert_int_equal(apart_at, history->apart.output.receipt_count);
    assert_int_equal(history->world.output.event_count, history->apart.output.event_count);
}

/* The record's bytes, but for its secret and the place of its receipt; how many. */
static size_t record_bytes(const struct ledger *ledger, enum record_kind kind, uint32_t index,
                           uint8_t *bytes)
{
    static const struct nonce_secret none;
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, RECORD_BYTES_MAX);
    if (kind == RECORD_INSTRUCTION) {
        struct instruction instruction = *instruction_view(ledger, index);
        instruction.secret = none;
        instruction.receipt_index = 0;
        instruction_encode(&instruction, &writer);
    } else if (kind == RECORD_ACCOUNT) {
        struct account account = *account_view(ledger, index);
        account.secret = none;
        account_encode(&account, &writer);
    } else {
        struct position position = *position_view(ledger, index);
        position.secret = none;
        position_encode(&position, &writer);
    }
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static void records_compare(const struct ledger *ledger, const struct ledger *apart)
{
    static const enum record_kind record_kinds[] = {RECORD_ACCOUNT, RECORD_POSITION,
                                                    RECORD_INSTRUCTION};
    for (uint32_t i = 0; i < sizeof(record_kinds) / sizeof(record_kinds[0]); i++) {
        enum record_kind kind = record_kinds[i];
        uint32_t index = record_next(ledger, kind, 0);
        assert_int_equal(record_count(ledger, kind), record_count(apart, kind));
        for (; index != RECORD_NONE; index = record_next(ledger, kind, index + 1)) {
            uint8_t bytes[RECORD_BYTES_MAX];
            uint8_t apart_bytes[RECORD_BYTES_MAX];
            assert_true(record_used(apart, kind, index));
            size_t size = record_bytes(ledger, kind, index, bytes);
            assert_int_equal(size, record_bytes(apart, kind, index, apart_bytes));
            assert_memory_equal(bytes, apart_bytes, size);
        }
    }
    assert_int_equal(record_count(ledger, RECORD_ASSET), record_count(apart, RECORD_ASSET));
}

/* ---- Running ------------------------------------------------------------------------------ */

static void block_draw(struct history *history, uint32_t number)
{
    struct prng *prng = &history->prng;
    struct world *world = &history->world;
    uint32_t count = 1 + pick(prng, COMMANDS_PER_BLOCK_MAX);
    if (number == 0) {
        add_persons(history);
    }
    for (uint32_t i = 0; i < count; i++) {
        add_any(history);
    }
    if (number > 0 && pick(prng, 6) == 0) {
        add_pack(history);
    }
    if (pick(prng, 200) == 0) {
        world->ts_ms += (uint64_t)pick(prng, 5) * 24 * 3600 * 1000;
    }
    if (pick(prng, 60) == 0) { /* through all the hours of the day */
        world->ts_ms += (uint64_t)pick(prng, 300) * 60 * 1000;
    }
}

static void block_run(struct history *history, uint32_t number)
{
    static struct ledger_envelope envelopes[WORLD_BLOCK_COMMANDS_MAX];
    struct world *world = &history->world;
    uint64_t ts_ms = world->ts_ms;
    uint32_t envelope_count = world->envelope_count;
    memcpy(envelopes, world->envelopes, sizeof(envelopes));
    world_block(world);
    block_apply(&history->twin, envelopes, envelope_count, ts_ms);
    block_apply(&history->apart, history->apart.envelopes, history->apart.envelope_count, ts_ms);
    assert_true(
        hash_equal(&history->twin.output.result.result_root, &world->output.result.result_root));
    assert_int_equal(invariant_first_broken(world->ledger), INVARIANT_NONE);
    receipts_compare(history, envelope_count);
    if (number % COMPARED_BLOCKS == COMPARED_BLOCKS - 1) {
        records_compare(world->ledger, history->apart.ledger);
    }
    history->settled += world_event_count(world, EVENT_SETTLED);
}

static void history_check(uint64_t seed)
{
    static struct history history;
    const struct world_options options = {
        .instructions = 8192, .references = 16384, .wake_budget = 1000};
    const uint32_t *outcomes = history.outcomes;
    memset(&history, 0, sizeof(history));
    prng_init(&history.prng, seed);
    world_open(&history.world, &options);
    world_lists_none = true; /* which the twin's results do not show */
    world_open(&history.twin, &options);
    world_lists_none = false;
    world_open(&history.apart, &options);
    history.pack = (struct pack_draw){.world = &history.world, .prng = &history.prng};
    for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
        block_draw(&history, i);
        block_run(&history, i);
    }
    print_message("seed %u: done %u (%u in packs) refused %u (%u) already %u waiting %u "
                  "unrecorded %u settled %u\n",
                  (unsigned)seed, outcomes[OUTCOME_DONE], history.packed[OUTCOME_DONE],
                  outcomes[OUTCOME_REFUSED], history.packed[OUTCOME_REFUSED],
                  outcomes[OUTCOME_ALREADY], outcomes[OUTCOME_WAITING],
                  outcomes[OUTCOME_UNRECORDED], history.settled);
    /* Otherwise the pools are too bad, or too good. */
    assert_true(outcomes[OUTCOME_DONE] - history.packed[OUTCOME_DONE] > 300);
    assert_true(outcomes[OUTCOME_REFUSED] - history.packed[OUTCOME_REFUSED] > 300);
    assert_true(history.packed[OUTCOME_DONE] > 300);
    assert_true(history.packed[OUTCOME_REFUSED] > 300);
    world_close(&history.world);
    world_close(&history.twin);
    world_close(&history.apart);
}

static void test_random_commands(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        history_check(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_commands)};
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
