#include "netsim/check/watch.h"

#include "base/assert.h"
#include "netsim/check/testimony.h"

#include <stdlib.h>
#include <string.h>

struct watch {
    struct simulation *simulation;
    struct checker *checker;
    struct testimony testimony;
    uint32_t members_count;
    struct member_set damaged;
    struct member_set speechless; /* lost their journals */
    uint64_t evidence_count;
    bool exhausted;
    bool lies;
    struct hash committed_last; /* for lies */
};

/* The honest member that a host runs, or UINT32_MAX. */
static uint32_t honest_member(const struct watch *watch, uint32_t host)
{
    return host < watch->members_count && checker_is_honest(watch->checker, host) ? host
                                                                                  : UINT32_MAX;
}

static void on_sent(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    (void)to;
    (void)class;
    if (size == 0) {
        return;
    }
    if (member != UINT32_MAX) {
        testimony_honest_sent(&watch->testimony, member, bytes, size);
    } else {
        testimony_byzantine_sent(&watch->testimony, bytes, size);
    }
}

static void on_batch_durable(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member != UINT32_MAX) {
        testimony_batch_durable(&watch->testimony, member, bytes, size);
    }
}

static void on_recorded(void *context, uint32_t host, const uint8_t *record, size_t size,
                        bool durable)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member == UINT32_MAX) {
        return;
    }
    testimony_record(&watch->testimony, member, record, size, durable);
    if (member_set_has(&watch->speechless, member) && testimony_is_vote(record, size)) {
        checker_fail(watch->checker, "node %u votes, though its journal is lost", member);
    }
}

static void on_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                         size_t size)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    struct hash hash;
    if (member == UINT32_MAX) {
        return;
    }
    testimony_stored_hash(stored, size, &hash);
    bool lie = watch->lies && height > 1;
    checker_commit(watch->checker, member, height, lie ? &watch->committed_last : &hash);
    watch->committed_last = hash;
}

static void on_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member != UINT32_MAX) {
        checker_executed(watch->checker, member, executed->height,
                         &executed->output->result.result_root);
    }
}

/* ------------------------------------------------------------------- accusation, trouble */

static void on_evidence(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member == UINT32_MAX) {
        return;
    }
    uint32_t culprit = testimony_culprit(bytes, size);
    TALLY_ASSERT(culprit < watch->members_count);
    watch->evidence_count++;
    checker_evidence(watch->checker, member, culprit);
}

static void on_alarm(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    (void)peer;
    if (member == UINT32_MAX) {
        return;
    }
    enum testimony_alarm alarm = testimony_alarm(code);
    watch->exhausted = watch->exhausted || alarm == ALARM_EXHAUSTED;
    if (alarm == ALARM_WRONG && !member_set_has(&watch->damaged, member)) {
        checker_fail(watch->checker, "node %u: %s", member, consensus_alarm_text(code));
    }
}

static void on_started(void *context, uint32_t host, bool mute)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member == UINT32_MAX) {
        return;
    }
    checker_votes_forgotten(watch->checker, member);
    if (mute && !member_set_has(&watch->damaged, member)) {
        checker_fail(watch->checker, "node %u starts mute, though its storage was never damaged",
                     member);
    }
}

static void on_stopped(void *context, uint32_t host, enum simulation_stop why)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member != UINT32_MAX && why == STOP_HALT && !member_set_has(&watch->damaged, member)) {
        checker_fail(watch->checker, "node %u halts", member);
    }
}

/* -------------------------------------------------------------------------------- life */

struct watch *watch_new(struct simulation *simulation, const struct member_set *byzantine)
{
    const struct simulation_config *config = simulation_configuration(simulation);
    struct watch *watch = calloc(1, sizeof *watch);
    TALLY_ASSERT(watch != NULL);
    struct checker_config checker = {.members_count = config->member_count,
                                     .lane_quota_batches = config->limits.lane_quota_batches,
                                     .byzantine = *byzantine,
                                     .results = CHECKER_RESULTS_TOLD};
    watch->simulation = simulation;
    watch->members_count = config->member_count;
    watch->checker = checker_new(&checker);
    testimony_init(&watch->testimony, watch->checker, watch->members_count);
    struct simulation_observer observer = {.context = watch,
                                           .sent = on_sent,
                                           .recorded = on_recorded,
                                           .batch_durable = on_batch_durable,
                                           .committed = on_committed,
                                           .executed = on_executed,
                                           .evidence = on_evidence,
                                           .alarm = on_alarm,
                                           .started = on_started,
                                           .stopped = on_stopped};
    simulation_observe(simulation, &observer);
    return watch;
}

void watch_free(struct watch *watch)
{
    checker_free(watch->checker);
    free(watch);
}

const char *watch_violation(const struct watch *watch)
{
    return checker_violation(watch->checker);
}

void watch_damaged(struct watch *watch, uint32_t member)
{
    member_set_add(&watch->damaged, member);
    checker_batches_lost(watch->checker, member);
}

void watch_journal_lost(struct watch *watch, uint32_t member)
{
    watch_damaged(watch, member);
    member_set_add(&watch->speechless, member);
}

bool watch_exhausted(const struct watch *watch)
{
    return watch->exhausted;
}

uint64_t watch_evidence_count(const struct watch *watch)
{
    return watch->evidence_count;
}

void watch_lie(struct watch *watch)
{
    watch->lies = true;
}
