/*
 * cli/listing.h - a list from a node's read model as a table
 *
 * Rule. A list comes page by page from one node; each says who answered and as of which block,
 * since that a list is complete no single node can prove. --ask N fetches it from N nodes and
 * compares. The filters are options, the same for all lists; which of them a list heeds the verb's
 * row says.
 */
#ifndef TALLY_CLI_LISTING_H
#define TALLY_CLI_LISTING_H

#include "base/bytes.h"
#include "cli/cli.h"
#include "client/list.h"

#define LISTING_ROWS_MAX 1000000ul

struct listing;
/* Takes one row of the reply into the table; false when it is malformed. */
typedef bool listing_row_reader(const struct listing *listing, struct bytes_reader *reader,
                                struct table *table);

struct listing {
    enum list_kind kind;
    const char *name;
    const struct table_column *columns;
    unsigned column_count;
    listing_row_reader *read;
    const struct list_form *form; /* of the lists of client/list.h; else NULL */
};

/* Two that other commands read, too (verb_list.c). */
extern const struct listing position_listing, asset_listing;

/* The listing of a list of client/list.h. Its columns are the form's; behind a reason stands what
 * it means. The storage is the caller's. */
struct listing_form {
    struct listing listing;
    struct table_column columns[LIST_COLUMNS_MAX + 1];
};
void listing_form_make(enum list_kind kind, struct listing_form *out);

/* The filters among the options. Reports and returns false when one cannot be. */
bool listing_filter_take(struct cli *cli, struct list_filter *out);
/* --rows. */
bool listing_rows_take(struct cli *cli, unsigned long *out);

/* Fetches, compares if asked to, and notes who answered. *out is the caller's on EXIT_DONE. */
enum exit_code listing_take(struct cli *cli, const struct listing *listing,
                            const struct list_filter *filter, size_t rows_max, struct table **out);
/* The same, and the block as of which the node answered. */
enum exit_code listing_take_at(struct cli *cli, const struct listing *listing,
                               const struct list_filter *filter, size_t rows_max,
                               struct table **out, uint64_t *height);

/* The whole of a verb that shows a list. */
enum exit_code listing_show(struct cli *cli, const struct listing *listing);
/* The same of a list of client/list.h, by its form. With an argument, it is the reference. */
enum exit_code listing_form_show(struct cli *cli, enum list_kind kind);

#endif
