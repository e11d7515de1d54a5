/* Issuance and redemption of securities, cash in and out. */
#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/verb.h"

static enum exit_code issuance(struct cli *cli, enum command_kind kind, enum option_id asset,
                               enum option_id quantity)
{
    struct command command;
    const char *code = option_value(&cli->options, asset, "");

    if (!command_begin(cli, kind, &command) || !asset_take(cli, asset, &command.issuance.asset) ||
        !bic_take(cli, OPTION_BIC, &command.issuance.bic) ||
        !text_take(cli, OPTION_ACCOUNT, true, &command.issuance.account) ||
        !quantity_take(cli, quantity, code, &command.issuance.quantity)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_issue(struct cli *cli)
{
    return issuance(cli, COMMAND_ISSUE, OPTION_ASSET, OPTION_QUANTITY);
}

enum exit_code verb_redeem(struct cli *cli)
{
    return issuance(cli, COMMAND_REDEEM, OPTION_ASSET, OPTION_QUANTITY);
}

enum exit_code verb_cash_in(struct cli *cli)
{
    return issuance(cli, COMMAND_CASH_IN, OPTION_CURRENCY, OPTION_AMOUNT);
}

enum exit_code verb_cash_out(struct cli *cli)
{
    return issuance(cli, COMMAND_CASH_OUT, OPTION_CURRENCY, OPTION_AMOUNT);
}
