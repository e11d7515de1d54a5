/*
 * batches.h: batches coming, going and being asked for. Internal; the rules are in lane.h.
 */
#ifndef TALLY_CONSENSUS_BATCHES_H
#define TALLY_CONSENSUS_BATCHES_H

#include "consensus/core.h"

/* How the batches of a block stand. */
enum batches_standing {
    BATCHES_HELD,    /* all here, content valid */
    BATCHES_MISSING, /* some not here or not checked yet */
    BATCHES_WRONG,   /* one has invalid content, or a lane exceeds its quota of bytes */
};

/* One for each event about batches. None trusts the bytes; what is malformed is dropped. */
void batches_on_message(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);
void batches_on_local(struct consensus *core, const uint8_t *payload, uint32_t size);
void batches_on_checked(struct consensus *core, const struct consensus_event *event);
void batches_on_restore(struct consensus *core, const struct consensus_event *event);
void batches_on_request(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

/*
 * Looks for every batch that a body orders after the given cut. `certified` says that a quorum
 * vouched for the content: then stored is enough. Collects missing digests into request, up to its
 * maximum, if request is not NULL.
 */
enum batches_standing batches_check(struct consensus *core, const struct block_body *body,
                                    const uint8_t *cut_before, bool certified,
                                    struct message_batch_request *request);

/* Marks the lanes whose batches a failed proposal waited for. */
void batches_blame(struct consensus *core, const struct block_body *body,
                   const uint8_t *cut_before);

/* The highest number of a lane that a leader should order after `cut`. */
uint64_t batches_orderable(const struct consensus *core, uint16_t lane, uint64_t cut);

/* Sends a peer what it lacks of the own lane. */
void batches_resend(struct consensus *core, uint16_t to, const struct report *report);

#endif
