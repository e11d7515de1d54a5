/*
 * Goal: rows come back as they were written, one after the other, and damaged rows end the list.
 */
#include <string.h>

#include "client/row.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static void rows_of_every_kind_survive_a_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct row_instruction instruction = {.sequence = 4,
                                          .actor = ROW_ACTOR_COUNTERPARTY,
                                          .quantity = INT64_MAX,
                                          .amount = INT64_MIN,
                                          .next_ms = 5,
                                          .deadline_ms = 6};
    struct row_position position = {.available = -5, .on_loan = 1, .decimals = 2};
    struct row_asset asset = {.cash = true, .issued = 9};
    struct row_account account = {.blocked = true};
    struct row_party party = {.roles = 9};
    struct row_event event = {.height = 7, .index = 3, .amount_decimals = 2};
    struct row_instruction instruction_out;
    struct row_position position_out;
    struct row_asset asset_out;
    struct row_account account_out;
    struct row_party party_out;
    struct row_event event_out;

    strcpy(instruction.party, "BANKDEFFXXX");
    strcpy(instruction.reason, "LACK");
    strcpy(party.name, "Bank & Co.");
    strcpy(event.name, "SETTLED");
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_instruction_write(&writer, &instruction);
    row_position_write(&writer, &position);
    row_asset_write(&writer, &asset);
    row_account_write(&writer, &account);
    row_party_write(&writer, &party);
    row_event_write(&writer, &event);
    assert_true(bytes_writer_ok(&writer));

    bytes_reader_init(&reader, bytes, writer.size);
    assert_true(row_instruction_read(&reader, &instruction_out));
    assert_true(row_position_read(&reader, &position_out));
    assert_true(row_asset_read(&reader, &asset_out));
    assert_true(row_account_read(&reader, &account_out));
    assert_true(row_party_read(&reader, &party_out));
    assert_true(row_event_read(&reader, &event_out));
    assert_true(bytes_reader_done(&reader));
    assert_string_equal(instruction_out.reason, "LACK");
    assert_true(instruction_out.quantity == INT64_MAX && instruction_out.amount == INT64_MIN);
    assert_int_equal(instruction_out.actor, ROW_ACTOR_COUNTERPARTY);
    assert_int_equal(instruction_out.next_ms, 5);
    assert_int_equal(instruction_out.deadline_ms, 6);
    assert_true(position_out.available == -5 && position_out.on_loan == 1);
    assert_true(asset_out.cash && asset_out.issued == 9);
    assert_true(account_out.blocked && !account_out.cash);
    assert_string_equal(party_out.name, "Bank & Co.");
    assert_string_equal(event_out.name, "SETTLED");
    assert_int_equal(event_out.index, 3);
}

static void damaged_rows_fail_the_reader(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct row_position position = {.decimals = 2};
    struct row_position out;

    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_position_write(&writer, &position);
    for (size_t shorter = 0; shorter < writer.size; shorter++) {
        bytes_reader_init(&reader, bytes, shorter);
        assert_false(row_position_read(&reader, &out));
    }
    bytes[3] = 19; /* decimals beyond any amount */
    bytes_reader_init(&reader, bytes, writer.size);
    assert_false(row_position_read(&reader, &out));
}

static void control_characters_are_not_written(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct bytes_writer writer;
    struct row_party party = {0};

    strcpy(party.name, "bell\a");
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_party_write(&writer, &party);
    assert_false(bytes_writer_ok(&writer));
}

/* What a lying node says must not end the program that shows it. */
static void an_instant_beyond_the_calendar_is_refused(void **state)
{
    (void)state;
    static const struct row_instruction rows[] = {{.since_ms = ROW_TIME_MS_MAX + 1},
                                                  {.next_ms = ROW_TIME_MS_MAX + 1},
                                                  {.deadline_ms = UINT64_MAX},
                                                  {.deadline_ms = ROW_TIME_MS_MAX}};
    struct row_event event = {.ledger_ms = ROW_TIME_MS_MAX + 1};
    uint8_t bytes[1024];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct row_instruction row;

    for (unsigned i = 0; i < 4; i++) {
        bytes_writer_init(&writer, bytes, sizeof bytes);
        row_instruction_write(&writer, &rows[i]);
        bytes_reader_init(&reader, bytes, writer.size);
        assert_int_equal(row_instruction_read(&reader, &row), i == 3);
    }
    bytes_writer_init(&writer, bytes, sizeof bytes);
    row_event_write(&writer, &event);
    bytes_reader_init(&reader, bytes, writer.size);
    assert_false(row_event_read(&reader, &event));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_every_kind_survive_a_round_trip),
        cmocka_unit_test(damaged_rows_fail_the_reader),
        cmocka_unit_test(control_characters_are_not_written),
        cmocka_unit_test(an_instant_beyond_the_calendar_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
