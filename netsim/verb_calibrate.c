/* tally-sim calibrate: measures on this machine what the cost model prices. */
#include <ftw.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "host/file.h"
#include "netsim/lab/calibrate.h"
#include "netsim/verbs.h"

enum {
    DIRECTORIES_OPEN = 8, /* at a time, when the traces are removed */
};

static void usage(FILE *out)
{
    (void)fputs(
        "Usage: tally-sim calibrate [--dir DIR] [--out FILE]\n"
        "\n"
        "Measures what work costs on this machine: signatures, hashes, the ledger, the store,\n"
        "channels, the disk. Writes a file that [machine] costs of a scenario names. Refuses\n"
        "figures that no machine can have. Takes about ten seconds; let the machine be idle.\n"
        "\n"
        "  --dir DIR    measures the disk that holds this directory (.)\n"
        "  --out FILE   writes there, instead of to standard output\n"
        "\n"
        "Exit codes: 0 done, 1 it cannot be measured or believed, 2 wrong command line.\n",
        out);
}

/* "Intel(R) ..., Linux 6.1, 2026-11-22" */
static void machine_name(char *name, size_t size)
{
    char line[256];
    char model[160] = "unknown processor";
    char date[16] = "";
    struct utsname system;
    time_t now = time(NULL);
    struct tm day;
    FILE *cpuinfo = fopen("/proc/cpuinfo", "r");
    while (cpuinfo != NULL && fgets(line, sizeof line, cpuinfo) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL && colon[1] == ' ') {
            (void)snprintf(model, sizeof model, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (cpuinfo != NULL) {
        (void)fclose(cpuinfo);
    }
    if (gmtime_r(&now, &day) != NULL) {
        (void)strftime(date, sizeof date, "%Y-%m-%d", &day);
    }
    bool known = uname(&system) == 0;
    (void)snprintf(name, size, "%.100s, %.40s %.40s, %.10s", model, known ? system.sysname : "?",
                   known ? system.release : "?", date);
}

static int file_remove(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static bool measure(struct cost_model *costs, const char *directory)
{
    char scratch[FILE_PATH_SIZE_MAX];
    int size = snprintf(scratch, sizeof scratch, "%s/tally-calibrate-XXXXXX", directory);
    if (size < 0 || (size_t)size >= sizeof scratch || mkdtemp(scratch) == NULL) {
        (void)fprintf(stderr, "tally-sim calibrate: %s: cannot be written to\n", directory);
        return false;
    }
    calibrate_crypto(costs, stderr);
    calibrate_ledger(costs, stderr);
    calibrate_core(costs, stderr);
    calibrate_threads(costs, stderr);
    bool measured = calibrate_channel(costs, stderr) && calibrate_storage(costs, scratch, stderr) &&
                    calibrate_list(costs, scratch, stderr);
    (void)nftw(scratch, file_remove, DIRECTORIES_OPEN, FTW_DEPTH | FTW_PHYS);
    return measured;
}

int verb_calibrate(int argc, char **argv)
{
    static const struct option longs[] = {{"dir", required_argument, NULL, 'd'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *directory = ".";
    const char *path = NULL;
    struct cost_model costs = {0};
    char machine[256];
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'd') {
            directory = optarg;
        } else if (option == 'o') {
            path = optarg;
        } else if (option == 'h') {
            usage(stdout);
            return 0;
        } else {
            return VERB_USAGE;
        }
    }
    if (optind != argc) {
        usage(stderr);
        return VERB_USAGE;
    }
    if (!measure(&costs, directory)) {
        return VERB_FAILED;
    }
    const char *doubt = calibrate_doubt(&costs);
    if (doubt != NULL) {
        (void)fprintf(
            stderr,
            "tally-sim calibrate: %s; measure again on an idle machine, and choose a real "
            "disk with --dir\n",
            doubt);
        return VERB_FAILED;
    }
    FILE *out = path == NULL ? stdout : fopen(path, "w");
    if (out == NULL) {
        (void)fprintf(stderr, "tally-sim calibrate: %s: cannot be written\n", path);
        return VERB_FAILED;
    }
    machine_name(machine, sizeof machine);
    calibrate_write(&costs, machine, out);
    if ((path == NULL ? fflush(out) : fclose(out)) != 0) {
        (void)fprintf(stderr, "tally-sim calibrate: %s: cannot be written\n",
                      path == NULL ? "standard output" : path);
        return VERB_FAILED;
    }
    return VERB_DONE;
}
