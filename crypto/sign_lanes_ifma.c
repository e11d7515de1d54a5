/* The check in the eight 64-bit lanes of AVX-512, with the 52-bit multiplier of IFMA. */
#if defined(__x86_64__)

#include <string.h>

#include "crypto/point_lanes.h"
#include "crypto/sign_lanes.h"

enum {
    ROWS = 3, /* of eight words, for the 20 limbs of a term */
    ROW_WORDS = 8,
};

/* What -A's multiples are, lane by lane, so that one lane's are read in a piece. */
struct multiples {
    lanes of[SIGN_KEY_MULTIPLES + 1][SIGN_LANES][ROWS];
};

/* From two rows, word by word, the words 0, 2, 4 and 6, or 1, 3, 5 and 7. */
FIELD_INLINED lanes even_words(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 0, 8, 2, 10, 4, 12, 6, 14);
}

FIELD_INLINED lanes odd_words(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 1, 9, 3, 11, 5, 13, 7, 15);
}

/* From two rows, one after the other, the pairs of words 0 and 2, or 1 and 3. */
FIELD_INLINED lanes even_pairs(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 0, 1, 4, 5, 8, 9, 12, 13);
}

FIELD_INLINED lanes odd_pairs(lanes low, lanes high)
{
    return __builtin_shufflevector(low, high, 2, 3, 6, 7, 10, 11, 14, 15);
}

/* Rows become columns: out[i][j] = in[j][i]. */
FIELD_INLINED void turn(const lanes in[ROW_WORDS], lanes out[ROW_WORDS])
{
    lanes even[4];
    lanes odd[4];
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        even[i] = even_words(in[2 * i], in[2 * i + 1]);
        odd[i] = odd_words(in[2 * i], in[2 * i + 1]);
    }
    out[0] = even_pairs(even_pairs(even[0], even[1]), even_pairs(even[2], even[3]));
    out[1] = even_pairs(even_pairs(odd[0], odd[1]), even_pairs(odd[2], odd[3]));
    out[2] = even_pairs(odd_pairs(even[0], even[1]), odd_pairs(even[2], even[3]));
    out[3] = even_pairs(odd_pairs(odd[0], odd[1]), odd_pairs(odd[2], odd[3]));
    out[4] = odd_pairs(even_pairs(even[0], even[1]), even_pairs(even[2], even[3]));
    out[5] = odd_pairs(even_pairs(odd[0], odd[1]), even_pairs(odd[2], odd[3]));
    out[6] = odd_pairs(odd_pairs(even[0], even[1]), odd_pairs(even[2], even[3]));
    out[7] = odd_pairs(odd_pairs(odd[0], odd[1]), odd_pairs(odd[2], odd[3]));
}

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

FIELD_INLINED void term_from(const lanes words[15], struct points_term *out)
{
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out->plus.limb[i] = words[i];
        out->minus.limb[i] = words[5 + i];
        out->td.limb[i] = words[10 + i];
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
    lanes words[2 * ROW_WORDS];
#pragma GCC unroll 2
    for (size_t row = 0; row < 2; row++) {
        lanes rows[ROW_WORDS];
#pragma GCC unroll 8
        for (size_t lane = 0; lane < SIGN_LANES; lane++) {
            memcpy(&rows[lane], &sign_base[digit->size[lane]][row * ROW_WORDS], sizeof(rows[lane]));
        }
        turn(rows, &words[row * ROW_WORDS]);
    }
    term_from(words, out);
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

/* [16] of a point, ready for an addition. */
FIELD_INLINED struct points_sum points_shift(struct points point)
{
    struct points_halves halves;
    for (uint32_t i = 0; i < 3; i++) {
        halves = points_double(&point);
        point = points_of(&halves);
    }
    halves = points_double(&point);
    return points_sum_of(&halves);
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
