#include "consensus/certificate.h"

#include "base/assert.h"
#include "base/mutant.h"
#include "crypto/sign_many.h"

static uint16_t certificate_quorum(uint16_t validator_count)
{
    const uint16_t quorum = quorum_size(validator_count);
    return MUTANT(QUORUM_MINUS_ONE) && quorum > 1 ? (uint16_t)(quorum - 1) : quorum;
}

static size_t bitmap_size(uint16_t validator_count)
{
    return ((size_t)validator_count + 7) / 8;
}

size_t certificate_size(uint16_t validator_count)
{
    return CERTIFICATE_FIXED_SIZE + bitmap_size(validator_count) +
           (size_t)certificate_quorum(validator_count) * SIGN_SIGNATURE_SIZE;
}

static bool bitmap_bit(const uint8_t *bitmap, uint16_t index)
{
    return ((bitmap[index / 8] >> (index % 8)) & 1) != 0;
}

/* Exactly q bits, none at or above validator_count. */
static bool bitmap_canonical(const uint8_t *bitmap, uint16_t validator_count)
{
    uint16_t set_count = 0;
    const uint16_t bit_count = (uint16_t)(bitmap_size(validator_count) * 8);
    for (uint16_t i = 0; i < bit_count; i++) {
        if (bitmap_bit(bitmap, i)) {
            if (i >= validator_count) {
                return false;
            }
            set_count++;
        }
    }
    return set_count == certificate_quorum(validator_count);
}

void certificate_read(struct bytes_reader *reader, uint16_t validator_count,
                      struct certificate *out)
{
    const uint8_t kind = bytes_read_u8(reader);
    out->kind = (enum certificate_kind)kind;
    out->epoch = bytes_read_u64(reader);
    out->view = bytes_read_u64(reader);
    bytes_read_copy(reader, out->hash.bytes, HASH_SIZE);
    out->bitmap = bytes_read_view(reader, bitmap_size(validator_count));
    out->signatures =
        bytes_read_view(reader, (size_t)certificate_quorum(validator_count) * SIGN_SIGNATURE_SIZE);

    const bool known = kind >= CERTIFICATE_NOTARIZATION && kind <= CERTIFICATE_FINALIZATION;
    const bool hash_fits = (kind == CERTIFICATE_NULLIFICATION) == hash_is_zero(&out->hash);
    if (!known || !hash_fits || out->view == 0 || out->bitmap == NULL ||
        !bitmap_canonical(out->bitmap, validator_count)) {
        bytes_reader_fail(reader);
    }
}

void certificate_write(struct bytes_writer *writer, uint16_t validator_count,
                       const struct certificate *certificate)
{
    bytes_write_u8(writer, (uint8_t)certificate->kind);
    bytes_write_u64(writer, certificate->epoch);
    bytes_write_u64(writer, certificate->view);
    bytes_write_copy(writer, certificate->hash.bytes, HASH_SIZE);
    bytes_write_copy(writer, certificate->bitmap, bitmap_size(validator_count));
    bytes_write_copy(writer, certificate->signatures,
                     (size_t)certificate_quorum(validator_count) * SIGN_SIGNATURE_SIZE);
}

bool certificate_signed_by(const struct certificate *certificate, uint16_t index)
{
    return bitmap_bit(certificate->bitmap, index);
}

void certificate_vote(const struct certificate *certificate, uint16_t index, struct vote *out)
{
    TALLY_ASSERT(certificate_signed_by(certificate, index));
    size_t before = 0;
    for (uint16_t i = 0; i < index; i++) {
        before += certificate_signed_by(certificate, i) ? 1 : 0;
    }
    *out = (struct vote){.kind = (enum vote_kind)certificate->kind,
                         .epoch = certificate->epoch,
                         .view = certificate->view,
                         .hash = certificate->hash,
                         .signer = index};
    struct bytes_reader reader;
    bytes_reader_init(&reader, certificate->signatures + before * SIGN_SIGNATURE_SIZE,
                      SIGN_SIGNATURE_SIZE);
    bytes_read_copy(&reader, out->signature.bytes, SIGN_SIGNATURE_SIZE);
}

bool certificate_verify(const struct certificate *certificate, const struct hash *chain_id,
                        const struct public_key *validators, uint16_t validator_count)
{
    const uint8_t none[CERTIFICATE_BITMAP_MAX] = {0};
    return certificate_verify_rest(certificate, chain_id, validators, validator_count, none);
}

/* One wrong signature among the few of a quorum spoils all: no need to stop at the first. */
static bool items_valid(struct sign_item *items, size_t count)
{
    sign_verify_many(items, count);
    bool valid = true;
    for (size_t i = 0; i < count; i++) {
        valid = valid && items[i].valid;
    }
    return valid;
}

bool certificate_verify_rest(const struct certificate *certificate, const struct hash *chain_id,
                             const struct public_key *validators, uint16_t validator_count,
                             const uint8_t *known)
{
    if (MUTANT(CERTIFICATE_UNVERIFIED)) {
        return true;
    }
    uint8_t bytes[VOTE_SIGN_BYTES_SIZE];
    vote_sign_bytes((enum vote_kind)certificate->kind, chain_id, certificate->epoch,
                    certificate->view, &certificate->hash, bytes);
    struct signature signatures[CERTIFICATE_SIGNERS_MAX];
    struct sign_item items[CERTIFICATE_SIGNERS_MAX];
    size_t count = 0;
    struct bytes_reader reader;
    bytes_reader_init(&reader, certificate->signatures,
                      (size_t)certificate_quorum(validator_count) * SIGN_SIGNATURE_SIZE);
    for (uint16_t i = 0; i < validator_count; i++) {
        if (!certificate_signed_by(certificate, i)) {
            continue;
        }
        TALLY_ASSERT(count < CERTIFICATE_SIGNERS_MAX);
        bytes_read_copy(&reader, signatures[count].bytes, SIGN_SIGNATURE_SIZE);
        items[count] = (struct sign_item){.public_key = &validators[i],
                                          .message = bytes,
                                          .size = sizeof bytes,
                                          .signature = &signatures[count]};
        count += bitmap_bit(known, i) ? 0 : 1;
    }
    TALLY_ASSERT(bytes_reader_done(&reader));
    return items_valid(items, count);
}

void certificate_begin(struct certificate_builder *builder, struct bytes_writer *writer,
                       uint16_t validator_count, enum certificate_kind kind, uint64_t epoch,
                       uint64_t view, const struct hash *hash)
{
    TALLY_ASSERT((kind == CERTIFICATE_NULLIFICATION) == hash_is_zero(hash));
    TALLY_ASSERT(view >= 1);
    bytes_write_u8(writer, (uint8_t)kind);
    bytes_write_u64(writer, epoch);
    bytes_write_u64(writer, view);
    bytes_write_copy(writer, hash->bytes, HASH_SIZE);
    builder->writer = writer;
    builder->bitmap = bytes_write_reserve(writer, bitmap_size(validator_count));
    builder->validator_count = validator_count;
    builder->signer_count = 0;
    builder->index_next = 0;
}

bool certificate_add(struct certificate_builder *builder, uint16_t index,
                     const struct signature *signature)
{
    TALLY_ASSERT(index >= builder->index_next);
    TALLY_ASSERT(index < builder->validator_count);
    TALLY_ASSERT(builder->signer_count < certificate_quorum(builder->validator_count));
    if (builder->bitmap != NULL) {
        builder->bitmap[index / 8] = (uint8_t)(builder->bitmap[index / 8] | (1u << (index % 8)));
    }
    bytes_write_copy(builder->writer, signature->bytes, SIGN_SIGNATURE_SIZE);
    builder->index_next = (uint16_t)(index + 1);
    builder->signer_count++;
    return builder->signer_count == certificate_quorum(builder->validator_count);
}
