#include "ledger/day/day.h"

#include "ledger/state.h"
#include "ledger/values/date.h"

static uint32_t purge_date_at(const struct rule_set *rules, uint32_t day)
{
    return date_add(day, -(int32_t)rules->retention_days);
}

void day_begin(struct ledger *ledger)
{
    const struct rule_set *rules = rule_set_in_force(ledger);

    TALLY_ASSERT(ledger->scalars->business_date == 0);
    ledger->scalars->business_date = rule_set_day_at(rules, ledger->scalars->time_ms);
    ledger->scalars->purge_date = purge_date_at(rules, ledger->scalars->business_date);
    record_touch(ledger, RECORD_SCALARS, 0);
}

void day_tick(struct ledger *ledger)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    struct scalars *scalars = ledger->scalars;
    uint32_t day = rule_set_day_at(rules, scalars->time_ms);
    struct event event = {.kind = EVENT_DAY_CHANGED, .date = day};
    uint32_t purge_date;

    TALLY_ASSERT(date_valid(scalars->business_date));
    if (day <= scalars->business_date) {
        return;
    }
    scalars->business_date = day;
    purge_date = purge_date_at(rules, day);
    if (purge_date > scalars->purge_date) {
        scalars->purge_date = purge_date;
    }
    record_touch(ledger, RECORD_SCALARS, 0);
    event_emit(ledger, &event, &rules->secret);
}

uint64_t day_next_due_ms(const struct ledger *ledger)
{
    return rule_set_day_ends_ms(rule_set_in_force(ledger), ledger->scalars->business_date,
                                ledger->scalars->time_ms);
}
