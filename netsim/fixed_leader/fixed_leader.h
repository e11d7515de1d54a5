/*
 * netsim/fixed_leader/fixed_leader.h - the least that can be called a protocol: one trusted leader
 *
 * Problem. A plot of what agreement costs needs a floor: the same validators, lanes, files,
 * execution and network, with as little protocol as possible on top of them. And the table of
 * consensus/protocol.h needs a second entry, to prove that it is enough.
 *
 * Rule. Validator 0 leads. Everybody hands batches to everybody; the leader orders those that it
 * holds, signs the block and sends it; a member commits it on receipt, in height order, when it
 * holds the batches. No votes, no views, no change of leader: while validator 0 is down nothing is
 * ordered, and whatever it signs is final. Nobody else's word counts.
 *
 *     time    author        leader           all
 *      0      BATCH ->
 *      1 d                  PROPOSAL ->
 *      2 d                                   final
 *
 * Messages are those of consensus/message.h, with these meanings; other kinds are dropped:
 *
 *     BATCH           as in Simplex
 *     PROPOSAL        the leader's FINALIZE signature over a block that is final
 *     STATUS          a member tells the leader how far it is, every retry_ms, up to 8 times less
 *                     often while it lacks nothing. The leader answers a member that is behind, or
 *                     whose own batches it lacks, with its own STATUS; the member then asks for
 *                     blocks, and sends batches again.
 *     BATCH_REQUEST   to the leader, for what a block names and d0_ms did not bring
 *     RANGE_REQUEST   to the leader, for blocks that d0_ms did not bring; answered by RANGE
 *
 * Blocks. View and height count alike from the anchor on. The justification is empty (00 00). A
 * header names the leader's own last result; a member that computed another one halts. The
 * certificate of a stored block has the form of certificate.h: kind FINALIZATION, signed by
 * validators 0 to q - 1, of which the first signature is the leader's and the others are zero. So
 * decoders take it, and certificate_verify() refuses it (unless n = 1): clients, finality receipts
 * and checks of certificates cannot be used with this protocol.
 *
 * Crashes. A member has nothing of its own to remember but its batches, which are in the batch log,
 * and journals nothing. The leader journals each block before the block leaves, so that it never
 * makes another at that height; after a restart it commits those blocks first. A leader that lost
 * its journal is mute: it orders nothing more, for ever. A batch log that was lost closes the own
 * lane, as in Simplex. With these, any validator may crash and any message may be lost.
 *
 * Not borne: a member that lies, a leader that lies or stays away, two hosts with one key, a
 * journal restored from a backup. A batch whose content is invalid stops its author's lane for
 * ever. Nobody limits what a peer may ask for.
 *
 * Pure, like the cores that it stands beside: no allocation, clock or chance.
 */
#ifndef TALLY_NETSIM_FIXED_LEADER_FIXED_LEADER_H
#define TALLY_NETSIM_FIXED_LEADER_FIXED_LEADER_H

#include "consensus/protocol.h"

/* Who leads. */
#define FIXED_LEADER_INDEX 0

extern const struct consensus_protocol consensus_fixed_leader;

#endif
