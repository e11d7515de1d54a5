/*
 * ledger/matching/tolerance.h - how far two settlement amounts may be apart and still match
 *
 * Rule. The deliverer's amount selects the band of its currency (rule_set.h): up to and including
 * the threshold the receiver's amount may differ by `below`, beyond it by `above`. A currency
 * without a band has no tolerance. The regulation leaves open which of two unequal amounts selects
 * the band; here it is the deliverer's, because that is also the amount that settles.
 *
 * Example, EUR, threshold 100,000.00, below 2.00, above 25.00:
 *     deliverer    receiver     match
 *     100,000.00   100,002.00   yes
 *     100,000.00   100,002.01   no
 *     100,000.01   100,025.01   yes: the deliverer is above the threshold
 *     100,000.01    99,975.00   no: 25.01 apart
 *
 * Source: Delegated Regulation (EU) 2018/1229 article 6; T2S UDFS table 57.
 */
#ifndef TALLY_LEDGER_MATCHING_TOLERANCE_H
#define TALLY_LEDGER_MATCHING_TOLERANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/register/rule_set.h"

/* The band of a currency: borrowed from `rules`, or a constant one without tolerance. */
const struct tolerance_band *tolerance_of(const struct rule_set *rules,
                                          const struct asset_code *currency);
/* How far the receiver's amount may be from this amount of the deliverer. pre: amount >= 0. */
int64_t tolerance_difference_max(const struct tolerance_band *band, int64_t deliverer_amount);
/* Do the two amounts match? pre: both >= 0. */
bool tolerance_covers(const struct tolerance_band *band, int64_t deliverer_amount,
                      int64_t receiver_amount);

#endif
