/*
 * Goal: what settles of a delivery that lacks securities, and for what amount, is what the rule
 * says in plain words: compared with loops over every quantity there is, and with the border of
 * each threshold from both sides.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/instruction/instruction.h"
#include "ledger/partial/partial.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

/* Free of payment, both PARQ, 100 in units of 5 from 50 on. */
static struct partial_terms of_100(void)
{
    return (struct partial_terms){.quantity = 100,
                                  .deliverer = PARTIAL_PARQ,
                                  .receiver = PARTIAL_PARQ,
                                  .unit_min = 50,
                                  .unit_multiple = 5,
                                  .amount_least = 1000000};
}

static struct partial_terms of_100_for(int64_t amount)
{
    struct partial_terms terms = of_100();
    terms.amount = amount;
    return terms;
}

static void expect(const struct partial_terms *terms, int64_t available, enum partial_answer answer,
                   int64_t quantity, int64_t amount)
{
    struct partial_part part;
    assert_int_equal(partial_decide(terms, available, &part), answer);
    assert_int_equal(part.quantity, quantity);
    assert_int_equal(part.amount, amount);
}

static void test_the_first_part_is_the_minimum_unit_at_least(void **state)
{
    struct partial_terms terms = of_100();
    (void)state;
    expect(&terms, 0, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, 49, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, 50, PARTIAL_SETTLES, 50, 0);
    expect(&terms, 54, PARTIAL_SETTLES, 50, 0);
    expect(&terms, 57, PARTIAL_SETTLES, 55, 0);
    expect(&terms, 99, PARTIAL_SETTLES, 95, 0);
}

static void test_later_parts_are_one_multiple_at_least(void **state)
{
    struct partial_terms terms = of_100();
    (void)state;
    terms.settled_quantity = 55;
    expect(&terms, 4, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, 5, PARTIAL_SETTLES, 5, 0);
    expect(&terms, 44, PARTIAL_SETTLES, 40, 0);
    terms.settled_quantity = 95;
    expect(&terms, 4, PARTIAL_IMPOSSIBLE, 0, 0);
}

static void test_free_of_payment_goes_by_quantity_whoever_says_what(void **state)
{
    static const uint8_t allow[] = {PARTIAL_PART, PARTIAL_PARC, PARTIAL_PARQ};
    struct partial_terms terms = of_100();
    (void)state;
    for (uint32_t i = 0; i < 9; i++) {
        terms.deliverer = allow[i % 3];
        terms.receiver = allow[i / 3];
        expect(&terms, 49, PARTIAL_TOO_LITTLE, 0, 0);
        expect(&terms, 50, PARTIAL_SETTLES, 50, 0);
    }
}

static void test_against_payment_it_goes_by_quantity_only_if_both_say_so(void **state)
{
    static const uint8_t allow[] = {PARTIAL_PART, PARTIAL_PARC, PARTIAL_PARQ};
    struct partial_terms terms = of_100_for(10000000);
    (void)state;
    expect(&terms, 49, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, 55, PARTIAL_SETTLES, 55, 5500000);
    for (uint32_t i = 0; i < 8; i++) { /* all but PARQ and PARQ: 10 of 100 are worth the least */
        terms.deliverer = allow[i % 3];
        terms.receiver = allow[i / 3];
        expect(&terms, 9, PARTIAL_TOO_LITTLE, 0, 0);
        expect(&terms, 10, PARTIAL_SETTLES, 10, 1000000);
    }
}

static void test_a_value_is_reached_to_the_cent_and_in_multiples(void **state)
{
    struct partial_terms terms = of_100_for(3333300);
    (void)state;
    terms.receiver = PARTIAL_PART;
    expect(&terms, 30, PARTIAL_TOO_LITTLE, 0, 0); /* 9,999.90 */
    expect(&terms, 34, PARTIAL_TOO_LITTLE, 0, 0); /* 31 would do, but is no multiple */
    expect(&terms, 35, PARTIAL_SETTLES, 35, 1166655);
    terms.amount_least = 999990;
    expect(&terms, 30, PARTIAL_SETTLES, 30, 999990);
    terms.amount_least = 3333301;
    expect(&terms, 99, PARTIAL_IMPOSSIBLE, 0, 0);
    terms.amount_least = PARTIAL_NO_VALUE;
    expect(&terms, 99, PARTIAL_IMPOSSIBLE, 0, 0);
}

static void test_what_is_left_must_be_more_than_the_least_part(void **state)
{
    struct partial_terms terms = of_100();
    (void)state;
    terms.unit_min = 100;
    expect(&terms, 99, PARTIAL_IMPOSSIBLE, 0, 0);
    terms.unit_min = 95;
    expect(&terms, 95, PARTIAL_SETTLES, 95, 0);
    terms.unit_min = 96; /* 100 is the next multiple */
    expect(&terms, 99, PARTIAL_IMPOSSIBLE, 0, 0);
    terms.unit_min = INT64_MAX - 1; /* and here there is none */
    terms.unit_multiple = 7;
    expect(&terms, 99, PARTIAL_IMPOSSIBLE, 0, 0);
}

static void test_both_sides_have_to_allow_it(void **state)
{
    static const uint8_t allow[] = {PARTIAL_PART, PARTIAL_PARC, PARTIAL_PARQ};
    struct partial_terms terms = of_100();
    struct partial_part part;
    (void)state;
    terms.deliverer = PARTIAL_NPAR;
    terms.receiver = PARTIAL_NPAR;
    expect(&terms, 99, PARTIAL_REFUSED, 0, 0);
    for (uint32_t i = 0; i < 6; i++) {
        terms.deliverer = (uint8_t)(i % 2 == 0 ? PARTIAL_NPAR : allow[i / 2]);
        terms.receiver = (uint8_t)(i % 2 == 0 ? allow[i / 2] : PARTIAL_NPAR);
        expect(&terms, 50, PARTIAL_DISAGREED, 0, 0);
        /* Nothing to disagree about as long as no part could settle. */
        expect(&terms, 49, PARTIAL_TOO_LITTLE, 0, 0);
        assert_int_equal(partial_decide(&terms, 49, &part), PARTIAL_TOO_LITTLE);
        assert_int_equal(part.quantity_least, 50);
    }
}

static void test_a_part_against_payment_moves_money(void **state)
{
    struct partial_terms terms = of_100_for(3); /* three cents */
    (void)state;
    terms.unit_min = 5;
    expect(&terms, 30, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, 34, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, 35, PARTIAL_SETTLES, 35, 1);
    expect(&terms, 99, PARTIAL_SETTLES, 95, 2);
}

static void test_parts_come_to_the_whole_however_they_are_cut(void **state)
{
    struct prng prng;
    (void)state;
    assert_int_equal(partial_amount(100, 3, 1), 33);
    assert_int_equal(partial_amount(100, 3, 2), 66);
    assert_int_equal(partial_amount(100, 3, 3), 100);
    assert_int_equal(partial_amount(INT64_MAX, INT64_MAX, INT64_MAX - 1), INT64_MAX - 1);
    assert_int_equal(partial_amount(0, 5, 3), 0);
    prng_init(&prng, 3);
    for (uint32_t i = 0; i < 20000; i++) {
        int64_t quantity = 1 + (int64_t)prng_below(&prng, UINT64_C(1) << prng_below(&prng, 62));
        int64_t amount = (int64_t)prng_below(&prng, UINT64_C(1) << (1 + prng_below(&prng, 62)));
        int64_t first = (int64_t)prng_below(&prng, (uint64_t)quantity + 1);
        int64_t parts = partial_amount(amount, quantity, first);
        long double exact = (long double)amount * (long double)first / (long double)quantity;
        assert_true(parts >= 0 && parts <= amount);
        assert_true((long double)parts <= exact + 2 && (long double)parts >= exact - 3);
        assert_int_equal(partial_amount(amount, quantity, quantity), amount);
    }
}

/* The rule in plain words: try every quantity. */
static bool may_be_part(const struct partial_terms *terms, int64_t quantity)
{
    int64_t before = terms->amount * terms->settled_quantity / terms->quantity;
    int64_t after = terms->amount * (terms->settled_quantity + quantity) / terms->quantity;
    bool counted = terms->deliverer == PARTIAL_PARQ && terms->receiver == PARTIAL_PARQ;
    if (quantity % terms->unit_multiple != 0 || (terms->amount > 0 && after == before)) {
        return false;
    }
    if (terms->amount == 0 || counted) {
        return terms->settled_quantity > 0 || quantity >= terms->unit_min;
    }
    return after - before >= terms->amount_least;
}

static void plain_case(const struct partial_terms *terms, int64_t left, int64_t available)
{
    struct partial_part part;
    enum partial_answer answer = partial_decide(terms, available, &part);
    int64_t least = 0;
    int64_t most = 0;
    for (int64_t quantity = left - 1; quantity > 0; quantity--) {
        if (may_be_part(terms, quantity)) {
            least = quantity;
            most = most == 0 && quantity <= available ? quantity : most;
        }
    }
    if (terms->deliverer == PARTIAL_NPAR && terms->receiver == PARTIAL_NPAR) {
        assert_int_equal(answer, PARTIAL_REFUSED);
    } else if (least == 0) {
        assert_int_equal(answer, PARTIAL_IMPOSSIBLE);
    } else if (most == 0) {
        assert_int_equal(answer, PARTIAL_TOO_LITTLE);
        assert_int_equal(part.quantity_least, least);
    } else if (terms->deliverer == PARTIAL_NPAR || terms->receiver == PARTIAL_NPAR) {
        assert_int_equal(answer, PARTIAL_DISAGREED);
    } else {
        assert_int_equal(answer, PARTIAL_SETTLES);
        assert_int_equal(part.quantity, most);
        assert_int_equal(part.amount,
                         terms->amount * (terms->settled_quantity + most) / terms->quantity -
                             terms->settled_amount);
        assert_int_equal(part.quantity_least, least);
    }
}

static void test_it_agrees_with_trying_every_quantity(void **state)
{
    struct prng prng;
    (void)state;
    prng_init(&prng, 11);
    for (uint32_t i = 0; i < 30000; i++) {
        struct partial_terms terms = {
            .unit_multiple = 1 + (int64_t)prng_below(&prng, 6),
            .deliverer = (uint8_t)(PARTIAL_NPAR + prng_below(&prng, 4)),
            .receiver = (uint8_t)(PARTIAL_NPAR + prng_below(&prng, 4)),
        };
        int64_t left;
        terms.quantity = terms.unit_multiple * (1 + (int64_t)prng_below(&prng, 20));
        terms.unit_min = 1 + (int64_t)prng_below(&prng, (uint64_t)terms.quantity);
        terms.amount = (int64_t)prng_below(&prng, 3) * (int64_t)prng_below(&prng, 1000);
        terms.amount_least = 1 + (int64_t)prng_below(&prng, 1000);
        terms.settled_quantity =
            terms.unit_multiple *
            (int64_t)prng_below(&prng, (uint64_t)(terms.quantity / terms.unit_multiple));
        terms.settled_amount = terms.amount * terms.settled_quantity / terms.quantity;
        left = terms.quantity - terms.settled_quantity;
        plain_case(&terms, left, (int64_t)prng_below(&prng, (uint64_t)left));
    }
}

static void test_the_largest_numbers_fit(void **state)
{
    struct partial_terms terms = {.quantity = INT64_MAX,
                                  .amount = INT64_MAX,
                                  .deliverer = PARTIAL_PART,
                                  .receiver = PARTIAL_PART,
                                  .unit_min = 1,
                                  .unit_multiple = 1,
                                  .amount_least = INT64_MAX - 1};
    (void)state;
    expect(&terms, INT64_MAX - 2, PARTIAL_TOO_LITTLE, 0, 0);
    expect(&terms, INT64_MAX - 1, PARTIAL_SETTLES, INT64_MAX - 1, INT64_MAX - 1);
    terms.settled_quantity = INT64_MAX - 3;
    terms.settled_amount = INT64_MAX - 3;
    expect(&terms, 2, PARTIAL_IMPOSSIBLE, 0, 0);
    terms.amount_least = 2;
    expect(&terms, 2, PARTIAL_SETTLES, 2, 2);
}

static void test_what_is_all_there_is_no_part(void **state)
{
    struct partial_terms terms = of_100_for(10000000);
    struct partial_part part;
    (void)state;
    expect_assert_failure((void)partial_decide(&terms, 100, &part));
    terms.settled_quantity = 55;
    expect_assert_failure((void)partial_decide(&terms, 5, &part)); /* settled_amount is wrong */
    terms.settled_amount = 5500000;
    expect_assert_failure((void)partial_decide(&terms, 45, &part));
    expect_assert_failure((void)partial_amount(5, 0, 0));
    expect_assert_failure((void)partial_amount(5, 3, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_part_is_the_minimum_unit_at_least),
        cmocka_unit_test(test_later_parts_are_one_multiple_at_least),
        cmocka_unit_test(test_free_of_payment_goes_by_quantity_whoever_says_what),
        cmocka_unit_test(test_against_payment_it_goes_by_quantity_only_if_both_say_so),
        cmocka_unit_test(test_a_value_is_reached_to_the_cent_and_in_multiples),
        cmocka_unit_test(test_what_is_left_must_be_more_than_the_least_part),
        cmocka_unit_test(test_both_sides_have_to_allow_it),
        cmocka_unit_test(test_a_part_against_payment_moves_money),
        cmocka_unit_test(test_parts_come_to_the_whole_however_they_are_cut),
        cmocka_unit_test(test_it_agrees_with_trying_every_quantity),
        cmocka_unit_test(test_the_largest_numbers_fit),
        cmocka_unit_test(test_what_is_all_there_is_no_part),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
