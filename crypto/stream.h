/*
 * stream.h: many secret bytes drawn from one key.
 *
 * Problem. A block draws a salt for each of its leaves, an envelope a secret for each of its
 * commands: thousands of small secrets of which one, once shown, must tell nothing about another. A
 * hash for each costs ten times what its bytes need.
 *
 * Rule. The bytes are the key stream of ChaCha20 as in RFC 8439, section 2.4, with the key, a nonce
 * of zeros and the counter's first value as given: 64 bytes for each value of the counter. A key
 * must be used for one purpose alone, so it is made with hash.h for that purpose. Whoever lacks it
 * cannot tell the bytes from random ones, whichever others it was shown.
 *
 *     hash_compute(&key, HASH_SALT, secret, sizeof(secret));
 *     stream_draw(&key, 3, salts, 128);        bytes 192 to 319 of the stream of this key
 *
 * Source: RFC 8439.
 */
#ifndef TALLY_CRYPTO_STREAM_H
#define TALLY_CRYPTO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

enum {
    STREAM_BLOCK_SIZE = 64, /* bytes of one value of the counter */
};

/*
 * Writes `size` bytes of the key's stream, from the first byte of block number `block` on.
 * pre: the stream has them: it ends with block 2^32 - 1.
 */
void stream_draw(const struct hash *key, uint32_t block, void *out, size_t size);

/* Does the library's stream agree with the example of RFC 8439? Asked once, when a program
 * starts. */
bool stream_check(void);

#endif
