#include "ledger/matching/alleged.h"

#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/state/side_places.h"

void alleged_layout(struct alleged *alleged, union side_places *places, uint32_t members_max,
                    uint32_t party_capacity, uint64_t seed, const struct ledger *ledger,
                    struct arena *arena)
{
    uint32_t cells = 1;
    while (cells <= members_max / 2) {
        cells *= 2;
    }
    *alleged =
        (struct alleged){.ledger = ledger, .places = places, .asset_mask = cells - 1, .seed = seed};
    alleged->party_first = ARENA_TAKE(arena, uint32_t, party_capacity);
    alleged->asset_first = ARENA_TAKE(arena, uint32_t, cells);
    alleged->recent = ARENA_TAKE(arena, struct alleged_recent, ALLEGED_RECENT_MAX);
    alleged->recent_mask = ALLEGED_RECENT_MAX - 1;
}

inline void alleged_prefetch(const struct alleged *alleged, uint32_t index)
{
    __builtin_prefetch(&alleged->places[index], 1);
}

static struct alleged_link *link_of(const struct alleged *alleged, enum alleged_ring ring,
                                    uint32_t index)
{
    return &alleged->places[index].alleged[ring];
}

static bool listed(const struct alleged *alleged, uint32_t index)
{
    return link_of(alleged, ALLEGED_IN_PARTY, index)->before == RECORD_NONE;
}

/* Is what entered at a place of the list still there? No other set writes what a listed one has. */
static bool listed_at(const struct alleged *alleged, uint32_t place)
{
    uint32_t index = alleged->recent[place].index;
    return listed(alleged, index) && link_of(alleged, ALLEGED_IN_PARTY, index)->after == place;
}

static void ring_enter(const struct alleged *alleged, enum alleged_ring ring, uint32_t *first,
                       uint32_t index)
{
    if (*first == 0) {
        *link_of(alleged, ring, index) = (struct alleged_link){index, index};
        *first = index + 1;
        return;
    }
    uint32_t head = *first - 1;
    uint32_t last = link_of(alleged, ring, head)->before;
    *link_of(alleged, ring, index) = (struct alleged_link){.before = last, .after = head};
    link_of(alleged, ring, last)->after = index;
    link_of(alleged, ring, head)->before = index;
}

static void ring_leave(const struct alleged *alleged, enum alleged_ring ring, uint32_t *first,
                       uint32_t index)
{
    struct alleged_link link = *link_of(alleged, ring, index);
    TALLY_ASSERT(*first != 0);
    TALLY_ASSERT(link_of(alleged, ring, link.before)->after == index);
    TALLY_ASSERT(link_of(alleged, ring, link.after)->before == index);
    link_of(alleged, ring, link.before)->after = link.after;
    link_of(alleged, ring, link.after)->before = link.before;
    if (*first == index + 1) {
        *first = link.after == index ? 0 : link.after + 1;
    }
    *link_of(alleged, ring, index) = (struct alleged_link){.before = 0};
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
        ring_enter(alleged, ALLEGED_IN_PARTY, &alleged->party_first[recent->party], recent->index);
        ring_enter(alleged, ALLEGED_IN_ASSET, asset_first(alleged, recent->party, recent->asset),
                   recent->index);
    }
    *recent = (struct alleged_recent){index, instruction->counterparty, instruction->terms.asset};
    *link_of(alleged, ALLEGED_IN_PARTY, index) =
        (struct alleged_link){.before = RECORD_NONE, .after = place};
    alleged->entered++;
}

void alleged_leave(struct alleged *alleged, uint32_t index)
{
    const struct instruction *instruction = instruction_view(alleged->ledger, index);
    uint32_t party = instruction->counterparty;
    if (listed(alleged, index)) {
        struct alleged_link *link = link_of(alleged, ALLEGED_IN_PARTY, index);
        TALLY_ASSERT(link->after <= alleged->recent_mask);
        TALLY_ASSERT(alleged->recent[link->after].index == index);
        *link = (struct alleged_link){.before = 0};
        return;
    }
    ring_leave(alleged, ALLEGED_IN_PARTY, &alleged->party_first[party], index);
    ring_leave(alleged, ALLEGED_IN_ASSET, asset_first(alleged, party, instruction->terms.asset),
               index);
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
    uint32_t place = link_of(alleged, ALLEGED_IN_PARTY, index)->after;
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
    uint32_t next = link_of(alleged, ALLEGED_IN_PARTY, index)->after;
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
        index = link_of(alleged, ALLEGED_IN_ASSET, index)->after;
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
    uint32_t next = link_of(alleged, ALLEGED_IN_ASSET, index)->after;
    return next + 1 == first ? listed_from(alleged, 0, party, asset)
                             : asset_from(alleged, first, next, party, asset);
}
