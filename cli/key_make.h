/*
 * cli/key_make.h - new key files.
 */
#ifndef TALLY_CLI_KEY_MAKE_H
#define TALLY_CLI_KEY_MAKE_H

#include "cli/cli.h"
#include "crypto/keyfile.h"

/* The cost of --kdf-cost: normal unless "interactive" is asked for, which is for tests and
 * demonstrations only. False after reporting. */
bool key_cost_take(struct cli *cli, struct keyfile_cost *out);

/* Draws a key, seals it under the pass phrase and writes it to a file that must not exist. */
enum exit_code key_make(const char *path, enum keyfile_kind kind, const struct keyfile_cost *cost,
                        const char *passphrase, size_t passphrase_size, struct public_key *out);

#endif
