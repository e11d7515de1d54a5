#include "ledger/register/account.h"

#include "ledger/state.h"
#include "ledger/state/index.h"

void account_encode(const struct account *account, struct bytes_writer *writer)
{
    bytes_write_u32(writer, account->party);
    text35_write(writer, &account->id);
    bytes_write_u8(writer, account->kind);
    bytes_write_u8(writer, account->status);
    bytes_write_bool(writer, account->is_default);
    bytes_write_u32(writer, account->position_count);
    bytes_write_u32(writer, account->held_count);
    attorneys_encode(&account->attorneys, writer);
}

void account_decode(struct account *account, struct bytes_reader *reader)
{
    *account = (struct account){0};
    account->party = bytes_read_u32(reader);
    account->id = text35_read(reader);
    account->kind = bytes_read_u8(reader);
    account->status = bytes_read_u8(reader);
    account->is_default = bytes_read_bool(reader);
    account->position_count = bytes_read_u32(reader);
    account->held_count = bytes_read_u32(reader);
    attorneys_decode(&account->attorneys, reader);
    bool known_kind = account->kind == ACCOUNT_SECURITIES || account->kind == ACCOUNT_CASH;
    bool known_status = account->status >= ACCOUNT_OPEN && account->status <= ACCOUNT_CLOSED;
    if (account->id.size == 0 || !known_kind || !known_status) {
        bytes_reader_fail(reader);
    }
}

uint32_t account_find(const struct ledger *ledger, uint32_t party, const struct text35 *id)
{
    return index_find_account(ledger, party, id);
}

uint32_t account_find_default(const struct ledger *ledger, uint32_t party, enum account_kind kind)
{
    return index_find_default_account(ledger, party, kind);
}

struct account *account_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_ACCOUNT, index));
    return &ledger->accounts[index];
}

inline const struct account *account_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_ACCOUNT, index));
    return &ledger->accounts[index];
}
