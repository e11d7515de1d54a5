#include "ledger/state/leaf_salt.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/stream.h"

_Static_assert(LEAF_SALTS_TOGETHER *SALT_SIZE == STREAM_BLOCK_SIZE, "a block is cut into salts");
_Static_assert(sizeof(struct salt) == SALT_SIZE, "salts have no gaps between them");

void leaf_secret_begin(struct hash *secret, const struct hash *chain_id)
{
    hash_compute(secret, HASH_SECRET, chain_id->bytes, HASH_SIZE);
}

void leaf_secret_renew_begin(struct hash_state *state, const struct hash *secret)
{
    hash_begin(state, HASH_SECRET);
    hash_add(state, secret->bytes, HASH_SIZE);
}

void leaf_secret_renew_add(struct hash_state *state, const struct nonce_secret *nonce)
{
    hash_add(state, nonce->bytes, NONCE_SIZE);
}

void leaf_secret_renew_end(struct hash_state *state, struct hash *secret)
{
    hash_end(state, secret);
}

void leaf_salts_begin(struct leaf_salts *salts, const struct hash *secret, uint64_t height,
                      enum leaf_kind kind)
{
    uint8_t source[HASH_SIZE + 8 + 1];
    memcpy(source, secret->bytes, HASH_SIZE);
    bytes_put_u64(source + HASH_SIZE, height);
    source[HASH_SIZE + 8] = (uint8_t)kind;
    hash_compute(&salts->key, HASH_SALT, source, sizeof(source));
    salts->kind = kind;
}

void leaf_salts_make(const struct leaf_salts *salts, uint32_t first, uint32_t count,
                     struct salt *out)
{
    TALLY_ASSERT(first % LEAF_SALTS_TOGETHER == 0);
    TALLY_ASSERT(count > 0);
    stream_draw(&salts->key, first / LEAF_SALTS_TOGETHER, out, (size_t)count * SALT_SIZE);
}
