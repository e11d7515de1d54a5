/*
 * Goal: an envelope that is built is decoded again to the same parts; one with any byte, size or
 * count wrong is refused with the check that failed; a signature covers every byte before it.
 */
#include "ledger/command/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    BUFFER_BYTES = 4096,
    COMMANDS_AT = ENVELOPE_HEAD_BYTES
};

struct fixture {
    uint8_t bytes[BUFFER_BYTES];
    size_t size;
    struct hash id;
    struct hash chain_id;
    struct bic party;
    struct public_key public_key;
    struct secret_key secret_key;
    struct nonce_secret nonce;
};

static void fixture_open(struct fixture *fixture)
{
    static const uint8_t seed[32] = {1};
    struct envelope_builder builder;
    memset(fixture, 0, sizeof(*fixture));
    memset(fixture->chain_id.bytes, 7, HASH_SIZE);
    memset(fixture->nonce.bytes, 9, NONCE_SIZE);
    assert_true(bic_parse("BANKDEFF", 8, &fixture->party));
    sign_key_from_seed(seed, &fixture->public_key, &fixture->secret_key);
    assert_true(envelope_begin(&builder, fixture->bytes, BUFFER_BYTES, &fixture->chain_id,
                               &fixture->party, &fixture->public_key, &fixture->nonce, 1234));
    assert_true(envelope_append(&builder, "abc", 3));
    assert_true(envelope_append(&builder, "de", 2));
    assert_true(envelope_seal(&builder, &fixture->secret_key, &fixture->size, &fixture->id));
}

static enum envelope_check decode(const struct fixture *fixture, struct envelope *out)
{
    return envelope_decode(out, fixture->bytes, fixture->size);
}

static void test_round_trip(void **state)
{
    struct fixture fixture;
    struct envelope envelope;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    (void)state;
    fixture_open(&fixture);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_OK);
    assert_int_equal(envelope_verify(&envelope), ENVELOPE_OK);
    assert_true(hash_equal(&envelope.id, &fixture.id));
    assert_true(hash_equal(&envelope.chain_id, &fixture.chain_id));
    assert_true(bic_equal(&envelope.party, &fixture.party));
    assert_true(public_key_equal(&envelope.key, &fixture.public_key));
    assert_memory_equal(envelope.nonce.bytes, fixture.nonce.bytes, NONCE_SIZE);
    assert_int_equal(envelope.valid_until_ms, 1234);
    assert_int_equal(envelope.command_count, 2);
    struct bytes_reader commands = envelope_commands(&envelope);
    assert_true(envelope_next(&commands, &bytes, &size));
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_true(envelope_next(&commands, &bytes, &size));
    assert_int_equal(size, 2);
    assert_false(envelope_next(&commands, &bytes, &size));
}

/* Of several at once each is judged by itself. */
static void test_many_are_verified_like_one(void **state)
{
    struct fixture right;
    struct fixture wrong;
    struct envelope envelopes[2];
    const struct envelope *chosen[ENVELOPE_VERIFY_MAX];
    bool valid[ENVELOPE_VERIFY_MAX + 1];
    (void)state;
    fixture_open(&right);
    wrong = right;
    wrong.bytes[wrong.size - 3] ^= 1;
    assert_int_equal(decode(&right, &envelopes[0]), ENVELOPE_OK);
    assert_int_equal(decode(&wrong, &envelopes[1]), ENVELOPE_OK);
    for (unsigned mask = 0; mask < 1u << ENVELOPE_VERIFY_MAX; mask += 5) {
        const size_t count = mask % (ENVELOPE_VERIFY_MAX + 1);
        for (size_t i = 0; i < count; i++) {
            chosen[i] = &envelopes[mask >> i & 1];
            valid[i] = (mask >> i & 1) != 0;
        }
        valid[count] = mask % 2 != 0;
        envelope_verify_many(chosen, count, valid);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(valid[i], (mask >> i & 1) == 0);
        }
        assert_int_equal(valid[count], mask % 2 != 0); /* untouched */
    }
    expect_assert_failure(envelope_verify_many(chosen, ENVELOPE_VERIFY_MAX + 1, valid));
}

/* The offsets that the header names are the offsets of the bytes. */
static void test_layout(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    assert_int_equal(bytes_get_u16(fixture.bytes), ENVELOPE_VERSION);
    assert_memory_equal(fixture.bytes + 2, fixture.chain_id.bytes, 32);
    assert_memory_equal(fixture.bytes + 34, "BANKDEFFXXX", 11);
    assert_memory_equal(fixture.bytes + 45, fixture.public_key.bytes, 32);
    assert_memory_equal(fixture.bytes + 77, fixture.nonce.bytes, 16);
    assert_int_equal(bytes_get_u64(fixture.bytes + 93), 1234);
    assert_int_equal(bytes_get_u16(fixture.bytes + 101), 2);
    assert_int_equal(bytes_get_u16(fixture.bytes + COMMANDS_AT), 3);
    assert_int_equal(fixture.size, COMMANDS_AT + 2 + 3 + 2 + 2 + 64);
}

/* Every single bit before the signature is signed; every bit of the signature counts. */
static void test_every_bit_counts(void **state)
{
    struct fixture fixture;
    struct envelope envelope;
    (void)state;
    fixture_open(&fixture);
    for (size_t bit = 0; bit < fixture.size * 8; bit++) {
        fixture.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool passes =
            decode(&fixture, &envelope) == ENVELOPE_OK && envelope_verify(&envelope) == ENVELOPE_OK;
        assert_false(passes);
        fixture.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void test_every_shorter_and_longer_one_is_refused(void **state)
{
    struct fixture fixture;
    struct envelope envelope;
    (void)state;
    fixture_open(&fixture);
    for (size_t size = 0; size < fixture.size; size++) {
        assert_int_not_equal(envelope_decode(&envelope, fixture.bytes, size), ENVELOPE_OK);
    }
    assert_int_equal(envelope_decode(&envelope, fixture.bytes, fixture.size + 1),
                     ENVELOPE_TRAILING_BYTES);
}

static void test_checks_by_name(void **state)
{
    struct fixture fixture;
    struct envelope envelope;
    (void)state;
    fixture_open(&fixture);
    bytes_put_u16(fixture.bytes, 2);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_VERSION_UNKNOWN);
    fixture_open(&fixture);
    fixture.bytes[34] = 'b';
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_PARTY_NOT_BIC);
    fixture_open(&fixture);
    bytes_put_u16(fixture.bytes + 101, 0);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_COUNT_OUT_OF_RANGE);
    bytes_put_u16(fixture.bytes + 101, ENVELOPE_COMMAND_COUNT_MAX + 1);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_COUNT_OUT_OF_RANGE);
    fixture_open(&fixture);
    bytes_put_u16(fixture.bytes + COMMANDS_AT, 0);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_COMMAND_SIZE_WRONG);
    bytes_put_u16(fixture.bytes + COMMANDS_AT, ENVELOPE_COMMAND_BYTES_MAX + 1);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_COMMAND_SIZE_WRONG);
    bytes_put_u16(fixture.bytes + COMMANDS_AT, 1000);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_TRUNCATED);
    fixture_open(&fixture);
    bytes_put_u16(fixture.bytes + 101, 1);
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_TRAILING_BYTES);
    uint8_t *large = calloc(1, ENVELOPE_BYTES_MAX + 1);
    assert_non_null(large);
    assert_int_equal(envelope_decode(&envelope, large, ENVELOPE_BYTES_MAX + 1), ENVELOPE_TOO_LARGE);
    free(large);
}

/* A second signature of the same content is the same envelope: one identifier, one execution. */
static void test_identifier_is_of_the_content(void **state)
{
    struct fixture fixture;
    struct envelope envelope;
    (void)state;
    fixture_open(&fixture);
    fixture.bytes[fixture.size - 1] ^= 1;
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_OK);
    assert_true(hash_equal(&envelope.id, &fixture.id));
    fixture.bytes[COMMANDS_AT + 2] ^= 1;
    assert_int_equal(decode(&fixture, &envelope), ENVELOPE_OK);
    assert_false(hash_equal(&envelope.id, &fixture.id));
}

static void test_building_stops_at_the_limits(void **state)
{
    struct fixture fixture;
    struct envelope_builder builder;
    uint8_t small[ENVELOPE_HEAD_BYTES + 2 + 3 + 64];
    uint8_t command[ENVELOPE_COMMAND_BYTES_MAX + 1] = {0};
    struct hash id;
    size_t size = 0;
    (void)state;
    fixture_open(&fixture);
    assert_false(envelope_begin(&builder, small, ENVELOPE_HEAD_BYTES - 1, &fixture.chain_id,
                                &fixture.party, &fixture.public_key, &fixture.nonce, 1));
    assert_true(envelope_begin(&builder, small, sizeof(small), &fixture.chain_id, &fixture.party,
                               &fixture.public_key, &fixture.nonce, 1));
    assert_false(envelope_seal(&builder, &fixture.secret_key, &size, &id)); /* no command */
    assert_false(envelope_append(&builder, command, 0));
    assert_false(envelope_append(&builder, command, sizeof(command)));
    assert_false(envelope_append(&builder, command, 4));
    assert_true(envelope_append(&builder, command, 3));
    assert_false(envelope_append(&builder, command, 1));
    assert_true(envelope_seal(&builder, &fixture.secret_key, &size, &id));
    assert_int_equal(size, sizeof(small));
}

/* A known one is taken, and no other check is left out for it. */
static void test_known_identifier_is_taken(void **state)
{
    struct fixture fixture;
    struct envelope envelope;
    struct hash known;
    (void)state;
    fixture_open(&fixture);
    memset(known.bytes, 5, HASH_SIZE); /* not what the bytes give, so that it can be told */
    assert_int_equal(envelope_decode_known(&envelope, fixture.bytes, fixture.size, &known),
                     ENVELOPE_OK);
    assert_true(hash_equal(&envelope.id, &known));
    assert_int_equal(envelope_verify(&envelope), ENVELOPE_SIGNATURE_WRONG);
    assert_int_equal(envelope_decode_known(&envelope, fixture.bytes, fixture.size, NULL),
                     ENVELOPE_OK);
    assert_true(hash_equal(&envelope.id, &fixture.id));
    assert_int_equal(envelope_decode_known(&envelope, fixture.bytes, fixture.size - 1, &known),
                     ENVELOPE_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_many_are_verified_like_one),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_every_shorter_and_longer_one_is_refused),
        cmocka_unit_test(test_checks_by_name),
        cmocka_unit_test(test_identifier_is_of_the_content),
        cmocka_unit_test(test_known_identifier_is_taken),
        cmocka_unit_test(test_building_stops_at_the_limits),
    };
    assert_hook_install();
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
