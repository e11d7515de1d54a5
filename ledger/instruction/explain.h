/*
 * ledger/instruction/explain.h - why an instruction is where it is, and who must act
 *
 * Problem. "Pending" helps nobody. Whoever asks about an instruction wants to know what keeps it,
 * since when, who can change that, and, if it is unmatched, which instruction of the counterparty
 * it nearly matches.
 *
 * Rule. The explanation is read off the records; nothing is stored for it. It names the dimension
 * that decides now: an ended instruction by how it ended, an unmatched one by its match status, a
 * matched one by its settlement status.
 *
 *   decided by                     actor
 *   settled, cancelled             nobody
 *   unmatched, nothing similar     the counterparty (CMIS)
 *   unmatched, something similar   both: one of the two must correct the fields that differ
 *   FUTU, CYCL, LATE, ADEA, CLAT   nobody: the calendar
 *   PREA, LACK, MONY, LALO         its own party
 *   PRCY, CLAC, CMON               the counterparty
 *   PART, PREL                     the deliverer
 *   BOTH, PATD                     both: either may end it
 *   LINK, INBC                     the party whose instruction is linked or in a pool, or both
 *   OTHR for a limit of a party    the party that the limit protects: it may raise it (limit.h)
 *   CSDH, CVAL, CDLR, PRSY, BLOC, SBLO, other OTHR   the operator
 *   PRCY because of a hold of the depository's on the other side   the operator
 *
 * LINK because a match has made links contradict each other (contradiction.h) is told with that as
 * detail.
 *
 * A request to cancel (CONF) leaves the instruction where it is; that it waits for consent, and
 * whose, is told beside. So is since when an unmatched instruction is alleged.
 *
 * Rule, nearest. Only instructions are compared that name the asking instruction's party as their
 * counterparty: those are alleged against it and may be shown to it. The nearest one differs in the
 * fewest fields; among equals it is the one with the smallest difference in amount, then the
 * oldest. Those in the same security are looked at first, and no more than EXPLAIN_STEPS_MAX
 * altogether; `complete` says whether that was all of them.
 *
 * Example. A delivers 100 for 5,000.00 to B; B receives 110 for 5,001.00 from A. Explaining A's:
 * unmatched, CMIS, both must act, nearest is B's, differing {quantity}: DQUA.
 *
 * Source: sese.024.001.12 UnmatchedReason11Code, PendingReason24Code.
 */
#ifndef TALLY_LEDGER_INSTRUCTION_EXPLAIN_H
#define TALLY_LEDGER_INSTRUCTION_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/instruction/instruction.h"
#include "ledger/matching/match_field.h"

enum {
    EXPLAIN_STEPS_MAX = 4096,
};

/* Who must act. */
enum explain_actor {
    EXPLAIN_NOBODY = 0,
    EXPLAIN_OWN_PARTY = 1,
    EXPLAIN_COUNTERPARTY = 2,
    EXPLAIN_BOTH_PARTIES = 3, /* either */
    EXPLAIN_OPERATOR = 4,
};

struct explanation {
    enum instruction_dimension dimension; /* the one that decides now */
    uint8_t value;                        /* of that dimension */
    enum reason reason;
    enum detail detail; /* LINK: LINK_CIRCLE, LINKS_FULL, or none */
    uint64_t since_height;
    uint64_t since_ms;
    enum explain_actor actor;
    /*
     * LACK, MONY; PART and PATD of a delivery: of which own position, how much it needs, how much
     * can be spent; else RECORD_NONE and zero. What the counterparty holds is not shown to this
     * side.
     */
    uint32_t position;
    int64_t needed;
    int64_t spendable;
    /* unmatched: the nearest opposite; RECORD_NONE when there is none */
    uint32_t nearest;
    match_field_set differing;
    uint32_t examined;
    bool complete;
    uint64_t alleged_ms;       /* unmatched: since when the counterparty knows; 0: it does not */
    bool own_cancels;          /* this side asked to cancel: the counterparty may consent */
    bool counterparty_cancels; /* the other side did: this party may consent */
};

/*
 * Who must act on a reason of its settlement status, which it has or is foreseen to have, as its
 * party sees it. pre: matched, not ended.
 */
enum explain_actor explain_actor(const struct ledger *ledger, uint32_t index, enum reason reason);
/* Explains an instruction in use. Changes nothing; may be called between blocks. */
void explain_instruction(const struct ledger *ledger, uint32_t index, struct explanation *out);

#endif
