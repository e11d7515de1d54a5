/*
 * config.h: tallyd.ini, the settings of one node.
 *
 * Rule. What all members must agree on is in the genesis; here is only what one operator decides.
 * Strict: an unknown section or key, a key given twice, a value out of range, and a missing
 * required key are errors that name file, line, key and remedy. Relative paths are relative to the
 * directory of the file. Comments begin with # or ; on a line of their own.
 *
 *     [node]
 *     genesis = ../genesis.tally        required
 *     validator = 0                     index in the genesis, or "observer"        (observer)
 *     data = data                       directory, made if missing                 (data)
 *     signing_key = signing.key         required for a validator
 *     channel_key = channel.key         required
 *     passphrase_file = passphrase      opens both key files; without it the passphrase
 *                                       comes from $CREDENTIALS_DIRECTORY or standard input
 *     workers = 1                       threads that check others' batches         (1)
 *
 *     [listen]
 *     address = 127.0.0.1:7100          validators and clients                     (genesis)
 *     clients_max = 256                 connections of clients                     (256)
 *     handshakes_per_second = 20        per address                                (20)
 *
 *     [peer]                            other addresses than the genesis says, and peers
 *     1 = 127.0.0.1:7101                added since; the key is the validator's index
 *
 *     [storage]
 *     journal_bytes = 67108864          size at which the journal is rotated       (64 MiB)
 *     segment_bytes = 268435456         size of a batch log segment                (256 MiB)
 *     keep_history = yes                keep batches of all final blocks           (yes)
 *     checkpoint_bytes = 16777216       dirty bytes that trigger a checkpoint      (16 MiB)
 *                                       (names noted since the last one stand in memory, some 1.5
 *                                       bytes for each of these)
 *     read_model = yes                  SQLite tables for lists                    (yes)
 *
 *     [log]
 *     level = notice                    error, warning, notice, info, debug        (notice)
 *     format = logfmt                   logfmt or json                             (logfmt)
 */
#ifndef TALLY_NODE_CONFIG_H
#define TALLY_NODE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/file.h"
#include "node/log.h"

#define CONFIG_SIZE_MAX     (64u << 10)
#define CONFIG_PEERS_MAX    128u
#define CONFIG_ADDRESS_SIZE 80u
#define CONFIG_OBSERVER     UINT32_MAX
#define CONFIG_ERROR_SIZE   240u

struct config_peer {
    uint32_t validator;
    char address[CONFIG_ADDRESS_SIZE];
};

/* Paths are made absolute or relative to the working directory; empty text: not given. */
struct config {
    char genesis[FILE_PATH_SIZE_MAX];
    char data[FILE_PATH_SIZE_MAX];
    char signing_key[FILE_PATH_SIZE_MAX];
    char channel_key[FILE_PATH_SIZE_MAX];
    char passphrase_file[FILE_PATH_SIZE_MAX];
    uint32_t validator; /* or CONFIG_OBSERVER */
    uint32_t workers;
    char listen_address[CONFIG_ADDRESS_SIZE];
    uint32_t clients_max;
    uint32_t handshakes_per_second;
    uint32_t peer_count;
    struct config_peer peers[CONFIG_PEERS_MAX];
    uint64_t journal_bytes;
    uint64_t segment_bytes;
    bool keep_history;
    uint64_t checkpoint_bytes;
    bool read_model;
    enum log_level log_level;
    enum log_format log_format;
};

/* What is wrong, in one line without a newline: "line 7: [node] speed: unknown key; remove it". */
struct config_error {
    uint32_t line; /* 0: the file as a whole */
    char text[CONFIG_ERROR_SIZE];
};

/*
 * Reads the text of a file that lies in `directory` (for relative paths). False: *error says why
 * and *config must not be used. `text` need not be zero-terminated.
 */
TALLY_MUST_CHECK bool config_parse(const char *text, size_t size, const char *directory,
                                   struct config *config, struct config_error *error);

/* Reads the file `path`. */
TALLY_MUST_CHECK bool config_load(const struct file_system *system, const char *path,
                                  struct config *config, struct config_error *error);

#endif
