/*
 * Goal: I10. Work that is carried over goes on however little room for events a block has left, and
 * however large the sets that wait are: a set settles as a whole in one block, with all its events,
 * or waits for the beginning of the next; and neither kind of work keeps the other from its turn.
 */
#include "ledger/genesis.h"

#include <stdio.h>

#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
    D = WORLD_PARTICIPANT + 3,
    POOLS = 40, /* more of the largest size than one block can tell of */
    CANCELS = 1250,
    LETTER_CANCELS = 250, /* of one envelope */
};

static void open_small(struct world *world, uint32_t wake_budget)
{
    struct world_options options = {.instructions = 6000,
                                    .references = 14000,
                                    .wake_budget = wake_budget,
                                    .block_events = GENESIS_BLOCK_EVENTS_MIN};
    world_open(world, &options);
    world_optimisation(world, 0, 2);
}

static uint32_t deliver(struct world *world, uint32_t seller, uint32_t buyer, int64_t quantity)
{
    const struct world_trade trade = {seller, buyer, WORLD_ISIN_1, quantity, 0, WORLD_TODAY};
    struct command sell;
    struct command buy;
    uint32_t head;
    world_trade(world, &trade, &sell, &buy);
    head = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return head;
}

/* A's and B's commands for member `number` of A's pool of LINK_SET_MAX deliveries to B. */
static void member_make(struct world *world, const char *pool, uint32_t number,
                        struct command *sell, struct command *buy)
{
    const struct world_trade trade = {A, B, WORLD_ISIN_1, 1000 + number, 0, WORLD_TODAY};
    world_trade(world, &trade, sell, buy);
    sell->instruct.pool = world_text(pool);
    sell->instruct.pool_number = (uint16_t)number;
    sell->instruct.pool_total = LINK_SET_MAX;
}

/* Both sides of up to LETTER_CANCELS trades, in one block: `heads` takes the sellers'. */
static void trades_enter(struct world *world, uint32_t seller, uint32_t buyer,
                         const struct command *sells, const struct command *buys, uint32_t count,
                         uint32_t *heads)
{
    struct letter letter = letter_to(world, seller);
    letter_add(world, &letter, sells, count);
    letter = letter_to(world, buyer);
    letter_add(world, &letter, buys, count);
    world_block(world);
    for (uint32_t i = 0; i < count; i++) {
        heads[i] =
            instruction_find(world->ledger, world_party_index(world, seller), &sells[i].reference);
        assert_int_not_equal(heads[i], RECORD_NONE);
    }
}

/* The members from 1 to `last` of it. */
static void pool_enter_members(struct world *world, const char *pool, uint32_t last,
                               uint32_t *heads)
{
    static struct command sells[LINK_SET_MAX];
    static struct command buys[LINK_SET_MAX];
    for (uint32_t i = 0; i < last; i++) {
        member_make(world, pool, i + 1, &sells[i], &buys[i]);
    }
    trades_enter(world, A, B, sells, buys, last, heads);
}

static uint32_t settled_count(const struct world *world, const uint32_t *heads, uint32_t count)
{
    uint32_t settled = 0;
    for (uint32_t i = 0; i < count; i++) {
        settled +=
            world_view(world, heads[i])->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
    }
    return settled;
}

/* A ledger whose blocks could not hold the largest set beside other work is not made. */
static void test_the_smallest_block_holds_the_largest_set(void **state)
{
    struct world_people people;
    struct ledger_genesis genesis;
    (void)state;
    world_genesis(&people, NULL, &genesis);
    genesis.capacity.block_events = GENESIS_BLOCK_EVENTS_MIN - 1;
    assert_int_equal(ledger_footprint(&genesis.capacity), 0);
    genesis.capacity.block_events = GENESIS_BLOCK_EVENTS_MIN;
    assert_true(ledger_footprint(&genesis.capacity) > 0);
    assert_true(GENESIS_BLOCK_EVENTS_MIN / 2 >=
                (LINK_SET_MAX + WAITING_PARTS_MIN) * PAIR_EVENTS_MAX);
}

/* One arrival helps all pools: as many settle in a block as can be told, each whole. */
static void test_large_sets_settle_whole_over_several_blocks(void **state)
{
    static uint32_t heads[POOLS][LINK_SET_MAX];
    struct world world;
    uint32_t blocks = 0;
    uint32_t whole = 0;
    (void)state;
    open_small(&world, 100000);
    for (uint32_t i = 0; i < POOLS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "POOL%u", (unsigned)i);
        pool_enter_members(&world, name, LINK_SET_MAX, heads[i]);
    }
    world_fund(&world, A, WORLD_ISIN_1, INT64_C(10000000));
    for (; blocks < POOLS && whole < POOLS; blocks++) {
        uint32_t before = whole;
        whole = 0;
        for (uint32_t i = 0; i < POOLS; i++) {
            uint32_t settled = settled_count(&world, heads[i], LINK_SET_MAX);
            assert_true(settled == 0 || settled == LINK_SET_MAX);
            whole += settled == LINK_SET_MAX;
        }
        assert_true(whole > before);
        assert_true(world.output.more_due == (whole < POOLS));
        world_block(&world);
    }
    assert_int_equal(whole, POOLS);
    assert_true(blocks > 1);
    world_close(&world);
}

/* Pairs of C and D that lack, and whose cancelling by the operator fills a block with events. */
static void filler_make(struct world *world, uint32_t *heads)
{
    static struct command sells[LETTER_CANCELS];
    static struct command buys[LETTER_CANCELS];
    for (uint32_t first = 0; first < CANCELS; first += LETTER_CANCELS) {
        for (uint32_t i = 0; i < LETTER_CANCELS; i++) {
            const struct world_trade trade = {C, D, WORLD_ISIN_1, 5000 + first + i, 0, WORLD_TODAY};
            world_trade(world, &trade, &sells[i], &buys[i]);
        }
        trades_enter(world, C, D, sells, buys, LETTER_CANCELS, heads + first);
    }
}

static void filler_add(struct world *world, const uint32_t *heads)
{
    static struct command commands[LETTER_CANCELS];
    for (uint32_t first = 0; first < CANCELS; first += LETTER_CANCELS) {
        struct letter letter = letter_to(world, WORLD_OPERATOR);
        for (uint32_t i = 0; i < LETTER_CANCELS; i++) {
            world_command(world, COMMAND_CANCEL, &commands[i]);
            commands[i].target = (struct command_target){
                .party = world_bic(C), .reference = world_view(world, heads[first + i])->reference};
        }
        letter_add(world, &letter, commands, LETTER_CANCELS);
    }
}

/*
 * The block in which the last member comes is full of other events: the pool settles at the
 * beginning of the next one, which is as full.
 */
static void test_a_large_set_settles_though_every_block_is_full(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t heads[LINK_SET_MAX];
    static uint32_t fillers[2][CANCELS];
    (void)state;
    open_small(&world, 100000);
    world_fund(&world, A, WORLD_ISIN_1, INT64_C(10000000));
    filler_make(&world, fillers[0]);
    filler_make(&world, fillers[1]);
    pool_enter_members(&world, "POOL", LINK_SET_MAX - 1, heads);
    member_make(&world, "POOL", LINK_SET_MAX, &sell, &buy);
    heads[LINK_SET_MAX - 1] = world_instruct(&world, &sell);
    world_add(&world, B, &buy);
    filler_add(&world, fillers[0]);
    world_block(&world);
    assert_true(world.output.event_count >
                GENESIS_BLOCK_EVENTS_MIN - LINK_SET_MAX * PAIR_EVENTS_MAX);
    assert_int_equal(settled_count(&world, heads, LINK_SET_MAX), 0);
    assert_true(world.output.more_due);
    filler_add(&world, fillers[1]);
    world_block(&world);
    assert_int_equal(settled_count(&world, heads, LINK_SET_MAX), LINK_SET_MAX);
    world_close(&world);
}

/* With one step a block, turns of a position do not keep those waiting who are due at once. */
static void test_turns_leave_room_for_dates(void **state)
{
    struct world world;
    struct command command;
    uint32_t owed[8];
    uint32_t one;
    uint32_t two;
    (void)state;
    open_small(&world, 1);
    for (uint32_t i = 0; i < 8; i++) {
        owed[i] = deliver(&world, C, D, 1);
    }
    one = deliver(&world, A, B, 10);
    two = deliver(&world, A, B, 11);
    world_command(&world, COMMAND_LINK, &command);
    command.link =
        (struct command_link){world_bic(A), world_view(&world, one)->reference, world_bic(A),
                              world_view(&world, two)->reference, LINK_BEFO};
    assert_int_equal(world_submit(&world, A, &command).outcome, OUTCOME_DONE);
    world_settle_down(&world);
    world_assert_status(&world, two, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LINK);
    world_fund(&world, C, WORLD_ISIN_1, 8);
    command.kind = COMMAND_UNLINK;
    command.reference = world_text("UNLINK");
    assert_int_equal(world_submit(&world, A, &command).outcome, OUTCOME_DONE);
    for (uint32_t i = 0; i < 3; i++) {
        world_block(&world);
    }
    world_assert_status(&world, two, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_LACK);
    assert_true(settled_count(&world, owed, 8) < 8);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_smallest_block_holds_the_largest_set),
        cmocka_unit_test(test_large_sets_settle_whole_over_several_blocks),
        cmocka_unit_test(test_a_large_set_settles_though_every_block_is_full),
        cmocka_unit_test(test_turns_leave_room_for_dates),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
