/*
 * Goal: a genesis that is no good is refused with the check that failed, before or after memory is
 * laid out; a good one gives the same state everywhere, whatever the memory held before.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

struct fixture {
    struct world_people people;
    struct ledger_genesis genesis;
    void *memory;
};

static void fixture_open(struct fixture *fixture, uint8_t pattern)
{
    world_genesis(&fixture->people, NULL, &fixture->genesis);
    size_t size = ledger_footprint(&fixture->genesis.capacity);
    fixture->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(fixture->memory);
    memset(fixture->memory, pattern, size);
}

static void fixture_close(struct fixture *fixture)
{
    free(fixture->memory);
}

static void assert_check(struct fixture *fixture, enum genesis_check expected)
{
    struct ledger *ledger = NULL;
    enum genesis_check check = ledger_new(fixture->memory, &fixture->genesis, &ledger);
    assert_string_equal(genesis_check_text(check), genesis_check_text(expected));
    assert_int_equal(ledger != NULL, expected == GENESIS_OK);
}

/* Dirty memory makes no difference: nothing is read that was not written. */
static void test_same_genesis_same_root(void **state)
{
    struct hash roots[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        struct ledger *ledger = NULL;
        fixture_open(&fixture, i == 0 ? 0x00 : 0xa5);
        assert_int_equal(ledger_new(fixture.memory, &fixture.genesis, &ledger), GENESIS_OK);
        roots[i] = ledger_result(ledger)->result_root;
        assert_int_equal(ledger_height(ledger), 0);
        assert_int_equal(ledger_state_height(ledger), 0);
        assert_int_equal(ledger_date(ledger), WORLD_TODAY);
        assert_int_equal(ledger_time_ms(ledger), WORLD_START_MS);
        fixture_close(&fixture);
    }
    assert_true(hash_equal(&roots[0], &roots[1]));
}

/* Any change of the people or the chain changes the root. */
static void test_root_covers_the_genesis(void **state)
{
    struct fixture fixture;
    struct ledger *ledger = NULL;
    struct hash roots[4];
    (void)state;
    for (int i = 0; i < 4; i++) {
        fixture_open(&fixture, 0);
        fixture.genesis.chain_id.bytes[31] ^= i == 1;
        fixture.people.keys[4].amount_limit -= i == 2;
        fixture.people.accounts[2].is_default ^= i == 3;
        assert_int_equal(ledger_new(fixture.memory, &fixture.genesis, &ledger), GENESIS_OK);
        roots[i] = ledger_result(ledger)->result_root;
        fixture_close(&fixture);
    }
    for (int i = 1; i < 4; i++) {
        assert_false(hash_equal(&roots[0], &roots[i]));
    }
}

static void test_capacities(void **state)
{
    struct ledger_capacity capacity;
    (void)state;
    ledger_capacity_default(&capacity);
    size_t size = ledger_footprint(&capacity);
    assert_true(size > 0 && size < (size_t)3 << 29); /* below 1.5 GiB */
    ledger_capacity_demo(&capacity);
    assert_true(ledger_footprint(&capacity) < (size_t)1 << 27);
    capacity.drafts = 0;
    assert_int_equal(ledger_footprint(&capacity), 0);
    ledger_capacity_demo(&capacity);
    capacity.positions = UINT32_MAX;
    assert_int_equal(ledger_footprint(&capacity), 0);
    ledger_capacity_demo(&capacity);
    capacity.block_receipts = 9999;
    assert_int_equal(ledger_footprint(&capacity), 0);
    ledger_capacity_demo(&capacity);
    capacity.matching_entries = capacity.instructions - 1;
    assert_int_equal(ledger_footprint(&capacity), 0);
}

static void test_numbers_are_checked(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, 0);
    fixture.genesis.capacity.keys = 0;
    assert_check(&fixture, GENESIS_CAPACITY);
    fixture_close(&fixture);
    fixture_open(&fixture, 0);
    fixture.genesis.limits.renewal_blocks_max = 0;
    assert_check(&fixture, GENESIS_LIMITS);
    fixture.genesis.limits.renewal_blocks_max = 1;
    fixture.genesis.time_ms = 0;
    assert_check(&fixture, GENESIS_LIMITS);
    fixture.genesis.time_ms = UINT64_MAX;
    assert_check(&fixture, GENESIS_LIMITS);
    fixture.genesis.time_ms = WORLD_START_MS;
    fixture.genesis.rules.effective_date = 0;
    assert_check(&fixture, GENESIS_RULES);
    fixture_close(&fixture);
}

static void test_people_are_checked(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture, 0);
    fixture.people.parties[2].bic = fixture.people.parties[1].bic;
    assert_check(&fixture, GENESIS_PARTY);
    fixture_close(&fixture);
    fixture_open(&fixture, 0);
    fixture.people.keys[2].public_key = fixture.people.keys[1].public_key;
    assert_check(&fixture, GENESIS_KEY);
    fixture_close(&fixture);
    fixture_open(&fixture, 0);
    fixture.people.keys[2].rights = KEY_READ_ALL; /* not with that role */
    assert_check(&fixture, GENESIS_KEY);
    fixture_close(&fixture);
    fixture_open(&fixture, 0);
    fixture.people.accounts[1].id = (struct text35){0};
    assert_check(&fixture, GENESIS_ACCOUNT);
    fixture_close(&fixture);
    fixture_open(&fixture, 0);
    fixture.people.assets[1].issuer = world_bic(WORLD_BANK); /* not its role */
    assert_check(&fixture, GENESIS_ASSET);
    fixture_close(&fixture);
    fixture_open(&fixture, 0);
    fixture.people.keys[WORLD_OPERATOR].rights = KEY_SUBMIT;
    assert_check(&fixture, GENESIS_OPERATOR);
    fixture_close(&fixture);
}

/* Blocks come in height order; anything else is a bug of the driver. */
static void test_heights_are_consecutive(void **state)
{
    struct fixture fixture;
    struct ledger *ledger = NULL;
    struct ledger_output output;
    (void)state;
    fixture_open(&fixture, 0);
    assert_int_equal(ledger_new(fixture.memory, &fixture.genesis, &ledger), GENESIS_OK);
    struct ledger_block block = {.height = 2, .ts_ms = WORLD_START_MS};
    expect_assert_failure(ledger_apply(ledger, &block, &output));
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_genesis_same_root),
        cmocka_unit_test(test_root_covers_the_genesis),
        cmocka_unit_test(test_capacities),
        cmocka_unit_test(test_numbers_are_checked),
        cmocka_unit_test(test_people_are_checked),
        cmocka_unit_test(test_heights_are_consecutive),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
