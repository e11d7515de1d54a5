/*
 * Goal: the rules of optimisation (ledger/optimisation/optimisation.h): pairs that could not settle
 * alone settle together, across securities and money, all or none, booked gross; the best set is
 * taken by value, number and age; no gate is passed by; nothing is tried again before something
 * changed; the work of a block is bounded and carried over; it is told what was freed and saved.
 */
#include "base/prng.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
    MANY_BLOCKS = 10,
    MANY_PAIRS = 20,
    COMPONENT_STEPS_A_PAIR = 500, /* growing, one by one, two descents */
};

/* Both sides of a delivery, against `amount` EUR if not 0; the deliverer's index. */
static uint32_t deliver(struct world *world, uint32_t seller, uint32_t buyer,
                        enum world_asset asset, int64_t quantity, int64_t amount)
{
    struct world_trade trade = {seller, buyer, asset, quantity, amount, WORLD_TODAY};
    struct command sell;
    struct command buy;
    uint32_t index;
    world_trade(world, &trade, &sell, &buy);
    index = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return index;
}

/* The same, on hold for the seller until released. */
static uint32_t deliver_held(struct world *world, uint32_t seller, uint32_t buyer,
                             enum world_asset asset, int64_t quantity, int64_t amount)
{
    struct world_trade trade = {seller, buyer, asset, quantity, amount, WORLD_TODAY};
    struct command sell;
    struct command buy;
    uint32_t index;
    world_trade(world, &trade, &sell, &buy);
    sell.instruct.hold = true;
    index = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return index;
}

static void release(struct world *world, uint32_t seller, uint32_t index)
{
    struct receipt receipt =
        world_target(world, seller, COMMAND_RELEASE, index, DIMENSION_HOLD_PARTY, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
}

static bool settled(const struct world *world, uint32_t index)
{
    return world_view(world, index)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

/* The nth event of a kind in the last block. */
static struct event event_of(const struct world *world, enum event_kind kind, uint32_t nth)
{
    struct event event = {0};
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        const struct ledger_leaf *leaf = &world->output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        if (event.kind == kind && nth-- == 0) {
            return event;
        }
    }
    fail_msg("no such event");
    return event;
}

static bool marks_left(const struct world *world)
{
    return world->ledger->optimisation.turn_root != ORDERED_NONE;
}

/* ------------------------------------------------------------------------------ what is freed */

static void test_bilateral_offset(void **state)
{
    struct world world;
    uint32_t there;
    uint32_t back;
    (void)state;
    world_open(&world, NULL);
    there = deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    assert_false(settled(&world, there));
    back = deliver(&world, B, A, WORLD_ISIN_1, 60, 0);
    assert_true(settled(&world, there));
    assert_true(settled(&world, back));
    assert_int_equal(world_event_count(&world, EVENT_OPTIMISED), 1);
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 0);
    assert_int_equal(world_available(&world, B, WORLD_ISIN_1), 0);
    world_close(&world);
}

/* The header's example: the net of B is one piece short, so nothing moves at all. */
static void test_an_offset_that_is_one_short_settles_nothing(void **state)
{
    struct world world;
    uint32_t there;
    uint32_t back;
    (void)state;
    world_open(&world, NULL);
    there = deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    back = deliver(&world, B, A, WORLD_ISIN_1, 61, 0);
    assert_false(settled(&world, there));
    assert_false(settled(&world, back));
    assert_int_equal(world_event_count(&world, EVENT_OPTIMISED), 0);
    world_fund(&world, B, WORLD_ISIN_1, 1);
    assert_true(settled(&world, there));
    assert_true(settled(&world, back));
    assert_int_equal(world_available(&world, A, WORLD_ISIN_1), 1);
    world_close(&world);
}

static void test_circle_of_three_with_nothing_in_hand(void **state)
{
    struct world world;
    uint32_t heads[3];
    struct event event;
    (void)state;
    world_open(&world, NULL);
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 7, 0);
    heads[1] = deliver(&world, B, C, WORLD_ISIN_1, 7, 0);
    assert_false(settled(&world, heads[0]));
    heads[2] = deliver(&world, C, A, WORLD_ISIN_1, 7, 0);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(settled(&world, heads[i]));
        assert_int_equal(world_view(&world, heads[i])->settled_quantity, 7);
        assert_int_equal(world_available(&world, A + i, WORLD_ISIN_1), 0);
    }
    event = event_of(&world, EVENT_OPTIMISED, 0);
    assert_int_equal(event.quantity, 3);
    assert_int_equal(event.amount, 0); /* free of payment has no value, and counts by its number */
    assert_int_equal(world_event_count(&world, EVENT_LIQUIDITY_SAVED), 0);
    world_close(&world);
}

/* S to B, B on to C: B has neither the securities for C nor the money for S. */
static void test_back_to_back(void **state)
{
    struct world world;
    uint32_t first;
    uint32_t second;
    struct event event;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 100);
    world_fund(&world, C, WORLD_EUR, 510000);
    first = deliver(&world, A, B, WORLD_ISIN_1, 100, 500000);
    world_assert_status(&world, first, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_CMON);
    second = deliver(&world, B, C, WORLD_ISIN_1, 100, 510000);
    assert_true(settled(&world, first));
    assert_true(settled(&world, second));
    assert_int_equal(world_available(&world, B, WORLD_EUR), 10000);
    assert_int_equal(world_available(&world, A, WORLD_EUR), 500000);
    assert_int_equal(world_available(&world, C, WORLD_ISIN_1), 100);
    event = event_of(&world, EVENT_OPTIMISED, 0);
    assert_int_equal(event.quantity, 2);
    assert_int_equal(event.amount, 1010000);
    assert_memory_equal(event.currency.text, "EUR", 3);
    event = event_of(&world, EVENT_LIQUIDITY_SAVED, 0);
    assert_memory_equal(event.party.text, world_bic(WORLD_OPERATOR).text, BIC_SIZE);
    assert_int_equal(event.quantity, 1010000);
    assert_int_equal(event.amount, 500000); /* 510,000 were drawn, from C */
    world_close(&world);
}

/* A lacks ISIN 1, B lacks money, C lacks ISIN 2: a chain through three assets. */
static void test_chain_across_two_securities_and_money(void **state)
{
    struct world world;
    uint32_t heads[4];
    (void)state;
    world_open(&world, NULL);
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 10, 1000);
    heads[1] = deliver(&world, B, C, WORLD_ISIN_2, 5, 1000);
    heads[2] = deliver(&world, C, A, WORLD_ISIN_1, 10, 1000);
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(settled(&world, heads[i]));
    }
    world_fund(&world, C, WORLD_ISIN_1, 10);
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(settled(&world, heads[i])); /* ISIN 2 is still missing at B */
    }
    heads[3] = deliver(&world, C, B, WORLD_ISIN_2, 5, 0);
    world_fund(&world, C, WORLD_ISIN_2, 5);
    world_settle_down(&world);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(settled(&world, heads[i]));
    }
    world_close(&world);
}

/* ------------------------------------------------------------------------- which set is taken */

/* A can afford one of two circles: the one of more value. */
static void test_more_value_wins(void **state)
{
    struct world world;
    uint32_t small;
    uint32_t large;
    (void)state;
    world_open(&world, NULL);
    small = deliver(&world, A, B, WORLD_ISIN_1, 10, 1000);
    large = deliver_held(&world, A, C, WORLD_ISIN_1, 10, 2000);
    world_fund(&world, B, WORLD_EUR, 1000);
    world_fund(&world, C, WORLD_EUR, 2000);
    release(&world, A, large);
    (void)deliver(&world, B, A, WORLD_ISIN_1, 10, 1);
    assert_false(settled(&world, large)); /* A would have to pay 1 and has nothing but by `small` */
    assert_true(settled(&world, small));
    world_close(&world);
    world_open(&world, NULL);
    small = deliver(&world, A, B, WORLD_ISIN_1, 10, 1000);
    large = deliver(&world, A, C, WORLD_ISIN_1, 10, 2000);
    world_fund(&world, B, WORLD_EUR, 1000);
    world_fund(&world, C, WORLD_EUR, 2000);
    {
        struct world_trade trade = {B, A, WORLD_ISIN_1, 10, 1500, WORLD_TODAY};
        struct command sell;
        struct command buy;
        world_trade(&world, &trade, &sell, &buy);
        (void)world_instruct(&world, &sell);
        (void)world_instruct(&world, &buy);
    }
    assert_false(settled(&world, small)); /* B lacks the pieces it would bring, but for `small` */
    assert_false(settled(&world, large));
    world_fund(&world, B, WORLD_ISIN_1, 10);
    world_settle_down(&world);
    assert_true(settled(&world, large)); /* 1,500 to B out of 2,000 from C */
    world_close(&world);
}

/* Two equal circles over one piece of A's: the older settles, whichever is looked at first. */
static void test_of_equal_sets_the_older_wins(void **state)
{
    struct world world;
    uint32_t older[2];
    uint32_t younger[2];
    (void)state;
    world_open(&world, NULL);
    older[0] = deliver(&world, A, B, WORLD_ISIN_1, 10, 0);
    younger[0] = deliver(&world, A, C, WORLD_ISIN_1, 10, 0);
    younger[1] = deliver_held(&world, C, A, WORLD_ISIN_1, 9, 0);
    older[1] = deliver_held(&world, B, A, WORLD_ISIN_1, 9, 0);
    {
        struct command command;
        struct receipt receipt;
        for (uint32_t i = 0; i < 2; i++) {
            uint32_t index = i == 0 ? younger[1] : older[1];
            const struct instruction *instruction = world_view(&world, index);
            world_command(&world, COMMAND_RELEASE, &command);
            command.target.party = world_bic(i == 0 ? C : B);
            command.target.reference = instruction->reference;
            command.target.hold = DIMENSION_HOLD_PARTY;
            world_add(&world, i == 0 ? C : B, &command);
        }
        world_command(&world, COMMAND_ISSUE, &command);
        command.issuance = (struct command_issuance){world_asset(WORLD_ISIN_1), world_bic(A),
                                                     world_account(WORLD_ISIN_1, 0), 1};
        world_add(&world, WORLD_REGISTRAR, &command);
        world_block(&world);
        for (uint32_t i = 0; i < 3; i++) {
            world_receipt(&world, i, &receipt);
            assert_int_equal(receipt.outcome, OUTCOME_DONE);
        }
    }
    assert_true(settled(&world, older[0]));
    assert_true(settled(&world, older[1]));
    assert_false(settled(&world, younger[0]));
    assert_false(settled(&world, younger[1]));
    world_close(&world);
}

/* -------------------------------------------------------------------------------------- gates */

static void test_a_held_member_is_not_taken_along(void **state)
{
    struct world world;
    uint32_t there;
    uint32_t back;
    (void)state;
    world_open(&world, NULL);
    there = deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    back = deliver_held(&world, B, A, WORLD_ISIN_1, 60, 0);
    world_settle_down(&world);
    assert_false(settled(&world, there));
    assert_false(settled(&world, back));
    release(&world, B, back);
    assert_true(settled(&world, there));
    assert_true(settled(&world, back));
    world_close(&world);
}

static void test_a_member_over_a_blocked_account_is_not_taken_along(void **state)
{
    struct world world;
    struct command command;
    uint32_t there;
    uint32_t back;
    (void)state;
    world_open(&world, NULL);
    there = deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    world_command(&world, COMMAND_ASSET_CHANGE, &command);
    command.asset_change.code = world_asset(WORLD_ISIN_1);
    command.asset_change.status = ASSET_BLOCKED;
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    back = deliver(&world, B, A, WORLD_ISIN_1, 60, 0);
    world_settle_down(&world);
    assert_false(settled(&world, there));
    world_command(&world, COMMAND_ASSET_CHANGE, &command);
    command.asset_change.code = world_asset(WORLD_ISIN_1);
    command.asset_change.status = ASSET_ACTIVE;
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    world_settle_down(&world);
    world_block(&world); /* the sweep marks at the end of a block, the next one works it off */
    world_settle_down(&world);
    assert_true(settled(&world, there));
    assert_true(settled(&world, back));
    world_close(&world);
}

/* Two deliveries of A, tied WITH each other, and what B and C would bring for them. */
static void tied_offsets(struct world *world, int64_t brought, uint32_t heads[4])
{
    struct command command;

    heads[0] = deliver_held(world, A, B, WORLD_ISIN_1, 10, 0);
    heads[1] = deliver(world, A, C, WORLD_ISIN_2, 5, 0);
    world_command(world, COMMAND_LINK, &command);
    command.link = (struct command_link){.party = world_bic(A),
                                         .reference = world_view(world, heads[0])->reference,
                                         .linked_party = world_bic(A),
                                         .linked_reference = world_view(world, heads[1])->reference,
                                         .type = LINK_WITH};
    assert_int_equal(world_submit(world, A, &command).outcome, OUTCOME_DONE);
    release(world, A, heads[0]);
    heads[2] = deliver(world, C, A, WORLD_ISIN_2, brought, 0);
    world_settle_down(world);
    heads[3] = deliver(world, B, A, WORLD_ISIN_1, 10, 0);
    world_settle_down(world);
}

static void test_T15_tied_pairs_are_one_member_of_a_set(void **state)
{
    struct world world;
    uint32_t heads[4];
    (void)state;
    world_open(&world, NULL);
    tied_offsets(&world, 5, heads);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(settled(&world, heads[i]));
    }
    world_close(&world);
    world_open(&world, NULL);
    tied_offsets(&world, 4, heads);
    for (uint32_t i = 0; i < 4; i++) {
        assert_false(settled(&world, heads[i])); /* the first and last could, but for the tie */
    }
    world_close(&world);
}

/* ------------------------------------------------------------------------------- bounded work */

static void test_no_budget_no_optimisation(void **state)
{
    struct world world;
    uint32_t there;
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2048);
    there = deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    (void)deliver(&world, B, A, WORLD_ISIN_1, 60, 0);
    assert_false(world.output.more_due);
    assert_false(settled(&world, there));
    assert_true(marks_left(&world));
    world_close(&world);
}

/* Two offsets in one block, steps for one: the other is done first in the next block. */
static void test_what_the_budget_leaves_is_carried_over(void **state)
{
    struct world world;
    uint32_t heads[4];
    struct command sides[8];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 3, 2048);
    for (uint32_t i = 0; i < 4; i++) {
        struct world_trade trade = {
            i % 2 == 0 ? A : B, i % 2 == 0 ? B : A, i < 2 ? WORLD_ISIN_1 : WORLD_ISIN_2, 60, 0,
            WORLD_TODAY};
        world_trade(&world, &trade, &sides[2 * i], &sides[2 * i + 1]);
        world_add(&world, trade.deliverer, &sides[2 * i]);
        world_add(&world, trade.receiver, &sides[2 * i + 1]);
    }
    world_block(&world);
    assert_int_equal(world_event_count(&world, EVENT_OPTIMISED), 1);
    assert_true(world.output.more_due);
    world_block(&world);
    assert_int_equal(world_event_count(&world, EVENT_OPTIMISED), 1);
    for (uint32_t i = 0; i < 4; i++) {
        heads[i] = instruction_find(world.ledger, world_party_index(&world, i % 2 == 0 ? A : B),
                                    &sides[2 * i].reference);
        assert_true(settled(&world, heads[i]));
    }
    world_settle_down(&world);
    assert_false(marks_left(&world));
    world_close(&world);
}

/* Many pairs, all tied up with each other, in one block. */
static void add_many(struct world *world, struct prng *prng, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t seller = A + (uint32_t)prng_below(prng, WORLD_PARTICIPANT_COUNT);
        uint32_t further = 1 + (uint32_t)prng_below(prng, WORLD_PARTICIPANT_COUNT - 1);
        struct world_trade trade = {.deliverer = seller,
                                    .receiver =
                                        A + (seller - A + further) % WORLD_PARTICIPANT_COUNT,
                                    .asset = prng_chance(prng, 1, 2) ? WORLD_ISIN_1 : WORLD_ISIN_2,
                                    .quantity = 1 + (int64_t)prng_below(prng, 100),
                                    .settlement_date = WORLD_TODAY};
        struct command sell;
        struct command buy;
        trade.amount = 100 * trade.quantity + (int64_t)prng_below(prng, 1000);
        world_trade(world, &trade, &sell, &buy);
        world_add(world, trade.deliverer, &sell);
        world_add(world, trade.receiver, &buy);
    }
}

/*
 * I10. A block's steps are below its budget and what one component may cost beyond it, however much
 * waits; what is left is worked off in blocks of the same cost, and comes to an end.
 */
static void test_I10_the_work_of_a_block_is_bounded_by_the_budget(void **state)
{
    static const uint32_t budgets[] = {1, 1000, 50000, 1000000};
    (void)state;
    for (uint32_t round = 0; round < sizeof budgets / sizeof budgets[0]; round++) {
        struct world world;
        struct prng prng;
        uint64_t bound =
            budgets[round] + (uint64_t)COMPONENT_STEPS_A_PAIR * MANY_BLOCKS * MANY_PAIRS;
        uint32_t blocks = 0;
        world_open(&world, NULL);
        world_optimisation(&world, budgets[round], 2048);
        prng_init(&prng, 7);
        for (uint32_t i = 0; i < MANY_BLOCKS; i++) {
            add_many(&world, &prng, MANY_PAIRS);
            world_block(&world);
            assert_true(world.ledger->optimisation.steps_made <= bound);
        }
        while (world.output.more_due) {
            world_block(&world);
            assert_true(world.ledger->optimisation.steps_made <= bound);
            blocks++;
            assert_true(blocks < 1000);
        }
        assert_false(marks_left(&world));
        world_close(&world);
    }
}

/* A circle of three is not found while only two pairs may be optimised together. */
static void test_a_component_has_no_more_pairs_than_the_rules_allow(void **state)
{
    struct world world;
    uint32_t head;
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, RULE_OPTIMISATION_BUDGET_MAX, 2);
    head = deliver(&world, A, B, WORLD_ISIN_1, 7, 0);
    (void)deliver(&world, B, C, WORLD_ISIN_1, 7, 0);
    (void)deliver(&world, C, A, WORLD_ISIN_1, 7, 0);
    world_settle_down(&world);
    assert_false(settled(&world, head));
    assert_false(marks_left(&world));
    world_close(&world);
}

static void test_nothing_is_tried_again_before_something_changed(void **state)
{
    struct world world;
    uint64_t marks;
    uint32_t back;
    (void)state;
    world_open(&world, NULL);
    (void)deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    (void)deliver(&world, B, A, WORLD_ISIN_1, 61, 0);
    marks = world.ledger->scalars->optimisation_turn_last;
    assert_false(marks_left(&world));
    world_fund(&world, C, WORLD_ISIN_1, 5); /* nobody who waits touches it */
    world_fund(&world, A, WORLD_EUR, 5);
    world_block(&world);
    assert_int_equal(world.ledger->scalars->optimisation_turn_last, marks);
    world_fund(&world, C, WORLD_ISIN_1, 5);
    assert_int_equal(world.ledger->scalars->optimisation_turn_last, marks);
    (void)deliver(&world, C, A, WORLD_ISIN_2, 1, 0); /* nobody would bring it to C */
    assert_int_equal(world.ledger->scalars->optimisation_turn_last, marks);
    (void)deliver(&world, A, C, WORLD_ISIN_2, 2, 0); /* C would bring A one of two */
    assert_int_equal(world.ledger->scalars->optimisation_turn_last, marks);
    back = deliver(&world, C, A, WORLD_ISIN_2, 2, 0); /* A would bring C two */
    assert_true(world.ledger->scalars->optimisation_turn_last > marks);
    assert_true(settled(&world, back));
    world_close(&world);
}

/* Many wait for one account, and one more costs no look at them until somebody would pay in. */
static void test_who_waits_where_nobody_brings_anything_costs_nothing(void **state)
{
    enum {
        WAITING = 50
    };
    struct world world;
    uint32_t heads[WAITING];
    uint32_t back;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, WAITING);
    for (uint32_t i = 0; i < WAITING; i++) {
        heads[i] = deliver(&world, A, B, WORLD_ISIN_1, 1, 1000000); /* B has no money */
        assert_int_equal(world.ledger->optimisation.steps_made, 0);
    }
    world_fund(&world, B, WORLD_EUR, 999999); /* too little for each of them */
    assert_int_equal(world.ledger->optimisation.steps_made, 0);
    world_fund(&world, A, WORLD_EUR, 5); /* they would only take of it */
    assert_int_equal(world.ledger->optimisation.steps_made, 0);
    assert_false(marks_left(&world));
    back = deliver(&world, B, A, WORLD_ISIN_2, 1, 1); /* one cent more: but B lacks what it sells */
    assert_true(world.ledger->optimisation.steps_made == 0 && !settled(&world, back));
    world_fund(&world, B, WORLD_ISIN_2, 1);
    assert_true(settled(&world, back));
    assert_true(settled(&world, heads[0]));
    assert_false(settled(&world, heads[1]));
    world_close(&world);
}

/*
 * A delivers to B what D brings A; the latter is tied to a delivery of B to C, which waits for what
 * A brings B. What D brings waits nowhere, and is found all the same.
 */
static void test_T15_what_a_tied_pair_would_bring_counts(void **state)
{
    enum {
        D = WORLD_PARTICIPANT + 3
    };
    struct world world;
    struct command command;
    uint32_t heads[3];
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, D, WORLD_ISIN_1, 10);
    heads[0] = deliver_held(&world, D, A, WORLD_ISIN_1, 10, 0);
    heads[1] = deliver(&world, B, C, WORLD_ISIN_1, 10, 0);
    world_command(&world, COMMAND_LINK, &command);
    command.link =
        (struct command_link){.party = world_bic(D),
                              .reference = world_view(&world, heads[0])->reference,
                              .linked_party = world_bic(B),
                              .linked_reference = world_view(&world, heads[1])->reference,
                              .type = LINK_WITH};
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    release(&world, D, heads[0]);
    world_settle_down(&world);
    assert_false(settled(&world, heads[0]));
    heads[2] = deliver(&world, A, B, WORLD_ISIN_1, 10, 0);
    world_settle_down(&world);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(settled(&world, heads[i]));
    }
    assert_int_equal(world_available(&world, C, WORLD_ISIN_1), 10);
    world_close(&world);
}

/* Marks and index after a restore are what they were: both ledgers go on to the same result. */
static void test_a_restored_ledger_finds_the_same_sets(void **state)
{
    struct world world;
    uint32_t heads[2];
    (void)state;
    world_open(&world, NULL);
    world_optimisation(&world, 0, 2048);
    heads[0] = deliver(&world, A, B, WORLD_ISIN_1, 60, 0);
    heads[1] = deliver(&world, B, A, WORLD_ISIN_1, 60, 0);
    world_optimisation(&world, 2000000, 2048);
    while (!world_restore(&world)) {
        world_block(&world);
    }
    world_block(&world);
    assert_true(settled(&world, heads[0]));
    assert_true(settled(&world, heads[1]));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bilateral_offset),
        cmocka_unit_test(test_an_offset_that_is_one_short_settles_nothing),
        cmocka_unit_test(test_circle_of_three_with_nothing_in_hand),
        cmocka_unit_test(test_back_to_back),
        cmocka_unit_test(test_chain_across_two_securities_and_money),
        cmocka_unit_test(test_more_value_wins),
        cmocka_unit_test(test_of_equal_sets_the_older_wins),
        cmocka_unit_test(test_a_held_member_is_not_taken_along),
        cmocka_unit_test(test_a_member_over_a_blocked_account_is_not_taken_along),
        cmocka_unit_test(test_T15_tied_pairs_are_one_member_of_a_set),
        cmocka_unit_test(test_no_budget_no_optimisation),
        cmocka_unit_test(test_what_the_budget_leaves_is_carried_over),
        cmocka_unit_test(test_I10_the_work_of_a_block_is_bounded_by_the_budget),
        cmocka_unit_test(test_a_component_has_no_more_pairs_than_the_rules_allow),
        cmocka_unit_test(test_nothing_is_tried_again_before_something_changed),
        cmocka_unit_test(test_who_waits_where_nobody_brings_anything_costs_nothing),
        cmocka_unit_test(test_T15_what_a_tied_pair_would_bring_counts),
        cmocka_unit_test(test_a_restored_ledger_finds_the_same_sets),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
