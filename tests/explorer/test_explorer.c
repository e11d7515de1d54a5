/*
 * Goal: no order of votes whatever, under full asynchrony and with one Byzantine member of four,
 * can finalise two conflicting blocks; and the search is able to find the conflict when a rule is
 * missing. Two views are searched here; `make explorer-deep` searches three (--deep).
 */
#include "tests/explorer/explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct explore_result search(uint8_t views, enum rules_bug bug, bool nullify_binds,
                                    bool watch_lemmas)
{
    struct rules rules = {views, bug, nullify_binds, true};
    struct explore_result result = explore(&rules, watch_lemmas, stdout);
    printf("    %u views, E4 %s: %u states, %s\n", views, nullify_binds ? "on" : "off",
           result.states_count, rules_verdict_text(result.verdict));
    return result;
}

/* A sound set of rules: everything is searched, and neither the property nor a lemma breaks. */
static void assert_sound(uint8_t views, bool nullify_binds)
{
    struct explore_result result = search(views, RULES_SOUND, nullify_binds, true);
    assert_int_equal(result.verdict, RULES_HOLD);
    assert_true(result.states_count > 1000);
}

/* A missing rule: two views suffice for two conflicting finals. */
static void assert_found(enum rules_bug bug)
{
    struct explore_result result = search(2, bug, true, false);
    assert_int_equal(result.verdict, RULES_CONFLICTING_FINALS);
    assert_true(result.steps_count > 0);
}

static void test_sound_rules_hold(void **state)
{
    (void)state;
    assert_sound(2, true);
}

static void test_sound_rules_hold_without_e4(void **state)
{
    (void)state;
    assert_sound(2, false);
}

static void test_finalize_after_nullify_is_found(void **state)
{
    (void)state;
    assert_found(RULES_FINALIZE_AFTER_NULLIFY);
}

static void test_nullify_after_finalize_is_found(void **state)
{
    (void)state;
    assert_found(RULES_NULLIFY_AFTER_FINALIZE);
}

static void test_missing_justification_is_found(void **state)
{
    (void)state;
    assert_found(RULES_NO_JUSTIFICATION);
}

static void test_double_notarize_is_found(void **state)
{
    (void)state;
    assert_found(RULES_DOUBLE_NOTARIZE);
}

static void test_quorum_minus_one_is_found(void **state)
{
    (void)state;
    assert_found(RULES_QUORUM_MINUS_ONE);
}

static void test_symmetry_changes_no_verdict(void **state)
{
    (void)state;
    struct rules rules = {2, RULES_SOUND, true, false};
    struct explore_result result = explore(&rules, true, NULL);
    assert_int_equal(result.verdict, RULES_HOLD);
    assert_true(result.states_count > search(2, RULES_SOUND, true, true).states_count);
}

static void test_sound_rules_hold_for_three_views(void **state)
{
    (void)state;
    assert_sound(3, true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest two_views[] = {
        cmocka_unit_test(test_sound_rules_hold),
        cmocka_unit_test(test_sound_rules_hold_without_e4),
        cmocka_unit_test(test_finalize_after_nullify_is_found),
        cmocka_unit_test(test_nullify_after_finalize_is_found),
        cmocka_unit_test(test_missing_justification_is_found),
        cmocka_unit_test(test_double_notarize_is_found),
        cmocka_unit_test(test_quorum_minus_one_is_found),
    };
    const struct CMUnitTest deep[] = {
        cmocka_unit_test(test_symmetry_changes_no_verdict),
        cmocka_unit_test(test_sound_rules_hold_for_three_views),
    };
    if (argc > 1 && strcmp(argv[1], "--deep") == 0) {
        return cmocka_run_group_tests_name("rules, all of three views", deep, NULL, NULL);
    }
    return cmocka_run_group_tests_name("rules, two views", two_views, NULL, NULL);
}
