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
    unit_note(&book, statement, "asset", "settled_quantity_in_smallest_units", "settled_quantity");
    unit_note(&book, statement, "currency", "settled_amount_in_smallest_units", "settled_amount");
    failure_mute(false);
}

/* A receipt as it is gathered: the latest event, and the settlements before it, the last first. */
struct gathered {
    struct proved last;
    struct proved part; /* the one that was fetched last */
    struct receipt_proof proof;
    unsigned part_count;
    struct receipt_proof backwards[RECEIPT_PARTS_MAX];
    struct event events[RECEIPT_PARTS_MAX]; /* likewise */
};

/* Keeps a proof as it came: the next one takes its place. */
static struct receipt_proof proof_keep(const struct proved *proved)
{
    struct receipt_proof proof = {.size = proved->size};

    proof.bytes = malloc(proof.size);
    TALLY_ASSERT(proof.bytes != NULL);
    memcpy(proof.bytes, proved->bytes, proof.size);
    return proof;
}

/* The settlement after which so much had settled. */
static enum exit_code part_take(struct cli *cli, struct request *request, int64_t settled,
                                struct gathered *gathered)
{
    struct event *event = &gathered->events[gathered->part_count];
    enum exit_code code;

    if (gathered->part_count == RECEIPT_PARTS_MAX) {
        return failure(EXIT_UNKNOWN, request->reference, "its parts are listed by `tally history`",
                       "settled in more parts than the %u of a receipt", RECEIPT_PARTS_MAX);
    }
    request->settled = settled;
    code = node_point(cli, request, request->reference, &gathered->part);
    if (code != EXIT_DONE) {
        return code == EXIT_UNKNOWN
                   ? failure(EXIT_UNKNOWN, request->reference, "ask another node with --node",
                             "node %u has not each of its parts", cli->node->validator)
                   : code;
    }
    if (!receipt_event(&gathered->part.proof, event) || event->kind != EVENT_SETTLED ||
        event->settled_quantity != settled || event->quantity <= 0) {
        return node_lies(cli->node, "it proved something else than was asked for");
    }
    gathered->backwards[gathered->part_count++] = proof_keep(&gathered->part);
    return EXIT_DONE;
}

/* The parts before the latest event, back to the first. */
static enum exit_code parts_take(struct cli *cli, struct request *request,
                                 struct gathered *gathered)
{
    struct event event;
    enum exit_code code = EXIT_DONE;
    int64_t before = 0;

    if (receipt_event(&gathered->last.proof, &event)) {
        before = receipt_parts_before(&event);
    }
    while (before > 0 && code == EXIT_DONE) {
        code = part_take(cli, request, before, gathered);
        if (code == EXIT_DONE) {
            before = receipt_parts_before(&gathered->events[gathered->part_count - 1]);
        }
    }
    return code;
}

/* What it all states; NULL when it does not hang together. Puts the first part first. */
static struct table *gathered_statement(struct cli *cli, struct gathered *gathered)
{
    struct receipt_parts *parts = calloc(1, sizeof *parts);
    struct table *statement = NULL;
    bool sound = true;

    TALLY_ASSERT(parts != NULL);
    for (unsigned i = gathered->part_count; i > 0 && sound; i--) {
        sound = receipt_parts_add(parts, &gathered->events[i - 1]);
    }
    for (unsigned i = 0; i < gathered->part_count / 2; i++) {
        struct receipt_proof *other = &gathered->backwards[gathered->part_count - 1 - i];
        struct receipt_proof kept = gathered->backwards[i];
        gathered->backwards[i] = *other;
        *other = kept;
    }
    if (sound) {
        statement = receipt_statement(&gathered->last.proof, parts, cli->genesis);
    }
    free(parts);
    return statement;
}

/* Writes what was gathered, and shows what it states. */
static enum exit_code receipt_keep(struct cli *cli, struct gathered *gathered,
                                   const struct request *request, const char *path)
{
    struct table *statement = gathered_statement(cli, gathered);
    enum exit_code code;
    char *text;

    if (statement == NULL || !statement_concerns(statement, request->party, request->reference)) {
        table_free(statement);
        return node_lies(cli->node, "it proved something else than was asked for");
    }
    text = receipt_file_make(cli->genesis, statement, &gathered->proof, gathered->backwards,
                             gathered->part_count);
    code = cli_file_write(path, text, strlen(text));
    free(text);
    if (code != EXIT_DONE) {
        table_free(statement);
        return code;
    }
    units_note(cli, statement);
    proof_note(&gathered->last.facts, statement);
    table_note(statement, "written_to", "%s", path);
    cli_show(cli, statement);
    return EXIT_DONE;
}

enum exit_code verb_receipt(struct cli *cli)
{
    struct request request = {.kind = REQUEST_RECEIPT};
    struct gathered *gathered;
    enum exit_code code;

    if (!argument_party(cli, request.party) ||
        !argument_text("REFERENCE", cli->options.arguments[0], request.reference)) {
        return failure_last();
    }
    gathered = calloc(1, sizeof *gathered);
    TALLY_ASSERT(gathered != NULL);
    code = node_point(cli, &request, request.reference, &gathered->last);
    if (code == EXIT_DONE) {
        gathered->proof = proof_keep(&gathered->last);
        code = parts_take(cli, &request, gathered);
    }
    if (code == EXIT_DONE) {
        code = receipt_keep(cli, gathered, &request,
                            option_value(&cli->options, OPTION_OUT, "receipt.json"));
    }
    free(gathered->proof.bytes);
    for (unsigned i = 0; i < gathered->part_count; i++) {
        free(gathered->backwards[i].bytes);
    }
    free(gathered);
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
