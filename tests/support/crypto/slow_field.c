#include "tests/support/crypto/slow_field.h"

#include <string.h>

/* p, the lowest byte first. */
static uint8_t prime_byte(size_t at)
{
    return at == 0 ? 0xed : at == 31 ? 0x7f : 0xff;
}

/* Less p, if it is p or more; `beyond` is the bit above the 32 bytes. */
static struct slow reduced(struct slow a, unsigned beyond)
{
    struct slow out;
    int borrow = 0;
    for (size_t i = 0; i < 32; i++) {
        int byte = a.bytes[i] - prime_byte(i) - borrow;
        borrow = byte < 0;
        out.bytes[i] = (uint8_t)(byte & 0xff);
    }
    return (int)beyond - borrow < 0 ? a : out;
}

struct slow slow_from_bytes(const uint8_t bytes[32])
{
    struct slow out;
    memcpy(out.bytes, bytes, sizeof(out.bytes));
    for (int i = 0; i < 3; i++) { /* below 2^256, which is below 3 p */
        out = reduced(out, 0);
    }
    return out;
}

struct slow slow_from_word(uint64_t word)
{
    struct slow out = {{0}};
    for (size_t i = 0; i < 8; i++) {
        out.bytes[i] = (uint8_t)(word >> 8 * i);
    }
    return out;
}

struct slow slow_add(struct slow a, struct slow b)
{
    struct slow out;
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        unsigned sum = (unsigned)a.bytes[i] + b.bytes[i] + carry;
        out.bytes[i] = (uint8_t)(sum & 0xff);
        carry = sum >> 8;
    }
    return reduced(out, carry);
}

struct slow slow_negate(struct slow a)
{
    struct slow out;
    int borrow = 0;
    for (size_t i = 0; i < 32; i++) {
        int byte = prime_byte(i) - a.bytes[i] - borrow;
        borrow = byte < 0;
        out.bytes[i] = (uint8_t)(byte & 0xff);
    }
    return reduced(out, 0);
}

struct slow slow_multiply(struct slow a, struct slow b)
{
    struct slow out = {{0}};
    for (size_t bit = 256; bit-- > 0;) {
        out = slow_add(out, out);
        if (b.bytes[bit / 8] >> bit % 8 & 1) {
            out = slow_add(out, a);
        }
    }
    return out;
}

struct slow slow_from_limbs(const uint64_t limbs[5])
{
    struct slow out = {{0}};
    for (size_t i = 5; i-- > 0;) {
        for (int bit = 0; bit < 51; bit++) {
            out = slow_add(out, out);
        }
        out = slow_add(out, slow_from_word(limbs[i]));
    }
    return out;
}

bool slow_equal(struct slow a, struct slow b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}
