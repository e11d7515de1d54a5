/*
 * Goal: what settles in one day with one counterparty, or out of one account, stays within the
 * limits that the parties set; who is kept by a limit is told so, waits for it and nothing else,
 * and is tried again when it is raised or the day changes; credit is used after the balance.
 */
#include "ledger/instruction/explain.h"
#include "ledger/limit/limit.h"
#include "ledger/limit/provision.h"
#include "ledger/register/key.h"
#include "ledger/settlement/waiting.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    THIRD = WORLD_PARTICIPANT + 2,
    PLENTY = 1000000,
};

static void limit_command(struct world *world, uint32_t party, uint32_t counterparty,
                          enum world_asset asset, int64_t amount, struct command *out)
{
    world_command(world, COMMAND_LIMIT_SET, out);
    out->limit_set = (struct command_limit_set){.bic = world_bic(party),
                                                .scope = LIMIT_COUNTERPARTY,
                                                .counterparty = world_bic(counterparty),
                                                .asset = world_asset(asset),
                                                .amount = amount};
}

static void limit_done(struct world *world, const struct command *command)
{
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

static void counterparty_limit(struct world *world, uint32_t party, uint32_t counterparty,
                               int64_t amount)
{
    struct command command;
    limit_command(world, party, counterparty, WORLD_EUR, amount, &command);
    limit_done(world, &command);
}

/* Everybody has plenty of everything, so that only limits are in the way. */
static void fixture_open(struct world *world)
{
    world_open(world, NULL);
    for (uint32_t party = SELLER; party <= THIRD; party++) {
        world_fund(world, party, WORLD_ISIN_1, PLENTY);
        world_fund(world, party, WORLD_EUR, PLENTY);
    }
}

/* A matched trade: the deliverer's instruction. */
static uint32_t trade(struct world *world, uint32_t deliverer, uint32_t receiver, int64_t amount)
{
    struct command deliver;
    struct command receive;
    struct world_trade trade = {deliverer, receiver, WORLD_ISIN_1, 10, amount, WORLD_TODAY};
    world_trade(world, &trade, &deliver, &receive);
    uint32_t index = world_instruct(world, &deliver);
    (void)world_instruct(world, &receive);
    return index;
}

static void settled(const struct world *world, uint32_t instruction)
{
    world_assert_status(world, instruction, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
}

static void kept(const struct world *world, uint32_t instruction)
{
    uint32_t other = world_view(world, instruction)->counterpart;
    world_assert_status(world, instruction, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                        REASON_OTHR);
    world_assert_status(world, other, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_OTHR);
    assert_int_equal(world_view(world, instruction)->queue, QUEUE_LIMIT);
}

static uint32_t limit_of(const struct world *world, uint32_t party, uint32_t counterparty)
{
    return limit_find(world->ledger, world_party_index(world, party), LIMIT_COUNTERPARTY,
                      world_party_index(world, counterparty), world_asset_index(world, WORLD_EUR));
}

/* The example of limit.h. */
static void test_a_counterparty_limit_is_a_sum_of_the_day(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, SELLER, BUYER, 1000);
    settled(&world, trade(&world, SELLER, BUYER, 600));
    settled(&world, trade(&world, SELLER, BUYER, 300));
    uint32_t third = trade(&world, SELLER, BUYER, 200);
    kept(&world, third);
    assert_int_equal(world_event_count(&world, EVENT_LIMIT_REACHED), 1);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, SELLER, BUYER)), 900);
    assert_int_equal(limit_headroom(world.ledger, limit_of(&world, SELLER, BUYER)), 100);
    settled(&world, trade(&world, SELLER, BUYER, 100)); /* exactly */
    counterparty_limit(&world, SELLER, BUYER, 1199);
    world_settle_down(&world);
    kept(&world, third);
    counterparty_limit(&world, SELLER, BUYER, 1200);
    world_settle_down(&world);
    settled(&world, third);
    world_close(&world);
}

static void test_another_day_begins_anew(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, SELLER, BUYER, 1000);
    settled(&world, trade(&world, SELLER, BUYER, 900));
    uint32_t next = trade(&world, SELLER, BUYER, 800);
    uint32_t never = trade(&world, SELLER, BUYER, 1001);
    kept(&world, next);
    kept(&world, never);
    world_day(&world, WORLD_TOMORROW);
    world_settle_down(&world);
    settled(&world, next);
    kept(&world, never);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, SELLER, BUYER)), 800);
    world_close(&world);
}

/* Either direction counts, and either side's limit keeps; a third party's does not. */
static void test_both_directions_and_both_sides(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, BUYER, SELLER, 1000);
    counterparty_limit(&world, THIRD, SELLER, 1);
    settled(&world, trade(&world, SELLER, BUYER, 600));
    kept(&world, trade(&world, BUYER, SELLER, 401));
    settled(&world, trade(&world, BUYER, SELLER, 400));
    settled(&world, trade(&world, BUYER, THIRD, 5000));
    kept(&world, trade(&world, THIRD, SELLER, 2));
    world_close(&world);
}

/* Securities out of an account; into it anything. */
static void test_an_account_limit_is_of_what_goes_out(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    limit_command(&world, SELLER, BUYER, WORLD_ISIN_1, 20, &command);
    command.limit_set.scope = LIMIT_ACCOUNT;
    command.limit_set.counterparty = (struct bic){{0}};
    command.limit_set.account = world_account(WORLD_ISIN_1, 0);
    limit_done(&world, &command);
    settled(&world, trade(&world, SELLER, BUYER, 1));
    settled(&world, trade(&world, BUYER, SELLER, 1));
    settled(&world, trade(&world, SELLER, THIRD, 1));
    uint32_t last = trade(&world, SELLER, BUYER, 1);
    kept(&world, last);
    command.limit_set.amount = INT64_MAX; /* not asked any more */
    command.reference = world_text("AWAY");
    limit_done(&world, &command);
    world_settle_down(&world);
    settled(&world, last);
    world_close(&world);
}

/* Lowered below what is used: what settled stands, nothing more settles today. */
static void test_lowered_below_what_is_used(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, SELLER, BUYER, 1000);
    settled(&world, trade(&world, SELLER, BUYER, 900));
    counterparty_limit(&world, SELLER, BUYER, 500);
    assert_int_equal(limit_headroom(world.ledger, limit_of(&world, SELLER, BUYER)), 0);
    kept(&world, trade(&world, SELLER, BUYER, 1));
    world_close(&world);
}

/* What does not settle for another reason uses nothing up. */
static void test_a_lack_uses_nothing(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    counterparty_limit(&world, SELLER, BUYER, 1000);
    uint32_t poor = trade(&world, SELLER, BUYER, 600); /* the buyer has no cash */
    world_assert_status(&world, poor, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_CMON);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, SELLER, BUYER)), 0);
    world_fund(&world, BUYER, WORLD_EUR, 600);
    world_settle_down(&world);
    settled(&world, poor);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, SELLER, BUYER)), 600);
    world_close(&world);
}

/* Several limits at once: every one must allow it, and all of them count. */
static void test_all_limits_count(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, SELLER, BUYER, 1000);
    counterparty_limit(&world, BUYER, SELLER, 700);
    settled(&world, trade(&world, SELLER, BUYER, 600));
    uint32_t next = trade(&world, SELLER, BUYER, 300);
    kept(&world, next);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, SELLER, BUYER)), 600);
    counterparty_limit(&world, BUYER, SELLER, 900);
    world_settle_down(&world);
    settled(&world, next);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, SELLER, BUYER)), 900);
    assert_int_equal(limit_used(world.ledger, limit_of(&world, BUYER, SELLER)), 900);
    world_close(&world);
}

/* Those of higher priority come first when a limit is raised for some of them only. */
static void test_a_raise_helps_those_that_fit(void **state)
{
    struct world world;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, SELLER, BUYER, 0);
    uint32_t large = trade(&world, SELLER, BUYER, 900);
    uint32_t small = trade(&world, SELLER, BUYER, 400);
    kept(&world, large);
    kept(&world, small);
    counterparty_limit(&world, SELLER, BUYER, 500);
    world_settle_down(&world);
    kept(&world, large);
    settled(&world, small);
    world_close(&world);
}

static void test_each_refusal_names_its_field(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    static const struct {
        enum reason reason;
        enum detail detail;
        enum field field;
    } faults[] = {
        {REASON_VALR, DETAIL_UNKNOWN, FIELD_PARTY},
        {REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_SCOPE},
        {REASON_VALR, DETAIL_UNKNOWN, FIELD_COUNTERPARTY},
        {REASON_VALR, DETAIL_SELF, FIELD_COUNTERPARTY},
        {REASON_VALR, DETAIL_NOT_APPLICABLE, FIELD_ACCOUNT},
        {REASON_VALR, DETAIL_NOT_APPLICABLE, FIELD_COUNTERPARTY},
        {REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET},
        {REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT},
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        limit_command(&world, SELLER, BUYER, WORLD_EUR, 10, &command);
        command.limit_set.bic.text[0] = i == 0 ? 'Z' : command.limit_set.bic.text[0];
        command.limit_set.scope = i == 1 ? 3 : i == 5 ? LIMIT_ACCOUNT : LIMIT_COUNTERPARTY;
        command.limit_set.counterparty = world_bic(i == 3 ? SELLER : BUYER);
        command.limit_set.counterparty.text[0] =
            i == 2 ? 'Z' : command.limit_set.counterparty.text[0];
        command.limit_set.account = i == 4 ? world_text("CASH1") : (struct text35){0};
        command.limit_set.asset = i == 6 ? (struct asset_code){0} : world_asset(WORLD_EUR);
        command.limit_set.amount = i == 7 ? -1 : 10;
        struct receipt receipt = world_submit(&world, WORLD_OPERATOR, &command);
        letter_assert(&receipt, OUTCOME_REFUSED, faults[i].reason, faults[i].detail,
                      faults[i].field);
    }
    letter_key_add(&world, SELLER, 1, KEY_ADMINISTER, INT64_MAX);
    limit_command(&world, BUYER, SELLER, WORLD_EUR, 10, &command); /* another party's */
    struct receipt receipt = letter_submit_by(&world, SELLER, 1, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    limit_command(&world, SELLER, BUYER, WORLD_EUR, 10, &command);
    assert_int_equal(letter_submit_by(&world, SELLER, 1, &command).outcome, OUTCOME_DONE);
    world_close(&world);
}

/* Nobody raises a limit beyond what the own key may move alone. */
static void test_a_limit_is_an_amount_handed_out(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    letter_key_add(&world, SELLER, 1, KEY_ADMINISTER, 1000);
    limit_command(&world, SELLER, BUYER, WORLD_EUR, 1000, &command);
    assert_int_equal(letter_submit_by(&world, SELLER, 1, &command).outcome, OUTCOME_DONE);
    limit_command(&world, SELLER, BUYER, WORLD_EUR, 1001, &command);
    struct receipt receipt = letter_submit_by(&world, SELLER, 1, &command);
    letter_assert(&receipt, OUTCOME_WAITING, REASON_NONE, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    world_close(&world);
}

/* T17: balance first, then credit; what is in use and what is left of it are visible. */
static void test_T17_credit_comes_after_the_balance(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_fund(&world, BUYER, WORLD_EUR, 100);
    world_command(&world, COMMAND_CREDIT_LIMIT, &command);
    command.credit_limit = (struct command_credit_limit){
        world_bic(BUYER), world_account(WORLD_EUR, 0), world_asset(WORLD_EUR), 100};
    limit_done(&world, &command);
    uint32_t cash = world_position(&world, BUYER, WORLD_EUR, 0);
    const struct position *position = position_view(world.ledger, cash);
    assert_int_equal(provision_balance(position), 100);
    assert_int_equal(provision_credit(position), 100);
    settled(&world, trade(&world, SELLER, BUYER, 130));
    position = position_view(world.ledger, cash);
    assert_int_equal(provision_balance(position), 0);
    assert_int_equal(provision_credit_used(position), 30);
    assert_int_equal(provision_credit(position), 70);
    assert_int_equal(position_spendable(world.ledger, cash), 70);
    uint32_t next = trade(&world, SELLER, BUYER, 71);
    world_assert_status(&world, next, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_CMON);
    command.reference = world_text("LOWER");
    command.credit_limit.limit = 29; /* below what is in use */
    struct receipt receipt = world_submit(&world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_INVB, DETAIL_LACK, FIELD_CREDIT_LIMIT);
    world_fund(&world, BUYER, WORLD_EUR, 50);
    position = position_view(world.ledger, cash);
    assert_int_equal(provision_credit_used(position), 51); /* 30 - 50 + 71 */
    settled(&world, next);
    world_close(&world);
}

static enum explain_actor actor(const struct world *world, uint32_t instruction)
{
    struct explanation explanation;
    explain_instruction(world->ledger, instruction, &explanation);
    assert_int_equal(explanation.reason, REASON_OTHR);
    return explanation.actor;
}

/* Only who set a limit, or is protected by it, can raise it: that party must act, not the operator,
 * whichever side it stands on. */
static void test_the_owner_of_a_limit_must_act(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    counterparty_limit(&world, SELLER, BUYER, 100);
    uint32_t first = trade(&world, SELLER, BUYER, 200);
    kept(&world, first);
    uint32_t other = world_view(&world, first)->counterpart;
    assert_int_equal(actor(&world, first), EXPLAIN_OWN_PARTY);
    assert_int_equal(actor(&world, other), EXPLAIN_COUNTERPARTY);

    /* The seller's is raised; now it is the buyer's account that may not pay so much. */
    world_command(&world, COMMAND_LIMIT_SET, &command);
    command.limit_set = (struct command_limit_set){.bic = world_bic(BUYER),
                                                   .scope = LIMIT_ACCOUNT,
                                                   .account = world_account(WORLD_EUR, 0),
                                                   .asset = world_asset(WORLD_EUR),
                                                   .amount = 150};
    limit_done(&world, &command);
    counterparty_limit(&world, SELLER, BUYER, 1000);
    world_settle_down(&world);
    kept(&world, first);
    assert_int_equal(actor(&world, first), EXPLAIN_COUNTERPARTY);
    assert_int_equal(actor(&world, other), EXPLAIN_OWN_PARTY);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_owner_of_a_limit_must_act),
        cmocka_unit_test(test_a_counterparty_limit_is_a_sum_of_the_day),
        cmocka_unit_test(test_another_day_begins_anew),
        cmocka_unit_test(test_both_directions_and_both_sides),
        cmocka_unit_test(test_an_account_limit_is_of_what_goes_out),
        cmocka_unit_test(test_lowered_below_what_is_used),
        cmocka_unit_test(test_a_lack_uses_nothing),
        cmocka_unit_test(test_all_limits_count),
        cmocka_unit_test(test_a_raise_helps_those_that_fit),
        cmocka_unit_test(test_each_refusal_names_its_field),
        cmocka_unit_test(test_a_limit_is_an_amount_handed_out),
        cmocka_unit_test(test_T17_credit_comes_after_the_balance),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
