/*
 * node/batch_identifiers.h - what the envelopes of checked batches are called
 *
 * Problem. An envelope's identifier is a hash of all its bytes (ledger/command/envelope.h). It is
 * made when a batch is checked, for the signature, and was made again when the block is executed.
 *
 * Rule. Whoever has checked a batch notes the identifiers of its envelopes, in their order, under
 * the batch's digest, and whoever executes it takes them from here. The digest binds every byte of
 * the batch, so they are those of the bytes that are executed. What is not found is hashed again,
 * with the same result. The memory has a fixed size and forgets the oldest.
 *
 * Example. A batch of three envelopes is checked: add(digest, {a, b, c}, 3). Its block is executed:
 * get(digest, out, 3) gives a, b, c. After a restart it gives nothing.
 *
 * Any thread may call the functions below.
 */
#ifndef TALLY_NODE_BATCH_IDENTIFIERS_H
#define TALLY_NODE_BATCH_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "node/replica/payload.h"

struct batch_identifiers;

enum {
    BATCH_IDENTIFIERS_MAX = 1 << 16, /* what a node keeps: 6 MiB */
};

/* Room for so many identifiers, and for as many batches; NULL when memory is short. pre: at least
 * one. */
struct batch_identifiers *batch_identifiers_new(uint32_t capacity);
void batch_identifiers_free(struct batch_identifiers *set);

/* payload_check() of the payload of the batch with this digest, and notes the identifiers of its
 * envelopes if it is valid. `set` may be NULL: then nothing is noted. */
enum payload_result batch_identifiers_check(struct batch_identifiers *set,
                                            const struct payload_rules *rules,
                                            const struct hash *digest, const void *payload,
                                            size_t size);

/* Notes those of a batch; nothing when they are none or more than there is room for. */
void batch_identifiers_add(struct batch_identifiers *set, const struct hash *digest,
                           const struct hash *identifiers, uint32_t count);

/* Writes those of a batch to `out`. False, and nothing is written, when so many are not known of
 * it (any more). */
bool batch_identifiers_get(struct batch_identifiers *set, const struct hash *digest,
                           struct hash *out, uint32_t count);

#endif
