#include "netsim/market/workload_day.h"

enum {
    MINUTE_MS = 60000,
    DAY_MINUTES = 24 * 60,
};

bool workload_day_open(const struct day_plan *plan, uint64_t ledger_ms, bool is_free)
{
    const uint32_t minute = (uint32_t)(ledger_ms / MINUTE_MS % DAY_MINUTES);
    const uint32_t opens = plan->night_time_minute != plan->real_time_minute
                               ? plan->night_time_minute
                               : plan->real_time_minute;
    const uint32_t closes = is_free ? plan->fop_cut_off_minute : plan->dvp_cut_off_minute;
    if (plan->continuous) {
        return true;
    }
    /* an opening in the evening is that of the next day */
    return opens < closes ? minute >= opens && minute < closes : minute >= opens || minute < closes;
}
