/*
 * ledger/partial/partial.h - how much of a delivery settles now, when not all of it can
 *
 * Problem. A deliverer who owes 100 and has 55 fails on 100. If both sides agree to take what is
 * there, 55 settle now and 45 later: less is open, and whoever waits for the 55 gets on. But a part
 * must be worth a booking, must be a quantity that the security can be settled in, and the money of
 * all parts must come to the amount agreed, to the last cent.
 *
 * Rule, whether. Only for lack of securities, never of money. Each side says of its instruction
 * whether parts are allowed: NPAR not; PART, PARC and PARQ, yes. If both say NPAR nothing is asked.
 * If one does, there is no part; where a part would settle but for that, both are told PATD.
 *
 * Rule, how much. As much as is there, rounded down to the settlement unit multiple, if it reaches
 * the threshold of a part:
 *
 *   | trade                        | a part must have at least                                |
 *   | free of payment, or both     | the minimum settlement unit if it is the first, the      |
 *   | sides say PARQ               | settlement unit multiple if another part went before     |
 *   | otherwise                    | an amount of money worth 10,000 EUR (security quoted in  |
 *   |                              | units) or 100,000 EUR (in face amount): values of the    |
 *   |                              | rule set, with its rates for other currencies            |
 *
 * Without a rate for the currency no part is judged by value, hence none settles. A part against
 * payment moves at least one smallest unit of money. What is left last settles as a whole, whatever
 * its size.
 *
 * Rule, for what amount. When q of the quantity Q have settled, floor(A * q / Q) of the amount A
 * has; a part moves the difference. So a sum of parts never depends on how they were cut, never
 * runs ahead of the securities, is behind them by less than one smallest unit, and comes to A when
 * q comes to Q: the last part takes the rest.
 *
 * Example. 100 of a security with minimum 50 and multiple 5 for 100,000.00; there are 57.
 *     both PARQ         55 for 55,000.00 now, 45 for 45,000.00 stay; the next part from 5 on
 *     PARQ and PART     55: 55,000.00 is above 10,000.00; the next part from 10 on (10,000.00)
 *     PARQ, there are 49        too little: 50 is the least
 *     NPAR and PARQ             PATD
 * 3 for 1.00 in parts of one: 0.33, 0.33, 0.34.
 *
 * Source: T2S UDFS 1.6.1.9 and worked example 90; URD T2S.11.730 (cash value); SXAA037 (PATD).
 */
#ifndef TALLY_LEDGER_PARTIAL_PARTIAL_H
#define TALLY_LEDGER_PARTIAL_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>

/* What a decision is made from. Quantities and amounts in smallest units. */
struct partial_terms {
    int64_t quantity; /* instructed */
    int64_t settled_quantity;
    int64_t amount; /* to be settled with it; 0: free of payment */
    int64_t settled_amount;
    uint8_t deliverer; /* enum partial_settlement, what each side allows */
    uint8_t receiver;
    int64_t unit_min;
    int64_t unit_multiple;
    int64_t amount_least; /* of a part judged by value; PARTIAL_NO_VALUE: nothing is enough */
};

#define PARTIAL_NO_VALUE INT64_MAX

enum partial_answer {
    PARTIAL_SETTLES,    /* quantity and amount are those of the part */
    PARTIAL_REFUSED,    /* neither side allows parts */
    PARTIAL_DISAGREED,  /* a part would settle, but one side does not allow it: PATD */
    PARTIAL_TOO_LITTLE, /* what is there does not reach the threshold */
    PARTIAL_IMPOSSIBLE, /* nothing short of all that is left reaches it */
};

struct partial_part {
    int64_t quantity; /* both 0 unless PARTIAL_SETTLES */
    int64_t amount;
    int64_t quantity_least; /* what has to be there for another answer; 0: nothing helps */
};

/*
 * What of it settles if so much of the securities is there. Changes nothing but *out. pre:
 * quantity, units and amount_least above 0, less is there than is left, settled_amount is what
 * partial_amount() says of settled_quantity.
 */
enum partial_answer partial_decide(const struct partial_terms *terms, int64_t available,
                                   struct partial_part *out);

/* Of this amount, what has settled when `settled` of the quantity has. pre: 0 <= settled <=
 * quantity, quantity above 0, amount not negative. */
int64_t partial_amount(int64_t amount, int64_t quantity, int64_t settled);

#endif
