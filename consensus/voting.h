/*
 * voting.h: casting and counting votes. Internal.
 *
 * Rule. The exclusivity rules E1 to E6 (vote.h) are enforced here and nowhere else, where the own
 * vote is made. A vote goes into the journal before it goes out.
 *
 *     NOTARIZE v   v is the current view, its proposal is valid, no own vote in v
 *     NULLIFY v    v is the current view, no own NULLIFY or FINALIZE in v, and one reason:
 *                  no proposal in time; no certificate in time; the proposal is invalid; the
 *                  leader itself gave up; f + 1 gave up; leading without being able to propose
 *     FINALIZE v   NOTARIZATION of h held, v above final view and floor, no own NULLIFY or
 *                  FINALIZE in v, own NOTARIZE in v absent or h, leader not seen equivocating
 */
#ifndef TALLY_CONSENSUS_VOTING_H
#define TALLY_CONSENSUS_VOTING_H

#include "consensus/core.h"

/* Handles NOTARIZE, NULLIFY and FINALIZE messages. */
void voting_on_vote(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

/* Records a verified vote of anyone; emits evidence if it conflicts with one that is held. */
void voting_record(struct consensus *core, struct view_slot *slot, const struct vote *vote);

/*
 * Compares a verified certificate with the votes that are held: a leader that showed one block to
 * some and another one to others is convicted by the certificate of either.
 */
void voting_on_certificate(struct consensus *core, const struct certificate *certificate);

/* Signs an own vote, without recording it. */
void voting_sign(const struct consensus *core, enum vote_kind kind, uint64_t view,
                 const struct hash *hash, struct vote *out);

/* Sends a vote to one peer or all. */
void voting_send(struct consensus *core, const struct vote *vote, uint16_t to);

/*
 * Whether the batches are held that the own NOTARIZE of this view says are. Only after a restart
 * they may not be; then the vote neither goes out again nor counts.
 */
bool voting_notarize_holds(struct consensus *core, struct view_slot *slot);

/* The rules, in the order of settling; each sets core->changed if it did something. */
void voting_count(struct consensus *core);
void voting_nullify(struct consensus *core);
void voting_notarize(struct consensus *core);
void voting_finalize(struct consensus *core);

#endif
