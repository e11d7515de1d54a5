#include "cli/key_make.h"

#include <string.h>

#include <sodium.h>

#include "cli/failure.h"
#include "host/secret_memory.h"

/* 8 MiB and one pass: a guess costs an attacker next to nothing, and a test hardly waits. */
static const struct keyfile_cost cost_interactive = {.passes = 1, .memory_kib = 8192};

bool key_cost_take(struct cli *cli, struct keyfile_cost *out)
{
    const char *text = option_value(&cli->options, OPTION_KDF_COST, "normal");

    *out = keyfile_cost_normal;
    if (strcmp(text, "interactive") == 0) {
        *out = cost_interactive;
    } else if (strcmp(text, "normal") != 0) {
        (void)failure(EXIT_USAGE, "--kdf-cost", "use interactive or normal", "\"%s\" is neither",
                      text);
        return false;
    }
    return true;
}

static enum exit_code file_failure(const char *path, enum file_status status)
{
    return failure(EXIT_FILES, path, file_status_hint(status), "%s", file_status_text(status));
}

/* A key file is never overwritten: what is under the old one may be needed for ever. */
static enum exit_code key_write(const char *path, const uint8_t bytes[KEYFILE_SIZE])
{
    struct file file;
    enum file_status status;

    file_init(&file);
    status = file_open(&file, file_system_posix(), path, FILE_CREATE);
    if (status == FILE_OK) {
        status = file_write(&file, 0, bytes, KEYFILE_SIZE);
    }
    if (status == FILE_OK) {
        status = file_sync(&file);
    }
    file_close(&file);
    return status == FILE_OK ? EXIT_DONE : file_failure(path, status);
}

enum exit_code key_make(const char *path, enum keyfile_kind kind, const struct keyfile_cost *cost,
                        const char *passphrase, size_t passphrase_size, struct public_key *out)
{
    uint8_t random[KEYFILE_RANDOM_SIZE];
    uint8_t bytes[KEYFILE_SIZE];
    struct secret_key *secret = secret_memory_take(sizeof *secret);
    enum keyfile_status status;

    if (secret == NULL) {
        return failure(EXIT_KEY, path, "raise the limit of locked memory (ulimit -l)",
                       "no locked memory for the key");
    }
    sign_key_generate(out, secret);
    randombytes_buf(random, sizeof random);
    status = keyfile_seal(kind, cost, secret, passphrase, passphrase_size, random, bytes);
    secret_memory_give(secret);
    return status == KEYFILE_OK ? key_write(path, bytes)
                                : failure(EXIT_KEY, path, keyfile_status_hint(status), "%s",
                                          keyfile_status_text(status));
}
