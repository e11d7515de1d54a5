#include "consensus/effect_list.h"

#include "base/assert.h"

void effect_list_init(struct effect_list *list, uint32_t capacity, size_t bytes_capacity,
                      size_t action_bytes_max, struct arena *arena)
{
    list->items = ARENA_TAKE_UNSET(arena, struct consensus_effect, capacity);
    list->count = 0;
    list->capacity = capacity;
    list->bytes = ARENA_TAKE_UNSET(arena, uint8_t, bytes_capacity);
    list->bytes_used = 0;
    list->bytes_capacity = bytes_capacity;
    list->action_bytes_max = action_bytes_max;
    list->seq = 0;
    list->promised_seq = 0;
    list->trace = false;
}

void effect_list_clear(struct effect_list *list)
{
    list->count = 0;
    list->bytes_used = 0;
}

bool effect_list_room(const struct effect_list *list)
{
    return list->capacity - list->count >= EFFECT_ACTION_MAX &&
           list->bytes_capacity - list->bytes_used >= list->action_bytes_max;
}

struct bytes_writer effect_write(struct effect_list *list)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, list->bytes + list->bytes_used,
                      list->bytes_capacity - list->bytes_used);
    return writer;
}

struct consensus_effect *effect_add(struct effect_list *list, enum consensus_effect_kind kind)
{
    TALLY_ASSERT(list->count < list->capacity);
    struct consensus_effect *effect = &list->items[list->count++];
    *effect = (struct consensus_effect){.kind = kind};
    return effect;
}

/* Keeps the written bytes until the next step. */
static const uint8_t *effect_keep(struct effect_list *list, const struct bytes_writer *writer)
{
    TALLY_ASSERT(bytes_writer_ok(writer));
    TALLY_ASSERT(writer->data == list->bytes + list->bytes_used);
    list->bytes_used += writer->size;
    return writer->data;
}

void effect_persist(struct effect_list *list, const struct bytes_writer *writer, bool may_wait)
{
    struct consensus_effect *effect = effect_add(list, CONSENSUS_PERSIST);
    effect->persist.seq = ++list->seq;
    effect->persist.bytes = effect_keep(list, writer);
    effect->persist.size = writer->size;
    effect->persist.may_wait = may_wait;
    if (!may_wait) {
        list->promised_seq = list->seq;
    }
}

void effect_send(struct effect_list *list, const struct bytes_writer *writer, uint16_t to,
                 enum consensus_class class, uint64_t after_seq)
{
    TALLY_ASSERT(writer->size >= 1);
    TALLY_ASSERT(after_seq <= list->seq);
    struct consensus_effect *effect = effect_add(list, CONSENSUS_SEND);
    effect->send.to = to;
    effect->send.class = class;
    effect->send.bytes = effect_keep(list, writer);
    effect->send.size = writer->size;
    effect->send.after_seq = after_seq;
}

void effect_send_again(struct effect_list *list, uint16_t to)
{
    TALLY_ASSERT(list->count >= 1);
    const struct consensus_effect *last = &list->items[list->count - 1];
    TALLY_ASSERT(last->kind == CONSENSUS_SEND);
    struct consensus_effect *effect = effect_add(list, CONSENSUS_SEND);
    effect->send = last->send;
    effect->send.to = to;
}

void effect_evidence(struct effect_list *list, const struct bytes_writer *writer)
{
    struct consensus_effect *effect = effect_add(list, CONSENSUS_EVIDENCE);
    effect->evidence.bytes = effect_keep(list, writer);
    effect->evidence.size = writer->size;
}

void effect_alarm(struct effect_list *list, enum consensus_alarm code, uint16_t peer)
{
    struct consensus_effect *effect = effect_add(list, CONSENSUS_ALARM);
    effect->alarm.code = code;
    effect->alarm.peer = peer;
}

void effect_trace(struct effect_list *list, enum consensus_trace code, uint16_t peer, uint64_t view,
                  const struct hash *hash)
{
    /* A trace may be lost, an effect may not: it takes only what is surely free. */
    if (!list->trace || list->capacity - list->count <= EFFECT_ACTION_MAX) {
        return;
    }
    struct consensus_effect *effect = effect_add(list, CONSENSUS_TRACE);
    effect->trace.code = code;
    effect->trace.peer = peer;
    effect->trace.view = view;
    if (hash != NULL) {
        effect->trace.hash = *hash;
    }
}
