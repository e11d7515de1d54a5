/*
 * rules.h: what must be true of the whole source tree.
 *
 * A rule looks at a tree and reports each place that breaks it, with path and line. The rules are
 * the written conventions of docs/hacking.md; a compiler does not know them, and a reviewer
 * forgets.
 */
#ifndef TALLY_TESTS_TIDY_RULES_H
#define TALLY_TESTS_TIDY_RULES_H

#include "tests/tidy/tree.h"

#define TIDY_FUNCTION_LINES_MAX 70
#define TIDY_LINE_COLUMNS_MAX   100
#define TIDY_FILE_LINES_MAX     900

/* Every rule: its function's name, and what it demands. */
#define TIDY_RULE_LIST(X)                                                                          \
    X(include_arrows, "a folder includes only what the architecture lets it")                      \
    X(include_paths, "an include is relative to the root, and the file exists")                    \
    X(system_headers, "a pure folder includes no header that reaches the world")                   \
    X(banned_names, "a pure folder allocates nothing, asks nothing, prints nothing, has no float") \
    X(function_length, "a function has at most 70 lines")                                          \
    X(line_length, "a line has at most 100 columns")                                               \
    X(file_length, "a file has at most 900 lines")                                                 \
    X(header_comments, "a comment stands before every function in a header")                       \
    X(header_guards, "a header has the guard TALLY_<PATH>_H")                                      \
    X(dead_files, "every source is built and every header included")                               \
    X(leftover_words, "nothing is left to do")                                                     \
    X(document_links, "a relative link in a document leads to a file")                             \
    X(folder_readmes, "a folder of code has a README.md")

/* Where problems go: count them, and print them unless out is NULL. */
struct tidy_report {
    unsigned count;
    const char *path; /* of the last problem; borrowed from the tree */
    unsigned line;
    char text[200];
    bool silent;
};

/* Checks one rule, tidy_check_<name>, over a tree; adds problems to the report. */
#define TIDY_RULE_DECLARE(name, demand) \
    void tidy_check_##name(const struct tidy_tree *tree, struct tidy_report *report);
TIDY_RULE_LIST(TIDY_RULE_DECLARE)

/* Reports a problem. The format is printf's. */
__attribute__((format(printf, 4, 5))) void tidy_problem(struct tidy_report *report,
                                                        const struct tidy_file *file, unsigned line,
                                                        const char *format, ...);

#endif
