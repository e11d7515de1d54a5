#include "ledger/register/day_plan.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/values/date.h"

enum {
    DAY_MINUTES = 1440
};

/* Minutes from the beginning of the settlement day to an opening event. */
static uint16_t opening(uint16_t change_minute, uint16_t minute)
{
    return (uint16_t)(minute >= change_minute ? minute - change_minute
                                              : minute + DAY_MINUTES - change_minute);
}

/* The same for a closing event: at the minute of the change it is the day's last. */
static uint16_t closing(uint16_t change_minute, uint16_t minute)
{
    return (uint16_t)(minute > change_minute ? minute - change_minute
                                             : minute + DAY_MINUTES - change_minute);
}

static enum day_plan_check times_check(const struct day_plan *plan, uint16_t change)
{
    const uint16_t openings[] = {plan->start_of_day_minute, plan->night_time_minute,
                                 plan->real_time_minute};
    const uint16_t closings[] = {plan->dvp_cut_off_minute, plan->cash_cut_off_minute,
                                 plan->fop_cut_off_minute, plan->end_of_day_minute};
    uint16_t last = 0;

    for (uint32_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        if (openings[i] >= DAY_MINUTES) {
            return DAY_PLAN_MINUTE;
        }
    }
    for (uint32_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
        if (closings[i] > DAY_MINUTES) {
            return DAY_PLAN_MINUTE;
        }
    }
    for (uint32_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        if (opening(change, openings[i]) < last) {
            return DAY_PLAN_ORDER;
        }
        last = opening(change, openings[i]);
    }
    for (uint32_t i = 0; i < sizeof closings / sizeof closings[0]; i++) {
        if (closing(change, closings[i]) < last) {
            return DAY_PLAN_ORDER;
        }
        last = closing(change, closings[i]);
    }
    return DAY_PLAN_SOUND;
}

static bool windows_sound(const struct day_plan *plan, uint16_t change)
{
    uint32_t last = opening(change, plan->real_time_minute);

    if (plan->window_count > DAY_WINDOW_MAX) {
        return false;
    }
    for (uint8_t i = 0; i < plan->window_count; i++) {
        const struct partial_window *window = &plan->window[i];
        if (window->opens_minute >= DAY_MINUTES || window->minutes == 0 ||
            opening(change, window->opens_minute) < last) {
            return false;
        }
        last = (uint32_t)opening(change, window->opens_minute) + window->minutes;
    }
    return plan->window_count == 0 || last <= closing(change, plan->dvp_cut_off_minute);
}

static bool is_currency(const struct asset_code *code)
{
    return code->size == CURRENCY_SIZE && asset_code_valid(code);
}

static enum day_plan_check currencies_check(const struct day_plan *plan, uint16_t change)
{
    if (plan->currency_count > DAY_CURRENCY_MAX) {
        return DAY_PLAN_CURRENCY;
    }
    for (uint8_t i = 0; i < plan->currency_count; i++) {
        const struct currency_cut_offs *own = &plan->currency[i];
        if (!is_currency(&own->currency) ||
            (i > 0 && memcmp(own[-1].currency.text, own->currency.text, CURRENCY_SIZE) >= 0)) {
            return DAY_PLAN_CURRENCY;
        }
        if (own->dvp_minute > DAY_MINUTES || own->cash_minute > DAY_MINUTES ||
            closing(change, own->dvp_minute) < opening(change, plan->real_time_minute) ||
            closing(change, own->cash_minute) < closing(change, own->dvp_minute) ||
            closing(change, plan->fop_cut_off_minute) < closing(change, own->cash_minute)) {
            return DAY_PLAN_CURRENCY_ORDER;
        }
    }
    return DAY_PLAN_SOUND;
}

static bool closings_sound(const struct day_plan *plan)
{
    if (plan->closing_count > DAY_CLOSING_MAX) {
        return false;
    }
    for (uint8_t i = 0; i < plan->closing_count; i++) {
        const struct currency_closing *row = &plan->closing[i];
        int way = i == 0 ? -1 : memcmp(row[-1].currency.text, row->currency.text, CURRENCY_SIZE);
        if (!is_currency(&row->currency) || !date_valid(row->date) || way > 0 ||
            (way == 0 && row[-1].date >= row->date)) {
            return false;
        }
    }
    return true;
}

enum day_plan_check day_plan_check(const struct day_plan *plan, uint16_t change_minute)
{
    enum day_plan_check check = times_check(plan, change_minute);

    TALLY_ASSERT(change_minute >= 1 && change_minute <= DAY_MINUTES);
    if (check != DAY_PLAN_SOUND && !(plan->continuous && check == DAY_PLAN_ORDER)) {
        return check;
    }
    if (plan->extension_minutes_max > DAY_EXTENSION_MINUTES_MAX) {
        return DAY_PLAN_EXTENSION;
    }
    if (plan->recycling_unmatched_days > DAY_RECYCLING_DAYS_MAX ||
        plan->recycling_matched_days > DAY_RECYCLING_DAYS_MAX) {
        return DAY_PLAN_RECYCLING;
    }
    if (plan->sweep_budget == 0 || plan->sweep_budget > DAY_SWEEP_BUDGET_MAX) {
        return DAY_PLAN_SWEEP_BUDGET;
    }
    if (plan->window_count > DAY_WINDOW_MAX ||
        (!plan->continuous && !windows_sound(plan, change_minute))) {
        return DAY_PLAN_WINDOW;
    }
    check = currencies_check(plan, change_minute);
    if (check != DAY_PLAN_SOUND && !(plan->continuous && check == DAY_PLAN_CURRENCY_ORDER)) {
        return check;
    }
    return closings_sound(plan) ? DAY_PLAN_SOUND : DAY_PLAN_CLOSING;
}

void day_plan_default(struct day_plan *plan)
{
    *plan = (struct day_plan){
        .start_of_day_minute = 18 * 60 + 45,
        .night_time_minute = 20 * 60,
        .real_time_minute = 5 * 60,
        .dvp_cut_off_minute = 16 * 60,
        .cash_cut_off_minute = 17 * 60 + 40,
        .fop_cut_off_minute = 18 * 60,
        .end_of_day_minute = 18 * 60,
        .extension_minutes_max = 360,
        .last_window_minutes = 30,
        .recycling_unmatched_days = 20,
        .recycling_matched_days = 60,
        .sweep_budget = 10000,
        .window_count = 4,
        .window = {{8 * 60, 30}, {10 * 60, 15}, {12 * 60, 15}, {14 * 60, 15}},
    };
}

void day_plan_encode(const struct day_plan *plan, struct bytes_writer *writer)
{
    bytes_write_bool(writer, plan->continuous);
    bytes_write_u16(writer, plan->start_of_day_minute);
    bytes_write_u16(writer, plan->night_time_minute);
    bytes_write_u16(writer, plan->real_time_minute);
    bytes_write_u16(writer, plan->dvp_cut_off_minute);
    bytes_write_u16(writer, plan->cash_cut_off_minute);
    bytes_write_u16(writer, plan->fop_cut_off_minute);
    bytes_write_u16(writer, plan->end_of_day_minute);
    bytes_write_u16(writer, plan->extension_minutes_max);
    bytes_write_u16(writer, plan->last_window_minutes);
    bytes_write_u16(writer, plan->recycling_unmatched_days);
    bytes_write_u16(writer, plan->recycling_matched_days);
    bytes_write_u32(writer, plan->sweep_budget);
    bytes_write_u8(writer, plan->window_count);
    for (uint8_t i = 0; i < plan->window_count; i++) {
        bytes_write_u16(writer, plan->window[i].opens_minute);
        bytes_write_u16(writer, plan->window[i].minutes);
    }
    bytes_write_u8(writer, plan->currency_count);
    for (uint8_t i = 0; i < plan->currency_count; i++) {
        asset_code_write(writer, &plan->currency[i].currency);
        bytes_write_u16(writer, plan->currency[i].dvp_minute);
        bytes_write_u16(writer, plan->currency[i].cash_minute);
    }
    bytes_write_u8(writer, plan->closing_count);
    for (uint8_t i = 0; i < plan->closing_count; i++) {
        asset_code_write(writer, &plan->closing[i].currency);
        bytes_write_u32(writer, plan->closing[i].date);
    }
}

/* A count; beyond `most` it fails the reader and counts as none. */
static uint8_t read_count(struct bytes_reader *reader, uint8_t most)
{
    uint8_t count = bytes_read_u8(reader);

    if (count > most) {
        bytes_reader_fail(reader);
        return 0;
    }
    return count;
}

void day_plan_decode(struct day_plan *plan, struct bytes_reader *reader)
{
    memset(plan, 0, sizeof *plan);
    plan->continuous = bytes_read_bool(reader);
    plan->start_of_day_minute = bytes_read_u16(reader);
    plan->night_time_minute = bytes_read_u16(reader);
    plan->real_time_minute = bytes_read_u16(reader);
    plan->dvp_cut_off_minute = bytes_read_u16(reader);
    plan->cash_cut_off_minute = bytes_read_u16(reader);
    plan->fop_cut_off_minute = bytes_read_u16(reader);
    plan->end_of_day_minute = bytes_read_u16(reader);
    plan->extension_minutes_max = bytes_read_u16(reader);
    plan->last_window_minutes = bytes_read_u16(reader);
    plan->recycling_unmatched_days = bytes_read_u16(reader);
    plan->recycling_matched_days = bytes_read_u16(reader);
    plan->sweep_budget = bytes_read_u32(reader);
    plan->window_count = read_count(reader, DAY_WINDOW_MAX);
    for (uint8_t i = 0; i < plan->window_count; i++) {
        plan->window[i].opens_minute = bytes_read_u16(reader);
        plan->window[i].minutes = bytes_read_u16(reader);
    }
    plan->currency_count = read_count(reader, DAY_CURRENCY_MAX);
    for (uint8_t i = 0; i < plan->currency_count; i++) {
        plan->currency[i].currency = asset_code_read(reader);
        plan->currency[i].dvp_minute = bytes_read_u16(reader);
        plan->currency[i].cash_minute = bytes_read_u16(reader);
    }
    plan->closing_count = read_count(reader, DAY_CLOSING_MAX);
    for (uint8_t i = 0; i < plan->closing_count; i++) {
        plan->closing[i].currency = asset_code_read(reader);
        plan->closing[i].date = bytes_read_u32(reader);
    }
}

bool day_plan_currency_open(const struct day_plan *plan, const struct asset_code *currency,
                            uint32_t date)
{
    for (uint8_t i = 0; i < plan->closing_count; i++) {
        if (plan->closing[i].date == date &&
            asset_code_equal(&plan->closing[i].currency, currency)) {
            return false;
        }
    }
    return true;
}

const struct currency_cut_offs *day_plan_cut_offs(const struct day_plan *plan,
                                                  const struct asset_code *currency)
{
    for (uint8_t i = 0; i < plan->currency_count; i++) {
        if (asset_code_equal(&plan->currency[i].currency, currency)) {
            return &plan->currency[i];
        }
    }
    return NULL;
}
