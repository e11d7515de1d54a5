/*
 * Goal: "full" is an outcome like any other: the same refusal on every node, for every kind of
 * record and for a party's own quota, and nothing is changed by it. A block with no room left skips
 * what does not fit; it stays valid.
 */
#include "ledger/command/execute.h"
#include "ledger/instruction/instruct.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1
};

static void sell(struct world *world, struct command *command)
{
    struct command buy;
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                command, &buy);
}

static void open_account(struct world *world, uint32_t number, struct command *command)
{
    char text[8] = "ACC000";
    text[3] = (char)('0' + number / 100 % 10);
    text[4] = (char)('0' + number / 10 % 10);
    text[5] = (char)('0' + number % 10);
    world_command(world, COMMAND_ACCOUNT_OPEN, command);
    command->account_open = (struct command_account_open){world_bic(SELLER), world_text(text),
                                                          ACCOUNT_SECURITIES, false};
}

static void assert_full(const struct receipt *receipt, enum detail detail, enum field field)
{
    letter_assert(receipt, OUTCOME_REFUSED, REASON_VALR, detail, field);
}

static void test_instructions_full(void **state)
{
    struct world world;
    struct command command;
    struct world_options options = {.instructions = 3, .references = 100, .wake_budget = 10};
    (void)state;
    world_open(&world, &options);
    world.ledger->limits.instructions_per_party = 100;
    for (int i = 0; i < 3; i++) {
        sell(&world, &command);
        assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    }
    sell(&world, &command);
    struct receipt receipt = world_submit(&world, SELLER, &command);
    assert_full(&receipt, DETAIL_CAPACITY_FULL, FIELD_COMMAND);
    assert_int_equal(world.output.event_count, 0);
    world_close(&world);
}

static void test_quota_of_a_party(void **state)
{
    struct world world;
    struct command command;
    struct command change;
    struct command mirror;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_PARTY_CHANGE, &change);
    change.party_change =
        (struct command_party_change){world_bic(SELLER), PARTY_PARTICIPANT, PARTY_ACTIVE, 2};
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &change).outcome, OUTCOME_DONE);
    for (int i = 0; i < 2; i++) {
        sell(&world, &command);
        assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    }
    sell(&world, &command);
    struct receipt receipt = world_submit(&world, SELLER, &command);
    assert_full(&receipt, DETAIL_QUOTA_FULL, FIELD_QUOTA);
    /* Others have theirs. */
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY},
                &command, &mirror);
    assert_int_equal(world_submit(&world, BUYER, &mirror).outcome, OUTCOME_DONE);
    world_close(&world);
}

static void test_references_full(void **state)
{
    struct world world;
    struct command command;
    struct world_options options = {.instructions = 10, .references = 4, .wake_budget = 10};
    (void)state;
    world_open(&world, &options);
    for (uint32_t i = 0; i < 4; i++) {
        open_account(&world, i, &command);
        assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    }
    open_account(&world, 4, &command);
    struct receipt receipt = world_submit(&world, WORLD_OPERATOR, &command);
    assert_full(&receipt, DETAIL_QUOTA_FULL, FIELD_REFERENCE);
    assert_int_equal(record_count(world.ledger, RECORD_REFERENCE), 4);
    world_close(&world);
}

/* Fills one kind of record with placeholders behind the ledger's back, then asks for one more. */
static void fill(struct world *world, enum record_kind kind)
{
    struct slots *slots = &world->ledger->arrays[kind].slots;
    while (slots->count < slots->capacity) {
        (void)slots_take(slots);
    }
}

static void test_reference_data_full(void **state)
{
    static const struct {
        enum record_kind kind;
        enum command_kind command;
        enum field field;
    } cases[] = {{RECORD_PARTY, COMMAND_PARTY_ADD, FIELD_PARTY},
                 {RECORD_KEY, COMMAND_KEY_ADD, FIELD_KEY},
                 {RECORD_ASSET, COMMAND_ASSET_ADD, FIELD_ASSET},
                 {RECORD_ACCOUNT, COMMAND_ACCOUNT_OPEN, FIELD_ACCOUNT}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world world;
        struct command command;
        world_open(&world, NULL);
        world_command(&world, cases[i].command, &command);
        if (cases[i].command == COMMAND_PARTY_ADD) {
            command.party_add = (struct command_party_add){.name = world_text("New"), .roles = 8};
            assert_true(bic_parse("NEWPDEFF", 8, &command.party_add.bic));
        } else if (cases[i].command == COMMAND_KEY_ADD) {
            command.key_add = (struct command_key_add){.bic = world_bic(SELLER),
                                                       .public_key = letter_key(SELLER, 9),
                                                       .rights = KEY_SUBMIT};
        } else if (cases[i].command == COMMAND_ASSET_ADD) {
            command.asset_add = (struct command_asset_add){.name = world_text("New"),
                                                           .kind = ASSET_SECURITY_UNIT,
                                                           .settlement_unit_min = 1,
                                                           .settlement_unit_multiple = 1,
                                                           .issuer = world_bic(WORLD_REGISTRAR),
                                                           .issuance_account = world_text("ISSUE")};
            assert_true(asset_code_parse("AU0000XVGZA3", 12, &command.asset_add.code));
        } else {
            open_account(&world, 1, &command);
        }
        fill(&world, cases[i].kind);
        /* Not through a block: the placeholders would not stand its checks. */
        struct command_context context = {.party = world_party_index(&world, WORLD_OPERATOR),
                                          .key = 0};
        struct refusal refusal = reference_data_check(world.ledger, &context, &command);
        assert_int_equal(refusal.detail, DETAIL_CAPACITY_FULL);
        assert_int_equal(refusal.field, cases[i].field);
        world_close(&world);
    }
}

static void test_positions_full(void **state)
{
    struct world world;
    struct command command;
    struct world_options options = {.instructions = 16, .references = 100, .wake_budget = 10};
    (void)state;
    world_open(&world, &options);
    sell(&world, &command);
    uint32_t party = world_party_index(&world, SELLER);
    struct command_context context = {.party = party, .key = 0};
    struct instruct_plan plan;
    assert_true(refusal_is_none(instruct_check(world.ledger, &context, &command, &plan)));
    fill(&world, RECORD_POSITION);
    struct refusal refusal = instruct_check(world.ledger, &context, &command, &plan);
    assert_int_equal(refusal.detail, DETAIL_CAPACITY_FULL);
    assert_int_equal(refusal.field, FIELD_ACCOUNT);
    world_close(&world);
}

/* A slot given back is the next one taken: full is not for ever. */
static void test_room_comes_back(void **state)
{
    struct world world;
    struct command command;
    struct command other;
    struct world_options options = {.instructions = 2, .references = 100, .wake_budget = 10};
    (void)state;
    world_open(&world, &options);
    sell(&world, &command);
    uint32_t first = world_instruct(&world, &command);
    sell(&world, &other);
    (void)world_instruct(&world, &other);
    assert_int_equal(world_target(&world, SELLER, COMMAND_CANCEL, first, 0, 0).outcome,
                     OUTCOME_DONE);
    sell(&world, &command);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_REFUSED);
    uint32_t retention = rule_set_in_force(world.ledger)->retention_days;
    world_day(&world, rule_set_next_business_day(rule_set_in_force(world.ledger),
                                                 date_add(WORLD_TODAY, (int32_t)retention)));
    world_settle_down(&world);
    sell(&world, &command);
    command.instruct.settlement_date = ledger_date(world.ledger);
    assert_int_equal(world_instruct(&world, &command), first);
    world_close(&world);
}

/* Receipts for 10,000 commands fit; what fits no more is skipped and takes effect later. */
static void test_block_output_full(void **state)
{
    struct world world;
    struct ledger_output output;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_CASH_IN, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_EUR), world_bic(SELLER),
                                                 world_account(WORLD_EUR, 0), 5};
    world_add(&world, WORLD_BANK, &command);
    world.ledger->receipts.capacity = 0; /* as if others had filled it */
    struct ledger_block block = {.height = ledger_height(world.ledger) + 1,
                                 .ts_ms = world.ts_ms,
                                 .envelopes = world.envelopes,
                                 .envelope_count = 1};
    ledger_apply(world.ledger, &block, &output);
    assert_int_equal(output.skipped_count, 1);
    assert_int_equal(output.receipt_count, 0);
    assert_int_equal(record_count(world.ledger, RECORD_NONCE), 0);
    world.ledger->receipts.capacity = 10;
    block.height++;
    ledger_apply(world.ledger, &block, &output);
    assert_int_equal(output.skipped_count, 0);
    assert_int_equal(output.receipt_count, 1);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 5);
    world_close(&world);
}

/* Work carried over from the block before leaves half of the block to the commands. */
static void test_carried_work_leaves_room_for_commands(void **state)
{
    struct world world;
    struct command command;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, BUYER, WORLD_EUR, 100000);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY};
    for (int i = 0; i < 60; i++) {
        world_trade(&world, &trade, &command, &buy);
        (void)world_instruct(&world, &command);
        (void)world_instruct(&world, &buy);
    }
    world.ledger->events.capacity = 160;
    world_fund(&world, SELLER, WORLD_ISIN_1, 300); /* cures them all */
    for (int i = 0; world.output.more_due; i++) {
        assert_true(i < 10);
        sell(&world, &command);
        assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    }
    assert_int_equal(world_available(&world, BUYER, WORLD_ISIN_1), 300);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instructions_full),
        cmocka_unit_test(test_quota_of_a_party),
        cmocka_unit_test(test_references_full),
        cmocka_unit_test(test_reference_data_full),
        cmocka_unit_test(test_positions_full),
        cmocka_unit_test(test_room_comes_back),
        cmocka_unit_test(test_block_output_full),
        cmocka_unit_test(test_carried_work_leaves_room_for_commands),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
