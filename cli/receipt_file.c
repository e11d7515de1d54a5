#include "cli/receipt_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/view.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"

#define FORMAT "1"

struct members {
    const char *chain;
    const char *proof;
    const json_t *statement;
    const json_t *parts; /* NULL: none */
};

struct table *receipt_statement(const struct proof *proof, const struct receipt_parts *parts,
                                const struct genesis *genesis)
{
    const struct proof_leaf *leaf = &proof->leaves[0];
    struct table *record = record_new("statement");
    struct event event;
    struct receipt receipt;

    record_set(record, "ledger", "%s", genesis->chain_name);
    if (receipt_event(proof, &event) && receipt_parts_lead_to(parts, &event)) {
        event_view_fill(&event, record);
        receipt_parts_fill(parts, &event, record);
        return record;
    }
    if (leaf->tree == PROOF_RECEIPT && parts->count == 0 &&
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

char *receipt_file_make(const struct genesis *genesis, const struct table *statement,
                        const struct receipt_proof *proof, const struct receipt_proof *parts,
                        unsigned part_count)
{
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    char *hex = hex_of(proof->bytes, proof->size);
    json_t *root, *list;
    char *text;

    genesis_fingerprint(&genesis->chain_id, fingerprint);
    root = json_pack("{s:s, s:s, s:o, s:s}", "tally_receipt", FORMAT, "chain", fingerprint,
                     "statement", statement_json(statement), "proof", hex);
    list = json_array();
    TALLY_ASSERT(root != NULL && list != NULL);
    free(hex);
    for (unsigned i = 0; i < part_count; i++) {
        hex = hex_of(parts[i].bytes, parts[i].size);
        json_array_append_new(list, json_string(hex));
        free(hex);
    }
    if (part_count > 0) {
        json_object_set(root, "parts", list);
    }
    text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    TALLY_ASSERT(text != NULL);
    json_decref(list);
    json_decref(root);
    return text;
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

/* The members of a receipt file; false when it is not one, has other members or other types. */
static bool members_take(const json_t *root, struct members *out)
{
    const char *format = json_string_value(json_object_get(root, "tally_receipt"));

    out->chain = json_string_value(json_object_get(root, "chain"));
    out->proof = json_string_value(json_object_get(root, "proof"));
    out->statement = json_object_get(root, "statement");
    out->parts = json_object_get(root, "parts");
    return json_object_size(root) == (out->parts == NULL ? 4 : 5) &&
           (out->parts == NULL || json_array_size(out->parts) > 0) && format != NULL &&
           strcmp(format, FORMAT) == 0 && out->chain != NULL && out->proof != NULL &&
           out->statement != NULL;
}

static void find(struct receipt_check *check, enum exit_code code, const char *why,
                 const char *hint)
{
    check->code = code;
    check->why = why;
    check->hint = hint;
}

/* Decodes and verifies one proof of the file; says what is wrong with it. */
static bool proof_check(const struct genesis *genesis, const char *hex, struct proof *proof,
                        uint8_t *bytes, struct proof_facts *facts, struct receipt_check *out)
{
    size_t size = hex == NULL ? 0 : hex_decode(hex, bytes, PROOF_BYTES_MAX);
    enum proof_result result = PROOF_MALFORMED;

    if (size > 0 && proof_decode(bytes, size, proof)) {
        result = proof_verify(proof, genesis, facts);
    }
    find(out, EXIT_NOT_PROVED, proof_result_text(result), proof_result_hint(result));
    return result == PROOF_VALID;
}

/* Verifies each part and adds it to those before. */
static bool parts_check(const struct genesis *genesis, const json_t *list, struct proof *proof,
                        uint8_t *bytes, struct receipt_parts *parts, struct receipt_check *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct proof_facts facts;
        struct event event;
        if (!proof_check(genesis, json_string_value(json_array_get(list, i)), proof, bytes, &facts,
                         out)) {
            return false;
        }
        if (!receipt_event(proof, &event) || !receipt_parts_add(parts, &event)) {
            find(out, EXIT_NOT_PROVED, "a part does not follow on the one before",
                 "it was altered, or a part is left out: do not rely on it");
            return false;
        }
    }
    return true;
}

static void members_check(const struct genesis *genesis, const struct members *members,
                          struct proof *proof, uint8_t *bytes, struct receipt_parts *parts,
                          struct receipt_check *out)
{
    char fingerprint[GENESIS_FINGERPRINT_SIZE];
    struct table *statement;

    genesis_fingerprint(&genesis->chain_id, fingerprint);
    if (strcmp(members->chain, fingerprint) != 0) {
        find(out, EXIT_NOT_PROVED, "it is of another ledger than this genesis",
             "use the genesis file of that ledger");
        return;
    }
    if (!parts_check(genesis, members->parts, proof, bytes, parts, out) ||
        !proof_check(genesis, members->proof, proof, bytes, &out->facts, out)) {
        return;
    }
    statement = receipt_statement(proof, parts, genesis);
    if (statement == NULL || !statement_same(statement, members->statement)) {
        table_free(statement);
        find(out, EXIT_NOT_PROVED, "the statement is not what the proof proves",
             "it was altered, or a part is left out: do not rely on it");
        return;
    }
    find(out, EXIT_DONE, "", "");
    out->statement = statement;
}

void receipt_file_check(const struct genesis *genesis, const char *text, size_t size,
                        struct receipt_check *out)
{
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    struct members members;
    struct receipt_parts *parts;
    struct proof *proof;
    uint8_t *bytes;

    memset(out, 0, sizeof *out);
    if (root == NULL || !members_take(root, &members)) {
        json_decref(root);
        find(out, EXIT_MALFORMED, "this is not a receipt file",
             "name a file written by `tally receipt`");
        return;
    }
    proof = malloc(sizeof *proof);
    parts = calloc(1, sizeof *parts);
    bytes = malloc(PROOF_BYTES_MAX);
    TALLY_ASSERT(proof != NULL && parts != NULL && bytes != NULL);
    members_check(genesis, &members, proof, bytes, parts, out);
    free(proof);
    free(parts);
    free(bytes);
    json_decref(root);
}
