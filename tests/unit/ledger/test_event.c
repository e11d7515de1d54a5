/*
 * Goal: events are read as written and nothing else is; the longest one fits, what does not apply
 * takes no bytes; an event that a trade
 * emits names both sides in business words.
 */
#include "ledger/command/event.h"

#include <string.h>

#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

static size_t encode(const struct event *event, uint8_t *bytes)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, EVENT_BYTES_MAX);
    event_encode(event, &writer);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static struct text35 longest(void)
{
    struct text35 text = {.size = TEXT_SIZE_MAX};
    memset(text.text, 'T', TEXT_SIZE_MAX);
    return text;
}

/* No event has all of it. */
static struct event full(void)
{
    return (struct event){.kind = EVENT_SETTLED,
                          .sequence = UINT64_MAX,
                          .height = UINT64_MAX,
                          .time_ms = UINT64_MAX,
                          .party = world_bic(0),
                          .reference = longest(),
                          .instruction_sequence = UINT64_MAX,
                          .counterparty = world_bic(1),
                          .counter_reference = longest(),
                          .counter_sequence = UINT64_MAX,
                          .asset = world_asset(WORLD_ISIN_1),
                          .quantity = 4,
                          .settled_quantity = INT64_MAX,
                          .currency = world_asset(WORLD_ISIN_2),
                          .amount = INT64_MIN,
                          .account = longest(),
                          .counter_account = longest(),
                          .cash_account = longest(),
                          .counter_cash_account = longest(),
                          .settlement_date = UINT32_MAX,
                          .date = UINT32_MAX,
                          .due_ms = UINT64_MAX,
                          .dimension = DIMENSION_PROCESSING,
                          .balance = POSITION_BALANCE_COUNT - 1,
                          .reason = REASON_LACK,
                          .actor = world_bic(2),
                          .priority = PRIORITY_NORMAL,
                          .partial = PARTIAL_PARQ,
                          .person = longest(),
                          .approver = longest(),
                          .content = {.bytes = {1}}};
}

static void test_round_trip_of_the_longest(void **state)
{
    struct event event = full();
    struct event back;
    uint8_t bytes[EVENT_BYTES_MAX + 1] = {0};
    uint8_t again[EVENT_BYTES_MAX];
    (void)state;
    size_t size = encode(&event, bytes);
    assert_true(event_decode(&back, bytes, size));
    assert_int_equal(encode(&back, again), size);
    assert_memory_equal(bytes, again, size);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(event_decode(&back, bytes, shorter));
    }
    assert_false(event_decode(&back, bytes, size + 1));
}

/* Who caused it takes no bytes when it is one of the two. */
static void test_an_actor_who_is_a_party_is_not_written_again(void **state)
{
    struct event event = {
        .kind = EVENT_ALLEGED, .party = world_bic(0), .counterparty = world_bic(1)};
    struct event back;
    uint8_t bytes[EVENT_BYTES_MAX];
    (void)state;
    size_t size = encode(&event, bytes);
    for (uint32_t i = 0; i < 3; i++) {
        event.actor = world_bic(i);
        assert_int_equal(encode(&event, bytes), size + (i < 2 ? 0 : BIC_SIZE));
        assert_true(event_decode(&back, bytes, encode(&event, bytes)));
        assert_true(bic_equal(&back.actor, &event.actor));
    }
    event.counterparty = event.party;
    event.actor = event.party;
    size = encode(&event, bytes);
    assert_true(event_decode(&back, bytes, size));
    bytes[4] ^= 0x30; /* it is the other one's word, for the same */
    assert_false(event_decode(&back, bytes, size));
}

/* There is one form of an event: what is said to be there says something, as short as can be. */
static void test_other_forms_are_refused(void **state)
{
    struct event event = {.kind = EVENT_DAY_CHANGED, .sequence = 1, .height = 2, .time_ms = 3};
    struct event back;
    uint8_t bytes[EVENT_BYTES_MAX];
    (void)state;
    assert_int_equal(encode(&event, bytes), 8);
    bytes[8] = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        bytes_put_u32(bytes + 1, UINT32_C(1) << bit);
        for (size_t size = 8; size <= 8 + HASH_SIZE; size++) {
            memset(bytes + 8, 0, sizeof bytes - 8);
            assert_false(event_decode(&back, bytes, size));
        }
    }
    bytes_put_u32(bytes + 1, UINT32_C(1) << 15);
    bytes[8] = 1;
    assert_true(event_decode(&back, bytes, 9));
    assert_int_equal(back.date, 1);
    bytes[8] = 0x81;
    assert_false(event_decode(&back, bytes, 10));
    event.date = 20261122;
    assert_int_equal(encode(&event, bytes), 12);
}

static void refuses(const struct event *event)
{
    struct event back;
    uint8_t bytes[EVENT_BYTES_MAX];
    size_t size = encode(event, bytes);
    assert_false(event_decode(&back, bytes, size));
}

static void test_unknown_numbers_are_refused(void **state)
{
    struct event event = full();
    (void)state;
    event.kind = 0;
    refuses(&event);
    event.kind = 99;
    refuses(&event);
    event = full();
    event.dimension = DIMENSION_COUNT;
    refuses(&event);
    event = full();
    event.reason = (enum reason)999;
    refuses(&event);
    event = full();
    event.settled_quantity = event.quantity - 1; /* it is part of what has settled with it */
    refuses(&event);
    event = full();
    event.value = 1; /* it matched now, so it settled as a whole */
    refuses(&event);
    event.reason = REASON_NONE;
    refuses(&event);
    event.value = 2;
    event.settled_quantity = event.quantity;
    refuses(&event);
    event = full();
    event.kind = EVENT_MATCHED;
    refuses(&event);
    event.kind = EVENT_CANCELLED;
    event.settled_quantity = -1;
    refuses(&event);
}

static void test_a_settlement_names_both_sides(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    struct event settled = {0};
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_ISIN_1, 100);
    world_fund(&world, WORLD_PARTICIPANT + 1, WORLD_EUR, 5000);
    world_trade(&world,
                &(struct world_trade){WORLD_PARTICIPANT, WORLD_PARTICIPANT + 1, WORLD_ISIN_1, 40,
                                      5000, WORLD_TODAY},
                &sell, &buy);
    (void)world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        struct event event;
        assert_true(
            event_decode(&event, world.output.events[i].bytes, world.output.events[i].size));
        assert_int_equal(event.height, world.output.height);
        if (event.kind == EVENT_SETTLED) {
            settled = event;
        }
    }
    struct bic seller = world_bic(WORLD_PARTICIPANT);
    struct bic buyer = world_bic(WORLD_PARTICIPANT + 1);
    assert_int_equal(settled.kind, EVENT_SETTLED);
    assert_true(bic_equal(&settled.party, &seller));
    assert_true(bic_equal(&settled.counterparty, &buyer));
    assert_true(text35_equal(&settled.reference, &sell.reference));
    assert_true(text35_equal(&settled.counter_reference, &buy.reference));
    assert_int_equal(settled.quantity, 40);
    assert_int_equal(settled.settled_quantity, 40);
    assert_int_equal(settled.amount, 5000);
    assert_int_equal(settled.currency.size, 3);
    assert_memory_equal(settled.account.text, "SEC1", 4);
    assert_memory_equal(settled.counter_cash_account.text, "CASH1", 5);
    world_close(&world);
}

static void test_the_kind_needs_no_decoding(void **state)
{
    struct event event = full();
    uint8_t bytes[EVENT_BYTES_MAX];
    size_t size = encode(&event, bytes);
    (void)state;
    assert_int_equal(event_kind_of(bytes, size), EVENT_SETTLED);
    assert_int_equal(event_kind_of(bytes, 1), EVENT_SETTLED);
    assert_int_equal(event_kind_of(bytes, 0), 0);
    event.kind = EVENT_STATUS;
    size = encode(&event, bytes);
    assert_int_equal(event_kind_of(bytes, size), EVENT_STATUS);
}

/* Whom it is about is read as by decoding all of it, whichever of these fields it says. */
static void test_the_sides_need_no_decoding(void **state)
{
    uint8_t bytes[EVENT_BYTES_MAX];
    (void)state;
    for (uint32_t left_out = 0; left_out < 128; left_out++) {
        struct event event = full();
        struct event read;
        struct event_sides sides;
        event.party = (left_out & 1) != 0 ? (struct bic){{0}} : event.party;
        event.reference = (left_out & 2) != 0 ? (struct text35){0} : event.reference;
        event.instruction_sequence = (left_out & 4) != 0 ? 0 : event.instruction_sequence;
        event.counterparty = (left_out & 8) != 0 ? (struct bic){{0}} : event.counterparty;
        event.counter_reference =
            (left_out & 16) != 0 ? (struct text35){0} : event.counter_reference;
        event.counter_sequence = (left_out & 32) != 0 ? 0 : event.counter_sequence;
        event.reason = (left_out & 64) != 0 ? REASON_NONE : event.reason;
        size_t size = encode(&event, bytes);
        assert_true(event_decode(&read, bytes, size));
        assert_true(event_sides_read(&sides, bytes, size));
        assert_memory_equal(&sides.party, &read.party, sizeof read.party);
        assert_memory_equal(&sides.counterparty, &read.counterparty, sizeof read.counterparty);
        assert_true(text35_equal(&sides.reference, &read.reference));
        assert_true(text35_equal(&sides.counter_reference, &read.counter_reference));
        assert_int_equal(sides.says_reason, read.reason != REASON_NONE);
        assert_false(event_sides_read(&sides, bytes, 7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_the_longest),
        cmocka_unit_test(test_an_actor_who_is_a_party_is_not_written_again),
        cmocka_unit_test(test_other_forms_are_refused),
        cmocka_unit_test(test_unknown_numbers_are_refused),
        cmocka_unit_test(test_a_settlement_names_both_sides),
        cmocka_unit_test(test_the_kind_needs_no_decoding),
        cmocka_unit_test(test_the_sides_need_no_decoding),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
