/*
 * tallyd.ini: what is written is what is set, and every mistake is refused with its line.
 */
#include <stdlib.h>
#include <string.h>

#include "netsim/engine/disk.h"
#include "node/config.h"
#include "tests/support/cmocka.h"

#define MINIMAL "[node]\ngenesis = g.tally\nchannel_key = c.key\n"

static struct config config;
static struct config_error error;

static bool parse(const char *text)
{
    return config_parse(text, strlen(text), "/etc/tally", &config, &error);
}

static void test_a_minimal_file_has_defaults(void **state)
{
    (void)state;
    assert_true(parse(MINIMAL));
    assert_string_equal(config.genesis, "/etc/tally/g.tally");
    assert_string_equal(config.data, "/etc/tally/data");
    assert_int_equal(config.validator, CONFIG_OBSERVER);
    assert_int_equal(config.workers, 1);
    assert_int_equal(config.clients_max, 256);
    assert_int_equal(config.handshakes_per_second, 20);
    assert_int_equal(config.journal_bytes, 64u << 20);
    assert_int_equal(config.segment_bytes, 256u << 20);
    assert_int_equal(config.checkpoint_bytes, 16u << 20);
    assert_true(config.keep_history);
    assert_true(config.read_model);
    assert_int_equal(config.log_level, LOG_NOTICE);
    assert_int_equal(config.log_format, LOG_LOGFMT);
    assert_string_equal(config.listen_address, "");
    assert_int_equal(config.peer_count, 0);
}

static void test_every_setting_is_taken(void **state)
{
    (void)state;
    assert_true(parse("# comment\n[node]\ngenesis=/abs/g\nvalidator = 3\ndata = d\n"
                      "signing_key = s.key\nchannel_key = c.key\npassphrase_file = p\n"
                      "workers = 4\n; comment\n\n[listen]\naddress = 0.0.0.0:7100\n"
                      "clients_max = 10\nhandshakes_per_second = 5\n"
                      "[peer]\n0 = 10.0.0.1:7100\n127 = node.example:7101\n"
                      "[storage]\njournal_bytes = 1048576\nsegment_bytes = 2097152\n"
                      "keep_history = no\ncheckpoint_bytes = 65536\nread_model = no\n"
                      "[log]\nlevel = debug\nformat = json\n"));
    assert_string_equal(config.genesis, "/abs/g");
    assert_int_equal(config.validator, 3);
    assert_string_equal(config.data, "/etc/tally/d");
    assert_string_equal(config.signing_key, "/etc/tally/s.key");
    assert_string_equal(config.passphrase_file, "/etc/tally/p");
    assert_int_equal(config.workers, 4);
    assert_string_equal(config.listen_address, "0.0.0.0:7100");
    assert_int_equal(config.clients_max, 10);
    assert_int_equal(config.handshakes_per_second, 5);
    assert_int_equal(config.peer_count, 2);
    assert_int_equal(config.peers[1].validator, 127);
    assert_string_equal(config.peers[1].address, "node.example:7101");
    assert_int_equal(config.journal_bytes, 1048576);
    assert_int_equal(config.segment_bytes, 2097152);
    assert_int_equal(config.checkpoint_bytes, 65536);
    assert_false(config.keep_history);
    assert_false(config.read_model);
    assert_int_equal(config.log_level, LOG_DEBUG);
    assert_int_equal(config.log_format, LOG_JSON);
}

static void test_every_mistake_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        const char *says;
    } mistakes[] = {
        {"", 0, "genesis"},
        {"[node]\ngenesis = g\n", 0, "channel_key"},
        {MINIMAL "validator = 0\n", 0, "signing_key"},
        {MINIMAL "speed = 3\n", 4, "unknown setting"},
        {MINIMAL "genesis = h\n", 4, "twice"},
        {MINIMAL "[fast]\nspeed = 3\n", 5, "unknown section"},
        {"speed = 3\n", 1, "unknown section"},
        {MINIMAL "workers = 0\n", 4, "range"},
        {MINIMAL "workers = 65\n", 4, "range"},
        {MINIMAL "workers = -1\n", 4, "range"},
        {MINIMAL "workers = 01\n", 4, "range"},
        {MINIMAL "workers = 1x\n", 4, "range"},
        {MINIMAL "workers =\n", 4, "range"},
        {MINIMAL "workers = 18446744073709551617\n", 4, "range"},
        {MINIMAL "validator = 128\n", 4, "observer"},
        {MINIMAL "validator = me\n", 4, "observer"},
        {MINIMAL "data =\n", 4, "path"},
        {MINIMAL "this is not a setting\n", 4, "neither"},
        {MINIMAL "[listen\naddress = a:1\n", 4, "neither"},
        {MINIMAL "[listen]\naddress = nowhere\n", 5, "host:port"},
        {MINIMAL "[listen]\naddress = a:65536\n", 5, "host:port"},
        {MINIMAL "[listen]\naddress = :7100\n", 5, "host:port"},
        {MINIMAL "[listen]\naddress = a b:7100\n", 5, "host:port"},
        {MINIMAL "[peer]\n1 = a:1\n1 = b:1\n", 6, "twice"},
        {MINIMAL "[peer]\nbob = a:1\n", 5, "index"},
        {MINIMAL "[peer]\n128 = a:1\n", 5, "index"},
        {MINIMAL "[peer]\n1 = a\n", 5, "host:port"},
        {MINIMAL "[storage]\njournal_bytes = 1000\n", 5, "range"},
        {MINIMAL "[storage]\nread_model = true\n", 5, "yes or no"},
        {MINIMAL "[log]\nlevel = loud\n", 5, "debug"},
        {MINIMAL "[log]\nformat = xml\n", 5, "json"},
    };
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        assert_false(parse(mistakes[i].text));
        if (error.line != mistakes[i].line || strstr(error.text, mistakes[i].says) == NULL) {
            fail_msg("case %zu: line %u, \"%s\"", i, error.line, error.text);
        }
        assert_null(strchr(error.text, '\n'));
    }
}

static void test_a_zero_byte_and_a_long_line_are_refused(void **state)
{
    (void)state;
    static const char zero[] = MINIMAL "workers = 2\0\n";
    assert_false(config_parse(zero, sizeof(zero) - 1, "/etc", &config, &error));
    char text[2000];
    memset(text, 'x', sizeof(text));
    memcpy(text, MINIMAL, strlen(MINIMAL));
    text[sizeof(text) - 1] = '\n';
    assert_false(config_parse(text, sizeof(text), "/etc", &config, &error));
    assert_non_null(strstr(error.text, "too long"));
}

static void test_loading_names_the_file_that_is_missing(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    const struct file_system *system = disk_system(disk);
    assert_false(config_load(system, "etc/tallyd.ini", &config, &error));
    assert_non_null(strstr(error.text, "etc/tallyd.ini"));
    disk_put(disk, "etc/tallyd.ini", MINIMAL, strlen(MINIMAL));
    assert_true(config_load(system, "etc/tallyd.ini", &config, &error));
    assert_string_equal(config.genesis, "etc/g.tally");
    disk_put(disk, "tallyd.ini", MINIMAL, strlen(MINIMAL));
    assert_true(config_load(system, "tallyd.ini", &config, &error));
    assert_string_equal(config.genesis, "g.tally");
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_minimal_file_has_defaults),
        cmocka_unit_test(test_every_setting_is_taken),
        cmocka_unit_test(test_every_mistake_is_refused_with_its_line),
        cmocka_unit_test(test_a_zero_byte_and_a_long_line_are_refused),
        cmocka_unit_test(test_loading_names_the_file_that_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
