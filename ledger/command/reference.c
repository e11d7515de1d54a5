#include "ledger/command/reference.h"

#include "ledger/command/command.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

void reference_entry_encode(const struct reference_entry *entry, struct bytes_writer *writer)
{
    bytes_write_u32(writer, entry->party);
    text35_write(writer, &entry->reference);
    bytes_write_u32(writer, entry->date);
    bytes_write_copy(writer, entry->content.bytes, HASH_SIZE);
    bytes_write_u64(writer, entry->height);
    bytes_write_u32(writer, entry->receipt_index);
    bytes_write_u8(writer, entry->command_kind);
}

void reference_entry_decode(struct reference_entry *entry, struct bytes_reader *reader)
{
    *entry = (struct reference_entry){0};
    entry->party = bytes_read_u32(reader);
    entry->reference = text35_read(reader);
    entry->date = bytes_read_u32(reader);
    bytes_read_copy(reader, entry->content.bytes, HASH_SIZE);
    entry->height = bytes_read_u64(reader);
    entry->receipt_index = bytes_read_u32(reader);
    entry->command_kind = bytes_read_u8(reader);
    if (entry->reference.size == 0 || !date_valid(entry->date) ||
        command_name(entry->command_kind)[0] == '\0') {
        bytes_reader_fail(reader);
    }
}

uint32_t reference_find(const struct ledger *ledger, uint32_t party, const struct text35 *reference)
{
    struct index_name name = {party, reference};
    return map_find(&ledger->reference_by_party, index_name_hash(ledger->map_seed, &name), &name);
}

const struct reference_entry *reference_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_REFERENCE, index));
    return &ledger->references[index];
}

bool reference_has_room(const struct ledger *ledger, uint32_t party, uint32_t count)
{
    uint32_t used = party_view(ledger, party)->reference_count;
    uint32_t quota = ledger->limits.references_per_party;
    uint32_t free_slots =
        record_capacity(ledger, RECORD_REFERENCE) - record_count(ledger, RECORD_REFERENCE);
    return used <= quota && quota - used >= count && free_slots >= count;
}

void reference_add(struct ledger *ledger, const struct reference_entry *entry)
{
    TALLY_ASSERT(reference_has_room(ledger, entry->party, 1));
    uint32_t index = record_take(ledger, RECORD_REFERENCE);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->references[index] = *entry;
    index_enter(ledger, RECORD_REFERENCE, index);
    party_at(ledger, entry->party)->reference_count++;
    record_touch(ledger, RECORD_PARTY, entry->party);
}

static void reference_forget(struct ledger *ledger, uint32_t index)
{
    uint32_t owner = ledger->references[index].party;
    struct party *party = party_at(ledger, owner);
    TALLY_ASSERT(party->reference_count > 0);
    party->reference_count--;
    record_touch(ledger, RECORD_PARTY, owner);
    index_leave(ledger, RECORD_REFERENCE, index);
    record_give(ledger, RECORD_REFERENCE, index);
}

void reference_purge(struct ledger *ledger, uint32_t count_max)
{
    struct scalars *scalars = ledger->scalars;
    for (uint32_t i = 0; i < count_max && scalars->reference_cursor != 0; i++) {
        uint32_t index = record_next(ledger, RECORD_REFERENCE, scalars->reference_cursor - 1);
        if (index == RECORD_NONE) {
            scalars->reference_cursor = 0;
            return;
        }
        if (ledger->references[index].date < scalars->purge_date) {
            reference_forget(ledger, index);
        }
        scalars->reference_cursor = index + 2;
    }
}
