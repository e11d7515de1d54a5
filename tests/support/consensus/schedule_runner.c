#include "tests/support/consensus/schedule_runner.h"

#include "base/assert.h"
#include "tests/support/consensus/cluster.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    JOBS_MAX = 16,
    TWICE_PERIOD = 64
};

/* What a job counts, in memory shared with the parent, who reads it even if the job dies. */
struct job_state {
    uint64_t seed; /* of the schedule under way */
    uint64_t schedules;
    uint64_t faults_kinds; /* sum of the kinds per schedule */
    uint64_t nodes;
    uint64_t crashes;
    uint64_t evidence;
    uint64_t messages;
    struct {
        uint64_t events;
        uint64_t blocks;
        uint64_t batches;
        uint64_t time_ms;
    } phases[2];
    char text[1024];
};

struct runner {
    uint64_t seed;
    uint64_t schedules_count;
    uint32_t jobs_count;
    uint32_t without; /* bit set of enum cluster_fault */
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
    cluster_options_from_seed(options, CLUSTER_MIX_WIDE, seed);
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

static void job_count(struct job_state *job, const struct cluster *cluster)
{
    const struct cluster_marks *marks = &cluster->marks;
    job->schedules++;
    job->faults_kinds += (uint64_t)__builtin_popcount(cluster->options.faults);
    job->nodes += cluster->options.nodes_count;
    job->crashes += cluster->counts.crashes;
    job->evidence += cluster->counts.evidence;
    job->messages += cluster->counts.messages;
    job->phases[0].events += marks->events;
    job->phases[0].blocks += marks->blocks;
    job->phases[0].batches += marks->batches;
    job->phases[0].time_ms += marks->time_ms;
    job->phases[1].events += cluster->counts.events - marks->events;
    job->phases[1].blocks += checker_final_height(cluster->checker) - marks->blocks;
    job->phases[1].batches += checker_ordered_count(cluster->checker) - marks->batches;
    job->phases[1].time_ms += cluster->now_ms - marks->time_ms;
}

static enum schedule_exit schedule_run(const struct runner *runner, struct job_state *job,
                                       const struct cluster_options *options, FILE *trace,
                                       uint64_t *digest)
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
    job_count(job, cluster);
    (void)snprintf(job->text, sizeof job->text, "%s", cluster_outcome_text(cluster));
    cluster_free(cluster);
    return exit_of(outcome);
}

/* The schedules of one job, until the first that fails. Every now and then one runs twice. */
static enum schedule_exit job_run(const struct runner *runner, uint32_t number)
{
    struct job_state *job = &runner->jobs[number];
    for (uint64_t i = number; i < runner->schedules_count; i += runner->jobs_count) {
        struct cluster_options options;
        uint64_t digest;
        job->seed = runner->seed + i;
        options_for(runner, job->seed, 0, &options);
        enum schedule_exit result =
            schedule_run(runner, job, &options, runner->trace ? stdout : NULL, &digest);
        if (result != SCHEDULE_PASSED) {
            return result;
        }
        if (i % TWICE_PERIOD == 0 && !runner->trace) {
            uint64_t again;
            (void)schedule_run(runner, job, &options, NULL, &again);
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
        _exit((int)schedule_run(runner, scratch, &options, NULL, &digest));
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

static void table_print(const struct runner *runner, double seconds)
{
    static const char *const names[] = {"safety", "liveness"};
    struct job_state sum;
    memset(&sum, 0, sizeof sum);
    for (uint32_t i = 0; i < runner->jobs_count; i++) {
        const struct job_state *job = &runner->jobs[i];
        sum.schedules += job->schedules;
        sum.faults_kinds += job->faults_kinds;
        sum.nodes += job->nodes;
        sum.crashes += job->crashes;
        sum.evidence += job->evidence;
        sum.messages += job->messages;
        for (int phase = 0; phase < 2; phase++) {
            sum.phases[phase].events += job->phases[phase].events;
            sum.phases[phase].blocks += job->phases[phase].blocks;
            sum.phases[phase].batches += job->phases[phase].batches;
            sum.phases[phase].time_ms += job->phases[phase].time_ms;
        }
    }
    double count = sum.schedules == 0 ? 1.0 : (double)sum.schedules;
    printf("schedules %llu in %.1f s of processor time, %u jobs: %.0f/s; per schedule %.1f nodes, "
           "%.1f kinds of "
           "fault, %.0f messages, %.1f crashes, %.1f pieces of evidence\n",
           (unsigned long long)sum.schedules, seconds, runner->jobs_count, count / seconds,
           (double)sum.nodes / count, (double)sum.faults_kinds / count,
           (double)sum.messages / count, (double)sum.crashes / count, (double)sum.evidence / count);
    printf("phase      events/schedule  blocks/schedule  batches/schedule  virtual s/schedule\n");
    for (int phase = 0; phase < 2; phase++) {
        printf("%-9s  %15.0f  %15.1f  %16.1f  %18.2f\n", names[phase],
               (double)sum.phases[phase].events / count, (double)sum.phases[phase].blocks / count,
               (double)sum.phases[phase].batches / count,
               (double)sum.phases[phase].time_ms / 1000.0 / count);
    }
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
    table_print(runner, seconds_used());
    for (uint32_t i = 0; i < runner->jobs_count; i++) {
        if (results[i] != SCHEDULE_PASSED) {
            failure_tell(runner, &runner->jobs[i], results[i]);
        }
    }
    return worst;
}

int schedule_runner_main(int argc, char **argv, uint64_t schedules_default)
{
    struct runner runner = {
        .seed = 1, .schedules_count = schedules_default, .jobs_count = 1, .minimise = true};
    runner.program = argv[0];
    if (!arguments_parse(&runner, argc, argv)) {
        fprintf(stderr,
                "usage: %s [--schedules N] [--seed S] [--jobs J (1 to %d)] [--trace] "
                "[--digest] [--canary] [--no-minimise] [--without FAULT,...]\n",
                argv[0], JOBS_MAX);
        return SCHEDULE_USAGE;
    }
    size_t size = (JOBS_MAX + 1) * sizeof *runner.jobs;
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TALLY_ASSERT(shared != MAP_FAILED);
    runner.jobs = shared;
    enum schedule_exit result = jobs_run(&runner);
    (void)munmap(shared, size);
    return (int)result;
}
