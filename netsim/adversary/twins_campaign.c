#include "netsim/adversary/twins_campaign.h"

#include "base/assert.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PROGRESS_S = 5
};

/* What a piece came to; written to the pipe at once, being small enough not to be split. */
struct piece_report {
    uint64_t piece;
    struct twins_totals totals;
};

_Static_assert(sizeof(struct piece_report) <= 512, "a pipe takes so much at once");

bool twins_failed(const struct twins_config *config, const struct twins_result *result)
{
    if (config->twins <= (config->members - 1) / 3) {
        return result->outcome != TWINS_PASSED;
    }
    return result->forked ? 3 * member_set_count(&result->culprits) <= config->members
                          : result->outcome == TWINS_UNSAFE;
}

static void totals_add(struct twins_totals *totals, const struct twins_totals *more)
{
    if (more->failed > 0 && (totals->failed == 0 || more->failed_first < totals->failed_first)) {
        totals->failed_first = more->failed_first;
        memcpy(totals->text, more->text, sizeof totals->text);
    }
    totals->played += more->played;
    totals->unsafe += more->unsafe;
    totals->stuck += more->stuck;
    totals->forked += more->forked;
    totals->convicted += more->convicted;
    totals->failed += more->failed;
    totals->events += more->events;
    totals->messages += more->messages;
    totals->blocks += more->blocks;
    totals->digest += more->digest;
}

static void totals_take(struct twins_totals *totals, const struct twins_campaign *campaign,
                        uint64_t number, const struct twins_result *result)
{
    struct twins_totals one;
    memset(&one, 0, sizeof one);
    one.played = 1;
    one.unsafe = result->outcome == TWINS_UNSAFE;
    one.stuck = result->outcome == TWINS_STUCK;
    one.forked = result->forked;
    one.convicted =
        result->forked && 3 * member_set_count(&result->culprits) > campaign->twins.members;
    one.failed = twins_failed(&campaign->twins, result);
    one.failed_first = number;
    one.events = result->events;
    one.messages = result->messages;
    one.blocks = result->blocks;
    one.digest = result->digest;
    memcpy(one.text, result->text, sizeof one.text);
    totals_add(totals, &one);
}

/* ---------------------------------------------------------------------------- children */

static uint64_t pieces_count(const struct twins_campaign *campaign)
{
    return (campaign->until - campaign->from + TWINS_PIECE - 1) / TWINS_PIECE;
}

static void piece_play(const struct twins_campaign *campaign, const struct twins_plan *plan,
                       struct twins *twins, uint64_t piece, struct twins_totals *totals)
{
    uint64_t begin = campaign->from + piece * TWINS_PIECE;
    uint64_t end = campaign->until - begin > TWINS_PIECE ? begin + TWINS_PIECE : campaign->until;
    memset(totals, 0, sizeof *totals);
    for (uint64_t number = begin; number < end; number++) {
        struct twins_scenario scenario;
        struct twins_result result;
        if (campaign->drawn) {
            twins_plan_draw(plan, campaign->seed, number, &scenario);
        } else if (!twins_plan_scenario(plan, number, &scenario)) {
            continue;
        }
        twins_play(twins, &scenario, &result);
        totals_take(totals, campaign, number, &result);
    }
}

/* Never returns. */
static void child_run(const struct twins_campaign *campaign, uint32_t job, int pipe_end)
{
    struct twins_plan *plan = twins_plan_new(&campaign->plan);
    struct twins *twins = twins_new(&campaign->twins);
    uint64_t count = pieces_count(campaign);
    TALLY_ASSERT(plan != NULL);
    for (uint64_t piece = job; piece < count; piece += campaign->jobs) {
        struct piece_report report;
        memset(&report, 0, sizeof report);
        report.piece = piece;
        piece_play(campaign, plan, twins, piece, &report.totals);
        if (write(pipe_end, &report, sizeof report) != (ssize_t)sizeof report) {
            _exit(1);
        }
    }
    _exit(0);
}

/* ------------------------------------------------------------------------------ parent */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void interrupts_catch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt; /* without SA_RESTART: read() below returns */
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static void progress_tell(const struct twins_campaign *campaign, const struct twins_totals *totals,
                          uint64_t next, time_t begin)
{
    double seconds = difftime(time(NULL), begin);
    (void)fprintf(stderr, "twins: up to %llu of %llu, %llu played, %llu failed, %.0f a second\n",
                  (unsigned long long)next, (unsigned long long)campaign->until,
                  (unsigned long long)totals->played, (unsigned long long)totals->failed,
                  seconds > 0 ? (double)totals->played / seconds : 0.0);
}

/* The lowest number not looked at, given how many pieces each child has done. */
static uint64_t next_number(const struct twins_campaign *campaign, const uint64_t *done)
{
    uint64_t lowest = pieces_count(campaign);
    for (uint32_t job = 0; job < campaign->jobs; job++) {
        uint64_t piece = job + done[job] * campaign->jobs;
        lowest = piece < lowest ? piece : lowest;
    }
    uint64_t number = campaign->from + lowest * TWINS_PIECE;
    return number < campaign->until ? number : campaign->until;
}

static void reports_read(const struct twins_campaign *campaign, int pipe_end,
                         struct twins_totals *totals)
{
    uint64_t done[TWINS_JOBS_MAX] = {0};
    struct piece_report report;
    time_t begin = time(NULL);
    time_t told = begin;
    totals->next = campaign->from;
    while (!interrupted && totals->failed < campaign->failures_max &&
           read(pipe_end, &report, sizeof report) == (ssize_t)sizeof report) {
        totals_add(totals, &report.totals);
        done[report.piece % campaign->jobs]++;
        totals->next = next_number(campaign, done);
        if (campaign->progress && time(NULL) >= told + PROGRESS_S) {
            told = time(NULL);
            progress_tell(campaign, totals, totals->next, begin);
        }
    }
}

/* Ends the children that still run; true if all others had ended well. */
static bool children_end(const pid_t *children, uint32_t count, bool early)
{
    bool well = true;
    for (uint32_t i = 0; i < count; i++) {
        int status = 0;
        if (early) {
            (void)kill(children[i], SIGKILL);
        }
        while (waitpid(children[i], &status, 0) < 0 && errno == EINTR) {
        }
        well = well && (early || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    }
    return well;
}

static void speed_tell(const struct twins_totals *totals)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    double seconds = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                     ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) / 1e6;
    (void)fprintf(stderr, "twins: %.1f s of processor time, %.0f scenarios per second of it\n",
                  seconds, seconds > 0 ? (double)totals->played / seconds : 0.0);
}

bool twins_campaign_run(const struct twins_campaign *campaign, struct twins_totals *totals)
{
    pid_t children[TWINS_JOBS_MAX];
    uint32_t started = 0;
    int ends[2];
    TALLY_ASSERT(campaign->jobs >= 1 && campaign->jobs <= TWINS_JOBS_MAX);
    TALLY_ASSERT(campaign->from <= campaign->until);
    memset(totals, 0, sizeof *totals);
    if (pipe(ends) != 0) {
        return false;
    }
    (void)fflush(NULL);
    while (started < campaign->jobs && (children[started] = fork()) > 0) {
        started++;
    }
    if (started < campaign->jobs && children[started] == 0) {
        (void)close(ends[0]);
        child_run(campaign, started, ends[1]);
    }
    (void)close(ends[1]);
    interrupts_catch();
    if (started == campaign->jobs) {
        reports_read(campaign, ends[0], totals);
    }
    (void)close(ends[0]);
    bool early = started < campaign->jobs || totals->next < campaign->until;
    bool asked = interrupted || totals->failed >= campaign->failures_max;
    bool well = children_end(children, started, early) && (!early || asked);
    if (campaign->progress) {
        speed_tell(totals);
    }
    return well;
}
