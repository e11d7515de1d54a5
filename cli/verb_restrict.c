/* Settlement restrictions: setting part of a position aside, changing that, and giving it up. */
#include <string.h>

#include "cli/argument.h"
#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "ledger/restriction/restriction.h"

enum exit_code verb_restrict(struct cli *cli)
{
    char account[CLIENT_TEXT35_SIZE], asset[CLIENT_ASSET_SIZE];
    struct command command;
    struct command_restriction_set *set = &command.restriction_set;

    _Static_assert(RESTRICTION_BLOCKING == 1 && RESTRICTION_PLEDGING == 4,
                   "the words are in this order");
    if (!command_begin(cli, COMMAND_RESTRICTION_SET, &command) ||
        !bic_or_own_take(cli, &set->bic) ||
        !argument_text("ACCOUNT", cli->options.arguments[0], account) ||
        !argument_asset("ASSET", cli->options.arguments[1], asset) ||
        !word_take(cli, OPTION_KIND, "blocking|reservation|earmarking|pledging", &set->kind) ||
        !quantity_take(cli, OPTION_QUANTITY, asset, &set->quantity)) {
        return failure_last();
    }
    if (!text35_parse(account, strlen(account), &set->account) ||
        !asset_code_parse(asset, strlen(asset), &set->asset)) {
        return failure(EXIT_USAGE, account, "check it", "is not an account of an asset");
    }
    return command_submit(cli, &command);
}

static bool change_begin(struct cli *cli, enum command_kind kind, struct command *out)
{
    const char *reference = cli->options.arguments[0];

    if (!command_begin(cli, kind, out) || !bic_or_own_take(cli, &out->restriction_change.party)) {
        return false;
    }
    if (!text35_parse(reference, strlen(reference), &out->restriction_change.reference)) {
        (void)failure(EXIT_USAGE, reference, "see `tally restrictions`", "is not a reference");
        return false;
    }
    return true;
}

/* By how much: in the decimals of --asset. */
static enum exit_code change(struct cli *cli, enum command_kind kind)
{
    const char *asset = option_value(&cli->options, OPTION_ASSET, "");
    struct asset_code code;
    struct command command;

    if (!change_begin(cli, kind, &command) || !asset_take(cli, OPTION_ASSET, &code) ||
        !quantity_take(cli, OPTION_QUANTITY, asset, &command.restriction_change.quantity)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_restrict_increase(struct cli *cli)
{
    return change(cli, COMMAND_RESTRICTION_INCREASE);
}

enum exit_code verb_restrict_decrease(struct cli *cli)
{
    return change(cli, COMMAND_RESTRICTION_DECREASE);
}

enum exit_code verb_restrict_release(struct cli *cli)
{
    struct command command;

    return change_begin(cli, COMMAND_RESTRICTION_RELEASE, &command) ? command_submit(cli, &command)
                                                                    : failure_last();
}

enum exit_code verb_restrictions(struct cli *cli)
{
    return listing_form_show(cli, LIST_RESTRICTIONS);
}
