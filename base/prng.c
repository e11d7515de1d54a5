#include "base/prng.h"

#include "base/assert.h"
#include "base/bytes.h"

static uint64_t splitmix64(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

void prng_init(struct prng *prng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        prng->state[i] = splitmix64(&seed);
    }
    /* Four outputs of a bijection on a counter are never all zero, the one bad state. */
    TALLY_ASSERT((prng->state[0] | prng->state[1] | prng->state[2] | prng->state[3]) != 0);
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *state = prng->state;
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    TALLY_ASSERT(bound > 0);
    /* Numbers below 2^64 mod bound are drawn again, so that the rest divides evenly. */
    uint64_t uneven = (0 - bound) % bound;
    uint64_t drawn = 0;
    do {
        drawn = prng_next(prng);
    } while (drawn < uneven);
    return drawn % bound;
}

bool prng_chance(struct prng *prng, uint32_t numerator, uint32_t denominator)
{
    TALLY_ASSERT(denominator > 0);
    TALLY_ASSERT(numerator <= denominator);
    return prng_below(prng, denominator) < numerator;
}

void prng_fill(struct prng *prng, void *out, size_t size)
{
    TALLY_ASSERT(out != NULL || size == 0);
    uint8_t *bytes = out;
    for (size_t at = 0; at < size; at += 8) {
        uint8_t word[8];
        bytes_put_u64(word, prng_next(prng));
        for (size_t i = 0; i < 8 && at + i < size; i++) {
            bytes[at + i] = word[i];
        }
    }
}
