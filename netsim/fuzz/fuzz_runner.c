#include "netsim/fuzz/fuzz_runner.h"

#include "base/assert.h"
#include "base/mark.h"
#include "netsim/fuzz/fuzz_totals.h"
#include "node/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MARKS_MAX = 512,
    OPTIONS_TEXT = 4096,
    POLL_MS = 100,
    PROGRESS_S = 60,
};

/* What a job does, in memory shared with the parent, who reads it even if the job dies. */
struct job {
    uint64_t next; /* schedules of the campaign: the one under way, or to be begun */
    struct fuzz_totals totals;
    char text[sizeof(((struct fuzz_verdict *)0)->text)];
    uint64_t marks[MARKS_MAX];
};

struct runner {
    const struct fuzz_campaign *campaign;
    struct job *jobs; /* one more than there are, for trials */
    uint64_t end_ns;  /* of the wall clock; UINT64_MAX: never */
    uint64_t begin_ns;
};

static uint64_t wall_ns(void)
{
    struct timespec now;
    const int result = clock_gettime(CLOCK_MONOTONIC, &now);
    TALLY_ASSERT(result == 0);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static enum fuzz_exit exit_of(enum fuzz_outcome outcome)
{
    switch (outcome) {
    case FUZZ_PASSED:
    case FUZZ_LOST:
        return FUZZ_EXIT_PASSED;
    case FUZZ_STUCK:
        return FUZZ_EXIT_STUCK;
    case FUZZ_UNSAFE:
        return FUZZ_EXIT_UNSAFE;
    }
    return FUZZ_EXIT_CRASHED;
}

/* ---------------------------------------------------------------------------------------- job */

static void options_tell(const struct fuzz_options *options)
{
    char text[OPTIONS_TEXT];
    (void)fuzz_options_print(options, text, sizeof text);
    printf("%s", text);
}

static void outcome_tell(const struct fuzz_verdict *verdict)
{
    static const char *const words[] = {"passed", "lost", "NOT LIVE", "UNSAFE"};
    fuzz_figures_print(verdict->figures, stdout);
    printf("%s%s%s; digest %016llx\n\n", words[verdict->outcome],
           verdict->text[0] != '\0' ? ": " : "", verdict->text,
           (unsigned long long)verdict->digest);
}

/* Sums of all processes that ever ran this job. */
static void marks_keep(struct job *job, uint64_t *before)
{
    for (size_t i = 0; i < mark_count(); i++) {
        job->marks[i] += mark_at(i)->hits - before[i];
        before[i] = mark_at(i)->hits;
    }
}

static enum fuzz_exit job_run_one(const struct runner *runner, struct job *job,
                                  const struct market *market)
{
    const struct fuzz_campaign *campaign = runner->campaign;
    const bool tell = campaign->verbose && !campaign->digest;
    struct fuzz_options options;
    struct fuzz_verdict verdict;
    fuzz_options_from_seed(&options, campaign->seed + job->next, campaign->without);
    if (tell) {
        options_tell(&options);
    }
    (void)alarm(FUZZ_HANG_S);
    fuzz_schedule_run(&options, market, campaign->canary, campaign->trace ? stdout : NULL,
                      &verdict);
    fuzz_totals_add(&job->totals, &options, &verdict);
    memcpy(job->text, verdict.text, sizeof job->text);
    if (tell) {
        outcome_tell(&verdict);
    }
    if (campaign->digest) {
        printf("%llu %016llx\n", (unsigned long long)options.seed,
               (unsigned long long)verdict.digest);
    }
    if (verdict.outcome == FUZZ_PASSED && job->next % FUZZ_TWICE_PERIOD == 0 && !campaign->trace) {
        const uint64_t digest = verdict.digest;
        fuzz_schedule_run(&options, market, campaign->canary, NULL, &verdict);
        if (verdict.digest != digest) {
            (void)snprintf(job->text, sizeof job->text, "the same seed ran differently twice");
            return FUZZ_EXIT_UNSAFE;
        }
    }
    return exit_of(verdict.outcome);
}

/* The schedules of a job, until one fails. */
static enum fuzz_exit job_run(const struct runner *runner, struct job *job)
{
    static uint64_t marks_before[MARKS_MAX];
    struct market *market = fuzz_schedule_market();
    TALLY_ASSERT(market != NULL);
    enum fuzz_exit result = FUZZ_EXIT_PASSED;
    while (result == FUZZ_EXIT_PASSED && job->next < runner->campaign->schedule_count &&
           wall_ns() < runner->end_ns) {
        result = job_run_one(runner, job, market);
        marks_keep(job, marks_before);
        if (result == FUZZ_EXIT_PASSED) {
            job->next += runner->campaign->jobs_count;
        }
    }
    (void)alarm(0);
    market_free(market);
    return result;
}

/* ------------------------------------------------------------------------------------ failure */

static enum fuzz_exit exit_read(int status)
{
    if (WIFEXITED(status)) {
        const int code = WEXITSTATUS(status);
        return code == FUZZ_EXIT_PASSED || code == FUZZ_EXIT_STUCK || code == FUZZ_EXIT_UNSAFE
                   ? (enum fuzz_exit)code
                   : FUZZ_EXIT_CRASHED;
    }
    return FUZZ_EXIT_CRASHED;
}

struct trial {
    const struct runner *runner;
    uint64_t number;
    enum fuzz_exit result;
};

/* Runs the schedule in a process of its own, silently. */
static bool try_without(void *context, uint32_t without)
{
    const struct trial *trial = context;
    const struct fuzz_campaign *campaign = trial->runner->campaign;
    int status = 0;
    (void)fflush(NULL);
    const pid_t child = fork();
    TALLY_ASSERT(child >= 0);
    if (child == 0) {
        struct fuzz_campaign quiet = *campaign;
        struct runner runner = *trial->runner;
        struct job *job = &runner.jobs[campaign->jobs_count];
        if (freopen("/dev/null", "w", stderr) == NULL ||
            freopen("/dev/null", "w", stdout) == NULL) {
            _exit(FUZZ_EXIT_USAGE);
        }
        quiet.without = without;
        quiet.trace = false;
        runner.campaign = &quiet;
        job->next = trial->number;
        _exit((int)job_run_one(&runner, job, fuzz_schedule_market()));
    }
    const pid_t waited = waitpid(child, &status, 0);
    TALLY_ASSERT(waited == child);
    return exit_read(status) == trial->result;
}

uint32_t fuzz_minimise(uint32_t faults, uint32_t without, fuzz_trial *trial, void *context)
{
    bool smaller = true;
    while (smaller) {
        smaller = false;
        for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
            const uint32_t bit = UINT32_C(1) << fault;
            if ((faults & ~without & bit) != 0 && trial(context, without | bit)) {
                without |= bit;
                smaller = true;
            }
        }
    }
    return without;
}

static void command_tell(uint64_t seed, uint32_t without)
{
    const char *separator = " --without ";
    printf("  reproduce: tally-sim fuzz --seed %llu --schedules 1 --trace",
           (unsigned long long)seed);
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        if ((without >> fault & 1u) != 0) {
            printf("%s%s", separator, fuzz_fault_name((enum fuzz_fault)fault));
            separator = ",";
        }
    }
    printf("\n");
}

static void failure_tell(const struct runner *runner, const struct job *job, enum fuzz_exit result,
                         int status)
{
    const struct fuzz_campaign *campaign = runner->campaign;
    const uint64_t seed = campaign->seed + job->next;
    struct trial trial = {runner, job->next, result};
    struct fuzz_options options;
    uint32_t without = campaign->without;
    fuzz_options_from_seed(&options, seed, without);
    printf("\n%s at seed %llu: ",
           result == FUZZ_EXIT_STUCK    ? "NOT LIVE"
           : result == FUZZ_EXIT_UNSAFE ? "UNSAFE"
                                        : "CRASH",
           (unsigned long long)seed);
    if (result != FUZZ_EXIT_CRASHED) {
        printf("%s\n", job->text);
    } else if (WIFSIGNALED(status)) {
        printf("%s\n", WTERMSIG(status) == SIGALRM ? "the schedule does not end"
                                                   : strsignal(WTERMSIG(status)));
    } else {
        printf("exit code %d\n", WEXITSTATUS(status));
    }
    options_tell(&options);
    if (campaign->minimise) {
        without = fuzz_minimise(options.faults, without, try_without, &trial);
        fuzz_options_from_seed(&options, seed, without);
        printf("still so with the smallest set of classes:\n");
        options_tell(&options);
    }
    command_tell(seed, without);
    (void)fflush(stdout);
}

/* ----------------------------------------------------------------------------------- campaign */

/* Processor time of the jobs that have ended: other work on the machine does not count. */
static double seconds_used(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static pid_t job_start(const struct runner *runner, uint32_t number)
{
    (void)fflush(NULL);
    const pid_t child = fork();
    TALLY_ASSERT(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        exit((int)job_run(runner, &runner->jobs[number])); /* coverage is written at exit */
    }
    return child;
}

static uint64_t schedules_run(const struct runner *runner)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < runner->campaign->jobs_count; i++) {
        sum += runner->jobs[i].totals.schedules;
    }
    return sum;
}

/* At a terminal the line is written over every second. */
static void progress_tell(const struct runner *runner, uint64_t *told_s)
{
    const uint64_t now_s = (wall_ns() - runner->begin_ns) / UINT64_C(1000000000);
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (runner->campaign->digest || runner->campaign->verbose ||
        now_s < *told_s + (terminal ? 1 : PROGRESS_S)) {
        return;
    }
    *told_s = now_s;
    fprintf(stderr, "%s%llu schedules in %llu s%s", terminal ? "\r" : "",
            (unsigned long long)schedules_run(runner), (unsigned long long)now_s,
            terminal ? " " : "\n");
}

/* Waits for a job to end; false when none is left. */
static bool job_wait(const struct runner *runner, pid_t *children, uint32_t *number, int *status,
                     uint64_t *told_s)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (;;) {
        uint32_t running = 0;
        for (uint32_t i = 0; i < runner->campaign->jobs_count; i++) {
            running += children[i] > 0;
            if (children[i] > 0 && waitpid(children[i], status, WNOHANG) == children[i]) {
                children[i] = 0;
                *number = i;
                return true;
            }
        }
        if (running == 0) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
        progress_tell(runner, told_s);
    }
}

static enum fuzz_exit jobs_run(const struct runner *runner)
{
    const struct fuzz_campaign *campaign = runner->campaign;
    pid_t children[FUZZ_JOBS_MAX] = {0};
    enum fuzz_exit worst = FUZZ_EXIT_PASSED;
    uint32_t failures = 0;
    uint32_t number = 0;
    uint64_t told_s = 0;
    int status = 0;
    for (uint32_t i = 0; i < campaign->jobs_count; i++) {
        runner->jobs[i].next = i;
        children[i] = job_start(runner, i);
    }
    while (job_wait(runner, children, &number, &status, &told_s)) {
        struct job *job = &runner->jobs[number];
        const enum fuzz_exit result = exit_read(status);
        if (result == FUZZ_EXIT_PASSED) {
            continue;
        }
        worst = result > worst ? result : worst;
        if (failures < campaign->failures_max) {
            failure_tell(runner, job, result, status);
        }
        failures++;
        job->next += campaign->jobs_count;
        if (failures < campaign->failures_max) {
            children[number] = job_start(runner, number);
        } else {
            for (uint32_t i = 0; i < campaign->jobs_count; i++) {
                if (children[i] > 0) {
                    (void)kill(children[i], SIGTERM);
                }
            }
        }
    }
    return worst;
}

/* Why no schedule can reach a mark: NULL when there is no reason. */
static const char *mark_out_of_reach(const char *name)
{
    static const char *const reasons[][2] = {
        {"halt_on_conflicting_finals", "it takes more than f Byzantine members"},
        {"halt_on_conflicting_certificates", "it takes more than f Byzantine members"},
        {"rule_E3_no_nullify_after_finalize", "the certificate that ends the view is in the "
                                              "journal before the vote (test_points_voting)"},
        {"floor_replayed",
         "the certificates before it in the journal raise the floor too (test_points_host)"},
        {"views_exhausted",
         "a network that it happens to waits for its operators (test_points_host)"},
        {"own_lane_closed_by_final_cut",
         "own batches are fetched before their block is committed, and close the lane by that"},
        {"batch_extra_dropped", "it takes more than 64 batches out of place and nothing final "
                                "meanwhile (test_points_blocks)"},
        {"proposal_without_room", "the pool has room for every view that can be skipped, and "
                                  "forgets those given up at half"},
        {"notarize_waits_for_lost_batches",
         "the power has to go between the ends of two syncs that are made side by side, and the "
         "vote that is left be the last of its quorum (test_points_blocks)"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(name, reasons[i][0]) == 0) {
            return reasons[i][1];
        }
    }
    return NULL;
}

/* Adds the places of one name up; lists the names that no schedule reached. */
static bool marks_tell(const struct runner *runner)
{
    uint32_t names = 0;
    uint32_t unreached = 0;
    const size_t count = mark_count();
    for (size_t i = 0; i < count; i++) {
        mark_at(i)->hits = 0;
        for (uint32_t job = 0; job < runner->campaign->jobs_count; job++) {
            mark_at(i)->hits += runner->jobs[job].marks[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t hits = 0;
        bool first = true;
        for (size_t j = 0; j < count; j++) {
            const bool same = strcmp(mark_at(i)->name, mark_at(j)->name) == 0;
            first = first && !(same && j < i);
            hits += same ? mark_at(j)->hits : 0;
        }
        names += first;
        const char *reason = mark_out_of_reach(mark_at(i)->name);
        if (first && hits == 0 && reason != NULL) {
            names--;
            printf("mark       %s in %s is out of reach: %s\n", mark_at(i)->name, mark_at(i)->file,
                   reason);
        } else if (first && hits == 0) {
            unreached++;
            printf("mark       %s in %s was not reached\n", mark_at(i)->name, mark_at(i)->file);
        }
    }
    printf("marks      %u of %u reached\n", names - unreached, names);
    return unreached == 0;
}

enum fuzz_exit fuzz_campaign_run(const struct fuzz_campaign *campaign)
{
    struct runner runner = {.campaign = campaign, .end_ns = UINT64_MAX, .begin_ns = wall_ns()};
    const size_t size = (campaign->jobs_count + 1) * sizeof *runner.jobs;
    struct fuzz_totals totals;
    TALLY_ASSERT(campaign->jobs_count >= 1 && campaign->jobs_count <= FUZZ_JOBS_MAX);
    TALLY_ASSERT(campaign->failures_max >= 1 && mark_count() <= MARKS_MAX);
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    TALLY_ASSERT(nowhere >= 0);
    log_output(nowhere); /* disks fail all the time here; a trace tells of them */
    if (campaign->minutes > 0) {
        runner.end_ns = runner.begin_ns + campaign->minutes * UINT64_C(60000000000);
    }
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TALLY_ASSERT(shared != MAP_FAILED);
    runner.jobs = shared;
    enum fuzz_exit result = jobs_run(&runner);
    memset(&totals, 0, sizeof totals);
    for (uint32_t i = 0; i < campaign->jobs_count; i++) {
        fuzz_totals_merge(&totals, &runner.jobs[i].totals);
    }
    if (!campaign->digest && campaign->schedule_count > 1) {
        fuzz_totals_print(&totals, seconds_used(), stdout);
    }
    if (campaign->marks && !marks_tell(&runner) && result == FUZZ_EXIT_PASSED) {
        result = FUZZ_EXIT_UNREACHED;
    }
    (void)munmap(shared, size);
    log_output(STDERR_FILENO);
    (void)close(nowhere);
    return result;
}
