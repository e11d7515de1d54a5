/*
 * cli/passphrase.h - where a pass phrase comes from: a file, or the terminal without echo.
 *
 * Never from an argument or the environment, where other users of the machine could read it.
 */
#ifndef TALLY_CLI_PASSPHRASE_H
#define TALLY_CLI_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/exit_code.h"

#define PASSPHRASE_SIZE_MAX 1024u

/* In locked memory. */
struct passphrase {
    size_t size;
    char text[PASSPHRASE_SIZE_MAX];
};

/* Reads the file's first line, or, when path is empty, asks the terminal (twice if `confirm`). On
 * EXIT_DONE *out is owned by the caller, to be given back with passphrase_give. */
enum exit_code passphrase_take(const char *path, const char *prompt, bool confirm,
                               struct passphrase **out);
void passphrase_give(struct passphrase *passphrase);

#endif
