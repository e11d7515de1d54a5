/*
 * ledger/values/date.h - calendar dates as numbers people can read
 *
 * Rule. A date is the number YYYYMMDD (20261122), so that comparing numbers compares dates; 0 is
 * "absent". Arithmetic goes through days since 1970-01-01 in the proleptic Gregorian calendar.
 * Years 1970 to 9999.
 *
 * Source: ISO 8601 basic format; the day count follows Hinnant, "chrono-compatible low-level date
 * algorithms".
 */
#ifndef TALLY_LEDGER_VALUES_DATE_H
#define TALLY_LEDGER_VALUES_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DATE_DAY_MS = 86400000
};

/* A date of the calendar? 0 is none. */
bool date_valid(uint32_t date);
/* "2026-11-22" to 20261122; false, and *out untouched, if the text is not such a date. For what
 * people write; no encoding contains it. */
bool date_parse(const char *text, size_t size, uint32_t *out);
/* pre: date_valid(date). */
uint32_t date_to_days(uint32_t date);
/* pre: days lies before the year 10000. */
uint32_t date_from_days(uint32_t days);
/* `date` moved by `days`, kept inside 1970-01-01 and 9999-12-31. pre: date_valid(date). */
uint32_t date_add(uint32_t date, int32_t days);
/* The date in UTC of a time in milliseconds since 1970-01-01. pre: before the year 10000. */
uint32_t date_from_ms(uint64_t ms);
/* 0 Monday ... 6 Sunday. pre: date_valid(date). */
uint32_t date_weekday(uint32_t date);

#endif
