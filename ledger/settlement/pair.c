#include "ledger/settlement/pair.h"

#include "base/assert.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"

struct pair pair_of(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    bool delivers = instruction->terms.movement == MOVEMENT_DELI;

    TALLY_ASSERT(instruction->counterpart != RECORD_NONE);
    return (struct pair){
        .deliverer = delivers ? index : instruction->counterpart,
        .receiver = delivers ? instruction->counterpart : index,
        .quantity = instruction_quantity_left(instruction),
        .amount = instruction_amount_left(instruction),
    };
}

bool pair_is_internal(const struct pair *pair)
{
    return pair->deliverer == pair->receiver;
}

bool pair_is_part(const struct ledger *ledger, const struct pair *pair)
{
    int64_t left = instruction_quantity_left(instruction_view(ledger, pair->deliverer));

    TALLY_ASSERT(pair->quantity >= 0 && pair->quantity <= left);
    return pair->quantity < left;
}

uint8_t pair_priority(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *one = instruction_view(ledger, index);
    uint8_t other = instruction_view(ledger, one->counterpart)->terms.priority;

    return one->terms.priority < other ? one->terms.priority : other;
}

uint64_t pair_sequence(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *one = instruction_view(ledger, index);
    uint64_t other = instruction_view(ledger, one->counterpart)->sequence;

    return one->sequence < other ? one->sequence : other;
}

uint32_t pair_payer(const struct ledger *ledger, const struct pair *pair)
{
    const struct instruction *deliverer = instruction_view(ledger, pair->deliverer);

    return deliverer->terms.credit_debit == CREDIT_DEBIT_CRDT ? pair->receiver : pair->deliverer;
}

static void flows_add(struct pair_flows *flows, uint32_t debit, uint32_t credit, int64_t quantity,
                      bool cash)
{
    TALLY_ASSERT(quantity > 0);
    TALLY_ASSERT(flows->count < 2);
    if (debit == credit) {
        return;
    }
    flows->postings[flows->count] = (struct posting){debit, credit, quantity, POSITION_AVAILABLE};
    flows->cash[flows->count] = cash;
    flows->count++;
}

/* A position that was opened when its instruction was accepted. */
static uint32_t position_opened(uint32_t position)
{
    TALLY_ASSERT(position != RECORD_NONE);
    return position;
}

void pair_flows(const struct ledger *ledger, const struct pair *pair, struct pair_flows *out)
{
    const struct instruction *head = instruction_view(ledger, pair->deliverer);

    const struct instruction *receiver = instruction_view(ledger, pair->receiver);

    out->count = 0;
    if (pair->quantity > 0) {
        flows_add(
            out, position_opened(head->position),
            position_opened(pair_is_internal(pair) ? receiver->other_position : receiver->position),
            pair->quantity, asset_is_currency(asset_view(ledger, head->terms.asset)));
    }
    if (head->terms.payment == PAYMENT_APMT && pair->amount > 0) {
        bool receiver_pays = pair_payer(ledger, pair) == pair->receiver;
        TALLY_ASSERT(!pair_is_internal(pair));
        flows_add(out, position_opened((receiver_pays ? receiver : head)->other_position),
                  position_opened((receiver_pays ? head : receiver)->other_position), pair->amount,
                  true);
    }
}
