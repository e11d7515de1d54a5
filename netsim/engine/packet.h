/*
 * netsim/engine/packet.h - bytes under way, shared by all who get them
 *
 * A broadcast to a hundred members is one packet with a hundred holders. Its digest is a cheap mix
 * of all its bytes, for the digest of the whole history; it is worth nothing against an adversary.
 */
#ifndef TALLY_NETSIM_ENGINE_PACKET_H
#define TALLY_NETSIM_ENGINE_PACKET_H

#include <stddef.h>
#include <stdint.h>

struct packet {
    uint32_t holders;
    uint32_t size;
    uint64_t digest;
    uint8_t bytes[];
};

/* A copy of the bytes, held once by the caller. */
struct packet *packet_new(const uint8_t *bytes, size_t size);
struct packet *packet_hold(struct packet *packet);
/* The last holder frees it. */
void packet_release(struct packet *packet);

/* Mixes bytes, or a number, into a digest. */
uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t size);
uint64_t digest_u64(uint64_t digest, uint64_t value);

#endif
