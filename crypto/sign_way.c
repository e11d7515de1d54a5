/* The ways of sign_many.h. Apart from sign_verify_many(), which a stand-in may replace. */
#include "crypto/sign_many.h"

#include <string.h>

#include "crypto/sign_form.h"
#include "crypto/sign_lanes.h"

static void verify_each(struct sign_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sign_item *item = &items[i];
        item->valid = sign_verify(item->public_key, item->message, item->size, item->signature);
    }
}

#if defined(__x86_64__)

bool sign_way_supported(enum sign_way way)
{
    switch (way) {
    case SIGN_WAY_EACH:
        return true;
    case SIGN_WAY_IFMA:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512ifma");
    case SIGN_WAY_COUNT:
        break;
    }
    return false;
}

/* Puts an item into a lane. False: it is invalid whatever comes out there. */
static bool lane_put(struct sign_lanes *group, uint32_t lane, const struct sign_item *item)
{
    uint8_t k[32];
    TALLY_ASSERT(item->message != NULL || item->size == 0);
    if (!sign_form_valid(item->public_key, item->signature)) {
        return false;
    }
    sign_challenge(item->public_key, item->message, item->size, item->signature, k);
    sign_lanes_put(group, lane, item->public_key, k, item->signature);
    return true;
}

/* At most SIGN_LANES. A lane without an item, or with an invalid one, is left at zero. */
static void verify_group(struct sign_item *items, uint32_t count)
{
    struct sign_lanes group;
    uint8_t formed = 0;
    memset(&group, 0, sizeof(group));
    for (uint32_t i = 0; i < count; i++) {
        formed |= (uint8_t)(lane_put(&group, i, &items[i]) << i);
    }
    uint8_t equal = formed == 0 ? 0 : sign_lanes_check_ifma(&group);
    for (uint32_t i = 0; i < count; i++) {
        items[i].valid = (formed & equal) >> i & 1;
    }
}

void sign_verify_many_by(enum sign_way way, struct sign_item *items, size_t count)
{
    TALLY_ASSERT(sign_way_supported(way));
    if (way == SIGN_WAY_EACH) {
        verify_each(items, count);
        return;
    }
    for (size_t done = 0; done < count; done += SIGN_LANES) {
        size_t left = count - done;
        verify_group(items + done, left < SIGN_LANES ? (uint32_t)left : SIGN_LANES);
    }
}

#else

bool sign_way_supported(enum sign_way way)
{
    return way == SIGN_WAY_EACH;
}

void sign_verify_many_by(enum sign_way way, struct sign_item *items, size_t count)
{
    TALLY_ASSERT(sign_way_supported(way));
    verify_each(items, count);
}

#endif
