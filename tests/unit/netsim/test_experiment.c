/*
 * Goal: what a run is said to have come to is what happened. The same scenario gives the same
 * bytes; figures, series and the members' tables agree with each other; each fault of the time line
 * has the effect that it is named after.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/experiment.h"
#include "netsim/lab/results.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct scenario scenario;

/* A short, small run; more settings, one a line. */
static void scenario_make(const char *more)
{
    struct scenario_error error;
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "[run]\nduration = 3s\nwarm_up = 1s\ncool_down = 2s\ninterval = 500ms\n"
                   "trace_from = 1s\n"
                   "[network]\nlatency = 1ms\n[consensus]\nd0 = 20ms\nretry = 100ms\n"
                   "batch = 64KiB\nlane_quota = 256KiB\nlane_window = 16\n"
                   "[workload]\nrate = 200\neven = yes\nparticipants = 8\naccounts = 1\n"
                   "securities = 2\ncurrencies = 1\ntimeout = 500ms\n%s",
                   more);
    scenario_init(&scenario);
    if (!scenario_parse(&scenario, text, strlen(text), "test.ini", "", &error) ||
        !scenario_finish(&scenario, &error)) {
        fail_msg("%s", error.text);
    }
}

static struct experiment *experiment_of(const char *more, FILE *trace)
{
    char why[256];
    scenario_make(more);
    struct experiment *experiment = experiment_new(&scenario, trace, why, sizeof why);
    if (experiment == NULL) {
        fail_msg("%s", why);
    }
    experiment_run(experiment, NULL, NULL);
    return experiment;
}

static int64_t figure_of(const char *more, enum figure figure)
{
    struct experiment *experiment = experiment_of(more, NULL);
    int64_t value = results_figure(experiment_results(experiment), figure);
    experiment_free(experiment);
    return value;
}

/* Not inlined: gcc 12 would warn of a pointer to `text`, which it takes for what is returned. */
__attribute__((noinline)) static char *summary_and_trace(const char *more)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    struct experiment *experiment = experiment_of(more, out);
    results_summary(experiment_results(experiment), out);
    experiment_free(experiment);
    (void)fclose(out);
    return text;
}

static void the_same_scenario_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char more[] = "hold = 10%\nzipf = 0.9\n[machine]\ncores = 2\n"
                               "[cost]\nverify_ns = 50000\nsync_ns = 300000\nstep_ns = 1000\n"
                               "[fault]\nat = 1500ms crash 3\nat = 2s start 3\n";
    char *first = summary_and_trace(more);
    char *second = summary_and_trace(more);
    assert_string_equal(first, second);
    free(second);
    scenario.run.seed = 1;
    second = summary_and_trace("hold = 10%\nzipf = 0.9\n[machine]\ncores = 2\n"
                               "[cost]\nverify_ns = 50000\nsync_ns = 300000\nstep_ns = 1001\n"
                               "[fault]\nat = 1500ms crash 3\nat = 2s start 3\n");
    assert_string_not_equal(first, second);
    free(first);
    free(second);
}

static void figures_are_what_was_asked_for(void **state)
{
    (void)state;
    struct experiment *experiment = experiment_of("", NULL);
    const struct results *results = experiment_results(experiment);
    int64_t offered = results_figure(results, FIGURE_OFFERED);
    assert_in_range(offered, 199000, 201000); /* two an arrival, evenly */
    assert_in_range(results_figure(results, FIGURE_FINAL), 198000, 202000);
    assert_int_equal(results_figure(results, FIGURE_SETTLED_SHARE), 100000);
    assert_int_equal(results_figure(results, FIGURE_NOT_FINAL), 0);
    assert_int_equal(results_figure(results, FIGURE_VIEWS_LOST), 0);
    assert_int_equal(results_figure(results, FIGURE_CPU_MEAN), 0);
    /* Three message delays of 1 ms, and a client's way there and back. */
    assert_true(results_figure(results, FIGURE_FINAL_P50) > 3200);
    assert_true(results_figure(results, FIGURE_FINAL_P50) < 30000);
    assert_true(results_figure(results, FIGURE_FINAL_P50) <=
                results_figure(results, FIGURE_FINAL_P90));
    assert_true(results_figure(results, FIGURE_FINAL_P90) <=
                results_figure(results, FIGURE_FINAL_P99));
    assert_true(results_figure(results, FIGURE_FINAL_P99) <=
                results_figure(results, FIGURE_FINAL_MAX));
    assert_true(results_figure(results, FIGURE_RECEIVED_P50) <
                results_figure(results, FIGURE_FINAL_P50));
    experiment_free(experiment);
}

static void series_and_tables_agree_with_the_figures(void **state)
{
    (void)state;
    struct experiment *experiment = experiment_of("[cost]\nverify_ns = 50000\n", NULL);
    const struct results *results = experiment_results(experiment);
    const struct workload_results *clients = results_clients(results);
    size_t count;
    const struct results_interval *rows = results_intervals(results, &count);
    uint64_t handed = 0;
    uint64_t final = 0;
    uint64_t settled = 0;
    assert_int_equal(count, 10);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].begin_us, i * 500000);
        assert_int_equal(rows[i].members_up, 4);
        handed += rows[i].handed;
        final += rows[i].final;
        settled += rows[i].settled;
        assert_int_equal(rows[i].in_flight, handed - final);
    }
    assert_int_equal(handed, clients->instructions);
    assert_int_equal(final, clients->instructions);
    assert_int_equal(settled, clients->settled);

    uint64_t bytes = 0;
    uint64_t work_us = 0;
    uint64_t blocks = 0;
    for (uint32_t host = 0; host < 4; host++) {
        const struct results_host *one = results_host(results, host);
        for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
            bytes += one->bytes[kind];
        }
        for (uint32_t activity = 0; activity < ACTIVITY_COUNT; activity++) {
            work_us += one->work_us[activity];
            assert_true((one->work_us[activity] > 0) ==
                        (activity == ACTIVITY_VERIFY || activity == ACTIVITY_CHECK));
        }
        blocks += one->blocks_proposed;
        assert_int_equal(one->messages[0], 0);
    }
    assert_int_equal(results_figure(results, FIGURE_BYTES), bytes * 8 * 1000 / 2000000);
    assert_int_equal(results_figure(results, FIGURE_CPU_MEAN), work_us * 100000 / 8000000);
    assert_int_equal(results_figure(results, FIGURE_BLOCKS), blocks * 1000 / 2);
    experiment_free(experiment);
}

static void each_fault_has_its_effect(void **state)
{
    (void)state;
    int64_t plain = figure_of("", FIGURE_FINAL_P50);
    /* One of four may be away: views are lost, nothing else is. */
    assert_int_equal(figure_of("[fault]\nat = 1s crash 2\n", FIGURE_NOT_FINAL), 0);
    assert_true(figure_of("[fault]\nat = 1s crash 2\n", FIGURE_VIEWS_LOST) > 0);
    /* Two of four may not. */
    assert_true(figure_of("[fault]\nat = 1s stop 1,2\n", FIGURE_NOT_FINAL) > 300000);
    assert_int_equal(figure_of("[fault]\nat = 1s stop 1,2\nat = 2s start all\n", FIGURE_NOT_FINAL),
                     0);
    assert_true(figure_of("[fault]\nat = 1s partition {0,1}|{2,3}\n", FIGURE_NOT_FINAL) > 300000);
    assert_int_equal(
        figure_of("[fault]\nat = 1s partition {0,1}|{2,3}\nat = 2s heal\n", FIGURE_NOT_FINAL), 0);
    assert_true(figure_of("[fault]\nat = 1s cut 0,1 2,3\n", FIGURE_NOT_FINAL) > 300000);
    assert_true(figure_of("[fault]\nat = 0us delay all 5ms\n", FIGURE_FINAL_P50) > plain + 20000);
    assert_true(figure_of("[fault]\nat = 0us jitter 20ms\n", FIGURE_FINAL_P50) > plain + 5000);
    assert_true(figure_of("[fault]\nat = 1s pause all 1s\n", FIGURE_FINAL_MAX) > 900000);
    assert_true(figure_of("[fault]\nat = 1s loss 20%\n", FIGURE_FINAL_P99) > 2 * plain);
    assert_true(figure_of("[fault]\nat = 0us disk-slow all 20ms\n", FIGURE_FINAL_P50) >
                plain + 20000);
    assert_true(figure_of("[cost]\nverify_ns = 50000\n[fault]\nat = 0us slow all 1000%\n",
                          FIGURE_CPU_MEAN) >
                9 * figure_of("[cost]\nverify_ns = 50000\n", FIGURE_CPU_MEAN));
    assert_true(figure_of("[network]\nbandwidth = 100Mbit\n[fault]\nat = 0us throttle all 1%\n",
                          FIGURE_FINAL_P50) > plain + 5000);
}

static void queues_are_seen(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "[cost]\nverify_ns = 50000\n[fault]\nat = 1s slow 2 10000%\n",
        "[network]\nbandwidth = 100Mbit\n[fault]\nat = 1s throttle 2 0.1%\n",
    };
    for (size_t i = 0; i < 2; i++) {
        struct experiment *experiment = experiment_of(cases[i], NULL);
        size_t count;
        const struct results_interval *rows =
            results_intervals(experiment_results(experiment), &count);
        uint64_t before = i == 0 ? rows[1].inbox : rows[1].uplink_queue;
        uint64_t after = i == 0 ? rows[4].inbox : rows[4].uplink_queue;
        assert_true(after > 20 && after > 2 * before);
        experiment_free(experiment);
    }
}

static void a_line_that_does_nothing_is_told(void **state)
{
    (void)state;
    char *text = summary_and_trace("[fault]\nat = 1100ms start 1\nat = 1150ms crash 2\n"
                                   "at = 1200ms crash 2\nat = 1250ms start 2\n");
    assert_non_null(strstr(text, "Note: '1100ms start 1' did nothing to member 1"));
    assert_non_null(strstr(text, "Note: '1200ms crash 2' did nothing to member 2"));
    assert_null(strstr(text, "Note: '1150ms"));
    assert_null(strstr(text, "Note: '1250ms"));
    free(text);
}

static void a_consensus_that_cannot_be_is_refused_with_its_reason(void **state)
{
    (void)state;
    char why[256] = "";
    scenario_make("");
    scenario.consensus.d_max_ms = 1;
    assert_null(experiment_new(&scenario, NULL, why, sizeof why));
    assert_non_null(strstr(why, "d_max_ms is below d0_ms"));
}

static void liars_are_seen(void **state)
{
    (void)state;
    static const char more[] = "[fault]\nat = 500ms byzantine 0 equivocate,conflict\n";
    assert_int_equal(figure_of(more, FIGURE_NOT_FINAL), 0);
    char *text = summary_and_trace(more);
    const char *evidence = strstr(text, ", evidence ");
    assert_non_null(evidence);
    assert_true(strtoul(evidence + strlen(", evidence "), NULL, 10) > 0);
    free(text);
}

static void a_fixed_leader_is_the_floor(void **state)
{
    (void)state;
    int64_t simplex = figure_of("", FIGURE_FINAL_P50);
    int64_t floor = figure_of("[network]\nprotocol = fixed-leader\n", FIGURE_FINAL_P50);
    assert_true(floor > 0 && floor < simplex);
}

static void a_closed_loop_keeps_its_clients_busy(void **state)
{
    (void)state;
    struct experiment *experiment =
        experiment_of("loop = closed\nclients = 8\ninstructions = 20000\n", NULL);
    const struct results *results = experiment_results(experiment);
    size_t count;
    const struct results_interval *rows = results_intervals(results, &count);
    assert_true(results_figure(results, FIGURE_FINAL) > 200000);
    assert_true(rows[3].in_flight <= 8);
    experiment_free(experiment);
}

static void thousandths_have_three_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0.000"},
                 {1, "0.001"},
                 {-1, "-0.001"},
                 {1500, "1.500"},
                 {-1500, "-1.500"},
                 {INT64_MAX, "9223372036854775.807"},
                 {INT64_MIN, "-9223372036854775.808"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        thousandths_print(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_scenario_gives_the_same_bytes),
        cmocka_unit_test(figures_are_what_was_asked_for),
        cmocka_unit_test(series_and_tables_agree_with_the_figures),
        cmocka_unit_test(each_fault_has_its_effect),
        cmocka_unit_test(queues_are_seen),
        cmocka_unit_test(a_line_that_does_nothing_is_told),
        cmocka_unit_test(a_consensus_that_cannot_be_is_refused_with_its_reason),
        cmocka_unit_test(liars_are_seen),
        cmocka_unit_test(a_fixed_leader_is_the_floor),
        cmocka_unit_test(a_closed_loop_keeps_its_clients_busy),
        cmocka_unit_test(thousandths_have_three_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
