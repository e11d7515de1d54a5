/*
 * Goal: what is found of a batch is what was noted of it last, or nothing; the oldest are forgotten
 * and never taken for others; only of valid payloads anything is noted.
 */
#include "node/batch_identifiers.h"

#include "base/prng.h"
#include "crypto/start.h"
#include "tests/support/cmocka.h"
#include "tests/unit/replica/envelopes.h"

enum {
    CAPACITY = 16,
    COUNT_MAX = 5,
    STEPS = 20000,
    DIGESTS = 40,
    SIZE = 400,
    PAYLOAD_MAX = 4096,
};

static struct hash number(uint32_t value)
{
    struct hash hash = {{0}};
    memcpy(hash.bytes, &value, sizeof value);
    hash.bytes[HASH_SIZE - 1] = 1;
    return hash;
}

static void gives_back_what_was_noted(void **state)
{
    (void)state;
    struct batch_identifiers *set = batch_identifiers_new(CAPACITY);
    assert_non_null(set);
    struct hash digest = number(1);
    struct hash other = number(1 + CAPACITY); /* may have the same place */
    struct hash noted[3] = {number(11), number(12), number(13)};
    struct hash found[4] = {{{0}}};
    assert_false(batch_identifiers_get(set, &digest, found, 3));
    batch_identifiers_add(set, &digest, noted, 3);
    assert_false(batch_identifiers_get(set, &other, found, 3));
    assert_false(batch_identifiers_get(set, &digest, found, 2));
    assert_false(batch_identifiers_get(set, &digest, found, 4));
    assert_true(hash_is_zero(&found[0]));
    assert_true(batch_identifiers_get(set, &digest, found, 3));
    assert_memory_equal(found, noted, sizeof noted);
    assert_true(hash_is_zero(&found[3]));
    batch_identifiers_free(set);
}

static void notes_neither_nothing_nor_too_much(void **state)
{
    (void)state;
    struct batch_identifiers *set = batch_identifiers_new(CAPACITY);
    struct hash digest = number(1);
    struct hash noted[CAPACITY + 1] = {{{0}}};
    struct hash found[CAPACITY + 1];
    batch_identifiers_add(set, &digest, noted, 0);
    assert_false(batch_identifiers_get(set, &digest, found, 0));
    batch_identifiers_add(set, &digest, noted, CAPACITY + 1);
    assert_false(batch_identifiers_get(set, &digest, found, CAPACITY + 1));
    batch_identifiers_add(set, &digest, noted, CAPACITY);
    assert_true(batch_identifiers_get(set, &digest, found, CAPACITY));
    batch_identifiers_free(set);
    batch_identifiers_free(NULL);
}

/* The last ones are still known as long as they fit, unless another digest took their place. */
static void forgets_the_oldest_and_mixes_up_nothing(void **state)
{
    (void)state;
    struct batch_identifiers *set = batch_identifiers_new(CAPACITY);
    struct hash last[DIGESTS][COUNT_MAX];
    uint32_t counts[DIGESTS] = {0};
    uint32_t next = 1000;
    uint32_t found_count = 0;
    struct prng prng;
    prng_init(&prng, 5);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t at = (uint32_t)prng_below(&prng, DIGESTS);
        struct hash digest = number(at << 24 | at); /* of places all over */
        struct hash found[COUNT_MAX];
        if (counts[at] != 0 && batch_identifiers_get(set, &digest, found, counts[at])) {
            assert_memory_equal(found, last[at], counts[at] * sizeof found[0]);
            found_count++;
        }
        counts[at] = 1 + (uint32_t)prng_below(&prng, COUNT_MAX);
        for (uint32_t i = 0; i < counts[at]; i++) {
            last[at][i] = number(next++);
        }
        batch_identifiers_add(set, &digest, last[at], counts[at]);
        assert_true(batch_identifiers_get(set, &digest, found, counts[at]));
        assert_memory_equal(found, last[at], counts[at] * sizeof found[0]);
    }
    assert_true(found_count > STEPS / 50);
    batch_identifiers_free(set);
}

static void checks_and_notes_what_is_valid(void **state)
{
    (void)state;
    struct batch_identifiers *set = batch_identifiers_new(CAPACITY);
    const struct payload_rules rules = {.chain_id = envelopes_chain(1),
                                        .payload_bytes_max = PAYLOAD_MAX};
    uint8_t envelope[SIZE];
    uint8_t payload[PAYLOAD_MAX];
    struct bytes_writer writer;
    struct envelope decoded;
    struct hash digest = number(3);
    struct hash found[1];
    envelopes_make(envelope, sizeof envelope, 1, 7, 1000);
    bytes_writer_init(&writer, payload, sizeof payload);
    payload_append(&writer, envelope, sizeof envelope);
    payload[writer.size - 1] ^= 1;
    assert_int_equal(batch_identifiers_check(set, &rules, &digest, payload, writer.size),
                     PAYLOAD_ENVELOPE_SIGNATURE);
    assert_int_equal(batch_identifiers_check(set, &rules, &digest, payload, writer.size - 1),
                     PAYLOAD_TORN);
    assert_false(batch_identifiers_get(set, &digest, found, 1));
    payload[writer.size - 1] ^= 1;
    assert_int_equal(batch_identifiers_check(NULL, &rules, &digest, payload, writer.size),
                     PAYLOAD_VALID);
    assert_false(batch_identifiers_get(set, &digest, found, 1));
    assert_int_equal(batch_identifiers_check(set, &rules, &digest, payload, writer.size),
                     PAYLOAD_VALID);
    assert_true(batch_identifiers_get(set, &digest, found, 1));
    assert_int_equal(envelope_decode(&decoded, envelope, sizeof envelope), ENVELOPE_OK);
    assert_true(hash_equal(&found[0], &decoded.id));
    batch_identifiers_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_noted),
        cmocka_unit_test(notes_neither_nothing_nor_too_much),
        cmocka_unit_test(forgets_the_oldest_and_mixes_up_nothing),
        cmocka_unit_test(checks_and_notes_what_is_valid),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
