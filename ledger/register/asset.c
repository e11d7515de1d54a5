#include "ledger/register/asset.h"

#include "ledger/state.h"
#include "ledger/state/index.h"

void asset_encode(const struct asset *asset, struct bytes_writer *writer)
{
    asset_code_write(writer, &asset->code);
    text35_write(writer, &asset->name);
    bytes_write_u8(writer, asset->kind);
    bytes_write_u8(writer, asset->decimals);
    bytes_write_u8(writer, asset->status);
    bytes_write_i64(writer, asset->settlement_unit_min);
    bytes_write_i64(writer, asset->settlement_unit_multiple);
    bytes_write_u32(writer, asset->issuer);
    bytes_write_u32(writer, asset->issuance_account);
    bytes_write_i64(writer, asset->issued);
}

void asset_decode(struct asset *asset, struct bytes_reader *reader)
{
    *asset = (struct asset){0};
    asset->code = asset_code_read(reader);
    asset->name = text35_read(reader);
    asset->kind = bytes_read_u8(reader);
    asset->decimals = bytes_read_u8(reader);
    asset->status = bytes_read_u8(reader);
    asset->settlement_unit_min = bytes_read_i64(reader);
    asset->settlement_unit_multiple = bytes_read_i64(reader);
    asset->issuer = bytes_read_u32(reader);
    asset->issuance_account = bytes_read_u32(reader);
    asset->issued = bytes_read_i64(reader);
    bool known_status = asset->status == ASSET_ACTIVE || asset->status == ASSET_BLOCKED;
    bool known_kind = asset->kind >= ASSET_SECURITY_UNIT && asset->kind <= ASSET_CURRENCY;
    if (asset->code.size == 0 || !known_status || !known_kind ||
        asset->decimals > ASSET_DECIMALS_MAX || asset->settlement_unit_min < 1 ||
        asset->settlement_unit_multiple < 1) {
        bytes_reader_fail(reader);
    }
}

uint32_t asset_find(const struct ledger *ledger, const struct asset_code *code)
{
    return index_find_asset(ledger, code);
}

struct asset *asset_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_ASSET, index));
    return &ledger->assets[index];
}

inline const struct asset *asset_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_ASSET, index));
    return &ledger->assets[index];
}

inline bool asset_is_currency(const struct asset *asset)
{
    return asset->kind == ASSET_CURRENCY;
}
