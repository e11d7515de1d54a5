#include "netsim/engine/room.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum {
    CAPACITY_MIN = 64
};

void *room_for(void *items, uint32_t *capacity, uint64_t index, size_t item_size)
{
    if (index < *capacity) {
        return items;
    }
    uint64_t larger = *capacity == 0 ? CAPACITY_MIN : *capacity;
    while (larger <= index) {
        larger *= 2;
    }
    TALLY_ASSERT(larger <= UINT32_MAX);
    items = realloc(items, (size_t)larger * item_size);
    TALLY_ASSERT(items != NULL);
    memset((uint8_t *)items + *capacity * item_size, 0, ((size_t)larger - *capacity) * item_size);
    *capacity = (uint32_t)larger;
    return items;
}
