#include "ledger/restriction/restriction.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

void restriction_encode(const struct restriction *restriction, struct bytes_writer *writer)
{
    bytes_write_u64(writer, restriction->sequence);
    bytes_write_u32(writer, restriction->party);
    text35_write(writer, &restriction->reference);
    bytes_write_u32(writer, restriction->position);
    bytes_write_u8(writer, restriction->kind);
    bytes_write_u8(writer, restriction->settlement);
    bytes_write_u8(writer, restriction->cancellation);
    bytes_write_u16(writer, (uint16_t)restriction->reason);
    bytes_write_i64(writer, restriction->initial);
    bytes_write_i64(writer, restriction->used);
    bytes_write_i64(writer, restriction->remaining);
    bytes_write_i64(writer, restriction->to_fill);
    bytes_write_u64(writer, restriction->height);
    bytes_write_u64(writer, restriction->time_ms);
}

static bool sums_right(const struct restriction *restriction)
{
    int64_t sum = 0;
    return restriction->used >= 0 && restriction->remaining >= 0 && restriction->to_fill >= 0 &&
           amount_add(restriction->used, restriction->remaining, &sum) &&
           amount_add(sum, restriction->to_fill, &sum) && sum == restriction->initial;
}

void restriction_decode(struct restriction *restriction, struct bytes_reader *reader)
{
    *restriction = (struct restriction){0};
    restriction->sequence = bytes_read_u64(reader);
    restriction->party = bytes_read_u32(reader);
    restriction->reference = text35_read(reader);
    restriction->position = bytes_read_u32(reader);
    restriction->kind = bytes_read_u8(reader);
    restriction->settlement = bytes_read_u8(reader);
    restriction->cancellation = bytes_read_u8(reader);
    uint16_t reason = bytes_read_u16(reader);
    restriction->reason = (enum reason)reason;
    restriction->initial = bytes_read_i64(reader);
    restriction->used = bytes_read_i64(reader);
    restriction->remaining = bytes_read_i64(reader);
    restriction->to_fill = bytes_read_i64(reader);
    restriction->height = bytes_read_u64(reader);
    restriction->time_ms = bytes_read_u64(reader);
    bool cancelled = restriction->cancellation == CANCELLATION_CANCELLED;
    if (restriction->sequence == 0 || restriction->reference.size == 0 ||
        !restriction_kind_known(restriction->kind) ||
        restriction->settlement > SETTLEMENT_SETTLED ||
        (restriction->cancellation != CANCELLATION_NONE && !cancelled) ||
        (reason != REASON_NONE && !reason_known(reason)) || !sums_right(restriction)) {
        bytes_reader_fail(reader);
    }
}

uint32_t restriction_find(const struct ledger *ledger, uint32_t party,
                          const struct text35 *reference)
{
    struct index_name name = {party, reference};
    return map_find(&ledger->restriction_by_reference, index_name_hash(ledger->map_seed, &name),
                    &name);
}

struct restriction *restriction_at(struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_RESTRICTION, index));
    return &ledger->restrictions[index];
}

const struct restriction *restriction_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_RESTRICTION, index));
    return &ledger->restrictions[index];
}

bool restriction_kind_known(uint8_t kind)
{
    return kind >= RESTRICTION_BLOCKING && kind <= RESTRICTION_PLEDGING;
}

enum position_balance restriction_balance(uint8_t kind)
{
    switch ((enum restriction_kind)kind) {
    case RESTRICTION_BLOCKING:
        return POSITION_BLOCKED;
    case RESTRICTION_RESERVATION:
        return POSITION_RESERVED;
    case RESTRICTION_EARMARKING:
        return POSITION_EARMARKED;
    case RESTRICTION_PLEDGING:
        return POSITION_PLEDGED;
    }
    TALLY_ASSERT(false);
    return POSITION_AVAILABLE;
}

bool restriction_all_or_none(uint8_t kind)
{
    return kind == RESTRICTION_BLOCKING || kind == RESTRICTION_PLEDGING;
}

bool restriction_over(const struct restriction *restriction)
{
    return restriction->remaining == 0 && restriction->to_fill == 0;
}

/* ------------------------------------------------------------------------------- the queues */

void restriction_layout(struct restriction_queues *queues, uint32_t restriction_capacity,
                        struct arena *arena)
{
    queues->next = ARENA_TAKE(arena, uint32_t, restriction_capacity);
    queues->last_hit = ARENA_TAKE(arena, struct restriction_hit, 1);
    queues->planned = ARENA_TAKE(arena, int64_t, restriction_capacity);
}

/* The link that leads to the first entry not older than `sequence`. */
static uint32_t *queue_place(struct ledger *ledger, uint32_t position, uint64_t sequence)
{
    uint32_t *link = &position_at(ledger, position)->restriction_first;
    while (*link != 0 && ledger->restrictions[*link - 1].sequence < sequence) {
        link = &ledger->restriction_queues.next[*link - 1];
    }
    return link;
}

static void queue_enter(struct ledger *ledger, uint32_t index)
{
    const struct restriction *restriction = restriction_view(ledger, index);
    uint32_t *link = queue_place(ledger, restriction->position, restriction->sequence);
    TALLY_ASSERT(*link != index + 1);
    ledger->restriction_queues.next[index] = *link;
    *link = index + 1;
}

static void queue_leave(struct ledger *ledger, uint32_t index)
{
    const struct restriction *restriction = restriction_view(ledger, index);
    uint32_t *link = queue_place(ledger, restriction->position, restriction->sequence);
    TALLY_ASSERT(*link == index + 1);
    *link = ledger->restriction_queues.next[index];
    ledger->restriction_queues.next[index] = 0;
}

void restriction_rebuild(struct ledger *ledger)
{
    for (uint32_t i = record_next(ledger, RECORD_RESTRICTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_RESTRICTION, i + 1)) {
        if (ledger->restrictions[i].to_fill > 0) {
            queue_enter(ledger, i);
        }
    }
}

uint32_t restriction_waiting(const struct ledger *ledger, uint32_t position)
{
    uint32_t count = 0;
    for (uint32_t at = position_view(ledger, position)->restriction_first; at != 0;
         at = ledger->restriction_queues.next[at - 1]) {
        count++;
    }
    return count;
}

/* ---------------------------------------------------------------------------------- changes */

/* Where it stands follows from its sums, unless it was cancelled. */
static void status_renew(struct ledger *ledger, uint32_t index)
{
    struct restriction *restriction = restriction_at(ledger, index);
    const struct position *position = position_view(ledger, restriction->position);
    bool money = asset_is_currency(asset_view(ledger, position->asset));
    TALLY_ASSERT(sums_right(restriction));
    if (restriction->to_fill == 0) {
        restriction->settlement = SETTLEMENT_SETTLED;
        restriction->reason = REASON_NONE;
    } else {
        bool some = restriction->remaining > 0 || restriction->used > 0;
        restriction->settlement = some ? SETTLEMENT_PARTIALLY_SETTLED : SETTLEMENT_UNSETTLED;
        restriction->reason = money ? REASON_MONY : REASON_LACK;
    }
    restriction->height = ledger->scalars->height;
    restriction->time_ms = ledger->scalars->time_ms;
    record_touch(ledger, RECORD_RESTRICTION, index);
}

/* An event about a restriction; what it says of an instruction, the caller adds. */
static struct event event_of(const struct ledger *ledger, enum event_kind kind, uint32_t index,
                             int64_t quantity)
{
    const struct restriction *restriction = restriction_view(ledger, index);
    const struct position *position = position_view(ledger, restriction->position);
    const struct account *account = account_view(ledger, position->account);
    return (struct event){.kind = (uint8_t)kind,
                          .party = party_view(ledger, restriction->party)->bic,
                          .reference = restriction->reference,
                          .counterparty = party_view(ledger, account->party)->bic,
                          .counter_account = account->id,
                          .asset = asset_view(ledger, position->asset)->code,
                          .quantity = quantity,
                          .amount = restriction->remaining,
                          .settlement_date = ledger->scalars->business_date,
                          .value = restriction->settlement,
                          .balance = (uint8_t)restriction_balance(restriction->kind),
                          .reason = restriction->reason};
}

static void restriction_event(struct ledger *ledger, enum event_kind kind, uint32_t index,
                              int64_t quantity)
{
    struct event event = event_of(ledger, kind, index, quantity);
    event_emit(ledger, &event);
}

int64_t restriction_takes(const struct ledger *ledger, uint32_t position, uint8_t kind,
                          int64_t quantity)
{
    int64_t available = position_view(ledger, position)->balance[POSITION_AVAILABLE];
    TALLY_ASSERT(restriction_kind_known(kind));
    TALLY_ASSERT(quantity > 0);
    if (available >= quantity) {
        return quantity;
    }
    return restriction_all_or_none(kind) || available < 0 ? 0 : available;
}

/* Moves what it may take now out of the available balance. */
static int64_t take(struct ledger *ledger, uint32_t index)
{
    struct restriction *restriction = restriction_at(ledger, index);
    int64_t taken =
        restriction_takes(ledger, restriction->position, restriction->kind, restriction->to_fill);
    if (taken > 0) {
        bool moved = position_shift(ledger, restriction->position, POSITION_AVAILABLE,
                                    restriction_balance(restriction->kind), taken);
        TALLY_ASSERT(moved);
        restriction->remaining += taken;
        restriction->to_fill -= taken;
        waiting_review(ledger, restriction->position);
    }
    return taken;
}

void restriction_extend(struct ledger *ledger, uint32_t index, int64_t quantity)
{
    struct restriction *restriction = restriction_at(ledger, index);
    bool waited = restriction->to_fill > 0;
    TALLY_ASSERT(quantity > 0);
    TALLY_ASSERT(!waited || !restriction_all_or_none(restriction->kind));
    bool fits = amount_add(restriction->initial, quantity, &restriction->initial) &&
                amount_add(restriction->to_fill, quantity, &restriction->to_fill);
    TALLY_ASSERT(fits);
    int64_t taken = take(ledger, index);
    if (restriction->kind == RESTRICTION_EARMARKING) {
        restriction->initial -= restriction->to_fill;
        restriction->to_fill = 0;
    }
    status_renew(ledger, index);
    if (restriction->to_fill > 0 && !waited) {
        TALLY_ASSERT(restriction_waiting(ledger, restriction->position) < RESTRICTION_WAITING_MAX);
        queue_enter(ledger, index);
    }
    restriction_event(ledger, EVENT_RESTRICTION_SET, index, taken);
}

void restriction_use(struct ledger *ledger, uint32_t index, uint32_t instruction, int64_t quantity)
{
    struct restriction *restriction = restriction_at(ledger, index);
    const struct instruction *user = instruction_view(ledger, instruction);
    TALLY_ASSERT(quantity > 0 && quantity <= restriction->remaining);
    restriction->remaining -= quantity;
    restriction->used += quantity;
    status_renew(ledger, index);
    struct event event = event_of(ledger, EVENT_RESTRICTION_USED, index, quantity);
    event.counter_reference = user->reference;
    event.counter_sequence = user->sequence;
    event_emit(ledger, &event);
}

/* Gives up so much, first of what is to fill; answers what is to be available again. */
static int64_t give_up(struct ledger *ledger, uint32_t index, int64_t quantity)
{
    struct restriction *restriction = restriction_at(ledger, index);
    int64_t unfilled = quantity < restriction->to_fill ? quantity : restriction->to_fill;
    int64_t freed = quantity - unfilled;
    TALLY_ASSERT(quantity >= 0 && freed <= restriction->remaining);
    if (unfilled > 0 && unfilled == restriction->to_fill) {
        queue_leave(ledger, index);
    }
    restriction->to_fill -= unfilled;
    restriction->remaining -= freed;
    restriction->initial -= quantity;
    status_renew(ledger, index);
    return freed;
}

static void set_free(struct ledger *ledger, uint32_t index, int64_t freed)
{
    const struct restriction *restriction = restriction_view(ledger, index);
    restriction_event(ledger, EVENT_RESTRICTION_FREED, index, freed);
    if (freed > 0) {
        bool moved =
            position_shift(ledger, restriction->position, restriction_balance(restriction->kind),
                           POSITION_AVAILABLE, freed);
        TALLY_ASSERT(moved);
    }
}

void restriction_reduce(struct ledger *ledger, uint32_t index, int64_t quantity)
{
    TALLY_ASSERT(quantity > 0);
    set_free(ledger, index, give_up(ledger, index, quantity));
}

void restriction_release(struct ledger *ledger, uint32_t index, enum reason reason)
{
    struct restriction *restriction = restriction_at(ledger, index);
    TALLY_ASSERT(restriction->cancellation == CANCELLATION_NONE);
    TALLY_ASSERT(reason != REASON_NONE);
    uint8_t settlement = restriction->settlement;
    int64_t freed = give_up(ledger, index, restriction->remaining + restriction->to_fill);
    restriction->settlement = settlement; /* it ends where it stood */
    restriction->cancellation = CANCELLATION_CANCELLED;
    restriction->reason = reason;
    set_free(ledger, index, freed);
}

void restriction_fill(struct ledger *ledger, uint32_t position)
{
    uint32_t at =
        MUTANT(ARRIVAL_FILLS_NOTHING) ? 0 : position_view(ledger, position)->restriction_first;
    while (at != 0) {
        uint32_t index = at - 1;
        at = ledger->restriction_queues.next[index];
        int64_t taken = take(ledger, index);
        if (taken == 0) {
            continue;
        }
        if (restriction_view(ledger, index)->to_fill == 0) {
            queue_leave(ledger, index);
        }
        status_renew(ledger, index);
        restriction_event(ledger, EVENT_RESTRICTION_SET, index, taken);
    }
}

/* ------------------------------------------------------------------------------- forgetting */

static void restriction_forget(struct ledger *ledger, uint32_t index)
{
    uint32_t owner = restriction_view(ledger, index)->party;
    struct party *party = party_at(ledger, owner);
    TALLY_ASSERT(party->restriction_count > 0);
    party->restriction_count--;
    record_touch(ledger, RECORD_PARTY, owner);
    index_leave(ledger, RECORD_RESTRICTION, index);
    record_give(ledger, RECORD_RESTRICTION, index);
}

void restriction_purge(struct ledger *ledger, uint32_t records_max)
{
    struct scalars *scalars = ledger->scalars;
    for (uint32_t i = 0; i < records_max && scalars->restriction_cursor != 0; i++) {
        uint32_t index = record_next(ledger, RECORD_RESTRICTION, scalars->restriction_cursor - 1);
        if (index == RECORD_NONE) {
            scalars->restriction_cursor = 0;
            return;
        }
        const struct restriction *restriction = restriction_view(ledger, index);
        if (restriction_over(restriction) &&
            date_from_ms(restriction->time_ms) < scalars->purge_date) {
            restriction_forget(ledger, index);
        }
        scalars->restriction_cursor = index + 2;
    }
}
