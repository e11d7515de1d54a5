/*
 * repair.h: getting what got lost. Internal.
 *
 * Problem. Messages get lost, nodes restart, and blind re-sending is how networks drown (rule S10).
 *
 * Rule. Repair is by pulling. Every retry_ms (with jitter, slower while idle) a node tells all
 * where it stands (STATUS), and each peer sends what it sees missing, bounded per STATUS:
 *     - its FINALIZATION, if higher;
 *     - for the 8 views from gap_view on, and from `view` on, a certificate or else its own vote;
 *     - its own FINALIZE votes of up to 8 unfinal views, and its vote (as leader: the proposal) of
 *       the sender's view (rules S4, S12);
 *     - up to 8 batches of its own lane that the sender lacks.
 * At most one STATUS per peer and half period is answered, so a lying one costs little. Specific
 * things are asked for by name: request.h, answer.h.
 */
#ifndef TALLY_CONSENSUS_REPAIR_H
#define TALLY_CONSENSUS_REPAIR_H

#include "consensus/core.h"

/* Certificates or views of votes that one STATUS is answered with, per clause. */
#define REPAIR_VIEWS_MAX 8

/* Sets the first STATUS and the credits of all peers. */
void repair_start(struct consensus *core);

/* After a restart: the same proposal again, if this node leads and had made one (E1). */
void repair_resend_proposal(struct consensus *core);

/* Last rule of a step: sends STATUS, requests and delayed certificates that are due. */
void repair_run(struct consensus *core);

/* Brings the next STATUS forward: there is news, or reason to ask. */
void repair_status_now(struct consensus *core);

/* Makes the STATUS period short again. */
void repair_progress(struct consensus *core);

/* Sends a held certificate to one peer or all. */
void repair_send_certificate(struct consensus *core, enum certificate_kind kind, uint64_t view,
                             uint16_t to);

/* Sends whichever certificate of a view is held; false if none is. */
bool repair_send_any_certificate(struct consensus *core, uint64_t view, uint16_t to);

/* Has a certificate that was news sent, a quarter of D0 later, to whoever shows nothing of a later
 * view by then. All have been sent the votes in it, so nearly all make it themselves; a copy from
 * each to each was half of all messages. */
void repair_forward(struct consensus *core, enum certificate_kind kind, uint64_t view);

/* Notes what a peer says to have executed and to hold. */
void repair_on_report(struct consensus *core, uint16_t from, const struct report *report);

/* One for each message about what somebody lacks. None trusts `from` or the bytes; each answer is
 * paid for from the peer's credit. */
void repair_on_status(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

/* Takes cost from a peer's credit; false if it has too little. */
bool repair_pay(struct consensus *core, uint16_t from, uint32_t cost);

/* Answers a vote for a view that is over with the certificate that ended it (rule S4). */
void repair_answer_stale(struct consensus *core, uint16_t from);

#endif
