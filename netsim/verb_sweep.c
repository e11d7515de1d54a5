/* tally-sim sweep: carries a scenario out at many points, as processes on all cores. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netsim/lab/out_directory.h"
#include "netsim/lab/plan.h"
#include "netsim/lab/result_file.h"
#include "netsim/number_option.h"
#include "netsim/verbs.h"

enum {
    JOBS_MAX = 256,
};

struct sweep {
    struct plan plan;
    struct sweep_axis axes[SWEEP_AXES_MAX];
    uint32_t axis_count;
    const char *out;
    uint32_t jobs;
    bool print;
    bool help;
    uint32_t point_count;
    uint32_t done;
    uint32_t failed;
};

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim sweep FILE --vary SECTION.FIELD=VALUES... --out DIR [OPTION]...\n"
        "\n"
        "Carries out the scenario in FILE at all combinations of values. VALUES are single ones "
        "and\n"
        "ranges LOW..HIGH/STEP, joined by commas, with units as in the scenario. Each run that "
        "ends\n"
        "leaves one file in DIR; what is there already is not run again, so that a sweep that was\n"
        "interrupted goes on where it was. `tally-sim merge DIR` joins the files.\n"
        "\n"
        "  --vary SECTION.FIELD=VALUES   one axis; up to 8\n"
        "  --set SECTION.FIELD=VALUE     changes a field for all runs; may be repeated\n"
        "  --out DIR                     where the files are\n"
        "  --jobs N                      processes at a time (as many as there are processors)\n"
        "  --print                       runs nothing; prints what is still to be run, one command "
        "a\n"
        "                                line, for GNU parallel or an array of batch jobs\n"
        "\n"
        "Exit codes: 0 all runs are done, 1 some failed, 2 wrong command line or scenario.\n",
        out);
}

static bool option_take(struct sweep *sweep, int option)
{
    char why[256];
    uint64_t jobs;
    switch (option) {
    case 'v':
        if (sweep->axis_count == SWEEP_AXES_MAX) {
            (void)fprintf(stderr, "tally-sim sweep: more than %d axes\n", (int)SWEEP_AXES_MAX);
            return false;
        }
        if (!sweep_axis_parse(optarg, &sweep->axes[sweep->axis_count++], why, sizeof why)) {
            (void)fprintf(stderr, "tally-sim sweep: --vary %s\n", why);
            return false;
        }
        return true;
    case 's':
        if (!plan_set(&sweep->plan, optarg)) {
            (void)fprintf(stderr, "tally-sim sweep: more than %d times --set\n",
                          (int)PLAN_SETTINGS_MAX);
            return false;
        }
        return true;
    case 'o':
        sweep->out = optarg;
        return true;
    case 'j':
        if (!number_read(optarg, 1, JOBS_MAX, &jobs)) {
            (void)fprintf(stderr, "tally-sim sweep: --jobs %s: write 1 to %d\n", optarg,
                          (int)JOBS_MAX);
            return false;
        }
        sweep->jobs = (uint32_t)jobs;
        return true;
    case 'p':
        sweep->print = true;
        return true;
    case 'h':
        sweep->help = true;
        return true;
    default:
        return false;
    }
}

static bool axes_check(struct sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->axis_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(sweep->axes[i].field, sweep->axes[j].field) == 0) {
                (void)fprintf(stderr, "tally-sim sweep: %s is varied twice\n",
                              sweep->axes[i].field);
                return false;
            }
        }
    }
    sweep->point_count = sweep_point_count(sweep->axes, sweep->axis_count);
    if (sweep->point_count == 0) {
        (void)fprintf(stderr, "tally-sim sweep: more than %d runs\n", (int)SWEEP_POINTS_MAX);
    }
    return sweep->point_count > 0;
}

static bool options_read(int argc, char **argv, struct sweep *sweep)
{
    static const struct option longs[] = {
        {"vary", required_argument, NULL, 'v'},
        {"set", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'j'},
        {"print", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int option;
    sweep->jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : (uint32_t)processors;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (!option_take(sweep, option)) {
            return false;
        }
    }
    if (sweep->help) {
        return true;
    }
    if (optind + 1 != argc || sweep->axis_count == 0 || sweep->out == NULL) {
        (void)fputs(
            "tally-sim sweep: give one file, --vary and --out; see `tally-sim sweep --help`\n",
            stderr);
        return false;
    }
    sweep->plan.file = argv[optind];
    return axes_check(sweep);
}

static void result_path(const struct sweep *sweep, const struct sweep_point *point,
                        char path[FILE_PATH_SIZE_MAX])
{
    char name[SWEEP_NAME_SIZE];
    sweep_point_name(point, name);
    int size = snprintf(path, FILE_PATH_SIZE_MAX, "%s/%s.result", sweep->out, name);
    TALLY_ASSERT(size > 0 && (size_t)size < FILE_PATH_SIZE_MAX); /* looked at in sweep_run() */
}

/* ---- Before anything is run ----------------------------------------------------------------- */

enum found {
    FOUND_NOTHING,
    FOUND_RESULT,
    FOUND_FOREIGN, /* something that is not of this sweep */
};

/* Checks the point's scenario, and looks whether it was run already. */
static enum found point_look(struct sweep *sweep, struct scenario *scenario, const char *path)
{
    struct scenario_error error = {0};
    struct result_file file;
    char digest[RESULT_DIGEST_SIZE];
    char why[512];
    if (!plan_scenario(&sweep->plan, scenario, &error)) {
        (void)fprintf(stderr, "tally-sim sweep: %s\n", error.text);
        return FOUND_FOREIGN;
    }
    if (access(path, F_OK) != 0) {
        return FOUND_NOTHING;
    }
    experiment_digest(scenario, &sweep->plan.point, digest);
    if (!result_file_read(&file, path, why, sizeof why)) {
        (void)fprintf(stderr, "tally-sim sweep: %s: %s; remove it\n", path, why);
        return FOUND_FOREIGN;
    }
    if (strcmp(digest, file.experiment) != 0) {
        (void)fprintf(
            stderr,
            "tally-sim sweep: %s is of another experiment: the scenario was changed since; "
            "choose another --out\n",
            path);
        return FOUND_FOREIGN;
    }
    return FOUND_RESULT;
}

/* Marks what was run already. False when a point is wrong. */
static bool points_look(struct sweep *sweep, bool *ran)
{
    char path[FILE_PATH_SIZE_MAX];
    struct scenario *scenario = malloc(sizeof *scenario);
    bool good = scenario != NULL;
    for (uint32_t i = 0; good && i < sweep->point_count; i++) {
        sweep_point_at(sweep->axes, sweep->axis_count, i, &sweep->plan.point);
        result_path(sweep, &sweep->plan.point, path);
        enum found found = point_look(sweep, scenario, path);
        good = found != FOUND_FOREIGN;
        ran[i] = found == FOUND_RESULT;
        sweep->done += ran[i];
    }
    free(scenario);
    return good;
}

/* ---- Printing --------------------------------------------------------------------------- */

/* A word of a shell's command line. */
static void word_print(const char *text)
{
    (void)putchar('\'');
    for (; *text != '\0'; text++) {
        (void)(*text == '\'' ? printf("'\\''") : putchar(*text));
    }
    (void)putchar('\'');
}

static void command_print(const struct sweep *sweep, const char *path)
{
    const struct plan *plan = &sweep->plan;
    (void)printf("tally-sim run --quiet ");
    word_print(plan->file);
    for (uint32_t i = 0; i < plan->setting_count; i++) {
        (void)printf(" --set ");
        word_print(plan->settings[i]);
    }
    for (uint32_t i = 0; i < plan->point.count; i++) {
        char point[SWEEP_FIELD_SIZE + SWEEP_VALUE_SIZE + 1];
        (void)snprintf(point, sizeof point, "%s=%s", plan->point.fields[i], plan->point.values[i]);
        (void)printf(" --point ");
        word_print(point);
    }
    (void)printf(" --result ");
    word_print(path);
    (void)printf("\n");
}

static void commands_print(struct sweep *sweep, const bool *ran)
{
    char path[FILE_PATH_SIZE_MAX];
    for (uint32_t i = 0; i < sweep->point_count; i++) {
        sweep_point_at(sweep->axes, sweep->axis_count, i, &sweep->plan.point);
        result_path(sweep, &sweep->plan.point, path);
        if (!ran[i]) {
            command_print(sweep, path);
        }
    }
}

/* ---- Running ---------------------------------------------------------------------------- */

static void progress(const struct sweep *sweep, uint32_t running)
{
    bool terminal = isatty(STDERR_FILENO);
    (void)fprintf(stderr, "%s%u of %u runs done, %u under way%s", terminal ? "\r" : "", sweep->done,
                  sweep->point_count, running, terminal ? " " : "\n");
    (void)fflush(stderr);
}

/* In a process of its own, so that one that fails takes no other with it. */
static bool child_start(struct sweep *sweep)
{
    char path[FILE_PATH_SIZE_MAX];
    result_path(sweep, &sweep->plan.point, path);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char why[512] = "";
        bool done = plan_run(&sweep->plan, path, why, sizeof why);
        if (!done) {
            (void)fprintf(stderr, "\ntally-sim sweep: %s: %s\n", path, why);
        }
        (void)fflush(stderr);
        _exit(done ? 0 : VERB_FAILED);
    }
    return child > 0;
}

static void child_wait(struct sweep *sweep, uint32_t *running)
{
    int status = 0;
    while (wait(&status) < 0) {
        if (errno != EINTR) { /* somebody else has taken our children: their files will tell */
            (void)fprintf(stderr, "tally-sim sweep: %s\n", strerror(errno));
            sweep->failed += *running;
            *running = 0;
            return;
        }
    }
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    *running -= 1;
    sweep->done += good;
    sweep->failed += !good;
    progress(sweep, *running);
}

static void points_run(struct sweep *sweep, const bool *ran)
{
    uint32_t running = 0;
    progress(sweep, running);
    for (uint32_t i = 0; i < sweep->point_count; i++) {
        if (ran[i]) {
            continue;
        }
        while (running == sweep->jobs) {
            child_wait(sweep, &running);
        }
        sweep_point_at(sweep->axes, sweep->axis_count, i, &sweep->plan.point);
        if (child_start(sweep)) {
            running += 1;
        } else {
            sweep->failed += 1;
        }
    }
    while (running > 0) {
        child_wait(sweep, &running);
    }
    if (isatty(STDERR_FILENO)) {
        (void)fputc('\n', stderr);
    }
}

static int sweep_run(struct sweep *sweep)
{
    if (strlen(sweep->out) + SWEEP_NAME_SIZE + 16 > FILE_PATH_SIZE_MAX) {
        (void)fputs("tally-sim sweep: --out: the path is too long\n", stderr);
        return VERB_USAGE;
    }
    bool *ran = calloc(sweep->point_count, sizeof *ran);
    if (ran == NULL) {
        return VERB_FAILED;
    }
    int code = VERB_USAGE;
    if (points_look(sweep, ran)) {
        if (sweep->print) {
            commands_print(sweep, ran);
        } else if (!out_directory_make(sweep->out)) {
            sweep->failed = 1;
        } else {
            points_run(sweep, ran);
        }
        code = sweep->failed == 0 ? 0 : VERB_FAILED;
    }
    free(ran);
    return code;
}

int verb_sweep(int argc, char **argv)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    int code = VERB_USAGE;
    if (sweep != NULL && options_read(argc, argv, sweep)) {
        if (sweep->help) {
            usage(stdout);
            code = 0;
        } else {
            code = sweep_run(sweep);
        }
    }
    free(sweep);
    return code;
}
