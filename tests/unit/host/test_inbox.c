/*
 * The inbox: bounded in items and bytes, order kept within a rank, lower ranks first, and nothing
 * lost or doubled with many writers.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/inbox.h"
#include "tests/support/cmocka.h"

enum {
    WRITERS = 4,
    ITEMS_PER_WRITER = 20000,
};

static const struct inbox_bounds small[INBOX_RANKS] = {{4, 100}, {3, 10}, {0, 0}, {0, 0}};

static enum inbox_result put(struct inbox *inbox, uint32_t rank, uint64_t number, size_t size)
{
    static const uint8_t zeros[200];
    struct inbox_item item = {.kind = 5, .source = 6, .number = number};
    return inbox_put(inbox, rank, &item, zeros, size);
}

static uint64_t take(struct inbox *inbox)
{
    struct inbox_item item;
    assert_int_equal(inbox_take(inbox, 0, &item), INBOX_OK);
    assert_int_equal(item.kind, 5);
    assert_int_equal(item.source, 6);
    assert_true((item.data == NULL) == (item.size == 0));
    inbox_item_free(&item);
    return item.number;
}

static void test_lower_ranks_come_first_each_in_order(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_new(small);
    assert_int_equal(put(inbox, 1, 10, 1), INBOX_OK);
    assert_int_equal(put(inbox, 0, 1, 0), INBOX_OK);
    assert_int_equal(put(inbox, 1, 11, 1), INBOX_OK);
    assert_int_equal(put(inbox, 0, 2, 3), INBOX_OK);
    assert_int_equal(inbox_count(inbox), 4);
    assert_int_equal(take(inbox), 1);
    assert_int_equal(inbox_count(inbox), 3);
    assert_int_equal(take(inbox), 2);
    assert_int_equal(take(inbox), 10);
    assert_int_equal(take(inbox), 11);
    struct inbox_item item;
    assert_int_equal(inbox_take(inbox, 0, &item), INBOX_EMPTY);
    inbox_free(inbox);
}

static void test_a_full_rank_refuses_and_leaves_the_others_alone(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_new(small);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(put(inbox, 1, i, 1), INBOX_OK);
    }
    assert_int_equal(put(inbox, 1, 9, 1), INBOX_FULL); /* items */
    assert_int_equal(put(inbox, 0, 9, 60), INBOX_OK);
    assert_int_equal(put(inbox, 0, 9, 41), INBOX_FULL); /* bytes */
    assert_int_equal(put(inbox, 0, 9, 40), INBOX_OK);
    inbox_free(inbox); /* with items in it */
}

static void test_a_large_item_gets_into_an_empty_rank(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_new(small);
    assert_int_equal(put(inbox, 1, 1, 200), INBOX_OK);
    assert_int_equal(put(inbox, 1, 2, 0), INBOX_FULL);
    assert_int_equal(take(inbox), 1);
    assert_int_equal(put(inbox, 1, 2, 10), INBOX_OK);
    assert_int_equal(put(inbox, 1, 3, 0), INBOX_OK);
    inbox_free(inbox);
}

static void test_what_is_given_but_refused_stays_the_givers(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_new(small);
    struct inbox_item item = {.kind = 5, .source = 6, .number = 1, .size = 100};
    item.data = malloc(item.size);
    assert_int_equal(inbox_give(inbox, 0, &item), INBOX_OK);
    item.data = malloc(item.size);
    assert_int_equal(inbox_give(inbox, 0, &item), INBOX_FULL);
    inbox_item_free(&item);
    assert_int_equal(take(inbox), 1);
    inbox_free(inbox);
}

/* Several are taken in their order, as far as there is room; the rest stays the giver's. */
static void test_several_are_given_as_far_as_they_fit(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_new(small);
    struct inbox_item items[6] = {{0}};
    size_t given = 9;
    for (uint64_t i = 0; i < 6; i++) {
        items[i] = (struct inbox_item){.kind = 5, .source = 6, .number = i + 1};
    }
    assert_int_equal(inbox_give_all(inbox, 0, items, 2, &given), INBOX_OK);
    assert_int_equal(given, 2);
    assert_int_equal(inbox_give_all(inbox, 0, items + 2, 4, &given), INBOX_FULL);
    assert_int_equal(given, 2); /* four are the bound */
    assert_int_equal(inbox_give_all(inbox, 0, items + 4, 2, &given), INBOX_FULL);
    assert_int_equal(given, 0);
    for (uint64_t i = 1; i <= 4; i++) {
        assert_int_equal(take(inbox), i);
    }
    for (size_t i = 0; i < 3; i++) {
        items[i].size = i == 2 ? 90 : 10;
        items[i].data = malloc(items[i].size);
    }
    assert_int_equal(inbox_give_all(inbox, 0, items, 3, &given), INBOX_FULL); /* bytes */
    assert_int_equal(given, 2);
    inbox_item_free(&items[2]);
    assert_int_equal(inbox_give_all(inbox, 0, items, 0, &given), INBOX_OK);
    inbox_close(inbox);
    assert_int_equal(inbox_give_all(inbox, 0, items + 3, 1, &given), INBOX_CLOSED);
    assert_int_equal(given, 0);
    inbox_free(inbox);
}

static void test_time_and_closing_end_a_wait(void **state)
{
    (void)state;
    struct inbox *inbox = inbox_new(small);
    struct inbox_item item;
    uint64_t begun_ms = clock_monotonic_ms();
    assert_int_equal(inbox_take(inbox, 30, &item), INBOX_EMPTY);
    assert_true(clock_monotonic_ms() - begun_ms >= 29);
    assert_int_equal(put(inbox, 0, 1, 1), INBOX_OK);
    inbox_close(inbox);
    assert_int_equal(put(inbox, 0, 2, 1), INBOX_CLOSED);
    assert_int_equal(take(inbox), 1);
    assert_int_equal(inbox_take(inbox, 60000, &item), INBOX_CLOSED);
    inbox_free(inbox);
}

struct writer {
    struct inbox *inbox;
    uint64_t source;
};

static void *write_all(void *context)
{
    const struct writer *writer = context;
    for (uint64_t number = 1; number <= ITEMS_PER_WRITER;) {
        struct inbox_item item = {.source = writer->source, .number = number};
        uint32_t rank = (uint32_t)(writer->source % 2);
        if (inbox_put(writer->inbox, rank, &item, &number, sizeof(number)) == INBOX_OK) {
            number += 1;
        }
    }
    return NULL;
}

static void test_many_writers_lose_and_double_nothing(void **state)
{
    (void)state;
    static const struct inbox_bounds bounds[INBOX_RANKS] = {{64, 1000}, {64, 400}, {0, 0}, {0, 0}};
    struct inbox *inbox = inbox_new(bounds);
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    uint64_t last[WRITERS] = {0};
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){inbox, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_all, &writers[i]), 0);
    }
    for (size_t i = 0; i < (size_t)WRITERS * ITEMS_PER_WRITER; i++) {
        struct inbox_item item;
        assert_int_equal(inbox_take(inbox, 20000, &item), INBOX_OK);
        assert_int_equal(item.number, last[item.source] + 1);
        assert_int_equal(item.size, sizeof(uint64_t));
        assert_memory_equal(item.data, &item.number, sizeof(uint64_t));
        last[item.source] = item.number;
        inbox_item_free(&item);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    inbox_free(inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lower_ranks_come_first_each_in_order),
        cmocka_unit_test(test_a_full_rank_refuses_and_leaves_the_others_alone),
        cmocka_unit_test(test_a_large_item_gets_into_an_empty_rank),
        cmocka_unit_test(test_what_is_given_but_refused_stays_the_givers),
        cmocka_unit_test(test_several_are_given_as_far_as_they_fit),
        cmocka_unit_test(test_time_and_closing_end_a_wait),
        cmocka_unit_test(test_many_writers_lose_and_double_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
