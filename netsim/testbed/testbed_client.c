#include "netsim/testbed/testbed_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"
#include "client/session.h"
#include "host/channel.h"
#include "host/clock.h"

enum {
    WAIT_STEP_US = 2000
};

struct testbed_client {
    struct channel_hub *hub;
    pthread_mutex_t mutex;
    uint64_t channel; /* CHANNEL_NONE: down */
    uint16_t member;
    testbed_replied *replied;
    void *context;
    struct reply *reply; /* of the channel's thread */
    uint8_t *bytes;      /* of the asking thread */
};

static void channel_set(struct testbed_client *client, uint64_t channel)
{
    pthread_mutex_lock(&client->mutex);
    client->channel = channel;
    pthread_mutex_unlock(&client->mutex);
}

static uint64_t channel_get(struct testbed_client *client)
{
    pthread_mutex_lock(&client->mutex);
    uint64_t channel = client->channel;
    pthread_mutex_unlock(&client->mutex);
    return channel;
}

static void on_up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    (void)peer;
    channel_set(context, channel);
}

static void on_down(void *context, uint64_t channel, const struct channel_peer *peer,
                    enum channel_end reason)
{
    (void)channel;
    (void)peer;
    (void)reason;
    channel_set(context, CHANNEL_NONE);
}

static bool on_message(void *context, uint64_t channel, const struct channel_peer *peer,
                       uint8_t message_class, const uint8_t *data, size_t size)
{
    struct testbed_client *client = context;
    (void)channel;
    (void)peer;
    (void)message_class;
    if (reply_decode(data, size, client->reply)) {
        client->replied(client->context, client->member, client->reply);
    }
    return true;
}

static bool nobody_comes(void *context, const struct public_key *key, uint32_t *identity)
{
    (void)context;
    (void)key;
    (void)identity;
    return false;
}

static bool nothing_is_admitted(void *context, const struct channel_peer *peer, uint8_t role)
{
    (void)context;
    (void)peer;
    (void)role;
    return false;
}

struct testbed_client *testbed_client_open(const struct testbed *testbed,
                                           const struct market *market, uint32_t party,
                                           uint16_t member, testbed_replied *replied, void *context)
{
    const struct genesis *genesis = testbed_genesis(testbed);
    struct testbed_client *client = calloc(1, sizeof *client);
    struct public_key public_key;
    TALLY_ASSERT(client != NULL && member < genesis->validator_count);
    client->member = member;
    client->replied = replied;
    client->context = context;
    client->reply = calloc(1, sizeof *client->reply);
    client->bytes = malloc(REQUEST_BYTES_MAX);
    TALLY_ASSERT(client->reply != NULL && client->bytes != NULL);
    pthread_mutex_init(&client->mutex, NULL);
    struct channel_config config = {
        .chain_id = genesis->chain_id,
        .callbacks = {.context = client,
                      .identify = nobody_comes,
                      .admit = nothing_is_admitted,
                      .up = on_up,
                      .message = on_message,
                      .down = on_down},
    };
    market_channel_key(market, party, &public_key, &config.key);
    channel_limits_default(&config.limits);
    config.limits.message_size_max[SESSION_MESSAGE_CLASS] = REQUEST_BYTES_MAX;
    config.limits.send_bytes_max = 2 * (size_t)REQUEST_BYTES_MAX;
    const struct genesis_validator *node = &genesis->validators[member];
    if (channel_hub_new(&config, &client->hub) != CHANNEL_OK ||
        channel_dial(client->hub, node->address, &node->channel, 0, CHANNEL_CLIENT) != CHANNEL_OK) {
        testbed_client_close(client);
        return NULL;
    }
    return client;
}

void testbed_client_close(struct testbed_client *client)
{
    if (client == NULL) {
        return;
    }
    channel_hub_free(client->hub);
    pthread_mutex_destroy(&client->mutex);
    free(client->reply);
    free(client->bytes);
    free(client);
}

bool testbed_client_wait(struct testbed_client *client, uint32_t timeout_ms)
{
    uint64_t end_ms = clock_monotonic_ms() + timeout_ms;
    while (channel_get(client) == CHANNEL_NONE && clock_monotonic_ms() < end_ms) {
        (void)usleep(WAIT_STEP_US);
    }
    return channel_get(client) != CHANNEL_NONE;
}

bool testbed_client_ask(struct testbed_client *client, const struct request *request)
{
    size_t size = request_encode(request, client->bytes, REQUEST_BYTES_MAX);
    uint64_t channel = channel_get(client);
    return size > 0 && channel != CHANNEL_NONE &&
           channel_send(client->hub, channel, SESSION_MESSAGE_CLASS, client->bytes, size) ==
               CHANNEL_OK;
}
