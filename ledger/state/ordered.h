/*
 * ledger/state/ordered.h - ordered sets of array indexes: the ledger's only queue and bucket
 *
 * Problem. Matching needs "the candidate nearest in amount", waiting needs "the first in priority
 * whose lack is cured", the calendar needs "the earliest date". All of them must cost O(log n)
 * whatever a hostile party submits, need no memory after set-up, and must come out the same on a
 * node that restored a snapshot an hour ago.
 *
 * Rule. A set is an AVL tree threaded through an array of links, one link per record, so that
 * inserting needs nothing. The order is a total order computed from the *records* (`compare`),
 * hence the sequence of the elements is a function of the records alone: rebuilding a set in any
 * order of insertion gives the same answers, though perhaps another shape. The shape is never
 * visible, hashed or counted. While an index is in a set, the fields that `compare` and `weight`
 * read must not change: remove it, change the record, insert it again.
 *
 * A balanced tree and not a randomised one: its random choices would have to be derived from the
 * records, a party that can compute them could choose records that turn the tree into a list, and a
 * block's work would no longer be bounded.
 *
 * Weights. With a `weight`, each element also keeps the least weight below it, and "the first in
 * order whose weight is at most w" is found in O(log n). Waiting uses it: order = priority,
 * weight = what is needed, w = what has arrived.
 *
 * Example. Waiting for 40 pieces, in order: A needs 60, B needs 25, C needs 30.
 *     ordered_first_within(40) = B    (A is before it but cannot be helped; C comes after it)
 *
 * One array of links serves many sets (many roots), as long as an index is in at most one of them
 * at a time.
 *
 * Source: Adelson-Velsky and Landis 1962; Knuth, The Art of Computer Programming 3, section 6.2.3.
 * Height of n elements is below 1.4405 log2(n + 2), which gives ORDERED_HEIGHT_MAX for 32-bit
 * indexes.
 */
#ifndef TALLY_LEDGER_STATE_ORDERED_H
#define TALLY_LEDGER_STATE_ORDERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"

#define ORDERED_NONE UINT32_MAX

enum {
    ORDERED_HEIGHT_MAX = 47,
    ORDERED_INDEX_BITS = 29,
    ORDERED_INDEX = (1 << ORDERED_INDEX_BITS) - 1, /* the bits of a place that are the index */
    ORDERED_END = ORDERED_INDEX,                   /* what they are where there is no element */
    ORDERED_CAPACITY_MAX = ORDERED_END,
};

/*
 * Two places, each with an index in the lower bits. The upper bits of both together are the height
 * of the tree below, 0 of an element in no set: eight links fill a cache line.
 */
struct ordered_link {
    uint32_t before; /* subtree of the elements before this one */
    uint32_t after;
};
_Static_assert(ORDERED_HEIGHT_MAX < 1 << 2 * (32 - ORDERED_INDEX_BITS), "a height fits");

/*
 * Negative, zero or positive as element `a` comes before, is, or comes after `b`. Zero only for a
 * == b.
 */
typedef int ordered_compare(const void *context, uint32_t a, uint32_t b);
/*
 * Negative when the element lies before the sought place, otherwise zero or positive; monotone in
 * the order.
 */
typedef int ordered_probe(const void *context, const void *sought, uint32_t element);
typedef int64_t ordered_weight(const void *context, uint32_t element);

struct ordered {
    struct ordered_link *links; /* borrowed */
    int64_t *least;             /* weight of an element and all below it; NULL: no weights */
    uint32_t capacity;
    ordered_compare *compare;
    ordered_weight *weight; /* NULL: no weights */
    const void *context;    /* borrowed, handed to the callbacks */
};

/* The element at a place of a link, or at a root, which may be read as it is, too; ORDERED_END when
 * there is none. */
static inline uint32_t ordered_at(const uint32_t *place)
{
    return *place & ORDERED_INDEX;
}

/* The height of the tree below an element, itself included; 0: it is in no set. */
static inline uint32_t ordered_link_height(const struct ordered_link *link)
{
    const unsigned bits = 32 - ORDERED_INDEX_BITS;
    return link->before >> ORDERED_INDEX_BITS << bits | link->after >> ORDERED_INDEX_BITS;
}

/*
 * Takes `capacity` links from the arena: 8 bytes each, 16 with weights. Keeps the callbacks and
 * `context`. A root of an empty set is ORDERED_NONE.
 */
void ordered_init(struct ordered *ordered, uint32_t capacity, ordered_compare *compare,
                  ordered_weight *weight, const void *context, struct arena *arena);

/* The same over links that others use for what is in no set here; borrows them. Such a link is
 * zeroed whenever its element is in neither. */
void ordered_init_over(struct ordered *ordered, struct ordered_link *links, uint32_t capacity,
                       ordered_compare *compare, ordered_weight *weight, const void *context,
                       struct arena *arena);

/*
 * The same over the links of `owner`, which has the same elements: for sets in another order, of
 * elements that are in none of the owner's at the same time. Has no weights.
 */
void ordered_share(struct ordered *ordered, const struct ordered *owner, ordered_compare *compare,
                   const void *context);

/*
 * For an owner of a set that compares many elements and does so without a callback: it walks down
 * from the root itself, adding each place it passes, and hands over the place where it ended, the
 * empty one or that of the element. pre: as of ordered_insert() and ordered_remove().
 */
struct ordered_path {
    uint32_t *places[ORDERED_HEIGHT_MAX + 1]; /* where the indexes on the way are written */
    uint32_t count;
};
static inline void ordered_path_add(struct ordered_path *path, uint32_t *place)
{
    TALLY_ASSERT(path->count <= ORDERED_HEIGHT_MAX);
    path->places[path->count++] = place;
}
void ordered_insert_at(struct ordered *ordered, struct ordered_path *path, uint32_t *place,
                       uint32_t element);
void ordered_remove_at(struct ordered *ordered, struct ordered_path *path, uint32_t *place);

/* pre: element < capacity, in no set of these links. */
void ordered_insert(struct ordered *ordered, uint32_t *root, uint32_t element);
/* pre: element is in the set of `root`. */
void ordered_remove(struct ordered *ordered, uint32_t *root, uint32_t element);
/* Is the element in some set of these links? */
bool ordered_contains(const struct ordered *ordered, uint32_t element);
/* Is it a set of exactly one element? */
bool ordered_is_single(const struct ordered *ordered, uint32_t root);

/* The first element; ORDERED_NONE when the set is empty. */
uint32_t ordered_first(const struct ordered *ordered, uint32_t root);
/* The first element at or after the sought place; ORDERED_NONE when there is none. */
uint32_t ordered_first_from(const struct ordered *ordered, uint32_t root, ordered_probe *probe,
                            const void *sought);
/* The last element before the sought place; ORDERED_NONE when there is none. */
uint32_t ordered_last_before(const struct ordered *ordered, uint32_t root, ordered_probe *probe,
                             const void *sought);
/*
 * The element that follows `element`; ORDERED_NONE at the end. pre: element is in the set of
 * `root`.
 */
uint32_t ordered_next(const struct ordered *ordered, uint32_t root, uint32_t element);
/*
 * The first element whose weight is at most `weight_most`; ORDERED_NONE when there is none. pre:
 * has weights.
 */
uint32_t ordered_first_within(const struct ordered *ordered, uint32_t root, int64_t weight_most);
/* The least weight in the set. pre: has weights, is not empty. */
int64_t ordered_weight_least(const struct ordered *ordered, uint32_t root);

#endif
