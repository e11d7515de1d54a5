#include "consensus/view_slot.h"

#include <string.h>

#include "base/assert.h"

void view_ring_init(struct view_ring *ring, uint16_t validator_count, struct arena *arena)
{
    ring->validator_count = validator_count;
    for (uint32_t i = 0; i < VIEW_SLOTS; i++) {
        struct view_slot *slot = &ring->slots[i];
        *slot = (struct view_slot){0};
        for (uint32_t kind = 0; kind < 3; kind++) {
            slot->tables[kind].votes = ARENA_TAKE(arena, struct cast_vote, validator_count);
        }
        slot->accused = ARENA_TAKE(arena, bool, validator_count);
    }
}

struct view_slot *view_ring_get(struct view_ring *ring, uint64_t view)
{
    struct view_slot *slot = &ring->slots[view % VIEW_SLOTS];
    return view != 0 && slot->view == view ? slot : NULL;
}

struct view_slot *view_ring_claim(struct view_ring *ring, uint64_t view)
{
    TALLY_ASSERT(view >= 1);
    struct view_slot *slot = &ring->slots[view % VIEW_SLOTS];
    if (slot->view == view) {
        return slot;
    }
    TALLY_ASSERT(slot->view < view);
    struct view_slot fresh = {.view = view, .accused = slot->accused};
    for (uint32_t kind = 0; kind < 3; kind++) {
        fresh.tables[kind].votes = slot->tables[kind].votes;
        for (uint16_t i = 0; i < ring->validator_count; i++) {
            fresh.tables[kind].votes[i].cast = false;
        }
    }
    memset(slot->accused, 0, ring->validator_count * sizeof *slot->accused);
    *slot = fresh;
    return slot;
}

struct vote_table *view_slot_table(struct view_slot *slot, enum vote_kind kind)
{
    TALLY_ASSERT(kind >= VOTE_NOTARIZE);
    TALLY_ASSERT(kind <= VOTE_FINALIZE);
    return &slot->tables[kind - VOTE_NOTARIZE];
}

const struct cast_vote *view_slot_vote(struct view_slot *slot, enum vote_kind kind, uint16_t signer)
{
    const struct cast_vote *vote = &view_slot_table(slot, kind)->votes[signer];
    return vote->cast ? vote : NULL;
}

void view_slot_cast(struct view_slot *slot, const struct vote *vote)
{
    TALLY_ASSERT(vote->view == slot->view);
    struct vote_table *table = view_slot_table(slot, vote->kind);
    struct cast_vote *cast = &table->votes[vote->signer];
    TALLY_ASSERT(!cast->cast);
    cast->cast = true;
    cast->hash = vote->hash;
    cast->signature = vote->signature;
    table->count++;
    table->changed = true;
}
