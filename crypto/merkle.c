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
 * What node number `index` of the level above `below`, which has count nodes, is the hash of: it
 * lies in one piece, as the children are neighbours. False if it is promoted; then it is copied.
 */
static bool node_item(const struct hash *below, uint32_t count, uint32_t index, struct hash *out,
                      struct hash_item *item)
{
    TALLY_ASSERT(index < level_above(count));
    const struct hash *first = &below[index * MERKLE_CHILDREN];
    uint32_t children = children_count(count, index);
    if (children == 1) {
        *out = *first;
        return false;
    }
    *item = (struct hash_item){.domain = HASH_MERKLE_NODE,
                               .data = first->bytes,
                               .size = (size_t)children * HASH_SIZE,
                               .out = out};
    return true;
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
    tree->levels[tree->level_count++] = ARENA_TAKE_LINES(arena, struct hash, nodes);
    while (nodes > 1) {
        nodes = level_above(nodes);
        TALLY_ASSERT(tree->level_count < MERKLE_LEVELS_MAX);
        tree->levels[tree->level_count++] = ARENA_TAKE_LINES(arena, struct hash, nodes);
    }
    slots_init(&tree->dirty, level_above(capacity), arena);
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

void merkle_prefetch(const struct merkle_tree *tree, uint32_t index)
{
    TALLY_ASSERT(index < tree->count);
    __builtin_prefetch(&tree->levels[0][index], 1);
}

enum {
    TOGETHER = 16,  /* nodes that are made at once: as many as are hashed side by side */
    ASKED = 24,     /* nodes of a level whose children memory is asked for ahead of their turn */
    WAITING = 32,   /* nodes that wait on a level for those to be asked for, and for siblings */
    PENDING = 64,   /* room for those: a power of two */
    FOUR_LINE = 64, /* a four is two lines of the cache */
};
_Static_assert(WAITING + TOGETHER <= PENDING, "what is made at once finds room above");
_Static_assert((int)TOGETHER <= (int)HASH_MANY, "what is made at once is hashed in one go");
_Static_assert(MERKLE_CHILDREN * sizeof(struct hash) == 2 * FOUR_LINE, "no more, no less");

/* Nodes of one level that are to be made, in ascending order: a ring. All three count up. */
struct pending {
    uint32_t first;
    uint32_t asked; /* the first one whose children are not asked for */
    uint32_t end;
    uint32_t nodes[PENDING];
};

/*
 * One pass over all levels at once: the dirty fours come in ascending order, the nodes over them
 * are made soon after, then those over these, while their children are in the cache. A node waits
 * until all its dirty children are made: those come one after the other, and the last one that
 * waits is not made before the end.
 *
 * Memory is asked for the nodes that come next, three lines each, in part before those at hand are
 * hashed and in part after: a processor that is asked for more than some twenty lines at once
 * forgets the rest.
 */
struct renewal {
    struct merkle_tree *tree;
    uint32_t height;                           /* levels above the leaves */
    uint32_t counts[MERKLE_HEIGHT_MAX];        /* nodes of each level but the top */
    struct pending pending[MERKLE_HEIGHT_MAX]; /* of the level above each */
};

static void renewal_begin(struct renewal *renewal, struct merkle_tree *tree)
{
    uint32_t count = tree->count;
    TALLY_ASSERT(count > 0);
    renewal->tree = tree;
    for (renewal->height = 0; count > 1; renewal->height++) {
        struct pending *pending = &renewal->pending[renewal->height];
        pending->first = 0;
        pending->asked = 0;
        pending->end = 0;
        renewal->counts[renewal->height] = count;
        count = level_above(count);
    }
}

/* A node of the level above number `level` is to be made, unless that is known. */
static void pending_add(struct renewal *renewal, uint32_t level, uint32_t node)
{
    struct pending *pending = &renewal->pending[level];
    if (pending->end == pending->first || pending->nodes[(pending->end - 1) % PENDING] != node) {
        TALLY_ASSERT(pending->end - pending->first < PENDING);
        pending->nodes[pending->end++ % PENDING] = node;
    }
}

/* Asks for the children of nodes of the level above number `level`, and for their own places, until
 * so many are asked for ahead. */
static void pending_ask(struct renewal *renewal, uint32_t level, uint32_t ahead)
{
    struct pending *pending = &renewal->pending[level];
    while (pending->asked != pending->end && pending->asked - pending->first < ahead) {
        uint32_t node = pending->nodes[pending->asked++ % PENDING];
        const uint8_t *children =
            renewal->tree->levels[level][(size_t)node * MERKLE_CHILDREN].bytes;
        __builtin_prefetch(children);
        __builtin_prefetch(children + FOUR_LINE);
        __builtin_prefetch(&renewal->tree->levels[level + 1][node], 1);
    }
}

/* Makes the first nodes of the level above number `level`, TOGETHER at most. */
static void nodes_renew(struct renewal *renewal, uint32_t level)
{
    struct pending *pending = &renewal->pending[level];
    const struct hash *below = renewal->tree->levels[level];
    struct hash *nodes = renewal->tree->levels[level + 1];
    struct hash_item items[TOGETHER];
    uint32_t item_count = 0;
    pending_ask(renewal, level, ASKED);
    for (uint32_t i = 0; i < TOGETHER && pending->first != pending->asked; i++) {
        uint32_t node = pending->nodes[pending->first++ % PENDING];
        item_count +=
            node_item(below, renewal->counts[level], node, &nodes[node], &items[item_count]);
        if (level + 1 < renewal->height) {
            pending_add(renewal, level + 1, node / MERKLE_CHILDREN);
        }
    }
    hash_many(items, item_count);
    pending_ask(renewal, level, TOGETHER);
}

static bool too_many_wait(const struct renewal *renewal, uint32_t level)
{
    const struct pending *pending = &renewal->pending[level];
    return level < renewal->height && pending->end - pending->first > WAITING;
}

/* Makes nodes from a level on upwards, until no more wait than have to. */
static void levels_renew(struct renewal *renewal, uint32_t from)
{
    while (too_many_wait(renewal, from)) {
        for (uint32_t level = from; too_many_wait(renewal, level); level++) {
            nodes_renew(renewal, level);
        }
    }
}

/* Takes in all dirty fours. */
static void fours_renew(struct renewal *renewal)
{
    struct slots *dirty = &renewal->tree->dirty;
    struct slots_walk walk = slots_walk_begin(dirty);
    for (uint32_t four = slots_walk_next(dirty, &walk); four != SLOTS_NONE && renewal->height > 0;
         four = slots_walk_next(dirty, &walk)) {
        pending_add(renewal, 0, four);
        levels_renew(renewal, 0);
    }
    slots_clear(dirty);
}

void merkle_update(struct merkle_tree *tree)
{
    struct renewal renewal;
    if (tree->dirty.count == 0) {
        return;
    }
    renewal_begin(&renewal, tree);
    fours_renew(&renewal);
    for (uint32_t level = 0; level < renewal.height; level++) {
        while (renewal.pending[level].end != renewal.pending[level].first) {
            nodes_renew(&renewal, level);
            levels_renew(&renewal, level + 1);
        }
    }
    root_hash(tree->count, &tree->levels[renewal.height][0], &tree->root);
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
    struct hash_item items[HASH_MANY];
    for (uint32_t done = 0; done < above; done += HASH_MANY) {
        uint32_t some = above - done < HASH_MANY ? above - done : HASH_MANY;
        uint32_t item_count = 0;
        for (uint32_t i = 0; i < some; i++) {
            item_count += node_item(nodes, count, done + i, &made[i], &items[item_count]);
        }
        hash_many(items, item_count);
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
