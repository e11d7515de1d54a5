/*
 * Goal: settlement restrictions (domain 2.9; T2S UDFS 3.6.1.13): what each kind sets aside, what it
 * waits for, who may change it, and that what is set aside stays held (I8) but does not settle.
 */
#include "ledger/restriction/restriction.h"

#include "ledger/instruction/instruction.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    OTHER = WORLD_PARTICIPANT + 2,
};

/* The seller's securities, or its euros. */
static void set_up(struct world *world, enum world_asset asset, uint8_t kind, int64_t quantity,
                   struct command *out)
{
    world_command(world, COMMAND_RESTRICTION_SET, out);
    out->restriction_set = (struct command_restriction_set){.bic = world_bic(SELLER),
                                                            .account = world_account(asset, 0),
                                                            .asset = world_asset(asset),
                                                            .kind = kind,
                                                            .quantity = quantity};
}

static struct receipt restrict_it(struct world *world, uint32_t sender, enum world_asset asset,
                                  uint8_t kind, int64_t quantity, struct text35 *reference)
{
    struct command command;
    set_up(world, asset, kind, quantity, &command);
    *reference = command.reference;
    return world_submit(world, sender, &command);
}

/* A restriction of the seller that must be accepted. */
static struct text35 restricted(struct world *world, enum world_asset asset, uint8_t kind,
                                int64_t quantity)
{
    struct text35 reference;
    assert_int_equal(restrict_it(world, SELLER, asset, kind, quantity, &reference).outcome,
                     OUTCOME_DONE);
    return reference;
}

static struct receipt change(struct world *world, uint32_t sender, enum command_kind kind,
                             const struct text35 *reference, int64_t quantity)
{
    struct command command;
    world_command(world, kind, &command);
    command.restriction_change = (struct command_restriction_change){
        .party = world_bic(SELLER), .reference = *reference, .quantity = quantity};
    return world_submit(world, sender, &command);
}

static void changed(struct world *world, enum command_kind kind, const struct text35 *reference,
                    int64_t quantity)
{
    assert_int_equal(change(world, SELLER, kind, reference, quantity).outcome, OUTCOME_DONE);
}

static const struct restriction *view(const struct world *world, const struct text35 *reference)
{
    uint32_t index = restriction_find(world->ledger, world_party_index(world, SELLER), reference);
    assert_int_not_equal(index, RECORD_NONE);
    return restriction_view(world->ledger, index);
}

static void assert_sums(const struct world *world, const struct text35 *reference, int64_t initial,
                        int64_t used, int64_t remaining, int64_t to_fill)
{
    const struct restriction *restriction = view(world, reference);
    assert_int_equal(restriction->initial, initial);
    assert_int_equal(restriction->used, used);
    assert_int_equal(restriction->remaining, remaining);
    assert_int_equal(restriction->to_fill, to_fill);
}

static void assert_stands(const struct world *world, const struct text35 *reference,
                          enum settlement_status settlement, enum cancellation_status cancellation,
                          enum reason reason)
{
    const struct restriction *restriction = view(world, reference);
    assert_int_equal(restriction->settlement, settlement);
    assert_int_equal(restriction->cancellation, cancellation);
    assert_string_equal(reason_code(restriction->reason), reason_code(reason));
}

static int64_t balance(const struct world *world, enum world_asset asset,
                       enum position_balance which)
{
    uint32_t index = world_position(world, SELLER, asset, 0);
    return position_view(world->ledger, index)->balance[which];
}

static void fund(struct world *world, enum world_asset asset, int64_t quantity)
{
    world_fund(world, SELLER, asset, quantity);
}

/* -------------------------------------------------------------------------------- the kinds */

static void test_each_kind_has_its_balance(void **state)
{
    static const enum position_balance balances[] = {POSITION_BLOCKED, POSITION_RESERVED,
                                                     POSITION_EARMARKED};
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 100);
    for (uint8_t kind = RESTRICTION_BLOCKING; kind <= RESTRICTION_EARMARKING; kind++) {
        struct text35 reference = restricted(&world, WORLD_ISIN_1, kind, 10 * kind);
        assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_SET), 1);
        assert_int_equal(balance(&world, WORLD_ISIN_1, balances[kind - 1]), 10 * kind);
        assert_sums(&world, &reference, 10 * kind, 0, 10 * kind, 0);
        assert_stands(&world, &reference, SETTLEMENT_SETTLED, CANCELLATION_NONE, REASON_NONE);
    }
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_AVAILABLE), 40);
    uint32_t index = world_position(&world, SELLER, WORLD_ISIN_1, 0);
    assert_int_equal(position_held(position_view(world.ledger, index)), 100); /* I8 */
    world_close(&world);
}

/* UDFS 3.6.1.13.3: all or none; it waits, and nobody else goes without meanwhile. */
static void test_blocking_waits_until_it_gets_all(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 50);
    struct text35 reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 60);
    assert_sums(&world, &reference, 60, 0, 0, 60);
    assert_stands(&world, &reference, SETTLEMENT_UNSETTLED, CANCELLATION_NONE, REASON_LACK);
    fund(&world, WORLD_ISIN_1, 9);
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_AVAILABLE), 59);
    fund(&world, WORLD_ISIN_1, 1);
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_SET), 1);
    assert_sums(&world, &reference, 60, 0, 60, 0);
    assert_stands(&world, &reference, SETTLEMENT_SETTLED, CANCELLATION_NONE, REASON_NONE);
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_AVAILABLE), 0);
    /* Examples 137 and 138: increased, all or none; decreased. */
    fund(&world, WORLD_ISIN_1, 20);
    changed(&world, COMMAND_RESTRICTION_INCREASE, &reference, 30);
    assert_sums(&world, &reference, 90, 0, 60, 30);
    assert_stands(&world, &reference, SETTLEMENT_PARTIALLY_SETTLED, CANCELLATION_NONE, REASON_LACK);
    fund(&world, WORLD_ISIN_1, 10);
    assert_sums(&world, &reference, 90, 0, 90, 0);
    changed(&world, COMMAND_RESTRICTION_DECREASE, &reference, 50);
    assert_sums(&world, &reference, 40, 0, 40, 0);
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_AVAILABLE), 50);
    world_close(&world);
}

/* UDFS example 87, in cents. */
static void test_worked_example_87_reservation_is_filled_before_anybody_else(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_EUR, 100000);
    struct text35 reference = restricted(&world, WORLD_EUR, RESTRICTION_RESERVATION, 300000);
    assert_sums(&world, &reference, 300000, 0, 100000, 200000);
    assert_stands(&world, &reference, SETTLEMENT_PARTIALLY_SETTLED, CANCELLATION_NONE, REASON_MONY);
    fund(&world, WORLD_ISIN_1, 500);
    world_fund(&world, BUYER, WORLD_EUR, 30000000);
    world_trade(&world,
                &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 100, 10000000, WORLD_TODAY},
                &sell, &buy);
    (void)world_instruct(&world, &sell);
    uint32_t bought = world_instruct(&world, &buy);
    world_assert_status(&world, bought, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_sums(&world, &reference, 300000, 0, 300000, 0);
    assert_stands(&world, &reference, SETTLEMENT_SETTLED, CANCELLATION_NONE, REASON_NONE);
    assert_int_equal(balance(&world, WORLD_EUR, POSITION_AVAILABLE), 9800000);
    assert_int_equal(balance(&world, WORLD_EUR, POSITION_RESERVED), 300000);
    world_close(&world);
}

/* What arrives fills the reservation first, so who waits for it goes on waiting. */
static void test_reservation_comes_before_who_waits(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 5);
    world_fund(&world, BUYER, WORLD_EUR, 5000);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 5000, WORLD_TODAY},
                &sell, &buy);
    uint32_t sold = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    struct text35 reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 15);
    fund(&world, WORLD_ISIN_1, 10);
    world_settle_down(&world);
    assert_sums(&world, &reference, 15, 0, 15, 0);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    fund(&world, WORLD_ISIN_1, 10);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    world_close(&world);
}

static void test_earmarking_takes_what_there_is_and_is_not_tried_again(void **state)
{
    struct world world;
    struct text35 reference;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 30);
    reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_EARMARKING, 50);
    assert_sums(&world, &reference, 30, 0, 30, 0);
    assert_stands(&world, &reference, SETTLEMENT_SETTLED, CANCELLATION_NONE, REASON_NONE);
    struct text35 second;
    struct receipt receipt =
        restrict_it(&world, SELLER, WORLD_ISIN_1, RESTRICTION_EARMARKING, 1, &second);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, DETAIL_LACK, FIELD_QUANTITY);
    fund(&world, WORLD_ISIN_1, 15);
    assert_sums(&world, &reference, 30, 0, 30, 0);
    changed(&world, COMMAND_RESTRICTION_INCREASE, &reference, 20);
    assert_sums(&world, &reference, 45, 0, 45, 0);
    world_close(&world);
}

/* Credit is for paying, not for setting aside. */
static void test_credit_is_not_set_aside(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_EUR, 1000);
    world_command(&world, COMMAND_CREDIT_LIMIT, &command);
    command.credit_limit = (struct command_credit_limit){
        world_bic(SELLER), world_account(WORLD_EUR, 0), world_asset(WORLD_EUR), 5000};
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    struct text35 reference = restricted(&world, WORLD_EUR, RESTRICTION_BLOCKING, 1001);
    assert_sums(&world, &reference, 1001, 0, 0, 1001);
    reference = restricted(&world, WORLD_EUR, RESTRICTION_RESERVATION, 4000);
    assert_sums(&world, &reference, 4000, 0, 1000, 3000);
    world_close(&world);
}

static void test_the_oldest_waiting_restriction_is_filled_first(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 1);
    struct text35 first = restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 20);
    struct text35 second = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 10);
    struct text35 third = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 10);
    fund(&world, WORLD_ISIN_1, 12);
    assert_sums(&world, &first, 20, 0, 0, 20); /* too much for it: passed over */
    assert_sums(&world, &second, 10, 0, 10, 0);
    assert_sums(&world, &third, 10, 0, 3, 7);
    fund(&world, WORLD_ISIN_1, 20);
    assert_sums(&world, &first, 20, 0, 20, 0);
    assert_sums(&world, &third, 10, 0, 3, 7);
    world_close(&world);
}

static void test_no_more_than_four_wait_for_a_position(void **state)
{
    struct world world;
    struct text35 reference;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 1);
    for (uint32_t i = 0; i < RESTRICTION_WAITING_MAX; i++) {
        reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 2);
    }
    struct receipt receipt =
        restrict_it(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 2, &reference);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_RESTRICTIONS_WAITING,
                  FIELD_ACCOUNT);
    (void)restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 1); /* does not wait */
    world_close(&world);
}

/* ------------------------------------------------------------------------------ the changes */

static void test_decrease_gives_up_what_is_to_fill_first(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 10);
    struct text35 reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 30);
    changed(&world, COMMAND_RESTRICTION_DECREASE, &reference, 15);
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_FREED), 1);
    assert_sums(&world, &reference, 15, 0, 10, 5);
    changed(&world, COMMAND_RESTRICTION_DECREASE, &reference, 9);
    assert_sums(&world, &reference, 6, 0, 6, 0);
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_AVAILABLE), 4);
    fund(&world, WORLD_ISIN_1, 1);
    assert_sums(&world, &reference, 6, 0, 6, 0);
    struct receipt receipt = change(&world, SELLER, COMMAND_RESTRICTION_DECREASE, &reference, 7);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, DETAIL_LACK, FIELD_QUANTITY);
    world_close(&world);
}

static void test_release_frees_all_and_ends_it(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 10);
    struct text35 reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 30);
    struct receipt receipt = change(&world, SELLER, COMMAND_RESTRICTION_RELEASE, &reference, 1);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DQUA, DETAIL_NOT_APPLICABLE, FIELD_QUANTITY);
    changed(&world, COMMAND_RESTRICTION_RELEASE, &reference, 0);
    assert_sums(&world, &reference, 0, 0, 0, 0);
    assert_stands(&world, &reference, SETTLEMENT_PARTIALLY_SETTLED, CANCELLATION_CANCELLED,
                  REASON_CANI);
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_AVAILABLE), 10);
    fund(&world, WORLD_ISIN_1, 10);
    assert_sums(&world, &reference, 0, 0, 0, 0);
    receipt = change(&world, SELLER, COMMAND_RESTRICTION_INCREASE, &reference, 1);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    world_close(&world);
}

/* What is freed goes to the next restriction that waits, then to instructions. */
static void test_what_is_freed_fills_others_and_wakes(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 100);
    world_fund(&world, BUYER, WORLD_EUR, 5000);
    struct text35 all = restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 100);
    struct text35 next = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 30);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 40, 5000, WORLD_TODAY},
                &sell, &buy);
    uint32_t sold = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    changed(&world, COMMAND_RESTRICTION_DECREASE, &all, 69);
    world_settle_down(&world);
    assert_sums(&world, &next, 30, 0, 30, 0);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    changed(&world, COMMAND_RESTRICTION_RELEASE, &all, 0);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    world_close(&world);
}

static void test_blocking_that_waits_is_not_increased(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 10);
    struct text35 reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 11);
    struct receipt receipt = change(&world, SELLER, COMMAND_RESTRICTION_INCREASE, &reference, 1);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_RESTRICTION_WAITS,
                  FIELD_RESTRICTION);
    reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 11);
    changed(&world, COMMAND_RESTRICTION_INCREASE, &reference, 5);
    assert_sums(&world, &reference, 16, 0, 10, 6);
    receipt = change(&world, SELLER, COMMAND_RESTRICTION_INCREASE, &reference, INT64_MAX);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    world_close(&world);
}

/* ---------------------------------------------------------------------------- who, and what */

static void test_who_may_restrict_what(void **state)
{
    struct world world;
    struct text35 reference;
    struct receipt receipt;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 100);
    receipt = restrict_it(&world, BUYER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 1, &reference);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    receipt = restrict_it(&world, SELLER, WORLD_ISIN_2, RESTRICTION_BLOCKING, 1, &reference);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    receipt = restrict_it(&world, SELLER, WORLD_ISIN_1, RESTRICTION_PLEDGING, 1, &reference);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, DETAIL_NOT_ALLOWED,
                  FIELD_RESTRICTION_KIND);
    receipt = restrict_it(&world, SELLER, WORLD_ISIN_1, 5, 1, &reference);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, DETAIL_NOT_ALLOWED,
                  FIELD_RESTRICTION_KIND);
    receipt = restrict_it(&world, SELLER, WORLD_ISIN_1, RESTRICTION_BLOCKING, 0, &reference);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    receipt =
        restrict_it(&world, WORLD_OPERATOR, WORLD_ISIN_1, RESTRICTION_PLEDGING, 1, &reference);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    /* The operator's own: the holder cannot free it. */
    world_command(&world, COMMAND_RESTRICTION_RELEASE, &command);
    command.restriction_change.party = world_bic(WORLD_OPERATOR);
    command.restriction_change.reference = reference;
    receipt = world_submit(&world, SELLER, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    world_close(&world);
}

static void test_who_may_change_it(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 100);
    struct text35 reference = restricted(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 10);
    struct receipt receipt = change(&world, BUYER, COMMAND_RESTRICTION_RELEASE, &reference, 0);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    struct text35 unknown = world_text("NOSUCH");
    receipt = change(&world, SELLER, COMMAND_RESTRICTION_RELEASE, &unknown, 0);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    receipt = change(&world, SELLER, COMMAND_RESTRICTION_DECREASE, &reference, 0);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    receipt = change(&world, WORLD_OPERATOR, COMMAND_RESTRICTION_RELEASE, &reference, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_stands(&world, &reference, SETTLEMENT_SETTLED, CANCELLATION_CANCELLED, REASON_CTHP);
    world_close(&world);
}

/* I7: the same content is already there, other content under its reference is refused. */
static void test_a_reference_names_one_restriction(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 100);
    set_up(&world, WORLD_ISIN_1, RESTRICTION_BLOCKING, 10, &command);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_ALREADY);
    command.restriction_set.quantity = 11;
    struct receipt receipt = world_submit(&world, SELLER, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_REFE, DETAIL_EXISTS_DIFFERENTLY,
                  FIELD_REFERENCE);
    assert_int_equal(balance(&world, WORLD_ISIN_1, POSITION_BLOCKED), 10);
    world_close(&world);
}

/* Queues and sums are those of the records, also after a restart. */
static void test_a_restored_ledger_fills_on(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    fund(&world, WORLD_ISIN_1, 1);
    struct text35 first = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 5);
    struct text35 second = restricted(&world, WORLD_ISIN_1, RESTRICTION_RESERVATION, 5);
    assert_true(world_restore(&world));
    fund(&world, WORLD_ISIN_1, 6);
    assert_sums(&world, &first, 5, 0, 5, 0);
    assert_sums(&world, &second, 5, 0, 2, 3);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_has_its_balance),
        cmocka_unit_test(test_blocking_waits_until_it_gets_all),
        cmocka_unit_test(test_worked_example_87_reservation_is_filled_before_anybody_else),
        cmocka_unit_test(test_reservation_comes_before_who_waits),
        cmocka_unit_test(test_earmarking_takes_what_there_is_and_is_not_tried_again),
        cmocka_unit_test(test_credit_is_not_set_aside),
        cmocka_unit_test(test_the_oldest_waiting_restriction_is_filled_first),
        cmocka_unit_test(test_no_more_than_four_wait_for_a_position),
        cmocka_unit_test(test_decrease_gives_up_what_is_to_fill_first),
        cmocka_unit_test(test_release_frees_all_and_ends_it),
        cmocka_unit_test(test_what_is_freed_fills_others_and_wakes),
        cmocka_unit_test(test_blocking_that_waits_is_not_increased),
        cmocka_unit_test(test_who_may_restrict_what),
        cmocka_unit_test(test_who_may_change_it),
        cmocka_unit_test(test_a_reference_names_one_restriction),
        cmocka_unit_test(test_a_restored_ledger_fills_on),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
