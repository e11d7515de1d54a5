/*
 * request.h: asking for a specific thing that is missing. Internal.
 *
 * Rule. What is asked for follows from the state, each time anew; nothing is queued. Each thing is
 * asked of one peer at a time, first of the one who must have it (the leader who named it), then of
 * the others in turn, at most once in 2 D0; batches of final blocks also as soon as those asked for
 * are here, so that who catches up is faster than those who go on.
 *
 *     needed by                          missing                      asked with
 *     the proposal of the current view   its justification            JUSTIFICATION_REQUEST
 *                                        its parent                   BLOCK_REQUEST
 *                                        its batches                  BATCH_REQUEST
 *     leading the current view           a certificate in the walk    CERTIFICATE_REQUEST
 *     building on a notarized view       its block                    BLOCK_REQUEST
 *     committing                         batches                      BATCH_REQUEST
 *                                        blocks, few or many          BLOCK_REQUEST, RANGE_REQUEST
 *
 * A BLOCK is taken only if its hash was asked for.
 */
#ifndef TALLY_CONSENSUS_REQUEST_H
#define TALLY_CONSENSUS_REQUEST_H

#include "consensus/core.h"

/* Sends the requests that are due. */
void request_run(struct consensus *core);

/* Handles a BLOCK message. */
void request_on_block(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

#endif
