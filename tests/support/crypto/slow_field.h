/*
 * slow_field.h: numbers modulo p = 2^255 - 19 as one would do them by hand, for tests of fast ones.
 *
 * Nothing but addition with one carry after the other; a product is a sum of doublings.
 */
#ifndef TALLY_TESTS_SUPPORT_CRYPTO_SLOW_FIELD_H
#define TALLY_TESTS_SUPPORT_CRYPTO_SLOW_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Below p, the lowest byte first. */
struct slow {
    uint8_t bytes[32];
};

/* A small number. */
struct slow slow_from_word(uint64_t word);

/* Any 32 bytes, also p and more. */
struct slow slow_from_bytes(const uint8_t bytes[32]);

/* Five limbs of any 64 bits: the sum of limb i times 2^(51 i). */
struct slow slow_from_limbs(const uint64_t limbs[5]);

/* a + b. */
struct slow slow_add(struct slow a, struct slow b);

/* -a. */
struct slow slow_negate(struct slow a);

/* a times b. */
struct slow slow_multiply(struct slow a, struct slow b);

/* Are they the same? */
bool slow_equal(struct slow a, struct slow b);

#endif
