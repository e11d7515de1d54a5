#include "ledger/command/draft.h"

#include <string.h>

#include "base/mutant.h"
#include "ledger/command/command.h"
#include "ledger/state.h"
#include "ledger/state/index.h"

void draft_encode(const struct draft *draft, struct bytes_writer *writer)
{
    bytes_write_u32(writer, draft->party);
    bytes_write_u32(writer, draft->key);
    text35_write(writer, &draft->reference);
    bytes_write_copy(writer, draft->content.bytes, HASH_SIZE);
    bytes_write_u64(writer, draft->height);
    bytes_write_u32(writer, draft->receipt_index);
    bytes_write_u64(writer, draft->lapses_ms);
    bytes_write_i64(writer, draft->value);
    bytes_write_u8(writer, draft->kind);
    bytes_write_u16(writer, draft->command_size);
    bytes_write_copy(writer, draft->command, draft->command_size);
}

void draft_decode(struct draft *draft, struct bytes_reader *reader)
{
    *draft = (struct draft){0};
    draft->party = bytes_read_u32(reader);
    draft->key = bytes_read_u32(reader);
    draft->reference = text35_read(reader);
    bytes_read_copy(reader, draft->content.bytes, HASH_SIZE);
    draft->height = bytes_read_u64(reader);
    draft->receipt_index = bytes_read_u32(reader);
    draft->lapses_ms = bytes_read_u64(reader);
    draft->value = bytes_read_i64(reader);
    draft->kind = bytes_read_u8(reader);
    draft->command_size = bytes_read_u16(reader);
    if (draft->command_size > DRAFT_COMMAND_BYTES_MAX || draft->reference.size == 0 ||
        command_name(draft->kind)[0] == '\0') {
        bytes_reader_fail(reader);
        draft->command_size = 0;
    }
    bytes_read_copy(reader, draft->command, draft->command_size);
}

uint32_t draft_find(const struct ledger *ledger, uint32_t party, const struct text35 *reference)
{
    if (ledger->draft_by_reference.count == 0) {
        return RECORD_NONE; /* every command asks, and mostly nothing waits for approval */
    }
    struct index_name name = {party, reference};
    return map_find(&ledger->draft_by_reference, index_name_hash(ledger->map_seed, &name), &name);
}

const struct draft *draft_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_DRAFT, index));
    return &ledger->drafts[index];
}

bool draft_lapsed(const struct ledger *ledger, uint32_t index)
{
    return draft_view(ledger, index)->lapses_ms < ledger->scalars->time_ms &&
           !MUTANT(DRAFT_NEVER_LAPSES);
}

bool draft_has_room(const struct ledger *ledger, uint32_t party)
{
    return party_view(ledger, party)->draft_count < ledger->limits.drafts_per_party &&
           record_count(ledger, RECORD_DRAFT) < record_capacity(ledger, RECORD_DRAFT);
}

void draft_add(struct ledger *ledger, const struct draft *draft)
{
    TALLY_ASSERT(draft_has_room(ledger, draft->party));
    TALLY_ASSERT(draft->command_size <= DRAFT_COMMAND_BYTES_MAX);
    uint32_t index = record_take(ledger, RECORD_DRAFT);
    TALLY_ASSERT(index != RECORD_NONE);
    ledger->drafts[index] = *draft;
    index_enter(ledger, RECORD_DRAFT, index);
    deadline_push(&ledger->draft_deadlines, draft->lapses_ms, index);
    party_at(ledger, draft->party)->draft_count++;
    record_touch(ledger, RECORD_PARTY, draft->party);
}

void draft_remove(struct ledger *ledger, uint32_t index)
{
    uint32_t owner = draft_view(ledger, index)->party;
    struct party *party = party_at(ledger, owner);
    TALLY_ASSERT(party->draft_count > 0);
    party->draft_count--;
    record_touch(ledger, RECORD_PARTY, owner);
    deadline_remove(&ledger->draft_deadlines, index);
    index_leave(ledger, RECORD_DRAFT, index);
    record_give(ledger, RECORD_DRAFT, index);
}

void draft_tell(struct ledger *ledger, enum event_kind kind, const struct draft *draft,
                uint32_t approver, enum reason reason)
{
    TALLY_ASSERT(kind == EVENT_DRAFTED || kind == EVENT_APPROVED || kind == EVENT_DRAFT_DROPPED);
    struct event event = {.kind = (uint8_t)kind,
                          .party = party_view(ledger, draft->party)->bic,
                          .reference = draft->reference,
                          .quantity = draft->value,
                          .value = draft->kind,
                          .reason = reason,
                          .person = key_view(ledger, draft->key)->person,
                          .content = draft->content};
    if (approver != RECORD_NONE) {
        event.approver = key_view(ledger, approver)->person;
    }
    event_emit(ledger, &event);
}

uint32_t draft_expire(struct ledger *ledger, uint32_t count_max)
{
    uint32_t count = 0;
    struct deadline first;
    while (count < count_max && event_room(ledger, 1) && !MUTANT(DRAFT_NEVER_LAPSES) &&
           deadline_first(&ledger->draft_deadlines, &first) &&
           first.time_ms < ledger->scalars->time_ms) {
        draft_tell(ledger, EVENT_DRAFT_DROPPED, draft_view(ledger, first.index), RECORD_NONE,
                   REASON_NONE);
        draft_remove(ledger, first.index);
        count++;
    }
    return count;
}
