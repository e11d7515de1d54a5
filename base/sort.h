/*
 * sort.h: sort without allocating, the same on every machine.
 *
 * Problem. The C library's qsort may allocate, and leaves the order of equal items open.
 *
 * Rule. Heap sort (Williams, 1964): in place, no recursion, n log n in the worst case. It is not
 * stable, so a comparison whose order can reach a result must be total: break ties by a written
 * rule, down to the index.
 *
 *     sort_items(orders, count, sizeof(orders[0]), order_compare, NULL);
 */
#ifndef TALLY_BASE_SORT_H
#define TALLY_BASE_SORT_H

#include <stddef.h>

/* Negative if a comes before b, positive if after, 0 only if they may change places unseen. */
typedef int sort_compare(const void *context, const void *a, const void *b);

/* Sorts count items of item_size bytes in ascending order. Borrows all; context goes to compare. */
void sort_items(void *items, size_t count, size_t item_size, sort_compare *compare,
                const void *context);

#endif
