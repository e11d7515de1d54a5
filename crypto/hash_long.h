/*
 * crypto/hash_long.h - one hash of many bytes, made of pieces side by side
 *
 * Problem. A batch or an envelope of a file has a hundred kilobytes and more, and BLAKE2b goes
 * through them one block after the other, while small hashes go many at a time (hash_many.h).
 *
 * Rule. The bytes are cut into pieces of 1,024, the last one shorter; no bytes are no piece.
 *
 *     hash_long(bytes) = H(PIECES, size u64 | H(PIECE, piece 0) | H(PIECE, piece 1) | ...)
 *
 * So two strings with one hash are a collision of BLAKE2b: either of what PIECES was hashed over,
 * or, where that is equal, and with it size and number of pieces, of a piece. What a piece is
 * hashed under belongs to nothing else. It has no domain of the caller's: whoever needs one hashes
 * what comes out under it. In Python:
 *
 *     def h(name, data):
 *         return hashlib.blake2b(data, digest_size=32, person=b"tally1:" + name).digest()
 *     pieces = b"".join(h(b"piece", data[i:i + 1024]) for i in range(0, len(data), 1024))
 *     h(b"pieces", len(data).to_bytes(8, "little") + pieces)
 */
#ifndef TALLY_CRYPTO_HASH_LONG_H
#define TALLY_CRYPTO_HASH_LONG_H

#include <stddef.h>

#include "crypto/hash.h"

enum {
    HASH_PIECE_SIZE = 1024
};

/* Hashes size bytes. data may be NULL if size is 0. */
void hash_long(struct hash *out, const void *data, size_t size);

#endif
