/*
 * ledger/state/leaf_salt.h - the secret of a block, and the salts of its receipts and events
 *
 * Problem. A proof shows the hashes of neighbouring leaves. Whoever can guess what a neighbour says
 * (a price among a hundred likely ones) must not be able to see from its hash that the guess is
 * right. And the salts must not have to be kept: they weigh as much as what they protect.
 *
 * Rule. The ledger keeps one secret, and renews it at the start of every block that has envelopes:
 *
 *     secret(genesis) = H(SECRET, chain id)
 *     secret(h)       = H(SECRET, secret(h-1) | nonces of the block's envelopes, in their order)
 *     secret(h)       = secret(h-1) when the block has none
 *
 * All envelopes of a block count, whatever becomes of them. The leaves of one kind of one block
 * draw their salts from one stream (crypto/stream.h):
 *
 *     key(h, kind)    = H(SALT, secret(h) | h u64 | kind u8)
 *     salt k          = bytes 16k to 16k + 15 of the stream of that key
 *
 * So secret, height, kind and number give the salt of any leaf at any time; the store keeps the
 * secret of each block (node/stored.h) and makes salts again when a proof is asked for.
 *
 * Who knows what. Every validator reads every envelope, so it knows every nonce and every secret;
 * salts hide nothing from members. A party knows the nonces of its own envelopes. It knows the
 * secret of a block only if every envelope up to and with that block was its own, and then nobody
 * else's instruction is in the leaves that the secret protects. With the first envelope of
 * somebody else 128 random bits come in that it never gets to see, and no later block takes them
 * out again; so do parties that put all their nonces together lack those of everybody else. A salt
 * that is shown in a proof tells nothing about secret or other salts, and a secret nothing about
 * those before it, as long as BLAKE2b cannot be inverted and ChaCha20's stream cannot be told from
 * random bytes.
 *
 * A salt of 128 bits hides enough: testing one guess of a leaf means to try 2^128 salts. It need
 * not keep two leaves apart; their hash of 256 bits does that.
 */
#ifndef TALLY_LEDGER_STATE_LEAF_SALT_H
#define TALLY_LEDGER_STATE_LEAF_SALT_H

#include <stdint.h>

#include "crypto/hash.h"
#include "ledger/state/record.h"
#include "ledger/state/result.h"

enum {
    LEAF_SALTS_TOGETHER = 4, /* in one block of the stream */
};

/* What the salts of the leaves of one kind of one block are drawn from. */
struct leaf_salts {
    struct hash key;
    enum leaf_kind kind;
};

/* The secret before the first envelope. */
void leaf_secret_begin(struct hash *secret, const struct hash *chain_id);

/* The renewal, nonce by nonce: begin with the old secret, add those of the block, end. */
void leaf_secret_renew_begin(struct hash_state *state, const struct hash *secret);
void leaf_secret_renew_add(struct hash_state *state, const struct nonce_secret *nonce);
void leaf_secret_renew_end(struct hash_state *state, struct hash *secret);

/* Those of the leaves of a kind, in the block of this height with this secret. */
void leaf_salts_begin(struct leaf_salts *salts, const struct hash *secret, uint64_t height,
                      enum leaf_kind kind);
/* Salts of `count` leaves from number `first` on. pre: `first` a multiple of LEAF_SALTS_TOGETHER,
 * `count` at least 1. */
void leaf_salts_make(const struct leaf_salts *salts, uint32_t first, uint32_t count,
                     struct salt *out);

#endif
