#include "netsim/engine/packet.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

uint64_t digest_u64(uint64_t digest, uint64_t value)
{
    /* One round of splitmix64 over both. */
    uint64_t mixed = (digest ^ value) + UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t left = size;
    uint64_t mixed = digest ^ size;
    for (; left >= 8; left -= 8, at += 8) {
        mixed = (mixed ^ bytes_get_u64(at)) * UINT64_C(0x9FB21C651E98DF25);
        mixed ^= mixed >> 32;
    }
    uint64_t last = 0;
    for (size_t i = 0; i < left; i++) {
        last = last << 8 | at[i];
    }
    return digest_u64(mixed, last);
}

struct packet *packet_new(const uint8_t *bytes, size_t size)
{
    TALLY_ASSERT(size > 0 && size <= UINT32_MAX);
    struct packet *packet = malloc(sizeof *packet + size);
    TALLY_ASSERT(packet != NULL);
    packet->holders = 1;
    packet->size = (uint32_t)size;
    packet->digest = digest_bytes(0, bytes, size);
    memcpy(packet->bytes, bytes, size);
    return packet;
}

struct packet *packet_hold(struct packet *packet)
{
    packet->holders++;
    return packet;
}

void packet_release(struct packet *packet)
{
    TALLY_ASSERT(packet->holders > 0);
    packet->holders--;
    if (packet->holders == 0) {
        free(packet);
    }
}
