/*
 * Goal: whoever may not see a thing cannot tell it from one that does not exist: to a stranger, and
 * to the other side while it is the owner's business, every question about a party has one and the
 * same answer, byte for byte. The owner learns that something is not there, but not before the node
 * can know.
 */
#include "node/reading.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/register/key.h"
#include "netsim/engine/memory_store.h"
#include "node/stored.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
    CAROL = WORLD_PARTICIPANT + 2,
};

static struct world world; /* its ledger is the executor's */
static void *memory;
static struct executor *executor;
static struct memory_store *disk;
static struct store *store;
static struct store_batch *batch;
static struct reading_sources sources;
static struct command deliver;
static struct command receive;
static struct reply reply;
static uint8_t scratch[REPLY_BYTES_MAX];

static void ledger_open(void)
{
    struct world_people people;
    struct ledger_genesis genesis;
    world_open(&world, NULL);
    world_genesis(&people, NULL, &genesis);
    const struct executor_config config = {.genesis = &genesis, .envelope_count_max = 16};
    size_t size = (executor_footprint(&config) + 63) / 64 * 64;
    memory = aligned_alloc(64, size);
    assert_non_null(memory);
    memset(memory, 0, size);
    assert_int_equal(executor_new(memory, &config, &executor), GENESIS_OK);
    world.ledger = executor_ledger(executor);
}

static void store_start(void)
{
    assert_int_equal(memory_store_open(disk, &(struct hash){{1}}, &store), STORE_OK);
    sources.prover.store = store;
}

/* A key of each with which they open channels. */
static void channels_register(void)
{
    for (uint32_t party = ALICE; party <= CAROL; party++) {
        struct command command;
        world_command(&world, COMMAND_KEY_ADD, &command);
        command.key_add = (struct command_key_add){.bic = world_bic(party),
                                                   .public_key = letter_key(party, 1),
                                                   .channel_key = letter_key(party, 2),
                                                   .person = world_text("A"),
                                                   .rights = KEY_SUBMIT,
                                                   .amount_limit = INT64_MAX,
                                                   .day_limit = INT64_MAX,
                                                   .valid_until_ms = UINT64_MAX};
        assert_int_equal(world_submit(&world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    }
}

static int set_up(void **state)
{
    (void)state;
    disk = memory_store_new(1);
    batch = store_batch_new();
    assert_true(disk != NULL && batch != NULL);
    ledger_open();
    store_start();
    const struct executor_thread_config config = {.executor = executor};
    sources.executor = executor_thread_new(&config);
    sources.progress = progress_new();
    sources.received = verified_set_new(16);
    sources.prover.cache = prover_cache_new();
    sources.prover.validator_count = 4;
    assert_true(sources.executor != NULL && sources.progress != NULL && sources.received != NULL &&
                sources.prover.cache != NULL);
    world_fund(&world, ALICE, WORLD_ISIN_1, 100);
    world_fund(&world, BOB, WORLD_EUR, 5000);
    channels_register();
    const struct world_trade trade = {ALICE, BOB, WORLD_ISIN_1, 10, 1000, WORLD_TODAY};
    world_trade(&world, &trade, &deliver, &receive);
    (void)world_instruct(&world, &deliver);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    prover_cache_free(sources.prover.cache);
    verified_set_free(sources.received);
    progress_free(sources.progress);
    executor_thread_free(sources.executor);
    store_close(store);
    store_batch_free(batch);
    memory_store_free(disk);
    world_close(&world);
    free(memory);
    return 0;
}

/* What names the party's own things, but for the reference. */
static struct request question(enum request_kind kind, uint32_t party, const char *reference)
{
    struct request request = {.id = 7, .kind = kind};
    struct bic bic = world_bic(party);
    memcpy(request.party, bic.text, BIC_SIZE);
    memcpy(request.account, "SEC1", 4);
    memcpy(request.asset, "US0378331005", ISIN_SIZE);
    memcpy(request.reference, reference, strlen(reference));
    return request;
}

/* Asks it with a party's key; what is answered is in `reply`. */
static enum reading_state ask(uint32_t asker, const struct request *request)
{
    struct reading reading = {.key = letter_key(asker, 2), .request = *request};
    return reading_try(&sources, &reading, &reply, scratch);
}

/* The one answer to whoever has no business there. */
static void refused_assert(uint32_t asker, const struct request *request)
{
    struct reply expected;
    memset(&expected, 0, sizeof expected);
    expected.id = request->id;
    reading_refuse(&expected, REPLY_FAULT_NOT_ALLOWED, NULL);
    assert_int_equal(ask(asker, request), READING_ANSWERED);
    assert_memory_equal(&reply, &expected, sizeof reply);
}

static const char *reference_of(const struct command *command)
{
    static char text[CLIENT_TEXT35_SIZE];
    memset(text, 0, sizeof text);
    memcpy(text, command->reference.text, command->reference.size);
    return text;
}

/* Every question about ALICE: what she has, and what nobody has. */
static void refused_all_assert(uint32_t asker)
{
    static const enum request_kind kinds[] = {REQUEST_INSTRUCTION, REQUEST_EXPLAIN,
                                              REQUEST_RECEIPT};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *const names[] = {reference_of(&deliver), "NOTHING", ""};
        for (size_t j = 0; j < 3; j++) {
            struct request request = question(kinds[i], ALICE, names[j]);
            refused_assert(asker, &request);
        }
    }
    static const char *const accounts[] = {"SEC1", "SEC2", "NONE"};
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        struct request request = question(REQUEST_ACCOUNT, ALICE, "");
        memcpy(request.account, accounts[i], 4);
        refused_assert(asker, &request);
        request.kind = REQUEST_POSITION;
        refused_assert(asker, &request);
        memcpy(request.asset, "XS0000000009", ISIN_SIZE);
        refused_assert(asker, &request);
    }
}

static void others_cannot_tell_pending_from_missing(void **state)
{
    (void)state;
    struct request known = question(REQUEST_PARTY, ALICE, "");
    assert_int_equal(ask(CAROL, &known), READING_HELD); /* her key is good */
    refused_all_assert(CAROL);
    refused_all_assert(BOB); /* whom it names: not his business before he instructed, nor after */
    struct request nobodys = question(REQUEST_INSTRUCTION, ALICE, reference_of(&deliver));
    memcpy(nobodys.party, "NONEDEFFXXX", BIC_SIZE);
    refused_assert(CAROL, &nobodys);
}

static void the_owner_learns_what_is_there(void **state)
{
    (void)state;
    static const enum request_kind kinds[] = {REQUEST_INSTRUCTION, REQUEST_EXPLAIN,
                                              REQUEST_RECEIPT};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct request missing = question(kinds[i], ALICE, "NOTHING");
        assert_int_equal(ask(ALICE, &missing), READING_ANSWERED);
        assert_int_equal(reply.kind, kinds[i] == REQUEST_EXPLAIN ? REPLY_EXPLAIN : REPLY_POINT);
        assert_false(reply.found);
    }
    struct request own = question(REQUEST_INSTRUCTION, ALICE, reference_of(&deliver));
    assert_int_equal(ask(ALICE, &own), READING_HELD); /* until its height is certified */
    own.kind = REQUEST_POSITION;
    assert_int_equal(ask(ALICE, &own), READING_HELD);
}

static void a_key_of_nobody_learns_nothing(void **state)
{
    (void)state;
    static const enum request_kind kinds[] = {
        REQUEST_INSTRUCTION, REQUEST_POSITION, REQUEST_ACCOUNT, REQUEST_PARTY,  REQUEST_ASSET,
        REQUEST_RECEIPT,     REQUEST_EXPLAIN,  REQUEST_RULES,   REQUEST_OUTCOME};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct request request = question(kinds[i], ALICE, reference_of(&deliver));
        struct reading reading = {.key = letter_key(ALICE, 9), .request = request};
        assert_int_equal(reading_try(&sources, &reading, &reply, scratch), READING_ANSWERED);
        assert_int_equal(reply.kind, REPLY_ERROR);
        assert_int_equal(reply.fault, REPLY_FAULT_NOT_ALLOWED);
    }
}

/* The block's leaves, and where the event of an instruction is: as the node's execution does. */
static void note(const struct command *command, uint32_t party, uint32_t index)
{
    const struct ledger_output *output = &world.output;
    struct stored_roots roots = {
        .height = output->height, .result = output->result, .secret = output->secret};
    struct bic bic = world_bic(party);
    assert_int_equal(stored_leaves_append(store, output->height, output->receipts,
                                          output->receipt_count, &roots.receipts),
                     STORE_OK);
    assert_int_equal(stored_leaves_append(store, output->height, output->events,
                                          output->event_count, &roots.events),
                     STORE_OK);
    store_batch_clear(batch);
    stored_roots_put(batch, &roots);
    store_put_settled(batch, bic.text, command->reference.text, command->reference.size,
                      output->height, index);
    assert_int_equal(store_write(store, batch, STORE_LAZY), STORE_OK);
}

static uint32_t settled_index(void)
{
    for (uint32_t i = 0; i < world.output.event_count; i++) {
        struct event event;
        const struct ledger_leaf *leaf = &world.output.events[i];
        if (event_decode(&event, leaf->bytes, leaf->size) && event.kind == EVENT_SETTLED) {
            return i;
        }
    }
    fail();
    return 0;
}

static void a_settlement_is_for_its_two_parties(void **state)
{
    (void)state;
    (void)world_instruct(&world, &receive);
    note(&deliver, ALICE, settled_index());
    refused_all_assert(CAROL);
    struct request request = question(REQUEST_RECEIPT, ALICE, reference_of(&deliver));
    assert_int_equal(ask(ALICE, &request), READING_HELD);
    assert_int_equal(ask(BOB, &request), READING_HELD); /* of the pair; its record stays hers */
    request.settled = 3;                                /* never settled in parts */
    refused_assert(CAROL, &request);
    assert_int_equal(ask(BOB, &request), READING_ANSWERED);
    assert_false(reply.found);
    request.settled = 0;
    request.kind = REQUEST_INSTRUCTION;
    refused_assert(BOB, &request);
}

/* After a restart names behind the checkpoint may come again: nobody says yet that there is none,
 * and a stranger does not hear that either. So may envelopes, but for one handed in since. */
static void what_may_come_again_is_not_ready(void **state)
{
    (void)state;
    store_batch_clear(batch);
    store_put_block(batch, 7, "block", 5);
    assert_int_equal(store_write(store, batch, STORE_SYNC), STORE_OK);
    store_close(store);
    store_start();
    refused_all_assert(CAROL);
    struct request request = question(REQUEST_RECEIPT, ALICE, reference_of(&deliver));
    assert_int_equal(ask(ALICE, &request), READING_ANSWERED);
    assert_int_equal(reply.kind, REPLY_ERROR);
    assert_int_equal(reply.fault, REPLY_FAULT_NOT_READY);
    request.kind = REQUEST_OUTCOME;
    request.envelope_id = (struct hash){{5}};
    assert_int_equal(ask(ALICE, &request), READING_ANSWERED);
    assert_int_equal(reply.kind, REPLY_ERROR);
    assert_int_equal(reply.fault, REPLY_FAULT_NOT_READY);
    verified_set_add(sources.received, &request.envelope_id);
    assert_int_equal(ask(ALICE, &request), READING_ANSWERED);
    assert_int_equal(reply.kind, REPLY_OUTCOME);
    assert_int_equal(reply.stage, STAGE_RECEIVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(others_cannot_tell_pending_from_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_owner_learns_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_of_nobody_learns_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_settlement_is_for_its_two_parties, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_may_come_again_is_not_ready, set_up, tear_down),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
