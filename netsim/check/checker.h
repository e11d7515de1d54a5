/*
 * netsim/check/checker.h - sees everything, trusts nothing
 *
 * The checker is told of every vote that is made and that leaves an honest host, of every block
 * anybody proposes, of what each disk holds, and of every block that a node hands out as final. It
 * shares no code with consensus/: it reads blocks with a decoder of its own (checker_block.h) and
 * keeps books of its own, so that it does not repeat a mistake. Byzantine members count as having
 * signed everything.
 *
 * A statement is *reached* when a certificate for it could exist: honest signers plus all Byzantine
 * members make a quorum. What is checked, with E1 to E6 as in consensus/vote.h:
 *
 *     vote       E1, E2: one NOTARIZE and one FINALIZE per view. E3: never FINALIZE and NULLIFY.
 *                E4: no NOTARIZE after NULLIFY. E6: NOTARIZE and NULLIFY never go back in views.
 *     NOTARIZE   the parent is reached as notarised, each view between as nullified; heights and
 *                times follow; the cut extends the parent's, lane by lane, in order and within the
 *                quota; the result is the one that execution gives; before it leaves, the voter's
 *                disk holds every batch named, and so do f+1 honest disks at the last of q
 *     FINALIZE   the block is reached as notarised
 *     commit     at each height the same block at every node, for ever; it or a descendant is
 *                reached as finalised; nothing is ordered twice
 *     results    every honest member computes the same at each height
 *     evidence   never names an honest member
 *
 * The first violation is kept as text and the rest ignored. netsim/check/watch.h feeds a checker
 * from a simulation.
 */
#ifndef TALLY_NETSIM_CHECK_CHECKER_H
#define TALLY_NETSIM_CHECK_CHECKER_H

#include "crypto/hash.h"
#include "netsim/check/checker_block.h"
#include "netsim/engine/member_set.h"

enum checker_vote_kind {
    CHECKER_NOTARIZE = 1,
    CHECKER_NULLIFY = 2,
    CHECKER_FINALIZE = 3
};

/* Where the results come from that headers certify. */
enum checker_results {
    CHECKER_RESULTS_COMPUTED, /* checker_result() stands in for a ledger */
    CHECKER_RESULTS_TOLD,     /* by checker_executed() */
};

enum {
    CHECKER_BLOCKS_PER_VIEW = 6,
    CHECKER_TEXT_SIZE = 256
};

struct checker_config {
    uint32_t members_count; /* at most MEMBER_SET_MAX */
    uint32_t lane_quota_batches;
    struct member_set byzantine;
    enum checker_results results;
};

struct checker;

/* Empty books. checker_free gives the memory back; checker_reset empties them for another run. */
struct checker *checker_new(const struct checker_config *config);
void checker_free(struct checker *checker);
void checker_reset(struct checker *checker, const struct checker_config *config);

/* A block as proposed by anybody, right or wrong. Copies; the second time does nothing. */
void checker_learn(struct checker *checker, const struct checker_block *block);
const struct checker_block *checker_find(const struct checker *checker, const struct hash *hash);

/* Somebody signed this batch: honest members one per number, Byzantine ones as they like. */
void checker_batch_signed(struct checker *checker, uint32_t author, uint64_t lane_seq,
                          const struct hash *digest);

/* Was it signed by anybody, as far as was told? */
bool checker_batch_is_signed(const struct checker *checker, const struct hash *digest);

/* What a host's batch log holds for certain, and what an accident took from it: one, or all. */
void checker_batch_durable(struct checker *checker, uint32_t node, const struct hash *digest);
void checker_batch_lost(struct checker *checker, uint32_t node, const struct hash *digest);
void checker_batches_lost(struct checker *checker, uint32_t node);

/*
 * An honest member wrote a vote into its journal. E4 and E6 are about the order in which votes are
 * made; they may leave in another, since a restart sends again what peers ask for. A crash takes
 * back what was not synced: forget all, then make again what the journal still has.
 */
void checker_vote_made(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                       uint64_t view);
void checker_votes_forgotten(struct checker *checker, uint32_t signer);

/*
 * The vote is in its signer's journal for certain: from now on it exists, and counts. It may leave
 * the host from now on, not before; as often as it likes, also inside certificates.
 */
void checker_vote_durable(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                          uint64_t view, const struct hash *hash);
void checker_vote_left(struct checker *checker, uint32_t signer, enum checker_vote_kind kind,
                       uint64_t view, const struct hash *hash);

/* A node handed out this block as final at this height. */
void checker_commit(struct checker *checker, uint32_t node, uint64_t height,
                    const struct hash *hash);

/* An honest member executed this height, with this result. Only with CHECKER_RESULTS_TOLD. */
void checker_executed(struct checker *checker, uint32_t node, uint64_t height,
                      const struct hash *result);

/* An honest node holds two signed statements against this member. */
void checker_evidence(struct checker *checker, uint32_t node, uint32_t culprit);

/* Anything else that must not be; format as printf. */
__attribute__((format(printf, 2, 3))) void checker_fail(struct checker *checker, const char *format,
                                                        ...);

/* NULL while all is well. */
const char *checker_violation(const struct checker *checker);

/* Is the member one that must do nothing wrong? */
bool checker_is_honest(const struct checker *checker, uint32_t member);
/* The highest block handed out by any honest node, and how many batches are ordered up to it. */
uint64_t checker_final_height(const struct checker *checker);
uint64_t checker_ordered_count(const struct checker *checker);
bool checker_batch_ordered(const struct checker *checker, const struct hash *digest);

/* A stand-in for what execution yields at a height of a chain: hosts without a ledger execute with
 * this very function. */
void checker_result(const struct hash *previous, uint64_t height, const struct hash *block,
                    struct hash *result);

#endif
