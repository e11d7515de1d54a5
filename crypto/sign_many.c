#include "crypto/sign_many.h"

enum {
    LANES_USED_MIN = 2, /* eight in lanes take less time than two one by one: 53 us and 93 */
};

void sign_verify_many(struct sign_item *items, size_t count)
{
    size_t rest = count % SIGN_LANES;
    size_t in_lanes = rest < LANES_USED_MIN ? count - rest : count;
    if (!sign_way_supported(SIGN_WAY_IFMA)) {
        in_lanes = 0;
    }
    if (in_lanes > 0) {
        sign_verify_many_by(SIGN_WAY_IFMA, items, in_lanes);
    }
    if (count > in_lanes) {
        sign_verify_many_by(SIGN_WAY_EACH, items + in_lanes, count - in_lanes);
    }
}
