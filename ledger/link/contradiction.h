/*
 * ledger/link/contradiction.h - links that a match has made impossible to keep
 *
 * Problem. Each party links its own instructions, and what could never be kept is refused when it
 * is entered (link_check.h). But which instructions are the two sides of one pair shows only when
 * they match; then the links of two parties may contradict each other, though neither of them could
 * see it. If nobody said so, the pairs would be pending LINK for ever and each party would believe
 * that it waits for the other.
 *
 * Rule. The match stands: the parties agree on the trade, and their links are no part of that. The
 * pair is pending LINK, and both are told which contradiction it is, by an event of the block of
 * the match, and whenever they ask (explain.h):
 *
 *   contradiction                                             event              detail
 *   more than LINK_SET_MAX pairs would settle in one step     LINKED_TOO_MANY    LINKS_FULL
 *   what settles in one step with the pair waits for          LINKED_IN_CIRCLE   LINK_CIRCLE
 *     something else that waits for it
 *
 * The remedy is to unlink; taking a link away tries the pairs on both its ends again, and so does
 * the end of a linked instruction. A circle within what settles in one step is none: order counts
 * as kept there.
 *
 * Example. A: delivery 2 AFTE delivery 1. B, who receives both: receipt 1 AFTE receipt 2. When the
 * second of the two pairs has matched both are told LINKED_IN_CIRCLE. B unlinks: 1 settles, then 2.
 */
#ifndef TALLY_LEDGER_LINK_CONTRADICTION_H
#define TALLY_LEDGER_LINK_CONTRADICTION_H

#include <stdint.h>

#include "ledger/values/outcome.h"

struct ledger;

/* Which contradiction keeps the pair of a head: LINKS_FULL, LINK_CIRCLE, or DETAIL_NONE. Changes no
 * record. pre: matched or internal. */
enum detail link_contradiction(const struct ledger *ledger, uint32_t head);
/* Tells both sides of a pair that has just matched, if there is one: at most one event. */
void link_contradiction_tell(struct ledger *ledger, uint32_t head);

#endif
