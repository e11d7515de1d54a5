/*
 * ledger/settlement/pair.h - two matched instructions seen as one delivery, or one instruction
 * that needs no other
 *
 * Rule. A pair is named by its head: the deliverer's instruction. An internal transfer (OWNI) is a
 * pair by itself; its counterpart is its own index. The flows of a pair are the movements that
 * settle it:
 *   securities   from the deliverer's securities position to the receiver's, if there is a quantity
 *   cash         from the payer's cash position to the payee's, if there is an amount: the receiver
 *                pays in a delivery against payment, the deliverer in a delivery with payment
 * A flow from a position to itself is none. What settles is all that is left of both, or a part of
 * it (partial.h): then `quantity` and `amount` are the part's.
 *
 * Source: BIS delivery versus payment model 1; T2S UDFS 3.6.1.5 (a pair takes the higher priority
 * of its two sides).
 */
#ifndef TALLY_LEDGER_SETTLEMENT_PAIR_H
#define TALLY_LEDGER_SETTLEMENT_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"

struct pair {
    uint32_t deliverer; /* the head */
    uint32_t receiver;  /* the same for an internal transfer */
    int64_t quantity;   /* to settle now */
    int64_t amount;
};

/* What settles a pair: securities first, then cash; a flow without a quantity is left out. */
struct pair_flows {
    struct posting postings[2];
    uint32_t count;
    bool cash[2]; /* does the posting move money? */
};

/* The pair of either of its instructions, for all that is left. pre: matched or internal. */
struct pair pair_of(const struct ledger *ledger, uint32_t index);
bool pair_is_internal(const struct pair *pair);
/* Is it for less than all that is left? */
bool pair_is_part(const struct ledger *ledger, const struct pair *pair);
/* The higher priority (lower number) of the two, and the sequence of the older, by either of its
 * instructions. pre: matched or internal. */
uint8_t pair_priority(const struct ledger *ledger, uint32_t index);
uint64_t pair_sequence(const struct ledger *ledger, uint32_t index);
/* Which of the two pays; the deliverer of a pair without cash. */
uint32_t pair_payer(const struct ledger *ledger, const struct pair *pair);
void pair_flows(const struct ledger *ledger, const struct pair *pair, struct pair_flows *out);

#endif
