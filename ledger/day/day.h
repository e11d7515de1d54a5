/*
 * ledger/day/day.h - the settlement day, moved by ledger time alone
 *
 * Rule. The settlement day follows the timestamps of blocks, which members agreed on; no node's
 * clock is asked. It never goes back, whatever a new rule set says. With it moves the purge date:
 * what was traded before it is forgotten and refused, and what is refused stays refused (it never
 * falls either).
 *
 * Example. Change at 18:45, weekends closed. Blocks on Friday at 18:44:59 and 18:45:01: Friday,
 * then Monday.
 *
 * Source: T2S UDFS table 37 (change of the business date at start of day).
 */
#ifndef TALLY_LEDGER_DAY_DAY_H
#define TALLY_LEDGER_DAY_DAY_H

#include <stdint.h>

struct ledger;

/*
 * Sets the settlement day and the purge date of the genesis. pre: the rule set is in place, the
 * ledger's time is set.
 */
void day_begin(struct ledger *ledger);
/*
 * First thing in a block, once the ledger's time is the block's: moves the day; EVENT_DAY_CHANGED
 * if it moved.
 */
void day_tick(struct ledger *ledger);
/*
 * The ledger time at which the settlement day will change next; UINT64_MAX if that is not
 * foreseeable.
 */
uint64_t day_next_due_ms(const struct ledger *ledger);

#endif
