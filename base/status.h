/*
 * status.h: declare what can go wrong in the world once, and get its name, text and hint with it.
 *
 * Problem. An error number, the sentence shown to a person and the remedy drift apart when they
 * are kept in three places.
 *
 * Rule. A module lists its statuses in one X-macro, success first. Numbers are given by position
 * and are for this process only: what the ledger records is a numbered outcome, not a status.
 *
 *     // file.h
 *     #define FILE_STATUS_LIST(X)                                                          \
 *         X(FILE_OK, "done", "")                                                           \
 *         X(FILE_FULL, "the disk is full", "free space on the data volume and restart")
 *     STATUS_DECLARE(file_status, FILE_STATUS_LIST);
 *     TALLY_MUST_CHECK enum file_status file_sync(struct file *file);
 *
 *     // file.c
 *     STATUS_DEFINE(file_status, FILE_STATUS_LIST)
 *
 *     file_status_name(FILE_FULL)  ->  "FILE_FULL"
 *     file_status_text(FILE_FULL)  ->  "the disk is full"
 *     file_status_hint(FILE_FULL)  ->  "free space on the data volume and restart"
 *
 * The three functions return static strings, never NULL, also for a number out of range.
 */
#ifndef TALLY_BASE_STATUS_H
#define TALLY_BASE_STATUS_H

#include "base/assert.h" /* TALLY_MUST_CHECK */

/* Expands one row of a status list to an enumerator. */
#define STATUS_ENUMERATOR(symbol, text, hint) symbol,
/* Expand one row to the case that returns its name, text or hint. */
#define STATUS_NAME_CASE(symbol, text, hint) \
    case symbol:                             \
        return #symbol;
#define STATUS_TEXT_CASE(symbol, text, hint) \
    case symbol:                             \
        return text;
#define STATUS_HINT_CASE(symbol, text, hint) \
    case symbol:                             \
        return hint;

/* Declares `enum NAME` and the functions NAME_name, NAME_text and NAME_hint. Ends with no `;`. */
#define STATUS_DECLARE(NAME, LIST)             \
    enum NAME {                                \
        LIST(STATUS_ENUMERATOR)                \
    };                                         \
    const char *NAME##_name(enum NAME status); \
    const char *NAME##_text(enum NAME status); \
    const char *NAME##_hint(enum NAME status)

/* Defines one of the three functions of a status enum. */
#define STATUS_DEFINE_FUNCTION(NAME, LIST, FIELD, CASE, OTHERWISE) \
    const char *NAME##_##FIELD(enum NAME status)                   \
    {                                                              \
        switch (status) {                                          \
            LIST(CASE)                                             \
        }                                                          \
        return OTHERWISE;                                          \
    }

/* Defines the functions that STATUS_DECLARE declared. */
#define STATUS_DEFINE(NAME, LIST)                                                \
    STATUS_DEFINE_FUNCTION(NAME, LIST, name, STATUS_NAME_CASE, "UNKNOWN")        \
    STATUS_DEFINE_FUNCTION(NAME, LIST, text, STATUS_TEXT_CASE, "unknown status") \
    STATUS_DEFINE_FUNCTION(NAME, LIST, hint, STATUS_HINT_CASE, "report this as a defect")

#endif
