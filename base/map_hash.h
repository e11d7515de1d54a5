/*
 * map_hash.h: the hash of short names for hash tables, under a secret of the process.
 *
 * Problem. Strangers choose references and account names. If they could foresee hashes, they would
 * send names that all fall on one cell, and each search would walk through all of them. And names
 * are hashed a dozen times for each instruction, so the hash must be cheap.
 *
 * Rule. The hash is keyed with a secret that only the process has. On a processor with AES
 * instructions, 16 bytes at a time go through four AES rounds (after Daemen and Rijmen, "The
 * Pelican MAC function", 2005):
 *
 *     mix(state) = round4(round3(round2(round1(state))))
 *     state = mix(key 0 ^ (seed | size))
 *     for each 16 bytes:  state = mix(state ^ bytes)
 *     hash  = low half of the state
 *
 * The last 16 bytes of a longer key overlap those before, a shorter one is spread over 16. The keys
 * are constants ^ secret. Whoever does not know the secret cannot lead two names to one hash: no
 * difference of two states comes out of four rounds as a chosen other one with a probability above
 * 2^-113 (Keliher and Sui, 2007, for independent round keys). On other processors it is SipHash-1-3
 * (Aumasson and Bernstein, 2012: one round a word, three at the end, the form for tables).
 *
 * So the hash of a name differs from process to process and from machine to machine: nothing that
 * leaves the process, and no result, may depend on it. The key must have no padding.
 */
#ifndef TALLY_BASE_MAP_HASH_H
#define TALLY_BASE_MAP_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Hashes a key. The seed may be known to all and chosen by strangers, such as an index that belongs
 * to the key: it is mixed before the bytes come in. */
uint64_t map_hash(uint64_t seed, const void *data, size_t size);

/* The same for processors without AES instructions: SipHash-1-3 under the 128-bit key made of seed,
 * its mix, and the secret. */
uint64_t map_hash_by_siphash(uint64_t seed, const void *data, size_t size);

enum {
    MAP_SECRET_SIZE = 16
};

/*
 * Sets the secret of the process; zero from the start. Call it once, before there is any map or
 * other thread, with random bytes where strangers choose keys.
 */
void map_secret_set(const uint8_t secret[MAP_SECRET_SIZE]);

#endif
