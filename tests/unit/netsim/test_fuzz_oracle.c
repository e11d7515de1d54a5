/*
 * Goal: a group that passes through the same situations again and again while messages flow is
 * found and told; one that comes to new heights, is only slow, or has no messages, is not.
 */
#include "netsim/fuzz/fuzz_oracle.h"

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <string.h>

enum {
    MEMBERS = 4,
    VISITS = 5,
    PATIENCE_US = 1000
};

struct group {
    struct fuzz_oracle *oracle;
    struct fuzz_oracle_member members[MEMBERS];
    uint64_t time_us;
    uint64_t messages;
};

static int group_make(void **state)
{
    static struct group group;
    const struct fuzz_oracle_config config = {MEMBERS, 6, VISITS, PATIENCE_US};
    memset(&group, 0, sizeof group);
    group.oracle = fuzz_oracle_new(&config);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        group.members[i].present = true;
        group.members[i].summary.mute = CONSENSUS_ALARM_NONE;
        group.members[i].summary.halt = CONSENSUS_HALT_NONE;
        group.members[i].summary.view = 11;
        group.members[i].summary.final_view = 10;
        group.members[i].summary.final_height = 8;
        group.members[i].summary.exec_height = 8;
        group.members[i].summary.gap_view = 11;
    }
    *state = &group;
    return group.oracle == NULL ? -1 : 0;
}

static int group_free(void **state)
{
    struct group *group = *state;
    fuzz_oracle_free(group->oracle);
    return 0;
}

static bool look(struct group *group)
{
    group->time_us += 100;
    group->messages += 3;
    return fuzz_oracle_look(group->oracle, group->time_us, group->messages, group->members);
}

static void views_pass(struct group *group)
{
    for (uint32_t i = 0; i < MEMBERS; i++) {
        group->members[i].summary.view++;
        group->members[i].summary.gap_view++;
    }
}

/* Views are given up for ever: once the timers grow no more, four situations come by turns. */
static void views_given_up_for_ever_are_a_loop(void **state)
{
    struct group *group = *state;
    char text[4096];
    uint32_t looks = 0;
    while (!look(group) && looks < 1000) {
        views_pass(group);
        looks++;
    }
    /* six views of growing timers, then each of four turns five times */
    assert_int_equal(looks, 5 + 4 * (VISITS - 1));
    assert_int_equal(fuzz_oracle_loop_size(group->oracle), MEMBERS);
    const size_t length = fuzz_oracle_report(group->oracle, text, sizeof text);
    assert_int_equal(length, strlen(text));
    uint32_t lines = 0;
    for (size_t i = 0; i < length; i++) {
        lines += text[i] == '\n';
    }
    assert_int_equal(lines, MEMBERS);
    assert_non_null(strstr(text, "since 6"));
}

/* Two members tell each other old news, without end, in one view. */
static void going_to_and_fro_is_a_loop(void **state)
{
    struct group *group = *state;
    uint32_t looks = 0;
    while (!look(group) && looks < 1000) {
        group->members[1].summary.gap_view = looks % 2 == 0 ? 9 : 11;
        looks++;
    }
    assert_true(looks >= 2 * (VISITS - 1) && looks < 20);
    assert_int_equal(fuzz_oracle_loop_size(group->oracle), 2);
}

static void standing_still_with_messages_is_a_loop_of_one(void **state)
{
    struct group *group = *state;
    uint32_t looks = 0;
    while (!look(group) && looks < 1000) {
        looks++;
    }
    assert_true(looks >= PATIENCE_US / 100 && looks < 20);
    assert_int_equal(fuzz_oracle_loop_size(group->oracle), 1);
}

static void standing_still_in_silence_is_none(void **state)
{
    struct group *group = *state;
    for (uint32_t i = 0; i < 1000; i++) {
        group->messages = 0;
        group->time_us += 100;
        assert_false(fuzz_oracle_look(group->oracle, group->time_us, 7, group->members));
    }
}

/* The slowest member counts: when it comes to a new height, all is well. */
static void a_new_least_height_is_progress(void **state)
{
    struct group *group = *state;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_false(look(group));
        views_pass(group);
        if (i % 12 == 11) {
            for (uint32_t member = 0; member < MEMBERS; member++) {
                group->members[member].summary.final_height++;
            }
        }
    }
}

static void execution_that_catches_up_is_progress(void **state)
{
    struct group *group = *state;
    group->members[2].summary.final_height = 100000;
    for (uint32_t i = 0; i < 500; i++) {
        assert_false(look(group));
        if (i % 5 == 4) {
            for (uint32_t member = 0; member < MEMBERS; member++) {
                group->members[member].summary.exec_height++;
            }
        }
    }
}

/* Three go on, one hears it and never follows. */
static void one_that_never_catches_up_is_a_loop(void **state)
{
    struct group *group = *state;
    bool found = false;
    for (uint32_t i = 0; i < 1000 && !found; i++) {
        found = look(group);
        for (uint32_t member = 1; member < MEMBERS; member++) {
            struct consensus_summary *summary = &group->members[member].summary;
            summary->view++;
            summary->gap_view++;
            summary->final_view++;
            summary->final_height++;
            summary->exec_height++;
        }
    }
    assert_true(found);
}

static void a_member_that_is_not_present_does_not_count(void **state)
{
    struct group *group = *state;
    group->members[0].present = false;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_false(look(group));
        for (uint32_t member = 1; member < MEMBERS; member++) {
            group->members[member].summary.final_height++;
            group->members[member].summary.view++;
            group->members[member].summary.final_view++;
        }
    }
}

/* Situations that never come again are no loop, however many there are. */
static void ever_new_situations_are_none(void **state)
{
    struct group *group = *state;
    uint64_t draw = 1;
    for (uint32_t i = 0; i < 400; i++) {
        assert_false(look(group));
        draw = draw * UINT64_C(6364136223846793005) + 1442695040888963407u;
        for (uint32_t member = 0; member < MEMBERS; member++) {
            group->members[member].summary.view = 1000 - (draw >> (20 + 4 * member)) % 12;
            group->members[member].summary.final_view = 990 - (draw >> (40 + 4 * member)) % 12;
        }
    }
}

static void nothing_is_found_before_patience_ends(void **state)
{
    struct group *group = *state;
    for (uint32_t i = 0; i < 100; i++) {
        group->time_us += 1;
        group->members[1].summary.gap_view = i % 2 == 0 ? 9 : 11;
        assert_false(fuzz_oracle_look(group->oracle, group->time_us, i, group->members));
    }
}

static void a_report_fits_any_buffer(void **state)
{
    struct group *group = *state;
    char text[40];
    while (!look(group)) {
        views_pass(group);
    }
    for (size_t size = 1; size < sizeof text; size++) {
        memset(text, 'x', sizeof text);
        assert_true(fuzz_oracle_report(group->oracle, text, size) < size);
        assert_non_null(memchr(text, '\0', size));
        assert_int_equal(text[size], 'x');
    }
}

static void misuse_is_asserted(void **state)
{
    struct group *group = *state;
    struct fuzz_oracle_config config = {0, 6, VISITS, 1};
    expect_assert_failure((void)fuzz_oracle_new(&config));
    config.member_count = FUZZ_ORACLE_MEMBERS_MAX + 1;
    expect_assert_failure((void)fuzz_oracle_new(&config));
    config.member_count = 1;
    config.visits_max = 1;
    expect_assert_failure((void)fuzz_oracle_new(&config));
    expect_assert_failure((void)fuzz_oracle_loop_size(group->oracle));
}

#define ORACLE_TEST(name) cmocka_unit_test_setup_teardown(name, group_make, group_free)

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        ORACLE_TEST(views_given_up_for_ever_are_a_loop),
        ORACLE_TEST(going_to_and_fro_is_a_loop),
        ORACLE_TEST(standing_still_with_messages_is_a_loop_of_one),
        ORACLE_TEST(standing_still_in_silence_is_none),
        ORACLE_TEST(a_new_least_height_is_progress),
        ORACLE_TEST(execution_that_catches_up_is_progress),
        ORACLE_TEST(one_that_never_catches_up_is_a_loop),
        ORACLE_TEST(a_member_that_is_not_present_does_not_count),
        ORACLE_TEST(ever_new_situations_are_none),
        ORACLE_TEST(nothing_is_found_before_patience_ends),
        ORACLE_TEST(a_report_fits_any_buffer),
        ORACLE_TEST(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
