/* The settlement day of a genesis. */
#include <string.h>

#include "client/genesis.h"

static uint16_t number(const struct genesis *genesis, enum genesis_rule index)
{
    TALLY_ASSERT(genesis->rules[index] <= UINT16_MAX);
    return (uint16_t)genesis->rules[index];
}

void genesis_plan_make(const struct genesis *genesis, struct day_plan *out)
{
    memset(out, 0, sizeof *out);
    out->continuous = genesis->rules[GENESIS_RULE_CONTINUOUS_DAY] != 0;
    out->start_of_day_minute = number(genesis, GENESIS_RULE_START_OF_DAY_MINUTE);
    out->night_time_minute = number(genesis, GENESIS_RULE_NIGHT_TIME_MINUTE);
    out->real_time_minute = number(genesis, GENESIS_RULE_REAL_TIME_MINUTE);
    out->dvp_cut_off_minute = number(genesis, GENESIS_RULE_DVP_CUT_OFF_MINUTE);
    out->cash_cut_off_minute = number(genesis, GENESIS_RULE_CASH_CUT_OFF_MINUTE);
    out->fop_cut_off_minute = number(genesis, GENESIS_RULE_FOP_CUT_OFF_MINUTE);
    out->end_of_day_minute = number(genesis, GENESIS_RULE_END_OF_DAY_MINUTE);
    out->extension_minutes_max = number(genesis, GENESIS_RULE_EXTENSION_MINUTES);
    out->last_window_minutes = number(genesis, GENESIS_RULE_LAST_WINDOW_MINUTES);
    out->recycling_unmatched_days = number(genesis, GENESIS_RULE_RECYCLING_UNMATCHED_DAYS);
    out->recycling_matched_days = number(genesis, GENESIS_RULE_RECYCLING_MATCHED_DAYS);
    out->sweep_budget = (uint32_t)genesis->rules[GENESIS_RULE_SWEEP_BUDGET];
    out->window_count = (uint8_t)genesis->window_count;
    memcpy(out->window, genesis->windows, sizeof out->window);
    out->currency_count = (uint8_t)genesis->cut_offs_count;
    memcpy(out->currency, genesis->cut_offs, sizeof out->currency);
    out->closing_count = (uint8_t)genesis->closing_count;
    memcpy(out->closing, genesis->closings, sizeof out->closing);
}

const char *genesis_plan_fault(const struct genesis *genesis)
{
    struct day_plan plan;
    uint64_t change_minute = genesis->rules[GENESIS_RULE_DAY_CHANGE_MINUTE];

    genesis_plan_make(genesis, &plan);
    TALLY_ASSERT(change_minute >= 1 && change_minute <= 1440);
    switch (day_plan_check(&plan, (uint16_t)change_minute)) {
    case DAY_PLAN_SOUND:
        return NULL;
    case DAY_PLAN_ORDER:
        return "the events of the day, counted from its change, are not in order: start-of-day, "
               "night-time, real-time, dvp, cash, fop, end-of-day (or continuous-day=1)";
    case DAY_PLAN_WINDOW:
        return "a partial window overlaps the one before, or lies outside real time and DvP "
               "cut-off (or continuous-day=1)";
    case DAY_PLAN_CURRENCY:
        return "currencies with own cut-offs must be currency codes in ascending order";
    case DAY_PLAN_CURRENCY_ORDER:
        return "a currency's own cut-offs must come after real time, dvp, cash, before fop";
    case DAY_PLAN_CLOSING:
        return "closing days of currencies must ascend by code, then by date";
    case DAY_PLAN_MINUTE:
    case DAY_PLAN_EXTENSION:
    case DAY_PLAN_RECYCLING:
    case DAY_PLAN_SWEEP_BUDGET:
        break;
    }
    return "a number of the settlement day is out of its bounds";
}
