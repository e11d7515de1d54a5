/*
 * Goal: the forecast is a list like any other: each side sees its own, what is lacking only whose
 * it is, the totals and the one act that helps most at the end; pages follow each other, of a past
 * day there is none, and a run is not repeated for the same question.
 */
#include "node/read_forecast.h"

#include <string.h>

#include "client/row_cells.h"
#include "ledger/register/asset.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
    CAROL = WORLD_PARTICIPANT + 2,
    ROWS_MAX = 16,
    LINE = 0,
    OUTCOME = 1,
    PARTY = 3,
    REASON = 10,
    ACCOUNT = 12,
    LACKS = 13,
    SHORT_BY = 14,
    PAIRS = 15,
};

static struct world world;
static struct read_forecast *forecast;
static struct row_cells rows[ROWS_MAX];
static unsigned row_count;

/* ALICE must deliver 100 and has 60. */
static int set_up(void **state)
{
    (void)state;
    struct command deliver, receive;
    world_open(&world, NULL);
    world_fund(&world, ALICE, WORLD_ISIN_1, 60);
    world_fund(&world, BOB, WORLD_EUR, 5000);
    const struct world_trade trade = {.deliverer = ALICE,
                                      .receiver = BOB,
                                      .asset = WORLD_ISIN_1,
                                      .quantity = 100,
                                      .amount = 1000,
                                      .settlement_date = WORLD_TODAY};
    world_trade(&world, &trade, &deliver, &receive);
    (void)world_instruct(&world, &deliver);
    (void)world_instruct(&world, &receive);
    forecast = read_forecast_new(world.ledger);
    assert_non_null(forecast);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    read_forecast_free(forecast);
    world_close(&world);
    return 0;
}

static enum read_model_status ask(uint32_t party, bool sees_all, const char *date,
                                  uint16_t row_limit)
{
    uint8_t bytes[8192];
    struct asker asker = {
        .party = world_party_index(&world, party), .bic = world_bic(party), .sees_all = sees_all};
    struct read_model_question question = {.list = LIST_FORECAST, .row_limit = row_limit};
    struct read_model_answer answer;
    (void)strncpy(question.filter.date_from, date, sizeof question.filter.date_from - 1);
    row_count = 0;
    do {
        struct bytes_writer writer;
        struct bytes_reader reader;
        bytes_writer_init(&writer, bytes, sizeof bytes);
        enum read_model_status status =
            read_forecast_list(forecast, world.ledger, &asker, &question, &writer, &answer);
        if (status != READ_MODEL_OK) {
            return status;
        }
        bytes_reader_init(&reader, bytes, writer.size);
        for (uint16_t i = 0; i < answer.row_count; i++) {
            assert_true(row_count < ROWS_MAX);
            assert_true(row_cells_read(&reader, list_form_of(LIST_FORECAST)->column_count,
                                       &rows[row_count]));
            row_count++;
        }
        assert_true(bytes_reader_done(&reader));
        assert_int_equal(answer.height, ledger_height(world.ledger));
        question.cursor = answer.cursor_next;
    } while (question.cursor != 0);
    return READ_MODEL_OK;
}

static void each_side_sees_its_own(void **state)
{
    (void)state;
    assert_int_equal(ask(ALICE, false, "", 100), READ_MODEL_OK);
    assert_int_equal(row_count, 6); /* the pair, four totals, the action */
    assert_string_equal(row_cells_at(&rows[0], LINE), "INSTRUCTION");
    assert_string_equal(row_cells_at(&rows[0], OUTCOME), "WAITS");
    assert_string_equal(row_cells_at(&rows[0], REASON), "LACK");
    assert_string_equal(row_cells_at(&rows[0], SHORT_BY), "40");
    assert_string_not_equal(row_cells_at(&rows[0], ACCOUNT), "");
    assert_string_equal(row_cells_at(&rows[4], LINE), "TOTAL");
    assert_string_equal(row_cells_at(&rows[4], OUTCOME), "WAITS");
    assert_string_equal(row_cells_at(&rows[4], PAIRS), "1");
    assert_string_equal(row_cells_at(&rows[5], LINE), "ACTION");
    assert_string_equal(row_cells_at(&rows[5], OUTCOME), "SECURITIES");
    assert_string_equal(row_cells_at(&rows[5], SHORT_BY), "40");

    assert_int_equal(ask(BOB, false, "", 100), READ_MODEL_OK);
    assert_int_equal(row_count, 6);
    assert_string_equal(row_cells_at(&rows[0], REASON), "CLAC");
    assert_string_equal(row_cells_at(&rows[0], ACCOUNT), ""); /* what ALICE has is hers to know */
    assert_string_equal(row_cells_at(&rows[0], LACKS), "");
    assert_string_equal(row_cells_at(&rows[5], ACCOUNT), "");

    assert_int_equal(ask(CAROL, false, "", 100), READ_MODEL_OK);
    assert_int_equal(row_count, 5); /* no pair */
    assert_string_equal(row_cells_at(&rows[4], OUTCOME), "NONE");
    assert_int_equal(ask(CAROL, true, "", 100), READ_MODEL_OK);
    assert_int_equal(row_count, 6);
    assert_string_equal(row_cells_at(&rows[0], SHORT_BY), "40");
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    assert_int_equal(ask(ALICE, false, "", 1), READ_MODEL_OK);
    assert_int_equal(row_count, 6);
    assert_string_equal(row_cells_at(&rows[5], LINE), "ACTION");
    assert_int_equal(ask(ALICE, false, "", 2), READ_MODEL_OK);
    assert_int_equal(row_count, 6);
}

static void of_a_past_day_there_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(ask(ALICE, false, "2001-01-01", 10), READ_MODEL_OK);
    assert_int_equal(row_count, 0);
    assert_int_equal(ask(ALICE, false, "2001-02-30", 10), READ_MODEL_OK);
    assert_int_equal(row_count, 0);
    assert_int_equal(ask(ALICE, false, "2999-01-01", 10), READ_MODEL_OK);
    assert_int_equal(row_count, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_side_sees_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_follow_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_a_past_day_there_is_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
