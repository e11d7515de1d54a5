/*
 * Goal: what a key may do within its rights: kinds of commands, kinds of assets, accounts, an
 * amount a command and an amount a day. Every refusal names what is too narrow, and nothing passes
 * a limit in slices.
 */
#include "ledger/command/draft.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    BANK = WORLD_BANK,
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    CLERK = 1,
    CHIEF = 2,
};

/* A key-add of the clerk's key that may do everything of its kind. */
static void clerk(struct world *world, uint32_t party, uint32_t rights, struct command *out)
{
    world_command(world, COMMAND_KEY_ADD, out);
    out->key_add = (struct command_key_add){.bic = world_bic(party),
                                            .public_key = letter_key(party, CLERK),
                                            .person = world_text("CLERK"),
                                            .rights = rights,
                                            .amount_limit = INT64_MAX,
                                            .day_limit = INT64_MAX,
                                            .valid_until_ms = UINT64_MAX};
}

static void done(struct world *world, uint32_t party, uint32_t key, const struct command *command)
{
    struct receipt receipt = letter_submit_by(world, party, key, command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

static void refused(struct world *world, uint32_t party, const struct command *command,
                    enum detail detail, enum field field)
{
    struct receipt receipt = letter_submit_by(world, party, CLERK, command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, detail, field);
}

static void waits(struct world *world, uint32_t party, const struct command *command,
                  enum detail detail, enum field field)
{
    struct receipt receipt = letter_submit_by(world, party, CLERK, command);
    letter_assert(&receipt, OUTCOME_WAITING, REASON_NONE, detail, field);
}

static void cash_in(struct world *world, int64_t amount, struct command *out)
{
    world_command(world, COMMAND_CASH_IN, out);
    out->issuance = (struct command_issuance){.asset = world_asset(WORLD_EUR),
                                              .bic = world_bic(SELLER),
                                              .account = world_account(WORLD_EUR, 0),
                                              .quantity = amount};
}

static void sell(struct world *world, int64_t quantity, int64_t amount, struct command *out)
{
    struct command buy;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, quantity, amount, WORLD_TODAY};
    world_trade(world, &trade, out, &buy);
}

static void test_only_kinds_of_its_set(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, SELLER, KEY_SUBMIT, &command);
    command_set_add(&command.key_add.scope.kinds, COMMAND_INSTRUCT);
    done(&world, WORLD_OPERATOR, 0, &command);
    sell(&world, 10, 100, &command);
    done(&world, SELLER, CLERK, &command);
    struct text35 reference = command.reference;
    world_command(&world, COMMAND_CANCEL, &command);
    command.target = (struct command_target){.party = world_bic(SELLER), .reference = reference};
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_KINDS);
    assert_int_equal(world_submit(&world, SELLER, &command).outcome, OUTCOME_DONE);
    world_close(&world);
}

static void test_only_accounts_of_its_list(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, SELLER, KEY_SUBMIT | KEY_ADMINISTER, &command);
    command.key_add.scope.account_count = 2;
    command.key_add.scope.accounts[0] = world_account(WORLD_ISIN_1, 1);
    command.key_add.scope.accounts[1] = world_account(WORLD_EUR, 1);
    done(&world, WORLD_OPERATOR, 0, &command);
    sell(&world, 10, 100, &command); /* the default accounts, which are the first */
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_ACCOUNTS);
    command.instruct.account = world_account(WORLD_ISIN_1, 1);
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_ACCOUNTS);
    command.instruct.cash_account = world_account(WORLD_EUR, 1);
    done(&world, SELLER, CLERK, &command);
    /* An internal transfer gives and takes: both ends count. */
    sell(&world, 10, 0, &command);
    command.instruct.receiver = world_bic(SELLER);
    command.instruct.transaction_type = TRANSACTION_OWNI;
    command.instruct.account = world_account(WORLD_ISIN_1, 1);
    command.instruct.receiver_account = world_account(WORLD_ISIN_1, 0);
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_ACCOUNTS);
    /* Nor can it cancel, hold or release what lies elsewhere. */
    sell(&world, 10, 100, &command);
    done(&world, SELLER, 0, &command);
    struct text35 reference = command.reference;
    world_command(&world, COMMAND_CANCEL, &command);
    command.target = (struct command_target){.party = world_bic(SELLER), .reference = reference};
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_ACCOUNTS);
    /* A command about no account at all is not for such a key. */
    clerk(&world, SELLER, KEY_SUBMIT, &command);
    command.key_add.public_key = letter_key(SELLER, 7);
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_ACCOUNTS);
    world_close(&world);
}

static void test_only_asset_kinds_of_its_set(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, SELLER, KEY_SUBMIT, &command);
    command.key_add.scope.asset_kinds = 1u << (ASSET_SECURITY_UNIT - 1);
    done(&world, WORLD_OPERATOR, 0, &command);
    sell(&world, 10, 0, &command); /* free of payment: no currency in it */
    done(&world, SELLER, CLERK, &command);
    sell(&world, 10, 100, &command);
    refused(&world, SELLER, &command, DETAIL_OUTSIDE_SCOPE, FIELD_ASSET_KINDS);
    world_close(&world);
}

/* A scope has to make sense when it is given. */
static void test_scope_is_checked(void **state)
{
    struct world world;
    struct command command;
    struct command bad;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, SELLER, KEY_SUBMIT, &command);
    static const struct {
        enum detail detail;
        enum field field;
    } faults[] = {{DETAIL_NOT_ALLOWED, FIELD_KINDS},
                  {DETAIL_NOT_ALLOWED, FIELD_ASSET_KINDS},
                  {DETAIL_UNKNOWN, FIELD_ACCOUNTS},
                  {DETAIL_OUT_OF_RANGE, FIELD_DAY_LIMIT}};
    for (size_t i = 0; i < 4; i++) {
        bad = command;
        bad.key_add.scope.kinds.words[0] = i == 0 ? UINT64_C(1) << 63 : 0; /* no command */
        bad.key_add.scope.asset_kinds = i == 1 ? 8 : 0;
        bad.key_add.scope.account_count = i == 2 ? 1 : 0;
        bad.key_add.scope.accounts[0] = world_text("NOT THERE");
        bad.key_add.day_limit = i == 3 ? -1 : INT64_MAX;
        struct receipt receipt = world_submit(&world, WORLD_OPERATOR, &bad);
        letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, faults[i].detail, faults[i].field);
    }
    world_close(&world);
}

/* Slices of a large amount pass until the sum of the day is reached; another day begins anew. */
static void test_day_limit_is_a_sum(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT, &command);
    command.key_add.amount_limit = 1000;
    command.key_add.day_limit = 2500;
    done(&world, WORLD_OPERATOR, 0, &command);
    cash_in(&world, 900, &command);
    done(&world, BANK, CLERK, &command);
    cash_in(&world, 900, &command);
    done(&world, BANK, CLERK, &command);
    cash_in(&world, 701, &command);
    waits(&world, BANK, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    cash_in(&world, 700, &command);
    done(&world, BANK, CLERK, &command); /* exactly 2,500; what waits does not count */
    cash_in(&world, 1, &command);
    waits(&world, BANK, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    world_day(&world, WORLD_TOMORROW);
    cash_in(&world, 1000, &command);
    done(&world, BANK, CLERK, &command);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 3500);
    world_close(&world);
}

/* What is refused, or done already, uses nothing up. */
static void test_day_limit_counts_what_is_done(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT, &command);
    command.key_add.day_limit = 1000;
    done(&world, WORLD_OPERATOR, 0, &command);
    cash_in(&world, 600, &command);
    struct command first = command;
    done(&world, BANK, CLERK, &command);
    assert_int_equal(letter_submit_by(&world, BANK, CLERK, &first).outcome, OUTCOME_ALREADY);
    cash_in(&world, 400, &command);
    command.issuance.account = world_text("NOWHERE");
    assert_int_equal(letter_submit_by(&world, BANK, CLERK, &command).outcome, OUTCOME_REFUSED);
    cash_in(&world, 400, &command);
    done(&world, BANK, CLERK, &command);
    world_close(&world);
}

/* A limit lowered below what was used is no reason to stop: nothing more passes on that day. */
static void test_a_day_limit_lowered_below_what_was_used(void **state)
{
    struct world world;
    struct command command;
    struct command change;
    struct command reject;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT | KEY_APPROVE, &command);
    command.key_add.day_limit = 1000;
    done(&world, WORLD_OPERATOR, 0, &command);
    cash_in(&world, 600, &command);
    done(&world, BANK, CLERK, &command);
    cash_in(&world, 401, &command);
    waits(&world, BANK, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    world_command(&world, COMMAND_KEY_CHANGE, &change);
    change.key_change = (struct command_key_change){.public_key = letter_key(BANK, CLERK),
                                                    .rights = KEY_SUBMIT | KEY_APPROVE,
                                                    .amount_limit = INT64_MAX,
                                                    .day_limit = 500,
                                                    .valid_until_ms = UINT64_MAX};
    done(&world, WORLD_OPERATOR, 0, &change);
    world_command(&world, COMMAND_DRAFT_REJECT, &reject);
    reject.approval.reference = command.reference;
    uint32_t draft = draft_find(world.ledger, world_party_index(&world, BANK), &command.reference);
    reject.approval.content = draft_view(world.ledger, draft)->content;
    done(&world, BANK, CLERK, &reject);
    cash_in(&world, 1, &command);
    waits(&world, BANK, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    world_close(&world);
}

static void day_limit_set(struct world *world, int64_t day_limit)
{
    struct command change;
    world_command(world, COMMAND_KEY_CHANGE, &change);
    change.key_change = (struct command_key_change){.public_key = letter_key(BANK, CLERK),
                                                    .rights = KEY_SUBMIT,
                                                    .amount_limit = INT64_MAX,
                                                    .day_limit = day_limit,
                                                    .valid_until_ms = UINT64_MAX};
    done(world, WORLD_OPERATOR, 0, &change);
}

/* Without a day limit nothing is counted: one that is given later bounds what is moved from then
 * on, together with what an earlier one of that day had counted (key.h). */
static void test_without_a_day_limit_nothing_is_counted(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT, &command);
    done(&world, WORLD_OPERATOR, 0, &command);
    cash_in(&world, 5000, &command);
    done(&world, BANK, CLERK, &command);
    day_limit_set(&world, 1000);
    cash_in(&world, 600, &command);
    done(&world, BANK, CLERK, &command); /* the 5,000 before are not in the way */
    day_limit_set(&world, INT64_MAX);
    cash_in(&world, 7000, &command);
    done(&world, BANK, CLERK, &command);
    day_limit_set(&world, 1000);
    cash_in(&world, 400, &command);
    done(&world, BANK, CLERK, &command); /* 600 had been counted, 7,000 not */
    cash_in(&world, 1, &command);
    waits(&world, BANK, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    world_close(&world);
}

/* Who signs second stands for the amount too: his own day is used, the maker's is not. */
static void test_approval_uses_the_approvers_day(void **state)
{
    struct world world;
    struct command command;
    struct command approve;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT, &command);
    command.key_add.amount_limit = 0;
    done(&world, WORLD_OPERATOR, 0, &command);
    clerk(&world, BANK, KEY_APPROVE, &command);
    command.key_add.public_key = letter_key(BANK, CHIEF);
    command.key_add.person = world_text("CHIEF");
    command.key_add.day_limit = 1000;
    done(&world, WORLD_OPERATOR, 0, &command);
    for (int i = 0; i < 2; i++) {
        cash_in(&world, 600, &command);
        waits(&world, BANK, &command, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
        world_command(&world, COMMAND_APPROVE, &approve);
        approve.approval.reference = command.reference;
        uint32_t draft =
            draft_find(world.ledger, world_party_index(&world, BANK), &command.reference);
        approve.approval.content = draft_view(world.ledger, draft)->content;
        struct receipt receipt = letter_submit_by(&world, BANK, CHIEF, &approve);
        letter_assert(&receipt, i == 0 ? OUTCOME_DONE : OUTCOME_REFUSED,
                      i == 0 ? REASON_NONE : REASON_VALR, i == 0 ? DETAIL_NONE : DETAIL_DAY_LIMIT,
                      i == 0 ? FIELD_NONE : FIELD_DAY_LIMIT);
    }
    struct public_key maker = letter_key(BANK, CLERK);
    assert_int_equal(key_view(world.ledger, key_find(world.ledger, &maker))->day_used, 0);
    world_close(&world);
}

/* A confined or limited key does not get out of it through a key of its own making. */
static void test_no_key_hands_out_more_than_it_has(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, SELLER, KEY_ADMINISTER, &command);
    command_set_add(&command.key_add.scope.kinds, COMMAND_KEY_ADD);
    command_set_add(&command.key_add.scope.kinds, COMMAND_INSTRUCT);
    command.key_add.amount_limit = 1000;
    command.key_add.day_limit = 3000;
    done(&world, WORLD_OPERATOR, 0, &command);
    struct command_key_add given = {.bic = world_bic(SELLER),
                                    .public_key = letter_key(SELLER, 5),
                                    .rights = KEY_SUBMIT,
                                    .amount_limit = 1000,
                                    .day_limit = 2000,
                                    .valid_until_ms = UINT64_MAX};
    command_set_add(&given.scope.kinds, COMMAND_INSTRUCT);
    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = given;
    command.key_add.amount_limit = 1001;
    waits(&world, SELLER, &command, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = given;
    command.key_add.day_limit = 3001;
    waits(&world, SELLER, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = given;
    command.key_add.scope = (struct key_scope){.asset_kinds = 0}; /* all kinds */
    waits(&world, SELLER, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = given;
    done(&world, SELLER, CLERK, &command);
    /* Nor in slices: two keys of 2,000 a day are more than one of 3,000. */
    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = given;
    command.key_add.public_key = letter_key(SELLER, 6);
    waits(&world, SELLER, &command, DETAIL_DAY_LIMIT, FIELD_DAY_LIMIT);
    world_close(&world);
}

static void test_key_change(void **state)
{
    struct world world;
    struct command command;
    struct command change;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT, &command);
    command.key_add.person = (struct text35){0};
    done(&world, WORLD_OPERATOR, 0, &command);
    world_command(&world, COMMAND_KEY_CHANGE, &change);
    change.key_change = (struct command_key_change){.public_key = letter_key(BANK, 9),
                                                    .rights = KEY_SUBMIT,
                                                    .amount_limit = 10,
                                                    .day_limit = INT64_MAX,
                                                    .valid_until_ms = UINT64_MAX,
                                                    .person = world_text("CLERK")};
    struct receipt receipt = world_submit(&world, WORLD_OPERATOR, &change);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_UNKNOWN, FIELD_KEY);
    change.key_change.public_key = letter_key(BANK, CLERK);
    done(&world, WORLD_OPERATOR, 0, &change);
    cash_in(&world, 11, &command);
    waits(&world, BANK, &command, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    /* A person once named stays. */
    world_command(&world, COMMAND_KEY_CHANGE, &command);
    command.key_change = change.key_change;
    command.key_change.person = world_text("SOMEBODY");
    receipt = world_submit(&world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_EXISTS_DIFFERENTLY, FIELD_PERSON);
    /* Nobody changes the key that signs. */
    command.key_change.public_key = letter_key(WORLD_OPERATOR, 0);
    receipt = world_submit(&world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_SAME_KEY, FIELD_KEY);
    /* Nor one of another party, without being operator. */
    letter_key_add(&world, SELLER, 3, KEY_ADMINISTER, INT64_MAX);
    world_command(&world, COMMAND_KEY_CHANGE, &command);
    command.key_change = change.key_change;
    receipt = letter_submit_by(&world, SELLER, 3, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    world_close(&world);
}

/* Dates: too early and too late, the key signs nothing. */
static void test_validity(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    clerk(&world, BANK, KEY_SUBMIT, &command);
    command.key_add.valid_from_ms = world.ts_ms + 60000;
    command.key_add.valid_until_ms = world.ts_ms + 120000;
    done(&world, WORLD_OPERATOR, 0, &command);
    cash_in(&world, 1, &command);
    refused(&world, BANK, &command, DETAIL_KEY_INACTIVE, FIELD_KEY);
    world.ts_ms += 90000;
    done(&world, BANK, CLERK, &command);
    world.ts_ms += 60000;
    cash_in(&world, 1, &command);
    refused(&world, BANK, &command, DETAIL_KEY_INACTIVE, FIELD_KEY);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_kinds_of_its_set),
        cmocka_unit_test(test_only_accounts_of_its_list),
        cmocka_unit_test(test_only_asset_kinds_of_its_set),
        cmocka_unit_test(test_scope_is_checked),
        cmocka_unit_test(test_day_limit_is_a_sum),
        cmocka_unit_test(test_day_limit_counts_what_is_done),
        cmocka_unit_test(test_a_day_limit_lowered_below_what_was_used),
        cmocka_unit_test(test_without_a_day_limit_nothing_is_counted),
        cmocka_unit_test(test_approval_uses_the_approvers_day),
        cmocka_unit_test(test_no_key_hands_out_more_than_it_has),
        cmocka_unit_test(test_key_change),
        cmocka_unit_test(test_validity),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
