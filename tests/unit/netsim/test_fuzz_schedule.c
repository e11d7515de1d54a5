/*
 * Goal: the two phases of a schedule. Faults end with the first; a core that can be live is,
 * however the others stay away; one that cannot is reported as not live, with the loop it is in;
 * one that used up its views is reported as lost, and neither has passed.
 */
#include "netsim/fuzz/fuzz_schedule.h"

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/log.h"

static struct market *market;
static struct fuzz_verdict verdict; /* large */

/* A seed with four members, of whom one may stay away. */
static void quiet(struct fuzz_options *options)
{
    uint64_t seed = 1;
    do {
        fuzz_options_from_seed(options, seed++, UINT32_MAX);
    } while (options->member_count != 4 || options->envelope_period_ms == 0);
    options->core = 0xF;
}

static enum fuzz_outcome run(const struct fuzz_options *options)
{
    fuzz_schedule_run(options, market, false, NULL, &verdict);
    return verdict.outcome;
}

static void a_quiet_network_ends_its_first_phase_by_blocks(void **state)
{
    (void)state;
    struct fuzz_options options;
    quiet(&options);
    assert_int_equal(run(&options), FUZZ_PASSED);
    const struct fuzz_figures *safety = &verdict.figures[FUZZ_SAFETY];
    const struct fuzz_figures *liveness = &verdict.figures[FUZZ_LIVENESS];
    assert_int_equal(safety->blocks, options.safety_blocks);
    assert_true(safety->time_us < (uint64_t)options.safety_ms * 1000);
    assert_true(liveness->blocks >= options.liveness_blocks);
    assert_true(safety->settled > 0);
    assert_int_equal(safety->starts, 4);
    assert_int_equal(safety->stops + liveness->stops + liveness->starts, 0);
    assert_int_equal(verdict.text[0], '\0');
}

static void a_first_phase_ends_by_time(void **state)
{
    (void)state;
    struct fuzz_options options;
    quiet(&options);
    options.safety_ms = 100;
    options.safety_blocks = 1000;
    assert_int_equal(run(&options), FUZZ_PASSED);
    assert_true(verdict.figures[FUZZ_SAFETY].time_us >= 100000);
    assert_true(verdict.figures[FUZZ_SAFETY].time_us < 600000);
}

static void faults_end_with_the_first_phase(void **state)
{
    (void)state;
    struct fuzz_options options;
    quiet(&options);
    options.faults = UINT32_C(1) << FUZZ_CRASH | UINT32_C(1) << FUZZ_LOSS;
    options.crash_period_ms = 40;
    options.down_ms = 30;
    options.loss_permille = 300;
    assert_int_equal(run(&options), FUZZ_PASSED);
    assert_true(verdict.faults[FUZZ_CRASH] > 0);
    assert_true(verdict.faults[FUZZ_LOSS] > 0);
    assert_true(verdict.figures[FUZZ_SAFETY].stops > 0);
    assert_int_equal(verdict.figures[FUZZ_LIVENESS].stops, 0);
}

static void a_quorum_is_live_however_the_others_stay_away(void **state)
{
    (void)state;
    for (int kind = FUZZ_OUTSIDER_DOWN; kind <= FUZZ_OUTSIDER_UNHEARD; kind++) {
        struct fuzz_options options;
        quiet(&options);
        options.core = 0xD;
        options.outsiders = (enum fuzz_outsider)kind;
        assert_int_equal(run(&options), FUZZ_PASSED);
        assert_int_equal(verdict.figures[FUZZ_LIVENESS].stops, kind == FUZZ_OUTSIDER_DOWN);
    }
}

/* Before each event of the day: the network is live, and what the day forbids is not owed. */
static void the_day_goes_on_in_any_hour(void **state)
{
    (void)state;
    for (int hour = 0; hour < FUZZ_HOUR_COUNT; hour++) {
        struct fuzz_options options;
        quiet(&options);
        options.faults = UINT32_C(1) << FUZZ_DAY;
        options.hour = (enum fuzz_hour)hour;
        options.hour_lead_ms = 200;
        assert_int_equal(run(&options), FUZZ_PASSED);
        const uint64_t settled = verdict.figures[FUZZ_SAFETY].settled;
        const uint64_t later = verdict.figures[FUZZ_LIVENESS].settled;
        const bool closed = hour == FUZZ_HOUR_CASH_CUT_OFF || hour == FUZZ_HOUR_END_OF_DAY ||
                            hour == FUZZ_HOUR_CHANGE;
        assert_int_equal(settled + later > 0, !closed);
    }
}

/* A back office does what it may and is refused the rest, also in a day that does not stand still.
 */
static void the_back_office_is_counted(void **state)
{
    static const enum command_kind both[] = {COMMAND_AMEND, COMMAND_ALLEGEMENT_ACCEPT,
                                             COMMAND_APPROVE, COMMAND_LIMIT_SET};
    (void)state;
    for (uint32_t day = 0; day < 2; day++) {
        struct fuzz_options options;
        quiet(&options);
        options.faults = UINT32_C(1) << FUZZ_DESK | day << FUZZ_DAY;
        options.hour = FUZZ_HOUR_REAL_TIME;
        options.hour_lead_ms = 200;
        options.envelope_period_ms = 2;
        options.desk_permille = 1000;
        options.safety_blocks = 1000;
        options.safety_ms = 2000;
        assert_int_equal(run(&options), FUZZ_PASSED);
        for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
            assert_true(verdict.done[both[i]] > 0 && verdict.refused[both[i]] > 0);
        }
        assert_true(verdict.done[COMMAND_TRANSFORM] > 0 && verdict.drafted > 0);
        assert_true(verdict.done[COMMAND_RESTRICTION_SET] > 0);
        assert_int_equal(verdict.faults[FUZZ_DESK], 1);
    }
}

static void less_than_a_quorum_is_not_live(void **state)
{
    (void)state;
    struct fuzz_options options;
    quiet(&options);
    options.core = 0x3;
    options.outsiders = FUZZ_OUTSIDER_CUT;
    assert_int_equal(run(&options), FUZZ_STUCK);
    assert_non_null(strstr(verdict.text, "not live"));
    assert_non_null(strstr(verdict.text, "situations"));
}

static void who_used_up_its_views_is_lost(void **state)
{
    (void)state;
    struct fuzz_options options;
    quiet(&options);
    options.core = 0xF;
    options.faults = UINT32_C(1) << FUZZ_STALL;
    options.stall_begin_ms = 100;
    options.stall_end_ms = 60000;
    options.safety_ms = 60000;
    options.safety_blocks = 1000;
    options.skipped_views_max = 128;
    options.d0_ms = 10;
    options.d_max_ms = 20;
    assert_int_equal(run(&options), FUZZ_LOST);
    assert_non_null(strstr(verdict.text, "views exhausted"));
}

int main(void)
{
    assert_hook_install();
    if (sodium_init() < 0) {
        return EXIT_FAILURE;
    }
    log_setup(LOG_ERROR, LOG_LOGFMT);
    market = fuzz_schedule_market();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_network_ends_its_first_phase_by_blocks),
        cmocka_unit_test(a_first_phase_ends_by_time),
        cmocka_unit_test(faults_end_with_the_first_phase),
        cmocka_unit_test(a_quorum_is_live_however_the_others_stay_away),
        cmocka_unit_test(the_day_goes_on_in_any_hour),
        cmocka_unit_test(the_back_office_is_counted),
        cmocka_unit_test(less_than_a_quorum_is_not_live),
        cmocka_unit_test(who_used_up_its_views_is_lost),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    market_free(market);
    return failed;
}
