/* The price of a message on a channel: two hubs of this process talk TLS over loopback. Processor
 * time of both sides, threads and system calls included, divided by two messages' ends. */
#include <semaphore.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/hash.h"
#include "host/channel.h"
#include "netsim/lab/calibrate.h"

enum {
    ROUNDS = 5,
    SMALL = 200,
    LARGE = 32 << 10,
    SMALL_COUNT = 4000,
    LARGE_COUNT = 1000,
    WINDOW = 4, /* messages under way: a turn sends one or two to each peer */
    PATIENCE = 10000,
    PATIENCE_S = 5,
};

struct end {
    struct channel_hub *hub;
    struct public_key key;
    struct public_key other;
    _Atomic uint64_t channel;
    sem_t received;
};

static bool on_identify(void *context, const struct public_key *key, uint32_t *identity)
{
    const struct end *end = context;
    *identity = 0;
    return public_key_equal(&end->other, key);
}

static bool on_admit(void *context, const struct channel_peer *peer, uint8_t role)
{
    (void)context;
    (void)peer;
    return role == CHANNEL_VOTE;
}

static void on_up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    struct end *end = context;
    (void)peer;
    end->channel = channel;
}

static bool on_message(void *context, uint64_t channel, const struct channel_peer *peer,
                       uint8_t message_class, const uint8_t *data, size_t size)
{
    struct end *end = context;
    (void)channel;
    (void)peer;
    (void)message_class;
    (void)data;
    (void)size;
    return sem_post(&end->received) == 0;
}

static void on_down(void *context, uint64_t channel, const struct channel_peer *peer,
                    enum channel_end reason)
{
    (void)context;
    (void)channel;
    (void)peer;
    (void)reason;
}

static void nap(void)
{
    const struct timespec time = {.tv_nsec = 200000};
    (void)nanosleep(&time, NULL);
}

/* Real keys: in this program crypto/sign may be the stand-in, which TLS does not take. */
static void keys_make(struct end *end, struct secret_key *secret_key)
{
    _Static_assert(sizeof end->key.bytes == crypto_sign_PUBLICKEYBYTES, "Ed25519");
    _Static_assert(sizeof secret_key->bytes == crypto_sign_SECRETKEYBYTES, "Ed25519");
    (void)crypto_sign_keypair(end->key.bytes, secret_key->bytes);
}

static bool hub_make(struct end *end, const struct secret_key *secret_key)
{
    struct channel_config config = {.key = *secret_key,
                                    .callbacks = {.context = end,
                                                  .identify = on_identify,
                                                  .admit = on_admit,
                                                  .up = on_up,
                                                  .message = on_message,
                                                  .down = on_down}};
    channel_limits_default(&config.limits);
    hash_compute(&config.chain_id, HASH_GENESIS, "calibrate", 9);
    config.limits.message_size_max[0] = LARGE;
    config.limits.send_bytes_max = (size_t)4 * WINDOW * LARGE;
    return channel_hub_new(&config, &end->hub) == CHANNEL_OK;
}

static bool connect_ends(struct end ends[2])
{
    struct secret_key keys[2];
    char address[32];
    uint16_t port;
    for (int i = 0; i < 2; i++) {
        keys_make(&ends[i], &keys[i]);
        if (sem_init(&ends[i].received, 0, 0) != 0) {
            return false;
        }
    }
    for (int i = 0; i < 2; i++) {
        ends[i].other = ends[1 - i].key;
        if (!hub_make(&ends[i], &keys[i])) {
            return false;
        }
    }
    if (channel_listen(ends[0].hub, "127.0.0.1:0", &port) != CHANNEL_OK) {
        return false;
    }
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", port);
    if (channel_dial(ends[1].hub, address, &ends[0].key, 0, CHANNEL_VOTE) != CHANNEL_OK) {
        return false;
    }
    for (int i = 0; i < PATIENCE && (ends[0].channel == 0 || ends[1].channel == 0); i++) {
        nap();
    }
    return ends[0].channel != 0 && ends[1].channel != 0;
}

/* Processor time of one message at one end; 0 when the channel broke. */
static uint64_t send_measure(struct end ends[2], size_t size, uint32_t count)
{
    static uint8_t data[LARGE];
    uint64_t ns[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begin = calibrate_cpu_ns();
        for (uint32_t sent = 0; sent < count + WINDOW; sent++) {
            struct timespec until;
            (void)clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec += PATIENCE_S;
            if (sent >= WINDOW && sem_timedwait(&ends[0].received, &until) != 0) {
                return 0;
            }
            if (sent < count &&
                channel_send(ends[1].hub, ends[1].channel, 0, data, size) != CHANNEL_OK) {
                return 0;
            }
        }
        ns[round] = (calibrate_cpu_ns() - begin) / (2 * (uint64_t)count);
    }
    return calibrate_median(ns, ROUNDS);
}

bool calibrate_channel(struct cost_model *costs, FILE *log)
{
    static struct end ends[2];
    (void)fputs("a TLS channel over loopback\n", log);
    bool connected = connect_ends(ends);
    uint64_t small_ns = connected ? send_measure(ends, SMALL, SMALL_COUNT) : 0;
    uint64_t large_ns = connected ? send_measure(ends, LARGE, LARGE_COUNT) : 0;
    channel_hub_free(ends[0].hub);
    channel_hub_free(ends[1].hub);
    if (small_ns == 0 || large_ns <= small_ns) {
        (void)fputs("tally-sim calibrate: the channel over loopback did not work\n", stderr);
        return false;
    }
    costs->channel_kib_ns = (large_ns - small_ns) * 1024 / (LARGE - SMALL);
    costs->channel_message_ns = small_ns - costs->channel_kib_ns * SMALL / 1024;
    costs->submit_ns = 2 * costs->channel_message_ns; /* a request in, an answer out */
    return true;
}
