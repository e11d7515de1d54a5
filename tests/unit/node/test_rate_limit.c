/*
 * Goal: a key may ask in bursts but not for ever, and one key's greed costs another nothing.
 */
#include "node/rate_limit.h"

#include "tests/support/cmocka.h"

enum {
    PER_SECOND = 10,
    BURST = 5,
    SEED = 7
};

static const struct public_key one = {{1}};
static const struct public_key two = {{2}};

static void burst_then_steady_flow(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(PER_SECOND, BURST, SEED);
    assert_non_null(limit);
    for (unsigned i = 0; i < BURST; i++) {
        assert_true(rate_limit_take(limit, &one, 1000));
    }
    assert_false(rate_limit_take(limit, &one, 1000));
    assert_false(rate_limit_take(limit, &one, 1099));
    assert_true(rate_limit_take(limit, &one, 1100));
    assert_false(rate_limit_take(limit, &one, 1100));
    rate_limit_free(limit);
}

static void refusals_do_not_postpone_the_next(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(PER_SECOND, 1, SEED);
    assert_true(rate_limit_take(limit, &one, 1000));
    for (uint64_t now_ms = 1001; now_ms < 1100; now_ms++) {
        assert_false(rate_limit_take(limit, &one, now_ms));
    }
    assert_true(rate_limit_take(limit, &one, 1100));
    rate_limit_free(limit);
}

static void keys_do_not_share(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(PER_SECOND, 1, SEED);
    assert_true(rate_limit_take(limit, &one, 1000));
    assert_false(rate_limit_take(limit, &one, 1000));
    assert_true(rate_limit_take(limit, &two, 1000));
    rate_limit_free(limit);
}

/* A key can be made to begin like another's; that must not be enough to meet it. */
static void a_key_that_begins_the_same_shares_nothing(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(PER_SECOND, 1, SEED);
    struct public_key greedy = one;
    greedy.bytes[31] = 1;
    assert_true(rate_limit_take(limit, &greedy, 1000));
    assert_false(rate_limit_take(limit, &greedy, 1000));
    assert_true(rate_limit_take(limit, &one, 1000));
    rate_limit_free(limit);
}

static void a_long_pause_saves_up_one_burst_only(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(PER_SECOND, BURST, SEED);
    assert_true(rate_limit_take(limit, &one, 1000));
    for (unsigned i = 0; i < BURST; i++) {
        assert_true(rate_limit_take(limit, &one, UINT64_C(1000000000)));
    }
    assert_false(rate_limit_take(limit, &one, UINT64_C(1000000000)));
    rate_limit_free(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_then_steady_flow),
        cmocka_unit_test(refusals_do_not_postpone_the_next),
        cmocka_unit_test(keys_do_not_share),
        cmocka_unit_test(a_key_that_begins_the_same_shares_nothing),
        cmocka_unit_test(a_long_pause_saves_up_one_burst_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
