/*
 * ledger/state/array_sort.h - an array of indexes into order, in place
 *
 * Rule. Heap sort: O(n log n) whatever the order it finds, no memory, no recursion; a library's
 * sort promises neither, and may leave equal elements in any order. The order is total (ordered.h),
 * so the result is a function of the elements alone.
 *
 * Source: Williams 1964, Floyd 1964; Knuth, The Art of Computer Programming 3, section 5.2.3.
 */
#ifndef TALLY_LEDGER_STATE_ARRAY_SORT_H
#define TALLY_LEDGER_STATE_ARRAY_SORT_H

#include <stdint.h>

#include "ledger/state/ordered.h"

/* Sorts `count` elements, first in order first. pre: no two compare as equal. */
void array_sort(uint32_t *elements, uint32_t count, ordered_compare *compare, const void *context);

#endif
