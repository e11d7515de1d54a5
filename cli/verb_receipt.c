/* Finality receipts: fetching one, and checking one offline (receipt_file.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/argument.h"
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
