/*
 * Goal: the order in which a turn writes, syncs and sends, for each kind of turn.
 *
 * The core is a stand-in that says what the test tells it to. What the disk did and what left
 * stands in one line, in its order: "b" and "j" are bytes written to batch log and journal, "B" and
 * "J" their syncs, "B(" and "B)" the begin and the end of one in two steps, "v" a message that
 * left.
 */
#include "node/turn.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "consensus/journal_record.h"
#include "consensus/message.h"
#include "crypto/start.h"
#include "netsim/engine/disk.h"
#include "netsim/engine/memory_store.h"
#include "tests/support/cmocka.h"

enum {
    SELF = 1,
    OTHER = 2,
    LINE_SIZE = 64,
    HANDLES = 128,
    EFFECTS_MAX = 8,
};

/* ---- A core that does as it is told --------------------------------------------------------- */

static struct consensus_effect script[EFFECTS_MAX];
static size_t script_count;
static uint64_t persisted;
static bool under_way;
static uint64_t own_named;
static int core_memory;

static size_t told_footprint(const struct consensus_config *config)
{
    (void)config;
    return 16;
}

static struct consensus *told_create(void *memory, const struct consensus_config *config)
{
    (void)memory;
    (void)config;
    return (struct consensus *)(void *)&core_memory;
}

static void told_step(struct consensus *core, const struct consensus_event *event,
                      struct consensus_effects *effects)
{
    (void)core;
    static struct consensus_effect said[EFFECTS_MAX];
    const bool now = event->kind == CONSENSUS_TIME;
    *effects = (struct consensus_effects){.items = said, .next_deadline_ms = UINT64_MAX};
    if (now) {
        memcpy(said, script, sizeof said);
        effects->count = script_count;
        script_count = 0;
    }
}

static void told_summary(const struct consensus *core, struct consensus_summary *out)
{
    (void)core;
    *out = (struct consensus_summary){.under_way = under_way, .own_lane_named = own_named};
}

static uint32_t told_lane_room(const struct consensus *core)
{
    (void)core;
    return 0;
}

static uint64_t told_peer_exec_height(const struct consensus *core, uint16_t peer)
{
    (void)core;
    (void)peer;
    return 0;
}

static bool told_record_is_live(const struct consensus *core, const uint8_t *bytes, size_t size)
{
    (void)core;
    (void)bytes;
    (void)size;
    return false;
}

static const struct consensus_protocol told = {.name = "told",
                                               .footprint = told_footprint,
                                               .create = told_create,
                                               .step = told_step,
                                               .summary = told_summary,
                                               .lane_room = told_lane_room,
                                               .peer_exec_height = told_peer_exec_height,
                                               .record_is_live = told_record_is_live};

static void say_record(bool may_wait)
{
    static const uint8_t record[3] = {JOURNAL_VOTE, 1, 2};
    script[script_count++] = (struct consensus_effect){
        .kind = CONSENSUS_PERSIST,
        .persist = {
            .seq = ++persisted, .bytes = record, .size = sizeof record, .may_wait = may_wait}};
}

static void say_send(uint64_t after_seq)
{
    static const uint8_t message[2] = {MESSAGE_NOTARIZE, 0};
    script[script_count++] = (struct consensus_effect){.kind = CONSENSUS_SEND,
                                                       .send = {.to = CONSENSUS_ALL,
                                                                .class = CONSENSUS_CLASS_VOTE,
                                                                .bytes = message,
                                                                .size = sizeof message,
                                                                .after_seq = after_seq}};
}

/* ---- A disk that notes what is done --------------------------------------------------------- */

static char line[LINE_SIZE];
static char file_of[HANDLES]; /* 'b', 'j' or 0 */
static struct disk *disk;
static struct file_system noting;
static struct file_operations noting_operations;

static void note(const char *what)
{
    TALLY_ASSERT(strlen(line) + strlen(what) < sizeof line);
    memcpy(line + strlen(line), what, strlen(what) + 1);
}

static void note_of(int handle, const char *of_batches, const char *of_journal)
{
    if (file_of[handle] != 0) {
        note(file_of[handle] == 'b' ? of_batches : of_journal);
    }
}

static enum file_status noting_open(void *context, const char *path, enum file_mode mode,
                                    int *handle)
{
    enum file_status status = disk_system(disk)->operations->open(context, path, mode, handle);
    if (status == FILE_OK) {
        const bool log = strstr(path, ".log") != NULL;
        file_of[*handle] = (char)(!log ? 0 : strstr(path, "journal-") != NULL ? 'j' : 'b');
    }
    return status;
}

static enum file_status noting_write(void *context, int handle, uint64_t offset, const void *data,
                                     size_t size)
{
    note_of(handle, "b", "j");
    return disk_system(disk)->operations->write(context, handle, offset, data, size);
}

static enum file_status noting_sync(void *context, int handle)
{
    note_of(handle, "B", "J");
    return disk_system(disk)->operations->sync(context, handle);
}

static enum file_status noting_sync_begin(void *context, int handle)
{
    note_of(handle, "B(", "J(");
    return disk_system(disk)->operations->sync_begin(context, handle);
}

static enum file_status noting_sync_end(void *context, int handle)
{
    note_of(handle, "B)", "J)");
    return disk_system(disk)->operations->sync_end(context, handle);
}

static void noting_make(void)
{
    disk = disk_new(1);
    noting_operations = *disk_system(disk)->operations;
    noting_operations.open = noting_open;
    noting_operations.write = noting_write;
    noting_operations.sync = noting_sync;
    noting_operations.sync_begin = noting_sync_begin;
    noting_operations.sync_end = noting_sync_end;
    noting = (struct file_system){.operations = &noting_operations,
                                  .context = disk_system(disk)->context};
}

/* ---- The turn ------------------------------------------------------------------------------- */

static void port_send(void *context, uint16_t to, enum consensus_class class, const uint8_t *bytes,
                      size_t size)
{
    (void)context;
    (void)to;
    (void)class;
    (void)bytes;
    (void)size;
    note("v");
}

static const struct hash chain = {{7}};
static struct memory_store *memory;
static struct store *store;
static struct batch_log *batch_log;
static struct journal *journal;
static void *replica_memory;
static struct turn *turn;

static int set_up(void **state)
{
    (void)state;
    struct public_key key = {{1}};
    struct replica_config config = {.protocol = &told,
                                    .admission = {.chain_id = chain,
                                                  .batch_bytes_max = 8192,
                                                  .batch_age_ms = 5,
                                                  .envelope_bytes_max = 4096,
                                                  .validity_ahead_ms = 1000,
                                                  .waiting_bytes_max = 8192,
                                                  .waiting_count_max = 4,
                                                  .remembered_count_max = 4}};
    config.consensus.chain_id = chain;
    config.consensus.limits.batch_bytes_max = 8192;
    script_count = 0;
    persisted = 0;
    under_way = true;
    own_named = 0;
    noting_make();
    memory = memory_store_new(1);
    replica_memory = aligned_alloc(ARENA_ALIGNMENT, (replica_footprint(&config) + 63) / 64 * 64);
    bool opened =
        replica_memory != NULL && memory_store_open(memory, &chain, &store) == STORE_OK &&
        directory_create(&noting, "data") == FILE_OK &&
        batch_log_open(&noting, "data/batches", &chain, 1 << 20, &batch_log) == BATCH_LOG_OK &&
        journal_create(&noting, "data/journal", &chain, &key, &journal) == JOURNAL_OK;
    const struct turn_config turn_config = {
        .replica = opened ? replica_new(replica_memory, &config) : NULL,
        .batch_log = batch_log,
        .store = store,
        .validator_count = 4,
        .self = SELF,
        .ports = {.send = port_send},
    };
    turn = opened ? turn_new(&turn_config) : NULL;
    if (turn != NULL) {
        turn_use_journal(turn, journal);
    }
    line[0] = '\0';
    return turn != NULL ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    turn_free(turn);
    journal_close(journal);
    batch_log_close(batch_log);
    store_close(store);
    memory_store_free(memory);
    disk_free(disk);
    free(replica_memory);
    return 0;
}

static const struct turn_time noon = {.now_ms = 1, .utc_ms = 1};

/* A batch of this author was checked, and waits in the log. */
static void hold_batch(uint16_t author, uint8_t content)
{
    const uint8_t batch[4] = {content};
    const struct signature_job job = {.digest = {{content}},
                                      .author = author,
                                      .lane_seq = content,
                                      .batch = batch,
                                      .batch_size = sizeof batch};
    turn_batch_checked(turn, noon, &job, true);
}

/* The core says what is in the script; the turn ends; and this is what was done. */
static void assert_done(const char *expected)
{
    struct replica_event event = {.kind = REPLICA_CONSENSUS, .consensus = {.kind = CONSENSUS_TIME}};
    line[0] = '\0';
    turn_event(turn, noon, &event);
    assert_int_equal(turn_flush(turn, noon), TURN_RUNNING);
    assert_string_equal(line, expected);
}

static void a_vote_leaves_after_its_record(void **state)
{
    (void)state;
    say_record(false);
    say_send(persisted);
    assert_done("jJv");
    say_send(persisted);
    assert_done("v"); /* durable already */
}

static void a_vote_and_the_batches_of_others_are_synced_side_by_side(void **state)
{
    (void)state;
    hold_batch(OTHER, 1);
    say_record(true); /* a certificate that led into the view */
    say_record(false);
    say_send(persisted);
    assert_done("bB(jJB)v");
}

/* A certificate may count the vote before it, a second vote rest on the first. */
static void what_rests_on_a_vote_comes_after_its_batches(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        hold_batch(OTHER, (uint8_t)(i + 1));
        say_record(false);
        say_record(i == 0);
        say_send(persisted);
        assert_done("bB(B)jJv");
    }
    hold_batch(OTHER, 3); /* what is durable does not count any more */
    say_record(false);
    say_send(persisted);
    assert_done("bB(jJB)v");
}

/* Lost, its number would be used again, and the journal's proposal would name what never was. */
static void an_own_batch_comes_before_a_proposal_that_names_it(void **state)
{
    (void)state;
    hold_batch(OTHER, 1);
    hold_batch(SELF, 2);
    hold_batch(SELF, 3);
    own_named = 2; /* the first of the two */
    say_record(false);
    say_send(persisted);
    assert_done("bB(B)jJv");
    hold_batch(SELF, 4);
    own_named = 4;
    say_record(false);
    say_send(persisted);
    assert_done("bB(B)jJv");
}

static void an_own_batch_that_nobody_named_is_like_others(void **state)
{
    (void)state;
    own_named = 1;
    hold_batch(SELF, 2);
    say_record(false);
    say_send(persisted);
    assert_done("bB(jJB)v");
    own_named = 2;
    hold_batch(OTHER, 4);
    say_record(false);
    say_send(persisted);
    assert_done("bB(jJB)v");
}

static void others_batches_alone_wait_while_a_block_is_under_way(void **state)
{
    (void)state;
    hold_batch(OTHER, 1);
    assert_done("");
    hold_batch(SELF, 2);
    assert_done("bB(B)");
    hold_batch(OTHER, 3);
    under_way = false;
    assert_done("bB(B)");
}

/* tally-sim fuzz, seed 950068: before the first record every vote's after_seq is 0. */
static void a_vote_sent_again_after_a_restart_waits_for_its_batches(void **state)
{
    (void)state;
    hold_batch(OTHER, 1);
    say_send(0);
    assert_done("bB(B)v");
    say_record(false);
    say_send(persisted);
    assert_done("jJv");
    hold_batch(OTHER, 2);
    say_send(persisted);
    assert_done("bB(B)v");
    hold_batch(OTHER, 3);
    say_send(0); /* rests on nothing: a question, an answer */
    assert_done("v");
}

/* Nothing leaves when either file finds no room, whichever is durable; then all of it does. */
static void a_full_disk_keeps_everything_back(void **state)
{
    (void)state;
    const uint64_t operations[] = {1, 2, 3, 4, 6}; /* the fifth is the journal's mark */
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        const uint64_t operation = operations[i];
        hold_batch(OTHER, (uint8_t)operation);
        say_record(false);
        say_send(persisted);
        disk_plan(disk, FAULT_FULL, operation);
        struct replica_event event = {.kind = REPLICA_CONSENSUS,
                                      .consensus = {.kind = CONSENSUS_TIME}};
        line[0] = '\0';
        turn_event(turn, noon, &event);
        assert_int_equal(turn_flush(turn, noon), TURN_PAUSED);
        assert_null(strchr(line, 'v'));
        disk_plan(disk, FAULT_NONE, 1);
        line[0] = '\0';
        assert_int_equal(turn_recover(turn, noon), TURN_RUNNING);
        assert_non_null(strchr(line, 'v'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_vote_leaves_after_its_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vote_and_the_batches_of_others_are_synced_side_by_side,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_rests_on_a_vote_comes_after_its_batches, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_own_batch_comes_before_a_proposal_that_names_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_own_batch_that_nobody_named_is_like_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(others_batches_alone_wait_while_a_block_is_under_way,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vote_sent_again_after_a_restart_waits_for_its_batches,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_keeps_everything_back, set_up, tear_down),
    };
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
