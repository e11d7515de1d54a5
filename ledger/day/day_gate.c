#include "ledger/day/day_gate.h"

#include "base/mutant.h"
#include "ledger/day/day.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

uint32_t day_settlement_date(const struct ledger *ledger, const struct instruction_terms *terms)
{
    static const struct asset_code none = {0};
    const struct asset_code *currency = day_currency(ledger, terms);

    return rule_set_currency_day_from(rule_set_in_force(ledger),
                                      currency == NULL ? &none : currency, terms->settlement_date);
}

bool day_closed_today(const struct ledger *ledger, const struct instruction_terms *terms)
{
    static const struct asset_code none = {0};
    const struct asset_code *currency = day_currency(ledger, terms);

    const struct day_today *today = day_today(ledger);

    return !today->business_day ||
           !day_plan_currency_open(&rule_set_in_force(ledger)->plan,
                                   currency == NULL ? &none : currency, today->date);
}

bool day_settlement_come(const struct ledger *ledger, const struct instruction_terms *terms,
                         bool closed_today)
{
    uint32_t today = ledger_date(ledger);

    /* Of a date that has passed, the next day of its currency may be still to come. */
    return terms->settlement_date <= today &&
           (!closed_today || day_settlement_date(ledger, terms) <= today);
}

/* The next settlement day after the present one, of a currency if one is given. */
static uint32_t next_date(const struct ledger *ledger, const struct asset_code *currency)
{
    const struct rule_set *rules = rule_set_in_force(ledger);
    uint32_t next = rule_set_next_business_day(rules, ledger_date(ledger));

    return currency == NULL ? next : rule_set_currency_day_from(rules, currency, next);
}

/* The time at which what is done now fell due. */
static uint64_t origin_ms(const struct ledger *ledger)
{
    const struct business_day *day = day_view(ledger);

    return ledger->origin_ms >= day->begun_ms ? ledger->origin_ms : ledger_time_ms(ledger);
}

static enum reason late_or_not(const struct ledger *ledger, uint32_t index, uint64_t cut_off_ms)
{
    return instruction_view(ledger, index)->submitted_ms >= cut_off_ms ? REASON_LATE : REASON_CYCL;
}

static const struct day_entry *opening(const struct business_day *day)
{
    const struct day_entry *night = business_day_view(day, DAY_NIGHT_TIME, NULL);

    return night != NULL ? night : business_day_view(day, DAY_REAL_TIME, NULL);
}

void day_gate_check(const struct ledger *ledger, const struct pair *pair, bool closed_today,
                    struct day_gate *out)
{
    const struct business_day *day = day_view(ledger);
    const struct instruction_terms *terms = &instruction_view(ledger, pair->deliverer)->terms;
    const struct asset_code *currency = day_currency(ledger, terms);
    const struct day_entry *opens = opening(day);
    uint64_t closes_ms = day_cut_off_today_ms(ledger, terms);
    uint64_t time_ms = origin_ms(ledger);

    TALLY_ASSERT(opens != NULL);
    *out = (struct day_gate){.deliverer_reason = REASON_CYCL, .receiver_reason = REASON_CYCL};
    if (currency != NULL && closed_today) {
        out->retry_date = next_date(ledger, currency);
    } else if (opens->effective_ms == 0 || time_ms < opens->effective_ms) {
        out->retry_date = day->date;
    } else if (time_ms >= closes_ms && !MUTANT(CUT_OFF_IGNORED)) {
        out->deliverer_reason = late_or_not(ledger, pair->deliverer, closes_ms);
        out->receiver_reason = late_or_not(ledger, pair->receiver, closes_ms);
        out->failing = true;
        out->retry_date = next_date(ledger, currency);
    } else {
        out->open = true;
    }
}

uint64_t day_next_attempt_ms(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct rule_set *rules = rule_set_in_force(ledger);
    struct business_day planned;
    const struct instruction *head;

    if (instruction->counterpart == RECORD_NONE || instruction_ended(instruction)) {
        return 0;
    }
    head = instruction_view(ledger, pair_of(ledger, index).deliverer);
    if (head->queue != QUEUE_DATE) {
        return 0;
    }
    if (head->waiting_for <= ledger_date(ledger)) {
        return opening(day_view(ledger))->revised_ms;
    }
    business_day_make(&planned, rules, head->waiting_for, 0);
    return opening(&planned)->revised_ms;
}
