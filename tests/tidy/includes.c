/*
 * The rules about #include: arrows, paths, system headers, headers that nobody includes.
 */
#include <stdio.h>
#include <string.h>

#include "tests/tidy/rules.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Who may include whom, besides itself. A name with a dot is one header, "!" excludes one. */
static const struct {
    const char *folder;
    const char *may[12];
} arrows[] = {
    {"base", {NULL}},
    {"crypto", {"base", NULL}},
    {"consensus", {"crypto", "base", NULL}},
    {"ledger", {"crypto", "base", NULL}},
    {"host", {"crypto", "base", NULL}},
    /* A genesis file is made into a ledger, so its reader may see the ledger's door too. */
    {"client", {"!consensus/step.h", "consensus", "ledger", "crypto", "base", NULL}},
    {"node/replica", {"client/genesis.h", "consensus", "ledger", "crypto", "base", NULL}},
    {"node", {"node/replica", "client", "host", "consensus", "ledger", "crypto", "base", NULL}},
    {"cli",
     {"!consensus/step.h", "!ledger/ledger.h", "client", "host", "consensus", "ledger", "crypto",
      "base", NULL}},
    {"netsim",
     {"node/replica", "node", "client", "host", "consensus", "ledger", "crypto", "base", NULL}},
};

/* What pure folders may use of the C library, and crypto of libsodium and the processor. */
static const char *const pure_headers[] = {"stdbool.h", "stddef.h", "stdint.h", "string.h",
                                           "limits.h"};

struct include {
    char path[200];
    bool is_system;
    size_t offset;
};

/* Finds the next #include at or behind *offset, and moves *offset behind it. */
static bool next_include(const struct tidy_file *file, size_t *offset, struct include *include)
{
    const char *found = NULL;
    while ((found = strstr(file->code + *offset, "#include")) != NULL) {
        size_t at = (size_t)(found - file->code) + strlen("#include");
        *offset = at;
        char opening = '\0';
        char closing = '\0';
        /* The path of a quoted include is blank in the code view, so it is read from the text. */
        if (sscanf(file->text + at, " %c%199[^\">\n]%c", &opening, include->path, &closing) == 3 &&
            ((opening == '"' && closing == '"') || (opening == '<' && closing == '>'))) {
            include->is_system = opening == '<';
            include->offset = at;
            return true;
        }
    }
    return false;
}

static bool arrow_allowed(const char *from, const char *header)
{
    const char *to = tidy_folder_of(header);
    if (to == NULL) {
        return false;
    }
    if (strcmp(from, to) == 0) {
        return true;
    }
    for (size_t i = 0; i < LENGTH(arrows); i++) {
        for (size_t j = 0; strcmp(arrows[i].folder, from) == 0 && arrows[i].may[j] != NULL; j++) {
            const char *may = arrows[i].may[j];
            if (may[0] == '!' && strcmp(may + 1, header) == 0) {
                return false;
            }
            if (strcmp(may, to) == 0 || strcmp(may, header) == 0) {
                return true;
            }
        }
    }
    return false;
}

void tidy_check_include_arrows(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        const char *folder = tidy_folder_of(file->path);
        struct include include;
        size_t offset = 0;
        while (folder != NULL && file->code != NULL && next_include(file, &offset, &include)) {
            if (!include.is_system && !arrow_allowed(folder, include.path)) {
                tidy_problem(report, file, tidy_line_of(file, include.offset),
                             "%s may not include \"%s\"", folder, include.path);
            }
        }
    }
}

void tidy_check_include_paths(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        struct include include;
        size_t offset = 0;
        while (file->code != NULL && next_include(file, &offset, &include)) {
            if (!include.is_system && tidy_tree_find(tree, include.path) == NULL) {
                tidy_problem(report, file, tidy_line_of(file, include.offset),
                             "there is no \"%s\" below the root", include.path);
            }
        }
    }
}

static bool system_header_allowed(const char *path, const char *header)
{
    /* The last line of a process that found a bug has to get out somehow. */
    if (strcmp(path, "base/assert.c") == 0 &&
        (strcmp(header, "stdlib.h") == 0 || strcmp(header, "unistd.h") == 0)) {
        return true;
    }
    /* Empty in ordinary builds; in that of the mutants it asks the environment. */
    if (strcmp(path, "base/mutant.c") == 0 &&
        (strcmp(header, "stdio.h") == 0 || strcmp(header, "stdlib.h") == 0)) {
        return true;
    }
    if (strcmp(header, "sodium.h") == 0 || strcmp(header, "immintrin.h") == 0) {
        return tidy_path_below(path, "crypto");
    }
    for (size_t i = 0; i < LENGTH(pure_headers); i++) {
        if (strcmp(header, pure_headers[i]) == 0) {
            return true;
        }
    }
    return false;
}

void tidy_check_system_headers(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        struct include include;
        size_t offset = 0;
        while (file->code != NULL && tidy_is_pure(file->path) &&
               next_include(file, &offset, &include)) {
            if (include.is_system && !system_header_allowed(file->path, include.path)) {
                tidy_problem(report, file, tidy_line_of(file, include.offset),
                             "a pure folder may not include <%s>", include.path);
            }
        }
    }
}

static bool is_included(const struct tidy_tree *tree, const char *header)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        struct include include;
        size_t offset = 0;
        while (file->code != NULL && strcmp(file->path, header) != 0 &&
               next_include(file, &offset, &include)) {
            if (!include.is_system && strcmp(include.path, header) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Tells whether the Makefile's discovery finds a source. */
static bool is_built(const char *path)
{
    const char *const built[] = {"tests/unit",     "tests/spec",       "tests/golden", "tests/tidy",
                                 "tests/support",  "tests/simulation", "tests/fuzz",   "bench",
                                 "tests/explorer", "tests/determinism"};
    for (size_t i = 0; i < LENGTH(built); i++) {
        if (tidy_path_below(path, built[i])) {
            return true;
        }
    }
    return tidy_folder_of(path) != NULL;
}

void tidy_check_dead_files(const struct tidy_tree *tree, struct tidy_report *report)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        if (tidy_path_ends(file->path, ".h") && !is_included(tree, file->path)) {
            tidy_problem(report, file, 1, "nothing includes this header");
        }
        if (tidy_path_ends(file->path, ".c") && !is_built(file->path)) {
            tidy_problem(report, file, 1, "the Makefile does not find this source");
        }
    }
}
