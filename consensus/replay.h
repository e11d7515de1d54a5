/*
 * replay.h: coming back from a restart. Internal.
 *
 * Rule. All journal records count, as a set union per view: own votes go back into the vote tables,
 * certificates into the table, blocks into the pool. The view is the highest of: certified view +
 * 1, voted view. Nothing is re-sent at once except the proposal of the current view; the rest goes
 * out in answer to STATUS. A journal that cannot be trusted makes the node mute.
 */
#ifndef TALLY_CONSENSUS_REPLAY_H
#define TALLY_CONSENSUS_REPLAY_H

#include "consensus/core.h"

/* Take one journal record, in order, and then the START that ends the replay. */
void replay_record(struct consensus *core, const uint8_t *bytes, size_t size);
void replay_start(struct consensus *core, const struct consensus_event *event);

#endif
