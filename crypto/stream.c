#include "crypto/stream.h"

#include <sodium.h>
#include <string.h>

#include "base/assert.h"

_Static_assert(HASH_SIZE == crypto_stream_chacha20_ietf_KEYBYTES, "a hash is a key");

static void draw(const uint8_t *key, const uint8_t *nonce, uint32_t block, void *out, size_t size)
{
    memset(out, 0, size);
    int failed = crypto_stream_chacha20_ietf_xor_ic(out, out, size, nonce, block, key);
    TALLY_ASSERT(failed == 0);
}

void stream_draw(const struct hash *key, uint32_t block, void *out, size_t size)
{
    static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES];
    TALLY_ASSERT((size + STREAM_BLOCK_SIZE - 1) / STREAM_BLOCK_SIZE <= (UINT64_C(1) << 32) - block);
    draw(key->bytes, nonce, block, out, size);
}

/* Section 2.4.2: the key, the nonce, and the stream's first bytes as the text is masked with
 * them. */
bool stream_check(void)
{
    static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = {[7] = 0x4a};
    static const char text[] = "Ladies and Gentlemen of the clas";
    static const uint8_t masked[32] = {0x6e, 0x2e, 0x35, 0x9a, 0x25, 0x68, 0xf9, 0x80,
                                       0x41, 0xba, 0x07, 0x28, 0xdd, 0x0d, 0x69, 0x81,
                                       0xe9, 0x7e, 0x7a, 0xec, 0x1d, 0x43, 0x60, 0xc2,
                                       0x0a, 0x27, 0xaf, 0xcc, 0xfd, 0x9f, 0xae, 0x0b};
    uint8_t key[HASH_SIZE];
    uint8_t stream[16 * STREAM_BLOCK_SIZE + 1];
    uint8_t piece[STREAM_BLOCK_SIZE];
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    draw(key, nonce, 1, stream, sizeof(stream));
    bool agrees = true;
    for (size_t i = 0; i < sizeof(masked); i++) {
        agrees = agrees && ((uint8_t)text[i] ^ stream[i]) == masked[i];
    }
    /* Many blocks at once are made another way than one. */
    for (uint32_t block = 0; block < 16; block++) {
        draw(key, nonce, 1 + block, piece, sizeof(piece));
        agrees = agrees && memcmp(piece, stream + block * STREAM_BLOCK_SIZE, sizeof(piece)) == 0;
    }
    return agrees;
}
