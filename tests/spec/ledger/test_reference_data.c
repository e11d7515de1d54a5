/*
 * Goal: parties, keys, assets, accounts, limits, rules change only to something sound; each fault
 * names its field; nobody can lock the operator out; new rules come into force on their day.
 */
#include <string.h>

#include "ledger/holding/position.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/values/date.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    PARTY = WORLD_PARTICIPANT
};

static void refused(struct world *world, const struct command *command, enum reason reason,
                    enum detail detail, enum field field)
{
    struct command sent = *command;
    sent.reference = world_text("TRY"); /* a refused one is free again */
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, &sent);
    letter_assert(&receipt, OUTCOME_REFUSED, reason, detail, field);
}

static void done(struct world *world, const struct command *command)
{
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

static void test_party_add(void **state)
{
    struct world world;
    struct command good;
    struct command bad;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_PARTY_ADD, &good);
    good.party_add = (struct command_party_add){.name = world_text("New"), .roles = 8};
    assert_true(bic_parse("NEWPDEFF", 8, &good.party_add.bic));
    bad = good;
    bad.party_add.bic = (struct bic){{0}};
    refused(&world, &bad, REASON_VALR, DETAIL_MISSING, FIELD_PARTY);
    bad = good;
    bad.party_add.name = (struct text35){0};
    refused(&world, &bad, REASON_VALR, DETAIL_MISSING, FIELD_NAME);
    bad = good;
    bad.party_add.roles = 0;
    refused(&world, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_ROLES);
    bad.party_add.roles = PARTY_ROLES_ALL + 1;
    refused(&world, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_ROLES);
    bad = good;
    bad.party_add.bic = world_bic(PARTY);
    refused(&world, &bad, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_PARTY);
    done(&world, &good);
    assert_int_not_equal(party_find(world.ledger, &good.party_add.bic), RECORD_NONE);
    world_close(&world);
}

static void test_the_operator_stays(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_PARTY_CHANGE, &command);
    command.party_change = (struct command_party_change){world_bic(WORLD_OPERATOR), PARTY_OPERATOR,
                                                         PARTY_SUSPENDED, 0};
    refused(&world, &command, REASON_VALR, DETAIL_SELF, FIELD_PARTY);
    command.party_change.status = PARTY_ACTIVE;
    command.party_change.roles = PARTY_AUDITOR;
    refused(&world, &command, REASON_VALR, DETAIL_SELF, FIELD_PARTY);
    world_command(&world, COMMAND_KEY_REVOKE, &command);
    command.key_revoke.public_key = letter_key(WORLD_OPERATOR, 0);
    refused(&world, &command, REASON_VALR, DETAIL_SAME_KEY, FIELD_KEY);
    command.key_revoke.public_key = letter_key(PARTY, 9);
    refused(&world, &command, REASON_VALR, DETAIL_UNKNOWN, FIELD_KEY);
    command.key_revoke.public_key = letter_key(PARTY, 0);
    done(&world, &command);
    command.reference = world_text("AGAIN");
    refused(&world, &command, REASON_VALR, DETAIL_CLOSED, FIELD_KEY);
    world_close(&world);
}

static void test_key_add(void **state)
{
    struct world world;
    struct command good;
    struct command bad;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_KEY_ADD, &good);
    good.key_add = (struct command_key_add){.bic = world_bic(PARTY),
                                            .public_key = letter_key(PARTY, 5),
                                            .channel_key = letter_key(PARTY, 6),
                                            .rights = KEY_SUBMIT,
                                            .valid_from_ms = 5,
                                            .valid_until_ms = 9};
    bad = good;
    bad.key_add.bic.text[0] = 'Z';
    refused(&world, &bad, REASON_VALR, DETAIL_UNKNOWN, FIELD_PARTY);
    bad = good;
    memset(bad.key_add.public_key.bytes, 0, sizeof(bad.key_add.public_key.bytes));
    refused(&world, &bad, REASON_VALR, DETAIL_MISSING, FIELD_KEY);
    bad.key_add.public_key = letter_key(PARTY, 0);
    refused(&world, &bad, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_KEY);
    bad = good;
    bad.key_add.rights = 16;
    refused(&world, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_RIGHTS);
    bad.key_add.rights = KEY_READ_ALL; /* for auditors and operators */
    refused(&world, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_RIGHTS);
    bad = good;
    bad.key_add.amount_limit = -1;
    refused(&world, &bad, REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT_LIMIT);
    bad = good;
    bad.key_add.valid_from_ms = 10;
    refused(&world, &bad, REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_VALID_FROM);
    done(&world, &good);
    struct public_key channel = letter_key(PARTY, 6);
    assert_int_equal(key_find_channel(world.ledger, &channel),
                     key_find(world.ledger, &good.key_add.public_key));
    bad = good;
    bad.key_add.public_key = letter_key(PARTY, 7);
    refused(&world, &bad, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_CHANNEL_KEY);
    world_close(&world);
}

static void test_asset_add(void **state)
{
    struct world world;
    struct command good;
    struct command bad;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_ASSET_ADD, &good);
    good.asset_add = (struct command_asset_add){.name = world_text("New"),
                                                .kind = ASSET_SECURITY_NOMINAL,
                                                .decimals = 2,
                                                .settlement_unit_min = 100,
                                                .settlement_unit_multiple = 100,
                                                .issuer = world_bic(WORLD_REGISTRAR),
                                                .issuance_account = world_text("ISSUE")};
    assert_true(asset_code_parse("AU0000XVGZA3", 12, &good.asset_add.code));
    bad = good;
    bad.asset_add.kind = 4;
    refused(&world, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_KIND);
    bad.asset_add.kind = ASSET_CURRENCY; /* named by an ISIN */
    refused(&world, &bad, REASON_NCRR, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    bad = good;
    bad.asset_add.code = world_asset(WORLD_EUR);
    refused(&world, &bad, REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    bad = good;
    bad.asset_add.decimals = ASSET_DECIMALS_MAX + 1;
    refused(&world, &bad, REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_DECIMALS);
    bad = good;
    bad.asset_add.settlement_unit_min = 0;
    refused(&world, &bad, REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_SETTLEMENT_UNIT_MIN);
    bad = good;
    bad.asset_add.settlement_unit_multiple = -1;
    refused(&world, &bad, REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_SETTLEMENT_UNIT_MULTIPLE);
    bad = good;
    bad.asset_add.issuer = world_bic(WORLD_BANK);
    refused(&world, &bad, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_ISSUER);
    bad = good;
    bad.asset_add.issuance_account = world_text("NOSUCH");
    refused(&world, &bad, REASON_VALR, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    bad = good;
    bad.asset_add.code = world_asset(WORLD_ISIN_1);
    refused(&world, &bad, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_ASSET);
    done(&world, &good);
    uint32_t asset = asset_find(world.ledger, &good.asset_add.code);
    const struct asset *made = asset_view(world.ledger, asset);
    assert_true(position_is_counterweight(
        world.ledger, position_find(world.ledger, made->issuance_account, asset)));
    world_close(&world);
}

static void test_accounts_open_block_and_close(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    world_command(&world, COMMAND_ACCOUNT_OPEN, &command);
    command.account_open = (struct command_account_open){world_bic(PARTY), world_text("SEC1"),
                                                         ACCOUNT_SECURITIES, false};
    refused(&world, &command, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_ACCOUNT);
    command.account_open.id = world_text("SEC3");
    command.account_open.is_default = true; /* SEC1 is */
    refused(&world, &command, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_STATUS);
    command.account_open.kind = 3;
    refused(&world, &command, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_KIND);

    world_fund(&world, PARTY, WORLD_ISIN_1, 5);
    world_command(&world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change = (struct command_account_change){world_bic(PARTY), world_text("SEC1"),
                                                             ACCOUNT_CLOSED, false};
    refused(&world, &command, REASON_VALR, DETAIL_NOT_EMPTY, FIELD_ACCOUNT);
    command.account_change.id = world_text("SEC2");
    done(&world, &command);
    command.account_change.status = ACCOUNT_OPEN;
    refused(&world, &command, REASON_VALR, DETAIL_CLOSED, FIELD_ACCOUNT);
    command.account_change.id = world_text("SEC9");
    refused(&world, &command, REASON_VALR, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    world_close(&world);
}

/* The default passes to the account that is made it; any other change of an account leaves it. */
static void test_default_account_moves(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    uint32_t party = world_party_index(&world, PARTY);
    struct text35 first = world_text("CASH1");
    struct text35 second = world_text("CASH2");
    static const uint8_t status[] = {ACCOUNT_BLOCKED, ACCOUNT_OPEN};
    for (size_t i = 0; i < 2; i++) {
        world_command(&world, COMMAND_ACCOUNT_CHANGE, &command);
        command.account_change =
            (struct command_account_change){world_bic(PARTY), first, status[i], false};
        done(&world, &command);
        assert_int_equal(account_find_default(world.ledger, party, ACCOUNT_CASH),
                         account_find(world.ledger, party, &first));
    }
    world_command(&world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change =
        (struct command_account_change){world_bic(PARTY), second, ACCOUNT_OPEN, true};
    done(&world, &command);
    uint32_t chosen = account_find_default(world.ledger, party, ACCOUNT_CASH);
    assert_int_equal(chosen, account_find(world.ledger, party, &second));
    assert_false(account_view(world.ledger, account_find(world.ledger, party, &first))->is_default);
    /* A closed account is no default; the kind has none then. */
    world_command(&world, COMMAND_ACCOUNT_CHANGE, &command);
    command.account_change =
        (struct command_account_change){world_bic(PARTY), second, ACCOUNT_CLOSED, false};
    done(&world, &command);
    assert_int_equal(account_find_default(world.ledger, party, ACCOUNT_CASH), RECORD_NONE);
    world_close(&world);
}

/* A credit limit lets a payer go below zero, and is not lowered below what is in use. */
static void test_credit_limit(void **state)
{
    struct world world;
    struct command command;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, PARTY + 1, WORLD_ISIN_1, 10);
    world_command(&world, COMMAND_CREDIT_LIMIT, &command);
    command.credit_limit = (struct command_credit_limit){
        world_bic(PARTY), world_account(WORLD_EUR, 0), world_asset(WORLD_EUR), -1};
    refused(&world, &command, REASON_VALR, DETAIL_OUT_OF_RANGE, FIELD_CREDIT_LIMIT);
    command.credit_limit.limit = 100;
    done(&world, &command);
    world_trade(&world, &(struct world_trade){PARTY + 1, PARTY, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &sell, &buy);
    (void)world_instruct(&world, &sell);
    uint32_t bought = world_instruct(&world, &buy);
    world_assert_status(&world, bought, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), -100);
    command.credit_limit.limit = 99;
    refused(&world, &command, REASON_INVB, DETAIL_LACK, FIELD_CREDIT_LIMIT);
    command.credit_limit.currency = world_asset(WORLD_ISIN_1);
    refused(&world, &command, REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY);
    command.credit_limit.account = world_account(WORLD_ISIN_1, 0);
    refused(&world, &command, REASON_CASH, DETAIL_UNKNOWN, FIELD_ACCOUNT);
    world_close(&world);
}

static void test_rules_come_into_force_on_their_day(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    uint32_t budget = rule_set_in_force(world.ledger)->wake_budget;
    world_command(&world, COMMAND_RULE_SET, &command);
    rule_set_default(&command.rule_set);
    command.rule_set.effective_date = WORLD_TODAY;
    refused(&world, &command, REASON_VALR, DETAIL_TOO_OLD, FIELD_DATE);
    command.rule_set.effective_date = WORLD_MONDAY;
    command.rule_set.wake_budget = budget + 1;
    done(&world, &command);
    refused(&world, &command, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_DATE);
    assert_int_equal(rule_set_in_force(world.ledger)->wake_budget, budget);
    world_day(&world, WORLD_TOMORROW);
    assert_int_equal(rule_set_in_force(world.ledger)->wake_budget, budget);
    assert_int_equal(record_count(world.ledger, RECORD_RULE_SET), 2);
    world_day(&world, WORLD_MONDAY);
    assert_int_equal(rule_set_in_force(world.ledger)->wake_budget, budget + 1);
    assert_int_equal(record_count(world.ledger, RECORD_RULE_SET), 1); /* the old one is let go */
    world_close(&world);
}

/* Two sets that begin while no block comes: one rules, and neither it nor time leaves the other. */
static void test_rules_that_never_ruled_are_let_go(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    for (uint32_t i = 1; i <= 2; i++) {
        world_command(&world, COMMAND_RULE_SET, &command);
        rule_set_default(&command.rule_set);
        command.rule_set.effective_date = date_add(WORLD_TOMORROW, (int32_t)i); /* a weekend */
        command.rule_set.wake_budget = 100 + i;
        done(&world, &command);
    }
    assert_int_equal(record_count(world.ledger, RECORD_RULE_SET), 3);
    world_day(&world, WORLD_MONDAY);
    assert_int_equal(rule_set_in_force(world.ledger)->wake_budget, 102);
    assert_int_equal(record_count(world.ledger, RECORD_RULE_SET), 1);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_party_add),
        cmocka_unit_test(test_the_operator_stays),
        cmocka_unit_test(test_key_add),
        cmocka_unit_test(test_asset_add),
        cmocka_unit_test(test_accounts_open_block_and_close),
        cmocka_unit_test(test_default_account_moves),
        cmocka_unit_test(test_credit_limit),
        cmocka_unit_test(test_rules_come_into_force_on_their_day),
        cmocka_unit_test(test_rules_that_never_ruled_are_let_go),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
