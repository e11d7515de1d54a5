/*
 * Goal: the linked libsodium judges the signature vectors by our rule, a library that judges any
 * one of them otherwise is found out and named, and each vector is what its name says.
 */
#include <sodium.h>
#include <string.h>

#include "crypto/sign_many.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

/* What sign_check_verifier asked, in order. */
struct question {
    struct public_key public_key;
    struct signature signature;
    char message[16];
    size_t size;
};
#define QUESTIONS_MAX 40
static struct question questions[QUESTIONS_MAX];
static size_t question_count;
static size_t wrong_answer; /* the question that answer_one_wrong lies about */

static bool answer_one_wrong(const struct public_key *public_key, const void *message, size_t size,
                             const struct signature *signature)
{
    assert_true(question_count < QUESTIONS_MAX);
    assert_true(size <= sizeof(questions[0].message));
    struct question *question = &questions[question_count++];
    question->public_key = *public_key;
    question->signature = *signature;
    question->size = size;
    memcpy(question->message, message, size);
    bool valid = sign_verify(public_key, message, size, signature);
    return question_count - 1 == wrong_answer ? !valid : valid;
}

/* Asks with a lie about question number `lie`; beyond the last one, without any. */
static enum sign_check ask(size_t lie)
{
    question_count = 0;
    wrong_answer = lie;
    return sign_check_verifier(answer_one_wrong);
}

static void the_linked_library_follows_the_rule(void **state)
{
    (void)state;
    assert_int_equal(sign_self_check(), SIGN_CHECK_OK);
    assert_int_equal(crypto_start(), CRYPTO_START_OK);
    assert_int_equal(crypto_start(), CRYPTO_START_OK);
}

static void every_single_wrong_answer_is_named_and_prevents_the_start(void **state)
{
    (void)state;
    assert_int_equal(ask(QUESTIONS_MAX), SIGN_CHECK_OK);
    size_t vectors = question_count;
    unsigned seen = 0;
    for (size_t lie = 0; lie < vectors; lie++) {
        enum sign_check check = ask(lie);
        assert_int_not_equal(check, SIGN_CHECK_OK);
        assert_int_equal(question_count, lie + 1);
        seen |= 1u << check;
        question_count = 0;
        assert_int_equal(crypto_start_with(answer_one_wrong), CRYPTO_START_RULE_DIFFERS);
        assert_true(strlen(sign_check_text(check)) > 0);
        assert_true(strlen(sign_check_hint(check)) > 0);
    }
    /* Every clause of the rule has a vector. */
    assert_int_equal(seen, (1u << (SIGN_CHECK_NONCANONICAL_KEY + 1)) - 2);
}

static bool accept_all(const struct public_key *public_key, const void *message, size_t size,
                       const struct signature *signature)
{
    (void)public_key;
    (void)message;
    (void)size;
    (void)signature;
    return true;
}

static bool refuse_all(const struct public_key *public_key, const void *message, size_t size,
                       const struct signature *signature)
{
    return !accept_all(public_key, message, size, signature);
}

static void blanket_answers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(sign_check_verifier(accept_all), SIGN_CHECK_FORGED_ACCEPTED);
    assert_int_equal(sign_check_verifier(refuse_all), SIGN_CHECK_HONEST_REFUSED);
    assert_int_equal(crypto_start_with(accept_all), CRYPTO_START_RULE_DIFFERS);
}

static void many_answer_one_wrong(struct sign_item *items, size_t count)
{
    sign_verify_many(items, count);
    for (size_t i = 0; i < count; i++) {
        items[i].valid = items[i].valid != (i == wrong_answer);
    }
}

static void every_single_wrong_answer_among_many_is_named(void **state)
{
    (void)state;
    assert_int_equal(sign_check_many(sign_verify_many), SIGN_CHECK_OK);
    assert_true(sign_many_check());
    assert_int_equal(ask(QUESTIONS_MAX), SIGN_CHECK_OK);
    size_t vectors = question_count;
    for (size_t lie = 0; lie < vectors; lie++) {
        enum sign_check check = ask(lie);
        assert_int_equal(sign_check_many(many_answer_one_wrong), check);
    }
    wrong_answer = vectors;
    assert_int_equal(sign_check_many(many_answer_one_wrong), SIGN_CHECK_OK);
}

/* k = SHA-512(R | A | M) mod L. */
static void challenge(const struct question *question, uint8_t k[32])
{
    crypto_hash_sha512_state hash;
    uint8_t digest[64];
    crypto_hash_sha512_init(&hash);
    crypto_hash_sha512_update(&hash, question->signature.bytes, 32);
    crypto_hash_sha512_update(&hash, question->public_key.bytes, 32);
    crypto_hash_sha512_update(&hash, (const uint8_t *)question->message, question->size);
    crypto_hash_sha512_final(&hash, digest);
    crypto_core_ed25519_scalar_reduce(k, digest);
}

/* Writes [S]B - [k]A, from the definition and libsodium's point arithmetic. A must be honest. */
static void recovered_r(const struct question *question, uint8_t out[32])
{
    uint8_t k[32];
    uint8_t s_times_base[32];
    uint8_t k_times_key[32];
    challenge(question, k);
    const uint8_t *s = question->signature.bytes + 32;
    assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(s_times_base, s), 0);
    assert_int_equal(crypto_scalarmult_ed25519_noclamp(k_times_key, k, question->public_key.bytes),
                     0);
    assert_int_equal(crypto_core_ed25519_sub(out, s_times_base, k_times_key), 0);
}

static void double_point(uint8_t point[32])
{
    assert_int_equal(crypto_core_ed25519_add(point, point, point), 0);
}

/* A verifier that multiplies by the cofactor accepts these: R - ([S]B - [k]A) is a small point. */
static void the_cofactored_vectors_differ_by_a_small_point_only(void **state)
{
    (void)state;
    const uint8_t identity[32] = {1};
    unsigned found = 0;
    assert_int_equal(ask(QUESTIONS_MAX), SIGN_CHECK_OK);
    size_t vectors = question_count;
    for (size_t i = 0; i < vectors; i++) {
        if (ask(i) != SIGN_CHECK_COFACTORED) {
            continue;
        }
        found++;
        uint8_t difference[32];
        uint8_t expected_r[32];
        recovered_r(&questions[i], expected_r);
        assert_int_equal(
            crypto_core_ed25519_sub(difference, questions[i].signature.bytes, expected_r), 0);
        assert_memory_not_equal(difference, identity, sizeof(identity));
        for (int doubling = 0; doubling < 3; doubling++) {
            double_point(difference);
        }
        assert_memory_equal(difference, identity, sizeof(identity));
    }
    assert_int_equal(found, 3); /* orders 2, 4 and 8 */
}

static void the_first_cofactored_vector_has_order_two(void **state)
{
    (void)state;
    const uint8_t identity[32] = {1};
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (ask(i) == SIGN_CHECK_COFACTORED) {
            uint8_t difference[32];
            uint8_t expected_r[32];
            recovered_r(&questions[i], expected_r);
            assert_int_equal(
                crypto_core_ed25519_sub(difference, questions[i].signature.bytes, expected_r), 0);
            double_point(difference);
            assert_memory_equal(difference, identity, sizeof(identity));
            return;
        }
    }
    fail();
}

/* S - L is the S of a valid signature: the vector is a second form of the same signature. */
static void the_noncanonical_s_is_a_valid_one_plus_the_order(void **state)
{
    (void)state;
    /* L, little-endian. */
    const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                               0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                               0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (ask(i) == SIGN_CHECK_NONCANONICAL_S) {
            struct question question = questions[i];
            sodium_sub(question.signature.bytes + 32, order, sizeof(order));
            assert_true(sign_verify(&question.public_key, question.message, question.size,
                                    &question.signature));
            return;
        }
    }
    fail();
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linked_library_follows_the_rule),
        cmocka_unit_test(every_single_wrong_answer_is_named_and_prevents_the_start),
        cmocka_unit_test(every_single_wrong_answer_among_many_is_named),
        cmocka_unit_test(blanket_answers_are_refused),
        cmocka_unit_test(the_cofactored_vectors_differ_by_a_small_point_only),
        cmocka_unit_test(the_first_cofactored_vector_has_order_two),
        cmocka_unit_test(the_noncanonical_s_is_a_valid_one_plus_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
