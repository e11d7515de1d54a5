/*
 * Goal: admission refuses only what can do no good or does not fit, packs the rest in order into
 * batches that are due, and gives every ticket exactly one answer.
 */
#include "node/replica/admission.h"

#include <stdlib.h>

#include "crypto/start.h"
#include "node/replica/payload.h"
#include "tests/support/cmocka.h"
#include "tests/unit/replica/envelopes.h"

enum {
    SIZE = 300,
    ITEM = SIZE + PAYLOAD_PREFIX_BYTES,
    PER_BATCH = 3,
    AGE_MS = 5
};

static const uint64_t UTC = 1000000;
static const uint64_t VALID_UNTIL = 1060000;

struct fixture {
    struct admission_config config;
    void *memory;
    struct admission *admission;
    uint8_t envelope[SIZE];
};

static void open_fixture(struct fixture *fixture)
{
    struct arena arena;
    fixture->config = (struct admission_config){
        .chain_id = envelopes_chain(1),
        .hash_seed = 7,
        .batch_bytes_max = PER_BATCH * ITEM,
        .batch_age_ms = AGE_MS,
        .envelope_bytes_max = SIZE,
        .validity_ahead_ms = 100000,
        .waiting_bytes_max = 3 * PER_BATCH * ITEM,
        .waiting_count_max = 8,
        .remembered_count_max = 16,
    };
    size_t size = admission_footprint(&fixture->config);
    assert_true(size > 0);
    fixture->memory = calloc(1, size);
    assert_non_null(fixture->memory);
    arena_init(&arena, fixture->memory, size);
    fixture->admission = admission_new(&fixture->config, &arena);
}

static void close_fixture(struct fixture *fixture)
{
    free(fixture->memory);
}

static enum admission_answer submit_bytes(struct fixture *fixture, const uint8_t *bytes,
                                          uint32_t size, uint64_t ticket, bool signature_valid)
{
    const struct admission_envelope envelope = {
        .bytes = bytes, .size = size, .signature_valid = signature_valid, .ticket = ticket};
    return admission_submit(fixture->admission, &envelope, 100, UTC);
}

static enum admission_answer submit(struct fixture *fixture, uint32_t nonce, uint64_t valid_until)
{
    envelopes_make(fixture->envelope, SIZE, 1, nonce, valid_until);
    return submit_bytes(fixture, fixture->envelope, SIZE, nonce, true);
}

static void refuses_what_can_do_no_good(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    uint8_t bytes[SIZE + 10];
    envelopes_make(bytes, SIZE, 1, 1, VALID_UNTIL);
    assert_int_equal(submit_bytes(&fixture, bytes, 0, 1, true), ADMISSION_MALFORMED);
    assert_int_equal(submit_bytes(&fixture, bytes, SIZE - 1, 1, true), ADMISSION_MALFORMED);
    assert_int_equal(submit_bytes(&fixture, bytes, SIZE, 1, false), ADMISSION_SIGNATURE);
    envelopes_make(bytes, SIZE + 10, 1, 1, VALID_UNTIL);
    assert_int_equal(submit_bytes(&fixture, bytes, SIZE + 10, 1, true), ADMISSION_TOO_LARGE);
    envelopes_make(bytes, SIZE, 2, 1, VALID_UNTIL);
    assert_int_equal(submit_bytes(&fixture, bytes, SIZE, 1, true), ADMISSION_MISADDRESSED);
    assert_int_equal(submit(&fixture, 1, UTC), ADMISSION_EXPIRED);
    assert_int_equal(submit(&fixture, 1, UTC + 100001), ADMISSION_TOO_FAR_AHEAD);
    assert_int_equal(admission_waiting_count(fixture.admission), 0);
    assert_int_equal(submit(&fixture, 1, UTC + 100000), ADMISSION_ACCEPTED);
    close_fixture(&fixture);
}

/* A refusal leaves no trace: the same bytes are welcome when they have become right. */
static void refusal_is_not_remembered(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    envelopes_make(fixture.envelope, SIZE, 1, 1, VALID_UNTIL);
    assert_int_equal(submit_bytes(&fixture, fixture.envelope, SIZE, 1, false), ADMISSION_SIGNATURE);
    assert_int_equal(submit_bytes(&fixture, fixture.envelope, SIZE, 1, true), ADMISSION_ACCEPTED);
    assert_int_equal(submit_bytes(&fixture, fixture.envelope, SIZE, 2, true), ADMISSION_HELD);
    close_fixture(&fixture);
}

static void due_when_full_or_old(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    assert_true(admission_due_ms(fixture.admission, 0) == UINT64_MAX);
    assert_true(admission_due_ms(fixture.admission, UINT64_MAX) == UINT64_MAX);
    for (uint32_t i = 1; i < PER_BATCH; i++) {
        assert_int_equal(submit(&fixture, i, VALID_UNTIL), ADMISSION_ACCEPTED);
        assert_int_equal(admission_due_ms(fixture.admission, 0), 100);
        assert_int_equal(admission_due_ms(fixture.admission, UINT64_MAX), 100 + AGE_MS);
        assert_int_equal(admission_due_ms(fixture.admission, AGE_MS - 1), 100 + AGE_MS - 1);
        assert_false(admission_full(fixture.admission));
    }
    assert_int_equal(submit(&fixture, PER_BATCH, VALID_UNTIL), ADMISSION_ACCEPTED);
    assert_int_equal(admission_due_ms(fixture.admission, 0), 0);
    assert_int_equal(admission_due_ms(fixture.admission, UINT64_MAX), 0);
    assert_true(admission_full(fixture.admission));
    close_fixture(&fixture);
}

static void packs_in_order_and_answers_each_ticket_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct admission_batch batch;
    uint64_t next = 1;
    open_fixture(&fixture);
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t nonce = round * 4 + i + 1;
            assert_int_equal(submit(&fixture, nonce, VALID_UNTIL), ADMISSION_ACCEPTED);
        }
        while (admission_waiting_count(fixture.admission) > 0) {
            uint32_t count;
            admission_pack(fixture.admission, 200, UTC, &batch);
            assert_true(payload_count(batch.payload, batch.size, &count));
            assert_int_equal(count, batch.release_count);
            assert_true(count <= PER_BATCH);
            for (uint32_t i = 0; i < batch.release_count; i++) {
                assert_int_equal(batch.releases[i].ticket, next++);
                assert_int_equal(batch.releases[i].answer, ADMISSION_ACCEPTED);
            }
        }
    }
    assert_int_equal(next, 81);
    close_fixture(&fixture);
}

static void leaves_out_what_expired_meanwhile(void **state)
{
    (void)state;
    struct fixture fixture;
    struct admission_batch batch;
    uint32_t count;
    open_fixture(&fixture);
    assert_int_equal(submit(&fixture, 1, UTC + 10), ADMISSION_ACCEPTED);
    assert_int_equal(submit(&fixture, 2, VALID_UNTIL), ADMISSION_ACCEPTED);
    assert_int_equal(submit(&fixture, 3, UTC + 10), ADMISSION_ACCEPTED);
    assert_int_equal(submit(&fixture, 4, VALID_UNTIL), ADMISSION_ACCEPTED);
    admission_pack(fixture.admission, 200, UTC + 10, &batch);
    assert_true(payload_count(batch.payload, batch.size, &count));
    assert_int_equal(count, 2);
    assert_int_equal(batch.release_count, 4);
    assert_int_equal(batch.releases[0].answer, ADMISSION_EXPIRED);
    assert_int_equal(batch.releases[1].answer, ADMISSION_ACCEPTED);
    assert_int_equal(batch.releases[2].answer, ADMISSION_EXPIRED);
    assert_int_equal(batch.releases[3].answer, ADMISSION_ACCEPTED);
    close_fixture(&fixture);
}

static void full_is_an_answer(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    for (uint32_t i = 1; i <= fixture.config.waiting_count_max; i++) {
        assert_int_equal(submit(&fixture, i, VALID_UNTIL), ADMISSION_ACCEPTED);
    }
    assert_int_equal(submit(&fixture, 99, VALID_UNTIL), ADMISSION_BUSY);
    close_fixture(&fixture);
}

/* Only the last ones are remembered, so an old one is packed again: the ledger knows better. */
static void forgets_the_oldest(void **state)
{
    (void)state;
    struct fixture fixture;
    struct admission_batch batch;
    open_fixture(&fixture);
    for (uint32_t i = 1; i <= fixture.config.remembered_count_max + 1; i++) {
        assert_int_equal(submit(&fixture, i, VALID_UNTIL), ADMISSION_ACCEPTED);
        admission_pack(fixture.admission, 200, UTC, &batch);
    }
    assert_int_equal(submit(&fixture, 2, VALID_UNTIL), ADMISSION_HELD);
    assert_int_equal(submit(&fixture, 1, VALID_UNTIL), ADMISSION_ACCEPTED);
    close_fixture(&fixture);
}

static enum admission_answer submit_again(struct fixture *fixture, uint32_t nonce)
{
    envelopes_make(fixture->envelope, SIZE, 1, nonce, VALID_UNTIL);
    const struct admission_envelope envelope = {
        .bytes = fixture->envelope, .size = SIZE, .signature_valid = true, .again = true};
    return admission_submit(fixture->admission, &envelope, 100, UTC);
}

/* What a full block left out is packed again, or its client may hand it in again. */
static void left_out_of_a_block(void **state)
{
    (void)state;
    struct fixture fixture;
    struct admission_batch batch;
    open_fixture(&fixture);
    assert_int_equal(submit(&fixture, 1, VALID_UNTIL), ADMISSION_ACCEPTED);
    admission_pack(fixture.admission, 200, UTC, &batch);
    assert_int_equal(submit(&fixture, 1, VALID_UNTIL), ADMISSION_HELD);
    assert_int_equal(submit_again(&fixture, 1), ADMISSION_ACCEPTED);
    admission_pack(fixture.admission, 200, UTC, &batch);
    assert_int_equal(batch.release_count, 1);
    for (uint32_t i = 2; i < 2 + fixture.config.waiting_count_max; i++) {
        assert_int_equal(submit(&fixture, i, VALID_UNTIL), ADMISSION_ACCEPTED);
    }
    assert_int_equal(submit_again(&fixture, 1), ADMISSION_BUSY);
    while (admission_waiting_count(fixture.admission) > 0) {
        admission_pack(fixture.admission, 200, UTC, &batch);
    }
    assert_int_equal(submit(&fixture, 1, VALID_UNTIL), ADMISSION_ACCEPTED);
    /* The empty place in the ring does no harm when its turn comes. */
    for (uint32_t i = 100; i < 100 + 2 * fixture.config.remembered_count_max; i++) {
        assert_int_equal(submit(&fixture, i, VALID_UNTIL), ADMISSION_ACCEPTED);
        admission_pack(fixture.admission, 200, UTC, &batch);
    }
    close_fixture(&fixture);
}

/* When nothing waits the next envelope is written where the last one was, and not behind it. */
static void memory_is_used_from_its_beginning(void **state)
{
    (void)state;
    struct fixture fixture;
    struct admission_batch batch;
    const uint8_t *place = NULL;
    open_fixture(&fixture);
    for (uint32_t i = 1; i <= 3 * PER_BATCH; i++) {
        assert_int_equal(submit(&fixture, i, VALID_UNTIL), ADMISSION_ACCEPTED);
        admission_pack(fixture.admission, 200, UTC, &batch);
        assert_int_equal(batch.size, ITEM);
        assert_memory_equal(batch.payload + PAYLOAD_PREFIX_BYTES, fixture.envelope, SIZE);
        assert_true(place == NULL || place == batch.payload);
        place = batch.payload;
    }
    close_fixture(&fixture);
}

static void stopped_takes_nothing_and_loses_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    assert_int_equal(submit(&fixture, 1, VALID_UNTIL), ADMISSION_ACCEPTED);
    admission_stop(fixture.admission);
    assert_int_equal(submit(&fixture, 2, VALID_UNTIL), ADMISSION_STOPPED);
    assert_int_equal(admission_waiting_count(fixture.admission), 1);
    admission_start(fixture.admission);
    assert_int_equal(submit(&fixture, 2, VALID_UNTIL), ADMISSION_ACCEPTED);
    close_fixture(&fixture);
}

static void illegal_configurations_have_no_footprint(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    struct admission_config broken = fixture.config;
    broken.envelope_bytes_max = broken.batch_bytes_max;
    assert_int_equal(admission_footprint(&broken), 0);
    broken = fixture.config;
    broken.waiting_bytes_max = broken.batch_bytes_max - 1;
    assert_int_equal(admission_footprint(&broken), 0);
    broken = fixture.config;
    broken.remembered_count_max = broken.waiting_count_max - 1;
    assert_int_equal(admission_footprint(&broken), 0);
    broken = fixture.config;
    broken.waiting_count_max = 0;
    assert_int_equal(admission_footprint(&broken), 0);
    close_fixture(&fixture);
}

static void every_answer_has_words(void **state)
{
    (void)state;
    for (int number = 0; number <= 10; number++) {
        assert_true(strlen(admission_answer_text((enum admission_answer)number)) > 0);
        assert_true(strlen(admission_answer_hint((enum admission_answer)number)) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_can_do_no_good),
        cmocka_unit_test(refusal_is_not_remembered),
        cmocka_unit_test(due_when_full_or_old),
        cmocka_unit_test(packs_in_order_and_answers_each_ticket_once),
        cmocka_unit_test(leaves_out_what_expired_meanwhile),
        cmocka_unit_test(full_is_an_answer),
        cmocka_unit_test(forgets_the_oldest),
        cmocka_unit_test(left_out_of_a_block),
        cmocka_unit_test(memory_is_used_from_its_beginning),
        cmocka_unit_test(stopped_takes_nothing_and_loses_nothing),
        cmocka_unit_test(illegal_configurations_have_no_footprint),
        cmocka_unit_test(every_answer_has_words),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
