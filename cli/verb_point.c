/* Questions about one thing, answered with a proof: status, why, position. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/argument.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/verb.h"
#include "cli/view.h"
#include "client/actor.h"
#include "ledger/values/outcome.h"

static bool reference_request(struct cli *cli, enum request_kind kind, struct request *out)
{
    memset(out, 0, sizeof *out);
    out->kind = kind;
    return argument_party(cli, out->party) &&
           argument_text("REFERENCE", cli->options.arguments[0], out->reference);
}

static struct proved *proved_new(void)
{
    struct proved *proved = malloc(sizeof *proved);

    TALLY_ASSERT(proved != NULL);
    return proved;
}

enum exit_code verb_status(struct cli *cli)
{
    struct request request;
    struct instruction_view view;
    struct proved *proved;
    enum exit_code code;

    if (!reference_request(cli, REQUEST_INSTRUCTION, &request)) {
        return failure_last();
    }
    proved = proved_new();
    code = node_point(cli, &request, request.reference, proved);
    if (code == EXIT_DONE) {
        if (instruction_view_make(proved, request.party, request.reference, &view)) {
            struct table *record = record_new("instruction");
            instruction_view_fill(&view, record);
            proof_note(&proved->facts, record);
            cli_show(cli, record);
        } else {
            code = node_lies(cli->node, "it proved another instruction than was asked for");
        }
    }
    free(proved);
    return code;
}

static void lack_fill(const struct reply_explain *explain, struct table *record)
{
    char needed[DECIMAL_TEXT_SIZE], available[DECIMAL_TEXT_SIZE];

    decimal_format(explain->lack_needed, explain->lack_decimals, needed);
    decimal_format(explain->lack_available, explain->lack_decimals, available);
    record_set(record, "lack", "%s account %s needs %s %s and has %s", explain->lack_party,
               explain->lack_account, needed, explain->lack_asset, available);
}

/* What differs from the nearest of the counterparty's; nothing once they have matched. */
static void explain_fill(const struct reply_explain *explain, struct table *record)
{
    unsigned differing = 0;

    if (explain->nearest_found) {
        record_set(record, explain->nearest_matched ? "matched_with" : "nearest", "%s of %s",
                   explain->nearest_reference, explain->nearest_party);
    }
    for (uint16_t i = 0; i < explain->comparison_count; i++) {
        const struct reply_comparison *comparison = &explain->comparisons[i];
        char name[40];
        if (comparison->code[0] == 0) {
            continue;
        }
        (void)snprintf(name, sizeof name, "differs_%u", ++differing);
        record_set(record, name, "%s %s: own %s, theirs %s", comparison->code, comparison->field,
                   comparison->own, comparison->other);
    }
    if (explain->detail != DETAIL_NONE) {
        record_set(record, "detail", "%s", detail_text((enum detail)explain->detail));
        record_set(record, "remedy", "%s", detail_hint((enum detail)explain->detail));
    }
    if (explain->lack_found) {
        lack_fill(explain, record);
    }
}

/*
 * The decisive facts are proved; the comparison with the nearest opposite is the node's word, and
 * so is whose limit keeps an instruction, which the record of one side does not say.
 */
static enum exit_code why_show(struct cli *cli, const struct request *request,
                               const struct proved *proved, const struct instruction_view *view)
{
    const struct instruction *instruction = &view->instruction;
    const struct instruction_status *deciding = instruction_deciding(instruction);
    const struct reply_explain *explain = &cli->node->reply.explain;
    bool limited = deciding->reason == REASON_OTHR && !instruction_ended(instruction);
    struct table *record = record_new("why");

    record_set(record, "reference", "%s", request->reference);
    record_set(record, "status", "%s", instruction_state(instruction));
    record_set(record, "reason", "%s", reason_code(deciding->reason));
    record_set(record, "explanation", "%s", reason_text(deciding->reason));
    record_set(record, "who_must_act", "%s",
               limited ? actor_text(explain->actor) : instruction_actor(instruction));
    explain_fill(explain, record);
    proof_note(&proved->facts, record);
    if (explain->nearest_found || explain->lack_found || explain->detail != DETAIL_NONE ||
        limited) {
        table_note(record, "unproved", "%s the word of node %u",
                   limited ? "who must act and the comparison are" : "the comparison is",
                   cli->node->validator);
    }
    cli_show(cli, record);
    return EXIT_DONE;
}

static const char *comparison_class(uint8_t number)
{
    return number <= 13 ? "mandatory" : number <= 18 ? "additional" : "optional";
}

/* Why two values agree, or that they do not. */
static const char *comparison_verdict(const struct reply_comparison *comparison)
{
    if (comparison->code[0] != 0) {
        return "differs";
    }
    if (strcmp(comparison->own, comparison->other) == 0) {
        return comparison->own[0] == 0 ? "absent in both" : "equal";
    }
    if (comparison->own[0] == 0 || comparison->other[0] == 0) {
        return "given by one, matches anything";
    }
    switch (comparison->number) {
    case 2:  /* movement */
    case 13: /* credit or debit, against payment and free of it */
    case 18:
        return "opposite";
    default:
        return "within the tolerance";
    }
}

static const struct table_column comparison_columns[] = {
    {"number", TABLE_NUMBER}, {"field", TABLE_LEFT},   {"class", TABLE_LEFT}, {"own", TABLE_LEFT},
    {"theirs", TABLE_LEFT},   {"verdict", TABLE_LEFT}, {"code", TABLE_LEFT},
};

/* Every matching field beside that of the counterpart, or of the nearest candidate. */
static enum exit_code comparison_show(struct cli *cli, const struct request *request,
                                      const struct proved *proved,
                                      const struct instruction_view *view)
{
    const struct reply_explain *explain = &cli->node->reply.explain;
    struct table *table = table_new("comparison", comparison_columns,
                                    sizeof comparison_columns / sizeof comparison_columns[0]);

    for (uint16_t i = 0; i < explain->comparison_count; i++) {
        const struct reply_comparison *comparison = &explain->comparisons[i];
        char number[8];
        const char *cells[] = {
            number,          comparison->field, comparison_class(comparison->number),
            comparison->own, comparison->other, comparison_verdict(comparison),
            comparison->code};
        (void)snprintf(number, sizeof number, "%u", (unsigned)comparison->number);
        table_row(table, cells);
    }
    table_note(table, "reference", "%s", request->reference);
    table_note(table, "status", "%s", instruction_state(&view->instruction));
    if (!explain->nearest_found) {
        table_note(table, "nearest", "no instruction of the counterparty names this party");
    } else {
        table_note(table, explain->nearest_matched ? "matched_with" : "nearest", "%s of %s",
                   explain->nearest_reference, explain->nearest_party);
        if (explain->tolerance[0] != 0) {
            table_note(table, "tolerance", "%s", explain->tolerance);
        }
        table_note(table, "unproved", "the comparison is the word of node %u",
                   cli->node->validator);
    }
    proof_note(&proved->facts, table);
    cli_show(cli, table);
    return EXIT_DONE;
}

typedef enum exit_code explain_show(struct cli *cli, const struct request *request,
                                    const struct proved *proved,
                                    const struct instruction_view *view);

static enum exit_code explain_ask(struct cli *cli, explain_show *show)
{
    struct instruction_view view;
    struct request request;
    struct proved *proved;
    enum exit_code code;

    if (!reference_request(cli, REQUEST_EXPLAIN, &request)) {
        return failure_last();
    }
    code = cli_node(cli);
    if (code == EXIT_DONE) {
        code = node_ask(cli, cli->node, &request);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (!cli->node->reply.found) {
        return failure(EXIT_UNKNOWN, request.reference, "check the reference and --bic",
                       "not known to node %u", cli->node->validator);
    }
    proved = proved_new();
    code = node_point_check(cli, cli->node, request.reference, proved);
    if (code == EXIT_DONE &&
        !instruction_view_make(proved, request.party, request.reference, &view)) {
        code = node_lies(cli->node, "it proved another instruction than was asked for");
    }
    if (code == EXIT_DONE) {
        code = show(cli, &request, proved, &view);
    }
    free(proved);
    return code;
}

enum exit_code verb_why(struct cli *cli)
{
    return explain_ask(cli, why_show);
}

enum exit_code verb_match_explain(struct cli *cli)
{
    return explain_ask(cli, comparison_show);
}

enum exit_code verb_position(struct cli *cli)
{
    struct request request = {.kind = REQUEST_POSITION};
    char what[CLIENT_TEXT35_SIZE + CLIENT_ASSET_SIZE + 2];
    struct proved *proved;
    struct table *record;
    enum exit_code code;

    if (!argument_party(cli, request.party) ||
        !argument_text("ACCOUNT", cli->options.arguments[0], request.account) ||
        !argument_asset("ASSET", cli->options.arguments[1], request.asset)) {
        return failure_last();
    }
    (void)snprintf(what, sizeof what, "%s %s", request.account, request.asset);
    proved = proved_new();
    code = node_point(cli, &request, what, proved);
    record = record_new("position");
    if (code == EXIT_DONE &&
        !position_view_fill(proved, request.party, request.account, request.asset, record)) {
        code = node_lies(cli->node, "it proved another position than was asked for");
    }
    if (code == EXIT_DONE) {
        proof_note(&proved->facts, record);
        cli_show(cli, record);
    } else {
        table_free(record);
    }
    free(proved);
    return code;
}
