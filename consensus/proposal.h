/*
 * proposal.h: making, receiving and judging a leader's block. Internal.
 *
 * Making. The parent is found by walking down from the view below: the first view with a
 * NOTARIZATION (preferred, so that nobody's block is skipped without need) or, for the final view,
 * the FINALIZATION; NULLIFICATIONS on the way are collected as justification. A view with neither
 * is a gap: it is asked for, and if it does not come in time the leader hands over by giving up.
 *
 * Judging. A proposal is INVALID if it breaks a rule that does not depend on time or on what the
 * judge happens to hold; then its view is given up. It is WAITING while something is missing.
 *
 *     rule                                                            broken      missing
 *     1 every certificate that the justification must have is there   INVALID     ask the leader
 *     2 the parent is the one certified, not below the final block    INVALID     ask the signers
 *     3 height, proposer and time follow the parent's                 INVALID
 *     4 the body continues the parent's cut, within the quotas        INVALID
 *     5 exec_height does not fall; repeated, it has the same root     INVALID
 *     6 with more than 8 unexecuted blocks it orders nothing          INVALID
 *     7 dated within drift + 2 D of the clock at arrival              old: INVALID; too new: wait
 *     8 every batch is held, content checked, durable                 invalid: INVALID   ask
 *     9 the result is the one computed here                           INVALID     wait
 */
#ifndef TALLY_CONSENSUS_PROPOSAL_H
#define TALLY_CONSENSUS_PROPOSAL_H

#include "consensus/core.h"

/* Where the next block of a view would stand. */
struct parent_choice {
    bool found;
    uint64_t gap_view;   /* not found: no certificate of this view; 0: the block is missing */
    struct hash missing; /* not found and gap_view 0: the block to ask for */
    uint64_t missing_view;
    struct chain_point point;
};

/* Chooses the parent for a block in a view. */
void proposal_parent(const struct consensus *core, uint64_t view, struct parent_choice *out);

/* Rule 5 of settling: proposes if this node leads the view and should. */
void proposal_make(struct consensus *core);

/* Handles PROPOSAL and JUSTIFICATION messages. */
void proposal_on_message(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);
void proposal_on_justification(struct consensus *core, uint16_t from, const uint8_t *bytes,
                               size_t size);

/* Judges the proposal of a slot now; keeps the verdict in the slot. */
enum proposal_state proposal_check(struct consensus *core, struct view_slot *slot);

/* Verifies the certificates of a complete justification and takes them in; false if it is wrong. */
bool proposal_justified(struct consensus *core, const struct block *block);

/*
 * Forgets proposals of views that were given up, oldest first, while memory is short: in a long
 * stall every view leaves one, each with a longer justification than the last. Only between steps.
 */
void proposal_forget(struct consensus *core);

/* Sends the own proposal of a slot to one peer or all. */
void proposal_send(struct consensus *core, struct view_slot *slot, uint16_t to);

/* How many blocks with batches a child of parent would have above exec_height, itself excluded. */
uint32_t proposal_unexecuted(const struct consensus *core, const struct chain_point *parent,
                             uint64_t exec_height);

#endif
