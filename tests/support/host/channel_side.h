/*
 * channel_side.h: one end of channels over loopback, for tests: a hub, and what it told.
 *
 *     struct side *listener = side_new(1), *dialer = side_new(2);
 *     side_allow(listener, dialer);        // limits may be changed before the hub is made
 *     side_listen(listener);
 *     side_start(dialer);
 *     side_dial(dialer, listener, CHANNEL_VOTE);
 *     side_await(dialer, &dialer->up_count, 1);
 */
#ifndef TALLY_TESTS_SUPPORT_HOST_CHANNEL_SIDE_H
#define TALLY_TESTS_SUPPORT_HOST_CHANNEL_SIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/channel.h"

enum {
    PATIENCE_MS = 15000,
    CLASS_SMALL = 0,
    CLASS_LARGE = 1,
    CLASS_CLOSED = 7,
    SMALL_MAX = 1024,
    LARGE_MAX = 1 << 20,
};

/* One side: a hub, and what its callbacks told. */
struct side {
    struct channel_hub *hub;
    struct channel_config config;
    struct public_key key;
    uint16_t port;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct public_key allowed[4];
    uint32_t allowed_count;
    uint32_t roles_allowed; /* bits */
    bool echo;
    bool busy;                /* answers "not now" */
    _Atomic uint64_t channel; /* the newest that came up */
    struct channel_peer peer;
    _Atomic uint32_t up_count;
    _Atomic uint32_t down_count;
    _Atomic enum channel_end down_reason;
    _Atomic uint32_t refused_count;
    _Atomic enum channel_end refused_reason;
    _Atomic uint32_t message_count;
    _Atomic uint64_t message_number; /* first 8 bytes of the newest message */
    _Atomic size_t message_size;
    _Atomic bool disordered;
};

/* The chain of all sides. */
struct hash side_chain_id(void);
/* The key pair of side `number`. */
void side_key_make(uint8_t number, struct public_key *public_key, struct secret_key *secret_key);

/* A side with test limits; its hub is made by side_start. */
struct side *side_new(uint8_t number);
void side_free(struct side *side);
/* From its start on it takes messages instead of only reading them. */
void side_takes(struct side *side);
/* Lets the peer's key in; at most four. */
void side_allow(struct side *side, const struct side *peer);
/* Makes the hub; side_listen also listens, on a port of the system's choice. */
void side_start(struct side *side);
void side_listen(struct side *side);
void side_dial(struct side *side, const struct side *listener, enum channel_role role);
/* Waits until `*counter` is at least `goal`. */
void side_await(struct side *side, const _Atomic uint32_t *counter, uint32_t goal);
/* Sends a message that begins with its number, on the newest channel. */
enum channel_status side_send(struct side *side, uint8_t message_class, uint64_t number,
                              size_t size);
/* Around what callbacks read: `busy`. Unlocking wakes who waits. */
void side_lock(struct side *side);
void side_unlock(struct side *side);

/* A listener that echoes and a dialer, connected. */
struct pair {
    struct side *listener;
    struct side *dialer;
};

/* Connects side 2 to side 1. */
struct pair pair_new(void);
void pair_free(struct pair *pair);
/* The pair still works: one more message goes there and back. */
void pair_still_works(struct pair *pair);

#endif
