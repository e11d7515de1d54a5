/*
 * Goal: texts become the command they mean; each field that does not hold what it should is named
 * with the remedy, wherever it came from.
 */
#include <string.h>

#include "cli/instruction_input.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct instruction_input input;
static struct command command;
static struct input_fault fault;

static bool decimals_known(void *context, const char *code, unsigned *decimals)
{
    (void)context;
    *decimals = strcmp(code, "EUR") == 0 ? 2 : 0;
    return strcmp(code, "EUR") == 0 || strcmp(code, "DE000TALY010") == 0;
}

static const struct input_context context = {.decimals = decimals_known,
                                             .depository = "OPERDEFFXXX"};

static void set(enum input_field field, const char *text)
{
    assert_true(strlen(text) < INPUT_TEXT_SIZE);
    strcpy(input.fields[field], text);
}

static void fill(void)
{
    memset(&input, 0, sizeof input);
    set(INPUT_REFERENCE, "A-1");
    set(INPUT_MOVEMENT, "DELI");
    set(INPUT_ISIN, "DE000TALY010");
    set(INPUT_QUANTITY, "100");
    set(INPUT_TRADE_DATE, "2026-11-20");
    set(INPUT_SETTLEMENT_DATE, "2026-11-22");
    set(INPUT_DELIVERER, "SELLFRPP");
    set(INPUT_RECEIVER, "BUYRITMMXXX");
    set(INPUT_CURRENCY, "EUR");
    set(INPUT_AMOUNT, "2550.5");
}

static void texts_become_a_command(void **state)
{
    (void)state;
    fill();
    set(INPUT_HOLD, "yes");
    set(INPUT_PRIORITY, "0003");
    if (!instruction_input_command(&input, &context, &command, &fault)) {
        fail_msg("%s %s", input_field_name(fault.field), fault.text);
    }
    assert_int_equal(command.kind, COMMAND_INSTRUCT);
    assert_int_equal(command.date, 20261120);
    assert_int_equal(command.instruct.settlement_date, 20261122);
    assert_memory_equal(command.instruct.deliverer.text, "SELLFRPPXXX", BIC_SIZE);
    assert_memory_equal(command.instruct.deliverer_depository.text, "OPERDEFFXXX", BIC_SIZE);
    assert_true(command.instruct.quantity == 100 && command.instruct.amount == 255050);
    assert_int_equal(command.instruct.payment, PAYMENT_APMT);
    assert_int_equal(command.instruct.credit_debit, CREDIT_DEBIT_CRDT);
    assert_int_equal(command.instruct.priority, PRIORITY_HIGH);
    assert_int_equal(command.instruct.partial, PARTIAL_NPAR);
    assert_true(command.instruct.hold);
    assert_int_equal(command.instruct.account.size, 0);
}

static void free_of_payment_needs_no_amount(void **state)
{
    (void)state;
    fill();
    set(INPUT_PAYMENT, "FREE");
    set(INPUT_CURRENCY, "");
    set(INPUT_AMOUNT, "");
    assert_true(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(command.instruct.credit_debit, CREDIT_DEBIT_NONE);
    assert_int_equal(command.instruct.currency.size, 0);
}

static void links_and_pool_are_taken(void **state)
{
    (void)state;
    fill();
    set(INPUT_LINK_1, "AFTE");
    set(INPUT_LINKED_1, "A-0");
    set(INPUT_LINK_3, "INFO"); /* a pair left empty is no gap */
    set(INPUT_LINKED_3, "A-9");
    set(INPUT_POOL, "BASKET");
    set(INPUT_POOL_NUMBER, "2");
    set(INPUT_POOL_TOTAL, "3");
    if (!instruction_input_command(&input, &context, &command, &fault)) {
        fail_msg("%s %s", input_field_name(fault.field), fault.text);
    }
    assert_int_equal(command.instruct.link_count, 2);
    assert_int_equal(command.instruct.links[0].type, LINK_AFTE);
    assert_memory_equal(command.instruct.links[0].reference.text, "A-0", 3);
    assert_int_equal(command.instruct.links[1].type, LINK_INFO);
    assert_memory_equal(command.instruct.pool.text, "BASKET", 6);
    assert_int_equal(command.instruct.pool_number, 2);
    assert_int_equal(command.instruct.pool_total, 3);
    set(INPUT_LINKED_3, ""); /* half a link, half a pool */
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_LINKED_3);
    set(INPUT_LINKED_3, "A-9");
    set(INPUT_LINK_3, "NEXT");
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_LINK_3);
    set(INPUT_LINK_3, "");
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_LINK_3);
    set(INPUT_LINKED_3, "");
    set(INPUT_POOL_NUMBER, "0");
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_POOL_NUMBER);
    set(INPUT_POOL_NUMBER, "2");
    set(INPUT_POOL_TOTAL, "");
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_POOL_TOTAL);
}

static void restrictions_are_taken_in_their_order(void **state)
{
    (void)state;
    fill();
    set(INPUT_RESTRICTION_1, "R-1");
    set(INPUT_RESTRICTION_3, "R-3");
    set(INPUT_RESTRICTED_ONLY, "yes");
    assert_true(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(command.instruct.restriction_count, 2);
    assert_memory_equal(command.instruct.restrictions[0].text, "R-1", 3);
    assert_memory_equal(command.instruct.restrictions[1].text, "R-3", 3);
    assert_true(command.instruct.restricted_only);
    set(INPUT_RESTRICTION_4, "R_4");
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_RESTRICTION_4);
    fill();
    set(INPUT_RESTRICTED_ONLY, "only");
    assert_false(instruction_input_command(&input, &context, &command, &fault));
    assert_int_equal(fault.field, INPUT_RESTRICTED_ONLY);
}

static void each_wrong_field_is_named(void **state)
{
    (void)state;
    static const struct {
        enum input_field field;
        const char *text;
    } rows[] = {
        {INPUT_REFERENCE, ""},
        {INPUT_REFERENCE, "=cmd|' /C calc'!A0"},
        {INPUT_MOVEMENT, "SELL"},
        {INPUT_MOVEMENT, "deli"},
        {INPUT_PAYMENT, "DVP"},
        {INPUT_ISIN, "DE000TALY011"}, /* wrong check digit */
        {INPUT_ISIN, "XS000TALY028"}, /* not on the ledger */
        {INPUT_QUANTITY, "1.5"},
        {INPUT_QUANTITY, "-1"},
        {INPUT_QUANTITY, ""},
        {INPUT_TRADE_DATE, "20.11.2026"},
        {INPUT_TRADE_DATE, "2026-02-30"},
        {INPUT_SETTLEMENT_DATE, ""},
        {INPUT_DELIVERER, "SELL"},
        {INPUT_RECEIVER, "buyritmm"},
        {INPUT_CURRENCY, ""},
        {INPUT_CURRENCY, "EURO"},
        {INPUT_AMOUNT, "2550.505"},
        {INPUT_AMOUNT, "92233720368547758.08"},
        {INPUT_HOLD, "maybe"},
        {INPUT_PRIORITY, "5"},
        {INPUT_PARTIAL, "SOME"},
        {INPUT_TRANSACTION_TYPE, "XXXX"},
        {INPUT_CONDITIONS, "yes"},
        {INPUT_CONDITIONS, "NOMC yes"},
        {INPUT_CUM_EX, "CUM"},
        {INPUT_CREDIT_DEBIT, "credit"},
        {INPUT_DELIVERER_DEPOSITORY, "?"},
        {INPUT_ACCOUNT, " leading"},
        {INPUT_COMMON_REFERENCE, "THIRTY-SIX-CHARACTERS-ARE-ONE-TOO-MA"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fill();
        set(rows[i].field, rows[i].text);
        if (instruction_input_command(&input, &context, &command, &fault) ||
            fault.field != rows[i].field || fault.text[0] == 0) {
            fail_msg("%s \"%s\": blamed %s", input_field_name(rows[i].field), rows[i].text,
                     input_field_name(fault.field));
        }
    }
}

static void every_column_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
        assert_int_equal(input_field_find(input_field_name((enum input_field)i)), i);
    }
    assert_int_equal(input_field_find("Reference"), INPUT_FIELD_COUNT);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_a_command),
        cmocka_unit_test(free_of_payment_needs_no_amount),
        cmocka_unit_test(links_and_pool_are_taken),
        cmocka_unit_test(restrictions_are_taken_in_their_order),
        cmocka_unit_test(each_wrong_field_is_named),
        cmocka_unit_test(every_column_is_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
