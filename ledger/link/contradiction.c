#include "ledger/link/contradiction.h"

#include "base/mutant.h"
#include "ledger/link/link.h"
#include "ledger/settlement/pair.h"
#include "ledger/state.h"

/* What settles in one step with a pair. */
struct together {
    uint32_t count;
    bool full;
    uint32_t nodes[LINK_WALK_MAX];
};

static void together_find(const struct ledger *ledger, uint32_t head, struct together *out)
{
    struct link_walk walk;

    link_walk_begin(&walk);
    link_walk_reach(ledger, &walk, head, false);
    link_walk_run(ledger, &walk, LINK_WAYS_TOGETHER);
    out->count = walk.count;
    out->full = walk.full;
    for (uint32_t i = 0; i < walk.count; i++) {
        out->nodes[i] = walk.nodes[i];
    }
    link_walk_end(ledger, &walk);
}

static bool together_has(const struct together *together, uint32_t index)
{
    bool has = false;

    for (uint32_t i = 0; i < together->count; i++) {
        has = has || together->nodes[i] == index;
    }
    return has;
}

/* Reaches what comes after one of them, and is not one of them itself. */
static void followers_reach(const struct ledger *ledger, struct link_walk *walk,
                            const struct together *together, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    for (uint32_t i = 0; i < instruction_ties(instruction)->link_count; i++) {
        const struct instruction_link *link = &instruction_ties(instruction)->links[i];
        if (link->type == LINK_BEFO && !together_has(together, link->partner)) {
            link_walk_reach(ledger, walk, link->partner, true);
        }
    }
}

/* Does something else come after them, and before them as well? */
static bool in_circle(const struct ledger *ledger, const struct together *together)
{
    struct link_walk walk;
    bool found = false;

    link_walk_begin(&walk);
    for (uint32_t i = 0; i < together->count; i++) {
        followers_reach(ledger, &walk, together, together->nodes[i]);
    }
    link_walk_run(ledger, &walk, LINK_WAYS_FORWARD);
    for (uint32_t i = 0; i < together->count; i++) {
        found = found || link_walk_ordered(ledger, together->nodes[i]);
    }
    link_walk_end(ledger, &walk);
    return found;
}

enum detail link_contradiction(const struct ledger *ledger, uint32_t head)
{
    struct together together;

    if (!link_binds(ledger, head)) {
        return DETAIL_NONE;
    }
    together_find(ledger, head, &together);
    if (together.full) {
        return DETAIL_LINKS_FULL;
    }
    return in_circle(ledger, &together) ? DETAIL_LINK_CIRCLE : DETAIL_NONE;
}

void link_contradiction_tell(struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);
    enum detail detail = link_contradiction(ledger, head);

    if (detail != DETAIL_NONE && !MUTANT(CONTRADICTION_UNTOLD)) {
        event_emit_pair(
            ledger, detail == DETAIL_LINKS_FULL ? EVENT_LINKED_TOO_MANY : EVENT_LINKED_IN_CIRCLE,
            pair.deliverer, pair.receiver, pair.quantity, pair.amount, REASON_LINK);
    }
}
