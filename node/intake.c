#include "node/intake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/thread_name.h"
#include "node/replica/payload.h"

/* One that waits. Its envelope borrows the submission's memory. */
struct waiting {
    struct core_submission submission;
    struct envelope envelope;
    struct hash fingerprint;
    bool unverified; /* else submission.signature_valid stands */
};

struct intake {
    struct intake_config config;
    pthread_t thread;
    bool running;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t put;
    struct waiting *ring;
    uint32_t first;
    uint32_t count;
    size_t bytes;
    uint32_t verifiers;  /* threads that verify, or hand on */
    uint64_t put_us;     /* when the last one came */
    uint64_t spacing_us; /* from one to the next, a mean that forgets */
    uint64_t first_ms;   /* since when any waits */
    bool stopping;
};

enum {
    SPACING_WEIGHT = 8,
};

/* ---- The thread --------------------------------------------------------------------------- */

/* Do more come soon enough to be worth waiting for? The mutex is held. */
static bool more_come_soon(const struct intake *intake)
{
    return intake->count < ENVELOPE_VERIFY_MAX &&
           2 * intake->spacing_us <= (uint64_t)intake->config.gather_ms * 1000;
}

/* Waits until a group is to be taken. The mutex is held. */
static void group_await(struct intake *intake)
{
    while (intake->count == 0 && !intake->stopping) {
        pthread_cond_wait(&intake->put, &intake->mutex);
    }
    const uint64_t due_ms = intake->first_ms + intake->config.gather_ms;
    for (uint64_t now_ms = clock_monotonic_ms();
         !intake->stopping && now_ms < due_ms && more_come_soon(intake);
         now_ms = clock_monotonic_ms()) {
        const struct timespec deadline = clock_deadline(due_ms - now_ms);
        (void)pthread_cond_timedwait(&intake->put, &intake->mutex, &deadline);
    }
}

/* Takes the oldest, up to ENVELOPE_VERIFY_MAX; 0 when the thread is to end. */
static size_t group_take(struct intake *intake, struct waiting group[ENVELOPE_VERIFY_MAX])
{
    size_t taken = 0;
    pthread_mutex_lock(&intake->mutex);
    group_await(intake);
    while (!intake->stopping && intake->count > 0 && taken < ENVELOPE_VERIFY_MAX) {
        group[taken] = intake->ring[intake->first];
        intake->first = (intake->first + 1) % intake->config.count_max;
        intake->count--;
        intake->bytes -= group[taken].submission.size;
        taken++;
    }
    intake->first_ms = clock_monotonic_ms(); /* of those that are left */
    intake->verifiers += taken > 0 ? 1 : 0;
    pthread_mutex_unlock(&intake->mutex);
    return taken;
}

static void verified(struct intake *intake)
{
    pthread_mutex_lock(&intake->mutex);
    intake->verifiers--;
    pthread_mutex_unlock(&intake->mutex);
}

/* Gives each of the group that has none its verdict. */
static void group_verify(struct intake *intake, struct waiting *group, size_t count)
{
    const struct envelope *envelopes[ENVELOPE_VERIFY_MAX] = {NULL};
    struct waiting *members[ENVELOPE_VERIFY_MAX];
    bool valid[ENVELOPE_VERIFY_MAX];
    size_t unverified = 0;
    for (size_t i = 0; i < count; i++) {
        if (group[i].unverified) {
            members[unverified] = &group[i];
            envelopes[unverified] = &group[i].envelope;
            unverified++;
        }
    }
    envelope_verify_many(envelopes, unverified, valid);
    for (size_t i = 0; i < unverified; i++) {
        members[i]->submission.signature_valid = valid[i];
        if (valid[i]) {
            verified_set_add(intake->config.verified, &members[i]->fingerprint);
        }
    }
}

static void *intake_main(void *argument)
{
    thread_name_set("intake");
    struct intake *intake = argument;
    struct waiting group[ENVELOPE_VERIFY_MAX];
    struct core_submission submissions[ENVELOPE_VERIFY_MAX];
    size_t count;
    while ((count = group_take(intake, group)) > 0) {
        group_verify(intake, group, count);
        for (size_t i = 0; i < count; i++) {
            submissions[i] = group[i].submission;
        }
        intake->config.done(intake->config.context, submissions, count);
        verified(intake);
    }
    return NULL;
}

/* ---- From other threads ------------------------------------------------------------------- */

struct intake *intake_start(const struct intake_config *config)
{
    TALLY_ASSERT(config->count_max > 0 && config->done != NULL && config->verified != NULL);
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL) {
        return NULL;
    }
    intake->config = *config;
    clock_condition_init(&intake->put);
    TALLY_ASSERT(pthread_mutex_init(&intake->mutex, NULL) == 0);
    intake->spacing_us = config->quiet_us;
    intake->ring = calloc(config->count_max, sizeof *intake->ring);
    intake->running =
        intake->ring != NULL && pthread_create(&intake->thread, NULL, intake_main, intake) == 0;
    if (!intake->running) {
        intake_stop(intake);
        return NULL;
    }
    return intake;
}

/* Verifies one on its channel's thread, if it comes alone: then what the channel handed in before
 * has been handed on. */
static bool verified_at_once(struct intake *intake, struct waiting *made)
{
    pthread_mutex_lock(&intake->mutex);
    const uint64_t now_us = clock_monotonic_us();
    const uint64_t passed_us = now_us - intake->put_us;
    const bool quiet = passed_us >= intake->config.quiet_us;
    const bool idle = quiet && intake->count == 0 && intake->verifiers == 0 && !intake->stopping;
    intake->put_us = now_us;
    intake->spacing_us =
        quiet ? intake->config.quiet_us
              : ((SPACING_WEIGHT - 1) * intake->spacing_us + passed_us) / SPACING_WEIGHT;
    intake->verifiers += idle ? 1 : 0;
    pthread_mutex_unlock(&intake->mutex);
    if (idle) {
        group_verify(intake, made, 1);
        intake->config.done(intake->config.context, &made->submission, 1);
        verified(intake);
    }
    return idle;
}

/* Takes what is made on true. */
static bool waiting_queue(struct intake *intake, const struct waiting *made)
{
    pthread_mutex_lock(&intake->mutex);
    const uint32_t count_max = intake->config.count_max;
    const size_t size = made->submission.size;
    bool room = intake->count == 0 ||
                (intake->count < count_max && intake->bytes <= intake->config.bytes_max &&
                 size <= intake->config.bytes_max - intake->bytes);
    if (room) {
        intake->ring[((uint64_t)intake->first + intake->count) % count_max] = *made;
        intake->count++;
        intake->bytes += size;
        if (intake->count == 1) {
            intake->first_ms = clock_monotonic_ms();
        }
        /* Its thread looks when the first has come, and when the group is full. */
        if (intake->count == 1 || intake->count == ENVELOPE_VERIFY_MAX) {
            pthread_cond_signal(&intake->put);
        }
    }
    pthread_mutex_unlock(&intake->mutex);
    return room;
}

bool intake_put(struct intake *intake, uint64_t ticket, const struct envelope *envelope,
                bool well_formed)
{
    TALLY_ASSERT(envelope->bytes != NULL || envelope->size == 0);
    struct waiting made = {
        .submission = {.ticket = ticket,
                       .envelope = malloc(envelope->size == 0 ? 1 : envelope->size),
                       .size = envelope->size},
        .envelope = *envelope,
    };
    if (made.submission.envelope == NULL) {
        return false;
    }
    if (envelope->size > 0) {
        memcpy(made.submission.envelope, envelope->bytes, envelope->size);
    }
    if (well_formed) {
        payload_envelope_fingerprint(envelope, &made.fingerprint);
        made.submission.signature_valid =
            verified_set_contains(intake->config.verified, &made.fingerprint);
        made.unverified = !made.submission.signature_valid;
    }
    bool taken = verified_at_once(intake, &made) || waiting_queue(intake, &made);
    if (!taken) {
        free(made.submission.envelope);
    }
    return taken;
}

void intake_stop(struct intake *intake)
{
    if (intake == NULL) {
        return;
    }
    pthread_mutex_lock(&intake->mutex);
    intake->stopping = true;
    pthread_cond_signal(&intake->put);
    pthread_mutex_unlock(&intake->mutex);
    if (intake->running) {
        pthread_join(intake->thread, NULL);
    }
    for (uint32_t i = 0; intake->ring != NULL && i < intake->count; i++) {
        free(intake->ring[(intake->first + i) % intake->config.count_max].submission.envelope);
    }
    pthread_cond_destroy(&intake->put);
    pthread_mutex_destroy(&intake->mutex);
    free(intake->ring);
    free(intake);
}
