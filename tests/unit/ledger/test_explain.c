/*
 * Goal: an explanation shows the nearest instruction that is alleged against the asking party and
 * no other, prefers fewer differences, then the nearer amount, then the older one, and stays within
 * its bound when very many are alleged.
 */
#include "ledger/instruction/explain.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    STRANGER = WORLD_PARTICIPANT + 2,
};

/* One side of a trade between two parties; the other parameters make it differ. */
static uint32_t side(struct world *world, bool deliver, uint32_t seller, uint32_t buyer,
                     enum world_asset asset, int64_t quantity, int64_t amount)
{
    struct world_trade trade = {seller, buyer, asset, quantity, amount, WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    return world_instruct(world, deliver ? &sell : &buy);
}

static struct explanation explained(const struct world *world, uint32_t index)
{
    struct explanation out;
    explain_instruction(world->ledger, index, &out);
    return out;
}

static void test_fewer_differences_then_amount_then_age(void **state)
{
    struct world world;
    struct explanation explanation;
    uint32_t asking;
    uint32_t two;
    uint32_t far;
    uint32_t near_one;
    (void)state;
    world_open(&world, NULL);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 100, 500000);
    two = side(&world, false, SELLER, BUYER, WORLD_ISIN_2, 101, 500000);
    assert_int_equal(explained(&world, asking).nearest, two);
    far = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 100, 900000);
    assert_int_equal(explained(&world, asking).nearest, far);
    near_one = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 100, 500300);
    (void)side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 100, 499700);
    explanation = explained(&world, asking);
    assert_int_equal(explanation.nearest, near_one); /* equally near, but older */
    assert_int_equal(explanation.differing, 1u << (MATCH_FIELD_AMOUNT - 1));
    assert_int_equal(explanation.examined, 4);
    assert_true(explanation.complete);
    world_close(&world);
}

/* What does not name the asking party is not shown to it, near as it may be. */
static void test_only_what_is_alleged_against_the_party_is_shown(void **state)
{
    struct world world;
    struct explanation explanation;
    uint32_t asking;
    (void)state;
    world_open(&world, NULL);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 100, 500000);
    (void)side(&world, false, STRANGER, BUYER, WORLD_ISIN_1, 100, 500000);
    explanation = explained(&world, asking);
    assert_int_equal(explanation.nearest, RECORD_NONE);
    assert_int_equal(explanation.actor, EXPLAIN_COUNTERPARTY);
    assert_int_equal(explanation.examined, 0);
    world_close(&world);
}

/* What has matched or ended is alleged no more. */
static void test_what_has_ended_is_not_near(void **state)
{
    struct world world;
    uint32_t asking;
    uint32_t other;
    (void)state;
    world_open(&world, NULL);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 100, 500000);
    other = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 101, 500000);
    assert_int_equal(explained(&world, asking).nearest, other);
    (void)world_target(&world, BUYER, COMMAND_CANCEL, other, 0, 0);
    assert_int_equal(explained(&world, asking).nearest, RECORD_NONE);
    assert_int_equal(explained(&world, other).dimension, DIMENSION_CANCELLATION);
    assert_int_equal(explained(&world, other).reason, REASON_CANI);
    assert_int_equal(explained(&world, other).actor, EXPLAIN_NOBODY);
    world_close(&world);
}

/* More are alleged than may be looked at: those in the same security come first, and it is said. */
static void test_the_search_is_bounded(void **state)
{
    struct world_options options = {.instructions = EXPLAIN_STEPS_MAX + 64,
                                    .references = 2 * EXPLAIN_STEPS_MAX,
                                    .wake_budget = 10};
    struct world world;
    struct explanation explanation;
    uint32_t asking;
    uint32_t same_security;
    uint32_t alleged = 0;
    (void)state;
    world_open(&world, &options);
    asking = side(&world, true, SELLER, BUYER, WORLD_ISIN_2, 100, 500000);
    while (alleged < EXPLAIN_STEPS_MAX) {
        for (uint32_t i = 0; i < WORLD_BLOCK_COMMANDS_MAX; i++, alleged++) {
            struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 100, 500000, WORLD_TODAY};
            struct command sell;
            struct command buy;
            world_trade(&world, &trade, &sell, &buy);
            world_add(&world, BUYER, &buy);
        }
        world_block(&world);
        world.ts_ms +=
            600000; /* beyond the validity of the envelopes, which are remembered till then */
    }
    assert_true(explained(&world, asking).complete);
    same_security = side(&world, false, SELLER, BUYER, WORLD_ISIN_2, 77, 900000);
    explanation = explained(&world, asking);
    assert_false(explanation.complete);
    assert_int_equal(explanation.examined, EXPLAIN_STEPS_MAX);
    /* One difference in another security is nearer than two in the same. */
    assert_int_not_equal(explanation.nearest, same_security);
    assert_int_equal(explanation.differing, 1u << (MATCH_FIELD_ASSET - 1));
    world_close(&world);
}

/* Every reason that a pair can pend or fail for: who must act, seen from a side without a hold. */
static void test_who_must_act_for_every_reason(void **state)
{
    static const struct {
        enum reason reason;
        enum explain_actor actor;
    } rows[] = {
        {REASON_FUTU, EXPLAIN_NOBODY},       {REASON_CYCL, EXPLAIN_NOBODY},
        {REASON_LATE, EXPLAIN_NOBODY},       {REASON_ADEA, EXPLAIN_NOBODY},
        {REASON_CLAT, EXPLAIN_NOBODY},       {REASON_PREA, EXPLAIN_OWN_PARTY},
        {REASON_PREL, EXPLAIN_OWN_PARTY},    {REASON_LACK, EXPLAIN_OWN_PARTY},
        {REASON_MONY, EXPLAIN_OWN_PARTY},    {REASON_LALO, EXPLAIN_OWN_PARTY},
        {REASON_PRCY, EXPLAIN_OPERATOR},     {REASON_CLAC, EXPLAIN_COUNTERPARTY},
        {REASON_CMON, EXPLAIN_COUNTERPARTY}, {REASON_BOTH, EXPLAIN_BOTH_PARTIES},
        {REASON_PART, EXPLAIN_OWN_PARTY},    {REASON_PATD, EXPLAIN_BOTH_PARTIES},
        {REASON_LINK, EXPLAIN_BOTH_PARTIES}, {REASON_INBC, EXPLAIN_BOTH_PARTIES},
        {REASON_CSDH, EXPLAIN_OPERATOR},     {REASON_CVAL, EXPLAIN_OPERATOR},
        {REASON_CDLR, EXPLAIN_OPERATOR},     {REASON_PRSY, EXPLAIN_OPERATOR},
        {REASON_BLOC, EXPLAIN_OPERATOR},     {REASON_SBLO, EXPLAIN_OPERATOR},
        {REASON_OTHR, EXPLAIN_OPERATOR},
    };
    struct world world;
    (void)state;
    world_open(&world, NULL);
    uint32_t sell = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 10, 1000);
    uint32_t buy = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 10, 1000);
    struct instruction *record = instruction_at(world.ledger, sell);
    assert_int_equal(record->counterpart, buy);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        record->status[DIMENSION_SETTLEMENT].reason = rows[i].reason;
        print_message("%s\n", reason_code(rows[i].reason));
        assert_int_equal(explained(&world, sell).actor, rows[i].actor);
        assert_int_equal(explained(&world, sell).reason, rows[i].reason);
    }
    /* The counterparty's own hold is the counterparty's to lift; a link is its owner's. */
    record->status[DIMENSION_SETTLEMENT].reason = REASON_PRCY;
    instruction_at(world.ledger, buy)->status[DIMENSION_HOLD_PARTY].value = HOLD_YES;
    assert_int_equal(explained(&world, sell).actor, EXPLAIN_COUNTERPARTY);
    record->status[DIMENSION_SETTLEMENT].reason = REASON_INBC;
    rare_ties(world.ledger, sell)->pool.total = 2;
    assert_int_equal(explained(&world, sell).actor, EXPLAIN_OWN_PARTY);
    instruction_at(world.ledger, buy)->status[DIMENSION_SETTLEMENT].reason = REASON_INBC;
    assert_int_equal(explained(&world, buy).actor, EXPLAIN_COUNTERPARTY);
    world_close(&world);
}

/* What stands beside the reason: a request to cancel, and whose; since when it is alleged. */
static void test_requests_and_allegements_are_told(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    world.ts_ms += UINT64_C(6) * 3600000; /* 15:00: alleged at once */
    uint32_t sell = side(&world, true, SELLER, BUYER, WORLD_ISIN_1, 10, 1000);
    assert_true(explained(&world, sell).alleged_ms == ledger_time_ms(world.ledger));
    uint32_t buy = side(&world, false, SELLER, BUYER, WORLD_ISIN_1, 10, 1000);
    assert_true(explained(&world, sell).alleged_ms == 0);
    assert_false(explained(&world, sell).own_cancels);
    (void)world_target(&world, SELLER, COMMAND_CANCEL, sell, 0, 0);
    assert_true(explained(&world, sell).own_cancels);
    assert_false(explained(&world, sell).counterparty_cancels);
    assert_true(explained(&world, buy).counterparty_cancels);
    assert_false(explained(&world, buy).own_cancels);
    (void)world_target(&world, BUYER, COMMAND_CANCEL, buy, 0, 0);
    assert_false(explained(&world, buy).counterparty_cancels);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_must_act_for_every_reason),
        cmocka_unit_test(test_requests_and_allegements_are_told),
        cmocka_unit_test(test_fewer_differences_then_amount_then_age),
        cmocka_unit_test(test_only_what_is_alleged_against_the_party_is_shown),
        cmocka_unit_test(test_what_has_ended_is_not_near),
        cmocka_unit_test(test_the_search_is_bounded),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
