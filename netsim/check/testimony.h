/*
 * netsim/check/testimony.h - what bytes say to the checker
 *
 * Problem. Votes, blocks and batches reach a checker as journal records, messages and evidence.
 * They must be read without the code of consensus/, which is under suspicion.
 *
 * Rule. Offsets are those of layout.h, and those that consensus/batch.h and evidence.h document.
 * Whoever drives validators calls these at the right moments (watch.h for simulations, twins.h for
 * bare cores):
 *
 *     a record is appended      testimony_record(.., false)    a vote is made, a block exists
 *     it is durable             testimony_record(.., true)     the vote exists and may leave
 *     a message leaves          testimony_honest_sent()        the votes in it left
 *                               testimony_byzantine_sent()     blocks and batches in it exist
 */
#ifndef TALLY_NETSIM_CHECK_TESTIMONY_H
#define TALLY_NETSIM_CHECK_TESTIMONY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/step.h"
#include "netsim/check/checker.h"
#include "netsim/check/layout.h"

struct testimony {
    struct checker *checker; /* borrowed */
    uint32_t members_count;
    uint32_t quorum;
    size_t certificate_bytes;
    uint8_t header[LAYOUT_HEADER_BYTES]; /* the last one hashed: it leaves n - 1 times */
    struct hash header_hash;
};

/* For a committee of so many members. Borrows the checker. */
void testimony_init(struct testimony *testimony, struct checker *checker, uint32_t members_count);

/* Of an honest member. Message sizes are at least 1. */
void testimony_record(struct testimony *testimony, uint32_t member, const uint8_t *record,
                      size_t size, bool durable);
/* Is a journal record a vote of its owner's? */
bool testimony_is_vote(const uint8_t *record, size_t size);
void testimony_honest_sent(struct testimony *testimony, uint32_t member, const uint8_t *bytes,
                           size_t size);
void testimony_byzantine_sent(struct testimony *testimony, const uint8_t *bytes, size_t size);
/* A batch as it lies in a batch log. */
void testimony_batch_durable(struct testimony *testimony, uint32_t member, const uint8_t *bytes,
                             size_t size);
/* A final block as it is stored; returns its hash. */
void testimony_stored_hash(const uint8_t *stored, size_t size, struct hash *hash);

/* Whom evidence accuses. pre: it is as an honest member wrote it. */
uint32_t testimony_culprit(const uint8_t *evidence, size_t size);

/* What an honest core's alarm says of the run. */
enum testimony_alarm {
    ALARM_HARMLESS,  /* trouble with a disk or with others */
    ALARM_EXHAUSTED, /* no room for more unfinal views: too long without progress */
    ALARM_WRONG,     /* has no place at a healthy member */
};
enum testimony_alarm testimony_alarm(enum consensus_alarm code);

#endif
