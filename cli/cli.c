#include "cli/cli.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "cli/passphrase.h"
#include "host/secret_memory.h"

#define TIMEOUT_DEFAULT_S 30ul
#define TIMEOUT_MAX_S     3600ul
#define AGE_DEFAULT_S     60ul
#define AGE_MAX_S         31622400ul /* a year */

bool cli_begin(struct cli *cli)
{
    unsigned long timeout_s, age_s;

    failure_use_json(option_given(&cli->options, OPTION_JSON));
    if (option_given(&cli->options, OPTION_JSON) && option_given(&cli->options, OPTION_CSV)) {
        (void)failure(EXIT_USAGE, "--json and --csv", "choose one", "two formats asked for");
        return false;
    }
    if (!option_number(&cli->options, OPTION_TIMEOUT, 1, TIMEOUT_MAX_S, TIMEOUT_DEFAULT_S,
                       &timeout_s) ||
        !option_number(&cli->options, OPTION_MAX_AGE, 0, AGE_MAX_S, AGE_DEFAULT_S, &age_s)) {
        return false;
    }
    cli->timeout_ms = (unsigned)timeout_s * 1000u;
    cli->age_max_s = (unsigned)age_s;
    cli->format = option_given(&cli->options, OPTION_JSON)  ? TABLE_JSON
                  : option_given(&cli->options, OPTION_CSV) ? TABLE_CSV
                                                            : TABLE_TEXT;
    cli->quiet = option_given(&cli->options, OPTION_QUIET);
    cli->terminal = isatty(STDOUT_FILENO) == 1;
    return true;
}

void cli_end(struct cli *cli)
{
    node_close(cli->node);
    secret_memory_give(cli->signing);
    secret_memory_give(cli->channel);
    free(cli->genesis);
    cli->node = NULL;
    cli->signing = cli->channel = NULL;
    cli->genesis = NULL;
}

static bool path_take(const struct cli_party *party, const char *value, char *out)
{
    int length = value[0] == '/'
                     ? snprintf(out, FILE_PATH_SIZE_MAX, "%s", value)
                     : snprintf(out, FILE_PATH_SIZE_MAX, "%s/%s", party->directory, value);

    return length > 0 && (size_t)length < FILE_PATH_SIZE_MAX;
}

static bool node_take(const char *value, unsigned *out)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);

    *out = (unsigned)number;
    return value[0] >= '0' && value[0] <= '9' && *end == 0 && number < GENESIS_VALIDATORS_MAX;
}

static int party_value(void *context, const char *section, const char *key, const char *value)
{
    struct cli_party *party = context;
    bool good = false;

    if (strcmp(section, "party") != 0) {
        good = false;
    } else if (strcmp(key, "bic") == 0) {
        good = strlen(value) < sizeof party->bic;
        if (good) {
            strcpy(party->bic, value);
        }
    } else if (strcmp(key, "genesis") == 0) {
        good = path_take(party, value, party->genesis);
    } else if (strcmp(key, "signing_key") == 0) {
        good = path_take(party, value, party->signing_key);
    } else if (strcmp(key, "channel_key") == 0) {
        good = path_take(party, value, party->channel_key);
    } else if (strcmp(key, "passphrase_file") == 0) {
        good = path_take(party, value, party->passphrase_file);
    } else if (strcmp(key, "node") == 0) {
        good = node_take(value, &party->node);
    }
    return good ? 1 : 0;
}

enum exit_code cli_party_load(struct cli *cli)
{
    struct cli_party *party = &cli->party;
    const char *directory = option_value(&cli->options, OPTION_AS, getenv("TALLY_AS"));
    char path[FILE_PATH_SIZE_MAX];
    int line;

    if (party->directory[0] != 0) {
        return EXIT_DONE;
    }
    if (directory == NULL || directory[0] == 0) {
        return failure(EXIT_USAGE, NULL, "give --as DIR or set TALLY_AS",
                       "it is not said which party to act for");
    }
    if (strlen(directory) + sizeof "/party.ini" > sizeof party->directory) {
        return failure(EXIT_USAGE, "--as", "name it by a shorter path", "the path is too long");
    }
    strcpy(party->directory, directory);
    (void)snprintf(path, sizeof path, "%.1000s/party.ini", directory);
    line = ini_parse(path, party_value, party);
    if (line < 0) {
        party->directory[0] = 0;
        return failure(EXIT_FILES, path, "name a directory made by `tally network init`", "%s",
                       strerror(errno));
    }
    if (line > 0 || party->bic[0] == 0 || party->genesis[0] == 0) {
        party->directory[0] = 0;
        return failure(EXIT_MALFORMED, path, "see `tally help party.ini`",
                       line > 0 ? "line %d is not understood" : "bic or genesis is missing", line);
    }
    return EXIT_DONE;
}

enum exit_code cli_file_read(const char *path, size_t size_max, enum exit_code if_larger,
                             char **content, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *buffer = malloc(size_max + 1);
    size_t got;
    int error;

    TALLY_ASSERT(buffer != NULL);
    if (file == NULL) {
        error = errno;
        free(buffer);
        return failure(EXIT_FILES, path, "check the path and its mode", "%s", strerror(error));
    }
    got = fread(buffer, 1, size_max + 1, file);
    error = ferror(file) != 0 ? errno : 0;
    (void)fclose(file);
    if (error != 0 || got > size_max) {
        free(buffer);
        return error != 0 ? failure(EXIT_FILES, path, "name a file that can be read", "%s",
                                    strerror(error))
                          : failure(if_larger, path, "check that it is the right file, or split it",
                                    "larger than %zu bytes", size_max);
    }
    buffer[got] = 0;
    *content = buffer;
    *size = got;
    return EXIT_DONE;
}

enum exit_code cli_file_write(const char *path, const void *content, size_t size)
{
    enum file_status status = file_replace(file_system_posix(), path, content, size);

    return status == FILE_OK ? EXIT_DONE
                             : failure(EXIT_FILES, path, file_status_hint(status), "%s",
                                       file_status_text(status));
}

enum exit_code cli_genesis_read(const char *path, struct genesis *out)
{
    struct genesis_fault fault;
    char *text;
    size_t size;
    enum exit_code code = cli_file_read(path, GENESIS_TEXT_BYTES_MAX, EXIT_MALFORMED, &text, &size);

    if (code != EXIT_DONE) {
        return code;
    }
    if (!genesis_parse(text, size, out, &fault)) {
        code = failure(EXIT_MALFORMED, path, "get the file again from another member",
                       fault.line > 0 ? "line %u: %s: %s" : "%.0u%s: %s", (unsigned)fault.line,
                       fault.field, fault.text);
    } else if (!genesis_governable(out, &fault)) {
        code = failure(EXIT_MALFORMED, path, "agree on another genesis", "%s: %s", fault.field,
                       fault.text);
    }
    free(text);
    return code;
}

enum exit_code cli_genesis_load(struct cli *cli)
{
    const char *path = option_value(&cli->options, OPTION_GENESIS, NULL);
    enum exit_code code;

    if (cli->genesis != NULL) {
        return EXIT_DONE;
    }
    if (path == NULL) {
        code = cli_party_load(cli);
        if (code != EXIT_DONE) {
            return code;
        }
        path = cli->party.genesis;
    }
    cli->genesis = malloc(sizeof *cli->genesis);
    TALLY_ASSERT(cli->genesis != NULL);
    code = cli_genesis_read(path, cli->genesis);
    if (code != EXIT_DONE) {
        free(cli->genesis);
        cli->genesis = NULL;
    }
    return code;
}

static enum exit_code key_open_with(const char *path, enum keyfile_kind kind,
                                    const struct passphrase *passphrase, struct secret_key *out)
{
    uint8_t bytes[KEYFILE_SIZE + 1];
    size_t size = 0;
    enum file_status read = file_read_all(file_system_posix(), path, bytes, sizeof bytes, &size);
    enum keyfile_status opened;

    if (read != FILE_OK && read != FILE_TOO_LARGE) {
        return failure(EXIT_FILES, path, file_status_hint(read), "%s", file_status_text(read));
    }
    opened = keyfile_open(bytes, read == FILE_OK ? size : sizeof bytes, kind, passphrase->text,
                          passphrase->size, out);
    return opened == KEYFILE_OK ? EXIT_DONE
                                : failure(EXIT_KEY, path, keyfile_status_hint(opened), "%s",
                                          keyfile_status_text(opened));
}

static const char *passphrase_path(const struct cli *cli)
{
    return option_value(&cli->options, OPTION_PASSPHRASE_FILE, cli->party.passphrase_file);
}

enum exit_code cli_unlock(struct cli *cli)
{
    struct passphrase *passphrase;
    enum exit_code code = cli_party_load(cli);

    if (code != EXIT_DONE || cli->signing != NULL) {
        return code;
    }
    code = passphrase_take(passphrase_path(cli), "pass phrase: ", false, &passphrase);
    if (code != EXIT_DONE) {
        return code;
    }
    cli->signing = secret_memory_take(sizeof *cli->signing);
    cli->channel = secret_memory_take(sizeof *cli->channel);
    if (cli->signing == NULL || cli->channel == NULL) {
        code = failure(EXIT_KEY, NULL, "raise the limit of locked memory (ulimit -l)",
                       "no locked memory for the keys");
    }
    if (code == EXIT_DONE) {
        code =
            key_open_with(cli->party.signing_key, KEYFILE_PARTY_SIGNING, passphrase, cli->signing);
    }
    if (code == EXIT_DONE) {
        code =
            key_open_with(cli->party.channel_key, KEYFILE_PARTY_CHANNEL, passphrase, cli->channel);
    }
    passphrase_give(passphrase);
    if (code != EXIT_DONE) {
        secret_memory_give(cli->signing);
        secret_memory_give(cli->channel);
        cli->signing = cli->channel = NULL;
    }
    return code;
}

/* The party's own node, or, when that is down and no other was asked for by name, the next that is
 * up: any member serves any party. */
static enum exit_code node_connect(struct cli *cli)
{
    unsigned count = cli->genesis->validator_count;
    unsigned own = cli->node_index;
    enum exit_code code;

    if (option_given(&cli->options, OPTION_NODE) || count == 1) {
        return cli->open_node(cli, own, &cli->node);
    }
    failure_mute(true);
    code = cli->open_node(cli, own, &cli->node);
    for (unsigned step = 1; step < count && code == EXIT_NODE_DOWN; step++) {
        cli->node_index = (own + step) % count;
        code = cli->open_node(cli, cli->node_index, &cli->node);
    }
    failure_mute(false);
    if (code != EXIT_DONE) {
        cli->node_index = own;
        return cli->open_node(cli, own, &cli->node); /* once more, to say why */
    }
    if (cli->node_index != own) {
        (void)snprintf(cli->remark, sizeof cli->remark, "node %u is down; node %u answered instead",
                       own, cli->node_index);
    }
    return EXIT_DONE;
}

enum exit_code cli_node(struct cli *cli)
{
    unsigned long index;
    enum exit_code code = cli_party_load(cli);

    if (code != EXIT_DONE || cli->node != NULL) {
        return code;
    }
    code = cli_genesis_load(cli);
    if (code == EXIT_DONE) {
        code = cli_unlock(cli);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (!option_number(&cli->options, OPTION_NODE, 0, GENESIS_VALIDATORS_MAX - 1, cli->party.node,
                       &index)) {
        return EXIT_USAGE;
    }
    if (index >= cli->genesis->validator_count) {
        return failure(EXIT_USAGE, "--node", "see the genesis file",
                       "there is no validator %lu: the genesis has %u", index,
                       (unsigned)cli->genesis->validator_count);
    }
    cli->node_index = (unsigned)index;
    return node_connect(cli);
}

void cli_show(struct cli *cli, struct table *table)
{
    table_print(table, cli->format, stdout);
    table_free(table);
}
