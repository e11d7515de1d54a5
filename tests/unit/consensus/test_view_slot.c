/*
 * Goal: a view has one place per validator and kind of vote, and a slot that is used again forgets
 * the view before.
 */
#include "tests/support/cmocka.h"

#include <string.h>

#include "consensus/view_slot.h"
#include "tests/support/assert_hook.h"

#define N 4

static _Alignas(16) uint8_t memory[1u << 18];
static struct view_ring ring;

static int setup(void **state)
{
    (void)state;
    struct arena arena;
    memset(memory, 0, sizeof memory);
    arena_init(&arena, memory, sizeof memory);
    view_ring_init(&ring, N, &arena);
    return 0;
}

static struct vote vote(enum vote_kind kind, uint64_t view, uint16_t signer)
{
    return (struct vote){.kind = kind, .view = view, .signer = signer, .hash = {{9}}};
}

/* Goal: votes are found by kind and signer, and counted by kind. */
static void test_votes_by_kind_and_signer(void **state)
{
    (void)state;
    struct view_slot *slot = view_ring_claim(&ring, 5);
    const struct vote notarize = vote(VOTE_NOTARIZE, 5, 2);
    const struct vote finalize = vote(VOTE_FINALIZE, 5, 2);
    view_slot_cast(slot, &notarize);
    view_slot_cast(slot, &finalize);
    assert_non_null(view_slot_vote(slot, VOTE_NOTARIZE, 2));
    assert_non_null(view_slot_vote(slot, VOTE_FINALIZE, 2));
    assert_null(view_slot_vote(slot, VOTE_NULLIFY, 2));
    assert_null(view_slot_vote(slot, VOTE_NOTARIZE, 1));
    assert_int_equal(view_slot_table(slot, VOTE_NOTARIZE)->count, 1);
    assert_int_equal(view_slot_table(slot, VOTE_NULLIFY)->count, 0);
    assert_true(view_slot_table(slot, VOTE_FINALIZE)->changed);
    expect_assert_failure(view_slot_cast(slot, &notarize));
    const struct vote other_view = vote(VOTE_NOTARIZE, 6, 1);
    expect_assert_failure(view_slot_cast(slot, &other_view));
}

/* Goal: a slot claimed for a later view is empty; claimed again for the same it is not. */
static void test_ring(void **state)
{
    (void)state;
    struct view_slot *slot = view_ring_claim(&ring, 5);
    const struct vote nullify = vote(VOTE_NULLIFY, 5, 3);
    view_slot_cast(slot, &nullify);
    slot->accused[1] = true;
    slot->equivocated = true;
    assert_ptr_equal(view_ring_claim(&ring, 5), slot);
    assert_non_null(view_slot_vote(slot, VOTE_NULLIFY, 3));
    assert_null(view_ring_get(&ring, 5 + VIEW_SLOTS));

    slot = view_ring_claim(&ring, 5 + VIEW_SLOTS);
    assert_null(view_ring_get(&ring, 5));
    assert_null(view_slot_vote(slot, VOTE_NULLIFY, 3));
    assert_int_equal(view_slot_table(slot, VOTE_NULLIFY)->count, 0);
    assert_false(slot->accused[1]);
    assert_false(slot->equivocated);
    expect_assert_failure((void)view_ring_claim(&ring, 5)); /* time does not go back */
}

static void test_view_zero_is_none(void **state)
{
    (void)state;
    assert_null(view_ring_get(&ring, 0));
    expect_assert_failure((void)view_ring_claim(&ring, 0));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_votes_by_kind_and_signer, setup),
        cmocka_unit_test_setup(test_ring, setup),
        cmocka_unit_test_setup(test_view_zero_is_none, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
