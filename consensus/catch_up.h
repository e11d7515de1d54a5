/*
 * catch_up.h: from "final" to COMMIT, in height order. Internal.
 *
 * Problem. A FINALIZATION may arrive for a block whose ancestors are not here: a node may have been
 * away for days.
 *
 * Rule. The final block and its ancestors are committed once the whole path down to the last
 * committed block is in the pool; each of them when its batches are stored. Missing blocks near the
 * tip are asked for by hash; a longer gap is asked for as a range of heights. In a range each
 * header names its parent's hash, so one FINALIZATION of its last block proves them all:
 *
 *     committed 40;  RANGE [41 42 43 44+FINALIZATION]:  parent(41) = 40, hashes chain -> all final
 *
 * COMMIT runs at most CONSENSUS_RESTORE_BLOCKS ahead of EXECUTED.
 */
#ifndef TALLY_CONSENSUS_CATCH_UP_H
#define TALLY_CONSENSUS_CATCH_UP_H

#include "consensus/core.h"

/* Rule 3 of settling: commits what can be committed. */
void catch_up_commit(struct consensus *core);

/* Handles a RANGE message. */
void catch_up_on_range(struct consensus *core, uint16_t from, const uint8_t *bytes, size_t size);

/* Handles RESTORE_FINAL. */
void catch_up_on_restore(struct consensus *core, const uint8_t *bytes, size_t size);

/* The next block to commit, whose batches are awaited, and the cut before it; false if none. */
bool catch_up_awaited(const struct consensus *core, uint32_t ahead, struct block_body *body,
                      const uint8_t **cut_before);

#endif
