#include "cli/command_make.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "cli/asset_book.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/instruction_input.h"
#include "cli/submission.h"
#include "host/clock.h"
#include "ledger/values/date.h"

bool command_begin(struct cli *cli, enum command_kind kind, struct command *out)
{
    const char *date = option_value(&cli->options, OPTION_DATE, NULL);
    const char *reference = option_value(&cli->options, OPTION_REFERENCE, NULL);
    char made[TEXT_SIZE_MAX + 1];

    memset(out, 0, sizeof *out);
    out->kind = (uint8_t)kind;
    out->date = date_from_ms(clock_utc_ms());
    if (date != NULL && !date_parse(date, strlen(date), &out->date)) {
        (void)failure(EXIT_USAGE, "--date", "write it as 2026-11-22", "\"%s\" is not a date", date);
        return false;
    }
    if (reference == NULL) {
        (void)snprintf(made, sizeof made, "%s-%08x%08x", command_name((uint8_t)kind),
                       (unsigned)randombytes_random(), (unsigned)randombytes_random());
        reference = made;
    }
    if (!text35_parse(reference, strlen(reference), &out->reference)) {
        (void)failure(EXIT_USAGE, "--reference", "use at most 35 letters, digits and /-?:().,'+",
                      "\"%s\" is too long or has other characters", reference);
        return false;
    }
    return true;
}

static const char *needed(struct cli *cli, enum option_id option)
{
    const char *text = option_value(&cli->options, option, NULL);

    if (text == NULL) {
        char name[OPTION_WORDS_SIZE];
        option_words(option, name);
        (void)failure(EXIT_USAGE, name, option_meaning(option), "is missing");
    }
    return text;
}

static bool wrong(enum option_id option, const char *text, const char *what, const char *hint)
{
    char name[OPTION_WORDS_SIZE];

    option_words(option, name);
    (void)failure(EXIT_USAGE, name, hint, "\"%s\" is %s", text, what);
    return false;
}

bool bic_take(struct cli *cli, enum option_id option, struct bic *out)
{
    const char *text = needed(cli, option);

    return text != NULL && (bic_parse(text, strlen(text), out) ||
                            wrong(option, text, "not a BIC", "8 or 11 letters and digits"));
}

bool bic_or_own_take(struct cli *cli, struct bic *out)
{
    if (option_given(&cli->options, OPTION_BIC)) {
        return bic_take(cli, OPTION_BIC, out);
    }
    if (cli_party_load(cli) != EXIT_DONE) {
        return false;
    }
    return bic_parse(cli->party.bic, strlen(cli->party.bic), out) ||
           wrong(OPTION_BIC, cli->party.bic, "not a BIC", "check party.ini");
}

bool text_take(struct cli *cli, enum option_id option, bool is_needed, struct text35 *out)
{
    const char *text = is_needed ? needed(cli, option) : option_value(&cli->options, option, NULL);

    if (text == NULL) {
        return !is_needed;
    }
    return text35_parse(text, strlen(text), out) ||
           wrong(option, text, "too long or has other characters",
                 "use at most 35 letters, digits and /-?:().,'+");
}

bool asset_take(struct cli *cli, enum option_id option, struct asset_code *out)
{
    const char *text = needed(cli, option);

    return text != NULL &&
           (asset_code_parse(text, strlen(text), out) ||
            wrong(option, text, "neither a currency nor an ISIN with a right check digit",
                  "check it letter by letter"));
}

bool quantity_take(struct cli *cli, enum option_id option, const char *asset, int64_t *out)
{
    static struct asset_book book;
    const char *text = needed(cli, option);
    enum decimal_status status;
    unsigned decimals;

    if (text == NULL) {
        return false;
    }
    asset_book_init(&book, cli);
    if (!asset_book_decimals(&book, asset, &decimals)) {
        if (book.code == EXIT_DONE) {
            (void)failure(EXIT_UNKNOWN, asset, "check it, or have it registered",
                          "is not on the ledger");
        }
        return false;
    }
    status = decimal_parse(text, decimals, out);
    return (status == DECIMAL_OK && *out >= 0) ||
           wrong(option, text, status == DECIMAL_OK ? "negative" : decimal_status_text(status),
                 status == DECIMAL_OK ? "write it without a sign" : decimal_status_hint(status));
}

bool key_take(struct cli *cli, enum option_id option, enum keyfile_kind kind,
              struct public_key *out)
{
    uint8_t bytes[KEYFILE_SIZE + 1];
    struct keyfile_header header;
    enum keyfile_status status;
    size_t size = 0;
    const char *text = needed(cli, option);

    if (text == NULL) {
        return false;
    }
    if (genesis_key_parse(text, out)) {
        return true;
    }
    if (file_read_all(file_system_posix(), text, bytes, sizeof bytes, &size) != FILE_OK) {
        return wrong(option, text, "neither 64 hexadecimal digits nor a file that can be read",
                     "make a key file with `tally keygen`");
    }
    status = keyfile_inspect(bytes, size, &header);
    if (status != KEYFILE_OK) {
        (void)failure(EXIT_MALFORMED, text, keyfile_status_hint(status), "%s",
                      keyfile_status_text(status));
        return false;
    }
    if (header.kind != kind) {
        return wrong(option, text, "a key file of another kind", "see `tally key show`");
    }
    *out = header.public_key;
    return true;
}

bool word_take(struct cli *cli, enum option_id option, const char *words, uint8_t *out)
{
    const char *text = needed(cli, option);
    uint8_t place = 1;

    if (text == NULL) {
        return false;
    }
    for (const char *at = words; *at != 0; place++) {
        size_t length = strcspn(at, "|");
        if (strlen(text) == length && memcmp(text, at, length) == 0) {
            *out = place;
            return true;
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return wrong(option, text, "not one of its words", words);
}

bool priority_take(struct cli *cli, uint8_t otherwise, uint8_t *out)
{
    *out = otherwise;
    return !option_given(&cli->options, OPTION_PRIORITY) ||
           word_take(cli, OPTION_PRIORITY, "1|2|3|4", out);
}

bool partial_take(struct cli *cli, uint8_t otherwise, uint8_t *out)
{
    _Static_assert(PARTIAL_NPAR == 1 && PARTIAL_PARQ == 4, "the words are in this order");
    *out = otherwise;
    return !option_given(&cli->options, OPTION_PARTIAL) ||
           word_take(cli, OPTION_PARTIAL, "NPAR|PART|PARC|PARQ", out);
}

enum exit_code command_submit(struct cli *cli, const struct command *command)
{
    struct submission *submission = submission_new(cli, command_name(command->kind));
    enum exit_code code;

    submission_add(submission, command, 1);
    code = submission_run(submission);
    if (code == EXIT_DONE && !option_given(&cli->options, OPTION_NO_WAIT)) {
        code = submission_finish(submission);
    }
    submission_free(submission);
    return code;
}
