/*
 * answer.h: serving the requests of peers. Internal.
 *
 * Rule. Whoever asks gets what is held, as long as its credit lasts: CORE_CREDIT_MAX, topped up in
 * one retry_ms. A certificate costs 4, a block or justification 8, a batch 1, a range 32. So the
 * traffic that a lying peer can cause is bounded by the number of peers and the time, not by what
 * it asks (rule S10).
 */
#ifndef TALLY_CONSENSUS_ANSWER_H
#define TALLY_CONSENSUS_ANSWER_H

#include "consensus/core.h"

/* Each handles the request message of its name. BATCH_REQUEST is in batches.h. */
void answer_certificate_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
                                size_t size);
void answer_block_request(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);
void answer_justification_request(struct consensus *core, uint16_t from, const uint8_t *bytes,
                                  size_t size);
void answer_range_request(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

#endif
