/*
 * client/session.h - the client's end of a conversation with one node.
 *
 * Problem. The channel (host/channel.h) has proved whose key is at the other end, and that it means
 * the same chain and protocol version. What remains: which reply belongs to which request, and
 * noticing a node that answers something else than it was asked.
 *
 * Rule. Requests are numbered from 1 upwards, one is outstanding at a time, and its reply must
 * carry its number and be of the kind that request.h names for it (or REPLY_ERROR). A reply to an
 * earlier request is stale: it belongs to a question that was given up on, and is dropped. Anything
 * else is the node's fault.
 *
 *     session_ask(POSITION)  -> bytes with id 1        take(id 1, REPLY_POINT) -> SESSION_REPLY
 *     session_ask(LIST)      -> bytes with id 2        take(id 1, ...)         -> SESSION_STALE
 *                                                      take(id 2, REPLY_ROOTS) -> SESSION_WRONG
 *
 * Pure: no socket, no clock. The driver moves the bytes and decides how long to wait.
 */
#ifndef TALLY_CLIENT_SESSION_H
#define TALLY_CLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/reply.h"
#include "client/request.h"

/* The channel's message class for requests and replies on a client's connection. */
#define SESSION_MESSAGE_CLASS 0u

struct session {
    uint32_t last_id; /* of the latest request, 0 before the first */
    bool waiting;     /* its reply has not come yet */
    enum request_kind asked;
};

enum session_finding {
    SESSION_REPLY = 0,     /* *out is the awaited reply (perhaps a REPLY_ERROR) */
    SESSION_STALE = 1,     /* to be dropped; keep waiting */
    SESSION_MALFORMED = 2, /* the node sent bytes that are no reply */
    SESSION_WRONG = 3,     /* a reply to something that was not asked, or of another kind */
};

/* Starts with nothing outstanding. */
void session_init(struct session *session);

/* Numbers the request (sets request->id), encodes it and remembers it as outstanding; an unanswered
 * earlier one is given up. Returns the size, or 0 when the request is not valid or does not fit. */
TALLY_MUST_CHECK size_t session_ask(struct session *session, struct request *request, void *out,
                                    size_t capacity);

/* Judges bytes that came. Views in *out borrow from data. */
TALLY_MUST_CHECK enum session_finding session_take(struct session *session, const void *data,
                                                   size_t size, struct reply *out);

/* The kind of reply that answers a kind of request. */
enum reply_kind session_expected(enum request_kind kind);

#endif
