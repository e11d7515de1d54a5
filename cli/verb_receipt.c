/*
 * Finality receipts: fetching one, and checking one offline.
 *
 * The file is JSON: a statement for people and the proof for machines. Checking derives the
 * statement anew from the proof and compares, so that neither can be altered without the other.
 *
 *     {"tally_receipt": "1", "chain": "1f3a-...",
 *      "statement": {"event": "SETTLED", ...}, "proof": "00a4..."}
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/verb.h"
#include "cli/view.h"
#include "ledger/receipt.h"

#define FORMAT         "1"
#define FILE_BYTES_MAX (2u * PROOF_BYTES_MAX + 65536u)

/* The statement that a verified proof makes; NULL when its first leaf is none we know. */
static struct table *statement_make(const struct proof *proof, const struct genesis *genesis)
{
    const struct proof_leaf *leaf = &proof->leaves[0];
    struct table *record = record_new("statement");
    struct event event;
    struct receipt receipt;

    record_set(record, "ledger", "%s", genesis->chain_name);
    if (leaf->tree == PROOF_EVENT && event_decode(&event, leaf->leaf.bytes, leaf->leaf.size) &&
        event.height == proof->anchor.height) {
        event_view_fill(&event, record);
        return record;
    }
    if (leaf->tree == PROOF_RECEIPT &&
        receipt_decode(&receipt, leaf->leaf.bytes, leaf->leaf.size) &&
        receipt.height == proof->anchor.height) {
        receipt_view_fill(&receipt, record);
        return record;
    }
    table_free(record);
    return NULL;
}

static json_t *statement_json(const struct table *statement)
{
    json_t *object = json_object();

    TALLY_ASSERT(object != NULL);
    for (size_t row = 0; row < table_row_count(statement); row++) {
        json_object_set_new(object, table_cell(statement, row, 0),
                            json_string(table_cell(statement, row, 1)));
    }
    return object;
}

static char *hex_of(const uint8_t *data, size_t size)
{
    char *text = malloc(2 * size + 1);

    TALLY_ASSERT(text != NULL);
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", data[i]);
    }
    text[2 * size] = 0;
    return text;
}

static enum exit_code receipt_write(struct cli *cli, const struct table *statement,
                                    const char *path)
{
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    char *hex = hex_of(cli->node->reply.proof, cli->node->reply.proof_size);
    enum exit_code code;
    json_t *root;
    char *text;

    genesis_fingerprint(&cli->genesis->chain_id, fingerprint);
    root = json_pack("{s:s, s:s, s:o, s:s}", "tally_receipt", FORMAT, "chain", fingerprint,
                     "statement", statement_json(statement), "proof", hex);
    TALLY_ASSERT(root != NULL);
    text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    TALLY_ASSERT(text != NULL);
    code = cli_file_write(path, text, strlen(text));
    free(text);
    free(hex);
    json_decref(root);
    return code;
}

enum exit_code verb_receipt(struct cli *cli)
{
    struct request request = {.kind = REQUEST_RECEIPT};
    const char *reference = cli->options.arguments[0];
    const char *bic = option_value(&cli->options, OPTION_BIC, NULL);
    char path[FILE_PATH_SIZE_MAX];
    struct proved *proved;
    struct table *statement;
    const char *shown;
    enum exit_code code = cli_party_load(cli);

    if (code != EXIT_DONE) {
        return code;
    }
    (void)snprintf(request.party, sizeof request.party, "%.11s",
                   bic == NULL ? cli->party.bic : bic);
    (void)snprintf(request.reference, sizeof request.reference, "%.35s", reference);
    (void)snprintf(path, sizeof path, "%.1000s",
                   option_value(&cli->options, OPTION_OUT, "receipt.json"));
    proved = malloc(sizeof *proved);
    TALLY_ASSERT(proved != NULL);
    code = node_point(cli, &request, reference, proved);
    if (code == EXIT_DONE) {
        statement = statement_make(&proved->proof, cli->genesis);
        shown = statement == NULL ? NULL : record_get(statement, "reference");
        if (statement == NULL || shown == NULL ||
            (strcmp(shown, reference) != 0 &&
             (record_get(statement, "counterparty_reference") == NULL ||
              strcmp(record_get(statement, "counterparty_reference"), reference) != 0))) {
            code = node_lies(cli->node, "it proved something else than was asked for");
            table_free(statement);
        } else {
            code = receipt_write(cli, statement, path);
            proof_note(&proved->facts, statement);
            table_note(statement, "written_to", "%s", path);
            cli_show(cli, statement);
        }
    }
    free(proved);
    return code;
}

/* Decodes lower-case hexadecimal; the size, or 0 when it is none. */
static size_t hex_decode(const char *text, uint8_t *out, size_t capacity)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(text);

    if (length % 2 != 0 || length / 2 > capacity) {
        return 0;
    }
    for (size_t i = 0; i < length / 2; i++) {
        const char *high = strchr(digits, text[2 * i]);
        const char *low = strchr(digits, text[2 * i + 1]);
        if (high == NULL || low == NULL) {
            return 0;
        }
        out[i] = (uint8_t)((high - digits) * 16 + (low - digits));
    }
    return length / 2;
}

/* Does the file say exactly what the proof says? */
static bool statement_same(const struct table *statement, const json_t *claimed)
{
    if (!json_is_object(claimed) || json_object_size(claimed) != table_row_count(statement)) {
        return false;
    }
    for (size_t row = 0; row < table_row_count(statement); row++) {
        const char *value =
            json_string_value(json_object_get(claimed, table_cell(statement, row, 0)));
        if (value == NULL || strcmp(value, table_cell(statement, row, 1)) != 0) {
            return false;
        }
    }
    return true;
}

struct receipt_file {
    const char *chain;
    const char *proof;
    const json_t *statement;
};

/* The members of a receipt file; false when it is not one, has other members or other types. */
static bool receipt_members(const json_t *root, struct receipt_file *out)
{
    const char *format = json_string_value(json_object_get(root, "tally_receipt"));

    out->chain = json_string_value(json_object_get(root, "chain"));
    out->proof = json_string_value(json_object_get(root, "proof"));
    out->statement = json_object_get(root, "statement");
    return json_object_size(root) == 4 && format != NULL && strcmp(format, FORMAT) == 0 &&
           out->chain != NULL && out->proof != NULL && out->statement != NULL;
}

static enum exit_code not_proved(const char *path, const char *why, const char *hint)
{
    return failure(EXIT_NOT_PROVED, path, hint, "%s", why);
}

static enum exit_code receipt_check(struct cli *cli, const char *path,
                                    const struct receipt_file *file, struct proof *proof,
                                    uint8_t *bytes)
{
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    struct proof_facts facts;
    struct table *statement;
    enum proof_result result;
    size_t size = hex_decode(file->proof, bytes, PROOF_BYTES_MAX);

    genesis_fingerprint(&cli->genesis->chain_id, fingerprint);
    if (strcmp(file->chain, fingerprint) != 0) {
        return not_proved(path, "it is of another ledger than this genesis",
                          "use the genesis file of that ledger");
    }
    if (size == 0 || !proof_decode(bytes, size, proof)) {
        return not_proved(path, proof_result_text(PROOF_MALFORMED), "ask for the receipt again");
    }
    result = proof_verify(proof, cli->genesis, &facts);
    if (result != PROOF_VALID) {
        return not_proved(path, proof_result_text(result), proof_result_hint(result));
    }
    statement = statement_make(proof, cli->genesis);
    if (statement == NULL || !statement_same(statement, file->statement)) {
        table_free(statement);
        return not_proved(path, "the statement is not what the proof proves",
                          "it was altered: do not rely on it");
    }
    proof_note(&facts, statement);
    table_note(statement, "genesis", "%s", fingerprint);
    cli_show(cli, statement);
    return EXIT_DONE;
}

enum exit_code verb_verify(struct cli *cli)
{
    const char *path = cli->options.arguments[0];
    struct receipt_file file;
    struct proof *proof;
    uint8_t *bytes;
    json_error_t error;
    json_t *root;
    char *text;
    size_t size;
    enum exit_code code = cli_genesis_load(cli);

    if (code == EXIT_DONE) {
        code = cli_file_read(path, FILE_BYTES_MAX, &text, &size);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    free(text);
    if (root == NULL || !receipt_members(root, &file)) {
        json_decref(root);
        return failure(EXIT_MALFORMED, path, "name a file written by `tally receipt`",
                       "this is not a receipt file");
    }
    proof = malloc(sizeof *proof);
    bytes = malloc(PROOF_BYTES_MAX);
    TALLY_ASSERT(proof != NULL && bytes != NULL);
    code = receipt_check(cli, path, &file, proof, bytes);
    free(proof);
    free(bytes);
    json_decref(root);
    return code;
}
