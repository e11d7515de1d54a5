/*
 * ledger/day/day_sweep.h - what the end and the start of a settlement day do to open instructions
 *
 * Problem. At the end of the day every open instruction is looked at, and there may be millions.
 * Done in one block it would stop the ledger; done in many, the order in which blocks come must not
 * decide what becomes of whom.
 *
 * Rule. A sweep goes once over all instructions in the order of their slots, at most `sweep_budget`
 * of them per block (day_plan.h); where it goes on is in the scalars. It judges as of the event
 * that caused it: what was instructed after it is none of its business.
 *
 *   row  sweep         what                                   becomes
 *   T20  end of day    matched, its date has come             failing, for the same reason
 *   T21  end of day    unmatched, its date has come           EVENT_FAILS_TO_MATCH each day
 *   T23  end of day    unmatched, 20 business days unchanged  cancelled (CANS)
 *   T24  end of day    matched, 60 business days unchanged    cancelled (CANS), both sides
 *   T22  start of day  failing                                pending
 *   T25  start of day  party suspended, an account closed     cancelled (CANS), both sides
 *
 * The business days of T23 and T24 count from the intended settlement date or the last change of a
 * status, whichever is later, to the day that ends; changes of a reason alone and the daily failing
 * do not count. The periods are the rules'; 0 switches one off (CSDR: until settled or cancelled by
 * both). When a sweep of an end of day is through, EVENT_STATEMENTS says that the statements of
 * that day may be drawn at this height.
 *
 * Sweeps run one at a time, in the order in which they were asked for last. An event that comes
 * while one of its kind waits is served by the same sweep; the later date counts. Work of waiting
 * pairs that fell due before the event goes first, and what fell due since waits for it
 * (waiting.h): so a flood neither brings the end of a day upon those before it, nor puts it off.
 *
 * Example. Unmatched, intended for Wednesday 2016-04-27 and entered on it: cancelled at the end of
 * Wednesday 2016-05-25, the 20th business day after it.
 *
 * Source: T2S UDFS 3.6.3 (recycling, examples on pages 314-316), Table 37 (end of day, start of
 * day); Delegated Regulation (EU) 2018/1229 article 9.
 */
#ifndef TALLY_LEDGER_DAY_DAY_SWEEP_H
#define TALLY_LEDGER_DAY_DAY_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ledger/register/rule_set.h"

struct ledger;

enum day_sweep_kind {
    DAY_SWEEP_NONE = 0,
    DAY_SWEEP_END = 1,
    DAY_SWEEP_START = 2,
};

/* What caused a sweep: the event's day and the time of its block. Date 0: none. */
struct day_sweep_cause {
    uint32_t date;
    uint64_t time_ms;
};

/* Part of the scalars. */
struct day_sweep {
    uint8_t kind;    /* enum day_sweep_kind, of the one that runs */
    uint32_t cursor; /* the slot it looks at next */
    struct day_sweep_cause cause;
    struct day_sweep_cause end;   /* waits to run */
    struct day_sweep_cause start; /* waits to run */
    uint8_t last;                 /* enum day_sweep_kind, of the one asked for last; runs last */
};

/* Writes them as part of the scalars, and reads them; reading fails the reader on other forms. */
void day_sweep_encode(const struct day_sweep *sweep, struct bytes_writer *writer);
void day_sweep_decode(struct day_sweep *sweep, struct bytes_reader *reader);

/* Would both be encoded to the same bytes? */
bool day_sweep_equal(const struct day_sweep *a, const struct day_sweep *b);

/* Asks for a sweep as of the present settlement day and ledger time. */
void day_sweep_ask(struct ledger *ledger, enum day_sweep_kind kind);
/* Does one run, or wait to run? */
bool day_sweep_asked(const struct ledger *ledger);
/* When the event came whose sweep runs; UINT64_MAX: none does. */
uint64_t day_sweep_cause_ms(const struct ledger *ledger);
/* One block's share. Returns true when more is to do. */
bool day_sweep_run(struct ledger *ledger);

/*
 * T23, T24: who changed last before this date is cancelled at the end of `today`, since so many
 * business days lie between; 0, and nobody is, when the period is 0.
 */
uint32_t day_recycled_before(const struct rule_set *rules, uint32_t today, uint16_t business_days);

#endif
