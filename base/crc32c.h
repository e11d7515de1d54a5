/*
 * crc32c.h: find torn and rotten records in our own files.
 *
 * Rule. CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected, RFC 3720 appendix B.4). It finds
 * accidents, not attacks: whatever must withstand an adversary is hashed (crypto/hash.h).
 *
 *     crc32c(0, "123456789", 9)                    -> 0xE3069283
 *     crc32c(crc32c(0, "1234", 4), "56789", 5)     -> 0xE3069283
 */
#ifndef TALLY_BASE_CRC32C_H
#define TALLY_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues the checksum seed (0 at the start) over size bytes. data may be NULL if size is 0. */
uint32_t crc32c(uint32_t seed, const void *data, size_t size);

/* The same without the processor's instruction for it (SSE 4.2), which is five times as fast and
 * which crc32c() takes where it can. */
uint32_t crc32c_by_table(uint32_t seed, const void *data, size_t size);

#endif
