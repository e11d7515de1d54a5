#include "ledger/register/key.h"

#include "ledger/state.h"

void key_encode(const struct key *key, struct bytes_writer *writer)
{
    bytes_write_copy(writer, key->public_key.bytes, sizeof(key->public_key.bytes));
    bytes_write_copy(writer, key->channel_key.bytes, sizeof(key->channel_key.bytes));
    bytes_write_u32(writer, key->party);
    bytes_write_u32(writer, key->rights);
    bytes_write_u8(writer, key->status);
    bytes_write_i64(writer, key->amount_limit);
    bytes_write_u64(writer, key->valid_from_ms);
    bytes_write_u64(writer, key->valid_until_ms);
    bytes_write_u32(writer, key->nonce_count);
    bytes_write_copy(writer, key->secret.bytes, NONCE_SIZE);
}

void key_decode(struct key *key, struct bytes_reader *reader)
{
    *key = (struct key){0};
    bytes_read_copy(reader, key->public_key.bytes, sizeof(key->public_key.bytes));
    bytes_read_copy(reader, key->channel_key.bytes, sizeof(key->channel_key.bytes));
    key->party = bytes_read_u32(reader);
    key->rights = bytes_read_u32(reader);
    key->status = bytes_read_u8(reader);
    key->amount_limit = bytes_read_i64(reader);
    key->valid_from_ms = bytes_read_u64(reader);
    key->valid_until_ms = bytes_read_u64(reader);
    key->nonce_count = bytes_read_u32(reader);
    bytes_read_copy(reader, key->secret.bytes, NONCE_SIZE);
    bool known_status = key->status == KEY_ACTIVE || key->status == KEY_REVOKED;
    if ((key->rights & ~(uint32_t)KEY_RIGHTS_ALL) != 0 || !known_status || key->amount_limit < 0) {
        bytes_reader_fail(reader);
    }
}

uint32_t key_find(const struct ledger *ledger, const struct public_key *public_key)
{
    uint64_t hash = map_hash(ledger->map_seed, public_key->bytes, sizeof(public_key->bytes));
    return map_find(&ledger->key_by_public, hash, public_key);
}

uint32_t key_find_channel(const struct ledger *ledger, const struct public_key *channel_key)
{
    uint64_t hash = map_hash(ledger->map_seed, channel_key->bytes, sizeof(channel_key->bytes));
    return map_find(&ledger->key_by_channel, hash, channel_key);
}

struct key *key_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_KEY, index));
    return &ledger->keys[index];
}

const struct key *key_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_KEY, index));
    return &ledger->keys[index];
}

bool key_usable(const struct key *key, uint64_t ts_ms)
{
    return key->status == KEY_ACTIVE && ts_ms >= key->valid_from_ms && ts_ms <= key->valid_until_ms;
}
