/*
 * Goal: salts and secrets are those of the written formula, number by number, and nothing that goes
 * into them can be left out.
 */
#include "ledger/state/leaf_salt.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/hash_many.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const struct leaf_salts source = {.secret = {{7}}, .height = 300, .kind = LEAF_EVENT};

/* As docs/data-ledger.md has it, one at a time. */
static struct salt salt_by_the_book(const struct leaf_salts *salts, uint32_t number)
{
    uint8_t bytes[HASH_SIZE + 8 + 1 + 4];
    struct hash hash;
    struct salt salt;
    memcpy(bytes, salts->secret.bytes, HASH_SIZE);
    bytes_put_u64(bytes + HASH_SIZE, salts->height);
    bytes[HASH_SIZE + 8] = (uint8_t)salts->kind;
    bytes_put_u32(bytes + HASH_SIZE + 9, number / 2);
    hash_compute(&hash, HASH_SALT, bytes, sizeof bytes);
    memcpy(salt.bytes, hash.bytes + (number % 2) * 16, 16);
    return salt;
}

static void test_salts_are_those_of_the_formula(void **state)
{
    struct salt salts[HASH_MANY];
    (void)state;
    for (uint32_t count = 1; count <= HASH_MANY; count++) {
        leaf_salts_make(&source, 2 * count, count, salts);
        for (uint32_t i = 0; i < count; i++) {
            struct salt expected = salt_by_the_book(&source, 2 * count + i);
            assert_memory_equal(salts[i].bytes, expected.bytes, SALT_SIZE);
        }
    }
}

static void test_secret_height_kind_and_number_count(void **state)
{
    struct leaf_salts others[4] = {source, source, source, source};
    struct salt salt;
    struct salt other;
    (void)state;
    others[0].secret.bytes[HASH_SIZE - 1] = 1;
    others[1].height++;
    others[2].kind = LEAF_RECEIPT;
    leaf_salts_make(&source, 0, 1, &salt);
    for (uint32_t i = 0; i < 4; i++) {
        leaf_salts_make(&others[i], i == 3 ? 2 : 0, 1, &other);
        assert_memory_not_equal(salt.bytes, other.bytes, SALT_SIZE);
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

static void test_only_whole_pairs_begin(void **state)
{
    struct salt salts[HASH_MANY];
    (void)state;
    expect_assert_failure(leaf_salts_make(&source, 1, 1, salts));
    expect_assert_failure(leaf_salts_make(&source, 0, 0, salts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_salts_are_those_of_the_formula),
        cmocka_unit_test(test_secret_height_kind_and_number_count),
        cmocka_unit_test(test_a_secret_is_chained_over_the_nonces),
        cmocka_unit_test(test_only_whole_pairs_begin),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
