/*
 * Goal: an ordered set answers like a sorted list under any sequence of insertions and removals, is
 * never higher than an AVL tree may be, also when elements come in order, and refuses misuse.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/state/ordered.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

#define ELEMENTS 400

struct fixture {
    struct arena arena;
    struct ordered ordered;
    uint32_t root;
    uint32_t keys[ELEMENTS];   /* all different */
    int64_t weights[ELEMENTS]; /* may be equal */
    uint32_t sorted[ELEMENTS]; /* the elements in the set, in order */
    uint32_t count;
};

static int key_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct fixture *fixture = context;
    return fixture->keys[a] < fixture->keys[b] ? -1 : fixture->keys[a] > fixture->keys[b];
}

static int number_compare(const void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return a < b ? -1 : a > b;
}

static int key_probe(const void *context, const void *sought, uint32_t element)
{
    const struct fixture *fixture = context;
    uint32_t key = *(const uint32_t *)sought;
    return fixture->keys[element] < key ? -1 : fixture->keys[element] > key;
}

static int64_t weight_of(const void *context, uint32_t element)
{
    const struct fixture *fixture = context;
    return fixture->weights[element];
}

static void fixture_open(struct fixture *fixture)
{
    struct arena count;
    memset(fixture, 0, sizeof(*fixture));
    arena_init(&count, NULL, 0);
    ordered_init(&fixture->ordered, ELEMENTS, key_compare, weight_of, fixture, &count);
    test_arena_init(&fixture->arena, count.used);
    ordered_init(&fixture->ordered, ELEMENTS, key_compare, weight_of, fixture, &fixture->arena);
    fixture->root = ORDERED_NONE;
}

static void fixture_close(struct fixture *fixture)
{
    test_arena_free(&fixture->arena);
}

static uint32_t list_place(const struct fixture *fixture, uint32_t key)
{
    uint32_t place = 0;
    while (place < fixture->count && fixture->keys[fixture->sorted[place]] < key) {
        place++;
    }
    return place;
}

static void both_insert(struct fixture *fixture, uint32_t element)
{
    uint32_t place = list_place(fixture, fixture->keys[element]);
    memmove(&fixture->sorted[place + 1], &fixture->sorted[place],
            (fixture->count - place) * sizeof(uint32_t));
    fixture->sorted[place] = element;
    fixture->count++;
    ordered_insert(&fixture->ordered, &fixture->root, element);
}

static void both_remove(struct fixture *fixture, uint32_t element)
{
    uint32_t place = list_place(fixture, fixture->keys[element]);
    assert_int_equal(fixture->sorted[place], element);
    fixture->count--;
    memmove(&fixture->sorted[place], &fixture->sorted[place + 1],
            (fixture->count - place) * sizeof(uint32_t));
    ordered_remove(&fixture->ordered, &fixture->root, element);
}

/* Balanced everywhere, heights and least weights right? Returns the height. */
static uint32_t check_shape(const struct fixture *fixture, uint32_t element)
{
    uint32_t before;
    uint32_t after;
    int64_t least;
    if (element == ORDERED_END) {
        return 0;
    }
    const struct ordered_link *link = &fixture->ordered.links[element];
    const int64_t *leasts = fixture->ordered.least;
    before = check_shape(fixture, ordered_at(&link->before));
    after = check_shape(fixture, ordered_at(&link->after));
    assert_true(before <= after + 1);
    assert_true(after <= before + 1);
    assert_int_equal(ordered_link_height(link), 1 + (before > after ? before : after));
    least = fixture->weights[element];
    if (before > 0 && leasts[ordered_at(&link->before)] < least) {
        least = leasts[ordered_at(&link->before)];
    }
    if (after > 0 && leasts[ordered_at(&link->after)] < least) {
        least = leasts[ordered_at(&link->after)];
    }
    assert_int_equal(leasts[element], least);
    return ordered_link_height(link);
}

static void check_answers(const struct fixture *fixture, uint32_t key, int64_t weight)
{
    const struct ordered *ordered = &fixture->ordered;
    uint32_t place = list_place(fixture, key);
    uint32_t within = ORDERED_NONE;
    uint32_t element = ordered_first(ordered, fixture->root);

    assert_int_equal(ordered_first_from(ordered, fixture->root, key_probe, &key),
                     place < fixture->count ? fixture->sorted[place] : ORDERED_NONE);
    assert_int_equal(ordered_last_before(ordered, fixture->root, key_probe, &key),
                     place > 0 ? fixture->sorted[place - 1] : ORDERED_NONE);
    for (uint32_t i = fixture->count; i-- > 0;) {
        within = fixture->weights[fixture->sorted[i]] <= weight ? fixture->sorted[i] : within;
    }
    assert_int_equal(ordered_first_within(ordered, fixture->root, weight), within);
    if (fixture->count > 0) {
        int64_t least = ordered_weight_least(ordered, fixture->root);
        assert_int_equal(ordered_first_within(ordered, fixture->root, least - 1), ORDERED_NONE);
        assert_int_not_equal(ordered_first_within(ordered, fixture->root, least), ORDERED_NONE);
    }
    assert_int_equal(ordered_is_single(ordered, fixture->root), fixture->count == 1);
    for (uint32_t i = 0; i < fixture->count; i++) {
        assert_int_equal(element, fixture->sorted[i]);
        element = ordered_next(ordered, fixture->root, element);
    }
    assert_int_equal(element, ORDERED_NONE);
}

static void test_agrees_with_a_sorted_list(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fixture fixture;
        struct prng prng;
        prng_init(&prng, seed);
        fixture_open(&fixture);
        for (uint32_t i = 0; i < ELEMENTS; i++) {
            fixture.keys[i] = i * 7919u % 4001u;
            fixture.weights[i] = (int64_t)prng_below(&prng, 60) - 20;
        }
        for (uint32_t step = 0; step < 1200; step++) {
            uint32_t element = (uint32_t)prng_below(&prng, ELEMENTS);
            if (ordered_contains(&fixture.ordered, element)) {
                both_remove(&fixture, element);
                /* Records may change only outside of the set. */
                fixture.weights[element] = (int64_t)prng_below(&prng, 60) - 20;
            } else {
                both_insert(&fixture, element);
            }
            if (step % 10 == 0) {
                (void)check_shape(&fixture, ordered_at(&fixture.root));
                check_answers(&fixture, (uint32_t)prng_below(&prng, 4100),
                              (int64_t)prng_below(&prng, 70) - 25);
            }
        }
        fixture_close(&fixture);
    }
}

/* Elements that come in order turn a plain tree into a list; this one stays below 1.45 log2 n. */
static void test_stays_balanced_when_elements_come_in_order(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        fixture.keys[i] = i;
        both_insert(&fixture, i);
    }
    assert_true(check_shape(&fixture, ordered_at(&fixture.root)) <= 12);
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        both_remove(&fixture, i);
        (void)check_shape(&fixture, ordered_at(&fixture.root));
    }
    assert_int_equal(fixture.root, ORDERED_NONE);
    fixture_close(&fixture);
}

static void test_empty_set_answers_none(void **state)
{
    struct fixture fixture;
    uint32_t key = 3;
    (void)state;
    fixture_open(&fixture);
    assert_int_equal(ordered_first(&fixture.ordered, ORDERED_NONE), ORDERED_NONE);
    assert_int_equal(ordered_first_from(&fixture.ordered, ORDERED_NONE, key_probe, &key),
                     ORDERED_NONE);
    assert_int_equal(ordered_last_before(&fixture.ordered, ORDERED_NONE, key_probe, &key),
                     ORDERED_NONE);
    assert_int_equal(ordered_first_within(&fixture.ordered, ORDERED_NONE, INT64_MAX), ORDERED_NONE);
    assert_false(ordered_is_single(&fixture.ordered, ORDERED_NONE));
    fixture_close(&fixture);
}

/* Sets of two orders over one array of links do not disturb each other. */
static void test_links_are_shared_by_sets_of_another_order(void **state)
{
    struct fixture fixture;
    struct ordered other;
    uint32_t other_root = ORDERED_NONE;
    (void)state;
    fixture_open(&fixture);
    ordered_share(&other, &fixture.ordered, number_compare, &fixture);
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        fixture.keys[i] = ELEMENTS - i;
        if (i % 2 == 0) {
            both_insert(&fixture, i);
        } else {
            ordered_insert(&other, &other_root, i);
        }
    }
    for (uint32_t i = 0; i < ELEMENTS; i += 4) { /* each goes over to the other set */
        both_remove(&fixture, i);
        ordered_insert(&other, &other_root, i);
    }
    (void)check_shape(&fixture, ordered_at(&fixture.root));
    uint32_t found = ordered_first(&other, other_root);
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        if (i % 4 != 2) {
            assert_int_equal(found, i);
            found = ordered_next(&other, other_root, found);
        }
    }
    assert_int_equal(found, ORDERED_NONE);
    expect_assert_failure(ordered_insert(&other, &other_root, 2)); /* it is in the owner's */
    fixture_close(&fixture);
}

static void test_misuse_is_caught(void **state)
{
    struct fixture fixture;
    uint32_t other_root = ORDERED_NONE;
    (void)state;
    fixture_open(&fixture);
    fixture.keys[1] = 1;
    both_insert(&fixture, 0);
    expect_assert_failure(ordered_insert(&fixture.ordered, &fixture.root, 0));
    expect_assert_failure(ordered_insert(&fixture.ordered, &fixture.root, ELEMENTS));
    expect_assert_failure(ordered_remove(&fixture.ordered, &fixture.root, 1));
    expect_assert_failure(ordered_remove(&fixture.ordered, &other_root, 0));
    struct ordered too_large;
    struct arena count;
    arena_init(&count, NULL, 0);
    expect_assert_failure(
        ordered_init(&too_large, ORDERED_CAPACITY_MAX + 1u, key_compare, NULL, &fixture, &count));
    fixture.keys[1] = 0;
    expect_assert_failure(ordered_insert(&fixture.ordered, &fixture.root, 1));
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_a_sorted_list),
        cmocka_unit_test(test_stays_balanced_when_elements_come_in_order),
        cmocka_unit_test(test_empty_set_answers_none),
        cmocka_unit_test(test_links_are_shared_by_sets_of_another_order),
        cmocka_unit_test(test_misuse_is_caught),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
