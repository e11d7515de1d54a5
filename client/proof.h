/*
 * client/proof.h - evidence that something happened, checkable offline with the genesis file alone.
 *
 * Problem.  A person who holds a settlement must be able to show it to anybody, years later,
 * without the network, without trusting the node that answered, and without a certificate
 * authority. All that the checker has is the genesis file, whose fingerprint it compared out of
 * band.
 *
 * Rule.  A proof leads from a leaf to signatures of a quorum of the validators named in the
 * genesis:
 *
 *     leaf, salt --path--> root of its tree (receipts, events, or one section of the state)
 *     state sections ----> state root      (a section per record kind)
 *     roots of height h, block id h, result root h-1 ----> result root h
 *     ... the same for h+1 .. e ----> result root e
 *     header naming (e, result root e) ----> block hash ----> certificate: q distinct validators
 *     validators ----> the genesis
 *
 * Every arrow is a hash or a signature that the verifier computes itself. The header of height h is
 * included for its timestamp; it is bound by its hash, the block id of h. A notarised header proves
 * the result root it carries as well as a finalised one: a quorum checked that root before signing.
 *
 * What a proof does not show: that nothing happened since (the facts give the time of the proven
 * block: who needs to know what is now compares it with a clock), and that something is absent (ask
 * f+1 nodes). The certified header may be many blocks younger and vouches for no later state.
 *
 * Records name each other by array index (a position names its account and asset so). A proof
 * therefore carries, after the record asked for, the records it refers to, each with its own path
 * under the same state root; since kind and index are inside a record's leaf hash, a reference is
 * resolved by proven leaves alone. Receipts and events name business identifiers and stand alone.
 *
 * Encoding.  A proof is `u32 anchor size | anchor | u8 leaf count | leaves, each after its u32
 * size`; an anchor begins with a version byte, a leaf with its tree's number and is then as
 * ledger/state/result.h writes it. One anchor serves all leaves of its block. All is little-endian,
 * bounded and canonical: what decodes, encodes back byte for byte.
 *
 * Source: RFC 6962 section 2.1 (audit paths; here with the count bound into the root).
 */
#ifndef TALLY_CLIENT_PROOF_H
#define TALLY_CLIENT_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/status.h"
#include "client/genesis.h"
#include "consensus/header.h"
#include "crypto/hash.h"
#include "ledger/state/result.h"

#define PROOF_STEPS_MAX      256u
#define PROOF_LEAVES_MAX     12u
#define PROOF_VERSION        1u
#define PROOF_LEAF_BYTES_MAX 6144u
#define PROOF_BYTES_MAX      (256u * 1024u)

/* Which of a block's trees a leaf belongs to. */
enum proof_tree {
    PROOF_RECEIPT = 1, /* what became of one command */
    PROOF_EVENT = 2,   /* something that happened later than its command: a match, a settlement */
    PROOF_RECORD = 3,  /* the state of one record after that block */
};

/* The roots of one height, as they enter the chained result root. */
struct proof_step {
    struct hash block_id;
    struct hash receipts_root;
    struct hash events_root;
    struct hash state_root;
};

struct proof_anchor {
    uint64_t height;           /* h: the block the leaf belongs to */
    struct hash previous_root; /* result root of h-1 */
    uint16_t step_count;       /* heights h .. e */
    struct proof_step steps[PROOF_STEPS_MAX];
    struct header block_header;     /* of height h */
    struct header certified_header; /* names (e, result root e) */
    const uint8_t *certificate;     /* over the certified header; borrowed */
    uint32_t certificate_size;
};

struct proof_leaf {
    enum proof_tree tree;
    union {
        struct leaf_proof leaf;     /* PROOF_RECEIPT, PROOF_EVENT */
        struct record_proof record; /* PROOF_RECORD */
    };
};

struct proof {
    struct proof_anchor anchor;
    uint8_t leaf_count;                         /* at least 1 */
    struct proof_leaf leaves[PROOF_LEAVES_MAX]; /* the first is what was asked for */
};

/* The verifier's findings, in the order in which it looks. */
#define PROOF_RESULT_LIST(X)                                                                     \
    X(PROOF_VALID, "valid", "")                                                                  \
    X(PROOF_MALFORMED, "the proof is not well formed", "ask a node for it again")                \
    X(PROOF_HEADER_MISMATCH, "the block header is not that of the proven block",                 \
      "ask another node")                                                                        \
    X(PROOF_PATH_BROKEN, "the content does not lead to the root of its block",                   \
      "it was altered: do not rely on it")                                                       \
    X(PROOF_RESULT_MISMATCH, "the roots do not lead to the certified result",                    \
      "it was altered: do not rely on it")                                                       \
    X(PROOF_CERTIFICATE_MALFORMED, "the certificate is not well formed", "ask another node")     \
    X(PROOF_CERTIFICATE_MISMATCH, "the certificate is not about this block", "ask another node") \
    X(PROOF_CERTIFICATE_INVALID, "the certificate lacks a quorum of valid signatures",           \
      "check that the genesis file is this network's; if so, the proof is forged")
STATUS_DECLARE(proof_result, PROOF_RESULT_LIST);

/* What was found out on the way, for showing. */
struct proof_facts {
    uint64_t height;    /* of the proven block */
    uint64_t ledger_ms; /* its timestamp */
    struct hash block_id;
    uint64_t certified_height; /* of the header that carries the result */
    uint64_t epoch;
    uint16_t signer_count; /* distinct validators that signed */
    uint16_t quorum;       /* how many had to */
    uint16_t validator_count;
    struct hash result_root;
};

/* Encoders: the size written, or 0 when not valid or it does not fit. */
TALLY_MUST_CHECK size_t proof_anchor_encode(const struct proof_anchor *anchor, void *out,
                                            size_t capacity);
TALLY_MUST_CHECK size_t proof_leaf_encode(const struct proof_leaf *leaf, void *out,
                                          size_t capacity);
TALLY_MUST_CHECK size_t proof_encode(const struct proof *proof, void *out, size_t capacity);

/* Decoders: total, bounded; views borrow from data. */
TALLY_MUST_CHECK bool proof_anchor_decode(const void *data, size_t size, struct proof_anchor *out);
TALLY_MUST_CHECK bool proof_leaf_decode(const void *data, size_t size, struct proof_leaf *out);
TALLY_MUST_CHECK bool proof_decode(const void *data, size_t size, struct proof *out);

/* Does the anchor lead from its height's roots to a quorum of the genesis's validators? Fills
 * *facts as far as it came. Reads only; needs no network, clock or other state. */
TALLY_MUST_CHECK enum proof_result proof_anchor_verify(const struct proof_anchor *anchor,
                                                       const struct genesis *genesis,
                                                       struct proof_facts *facts);

/* Does the leaf lead to the root that the anchor's first height has for its tree? Says nothing
 * about the anchor, which must be verified as well. */
TALLY_MUST_CHECK enum proof_result proof_leaf_verify(const struct proof_leaf *leaf,
                                                     const struct proof_anchor *anchor);

/* The anchor and every leaf. */
TALLY_MUST_CHECK enum proof_result proof_verify(const struct proof *proof,
                                                const struct genesis *genesis,
                                                struct proof_facts *facts);

#endif
