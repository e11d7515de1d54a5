/*
 * node/asker.h - who asks, and what they may see
 *
 * Rule. A connection is its channel key. The key is looked up on the ledger at each request, so
 * that what was revoked a moment ago sees nothing any more. A party sees what is its own: accounts,
 * positions, instructions, receipts of its envelopes; and events of what it shares with another. A
 * key with the right to read all, of an auditor or operator, sees everything. Parties, assets and
 * rules are reference data: everybody on the ledger sees them.
 *
 *   |                                               | its party | the other side | anybody else |
 *   | record of an instruction                      | yes       | never          | no           |
 *   | event of a matched pair                       | yes       | yes            | no           |
 *   | event of one side: a status, an unmatched end | yes       | no             | no           |
 *   | issue, redemption, movement                   | yes       | the holder     | no           |
 *
 * Why never the record: it is one byte string under one proof, and holds the owner's accounts, its
 * holds and why it does not settle (say, that it lacks the securities). Matched or not, these are
 * the owner's business. What the other side needs it has without it: an allegement's terms from the
 * lists (node/read_model.h), its own instruction once they match, and then the events of the pair,
 * among them the receipt of the settlement.
 *
 * Worked example. ALICE instructs to deliver to BOB, who has not instructed yet. BOB asks for her
 * instruction by its reference: not allowed, the same answer as for a reference that does not
 * exist. His list of exceptions names it, without her account. He instructs, both settle, and the
 * receipt of either reference answers both of them.
 */
#ifndef TALLY_NODE_ASKER_H
#define TALLY_NODE_ASKER_H

#include <stdbool.h>

#include "base/assert.h"
#include "crypto/sign.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/ledger.h"

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
/* May the asker see this event? */
bool asker_sees_event(const struct asker *asker, const struct event *event);
/* May the asker see this receipt? */
bool asker_sees_receipt(const struct asker *asker, const struct receipt *receipt);

#endif
