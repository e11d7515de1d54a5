/*
 * ledger/link/link_walk.h - what hangs together by links, pools and matches
 *
 * Problem. Which pairs must settle in one step, and whether a new link would make instructions wait
 * for each other, are questions about a graph. A party must not be able to make that graph, or the
 * walk over it, as large as it likes.
 *
 * Rule. The nodes are open instructions. Two that must settle in one step are joined: the sides of
 * a pair, WITH partners, members of a pool. BEFO and AFTE lead one way: from what is first to what
 * comes after. INFO joins nothing, nor does what has ended. A walk collects what is reached, and
 * remembers of each node whether the way there went over an order link. It stops, and says so, when
 * more than LINK_SET_MAX pairs, or twice as many instructions, are reached.
 *
 * Example. A BEFO B, B WITH C: walked forward from A: {A, B over an order, C over an order}.
 * Walked together from B: {B, C}.
 */
#ifndef TALLY_LEDGER_LINK_LINK_WALK_H
#define TALLY_LEDGER_LINK_LINK_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;

enum {
    LINK_SET_MAX = 64, /* pairs that links and pools may tie together */
    LINK_WALK_MAX = 4 * LINK_SET_MAX,
};

/* Which ways are gone. */
enum link_ways {
    LINK_WAYS_TOGETHER = 0, /* what settles in one step */
    LINK_WAYS_FORWARD = 1,  /* and from what is first to what comes after */
    LINK_WAYS_ALL = 2,      /* and back */
};

struct link_walk {
    uint32_t count;
    uint32_t pair_count; /* matched or not; nodes reached over an order apart */
    bool full;           /* there was more */
    uint32_t nodes[LINK_WALK_MAX];
    bool ordered[LINK_WALK_MAX]; /* reached over an order link; such a node may be there twice */
};

/*
 * Starts a walk with nothing reached. Ends only with link_walk_end(): one walk at a time, since it
 * marks what it reached in scratch memory of the ledger.
 */
void link_walk_begin(struct link_walk *walk);
/* Reaches a node; an ended one is not reached. */
void link_walk_reach(const struct ledger *ledger, struct link_walk *walk, uint32_t index,
                     bool ordered);
/* Goes all ways of that kind from all that is reached. */
void link_walk_run(const struct ledger *ledger, struct link_walk *walk, enum link_ways ways);
/* Was it reached; was it reached over an order link? */
bool link_walk_reached(const struct ledger *ledger, uint32_t index);
bool link_walk_ordered(const struct ledger *ledger, uint32_t index);
void link_walk_end(const struct ledger *ledger, const struct link_walk *walk);

#endif
