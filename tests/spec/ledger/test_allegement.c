/*
 * Goal: row T5 of the transition table, what undoes it (T4, T6, T28), and acceptance: who is told
 * what and when, on the ledger's time only; and that nothing can be accepted but what is alleged,
 * by the party that it is alleged to, as it was alleged.
 */
#include "ledger/instruction/allegement.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    STRANGER = WORLD_PARTICIPANT + 2,
    QUANTITY = 100,
    AMOUNT = 500000,
    MINUTE_MS = 60000,
    HOUR_MS = 60 * MINUTE_MS,
};

struct fixture {
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t seller;
};

/* The seller instructs at `hour`:`minute` of today, for `settlement_date`; the buyer does not. */
static void fixture_open(struct fixture *fixture, uint32_t settlement_date, uint32_t hour,
                         uint32_t minute)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, settlement_date};
    struct world *world = &fixture->world;
    world_open(world, NULL);
    world_trade(world, &trade, &fixture->sell, &fixture->buy);
    world->ts_ms = (uint64_t)date_to_days(WORLD_TODAY) * DATE_DAY_MS +
                   (uint64_t)(hour * 60 + minute) * MINUTE_MS;
    fixture->seller = world_instruct(world, &fixture->sell);
}

static void assert_state(const struct fixture *fixture, enum allegement_state state)
{
    assert_int_equal(world_view(&fixture->world, fixture->seller)->allegement, state);
}

static void accept_make(struct fixture *fixture, struct command *out)
{
    const struct instruction *alleged = world_view(&fixture->world, fixture->seller);
    world_command(&fixture->world, COMMAND_ALLEGEMENT_ACCEPT, out);
    out->allegement_accept = (struct command_allegement_accept){
        .party = world_bic(SELLER),
        .reference = alleged->reference,
        .quantity = alleged->terms.quantity,
        .amount = alleged->terms.amount,
        .priority = PRIORITY_NORMAL,
        .partial = PARTIAL_NPAR,
    };
}

static void assert_refused(const struct receipt *receipt, enum reason reason, enum detail detail,
                           enum field field)
{
    assert_string_equal(outcome_name(receipt->outcome), "REFUSED");
    assert_string_equal(reason_code(receipt->reason), reason_code(reason));
    assert_string_equal(detail_name(receipt->detail), detail_name(detail));
    assert_string_equal(field_name(receipt->field), field_name(field));
    assert_string_not_equal(detail_hint(receipt->detail), "");
}

/* T5: nobody is told for an hour; then the counterparty, in one event that names it. */
static void test_T05_alleged_one_hour_after_the_first_failed_match(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    uint64_t submitted_ms;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 10, 20); /* no event of the day until 12:00 */
    submitted_ms = ledger_time_ms(world->ledger);
    assert_int_equal(world_event_count(world, EVENT_ALLEGED), 0);
    assert_state(&fixture, ALLEGEMENT_DUE);
    assert_int_equal(world->output.next_due_ms, submitted_ms + HOUR_MS);
    world->ts_ms = submitted_ms + HOUR_MS - 1;
    world_block(world);
    assert_int_equal(world->output.event_count, 0);
    world->ts_ms = submitted_ms + HOUR_MS;
    world_block(world);
    assert_int_equal(world->output.event_count, 1);
    struct event event;
    assert_true(event_decode(&event, world->output.events[0].bytes, world->output.events[0].size));
    struct bic seller = world_bic(SELLER);
    struct bic buyer = world_bic(BUYER);
    assert_string_equal(event_name(event.kind), "ALLEGED");
    assert_true(bic_equal(&event.party, &seller));
    assert_true(bic_equal(&event.counterparty, &buyer));
    assert_true(bic_absent(&event.actor)); /* time did it */
    assert_int_equal(event.quantity, QUANTITY);
    assert_int_equal(event.amount, AMOUNT);
    assert_state(&fixture, ALLEGEMENT_SENT);
    world_assert_status(world, fixture.seller, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    world_block(world);
    assert_int_equal(world->output.event_count, 0); /* once */
    world_close(world);
}

/* T5: five hours before the cut-off (16:00) or later there is no time to wait. */
static void test_T05_alleged_at_once_when_late(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 11, 0);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGED), 1);
    assert_state(&fixture, ALLEGEMENT_SENT);
    world_close(&fixture.world);
    fixture_open(&fixture, WORLD_TODAY, 10, 59);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGED), 0);
    assert_state(&fixture, ALLEGEMENT_DUE);
    world_close(&fixture.world);
    fixture_open(&fixture, WORLD_TOMORROW, 17, 0);
    assert_state(&fixture, ALLEGEMENT_DUE); /* the cut-off that counts is the settlement date's */
    world_close(&fixture.world);
}

/* T5: an intended settlement date that is over already is late. */
static void test_T05_alleged_at_once_after_the_cut_off(void **state)
{
    struct fixture fixture;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    (void)state;
    world_open(&fixture.world, NULL);
    world_trade(&fixture.world, &trade, &fixture.sell, &fixture.buy);
    world_day(&fixture.world, WORLD_TOMORROW);
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    assert_state(&fixture, ALLEGEMENT_SENT);
    world_close(&fixture.world);
}

/* T5: the parameters are the rule set's. */
static void test_T05_delay_and_lateness_are_rules(void **state)
{
    struct fixture fixture;
    struct command rules;
    struct receipt receipt;
    (void)state;
    world_open(&fixture.world, NULL);
    world_command(&fixture.world, COMMAND_RULE_SET, &rules);
    rule_set_default(&rules.rule_set);
    rules.rule_set.effective_date = WORLD_TOMORROW;
    rules.rule_set.allegement_delay_minutes = 10;
    rules.rule_set.allegement_late_minutes = 0;
    receipt = world_submit(&fixture.world, WORLD_OPERATOR, &rules);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_day(&fixture.world, WORLD_TOMORROW);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TOMORROW};
    world_trade(&fixture.world, &trade, &fixture.sell, &fixture.buy);
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    assert_int_equal(fixture.world.output.next_due_ms,
                     ledger_time_ms(fixture.world.ledger) + 10 * MINUTE_MS);
    world_close(&fixture.world);
}

/* T4 after T5: the counterparty is told that nothing is alleged any more. */
static void test_T04_matching_removes_the_allegement(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 14, 0);
    (void)world_instruct(&fixture.world, &fixture.buy);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGEMENT_REMOVED), 1);
    assert_int_equal(world_event_count(&fixture.world, EVENT_MATCHED), 1);
    assert_state(&fixture, ALLEGEMENT_NONE);
    world_close(&fixture.world);
}

/* T4 before T5: who was never told is told nothing, and never will be. */
static void test_T04_matching_in_time_alleges_nothing(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 9, 30);
    (void)world_instruct(&fixture.world, &fixture.buy);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGEMENT_REMOVED), 0);
    assert_state(&fixture, ALLEGEMENT_NONE);
    fixture.world.ts_ms += 3 * HOUR_MS;
    world_block(&fixture.world);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGED), 0);
    world_close(&fixture.world);
}

static void cancel_and_count(uint32_t hour, uint32_t sender, uint32_t expected)
{
    struct fixture fixture;
    struct receipt receipt;
    fixture_open(&fixture, WORLD_TODAY, hour, 0);
    receipt = world_target(&fixture.world, sender, COMMAND_CANCEL, fixture.seller, 0, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGEMENT_CANCELLED), expected);
    assert_state(&fixture, ALLEGEMENT_NONE);
    fixture.world.ts_ms += 3 * HOUR_MS;
    world_block(&fixture.world);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGED), 0);
    world_close(&fixture.world);
}

/* T6, T28: a cancelled one is no longer alleged; who was told is told (semt.020). */
static void test_T06_cancelling_what_was_alleged(void **state)
{
    (void)state;
    cancel_and_count(14, SELLER, 1);
    cancel_and_count(14, WORLD_OPERATOR, 1);
    cancel_and_count(9, SELLER, 0);
}

/* More fall due than one block sends: the rest follows first, none is lost, none is sent twice. */
static void test_T05_a_block_sends_a_bounded_number(void **state)
{
    enum {
        COUNT = ALLEGEMENTS_PER_BLOCK + 200
    };
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    uint32_t sent = 0;
    uint32_t blocks = 0;
    (void)state;
    world_open(world, NULL);
    while (record_count(world->ledger, RECORD_INSTRUCTION) < COUNT) {
        for (uint32_t i = 0; i < 204; i++) {
            world_trade(world, &trade, &fixture.sell, &fixture.buy);
            world_add(world, SELLER, &fixture.sell);
        }
        world_block(world);
    }
    world->ts_ms += HOUR_MS;
    do {
        world_block(world);
        uint32_t now = world_event_count(world, EVENT_ALLEGED);
        assert_true(now <= ALLEGEMENTS_PER_BLOCK);
        sent += now;
        blocks++;
    } while (world->output.more_due);
    assert_int_equal(sent, record_count(world->ledger, RECORD_INSTRUCTION));
    assert_true(blocks > 1);
    world_close(world);
}

/* What waits to be alleged survives a restored snapshot: both allege it at the same time. */
static void test_T05_deadlines_are_restored(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 9, 30);
    assert_true(world_restore(&fixture.world));
    fixture.world.ts_ms += HOUR_MS;
    world_block(&fixture.world); /* compares the two */
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGED), 1);
    world_close(&fixture.world);
}

/* Acceptance makes the mirror, matches it and settles, in one block and under its own reference. */
static void test_T05_acceptance_makes_the_mirror_and_matches(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct command accept;
    struct receipt receipt;
    uint32_t mirror;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 14, 0);
    world_fund(world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_fund(world, BUYER, WORLD_EUR, AMOUNT);
    accept_make(&fixture, &accept);
    receipt = world_submit(world, BUYER, &accept);
    assert_string_equal(detail_name(receipt.detail), "");
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world_event_count(world, EVENT_ALLEGEMENT_REMOVED), 1);
    assert_int_equal(world_event_count(world, EVENT_MATCHED), 1);
    assert_int_equal(world_event_count(world, EVENT_SETTLED), 1);
    mirror = instruction_find(world->ledger, world_party_index(world, BUYER), &accept.reference);
    assert_int_not_equal(mirror, RECORD_NONE);
    assert_int_equal(world_view(world, mirror)->sequence, receipt.instruction_sequence);
    assert_int_equal(world_view(world, mirror)->counterpart, fixture.seller);
    assert_int_equal(world_view(world, mirror)->terms.movement, MOVEMENT_RECE);
    assert_int_equal(world_view(world, mirror)->terms.credit_debit, CREDIT_DEBIT_DBIT);
    assert_int_equal(world_available(world, BUYER, WORLD_ISIN_1), QUANTITY);
    /* The same again is already there; it can be accepted once. */
    receipt = world_submit(world, BUYER, &accept);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    world_command(world, COMMAND_ALLEGEMENT_ACCEPT, &fixture.buy);
    fixture.buy.allegement_accept = accept.allegement_accept;
    receipt = world_submit(world, BUYER, &fixture.buy);
    assert_refused(&receipt, REASON_NRGN, DETAIL_NOT_ALLEGED, FIELD_TARGET_REFERENCE);
    world_close(world);
}

/* Of two equal instructions the one that is accepted is matched, not the older one. */
static void test_T05_acceptance_matches_what_was_accepted(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct command accept;
    uint32_t older;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 14, 0);
    older = fixture.seller;
    world_command(world, COMMAND_INSTRUCT, &accept);
    accept.instruct = fixture.sell.instruct;
    fixture.seller = world_instruct(world, &accept);
    accept_make(&fixture, &accept);
    struct receipt receipt = world_submit(world, BUYER, &accept);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_assert_status(world, fixture.seller, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    world_assert_status(world, older, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    world_close(world);
}

/* What must not be accepted: each refusal names its field and a remedy, and changes nothing. */
static void test_T05_refused_acceptances(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct command accept;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture, WORLD_TODAY, 14, 0);
    accept_make(&fixture, &accept);
    receipt = world_submit(world, STRANGER, &accept); /* alleged to somebody else */
    assert_refused(&receipt, REASON_NRGN, DETAIL_NOT_ALLEGED, FIELD_TARGET_REFERENCE);
    receipt = world_submit(world, SELLER, &accept); /* one's own */
    assert_refused(&receipt, REASON_NRGN, DETAIL_NOT_ALLEGED, FIELD_TARGET_REFERENCE);
    accept.allegement_accept.reference = world_text("NOSUCH");
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_NRGN, DETAIL_NOT_ALLEGED, FIELD_TARGET_REFERENCE);
    accept_make(&fixture, &accept);
    accept.allegement_accept.quantity--;
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_DQUA, DETAIL_ALLEGED_DIFFERENTLY, FIELD_QUANTITY);
    accept_make(&fixture, &accept);
    accept.allegement_accept.amount++;
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_DMON, DETAIL_ALLEGED_DIFFERENTLY, FIELD_AMOUNT);
    accept_make(&fixture, &accept);
    accept.allegement_accept.cash_account = world_text("NOSUCH");
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_CASH, DETAIL_UNKNOWN, FIELD_CASH_ACCOUNT);
    accept_make(&fixture, &accept);
    accept.allegement_accept.priority = PRIORITY_TOP;
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PRIORITY);
    assert_int_equal(record_count(world->ledger, RECORD_INSTRUCTION), 1);
    assert_state(&fixture, ALLEGEMENT_SENT);
    world_close(world);
    /* Nothing is alleged in the first hour, so nothing can be accepted. */
    fixture_open(&fixture, WORLD_TODAY, 9, 30);
    accept_make(&fixture, &accept);
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_NRGN, DETAIL_NOT_ALLEGED, FIELD_TARGET_REFERENCE);
    world_close(world);
}

/* Whom the counterparty named is bound: its other account is refused. */
static void test_T05_acceptance_keeps_to_the_account_that_was_named(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct command accept;
    struct receipt receipt;
    uint32_t mirror;
    (void)state;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    world_open(world, NULL);
    world->ts_ms += 6 * HOUR_MS;
    world_trade(world, &trade, &fixture.sell, &fixture.buy);
    fixture.sell.instruct.receiver_account = world_account(WORLD_ISIN_1, 1);
    fixture.seller = world_instruct(world, &fixture.sell);
    accept_make(&fixture, &accept);
    accept.allegement_accept.account = world_account(WORLD_ISIN_1, 0);
    receipt = world_submit(world, BUYER, &accept);
    assert_refused(&receipt, REASON_SAFE, DETAIL_NOT_ALLOWED, FIELD_RECEIVER_ACCOUNT);
    accept.allegement_accept.account = (struct text35){0};
    receipt = world_submit(world, BUYER, &accept);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    mirror = instruction_find(world->ledger, world_party_index(world, BUYER), &accept.reference);
    struct text35 named = world_account(WORLD_ISIN_1, 1);
    const struct text35 *used =
        &account_view(world->ledger, world_view(world, mirror)->terms.account)->id;
    assert_true(text35_equal(used, &named));
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T05_alleged_one_hour_after_the_first_failed_match),
        cmocka_unit_test(test_T05_alleged_at_once_when_late),
        cmocka_unit_test(test_T05_alleged_at_once_after_the_cut_off),
        cmocka_unit_test(test_T05_delay_and_lateness_are_rules),
        cmocka_unit_test(test_T04_matching_removes_the_allegement),
        cmocka_unit_test(test_T04_matching_in_time_alleges_nothing),
        cmocka_unit_test(test_T06_cancelling_what_was_alleged),
        cmocka_unit_test(test_T05_a_block_sends_a_bounded_number),
        cmocka_unit_test(test_T05_deadlines_are_restored),
        cmocka_unit_test(test_T05_acceptance_makes_the_mirror_and_matches),
        cmocka_unit_test(test_T05_acceptance_matches_what_was_accepted),
        cmocka_unit_test(test_T05_refused_acceptances),
        cmocka_unit_test(test_T05_acceptance_keeps_to_the_account_that_was_named),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
