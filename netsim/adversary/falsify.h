/*
 * netsim/adversary/falsify.h - a proposal with one thing inside that must not be
 *
 * Problem. Bytes turned over at random hardly ever pass the first checks of a proposal: roots,
 * counts and the leader's signature give them away, and the rules behind stay untried.
 *
 * Rule. A falsification breaks one rule and makes everything around it fit: the roots of the body
 * and the justification, the number of batches, the cut. Signed again by the leader, the proposal
 * is one that only this rule can refuse.
 *
 *     references [lane 2] [lane 3]   falsified by `order`:   [lane 3] [lane 2], body_root of these
 *
 * What does not apply to a proposal (a gap, where no view was skipped) is refused.
 */
#ifndef TALLY_NETSIM_ADVERSARY_FALSIFY_H
#define TALLY_NETSIM_ADVERSARY_FALSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/batch.h"
#include "consensus/message.h"

enum {
    FALSIFY_REFERENCES = 5 /* added to a lane at once: more than the quota of small networks */
};

/*
 *     order          references out of the order of lanes
 *     quota          more batches of one lane than may be
 *     digest         a batch that nobody made
 *     content        a batch of the own lane that nobody accepts; it is made here
 *     again          a reference twice, as if it were two batches
 *     cut            a cut ahead of the references
 *     short          a justification without its last certificate
 *     gap            the certificate of another view in place of the last one
 *     signature      a certificate with a broken signature
 *     bare           no justification at all, to be asked for
 *     parent         a parent before everything
 *     old, ahead     another hour
 *     executed       a result of a height further on
 *     height         one too high
 *     later          bare again, for one member only, and after the next block: it is told that the
 *                    view is given up, so the block becomes notarized but not final at first, has
 *                    to be asked for, and comes when the proposal waits for its justification
 */
#define FALSIFY_LIST(X)               \
    X(FALSIFY_ORDER, "order")         \
    X(FALSIFY_QUOTA, "quota")         \
    X(FALSIFY_DIGEST, "digest")       \
    X(FALSIFY_CONTENT, "content")     \
    X(FALSIFY_AGAIN, "again")         \
    X(FALSIFY_CUT, "cut")             \
    X(FALSIFY_SHORT, "short")         \
    X(FALSIFY_GAP, "gap")             \
    X(FALSIFY_SIGNATURE, "signature") \
    X(FALSIFY_BARE, "bare")           \
    X(FALSIFY_PARENT, "parent")       \
    X(FALSIFY_OLD, "old")             \
    X(FALSIFY_AHEAD, "ahead")         \
    X(FALSIFY_EXECUTED, "executed")   \
    X(FALSIFY_HEIGHT, "height")       \
    X(FALSIFY_LATER, "later")

#define FALSIFY_ENUMERATOR(symbol, name) symbol,
enum falsify {
    FALSIFY_LIST(FALSIFY_ENUMERATOR) FALSIFY_COUNT
};

/* Who falsifies. */
struct falsifier {
    uint16_t member;
    uint16_t member_count;
    struct hash chain_id;
    const struct secret_key *secret_key; /* borrowed; signs the batch of `content` */
    uint8_t *memory;                     /* borrowed: for what changes inside */
    size_t memory_size;
};

/* Its word in the list above. */
const char *falsify_name(enum falsify what);

/*
 * Changes a proposal; its signature is left for the caller to renew. pre: it was read from bytes
 * that stay. reads: message. writes: message, memory, and `batch` (payload_size 0 when there is
 * none) with its signature. keeps: message and batch borrow memory. Returns false, with message
 * unchanged, where it does not apply or memory is too small.
 */
bool falsify_proposal(const struct falsifier *falsifier, enum falsify what,
                      struct message_proposal *message, struct batch *batch);

#endif
