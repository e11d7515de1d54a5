#include "ledger/state/array_sort.h"

static void swap(uint32_t *elements, uint32_t a, uint32_t b)
{
    uint32_t moved = elements[a];

    elements[a] = elements[b];
    elements[b] = moved;
}

/* Lets the element at a place of the heap sink; the last in order is on top. */
static void sift(uint32_t *elements, uint32_t at, uint32_t count, ordered_compare *compare,
                 const void *context)
{
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && compare(context, elements[child], elements[child + 1]) < 0) {
            child++;
        }
        if (compare(context, elements[at], elements[child]) >= 0) {
            return;
        }
        swap(elements, at, child);
        at = child;
    }
}

void array_sort(uint32_t *elements, uint32_t count, ordered_compare *compare, const void *context)
{
    for (uint32_t i = count / 2; i-- > 0;) {
        sift(elements, i, count, compare, context);
    }
    for (uint32_t end = count; end > 1; end--) {
        swap(elements, 0, end - 1);
        sift(elements, 0, end - 1, compare, context);
    }
}
