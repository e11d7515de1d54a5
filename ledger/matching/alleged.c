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
    alleged->recent = ARENA_TAKE(arena, struct alleged_recent, ALLEGED_RECENT_MAX);
    alleged->recent_mask = ALLEGED_RECENT_MAX - 1;
}

/* Is what entered at a place of the list still there? */
static bool listed_at(const struct alleged *alleged, uint32_t place)
{
    struct alleged_link link = alleged->in_party[alleged->recent[place].index];
    return link.before == RECORD_NONE && link.after == place;
}

static bool listed(const struct alleged *alleged, uint32_t index)
{
    return alleged->in_party[index].before == RECORD_NONE;
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

void alleged_enter(struct alleged *alleged, uint32_t index)
{
    const struct instruction *instruction = instruction_view(alleged->ledger, index);
    uint32_t place = alleged->entered & alleged->recent_mask;
    struct alleged_recent *recent = &alleged->recent[place];
    TALLY_ASSERT(instruction->counterparty != RECORD_NONE);
    if (listed_at(alleged, place)) {
        ring_enter(alleged->in_party, &alleged->party_first[recent->party], recent->index);
        ring_enter(alleged->in_asset, asset_first(alleged, recent->party, recent->asset),
                   recent->index);
    }
    *recent = (struct alleged_recent){index, instruction->counterparty, instruction->terms.asset};
    alleged->in_party[index] = (struct alleged_link){.before = RECORD_NONE, .after = place};
    alleged->entered++;
}

void alleged_leave(struct alleged *alleged, uint32_t index)
{
    const struct instruction *instruction = instruction_view(alleged->ledger, index);
    uint32_t party = instruction->counterparty;
    if (listed(alleged, index)) {
        uint32_t place = alleged->in_party[index].after;
        TALLY_ASSERT(place <= alleged->recent_mask && alleged->recent[place].index == index);
        alleged->in_party[index].after = RECORD_NONE;
        return;
    }
    ring_leave(alleged->in_party, &alleged->party_first[party], index);
    ring_leave(alleged->in_asset, asset_first(alleged, party, instruction->terms.asset), index);
}

/* The first of the list, passing over the `passed` oldest places, that names the party; in the
 * asset, or in any if `asset` is RECORD_NONE. */
static uint32_t listed_from(const struct alleged *alleged, uint32_t passed, uint32_t party,
                            uint32_t asset)
{
    for (uint32_t i = passed; i <= alleged->recent_mask; i++) {
        uint32_t place = (alleged->entered + i) & alleged->recent_mask;
        const struct alleged_recent *recent = &alleged->recent[place];
        if (recent->party == party && (asset == RECORD_NONE || recent->asset == asset) &&
            listed_at(alleged, place)) {
            return recent->index;
        }
    }
    return RECORD_NONE;
}

static uint32_t listed_after(const struct alleged *alleged, uint32_t index, uint32_t asset)
{
    uint32_t place = alleged->in_party[index].after;
    TALLY_ASSERT(listed_at(alleged, place));
    return listed_from(alleged, ((place - alleged->entered) & alleged->recent_mask) + 1,
                       alleged->recent[place].party, asset);
}

uint32_t alleged_first(const struct alleged *alleged, uint32_t party)
{
    uint32_t first = alleged->party_first[party];
    return first == 0 ? listed_from(alleged, 0, party, RECORD_NONE) : first - 1;
}

uint32_t alleged_next(const struct alleged *alleged, uint32_t index)
{
    uint32_t party = instruction_view(alleged->ledger, index)->counterparty;
    if (listed(alleged, index)) {
        return listed_after(alleged, index, RECORD_NONE);
    }
    uint32_t next = alleged->in_party[index].after;
    return alleged->party_first[party] == next + 1 ? listed_from(alleged, 0, party, RECORD_NONE)
                                                   : next;
}

/* `index` itself or the next one in its ring that names the party in the asset; then the list. */
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
            return listed_from(alleged, 0, party, asset);
        }
    }
}

uint32_t alleged_first_in_asset(const struct alleged *alleged, uint32_t party, uint32_t asset)
{
    uint32_t first = *asset_first(alleged, party, asset);
    return first == 0 ? listed_from(alleged, 0, party, asset)
                      : asset_from(alleged, first, first - 1, party, asset);
}

uint32_t alleged_next_in_asset(const struct alleged *alleged, uint32_t index)
{
    const struct instruction *instruction = instruction_view(alleged->ledger, index);
    uint32_t party = instruction->counterparty;
    uint32_t asset = instruction->terms.asset;
    if (listed(alleged, index)) {
        return listed_after(alleged, index, asset);
    }
    uint32_t first = *asset_first(alleged, party, asset);
    uint32_t next = alleged->in_asset[index].after;
    return next + 1 == first ? listed_from(alleged, 0, party, asset)
                             : asset_from(alleged, first, next, party, asset);
}
