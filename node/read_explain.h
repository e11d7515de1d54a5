/*
 * node/read_explain.h - why an instruction is where it is, in words for its party
 *
 * The ledger explains by numbers (ledger/instruction/explain.h); here they become the reply's
 * texts: who must act, the nearest opposite with the fields that differ and both values, and what
 * is lacking where. It is the node's own word: the proof beside it covers the instruction, not the
 * explanation.
 */
#ifndef TALLY_NODE_READ_EXPLAIN_H
#define TALLY_NODE_READ_EXPLAIN_H

#include "client/reply.h"
#include "ledger/ledger.h"

/* pre: the instruction is in use; the caller keeps the ledger from changing. */
void read_explain(const struct ledger *ledger, uint32_t index, struct reply_explain *out);

#endif
