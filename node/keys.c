#include "node/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/keyfile.h"
#include "host/secret_memory.h"

enum {
    PASS_PHRASE_SIZE_MAX = 1024
};

struct pass_phrase {
    size_t size;
    char text[PASS_PHRASE_SIZE_MAX];
};

static void fail(struct keys_error *error, const char *path, const char *text, const char *hint)
{
    (void)snprintf(error->text, sizeof error->text, "%s: %s; %s", path, text, hint);
}

static void line_end_cut(struct pass_phrase *phrase)
{
    while (phrase->size > 0 &&
           (phrase->text[phrase->size - 1] == '\n' || phrase->text[phrase->size - 1] == '\r')) {
        phrase->size--;
    }
}

static bool phrase_from_file(const struct file_system *system, const char *path,
                             struct pass_phrase *phrase, struct keys_error *error)
{
    struct stat facts;
    if (stat(path, &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        fail(error, path, "others may read the pass phrase", "chmod 600 this file");
        return false;
    }
    enum file_status status =
        file_read_all(system, path, phrase->text, sizeof phrase->text, &phrase->size);
    if (status != FILE_OK) {
        fail(error, path, file_status_text(status), file_status_hint(status));
        return false;
    }
    return true;
}

static bool phrase_from_input(struct pass_phrase *phrase, struct keys_error *error)
{
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < sizeof phrase->text && (size == 0 || phrase->text[size - 1] != '\n')) {
        got = read(STDIN_FILENO, phrase->text + size, 1);
        size += got > 0 ? (size_t)got : 0;
    }
    phrase->size = size;
    if (size == 0) {
        fail(error, "standard input", "no pass phrase came",
             "give it on one line, or name a passphrase_file in the configuration");
        return false;
    }
    return true;
}

static bool phrase_read(const struct file_system *system, const struct config *config,
                        struct pass_phrase *phrase, struct keys_error *error)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char path[FILE_PATH_SIZE_MAX];
    bool got;
    if (config->passphrase_file[0] != '\0') {
        got = phrase_from_file(system, config->passphrase_file, phrase, error);
    } else if (credentials != NULL &&
               file_path_join(path, credentials, "tally-passphrase") == FILE_OK) {
        got = phrase_from_file(system, path, phrase, error);
    } else {
        got = phrase_from_input(phrase, error);
    }
    line_end_cut(phrase);
    return got;
}

struct public_key keys_public(const struct secret_key *secret)
{
    struct public_key key;
    memcpy(key.bytes, secret->bytes + SIGN_SEED_SIZE, sizeof key.bytes);
    return key;
}

static bool key_open(const struct file_system *system, const char *path, enum keyfile_kind kind,
                     const struct pass_phrase *phrase, const struct public_key *expected,
                     struct secret_key *secret, struct keys_error *error)
{
    uint8_t bytes[KEYFILE_SIZE + 1];
    size_t size;
    enum file_status read = file_read_all(system, path, bytes, sizeof bytes, &size);
    if (read != FILE_OK) {
        fail(error, path, file_status_text(read), file_status_hint(read));
        return false;
    }
    enum keyfile_status status =
        keyfile_open(bytes, size, kind, phrase->text, phrase->size, secret);
    if (status != KEYFILE_OK) {
        fail(error, path, keyfile_status_text(status), keyfile_status_hint(status));
        return false;
    }
    struct public_key public = keys_public(secret);
    if (memcmp(public.bytes, expected->bytes, sizeof public.bytes) != 0) {
        fail(error, path, "not the key that the genesis gives to this validator",
             "check the validator's number and the path of the key file");
        return false;
    }
    return true;
}

struct keys *keys_open(const struct file_system *system, const struct config *config,
                       const struct genesis_validator *validator, struct keys_error *error)
{
    struct keys *keys = secret_memory_take(sizeof *keys);
    struct pass_phrase *phrase = secret_memory_take(sizeof *phrase);
    bool opened = false;
    if (keys == NULL || phrase == NULL) {
        fail(error, "key files", "no locked memory", "raise LimitMEMLOCK (ulimit -l)");
    } else {
        opened = phrase_read(system, config, phrase, error) &&
                 key_open(system, config->signing_key, KEYFILE_VALIDATOR_SIGNING, phrase,
                          &validator->signing, &keys->signing, error) &&
                 key_open(system, config->channel_key, KEYFILE_VALIDATOR_CHANNEL, phrase,
                          &validator->channel, &keys->channel, error);
    }
    secret_memory_give(phrase);
    if (!opened) {
        keys_close(keys);
        return NULL;
    }
    return keys;
}

void keys_close(struct keys *keys)
{
    secret_memory_give(keys);
}
