#include "node/replica/admission.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/map.h"
#include "ledger/command/envelope.h"
#include "node/replica/payload.h"

struct waiting_entry {
    uint64_t ticket;
    uint64_t valid_until_ms;
};

struct admission {
    struct admission_config config;
    bool stopped;

    /* Accepted envelopes in payload form, oldest first, at waiting[head .. tail). */
    uint8_t *waiting;
    uint32_t head;
    uint32_t tail;
    uint64_t oldest_ms;

    /* What is known about each, in the same order, in a ring; and room to hand the tickets out. */
    struct waiting_entry *entries;
    uint32_t entry_first;
    uint32_t waiting_count;
    struct admission_release *releases;

    /* A ring of the identifiers accepted last, and where each lies in it. */
    struct hash *remembered;
    struct map remembered_index;
    uint32_t remembered_next;
    uint32_t remembered_count;
};

static bool config_valid(const struct admission_config *config)
{
    return config->envelope_bytes_max > 0 && config->waiting_count_max > 0 &&
           config->remembered_count_max >= config->waiting_count_max &&
           config->batch_bytes_max >= PAYLOAD_PREFIX_BYTES &&
           config->batch_bytes_max - PAYLOAD_PREFIX_BYTES >= config->envelope_bytes_max &&
           config->waiting_bytes_max >= config->batch_bytes_max;
}

static bool remembered_equal(const void *context, uint32_t value, const void *key)
{
    const struct admission *admission = context;
    return hash_equal(&admission->remembered[value], key);
}

static struct admission *layout(const struct admission_config *config, struct arena *arena)
{
    struct admission *admission = ARENA_TAKE(arena, struct admission, 1);
    uint8_t *waiting = ARENA_TAKE_UNSET(arena, uint8_t, config->waiting_bytes_max);
    struct waiting_entry *entries =
        ARENA_TAKE(arena, struct waiting_entry, config->waiting_count_max);
    struct admission_release *releases =
        ARENA_TAKE(arena, struct admission_release, config->waiting_count_max);
    struct hash *remembered = ARENA_TAKE(arena, struct hash, config->remembered_count_max);
    struct map scratch;
    struct map *index = admission != NULL ? &admission->remembered_index : &scratch;
    map_init(index, config->remembered_count_max, remembered_equal, admission, arena);
    if (admission != NULL) {
        admission->config = *config;
        admission->waiting = waiting;
        admission->entries = entries;
        admission->releases = releases;
        admission->remembered = remembered;
    }
    return admission;
}

size_t admission_footprint(const struct admission_config *config)
{
    TALLY_ASSERT(config != NULL);
    if (!config_valid(config)) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, NULL, 0);
    (void)layout(config, &arena);
    return arena.used;
}

struct admission *admission_new(const struct admission_config *config, struct arena *arena)
{
    TALLY_ASSERT(config_valid(config));
    struct admission *admission = layout(config, arena);
    TALLY_ASSERT(admission != NULL);
    return admission;
}

static uint64_t remembered_hash(const struct admission *admission, const struct hash *id)
{
    return map_hash(admission->config.hash_seed, id->bytes, sizeof id->bytes);
}

static bool remembers(const struct admission *admission, const struct hash *id)
{
    return map_find(&admission->remembered_index, remembered_hash(admission, id), id) != MAP_NONE;
}

/* Its place in the ring stays empty until its turn comes. pre: remembered. */
static void forget(struct admission *admission, const struct hash *id)
{
    struct hash copy = *id;
    uint64_t hash = remembered_hash(admission, &copy);
    uint32_t slot = map_find(&admission->remembered_index, hash, &copy);
    TALLY_ASSERT(slot != MAP_NONE);
    bool removed = map_remove(&admission->remembered_index, hash, &copy);
    TALLY_ASSERT(removed);
    admission->remembered[slot] = (struct hash){{0}};
}

static void remember(struct admission *admission, const struct hash *id)
{
    uint32_t slot = admission->remembered_next;
    if (admission->remembered_count == admission->config.remembered_count_max) {
        struct hash oldest = admission->remembered[slot];
        if (!hash_is_zero(&oldest)) {
            forget(admission, &oldest);
        }
    } else {
        admission->remembered_count++;
    }
    admission->remembered[slot] = *id;
    bool inserted = map_insert(&admission->remembered_index, remembered_hash(admission, id), slot);
    TALLY_ASSERT(inserted);
    admission->remembered_next = (slot + 1) % admission->config.remembered_count_max;
}

/* Makes room for `size` bytes behind the waiting ones; false when there is none. */
static bool waiting_make_room(struct admission *admission, uint32_t size)
{
    uint32_t held = admission->tail - admission->head;
    if (size > admission->config.waiting_bytes_max - held) {
        return false;
    }
    if (held == 0) {
        admission->head = 0; /* the memory that was written last is in a cache */
        admission->tail = 0;
    }
    if (size > admission->config.waiting_bytes_max - admission->tail) {
        memmove(admission->waiting, admission->waiting + admission->head, held);
        admission->head = 0;
        admission->tail = held;
    }
    TALLY_ASSERT(size <= admission->config.waiting_bytes_max - admission->tail);
    return true;
}

static void entry_push(struct admission *admission, uint64_t ticket, uint64_t valid_until_ms)
{
    uint32_t capacity = admission->config.waiting_count_max;
    TALLY_ASSERT(admission->waiting_count < capacity);
    admission->entries[(admission->entry_first + admission->waiting_count) % capacity] =
        (struct waiting_entry){.ticket = ticket, .valid_until_ms = valid_until_ms};
    admission->waiting_count++;
}

static void entry_drop(struct admission *admission)
{
    TALLY_ASSERT(admission->waiting_count > 0);
    admission->entry_first = (admission->entry_first + 1) % admission->config.waiting_count_max;
    admission->waiting_count--;
}

static enum admission_answer time_check(const struct admission *admission, uint64_t valid_until_ms,
                                        uint64_t utc_ms)
{
    if (valid_until_ms <= utc_ms) {
        return ADMISSION_EXPIRED;
    }
    if (valid_until_ms - utc_ms > admission->config.validity_ahead_ms) {
        return ADMISSION_TOO_FAR_AHEAD;
    }
    return ADMISSION_ACCEPTED;
}

static enum admission_answer check(const struct admission *admission,
                                   const struct admission_envelope *envelope, uint64_t utc_ms,
                                   struct envelope *decoded)
{
    if (admission->stopped) {
        return ADMISSION_STOPPED;
    }
    if (envelope->size > admission->config.envelope_bytes_max) {
        return ADMISSION_TOO_LARGE;
    }
    if (envelope_decode(decoded, envelope->bytes, envelope->size) != ENVELOPE_OK) {
        return ADMISSION_MALFORMED;
    }
    if (!hash_equal(&decoded->chain_id, &admission->config.chain_id)) {
        return ADMISSION_MISADDRESSED;
    }
    enum admission_answer answer = time_check(admission, decoded->valid_until_ms, utc_ms);
    if (answer != ADMISSION_ACCEPTED) {
        return answer;
    }
    return envelope->signature_valid ? ADMISSION_ACCEPTED : ADMISSION_SIGNATURE;
}

enum admission_answer admission_submit(struct admission *admission,
                                       const struct admission_envelope *envelope, uint64_t now_ms,
                                       uint64_t utc_ms)
{
    TALLY_ASSERT(admission != NULL && envelope != NULL);
    TALLY_ASSERT(envelope->bytes != NULL || envelope->size == 0);
    struct envelope decoded;
    enum admission_answer answer = check(admission, envelope, utc_ms, &decoded);
    if (answer != ADMISSION_ACCEPTED) {
        return answer;
    }
    bool known = remembers(admission, &decoded.id);
    if (known && !envelope->again) {
        return ADMISSION_HELD;
    }
    uint32_t need = envelope->size + PAYLOAD_PREFIX_BYTES;
    if (admission->waiting_count == admission->config.waiting_count_max ||
        !waiting_make_room(admission, need)) {
        if (known) {
            forget(admission, &decoded.id); /* its client may try again */
        }
        return ADMISSION_BUSY;
    }
    struct bytes_writer writer;
    bytes_writer_init(&writer, admission->waiting + admission->tail, need);
    payload_append(&writer, envelope->bytes, envelope->size);
    TALLY_ASSERT(!writer.failed && writer.size == need);
    if (admission->waiting_count == 0) {
        admission->oldest_ms = now_ms;
    }
    admission->tail += need;
    entry_push(admission, envelope->ticket, decoded.valid_until_ms);
    if (!known) {
        remember(admission, &decoded.id);
    }
    return ADMISSION_ACCEPTED;
}

bool admission_full(const struct admission *admission)
{
    return admission->tail - admission->head >= admission->config.batch_bytes_max;
}

uint64_t admission_due_ms(const struct admission *admission, uint64_t gather_ms)
{
    if (admission->waiting_count == 0) {
        return UINT64_MAX;
    }
    if (admission_full(admission)) {
        return 0;
    }
    const uint64_t most_ms = admission->config.batch_age_ms;
    return admission->oldest_ms + (gather_ms < most_ms ? gather_ms : most_ms);
}

void admission_pack(struct admission *admission, uint64_t now_ms, uint64_t utc_ms,
                    struct admission_batch *batch)
{
    uint32_t start = admission->head;
    uint32_t packed = 0;
    uint32_t taken = 0;
    struct bytes_reader reader;
    struct payload_item item;
    *batch = (struct admission_batch){.payload = admission->waiting + start,
                                      .releases = admission->releases};
    payload_reader_init(&reader, admission->waiting + start, admission->tail - start);
    while (payload_next(&reader, &item)) {
        uint32_t size = item.size + PAYLOAD_PREFIX_BYTES;
        const struct waiting_entry *entry = &admission->entries[admission->entry_first];
        bool expired = entry->valid_until_ms <= utc_ms;
        if (!expired && size > admission->config.batch_bytes_max - packed) {
            break;
        }
        uint8_t *place = admission->waiting + start + packed;
        if (!expired && place != item.bytes - PAYLOAD_PREFIX_BYTES) {
            /* Closes the gap that an expired envelope before it has left. */
            memmove(place, item.bytes - PAYLOAD_PREFIX_BYTES, size);
        }
        packed += expired ? 0 : size;
        admission->releases[batch->release_count++] = (struct admission_release){
            .ticket = entry->ticket, .answer = expired ? ADMISSION_EXPIRED : ADMISSION_ACCEPTED};
        entry_drop(admission);
        taken = (uint32_t)reader.offset;
    }
    TALLY_ASSERT(!reader.failed);
    TALLY_ASSERT(packed <= taken);
    admission->head = start + taken;
    TALLY_ASSERT((admission->waiting_count == 0) == (admission->head == admission->tail));
    /* What is left waited because this batch was full; it is due again after the usual time at
     * the latest. */
    admission->oldest_ms = now_ms;
    batch->size = packed;
}

void admission_stop(struct admission *admission)
{
    admission->stopped = true;
}

void admission_start(struct admission *admission)
{
    admission->stopped = false;
}

uint32_t admission_waiting_count(const struct admission *admission)
{
    return admission->waiting_count;
}

const char *admission_answer_text(enum admission_answer answer)
{
    switch (answer) {
#define X(name, number, text, hint) \
    case ADMISSION_##name:          \
        return text;
        ADMISSION_ANSWERS(X)
#undef X
    }
    return "an answer unknown to this version";
}

const char *admission_answer_hint(enum admission_answer answer)
{
    switch (answer) {
#define X(name, number, text, hint) \
    case ADMISSION_##name:          \
        return hint;
        ADMISSION_ANSWERS(X)
#undef X
    }
    return "use the client of this node's version";
}
