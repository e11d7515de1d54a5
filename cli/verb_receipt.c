/* Finality receipts: fetching one, and checking one offline (receipt_file.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/argument.h"
#include "cli/asset_book.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/receipt_file.h"
#include "cli/verb.h"
#include "cli/view.h"

static bool says(const struct table *statement, const char *name, const char *wanted)
{
    const char *said = record_get(statement, name);

    return said != NULL && strcmp(said, wanted) == 0;
}

/* Is the statement about this reference of this party, on either side? Others use it as well. */
static bool statement_concerns(const struct table *statement, const char *party,
                               const char *reference)
{
    return (says(statement, "party", party) && says(statement, "reference", reference)) ||
           (says(statement, "counterparty", party) &&
            says(statement, "counterparty_reference", reference));
}

/* The statement is what the proof alone says, and that is smallest units. For people, the same in
 * the asset's own decimals, which the node proves beside it; left out if it cannot. */
static void unit_note(struct asset_book *book, struct table *statement, const char *asset_name,
                      const char *units_name, const char *name)
{
    const char *asset = record_get(statement, asset_name);
    const char *units = record_get(statement, units_name);
    char text[DECIMAL_TEXT_SIZE];
    unsigned decimals;

    if (asset != NULL && units != NULL && asset_book_decimals(book, asset, &decimals)) {
        decimal_format(strtoll(units, NULL, 10), decimals, text);
        table_note(statement, name, "%s %s", text, asset);
    }
}

static void units_note(struct cli *cli, struct table *statement)
{
    static struct asset_book book;

    asset_book_init(&book, cli);
    failure_mute(true);
    unit_note(&book, statement, "asset", "quantity_in_smallest_units", "quantity");
    unit_note(&book, statement, "currency", "amount_in_smallest_units", "amount");
    failure_mute(false);
}

/* Writes the proof that the node just gave, and shows what it states. */
static enum exit_code receipt_keep(struct cli *cli, const struct proved *proved,
                                   const struct request *request, const char *path)
{
    struct table *statement = receipt_statement(&proved->proof, cli->genesis);
    enum exit_code code;
    char *text;

    if (statement == NULL || !statement_concerns(statement, request->party, request->reference)) {
        table_free(statement);
        return node_lies(cli->node, "it proved something else than was asked for");
    }
    text = receipt_file_make(cli->genesis, statement, cli->node->reply.proof,
                             cli->node->reply.proof_size);
    code = cli_file_write(path, text, strlen(text));
    free(text);
    if (code != EXIT_DONE) {
        table_free(statement);
        return code;
    }
    units_note(cli, statement);
    proof_note(&proved->facts, statement);
    table_note(statement, "written_to", "%s", path);
    cli_show(cli, statement);
    return EXIT_DONE;
}

enum exit_code verb_receipt(struct cli *cli)
{
    struct request request = {.kind = REQUEST_RECEIPT};
    struct proved *proved;
    enum exit_code code;

    if (!argument_party(cli, request.party) ||
        !argument_text("REFERENCE", cli->options.arguments[0], request.reference)) {
        return failure_last();
    }
    proved = malloc(sizeof *proved);
    TALLY_ASSERT(proved != NULL);
    code = node_point(cli, &request, request.reference, proved);
    if (code == EXIT_DONE) {
        code = receipt_keep(cli, proved, &request,
                            option_value(&cli->options, OPTION_OUT, "receipt.json"));
    }
    free(proved);
    return code;
}

enum exit_code verb_verify(struct cli *cli)
{
    const char *path = cli->options.arguments[0];
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    struct receipt_check check;
    char *text;
    size_t size;
    enum exit_code code = cli_genesis_load(cli);

    if (code == EXIT_DONE) {
        code = cli_file_read(path, RECEIPT_FILE_BYTES_MAX, EXIT_MALFORMED, &text, &size);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    receipt_file_check(cli->genesis, text, size, &check);
    free(text);
    if (check.statement == NULL) {
        return failure(check.code, path, check.hint, "%s", check.why);
    }
    genesis_fingerprint(&cli->genesis->chain_id, fingerprint);
    proof_note(&check.facts, check.statement);
    table_note(check.statement, "genesis", "%s", fingerprint);
    cli_show(cli, check.statement);
    return EXIT_DONE;
}
