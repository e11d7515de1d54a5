/*
 * ledger/settlement/eligibility.h - may this pair settle now, its balances apart?
 *
 * Problem. Many rules may keep a pair from settling, each from a folder of its own. Which of them
 * is told when several apply must be the same everywhere, and easy to see.
 *
 * Rule. One list of gates in eligibility.c, asked in this order; the first that is closed answers
 * for the pair, with the reason that each side is given and what the pair has to wait for:
 *
 *   gate          closed when                       its side  other side  then waits for
 *   date          the settlement day is before it   FUTU      FUTU        the date
 *   hold          a side is on hold                 see below             the release
 *   restriction   an account in use is not open     BLOC      BLOC        that position
 *                 the security or money is blocked  SBLO      SBLO        that position
 *   links         a link is not kept yet            LINK      LINK        the other's end, unlink
 *                 a pool is not complete            INBC      INBC        the missing members
 *   day           not open yet, or past the cut-off   see ledger/day/day_gate.h  its next day
 *
 * A gate changes nothing. It may ask whether another pair settles in the same step
 * (settlement_set_has()): what is linked to a member of the set is not kept by that link.
 *
 * A closed gate that names no queue has to be opened by an act that tries the pair again: a
 * release, a link taken away, the end of the linked instruction.
 *
 * Holds, seen from one side: its own depository, validation or conditional hold comes first (CSDH,
 * CVAL, CDLR), then the party's: BOTH if the counterparty holds as well, PREA if only this side
 * does. A side without hold sees PRCY.
 *
 * Source: T2S UDFS 3.6.1.4, table 62 (hold); sese.024 PendingReason24Code.
 */
#ifndef TALLY_LEDGER_SETTLEMENT_ELIGIBILITY_H
#define TALLY_LEDGER_SETTLEMENT_ELIGIBILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/settlement/pair.h"
#include "ledger/settlement/waiting.h"

struct eligibility {
    enum reason deliverer_reason; /* REASON_NONE on both sides: eligible */
    enum reason receiver_reason;
    enum queue queue;  /* where the pair waits until this may change */
    uint32_t position; /* QUEUE_POSITION: the blocked one, or the one that lacks; QUEUE_LIMIT: the
                        * limit that does not suffice */
    int64_t need;      /* QUEUE_POSITION: what it must be able to spend; 0 when it is blocked */
    uint32_t date;     /* QUEUE_DATE: the settlement day on which it is tried again */
    bool failing;      /* its cut-off has passed (T20) */
};

/* Reads the records, changes nothing. `flows` are the pair's. pre: matched or internal, open. */
void eligibility_check(const struct ledger *ledger, const struct pair *pair,
                       const struct pair_flows *flows, struct eligibility *out);
/* Kinds of gates that a dry run may leave out. */
enum eligibility_skip {
    ELIGIBILITY_TIME = 1, /* date and cut-off */
    ELIGIBILITY_HOLD = 2,
    ELIGIBILITY_LINKS = 4,
};
/*
 * The same without some kinds of gates, a set of enum eligibility_skip, and under the operator's
 * rules that are in force on a day (restriction_type.h).
 */
void eligibility_check_but(const struct ledger *ledger, const struct pair *pair, uint32_t skipped,
                           uint32_t day, struct eligibility *out);
/* Was neither side given a reason? */
bool eligibility_given(const struct eligibility *eligibility);

/* What a side is told about holds; REASON_NONE when neither side is on hold. */
enum reason eligibility_hold_reason(const struct instruction *own,
                                    const struct instruction *counterpart);
/* Why nothing settles over this position (BLOC: account not open, SBLO); REASON_NONE when it is
 * free. */
enum reason eligibility_position_reason(const struct ledger *ledger, uint32_t position);

#endif
