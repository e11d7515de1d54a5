#include "node/replica/payload.h"

#include "base/assert.h"
#include "base/mutant.h"

void payload_reader_init(struct bytes_reader *reader, const void *data, size_t size)
{
    bytes_reader_init(reader, data, size);
}

bool payload_next(struct bytes_reader *reader, struct payload_item *item)
{
    if (reader->failed || bytes_reader_left(reader) == 0) {
        return false;
    }
    item->size = bytes_read_u32(reader);
    if (item->size == 0) {
        bytes_reader_fail(reader);
        return false;
    }
    item->bytes = bytes_read_view(reader, item->size);
    return !reader->failed;
}

bool payload_count(const void *data, size_t size, uint32_t *count)
{
    struct bytes_reader reader;
    struct payload_item item;
    uint32_t found = 0;
    payload_reader_init(&reader, data, size);
    while (payload_next(&reader, &item)) {
        found++;
    }
    bool whole = !reader.failed && found > 0;
    *count = whole ? found : 0;
    return whole;
}

void payload_append(struct bytes_writer *writer, const void *envelope, uint32_t size)
{
    TALLY_ASSERT(size > 0);
    bytes_write_u32(writer, size);
    bytes_write_copy(writer, envelope, size);
}

void payload_envelope_fingerprint(const struct envelope *envelope, struct hash *fingerprint)
{
    struct hash_state state;
    hash_begin(&state, HASH_MESSAGE);
    hash_add(&state, envelope->id.bytes, HASH_SIZE);
    if (!MUTANT(CHECK_OF_OTHER_BYTES)) {
        hash_add(&state, envelope->signature.bytes, SIGN_SIGNATURE_SIZE);
    }
    hash_end(&state, fingerprint);
}

/* Envelopes whose signatures are to be verified together. */
struct unverified {
    struct envelope envelopes[ENVELOPE_VERIFY_MAX];
    size_t count;
};

/* Judges all of an envelope but its signature, which joins `unverified` unless it is known. */
static enum payload_result item_check(const struct payload_rules *rules,
                                      const struct payload_item *item,
                                      struct unverified *unverified, struct hash *identifier)
{
    TALLY_ASSERT(unverified->count < ENVELOPE_VERIFY_MAX);
    struct envelope *envelope = &unverified->envelopes[unverified->count];
    if (envelope_decode(envelope, item->bytes, item->size) != ENVELOPE_OK) {
        return PAYLOAD_ENVELOPE_MALFORMED;
    }
    if (!hash_equal(&envelope->chain_id, &rules->chain_id)) {
        return PAYLOAD_ENVELOPE_MISADDRESSED;
    }
    if (identifier != NULL) {
        *identifier = envelope->id;
    }
    if (rules->known != NULL) {
        struct hash fingerprint;
        payload_envelope_fingerprint(envelope, &fingerprint);
        if (rules->known(rules->context, &fingerprint)) {
            return PAYLOAD_VALID;
        }
    }
    unverified->count++;
    return PAYLOAD_VALID;
}

/* Are all these signatures correct? Empties the list. */
static bool signatures_check(struct unverified *unverified)
{
    const struct envelope *envelopes[ENVELOPE_VERIFY_MAX];
    bool valid[ENVELOPE_VERIFY_MAX];
    for (size_t i = 0; i < unverified->count; i++) {
        envelopes[i] = &unverified->envelopes[i];
    }
    envelope_verify_many(envelopes, unverified->count, valid);
    bool all = true;
    for (size_t i = 0; i < unverified->count; i++) {
        all = all && valid[i];
    }
    unverified->count = 0;
    return all || MUTANT(CONTENT_UNCHECKED);
}

enum payload_result payload_check(const struct payload_rules *rules, const void *data, size_t size)
{
    return payload_check_identify(rules, data, size, NULL);
}

enum payload_result payload_check_identify(const struct payload_rules *rules, const void *data,
                                           size_t size, struct hash *identifiers)
{
    TALLY_ASSERT(rules != NULL);
    TALLY_ASSERT(data != NULL || size == 0);
    if (size == 0) {
        return PAYLOAD_EMPTY;
    }
    if (size > rules->payload_bytes_max) {
        return PAYLOAD_TOO_LARGE;
    }
    /* The whole list first: a torn one costs no signature. */
    uint32_t count;
    if (!payload_count(data, size, &count)) {
        return PAYLOAD_TORN;
    }
    struct bytes_reader reader;
    struct payload_item item;
    struct unverified unverified;
    unverified.count = 0;
    enum payload_result result = PAYLOAD_VALID;
    payload_reader_init(&reader, data, size);
    while (result == PAYLOAD_VALID && payload_next(&reader, &item)) {
        result = item_check(rules, &item, &unverified, identifiers);
        identifiers = identifiers != NULL ? identifiers + 1 : NULL;
        if (unverified.count == ENVELOPE_VERIFY_MAX && !signatures_check(&unverified)) {
            return PAYLOAD_ENVELOPE_SIGNATURE;
        }
    }
    /* Those that wait stand before the one at fault: a wrong signature among them comes first. */
    if (!signatures_check(&unverified)) {
        return PAYLOAD_ENVELOPE_SIGNATURE;
    }
    TALLY_ASSERT(result != PAYLOAD_VALID || bytes_reader_done(&reader));
    return result;
}

const char *payload_result_text(enum payload_result result)
{
    switch (result) {
    case PAYLOAD_VALID:
        return "valid";
    case PAYLOAD_EMPTY:
        return "the batch holds no envelope";
    case PAYLOAD_TOO_LARGE:
        return "the batch is larger than the network allows";
    case PAYLOAD_TORN:
        return "the envelopes' sizes do not add up to the batch";
    case PAYLOAD_ENVELOPE_MALFORMED:
        return "an envelope does not decode";
    case PAYLOAD_ENVELOPE_MISADDRESSED:
        return "an envelope names another chain";
    case PAYLOAD_ENVELOPE_SIGNATURE:
        return "an envelope's signature does not verify";
    }
    return "unknown";
}
