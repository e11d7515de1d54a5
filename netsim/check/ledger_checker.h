/*
 * netsim/check/ledger_checker.h - what every honest ledger must have come to
 *
 * Problem. Members that agree on a wrong result agree. Somebody has to know what was owned before,
 * what was ordered, what may have changed, and what clients were told.
 *
 * Rule. The first honest host to execute a height is the witness of that height; all others must
 * come to the same roots, the same receipts and the same events, byte for byte, at any time, after
 * any restart. Of the witness it is checked that
 *
 *     conservation   what each position holds changes by what the block's events say and by nothing
 *                    else: ISSUED and REDEEMED between issuer and holder, SETTLED securities and
 *                    cash together; each event moves from one position to another, so sums stay
 *                    zero
 *     one leg        a SETTLED event settles both instructions, in whole or in part, with quantity
 *                    and amount as they were matched; against payment, both legs
 *     statuses       are, with their reasons, what the events make of them, each change told once
 *                    (ledger_told.h)
 *     the end        an instruction that ended never changes again
 *     once           an envelope is executed in one block at most, each of its commands once; who
 *                    is told ALREADY is told the right place
 *     records        I1 to I8 and I10 of what the block touched (ledger_audit.h), and of all
 *                    records every LEDGER_CHECKER_PERIOD blocks and when asked; then also the
 *                    ledger's own invariants
 *     proofs         receipts, events and changed records hang under the roots (ledger_proofs.h)
 *     promises       what a client was told final is there, and stays
 *
 * The first violation is kept as text and the rest ignored.
 */
#ifndef TALLY_NETSIM_CHECK_LEDGER_CHECKER_H
#define TALLY_NETSIM_CHECK_LEDGER_CHECKER_H

#include <stdint.h>

#include "netsim/engine/member_set.h"
#include "netsim/engine/simulation.h"
#include "netsim/market/workload.h"

enum {
    LEDGER_CHECKER_PERIOD = 16
};

struct ledger_checker;

/* With a simulation it adds itself to its observers, and lives until ledger_checker_free, after
 * which the simulation must not run on; NULL: blocks come by ledger_checker_executed only. */
struct ledger_checker *ledger_checker_new(struct simulation *simulation, uint32_t members_count,
                                          const struct member_set *byzantine);
void ledger_checker_free(struct ledger_checker *checker);

/* An honest member executed a block. */
void ledger_checker_executed(struct ledger_checker *checker, uint32_t member,
                             const struct ledger_output *output, const struct ledger *ledger);

/* A client was told; to be given to workload_on_promise() with the checker as context. What a
 * Byzantine member said binds nobody. */
void ledger_checker_promised(void *ledger_checker, const struct workload_promise *promise);

/* All records of a member's ledger, now. */
void ledger_checker_audit(struct ledger_checker *checker, uint32_t member,
                          const struct ledger *ledger);

/* NULL while all is well. */
const char *ledger_checker_violation(const struct ledger_checker *checker);

struct ledger_checker_counts {
    uint64_t heights; /* with a witness */
    uint64_t blocks;  /* executed by honest members, again after restarts too */
    uint64_t receipts;
    uint64_t events;
    uint64_t settlements;
    uint64_t audits; /* of all records */
    uint64_t promises;
};
void ledger_checker_counts_read(const struct ledger_checker *checker,
                                struct ledger_checker_counts *counts);

/* Canary: from now on the books are off by one unit, which must be noticed at the next movement. */
void ledger_checker_lie(struct ledger_checker *checker);

#endif
