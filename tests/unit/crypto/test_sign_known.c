/*
 * Goal: what is said of a signature by a key known beforehand is what libsodium says of it, and
 * what is said of it among many: whatever is wrong with it, whatever the key is, and also by way of
 * sign_verify(). What needs the lanes is skipped, saying so, where the processor has none.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "crypto/sign_known.h"
#include "crypto/sign_many.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/crypto/odd_signature.h"

static bool by_libsodium(const struct odd_signature *odd)
{
    return crypto_sign_verify_detached(odd->signature.bytes, odd->message, odd->size,
                                       odd->public_key.bytes) == 0;
}

static bool lanes_missing(void)
{
    bool missing = !sign_way_supported(SIGN_WAY_IFMA);
    if (missing) {
        printf("skipped: this processor has no AVX-512 IFMA\n");
    }
    return missing;
}

/* By libsodium, with the key's tables if it can have some, and in a lane among eight. */
static bool check(const struct odd_signature *odd)
{
    static struct sign_known known;
    bool valid = by_libsodium(odd);
    struct sign_item item = {.public_key = &odd->public_key,
                             .message = odd->message,
                             .size = odd->size,
                             .signature = &odd->signature,
                             .valid = !valid};
    sign_verify_many_by(SIGN_WAY_IFMA, &item, 1);
    assert_int_equal(item.valid, valid);
    if (sign_known_prepare(&odd->public_key, &known)) {
        assert_int_equal(sign_known_verify(&known, odd->message, odd->size, &odd->signature),
                         valid);
    } else {
        assert_false(valid);
    }
    return valid;
}

static void every_kind_is_judged_as_by_libsodium(void **state)
{
    (void)state;
    static struct odd_signature odd;
    struct prng prng;
    prng_init(&prng, 1);
    if (lanes_missing()) {
        return;
    }
    for (uint32_t kind = 0; kind < ODD_KIND_COUNT; kind++) {
        size_t valid = 0;
        for (size_t i = 0; i < 200; i++) {
            odd_signature_draw(&prng, (enum odd_kind)kind, &odd);
            valid += check(&odd);
        }
        assert_true(odd_kind_fits((enum odd_kind)kind, valid, 200));
    }
}

static void points_of_small_order_and_keys_beyond_p_are_refused(void **state)
{
    (void)state;
    static struct odd_signature odd;
    struct prng prng;
    prng_init(&prng, 2);
    if (lanes_missing()) {
        return;
    }
    for (size_t i = 0; i < 2 * ODD_SMALL_POINTS; i++) {
        uint8_t sign = (uint8_t)(i / ODD_SMALL_POINTS << 7);
        odd_signature_draw(&prng, ODD_NOTHING, &odd);
        odd_small_point(i % ODD_SMALL_POINTS, odd.public_key.bytes);
        odd.public_key.bytes[31] ^= sign;
        assert_false(check(&odd));
        odd_signature_draw(&prng, ODD_NOTHING, &odd);
        odd_small_point(i % ODD_SMALL_POINTS, odd.signature.bytes);
        odd.signature.bytes[31] ^= sign;
        assert_false(check(&odd));
    }
    for (size_t i = 0; i < ODD_KEYS_NOT_CANONICAL; i++) {
        odd_signature_draw(&prng, ODD_NOTHING, &odd);
        odd_key_beyond_p(i, odd.public_key.bytes);
        assert_false(check(&odd));
    }
}

/* Every bit of R and S, and of the message, and any number of signatures by the same key. */
static void many_signatures_by_one_key_are_judged(void **state)
{
    (void)state;
    static struct sign_known known;
    static struct odd_signature odd;
    struct secret_key secret_key;
    struct prng prng;
    prng_init(&prng, 3);
    sign_key_from_seed((const uint8_t[SIGN_SEED_SIZE]){3}, &odd.public_key, &secret_key);
    if (lanes_missing()) {
        return;
    }
    assert_true(sign_known_prepare(&odd.public_key, &known));
    for (odd.size = 0; odd.size < ODD_MESSAGE_MAX; odd.size++) {
        prng_fill(&prng, odd.message, odd.size);
        sign_create(&secret_key, odd.message, odd.size, &odd.signature);
        assert_true(sign_known_verify(&known, odd.message, odd.size, &odd.signature));
        for (size_t i = 0; i < 8; i++) {
            size_t bit = (odd.size * 8 + i) % (8 * SIGN_SIGNATURE_SIZE);
            odd.signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(by_libsodium(&odd));
            assert_false(sign_known_verify(&known, odd.message, odd.size, &odd.signature));
            odd.signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        if (odd.size > 0) {
            odd.message[prng_below(&prng, odd.size)] ^= 1;
            assert_false(sign_known_verify(&known, odd.message, odd.size, &odd.signature));
        }
    }
    sign_create(&secret_key, NULL, 0, &odd.signature);
    assert_true(sign_known_verify(&known, NULL, 0, &odd.signature));
    expect_assert_failure(assert_true(sign_known_verify(&known, NULL, 1, &odd.signature)));
}

/* ---------------------------------------------------------------------------------- made known */

/* From here on the keys that are made known stay so: the last tests of this program. */
static void a_known_key_changes_no_verdict(void **state)
{
    (void)state;
    static struct odd_signature odd[ODD_KIND_COUNT];
    struct sign_item items[ODD_KIND_COUNT];
    struct prng prng;
    prng_init(&prng, 4);
    for (uint32_t kind = 0; kind < ODD_KIND_COUNT; kind++) {
        odd_signature_draw(&prng, (enum odd_kind)kind, &odd[kind]);
        items[kind] = (struct sign_item){.public_key = &odd[kind].public_key,
                                         .message = odd[kind].message,
                                         .size = odd[kind].size,
                                         .signature = &odd[kind].signature};
        assert_null(sign_known_find(&odd[kind].public_key));
        sign_known_add(&odd[kind].public_key);
        sign_known_add(&odd[kind].public_key);
        assert_int_equal(sign_verify(&odd[kind].public_key, odd[kind].message, odd[kind].size,
                                     &odd[kind].signature),
                         by_libsodium(&odd[kind]));
    }
    for (size_t first = 0; first < ODD_KIND_COUNT; first++) {
        sign_verify_many(items + first, ODD_KIND_COUNT - first);
        for (size_t i = first; i < ODD_KIND_COUNT; i++) {
            assert_int_equal(items[i].valid, by_libsodium(&odd[i]));
            items[i].valid = !items[i].valid;
        }
    }
    const struct sign_known *known = sign_known_find(&odd[ODD_NOTHING].public_key);
    assert_int_equal(known != NULL, sign_way_supported(SIGN_WAY_IFMA));
}

static void what_is_too_many_is_checked_as_before(void **state)
{
    (void)state;
    static struct odd_signature odd;
    struct prng prng;
    size_t found = 0;
    prng_init(&prng, 5);
    for (size_t i = 0; i < SIGN_KNOWN_MAX + 2; i++) {
        odd_signature_draw(&prng, ODD_NOTHING, &odd);
        sign_known_add(&odd.public_key);
        found += sign_known_find(&odd.public_key) != NULL ? 1 : 0;
        assert_true(sign_verify(&odd.public_key, odd.message, odd.size, &odd.signature));
        odd.signature.bytes[i % SIGN_SIGNATURE_SIZE] ^= 8;
        assert_false(sign_verify(&odd.public_key, odd.message, odd.size, &odd.signature));
    }
    assert_null(sign_known_find(&odd.public_key));
    assert_true(found < SIGN_KNOWN_MAX);
}

static void a_program_may_start_here(void **state)
{
    (void)state;
    assert_true(sign_known_check());
}

static int set_up(void **state)
{
    (void)state;
    return crypto_start() == CRYPTO_START_OK ? 0 : -1;
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_judged_as_by_libsodium),
        cmocka_unit_test(points_of_small_order_and_keys_beyond_p_are_refused),
        cmocka_unit_test(many_signatures_by_one_key_are_judged),
        cmocka_unit_test(a_program_may_start_here),
        cmocka_unit_test(a_known_key_changes_no_verdict),
        cmocka_unit_test(what_is_too_many_is_checked_as_before),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
