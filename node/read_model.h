/*
 * read_model.h: lists for people, in SQLite.
 *
 * The ledger answers one question at a time, with a proof. "All my failing deliveries of next week"
 * is another kind of question; it is answered from here. The read model is a projection: it is fed
 * block by block with what changed, never asked by a core, and can be deleted at any time, since it
 * is rebuilt from the ledger's records and the stored blocks. Any SQL tool may read the file beside
 * the node (docs/data-storage.md has the schema).
 *
 * Feeding. One transaction per block carries its rows and its height, so a crash leaves whole
 * blocks: read_model_height says where to go on.
 *
 *     read_model_begin(model, height, ledger_ms);
 *     read_model_put_position(model, &row);          the row as it is now, replacing the old one
 *     read_model_add_event(model, &event);           what happened, kept for ever
 *     read_model_commit(model);
 *
 * Asking. A viewer is a party or sees everything (auditor, operator). A party sees its own
 * instructions, positions, accounts and events. An unmatched instruction of somebody else that
 * was alleged to it is shown to it among the exceptions, and among the
 * instructions when it asks for that party, in both cases without the other's account. Assets and
 * parties are everybody's. An exception is an open instruction that is unmatched, failing or
 * settled in part, or that carries a reason other than a future settlement date.
 *
 * One thread feeds. Each asking thread has a reader of its own. An error of feeding makes every
 * later feeding fail; the node raises an alarm and goes on, since nothing depends on lists.
 */
#ifndef TALLY_NODE_READ_MODEL_H
#define TALLY_NODE_READ_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "client/request.h"
#include "client/row.h"
#include "client/row_cells.h"
#include "crypto/hash.h"

/* clang-format off */
#define READ_MODEL_STATUS_LIST(X)                                                                  \
    X(READ_MODEL_OK, "ok", "")                                                                     \
    X(READ_MODEL_FORMAT, "the read model is of another chain or version",                          \
      "stop the node, delete the file, start it: it is rebuilt")                                   \
    X(READ_MODEL_FULL, "no space left for the read model", "free disk space, restart the node")    \
    X(READ_MODEL_BUSY, "another process holds the read model", "end the other program's write")    \
    X(READ_MODEL_TOO_LARGE, "more rows than fit", "ask for fewer rows")                            \
    X(READ_MODEL_DAMAGED, "the read model is damaged",                                             \
      "stop the node, delete the file, start it: it is rebuilt")                                   \
    X(READ_MODEL_FAILED, "SQLite failed", "look at the log; delete the file to rebuild it")
/* clang-format on */

STATUS_DECLARE(read_model_status, READ_MODEL_STATUS_LIST);

struct read_model;
struct read_model_reader;

/*
 * Opens or makes the file for feeding. READ_MODEL_FORMAT: made for another chain or version; the
 * caller may delete it and try again. On READ_MODEL_OK *model is the caller's.
 */
TALLY_MUST_CHECK enum read_model_status read_model_open(const char *path,
                                                        const struct hash *chain_id,
                                                        struct read_model **model);

/* Closes it, forgetting a block not committed. Accepts NULL. */
void read_model_close(struct read_model *model);

/* The height up to which blocks were taken in; 0 for an empty read model. */
uint64_t read_model_height(const struct read_model *model);

/* ---- Feeding: begin, any number of rows, commit ----------------------------------------- */

/* `height` must be above read_model_height (they need not be consecutive after a snapshot). */
TALLY_MUST_CHECK enum read_model_status read_model_begin(struct read_model *model, uint64_t height,
                                                         uint64_t ledger_ms);
/* Errors of these are remembered and answered by read_model_commit. Rows are copied. */
void read_model_put_party(struct read_model *model, const struct row_party *row);
void read_model_put_asset(struct read_model *model, const struct row_asset *row);
void read_model_put_account(struct read_model *model, const struct row_account *row);
void read_model_put_position(struct read_model *model, const struct row_position *row);
void read_model_put_instruction(struct read_model *model, const struct row_instruction *row);

/* Events are told apart by (height, index, party, reference): one that is about two parties is
 * added twice. */
void read_model_add_event(struct read_model *model, const struct row_event *row);

/*
 * Rows of the lists of client/list.h. `key` is the feeder's name for the row in its list: drawn
 * from a record's index, or from an event's number; a row put under a key that is there replaces
 * it. pre: the row has the form's columns. Removed are the rows of keys from `first` on, below
 * `end`.
 */
void read_model_put_cells(struct read_model *model, enum list_kind kind, uint64_t key,
                          const struct row_cells *row);
void read_model_remove_cells(struct read_model *model, enum list_kind kind, uint64_t first,
                             uint64_t end);

/* All rows since begin and the height, or nothing. */
TALLY_MUST_CHECK enum read_model_status read_model_commit(struct read_model *model);

/* Forgets the rows since begin. */
void read_model_abandon(struct read_model *model);

/* ---- Asking ----------------------------------------------------------------------------- */

/* Opens the file for asking only. *reader is the caller's; one thread at a time. */
TALLY_MUST_CHECK enum read_model_status read_model_reader_open(const char *path,
                                                               struct read_model_reader **reader);

/* Closes it. Accepts NULL. */
void read_model_reader_close(struct read_model_reader *reader);

/* Who asks. */
struct read_model_viewer {
    char party[CLIENT_BIC_SIZE];
    bool sees_all;
};

struct read_model_question {
    enum list_kind list;
    struct list_filter filter;
    uint64_t cursor;    /* 0: from the start */
    uint16_t row_limit; /* 1 to REQUEST_LIST_ROWS_MAX */
};

struct read_model_answer {
    uint64_t height;      /* the blocks taken in */
    uint64_t cursor_next; /* 0: that was all */
    uint16_t row_count;
};

/*
 * Writes at most row_limit rows in the encoding of client/row.h to `writer`, and stops earlier
 * where the writer's capacity ends (the rest comes with cursor_next). Order: instructions by
 * sequence, events as they happened, the others in the order in which they first appeared.
 */
TALLY_MUST_CHECK enum read_model_status read_model_list(struct read_model_reader *reader,
                                                        const struct read_model_viewer *viewer,
                                                        const struct read_model_question *question,
                                                        struct bytes_writer *writer,
                                                        struct read_model_answer *answer);

#endif
