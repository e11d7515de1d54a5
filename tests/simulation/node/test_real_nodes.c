/*
 * Goal: four tallyd processes on this machine keep what they promise.
 *
 *   - a delivery against payment that came in through two members settles, and everything about it
 *     is provable with the genesis alone; who it does not concern sees nothing of it;
 *   - kill -9 of any one node loses nothing that was certified, settlement goes on within two
 *     seconds, and the node starts again by itself and catches up;
 *   - with two nodes down nothing settles and nothing is lost; with one back it goes on;
 *   - after kill -9 of all four they agree on everything that was final.
 *
 * Real time and real disks: the bounds are generous, since the machine may be busy.
 */
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/start.h"
#include "host/clock.h"
#include "ledger/command/event.h"
#include "tests/support/cmocka.h"
#include "tests/support/node/real_market.h"

enum {
    VALIDATORS = SAMPLE_VALIDATOR_COUNT,
    SHARES = 1000,
    CENTS = 100000000,
    START_MS = 30000,
    GO_ON_MS = 2000,
    CATCH_UP_MS = 15000
};

static char program[512];

struct fixture {
    struct real_network network;
    struct real_market market;
    struct reply reply;
};

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL || access(program, X_OK) != 0) {
        free(fixture);
        return -1;
    }
    *state = fixture;
    real_network_make(&fixture->network, program);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        real_network_start(&fixture->network, i, true);
    }
    for (unsigned i = 0; i < VALIDATORS; i++) {
        assert_true(real_network_wait(&fixture->network, i, START_MS));
    }
    real_market_open(&fixture->market, &fixture->network);
    real_market_prepare(&fixture->market, SHARES, CENTS);
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    if (fixture != NULL) {
        real_network_remove(&fixture->network);
        free(fixture);
    }
    return 0;
}

/* Settles one share for one euro through two validators; how long it took until both were proven.
 *  */
static bool settle(struct real_market *market, unsigned seller_at, unsigned buyer_at,
                   unsigned timeout_ms, uint64_t *took_ms)
{
    struct command deliver;
    struct command receive;
    struct real_market_envelope seller;
    struct real_market_envelope buyer;
    struct receipt receipt;
    uint64_t begin_ms = clock_monotonic_ms();
    real_market_trade(market, 1, 100, &deliver, &receive);
    real_market_sign(market, SAMPLE_SELLER, &deliver, &seller);
    real_market_sign(market, SAMPLE_BUYER, &receive, &buyer);
    bool settled = real_market_submit(market, &seller, seller_at) &&
                   real_market_submit(market, &buyer, buyer_at) &&
                   real_market_wait(market, &seller, seller_at, timeout_ms, &receipt) &&
                   receipt.outcome == OUTCOME_DONE &&
                   real_market_wait(market, &buyer, buyer_at, timeout_ms, &receipt) &&
                   receipt.outcome == OUTCOME_DONE;
    *took_ms = clock_monotonic_ms() - begin_ms;
    return settled;
}

static uint64_t executed_height(struct fixture *fixture, unsigned validator)
{
    bool answered = real_network_status(&fixture->network, validator, &fixture->reply, 3000);
    return answered ? fixture->reply.status.executed_height : 0;
}

static bool reaches(struct fixture *fixture, unsigned validator, uint64_t height)
{
    uint64_t end_ms = clock_monotonic_ms() + CATCH_UP_MS;
    while (clock_monotonic_ms() < end_ms) {
        if (executed_height(fixture, validator) >= height) {
            return true;
        }
        clock_sleep_ms(50);
    }
    return false;
}

/* Waits until all have executed what `validator` has: the others may be a block behind. */
static void level(struct fixture *fixture, unsigned validator)
{
    uint64_t height = executed_height(fixture, validator);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        assert_true(reaches(fixture, i, height));
    }
}

/* Waits until each is connected to all others: a dialer whose peer was down for long pauses. */
static void all_connected(struct fixture *fixture)
{
    uint64_t end_ms = clock_monotonic_ms() + CATCH_UP_MS;
    for (unsigned i = 0; i < VALIDATORS;) {
        unsigned connected = 0;
        if (real_network_status(&fixture->network, i, &fixture->reply, 3000)) {
            for (unsigned peer = 0; peer < fixture->reply.status.peer_count; peer++) {
                connected += fixture->reply.status.peers[peer].connected ? 1 : 0;
            }
        }
        if (connected >= VALIDATORS - 1) {
            i++;
        } else {
            assert_true(clock_monotonic_ms() < end_ms);
            clock_sleep_ms(50);
        }
    }
}

static struct hash result_root(struct fixture *fixture, unsigned validator, uint64_t height)
{
    struct request request = {.kind = REQUEST_ROOTS, .height = height};
    struct real_client *client =
        real_client_open(&fixture->network, SAMPLE_AUDITOR, validator, 3000);
    assert_non_null(client);
    assert_true(real_client_ask(client, &request, &fixture->reply, 3000));
    assert_int_equal(fixture->reply.kind, REPLY_ROOTS);
    real_client_close(client);
    return fixture->reply.roots.result_root;
}

static void assert_agreement(struct fixture *fixture, uint64_t height)
{
    assert_true(reaches(fixture, 0, height));
    struct hash first = result_root(fixture, 0, height);
    for (unsigned i = 1; i < VALIDATORS; i++) {
        assert_true(reaches(fixture, i, height));
        struct hash other = result_root(fixture, i, height);
        assert_memory_equal(first.bytes, other.bytes, sizeof first.bytes);
    }
}

static void settles_and_proves_it(void **state)
{
    struct fixture *fixture = *state;
    uint64_t took_ms;
    assert_true(settle(&fixture->market, 0, 1, 10000, &took_ms));
    level(fixture, 1);
    assert_int_equal(real_market_balance(&fixture->market, SAMPLE_BUYER, false, 2), 1);
    assert_int_equal(real_market_balance(&fixture->market, SAMPLE_SELLER, true, 3), 100);
    assert_int_equal(real_market_balance(&fixture->market, SAMPLE_SELLER, false, 0), SHARES - 1);
    print_message("settled and proven in %u ms\n", (unsigned)took_ms);
}

/* The finality receipt of a reference is its settlement event, for both sides and the auditor. */
static void receipt_is_the_settlement_event(void **state)
{
    struct fixture *fixture = *state;
    struct real_market *market = &fixture->market;
    struct command deliver;
    struct command receive;
    real_market_trade(market, 2, 300, &deliver, &receive);
    real_market_do(market, SAMPLE_SELLER, &deliver, 2);
    real_market_do(market, SAMPLE_BUYER, &receive, 3);
    level(fixture, 3);
    struct request request = {.kind = REQUEST_RECEIPT};
    (void)snprintf(request.party, sizeof request.party, "%s", real_market_bic(SAMPLE_SELLER));
    (void)snprintf(request.reference, sizeof request.reference, "%.*s", (int)deliver.reference.size,
                   deliver.reference.text);
    static const unsigned askers[] = {SAMPLE_SELLER, SAMPLE_BUYER, SAMPLE_AUDITOR};
    for (unsigned i = 0; i < sizeof askers / sizeof askers[0]; i++) {
        struct event event;
        struct proof *proof = real_market_prove(market, askers[i], i, &request);
        assert_non_null(proof);
        const struct leaf_proof *leaf = &proof->leaves[0].leaf;
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        assert_int_equal(event.kind, EVENT_SETTLED);
        assert_int_equal(event.quantity, 2);
        assert_int_equal(event.amount, 300);
        free(proof);
    }
    assert_null(
        real_market_prove(market, SAMPLE_REGISTRAR, 0, &request)); /* none of its business */
}

static void a_party_sees_only_what_concerns_it(void **state)
{
    struct fixture *fixture = *state;
    struct request request = {.kind = REQUEST_POSITION};
    (void)snprintf(request.party, sizeof request.party, "%s", real_market_bic(SAMPLE_SELLER));
    (void)snprintf(request.account, sizeof request.account, "SEC1");
    (void)snprintf(request.asset, sizeof request.asset, "%s", real_market_asset_code(false));
    assert_null(real_market_prove(&fixture->market, SAMPLE_BUYER, 0, &request));
    struct proof *proof = real_market_prove(&fixture->market, SAMPLE_AUDITOR, 0, &request);
    assert_non_null(proof);
    free(proof);
}

static void lists_come_from_the_read_model(void **state)
{
    struct fixture *fixture = *state;
    struct request request = {.kind = REQUEST_LIST, .list = LIST_POSITIONS, .row_limit = 100};
    struct real_client *client = real_client_open(&fixture->network, SAMPLE_SELLER, 1, 3000);
    assert_non_null(client);
    assert_true(real_client_ask(client, &request, &fixture->reply, 3000));
    assert_int_equal(fixture->reply.kind, REPLY_LIST);
    assert_int_equal(fixture->reply.row_count, 2); /* its securities, its cash */
    request.list = LIST_INSTRUCTIONS;
    assert_true(real_client_ask(client, &request, &fixture->reply, 3000));
    assert_true(fixture->reply.row_count >= 1);
    real_client_close(client);
}

static void any_one_may_be_killed(void **state)
{
    struct fixture *fixture = *state;
    struct real_market *market = &fixture->market;
    for (unsigned victim = 0; victim < VALIDATORS; victim++) {
        unsigned other = (victim + 1) % VALIDATORS;
        unsigned third = (victim + 2) % VALIDATORS;
        uint64_t took_ms;
        struct command deliver;
        struct command receive;
        struct real_market_envelope pending;
        struct receipt receipt;
        assert_true(settle(market, victim, other, 10000, &took_ms));
        level(fixture, other);
        all_connected(fixture);
        int64_t before = real_market_balance(market, SAMPLE_BUYER, false, victim);
        /* Something is on its way through the victim when it dies. */
        real_market_trade(market, 1, 100, &deliver, &receive);
        real_market_sign(market, SAMPLE_SELLER, &deliver, &pending);
        assert_true(real_market_submit(market, &pending, victim));
        (void)real_network_stop(&fixture->network, victim, SIGKILL);
        assert_true(settle(market, other, third, 10000, &took_ms));
        print_message("without %u: settled in %u ms\n", victim, (unsigned)took_ms);
        assert_true(took_ms <= GO_ON_MS);
        assert_true(real_market_balance(market, SAMPLE_BUYER, false, third) > before);
        uint64_t height = executed_height(fixture, other);
        real_network_start(&fixture->network, victim, false);
        assert_true(reaches(fixture, victim, height));
        /* What the victim had acknowledged comes through when it is back. */
        assert_true(real_market_wait(market, &pending, other, 10000, &receipt));
        assert_agreement(fixture, height);
    }
}

static void two_down_stop_it_and_lose_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct real_market *market = &fixture->market;
    uint64_t took_ms;
    assert_true(settle(market, 0, 1, 10000, &took_ms));
    int64_t before = real_market_balance(market, SAMPLE_BUYER, false, 0);
    (void)real_network_stop(&fixture->network, 2, SIGKILL);
    (void)real_network_stop(&fixture->network, 3, SIGKILL);
    clock_sleep_ms(500);
    uint64_t height = executed_height(fixture, 0);
    assert_false(settle(market, 0, 1, 2500, &took_ms));
    assert_true(executed_height(fixture, 0) <= height + 1);
    real_network_start(&fixture->network, 2, false);
    assert_true(settle(market, 0, 1, 15000, &took_ms));
    print_message("three again: settled in %u ms\n", (unsigned)took_ms);
    /* The trade that could not settle settles now, before or after the new one. */
    clock_sleep_ms(500);
    real_network_start(&fixture->network, 3, false);
    level(fixture, 0);
    assert_int_equal(real_market_balance(market, SAMPLE_BUYER, false, 0), before + 2);
    assert_agreement(fixture, executed_height(fixture, 0));
}

static void all_killed_agree_afterwards(void **state)
{
    struct fixture *fixture = *state;
    struct real_market *market = &fixture->market;
    uint64_t took_ms;
    assert_true(settle(market, 2, 3, 10000, &took_ms));
    level(fixture, 3);
    int64_t before = real_market_balance(market, SAMPLE_BUYER, false, 0);
    uint64_t height = executed_height(fixture, 0);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        (void)real_network_stop(&fixture->network, i, SIGKILL);
    }
    for (unsigned i = 0; i < VALIDATORS; i++) {
        real_network_start(&fixture->network, i, false);
    }
    assert_agreement(fixture, height);
    assert_int_equal(real_market_balance(market, SAMPLE_BUYER, false, 1), before);
    assert_true(settle(market, 0, 1, 15000, &took_ms));
    level(fixture, 1);
    assert_int_equal(real_market_balance(market, SAMPLE_BUYER, false, 2), before + 1);
}

static void stops_cleanly_when_asked(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < VALIDATORS; i++) {
        assert_int_equal(real_network_stop(&fixture->network, i, SIGTERM), 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles_and_proves_it),
        cmocka_unit_test(receipt_is_the_settlement_event),
        cmocka_unit_test(a_party_sees_only_what_concerns_it),
        cmocka_unit_test(lists_come_from_the_read_model),
        cmocka_unit_test(any_one_may_be_killed),
        cmocka_unit_test(two_down_stop_it_and_lose_nothing),
        cmocka_unit_test(all_killed_agree_afterwards),
        cmocka_unit_test(stops_cleanly_when_asked),
    };
    char path[256];
    (void)argc;
    (void)snprintf(path, sizeof path, "%s", argv[0]);
    /* build/<profile>/test/simulation/node/<this> -> build/<profile>/bin/tallyd */
    (void)snprintf(program, sizeof program, "%s/../../../bin/tallyd", dirname(path));
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
