/* tally-sim fuzz: random schedules of faults, and what they come to. */
#include "netsim/fuzz/fuzz_runner.h"
#include "netsim/number_option.h"
#include "netsim/verbs.h"

#include <stdio.h>
#include <string.h>

#include "base/mark.h"

enum {
    SCHEDULES_DEFAULT = 1000
};

static void usage(FILE *stream)
{
    fprintf(
        stream,
        "Usage: tally-sim fuzz [OPTION]...\n\n"
        "Runs random schedules of faults against whole validators. One seed decides a schedule.\n"
        "First anything goes wrong; then the faults stop for a core, which has to be live.\n\n"
        "  --seed S            of the first schedule (1); the next one's is one more\n"
        "  --schedules N       how many (%d)\n"
        "  --minutes M         for so long, however many\n"
        "  --jobs J            processes at a time, 1 to %d (1)\n"
        "  --without C,...     classes of fault that are left out\n"
        "  --failures N        end after so many failures (1)\n"
        "  --no-minimise       do not look for fewer classes that fail the same way\n"
        "  --verbose           options and figures of every schedule; so with --schedules 1\n"
        "  --trace             and every event on a line\n"
        "  --digest            only seed and digest of each schedule\n"
        "  --canary            the checker is told a lie: every schedule must fail\n"
        "  --marks             list rules that no schedule reached (PROFILE=marks)\n\n"
        "Classes of fault:\n",
        SCHEDULES_DEFAULT, FUZZ_JOBS_MAX);
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        fprintf(stream, "  %-10s %s\n", fuzz_fault_name((enum fuzz_fault)fault),
                fuzz_fault_text((enum fuzz_fault)fault));
    }
    fprintf(stream,
            "\nExit code: 0 none failed (lost ones are counted apart), 1 a mark was not reached,\n"
            "2 usage, %d a crash, %d not live, %d unsafe.\n",
            FUZZ_EXIT_CRASHED, FUZZ_EXIT_STUCK, FUZZ_EXIT_UNSAFE);
}

static bool read_classes(const char *text, uint32_t *classes)
{
    char name[32];
    while (*text != '\0') {
        const size_t length = strcspn(text, ",");
        enum fuzz_fault fault;
        if (length >= sizeof name) {
            return false;
        }
        memcpy(name, text, length);
        name[length] = '\0';
        if (!fuzz_fault_by_name(name, &fault)) {
            return false;
        }
        *classes |= UINT32_C(1) << fault;
        text += length + (text[length] == ',');
    }
    return true;
}

struct flag_option {
    const char *name;
    bool *value;
};

enum {
    OPTION_SEED,
    OPTION_SCHEDULES,
    OPTION_MINUTES,
    OPTION_JOBS,
    OPTION_FAILURES,
    OPTION_COUNT
};

/* The number of arguments that were understood: 0, 1 or 2. */
static int read_argument(const char *name, const char *value, struct number_option *numbers,
                         const struct flag_option *flags, size_t flag_count, uint32_t *without)
{
    for (size_t i = 0; i < flag_count; i++) {
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].value = true;
            return 1;
        }
    }
    if (value == NULL) {
        return 0;
    }
    if (strcmp(name, "--without") == 0) {
        return read_classes(value, without) ? 2 : 0;
    }
    return number_option_take(numbers, OPTION_COUNT, name, value) ? 2 : 0;
}

int verb_fuzz(int argc, char **argv)
{
    bool no_minimise = false;
    bool help = false;
    struct fuzz_campaign campaign = {.minimise = true};
    struct number_option numbers[OPTION_COUNT] = {
        [OPTION_SEED] = {"--seed", 0, UINT64_MAX, 1, false},
        [OPTION_SCHEDULES] = {"--schedules", 1, UINT64_MAX / 2, 0, false},
        [OPTION_MINUTES] = {"--minutes", 1, 100000, 0, false},
        [OPTION_JOBS] = {"--jobs", 1, FUZZ_JOBS_MAX, 1, false},
        [OPTION_FAILURES] = {"--failures", 1, 1000000, 1, false},
    };
    const struct flag_option flags[] = {
        {"--trace", &campaign.trace},
        {"--verbose", &campaign.verbose},
        {"--digest", &campaign.digest},
        {"--canary", &campaign.canary},
        {"--marks", &campaign.marks},
        {"--no-minimise", &no_minimise},
        {"--help", &help},
    };
    for (int i = 1; i < argc;) {
        const int taken = read_argument(argv[i], i + 1 < argc ? argv[i + 1] : NULL, numbers, flags,
                                        sizeof flags / sizeof flags[0], &campaign.without);
        if (taken == 0) {
            fprintf(stderr, "tally-sim fuzz: cannot use '%s'; --help lists what can be given\n",
                    argv[i]);
            return FUZZ_EXIT_USAGE;
        }
        i += taken;
    }
    if (help) {
        usage(stdout);
        return 0;
    }
    if (campaign.marks && mark_count() == 0) {
        fprintf(stderr, "tally-sim fuzz: --marks wants a program built with PROFILE=marks\n");
        return FUZZ_EXIT_USAGE;
    }
    campaign.seed = numbers[OPTION_SEED].value;
    campaign.schedule_count = numbers[OPTION_SCHEDULES].value;
    campaign.minutes = (uint32_t)numbers[OPTION_MINUTES].value;
    campaign.jobs_count = (uint32_t)numbers[OPTION_JOBS].value;
    campaign.failures_max = (uint32_t)numbers[OPTION_FAILURES].value;
    campaign.minimise = !no_minimise;
    if (campaign.schedule_count == 0) {
        campaign.schedule_count = campaign.minutes > 0 ? UINT64_MAX / 2 : SCHEDULES_DEFAULT;
    }
    campaign.verbose = campaign.verbose || campaign.trace || campaign.schedule_count == 1;
    return (int)fuzz_campaign_run(&campaign);
}
