/*
 * Goal: commands that are well formed and allowed, and made to break something: amounts at the end
 * of the range, limits walked around, the room of a block taken from others. Each is answered, and
 * nothing is asserted away.
 */
#include "ledger/command/nonce.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/restriction/restriction.h"
#include "ledger/settlement/waiting.h"
#include "ledger/state/record.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    OTHER = WORLD_PARTICIPANT + 2,
};

static void reserve(struct world *world, uint32_t party, int64_t quantity)
{
    struct command command;
    world_command(world, COMMAND_RESTRICTION_SET, &command);
    command.restriction_set =
        (struct command_restriction_set){.bic = world_bic(party),
                                         .account = world_account(WORLD_EUR, 0),
                                         .asset = world_asset(WORLD_EUR),
                                         .kind = RESTRICTION_RESERVATION,
                                         .quantity = quantity};
    assert_int_equal(world_submit(world, party, &command).outcome, OUTCOME_DONE);
}

static void credit(struct world *world, uint32_t party, int64_t limit)
{
    struct command command;
    world_command(world, COMMAND_CREDIT_LIMIT, &command);
    command.credit_limit = (struct command_credit_limit){.bic = world_bic(party),
                                                         .account = world_account(WORLD_EUR, 0),
                                                         .currency = world_asset(WORLD_EUR),
                                                         .limit = limit};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
}

static struct receipt cash(struct world *world, enum command_kind kind, uint32_t party,
                           int64_t amount)
{
    struct command command;
    world_command(world, kind, &command);
    command.issuance = (struct command_issuance){.asset = world_asset(WORLD_EUR),
                                                 .bic = world_bic(party),
                                                 .account = world_account(WORLD_EUR, 0),
                                                 .quantity = amount};
    return world_submit(world, WORLD_BANK, &command);
}

/*
 * Pays with credit, a unit of a security for each piece that one instruction may move: the seller
 * then has money that was never issued.
 */
static void pay_on_credit(struct world *world, uint32_t seller, uint32_t buyer, int64_t amount)
{
    enum {
        PIECES_MAX = 1 << 12,
        LETTER_COMMANDS = 64
    };
    struct command sell[LETTER_COMMANDS];
    struct command buy[LETTER_COMMANDS];
    int64_t before = world_available(world, buyer, WORLD_EUR);
    int64_t left = amount;
    world_fund(world, seller, WORLD_ISIN_1, PIECES_MAX);
    credit(world, buyer, INT64_MAX);
    while (left > 0) {
        struct letter sellers = letter_to(world, seller);
        struct letter buyers = letter_to(world, buyer);
        uint32_t count = 0;
        for (; count < LETTER_COMMANDS && left > 0; count++) {
            int64_t piece = left < INSTRUCTION_VALUE_MAX ? left : INSTRUCTION_VALUE_MAX;
            struct world_trade trade = {seller, buyer, WORLD_ISIN_1, 1, piece, WORLD_TODAY};
            world_trade(world, &trade, &sell[count], &buy[count]);
            left -= piece;
        }
        letter_add(world, &sellers, sell, count);
        letter_add(world, &buyers, buy, count);
        world_block(world);
    }
    assert_int_equal(world_available(world, buyer, WORLD_EUR), before - amount);
}

static void open_large(struct world *world)
{
    struct world_options options = {
        .instructions = 12000, .references = 24000, .wake_budget = 1000};
    world_open(world, &options);
}

/* What is set aside hides how far what is available has sunk: held fits, available would not. */
static void test_available_at_the_end_of_the_range(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    open_large(&world);
    world_fund(&world, BUYER, WORLD_EUR, 100);
    reserve(&world, BUYER, 100);
    pay_on_credit(&world, OTHER, BUYER, INT64_MAX - 5);
    int64_t lowest = world_available(&world, BUYER, WORLD_EUR);
    assert_true(lowest < -(INT64_MAX - 110));
    world_fund(&world, SELLER, WORLD_ISIN_1, 1);
    struct world_trade large = {SELLER, BUYER, WORLD_ISIN_1, 1, INSTRUCTION_VALUE_MAX, WORLD_TODAY};
    world_trade(&world, &large, &sell, &buy);
    (void)world_instruct(&world, &sell);
    uint32_t bought = world_instruct(&world, &buy);
    assert_int_equal(world_view(&world, bought)->status[DIMENSION_SETTLEMENT].value,
                     SETTLEMENT_UNSETTLED);
    assert_int_equal(world_available(&world, BUYER, WORLD_EUR), lowest);
    assert_int_equal(world_available(&world, SELLER, WORLD_ISIN_1), 1);
    world_close(&world);
}

/*
 * A position that is full cannot take, and nobody lacks anything: told OTHR, and tried again on the
 * next settlement day, when there may be room.
 */
static void test_a_taker_at_the_end_of_the_range_is_tried_again_the_next_day(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t sold;
    (void)state;
    world_open(&world, NULL);
    assert_int_equal(cash(&world, COMMAND_CASH_IN, SELLER, INT64_MAX).outcome, OUTCOME_DONE);
    world_fund(&world, SELLER, WORLD_ISIN_1, 1);
    credit(&world, BUYER, 10);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 1, 10, WORLD_TODAY};
    world_trade(&world, &trade, &sell, &buy);
    sold = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_OTHR);
    assert_int_equal(world_view(&world, sold)->queue, QUEUE_DATE);
    assert_int_equal(world_view(&world, sold)->waiting_for, WORLD_TOMORROW);
    assert_int_equal(cash(&world, COMMAND_CASH_OUT, SELLER, 10).outcome, OUTCOME_DONE);
    world_day(&world, WORLD_TOMORROW);
    world_settle_down(&world);
    world.ts_ms += UINT64_C(2) * 3600000; /* the night opens */
    world_block(&world);
    world_settle_down(&world);
    world_assert_status(&world, sold, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), INT64_MAX);
    world_close(&world);
}

/* The total would fit, the holder's balance would not: refused, not asserted away. */
static void test_cash_in_beyond_the_range(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    pay_on_credit(&world, SELLER, BUYER, 10);
    struct receipt receipt = cash(&world, COMMAND_CASH_IN, SELLER, INT64_MAX);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ISSUED_OVERFLOW, FIELD_QUANTITY);
    receipt = cash(&world, COMMAND_CASH_IN, SELLER, INT64_MAX - 10);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    receipt = cash(&world, COMMAND_CASH_IN, OTHER, 11);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ISSUED_OVERFLOW, FIELD_QUANTITY);
    world_close(&world);
}

/* What was lent can be paid out; the issued total is then negative, and a snapshot still reads. */
static void test_cash_out_of_what_was_lent(void **state)
{
    struct world world;
    (void)state;
    open_large(&world);
    pay_on_credit(&world, SELLER, BUYER, INT64_MAX);
    struct receipt receipt = cash(&world, COMMAND_CASH_OUT, SELLER, INT64_MAX);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    for (uint32_t i = 0; i < 100 && !world_restore(&world); i++) {
        world_block(&world);
    }
    assert_non_null(world.older);
    pay_on_credit(&world, SELLER, OTHER, 1);
    receipt = cash(&world, COMMAND_CASH_OUT, SELLER, 1);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ISSUED_OVERFLOW, FIELD_QUANTITY);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 1);
    world_close(&world);
}

/* A holding that leaves for one cent is as large as the holding; so is a limit that is given. */
static void test_limits_cannot_be_walked_around(void **state)
{
    enum {
        CLERK = 1
    };
    struct world world;
    struct command sell;
    struct command buy;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    letter_key_add(&world, SELLER, CLERK, KEY_SUBMIT | KEY_ADMINISTER, 1000);
    letter_key_add(&world, WORLD_BANK, CLERK, KEY_ADMINISTER, 1000);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 1001, 1, WORLD_TODAY};
    world_trade(&world, &trade, &sell, &buy);
    struct receipt receipt = letter_submit_by(&world, SELLER, CLERK, &sell);
    assert_int_equal(receipt.outcome, OUTCOME_WAITING);
    trade.quantity = 1000;
    world_trade(&world, &trade, &sell, &buy);
    receipt = letter_submit_by(&world, SELLER, CLERK, &sell);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);

    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = (struct command_key_add){.bic = world_bic(SELLER),
                                               .public_key = letter_key(SELLER, 2),
                                               .rights = KEY_SUBMIT | KEY_APPROVE,
                                               .amount_limit = 1001,
                                               .valid_until_ms = UINT64_MAX};
    receipt = letter_submit_by(&world, SELLER, CLERK, &command);
    assert_int_equal(receipt.outcome, OUTCOME_WAITING);
    world_command(&world, COMMAND_CREDIT_LIMIT, &command);
    command.credit_limit = (struct command_credit_limit){.bic = world_bic(BUYER),
                                                         .account = world_account(WORLD_EUR, 0),
                                                         .currency = world_asset(WORLD_EUR),
                                                         .limit = 1001};
    receipt = letter_submit_by(&world, WORLD_BANK, CLERK, &command);
    assert_int_equal(receipt.outcome, OUTCOME_WAITING);
    world_close(&world);
}

/* A counterparty may read an instruction, its secret included: that must open nothing else. */
static void test_a_record_opens_no_other_of_its_envelope(void **state)
{
    struct world world;
    struct command sell[2];
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 5, 100, WORLD_TODAY};
    world_trade(&world, &trade, &sell[0], &buy);
    world_trade(&world, &trade, &sell[1], &buy);
    struct letter letter = letter_to(&world, SELLER);
    letter_add(&world, &letter, sell, 2);
    world_block(&world);
    uint32_t party = world_party_index(&world, SELLER);
    const struct nonce_secret *secrets[2];
    for (int i = 0; i < 2; i++) {
        uint32_t index = instruction_find(world.ledger, party, &sell[i].reference);
        secrets[i] = &world_view(&world, index)->secret;
        for (uint32_t j = record_next(world.ledger, RECORD_NONCE, 0); j != RECORD_NONE;
             j = record_next(world.ledger, RECORD_NONCE, j + 1)) {
            assert_memory_not_equal(nonce_view(world.ledger, j)->nonce.bytes, secrets[i]->bytes,
                                    NONCE_SIZE);
        }
    }
    assert_memory_not_equal(secrets[0]->bytes, secrets[1]->bytes, NONCE_SIZE);
    world_close(&world);
}

/* One party with an administering key cannot take the room that is everybody's. */
static void test_no_party_fills_what_is_shared(void **state)
{
    struct world world;
    struct command command;
    struct command sell;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    letter_key_add(&world, SELLER, 1, KEY_ADMINISTER, INT64_MAX);
    struct party *party = party_at(world.ledger, world_party_index(&world, SELLER));
    world_command(&world, COMMAND_ACCOUNT_OPEN, &command);
    command.account_open = (struct command_account_open){
        .bic = world_bic(SELLER), .id = world_text("MORE"), .kind = ACCOUNT_SECURITIES};
    uint32_t share = record_capacity(world.ledger, RECORD_ACCOUNT) / PARTY_SHARE_DIVISOR;
    party->account_count = share;
    struct receipt receipt = letter_submit_by(&world, SELLER, 1, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_QUOTA_FULL, FIELD_ACCOUNT);
    party->account_count = share - 1;
    receipt = letter_submit_by(&world, SELLER, 1, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(party->account_count, share);

    world_command(&world, COMMAND_KEY_ADD, &command);
    command.key_add = (struct command_key_add){.bic = world_bic(SELLER),
                                               .public_key = letter_key(SELLER, 2),
                                               .rights = KEY_SUBMIT,
                                               .valid_until_ms = UINT64_MAX};
    party->key_count = record_capacity(world.ledger, RECORD_KEY) / PARTY_SHARE_DIVISOR;
    receipt = letter_submit_by(&world, SELLER, 1, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_QUOTA_FULL, FIELD_KEY);
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);

    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_2, 5, 100, WORLD_TODAY};
    world_trade(&world, &trade, &sell, &buy);
    party->position_count = record_capacity(world.ledger, RECORD_POSITION) / PARTY_SHARE_DIVISOR;
    receipt = world_submit(&world, SELLER, &sell);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_QUOTA_FULL, FIELD_ACCOUNT);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_available_at_the_end_of_the_range),
        cmocka_unit_test(test_a_taker_at_the_end_of_the_range_is_tried_again_the_next_day),
        cmocka_unit_test(test_cash_in_beyond_the_range),
        cmocka_unit_test(test_cash_out_of_what_was_lent),
        cmocka_unit_test(test_limits_cannot_be_walked_around),
        cmocka_unit_test(test_a_record_opens_no_other_of_its_envelope),
        cmocka_unit_test(test_no_party_fills_what_is_shared),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
