/* Power of attorney, and transformations: what others may do with a party's instructions. */
#include <string.h>

#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"

static enum exit_code attorney(struct cli *cli, enum command_kind kind)
{
    const char *bic = cli->options.arguments[0];
    struct command command;

    if (!command_begin(cli, kind, &command)) {
        return failure_last();
    }
    if (!bic_parse(bic, strlen(bic), &command.attorney.attorney)) {
        return failure(EXIT_USAGE, bic, "8 or 11 letters and digits", "is not a BIC");
    }
    if (!text_take(cli, OPTION_ACCOUNT, false, &command.attorney.account)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_attorney_grant(struct cli *cli)
{
    return attorney(cli, COMMAND_ATTORNEY_GRANT);
}

enum exit_code verb_attorney_revoke(struct cli *cli)
{
    return attorney(cli, COMMAND_ATTORNEY_REVOKE);
}

enum exit_code verb_attorneys(struct cli *cli)
{
    return listing_form_show(cli, LIST_ATTORNEYS);
}

enum exit_code verb_transform(struct cli *cli)
{
    const char *reference = cli->options.arguments[0];
    const char *asset = option_value(&cli->options, OPTION_ASSET, "");
    const char *currency = option_value(&cli->options, OPTION_CURRENCY, "");
    struct command command;
    struct command_transform *transform = &command.transform;

    if (!command_begin(cli, COMMAND_TRANSFORM, &command) ||
        !bic_take(cli, OPTION_BIC, &transform->party) ||
        !asset_take(cli, OPTION_ASSET, &transform->asset) ||
        !text_take(cli, OPTION_NEW_REFERENCE, true, &transform->new_reference) ||
        !quantity_take(cli, OPTION_QUANTITY, asset, &transform->quantity)) {
        return failure_last();
    }
    if (!text35_parse(reference, strlen(reference), &transform->reference)) {
        return failure(EXIT_USAGE, reference, "check it", "is not a reference");
    }
    if (option_given(&cli->options, OPTION_AMOUNT)) {
        struct asset_code code;
        if (!asset_take(cli, OPTION_CURRENCY, &code) ||
            !quantity_take(cli, OPTION_AMOUNT, currency, &transform->amount)) {
            return failure_last();
        }
    }
    return command_submit(cli, &command);
}
