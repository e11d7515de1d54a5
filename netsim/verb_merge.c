/* tally-sim merge: joins the result files of a sweep. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "netsim/lab/merge.h"
#include "netsim/verbs.h"

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim merge DIR|FILE... [--out FILE.csv]\n"
        "\n"
        "Joins result files of one sweep, given one by one or as the directory that holds them\n"
        "(*.result), to one table: a row a run, sorted, the varied fields first, then all\n"
        "figures. Files that do not belong together are refused, also one that is there twice.\n"
        "\n"
        "  --out FILE   writes there, instead of to standard output\n"
        "\n"
        "Exit codes: 0 done, 1 the files cannot be read or joined, 2 wrong command line.\n",
        out);
}

static bool file_add(struct merge *merge, const char *path)
{
    struct result_file file;
    char why[512];
    if (!result_file_read(&file, path, why, sizeof why)) {
        (void)fprintf(stderr, "tally-sim merge: %s: %s\n", path, why);
        return false;
    }
    if (!merge_add(merge, &file, path, why, sizeof why)) {
        (void)fprintf(stderr, "tally-sim merge: %s\n", why);
        return false;
    }
    return true;
}

static int is_result(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end != NULL && strcmp(end, ".result") == 0;
}

static bool directory_add(struct merge *merge, const char *path)
{
    struct dirent **entries = NULL;
    bool good = true;
    int count = scandir(path, &entries, is_result, alphasort);
    if (count < 0) {
        (void)fprintf(stderr, "tally-sim merge: %s: %s\n", path, strerror(errno));
        return false;
    }
    for (int i = 0; i < count; i++) {
        char file[FILE_PATH_SIZE_MAX];
        good = good && file_path_join(file, path, entries[i]->d_name) == FILE_OK &&
               file_add(merge, file);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool table_write(struct merge *merge, const char *path)
{
    FILE *out = path == NULL ? stdout : fopen(path, "w");
    if (out == NULL) {
        (void)fprintf(stderr, "tally-sim merge: %s: %s\n", path, strerror(errno));
        return false;
    }
    merge_write(merge, out);
    bool written = !ferror(out);
    written = (path == NULL ? fflush(out) : fclose(out)) == 0 && written;
    if (!written) {
        (void)fprintf(stderr, "tally-sim merge: %s: cannot be written\n",
                      path == NULL ? "standard output" : path);
    }
    return written;
}

int verb_merge(int argc, char **argv)
{
    static const struct option longs[] = {{"out", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *path = NULL;
    int option;
    bool good = true;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'h') {
            usage(stdout);
            return 0;
        }
        if (option != 'o') {
            return VERB_USAGE;
        }
        path = optarg;
    }
    if (optind == argc) {
        usage(stderr);
        return VERB_USAGE;
    }
    struct merge *merge = merge_new();
    for (int i = optind; good && i < argc; i++) {
        struct stat stat_of;
        bool directory = stat(argv[i], &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
        good = directory ? directory_add(merge, argv[i]) : file_add(merge, argv[i]);
    }
    if (good && merge_count(merge) == 0) {
        (void)fputs("tally-sim merge: no result files there\n", stderr);
        good = false;
    }
    good = good && table_write(merge, path);
    merge_free(merge);
    return good ? 0 : VERB_FAILED;
}
