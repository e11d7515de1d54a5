/*
 * Goal: the store in memory is one that node/store.h could have behind it: batches are atomic, what
 * is synced survives, of the rest a power cut keeps a prefix; rot is found out; on a disk it shares
 * the disk's faults, space and time.
 */
#include "netsim/engine/memory_store.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cmocka.h"

static struct memory_store *memory;
static struct store *store;
static struct store_batch *batch;
static const struct hash chain = {{7}};

static void open_store(void)
{
    assert_int_equal(memory_store_open(memory, &chain, &store), STORE_OK);
}

static int set_up(void **state)
{
    (void)state;
    memory = memory_store_new(3);
    batch = store_batch_new();
    open_store();
    return batch == NULL ? 1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(store);
    store_batch_free(batch);
    memory_store_free(memory);
    return 0;
}

static enum store_status put(uint64_t height, const char *text, enum store_durability durability)
{
    store_batch_clear(batch);
    store_put_block(batch, height, text, strlen(text));
    store_put_meta(batch, "last", text, strlen(text));
    return store_write(store, batch, durability);
}

static void assert_block(uint64_t height, const char *text)
{
    struct store_bytes bytes;
    enum store_status status = store_get_block(store, height, &bytes);
    if (text == NULL) {
        assert_int_equal(status, STORE_NOT_FOUND);
        return;
    }
    assert_int_equal(status, STORE_OK);
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
    store_bytes_free(&bytes);
}

static uint64_t last_height(void)
{
    uint64_t height = 0;
    enum store_status status = store_last_height(store, &height);
    assert_true(status == STORE_OK || (status == STORE_NOT_FOUND && height == 0));
    return height;
}

static void power_cut(void)
{
    store_close(store);
    memory_store_restart(memory);
    open_store();
}

static void it_reads_what_was_written_last(void **state)
{
    (void)state;
    assert_int_equal(last_height(), 0);
    assert_block(1, NULL);
    for (uint64_t height = 1; height <= 1000; height++) {
        assert_int_equal(put(height, "first", STORE_LAZY), STORE_OK);
    }
    assert_int_equal(put(500, "second", STORE_LAZY), STORE_OK);
    assert_block(499, "first");
    assert_block(500, "second");
    assert_block(1001, NULL);
    assert_int_equal(last_height(), 1000);
}

static void a_power_cut_keeps_a_prefix_of_what_is_lazy(void **state)
{
    (void)state;
    bool kept_all = false;
    bool kept_none = false;
    for (uint64_t seed = 0; seed < 100; seed++) {
        tear_down(NULL);
        memory = memory_store_new(seed);
        batch = store_batch_new();
        open_store();
        assert_int_equal(put(1, "one", STORE_LAZY), STORE_OK);
        assert_int_equal(put(2, "two", STORE_SYNC), STORE_OK); /* and the one before it */
        assert_int_equal(put(2, "again", STORE_LAZY), STORE_OK);
        assert_int_equal(put(3, "three", STORE_LAZY), STORE_OK);
        assert_int_equal(put(4, "four", STORE_LAZY), STORE_OK);
        power_cut();
        assert_block(1, "one");
        uint64_t height = last_height();
        assert_in_range(height, 2, 4);
        assert_block(3, height >= 3 ? "three" : NULL);
        assert_block(4, height >= 4 ? "four" : NULL);
        struct store_bytes bytes; /* of the same batch as the block */
        assert_int_equal(store_get_meta(store, "last", &bytes), STORE_OK);
        assert_true(height != 4 || memcmp(bytes.data, "four", 4) == 0);
        assert_true(height != 3 || memcmp(bytes.data, "three", 5) == 0);
        store_bytes_free(&bytes);
        kept_all = kept_all || height == 4;
        kept_none = kept_none || height == 2;
        /* What was kept is durable now. */
        power_cut();
        assert_int_equal(last_height(), height);
    }
    assert_true(kept_all && kept_none);
}

static void the_planned_write_may_have_come_through(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        tear_down(NULL);
        memory = memory_store_new(seed);
        batch = store_batch_new();
        open_store();
        memory_store_plan(memory, 2);
        assert_int_equal(put(1, "one", STORE_SYNC), STORE_OK);
        assert_int_equal(put(2, "two", STORE_SYNC), STORE_IO);
        assert_int_equal(put(3, "three", STORE_SYNC), STORE_IO);
        struct store_bytes bytes;
        assert_int_equal(store_get_block(store, 1, &bytes), STORE_IO);
        power_cut();
        assert_block(1, "one");
        assert_block(3, NULL);
        seen |= last_height() == 2 ? 1 : 2;
    }
    assert_int_equal(seen, 3);
}

static void rot_is_found_out(void **state)
{
    (void)state;
    unsigned corrupt = 0;
    for (uint64_t height = 1; height <= 20; height++) {
        assert_int_equal(put(height, "good", STORE_SYNC), STORE_OK);
    }
    for (uint64_t draw = 1000; draw < 1010; draw++) {
        assert_true(memory_store_rot(memory, draw));
    }
    for (uint64_t height = 1; height <= 20; height++) {
        struct store_bytes bytes;
        enum store_status status = store_get_block(store, height, &bytes);
        assert_true(status == STORE_OK || status == STORE_CORRUPT);
        corrupt += status == STORE_CORRUPT ? 1 : 0;
        if (status == STORE_OK) {
            store_bytes_free(&bytes);
        }
    }
    assert_in_range(corrupt, 1, 10);
    for (uint64_t height = 1; height <= 20; height++) { /* a new value is whole */
        assert_int_equal(put(height, "new", STORE_SYNC), STORE_OK);
        assert_block(height, "new");
    }
    struct memory_store *empty = memory_store_new(1);
    assert_false(memory_store_rot(empty, 1));
    memory_store_free(empty);
}

static void on_a_disk_it_shares_its_fate(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    memory_store_lies_on(memory, disk);
    disk_prices(disk)->sync_ns = 1000;
    assert_int_equal(put(1, "one", STORE_LAZY), STORE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 0);
    assert_int_equal(put(2, "two", STORE_SYNC), STORE_OK);
    assert_int_equal(disk_elapsed_ns(disk), 1000);
    assert_true(disk_used(disk) > 6);
    disk_space(disk, disk_used(disk));
    assert_int_equal(put(3, "three", STORE_SYNC), STORE_FULL);
    assert_block(3, NULL); /* nothing of it */
    disk_space(disk, UINT64_MAX);
    disk_plan(disk, FAULT_CRASH, 2);
    assert_int_equal(put(3, "three", STORE_SYNC), STORE_OK);
    assert_int_equal(put(4, "four", STORE_SYNC), STORE_IO);
    assert_true(disk_is_crashed(disk));
    struct store_bytes bytes;
    assert_int_equal(store_get_block(store, 1, &bytes), STORE_IO);
    disk_restart(disk);
    power_cut();
    assert_block(3, "three");
    memory_store_lies_on(memory, NULL);
    disk_free(disk);
}

/* ---- Names of milestones ------------------------------------------------------------------- */

enum {
    NAMED_BLOCKS = 30,
    NAMED_EVERY = 4, /* blocks to a checkpoint */
    NAMES_OF_BLOCK = 5
};

/* The names of a block, each of which was there in the block before, too. */
static enum store_status names_block(uint64_t height)
{
    char name[8];
    store_batch_clear(batch);
    for (uint32_t i = 0; i < NAMES_OF_BLOCK; i++) {
        int size = snprintf(name, sizeof name, "N%llu", (unsigned long long)(height + i) % 1000);
        store_put_settled(batch, "ALICEDEFXXX", name, (size_t)size, height, i);
    }
    store_put_roots(batch, height, "roots", 5);
    return store_write(store, batch, STORE_LAZY);
}

static enum store_status names_checkpoint(uint64_t height)
{
    store_batch_clear(batch);
    store_put_meta(batch, "checkpoint", &height, sizeof height);
    enum store_status status = store_sync_results(store, batch);
    return status == STORE_OK ? store_write(store, batch, STORE_SYNC) : status;
}

static enum store_status names_run(uint64_t from)
{
    enum store_status status = STORE_OK;
    for (uint64_t height = from; status == STORE_OK && height <= NAMED_BLOCKS; height++) {
        status = names_block(height);
        if (status == STORE_OK && height % NAMED_EVERY == 0) {
            status = names_checkpoint(height);
        }
    }
    return status;
}

static uint64_t names_checkpointed(void)
{
    struct store_bytes bytes;
    uint64_t height = 0;
    if (store_get_meta(store, "checkpoint", &bytes) == STORE_OK) {
        memcpy(&height, bytes.data, sizeof height);
        store_bytes_free(&bytes);
    }
    return height;
}

/*
 * Each name up to a height is where it was noted last. Rows of the next checkpoint may be there as
 * well, if it was never finished: they say where a name comes again.
 */
static void assert_names(uint64_t known, bool finished)
{
    char name[8];
    for (uint64_t number = 1; number < NAMED_BLOCKS + NAMES_OF_BLOCK; number++) {
        uint64_t height;
        uint32_t index;
        int size = snprintf(name, sizeof name, "N%llu", (unsigned long long)number);
        enum store_status status =
            store_get_settled(store, "ALICEDEFXXX", name, (size_t)size, &height, &index);
        uint64_t last = number < known ? number : known;
        if (status == STORE_OK) {
            assert_in_range(height, last, finished ? last : number);
            assert_int_equal(index, number - height);
        } else {
            assert_true(known == 0 || number >= known + NAMES_OF_BLOCK);
            assert_true(status == STORE_NOT_FOUND || status == STORE_PENDING);
        }
    }
}

/* The power goes at every write: the names of the last checkpoint are there, and those of the
 * blocks behind it come again with them. */
static void names_survive_with_their_checkpoint(void **state)
{
    (void)state;
    bool untouched = false;
    for (uint64_t write = 1; !untouched; write++) {
        tear_down(NULL);
        memory = memory_store_new(write);
        batch = store_batch_new();
        open_store();
        memory_store_plan(memory, write);
        untouched = names_run(1) == STORE_OK;
        power_cut();
        uint64_t checkpoint = names_checkpointed();
        assert_names(checkpoint, false);
        assert_int_equal(names_run(checkpoint + 1), STORE_OK);
        assert_names(NAMED_BLOCKS, true);
    }
}

/* A row that rotted is told: a name must not be missed, or be taken for that of an older row. */
static void rot_in_names_is_found_out(void **state)
{
    (void)state;
    unsigned corrupt = 0;
    assert_int_equal(names_run(1), STORE_OK);
    assert_int_equal(names_checkpoint(NAMED_BLOCKS), STORE_OK);
    for (uint64_t draw = 0; draw < 2000; draw++) {
        assert_true(memory_store_rot(memory, draw));
    }
    for (uint64_t number = 1; number <= NAMED_BLOCKS; number++) {
        char name[8];
        uint64_t height;
        uint32_t index;
        int size = snprintf(name, sizeof name, "N%llu", (unsigned long long)number);
        corrupt += store_get_settled(store, "ALICEDEFXXX", name, (size_t)size, &height, &index) ==
                   STORE_CORRUPT;
    }
    assert_int_equal(corrupt, NAMED_BLOCKS);
}

static void another_chain_is_refused(void **state)
{
    (void)state;
    static const struct hash other = {{8}};
    struct store *wrong = NULL;
    store_close(store);
    assert_int_equal(memory_store_open(memory, &other, &wrong), STORE_CHAIN);
    open_store();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_reads_what_was_written_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_power_cut_keeps_a_prefix_of_what_is_lazy, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_planned_write_may_have_come_through, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rot_is_found_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(on_a_disk_it_shares_its_fate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_survive_with_their_checkpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rot_in_names_is_found_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_chain_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
