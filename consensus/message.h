/*
 * message.h: what validators say to each other, byte by byte.
 *
 * Rule. A message is a whole byte string (framing is the channel's); its first byte is the kind.
 * One canonical encoding each; decoders are total, bounded, and refuse trailing bytes. n is the
 * number of validators of the epoch.
 *
 *     kind                   after the kind byte                                     class
 *     1 NOTARIZE             vote without its kind byte (114) | report               VOTE
 *     2 NULLIFY              the same                                                VOTE
 *     3 FINALIZE             the same                                                VOTE
 *     4 BATCH                signed batch (batch.h)                                  BULK
 *     5 PROPOSAL             leader's signature 64 | block (block.h)                 VOTE
 *     6 CERTIFICATE          certificate (certificate.h)                             VOTE
 *     7 STATUS               epoch, view, final_view, final_height, gap_view, report VOTE
 *     8 CERTIFICATE_REQUEST  epoch u64 | view u64 | kind u8 (0: any)                 VOTE
 *     9 BLOCK_REQUEST        epoch u64 | hash                                        VOTE
 *    10 BLOCK                block, its justification complete                       BULK
 *    11 JUSTIFICATION_REQUEST epoch u64 | hash                                       VOTE
 *    12 JUSTIFICATION        hash | justification bytes                              BULK
 *    13 BATCH_REQUEST        epoch u64 | u16 count | digests, at most 32             VOTE
 *    14 RANGE_REQUEST        epoch u64 | from_height u64 | count u32 (1 to 64)       VOTE
 *    15 RANGE                u32 count | stored blocks (block.h), heights ascending  BULK
 *
 *     report = exec_height u64 | lane_held: n times u64
 *
 * The PROPOSAL's signature is the leader's NOTARIZE signature over the block's hash: the proposal
 * is the leader's vote. Votes, proposals and certificates are authenticated by the signatures they
 * carry, whoever relays them. A report is unsigned and is credited to the peer that sent the
 * frame: it steers repair and the choice of exec_height, never safety.
 *
 * report.lane_held[i]: the highest lane_seq of lane i up to which the sender holds every batch.
 * STATUS.gap_view: the lowest view above final_view for which the sender holds no certificate.
 */
#ifndef TALLY_CONSENSUS_MESSAGE_H
#define TALLY_CONSENSUS_MESSAGE_H

#include "consensus/batch.h"
#include "consensus/block.h"

enum message_kind {
    MESSAGE_NOTARIZE = VOTE_NOTARIZE,
    MESSAGE_NULLIFY = VOTE_NULLIFY,
    MESSAGE_FINALIZE = VOTE_FINALIZE,
    MESSAGE_BATCH = VOTE_BATCH,
    MESSAGE_PROPOSAL = 5,
    MESSAGE_CERTIFICATE = 6,
    MESSAGE_STATUS = 7,
    MESSAGE_CERTIFICATE_REQUEST = 8,
    MESSAGE_BLOCK_REQUEST = 9,
    MESSAGE_BLOCK = 10,
    MESSAGE_JUSTIFICATION_REQUEST = 11,
    MESSAGE_JUSTIFICATION = 12,
    MESSAGE_BATCH_REQUEST = 13,
    MESSAGE_RANGE_REQUEST = 14,
    MESSAGE_RANGE = 15,
};
#define MESSAGE_KIND_MAX MESSAGE_RANGE

/* A proposal carries its justification inline up to so many certificates. */
#define MESSAGE_INLINE_CERTIFICATES_MAX 16
#define MESSAGE_BATCH_REQUEST_MAX       32
#define MESSAGE_RANGE_BLOCKS_MAX        64

/* What the sender has executed and which batches it holds; lane_held borrows n times 8 bytes. */
struct report {
    uint64_t exec_height;
    const uint8_t *lane_held;
};

struct message_vote {
    struct vote vote; /* NOTARIZE, NULLIFY or FINALIZE */
    struct report report;
};

struct message_proposal {
    struct signature signature;
    struct block block;
    const uint8_t *block_bytes; /* the encoding of block; borrowed; only set by decoding */
    uint32_t block_size;
    struct hash hash; /* of the header; only set by decoding */
};

struct message_status {
    uint64_t epoch;
    uint64_t view;
    uint64_t final_view;
    uint64_t final_height;
    uint64_t gap_view;
    struct report report;
};

struct message_certificate_request {
    uint64_t epoch;
    uint64_t view;
    uint8_t kind; /* enum certificate_kind, or 0 for any */
};

/* BLOCK_REQUEST and JUSTIFICATION_REQUEST. */
struct message_hash_request {
    uint64_t epoch;
    struct hash hash;
};

struct message_block {
    struct block block;
    const uint8_t *block_bytes; /* borrowed; only set by decoding */
    uint32_t block_size;
    struct hash hash; /* only set by decoding */
};

struct message_justification {
    struct hash hash;
    const uint8_t *justification; /* borrowed */
    uint32_t justification_size;
};

struct message_batch_request {
    uint64_t epoch;
    uint16_t digest_count;
    struct hash digests[MESSAGE_BATCH_REQUEST_MAX];
};

struct message_range_request {
    uint64_t epoch;
    uint64_t from_height;
    uint32_t count;
};

/* A range being read: call message_range_next count times. Hashing is what a range costs, so what
 * needs no check any more, because it is held already or was read before, need not be hashed. */
struct message_range {
    uint32_t count;
    uint16_t validator_count;
    uint64_t known_height; /* blocks up to this one are not checked; 0 at first */
    struct bytes_reader reader;
};

/* The value of lane i in a report; 0 if the report has no lanes (lane_held NULL). */
uint64_t report_lane_held(const struct report *report, uint16_t lane);

/*
 * Encoders: append one message to the writer (which fails if it does not fit). A report is written
 * with validator_count lanes; lane_held NULL writes zeros.
 */
void message_vote_write(struct bytes_writer *writer, uint16_t validator_count,
                        const struct message_vote *message);
void message_batch_write(struct bytes_writer *writer, const struct batch *batch);
void message_proposal_write(struct bytes_writer *writer, const struct message_proposal *message);
void message_certificate_write(struct bytes_writer *writer, uint16_t validator_count,
                               const struct certificate *certificate);
void message_status_write(struct bytes_writer *writer, uint16_t validator_count,
                          const struct message_status *message);
void message_certificate_request_write(struct bytes_writer *writer,
                                       const struct message_certificate_request *message);
void message_block_request_write(struct bytes_writer *writer,
                                 const struct message_hash_request *message);
void message_block_write(struct bytes_writer *writer, const struct block *block);
void message_justification_request_write(struct bytes_writer *writer,
                                         const struct message_hash_request *message);
void message_justification_write(struct bytes_writer *writer,
                                 const struct message_justification *message);
void message_batch_request_write(struct bytes_writer *writer,
                                 const struct message_batch_request *message);
void message_range_request_write(struct bytes_writer *writer,
                                 const struct message_range_request *message);
/* Begins a RANGE; then append count stored blocks with stored_block_write. */
void message_range_write(struct bytes_writer *writer, uint32_t count);

/*
 * Decoders: take a whole message, kind byte included. They return false if it is not of that kind,
 * short, not canonical, or has bytes left over. Pointers in the result borrow the input. They check
 * no signature.
 */
TALLY_MUST_CHECK bool message_vote_read(const uint8_t *bytes, size_t size, uint16_t validator_count,
                                        struct message_vote *out);
TALLY_MUST_CHECK bool message_batch_read(const uint8_t *bytes, size_t size,
                                         uint16_t validator_count, struct batch *out);
TALLY_MUST_CHECK bool message_proposal_read(const uint8_t *bytes, size_t size,
                                            uint16_t validator_count, struct message_proposal *out);
TALLY_MUST_CHECK bool message_certificate_read(const uint8_t *bytes, size_t size,
                                               uint16_t validator_count, struct certificate *out);
TALLY_MUST_CHECK bool message_status_read(const uint8_t *bytes, size_t size,
                                          uint16_t validator_count, struct message_status *out);
TALLY_MUST_CHECK bool message_certificate_request_read(const uint8_t *bytes, size_t size,
                                                       struct message_certificate_request *out);
TALLY_MUST_CHECK bool message_block_request_read(const uint8_t *bytes, size_t size,
                                                 struct message_hash_request *out);
TALLY_MUST_CHECK bool message_block_read(const uint8_t *bytes, size_t size,
                                         uint16_t validator_count, struct message_block *out);
TALLY_MUST_CHECK bool message_justification_request_read(const uint8_t *bytes, size_t size,
                                                         struct message_hash_request *out);
TALLY_MUST_CHECK bool message_justification_read(const uint8_t *bytes, size_t size,
                                                 struct message_justification *out);
TALLY_MUST_CHECK bool message_batch_request_read(const uint8_t *bytes, size_t size,
                                                 struct message_batch_request *out);
TALLY_MUST_CHECK bool message_range_request_read(const uint8_t *bytes, size_t size,
                                                 struct message_range_request *out);
TALLY_MUST_CHECK bool message_range_read(const uint8_t *bytes, size_t size,
                                         uint16_t validator_count, struct message_range *out);
/* Reads the next stored block; false if it is malformed or, after the last, bytes are left over. */
TALLY_MUST_CHECK bool message_range_next(struct message_range *range, struct stored_block *out);

#endif
