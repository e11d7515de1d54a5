/*
 * Goal: the stand-in for signatures tells messages, signers and altered signatures apart, as the
 * tests that use it need, and counts what it does.
 */
#include <string.h>

#include "crypto/sign_many.h"
#include "netsim/engine/sign_meter.h"
#include "tests/support/cmocka.h"

struct pair {
    struct public_key public_key;
    struct secret_key secret_key;
};

static struct pair make_pair(uint8_t number)
{
    const uint8_t seed[SIGN_SEED_SIZE] = {number};
    struct pair pair;
    sign_key_from_seed(seed, &pair.public_key, &pair.secret_key);
    return pair;
}

static void a_signature_is_that_of_one_key_over_one_message(void **state)
{
    (void)state;
    const struct pair one = make_pair(1);
    const struct pair two = make_pair(2);
    uint8_t message[70];
    struct signature signature;
    struct signature again;
    for (size_t size = 0; size < sizeof message; size++) {
        memset(message, 0x11, sizeof message);
        sign_create(&one.secret_key, message, size, &signature);
        sign_create(&one.secret_key, message, size, &again);
        assert_memory_equal(signature.bytes, again.bytes, sizeof again.bytes);
        assert_true(sign_verify(&one.public_key, message, size, &signature));
        assert_false(sign_verify(&two.public_key, message, size, &signature));
        assert_false(sign_verify(&one.public_key, message, size + 1, &signature));
        for (size_t bit = 0; bit < 8 * size; bit++) {
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(sign_verify(&one.public_key, message, size, &signature));
            message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * sizeof signature.bytes; bit++) {
            signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(sign_verify(&one.public_key, message, size, &signature));
            signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void keys_belong_together(void **state)
{
    (void)state;
    const struct pair one = make_pair(1);
    const struct pair two = make_pair(2);
    struct public_key key;
    sign_key_public(&one.secret_key, &key);
    assert_true(public_key_equal(&key, &one.public_key));
    assert_false(public_key_equal(&key, &two.public_key));
    struct pair fresh;
    sign_key_generate(&fresh.public_key, &fresh.secret_key);
    assert_false(public_key_equal(&fresh.public_key, &one.public_key));
    sign_key_wipe(&fresh.secret_key);
    static const struct secret_key zero;
    assert_memory_equal(&fresh.secret_key, &zero, sizeof zero);
}

static void many_at_once_are_judged_one_by_one(void **state)
{
    (void)state;
    const struct pair one = make_pair(1);
    const struct pair two = make_pair(2);
    const struct sign_meter before = sign_meter;
    struct signature signature;
    sign_create(&one.secret_key, "x", 1, &signature);
    struct sign_item items[3] = {
        {.public_key = &two.public_key, .message = "x", .size = 1, .signature = &signature},
        {.public_key = &one.public_key, .message = "x", .size = 1, .signature = &signature},
        {.public_key = &one.public_key, .message = "y", .size = 1, .signature = &signature},
    };
    sign_verify_many(items, 3);
    assert_false(items[0].valid);
    assert_true(items[1].valid);
    assert_false(items[2].valid);
    assert_int_equal(sign_meter.verified - before.verified, 3);
}

static void both_operations_are_counted(void **state)
{
    (void)state;
    const struct pair one = make_pair(1);
    const struct sign_meter before = sign_meter;
    struct signature signature;
    sign_create(&one.secret_key, "x", 1, &signature);
    assert_true(sign_verify(&one.public_key, "x", 1, &signature));
    assert_false(sign_verify(&one.public_key, "y", 1, &signature));
    assert_int_equal(sign_meter.created - before.created, 1);
    assert_int_equal(sign_meter.verified - before.verified, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_that_of_one_key_over_one_message),
        cmocka_unit_test(keys_belong_together),
        cmocka_unit_test(many_at_once_are_judged_one_by_one),
        cmocka_unit_test(both_operations_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
