/*
 * netsim/adversary/byzantine.h - a member that does as it likes
 *
 * A Byzantine member runs the ordinary core, so that it knows what is going on and takes part; this
 * actor stands between that core and the network. It sees what arrives, changes, withholds or adds
 * to what leaves, and signs what it wants with its own key, never with another's. Which of its
 * tricks it plays is a set of enum byzantine_kind; four are played by whoever hosts it, since they
 * need more than messages: BYZANTINE_TWIN (a second core), BYZANTINE_RESULT (wrong results),
 * BYZANTINE_TIME (a wrong clock) and BYZANTINE_LATE (a clock at all).
 */
#ifndef TALLY_NETSIM_ADVERSARY_BYZANTINE_H
#define TALLY_NETSIM_ADVERSARY_BYZANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/prng.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "netsim/adversary/byzantine_kind.h"

enum {
    BYZANTINE_MEMORY = 64,
    BYZANTINE_SEEN = 16,
    BYZANTINE_OMNIVOTES_MAX = 4096, /* else liars who vote for what others garble never end */
    BYZANTINE_BESIDE = 12, /* messages beside which a block is sent after its late proposal */
    BYZANTINE_REPLAY_MAX = 1 << 18 /* larger messages are not kept for replay */
};

/* A message of the actor leaves; bytes are borrowed during the call. */
typedef void byzantine_emit(void *context, uint32_t to, const uint8_t *bytes, size_t size);

/*
 * Makes another valid payload of one: other bytes, content that a member accepts. Returns its size,
 * at most twice that of the original, or 0 if there is none.
 */
typedef uint32_t byzantine_fork(void *context, const uint8_t *payload, uint32_t size, uint8_t *out);

struct byzantine_memory {
    uint8_t *bytes;
    uint32_t size;
};

/* Something that it heard of: a block, and the view it is of. */
struct byzantine_seen {
    uint64_t view;
    struct hash hash;
};

/* A block of its own of which one member is to hear late: FALSIFY_LATER (falsify.h). */
struct byzantine_later {
    struct hash hash;
    uint32_t to;
    uint32_t beside_left;             /* so many times the block goes there still */
    struct byzantine_memory proposal; /* bare; size 0 once it is out */
    struct byzantine_memory block;
};

struct byzantine {
    uint32_t kinds;
    uint32_t index;
    uint32_t nodes_count;
    uint64_t epoch;
    struct hash chain_id;
    size_t message_max; /* larger ones pass unchanged; batches have 1 MiB of payload at most */
    const struct secret_key *secret_key; /* borrowed */
    struct prng *prng;                   /* borrowed */
    byzantine_emit *emit;
    byzantine_fork *fork; /* or NULL */
    void *context;
    uint64_t deeds[BYZANTINE_COUNT]; /* messages changed, withheld or added by each kind */

    struct byzantine_seen latest;                    /* the latest block it heard of */
    struct byzantine_seen omnivoted[BYZANTINE_SEEN]; /* ring of those it has voted for already */
    uint32_t omnivoted_next;
    struct byzantine_seen seen[BYZANTINE_SEEN]; /* ring of blocks it heard of, for `earlier` */
    uint32_t seen_next;
    uint64_t given_up;   /* the last view nullified unasked */
    uint64_t falsehoods; /* seed of what is false in which view */
    struct byzantine_later later;
    struct byzantine_memory memory[BYZANTINE_MEMORY]; /* for replay */
    uint32_t memory_next;
    uint8_t *scratch;
};

/* Zeroed, then the first ten fields (deeds excepted) filled in by the caller. */
void byzantine_init(struct byzantine *byzantine);
void byzantine_free(struct byzantine *byzantine);

/* A message arrived at the member. */
void byzantine_observe(struct byzantine *byzantine, const uint8_t *bytes, size_t size);

/* The core wants this sent; the actor emits what it pleases instead. */
void byzantine_send(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size);

/* Now and then it acts unprompted. */
void byzantine_act(struct byzantine *byzantine);

#endif
