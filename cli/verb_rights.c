/* Rights: the keys of a party, what each may do, and what needs a second person. */
#include <string.h>

#include "cli/command_make.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"

#define YEAR_9999_END_MS UINT64_C(253402214400000)

/* An amount in smallest units; INT64_MAX when it is not given, or "none". */
static bool limit_take(struct cli *cli, enum option_id option, int64_t *out)
{
    const char *text = option_value(&cli->options, option, "none");
    char name[OPTION_WORDS_SIZE];

    *out = INT64_MAX;
    if (strcmp(text, "none") == 0) {
        return true;
    }
    if (decimal_parse(text, 0, out) != DECIMAL_OK || *out < 0) {
        option_words(option, name);
        (void)failure(EXIT_USAGE, name, "write smallest units, or none",
                      "\"%s\" is not a whole number", text);
        return false;
    }
    return true;
}

static bool rights_take(struct cli *cli, uint32_t *out)
{
    const char *rights = option_value(&cli->options, OPTION_RIGHTS, "submit");

    *out = genesis_rights_parse(rights);
    if (*out == 0) {
        (void)failure(EXIT_USAGE, "--rights", option_meaning(OPTION_RIGHTS),
                      "\"%s\" is no list of rights", rights);
    }
    return *out != 0;
}

static bool kinds_take(struct cli *cli, struct command_set *out)
{
    const char *kinds = option_value(&cli->options, OPTION_KINDS, "none");

    if (!genesis_kinds_parse(kinds, out)) {
        (void)failure(EXIT_USAGE, "--kinds", option_meaning(OPTION_KINDS),
                      "\"%.60s\" is no list of command kinds", kinds);
        return false;
    }
    return true;
}

/* "unit,currency" to the bits of enum asset_kind; 0 when not given: all. */
static bool asset_kinds_take(struct cli *cli, uint8_t *out)
{
    static const char *const names[] = {"unit", "nominal", "currency"};
    const char *text = option_value(&cli->options, OPTION_ASSET_KINDS, "");

    _Static_assert(ASSET_SECURITY_UNIT == 1 && ASSET_CURRENCY == 3, "the names are in this order");
    *out = 0;
    while (*text != 0) {
        size_t length = strcspn(text, ",");
        unsigned kind = 0;
        while (kind < 3 &&
               (strlen(names[kind]) != length || memcmp(names[kind], text, length) != 0)) {
            kind++;
        }
        if (kind == 3 || (*out & 1u << kind) != 0) {
            (void)failure(EXIT_USAGE, "--asset-kinds", option_meaning(OPTION_ASSET_KINDS),
                          "\"%.60s\" is no list of them", text);
            return false;
        }
        *out = (uint8_t)(*out | 1u << kind);
        text += length;
        text += *text == ',' ? 1 : 0;
    }
    return true;
}

/* --own-account, once for each. */
static bool accounts_take(struct cli *cli, struct key_scope *scope)
{
    const struct option_values *values = &cli->options.values[OPTION_OWN_ACCOUNT];

    if (values->count > KEY_ACCOUNT_MAX) {
        (void)failure(EXIT_USAGE, "--own-account", "use another key for the others",
                      "is given more than %u times", (unsigned)KEY_ACCOUNT_MAX);
        return false;
    }
    for (unsigned i = 0; i < values->count; i++) {
        const char *text = values->items[i];
        if (!text35_parse(text, strlen(text), &scope->accounts[scope->account_count])) {
            (void)failure(EXIT_USAGE, "--own-account", "check it", "\"%s\" is not an account",
                          text);
            return false;
        }
        scope->account_count++;
    }
    return true;
}

static bool scope_take(struct cli *cli, struct key_scope *scope)
{
    return kinds_take(cli, &scope->kinds) && asset_kinds_take(cli, &scope->asset_kinds) &&
           accounts_take(cli, scope);
}

enum exit_code verb_key_add(struct cli *cli)
{
    struct command command;
    struct command_key_add *add = &command.key_add;

    if (!command_begin(cli, COMMAND_KEY_ADD, &command) || !bic_take(cli, OPTION_BIC, &add->bic) ||
        !key_take(cli, OPTION_SIGNING, KEYFILE_PARTY_SIGNING, &add->public_key) ||
        (option_given(&cli->options, OPTION_CHANNEL) &&
         !key_take(cli, OPTION_CHANNEL, KEYFILE_PARTY_CHANNEL, &add->channel_key)) ||
        !text_take(cli, OPTION_PERSON, false, &add->person) ||
        !limit_take(cli, OPTION_LIMIT, &add->amount_limit) ||
        !limit_take(cli, OPTION_DAY_LIMIT, &add->day_limit) || !rights_take(cli, &add->rights) ||
        !scope_take(cli, &add->scope)) {
        return failure_last();
    }
    add->valid_from_ms = 0;
    add->valid_until_ms = YEAR_9999_END_MS;
    return command_submit(cli, &command);
}

enum exit_code verb_key_change(struct cli *cli)
{
    struct command command;
    struct command_key_change *change = &command.key_change;

    if (!command_begin(cli, COMMAND_KEY_CHANGE, &command) ||
        !key_take(cli, OPTION_SIGNING, KEYFILE_PARTY_SIGNING, &change->public_key) ||
        !text_take(cli, OPTION_PERSON, false, &change->person) ||
        !limit_take(cli, OPTION_LIMIT, &change->amount_limit) ||
        !limit_take(cli, OPTION_DAY_LIMIT, &change->day_limit) ||
        !rights_take(cli, &change->rights) || !scope_take(cli, &change->scope)) {
        return failure_last();
    }
    change->valid_from_ms = 0;
    change->valid_until_ms = YEAR_9999_END_MS;
    return command_submit(cli, &command);
}

enum exit_code verb_key_revoke(struct cli *cli)
{
    struct command command;

    if (!command_begin(cli, COMMAND_KEY_REVOKE, &command) ||
        !key_take(cli, OPTION_SIGNING, KEYFILE_PARTY_SIGNING, &command.key_revoke.public_key)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_policy(struct cli *cli)
{
    struct command command;
    struct approval_policy *policy = &command.approval_policy.policy;

    if (!command_begin(cli, COMMAND_APPROVAL_POLICY, &command) ||
        !bic_or_own_take(cli, &command.approval_policy.bic) || !kinds_take(cli, &policy->kinds) ||
        !limit_take(cli, OPTION_LIMIT, &policy->amount)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_keys(struct cli *cli)
{
    return listing_form_show(cli, LIST_KEYS);
}

enum exit_code verb_policies(struct cli *cli)
{
    return listing_form_show(cli, LIST_POLICIES);
}
