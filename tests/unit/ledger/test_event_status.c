/*
 * Goal: every change of a status is told by exactly one event. The events of a history, from
 * nothing, give all eight statuses of every instruction; with one event less, or one told twice,
 * they do not. What an event is said to tell is what it tells.
 */
#include "ledger/command/event_status.h"

#include "ledger/instruction/instruction.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/status_replay.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1
};

static struct world world;
static char text[STATUS_REPLAY_TEXT_SIZE];

static const struct world_trade trade = {.deliverer = ALICE,
                                         .receiver = BOB,
                                         .asset = WORLD_ISIN_1,
                                         .quantity = 10,
                                         .amount = 1000,
                                         .settlement_date = WORLD_TODAY};

static void open(void)
{
    world_open(&world, NULL);
}

static bool tells_statuses(const struct event *event)
{
    return event->kind == EVENT_STATUS || event->kind == EVENT_MATCHED ||
           event->kind == EVENT_SETTLED || event->kind == EVENT_CANCELLED;
}

/* Do the last block's events still agree when number `which` is told so often? */
static bool agrees(const struct status_replay *before, uint32_t which, unsigned times)
{
    struct status_replay *replay = status_replay_copy(before);
    bool agrees = true;
    status_replay_begin(replay, world.ledger);
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        for (unsigned j = 0; j < (i == which ? times : 1); j++) {
            agrees = agrees && status_replay_event(replay, &world.output.events[i], text);
        }
    }
    agrees = agrees && status_replay_agrees(replay, world.ledger, text);
    status_replay_free(replay);
    return agrees;
}

/* Runs the next block; no event of it that tells statuses is missing, or could be. Answers how many
 * there were. */
static uint32_t block_check(void)
{
    struct status_replay *before = status_replay_copy(world.replay);
    uint32_t count = 0;
    world_block(&world);
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        struct event event;
        const struct ledger_leaf *leaf = &world.output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        if (tells_statuses(&event)) {
            assert_true(agrees(before, i, 1));
            assert_false(agrees(before, i, 0));
            assert_false(agrees(before, i, 2));
            count++;
        }
    }
    status_replay_free(before);
    return count;
}

static void test_a_pair_that_settles_at_once_leaves_one_event(void **state)
{
    struct command sell;
    struct command buy;
    struct event event;
    struct event first;
    struct event_status statuses[EVENT_STATUSES_MAX];
    (void)state;
    open();
    world_fund(&world, ALICE, WORLD_ISIN_1, 10);
    world_fund(&world, BOB, WORLD_EUR, 1000);
    world_trade(&world, &trade, &sell, &buy);
    world_add(&world, ALICE, &sell);
    world_add(&world, BOB, &buy);
    assert_int_equal(block_check(), 1);
    assert_int_equal(world.output.event_count, 1);
    assert_true(world.output.events[0].size <= 110); /* all names, and nothing that says nothing */
    assert_true(event_decode(&event, world.output.events[0].bytes, world.output.events[0].size));
    assert_int_equal(event.kind, EVENT_SETTLED);
    assert_int_equal(event.value, 1);
    assert_true(event_first(&event, &first));
    assert_int_equal(first.kind, EVENT_MATCHED);
    assert_int_equal(first.quantity, 10);
    assert_int_equal(first.amount, 1000);
    assert_false(event_first(&first, &event));
    for (int side = 0; side < 2; side++) {
        assert_int_equal(event_statuses(&first, side == 1, statuses), 2);
        assert_int_equal(statuses[0].dimension, DIMENSION_MATCH);
        assert_int_equal(statuses[0].value, MATCH_MATCHED);
        assert_int_equal(statuses[1].dimension, DIMENSION_PROCESSING);
        assert_int_equal(statuses[1].value, PROCESSING_PENDING);
    }
    world_close(&world);
}

static void test_a_pair_that_lacks_tells_its_match_first(void **state)
{
    struct command sell;
    struct command buy;
    struct event event;
    (void)state;
    open();
    world_fund(&world, ALICE, WORLD_ISIN_1, 10);
    world_trade(&world, &trade, &sell, &buy);
    world_add(&world, ALICE, &sell);
    world_add(&world, BOB, &buy);
    assert_int_equal(block_check(), 3); /* and what is in each side's way */
    assert_true(event_decode(&event, world.output.events[0].bytes, world.output.events[0].size));
    assert_int_equal(event.kind, EVENT_MATCHED);
    world_command(&world, COMMAND_CASH_IN, &sell);
    sell.issuance = (struct command_issuance){.asset = world_asset(WORLD_EUR),
                                              .bic = world_bic(BOB),
                                              .account = world_account(WORLD_EUR, 0),
                                              .quantity = 1000};
    world_add(&world, WORLD_BANK, &sell);
    assert_int_equal(block_check(), 1);
    world_settle_down(&world);
    world_close(&world);
}

static void test_parts_cancellations_and_holds_are_told_once(void **state)
{
    struct command sell;
    struct command buy;
    struct command cancel;
    (void)state;
    open();
    world_fund(&world, ALICE, WORLD_ISIN_1, 4);
    world_fund(&world, BOB, WORLD_EUR, 1000);
    world_trade(&world, &trade, &sell, &buy);
    sell.instruct.partial = PARTIAL_PART;
    buy.instruct.partial = PARTIAL_PART;
    sell.instruct.hold = true;
    world_add(&world, ALICE, &sell);
    world_add(&world, BOB, &buy);
    assert_int_equal(block_check(), 3);
    world_command(&world, COMMAND_CANCEL, &cancel);
    cancel.target = (struct command_target){.party = world_bic(ALICE), .reference = sell.reference};
    world_add(&world, WORLD_OPERATOR, &cancel);
    assert_int_equal(block_check(), 2); /* each side's, with all its statuses */
    world_close(&world);
}

static struct event of(enum event_kind kind)
{
    return (struct event){.kind = (uint8_t)kind,
                          .instruction_sequence = 1,
                          .counter_sequence = 2,
                          .quantity = 3,
                          .settled_quantity = 3};
}

static void test_what_each_event_tells_of_each_side(void **state)
{
    struct event_status out[EVENT_STATUSES_MAX];
    struct event first;
    struct event event = of(EVENT_SETTLED);
    (void)state;
    assert_false(event_first(&event, &first));
    assert_int_equal(event_statuses(&event, true, out), 2);
    assert_int_equal(out[1].value, PROCESSING_ENDED);
    event.reason = REASON_PAIN;
    assert_int_equal(event_statuses(&event, false, out), 1);
    assert_int_equal(out[0].value, SETTLEMENT_PARTIALLY_SETTLED);
    assert_int_equal(out[0].reason, REASON_PART);
    event.reason = REASON_PARC;
    assert_int_equal(event_statuses(&event, false, out), 2);

    event = of(EVENT_SETTLED);
    event.counter_sequence = 1; /* an internal transfer has one side, and needs no match */
    event.value = 1;
    assert_true(event_first(&event, &first));
    assert_int_equal(first.kind, EVENT_STATUS);
    assert_int_equal(first.value, PROCESSING_PENDING);
    assert_int_equal(event_statuses(&event, true, out), 0);

    event = of(EVENT_CANCELLED);
    event.reason = REASON_CANI;
    assert_int_equal(event_statuses(&event, true, out), 0); /* the other side has its own */
    assert_int_equal(event_statuses(&event, false, out), 3);
    assert_int_equal(out[0].reason, REASON_CANI);
    assert_int_equal(out[1].value, SETTLEMENT_PARTIALLY_SETTLED);
    assert_int_equal(out[1].reason, REASON_NONE);
    event.counter_sequence = 0; /* unmatched: its settlement never had a reason */
    assert_int_equal(event_statuses(&event, false, out), 2);

    event = of(EVENT_STATUS);
    assert_int_equal(event_statuses(&event, true, out), 0);
    event = of(EVENT_LINKED);
    assert_int_equal(event_statuses(&event, false, out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pair_that_settles_at_once_leaves_one_event),
        cmocka_unit_test(test_a_pair_that_lacks_tells_its_match_first),
        cmocka_unit_test(test_parts_cancellations_and_holds_are_told_once),
        cmocka_unit_test(test_what_each_event_tells_of_each_side),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
