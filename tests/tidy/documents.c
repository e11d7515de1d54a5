/*
 * The rules about text for people: leftover words, links, the README of each folder.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/tidy/rules.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

void tidy_problem(struct tidy_report *report, const struct tidy_file *file, unsigned line,
                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(report->text, sizeof(report->text), format, arguments);
    va_end(arguments);
    report->count++;
    report->path = file->path;
    report->line = line;
    if (!report->silent) {
        (void)fprintf(stderr, "%s:%u: %s\n", file->path, line, report->text);
    }
}

/* Spelt in two halves, so that this file does not break its own rule. */
static const char *const leftovers[] = {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "HA"
                                        "CK",
                                        "st"
                                        "ub",
                                        "ST"
                                        "UB"};

static bool is_word_at(const char *text, size_t at, const char *word)
{
    size_t size = strlen(word);
    bool starts = at == 0 || isalnum((unsigned char)text[at - 1]) == 0;
    return starts && strncmp(text + at, word, size) == 0 &&
           isalnum((unsigned char)text[at + size]) == 0 && text[at + size] != '_' &&
           (at == 0 || text[at - 1] != '_');
}

/* Three crosses also end the identifier of a bank's head office: only a remark is meant here. */
static bool is_crossed_remark(const char *text, size_t at)
{
    if (!is_word_at(text, at, "XXX")) {
        return false;
    }
    size_t before = at;
    while (before > 0 && text[before - 1] == ' ') {
        before--;
    }
    return before > 0 && strchr("*/#", text[before - 1]) != NULL;
}

void tidy_check_leftover_words(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        for (size_t at = 0; at < file->size; at++) {
            bool found = is_crossed_remark(file->text, at);
            for (size_t word = 0; word < LENGTH(leftovers) && !found; word++) {
                found = is_word_at(file->text, at, leftovers[word]);
            }
            if (found) {
                tidy_problem(report, file, tidy_line_of(file, at), "something is left to do here");
            }
        }
    }
}

static bool is_elsewhere(const char *target)
{
    return target[0] == '\0' || target[0] == '#' || strstr(target, "://") != NULL ||
           strncmp(target, "mailto:", 7) == 0;
}

/* Checks the target that begins at an offset, just behind the opening parenthesis. */
static void check_link(const struct tidy_tree *tree, const struct tidy_file *file, size_t at,
                       struct tidy_report *report)
{
    char target[200];
    size_t size = strcspn(file->text + at, ")# \n");
    if (size >= sizeof(target)) {
        return;
    }
    memcpy(target, file->text + at, size);
    target[size] = '\0';
    if (is_elsewhere(target)) {
        return;
    }
    const char *slash = strrchr(file->path, '/');
    int folder_size = slash != NULL ? (int)(slash - file->path) + 1 : 0;
    char path[800];
    struct stat status;
    (void)snprintf(path, sizeof(path), "%s/%.*s%s", tree->root, folder_size, file->path, target);
    if (stat(path, &status) != 0) {
        tidy_problem(report, file, tidy_line_of(file, at), "there is no %s", target);
    }
}

void tidy_check_document_links(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        bool in_code = false;
        for (size_t at = 0; tidy_path_ends(file->path, ".md") && at + 1 < file->size; at++) {
            in_code = file->text[at] == '`' ? !in_code : in_code;
            if (!in_code && file->text[at] == ']' && file->text[at + 1] == '(') {
                check_link(tree, file, at + 2, report);
            }
        }
    }
}

void tidy_check_folder_readmes(const struct tidy_tree *tree, struct tidy_report *report)
{
    const char *last = "";
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        const char *folder = tidy_folder_of(file->path);
        if (folder == NULL || file->code == NULL || strcmp(folder, last) == 0) {
            continue;
        }
        last = folder;
        char readme[100];
        (void)snprintf(readme, sizeof(readme), "%s/README.md", folder);
        if (tidy_tree_find(tree, readme) == NULL) {
            tidy_problem(report, file, 1, "the folder %s has no README.md", folder);
        }
    }
}
