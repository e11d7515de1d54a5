/*
 * Goal: a reply counts only for the request it answers: neither a late one nor one of another kind
 * nor one that nobody asked for is taken for an answer.
 */
#include <string.h>

#include "client/session.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static size_t ask(struct session *session, enum request_kind kind)
{
    uint8_t bytes[256];
    struct request request = {.kind = kind};

    strcpy(request.party, "BANKDEFFXXX");
    return session_ask(session, &request, bytes, sizeof bytes);
}

static enum session_finding take(struct session *session, uint32_t id, enum reply_kind kind)
{
    uint8_t bytes[2048];
    static struct reply reply, out;
    size_t size;

    memset(&reply, 0, sizeof reply);
    reply.id = id;
    reply.kind = kind;
    reply.fault = REPLY_FAULT_BUSY;
    size = reply_encode(&reply, bytes, sizeof bytes);
    assert_true(size > 0);
    return session_take(session, bytes, size, &out);
}

static void a_reply_answers_its_request_once(void **state)
{
    (void)state;
    struct session session;

    session_init(&session);
    assert_true(ask(&session, REQUEST_PARTY) > 0);
    assert_int_equal(take(&session, 1, REPLY_POINT), SESSION_REPLY);
    assert_int_equal(take(&session, 1, REPLY_POINT), SESSION_WRONG);
}

static void an_error_answers_any_request(void **state)
{
    (void)state;
    struct session session;

    session_init(&session);
    assert_true(ask(&session, REQUEST_NODE_STATUS) > 0);
    assert_int_equal(take(&session, 1, REPLY_ERROR), SESSION_REPLY);
}

static void late_replies_are_dropped(void **state)
{
    (void)state;
    struct session session;

    session_init(&session);
    assert_true(ask(&session, REQUEST_PARTY) > 0);
    assert_true(ask(&session, REQUEST_ROOTS) > 0);
    assert_int_equal(take(&session, 1, REPLY_POINT), SESSION_STALE);
    assert_int_equal(take(&session, 2, REPLY_ROOTS), SESSION_REPLY);
}

static void replies_of_another_kind_or_number_are_the_nodes_fault(void **state)
{
    (void)state;
    struct session session;
    static struct reply out;

    session_init(&session);
    assert_int_equal(take(&session, 0, REPLY_ROOTS), SESSION_WRONG);
    assert_true(ask(&session, REQUEST_PARTY) > 0);
    assert_int_equal(take(&session, 1, REPLY_ROOTS), SESSION_WRONG);
    assert_int_equal(take(&session, 2, REPLY_POINT), SESSION_WRONG);
    assert_int_equal(session_take(&session, "x", 1, &out), SESSION_MALFORMED);
    assert_int_equal(take(&session, 1, REPLY_POINT), SESSION_REPLY);
}

static void an_unsendable_request_changes_nothing(void **state)
{
    (void)state;
    struct session session;

    session_init(&session);
    assert_int_equal(ask(&session, REQUEST_POSITION), 0); /* no account */
    assert_int_equal(session.last_id, 0);
    assert_false(session.waiting);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_answers_its_request_once),
        cmocka_unit_test(an_error_answers_any_request),
        cmocka_unit_test(late_replies_are_dropped),
        cmocka_unit_test(replies_of_another_kind_or_number_are_the_nodes_fault),
        cmocka_unit_test(an_unsendable_request_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
