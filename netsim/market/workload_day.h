/*
 * netsim/market/workload_day.h - may a deal settle at this hour? The clients' own reckoning
 *
 * Problem. Whoever expects that "what can settle does settle" must know when nothing may. The
 * ledger's own answer (ledger/day/) is what is judged, so it is not asked.
 *
 * Rule. A deal settles from the opening of a day's settlement, its night-time or else its real
 * time, until the cut-off of its kind: delivery against payment, or free. After the cut-off nothing
 * of that kind settles before the next opening. In a continuous day everything settles always.
 *
 *     night-time 20:00, cut-offs 16:00 and 18:00     15:59:59  both settle
 *                                                    17:00:00  free deliveries only
 *                                                    19:00:00  neither
 *                                                    20:00:00  both, for the next day
 *
 * Holds for a stretch of business days; calendars are not looked at.
 *
 * Source: T2S UDFS Table 37 (schedule).
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_DAY_H
#define TALLY_NETSIM_MARKET_WORKLOAD_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/register/day_plan.h"

/* May a deal settle at this ledger time? */
bool workload_day_open(const struct day_plan *plan, uint64_t ledger_ms, bool is_free);

#endif
