#include "ledger/register/party.h"

#include "ledger/state.h"
#include "ledger/state/index.h"

void party_encode(const struct party *party, struct bytes_writer *writer)
{
    bic_write(writer, &party->bic);
    text35_write(writer, &party->name);
    bytes_write_u32(writer, party->roles);
    bytes_write_u8(writer, party->status);
    bytes_write_u32(writer, party->instruction_quota);
    bytes_write_u32(writer, party->instruction_count);
    bytes_write_u32(writer, party->reference_count);
    bytes_write_u32(writer, party->draft_count);
    bytes_write_u32(writer, party->key_count);
    bytes_write_u32(writer, party->account_count);
    bytes_write_u32(writer, party->position_count);
    bytes_write_u32(writer, party->restriction_count);
    bytes_write_u32(writer, party->limit_count);
    approval_policy_write(writer, &party->policy);
    text35_write(writer, &party->approver);
    bytes_write_bool(writer, party->approvers_many);
    attorneys_encode(&party->attorneys, writer);
}

void party_decode(struct party *party, struct bytes_reader *reader)
{
    *party = (struct party){0};
    party->bic = bic_read(reader);
    party->name = text35_read(reader);
    party->roles = bytes_read_u32(reader);
    party->status = bytes_read_u8(reader);
    party->instruction_quota = bytes_read_u32(reader);
    party->instruction_count = bytes_read_u32(reader);
    party->reference_count = bytes_read_u32(reader);
    party->draft_count = bytes_read_u32(reader);
    party->key_count = bytes_read_u32(reader);
    party->account_count = bytes_read_u32(reader);
    party->position_count = bytes_read_u32(reader);
    party->restriction_count = bytes_read_u32(reader);
    party->limit_count = bytes_read_u32(reader);
    party->policy = approval_policy_read(reader);
    party->approver = text35_read(reader);
    party->approvers_many = bytes_read_bool(reader);
    attorneys_decode(&party->attorneys, reader);
    bool known_status = party->status >= PARTY_ACTIVE && party->status <= PARTY_BLOCKED;
    if (bic_absent(&party->bic) || (party->roles & ~(uint32_t)PARTY_ROLES_ALL) != 0 ||
        !known_status || !approval_policy_valid(&party->policy) ||
        (party->approvers_many && party->approver.size == 0)) {
        bytes_reader_fail(reader);
    }
}

uint32_t party_find(const struct ledger *ledger, const struct bic *bic)
{
    return index_find_party(ledger, bic);
}

inline struct party *party_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_PARTY, index));
    return &ledger->parties[index];
}

inline const struct party *party_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_PARTY, index));
    return &ledger->parties[index];
}

bool party_share_allows(const struct ledger *ledger, enum record_kind kind, uint32_t used,
                        uint32_t wanted)
{
    uint32_t capacity = record_capacity(ledger, kind);
    uint32_t share = capacity < PARTY_SHARE_DIVISOR ? capacity : capacity / PARTY_SHARE_DIVISOR;
    return used <= share && share - used >= wanted;
}
