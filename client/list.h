/*
 * client/list.h - the lists whose rows are texts under named columns.
 *
 * Problem. Operations staff want lists of many things: drafts, restrictions, limits, links, a day's
 * events, an instruction's history. Each has to be kept in the read model, filtered by who asks,
 * carried over the wire and shown as a table, JSON or CSV, and all four must agree.
 *
 * Rule. A list of this kind is one form: its name and its columns. The read model's table, the
 * query, the encoding and what the command line shows are all made from it. A column says what it
 * holds and what it is for:
 *
 *     PARTY       whose row it is: that party sees it; --bic chooses by it
 *     OTHER       another party whose business it is as well: it sees the row, too
 *     ACCOUNT, ASSET, REFERENCE, STATUS, REASON, DATE   the request's filter of that name
 *
 * A form without PARTY is everybody's. Who reads all sees every row of every list. Numbers are
 * decimal texts in the asset's own decimals, so that no reader rounds them; instants are ISO 8601
 * in UTC, days YYYY-MM-DD.
 *
 * Example. Of the list of drafts the party SELLFRPPXXX is sent those whose party is SELLFRPPXXX.
 */
#ifndef TALLY_CLIENT_LIST_H
#define TALLY_CLIENT_LIST_H

#include "client/request.h"

#define LIST_COLUMNS_MAX 24u

/* What a column holds. */
enum list_value {
    LIST_TEXT,
    LIST_INTEGER, /* whole; counts, heights */
    LIST_DECIMAL, /* a quantity or amount in the asset's decimals */
};

/* What a column is for. */
enum list_role {
    LIST_ROLE_NONE,
    LIST_ROLE_PARTY,
    LIST_ROLE_OTHER,
    LIST_ROLE_ACCOUNT,
    LIST_ROLE_ASSET,
    LIST_ROLE_REFERENCE,
    LIST_ROLE_STATUS,
    LIST_ROLE_REASON,
    LIST_ROLE_DATE,
};

struct list_column {
    const char *name; /* in SQL, JSON and CSV alike */
    enum list_value value;
    enum list_role role;
};

struct list_form {
    enum list_kind kind;
    const char *name; /* plural; the read model's table */
    const struct list_column *columns;
    unsigned column_count;
    bool live; /* made when it is asked for: the read model has no table of it */
};

/* The form at an index, NULL beyond the last. */
const struct list_form *list_form_at(unsigned index);
/* The form of a kind; NULL when its rows have a layout of their own (row.h). */
const struct list_form *list_form_of(enum list_kind kind);
/* The first column with a role; column_count when there is none. */
unsigned list_form_column(const struct list_form *form, enum list_role role);

#endif
