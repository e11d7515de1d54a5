#include "ledger/limit/limit.h"

#include "base/amount.h"
#include "base/mutant.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

enum {
    SWEEP_STEPS = 1024, /* of one call: limits looked at, and pairs sent to be tried */
    TOUCHED_MAX = 3,    /* limits that one posting touches */
};

void limit_encode(const struct limit *limit, struct bytes_writer *writer)
{
    bytes_write_u32(writer, limit->party);
    bytes_write_u8(writer, limit->scope);
    bytes_write_u32(writer, limit->subject);
    bytes_write_u32(writer, limit->asset);
    bytes_write_i64(writer, limit->amount);
    bytes_write_i64(writer, limit->used);
    bytes_write_u32(writer, limit->date);
}

void limit_decode(struct limit *limit, struct bytes_reader *reader)
{
    *limit = (struct limit){0};
    limit->party = bytes_read_u32(reader);
    limit->scope = bytes_read_u8(reader);
    limit->subject = bytes_read_u32(reader);
    limit->asset = bytes_read_u32(reader);
    limit->amount = bytes_read_i64(reader);
    limit->used = bytes_read_i64(reader);
    limit->date = bytes_read_u32(reader);
    bool scope = limit->scope == LIMIT_COUNTERPARTY || limit->scope == LIMIT_ACCOUNT;
    bool day = limit->date == 0 ? limit->used == 0 : date_valid(limit->date);
    if (!scope || !day || limit->amount < 0 || limit->used < 0) {
        bytes_reader_fail(reader);
    }
}

uint32_t limit_find(const struct ledger *ledger, uint32_t party, enum limit_scope scope,
                    uint32_t subject, uint32_t asset)
{
    struct index_limit key = {party, (uint32_t)scope, subject, asset};
    return map_find(&ledger->limit_by_subject, index_limit_hash(ledger->map_seed, &key), &key);
}

const struct limit *limit_view(const struct ledger *ledger, uint32_t index)
{
    TALLY_ASSERT(record_used(ledger, RECORD_LIMIT, index));
    return &ledger->limit_records[index];
}

static int64_t used_today(const struct ledger *ledger, const struct limit *limit)
{
    bool today = limit->date == ledger_date(ledger) || MUTANT(LIMIT_OF_YESTERDAY);
    return today ? limit->used : 0;
}

int64_t limit_used(const struct ledger *ledger, uint32_t index)
{
    return used_today(ledger, limit_view(ledger, index));
}

int64_t limit_headroom(const struct ledger *ledger, uint32_t index)
{
    const struct limit *limit = limit_view(ledger, index);
    int64_t used = used_today(ledger, limit);
    if (limit->amount == INT64_MAX) {
        return INT64_MAX;
    }
    return used < limit->amount ? limit->amount - used : 0;
}

void limit_subject_tell(const struct ledger *ledger, const struct limit *limit, struct event *event)
{
    if (limit->scope == LIMIT_ACCOUNT) {
        event->account = account_view(ledger, limit->subject)->id;
        return;
    }
    const struct bic *bic = &party_view(ledger, limit->subject)->bic;
    bool fits = text35_parse(bic->text, BIC_SIZE, &event->counter_reference);
    TALLY_ASSERT(fits);
}

static void sweep_begin(struct ledger *ledger)
{
    ledger->scalars->limit_cursor = MUTANT(LIMIT_WAKES_NOBODY) ? 0 : 1;
    record_touch(ledger, RECORD_SCALARS, 0);
}

void limit_set(struct ledger *ledger, const struct limit *wanted)
{
    uint32_t index = limit_find(ledger, wanted->party, (enum limit_scope)wanted->scope,
                                wanted->subject, wanted->asset);
    TALLY_ASSERT(wanted->amount >= 0);
    if (index == RECORD_NONE) {
        index = record_take(ledger, RECORD_LIMIT);
        TALLY_ASSERT(index != RECORD_NONE);
        ledger->limit_records[index] = *wanted;
        index_enter(ledger, RECORD_LIMIT, index);
        party_at(ledger, wanted->party)->limit_count++;
        record_touch(ledger, RECORD_PARTY, wanted->party);
        return;
    }
    struct limit *limit = &ledger->limit_records[index];
    bool raised = wanted->amount > limit->amount;
    limit->amount = wanted->amount;
    record_touch(ledger, RECORD_LIMIT, index);
    if (raised) {
        sweep_begin(ledger);
    }
}

/* The limits that a posting touches, in the order in which they are asked. */
static uint32_t touched_find(const struct ledger *ledger, const struct posting *posting,
                             uint32_t touched[TOUCHED_MAX])
{
    const struct position *debit = position_view(ledger, posting->debit);
    const struct position *credit = position_view(ledger, posting->credit);
    uint32_t giver = account_view(ledger, debit->account)->party;
    uint32_t taker = account_view(ledger, credit->account)->party;
    uint32_t found[TOUCHED_MAX] = {RECORD_NONE, RECORD_NONE, RECORD_NONE};
    uint32_t count = 0;

    if (record_count(ledger, RECORD_LIMIT) == 0) {
        return 0;
    }
    found[0] = limit_find(ledger, giver, LIMIT_ACCOUNT, debit->account, debit->asset);
    if (giver != taker) {
        found[1] = limit_find(ledger, giver, LIMIT_COUNTERPARTY, taker, debit->asset);
        found[2] = limit_find(ledger, taker, LIMIT_COUNTERPARTY, giver, debit->asset);
    }
    for (uint32_t i = 0; i < TOUCHED_MAX; i++) {
        if (found[i] != RECORD_NONE && limit_view(ledger, found[i])->amount != INT64_MAX) {
            touched[count++] = found[i];
        }
    }
    return count;
}

static void limit_count(struct ledger *ledger, uint32_t index, int64_t quantity)
{
    struct limit *limit = &ledger->limit_records[index];
    int64_t used = 0;
    bool fits = amount_add(used_today(ledger, limit), quantity, &used);
    TALLY_ASSERT(fits && used >= 0);
    limit->used = used;
    limit->date = ledger_date(ledger);
    record_touch(ledger, RECORD_LIMIT, index);
}

void limit_unuse(struct ledger *ledger, const struct posting *postings, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t touched[TOUCHED_MAX];
        uint32_t touched_count = touched_find(ledger, &postings[i], touched);
        for (uint32_t j = 0; j < touched_count; j++) {
            limit_count(ledger, touched[j], -postings[i].quantity);
        }
    }
}

/* What all the postings together need of a limit; the range's end if it is more. */
static int64_t need_of(const struct ledger *ledger, uint32_t index, const struct posting *postings,
                       uint32_t count)
{
    int128 sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t touched[TOUCHED_MAX];
        uint32_t touched_count = touched_find(ledger, &postings[i], touched);
        for (uint32_t j = 0; j < touched_count; j++) {
            sum += touched[j] == index ? postings[i].quantity : 0;
        }
    }
    return sum < INT64_MAX ? (int64_t)sum : INT64_MAX;
}

uint32_t limit_use(struct ledger *ledger, const struct posting *postings, uint32_t count,
                   uint32_t *fault, int64_t *need)
{
    if (record_count(ledger, RECORD_LIMIT) == 0) {
        return RECORD_NONE;
    }
    for (uint32_t i = 0; i < count && !MUTANT(PARTY_LIMIT_UNCHECKED); i++) {
        uint32_t touched[TOUCHED_MAX];
        uint32_t touched_count = touched_find(ledger, &postings[i], touched);
        for (uint32_t j = 0; j < touched_count; j++) {
            if (postings[i].quantity > limit_headroom(ledger, touched[j])) {
                limit_unuse(ledger, postings, i);
                *fault = i;
                *need = need_of(ledger, touched[j], postings, count);
                return touched[j];
            }
        }
        for (uint32_t j = 0; j < touched_count; j++) {
            limit_count(ledger, touched[j], postings[i].quantity);
        }
    }
    return RECORD_NONE;
}

void limit_tell(struct ledger *ledger, uint32_t index, uint32_t head, int64_t need)
{
    const struct limit *limit = limit_view(ledger, index);
    struct pair pair = pair_of(ledger, head);
    const struct instruction *side = instruction_view(ledger, pair.deliverer);
    if (side->party != limit->party) {
        side = instruction_view(ledger, pair.receiver);
    }
    struct event event = {.kind = EVENT_LIMIT_REACHED,
                          .party = party_view(ledger, limit->party)->bic,
                          .reference = side->reference,
                          .instruction_sequence = side->sequence,
                          .asset = asset_view(ledger, limit->asset)->code,
                          .quantity = need,
                          .amount = limit->amount,
                          .value = limit->scope};
    limit_subject_tell(ledger, limit, &event);
    event_emit(ledger, &event);
}

void limit_day_begin(struct ledger *ledger)
{
    if (record_count(ledger, RECORD_LIMIT) > 0) {
        sweep_begin(ledger);
    }
}

bool limit_sweep(struct ledger *ledger)
{
    struct scalars *scalars = ledger->scalars;
    for (uint32_t steps = 0; steps < SWEEP_STEPS && scalars->limit_cursor != 0; steps++) {
        uint32_t index = record_next(ledger, RECORD_LIMIT, scalars->limit_cursor - 1);
        if (index == RECORD_NONE) {
            scalars->limit_cursor = 0;
            return false;
        }
        uint32_t head = waiting_limit_first(ledger, index, limit_headroom(ledger, index));
        if (head != RECORD_NONE) {
            waiting_soon(ledger, head);
            scalars->limit_cursor = index + 1; /* it may help more */
        } else {
            scalars->limit_cursor = index + 2;
        }
    }
    return scalars->limit_cursor != 0;
}
