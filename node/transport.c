#include "node/transport.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"
#include "client/reply.h"
#include "client/request.h"
#include "client/session.h"
#include "host/clock.h"
#include "host/secret_memory.h"
#include "node/log.h"

/* Message classes on the wire, one per transport class. */
static const uint8_t wire_class[TRANSPORT_CLASSES] = {2, 3};

enum {
    CONNECTIONS_PER_VALIDATOR = 4, /* vote and bulk, each once more while it is replaced */
    CLIENT_IDENTITY = 0x10000,     /* above every validator's index */
    VOTE_SIZE_MAX = 8u << 20,      /* a proposal carries certificates and a list of digests */
};

struct peer {
    uint64_t channels[TRANSPORT_CLASSES];
    uint64_t heard_ms;
    uint64_t up_count;
    uint64_t dropped_count;
};

struct transport {
    struct transport_config config;
    struct channel_hub *hub;
    pthread_mutex_t mutex; /* guards peers */
    struct peer peers[GENESIS_VALIDATORS_MAX];
};

static bool class_of_role(uint8_t role, enum transport_class *class)
{
    if (role == CHANNEL_VOTE || role == CHANNEL_BULK) {
        *class = role == CHANNEL_VOTE ? TRANSPORT_VOTE : TRANSPORT_BULK;
        return true;
    }
    return false;
}

static const char *class_name(enum transport_class class)
{
    return class == TRANSPORT_VOTE ? "vote" : "bulk";
}

static bool identify(void *context, const struct public_key *key, uint32_t *identity)
{
    struct transport *transport = context;
    int32_t validator = genesis_validator_by_channel(transport->config.genesis, key);
    if (validator >= 0) {
        *identity = (uint32_t)validator;
        return *identity != transport->config.self;
    }
    *identity = CLIENT_IDENTITY;
    return transport->config.callbacks.client_allowed(transport->config.callbacks.context, key);
}

static bool admit(void *context, const struct channel_peer *peer, uint8_t role)
{
    struct transport *transport = context;
    if (role == CHANNEL_CLIENT) {
        return peer->identity == CLIENT_IDENTITY;
    }
    enum transport_class class;
    return class_of_role(role, &class) && peer->identity < transport->config.self;
}

static void up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    struct transport *transport = context;
    enum transport_class class;
    if (peer->identity >= transport->config.genesis->validator_count ||
        !class_of_role(peer->role, &class)) {
        return;
    }
    pthread_mutex_lock(&transport->mutex);
    struct peer *state = &transport->peers[peer->identity];
    state->channels[class] = channel;
    state->heard_ms = clock_monotonic_ms();
    state->up_count += class == TRANSPORT_VOTE ? 1 : 0;
    pthread_mutex_unlock(&transport->mutex);
    LOG(LOG_INFO, "peer up", log_u64("validator", peer->identity),
        log_text("class", class_name(class)), log_text("address", peer->address));
}

static void down(void *context, uint64_t channel, const struct channel_peer *peer,
                 enum channel_end reason)
{
    struct transport *transport = context;
    enum transport_class class;
    if (peer->identity >= transport->config.genesis->validator_count ||
        !class_of_role(peer->role, &class)) {
        return;
    }
    pthread_mutex_lock(&transport->mutex);
    uint64_t *known = &transport->peers[peer->identity].channels[class];
    if (*known == channel) {
        *known = CHANNEL_NONE; /* a newer channel may have taken its place already */
    }
    pthread_mutex_unlock(&transport->mutex);
    LOG(LOG_INFO, "peer down", log_u64("validator", peer->identity),
        log_text("class", class_name(class)), log_text("reason", channel_end_text(reason)));
}

static void refused(void *context, const struct channel_peer *peer, enum channel_end reason)
{
    (void)context;
    LOG(LOG_DEBUG, "connection refused", log_text("address", peer->address),
        log_u64("dialed", peer->dialed), log_text("reason", channel_end_text(reason)));
}

/* A message that its channel must not carry: the end of the channel. Takes it. */
static bool end_by(struct transport *transport, uint64_t channel, uint8_t *data)
{
    channel_close(transport->hub, channel);
    free(data);
    return true;
}

static bool take(void *context, uint64_t channel, const struct channel_peer *peer,
                 uint8_t message_class, uint8_t *data, size_t size)
{
    struct transport *transport = context;
    const struct transport_callbacks *callbacks = &transport->config.callbacks;
    if (peer->identity == CLIENT_IDENTITY) {
        if (message_class != SESSION_MESSAGE_CLASS) {
            return end_by(transport, channel, data);
        }
        bool heard = callbacks->client_message(callbacks->context, channel, &peer->key, data, size);
        if (heard) {
            free(data);
        }
        return heard;
    }
    enum transport_class class;
    if (!class_of_role(peer->role, &class) || message_class != wire_class[class]) {
        return end_by(transport, channel, data);
    }
    pthread_mutex_lock(&transport->mutex);
    transport->peers[peer->identity].heard_ms = clock_monotonic_ms();
    pthread_mutex_unlock(&transport->mutex);
    return callbacks->message(callbacks->context, (uint16_t)peer->identity, class, data, size);
}

static void limits_make(const struct transport_config *config, struct channel_limits *limits)
{
    channel_limits_default(limits);
    for (unsigned i = 0; i < CHANNEL_CLASSES; i++) {
        limits->message_size_max[i] = 0;
    }
    uint32_t client_max = REQUEST_BYTES_MAX > REPLY_BYTES_MAX ? REQUEST_BYTES_MAX : REPLY_BYTES_MAX;
    limits->message_size_max[SESSION_MESSAGE_CLASS] = client_max;
    limits->message_size_max[wire_class[TRANSPORT_VOTE]] = VOTE_SIZE_MAX;
    limits->message_size_max[wire_class[TRANSPORT_BULK]] = config->bulk_size_max;
    /* Room for several of the largest, so that one does not drop what comes behind it. */
    limits->send_bytes_max = (size_t)config->bulk_size_max * 4 + VOTE_SIZE_MAX;
    limits->guest_count_max = config->client_count_max;
    limits->connection_count_max = config->client_count_max + 2 * limits->half_open_count_max +
                                   CONNECTIONS_PER_VALIDATOR * config->genesis->validator_count;
    limits->handshake_burst = config->config->handshakes_per_second;
    limits->handshake_interval_ms = 1000u / config->config->handshakes_per_second;
}

enum channel_status transport_new(const struct transport_config *config,
                                  struct transport **transport)
{
    TALLY_ASSERT(config->genesis->validator_count <= GENESIS_VALIDATORS_MAX);
    TALLY_ASSERT(config->self < config->genesis->validator_count);
    struct transport *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return CHANNEL_MEMORY;
    }
    made->config = *config;
    pthread_mutex_init(&made->mutex, NULL);
    struct channel_config channel = {
        .chain_id = config->genesis->chain_id,
        .key = *config->channel_key,
        .callbacks = {.context = made,
                      .identify = identify,
                      .admit = admit,
                      .up = up,
                      .take = take,
                      .down = down,
                      .refused = refused},
    };
    limits_make(config, &channel.limits);
    enum channel_status status = channel_hub_new(&channel, &made->hub);
    secret_memory_wipe(&channel.key, sizeof channel.key);
    made->config.channel_key = NULL;
    if (status != CHANNEL_OK) {
        transport_free(made);
        return status;
    }
    *transport = made;
    return CHANNEL_OK;
}

/* Where a validator is reached: as the configuration says, else as the genesis does. */
static const char *peer_address(const struct transport *transport, uint32_t validator)
{
    const struct config *config = transport->config.config;
    for (uint32_t i = 0; i < config->peer_count; i++) {
        if (config->peers[i].validator == validator) {
            return config->peers[i].address;
        }
    }
    return transport->config.genesis->validators[validator].address;
}

enum channel_status transport_start(struct transport *transport, uint16_t *port)
{
    const struct genesis *genesis = transport->config.genesis;
    enum channel_status status =
        channel_listen(transport->hub, transport->config.listen_address, port);
    for (uint32_t i = transport->config.self + 1u;
         status == CHANNEL_OK && i < genesis->validator_count; i++) {
        const struct public_key *key = &genesis->validators[i].channel;
        const char *address = peer_address(transport, i);
        status = channel_dial(transport->hub, address, key, i, CHANNEL_VOTE);
        if (status == CHANNEL_OK) {
            status = channel_dial(transport->hub, address, key, i, CHANNEL_BULK);
        }
    }
    return status;
}

void transport_stop(struct transport *transport)
{
    channel_hub_stop(transport->hub);
}

void transport_free(struct transport *transport)
{
    if (transport != NULL) {
        channel_hub_free(transport->hub);
        pthread_mutex_destroy(&transport->mutex);
        free(transport);
    }
}

/* To the validators in `peers`, each on its channel of this class. */
static void send_each(struct transport *transport, const uint16_t *peers, size_t count,
                      enum transport_class class, const void *data, size_t size)
{
    uint64_t channels[GENESIS_VALIDATORS_MAX];
    enum channel_status statuses[GENESIS_VALIDATORS_MAX];
    TALLY_ASSERT(count <= GENESIS_VALIDATORS_MAX);
    pthread_mutex_lock(&transport->mutex);
    for (size_t i = 0; i < count; i++) {
        channels[i] = transport->peers[peers[i]].channels[class];
    }
    pthread_mutex_unlock(&transport->mutex);
    channel_send_each(transport->hub, channels, count, wire_class[class], data, size, statuses);
    for (size_t i = 0; i < count; i++) {
        if (statuses[i] != CHANNEL_OK) {
            pthread_mutex_lock(&transport->mutex);
            transport->peers[peers[i]].dropped_count++;
            pthread_mutex_unlock(&transport->mutex);
        }
    }
}

void transport_send(struct transport *transport, uint16_t to, enum transport_class class,
                    const void *data, size_t size)
{
    TALLY_ASSERT(to != transport->config.self);
    TALLY_ASSERT(to < transport->config.genesis->validator_count);
    send_each(transport, &to, 1, class, data, size);
}

void transport_send_all(struct transport *transport, enum transport_class class, const void *data,
                        size_t size)
{
    uint16_t peers[GENESIS_VALIDATORS_MAX];
    size_t count = 0;
    for (uint16_t i = 0; i < transport->config.genesis->validator_count; i++) {
        if (i != transport->config.self) {
            peers[count++] = i;
        }
    }
    send_each(transport, peers, count, class, data, size);
}

bool transport_reply(struct transport *transport, uint64_t channel, const void *data, size_t size)
{
    return channel_send(transport->hub, channel, SESSION_MESSAGE_CLASS, data, size) == CHANNEL_OK;
}

void transport_close(struct transport *transport, uint64_t channel)
{
    channel_close(transport->hub, channel);
}

void transport_peer_read(struct transport *transport, uint16_t peer, struct transport_peer *out)
{
    TALLY_ASSERT(peer < transport->config.genesis->validator_count);
    pthread_mutex_lock(&transport->mutex);
    const struct peer *state = &transport->peers[peer];
    *out = (struct transport_peer){
        .connected = state->channels[TRANSPORT_VOTE] != CHANNEL_NONE &&
                     state->channels[TRANSPORT_BULK] != CHANNEL_NONE,
        .silent_ms = state->heard_ms == 0 ? 0 : clock_monotonic_ms() - state->heard_ms,
        .up_count = state->up_count,
        .dropped_count = state->dropped_count,
    };
    pthread_mutex_unlock(&transport->mutex);
}

uint16_t transport_connected_count(struct transport *transport)
{
    uint16_t count = 1;
    for (uint16_t i = 0; i < transport->config.genesis->validator_count; i++) {
        struct transport_peer peer;
        transport_peer_read(transport, i, &peer);
        count = (uint16_t)(count + (peer.connected ? 1 : 0));
    }
    return count;
}
