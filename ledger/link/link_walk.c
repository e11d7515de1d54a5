#include "ledger/link/link_walk.h"

#include "ledger/link/link.h"
#include "ledger/state.h"

enum {
    MARK_REACHED = 1,
    MARK_ORDERED = 2,
    MARKS_ALL = MARK_REACHED | MARK_ORDERED,
};

void link_walk_begin(struct link_walk *walk)
{
    walk->count = 0;
    walk->pair_count = 0;
    walk->full = false;
}

/* Does it stand for its pair: unmatched, or the deliverer's side? */
static bool stands_for_pair(const struct instruction *instruction)
{
    return instruction->counterpart == RECORD_NONE || instruction->terms.movement == MOVEMENT_DELI;
}

void link_walk_reach(const struct ledger *ledger, struct link_walk *walk, uint32_t index,
                     bool ordered)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    unsigned mark = ordered ? MARK_ORDERED : MARK_REACHED;

    if (instruction_ended(instruction) || (instruction->walked & mark) != 0 || walk->full) {
        return;
    }
    if (!ordered && stands_for_pair(instruction)) {
        walk->pair_count++;
    }
    if (walk->count == LINK_WALK_MAX || walk->pair_count > LINK_SET_MAX) {
        walk->full = true;
        return;
    }
    ledger->instructions[index].walked = (instruction->walked | mark) & MARKS_ALL;
    walk->nodes[walk->count] = index;
    walk->ordered[walk->count] = ordered;
    walk->count++;
}

/* To the next member, and to the first: so all of a pool is reached from any of it. */
static void reach_pool(const struct ledger *ledger, struct link_walk *walk, uint32_t index,
                       bool ordered)
{
    const struct instruction *member = instruction_view(ledger, index);
    uint32_t next = pool_next(ledger, index);

    link_walk_reach(ledger, walk,
                    pool_first(ledger, member->party, &instruction_ties(member)->pool.reference),
                    ordered);
    if (next != RECORD_NONE) {
        link_walk_reach(ledger, walk, next, ordered);
    }
}

static void reach_link(const struct ledger *ledger, struct link_walk *walk,
                       const struct instruction_link *link, bool ordered, enum link_ways ways)
{
    switch ((enum link_type)link->type) {
    case LINK_WITH:
        link_walk_reach(ledger, walk, link->partner, ordered);
        break;
    case LINK_BEFO:
        if (ways != LINK_WAYS_TOGETHER) {
            link_walk_reach(ledger, walk, link->partner, ways == LINK_WAYS_FORWARD);
        }
        break;
    case LINK_AFTE:
        if (ways == LINK_WAYS_ALL) {
            link_walk_reach(ledger, walk, link->partner, ordered);
        }
        break;
    case LINK_INFO:
        break;
    }
}

void link_walk_run(const struct ledger *ledger, struct link_walk *walk, enum link_ways ways)
{
    for (uint32_t i = 0; i < walk->count; i++) {
        const struct instruction *instruction = instruction_view(ledger, walk->nodes[i]);
        bool ordered = walk->ordered[i];
        if (instruction->counterpart != RECORD_NONE) {
            link_walk_reach(ledger, walk, instruction->counterpart, ordered);
        }
        if (pool_has(instruction)) {
            reach_pool(ledger, walk, walk->nodes[i], ordered);
        }
        for (uint32_t j = 0; j < instruction_ties(instruction)->link_count; j++) {
            reach_link(ledger, walk, &instruction_ties(instruction)->links[j], ordered, ways);
        }
    }
}

bool link_walk_reached(const struct ledger *ledger, uint32_t index)
{
    return instruction_view(ledger, index)->walked != 0;
}

bool link_walk_ordered(const struct ledger *ledger, uint32_t index)
{
    return (instruction_view(ledger, index)->walked & MARK_ORDERED) != 0;
}

void link_walk_end(const struct ledger *ledger, const struct link_walk *walk)
{
    for (uint32_t i = 0; i < walk->count; i++) {
        ledger->instructions[walk->nodes[i]].walked = 0;
    }
}
