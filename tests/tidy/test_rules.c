/*
 * Goal: each tidy rule sees a violation planted in a small tree, at the right place, and is silent
 * about what only resembles one.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cmocka.h"
#include "tests/tidy/rules.h"

typedef void tidy_check(const struct tidy_tree *tree, struct tidy_report *report);

static char root[64];
static struct tidy_report report;

static int make_root(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/tally-tidy-XXXXXX");
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file below the root, with the folders that lead to it. */
static void plant(const char *path, const char *text)
{
    char full[256];
    int size = snprintf(full, sizeof(full), "%s/%s", root, path);
    assert_in_range(size, 1, sizeof(full) - 1);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* Runs a rule over what was planted and returns the number of problems. */
static unsigned problems(tidy_check *check)
{
    struct tidy_tree tree;
    tidy_tree_load(&tree, root);
    report = (struct tidy_report){.silent = true};
    check(&tree, &report);
    tidy_tree_free(&tree);
    return report.count;
}

/* Plants a file, runs a rule, takes the file away again. */
static unsigned problems_with(tidy_check *check, const char *path, const char *text)
{
    plant(path, text);
    unsigned count = problems(check);
    char full[256];
    (void)snprintf(full, sizeof(full), "%s/%s", root, path);
    assert_int_equal(unlink(full), 0);
    return count;
}

static void arrows_point_down_only(void **state)
{
    (void)state;
    const struct {
        const char *path;
        const char *header;
        unsigned count;
    } cases[] = {
        {"base/a.c", "base/b.h", 0},
        {"base/a.c", "crypto/b.h", 1},
        {"crypto/a.c", "base/b.h", 0},
        {"consensus/a.c", "ledger/b.h", 1},
        {"ledger/a.c", "consensus/b.h", 1},
        {"ledger/a.h", "consensus/b.h", 1},
        {"client/a.c", "ledger/b.h", 0},
        {"client/a.c", "consensus/step.h", 1},
        {"client/a.c", "host/b.h", 1},
        {"host/a.c", "crypto/b.h", 0},
        {"host/a.c", "client/b.h", 1},
        {"node/replica/a.c", "ledger/ledger.h", 0},
        {"node/replica/a.c", "client/genesis.h", 0},
        {"node/replica/a.c", "client/request.h", 1},
        {"node/replica/a.c", "host/b.h", 1},
        {"node/replica/a.c", "node/b.h", 1},
        {"node/a.c", "node/replica/b.h", 0},
        {"node/a.c", "cli/b.h", 1},
        {"cli/a.c", "ledger/command.h", 0},
        {"cli/a.c", "ledger/ledger.h", 1},
        {"cli/a.c", "consensus/step.h", 1},
        {"cli/a.c", "node/b.h", 1},
        {"cli/a.c", "tests/support/b.h", 1},
        {"tests/unit/a.c", "node/b.h", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        (void)snprintf(text, sizeof(text), "\n#include \"%s\"\n", cases[i].header);
        assert_int_equal(problems_with(tidy_check_include_arrows, cases[i].path, text),
                         cases[i].count);
        assert_true(cases[i].count == 0 || report.line == 2);
    }
}

static void includes_lead_to_files_from_the_root(void **state)
{
    (void)state;
    plant("base/b.h", "");
    tidy_check *check = tidy_check_include_paths;
    assert_int_equal(problems_with(check, "base/a.c", "#include \"base/b.h\"\n"), 0);
    assert_int_equal(problems_with(check, "base/a.c", "#include <nowhere.h>\n"), 0);
    assert_int_equal(problems_with(check, "base/a.c", "/* #include \"x.h\" */\n"), 0);
    assert_int_equal(problems_with(check, "base/a.c", "#include \"b.h\"\n"), 1);
    assert_int_equal(problems_with(check, "base/a.c", "# define A\n#include \"../b.h\"\n"), 1);
    assert_int_equal(report.line, 2);
}

static void pure_folders_see_no_world(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_system_headers;
    assert_int_equal(problems_with(check, "ledger/a.c", "#include <string.h>\n"), 0);
    assert_int_equal(problems_with(check, "host/a.c", "#include <stdio.h>\n"), 0);
    assert_int_equal(problems_with(check, "crypto/a.c", "#include <sodium.h>\n"), 0);
    assert_int_equal(problems_with(check, "node/a.c", "#include <pthread.h>\n"), 0);
    const char *const pure[] = {"base/a.c", "crypto/a.h", "consensus/a.c", "ledger/a.c",
                                "node/replica/a.c"};
    for (size_t i = 0; i < sizeof(pure) / sizeof(pure[0]); i++) {
        assert_int_equal(problems_with(check, pure[i], "#include <stdio.h>\n"), 1);
        assert_int_equal(problems_with(check, pure[i], "#include <time.h>\n"), 1);
    }
    assert_int_equal(problems_with(check, "ledger/a.c", "#include <sodium.h>\n"), 1);
}

static void banned_names_are_found_in_code_only(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_banned_names;
    const char *const bad[] = {
        "int f(void) { return malloc(3) != 0; }\n",
        "void *(*g)(unsigned long) = malloc;\n",
        "#define GET(n) calloc(n, 1)\n",
        "void f(void *p) { free (p); }\n",
        "long f(void) { return time(0); }\n",
        "void f(void) { printf(\"x\"); }\n",
        "void f(char *b) { snprintf(b, 1, \"x\"); }\n",
        "double f(void);\n",
        "static float ratio;\n",
        "void f(void) { pthread_mutex_lock(0); }\n",
        "void f(void) { qsort(0, 0, 0, 0); }\n",
        "char *f(void) { return getenv(\"HOME\"); }\n",
        "int f(void) { return rand(); }\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(problems_with(check, "ledger/a.c", bad[i]), 1);
        assert_int_equal(problems_with(check, "node/replica/a.h", bad[i]), 1);
        assert_int_equal(problems_with(check, "node/a.c", bad[i]), 0);
        assert_int_equal(problems_with(check, "base/assert.c", bad[i]), 0);
    }
    const char *const good[] = {
        "/* malloc(3) and time(0) */\n",
        "// double trouble\n",
        "static const char text[] = \"printf(\\\"free(p)\\\")\";\n",
        "struct pool { int free; long time; };\n",
        "int f(struct pool *p) { return p->free + p->time (0); }\n",
        "int f(struct pool p) { return p.open(1); }\n",
        "int my_malloc(int random);\n",
        "int doubled; int float_count;\n",
        "char c = '\"'; int freed(int x); char d = '\"';\n",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(problems_with(check, "ledger/a.c", good[i]), 0);
    }
}

/* Writes a function of so many lines, braces included, behind a signature. */
static void write_function(char *text, size_t size, const char *signature, unsigned lines)
{
    size_t used = (size_t)snprintf(text, size, "%s\n{\n", signature);
    for (unsigned i = 2; i < lines; i++) {
        used += (size_t)snprintf(text + used, size - used, i % 9 != 0 ? "a();\n" : "/* { */\n");
    }
    (void)snprintf(text + used, size - used, "}\n");
}

static void long_functions_are_found(void **state)
{
    (void)state;
    static char text[4000];
    tidy_check *check = tidy_check_function_length;
    write_function(text, sizeof(text), "int f(void)", TIDY_FUNCTION_LINES_MAX);
    assert_int_equal(problems_with(check, "cli/a.c", text), 0);
    write_function(text, sizeof(text), "int f(void)", TIDY_FUNCTION_LINES_MAX + 1);
    assert_int_equal(problems_with(check, "cli/a.c", text), 1);
    assert_int_equal(report.line, 2);
    assert_int_equal(problems_with(check, "tests/unit/a.c", text), 1);
    write_function(text, sizeof(text), "struct s", TIDY_FUNCTION_LINES_MAX + 30);
    assert_int_equal(problems_with(check, "cli/a.c", text), 0);
    write_function(text, sizeof(text), "int main(void)", TIDY_FUNCTION_LINES_MAX + 1);
    assert_int_equal(problems_with(check, "tests/unit/a.c", text), 0);
    assert_int_equal(problems_with(check, "node/main.c", text), 1);
    write_function(text, sizeof(text), "#define BODY \\\n}\nint f(void)", 80);
    assert_int_equal(problems_with(check, "cli/a.c", text), 1);
}

static void long_lines_and_files_are_found(void **state)
{
    (void)state;
    static char text[4000];
    memset(text, 'x', 100);
    (void)snprintf(text + 100, 3, "\n");
    assert_int_equal(problems_with(tidy_check_line_length, "cli/a.c", text), 0);
    (void)snprintf(text + 100, 3, "y\n");
    assert_int_equal(problems_with(tidy_check_line_length, "cli/a.c", text), 1);
    assert_int_equal(problems_with(tidy_check_line_length, "docs/a.md", text), 0);
    memcpy(text, "\xe2\x86\x92", 3); /* an arrow is one column, not three */
    assert_int_equal(problems_with(tidy_check_line_length, "cli/a.c", text), 0);

    memset(text, '\n', TIDY_FILE_LINES_MAX);
    text[TIDY_FILE_LINES_MAX] = '\0';
    assert_int_equal(problems_with(tidy_check_file_length, "cli/a.c", text), 0);
    text[TIDY_FILE_LINES_MAX] = '\n';
    text[TIDY_FILE_LINES_MAX + 1] = '\0';
    assert_int_equal(problems_with(tidy_check_file_length, "cli/a.c", text), 1);
}

static void headers_explain_their_functions(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_header_comments;
    const char *const good[] = {
        "/* Says a. */\nint a(void);\n",
        "/*\n * Says a.\n */\nint a(void);\n",
        "// Says a.\nint a(void);\n",
        "/* Both. */\nint a(void);\nint b(int x,\n      int y);\n",
        "/* Adds. */\nstatic inline int a(void)\n{\n    return f(1);\n}\n",
        "struct a { int b; };\nextern int c;\ntypedef int d(void);\n#define E(x) f(x)\n",
        "STATUS_DECLARE(a, LIST);\n_Static_assert(sizeof(int) == 4, \"\");\n",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(problems_with(check, "base/a.h", good[i]), 0);
    }
    const char *const bad[] = {
        "int a(void);\n",
        "/* Says a. */\n\nint a(void);\n",
        "/* Says a. */\nint a(void);\n\nint b(void);\n",
        "struct s { int x; };\nint a(void);\n",
        "TALLY_MUST_CHECK int a(void);\n",
        "static inline int a(void)\n{\n    /* inside */\n    return 1;\n}\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(problems_with(check, "base/a.h", bad[i]), 1);
        assert_int_equal(problems_with(check, "base/a.c", bad[i]), 0);
    }
}

static void headers_have_their_guard(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_header_guards;
    const char *right = "#ifndef TALLY_NODE_REPLICA_A_B_H\n";
    assert_int_equal(problems_with(check, "node/replica/a_b.h", right), 0);
    assert_int_equal(problems_with(check, "node/a_b.h", right), 1);
    assert_int_equal(problems_with(check, "node/replica/a_b.h", "#pragma once\n"), 1);
}

static void files_that_nobody_uses_are_found(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_dead_files;
    plant("base/a.h", "#include \"base/a.h\"\n");
    assert_int_equal(problems(check), 1);
    plant("base/a.c", "#include \"base/a.h\"\n");
    assert_int_equal(problems(check), 0);
    assert_int_equal(problems_with(check, "tests/unit/base/test_a.c", ""), 0);
    assert_int_equal(problems_with(check, "tests/old/test_a.c", ""), 1);
    assert_int_equal(problems_with(check, "attic/a.c", ""), 1);
    assert_int_equal(problems_with(check, "main.c", ""), 1);
    assert_int_equal(problems_with(check, "build/a.c", ""), 0);
    assert_int_equal(problems_with(check, "tests/fuzz/corpus/x/a.c", ""), 0);
}

static void leftover_words_are_found_anywhere(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_leftover_words;
    const char *const bad[] = {"/* TO"
                               "DO: later */",
                               "# FIX"
                               "ME",
                               "a st"
                               "ub for now",
                               "/* XX"
                               "X think */",
                               "// XX"
                               "X",
                               "# XX"
                               "X"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(problems_with(check, "cli/a.c", bad[i]), 1);
        assert_int_equal(problems_with(check, "docs/a.md", bad[i]), 1);
    }
    const char *const good[] = {"stubborn", "BANKDEFFXXX", "\"XXX\" is padding", "mastodont",
                                ("UN_TO"
                                 "DO_X")};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(problems_with(check, "cli/a.c", good[i]), 0);
    }
}

static void broken_links_are_found(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_document_links;
    plant("docs/b.md", "");
    plant("base/README.md", "");
    const char *const good[] = {"[b](b.md)",          "[b](b.md#part)", "[base](../base/)",
                                "[w](https://a.b)",   "[here](#part)",  "`[x](y)`",
                                "```\n[x](y)\n```\n", "a[1](2"};
    for (size_t i = 0; i + 1 < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(problems_with(check, "docs/a.md", good[i]), 0);
    }
    assert_int_equal(problems_with(check, "docs/a.md", "\n\n[c](c.md)\n"), 1);
    assert_int_equal(report.line, 3);
    assert_int_equal(problems_with(check, "docs/a.md", "[base](base/)"), 1);
    assert_int_equal(problems_with(check, "README.md", "[b](docs/b.md) [c](docs/c.md)"), 1);
    assert_int_equal(problems_with(check, "docs/a.txt", "[c](c.md)"), 0);
}

static void folders_without_a_readme_are_found(void **state)
{
    (void)state;
    tidy_check *check = tidy_check_folder_readmes;
    plant("node/a.c", "");
    plant("node/replica/a.c", "");
    plant("node/z.c", "");
    plant("node/README.md", "");
    assert_int_equal(problems(check), 1);
    plant("node/replica/README.md", "");
    assert_int_equal(problems(check), 0);
    assert_int_equal(problems_with(check, "cli/a.c", ""), 1);
    assert_int_equal(problems_with(check, "examples/a.c", ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arrows_point_down_only, make_root, remove_root),
        cmocka_unit_test_setup_teardown(includes_lead_to_files_from_the_root, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(pure_folders_see_no_world, make_root, remove_root),
        cmocka_unit_test_setup_teardown(banned_names_are_found_in_code_only, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(long_functions_are_found, make_root, remove_root),
        cmocka_unit_test_setup_teardown(long_lines_and_files_are_found, make_root, remove_root),
        cmocka_unit_test_setup_teardown(headers_explain_their_functions, make_root, remove_root),
        cmocka_unit_test_setup_teardown(headers_have_their_guard, make_root, remove_root),
        cmocka_unit_test_setup_teardown(files_that_nobody_uses_are_found, make_root, remove_root),
        cmocka_unit_test_setup_teardown(leftover_words_are_found_anywhere, make_root, remove_root),
        cmocka_unit_test_setup_teardown(broken_links_are_found, make_root, remove_root),
        cmocka_unit_test_setup_teardown(folders_without_a_readme_are_found, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
