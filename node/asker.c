#include "node/asker.h"

#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/restriction/restriction.h"
#include "ledger/restriction/restriction_type.h"

bool asker_find(const struct ledger *ledger, const struct public_key *channel_key,
                struct asker *asker)
{
    uint32_t index = key_find_channel(ledger, channel_key);
    if (index == RECORD_NONE) {
        return false;
    }
    const struct key *key = key_view(ledger, index);
    const struct party *party = party_view(ledger, key->party);
    if (!key_usable(key, ledger_time_ms(ledger)) || party->status != PARTY_ACTIVE) {
        return false;
    }
    bool overseer = (party->roles & (PARTY_AUDITOR | PARTY_OPERATOR)) != 0;
    *asker = (struct asker){
        .party = key->party,
        .bic = party->bic,
        .sees_all = overseer && (key->rights & KEY_READ_ALL) != 0,
    };
    return true;
}

bool asker_sees_record(const struct asker *asker, const struct ledger *ledger,
                       enum record_kind kind, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, kind, index));
    if (asker->sees_all) {
        return true;
    }
    switch (kind) {
    case RECORD_PARTY:
    case RECORD_ASSET:
    case RECORD_RULE_SET:
        return true;
    case RECORD_ACCOUNT:
        return account_view(ledger, index)->party == asker->party;
    case RECORD_POSITION:
        return account_view(ledger, position_view(ledger, index)->account)->party == asker->party;
    case RECORD_INSTRUCTION:
        return instruction_view(ledger, index)->party == asker->party;
    case RECORD_RESTRICTION_TYPE:
        return restriction_type_view(ledger, index)->party == asker->party;
    case RECORD_RESTRICTION: {
        const struct restriction *restriction = restriction_view(ledger, index);
        const struct position *position = position_view(ledger, restriction->position);
        return restriction->party == asker->party ||
               account_view(ledger, position->account)->party == asker->party;
    }
    default:
        return false;
    }
}

/* Does the event tell the other side something that both have agreed to, or that it holds? */
static bool event_is_shared(const struct event *event)
{
    switch (event->kind) {
    case EVENT_MATCHED:
    case EVENT_SETTLED:
    case EVENT_CANCELLATION_REQUESTED:
    case EVENT_ISSUED:
    case EVENT_REDEEMED:
    case EVENT_RESTRICTION_SET:
    case EVENT_RESTRICTION_FREED:
    case EVENT_RESTRICTION_USED:
    case EVENT_RESTRICTION_HIT:
        return true;
    case EVENT_CANCELLED:
        return event->counter_sequence != 0; /* of a matched pair */
    default:
        return false;
    }
}

bool asker_sees_event(const struct asker *asker, const struct event *event)
{
    return asker->sees_all || bic_equal(&event->party, &asker->bic) ||
           (event_is_shared(event) && bic_equal(&event->counterparty, &asker->bic));
}

bool asker_sees_receipt(const struct asker *asker, const struct receipt *receipt)
{
    return asker->sees_all || bic_equal(&receipt->party, &asker->bic);
}
