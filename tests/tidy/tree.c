#include "tests/tidy/tree.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX (4u << 20)
#define PATH_SIZE_MAX 1024

/* Longer names first, so that the replica is not taken for the node. */
static const char *const folders[] = {"base",         "crypto", "consensus", "ledger", "client",
                                      "node/replica", "node",   "host",      "cli",    "netsim"};
static const char *const pure_folders[] = {"base", "crypto", "consensus", "ledger", "node/replica"};
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void *must(void *memory)
{
    if (memory == NULL) {
        perror("tidy");
        exit(EXIT_FAILURE);
    }
    return memory;
}

bool tidy_path_ends(const char *path, const char *suffix)
{
    size_t size = strlen(path);
    size_t suffix_size = strlen(suffix);
    return size >= suffix_size && strcmp(path + size - suffix_size, suffix) == 0;
}

bool tidy_path_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 && path[size] == '/';
}

const char *tidy_folder_of(const char *path)
{
    for (size_t i = 0; i < LENGTH(folders); i++) {
        if (tidy_path_below(path, folders[i])) {
            return folders[i];
        }
    }
    return NULL;
}

bool tidy_is_pure(const char *path)
{
    for (size_t i = 0; i < LENGTH(pure_folders); i++) {
        if (tidy_path_below(path, pure_folders[i])) {
            return true;
        }
    }
    return false;
}

unsigned tidy_line_of(const struct tidy_file *file, size_t offset)
{
    unsigned line = 1;
    for (size_t i = 0; i < offset && i < file->size; i++) {
        line += file->text[i] == '\n' ? 1 : 0;
    }
    return line;
}

const struct tidy_file *tidy_tree_find(const struct tidy_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (strcmp(tree->files[i].path, path) == 0) {
            return &tree->files[i];
        }
    }
    return NULL;
}

static void blank(char *view, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (view[i] != '\n') {
            view[i] = ' ';
        }
    }
}

/* Offset just behind the comment that begins at an offset. */
static size_t comment_end(const char *text, size_t at, size_t size)
{
    const char *closing = text[at + 1] == '/' ? "\n" : "*/";
    const char *end = strstr(text + at + 2, closing);
    return end == NULL ? size : (size_t)(end - text) + (closing[0] == '*' ? 2 : 0);
}

/* Offset of the quote that closes the literal opened at an offset. */
static size_t literal_end(const char *text, size_t at, size_t size)
{
    char quote = text[at];
    size_t i = at + 1;
    while (i < size && text[i] != quote && text[i] != '\n') {
        i += text[i] == '\\' && i + 1 < size ? 2 : 1;
    }
    return i < size ? i : size;
}

static void blank_comments_and_literals(char *code, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t end = 0;
        if (code[i] == '/' && (code[i + 1] == '/' || code[i + 1] == '*')) {
            end = comment_end(code, i, size);
            blank(code, i, end);
            i = end - 1;
        } else if (code[i] == '"' || code[i] == '\'') {
            end = literal_end(code, i, size);
            blank(code, i + 1, end);
            i = end;
        }
    }
}

static void blank_preprocessor_lines(char *plain, size_t size)
{
    size_t start = 0;
    bool continued = false;
    while (start < size) {
        const char *newline = strchr(plain + start, '\n');
        size_t end = newline != NULL ? (size_t)(newline - plain) : size;
        size_t first = start + strspn(plain + start, " \t");
        bool directive = continued || plain[first] == '#';
        continued = directive && end > start && plain[end - 1] == '\\';
        if (directive) {
            blank(plain, start, end);
        }
        start = end + 1;
    }
}

/* Joins a folder ("" is none) and a name; false if that exceeds PATH_SIZE_MAX bytes. */
static bool path_join(char *out, const char *folder, const char *name)
{
    const char *slash = folder[0] != '\0' ? "/" : "";
    int size = snprintf(out, PATH_SIZE_MAX, "%s%s%s", folder, slash, name);
    return size >= 0 && size < PATH_SIZE_MAX;
}

/* Reads a file; NULL if it is not text or too large to be written by hand. */
static char *read_text(const char *path, size_t *size)
{
    FILE *file = must(fopen(path, "rb"));
    char *text = must(malloc(FILE_SIZE_MAX + 1));
    *size = fread(text, 1, FILE_SIZE_MAX, file);
    (void)fclose(file);
    text[*size] = '\0';
    if (*size == FILE_SIZE_MAX || memchr(text, '\0', *size) != NULL) {
        free(text);
        return NULL;
    }
    return must(realloc(text, *size + 1));
}

static void add_file(struct tidy_tree *tree, const char *path)
{
    char full[PATH_SIZE_MAX];
    struct tidy_file file = {0};
    if (path_join(full, tree->root, path)) {
        file.text = read_text(full, &file.size);
    }
    if (file.text == NULL) {
        return;
    }
    file.path = must(strdup(path));
    if (tidy_path_ends(path, ".c") || tidy_path_ends(path, ".h")) {
        file.code = must(strdup(file.text));
        blank_comments_and_literals(file.code, file.size);
        file.plain = must(strdup(file.code));
        blank_preprocessor_lines(file.plain, file.size);
    }
    tree->files = must(realloc(tree->files, (tree->count + 1) * sizeof(file)));
    tree->files[tree->count++] = file;
}

static bool is_skipped(const char *path, const char *name)
{
    return name[0] == '.' || strcmp(path, "build") == 0 || strcmp(path, "tests/fuzz/corpus") == 0;
}

/* Adds what is in a folder; prefix is its path, "" for the root. */
static void add_folder(struct tidy_tree *tree, const char *prefix)
{
    char full[PATH_SIZE_MAX];
    if (!path_join(full, tree->root, prefix)) {
        return;
    }
    DIR *directory = must(opendir(full));
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        char path[PATH_SIZE_MAX];
        struct stat status;
        if (!path_join(path, prefix, entry->d_name) || is_skipped(path, entry->d_name) ||
            !path_join(full, tree->root, path) || stat(full, &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            add_folder(tree, path);
        } else if (S_ISREG(status.st_mode)) {
            add_file(tree, path);
        }
    }
    (void)closedir(directory);
}

static int path_compare(const void *a, const void *b)
{
    const struct tidy_file *first = a;
    const struct tidy_file *second = b;
    return strcmp(first->path, second->path);
}

void tidy_tree_load(struct tidy_tree *tree, const char *root)
{
    *tree = (struct tidy_tree){.root = must(strdup(root))};
    add_folder(tree, "");
    if (tree->count > 0) {
        qsort(tree->files, tree->count, sizeof(tree->files[0]), path_compare);
    }
}

void tidy_tree_free(struct tidy_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->files[i].path);
        free(tree->files[i].text);
        free(tree->files[i].code);
        free(tree->files[i].plain);
    }
    free(tree->files);
    free(tree->root);
}
