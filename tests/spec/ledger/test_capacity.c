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

static void link_two(struct world *world, enum command_kind kind, uint32_t one, uint32_t other,
                     struct command *command)
{
    world_command(world, kind, command);
    command->link = (struct command_link){.party = world_bic(SELLER),
                                          .reference = world_view(world, one)->reference,
                                          .linked_party = world_bic(SELLER),
                                          .linked_reference = world_view(world, other)->reference,
                                          .type = LINK_INFO};
}

/* Leaves so many places for what ties instructions, from then on. */
static void ties_leave(struct world *world, uint32_t count)
{
    struct slots *slots = &world->ledger->rare.tie_slots;
    while (slots->capacity - slots->count > count) {
        (void)slots_take(slots);
    }
    while (slots->capacity - slots->count < count) {
        slots_give(slots, slots_next_used(slots, 0));
    }
}

/* Two sides of a link need a place each; a pool, or restrictions, the instruction's own. */
static void test_ties_full(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    sell(&world, &command);
    uint32_t first = world_instruct(&world, &command);
    sell(&world, &command);
    uint32_t second = world_instruct(&world, &command);

    ties_leave(&world, 1);
    link_two(&world, COMMAND_LINK, first, second, &command);
    struct receipt receipt = world_submit(&world, SELLER, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVL, DETAIL_CAPACITY_FULL,
                  FIELD_LINKED_REFERENCE);
    sell(&world, &command);
    command.instruct.link_count = 1;
    command.instruct.links[0] = (struct command_instruct_link){
        .type = LINK_INFO, .reference = world_view(&world, first)->reference};
    receipt = world_submit(&world, SELLER, &command);
    assert_full(&receipt, DETAIL_CAPACITY_FULL, FIELD_LINKED_REFERENCE);
    ties_leave(&world, 0);
    sell(&world, &command);
    command.instruct.pool = world_text("POOL");
    command.instruct.pool_number = 1;
    command.instruct.pool_total = 2;
    receipt = world_submit(&world, SELLER, &command);
    assert_full(&receipt, DETAIL_CAPACITY_FULL, FIELD_POOL);
    sell(&world, &command); /* without any of them there is room */
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);

    ties_leave(&world, 2);
    link_two(&world, COMMAND_LINK, first, second, &command);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    world_close(&world);
}

/* Optional fields need a place; without any there is room. */
static void test_particulars_full(void **state)
{
    static const enum field fields[] = {FIELD_COMMON_REFERENCE, FIELD_DELIVERER_CLIENT,
                                        FIELD_RECEIVER_CLIENT, FIELD_RECEIVER_ACCOUNT};
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    struct slots *slots = &world.ledger->rare.particular_slots;
    sell(&world, &command);
    command.instruct.common_reference = world_text("TRADE");
    uint32_t first = world_instruct(&world, &command);
    assert_int_equal(slots->count, 1);
    while (slots->count < slots->capacity) {
        (void)slots_take(slots);
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        sell(&world, &command);
        struct command_instruct *body = &command.instruct;
        if (fields[i] == FIELD_COMMON_REFERENCE) {
            body->common_reference = world_text("TRADE");
        } else if (fields[i] == FIELD_DELIVERER_CLIENT) {
            body->deliverer_client = world_bic(BUYER);
        } else if (fields[i] == FIELD_RECEIVER_CLIENT) {
            body->receiver_client = world_bic(BUYER);
        } else {
            body->receiver_account = world_text("SEC1");
        }
        struct receipt receipt = world_submit(&world, SELLER, &command);
        assert_full(&receipt, DETAIL_CAPACITY_FULL, fields[i]);
    }
    sell(&world, &command);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    rare_drop(world.ledger, first); /* as if its record went */
    assert_int_equal(slots->count, slots->capacity - 1);
    world_close(&world);
}

/* A place is taken with the first tie and given back with the last, and a snapshot has as many. */
static void test_ties_come_back(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    const struct slots *slots = &world.ledger->rare.tie_slots;
    uint32_t index[3];
    for (int i = 0; i < 3; i++) {
        sell(&world, &command);
        index[i] = world_instruct(&world, &command);
    }
    assert_int_equal(slots->count, 0);
    for (int i = 1; i < 3; i++) {
        link_two(&world, COMMAND_LINK, index[0], index[i], &command);
        assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    }
    assert_int_equal(slots->count, 3);
    link_two(&world, COMMAND_UNLINK, index[2], index[0], &command);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    assert_int_equal(slots->count, 2);
    assert_null(world_view(&world, index[2])->ties);
    assert_true(world_restore(&world));
    slots = &world.ledger->rare.tie_slots;
    assert_int_equal(slots->count, 2);
    assert_int_equal(instruction_ties(world_view(&world, index[1]))->links[0].partner, index[0]);
    link_two(&world, COMMAND_UNLINK, index[0], index[1], &command);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    assert_int_equal(slots->count, 0);

    sell(&world, &command); /* a pool stays as long as its record */
    command.instruct.pool = world_text("POOL");
    command.instruct.pool_number = 1;
    command.instruct.pool_total = 2;
    uint32_t pooled = world_instruct(&world, &command);
    (void)world_target(&world, SELLER, COMMAND_CANCEL, pooled, 0, 0);
    assert_int_equal(slots->count, 1);
    uint32_t retention = rule_set_in_force(world.ledger)->retention_days;
    world_day(&world, rule_set_next_business_day(rule_set_in_force(world.ledger),
                                                 date_add(WORLD_TODAY, (int32_t)retention)));
    world_settle_down(&world);
    assert_false(record_used(world.ledger, RECORD_INSTRUCTION, pooled));
    assert_int_equal(slots->count, 0);
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

/* What a node's memory grows by, in bytes: a larger figure is a decision, not an accident. */
static void test_bytes_of_an_instruction_and_of_a_position(void **state)
{
    enum {
        INSTRUCTIONS = 5000000,
        POSITIONS = 1 << 20,
        INSTRUCTION_BYTES = 668,
        POSITION_BYTES = 307
    };
    struct ledger_capacity capacity;
    (void)state;
    ledger_capacity_demo(&capacity);
    size_t small = ledger_footprint(&capacity);
    struct ledger_capacity more = capacity;
    more.instructions = INSTRUCTIONS;
    more.matching_entries = INSTRUCTIONS;
    more.instruction_ties = INSTRUCTIONS / 8;
    more.instruction_particulars = INSTRUCTIONS / 8;
    assert_int_equal((ledger_footprint(&more) - small) / INSTRUCTIONS, INSTRUCTION_BYTES);
    more = capacity;
    more.positions = POSITIONS;
    assert_int_equal((ledger_footprint(&more) - small) / POSITIONS, POSITION_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_an_instruction_and_of_a_position),
        cmocka_unit_test(test_instructions_full),
        cmocka_unit_test(test_quota_of_a_party),
        cmocka_unit_test(test_references_full),
        cmocka_unit_test(test_reference_data_full),
        cmocka_unit_test(test_positions_full),
        cmocka_unit_test(test_ties_full),
        cmocka_unit_test(test_particulars_full),
        cmocka_unit_test(test_ties_come_back),
        cmocka_unit_test(test_room_comes_back),
        cmocka_unit_test(test_block_output_full),
        cmocka_unit_test(test_carried_work_leaves_room_for_commands),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
