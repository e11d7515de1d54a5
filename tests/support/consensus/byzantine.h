/*
 * A member that does as it likes.
 *
 * A Byzantine member runs the ordinary core, so that it knows what is going on and takes part; this
 * actor stands between that core and the network. It sees what arrives, changes, withholds or adds
 * to what leaves, and signs what it wants with its own key, never with another's. Which of its
 * tricks it plays is a set of enum byzantine_kind; BYZANTINE_TWIN, BYZANTINE_RESULT and
 * BYZANTINE_TIME are played by the cluster (a second core, wrong results, a wrong clock).
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_BYZANTINE_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_BYZANTINE_H

#include "base/prng.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "tests/support/consensus/cluster_options.h"
#include "tests/support/consensus/sim_queue.h"

enum {
    BYZANTINE_MEMORY = 64,
    BYZANTINE_SEEN = 16,
    BYZANTINE_MESSAGE_MAX = 1 << 16
};

/* A message of the actor leaves; bytes are borrowed during the call. */
typedef void byzantine_emit(void *context, uint32_t to, const uint8_t *bytes, size_t size);

struct byzantine {
    uint32_t kinds;
    uint32_t index;
    uint32_t nodes_count;
    uint64_t epoch;
    struct hash chain_id;
    const struct secret_key *secret_key; /* borrowed */
    struct prng *prng;                   /* borrowed */
    byzantine_emit *emit;
    void *context;
    uint64_t view_seen; /* of the latest block it heard of */
    struct hash hash_seen;
    struct hash omnivoted[BYZANTINE_SEEN]; /* ring of hashes it has voted for already */
    uint32_t omnivoted_next;
    struct sim_message *memory[BYZANTINE_MEMORY]; /* for replay; may be NULL */
    uint32_t memory_next;
    uint8_t *scratch;
};

/* The other fields are the caller's to fill in before the first call. */
void byzantine_init(struct byzantine *byzantine);
void byzantine_free(struct byzantine *byzantine);

/* A message arrived at the member. */
void byzantine_observe(struct byzantine *byzantine, struct sim_message *message);

/* The core wants this sent; the actor emits what it pleases instead. */
void byzantine_send(struct byzantine *byzantine, uint32_t to, const uint8_t *bytes, size_t size);

/* Now and then it acts unprompted. */
void byzantine_act(struct byzantine *byzantine);

#endif
