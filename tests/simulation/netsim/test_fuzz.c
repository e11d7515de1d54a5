/*
 * Goal: whole validators keep every promise under random faults. A bounded set of schedules; the
 * seeds that once failed; and checkers that are told a lie have to notice.
 *
 * `tally-sim fuzz` runs more of the same: make fuzz-sim MINUTES=60.
 */
#include "netsim/fuzz/fuzz_runner.h"

#include "tests/simulation/netsim/seeds.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/log.h"

enum {
    SCHEDULES = 1200,
    FIRST_SEED = 1,
    JOBS = 2,
    LIES = 24
};

/* Classes that were not drawn when those seeds failed. */
static const uint32_t unknown_then =
    UINT32_C(1) << FUZZ_DAY | UINT32_C(1) << FUZZ_TERMS | UINT32_C(1) << FUZZ_DESK;

static struct fuzz_verdict verdict; /* large */

static void many_schedules_pass(void **state)
{
    (void)state;
    const struct fuzz_campaign campaign = {
        .seed = FIRST_SEED,
        .schedule_count = SCHEDULES,
        .jobs_count = JOBS,
        .failures_max = 1,
        .minimise = true,
    };
    assert_int_equal(fuzz_campaign_run(&campaign), FUZZ_EXIT_PASSED);
}

static void seeds_that_once_failed_pass(void **state)
{
    (void)state;
    struct market *market = fuzz_schedule_market();
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        struct fuzz_options options;
        fuzz_options_from_seed(&options, seeds[i].seed, unknown_then);
        fuzz_schedule_run(&options, market, false, NULL, &verdict);
        if (verdict.outcome != FUZZ_PASSED) {
            print_error("seed %llu (%s): %s\n", (unsigned long long)seeds[i].seed, seeds[i].why,
                        verdict.text);
        }
        assert_int_equal(verdict.outcome, FUZZ_PASSED);
    }
    market_free(market);
}

static void a_lie_to_either_checker_is_noticed(void **state)
{
    (void)state;
    struct market *market = fuzz_schedule_market();
    for (uint64_t seed = 1; seed <= LIES; seed++) {
        struct fuzz_options options;
        fuzz_options_from_seed(&options, seed, 0);
        fuzz_schedule_run(&options, market, true, NULL, &verdict);
        assert_int_equal(verdict.outcome, FUZZ_UNSAFE);
    }
    market_free(market);
}

/* Every class of fault can be taken away, and what is left still runs. */
static void schedules_without_any_class_pass(void **state)
{
    (void)state;
    struct market *market = fuzz_schedule_market();
    for (uint64_t seed = 1; seed <= LIES; seed++) {
        struct fuzz_options options;
        fuzz_options_from_seed(&options, seed, UINT32_MAX);
        fuzz_schedule_run(&options, market, false, NULL, &verdict);
        assert_int_equal(verdict.outcome, FUZZ_PASSED);
        assert_true(verdict.figures[FUZZ_SAFETY].blocks > 0);
        assert_true(verdict.audits >= fuzz_quorum(options.member_count)); /* of the core */
        for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
            assert_int_equal(verdict.faults[fault], 0);
        }
    }
    market_free(market);
}

static void the_same_seed_comes_to_the_same_digest(void **state)
{
    (void)state;
    struct market *market = fuzz_schedule_market();
    uint64_t last = 0;
    for (uint64_t seed = 50; seed < 58; seed++) {
        struct fuzz_options options;
        fuzz_options_from_seed(&options, seed, 0);
        fuzz_schedule_run(&options, market, false, NULL, &verdict);
        const uint64_t digest = verdict.digest;
        fuzz_schedule_run(&options, market, false, NULL, &verdict);
        assert_true(verdict.digest == digest);
        assert_true(digest != last);
        last = digest;
    }
    market_free(market);
}

int main(void)
{
    if (sodium_init() < 0) {
        return EXIT_FAILURE;
    }
    log_output(-1); /* disks fail by design here */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_that_once_failed_pass),
        cmocka_unit_test(a_lie_to_either_checker_is_noticed),
        cmocka_unit_test(schedules_without_any_class_pass),
        cmocka_unit_test(the_same_seed_comes_to_the_same_digest),
        cmocka_unit_test(many_schedules_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
