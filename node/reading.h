/*
 * node/reading.h - one question about the ledger, on its way to a proven answer
 *
 * Rule. A reading is tried until it is answered. The first try looks things up, judges what the
 * asker may see, and takes the proof of a record while nobody changes the ledger; it keeps that
 * proof, so that later tries only wait for the certificate of its height. A record that changed
 * since the last renewal of the state root has no proof yet: then the next try looks again.
 *
 *     try 1, height 40 executed, 38 certified     proof against height 40 taken, held
 *     try 2, height 42 executed, 40 certified     anchor found: answered, as of height 40
 *
 * A try may run on any thread; one reading is tried by one thread at a time.
 */
#ifndef TALLY_NODE_READING_H
#define TALLY_NODE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/proof.h"
#include "client/reply.h"
#include "client/request.h"
#include "crypto/sign.h"
#include "node/executor_thread.h"
#include "node/progress.h"
#include "node/prover.h"
#include "node/verified_set.h"

/* What readings read from; borrowed. */
struct reading_sources {
    struct prover prover;
    struct executor_thread *executor;
    struct progress *progress;
    struct verified_set *received; /* identifiers of envelopes that were handed in here */
};

struct reading {
    uint64_t channel; /* the owner's: where the answer goes */
    uint64_t deadline_ms;
    struct public_key key; /* who asks */
    struct request request;
    bool taken;      /* proof and height are there */
    uint64_t height; /* of the block whose result must be certified */
    struct reply_explain explain;
    struct proof proof;
};

enum reading_state {
    READING_ANSWERED, /* the reply is complete, perhaps an error */
    READING_HELD,     /* try again after the next block */
};

/*
 * Tries. On READING_ANSWERED *reply is filled; its views borrow from `scratch`, REPLY_BYTES_MAX
 * bytes. pre: the request is OUTCOME, RECEIPT, EXPLAIN or a point read.
 */
TALLY_MUST_CHECK enum reading_state reading_try(const struct reading_sources *sources,
                                                struct reading *reading, struct reply *reply,
                                                uint8_t *scratch);

/* Is the request of a kind that reading_try() answers? */
bool reading_answers(enum request_kind kind);

/* Makes an error of a reply. `text` may be NULL: then the fault's own. */
void reading_refuse(struct reply *reply, enum reply_fault fault, const char *text);

#endif
