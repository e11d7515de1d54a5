/*
 * channel_session.h: one connection, from TCP connect to its end, on its own thread.
 *
 * Private to host/channel*.c. The hub (channel.c) makes a session for a connected stream and runs
 * it; session_run returns when the connection is over. Other threads reach a session only through
 * the hub's table, by session_queue and session_end.
 *
 *   session's own:   TLS, frames, callbacks, deadlines; reads and writes the stream, and waits for
 *                    bytes, a wake or a deadline
 *   other threads:   session_queue, session_end   -> queue, flag, wake
 *   nng's poller:    bytes for one that waits     -> reads them, wakes it
 *   nng's task:      what a full socket did not take at once is sent -> flag, wake
 *
 * A change of threads costs more than encrypting a small message. So a message passes as few as
 * nng allows: an operation without a callback ends on the thread that began it, if the socket can
 * do it at once, and else on the poller's. To wake a session that waits for bytes, its receive is
 * cancelled, which reads nothing.
 */
#ifndef TALLY_HOST_CHANNEL_SESSION_H
#define TALLY_HOST_CHANNEL_SESSION_H

#include <nng/nng.h>

#include "host/channel.h"
#include "host/channel_tls.h"
#include "host/shared_frames.h"

struct session;

/* What the hub does for a session; all are called on the session's thread. */
struct session_owner {
    struct channel_hub *hub;
    const struct channel_limits *limits;
    const struct hash *chain_id;
    struct tls_credentials *credentials;
    const struct channel_callbacks *callbacks;
};

/*
 * Makes a session over a connected stream, which it takes. `peer` says what is known: for a dialed
 * one key, identity and role. NULL without memory (the stream is freed).
 */
struct session *session_new(const struct session_owner *owner, nng_stream *stream,
                            const struct channel_peer *peer);

/* Runs the session until its end and tells the owner; then session_free. */
enum channel_end session_run(struct session *session);
/* Whether it had come up. */
bool session_was_up(const struct session *session);
/* The channel's number, or CHANNEL_NONE if it never came up. */
uint64_t session_id(const struct session *session);
void session_free(struct session *session);

/* From any thread, while the hub's table holds the session: queues encoded frames (held on
 * CHANNEL_OK), or CHANNEL_FULL. */
TALLY_MUST_CHECK enum channel_status session_queue(struct session *session,
                                                   struct shared_frames *frames);
/* From any thread, as above: asks the session to end for this reason. */
void session_end(struct session *session, enum channel_end reason);

/* Who is at the other end, as far as it is known. */
const struct channel_peer *session_peer(const struct session *session);

/* ---- The hub's side (channel.c), for channel_session.c ---------------------------------- */

/*
 * The dialer's HELLO is right in itself: takes the session into the table if caps allow, and ends
 * older ones of the same key and role. CHANNEL_ACCEPTED or CHANNEL_BUSY; *id is the channel.
 */
enum channel_answer hub_session_up(struct channel_hub *hub, struct session *session, uint64_t *id);
/* Removes it from the table; afterwards no other thread reaches it. */
void hub_session_gone(struct channel_hub *hub, uint64_t id);
/* Counts a message. */
void hub_count_message(struct channel_hub *hub, bool in, size_t size);

#endif
