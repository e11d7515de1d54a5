#include "node/held_readings.h"

#include <stdlib.h>
#include <string.h>

void held_readings_init(struct held_readings *held)
{
    *held = (struct held_readings){.round = 0};
    pthread_mutex_init(&held->mutex, NULL);
}

void held_readings_free(struct held_readings *held)
{
    for (uint32_t i = 0; i < held->count; i++) {
        free(held->readings[i]);
    }
    pthread_mutex_destroy(&held->mutex);
}

uint64_t held_readings_round(struct held_readings *held)
{
    pthread_mutex_lock(&held->mutex);
    uint64_t round = held->round;
    pthread_mutex_unlock(&held->mutex);
    return round;
}

enum held_result held_readings_put(struct held_readings *held, uint64_t round,
                                   struct reading *reading)
{
    enum held_result result = HELD_OK;
    pthread_mutex_lock(&held->mutex);
    TALLY_ASSERT(round <= held->round);
    if (round != held->round) {
        result = HELD_LATE;
    } else if (held->count == HELD_READINGS_MAX) {
        result = HELD_FULL;
    } else {
        held->readings[held->count] = reading;
        held->count++;
    }
    pthread_mutex_unlock(&held->mutex);
    return result;
}

uint32_t held_readings_take(struct held_readings *held, struct reading *out[HELD_READINGS_MAX])
{
    pthread_mutex_lock(&held->mutex);
    uint32_t count = held->count;
    memcpy(out, held->readings, count * sizeof *out);
    held->count = 0;
    held->round++;
    pthread_mutex_unlock(&held->mutex);
    return count;
}
