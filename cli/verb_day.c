/* The settlement day: its events, and the operator's moving of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "ledger/day/business_day.h"
#include "ledger/values/date.h"

#define DAY_DATE  0 /* the column */
#define DAY_MS    UINT64_C(86400000)
#define MINUTE_MS UINT64_C(60000)

/* The rows of the latest day only. */
static struct table *latest_day(const struct table *all, const struct listing *listing)
{
    struct table *out = table_new(listing->name, listing->columns, listing->column_count);
    const char *date = "";

    for (size_t row = 0; row < table_row_count(all); row++) {
        const char *cell = table_cell(all, row, DAY_DATE);
        date = strcmp(cell, date) > 0 ? cell : date;
    }
    for (size_t row = 0; row < table_row_count(all); row++) {
        const char *cells[LIST_COLUMNS_MAX + 1];
        if (strcmp(table_cell(all, row, DAY_DATE), date) == 0) {
            for (unsigned i = 0; i < listing->column_count; i++) {
                cells[i] = table_cell(all, row, i);
            }
            table_row(out, cells);
        }
    }
    return out;
}

enum exit_code verb_day(struct cli *cli)
{
    struct listing_form form;
    struct list_filter filter;
    struct table *all, *day;
    unsigned long rows_max;
    enum exit_code code;
    bool span = option_given(&cli->options, OPTION_FROM) || option_given(&cli->options, OPTION_TO);

    if (span) {
        return listing_form_show(cli, LIST_DAY);
    }
    listing_form_make(LIST_DAY, &form);
    if (!listing_filter_take(cli, &filter) || !listing_rows_take(cli, &rows_max)) {
        return EXIT_USAGE;
    }
    code = listing_take(cli, &form.listing, &filter, LISTING_ROWS_MAX, &all);
    if (code == EXIT_DONE) {
        day = latest_day(all, &form.listing);
        table_note(day, "answered_by", "node %u", cli->node_index);
        table_free(all);
        cli_show(cli, day);
    }
    return code;
}

/* Minutes of "16:30". */
static bool clock_take(const char *text, uint64_t *minutes)
{
    if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789:") != 5 ||
        strchr(text + 3, ':') != NULL || strchr(text, ':') != text + 2) {
        return false;
    }
    *minutes = strtoul(text, NULL, 10) * 60 + strtoul(text + 3, NULL, 10);
    return text[0] <= '2' && *minutes < 24 * 60 && text[3] <= '5';
}

static bool until_take(struct cli *cli, uint32_t date, uint64_t *out)
{
    const char *text = option_value(&cli->options, OPTION_UNTIL, "");
    const char *clock = text;
    uint64_t minutes;

    if (strlen(text) == 16 && text[10] == 'T') {
        clock = text + 11;
        if (!date_parse(text, 10, &date)) {
            clock = "";
        }
    }
    if (!clock_take(clock, &minutes)) {
        (void)failure(EXIT_USAGE, "--until", option_meaning(OPTION_UNTIL),
                      text[0] == 0 ? "is missing%s" : "\"%s\" is not a time", text);
        return false;
    }
    *out = (uint64_t)date_to_days(date) * DAY_MS + minutes * MINUTE_MS;
    return true;
}

enum exit_code verb_day_revise(struct cli *cli)
{
    const char *event = cli->options.arguments[0];
    struct command command;
    struct command_day_revise *revise = &command.day_revise;

    if (!command_begin(cli, COMMAND_DAY_REVISE, &command)) {
        return failure_last();
    }
    for (uint8_t i = DAY_START_OF_DAY; i <= DAY_CHANGE_OF_DATE; i++) {
        if (strcmp(day_event_code(i), event) == 0) {
            revise->event = i;
        }
    }
    if (revise->event == 0) {
        return failure(EXIT_USAGE, event, "see `tally day`", "is no event of a settlement day");
    }
    if (!until_take(cli, command.date, &revise->revised_ms) ||
        (option_given(&cli->options, OPTION_CURRENCY) &&
         !asset_take(cli, OPTION_CURRENCY, &revise->currency))) {
        return failure_last();
    }
    return command_submit(cli, &command);
}
