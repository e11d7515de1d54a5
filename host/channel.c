/*
 * channel.c: see channel.h. The hub: what all connections of one key share.
 *
 * Threads: one per listener (accepts), one per dialer (dials, then runs its session), one per
 * accepted session. Locks: the hub's mutex, and within it a session's; never the other way round,
 * and neither during a callback or a call into nng, save the one that wakes a session by cancelling
 * its receive: nng takes its own locks inside ours, and calls nobody of ours while it holds them.
 * nng's listeners and dialers are made here, at start, and freed at stop, after their threads have
 * ended.
 *
 * Not deterministic: the network, the clock, the jitter.
 */
#include "host/channel.h"

#include <arpa/inet.h>
#include <nng/nng.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/channel_admission.h"
#include "host/channel_frame.h"
#include "host/channel_session.h"
#include "host/channel_tls.h"
#include "host/clock.h"
#include "host/shared_frames.h"
#include "host/thread_name.h"

STATUS_DEFINE(channel_status, CHANNEL_STATUS_LIST)
STATUS_DEFINE(channel_end, CHANNEL_END_LIST)

enum {
    LISTENERS_MAX = 8,
    DIALERS_MAX = 1024,
    URL_SIZE = 160,
    ACCEPT_PAUSE_MS = 50,
    BACKOFF_RESET_MS = 5000, /* a channel that lived this long starts the back-off anew */
};

struct listener {
    struct channel_hub *hub;
    nng_stream_listener *stream;
    nng_aio *aio;
    pthread_t thread;
};

struct dialer {
    struct channel_hub *hub;
    nng_stream_dialer *stream;
    nng_aio *aio;
    pthread_t thread;
    struct channel_peer peer;
    /* guarded by the hub's mutex */
    struct session *session; /* while one runs */
    bool peer_came;          /* since it paused last: a channel with the peer came up */
};

/* A place in the table of channels that are up. */
struct slot {
    struct session *session; /* NULL: free */
    uint32_t generation;
};

struct accepted {
    struct channel_hub *hub;
    struct session *session;
    bool half_open;        /* neither up nor asked to make way; guarded by the hub's mutex */
    struct accepted *next; /* in the list of running sessions, newest first */
    struct accepted *previous;
};

struct channel_hub {
    struct channel_config config;
    struct tls_credentials *credentials;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    bool stopping;
    bool stopped;
    struct slot *slots;
    uint32_t slot_count;
    struct accepted *running;  /* sessions of listeners */
    uint32_t connection_count; /* accepted sessions */
    uint32_t half_open_count;  /* accepted and not up */
    uint32_t guest_count;      /* accepted, up, and of a guest */
    struct admission admission;
    struct channel_counters counters;
    struct listener *listeners[LISTENERS_MAX];
    uint32_t listener_count;
    struct dialer *dialers[DIALERS_MAX];
    uint32_t dialer_count;
};

static void hub_lock(struct channel_hub *hub)
{
    int result = pthread_mutex_lock(&hub->mutex);
    TALLY_ASSERT(result == 0);
}

static void hub_unlock(struct channel_hub *hub)
{
    int result = pthread_mutex_unlock(&hub->mutex);
    TALLY_ASSERT(result == 0);
}

void channel_limits_default(struct channel_limits *limits)
{
    *limits = (struct channel_limits){
        .send_bytes_max = (size_t)32 << 20,
        .connection_count_max = 1024,
        .half_open_count_max = 128,
        .guest_count_max = 256, /* leaves 4 for each of 128 validators */
        .channel_count_per_key = 16,
        .handshake_burst = 256,
        .handshake_interval_ms = 50,
        .handshake_timeout_ms = 10000,
        .message_timeout_ms = 60000,
        .idle_timeout_ms = 30000,
        .stall_timeout_ms = 30000,
        .reconnect_min_ms = 100,
        .reconnect_max_ms = 1000,
    };
    for (size_t i = 0; i < CHANNEL_CLASSES; i++) {
        limits->message_size_max[i] = 17u << 20;
    }
}

/* ---- The table of channels -------------------------------------------------------------- */

static uint64_t slot_id(uint32_t index, uint32_t generation)
{
    return (uint64_t)generation << 32 | (index + 1);
}

/* The session of a channel that is up, or NULL. The mutex is held. */
static struct session *hub_find(const struct channel_hub *hub, uint64_t id)
{
    uint32_t index = (uint32_t)id - 1; /* CHANNEL_NONE becomes an index beyond the end */
    if (index >= hub->slot_count || hub->slots[index].generation != (uint32_t)(id >> 32)) {
        return NULL;
    }
    return hub->slots[index].session;
}

static bool same_key_and_role(const struct session *a, const struct session *b)
{
    const struct channel_peer *first = session_peer(a);
    const struct channel_peer *second = session_peer(b);
    return !first->dialed && !second->dialed && first->role == second->role &&
           public_key_equal(&first->key, &second->key);
}

static bool is_guest(const struct session *session)
{
    const struct channel_peer *peer = session_peer(session);
    return !peer->dialed && (peer->role == CHANNEL_CLIENT || peer->role == CHANNEL_OBSERVER);
}

/* Makes room for a new channel beside those of the same key and role: ends the old one of a
 * validator, counts those of a guest. False: too many. The mutex is held. */
static bool hub_make_room(struct channel_hub *hub, const struct session *session)
{
    uint8_t role = session_peer(session)->role;
    bool exclusive = role == CHANNEL_VOTE || role == CHANNEL_BULK;
    uint32_t count = 0;
    for (uint32_t i = 0; i < hub->slot_count; i++) {
        struct session *other = hub->slots[i].session;
        if (other == NULL || !same_key_and_role(session, other)) {
            continue;
        }
        count += 1;
        if (exclusive) {
            hub->counters.replaced += 1;
            session_end(other, CHANNEL_END_REPLACED);
        }
    }
    return exclusive || count < hub->config.limits.channel_count_per_key;
}

/* Takes an accepted session from among the half-open. False: it was asked to make way. The mutex is
 * held. */
static bool hub_half_open_leave(struct channel_hub *hub, const struct session *session)
{
    struct accepted *accepted = hub->running;
    while (accepted != NULL && accepted->session != session) {
        accepted = accepted->next;
    }
    TALLY_ASSERT(accepted != NULL);
    bool was_half_open = accepted->half_open;
    accepted->half_open = false;
    return was_half_open;
}

/* Asks the oldest half-open session to make way; false when there is none. The mutex is held. */
static bool hub_half_open_evict(struct channel_hub *hub)
{
    struct accepted *oldest = NULL;
    for (struct accepted *accepted = hub->running; accepted != NULL; accepted = accepted->next) {
        oldest = accepted->half_open ? accepted : oldest;
    }
    if (oldest == NULL) {
        return false;
    }
    oldest->half_open = false;
    session_end(oldest->session, CHANNEL_END_LIMIT);
    return true;
}

/* A channel that came up shows that its peer is there: whoever did not reach it and pauses goes on
 * at once. The mutex is held. */
static void hub_peer_came(struct channel_hub *hub, const struct session *session)
{
    const struct public_key *key = &session_peer(session)->key;
    for (uint32_t i = 0; i < hub->dialer_count; i++) {
        struct dialer *dialer = hub->dialers[i];
        if (public_key_equal(&dialer->peer.key, key)) {
            dialer->peer_came = true;
            (void)pthread_cond_broadcast(&hub->changed);
        }
    }
}

enum channel_answer hub_session_up(struct channel_hub *hub, struct session *session, uint64_t *id)
{
    *id = CHANNEL_NONE;
    hub_lock(hub);
    bool guest = is_guest(session);
    bool dialed = session_peer(session)->dialed;
    bool accepted = !hub->stopping && (dialed || hub_half_open_leave(hub, session)) &&
                    !(guest && hub->guest_count >= hub->config.limits.guest_count_max) &&
                    hub_make_room(hub, session);
    for (uint32_t i = 0; accepted && i < hub->slot_count; i++) {
        if (hub->slots[i].session == NULL) {
            hub->slots[i].session = session;
            hub->slots[i].generation += 1;
            *id = slot_id(i, hub->slots[i].generation);
            break;
        }
    }
    if (*id != CHANNEL_NONE) {
        hub->counters.up += 1;
        hub->guest_count += guest ? 1 : 0;
        if (!dialed) {
            TALLY_ASSERT(hub->half_open_count > 0);
            hub->half_open_count -= 1;
        }
        hub_peer_came(hub, session);
    }
    hub_unlock(hub);
    return *id != CHANNEL_NONE ? CHANNEL_ACCEPTED : CHANNEL_BUSY;
}

void hub_session_gone(struct channel_hub *hub, uint64_t id)
{
    hub_lock(hub);
    struct session *session = hub_find(hub, id);
    TALLY_ASSERT(session != NULL);
    hub->slots[(uint32_t)id - 1].session = NULL;
    if (is_guest(session)) {
        TALLY_ASSERT(hub->guest_count > 0);
        hub->guest_count -= 1;
    }
    if (!session_peer(session)->dialed) {
        hub->half_open_count += 1; /* until its thread counts it out for good */
    }
    hub_unlock(hub);
}

void hub_count_message(struct channel_hub *hub, bool in, size_t size)
{
    hub_lock(hub);
    if (in) {
        hub->counters.messages_in += 1;
        hub->counters.bytes_in += size;
    } else {
        hub->counters.messages_out += 1;
        hub->counters.bytes_out += size;
    }
    hub_unlock(hub);
}

void channel_counters_read(struct channel_hub *hub, struct channel_counters *counters)
{
    hub_lock(hub);
    *counters = hub->counters;
    hub_unlock(hub);
}

void channel_send_each(struct channel_hub *hub, const uint64_t *channels, size_t channel_count,
                       uint8_t message_class, const void *data, size_t size,
                       enum channel_status *statuses)
{
    TALLY_ASSERT(message_class < CHANNEL_CLASSES);
    TALLY_ASSERT(data != NULL);
    bool fits = size > 0 && size <= hub->config.limits.message_size_max[message_class];
    struct shared_frames *frames = fits ? shared_frames_new(message_class, data, size) : NULL;
    hub_lock(hub);
    for (size_t i = 0; i < channel_count; i++) {
        if (frames == NULL) {
            statuses[i] = fits ? CHANNEL_MEMORY : CHANNEL_TOO_LARGE;
            continue;
        }
        struct session *session = hub_find(hub, channels[i]);
        statuses[i] = session == NULL ? CHANNEL_GONE : session_queue(session, frames);
    }
    hub_unlock(hub);
    shared_frames_drop(frames);
}

enum channel_status channel_send(struct channel_hub *hub, uint64_t channel, uint8_t message_class,
                                 const void *data, size_t size)
{
    enum channel_status status;
    channel_send_each(hub, &channel, 1, message_class, data, size, &status);
    return status;
}

void channel_close(struct channel_hub *hub, uint64_t channel)
{
    hub_lock(hub);
    struct session *session = hub_find(hub, channel);
    if (session != NULL) {
        session_end(session, CHANNEL_END_CLOSED);
    }
    hub_unlock(hub);
}

/* ---- Running a session ------------------------------------------------------------------ */

static struct session_owner hub_session_owner(struct channel_hub *hub)
{
    return (struct session_owner){.hub = hub,
                                  .limits = &hub->config.limits,
                                  .chain_id = &hub->config.chain_id,
                                  .credentials = hub->credentials,
                                  .callbacks = &hub->config.callbacks};
}

static void hub_count_refusal(struct channel_hub *hub, enum channel_end reason)
{
    hub_lock(hub);
    if (reason == CHANNEL_END_KEY) {
        hub->counters.refused_key += 1;
    } else if (reason == CHANNEL_END_LIMIT) {
        hub->counters.refused_limit += 1;
    } else {
        hub->counters.failed += 1;
    }
    hub_unlock(hub);
}

/* Tells the owner that a session is over. */
static void hub_session_report(struct channel_hub *hub, const struct channel_peer *peer,
                               uint64_t id, bool was_up, enum channel_end reason)
{
    const struct channel_callbacks *callbacks = &hub->config.callbacks;
    if (was_up) {
        callbacks->down(callbacks->context, id, peer, reason);
        return;
    }
    hub_count_refusal(hub, reason);
    if (callbacks->refused != NULL) {
        callbacks->refused(callbacks->context, peer, reason);
    }
}

/* ---- Listening -------------------------------------------------------------------------- */

static void address_text(char text[CHANNEL_ADDRESS_SIZE], const nng_sockaddr *address)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->s_family == NNG_AF_INET) {
        (void)inet_ntop(AF_INET, &address->s_in.sa_addr, host, sizeof(host));
        (void)snprintf(text, CHANNEL_ADDRESS_SIZE, "%s:%u", host, ntohs(address->s_in.sa_port));
    } else if (address->s_family == NNG_AF_INET6) {
        (void)inet_ntop(AF_INET6, address->s_in6.sa_addr, host, sizeof(host));
        (void)snprintf(text, CHANNEL_ADDRESS_SIZE, "[%s]:%u", host, ntohs(address->s_in6.sa_port));
    } else {
        (void)snprintf(text, CHANNEL_ADDRESS_SIZE, "unknown");
    }
}

/* What of an address counts for the rate: all of IPv4, the first half of IPv6. */
static void address_for_rate(uint64_t rate_address[2], const nng_sockaddr *address)
{
    rate_address[0] = 0;
    rate_address[1] = address->s_family;
    if (address->s_family == NNG_AF_INET) {
        rate_address[0] = address->s_in.sa_addr;
    } else if (address->s_family == NNG_AF_INET6) {
        memcpy(&rate_address[0], address->s_in6.sa_addr, sizeof(rate_address[0]));
    }
}

/* Whether a new connection may go on to its handshake; counts it if so. */
static bool hub_admit_connection(struct channel_hub *hub, const nng_sockaddr *address)
{
    uint64_t rate_address[2];
    address_for_rate(rate_address, address);
    const struct channel_limits *limits = &hub->config.limits;
    hub_lock(hub);
    hub->counters.accepted += 1;
    bool pass = !hub->stopping;
    if (pass && !admission_pass(&hub->admission, rate_address, clock_monotonic_ms())) {
        hub->counters.rate_limited += 1;
        pass = false;
    }
    bool full = hub->connection_count >= limits->connection_count_max ||
                hub->half_open_count / 2 >= limits->half_open_count_max;
    if (pass && (full || (hub->half_open_count >= limits->half_open_count_max &&
                          !hub_half_open_evict(hub)))) {
        hub->counters.refused_limit += 1;
        pass = false;
    }
    if (pass) {
        hub->connection_count += 1;
        hub->half_open_count += 1;
    }
    hub_unlock(hub);
    return pass;
}

static void hub_connection_ended(struct channel_hub *hub)
{
    hub_lock(hub);
    TALLY_ASSERT(hub->connection_count > 0);
    TALLY_ASSERT(hub->half_open_count > 0);
    hub->connection_count -= 1;
    hub->half_open_count -= 1;
    (void)pthread_cond_broadcast(&hub->changed);
    hub_unlock(hub);
}

static void accepted_link(struct accepted *accepted)
{
    struct channel_hub *hub = accepted->hub;
    hub_lock(hub);
    accepted->half_open = true;
    accepted->next = hub->running;
    accepted->previous = NULL;
    if (hub->running != NULL) {
        hub->running->previous = accepted;
    }
    hub->running = accepted;
    if (hub->stopping) {
        session_end(accepted->session, CHANNEL_END_CLOSED);
    }
    hub_unlock(hub);
}

static void accepted_unlink(struct accepted *accepted)
{
    struct channel_hub *hub = accepted->hub;
    hub_lock(hub);
    if (accepted->previous != NULL) {
        accepted->previous->next = accepted->next;
    } else {
        hub->running = accepted->next;
    }
    if (accepted->next != NULL) {
        accepted->next->previous = accepted->previous;
    }
    hub_unlock(hub);
}

static void *accepted_thread(void *context)
{
    thread_name_set("accepted");
    struct accepted *accepted = context;
    struct channel_hub *hub = accepted->hub;
    struct session *session = accepted->session;
    enum channel_end reason = session_run(session);
    accepted_unlink(accepted);
    hub_session_report(hub, session_peer(session), session_id(session), session_was_up(session),
                       reason);
    session_free(session);
    free(accepted);
    hub_connection_ended(hub); /* the last thing: the hub may be freed from here on */
    return NULL;
}

static bool thread_start_detached(void *(*function)(void *), void *context)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, context) != 0) {
        return false;
    }
    (void)pthread_detach(thread);
    return true;
}

/* Starts a session for a connection that was let in. */
static void hub_accept(struct channel_hub *hub, nng_stream *stream, const nng_sockaddr *address)
{
    struct channel_peer peer = {.dialed = false};
    address_text(peer.address, address);
    struct session_owner owner = hub_session_owner(hub);
    struct accepted *accepted = calloc(1, sizeof(*accepted));
    if (accepted == NULL) {
        nng_stream_free(stream);
        hub_connection_ended(hub);
        return;
    }
    accepted->hub = hub;
    accepted->session = session_new(&owner, stream, &peer);
    if (accepted->session == NULL) {
        free(accepted);
        hub_connection_ended(hub);
        return;
    }
    accepted_link(accepted);
    if (!thread_start_detached(accepted_thread, accepted)) {
        accepted_unlink(accepted);
        session_free(accepted->session);
        free(accepted);
        hub_connection_ended(hub);
    }
}

static bool hub_is_stopping(struct channel_hub *hub)
{
    hub_lock(hub);
    bool stopping = hub->stopping;
    hub_unlock(hub);
    return stopping;
}

static void *listener_thread(void *context)
{
    thread_name_set("listen");
    struct listener *listener = context;
    struct channel_hub *hub = listener->hub;
    while (!hub_is_stopping(hub)) {
        nng_stream_listener_accept(listener->stream, listener->aio);
        nng_aio_wait(listener->aio);
        int result = nng_aio_result(listener->aio);
        if (result == NNG_ECLOSED) {
            break;
        }
        if (result != 0) {
            clock_sleep_ms(ACCEPT_PAUSE_MS); /* e.g. out of descriptors: others are ending */
            continue;
        }
        nng_stream *stream = nng_aio_get_output(listener->aio, 0);
        nng_sockaddr address;
        memset(&address, 0, sizeof(address));
        if (nng_stream_get_addr(stream, NNG_OPT_REMADDR, &address) == 0 &&
            hub_admit_connection(hub, &address)) {
            hub_accept(hub, stream, &address);
        } else {
            nng_stream_free(stream);
        }
    }
    return NULL;
}

/* "host:port" -> "tcp://host:port"; false if there is no port from 0 to 65535. */
static bool url_of_address(char url[URL_SIZE], const char *address)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address || colon[1] == '\0' || strlen(colon + 1) > 5) {
        return false;
    }
    unsigned long port = 0;
    for (const char *digit = colon + 1; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9') {
            return false;
        }
        port = port * 10 + (unsigned long)(*digit - '0');
    }
    int size = snprintf(url, URL_SIZE, "tcp://%s", address);
    return port <= UINT16_MAX && size > 0 && size < URL_SIZE;
}

static enum channel_status status_of_nng(int result)
{
    switch (result) {
    case 0:
        return CHANNEL_OK;
    case NNG_EADDRINUSE:
        return CHANNEL_IN_USE;
    case NNG_EADDRINVAL:
    case NNG_EINVAL:
    case NNG_ENOTSUP:
        return CHANNEL_ADDRESS;
    case NNG_ENOMEM:
        return CHANNEL_MEMORY;
    default:
        return CHANNEL_SYSTEM;
    }
}

static void listener_free(struct listener *listener)
{
    if (listener->stream != NULL) {
        nng_stream_listener_close(listener->stream);
        nng_stream_listener_free(listener->stream);
    }
    if (listener->aio != NULL) {
        nng_aio_stop(listener->aio);
        nng_aio_free(listener->aio);
    }
    free(listener);
}

static enum channel_status listener_open(struct listener *listener, const char *url, uint16_t *port)
{
    int result = nng_stream_listener_alloc(&listener->stream, url);
    if (result == 0) {
        result = nng_stream_listener_set_bool(listener->stream, NNG_OPT_TCP_NODELAY, true);
    }
    if (result == 0) {
        result = nng_aio_alloc(&listener->aio, NULL, NULL);
    }
    if (result == 0) {
        result = nng_stream_listener_listen(listener->stream);
    }
    int bound = 0;
    if (result == 0) {
        result = nng_stream_listener_get_int(listener->stream, NNG_OPT_TCP_BOUND_PORT, &bound);
    }
    if (result == 0 && port != NULL) {
        *port = (uint16_t)bound;
    }
    return status_of_nng(result);
}

enum channel_status channel_listen(struct channel_hub *hub, const char *address, uint16_t *port)
{
    TALLY_ASSERT(hub->config.callbacks.identify != NULL);
    TALLY_ASSERT(hub->config.callbacks.admit != NULL);
    char url[URL_SIZE];
    if (!url_of_address(url, address)) {
        return CHANNEL_ADDRESS;
    }
    struct listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL) {
        return CHANNEL_MEMORY;
    }
    listener->hub = hub;
    enum channel_status status = listener_open(listener, url, port);
    hub_lock(hub);
    if (status == CHANNEL_OK && (hub->stopping || hub->listener_count == LISTENERS_MAX)) {
        status = CHANNEL_LIMIT;
    }
    if (status == CHANNEL_OK &&
        pthread_create(&listener->thread, NULL, listener_thread, listener) != 0) {
        status = CHANNEL_MEMORY;
    }
    if (status == CHANNEL_OK) {
        hub->listeners[hub->listener_count] = listener;
        hub->listener_count += 1;
    }
    hub_unlock(hub);
    if (status != CHANNEL_OK) {
        listener_free(listener);
    }
    return status;
}

/* ---- Dialing ---------------------------------------------------------------------------- */

/* Makes `session` the dialer's, so that a stop reaches it. */
static void dialer_session_set(struct dialer *dialer, struct session *session)
{
    struct channel_hub *hub = dialer->hub;
    hub_lock(hub);
    dialer->session = session;
    if (session != NULL && hub->stopping) {
        session_end(session, CHANNEL_END_CLOSED);
    }
    hub_unlock(hub);
}

/* Connects once and runs the connection to its end. Returns whether it had come up. */
static bool dialer_try(struct dialer *dialer)
{
    struct channel_hub *hub = dialer->hub;
    nng_aio_set_timeout(dialer->aio, (nng_duration)hub->config.limits.handshake_timeout_ms);
    nng_stream_dialer_dial(dialer->stream, dialer->aio);
    nng_aio_wait(dialer->aio);
    if (nng_aio_result(dialer->aio) != 0) {
        if (!hub_is_stopping(hub)) {
            hub_session_report(hub, &dialer->peer, CHANNEL_NONE, false, CHANNEL_END_REFUSED);
        }
        return false;
    }
    struct session_owner owner = hub_session_owner(hub);
    struct session *session =
        session_new(&owner, nng_aio_get_output(dialer->aio, 0), &dialer->peer);
    if (session == NULL) {
        hub_session_report(hub, &dialer->peer, CHANNEL_NONE, false, CHANNEL_END_LIMIT);
        return false;
    }
    dialer_session_set(dialer, session);
    enum channel_end reason = session_run(session);
    dialer_session_set(dialer, NULL);
    bool was_up = session_was_up(session);
    hub_session_report(hub, session_peer(session), session_id(session), was_up, reason);
    session_free(session);
    return was_up;
}

/* Waits `pause_ms`, or until the hub stops or a peer that was not reached has come. One that was
 * reached and is gone is not dialed sooner: its channels would wake each other without end. */
static void dialer_pause(struct dialer *dialer, bool was_up, uint64_t pause_ms)
{
    struct channel_hub *hub = dialer->hub;
    struct timespec deadline = clock_deadline(pause_ms);
    hub_lock(hub);
    int result = 0;
    while (!hub->stopping && (was_up || !dialer->peer_came) && result == 0) {
        result = pthread_cond_timedwait(&hub->changed, &hub->mutex, &deadline);
    }
    dialer->peer_came = false;
    hub_unlock(hub);
}

static void *dialer_thread(void *context)
{
    thread_name_set("dialed");
    struct dialer *dialer = context;
    const struct channel_limits *limits = &dialer->hub->config.limits;
    uint64_t pause_ms = limits->reconnect_min_ms;
    while (!hub_is_stopping(dialer->hub)) {
        uint64_t begun_ms = clock_monotonic_ms();
        bool was_up = dialer_try(dialer);
        if (was_up && clock_monotonic_ms() - begun_ms >= BACKOFF_RESET_MS) {
            pause_ms = limits->reconnect_min_ms;
        }
        /* Between half and all of the pause, so that dialers cut off together come back apart. */
        uint64_t half = pause_ms / 2;
        dialer_pause(dialer, was_up, half + randombytes_uniform((uint32_t)(pause_ms - half) + 1));
        pause_ms =
            2 * pause_ms < limits->reconnect_max_ms ? 2 * pause_ms : limits->reconnect_max_ms;
    }
    return NULL;
}

static void dialer_free(struct dialer *dialer)
{
    if (dialer->stream != NULL) {
        nng_stream_dialer_close(dialer->stream);
        nng_stream_dialer_free(dialer->stream);
    }
    if (dialer->aio != NULL) {
        nng_aio_stop(dialer->aio);
        nng_aio_free(dialer->aio);
    }
    free(dialer);
}

enum channel_status channel_dial(struct channel_hub *hub, const char *address,
                                 const struct public_key *key, uint32_t identity,
                                 enum channel_role role)
{
    TALLY_ASSERT(role > 0 && role < CHANNEL_ROLES);
    char url[URL_SIZE];
    if (!url_of_address(url, address)) {
        return CHANNEL_ADDRESS;
    }
    struct dialer *dialer = calloc(1, sizeof(*dialer));
    if (dialer == NULL) {
        return CHANNEL_MEMORY;
    }
    dialer->hub = hub;
    dialer->peer = (struct channel_peer){
        .key = *key, .identity = identity, .role = (uint8_t)role, .dialed = true};
    (void)snprintf(dialer->peer.address, sizeof(dialer->peer.address), "%s", address);
    int result = nng_stream_dialer_alloc(&dialer->stream, url);
    if (result == 0) {
        result = nng_stream_dialer_set_bool(dialer->stream, NNG_OPT_TCP_NODELAY, true);
    }
    if (result == 0) {
        result = nng_aio_alloc(&dialer->aio, NULL, NULL);
    }
    enum channel_status status = status_of_nng(result);
    hub_lock(hub);
    if (status == CHANNEL_OK && (hub->stopping || hub->dialer_count == DIALERS_MAX)) {
        status = CHANNEL_LIMIT;
    }
    if (status == CHANNEL_OK && pthread_create(&dialer->thread, NULL, dialer_thread, dialer) != 0) {
        status = CHANNEL_MEMORY;
    }
    if (status == CHANNEL_OK) {
        hub->dialers[hub->dialer_count] = dialer;
        hub->dialer_count += 1;
    }
    hub_unlock(hub);
    if (status != CHANNEL_OK) {
        dialer_free(dialer);
    }
    return status;
}

/* ---- Life ------------------------------------------------------------------------------- */

static bool limits_valid(const struct channel_limits *limits)
{
    uint64_t shares = (uint64_t)limits->guest_count_max + 2 * (uint64_t)limits->half_open_count_max;
    return limits->connection_count_max > shares && limits->half_open_count_max > 0 &&
           limits->handshake_burst > 0 && limits->handshake_interval_ms > 0 &&
           limits->handshake_timeout_ms > 0 && limits->message_timeout_ms > 0 &&
           limits->idle_timeout_ms >= 3 && limits->stall_timeout_ms > 0 &&
           limits->reconnect_min_ms > 0 && limits->reconnect_max_ms >= limits->reconnect_min_ms;
}

enum channel_status channel_hub_new(const struct channel_config *config, struct channel_hub **out)
{
    TALLY_ASSERT(config->callbacks.up != NULL);
    TALLY_ASSERT((config->callbacks.message == NULL) != (config->callbacks.take == NULL));
    TALLY_ASSERT(config->callbacks.down != NULL);
    *out = NULL;
    if (!limits_valid(&config->limits)) {
        return CHANNEL_LIMIT;
    }
    struct channel_hub *hub = calloc(1, sizeof(*hub));
    if (hub == NULL) {
        return CHANNEL_MEMORY;
    }
    hub->config = *config;
    sign_key_wipe(&hub->config.key); /* only the credentials need it */
    hub->slot_count = config->limits.connection_count_max + DIALERS_MAX;
    hub->slots = calloc(hub->slot_count, sizeof(*hub->slots));
    hub->credentials = tls_credentials_new(&config->key);
    if (hub->slots == NULL || hub->credentials == NULL) {
        enum channel_status status = hub->slots == NULL ? CHANNEL_MEMORY : CHANNEL_KEY;
        tls_credentials_free(hub->credentials);
        free(hub->slots);
        free(hub);
        return status;
    }
    admission_init(&hub->admission, config->limits.handshake_burst,
                   config->limits.handshake_interval_ms);
    clock_condition_init(&hub->changed);
    TALLY_ASSERT(pthread_mutex_init(&hub->mutex, NULL) == 0);
    *out = hub;
    return CHANNEL_OK;
}

void channel_hub_stop(struct channel_hub *hub)
{
    hub_lock(hub);
    bool first = !hub->stopping;
    hub->stopping = true;
    for (struct accepted *accepted = hub->running; accepted != NULL; accepted = accepted->next) {
        session_end(accepted->session, CHANNEL_END_CLOSED);
    }
    for (uint32_t i = 0; i < hub->dialer_count; i++) {
        if (hub->dialers[i]->session != NULL) {
            session_end(hub->dialers[i]->session, CHANNEL_END_CLOSED);
        }
    }
    (void)pthread_cond_broadcast(&hub->changed);
    hub_unlock(hub);
    if (!first) {
        hub_lock(hub);
        while (!hub->stopped) {
            (void)pthread_cond_wait(&hub->changed, &hub->mutex);
        }
        hub_unlock(hub);
        return;
    }
    /* `stopping` keeps the two lists as they are. Closing ends an accept or dial in progress. */
    for (uint32_t i = 0; i < hub->listener_count; i++) {
        nng_stream_listener_close(hub->listeners[i]->stream);
        (void)pthread_join(hub->listeners[i]->thread, NULL);
        listener_free(hub->listeners[i]);
    }
    for (uint32_t i = 0; i < hub->dialer_count; i++) {
        nng_stream_dialer_close(hub->dialers[i]->stream);
        (void)pthread_join(hub->dialers[i]->thread, NULL);
        dialer_free(hub->dialers[i]);
    }
    hub_lock(hub);
    while (hub->connection_count > 0) {
        (void)pthread_cond_wait(&hub->changed, &hub->mutex);
    }
    hub->listener_count = 0;
    hub->dialer_count = 0;
    hub->stopped = true;
    (void)pthread_cond_broadcast(&hub->changed);
    hub_unlock(hub);
}

void channel_hub_free(struct channel_hub *hub)
{
    if (hub == NULL) {
        return;
    }
    channel_hub_stop(hub);
    tls_credentials_free(hub->credentials);
    free(hub->slots);
    (void)pthread_cond_destroy(&hub->changed);
    (void)pthread_mutex_destroy(&hub->mutex);
    free(hub);
}
