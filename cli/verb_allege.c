/* Allegements: what counterparties have instructed and wait for, and accepting one. */
#include <string.h>

#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"

enum exit_code verb_allege(struct cli *cli)
{
    return listing_form_show(cli, LIST_ALLEGEMENTS);
}

/* The acceptor says again what it accepts, in the asset's decimals: quantity, and cash if any. */
static bool accepted_take(struct cli *cli, struct command_allegement_accept *accept)
{
    const char *asset = option_value(&cli->options, OPTION_ASSET, "");
    const char *currency = option_value(&cli->options, OPTION_CURRENCY, NULL);
    struct asset_code code;

    if (!asset_take(cli, OPTION_ASSET, &code) ||
        !quantity_take(cli, OPTION_QUANTITY, asset, &accept->quantity)) {
        return false;
    }
    if (currency == NULL && !option_given(&cli->options, OPTION_AMOUNT)) {
        return true; /* free of payment */
    }
    return asset_take(cli, OPTION_CURRENCY, &code) &&
           quantity_take(cli, OPTION_AMOUNT, currency, &accept->amount);
}

enum exit_code verb_allege_accept(struct cli *cli)
{
    const char *reference = cli->options.arguments[0];
    struct command command;
    struct command_allegement_accept *accept = &command.allegement_accept;

    if (!command_begin(cli, COMMAND_ALLEGEMENT_ACCEPT, &command)) {
        return failure_last();
    }
    if (!text35_parse(reference, strlen(reference), &accept->reference)) {
        return failure(EXIT_USAGE, reference, "see `tally allege`", "is not a reference");
    }
    if (!bic_take(cli, OPTION_BIC, &accept->party) ||
        !text_take(cli, OPTION_ACCOUNT, false, &accept->account) ||
        !text_take(cli, OPTION_CASH_ACCOUNT, false, &accept->cash_account) ||
        !priority_take(cli, PRIORITY_NORMAL, &accept->priority) ||
        !partial_take(cli, PARTIAL_NPAR, &accept->partial) || !accepted_take(cli, accept)) {
        return failure_last();
    }
    accept->hold = option_given(&cli->options, OPTION_HOLD);
    return command_submit(cli, &command);
}
