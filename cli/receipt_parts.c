#include "cli/receipt_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/amount.h"
#include "base/assert.h"

bool receipt_event(const struct proof *proof, struct event *out)
{
    const struct proof_leaf *leaf = &proof->leaves[0];

    return leaf->tree == PROOF_EVENT && event_decode(out, leaf->leaf.bytes, leaf->leaf.size) &&
           out->height == proof->anchor.height;
}

int64_t receipt_parts_before(const struct event *last)
{
    return last->kind == EVENT_SETTLED ? last->settled_quantity - last->quantity
                                       : last->settled_quantity;
}

/* Are both sides those of the parts? The cancellation of the receiver's names it first. */
static bool same_sides(const struct receipt_parts *parts, const struct event *event)
{
    const uint64_t *sides = parts->sequence;
    uint64_t own = event->instruction_sequence, other = event->counter_sequence;

    return (own == sides[0] && other == sides[1]) || (own == sides[1] && other == sides[0]);
}

bool receipt_parts_add(struct receipt_parts *parts, const struct event *part)
{
    if (parts->count == RECEIPT_PARTS_MAX || part->kind != EVENT_SETTLED ||
        part->reason != REASON_PAIN || part->quantity <= 0 ||
        receipt_parts_before(part) != parts->quantity ||
        !amount_add(parts->amount, part->amount, &parts->amount)) {
        return false;
    }
    if (parts->count == 0) {
        parts->sequence[0] = part->instruction_sequence;
        parts->sequence[1] = part->counter_sequence;
    }
    parts->quantity = part->settled_quantity;
    parts->part[parts->count].quantity = part->quantity;
    parts->part[parts->count].amount = part->amount;
    parts->part[parts->count].height = part->height;
    parts->count++;
    return same_sides(parts, part);
}

bool receipt_parts_lead_to(const struct receipt_parts *parts, const struct event *last)
{
    int64_t sum = 0;

    return receipt_parts_before(last) == parts->quantity &&
           (parts->count == 0 || same_sides(parts, last)) &&
           (last->kind != EVENT_SETTLED || amount_add(parts->amount, last->amount, &sum));
}

void receipt_parts_fill(const struct receipt_parts *parts, const struct event *last,
                        struct table *statement)
{
    bool settles = last->kind == EVENT_SETTLED;
    unsigned count = parts->count + (settles ? 1u : 0u);

    TALLY_ASSERT(receipt_parts_lead_to(parts, last));
    if (parts->count == 0) {
        return;
    }
    record_set(statement, "parts", "%u", count);
    for (unsigned i = 0; i < count; i++) {
        bool is_last = i == parts->count;
        char name[24];
        (void)snprintf(name, sizeof name, "part_%u", i + 1);
        record_set(statement, name, "%" PRId64 " for %" PRId64 " in block %" PRIu64,
                   is_last ? last->quantity : parts->part[i].quantity,
                   is_last ? last->amount : parts->part[i].amount,
                   is_last ? last->height : parts->part[i].height);
    }
    record_set(statement, "settled_quantity_in_smallest_units", "%" PRId64, last->settled_quantity);
    record_set(statement, "settled_amount_in_smallest_units", "%" PRId64,
               parts->amount + (settles ? last->amount : 0));
}
