/*
 * Goal: the rows of the transition table of a settlement instruction that apply in this release,
 * one test per row, the row's number in its name: what a side is, what happens, what both sides
 * are then, and which ISO code each of them is told. Not yet in the ledger are T5 (allegement), T15
 * (links), T18 and T27 (partial settlement), T20 to T26 (cut-offs, recycling, corporate actions).
 */
#include "ledger/instruction/explain.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    QUANTITY = 100,
    AMOUNT = 500000,
};

/* A sells to B; nobody holds anything unless a test provides it. */
struct fixture {
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t seller;
    uint32_t buyer;
};

static void fixture_open(struct fixture *fixture, uint32_t settlement_date)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, settlement_date};
    world_open(&fixture->world, NULL);
    world_trade(&fixture->world, &trade, &fixture->sell, &fixture->buy);
}

static void fixture_close(struct fixture *fixture)
{
    world_close(&fixture->world);
}

static void submit_both(struct fixture *fixture)
{
    fixture->seller = world_instruct(&fixture->world, &fixture->sell);
    fixture->buyer = world_instruct(&fixture->world, &fixture->buy);
}

static void fund_both(struct fixture *fixture)
{
    world_fund(&fixture->world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_fund(&fixture->world, BUYER, WORLD_EUR, AMOUNT);
}

static void assert_both(const struct fixture *fixture, enum instruction_dimension dimension,
                        uint8_t value, enum reason seller, enum reason buyer)
{
    world_assert_status(&fixture->world, fixture->seller, dimension, value, seller);
    world_assert_status(&fixture->world, fixture->buyer, dimension, value, buyer);
}

static void assert_pending(const struct fixture *fixture, enum reason seller, enum reason buyer)
{
    assert_both(fixture, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, seller, buyer);
    assert_both(fixture, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE, REASON_NONE);
}

static void assert_settled(const struct fixture *fixture)
{
    assert_both(fixture, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    assert_both(fixture, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE, REASON_NONE);
    assert_int_equal(world_available(&fixture->world, SELLER, WORLD_ISIN_1), 0);
    assert_int_equal(world_available(&fixture->world, BUYER, WORLD_ISIN_1), QUANTITY);
    assert_int_equal(world_available(&fixture->world, SELLER, WORLD_EUR), AMOUNT);
    assert_int_equal(world_available(&fixture->world, BUYER, WORLD_EUR), 0);
}

static void assert_cancelled(const struct fixture *fixture, uint32_t index, enum reason reason)
{
    world_assert_status(&fixture->world, index, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                        reason);
    world_assert_status(&fixture->world, index, DIMENSION_PROCESSING, PROCESSING_ENDED, reason);
    world_assert_status(&fixture->world, index, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                        REASON_NONE);
}

static enum explain_actor actor_of(const struct fixture *fixture, uint32_t index)
{
    struct explanation explanation;
    explain_instruction(fixture->world.ledger, index, &explanation);
    return explanation.actor;
}

static void assert_receipt(const struct receipt *receipt, enum outcome outcome, enum reason reason)
{
    assert_string_equal(outcome_name(receipt->outcome), outcome_name(outcome));
    assert_string_equal(reason_code(receipt->reason), reason_code(reason));
}

static struct receipt cancel(struct fixture *fixture, uint32_t party, uint32_t index)
{
    return world_target(&fixture->world, party, COMMAND_CANCEL, index, 0, 0);
}

static struct receipt hold(struct fixture *fixture, uint32_t party, uint32_t index, uint8_t which)
{
    return world_target(&fixture->world, party, COMMAND_HOLD, index, which, 0);
}

static struct receipt release(struct fixture *fixture, uint32_t party, uint32_t index,
                              uint8_t which)
{
    return world_target(&fixture->world, party, COMMAND_RELEASE, index, which, 0);
}

/* T1: a check fails: refused with its code, and nothing is on the ledger. */
static void test_T01_submit_with_a_failed_check_is_refused(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.sell.instruct.quantity = -1;
    receipt = world_submit(&fixture.world, SELLER, &fixture.sell);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DQUA);
    assert_int_equal(record_count(fixture.world.ledger, RECORD_INSTRUCTION), 0);
    fixture_close(&fixture);
}

/* T2: the reference is used already, for something else: REFE. The same again: already there. */
static void test_T02_submit_under_a_used_reference_is_refused(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    (void)world_instruct(&fixture.world, &fixture.sell);
    receipt = world_submit(&fixture.world, SELLER, &fixture.sell);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    fixture.sell.instruct.quantity++;
    receipt = world_submit(&fixture.world, SELLER, &fixture.sell);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_REFE);
    assert_int_equal(record_count(fixture.world.ledger, RECORD_INSTRUCTION), 1);
    fixture_close(&fixture);
}

/* T3: accepted, unmatched for want of a counterpart (CMIS), unsettled, holds as instructed. */
static void test_T03_submit_is_accepted_unmatched(void **state)
{
    struct fixture fixture;
    const struct world *world = &fixture.world;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.sell.instruct.hold = true;
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    world_assert_status(world, fixture.seller, DIMENSION_PROCESSING, PROCESSING_ACCEPTED,
                        REASON_NONE);
    world_assert_status(world, fixture.seller, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    world_assert_status(world, fixture.seller, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                        REASON_NONE);
    world_assert_status(world, fixture.seller, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                        REASON_NONE);
    world_assert_status(world, fixture.seller, DIMENSION_HOLD_PARTY, HOLD_YES, REASON_PTYH);
    world_assert_status(world, fixture.seller, DIMENSION_HOLD_CSD, HOLD_NO, REASON_NONE);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_COUNTERPARTY);
    fixture_close(&fixture);
}

/* T4: the counterpart comes: both are matched in the same block, at the deliverer's amount. */
static void test_T04_the_counterpart_matches_both_in_one_block(void **state)
{
    struct fixture fixture;
    const struct instruction *seller;
    const struct instruction *buyer;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.buy.instruct.amount = AMOUNT + 150;
    submit_both(&fixture);
    assert_both(&fixture, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE, REASON_NONE);
    seller = world_view(&fixture.world, fixture.seller);
    buyer = world_view(&fixture.world, fixture.buyer);
    assert_int_equal(seller->status[DIMENSION_MATCH].height, buyer->status[DIMENSION_MATCH].height);
    assert_int_equal(seller->settlement_amount, AMOUNT);
    assert_int_equal(buyer->settlement_amount, AMOUNT);
    assert_int_equal(world_event_count(&fixture.world, EVENT_MATCHED), 1);
    fixture_close(&fixture);
}

/* T6: an unmatched instruction is cancelled at once by its party: CANI; it matches no more. */
static void test_T06_cancel_unmatched(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    receipt = cancel(&fixture, SELLER, fixture.seller);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_cancelled(&fixture, fixture.seller, REASON_CANI);
    assert_int_equal(world_event_count(&fixture.world, EVENT_CANCELLED), 1);
    fixture.buyer = world_instruct(&fixture.world, &fixture.buy);
    world_assert_status(&fixture.world, fixture.buyer, DIMENSION_MATCH, MATCH_UNMATCHED,
                        REASON_CMIS);
    fixture_close(&fixture);
}

/* T7: one side of a matched pair asks: pending confirmation (CONF), the other is told. */
static void test_T07_cancel_matched_by_one_side(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    receipt = cancel(&fixture, BUYER, fixture.buyer);
    assert_receipt(&receipt, OUTCOME_PENDING, REASON_CONF);
    assert_int_equal(world_event_count(&fixture.world, EVENT_CANCELLATION_REQUESTED), 1);
    world_assert_status(&fixture.world, fixture.buyer, DIMENSION_CANCELLATION,
                        CANCELLATION_REQUESTED, REASON_CONF);
    world_assert_status(&fixture.world, fixture.seller, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                        REASON_NONE);
    assert_both(&fixture, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE, REASON_NONE);
    assert_pending(&fixture, REASON_LACK, REASON_CLAC);
    /* Asking again changes nothing. */
    receipt = cancel(&fixture, BUYER, fixture.buyer);
    assert_receipt(&receipt, OUTCOME_ALREADY, REASON_CONF);
    fixture_close(&fixture);
}

/* T8: the other side asks too: both are cancelled, CANI, in one block; nothing settles later. */
static void test_T08_cancel_matched_by_both_sides(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    (void)cancel(&fixture, BUYER, fixture.buyer);
    receipt = cancel(&fixture, SELLER, fixture.seller);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_cancelled(&fixture, fixture.seller, REASON_CANI);
    assert_cancelled(&fixture, fixture.buyer, REASON_CANI);
    assert_int_equal(world_event_count(&fixture.world, EVENT_CANCELLED), 2);
    fund_both(&fixture);
    world_settle_down(&fixture.world);
    assert_int_equal(world_available(&fixture.world, SELLER, WORLD_ISIN_1), QUANTITY);
    assert_int_equal(world_event_count(&fixture.world, EVENT_SETTLED), 0);
    fixture_close(&fixture);
}

/* T9: settled: cancelling is denied, DSET; also when the request was made before. */
static void test_T09_cancel_settled_is_denied(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    (void)cancel(&fixture, BUYER, fixture.buyer);
    fund_both(&fixture);
    world_settle_down(&fixture.world);
    assert_settled(&fixture);
    world_assert_status(&fixture.world, fixture.buyer, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                        REASON_DSET);
    receipt = cancel(&fixture, SELLER, fixture.seller);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DSET);
    receipt = cancel(&fixture, BUYER, fixture.buyer);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DSET);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

/* T9: cancelled: cancelling again is denied, DCAN; so are hold, release and amendment. */
static void test_T09_cancel_cancelled_is_denied(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    (void)cancel(&fixture, SELLER, fixture.seller);
    receipt = cancel(&fixture, SELLER, fixture.seller);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DCAN);
    receipt = hold(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_PARTY);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DCAN);
    receipt = release(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_PARTY);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DCAN);
    receipt = world_target(&fixture.world, SELLER, COMMAND_AMEND, fixture.seller, 0, PRIORITY_HIGH);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DCAN);
    assert_cancelled(&fixture, fixture.seller, REASON_CANI);
    fixture_close(&fixture);
}

/* T10: the priority of an open instruction may be amended, and counts from then on. */
static void test_T10_amend_priority(void **state)
{
    struct fixture fixture;
    struct fixture second;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    world_trade(&fixture.world,
                &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY},
                &second.sell, &second.buy);
    second.seller = world_instruct(&fixture.world, &second.sell);
    second.buyer = world_instruct(&fixture.world, &second.buy);
    receipt = world_target(&fixture.world, BUYER, COMMAND_AMEND, second.buyer, 0, PRIORITY_HIGH);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    receipt = world_target(&fixture.world, BUYER, COMMAND_AMEND, second.buyer, 0, PRIORITY_HIGH);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_settle_down(&fixture.world);
    /* The younger pair takes the higher priority of its two sides, and settles first. */
    world_assert_status(&fixture.world, second.seller, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED,
                        REASON_NONE);
    assert_pending(&fixture, REASON_LACK, REASON_CLAC);
    fixture_close(&fixture);
}

/* T11: hold and release flip their own flag only; a release of a due pair is tried at once. */
static void test_T11_hold_and_release(void **state)
{
    static const struct {
        uint8_t which;
        uint32_t sender;
        enum reason flag;
        enum reason own;
    } cases[] = {
        {DIMENSION_HOLD_PARTY, SELLER, REASON_PTYH, REASON_PREA},
        {DIMENSION_HOLD_CSD, WORLD_OPERATOR, REASON_CSDH, REASON_CSDH},
        {DIMENSION_HOLD_VALIDATION, WORLD_OPERATOR, REASON_CVAL, REASON_CVAL},
        {DIMENSION_HOLD_CONDITIONAL, WORLD_OPERATOR, REASON_CDEL, REASON_CDLR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture fixture;
        struct receipt receipt;
        enum instruction_dimension which = (enum instruction_dimension)cases[i].which;
        fixture_open(&fixture, WORLD_TODAY);
        submit_both(&fixture);
        receipt = hold(&fixture, cases[i].sender, fixture.seller, cases[i].which);
        assert_int_equal(receipt.outcome, OUTCOME_DONE);
        world_assert_status(&fixture.world, fixture.seller, which, HOLD_YES, cases[i].flag);
        world_assert_status(&fixture.world, fixture.buyer, which, HOLD_NO, REASON_NONE);
        assert_pending(&fixture, cases[i].own, REASON_PRCY);
        receipt = hold(&fixture, cases[i].sender, fixture.seller, cases[i].which);
        assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
        fund_both(&fixture);
        world_settle_down(&fixture.world);
        assert_pending(&fixture, cases[i].own, REASON_PRCY);
        receipt = release(&fixture, cases[i].sender, fixture.seller, cases[i].which);
        assert_int_equal(receipt.outcome, OUTCOME_DONE);
        world_assert_status(&fixture.world, fixture.seller, which, HOLD_NO, REASON_NONE);
        assert_settled(&fixture);
        fixture_close(&fixture);
    }
}

/* T11: the holds of the depository are the operator's: a party neither sets nor releases them. */
static void test_T11_a_party_cannot_touch_the_depositorys_holds(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    receipt = hold(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_CSD);
    assert_int_equal(receipt.outcome, OUTCOME_REFUSED);
    (void)hold(&fixture, WORLD_OPERATOR, fixture.seller, DIMENSION_HOLD_CSD);
    receipt = release(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_CSD);
    assert_int_equal(receipt.outcome, OUTCOME_REFUSED);
    receipt = cancel(&fixture, BUYER, fixture.seller);
    assert_int_equal(receipt.outcome, OUTCOME_REFUSED);
    assert_pending(&fixture, REASON_CSDH, REASON_PRCY);
    fixture_close(&fixture);
}

/* T12: matched before its date: FUTU on both sides, whatever is held or held back. */
static void test_T12_before_the_settlement_date(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_MONDAY);
    fund_both(&fixture);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_FUTU, REASON_FUTU);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_NOBODY);
    (void)hold(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_PARTY);
    assert_pending(&fixture, REASON_FUTU, REASON_FUTU);
    (void)release(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_PARTY);
    world_day(&fixture.world, WORLD_TOMORROW);
    assert_pending(&fixture, REASON_FUTU, REASON_FUTU);
    world_day(&fixture.world, WORLD_MONDAY);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

/* T13: from the date on, a hold is told: PREA to its side, PRCY to the other, BOTH if both hold. */
static void test_T13_hold_at_the_settlement_date(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TOMORROW);
    fund_both(&fixture);
    fixture.buy.instruct.hold = true;
    submit_both(&fixture);
    assert_pending(&fixture, REASON_FUTU, REASON_FUTU);
    world_day(&fixture.world, WORLD_TOMORROW);
    assert_pending(&fixture, REASON_PRCY, REASON_PREA);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_COUNTERPARTY);
    assert_int_equal(actor_of(&fixture, fixture.buyer), EXPLAIN_OWN_PARTY);
    (void)hold(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_PARTY);
    assert_pending(&fixture, REASON_BOTH, REASON_BOTH);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_BOTH_PARTIES);
    (void)release(&fixture, BUYER, fixture.buyer, DIMENSION_HOLD_PARTY);
    assert_pending(&fixture, REASON_PREA, REASON_PRCY);
    (void)hold(&fixture, WORLD_OPERATOR, fixture.seller, DIMENSION_HOLD_CSD);
    assert_pending(&fixture, REASON_CSDH, REASON_PRCY);
    (void)release(&fixture, SELLER, fixture.seller, DIMENSION_HOLD_PARTY);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_OPERATOR);
    assert_int_equal(actor_of(&fixture, fixture.buyer), EXPLAIN_OPERATOR);
    (void)release(&fixture, WORLD_OPERATOR, fixture.seller, DIMENSION_HOLD_CSD);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

/* T13: any of the sixteen combinations of a side's four flags but "none" keeps the pair. */
static void test_T13_truth_table_of_the_four_holds(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 16; flags++) {
        struct fixture fixture;
        fixture_open(&fixture, WORLD_TODAY);
        fund_both(&fixture);
        fixture.seller = world_instruct(&fixture.world, &fixture.sell);
        for (uint8_t bit = 0; bit < 4; bit++) {
            if ((flags >> bit & 1u) != 0) {
                (void)hold(&fixture, bit == 0 ? (uint32_t)SELLER : (uint32_t)WORLD_OPERATOR,
                           fixture.seller, (uint8_t)(DIMENSION_HOLD_PARTY + bit));
            }
        }
        fixture.buyer = world_instruct(&fixture.world, &fixture.buy);
        if (flags == 0) {
            assert_settled(&fixture);
        } else {
            enum reason own = (flags & 2u) != 0   ? REASON_CSDH
                              : (flags & 4u) != 0 ? REASON_CVAL
                              : (flags & 8u) != 0 ? REASON_CDLR
                                                  : REASON_PREA;
            assert_pending(&fixture, own, REASON_PRCY);
        }
        fixture_close(&fixture);
    }
}

/* Changes the first securities account of a party; a closed one is no longer the default. */
static void account_change(struct fixture *fixture, uint32_t party, uint8_t status)
{
    struct command command;
    struct receipt receipt;
    world_command(&fixture->world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change = (struct command_account_change){
        world_bic(party), world_account(WORLD_ISIN_1, 0), status, status != ACCOUNT_CLOSED};
    receipt = world_submit(&fixture->world, WORLD_OPERATOR, &command);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE);
}

static void asset_set(struct fixture *fixture, uint8_t status)
{
    struct command command;
    struct receipt receipt;
    world_command(&fixture->world, COMMAND_ASSET_CHANGE, &command);
    command.asset_change = (struct command_asset_change){world_asset(WORLD_EUR), status};
    receipt = world_submit(&fixture->world, WORLD_OPERATOR, &command);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE);
}

/* T14: a blocked account keeps the pair (BLOC); unblocked, it settles. */
static void test_T14_blocked_account(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fund_both(&fixture);
    account_change(&fixture, SELLER, ACCOUNT_BLOCKED);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_BLOC, REASON_BLOC);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_OPERATOR);
    account_change(&fixture, SELLER, ACCOUNT_OPEN);
    world_settle_down(&fixture.world);
    assert_both(&fixture, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE, REASON_NONE);
    fixture_close(&fixture);
}

/* T14: a blocked asset, here the currency, keeps the pair (SBLO). */
static void test_T14_blocked_asset(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fund_both(&fixture);
    asset_set(&fixture, ASSET_BLOCKED);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_SBLO, REASON_SBLO);
    asset_set(&fixture, ASSET_ACTIVE);
    world_settle_down(&fixture.world);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

/* T14: who waits for cash is not served over a securities account blocked meanwhile. */
static void test_T14_block_while_waiting(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_CMON, REASON_MONY);
    account_change(&fixture, SELLER, ACCOUNT_BLOCKED);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT);
    world_settle_down(&fixture.world);
    assert_pending(&fixture, REASON_BLOC, REASON_BLOC);
    assert_int_equal(world_available(&fixture.world, BUYER, WORLD_EUR), AMOUNT);
    account_change(&fixture, SELLER, ACCOUNT_OPEN);
    world_settle_down(&fixture.world);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

/* T14: an account closed in the meantime, empty as it was, takes nothing any more. */
static void test_T14_closed_account(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT);
    submit_both(&fixture);
    account_change(&fixture, BUYER, ACCOUNT_CLOSED);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_settle_down(&fixture.world);
    assert_pending(&fixture, REASON_BLOC, REASON_BLOC);
    assert_int_equal(world_available(&fixture.world, SELLER, WORLD_ISIN_1), QUANTITY);
    (void)cancel(&fixture, SELLER, fixture.seller);
    receipt = cancel(&fixture, BUYER, fixture.buyer);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    fixture_close(&fixture);
}

/* T16: short of securities: LACK and CLAC; cash, short too, is neither tested nor reported. */
static void test_T16_lack_of_securities(void **state)
{
    struct fixture fixture;
    struct explanation explanation;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY - 40);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_LACK, REASON_CLAC);
    explain_instruction(fixture.world.ledger, fixture.buyer, &explanation);
    assert_int_equal(explanation.actor, EXPLAIN_COUNTERPARTY);
    /* The buyer is not told what the seller holds. */
    assert_int_equal(explanation.position, RECORD_NONE);
    assert_int_equal(explanation.spendable, 0);
    explain_instruction(fixture.world.ledger, fixture.seller, &explanation);
    assert_int_equal(explanation.actor, EXPLAIN_OWN_PARTY);
    assert_int_equal(explanation.needed, QUANTITY);
    assert_int_equal(explanation.spendable, QUANTITY - 40);
    assert_int_equal(explanation.position, world_position(&fixture.world, SELLER, WORLD_ISIN_1, 0));
    fixture_close(&fixture);
}

/* T17: securities are there, cash is short: MONY to the payer, CMON to the payee. */
static void test_T17_lack_of_cash(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT - 1);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_CMON, REASON_MONY);
    assert_int_equal(actor_of(&fixture, fixture.seller), EXPLAIN_COUNTERPARTY);
    assert_int_equal(actor_of(&fixture, fixture.buyer), EXPLAIN_OWN_PARTY);
    /* I3: nothing moved, on either side. */
    assert_int_equal(world_available(&fixture.world, SELLER, WORLD_ISIN_1), QUANTITY);
    assert_int_equal(world_available(&fixture.world, BUYER, WORLD_EUR), AMOUNT - 1);
    fixture_close(&fixture);
}

/* T17 after T16: the lack that is told is always the present one. */
static void test_T17_follows_T16_when_securities_arrive(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_LACK, REASON_CLAC);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_settle_down(&fixture.world);
    assert_pending(&fixture, REASON_CMON, REASON_MONY);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT);
    world_settle_down(&fixture.world);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

/* T19: provision suffices: both legs are booked in the block of the match, once and for all. */
static void test_T19_settlement_is_atomic(void **state)
{
    struct fixture fixture;
    uint64_t height;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fund_both(&fixture);
    submit_both(&fixture);
    height = ledger_height(fixture.world.ledger);
    assert_settled(&fixture);
    assert_int_equal(world_event_count(&fixture.world, EVENT_SETTLED), 1);
    for (uint32_t i = 0; i < 2; i++) {
        const struct instruction *side =
            world_view(&fixture.world, i == 0 ? fixture.seller : fixture.buyer);
        assert_int_equal(side->status[DIMENSION_SETTLEMENT].height, height);
        assert_int_equal(side->settled_quantity, QUANTITY);
        assert_int_equal(side->settled_amount, AMOUNT);
    }
    fixture_close(&fixture);
}

/* T19, delivery with payment: securities and cash go the same way, or neither goes. */
static void test_T19_delivery_with_payment(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.sell.instruct.credit_debit = CREDIT_DEBIT_DBIT;
    fixture.buy.instruct.credit_debit = CREDIT_DEBIT_CRDT;
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    submit_both(&fixture);
    assert_pending(&fixture, REASON_MONY, REASON_CMON);
    world_fund(&fixture.world, SELLER, WORLD_EUR, AMOUNT);
    world_settle_down(&fixture.world);
    assert_int_equal(world_available(&fixture.world, BUYER, WORLD_ISIN_1), QUANTITY);
    assert_int_equal(world_available(&fixture.world, BUYER, WORLD_EUR), AMOUNT);
    fixture_close(&fixture);
}

/* T19, free of payment: securities alone. */
static void test_T19_free_of_payment(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t seller;
    (void)state;
    world_open(&world, NULL);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 7, 0, WORLD_TODAY},
                &sell, &buy);
    world_fund(&world, SELLER, WORLD_ISIN_1, 7);
    (void)world_instruct(&world, &buy);
    seller = world_instruct(&world, &sell);
    world_assert_status(&world, seller, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_int_equal(world_available(&world, BUYER, WORLD_ISIN_1), 7);
    world_close(&world);
}

/* T19, payment free of delivery: cash alone. */
static void test_T19_payment_free_of_delivery(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.sell.instruct.quantity = 0;
    fixture.buy.instruct.quantity = 0;
    submit_both(&fixture);
    assert_pending(&fixture, REASON_CMON, REASON_MONY);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT);
    world_settle_down(&fixture.world);
    assert_int_equal(world_available(&fixture.world, SELLER, WORLD_EUR), AMOUNT);
    fixture_close(&fixture);
}

/* T19, internal transfer: one instruction, no match, securities and cash alike. */
static void test_T19_internal_transfer(void **state)
{
    static const struct {
        enum world_asset asset;
        enum reason lack;
    } cases[] = {{WORLD_ISIN_1, REASON_LACK}, {WORLD_EUR, REASON_MONY}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        struct command move;
        struct command unused;
        struct receipt receipt;
        uint32_t index;
        world_open(&world, NULL);
        world_trade(&world,
                    &(struct world_trade){SELLER, SELLER, cases[i].asset, 30, 0, WORLD_TODAY},
                    &move, &unused);
        move.instruct.transaction_type = TRANSACTION_OWNI;
        move.instruct.receiver_account = world_account(cases[i].asset, 1);
        index = world_instruct(&world, &move);
        world_assert_status(&world, index, DIMENSION_MATCH, MATCH_NOT_REQUIRED, REASON_NONE);
        world_assert_status(&world, index, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED,
                            cases[i].lack);
        world_fund(&world, SELLER, cases[i].asset, 50);
        world_settle_down(&world);
        world_assert_status(&world, index, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
        assert_int_equal(world_available(&world, SELLER, cases[i].asset), 20);
        receipt = world_target(&world, SELLER, COMMAND_CANCEL, index, 0, 0);
        assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DSET);
        world_close(&world);
    }
}

/* T28: the operator cancels a matched pair, both sides, before a party's own request: CTHP. */
static void test_T28_operator_cancels_matched(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    submit_both(&fixture);
    (void)cancel(&fixture, SELLER, fixture.seller);
    receipt = cancel(&fixture, WORLD_OPERATOR, fixture.buyer);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_cancelled(&fixture, fixture.seller, REASON_CTHP);
    assert_cancelled(&fixture, fixture.buyer, REASON_CTHP);
    fixture_close(&fixture);
}

/* T28: the operator cancels an unmatched one; a settled one is beyond everybody. */
static void test_T28_operator_cancels_unmatched_but_never_settled(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY);
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    receipt = cancel(&fixture, WORLD_OPERATOR, fixture.seller);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_cancelled(&fixture, fixture.seller, REASON_CTHP);
    world_trade(&fixture.world,
                &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY},
                &fixture.sell, &fixture.buy);
    fund_both(&fixture);
    submit_both(&fixture);
    assert_settled(&fixture);
    receipt = cancel(&fixture, WORLD_OPERATOR, fixture.seller);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DSET);
    assert_settled(&fixture);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T01_submit_with_a_failed_check_is_refused),
        cmocka_unit_test(test_T02_submit_under_a_used_reference_is_refused),
        cmocka_unit_test(test_T03_submit_is_accepted_unmatched),
        cmocka_unit_test(test_T04_the_counterpart_matches_both_in_one_block),
        cmocka_unit_test(test_T06_cancel_unmatched),
        cmocka_unit_test(test_T07_cancel_matched_by_one_side),
        cmocka_unit_test(test_T08_cancel_matched_by_both_sides),
        cmocka_unit_test(test_T09_cancel_settled_is_denied),
        cmocka_unit_test(test_T09_cancel_cancelled_is_denied),
        cmocka_unit_test(test_T10_amend_priority),
        cmocka_unit_test(test_T11_hold_and_release),
        cmocka_unit_test(test_T11_a_party_cannot_touch_the_depositorys_holds),
        cmocka_unit_test(test_T12_before_the_settlement_date),
        cmocka_unit_test(test_T13_hold_at_the_settlement_date),
        cmocka_unit_test(test_T13_truth_table_of_the_four_holds),
        cmocka_unit_test(test_T14_blocked_account),
        cmocka_unit_test(test_T14_blocked_asset),
        cmocka_unit_test(test_T14_block_while_waiting),
        cmocka_unit_test(test_T14_closed_account),
        cmocka_unit_test(test_T16_lack_of_securities),
        cmocka_unit_test(test_T17_lack_of_cash),
        cmocka_unit_test(test_T17_follows_T16_when_securities_arrive),
        cmocka_unit_test(test_T19_settlement_is_atomic),
        cmocka_unit_test(test_T19_delivery_with_payment),
        cmocka_unit_test(test_T19_free_of_payment),
        cmocka_unit_test(test_T19_payment_free_of_delivery),
        cmocka_unit_test(test_T19_internal_transfer),
        cmocka_unit_test(test_T28_operator_cancels_matched),
        cmocka_unit_test(test_T28_operator_cancels_unmatched_but_never_settled),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
