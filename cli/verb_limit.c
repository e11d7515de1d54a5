/* Limits of what may settle in a day: with a counterparty, or out of an own account. */
#include <string.h>

#include "cli/argument.h"
#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "ledger/limit/limit.h"

/* Either --counterparty or --account says of what. */
static bool subject_take(struct cli *cli, struct command_limit_set *set)
{
    bool other = option_given(&cli->options, OPTION_COUNTERPARTY);

    if (other == option_given(&cli->options, OPTION_ACCOUNT)) {
        (void)failure(EXIT_USAGE, "--counterparty or --account", "say of which the limit is",
                      other ? "are both given" : "is missing");
        return false;
    }
    set->scope = other ? LIMIT_COUNTERPARTY : LIMIT_ACCOUNT;
    return other ? bic_take(cli, OPTION_COUNTERPARTY, &set->counterparty)
                 : text_take(cli, OPTION_ACCOUNT, true, &set->account);
}

enum exit_code verb_limit_set(struct cli *cli)
{
    const char *quantity = option_value(&cli->options, OPTION_QUANTITY, "");
    char asset[CLIENT_ASSET_SIZE];
    struct command command;
    struct command_limit_set *set = &command.limit_set;

    if (!command_begin(cli, COMMAND_LIMIT_SET, &command) || !bic_or_own_take(cli, &set->bic) ||
        !argument_asset("ASSET", cli->options.arguments[0], asset) || !subject_take(cli, set)) {
        return failure_last();
    }
    if (!asset_code_parse(asset, strlen(asset), &set->asset)) {
        return failure(EXIT_USAGE, asset, "check it letter by letter", "is no asset");
    }
    set->amount = INT64_MAX;
    if (strcmp(quantity, "none") != 0 &&
        !quantity_take(cli, OPTION_QUANTITY, asset, &set->amount)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_limits(struct cli *cli)
{
    return listing_form_show(cli, LIST_LIMITS);
}
