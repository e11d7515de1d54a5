/*
 * execution.h: agreeing on results. Internal.
 *
 * Problem. Order first, execute later: then who notices that two nodes computed different ledgers?
 *
 * Rule. The driver reports each height's result root, chained over all heights below. A header
 * names the highest height that q validators reported executed, and its root. A voter that computed
 * another root does not vote; so a NOTARIZATION of a header proves that f + 1 honest nodes computed
 * the root in it. A node whose own root is contradicted by one halts.
 */
#ifndef TALLY_CONSENSUS_EXECUTION_H
#define TALLY_CONSENSUS_EXECUTION_H

#include "consensus/core.h"

/* Takes an EXECUTED event: notes the result, and halts if a certified one differs. */
void execution_on_executed(struct consensus *core, const struct consensus_event *event);

/* Notes the result that a notarized or final header certifies; halts if it contradicts the own. */
void execution_certified(struct consensus *core, const struct header *header);

/* The own result of a height; false if unknown. */
bool execution_result(const struct consensus *core, uint64_t height, struct hash *root);

/* Recomputes core->exec_quorum after a report or the own height changed. */
void execution_quorum(struct consensus *core);

#endif
