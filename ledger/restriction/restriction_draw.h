/*
 * ledger/restriction/restriction_draw.h - an instruction that settles out of what was set aside
 *
 * Problem. What is set aside does not settle; but whoever set it aside for a delivery or a payment
 * must be able to use it for that one, without freeing it for all others first.
 *
 * Rule. An instruction may name up to RESTRICTION_DRAWS_MAX restrictions that its party set up on
 * the position which it delivers from or pays from. At settlement a flow out of that position takes
 * from them in the order in which they are named, from each at most what remains of it, and what is
 * missing from the available balance (indirect debit). With `restricted_only` nothing is taken from
 * the available balance: what remains of them must suffice for the delivery (direct debit; for a
 * payment there is none). A restriction that was released or forgotten gives nothing.
 *
 * Members of one set may draw on the same restriction; the earlier one draws first.
 *
 * Example. 100 to be delivered, restrictions A (70 remain) and B (100 remain) named, 50 available:
 * 70 of A and 30 of B are used, 50 stay available. (T2S UDFS, example 88.)
 *
 * Source: T2S UDFS 3.6.1.13.3 (use of blocked securities, direct and indirect debit).
 */
#ifndef TALLY_LEDGER_RESTRICTION_RESTRICTION_DRAW_H
#define TALLY_LEDGER_RESTRICTION_RESTRICTION_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    RESTRICTION_DRAWS_MAX = 4,
    /* A flow is drawn from each of them, and from the available balance. */
    RESTRICTION_PARTS_MAX = RESTRICTION_DRAWS_MAX + 1,
};

struct command_instruct;
struct instruction;
struct instruction_terms;
struct ledger;
struct posting;
struct refusal;

/* Which restrictions an instruction draws on. A slot may be given to another one: the sequence
 * tells. */
struct restriction_draws {
    uint8_t count;
    bool restricted_only;
    uint32_t restriction[RESTRICTION_DRAWS_MAX]; /* index */
    uint64_t sequence[RESTRICTION_DRAWS_MAX];
};

/* A flow as it is posted: part by part. */
struct restriction_split {
    uint32_t count;
    uint32_t restriction[RESTRICTION_PARTS_MAX]; /* drawn on; RECORD_NONE: available */
    int64_t quantity[RESTRICTION_PARTS_MAX];
    int64_t missing; /* restricted only: what the restrictions do not suffice for */
};

/* Does it say where to take from? If not, all comes out of what is available. */
static inline bool restriction_draws_any(const struct restriction_draws *draws)
{
    return draws->count > 0 || draws->restricted_only;
}

/* Writes them, as part of an instruction's bytes, and reads them. */
void restriction_draws_encode(const struct restriction_draws *draws, struct bytes_writer *writer);
void restriction_draws_decode(struct restriction_draws *draws, struct bytes_reader *reader);

/*
 * Finds what a command names. `terms` are those of the new instruction of `party`. The refusal says
 * what is wrong with the names: INVB unknown, released, pledged, named twice, or not on a position
 * that the instruction gives from.
 */
struct refusal restriction_draws_resolve(const struct ledger *ledger, uint32_t party,
                                         const struct command_instruct *body,
                                         const struct instruction_terms *terms,
                                         struct restriction_draws *draws);

/* What remains now, in a position, of the restrictions that the instruction names. */
int64_t restriction_drawable(const struct ledger *ledger, const struct instruction *instruction,
                             uint32_t position);

/* Does a side of the pair of this head draw on restrictions? Such pairs are not optimised: what
 * they take of a position is known at their settlement only. */
bool restriction_drawn(const struct ledger *ledger, uint32_t head);

/*
 * Splits a flow that the instruction gives. What it draws is planned: a later split sees that much
 * less, until restriction_plan_clear(). Changes no record.
 */
void restriction_split(const struct ledger *ledger, uint32_t instruction,
                       const struct posting *flow, struct restriction_split *out);
/* Forgets the plans on one restriction. */
void restriction_plan_clear(const struct ledger *ledger, uint32_t restriction);

#endif
