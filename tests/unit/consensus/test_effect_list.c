/*
 * Goal: effects keep their order and their bytes until the next step, and are never written where
 * there is no room.
 */
#include "tests/support/cmocka.h"

#include <string.h>

#include "consensus/effect_list.h"
#include "tests/support/assert_hook.h"

static _Alignas(16) uint8_t memory[1u << 18];
static struct effect_list list;

static int setup(void **state)
{
    (void)state;
    struct arena arena;
    memset(memory, 0, sizeof memory);
    arena_init(&arena, memory, sizeof memory);
    effect_list_init(&list, EFFECT_ACTION_MAX + 8, 1000, 100, &arena);
    return 0;
}

static void persist(uint8_t byte)
{
    struct bytes_writer writer = effect_write(&list);
    bytes_write_u8(&writer, byte);
    bytes_write_u8(&writer, byte);
    effect_persist(&list, &writer, false);
}

/* Goal: records are numbered 1, 2, 3, ... across steps, and each has its own bytes. */
static void test_records_are_numbered(void **state)
{
    (void)state;
    persist(7);
    persist(8);
    assert_int_equal(list.items[0].persist.seq, 1);
    assert_int_equal(list.items[1].persist.seq, 2);
    assert_int_equal(list.items[0].persist.bytes[1], 7);
    assert_int_equal(list.items[1].persist.bytes[0], 8);
    effect_list_clear(&list);
    persist(9);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].persist.seq, 3);
}

/* Goal: the last record that may not wait is known, whatever comes behind it. */
static void test_promises_are_told_apart(void **state)
{
    (void)state;
    persist(7);
    struct bytes_writer writer = effect_write(&list);
    bytes_write_u8(&writer, 8);
    effect_persist(&list, &writer, true);
    assert_false(list.items[0].persist.may_wait);
    assert_true(list.items[1].persist.may_wait);
    assert_int_equal(list.seq, 2);
    assert_int_equal(list.promised_seq, 1);
}

/* Goal: nothing may wait for a record that was not written. */
static void test_send_waits_for_what_exists(void **state)
{
    (void)state;
    persist(7);
    struct bytes_writer writer = effect_write(&list);
    bytes_write_u8(&writer, 1);
    expect_assert_failure(effect_send(&list, &writer, 2, CONSENSUS_CLASS_VOTE, 2));
    effect_send(&list, &writer, 2, CONSENSUS_CLASS_VOTE, 1);
    effect_send_again(&list, 3);
    const struct consensus_effect *second = &list.items[list.count - 1];
    assert_int_equal(second->send.to, 3);
    assert_int_equal(second->send.after_seq, 1);
    assert_int_equal(second->send.bytes[0], 1);
}

/* Goal: room is refused while an action still fits, in number and in bytes. */
static void test_room(void **state)
{
    (void)state;
    assert_true(effect_list_room(&list));
    for (uint32_t i = 0; i < 8; i++) {
        persist(1);
    }
    assert_true(effect_list_room(&list));
    persist(1);
    assert_false(effect_list_room(&list));
    effect_list_clear(&list);
    struct bytes_writer writer = effect_write(&list);
    bytes_write_zero(&writer, 901);
    effect_persist(&list, &writer, false);
    assert_false(effect_list_room(&list));
}

/* Goal: what did not fit into the writer is a bug, not a shorter message. */
static void test_overflow_is_a_bug(void **state)
{
    (void)state;
    struct bytes_writer writer = effect_write(&list);
    bytes_write_zero(&writer, 1001);
    expect_assert_failure(effect_persist(&list, &writer, false));
}

/* Goal: traces are dropped before they could take an effect's place. */
static void test_traces_give_way(void **state)
{
    (void)state;
    effect_trace(&list, CONSENSUS_TRACE_ENTER, 0, 1, NULL);
    assert_int_equal(list.count, 0); /* not asked for */
    list.trace = true;
    for (uint32_t i = 0; i < 1000; i++) {
        effect_trace(&list, CONSENSUS_TRACE_ENTER, 0, 1, NULL);
    }
    assert_int_equal(list.capacity - list.count, EFFECT_ACTION_MAX);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_records_are_numbered, setup),
        cmocka_unit_test_setup(test_promises_are_told_apart, setup),
        cmocka_unit_test_setup(test_send_waits_for_what_exists, setup),
        cmocka_unit_test_setup(test_room, setup),
        cmocka_unit_test_setup(test_overflow_is_a_bug, setup),
        cmocka_unit_test_setup(test_traces_give_way, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
