/*
 * Goal: a line of the time line means what it says, and a line that is nearly right is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "netsim/adversary/byzantine_kind.h"
#include "netsim/lab/scenario_fault.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct scenario_fault parse(const char *text)
{
    struct scenario_fault fault;
    char why[256];
    if (!scenario_fault_parse(text, &fault, why, sizeof why)) {
        fail_msg("%s: %s", text, why);
    }
    assert_string_equal(fault.text, text);
    return fault;
}

static void members_are_numbers_ranges_and_all(void **state)
{
    (void)state;
    struct scenario_fault fault = parse("12s crash 0,2-4,127");
    assert_int_equal(fault.kind, TIMELINE_CRASH);
    assert_int_equal(fault.at_us, 12000000);
    assert_int_equal(member_set_count(&fault.members), 5);
    assert_true(member_set_has(&fault.members, 3));
    assert_true(member_set_has(&fault.members, 127));
    assert_false(member_set_has(&fault.members, 1));
    assert_false(scenario_fault_fits(&fault, 127));
    assert_true(scenario_fault_fits(&fault, 128));
    fault = parse("0us start all");
    assert_true(scenario_fault_fits(&fault, 4));
    assert_true(member_set_has(&fault.members, 3));
}

static void amounts_have_the_unit_of_their_fault(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t amount;
    } cases[] = {
        {"1s pause 1 2s", 2000000},
        {"1s slow 1 400%", 4000},
        {"1s delay 1,2 50ms", 50000},
        {"1s throttle 3 10%", 100},
        {"1s loss 2.5%", 25},
        {"1s jitter 3ms", 3000},
        {"1s disk-slow 0 20ms", 20000},
        {"1s clock 0 +500ms", 500000},
        {"1s clock 0 -2s", -2000000},
        {"1s drift 0 50", 50},
        {"1s heal", 0},

        {"1s byzantine 0 equivocate,withhold",
         (1 << BYZANTINE_EQUIVOCATE) | (1 << BYZANTINE_WITHHOLD)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(cases[i].text).amount, cases[i].amount);
    }
}

static void a_partition_numbers_its_parts(void **state)
{
    (void)state;
    struct scenario_fault fault = parse("30s partition {0,1}|{2-3}|{5}");
    assert_int_equal(fault.part[0], 1);
    assert_int_equal(fault.part[1], 1);
    assert_int_equal(fault.part[3], 2);
    assert_int_equal(fault.part[4], 0);
    assert_int_equal(fault.part[5], 3);
    assert_false(scenario_fault_fits(&fault, 5));
    assert_true(scenario_fault_fits(&fault, 6));
    fault = parse("30s cut 0 1,2");
    assert_true(member_set_has(&fault.others, 2));
    assert_false(scenario_fault_fits(&fault, 2));
}

static void nearly_right_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "12s",
        "crash 3",
        "12 crash 3",
        "12s crash",
        "12s crash 3 4",
        "12s crash 3 4 5 6",
        "12s Crash 3",
        "12s explode 3",
        "12s crash 3,",
        "12s crash ,3",
        "12s crash 3,3",
        "12s crash 1-3,2",
        "12s crash 3-1",
        "12s crash 128",
        "12s crash -1",
        "12s crash x",
        "12s crash 1x",
        "12s crash 99999999999",
        "12s pause 1",
        "12s pause 1 2",
        "12s pause 1 200%",
        "12s slow 1 4x",
        "12s slow 1 2s",
        "12s throttle 1 101%",
        "12s loss 101%",
        "12s loss 1 5%",
        "12s jitter 5",
        "12s heal all",
        "12s drift 0 1001",
        "12s drift 0 1ms",
        "12s clock 0 500ms",
        "12s clock 0 +500",
        "12s clock 0 +11m",
        "12s cut 0",
        "12s cut 0 x",
        "12s partition",
        "12s partition 0,1|2,3",
        "12s partition {0,1}{2,3}",
        "12s partition {0,1}|",
        "12s partition {0,1}|{1,2}",
        "12s partition {0,1}|{}",
        "12s partition {0,1",
        "12s partition {0,1}|{2} {3}",
        "12s byzantine 0",
        "12s byzantine 0 lie",
        "12s byzantine 0 ,",
        "12s byzantine 0 equivocate,lie",
        "12s byzantine 0 twin",
        "99999m crash 0",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct scenario_fault fault;
        char why[256] = "";
        if (scenario_fault_parse(lines[i], &fault, why, sizeof why)) {
            fail_msg("accepted: %s", lines[i]);
        }
        assert_true(why[0] != '\0');
    }
}

static void a_line_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char line[TIMELINE_TEXT_SIZE + 1];
    struct scenario_fault fault;
    char why[256];
    memset(line, '1', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_false(scenario_fault_parse(line, &fault, why, sizeof why));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_numbers_ranges_and_all),
        cmocka_unit_test(amounts_have_the_unit_of_their_fault),
        cmocka_unit_test(a_partition_numbers_its_parts),
        cmocka_unit_test(nearly_right_is_refused),
        cmocka_unit_test(a_line_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
