#include "node/asker.h"

#include "ledger/account.h"
#include "ledger/instruction.h"
#include "ledger/key.h"
#include "ledger/party.h"
#include "ledger/position.h"

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

static bool sees_instruction(const struct asker *asker, const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    return instruction->party == asker->party ||
           bic_equal(&instruction->terms.deliverer, &asker->bic) ||
           bic_equal(&instruction->terms.receiver, &asker->bic);
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
        return true;
    case RECORD_ACCOUNT:
        return account_view(ledger, index)->party == asker->party;
    case RECORD_POSITION:
        return account_view(ledger, position_view(ledger, index)->account)->party == asker->party;
    case RECORD_INSTRUCTION:
        return sees_instruction(asker, ledger, index);
    default:
        return false;
    }
}

bool asker_sees_event(const struct asker *asker, const struct event *event)
{
    return asker->sees_all || bic_equal(&event->party, &asker->bic) ||
           bic_equal(&event->counterparty, &asker->bic);
}

bool asker_sees_receipt(const struct asker *asker, const struct receipt *receipt)
{
    return asker->sees_all || bic_equal(&receipt->party, &asker->bic);
}
