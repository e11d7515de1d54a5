/*
 * Goal: the rules of the forecast (ledger/forecast/forecast.h): what settles alone, what together,
 * what waits and why; the single action that frees most; what a party sees; and nothing changes.
 */
#include "base/prng.h"
#include "ledger/forecast/forecast.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"
#include "tests/support/memory.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    C = WORLD_PARTICIPANT + 2,
    PAIRS = 256,
    TRIALS = 16,
};

struct fixture {
    struct world world;
    struct arena arena;
    struct forecast *forecast;
    struct forecast_answer answer;
};

/* A ledger that does not optimise by itself unless told, so that there is something to foresee. */
static void fixture_open(struct fixture *fixture, uint32_t pairs)
{
    struct forecast_capacity capacity;

    world_open(&fixture->world, NULL);
    capacity = (struct forecast_capacity){
        pairs, record_capacity(fixture->world.ledger, RECORD_INSTRUCTION),
        record_capacity(fixture->world.ledger, RECORD_POSITION)};
    test_arena_init(&fixture->arena, forecast_footprint(&capacity));
    fixture->forecast = forecast_new(fixture->arena.base, &capacity);
}

static void fixture_close(struct fixture *fixture)
{
    test_arena_free(&fixture->arena);
    world_close(&fixture->world);
}

static void ask_for(struct fixture *fixture, uint32_t date, uint32_t party)
{
    struct forecast_question question = {
        date, party == RECORD_NONE ? party : world_party_index(&fixture->world, party), TRIALS};
    struct hash before = ledger_result(fixture->world.ledger)->result_root;

    forecast_run(fixture->forecast, fixture->world.ledger, &question, &fixture->answer);
    assert_memory_equal(&before, &ledger_result(fixture->world.ledger)->result_root, sizeof before);
}

static void ask(struct fixture *fixture)
{
    ask_for(fixture, WORLD_TODAY, RECORD_NONE);
}

/* The row of a deliverer's instruction. */
static const struct forecast_row *row_of(const struct fixture *fixture, uint32_t deliverer)
{
    for (uint32_t i = 0; i < fixture->answer.row_count; i++) {
        const struct forecast_row *row = forecast_row(fixture->forecast, i);
        if (row->deliverer == deliverer) {
            return row;
        }
    }
    fail_msg("no such row");
    return NULL;
}

static uint32_t deliver_on(struct fixture *fixture, uint32_t seller, uint32_t buyer,
                           enum world_asset asset, int64_t quantity, int64_t amount, uint32_t date,
                           bool hold)
{
    struct world_trade trade = {seller, buyer, asset, quantity, amount, date};
    struct command sell;
    struct command buy;
    uint32_t index;

    world_trade(&fixture->world, &trade, &sell, &buy);
    sell.instruct.hold = hold;
    index = world_instruct(&fixture->world, &sell);
    (void)world_instruct(&fixture->world, &buy);
    return index;
}

static uint32_t deliver(struct fixture *fixture, uint32_t seller, uint32_t buyer,
                        enum world_asset asset, int64_t quantity, int64_t amount)
{
    return deliver_on(fixture, seller, buyer, asset, quantity, amount, WORLD_TODAY, false);
}

static void test_nothing_due_nothing_foreseen(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, PAIRS);
    (void)deliver_on(&fixture, A, B, WORLD_ISIN_1, 10, 0, WORLD_TOMORROW, false);
    ask(&fixture);
    assert_int_equal(fixture.answer.row_count, 0);
    assert_int_equal(fixture.answer.action.help, FORECAST_HELP_NONE);
    fixture_close(&fixture);
}

/* A restriction type keeps it, whatever came; nothing that one party does would help. */
static void test_what_a_restriction_type_blocks_waits(void **state)
{
    struct fixture fixture;
    struct command type;
    uint32_t blocked;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_command(&fixture.world, COMMAND_RESTRICTION_TYPE_ADD, &type);
    type.restriction_type_add =
        (struct command_restriction_type_add){.processing = RESTRICTION_BLCK,
                                              .object = RESTRICTION_ON_SECURITY,
                                              .asset = world_asset(WORLD_ISIN_1),
                                              .valid_from = WORLD_TODAY};
    assert_int_equal(world_submit(&fixture.world, WORLD_OPERATOR, &type).outcome, OUTCOME_DONE);
    blocked = deliver(&fixture, A, B, WORLD_ISIN_1, 10, 0);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 10);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, blocked)->outcome, FORECAST_WAITS);
    assert_int_equal(row_of(&fixture, blocked)->deliverer_reason, REASON_SBLO);
    assert_int_equal(row_of(&fixture, blocked)->receiver_reason, REASON_SBLO);
    assert_int_equal(fixture.answer.action.help, FORECAST_HELP_NONE);
    fixture_close(&fixture);
}

/* The operator's rules of the day that is asked about decide: one that ends today, or begins after
 * tomorrow, keeps nothing that is due tomorrow; one that begins tomorrow does. */
static void test_the_restriction_types_of_that_day_count(void **state)
{
    const struct {
        uint32_t from;
        uint32_t to;
        enum forecast_outcome tomorrow;
    } cases[] = {
        {WORLD_TODAY, WORLD_TODAY, FORECAST_ALONE},
        {WORLD_TOMORROW, WORLD_TOMORROW, FORECAST_WAITS},
        {WORLD_MONDAY, 0, FORECAST_ALONE},
        {WORLD_TODAY, 0, FORECAST_WAITS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture fixture;
        struct command type;
        fixture_open(&fixture, PAIRS);
        world_command(&fixture.world, COMMAND_RESTRICTION_TYPE_ADD, &type);
        type.restriction_type_add =
            (struct command_restriction_type_add){.processing = RESTRICTION_BLCK,
                                                  .object = RESTRICTION_ON_SECURITY,
                                                  .asset = world_asset(WORLD_ISIN_1),
                                                  .valid_from = cases[i].from,
                                                  .valid_to = cases[i].to};
        assert_int_equal(world_submit(&fixture.world, WORLD_OPERATOR, &type).outcome, OUTCOME_DONE);
        world_fund(&fixture.world, A, WORLD_ISIN_1, 10);
        uint32_t due = deliver_on(&fixture, A, B, WORLD_ISIN_1, 10, 0, WORLD_TOMORROW, false);
        ask_for(&fixture, WORLD_TOMORROW, RECORD_NONE);
        assert_int_equal(row_of(&fixture, due)->outcome, cases[i].tomorrow);
        world_day(&fixture.world, WORLD_TOMORROW); /* and so it comes */
        world_settle_down(&fixture.world);
        assert_int_equal(world_view(&fixture.world, due)->status[DIMENSION_SETTLEMENT].value,
                         cases[i].tomorrow == FORECAST_ALONE ? SETTLEMENT_SETTLED
                                                             : SETTLEMENT_UNSETTLED);
        fixture_close(&fixture);
    }
}

/* Tomorrow's business, with what is there today: the first settles, and pays for the second. */
static void test_what_would_settle_tomorrow(void **state)
{
    struct fixture fixture;
    uint32_t first;
    uint32_t second;
    uint32_t third;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 10);
    world_fund(&fixture.world, B, WORLD_EUR, 1000);
    second = deliver_on(&fixture, B, C, WORLD_ISIN_1, 10, 0, WORLD_TOMORROW, false);
    first = deliver_on(&fixture, A, B, WORLD_ISIN_1, 10, 1000, WORLD_TOMORROW, false);
    third = deliver_on(&fixture, A, C, WORLD_ISIN_1, 5, 300, WORLD_TOMORROW, false);
    ask_for(&fixture, WORLD_TOMORROW, RECORD_NONE);
    assert_int_equal(fixture.answer.row_count, 3);
    assert_int_equal(row_of(&fixture, first)->outcome, FORECAST_ALONE);
    assert_int_equal(row_of(&fixture, second)->outcome, FORECAST_ALONE);
    assert_int_equal(row_of(&fixture, third)->outcome, FORECAST_WAITS);
    assert_int_equal(row_of(&fixture, third)->deliverer_reason, REASON_LACK);
    assert_int_equal(row_of(&fixture, third)->receiver_reason, REASON_CLAC);
    assert_int_equal(row_of(&fixture, third)->short_by, 5);
    assert_int_equal(fixture.answer.alone.pairs, 2);
    assert_int_equal(fixture.answer.alone.value, 1000);
    assert_int_equal(fixture.answer.waiting.value, 300);
    world_day(&fixture.world, WORLD_TOMORROW); /* and so it comes */
    world_settle_down(&fixture.world);
    world_assert_status(&fixture.world, first, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    world_assert_status(&fixture.world, second, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    world_assert_status(&fixture.world, third, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                        REASON_LACK);
    fixture_close(&fixture);
}

static void test_a_circle_settles_together(void **state)
{
    struct fixture fixture;
    uint32_t head;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_optimisation(&fixture.world, 0, 2048);
    head = deliver(&fixture, A, B, WORLD_ISIN_1, 7, 0);
    (void)deliver(&fixture, B, C, WORLD_ISIN_1, 7, 0);
    (void)deliver(&fixture, C, A, WORLD_ISIN_1, 7, 0);
    ask(&fixture);
    assert_int_equal(fixture.answer.together.pairs, 3);
    assert_int_equal(row_of(&fixture, head)->outcome, FORECAST_TOGETHER);
    fixture_close(&fixture);
}

/* The header's example: 40 pieces to A free both deliveries. */
static void test_the_action_that_frees_most_are_securities(void **state)
{
    struct fixture fixture;
    const struct forecast_action *action = &fixture.answer.action;
    uint32_t first;
    uint32_t second;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 60);
    world_fund(&fixture.world, B, WORLD_EUR, 500000);
    world_fund(&fixture.world, C, WORLD_EUR, 510000);
    first = deliver(&fixture, A, B, WORLD_ISIN_1, 100, 500000);
    second = deliver(&fixture, B, C, WORLD_ISIN_1, 100, 510000);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, first)->short_by, 40);
    assert_int_equal(row_of(&fixture, second)->short_by, 100);
    assert_int_equal(action->help, FORECAST_HELP_SECURITIES);
    assert_int_equal(action->party, world_party_index(&fixture.world, A));
    assert_int_equal(action->asset, world_asset_index(&fixture.world, WORLD_ISIN_1));
    assert_int_equal(action->quantity, 40);
    assert_int_equal(action->value, 1010000);
    assert_int_equal(action->pairs, 2);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 40); /* and so it is */
    world_settle_down(&fixture.world);
    world_assert_status(&fixture.world, second, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    fixture_close(&fixture);
}

static void test_the_action_that_frees_most_is_money(void **state)
{
    struct fixture fixture;
    const struct forecast_action *action = &fixture.answer.action;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 30);
    world_fund(&fixture.world, B, WORLD_EUR, 100);
    (void)deliver(&fixture, A, B, WORLD_ISIN_1, 10, 4000);
    (void)deliver(&fixture, A, B, WORLD_ISIN_1, 20, 7000);
    (void)deliver(&fixture, C, A, WORLD_ISIN_2, 5, 900); /* C has no such securities */
    ask(&fixture);
    assert_int_equal(action->help, FORECAST_HELP_CASH);
    assert_int_equal(action->party, world_party_index(&fixture.world, B));
    assert_int_equal(action->quantity, 10900);
    assert_int_equal(action->value, 11000);
    fixture_close(&fixture);
}

static void test_the_action_that_frees_most_is_a_release(void **state)
{
    struct fixture fixture;
    const struct forecast_action *action = &fixture.answer.action;
    uint32_t held;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 10);
    world_fund(&fixture.world, B, WORLD_EUR, 5000);
    held = deliver_on(&fixture, A, B, WORLD_ISIN_1, 10, 4000, WORLD_TODAY, true);
    (void)deliver(&fixture, B, C, WORLD_ISIN_1, 10, 0);
    (void)deliver(&fixture, C, B, WORLD_ISIN_2, 5, 100); /* less value: securities for C */
    ask(&fixture);
    assert_int_equal(row_of(&fixture, held)->deliverer_reason, REASON_PREA);
    assert_int_equal(row_of(&fixture, held)->receiver_reason, REASON_PRCY);
    assert_int_equal(action->help, FORECAST_HELP_RELEASE);
    assert_int_equal(action->release, held);
    assert_int_equal(action->dimension, DIMENSION_HOLD_PARTY);
    assert_int_equal(action->party, world_party_index(&fixture.world, A));
    assert_int_equal(action->value, 4000);
    assert_int_equal(action->pairs, 2);
    fixture_close(&fixture);
}

/* Two holds on one pair: no single act frees it. */
static void test_two_holds_are_no_single_action(void **state)
{
    struct fixture fixture;
    uint32_t held;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 10);
    held = deliver_on(&fixture, A, B, WORLD_ISIN_1, 10, 0, WORLD_TODAY, true);
    (void)world_target(&fixture.world, B, COMMAND_HOLD,
                       world_view(&fixture.world, held)->counterpart, DIMENSION_HOLD_PARTY, 0);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, held)->deliverer_reason, REASON_BOTH);
    assert_int_equal(fixture.answer.action.help, FORECAST_HELP_NONE);
    fixture_close(&fixture);
}

/* A party sees its own pairs, its own lacks, and of others only who should bring what. */
static void test_a_party_sees_what_is_its_own(void **state)
{
    struct fixture fixture;
    const struct forecast_action *action = &fixture.answer.action;
    uint32_t own;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 60);
    world_fund(&fixture.world, C, WORLD_EUR, 510000);
    (void)deliver(&fixture, A, B, WORLD_ISIN_1, 100, 0);
    own = deliver(&fixture, B, C, WORLD_ISIN_1, 100, 510000);
    ask_for(&fixture, WORLD_TODAY, C);
    assert_int_equal(fixture.answer.row_count, 1);
    assert_int_equal(fixture.answer.waiting.value, 510000);
    assert_int_equal(row_of(&fixture, own)->receiver_reason, REASON_CLAC);
    assert_int_equal(row_of(&fixture, own)->position, RECORD_NONE);
    assert_int_equal(row_of(&fixture, own)->short_by, 0);
    assert_int_equal(action->help, FORECAST_HELP_SECURITIES);
    assert_int_equal(action->pairs, 1); /* of its own */
    assert_int_equal(action->account, RECORD_NONE);
    assert_int_equal(action->quantity, 0);
    ask_for(&fixture, WORLD_TODAY, A);
    assert_int_equal(fixture.answer.row_count, 1);
    assert_int_equal(forecast_row(fixture.forecast, 0)->short_by, 40);
    assert_int_equal(action->quantity, 40);
    ask_for(&fixture, WORLD_TODAY, WORLD_PARTICIPANT + 4);
    assert_int_equal(fixture.answer.row_count, 0);
    assert_int_equal(action->help, FORECAST_HELP_NONE);
    fixture_close(&fixture);
}

static void test_more_pairs_than_room_are_cut_and_said(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, 2);
    for (uint32_t i = 0; i < 3; i++) {
        (void)deliver(&fixture, A, B, WORLD_ISIN_1, 10 + i, 0);
    }
    ask(&fixture);
    assert_true(fixture.answer.cut);
    assert_int_equal(fixture.answer.row_count, 2);
    fixture_close(&fixture);
}

/*
 * Random business for tomorrow: what is foreseen is what happens when the day comes, where no more
 * is at work than trying in order and small sets.
 */
static void test_what_is_foreseen_happens(void **state)
{
    uint32_t settled = 0;
    (void)state;
    for (uint32_t round = 0; round < 12; round++) {
        struct fixture fixture;
        struct prng prng;
        uint32_t heads[12];
        uint8_t foreseen[12];
        fixture_open(&fixture, PAIRS);
        prng_init(&prng, 100 + round);
        for (uint32_t party = A; party < A + 5; party++) {
            world_fund(&fixture.world, party, WORLD_ISIN_1, 1 + (int64_t)prng_below(&prng, 15));
            world_fund(&fixture.world, party, WORLD_EUR, 1 + (int64_t)prng_below(&prng, 1500));
        }
        for (uint32_t i = 0; i < 12; i++) {
            uint32_t seller = A + (uint32_t)prng_below(&prng, 5);
            uint32_t buyer = A + (seller - A + 1 + (uint32_t)prng_below(&prng, 4)) % 5;
            int64_t quantity = 1 + (int64_t)prng_below(&prng, 20);
            heads[i] =
                deliver_on(&fixture, seller, buyer, WORLD_ISIN_1, quantity,
                           100 * quantity + (int64_t)i, WORLD_TOMORROW, prng_chance(&prng, 1, 10));
        }
        ask_for(&fixture, WORLD_TOMORROW, RECORD_NONE);
        assert_int_equal(fixture.answer.row_count, 12);
        for (uint32_t i = 0; i < 12; i++) {
            foreseen[i] = row_of(&fixture, heads[i])->outcome;
        }
        world_day(&fixture.world, WORLD_TOMORROW);
        world_settle_down(&fixture.world);
        for (uint32_t i = 0; i < 12; i++) {
            uint8_t status =
                world_view(&fixture.world, heads[i])->status[DIMENSION_SETTLEMENT].value;
            assert_int_equal(status == SETTLEMENT_SETTLED, foreseen[i] != FORECAST_WAITS);
            settled += status == SETTLEMENT_SETTLED ? 1 : 0;
        }
        fixture_close(&fixture);
    }
    assert_true(settled > 30);
}

/* ------------------------------------------------------------------------------------ parts */

static uint32_t deliver_parts(struct fixture *fixture, uint32_t seller, uint32_t buyer,
                              int64_t quantity, uint32_t date, uint8_t sells, uint8_t buys)
{
    struct world_trade trade = {seller, buyer, WORLD_ISIN_1, quantity, 100 * quantity, date};
    struct command sell;
    struct command buy;
    uint32_t index;

    world_trade(&fixture->world, &trade, &sell, &buy);
    sell.instruct.partial = sells;
    buy.instruct.partial = buys;
    index = world_instruct(&fixture->world, &sell);
    (void)world_instruct(&fixture->world, &buy);
    return index;
}

/* T18, the example of forecast.h: with a window ahead what is there settles in part, and goes on
 * from the receiver to whom he owes; nothing moves in the ledger. */
static void test_T18_a_part_is_foreseen_and_passed_on(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 60);
    world_fund(&fixture.world, B, WORLD_EUR, 100000);
    world_fund(&fixture.world, C, WORLD_EUR, 100000);
    uint32_t first = deliver_parts(&fixture, A, B, 100, WORLD_TODAY, PARTIAL_PARQ, PARTIAL_PARQ);
    uint32_t second = deliver_parts(&fixture, B, C, 100, WORLD_TODAY, PARTIAL_PARQ, PARTIAL_PARQ);
    ask(&fixture);
    const struct forecast_row *row = row_of(&fixture, first);
    assert_int_equal(row->outcome, FORECAST_PART);
    assert_int_equal(row->part_quantity, 60);
    assert_int_equal(row->part_amount, 6000);
    assert_int_equal(row->quantity, 100);
    assert_int_equal(row->deliverer_reason, REASON_PART);
    assert_int_equal(row->short_by, 40);
    row = row_of(&fixture, second);
    assert_int_equal(row->outcome, FORECAST_PART);
    assert_int_equal(row->part_quantity, 60);
    assert_int_equal(fixture.answer.parts.pairs, 2);
    assert_int_equal(fixture.answer.parts.value, 12000);
    assert_int_equal(fixture.answer.waiting.pairs, 0);
    assert_int_equal(fixture.answer.waiting.value, 8000);
    /* What would free the whole is still told. */
    assert_int_equal(fixture.answer.action.help, FORECAST_HELP_SECURITIES);
    assert_int_equal(fixture.answer.action.quantity, 40);
    assert_int_equal(fixture.answer.action.pairs, 2);
    /* The receiver is told of the part, and not how much the deliverer has. */
    ask_for(&fixture, WORLD_TODAY, C);
    assert_int_equal(row_of(&fixture, second)->outcome, FORECAST_PART);
    assert_int_equal(row_of(&fixture, second)->part_quantity, 0);
    assert_int_equal(row_of(&fixture, second)->part_amount, 0);
    assert_int_equal(fixture.answer.parts.value, 0);
    ask_for(&fixture, WORLD_TODAY, B);
    assert_int_equal(row_of(&fixture, second)->part_quantity, 60);
    ask(&fixture); /* once more, the same */
    assert_int_equal(row_of(&fixture, first)->part_quantity, 60);
    fixture_close(&fixture);
}

/* One side allows no part: none is foreseen, and both are told PATD; neither does: LACK. */
static void test_T18_no_part_is_foreseen_without_both(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 20000);
    world_fund(&fixture.world, B, WORLD_EUR, 10000000);
    uint32_t one = deliver_parts(&fixture, A, B, 30000, WORLD_TODAY, PARTIAL_PARQ, PARTIAL_NPAR);
    uint32_t none = deliver_parts(&fixture, A, C, 30000, WORLD_TODAY, PARTIAL_NPAR, PARTIAL_NPAR);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, one)->outcome, FORECAST_WAITS);
    assert_int_equal(row_of(&fixture, one)->deliverer_reason, REASON_PATD);
    assert_int_equal(row_of(&fixture, one)->receiver_reason, REASON_PATD);
    assert_int_equal(row_of(&fixture, one)->part_quantity, 0);
    assert_int_equal(row_of(&fixture, none)->deliverer_reason, REASON_LACK);
    assert_int_equal(fixture.answer.parts.pairs, 0);
    fixture_close(&fixture);
}

/* Of money there are no parts, and after the last window of a day none at all. */
static void test_T18_no_part_for_want_of_money_or_of_a_window(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, PAIRS);
    world_fund(&fixture.world, A, WORLD_ISIN_1, 100);
    world_fund(&fixture.world, C, WORLD_ISIN_1, 60);
    world_fund(&fixture.world, B, WORLD_EUR, 5000);
    uint32_t money = deliver_parts(&fixture, A, B, 100, WORLD_TODAY, PARTIAL_PARQ, PARTIAL_PARQ);
    uint32_t both = deliver_parts(&fixture, C, B, 100, WORLD_TODAY, PARTIAL_PARQ, PARTIAL_PARQ);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, money)->outcome, FORECAST_WAITS);
    assert_int_equal(row_of(&fixture, money)->deliverer_reason, REASON_CMON);
    assert_int_equal(row_of(&fixture, both)->outcome, FORECAST_WAITS); /* 60 would cost 6000 */
    world_fund(&fixture.world, B, WORLD_EUR, 1000);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, both)->outcome, FORECAST_PART);
    fixture.world.ts_ms = WORLD_START_MS + UINT64_C(8) * 3600000; /* 17:00: no window any more */
    world_block(&fixture.world);
    ask(&fixture);
    assert_int_equal(row_of(&fixture, both)->outcome, FORECAST_WAITS);
    ask_for(&fixture, WORLD_TOMORROW, RECORD_NONE);
    assert_int_equal(row_of(&fixture, both)->outcome, FORECAST_PART);
    fixture_close(&fixture);
}

/* Random business for tomorrow that settles in parts: each comes as it was foreseen. */
static void test_T18_parts_that_are_foreseen_happen(void **state)
{
    uint32_t parts = 0;
    (void)state;
    for (uint32_t round = 0; round < 12; round++) {
        struct fixture fixture;
        struct prng prng;
        uint32_t heads[8];
        int64_t foreseen[8];
        fixture_open(&fixture, PAIRS);
        prng_init(&prng, 700 + round);
        for (uint32_t i = 0; i < 8; i++) { /* out of two holders, into three with money */
            heads[i] =
                deliver_parts(&fixture, A + (uint32_t)prng_below(&prng, 2),
                              A + 2 + (uint32_t)prng_below(&prng, 3),
                              1 + (int64_t)prng_below(&prng, 30), WORLD_TOMORROW,
                              prng_chance(&prng, 4, 5) ? PARTIAL_PARQ : PARTIAL_NPAR, PARTIAL_PARQ);
        }
        for (uint32_t party = A; party < A + 5; party++) {
            world_fund(&fixture.world, party, party < A + 2 ? WORLD_ISIN_1 : WORLD_EUR,
                       party < A + 2 ? 1 + (int64_t)prng_below(&prng, 60) : 1000000);
        }
        ask_for(&fixture, WORLD_TOMORROW, RECORD_NONE);
        for (uint32_t i = 0; i < 8; i++) {
            const struct forecast_row *row = row_of(&fixture, heads[i]);
            foreseen[i] = row->outcome == FORECAST_PART    ? row->part_quantity
                          : row->outcome == FORECAST_WAITS ? 0
                                                           : row->quantity;
            parts += row->outcome == FORECAST_PART ? 1 : 0;
        }
        world_day(&fixture.world, WORLD_TOMORROW);
        fixture.world.ts_ms = WORLD_START_MS + UINT64_C(25) * 3600000; /* 10:00: a window */
        world_block(&fixture.world);
        world_settle_down(&fixture.world);
        for (uint32_t i = 0; i < 8; i++) {
            assert_int_equal(world_view(&fixture.world, heads[i])->settled_quantity, foreseen[i]);
        }
        fixture_close(&fixture);
    }
    assert_true(parts > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T18_a_part_is_foreseen_and_passed_on),
        cmocka_unit_test(test_T18_no_part_is_foreseen_without_both),
        cmocka_unit_test(test_T18_no_part_for_want_of_money_or_of_a_window),
        cmocka_unit_test(test_T18_parts_that_are_foreseen_happen),
        cmocka_unit_test(test_nothing_due_nothing_foreseen),
        cmocka_unit_test(test_what_a_restriction_type_blocks_waits),
        cmocka_unit_test(test_the_restriction_types_of_that_day_count),
        cmocka_unit_test(test_what_would_settle_tomorrow),
        cmocka_unit_test(test_a_circle_settles_together),
        cmocka_unit_test(test_the_action_that_frees_most_are_securities),
        cmocka_unit_test(test_the_action_that_frees_most_is_money),
        cmocka_unit_test(test_the_action_that_frees_most_is_a_release),
        cmocka_unit_test(test_two_holds_are_no_single_action),
        cmocka_unit_test(test_a_party_sees_what_is_its_own),
        cmocka_unit_test(test_more_pairs_than_room_are_cut_and_said),
        cmocka_unit_test(test_what_is_foreseen_happens),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
