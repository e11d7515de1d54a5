/*
 * Goal: salts and secrets are those of the written formula, number by number, and nothing that goes
 * into them can be left out.
 */
#include "ledger/state/leaf_salt.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/stream.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    HEIGHT = 300,
    SALTS_MAX = 130,
};

static const struct hash block_secret = {{7}};

/* As docs/data-ledger.md has it, one at a time. */
static struct salt salt_by_the_book(enum leaf_kind kind, uint32_t number)
{
    uint8_t bytes[HASH_SIZE + 8 + 1];
    uint8_t stream[STREAM_BLOCK_SIZE];
    struct hash key;
    struct salt salt;
    memcpy(bytes, block_secret.bytes, HASH_SIZE);
    bytes_put_u64(bytes + HASH_SIZE, HEIGHT);
    bytes[HASH_SIZE + 8] = (uint8_t)kind;
    hash_compute(&key, HASH_SALT, bytes, sizeof bytes);
    stream_draw(&key, number / 4, stream, sizeof stream);
    memcpy(salt.bytes, stream + number % 4 * (size_t)16, 16);
    return salt;
}

static void test_salts_are_those_of_the_formula(void **state)
{
    struct leaf_salts source;
    struct salt salts[SALTS_MAX];
    (void)state;
    for (int kind = LEAF_RECEIPT; kind <= LEAF_EVENT; kind++) {
        leaf_salts_begin(&source, &block_secret, HEIGHT, (enum leaf_kind)kind);
        for (uint32_t count = 1; count <= SALTS_MAX; count++) {
            leaf_salts_make(&source, 4 * count, count, salts);
            for (uint32_t i = 0; i < count; i++) {
                struct salt expected = salt_by_the_book((enum leaf_kind)kind, 4 * count + i);
                assert_memory_equal(salts[i].bytes, expected.bytes, SALT_SIZE);
            }
        }
    }
}

static void test_secret_height_kind_and_number_count(void **state)
{
    struct hash other_secret = block_secret;
    struct leaf_salts from[5];
    struct salt salts[5];
    (void)state;
    other_secret.bytes[HASH_SIZE - 1] = 1;
    leaf_salts_begin(&from[0], &block_secret, HEIGHT, LEAF_EVENT);
    leaf_salts_begin(&from[1], &other_secret, HEIGHT, LEAF_EVENT);
    leaf_salts_begin(&from[2], &block_secret, HEIGHT + 1, LEAF_EVENT);
    leaf_salts_begin(&from[3], &block_secret, HEIGHT, LEAF_RECEIPT);
    leaf_salts_begin(&from[4], &block_secret, HEIGHT, LEAF_EVENT);
    for (uint32_t i = 0; i < 5; i++) {
        leaf_salts_make(&from[i], i == 4 ? 4 : 0, 1, &salts[i]);
        for (uint32_t j = 0; j < i; j++) {
            assert_memory_not_equal(salts[i].bytes, salts[j].bytes, SALT_SIZE);
        }
    }
}

static void test_a_secret_is_chained_over_the_nonces(void **state)
{
    const struct nonce_secret nonces[2] = {{{1}}, {{2}}};
    struct hash_state renewal;
    struct hash secret;
    struct hash expected;
    uint8_t bytes[HASH_SIZE + 2 * NONCE_SIZE];
    (void)state;
    leaf_secret_begin(&secret, &(struct hash){{5}});
    hash_compute(&expected, HASH_SECRET, &(struct hash){{5}}, HASH_SIZE);
    assert_true(hash_equal(&secret, &expected));
    memcpy(bytes, secret.bytes, HASH_SIZE);
    memcpy(bytes + HASH_SIZE, nonces, sizeof nonces);
    hash_compute(&expected, HASH_SECRET, bytes, sizeof bytes);
    leaf_secret_renew_begin(&renewal, &secret);
    leaf_secret_renew_add(&renewal, &nonces[0]);
    leaf_secret_renew_add(&renewal, &nonces[1]);
    leaf_secret_renew_end(&renewal, &secret);
    assert_true(hash_equal(&secret, &expected));
}

static void test_only_whole_blocks_begin(void **state)
{
    struct leaf_salts source;
    struct salt salts[4];
    (void)state;
    leaf_salts_begin(&source, &block_secret, HEIGHT, LEAF_EVENT);
    for (uint32_t first = 1; first < 4; first++) {
        expect_assert_failure(leaf_salts_make(&source, first, 1, salts));
    }
    expect_assert_failure(leaf_salts_make(&source, 0, 0, salts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_salts_are_those_of_the_formula),
        cmocka_unit_test(test_secret_height_kind_and_number_count),
        cmocka_unit_test(test_a_secret_is_chained_over_the_nonces),
        cmocka_unit_test(test_only_whole_blocks_begin),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
