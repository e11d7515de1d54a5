/* Lists from a node's read model. That a list is complete no single node can prove: each says who
 * answered, and --ask N compares several. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/argument.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "client/actor.h"
#include "client/row.h"
#include "host/clock.h"
#include "ledger/values/outcome.h"

#define AGE_SIZE 32u

static const struct table_column instruction_columns[] = {
    {"reference", TABLE_LEFT}, {"party", TABLE_LEFT},    {"counterparty", TABLE_LEFT},
    {"movement", TABLE_LEFT},  {"isin", TABLE_LEFT},     {"quantity", TABLE_NUMBER},
    {"currency", TABLE_LEFT},  {"amount", TABLE_NUMBER}, {"settlement_date", TABLE_LEFT},
    {"status", TABLE_LEFT},    {"reason", TABLE_LEFT},   {"who_must_act", TABLE_LEFT},
    {"since", TABLE_LEFT},
};

static const struct table_column exception_columns[] = {
    {"reference", TABLE_LEFT},    {"party", TABLE_LEFT},
    {"counterparty", TABLE_LEFT}, {"movement", TABLE_LEFT},
    {"isin", TABLE_LEFT},         {"quantity", TABLE_NUMBER},
    {"settled", TABLE_NUMBER},    {"currency", TABLE_LEFT},
    {"amount", TABLE_NUMBER},     {"settlement_date", TABLE_LEFT},
    {"status", TABLE_LEFT},       {"reason", TABLE_LEFT},
    {"meaning", TABLE_LEFT},      {"who_must_act", TABLE_LEFT},
    {"since", TABLE_LEFT},        {"age", TABLE_LEFT},
    {"deadline", TABLE_LEFT},     {"next_attempt", TABLE_LEFT},
};

static const struct table_column position_columns[] = {
    {"party", TABLE_LEFT},       {"account", TABLE_LEFT},   {"asset", TABLE_LEFT},
    {"available", TABLE_NUMBER}, {"blocked", TABLE_NUMBER}, {"reserved", TABLE_NUMBER},
    {"earmarked", TABLE_NUMBER}, {"pledged", TABLE_NUMBER}, {"on_loan", TABLE_NUMBER},
};

static const struct table_column asset_columns[] = {
    {"asset", TABLE_LEFT},      {"kind", TABLE_LEFT},     {"issuer", TABLE_LEFT},
    {"decimals", TABLE_NUMBER}, {"issued", TABLE_NUMBER}, {"minimum_unit", TABLE_NUMBER},
    {"multiple", TABLE_NUMBER},
};

static const struct table_column account_columns[] = {
    {"party", TABLE_LEFT}, {"account", TABLE_LEFT}, {"kind", TABLE_LEFT}, {"status", TABLE_LEFT}};

static const struct table_column party_columns[] = {
    {"party", TABLE_LEFT}, {"name", TABLE_LEFT}, {"roles", TABLE_LEFT}, {"status", TABLE_LEFT}};

static const struct table_column event_columns[] = {
    {"height", TABLE_NUMBER}, {"time", TABLE_LEFT},       {"event", TABLE_LEFT},
    {"party", TABLE_LEFT},    {"reference", TABLE_LEFT},  {"reason", TABLE_LEFT},
    {"asset", TABLE_LEFT},    {"quantity", TABLE_NUMBER}, {"currency", TABLE_LEFT},
    {"amount", TABLE_NUMBER},
};

static bool instruction_read(const struct listing *listing, struct bytes_reader *reader,
                             struct table *table)
{
    (void)listing;
    struct row_instruction row;
    char quantity[DECIMAL_TEXT_SIZE], amount[DECIMAL_TEXT_SIZE] = "", since[CLOCK_TEXT_SIZE];
    const char *cells[] = {
        row.reference, row.party, row.counterparty,    row.movement, row.asset,  quantity,
        row.currency,  amount,    row.settlement_date, row.status,   row.reason, NULL,
        since};

    if (!row_instruction_read(reader, &row)) {
        return false;
    }
    decimal_format(row.quantity, row.quantity_decimals, quantity);
    if (row.currency[0] != 0) {
        decimal_format(row.amount, row.amount_decimals, amount);
    }
    clock_utc_text(row.since_ms, since);
    cells[11] = actor_text(row.actor);
    table_row(table, cells);
    return true;
}

/* The instant from which ages are counted: one for all rows of a command, so that the answers of
 * several nodes compare. */
static uint64_t asked_ms;

/* "3 d 04 h", "25 min": since when nothing has changed. */
static void age_text(uint64_t since_ms, char out[AGE_SIZE])
{
    uint64_t minutes = asked_ms > since_ms ? (asked_ms - since_ms) / 60000 : 0;

    if (minutes < 60) {
        (void)snprintf(out, AGE_SIZE, "%u min", (unsigned)minutes);
    } else if (minutes < 24 * 60) {
        (void)snprintf(out, AGE_SIZE, "%u h %02u min", (unsigned)(minutes / 60),
                       (unsigned)(minutes % 60));
    } else {
        (void)snprintf(out, AGE_SIZE, "%" PRIu64 " d %02u h", minutes / (24 * 60),
                       (unsigned)(minutes / 60 % 24));
    }
}

static bool exception_read(const struct listing *listing, struct bytes_reader *reader,
                           struct table *table)
{
    (void)listing;
    struct row_instruction row;
    char quantity[DECIMAL_TEXT_SIZE], settled[DECIMAL_TEXT_SIZE], amount[DECIMAL_TEXT_SIZE] = "";
    char since[CLOCK_TEXT_SIZE], deadline[CLOCK_TEXT_SIZE] = "", next[CLOCK_TEXT_SIZE];
    char age[AGE_SIZE];
    enum reason reason;

    if (!row_instruction_read(reader, &row)) {
        return false;
    }
    reason = reason_of_code(row.reason);
    const char *cells[] = {row.reference,
                           row.party,
                           row.counterparty,
                           row.movement,
                           row.asset,
                           quantity,
                           settled,
                           row.currency,
                           amount,
                           row.settlement_date,
                           row.status,
                           row.reason,
                           reason_text(reason),
                           actor_text(row.actor),
                           since,
                           age,
                           deadline,
                           row.next_ms != 0 ? next : next_attempt_of_reason(reason)};
    decimal_format(row.quantity, row.quantity_decimals, quantity);
    decimal_format(row.quantity_settled, row.quantity_decimals, settled);
    if (row.currency[0] != 0) {
        decimal_format(row.amount, row.amount_decimals, amount);
    }
    clock_utc_text(row.since_ms, since);
    age_text(row.since_ms, age);
    if (row.deadline_ms != 0) {
        clock_utc_text(row.deadline_ms, deadline);
    }
    clock_utc_text(row.next_ms, next);
    table_row(table, cells);
    return true;
}

static bool position_read(const struct listing *listing, struct bytes_reader *reader,
                          struct table *table)
{
    (void)listing;
    struct row_position row;
    char numbers[6][DECIMAL_TEXT_SIZE];
    const char *cells[] = {row.party,  row.account, row.asset,  numbers[0], numbers[1],
                           numbers[2], numbers[3],  numbers[4], numbers[5]};

    if (!row_position_read(reader, &row)) {
        return false;
    }
    decimal_format(row.available, row.decimals, numbers[0]);
    decimal_format(row.blocked, row.decimals, numbers[1]);
    decimal_format(row.reserved, row.decimals, numbers[2]);
    decimal_format(row.earmarked, row.decimals, numbers[3]);
    decimal_format(row.pledged, row.decimals, numbers[4]);
    decimal_format(row.on_loan, row.decimals, numbers[5]);
    table_row(table, cells);
    return true;
}

static bool asset_read(const struct listing *listing, struct bytes_reader *reader,
                       struct table *table)
{
    (void)listing;
    struct row_asset row;
    char decimals[8], issued[DECIMAL_TEXT_SIZE], minimum[DECIMAL_TEXT_SIZE],
        multiple[DECIMAL_TEXT_SIZE];
    const char *cells[] = {row.asset, NULL, row.issuer, decimals, issued, minimum, multiple};

    if (!row_asset_read(reader, &row)) {
        return false;
    }
    cells[1] = row.cash ? "cash" : "security";
    (void)snprintf(decimals, sizeof decimals, "%u", (unsigned)row.decimals);
    decimal_format(row.issued, row.decimals, issued);
    decimal_format(row.unit_minimum, row.decimals, minimum);
    decimal_format(row.unit_multiple, row.decimals, multiple);
    table_row(table, cells);
    return true;
}

static bool account_read(const struct listing *listing, struct bytes_reader *reader,
                         struct table *table)
{
    (void)listing;
    struct row_account row;
    const char *cells[] = {row.party, row.account, NULL, NULL};

    if (!row_account_read(reader, &row)) {
        return false;
    }
    cells[2] = row.cash ? "cash" : "securities";
    cells[3] = row.blocked ? "blocked" : "open";
    table_row(table, cells);
    return true;
}

static bool party_read(const struct listing *listing, struct bytes_reader *reader,
                       struct table *table)
{
    (void)listing;
    struct row_party row;
    char roles[96];
    const char *cells[] = {row.party, row.name, roles, NULL};

    if (!row_party_read(reader, &row)) {
        return false;
    }
    genesis_roles_format(row.roles, roles, sizeof roles);
    cells[3] = row.blocked ? "suspended" : "active";
    table_row(table, cells);
    return true;
}

static bool event_read(const struct listing *listing, struct bytes_reader *reader,
                       struct table *table)
{
    (void)listing;
    struct row_event row;
    char height[24], time[CLOCK_TEXT_SIZE];
    char quantity[DECIMAL_TEXT_SIZE] = "", amount[DECIMAL_TEXT_SIZE] = "";
    const char *cells[] = {height,     time,      row.name, row.party,    row.reference,
                           row.reason, row.asset, quantity, row.currency, amount};

    if (!row_event_read(reader, &row)) {
        return false;
    }
    (void)snprintf(height, sizeof height, "%" PRIu64, row.height);
    clock_utc_text(row.ledger_ms, time);
    if (row.asset[0] != 0) {
        decimal_format(row.quantity, row.quantity_decimals, quantity);
    }
    if (row.currency[0] != 0) {
        decimal_format(row.amount, row.amount_decimals, amount);
    }
    table_row(table, cells);
    return true;
}

#define COLUMNS(array) array, sizeof(array) / sizeof(array)[0]

static const struct listing instruction_listing = {
    LIST_INSTRUCTIONS, "instructions", COLUMNS(instruction_columns), instruction_read, NULL};
static const struct listing exception_listing = {LIST_EXCEPTIONS, "exceptions",
                                                 COLUMNS(exception_columns), exception_read, NULL};
const struct listing position_listing = {LIST_POSITIONS, "positions", COLUMNS(position_columns),
                                         position_read, NULL};
const struct listing asset_listing = {LIST_ASSETS, "assets", COLUMNS(asset_columns), asset_read,
                                      NULL};
static const struct listing account_listing = {LIST_ACCOUNTS, "accounts", COLUMNS(account_columns),
                                               account_read, NULL};
static const struct listing party_listing = {LIST_PARTIES, "parties", COLUMNS(party_columns),
                                             party_read, NULL};
static const struct listing event_listing = {LIST_EVENTS, "events", COLUMNS(event_columns),
                                             event_read, NULL};

enum exit_code verb_instructions(struct cli *cli)
{
    return listing_show(cli, &instruction_listing);
}

enum exit_code verb_exceptions(struct cli *cli)
{
    asked_ms = clock_utc_ms();
    return listing_show(cli, &exception_listing);
}

enum exit_code verb_positions(struct cli *cli)
{
    return listing_show(cli, &position_listing);
}

enum exit_code verb_assets(struct cli *cli)
{
    return listing_show(cli, &asset_listing);
}

enum exit_code verb_accounts(struct cli *cli)
{
    return listing_show(cli, &account_listing);
}

enum exit_code verb_parties(struct cli *cli)
{
    return listing_show(cli, &party_listing);
}

enum exit_code verb_events(struct cli *cli)
{
    struct list_filter filter;
    struct table *table;
    enum exit_code code;
    unsigned long rows_max;

    if (!listing_filter_take(cli, &filter) || !listing_rows_take(cli, &rows_max)) {
        return EXIT_USAGE;
    }
    if (cli->options.argument_count > 0 &&
        !argument_text("REFERENCE", cli->options.arguments[0], filter.reference)) {
        return EXIT_USAGE;
    }
    code = listing_take(cli, &event_listing, &filter, rows_max, &table);
    if (code != EXIT_DONE) {
        return code;
    }
    if (filter.reference[0] != 0 && table_row_count(table) == 0) {
        table_free(table);
        return failure(EXIT_UNKNOWN, filter.reference,
                       "check the reference, or let --ask compare several nodes",
                       "node %u has no event of it", cli->node_index);
    }
    cli_show(cli, table);
    return EXIT_DONE;
}

enum exit_code verb_history(struct cli *cli)
{
    return listing_form_show(cli, LIST_HISTORY);
}

enum exit_code verb_drafts(struct cli *cli)
{
    return listing_form_show(cli, LIST_DRAFTS);
}

enum exit_code verb_movements(struct cli *cli)
{
    return listing_form_show(cli, LIST_MOVEMENTS);
}
