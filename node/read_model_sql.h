/*
 * read_model_sql.h: what the feeding and the asking half of the read model share of SQLite.
 *
 * Private to node/read_model*.c.
 */
#ifndef TALLY_NODE_READ_MODEL_SQL_H
#define TALLY_NODE_READ_MODEL_SQL_H

#include <sqlite3.h>
#include <stdint.h>

#include "node/read_model.h"

#define READ_MODEL_VERSION 4

/* Opens the file and sets what every connection needs. On an error *database is NULL. */
TALLY_MUST_CHECK enum read_model_status read_model_sql_open(const char *path, bool writing,
                                                            sqlite3 **database);

/* What a result code of SQLite means for us; SQLITE_OK, SQLITE_ROW and SQLITE_DONE are fine. */
enum read_model_status read_model_sql_status(int result);

/* Runs statements without parameters or results. */
TALLY_MUST_CHECK enum read_model_status read_model_sql_run(sqlite3 *database, const char *sql);

/* Reads one integer: the first column of the first row, or `otherwise` if there is no row. */
TALLY_MUST_CHECK enum read_model_status read_model_sql_integer(sqlite3 *database, const char *sql,
                                                               int64_t otherwise, int64_t *value);

#endif
