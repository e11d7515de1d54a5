/* tally-sim run: carries a scenario out and says what it came to. */
#include <getopt.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "netsim/lab/experiment.h"
#include "netsim/lab/out_directory.h"
#include "netsim/lab/plan.h"
#include "netsim/lab/plot.h"
#include "netsim/lab/result_file.h"
#include "netsim/verbs.h"

struct options {
    struct plan plan;
    const char *out;
    const char *result;
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
        "  --point SECTION.FIELD=VALUE, --result FILE\n"
        "                             as --set, but as a coordinate of a sweep; the figures go to "
        "FILE\n"
        "                             for `tally-sim merge`\n"
        "\n"
        "`tally-sim help scenario` lists all fields; docs/netsim.md explains.\n"
        "Exit codes: 0 done, 1 it could not be run or written, 2 wrong command line or scenario.\n",
        out);
}

static bool setting_add(struct options *options, const char *setting)
{
    if (!plan_set(&options->plan, setting)) {
        (void)fprintf(stderr, "tally-sim run: more than %d times --set\n", (int)PLAN_SETTINGS_MAX);
        return false;
    }
    return true;
}

/* One option; false when it is wrong. */
static bool option_take(struct options *options, int option)
{
    static char seed[40];
    char why[256];
    switch (option) {
    case 's':
        return setting_add(options, optarg);
    case 'e':
        (void)snprintf(seed, sizeof seed, "run.seed=%.24s", optarg);
        return setting_add(options, seed);
    case 'i':
        if (!sweep_point_add(&options->plan.point, optarg, why, sizeof why)) {
            (void)fprintf(stderr, "tally-sim run: --point %s\n", why);
            return false;
        }
        return true;
    case 'o':
        options->out = optarg;
        return true;
    case 'r':
        options->result = optarg;
        return true;
    case 'p':
        options->plots = false;
        return true;
    case 'q':
        options->quiet = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

static bool options_read(int argc, char **argv, struct options *options)
{
    static const struct option longs[] = {
        {"set", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},
        {"point", required_argument, NULL, 'i'},
        {"result", required_argument, NULL, 'r'},
        {"no-plots", no_argument, NULL, 'p'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;
    options->plots = true;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (!option_take(options, option)) {
            return false;
        }
    }
    if (options->help) {
        return true;
    }
    if (optind + 1 != argc) {
        (void)fputs("tally-sim run: name one file; see `tally-sim run --help`\n", stderr);
        return false;
    }
    options->plan.file = argv[optind];
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

/* False with a line on standard error. No trace is asked for without a directory. */
static bool trace_open(const struct scenario *scenario, const char *directory, FILE **trace)
{
    char path[FILE_PATH_SIZE_MAX];
    *trace = NULL;
    if (directory == NULL || scenario->run.trace_for_us == 0) {
        return true;
    }
    if (file_path_join(path, directory, "trace.json") == FILE_OK) {
        *trace = fopen(path, "w");
    }
    if (*trace == NULL) {
        (void)fprintf(stderr, "tally-sim run: %s/trace.json: cannot be written\n", directory);
    }
    return *trace != NULL;
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

static bool result_write(const struct options *options, const struct scenario *scenario,
                         const struct results *results)
{
    struct result_file file;
    char why[256];
    result_file_fill(&file, scenario, &options->plan.point, results);
    if (!result_file_write(&file, options->result, why, sizeof why)) {
        (void)fprintf(stderr, "tally-sim run: %s\n", why);
        return false;
    }
    return true;
}

static int run(const struct options *options, const struct scenario *scenario)
{
    char why[256];
    struct timespec begin;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    FILE *trace;
    if ((options->out != NULL && !out_directory_make(options->out)) ||
        !trace_open(scenario, options->out, &trace)) {
        return VERB_FAILED;
    }
    struct experiment *experiment = experiment_new(scenario, trace, why, sizeof why);
    bool done = experiment != NULL;
    if (!done) {
        (void)fprintf(stderr, "tally-sim run: %s: %s\n", options->plan.file, why);
    } else {
        bool shows = !options->quiet && isatty(STDERR_FILENO);
        experiment_run(experiment, shows ? progress : NULL, NULL);
        const struct results *results = experiment_results(experiment);
        if (!options->quiet) {
            results_summary(results, stdout);
            expense_print(&begin);
        }
        done = (options->out == NULL || (results_write(results, options->out) &&
                                         (!options->plots || plot_run(results, options->out)))) &&
               (options->result == NULL || result_write(options, scenario, results));
    }
    experiment_free(experiment);
    if (trace != NULL) {
        bool written = !ferror(trace);
        if (fclose(trace) != 0 || !written) {
            (void)fprintf(stderr, "tally-sim run: %s/trace.json: cannot be written\n",
                          options->out);
            done = false;
        }
    }
    return done ? 0 : VERB_FAILED;
}

int verb_run(int argc, char **argv)
{
    struct options options = {0};
    if (!options_read(argc, argv, &options)) {
        return VERB_USAGE;
    }
    if (options.help) {
        usage(stdout);
        return 0;
    }
    struct scenario *scenario = malloc(sizeof *scenario);
    if (scenario == NULL) {
        (void)fputs("tally-sim run: out of memory\n", stderr);
        return VERB_FAILED;
    }
    struct scenario_error error = {0};
    int code = VERB_USAGE;
    if (plan_scenario(&options.plan, scenario, &error)) {
        code = run(&options, scenario);
    } else {
        (void)fprintf(stderr, "tally-sim run: %s\n", error.text);
    }
    free(scenario);
    return code;
}
