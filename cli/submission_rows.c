#include "cli/submission_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/submission.h"
#include "ledger/command/command.h"
#include "ledger/command/envelope.h"
#include "ledger/values/outcome.h"

#define ROWS_SHOWN_MAX   40u
#define EXPLANATION_SIZE 400u

static const struct table_column row_columns[] = {
    {"row", TABLE_NUMBER},       {"reference", TABLE_LEFT}, {"outcome", TABLE_LEFT},
    {"reason", TABLE_LEFT},      {"field", TABLE_LEFT},     {"height", TABLE_NUMBER},
    {"explanation", TABLE_LEFT},
};

#define ROW_COLUMN_COUNT (sizeof row_columns / sizeof row_columns[0])

static struct submission_row *row_append(struct submission_rows *rows, uint32_t row,
                                         const struct receipt *receipt)
{
    struct submission_row *item;

    rows->items = realloc(rows->items, (rows->count + 1) * sizeof rows->items[0]);
    TALLY_ASSERT(rows->items != NULL);
    item = &rows->items[rows->count++];
    *item = (struct submission_row){.row = row, .receipt = *receipt};
    return item;
}

/* The content hash of one command of the envelope, from the bytes that were signed. */
static void content_find(const struct spooled *spooled, uint16_t index, struct hash *out)
{
    struct envelope envelope;
    struct command command;
    struct bytes_reader commands;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    bool whole = envelope_decode(&envelope, spooled->bytes, spooled->size) == ENVELOPE_OK;

    TALLY_ASSERT(whole); /* the spool holds nothing else */
    commands = envelope_commands(&envelope);
    for (uint16_t i = 0; i <= index; i++) {
        whole = envelope_next(&commands, &bytes, &size);
        TALLY_ASSERT(whole);
    }
    whole = command_decode(&command, &envelope.party, bytes, size);
    TALLY_ASSERT(whole);
    *out = command.content;
}

/* One receipt for the whole envelope stands for each of its rows. */
static void whole_append(struct submission_rows *rows, const struct spooled *spooled,
                         const struct receipt *receipt)
{
    for (uint16_t i = 0; i < spooled->command_count; i++) {
        (void)row_append(rows, spooled->rows[i], receipt);
    }
}

static enum exit_code leaf_take(struct submission_rows *rows, const struct node *node,
                                const struct proof_anchor *anchor, const struct spooled *spooled,
                                const uint8_t *bytes, size_t size)
{
    static struct proof_leaf leaf;
    struct receipt receipt;

    if (!proof_leaf_decode(bytes, size, &leaf) || leaf.tree != PROOF_RECEIPT ||
        proof_leaf_verify(&leaf, anchor) != PROOF_VALID ||
        !receipt_decode(&receipt, leaf.leaf.bytes, leaf.leaf.size)) {
        return node_lies(node, "a receipt does not lead to the root of its block");
    }
    if (!hash_equal(&receipt.envelope_id, &spooled->id)) {
        return node_lies(node, "it proved a receipt of something that was not asked for");
    }
    if (receipt.command_index == RECEIPT_WHOLE_ENVELOPE) {
        whole_append(rows, spooled, &receipt);
    } else if (receipt.command_index < spooled->command_count) {
        struct submission_row *item =
            row_append(rows, spooled->rows[receipt.command_index], &receipt);
        if (receipt.outcome == OUTCOME_WAITING) {
            content_find(spooled, receipt.command_index, &item->content);
        }
    } else {
        return node_lies(node, "a receipt is of a command that the envelope does not have");
    }
    return EXIT_DONE;
}

enum exit_code submission_rows_take(struct submission_rows *rows, struct cli *cli,
                                    const struct node *node, const struct spooled *spooled)
{
    static struct proof_anchor anchor;
    const struct reply *reply = &node->reply;
    struct proof_facts facts;
    enum proof_result result = PROOF_MALFORMED;
    enum exit_code code = EXIT_DONE;
    const uint8_t *leaf;
    size_t leaf_size;
    uint32_t offset = 0;
    uint16_t count = 0;

    if (proof_anchor_decode(reply->anchor, reply->anchor_size, &anchor)) {
        result = proof_anchor_verify(&anchor, cli->genesis, &facts);
    }
    if (result != PROOF_VALID) {
        return node_lies(node, proof_result_text(result));
    }
    while (code == EXIT_DONE && reply_leaf_next(reply, &offset, &leaf, &leaf_size)) {
        code = leaf_take(rows, node, &anchor, spooled, leaf, leaf_size);
        count++;
    }
    if (code == EXIT_DONE && (count != reply->leaf_count || offset != reply->leaves_size)) {
        code = node_lies(node, "its receipts are not as many as it says");
    }
    return code;
}

void submission_rows_free(struct submission_rows *rows)
{
    free(rows->items);
    rows->items = NULL;
    rows->count = 0;
}

void submission_rows_count(const struct submission_rows *rows, struct submission_totals *out)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        switch ((enum outcome)rows->items[i].receipt.outcome) {
        case OUTCOME_DONE:
            out->done++;
            break;
        case OUTCOME_ALREADY:
            out->already++;
            break;
        case OUTCOME_WAITING:
        case OUTCOME_PENDING:
            out->waiting++;
            break;
        case OUTCOME_UNRECORDED:
            out->unrecorded++;
            break;
        case OUTCOME_REFUSED:
        case OUTCOME_NONE:
            out->refused++;
            break;
        }
    }
}

/* The class of one refusal: some have a code of their own, so that scripts can tell them apart. */
static enum exit_code refusal_code(const struct receipt *receipt)
{
    switch (receipt->detail) {
    case DETAIL_KEY_UNKNOWN:
    case DETAIL_KEY_OF_OTHER_PARTY:
    case DETAIL_KEY_INACTIVE:
    case DETAIL_RIGHT_MISSING:
        return EXIT_KEY;
    case DETAIL_EXPIRED:
    case DETAIL_VALIDITY_TOO_LONG:
        return EXIT_EXPIRED;
    case DETAIL_UNKNOWN:
        return EXIT_UNKNOWN;
    default:
        return receipt->reason == REASON_NRGN ? EXIT_UNKNOWN : EXIT_REFUSED;
    }
}

static enum exit_code rows_code(const struct submission_rows *rows)
{
    struct submission_totals totals = {0};
    enum exit_code refusal = EXIT_DONE;

    submission_rows_count(rows, &totals);
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct receipt *receipt = &rows->items[i].receipt;
        if (receipt->outcome == OUTCOME_REFUSED || receipt->outcome == OUTCOME_UNRECORDED) {
            enum exit_code code = refusal_code(receipt);
            refusal = refusal == EXIT_DONE || refusal == code ? code : EXIT_REFUSED;
        }
    }
    if (refusal != EXIT_DONE) {
        return refusal;
    }
    if (totals.waiting > 0) {
        return EXIT_WAITING;
    }
    return rows->count > 0 && totals.already == rows->count ? EXIT_ALREADY : EXIT_DONE;
}

void submission_row_explain(const struct submission_row *row, char *out, size_t size)
{
    const struct receipt *receipt = &row->receipt;
    char content[GENESIS_KEY_TEXT_SIZE];
    const char *field = receipt->field == FIELD_NONE ? "" : field_name(receipt->field);

    if (receipt->outcome == OUTCOME_ALREADY && receipt->first_height == 0) {
        (void)snprintf(out, size, "it is so already");
    } else if (receipt->outcome == OUTCOME_ALREADY) {
        (void)snprintf(out, size, "there already, since height %llu",
                       (unsigned long long)receipt->first_height);
    } else if (receipt->outcome == OUTCOME_DONE) {
        (void)snprintf(out, size, "%s", "");
    } else if (receipt->outcome == OUTCOME_WAITING) {
        struct public_key hash; /* the same 32 bytes, in the same 64 digits */
        memcpy(hash.bytes, row->content.bytes, sizeof hash.bytes);
        genesis_key_format(&hash, content);
        (void)snprintf(out, size, "waits for another person; use: tally approve %.*s --content %s",
                       (int)receipt->reference.size, receipt->reference.text, content);
    } else if (receipt->reason == REASON_NONE) {
        (void)snprintf(out, size, "%s", outcome_text((enum outcome)receipt->outcome));
    } else if (receipt->detail == DETAIL_RESTRICTED) {
        char rule[16] = ""; /* 0: the type has none, or none was met */
        if (receipt->rule != 0) {
            (void)snprintf(rule, sizeof rule, ", rule %u", (unsigned)receipt->rule);
        }
        (void)snprintf(out, size, "%s %.*s%s: %s; ask the operator", field,
                       (int)receipt->restriction.size, receipt->restriction.text, rule,
                       detail_text(DETAIL_RESTRICTED));
    } else if (receipt->detail == DETAIL_NOT_ALLOWED && receipt->reason != REASON_VALR) {
        /* the detail alone would not say what is wrong with it */
        (void)snprintf(out, size, "%s%s%s; check it", field, field[0] == 0 ? "" : ": ",
                       reason_text(receipt->reason));
    } else {
        const char *detail = receipt->detail == DETAIL_NONE ? reason_text(receipt->reason)
                                                            : detail_text(receipt->detail);
        (void)snprintf(out, size, "%s%s%s%s%s", field, field[0] == 0 ? "" : ": ", detail,
                       receipt->detail == DETAIL_NONE ? "" : "; ",
                       receipt->detail == DETAIL_NONE ? "" : detail_hint(receipt->detail));
    }
}

/* Is it one of the rows that the code is about? */
static bool row_concerns(const struct submission_row *row, enum exit_code code)
{
    switch ((enum outcome)row->receipt.outcome) {
    case OUTCOME_ALREADY:
        return code == EXIT_ALREADY;
    case OUTCOME_WAITING:
    case OUTCOME_PENDING:
        return code == EXIT_WAITING;
    case OUTCOME_REFUSED:
    case OUTCOME_UNRECORDED:
        return code != EXIT_ALREADY && code != EXIT_WAITING;
    case OUTCOME_DONE:
    case OUTCOME_NONE:
        break;
    }
    return false;
}

static const char *code_verb(enum exit_code code)
{
    return code == EXIT_ALREADY   ? "were there before"
           : code == EXIT_WAITING ? "wait"
                                  : "were refused";
}

/* A refusal and a row that waits say themselves what is to be done. */
static const char *code_hint(enum exit_code code)
{
    return code == EXIT_ALREADY ? "nothing was changed" : "";
}

enum exit_code submission_rows_report(const struct submission_rows *rows, const char *source)
{
    enum exit_code code = rows_code(rows);
    const struct submission_row *first = NULL;
    char reference[TEXT_SIZE_MAX + 1], explanation[EXPLANATION_SIZE];
    uint32_t count = 0;

    if (code == EXIT_DONE) {
        return code;
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        if (row_concerns(&rows->items[i], code)) {
            first = first == NULL ? &rows->items[i] : first;
            count++;
        }
    }
    TALLY_ASSERT(first != NULL);
    (void)snprintf(reference, sizeof reference, "%.*s", (int)first->receipt.reference.size,
                   first->receipt.reference.text);
    submission_row_explain(first, explanation, sizeof explanation);
    if (rows->count == 1) {
        return failure(code, reference[0] == 0 ? source : reference, code_hint(code), "%s",
                       explanation);
    }
    return failure(code, source, code_hint(code), "%u of %u rows %s, the first is row %u, %s: %s",
                   (unsigned)count, (unsigned)rows->count, code_verb(code), (unsigned)first->row,
                   reference, explanation);
}

static void row_show(struct table *table, const struct submission_row *item)
{
    const struct receipt *receipt = &item->receipt;
    char row[16], reference[TEXT_SIZE_MAX + 1], height[24], explanation[EXPLANATION_SIZE];
    const char *cells[ROW_COLUMN_COUNT] = {
        row,
        reference,
        outcome_name((enum outcome)receipt->outcome),
        reason_code(receipt->reason),
        receipt->field == FIELD_NONE ? "" : field_name(receipt->field),
        height,
        explanation};

    (void)snprintf(row, sizeof row, "%u", (unsigned)item->row);
    (void)snprintf(reference, sizeof reference, "%.*s", (int)receipt->reference.size,
                   receipt->reference.text);
    (void)snprintf(height, sizeof height, "%llu", (unsigned long long)receipt->height);
    submission_row_explain(item, explanation, sizeof explanation);
    table_row(table, cells);
}

void submission_rows_show(const struct submission_rows *rows, struct cli *cli, const char *source,
                          const char *source_hash, const struct submission_totals *totals)
{
    struct table *table = table_new("rows", row_columns, ROW_COLUMN_COUNT);
    bool brief = cli->format == TABLE_TEXT && rows->count > ROWS_SHOWN_MAX;

    for (uint32_t i = 0; i < rows->count; i++) {
        if (!brief || rows->items[i].receipt.outcome != OUTCOME_DONE) {
            row_show(table, &rows->items[i]);
        }
    }
    table_note(table, "source", "%s", source);
    if (source_hash[0] != 0) {
        table_note(table, "source_hash", "%s", source_hash);
    }
    table_note(table, "total", "%u rows: %u done, %u refused, %u already there, %u waiting%s",
               (unsigned)rows->count, (unsigned)totals->done,
               (unsigned)(totals->refused + totals->unrecorded), (unsigned)totals->already,
               (unsigned)totals->waiting, brief ? " (rows that are done are not listed)" : "");
    if (rows->count > 0) {
        table_note(table, "time_to_final_ms", "%llu p50, %llu p99",
                   (unsigned long long)(totals->final_p50_us / 1000),
                   (unsigned long long)(totals->final_p99_us / 1000));
    }
    if (!cli->quiet || cli->format != TABLE_TEXT) {
        cli_show(cli, table);
    } else {
        table_free(table);
    }
}
