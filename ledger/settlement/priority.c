#include "ledger/settlement/priority.h"

#include "base/assert.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"

static bool has_role(const struct ledger *ledger, uint32_t party, uint32_t roles)
{
    return (party_view(ledger, party)->roles & roles) != 0;
}

bool priority_allowed(const struct ledger *ledger, uint32_t party, uint8_t priority)
{
    if (has_role(ledger, party, PARTY_OPERATOR | PARTY_SETTLEMENT_BANK)) {
        return priority <= PRIORITY_NORMAL;
    }
    if (priority == PRIORITY_TOP) {
        return has_role(ledger, party, PARTY_TRADING_VENUE);
    }
    return priority != PRIORITY_RESERVED && priority <= PRIORITY_NORMAL;
}

enum priority priority_default(const struct ledger *ledger, uint32_t party,
                               uint8_t transaction_type)
{
    bool reserved = transaction_type == TRANSACTION_CNCB || transaction_type == TRANSACTION_CORP;

    if (reserved && has_role(ledger, party, PARTY_OPERATOR | PARTY_SETTLEMENT_BANK)) {
        return PRIORITY_RESERVED;
    }
    return has_role(ledger, party, PARTY_TRADING_VENUE) ? PRIORITY_TOP : PRIORITY_NORMAL;
}

static int ascending(uint64_t a, uint64_t b)
{
    if (a != b) {
        return a < b ? -1 : 1;
    }
    return 0;
}

/* What a pair moves of securities or, if `cash`, of money. */
static int64_t size_of(const struct ledger *ledger, uint32_t head, bool cash)
{
    const struct instruction *instruction = instruction_view(ledger, head);
    bool internal = instruction->counterpart == head;

    /* An internal transfer of cash has its amount in the quantity. */
    return cash && !internal ? instruction_amount_left(instruction)
                             : instruction_quantity_left(instruction);
}

int priority_compare(const struct ledger *ledger, uint32_t position, uint32_t a, uint32_t b)
{
    bool cash = asset_is_currency(asset_view(ledger, position_view(ledger, position)->asset));
    int way = ascending(pair_priority(ledger, a), pair_priority(ledger, b));

    if (way == 0) {
        way = ascending(instruction_view(ledger, a)->terms.settlement_date,
                        instruction_view(ledger, b)->terms.settlement_date);
    }
    if (way == 0) {
        way = ascending((uint64_t)size_of(ledger, b, cash), (uint64_t)size_of(ledger, a, cash));
    }
    return way != 0 ? way : ascending(pair_sequence(ledger, a), pair_sequence(ledger, b));
}
