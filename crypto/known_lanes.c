#include "crypto/known_lanes.h"

#include <string.h>

void known_digits_put(const uint8_t number[32], struct known_digits *out)
{
    int8_t digits[SIGN_KEY_DIGITS];
    const int8_t *next = digits;
    sign_digits(number, KNOWN_DIGIT_BITS, digits);
    memset(out, 0, sizeof(*out));
    for (uint32_t lane = 0; lane < SIGN_LANES; lane++) {
        for (size_t table = 0; table < KNOWN_TABLES; table++) {
            for (size_t step = 0; step < KNOWN_STEPS; step++) {
                sign_digit_put(&out->of[step][table], lane, *next++);
            }
        }
    }
}
