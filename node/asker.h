/*
 * node/asker.h - who asks, and what they may see
 *
 * Rule. A connection is its channel key. The key is looked up on the ledger at each request, so
 * that what was revoked a moment ago sees nothing any more. A party sees what concerns it: its own
 * accounts, positions and instructions, instructions that name it as the other side, receipts of
 * its own envelopes, events that name it. A key with the right to read all, of an auditor or
 * operator, sees everything. Parties and assets are reference data: everybody on the ledger sees
 * them.
 */
#ifndef TALLY_NODE_ASKER_H
#define TALLY_NODE_ASKER_H

#include <stdbool.h>

#include "base/assert.h"
#include "crypto/sign.h"
#include "ledger/event.h"
#include "ledger/ledger.h"
#include "ledger/receipt.h"

struct asker {
    uint32_t party; /* index */
    struct bic bic;
    bool sees_all;
};

/* Looks a channel key up. False: not on the ledger, revoked, expired, or its party is suspended. */
TALLY_MUST_CHECK bool asker_find(const struct ledger *ledger, const struct public_key *channel_key,
                                 struct asker *asker);

/* May the asker see this record? pre: in use. */
bool asker_sees_record(const struct asker *asker, const struct ledger *ledger,
                       enum record_kind kind, uint32_t index);
bool asker_sees_event(const struct asker *asker, const struct event *event);
bool asker_sees_receipt(const struct asker *asker, const struct receipt *receipt);

#endif
