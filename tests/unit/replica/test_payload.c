/*
 * Goal: a payload is a list of whole, signed envelopes of this chain and nothing else, and every
 * member comes to the same verdict about any bytes.
 */
#include "node/replica/payload.h"

#include "crypto/start.h"
#include "tests/support/cmocka.h"
#include "tests/unit/replica/envelopes.h"

enum {
    SIZE = 400,
    PAYLOAD_MAX = 4096
};

static const uint64_t VALID_UNTIL = 1000000;

struct fixture {
    uint8_t bytes[PAYLOAD_MAX];
    struct bytes_writer writer;
    struct payload_rules rules;
    unsigned asked;
    bool known;
};

static bool known(void *context, const struct hash *fingerprint)
{
    struct fixture *fixture = context;
    (void)fingerprint;
    fixture->asked++;
    return fixture->known;
}

static void open_fixture(struct fixture *fixture)
{
    *fixture = (struct fixture){.rules = {.chain_id = envelopes_chain(1),
                                          .payload_bytes_max = PAYLOAD_MAX,
                                          .known = known,
                                          .context = fixture}};
    bytes_writer_init(&fixture->writer, fixture->bytes, sizeof fixture->bytes);
}

static void add(struct fixture *fixture, uint8_t chain, uint32_t nonce)
{
    uint8_t envelope[SIZE];
    envelopes_make(envelope, sizeof envelope, chain, nonce, VALID_UNTIL);
    payload_append(&fixture->writer, envelope, sizeof envelope);
    assert_false(fixture->writer.failed);
}

static enum payload_result check(struct fixture *fixture)
{
    return payload_check(&fixture->rules, fixture->bytes, fixture->writer.size);
}

static void walks_what_was_appended(void **state)
{
    (void)state;
    struct fixture fixture;
    struct bytes_reader reader;
    struct payload_item item;
    uint32_t count;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 1, 2);
    assert_true(payload_count(fixture.bytes, fixture.writer.size, &count));
    assert_int_equal(count, 2);
    payload_reader_init(&reader, fixture.bytes, fixture.writer.size);
    assert_true(payload_next(&reader, &item));
    assert_ptr_equal(item.bytes, fixture.bytes + PAYLOAD_PREFIX_BYTES);
    assert_int_equal(item.size, SIZE);
    assert_true(payload_next(&reader, &item));
    assert_false(payload_next(&reader, &item));
    assert_true(bytes_reader_done(&reader));
}

static void accepts_signed_envelopes_of_this_chain(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 1, 2);
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
    assert_int_equal(fixture.asked, 2);
}

static void refuses_nothing_and_too_much(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    assert_int_equal(check(&fixture), PAYLOAD_EMPTY);
    add(&fixture, 1, 1);
    fixture.rules.payload_bytes_max = SIZE + PAYLOAD_PREFIX_BYTES;
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
    fixture.rules.payload_bytes_max--;
    assert_int_equal(check(&fixture), PAYLOAD_TOO_LARGE);
}

/* Cut at any byte but the ends of envelopes, a list is torn, and no signature is looked at. */
static void refuses_a_list_cut_anywhere(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 1, 2);
    size_t whole = SIZE + PAYLOAD_PREFIX_BYTES;
    for (size_t size = 1; size < 2 * whole; size++) {
        if (size != whole) {
            assert_int_equal(payload_check(&fixture.rules, fixture.bytes, size), PAYLOAD_TORN);
        }
    }
    assert_int_equal(fixture.asked, 0);
}

static void refuses_an_envelope_of_size_zero(void **state)
{
    (void)state;
    struct fixture fixture;
    const uint8_t zero[PAYLOAD_PREFIX_BYTES] = {0};
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    bytes_write_copy(&fixture.writer, zero, sizeof zero);
    assert_int_equal(check(&fixture), PAYLOAD_TORN);
}

static void refuses_a_foreign_chain(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    add(&fixture, 2, 2);
    assert_int_equal(check(&fixture), PAYLOAD_ENVELOPE_MISADDRESSED);
}

/* Whichever byte of a valid payload is changed, it is valid no more. */
static void refuses_any_changed_byte(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    for (size_t i = 0; i < fixture.writer.size; i += 3) {
        fixture.bytes[i] ^= 0x41;
        assert_int_not_equal(check(&fixture), PAYLOAD_VALID);
        fixture.bytes[i] ^= 0x41;
    }
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
}

static void trusts_what_was_verified_before(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    add(&fixture, 1, 1);
    fixture.bytes[fixture.writer.size - 1] ^= 1; /* the signature */
    assert_int_equal(check(&fixture), PAYLOAD_ENVELOPE_SIGNATURE);
    fixture.known = true;
    assert_int_equal(check(&fixture), PAYLOAD_VALID);
}

/* The identifier leaves the signature out; the fingerprint must not. */
static void fingerprint_covers_the_signature(void **state)
{
    (void)state;
    uint8_t bytes[SIZE];
    struct envelope envelope;
    struct hash before;
    struct hash after;
    envelopes_make(bytes, sizeof bytes, 1, 1, VALID_UNTIL);
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &before);
    bytes[SIZE - 1] ^= 1;
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &after);
    assert_false(hash_equal(&before, &after));
    bytes[SIZE - 1] ^= 1;
    bytes[SIZE - SIGN_SIGNATURE_SIZE - 1] ^= 1; /* of the last command */
    assert_int_equal(envelope_decode(&envelope, bytes, sizeof bytes), ENVELOPE_OK);
    payload_envelope_fingerprint(&envelope, &after);
    assert_false(hash_equal(&before, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_what_was_appended),
        cmocka_unit_test(accepts_signed_envelopes_of_this_chain),
        cmocka_unit_test(refuses_nothing_and_too_much),
        cmocka_unit_test(refuses_a_list_cut_anywhere),
        cmocka_unit_test(refuses_an_envelope_of_size_zero),
        cmocka_unit_test(refuses_a_foreign_chain),
        cmocka_unit_test(refuses_any_changed_byte),
        cmocka_unit_test(trusts_what_was_verified_before),
        cmocka_unit_test(fingerprint_covers_the_signature),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
