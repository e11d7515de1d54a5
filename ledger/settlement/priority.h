/*
 * ledger/settlement/priority.h - who is served first, and who may say so
 *
 * Rule, values. 1 Reserved, 2 Top, 3 High, 4 Normal; a pair has the higher of its two sides
 * (pair_priority()). A party may instruct High or Normal; a trading venue or central counterparty
 * also Top; the operator (for the depository) and a settlement bank (for the central bank) all
 * four. An instruction that names none has:
 *
 *   instructing party                   transaction type   priority
 *   operator, settlement bank           CNCB, CORP         Reserved
 *   trading venue, central counterparty any                Top
 *   any other                                              Normal
 *
 * Rule, order. Of two pairs that wait for the same position the first is the one with
 *   1. the higher priority,
 *   2. the earlier intended settlement date,
 *   3. the larger movement out of that position: quantity of securities, or amount of cash,
 *   4. the older of its two sides being older.
 *
 * Example. T2S UDFS, 89: 40 pieces arrive. Waiting: 16 High of the 28th, 10 Normal of the 28th, 25
 * Top of the 27th, 15 High of the 27th. In order: 25, 15, 16, 10; served: 25 and 15.
 *
 * Source: T2S UDFS 3.6.1.5 (priorities, pages 358 to 360).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_PRIORITY_H
#define TALLY_LEDGER_SETTLEMENT_PRIORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/settlement/pair.h"

/* May the party give an instruction this priority? 0 says "none named", which anybody may. */
bool priority_allowed(const struct ledger *ledger, uint32_t party, uint8_t priority);
/* The priority of an instruction that names none. */
enum priority priority_default(const struct ledger *ledger, uint32_t party,
                               uint8_t transaction_type);

/*
 * The order above: negative, zero or positive as the pair of head `a` comes before, is, or comes
 * after that of `b`. Both move the asset of the same position out of it. Reads nothing that changes
 * while they wait.
 */
int priority_compare(const struct ledger *ledger, uint32_t position, uint32_t a, uint32_t b);

#endif
