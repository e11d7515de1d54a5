/*
 * Goal: what positions hold is the sum of their movements, whatever was issued, redeemed and
 * settled, in either direction of the cash.
 */
#include "node/read_movements.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/holding/position.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "node/read_rows.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
    ROWS_MAX = 256,
    MOVEMENT_DATE = 0,
    MOVEMENT_PARTY = 3,
    MOVEMENT_ACCOUNT = 4,
    MOVEMENT_ASSET = 5,
    MOVEMENT_CHANGE = 6,
    MOVEMENT_REFERENCE = 8,
};

static struct world world;
static struct row_cells rows[ROWS_MAX];
static unsigned row_count;

/* Adds the movements of the last block. */
static void block_take(void)
{
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        struct event event;
        const struct ledger_leaf *leaf = &world.output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        assert_true(row_count + READ_MOVEMENTS_MAX <= ROWS_MAX);
        row_count +=
            read_movements(world.ledger, &event, ledger_date(world.ledger), &rows[row_count]);
    }
}

static void fund(uint32_t party, uint32_t asset, int64_t quantity)
{
    world_fund(&world, party, asset, quantity);
    block_take();
}

static void trade(const struct world_trade *terms, enum credit_debit deliverers)
{
    struct command deliver, receive;
    world_trade(&world, terms, &deliver, &receive);
    if (deliverers == CREDIT_DEBIT_DBIT) { /* delivery with payment */
        deliver.instruct.credit_debit = CREDIT_DEBIT_DBIT;
        receive.instruct.credit_debit = CREDIT_DEBIT_CRDT;
    }
    (void)world_instruct(&world, &deliver);
    block_take();
    (void)world_instruct(&world, &receive);
    block_take();
}

/* A decimal text in smallest units. */
static int64_t units(const char *text)
{
    char digits[CELL_SIZE];
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text != '.') {
            digits[count++] = *text;
        }
    }
    digits[count] = '\0';
    return strtoll(digits, NULL, 10);
}

/* Every position is the sum of its rows, and no row is of a position that is not there. */
static void assert_positions_are_sums(void)
{
    unsigned seen = 0;
    uint32_t index = record_next(world.ledger, RECORD_POSITION, 0);
    for (; index != RECORD_NONE; index = record_next(world.ledger, RECORD_POSITION, index + 1)) {
        struct row_position position;
        int64_t sum = 0;
        read_row_position(world.ledger, index, &position);
        for (unsigned i = 0; i < row_count; i++) {
            assert_false(rows[i].failed);
            if (strcmp(row_cells_at(&rows[i], MOVEMENT_PARTY), position.party) == 0 &&
                strcmp(row_cells_at(&rows[i], MOVEMENT_ACCOUNT), position.account) == 0 &&
                strcmp(row_cells_at(&rows[i], MOVEMENT_ASSET), position.asset) == 0) {
                sum += units(row_cells_at(&rows[i], MOVEMENT_CHANGE));
                seen++;
            }
        }
        assert_int_equal(sum, position.available + position.blocked + position.reserved +
                                  position.earmarked + position.pledged + position.on_loan);
    }
    assert_int_equal(seen, row_count);
}

static void positions_are_the_sums_of_their_movements(void **state)
{
    (void)state;
    world_open(&world, NULL);
    row_count = 0;
    fund(ALICE, WORLD_ISIN_1, 100);
    fund(BOB, WORLD_EUR, 5000);
    assert_int_equal(row_count, 4);
    assert_positions_are_sums();
    struct world_trade terms = {.deliverer = ALICE,
                                .receiver = BOB,
                                .asset = WORLD_ISIN_1,
                                .quantity = 10,
                                .amount = 1000,
                                .settlement_date = WORLD_TODAY};
    trade(&terms, CREDIT_DEBIT_CRDT);
    assert_int_equal(row_count, 8);
    assert_positions_are_sums();
    terms.amount = 0; /* free of payment */
    trade(&terms, CREDIT_DEBIT_CRDT);
    assert_int_equal(row_count, 10);
    assert_positions_are_sums();
    terms.amount = 300;
    trade(&terms, CREDIT_DEBIT_DBIT); /* the cash goes along with the securities */
    assert_int_equal(row_count, 14);
    assert_positions_are_sums();
    assert_string_equal(row_cells_at(&rows[12], MOVEMENT_CHANGE), "-3.00");
    assert_string_equal(row_cells_at(&rows[13], MOVEMENT_CHANGE), "3.00");
    assert_int_equal(strlen(row_cells_at(&rows[13], MOVEMENT_DATE)), 10);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_the_sums_of_their_movements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
