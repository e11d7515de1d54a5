/*
 * ledger/limit/provision.h - out of what a position may give: its own balance, then credit
 *
 * Problem. A buyer's cash comes from more than one source. Which one is used first must be the same
 * everywhere, and each must be visible for itself: what is his own, what the settlement bank lends.
 *
 * Rule. The sources are asked in this order, and what they give together is what may be spent:
 *
 *   source    gives                                                   granted by
 *   balance   what is available, if it is more than nothing           -
 * credit the credit limit, less what of it is in use the currency's settlement bank
 *
 * Credit is in use as far as the available balance is below zero, so an incoming payment repays it
 * before it adds to the balance. The settlement bank sets the limit (credit-limit); it is not
 * lowered below what is in use: the command is refused (INVB), and given again when enough has come
 * in. Credit is intraday by contract between the two, not by force of this ledger: at the end of
 * the day it stays in use, and visible.
 *
 * Credit against collateral (auto-collateralisation: on flow, the securities of the purchase
 * itself; on stock, others) is a third source after these two. It is one more function in the list
 * of provision.c: no market of this ledger grants it, so a lack that balance and credit leave is a
 * lack (T17).
 *
 * Example. Available -30.00, credit limit 100.00: balance gives 0, credit gives 70.00 and has 30.00
 * in use. 50.00 come in: balance 20.00, credit 100.00.
 *
 * Source: T2S UDFS 3.6.1.5 (provision check: own balance, credit, then collateral); domain rules
 * 2.9.
 */
#ifndef TALLY_LEDGER_LIMIT_PROVISION_H
#define TALLY_LEDGER_LIMIT_PROVISION_H

#include <stdint.h>

#include "ledger/holding/position.h"

/* What the position's own balance gives; 0 when credit is in use. */
int64_t provision_balance(const struct position *position);
/* What is left of its credit limit, and how much of it is in use. */
int64_t provision_credit(const struct position *position);
int64_t provision_credit_used(const struct position *position);
/* All sources together; INT64_MAX when the sum leaves the range. Negative only if a limit is
 * broken:
 * by what is used beyond it. */
int64_t provision_total(const struct position *position);

#endif
