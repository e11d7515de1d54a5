/*
 * Goal: prices that no machine can have are refused by name; what is written is what a scenario
 * reads; the median is the median. The measuring itself is tried on the parts that need no disk.
 */
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/calibrate.h"
#include "netsim/lab/scenario.h"
#include "netsim/lab/scenario_field.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct scenario scenario;

static struct cost_model plausible(void)
{
    return (struct cost_model){
        .step_ns = 900,
        .turn_ns = 25000,
        .sign_ns = 17000,
        .verify_ns = 48000,
        .hash_ns = 150,
        .hash_kib_ns = 1000,
        .check_envelope_ns = 300,
        .execute_block_ns = 4800,
        .execute_command_ns = 14000,
        .settle_ns = 20000,
        .store_kib_ns = 900,
        .store_block_ns = 110000,
        .list_block_ns = 155000,
        .list_command_ns = 24000,
        .channel_message_ns = 9000,
        .channel_kib_ns = 900,
        .submit_ns = 18000,
        .write_kib_ns = 250,
        .sync_ns = 130000,
        .sync_kib_ns = 800,
    };
}

static void a_plausible_table_is_believed(void **state)
{
    (void)state;
    struct cost_model costs = plausible();
    assert_null(calibrate_doubt(&costs));
    costs.sync_kib_ns = 0; /* lost in the noise of the sync itself */
    costs.settle_ns = 0;
    assert_null(calibrate_doubt(&costs));
}

static void each_price_has_bounds(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < field_count(); i++) {
        const struct scenario_field *field = field_at(i);
        if (strcmp(field->section, "cost") != 0) {
            continue;
        }
        size_t offset = field->offset - offsetof(struct scenario, cost);
        const uint64_t silly[] = {1, UINT64_C(10000000000000)};
        for (size_t j = 0; j < 2; j++) {
            struct cost_model costs = plausible();
            memcpy((char *)&costs + offset, &silly[j], sizeof silly[j]);
            const char *doubt = calibrate_doubt(&costs);
            bool free_of_bound = j == 0 && (strcmp(field->name, "settle_ns") == 0 ||
                                            strcmp(field->name, "sync_kib_ns") == 0);
            if (free_of_bound) {
                assert_null(doubt);
            } else {
                assert_non_null(doubt);
                assert_non_null(strstr(doubt, field->name));
            }
        }
    }
}

static void a_check_that_is_cheaper_than_a_signature_is_doubted(void **state)
{
    (void)state;
    struct cost_model costs = plausible();
    costs.verify_ns = costs.sign_ns - 1;
    assert_non_null(calibrate_doubt(&costs));
}

static void what_is_written_is_a_file_of_costs(void **state)
{
    (void)state;
    struct cost_model costs = plausible();
    struct scenario_error error;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    calibrate_write(&costs, "a machine", out);
    (void)fclose(out);
    scenario_init(&scenario);
    if (!scenario_parse(&scenario, text, size, "costs.ini", "", &error)) {
        fail_msg("%s", error.text);
    }
    assert_memory_equal(&scenario.cost, &costs, sizeof costs);
    for (uint32_t i = 0; i < field_count(); i++) {
        bool cost = strcmp(field_at(i)->section, "cost") == 0;
        assert_true(field_given(&scenario, field_at(i)) == cost);
    }
    free(text);
}

static void the_median_is_in_the_middle(void **state)
{
    (void)state;
    uint64_t one[] = {7};
    uint64_t five[] = {9, 1, 5, 200, 3};
    assert_int_equal(calibrate_median(one, 1), 7);
    assert_int_equal(calibrate_median(five, 5), 5);
    expect_assert_failure(calibrate_median(five, 4));
}

static void what_needs_no_disk_is_measured(void **state)
{
    (void)state;
    struct cost_model costs = plausible();
    FILE *log = fopen("/dev/null", "w");
    assert_non_null(log);
    costs.hash_ns = 0;
    costs.execute_command_ns = 0;
    calibrate_crypto(&costs, log);
    calibrate_ledger(&costs, log);
    (void)fclose(log);
    assert_true(costs.hash_ns > 0);
    assert_true(costs.execute_command_ns > 0);
    assert_true(costs.verify_ns > costs.sign_ns);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plausible_table_is_believed),
        cmocka_unit_test(each_price_has_bounds),
        cmocka_unit_test(a_check_that_is_cheaper_than_a_signature_is_doubted),
        cmocka_unit_test(what_is_written_is_a_file_of_costs),
        cmocka_unit_test(the_median_is_in_the_middle),
        cmocka_unit_test(what_needs_no_disk_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
