/*
 * tree.h: the source tree in memory, as the tidy rules read it.
 *
 * Every text file below a root is loaded, except build/, hidden folders and test data. C files also
 * get two views of the same size, so that offsets and lines agree:
 *
 *     text    int f(void) // note\n { return '{'; }      as it is
 *     code    int f(void)           { return ' '; }      comments and literals blanked
 *     plain   the same, and preprocessor lines blanked too
 */
#ifndef TALLY_TESTS_TIDY_TREE_H
#define TALLY_TESTS_TIDY_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct tidy_file {
    char *path; /* relative to the root */
    char *text; /* ends with a zero byte */
    char *code; /* NULL unless a C file */
    char *plain;
    size_t size;
};

struct tidy_tree {
    char *root;
    struct tidy_file *files; /* in the order of their paths */
    size_t count;
};

/* Loads the tree; ends the program if it cannot be read. */
void tidy_tree_load(struct tidy_tree *tree, const char *root);

/* Frees what tidy_tree_load made. */
void tidy_tree_free(struct tidy_tree *tree);

/* The file with this path, or NULL. */
const struct tidy_file *tidy_tree_find(const struct tidy_tree *tree, const char *path);

/* Tells whether a path ends with a suffix, such as ".h". */
bool tidy_path_ends(const char *path, const char *suffix);

/* Tells whether a path lies below a folder, such as "node/replica". */
bool tidy_path_below(const char *path, const char *folder);

/* The code folder that a path belongs to ("base", ..., "node/replica", "node"), or NULL. */
const char *tidy_folder_of(const char *path);

/* Tells whether a file must be a pure state machine. */
bool tidy_is_pure(const char *path);

/* Line number, from 1, of an offset into a file. */
unsigned tidy_line_of(const struct tidy_file *file, size_t offset);

#endif
