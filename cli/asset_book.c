#include "cli/asset_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/node.h"
#include "ledger/register/asset.h"

void asset_book_init(struct asset_book *book, struct cli *cli)
{
    memset(book, 0, sizeof *book);
    book->cli = cli;
    book->code = EXIT_DONE;
}

/* EXIT_DONE, EXIT_UNKNOWN (said nothing), or a failure that was reported. */
static enum exit_code asset_ask(struct cli *cli, const char *code, unsigned *decimals)
{
    struct request request = {.kind = REQUEST_ASSET};
    struct proved *proved;
    struct asset asset;
    struct bytes_reader reader;
    enum exit_code result;

    strcpy(request.asset, code);
    result = cli_node(cli);
    if (result == EXIT_DONE) {
        result = node_ask(cli, cli->node, &request);
    }
    if (result == EXIT_DONE && !cli->node->reply.found) {
        return EXIT_UNKNOWN;
    }
    if (result != EXIT_DONE) {
        return result;
    }
    proved = malloc(sizeof *proved);
    TALLY_ASSERT(proved != NULL);
    result = node_point_check(cli, cli->node, code, proved);
    if (result == EXIT_DONE) {
        const struct proof_leaf *leaf = &proved->proof.leaves[0];
        bytes_reader_init(&reader, leaf->record.bytes, leaf->record.size);
        memset(&asset, 0, sizeof asset);
        if (leaf->tree == PROOF_RECORD && leaf->record.kind == RECORD_ASSET) {
            asset_decode(&asset, &reader);
        }
        if (asset.code.size != strlen(code) ||
            memcmp(asset.code.text, code, asset.code.size) != 0 || !bytes_reader_done(&reader)) {
            result = node_lies(cli->node, "it proved another asset than was asked for");
        }
        *decimals = asset.decimals;
    }
    free(proved);
    return result;
}

bool asset_book_decimals(void *context, const char *code, unsigned *decimals)
{
    struct asset_book *book = context;
    enum exit_code result;
    unsigned i = 0;

    while (i < book->count && strcmp(book->entries[i].code, code) != 0) {
        i++;
    }
    if (i < book->count) {
        *decimals = book->entries[i].decimals;
        return book->entries[i].known;
    }
    if (code[0] == 0 || strlen(code) >= CLIENT_ASSET_SIZE || !client_text_valid(code, 13)) {
        return false;
    }
    *decimals = 0;
    result = asset_ask(book->cli, code, decimals);
    if (result != EXIT_DONE && result != EXIT_UNKNOWN) {
        book->code = result;
        return false;
    }
    if (book->count < ASSET_BOOK_SIZE) {
        strcpy(book->entries[book->count].code, code);
        book->entries[book->count].known = result == EXIT_DONE;
        book->entries[book->count].decimals = *decimals;
        book->count++;
    }
    return result == EXIT_DONE;
}
