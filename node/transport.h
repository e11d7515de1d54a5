/*
 * node/transport.h - who is connected, and how bytes reach them
 *
 * Problem. Consensus says "to validator 3, urgent" or "to all, bulk". The hub (host/channel.h)
 * knows channels that come and go. Clients arrive on the same port.
 *
 * Rule. Every pair of validators has two channels, one for votes and one for bulk data, both used
 * in both directions; of the two, the one with the smaller index dials. A message for a peer whose
 * channel is down or full is dropped and counted: consensus repeats what matters. Who may connect:
 * a channel key that the genesis gives to a validator, or one for which the owner of this transport
 * says that it belongs to a party.
 *
 *     node 1 of 4:  dials 2 and 3, is dialed by 0
 *
 * Message classes on the wire: 0 request and reply on a client's channel, 2 consensus messages, 3
 * bulk. All functions may be called from any thread; the callbacks run on the channels' threads.
 */
#ifndef TALLY_NODE_TRANSPORT_H
#define TALLY_NODE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/genesis.h"
#include "crypto/sign.h"
#include "host/channel.h"
#include "node/config.h"

enum transport_class {
    TRANSPORT_VOTE = 0,
    TRANSPORT_BULK = 1
};
#define TRANSPORT_CLASSES 2u

/* What the owner is told; NULL is not allowed. Callbacks copy or take and return. */
struct transport_callbacks {
    void *context;
    /* A message of validator `from`, in memory from malloc: taken, or with false: not now, offer it
     * again. */
    bool (*message)(void *context, uint16_t from, enum transport_class class, uint8_t *data,
                    size_t size);
    /* May the holder of this channel key talk to us as a client? */
    bool (*client_allowed)(void *context, const struct public_key *key);
    /* A request of a client. False: not now, offer it again. */
    bool (*client_message)(void *context, uint64_t channel, const struct public_key *key,
                           const uint8_t *data, size_t size);
};

struct transport_config {
    const struct genesis *genesis; /* borrowed */
    uint16_t self;                 /* index of the own validator */
    const char *listen_address;    /* host:port */
    const struct config *config;   /* borrowed; peers' addresses other than the genesis says */
    const struct secret_key *channel_key;
    uint32_t bulk_size_max;    /* largest bulk message */
    uint32_t client_count_max; /* connections of clients; validators' have room beside them */
    struct transport_callbacks callbacks;
};

struct transport_peer {
    bool connected; /* both channels are up */
    uint64_t silent_ms;
    uint64_t up_count;
    uint64_t dropped_count;
};

struct transport;

/* Makes the hub; nothing is connected yet. On CHANNEL_OK *transport is the caller's. */
enum channel_status transport_new(const struct transport_config *config,
                                  struct transport **transport) __attribute__((warn_unused_result));

/* Starts to listen and to dial. `port` receives the port listened on. */
enum channel_status transport_start(struct transport *transport, uint16_t *port)
    __attribute__((warn_unused_result));

/* Ends all channels and waits for their threads. Afterwards no callback comes. */
void transport_stop(struct transport *transport);
void transport_free(struct transport *transport);

/* To one validator. Copies; drops what cannot be queued. pre: to != self. */
void transport_send(struct transport *transport, uint16_t to, enum transport_class class,
                    const void *data, size_t size);
/* To all validators but this one; copied and framed once. */
void transport_send_all(struct transport *transport, enum transport_class class, const void *data,
                        size_t size);

/* To a client's channel; false when it is gone or does not read. */
bool transport_reply(struct transport *transport, uint64_t channel, const void *data, size_t size);
/* Ends a client's channel. */
void transport_close(struct transport *transport, uint64_t channel);

/* A copy of what is known of a peer's channels. From any thread. */
void transport_peer_read(struct transport *transport, uint16_t peer, struct transport_peer *out);
/* How many validators are connected, this one included. */
uint16_t transport_connected_count(struct transport *transport);

#endif
