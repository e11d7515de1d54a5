#include "cli/argument.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/failure.h"
#include "client/actor.h"
#include "ledger/values/date.h"
#include "ledger/values/identifier.h"

static bool wrong(const char *what, const char *text, const char *meant, const char *hint)
{
    (void)failure(EXIT_USAGE, what, hint, "\"%.60s\" is %s", text, meant);
    return false;
}

bool argument_bic(const char *what, const char *text, char out[CLIENT_BIC_SIZE])
{
    struct bic bic;

    if (!bic_parse(text, strlen(text), &bic)) {
        return wrong(what, text, "not a BIC", "write 8 or 11 capital letters and digits");
    }
    memcpy(out, bic.text, BIC_SIZE);
    out[BIC_SIZE] = 0;
    return true;
}

bool argument_asset(const char *what, const char *text, char out[CLIENT_ASSET_SIZE])
{
    struct asset_code code;

    if (!asset_code_parse(text, strlen(text), &code)) {
        return wrong(what, text, "neither a currency nor an ISIN with a right check digit",
                     "check it letter by letter");
    }
    memcpy(out, code.text, code.size);
    out[code.size] = 0;
    return true;
}

bool argument_text(const char *what, const char *text, char out[CLIENT_TEXT35_SIZE])
{
    struct text35 parsed;

    if (!text35_parse(text, strlen(text), &parsed)) {
        return wrong(what, text, "too long, empty or has other characters",
                     "use at most 35 letters, digits, blanks and /-?:().,'+");
    }
    memcpy(out, parsed.text, parsed.size);
    out[parsed.size] = 0;
    return true;
}

bool argument_date(const char *what, const char *text, char out[CLIENT_DATE_SIZE])
{
    uint32_t date;

    if (!date_parse(text, strlen(text), &date)) {
        return wrong(what, text, "not a date", "write it as 2026-11-22");
    }
    (void)snprintf(out, CLIENT_DATE_SIZE, "%.10s", text);
    return true;
}

bool argument_word(const char *what, const char *text, const char *words,
                   char out[CLIENT_CODE_SIZE])
{
    for (const char *at = words; *at != 0;) {
        size_t length = strcspn(at, "|");
        if (strlen(text) == length && memcmp(text, at, length) == 0) {
            (void)snprintf(out, CLIENT_CODE_SIZE, "%s", text);
            return true;
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return wrong(what, text, "not one of its words", words);
}

bool argument_reason(const char *what, const char *text, char out[CLIENT_CODE_SIZE])
{
    if (reason_of_code(text) != REASON_NONE) {
        (void)snprintf(out, CLIENT_CODE_SIZE, "%s", text);
        return true;
    }
    return wrong(what, text, "not a reason of this ledger",
                 "write the four letters that `tally why` and the lists show");
}

bool argument_party(struct cli *cli, char out[CLIENT_BIC_SIZE])
{
    const char *bic = option_value(&cli->options, OPTION_BIC, NULL);

    if (bic != NULL) {
        return argument_bic("--bic", bic, out);
    }
    return cli_party_load(cli) == EXIT_DONE && argument_bic("party.ini", cli->party.bic, out);
}
