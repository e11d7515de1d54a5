/*
 * Goal: the table of commands is sound, every option and argument is judged by it, and help,
 * reference and completion name every command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/failure.h"
#include "cli/verb.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void every_command_is_found_by_its_own_words(void **state)
{
    (void)state;
    const struct verb *verb;

    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        char name[64];
        char *words[2] = {name, NULL};
        char *space;
        int taken;
        assert_true(strlen(verb->name) < sizeof name);
        strcpy(name, verb->name);
        space = strchr(name, ' ');
        if (space != NULL) {
            *space = 0;
            words[1] = space + 1;
        }
        assert_ptr_equal(verb_find(space == NULL ? 1 : 2, words, &taken), verb);
        assert_int_equal(taken, space == NULL ? 1 : 2);
        assert_true(verb->arguments_min <= verb->arguments_max);
        assert_true((verb->arguments_max > 0) == (verb->arguments[0] != 0));
        assert_non_null(verb->run);
        assert_true(verb->summary[0] != 0);
    }
}

static void every_option_belongs_somewhere(void **state)
{
    (void)state;
    for (unsigned option = 0; option < OPTION_COUNT; option++) {
        const struct verb *verb;
        bool found = option_is_general((enum option_id)option);
        for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
            found = found || verb_takes(verb, (enum option_id)option);
        }
        if (!found) {
            fail_msg("no command takes --%s", option_name((enum option_id)option));
        }
    }
}

static enum exit_code run(const char *line)
{
    static struct cli cli;
    char copy[256];
    char *words[16];
    int count = 0;
    enum exit_code code;

    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
    memset(&cli, 0, sizeof cli);
    failure_mute(true);
    code = verb_main(&cli, count, words);
    failure_mute(false);
    return code;
}

static void wrong_command_lines_are_usage_errors(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "fly",
        "network",
        "network fly",
        "status",
        "status A B",
        "status A --quantity 1",
        "status A --unknown",
        "status A --timeout",
        "status A --timeout 0",
        "status A --timeout 1x",
        "status A --timeout -1",
        "status A --json --csv",
        "position SEC",
        "keygen /nonexistent/key --kind other",
        "keygen /nonexistent/key --kdf-cost free",
    };

    (void)unsetenv("TALLY_AS");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (run(lines[i]) != EXIT_USAGE) {
            fail_msg("accepted: %s", lines[i]);
        }
    }
}

static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    print(out);
    (void)fclose(out);
    return text;
}

static void help_names_every_command(void **state)
{
    (void)state;
    void (*const prints[])(FILE *) = {help_overview, help_reference, help_completion};

    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        char *text = printed(prints[i]);
        const struct verb *verb;
        for (unsigned j = 0; (verb = verb_at(j)) != NULL; j++) {
            assert_non_null(strstr(text, verb->name));
        }
        free(text);
    }
}

/* docs/cli.md ends with the reference as it is printed: `tally help reference` brings it up to
 * date. */
static void the_manual_is_up_to_date(void **state)
{
    (void)state;
    FILE *file = fopen("docs/cli.md", "r");
    char *text = printed(help_reference);
    char *manual;
    size_t size;

    if (file == NULL) {
        free(text);
        skip(); /* not run from the top of the tree */
    }
    manual = calloc(1, 1 << 20);
    assert_non_null(manual);
    size = fread(manual, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    assert_true(size > 0);
    assert_non_null(strstr(manual, text));
    free(manual);
    free(text);
}

static void exit_codes_are_stable(void **state)
{
    (void)state;
    assert_int_equal(EXIT_USAGE, 2);
    assert_int_equal(EXIT_UNKNOWN, 3);
    assert_int_equal(EXIT_MALFORMED, 4);
    assert_int_equal(EXIT_HOSTILE, 5);
    assert_int_equal(EXIT_KEY, 6);
    assert_int_equal(EXIT_EXPIRED, 7);
    assert_int_equal(EXIT_ALREADY, 8);
    assert_int_equal(EXIT_NODE_DOWN, 9);
    assert_int_equal(EXIT_NODE_LIES, 10);
    assert_int_equal(EXIT_REFUSED, 11);
    assert_int_equal(EXIT_TIMED_OUT, 12);
    assert_int_equal(EXIT_NOT_PROVED, 15);
    assert_int_equal(EXIT_STALE, 19);
    assert_string_equal(exit_code_name(EXIT_NODE_LIES), "node-lies");
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_found_by_its_own_words),
        cmocka_unit_test(every_option_belongs_somewhere),
        cmocka_unit_test(wrong_command_lines_are_usage_errors),
        cmocka_unit_test(help_names_every_command),
        cmocka_unit_test(the_manual_is_up_to_date),
        cmocka_unit_test(exit_codes_are_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
