/*
 * crypto/field_lanes.h - arithmetic modulo p = 2^255 - 19, eight numbers side by side
 *
 * Whoever includes it is compiled for FIELD_TARGET, and asks the processor before it calls anything
 * (sign_way_supported()). Nothing here hides how long it takes: for public numbers only.
 *
 * A number is five limbs of 51 bits, limb i standing for 2^(51 i), and a vector holds the same limb
 * of eight numbers. The multiplier of AVX-512 IFMA takes the low 52 bits of its factors and adds
 * the low or the high 52 bits of the product to a sum of 64 bits. So two forms must be kept apart:
 *
 *     struct fields    each limb below 2^52: may be multiplied. All of them come from
 *                      fields_carry(), which leaves limbs below 2^51 + 2^18, or from
 *                      fields_negate(), or are constants.
 *     struct columns   each limb below 2^63: sums and differences of products, not carried yet.
 *
 * One carrying serves a whole sum of products, and sums of `struct fields` are never multiplied
 * before they are carried. In the comments p51 is 2^51 - 1, and w is 2^52.
 */
#ifndef TALLY_CRYPTO_FIELD_LANES_H
#define TALLY_CRYPTO_FIELD_LANES_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define FIELD_TARGET "avx512f,avx512dq,avx512ifma"
/* Not sanitized: with a check for every limb of some sixty products gcc takes minutes, and there is
 * little to find in sums of unsigned words at fixed places. */
#define FIELD_ATTRIBUTES target(FIELD_TARGET), no_sanitize("address", "undefined")
#define FIELD_INLINED    __attribute__((FIELD_ATTRIBUTES, always_inline)) static inline
#define FIELD_CALLED     __attribute__((FIELD_ATTRIBUTES, noinline)) static

enum {
    FIELD_LIMBS = 5,
    FIELD_LIMB_BITS = 51,
};

#define FIELD_LIMB_MASK ((UINT64_C(1) << FIELD_LIMB_BITS) - 1)

/* Eight words of 64 bits. */
typedef uint64_t lanes __attribute__((vector_size(64)));

struct fields {
    lanes limb[FIELD_LIMBS];
};

struct columns {
    lanes limb[FIELD_LIMBS];
};

/* The same word in all lanes. */
FIELD_INLINED lanes lanes_all(uint64_t word)
{
    return (lanes)_mm512_set1_epi64((long long)word);
}

FIELD_INLINED lanes add_low(lanes sum, lanes a, lanes b)
{
    return (lanes)_mm512_madd52lo_epu64((__m512i)sum, (__m512i)a, (__m512i)b);
}

FIELD_INLINED lanes add_high(lanes sum, lanes a, lanes b)
{
    return (lanes)_mm512_madd52hi_epu64((__m512i)sum, (__m512i)a, (__m512i)b);
}

/* The same number in all lanes; its limbs are below 2^51. */
FIELD_INLINED struct fields fields_all(const uint64_t limbs[FIELD_LIMBS])
{
    struct fields out;
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out.limb[i] = lanes_all(limbs[i]);
    }
    return out;
}

/*
 * Carries each limb into the next one, all at the same time, and what is beyond 2^255 into the
 * first, times 19. A limb below 2^64 carries less than 2^13: the limbs of the result are below
 * 2^51 + 2^13, the first one below 2^51 + 19 * 2^13 < 2^51 + 2^18.
 */
FIELD_INLINED struct fields fields_carry(struct columns a)
{
    const lanes mask = lanes_all(FIELD_LIMB_MASK);
    struct fields out;
    out.limb[0] = add_low(a.limb[0] & mask, a.limb[4] >> FIELD_LIMB_BITS, lanes_all(19));
#pragma GCC unroll 4
    for (size_t i = 1; i < FIELD_LIMBS; i++) {
        out.limb[i] = (a.limb[i] & mask) + (a.limb[i - 1] >> FIELD_LIMB_BITS);
    }
    return out;
}

/* 19 a. The multiplier that is there stands idle; left to itself gcc would shift and add instead,
 * which are the steps that everything else here waits for. */
FIELD_INLINED lanes nineteen_times(lanes a)
{
    lanes nineteen = lanes_all(19);
    __asm__("" : "+v"(nineteen));
    return (lanes)_mm512_mullo_epi64((__m512i)a, (__m512i)nineteen);
}

/*
 * Folds ten columns into five: 2^255 = 19 modulo p.
 *
 * A high half stands for 2^52 times what its low half does, which is twice the next column. Of five
 * limbs times five, 1 2 3 4 5 4 3 2 1 low halves are in the columns 0 to 8 and as many high halves,
 * twice, in the columns 1 to 9, each below w. So the results are below w times
 *     1 + 19 (4 + 2*5) = 267,  2 + 2*1 + 19 (3 + 2*4) = 213,  3 + 2*2 + 19 (2 + 2*3) = 159,
 *     4 + 2*3 + 19 (1 + 2*2) = 105,  5 + 2*4 + 19 (2*1) = 51
 * and thereby all below 267 w < 2^60.1: a "product" in what follows.
 */
FIELD_INLINED struct columns columns_fold(const lanes column[2 * FIELD_LIMBS])
{
    struct columns out;
#pragma GCC unroll 5
    for (size_t k = 0; k < FIELD_LIMBS; k++) {
        out.limb[k] = column[k] + nineteen_times(column[k + FIELD_LIMBS]);
    }
    return out;
}

/* a * b. The low halves of the lower columns come last, on top of what was folded. */
FIELD_INLINED struct columns columns_product(const struct fields *a, const struct fields *b)
{
    lanes low[2 * FIELD_LIMBS] = {0};
    lanes high[2 * FIELD_LIMBS] = {0};
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
#pragma GCC unroll 5
        for (size_t j = 0; j < FIELD_LIMBS; j++) {
            if (i + j >= FIELD_LIMBS) {
                low[i + j] = add_low(low[i + j], a->limb[i], b->limb[j]);
            }
            high[i + j + 1] = add_high(high[i + j + 1], a->limb[i], b->limb[j]);
        }
    }
#pragma GCC unroll 10
    for (size_t k = 0; k < 2 * FIELD_LIMBS; k++) {
        low[k] += high[k] << 1;
    }
    struct columns out = columns_fold(low);
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
#pragma GCC unroll 5
        for (size_t j = 0; i + j < FIELD_LIMBS; j++) {
            out.limb[i + j] = add_low(out.limb[i + j], a->limb[i], b->limb[j]);
        }
    }
    return out;
}

/*
 * a * a: what two different limbs give counts twice, and its high halves four times. The sums are
 * those of columns_product() in another order, and so are the bounds.
 */
FIELD_INLINED struct columns columns_square(const struct fields *a)
{
    lanes twice[2 * FIELD_LIMBS] = {0};
    lanes four_times[2 * FIELD_LIMBS] = {0};
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        twice[2 * i + 1] = add_high(twice[2 * i + 1], a->limb[i], a->limb[i]);
#pragma GCC unroll 4
        for (size_t j = i + 1; j < FIELD_LIMBS; j++) {
            twice[i + j] = add_low(twice[i + j], a->limb[i], a->limb[j]);
            four_times[i + j + 1] = add_high(four_times[i + j + 1], a->limb[i], a->limb[j]);
        }
    }
    lanes column[2 * FIELD_LIMBS];
#pragma GCC unroll 10
    for (size_t k = 0; k < 2 * FIELD_LIMBS; k++) {
        column[k] = (twice[k] + (four_times[k] << 1)) << 1;
    }
    column[6] = add_low(column[6], a->limb[3], a->limb[3]);
    column[8] = add_low(column[8], a->limb[4], a->limb[4]);
    struct columns out = columns_fold(column);
    out.limb[0] = add_low(out.limb[0], a->limb[0], a->limb[0]);
    out.limb[2] = add_low(out.limb[2], a->limb[1], a->limb[1]);
    out.limb[4] = add_low(out.limb[4], a->limb[2], a->limb[2]);
    return out;
}

/* a + b; the limbs add up. */
FIELD_INLINED struct columns columns_add(struct columns a, struct columns b)
{
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        a.limb[i] += b.limb[i];
    }
    return a;
}

/*
 * a - b. pre: b is a product, and a below 2^62. 1024 p is added, whose limbs in columns are
 * 1024 * (2^51 - 19) and 1024 * p51: above 267 w = 534 * 2^51, so no limb goes below zero, and at
 * most 2^61, so the result is below a's bound + 2^61.
 */
FIELD_INLINED struct columns columns_subtract(struct columns a, struct columns b)
{
    a.limb[0] += lanes_all(1024 * (FIELD_LIMB_MASK - 18)) - b.limb[0];
#pragma GCC unroll 4
    for (size_t i = 1; i < FIELD_LIMBS; i++) {
        a.limb[i] += lanes_all(1024 * FIELD_LIMB_MASK) - b.limb[i];
    }
    return a;
}

/* 2 a. */
FIELD_INLINED struct columns columns_double(struct columns a)
{
    return columns_add(a, a);
}

/* A number as columns, where sums of it with products are carried. */
FIELD_INLINED struct columns columns_of(const struct fields *a)
{
    struct columns out;
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out.limb[i] = a->limb[i];
    }
    return out;
}

/* a * b, for where nothing is gained by doing several at once. */
FIELD_CALLED struct fields fields_multiply(const struct fields *a, const struct fields *b)
{
    return fields_carry(columns_product(a, b));
}

/* -a, as 2 p - a. pre: a was carried, so its limbs are below those of 2 p, 2 * (2^51 - 19) and
 * 2 * p51, all below 2^52. */
FIELD_INLINED struct fields fields_negate(const struct fields *a)
{
    struct fields out;
    out.limb[0] = lanes_all(2 * (FIELD_LIMB_MASK - 18)) - a->limb[0];
#pragma GCC unroll 4
    for (size_t i = 1; i < FIELD_LIMBS; i++) {
        out.limb[i] = lanes_all(2 * FIELD_LIMB_MASK) - a->limb[i];
    }
    return out;
}

/* In the lanes of `which`, b; in the others a. */
FIELD_INLINED struct fields fields_choose(uint8_t which, const struct fields *a,
                                          const struct fields *b)
{
    struct fields out;
#pragma GCC unroll 5
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out.limb[i] = (lanes)_mm512_mask_mov_epi64((__m512i)a->limb[i], which, (__m512i)b->limb[i]);
    }
    return out;
}

/* a to the power of 2^times. */
FIELD_CALLED void fields_square_times(struct fields *a, uint32_t times)
{
    struct fields power = *a;
    for (uint32_t i = 0; i < times; i++) {
        power = fields_carry(columns_square(&power));
    }
    *a = power;
}

/* a * a. */
FIELD_INLINED struct fields fields_square(const struct fields *a)
{
    struct fields out = *a;
    fields_square_times(&out, 1);
    return out;
}

/* a^(2^250 - 1), and a^11 on the way: what both powers below begin with. */
FIELD_CALLED void fields_power_ones(const struct fields *a, struct fields *ones,
                                    struct fields *eleventh)
{
    static const uint32_t steps[] = {5, 10, 20, 10, 50, 100, 50};
    struct fields five; /* a^(2^5 - 1), and so on */
    struct fields ten;
    struct fields fifty;
    struct fields power = fields_square(a);
    struct fields ninth = power;
    fields_square_times(&ninth, 2);
    ninth = fields_multiply(&ninth, a);
    *eleventh = fields_multiply(&ninth, &power);
    five = fields_square(eleventh);
    five = fields_multiply(&five, &ninth);
    power = five;
    fields_square_times(&power, steps[0]);
    ten = fields_multiply(&power, &five);
    power = ten;
    fields_square_times(&power, steps[1]);
    power = fields_multiply(&power, &ten); /* 20 */
    fifty = power;
    fields_square_times(&power, steps[2]);
    power = fields_multiply(&power, &fifty); /* 40 */
    fields_square_times(&power, steps[3]);
    fifty = fields_multiply(&power, &ten);
    power = fifty;
    fields_square_times(&power, steps[4]);
    power = fields_multiply(&power, &fifty); /* 100 */
    ten = power;
    fields_square_times(&power, steps[5]);
    power = fields_multiply(&power, &ten); /* 200 */
    fields_square_times(&power, steps[6]);
    *ones = fields_multiply(&power, &fifty);
}

/* 1 / a = a^(p - 2) = a^(2^255 - 21); 0 for 0. */
FIELD_CALLED struct fields fields_invert(const struct fields *a)
{
    struct fields power;
    struct fields eleventh;
    fields_power_ones(a, &power, &eleventh);
    fields_square_times(&power, 5);
    return fields_multiply(&power, &eleventh);
}

/* a^((p - 5) / 8) = a^(2^252 - 3). */
FIELD_CALLED struct fields fields_power_root(const struct fields *a)
{
    struct fields power;
    struct fields eleventh;
    fields_power_ones(a, &power, &eleventh);
    fields_square_times(&power, 2);
    return fields_multiply(&power, a);
}

/*
 * The same number in 0..p-1, each limb below 2^51. pre: carried, so a is below
 * 2^255 + 2^223 < 2 p: p is to be taken off once if a + 19 reaches 2^255, and not otherwise.
 */
FIELD_INLINED struct fields fields_least(const struct fields *a)
{
    const lanes mask = lanes_all(FIELD_LIMB_MASK);
    struct fields out = *a;
    lanes carry = lanes_all(19);
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        carry = (a->limb[i] + carry) >> FIELD_LIMB_BITS;
    }
    carry *= 19; /* a - p = a + 19 - 2^255 */
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        out.limb[i] += carry;
        carry = out.limb[i] >> FIELD_LIMB_BITS;
        out.limb[i] &= mask;
    }
    return out;
}

/* The lanes in which two numbers are the same modulo p. */
FIELD_INLINED uint8_t fields_equal(const struct fields *a, const struct fields *b)
{
    struct fields x = fields_least(a);
    struct fields y = fields_least(b);
    lanes different = {0};
    for (size_t i = 0; i < FIELD_LIMBS; i++) {
        different |= x.limb[i] ^ y.limb[i];
    }
    return _mm512_testn_epi64_mask((__m512i)different, (__m512i)different);
}

/* From four words, the lowest first; bit 255 is left out. */
FIELD_INLINED struct fields fields_from_words(const lanes words[4])
{
    const lanes mask = lanes_all(FIELD_LIMB_MASK);
    struct fields out;
    out.limb[0] = words[0] & mask;
    out.limb[1] = (words[0] >> 51 | words[1] << 13) & mask;
    out.limb[2] = (words[1] >> 38 | words[2] << 26) & mask;
    out.limb[3] = (words[2] >> 25 | words[3] << 39) & mask;
    out.limb[4] = words[3] >> 12 & mask;
    return out;
}

/* To four words, of the number in 0..p-1; bit 255 is 0. */
FIELD_INLINED void fields_to_words(const struct fields *a, lanes words[4])
{
    struct fields least = fields_least(a);
    words[0] = least.limb[0] | least.limb[1] << 51;
    words[1] = least.limb[1] >> 13 | least.limb[2] << 38;
    words[2] = least.limb[2] >> 26 | least.limb[3] << 25;
    words[3] = least.limb[3] >> 39 | least.limb[4] << 12;
}

#endif
