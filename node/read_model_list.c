/*
 * read_model_list.c: the asking half of read_model.h.
 *
 * A query is put together from fixed pieces, one for each filter that is set; what a client gave is
 * only ever bound as a parameter, under a number that is the same in every query.
 */
#include <stdlib.h>
#include <string.h>

#include "client/row_cells.h"
#include "node/read_model_form.h"
#include "node/read_model_sql.h"

enum {
    SQL_SIZE = 3072
};

/* The numbers of the parameters. */
enum parameter {
    PARAMETER_VIEWER = 1,
    PARAMETER_CURSOR = 2,
    PARAMETER_LIMIT = 3,
    PARAMETER_PARTY = 4,
    PARAMETER_ACCOUNT = 5,
    PARAMETER_ASSET = 6,
    PARAMETER_REFERENCE = 7,
    PARAMETER_STATUS = 8,
    PARAMETER_REASON = 9,
    PARAMETER_DATE_FROM = 10,
    PARAMETER_DATE_TO = 11,
};

struct read_model_reader {
    sqlite3 *database;
};

/* Copies the columns of one row into the struct of its kind and encodes it; false: damaged. */
typedef bool row_writer(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                        struct bytes_writer *writer);

static row_writer write_instruction;
static row_writer write_position;
static row_writer write_asset;
static row_writer write_account;
static row_writer write_party;
static row_writer write_event;

/* What a list is read from. The first column is the cursor. A filter not named is NULL. */
struct list_source {
    const char *select;
    const char *own; /* what a party may see; NULL: everything */
    const char *party;
    const char *account;
    const char *asset;
    const char *reference;
    const char *status;
    const char *reason;
    const char *date_from;
    const char *date_to;
    const char *order;
    row_writer *write;
};

#define INSTRUCTION_COLUMNS                                                                \
    "SELECT sequence, party, reference, counterparty, account, asset, movement, payment, " \
    "currency, trade_date, settlement_date, status, reason, actor, quantity_decimals, "    \
    "amount_decimals, quantity, quantity_settled, amount, amount_settled, since_height, "  \
    "since_ms, alleged "                                                                   \
    "FROM instructions WHERE sequence > ?2"
#define INSTRUCTION_FILTERS                                                                 \
    .party = " AND party = ?4", .account = " AND account = ?5", .asset = " AND asset = ?6", \
    .reference = " AND reference = ?7", .status = " AND status = ?8",                       \
    .reason = " AND reason = ?9", .date_from = " AND settlement_date >= ?10",               \
    .date_to = " AND settlement_date <= ?11", .order = " ORDER BY sequence LIMIT ?3",       \
    .write = write_instruction
/* An allegement's account is not shown, so it must not be found by it either. */
#define OWN_OR_ALLEGED \
    " AND (party = ?1 OR (counterparty = ?1 AND alleged AND coalesce(?5, '') = ''))"

static const struct list_source sources[] = {
    [LIST_INSTRUCTIONS] = {.select = INSTRUCTION_COLUMNS,
                           .own = " AND party = ?1",
                           INSTRUCTION_FILTERS},
    [LIST_EXCEPTIONS] = {.select = INSTRUCTION_COLUMNS
                         " AND status NOT IN ('SETT', 'CANC', 'REJT') AND (status IN"
                         " ('NMAT', 'PENF', 'PART') OR reason NOT IN ('', 'FUTU'))",
                         .own = OWN_OR_ALLEGED,
                         INSTRUCTION_FILTERS},
    [LIST_POSITIONS] = {.select = "SELECT id, party, account, asset, decimals, available, blocked, "
                                  "reserved, earmarked, pledged, on_loan FROM positions "
                                  "WHERE id > ?2",
                        .own = " AND party = ?1",
                        .party = " AND party = ?4",
                        .account = " AND account = ?5",
                        .asset = " AND asset = ?6",
                        .order = " ORDER BY id LIMIT ?3",
                        .write = write_position},
    [LIST_ASSETS] = {.select = "SELECT id, asset, issuer, cash, decimals, issued, unit_minimum, "
                               "unit_multiple FROM assets WHERE id > ?2",
                     .party = " AND issuer = ?4",
                     .asset = " AND asset = ?6",
                     .order = " ORDER BY id LIMIT ?3",
                     .write = write_asset},
    [LIST_ACCOUNTS] = {.select = "SELECT id, party, account, cash, blocked FROM accounts "
                                 "WHERE id > ?2",
                       .own = " AND party = ?1",
                       .party = " AND party = ?4",
                       .account = " AND account = ?5",
                       .order = " ORDER BY id LIMIT ?3",
                       .write = write_account},
    [LIST_PARTIES] = {.select = "SELECT id, party, name, roles, blocked FROM parties WHERE id > ?2",
                      .party = " AND party = ?4",
                      .order = " ORDER BY id LIMIT ?3",
                      .write = write_party},
    [LIST_EVENTS] = {.select = "SELECT id, height, place, ledger_ms, name, party, reference, "
                               "reason, asset, currency, quantity_decimals, amount_decimals, "
                               "quantity, amount FROM events WHERE id > ?2",
                     .own = " AND party = ?1",
                     .party = " AND party = ?4",
                     .asset = " AND asset = ?6",
                     .reference = " AND reference = ?7",
                     .reason = " AND reason = ?9",
                     .order = " ORDER BY id LIMIT ?3",
                     .write = write_event},
};

/* ---- Rows ------------------------------------------------------------------------------- */

/* Copies the columns of a row one after the other. */
struct columns {
    sqlite3_stmt *statement;
    int next;
    bool damaged; /* a text was longer than it can be */
};

static void column_text(struct columns *columns, char *out, size_t size)
{
    int column = columns->next++;
    const unsigned char *text = sqlite3_column_text(columns->statement, column);
    size_t length = (size_t)sqlite3_column_bytes(columns->statement, column);
    if (text == NULL || length >= size) {
        columns->damaged = true;
        out[0] = '\0';
        return;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

static int64_t column_integer(struct columns *columns)
{
    return sqlite3_column_int64(columns->statement, columns->next++);
}

static uint8_t column_u8(struct columns *columns)
{
    int64_t value = column_integer(columns);
    columns->damaged = columns->damaged || value < 0 || value > UINT8_MAX;
    return (uint8_t)value;
}

#define COLUMN_TEXT(columns, member) column_text((columns), (member), sizeof(member))

static bool write_instruction(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                              struct bytes_writer *writer)
{
    struct columns columns = {statement, 0, false};
    struct row_instruction row;
    memset(&row, 0, sizeof(row));
    row.sequence = (uint64_t)column_integer(&columns);
    COLUMN_TEXT(&columns, row.party);
    COLUMN_TEXT(&columns, row.reference);
    COLUMN_TEXT(&columns, row.counterparty);
    COLUMN_TEXT(&columns, row.account);
    COLUMN_TEXT(&columns, row.asset);
    COLUMN_TEXT(&columns, row.movement);
    COLUMN_TEXT(&columns, row.payment);
    COLUMN_TEXT(&columns, row.currency);
    COLUMN_TEXT(&columns, row.trade_date);
    COLUMN_TEXT(&columns, row.settlement_date);
    COLUMN_TEXT(&columns, row.status);
    COLUMN_TEXT(&columns, row.reason);
    uint8_t actor = column_u8(&columns);
    row.actor = actor <= ROW_ACTOR_OPERATOR ? (enum row_actor)actor : ROW_ACTOR_NOBODY;
    row.quantity_decimals = column_u8(&columns);
    row.amount_decimals = column_u8(&columns);
    row.quantity = column_integer(&columns);
    row.quantity_settled = column_integer(&columns);
    row.amount = column_integer(&columns);
    row.amount_settled = column_integer(&columns);
    row.since_height = (uint64_t)column_integer(&columns);
    row.since_ms = (uint64_t)column_integer(&columns);
    row.alleged = column_integer(&columns) != 0;
    if (!viewer->sees_all && strcmp(row.party, viewer->party) != 0) {
        row.account[0] = '\0'; /* an allegement: the other's account is not the viewer's business */
    }
    row_instruction_write(writer, &row);
    return !columns.damaged;
}

static bool write_position(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                           struct bytes_writer *writer)
{
    (void)viewer;
    struct columns columns = {statement, 1, false};
    struct row_position row;
    memset(&row, 0, sizeof(row));
    COLUMN_TEXT(&columns, row.party);
    COLUMN_TEXT(&columns, row.account);
    COLUMN_TEXT(&columns, row.asset);
    row.decimals = column_u8(&columns);
    row.available = column_integer(&columns);
    row.blocked = column_integer(&columns);
    row.reserved = column_integer(&columns);
    row.earmarked = column_integer(&columns);
    row.pledged = column_integer(&columns);
    row.on_loan = column_integer(&columns);
    row_position_write(writer, &row);
    return !columns.damaged;
}

static bool write_asset(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                        struct bytes_writer *writer)
{
    (void)viewer;
    struct columns columns = {statement, 1, false};
    struct row_asset row;
    memset(&row, 0, sizeof(row));
    COLUMN_TEXT(&columns, row.asset);
    COLUMN_TEXT(&columns, row.issuer);
    row.cash = column_integer(&columns) != 0;
    row.decimals = column_u8(&columns);
    row.issued = column_integer(&columns);
    row.unit_minimum = column_integer(&columns);
    row.unit_multiple = column_integer(&columns);
    row_asset_write(writer, &row);
    return !columns.damaged;
}

static bool write_account(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                          struct bytes_writer *writer)
{
    (void)viewer;
    struct columns columns = {statement, 1, false};
    struct row_account row;
    memset(&row, 0, sizeof(row));
    COLUMN_TEXT(&columns, row.party);
    COLUMN_TEXT(&columns, row.account);
    row.cash = column_integer(&columns) != 0;
    row.blocked = column_integer(&columns) != 0;
    row_account_write(writer, &row);
    return !columns.damaged;
}

static bool write_party(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                        struct bytes_writer *writer)
{
    (void)viewer;
    struct columns columns = {statement, 1, false};
    struct row_party row;
    memset(&row, 0, sizeof(row));
    COLUMN_TEXT(&columns, row.party);
    COLUMN_TEXT(&columns, row.name);
    row.roles = (uint32_t)column_integer(&columns);
    row.blocked = column_integer(&columns) != 0;
    row_party_write(writer, &row);
    return !columns.damaged;
}

static bool write_event(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                        struct bytes_writer *writer)
{
    (void)viewer;
    struct columns columns = {statement, 1, false};
    struct row_event row;
    memset(&row, 0, sizeof(row));
    row.height = (uint64_t)column_integer(&columns);
    row.index = (uint32_t)column_integer(&columns);
    row.ledger_ms = (uint64_t)column_integer(&columns);
    COLUMN_TEXT(&columns, row.name);
    COLUMN_TEXT(&columns, row.party);
    COLUMN_TEXT(&columns, row.reference);
    COLUMN_TEXT(&columns, row.reason);
    COLUMN_TEXT(&columns, row.asset);
    COLUMN_TEXT(&columns, row.currency);
    row.quantity_decimals = column_u8(&columns);
    row.amount_decimals = column_u8(&columns);
    row.quantity = column_integer(&columns);
    row.amount = column_integer(&columns);
    row_event_write(writer, &row);
    return !columns.damaged;
}

/* A row of a form: behind the cursor there is one column for each of the form's. */
static bool write_cells(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                        struct bytes_writer *writer)
{
    (void)viewer;
    struct columns columns = {statement, 1, false};
    struct row_cells row;
    char text[CELL_SIZE];
    row_cells_begin(&row);
    while (columns.next < sqlite3_column_count(statement)) {
        COLUMN_TEXT(&columns, text);
        row_cells_add(&row, text);
    }
    if (columns.damaged || row.failed) {
        return false;
    }
    row_cells_write(writer, &row);
    return true;
}

/* ---- Queries ---------------------------------------------------------------------------- */

static void sql_add(char sql[SQL_SIZE], const char *piece)
{
    size_t size = strlen(sql);
    TALLY_ASSERT(size + strlen(piece) < SQL_SIZE);
    memcpy(sql + size, piece, strlen(piece) + 1);
}

/* Adds a piece if its filter is set and the list has it. */
static void sql_filter(char sql[SQL_SIZE], const char *piece, const char *value)
{
    if (value[0] != '\0' && piece != NULL) { /* an empty piece adds nothing */
        sql_add(sql, piece);
    }
}

/* Asking for somebody else's instructions by name shows what that party alleges. */
static const char *own_piece(const struct list_source *source,
                             const struct read_model_viewer *viewer,
                             const struct read_model_question *question)
{
    bool others =
        question->filter.party[0] != '\0' && strcmp(question->filter.party, viewer->party) != 0;
    return question->list == LIST_INSTRUCTIONS && others ? OWN_OR_ALLEGED : source->own;
}

static void sql_build(char sql[SQL_SIZE], const struct list_source *source,
                      const struct read_model_viewer *viewer,
                      const struct read_model_question *question)
{
    const struct list_filter *filter = &question->filter;
    sql[0] = '\0';
    sql_add(sql, source->select);
    if (!viewer->sees_all && source->own != NULL) {
        sql_add(sql, own_piece(source, viewer, question));
    }
    sql_filter(sql, source->party, filter->party);
    sql_filter(sql, source->account, filter->account);
    sql_filter(sql, source->asset, filter->asset);
    sql_filter(sql, source->reference, filter->reference);
    sql_filter(sql, source->status, filter->status);
    sql_filter(sql, source->reason, filter->reason);
    sql_filter(sql, source->date_from, filter->date_from);
    sql_filter(sql, source->date_to, filter->date_to);
    sql_add(sql, source->order);
}

static void bind_text(sqlite3_stmt *statement, enum parameter parameter, const char *text)
{
    /* A parameter that the query does not have answers SQLITE_RANGE: it is not needed. */
    (void)sqlite3_bind_text(statement, (int)parameter, text, -1, SQLITE_STATIC);
}

static void sql_bind(sqlite3_stmt *statement, const struct read_model_viewer *viewer,
                     const struct read_model_question *question)
{
    const struct list_filter *filter = &question->filter;
    bind_text(statement, PARAMETER_VIEWER, viewer->party);
    (void)sqlite3_bind_int64(statement, PARAMETER_CURSOR, (int64_t)question->cursor);
    (void)sqlite3_bind_int64(statement, PARAMETER_LIMIT, (int64_t)question->row_limit + 1);
    bind_text(statement, PARAMETER_PARTY, filter->party);
    bind_text(statement, PARAMETER_ACCOUNT, filter->account);
    bind_text(statement, PARAMETER_ASSET, filter->asset);
    bind_text(statement, PARAMETER_REFERENCE, filter->reference);
    bind_text(statement, PARAMETER_STATUS, filter->status);
    bind_text(statement, PARAMETER_REASON, filter->reason);
    bind_text(statement, PARAMETER_DATE_FROM, filter->date_from);
    bind_text(statement, PARAMETER_DATE_TO, filter->date_to);
}

/* Writes the rows of a prepared query until the limit, the end or the writer's capacity. */
static enum read_model_status rows_write(sqlite3_stmt *statement, const struct list_source *source,
                                         const struct read_model_viewer *viewer, uint16_t row_limit,
                                         struct bytes_writer *writer,
                                         struct read_model_answer *answer)
{
    uint64_t cursor = 0;
    int result = sqlite3_step(statement);
    while (result == SQLITE_ROW) {
        if (answer->row_count == row_limit) {
            answer->cursor_next = cursor;
            return READ_MODEL_OK;
        }
        struct bytes_writer before = *writer;
        if (!source->write(statement, viewer, writer)) {
            return READ_MODEL_DAMAGED;
        }
        if (writer->failed) {
            *writer = before;
            answer->cursor_next = cursor;
            return answer->row_count == 0 ? READ_MODEL_TOO_LARGE : READ_MODEL_OK;
        }
        cursor = (uint64_t)sqlite3_column_int64(statement, 0);
        answer->row_count += 1;
        result = sqlite3_step(statement);
    }
    return read_model_sql_status(result);
}

static enum read_model_status list_in_snapshot(struct read_model_reader *reader,
                                               const struct list_source *source,
                                               const struct read_model_viewer *viewer,
                                               const struct read_model_question *question,
                                               struct bytes_writer *writer,
                                               struct read_model_answer *answer)
{
    char sql[SQL_SIZE];
    int64_t height = 0;
    enum read_model_status status =
        read_model_sql_integer(reader->database, "SELECT height FROM model", 0, &height);
    if (status != READ_MODEL_OK) {
        return status;
    }
    answer->height = (uint64_t)height;
    sql_build(sql, source, viewer, question);
    sqlite3_stmt *statement = NULL;
    status = read_model_sql_status(sqlite3_prepare_v2(reader->database, sql, -1, &statement, NULL));
    if (status == READ_MODEL_OK) {
        sql_bind(statement, viewer, question);
        status = rows_write(statement, source, viewer, question->row_limit, writer, answer);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static enum read_model_status list_of_kind(struct read_model_reader *reader,
                                           const struct read_model_viewer *viewer,
                                           const struct read_model_question *question,
                                           struct bytes_writer *writer,
                                           struct read_model_answer *answer)
{
    const struct list_form *form = list_form_of(question->list);
    if (form == NULL) {
        return list_in_snapshot(reader, &sources[question->list], viewer, question, writer, answer);
    }
    struct read_model_form_query query;
    TALLY_ASSERT(!form->live);
    read_model_form_query(form, &query);
    const struct list_source source = {.select = query.select,
                                       .own = query.own,
                                       .party = query.party,
                                       .account = query.account,
                                       .asset = query.asset,
                                       .reference = query.reference,
                                       .status = query.status,
                                       .reason = query.reason,
                                       .date_from = query.date_from,
                                       .date_to = query.date_to,
                                       .order = " ORDER BY id LIMIT ?3",
                                       .write = write_cells};
    return list_in_snapshot(reader, &source, viewer, question, writer, answer);
}

enum read_model_status read_model_list(struct read_model_reader *reader,
                                       const struct read_model_viewer *viewer,
                                       const struct read_model_question *question,
                                       struct bytes_writer *writer,
                                       struct read_model_answer *answer)
{
    TALLY_ASSERT(question->list > 0 && question->list <= LIST_KIND_LAST);
    TALLY_ASSERT(question->row_limit > 0 && question->row_limit <= REQUEST_LIST_ROWS_MAX);
    memset(answer, 0, sizeof(*answer));
    if (question->cursor > INT64_MAX) {
        return READ_MODEL_OK; /* behind every row */
    }
    /* One transaction, so that the height belongs to the rows. */
    enum read_model_status status = read_model_sql_run(reader->database, "BEGIN");
    if (status != READ_MODEL_OK) {
        return status;
    }
    status = list_of_kind(reader, viewer, question, writer, answer);
    enum read_model_status ended = read_model_sql_run(reader->database, "COMMIT");
    return status != READ_MODEL_OK ? status : ended;
}

enum read_model_status read_model_reader_open(const char *path, struct read_model_reader **out)
{
    *out = NULL;
    struct read_model_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return READ_MODEL_FAILED;
    }
    int64_t version = 0;
    enum read_model_status status = read_model_sql_open(path, false, &reader->database);
    if (status == READ_MODEL_OK) {
        status = read_model_sql_integer(reader->database, "PRAGMA user_version", 0, &version);
    }
    if (status == READ_MODEL_OK && version != READ_MODEL_VERSION) {
        status = READ_MODEL_FORMAT;
    }
    if (status != READ_MODEL_OK) {
        read_model_reader_close(reader);
        return status;
    }
    *out = reader;
    return READ_MODEL_OK;
}

void read_model_reader_close(struct read_model_reader *reader)
{
    if (reader != NULL) {
        (void)sqlite3_close(reader->database);
        free(reader);
    }
}
