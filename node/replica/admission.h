/*
 * node/replica/admission.h - from a client's envelope to a batch of this node's lane
 *
 * Problem. Clients hand signed envelopes to their node at any time, twice when they are unsure, and
 * in any state of repair. The node owes them an honest answer at once, and owes the network batches
 * that every other member will find valid. It must not decide anything that only the ledger may
 * decide.
 *
 * Rule. Admission refuses only what can never do any good or does not fit: bytes that are no
 * envelope, an envelope of another chain, one whose time is over or lies too far ahead, a wrong
 * signature, one for which there is no room. None of these refusals is recorded anywhere, and the
 * answer says so ("unrecorded"). Everything else is accepted, which promises only that the bytes
 * will be offered to the network; what becomes of them is told by their receipts.
 *
 * The answer "received" is given when the envelope is packed, for then its batch is about to become
 * durable: whoever hands in an envelope names a ticket, and admission_pack() gives the tickets of
 * what it packed, to be answered once the batch log is synced. A refusal, or "held", is answered at
 * once.
 *
 * The same bytes handed in again while they are remembered are answered with "held already" and are
 * not packed twice. That is a courtesy, not a rule of the ledger: after a restart, or through
 * another member, one envelope may well be ordered twice, and execution answers the second with the
 * first one's receipts.
 *
 * Packing. Accepted envelopes wait in the order of arrival. A batch is due when the waiting bytes
 * fill one; at once, when no earlier batch of this lane is under way, that is, not yet in any
 * proposal; else when the oldest has waited for half of the time that lately passed from one
 * proposal with batches of this lane to the next, or `batch_age_ms` if that is less. So an idle
 * network loses no time, and a busy one makes two batches a lane and block: the second one still
 * reaches the next block, a third would bring a few envelopes that far, and each costs every member
 * a signature, a message and a place in the log. A batch takes the longest prefix that fits.
 * Envelopes whose time ran out while they waited are left out.
 *
 *     proposals     ^p1               ^p2               ^p3     every 6 ms, batch_age_ms 5
 *     batches         |a      |b        |c      |d              a, c when p1, p2 is seen; b, d 3 ms
 *     ordered by       p2      p2        p3      p3             after the oldest in them came
 *
 *     waiting: a(300) b(200) c(900), batch_bytes_max 1000   ->   batch 1 = a b, batch 2 = c
 *
 * Source: the lanes follow Autobahn (Giridharan et al., SOSP 2024) in that every member
 * disseminates what it accepted; that "received" is no promise is this product's rule.
 *
 * Pure: no clock, no memory of its own. Owned by the replica; not for several threads.
 */
#ifndef TALLY_NODE_REPLICA_ADMISSION_H
#define TALLY_NODE_REPLICA_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "crypto/hash.h"

/* What admission says to an envelope. Numbers go over the wire: never reuse one. */
#define ADMISSION_ANSWERS(X)                                                                       \
    X(ACCEPTED, 0, "received",                                                                     \
      "wait for its receipts; the same bytes may be sent again at any time")                       \
    X(HELD, 1, "received before", "wait for its receipts")                                         \
    X(MALFORMED, 2, "not an envelope of this version",                                             \
      "build the envelope anew with a current client")                                             \
    X(MISADDRESSED, 3, "the envelope names another chain",                                         \
      "check the genesis file the client uses")                                                    \
    X(EXPIRED, 4, "its validity has ended", "build it anew; commands keep their references")       \
    X(TOO_FAR_AHEAD, 5, "valid for longer than the network allows",                                \
      "choose an earlier end of validity")                                                         \
    X(TOO_LARGE, 6, "larger than the network allows", "split the commands over several envelopes") \
    X(SIGNATURE, 7, "the signature does not verify", "sign with the key that the envelope names")  \
    X(BUSY, 8, "this node has no room at the moment",                                              \
      "send the same bytes again later, or to another member")                                     \
    X(STOPPED, 9, "this node accepts nothing at the moment",                                       \
      "send the same bytes to another member")

enum admission_answer {
#define X(name, number, text, hint) ADMISSION_##name = (number),
    ADMISSION_ANSWERS(X)
#undef X
};

struct admission_config {
    struct hash chain_id;
    uint64_t hash_seed; /* of the table of remembered envelopes; derived from the chain id */
    uint32_t
        batch_bytes_max;   /* largest payload; at least envelope_bytes_max + PAYLOAD_PREFIX_BYTES */
    uint32_t batch_age_ms; /* the oldest waiting envelope starts a batch after this, whatever else
                              is under way */
    uint32_t envelope_bytes_max; /* largest envelope, a rule of the network */
    uint64_t validity_ahead_ms;  /* how far ahead an envelope may be valid, a rule of the network */
    uint32_t waiting_bytes_max;  /* room for accepted envelopes; at least batch_bytes_max */
    uint32_t waiting_count_max;  /* as many envelopes, whatever their size; at least 1 */
    uint32_t remembered_count_max; /* the oldest is forgotten first; at least waiting_count_max */
};

/* An envelope as the driver hands it in: its bytes, and what a worker thread found out about its
 * signature. */
struct admission_envelope {
    const uint8_t *bytes;
    uint32_t size;
    bool signature_valid;
    uint64_t ticket; /* given back with the answer; means nothing here */
    bool again;      /* ordered before and left out of its block: packed although remembered */
};

/* A late answer. */
struct admission_release {
    uint64_t ticket;
    enum admission_answer
        answer; /* ADMISSION_ACCEPTED, or ADMISSION_EXPIRED when its time ran out while it waited */
};

/* What admission_pack() took out; borrows admission's memory until the next call that is not
 * const. */
struct admission_batch {
    const uint8_t *payload; /* of size 0 when all that waited had expired */
    uint32_t size;
    const struct admission_release *releases;
    uint32_t release_count;
};

struct admission;

/* Bytes needed for a configuration; 0 when it breaks one of the rules written beside its fields. */
size_t admission_footprint(const struct admission_config *config);

/*
 * pre: the arena has room for admission_footprint() bytes.
 * keeps: a copy of the configuration.
 */
struct admission *admission_new(const struct admission_config *config, struct arena *arena);

/*
 * Takes one envelope in, or says why not. When the answer is ADMISSION_ACCEPTED the bytes are
 * copied and the answer is to be given when admission_pack() releases the ticket; any other answer
 * is to be given now.
 */
enum admission_answer admission_submit(struct admission *admission,
                                       const struct admission_envelope *envelope, uint64_t now_ms,
                                       uint64_t utc_ms);

/*
 * When the next batch is due: 0 when what waits fills one, UINT64_MAX when nothing waits; else when
 * the oldest has waited for gather_ms, or batch_age_ms if that is less.
 */
uint64_t admission_due_ms(const struct admission *admission, uint64_t gather_ms);

/* Does what waits fill a batch? */
bool admission_full(const struct admission *admission);

/*
 * Takes the next batch out, whether due or not.
 */
void admission_pack(struct admission *admission, uint64_t now_ms, uint64_t utc_ms,
                    struct admission_batch *batch);

/*
 * Stops and starts acceptance: a node whose disk is full answers ADMISSION_STOPPED. What waits
 * keeps waiting.
 */
void admission_stop(struct admission *admission);
void admission_start(struct admission *admission);

/* Envelopes that wait. */
uint32_t admission_waiting_count(const struct admission *admission);

/* One line about an answer, and what to do about it. Never NULL, also for a number that is none. */
const char *admission_answer_text(enum admission_answer answer);
const char *admission_answer_hint(enum admission_answer answer);

#endif
