/*
 * Goal: T1 and T2. Each fault of an instruction gives its ISO rejection code and names the field at
 * fault; of two faults the one that is checked first is told; a refused instruction leaves no trace
 * and its reference may be used again.
 */
#include <string.h>

#include "ledger/register/asset.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1
};

/* One change to a good delivery against payment, and what it must lead to. */
struct fault {
    const char *name;
    void (*spoil)(struct command *command);
    enum reason reason;
    enum detail detail;
    enum field field;
};

static struct bic stranger(void)
{
    struct bic bic;
    bool valid = bic_parse("NOBODEFF", 8, &bic);
    assert_true(valid);
    return bic;
}

static void no_payment(struct command *command)
{
    command->instruct.payment = 3;
}
static void no_movement(struct command *command)
{
    command->instruct.movement = 0;
}
static void no_type(struct command *command)
{
    command->instruct.transaction_type = 200;
}
static void generated_type(struct command *command)
{
    command->instruct.transaction_type = TRANSACTION_REAL;
}
static void operators_type(struct command *command)
{
    command->instruct.transaction_type = TRANSACTION_FCTA;
}
static void internal_against_payment(struct command *command)
{
    command->instruct.transaction_type = TRANSACTION_OWNI;
}
static void unknown_asset(struct command *command)
{
    bool valid = asset_code_parse("GB0002634946", 12, &command->instruct.asset);
    assert_true(valid);
}
static void no_asset(struct command *command)
{
    command->instruct.asset = (struct asset_code){0};
}
static void cash_for_asset(struct command *command)
{
    command->instruct.asset = world_asset(WORLD_EUR);
}
static void trade_date_old(struct command *command)
{
    command->date = 20200101;
}
static void trade_date_ahead(struct command *command)
{
    command->date = WORLD_TOMORROW;
    command->instruct.settlement_date = WORLD_MONDAY;
}
static void no_settlement_date(struct command *command)
{
    command->instruct.settlement_date = 20260230;
}
static void settlement_before_trade(struct command *command)
{
    command->instruct.settlement_date = date_add(command->date, -1);
}
static void settlement_far_ahead(struct command *command)
{
    command->instruct.settlement_date = 99991231;
}
static void no_deliverer(struct command *command)
{
    command->instruct.deliverer = (struct bic){{0}};
}
static void unknown_receiver(struct command *command)
{
    command->instruct.receiver = stranger();
}
static void other_deliverer(struct command *command)
{
    command->instruct.deliverer = world_bic(BUYER + 1);
}
static void same_party(struct command *command)
{
    command->instruct.receiver = command->instruct.deliverer;
}
static void no_depository(struct command *command)
{
    command->instruct.receiver_depository = (struct bic){{0}};
}
static void negative_quantity(struct command *command)
{
    command->instruct.quantity = -10;
}
static void quantity_too_large(struct command *command)
{
    command->instruct.quantity = INSTRUCTION_VALUE_MAX + 1;
}
static void amount_too_large(struct command *command)
{
    command->instruct.amount = INT64_MAX;
}
static void below_minimum(struct command *command)
{
    command->instruct.quantity = 5;
}
static void no_multiple(struct command *command)
{
    command->instruct.quantity = 25;
}
static void no_currency(struct command *command)
{
    command->instruct.currency = (struct asset_code){0};
}
static void security_for_currency(struct command *command)
{
    command->instruct.currency = world_asset(WORLD_ISIN_1);
}
static void no_amount(struct command *command)
{
    command->instruct.amount = 0;
}
static void negative_amount(struct command *command)
{
    command->instruct.amount = INT64_MIN;
}
static void no_sign(struct command *command)
{
    command->instruct.credit_debit = CREDIT_DEBIT_NONE;
}
static void free_with_half_an_amount(struct command *command)
{
    command->instruct.payment = PAYMENT_FREE;
    command->instruct.currency = (struct asset_code){0};
}
static void unknown_account(struct command *command)
{
    command->instruct.account = world_text("NOSUCH");
}
static void cash_account_for_securities(struct command *command)
{
    command->instruct.account = world_account(WORLD_EUR, 0);
}
static void account_contradicts(struct command *command)
{
    command->instruct.deliverer_account = world_account(WORLD_ISIN_1, 1);
}
static void unknown_cash_account(struct command *command)
{
    command->instruct.cash_account = world_text("NOSUCH");
}
static void securities_account_for_cash(struct command *command)
{
    command->instruct.cash_account = world_account(WORLD_ISIN_1, 0);
}
static void account_without_securities(struct command *command)
{
    command->instruct.quantity = 0;
    command->instruct.account = world_account(WORLD_ISIN_1, 0);
}
static void cash_account_without_cash(struct command *command)
{
    command->instruct.payment = PAYMENT_FREE;
    command->instruct.cash_account = world_account(WORLD_EUR, 0);
}
static void condition_unknown(struct command *command)
{
    command->instruct.conditions = 1u << CONDITION_COUNT;
}
static void condition_of_the_ledger(struct command *command)
{
    command->instruct.conditions = CONDITION_NOMC | CONDITION_TRAN;
}
static void condition_of_nobody(struct command *command)
{
    command->instruct.conditions = CONDITION_PHYS;
}
static void conditions_contradict(struct command *command)
{
    command->instruct.conditions = CONDITION_CLEN | CONDITION_DIRT;
}
static void part_of_a_payment(struct command *command)
{
    command->instruct.quantity = 0;
    command->instruct.partial = PARTIAL_PART;
}
static void bad_cum_ex(struct command *command)
{
    command->instruct.cum_ex = 3;
}
static void bad_partial(struct command *command)
{
    command->instruct.partial = 0;
}
static void priority_of_operators(struct command *command)
{
    command->instruct.priority = PRIORITY_TOP;
}
static void unknown_priority(struct command *command)
{
    command->instruct.priority = 5;
}

/* In the order of the checks. */
static const struct fault faults[] = {
    {"trade date old", trade_date_old, REASON_DTRD, DETAIL_TOO_OLD, FIELD_TRADE_DATE},
    {"trade date ahead", trade_date_ahead, REASON_DTRD, DETAIL_IN_FUTURE, FIELD_TRADE_DATE},
    {"payment", no_payment, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PAYMENT},
    {"movement", no_movement, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_MOVEMENT},
    {"realignment", generated_type, REASON_SETR, DETAIL_NOT_ALLOWED, FIELD_TRANSACTION_TYPE},
    {"factor", operators_type, REASON_SETR, DETAIL_ROLE_MISSING, FIELD_TRANSACTION_TYPE},
    {"type", no_type, REASON_SETR, DETAIL_NOT_ALLOWED, FIELD_TRANSACTION_TYPE},
    {"internal", internal_against_payment, REASON_SETR, DETAIL_NOT_APPLICABLE, FIELD_PAYMENT},
    {"unknown asset", unknown_asset, REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET},
    {"no asset", no_asset, REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET},
    {"cash asset", cash_for_asset, REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET},
    {"no date", no_settlement_date, REASON_DDAT, DETAIL_NOT_ALLOWED, FIELD_SETTLEMENT_DATE},
    {"date early", settlement_before_trade, REASON_DDAT, DETAIL_OUT_OF_RANGE,
     FIELD_SETTLEMENT_DATE},
    {"date late", settlement_far_ahead, REASON_DDAT, DETAIL_OUT_OF_RANGE, FIELD_SETTLEMENT_DATE},
    {"no deliverer", no_deliverer, REASON_ICAG, DETAIL_UNKNOWN, FIELD_DELIVERER},
    {"stranger", unknown_receiver, REASON_ICAG, DETAIL_UNKNOWN, FIELD_RECEIVER},
    {"not own side", other_deliverer, REASON_ICAG, DETAIL_NOT_OWNER, FIELD_DELIVERER},
    {"same party", same_party, REASON_ICAG, DETAIL_SELF, FIELD_RECEIVER},
    {"depository", no_depository, REASON_DEPT, DETAIL_MISSING, FIELD_RECEIVER_DEPOSITORY},
    {"negative", negative_quantity, REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY},
    {"quantity too large", quantity_too_large, REASON_DQUA, DETAIL_TOO_LARGE, FIELD_QUANTITY},
    {"minimum", below_minimum, REASON_MINO, DETAIL_NONE, FIELD_QUANTITY},
    {"multiple", no_multiple, REASON_MUNO, DETAIL_NONE, FIELD_QUANTITY},
    {"no currency", no_currency, REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY},
    {"currency", security_for_currency, REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY},
    {"no amount", no_amount, REASON_DMON, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT},
    {"negative amount", negative_amount, REASON_DMON, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT},
    {"amount too large", amount_too_large, REASON_DMON, DETAIL_TOO_LARGE, FIELD_AMOUNT},
    {"sign", no_sign, REASON_DMON, DETAIL_NOT_ALLOWED, FIELD_CREDIT_DEBIT},
    {"half free", free_with_half_an_amount, REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY},
    {"no securities", account_without_securities, REASON_SAFE, DETAIL_NOT_APPLICABLE,
     FIELD_ACCOUNT},
    {"no cash", cash_account_without_cash, REASON_CASH, DETAIL_NOT_APPLICABLE, FIELD_CASH_ACCOUNT},
    {"account", unknown_account, REASON_SAFE, DETAIL_UNKNOWN, FIELD_ACCOUNT},
    {"account kind", cash_account_for_securities, REASON_SAFE, DETAIL_NOT_ALLOWED, FIELD_ACCOUNT},
    {"account field", account_contradicts, REASON_SAFE, DETAIL_NOT_ALLOWED,
     FIELD_DELIVERER_ACCOUNT},
    {"cash account", unknown_cash_account, REASON_CASH, DETAIL_UNKNOWN, FIELD_CASH_ACCOUNT},
    {"cash kind", securities_account_for_cash, REASON_CASH, DETAIL_NOT_ALLOWED, FIELD_CASH_ACCOUNT},
    {"condition", condition_unknown, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CONDITIONS},
    {"TRAN", condition_of_the_ledger, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CONDITIONS},
    {"paper", condition_of_nobody, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CONDITIONS},
    {"clean and dirty", conditions_contradict, REASON_VALR, DETAIL_CONTRADICTION, FIELD_CONDITIONS},
    {"cum ex", bad_cum_ex, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_CUM_EX},
    {"partial", bad_partial, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PARTIAL},
    {"part of nothing", part_of_a_payment, REASON_VALR, DETAIL_NOT_APPLICABLE, FIELD_PARTIAL},
    {"top priority", priority_of_operators, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PRIORITY},
    {"unknown priority", unknown_priority, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_PRIORITY},
};

enum {
    FAULT_COUNT = sizeof(faults) / sizeof(faults[0])
};

/* A security traded from 10 on in tens, in a world of its own. */
static void fixture_open(struct world *world)
{
    struct command command;
    world_open(world, NULL);
    world_command(world, COMMAND_ASSET_ADD, &command);
    command.asset_add = (struct command_asset_add){.name = world_text("In tens"),
                                                   .kind = ASSET_SECURITY_UNIT,
                                                   .settlement_unit_min = 10,
                                                   .settlement_unit_multiple = 10,
                                                   .issuer = world_bic(WORLD_REGISTRAR),
                                                   .issuance_account = world_text("ISSUE")};
    bool valid = asset_code_parse("AU0000XVGZA3", 12, &command.asset_add.code);
    assert_true(valid);
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
}

static void good_delivery(struct world *world, struct command *sell)
{
    struct command buy;
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 40, 1000, WORLD_TOMORROW},
                sell, &buy);
    bool valid = asset_code_parse("AU0000XVGZA3", 12, &sell->instruct.asset);
    assert_true(valid);
}

static void test_T1_each_fault_has_its_code(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        good_delivery(&world, &command);
        faults[i].spoil(&command);
        struct receipt receipt = world_submit(&world, SELLER, &command);
        print_message("%s\n", faults[i].name);
        letter_assert(&receipt, OUTCOME_REFUSED, faults[i].reason, faults[i].detail,
                      faults[i].field);
        assert_int_equal(receipt.instruction_sequence, 0);
    }
    assert_int_equal(record_count(world.ledger, RECORD_INSTRUCTION), 0);
    assert_int_equal(world.output.event_count, 0);
    world_close(&world);
}

/* Does the fault make an instruction of another type, for which other faults may be none? */
static bool changes_type(const struct fault *fault)
{
    return fault->spoil == internal_against_payment || fault->spoil == free_with_half_an_amount ||
           fault->spoil == account_without_securities || fault->spoil == part_of_a_payment ||
           fault->spoil == cash_account_without_cash;
}

/* Faults that concern different fields can meet; then the order of the table decides. */
static void test_T1_precedence(void **state)
{
    struct world world;
    struct command command;
    uint32_t met = 0;
    (void)state;
    fixture_open(&world);
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        for (size_t j = i + 1; j < FAULT_COUNT; j++) {
            struct command only_second;
            good_delivery(&world, &command);
            only_second = command;
            faults[i].spoil(&command);
            struct command first = command;
            faults[j].spoil(&command);
            faults[j].spoil(&only_second);
            faults[i].spoil(&only_second);
            /* Only where neither undoes the other. */
            bool both = memcmp(&command, &only_second, sizeof(command)) == 0 &&
                        memcmp(&command, &first, sizeof(command)) != 0;
            bool same_kind = faults[i].field == faults[j].field;
            if (!both || same_kind || changes_type(&faults[i]) || changes_type(&faults[j])) {
                continue;
            }
            struct receipt receipt = world_submit(&world, SELLER, &command);
            assert_string_equal(reason_code(receipt.reason), reason_code(faults[i].reason));
            assert_string_equal(field_name(receipt.field), field_name(faults[i].field));
            met++;
        }
    }
    assert_true(met > 300);
    world_close(&world);
}

static void test_T2_other_content_under_a_used_reference(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    good_delivery(&world, &command);
    struct receipt receipt = world_submit(&world, SELLER, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    command.instruct.amount++;
    receipt = world_submit(&world, SELLER, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_REFE, DETAIL_EXISTS_DIFFERENTLY,
                  FIELD_REFERENCE);
    world_close(&world);
}

/* What was refused may be mended and sent again under the same reference. */
static void test_a_refused_reference_is_free(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    good_delivery(&world, &command);
    command.instruct.quantity = 25;
    struct receipt receipt = world_submit(&world, SELLER, &command);
    assert_int_equal(receipt.outcome, OUTCOME_REFUSED);
    command.instruct.quantity = 30;
    receipt = world_submit(&world, SELLER, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

/* References belong to their party: another party may use the same one. */
static void test_references_are_per_party(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    fixture_open(&world);
    world_trade(&world,
                &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 40, 1000, WORLD_TOMORROW}, &sell,
                &buy);
    buy.reference = sell.reference;
    (void)world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T1_each_fault_has_its_code),
        cmocka_unit_test(test_T1_precedence),
        cmocka_unit_test(test_T2_other_content_under_a_used_reference),
        cmocka_unit_test(test_a_refused_reference_is_free),
        cmocka_unit_test(test_references_are_per_party),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
