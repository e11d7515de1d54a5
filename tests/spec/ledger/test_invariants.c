/*
 * Goal: I1 to I10. The check finds each broken invariant when the state is spoilt behind the
 * ledger's back, and finds nothing in a sound one; the running check stops the node in the very
 * block in which a balance changed without a posting.
 */
#include "ledger/restriction/restriction.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/state/invariant.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1
};

struct fixture {
    struct world world;
    uint32_t settled_sell;
    uint32_t settled_buy;
    uint32_t pending_sell;
    uint32_t unmatched;
};

static void fixture_open(struct fixture *fixture)
{
    struct world *world = &fixture->world;
    struct command sell;
    struct command buy;
    world_open(world, NULL);
    world_fund(world, SELLER, WORLD_ISIN_1, 50);
    world_fund(world, BUYER, WORLD_EUR, 100000);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 40, 1000, WORLD_TODAY};
    world_trade(world, &trade, &sell, &buy);
    fixture->settled_sell = world_instruct(world, &sell);
    fixture->settled_buy = world_instruct(world, &buy);
    world_trade(world, &trade, &sell, &buy);
    fixture->pending_sell = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    trade.quantity = 7;
    world_trade(world, &trade, &sell, &buy);
    fixture->unmatched = world_instruct(world, &sell);
    assert_int_equal(invariant_first_broken(world->ledger), INVARIANT_NONE);
}

static void assert_broken(struct fixture *fixture, enum invariant invariant)
{
    assert_int_equal(invariant_first_broken(fixture->world.ledger), invariant);
    expect_assert_failure(invariant_check_all(fixture->world.ledger));
}

static struct instruction *instruction(struct fixture *fixture, uint32_t index)
{
    return instruction_at(fixture->world.ledger, index);
}

static void test_I1_sum_and_issued(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    uint32_t index = world_position(&fixture.world, BUYER, WORLD_ISIN_1, 0);
    struct position *position = position_at(fixture.world.ledger, index);
    position->balance[POSITION_AVAILABLE]++;
    assert_broken(&fixture, INVARIANT_I1);
    position->balance[POSITION_AVAILABLE]--;
    asset_at(fixture.world.ledger, position->asset)->issued++;
    assert_broken(&fixture, INVARIANT_I1);
    world_close(&fixture.world);
}

static void test_I2_no_balance_below_its_limit(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    uint32_t index = world_position(&fixture.world, SELLER, WORLD_ISIN_1, 0);
    struct position *position = position_at(fixture.world.ledger, index);
    position->balance[POSITION_AVAILABLE] -= 11;
    position->balance[POSITION_PLEDGED] += 11;
    assert_broken(&fixture, INVARIANT_I2);
    position->balance[POSITION_AVAILABLE] += 22;
    position->balance[POSITION_PLEDGED] -= 22;
    assert_broken(&fixture, INVARIANT_I2);
    world_close(&fixture.world);
}

static void test_I3_both_legs_or_neither(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct instruction *buy = instruction(&fixture, fixture.settled_buy);
    buy->status[DIMENSION_SETTLEMENT].value = SETTLEMENT_UNSETTLED;
    assert_broken(&fixture, INVARIANT_I3);
    buy->status[DIMENSION_SETTLEMENT].value = SETTLEMENT_SETTLED;
    buy->status[DIMENSION_SETTLEMENT].height++;
    assert_broken(&fixture, INVARIANT_I3);
    buy->status[DIMENSION_SETTLEMENT].height--;
    buy->settled_amount--;
    assert_broken(&fixture, INVARIANT_I3);
    world_close(&fixture.world);
}

static void test_I4_settled_is_what_was_instructed(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    instruction(&fixture, fixture.settled_sell)->settled_quantity--;
    instruction(&fixture, fixture.settled_buy)->settled_quantity--;
    assert_broken(&fixture, INVARIANT_I4);
    instruction(&fixture, fixture.settled_sell)->settled_quantity += 2;
    instruction(&fixture, fixture.settled_buy)->settled_quantity += 2;
    assert_broken(&fixture, INVARIANT_I4);
    world_close(&fixture.world);
}

static void test_I5_ended_for_good(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    expect_assert_failure(instruction_status_set(fixture.world.ledger, fixture.settled_sell,
                                                 DIMENSION_HOLD_PARTY, HOLD_YES, REASON_PTYH));
    instruction(&fixture, fixture.settled_sell)->status[DIMENSION_PROCESSING].value =
        PROCESSING_PENDING;
    assert_broken(&fixture, INVARIANT_I5);
    world_close(&fixture.world);
}

static void test_I6_every_open_status_has_a_reason(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct instruction_status *status =
        &instruction(&fixture, fixture.pending_sell)->status[DIMENSION_SETTLEMENT];
    enum reason kept = status->reason;
    assert_int_equal(kept, REASON_LACK);
    status->reason = REASON_NONE;
    assert_broken(&fixture, INVARIANT_I6);
    status->reason = kept;
    instruction(&fixture, fixture.unmatched)->status[DIMENSION_MATCH].reason = REASON_NONE;
    assert_broken(&fixture, INVARIANT_I6);
    world_close(&fixture.world);
}

static void test_I7_one_instruction_per_reference(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    instruction(&fixture, fixture.unmatched)->reference =
        instruction(&fixture, fixture.pending_sell)->reference;
    assert_broken(&fixture, INVARIANT_I7);
    world_close(&fixture.world);
    fixture_open(&fixture);
    struct scalars *scalars = fixture.world.ledger->scalars;
    scalars->purge_date = date_add(scalars->business_date, 1);
    assert_broken(&fixture, INVARIANT_I7);
    world_close(&fixture.world);
}

/* The purge date never falls, whatever the time of blocks. */
static void test_I7_purge_date_never_falls(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct world *world = &fixture.world;
    world_day(world, WORLD_MONDAY);
    uint32_t purge_date = world->ledger->scalars->purge_date;
    uint64_t time_ms = ledger_time_ms(world->ledger);
    world->ts_ms = WORLD_START_MS; /* a block dated back */
    world_block(world);
    assert_int_equal(world->ledger->scalars->purge_date, purge_date);
    assert_int_equal(ledger_date(world->ledger), WORLD_MONDAY);
    assert_int_equal(ledger_time_ms(world->ledger), time_ms);
    world_close(world);
}

static void test_I8_holds_follows_the_balances(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    uint32_t index = world_position(&fixture.world, SELLER, WORLD_ISIN_1, 0);
    position_at(fixture.world.ledger, index)->holds = false;
    assert_broken(&fixture, INVARIANT_I8);
    world_close(&fixture.world);
}

static void test_I8_balances_are_what_restrictions_hold(void **state)
{
    struct fixture fixture;
    struct command command;
    (void)state;
    fixture_open(&fixture);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, 25);
    world_command(&fixture.world, COMMAND_RESTRICTION_SET, &command);
    command.restriction_set =
        (struct command_restriction_set){world_bic(SELLER), world_account(WORLD_ISIN_1, 0),
                                         world_asset(WORLD_ISIN_1), RESTRICTION_RESERVATION, 20};
    assert_int_equal(world_submit(&fixture.world, SELLER, &command).outcome, OUTCOME_DONE);
    struct restriction *restriction = restriction_at(fixture.world.ledger, 0);
    restriction->remaining--;
    restriction->used++;
    assert_broken(&fixture, INVARIANT_I8); /* the balance still holds 20 */
    restriction->remaining++;
    assert_broken(&fixture, INVARIANT_I8); /* 21 of 20 */
    restriction->used--;
    uint32_t index = world_position(&fixture.world, SELLER, WORLD_ISIN_1, 0);
    struct position *position = position_at(fixture.world.ledger, index);
    position->balance[POSITION_RESERVED]--;
    position->balance[POSITION_BLOCKED]++;
    assert_broken(&fixture, INVARIANT_I8); /* blocked by nobody */
    world_close(&fixture.world);
}

static void test_I10_counts_are_the_records(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    party_at(fixture.world.ledger, world_party_index(&fixture.world, SELLER))->instruction_count--;
    assert_broken(&fixture, INVARIANT_I10);
    world_close(&fixture.world);
}

/* The running check catches money from nowhere, in the block where it appears. */
static void test_running_check_stops_the_block(void **state)
{
    struct fixture fixture;
    struct ledger_output output;
    (void)state;
    fixture_open(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    uint32_t index = world_position(&fixture.world, BUYER, WORLD_EUR, 0);
    struct ledger_block block = {.height = ledger_height(ledger) + 1, .ts_ms = fixture.world.ts_ms};
    ledger_apply(ledger, &block, &output);
    position_at(ledger, index)->balance[POSITION_AVAILABLE] += 1;
    record_touch(ledger, RECORD_POSITION, index);
    expect_assert_failure(invariant_check_running(ledger));
    world_close(&fixture.world);
}

/* It looks up the name of each instruction that changed, wherever it stands among them. */
static void test_running_check_finds_every_lost_name(void **state)
{
    enum {
        COUNT = 40
    };
    struct fixture fixture;
    uint32_t indexes[COUNT];
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 60, 1000, WORLD_TODAY};
    struct command sell;
    struct command buy;
    (void)state;
    fixture_open(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    for (uint32_t i = 0; i < COUNT; i++) {
        trade.quantity++;
        world_trade(&fixture.world, &trade, &sell, &buy);
        indexes[i] = world_instruct(&fixture.world, &sell);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        record_touch(ledger, RECORD_INSTRUCTION, indexes[i]);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        invariant_check_running(ledger);
        index_leave(ledger, RECORD_INSTRUCTION, indexes[i]);
        expect_assert_failure(invariant_check_running(ledger));
        index_enter(ledger, RECORD_INSTRUCTION, indexes[i]);
    }
    invariant_check_running(ledger);
    world_close(&fixture.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_I1_sum_and_issued),
        cmocka_unit_test(test_I2_no_balance_below_its_limit),
        cmocka_unit_test(test_I3_both_legs_or_neither),
        cmocka_unit_test(test_I4_settled_is_what_was_instructed),
        cmocka_unit_test(test_I5_ended_for_good),
        cmocka_unit_test(test_I6_every_open_status_has_a_reason),
        cmocka_unit_test(test_I7_one_instruction_per_reference),
        cmocka_unit_test(test_I7_purge_date_never_falls),
        cmocka_unit_test(test_I8_holds_follows_the_balances),
        cmocka_unit_test(test_I8_balances_are_what_restrictions_hold),
        cmocka_unit_test(test_I10_counts_are_the_records),
        cmocka_unit_test(test_running_check_stops_the_block),
        cmocka_unit_test(test_running_check_finds_every_lost_name),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
