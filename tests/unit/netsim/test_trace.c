/*
 * Goal: a trace is one well-formed JSON value in the viewer's format, has a track for each thread
 * that did something, and nothing from outside of its window; without a window there is no event.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/experiment.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct scenario scenario;

static char *trace_of(const char *more)
{
    struct scenario_error error;
    char text[1024];
    char why[256];
    char *trace = NULL;
    size_t size = 0;
    (void)snprintf(text, sizeof text,
                   "[run]\nduration = 1s\nwarm_up = 100ms\ncool_down = 100ms\n%s"
                   "[network]\nlatency = 1ms\n[consensus]\nd0 = 20ms\nbatch = 64KiB\n"
                   "lane_quota = 256KiB\nlane_window = 16\n[machine]\ncores = 1\n[cost]\n"
                   "verify_ns = 50000\nsync_ns = 200000\nexecute_command_ns = 14000\n"
                   "channel_message_ns = 9000\n[workload]\nparticipants = 8\naccounts = 1\n"
                   "[fault]\nat = 600ms stop 3\nat = 700ms start 3\n",
                   more);
    scenario_init(&scenario);
    if (!scenario_parse(&scenario, text, strlen(text), "test.ini", "", &error) ||
        !scenario_finish(&scenario, &error)) {
        fail_msg("%s", error.text);
    }
    FILE *out = open_memstream(&trace, &size);
    assert_non_null(out);
    struct experiment *experiment = experiment_new(&scenario, out, why, sizeof why);
    assert_non_null(experiment);
    experiment_run(experiment, NULL, NULL);
    experiment_free(experiment);
    (void)fclose(out);
    return trace;
}

/* Skips one JSON value; NULL when it is malformed. Spaces as this writer has them. */
static const char *json_skip(const char *c)
{
    if (*c == '"') {
        for (c++; *c != '"'; c++) {
            if ((unsigned char)*c < ' ' || *c == '\\') {
                return NULL;
            }
        }
        return c + 1;
    }
    if (isdigit((unsigned char)*c)) {
        while (isdigit((unsigned char)*c)) {
            c++;
        }
        return c;
    }
    if (*c != '{' && *c != '[') {
        return NULL;
    }
    const bool object = *c == '{';
    do {
        c += 1 + (c[1] == '\n');
        if (object) {
            c = *c == '"' ? json_skip(c) : NULL;
            if (c == NULL || *c++ != ':') {
                return NULL;
            }
        }
        c = json_skip(c);
        if (c == NULL) {
            return NULL;
        }
        c += *c == '\n';
    } while (*c == ',');
    return *c == (object ? '}' : ']') ? c + 1 : NULL;
}

static uint64_t number_behind(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    assert_non_null(at);
    return strtoull(at + strlen(name), NULL, 10);
}

static void a_trace_is_json_of_its_window(void **state)
{
    (void)state;
    char *trace = trace_of("trace_from = 550ms\ntrace_for = 200ms\n");
    char *rest = NULL;
    uint32_t slices = 0;
    assert_string_equal(json_skip(trace), "\n");
    static const char *const words[] = {
        "\"member 3\"",
        "\"consensus\"",
        "\"execution\"",
        "\"worker\"",
        "\"channels\"",
        "\"verifying votes\"",
        "\"disk\"",
        "\"fault at 600ms stop 3\"",
        "\"view ",
        "\"final ",
        "\"fault at 700ms start 3\"",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(trace, words[i]) == NULL) {
            fail_msg("no %s", words[i]);
        }
    }
    for (const char *line = strtok_r(trace, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, "\"ph\":\"X\"") != NULL) {
            uint64_t ts = number_behind(line, "\"ts\":");
            assert_in_range(ts, 550000, 751000);
            assert_true(number_behind(line, "\"dur\":") > 0);
            slices += 1;
        }
    }
    assert_true(slices > 100);
    free(trace);
}

static void outside_of_the_run_there_is_nothing(void **state)
{
    (void)state;
    char *trace = trace_of("trace_from = 50s\n");
    assert_string_equal(json_skip(trace), "\n");
    assert_null(strstr(trace, "\"ph\":\"X\""));
    assert_null(strstr(trace, "fault"));
    free(trace);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_json_of_its_window),
        cmocka_unit_test(outside_of_the_run_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
