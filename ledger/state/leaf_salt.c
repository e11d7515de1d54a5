#include "ledger/state/leaf_salt.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash_many.h"

enum {
    KIND_OFFSET = HASH_SIZE + 8,
    NUMBER_OFFSET = KIND_OFFSET + 1,
    SOURCE_SIZE = NUMBER_OFFSET + 4,
};

_Static_assert(LEAF_SALTS_TOGETHER *SALT_SIZE == HASH_SIZE, "a hash is cut into whole salts");

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

void leaf_salts_make(const struct leaf_salts *salts, uint32_t first, uint32_t count,
                     struct salt *out)
{
    uint8_t sources[HASH_MANY / LEAF_SALTS_TOGETHER][SOURCE_SIZE];
    struct hash hashes[HASH_MANY / LEAF_SALTS_TOGETHER];
    struct hash_item items[HASH_MANY / LEAF_SALTS_TOGETHER];
    uint32_t hash_count = (count + LEAF_SALTS_TOGETHER - 1) / LEAF_SALTS_TOGETHER;
    TALLY_ASSERT(first % LEAF_SALTS_TOGETHER == 0);
    TALLY_ASSERT(count > 0 && count <= HASH_MANY);
    for (uint32_t i = 0; i < hash_count; i++) {
        memcpy(sources[i], salts->secret.bytes, HASH_SIZE);
        bytes_put_u64(sources[i] + HASH_SIZE, salts->height);
        sources[i][KIND_OFFSET] = (uint8_t)salts->kind;
        bytes_put_u32(sources[i] + NUMBER_OFFSET, first / LEAF_SALTS_TOGETHER + i);
        items[i] = (struct hash_item){
            .domain = HASH_SALT, .data = sources[i], .size = SOURCE_SIZE, .out = &hashes[i]};
    }
    hash_many(items, hash_count);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(out[i].bytes,
               hashes[i / LEAF_SALTS_TOGETHER].bytes + i % LEAF_SALTS_TOGETHER * SALT_SIZE,
               SALT_SIZE);
    }
}
