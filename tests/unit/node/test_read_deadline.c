/*
 * Goal: the deadline of an open instruction is told to its own party and to who reads all, and to
 * nobody else; what has ended has none.
 */
#include "node/read_deadline.h"

#include <string.h>

#include "ledger/register/rule_set.h"
#include "ledger/values/date.h"
#include "node/read_rows.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
};

static struct world world;
static struct command deliver;
static struct command receive;
static uint32_t own;

static void open(uint32_t settlement_date)
{
    world_open(&world, NULL);
    world_fund(&world, ALICE, WORLD_ISIN_1, 100);
    world_fund(&world, BOB, WORLD_EUR, 5000);
    const struct world_trade trade = {.deliverer = ALICE,
                                      .receiver = BOB,
                                      .asset = WORLD_ISIN_1,
                                      .quantity = 10,
                                      .amount = 1000,
                                      .settlement_date = settlement_date};
    world_trade(&world, &trade, &deliver, &receive);
    own = world_instruct(&world, &deliver);
}

/* The deadline that a viewer is shown in the row of ALICE's. */
static uint64_t shown_to(uint32_t party, bool sees_all)
{
    uint8_t bytes[1024];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct row_instruction row;
    struct read_model_viewer viewer = {.sees_all = sees_all};
    struct bic bic = world_bic(party);
    read_bic(&bic, viewer.party);
    read_row_instruction(world.ledger, own, &row);
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_instruction_write(&writer, &row);
    row_instruction_write(&writer, &row);
    assert_true(bytes_writer_ok(&writer));
    read_deadlines_fill(world.ledger, &viewer, bytes, writer.size);
    bytes_reader_init(&reader, bytes, writer.size);
    assert_true(row_instruction_read(&reader, &row));
    uint64_t first = row.deadline_ms;
    assert_true(row_instruction_read(&reader, &row));
    assert_true(bytes_reader_done(&reader));
    assert_int_equal(row.deadline_ms, first);
    return first;
}

static void the_deadline_is_its_own_partys(void **state)
{
    (void)state;
    open(WORLD_TODAY);
    uint64_t deadline = read_deadline_ms(world.ledger, own);
    assert_true(deadline > ledger_time_ms(world.ledger));
    assert_true(deadline < ledger_time_ms(world.ledger) + UINT64_C(86400000));
    assert_int_equal(shown_to(ALICE, false), deadline);
    assert_int_equal(shown_to(BOB, true), deadline);
    assert_int_equal(shown_to(BOB, false), 0);
    world_close(&world);
}

/* T23: the ledger cancels it at the end of the day that was told, and not before. */
static void what_is_late_is_told_when_it_is_cancelled(void **state)
{
    (void)state;
    open(WORLD_TODAY);
    const struct rule_set *rules = rule_set_in_force(world.ledger);
    world_day(&world, rule_set_next_business_day(rules, WORLD_TODAY));
    uint64_t deadline = read_deadline_ms(world.ledger, own);
    uint32_t last = date_from_ms(deadline);
    assert_true(deadline > ledger_time_ms(world.ledger));
    world_day(&world, last);
    assert_int_equal(ledger_date(world.ledger), last);
    assert_false(instruction_ended(instruction_view(world.ledger, own)));
    assert_int_equal(read_deadline_ms(world.ledger, own), deadline);
    world_day(&world, rule_set_next_business_day(rules, last));
    world_settle_down(&world);
    assert_true(instruction_ended(instruction_view(world.ledger, own)));
    world_close(&world);
}

static void what_has_ended_has_none(void **state)
{
    (void)state;
    open(WORLD_TODAY);
    (void)world_instruct(&world, &receive);
    assert_true(instruction_ended(instruction_view(world.ledger, own)));
    assert_int_equal(shown_to(ALICE, false), 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deadline_is_its_own_partys),
        cmocka_unit_test(what_is_late_is_told_when_it_is_cancelled),
        cmocka_unit_test(what_has_ended_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
