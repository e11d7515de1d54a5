#include "ledger/state/deadline.h"

#include "base/assert.h"

void deadline_layout(struct deadline_heap *heap, uint32_t capacity, uint32_t index_capacity,
                     struct arena *arena)
{
    TALLY_ASSERT(capacity > 0 && capacity <= index_capacity);
    *heap = (struct deadline_heap){.capacity = capacity, .index_capacity = index_capacity};
    heap->entries = ARENA_TAKE(arena, struct deadline, capacity);
    heap->place = ARENA_TAKE(arena, uint32_t, index_capacity);
}

static bool deadline_before(const struct deadline *a, const struct deadline *b)
{
    return a->time_ms != b->time_ms ? a->time_ms < b->time_ms : a->index < b->index;
}

static void deadline_put(struct deadline_heap *heap, uint32_t place, struct deadline entry)
{
    heap->entries[place] = entry;
    heap->place[entry.index] = place + 1;
}

/* Lets `entry` rise from `place` to where its parent is earlier. */
static void deadline_rise(struct deadline_heap *heap, uint32_t place, struct deadline entry)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / 2;
        if (!deadline_before(&entry, &heap->entries[parent])) {
            break;
        }
        deadline_put(heap, place, heap->entries[parent]);
        place = parent;
    }
    deadline_put(heap, place, entry);
}

/* Lets `entry` sink from `place` to where its children are later. */
static void deadline_sink(struct deadline_heap *heap, uint32_t place, struct deadline entry)
{
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count &&
            deadline_before(&heap->entries[child + 1], &heap->entries[child])) {
            child++;
        }
        if (!deadline_before(&heap->entries[child], &entry)) {
            break;
        }
        deadline_put(heap, place, heap->entries[child]);
        place = child;
    }
    deadline_put(heap, place, entry);
}

void deadline_push(struct deadline_heap *heap, uint64_t time_ms, uint32_t index)
{
    TALLY_ASSERT(index < heap->index_capacity);
    TALLY_ASSERT(heap->place[index] == 0);
    TALLY_ASSERT(heap->count < heap->capacity);
    heap->count++;
    deadline_rise(heap, heap->count - 1, (struct deadline){time_ms, index});
}

bool deadline_first(const struct deadline_heap *heap, struct deadline *out)
{
    if (heap->count == 0) {
        return false;
    }
    *out = heap->entries[0];
    return true;
}

void deadline_remove(struct deadline_heap *heap, uint32_t index)
{
    TALLY_ASSERT(index < heap->index_capacity);
    if (heap->place[index] == 0) {
        return;
    }
    uint32_t place = heap->place[index] - 1;
    TALLY_ASSERT(heap->entries[place].index == index);
    struct deadline last = heap->entries[heap->count - 1];
    heap->place[index] = 0;
    heap->count--;
    if (last.index == index) {
        return;
    }
    if (place > 0 && deadline_before(&last, &heap->entries[(place - 1) / 2])) {
        deadline_rise(heap, place, last);
    } else {
        deadline_sink(heap, place, last);
    }
}
