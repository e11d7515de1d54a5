/*
 * Goal: every batch handed to the workers comes back once with the verdict that its bytes deserve,
 * a full queue refuses without taking anything, and stopping leaves nothing behind.
 */
#include "node/signature_workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/start.h"
#include "host/clock.h"
#include "node/verified_set.h"
#include "tests/support/cmocka.h"
#include "tests/unit/replica/envelopes.h"

enum {
    JOBS = 40,
    SIZE = 300
};

struct verdicts {
    pthread_mutex_t mutex;
    unsigned valid;
    unsigned invalid;
    unsigned seen[JOBS];
    bool blocked; /* callbacks wait while this is set */
};

static void done(void *context, const struct signature_job *job, enum payload_result result)
{
    struct verdicts *verdicts = context;
    bool blocked = true;
    while (blocked) {
        pthread_mutex_lock(&verdicts->mutex);
        blocked = verdicts->blocked;
        pthread_mutex_unlock(&verdicts->mutex);
        if (blocked) {
            clock_sleep_ms(1);
        }
    }
    pthread_mutex_lock(&verdicts->mutex);
    verdicts->seen[job->lane_seq]++;
    verdicts->valid += result == PAYLOAD_VALID ? 1 : 0;
    verdicts->invalid += result == PAYLOAD_VALID ? 0 : 1;
    pthread_mutex_unlock(&verdicts->mutex);
    free(job->memory);
}

static struct signature_job job_make(uint32_t number, bool valid)
{
    struct signature_job job = {.lane_seq = number,
                                .batch_size = SIZE + PAYLOAD_PREFIX_BYTES,
                                .memory = malloc(SIZE + PAYLOAD_PREFIX_BYTES)};
    uint8_t envelope[SIZE];
    struct bytes_writer writer;
    assert_non_null(job.memory);
    envelopes_make(envelope, sizeof envelope, 1, number, 1000);
    envelope[SIZE - 1] ^= valid ? 0 : 1;
    bytes_writer_init(&writer, job.memory, job.batch_size);
    job.batch = job.memory;
    payload_append(&writer, envelope, sizeof envelope);
    job.payload = job.batch;
    job.payload_size = (uint32_t)job.batch_size;
    return job;
}

static struct signature_workers *start_at_once(struct verdicts *verdicts, uint32_t queue,
                                               struct verified_set *verified,
                                               uint32_t at_once_bytes)
{
    const struct signature_workers_config config = {
        .thread_count = 2,
        .queue_count_max = queue,
        .at_once_bytes = at_once_bytes,
        .rules = {.chain_id = envelopes_chain(1),
                  .payload_bytes_max = 1 << 20,
                  .known = verified == NULL ? NULL : verified_set_contains,
                  .context = verified},
        .done = done,
        .context = verdicts,
    };
    memset(verdicts, 0, sizeof *verdicts);
    pthread_mutex_init(&verdicts->mutex, NULL);
    return signature_workers_start(&config);
}

static struct signature_workers *start(struct verdicts *verdicts, uint32_t queue,
                                       struct verified_set *verified)
{
    return start_at_once(verdicts, queue, verified, 0);
}

static void unblock(struct verdicts *verdicts)
{
    pthread_mutex_lock(&verdicts->mutex);
    verdicts->blocked = false;
    pthread_mutex_unlock(&verdicts->mutex);
}

static unsigned wait_for(struct verdicts *verdicts, unsigned count)
{
    unsigned got = 0;
    for (unsigned i = 0; i < 5000 && got < count; i++) {
        clock_sleep_ms(1);
        pthread_mutex_lock(&verdicts->mutex);
        got = verdicts->valid + verdicts->invalid;
        pthread_mutex_unlock(&verdicts->mutex);
    }
    return got;
}

static void every_batch_gets_its_verdict(void **state)
{
    (void)state;
    struct verdicts verdicts;
    struct signature_workers *workers = start(&verdicts, JOBS, NULL);
    assert_non_null(workers);
    for (uint32_t i = 0; i < JOBS; i++) {
        struct signature_job job = job_make(i, i % 4 != 0);
        assert_true(signature_workers_check(workers, &job, true));
    }
    assert_int_equal(wait_for(&verdicts, JOBS), JOBS);
    signature_workers_stop(workers);
    assert_int_equal(verdicts.invalid, JOBS / 4);
    for (uint32_t i = 0; i < JOBS; i++) {
        assert_int_equal(verdicts.seen[i], 1);
    }
}

/* A small one that finds nothing in check is back before signature_workers_check() is. */
static void a_small_batch_is_checked_at_once(void **state)
{
    (void)state;
    struct verdicts verdicts;
    struct signature_workers *workers =
        start_at_once(&verdicts, JOBS, NULL, SIZE + PAYLOAD_PREFIX_BYTES);
    for (uint32_t i = 0; i < 8; i++) {
        struct signature_job job = job_make(i, i % 4 != 0);
        assert_true(signature_workers_check(workers, &job, true));
        assert_int_equal(verdicts.seen[i], 1);
    }
    signature_workers_stop(workers);
    assert_int_equal(verdicts.valid, 6);
    assert_int_equal(verdicts.invalid, 2);
}

/* A larger one is not; and while one is in check, small ones do not overtake it for nothing. */
static void others_wait_for_a_worker(void **state)
{
    (void)state;
    struct verdicts verdicts;
    struct signature_workers *workers =
        start_at_once(&verdicts, JOBS, NULL, SIZE + PAYLOAD_PREFIX_BYTES - 1);
    verdicts.blocked = true;
    struct signature_job job = job_make(0, true);
    assert_true(signature_workers_check(workers, &job, true));
    job = job_make(1, true);
    job.payload_size--; /* small enough, and torn */
    assert_true(signature_workers_check(workers, &job, true));
    unblock(&verdicts);
    assert_int_equal(wait_for(&verdicts, 2), 2);
    signature_workers_stop(workers);
    assert_int_equal(verdicts.valid, 1);
    assert_int_equal(verdicts.invalid, 1);
}

/* Who has too much else to do is not held up by a small one either. */
static void a_small_batch_of_a_busy_core_waits_for_a_worker(void **state)
{
    (void)state;
    struct verdicts verdicts;
    struct signature_workers *workers =
        start_at_once(&verdicts, JOBS, NULL, SIZE + PAYLOAD_PREFIX_BYTES);
    verdicts.blocked = true;
    const struct signature_job job = job_make(0, true);
    assert_true(signature_workers_check(workers, &job, false));
    unblock(&verdicts);
    assert_int_equal(wait_for(&verdicts, 1), 1);
    signature_workers_stop(workers);
    assert_int_equal(verdicts.valid, 1);
}

static void full_queue_refuses(void **state)
{
    (void)state;
    struct verdicts verdicts;
    struct signature_workers *workers = start(&verdicts, 3, NULL);
    verdicts.blocked = true;
    unsigned taken = 0;
    bool room = true;
    for (uint32_t i = 0; i < JOBS && room; i++) {
        struct signature_job job = job_make(i, true);
        room = signature_workers_check(workers, &job, true);
        taken += room ? 1 : 0;
        if (!room) {
            free(job.memory); /* still ours */
        }
    }
    assert_false(room);
    assert_true(taken >= 3 && taken <= 5); /* the queue, and one per worker */
    unblock(&verdicts);
    signature_workers_stop(workers);
}

/* What one has verified, the workers need not: but only these very bytes. */
static void verified_bytes_are_not_verified_again(void **state)
{
    (void)state;
    struct verdicts verdicts;
    struct envelope envelope;
    struct hash fingerprint;
    struct verified_set *verified = verified_set_new(64);
    struct signature_workers *workers = start(&verdicts, JOBS, verified);
    struct signature_job known = job_make(0, false);
    struct signature_job unknown = job_make(1, false);
    assert_int_equal(envelope_decode(&envelope, known.payload + PAYLOAD_PREFIX_BYTES, SIZE),
                     ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &fingerprint);
    verified_set_add(verified, &fingerprint);
    assert_true(signature_workers_check(workers, &known, true));
    assert_true(signature_workers_check(workers, &unknown, true));
    assert_int_equal(wait_for(&verdicts, 2), 2);
    signature_workers_stop(workers);
    assert_int_equal(verdicts.valid, 1);
    assert_int_equal(verdicts.invalid, 1);
    verified_set_free(verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_batch_gets_its_verdict),
        cmocka_unit_test(a_small_batch_is_checked_at_once),
        cmocka_unit_test(others_wait_for_a_worker),
        cmocka_unit_test(a_small_batch_of_a_busy_core_waits_for_a_worker),
        cmocka_unit_test(full_queue_refuses),
        cmocka_unit_test(verified_bytes_are_not_verified_again),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
