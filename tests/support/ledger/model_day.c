#include "tests/support/ledger/model_day.h"

#include <string.h>

#include "ledger/day/business_day.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"

#define HOUR   UINT64_C(3600000)
#define MINUTE UINT64_C(60000)
#define DAY    UINT64_C(86400000)

/* 1970-01-01 was a Thursday; Saturday and Sunday are no business days. */
static bool working(uint64_t day)
{
    return (day + 3) % 7 < 5;
}

static uint64_t next_working(uint64_t day)
{
    do {
        day++;
    } while (!working(day));
    return day;
}

static uint64_t last_working(uint64_t day)
{
    do {
        day--;
    } while (!working(day));
    return day;
}

/* The settlement day: from 18:45 on the next day, and never a Saturday or Sunday. */
static uint64_t day_of(uint64_t ts_ms)
{
    uint64_t day = ts_ms / DAY;
    if (ts_ms % DAY >= 18 * HOUR + 45 * MINUTE) {
        day++;
    }
    while (!working(day)) {
        day++;
    }
    return day;
}

static void row(struct model_day *day, uint8_t event, uint64_t ms)
{
    assert_true(day->row_count < MODEL_DAY_ROW_MAX);
    day->rows[day->row_count++] =
        (struct model_day_row){.event = event, .planned_ms = ms, .due_ms = ms};
}

/* Table 37, read from top to bottom. */
static void schedule(struct model_day *day, uint64_t number, uint64_t ts_ms)
{
    uint64_t morning = number * DAY;
    uint64_t evening = last_working(number) * DAY;
    memset(day, 0, sizeof *day);
    day->date = date_from_days((uint32_t)number);
    day->begun_ms = ts_ms;
    row(day, DAY_START_OF_DAY, evening + 18 * HOUR + 45 * MINUTE);
    row(day, DAY_NIGHT_TIME, evening + 20 * HOUR);
    row(day, DAY_REAL_TIME, morning + 5 * HOUR);
    row(day, DAY_WINDOW_OPENS, morning + 8 * HOUR);
    row(day, DAY_WINDOW_CLOSES, morning + 8 * HOUR + 30 * MINUTE);
    for (uint64_t hour = 10; hour <= 14; hour += 2) {
        row(day, DAY_WINDOW_OPENS, morning + hour * HOUR);
        row(day, DAY_WINDOW_CLOSES, morning + hour * HOUR + 15 * MINUTE);
    }
    row(day, DAY_LAST_WINDOW, morning + 15 * HOUR + 30 * MINUTE);
    row(day, DAY_DVP_CUT_OFF, morning + 16 * HOUR);
    row(day, DAY_CASH_CUT_OFF, morning + 17 * HOUR + 40 * MINUTE);
    row(day, DAY_FOP_CUT_OFF, morning + 18 * HOUR);
    row(day, DAY_END_OF_DAY, morning + 18 * HOUR);
    row(day, DAY_CHANGE_OF_DATE, morning + 18 * HOUR + 45 * MINUTE);
}

/* The earliest that is due and has not happened; of two at the same time the one that comes first
 * in the day. */
static struct model_day_row *due_first(struct model_day *day, uint64_t ts_ms)
{
    struct model_day_row *first = NULL;
    for (uint32_t i = 0; i < day->row_count; i++) {
        struct model_day_row *candidate = &day->rows[i];
        if (candidate->happened_ms != 0 || candidate->due_ms > ts_ms) {
            continue;
        }
        if (first == NULL || candidate->due_ms < first->due_ms ||
            (candidate->due_ms == first->due_ms && candidate->event < first->event)) {
            first = candidate;
        }
    }
    return first;
}

void model_day_open(struct model_day *day, uint64_t ts_ms)
{
    struct model_day_row *due;
    schedule(day, day_of(ts_ms), ts_ms);
    while ((due = due_first(day, ts_ms)) != NULL) {
        due->happened_ms = ts_ms;
    }
}

void model_day_block(struct model_day *day, uint64_t ts_ms)
{
    struct model_day_row *due;
    uint32_t count = 0;
    bool ended = false;
    bool started = false;
    bool ended_last = day->ended_last;
    uint32_t ended_date = 0;
    while ((due = due_first(day, ts_ms)) != NULL) {
        due->happened_ms = ts_ms;
        count++;
        if (due->event == DAY_END_OF_DAY) {
            ended = true;
            ended_last = true;
            ended_date = day->date;
        }
        if (due->event == DAY_START_OF_DAY) {
            started = true;
            ended_last = false;
        }
        if (due->event == DAY_CHANGE_OF_DATE) {
            uint64_t next = next_working(date_to_days(day->date));
            uint64_t today = day_of(ts_ms);
            schedule(day, today > next ? today : next, ts_ms);
            count++;
        }
    }
    day->event_count = count;
    day->ended = ended;
    day->ended_date = ended_date;
    day->started = started;
    day->ended_last = ended_last;
}

uint64_t model_day_opened(const struct model_day *day)
{
    for (uint32_t i = 0; i < day->row_count; i++) {
        if (day->rows[i].event == DAY_NIGHT_TIME) {
            return day->rows[i].happened_ms;
        }
    }
    return 0;
}

static const struct model_day_row *find(const struct model_day *day, uint8_t event,
                                        const char *currency)
{
    const struct model_day_row *of_all = NULL;
    for (uint32_t i = 0; i < day->row_count; i++) {
        if (day->rows[i].event == event && strcmp(day->rows[i].currency, currency) == 0) {
            return &day->rows[i];
        }
        if (day->rows[i].event == event && day->rows[i].currency[0] == '\0' && of_all == NULL) {
            of_all = &day->rows[i];
        }
    }
    assert_non_null(of_all);
    return of_all;
}

bool model_day_happened(const struct model_day *day, uint8_t event, const char *currency)
{
    return find(day, event, currency)->happened_ms != 0;
}

static bool window_at(const struct model_day *day, uint64_t ms)
{
    int open = 0;
    for (uint32_t i = 0; i < day->row_count; i++) {
        const struct model_day_row *row = &day->rows[i];
        if (row->happened_ms == 0 || row->happened_ms > ms) {
            continue;
        }
        open += row->event == DAY_WINDOW_OPENS ? 1 : 0;
        open -= row->event == DAY_WINDOW_CLOSES ? 1 : 0;
        if (row->event == DAY_LAST_WINDOW) {
            uint64_t end_ms = find(day, DAY_DVP_CUT_OFF, row->currency)->happened_ms;
            open += end_ms == 0 || end_ms > ms ? 1 : 0;
        }
    }
    return open > 0;
}

uint64_t model_day_window(const struct model_day *day, uint64_t from_ms)
{
    uint64_t first = window_at(day, from_ms) ? from_ms : UINT64_MAX;
    for (uint32_t i = 0; i < day->row_count; i++) {
        uint64_t ms = day->rows[i].happened_ms;
        if (ms > from_ms && ms < first && window_at(day, ms)) {
            first = ms;
        }
    }
    return first;
}

uint64_t model_day_due(const struct model_day *day, uint8_t event, const char *currency)
{
    return find(day, event, currency)->due_ms;
}

/* A row of its own for the currency, if it had that of all. */
static struct model_day_row *own(struct model_day *day, uint8_t event, const char *currency)
{
    const struct model_day_row *found = find(day, event, currency);
    if (strcmp(found->currency, currency) != 0) {
        assert_true(day->row_count < MODEL_DAY_ROW_MAX);
        day->rows[day->row_count] = *found;
        memcpy(day->rows[day->row_count].currency, currency, 4);
        found = &day->rows[day->row_count++];
    }
    return &day->rows[found - day->rows];
}

void model_day_move(struct model_day *day, uint8_t event, const char *currency, uint64_t due_ms)
{
    own(day, event, currency)->due_ms = due_ms;
    if (event == DAY_DVP_CUT_OFF) {
        struct model_day_row *window = own(day, DAY_LAST_WINDOW, currency);
        if (window->happened_ms == 0) {
            window->due_ms = due_ms - 30 * MINUTE;
        }
    }
}

bool model_day_may_move(const struct model_day *day, uint64_t ts_ms, uint8_t event,
                        const char *currency, uint64_t due_ms)
{
    static const uint8_t chain[] = {DAY_REAL_TIME,   DAY_DVP_CUT_OFF, DAY_CASH_CUT_OFF,
                                    DAY_FOP_CUT_OFF, DAY_END_OF_DAY,  DAY_CHANGE_OF_DATE};
    static const char *const currencies[] = {"", "EUR", "USD"};
    struct model_day moved = *day;
    const struct model_day_row *found = find(day, event, currency);
    if (found->happened_ms != 0 || due_ms <= ts_ms || due_ms > found->planned_ms + 6 * HOUR ||
        due_ms + 6 * HOUR < found->planned_ms) {
        return false;
    }
    /* Moved for a try: the order must hold for each currency. */
    model_day_move(&moved, event, currency, due_ms);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t j = 1; j < sizeof chain; j++) {
            if (model_day_due(&moved, chain[j - 1], currencies[i]) >
                model_day_due(&moved, chain[j], currencies[i])) {
                return false;
            }
        }
    }
    return true;
}

uint32_t model_business_day_from(uint32_t date)
{
    uint32_t day = date_to_days(date);
    while ((day + 3) % 7 >= 5) { /* 1970-01-01 was a Thursday */
        day++;
    }
    return date_from_days(day);
}
