/*
 * Goal: events come by time and then by the order of adding, whatever the order in which they were
 * added, also while others are added from within; the digest tells histories apart.
 */
#include "netsim/engine/event_queue.h"

#include "base/prng.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    EVENTS = 5000
};

struct seen {
    struct event_queue *queue;
    uint64_t times[2 * EVENTS];
    uint64_t numbers[2 * EVENTS];
    uint32_t count;
    uint32_t dropped;
};

static struct seen seen;

static void note(void *context, const struct queue_event *event)
{
    struct seen *to = context;
    assert_int_equal(event_queue_now_us(to->queue), event->time_us);
    to->times[to->count] = event->time_us;
    to->numbers[to->count] = event->number;
    to->count++;
}

static void drop(const struct queue_event *event)
{
    assert_non_null(event->context);
    seen.dropped++;
}

static void add(uint64_t time_us, uint64_t number)
{
    event_queue_add(seen.queue, &(struct queue_event){.time_us = time_us,
                                                      .kind = QUEUE_WAKE,
                                                      .number = number,
                                                      .run = note,
                                                      .context = &seen});
}

static int set_up(void **state)
{
    (void)state;
    seen = (struct seen){.queue = event_queue_new()};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    event_queue_free(seen.queue, drop);
    return 0;
}

static void an_empty_queue_has_nothing_to_do(void **state)
{
    (void)state;
    uint64_t time_us = 7;
    assert_false(event_queue_run(seen.queue));
    assert_false(event_queue_next_us(seen.queue, &time_us));
    assert_int_equal(time_us, 7);
    assert_int_equal(event_queue_count(seen.queue), 0);
}

static void events_come_by_time_then_by_order_of_adding(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 5);
    for (uint64_t i = 0; i < EVENTS; i++) {
        add(prng_below(&prng, 300), i);
    }
    while (event_queue_run(seen.queue)) {
    }
    assert_int_equal(seen.count, EVENTS);
    assert_int_equal(event_queue_count(seen.queue), EVENTS);
    for (uint32_t i = 1; i < EVENTS; i++) {
        assert_true(seen.times[i - 1] <= seen.times[i]);
        if (seen.times[i - 1] == seen.times[i]) {
            assert_true(seen.numbers[i - 1] < seen.numbers[i]);
        }
    }
}

static void add_more(void *context, const struct queue_event *event)
{
    note(context, event);
    add(event->time_us, 100); /* now, behind what is there */
    add(event->time_us + 1, 101);
}

static void what_is_added_from_within_comes_behind(void **state)
{
    (void)state;
    event_queue_add(seen.queue,
                    &(struct queue_event){.time_us = 10, .run = add_more, .context = &seen});
    add(10, 1);
    add(11, 2);
    while (event_queue_run(seen.queue)) {
    }
    static const uint64_t expected[] = {0, 1, 100, 2, 101};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(seen.numbers[i], expected[i]);
    }
}

static void time_moves_without_events_too(void **state)
{
    (void)state;
    add(50, 1);
    event_queue_advance(seen.queue, 50);
    assert_int_equal(event_queue_now_us(seen.queue), 50);
    expect_assert_failure(event_queue_advance(seen.queue, 51)); /* an event is due before */
    expect_assert_failure(event_queue_advance(seen.queue, 49));
    expect_assert_failure(add(49, 2)); /* the past */
}

static uint64_t digest_of(uint64_t time_us, uint64_t number, uint32_t place, uint64_t print)
{
    struct event_queue *queue = event_queue_new();
    seen.queue = queue;
    event_queue_add(queue, &(struct queue_event){.time_us = time_us,
                                                 .number = number,
                                                 .place = place,
                                                 .print = print,
                                                 .run = note,
                                                 .context = &seen});
    (void)event_queue_run(queue);
    uint64_t digest = event_queue_digest(queue);
    event_queue_free(queue, drop);
    return digest;
}

static void the_digest_depends_on_everything_told(void **state)
{
    (void)state;
    struct event_queue *kept = seen.queue;
    uint64_t digest = digest_of(1, 2, 3, 4);
    assert_true(digest == digest_of(1, 2, 3, 4));
    assert_true(digest != digest_of(2, 2, 3, 4));
    assert_true(digest != digest_of(1, 3, 3, 4));
    assert_true(digest != digest_of(1, 2, 4, 4));
    assert_true(digest != digest_of(1, 2, 3, 5));
    seen.queue = kept;
}

static void what_was_never_handled_is_dropped(void **state)
{
    (void)state;
    struct event_queue *kept = seen.queue;
    seen.queue = event_queue_new();
    add(1, 1);
    add(2, 2);
    add(3, 3);
    (void)event_queue_run(seen.queue);
    event_queue_free(seen.queue, drop);
    assert_int_equal(seen.dropped, 2);
    seen.queue = kept;
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_queue_has_nothing_to_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(events_come_by_time_then_by_order_of_adding, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_added_from_within_comes_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_moves_without_events_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_digest_depends_on_everything_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_never_handled_is_dropped, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
