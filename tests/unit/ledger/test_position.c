/*
 * Goal: money and securities move only in balanced postings, wholly or not at all; limits are exact
 * to the unit; balances shift inside a position without changing what is held.
 */
#include "ledger/holding/position.h"

#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2
};

struct fixture {
    struct world world;
    uint32_t a;
    uint32_t b;
    uint32_t c;
};

/* Three participants hold 100, 50 and 0 of a security. */
static void fixture_open(struct fixture *fixture)
{
    struct text35 id = world_account(WORLD_ISIN_1, 0);
    world_open(&fixture->world, NULL);
    world_fund(&fixture->world, A, WORLD_ISIN_1, 100);
    world_fund(&fixture->world, B, WORLD_ISIN_1, 50);
    struct ledger *ledger = fixture->world.ledger;
    uint32_t account = account_find(ledger, world_party_index(&fixture->world, C), &id);
    fixture->a = world_position(&fixture->world, A, WORLD_ISIN_1, 0);
    fixture->b = world_position(&fixture->world, B, WORLD_ISIN_1, 0);
    fixture->c = position_open(ledger, account, world_asset_index(&fixture->world, WORLD_ISIN_1));
}

static int64_t available(const struct fixture *fixture, uint32_t position)
{
    return position_view(fixture->world.ledger, position)->balance[POSITION_AVAILABLE];
}

static void assert_available(const struct fixture *fixture, int64_t a, int64_t b, int64_t c)
{
    assert_int_equal(available(fixture, fixture->a), a);
    assert_int_equal(available(fixture, fixture->b), b);
    assert_int_equal(available(fixture, fixture->c), c);
}

static void test_post_moves_or_leaves(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    struct posting posting = {fixture.a, fixture.c, 100, POSITION_AVAILABLE};
    assert_int_equal(position_post(ledger, &posting, 1, NULL), POSTING_BOOKED);
    assert_available(&fixture, 0, 50, 100);
    uint32_t fault = 9;
    posting = (struct posting){fixture.a, fixture.c, 1, POSITION_AVAILABLE};
    assert_int_equal(position_post(ledger, &posting, 1, &fault), POSTING_LACKING);
    assert_int_equal(fault, 0);
    assert_available(&fixture, 0, 50, 100);
    world_close(&fixture.world);
}

/* Technical netting: a circle settles although no member could go first. */
static void test_a_set_is_tested_at_its_end(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct posting circle[] = {{fixture.c, fixture.a, 1000, POSITION_AVAILABLE},
                               {fixture.a, fixture.b, 1000, POSITION_AVAILABLE},
                               {fixture.b, fixture.c, 1000, POSITION_AVAILABLE}};
    assert_int_equal(position_post(fixture.world.ledger, circle, 3, NULL), POSTING_BOOKED);
    assert_available(&fixture, 100, 50, 0);
    circle[2].quantity = 999;
    uint32_t fault = 9;
    assert_int_equal(position_post(fixture.world.ledger, circle, 3, &fault), POSTING_LACKING);
    assert_int_equal(fault, 0);
    assert_available(&fixture, 100, 50, 0);
    world_close(&fixture.world);
}

static void test_overflow_leaves_everything(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct posting postings[] = {{fixture.a, fixture.b, 10, POSITION_AVAILABLE},
                                 {fixture.b, fixture.c, INT64_MAX, POSITION_AVAILABLE},
                                 {fixture.b, fixture.c, 10, POSITION_AVAILABLE}};
    assert_int_equal(position_post(fixture.world.ledger, postings, 3, NULL), POSTING_OVERFLOW);
    assert_available(&fixture, 100, 50, 0);
    world_close(&fixture.world);
}

static void test_credit_limit_is_exact(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    position_at(ledger, fixture.c)->credit_limit = 30;
    assert_int_equal(position_spendable(ledger, fixture.c), 30);
    struct posting posting = {fixture.c, fixture.a, 31, POSITION_AVAILABLE};
    assert_int_equal(position_post(ledger, &posting, 1, NULL), POSTING_LACKING);
    posting.quantity = 30;
    assert_int_equal(position_post(ledger, &posting, 1, NULL), POSTING_BOOKED);
    assert_int_equal(position_spendable(ledger, fixture.c), 0);
    assert_available(&fixture, 130, 50, -30);
    world_close(&fixture.world);
}

static void test_shift_keeps_what_is_held(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    const struct position *position = position_view(ledger, fixture.a);
    assert_true(position_shift(ledger, fixture.a, POSITION_AVAILABLE, POSITION_BLOCKED, 60));
    assert_false(position_shift(ledger, fixture.a, POSITION_AVAILABLE, POSITION_PLEDGED, 41));
    assert_false(position_shift(ledger, fixture.a, POSITION_BLOCKED, POSITION_AVAILABLE, 61));
    assert_true(position_shift(ledger, fixture.a, POSITION_BLOCKED, POSITION_EARMARKED, 60));
    assert_int_equal(position->balance[POSITION_AVAILABLE], 40);
    assert_int_equal(position->balance[POSITION_BLOCKED], 0);
    assert_int_equal(position->balance[POSITION_EARMARKED], 60);
    assert_int_equal(position_held(position), 100);
    expect_assert_failure(
        (void)position_shift(ledger, fixture.a, POSITION_BLOCKED, POSITION_BLOCKED, 1));
    expect_assert_failure(
        (void)position_shift(ledger, fixture.a, POSITION_BLOCKED, POSITION_PLEDGED, 0));
    world_close(&fixture.world);
}

/* Only balanced postings of one asset between two positions are postings at all. */
static void test_misuse_is_caught(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    world_fund(&fixture.world, A, WORLD_EUR, 5);
    struct ledger *ledger = fixture.world.ledger;
    struct posting other_asset = {fixture.a, world_position(&fixture.world, A, WORLD_EUR, 0), 1,
                                  POSITION_AVAILABLE};
    struct posting itself = {fixture.a, fixture.a, 1, POSITION_AVAILABLE};
    struct posting nothing = {fixture.a, fixture.b, 0, POSITION_AVAILABLE};
    struct posting backwards = {fixture.a, fixture.b, -1, POSITION_AVAILABLE};
    expect_assert_failure((void)position_post(ledger, &other_asset, 1, NULL));
    expect_assert_failure((void)position_post(ledger, &itself, 1, NULL));
    expect_assert_failure((void)position_post(ledger, &nothing, 1, NULL));
    expect_assert_failure((void)position_post(ledger, &backwards, 1, NULL));
    expect_assert_failure((void)position_post(ledger, &itself, 0, NULL));
    world_close(&fixture.world);
}

/* The account knows how many of its positions hold something. */
static void test_held_count_follows_the_balances(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    struct ledger *ledger = fixture.world.ledger;
    const struct account *account = account_view(ledger, position_view(ledger, fixture.c)->account);
    assert_int_equal(account->held_count, 0);
    struct posting posting = {fixture.a, fixture.c, 1, POSITION_AVAILABLE};
    assert_int_equal(position_post(ledger, &posting, 1, NULL), POSTING_BOOKED);
    assert_int_equal(account->held_count, 1);
    assert_true(position_shift(ledger, fixture.c, POSITION_AVAILABLE, POSITION_BLOCKED, 1));
    assert_int_equal(account->held_count, 1);
    assert_true(position_shift(ledger, fixture.c, POSITION_BLOCKED, POSITION_AVAILABLE, 1));
    posting = (struct posting){fixture.c, fixture.a, 1, POSITION_AVAILABLE};
    assert_int_equal(position_post(ledger, &posting, 1, NULL), POSTING_BOOKED);
    assert_int_equal(account->held_count, 0);
    world_close(&fixture.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_post_moves_or_leaves),
        cmocka_unit_test(test_a_set_is_tested_at_its_end),
        cmocka_unit_test(test_overflow_leaves_everything),
        cmocka_unit_test(test_credit_limit_is_exact),
        cmocka_unit_test(test_shift_keeps_what_is_held),
        cmocka_unit_test(test_misuse_is_caught),
        cmocka_unit_test(test_held_count_follows_the_balances),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
