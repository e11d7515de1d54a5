#include "ledger/values/date.h"

#include "base/assert.h"

enum {
    YEAR_FIRST = 1970,
    YEAR_LAST = 9999,
    DAYS_PER_ERA = 146097,  /* 400 years */
    DAYS_TO_EPOCH = 719468, /* from 0000-03-01 to 1970-01-01 */
    DAYS_LAST = 2932896,    /* 9999-12-31 */
};

static bool year_is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t month_length(uint32_t year, uint32_t month)
{
    static const uint8_t lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return lengths[month - 1] + (month == 2 && year_is_leap(year) ? 1u : 0u);
}

bool date_valid(uint32_t date)
{
    uint32_t year = date / 10000;
    uint32_t month = date / 100 % 100;
    uint32_t day = date % 100;
    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12) {
        return false;
    }
    return day >= 1 && day <= month_length(year, month);
}

bool date_parse(const char *text, size_t size, uint32_t *out)
{
    uint32_t date = 0;

    TALLY_ASSERT(text != NULL);
    if (size != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (i == 4 || i == 7) {
            continue;
        }
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        date = date * 10 + (uint32_t)(text[i] - '0');
    }
    if (!date_valid(date)) {
        return false;
    }
    *out = date;
    return true;
}

uint32_t date_to_days(uint32_t date)
{
    TALLY_ASSERT(date_valid(date));
    uint32_t month = date / 100 % 100;
    uint32_t day = date % 100;
    /* Years start in March, so that the leap day is the last of its year. */
    uint32_t year = date / 10000 - (month <= 2 ? 1 : 0);
    uint32_t era = year / 400;
    uint32_t year_of_era = year % 400;
    uint32_t month_from_march = (month + 9) % 12;
    uint32_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

uint32_t date_from_days(uint32_t days)
{
    TALLY_ASSERT(days <= DAYS_LAST);
    uint32_t shifted = days + DAYS_TO_EPOCH;
    uint32_t era = shifted / DAYS_PER_ERA;
    uint32_t day_of_era = shifted % DAYS_PER_ERA;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month_from_march = (5 * day_of_year + 2) / 153;
    uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    uint32_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
    uint32_t date = year * 10000 + month * 100 + day;
    TALLY_ASSERT(date_valid(date));
    return date;
}

uint32_t date_add(uint32_t date, int32_t days)
{
    int64_t moved = (int64_t)date_to_days(date) + days;
    if (moved < 0) {
        moved = 0;
    } else if (moved > DAYS_LAST) {
        moved = DAYS_LAST;
    }
    return date_from_days((uint32_t)moved);
}

uint32_t date_from_ms(uint64_t ms)
{
    uint64_t days = ms / DATE_DAY_MS;
    TALLY_ASSERT(days <= DAYS_LAST);
    return date_from_days((uint32_t)days);
}

uint32_t date_weekday(uint32_t date)
{
    return (date_to_days(date) + 3) % 7; /* 1970-01-01 was a Thursday */
}
