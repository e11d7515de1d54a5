/* Statements of accounts: what was held when a day began, what was booked, what was held when it
 * ended. Worked back from what is held now, over all that was booked since. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/amount.h"
#include "cli/argument.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/node.h"
#include "cli/verb.h"
#include "host/clock.h"

#define COLUMNS(array) array, sizeof(array) / sizeof(array)[0]
#define TRIES_MAX      8u

/* Columns of the lists of positions and movements. */
enum {
    POSITION_PARTY = 0,
    POSITION_ACCOUNT = 1,
    POSITION_ASSET = 2,
    POSITION_FIRST = 3,
    POSITION_LAST = 8,
    MOVEMENT_DATE = 0,
    MOVEMENT_TIME = 1,
    MOVEMENT_PARTY = 3,
    MOVEMENT_ACCOUNT = 4,
    MOVEMENT_ASSET = 5,
    MOVEMENT_CHANGE = 6,
    MOVEMENT_EVENT = 7,
    MOVEMENT_REFERENCE = 8,
    MOVEMENT_COUNTERPARTY = 9,
};

static const struct table_column statement_columns[] = {
    {"date", TABLE_LEFT},      {"party", TABLE_LEFT},        {"account", TABLE_LEFT},
    {"asset", TABLE_LEFT},     {"line", TABLE_LEFT},         {"time", TABLE_LEFT},
    {"reference", TABLE_LEFT}, {"counterparty", TABLE_LEFT}, {"change", TABLE_NUMBER},
    {"balance", TABLE_NUMBER},
};

/* One position's statement in the making. */
struct statement {
    const char *date;
    const struct table *positions;
    size_t row; /* of the position */
    const struct table *movements;
    unsigned decimals;
    int64_t closing;
    int64_t opening;
};

static unsigned decimals_of(const char *number)
{
    const char *point = strchr(number, '.');

    return point == NULL ? 0 : (unsigned)strlen(point + 1);
}

static const char *position_cell(const struct statement *statement, unsigned column)
{
    return table_cell(statement->positions, statement->row, column);
}

static bool movement_is_of(const struct statement *statement, size_t row)
{
    static const unsigned columns[][2] = {{POSITION_PARTY, MOVEMENT_PARTY},
                                          {POSITION_ACCOUNT, MOVEMENT_ACCOUNT},
                                          {POSITION_ASSET, MOVEMENT_ASSET}};

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        if (strcmp(position_cell(statement, columns[i][0]),
                   table_cell(statement->movements, row, columns[i][1])) != 0) {
            return false;
        }
    }
    return true;
}

/* Held now, less what was booked after the day; and that, less what was booked on it. */
static bool statement_reckon(struct statement *statement)
{
    int64_t number;

    statement->closing = 0;
    for (unsigned column = POSITION_FIRST; column <= POSITION_LAST; column++) {
        if (decimal_parse(position_cell(statement, column), statement->decimals, &number) !=
                DECIMAL_OK ||
            !amount_add(statement->closing, number, &statement->closing)) {
            return false;
        }
    }
    statement->opening = statement->closing;
    for (size_t row = 0; row < table_row_count(statement->movements); row++) {
        int order = strcmp(table_cell(statement->movements, row, MOVEMENT_DATE), statement->date);
        if (!movement_is_of(statement, row) || order < 0) {
            continue;
        }
        if (decimal_parse(table_cell(statement->movements, row, MOVEMENT_CHANGE),
                          statement->decimals, &number) != DECIMAL_OK ||
            !amount_sub(statement->opening, number, &statement->opening) ||
            (order > 0 && !amount_sub(statement->closing, number, &statement->closing))) {
            return false;
        }
    }
    return true;
}

static void line_add(const struct statement *statement, const char *line, size_t movement,
                     int64_t balance, struct table *out)
{
    bool moves = movement < table_row_count(statement->movements);
    char number[DECIMAL_TEXT_SIZE];
    const char *cells[] = {
        statement->date,
        position_cell(statement, POSITION_PARTY),
        position_cell(statement, POSITION_ACCOUNT),
        position_cell(statement, POSITION_ASSET),
        line,
        moves ? table_cell(statement->movements, movement, MOVEMENT_TIME) : "",
        moves ? table_cell(statement->movements, movement, MOVEMENT_REFERENCE) : "",
        moves ? table_cell(statement->movements, movement, MOVEMENT_COUNTERPARTY) : "",
        moves ? table_cell(statement->movements, movement, MOVEMENT_CHANGE) : "",
        number};

    decimal_format(balance, statement->decimals, number);
    table_row(out, cells);
}

static bool statement_lines(const struct statement *statement, struct table *out)
{
    size_t none = table_row_count(statement->movements);
    int64_t balance = statement->opening;

    line_add(statement, "OPENING", none, balance, out);
    for (size_t row = 0; row < none; row++) {
        int64_t change;
        if (strcmp(table_cell(statement->movements, row, MOVEMENT_DATE), statement->date) != 0 ||
            !movement_is_of(statement, row)) {
            continue;
        }
        if (decimal_parse(table_cell(statement->movements, row, MOVEMENT_CHANGE),
                          statement->decimals, &change) != DECIMAL_OK ||
            !amount_add(balance, change, &balance)) {
            return false;
        }
        line_add(statement, table_cell(statement->movements, row, MOVEMENT_EVENT), row, balance,
                 out);
    }
    line_add(statement, "CLOSING", none, balance, out);
    return balance == statement->closing;
}

/* Both lists as of the same block: asked again while a block came in between. */
static enum exit_code lists_take(struct cli *cli, const struct list_filter *filter,
                                 const char *date, struct table **positions,
                                 struct table **movements)
{
    struct listing_form form;
    struct list_filter since = *filter;
    uint64_t position_height = 0, movement_height = 1;
    enum exit_code code = EXIT_DONE;

    listing_form_make(LIST_MOVEMENTS, &form);
    (void)snprintf(since.date_from, sizeof since.date_from, "%s", date);
    for (unsigned i = 0; i < TRIES_MAX && code == EXIT_DONE; i++) {
        code = listing_take_at(cli, &position_listing, filter, LISTING_ROWS_MAX, positions,
                               &position_height);
        if (code != EXIT_DONE) {
            return code;
        }
        code = listing_take_at(cli, &form.listing, &since, LISTING_ROWS_MAX, movements,
                               &movement_height);
        if (code == EXIT_DONE && position_height == movement_height) {
            return EXIT_DONE;
        }
        table_free(*positions);
        if (code == EXIT_DONE) {
            table_free(*movements);
        }
    }
    return code != EXIT_DONE ? code
                             : failure(EXIT_TIMED_OUT, NULL, "ask for fewer accounts, or later",
                                       "the ledger moves on faster than the lists are read");
}

static bool day_take(struct cli *cli, char out[CLIENT_DATE_SIZE])
{
    const char *text = option_value(&cli->options, OPTION_DATE, NULL);
    char now[CLOCK_TEXT_SIZE];

    if (text != NULL) {
        return argument_date("--date", text, out);
    }
    clock_utc_text(clock_utc_ms(), now);
    (void)snprintf(out, CLIENT_DATE_SIZE, "%.10s", now);
    return true;
}

enum exit_code verb_statement(struct cli *cli)
{
    char date[CLIENT_DATE_SIZE];
    struct list_filter filter;
    struct table *positions, *movements, *out;
    enum exit_code code;
    bool whole = true;

    if (!listing_filter_take(cli, &filter) || !day_take(cli, date)) {
        return failure_last();
    }
    code = lists_take(cli, &filter, date, &positions, &movements);
    if (code != EXIT_DONE) {
        return code;
    }
    out = table_new("statement", COLUMNS(statement_columns));
    for (size_t row = 0; row < table_row_count(positions) && whole; row++) {
        struct statement statement = {.date = date,
                                      .positions = positions,
                                      .row = row,
                                      .movements = movements,
                                      .decimals =
                                          decimals_of(table_cell(positions, row, POSITION_FIRST))};
        whole = statement_reckon(&statement) && statement_lines(&statement, out);
    }
    if (whole) {
        table_note(out, "answered_by", "node %u", cli->node_index);
        cli_show(cli, out);
    } else {
        table_free(out);
        code = node_lies(cli->node, "its positions and movements do not fit together");
    }
    table_free(positions);
    table_free(movements);
    return code;
}
