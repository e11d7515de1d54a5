/*
 * ledger/state/result.h - what a block came to, as four hashes, and proofs of single leaves under
 * them
 *
 * Rule.
 *   receipts root  list root (crypto/merkle.h) over the block's receipt leaves, in order
 *   events root    the same over its event leaves
 *   state root     H(STATE, for each record kind in order: kind u8 | extent u32 | tree root)
 *   result root    H(RESULT, result_root(h-1) | h u64 | block id | receipts root | events root
 *                  | state root)
 * The state root is renewed when few records changed, at the latest every renewal_blocks_max
 * blocks; in between the last one stands. The extent of a kind is one more than its highest slot
 * ever used. The genesis has result_root(0) = H(RESULT, 32 zero bytes | 0 | chain id | empty list
 * root | empty list root | state root).
 *
 * A leaf's hash is hash(domain, salt[16] | bytes); a record's is hash(RECORD, salt[16] | kind u8
 * | index u32 | bytes). A proof of a receipt or event is {salt, bytes, index, count, path}; a proof
 * of a record carries the extents and roots of all kinds too, from which the state root is made.
 */
#ifndef TALLY_LEDGER_STATE_RESULT_H
#define TALLY_LEDGER_STATE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/merkle.h"
#include "ledger/state/record.h"

struct result {
    struct hash result_root;
    struct hash receipts_root;
    struct hash events_root;
    struct hash state_root;
};

enum leaf_kind {
    LEAF_RECEIPT = 1,
    LEAF_EVENT = 2
};

/* Under which domain leaves of a kind are hashed. */
enum hash_domain leaf_domain(enum leaf_kind kind);
/* The hash of a leaf from its salt and bytes. */
void leaf_hash(enum leaf_kind kind, const struct salt *salt, const void *bytes, size_t size,
               struct hash *out);

/* result_root(h) from the one before and the block's three roots. */
void result_chain(const struct hash *previous, uint64_t height, const struct hash *block_id,
                  const struct hash *receipts_root, const struct hash *events_root,
                  const struct hash *state_root, struct hash *out);

/* The state root from the extents and roots of all kinds. */
struct state_parts {
    uint32_t extent[RECORD_KIND_COUNT];
    struct hash root[RECORD_KIND_COUNT];
};

/* The state root of these parts, and their codec. */
void state_parts_root(const struct state_parts *parts, struct hash *out);
/* All kinds in order: extent u32, root. */
void state_parts_encode(const struct state_parts *parts, struct bytes_writer *writer);
/* As above; any 32 bytes are a root. */
void state_parts_decode(struct state_parts *parts, struct bytes_reader *reader);

/* One receipt or event under the list root of its block. */
struct leaf_proof {
    uint8_t kind; /* enum leaf_kind */
    uint32_t index;
    uint32_t count;
    struct salt salt;
    uint8_t bytes[512];
    uint32_t size;
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count;
};

/* One record under a state root. */
struct record_proof {
    uint8_t kind; /* enum record_kind */
    uint32_t index;
    struct salt salt;
    uint8_t bytes[RECORD_BYTES_MAX];
    uint32_t size;
    struct state_parts parts;
    struct hash path[MERKLE_PATH_MAX];
    uint32_t path_count;
};

/* Do they lead to this root? Pure, any thread; any content may be given. */
TALLY_MUST_CHECK bool leaf_proof_verify(const struct leaf_proof *proof,
                                        const struct hash *list_root);
TALLY_MUST_CHECK bool record_proof_verify(const struct record_proof *proof,
                                          const struct hash *state_root);

/* Codecs; decoding is total, bounded, and takes exactly its own bytes from the reader. */
void leaf_proof_encode(const struct leaf_proof *proof, struct bytes_writer *writer);
bool leaf_proof_decode(struct leaf_proof *proof, struct bytes_reader *reader);
void record_proof_encode(const struct record_proof *proof, struct bytes_writer *writer);
bool record_proof_decode(struct record_proof *proof, struct bytes_reader *reader);

/*
 * The list proof of any stored block, from its leaf hashes as kept by the driver. `scratch` holds
 * `count` hashes. Fills index, count and path; the caller fills salt and bytes.
 */
void leaf_proof_path(struct leaf_proof *proof, const struct hash *leaves, uint32_t count,
                     uint32_t index, struct hash *scratch);

#endif
