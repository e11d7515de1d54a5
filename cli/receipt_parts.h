/*
 * cli/receipt_parts.h - the parts in which an instruction settled, and that none is left out
 *
 * Problem. An instruction that settled in parts has an event of each. Who shows the last one alone
 * shows a fraction of what was settled; who shows several may have left one out.
 *
 * Rule. Every settlement says how much of the instruction had settled with it (event.h). So the
 * parts are a chain: the first one's sum is its own quantity, each next one's is the sum before and
 * its own quantity; and the last event, a settlement or the cancellation of the rest, ends it.
 *
 *     part 1   40   settled so far 40       PAIN
 *     part 2   35   settled so far 75       PAIN
 *     last     25   settled so far 100      PARC: nothing is missing
 */
#ifndef TALLY_CLI_RECEIPT_PARTS_H
#define TALLY_CLI_RECEIPT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/table.h"
#include "client/proof.h"
#include "ledger/command/event.h"

#define RECEIPT_PARTS_MAX 1000u /* of one receipt, the last one besides */

/* Parts as they are added up, from the first on; zero before. */
struct receipt_parts {
    unsigned count;
    int64_t quantity; /* smallest units, of all */
    int64_t amount;
    uint64_t sequence[2]; /* of both sides, in the events' order */
    struct {
        int64_t quantity;
        int64_t amount;
        uint64_t height;
    } part[RECEIPT_PARTS_MAX];
};

/* The event that a proof's first leaf is; false when it is none of that block. Does not verify. */
bool receipt_event(const struct proof *proof, struct event *out);

/* How much had settled before this event, in parts that a whole receipt has to show. */
int64_t receipt_parts_before(const struct event *last);

/* Adds the next part; false when it does not follow on those before. */
bool receipt_parts_add(struct receipt_parts *parts, const struct event *part);
/* Do the parts lead to the last event without a gap? */
bool receipt_parts_lead_to(const struct receipt_parts *parts, const struct event *last);

/* Says of each part what it was, and what they come to together with the last event. Nothing when
 * there are none. pre: they lead to it. */
void receipt_parts_fill(const struct receipt_parts *parts, const struct event *last,
                        struct table *statement);

#endif
