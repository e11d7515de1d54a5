/* Restriction types: the operator's dated rules that block, refuse or hold instructions. */
#include <string.h>

#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "ledger/instruction/instruction.h"
#include "ledger/instruction/transaction_code.h"
#include "ledger/restriction/restriction_type.h"
#include "ledger/values/date.h"

enum {
    CONDITION_SIZE_MAX = 64, /* of "cash-account=" and 35 characters */
};

static bool wrong_rule(const char *rule, const char *why)
{
    (void)failure(EXIT_USAGE, "--rule", "write it as 'party=BIC;movement=DELI'", "\"%s\" %s", rule,
                  why);
    return false;
}

/* The place of a word among two, from 1; 0: it is neither. */
static uint8_t place_of(const char *text, const char *first, const char *second)
{
    return strcmp(text, first) == 0 ? 1 : strcmp(text, second) == 0 ? 2 : 0;
}

static uint8_t type_of(const char *text)
{
    for (uint32_t type = 1; type <= UINT8_MAX; type++) {
        const char *code = transaction_type_code((uint8_t)type);
        if (code[0] != 0 && strcmp(code, text) == 0) {
            return (uint8_t)type;
        }
    }
    return 0;
}

/* What a condition asks for; false when its name or its value is none. */
static bool condition_take(const char *name, const char *value, struct restriction_rule *out)
{
    size_t size = strlen(value);
    _Static_assert(MOVEMENT_DELI == 1 && PAYMENT_APMT == 1 && CREDIT_DEBIT_CRDT == 1,
                   "the words are in this order");
    if (strcmp(name, "party") == 0) {
        return bic_parse(value, size, &out->party);
    }
    if (strcmp(name, "security") == 0) {
        return asset_code_parse(value, size, &out->security) && size == ISIN_SIZE;
    }
    if (strcmp(name, "currency") == 0) {
        return asset_code_parse(value, size, &out->currency) && size != ISIN_SIZE;
    }
    if (strcmp(name, "account") == 0) {
        return text35_parse(value, size, &out->account);
    }
    if (strcmp(name, "cash-account") == 0) {
        return text35_parse(value, size, &out->cash_account);
    }
    if (strcmp(name, "movement") == 0) {
        return (out->movement = place_of(value, "DELI", "RECE")) != 0;
    }
    if (strcmp(name, "payment") == 0) {
        return (out->payment = place_of(value, "APMT", "FREE")) != 0;
    }
    if (strcmp(name, "sign") == 0) {
        return (out->credit_debit = place_of(value, "CRDT", "DBIT")) != 0;
    }
    return strcmp(name, "type") == 0 && (out->transaction_type = type_of(value)) != 0;
}

/* What to say of a condition that was not taken. */
static const char *why_not_taken(const char *name)
{
    if (strcmp(name, "security") == 0) {
        return "has a security that is no ISIN with a right check digit";
    }
    return strcmp(name, "currency") == 0 ? "has a currency that is no code of three letters"
                                         : "has a condition that there is not, or a wrong value";
}

/* Do the conditions of text before `at` have the one named there? */
static bool condition_repeated(const char *text, const char *at)
{
    size_t size = strcspn(at, "=") + 1;

    for (const char *before = text; before < at; before += strcspn(before, ";") + 1) {
        if (strncmp(before, at, size) == 0) {
            return true;
        }
    }
    return false;
}

/* "party=BIC;movement=DELI": all of it must be so. */
static bool rule_parse(const char *text, struct restriction_rule *out)
{
    for (const char *at = text; *at != 0;) {
        char condition[CONDITION_SIZE_MAX];
        size_t size = strcspn(at, ";");
        if (size >= sizeof condition) {
            return wrong_rule(text, "is too long");
        }
        memcpy(condition, at, size);
        condition[size] = 0;
        char *value = strchr(condition, '=');
        if (value == NULL) {
            return wrong_rule(text, "has a condition without =");
        }
        *value++ = 0;
        if (condition_repeated(text, at)) {
            return wrong_rule(text, "has a condition twice");
        }
        if (!condition_take(condition, value, out)) {
            return wrong_rule(text, why_not_taken(condition));
        }
        at += size + (at[size] == ';' ? 1 : 0);
    }
    return restriction_rule_sound(out) || wrong_rule(text, "asks for nothing");
}

static bool rules_take(struct cli *cli, struct command_restriction_type_add *add)
{
    const struct option_values *given = &cli->options.values[OPTION_RULE];

    if (given->count > RESTRICTION_RULES_MAX) {
        (void)failure(EXIT_USAGE, "--rule", "make a second restriction type",
                      "is given more than %d times", RESTRICTION_RULES_MAX);
        return false;
    }
    for (unsigned i = 0; i < given->count; i++) {
        if (!rule_parse(given->items[i], &add->rules[i])) {
            return false;
        }
    }
    add->rule_count = (uint8_t)given->count;
    add->negative = option_given(&cli->options, OPTION_EXCEPT);
    return true;
}

/* --asset, or --account or --cash-account with --bic, or --bic alone, or nothing: all. */
static bool object_take(struct cli *cli, struct command_restriction_type_add *add)
{
    const struct options *options = &cli->options;
    bool asset = option_given(options, OPTION_ASSET);
    bool account = option_given(options, OPTION_ACCOUNT);
    bool cash = option_given(options, OPTION_CASH_ACCOUNT);
    bool party = option_given(options, OPTION_BIC);

    if ((asset && party) || (asset ? 1 : 0) + (account ? 1 : 0) + (cash ? 1 : 0) > 1) {
        (void)failure(EXIT_USAGE, "--asset, --account, --cash-account or --bic",
                      "name one; what else must be so is a --rule", "are given together");
        return false;
    }
    if (asset) {
        add->object = RESTRICTION_ON_SECURITY;
        return asset_take(cli, OPTION_ASSET, &add->asset);
    }
    if (account || cash) {
        add->object = account ? RESTRICTION_ON_SECURITIES_ACCOUNT : RESTRICTION_ON_CASH_ACCOUNT;
        return bic_take(cli, OPTION_BIC, &add->bic) &&
               text_take(cli, account ? OPTION_ACCOUNT : OPTION_CASH_ACCOUNT, true, &add->account);
    }
    add->object = party ? RESTRICTION_ON_PARTY : RESTRICTION_ON_INSTRUCTION;
    return !party || bic_take(cli, OPTION_BIC, &add->bic);
}

static bool day_take(struct cli *cli, enum option_id option, uint32_t *out)
{
    const char *text = option_value(&cli->options, option, NULL);

    if (text == NULL || date_parse(text, strlen(text), out)) {
        return true;
    }
    char name[OPTION_WORDS_SIZE];
    option_words(option, name);
    (void)failure(EXIT_USAGE, name, "write it as 2026-11-22", "\"%s\" is not a date", text);
    return false;
}

/* --from, or the command's date; --to, or none. */
static bool days_take(struct cli *cli, uint32_t date, struct command_restriction_type_add *add)
{
    add->valid_from = date;
    return day_take(cli, OPTION_FROM, &add->valid_from) && day_take(cli, OPTION_TO, &add->valid_to);
}

enum exit_code verb_restriction_type(struct cli *cli)
{
    static const char *const words[] = {"block", "reject", "hold"};
    const char *word = cli->options.arguments[0];
    struct command command;
    struct command_restriction_type_add *add = &command.restriction_type_add;

    _Static_assert(RESTRICTION_BLCK == 1 && RESTRICTION_CVHD == 3, "the words are in this order");
    if (!command_begin(cli, COMMAND_RESTRICTION_TYPE_ADD, &command)) {
        return failure_last();
    }
    for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        add->processing = strcmp(word, words[i]) == 0 ? (uint8_t)(i + 1) : add->processing;
    }
    if (add->processing == 0) {
        return failure(EXIT_USAGE, word, "say block, reject or hold", "is none of them");
    }
    if (!object_take(cli, add) || !days_take(cli, command.date, add) || !rules_take(cli, add)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_restriction_end(struct cli *cli)
{
    const char *reference = cli->options.arguments[0];
    struct command command;

    if (!command_begin(cli, COMMAND_RESTRICTION_TYPE_END, &command)) {
        return failure_last();
    }
    if (!text35_parse(reference, strlen(reference), &command.restriction_type_end.reference)) {
        return failure(EXIT_USAGE, reference, "see `tally restriction types`",
                       "is not a reference");
    }
    return command_submit(cli, &command);
}

enum exit_code verb_restriction_types(struct cli *cli)
{
    return listing_form_show(cli, LIST_RESTRICTION_TYPES);
}
