#include "ledger/matching/alleged.h"

#include "ledger/state.h"
#include "ledger/state/index.h"

void alleged_layout(struct alleged *alleged, uint32_t instruction_capacity, uint32_t party_capacity,
                    uint64_t seed, const struct ledger *ledger, struct arena *arena)
{
    uint32_t cells = 1;
    while (cells <= instruction_capacity / 2) {
        cells *= 2;
    }
    *alleged = (struct alleged){.ledger = ledger, .asset_mask = cells - 1, .seed = seed};
    alleged->in_party = ARENA_TAKE(arena, struct alleged_link, instruction_capacity);
    alleged->in_asset = ARENA_TAKE(arena, struct alleged_link, instruction_capacity);
    alleged->party_first = ARENA_TAKE(arena, uint32_t, party_capacity);
    alleged->asset_first = ARENA_TAKE(arena, uint32_t, cells);
}

static void ring_enter(struct alleged_link *links, uint32_t *first, uint32_t index)
{
    if (*first == 0) {
        links[index] = (struct alleged_link){index, index};
        *first = index + 1;
        return;
    }
    uint32_t head = *first - 1;
    uint32_t last = links[head].before;
    links[index] = (struct alleged_link){.before = last, .after = head};
    links[last].after = index;
    links[head].before = index;
}

static void ring_leave(struct alleged_link *links, uint32_t *first, uint32_t index)
{
    struct alleged_link link = links[index];
    TALLY_ASSERT(*first != 0);
    TALLY_ASSERT(links[link.before].after == index && links[link.after].before == index);
    links[link.before].after = link.after;
    links[link.after].before = link.before;
    if (*first == index + 1) {
        *first = link.after == index ? 0 : link.after + 1;
    }
}

static uint32_t *asset_first(const struct alleged *alleged, uint32_t party, uint32_t asset)
{
    struct index_pair pair = {party, asset};
    return &alleged->asset_first[index_pair_hash(alleged->seed, &pair) & alleged->asset_mask];
}

static uint32_t *asset_first_of(const struct alleged *alleged, uint32_t index)
{
    const struct instruction *instruction = instruction_view(alleged->ledger, index);
    return asset_first(alleged, instruction->counterparty, instruction->terms.asset);
}

static uint32_t *party_first_of(const struct alleged *alleged, uint32_t index)
{
    return &alleged->party_first[instruction_view(alleged->ledger, index)->counterparty];
}

void alleged_enter(struct alleged *alleged, uint32_t index)
{
    TALLY_ASSERT(instruction_view(alleged->ledger, index)->counterparty != RECORD_NONE);
    ring_enter(alleged->in_party, party_first_of(alleged, index), index);
    ring_enter(alleged->in_asset, asset_first_of(alleged, index), index);
}

void alleged_leave(struct alleged *alleged, uint32_t index)
{
    ring_leave(alleged->in_party, party_first_of(alleged, index), index);
    ring_leave(alleged->in_asset, asset_first_of(alleged, index), index);
}

uint32_t alleged_first(const struct alleged *alleged, uint32_t party)
{
    uint32_t first = alleged->party_first[party];
    return first == 0 ? RECORD_NONE : first - 1;
}

uint32_t alleged_next(const struct alleged *alleged, uint32_t index)
{
    uint32_t next = alleged->in_party[index].after;
    return *party_first_of(alleged, index) == next + 1 ? RECORD_NONE : next;
}

/* `index` itself or the next one in its ring that names the party in the asset. */
static uint32_t asset_from(const struct alleged *alleged, uint32_t first, uint32_t index,
                           uint32_t party, uint32_t asset)
{
    for (;;) {
        const struct instruction *instruction = instruction_view(alleged->ledger, index);
        if (instruction->counterparty == party && instruction->terms.asset == asset) {
            return index;
        }
        index = alleged->in_asset[index].after;
        if (index + 1 == first) {
            return RECORD_NONE;
        }
    }
}

uint32_t alleged_first_in_asset(const struct alleged *alleged, uint32_t party, uint32_t asset)
{
    uint32_t first = *asset_first(alleged, party, asset);
    return first == 0 ? RECORD_NONE : asset_from(alleged, first, first - 1, party, asset);
}

uint32_t alleged_next_in_asset(const struct alleged *alleged, uint32_t index)
{
    const struct instruction *instruction = instruction_view(alleged->ledger, index);
    uint32_t first = *asset_first_of(alleged, index);
    uint32_t next = alleged->in_asset[index].after;
    return next + 1 == first ? RECORD_NONE
                             : asset_from(alleged, first, next, instruction->counterparty,
                                          instruction->terms.asset);
}
