/*
 * Goal: links and pools (ledger/link/): T15. What is BEFO or AFTE settles in that order, what is
 * WITH or in a pool in one step or not at all; a pool waits for its last member; what could never
 * be kept is refused when it is entered, with INVL, a field and a remedy; the end of one wakes the
 * others. Negative cases: circles of every kind, other dates, other parties, ended ones, too many.
 */
#include <stdio.h>

#include "ledger/command/execute.h"
#include "ledger/link/link.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
};

struct sides {
    struct command sell;
    struct command buy;
};

static struct sides trade(struct world *world, uint32_t seller, uint32_t buyer,
                          enum world_asset asset, int64_t quantity)
{
    struct world_trade what = {seller, buyer, asset, quantity, 0, WORLD_TODAY};
    struct sides sides;
    world_trade(world, &what, &sides.sell, &sides.buy);
    return sides;
}

/* Submits both; the head. */
static uint32_t enter(struct world *world, const struct sides *sides)
{
    uint32_t head = world_instruct(world, &sides->sell);
    (void)world_instruct(world, &sides->buy);
    return head;
}

static uint32_t deliver(struct world *world, uint32_t seller, uint32_t buyer,
                        enum world_asset asset, int64_t quantity)
{
    struct sides sides = trade(world, seller, buyer, asset, quantity);
    return enter(world, &sides);
}

static void name_link(struct command *command, uint8_t type, const struct text35 *reference)
{
    struct command_instruct *body = &command->instruct;
    body->links[body->link_count].type = type;
    body->links[body->link_count].reference = *reference;
    body->link_count++;
}

static void name_pool(struct command *command, const char *pool, uint16_t number, uint16_t total)
{
    command->instruct.pool = world_text(pool);
    command->instruct.pool_number = number;
    command->instruct.pool_total = total;
}

static struct receipt link_command(struct world *world, uint32_t sender, enum command_kind kind,
                                   uint32_t index, uint32_t other, uint8_t type)
{
    const struct instruction *one = world_view(world, index);
    const struct instruction *two = world_view(world, other);
    struct command command;
    world_command(world, kind, &command);
    command.link = (struct command_link){
        .party = party_view(world->ledger, one->party)->bic,
        .reference = one->reference,
        .linked_party = party_view(world->ledger, two->party)->bic,
        .linked_reference = two->reference,
        .type = type,
    };
    return world_submit(world, sender, &command);
}

static void assert_linked(struct world *world, uint32_t sender, uint32_t index, uint32_t other,
                          uint8_t type)
{
    struct receipt receipt = link_command(world, sender, COMMAND_LINK, index, other, type);
    assert_string_equal(outcome_name(receipt.outcome), "DONE");
}

static void assert_refused(const struct receipt *receipt, enum reason reason, enum detail detail,
                           enum field field)
{
    assert_string_equal(outcome_name(receipt->outcome), "REFUSED");
    assert_string_equal(reason_code(receipt->reason), reason_code(reason));
    assert_string_equal(detail_name(receipt->detail), detail_name(detail));
    assert_string_equal(field_name(receipt->field), field_name(field));
}

static bool settled(const struct world *world, uint32_t index)
{
    return world_view(world, index)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static void assert_pending(const struct world *world, uint32_t head, enum reason reason)
{
    uint32_t counterpart = world_view(world, head)->counterpart;
    world_assert_status(world, head, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, reason);
    world_assert_status(world, counterpart, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, reason);
}

/* ----------------------------------------------------------------------------- BEFO, AFTE */

/* Back to back: B's sale after B's purchase. The sale waits although B could deliver. */
static void test_T15_after_waits_for_the_first(void **state)
{
    struct world world;
    struct sides sale;
    uint32_t purchase;
    uint32_t head;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, B, WORLD_ISIN_1, 10);
    purchase = deliver(&world, A, B, WORLD_ISIN_1, 10); /* A lacks */
    sale = trade(&world, B, C, WORLD_ISIN_1, 10);
    name_link(&sale.sell, LINK_AFTE,
              &world_view(&world, world_view(&world, purchase)->counterpart)->reference);
    head = enter(&world, &sale);
    assert_pending(&world, head, REASON_LINK);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    assert_true(settled(&world, purchase));
    assert_true(settled(&world, head)); /* in the same block */
    assert_int_equal(world_view(&world, head)->status[DIMENSION_SETTLEMENT].height,
                     world_view(&world, purchase)->status[DIMENSION_SETTLEMENT].height);
    world_close(&world);
}

/* The same link seen from the other side. */
static void test_T15_before_keeps_the_other(void **state)
{
    struct world world;
    uint32_t first;
    uint32_t second;
    (void)state;
    world_open(&world, NULL);
    first = deliver(&world, A, B, WORLD_ISIN_1, 10);
    second = deliver(&world, A, C, WORLD_ISIN_2, 5);
    assert_linked(&world, A, first, second, LINK_BEFO);
    assert_pending(&world, second, REASON_LINK);
    world_assert_status(&world, first, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    assert_false(settled(&world, second));
    world_fund(&world, A, WORLD_ISIN_1, 10);
    assert_true(settled(&world, first));
    assert_true(settled(&world, second));
    world_close(&world);
}

/* After what has settled already: nothing is left to wait for. */
static void test_after_what_has_settled_is_free(void **state)
{
    struct world world;
    struct sides later;
    uint32_t first;
    uint32_t head;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 20);
    first = deliver(&world, A, B, WORLD_ISIN_1, 10);
    assert_true(settled(&world, first));
    later = trade(&world, A, C, WORLD_ISIN_1, 10);
    name_link(&later.sell, LINK_AFTE, &world_view(&world, first)->reference);
    head = enter(&world, &later);
    assert_true(settled(&world, head));
    world_close(&world);
}

/* INFO keeps nobody. */
static void test_information_keeps_nobody(void **state)
{
    struct world world;
    uint32_t first;
    uint32_t second;
    (void)state;
    world_open(&world, NULL);
    first = deliver(&world, A, B, WORLD_ISIN_1, 10);
    second = deliver(&world, A, C, WORLD_ISIN_2, 5);
    assert_linked(&world, A, first, second, LINK_INFO);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    assert_true(settled(&world, second));
    assert_false(link_binds(world.ledger, first));
    world_close(&world);
}

/* A link taken away frees what it kept, in the same block; UNLK needs the type it has. */
static void test_unlinked_is_tried_at_once(void **state)
{
    struct world world;
    struct receipt receipt;
    uint32_t first;
    uint32_t second;
    (void)state;
    world_open(&world, NULL);
    first = deliver(&world, A, B, WORLD_ISIN_1, 10);
    second = deliver(&world, A, C, WORLD_ISIN_2, 5);
    assert_linked(&world, A, second, first, LINK_AFTE);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    assert_pending(&world, second, REASON_LINK);
    receipt = link_command(&world, A, COMMAND_UNLINK, second, first, LINK_BEFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_NOT_LINKED, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, A, COMMAND_UNLINK, first, second, LINK_BEFO);
    assert_string_equal(outcome_name(receipt.outcome), "DONE");
    assert_int_equal(world_event_count(&world, EVENT_UNLINKED), 1);
    assert_true(settled(&world, second));
    assert_false(settled(&world, first));
    world_close(&world);
}

/* What should come first is cancelled: the other stays pending, LINK, until somebody decides. */
static void test_cancelled_first_keeps_until_unlinked(void **state)
{
    struct world world;
    uint32_t first;
    uint32_t second;
    (void)state;
    world_open(&world, NULL);
    first = deliver(&world, A, B, WORLD_ISIN_1, 10);
    second = deliver(&world, A, C, WORLD_ISIN_2, 5);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    first = deliver(&world, B, A, WORLD_ISIN_2, 7);
    first = world_view(&world, first)->counterpart; /* A's side */
    assert_linked(&world, A, second, first, LINK_AFTE);
    (void)world_target(&world, WORLD_OPERATOR, COMMAND_CANCEL, first, 0, 0);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    assert_pending(&world, second, REASON_LINK);
    assert_true(link_retains(world.ledger, first));
    (void)link_command(&world, A, COMMAND_UNLINK, second, first, LINK_AFTE);
    assert_true(settled(&world, second));
    assert_false(link_retains(world.ledger, first));
    world_close(&world);
}

/* -------------------------------------------------------------------------- WITH, and sets */

/* An exchange of two securities: neither can go first, both go together. */
static void test_with_settles_in_one_step(void **state)
{
    struct world world;
    uint32_t one;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    other = deliver(&world, B, A, WORLD_ISIN_2, 5);
    assert_linked(&world, A, one, world_view(&world, other)->counterpart, LINK_WITH);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    assert_false(settled(&world, one));
    world_assert_status(&world, other, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    assert_pending(&world, one, REASON_LINK);
    world_fund(&world, B, WORLD_ISIN_2, 5);
    assert_true(settled(&world, one));
    assert_true(settled(&world, other));
    world_close(&world);
}

/* The lack of the set is its net: what one brings, the other may give away. */
static void test_with_is_provided_on_the_net(void **state)
{
    struct world world;
    uint32_t one;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    other = deliver(&world, B, A, WORLD_ISIN_1, 12);
    assert_linked(&world, A, one, world_view(&world, other)->counterpart, LINK_WITH);
    assert_int_equal(world_view(&world, other)->waiting_need, 2);
    world_fund(&world, B, WORLD_ISIN_1, 2);
    assert_true(settled(&world, one));
    assert_true(settled(&world, other));
    world_close(&world);
}

/* Each member says what is in its own way: a hold here, a blocked account there, else LINK. */
static void test_members_say_what_is_in_their_own_way(void **state)
{
    struct world world;
    uint32_t one;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    other = deliver(&world, A, C, WORLD_ISIN_2, 5);
    assert_linked(&world, A, one, other, LINK_WITH);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    world_fund(&world, A, WORLD_ISIN_2, 4);
    assert_pending(&world, one, REASON_LINK);
    (void)world_target(&world, A, COMMAND_HOLD, one, DIMENSION_HOLD_PARTY, 0);
    world_fund(&world, A, WORLD_ISIN_2, 1);
    world_assert_status(&world, one, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_PREA);
    assert_pending(&world, other, REASON_LINK);
    /* Two are in the way: each says its own. */
    (void)world_target(&world, C, COMMAND_HOLD, world_view(&world, other)->counterpart,
                       DIMENSION_HOLD_PARTY, 0);
    (void)world_target(&world, A, COMMAND_RELEASE, one, DIMENSION_HOLD_PARTY, 0);
    (void)world_target(&world, A, COMMAND_HOLD, one, DIMENSION_HOLD_PARTY, 0);
    (void)link_command(&world, A, COMMAND_UNLINK, one, other, LINK_WITH);
    assert_linked(&world, A, one, other, LINK_WITH);
    world_assert_status(&world, one, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_PREA);
    world_assert_status(&world, other, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_PRCY);
    (void)world_target(&world, C, COMMAND_RELEASE, world_view(&world, other)->counterpart,
                       DIMENSION_HOLD_PARTY, 0);
    (void)world_target(&world, A, COMMAND_RELEASE, one, DIMENSION_HOLD_PARTY, 0);
    assert_true(settled(&world, one));
    assert_true(settled(&world, other));
    world_close(&world);
}

/* A member without a counterpart yet keeps the others. */
static void test_with_an_unmatched_one_waits(void **state)
{
    struct world world;
    struct sides sides;
    uint32_t one;
    uint32_t alone;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    sides = trade(&world, A, C, WORLD_ISIN_2, 5);
    alone = world_instruct(&world, &sides.sell);
    {
        struct sides first = trade(&world, A, B, WORLD_ISIN_1, 10);
        name_link(&first.sell, LINK_WITH, &world_view(&world, alone)->reference);
        one = enter(&world, &first);
    }
    assert_pending(&world, one, REASON_LINK);
    assert_false(world.output.more_due);
    (void)world_instruct(&world, &sides.buy);
    assert_true(settled(&world, one));
    assert_true(settled(&world, alone));
    world_close(&world);
}

/* ----------------------------------------------------------------------------------- pools */

/* 1 of 3 and 2 of 3 wait, INBC, for 3 of 3; then all settle in that block. */
static void test_T15_pool_waits_until_complete(void **state)
{
    struct world world;
    uint32_t heads[3];
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 30);
    for (uint16_t i = 0; i < 3; i++) {
        struct sides sides = trade(&world, A, B, WORLD_ISIN_1, 10);
        sides.sell.instruct.common_reference = world_text("X");
        sides.sell.instruct.common_reference.text[0] = (char)('X' + i);
        sides.buy.instruct.common_reference = sides.sell.instruct.common_reference;
        name_pool(&sides.sell, "BASKET", (uint16_t)(i + 1), 3);
        heads[i] = enter(&world, &sides);
        if (i < 2) {
            assert_pending(&world, heads[i], REASON_INBC);
        }
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(settled(&world, heads[i]));
        assert_int_equal(world_view(&world, heads[i])->status[DIMENSION_SETTLEMENT].height,
                         ledger_height(world.ledger));
    }
    world_close(&world);
}

/* Complete, but one member is not matched: LINK instead of INBC, and nothing settles. */
static void test_T15_complete_pool_waits_for_its_match(void **state)
{
    struct world world;
    struct sides sides;
    uint32_t head;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    sides = trade(&world, A, B, WORLD_ISIN_1, 10);
    name_pool(&sides.sell, "BASKET", 1, 2);
    head = enter(&world, &sides);
    assert_pending(&world, head, REASON_INBC);
    sides = trade(&world, A, C, WORLD_ISIN_2, 5);
    name_pool(&sides.sell, "BASKET", 2, 2);
    (void)world_instruct(&world, &sides.sell);
    assert_pending(&world, head, REASON_LINK);
    (void)world_instruct(&world, &sides.buy);
    assert_true(settled(&world, head));
    world_close(&world);
}

/* A cancelled member makes the pool incomplete again; another one may take its number. */
static void test_T15_pool_loses_a_cancelled_member(void **state)
{
    struct world world;
    struct sides sides;
    uint32_t head;
    uint32_t lost;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    sides = trade(&world, A, B, WORLD_ISIN_1, 10);
    name_pool(&sides.sell, "BASKET", 1, 2);
    head = enter(&world, &sides);
    sides = trade(&world, A, C, WORLD_ISIN_2, 5);
    name_pool(&sides.sell, "BASKET", 2, 2);
    lost = enter(&world, &sides);
    assert_pending(&world, head, REASON_LINK);
    (void)world_target(&world, WORLD_OPERATOR, COMMAND_CANCEL, lost, 0, 0);
    assert_pending(&world, head, REASON_INBC);
    sides = trade(&world, A, C, WORLD_ISIN_2, 4);
    name_pool(&sides.sell, "BASKET", 2, 2);
    lost = enter(&world, &sides);
    assert_pending(&world, head, REASON_LINK);
    world_fund(&world, A, WORLD_ISIN_2, 4);
    assert_true(settled(&world, head));
    assert_true(settled(&world, lost));
    world_close(&world);
}

/* Never exceeded: a number that is taken or beyond the total, another total; another party's pool
 * of the same name is another pool. */
static void test_T01_pool_is_never_exceeded(void **state)
{
    struct world world;
    struct sides sides;
    struct receipt receipt;
    (void)state;
    world_open(&world, NULL);
    sides = trade(&world, A, B, WORLD_ISIN_1, 10);
    name_pool(&sides.sell, "BASKET", 1, 2);
    (void)world_instruct(&world, &sides.sell);
    sides = trade(&world, A, B, WORLD_ISIN_1, 10);
    name_pool(&sides.sell, "BASKET", 1, 2);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_POOL_FULL, FIELD_POOL_NUMBER);
    name_pool(&sides.sell, "BASKET", 3, 2);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_OUT_OF_RANGE, FIELD_POOL_NUMBER);
    name_pool(&sides.sell, "BASKET", 0, 2);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_OUT_OF_RANGE, FIELD_POOL_NUMBER);
    name_pool(&sides.sell, "BASKET", 2, 3);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_EXISTS_DIFFERENTLY, FIELD_POOL_TOTAL);
    name_pool(&sides.sell, "BASKET", 1, 1);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_OUT_OF_RANGE, FIELD_POOL_TOTAL);
    name_pool(&sides.sell, "BASKET", 1, LINK_SET_MAX + 1);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_OUT_OF_RANGE, FIELD_POOL_TOTAL);
    name_pool(&sides.sell, "BASKET", 1, 2);
    sides.sell.instruct.pool = (struct text35){0};
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_MISSING, FIELD_POOL);
    name_pool(&sides.buy, "BASKET", 1, 2);
    (void)world_instruct(&world, &sides.buy); /* B's own */
    world_close(&world);
}

/* ------------------------------------------------------------------- refused when entered */

/* A before B before C before A; and an order between two that settle together. */
static void test_T01_circles_are_refused(void **state)
{
    struct world world;
    struct receipt receipt;
    uint32_t one;
    uint32_t two;
    uint32_t three;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    two = deliver(&world, A, B, WORLD_ISIN_1, 11);
    three = deliver(&world, A, B, WORLD_ISIN_1, 12);
    assert_linked(&world, A, one, two, LINK_BEFO);
    assert_linked(&world, A, two, three, LINK_BEFO);
    receipt = link_command(&world, A, COMMAND_LINK, three, one, LINK_BEFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    receipt = link_command(&world, A, COMMAND_LINK, one, three, LINK_AFTE);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    receipt = link_command(&world, A, COMMAND_LINK, one, three, LINK_WITH);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    receipt = link_command(&world, A, COMMAND_LINK, three, one, LINK_WITH);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    assert_linked(&world, A, one, three, LINK_BEFO); /* says nothing new, but is sound */
    world_close(&world);
}

/* B's links of the other sides of the same pairs close the circle just as well. */
static void test_T01_circles_over_the_counterparty_are_refused(void **state)
{
    struct world world;
    struct receipt receipt;
    uint32_t one;
    uint32_t two;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    two = deliver(&world, A, B, WORLD_ISIN_1, 11);
    assert_linked(&world, A, one, two, LINK_BEFO);
    receipt = link_command(&world, B, COMMAND_LINK, world_view(&world, two)->counterpart,
                           world_view(&world, one)->counterpart, LINK_BEFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    world_close(&world);
}

/* At submission: before the one and after the other, which come in the other order already; with
 * one that comes after another member of the pool. */
static void test_T01_circles_at_submission_are_refused(void **state)
{
    struct world world;
    struct receipt receipt;
    struct sides sides;
    uint32_t one;
    uint32_t two;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    two = deliver(&world, A, B, WORLD_ISIN_1, 11);
    assert_linked(&world, A, one, two, LINK_BEFO);
    sides = trade(&world, A, C, WORLD_ISIN_1, 5);
    name_link(&sides.sell, LINK_AFTE, &world_view(&world, two)->reference);
    name_link(&sides.sell, LINK_BEFO, &world_view(&world, one)->reference);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    sides.sell.instruct.links[0].type = LINK_WITH;
    sides.sell.instruct.links[1].type = LINK_WITH;
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    sides.sell.instruct.links[0].type = LINK_AFTE;
    receipt = world_submit(&world, A, &sides.sell); /* after two, with one: one is before two */
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    sides.sell.instruct.links[0].type = LINK_BEFO;
    receipt = world_submit(&world, A, &sides.sell); /* before two, with one: sound */
    assert_string_equal(outcome_name(receipt.outcome), "DONE");
    world_close(&world);
}

static void test_T01_pool_member_after_another_is_refused(void **state)
{
    struct world world;
    struct receipt receipt;
    struct sides sides;
    struct text35 first;
    (void)state;
    world_open(&world, NULL);
    sides = trade(&world, A, B, WORLD_ISIN_1, 10);
    name_pool(&sides.sell, "BASKET", 1, 2);
    first = sides.sell.reference;
    (void)world_instruct(&world, &sides.sell);
    sides = trade(&world, A, B, WORLD_ISIN_1, 11);
    name_pool(&sides.sell, "BASKET", 2, 2);
    name_link(&sides.sell, LINK_AFTE, &first);
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE);
    world_close(&world);
}

/* Other dates, unknown types, unknown and foreign instructions, itself, what is linked already. */
static void test_T01_unsound_links_are_refused(void **state)
{
    struct world world;
    struct receipt receipt;
    struct sides sides;
    uint32_t one;
    uint32_t two;
    uint32_t foreign;
    uint32_t later;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    two = deliver(&world, A, B, WORLD_ISIN_1, 11);
    foreign = deliver(&world, B, C, WORLD_ISIN_1, 10);
    sides = trade(&world, A, B, WORLD_ISIN_1, 12);
    sides.sell.instruct.settlement_date = WORLD_TOMORROW;
    later = world_instruct(&world, &sides.sell);
    receipt = link_command(&world, A, COMMAND_LINK, one, later, LINK_WITH);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINK_DATES, FIELD_SETTLEMENT_DATE);
    assert_linked(&world, A, one, later, LINK_BEFO); /* an order may cross days */
    receipt = link_command(&world, A, COMMAND_LINK, one, two, 0);
    assert_refused(&receipt, REASON_INVL, DETAIL_NOT_ALLOWED, FIELD_LINK_TYPE);
    receipt = link_command(&world, A, COMMAND_LINK, one, two, 5);
    assert_refused(&receipt, REASON_INVL, DETAIL_NOT_ALLOWED, FIELD_LINK_TYPE);
    receipt = link_command(&world, A, COMMAND_LINK, one, one, LINK_INFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_SELF, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, WORLD_OPERATOR, COMMAND_LINK, one,
                           world_view(&world, one)->counterpart, LINK_WITH);
    assert_refused(&receipt, REASON_INVL, DETAIL_SELF, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, A, COMMAND_LINK, one, foreign, LINK_INFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_UNKNOWN, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, A, COMMAND_LINK, foreign, one, LINK_INFO);
    assert_refused(&receipt, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    assert_linked(&world, WORLD_OPERATOR, one, foreign, LINK_INFO); /* anybody's */
    receipt = link_command(&world, A, COMMAND_LINK, one, later, LINK_AFTE);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINKED_OTHERWISE, FIELD_LINK_TYPE);
    receipt = link_command(&world, A, COMMAND_LINK, one, later, LINK_BEFO);
    assert_string_equal(outcome_name(receipt.outcome), "ALREADY");
    sides = trade(&world, A, C, WORLD_ISIN_1, 5);
    {
        struct text35 nobody = world_text("NOBODY");
        name_link(&sides.sell, LINK_AFTE, &nobody);
    }
    receipt = world_submit(&world, A, &sides.sell);
    assert_refused(&receipt, REASON_INVL, DETAIL_UNKNOWN, FIELD_LINKED_REFERENCE);
    world_close(&world);
}

/* With or before what has ended can never be kept; T9 for an ended instruction itself. */
static void test_T01_ended_partners_are_refused(void **state)
{
    struct world world;
    struct receipt receipt;
    uint32_t open;
    uint32_t settled_one;
    uint32_t cancelled;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    settled_one = deliver(&world, A, B, WORLD_ISIN_2, 5);
    cancelled = deliver(&world, A, B, WORLD_ISIN_1, 11);
    open = deliver(&world, A, B, WORLD_ISIN_1, 10);
    (void)world_target(&world, WORLD_OPERATOR, COMMAND_CANCEL, cancelled, 0, 0);
    for (uint8_t type = LINK_BEFO; type <= LINK_WITH; type++) {
        receipt = link_command(&world, A, COMMAND_LINK, open, cancelled, type);
        assert_refused(&receipt, REASON_INVL, DETAIL_CLOSED, FIELD_LINKED_REFERENCE);
    }
    receipt = link_command(&world, A, COMMAND_LINK, open, settled_one, LINK_WITH);
    assert_refused(&receipt, REASON_INVL, DETAIL_CLOSED, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, A, COMMAND_LINK, open, settled_one, LINK_BEFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_CLOSED, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, A, COMMAND_LINK, settled_one, open, LINK_INFO);
    assert_refused(&receipt, REASON_DSET, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    receipt = link_command(&world, A, COMMAND_LINK, cancelled, open, LINK_INFO);
    assert_refused(&receipt, REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    assert_linked(&world, A, open, settled_one, LINK_AFTE);
    assert_linked(&world, A, open, cancelled, LINK_INFO);
    world_close(&world);
}

/* An instruction has so many links and no more; and no more pairs than that hang together. */
static void test_T01_too_many_links_are_refused(void **state)
{
    struct world_options options = {.instructions = 4096, .references = 8192, .wake_budget = 1000};
    struct world world;
    struct receipt receipt;
    uint32_t heads[LINK_SET_MAX + 1];
    (void)state;
    world_open(&world, &options);
    for (uint32_t i = 0; i <= LINK_SET_MAX; i++) {
        heads[i] = deliver(&world, A, B, WORLD_ISIN_1, 10 + i);
    }
    for (uint32_t i = 1; i <= INSTRUCTION_LINKS_MAX; i++) {
        assert_linked(&world, A, heads[0], heads[i], LINK_INFO);
    }
    receipt = link_command(&world, A, COMMAND_LINK, heads[0], heads[20], LINK_INFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    receipt = link_command(&world, A, COMMAND_LINK, heads[20], heads[0], LINK_INFO);
    assert_refused(&receipt, REASON_INVL, DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    for (uint32_t i = 1; i < LINK_SET_MAX; i++) {
        assert_linked(&world, A, heads[i], heads[i + 1], LINK_WITH);
    }
    assert_linked(&world, A, heads[LINK_SET_MAX / 2], heads[LINK_SET_MAX / 2 + 2], LINK_INFO);
    {
        uint32_t more = deliver(&world, A, C, WORLD_ISIN_1, 10);
        receipt = link_command(&world, A, COMMAND_LINK, more, heads[30], LINK_BEFO);
        assert_refused(&receipt, REASON_INVL, DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
        (void)world_target(&world, WORLD_OPERATOR, COMMAND_CANCEL, more, 0, 0);
    }
    {
        struct sides sides = trade(&world, A, C, WORLD_ISIN_2, 5);
        name_link(&sides.sell, LINK_AFTE, &world_view(&world, heads[LINK_SET_MAX])->reference);
        receipt = world_submit(&world, A, &sides.sell);
        assert_refused(&receipt, REASON_INVL, DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    }
    /* The largest set settles in one step, on its net. */
    world_fund(&world, A, WORLD_ISIN_1,
               10 + 10 * LINK_SET_MAX + LINK_SET_MAX * (LINK_SET_MAX + 1) / 2);
    world_settle_down(&world);
    for (uint32_t i = 1; i <= LINK_SET_MAX; i++) {
        assert_true(settled(&world, heads[i]));
    }
    world_close(&world);
}

/* ---------------------------------------------------------------------------------- others */

/* A match brings a contradiction about that nobody could see before: both stay pending until one
 * of the links is taken away. */
static void test_contradiction_by_match_is_pending_and_curable(void **state)
{
    struct world world;
    struct sides one;
    struct sides two;
    uint32_t heads[2];
    uint32_t bought[2];
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 21);
    one = trade(&world, A, B, WORLD_ISIN_1, 10);
    two = trade(&world, A, B, WORLD_ISIN_1, 11);
    heads[0] = world_instruct(&world, &one.sell);
    name_link(&two.sell, LINK_AFTE, &one.sell.reference);
    heads[1] = world_instruct(&world, &two.sell);
    /* B sees it the other way round. */
    two.buy.instruct.hold = true;
    bought[1] = world_instruct(&world, &two.buy);
    name_link(&one.buy, LINK_AFTE, &two.buy.reference);
    (void)heads;
    {
        struct receipt receipt = world_submit(&world, B, &one.buy);
        assert_string_equal(outcome_name(receipt.outcome), "DONE");
    }
    bought[0] = world_view(&world, heads[0])->counterpart;
    (void)world_target(&world, B, COMMAND_RELEASE, bought[1], DIMENSION_HOLD_PARTY, 0);
    assert_pending(&world, heads[0], REASON_LINK);
    assert_pending(&world, heads[1], REASON_LINK);
    assert_false(world.output.more_due);
    (void)link_command(&world, B, COMMAND_UNLINK, bought[0], bought[1], LINK_AFTE);
    assert_true(settled(&world, heads[0]));
    assert_true(settled(&world, heads[1]));
    world_close(&world);
}

/* What is linked is not settled in parts: BEFO, AFTE, WITH and pools bind, on either side. */
static void test_linked_and_pooled_are_bound(void **state)
{
    struct world world;
    struct sides sides;
    uint32_t one;
    uint32_t two;
    uint32_t three;
    uint32_t pooled;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    two = deliver(&world, A, B, WORLD_ISIN_1, 11);
    three = deliver(&world, A, B, WORLD_ISIN_1, 12);
    assert_false(link_binds(world.ledger, one));
    assert_linked(&world, B, world_view(&world, one)->counterpart,
                  world_view(&world, two)->counterpart, LINK_BEFO);
    assert_true(link_binds(world.ledger, one));
    assert_true(link_binds(world.ledger, two));
    assert_false(link_binds(world.ledger, three));
    assert_false(link_ties(world.ledger, one));
    sides = trade(&world, A, B, WORLD_ISIN_1, 13);
    name_pool(&sides.buy, "BASKET", 1, 2);
    pooled = enter(&world, &sides);
    assert_true(link_binds(world.ledger, pooled));
    assert_true(link_ties(world.ledger, pooled));
    world_close(&world);
}

/* A set costs a step for each pair, and what is carried over goes on in the next block. */
static void test_sets_count_against_the_budget(void **state)
{
    struct world_options options = {.instructions = 4096, .references = 8192, .wake_budget = 1};
    struct world world;
    uint32_t one;
    uint32_t other;
    (void)state;
    world_open(&world, &options);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    other = deliver(&world, B, A, WORLD_ISIN_2, 5);
    assert_linked(&world, A, one, world_view(&world, other)->counterpart, LINK_WITH);
    world_settle_down(&world);
    world_fund(&world, A, WORLD_ISIN_1, 10);
    world_fund(&world, B, WORLD_ISIN_2, 5);
    world_settle_down(&world);
    assert_true(settled(&world, one));
    assert_true(settled(&world, other));
    world_close(&world);
}

/* Links and pools survive a snapshot. */
static void test_links_survive_a_restore(void **state)
{
    struct world world;
    struct sides sides;
    uint32_t one;
    uint32_t two;
    uint32_t pooled;
    (void)state;
    world_open(&world, NULL);
    one = deliver(&world, A, B, WORLD_ISIN_1, 10);
    two = deliver(&world, A, C, WORLD_ISIN_2, 5);
    assert_linked(&world, A, one, two, LINK_WITH);
    sides = trade(&world, A, B, WORLD_ISIN_1, 13);
    name_pool(&sides.sell, "BASKET", 1, 2);
    pooled = enter(&world, &sides);
    assert_true(world_restore(&world));
    sides = trade(&world, A, B, WORLD_ISIN_1, 14);
    name_pool(&sides.sell, "BASKET", 2, 2);
    assert_pending(&world, enter(&world, &sides), REASON_LINK);
    world_assert_status(&world, pooled, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    world_fund(&world, A, WORLD_ISIN_1, 37);
    world_fund(&world, A, WORLD_ISIN_2, 5);
    assert_true(settled(&world, one));
    assert_true(settled(&world, two));
    assert_true(settled(&world, pooled));
    world_close(&world);
}

/*
 * As much as instructions may move, in a pool that nets to nothing: what goes out before it comes
 * back stays in 64 bits, so that the pool settles with nothing in hand.
 */
static void test_T15_a_pool_of_the_largest_values_settles(void **state)
{
    static const uint32_t parties[][2] = {{A, B}, {A, C}, {B, A}, {C, A}};
    struct world world;
    uint32_t heads[4];
    (void)state;
    world_open(&world, NULL);
    for (uint32_t i = 0; i < 4; i++) {
        struct sides sides =
            trade(&world, parties[i][0], parties[i][1], WORLD_ISIN_1, INSTRUCTION_VALUE_MAX);
        name_pool(i < 2 ? &sides.sell : &sides.buy, "POOL", (uint16_t)(i + 1), 4);
        heads[i] = enter(&world, &sides);
    }
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(settled(&world, heads[i]));
    }
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T15_after_waits_for_the_first),
        cmocka_unit_test(test_T15_before_keeps_the_other),
        cmocka_unit_test(test_after_what_has_settled_is_free),
        cmocka_unit_test(test_information_keeps_nobody),
        cmocka_unit_test(test_unlinked_is_tried_at_once),
        cmocka_unit_test(test_cancelled_first_keeps_until_unlinked),
        cmocka_unit_test(test_with_settles_in_one_step),
        cmocka_unit_test(test_with_is_provided_on_the_net),
        cmocka_unit_test(test_members_say_what_is_in_their_own_way),
        cmocka_unit_test(test_with_an_unmatched_one_waits),
        cmocka_unit_test(test_T15_pool_waits_until_complete),
        cmocka_unit_test(test_T15_complete_pool_waits_for_its_match),
        cmocka_unit_test(test_T15_pool_loses_a_cancelled_member),
        cmocka_unit_test(test_T01_pool_is_never_exceeded),
        cmocka_unit_test(test_T01_circles_are_refused),
        cmocka_unit_test(test_T01_circles_over_the_counterparty_are_refused),
        cmocka_unit_test(test_T01_circles_at_submission_are_refused),
        cmocka_unit_test(test_T01_pool_member_after_another_is_refused),
        cmocka_unit_test(test_T01_unsound_links_are_refused),
        cmocka_unit_test(test_T01_ended_partners_are_refused),
        cmocka_unit_test(test_T01_too_many_links_are_refused),
        cmocka_unit_test(test_contradiction_by_match_is_pending_and_curable),
        cmocka_unit_test(test_linked_and_pooled_are_bound),
        cmocka_unit_test(test_sets_count_against_the_budget),
        cmocka_unit_test(test_links_survive_a_restore),
        cmocka_unit_test(test_T15_a_pool_of_the_largest_values_settles),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
