/*
 * read_model.c: the feeding half of read_model.h. Statements are prepared once and hold no text but
 * what stands here; every value is bound.
 */
#include "node/read_model.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/values/outcome.h"
#include "node/read_model_form.h"
#include "node/read_model_sql.h"

STATUS_DEFINE(read_model_status, READ_MODEL_STATUS_LIST)

enum {
    BUSY_TIMEOUT_MS = 2000,
    FORMS_MAX = 24
};

static const char schema[] =
    "CREATE TABLE model (chain BLOB NOT NULL, height INTEGER NOT NULL, ledger_ms INTEGER NOT NULL);"
    "CREATE TABLE parties (id INTEGER PRIMARY KEY, party TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " roles INTEGER NOT NULL, blocked INTEGER NOT NULL);"
    "CREATE TABLE assets (id INTEGER PRIMARY KEY, asset TEXT NOT NULL UNIQUE, issuer TEXT NOT NULL,"
    " cash INTEGER NOT NULL, decimals INTEGER NOT NULL, issued INTEGER NOT NULL,"
    " unit_minimum INTEGER NOT NULL, unit_multiple INTEGER NOT NULL);"
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, party TEXT NOT NULL, account TEXT NOT NULL,"
    " cash INTEGER NOT NULL, blocked INTEGER NOT NULL, UNIQUE (party, account));"
    "CREATE TABLE positions (id INTEGER PRIMARY KEY, party TEXT NOT NULL, account TEXT NOT NULL,"
    " asset TEXT NOT NULL, decimals INTEGER NOT NULL, available INTEGER NOT NULL,"
    " blocked INTEGER NOT NULL, reserved INTEGER NOT NULL, earmarked INTEGER NOT NULL,"
    " pledged INTEGER NOT NULL, on_loan INTEGER NOT NULL, UNIQUE (party, account, asset));"
    "CREATE INDEX positions_asset ON positions (asset);"
    "CREATE TABLE instructions (sequence INTEGER PRIMARY KEY, party TEXT NOT NULL,"
    " reference TEXT NOT NULL, counterparty TEXT NOT NULL, account TEXT NOT NULL,"
    " asset TEXT NOT NULL, movement TEXT NOT NULL, payment TEXT NOT NULL, currency TEXT NOT NULL,"
    " trade_date TEXT NOT NULL, settlement_date TEXT NOT NULL, status TEXT NOT NULL,"
    " reason TEXT NOT NULL, actor INTEGER NOT NULL, quantity_decimals INTEGER NOT NULL,"
    " amount_decimals INTEGER NOT NULL, quantity INTEGER NOT NULL,"
    " quantity_settled INTEGER NOT NULL, amount INTEGER NOT NULL,"
    " amount_settled INTEGER NOT NULL, since_height INTEGER NOT NULL, since_ms INTEGER NOT NULL,"
    " alleged INTEGER NOT NULL);"
    "CREATE INDEX instructions_reference ON instructions (party, reference);"
    "CREATE INDEX instructions_counterparty ON instructions (counterparty, status);"
    "CREATE INDEX instructions_status ON instructions (status, settlement_date);"
    "CREATE TABLE reasons (reason TEXT PRIMARY KEY, meaning TEXT NOT NULL);"
    "CREATE TABLE events (id INTEGER PRIMARY KEY, height INTEGER NOT NULL, place INTEGER NOT NULL,"
    " ledger_ms INTEGER NOT NULL, name TEXT NOT NULL, party TEXT NOT NULL,"
    " reference TEXT NOT NULL, reason TEXT NOT NULL, asset TEXT NOT NULL, currency TEXT NOT NULL,"
    " quantity_decimals INTEGER NOT NULL, amount_decimals INTEGER NOT NULL,"
    " quantity INTEGER NOT NULL, amount INTEGER NOT NULL,"
    " UNIQUE (height, place, party, reference));"
    "CREATE INDEX events_reference ON events (party, reference);";

enum statement {
    PUT_PARTY,
    PUT_ASSET,
    PUT_ACCOUNT,
    PUT_POSITION,
    PUT_INSTRUCTION,
    PUT_EVENT,
    SET_HEIGHT,
    STATEMENT_COUNT,
};

static const char *const statements[STATEMENT_COUNT] = {
    [PUT_PARTY] = "INSERT INTO parties (party, name, roles, blocked) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT (party) DO UPDATE SET name = ?2, roles = ?3, blocked = ?4",
    [PUT_ASSET] = "INSERT INTO assets (asset, issuer, cash, decimals, issued, unit_minimum,"
                  " unit_multiple) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (asset)"
                  " DO UPDATE SET issuer = ?2, cash = ?3, decimals = ?4, issued = ?5,"
                  " unit_minimum = ?6, unit_multiple = ?7",
    [PUT_ACCOUNT] = "INSERT INTO accounts (party, account, cash, blocked) VALUES (?1, ?2, ?3, ?4)"
                    " ON CONFLICT (party, account) DO UPDATE SET cash = ?3, blocked = ?4",
    [PUT_POSITION] =
        "INSERT INTO positions (party, account, asset, decimals, available, blocked, reserved,"
        " earmarked, pledged, on_loan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        " ON CONFLICT (party, account, asset) DO UPDATE SET decimals = ?4, available = ?5,"
        " blocked = ?6, reserved = ?7, earmarked = ?8, pledged = ?9, on_loan = ?10",
    [PUT_INSTRUCTION] =
        "INSERT OR REPLACE INTO instructions (sequence, party, reference, counterparty, account,"
        " asset, movement, payment, currency, trade_date, settlement_date, status, reason, actor,"
        " quantity_decimals, amount_decimals, quantity, quantity_settled, amount, amount_settled,"
        " since_height, since_ms, alleged) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
        "?12, ?13,"
        " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
    [PUT_EVENT] =
        "INSERT OR REPLACE INTO events (height, place, ledger_ms, name, party, reference, reason,"
        " asset, currency, quantity_decimals, amount_decimals, quantity, amount)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [SET_HEIGHT] = "UPDATE model SET height = ?1, ledger_ms = ?2",
};

struct read_model {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    sqlite3_stmt *form_put[FORMS_MAX]; /* by the form's index */
    sqlite3_stmt *form_remove[FORMS_MAX];
    uint64_t height;       /* taken in */
    uint64_t height_begun; /* 0: no block is being fed */
    uint64_t ledger_ms;
    enum read_model_status failure; /* the first of this block */
};

/* ---- SQLite ----------------------------------------------------------------------------- */

enum read_model_status read_model_sql_status(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return READ_MODEL_OK;
    case SQLITE_FULL:
        return READ_MODEL_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return READ_MODEL_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return READ_MODEL_DAMAGED;
    default:
        return READ_MODEL_FAILED;
    }
}

enum read_model_status read_model_sql_run(sqlite3 *database, const char *sql)
{
    return read_model_sql_status(sqlite3_exec(database, sql, NULL, NULL, NULL));
}

enum read_model_status read_model_sql_integer(sqlite3 *database, const char *sql, int64_t otherwise,
                                              int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    *value = otherwise;
    int result = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        *value = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return read_model_sql_status(result);
}

enum read_model_status read_model_sql_open(const char *path, bool writing, sqlite3 **database)
{
    /* One thread at a time feeds; readers may share a connection. */
    int flags = writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
                        : SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX;
    int result = sqlite3_open_v2(path, database, flags, NULL);
    if (result == SQLITE_OK) {
        (void)sqlite3_busy_timeout(*database, BUSY_TIMEOUT_MS);
        (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(*database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        (void)sqlite3_extended_result_codes(*database, 1);
        return READ_MODEL_OK;
    }
    (void)sqlite3_close(*database);
    *database = NULL;
    return read_model_sql_status(result);
}

/* ---- Life ------------------------------------------------------------------------------- */

static enum read_model_status forms_make(sqlite3 *database)
{
    enum read_model_status status = READ_MODEL_OK;
    const struct list_form *form;
    for (unsigned i = 0; status == READ_MODEL_OK && (form = list_form_at(i)) != NULL; i++) {
        char sql[READ_MODEL_FORM_SQL_SIZE];
        if (form->live) {
            continue;
        }
        read_model_form_schema(form, sql);
        status = read_model_sql_run(database, sql);
    }
    return status;
}

/* Every reason in words, for whoever reads the file with SQL. */
static enum read_model_status reasons_make(sqlite3 *database)
{
    sqlite3_stmt *statement = NULL;
    int result =
        sqlite3_prepare_v2(database, "INSERT INTO reasons VALUES (?1, ?2)", -1, &statement, NULL);
    for (unsigned i = 1; result == SQLITE_OK && i <= UINT8_MAX; i++) {
        enum reason reason = (enum reason)i;
        if (reason_code(reason)[0] != '\0') {
            (void)sqlite3_bind_text(statement, 1, reason_code(reason), -1, SQLITE_STATIC);
            (void)sqlite3_bind_text(statement, 2, reason_text(reason), -1, SQLITE_STATIC);
            result =
                sqlite3_step(statement) == SQLITE_DONE ? sqlite3_reset(statement) : SQLITE_ERROR;
        }
    }
    (void)sqlite3_finalize(statement);
    return read_model_sql_status(result);
}

/* Makes the tables in an empty file, in one transaction. */
static enum read_model_status model_make(sqlite3 *database, const struct hash *chain_id)
{
    enum read_model_status status = read_model_sql_run(database, "BEGIN IMMEDIATE");
    if (status == READ_MODEL_OK) {
        status = read_model_sql_run(database, schema);
    }
    if (status == READ_MODEL_OK) {
        status = forms_make(database);
    }
    if (status == READ_MODEL_OK) {
        status = reasons_make(database);
    }
    sqlite3_stmt *statement = NULL;
    int result = SQLITE_OK;
    if (status == READ_MODEL_OK) {
        result = sqlite3_prepare_v2(database, "INSERT INTO model VALUES (?1, 0, 0)", -1, &statement,
                                    NULL);
    }
    if (status == READ_MODEL_OK && result == SQLITE_OK) {
        (void)sqlite3_bind_blob(statement, 1, chain_id->bytes, HASH_SIZE, SQLITE_STATIC);
        result = sqlite3_step(statement);
    }
    (void)sqlite3_finalize(statement);
    if (status == READ_MODEL_OK) {
        status = read_model_sql_status(result);
    }
    _Static_assert(READ_MODEL_VERSION == 4, "user_version below");
    if (status == READ_MODEL_OK) {
        status = read_model_sql_run(database, "PRAGMA user_version = 4");
    }
    return status == READ_MODEL_OK ? read_model_sql_run(database, "COMMIT") : status;
}

/* Whether the file's model row names this chain. */
static enum read_model_status model_chain(sqlite3 *database, const struct hash *chain_id)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(database, "SELECT chain FROM model", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    bool ours = result == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == HASH_SIZE &&
                memcmp(sqlite3_column_blob(statement, 0), chain_id->bytes, HASH_SIZE) == 0;
    (void)sqlite3_finalize(statement);
    enum read_model_status status = read_model_sql_status(result);
    return status == READ_MODEL_OK && !ours ? READ_MODEL_FORMAT : status;
}

static enum read_model_status forms_prepare(struct read_model *model)
{
    enum read_model_status status = READ_MODEL_OK;
    const struct list_form *form;
    for (unsigned i = 0; status == READ_MODEL_OK && (form = list_form_at(i)) != NULL; i++) {
        char sql[READ_MODEL_FORM_SQL_SIZE];
        TALLY_ASSERT(i < FORMS_MAX);
        if (form->live) {
            continue;
        }
        read_model_form_put(form, sql);
        int result = sqlite3_prepare_v3(model->database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &model->form_put[i], NULL);
        if (result == SQLITE_OK) {
            read_model_form_remove(form, sql);
            result = sqlite3_prepare_v3(model->database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &model->form_remove[i], NULL);
        }
        status = read_model_sql_status(result);
    }
    return status;
}

static enum read_model_status model_prepare(struct read_model *model, const struct hash *chain_id)
{
    int64_t version = 0;
    int64_t tables = 0;
    int64_t height = 0;
    sqlite3 *database = model->database;
    /* Losing the last blocks in a power cut is fine (they are fed again); damage is not. The pages
     * that a block touches, index pages all over, must fit the cache (KiB): else they are written
     * more than once a block. The log goes into the file when it has some blocks (pages). */
    enum read_model_status status = read_model_sql_run(
        database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                  "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8192");
    if (status == READ_MODEL_OK) {
        status = read_model_sql_integer(database, "PRAGMA user_version", 0, &version);
    }
    if (status == READ_MODEL_OK) {
        status = read_model_sql_integer(database, "SELECT count(*) FROM sqlite_schema", 0, &tables);
    }
    if (status == READ_MODEL_OK && version == 0 && tables == 0) {
        status = model_make(database, chain_id);
    } else if (status == READ_MODEL_OK && version != READ_MODEL_VERSION) {
        status = READ_MODEL_FORMAT;
    }
    if (status == READ_MODEL_OK) {
        status = model_chain(database, chain_id);
    }
    if (status == READ_MODEL_OK) {
        status = read_model_sql_integer(database, "SELECT height FROM model", 0, &height);
    }
    model->height = (uint64_t)height;
    for (size_t i = 0; status == READ_MODEL_OK && i < STATEMENT_COUNT; i++) {
        status = read_model_sql_status(sqlite3_prepare_v3(
            database, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &model->statements[i], NULL));
    }
    return status == READ_MODEL_OK ? forms_prepare(model) : status;
}

enum read_model_status read_model_open(const char *path, const struct hash *chain_id,
                                       struct read_model **out)
{
    *out = NULL;
    struct read_model *model = calloc(1, sizeof(*model));
    if (model == NULL) {
        return READ_MODEL_FAILED;
    }
    enum read_model_status status = read_model_sql_open(path, true, &model->database);
    if (status == READ_MODEL_OK) {
        status = model_prepare(model, chain_id);
    }
    if (status != READ_MODEL_OK) {
        read_model_close(model);
        return status;
    }
    *out = model;
    return READ_MODEL_OK;
}

void read_model_close(struct read_model *model)
{
    if (model == NULL) {
        return;
    }
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(model->statements[i]);
    }
    for (size_t i = 0; i < FORMS_MAX; i++) {
        (void)sqlite3_finalize(model->form_put[i]);
        (void)sqlite3_finalize(model->form_remove[i]);
    }
    (void)sqlite3_close(model->database);
    free(model);
}

uint64_t read_model_height(const struct read_model *model)
{
    return model->height;
}

/* ---- Feeding ---------------------------------------------------------------------------- */

enum read_model_status read_model_begin(struct read_model *model, uint64_t height,
                                        uint64_t ledger_ms)
{
    TALLY_ASSERT(model->height_begun == 0);
    TALLY_ASSERT(height > model->height);
    TALLY_ASSERT(height <= INT64_MAX);
    enum read_model_status status = read_model_sql_run(model->database, "BEGIN IMMEDIATE");
    if (status == READ_MODEL_OK) {
        model->height_begun = height;
        model->ledger_ms = ledger_ms;
        model->failure = READ_MODEL_OK;
    }
    return status;
}

/* Binds the parameters of one statement one after the other. */
struct binder {
    sqlite3_stmt *statement;
    int next;
};

static struct binder binder_of(const struct read_model *model, enum statement statement)
{
    TALLY_ASSERT(model->height_begun != 0);
    return (struct binder){model->statements[statement], 1};
}

static void bind_text(struct binder *binder, const char *text)
{
    (void)sqlite3_bind_text(binder->statement, binder->next++, text, -1, SQLITE_STATIC);
}

static void bind_integer(struct binder *binder, int64_t value)
{
    (void)sqlite3_bind_int64(binder->statement, binder->next++, value);
}

/* Runs the bound statement. The row's texts are borrowed until here. */
static void binder_run(struct read_model *model, struct binder *binder)
{
    TALLY_ASSERT(binder->next == sqlite3_bind_parameter_count(binder->statement) + 1);
    enum read_model_status status = model->failure;
    if (status == READ_MODEL_OK) {
        status = read_model_sql_status(sqlite3_step(binder->statement));
    }
    model->failure = status;
    (void)sqlite3_reset(binder->statement);
    (void)sqlite3_clear_bindings(binder->statement);
}

void read_model_put_party(struct read_model *model, const struct row_party *row)
{
    struct binder binder = binder_of(model, PUT_PARTY);
    bind_text(&binder, row->party);
    bind_text(&binder, row->name);
    bind_integer(&binder, row->roles);
    bind_integer(&binder, row->blocked);
    binder_run(model, &binder);
}

void read_model_put_asset(struct read_model *model, const struct row_asset *row)
{
    struct binder binder = binder_of(model, PUT_ASSET);
    bind_text(&binder, row->asset);
    bind_text(&binder, row->issuer);
    bind_integer(&binder, row->cash);
    bind_integer(&binder, row->decimals);
    bind_integer(&binder, row->issued);
    bind_integer(&binder, row->unit_minimum);
    bind_integer(&binder, row->unit_multiple);
    binder_run(model, &binder);
}

void read_model_put_account(struct read_model *model, const struct row_account *row)
{
    struct binder binder = binder_of(model, PUT_ACCOUNT);
    bind_text(&binder, row->party);
    bind_text(&binder, row->account);
    bind_integer(&binder, row->cash);
    bind_integer(&binder, row->blocked);
    binder_run(model, &binder);
}

void read_model_put_position(struct read_model *model, const struct row_position *row)
{
    struct binder binder = binder_of(model, PUT_POSITION);
    bind_text(&binder, row->party);
    bind_text(&binder, row->account);
    bind_text(&binder, row->asset);
    bind_integer(&binder, row->decimals);
    bind_integer(&binder, row->available);
    bind_integer(&binder, row->blocked);
    bind_integer(&binder, row->reserved);
    bind_integer(&binder, row->earmarked);
    bind_integer(&binder, row->pledged);
    bind_integer(&binder, row->on_loan);
    binder_run(model, &binder);
}

void read_model_put_instruction(struct read_model *model, const struct row_instruction *row)
{
    struct binder binder = binder_of(model, PUT_INSTRUCTION);
    bind_integer(&binder, (int64_t)row->sequence);
    bind_text(&binder, row->party);
    bind_text(&binder, row->reference);
    bind_text(&binder, row->counterparty);
    bind_text(&binder, row->account);
    bind_text(&binder, row->asset);
    bind_text(&binder, row->movement);
    bind_text(&binder, row->payment);
    bind_text(&binder, row->currency);
    bind_text(&binder, row->trade_date);
    bind_text(&binder, row->settlement_date);
    bind_text(&binder, row->status);
    bind_text(&binder, row->reason);
    bind_integer(&binder, row->actor);
    bind_integer(&binder, row->quantity_decimals);
    bind_integer(&binder, row->amount_decimals);
    bind_integer(&binder, row->quantity);
    bind_integer(&binder, row->quantity_settled);
    bind_integer(&binder, row->amount);
    bind_integer(&binder, row->amount_settled);
    bind_integer(&binder, (int64_t)row->since_height);
    bind_integer(&binder, (int64_t)row->since_ms);
    bind_integer(&binder, row->alleged);
    binder_run(model, &binder);
}

void read_model_add_event(struct read_model *model, const struct row_event *row)
{
    struct binder binder = binder_of(model, PUT_EVENT);
    bind_integer(&binder, (int64_t)row->height);
    bind_integer(&binder, row->index);
    bind_integer(&binder, (int64_t)row->ledger_ms);
    bind_text(&binder, row->name);
    bind_text(&binder, row->party);
    bind_text(&binder, row->reference);
    bind_text(&binder, row->reason);
    bind_text(&binder, row->asset);
    bind_text(&binder, row->currency);
    bind_integer(&binder, row->quantity_decimals);
    bind_integer(&binder, row->amount_decimals);
    bind_integer(&binder, row->quantity);
    bind_integer(&binder, row->amount);
    binder_run(model, &binder);
}

/* The place of a kind among the forms. */
static unsigned form_index(enum list_kind kind)
{
    const struct list_form *form;
    unsigned i = 0;
    while ((form = list_form_at(i)) != NULL && form->kind != kind) {
        i++;
    }
    TALLY_ASSERT(form != NULL);
    return i;
}

void read_model_put_cells(struct read_model *model, enum list_kind kind, uint64_t key,
                          const struct row_cells *row)
{
    unsigned form = form_index(kind);
    TALLY_ASSERT(model->height_begun != 0);
    TALLY_ASSERT(row->count == list_form_at(form)->column_count);
    struct binder binder = {model->form_put[form], 1};
    bind_integer(&binder, (int64_t)key);
    for (unsigned i = 0; i < row->count; i++) {
        bind_text(&binder, row_cells_at(row, i));
    }
    binder_run(model, &binder);
}

void read_model_remove_cells(struct read_model *model, enum list_kind kind, uint64_t first,
                             uint64_t end)
{
    TALLY_ASSERT(model->height_begun != 0);
    struct binder binder = {model->form_remove[form_index(kind)], 1};
    bind_integer(&binder, (int64_t)first);
    bind_integer(&binder, (int64_t)end);
    binder_run(model, &binder);
}

void read_model_abandon(struct read_model *model)
{
    if (model->height_begun != 0) {
        enum read_model_status ignored = read_model_sql_run(model->database, "ROLLBACK");
        (void)ignored;
        model->height_begun = 0;
    }
}

enum read_model_status read_model_commit(struct read_model *model)
{
    struct binder binder = binder_of(model, SET_HEIGHT);
    bind_integer(&binder, (int64_t)model->height_begun);
    bind_integer(&binder, (int64_t)model->ledger_ms);
    binder_run(model, &binder);
    if (model->failure == READ_MODEL_OK) {
        model->failure = read_model_sql_run(model->database, "COMMIT");
    }
    if (model->failure != READ_MODEL_OK) {
        read_model_abandon(model);
        return model->failure;
    }
    model->height = model->height_begun;
    model->height_begun = 0;
    return READ_MODEL_OK;
}
