#include "base/crc32c.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc32c_table.h"

uint32_t crc32c_by_table(uint32_t seed, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
    const uint8_t *bytes = data;
    size_t left = size;
    uint32_t crc = ~seed;
    /* Eight bytes at a time ("slicing"): the first four go through the checksum so far. */
    for (; left >= 8; left -= 8, bytes += 8) {
        uint32_t low = crc ^ bytes_get_u32(bytes);
        uint32_t high = bytes_get_u32(bytes + 4);
        crc = crc32c_table[7][low & 0xff] ^ crc32c_table[6][low >> 8 & 0xff] ^
              crc32c_table[5][low >> 16 & 0xff] ^ crc32c_table[4][low >> 24] ^
              crc32c_table[3][high & 0xff] ^ crc32c_table[2][high >> 8 & 0xff] ^
              crc32c_table[1][high >> 16 & 0xff] ^ crc32c_table[0][high >> 24];
    }
    for (; left > 0; left--, bytes++) {
        crc = crc >> 8 ^ crc32c_table[0][(crc ^ *bytes) & 0xff];
    }
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t seed,
                                                                 const uint8_t *bytes, size_t size)
{
    uint64_t crc = ~seed;
    size_t left = size;
    for (; left >= 8; left -= 8, bytes += 8) {
        crc = __builtin_ia32_crc32di(crc, bytes_get_u64(bytes));
    }
    for (; left > 0; left--, bytes++) {
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *bytes);
    }
    return ~(uint32_t)crc;
}

#endif

uint32_t crc32c(uint32_t seed, const void *data, size_t size)
{
    TALLY_ASSERT(data != NULL || size == 0);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return by_instruction(seed, data, size);
    }
#endif
    return crc32c_by_table(seed, data, size);
}
