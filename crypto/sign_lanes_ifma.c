/* The check in the eight 64-bit lanes of AVX-512, with the 52-bit multiplier of IFMA. */
#if defined(__x86_64__)

#include <string.h>

#include "crypto/sign_lanes.h"
#include "crypto/term_lanes.h"

enum {
    ROWS = 3, /* of eight words, for the 20 limbs of a term */
};

/* What -A's multiples are, lane by lane, so that one lane's are read in a piece. */
struct multiples {
    lanes of[SIGN_KEY_MULTIPLES + 1][SIGN_LANES][ROWS];
};

/* A term of each lane is 20 limbs one after the other: plus, minus, td, z. */
FIELD_CALLED void multiple_put(struct multiples *table, size_t at, const struct points_term *term)
{
    lanes words[ROWS * ROW_WORDS] = {0};
    lanes turned[ROW_WORDS];
    memcpy(&words[0], &term->plus, sizeof(term->plus));
    memcpy(&words[5], &term->minus, sizeof(term->minus));
    memcpy(&words[10], &term->td, sizeof(term->td));
    memcpy(&words[15], &term->z, sizeof(term->z));
    for (size_t row = 0; row < ROWS; row++) {
        turn(&words[row * ROW_WORDS], turned);
        for (size_t lane = 0; lane < SIGN_LANES; lane++) {
            table->of[at][lane][row] = turned[lane];
        }
    }
}

FIELD_INLINED void multiple_get(const struct multiples *table, const struct sign_digit *digit,
                                struct points_term *out)
{
    lanes words[ROWS * ROW_WORDS];
#pragma GCC unroll 3
    for (size_t row = 0; row < ROWS; row++) {
        lanes rows[ROW_WORDS];
#pragma GCC unroll 8
        for (size_t lane = 0; lane < SIGN_LANES; lane++) {
            rows[lane] = table->of[digit->size[lane]][lane][row];
        }
        turn(rows, &words[row * ROW_WORDS]);
    }
    term_from(words, out);
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out->z.limb[i] = words[15 + i];
    }
    points_term_negate(out, digit->negative);
}

/* Its z is 1 and is not set. */
FIELD_INLINED void base_get(const struct sign_digit *digit, struct points_term *out)
{
    const uint64_t *entries[SIGN_LANES];
#pragma GCC unroll 8
    for (size_t lane = 0; lane < SIGN_LANES; lane++) {
        entries[lane] = sign_base[digit->size[lane]];
    }
    term_read(entries, out);
    points_term_negate(out, digit->negative);
}

/* 0 to 8 times a point. */
FIELD_CALLED void multiples_make(const struct points_sum *point, struct multiples *out)
{
    const struct fields one = fields_all(field_one);
    const struct points_term nothing = {.plus = one, .minus = one, .z = one};
    const struct points_term term = points_term_of(point);
    struct points_sum sum = *point;
    multiple_put(out, 0, &nothing);
    multiple_put(out, 1, &term);
    for (size_t i = 2; i <= SIGN_KEY_MULTIPLES; i++) {
        struct points_halves halves = points_add(&sum, &term);
        sum = points_sum_of(&halves);
        struct points_term next = points_term_of(&sum);
        multiple_put(out, i, &next);
    }
}

/* [S]B + [k](-A): the digits of k from above, and with every second one, one of S. */
FIELD_CALLED void points_combine(const struct sign_lanes *group, const struct multiples *key,
                                 struct points *out)
{
    const struct fields one = fields_all(field_one);
    struct points point = {.y = one, .z = one};
    for (size_t at = SIGN_KEY_DIGITS; at-- > 0;) {
        struct points_sum sum = points_shift(point);
        struct points_term term;
        multiple_get(key, &group->k[at], &term);
        struct points_halves halves = points_add(&sum, &term);
        if (at % 2 == 0) {
            sum = points_sum_of(&halves);
            base_get(&group->s[at / 2], &term);
            halves = points_add_affine(&sum, &term);
        }
        point = points_of(&halves);
    }
    *out = point;
}

__attribute__((target(FIELD_TARGET))) uint8_t sign_lanes_check_ifma(const struct sign_lanes *group)
{
    lanes words[4];
    lanes got[4];
    lanes different = {0};
    struct points_sum key;
    struct multiples multiples;
    struct points point;
    memcpy(words, group->key, sizeof(words));
    uint8_t on_curve = points_decode_negated(words, &key);
    multiples_make(&key, &multiples);
    points_combine(group, &multiples, &point);
    points_encode(&point, got);
    memcpy(words, group->r, sizeof(words));
    for (size_t i = 0; i < 4; i++) {
        different |= got[i] ^ words[i];
    }
    return on_curve & _mm512_testn_epi64_mask((__m512i)different, (__m512i)different);
}

#endif
