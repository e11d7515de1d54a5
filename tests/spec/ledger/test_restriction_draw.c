/*
 * Goal: instructions that settle out of what was set aside (T2S UDFS 3.6.1.13.3): in the order in
 * which restrictions are named, then, unless excluded, out of what is available; what is used is
 * counted; who waits is tried when such a restriction gets more.
 */
#include "ledger/restriction/restriction_draw.h"

#include "ledger/instruction/instruction.h"
#include "ledger/restriction/restriction.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    OTHER = WORLD_PARTICIPANT + 2,
};

static struct text35 restricted(struct world *world, uint32_t party, enum world_asset asset,
                                uint8_t kind, int64_t quantity)
{
    struct command command;
    world_command(world, COMMAND_RESTRICTION_SET, &command);
    command.restriction_set = (struct command_restriction_set){.bic = world_bic(party),
                                                               .account = world_account(asset, 0),
                                                               .asset = world_asset(asset),
                                                               .kind = kind,
                                                               .quantity = quantity};
    assert_int_equal(world_submit(world, party, &command).outcome, OUTCOME_DONE);
    return command.reference;
}

static void change(struct world *world, enum command_kind kind, const struct text35 *reference,
                   int64_t quantity)
{
    struct command command;
    world_command(world, kind, &command);
    command.restriction_change = (struct command_restriction_change){
        .party = world_bic(SELLER), .reference = *reference, .quantity = quantity};
    assert_int_equal(world_submit(world, SELLER, &command).outcome, OUTCOME_DONE);
}

static void assert_sums(const struct world *world, uint32_t party, const struct text35 *reference,
                        int64_t initial, int64_t used, int64_t remaining)
{
    uint32_t index = restriction_find(world->ledger, world_party_index(world, party), reference);
    assert_int_not_equal(index, RECORD_NONE);
    const struct restriction *restriction = restriction_view(world->ledger, index);
    assert_int_equal(restriction->initial, initial);
    assert_int_equal(restriction->used, used);
    assert_int_equal(restriction->remaining, remaining);
}

static int64_t balance(const struct world *world, uint32_t party, enum world_asset asset,
                       enum position_balance which)
{
    uint32_t index = world_position(world, party, asset, 0);
    return position_view(world->ledger, index)->balance[which];
}

static void name(struct command *command, const struct text35 *reference)
{
    struct command_instruct *body = &command->instruct;
    body->restrictions[body->restriction_count++] = *reference;
}

/* A sale of the seller to the buyer; the buyer has the money unless `broke`. */
static void trade(struct world *world, int64_t quantity, int64_t amount, struct command *sell,
                  struct command *buy)
{
    world_trade(world,
                &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, quantity, amount, WORLD_TODAY},
                sell, buy);
}

static uint32_t settle(struct world *world, const struct command *sell, const struct command *buy)
{
    uint32_t sold = world_instruct(world, sell);
    (void)world_instruct(world, buy);
    world_settle_down(world);
    return sold;
}

/* ---------------------------------------------------------------------- the worked example */

/*
 * T2S UDFS R2026.NOV, example 88 (samples/t2s provision_with_restrictions): 50 available, 100
 * blocked of which 70 under the reference named first, 500 reserved of which 100 under the second.
 */
static void test_worked_example_88_provision_with_restrictions(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 650);
    world_fund(&world, SELLER, WORLD_EUR, 8000000);
    world_fund(&world, BUYER, WORLD_ISIN_1, 100);
    world_fund(&world, BUYER, WORLD_EUR, 65000000);
    struct text35 blocked = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 70);
    (void)restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 30);
    struct text35 reserved = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_RESERVATION, 100);
    (void)restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_RESERVATION, 400);
    trade(&world, 100, 10000000, &sell, &buy);
    name(&sell, &blocked);
    name(&sell, &reserved);
    uint32_t sold = settle(&world, &sell, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_int_equal(balance(&world, SELLER, WORLD_ISIN_1, POSITION_AVAILABLE), 50);
    assert_int_equal(balance(&world, SELLER, WORLD_ISIN_1, POSITION_BLOCKED), 30);
    assert_int_equal(balance(&world, SELLER, WORLD_ISIN_1, POSITION_RESERVED), 470);
    assert_int_equal(balance(&world, BUYER, WORLD_ISIN_1, POSITION_AVAILABLE), 200);
    assert_int_equal(balance(&world, SELLER, WORLD_EUR, POSITION_AVAILABLE), 18000000);
    assert_int_equal(balance(&world, BUYER, WORLD_EUR, POSITION_AVAILABLE), 55000000);
    assert_sums(&world, SELLER, &blocked, 70, 70, 0);
    assert_sums(&world, SELLER, &reserved, 100, 30, 70);
    world_close(&world);
}

/* ----------------------------------------------------------------------------- what is drawn */

/* Restrictions first, although enough is available; each draw is told. */
static void test_draws_come_before_what_is_available(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct text35 first = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_EARMARKING, 10);
    struct text35 second = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 10);
    trade(&world, 25, 0, &sell, &buy);
    name(&sell, &second);
    name(&sell, &first);
    (void)world_instruct(&world, &sell);
    uint32_t bought = world_instruct(&world, &buy);
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_USED), 2);
    world_assert_status(&world, bought, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_sums(&world, SELLER, &first, 10, 10, 0);
    assert_sums(&world, SELLER, &second, 10, 10, 0);
    assert_int_equal(balance(&world, SELLER, WORLD_ISIN_1, POSITION_AVAILABLE), 75);
    world_close(&world);
}

static void test_what_is_missing_is_told_and_nothing_is_drawn(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 30);
    struct text35 reference = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 20);
    trade(&world, 40, 0, &sell, &buy);
    name(&sell, &reference);
    uint32_t sold = settle(&world, &sell, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    assert_int_equal(world_view(&world, sold)->waiting_need, 20); /* of what is available */
    assert_sums(&world, SELLER, &reference, 20, 0, 20);
    world_fund(&world, SELLER, WORLD_ISIN_1, 10);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_sums(&world, SELLER, &reference, 20, 20, 0);
    world_close(&world);
}

/* UDFS example 139: restricted only is not complemented, whatever is available. */
static void test_restricted_only_is_not_complemented(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct text35 first = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 20);
    struct text35 second = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 20);
    trade(&world, 50, 0, &sell, &buy);
    name(&sell, &first);
    name(&sell, &second);
    sell.instruct.restricted_only = true;
    uint32_t sold = settle(&world, &sell, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    change(&world, COMMAND_RESTRICTION_INCREASE, &second, 9);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    change(&world, COMMAND_RESTRICTION_INCREASE, &second, 2);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_sums(&world, SELLER, &first, 20, 20, 0);
    assert_sums(&world, SELLER, &second, 31, 30, 1);
    assert_int_equal(balance(&world, SELLER, WORLD_ISIN_1, POSITION_AVAILABLE), 149);
    world_close(&world);
}

/* A reservation that arrivals fill helps who draws on it, though nothing becomes available. */
static void test_arrivals_in_a_reservation_wake_who_draws_on_it(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 10);
    struct text35 reference =
        restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_RESERVATION, 1000);
    trade(&world, 40, 0, &sell, &buy);
    name(&sell, &reference);
    uint32_t sold = settle(&world, &sell, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    assert_true(world_restore(&world));
    world_fund(&world, SELLER, WORLD_ISIN_1, 30);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_sums(&world, SELLER, &reference, 1000, 40, 0);
    world_close(&world);
}

/* The payer's side: cash set aside pays, complemented by what is available. */
static void test_cash_is_drawn_by_who_pays(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 10);
    world_fund(&world, BUYER, WORLD_EUR, 7000);
    struct text35 reference = restricted(&world, BUYER, WORLD_EUR, RESTRICTION_RESERVATION, 4000);
    trade(&world, 10, 6000, &sell, &buy);
    name(&buy, &reference);
    uint32_t sold = settle(&world, &sell, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_sums(&world, BUYER, &reference, 4000, 4000, 0);
    assert_int_equal(balance(&world, BUYER, WORLD_EUR, POSITION_AVAILABLE), 1000);
    world_close(&world);
}

/* What was released in the meantime gives nothing; the reference names nothing else later. */
static void test_a_released_restriction_gives_nothing(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 40);
    struct text35 reference = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 40);
    trade(&world, 40, 0, &sell, &buy);
    name(&sell, &reference);
    uint32_t sold = world_instruct(&world, &sell);
    change(&world, COMMAND_RESTRICTION_RELEASE, &reference, 0);
    (void)restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 1);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    assert_int_equal(world_view(&world, sold)->waiting_need, 40);
    world_close(&world);
}

/* Two deliveries of one restriction: the first takes what there is. */
static void test_two_draw_on_one_restriction(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 50);
    struct text35 reference = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 50);
    for (uint32_t i = 0; i < 2; i++) {
        trade(&world, 30, 0, &sell, &buy);
        name(&sell, &reference);
        uint32_t sold = settle(&world, &sell, &buy);
        world_assert_status(&world, sold, DIMENSION_SETTLEMENT,
                            i == 0 ? SETTLEMENT_SETTLED : SETTLEMENT_UNSETTLED,
                            i == 0 ? REASON_NONE : REASON_LACK);
    }
    assert_sums(&world, SELLER, &reference, 50, 30, 20);
    world_close(&world);
}

/* ------------------------------------------------------------------------------ what is refused */

static void assert_refused(struct world *world, const struct command *command, uint32_t party,
                           enum detail detail, enum field field)
{
    struct command own = *command;
    struct command fresh;
    world_command(world, COMMAND_INSTRUCT, &fresh);
    own.reference = fresh.reference;
    struct receipt receipt = world_submit(world, party, &own);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, detail, field);
}

static void test_what_may_not_be_named(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    struct command bad;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 50);
    world_fund(&world, SELLER, WORLD_EUR, 50);
    world_fund(&world, BUYER, WORLD_ISIN_1, 50);
    struct text35 own = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 10);
    struct text35 cash = restricted(&world, SELLER, WORLD_EUR, RESTRICTION_BLOCKING, 10);
    struct text35 released = restricted(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 10);
    struct text35 buyers = restricted(&world, BUYER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 10);
    struct text35 unknown = world_text("NOSUCH");
    change(&world, COMMAND_RESTRICTION_RELEASE, &released, 0);
    trade(&world, 10, 100, &sell, &buy);
    bad = sell;
    name(&bad, &unknown);
    assert_refused(&world, &bad, SELLER, DETAIL_UNKNOWN, FIELD_RESTRICTION);
    bad = sell;
    name(&bad, &buyers); /* another party's */
    assert_refused(&world, &bad, SELLER, DETAIL_UNKNOWN, FIELD_RESTRICTION);
    bad = sell;
    name(&bad, &released);
    assert_refused(&world, &bad, SELLER, DETAIL_CLOSED, FIELD_RESTRICTION);
    bad = sell;
    name(&bad, &cash); /* the seller does not pay */
    assert_refused(&world, &bad, SELLER, DETAIL_NOT_APPLICABLE, FIELD_RESTRICTION);
    bad = sell;
    name(&bad, &own);
    name(&bad, &own);
    assert_refused(&world, &bad, SELLER, DETAIL_SELF, FIELD_RESTRICTION);
    bad = sell;
    bad.instruct.restricted_only = true;
    assert_refused(&world, &bad, SELLER, DETAIL_NOT_APPLICABLE, FIELD_RESTRICTED_ONLY);
    bad = buy;
    name(&bad, &buyers); /* the buyer does not deliver */
    assert_refused(&world, &bad, BUYER, DETAIL_NOT_APPLICABLE, FIELD_RESTRICTION);
    world_close(&world);
}

/* What a court had blocked by the operator is not the holder's to name. */
static void test_the_operators_restrictions_are_nobodys_to_use(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 50);
    world_command(&world, COMMAND_RESTRICTION_SET, &command);
    command.restriction_set =
        (struct command_restriction_set){world_bic(SELLER), world_account(WORLD_ISIN_1, 0),
                                         world_asset(WORLD_ISIN_1), RESTRICTION_BLOCKING, 50};
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    trade(&world, 10, 100, &sell, &buy);
    name(&sell, &command.reference);
    assert_refused(&world, &sell, SELLER, DETAIL_UNKNOWN, FIELD_RESTRICTION);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_example_88_provision_with_restrictions),
        cmocka_unit_test(test_draws_come_before_what_is_available),
        cmocka_unit_test(test_what_is_missing_is_told_and_nothing_is_drawn),
        cmocka_unit_test(test_restricted_only_is_not_complemented),
        cmocka_unit_test(test_arrivals_in_a_reservation_wake_who_draws_on_it),
        cmocka_unit_test(test_cash_is_drawn_by_who_pays),
        cmocka_unit_test(test_a_released_restriction_gives_nothing),
        cmocka_unit_test(test_two_draw_on_one_restriction),
        cmocka_unit_test(test_what_may_not_be_named),
        cmocka_unit_test(test_the_operators_restrictions_are_nobodys_to_use),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
