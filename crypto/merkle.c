#include "crypto/merkle.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/hash_many.h"

/* Number of nodes on the level above one of count nodes. */
static uint32_t level_above(uint32_t count)
{
    return count / MERKLE_CHILDREN + (count % MERKLE_CHILDREN != 0);
}

/* How many of `count` nodes are children of number `parent` of the level above. */
static uint32_t children_count(uint32_t count, uint32_t parent)
{
    uint32_t left = count - parent * MERKLE_CHILDREN;
    return left < MERKLE_CHILDREN ? left : MERKLE_CHILDREN;
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
 * is hashed lies in one piece, as the children are neighbours. At most HASH_MANY.
 */
static void nodes_make(const struct hash *below, uint32_t count, const uint32_t *indexes,
                       uint32_t node_count, struct hash *out)
{
    struct hash_item items[HASH_MANY];
    uint32_t item_count = 0;
    TALLY_ASSERT(node_count <= HASH_MANY);
    for (uint32_t i = 0; i < node_count; i++) {
        TALLY_ASSERT(indexes[i] < level_above(count));
        const struct hash *first = &below[indexes[i] * MERKLE_CHILDREN];
        uint32_t children = children_count(count, indexes[i]);
        if (children > 1) {
            items[item_count++] = (struct hash_item){.domain = HASH_MERKLE_NODE,
                                                     .data = first->bytes,
                                                     .size = (size_t)children * HASH_SIZE,
                                                     .out = &out[i]};
        } else {
            out[i] = *first;
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
    uint32_t fours = level_above(capacity);
    slots_init(&tree->dirty, fours, arena);
    tree->work = ARENA_TAKE(arena, uint32_t, fours);
    root_hash(0, &tree->root, &tree->root);
}

/* Remembers that the parent of a leaf has to be renewed. */
static void mark_dirty(struct merkle_tree *tree, uint32_t index)
{
    uint32_t parent = index / MERKLE_CHILDREN;
    if (!slots_used(&tree->dirty, parent)) {
        slots_take_at(&tree->dirty, parent);
    }
}

void merkle_grow(struct merkle_tree *tree, uint32_t count)
{
    TALLY_ASSERT(count >= tree->count);
    TALLY_ASSERT(count <= tree->capacity);
    if (count == tree->count) {
        return;
    }
    for (uint32_t index = tree->count; index < count; index++) {
        tree->levels[0][index] = (struct hash){{0}};
        mark_dirty(tree, index);
    }
    tree->count = count;
}

void merkle_set(struct merkle_tree *tree, uint32_t index, const struct hash *leaf)
{
    TALLY_ASSERT(index < tree->count);
    tree->levels[0][index] = *leaf;
    mark_dirty(tree, index);
}

/* Asks for the children of nodes that are made next: of a large tree no cache has them. */
static void children_prefetch(const struct hash *below, const uint32_t *indexes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct hash *first = &below[indexes[i] * MERKLE_CHILDREN];
        __builtin_prefetch(first);
        __builtin_prefetch(first + 2);
    }
}

/* Renews the nodes of the work list, which are of the level above number `level`. */
static void level_renew(struct merkle_tree *tree, uint32_t level, uint32_t count,
                        uint32_t work_count)
{
    struct hash made[HASH_MANY];
    for (uint32_t done = 0; done < work_count; done += HASH_MANY) {
        uint32_t left = work_count - done;
        uint32_t some = left < HASH_MANY ? left : HASH_MANY;
        uint32_t then = left - some < HASH_MANY ? left - some : HASH_MANY;
        children_prefetch(tree->levels[level], &tree->work[done + some], then);
        nodes_make(tree->levels[level], count, &tree->work[done], some, made);
        for (uint32_t i = 0; i < some; i++) {
            tree->levels[level + 1][tree->work[done + i]] = made[i];
        }
    }
}

/* Empties the set of dirty fours into the work list, in ascending order. */
static uint32_t collect_dirty(struct merkle_tree *tree)
{
    uint32_t work_count = 0;
    uint32_t fours[SLOTS_DRAIN_MAX];
    uint32_t count = slots_drain(&tree->dirty, fours);
    while (count > 0) {
        memcpy(&tree->work[work_count], fours, count * sizeof(fours[0]));
        work_count += count;
        count = slots_drain(&tree->dirty, fours);
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
            uint32_t parent = tree->work[i] / MERKLE_CHILDREN;
            /* The list ascends, so equal parents are neighbours. */
            if (kept == 0 || tree->work[kept - 1] != parent) {
                tree->work[kept++] = parent;
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

/* Leaves below a whole node of a level. */
static uint64_t leaves_below(uint32_t level)
{
    TALLY_ASSERT(level <= MERKLE_HEIGHT_MAX);
    return UINT64_C(1) << (2 * level);
}
_Static_assert(MERKLE_CHILDREN == 1 << 2, "two bits of an index are the place among siblings");

/* Nodes on a level over count leaves. */
static uint32_t level_size(uint32_t count, uint32_t level)
{
    return (uint32_t)((count + leaves_below(level) - 1) / leaves_below(level));
}

uint32_t merkle_range_count(uint32_t count, uint32_t height, uint32_t range)
{
    uint64_t size = leaves_below(height);
    uint64_t first = range * size;
    if (first >= count) {
        return 0;
    }
    return (uint32_t)(count - first < size ? count - first : size);
}

/* Appends the siblings of a node on a level with `count` nodes. */
static void siblings_add(const struct hash *level, uint32_t count, uint32_t index,
                         struct hash *path, uint32_t *path_count)
{
    uint32_t parent = index / MERKLE_CHILDREN;
    uint32_t children = children_count(count, parent);
    for (uint32_t i = 0; i < children; i++) {
        uint32_t child = parent * MERKLE_CHILDREN + i;
        if (child != index) {
            TALLY_ASSERT(*path_count < MERKLE_PATH_MAX);
            path[(*path_count)++] = level[child];
        }
    }
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
        siblings_add(tree->levels[level], nodes, index, path, path_count);
        index /= MERKLE_CHILDREN;
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
        uint32_t children = children_count(nodes, index / MERKLE_CHILDREN);
        struct hash four[MERKLE_CHILDREN];
        if (children - 1 > path_count - used) {
            return false;
        }
        for (uint32_t i = 0; i < children; i++) {
            four[i] = i == index % MERKLE_CHILDREN ? node : path[used++];
        }
        if (children > 1) {
            hash_compute(&node, HASH_MERKLE_NODE, four, (size_t)children * HASH_SIZE);
        }
        index /= MERKLE_CHILDREN;
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
    return climb(root, count, *leaf, index, count, path, path_count);
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

/* Replaces count leaves by the one node on top of them. */
static struct hash fold_nodes(struct hash *nodes, uint32_t count)
{
    TALLY_ASSERT(count > 0);
    for (; count > 1; count = level_above(count)) {
        fold_level(nodes, count);
    }
    return nodes[0];
}

bool merkle_range_verify(const struct hash *root, struct hash *leaves, uint32_t leaf_count,
                         uint32_t height, uint32_t range, uint32_t count, const struct hash *path,
                         uint32_t path_count)
{
    if (height > MERKLE_HEIGHT_MAX || count > MERKLE_CAPACITY_MAX || leaf_count == 0 ||
        merkle_range_count(count, height, range) != leaf_count) {
        return false;
    }
    struct hash top = fold_nodes(leaves, leaf_count);
    return climb(root, count, top, range, level_size(count, height), path, path_count);
}

/* Copies the leaves, unless scratch is their own memory. */
static void scratch_fill(const struct hash *leaves, uint32_t count, struct hash *scratch)
{
    if (scratch != leaves) {
        memcpy(scratch, leaves, count * sizeof(*leaves));
    }
}

void merkle_list_root(const struct hash *leaves, uint32_t count, struct hash *scratch,
                      struct hash *root)
{
    TALLY_ASSERT(count <= MERKLE_CAPACITY_MAX);
    TALLY_ASSERT(count == 0 || (leaves != NULL && scratch != NULL));
    struct hash top = {{0}};
    if (count > 0) {
        scratch_fill(leaves, count, scratch);
        top = fold_nodes(scratch, count);
    }
    root_hash(count, &top, root);
}

void merkle_list_path(const struct hash *leaves, uint32_t count, uint32_t index,
                      struct hash *scratch, struct hash *path, uint32_t *path_count)
{
    TALLY_ASSERT(index < count);
    TALLY_ASSERT(count <= MERKLE_CAPACITY_MAX);
    scratch_fill(leaves, count, scratch);
    *path_count = 0;
    for (uint32_t nodes = count; nodes > 1; nodes = level_above(nodes)) {
        siblings_add(scratch, nodes, index, path, path_count);
        fold_level(scratch, nodes);
        index /= MERKLE_CHILDREN;
    }
}
