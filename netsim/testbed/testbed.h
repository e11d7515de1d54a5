/*
 * netsim/testbed/testbed.h - real validators on this machine, under the load of a simulated market
 *
 * Problem. A simulator is worth what it says about the real thing. So the same market and the same
 * load run against real tallyd processes, over loopback, with real keys, disks and TLS.
 *
 * Rule. The network lies in a directory of its own: a genesis file with the parties and keys of the
 * market, and per validator its key files, pass phrase, tallyd.ini, data and log. The market takes
 * over the chain of that genesis. Its opening must be by envelopes.
 *
 *     testbed = testbed_new(&config, market);
 *     if (testbed_start(testbed)) ...        clients: testbed_client.h
 *     testbed_free(testbed);                 ends the processes, removes the directory
 *
 * Not deterministic: real time, real sockets, real disks. One thread.
 */
#ifndef TALLY_NETSIM_TESTBED_TESTBED_H
#define TALLY_NETSIM_TESTBED_TESTBED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/genesis.h"
#include "netsim/market/market.h"

enum {
    TESTBED_MEMBERS_MAX = 16
};

struct testbed_config {
    const char *program; /* path of tallyd */
    const char *parent;  /* the directory is made in this one */
    uint16_t member_count;
    uint64_t checkpoint_bytes;
    bool lists; /* validators keep tables for lists (read_model) */
    bool keep;  /* the directory is not removed */
};

struct testbed;

/* Writes all files. NULL, with a line on stderr, when that fails or the market does not fit a
 * genesis file (at most 512 parties). Borrows the market. */
struct testbed *testbed_new(const struct testbed_config *config, struct market *market);
/* Ends the processes that run. */
void testbed_free(struct testbed *testbed);

/* Starts all validators; false when one could not be started. */
bool testbed_start(struct testbed *testbed);
/* Have all of them stayed alive? One that ended by itself is named on stderr, with the last line of
 * its log. */
bool testbed_alive(struct testbed *testbed);

/* Takes a validator away for good, as a power cut would. */
void testbed_kill(struct testbed *testbed, uint16_t member);
/* Lets a validator do nothing, or go on. Paused for a part of each second, it is a slow one. */
void testbed_pause(struct testbed *testbed, uint16_t member, bool paused);
/* A validator's process; 0: not running. */
pid_t testbed_process(const struct testbed *testbed, uint16_t member);

/* The genesis file's content, and the directory it lies in. */
const struct genesis *testbed_genesis(const struct testbed *testbed);
const char *testbed_directory(const struct testbed *testbed);

#endif
