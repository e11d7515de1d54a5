#include "ledger/command/envelope.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/hash_long.h"

static const char signed_prefix[8] = {'T', 'A', 'L', 'L', 'Y', '-', 'E', '1'};

enum {
    COUNT_OFFSET = ENVELOPE_HEAD_BYTES - 2,
    NONCE_OFFSET = COUNT_OFFSET - 8 - NONCE_SIZE,
    SIGNATURE_BYTES = 64,
    COMMAND_PREFIX_BYTES = 2,
};

/* What is signed: a digest, so that no buffer of the envelope's size is needed. */
struct signed_message {
    uint8_t bytes[sizeof(signed_prefix) + HASH_SIZE];
};

static struct signed_message signed_message_of(const struct hash *id)
{
    struct signed_message message;
    memcpy(message.bytes, signed_prefix, sizeof(signed_prefix));
    memcpy(message.bytes + sizeof(signed_prefix), id->bytes, HASH_SIZE);
    return message;
}

/* The identifier from what stands before the signature. */
static void id_make(struct hash *id, const uint8_t *bytes, size_t size)
{
    struct hash content;
    hash_long(&content, bytes, size);
    hash_compute(id, HASH_ENVELOPE, content.bytes, HASH_SIZE);
}

/* Walks over the declared number of commands; what is left of the reader must be the signature. */
static enum envelope_check commands_check(struct bytes_reader *reader, uint16_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint16_t size = bytes_read_u16(reader);
        if (!reader->failed && (size == 0 || size > ENVELOPE_COMMAND_BYTES_MAX)) {
            return ENVELOPE_COMMAND_SIZE_WRONG;
        }
        if (bytes_read_view(reader, size) == NULL) {
            return ENVELOPE_TRUNCATED;
        }
    }
    return ENVELOPE_OK;
}

static void head_read(struct envelope *envelope, struct bytes_reader *reader)
{
    bytes_read_copy(reader, envelope->chain_id.bytes, HASH_SIZE);
    bytes_read_copy(reader, envelope->party.text, BIC_SIZE);
    bytes_read_copy(reader, envelope->key.bytes, sizeof(envelope->key.bytes));
    bytes_read_copy(reader, envelope->nonce.bytes, NONCE_SIZE);
    envelope->valid_until_ms = bytes_read_u64(reader);
    envelope->command_count = bytes_read_u16(reader);
}

enum envelope_check envelope_decode(struct envelope *out, const void *bytes, size_t size)
{
    return envelope_decode_known(out, bytes, size, NULL);
}

enum envelope_check envelope_decode_known(struct envelope *out, const void *bytes, size_t size,
                                          const struct hash *id)
{
    *out = (struct envelope){.bytes = bytes, .size = size};
    if (size > ENVELOPE_BYTES_MAX) {
        return ENVELOPE_TOO_LARGE;
    }
    if (size < ENVELOPE_HEAD_BYTES + SIGNATURE_BYTES) {
        return ENVELOPE_TRUNCATED;
    }
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    if (bytes_read_u16(&reader) != ENVELOPE_VERSION) {
        return ENVELOPE_VERSION_UNKNOWN;
    }
    head_read(out, &reader);
    if (!bic_valid(&out->party)) {
        return ENVELOPE_PARTY_NOT_BIC;
    }
    if (out->command_count == 0 || out->command_count > ENVELOPE_COMMAND_COUNT_MAX) {
        return ENVELOPE_COUNT_OUT_OF_RANGE;
    }
    out->commands = out->bytes + reader.offset;
    enum envelope_check check = commands_check(&reader, out->command_count);
    if (check != ENVELOPE_OK) {
        return check;
    }
    out->commands_size = reader.offset - ENVELOPE_HEAD_BYTES;
    size_t left = bytes_reader_left(&reader);
    if (left != SIGNATURE_BYTES) {
        return left < SIGNATURE_BYTES ? ENVELOPE_TRUNCATED : ENVELOPE_TRAILING_BYTES;
    }
    bytes_read_copy(&reader, out->signature.bytes, SIGNATURE_BYTES);
    if (id != NULL) {
        out->id = *id;
    } else {
        id_make(&out->id, bytes, size - SIGNATURE_BYTES);
    }
    return ENVELOPE_OK;
}

bool envelope_nonce(struct nonce_secret *nonce, const void *bytes, size_t size)
{
    if (size < NONCE_OFFSET + NONCE_SIZE) {
        return false;
    }
    memcpy(nonce->bytes, (const uint8_t *)bytes + NONCE_OFFSET, NONCE_SIZE);
    return true;
}

enum envelope_check envelope_verify(const struct envelope *envelope)
{
    const struct signed_message message = signed_message_of(&envelope->id);
    bool valid =
        sign_verify(&envelope->key, message.bytes, sizeof(message.bytes), &envelope->signature);
    return valid ? ENVELOPE_OK : ENVELOPE_SIGNATURE_WRONG;
}

void envelope_verify_many(const struct envelope *const *envelopes, size_t count, bool *valid)
{
    struct signed_message messages[ENVELOPE_VERIFY_MAX];
    struct sign_item items[ENVELOPE_VERIFY_MAX];
    TALLY_ASSERT(count <= ENVELOPE_VERIFY_MAX);
    for (size_t i = 0; i < count; i++) {
        messages[i] = signed_message_of(&envelopes[i]->id);
        items[i] = (struct sign_item){.public_key = &envelopes[i]->key,
                                      .message = messages[i].bytes,
                                      .size = sizeof(messages[i].bytes),
                                      .signature = &envelopes[i]->signature};
    }
    sign_verify_many(items, count);
    for (size_t i = 0; i < count; i++) {
        valid[i] = items[i].valid;
    }
}

struct bytes_reader envelope_commands(const struct envelope *envelope)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, envelope->commands, envelope->commands_size);
    return reader;
}

bool envelope_next(struct bytes_reader *commands, const uint8_t **bytes, size_t *size)
{
    if (bytes_reader_left(commands) == 0) {
        return false;
    }
    *size = bytes_read_u16(commands);
    *bytes = bytes_read_view(commands, *size);
    return *bytes != NULL;
}

bool envelope_begin(struct envelope_builder *builder, void *buffer, size_t capacity,
                    const struct hash *chain_id, const struct bic *party,
                    const struct public_key *key, const struct nonce_secret *nonce,
                    uint64_t valid_until_ms)
{
    size_t usable = capacity < ENVELOPE_BYTES_MAX ? capacity : ENVELOPE_BYTES_MAX;
    *builder = (struct envelope_builder){.command_count = 0};
    bytes_writer_init(&builder->writer, buffer, usable);
    bytes_write_u16(&builder->writer, ENVELOPE_VERSION);
    bytes_write_copy(&builder->writer, chain_id->bytes, HASH_SIZE);
    bic_write(&builder->writer, party);
    bytes_write_copy(&builder->writer, key->bytes, sizeof(key->bytes));
    bytes_write_copy(&builder->writer, nonce->bytes, NONCE_SIZE);
    bytes_write_u64(&builder->writer, valid_until_ms);
    bytes_write_u16(&builder->writer, 0);
    return bytes_writer_ok(&builder->writer) && bic_valid(party);
}

bool envelope_append(struct envelope_builder *builder, const void *command, size_t size)
{
    struct bytes_writer *writer = &builder->writer;
    if (size == 0 || size > ENVELOPE_COMMAND_BYTES_MAX ||
        builder->command_count == ENVELOPE_COMMAND_COUNT_MAX || !bytes_writer_ok(writer) ||
        writer->capacity - writer->size < COMMAND_PREFIX_BYTES + size + SIGNATURE_BYTES) {
        return false;
    }
    bytes_write_u16(writer, (uint16_t)size);
    bytes_write_copy(writer, command, size);
    builder->command_count++;
    return bytes_writer_ok(writer);
}

bool envelope_seal(struct envelope_builder *builder, const struct secret_key *secret, size_t *size,
                   struct hash *id)
{
    struct bytes_writer *writer = &builder->writer;
    if (builder->command_count == 0 || !bytes_writer_ok(writer) ||
        writer->capacity - writer->size < SIGNATURE_BYTES) {
        return false;
    }
    bytes_put_u16(writer->data + COUNT_OFFSET, builder->command_count);
    id_make(id, writer->data, writer->size);
    const struct signed_message message = signed_message_of(id);
    struct signature signature;
    sign_create(secret, message.bytes, sizeof(message.bytes), &signature);
    bytes_write_copy(writer, signature.bytes, SIGNATURE_BYTES);
    *size = writer->size;
    return bytes_writer_ok(writer);
}
