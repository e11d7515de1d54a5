/*
 * Goal: the batched tree has the root of a plain recursive definition whatever the history, its
 * proofs verify, and nothing else does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/prng.h"
#include "crypto/merkle.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/memory.h"

#define COUNT_MAX 300

/* The definition from the top: each subtree but the last holds the largest power of four below
 * count. */
static struct hash slow_top(const struct hash *leaves, uint32_t count)
{
    struct hash out;
    if (count == 1) {
        return leaves[0];
    }
    uint32_t each = 1;
    while (each * 4 < count) {
        each *= 4;
    }
    struct hash_state state;
    hash_begin(&state, HASH_MERKLE_NODE);
    for (uint32_t done = 0; done < count; done += each) {
        struct hash child = slow_top(leaves + done, count - done < each ? count - done : each);
        hash_add(&state, child.bytes, HASH_SIZE);
    }
    hash_end(&state, &out);
    return out;
}

static struct hash slow_root(const struct hash *leaves, uint32_t count)
{
    struct hash top = {{0}};
    struct hash out;
    if (count > 0) {
        top = slow_top(leaves, count);
    }
    struct hash_state state;
    hash_begin(&state, HASH_MERKLE_ROOT);
    hash_add_u64(&state, count);
    hash_add(&state, top.bytes, HASH_SIZE);
    hash_end(&state, &out);
    return out;
}

static struct arena arena;
static struct merkle_tree tree;
static struct hash leaves[COUNT_MAX];
static struct hash scratch[COUNT_MAX];

static void open_tree(uint32_t capacity)
{
    test_arena_init(&arena, merkle_footprint(capacity));
    merkle_init(&tree, capacity, &arena);
    assert_int_equal(arena.used, arena.size);
    memset(leaves, 0, sizeof(leaves));
}

static void set_leaf(struct prng *prng, uint32_t index)
{
    prng_fill(prng, &leaves[index], sizeof(leaves[index]));
    merkle_set(&tree, index, &leaves[index]);
}

/* A full tree of count random leaves, up to date. */
static void fill_tree(uint32_t count)
{
    struct prng prng;
    prng_init(&prng, count);
    open_tree(count > 0 ? count : 1);
    merkle_grow(&tree, count);
    for (uint32_t i = 0; i < count; i++) {
        set_leaf(&prng, i);
    }
    merkle_update(&tree);
}

static void any_history_gives_the_root_of_the_definition(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    const uint32_t capacities[] = {1, 2, 3, 5, 8, 63, 64, 65, 129, COUNT_MAX};
    for (size_t c = 0; c < sizeof(capacities) / sizeof(capacities[0]); c++) {
        open_tree(capacities[c]);
        struct hash expected = slow_root(leaves, 0);
        assert_true(hash_equal(merkle_root(&tree), &expected));
        for (int batch = 0; batch < 60; batch++) {
            uint32_t room = capacities[c] - tree.count;
            if (room > 0 && prng_chance(&prng, 1, 2)) {
                merkle_grow(&tree, tree.count + 1 + (uint32_t)prng_below(&prng, room / 4 + 1));
            }
            uint64_t changes = prng_below(&prng, 6);
            for (uint64_t i = 0; i < changes && tree.count > 0; i++) {
                set_leaf(&prng, (uint32_t)prng_below(&prng, tree.count));
            }
            merkle_update(&tree);
            expected = slow_root(leaves, tree.count);
            assert_true(hash_equal(merkle_root(&tree), &expected));
        }
        test_arena_free(&arena);
    }
}

static void leaves_one_by_one_give_the_same_root_as_a_list(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    open_tree(COUNT_MAX);
    for (uint32_t count = 0; count <= COUNT_MAX; count++) {
        struct hash root;
        merkle_list_root(leaves, count, count > 0 ? scratch : NULL, &root);
        assert_true(hash_equal(merkle_root(&tree), &root));
        if (count < COUNT_MAX) {
            merkle_grow(&tree, count + 1);
            set_leaf(&prng, count);
            merkle_update(&tree);
        }
    }
    test_arena_free(&arena);
}

static void every_path_verifies_and_equals_that_of_the_list(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 70; count++) {
        fill_tree(count);
        const struct hash *root = merkle_root(&tree);
        for (uint32_t index = 0; index < count; index++) {
            struct hash path[MERKLE_PATH_MAX];
            struct hash list_path[MERKLE_PATH_MAX];
            uint32_t path_count = 0;
            uint32_t list_path_count = 0;
            merkle_path(&tree, index, path, &path_count);
            assert_true(merkle_verify(root, &leaves[index], index, count, path, path_count));
            merkle_list_path(leaves, count, index, scratch, list_path, &list_path_count);
            assert_int_equal(path_count, list_path_count);
            assert_memory_equal(path, list_path, path_count * sizeof(struct hash));
        }
        test_arena_free(&arena);
    }
}

static void a_proof_is_bound_to_index_count_leaf_and_path(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 20; count++) {
        fill_tree(count);
        struct hash root = *merkle_root(&tree);
        for (uint32_t index = 0; index < count; index++) {
            struct hash path[MERKLE_PATH_MAX + 1] = {{{0}}};
            uint32_t path_count = 0;
            merkle_path(&tree, index, path, &path_count);
            for (uint32_t n = 0; n <= 2 * count; n++) {
                for (uint32_t i = 0; i <= 2 * count; i++) {
                    bool valid = merkle_verify(&root, &leaves[index], i, n, path, path_count);
                    assert_int_equal(valid, i == index && n == count);
                }
            }
            const struct hash *leaf = &leaves[index];
            assert_false(merkle_verify(&root, leaf, index, count, path, path_count + 1));
            assert_false(path_count > 0 &&
                         merkle_verify(&root, leaf, index, count, path, path_count - 1));
            for (uint32_t at = 0; at < path_count; at++) {
                path[at].bytes[at] ^= 1;
                assert_false(merkle_verify(&root, leaf, index, count, path, path_count));
                path[at].bytes[at] ^= 1;
            }
            struct hash other = *leaf;
            other.bytes[31] ^= 0x80;
            assert_false(merkle_verify(&root, &other, index, count, path, path_count));
        }
        test_arena_free(&arena);
    }
}

/* The classic attack: show an inner node as if it were a leaf of a smaller tree. */
static void an_inner_node_is_not_a_leaf(void **state)
{
    (void)state;
    fill_tree(8);
    struct hash root = *merkle_root(&tree);
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count = 0;
    merkle_path(&tree, 0, path, &path_count);
    assert_int_equal(path_count, 4);
    const struct hash *inner = &tree.levels[1][0];
    for (uint32_t index = 0; index < 8; index++) {
        for (uint32_t count = 0; count <= 8; count++) {
            assert_false(merkle_verify(&root, inner, index, count, path + 3, 1));
        }
    }
    test_arena_free(&arena);
}

static void ranges_verify_as_a_whole(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 70; count++) {
        fill_tree(count);
        const struct hash *root = merkle_root(&tree);
        for (uint32_t height = 0; height <= 5; height++) {
            uint32_t covered = 0;
            uint32_t range = 0;
            uint32_t size = 0;
            for (; (size = merkle_range_count(count, height, range)) > 0; range++) {
                struct hash path[MERKLE_PATH_MAX];
                uint32_t path_count = 0;
                merkle_range_path(&tree, height, range, path, &path_count);
                memcpy(scratch, leaves + covered, size * sizeof(struct hash));
                assert_true(merkle_range_verify(root, scratch, size, height, range, count, path,
                                                path_count));
                /* One leaf changed, and one left out. */
                memcpy(scratch, leaves + covered, size * sizeof(struct hash));
                scratch[size / 2].bytes[7] ^= 1;
                assert_false(merkle_range_verify(root, scratch, size, height, range, count, path,
                                                 path_count));
                memcpy(scratch, leaves + covered, size * sizeof(struct hash));
                assert_false(merkle_range_verify(root, scratch, size - 1, height, range, count,
                                                 path, path_count));
                covered += size;
            }
            assert_int_equal(covered, count);
        }
        test_arena_free(&arena);
    }
}

static void a_range_is_bound_to_its_place(void **state)
{
    (void)state;
    fill_tree(21);
    struct hash root = *merkle_root(&tree);
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count = 0;
    merkle_range_path(&tree, 1, 3, path, &path_count);
    for (uint32_t height = 0; height <= MERKLE_HEIGHT_MAX + 1; height++) {
        for (uint32_t range = 0; range < 12; range++) {
            for (uint32_t count = 0; count < 45; count++) {
                memcpy(scratch, leaves + 12, 4 * sizeof(struct hash));
                bool valid =
                    merkle_range_verify(&root, scratch, 4, height, range, count, path, path_count);
                assert_int_equal(valid, height == 1 && range == 3 && count == 21);
            }
        }
    }
    assert_int_equal(merkle_range_count(21, 2, UINT32_MAX), 0);
    assert_int_equal(merkle_range_count(21, MERKLE_HEIGHT_MAX, 0), 21);
    test_arena_free(&arena);
}

/* A million leaves; a batch of changes touches its paths and nothing else. */
static void a_million_leaves_are_updated_by_their_paths(void **state)
{
    (void)state;
    const uint32_t count = 1000001;
    struct arena million;
    struct merkle_tree large;
    test_arena_init(&million, merkle_footprint(count));
    merkle_init(&large, count, &million);
    struct hash *items = calloc(count, sizeof(struct hash));
    struct hash *work = calloc(count, sizeof(struct hash));
    assert_non_null(items);
    assert_non_null(work);
    merkle_grow(&large, count);
    merkle_update(&large);
    const uint32_t changed[] = {0, 1, 65535, 65536, 999999, 1000000};
    for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
        bytes_put_u32(items[changed[i]].bytes, changed[i] + 1);
        merkle_set(&large, changed[i], &items[changed[i]]);
    }
    merkle_update(&large);
    struct hash expected;
    merkle_list_root(items, count, work, &expected);
    assert_true(hash_equal(merkle_root(&large), &expected));
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count = 0;
    merkle_path(&large, count - 1, path, &path_count);
    assert_true(merkle_verify(&expected, &items[count - 1], count - 1, count, path, path_count));
    free(items);
    free(work);
    test_arena_free(&million);
}

/* More changes than wait on any level, close together and far apart, while the array grows. */
static void thousands_of_changes_at_once_give_the_root_of_the_list(void **state)
{
    (void)state;
    enum {
        MOST = 20000
    };
    static const uint32_t counts[] = {1, 2, 700, 5000, 16384, 16385, 19999, MOST};
    static struct hash items[MOST];
    static struct hash work[MOST];
    struct prng prng;
    prng_init(&prng, 3);
    open_tree(MOST);
    memset(items, 0, sizeof(items));
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        merkle_grow(&tree, counts[c]);
        for (uint32_t changes = 1; changes <= 2 * counts[c]; changes *= 3) {
            for (uint32_t i = 0; i < changes; i++) {
                uint32_t index = (uint32_t)prng_below(&prng, counts[c]);
                prng_fill(&prng, &items[index], sizeof(items[index]));
                merkle_prefetch(&tree, index);
                merkle_set(&tree, index, &items[index]);
            }
            merkle_update(&tree);
            struct hash expected;
            merkle_list_root(items, counts[c], work, &expected);
            assert_true(hash_equal(merkle_root(&tree), &expected));
        }
    }
    test_arena_free(&arena);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    fill_tree(5);
    struct hash path[MERKLE_PATH_MAX];
    struct hash root;
    uint32_t path_count = 0;
    expect_assert_failure(merkle_set(&tree, 5, &leaves[0]));
    expect_assert_failure(merkle_prefetch(&tree, 5));
    expect_assert_failure(merkle_grow(&tree, 4));
    expect_assert_failure(merkle_grow(&tree, 6));
    expect_assert_failure(merkle_path(&tree, 5, path, &path_count));
    expect_assert_failure(merkle_range_path(&tree, 1, 2, path, &path_count));
    expect_assert_failure(merkle_list_path(leaves, 5, 5, scratch, path, &path_count));
    expect_assert_failure(merkle_list_root(leaves, 5, NULL, &root));
    expect_assert_failure((void)merkle_footprint(0));
    expect_assert_failure((void)merkle_footprint(MERKLE_CAPACITY_MAX + 1));
    merkle_set(&tree, 0, &leaves[1]);
    expect_assert_failure((void)merkle_root(&tree));
    expect_assert_failure(merkle_path(&tree, 0, path, &path_count));
    test_arena_free(&arena);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_gives_the_root_of_the_definition),
        cmocka_unit_test(leaves_one_by_one_give_the_same_root_as_a_list),
        cmocka_unit_test(every_path_verifies_and_equals_that_of_the_list),
        cmocka_unit_test(a_proof_is_bound_to_index_count_leaf_and_path),
        cmocka_unit_test(an_inner_node_is_not_a_leaf),
        cmocka_unit_test(ranges_verify_as_a_whole),
        cmocka_unit_test(a_range_is_bound_to_its_place),
        cmocka_unit_test(a_million_leaves_are_updated_by_their_paths),
        cmocka_unit_test(thousands_of_changes_at_once_give_the_root_of_the_list),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
