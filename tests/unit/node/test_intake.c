/*
 * Goal: every envelope that is left comes out once, in the order in which its thread left it, with
 * the verdict that its bytes deserve whatever else is verified along with it; a full intake
 * refuses, and stopping leaves nothing behind.
 */
#include "node/intake.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/start.h"
#include "host/clock.h"
#include "node/replica/payload.h"
#include "tests/support/cmocka.h"
#include "tests/unit/replica/envelopes.h"

enum {
    CLIENTS = 4,
    ENVELOPES = 60, /* of each client */
    SIZE = ENVELOPE_SMALLEST,
};

/* What an envelope is by its number. */
enum kind {
    KIND_RIGHT,
    KIND_WRONG_SIGNATURE,
    KIND_MALFORMED,
    KIND_VERIFIED_BEFORE, /* its signature wrong, so that it shows when it is verified */
    KINDS
};

struct outcome {
    pthread_mutex_t mutex;
    bool blocked;     /* the callback waits while this is set */
    uint32_t waiting; /* callbacks that found it set */
    uint32_t count;
    pthread_t thread; /* of the last call */
    size_t largest_group;
    uint64_t last[CLIENTS];
    uint32_t out_of_order;
    uint32_t wrong_verdicts;
    uint32_t wrong_bytes;
};

static enum kind kind_of(uint64_t ticket)
{
    return (enum kind)(ticket * 7 / 3 % KINDS);
}

static void bytes_make(uint8_t bytes[SIZE], uint64_t ticket)
{
    const enum kind kind = kind_of(ticket);
    envelopes_make(bytes, SIZE, 1, (uint32_t)ticket, 1000);
    if (kind == KIND_WRONG_SIGNATURE || kind == KIND_VERIFIED_BEFORE) {
        bytes[SIZE - 40] ^= 1;
    } else if (kind == KIND_MALFORMED) {
        bytes[0] ^= 1;
    }
}

static void wait_unblocked(struct outcome *outcome)
{
    bool blocked = true;
    bool first = true;
    while (blocked) {
        pthread_mutex_lock(&outcome->mutex);
        blocked = outcome->blocked;
        outcome->waiting += blocked && first ? 1 : 0;
        first = false;
        pthread_mutex_unlock(&outcome->mutex);
        if (blocked) {
            clock_sleep_ms(1);
        }
    }
}

static void done(void *context, const struct core_submission *submissions, size_t count)
{
    struct outcome *outcome = context;
    wait_unblocked(outcome);
    pthread_mutex_lock(&outcome->mutex);
    outcome->thread = pthread_self();
    outcome->largest_group = count > outcome->largest_group ? count : outcome->largest_group;
    for (size_t i = 0; i < count; i++) {
        const uint64_t ticket = submissions[i].ticket;
        const enum kind kind = kind_of(ticket);
        const bool valid = kind == KIND_RIGHT || kind == KIND_VERIFIED_BEFORE;
        uint8_t bytes[SIZE];
        bytes_make(bytes, ticket);
        outcome->count++;
        outcome->wrong_verdicts += submissions[i].signature_valid != valid;
        outcome->wrong_bytes +=
            submissions[i].size != SIZE || memcmp(submissions[i].envelope, bytes, SIZE) != 0;
        outcome->out_of_order += ticket <= outcome->last[ticket % CLIENTS];
        outcome->last[ticket % CLIENTS] = ticket;
        free(submissions[i].envelope);
    }
    pthread_mutex_unlock(&outcome->mutex);
}

static struct intake *start_with(struct outcome *outcome, struct intake_config config)
{
    config.done = done;
    config.context = outcome;
    memset(outcome, 0, sizeof *outcome);
    pthread_mutex_init(&outcome->mutex, NULL);
    struct intake *intake = intake_start(&config);
    assert_non_null(intake);
    return intake;
}

static struct intake *start(struct outcome *outcome, struct verified_set *verified,
                            uint32_t count_max, size_t bytes_max, uint64_t quiet_us)
{
    return start_with(outcome, (struct intake_config){.verified = verified,
                                                      .count_max = count_max,
                                                      .bytes_max = bytes_max,
                                                      .quiet_us = quiet_us});
}

static bool leave(struct intake *intake, uint64_t ticket)
{
    uint8_t bytes[SIZE];
    struct envelope envelope;
    bytes_make(bytes, ticket);
    bool well_formed = envelope_decode(&envelope, bytes, sizeof bytes) == ENVELOPE_OK;
    return intake_put(intake, ticket, &envelope, well_formed);
}

struct client {
    struct intake *intake;
    uint64_t number;
    pthread_t thread;
};

static void *leave_one(void *argument)
{
    struct client *client = argument;
    (void)leave(client->intake, client->number);
    return NULL;
}

/* From now on the callback waits, and a first envelope keeps the thread that left it in there. */
static void block(struct outcome *outcome, struct client *client, struct intake *intake,
                  uint64_t ticket)
{
    pthread_mutex_lock(&outcome->mutex);
    outcome->blocked = true;
    pthread_mutex_unlock(&outcome->mutex);
    *client = (struct client){.intake = intake, .number = ticket};
    assert_int_equal(pthread_create(&client->thread, NULL, leave_one, client), 0);
    uint32_t waiting = 0;
    while (waiting == 0) {
        clock_sleep_ms(1);
        pthread_mutex_lock(&outcome->mutex);
        waiting = outcome->waiting;
        pthread_mutex_unlock(&outcome->mutex);
    }
}

static void unblock(struct outcome *outcome)
{
    pthread_mutex_lock(&outcome->mutex);
    outcome->blocked = false;
    pthread_mutex_unlock(&outcome->mutex);
}

static void wait_for(struct outcome *outcome, uint32_t count)
{
    uint32_t got = 0;
    for (unsigned i = 0; i < 10000 && got < count; i++) {
        clock_sleep_ms(1);
        pthread_mutex_lock(&outcome->mutex);
        got = outcome->count;
        pthread_mutex_unlock(&outcome->mutex);
    }
    assert_int_equal(got, count);
}

static void note_verified(struct verified_set *verified, uint64_t ticket)
{
    uint8_t bytes[SIZE];
    struct envelope envelope;
    struct hash fingerprint;
    bytes_make(bytes, ticket);
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &fingerprint);
    verified_set_add(verified, &fingerprint);
}

static bool is_verified(struct verified_set *verified, uint64_t ticket)
{
    uint8_t bytes[SIZE];
    struct envelope envelope;
    struct hash fingerprint;
    bytes_make(bytes, ticket);
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &fingerprint);
    return verified_set_contains(verified, &fingerprint);
}

static void *client_main(void *argument)
{
    struct client *client = argument;
    for (uint64_t i = 1; i <= ENVELOPES; i++) {
        while (!leave(client->intake, i * CLIENTS + client->number)) {
            clock_sleep_ms(1);
        }
    }
    return NULL;
}

/* Four clients at once, every kind of envelope among the others: each is judged by itself, and what
 * one client hands in keeps its order. */
static void clients_hand_in(uint64_t quiet_us)
{
    struct outcome outcome;
    struct client clients[CLIENTS];
    struct verified_set *verified = verified_set_new(1 << 16);
    struct intake *intake = start(&outcome, verified, 32, 1 << 20, quiet_us);
    for (uint64_t ticket = CLIENTS; ticket < CLIENTS * (ENVELOPES + 1); ticket++) {
        if (kind_of(ticket) == KIND_VERIFIED_BEFORE) {
            note_verified(verified, ticket);
        }
    }
    for (uint64_t i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.intake = intake, .number = i};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, client_main, &clients[i]), 0);
    }
    for (uint64_t i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
    }
    wait_for(&outcome, CLIENTS * ENVELOPES);
    intake_stop(intake);
    assert_int_equal(outcome.count, CLIENTS * ENVELOPES);
    assert_int_equal(outcome.wrong_verdicts, 0);
    assert_int_equal(outcome.wrong_bytes, 0);
    assert_int_equal(outcome.out_of_order, 0);
    for (uint64_t ticket = CLIENTS; ticket < CLIENTS * (ENVELOPES + 1); ticket++) {
        if (kind_of(ticket) != KIND_MALFORMED) {
            assert_int_equal(is_verified(verified, ticket),
                             kind_of(ticket) != KIND_WRONG_SIGNATURE);
        }
    }
    verified_set_free(verified);
}

static void each_gets_the_verdict_of_its_own_bytes(void **state)
{
    (void)state;
    clients_hand_in(0);   /* verified by those who bring them, as far as these do not meet */
    clients_hand_in(100); /* by both */
    clients_hand_in(UINT64_MAX);
}

/* One that comes alone is not kept waiting, neither for others nor for another thread; those that
 * come meanwhile go together. */
static void those_that_wait_are_taken_together(void **state)
{
    (void)state;
    struct outcome outcome;
    struct verified_set *verified = verified_set_new(1 << 10);
    struct intake *intake = start(&outcome, verified, 64, 1 << 20, 0);
    assert_true(leave(intake, CLIENTS));
    assert_int_equal(outcome.count, 1);
    assert_int_equal(outcome.largest_group, 1);

    struct client first;
    block(&outcome, &first, intake, 1);
    for (uint64_t i = 2; i < 3 * ENVELOPE_VERIFY_MAX; i++) {
        assert_true(leave(intake, i * CLIENTS));
    }
    unblock(&outcome);
    wait_for(&outcome, 3 * ENVELOPE_VERIFY_MAX);
    pthread_join(first.thread, NULL);
    intake_stop(intake);
    assert_int_equal(outcome.largest_group, ENVELOPE_VERIFY_MAX);
    assert_int_equal(outcome.out_of_order, 0);
    verified_set_free(verified);
}

/* Bounded in number and in bytes; what waits when it is stopped is dropped and freed. */
static void a_full_intake_refuses(void **state)
{
    (void)state;
    const struct {
        uint32_t count_max;
        size_t bytes_max;
    } bounds[] = {{3, 1 << 20}, {64, 3 * SIZE + 1}};
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome;
        struct verified_set *verified = verified_set_new(1 << 10);
        struct intake *intake =
            start(&outcome, verified, bounds[i].count_max, bounds[i].bytes_max, 0);
        struct client first;
        block(&outcome, &first, intake, 1);
        uint64_t taken = 0;
        while (leave(intake, (taken + 1) * CLIENTS)) {
            taken++;
        }
        assert_true(taken >= 3 && taken <= 6); /* three wait, and up to three are taken */
        unblock(&outcome);
        pthread_join(first.thread, NULL);
        intake_stop(intake);
        assert_int_equal(outcome.wrong_verdicts, 0);
        verified_set_free(verified);
    }
}

/* An envelope larger than all that may wait is taken when nothing else waits. */
static void a_large_one_gets_into_an_empty_intake(void **state)
{
    (void)state;
    struct outcome outcome;
    struct verified_set *verified = verified_set_new(1 << 10);
    struct intake *intake = start(&outcome, verified, 64, SIZE - 1, 0);
    assert_true(leave(intake, CLIENTS));
    wait_for(&outcome, 1);
    assert_true(leave(intake, 2 * CLIENTS));
    wait_for(&outcome, 2);
    intake_stop(intake);
    intake_stop(NULL);
    verified_set_free(verified);
}

/* One that comes soon after another is left to the intake's thread, where more may join it. */
static void one_that_follows_another_does_not_come_alone(void **state)
{
    (void)state;
    struct outcome outcome;
    struct verified_set *verified = verified_set_new(1 << 10);
    struct intake *intake = start(&outcome, verified, 64, 1 << 20, 1000000);
    assert_true(leave(intake, CLIENTS));
    assert_int_equal(outcome.count, 1);
    assert_true(pthread_equal(outcome.thread, pthread_self()));
    assert_true(leave(intake, 2 * CLIENTS));
    wait_for(&outcome, 2);
    assert_false(pthread_equal(outcome.thread, pthread_self()));
    clock_sleep_ms(1050);
    assert_true(leave(intake, 3 * CLIENTS));
    assert_int_equal(outcome.count, 3);
    assert_true(pthread_equal(outcome.thread, pthread_self()));
    intake_stop(intake);
    assert_int_equal(outcome.wrong_verdicts, 0);
    verified_set_free(verified);
}

/* While envelopes follow each other closely, the first waits until its group is full, or has waited
 * long enough. */
static void those_that_come_fast_are_gathered(void **state)
{
    (void)state;
    struct outcome outcome;
    struct verified_set *verified = verified_set_new(1 << 10);
    struct intake_config config = {.verified = verified,
                                   .count_max = 64,
                                   .bytes_max = 1 << 20,
                                   .quiet_us = 1000000,
                                   .gather_ms = 10000};
    struct intake *intake = start_with(&outcome, config);
    const uint64_t begun_ms = clock_monotonic_ms();
    assert_true(leave(intake, CLIENTS)); /* comes alone */
    for (uint64_t i = 2; i <= ENVELOPE_VERIFY_MAX; i++) {
        assert_true(leave(intake, i * CLIENTS));
    }
    clock_sleep_ms(50);
    assert_int_equal(outcome.count, 1);
    assert_true(leave(intake, (ENVELOPE_VERIFY_MAX + 1) * CLIENTS));
    wait_for(&outcome, ENVELOPE_VERIFY_MAX + 1);
    assert_true(clock_monotonic_ms() - begun_ms < config.gather_ms);
    assert_int_equal(outcome.largest_group, ENVELOPE_VERIFY_MAX);
    intake_stop(intake);

    config.gather_ms = 20;
    config.quiet_us = 10000;
    intake = start_with(&outcome, config);
    assert_true(leave(intake, CLIENTS));
    assert_true(leave(intake, 2 * CLIENTS));
    assert_true(leave(intake, 3 * CLIENTS));
    wait_for(&outcome, 3);
    intake_stop(intake);
    verified_set_free(verified);
}

/* Nobody waits for others that are not to be expected. */
static void those_that_come_slowly_are_not_gathered(void **state)
{
    (void)state;
    struct outcome outcome;
    struct verified_set *verified = verified_set_new(1 << 10);
    const struct intake_config config = {.verified = verified,
                                         .count_max = 64,
                                         .bytes_max = 1 << 20,
                                         .quiet_us = 100000000,
                                         .gather_ms = 40000};
    struct intake *intake = start_with(&outcome, config);
    const uint64_t begun_ms = clock_monotonic_ms();
    assert_true(leave(intake, CLIENTS));
    assert_true(leave(intake, 2 * CLIENTS));
    wait_for(&outcome, 2);
    assert_true(clock_monotonic_ms() - begun_ms < config.gather_ms);
    intake_stop(intake);
    verified_set_free(verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_the_verdict_of_its_own_bytes),
        cmocka_unit_test(those_that_wait_are_taken_together),
        cmocka_unit_test(a_full_intake_refuses),
        cmocka_unit_test(a_large_one_gets_into_an_empty_intake),
        cmocka_unit_test(one_that_follows_another_does_not_come_alone),
        cmocka_unit_test(those_that_come_fast_are_gathered),
        cmocka_unit_test(those_that_come_slowly_are_not_gathered),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
