/*
 * block.h: what travels and is stored with a header: justification and body.
 *
 * Problem. A header commits to why it may stand where it stands, and to what it orders. Both must
 * be checkable by anyone who has the bytes, and have one encoding in messages, journal and store.
 *
 * Rule.
 *
 *     block         = header (215) | u32 size | justification | u32 size | body
 *     justification = u16 count | certificates
 *     body          = u32 count | batch references | cut: validator_count times u64
 *     reference     = lane u16 | digest 32
 *     stored block  = u32 size | block | u32 size | certificate (size 0: it is final through a
 *                     descendant; the next stored block that has a certificate proves it, since
 *                     each header names its parent's hash)
 *
 * The justification of a block in view v whose parent is in view p holds, in this order: the
 * parent's NOTARIZATION or FINALIZATION (absent if the parent is the anchor), then the
 * NULLIFICATION of every view u with p < u < v, ascending.
 *
 *     block in view 9, parent in view 6:  [NOTARIZATION 6, NULLIFICATION 7, NULLIFICATION 8]
 *     first block, in view 1:             []  encoded as 00 00
 *
 * The body orders batches. The cut says for each lane the number of the last batch ordered up to
 * and including this block. References are grouped by lane, lanes ascending but starting with lane
 * view % n (so that no lane is always executed first), and within a lane they continue the
 * parent's cut without a gap:
 *
 *     parent's cut [5 0 2 2], references lane 0: 2 batches, lane 2: 1 batch  ->  cut [7 0 3 2]
 *
 * A PROPOSAL may leave the justification out (size 0), since it may be long; it is then asked for
 * by hash. A complete block has size 2 or more there.
 */
#ifndef TALLY_CONSENSUS_BLOCK_H
#define TALLY_CONSENSUS_BLOCK_H

#include "consensus/certificate.h"
#include "consensus/header.h"

#define BLOCK_REFERENCE_SIZE 34

/* A block taken apart; pointers borrow the encoding. */
struct block {
    struct header header;
    const uint8_t *justification; /* encoded */
    uint32_t justification_size;  /* 0: left out */
    const uint8_t *body;          /* encoded */
    uint32_t body_size;
};

struct block_reference {
    uint16_t lane;
    struct hash digest;
};

/* A body taken apart; pointers borrow the encoding. */
struct block_body {
    uint32_t batch_count;
    const uint8_t *references;
    const uint8_t *cut;
    uint16_t validator_count;
};

/* Appends a block: header, justification and body. */
void block_write(struct bytes_writer *writer, const struct block *block);

/*
 * Reads a block and checks what needs no context: the header's form, body_root, the body's form
 * and its batch_count and, unless the justification is left out, just_root. Fails the reader
 * otherwise. Does not look inside the justification.
 */
void block_read(struct bytes_reader *reader, uint16_t validator_count, struct block *out);

/* Takes a body apart. Returns false if it is short, has bytes left over or an unknown lane. */
TALLY_MUST_CHECK bool block_body_open(const uint8_t *body, uint32_t body_size,
                                      uint16_t validator_count, struct block_body *out);

/* The batch reference at index, and the cut of a lane. */
void block_body_reference(const struct block_body *body, uint32_t index,
                          struct block_reference *out);
uint64_t block_body_cut(const struct block_body *body, uint16_t lane);

/* The size of a body with so many references. */
uint32_t block_body_size(uint16_t validator_count, uint32_t batch_count);

/* The root of a body's bytes, and of a justification's. */
void block_body_root(const uint8_t *body, uint32_t body_size, struct hash *out);
void block_justification_root(const uint8_t *justification, uint32_t size, struct hash *out);

/* One stored block taken apart; pointers borrow the encoding. */
struct stored_block {
    struct block block;
    const uint8_t *block_bytes;
    uint32_t block_size;
    const uint8_t *certificate; /* encoded */
    uint32_t certificate_size;  /* 0: final through a descendant */
};

/* Writes and reads the form in which a block goes into a RANGE answer and into the store. What was
 * read borrows from the reader's bytes; what is malformed fails the reader. */
void stored_block_write(struct bytes_writer *writer, const uint8_t *block_bytes,
                        uint32_t block_size, const uint8_t *certificate, uint32_t certificate_size);
void stored_block_read(struct bytes_reader *reader, uint16_t validator_count,
                       struct stored_block *out);

/* The two halves of it: taking the bytes apart, which costs little, and looking whether they are
 * what the header commits to, of the sizes that a committee of so many has. */
void stored_block_open(struct bytes_reader *reader, struct stored_block *out);
TALLY_MUST_CHECK bool stored_block_check(const struct stored_block *stored,
                                         uint16_t validator_count);

#endif
