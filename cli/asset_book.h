/*
 * cli/asset_book.h - the decimals of assets, asked for once each and proved.
 */
#ifndef TALLY_CLI_ASSET_BOOK_H
#define TALLY_CLI_ASSET_BOOK_H

#include "cli/cli.h"

#define ASSET_BOOK_SIZE 256u

struct asset_book {
    struct cli *cli;
    unsigned count;
    struct {
        char code[CLIENT_ASSET_SIZE];
        bool known;
        unsigned decimals;
    } entries[ASSET_BOOK_SIZE];
    enum exit_code code; /* of the last failure that is not "unknown": node down, lies, ... */
};

/* Starts with no asset known. Borrows cli, through which the node is asked. */
void asset_book_init(struct asset_book *book, struct cli *cli);

/* An asset_decimals (instruction_input.h); context is the book. Asks the node when it does not
 * know. */
bool asset_book_decimals(void *context, const char *code, unsigned *decimals);

#endif
