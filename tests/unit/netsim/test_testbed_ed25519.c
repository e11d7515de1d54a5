/*
 * Goal: a testbed writes what validators need, takes over the genesis's chain, and leaves nothing
 * behind; what does not fit a genesis file is refused. Running validators is the benchmark's part.
 */
#include "netsim/testbed/testbed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/support/cmocka.h"

static struct market *market_make(uint32_t participants, bool by_envelopes)
{
    struct market_config config;
    market_config_small(&config);
    market_config_size(&config, participants, 1, 1, 1, 1000);
    config.opening_by_envelopes = by_envelopes;
    return market_new(&config);
}

static const struct testbed_config good = {
    .program = "/nowhere/tallyd", .parent = "/tmp", .member_count = 4, .checkpoint_bytes = 1 << 20};

static bool exists(const char *directory, const char *name)
{
    char path[800];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &status) == 0;
}

static void files_come_and_go(void **state)
{
    char directory[600];
    (void)state;
    struct market *market = market_make(4, true);
    struct hash chain = market_genesis(market)->chain_id;
    struct testbed *testbed = testbed_new(&good, market);
    assert_non_null(testbed);
    assert_false(hash_equal(&chain, &market_genesis(market)->chain_id));
    assert_true(hash_equal(&testbed_genesis(testbed)->chain_id, &market_genesis(market)->chain_id));
    (void)snprintf(directory, sizeof directory, "%s", testbed_directory(testbed));
    assert_true(exists(directory, "genesis.tally"));
    assert_true(exists(directory, "node-3/tallyd.ini"));
    assert_true(exists(directory, "node-3/signing.key"));
    assert_false(exists(directory, "node-4"));
    testbed_free(testbed);
    assert_false(exists(directory, ""));
    market_free(market);
}

/* Both ledgers begin alike: the numbers of the market are those of the genesis. */
static void the_genesis_has_the_markets_numbers(void **state)
{
    (void)state;
    struct market *market = market_make(4, true);
    struct testbed *testbed = testbed_new(&good, market);
    assert_non_null(testbed);
    const struct genesis *genesis = testbed_genesis(testbed);
    const struct ledger_genesis *ledger = market_genesis(market);
    assert_int_equal(genesis->party_count, ledger->party_count);
    assert_int_equal(genesis->capacities[GENESIS_CAPACITY_INSTRUCTIONS],
                     ledger->capacity.instructions);
    assert_int_equal(genesis->capacities[GENESIS_CAPACITY_BLOCK_EVENTS],
                     ledger->capacity.block_events);
    assert_int_equal(genesis->limits[GENESIS_LIMIT_KEY_NONCES], ledger->limits.nonces_per_key);
    testbed_free(testbed);
    market_free(market);
}

static void a_program_that_is_not_there_is_noticed(void **state)
{
    (void)state;
    struct market *market = market_make(4, true);
    struct testbed *testbed = testbed_new(&good, market);
    char command[800];
    assert_non_null(testbed);
    assert_true(testbed_start(testbed));
    bool alive = true;
    for (int i = 0; alive && i < 1000; i++) {
        struct timespec pause = {0, 10000000};
        (void)nanosleep(&pause, NULL);
        alive = testbed_alive(testbed);
    }
    assert_false(alive);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", testbed_directory(testbed));
    testbed_free(testbed); /* keeps the directory, for its logs */
    assert_int_equal(system(command), 0);
    market_free(market);
}

static void assert_refused(const struct testbed_config *config, struct market *market)
{
    assert_non_null(market);
    assert_null(testbed_new(config, market));
    market_free(market);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct testbed_config config = good;
    (void)state;
    assert_refused(&good, market_make(4, false));
    assert_refused(&good, market_make(GENESIS_PARTIES_MAX, true));
    config.member_count = 0;
    assert_refused(&config, market_make(4, true));
    config.member_count = TESTBED_MEMBERS_MAX + 1;
    assert_refused(&config, market_make(4, true));
    config = good;
    config.parent = "/nowhere";
    assert_refused(&config, market_make(4, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_and_go),
        cmocka_unit_test(the_genesis_has_the_markets_numbers),
        cmocka_unit_test(a_program_that_is_not_there_is_noticed),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
