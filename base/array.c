#include "base/array.h"

#include <string.h>

#include "base/assert.h"

void array_init(struct array *array, size_t item_size, uint32_t capacity, struct arena *arena)
{
    TALLY_ASSERT(item_size > 0);
    TALLY_ASSERT(capacity > 0);
    *array = (struct array){
        .items = arena_take(arena, item_size, capacity, ARENA_ALIGNMENT),
        .item_size = item_size,
        .capacity = capacity,
    };
}

void *array_at(const struct array *array, uint32_t index)
{
    TALLY_ASSERT(index < array->count);
    TALLY_ASSERT(array->count <= array->capacity);
    return array->items + index * array->item_size;
}

void *array_push(struct array *array)
{
    return array_insert(array, array->count);
}

void *array_insert(struct array *array, uint32_t index)
{
    TALLY_ASSERT(index <= array->count);
    TALLY_ASSERT(array->count <= array->capacity);
    if (array->count == array->capacity) {
        return NULL;
    }
    uint8_t *place = array->items + index * array->item_size;
    memmove(place + array->item_size, place, (array->count - index) * array->item_size);
    array->count++;
    return memset(place, 0, array->item_size);
}

void array_remove(struct array *array, uint32_t index)
{
    uint8_t *place = array_at(array, index);
    array->count--;
    memmove(place, place + array->item_size, (array->count - index) * array->item_size);
}

void array_remove_first(struct array *array, uint32_t item_count)
{
    TALLY_ASSERT(item_count <= array->count);
    array->count -= item_count;
    memmove(array->items, array->items + item_count * array->item_size,
            array->count * array->item_size);
}

void array_clear(struct array *array)
{
    array->count = 0;
}
