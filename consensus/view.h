/*
 * view.h: accepting certificates and moving from view to view. Internal.
 *
 * Rule (essay A of step.h in detail). A certificate of view v, of any of the three kinds, is
 * permission to enter view v + 1, and there is no other way to enter it. Nobody enters a view on a
 * timer alone. Both certificates of one view may exist; a nullification does not undo a
 * notarization (rule S7), it only allows others to build past it.
 *
 *     held                               view
 *     -                                  1
 *     NOTARIZATION 1                     2
 *     NULLIFICATION 5 (far ahead)        6; views 2 to 4 are a gap, repaired by STATUS
 *     NULLIFICATION 3                    6; part of the gap is closed
 *
 * A certificate is verified once, then kept, journalled before anything is signed in the view that
 * it opens, and forwarded if it was news. Of its signatures only those are checked that were not
 * checked before: a vote of the same signer, view and hash with the same 64 bytes is the same
 * statement with the same signature, and so is one in another certificate that is held.
 *
 *     held as votes            certificate of         checked
 *     own, 1                   0, 1, 2 (self is 0)    2
 *     own, 1 for other hash    0, 1, 2                1, 2
 *     own, 1, other bytes      0, 1, 2                1, 2; what was held stays
 */
#ifndef TALLY_CONSENSUS_VIEW_H
#define TALLY_CONSENSUS_VIEW_H

#include "consensus/core.h"

/* Where a certificate comes from decides what is still to be done with it. */
enum certificate_source {
    CERTIFICATE_FROM_PEER,          /* verify, journal, forward */
    CERTIFICATE_FROM_JUSTIFICATION, /* verified by the caller; journal; others have it too */
    CERTIFICATE_FROM_VOTES,         /* signatures known to be valid; journal, forward */
    CERTIFICATE_FROM_JOURNAL,       /* believe it */
};

/*
 * Takes a certificate. Returns false if it is wrong: another epoch or a bad signature. True if it
 * was accepted, was held already, or is of no use.
 */
bool view_certificate(struct consensus *core, const struct certificate *certificate,
                      enum certificate_source source);

/*
 * Tells whether all q signatures are valid, and checks those only that are not known to be.
 * pre: the certificate is of this epoch.
 */
TALLY_MUST_CHECK bool view_certificate_genuine(struct consensus *core,
                                               const struct certificate *certificate);

/* Enters a view at start. */
void view_restart(struct consensus *core, uint64_t view);

/* The time that a view may take for one message delay: d0 * 1.25^(views since the final one - 2).
 *  */
uint64_t view_delay_ms(const struct consensus *core, uint64_t view);

/* Handles the CERTIFICATE message. */
void view_on_certificate(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

#endif
