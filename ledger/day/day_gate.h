/*
 * ledger/day/day_gate.h - may a pair settle at this time of the settlement day?
 *
 * Rule. A pair settles between the opening of the day's settlement (night-time, or real time) and
 * its own cut-off: DvP for delivery against or with payment, cash for payments and transfers of
 * cash, FOP for free deliveries. On a day on which its currency is closed it does not settle at
 * all; a settlement date on such a day counts as the currency's next business day.
 *
 *   time of the day         its side and the other                 tried again
 *   before the opening      CYCL                                   at the opening
 *   past the cut-off        LATE if instructed past it, else CYCL  its currency's next day
 *   its currency is closed  CYCL                                   its currency's next day
 *
 * Past the cut-off the pair is failing (T20) until the next start of day.
 *
 * Rule, time of origin. Work that was carried over is judged by the time at which it fell due, not
 * by the block in which its turn comes: a flood before a cut-off must not push others past it. So
 * the time asked here is `ledger->origin_ms`: that of the block for a command, that of the arrival
 * for who was woken by it, that of the opening for who waited for the date. What is left of a day
 * that is over is judged as of now.
 *
 * Example. Cut-off 16:00. At 15:59:59 money arrives at a position with 50,000 pairs in wait, with a
 * budget of 10,000 a block: the last of them settle seconds past 16:00. A pair that is matched at
 * 16:00:00 fails: LATE.
 *
 * Source: T2S UDFS 3.6.1.4, Table 37 (cut-offs); sese.024 FailingReason4Code (LATE, CYCL).
 */
#ifndef TALLY_LEDGER_DAY_DAY_GATE_H
#define TALLY_LEDGER_DAY_DAY_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/settlement/pair.h"
#include "ledger/values/outcome.h"

struct day_gate {
    bool open;
    enum reason deliverer_reason; /* when closed */
    enum reason receiver_reason;
    bool failing;        /* its cut-off has passed */
    uint32_t retry_date; /* the settlement day on which it is tried again */
};

/* Is today a closing day of all, or of the currency of these terms if they have one? */
bool day_closed_today(const struct ledger *ledger, const struct instruction_terms *terms);

/* Asks for a pair whose settlement date has come; `closed_today` is what day_closed_today() says of
 * its terms. Changes nothing. */
void day_gate_check(const struct ledger *ledger, const struct pair *pair, bool closed_today,
                    struct day_gate *out);

/* The first settlement day on which these terms may settle: their date, or the next business day,
 * of their currency if they have one. */
uint32_t day_settlement_date(const struct ledger *ledger, const struct instruction_terms *terms);
/* Is that the present day, or one before it? `closed_today` as above. */
bool day_settlement_come(const struct ledger *ledger, const struct instruction_terms *terms,
                         bool closed_today);

/*
 * When the pair of an instruction is tried next by time alone: the opening of the day for which it
 * waits, as far as it is planned now. 0 when it waits for something else: an arrival, a release.
 */
uint64_t day_next_attempt_ms(const struct ledger *ledger, uint32_t index);

#endif
