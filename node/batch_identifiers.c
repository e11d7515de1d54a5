#include "node/batch_identifiers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"

/* Where the identifiers of a batch stand; `count` 0: of none. */
struct noted_batch {
    struct hash digest;
    uint64_t first; /* of all that were ever noted */
    uint32_t count;
};

struct batch_identifiers {
    pthread_mutex_t mutex;
    uint32_t capacity;
    uint64_t noted;              /* identifiers, ever */
    struct noted_batch *batches; /* a digest has one place, which the last one keeps */
    struct hash *identifiers;    /* used over and over */
};

struct batch_identifiers *batch_identifiers_new(uint32_t capacity)
{
    TALLY_ASSERT(capacity > 0);
    struct batch_identifiers *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return NULL;
    }
    set->capacity = capacity;
    set->batches = calloc(capacity, sizeof *set->batches);
    set->identifiers = calloc(capacity, sizeof *set->identifiers);
    pthread_mutex_init(&set->mutex, NULL);
    if (set->batches == NULL || set->identifiers == NULL) {
        batch_identifiers_free(set);
        return NULL;
    }
    return set;
}

void batch_identifiers_free(struct batch_identifiers *set)
{
    if (set != NULL) {
        pthread_mutex_destroy(&set->mutex);
        free(set->batches);
        free(set->identifiers);
        free(set);
    }
}

static struct noted_batch *batch_of(struct batch_identifiers *set, const struct hash *digest)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < sizeof number; i++) {
        number = number << 8 | digest->bytes[i];
    }
    return &set->batches[number % set->capacity];
}

void batch_identifiers_add(struct batch_identifiers *set, const struct hash *digest,
                           const struct hash *identifiers, uint32_t count)
{
    if (count == 0 || count > set->capacity) {
        return;
    }
    pthread_mutex_lock(&set->mutex);
    *batch_of(set, digest) =
        (struct noted_batch){.digest = *digest, .first = set->noted, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        set->identifiers[set->noted % set->capacity] = identifiers[i];
        set->noted++;
    }
    pthread_mutex_unlock(&set->mutex);
}

enum payload_result batch_identifiers_check(struct batch_identifiers *set,
                                            const struct payload_rules *rules,
                                            const struct hash *digest, const void *payload,
                                            size_t size)
{
    uint32_t count = 0;
    struct hash *identifiers = NULL;
    if (set != NULL && payload_count(payload, size, &count) && count <= set->capacity) {
        identifiers = malloc(count * sizeof *identifiers);
    }
    enum payload_result result = payload_check_identify(rules, payload, size, identifiers);
    if (result == PAYLOAD_VALID && identifiers != NULL) {
        batch_identifiers_add(set, digest, identifiers, count);
    }
    free(identifiers);
    return result;
}

bool batch_identifiers_get(struct batch_identifiers *set, const struct hash *digest,
                           struct hash *out, uint32_t count)
{
    pthread_mutex_lock(&set->mutex);
    const struct noted_batch *batch = batch_of(set, digest);
    bool there = batch->count > 0 && batch->count == count && hash_equal(&batch->digest, digest) &&
                 set->noted - batch->first <= set->capacity;
    for (uint32_t i = 0; there && i < count; i++) {
        out[i] = set->identifiers[(batch->first + i) % set->capacity];
    }
    pthread_mutex_unlock(&set->mutex);
    return there;
}
