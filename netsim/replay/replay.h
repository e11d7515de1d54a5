/*
 * netsim/replay/replay.h - simulated validators execute the chain of real ones, root by root
 *
 * Problem. That a scenario comes to the same on real nodes and in the simulator has to be said of
 * roots, not of a summary: a root covers every receipt, event and record. But blocks made by two
 * networks differ in time, height and view, and the roots with them.
 *
 * Rule. One network makes the blocks, both execute them. Host i of a simulated network
 * (validator.h) is down, and its disk is given the final blocks and batches of chain i, but none of
 * its results, no checkpoint and no journal. When it starts it recovers as tallyd does after a
 * crash that left it nothing else: mute, since it has no journal, and executing everything from the
 * genesis on. It makes no block of its own and hears nobody, so what it executes is its chain and
 * nothing besides.
 *
 * Compared with every block:
 *   - the four roots with those that the real node had stored (node_chain.h);
 *   - the result root with what a later header of the chain says of that height: more than two
 *     thirds of the real validators voted for it.
 *
 * Example. Four directories of 700 blocks each: 2,800 times four roots are equal, and some 2,760
 * are certified; the last few are not yet.
 */
#ifndef TALLY_NETSIM_REPLAY_REPLAY_H
#define TALLY_NETSIM_REPLAY_REPLAY_H

#include "netsim/replay/node_chain.h"

/* What it came to. */
struct replay_result {
    uint64_t executed;  /* blocks, of all hosts */
    uint64_t certified; /* of them: their result root is in a header */
    bool equal;         /* every chain was executed to its end, and no root differed */
    /* Where it was not so; `root` is NULL where the chain could not be read or executed. */
    uint32_t host;
    uint64_t height;
    const char *root; /* "receipts", "events", "state", "result", "certified" */
};

/* Chains are of this genesis; at most as many as it has validators, and at least one. False when
 * no simulation can be made of it. */
TALLY_MUST_CHECK bool replay_run(const struct genesis *genesis, const struct node_chain *chains,
                                 uint32_t chain_count, struct replay_result *result);

#endif
