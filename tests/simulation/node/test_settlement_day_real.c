/*
 * Goal: the whole settlement day of tests/support/ledger/settlement_day.h, on four tallyd processes
 * with real sockets and disks: the same envelopes at the same hours as in the simulator. Every
 * receipt is certified and says what the script says; at the end every instruction and holding,
 * each proved against the genesis, is what it is on the bare ledger; the roots of all four nodes
 * are equal.
 *
 * Then tally-sim executes the chains that the four left (netsim/replay/replay.h): the same day has
 * the same roots on real nodes and in the simulator, at every height. A command or a block's time
 * that is changed by a little gives other ones from there on.
 *
 * The hours pass by a clock that the test moves (tests/support/clock_shift): the nodes' wall clocks
 * jump from step to step, all at once.
 */
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/genesis_ledger.h"
#include "crypto/start.h"
#include "host/clock.h"
#include "ledger/command/envelope.h"
#include "ledger/holding/position.h"
#include "ledger/values/date.h"
#include "netsim/replay/node_chain.h"
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
static char simulator[512];
static struct settlement_day day;

struct fixture {
    struct real_network network;
    struct real_market market;
    struct reply reply;
    int64_t *shift_ms;
    char shift_file[64];
};

/* As much room as on the bare ledger: four ledgers in one process of the simulator. */
static void capacities_make(const struct ledger_capacity *wanted, struct genesis *genesis)
{
    genesis->capacities[GENESIS_CAPACITY_ACCOUNTS] = wanted->accounts;
    genesis->capacities[GENESIS_CAPACITY_POSITIONS] = wanted->positions;
    genesis->capacities[GENESIS_CAPACITY_INSTRUCTIONS] = wanted->instructions;
    genesis->capacities[GENESIS_CAPACITY_MATCHING_ENTRIES] = wanted->matching_entries;
    genesis->capacities[GENESIS_CAPACITY_INSTRUCTION_TIES] = wanted->instruction_ties;
    genesis->capacities[GENESIS_CAPACITY_INSTRUCTION_PARTICULARS] = wanted->instruction_particulars;
    genesis->capacities[GENESIS_CAPACITY_NONCES] = wanted->nonces;
    genesis->capacities[GENESIS_CAPACITY_REFERENCES] = wanted->references;
    genesis->capacities[GENESIS_CAPACITY_BLOCK_RECEIPTS] = wanted->block_receipts;
    genesis->capacities[GENESIS_CAPACITY_BLOCK_EVENTS] = wanted->block_events;
}

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
    capacities_make(&wanted.capacity, genesis);
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
    struct instruction_rare rare;
    struct bytes_reader reader;
    (void)snprintf(request.reference, sizeof request.reference, "%s", reference);
    struct proof *proof = prove(context, party, &request);
    (void)snprintf(out, 32, "-");
    if (proof != NULL) {
        const struct record_proof *record = &proof->leaves[0].record;
        assert_int_equal(record->kind, RECORD_INSTRUCTION);
        bytes_reader_init(&reader, record->bytes, record->size);
        instruction_decode(&instruction, &rare, &reader);
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

/* ------------------------------------------------------------------------- the chain once more */

/* What is changed of a chain before it is executed; nothing where the number is 0. */
struct change {
    uint64_t late_at; /* this height comes a second later */
    uint32_t step;    /* this command, of the script, is another one */
};

struct replayed {
    uint64_t height;
    uint64_t differs_at;  /* the first height with other roots below its result; 0: none */
    uint64_t changed_at;  /* the height that was changed */
    uint64_t equal_later; /* results after that height that are equal all the same */
};

/* The instruction of a step, for one unit more, signed by the same key. */
static size_t other_envelope(uint32_t step, const struct hash *chain_id,
                             uint8_t bytes[SETTLEMENT_DAY_ENVELOPE_SIZE])
{
    static struct settlement_day other;
    other = day;
    assert_int_equal(other.steps[step].command.kind, COMMAND_INSTRUCT);
    other.steps[step].command.instruct.quantity++;
    return settlement_day_envelope(&other, step, chain_id, bytes);
}

/* Writes the payload of the only envelope of that step's block; false: it is not that block. */
static bool payload_change(const struct node_chain_block *block, uint32_t step,
                           const struct hash *chain_id, struct payload_item *payload,
                           uint8_t bytes[2 * SETTLEMENT_DAY_ENVELOPE_SIZE])
{
    uint8_t was[SETTLEMENT_DAY_ENVELOPE_SIZE];
    uint8_t is[SETTLEMENT_DAY_ENVELOPE_SIZE];
    size_t was_size = settlement_day_envelope(&day, step, chain_id, was);
    size_t is_size = other_envelope(step, chain_id, is);
    struct bytes_reader reader;
    struct payload_item item;
    for (uint32_t i = 0; i < block->batch_count; i++) {
        payload_reader_init(&reader, block->payloads[i].bytes, block->payloads[i].size);
        if (payload_next(&reader, &item) && item.size == was_size &&
            memcmp(item.bytes, was, was_size) == 0) {
            struct bytes_writer writer;
            assert_int_equal(block->batch_count, 1);
            assert_false(payload_next(&reader, &item));
            bytes_writer_init(&writer, bytes, (size_t)2 * SETTLEMENT_DAY_ENVELOPE_SIZE);
            payload_append(&writer, is, (uint32_t)is_size);
            assert_true(bytes_writer_ok(&writer));
            *payload = (struct payload_item){.bytes = bytes, .size = (uint32_t)writer.size};
            return true;
        }
    }
    return false;
}

static bool below_equal(const struct result *a, const struct result *b)
{
    return hash_equal(&a->receipts_root, &b->receipts_root) &&
           hash_equal(&a->events_root, &b->events_root) &&
           hash_equal(&a->state_root, &b->state_root);
}

/* One block, perhaps changed; its id stays, so that a root differs for what was executed only. */
static void block_replay(const struct node_chain_block *block, const struct change *change,
                         const struct hash *chain_id, struct executor *executor,
                         struct replayed *out)
{
    uint8_t bytes[2 * SETTLEMENT_DAY_ENVELOPE_SIZE];
    struct executor_block execute = block->execute;
    struct payload_item payload;
    struct ledger_output output;
    execute.ts_ms += execute.height == change->late_at ? 1000 : 0;
    bool changed = execute.height == change->late_at;
    if (change->step != 0 && payload_change(block, change->step, chain_id, &payload, bytes)) {
        execute.payloads = &payload;
        changed = true;
    }
    out->changed_at = changed ? execute.height : out->changed_at;
    assert_int_equal(executor_execute(executor, &execute, &output), EXECUTOR_DONE);
    if (out->differs_at == 0 && !below_equal(&output.result, &block->roots.result)) {
        out->differs_at = execute.height;
    }
    if (out->differs_at != 0) {
        out->equal_later +=
            hash_equal(&output.result.result_root, &block->roots.result.result_root) ? 1 : 0;
    } else {
        assert_memory_equal(output.result.result_root.bytes, block->roots.result.result_root.bytes,
                            HASH_SIZE);
    }
    out->height = execute.height;
}

/* The chain of the first node, through the executor that the simulator's validators have. */
static void chain_replay(const struct fixture *fixture, const struct change *change,
                         struct replayed *out, char text[SETTLEMENT_DAY_TEXT_SIZE])
{
    struct genesis_ledger *genesis = calloc(1, sizeof *genesis);
    struct node_chain chain;
    struct executor *executor;
    char directory[128];
    char why[512] = "";
    assert_non_null(genesis);
    genesis_ledger_make(&fixture->network.genesis, genesis);
    const struct executor_config config = {
        .genesis = &genesis->ledger,
        .envelope_count_max = node_chain_envelope_bound(&fixture->network.genesis)};
    void *memory = aligned_alloc(64, (executor_footprint(&config) + 63) / 64 * 64);
    assert_non_null(memory);
    assert_int_equal(executor_new(memory, &config, &executor), GENESIS_OK);
    (void)snprintf(directory, sizeof directory, "%s/node-0/data", fixture->network.directory);
    bool open = node_chain_open(&chain, &fixture->network.genesis, directory, why, sizeof why);
    assert_string_equal(why, "");
    assert_true(open);
    *out = (struct replayed){.height = 0};
    for (uint64_t height = 1; height <= chain.height; height++) {
        struct node_chain_block block;
        assert_true(node_chain_read(&chain, height, &block));
        block_replay(&block, change, &fixture->network.genesis.chain_id, executor, out);
        node_chain_block_free(&block);
    }
    settlement_day_tell(&day, executor_ledger(executor), text);
    node_chain_close(&chain);
    free(memory);
    free(genesis);
}

static void nodes_stop(struct fixture *fixture)
{
    for (unsigned i = 0; i < VALIDATORS; i++) {
        if (fixture->network.processes[i] != 0) {
            assert_int_equal(real_network_stop(&fixture->network, i, SIGTERM), 0);
        }
    }
}

/* The exit code of tally-sim for the chains of all four. */
static int tally_sim_replays(struct fixture *fixture)
{
    char command[1536];
    const char *home = fixture->network.directory;
    nodes_stop(fixture);
    (void)snprintf(command, sizeof command,
                   "'%s' replay --genesis %s/genesis.tally %s/node-0/data %s/node-1/data "
                   "%s/node-2/data %s/node-3/data",
                   simulator, home, home, home, home, home);
    int ended = system(command);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
}

static void tally_sim_gives_the_four_chains_equal_roots(void **state)
{
    assert_int_equal(tally_sim_replays(*state), 0);
}

/* One node says of one height that other events happened. */
static void tally_sim_tells_a_root_that_is_another_one(void **state)
{
    struct fixture *fixture = *state;
    struct node_chain chain;
    struct stored_roots roots;
    char directory[128];
    char why[512];
    nodes_stop(fixture);
    (void)snprintf(directory, sizeof directory, "%s/node-3/data", fixture->network.directory);
    assert_true(node_chain_open(&chain, &fixture->network.genesis, directory, why, sizeof why));
    assert_int_equal(stored_roots_get(chain.store, chain.height / 2, &roots), STORE_OK);
    roots.result.events_root.bytes[0] ^= 1;
    struct store_batch *batch = store_batch_new();
    assert_non_null(batch);
    stored_roots_put(batch, &roots);
    assert_int_equal(store_write(chain.store, batch, STORE_SYNC), STORE_OK);
    store_batch_free(batch);
    node_chain_close(&chain);
    assert_int_equal(tally_sim_replays(fixture), 1);
}

static void the_same_chain_comes_to_the_same_day_again(void **state)
{
    static char text[SETTLEMENT_DAY_TEXT_SIZE];
    const struct change none = {0};
    struct replayed replayed;
    nodes_stop(*state);
    chain_replay(*state, &none, &replayed, text);
    assert_true(replayed.height > day.step_count);
    assert_int_equal(replayed.differs_at, 0);
    assert_string_equal(text, settlement_day_expected());
}

static uint32_t step_of(const char *reference)
{
    struct text35 wanted = world_text(reference);
    for (uint32_t i = 1; i < day.step_count; i++) {
        if (text35_equal(&day.steps[i].command.reference, &wanted)) {
            return i;
        }
    }
    fail_msg("no step %s", reference);
    return 0;
}

/* FAIL asks for 101 and finds no other side; every result from its block on is another one. */
static void another_command_gives_other_roots(void **state)
{
    static char text[SETTLEMENT_DAY_TEXT_SIZE];
    const struct change change = {.step = step_of("FAIL")};
    struct replayed replayed;
    nodes_stop(*state);
    chain_replay(*state, &change, &replayed, text);
    assert_true(replayed.changed_at > 0 && replayed.changed_at < replayed.height);
    assert_int_equal(replayed.differs_at, replayed.changed_at);
    assert_int_equal(replayed.equal_later, 0);
    assert_string_not_equal(text, settlement_day_expected());
}

/* The block of an instruction comes a second later. The day ends alike, but when is part of what a
 * root covers. */
static void another_time_gives_other_roots(void **state)
{
    static char text[SETTLEMENT_DAY_TEXT_SIZE];
    const struct change found = {.step = step_of("FAIL")};
    struct replayed replayed;
    nodes_stop(*state);
    chain_replay(*state, &found, &replayed, text);
    const struct change change = {.late_at = replayed.changed_at};
    chain_replay(*state, &change, &replayed, text);
    assert_int_equal(replayed.differs_at, change.late_at);
    assert_int_equal(replayed.equal_later, 0);
    assert_string_equal(text, settlement_day_expected());
}

int main(int argc, char **argv)
{
    /* The later ones read what the first one left; each stops the nodes if they run. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_on_four_real_nodes),
        cmocka_unit_test(tally_sim_gives_the_four_chains_equal_roots),
        cmocka_unit_test(the_same_chain_comes_to_the_same_day_again),
        cmocka_unit_test(another_command_gives_other_roots),
        cmocka_unit_test(another_time_gives_other_roots),
        cmocka_unit_test(tally_sim_tells_a_root_that_is_another_one),
    };
    char path[256];
    const char *directory;
    (void)argc;
    (void)snprintf(path, sizeof path, "%s", argv[0]);
    directory = dirname(path); /* build/<profile>/test/simulation/node */
    (void)snprintf(program, sizeof program, "%s/../../../bin/tallyd", directory);
    (void)snprintf(simulator, sizeof simulator, "%s/../../../bin/tally-sim", directory);
    (void)snprintf(shift_library, sizeof shift_library, "%s/../../../lib/clock_shift.so",
                   directory);
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
