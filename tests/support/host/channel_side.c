#include "tests/support/host/channel_side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "host/clock.h"
#include "tests/support/cmocka.h"

/* ---- Callbacks ------------------------------------------------------------------------------ */

void side_lock(struct side *side)
{
    assert_int_equal(pthread_mutex_lock(&side->mutex), 0);
}

void side_unlock(struct side *side)
{
    assert_int_equal(pthread_cond_broadcast(&side->changed), 0);
    assert_int_equal(pthread_mutex_unlock(&side->mutex), 0);
}

static bool on_identify(void *context, const struct public_key *key, uint32_t *identity)
{
    struct side *side = context;
    bool known = false;
    side_lock(side);
    for (uint32_t i = 0; i < side->allowed_count; i++) {
        if (public_key_equal(&side->allowed[i], key)) {
            *identity = i;
            known = true;
        }
    }
    side_unlock(side);
    return known;
}

static bool on_admit(void *context, const struct channel_peer *peer, uint8_t role)
{
    (void)peer;
    const struct side *side = context;
    return (side->roles_allowed >> role & 1) != 0;
}

static void on_up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    struct side *side = context;
    side_lock(side);
    side->channel = channel;
    side->peer = *peer;
    side->up_count += 1;
    side_unlock(side);
}

static bool on_message(void *context, uint64_t channel, const struct channel_peer *peer,
                       uint8_t message_class, const uint8_t *data, size_t size)
{
    (void)peer;
    struct side *side = context;
    side_lock(side);
    bool taken = !side->busy;
    if (taken) {
        uint64_t number = size >= 8 ? bytes_get_u64(data) : 0;
        side->disordered = side->disordered || number != side->message_number + 1;
        side->message_number = number;
        side->message_size = size;
        side->message_count += 1;
    }
    bool echo = taken && side->echo;
    side_unlock(side);
    if (echo) {
        (void)(channel_send(side->hub, channel, message_class, data, size) == CHANNEL_OK);
    }
    return taken;
}

/* As on_message, for a side that keeps what it hears. */
static bool on_take(void *context, uint64_t channel, const struct channel_peer *peer,
                    uint8_t message_class, uint8_t *data, size_t size)
{
    bool taken = on_message(context, channel, peer, message_class, data, size);
    if (taken) {
        memset(data, 0xee, size); /* it is ours: nobody reads it any more */
        free(data);
    }
    return taken;
}

static void on_down(void *context, uint64_t channel, const struct channel_peer *peer,
                    enum channel_end reason)
{
    (void)channel;
    (void)peer;
    struct side *side = context;
    side_lock(side);
    side->down_count += 1;
    side->down_reason = reason;
    side_unlock(side);
}

static void on_refused(void *context, const struct channel_peer *peer, enum channel_end reason)
{
    (void)peer;
    struct side *side = context;
    side_lock(side);
    side->refused_count += 1;
    side->refused_reason = reason;
    side_unlock(side);
}

/* ---- Sides ---------------------------------------------------------------------------------- */

struct hash side_chain_id(void)
{
    struct hash chain_id;
    hash_compute(&chain_id, HASH_GENESIS, "chain", 5);
    return chain_id;
}

void side_key_make(uint8_t number, struct public_key *public_key, struct secret_key *secret_key)
{
    uint8_t seed[SIGN_SEED_SIZE];
    memset(seed, number, sizeof(seed));
    sign_key_from_seed(seed, public_key, secret_key);
}

struct side *side_new(uint8_t number)
{
    struct side *side = calloc(1, sizeof(*side));
    assert_non_null(side);
    side_key_make(number, &side->key, &side->config.key);
    assert_int_equal(pthread_mutex_init(&side->mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&side->changed, NULL), 0);
    side->roles_allowed = 1u << CHANNEL_VOTE | 1u << CHANNEL_BULK | 1u << CHANNEL_CLIENT;
    side->config.chain_id = side_chain_id();
    channel_limits_default(&side->config.limits);
    memset(side->config.limits.message_size_max, 0, sizeof(side->config.limits.message_size_max));
    side->config.limits.message_size_max[CLASS_SMALL] = SMALL_MAX;
    side->config.limits.message_size_max[CLASS_LARGE] = LARGE_MAX;
    side->config.limits.send_bytes_max = 4u << 20;
    side->config.limits.reconnect_min_ms = 10;
    side->config.limits.reconnect_max_ms = 50;
    side->config.callbacks = (struct channel_callbacks){.context = side,
                                                        .identify = on_identify,
                                                        .admit = on_admit,
                                                        .up = on_up,
                                                        .message = on_message,
                                                        .down = on_down,
                                                        .refused = on_refused};
    return side;
}

void side_start(struct side *side)
{
    assert_int_equal(channel_hub_new(&side->config, &side->hub), CHANNEL_OK);
}

void side_listen(struct side *side)
{
    side_start(side);
    assert_int_equal(channel_listen(side->hub, "127.0.0.1:0", &side->port), CHANNEL_OK);
    assert_int_not_equal(side->port, 0);
}

void side_takes(struct side *side)
{
    side->config.callbacks.message = NULL;
    side->config.callbacks.take = on_take;
}

void side_allow(struct side *side, const struct side *peer)
{
    side->allowed[side->allowed_count++] = peer->key;
}

void side_dial(struct side *side, const struct side *listener, enum channel_role role)
{
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", listener->port);
    assert_int_equal(channel_dial(side->hub, address, &listener->key, 77, role), CHANNEL_OK);
}

void side_free(struct side *side)
{
    channel_hub_free(side->hub);
    (void)pthread_cond_destroy(&side->changed);
    (void)pthread_mutex_destroy(&side->mutex);
    free(side);
}

void side_await(struct side *side, const _Atomic uint32_t *counter, uint32_t goal)
{
    uint64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    side_lock(side);
    while (*counter < goal && clock_monotonic_ms() < deadline_ms) {
        struct timespec until;
        assert_int_equal(clock_gettime(CLOCK_REALTIME, &until), 0);
        until.tv_sec += 1;
        (void)pthread_cond_timedwait(&side->changed, &side->mutex, &until);
    }
    uint32_t reached = *counter;
    side_unlock(side);
    assert_true(reached >= goal);
}

enum channel_status side_send(struct side *side, uint8_t message_class, uint64_t number,
                              size_t size)
{
    uint8_t *data = malloc(size);
    assert_non_null(data);
    for (size_t i = 8; i < size; i++) {
        data[i] = (uint8_t)(number + i);
    }
    bytes_put_u64(data, number);
    side_lock(side);
    uint64_t channel = side->channel;
    side_unlock(side);
    enum channel_status status = channel_send(side->hub, channel, message_class, data, size);
    free(data);
    return status;
}

struct pair pair_new(void)
{
    struct pair pair = {side_new(1), side_new(2)};
    pair.listener->echo = true;
    side_allow(pair.listener, pair.dialer);
    side_listen(pair.listener);
    side_start(pair.dialer);
    side_dial(pair.dialer, pair.listener, CHANNEL_VOTE);
    side_await(pair.dialer, &pair.dialer->up_count, 1);
    side_await(pair.listener, &pair.listener->up_count, 1);
    return pair;
}

void pair_free(struct pair *pair)
{
    side_free(pair->dialer);
    side_free(pair->listener);
}

void pair_still_works(struct pair *pair)
{
    uint32_t before = pair->dialer->message_count;
    uint64_t next = pair->dialer->message_number + 1;
    assert_int_equal(side_send(pair->dialer, CLASS_SMALL, next, 100), CHANNEL_OK);
    side_await(pair->dialer, &pair->dialer->message_count, before + 1);
    assert_false(pair->dialer->disordered);
    assert_int_equal(pair->dialer->down_count, 0);
    assert_int_equal(pair->listener->down_count, 0);
}
