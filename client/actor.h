/*
 * client/actor.h - who must act on a reason, as its instruction's party sees it
 *
 * Rule. A status says where an instruction is, its reason why, and from the reason follows whose
 * turn it is. That is said here once, for what the command line shows of a proved record, and for
 * history of what has changed since. What needs more than the reason - an unmatched instruction
 * that nearly matches another, a limit, a link - the ledger explains itself, wherever it can be
 * asked (ledger/instruction/explain.h).
 *
 *     own party      PREA LACK MONY LINK INBC PREL INVL
 *     counterparty   CMIS PRCY CLAC CMON CONF
 *     both           BOTH PATD
 *     operator       CSDH CVAL CDLR CDAC BLOC SBLO PRSY
 *     nobody         the others: a date is awaited, or all is over
 *
 * From the reason also follows when settlement is tried next: nothing is polled, what kept an
 * instruction brings it back.
 */
#ifndef TALLY_CLIENT_ACTOR_H
#define TALLY_CLIENT_ACTOR_H

#include "client/row.h"
#include "ledger/values/outcome.h"

/* The reason of these four letters; REASON_NONE of anything else. */
enum reason reason_of_code(const char *code);

/* Whose turn it is, as the party sees it whose instruction has the reason. */
enum row_actor actor_of_reason(enum reason reason);

/* "nobody", "own party", "counterparty", "both parties", "operator". Never NULL. */
const char *actor_text(enum row_actor actor);

/* When an open instruction with this reason is tried next, in words: "when securities arrive".
 * Never NULL. */
const char *next_attempt_of_reason(enum reason reason);

#endif
