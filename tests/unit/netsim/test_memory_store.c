/*
 * Goal: the store in memory is one that node/store.h could have behind it: batches are atomic, what
 * is synced survives, of the rest a power cut keeps a prefix; rot is found out; on a disk it shares
 * the disk's faults, space and time.
 */
#include "netsim/engine/memory_store.h"

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
        cmocka_unit_test_setup_teardown(another_chain_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
