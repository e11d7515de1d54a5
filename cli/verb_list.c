/* Lists from a node's read model. That a list is complete no single node can prove: each says who
 * answered, and --ask N compares several. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/amount.h"
#include "base/assert.h"
#include "cli/argument.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "cli/verb.h"
#include "client/row.h"
#include "host/clock.h"
#include "ledger/register/key.h"

#define ROWS_DEFAULT 1000ul
#define ROWS_MAX     1000000ul

typedef bool row_reader(struct bytes_reader *reader, struct table *table);

struct listing {
    enum list_kind kind;
    const char *name;
    const struct table_column *columns;
    unsigned column_count;
    row_reader *read;
};

static const struct table_column instruction_columns[] = {
    {"reference", TABLE_LEFT}, {"party", TABLE_LEFT},    {"counterparty", TABLE_LEFT},
    {"movement", TABLE_LEFT},  {"isin", TABLE_LEFT},     {"quantity", TABLE_NUMBER},
    {"currency", TABLE_LEFT},  {"amount", TABLE_NUMBER}, {"settlement_date", TABLE_LEFT},
    {"status", TABLE_LEFT},    {"reason", TABLE_LEFT},   {"who_must_act", TABLE_LEFT},
    {"since", TABLE_LEFT},
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

static const char *actor_text(enum row_actor actor)
{
    switch (actor) {
    case ROW_ACTOR_NOBODY:
        return "nobody";
    case ROW_ACTOR_OWNER:
        return "own party";
    case ROW_ACTOR_COUNTERPARTY:
        return "counterparty";
    case ROW_ACTOR_BOTH:
        return "both parties";
    case ROW_ACTOR_OPERATOR:
        return "operator";
    }
    return "";
}

static bool instruction_read(struct bytes_reader *reader, struct table *table)
{
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

static bool position_read(struct bytes_reader *reader, struct table *table)
{
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

static bool asset_read(struct bytes_reader *reader, struct table *table)
{
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

static bool account_read(struct bytes_reader *reader, struct table *table)
{
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

static bool party_read(struct bytes_reader *reader, struct table *table)
{
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

static bool event_read(struct bytes_reader *reader, struct table *table)
{
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

static const struct listing instruction_listing = {LIST_INSTRUCTIONS, "instructions",
                                                   COLUMNS(instruction_columns), instruction_read};
static const struct listing exception_listing = {LIST_EXCEPTIONS, "exceptions",
                                                 COLUMNS(instruction_columns), instruction_read};
static const struct listing position_listing = {LIST_POSITIONS, "positions",
                                                COLUMNS(position_columns), position_read};
static const struct listing asset_listing = {LIST_ASSETS, "assets", COLUMNS(asset_columns),
                                             asset_read};
static const struct listing account_listing = {LIST_ACCOUNTS, "accounts", COLUMNS(account_columns),
                                               account_read};
static const struct listing party_listing = {LIST_PARTIES, "parties", COLUMNS(party_columns),
                                             party_read};
static const struct listing event_listing = {LIST_EVENTS, "events", COLUMNS(event_columns),
                                             event_read};

typedef bool filter_reader(const char *what, const char *text, char *out);

static bool status_read(const char *what, const char *text, char *out)
{
    return argument_word(what, text, "NMAT|MACH|PEND|PENF|PART|SETT|CANC", out);
}

static bool filter_text(struct cli *cli, enum option_id option, filter_reader *read, char *out)
{
    const char *text = option_value(&cli->options, option, NULL);
    char name[OPTION_WORDS_SIZE];

    option_words(option, name);
    return text == NULL || read(name, text, out);
}

static bool filter_take(struct cli *cli, struct list_filter *out)
{
    memset(out, 0, sizeof *out);
    return filter_text(cli, OPTION_BIC, argument_bic, out->party) &&
           filter_text(cli, OPTION_ACCOUNT, argument_text, out->account) &&
           filter_text(cli, OPTION_ASSET, argument_asset, out->asset) &&
           filter_text(cli, OPTION_REFERENCE, argument_text, out->reference) &&
           filter_text(cli, OPTION_STATUS, status_read, out->status) &&
           filter_text(cli, OPTION_REASON, argument_reason, out->reason) &&
           filter_text(cli, OPTION_FROM, argument_date, out->date_from) &&
           filter_text(cli, OPTION_TO, argument_date, out->date_to);
}

/* Takes the rows of node->reply in; false when they are malformed. */
static bool page_take(const struct listing *listing, const struct reply *reply, struct table *table)
{
    struct bytes_reader reader;
    uint16_t count = 0;

    bytes_reader_init(&reader, reply->rows, reply->rows_size);
    while (count < reply->row_count && listing->read(&reader, table)) {
        count++;
    }
    return count == reply->row_count && bytes_reader_done(&reader);
}

/* Fetches a whole list, page by page, from one node. */
static enum exit_code list_fetch(struct cli *cli, struct node *node, const struct listing *listing,
                                 const struct list_filter *filter, size_t rows_max,
                                 struct table *table, uint64_t *height)
{
    uint64_t cursor = 0;

    do {
        size_t left = rows_max - table_row_count(table);
        struct request request = {
            .kind = REQUEST_LIST,
            .list = listing->kind,
            .filter = *filter,
            .cursor = cursor,
            .row_limit = (uint16_t)(left < REQUEST_LIST_ROWS_MAX ? left : REQUEST_LIST_ROWS_MAX)};
        enum exit_code code = node_ask(cli, node, &request);
        if (code != EXIT_DONE) {
            return code;
        }
        if (node->reply.list != listing->kind || !page_take(listing, &node->reply, table)) {
            return node_lies(node, "its list is malformed");
        }
        if (node->reply.cursor_next != 0 && node->reply.cursor_next <= cursor) {
            return node_lies(node, "its list does not go on");
        }
        cursor = node->reply.cursor_next;
        *height = node->reply.list_height;
    } while (cursor != 0 && table_row_count(table) < rows_max);
    return EXIT_DONE;
}

static struct table *listing_table(const struct listing *listing)
{
    return table_new(listing->name, listing->columns, listing->column_count);
}

/* Asks further nodes for the same list and compares. */
static enum exit_code list_compare(struct cli *cli, const struct listing *listing,
                                   const struct list_filter *filter, size_t rows_max,
                                   struct table *table, unsigned long ask_count)
{
    unsigned asked = 1;

    for (unsigned i = 0; i < cli->genesis->validator_count && asked < ask_count; i++) {
        struct table *other_table;
        struct node *other;
        uint64_t height;
        enum exit_code code;
        if (i == cli->node_index || cli->open_node(cli, i, &other) != EXIT_DONE) {
            continue;
        }
        other_table = listing_table(listing);
        code = list_fetch(cli, other, listing, filter, rows_max, other_table, &height);
        if (code == EXIT_DONE && !table_equal(table, other_table)) {
            code = failure(EXIT_NODES_DIFFER, listing->name,
                           "ask again: one may be behind; if it stays, one of them is wrong",
                           "node %u and node %u give different lists", cli->node_index, i);
        }
        table_free(other_table);
        node_close(other);
        if (code != EXIT_DONE) {
            return code;
        }
        asked++;
    }
    table_note(table, "agreed_by", "%u nodes%s", asked,
               asked > genesis_faults(cli->genesis) ? ", at least one of them honest" : "");
    return EXIT_DONE;
}

/* Fetches, compares if asked to, and notes who answered. *out is the caller's on EXIT_DONE. */
static enum exit_code list_take(struct cli *cli, const struct listing *listing,
                                const struct list_filter *filter, size_t rows_max,
                                struct table **out)
{
    unsigned long ask_count;
    uint64_t height = 0;
    struct table *table;
    enum exit_code code;

    if (!option_number(&cli->options, OPTION_ASK, 1, GENESIS_VALIDATORS_MAX, 1, &ask_count)) {
        return EXIT_USAGE;
    }
    code = cli_node(cli);
    if (code != EXIT_DONE) {
        return code;
    }
    table = listing_table(listing);
    code = list_fetch(cli, cli->node, listing, filter, rows_max, table, &height);
    if (code == EXIT_DONE) {
        if (!cli->quiet) {
            table_note(table, "answered_by", "node %u, as of block %" PRIu64, cli->node_index,
                       height);
        }
        if (ask_count > 1) {
            code = list_compare(cli, listing, filter, rows_max, table, ask_count);
        }
    }
    if (code != EXIT_DONE) {
        table_free(table);
        table = NULL;
    }
    *out = table;
    return code;
}

static enum exit_code list_show(struct cli *cli, const struct listing *listing)
{
    struct list_filter filter;
    unsigned long rows_max;
    struct table *table;
    enum exit_code code;

    if (!filter_take(cli, &filter) ||
        !option_number(&cli->options, OPTION_ROWS, 1, ROWS_MAX, ROWS_DEFAULT, &rows_max)) {
        return EXIT_USAGE;
    }
    code = list_take(cli, listing, &filter, rows_max, &table);
    if (code == EXIT_DONE) {
        cli_show(cli, table);
    }
    return code;
}

enum exit_code verb_instructions(struct cli *cli)
{
    return list_show(cli, &instruction_listing);
}

enum exit_code verb_exceptions(struct cli *cli)
{
    return list_show(cli, &exception_listing);
}

enum exit_code verb_positions(struct cli *cli)
{
    return list_show(cli, &position_listing);
}

enum exit_code verb_assets(struct cli *cli)
{
    return list_show(cli, &asset_listing);
}

enum exit_code verb_accounts(struct cli *cli)
{
    return list_show(cli, &account_listing);
}

enum exit_code verb_parties(struct cli *cli)
{
    return list_show(cli, &party_listing);
}

enum exit_code verb_events(struct cli *cli)
{
    struct list_filter filter;
    struct table *table;
    enum exit_code code;
    unsigned long rows_max;

    if (!filter_take(cli, &filter) ||
        !option_number(&cli->options, OPTION_ROWS, 1, ROWS_MAX, ROWS_DEFAULT, &rows_max)) {
        return EXIT_USAGE;
    }
    if (cli->options.argument_count > 0 &&
        !argument_text("REFERENCE", cli->options.arguments[0], filter.reference)) {
        return EXIT_USAGE;
    }
    code = list_take(cli, &event_listing, &filter, rows_max, &table);
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

static const struct table_column conservation_columns[] = {
    {"asset", TABLE_LEFT},           {"issued", TABLE_NUMBER},  {"held", TABLE_NUMBER},
    {"counterweight", TABLE_NUMBER}, {"holders", TABLE_NUMBER}, {"balanced", TABLE_LEFT}};

/* Column numbers of the lists this check adds up. */
enum {
    POSITION_ASSET = 2,
    POSITION_FIRST = 3,
    POSITION_LAST = 8,
    ASSET_CODE = 0,
    ASSET_ISSUED = 4,
    ASSET_DECIMALS = 3
};

struct balance {
    int64_t held;
    int64_t counterweight;
    unsigned holders;
    bool good;
};

/* Adds up all positions of one asset: what holders have, and the issuer's negative counterweight.
 * */
static struct balance balance_of(const struct table *positions, const char *asset,
                                 unsigned decimals)
{
    struct balance balance = {.good = true};

    for (size_t row = 0; row < table_row_count(positions); row++) {
        int64_t sum = 0;
        if (strcmp(table_cell(positions, row, POSITION_ASSET), asset) != 0) {
            continue;
        }
        for (unsigned column = POSITION_FIRST; column <= POSITION_LAST; column++) {
            int64_t value = 0;
            balance.good =
                balance.good &&
                decimal_parse(table_cell(positions, row, column), decimals, &value) == DECIMAL_OK &&
                amount_add(sum, value, &sum);
        }
        if (sum < 0) {
            balance.good =
                balance.good && amount_add(balance.counterweight, sum, &balance.counterweight);
        } else {
            balance.good = balance.good && amount_add(balance.held, sum, &balance.held);
            balance.holders += sum > 0 ? 1u : 0u;
        }
    }
    return balance;
}

static bool asset_balance_show(const struct table *assets, size_t row,
                               const struct table *positions, struct table *out)
{
    const char *code = table_cell(assets, row, ASSET_CODE);
    unsigned decimals = (unsigned)strtoul(table_cell(assets, row, ASSET_DECIMALS), NULL, 10);
    struct balance balance = balance_of(positions, code, decimals);
    char held[DECIMAL_TEXT_SIZE], counterweight[DECIMAL_TEXT_SIZE], holders[16];
    int64_t issued = 0;
    bool good =
        balance.good &&
        decimal_parse(table_cell(assets, row, ASSET_ISSUED), decimals, &issued) == DECIMAL_OK &&
        issued == balance.held && balance.counterweight == -issued;
    const char *cells[] = {code,    table_cell(assets, row, ASSET_ISSUED),
                           held,    counterweight,
                           holders, good ? "yes" : "NO"};

    decimal_format(balance.held, decimals, held);
    decimal_format(balance.counterweight, decimals, counterweight);
    (void)snprintf(holders, sizeof holders, "%u", balance.holders);
    table_row(out, cells);
    return good;
}

/* A key that the genesis names without the right to read all is shown a part, and a part does not
 * balance. Of a key that was registered later nothing is known here. */
static enum exit_code reading_check(struct cli *cli)
{
    struct public_key own;
    enum exit_code code = cli_genesis_load(cli);

    if (code == EXIT_DONE) {
        code = cli_unlock(cli);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    sign_key_public(cli->signing, &own);
    for (uint16_t i = 0; i < cli->genesis->key_count; i++) {
        const struct genesis_key *key = &cli->genesis->keys[i];
        if (memcmp(key->signing.bytes, own.bytes, sizeof own.bytes) == 0 &&
            (key->rights & KEY_READ_ALL) == 0) {
            return failure(EXIT_KEY, cli->party.bic, "use a key of an auditor or of the operator",
                           "its key may not read all positions");
        }
    }
    return EXIT_DONE;
}

/* Issued, held and counterweight of every asset, added up here from all positions. */
enum exit_code verb_conservation(struct cli *cli)
{
    const struct list_filter everything = {{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}};
    struct table *assets = NULL, *positions = NULL, *out;
    bool good = true;
    enum exit_code code = reading_check(cli);

    if (code == EXIT_DONE) {
        code = list_take(cli, &asset_listing, &everything, ROWS_MAX, &assets);
    }
    if (code == EXIT_DONE) {
        code = list_take(cli, &position_listing, &everything, ROWS_MAX, &positions);
    }
    if (code != EXIT_DONE) {
        table_free(assets);
        return code;
    }
    out = table_new("conservation", COLUMNS(conservation_columns));
    for (size_t row = 0; row < table_row_count(assets); row++) {
        good = asset_balance_show(assets, row, positions, out) && good;
    }
    cli_show(cli, out);
    table_free(assets);
    table_free(positions);
    return good ? EXIT_DONE
                : failure(EXIT_UNBALANCED, NULL, "ask an auditor's node; tell the operator",
                          "what is held is not what was issued (or this key may not see all)");
}
