/*
 * ledger/link/link.h - instructions that must settle before, after or together with others
 *
 * Problem. A party passes on what it receives, exchanges one security for another, or opens and
 * closes a loan: its instructions make sense in one order only, or only together.
 *
 * Rule. A link joins two instructions, whatever they are about:
 *
 *   A BEFO B   B does not settle before A has settled        kept on B: LINK
 *   A AFTE B   A does not settle before B has settled        kept on A: LINK
 *   A WITH B   both settle in one step or none does; they have one settlement date    LINK on both
 *   A INFO B   says that they belong together, and no more
 *
 * A link is a record on both sides, seen from each: A BEFO B is B AFTE A. What binds one side of a
 * pair binds the pair. Two instructions have one link at most; to change it is to unlink, then to
 * link. An instruction has at most INSTRUCTION_LINKS_MAX links. Pools are in pool.h.
 *
 * Order links count as kept when the other one settles in the same step (settlement_set.h): the
 * booking is one.
 *
 * What is tied, by WITH or a pool, is tried as a whole by the work at the end of a block, not
 * within a command: a command's events are bounded.
 *
 * Linked instructions are not settled in parts (link_binds()).
 *
 * Rule, ends. When an instruction has settled, those after it are tried. When one is cancelled, its
 * links stay: what should settle after it, or with it, stays pending (LINK) until its party unlinks
 * or cancels it too. Somebody has to decide whether the business still makes sense alone. A
 * cancelled instruction is not forgotten as long as something is kept by it.
 *
 * Example. B buys from A and sells to C: B's sale AFTE B's purchase. C pays, B holds nothing: the
 * sale is pending LINK. A delivers: the purchase settles, the sale is tried in the same block, and
 * settles with what has come.
 *
 * Source: sese.023 Lnkgs/PrcgPos (ProcessingPosition3Code), sese.030 Lnkgs; T2S UDFS 3.6.1.3.
 */
#ifndef TALLY_LEDGER_LINK_LINK_H
#define TALLY_LEDGER_LINK_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/instruction/instruction.h"
#include "ledger/link/link_walk.h"
#include "ledger/link/pool.h"
#include "ledger/values/outcome.h"

/* What settles in one step with a pair, it itself among them; the oldest pair first. */
struct link_set {
    uint32_t heads[LINK_SET_MAX];
    uint32_t count;
    bool whole; /* all that is tied is matched, and not too much: it can be tried */
};

/* BEFO for AFTE and back; WITH and INFO are their own mirror. */
enum link_type link_mirror(enum link_type type);
/* The place in its links of that to a partner; INSTRUCTION_LINKS_MAX when there is none. */
uint32_t link_find(const struct instruction *instruction, uint32_t partner);

/* Records a link, on both sides. Has the pairs tried again. pre: there is none, both have room. */
void link_add(struct ledger *ledger, uint32_t index, uint32_t partner, enum link_type type);
/* Takes it away again, and has the pairs tried again. pre: there is one. */
void link_remove(struct ledger *ledger, uint32_t index, uint32_t partner);

/*
 * What keeps an instruction from settling in the set at hand: LINK, INBC, or REASON_NONE.
 * Who settles in it is known from settlement_set_has().
 */
enum reason link_reason(const struct ledger *ledger, uint32_t index);
/*
 * Is either side of the pair linked to one that is still open, other than for information, or in a
 * pool?
 */
bool link_binds(const struct ledger *ledger, uint32_t head);
/* Is either side tied to others that must settle in the same step? */
bool link_ties(const struct ledger *ledger, uint32_t head);
/* The set of a pair: itself alone when nothing is tied to it. */
void link_set_find(const struct ledger *ledger, uint32_t head, struct link_set *out);

/* An instruction has come, with its pool: what it completes is tried. */
void link_began(struct ledger *ledger, uint32_t index);
/* An instruction has ended: it leaves its pool, and those that it kept are tried. */
void link_ended(struct ledger *ledger, uint32_t index);
/* Must it stay, though it has ended, since something open is kept by it? */
bool link_retains(const struct ledger *ledger, uint32_t index);
/* Takes all its links away before its record goes. pre: ended. */
void link_forget(struct ledger *ledger, uint32_t index);

/* Are its links sound: each with its mirror on the other side, none twice; and stands what it is
 * tied to in memory only if there is something? */
bool link_sound(const struct ledger *ledger, uint32_t index);

#endif
