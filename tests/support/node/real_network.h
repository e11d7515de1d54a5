/*
 * real_network.h: four tallyd processes on this machine, and a client that talks to them.
 *
 * The network lies in a directory of its own below /tmp: a genesis, and per validator its key
 * files, pass phrase, tallyd.ini, data and a log. People and keys are those of sample_genesis.h.
 * Nodes are started and killed like an operator or a power switch would. Not deterministic: real
 * time, real sockets, real disks.
 */
#ifndef TALLY_TESTS_SUPPORT_NODE_REAL_NETWORK_H
#define TALLY_TESTS_SUPPORT_NODE_REAL_NETWORK_H

#include <sys/types.h>

#include "client/genesis.h"
#include "client/reply.h"
#include "client/request.h"
#include "tests/support/client/sample_genesis.h"

struct real_network {
    char directory[64];
    char program[512]; /* tallyd */
    struct genesis genesis;
    pid_t processes[SAMPLE_VALIDATOR_COUNT]; /* 0: not running */
};

/* Writes all files. `program` is the path of tallyd. */
void real_network_make(struct real_network *network, const char *program);
/* The same for a genesis of the caller's, with the validators of sample_genesis.h; their addresses
 * and the chain id are filled in. */
void real_network_make_of(struct real_network *network, const char *program,
                          const struct genesis *wanted);
/* Kills what runs and removes the directory. */
void real_network_remove(struct real_network *network);

/* Starts a validator's process; on its first start it makes its data directory. */
void real_network_start(struct real_network *network, unsigned validator, bool first_start);
/* Sends a signal and waits for the end. Returns the exit code, or -1 after a signal. */
int real_network_stop(struct real_network *network, unsigned validator, int signal);

/* ---- A client ------------------------------------------------------------------------------- */

struct real_client;

/* Connects a party to a validator; waits until the channel is up. NULL after `timeout_ms`. */
struct real_client *real_client_open(const struct real_network *network, unsigned party,
                                     unsigned validator, unsigned timeout_ms);
void real_client_close(struct real_client *client);

/*
 * Asks and waits for the reply, which borrows the client's memory until the next call. False: no
 * reply within the time.
 */
bool real_client_ask(struct real_client *client, struct request *request, struct reply *reply,
                     unsigned timeout_ms);

/* The status of a validator, by a connection of its own; false when it does not answer. */
bool real_network_status(const struct real_network *network, unsigned validator,
                         struct reply *reply, unsigned timeout_ms);

/* Waits until a validator has executed its first block. */
bool real_network_wait(const struct real_network *network, unsigned validator, unsigned timeout_ms);

#endif
