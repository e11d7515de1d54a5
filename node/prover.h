/*
 * node/prover.h - proofs for clients, from what the node has stored
 *
 * Problem. A client believes nothing that it cannot check against the genesis. So an answer carries
 * the leaf, its path, the roots from its height to the one that a quorum certified, and the header
 * and signatures that say so (client/proof.h has the whole chain).
 *
 * Rule. Receipts and events are proved from the stored leaves of their block. Records are proved by
 * the ledger, between two blocks, against the state root of its last renewal; a record comes with
 * those that it names by index:
 *
 *     position      account, the account's party, asset
 *     account       party
 *     asset         issuer
 *     instruction   party, asset, currency, both accounts, the counterpart and its party
 *
 * An envelope's outcome is asked for in pages, and those of one block by many clients: the blocks
 * that were asked about last stay in memory with their trees (prover_block.h).
 *
 * The anchor of height h exists once a final header names the result of h or of a later height:
 * normally two blocks later. Its certificate is the finalization of that header, or the
 * notarization which its child carries.
 *
 * Functions that take a prover may be called from any thread.
 */
#ifndef TALLY_NODE_PROVER_H
#define TALLY_NODE_PROVER_H

#include "base/assert.h"
#include "client/proof.h"
#include "ledger/ledger.h"
#include "node/prover_block.h"
#include "node/store.h"

struct prover {
    struct store *store; /* borrowed, as the next */
    struct prover_cache *cache;
    uint16_t validator_count;
    struct hash genesis_root; /* result root of height 0 */
};

/* Fills the anchor of a height. Give it back with prover_anchor_free(). */
TALLY_MUST_CHECK enum prover_result prover_anchor(const struct prover *prover, uint64_t height,
                                                  struct proof_anchor *anchor);
void prover_anchor_free(struct proof_anchor *anchor);

/*
 * Proves a record and those it names: fills proof->leaves and leaf_count, and `*height`, the height
 * of the state root they lead to. The caller keeps the ledger from changing. pre: in use.
 */
TALLY_MUST_CHECK enum prover_result prover_records(const struct ledger *ledger,
                                                   enum record_kind kind, uint32_t index,
                                                   struct proof *proof, uint64_t *height);

#endif
