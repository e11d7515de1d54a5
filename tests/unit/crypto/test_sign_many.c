/*
 * Goal: what is said of each of many signatures is what sign_verify() says of it alone: whatever
 * is wrong with it or with those beside it, wherever it stands, however many there are, in every
 * way that the processor has.
 */
#include <sodium.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/sign_many.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/crypto/odd_signature.h"

enum {
    ITEMS_MAX = 40,
    LONG = 100000
};

struct bench {
    struct odd_signature odd[ITEMS_MAX];
    struct sign_item items[ITEMS_MAX];
};

static bool alone(const struct sign_item *item)
{
    return sign_verify(item->public_key, item->message, item->size, item->signature);
}

/* In all ways and by the processor's own choice. The results before are the opposite, so that one
 * that is not written is noticed. Returns how many are valid. */
static size_t check(struct sign_item *items, size_t count)
{
    bool wanted[ITEMS_MAX];
    size_t valid = 0;
    for (size_t i = 0; i < count; i++) {
        wanted[i] = alone(&items[i]);
        valid += wanted[i];
    }
    for (int way = -1; way < SIGN_WAY_COUNT; way++) {
        for (size_t i = 0; i < count; i++) {
            items[i].valid = !wanted[i];
        }
        if (way < 0) {
            sign_verify_many(items, count);
        } else if (sign_way_supported((enum sign_way)way)) {
            sign_verify_many_by((enum sign_way)way, items, count);
        } else {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(items[i].valid, wanted[i]);
        }
    }
    return valid;
}

static void draw(struct prng *prng, struct bench *bench, size_t at, enum odd_kind kind)
{
    struct odd_signature *odd = &bench->odd[at];
    odd_signature_draw(prng, kind, odd);
    bench->items[at] = (struct sign_item){.public_key = &odd->public_key,
                                          .message = odd->message,
                                          .size = odd->size,
                                          .signature = &odd->signature};
}

/* -------------------------------------------------------------------------------- the vectors */

static size_t shift;        /* so many valid ones stand before the vectors */
static enum sign_way taken; /* the way in which they are checked */

static void verify_shifted(struct sign_item *items, size_t count)
{
    struct sign_item shifted[ITEMS_MAX];
    assert_true(shift + count <= ITEMS_MAX);
    for (size_t i = 0; i < shift; i++) {
        shifted[i] = items[0]; /* a valid one */
    }
    memcpy(shifted + shift, items, count * sizeof(items[0]));
    sign_verify_many_by(taken, shifted, shift + count);
    for (size_t i = 0; i < shift; i++) {
        assert_true(shifted[i].valid);
    }
    memcpy(items, shifted + shift, count * sizeof(items[0]));
}

static void the_vectors_are_judged_by_the_rule_in_every_lane(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < SIGN_WAY_COUNT; way++) {
        taken = (enum sign_way)way;
        for (shift = 0; shift < SIGN_LANES && sign_way_supported(taken); shift++) {
            assert_int_equal(sign_check_many(verify_shifted), SIGN_CHECK_OK);
        }
    }
    assert_int_equal(sign_check_many(sign_verify_many), SIGN_CHECK_OK);
}

/* ---------------------------------------------------------------------------------- odd ones */

/* Every kind stands in every lane among others of any kind, most of them valid. */
static void any_mixture_is_judged_as_one_by_one(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    size_t valid = 0;
    size_t checked = 0;
    prng_init(&prng, 1);
    for (uint32_t kind = 0; kind < ODD_KIND_COUNT; kind++) {
        for (size_t lane = 0; lane < SIGN_LANES; lane++) {
            for (size_t i = 0; i < SIGN_LANES; i++) {
                bool other = prng_below(&prng, 3) == 0;
                draw(&prng, &bench, i,
                     other ? (enum odd_kind)prng_below(&prng, ODD_KIND_COUNT) : ODD_NOTHING);
            }
            draw(&prng, &bench, lane, (enum odd_kind)kind);
            valid += check(bench.items, SIGN_LANES);
            checked += SIGN_LANES;
        }
    }
    assert_true(valid > checked / 4);
    assert_true(valid < checked);
}

/* What the kinds are drawn for is what comes out: else they would show nothing. */
static void each_kind_is_what_it_is_called(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 2);
    for (uint32_t kind = 0; kind < ODD_KIND_COUNT; kind++) {
        for (size_t i = 0; i < 2 * SIGN_LANES; i++) {
            draw(&prng, &bench, i, (enum odd_kind)kind);
        }
        size_t valid = check(bench.items, 2 * SIGN_LANES);
        assert_true(odd_kind_fits((enum odd_kind)kind, valid, 2 * SIGN_LANES));
    }
}

static void every_point_of_small_order_is_refused_as_key_and_as_r(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 3);
    for (size_t sign = 0; sign < 2; sign++) {
        for (size_t i = 0; i < ODD_SMALL_POINTS; i++) {
            draw(&prng, &bench, i, ODD_NOTHING);
            odd_small_point(i, bench.odd[i].public_key.bytes);
            bench.odd[i].public_key.bytes[31] ^= (uint8_t)(sign << 7);
            draw(&prng, &bench, ODD_SMALL_POINTS + i, ODD_NOTHING);
            odd_small_point(i, bench.odd[ODD_SMALL_POINTS + i].signature.bytes);
            bench.odd[ODD_SMALL_POINTS + i].signature.bytes[31] ^= (uint8_t)(sign << 7);
        }
        assert_int_equal(check(bench.items, 2 * ODD_SMALL_POINTS), 0);
    }
}

static void every_key_that_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 4);
    for (size_t i = 0; i < ODD_KEYS_NOT_CANONICAL; i++) {
        draw(&prng, &bench, i, ODD_NOTHING);
        odd_key_beyond_p(i, bench.odd[i].public_key.bytes);
    }
    assert_int_equal(check(bench.items, ODD_KEYS_NOT_CANONICAL), 0);
}

/* ---------------------------------------------------------------------- counts and messages */

/* One invalid at each place: it alone is, and the others' results stay as they were. */
static void any_number_of_them_is_judged_one_by_one(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 5);
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        draw(&prng, &bench, i, ODD_NOTHING);
    }
    for (size_t count = 0; count <= 17; count++) {
        assert_int_equal(check(bench.items, count), count);
        for (size_t bad = 0; bad < count; bad += 1 + count / 9) {
            bench.odd[bad].signature.bytes[40] ^= 4;
            assert_int_equal(check(bench.items, count), count - 1);
            bench.odd[bad].signature.bytes[40] ^= 4;
        }
    }
    assert_int_equal(check(bench.items, ITEMS_MAX), ITEMS_MAX);
    sign_verify_many(NULL, 0);
}

static void what_lies_beyond_the_count_is_left_alone(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 6);
    for (size_t i = 0; i < 2 * SIGN_LANES; i++) {
        draw(&prng, &bench, i, ODD_NOTHING);
    }
    for (size_t count = 0; count < 2 * SIGN_LANES; count++) {
        bench.items[count].valid = false;
        sign_verify_many(bench.items, count);
        assert_false(bench.items[count].valid);
    }
}

static void messages_of_any_size_are_judged(void **state)
{
    (void)state;
    static struct bench bench;
    static uint8_t message[LONG + 8];
    struct public_key public_key;
    struct secret_key secret_key;
    struct prng prng;
    prng_init(&prng, 7);
    prng_fill(&prng, message, sizeof(message));
    sign_key_from_seed(message, &public_key, &secret_key);
    for (size_t size = 0; size <= 304; size += SIGN_LANES) {
        for (size_t i = 0; i < SIGN_LANES; i++) {
            struct signature *signature = &bench.odd[i].signature;
            size_t own = size == 304 ? LONG - i * 128 : size + i;
            sign_create(&secret_key, message + i, own, signature);
            bench.items[i] = (struct sign_item){.public_key = &public_key,
                                                .message = message + i,
                                                .size = own,
                                                .signature = signature};
        }
        assert_int_equal(check(bench.items, SIGN_LANES), SIGN_LANES);
        message[size + 7] ^= 1; /* which those that end before it do not have */
        size_t valid = check(bench.items, SIGN_LANES);
        assert_true(valid < SIGN_LANES);
        message[size + 7] ^= 1;
    }
}

static void the_same_item_may_stand_twice_and_a_message_be_empty(void **state)
{
    (void)state;
    static struct bench bench;
    struct public_key public_key;
    struct secret_key secret_key;
    struct signature signature;
    sign_key_from_seed((const uint8_t[SIGN_SEED_SIZE]){9}, &public_key, &secret_key);
    sign_create(&secret_key, NULL, 0, &signature);
    for (size_t i = 0; i < SIGN_LANES; i++) {
        bench.items[i] =
            (struct sign_item){.public_key = &public_key, .message = NULL, .signature = &signature};
    }
    assert_int_equal(check(bench.items, SIGN_LANES), SIGN_LANES);
}

/* ------------------------------------------------------------------------------------- start */

static void a_program_may_start_here(void **state)
{
    (void)state;
    assert_true(sign_many_check());
    assert_true(sign_way_supported(SIGN_WAY_EACH));
    assert_false(sign_way_supported(SIGN_WAY_COUNT));
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    static struct bench bench;
    struct prng prng;
    prng_init(&prng, 8);
    for (size_t i = 0; i < SIGN_LANES; i++) {
        draw(&prng, &bench, i, ODD_NOTHING);
    }
    expect_assert_failure(sign_verify_many_by(SIGN_WAY_COUNT, bench.items, SIGN_LANES));
    bench.items[3].message = NULL;
    bench.items[3].size = 1;
    expect_assert_failure(sign_verify_many(bench.items, SIGN_LANES));
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
        cmocka_unit_test(the_vectors_are_judged_by_the_rule_in_every_lane),
        cmocka_unit_test(any_mixture_is_judged_as_one_by_one),
        cmocka_unit_test(each_kind_is_what_it_is_called),
        cmocka_unit_test(every_point_of_small_order_is_refused_as_key_and_as_r),
        cmocka_unit_test(every_key_that_is_not_canonical_is_refused),
        cmocka_unit_test(any_number_of_them_is_judged_one_by_one),
        cmocka_unit_test(what_lies_beyond_the_count_is_left_alone),
        cmocka_unit_test(messages_of_any_size_are_judged),
        cmocka_unit_test(the_same_item_may_stand_twice_and_a_message_be_empty),
        cmocka_unit_test(a_program_may_start_here),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
