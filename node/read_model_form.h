/*
 * node/read_model_form.h - SQL for the lists of client/list.h
 *
 * Rule. Each form is a table of its name: `id`, which orders the list, `key`, which is the feeder's
 * name for the row, and the form's columns. All statements are made here from the form; what is
 * fed or asked is only ever bound to parameters.
 *
 *     put     ?1 key, ?2 .. the columns
 *     remove  keys from ?1 on, below ?2
 *     select  ?1 viewer, ?2 cursor, ?3 limit, ?4 .. ?11 filters, as in read_model_list.c
 *
 * Private to node/read_model*.c.
 */
#ifndef TALLY_NODE_READ_MODEL_FORM_H
#define TALLY_NODE_READ_MODEL_FORM_H

#include "client/list.h"

#define READ_MODEL_FORM_SQL_SIZE   2048u
#define READ_MODEL_FORM_PIECE_SIZE 96u

/* The statements that make the table and its indexes. */
void read_model_form_schema(const struct list_form *form, char sql[READ_MODEL_FORM_SQL_SIZE]);
/* The statement that puts a row, and the one that removes it. */
void read_model_form_put(const struct list_form *form, char sql[READ_MODEL_FORM_SQL_SIZE]);
void read_model_form_remove(const struct list_form *form, char sql[READ_MODEL_FORM_SQL_SIZE]);

/* The pieces of a query; a piece that the form has no column for is empty. */
struct read_model_form_query {
    char select[READ_MODEL_FORM_SQL_SIZE];
    char own[READ_MODEL_FORM_PIECE_SIZE];
    char party[READ_MODEL_FORM_PIECE_SIZE];
    char account[READ_MODEL_FORM_PIECE_SIZE];
    char asset[READ_MODEL_FORM_PIECE_SIZE];
    char reference[READ_MODEL_FORM_PIECE_SIZE];
    char status[READ_MODEL_FORM_PIECE_SIZE];
    char reason[READ_MODEL_FORM_PIECE_SIZE];
    char date_from[READ_MODEL_FORM_PIECE_SIZE];
    char date_to[READ_MODEL_FORM_PIECE_SIZE];
};

/* Makes them. */
void read_model_form_query(const struct list_form *form, struct read_model_form_query *query);

#endif
