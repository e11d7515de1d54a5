/* The tables and the sum in the eight 64-bit lanes of AVX-512, with the multiplier of IFMA. */
#if defined(__x86_64__)

#include <string.h>

#include "crypto/known_lanes.h"
#include "crypto/term_lanes.h"

enum {
    TABLE_BITS = KNOWN_STEPS * KNOWN_DIGIT_BITS,
    LANE_BITS = KNOWN_TABLES * TABLE_BITS,
};

/* ---------------------------------------------------------------------------------- the tables */

/* [2^times] of a point. */
FIELD_CALLED void points_double_times(struct points *point, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        struct points_halves halves = points_double(point);
        *point = points_of(&halves);
    }
}

/* The same point with a z of 1. */
FIELD_CALLED void points_affine(const struct points *point, struct points_sum *out)
{
    struct fields z = fields_invert(&point->z);
    struct fields x = fields_multiply(&point->x, &z);
    struct fields y = fields_multiply(&point->y, &z);
    out->plus = fields_carry(columns_add(columns_of(&y), columns_of(&x)));
    out->minus = fields_carry(columns_subtract(columns_of(&y), columns_of(&x)));
    out->z = fields_all(field_one);
    out->t = fields_multiply(&x, &y);
}

/* 2 X, 2 Y and 2 Z, from a z of 1. */
FIELD_INLINED struct points points_of_affine(const struct points_sum *a)
{
    static const uint64_t two[FIELD_LIMBS] = {2, 0, 0, 0, 0};
    return (struct points){
        .x = fields_carry(columns_subtract(columns_of(&a->plus), columns_of(&a->minus))),
        .y = fields_carry(columns_add(columns_of(&a->plus), columns_of(&a->minus))),
        .z = fields_all(two)};
}

FIELD_CALLED void entry_put(uint64_t table[SIGN_LANES][SIGN_KEY_MULTIPLES + 1][SIGN_BASE_WORDS],
                            size_t at, const struct points_term *term)
{
    for (size_t lane = 0; lane < SIGN_LANES; lane++) {
        uint64_t *entry = table[lane][at];
        for (size_t i = 0; i < FIELD_LIMBS; i++) {
            entry[i] = term->plus.limb[i][lane];
            entry[FIELD_LIMBS + i] = term->minus.limb[i][lane];
            entry[2 * FIELD_LIMBS + i] = term->td.limb[i][lane];
        }
        entry[3 * FIELD_LIMBS] = 0;
    }
}

/* 0 to 8 times a point. */
FIELD_CALLED void table_make(const struct points *point,
                             uint64_t table[SIGN_LANES][SIGN_KEY_MULTIPLES + 1][SIGN_BASE_WORDS])
{
    const struct fields one = fields_all(field_one);
    const struct points_term nothing = {.plus = one, .minus = one, .z = one};
    struct points_sum sum;
    points_affine(point, &sum);
    const struct points_term term = points_term_of(&sum);
    entry_put(table, 0, &nothing);
    entry_put(table, 1, &term);
    for (size_t i = 2; i <= SIGN_KEY_MULTIPLES; i++) {
        struct points_halves halves = points_add(&sum, &term);
        struct points next = points_of(&halves);
        points_affine(&next, &sum);
        struct points_term multiple = points_term_of(&sum);
        entry_put(table, i, &multiple);
    }
}

__attribute__((FIELD_ATTRIBUTES)) bool known_tables_make_ifma(const uint8_t encoded[32],
                                                              struct known_tables *out)
{
    lanes words[4];
    struct points_sum decoded;
    for (size_t i = 0; i < 4; i++) {
        uint64_t word;
        memcpy(&word, encoded + 8 * i, sizeof(word)); /* this processor's order is the encoding's */
        words[i] = lanes_all(word);
    }
    if (points_decode_negated(words, &decoded) == 0) {
        return false;
    }
    struct points point = points_of_affine(&decoded);
    for (uint32_t lane = 1; lane < SIGN_LANES; lane++) {
        uint8_t beyond = (uint8_t)(0xff << lane);
        struct points shifted = point;
        points_double_times(&shifted, LANE_BITS);
        point.x = fields_choose(beyond, &point.x, &shifted.x);
        point.y = fields_choose(beyond, &point.y, &shifted.y);
        point.z = fields_choose(beyond, &point.z, &shifted.z);
    }
    table_make(&point, out->of[0]);
    for (size_t table = 1; table < KNOWN_TABLES; table++) {
        points_double_times(&point, TABLE_BITS);
        table_make(&point, out->of[table]);
    }
    return true;
}

/* ------------------------------------------------------------------------------------- the sum */

/* Adds each lane's multiple. */
FIELD_INLINED struct points_halves table_add(
    const struct points_sum *sum,
    const uint64_t table[SIGN_LANES][SIGN_KEY_MULTIPLES + 1][SIGN_BASE_WORDS],
    const struct sign_digit *digit)
{
    const uint64_t *entries[SIGN_LANES];
    struct points_term term;
#pragma GCC unroll 8
    for (size_t lane = 0; lane < SIGN_LANES; lane++) {
        entries[lane] = table[lane][digit->size[lane]];
    }
    term_read(entries, &term);
    points_term_negate(&term, digit->negative);
    return points_add_affine(sum, &term);
}

/* Each lane has what the lane so many above it had. */
FIELD_INLINED struct fields fields_rotate(const struct fields *a, uint64_t by)
{
    const lanes from = (lanes){0, 1, 2, 3, 4, 5, 6, 7} + lanes_all(by);
    struct fields out;
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out.limb[i] = (lanes)_mm512_permutexvar_epi64((__m512i)from, (__m512i)a->limb[i]);
    }
    return out;
}

/* The sum of all lanes, in all of them. */
FIELD_CALLED void lanes_add(struct points_sum sum, struct points *out)
{
    struct points_halves halves;
    for (uint64_t by = SIGN_LANES / 2; by > 0; by /= 2) {
        struct points_term term = points_term_of(&sum);
        term = (struct points_term){.plus = fields_rotate(&term.plus, by),
                                    .minus = fields_rotate(&term.minus, by),
                                    .z = fields_rotate(&term.z, by),
                                    .td = fields_rotate(&term.td, by)};
        halves = points_add(&sum, &term);
        sum = points_sum_of(&halves);
    }
    *out = points_of(&halves);
}

__attribute__((FIELD_ATTRIBUTES)) void known_combine_ifma(const struct known_tables *key,
                                                          const struct known_digits *k,
                                                          const struct known_tables *base,
                                                          const struct known_digits *s,
                                                          uint8_t out[32])
{
    const struct fields one = fields_all(field_one);
    struct points_sum sum = {.plus = one, .minus = one, .z = one};
    struct points point;
    lanes words[4];
    for (size_t step = KNOWN_STEPS; step-- > 0;) {
        struct points_halves halves;
        for (size_t table = 0; table < KNOWN_TABLES; table++) {
            halves = table_add(&sum, key->of[table], &k->of[step][table]);
            sum = points_sum_of(&halves);
            halves = table_add(&sum, base->of[table], &s->of[step][table]);
            sum = points_sum_of(&halves);
        }
        if (step > 0) {
            sum = points_shift(points_of(&halves));
        }
    }
    lanes_add(sum, &point);
    points_encode(&point, words);
    for (size_t i = 0; i < 4; i++) {
        uint64_t word = words[i][0];
        memcpy(out + 8 * i, &word, sizeof(word));
    }
}

#endif
