/*
 * Goal: the field arithmetic in lanes is that of a slow model for every limb that its comments
 * allow, each lane for itself, and every result keeps within the bounds that the next step needs.
 * Skipped, saying so, where the processor has no such lanes.
 */
#include <stdio.h>
#include <string.h>

#include "base/prng.h"
#include "crypto/sign_lanes.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/crypto/slow_field.h"

#if defined(__x86_64__)

#include "crypto/field_lanes.h"

#define CARRIED ((UINT64_C(1) << 51) + (UINT64_C(1) << 18)) /* the limbs are below */
#define FACTOR  (UINT64_C(1) << 52)
#define PRODUCT (267 * FACTOR)
#define LANES   SIGN_LANES

/* Numbers as the tests have them: limb by limb, eight of each. */
struct numbers {
    uint64_t limb[FIELD_LIMBS][LANES];
};

enum operation {
    PRODUCT_OF,
    SQUARE_OF,
    CARRY,
    ADD,
    SUBTRACT,
    NEGATE,
    LEAST,
    INVERT,
    ROOT,
    THROUGH_WORDS,
};

static struct slow slow_of(const struct numbers *a, size_t lane)
{
    uint64_t limbs[FIELD_LIMBS];
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        limbs[i] = a->limb[i][lane];
    }
    return slow_from_limbs(limbs);
}

/* Through pointers only: a caller that is compiled without AVX-512 cannot pass vectors. */
FIELD_CALLED void fields_do(enum operation operation, const struct numbers *a,
                            const struct numbers *b, struct numbers *out)
{
    struct fields x;
    struct fields y;
    struct columns p;
    struct columns q;
    lanes words[4];
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    memcpy(&p, a, sizeof(p));
    memcpy(&q, b, sizeof(q));
    switch (operation) {
    case PRODUCT_OF:
        p = columns_product(&x, &y);
        break;
    case SQUARE_OF:
        p = columns_square(&x);
        break;
    case CARRY:
        x = fields_carry(p);
        break;
    case ADD:
        p = columns_add(p, q);
        break;
    case SUBTRACT:
        p = columns_subtract(p, q);
        break;
    case NEGATE:
        x = fields_negate(&x);
        break;
    case LEAST:
        x = fields_least(&x);
        break;
    case INVERT:
        x = fields_invert(&x);
        break;
    case ROOT:
        x = fields_power_root(&x);
        break;
    case THROUGH_WORDS:
        fields_to_words(&x, words);
        x = fields_from_words(words);
        break;
    }
    bool in_columns = operation == PRODUCT_OF || operation == SQUARE_OF || operation == ADD ||
                      operation == SUBTRACT;
    memcpy(out, in_columns ? (const void *)&p : (const void *)&x, sizeof(*out));
}

FIELD_CALLED uint8_t fields_compared(const struct numbers *a, const struct numbers *b)
{
    struct fields x;
    struct fields y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return fields_equal(&x, &y);
}

/* Limbs below a bound: often the greatest, 0, 1, or about 2^51, else any. */
static void draw(struct prng *prng, uint64_t below, struct numbers *out)
{
    const uint64_t about[] = {
        below - 1, 0, 1, UINT64_C(1) << 51, (UINT64_C(1) << 51) - 1, (UINT64_C(1) << 51) - 19};
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        for (size_t lane = 0; lane < LANES; lane++) {
            uint64_t kind = prng_below(prng, 9);
            uint64_t limb = kind < 6 ? about[kind] : prng_below(prng, below);
            out->limb[i][lane] = kind == 6 || limb >= below ? below - 1 : limb;
        }
    }
}

static void limbs_check_below(const struct numbers *a, uint64_t bound)
{
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(a->limb[i][lane] < bound);
        }
    }
}

/* Whether this processor can run what is tested. */
static bool here(void)
{
    if (!sign_way_supported(SIGN_WAY_IFMA)) {
        printf("skipped: this processor has no AVX-512 IFMA\n");
        return false;
    }
    return true;
}

static void products_are_right_up_to_the_greatest_limbs(void **state)
{
    (void)state;
    struct prng prng;
    struct numbers a;
    struct numbers b;
    struct numbers out;
    prng_init(&prng, 1);
    for (int round = 0; round < 150 && here(); round++) {
        draw(&prng, round == 0 ? 1 : FACTOR, &a);
        draw(&prng, FACTOR, &b);
        if (round == 1) {
            for (size_t i = 0; i < FIELD_LIMBS * LANES; i++) {
                a.limb[i / LANES][i % LANES] = FACTOR - 1;
                b.limb[i / LANES][i % LANES] = FACTOR - 1;
            }
        }
        fields_do(PRODUCT_OF, &a, &b, &out);
        limbs_check_below(&out, PRODUCT);
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(slow_equal(slow_of(&out, lane),
                                   slow_multiply(slow_of(&a, lane), slow_of(&b, lane))));
        }
        fields_do(SQUARE_OF, &a, &a, &out);
        limbs_check_below(&out, PRODUCT);
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(slow_equal(slow_of(&out, lane),
                                   slow_multiply(slow_of(&a, lane), slow_of(&a, lane))));
        }
    }
}

static void whatever_is_carried_may_be_multiplied(void **state)
{
    (void)state;
    struct prng prng;
    struct numbers a;
    struct numbers out;
    prng_init(&prng, 2);
    for (int round = 0; round < 300 && here(); round++) {
        draw(&prng, UINT64_MAX, &a);
        fields_do(CARRY, &a, &a, &out);
        limbs_check_below(&out, CARRIED);
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(slow_equal(slow_of(&out, lane), slow_of(&a, lane)));
        }
    }
}

static void sums_and_differences_of_products_are_right(void **state)
{
    (void)state;
    struct prng prng;
    struct numbers a;
    struct numbers b;
    struct numbers out;
    prng_init(&prng, 3);
    for (int round = 0; round < 300 && here(); round++) {
        draw(&prng, UINT64_C(1) << 62, &a);
        draw(&prng, PRODUCT, &b);
        fields_do(ADD, &a, &b, &out);
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(
                slow_equal(slow_of(&out, lane), slow_add(slow_of(&a, lane), slow_of(&b, lane))));
        }
        fields_do(SUBTRACT, &a, &b, &out);
        limbs_check_below(&out, (UINT64_C(1) << 62) + (UINT64_C(1) << 61));
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(slow_equal(slow_of(&out, lane),
                                   slow_add(slow_of(&a, lane), slow_negate(slow_of(&b, lane)))));
        }
        draw(&prng, CARRIED, &a);
        fields_do(NEGATE, &a, &a, &out);
        limbs_check_below(&out, FACTOR);
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(slow_equal(slow_of(&out, lane), slow_negate(slow_of(&a, lane))));
        }
    }
}

/* The form of a number that is encoded: below p, and its limbs those of its bytes. */
static void check_least(const struct numbers *a, const struct numbers *out)
{
    limbs_check_below(out, UINT64_C(1) << 51);
    for (size_t lane = 0; lane < LANES; lane++) {
        struct slow value = slow_of(a, lane);
        for (size_t bit = 0; bit < 255; bit++) {
            uint64_t limb = out->limb[bit / 51][lane];
            assert_int_equal(limb >> bit % 51 & 1, value.bytes[bit / 8] >> bit % 8 & 1);
        }
    }
}

static void the_least_form_is_below_p_and_unique(void **state)
{
    (void)state;
    struct prng prng;
    struct numbers a;
    struct numbers b;
    struct numbers out;
    prng_init(&prng, 4);
    for (int round = 0; round < 200 && here(); round++) {
        draw(&prng, CARRIED, &a);
        if (round < 40) { /* p - 19 to p + 20 */
            for (size_t i = 0; i < FIELD_LIMBS * LANES; i++) {
                a.limb[i / LANES][i % LANES] = (UINT64_C(1) << 51) - 1;
            }
            for (size_t lane = 0; lane < LANES; lane++) {
                a.limb[0][lane] = (UINT64_C(1) << 51) - 38 + (uint64_t)round;
            }
        }
        fields_do(LEAST, &a, &a, &out);
        check_least(&a, &out);
        assert_int_equal(fields_compared(&a, &out), 0xff);
        fields_do(THROUGH_WORDS, &a, &a, &out);
        check_least(&a, &out);
        b = out;
        size_t lane = prng_below(&prng, LANES);
        b.limb[prng_below(&prng, FIELD_LIMBS)][lane] ^= UINT64_C(1) << prng_below(&prng, 50);
        assert_int_equal(fields_compared(&a, &b), 0xff ^ 1u << lane);
    }
}

static void an_inverse_times_its_number_is_one(void **state)
{
    (void)state;
    struct prng prng;
    struct numbers a;
    struct numbers out;
    prng_init(&prng, 5);
    for (int round = 0; round < 20 && here(); round++) {
        draw(&prng, CARRIED, &a);
        for (size_t i = 0; i < FIELD_LIMBS; i++) {
            a.limb[i][3] = 0;
        }
        fields_do(INVERT, &a, &a, &out);
        limbs_check_below(&out, CARRIED);
        for (size_t lane = 0; lane < LANES; lane++) {
            struct slow value = slow_of(&a, lane);
            bool zero = slow_equal(value, slow_from_word(0));
            assert_true(slow_equal(slow_multiply(value, slow_of(&out, lane)),
                                   slow_from_word(zero ? 0 : 1)));
        }
    }
}

/* a^(2^252 - 3), by the plain rule: 250 times square and multiply, once square, once both. */
static struct slow slow_root(struct slow a)
{
    struct slow out = slow_from_word(1);
    for (int bit = 251; bit >= 0; bit--) {
        out = slow_multiply(out, out);
        out = bit == 1 ? out : slow_multiply(out, a);
    }
    return out;
}

static void the_power_for_roots_is_right(void **state)
{
    (void)state;
    struct prng prng;
    struct numbers a;
    struct numbers out;
    prng_init(&prng, 6);
    for (int round = 0; round < 3 && here(); round++) {
        draw(&prng, CARRIED, &a);
        fields_do(ROOT, &a, &a, &out);
        limbs_check_below(&out, CARRIED);
        for (size_t lane = 0; lane < LANES; lane++) {
            assert_true(slow_equal(slow_of(&out, lane), slow_root(slow_of(&a, lane))));
        }
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_right_up_to_the_greatest_limbs),
        cmocka_unit_test(whatever_is_carried_may_be_multiplied),
        cmocka_unit_test(sums_and_differences_of_products_are_right),
        cmocka_unit_test(the_least_form_is_below_p_and_unique),
        cmocka_unit_test(an_inverse_times_its_number_is_one),
        cmocka_unit_test(the_power_for_roots_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    printf("skipped: there are no such lanes on this kind of processor\n");
    return 0;
}

#endif
