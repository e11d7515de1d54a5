/*
 * node/keys.h - the validator's two key files, opened
 *
 * Problem. The keys have to be in memory, and their pass phrase has to come from somewhere when
 * nobody sits at the machine; but not from the command line, which every user of the machine sees,
 * nor from the environment, which children inherit.
 *
 * Rule. The pass phrase comes from the first of these that is there:
 *     the file named by passphrase_file in tallyd.ini, which nobody but its owner may read;
 *     the file tally-passphrase in $CREDENTIALS_DIRECTORY (systemd's LoadCredential);
 *     one line on standard input.
 * A trailing line end does not belong to it. Keys lie in locked memory; everything else that saw a
 * secret is wiped. The public keys must be those that the genesis gives to this validator: a wrong
 * file is found here and not by the other members.
 */
#ifndef TALLY_NODE_KEYS_H
#define TALLY_NODE_KEYS_H

#include "base/assert.h"
#include "client/genesis.h"
#include "crypto/sign.h"
#include "host/file.h"
#include "node/config.h"

/* In locked memory; given back with keys_close(). */
struct keys {
    struct secret_key signing;
    struct secret_key channel;
};

struct keys_error {
    char text[FILE_PATH_SIZE_MAX + 200]; /* one line: which file, what is wrong, what to do */
};

/* Opens both files. NULL and *error on failure. */
TALLY_MUST_CHECK struct keys *keys_open(const struct file_system *system,
                                        const struct config *config,
                                        const struct genesis_validator *validator,
                                        struct keys_error *error);

/* Wipes and frees. Accepts NULL. */
void keys_close(struct keys *keys);

/* The public half of a secret key. */
struct public_key keys_public(const struct secret_key *secret);

#endif
