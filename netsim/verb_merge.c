/* tally-sim merge: joins the result files of a sweep. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "netsim/lab/merge.h"
#include "netsim/lab/plot_sweep.h"
#include "netsim/verbs.h"

enum {
    PLOTS_MAX = 8,
};

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim merge DIR|FILE... [--out FILE.csv [--plot NAME=X:Y[:BY]]...]\n"
        "\n"
        "Joins result files of one sweep, given one by one or as the directory that holds them\n"
        "(*.result), to one table: a row a run, sorted, the varied fields first, then all\n"
        "figures. Files that do not belong together are refused, also one that is there twice.\n"
        "\n"
        "  --out FILE              writes there, instead of to standard output\n"
        "  --plot NAME=X:Y[:BY]    draws column Y (up to 4, joined by commas) against column X, a\n"
        "                          line for each value of BY, as NAME.svg and NAME.png beside\n"
        "                          FILE; may be repeated\n"
        "  --log x|y|xy            the axes of all plots that are logarithmic\n"
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

/* One plot of the command line; its texts are cut into `text`. */
struct wanted {
    char text[512];
    char title[400];
    struct plot_sweep plot;
};

struct options {
    const char *out;
    struct wanted plots[PLOTS_MAX];
    uint32_t plot_count;
    bool log_x;
    bool log_y;
    bool help;
};

/* NAME=X:Y[:BY] */
static bool plot_parse(const char *text, struct wanted *wanted)
{
    char *rest = NULL;
    if (strlen(text) >= sizeof wanted->text) {
        return false;
    }
    memcpy(wanted->text, text, strlen(text) + 1);
    char *equals = strchr(wanted->text, '=');
    if (equals == NULL || equals == wanted->text || strpbrk(wanted->text, "/'\"\\") != NULL) {
        return false;
    }
    *equals = '\0';
    wanted->plot.name = wanted->text;
    wanted->plot.x = strtok_r(equals + 1, ":", &rest);
    wanted->plot.y = strtok_r(NULL, ":", &rest);
    wanted->plot.by = strtok_r(NULL, ":", &rest);
    if (wanted->plot.y == NULL || strtok_r(NULL, ":", &rest) != NULL) {
        return false;
    }
    (void)snprintf(wanted->title, sizeof wanted->title, "%.180s against %.180s", wanted->plot.name,
                   wanted->plot.x);
    wanted->plot.title = wanted->title;
    return true;
}

static bool option_take(struct options *options, int option)
{
    switch (option) {
    case 'o':
        options->out = optarg;
        return true;
    case 'p':
        if (options->plot_count < PLOTS_MAX &&
            plot_parse(optarg, &options->plots[options->plot_count])) {
            options->plot_count += 1;
            return true;
        }
        (void)fprintf(stderr,
                      "tally-sim merge: --plot %.80s: write NAME=X:Y[:BY], up to %d times\n",
                      optarg, (int)PLOTS_MAX);
        return false;
    case 'l':
        options->log_x = strchr(optarg, 'x') != NULL;
        options->log_y = strchr(optarg, 'y') != NULL;
        if (strspn(optarg, "xy") == strlen(optarg) && optarg[0] != '\0') {
            return true;
        }
        (void)fputs("tally-sim merge: --log: say x, y or xy\n", stderr);
        return false;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

static bool options_read(int argc, char **argv, struct options *options)
{
    static const struct option longs[] = {{"out", required_argument, NULL, 'o'},
                                          {"plot", required_argument, NULL, 'p'},
                                          {"log", required_argument, NULL, 'l'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (!option_take(options, option)) {
            return false;
        }
    }
    if (!options->help && (optind == argc || (options->plot_count > 0 && options->out == NULL))) {
        usage(stderr);
        return false;
    }
    return true;
}

/* Beside the table. */
static bool plots_draw(struct options *options)
{
    char directory[FILE_PATH_SIZE_MAX] = ".";
    const char *slash = strrchr(options->out, '/');
    char why[512];
    bool drawn = true;
    if (options->plot_count == 0) {
        return true;
    }
    if (slash != NULL && (size_t)(slash - options->out) < sizeof directory) {
        (void)snprintf(directory, sizeof directory, "%.*s",
                       slash == options->out ? 1 : (int)(slash - options->out), options->out);
    }
    struct csv_table *table = csv_table_load(options->out, why, sizeof why);
    if (table == NULL) {
        (void)fprintf(stderr, "tally-sim merge: %s: %s\n", options->out, why);
        return false;
    }
    for (uint32_t i = 0; drawn && i < options->plot_count; i++) {
        options->plots[i].plot.log_x = options->log_x;
        options->plots[i].plot.log_y = options->log_y;
        drawn = plot_sweep(&options->plots[i].plot, table, directory);
    }
    csv_table_free(table);
    return drawn;
}

static bool files_merge(struct options *options, int argc, char **argv)
{
    bool good = true;
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
    good = good && table_write(merge, options->out) && plots_draw(options);
    merge_free(merge);
    return good;
}

int verb_merge(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof *options);
    int code = VERB_USAGE;
    if (options != NULL && options_read(argc, argv, options)) {
        if (options->help) {
            usage(stdout);
            code = VERB_DONE;
        } else {
            code = files_merge(options, argc, argv) ? VERB_DONE : VERB_FAILED;
        }
    }
    free(options);
    return code;
}
