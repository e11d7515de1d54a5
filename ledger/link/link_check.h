/*
 * ledger/link/link_check.h - may these instructions be linked, may this one join that pool?
 *
 * Rule. A link that could never be kept is refused when it is entered, always INVL:
 *
 *   objection                                              field             detail
 *   type is none of BEFO, AFTE, WITH, INFO                 link_type         NOT_ALLOWED
 *   the other instruction is not there, or not one's own   linked_reference  UNKNOWN
 *   both are one, or the two sides of one pair             linked_reference  SELF
 *   they are linked already, as another type               link_type         LINKED_OTHERWISE
 *   the other one has ended; but AFTE what has settled,    linked_reference  CLOSED
 *     and INFO, are allowed
 *   the other one has settled in part, and WITH            linked_reference  IN_PARTS
 *   one of them has INSTRUCTION_LINKS_MAX links already    linked_reference  LINKS_FULL
 *   WITH, but their settlement dates differ                settlement_date   LINK_DATES
 *   more than LINK_SET_MAX pairs would hang together       linked_reference  LINKS_FULL
 *   they would wait for each other: a circle of orders,    link_type         LINK_CIRCLE
 *     or an order between two that settle in one step
 *   a pool number or total is missing, 0, or too large     pool_number, _total  OUT_OF_RANGE
 *   a counter without a pool                               pool              MISSING
 *   the pool has another total                             pool_total        EXISTS_DIFFERENTLY
 *   the number is taken                                    pool_number       POOL_FULL
 *
 * Whether two instructions that are unmatched yet are the sides of one pair shows only when they
 * match: see contradiction.h.
 *
 * Source: sese.024 RejectionReason75Code INVL; T2S UDFS 3.6.1.3.
 */
#ifndef TALLY_LEDGER_LINK_LINK_CHECK_H
#define TALLY_LEDGER_LINK_LINK_CHECK_H

#include <stdint.h>

#include "ledger/command/command.h"
#include "ledger/instruction/instruction.h"
#include "ledger/values/outcome.h"

/* May these two be linked? Changes nothing. pre: `index` is open; they are not linked as `type`. */
struct refusal link_check(const struct ledger *ledger, uint32_t index, uint32_t partner,
                          uint8_t type);
/* May a new instruction of this party have the links and the pool it names? Changes nothing. */
struct refusal link_check_new(const struct ledger *ledger, uint32_t party,
                              const struct command_instruct *body);

#endif
