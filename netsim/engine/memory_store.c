#include "netsim/engine/memory_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/prng.h"
#include "netsim/engine/packet.h"

static const char result_directory[] = "results";

enum {
    SLOTS_FIRST = 256,
    CHUNK_FILE_BYTES = 8192,
    PREFIXES = 256
};

/* The bytes of a key or of a value. */
struct text {
    uint32_t size;
    uint8_t bytes[];
};

struct entry {
    struct text *key;
    struct text *value; /* NULL: not there (any more) */
    uint64_t digest;    /* of the key */
    bool rotten;
};

/* How to take back one change that is not durable yet. */
struct undo {
    uint32_t entry;
    struct text *value; /* before */
};

struct memory_store {
    struct prng prng;
    struct disk *disk;     /* NULL: none */
    struct disk *own_disk; /* for the results of a store that lies on none */
    struct entry *entries; /* in the order in which their keys came first */
    uint32_t entry_count;
    uint32_t entry_capacity;
    uint32_t *slots; /* entry + 1 by the digest of its key; 0: free */
    uint32_t slot_count;
    uint32_t highest[PREFIXES]; /* entry + 1 with the highest key that begins with this byte */
    struct undo *undos;         /* since the last sync */
    size_t undo_count;
    size_t undo_capacity;
    size_t *pending; /* undo_count at the begin of each batch since the last sync */
    size_t pending_count;
    size_t pending_capacity;
    uint64_t writes_until_crash; /* 0: none planned */
    bool crashed;
};

static void *must(void *memory)
{
    TALLY_ASSERT(memory != NULL);
    return memory;
}

static struct text *text_new(const uint8_t *bytes, size_t size)
{
    struct text *text = must(malloc(sizeof *text + size));
    text->size = (uint32_t)size;
    if (size > 0) {
        memcpy(text->bytes, bytes, size);
    }
    return text;
}

static int compare(const struct text *a, const struct text *b)
{
    int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* ---- The table ----------------------------------------------------------------------------- */

static uint32_t *slot_of(const struct memory_store *memory, uint64_t digest, const uint8_t *key,
                         size_t size)
{
    uint32_t mask = memory->slot_count - 1;
    uint32_t place = (uint32_t)digest & mask;
    while (memory->slots[place] != 0) {
        const struct entry *entry = &memory->entries[memory->slots[place] - 1];
        if (entry->digest == digest && entry->key->size == size &&
            memcmp(entry->key->bytes, key, size) == 0) {
            break;
        }
        place = (place + 1) & mask;
    }
    return &memory->slots[place];
}

static void slots_grow(struct memory_store *memory)
{
    uint32_t count = memory->slot_count == 0 ? SLOTS_FIRST : memory->slot_count * 2;
    free(memory->slots);
    memory->slots = must(calloc(count, sizeof *memory->slots));
    memory->slot_count = count;
    for (uint32_t i = 0; i < memory->entry_count; i++) {
        const struct entry *entry = &memory->entries[i];
        *slot_of(memory, entry->digest, entry->key->bytes, entry->key->size) = i + 1;
    }
}

static struct entry *find(const struct memory_store *memory, const uint8_t *key, size_t size)
{
    if (memory->slot_count == 0) {
        return NULL;
    }
    uint32_t slot = *slot_of(memory, digest_bytes(0, key, size), key, size);
    return slot == 0 || memory->entries[slot - 1].value == NULL ? NULL : &memory->entries[slot - 1];
}

/* The entry of a key, made if there is none. */
static uint32_t entry_for(struct memory_store *memory, const uint8_t *key, size_t size)
{
    if (memory->entry_count * 2 >= memory->slot_count) {
        slots_grow(memory);
    }
    uint64_t digest = digest_bytes(0, key, size);
    uint32_t *slot = slot_of(memory, digest, key, size);
    if (*slot == 0) {
        if (memory->entry_count == memory->entry_capacity) {
            memory->entry_capacity = memory->entry_capacity * 2 + 64;
            memory->entries =
                must(realloc(memory->entries, memory->entry_capacity * sizeof *memory->entries));
        }
        memory->entries[memory->entry_count++] =
            (struct entry){.key = text_new(key, size), .digest = digest};
        *slot = memory->entry_count;
    }
    return *slot - 1;
}

static void highest_note(struct memory_store *memory, uint32_t entry)
{
    const struct text *key = memory->entries[entry].key;
    uint32_t *highest = &memory->highest[key->size == 0 ? 0 : key->bytes[0]];
    if (*highest == 0 || compare(key, memory->entries[*highest - 1].key) > 0) {
        *highest = entry + 1;
    }
}

/* ---- What is not durable ------------------------------------------------------------------- */

static void undo_add(struct memory_store *memory, uint32_t entry)
{
    if (memory->undo_count == memory->undo_capacity) {
        memory->undo_capacity = memory->undo_capacity * 2 + 64;
        memory->undos = must(realloc(memory->undos, memory->undo_capacity * sizeof *memory->undos));
    }
    memory->undos[memory->undo_count++] =
        (struct undo){.entry = entry, .value = memory->entries[entry].value};
}

static void batch_apply(struct memory_store *memory, const struct store_change *changes,
                        size_t count)
{
    if (memory->pending_count == memory->pending_capacity) {
        memory->pending_capacity = memory->pending_capacity * 2 + 16;
        memory->pending =
            must(realloc(memory->pending, memory->pending_capacity * sizeof *memory->pending));
    }
    memory->pending[memory->pending_count++] = memory->undo_count;
    for (size_t i = 0; i < count; i++) {
        uint32_t entry = entry_for(memory, changes[i].key, changes[i].key_size);
        undo_add(memory, entry);
        memory->entries[entry].value = text_new(changes[i].value, changes[i].value_size);
        memory->entries[entry].rotten = false;
        highest_note(memory, entry);
    }
}

/* Everything that is there is durable. */
static void make_durable(struct memory_store *memory)
{
    for (size_t i = 0; i < memory->undo_count; i++) {
        free(memory->undos[i].value);
    }
    memory->undo_count = 0;
    memory->pending_count = 0;
}

/* Takes back all batches but the first `kept` of those that are not durable. */
static void take_back(struct memory_store *memory, size_t kept)
{
    size_t first = kept < memory->pending_count ? memory->pending[kept] : memory->undo_count;
    for (size_t i = memory->undo_count; i > first; i--) {
        const struct undo *undo = &memory->undos[i - 1];
        free(memory->entries[undo->entry].value);
        memory->entries[undo->entry].value = undo->value;
    }
    memory->undo_count = first;
    memset(memory->highest, 0, sizeof memory->highest);
    for (uint32_t i = 0; i < memory->entry_count; i++) {
        if (memory->entries[i].value != NULL) {
            highest_note(memory, i);
        }
    }
}

/* ---- Life ---------------------------------------------------------------------------------- */

struct memory_store *memory_store_new(uint64_t seed)
{
    struct memory_store *memory = must(calloc(1, sizeof *memory));
    prng_init(&memory->prng, seed);
    memory->own_disk = must(disk_new(~seed));
    return memory;
}

void memory_store_free(struct memory_store *memory)
{
    if (memory == NULL) {
        return;
    }
    make_durable(memory);
    for (uint32_t i = 0; i < memory->entry_count; i++) {
        free(memory->entries[i].key);
        free(memory->entries[i].value);
    }
    free(memory->entries);
    free(memory->slots);
    free(memory->undos);
    free(memory->pending);
    disk_free(memory->own_disk);
    free(memory);
}

void memory_store_lies_on(struct memory_store *memory, struct disk *disk)
{
    memory->disk = disk;
}

void memory_store_plan(struct memory_store *memory, uint64_t write)
{
    memory->writes_until_crash = write;
}

void memory_store_restart(struct memory_store *memory)
{
    take_back(memory, (size_t)prng_below(&memory->prng, memory->pending_count + 1));
    make_durable(memory);
    disk_crash(memory->own_disk);
    disk_restart(memory->own_disk);
    memory->crashed = false;
    memory->writes_until_crash = 0;
}

bool memory_store_rot(struct memory_store *memory, uint64_t draw)
{
    struct disk *disk = memory->disk != NULL ? memory->disk : memory->own_disk;
    if (draw % 2 == 1 && disk_rot_within(disk, result_directory, draw / 2)) {
        return true;
    }
    for (uint32_t i = 0; i < memory->entry_count; i++) {
        struct entry *entry = &memory->entries[(draw + i) % memory->entry_count];
        if (entry->value != NULL) {
            entry->rotten = true;
            return true;
        }
    }
    return false;
}

/* ---- The operations of a store ------------------------------------------------------------- */

static bool is_crashed(const struct memory_store *memory)
{
    return memory->crashed || (memory->disk != NULL && disk_is_crashed(memory->disk));
}

static enum store_status get(void *context, const uint8_t *key, size_t key_size,
                             struct store_bytes *value)
{
    const struct memory_store *memory = context;
    if (is_crashed(memory)) {
        return STORE_IO;
    }
    const struct entry *entry = find(memory, key, key_size);
    if (entry == NULL) {
        return STORE_NOT_FOUND;
    }
    if (entry->rotten) {
        return STORE_CORRUPT;
    }
    value->size = entry->value->size;
    value->data = must(malloc(value->size + 1));
    memcpy(value->data, entry->value->bytes, value->size);
    return STORE_OK;
}

static enum store_status disk_write(struct memory_store *memory, const struct store_change *changes,
                                    size_t count, enum store_durability durability)
{
    uint64_t growth = 0;
    for (size_t i = 0; i < count; i++) {
        growth += changes[i].key_size + changes[i].value_size;
    }
    switch (disk_operate(memory->disk, growth, durability == STORE_SYNC)) {
    case FILE_OK:
        return STORE_OK;
    case FILE_FULL:
        return STORE_FULL;
    default:
        return STORE_IO;
    }
}

static enum store_status write(void *context, const struct store_change *changes,
                               size_t change_count, enum store_durability durability)
{
    struct memory_store *memory = context;
    enum store_status status = STORE_OK;
    if (is_crashed(memory)) {
        return STORE_IO;
    }
    if (memory->disk != NULL) {
        status = disk_write(memory, changes, change_count, durability);
    }
    if (memory->writes_until_crash > 0) {
        memory->writes_until_crash--;
        memory->crashed = memory->writes_until_crash == 0;
        status = memory->crashed ? STORE_IO : status;
    }
    if (status == STORE_FULL) {
        return status;
    }
    /* A write that met a crash may have reached the disk all the same. */
    batch_apply(memory, changes, change_count);
    if (status == STORE_OK && durability == STORE_SYNC) {
        make_durable(memory);
    }
    return status;
}

/* Its synced writes take every one before them along, so nothing is left to do. */
static enum store_status settle(void *context)
{
    return is_crashed(context) ? STORE_IO : STORE_OK;
}

static enum store_status last(void *context, const uint8_t *prefix, size_t prefix_size,
                              uint8_t *key, size_t key_capacity, size_t *key_size)
{
    const struct memory_store *memory = context;
    TALLY_ASSERT(prefix_size == 1);
    if (is_crashed(memory)) {
        return STORE_IO;
    }
    uint32_t highest = memory->highest[prefix[0]];
    if (highest == 0) {
        return STORE_NOT_FOUND;
    }
    const struct text *found = memory->entries[highest - 1].key;
    TALLY_ASSERT(found->size <= key_capacity);
    memcpy(key, found->bytes, found->size);
    *key_size = found->size;
    return STORE_OK;
}

/* The entry with the highest key that begins with a prefix and lies below another key (NULL: any);
 * NULL: none. */
static const struct entry *highest_below(const struct memory_store *memory, const uint8_t *prefix,
                                         size_t prefix_size, const struct text *below)
{
    const struct entry *highest = NULL;
    for (uint32_t i = 0; i < memory->entry_count; i++) {
        const struct entry *entry = &memory->entries[i];
        if (entry->value != NULL && entry->key->size >= prefix_size &&
            memcmp(entry->key->bytes, prefix, prefix_size) == 0 &&
            (below == NULL || compare(entry->key, below) < 0) &&
            (highest == NULL || compare(entry->key, highest->key) > 0)) {
            highest = entry;
        }
    }
    return highest;
}

static enum store_status each(void *context, const uint8_t *prefix, size_t prefix_size,
                              store_visit *visit, void *visitor)
{
    const struct memory_store *memory = context;
    if (is_crashed(memory)) {
        return STORE_IO;
    }
    bool more = true;
    const struct entry *entry = highest_below(memory, prefix, prefix_size, NULL);
    while (more && entry != NULL) {
        if (entry->rotten) {
            return STORE_CORRUPT;
        }
        more = visit(visitor, entry->key->bytes, entry->key->size, entry->value->bytes,
                     entry->value->size);
        entry = highest_below(memory, prefix, prefix_size, entry->key);
    }
    return STORE_OK;
}

static void close_nothing(void *context)
{
    (void)context; /* the memory outlives the store */
}

enum store_status memory_store_open(struct memory_store *memory, const struct hash *chain_id,
                                    struct store **store)
{
    static const struct store_operations operations = {
        .get = get,
        .write = write,
        .settle = settle,
        .last = last,
        .each = each,
        .close = close_nothing,
    };
    struct disk *disk = memory->disk != NULL ? memory->disk : memory->own_disk;
    /* The secret is the same in every run of a seed; small files, so that they are cleared away. */
    const struct store_files files = {.system = disk_system(disk),
                                      .directory = result_directory,
                                      .chunk_file_bytes = CHUNK_FILE_BYTES,
                                      .secret = {1}};
    return store_open_over(&operations, memory, &files, chain_id, store);
}
