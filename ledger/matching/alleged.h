/*
 * ledger/matching/alleged.h - who is named by unmatched instructions
 *
 * Problem. What keeps an instruction from matching is explained by the nearest of those that name
 * its party as their counterparty (explain.h). They must be found without looking at others, and an
 * instruction enters and leaves at a cost that does not grow with their number.
 *
 * Rule. Every unmatched instruction stands in two rings: one of those that name the same party, one
 * of those that name the same party in the same asset. Each ring is in the order in which they
 * entered. Rings by asset are found through a table of hashes, and those of one hash share a ring:
 * whoever walks it passes over the others.
 *
 * Rule, the latest. Most instructions are matched soon, and nobody asks about them before. So the
 * last ALLEGED_RECENT_MAX that entered are only listed, and one enters its rings when that many
 * have come after it and it is still unmatched. A walk goes through the ring first, then through
 * the list, so its order is the same as if all were in the ring.
 *
 * Example. A's deliveries 1 and 3 of X, and 2 of Y, name B. B's ring: 1, 2, 3. B's ring in X: 1, 3.
 * With a list of one: the rings are 1, 2 and 1, the list is 3.
 *
 * Everything is a function of the unmatched instructions but for the order of a ring, which after a
 * restored snapshot is that of the slots. Only questions between blocks are answered by it.
 */
#ifndef TALLY_LEDGER_MATCHING_ALLEGED_H
#define TALLY_LEDGER_MATCHING_ALLEGED_H

#include <stdint.h>

#include "base/arena.h"

enum {
    ALLEGED_RECENT_MAX = 4096, /* a power of two */
};

/* The two rings of an instruction. */
enum alleged_ring {
    ALLEGED_IN_PARTY = 0,
    ALLEGED_IN_ASSET = 1,
    ALLEGED_RING_COUNT = 2,
};

struct ledger;
union side_places;

/* The neighbours of an instruction in a ring. Of one that is only listed, in the first ring:
 * RECORD_NONE, and its place in the list. */
struct alleged_link {
    uint32_t before;
    uint32_t after;
};

/* A place of the list: what entered there, which may have left since, and whom it names in what. */
struct alleged_recent {
    uint32_t index;
    uint32_t party;
    uint32_t asset;
};

struct alleged {
    const struct ledger *ledger; /* borrowed */
    union side_places *places;   /* of each instruction, borrowed: its links */
    uint32_t *party_first;       /* of each party, plus one; 0 when nobody names it */
    uint32_t *asset_first;       /* of each hash, likewise */
    uint32_t asset_mask;
    struct alleged_recent *recent; /* used over and over */
    uint32_t recent_mask;          /* of its places; tests make it smaller */
    uint32_t entered;              /* instructions ever: the next one's place, and the oldest's */
    uint64_t seed;
};

/*
 * Lays the rings out for so many instructions at a time, empty. Keeps memory of the arena, borrows
 * `places` and `ledger`; `seed` may be secret.
 */
void alleged_layout(struct alleged *alleged, union side_places *places, uint32_t members_max,
                    uint32_t party_capacity, uint64_t seed, const struct ledger *ledger,
                    struct arena *arena);

/* Asks memory for the links of one that is to leave soon, and does not wait for it. */
void alleged_prefetch(const struct alleged *alleged, uint32_t index);

/* Enters an instruction, and takes it out. pre: not in list or rings; in them. */
void alleged_enter(struct alleged *alleged, uint32_t index);
void alleged_leave(struct alleged *alleged, uint32_t index);

/* Walks those that name a party; RECORD_NONE at the end. pre of next: `index` is in list or
 * rings. */
uint32_t alleged_first(const struct alleged *alleged, uint32_t party);
uint32_t alleged_next(const struct alleged *alleged, uint32_t index);
/* Walks those that name a party in an asset. */
uint32_t alleged_first_in_asset(const struct alleged *alleged, uint32_t party, uint32_t asset);
uint32_t alleged_next_in_asset(const struct alleged *alleged, uint32_t index);

#endif
