/*
 * Goal: the clients' own reckoning of the hours at which deals settle, against the table in
 * workload_day.h; and a book that knows the hour: it owes no settlement when the day is closed and
 * the sides were told so, and takes none.
 */
#include "netsim/market/workload_day.h"

#include <string.h>

#include "ledger/register/rule_set.h"
#include "netsim/market/workload_source.h"
#include "tests/support/cmocka.h"

enum {
    QUANTITY = 5,
    AMOUNT = 70,
};

static uint64_t at(uint32_t hour, uint32_t minute, uint32_t second)
{
    const uint64_t midnight_ms = MARKET_TIME_MS - MARKET_TIME_MS % UINT64_C(86400000);
    return midnight_ms + ((uint64_t)hour * 60 + minute) * 60000 + (uint64_t)second * 1000;
}

static void a_kind_settles_from_the_opening_to_its_cut_off(void **state)
{
    static const struct {
        uint32_t hour;
        uint32_t minute;
        uint32_t second;
        bool against;
        bool free;
    } rows[] = {
        {0, 0, 0, true, true},     {4, 59, 59, true, true},    {15, 59, 59, true, true},
        {16, 0, 0, false, true},   {17, 59, 59, false, true},  {18, 0, 0, false, false},
        {18, 45, 0, false, false}, {19, 59, 59, false, false}, {20, 0, 0, true, true},
        {23, 59, 59, true, true},
    };
    struct rule_set rules;
    (void)state;
    rule_set_default(&rules);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t time_ms = at(rows[i].hour, rows[i].minute, rows[i].second);
        assert_int_equal(workload_day_open(&rules.plan, time_ms, false), rows[i].against);
        assert_int_equal(workload_day_open(&rules.plan, time_ms, true), rows[i].free);
    }
}

static void without_night_time_the_day_opens_with_real_time(void **state)
{
    struct rule_set rules;
    (void)state;
    rule_set_default(&rules);
    rules.plan.night_time_minute = rules.plan.real_time_minute;
    assert_false(workload_day_open(&rules.plan, at(20, 0, 0), true));
    assert_false(workload_day_open(&rules.plan, at(4, 59, 59), true));
    assert_true(workload_day_open(&rules.plan, at(5, 0, 0), true));
    assert_true(workload_day_open(&rules.plan, at(15, 59, 59), false));
    assert_false(workload_day_open(&rules.plan, at(16, 0, 0), false));
}

static void a_continuous_day_is_open_at_any_hour(void **state)
{
    struct rule_set rules;
    (void)state;
    rule_set_default(&rules);
    rules.plan.continuous = true;
    for (uint32_t hour = 0; hour < 24; hour++) {
        assert_true(workload_day_open(&rules.plan, at(hour, 30, 0), false));
    }
}

/* ---- The book -------------------------------------------------------------------------------- */

/* A book with one matched deal between participants 0 and 1, who have been given enough. */
struct scene {
    struct market *market;
    struct workload_book *book;
    uint32_t sides[2];
};

static void give(const struct scene *scene, uint32_t participant, bool cash)
{
    struct event event;
    memset(&event, 0, sizeof event);
    event.kind = EVENT_ISSUED;
    event.asset = cash ? *market_currency(scene->market, 0) : *market_security(scene->market, 0);
    event.counterparty = *market_bic(scene->market, MARKET_PARTICIPANT + participant);
    event.counter_account = *market_account(scene->market, cash, 0);
    event.quantity = AMOUNT;
    assert_int_equal(workload_book_event(scene->book, &event), WORKLOAD_NONE);
}

static void scene_open(struct scene *scene)
{
    struct market_config config;
    market_config_small(&config);
    config.rules.plan.continuous = false;
    scene->market = market_new(&config);
    assert_non_null(scene->market);
    scene->book = workload_book_new(scene->market);
    assert_non_null(scene->book);
    const uint32_t deal = workload_book_add_deal(scene->book, WORKLOAD_DVP);
    for (uint32_t side = 0; side < 2; side++) {
        (void)workload_book_add_envelope(scene->book, MARKET_PARTICIPANT + side);
        scene->sides[side] = workload_book_add_command(scene->book, COMMAND_INSTRUCT);
        struct workload_command *command = workload_book_command(scene->book, scene->sides[side]);
        command->deal = deal;
        command->side = (uint8_t)side;
        command->state = COMMAND_OPEN;
        workload_book_deal(scene->book, deal)->commands[side] = scene->sides[side];
    }
    struct workload_deal *record = workload_book_deal(scene->book, deal);
    record->receiver = 1;
    record->quantity = QUANTITY;
    record->amount = AMOUNT;
    give(scene, 0, false);
    give(scene, 1, true);
}

static void scene_close(struct scene *scene)
{
    workload_book_free(scene->book);
    market_free(scene->market);
}

static bool owed(const struct scene *scene)
{
    uint32_t deal = 0;
    return workload_book_could_settle(scene->book, &deal);
}

static void told(const struct scene *scene, enum reason deliverer, enum reason receiver)
{
    workload_book_command(scene->book, scene->sides[0])->reason = (uint16_t)deliverer;
    workload_book_command(scene->book, scene->sides[1])->reason = (uint16_t)receiver;
}

static void a_closed_day_owes_nothing_to_who_was_told(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene);
    assert_true(owed(&scene)); /* nobody said what the time is */
    workload_book_time(scene.book, at(15, 59, 59));
    told(&scene, REASON_LATE, REASON_CYCL);
    assert_true(owed(&scene)); /* whatever the sides were told: the day is open */
    workload_book_time(scene.book, at(16, 0, 0));
    assert_false(owed(&scene));
    told(&scene, REASON_CYCL, REASON_CYCL);
    assert_false(owed(&scene));
    told(&scene, REASON_CYCL, REASON_LACK);
    assert_true(owed(&scene)); /* it lacks nothing */
    told(&scene, REASON_CMIS, REASON_LATE);
    assert_true(owed(&scene));
    told(&scene, REASON_LATE, REASON_LATE);
    workload_book_time(scene.book, at(20, 0, 0));
    assert_true(owed(&scene));
    scene_close(&scene);
}

static void settle(const struct scene *scene)
{
    struct event event;
    memset(&event, 0, sizeof event);
    event.kind = EVENT_SETTLED;
    workload_book_reference(scene->sides[0], &event.reference);
    workload_book_reference(scene->sides[1], &event.counter_reference);
    event.quantity = QUANTITY;
    event.amount = AMOUNT;
    (void)workload_book_event(scene->book, &event);
}

static void what_settles_past_the_cut_off_contradicts_the_book(void **state)
{
    struct scene scene;
    (void)state;
    scene_open(&scene);
    workload_book_time(scene.book, at(16, 0, 0));
    settle(&scene);
    assert_int_equal(workload_book_contradictions(scene.book), 1);
    workload_book_time(scene.book, at(15, 59, 59));
    settle(&scene);
    assert_int_equal(workload_book_contradictions(scene.book), 1);
    assert_int_equal(workload_book_command(scene.book, scene.sides[0])->state, COMMAND_SETTLED);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_settles_from_the_opening_to_its_cut_off),
        cmocka_unit_test(without_night_time_the_day_opens_with_real_time),
        cmocka_unit_test(a_continuous_day_is_open_at_any_hour),
        cmocka_unit_test(a_closed_day_owes_nothing_to_who_was_told),
        cmocka_unit_test(what_settles_past_the_cut_off_contradicts_the_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
