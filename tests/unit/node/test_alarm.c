/*
 * Goal: an alarm stays visible until its cause is gone, and its number means one thing.
 */
#include "node/alarm.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "node/log.h"
#include "tests/support/cmocka.h"

static void raised_until_cleared(void **state)
{
    (void)state;
    struct alarm_board *board = alarm_board_new();
    struct alarm alarms[ALARM_CODE_MAX];
    assert_int_equal(alarm_list(board, alarms), 0);
    alarm_raise(board, ALARM_DISK_FULL, "/data");
    assert_int_equal(alarm_list(board, alarms), 1);
    assert_int_equal(alarms[0].code, ALARM_DISK_FULL);
    alarm_clear(board, ALARM_DISK_FULL);
    assert_int_equal(alarm_list(board, alarms), 0);
    alarm_clear(board, ALARM_DISK_FULL);
    assert_int_equal(alarm_list(board, alarms), 0);
    alarm_board_free(board);
}

static void raised_again_keeps_its_beginning(void **state)
{
    (void)state;
    struct alarm_board *board = alarm_board_new();
    struct alarm alarms[ALARM_CODE_MAX];
    alarm_raise(board, ALARM_NOTHING_FINAL, "height 7");
    assert_int_equal(alarm_list(board, alarms), 1);
    uint64_t since = alarms[0].since_utc_ms;
    alarm_raise(board, ALARM_NOTHING_FINAL, "height 8");
    assert_int_equal(alarm_list(board, alarms), 1);
    assert_int_equal(alarms[0].since_utc_ms, since);
    assert_int_equal(alarms[0].raise_count, 2);
    assert_string_equal(alarms[0].detail, "height 8");
    alarm_board_free(board);
}

static void listed_by_number(void **state)
{
    (void)state;
    struct alarm_board *board = alarm_board_new();
    struct alarm alarms[ALARM_CODE_MAX];
    alarm_raise(board, ALARM_HALTED, "");
    alarm_raise(board, ALARM_JOURNAL_LOST, "");
    alarm_raise(board, ALARM_EVIDENCE, "");
    assert_int_equal(alarm_list(board, alarms), 3);
    assert_int_equal(alarms[0].code, ALARM_JOURNAL_LOST);
    assert_int_equal(alarms[1].code, ALARM_EVIDENCE);
    assert_int_equal(alarms[2].code, ALARM_HALTED);
    alarm_board_free(board);
}

/* Every number up to the highest is taken, has words, and says what to do. */
static void every_number_has_words(void **state)
{
    (void)state;
    for (unsigned code = 1; code <= ALARM_CODE_MAX; code++) {
        assert_string_not_equal(alarm_name((enum alarm_code)code), "UNKNOWN");
        assert_true(strlen(alarm_text((enum alarm_code)code)) > 10);
        assert_true(strlen(alarm_hint((enum alarm_code)code)) > 10);
    }
    assert_string_equal(alarm_name((enum alarm_code)(ALARM_CODE_MAX + 1)), "UNKNOWN");
}

static void long_details_are_cut(void **state)
{
    (void)state;
    char detail[2 * ALARM_DETAIL_SIZE];
    struct alarm_board *board = alarm_board_new();
    struct alarm alarms[ALARM_CODE_MAX];
    memset(detail, 'x', sizeof detail);
    detail[sizeof detail - 1] = '\0';
    alarm_raise(board, ALARM_CONSENSUS, detail);
    assert_int_equal(alarm_list(board, alarms), 1);
    assert_int_equal(strlen(alarms[0].detail), ALARM_DETAIL_SIZE - 1);
    alarm_board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raised_until_cleared), cmocka_unit_test(raised_again_keeps_its_beginning),
        cmocka_unit_test(listed_by_number),     cmocka_unit_test(every_number_has_words),
        cmocka_unit_test(long_details_are_cut),
    };
    log_output(open("/dev/null", O_WRONLY));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
