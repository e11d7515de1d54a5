#include "ledger/register/rule_set.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

enum {
    MINUTE_MS = 60000,
    SATURDAY = 5,
    YEAR_DAYS = 366
};

static bool holidays_ascend(const struct rule_set *rules)
{
    for (uint8_t i = 0; i < rules->holiday_count; i++) {
        if (!date_valid(rules->holiday[i]) ||
            (i > 0 && rules->holiday[i] <= rules->holiday[i - 1])) {
            return false;
        }
    }
    return true;
}

static enum rule_set_check tolerance_check(const struct rule_set *rules)
{
    for (uint8_t i = 0; i < rules->tolerance_count; i++) {
        const struct tolerance_band *band = &rules->tolerance[i];
        const struct tolerance_band *last = i > 0 ? &rules->tolerance[i - 1] : NULL;

        if (band->currency.size != CURRENCY_SIZE || !asset_code_valid(&band->currency) ||
            (last != NULL &&
             memcmp(last->currency.text, band->currency.text, CURRENCY_SIZE) >= 0)) {
            return RULE_SET_TOLERANCE_CURRENCY;
        }
        if (band->threshold < 0 || band->below < 0 || band->above < 0) {
            return RULE_SET_TOLERANCE_AMOUNT;
        }
    }
    return RULE_SET_SOUND;
}

static enum rule_set_check value_check(const struct rule_set *rules)
{
    switch (valuation_check(&rules->valuation)) {
    case VALUATION_SOUND:
        break;
    case VALUATION_REFERENCE:
        return RULE_SET_REFERENCE_CURRENCY;
    case VALUATION_RATE_COUNT:
        return RULE_SET_RATE_COUNT;
    case VALUATION_RATE_CURRENCY:
        return RULE_SET_RATE_CURRENCY;
    case VALUATION_RATE_VALUE:
        return RULE_SET_RATE_VALUE;
    }
    return rules->partial_value_unit < 0 || rules->partial_value_nominal < 0
               ? RULE_SET_PARTIAL_VALUE
               : RULE_SET_SOUND;
}

enum rule_set_check rule_set_check(const struct rule_set *rules)
{
    enum rule_set_check values;

    if (!date_valid(rules->effective_date)) {
        return RULE_SET_EFFECTIVE_DATE;
    }
    if (rules->day_change_minute == 0 || rules->day_change_minute > RULE_DAY_MINUTES) {
        return RULE_SET_DAY_CHANGE;
    }
    if (rules->retention_days == 0 || rules->retention_days > RULE_RETENTION_DAYS_MAX) {
        return RULE_SET_RETENTION;
    }
    if (rules->wake_budget == 0 || rules->wake_budget > RULE_WAKE_BUDGET_MAX) {
        return RULE_SET_WAKE_BUDGET;
    }
    if (rules->optimisation_budget > RULE_OPTIMISATION_BUDGET_MAX ||
        rules->optimisation_pairs < 2 || rules->optimisation_pairs > RULE_OPTIMISATION_PAIRS_MAX) {
        return RULE_SET_OPTIMISATION;
    }
    if (rules->tolerance_count > RULE_TOLERANCE_MAX) {
        return RULE_SET_TOLERANCE_COUNT;
    }
    values = tolerance_check(rules);
    if (values == RULE_SET_SOUND) {
        values = value_check(rules);
    }
    if (values != RULE_SET_SOUND) {
        return values;
    }
    if (rules->holiday_count > RULE_HOLIDAY_MAX) {
        return RULE_SET_HOLIDAY_COUNT;
    }
    if (!holidays_ascend(rules)) {
        return RULE_SET_HOLIDAY_DATE;
    }
    if (day_plan_check(&rules->plan, rules->day_change_minute) != DAY_PLAN_SOUND) {
        return RULE_SET_DAY_PLAN;
    }
    return approval_policy_valid(&rules->approval) ? RULE_SET_SOUND : RULE_SET_APPROVAL;
}

void rule_set_encode(const struct rule_set *rules, struct bytes_writer *writer)
{
    TALLY_ASSERT(rules->tolerance_count <= RULE_TOLERANCE_MAX);
    TALLY_ASSERT(rules->holiday_count <= RULE_HOLIDAY_MAX);
    bytes_write_u32(writer, rules->effective_date);
    bytes_write_u16(writer, rules->day_change_minute);
    bytes_write_u8(writer, rules->closed_on_weekends ? 1 : 0);
    bytes_write_u16(writer, rules->retention_days);
    bytes_write_u16(writer, rules->settlement_ahead_days);
    bytes_write_u32(writer, rules->wake_budget);
    bytes_write_u16(writer, rules->allegement_delay_minutes);
    bytes_write_u16(writer, rules->allegement_late_minutes);
    bytes_write_u32(writer, rules->optimisation_budget);
    bytes_write_u32(writer, rules->optimisation_pairs);
    bytes_write_u8(writer, rules->tolerance_count);
    for (uint8_t i = 0; i < rules->tolerance_count; i++) {
        asset_code_write(writer, &rules->tolerance[i].currency);
        bytes_write_i64(writer, rules->tolerance[i].threshold);
        bytes_write_i64(writer, rules->tolerance[i].below);
        bytes_write_i64(writer, rules->tolerance[i].above);
    }
    valuation_encode(&rules->valuation, writer);
    bytes_write_i64(writer, rules->partial_value_unit);
    bytes_write_i64(writer, rules->partial_value_nominal);
    bytes_write_u8(writer, rules->holiday_count);
    for (uint8_t i = 0; i < rules->holiday_count; i++) {
        bytes_write_u32(writer, rules->holiday[i]);
    }
    day_plan_encode(&rules->plan, writer);
    approval_policy_write(writer, &rules->approval);
}

static void tolerance_decode(struct rule_set *rules, struct bytes_reader *reader)
{
    rules->tolerance_count = bytes_read_u8(reader);
    if (rules->tolerance_count > RULE_TOLERANCE_MAX) {
        bytes_reader_fail(reader);
        rules->tolerance_count = 0;
    }
    for (uint8_t i = 0; i < rules->tolerance_count; i++) {
        rules->tolerance[i].currency = asset_code_read(reader);
        rules->tolerance[i].threshold = bytes_read_i64(reader);
        rules->tolerance[i].below = bytes_read_i64(reader);
        rules->tolerance[i].above = bytes_read_i64(reader);
    }
}

void rule_set_decode(struct rule_set *rules, struct bytes_reader *reader)
{
    uint8_t closed;

    memset(rules, 0, sizeof *rules);
    rules->effective_date = bytes_read_u32(reader);
    rules->day_change_minute = bytes_read_u16(reader);
    closed = bytes_read_u8(reader);
    rules->closed_on_weekends = closed == 1;
    rules->retention_days = bytes_read_u16(reader);
    rules->settlement_ahead_days = bytes_read_u16(reader);
    rules->wake_budget = bytes_read_u32(reader);
    rules->allegement_delay_minutes = bytes_read_u16(reader);
    rules->allegement_late_minutes = bytes_read_u16(reader);
    rules->optimisation_budget = bytes_read_u32(reader);
    rules->optimisation_pairs = bytes_read_u32(reader);
    tolerance_decode(rules, reader);
    valuation_decode(&rules->valuation, reader);
    rules->partial_value_unit = bytes_read_i64(reader);
    rules->partial_value_nominal = bytes_read_i64(reader);
    rules->holiday_count = bytes_read_u8(reader);
    if (rules->holiday_count > RULE_HOLIDAY_MAX) {
        bytes_reader_fail(reader);
        rules->holiday_count = 0;
    }
    for (uint8_t i = 0; i < rules->holiday_count; i++) {
        rules->holiday[i] = bytes_read_u32(reader);
    }
    day_plan_decode(&rules->plan, reader);
    rules->approval = approval_policy_read(reader);
    if (closed > 1 || !rule_set_valid(rules)) {
        bytes_reader_fail(reader);
    }
    if (reader->failed) {
        memset(rules, 0, sizeof *rules);
    }
}

void rule_set_default(struct rule_set *rules)
{
    *rules = (struct rule_set){
        .effective_date = 19700101,
        .day_change_minute = 18 * 60 + 45,
        .closed_on_weekends = true,
        .retention_days = 90,
        .settlement_ahead_days = 366,
        .wake_budget = 10000,
        .allegement_delay_minutes = 60,
        .allegement_late_minutes = 300,
        .optimisation_budget = 2000000,
        .optimisation_pairs = RULE_OPTIMISATION_PAIRS_MAX,
        .tolerance_count = 1,
        .valuation = {.reference_currency = {.size = CURRENCY_SIZE, .text = {'E', 'U', 'R'}}},
        .partial_value_unit = 1000000,
        .partial_value_nominal = 10000000,
    };
    day_plan_default(&rules->plan);
    rules->tolerance[0] = (struct tolerance_band){
        .currency = {.size = CURRENCY_SIZE, .text = {'E', 'U', 'R'}},
        .threshold = 10000000,
        .below = 200,
        .above = 2500,
    };
    approval_policy_default(&rules->approval);
    TALLY_ASSERT(rule_set_valid(rules));
}

bool rule_set_business_day(const struct rule_set *rules, uint32_t date)
{
    TALLY_ASSERT(date_valid(date));
    if (rules->closed_on_weekends && date_weekday(date) >= SATURDAY) {
        return false;
    }
    for (uint8_t i = 0; i < rules->holiday_count; i++) {
        if (rules->holiday[i] == date) {
            return false;
        }
    }
    return true;
}

inline const struct rule_set *rule_set_in_force(const struct ledger *ledger)
{
    TALLY_ASSERT(record_used(ledger, RECORD_RULE_SET, ledger->rule_set_current));
    return &ledger->rule_sets[ledger->rule_set_current];
}

uint32_t rule_set_in_force_index(const struct ledger *ledger)
{
    return ledger->rule_set_current;
}

/* The first business day at or after the date. A year holds fewer closing days than days. */
static uint32_t business_day_from(const struct rule_set *rules, uint32_t date)
{
    uint32_t day = date;

    for (uint32_t i = 0; i < YEAR_DAYS && !rule_set_business_day(rules, day); i++) {
        day = date_add(day, 1);
    }
    return day;
}

uint32_t rule_set_next_business_day(const struct rule_set *rules, uint32_t date)
{
    return business_day_from(rules, date_add(date, 1));
}

uint32_t rule_set_day_at(const struct rule_set *rules, uint64_t time_ms)
{
    uint32_t date = date_from_ms(time_ms);
    uint64_t minute = time_ms % DATE_DAY_MS / MINUTE_MS;

    TALLY_ASSERT(rules->day_change_minute > 0);
    if (minute >= rules->day_change_minute) {
        return rule_set_next_business_day(rules, date);
    }
    return business_day_from(rules, date);
}

uint32_t rule_set_business_day_before(const struct rule_set *rules, uint32_t date, uint32_t count)
{
    uint32_t day = date;
    uint32_t days_left = date_to_days(date);

    while (count > 0 && days_left > 0) {
        day = date_add(day, -1);
        days_left--;
        if (rule_set_business_day(rules, day)) {
            count--;
        }
    }
    return day;
}

bool rule_set_currency_closed(const struct rule_set *rules, const struct asset_code *currency,
                              uint32_t date)
{
    return !rule_set_business_day(rules, date) ||
           !day_plan_currency_open(&rules->plan, currency, date);
}

uint32_t rule_set_currency_day_from(const struct rule_set *rules, const struct asset_code *currency,
                                    uint32_t date)
{
    uint32_t day = date;

    for (uint32_t i = 0; i < YEAR_DAYS && rule_set_currency_closed(rules, currency, day); i++) {
        day = date_add(day, 1);
    }
    return day;
}
