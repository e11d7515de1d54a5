#include "crypto/keyfile.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/hash.h"

#define MAGIC      "TALLYKEY"
#define MAGIC_SIZE 8
#define VERSION    1

#define SALT_SIZE  crypto_pwhash_argon2id_SALTBYTES
#define NONCE_SIZE crypto_secretbox_NONCEBYTES
#define SALT_AT    24
#define NONCE_AT   (SALT_AT + SALT_SIZE)

_Static_assert(SALT_SIZE + NONCE_SIZE == KEYFILE_RANDOM_SIZE, "the caller's random bytes suffice");
_Static_assert(NONCE_AT + NONCE_SIZE + SIGN_PUBLIC_KEY_SIZE == KEYFILE_HEADER_SIZE, "the layout");
_Static_assert(KEYFILE_HEADER_SIZE + SIGN_SEED_SIZE + crypto_secretbox_MACBYTES == KEYFILE_SIZE,
               "the layout");
_Static_assert(KEYFILE_MEMORY_MIN_KIB * 1024 == crypto_pwhash_argon2id_MEMLIMIT_MIN,
               "libsodium takes the whole range");

const struct keyfile_cost keyfile_cost_normal = {.passes = 3, .memory_kib = 64 * 1024};

STATUS_DEFINE(keyfile_status, KEYFILE_STATUS_LIST)

const char *keyfile_kind_text(enum keyfile_kind kind)
{
    switch (kind) {
    case KEYFILE_VALIDATOR_SIGNING:
        return "validator signing";
    case KEYFILE_VALIDATOR_CHANNEL:
        return "validator channel";
    case KEYFILE_PARTY_SIGNING:
        return "party signing";
    case KEYFILE_PARTY_CHANNEL:
        return "party channel";
    }
    return "unknown";
}

static bool kind_known(uint16_t kind)
{
    return kind >= KEYFILE_VALIDATOR_SIGNING && kind <= KEYFILE_PARTY_CHANNEL;
}

static bool cost_allowed(const struct keyfile_cost *cost)
{
    return cost->passes >= 1 && cost->passes <= KEYFILE_PASSES_MAX &&
           cost->memory_kib >= KEYFILE_MEMORY_MIN_KIB && cost->memory_kib <= KEYFILE_MEMORY_MAX_KIB;
}

/* Derives the box key from the pass phrase and from every readable byte of the file. */
static enum keyfile_status box_key_derive(const uint8_t header[KEYFILE_HEADER_SIZE],
                                          const struct keyfile_cost *cost, const char *pass_phrase,
                                          size_t pass_phrase_size, struct hash *box_key)
{
    TALLY_ASSERT(cost_allowed(cost));
    TALLY_ASSERT(pass_phrase != NULL || pass_phrase_size == 0);
    uint8_t stretched[32];
    int result = crypto_pwhash_argon2id(
        stretched, sizeof(stretched), pass_phrase != NULL ? pass_phrase : "", pass_phrase_size,
        header + SALT_AT, cost->passes, (size_t)cost->memory_kib * 1024,
        crypto_pwhash_argon2id_ALG_ARGON2ID13);
    if (result != 0) {
        return KEYFILE_NO_MEMORY; /* the sizes are in range, so nothing else can fail */
    }
    hash_keyed(box_key, HASH_KEYFILE, stretched, sizeof(stretched), header, KEYFILE_HEADER_SIZE);
    sodium_memzero(stretched, sizeof(stretched));
    return KEYFILE_OK;
}

enum keyfile_status keyfile_seal(enum keyfile_kind kind, const struct keyfile_cost *cost,
                                 const struct secret_key *secret_key, const char *pass_phrase,
                                 size_t pass_phrase_size, const uint8_t random[KEYFILE_RANDOM_SIZE],
                                 uint8_t out[KEYFILE_SIZE])
{
    TALLY_ASSERT(kind_known((uint16_t)kind));
    TALLY_ASSERT(cost_allowed(cost));
    struct public_key public_key;
    sign_key_public(secret_key, &public_key);

    struct bytes_writer writer;
    bytes_writer_init(&writer, out, KEYFILE_SIZE);
    bytes_write_copy(&writer, MAGIC, MAGIC_SIZE);
    bytes_write_u16(&writer, VERSION);
    bytes_write_u16(&writer, (uint16_t)kind);
    bytes_write_u32(&writer, cost->passes);
    bytes_write_u32(&writer, cost->memory_kib);
    bytes_write_u32(&writer, 0);
    bytes_write_copy(&writer, random, KEYFILE_RANDOM_SIZE);
    bytes_write_copy(&writer, public_key.bytes, SIGN_PUBLIC_KEY_SIZE);
    TALLY_ASSERT(bytes_writer_ok(&writer) && writer.size == KEYFILE_HEADER_SIZE);

    struct hash box_key;
    enum keyfile_status status = box_key_derive(out, cost, pass_phrase, pass_phrase_size, &box_key);
    if (status != KEYFILE_OK) {
        sodium_memzero(out, KEYFILE_SIZE);
        return status;
    }
    uint8_t seed[SIGN_SEED_SIZE];
    int result = crypto_sign_ed25519_sk_to_seed(seed, secret_key->bytes);
    TALLY_ASSERT(result == 0);
    result = crypto_secretbox_easy(out + KEYFILE_HEADER_SIZE, seed, sizeof(seed), out + NONCE_AT,
                                   box_key.bytes);
    TALLY_ASSERT(result == 0);
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(&box_key, sizeof(box_key));
    return KEYFILE_OK;
}

enum keyfile_status keyfile_inspect(const uint8_t *data, size_t size, struct keyfile_header *header)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, size);
    const uint8_t *magic = bytes_read_view(&reader, MAGIC_SIZE);
    if (magic == NULL || memcmp(magic, MAGIC, MAGIC_SIZE) != 0) {
        return KEYFILE_NOT_ONE;
    }
    uint16_t version = bytes_read_u16(&reader);
    if (!reader.failed && version != VERSION) {
        return KEYFILE_WRONG_VERSION;
    }
    uint16_t kind = bytes_read_u16(&reader);
    header->cost.passes = bytes_read_u32(&reader);
    header->cost.memory_kib = bytes_read_u32(&reader);
    uint32_t zero = bytes_read_u32(&reader);
    (void)bytes_read_view(&reader, KEYFILE_RANDOM_SIZE);
    bytes_read_copy(&reader, header->public_key.bytes, SIGN_PUBLIC_KEY_SIZE);
    (void)bytes_read_view(&reader, KEYFILE_SIZE - KEYFILE_HEADER_SIZE);
    if (!bytes_reader_done(&reader)) {
        return KEYFILE_WRONG_SIZE;
    }
    if (!kind_known(kind) || zero != 0 || !cost_allowed(&header->cost)) {
        return KEYFILE_BAD_HEADER;
    }
    header->kind = (enum keyfile_kind)kind;
    return KEYFILE_OK;
}

enum keyfile_status keyfile_open(const uint8_t *data, size_t size, enum keyfile_kind kind,
                                 const char *pass_phrase, size_t pass_phrase_size,
                                 struct secret_key *secret_key)
{
    sign_key_wipe(secret_key);
    struct keyfile_header header;
    enum keyfile_status status = keyfile_inspect(data, size, &header);
    if (status != KEYFILE_OK) {
        return status;
    }
    TALLY_ASSERT(size == KEYFILE_SIZE);
    if (header.kind != kind) {
        return KEYFILE_WRONG_KIND;
    }
    struct hash box_key;
    status = box_key_derive(data, &header.cost, pass_phrase, pass_phrase_size, &box_key);
    if (status != KEYFILE_OK) {
        return status;
    }
    uint8_t seed[SIGN_SEED_SIZE] = {0};
    int result = crypto_secretbox_open_easy(seed, data + KEYFILE_HEADER_SIZE,
                                            KEYFILE_SIZE - KEYFILE_HEADER_SIZE, data + NONCE_AT,
                                            box_key.bytes);
    sodium_memzero(&box_key, sizeof(box_key));
    if (result != 0) {
        return KEYFILE_WRONG_PASS_PHRASE;
    }
    struct public_key public_key;
    sign_key_from_seed(seed, &public_key, secret_key);
    sodium_memzero(seed, sizeof(seed));
    /* A file that was made with this pass phrase, but not by keyfile_seal, can disagree. */
    if (!public_key_equal(&public_key, &header.public_key)) {
        sign_key_wipe(secret_key);
        return KEYFILE_BAD_HEADER;
    }
    return KEYFILE_OK;
}
