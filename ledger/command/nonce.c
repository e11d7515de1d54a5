#include "ledger/command/nonce.h"

#include "ledger/state.h"
#include "ledger/state/index.h"

void nonce_entry_encode(const struct nonce_entry *entry, struct bytes_writer *writer)
{
    bytes_write_u32(writer, entry->key);
    bytes_write_copy(writer, entry->nonce.bytes, NONCE_SIZE);
    bytes_write_copy(writer, entry->envelope_id.bytes, HASH_SIZE);
    bytes_write_u64(writer, entry->valid_until_ms);
    bytes_write_u64(writer, entry->height);
    bytes_write_u32(writer, entry->receipt_first);
    bytes_write_u16(writer, entry->receipt_count);
}

void nonce_entry_decode(struct nonce_entry *entry, struct bytes_reader *reader)
{
    *entry = (struct nonce_entry){0};
    entry->key = bytes_read_u32(reader);
    bytes_read_copy(reader, entry->nonce.bytes, NONCE_SIZE);
    bytes_read_copy(reader, entry->envelope_id.bytes, HASH_SIZE);
    entry->valid_until_ms = bytes_read_u64(reader);
    entry->height = bytes_read_u64(reader);
    entry->receipt_first = bytes_read_u32(reader);
    entry->receipt_count = bytes_read_u16(reader);
}

uint32_t nonce_find(const struct ledger *ledger, uint32_t key, const struct nonce_secret *nonce)
{
    struct index_nonce sought = {key, *nonce};
    return map_find(&ledger->nonce_by_key, index_nonce_hash(ledger->map_seed, &sought), &sought);
}

const struct nonce_entry *nonce_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_NONCE, index));
    return &ledger->nonces[index];
}

uint32_t nonce_add(struct ledger *ledger, const struct nonce_entry *entry)
{
    struct key *key = key_at(ledger, entry->key);
    if (key->nonce_count >= ledger->limits.nonces_per_key) {
        return RECORD_NONE;
    }
    uint32_t index = record_take(ledger, RECORD_NONCE);
    if (index == RECORD_NONE) {
        return RECORD_NONE;
    }
    ledger->nonces[index] = *entry;
    index_enter(ledger, RECORD_NONCE, index);
    deadline_push(&ledger->nonce_deadlines, entry->valid_until_ms, index);
    key->nonce_count++;
    record_touch(ledger, RECORD_KEY, entry->key);
    return index;
}

uint32_t nonce_expire(struct ledger *ledger, uint32_t count_max)
{
    uint32_t count = 0;
    struct deadline first;
    while (count < count_max && deadline_first(&ledger->nonce_deadlines, &first) &&
           first.time_ms < ledger->scalars->time_ms) {
        struct key *key = key_at(ledger, ledger->nonces[first.index].key);
        TALLY_ASSERT(key->nonce_count > 0);
        key->nonce_count--;
        record_touch(ledger, RECORD_KEY, ledger->nonces[first.index].key);
        deadline_remove(&ledger->nonce_deadlines, first.index);
        index_leave(ledger, RECORD_NONCE, first.index);
        record_give(ledger, RECORD_NONCE, first.index);
        count++;
    }
    return count;
}
