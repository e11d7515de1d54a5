/*
 * Goal: the events of the settlement day (domain.md 2.6, T2S Table 37). Each takes effect in the
 * first block whose time is at or past it, once, in order, however far blocks are apart; times are
 * the ledger's alone. The operator may move an event of today, with a second person, and never so
 * that the order of the day breaks; every refusal names the field and what to do.
 */
#include "ledger/day/day.h"
#include "ledger/register/key.h"
#include "ledger/state.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

static uint64_t at(uint32_t date, uint32_t hour, uint32_t minute)
{
    return (uint64_t)date_to_days(date) * DATE_DAY_MS + (hour * 60ull + minute) * 60000ull;
}

static void block_at(struct world *world, uint64_t ts_ms)
{
    world->ts_ms = ts_ms;
    world_block(world);
}

/* The events of the day in the last block, in their order; returns how many. */
static uint32_t events_of(const struct world *world, struct event out[64])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        const struct ledger_leaf *leaf = &world->output.events[i];
        struct event event;
        bool readable = event_decode(&event, leaf->bytes, leaf->size);
        assert_true(readable);
        if (event.kind == EVENT_DAY_EVENT) {
            assert_true(count < 64);
            out[count++] = event;
        }
    }
    return count;
}

static const struct day_entry *entry_of(const struct world *world, enum day_event event,
                                        const char *currency)
{
    struct asset_code code = {0};
    if (currency[0] != '\0') {
        bool parsed = asset_code_parse(currency, 3, &code);
        assert_true(parsed);
    }
    return business_day_view(day_view(world->ledger), event, &code);
}

static void test_an_event_takes_effect_in_the_first_block_at_its_time(void **state)
{
    struct world world;
    struct event events[64];
    (void)state;
    world_open(&world, NULL);
    block_at(&world, at(WORLD_TODAY, 16, 0) - 1);
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "")->effective_ms, 0);
    assert_int_equal(world.output.next_due_ms, at(WORLD_TODAY, 16, 0));
    block_at(&world, at(WORLD_TODAY, 16, 0) + 7);
    assert_int_equal(events_of(&world, events), 1);
    assert_int_equal(events[0].value, DAY_DVP_CUT_OFF);
    assert_int_equal(events[0].date, WORLD_TODAY);
    assert_int_equal(events[0].due_ms, at(WORLD_TODAY, 16, 0));
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "")->planned_ms, at(WORLD_TODAY, 16, 0));
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "")->effective_ms,
                     at(WORLD_TODAY, 16, 0) + 7);
    block_at(&world, at(WORLD_TODAY, 16, 1));
    assert_int_equal(events_of(&world, events), 0);
    world_close(&world);
}

/* One block after a long silence: the rest of Thursday, then what Monday has had so far. */
static void test_a_block_after_days_lets_all_take_effect_in_order(void **state)
{
    static const uint8_t expected[] = {DAY_WINDOW_OPENS,  DAY_WINDOW_CLOSES, DAY_WINDOW_OPENS,
                                       DAY_WINDOW_CLOSES, DAY_WINDOW_OPENS,  DAY_WINDOW_CLOSES,
                                       DAY_LAST_WINDOW,   DAY_DVP_CUT_OFF,   DAY_CASH_CUT_OFF,
                                       DAY_FOP_CUT_OFF,   DAY_END_OF_DAY,    DAY_CHANGE_OF_DATE,
                                       DAY_START_OF_DAY,  DAY_NIGHT_TIME,    DAY_REAL_TIME};
    struct world world;
    struct event events[64];
    uint32_t count;
    (void)state;
    world_open(&world, NULL); /* Thursday 09:00 */
    block_at(&world, at(WORLD_MONDAY, 7, 0));
    count = events_of(&world, events);
    assert_int_equal(count, sizeof expected);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(events[i].value, expected[i]);
        assert_int_equal(events[i].date, i < 12 ? WORLD_TODAY : WORLD_MONDAY);
    }
    assert_int_equal(world_event_count(&world, EVENT_DAY_CHANGED), 1);
    assert_int_equal(ledger_date(world.ledger), WORLD_MONDAY);
    block_at(&world, at(WORLD_MONDAY, 7, 1));
    assert_int_equal(events_of(&world, events), 0);
    world_close(&world);
}

static void test_the_evening_belongs_to_the_next_business_day(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    block_at(&world, at(WORLD_TOMORROW, 19, 0)); /* Friday evening */
    assert_int_equal(ledger_date(world.ledger), WORLD_MONDAY);
    assert_int_equal(entry_of(&world, DAY_START_OF_DAY, "")->planned_ms,
                     at(WORLD_TOMORROW, 18, 45));
    assert_int_equal(entry_of(&world, DAY_NIGHT_TIME, "")->planned_ms, at(WORLD_TOMORROW, 20, 0));
    assert_int_equal(entry_of(&world, DAY_REAL_TIME, "")->planned_ms, at(WORLD_MONDAY, 5, 0));
    assert_false(day_is_open(world.ledger));
    block_at(&world, at(WORLD_TOMORROW, 20, 0));
    assert_true(day_is_open(world.ledger));
    world_close(&world);
}

static void test_partial_windows(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    block_at(&world, at(WORLD_TODAY, 10, 0) - 1);
    assert_false(day_partial_window_open(world.ledger));
    assert_int_equal(world.output.next_due_ms, at(WORLD_TODAY, 10, 0));
    block_at(&world, at(WORLD_TODAY, 10, 0));
    assert_true(day_partial_window_open(world.ledger));
    block_at(&world, at(WORLD_TODAY, 10, 15));
    assert_false(day_partial_window_open(world.ledger));
    block_at(&world, at(WORLD_TODAY, 15, 30));
    assert_true(day_partial_window_open(world.ledger));
    block_at(&world, at(WORLD_TODAY, 16, 0));
    assert_false(day_partial_window_open(world.ledger));
    world_close(&world);
}

/* ------------------------------------------------------------------- moving an event of today */

static void open_with_second_person(struct world *world)
{
    world_open(world, NULL);
    letter_key_add(world, WORLD_OPERATOR, 1, KEY_APPROVE, INT64_MAX);
}

static struct command move(struct world *world, uint8_t event, const char *currency,
                           uint64_t revised_ms)
{
    struct command command;
    world_command(world, COMMAND_DAY_REVISE, &command);
    command.day_revise.event = event;
    if (currency[0] != '\0') {
        bool parsed = asset_code_parse(currency, 3, &command.day_revise.currency);
        assert_true(parsed);
    }
    command.day_revise.revised_ms = revised_ms;
    return command;
}

static struct receipt approve(struct world *world, const struct text35 *reference, uint32_t key)
{
    struct command command;
    uint32_t draft = draft_find(world->ledger, world_party_index(world, WORLD_OPERATOR), reference);
    assert_int_not_equal(draft, RECORD_NONE);
    world_command(world, COMMAND_APPROVE, &command);
    command.approval.reference = *reference;
    command.approval.content = draft_view(world->ledger, draft)->content;
    return letter_submit_by(world, WORLD_OPERATOR, key, &command);
}

/* Submitted by one key and approved by the other. */
static struct receipt move_approved(struct world *world, uint8_t event, const char *currency,
                                    uint64_t revised_ms)
{
    struct command command = move(world, event, currency, revised_ms);
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, &command);
    assert_int_equal(receipt.outcome, OUTCOME_WAITING);
    return approve(world, &command.reference, 1);
}

static void test_an_extension_moves_the_cut_off_of_one_currency(void **state)
{
    struct world world;
    struct receipt receipt;
    struct event events[64];
    (void)state;
    open_with_second_person(&world);
    receipt = move_approved(&world, DAY_DVP_CUT_OFF, "EUR", at(WORLD_TODAY, 16, 30));
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world_event_count(&world, EVENT_DAY_REVISED), 1);
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "EUR")->planned_ms, at(WORLD_TODAY, 16, 0));
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "EUR")->revised_ms, at(WORLD_TODAY, 16, 30));
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "USD")->revised_ms, at(WORLD_TODAY, 16, 0));
    assert_int_equal(entry_of(&world, DAY_LAST_WINDOW, "EUR")->revised_ms, at(WORLD_TODAY, 16, 0));
    block_at(&world, at(WORLD_TODAY, 16, 0));
    assert_true(day_partial_window_open(world.ledger)); /* the euro's last window */
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "USD")->effective_ms,
                     at(WORLD_TODAY, 16, 0));
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "EUR")->effective_ms, 0);
    assert_int_equal(world.output.next_due_ms, at(WORLD_TODAY, 16, 30));
    block_at(&world, at(WORLD_TODAY, 16, 30));
    assert_int_equal(events_of(&world, events), 1);
    assert_memory_equal(events[0].currency.text, "EUR", 3);
    world_close(&world);
}

static uint64_t cut_off_of(struct world *world, const char *currency, uint32_t date)
{
    struct instruction_terms terms = {
        .payment = PAYMENT_APMT, .quantity = 1, .amount = 1, .settlement_date = date};
    struct asset_code code;
    assert_true(asset_code_parse(currency, 3, &code));
    terms.currency = asset_find(world->ledger, &code);
    assert_int_not_equal(terms.currency, RECORD_NONE);
    return day_cut_off_ms(world->ledger, &terms);
}

/* Asked before and after, of two currencies and two days in turn: no answer outlives its truth. */
static void test_the_cut_off_of_terms_follows_an_extension(void **state)
{
    struct world world;
    struct receipt receipt;
    (void)state;
    open_with_second_person(&world);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(cut_off_of(&world, "EUR", WORLD_TODAY), at(WORLD_TODAY, 16, 0));
        assert_int_equal(cut_off_of(&world, "EUR", WORLD_TOMORROW), at(WORLD_TOMORROW, 16, 0));
        assert_int_equal(cut_off_of(&world, "USD", WORLD_TODAY), at(WORLD_TODAY, 16, 0));
    }
    assert_int_equal(cut_off_of(&world, "EUR", WORLD_TODAY), at(WORLD_TODAY, 16, 0));
    receipt = move_approved(&world, DAY_DVP_CUT_OFF, "EUR", at(WORLD_TODAY, 16, 30));
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(cut_off_of(&world, "EUR", WORLD_TODAY), at(WORLD_TODAY, 16, 30));
        assert_int_equal(cut_off_of(&world, "USD", WORLD_TODAY), at(WORLD_TODAY, 16, 0));
        assert_int_equal(cut_off_of(&world, "EUR", WORLD_TOMORROW), at(WORLD_TOMORROW, 16, 0));
    }
    world_day(&world, WORLD_TOMORROW);
    assert_int_equal(cut_off_of(&world, "EUR", WORLD_TOMORROW), at(WORLD_TOMORROW, 16, 0));
    assert_int_equal(cut_off_of(&world, "USD", WORLD_TOMORROW), at(WORLD_TOMORROW, 16, 0));
    world_close(&world);
}

/* Tomorrow has its plan again. */
static void test_an_extension_is_of_today_only(void **state)
{
    struct world world;
    struct receipt receipt;
    (void)state;
    open_with_second_person(&world);
    receipt = move_approved(&world, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 17, 0));
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_day(&world, WORLD_TOMORROW);
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "EUR")->revised_ms,
                     at(WORLD_TOMORROW, 16, 0));
    world_close(&world);
}

static void test_a_moved_change_of_date_keeps_the_day(void **state)
{
    struct world world;
    struct receipt receipt;
    (void)state;
    open_with_second_person(&world);
    receipt = move_approved(&world, DAY_CHANGE_OF_DATE, "", at(WORLD_TOMORROW, 0, 30));
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    block_at(&world, at(WORLD_TOMORROW, 0, 30) - 1);
    assert_int_equal(ledger_date(world.ledger), WORLD_TODAY);
    block_at(&world, at(WORLD_TOMORROW, 0, 30));
    assert_int_equal(ledger_date(world.ledger), WORLD_TOMORROW);
    assert_true(day_is_open(world.ledger)); /* its night-time was due at 20:00 */
    world_close(&world);
}

static void test_nobody_moves_an_event_alone(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    (void)state;
    open_with_second_person(&world);
    /* One who may both make and approve; that, too, two persons decide. */
    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = (struct command_key_add){.bic = world_bic(WORLD_OPERATOR),
                                               .public_key = letter_key(WORLD_OPERATOR, 2),
                                               .person = world_text("KEY 2"),
                                               .rights = KEY_ADMINISTER | KEY_APPROVE,
                                               .amount_limit = INT64_MAX,
                                               .day_limit = INT64_MAX,
                                               .valid_until_ms = UINT64_MAX};
    receipt = world_submit(&world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_WAITING, REASON_NONE, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    assert_int_equal(approve(&world, &command.reference, 1).outcome, OUTCOME_DONE);
    command = move(&world, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 16, 30));
    receipt = letter_submit_by(&world, WORLD_OPERATOR, 2, &command);
    letter_assert(&receipt, OUTCOME_WAITING, REASON_NONE, DETAIL_POLICY, FIELD_POLICY);
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "")->revised_ms, at(WORLD_TODAY, 16, 0));
    receipt = approve(&world, &command.reference, 2);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_SAME_KEY, FIELD_KEY);
    receipt = approve(&world, &command.reference, 1);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "")->revised_ms, at(WORLD_TODAY, 16, 30));
    world_close(&world);
}

/* Approved after the cut-off: what was true when it was asked for is judged anew. */
static void test_an_approval_comes_too_late(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    (void)state;
    open_with_second_person(&world);
    command = move(&world, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 16, 30));
    (void)world_submit(&world, WORLD_OPERATOR, &command);
    world.ts_ms = at(WORLD_TODAY, 16, 0);
    receipt = approve(&world, &command.reference, 1);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_EVENT_PASSED, FIELD_DAY_EVENT);
    world_close(&world);
}

struct refused_move {
    uint32_t sender;
    uint8_t event;
    const char *currency;
    uint64_t revised_ms;
    enum reason reason;
    enum detail detail;
    enum field field;
};

static void test_each_refusal_names_field_and_cause(void **state)
{
    const uint64_t later = at(WORLD_TODAY, 16, 30);
    const struct refused_move rows[] = {
        {WORLD_PARTICIPANT, DAY_DVP_CUT_OFF, "", later, REASON_VALR, DETAIL_RIGHT_MISSING,
         FIELD_KEY},
        {WORLD_OPERATOR, 0, "", later, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_DAY_EVENT},
        {WORLD_OPERATOR, 99, "", later, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_DAY_EVENT},
        {WORLD_OPERATOR, DAY_REAL_TIME, "", later, REASON_VALR, DETAIL_NOT_ALLOWED,
         FIELD_DAY_EVENT},
        {WORLD_OPERATOR, DAY_WINDOW_OPENS, "", later, REASON_VALR, DETAIL_NOT_ALLOWED,
         FIELD_DAY_EVENT},
        {WORLD_OPERATOR, DAY_FOP_CUT_OFF, "EUR", later, REASON_VALR, DETAIL_NOT_APPLICABLE,
         FIELD_CURRENCY},
        {WORLD_OPERATOR, DAY_DVP_CUT_OFF, "CHF", later, REASON_NCRR, DETAIL_UNKNOWN,
         FIELD_CURRENCY},
        {WORLD_OPERATOR, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 9, 0), REASON_VALR,
         DETAIL_TIME_PASSED, FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 22, 1), REASON_VALR,
         DETAIL_OUT_OF_RANGE, FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_FOP_CUT_OFF, "", at(WORLD_TODAY, 11, 59), REASON_VALR,
         DETAIL_OUT_OF_RANGE, FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 17, 41), REASON_VALR,
         DETAIL_DAY_ORDER, FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_CASH_CUT_OFF, "EUR", at(WORLD_TODAY, 15, 59), REASON_VALR,
         DETAIL_DAY_ORDER, FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_FOP_CUT_OFF, "", at(WORLD_TODAY, 17, 39), REASON_VALR,
         DETAIL_DAY_ORDER, FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_END_OF_DAY, "", at(WORLD_TODAY, 18, 46), REASON_VALR, DETAIL_DAY_ORDER,
         FIELD_REVISED_TIME},
        {WORLD_OPERATOR, DAY_CHANGE_OF_DATE, "", at(WORLD_TODAY, 17, 59), REASON_VALR,
         DETAIL_DAY_ORDER, FIELD_REVISED_TIME},
    };
    struct world world;
    (void)state;
    open_with_second_person(&world);
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct command command = move(&world, rows[i].event, rows[i].currency, rows[i].revised_ms);
        struct receipt receipt = world_submit(&world, rows[i].sender, &command);
        letter_assert(&receipt, OUTCOME_REFUSED, rows[i].reason, rows[i].detail, rows[i].field);
    }
    world_close(&world);
}

/* A currency with a time of its own keeps the others' cut-off from moving past its neighbours. */
static void test_the_order_holds_for_each_currency(void **state)
{
    struct world world;
    struct command command;
    struct receipt receipt;
    (void)state;
    open_with_second_person(&world);
    receipt = move_approved(&world, DAY_CASH_CUT_OFF, "EUR", at(WORLD_TODAY, 16, 10));
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    command = move(&world, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 16, 11));
    receipt = world_submit(&world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_DAY_ORDER, FIELD_REVISED_TIME);
    receipt = move_approved(&world, DAY_DVP_CUT_OFF, "USD", at(WORLD_TODAY, 16, 11));
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    receipt = move_approved(&world, DAY_DVP_CUT_OFF, "", at(WORLD_TODAY, 16, 10));
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(entry_of(&world, DAY_DVP_CUT_OFF, "USD")->revised_ms, at(WORLD_TODAY, 16, 11));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_takes_effect_in_the_first_block_at_its_time),
        cmocka_unit_test(test_a_block_after_days_lets_all_take_effect_in_order),
        cmocka_unit_test(test_the_evening_belongs_to_the_next_business_day),
        cmocka_unit_test(test_partial_windows),
        cmocka_unit_test(test_an_extension_moves_the_cut_off_of_one_currency),
        cmocka_unit_test(test_the_cut_off_of_terms_follows_an_extension),
        cmocka_unit_test(test_an_extension_is_of_today_only),
        cmocka_unit_test(test_a_moved_change_of_date_keeps_the_day),
        cmocka_unit_test(test_nobody_moves_an_event_alone),
        cmocka_unit_test(test_an_approval_comes_too_late),
        cmocka_unit_test(test_each_refusal_names_field_and_cause),
        cmocka_unit_test(test_the_order_holds_for_each_currency),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
