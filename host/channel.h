/*
 * channel.h: authenticated, encrypted message connections, between nodes and from clients to
 * nodes.
 *
 * TLS 1.3 with raw Ed25519 public keys on both sides (RFC 8446, RFC 7250): a peer's identity is its
 * key, and there is no certificate to expire. No older version, no session tickets, no early data.
 * The bytes travel over TCP streams of nng; GnuTLS is fed from memory buffers.
 *
 * A connection's life, seen from both ends:
 *
 *   dialer                                    listener
 *   TCP connect                          -->  per-address rate and connection cap, else closed
 *   TLS: checks that the listener's key  <->  TLS: asks its owner who the dialer's key is;
 *        is the one it was told to dial           unknown: handshake fails
 *   HELLO (version, chain, role)         -->  judges version, chain, role, caps
 *   judges version and chain             <--  HELLO (and answer); then UP, or closed
 *   UP
 *   messages                             <->  messages
 *
 * A dialer counts a connection as up only after the listener's HELLO: with TLS 1.3 its own
 * handshake ends, and bytes can leave, before the listener has refused it. For the same reason an
 * older channel is replaced only when the new one is up: somebody who merely connects cannot cut
 * off a working peer.
 *
 * Messages and frames. A message has a class (0 to CHANNEL_CLASSES - 1, its meaning is the owners')
 * and a size bound per class. It travels in frames of at most 64 KiB, so a large one never makes a
 * reader allocate before the bound was checked:
 *
 *   offset  size  field
 *   0       4     size of this frame's payload, 1..CHANNEL_FRAME_PAYLOAD_MAX      (little-endian)
 *   4       4     size of the whole message, the same in each of its frames
 *   8       1     kind: 1 HELLO, 2 PING, 3 message
 *   9       1     class of a message, else 0
 *   10      2     zero
 *   12      ...   payload; the frames of one message follow each other without a gap
 *
 * The HELLO payload, 44 bytes: "TALLY-C1", version u16, role u8, answer u8 (dialer: 0), chain id.
 *
 * Defence. Whoever sends garbage, half a handshake, an oversized frame, or bytes one at a time
 * harms nobody but its own connection: each session has its own thread, its own bounded buffers and
 * its own deadlines (handshake, message in progress, idle, stalled writer).
 *
 * Shares. Guests (clients and observers) may hold guest_count_max channels among them, and one key
 * channel_count_per_key of these. Who is half-open is not known yet, so it cannot be counted as a
 * guest; there the oldest makes way when half_open_count_max is reached. To keep a validator out,
 * somebody would have to open that many connections within one handshake of it, over and over, from
 * many addresses, while silence alone holds nothing. What connection_count_max leaves beyond the
 * two, half-open ones twice since those that make way take a moment to end, is for validators. With
 * n of them, two channels each, and as many again for old ones that are being replaced:
 *
 *   connection_count_max >= guest_count_max + 2 half_open_count_max + 4n
 *
 * Delay. Votes are small and follow each other. TCP would keep the second one back until the first
 * is acknowledged, which the other side puts off by up to 40 ms (RFC 896, RFC 1122 4.2.3.2). So
 * every connection has that turned off (TCP_NODELAY); a message is one write already.
 *
 * Priorities. Kernel buffers defeat overtaking within one connection, so a pair of validators
 * keeps one per role: CHANNEL_VOTE and CHANNEL_BULK.
 *
 * Threads. The hub's functions may be called from any thread, callbacks included, except
 * channel_hub_stop and channel_hub_free, which must not be called from a callback. Callbacks run on
 * the session's own thread, for one channel never two at a time; they copy or take and return, and
 * must not wait for another thread that may be calling channel_hub_stop.
 */
#ifndef TALLY_HOST_CHANNEL_H
#define TALLY_HOST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

#define CHANNEL_PROTOCOL_VERSION  1u
#define CHANNEL_CLASSES           8u
#define CHANNEL_HELLO_SIZE        44u
#define CHANNEL_FRAME_SIZE_MAX    65536u
#define CHANNEL_FRAME_HEADER_SIZE 12u
#define CHANNEL_FRAME_PAYLOAD_MAX (CHANNEL_FRAME_SIZE_MAX - CHANNEL_FRAME_HEADER_SIZE)
#define CHANNEL_ADDRESS_SIZE      64u
#define CHANNEL_NONE              UINT64_C(0)

/* What a connection is for. Numbered on the wire. */
enum channel_role {
    CHANNEL_VOTE = 1,     /* between validators: proposals, votes, certificates, status */
    CHANNEL_BULK = 2,     /* between validators: batches, ranges of blocks, snapshots */
    CHANNEL_CLIENT = 3,   /* client to node */
    CHANNEL_OBSERVER = 4, /* a node that follows without a vote */
};
#define CHANNEL_ROLES 5u

/* The listener's answer in its HELLO; the numbers are on the wire. */
enum channel_answer {
    CHANNEL_ACCEPTED = 1,
    CHANNEL_WRONG_VERSION = 2,
    CHANNEL_WRONG_CHAIN = 3,
    CHANNEL_WRONG_ROLE = 4,
    CHANNEL_BUSY = 5,
};

/* clang-format off */
#define CHANNEL_STATUS_LIST(X)                                                                     \
    X(CHANNEL_OK, "ok", "")                                                                        \
    X(CHANNEL_FULL, "the send queue is full", "the peer reads too slowly; sent again later")       \
    X(CHANNEL_GONE, "no such channel any more", "it ended; wait for the next one")                 \
    X(CHANNEL_ADDRESS, "the address is not valid or not ours",                                     \
      "use host:port, for example 127.0.0.1:7100")                                                 \
    X(CHANNEL_IN_USE, "the address is in use", "choose another port or stop the other program")    \
    X(CHANNEL_KEY, "the key cannot be used for TLS", "check the channel key file")                 \
    X(CHANNEL_LIMIT, "a limit of this hub is reached", "raise the limit in the configuration")     \
    X(CHANNEL_MEMORY, "out of memory", "")                                                         \
    X(CHANNEL_TOO_LARGE, "larger than its message class allows", "")                               \
    X(CHANNEL_SYSTEM, "the network layer failed", "look at the system log")

/* Why a channel ended, or never came up. */
#define CHANNEL_END_LIST(X)                                                                        \
    X(CHANNEL_END_CLOSED, "closed by us", "")                                                      \
    X(CHANNEL_END_REPLACED, "replaced by a newer connection", "")                                  \
    X(CHANNEL_END_PEER, "closed by the peer", "")                                                  \
    X(CHANNEL_END_REFUSED, "could not connect", "is the peer running, the address right?")         \
    X(CHANNEL_END_HANDSHAKE, "the TLS handshake failed",                                           \
      "do both sides speak TLS 1.3 with raw keys?")                                                \
    X(CHANNEL_END_KEY, "a channel key is not allowed",                                             \
      "is it registered, and the address the right one?")                                          \
    X(CHANNEL_END_HELLO, "the peer's first frame was not a HELLO", "is it a Tally node?")          \
    X(CHANNEL_END_VERSION, "the peer speaks another protocol version", "upgrade the older side")   \
    X(CHANNEL_END_CHAIN, "the peer belongs to another ledger", "compare the genesis files")        \
    X(CHANNEL_END_ROLE, "the key may not connect in this role", "check how the key is registered") \
    X(CHANNEL_END_FRAME, "a malformed or oversized frame", "the peer misbehaves")                  \
    X(CHANNEL_END_TIMEOUT, "too slow or silent", "check the network")                              \
    X(CHANNEL_END_LIMIT, "too many connections", "try later")                                      \
    X(CHANNEL_END_NETWORK, "the connection broke", "check the network")
/* clang-format on */

STATUS_DECLARE(channel_status, CHANNEL_STATUS_LIST);
STATUS_DECLARE(channel_end, CHANNEL_END_LIST);

/* Who is at the other end. */
struct channel_peer {
    struct public_key key; /* proved in the handshake */
    uint32_t identity;     /* what `identify` returned, or what channel_dial was given */
    uint8_t role;          /* enum channel_role; on a listener 0 until its HELLO came */
    bool dialed;           /* true: we dialed; false: it came to our listener */
    char address[CHANNEL_ADDRESS_SIZE]; /* numeric, for logs */
};

/*
 * What the owner is asked and told. `context` is passed as given. All pointers are borrowed for the
 * call, but for the message that `take` takes. A hub that only dials may leave identify and admit
 * NULL; `refused` is optional.
 */
struct channel_callbacks {
    void *context;
    /* Listener, in the handshake: is this key allowed, and as whom? Sets *identity. */
    bool (*identify)(void *context, const struct public_key *key, uint32_t *identity);
    /* Listener, at HELLO: may this peer have this role? */
    bool (*admit)(void *context, const struct channel_peer *peer, uint8_t role);
    /* The channel works from now on and may be sent to. */
    void (*up)(void *context, uint64_t channel, const struct channel_peer *peer);
    /*
     * A whole message. Returns false for "not now": reading stops, and the same message is offered
     * again every few milliseconds, while sending goes on.
     */
    bool (*message)(void *context, uint64_t channel, const struct channel_peer *peer,
                    uint8_t message_class, const uint8_t *data, size_t size);
    /*
     * Instead of `message`, for an owner that keeps what it hears: with true `data` is the owner's,
     * to be given back with free(). One of the two is NULL.
     */
    bool (*take)(void *context, uint64_t channel, const struct channel_peer *peer,
                 uint8_t message_class, uint8_t *data, size_t size);
    /* It is over. Comes once for each `up`, after the last message. */
    void (*down)(void *context, uint64_t channel, const struct channel_peer *peer,
                 enum channel_end reason);
    /* An attempt that never came up; for counters and rate-limited logs. */
    void (*refused)(void *context, const struct channel_peer *peer, enum channel_end reason);
};

struct channel_limits {
    uint32_t message_size_max[CHANNEL_CLASSES]; /* 0: class not accepted */
    size_t send_bytes_max;          /* queued per channel; at least the largest message */
    uint32_t connection_count_max;  /* accepted sessions at once, half-open ones included */
    uint32_t half_open_count_max;   /* accepted, not yet up; beyond it the oldest makes way */
    uint32_t guest_count_max;       /* channels of role CLIENT or OBSERVER that are up */
    uint32_t channel_count_per_key; /* of these, per key */
    uint32_t handshake_burst;       /* per address: this many at once ... */
    uint32_t handshake_interval_ms; /* ... and one more each interval */
    uint32_t handshake_timeout_ms;  /* connect, TLS and HELLO together */
    uint32_t message_timeout_ms;    /* from a message's first byte to its last */
    uint32_t idle_timeout_ms;       /* nothing received; a PING goes out at a third of it */
    uint32_t stall_timeout_ms;      /* the peer does not take what we write */
    uint32_t reconnect_min_ms;      /* first pause of a dialer; doubles, with jitter */
    uint32_t reconnect_max_ms;
};

/* Limits fit for a network of up to 128 validators on one machine or across a continent. */
void channel_limits_default(struct channel_limits *limits);

struct channel_config {
    struct hash chain_id;
    struct secret_key key; /* GnuTLS keeps a copy until the hub is freed; wipe your own */
    struct channel_limits limits;
    struct channel_callbacks callbacks;
};

struct channel_counters {
    uint64_t accepted;      /* TCP connections */
    uint64_t rate_limited;  /* closed by the per-address rate */
    uint64_t refused_limit; /* closed by a cap */
    uint64_t refused_key;   /* unknown key */
    uint64_t failed;        /* handshakes that failed otherwise */
    uint64_t up;            /* channels that came up, both directions */
    uint64_t replaced;      /* ended by a newer one of the same key and role */
    uint64_t messages_in, messages_out;
    uint64_t bytes_in, bytes_out; /* payload bytes */
};

struct channel_hub;

/*
 * Makes a hub: everything that shares one key and one set of callbacks. Copies the configuration.
 * CHANNEL_KEY, CHANNEL_MEMORY; CHANNEL_LIMIT when a limit is 0 or the shares leave nothing over. On
 * CHANNEL_OK *hub is owned by the caller.
 */
TALLY_MUST_CHECK enum channel_status channel_hub_new(const struct channel_config *config,
                                                     struct channel_hub **hub);

/* Stops listening and dialing, ends every channel, waits for all threads. `down` is called for
 * those that were up. Afterwards sends answer CHANNEL_GONE. Idempotent. */
void channel_hub_stop(struct channel_hub *hub);

/* Stops and frees. Accepts NULL. */
void channel_hub_free(struct channel_hub *hub);

/*
 * Listens on "host:port" (IPv4, [IPv6] or name). Port 0 lets the system choose; *port says
 * which it is (`port` may be NULL). May be called several times.
 */
TALLY_MUST_CHECK enum channel_status channel_listen(struct channel_hub *hub, const char *address,
                                                    uint16_t *port);

/*
 * Keeps one connection to `address` for ever: dials, redials with back-off and jitter; after an
 * attempt that failed at once when another channel with the holder of `key` comes up, since then it
 * is back. The listener must prove `key`; `identity` comes back in `peer`. Returns at once.
 */
TALLY_MUST_CHECK enum channel_status channel_dial(struct channel_hub *hub, const char *address,
                                                  const struct public_key *key, uint32_t identity,
                                                  enum channel_role role);

/*
 * Queues a copy of a message; order within a channel is kept. CHANNEL_OK does not mean that it
 * arrives: the protocol above repeats what matters. CHANNEL_FULL, CHANNEL_GONE, CHANNEL_TOO_LARGE,
 * CHANNEL_MEMORY.
 */
TALLY_MUST_CHECK enum channel_status channel_send(struct channel_hub *hub, uint64_t channel,
                                                  uint8_t message_class, const void *data,
                                                  size_t size);

/*
 * The same message to several channels, copied and framed once for all of them. statuses[i] is what
 * channel_send would have answered for channels[i].
 */
void channel_send_each(struct channel_hub *hub, const uint64_t *channels, size_t channel_count,
                       uint8_t message_class, const void *data, size_t size,
                       enum channel_status *statuses);

/* Ends a channel; a dialer then dials again. Nothing happens if it is gone already. */
void channel_close(struct channel_hub *hub, uint64_t channel);

/* A snapshot of the counters since the hub was made. */
void channel_counters_read(struct channel_hub *hub, struct channel_counters *counters);

#endif
