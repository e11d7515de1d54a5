/*
 * cli/cli.h - what a running command knows: its options, the genesis, the party it acts for, the
 * nodes.
 *
 * A party's directory holds `party.ini` (written by `tally network init`, or by hand):
 *
 *     [party]
 *     bic = SELLFRPPXXX
 *     genesis = ../../genesis.tally
 *     signing_key = signing.key
 *     channel_key = channel.key
 *     passphrase_file = passphrase      optional; else the terminal is asked
 *     node = 2                          the member's own validator
 *
 * Paths are relative to that directory. What has been submitted and not finished is in its spool/.
 */
#ifndef TALLY_CLI_CLI_H
#define TALLY_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/table.h"
#include "client/genesis.h"
#include "crypto/keyfile.h"
#include "crypto/sign.h"
#include "host/file.h"

#define CLI_REMARK_SIZE 160u

struct cli;
struct node;

/* How a node is reached: the network in the program, a double in the tests. Reports failures
 * itself. */
typedef enum exit_code node_opener(struct cli *cli, unsigned validator, struct node **out);

struct cli_party {
    char directory[FILE_PATH_SIZE_MAX];
    char bic[CLIENT_BIC_SIZE];
    char genesis[FILE_PATH_SIZE_MAX];
    char signing_key[FILE_PATH_SIZE_MAX];
    char channel_key[FILE_PATH_SIZE_MAX];
    char passphrase_file[FILE_PATH_SIZE_MAX]; /* empty: ask */
    unsigned node;
};

struct cli {
    struct options options;
    enum table_format format;
    bool quiet;
    bool terminal; /* standard output is one */
    unsigned timeout_ms;
    unsigned age_max_s;  /* of a proved state; 0: any */
    const char *program; /* as called: to find tallyd beside it */
    node_opener *open_node;
    struct cli_party party;     /* after cli_party_load */
    struct genesis *genesis;    /* after cli_genesis_load; owned */
    struct secret_key *signing; /* after cli_unlock; in locked memory, owned */
    struct secret_key *channel;
    struct node *node; /* after cli_node; owned */
    unsigned node_index;
    char remark[CLI_REMARK_SIZE]; /* for people, when all went well: which node answered instead */
    void *test;                   /* of a test's node_opener */
};

/* Takes the general options (format, time-out). False after reporting. */
bool cli_begin(struct cli *cli);
/* Wipes and frees what the command opened. */
void cli_end(struct cli *cli);

/* Each returns EXIT_DONE or reports and returns the code; each may be called again. */
enum exit_code cli_party_load(struct cli *cli);
enum exit_code cli_genesis_load(struct cli *cli);
enum exit_code cli_unlock(struct cli *cli);
/* Party, genesis, keys, and a connection to the party's node or the one of --node. */
enum exit_code cli_node(struct cli *cli);

/* Reads a genesis file; reports line and field of what is wrong. */
enum exit_code cli_genesis_read(const char *path, struct genesis *out);

/* Prints a table in the chosen format and frees it. */
void cli_show(struct cli *cli, struct table *table);

/* Whole files, reported with their name. The content is owned by the caller and ends with a zero
 * that `size` does not count. Of a file larger than `size_max` no more than that is read, and
 * `if_larger` returned. */
enum exit_code cli_file_read(const char *path, size_t size_max, enum exit_code if_larger,
                             char **content, size_t *size);
enum exit_code cli_file_write(const char *path, const void *content, size_t size);

#endif
