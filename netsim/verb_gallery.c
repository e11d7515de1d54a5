/* tally-sim gallery: carries out a list of scenarios on all cores, and shows them on one page. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netsim/lab/csv_table.h"
#include "netsim/lab/gallery.h"
#include "netsim/lab/gallery_page.h"
#include "netsim/number_option.h"
#include "netsim/verbs.h"

enum {
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    JOBS_MAX = 256,
    LIST_BYTES_MAX = 1 << 16,
};

static const char list_name[] = "gallery.list";

/* Words of the verbs that are called, which take them as main() does: not constant. */
static char word_run[] = "run";
static char word_sweep[] = "sweep";
static char word_merge[] = "merge";
static char word_out[] = "--out";
static char word_jobs[] = "--jobs";
static char word_vary[] = "--vary";

enum state {
    STATE_LEFT_OUT,
    STATE_WAITING,
    STATE_RUNNING,
    STATE_DONE,
    STATE_FAILED,
};

struct exhibit {
    struct gallery_entry *entry;
    struct scenario scenario;
    char file[FILE_PATH_SIZE_MAX];
    char directory[FILE_PATH_SIZE_MAX];
    char *stamp;
    char *plots_stamp;
    enum state state;
    pid_t child;
};

struct show {
    const char *from;
    const char *out;
    uint32_t jobs;
    bool again;
    bool help;
    struct gallery gallery;
    struct exhibit *exhibits;
};

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim gallery [OPTION]... [NAME]...\n"
        "\n"
        "Carries out the scenarios of a gallery (all, or those named) with their plots, and "
        "writes\n"
        "a page that shows them with what to see, OUT/index.html. What is done is not done again\n"
        "unless its scenario, or a file that it names, has changed. `make gallery` does it all.\n"
        "\n"
        "  --from DIR   where gallery.list and its scenarios are (netsim/gallery)\n"
        "  --out DIR    where results, plots and the page go (build/gallery)\n"
        "  --jobs N     processes at a time (as many as there are processors)\n"
        "  --again      does everything again, as after a change of the program\n"
        "\n"
        "Exit codes: 0 done, 1 a scenario failed or a file cannot be written, 2 wrong command "
        "line\n"
        "or gallery.\n",
        out);
}

static bool options_read(int argc, char **argv, struct show *show)
{
    static const struct option longs[] = {
        {"from", required_argument, NULL, 'f'}, {"out", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'j'}, {"again", no_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
    int option;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    show->from = "netsim/gallery";
    show->out = "build/gallery";
    show->jobs = cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (uint32_t)cores;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        uint64_t jobs;
        switch (option) {
        case 'f':
            show->from = optarg;
            break;
        case 'o':
            show->out = optarg;
            break;
        case 'j':
            if (!number_read(optarg, 1, JOBS_MAX, &jobs)) {
                (void)fprintf(stderr, "tally-sim gallery: --jobs %s: write 1 to %d\n", optarg,
                              (int)JOBS_MAX);
                return false;
            }
            show->jobs = (uint32_t)jobs;
            break;
        case 'a':
            show->again = true;
            break;
        case 'h':
            show->help = true;
            return true;
        default:
            return false;
        }
    }
    return true;
}

/* ---- What there is to show --------------------------------------------------------------- */

static bool path_make(char path[FILE_PATH_SIZE_MAX], const char *directory, const char *name,
                      const char *ending)
{
    int size = snprintf(path, FILE_PATH_SIZE_MAX, "%s/%s%s", directory, name, ending);
    if (size < 0 || (size_t)size >= FILE_PATH_SIZE_MAX) {
        (void)fprintf(stderr, "tally-sim gallery: %s: the path is too long\n", directory);
        return false;
    }
    return true;
}

static bool list_read(struct show *show)
{
    static char text[LIST_BYTES_MAX];
    char path[FILE_PATH_SIZE_MAX];
    char why[200];
    if (!path_make(path, show->from, list_name, "")) {
        return false;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)fprintf(stderr, "tally-sim gallery: %s: %s; name the directory with --from\n", path,
                      strerror(errno));
        return false;
    }
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    if (!gallery_parse(&show->gallery, text, why, sizeof why)) {
        (void)fprintf(stderr, "tally-sim gallery: %s: %s\n", path, why);
        return false;
    }
    return true;
}

/* Before anything is run, all that could be wrong with a scenario or an axis is found. */
static bool exhibit_prepare(struct show *show, struct exhibit *exhibit)
{
    struct scenario_error error;
    struct sweep_axis *axis = malloc(sizeof *axis);
    TALLY_ASSERT(axis != NULL);
    scenario_init(&exhibit->scenario);
    bool good = path_make(exhibit->file, show->from, exhibit->entry->name, ".ini") &&
                path_make(exhibit->directory, show->out, exhibit->entry->name, "");
    if (good && (!scenario_load(&exhibit->scenario, exhibit->file, &error) ||
                 !scenario_finish(&exhibit->scenario, &error))) {
        (void)fprintf(stderr, "tally-sim gallery: %s\n", error.text);
        good = false;
    }
    for (uint32_t i = 0; good && i < exhibit->entry->axis_count; i++) {
        good = sweep_axis_parse(exhibit->entry->axes[i], axis, error.text, sizeof error.text);
        if (!good) {
            (void)fprintf(stderr, "tally-sim gallery: %s: %s\n", exhibit->entry->name, error.text);
        }
    }
    free(axis);
    if (good) {
        exhibit->stamp = gallery_stamp(exhibit->entry, &exhibit->scenario);
        exhibit->plots_stamp = gallery_plots_stamp(exhibit->entry, &exhibit->scenario);
    }
    return good;
}

static bool choose(struct show *show, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < show->gallery.count && strcmp(show->gallery.entries[at].name, names[i]) != 0) {
            at++;
        }
        if (at == show->gallery.count) {
            (void)fprintf(stderr, "tally-sim gallery: the gallery has no '%s'; see %s/%s\n",
                          names[i], show->from, list_name);
            return false;
        }
        show->exhibits[at].state = STATE_WAITING;
    }
    for (uint32_t i = 0; i < show->gallery.count; i++) {
        struct exhibit *exhibit = &show->exhibits[i];
        bool done = gallery_done(exhibit->directory, exhibit->plots_stamp);
        if (count == 0) {
            exhibit->state = STATE_WAITING;
        }
        if (done && (exhibit->state == STATE_LEFT_OUT || !show->again)) {
            exhibit->state = STATE_DONE;
        }
    }
    return true;
}

/* ---- Doing it ----------------------------------------------------------------------------- */

/* In a child: where all that it says goes. */
static bool say_into(const struct show *show, const struct gallery_entry *entry)
{
    char path[FILE_PATH_SIZE_MAX];
    if (!path_make(path, show->out, entry->name, ".log")) {
        return false;
    }
    int log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    return log >= 0 && dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0;
}

static int once(struct exhibit *exhibit)
{
    char *argv[] = {word_run, exhibit->file, word_out, exhibit->directory, NULL};
    return verb_run(4, argv);
}

static int plots_draw(const struct exhibit *exhibit, const char *table_path)
{
    char why[200];
    struct csv_table *table = csv_table_load(table_path, why, sizeof why);
    bool drawn = table != NULL;
    if (!drawn) {
        (void)fprintf(stderr, "tally-sim gallery: %s: %s\n", table_path, why);
    }
    for (uint32_t i = 0; drawn && i < exhibit->entry->plot_count; i++) {
        drawn = plot_sweep(&exhibit->entry->plots[i].plot, table, exhibit->directory);
    }
    csv_table_free(table);
    return drawn ? 0 : EXIT_FAILED;
}

static int at_all_points(const struct show *show, struct exhibit *exhibit)
{
    char jobs[16];
    char table[FILE_PATH_SIZE_MAX];
    char *argv[8 + 2 * SWEEP_AXES_MAX] = {word_sweep,         exhibit->file, word_out,
                                          exhibit->directory, word_jobs,     jobs};
    int argc = 6;
    (void)snprintf(jobs, sizeof jobs, "%u", (unsigned)show->jobs);
    for (uint32_t i = 0; i < exhibit->entry->axis_count; i++) {
        argv[argc++] = word_vary;
        argv[argc++] = exhibit->entry->axes[i];
    }
    if (!path_make(table, exhibit->directory, "runs", ".csv")) {
        return EXIT_FAILED;
    }
    char *merge[] = {word_merge, exhibit->directory, word_out, table, NULL};
    int code = verb_sweep(argc, argv);
    code = code == 0 ? verb_merge(4, merge) : code;
    return code == 0 ? plots_draw(exhibit, table) : code;
}

static void begin(struct show *show, struct exhibit *exhibit)
{
    exhibit->state = STATE_FAILED;
    if (!gallery_begin(exhibit->directory, exhibit->stamp, show->again)) {
        return;
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        (void)fprintf(stderr, "tally-sim gallery: no process for %s: %s\n", exhibit->entry->name,
                      strerror(errno));
        return;
    }
    if (child == 0) {
        int code = EXIT_FAILED;
        if (say_into(show, exhibit->entry)) {
            code = exhibit->entry->axis_count == 0 ? once(exhibit) : at_all_points(show, exhibit);
        }
        (void)fflush(NULL);
        _exit(code);
    }
    exhibit->child = child;
    exhibit->state = STATE_RUNNING;
}

static uint32_t count_in(const struct show *show, enum state state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < show->gallery.count; i++) {
        count += show->exhibits[i].state == state;
    }
    return count;
}

static void progress(const struct show *show)
{
    const char *between = "";
    bool rewrites = isatty(STDERR_FILENO);
    uint32_t all = show->gallery.count - count_in(show, STATE_LEFT_OUT);
    (void)fprintf(stderr, "%sgallery: %u of %u done%s", rewrites ? "\r\033[K" : "",
                  (unsigned)count_in(show, STATE_DONE), (unsigned)all,
                  count_in(show, STATE_RUNNING) > 0 ? ", under way: " : "");
    for (uint32_t i = 0; i < show->gallery.count; i++) {
        if (show->exhibits[i].state == STATE_RUNNING) {
            (void)fprintf(stderr, "%s%s", between, show->exhibits[i].entry->name);
            between = " ";
        }
    }
    (void)fputs(rewrites && count_in(show, STATE_RUNNING) > 0 ? "" : "\n", stderr);
    (void)fflush(stderr);
}

static void wait_for_one(struct show *show)
{
    int status = 0;
    pid_t child = wait(&status);
    for (uint32_t i = 0; i < show->gallery.count; i++) {
        struct exhibit *exhibit = &show->exhibits[i];
        if (exhibit->state == STATE_RUNNING && exhibit->child == child) {
            bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
            good = good && gallery_end(exhibit->directory, exhibit->plots_stamp);
            exhibit->state = good ? STATE_DONE : STATE_FAILED;
        }
    }
}

/* Single runs side by side; then sweeps one after the other, each of which fills all cores. */
static void carry_out(struct show *show)
{
    for (int sweeps = 0; sweeps <= 1; sweeps++) {
        const uint32_t jobs = sweeps ? 1 : show->jobs;
        for (uint32_t i = 0; i < show->gallery.count; i++) {
            struct exhibit *exhibit = &show->exhibits[i];
            if (exhibit->state != STATE_WAITING ||
                (exhibit->entry->axis_count > 0) != (sweeps == 1)) {
                continue;
            }
            while (count_in(show, STATE_RUNNING) == jobs) {
                wait_for_one(show);
            }
            begin(show, exhibit);
            progress(show);
        }
        while (count_in(show, STATE_RUNNING) > 0) {
            wait_for_one(show);
            progress(show);
        }
    }
}

static bool page_write(const struct show *show)
{
    char path[FILE_PATH_SIZE_MAX];
    FILE *out = path_make(path, show->out, "index", ".html") ? fopen(path, "w") : NULL;
    if (out != NULL) {
        page_begin(out);
        for (uint32_t i = 0; i < show->gallery.count; i++) {
            const struct exhibit *exhibit = &show->exhibits[i];
            if (exhibit->state != STATE_LEFT_OUT) {
                page_entry(out, exhibit->entry, exhibit->scenario.comment, exhibit->file,
                           exhibit->state == STATE_FAILED);
            }
        }
        page_end(out);
    }
    bool written = out != NULL && !ferror(out);
    if (out != NULL) {
        written = fclose(out) == 0 && written;
    }
    (void)fprintf(written ? stdout : stderr, written ? "%s\n" : "%s: cannot be written\n", path);
    return written;
}

/* Makes a directory and those above it; whether it is there shows when the page is written. */
static void directories_make(const char *path)
{
    char part[FILE_PATH_SIZE_MAX];
    for (size_t i = 0; i < sizeof part && (i == 0 || path[i - 1] != '\0'); i++) {
        if (i > 0 && (path[i] == '/' || path[i] == '\0')) {
            memcpy(part, path, i);
            part[i] = '\0';
            (void)mkdir(part, 0777);
        }
    }
}

static int put_on(struct show *show, int count, char **names)
{
    if (!list_read(show)) {
        return EXIT_USAGE;
    }
    show->exhibits = calloc(show->gallery.count, sizeof *show->exhibits);
    TALLY_ASSERT(show->exhibits != NULL);
    bool good = true;
    for (uint32_t i = 0; good && i < show->gallery.count; i++) {
        show->exhibits[i].entry = &show->gallery.entries[i];
        good = exhibit_prepare(show, &show->exhibits[i]);
    }
    int code = EXIT_USAGE;
    if (good && choose(show, count, names)) {
        directories_make(show->out);
        carry_out(show);
        code = page_write(show) && count_in(show, STATE_FAILED) == 0 ? 0 : EXIT_FAILED;
    }
    for (uint32_t i = 0; i < show->gallery.count; i++) {
        if (show->exhibits[i].state == STATE_FAILED) {
            (void)fprintf(stderr, "tally-sim gallery: %s failed: see %s.log\n",
                          show->exhibits[i].entry->name, show->exhibits[i].directory);
        }
        free(show->exhibits[i].stamp);
        free(show->exhibits[i].plots_stamp);
    }
    free(show->exhibits);
    return code;
}

int verb_gallery(int argc, char **argv)
{
    struct show *show = calloc(1, sizeof *show);
    TALLY_ASSERT(show != NULL);
    int code = EXIT_USAGE;
    if (options_read(argc, argv, show)) {
        if (show->help) {
            usage(stdout);
            code = 0;
        } else {
            code = put_on(show, argc - optind, argv + optind);
        }
    }
    free(show);
    return code;
}
