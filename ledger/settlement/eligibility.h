/*
 * ledger/settlement/eligibility.h - may this pair settle now, its balances apart?
 *
 * Rule. The gates date, hold and restriction of settlement.h, in this order. The answer names the
 * reason that each side is given, and what the pair has to wait for.
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
    uint32_t position; /* QUEUE_POSITION: the blocked one */
};

/* Reads the records, changes nothing. pre: matched or internal, not ended. */
void eligibility_check(const struct ledger *ledger, const struct pair *pair,
                       struct eligibility *out);
/* Was neither side given a reason? */
bool eligibility_given(const struct eligibility *eligibility);

/* What a side is told about holds; REASON_NONE when neither side is on hold. */
enum reason eligibility_hold_reason(const struct instruction *own,
                                    const struct instruction *counterpart);
/* Why nothing settles over this position (BLOC: account not open, SBLO); REASON_NONE when it is
 * free. */
enum reason eligibility_position_reason(const struct ledger *ledger, uint32_t position);

#endif
