/*
 * Goal: events are read as written and nothing else is; the longest one fits; an event that a trade
 * emits names both sides in business words.
 */
#include "ledger/command/event.h"

#include <string.h>

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

static struct event full(void)
{
    return (struct event){.kind = EVENT_SETTLED,
                          .sequence = 1,
                          .height = 2,
                          .time_ms = 3,
                          .party = world_bic(0),
                          .reference = longest(),
                          .counterparty = world_bic(1),
                          .counter_reference = longest(),
                          .asset = world_asset(WORLD_ISIN_1),
                          .quantity = 4,
                          .settled_quantity = 10,
                          .currency = world_asset(WORLD_EUR),
                          .amount = 5,
                          .account = longest(),
                          .counter_account = longest(),
                          .cash_account = longest(),
                          .counter_cash_account = longest(),
                          .settlement_date = 20261122,
                          .dimension = DIMENSION_PROCESSING,
                          .reason = REASON_LACK};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_the_longest),
        cmocka_unit_test(test_unknown_numbers_are_refused),
        cmocka_unit_test(test_a_settlement_names_both_sides),
        cmocka_unit_test(test_the_kind_needs_no_decoding),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
