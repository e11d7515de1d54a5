#include "cli/listing.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "cli/argument.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "client/actor.h"
#include "client/row_cells.h"

#define ROWS_DEFAULT 1000ul

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

bool listing_filter_take(struct cli *cli, struct list_filter *out)
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

bool listing_rows_take(struct cli *cli, unsigned long *out)
{
    return option_number(&cli->options, OPTION_ROWS, 1, LISTING_ROWS_MAX, ROWS_DEFAULT, out);
}

/* Takes the rows of node->reply in; false when they are malformed. */
static bool page_take(const struct listing *listing, const struct reply *reply, struct table *table)
{
    struct bytes_reader reader;
    uint16_t count = 0;

    bytes_reader_init(&reader, reply->rows, reply->rows_size);
    while (count < reply->row_count && listing->read(listing, &reader, table)) {
        count++;
    }
    return count == reply->row_count && bytes_reader_done(&reader);
}

/* Fetches a whole list, page by page, from one node. */
static enum exit_code fetch(struct cli *cli, struct node *node, const struct listing *listing,
                            const struct list_filter *filter, size_t rows_max, struct table *table,
                            uint64_t *height)
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

static struct table *table_for(const struct listing *listing)
{
    return table_new(listing->name, listing->columns, listing->column_count);
}

/* Asks further nodes for the same list and compares. */
static enum exit_code compare(struct cli *cli, const struct listing *listing,
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
        other_table = table_for(listing);
        code = fetch(cli, other, listing, filter, rows_max, other_table, &height);
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
enum exit_code listing_take(struct cli *cli, const struct listing *listing,
                            const struct list_filter *filter, size_t rows_max, struct table **out)
{
    uint64_t height;

    return listing_take_at(cli, listing, filter, rows_max, out, &height);
}

enum exit_code listing_take_at(struct cli *cli, const struct listing *listing,
                               const struct list_filter *filter, size_t rows_max,
                               struct table **out, uint64_t *height)
{
    unsigned long ask_count;
    struct table *table;
    enum exit_code code;

    if (!option_number(&cli->options, OPTION_ASK, 1, GENESIS_VALIDATORS_MAX, 1, &ask_count)) {
        return EXIT_USAGE;
    }
    code = cli_node(cli);
    if (code != EXIT_DONE) {
        return code;
    }
    *height = 0;
    table = table_for(listing);
    code = fetch(cli, cli->node, listing, filter, rows_max, table, height);
    if (code == EXIT_DONE) {
        if (!cli->quiet) {
            table_note(table, "answered_by", "node %u, as of block %" PRIu64, cli->node_index,
                       *height);
        }
        if (ask_count > 1) {
            code = compare(cli, listing, filter, rows_max, table, ask_count);
        }
    }
    if (code != EXIT_DONE) {
        table_free(table);
        table = NULL;
    }
    *out = table;
    return code;
}

enum exit_code listing_show(struct cli *cli, const struct listing *listing)
{
    struct list_filter filter;
    unsigned long rows_max;
    struct table *table;
    enum exit_code code;

    if (!listing_filter_take(cli, &filter) || !listing_rows_take(cli, &rows_max)) {
        return EXIT_USAGE;
    }
    code = listing_take(cli, listing, &filter, rows_max, &table);
    if (code == EXIT_DONE) {
        cli_show(cli, table);
    }
    return code;
}

/* ---- Lists of client/list.h -------------------------------------------------------------- */

static bool form_read(const struct listing *listing, struct bytes_reader *reader,
                      struct table *table)
{
    const struct list_form *form = listing->form;
    const char *cells[LIST_COLUMNS_MAX + 1];
    struct row_cells row;
    unsigned count = 0;

    if (!row_cells_read(reader, form->column_count, &row)) {
        return false;
    }
    for (unsigned i = 0; i < form->column_count; i++) {
        cells[count++] = row_cells_at(&row, i);
        if (form->columns[i].role == LIST_ROLE_REASON) {
            cells[count++] = reason_text(reason_of_code(row_cells_at(&row, i)));
        }
    }
    table_row(table, cells);
    return true;
}

void listing_form_make(enum list_kind kind, struct listing_form *out)
{
    const struct list_form *form = list_form_of(kind);
    unsigned count = 0;

    TALLY_ASSERT(form != NULL);
    for (unsigned i = 0; i < form->column_count; i++) {
        const struct list_column *column = &form->columns[i];
        out->columns[count++] = (struct table_column){
            column->name, column->value == LIST_TEXT ? TABLE_LEFT : TABLE_NUMBER};
        if (column->role == LIST_ROLE_REASON) {
            out->columns[count++] = (struct table_column){"meaning", TABLE_LEFT};
        }
    }
    out->listing = (struct listing){kind, form->name, out->columns, count, form_read, form};
}

enum exit_code listing_form_show(struct cli *cli, enum list_kind kind)
{
    struct listing_form form;
    struct list_filter filter;
    struct table *table;
    unsigned long rows_max;
    enum exit_code code;

    listing_form_make(kind, &form);
    if (!listing_filter_take(cli, &filter) || !listing_rows_take(cli, &rows_max) ||
        (cli->options.argument_count > 0 &&
         !argument_text("REFERENCE", cli->options.arguments[0], filter.reference))) {
        return EXIT_USAGE;
    }
    code = listing_take(cli, &form.listing, &filter, rows_max, &table);
    if (code != EXIT_DONE) {
        return code;
    }
    if (cli->options.argument_count > 0 && table_row_count(table) == 0) {
        table_free(table);
        return failure(EXIT_UNKNOWN, filter.reference,
                       "check the reference, or let --ask compare several nodes",
                       "node %u has nothing of it", cli->node_index);
    }
    cli_show(cli, table);
    return EXIT_DONE;
}
