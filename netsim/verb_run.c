/* tally-sim run: carries a scenario out and says what it came to. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "netsim/lab/experiment.h"
#include "netsim/lab/plot.h"
#include "netsim/verbs.h"

enum {
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    SETTINGS_MAX = 64,
};

struct options {
    const char *file;
    const char *settings[SETTINGS_MAX]; /* section.field=value */
    int setting_count;
    const char *out;
    const char *seed;
    bool quiet;
    bool plots;
    bool help;
};

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim run FILE [OPTION]...\n"
        "\n"
        "Carries out the scenario in FILE and prints what it came to. The same scenario and seed "
        "give\n"
        "the same results, byte for byte, on any machine.\n"
        "\n"
        "  --set SECTION.FIELD=VALUE  changes a field of the scenario; may be repeated\n"
        "  --seed NUMBER              the same as --set run.seed=NUMBER\n"
        "  --out DIR                  writes summary.txt, series.csv, series.json, messages.csv,\n"
        "                             members.csv, scenario.ini (all fields), trace.json (for\n"
        "                             ui.perfetto.dev), and plots with their scripts\n"
        "  --no-plots                 no plots\n"
        "  --quiet                    no summary and no progress on the terminal\n"
        "\n"
        "`tally-sim help scenario` lists all fields; docs/netsim.md explains.\n"
        "Exit codes: 0 done, 1 it could not be run or written, 2 wrong command line or scenario.\n",
        out);
}

static bool options_read(int argc, char **argv, struct options *options)
{
    static const struct option longs[] = {
        {"set", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},
        {"no-plots", no_argument, NULL, 'p'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;
    options->plots = true;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (option) {
        case 's':
            if (options->setting_count == SETTINGS_MAX) {
                (void)fprintf(stderr, "tally-sim run: more than %d times --set\n",
                              (int)SETTINGS_MAX);
                return false;
            }
            options->settings[options->setting_count++] = optarg;
            break;
        case 'e':
            options->seed = optarg;
            break;
        case 'o':
            options->out = optarg;
            break;
        case 'p':
            options->plots = false;
            break;
        case 'q':
            options->quiet = true;
            break;
        case 'h':
            options->help = true;
            return true;
        default:
            return false;
        }
    }
    if (optind + 1 != argc) {
        (void)fputs("tally-sim run: name one file; see `tally-sim run --help`\n", stderr);
        return false;
    }
    options->file = argv[optind];
    return true;
}

static bool setting_apply(struct scenario *scenario, const char *setting,
                          struct scenario_error *error)
{
    char field[80];
    const char *equals = strchr(setting, '=');
    if (equals == NULL || (size_t)(equals - setting) >= sizeof field) {
        (void)snprintf(error->text, sizeof error->text, "--set %.80s: write SECTION.FIELD=VALUE",
                       setting);
        return false;
    }
    memcpy(field, setting, (size_t)(equals - setting));
    field[equals - setting] = '\0';
    return scenario_set(scenario, field, equals + 1, error);
}

static bool scenario_make(const struct options *options, struct scenario *scenario)
{
    struct scenario_error error = {0};
    scenario_init(scenario);
    bool made = scenario_load(scenario, options->file, &error);
    for (int i = 0; made && i < options->setting_count; i++) {
        made = setting_apply(scenario, options->settings[i], &error);
    }
    if (made && options->seed != NULL) {
        made = scenario_set(scenario, "run.seed", options->seed, &error);
    }
    if (!made || !scenario_finish(scenario, &error)) {
        (void)fprintf(stderr, "tally-sim run: %s\n", error.text);
        return false;
    }
    return true;
}

static void progress(void *context, uint64_t now_us, uint64_t end_us)
{
    (void)context;
    (void)fprintf(stderr, "\r%llu of %llu s simulated ", (unsigned long long)(now_us / 1000000),
                  (unsigned long long)(end_us / 1000000));
    if (now_us == end_us) {
        (void)fputs("\r                                        \r", stderr);
    }
    (void)fflush(stderr);
}

/* Makes a directory and those above it. */
static bool directory_make(const char *path)
{
    char part[FILE_PATH_SIZE_MAX];
    if (strlen(path) >= sizeof part) {
        return false;
    }
    memcpy(part, path, strlen(path) + 1);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0777); /* whether it is there shows below */
        *slash = '/';
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static FILE *trace_open(const struct scenario *scenario, const char *directory)
{
    char path[FILE_PATH_SIZE_MAX];
    if (directory == NULL || scenario->run.trace_for_us == 0) {
        return NULL;
    }
    (void)snprintf(path, sizeof path, "%s/trace.json", directory);
    return fopen(path, "w");
}

/* What this machine spent is no result: it differs from run to run. */
static void expense_print(const struct timespec *begin)
{
    struct timespec now;
    struct rusage rusage;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)getrusage(RUSAGE_SELF, &rusage);
    long ms = (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
    (void)fprintf(stderr, "took %ld.%01ld s and %ld MiB of this machine\n", ms / 1000,
                  ms % 1000 / 100, rusage.ru_maxrss / 1024);
}

static int run(const struct options *options, const struct scenario *scenario)
{
    char why[256];
    struct timespec begin;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    if (options->out != NULL && !directory_make(options->out)) {
        (void)fprintf(stderr, "tally-sim run: %s: cannot be made: %s\n", options->out,
                      strerror(errno));
        return EXIT_FAILED;
    }
    FILE *trace = trace_open(scenario, options->out);
    struct experiment *experiment = experiment_new(scenario, trace, why, sizeof why);
    bool done = experiment != NULL;
    if (!done) {
        (void)fprintf(stderr, "tally-sim run: %s: %s\n", options->file, why);
    } else {
        bool shows = !options->quiet && isatty(STDERR_FILENO);
        experiment_run(experiment, shows ? progress : NULL, NULL);
        const struct results *results = experiment_results(experiment);
        if (!options->quiet) {
            results_summary(results, stdout);
            expense_print(&begin);
        }
        done = options->out == NULL || (results_write(results, options->out) &&
                                        (!options->plots || plot_run(results, options->out)));
    }
    experiment_free(experiment);
    if (trace != NULL) {
        done = fclose(trace) == 0 && done;
    }
    return done ? 0 : EXIT_FAILED;
}

int verb_run(int argc, char **argv)
{
    struct options options = {0};
    if (!options_read(argc, argv, &options)) {
        return EXIT_USAGE;
    }
    if (options.help) {
        usage(stdout);
        return 0;
    }
    struct scenario *scenario = malloc(sizeof *scenario);
    if (scenario == NULL) {
        (void)fputs("tally-sim run: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    int code = scenario_make(&options, scenario) ? run(&options, scenario) : EXIT_USAGE;
    free(scenario);
    return code;
}
