/*
 * crypto/point_lanes.h - points of the curve of Ed25519, eight side by side
 *
 * The curve is -x^2 + y^2 = 1 + d x^2 y^2 over the field of field_lanes.h, whose rules hold here
 * too. The addition below is right for any two points of it, also of small order, equal or neutral:
 * -1 is a square modulo p and d is none.
 *
 * Source: Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited" (2008), sections 3.1
 * and 3.3, and RFC 8032, sections 5.1.3 and 5.1.4. In between stand the halves of x and y:
 *
 *     x = e / g,  y = h / f,  thereby X = e f, Y = g h, Z = f g, T = e h
 *
 * of which a doubling wants X, Y and Z, and an addition Y + X, Y - X, Z and T: each is made from
 * the products e f and g h at once, so that nothing is carried for its own sake.
 */
#ifndef TALLY_CRYPTO_POINT_LANES_H
#define TALLY_CRYPTO_POINT_LANES_H

#include "crypto/field_lanes.h"

/* x = X / Z, y = Y / Z. */
struct points {
    struct fields x;
    struct fields y;
    struct fields z;
};

/* The same for an addition; t is X Y / Z. */
struct points_sum {
    struct fields plus;  /* Y + X */
    struct fields minus; /* Y - X */
    struct fields z;
    struct fields t;
};

/* What a table has of a point: as points_sum, but t times 2 d. */
struct points_term {
    struct fields plus;
    struct fields minus;
    struct fields z;
    struct fields td;
};

/* x and y as fractions. */
struct points_halves {
    struct fields e;
    struct fields f;
    struct fields g;
    struct fields h;
};

static const uint64_t curve_d[FIELD_LIMBS] = {UINT64_C(0x34dca135978a3), UINT64_C(0x1a8283b156ebd),
                                              UINT64_C(0x5e7a26001c029), UINT64_C(0x739c663a03cbb),
                                              UINT64_C(0x52036cee2b6ff)};
static const uint64_t curve_2d[FIELD_LIMBS] = {UINT64_C(0x69b9426b2f159), UINT64_C(0x35050762add7a),
                                               UINT64_C(0x3cf44c0038052), UINT64_C(0x6738cc7407977),
                                               UINT64_C(0x2406d9dc56dff)};
static const uint64_t root_of_minus_one[FIELD_LIMBS] = {
    UINT64_C(0x61b274a0ea0b0), UINT64_C(0x0d5a5fc8f189d), UINT64_C(0x7ef5e9cbd0c60),
    UINT64_C(0x78595a6804c9e), UINT64_C(0x2b8324804fc1d)};
static const uint64_t field_one[FIELD_LIMBS] = {1, 0, 0, 0, 0};

FIELD_INLINED struct points points_of(const struct points_halves *a)
{
    return (struct points){.x = fields_carry(columns_product(&a->e, &a->f)),
                           .y = fields_carry(columns_product(&a->g, &a->h)),
                           .z = fields_carry(columns_product(&a->f, &a->g))};
}

/* Two products, added and subtracted: below 2^61.1 and below 2^60.1 + 2^61. */
FIELD_INLINED struct points_sum points_sum_of(const struct points_halves *a)
{
    struct columns x = columns_product(&a->e, &a->f);
    struct columns y = columns_product(&a->g, &a->h);
    return (struct points_sum){.plus = fields_carry(columns_add(y, x)),
                               .minus = fields_carry(columns_subtract(y, x)),
                               .z = fields_carry(columns_product(&a->f, &a->g)),
                               .t = fields_carry(columns_product(&a->e, &a->h))};
}

/*
 * 2 a: e = 2 X Y, f = 2 Z^2 - Y^2 + X^2, g = Y^2 - X^2, h = Y^2 + X^2. In units of 2^60.1, a
 * product: e and h are below 2, g below 1 and 2^61, f below 3 and 2^61, which is below 2^62.5.
 */
FIELD_INLINED struct points_halves points_double(const struct points *a)
{
    struct columns xx = columns_square(&a->x);
    struct columns yy = columns_square(&a->y);
    struct columns zz = columns_square(&a->z);
    struct columns xy = columns_product(&a->x, &a->y);
    return (struct points_halves){
        .e = fields_carry(columns_double(xy)),
        .f = fields_carry(columns_subtract(columns_add(columns_double(zz), xx), yy)),
        .g = fields_carry(columns_subtract(yy, xx)),
        .h = fields_carry(columns_add(yy, xx))};
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

/* The halves of a sum from its four products: d may be 2 products, so all are below 2^62.1. */
FIELD_INLINED struct points_halves points_halves_of(struct columns minus, struct columns plus,
                                                    struct columns t, struct columns d)
{
    return (struct points_halves){.e = fields_carry(columns_subtract(plus, minus)),
                                  .f = fields_carry(columns_subtract(d, t)),
                                  .g = fields_carry(columns_add(d, t)),
                                  .h = fields_carry(columns_add(plus, minus))};
}

/* a + b. */
FIELD_INLINED struct points_halves points_add(const struct points_sum *a,
                                              const struct points_term *b)
{
    return points_halves_of(columns_product(&a->minus, &b->minus),
                            columns_product(&a->plus, &b->plus), columns_product(&a->t, &b->td),
                            columns_double(columns_product(&a->z, &b->z)));
}

/* a + b, where b's z is 1 and is not looked at: 2 z is far smaller than a product. */
FIELD_INLINED struct points_halves points_add_affine(const struct points_sum *a,
                                                     const struct points_term *b)
{
    return points_halves_of(columns_product(&a->minus, &b->minus),
                            columns_product(&a->plus, &b->plus), columns_product(&a->t, &b->td),
                            columns_double(columns_of(&a->z)));
}

FIELD_INLINED struct points_term points_term_of(const struct points_sum *a)
{
    const struct fields twice_d = fields_all(curve_2d);
    return (struct points_term){
        .plus = a->plus, .minus = a->minus, .z = a->z, .td = fields_multiply(&a->t, &twice_d)};
}

/* Minus b in the lanes of `which`, b in the others. */
FIELD_INLINED void points_term_negate(struct points_term *b, uint8_t which)
{
    struct fields negated = fields_negate(&b->td);
    struct fields plus = fields_choose(which, &b->plus, &b->minus);
    b->minus = fields_choose(which, &b->minus, &b->plus);
    b->plus = plus;
    b->td = fields_choose(which, &b->td, &negated);
}

/*
 * The points whose encodings are given as words, negated, and the lanes in which there is one. In
 * the other lanes stands what is no point, and nothing goes wrong with it. That y is below p is
 * for the caller to see to, and that x is not 0.
 *
 * x^2 = u / v with u = y^2 - 1 and v = d y^2 + 1, and x = u v^3 (u v^7)^((p - 5) / 8), perhaps
 * times the root of -1 (RFC 8032, section 5.1.3).
 */
FIELD_CALLED uint8_t points_decode_negated(const lanes words[4], struct points_sum *out)
{
    const struct fields one = fields_all(field_one);
    const struct fields d = fields_all(curve_d);
    const struct fields root = fields_all(root_of_minus_one);
    struct fields y = fields_from_words(words);
    struct columns yy = columns_square(&y);
    struct fields square = fields_carry(yy);
    struct fields u = fields_carry(columns_subtract(yy, columns_of(&one)));
    struct fields v = fields_carry(columns_add(columns_product(&square, &d), columns_of(&one)));
    struct fields v3 = fields_square(&v);
    v3 = fields_multiply(&v3, &v);
    struct fields uv7 = fields_square(&v3);
    uv7 = fields_multiply(&uv7, &v);
    uv7 = fields_multiply(&uv7, &u);
    struct fields x = fields_power_root(&uv7);
    x = fields_multiply(&x, &v3);
    x = fields_multiply(&x, &u);
    struct fields vxx = fields_square(&x);
    vxx = fields_multiply(&vxx, &v);
    struct fields minus_u = fields_negate(&u);
    minus_u = fields_carry(columns_of(&minus_u));
    uint8_t found = fields_equal(&vxx, &u);
    uint8_t found_turned = fields_equal(&vxx, &minus_u);
    struct fields turned = fields_multiply(&x, &root);
    x = fields_choose(found, &turned, &x);

    lanes sign = fields_least(&x).limb[0] ^ words[3] >> 63;
    uint8_t same = _mm512_testn_epi64_mask((__m512i)sign, _mm512_set1_epi64(1));
    struct fields negated = fields_negate(&x);
    negated = fields_carry(columns_of(&negated));
    x = fields_choose(same, &x, &negated);
    *out =
        (struct points_sum){.plus = fields_carry(columns_add(columns_of(&y), columns_of(&x))),
                            .minus = fields_carry(columns_subtract(columns_of(&y), columns_of(&x))),
                            .z = one,
                            .t = fields_multiply(&x, &y)};
    return found | found_turned;
}

/* The encodings of points: y, and the lowest bit of x above it. */
FIELD_CALLED void points_encode(const struct points *a, lanes words[4])
{
    struct fields z = fields_invert(&a->z);
    struct fields x = fields_multiply(&a->x, &z);
    struct fields y = fields_multiply(&a->y, &z);
    fields_to_words(&y, words);
    words[3] |= fields_least(&x).limb[0] << 63;
}

#endif
