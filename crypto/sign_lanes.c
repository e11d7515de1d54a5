#include "crypto/sign_lanes.h"

#include "base/assert.h"
#include "base/bytes.h"

/* A digit beyond the half of the base is taken as negative, and the next one is one more. The
 * highest has at most 5 bits, or 1, so nothing is left over. */
void sign_digits(const uint8_t bytes[32], uint32_t bits, int8_t *digits)
{
    int32_t base = 1 << bits;
    int32_t more = 0;
    for (uint32_t i = 0; i < 256 / bits; i++) {
        int32_t digit = (bytes[i * bits / 8] >> i * bits % 8 & (base - 1)) + more;
        more = digit >= base / 2;
        digits[i] = (int8_t)(digit - (more ? base : 0));
    }
    TALLY_ASSERT(more == 0);
}

void sign_digit_put(struct sign_digit *digit, uint32_t lane, int8_t value)
{
    digit->size[lane] = (uint8_t)(value < 0 ? -value : value);
    digit->negative |= (uint8_t)((value < 0) << lane);
}

void sign_lanes_put(struct sign_lanes *group, uint32_t lane, const struct public_key *public_key,
                    const uint8_t k[32], const struct signature *signature)
{
    TALLY_ASSERT(lane < SIGN_LANES);
    for (size_t i = 0; i < 4; i++) {
        group->key[i][lane] = bytes_get_u64(public_key->bytes + 8 * i);
        group->r[i][lane] = bytes_get_u64(signature->bytes + 8 * i);
    }
    int8_t digits[SIGN_KEY_DIGITS];
    sign_digits(k, 4, digits);
    for (size_t i = 0; i < SIGN_KEY_DIGITS; i++) {
        sign_digit_put(&group->k[i], lane, digits[i]);
    }
    sign_digits(signature->bytes + 32, 8, digits);
    for (size_t i = 0; i < SIGN_BASE_DIGITS; i++) {
        sign_digit_put(&group->s[i], lane, digits[i]);
    }
}
