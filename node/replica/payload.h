/*
 * node/replica/payload.h - the bytes of a batch as this product fills them
 *
 * Problem. Consensus orders batches of opaque bytes. The ledger executes signed envelopes.
 * Something has to say how envelopes lie in a batch, and when a batch is worth a vote.
 *
 * Rule. A payload is a plain list, without a count and without padding:
 *
 *     payload = { size u32, envelope[size] } { size u32, envelope[size] } ...          at least one
 *
 * It is valid when it holds at least one envelope, when it is no larger than the genesis allows,
 * when the sizes add up to exactly the bytes given, and when every envelope is well formed, names
 * this chain and carries a correct signature under the key it names. Nothing else counts: whether
 * that key is on the ledger, may do what it asks, or used its nonce before is decided when the
 * block is executed. So validity is a function of the bytes and of the chain alone, and two members
 * that check one payload can never differ.
 *
 * Example, two envelopes of 3 and 2 bytes (real ones are longer):
 *
 *     03 00 00 00 | aa bb cc | 02 00 00 00 | dd ee
 *
 * Every function here is pure and keeps nothing; any thread may call them.
 */
#ifndef TALLY_NODE_REPLICA_PAYLOAD_H
#define TALLY_NODE_REPLICA_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "ledger/command/envelope.h"

enum {
    /* Bytes in front of every envelope. */
    PAYLOAD_PREFIX_BYTES = 4
};

/* Why a payload is refused: the first rule broken by its first envelope that breaks one. */
enum payload_result {
    PAYLOAD_VALID = 0,
    PAYLOAD_EMPTY,
    PAYLOAD_TOO_LARGE,
    PAYLOAD_TORN,               /* the sizes do not add up to the bytes given */
    PAYLOAD_ENVELOPE_MALFORMED, /* does not decode, or not in its one canonical form */
    PAYLOAD_ENVELOPE_MISADDRESSED,
    PAYLOAD_ENVELOPE_SIGNATURE
};

/* One envelope inside a payload; borrows the payload. */
struct payload_item {
    const uint8_t *bytes;
    uint32_t size;
};

/*
 * Asked before a signature is verified: have these very bytes been verified before? The fingerprint
 * covers the whole envelope with its signature, unlike its identifier, which leaves the signature
 * out: so a yes can stand for the verification. May be called from a worker thread.
 */
typedef bool payload_known(void *context, const struct hash *fingerprint);

/* What a check needs besides the bytes. `known` may be NULL: then every signature is verified. */
struct payload_rules {
    struct hash chain_id;
    uint32_t payload_bytes_max;
    payload_known *known;
    void *context;
};

/*
 * Starts a walk. pre: `data` outlives the reader.
 */
void payload_reader_init(struct bytes_reader *reader, const void *data, size_t size);

/*
 * Gives the next envelope. Returns false at the end, and false with `reader->failed` set where the
 * list is torn. `item` borrows the payload.
 */
bool payload_next(struct bytes_reader *reader, struct payload_item *item);

/*
 * How many envelopes a payload holds. Returns false when the list is torn or empty; `*count` is
 * then 0.
 */
bool payload_count(const void *data, size_t size, uint32_t *count);

/*
 * Appends one envelope. pre: size >= 1. A full writer is left marked as failed, like after any
 * other write.
 */
void payload_append(struct bytes_writer *writer, const void *envelope, uint32_t size);

/*
 * Checks a whole payload, signatures included. Nearly all of the time goes into the signatures of
 * envelopes that are not known, which are verified ENVELOPE_VERIFY_MAX at once.
 * reads: rules, data.  keeps: nothing.
 */
enum payload_result payload_check(const struct payload_rules *rules, const void *data, size_t size);
/* The same, and writes the identifier of each envelope, in their order, to `identifiers`, unless it
 * is NULL: room for payload_count(). They are whole when the payload is valid. */
enum payload_result payload_check_identify(const struct payload_rules *rules, const void *data,
                                           size_t size, struct hash *identifiers);

/*
 * The fingerprint of an envelope, as payload_known is asked for it: H(MESSAGE, identifier |
 * signature), which together bind all of its bytes. pre: decoded.
 */
void payload_envelope_fingerprint(const struct envelope *envelope, struct hash *fingerprint);

/* One line of text about a result, for logs and for the person who sent the bytes. Never NULL. */
const char *payload_result_text(enum payload_result result);

#endif
