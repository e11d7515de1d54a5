#include "ledger/register/attorney.h"

#include "ledger/state.h"

void attorneys_encode(const struct attorneys *attorneys, struct bytes_writer *writer)
{
    TALLY_ASSERT(attorneys->count <= ATTORNEYS_MAX);
    bytes_write_u8(writer, attorneys->count);
    for (uint8_t i = 0; i < attorneys->count; i++) {
        bytes_write_u32(writer, attorneys->party[i]);
    }
}

void attorneys_decode(struct attorneys *attorneys, struct bytes_reader *reader)
{
    *attorneys = (struct attorneys){.count = bytes_read_u8(reader)};
    if (attorneys->count > ATTORNEYS_MAX) {
        bytes_reader_fail(reader);
        attorneys->count = 0;
    }
    for (uint8_t i = 0; i < attorneys->count; i++) {
        attorneys->party[i] = bytes_read_u32(reader);
    }
}

bool attorneys_have(const struct attorneys *attorneys, uint32_t party)
{
    for (uint8_t i = 0; i < attorneys->count; i++) {
        if (attorneys->party[i] == party) {
            return true;
        }
    }
    return false;
}

void attorneys_add(struct attorneys *attorneys, uint32_t party)
{
    TALLY_ASSERT(attorneys->count < ATTORNEYS_MAX);
    TALLY_ASSERT(!attorneys_have(attorneys, party));
    attorneys->party[attorneys->count++] = party;
}

void attorneys_remove(struct attorneys *attorneys, uint32_t party)
{
    uint8_t kept = 0;

    TALLY_ASSERT(attorneys_have(attorneys, party));
    for (uint8_t i = 0; i < attorneys->count; i++) {
        if (attorneys->party[i] != party) {
            attorneys->party[kept++] = attorneys->party[i];
        }
    }
    attorneys->count = kept;
    attorneys->party[kept] = 0;
}

bool attorney_allows(const struct ledger *ledger, uint32_t grantor, uint32_t attorney,
                     uint32_t account)
{
    if (grantor == attorney || attorneys_have(&party_view(ledger, grantor)->attorneys, attorney)) {
        return true;
    }
    if (account == RECORD_NONE) {
        return false;
    }
    TALLY_ASSERT(account_view(ledger, account)->party == grantor);
    return attorneys_have(&account_view(ledger, account)->attorneys, attorney);
}
