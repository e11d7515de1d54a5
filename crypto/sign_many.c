#include "crypto/sign_many.h"

#include "crypto/sign_known.h"

/* About what checks take. */
enum {
    ONE_US = 46,
    ONE_KNOWN_US = 8, /* its key is known (sign_known.h) */
    LANES_US = 53,    /* eight, or fewer */
};

/* Do so many, less than eight, take less time in lanes than one by one? */
static bool lanes_pay(const struct sign_item *items, size_t count)
{
    uint32_t one_by_one_us = 0;
    for (size_t i = 0; i < count; i++) {
        one_by_one_us += sign_known_find(items[i].public_key) != NULL ? ONE_KNOWN_US : ONE_US;
    }
    return one_by_one_us > LANES_US;
}

void sign_verify_many(struct sign_item *items, size_t count)
{
    size_t rest = count % SIGN_LANES;
    size_t in_lanes = 0;
    if (sign_way_supported(SIGN_WAY_IFMA)) {
        in_lanes = lanes_pay(items + count - rest, rest) ? count : count - rest;
    }
    if (in_lanes > 0) {
        sign_verify_many_by(SIGN_WAY_IFMA, items, in_lanes);
    }
    if (count > in_lanes) {
        sign_verify_many_by(SIGN_WAY_EACH, items + in_lanes, count - in_lanes);
    }
}
