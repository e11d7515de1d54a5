/*
 * Log lines: one fact a line, whatever a peer puts into a field; and no flood from one place.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "node/log.h"
#include "tests/support/cmocka.h"

static int ends[2];
static char text[16384];

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    log_output(ends[1]);
    log_setup(LOG_INFO, LOG_LOGFMT);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_output(STDERR_FILENO);
    log_setup(LOG_NOTICE, LOG_LOGFMT);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

/* What was written since the last call, without its time stamps' digits being known. */
static const char *written(void)
{
    ssize_t size = read(ends[0], text, sizeof(text) - 1);
    text[size < 0 ? 0 : size] = '\0';
    return text;
}

static size_t lines_in(const char *lines)
{
    size_t count = 0;
    for (; *lines != '\0'; lines++) {
        count += *lines == '\n' ? 1 : 0;
    }
    return count;
}

static void test_a_line_in_logfmt(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x0a, 0xff};
    LOG(LOG_WARNING, "peer refused", log_text("address", "10.0.0.7:7100"), log_u64("count", 3),
        log_hex("id", bytes, sizeof(bytes)), log_text("why", "no key"));
    const char *line = written();
    assert_int_equal(line[4], '-');
    assert_int_equal(line[23], 'Z');
    assert_string_equal(line + 24, " level=warning msg=\"peer refused\" address=10.0.0.7:7100"
                                   " count=3 id=0aff why=\"no key\"\n");
    LOG(LOG_ERROR, "stopped");
    assert_string_equal(written() + 24, " level=error msg=\"stopped\"\n");
}

static void test_a_line_in_json(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_JSON);
    LOG(LOG_INFO, "up", log_text("peer", "a\"b"), log_u64("count", UINT64_MAX));
    const char *line = written();
    assert_non_null(strstr(line, "{\"time\":\"20"));
    assert_non_null(strstr(line, "\",\"level\":\"info\",\"msg\":\"up\",\"peer\":\"a\\\"b\","
                                 "\"count\":18446744073709551615}\n"));
}

static void test_no_field_can_forge_a_line(void **state)
{
    (void)state;
    LOG(LOG_INFO, "said", log_text("name", "x\nlevel=error msg=\"fire\" \x1b[31m\xff\\"));
    const char *line = written();
    assert_int_equal(lines_in(line), 1);
    assert_non_null(strstr(line, "name=\"x\\u000alevel=error msg=\\\"fire\\\" \\u001b[31m\\u00ff"
                                 "\\\\\"\n"));
    LOG(LOG_INFO, "said", log_text("name", ""), log_text("other", "a=b"));
    assert_non_null(strstr(written(), "name=\"\" other=\"a=b\"\n"));
}

static void test_a_long_field_is_left_out_visibly(void **state)
{
    (void)state;
    char *endless = malloc(5000);
    assert_non_null(endless);
    memset(endless, 'y', 4999);
    endless[4999] = '\0';
    for (int format = LOG_LOGFMT; format <= LOG_JSON; format++) {
        log_setup(LOG_INFO, (enum log_format)format);
        LOG(LOG_INFO, "said", log_u64("kept", 1), log_text("name", endless), log_u64("gone", 2));
        const char *line = written();
        assert_int_equal(lines_in(line), 1);
        assert_non_null(
            strstr(line, format == LOG_JSON ? "\"kept\":1,\"cut\":true}\n" : "kept=1 ...\n"));
        LOG(LOG_INFO, endless);
        line = written();
        assert_int_equal(lines_in(line), 1);
        assert_true(strlen(line) <= LOG_LINE_SIZE_MAX);
    }
    free(endless);
}

static void test_levels(void **state)
{
    (void)state;
    enum log_level level = LOG_ERROR;
    LOG(LOG_DEBUG, "quiet");
    assert_string_equal(written(), "");
    assert_false(log_enabled(LOG_DEBUG));
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_false(log_level_parse("Debug", &level));
    assert_false(log_level_parse("", &level));
    assert_string_equal(log_level_name(LOG_NOTICE), "notice");
}

static void test_a_flood_is_counted_instead_of_written(void **state)
{
    (void)state;
    struct log_limit limit = {0};
    size_t passed = 0;
    for (int i = 0; i < 100; i++) {
        passed += log_limit_pass(&limit, LOG_WARNING, "bad frame", 5, 50) ? 1 : 0;
    }
    assert_int_equal(passed, 5);
    assert_string_equal(written(), "");
    clock_sleep_ms(60);
    assert_true(log_limit_pass(&limit, LOG_WARNING, "bad frame", 5, 50));
    assert_non_null(strstr(written(), "msg=\"lines left out\" place=\"bad frame\" count=95\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_line_in_logfmt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_line_in_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_field_can_forge_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_long_field_is_left_out_visibly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_levels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_flood_is_counted_instead_of_written, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
