/* What a party does with an instruction that is there, and the second half of four-eyes commands.
 * */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/argument.h"
#include "cli/command_make.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/instruction_input.h"
#include "cli/node.h"
#include "cli/verb.h"
#include "cli/view.h"

static bool target_begin(struct cli *cli, enum command_kind kind, struct command *out)
{
    const char *reference = cli->options.arguments[0];

    if (!command_begin(cli, kind, out) || !bic_or_own_take(cli, &out->target.party)) {
        return false;
    }
    if (!text35_parse(reference, strlen(reference), &out->target.reference)) {
        (void)failure(EXIT_USAGE, reference, "check it", "is not a reference");
        return false;
    }
    return true;
}

enum exit_code verb_cancel(struct cli *cli)
{
    struct command command;

    return target_begin(cli, COMMAND_CANCEL, &command) ? command_submit(cli, &command)
                                                       : failure_last();
}

/* --kind says which of the four holds; a party has only the first. */
static bool hold_take(struct cli *cli, uint8_t *out)
{
    uint8_t place = 1;

    if (option_given(&cli->options, OPTION_KIND) &&
        !word_take(cli, OPTION_KIND, "party|csd|validation|conditional", &place)) {
        return false;
    }
    *out = (uint8_t)(DIMENSION_HOLD_PARTY + place - 1);
    return true;
}

enum exit_code verb_hold(struct cli *cli)
{
    struct command command;

    if (!target_begin(cli, COMMAND_HOLD, &command) || !hold_take(cli, &command.target.hold)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

/* A quantity of the instruction, in the decimals of its asset, which are asked for, proved. */
static enum exit_code released_take(struct cli *cli, const char *reference, int64_t *out)
{
    const char *text = option_value(&cli->options, OPTION_QUANTITY, "");
    struct request request = {.kind = REQUEST_INSTRUCTION};
    struct proved *proved = malloc(sizeof *proved);
    struct instruction_view view;
    enum decimal_status status;
    enum exit_code code;

    TALLY_ASSERT(proved != NULL);
    if (!argument_party(cli, request.party) ||
        !argument_text("REFERENCE", reference, request.reference)) {
        free(proved);
        return failure_last();
    }
    code = node_point(cli, &request, reference, proved);
    if (code == EXIT_DONE && !instruction_view_make(proved, request.party, reference, &view)) {
        code = node_lies(cli->node, "it proved another instruction than was asked for");
    }
    free(proved);
    if (code != EXIT_DONE) {
        return code;
    }
    status = decimal_parse(text, view.quantity_decimals, out);
    return status == DECIMAL_OK ? EXIT_DONE
                                : failure(EXIT_USAGE, "--quantity", decimal_status_hint(status),
                                          "\"%s\" is %s", text, decimal_status_text(status));
}

/* A part of what stays on hold. */
static enum exit_code partial_release(struct cli *cli)
{
    const char *reference = cli->options.arguments[0];
    struct command command;
    struct command_partial_release *release = &command.partial_release;
    enum exit_code code;

    if (option_given(&cli->options, OPTION_KIND) || option_given(&cli->options, OPTION_BIC)) {
        return failure(EXIT_USAGE, "--quantity", "leave --kind and --bic out",
                       "releases of the own party's hold");
    }
    if (!command_begin(cli, COMMAND_PARTIAL_RELEASE, &command)) {
        return failure_last();
    }
    if (!text35_parse(reference, strlen(reference), &release->reference)) {
        return failure(EXIT_USAGE, reference, "check it", "is not a reference");
    }
    code = released_take(cli, reference, &release->quantity);
    return code == EXIT_DONE ? command_submit(cli, &command) : code;
}

enum exit_code verb_release(struct cli *cli)
{
    struct command command;

    if (option_given(&cli->options, OPTION_QUANTITY)) {
        return partial_release(cli);
    }

    if (!target_begin(cli, COMMAND_RELEASE, &command) || !hold_take(cli, &command.target.hold)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

/* Processing fields only: what is not given stays as it is. */
enum exit_code verb_amend(struct cli *cli)
{
    struct command command;

    if (!target_begin(cli, COMMAND_AMEND, &command) ||
        !priority_take(cli, 0, &command.target.priority) ||
        !partial_take(cli, 0, &command.target.partial)) {
        return failure_last();
    }
    if (command.target.priority == 0 && command.target.partial == 0) {
        return failure(EXIT_USAGE, "--priority or --partial",
                       "say what to change; links are changed "
                       "with `tally unlink` and `tally link`",
                       "is missing");
    }
    return command_submit(cli, &command);
}

static enum exit_code approval(struct cli *cli, enum command_kind kind)
{
    const char *reference = cli->options.arguments[0];
    const char *content = option_value(&cli->options, OPTION_CONTENT, "");
    struct command command;
    struct public_key hash;

    if (!command_begin(cli, kind, &command)) {
        return failure_last();
    }
    if (!text35_parse(reference, strlen(reference), &command.approval.reference)) {
        return failure(EXIT_USAGE, reference, "check it", "is not a reference");
    }
    if (!genesis_key_parse(content, &hash)) {
        return failure(EXIT_USAGE, "--content", "the submitter was told it",
                       "is not 64 hexadecimal digits");
    }
    memcpy(command.approval.content.bytes, hash.bytes, sizeof hash.bytes);
    return command_submit(cli, &command);
}

enum exit_code verb_approve(struct cli *cli)
{
    return approval(cli, COMMAND_APPROVE);
}

enum exit_code verb_reject(struct cli *cli)
{
    return approval(cli, COMMAND_DRAFT_REJECT);
}
