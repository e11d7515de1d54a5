/*
 * Goal: axes are read to the last value and points are all combinations, each with a name of its
 * own; what is no axis is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/sweep.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct sweep_axis axes[SWEEP_AXES_MAX];

static void parse(struct sweep_axis *axis, const char *text)
{
    char why[512];
    if (!sweep_axis_parse(text, axis, why, sizeof why)) {
        fail_msg("%s: %s", text, why);
    }
}

static void check_values(const char *text, const char *expected)
{
    char joined[512] = "";
    parse(&axes[0], text);
    for (uint32_t i = 0; i < axes[0].value_count; i++) {
        strcat(joined, i == 0 ? "" : " ");
        strcat(joined, axes[0].values[i]);
    }
    assert_string_equal(joined, expected);
}

static void values_and_ranges_are_expanded(void **state)
{
    (void)state;
    check_values("workload.rate=100..300/100", "100 200 300");
    check_values("workload.rate=100..350/100", "100 200 300");
    check_values("workload.rate=100..100/100", "100");
    check_values("workload.rate=1000", "1000");
    check_values("network.validators=4,7,10,16", "4 7 10 16");
    check_values("network.latency=1ms,5ms..20ms/5ms", "1ms 5ms 10ms 15ms 20ms");
    check_values("network.latency=0us..1000us/500us", "0us 500us 1ms");
    check_values("network.protocol=simplex,fixed-leader", "simplex fixed-leader");
    check_values("network.regions=a b,c d", "a b c d");
    check_values("run.seed=18446744073709551614..18446744073709551615/1",
                 "18446744073709551614 18446744073709551615");
}

static void what_is_no_axis_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "workload.rate",
        "workload.rate=",
        "rate=100",
        "workload=100",
        ".rate=100",
        "workload.speed=100",
        "fault.at=1s crash 0",
        "workload.rate=x",
        "workload.rate=100,x",
        "workload.rate=100,100",
        "workload.rate=100..300/100,200",
        "workload.rate=100..300",
        "workload.rate=100..300/0",
        "workload.rate=300..100/100",
        "workload.rate=..300/100",
        "workload.rate=100../100",
        "workload.rate=100/100..300",
        "workload.rate=0..1000/1",
        "workload.rate=1000001",
        "network.latency=1..5/1",
        "network.latency=1ms..5ms/1",
        "network.latency=1000us,1ms",
        "network.protocol=simplex..fixed-leader/1",
        "network.protocol=paxos",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char why[512] = "";
        if (sweep_axis_parse(texts[i], &axes[0], why, sizeof why)) {
            fail_msg("accepted: %s", texts[i]);
        }
        assert_true(why[0] != '\0');
    }
}

static void points_are_all_combinations_with_names_of_their_own(void **state)
{
    (void)state;
    enum {
        POINTS = 12
    };
    char names[POINTS][SWEEP_NAME_SIZE];
    parse(&axes[0], "network.validators=4,7");
    parse(&axes[1], "network.loss=0%,1%,2%");
    parse(&axes[2], "network.protocol=simplex,fixed-leader");
    assert_int_equal(sweep_point_count(axes, 3), POINTS);
    for (uint32_t i = 0; i < POINTS; i++) {
        struct sweep_point point;
        sweep_point_at(axes, 3, i, &point);
        assert_int_equal(point.count, 3);
        assert_string_equal(point.fields[1], "network.loss");
        assert_string_equal(point.values[0], i < 6 ? "4" : "7");
        assert_string_equal(point.values[2], i % 2 == 0 ? "simplex" : "fixed-leader");
        sweep_point_name(&point, names[i]);
        assert_null(strpbrk(names[i], "/ '\"$"));
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
        }
    }
}

static void too_many_points_are_none(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        parse(&axes[i], i == 0   ? "workload.rate=1..200/1"
                        : i == 1 ? "run.seed=1..200/1"
                                 : "workload.clients=1..3/1");
    }
    assert_int_equal(sweep_point_count(axes, 2), 40000);
    assert_int_equal(sweep_point_count(axes, 3), 0);
}

static void coordinates_are_normal_and_different(void **state)
{
    (void)state;
    struct sweep_point point = {0};
    char why[512];
    assert_true(sweep_point_add(&point, "network.latency=1000us", why, sizeof why));
    assert_string_equal(point.values[0], "1ms");
    assert_false(sweep_point_add(&point, "network.latency=2ms", why, sizeof why));
    assert_false(sweep_point_add(&point, "network.jitter=2", why, sizeof why));
    assert_false(sweep_point_add(&point, "network.jutter=2us", why, sizeof why));
    assert_false(sweep_point_add(&point, "network.jitter", why, sizeof why));
    assert_int_equal(point.count, 1);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_ranges_are_expanded),
        cmocka_unit_test(what_is_no_axis_is_refused),
        cmocka_unit_test(points_are_all_combinations_with_names_of_their_own),
        cmocka_unit_test(too_many_points_are_none),
        cmocka_unit_test(coordinates_are_normal_and_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
