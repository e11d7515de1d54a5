#include "base/sort.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"

struct heap {
    uint8_t *items;
    size_t item_size;
    sort_compare *compare;
    const void *context;
};

static int heap_compare(const struct heap *heap, size_t a, size_t b)
{
    return heap->compare(heap->context, heap->items + a * heap->item_size,
                         heap->items + b * heap->item_size);
}

static void heap_swap(const struct heap *heap, size_t a, size_t b)
{
    uint8_t *first = heap->items + a * heap->item_size;
    uint8_t *second = heap->items + b * heap->item_size;
    uint8_t piece[64];
    for (size_t left = heap->item_size; left > 0;) {
        size_t size = left < sizeof(piece) ? left : sizeof(piece);
        memcpy(piece, first, size);
        memcpy(first, second, size);
        memcpy(second, piece, size);
        first += size;
        second += size;
        left -= size;
    }
}

/* Lets the item at root sink until no child is larger. */
static void heap_sink(const struct heap *heap, size_t root, size_t count)
{
    TALLY_ASSERT(root < count);
    while (root < count / 2) {
        size_t child = 2 * root + 1;
        if (child + 1 < count && heap_compare(heap, child, child + 1) < 0) {
            child++;
        }
        if (heap_compare(heap, root, child) >= 0) {
            return;
        }
        heap_swap(heap, root, child);
        root = child;
    }
}

void sort_items(void *items, size_t count, size_t item_size, sort_compare *compare,
                const void *context)
{
    TALLY_ASSERT(items != NULL || count == 0);
    TALLY_ASSERT(item_size > 0);
    struct heap heap = {items, item_size, compare, context};
    for (size_t root = count / 2; root-- > 0;) {
        heap_sink(&heap, root, count);
    }
    for (size_t end = count; end-- > 1;) {
        heap_swap(&heap, 0, end);
        heap_sink(&heap, 0, end);
    }
}
