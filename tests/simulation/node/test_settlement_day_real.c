/*
 * Goal: the whole settlement day of tests/support/ledger/settlement_day.h, on four tallyd processes
 * with real sockets and disks: the same envelopes at the same hours as in the simulator. Every
 * receipt is certified and says what the script says; at the end every instruction and holding,
 * each proved against the genesis, is what it is on the bare ledger; the roots of all four nodes
 * are equal.
 *
 * The hours pass by a clock that the test moves (tests/support/clock_shift): the nodes' wall clocks
 * jump from step to step, all at once.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/start.h"
#include "host/clock.h"
#include "ledger/command/envelope.h"
#include "ledger/holding/position.h"
#include "ledger/values/date.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/settlement_day.h"
#include "tests/support/node/real_market.h"

enum {
    VALIDATORS = SAMPLE_VALIDATOR_COUNT,
    START_MS = 30000,
    WAIT_MS = 20000,
    APPROVERS_SEED = 0x20, /* channel keys of those who approve, beside those who ask */
};

static char program[512];
static char shift_library[512];
static struct settlement_day day;

struct fixture {
    struct real_network network;
    struct real_market market;
    struct reply reply;
    int64_t *shift_ms;
    char shift_file[64];
};

/* The same people, keys and rules as on the bare ledger; the validators of the sample. */
static void genesis_make(struct genesis *genesis)
{
    struct ledger_genesis wanted;
    struct genesis_fault fault;
    struct hash none = {{0}};
    settlement_day_genesis(&day, &none, &wanted);
    sample_genesis(genesis);
    genesis->created_ms = wanted.time_ms;
    genesis->holiday_count = 0;
    genesis->timings[GENESIS_TIMING_HEARTBEAT_MS] = 500;
    genesis->party_count = (uint16_t)wanted.party_count;
    genesis->key_count = (uint16_t)wanted.key_count;
    for (uint32_t i = 0; i < wanted.party_count; i++) {
        struct genesis_party *party = &genesis->parties[i];
        memset(party, 0, sizeof *party);
        memcpy(party->bic, wanted.parties[i].bic.text, BIC_SIZE);
        memcpy(party->name, wanted.parties[i].name.text, wanted.parties[i].name.size);
        party->roles = wanted.parties[i].roles;
        party->validator = GENESIS_NO_VALIDATOR;
    }
    for (uint32_t i = 0; i < wanted.key_count; i++) {
        struct genesis_key *key = &genesis->keys[i];
        struct secret_key secret;
        sample_party_channel(i % 2 == 0 ? i / 2 : APPROVERS_SEED + i / 2, &secret);
        *key = (struct genesis_key){.party = (uint16_t)(i / 2),
                                    .signing = wanted.keys[i].public_key,
                                    .rights = wanted.keys[i].rights,
                                    .limit = wanted.keys[i].amount_limit};
        memcpy(key->person, wanted.keys[i].person.text, wanted.keys[i].person.size);
        sign_key_public(&secret, &key->channel);
    }
    bool consistent = genesis_consistent(genesis, &fault);
    if (!consistent) {
        print_message("%s: %s\n", fault.field, fault.text);
    }
    assert_true(consistent);
}

/* The nodes' clocks show this time now, and never an earlier one than before. */
static void clock_to(struct fixture *fixture, uint64_t ts_ms)
{
    int64_t shift = (int64_t)ts_ms - (int64_t)clock_utc_ms();
    if (shift > *fixture->shift_ms) {
        *fixture->shift_ms = shift;
    }
}

static void shift_begin(struct fixture *fixture)
{
    (void)snprintf(fixture->shift_file, sizeof fixture->shift_file, "/tmp/tally-clock-XXXXXX");
    int file = mkstemp(fixture->shift_file);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, sizeof(int64_t)), 0);
    fixture->shift_ms = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_true(fixture->shift_ms != MAP_FAILED);
    (void)close(file);
    *fixture->shift_ms = INT64_MIN / 4;
    assert_int_equal(setenv("TALLY_CLOCK_SHIFT", fixture->shift_file, 1), 0);
    assert_int_equal(setenv("LD_PRELOAD", shift_library, 1), 0);
}

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct genesis *genesis = calloc(1, sizeof *genesis);
    if (fixture == NULL || genesis == NULL || access(program, X_OK) != 0 ||
        access(shift_library, R_OK) != 0) {
        return -1;
    }
    *state = fixture;
    settlement_day_make(&day);
    genesis_make(genesis);
    real_network_make_of(&fixture->network, program, genesis);
    shift_begin(fixture);
    clock_to(fixture, genesis->created_ms + 60000);
    free(genesis);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        real_network_start(&fixture->network, i, true);
    }
    assert_int_equal(unsetenv("LD_PRELOAD"), 0);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        assert_true(real_network_wait(&fixture->network, i, START_MS));
    }
    real_market_open(&fixture->market, &fixture->network);
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    real_network_remove(&fixture->network);
    (void)unlink(fixture->shift_file);
    free(fixture);
    return 0;
}

/* The step at its hour, through one of the nodes, until its receipt is certified. */
static void step_do(struct fixture *fixture, uint32_t number)
{
    const struct settlement_day_step *step = &day.steps[number];
    static struct real_market_envelope envelope;
    uint8_t bytes[SETTLEMENT_DAY_ENVELOPE_SIZE];
    struct envelope decoded;
    struct receipt receipt;
    clock_to(fixture, step->ts_ms);
    envelope.party = step->party;
    envelope.reference = step->command.reference;
    envelope.size =
        settlement_day_envelope(&day, number, &fixture->network.genesis.chain_id, bytes);
    assert_true(envelope.size <= sizeof envelope.bytes);
    memcpy(envelope.bytes, bytes, envelope.size);
    assert_int_equal(envelope_decode(&decoded, envelope.bytes, envelope.size), ENVELOPE_OK);
    envelope.id = decoded.id;
    bool done =
        real_market_submit(&fixture->market, &envelope, number % VALIDATORS) &&
        real_market_wait(&fixture->market, &envelope, number % VALIDATORS, WAIT_MS, &receipt);
    if (!done || receipt.outcome != step->outcome) {
        print_message("%s: %s\n", step->say, done ? detail_text(receipt.detail) : "no receipt");
    }
    assert_true(done);
    assert_int_equal(receipt.outcome, step->outcome);
}

/* -------------------------------------------------------------------------------- reading */

static struct proof *prove(struct fixture *fixture, uint32_t party, struct request *request)
{
    struct proof *proof = NULL;
    struct bic bic = world_bic(party);
    memcpy(request->party, bic.text, BIC_SIZE);
    for (unsigned i = 0; proof == NULL && i < 20; i++) {
        proof = real_market_prove(&fixture->market, party, i % VALIDATORS, request);
        if (proof == NULL) {
            clock_sleep_ms(200);
        }
    }
    return proof;
}

static void proved_status(void *context, uint32_t party, const char *reference, char out[32])
{
    struct request request = {.kind = REQUEST_INSTRUCTION};
    struct instruction instruction;
    struct bytes_reader reader;
    (void)snprintf(request.reference, sizeof request.reference, "%s", reference);
    struct proof *proof = prove(context, party, &request);
    (void)snprintf(out, 32, "-");
    if (proof != NULL) {
        const struct record_proof *record = &proof->leaves[0].record;
        assert_int_equal(record->kind, RECORD_INSTRUCTION);
        bytes_reader_init(&reader, record->bytes, record->size);
        instruction_decode(&instruction, &reader);
        assert_false(reader.failed);
        settlement_day_status_text(instruction.status, out);
        free(proof);
    }
}

static int64_t proved_holding(void *context, uint32_t party, enum world_asset asset)
{
    struct fixture *fixture = context;
    struct request request = {.kind = REQUEST_POSITION};
    struct asset_code code = world_asset(asset);
    struct text35 account = world_account(asset, 0);
    struct bic bic = world_bic(party);
    struct position position = {0};
    struct bytes_reader reader;
    memcpy(request.party, bic.text, BIC_SIZE);
    memcpy(request.account, account.text, account.size);
    memcpy(request.asset, code.text, code.size);
    struct proof *proof = real_market_prove(&fixture->market, party, party % VALIDATORS, &request);
    if (proof != NULL) {
        bytes_reader_init(&reader, proof->leaves[0].record.bytes, proof->leaves[0].record.size);
        position_decode(&position, &reader);
        assert_false(reader.failed);
        free(proof);
    }
    return position.balance[POSITION_AVAILABLE];
}

static struct hash root_at(struct fixture *fixture, unsigned validator, uint64_t *height)
{
    struct request request = {.kind = REQUEST_ROOTS, .height = *height};
    struct real_client *client =
        real_client_open(&fixture->network, WORLD_OPERATOR, validator, WAIT_MS);
    assert_non_null(client);
    bool answered = false;
    for (unsigned i = 0; !answered && i < 100; i++) {
        answered = real_client_ask(client, &request, &fixture->reply, WAIT_MS) &&
                   fixture->reply.kind == REPLY_ROOTS;
        if (!answered) {
            clock_sleep_ms(100);
        }
    }
    assert_true(answered);
    *height = fixture->reply.roots.height;
    struct hash root = fixture->reply.roots.result_root;
    real_client_close(client);
    return root;
}

static void the_day_on_four_real_nodes(void **state)
{
    struct fixture *fixture = *state;
    const struct settlement_day_reader reader = {fixture, proved_status, proved_holding};
    static char text[SETTLEMENT_DAY_TEXT_SIZE];
    uint64_t height = 0;
    uint64_t begin_ms = clock_monotonic_ms();
    for (uint32_t i = 0; i < day.step_count; i++) {
        step_do(fixture, i);
    }
    clock_to(fixture, day.end_ms);
    clock_sleep_ms(3000);
    struct hash root = root_at(fixture, 0, &height);
    for (unsigned i = 1; i < VALIDATORS; i++) {
        struct hash other = root_at(fixture, i, &height);
        assert_memory_equal(other.bytes, root.bytes, sizeof root.bytes);
    }
    settlement_day_tell_by(&day, &reader, text);
    assert_string_equal(text, settlement_day_expected());
    print_message("%u steps in %u s, equal roots at height %u\n", (unsigned)day.step_count,
                  (unsigned)((clock_monotonic_ms() - begin_ms) / 1000), (unsigned)height);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_day_on_four_real_nodes)};
    char path[256];
    const char *directory;
    (void)argc;
    (void)snprintf(path, sizeof path, "%s", argv[0]);
    directory = dirname(path); /* build/<profile>/test/simulation/node */
    (void)snprintf(program, sizeof program, "%s/../../../bin/tallyd", directory);
    (void)snprintf(shift_library, sizeof shift_library, "%s/../../../lib/clock_shift.so",
                   directory);
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
