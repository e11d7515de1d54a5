#include "client/session.h"

#include "base/assert.h"

void session_init(struct session *session)
{
    *session = (struct session){0};
}

enum reply_kind session_expected(enum request_kind kind)
{
    switch (kind) {
    case REQUEST_SUBMIT:
        return REPLY_SUBMITTED;
    case REQUEST_OUTCOME:
        return REPLY_OUTCOME;
    case REQUEST_INSTRUCTION:
    case REQUEST_POSITION:
    case REQUEST_ACCOUNT:
    case REQUEST_PARTY:
    case REQUEST_ASSET:
    case REQUEST_RECEIPT:
    case REQUEST_RULES:
        return REPLY_POINT;
    case REQUEST_EXPLAIN:
        return REPLY_EXPLAIN;
    case REQUEST_LIST:
        return REPLY_LIST;
    case REQUEST_NODE_STATUS:
        return REPLY_NODE_STATUS;
    case REQUEST_ROOTS:
        return REPLY_ROOTS;
    }
    return REPLY_ERROR;
}

size_t session_ask(struct session *session, struct request *request, void *out, size_t capacity)
{
    size_t size;

    TALLY_ASSERT(session->last_id < UINT32_MAX);
    request->id = session->last_id + 1;
    size = request_encode(request, out, capacity);
    if (size > 0) {
        session->last_id = request->id;
        session->waiting = true;
        session->asked = request->kind;
    }
    return size;
}

enum session_finding session_take(struct session *session, const void *data, size_t size,
                                  struct reply *out)
{
    if (!reply_decode(data, size, out)) {
        return SESSION_MALFORMED;
    }
    if (out->id < session->last_id) {
        return SESSION_STALE;
    }
    if (out->id > session->last_id || !session->waiting) {
        return SESSION_WRONG;
    }
    if (out->kind != REPLY_ERROR && out->kind != session_expected(session->asked)) {
        return SESSION_WRONG;
    }
    session->waiting = false;
    return SESSION_REPLY;
}
