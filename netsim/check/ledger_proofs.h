/*
 * netsim/check/ledger_proofs.h - does what a block came to hang under its roots?
 *
 * Problem. Members agree on roots. If a receipt, an event or a changed record is not under them,
 * all agree, and nobody can prove it, or somebody can prove what is no longer so.
 *
 * Rule. Of a block's output every leaf is hashed again and both lists are made to their roots
 * again. When the block renewed the state root, the first and the last record of each kind that it
 * changed must be provable as they are now.
 */
#ifndef TALLY_NETSIM_CHECK_LEDGER_PROOFS_H
#define TALLY_NETSIM_CHECK_LEDGER_PROOFS_H

#include <stdbool.h>

#include "ledger/ledger.h"

enum {
    LEDGER_PROOFS_TEXT_SIZE = 128
};

/* False and a text when something does not. The output is that of the ledger's last block. */
bool ledger_proofs_check(const struct ledger_output *output, const struct ledger *ledger,
                         char text[LEDGER_PROOFS_TEXT_SIZE]);

#endif
