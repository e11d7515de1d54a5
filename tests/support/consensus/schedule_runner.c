#include "tests/support/consensus/schedule_runner.h"

#include "base/assert.h"
#include "tests/support/consensus/schedule_counts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    JOBS_MAX = 16,
    TWICE_PERIOD = 64,
    SPARE_SEEDS = 64
};

/* What a job counts, in memory shared with the parent, who reads it even if the job dies. */
struct job_state {
    uint64_t seed; /* of the schedule under way */
    struct schedule_counts counts;
    char text[1024];
};

struct runner {
    uint64_t seed;
    uint64_t schedules_count;
    uint32_t jobs_count;
    uint32_t without; /* bit set of enum cluster_fault */
    enum cluster_mix mix;
    bool trace;
    bool digest;
    bool canary; /* the checker is told one lie, and must notice */
    bool minimise;
    const char *program;
    struct job_state *jobs; /* shared memory */
};

static void options_for(const struct runner *runner, uint64_t seed, uint32_t without,
                        struct cluster_options *options)
{
    cluster_options_from_seed(options, runner->mix, seed);
    for (uint32_t fault = 0; fault < CLUSTER_FAULT_COUNT; fault++) {
        if (((runner->without | without) & (1u << fault)) != 0) {
            (void)cluster_options_without(options, (enum cluster_fault)fault);
        }
    }
    options->canary = runner->canary;
}

static enum schedule_exit exit_of(enum cluster_outcome outcome)
{
    switch (outcome) {
    case CLUSTER_PASSED:
        return SCHEDULE_PASSED;
    case CLUSTER_STUCK:
        return SCHEDULE_STUCK;
    case CLUSTER_UNSAFE:
        return SCHEDULE_UNSAFE;
    }
    return SCHEDULE_CRASHED;
}

/* A campaign promises what its schedules have in them, a look at some of them does not. */
static bool strict(const struct runner *runner)
{
    return runner->mix == CLUSTER_MIX_CAMPAIGN && runner->without == 0 && !runner->trace;
}

/* One schedule; counts may be NULL. */
static enum schedule_exit schedule_run(const struct runner *runner, struct job_state *job,
                                       const struct cluster_options *options, FILE *trace,
                                       struct schedule_counts *counts, uint64_t *digest)
{
    char text[1024];
    if (trace != NULL) {
        cluster_options_print(options, text, sizeof text);
        fprintf(trace, "%s\n", text);
    }
    struct cluster *cluster = cluster_new(options, trace);
    enum cluster_outcome outcome = cluster_run_schedule(cluster);
    *digest = cluster->digest;
    if (runner->digest) {
        printf("%llu %016llx\n", (unsigned long long)options->seed,
               (unsigned long long)cluster->digest);
    }
    if (counts != NULL) {
        schedule_counts_add(counts, cluster, outcome, strict(runner));
    }
    (void)snprintf(job->text, sizeof job->text, "%s", cluster_outcome_text(cluster));
    cluster_free(cluster);
    return exit_of(outcome);
}

/*
 * The schedules of one job, until the first that fails. Every now and then one runs twice. Seeds of
 * a campaign that do not qualify are made up for by later ones, within reason.
 */
static enum schedule_exit job_run(const struct runner *runner, uint32_t number)
{
    struct job_state *job = &runner->jobs[number];
    const uint64_t jobs_count = runner->jobs_count;
    const uint64_t wanted = (runner->schedules_count + jobs_count - 1 - number) / jobs_count;
    const uint64_t end = 2 * runner->schedules_count + SPARE_SEEDS;
    for (uint64_t i = number; job->counts.schedules < wanted && i < end; i += jobs_count) {
        struct cluster_options options;
        uint64_t digest;
        job->seed = runner->seed + i;
        options_for(runner, job->seed, 0, &options);
        enum schedule_exit result = schedule_run(
            runner, job, &options, runner->trace ? stdout : NULL, &job->counts, &digest);
        if (result != SCHEDULE_PASSED) {
            return result;
        }
        if (i % TWICE_PERIOD == 0 && !runner->trace) {
            uint64_t again;
            (void)schedule_run(runner, job, &options, NULL, NULL, &again);
            if (again != digest) {
                (void)snprintf(job->text, sizeof job->text, "the same seed ran differently twice");
                return SCHEDULE_UNSAFE;
            }
        }
    }
    return SCHEDULE_PASSED;
}

static enum schedule_exit exit_wait(pid_t child)
{
    int status = 0;
    pid_t waited = waitpid(child, &status, 0);
    TALLY_ASSERT(waited == child);
    return WIFEXITED(status) ? (enum schedule_exit)WEXITSTATUS(status) : SCHEDULE_CRASHED;
}

/* Runs one schedule in a process of its own, silently. */
static enum schedule_exit try_without(const struct runner *runner, uint64_t seed, uint32_t without)
{
    struct job_state *scratch = &runner->jobs[JOBS_MAX];
    fflush(NULL);
    pid_t child = fork();
    TALLY_ASSERT(child >= 0);
    if (child == 0) {
        struct cluster_options options;
        uint64_t digest;
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(SCHEDULE_CRASHED);
        }
        options_for(runner, seed, without, &options);
        _exit((int)schedule_run(runner, scratch, &options, NULL, NULL, &digest));
    }
    return exit_wait(child);
}

static void failure_tell(const struct runner *runner, const struct job_state *job,
                         enum schedule_exit result)
{
    struct cluster_options options;
    char text[1024];
    uint32_t without = runner->without;
    const char *kind = result == SCHEDULE_STUCK    ? "LIVENESS"
                       : result == SCHEDULE_UNSAFE ? "CORRECTNESS"
                                                   : "CRASH";
    options_for(runner, job->seed, 0, &options);
    cluster_options_print(&options, text, sizeof text);
    printf("%s failure: %s\n  options    %s\n", kind,
           result == SCHEDULE_CRASHED ? "the process died" : job->text, text);
    for (uint32_t fault = 0; fault < CLUSTER_FAULT_COUNT; fault++) {
        uint32_t bit = 1u << fault;
        if (runner->minimise && (options.faults & bit) != 0 && (without & bit) == 0 &&
            try_without(runner, job->seed, without | bit) == result) {
            without |= bit;
        }
    }
    options_for(runner, job->seed, without, &options);
    cluster_options_print(&options, text, sizeof text);
    printf("  smallest   %s\n  reproduce  %s --seed %llu --schedules 1 --trace", text,
           runner->program, (unsigned long long)job->seed);
    if (runner->mix == CLUSTER_MIX_CAMPAIGN) {
        printf(" --mix campaign");
    }
    const char *separator = " --without ";
    for (uint32_t fault = 0; fault < CLUSTER_FAULT_COUNT; fault++) {
        if ((without & (1u << fault)) != 0) {
            printf("%s%s", separator, cluster_fault_name((enum cluster_fault)fault));
            separator = ",";
        }
    }
    printf("\n");
}

/* Processor time of the jobs that have ended: other work on the machine does not count. */
static double seconds_used(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Everything that the jobs counted; false if fewer schedules qualified than were asked for. */
static bool table_print(const struct runner *runner, double seconds)
{
    struct schedule_counts sum;
    schedule_counts_init(&sum);
    for (uint32_t i = 0; i < runner->jobs_count; i++) {
        schedule_counts_merge(&sum, &runner->jobs[i].counts);
    }
    const uint64_t run = sum.schedules + sum.others;
    printf("%llu schedules in %.1f s of processor time, %u jobs: %.0f/s\n", (unsigned long long)run,
           seconds, runner->jobs_count, (double)run / seconds);
    schedule_counts_print(&sum);
    return !strict(runner) || sum.qualified >= runner->schedules_count;
}

static bool faults_parse(char *list, uint32_t *faults)
{
    for (char *name = strtok(list, ","); name != NULL; name = strtok(NULL, ",")) {
        enum cluster_fault fault;
        if (!cluster_fault_by_name(name, &fault)) {
            return false;
        }
        *faults |= 1u << fault;
    }
    return true;
}

static bool number_parse(const char *text, uint64_t *number)
{
    char *end = NULL;
    *number = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

static bool mix_parse(const char *name, enum cluster_mix *mix)
{
    *mix = strcmp(name, "campaign") == 0 ? CLUSTER_MIX_CAMPAIGN : CLUSTER_MIX_WIDE;
    return *mix == CLUSTER_MIX_CAMPAIGN || strcmp(name, "wide") == 0;
}

static bool arguments_parse(struct runner *runner, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool valued = i + 1 < argc;
        uint64_t number = 0;
        if (strcmp(argv[i], "--trace") == 0) {
            runner->trace = true;
        } else if (strcmp(argv[i], "--digest") == 0) {
            runner->digest = true;
        } else if (strcmp(argv[i], "--canary") == 0) {
            runner->canary = true;
        } else if (strcmp(argv[i], "--no-minimise") == 0) {
            runner->minimise = false;
        } else if (strcmp(argv[i], "--without") == 0 && valued) {
            if (!faults_parse(argv[++i], &runner->without)) {
                return false;
            }
        } else if (valued && strcmp(argv[i], "--mix") == 0) {
            if (!mix_parse(argv[++i], &runner->mix)) {
                return false;
            }
        } else if (valued && strcmp(argv[i], "--schedules") == 0) {
            if (!number_parse(argv[++i], &runner->schedules_count)) {
                return false;
            }
        } else if (valued && strcmp(argv[i], "--seed") == 0) {
            if (!number_parse(argv[++i], &runner->seed)) {
                return false;
            }
        } else if (valued && strcmp(argv[i], "--jobs") == 0) {
            if (!number_parse(argv[++i], &number) || number < 1 || number > JOBS_MAX) {
                return false;
            }
            runner->jobs_count = (uint32_t)number;
        } else {
            return false;
        }
    }
    return true;
}

static enum schedule_exit jobs_run(const struct runner *runner)
{
    pid_t children[JOBS_MAX];
    enum schedule_exit results[JOBS_MAX];
    enum schedule_exit worst = SCHEDULE_PASSED;
    fflush(NULL);
    for (uint32_t i = 0; i < runner->jobs_count; i++) {
        children[i] = fork();
        TALLY_ASSERT(children[i] >= 0);
        if (children[i] == 0) {
            exit((int)job_run(runner, i)); /* not _exit: coverage is written at exit */
        }
    }
    for (uint32_t i = 0; i < runner->jobs_count; i++) {
        results[i] = exit_wait(children[i]);
        worst = results[i] > worst ? results[i] : worst;
    }
    if (!table_print(runner, seconds_used()) && worst == SCHEDULE_PASSED) {
        printf("too few schedules qualify\n");
        worst = SCHEDULE_UNQUALIFIED;
    }
    for (uint32_t i = 0; i < runner->jobs_count; i++) {
        if (results[i] != SCHEDULE_PASSED) {
            failure_tell(runner, &runner->jobs[i], results[i]);
        }
    }
    return worst;
}

int schedule_runner_main(int argc, char **argv, uint64_t schedules_default,
                         enum cluster_mix mix_default)
{
    struct runner runner = {.seed = 1,
                            .schedules_count = schedules_default,
                            .jobs_count = 1,
                            .minimise = true,
                            .mix = mix_default};
    runner.program = argv[0];
    if (!arguments_parse(&runner, argc, argv)) {
        fprintf(stderr,
                "usage: %s [--schedules N] [--seed S] [--jobs J (1 to %d)] [--mix wide|campaign] "
                "[--trace] [--digest] [--canary] [--no-minimise] [--without FAULT,...]\n",
                argv[0], JOBS_MAX);
        return SCHEDULE_USAGE;
    }
    size_t size = (JOBS_MAX + 1) * sizeof *runner.jobs;
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TALLY_ASSERT(shared != MAP_FAILED);
    runner.jobs = shared;
    for (uint32_t i = 0; i < JOBS_MAX; i++) {
        schedule_counts_init(&runner.jobs[i].counts);
    }
    enum schedule_exit result = jobs_run(&runner);
    (void)munmap(shared, size);
    return (int)result;
}
