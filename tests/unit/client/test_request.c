/*
 * Goal: every kind of request has exactly one encoding, and bytes that are not that encoding are
 * refused: too short, too long, an unknown kind, an identifier that is none, a bound exceeded.
 */
#include <string.h>

#include "client/request.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const uint8_t envelope[] = "not looked into here";

/* One well-formed request of each kind. */
static struct request sample(enum request_kind kind)
{
    struct request request = {.id = 77, .kind = kind};

    switch (kind) {
    case REQUEST_SUBMIT:
        request.envelope = envelope;
        request.envelope_size = sizeof envelope;
        break;
    case REQUEST_OUTCOME:
        memset(request.envelope_id.bytes, 0xab, sizeof request.envelope_id.bytes);
        request.first_command = 3;
        request.command_count = REQUEST_OUTCOME_RECEIPTS_MAX;
        break;
    case REQUEST_LIST:
        request.list = LIST_EVENTS;
        request.row_limit = REQUEST_LIST_ROWS_MAX;
        request.cursor = UINT64_MAX;
        strcpy(request.filter.party, "BANKDEFFXXX");
        strcpy(request.filter.status, "PEND");
        strcpy(request.filter.date_to, "2026-11-22");
        break;
    case REQUEST_ROOTS:
        request.height = 9;
        break;
    case REQUEST_NODE_STATUS:
    case REQUEST_RULES:
        break;
    case REQUEST_ASSET:
        strcpy(request.asset, "DE0001102580");
        break;
    case REQUEST_POSITION:
        strcpy(request.asset, "EUR");
        /* fall through */
    case REQUEST_ACCOUNT:
        strcpy(request.account, "CASH-1");
        /* fall through */
    case REQUEST_PARTY:
        strcpy(request.party, "BANKDEFFXXX");
        break;
    case REQUEST_RECEIPT:
        request.settled = 40;
        strcpy(request.party, "BANKDEFFXXX");
        strcpy(request.reference, "TRADE/2026-11 (1)");
        break;
    case REQUEST_INSTRUCTION:
    case REQUEST_EXPLAIN:
        strcpy(request.party, "BANKDEFFXXX");
        strcpy(request.reference, "TRADE/2026-11 (1)");
        break;
    }
    return request;
}

static void every_kind_survives_a_round_trip(void **state)
{
    (void)state;
    for (int kind = REQUEST_SUBMIT; kind <= REQUEST_KIND_LAST; kind++) {
        uint8_t first[512], second[512];
        struct request request = sample((enum request_kind)kind);
        struct request decoded;
        size_t size = request_encode(&request, first, sizeof first);
        assert_true(size > 0);
        assert_true(request_decode(first, size, &decoded));
        assert_int_equal(decoded.id, 77);
        assert_int_equal(decoded.kind, kind);
        assert_string_equal(decoded.party, request.party);
        assert_string_equal(decoded.reference, request.reference);
        assert_string_equal(decoded.account, request.account);
        assert_string_equal(decoded.asset, request.asset);
        assert_int_equal(request_encode(&decoded, second, sizeof second), size);
        assert_memory_equal(first, second, size);
    }
}

static void truncated_and_extended_requests_are_refused(void **state)
{
    (void)state;
    for (int kind = REQUEST_SUBMIT; kind <= REQUEST_KIND_LAST; kind++) {
        uint8_t bytes[512] = {0};
        struct request request = sample((enum request_kind)kind);
        struct request decoded;
        size_t size = request_encode(&request, bytes, sizeof bytes - 1);
        for (size_t shorter = 0; shorter < size; shorter++) {
            assert_false(request_decode(bytes, shorter, &decoded));
        }
        assert_false(request_decode(bytes, size + 1, &decoded));
    }
}

static void a_flipped_bit_never_makes_a_second_form(void **state)
{
    (void)state;
    for (int kind = REQUEST_SUBMIT; kind <= REQUEST_KIND_LAST; kind++) {
        uint8_t bytes[512], again[512];
        struct request request = sample((enum request_kind)kind);
        struct request decoded;
        size_t size = request_encode(&request, bytes, sizeof bytes);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (request_decode(bytes, size, &decoded)) {
                assert_int_equal(request_encode(&decoded, again, sizeof again), size);
                assert_memory_equal(bytes, again, size);
            }
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void unknown_kinds_are_refused(void **state)
{
    (void)state;
    const uint8_t none[] = {1, 0, 0, 0, 0};
    const uint8_t beyond[] = {1, 0, 0, 0, REQUEST_KIND_LAST + 1};
    struct request decoded;

    assert_false(request_decode(none, sizeof none, &decoded));
    assert_false(request_decode(beyond, sizeof beyond, &decoded));
    assert_false(request_decode(NULL, 0, &decoded));
}

static void what_may_not_be_received_is_not_sent(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct request request = sample(REQUEST_SUBMIT);

    request.envelope_size = 0;
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request = sample(REQUEST_OUTCOME);
    request.command_count = REQUEST_OUTCOME_RECEIPTS_MAX + 1;
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request = sample(REQUEST_LIST);
    request.row_limit = 0;
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request.row_limit = REQUEST_LIST_ROWS_MAX + 1;
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request = sample(REQUEST_INSTRUCTION);
    request.reference[0] = 0;
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request = sample(REQUEST_POSITION);
    strcpy(request.account, "tab\there");
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request = sample(REQUEST_POSITION);
    memset(request.account, 'A', sizeof request.account); /* no terminating zero */
    assert_int_equal(request_encode(&request, bytes, sizeof bytes), 0);
    request = sample(REQUEST_POSITION);
    assert_int_equal(request_encode(&request, bytes, 10), 0); /* no room */
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_survives_a_round_trip),
        cmocka_unit_test(truncated_and_extended_requests_are_refused),
        cmocka_unit_test(a_flipped_bit_never_makes_a_second_form),
        cmocka_unit_test(unknown_kinds_are_refused),
        cmocka_unit_test(what_may_not_be_received_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
