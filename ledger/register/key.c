#include "ledger/register/key.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/command/command.h"
#include "ledger/state.h"
#include "ledger/values/date.h"

void key_encode(const struct key *key, struct bytes_writer *writer)
{
    bytes_write_copy(writer, key->public_key.bytes, sizeof(key->public_key.bytes));
    bytes_write_copy(writer, key->channel_key.bytes, sizeof(key->channel_key.bytes));
    bytes_write_u32(writer, key->party);
    text35_write(writer, &key->person);
    bytes_write_u32(writer, key->rights);
    bytes_write_u8(writer, key->status);
    command_set_write(writer, &key->kinds);
    bytes_write_u8(writer, key->asset_kinds);
    bytes_write_u8(writer, key->account_count);
    for (uint8_t i = 0; i < key->account_count; i++) {
        bytes_write_u32(writer, key->accounts[i]);
    }
    bytes_write_i64(writer, key->amount_limit);
    bytes_write_i64(writer, key->day_limit);
    bytes_write_i64(writer, key->day_used);
    bytes_write_u32(writer, key->day_date);
    bytes_write_u64(writer, key->valid_from_ms);
    bytes_write_u64(writer, key->valid_until_ms);
    bytes_write_u32(writer, key->nonce_count);
}

void key_decode(struct key *key, struct bytes_reader *reader)
{
    *key = (struct key){0};
    bytes_read_copy(reader, key->public_key.bytes, sizeof(key->public_key.bytes));
    bytes_read_copy(reader, key->channel_key.bytes, sizeof(key->channel_key.bytes));
    key->party = bytes_read_u32(reader);
    key->person = text35_read(reader);
    key->rights = bytes_read_u32(reader);
    key->status = bytes_read_u8(reader);
    key->kinds = command_set_read(reader);
    key->asset_kinds = bytes_read_u8(reader);
    key->account_count = bytes_read_u8(reader);
    if (key->account_count > KEY_ACCOUNT_MAX) {
        bytes_reader_fail(reader);
        key->account_count = 0;
    }
    for (uint8_t i = 0; i < key->account_count; i++) {
        key->accounts[i] = bytes_read_u32(reader);
    }
    key->amount_limit = bytes_read_i64(reader);
    key->day_limit = bytes_read_i64(reader);
    key->day_used = bytes_read_i64(reader);
    key->day_date = bytes_read_u32(reader);
    key->valid_from_ms = bytes_read_u64(reader);
    key->valid_until_ms = bytes_read_u64(reader);
    key->nonce_count = bytes_read_u32(reader);
    bool known_status = key->status == KEY_ACTIVE || key->status == KEY_REVOKED;
    bool amounts = key->amount_limit >= 0 && key->day_limit >= 0 && key->day_used >= 0;
    bool scope = command_set_known(&key->kinds) && key->asset_kinds <= KEY_ASSET_KINDS_ALL;
    bool day = key->day_date == 0 ? key->day_used == 0 : date_valid(key->day_date);
    if ((key->rights & ~(uint32_t)KEY_RIGHTS_ALL) != 0 || !known_status || !amounts || !scope ||
        !day) {
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

inline const struct key *key_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_KEY, index));
    return &ledger->keys[index];
}

bool key_usable(const struct key *key, uint64_t ts_ms)
{
    bool active = key->status == KEY_ACTIVE || MUTANT(KEY_REVOKED_USABLE);
    return active && ts_ms >= key->valid_from_ms && ts_ms <= key->valid_until_ms;
}

static int folded(char letter)
{
    return letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter;
}

bool person_same(const struct text35 *a, const struct text35 *b)
{
    if (a->size == 0 || b->size == 0) {
        return true; /* who is not named could be anybody */
    }
    for (uint8_t i = 0; i < a->size && a->size == b->size; i++) {
        if (folded(a->text[i]) != folded(b->text[i])) {
            return false;
        }
    }
    return a->size == b->size;
}

bool key_same_person(const struct key *a, const struct key *b)
{
    return public_key_equal(&a->public_key, &b->public_key) || person_same(&a->person, &b->person);
}

static int64_t day_used(const struct key *key, uint32_t date)
{
    return key->day_date == date ? key->day_used : 0;
}

bool key_day_exceeded(const struct key *key, uint32_t date, int64_t value)
{
    int64_t sum = 0;
    TALLY_ASSERT(value >= 0);
    if (key->day_limit == INT64_MAX || value == 0 || MUTANT(DAY_LIMIT_UNCHECKED)) {
        return false;
    }
    return !amount_add(day_used(key, date), value, &sum) || sum > key->day_limit;
}

void key_day_use(struct ledger *ledger, uint32_t index, uint32_t date, int64_t value)
{
    struct key *key = key_at(ledger, index);
    int64_t sum = INT64_MAX;
    TALLY_ASSERT(value >= 0);
    if (key->day_limit == INT64_MAX || value == 0) {
        return;
    }
    if (!amount_add(day_used(key, date), value, &sum)) {
        sum = INT64_MAX;
    }
    key->day_used = sum;
    key->day_date = date;
    record_touch(ledger, RECORD_KEY, index);
}
