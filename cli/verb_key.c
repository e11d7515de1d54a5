/* Key files: making them, and reading what is readable without the pass phrase. */
#include <stdio.h>
#include <string.h>

#include "cli/failure.h"
#include "cli/key_make.h"
#include "cli/passphrase.h"
#include "cli/verb.h"

static const struct {
    const char *word;
    enum keyfile_kind kind;
} kind_words[] = {{"party-signing", KEYFILE_PARTY_SIGNING},
                  {"party-channel", KEYFILE_PARTY_CHANNEL},
                  {"validator-signing", KEYFILE_VALIDATOR_SIGNING},
                  {"validator-channel", KEYFILE_VALIDATOR_CHANNEL}};

static bool kind_take(struct cli *cli, enum keyfile_kind *out)
{
    const char *text = option_value(&cli->options, OPTION_KIND, kind_words[0].word);

    for (size_t i = 0; i < sizeof kind_words / sizeof kind_words[0]; i++) {
        if (strcmp(kind_words[i].word, text) == 0) {
            *out = kind_words[i].kind;
            return true;
        }
    }
    (void)failure(EXIT_USAGE, "--kind",
                  "use party-signing, party-channel, validator-signing or validator-channel",
                  "\"%s\" is none of them", text);
    return false;
}

static void key_show(struct cli *cli, const char *path, enum keyfile_kind kind,
                     const struct public_key *public_key)
{
    char text[GENESIS_KEY_TEXT_SIZE];
    struct table *record = record_new("key");

    genesis_key_format(public_key, text);
    record_set(record, "file", "%s", path);
    record_set(record, "kind", "%s", keyfile_kind_text(kind));
    record_set(record, "public_key", "%s", text);
    cli_show(cli, record);
}

enum exit_code verb_keygen(struct cli *cli)
{
    const char *path = cli->options.arguments[0];
    struct passphrase *passphrase;
    struct keyfile_cost cost;
    struct public_key public_key;
    enum keyfile_kind kind;
    enum exit_code code;

    if (!kind_take(cli, &kind) || !key_cost_take(cli, &cost)) {
        return EXIT_USAGE;
    }
    code = passphrase_take(option_value(&cli->options, OPTION_PASSPHRASE_FILE, ""),
                           "new pass phrase: ", true, &passphrase);
    if (code != EXIT_DONE) {
        return code;
    }
    code = key_make(path, kind, &cost, passphrase->text, passphrase->size, &public_key);
    passphrase_give(passphrase);
    if (code == EXIT_DONE) {
        key_show(cli, path, kind, &public_key);
    }
    return code;
}

enum exit_code verb_key_show(struct cli *cli)
{
    const char *path = cli->options.arguments[0];
    uint8_t bytes[KEYFILE_SIZE + 1];
    struct keyfile_header header;
    size_t size = 0;
    enum file_status read = file_read_all(file_system_posix(), path, bytes, sizeof bytes, &size);
    enum keyfile_status status;

    if (read != FILE_OK) {
        return failure(EXIT_FILES, path, file_status_hint(read), "%s", file_status_text(read));
    }
    status = keyfile_inspect(bytes, size, &header);
    if (status != KEYFILE_OK) {
        return failure(EXIT_MALFORMED, path, keyfile_status_hint(status), "%s",
                       keyfile_status_text(status));
    }
    key_show(cli, path, header.kind, &header.public_key);
    return EXIT_DONE;
}
