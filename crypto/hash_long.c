#include "crypto/hash_long.h"

#include "base/assert.h"
#include "crypto/hash_many.h"

/* Hashes the next pieces, at most HASH_MANY, and adds what comes out; how many bytes they have. */
static size_t pieces_add(struct hash_state *state, const uint8_t *data, size_t size)
{
    struct hash_item items[HASH_MANY];
    struct hash hashes[HASH_MANY];
    size_t count = 0;
    size_t done = 0;
    while (done < size && count < HASH_MANY) {
        size_t left = size - done;
        size_t piece = left < HASH_PIECE_SIZE ? left : HASH_PIECE_SIZE;
        items[count] = (struct hash_item){
            .domain = HASH_PIECE, .data = data + done, .size = piece, .out = &hashes[count]};
        count++;
        done += piece;
    }
    hash_many(items, count);
    hash_add(state, hashes, count * sizeof(hashes[0]));
    return done;
}

void hash_long(struct hash *out, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    struct hash_state state;
    TALLY_ASSERT(data != NULL || size == 0);
    hash_begin(&state, HASH_PIECES);
    hash_add_u64(&state, size);
    for (size_t done = 0; done < size;) {
        done += pieces_add(&state, bytes + done, size - done);
    }
    hash_end(&state, out);
}
