/* The transport to a real node: one channel of host/channel.h, whose callbacks hand messages to the
 * waiting command. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "host/channel.h"
#include "host/clock.h"

#define WAITING_MESSAGES_MAX 8u

struct message {
    uint8_t *data;
    size_t size;
};

struct channel_link {
    struct channel_hub *hub;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t channel; /* CHANNEL_NONE until up */
    bool gone;        /* was up, or will never be */
    enum channel_end reason;
    struct message waiting[WAITING_MESSAGES_MAX];
    unsigned waiting_count;
};

static void on_up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    struct channel_link *link = context;

    (void)peer;
    (void)pthread_mutex_lock(&link->lock);
    if (link->channel == CHANNEL_NONE && !link->gone) {
        link->channel = channel;
    }
    (void)pthread_cond_signal(&link->changed);
    (void)pthread_mutex_unlock(&link->lock);
}

static bool on_message(void *context, uint64_t channel, const struct channel_peer *peer,
                       uint8_t message_class, const uint8_t *data, size_t size)
{
    struct channel_link *link = context;
    bool taken = false;

    (void)channel;
    (void)peer;
    (void)message_class;
    (void)pthread_mutex_lock(&link->lock);
    /* a larger one is no reply: dropping it leaves the command to its time-out */
    if (size > REPLY_BYTES_MAX) {
        taken = true;
    } else if (link->waiting_count < WAITING_MESSAGES_MAX) {
        struct message *message = &link->waiting[link->waiting_count];
        message->data = malloc(size > 0 ? size : 1);
        if (message->data != NULL) {
            memcpy(message->data, data, size);
            message->size = size;
            link->waiting_count++;
            taken = true;
        }
    }
    (void)pthread_cond_signal(&link->changed);
    (void)pthread_mutex_unlock(&link->lock);
    return taken;
}

/* A connection that ended is not silently replaced: the command must notice and decide. */
static void on_down(void *context, uint64_t channel, const struct channel_peer *peer,
                    enum channel_end reason)
{
    struct channel_link *link = context;

    (void)peer;
    (void)pthread_mutex_lock(&link->lock);
    if (link->channel == channel) {
        link->gone = true;
        link->reason = reason;
    }
    (void)pthread_cond_signal(&link->changed);
    (void)pthread_mutex_unlock(&link->lock);
}

static void on_refused(void *context, const struct channel_peer *peer, enum channel_end reason)
{
    struct channel_link *link = context;

    (void)peer;
    (void)pthread_mutex_lock(&link->lock);
    if (link->channel == CHANNEL_NONE) {
        link->gone = true;
        link->reason = reason;
    }
    (void)pthread_cond_signal(&link->changed);
    (void)pthread_mutex_unlock(&link->lock);
}

static enum node_transfer channel_link_send(void *context, const void *data, size_t size)
{
    struct channel_link *link = context;
    enum channel_status status =
        channel_send(link->hub, link->channel, SESSION_MESSAGE_CLASS, data, size);

    return status == CHANNEL_OK ? NODE_TRANSFERRED : NODE_GONE;
}

static enum node_transfer channel_link_receive(void *context, void *out, size_t *size,
                                               unsigned timeout_ms)
{
    struct channel_link *link = context;
    struct timespec deadline = clock_deadline(timeout_ms);
    enum node_transfer transfer = NODE_TIMED_OUT;
    int waited = 0;

    (void)pthread_mutex_lock(&link->lock);
    while (link->waiting_count == 0 && !link->gone && waited == 0) {
        waited = pthread_cond_timedwait(&link->changed, &link->lock, &deadline);
    }
    if (link->waiting_count > 0) {
        struct message message = link->waiting[0];
        memcpy(out, message.data, message.size);
        *size = message.size;
        free(message.data);
        link->waiting_count--;
        memmove(link->waiting, link->waiting + 1, link->waiting_count * sizeof link->waiting[0]);
        transfer = NODE_TRANSFERRED;
    } else if (link->gone) {
        transfer = NODE_GONE;
    }
    (void)pthread_mutex_unlock(&link->lock);
    return transfer;
}

static void channel_link_close(void *context)
{
    struct channel_link *link = context;

    channel_hub_free(link->hub);
    for (unsigned i = 0; i < link->waiting_count; i++) {
        free(link->waiting[i].data);
    }
    (void)pthread_cond_destroy(&link->changed);
    (void)pthread_mutex_destroy(&link->lock);
    free(link);
}

static const struct node_transport channel_transport = {
    .send = channel_link_send,
    .receive = channel_link_receive,
    .close = channel_link_close,
};

static struct channel_link *channel_link_new(void)
{
    struct channel_link *link = calloc(1, sizeof *link);

    TALLY_ASSERT(link != NULL);
    (void)pthread_mutex_init(&link->lock, NULL);
    clock_condition_init(&link->changed);
    return link;
}

/* Waits until the channel is up, or will not come up. */
static bool channel_link_await(struct channel_link *link, unsigned timeout_ms)
{
    struct timespec deadline = clock_deadline(timeout_ms);
    int waited = 0;
    bool up;

    (void)pthread_mutex_lock(&link->lock);
    while (link->channel == CHANNEL_NONE && !link->gone && waited == 0) {
        waited = pthread_cond_timedwait(&link->changed, &link->lock, &deadline);
    }
    up = link->channel != CHANNEL_NONE && !link->gone;
    if (!up && !link->gone) {
        link->reason = CHANNEL_END_TIMEOUT;
    }
    (void)pthread_mutex_unlock(&link->lock);
    return up;
}

/* Which class of failure it is when a connection does not come up for this reason. */
static enum exit_code refusal_code(enum channel_end reason)
{
    switch (reason) {
    case CHANNEL_END_KEY:
    case CHANNEL_END_ROLE:
    case CHANNEL_END_CHAIN:
        return EXIT_KEY;
    default:
        return EXIT_NODE_DOWN;
    }
}

enum exit_code node_open_channel(struct cli *cli, unsigned validator, struct node **out)
{
    const struct genesis_validator *target = &cli->genesis->validators[validator];
    struct channel_link *link = channel_link_new();
    struct channel_config config = {
        .chain_id = cli->genesis->chain_id,
        .key = *cli->channel,
        .callbacks = {.context = link,
                      .up = on_up,
                      .message = on_message,
                      .down = on_down,
                      .refused = on_refused},
    };
    enum channel_status status;
    char name[CLIENT_BIC_SIZE + GENESIS_ADDRESS_SIZE + 16];

    TALLY_ASSERT(validator < cli->genesis->validator_count);
    (void)snprintf(name, sizeof name, "node %u (%s)", validator, target->address);
    channel_limits_default(&config.limits);
    memset(config.limits.message_size_max, 0, sizeof config.limits.message_size_max);
    config.limits.message_size_max[SESSION_MESSAGE_CLASS] = REQUEST_BYTES_MAX;
    config.limits.send_bytes_max = 2u * REQUEST_BYTES_MAX;
    config.limits.handshake_timeout_ms = cli->timeout_ms;
    status = channel_hub_new(&config, &link->hub);
    sign_key_wipe(&config.key);
    if (status == CHANNEL_OK) {
        status =
            channel_dial(link->hub, target->address, &target->channel, validator, CHANNEL_CLIENT);
    }
    if (status != CHANNEL_OK) {
        channel_link_close(link);
        return failure(EXIT_NODE_DOWN, name, channel_status_hint(status), "%s",
                       channel_status_text(status));
    }
    if (!channel_link_await(link, cli->timeout_ms)) {
        enum channel_end reason = link->reason;
        channel_link_close(link);
        return failure(refusal_code(reason), name, channel_end_hint(reason), "%s",
                       channel_end_text(reason));
    }
    *out = node_new(&channel_transport, link, validator);
    return EXIT_DONE;
}
