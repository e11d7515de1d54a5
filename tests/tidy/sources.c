/*
 * The rules about the inside of C files: banned names, lengths, comments in headers.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tidy/rules.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Names that have no harmless meaning. */
static const char *const banned_always[] = {"malloc", "calloc", "realloc",   "qsort",
                                            "float",  "double", "setlocale", "alloca"};
/* Names that are banned as calls; as a member or a variable they are plain words. */
static const char *const banned_calls[] = {
    "free",      "time",      "clock",   "clock_gettime", "gettimeofday", "localtime", "gmtime",
    "rand",      "random",    "srand",   "getrandom",     "printf",       "fprintf",   "sprintf",
    "snprintf",  "vsnprintf", "vprintf", "puts",          "fputs",        "fopen",     "open",
    "read",      "write",     "close",   "socket",        "getenv",       "system",    "sleep",
    "nanosleep", "strtod",    "atof",    "strerror",      "exit",         "strdup",
};

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) != 0 || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || isdigit((unsigned char)c) != 0;
}

static bool name_is(const char *name, size_t size, const char *wanted)
{
    return strlen(wanted) == size && memcmp(name, wanted, size) == 0;
}

/* Tells whether the name at [at, end) is called: a parenthesis behind, no member access. */
static bool is_call(const char *code, size_t at, size_t end)
{
    size_t behind = end + strspn(code + end, " \t\n");
    bool is_member = at > 0 && (code[at - 1] == '.' || (at > 1 && code[at - 2] == '-'));
    return code[behind] == '(' && !is_member;
}

static bool is_banned(const char *code, size_t at, size_t end)
{
    const char *name = code + at;
    size_t size = end - at;
    for (size_t i = 0; i < LENGTH(banned_always); i++) {
        if (name_is(name, size, banned_always[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < LENGTH(banned_calls); i++) {
        if (name_is(name, size, banned_calls[i]) && is_call(code, at, end)) {
            return true;
        }
    }
    return size > 8 && strncmp(name, "pthread_", 8) == 0;
}

static void check_names(const struct tidy_file *file, struct tidy_report *report)
{
    const char *code = file->code;
    for (size_t at = 0; at < file->size;) {
        if (code[at] == '#' && strncmp(code + at, "#include", 8) == 0) {
            at += strcspn(code + at, "\n");
        } else if (is_name(code[at])) {
            size_t end = at + 1;
            while (is_name(code[end])) {
                end++;
            }
            if (is_name_start(code[at]) && is_banned(code, at, end)) {
                tidy_problem(report, file, tidy_line_of(file, at),
                             "'%.*s' has no place in a pure folder", (int)(end - at), code + at);
            }
            at = end;
        } else {
            at++;
        }
    }
}

void tidy_check_banned_names(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        bool exempt = strcmp(file->path, "base/assert.c") == 0 || /* the process's last words */
                      strcmp(file->path, "base/mutant.c") == 0;   /* empty in ordinary builds */
        if (file->code != NULL && tidy_is_pure(file->path) && !exempt) {
            check_names(file, report);
        }
    }
}

/* Tells whether a brace opens a function: the last thing before it is a parameter list. */
static bool opens_function(const char *plain, size_t at)
{
    while (at > 0 && isspace((unsigned char)plain[at - 1]) != 0) {
        at--;
    }
    return at > 0 && plain[at - 1] == ')';
}

/* The list of tests in a test program's main has as many lines as there are tests. */
static bool is_test_main(const struct tidy_file *file, size_t opening)
{
    const char *heading = "int main(";
    size_t size = strlen(heading);
    size_t at = opening;
    while (at > 0 && file->plain[at - 1] != ';' && file->plain[at - 1] != '}') {
        at--;
    }
    at += strspn(file->plain + at, " \t\n");
    return strncmp(file->plain + at, heading, size) == 0 && tidy_path_below(file->path, "tests");
}

static void check_functions(const struct tidy_file *file, struct tidy_report *report)
{
    unsigned depth = 0;
    size_t opening = 0;
    bool in_function = false;
    for (size_t at = 0; at < file->size; at++) {
        if (file->plain[at] == '{') {
            if (depth == 0) {
                in_function = opens_function(file->plain, at);
                opening = at;
            }
            depth++;
        } else if (file->plain[at] == '}' && depth > 0) {
            depth--;
            unsigned first = tidy_line_of(file, opening);
            unsigned lines = tidy_line_of(file, at) - first + 1;
            if (depth == 0 && in_function && lines > TIDY_FUNCTION_LINES_MAX &&
                !is_test_main(file, opening)) {
                tidy_problem(report, file, first, "this function has %u lines", lines);
            }
        }
    }
}

void tidy_check_function_length(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->files[i].plain != NULL) {
            check_functions(&tree->files[i], report);
        }
    }
}

/* Columns of a line: characters, not the bytes that UTF-8 takes for them. */
static unsigned column_count(const char *line, size_t size)
{
    unsigned columns = 0;
    for (size_t i = 0; i < size; i++) {
        columns += ((unsigned char)line[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    return columns;
}

void tidy_check_line_length(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        unsigned number = 0;
        for (const char *line = file->text; file->code != NULL && *line != '\0';) {
            size_t size = strcspn(line, "\n");
            number++;
            if (column_count(line, size) > TIDY_LINE_COLUMNS_MAX) {
                tidy_problem(report, file, number, "this line has %u columns",
                             column_count(line, size));
            }
            line += size + (line[size] == '\n' ? 1 : 0);
        }
    }
}

void tidy_check_file_length(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        unsigned lines = tidy_line_of(file, file->size) - 1;
        if (file->code != NULL && lines > TIDY_FILE_LINES_MAX) {
            tidy_problem(report, file, lines, "this file has %u lines", lines);
        }
    }
}

/* Tells whether a comment ends on the lines right above an offset, with no blank line between. */
static bool has_comment_above(const struct tidy_file *file, size_t declaration)
{
    size_t line = declaration;
    while (line > 0 && file->text[line - 1] != '\n') {
        line--;
    }
    while (line > 0) {
        size_t previous = line - 1;
        while (previous > 0 && file->text[previous - 1] != '\n') {
            previous--;
        }
        size_t size = line - 1 - previous;
        size_t indent = strspn(file->text + previous, " \t");
        if (indent >= size) {
            return false;
        }
        if (size >= 2 && strncmp(file->text + line - 3, "*/", 2) == 0) {
            return true;
        }
        if (strncmp(file->text + previous + indent, "//", 2) == 0) {
            return true;
        }
        line = previous;
    }
    return false;
}

/* Checks one statement at file scope, from its first character to its semicolon or brace. */
static void check_declaration(const struct tidy_file *file, size_t from, size_t to,
                              struct tidy_report *report)
{
    from += strspn(file->plain + from, " \t\n");
    const char *text = file->plain + from;
    bool is_function = from < to && memchr(text, '(', to - from) != NULL;
    /* STATUS_DECLARE and its like are documented where they are defined. */
    bool is_macro =
        isupper((unsigned char)text[0]) != 0 && strncmp(text, "TALLY_MUST_CHECK", 16) != 0;
    bool is_other = is_macro || strncmp(text, "typedef", 7) == 0 ||
                    strncmp(text, "_Static_assert", 14) == 0 ||
                    strncmp(text, "__extension__", 13) == 0;
    if (is_function && !is_other && !has_comment_above(file, from)) {
        tidy_problem(report, file, tidy_line_of(file, from), "no comment says what this is for");
    }
}

static void check_header(const struct tidy_file *file, struct tidy_report *report)
{
    unsigned depth = 0;
    size_t start = 0;
    for (size_t at = 0; at < file->size; at++) {
        char c = file->plain[at];
        if (depth == 0 && (c == ';' || c == '{')) {
            check_declaration(file, start, at, report);
        }
        if (c == '{') {
            depth++;
        } else if (c == '}' && depth > 0) {
            depth--;
        }
        if (depth == 0 && (c == ';' || c == '}')) {
            start = at + 1;
        }
    }
}

void tidy_check_header_comments(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->files[i].plain != NULL && tidy_path_ends(tree->files[i].path, ".h")) {
            check_header(&tree->files[i], report);
        }
    }
}

void tidy_check_header_guards(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        if (!tidy_path_ends(file->path, ".h")) {
            continue;
        }
        char wanted[300] = "#ifndef TALLY_";
        size_t size = strlen(wanted);
        for (const char *c = file->path; *c != '\0' && size + 2 < sizeof(wanted); c++) {
            wanted[size++] = is_name(*c) ? (char)toupper((unsigned char)*c) : '_';
        }
        wanted[size] = '\0';
        if (strstr(file->code, wanted) == NULL) {
            tidy_problem(report, file, 1, "the guard should be %s", wanted + strlen("#ifndef "));
        }
    }
}
