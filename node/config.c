/*
 * config.c: see config.h. libinih cuts the text into section, name and value; the table below says
 * what each means. Adding a setting is adding a row.
 */
#include "node/config.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALIDATORS_MAX = 128,
    SEEN_MAX = 64,
};

enum setting_kind {
    SETTING_PATH,
    SETTING_TEXT, /* an address */
    SETTING_U32,
    SETTING_U64,
    SETTING_BOOL,
    SETTING_VALIDATOR, /* a number or "observer" */
    SETTING_LEVEL,
    SETTING_FORMAT,
};

struct setting {
    const char *section;
    const char *name;
    enum setting_kind kind;
    size_t offset; /* in struct config */
    uint64_t low;
    uint64_t high;
};

#define SETTING(section, name, kind, member, low, high)                 \
    {                                                                   \
        section, name, kind, offsetof(struct config, member), low, high \
    }

static const struct setting settings[] = {
    SETTING("node", "genesis", SETTING_PATH, genesis, 0, 0),
    SETTING("node", "validator", SETTING_VALIDATOR, validator, 0, VALIDATORS_MAX - 1),
    SETTING("node", "data", SETTING_PATH, data, 0, 0),
    SETTING("node", "signing_key", SETTING_PATH, signing_key, 0, 0),
    SETTING("node", "channel_key", SETTING_PATH, channel_key, 0, 0),
    SETTING("node", "passphrase_file", SETTING_PATH, passphrase_file, 0, 0),
    SETTING("node", "workers", SETTING_U32, workers, 1, 64),
    SETTING("listen", "address", SETTING_TEXT, listen_address, 0, 0),
    SETTING("listen", "clients_max", SETTING_U32, clients_max, 1, 4096),
    SETTING("listen", "handshakes_per_second", SETTING_U32, handshakes_per_second, 1, 1000),
    SETTING("storage", "journal_bytes", SETTING_U64, journal_bytes, 1u << 20, UINT64_C(1) << 40),
    SETTING("storage", "segment_bytes", SETTING_U64, segment_bytes, 1u << 20, UINT64_C(1) << 40),
    SETTING("storage", "keep_history", SETTING_BOOL, keep_history, 0, 0),
    SETTING("storage", "checkpoint_bytes", SETTING_U64, checkpoint_bytes, 1u << 16,
            UINT64_C(1) << 30),
    SETTING("storage", "read_model", SETTING_BOOL, read_model, 0, 0),
    SETTING("log", "level", SETTING_LEVEL, log_level, 0, 0),
    SETTING("log", "format", SETTING_FORMAT, log_format, 0, 0),
};
enum {
    SETTING_COUNT = sizeof(settings) / sizeof(settings[0])
};
_Static_assert((int)SETTING_COUNT <= (int)SEEN_MAX, "each setting has its mark in `seen`");

struct parse {
    struct config *config;
    struct config_error *error;
    const char *directory;
    const char *text; /* not yet read */
    size_t left;
    int line; /* being handled, from 1 */
    bool seen[SEEN_MAX];
    bool peer_seen[VALIDATORS_MAX];
    bool failed;
};

static void fail_at(struct parse *parse, int line, const char *section, const char *name,
                    const char *what)
{
    if (parse->failed) {
        return; /* the first error is the one to mend first */
    }
    parse->failed = true;
    parse->error->line = (uint32_t)line;
    if (line > 0) {
        (void)snprintf(parse->error->text, sizeof(parse->error->text),
                       "line %d: [%.32s] %.64s: %.100s", line, section, name, what);
    } else {
        (void)snprintf(parse->error->text, sizeof(parse->error->text), "[%.32s] %.64s: %.100s",
                       section, name, what);
    }
    /* What stood in the file may hold anything; one line stays one line. */
    for (char *c = parse->error->text; *c != '\0'; c++) {
        *c = *c < ' ' || *c > '~' ? '?' : *c;
    }
}

/* At the line being handled. */
static void fail(struct parse *parse, const char *section, const char *name, const char *what)
{
    fail_at(parse, parse->line, section, name, what);
}

/* ---- Values ----------------------------------------------------------------------------- */

/* A decimal number without sign, space or leading zero. */
static bool number_parse(const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
    uint64_t value = 0;
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0')) {
        return false;
    }
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return value >= low && value <= high;
}

/* Paths are relative to the file's directory. */
static bool path_parse(const char *text, const char *directory, char path[FILE_PATH_SIZE_MAX])
{
    if (text[0] == '\0') {
        return false;
    }
    bool absolute = text[0] == '/' || directory[0] == '\0';
    int size = absolute ? snprintf(path, FILE_PATH_SIZE_MAX, "%s", text)
                        : snprintf(path, FILE_PATH_SIZE_MAX, "%s/%s", directory, text);
    return size > 0 && (size_t)size < FILE_PATH_SIZE_MAX;
}

/* host:port with a port from 0 to 65535 and nothing that is not printable. */
static bool address_parse(const char *text, char address[CONFIG_ADDRESS_SIZE])
{
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    if (colon == NULL || colon == text || strlen(text) >= CONFIG_ADDRESS_SIZE ||
        !number_parse(colon + 1, 0, UINT16_MAX, &port)) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            return false;
        }
    }
    memcpy(address, text, strlen(text) + 1);
    return true;
}

static bool bool_parse(const char *text, bool *value)
{
    *value = strcmp(text, "yes") == 0;
    return *value || strcmp(text, "no") == 0;
}

static bool format_parse(const char *text, enum log_format *format)
{
    *format = strcmp(text, "json") == 0 ? LOG_JSON : LOG_LOGFMT;
    return *format == LOG_JSON || strcmp(text, "logfmt") == 0;
}

static bool validator_parse(const char *text, uint64_t high, uint32_t *validator)
{
    uint64_t number = CONFIG_OBSERVER;
    bool valid = strcmp(text, "observer") == 0 || number_parse(text, 0, high, &number);
    *validator = (uint32_t)number;
    return valid;
}

/* Sets one setting; NULL, or what the value should have been. */
static const char *setting_set(const struct setting *setting, const struct parse *parse,
                               const char *value)
{
    void *place = (char *)parse->config + setting->offset;
    uint64_t number = 0;
    bool valid;
    switch (setting->kind) {
    case SETTING_PATH:
        return path_parse(value, parse->directory, place) ? NULL : "give a path";
    case SETTING_TEXT:
        return address_parse(value, place) ? NULL : "give host:port, for example 127.0.0.1:7100";
    case SETTING_U32:
        valid = number_parse(value, setting->low, setting->high, &number);
        *(uint32_t *)place = (uint32_t)number;
        return valid ? NULL : "give a whole number within the allowed range";
    case SETTING_U64:
        valid = number_parse(value, setting->low, setting->high, &number);
        *(uint64_t *)place = number;
        return valid ? NULL : "give a whole number of bytes within the allowed range";
    case SETTING_BOOL:
        return bool_parse(value, place) ? NULL : "say yes or no";
    case SETTING_VALIDATOR:
        return validator_parse(value, setting->high, place)
                   ? NULL
                   : "give the index in the genesis, or observer";
    case SETTING_LEVEL:
        return log_level_parse(value, place) ? NULL : "say error, warning, notice, info or debug";
    case SETTING_FORMAT:
        return format_parse(value, place) ? NULL : "say logfmt or json";
    }
    return "is not known";
}

/* ---- Lines ------------------------------------------------------------------------------------
 */

static void parse_peer(struct parse *parse, const char *name, const char *value)
{
    uint64_t validator = 0;
    struct config *config = parse->config;
    if (!number_parse(name, 0, VALIDATORS_MAX - 1, &validator)) {
        fail(parse, "peer", name, "name the peer by its validator index");
        return;
    }
    if (parse->peer_seen[validator]) {
        fail(parse, "peer", name, "is given twice; remove one");
        return;
    }
    parse->peer_seen[validator] = true;
    TALLY_ASSERT(config->peer_count < CONFIG_PEERS_MAX);
    struct config_peer *peer = &config->peers[config->peer_count];
    peer->validator = (uint32_t)validator;
    if (!address_parse(value, peer->address)) {
        fail(parse, "peer", name, "give host:port, for example 10.0.0.2:7100");
        return;
    }
    config->peer_count += 1;
}

static bool section_known(const char *section)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].section, section) == 0) {
            return true;
        }
    }
    return strcmp(section, "peer") == 0;
}

/* Called by libinih for each setting; 0 says that something is wrong. */
static int parse_setting(void *context, const char *section, const char *name, const char *value)
{
    struct parse *parse = context;
    if (!section_known(section)) {
        fail(parse, section, name == NULL ? "" : name,
             "unknown section; known are node, listen, peer, storage, log");
        return 0;
    }
    if (value == NULL) {
        fail(parse, section, name == NULL ? "" : name, "give a value after =");
        return 0;
    }
    if (strcmp(section, "peer") == 0) {
        parse_peer(parse, name, value);
        return !parse->failed;
    }
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].section, section) != 0 || strcmp(settings[i].name, name) != 0) {
            continue;
        }
        const char *wrong =
            parse->seen[i] ? "is given twice; remove one" : setting_set(&settings[i], parse, value);
        parse->seen[i] = true;
        if (wrong != NULL) {
            fail(parse, section, name, wrong);
        }
        return !parse->failed;
    }
    fail(parse, section, name, "unknown setting; remove it or correct its name");
    return 0;
}

/* Called by libinih for each line: how we know its number. A line that does not fit is an error. */
static char *read_line(char *line, int capacity, void *context)
{
    struct parse *parse = context;
    if (parse->left == 0) {
        return NULL;
    }
    const char *end = memchr(parse->text, '\n', parse->left);
    size_t size = end == NULL ? parse->left : (size_t)(end - parse->text) + 1;
    parse->line += 1;
    if (size >= (size_t)capacity) {
        fail(parse, "file", "", "the line is too long");
        return NULL;
    }
    memcpy(line, parse->text, size);
    line[size] = '\0';
    parse->text += size;
    parse->left -= size;
    return line;
}

/* ---- The whole ----------------------------------------------------------------------------------
 */

static void config_defaults(struct config *config, const char *directory)
{
    memset(config, 0, sizeof(*config));
    bool made = path_parse("data", directory, config->data);
    TALLY_ASSERT(made);
    config->validator = CONFIG_OBSERVER;
    config->workers = 1;
    config->clients_max = 256;
    config->handshakes_per_second = 20;
    config->journal_bytes = UINT64_C(64) << 20;
    config->segment_bytes = UINT64_C(256) << 20;
    config->keep_history = true;
    config->checkpoint_bytes = UINT64_C(16) << 20;
    config->read_model = true;
    config->log_level = LOG_NOTICE;
    config->log_format = LOG_LOGFMT;
}

static void config_require(struct parse *parse)
{
    const struct config *config = parse->config;
    if (config->genesis[0] == '\0') {
        fail_at(parse, 0, "node", "genesis", "is missing; name the genesis file");
    }
    if (config->channel_key[0] == '\0') {
        fail_at(parse, 0, "node", "channel_key", "is missing; name the channel key file");
    }
    if (config->validator != CONFIG_OBSERVER && config->signing_key[0] == '\0') {
        fail_at(parse, 0, "node", "signing_key", "is missing; a validator needs it");
    }
}

bool config_parse(const char *text, size_t size, const char *directory, struct config *config,
                  struct config_error *error)
{
    memset(error, 0, sizeof(*error));
    struct parse parse = {.config = config, .error = error, .directory = directory};
    if (strlen(directory) > FILE_PATH_SIZE_MAX / 2 || size > CONFIG_SIZE_MAX) {
        fail_at(&parse, 0, "file", "", "is too large, or its path is too long");
        return false;
    }
    if (memchr(text, '\0', size) != NULL) {
        fail_at(&parse, 0, "file", "", "holds a zero byte; is it a text file?");
        return false;
    }
    config_defaults(config, directory);
    parse.text = text;
    parse.left = size;
    int line = ini_parse_stream(read_line, &parse, parse_setting, &parse);
    if (line > 0 && parse.failed && (uint32_t)line < error->line) {
        parse.failed = false; /* libinih goes on behind a malformed line: that one is the first */
    }
    if (line != 0) {
        fail_at(&parse, line < 0 ? 0 : line, "file", "",
                "is neither [section], name = value, nor a comment");
    }
    if (!parse.failed) {
        config_require(&parse);
    }
    return !parse.failed;
}

bool config_load(const struct file_system *system, const char *path, struct config *config,
                 struct config_error *error)
{
    memset(error, 0, sizeof(*error));
    char *text = malloc(CONFIG_SIZE_MAX);
    if (text == NULL) {
        (void)snprintf(error->text, sizeof(error->text), "out of memory");
        return false;
    }
    size_t size = 0;
    enum file_status status = file_read_all(system, path, text, CONFIG_SIZE_MAX, &size);
    if (status != FILE_OK) {
        (void)snprintf(error->text, sizeof(error->text), "%.120s: %s; %s", path,
                       file_status_text(status), file_status_hint(status));
        free(text);
        return false;
    }
    char directory[FILE_PATH_SIZE_MAX] = "";
    const char *slash = strrchr(path, '/');
    if (slash != NULL && (size_t)(slash - path) < sizeof(directory)) {
        memcpy(directory, path, (size_t)(slash - path));
    }
    bool parsed = config_parse(text, size, slash == path ? "/" : directory, config, error);
    free(text);
    return parsed;
}
