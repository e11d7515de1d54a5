/*
 * channel_session.c: see channel_session.h.
 *
 * Not deterministic: everything from the network and the clock. All of it is judged here before it
 * reaches the owner: key (TLS), HELLO, frame bounds, time.
 */
#include "host/channel_session.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "host/channel_frame.h"
#include "host/clock.h"

enum {
    INPUT_SIZE = 64 << 10,
    OUTPUT_SIZE_HIGH = 64 << 10, /* nothing more is encrypted while this much waits to be written */
    OFFER_AGAIN_MS = 2,
    FLUSH_TIMEOUT_MS = 500,
    UNREAD_ROUNDS_MAX = 8, /* so often messages to send come first, then bytes are looked for */
};

static const char hello_magic[8] = {'T', 'A', 'L', 'L', 'Y', '-', 'C', '1'};

_Static_assert(CHANNEL_HELLO_SIZE == 8 + 2 + 1 + 1 + HASH_SIZE, "the HELLO of channel.h");

/* Encoded frames waiting to be encrypted. */
struct outgoing {
    struct outgoing *next;
    struct shared_frames *frames;
};

/* Encrypted bytes on their way to the socket. */
struct output {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

enum session_state {
    SESSION_HANDSHAKE,
    SESSION_HELLO, /* TLS is done, the peer's HELLO is awaited */
    SESSION_UP,
    SESSION_FLUSH, /* refused or closing: what is encrypted may still leave */
    SESSION_OVER,
};

struct session {
    struct session_owner owner;
    struct channel_peer peer;
    nng_stream *stream;
    nng_aio *receive_aio; /* of these two no callback: the session's own thread waits */
    nng_aio *send_now_aio;
    nng_aio *send_later_aio; /* for a socket that is full */

    pthread_mutex_t mutex; /* guards this group */
    pthread_cond_t wake;
    struct outgoing *queue_first;
    struct outgoing *queue_last;
    size_t queue_bytes;
    bool receiving;      /* its thread waits for bytes: receive_aio is to be cancelled to wake it */
    bool takes_messages; /* its thread wants to know of what is queued */
    bool send_done;
    bool end_asked;
    enum channel_end end_reason_asked;

    /* the session's own thread alone */
    enum session_state state;
    enum channel_end end_reason;
    uint64_t id; /* CHANNEL_NONE until it is up */
    bool was_up;
    struct tls *tls;
    struct frame_reader reader;
    bool offering; /* the reader holds a whole message that the owner could not take yet */
    uint8_t *input;
    size_t input_start;
    size_t input_end;
    unsigned unread_rounds;
    bool input_closed;
    const uint8_t *plain; /* decrypted bytes not yet given to the reader; the TLS session's */
    size_t plain_start;
    size_t plain_end;
    struct output filling;
    struct output sending;
    size_t sending_start;
    bool send_busy;
    struct outgoing *current; /* being encrypted */
    size_t current_start;
    uint64_t begun_ms;
    uint64_t heard_ms;
    uint64_t spoke_ms;
    uint64_t send_begun_ms;
    uint64_t message_begun_ms; /* 0: none in progress */
};

/* ---- Making and freeing ----------------------------------------------------------------- */

/* Has the session's thread look at the flags and the queue. The mutex is held: so the receive that
 * is cancelled is the one that the thread waits for. */
static void session_wake(struct session *session)
{
    if (session->receiving) {
        session->receiving = false;
        nng_aio_cancel(session->receive_aio);
    } else {
        (void)pthread_cond_signal(&session->wake);
    }
}

/* nng calls this on a thread of its own, also when the operation was cancelled by closing. */
static void send_finished(void *context)
{
    struct session *session = context;
    (void)pthread_mutex_lock(&session->mutex);
    session->send_done = true;
    session_wake(session);
    (void)pthread_mutex_unlock(&session->mutex);
}

static size_t session_pull(void *context, uint8_t *data, size_t size)
{
    struct session *session = context;
    size_t left = session->input_end - session->input_start;
    size_t count = size < left ? size : left;
    if (count > 0) {
        memcpy(data, session->input + session->input_start, count);
        session->input_start += count;
    }
    return count;
}

static bool session_push(void *context, const uint8_t *data, size_t size)
{
    struct session *session = context;
    struct output *output = &session->filling;
    if (output->capacity - output->size < size) {
        size_t capacity = output->capacity == 0 ? 4096 : output->capacity;
        while (capacity - output->size < size) {
            capacity *= 2;
        }
        uint8_t *grown = realloc(output->data, capacity);
        if (grown == NULL) {
            return false;
        }
        output->data = grown;
        output->capacity = capacity;
    }
    memcpy(output->data + output->size, data, size);
    output->size += size;
    return true;
}

static bool session_verify(void *context, const struct public_key *key)
{
    struct session *session = context;
    if (session->peer.dialed) {
        return public_key_equal(&session->peer.key, key);
    }
    session->peer.key = *key;
    const struct channel_callbacks *callbacks = session->owner.callbacks;
    return callbacks->identify != NULL &&
           callbacks->identify(callbacks->context, key, &session->peer.identity);
}

static void session_locks_init(struct session *session)
{
    clock_condition_init(&session->wake);
    TALLY_ASSERT(pthread_mutex_init(&session->mutex, NULL) == 0);
}

struct session *session_new(const struct session_owner *owner, nng_stream *stream,
                            const struct channel_peer *peer)
{
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        nng_stream_free(stream);
        return NULL;
    }
    session->owner = *owner;
    session->peer = *peer;
    session->stream = stream;
    session->state = SESSION_HANDSHAKE;
    session_locks_init(session);
    frame_reader_init(&session->reader, owner->limits->message_size_max);
    struct tls_owner tls_owner = {session, session_pull, session_push, session_verify};
    session->input = malloc(INPUT_SIZE);
    session->tls = tls_new(owner->credentials, peer->dialed, &tls_owner);
    if (session->input == NULL || session->tls == NULL ||
        nng_aio_alloc(&session->receive_aio, NULL, NULL) != 0 ||
        nng_aio_alloc(&session->send_now_aio, NULL, NULL) != 0 ||
        nng_aio_alloc(&session->send_later_aio, send_finished, session) != 0) {
        session_free(session);
        return NULL;
    }
    return session;
}

static void outgoing_free(struct outgoing *outgoing)
{
    if (outgoing != NULL) {
        shared_frames_drop(outgoing->frames);
        free(outgoing);
    }
}

void session_free(struct session *session)
{
    /* Close first, so that a send ends; stop waits for its callback; then free. */
    nng_stream_close(session->stream);
    nng_aio *const operations[] = {session->receive_aio, session->send_now_aio,
                                   session->send_later_aio};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i] != NULL) {
            nng_aio_stop(operations[i]);
            nng_aio_free(operations[i]);
        }
    }
    nng_stream_free(session->stream);
    tls_free(session->tls);
    frame_reader_free(&session->reader);
    while (session->queue_first != NULL) {
        struct outgoing *next = session->queue_first->next;
        outgoing_free(session->queue_first);
        session->queue_first = next;
    }
    outgoing_free(session->current);
    free(session->filling.data);
    free(session->sending.data);
    free(session->input);
    (void)pthread_cond_destroy(&session->wake);
    (void)pthread_mutex_destroy(&session->mutex);
    free(session);
}

const struct channel_peer *session_peer(const struct session *session)
{
    return &session->peer;
}

uint64_t session_id(const struct session *session)
{
    return session->id;
}

bool session_was_up(const struct session *session)
{
    return session->was_up;
}

/* ---- From other threads ----------------------------------------------------------------- */

enum channel_status session_queue(struct session *session, struct shared_frames *frames)
{
    size_t size = frames->size;
    struct outgoing *outgoing = malloc(sizeof(*outgoing));
    if (outgoing == NULL) {
        return CHANNEL_MEMORY;
    }
    *outgoing = (struct outgoing){NULL, frames};
    (void)pthread_mutex_lock(&session->mutex);
    bool fits = session->queue_bytes == 0 ||
                (size <= session->owner.limits->send_bytes_max &&
                 session->queue_bytes <= session->owner.limits->send_bytes_max - size);
    if (fits) {
        if (session->queue_last == NULL) {
            session->queue_first = outgoing;
        } else {
            session->queue_last->next = outgoing;
        }
        session->queue_last = outgoing;
        session->queue_bytes += size;
        (void)shared_frames_hold(frames);
        if (session->takes_messages) {
            session_wake(session);
        }
    }
    (void)pthread_mutex_unlock(&session->mutex);
    if (!fits) {
        free(outgoing);
        return CHANNEL_FULL;
    }
    return CHANNEL_OK;
}

void session_end(struct session *session, enum channel_end reason)
{
    (void)pthread_mutex_lock(&session->mutex);
    if (!session->end_asked) {
        session->end_asked = true;
        session->end_reason_asked = reason;
    }
    session_wake(session);
    (void)pthread_mutex_unlock(&session->mutex);
}

/* ---- Ending ----------------------------------------------------------------------------- */

/* Ends at once. The first reason counts. */
static void session_over(struct session *session, enum channel_end reason)
{
    if (session->state != SESSION_FLUSH && session->state != SESSION_OVER) {
        session->end_reason = reason;
    }
    session->state = SESSION_OVER;
}

/* Ends after what is encrypted has left, or after FLUSH_TIMEOUT_MS. */
static void session_flush_and_end(struct session *session, enum channel_end reason)
{
    if (session->state == SESSION_FLUSH || session->state == SESSION_OVER) {
        return;
    }
    bool tls_ready = session->state == SESSION_HELLO || session->state == SESSION_UP;
    session->end_reason = reason;
    session->state = SESSION_FLUSH;
    session->spoke_ms = clock_monotonic_ms();
    if (tls_ready) {
        tls_goodbye(session->tls);
    }
}

/* ---- HELLO ------------------------------------------------------------------------------ */

/* Encrypts a small message at once; used for HELLO and PING, which need no queue. */
static void session_say(struct session *session, uint8_t kind, const uint8_t *message, size_t size)
{
    uint8_t frame[CHANNEL_FRAME_HEADER_SIZE + CHANNEL_HELLO_SIZE];
    TALLY_ASSERT(size <= CHANNEL_HELLO_SIZE);
    frame_message_encode(kind, 0, message, size, frame);
    if (tls_send(session->tls, frame, CHANNEL_FRAME_HEADER_SIZE + size) != TLS_OK) {
        session_over(session, CHANNEL_END_NETWORK);
    }
    session->spoke_ms = clock_monotonic_ms();
}

static void session_say_hello(struct session *session, enum channel_answer answer)
{
    uint8_t hello[CHANNEL_HELLO_SIZE];
    struct bytes_writer writer;
    bytes_writer_init(&writer, hello, sizeof(hello));
    bytes_write_copy(&writer, hello_magic, sizeof(hello_magic));
    bytes_write_u16(&writer, CHANNEL_PROTOCOL_VERSION);
    bytes_write_u8(&writer, session->peer.role);
    bytes_write_u8(&writer, (uint8_t)answer);
    bytes_write_copy(&writer, session->owner.chain_id->bytes, HASH_SIZE);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == CHANNEL_HELLO_SIZE);
    session_say(session, FRAME_HELLO, hello, sizeof(hello));
}

static void session_up(struct session *session)
{
    session->state = SESSION_UP;
    session->was_up = true;
    session->owner.callbacks->up(session->owner.callbacks->context, session->id, &session->peer);
}

/* Listener: judges the dialer's HELLO, answers, and comes up or ends. */
static void session_judge_dialer(struct session *session, uint16_t version, uint8_t role,
                                 uint8_t answer, bool chain_is_ours)
{
    const struct channel_callbacks *callbacks = session->owner.callbacks;
    enum channel_answer verdict = CHANNEL_ACCEPTED;
    enum channel_end reason = CHANNEL_END_LIMIT;
    bool role_known = role > 0 && role < CHANNEL_ROLES && answer == 0;
    if (version != CHANNEL_PROTOCOL_VERSION) {
        verdict = CHANNEL_WRONG_VERSION;
        reason = CHANNEL_END_VERSION;
    } else if (!chain_is_ours) {
        verdict = CHANNEL_WRONG_CHAIN;
        reason = CHANNEL_END_CHAIN;
    } else if (!role_known || callbacks->admit == NULL ||
               !callbacks->admit(callbacks->context, &session->peer, role)) {
        verdict = CHANNEL_WRONG_ROLE;
        reason = CHANNEL_END_ROLE;
    } else {
        session->peer.role = role;
        verdict = hub_session_up(session->owner.hub, session, &session->id);
    }
    /* The answer is encrypted before anybody may send: it is the first frame. */
    session_say_hello(session, verdict);
    if (session->state == SESSION_OVER) {
        return;
    }
    if (verdict != CHANNEL_ACCEPTED) {
        session_flush_and_end(session, reason);
        return;
    }
    session_up(session);
}

/* Dialer: takes the listener's answer. */
static void session_take_answer(struct session *session, uint16_t version, uint8_t answer,
                                bool chain_is_ours)
{
    enum channel_end reason = CHANNEL_END_HELLO;
    switch (answer) {
    case CHANNEL_ACCEPTED:
        if (version != CHANNEL_PROTOCOL_VERSION) {
            reason = CHANNEL_END_VERSION;
        } else if (!chain_is_ours) {
            reason = CHANNEL_END_CHAIN;
        } else if (hub_session_up(session->owner.hub, session, &session->id) == CHANNEL_ACCEPTED) {
            session_up(session);
            return;
        } else {
            reason = CHANNEL_END_LIMIT;
        }
        break;
    case CHANNEL_WRONG_VERSION:
        reason = CHANNEL_END_VERSION;
        break;
    case CHANNEL_WRONG_CHAIN:
        reason = CHANNEL_END_CHAIN;
        break;
    case CHANNEL_WRONG_ROLE:
        reason = CHANNEL_END_ROLE;
        break;
    case CHANNEL_BUSY:
        reason = CHANNEL_END_LIMIT;
        break;
    default:
        break;
    }
    session_flush_and_end(session, reason);
}

static void session_hear_hello(struct session *session, const uint8_t *hello)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, hello, CHANNEL_HELLO_SIZE);
    const uint8_t *magic = bytes_read_view(&reader, sizeof(hello_magic));
    uint16_t version = bytes_read_u16(&reader);
    uint8_t role = bytes_read_u8(&reader);
    uint8_t answer = bytes_read_u8(&reader);
    struct hash chain_id;
    bytes_read_copy(&reader, chain_id.bytes, sizeof(chain_id.bytes));
    TALLY_ASSERT(bytes_reader_done(&reader));
    if (memcmp(magic, hello_magic, sizeof(hello_magic)) != 0) {
        session_over(session, CHANNEL_END_HELLO);
        return;
    }
    bool chain_is_ours = hash_equal(&chain_id, session->owner.chain_id);
    if (session->peer.dialed) {
        session_take_answer(session, version, answer, chain_is_ours);
    } else {
        session_judge_dialer(session, version, role, answer, chain_is_ours);
    }
}

/* ---- Reading ---------------------------------------------------------------------------- */

/* Takes the result of a finished receive. */
static void session_received(struct session *session)
{
    int result = nng_aio_result(session->receive_aio);
    if (result == NNG_ECANCELED || result == NNG_ETIMEDOUT) {
        return; /* woken, or the time is over; nothing was read */
    }
    size_t count = result == 0 ? nng_aio_count(session->receive_aio) : 0;
    if (count == 0) {
        session->input_closed = true;
        return;
    }
    TALLY_ASSERT(count <= INPUT_SIZE);
    session->input_start = 0;
    session->input_end = count;
    session->heard_ms = clock_monotonic_ms();
}

/* Offers the reader's message to the owner, to be taken or only to be read. */
static bool session_hand_over(struct session *session)
{
    struct frame_reader *reader = &session->reader;
    const struct channel_callbacks *callbacks = session->owner.callbacks;
    uint8_t message_class = reader->header.message_class;
    size_t size = reader->message_size;
    bool done = callbacks->take != NULL
                    ? callbacks->take(callbacks->context, session->id, &session->peer,
                                      message_class, reader->message, size)
                    : callbacks->message(callbacks->context, session->id, &session->peer,
                                         message_class, reader->message, size);
    if (done && callbacks->take != NULL) {
        (void)frame_reader_take(reader);
    }
    if (done) {
        hub_count_message(session->owner.hub, true, size);
    }
    return done;
}

/* A whole message stands in the reader. False: the owner cannot take it now. */
static bool session_message(struct session *session)
{
    const struct frame_reader *reader = &session->reader;
    if (reader->header.kind == FRAME_PING) {
        if (session->state != SESSION_UP) {
            session_over(session, CHANNEL_END_HELLO);
        }
        return true;
    }
    bool first = session->state == SESSION_HELLO;
    if (first != (reader->header.kind == FRAME_HELLO)) {
        session_over(session, first ? CHANNEL_END_HELLO : CHANNEL_END_FRAME);
        return true;
    }
    if (first) {
        session_hear_hello(session, reader->message);
        return true;
    }
    TALLY_ASSERT(session->state == SESSION_UP);
    return session_hand_over(session);
}

/* Offers the message that the reader holds; goes on reading if it was taken. */
static void session_offer(struct session *session)
{
    bool taken = session_message(session);
    session->offering = !taken;
    if (taken) {
        if (session->reader.started) { /* else the owner has it */
            frame_reader_clear(&session->reader);
        }
        session->message_begun_ms = 0;
    }
}

/* Gives decrypted bytes to the frame reader. */
static void session_frames(struct session *session)
{
    while (session->plain_start < session->plain_end && !session->offering &&
           (session->state == SESSION_UP || session->state == SESSION_HELLO)) {
        size_t taken = 0;
        enum frame_result result =
            frame_reader_feed(&session->reader, session->plain + session->plain_start,
                              session->plain_end - session->plain_start, &taken);
        session->plain_start += taken;
        switch (result) {
        case FRAME_MORE:
            if (frame_reader_busy(&session->reader) && session->message_begun_ms == 0) {
                session->message_begun_ms = clock_monotonic_ms();
            }
            break;
        case FRAME_WHOLE:
            session_offer(session);
            break;
        case FRAME_BAD:
            session_over(session, CHANNEL_END_FRAME);
            break;
        case FRAME_NO_MEMORY:
            session_over(session, CHANNEL_END_LIMIT);
            break;
        }
    }
}

/* Decrypts and handles what has come, until more bytes are needed. */
static void session_read(struct session *session)
{
    if (session->offering) {
        session_offer(session);
    }
    session_frames(session);
    while (!session->offering &&
           (session->state == SESSION_UP || session->state == SESSION_HELLO)) {
        size_t size = 0;
        enum tls_result result = tls_receive(session->tls, &session->plain, &size);
        if (result == TLS_AGAIN) {
            return;
        }
        if (result != TLS_OK) {
            session_over(session, result == TLS_CLOSED ? CHANNEL_END_PEER
                                  : result == TLS_KEY  ? CHANNEL_END_KEY
                                                       : CHANNEL_END_NETWORK);
            return;
        }
        session->plain_start = 0;
        session->plain_end = size;
        session_frames(session);
    }
}

static void session_handshake(struct session *session)
{
    switch (tls_handshake(session->tls)) {
    case TLS_OK:
        session->state = SESSION_HELLO;
        if (session->peer.dialed) {
            session_say_hello(session, 0);
        }
        break;
    case TLS_AGAIN:
        break;
    case TLS_KEY:
        session_flush_and_end(session, CHANNEL_END_KEY);
        break;
    case TLS_CLOSED:
    case TLS_FAILED:
        session_flush_and_end(session, CHANNEL_END_HANDSHAKE);
        break;
    }
}

/* ---- Writing ---------------------------------------------------------------------------- */

/* The next queued message, or NULL. Takes it out of the queue; its bytes count until it is sent. */
static struct outgoing *session_next(struct session *session)
{
    (void)pthread_mutex_lock(&session->mutex);
    struct outgoing *next = session->queue_first;
    if (next != NULL) {
        session->queue_first = next->next;
        session->queue_last = next->next == NULL ? NULL : session->queue_last;
    }
    (void)pthread_mutex_unlock(&session->mutex);
    return next;
}

static void session_sent(struct session *session, struct outgoing *outgoing)
{
    (void)pthread_mutex_lock(&session->mutex);
    TALLY_ASSERT(session->queue_bytes >= outgoing->frames->size);
    session->queue_bytes -= outgoing->frames->size;
    (void)pthread_mutex_unlock(&session->mutex);
    hub_count_message(session->owner.hub, false, outgoing->frames->size);
    outgoing_free(outgoing);
}

/* Encrypts queued messages while the output has room. */
static void session_encrypt(struct session *session)
{
    while (session->state == SESSION_UP && session->filling.size < OUTPUT_SIZE_HIGH) {
        if (session->current == NULL) {
            session->current = session_next(session);
            session->current_start = 0;
        }
        struct outgoing *current = session->current;
        if (current == NULL) {
            return;
        }
        size_t left = current->frames->size - session->current_start;
        size_t part = left < TLS_SEND_SIZE_MAX ? left : TLS_SEND_SIZE_MAX;
        if (tls_send(session->tls, current->frames->bytes + session->current_start, part) !=
            TLS_OK) {
            session_over(session, CHANNEL_END_NETWORK);
            return;
        }
        session->current_start += part;
        session->spoke_ms = clock_monotonic_ms();
        if (session->current_start == current->frames->size) {
            session->current = NULL;
            session_sent(session, current);
        }
    }
}

/* Takes the result of a finished send. */
static void session_send_result(struct session *session, nng_aio *send_aio)
{
    session->send_busy = false;
    if (nng_aio_result(send_aio) != 0) {
        session_over(session, CHANNEL_END_NETWORK);
        return;
    }
    session->sending_start += nng_aio_count(send_aio);
    TALLY_ASSERT(session->sending_start <= session->sending.size);
}

static void session_send(struct session *session, nng_aio *send_aio)
{
    nng_iov iov = {.iov_buf = session->sending.data + session->sending_start,
                   .iov_len = session->sending.size - session->sending_start};
    TALLY_ASSERT(nng_aio_set_iov(send_aio, 1, &iov) == 0);
    nng_stream_send(session->stream, send_aio);
}

/* Hands encrypted bytes to nng, one piece at a time. What the socket takes at once, as it nearly
 * always does, needs no other thread; what it does not take is left to nng's. */
static void session_write(struct session *session)
{
    while (!session->send_busy && session->state != SESSION_OVER) {
        if (session->sending_start == session->sending.size) {
            struct output empty = session->sending;
            empty.size = 0;
            session->sending = session->filling;
            session->filling = empty;
            session->sending_start = 0;
        }
        if (session->sending.size == 0) {
            return;
        }
        session_send(session, session->send_now_aio);
        nng_aio_cancel(session->send_now_aio); /* does nothing to one that is finished */
        nng_aio_wait(session->send_now_aio);
        if (nng_aio_result(session->send_now_aio) != NNG_ECANCELED) {
            session_send_result(session, session->send_now_aio);
            continue;
        }
        session->send_busy = true;
        session->send_begun_ms = clock_monotonic_ms();
        session_send(session, session->send_later_aio);
    }
}

static bool session_output_empty(const struct session *session)
{
    return !session->send_busy && session->filling.size == 0 &&
           session->sending_start == session->sending.size;
}

/* ---- Time ------------------------------------------------------------------------------- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Ends the session if a deadline has passed; otherwise returns when the next one comes. */
static uint64_t session_deadlines(struct session *session)
{
    const struct channel_limits *limits = session->owner.limits;
    uint64_t now = clock_monotonic_ms();
    uint64_t next;
    if (session->state == SESSION_FLUSH) {
        next = session->spoke_ms + FLUSH_TIMEOUT_MS;
        if (session_output_empty(session) || now >= next) {
            session->state = SESSION_OVER;
        }
        return next;
    }
    if (session->state != SESSION_UP) {
        next = session->begun_ms + limits->handshake_timeout_ms;
    } else if (session->offering) {
        next = now + OFFER_AGAIN_MS; /* we do not read: silence is ours, not the peer's */
        session->heard_ms = now;
        session->message_begun_ms = session->message_begun_ms == 0 ? 0 : now;
    } else {
        next = session->heard_ms + limits->idle_timeout_ms;
        if (session->message_begun_ms != 0) {
            next = earlier(next, session->message_begun_ms + limits->message_timeout_ms);
        }
    }
    if (session->send_busy) {
        next = earlier(next, session->send_begun_ms + limits->stall_timeout_ms);
    }
    if (now >= next) {
        session_over(session, CHANNEL_END_TIMEOUT);
        return now;
    }
    uint64_t ping = session->spoke_ms + limits->idle_timeout_ms / 3;
    if (session->state == SESSION_UP && now >= ping && !session->send_busy) {
        static const uint8_t nothing[FRAME_PING_SIZE] = {0};
        if (session->current == NULL) { /* never inside a message */
            session_say(session, FRAME_PING, nothing, sizeof(nothing));
            session_write(session);
        }
        ping = now + limits->idle_timeout_ms / 3;
    }
    return session->state == SESSION_UP && ping > now ? earlier(next, ping) : next;
}

/* Is there anything to do but to read? The mutex is held. */
static bool session_called(const struct session *session)
{
    return session->send_done || session->end_asked ||
           (session->takes_messages && (session->queue_first != NULL || session->current != NULL));
}

/* Waits for bytes, a wake, or until the time is over; reads what has come. */
static void session_wait_for_bytes(struct session *session, uint64_t wait_ms)
{
    (void)pthread_mutex_lock(&session->mutex);
    bool called = session_called(session);
    (void)pthread_mutex_unlock(&session->mutex);
    if (called && session->unread_rounds < UNREAD_ROUNDS_MAX) {
        session->unread_rounds++;
        return;
    }
    session->unread_rounds = 0;
    nng_iov iov = {.iov_buf = session->input, .iov_len = INPUT_SIZE};
    TALLY_ASSERT(nng_aio_set_iov(session->receive_aio, 1, &iov) == 0);
    nng_aio_set_timeout(session->receive_aio,
                        wait_ms == 0 ? 1
                                     : (nng_duration)(wait_ms < INT32_MAX ? wait_ms : INT32_MAX));
    nng_stream_recv(session->stream, session->receive_aio);
    (void)pthread_mutex_lock(&session->mutex);
    session->receiving = true;
    if (session_called(session)) {
        session_wake(session);
    }
    (void)pthread_mutex_unlock(&session->mutex);
    nng_aio_wait(session->receive_aio);
    (void)pthread_mutex_lock(&session->mutex);
    session->receiving = false;
    (void)pthread_mutex_unlock(&session->mutex);
    session_received(session);
}

/* Waits for a wake or until the time is over. */
static void session_wait_for_wake(struct session *session, uint64_t wait_ms)
{
    struct timespec deadline = clock_deadline(wait_ms);
    (void)pthread_mutex_lock(&session->mutex);
    int result = 0;
    while (!session_called(session) && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&session->wake, &session->mutex, &deadline);
        TALLY_ASSERT(result == 0 || result == ETIMEDOUT);
    }
    (void)pthread_mutex_unlock(&session->mutex);
}

/* Waits for bytes, a wake or until `deadline_ms`, and takes the flags that were set meanwhile. */
static void session_wait(struct session *session, uint64_t deadline_ms)
{
    uint64_t now = clock_monotonic_ms();
    uint64_t wait_ms = deadline_ms > now ? deadline_ms - now : 0;
    (void)pthread_mutex_lock(&session->mutex);
    session->takes_messages =
        session->state == SESSION_UP && session->filling.size < OUTPUT_SIZE_HIGH;
    (void)pthread_mutex_unlock(&session->mutex);
    if (session->offering || session->state == SESSION_FLUSH || session->input_closed ||
        session->input_start < session->input_end) {
        session_wait_for_wake(session, wait_ms);
    } else {
        session_wait_for_bytes(session, wait_ms);
    }
    (void)pthread_mutex_lock(&session->mutex);
    bool sent = session->send_done;
    bool end_asked = session->end_asked && session->state != SESSION_FLUSH;
    enum channel_end end_reason = session->end_reason_asked;
    session->takes_messages = false;
    session->send_done = false;
    session->end_asked = false;
    (void)pthread_mutex_unlock(&session->mutex);
    if (sent) {
        session_send_result(session, session->send_later_aio);
    }
    if (end_asked) {
        session_flush_and_end(session, end_reason);
    }
}

/* ---- The thread ------------------------------------------------------------------------- */

/* What the end of the peer's bytes means. */
static void session_input_ended(struct session *session)
{
    if (session->input_closed && session->input_start == session->input_end && !session->offering) {
        session_over(session, session->state == SESSION_HANDSHAKE ? CHANNEL_END_HANDSHAKE
                                                                  : CHANNEL_END_NETWORK);
    }
}

enum channel_end session_run(struct session *session)
{
    session->begun_ms = clock_monotonic_ms();
    session->heard_ms = session->begun_ms;
    session->spoke_ms = session->begun_ms;
    while (session->state != SESSION_OVER) {
        if (session->state == SESSION_HANDSHAKE) {
            session_handshake(session);
        }
        if (session->state == SESSION_HELLO || session->state == SESSION_UP) {
            session_read(session);
        }
        session_encrypt(session);
        session_write(session);
        if (session->state == SESSION_OVER) {
            break;
        }
        if (session->state != SESSION_FLUSH) {
            session_input_ended(session);
        }
        uint64_t deadline_ms = session_deadlines(session);
        if (session->state != SESSION_OVER) {
            session_wait(session, deadline_ms);
        }
    }
    if (session->id != CHANNEL_NONE) {
        hub_session_gone(session->owner.hub, session->id);
    }
    /* Whoever found the session in the table has let go of its mutex once we get it. */
    (void)pthread_mutex_lock(&session->mutex);
    (void)pthread_mutex_unlock(&session->mutex);
    return session->end_reason;
}
