/*
 * ledger/command/four_eyes.h - which commands wait for a second person, and why
 *
 * Problem. One person alone must not be able to do what two are wanted for: not by splitting it,
 * not through a second key of the same person, not by changing the rule first, and not by making
 * the second person.
 *
 * Rule. A command that passed all its checks waits as a draft (draft.h) when one of these holds;
 * the first that does is told in the receipt (outcome WAITING, no reason):
 *
 *   cause                                                              detail       field
 *   it changes a party's approval policy, or moves an event of the     POLICY       policy
 *   day; or the consortium's policy or the party's own names its
 *   kind, or an amount that it passes
 *   it names the person of a key, touches the right to approve or the  GRANTS_MORE  rights
 *   role of an operator, and another person of the party can approve
 *   a confined key hands out more than it is confined to               GRANTS_MORE  rights
 *   it moves, or hands out, more than the key's amount limit           LIMIT        amount_limit
 *   so does the sum of the key's day with it                           DAY_LIMIT    day_limit
 *
 * Rule, the second person. As long as nobody else of a party can approve, a person may name others
 * alone: there is nobody to ask. From then on a key with a person's name, and the right to approve,
 * are a matter of two, for good: revoked and expired keys do not bring the beginning back (party.h:
 * approver). So nobody invents a second person, as maker or as approver; nobody frees himself of
 * the other's eyes by taking them away; and the last person who could approve cannot be revoked
 * without his own signature. The operator, with two persons of its own, can do it for any party.
 * Two persons should therefore be named in the genesis.
 *
 * Example. Limits 1,000 a command, 2,500 a day. 900, 900: executed. 900: waits (DAY_LIMIT), as
 * 2,700 is above 2,500. 700: executed. What two signed does not count into the maker's day, but
 * into the approver's.
 */
#ifndef TALLY_LEDGER_COMMAND_FOUR_EYES_H
#define TALLY_LEDGER_COMMAND_FOUR_EYES_H

#include <stdint.h>

#include "ledger/command/command.h"
#include "ledger/values/outcome.h"

struct ledger;
struct command_context;

/*
 * What a command moves, or lets others move, in the smallest unit: the quantity, or the amount of a
 * payment if that is more; of a release what the instruction still has to settle; the limit that it
 * gives to a key or to an account; 0 for the rest. Were only the amount asked, a whole holding
 * could leave for one cent; were a new key not asked for, an administering key could make itself as
 * many pairs of eyes as it likes.
 */
int64_t command_value(const struct ledger *ledger, const struct command *command);
/*
 * What of it counts into a key's day: of a new or changed key the day limit that it gets; of a
 * release nothing, for the instruction was counted when it was given.
 */
int64_t command_day_value(const struct ledger *ledger, const struct command *command);

/* Why the command waits: {NONE, detail, field} of the table; all zero when it does not. `*day`
 * receives its command_day_value(). */
struct refusal four_eyes_cause(const struct ledger *ledger, const struct command_context *context,
                               const struct command *command, int64_t *day);

#endif
