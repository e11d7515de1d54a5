#include "node/leaf_pack.h"

#include <string.h>

enum {
    FIXED_SIZE = 3,  /* size and first byte */
    RUN_SIZE = 2,    /* two counts */
    COUNT_MAX = 255, /* of either */
    EQUAL_MIN = 4,   /* fewer equal bytes are no run of their own */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void keep(struct leaf_models *models, const uint8_t *leaf, size_t size)
{
    models->last = (struct leaf_model){.bytes = leaf, .size = size};
    models->by_first[leaf[0]] = models->last;
}

static struct leaf_model model_of(const struct leaf_models *models, uint8_t first)
{
    const struct leaf_model *alike = &models->by_first[first];
    return alike->bytes != NULL ? *alike : models->last;
}

size_t leaf_pack_bound(size_t size)
{
    return FIXED_SIZE + size + RUN_SIZE * (size / COUNT_MAX + 1);
}

/* How many bytes are equal, at most `size`. */
static size_t equal_count(const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t count = 0;
    for (; size - count >= 8; count += 8) {
        uint64_t difference = bytes_get_u64(a + count) ^ bytes_get_u64(b + count);
        if (difference != 0) {
            return count + (size_t)__builtin_ctzll(difference) / 8;
        }
    }
    while (count < size && a[count] == b[count]) {
        count++;
    }
    return count;
}

/* The top bit of each byte of eight with which EQUAL_MIN zeros begin. */
static uint64_t runs_of(uint64_t bytes)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t zeros = ~(((bytes & low) + low) | bytes) & ~low;
    return zeros & zeros >> 8 & zeros >> 16 & zeros >> 24;
}
_Static_assert(EQUAL_MIN == 4, "a run is looked for by three shifts");

/* How many bytes of `a` come before the next EQUAL_MIN equal ones. */
static size_t other_count(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    size_t both = least(a_size, b_size);
    size_t count = 0;
    for (; count + 8 <= both; count += 8 - EQUAL_MIN + 1) {
        uint64_t runs = runs_of(bytes_get_u64(a + count) ^ bytes_get_u64(b + count));
        if (runs != 0) {
            return count + (size_t)__builtin_ctzll(runs) / 8;
        }
    }
    for (; count + EQUAL_MIN <= both; count++) {
        if (bytes_get_u32(a + count) == bytes_get_u32(b + count)) {
            return count;
        }
    }
    return a_size;
}

size_t leaf_pack(struct leaf_models *models, const uint8_t *leaf, size_t size, uint8_t *out)
{
    TALLY_ASSERT(size > 0 && size <= UINT16_MAX);
    struct leaf_model model = model_of(models, leaf[0]);
    size_t written = FIXED_SIZE;
    bytes_put_u16(out, (uint16_t)size);
    out[2] = leaf[0];
    for (size_t at = 1; at < size;) {
        size_t common = model.size > at ? least(model.size, size) - at : 0;
        size_t equal =
            common == 0 ? 0 : equal_count(leaf + at, model.bytes + at, least(common, COUNT_MAX));
        at += equal;
        size_t left = model.size > at ? model.size - at : 0;
        size_t other = equal == COUNT_MAX ? 0
                                          : other_count(leaf + at, size - at,
                                                        left == 0 ? leaf : model.bytes + at, left);
        other = least(other, COUNT_MAX);
        out[written] = (uint8_t)equal;
        out[written + 1] = (uint8_t)other;
        memcpy(out + written + RUN_SIZE, leaf + at, other);
        written += RUN_SIZE + other;
        at += other;
    }
    TALLY_ASSERT(written <= leaf_pack_bound(size));
    keep(models, leaf, size);
    return written;
}

bool leaf_unpack(struct leaf_models *models, struct bytes_reader *reader, uint8_t *out,
                 size_t capacity, uint16_t *size)
{
    *size = bytes_read_u16(reader);
    uint8_t first = bytes_read_u8(reader);
    if (reader->failed || *size == 0 || *size > capacity) {
        return false;
    }
    struct leaf_model model = model_of(models, first);
    out[0] = first;
    for (size_t at = 1; at < *size;) {
        size_t equal = bytes_read_u8(reader);
        size_t other = bytes_read_u8(reader);
        const uint8_t *bytes = bytes_read_view(reader, other);
        bool fits = equal + other > 0 && equal + other <= *size - at;
        if (reader->failed || !fits || (equal > 0 && at + equal > model.size)) {
            return false;
        }
        if (equal > 0) {
            memcpy(out + at, model.bytes + at, equal);
        }
        at += equal;
        memcpy(out + at, bytes, other);
        at += other;
    }
    keep(models, out, *size);
    return true;
}
