#include "node/verified_set.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"

struct verified_set {
    pthread_mutex_t mutex;
    uint32_t slot_count;
    struct hash slots[];
};

struct verified_set *verified_set_new(uint32_t slot_count)
{
    TALLY_ASSERT(slot_count > 0);
    /* Zeroed slots hold the hash of nothing that exists. */
    struct verified_set *set = calloc(1, sizeof *set + (size_t)slot_count * sizeof set->slots[0]);
    if (set != NULL) {
        set->slot_count = slot_count;
        pthread_mutex_init(&set->mutex, NULL);
    }
    return set;
}

void verified_set_free(struct verified_set *set)
{
    if (set != NULL) {
        pthread_mutex_destroy(&set->mutex);
        free(set);
    }
}

static struct hash *slot_of(struct verified_set *set, const struct hash *fingerprint)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < sizeof number; i++) {
        number = number << 8 | fingerprint->bytes[i];
    }
    return &set->slots[number % set->slot_count];
}

void verified_set_add(struct verified_set *set, const struct hash *fingerprint)
{
    TALLY_ASSERT(!hash_is_zero(fingerprint));
    pthread_mutex_lock(&set->mutex);
    *slot_of(set, fingerprint) = *fingerprint;
    pthread_mutex_unlock(&set->mutex);
}

bool verified_set_contains(void *context, const struct hash *fingerprint)
{
    struct verified_set *set = context;
    pthread_mutex_lock(&set->mutex);
    bool found = hash_equal(slot_of(set, fingerprint), fingerprint) && !hash_is_zero(fingerprint);
    pthread_mutex_unlock(&set->mutex);
    return found;
}
