/*
 * ledger/matching/matching.h - finding the other side of an instruction
 *
 * Problem. An instruction matches an opposite one when the exact fields agree, the amounts lie
 * within the tolerance and no optional field contradicts; a blank optional field agrees with
 * anything. Of several candidates the one with the smallest difference in amount wins, then the one
 * entered first. This must cost O(log n) even when a party submits a hundred thousand equal trades
 * that differ only in one optional field.
 *
 * Rule, groups. The unmatched instructions of both sides that agree in the exact fields are a
 * group, found through a hash of these fields. Nearly all groups have one instruction, which soon
 * leaves again: up to MATCHING_LISTED_MAX are only listed, and compared one by one. A group that
 * grows beyond gets an index, and keeps it until it is empty. Which of the two it has never shows.
 *
 * Rule, the index of a group. An unmatched instruction with the set q of optional fields given is
 * entered once for each subset s of q: at most 2^5 = 32 entries. The entry lies in the bucket
 *     (group, movement, q, s, values of the fields of s)
 * and a bucket is ordered by (amount, sequence). An instruction with the set p given looks, for
 * each set q that occurs on the group's other side, into the one bucket with s = p and q in common:
 * those are exactly the candidates with set q that do not contradict it. Then it takes the nearest
 * amount there. Each candidate is met once. Room is counted as if every group had its index, and
 * with two entries at least for each instruction, as nearly all give their own account.
 *
 * Rule, the own account. Whoever moves securities gives its own account, which the other side
 * seldom names, and most parties settle over one. So a bucket whose s leaves the own account open
 * has two orders: of those that settle over the account of its first instruction, and of all
 * others. Only the others are entered again in the bucket that fixes their account; whoever names
 * the first's looks into its order. Hence k given fields take 2^(k-1) entries as a rule, and 2^k at
 * most. Room is counted as if they took the most: which account came first is history, and must
 * not show.
 *
 * Rule, the nearest. For a deliverer the tolerance is known, so the candidates' amounts form one
 * interval around its own. For a receiver the tolerance depends on the candidate's side of the
 * threshold, so there are two intervals; in each the nearest below and the nearest above are read
 * from the order.
 *
 * Example. Waiting receivers for 100 pieces, amounts 4,998.50 (entered 3rd), 5,001.50 (entered
 * 1st), 5,001.50 (entered 2nd). A deliverer of 5,000.00 differs from all by 1.50, so the one
 * entered 1st is taken. It settles for 5,000.00.
 *
 * Every answer is a function of the instruction records: those open and unmatched are in the index,
 * no others. Groups and buckets are found through hash maps whose order and seed never show.
 *
 * Source: T2S UDFS 3.6.1.2. The index by presence pattern is ours.
 */
#ifndef TALLY_LEDGER_MATCHING_MATCHING_H
#define TALLY_LEDGER_MATCHING_MATCHING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "ledger/matching/alleged.h"
#include "ledger/matching/match_field.h"
#include "ledger/state/ordered.h"

enum {
    /* Sets of optional fields; also the most entries that one instruction takes. */
    MATCHING_PATTERN_COUNT = 1 << MATCH_FIELD_OPTIONAL_COUNT,
    MATCHING_ENTRIES_MIN = 2, /* that one instruction is counted with */
    MATCHING_LISTED_MAX = 8,  /* instructions of a group that has no buckets, as a rule */
};

struct ledger;

/* The instructions of both sides that agree in the exact fields: at least one. */
struct matching_group {
    uint32_t hash;   /* it is found under */
    uint32_t count;  /* instructions */
    uint32_t listed; /* plus one: the first of them, while there are no buckets */
    uint32_t bucket; /* plus one: the first bucket of those that fix no field; 0: none at all */
};

/* What orders an entry is kept with it: a search reads no instruction. */
struct matching_entry {
    int64_t amount;    /* of the instruction */
    uint64_t sequence; /* of the instruction */
    uint32_t instruction;
    uint32_t bucket;
    uint32_t next; /* plus one: entry of the same instruction, or free one */
    uint8_t order; /* in which of the bucket's orders */
};

/* The orders of a bucket. */
enum {
    MATCHING_OF_ACCOUNT = 0, /* those over `account` */
    MATCHING_OF_OTHERS = 1,  /* all others; none if the bucket fixes the own account */
    MATCHING_ORDER_COUNT = 2,
};

struct matching_bucket {
    uint32_t root[MATCHING_ORDER_COUNT]; /* not all empty while the bucket exists */
    uint32_t group;
    uint32_t account; /* the own account of its first instruction; RECORD_NONE: none is given */
    uint32_t hash;    /* it is found under, if it fixes any field */
    uint32_t next;    /* plus one: of the group's that fix none; or free one */
    uint8_t movement; /* the side of its instructions */
    uint8_t given;    /* q: the optional fields they have */
    uint8_t compared; /* s: those of them that the bucket fixes */
};

/*
 * Places of an array, taken and given in any order: the one given last is taken first, since
 * nothing that is seen depends on it, and its memory is near.
 */
struct matching_places {
    uint32_t capacity;
    uint32_t count;   /* taken */
    uint32_t touched; /* taken or given: those beyond were never used */
    uint32_t free;    /* plus one; 0: none but those beyond */
    void *first;      /* the array, */
    size_t stride;    /* from one place of it to the next, */
    size_t chain;     /* and where in a free one the next free one is noted, plus one */
};

struct matching {
    const struct ledger *ledger; /* borrowed */
    uint64_t map_seed;
    uint32_t instruction_capacity;
    uint32_t listed_max; /* MATCHING_LISTED_MAX; tests set 0, so that every group has buckets */
    struct matching_group *groups; /* as many as instructions: one may be alone in it */
    struct matching_places group_places;
    struct map group_map;
    struct matching_entry *entries;
    uint32_t entries_most; /* that those in the index could take */
    struct matching_places entry_places;
    struct ordered entry_order;
    struct matching_bucket *buckets; /* as many as entries: an entry may be alone in its bucket */
    struct matching_places bucket_places;
    struct map bucket_map;
    struct alleged alleged; /* the same instructions, by the party they name */
};

/* The most instructions that are in the index at a time. */
uint32_t matching_members_max(uint32_t instruction_capacity, uint32_t entry_capacity);

/*
 * Lays the index out, empty. Keeps memory of the arena, borrows `ledger` and `places`, one of each
 * instruction (side_places.h), and keeps no reference to anything else. `map_seed` may be secret to
 * the node: no result depends on it. Works while the arena only counts.
 */
void matching_layout(struct matching *matching, uint32_t instruction_capacity,
                     uint32_t entry_capacity, uint32_t party_capacity, union side_places *places,
                     uint64_t map_seed, const struct ledger *ledger, struct arena *arena);

/* Fills the index from the instruction records. pre: it is empty. */
void matching_rebuild(struct ledger *ledger);

/* The tolerance for the currency of these terms. Borrowed from the rules in force, or constant. */
const struct tolerance_band *matching_tolerance(const struct ledger *ledger,
                                                const struct instruction_terms *terms);

/* Are there entries left for an instruction of these terms? */
bool matching_has_room(const struct matching *matching, const struct instruction_terms *terms);

/*
 * The instruction that `index` matches best with; RECORD_NONE when there is none. pre: `index` is
 * not in the index.
 */
uint32_t matching_find(const struct matching *matching, uint32_t index);
/*
 * The same; if there is none, it enters the instruction as matching_add() does. `hash_known` is
 * what matching_ask_cell() returned for these terms, or 0: not known. pre: of both.
 */
uint32_t matching_find_or_add(struct matching *matching, uint32_t index, uint32_t hash_known);

/*
 * Asks memory for what matching_find_or_add() will want for such terms, in three calls with other
 * work between them, and waits for nothing: the cell of their group, the group, one of its
 * instructions. Only the exact fields of the terms are read. The first answer is the hash that
 * their group is found under, as long as they stay as they are; the others are guesses, on which
 * nothing may depend but what is asked for.
 */
uint32_t matching_ask_cell(const struct matching *matching, const struct instruction_terms *terms);
/* `hash` is what the first call returned. MAP_NONE: there is none. */
uint32_t matching_ask_group(const struct matching *matching, uint32_t hash);
/* Which instruction; RECORD_NONE: none. */
uint32_t matching_ask_instruction(const struct matching *matching, uint32_t group);

/*
 * Enters an open, unmatched instruction, whose terms then stay as they are. pre: has room, not in
 * the index.
 */
void matching_add(struct matching *matching, uint32_t index);
/* Takes it out. pre: in the index. */
void matching_remove(struct matching *matching, uint32_t index);
/* Is it in the index? */
bool matching_contains(const struct matching *matching, uint32_t index);

#endif
