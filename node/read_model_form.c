#include "node/read_model_form.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

/* Appends to a text of `size` bytes that has room for it. */
__attribute__((format(printf, 3, 4))) static void add(char *sql, size_t size, const char *format,
                                                      ...)
{
    size_t used = strlen(sql);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sql + used, size - used, format, arguments);
    va_end(arguments);
    TALLY_ASSERT(length >= 0 && (size_t)length < size - used);
}

#define ADD(sql, ...) add(sql, READ_MODEL_FORM_SQL_SIZE, __VA_ARGS__)

static const char *column_of(const struct list_form *form, enum list_role role)
{
    unsigned column = list_form_column(form, role);
    return column == form->column_count ? NULL : form->columns[column].name;
}

void read_model_form_schema(const struct list_form *form, char sql[READ_MODEL_FORM_SQL_SIZE])
{
    const char *party = column_of(form, LIST_ROLE_PARTY);
    const char *reference = column_of(form, LIST_ROLE_REFERENCE);
    sql[0] = '\0';
    ADD(sql, "CREATE TABLE \"%s\" (id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE",
        form->name);
    for (unsigned i = 0; i < form->column_count; i++) {
        ADD(sql, ", \"%s\" %s NOT NULL", form->columns[i].name,
            form->columns[i].value == LIST_INTEGER ? "INTEGER" : "TEXT");
    }
    ADD(sql, ");");
    if (party != NULL && reference != NULL) {
        ADD(sql, "CREATE INDEX \"%s_reference\" ON \"%s\" (\"%s\", \"%s\");", form->name,
            form->name, party, reference);
    }
}

void read_model_form_put(const struct list_form *form, char sql[READ_MODEL_FORM_SQL_SIZE])
{
    sql[0] = '\0';
    ADD(sql, "INSERT INTO \"%s\" (key", form->name);
    for (unsigned i = 0; i < form->column_count; i++) {
        ADD(sql, ", \"%s\"", form->columns[i].name);
    }
    ADD(sql, ") VALUES (?1");
    for (unsigned i = 0; i < form->column_count; i++) {
        ADD(sql, ", ?%u", i + 2);
    }
    ADD(sql, ") ON CONFLICT (key) DO UPDATE SET ");
    for (unsigned i = 0; i < form->column_count; i++) {
        ADD(sql, "%s\"%s\" = ?%u", i == 0 ? "" : ", ", form->columns[i].name, i + 2);
    }
}

void read_model_form_remove(const struct list_form *form, char sql[READ_MODEL_FORM_SQL_SIZE])
{
    sql[0] = '\0';
    ADD(sql, "DELETE FROM \"%s\" WHERE key >= ?1 AND key < ?2", form->name);
}

static void piece(const struct list_form *form, enum list_role role, const char *format,
                  char out[READ_MODEL_FORM_PIECE_SIZE])
{
    const char *column = column_of(form, role);
    out[0] = '\0';
    if (column != NULL) {
        const char *mark = strchr(format, '@');
        add(out, READ_MODEL_FORM_PIECE_SIZE, "%.*s\"%s\"%s", (int)(mark - format), format, column,
            mark + 1);
    }
}

void read_model_form_query(const struct list_form *form, struct read_model_form_query *query)
{
    const char *party = column_of(form, LIST_ROLE_PARTY);
    const char *other = column_of(form, LIST_ROLE_OTHER);
    query->select[0] = '\0';
    ADD(query->select, "SELECT id");
    for (unsigned i = 0; i < form->column_count; i++) {
        ADD(query->select, ", \"%s\"", form->columns[i].name);
    }
    ADD(query->select, " FROM \"%s\" WHERE id > ?2", form->name);
    query->own[0] = '\0';
    if (party != NULL && other != NULL) {
        add(query->own, sizeof query->own, " AND (\"%s\" = ?1 OR \"%s\" = ?1)", party, other);
    } else if (party != NULL) {
        add(query->own, sizeof query->own, " AND \"%s\" = ?1", party);
    }
    piece(form, LIST_ROLE_PARTY, " AND @ = ?4", query->party);
    piece(form, LIST_ROLE_ACCOUNT, " AND @ = ?5", query->account);
    piece(form, LIST_ROLE_ASSET, " AND @ = ?6", query->asset);
    piece(form, LIST_ROLE_REFERENCE, " AND @ = ?7", query->reference);
    piece(form, LIST_ROLE_STATUS, " AND @ = ?8", query->status);
    piece(form, LIST_ROLE_REASON, " AND @ = ?9", query->reason);
    piece(form, LIST_ROLE_DATE, " AND substr(@, 1, 10) >= ?10", query->date_from);
    piece(form, LIST_ROLE_DATE, " AND substr(@, 1, 10) <= ?11", query->date_to);
}
