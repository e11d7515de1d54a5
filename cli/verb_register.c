/* Reference data: parties, keys, assets, accounts. */
#include <stdlib.h>
#include <string.h>

#include "cli/command_make.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/verb.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"

/* A new party is a participant unless more is said; of one that is there, nothing is assumed. */
static bool roles_take(struct cli *cli, const char *otherwise, uint32_t *out)
{
    const char *text = option_value(&cli->options, OPTION_ROLES, otherwise);

    *out = genesis_roles_parse(text);
    if (*out == 0) {
        (void)failure(EXIT_USAGE, "--roles", option_meaning(OPTION_ROLES),
                      text[0] == 0 ? "is missing%s" : "\"%s\" is no list of roles", text);
    }
    return *out != 0;
}

static bool quota_take(struct cli *cli, uint32_t *out)
{
    unsigned long quota;

    if (!option_number(&cli->options, OPTION_QUOTA, 0, UINT32_MAX, 0, &quota)) {
        return false;
    }
    *out = (uint32_t)quota;
    return true;
}

enum exit_code verb_party_add(struct cli *cli)
{
    struct command command;

    if (!command_begin(cli, COMMAND_PARTY_ADD, &command) ||
        !bic_take(cli, OPTION_BIC, &command.party_add.bic) ||
        !text_take(cli, OPTION_NAME, true, &command.party_add.name) ||
        !roles_take(cli, "participant", &command.party_add.roles) ||
        !quota_take(cli, &command.party_add.instruction_quota)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_party_change(struct cli *cli)
{
    struct command command;

    if (!command_begin(cli, COMMAND_PARTY_CHANGE, &command) ||
        !bic_take(cli, OPTION_BIC, &command.party_change.bic) ||
        !roles_take(cli, "", &command.party_change.roles) ||
        !word_take(cli, OPTION_STATUS, "active|suspended|blocked", &command.party_change.status) ||
        !quota_take(cli, &command.party_change.instruction_quota)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

/* A settlement unit in the new asset's own decimals; the smallest unit when not given. */
static bool unit_take(struct cli *cli, enum option_id option, unsigned decimals, int64_t *out)
{
    const char *text = option_value(&cli->options, option, NULL);
    enum decimal_status status;

    *out = 1;
    if (text == NULL) {
        return true;
    }
    status = decimal_parse(text, decimals, out);
    if (status != DECIMAL_OK || *out < 1) {
        char name[OPTION_WORDS_SIZE];
        option_words(option, name);
        (void)failure(EXIT_USAGE, name,
                      status == DECIMAL_OK ? "give at least the smallest unit"
                                           : decimal_status_hint(status),
                      "\"%s\" is not a positive quantity of this asset", text);
        return false;
    }
    return true;
}

enum exit_code verb_asset_add(struct cli *cli)
{
    struct command command;
    struct command_asset_add *add = &command.asset_add;
    unsigned long decimals;

    if (!command_begin(cli, COMMAND_ASSET_ADD, &command) ||
        !asset_take(cli, OPTION_ASSET, &add->code) ||
        !text_take(cli, OPTION_NAME, true, &add->name) ||
        !bic_take(cli, OPTION_ISSUER, &add->issuer) ||
        !text_take(cli, OPTION_ACCOUNT, true, &add->issuance_account) ||
        !option_number(&cli->options, OPTION_DECIMALS, 0, ASSET_DECIMALS_MAX,
                       add->code.size == CURRENCY_SIZE ? 2 : 0, &decimals)) {
        return failure_last();
    }
    add->decimals = (uint8_t)decimals;
    add->kind = add->code.size == CURRENCY_SIZE ? ASSET_CURRENCY : ASSET_SECURITY_UNIT;
    if (option_given(&cli->options, OPTION_KIND) &&
        !word_take(cli, OPTION_KIND, "unit|nominal|currency", &add->kind)) {
        return failure_last();
    }
    if (!unit_take(cli, OPTION_UNIT, add->decimals, &add->settlement_unit_min) ||
        !unit_take(cli, OPTION_MULTIPLE, add->decimals, &add->settlement_unit_multiple)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_asset_change(struct cli *cli)
{
    struct command command;

    if (!command_begin(cli, COMMAND_ASSET_CHANGE, &command) ||
        !asset_take(cli, OPTION_ASSET, &command.asset_change.code) ||
        !word_take(cli, OPTION_STATUS, "active|blocked", &command.asset_change.status)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_account_open(struct cli *cli)
{
    struct command command;

    if (!command_begin(cli, COMMAND_ACCOUNT_OPEN, &command) ||
        !bic_or_own_take(cli, &command.account_open.bic) ||
        !text_take(cli, OPTION_ACCOUNT, true, &command.account_open.id) ||
        !word_take(cli, OPTION_KIND, "securities|cash", &command.account_open.kind)) {
        return failure_last();
    }
    command.account_open.is_default = option_given(&cli->options, OPTION_DEFAULT);
    return command_submit(cli, &command);
}

enum exit_code verb_account_change(struct cli *cli)
{
    struct command command;

    if (!command_begin(cli, COMMAND_ACCOUNT_CHANGE, &command) ||
        !bic_or_own_take(cli, &command.account_change.bic) ||
        !text_take(cli, OPTION_ACCOUNT, true, &command.account_change.id) ||
        !word_take(cli, OPTION_STATUS, "open|blocked|closed", &command.account_change.status)) {
        return failure_last();
    }
    command.account_change.is_default = option_given(&cli->options, OPTION_DEFAULT);
    return command_submit(cli, &command);
}

enum exit_code verb_credit_limit(struct cli *cli)
{
    struct command command;
    const char *currency = option_value(&cli->options, OPTION_CURRENCY, "");

    if (!command_begin(cli, COMMAND_CREDIT_LIMIT, &command) ||
        !bic_or_own_take(cli, &command.credit_limit.bic) ||
        !text_take(cli, OPTION_ACCOUNT, true, &command.credit_limit.account) ||
        !asset_take(cli, OPTION_CURRENCY, &command.credit_limit.currency) ||
        !quantity_take(cli, OPTION_AMOUNT, currency, &command.credit_limit.limit)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}
