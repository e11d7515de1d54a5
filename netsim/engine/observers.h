/*
 * netsim/engine/observers.h - the observers of one simulation, as the engine's parts tell them
 */
#ifndef TALLY_NETSIM_ENGINE_OBSERVERS_H
#define TALLY_NETSIM_ENGINE_OBSERVERS_H

#include "netsim/engine/observer.h"

enum {
    OBSERVERS_MAX = 8
};

struct observers {
    struct simulation_observer items[OBSERVERS_MAX];
    uint32_t count;
    uint64_t within_us; /* since the begin of the turn that is telling */
};

/* Calls one function of all observers that have it. */
#define OBSERVERS_TELL(observers, function, ...)                                      \
    do {                                                                              \
        for (uint32_t observer_ = 0; observer_ < (observers)->count; observer_++) {   \
            const struct simulation_observer *told_ = &(observers)->items[observer_]; \
            if (told_->function != NULL) {                                            \
                told_->function(told_->context, __VA_ARGS__);                         \
            }                                                                         \
        }                                                                             \
    } while (0)

/* Whether anybody wants this function called. */
#define OBSERVERS_WANT(observers, function, wanted)                                  \
    do {                                                                             \
        *(wanted) = false;                                                           \
        for (uint32_t observer_ = 0; observer_ < (observers)->count; observer_++) {  \
            *(wanted) = *(wanted) || (observers)->items[observer_].function != NULL; \
        }                                                                            \
    } while (0)

#endif
