#include "crypto/merkle.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/hash_many.h"

/* Number of nodes on the level above one of count nodes. */
static uint32_t level_above(uint32_t count)
{
    return count / 2 + count % 2;
}

static void leaf_hash(const struct hash *leaf, struct hash *out)
{
    hash_compute(out, HASH_MERKLE_LEAF, leaf->bytes, HASH_SIZE);
}

/* The same as an item of many. */
static struct hash_item leaf_item(const struct hash *leaf, struct hash *out)
{
    return (struct hash_item){
        .domain = HASH_MERKLE_LEAF, .data = leaf->bytes, .size = HASH_SIZE, .out = out};
}

/* out may be one of the children. */
static void node_hash(const struct hash *left, const struct hash *right, struct hash *out)
{
    uint8_t bytes[2 * HASH_SIZE];
    memcpy(bytes, left->bytes, HASH_SIZE);
    memcpy(bytes + HASH_SIZE, right->bytes, HASH_SIZE);
    hash_compute(out, HASH_MERKLE_NODE, bytes, sizeof(bytes));
}

static void root_hash(uint32_t count, const struct hash *top, struct hash *out)
{
    uint8_t bytes[8 + HASH_SIZE];
    bytes_put_u64(bytes, count);
    memcpy(bytes + 8, top->bytes, HASH_SIZE);
    hash_compute(out, HASH_MERKLE_ROOT, bytes, sizeof(bytes));
}

/*
 * Writes nodes of the level above `below`, which has count nodes: number indexes[i] to out[i]. What
 * is hashed lies in one piece, as the two children are neighbours. At most HASH_MANY.
 */
static void nodes_make(const struct hash *below, uint32_t count, const uint32_t *indexes,
                       uint32_t node_count, struct hash *out)
{
    struct hash_item items[HASH_MANY];
    uint32_t item_count = 0;
    TALLY_ASSERT(node_count <= HASH_MANY);
    for (uint32_t i = 0; i < node_count; i++) {
        TALLY_ASSERT(indexes[i] < level_above(count));
        uint32_t left = 2 * indexes[i];
        if (left + 1 < count) {
            items[item_count++] = (struct hash_item){.domain = HASH_MERKLE_NODE,
                                                     .data = below[left].bytes,
                                                     .size = 2 * HASH_SIZE,
                                                     .out = &out[i]};
        } else {
            out[i] = below[left];
        }
    }
    hash_many(items, item_count);
}

size_t merkle_footprint(uint32_t capacity)
{
    struct merkle_tree tree;
    struct arena arena;
    arena_init(&arena, NULL, 0);
    merkle_init(&tree, capacity, &arena);
    return arena.used;
}

void merkle_init(struct merkle_tree *tree, uint32_t capacity, struct arena *arena)
{
    TALLY_ASSERT(capacity > 0);
    TALLY_ASSERT(capacity <= MERKLE_CAPACITY_MAX);
    memset(tree, 0, sizeof(*tree));
    tree->capacity = capacity;
    uint32_t nodes = capacity;
    tree->levels[tree->level_count++] = ARENA_TAKE(arena, struct hash, nodes);
    while (nodes > 1) {
        nodes = level_above(nodes);
        TALLY_ASSERT(tree->level_count < MERKLE_LEVELS_MAX);
        tree->levels[tree->level_count++] = ARENA_TAKE(arena, struct hash, nodes);
    }
    uint32_t pairs = level_above(capacity);
    slots_init(&tree->dirty, pairs, arena);
    tree->work = ARENA_TAKE(arena, uint32_t, pairs);
    root_hash(0, &tree->root, &tree->root);
}

/* Remembers that the parent of a leaf has to be renewed. */
static void mark_dirty(struct merkle_tree *tree, uint32_t index)
{
    if (!slots_used(&tree->dirty, index / 2)) {
        slots_take_at(&tree->dirty, index / 2);
    }
}

void merkle_grow(struct merkle_tree *tree, uint32_t count)
{
    TALLY_ASSERT(count >= tree->count);
    TALLY_ASSERT(count <= tree->capacity);
    if (count == tree->count) {
        return;
    }
    const struct hash zero = {{0}};
    struct hash empty;
    leaf_hash(&zero, &empty);
    for (uint32_t index = tree->count; index < count; index++) {
        tree->levels[0][index] = empty;
        mark_dirty(tree, index);
    }
    tree->count = count;
}

void merkle_set(struct merkle_tree *tree, uint32_t index, const struct hash *leaf)
{
    merkle_set_many(tree, &index, leaf, 1);
}

void merkle_set_many(struct merkle_tree *tree, const uint32_t *indexes, const struct hash *leaves,
                     uint32_t count)
{
    struct hash_item items[HASH_MANY];
    TALLY_ASSERT(count <= HASH_MANY);
    for (uint32_t i = 0; i < count; i++) {
        TALLY_ASSERT(indexes[i] < tree->count);
        items[i] = leaf_item(&leaves[i], &tree->levels[0][indexes[i]]);
        mark_dirty(tree, indexes[i]);
    }
    hash_many(items, count);
}

/* Renews the nodes of the work list, which are of the level above number `level`. */
static void level_renew(struct merkle_tree *tree, uint32_t level, uint32_t count,
                        uint32_t work_count)
{
    struct hash made[HASH_MANY];
    for (uint32_t done = 0; done < work_count; done += HASH_MANY) {
        uint32_t left = work_count - done;
        uint32_t some = left < HASH_MANY ? left : HASH_MANY;
        nodes_make(tree->levels[level], count, &tree->work[done], some, made);
        for (uint32_t i = 0; i < some; i++) {
            tree->levels[level + 1][tree->work[done + i]] = made[i];
        }
    }
}

/* Empties the set of dirty pairs into the work list, in ascending order. */
static uint32_t collect_dirty(struct merkle_tree *tree)
{
    uint32_t work_count = 0;
    uint32_t pair = slots_next_used(&tree->dirty, 0);
    while (pair != SLOTS_NONE) {
        slots_give(&tree->dirty, pair);
        tree->work[work_count++] = pair;
        pair = slots_next_used(&tree->dirty, pair + 1);
    }
    TALLY_ASSERT(tree->dirty.count == 0);
    return work_count;
}

void merkle_update(struct merkle_tree *tree)
{
    uint32_t work_count = collect_dirty(tree);
    if (work_count == 0) {
        return;
    }
    TALLY_ASSERT(tree->count > 0);
    uint32_t count = tree->count;
    uint32_t level = 0;
    for (; count > 1; level++) {
        uint32_t kept = 0;
        level_renew(tree, level, count, work_count);
        for (uint32_t i = 0; i < work_count; i++) {
            uint32_t index = tree->work[i];
            /* The list ascends, so equal parents are neighbours. */
            if (kept == 0 || tree->work[kept - 1] != index / 2) {
                tree->work[kept++] = index / 2;
            }
        }
        work_count = kept;
        count = level_above(count);
    }
    root_hash(tree->count, &tree->levels[level][0], &tree->root);
}

const struct hash *merkle_root(const struct merkle_tree *tree)
{
    TALLY_ASSERT(tree->dirty.count == 0);
    return &tree->root;
}

/* Nodes on a level over count leaves. */
static uint32_t level_size(uint32_t count, uint32_t level)
{
    TALLY_ASSERT(level <= MERKLE_PATH_MAX);
    return (uint32_t)(((uint64_t)count + (UINT64_C(1) << level) - 1) >> level);
}

uint32_t merkle_range_count(uint32_t count, uint32_t height, uint32_t range)
{
    TALLY_ASSERT(height <= MERKLE_PATH_MAX);
    uint64_t first = (uint64_t)range << height;
    uint64_t size = UINT64_C(1) << height;
    if (first >= count) {
        return 0;
    }
    return (uint32_t)(count - first < size ? count - first : size);
}

void merkle_range_path(const struct merkle_tree *tree, uint32_t height, uint32_t range,
                       struct hash *path, uint32_t *path_count)
{
    TALLY_ASSERT(tree->dirty.count == 0);
    TALLY_ASSERT(merkle_range_count(tree->count, height, range) > 0);
    *path_count = 0;
    uint32_t index = range;
    uint32_t level = height;
    for (uint32_t nodes = level_size(tree->count, level); nodes > 1; nodes = level_above(nodes)) {
        uint32_t sibling = index ^ 1;
        if (sibling < nodes) {
            TALLY_ASSERT(*path_count < MERKLE_PATH_MAX);
            path[(*path_count)++] = tree->levels[level][sibling];
        }
        index /= 2;
        level++;
    }
}

void merkle_path(const struct merkle_tree *tree, uint32_t index, struct hash *path,
                 uint32_t *path_count)
{
    TALLY_ASSERT(index < tree->count);
    merkle_range_path(tree, 0, index, path, path_count);
}

/* Climbs from a node of a level with `nodes` nodes to the top and compares the root. */
static bool climb(const struct hash *root, uint32_t count, struct hash node, uint32_t index,
                  uint32_t nodes, const struct hash *path, uint32_t path_count)
{
    TALLY_ASSERT(index < nodes);
    uint32_t used = 0;
    for (; nodes > 1; nodes = level_above(nodes)) {
        uint32_t sibling = index ^ 1;
        if (sibling < nodes) {
            if (used == path_count) {
                return false;
            }
            const struct hash *other = &path[used++];
            node_hash(sibling < index ? other : &node, sibling < index ? &node : other, &node);
        }
        index /= 2;
    }
    struct hash reached;
    root_hash(count, &node, &reached);
    return used == path_count && hash_equal(&reached, root);
}

bool merkle_verify(const struct hash *root, const struct hash *leaf, uint32_t index, uint32_t count,
                   const struct hash *path, uint32_t path_count)
{
    if (index >= count || count > MERKLE_CAPACITY_MAX) {
        return false;
    }
    struct hash node;
    leaf_hash(leaf, &node);
    return climb(root, count, node, index, count, path, path_count);
}

/* Replaces count nodes by those of the level above. */
static void fold_level(struct hash *nodes, uint32_t count)
{
    uint32_t above = level_above(count);
    struct hash made[HASH_MANY];
    uint32_t indexes[HASH_MANY];
    for (uint32_t done = 0; done < above; done += HASH_MANY) {
        uint32_t some = above - done < HASH_MANY ? above - done : HASH_MANY;
        for (uint32_t i = 0; i < some; i++) {
            indexes[i] = done + i;
        }
        nodes_make(nodes, count, indexes, some, made);
        memcpy(&nodes[done], made, some * sizeof(made[0]));
    }
}

/* Replaces count hashed leaves by the one node on top of them. */
static struct hash fold_nodes(struct hash *nodes, uint32_t count)
{
    TALLY_ASSERT(count > 0);
    for (; count > 1; count = level_above(count)) {
        fold_level(nodes, count);
    }
    return nodes[0];
}

/* `out` may be the leaves' own memory. */
static void hash_leaves(const struct hash *leaves, uint32_t count, struct hash *out)
{
    struct hash_item items[HASH_MANY];
    uint32_t item_count = 0;
    for (uint32_t index = 0; index < count; index++) {
        items[item_count++] = leaf_item(&leaves[index], &out[index]);
        if (item_count == HASH_MANY || index + 1 == count) {
            hash_many(items, item_count);
            item_count = 0;
        }
    }
}

bool merkle_range_verify(const struct hash *root, struct hash *leaves, uint32_t leaf_count,
                         uint32_t height, uint32_t range, uint32_t count, const struct hash *path,
                         uint32_t path_count)
{
    if (height > MERKLE_PATH_MAX || count > MERKLE_CAPACITY_MAX || leaf_count == 0 ||
        merkle_range_count(count, height, range) != leaf_count) {
        return false;
    }
    hash_leaves(leaves, leaf_count, leaves);
    struct hash top = fold_nodes(leaves, leaf_count);
    return climb(root, count, top, range, level_size(count, height), path, path_count);
}

void merkle_list_root(const struct hash *leaves, uint32_t count, struct hash *scratch,
                      struct hash *root)
{
    TALLY_ASSERT(count <= MERKLE_CAPACITY_MAX);
    TALLY_ASSERT(count == 0 || (leaves != NULL && scratch != NULL));
    struct hash top = {{0}};
    if (count > 0) {
        hash_leaves(leaves, count, scratch);
        top = fold_nodes(scratch, count);
    }
    root_hash(count, &top, root);
}

void merkle_list_path(const struct hash *leaves, uint32_t count, uint32_t index,
                      struct hash *scratch, struct hash *path, uint32_t *path_count)
{
    TALLY_ASSERT(index < count);
    TALLY_ASSERT(count <= MERKLE_CAPACITY_MAX);
    hash_leaves(leaves, count, scratch);
    *path_count = 0;
    for (uint32_t nodes = count; nodes > 1; nodes = level_above(nodes)) {
        if ((index ^ 1) < nodes) {
            TALLY_ASSERT(*path_count < MERKLE_PATH_MAX);
            path[(*path_count)++] = scratch[index ^ 1];
        }
        fold_level(scratch, nodes);
        index /= 2;
    }
}
