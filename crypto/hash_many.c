#include "crypto/hash_many.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash_lanes.h"

static void hash_one(const struct hash_item *item)
{
    if (item->key_size > 0) {
        hash_keyed(item->out, item->domain, item->key, item->key_size, item->data, item->size);
    } else {
        hash_compute(item->out, item->domain, item->data, item->size);
    }
}

static void hash_each(const struct hash_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash_one(&items[i]);
    }
}

#if defined(__x86_64__)

enum {
    KEY_SIZE_MIN = 16,
    KEY_SIZE_MAX = 64,
    BLOCKS_TOLD = 16, /* hashes of so many blocks and more count as equally long */
};

bool hash_way_supported(enum hash_way way)
{
    switch (way) {
    case HASH_WAY_EACH:
        return true;
    case HASH_WAY_AVX2:
        return __builtin_cpu_supports("avx2");
    case HASH_WAY_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    case HASH_WAY_COUNT:
        break;
    }
    return false;
}

/* Items that are hashed side by side, and how far each has come. */
struct work {
    struct hash_lanes group;
    const struct hash_item *items[HASH_LANES];
    const uint8_t *data[HASH_LANES]; /* what is left of an item */
    size_t left[HASH_LANES];
};

static uint32_t item_blocks(const struct hash_item *item)
{
    size_t blocks = (item->key_size > 0) + (item->size + HASH_BLOCK_SIZE - 1) / HASH_BLOCK_SIZE;
    return blocks < BLOCKS_TOLD ? (uint32_t)blocks : BLOCKS_TOLD - 1;
}

/*
 * Equally long items side by side, so that no lane waits for another: the longest first, equal ones
 * as they come. False: all are equally long, and stay where they are.
 */
static bool order_make(const struct hash_item *items, uint32_t count, uint8_t order[HASH_MANY])
{
    uint8_t blocks[HASH_MANY];
    uint32_t place[BLOCKS_TOLD + 1] = {0};
    bool differ = false;
    for (uint32_t i = 0; i < count; i++) {
        blocks[i] = (uint8_t)item_blocks(&items[i]);
        differ = differ || blocks[i] != blocks[0] || blocks[i] == BLOCKS_TOLD - 1;
    }
    if (!differ) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        place[BLOCKS_TOLD - 1 - blocks[i] + 1]++;
    }
    for (uint32_t i = 1; i <= BLOCKS_TOLD; i++) {
        place[i] += place[i - 1];
    }
    for (uint32_t i = 0; i < count; i++) {
        order[place[BLOCKS_TOLD - 1 - blocks[i]]++] = (uint8_t)i;
    }
    return true;
}

/* The next block of a lane's data. */
static inline void lane_next(struct work *work, uint32_t at)
{
    struct hash_lanes *group = &work->group;
    bool last = work->left[at] <= HASH_BLOCK_SIZE;
    size_t size = last ? work->left[at] : HASH_BLOCK_SIZE;
    group->blocks[at] = work->data[at];
    group->sizes[at] = (uint32_t)size;
    group->counted[at] += size;
    group->ending[at] = last ? UINT64_MAX : 0;
    work->data[at] += size;
    work->left[at] -= size;
}

/*
 * The parameter block (RFC 7693, section 2.5, and BLAKE2, section 2.8) into the state of a lane,
 * and its first block: of the key, if there is one.
 */
static inline void lane_begin(struct work *work, uint32_t at, const struct hash_item *item)
{
    static const uint8_t nothing[1];
    TALLY_ASSERT(item->data != NULL || item->size == 0);
    struct hash_lanes *group = &work->group;
    const uint8_t *personal = hash_domain_personal(item->domain);
    uint64_t parameters = HASH_SIZE | (uint64_t)item->key_size << 8 | 1u << 16 | 1u << 24;
    group->state[0][at] = hash_initial[0] ^ parameters;
    group->state[6][at] = hash_initial[6] ^ bytes_get_u64(personal);
    group->state[7][at] = hash_initial[7] ^ bytes_get_u64(personal + 8);
    group->counted[at] = 0;
    work->items[at] = item;
    work->data[at] = item->data != NULL ? item->data : nothing;
    work->left[at] = item->size;
    if (item->key_size == 0) {
        lane_next(work, at);
        return;
    }
    TALLY_ASSERT(item->key_size >= KEY_SIZE_MIN);
    TALLY_ASSERT(item->key_size <= KEY_SIZE_MAX);
    group->blocks[at] = item->key;
    group->sizes[at] = (uint32_t)item->key_size;
    group->counted[at] = HASH_BLOCK_SIZE;
    group->ending[at] = item->size == 0 ? UINT64_MAX : 0;
}

static inline void lane_end(const struct work *work, uint32_t at)
{
    uint8_t *out = work->items[at]->out->bytes;
    for (size_t i = 0; i < HASH_SIZE / 8; i++) {
        bytes_put_u64(out + 8 * i, work->group.state[i][at]);
    }
}

static void compress(struct work *work, uint32_t count, enum hash_way way)
{
    if (way == HASH_WAY_AVX512) {
        hash_lanes_compress_avx512(&work->group);
        return;
    }
    hash_lanes_compress_avx2(&work->group, 0);
    if (count > HASH_LANES / 2) {
        hash_lanes_compress_avx2(&work->group, 1);
    }
}

/* One step of all lanes. What has ended goes along with its last block. False: all have ended. */
static bool work_step(struct work *work, uint32_t count, enum hash_way way)
{
    bool more = false;
    compress(work, count, way);
    for (uint32_t at = 0; at < count; at++) {
        if (work->items[at] == NULL) {
            continue;
        }
        if (work->group.ending[at] != 0) {
            lane_end(work, at);
            work->items[at] = NULL;
        } else {
            lane_next(work, at);
            more = true;
        }
    }
    return more;
}

/* Blocks of an item without a key: one at least, perhaps empty. */
static inline size_t data_blocks(const struct hash_item *item)
{
    return item->size <= HASH_BLOCK_SIZE ? 1 : (item->size - 1) / HASH_BLOCK_SIZE + 1;
}

static inline bool item_like(const struct hash_item *item, const struct hash_item *first,
                             size_t blocks)
{
    return item->domain == first->domain && item->key_size == 0 && data_blocks(item) == blocks;
}

/* How many of the first items are alike: the same domain, no key, as many blocks? */
static uint32_t alike_count(const struct hash_item *const *items, uint32_t count)
{
    size_t blocks = data_blocks(items[0]);
    uint32_t alike = 0;
    while (alike < count && blocks <= UINT32_MAX && item_like(items[alike], items[0], blocks)) {
        alike++;
    }
    return alike;
}

/* Is all of a list alike, and each with an address: the usual case? */
static bool list_alike(const struct hash_item *items, uint32_t count)
{
    size_t blocks = data_blocks(&items[0]);
    bool alike = blocks <= UINT32_MAX;
    for (uint32_t i = 0; i < count && alike; i++) {
        alike = item_like(&items[i], &items[0], blocks) && items[i].data != NULL;
    }
    return alike;
}

/* The parameter block, as in lane_begin(), of all that are like this one. */
static void alike_begin(struct hash_alike *alike, const struct hash_item *item)
{
    const uint8_t *personal = hash_domain_personal(item->domain);
    memcpy(alike->begin, hash_initial, sizeof(alike->begin));
    alike->begin[0] ^= HASH_SIZE | 1u << 16 | 1u << 24;
    alike->begin[6] ^= bytes_get_u64(personal);
    alike->begin[7] ^= bytes_get_u64(personal + 8);
    alike->blocks = (uint32_t)data_blocks(item);
}

static void alike_hash(const struct hash_alike *alike, enum hash_way way)
{
    if (way == HASH_WAY_AVX512) {
        hash_lanes_alike_avx512(alike);
        return;
    }
    for (uint32_t first = 0; first < alike->count; first += HASH_LANES / 2) {
        hash_lanes_alike_avx2(alike, first);
    }
}

/* Puts an item into a lane. */
static inline void alike_put(struct hash_alike *alike, uint32_t at, const struct hash_item *item)
{
    static const uint8_t nothing[1];
    TALLY_ASSERT(item->data != NULL || item->size == 0);
    alike->data[at] = item->data != NULL ? item->data : nothing;
    alike->sizes[at] = item->size;
    alike->out[at] = item->out->bytes;
}

/* Puts the first item into the lanes of a group that are left over. */
static inline void alike_fill(struct hash_alike *alike)
{
    for (uint32_t at = alike->count; at % HASH_LANES != 0; at++) {
        alike->data[at] = alike->data[0];
        alike->sizes[at] = alike->sizes[0];
    }
}

/* At most HASH_ALIKE items of which all are alike. */
static void hash_alike(const struct hash_item *const *items, uint32_t count, enum hash_way way)
{
    struct hash_alike alike;
    alike_begin(&alike, items[0]);
    alike.count = count;
    for (uint32_t at = 0; at < count; at++) {
        alike_put(&alike, at, items[at]);
    }
    alike_fill(&alike);
    alike_hash(&alike, way);
}

/* A list of which all are alike, as it stands. */
static void hash_list_alike(const struct hash_item *items, uint32_t count, enum hash_way way)
{
    struct hash_alike alike;
    alike_begin(&alike, &items[0]);
    for (uint32_t done = 0; done < count; done += HASH_ALIKE) {
        alike.count = count - done < HASH_ALIKE ? count - done : HASH_ALIKE;
        for (uint32_t at = 0; at < alike.count; at++) {
            alike_put(&alike, at, &items[done + at]);
        }
        alike_fill(&alike);
        alike_hash(&alike, way);
    }
}

/* At most HASH_LANES items, at least one; the first one stands in the lanes left over. */
static void hash_mixed(const struct hash_item *const *items, uint32_t count, enum hash_way way)
{
    struct work work;
    for (size_t i = 1; i < 6; i++) {
        for (uint32_t at = 0; at < HASH_LANES; at++) {
            work.group.state[i][at] = hash_initial[i];
        }
    }
    for (uint32_t at = 0; at < HASH_LANES; at++) {
        lane_begin(&work, at, items[at < count ? at : 0]);
    }
    while (work_step(&work, count, way)) {
    }
}

/* Hashes the first items side by side, of those that are alike as many as possible; how many. */
static uint32_t hash_first(const struct hash_item *const *items, uint32_t count, enum hash_way way)
{
    uint32_t alike = alike_count(items, count);
    if (alike == count || alike >= HASH_LANES) {
        hash_alike(items, alike, way);
        return alike;
    }
    uint32_t mixed = count < HASH_LANES ? count : HASH_LANES;
    hash_mixed(items, mixed, way);
    return mixed;
}

/* At most HASH_MANY. */
static void hash_ordered(const struct hash_item *items, uint32_t count, enum hash_way way)
{
    if (list_alike(items, count)) {
        hash_list_alike(items, count, way);
        return;
    }
    uint8_t order[HASH_MANY];
    const struct hash_item *some[HASH_MANY];
    bool ordered = order_make(items, count, order);
    for (uint32_t i = 0; i < count; i++) {
        some[i] = &items[ordered ? order[i] : i];
    }
    uint32_t done = 0;
    while (done < count) {
        uint32_t left = count - done;
        done += hash_first(some + done, left < HASH_ALIKE ? left : HASH_ALIKE, way);
    }
}

void hash_many_by(enum hash_way way, const struct hash_item *items, size_t count)
{
    TALLY_ASSERT(hash_way_supported(way));
    if (way == HASH_WAY_EACH || count == 1) {
        hash_each(items, count);
        return;
    }
    for (size_t done = 0; done < count; done += HASH_MANY) {
        size_t left = count - done;
        hash_ordered(items + done, left < HASH_MANY ? (uint32_t)left : HASH_MANY, way);
    }
}

void hash_many(const struct hash_item *items, size_t count)
{
    if (hash_way_supported(HASH_WAY_AVX512)) {
        hash_many_by(HASH_WAY_AVX512, items, count);
    } else if (hash_way_supported(HASH_WAY_AVX2)) {
        hash_many_by(HASH_WAY_AVX2, items, count);
    } else {
        hash_each(items, count);
    }
}

#else

bool hash_way_supported(enum hash_way way)
{
    return way == HASH_WAY_EACH;
}

void hash_many_by(enum hash_way way, const struct hash_item *items, size_t count)
{
    TALLY_ASSERT(hash_way_supported(way));
    hash_each(items, count);
}

void hash_many(const struct hash_item *items, size_t count)
{
    hash_each(items, count);
}

#endif

enum {
    CHECK_ITEMS = 2 * HASH_DOMAIN_COUNT,
};

/* In every way: are the items many at once what they are one by one? */
static bool ways_agree(struct hash_item *items)
{
    struct hash many[CHECK_ITEMS];
    struct hash one[CHECK_ITEMS];
    bool agrees = true;
    for (uint32_t way = 0; way < HASH_WAY_COUNT; way++) {
        if (!hash_way_supported((enum hash_way)way)) {
            continue;
        }
        memset(many, 0, sizeof(many));
        for (size_t i = 0; i < CHECK_ITEMS; i++) {
            items[i].out = &one[i];
            hash_one(&items[i]);
            items[i].out = &many[i];
        }
        hash_many_by((enum hash_way)way, items, CHECK_ITEMS);
        agrees = memcmp(one, many, sizeof(many)) == 0 && agrees;
    }
    return agrees;
}

bool hash_many_check(void)
{
    uint8_t bytes[6 * 128];
    struct hash_item items[CHECK_ITEMS];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * i + i / 3);
    }
    for (size_t i = 0; i < CHECK_ITEMS; i++) {
        items[i] = (struct hash_item){.domain = (enum hash_domain)(i % HASH_DOMAIN_COUNT),
                                      .key = bytes + i,
                                      .key_size = i % 2 == 0 ? 0 : 16 + i,
                                      .data = bytes,
                                      .size = i * 13 % sizeof(bytes)};
    }
    bool agrees = ways_agree(items);
    /* Those that are alike are hashed another way: of one block, of three, and of five. */
    for (size_t blocks = 1; blocks <= 5; blocks += 2) {
        for (size_t i = 0; i < CHECK_ITEMS; i++) {
            items[i] = (struct hash_item){
                .domain = HASH_EVENT, .data = bytes + i, .size = (blocks - 1) * 128 + i * 3 % 128};
            items[i].size = items[i].size > 0 ? items[i].size : 1;
        }
        agrees = ways_agree(items) && agrees;
    }
    return agrees;
}
