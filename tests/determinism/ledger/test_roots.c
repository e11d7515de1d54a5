/*
 * Goal: what the ledger makes of given blocks depends on nothing but the blocks. Random histories
 * over several settlement days are executed, and a digest of everything that each block came to is
 * printed. tests/determinism/agree compares the lines of several compilers and levels of
 * optimisation; by itself the program checks that a second run prints the same, although its names
 * are hashed under another secret.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/map.h"
#include "crypto/hash.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/history.h"

enum {
    SEED_COUNT = 4,
    BLOCK_COUNT = 120,
    BLOCKS_PER_DAY = 30
};

static const uint64_t day_ms = (uint64_t)24 * 3600 * 1000;

static void add_leaves(struct hash_state *digest, const struct ledger_leaf *leaves, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        hash_add(digest, leaves[i].bytes, leaves[i].size);
        hash_add(digest, leaves[i].salt.bytes, SALT_SIZE);
    }
}

/* The leaves, the roots, and what the output says about the next block. */
static void output_digest(const struct ledger_output *output, struct hash *out)
{
    uint8_t bytes[64];
    struct bytes_writer writer;
    struct hash_state digest;
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    bytes_write_u64(&writer, output->height);
    bytes_write_u64(&writer, output->state_height);
    bytes_write_u64(&writer, output->next_due_ms);
    bytes_write_u32(&writer, output->receipt_count);
    bytes_write_u32(&writer, output->event_count);
    bytes_write_u32(&writer, output->skipped_count);
    bytes_write_u8(&writer, output->has_content);
    bytes_write_u8(&writer, output->more_due);
    assert_true(bytes_writer_ok(&writer));
    hash_begin(&digest, HASH_RESULT);
    hash_add(&digest, bytes, writer.size);
    hash_add(&digest, output->result.result_root.bytes, HASH_SIZE);
    hash_add(&digest, output->result.state_root.bytes, HASH_SIZE);
    add_leaves(&digest, output->receipts, output->receipt_count);
    add_leaves(&digest, output->events, output->event_count);
    hash_end(&digest, out);
}

static void line_print(uint64_t seed, uint64_t height, const struct hash *digest)
{
    printf("ledger seed %" PRIu64 " block %" PRIu64 " ", seed, height);
    for (size_t i = 0; i < HASH_SIZE; i++) {
        printf("%02x", digest->bytes[i]);
    }
    printf("\n");
}

/* One history; `last` receives the digest of its last block, which hangs on all before. */
static void history_run(uint64_t seed, bool printed, struct hash *last)
{
    struct world world;
    struct prng prng;
    prng_init(&prng, seed);
    world_open(&world, NULL);
    for (uint32_t i = 1; i <= BLOCK_COUNT; i++) {
        if (i % BLOCKS_PER_DAY == 0) {
            world.ts_ms += day_ms;
        }
        history_add_commands(&world, &prng);
        world_block(&world);
        output_digest(&world.output, last);
        if (printed) {
            line_print(seed, world.output.height, last);
        }
    }
    world_close(&world);
}

static void test_the_same_blocks_come_to_the_same(void **state)
{
    static const uint8_t no_secret[MAP_SECRET_SIZE] = {0};
    static const uint8_t secret[MAP_SECRET_SIZE] = "sixteen letters";
    (void)state;
    for (uint64_t seed = 1; seed <= SEED_COUNT; seed++) {
        struct hash first;
        struct hash second;
        map_secret_set(no_secret);
        history_run(seed, true, &first);
        map_secret_set(secret);
        history_run(seed, false, &second);
        assert_true(hash_equal(&first, &second));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_same_blocks_come_to_the_same)};
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
