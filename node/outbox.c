#include "node/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void outbox_init(struct outbox *outbox)
{
    *outbox = (struct outbox){.items = NULL};
}

void outbox_free(struct outbox *outbox)
{
    free(outbox->items);
    free(outbox->bytes);
    outbox_init(outbox);
}

/* Room for one more item; NULL when memory is short. */
static struct outbox_item *item_take(struct outbox *outbox)
{
    if (outbox->item_count == outbox->item_capacity) {
        size_t capacity = outbox->item_capacity * 2 + 16;
        struct outbox_item *items = realloc(outbox->items, capacity * sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        outbox->items = items;
        outbox->item_capacity = capacity;
    }
    struct outbox_item *item = &outbox->items[outbox->item_count];
    outbox->item_count++;
    *item = (struct outbox_item){.kind = OUTBOX_MESSAGE};
    return item;
}

static bool bytes_make_room(struct outbox *outbox, size_t size)
{
    if (size <= outbox->bytes_capacity - outbox->bytes_used) {
        return true;
    }
    size_t capacity = outbox->bytes_capacity * 2 + size;
    uint8_t *bytes = realloc(outbox->bytes, capacity);
    if (bytes == NULL) {
        return false;
    }
    outbox->bytes = bytes;
    outbox->bytes_capacity = capacity;
    return true;
}

void outbox_add_message(struct outbox *outbox, uint16_t to, enum consensus_class class,
                        const uint8_t *bytes, size_t size)
{
    TALLY_ASSERT(size > 0);
    struct outbox_item *item = bytes_make_room(outbox, size) ? item_take(outbox) : NULL;
    if (item != NULL) {
        memcpy(outbox->bytes + outbox->bytes_used, bytes, size);
        item->to = to;
        item->class = class;
        item->offset = outbox->bytes_used;
        item->size = size;
        outbox->bytes_used += size;
    }
}

void outbox_add_batch(struct outbox *outbox, uint16_t to, const struct hash *digest)
{
    struct outbox_item *item = item_take(outbox);
    if (item != NULL) {
        item->kind = OUTBOX_BATCH;
        item->to = to;
        item->digest = *digest;
    }
}

void outbox_add_answer(struct outbox *outbox, const struct admission_release *release)
{
    struct outbox_item *item = item_take(outbox);
    if (item != NULL) {
        item->kind = OUTBOX_ANSWER;
        item->release = *release;
    }
}

const uint8_t *outbox_bytes(const struct outbox *outbox, const struct outbox_item *item)
{
    TALLY_ASSERT(item->kind == OUTBOX_MESSAGE);
    TALLY_ASSERT(item->offset + item->size <= outbox->bytes_used);
    return outbox->bytes + item->offset;
}

void outbox_clear(struct outbox *outbox)
{
    outbox->item_count = 0;
    outbox->bytes_used = 0;
}
