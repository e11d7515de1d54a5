/*
 * header.h: the block header, the one thing that validators vote on.
 *
 * Problem. A vote names 32 bytes. They must bind everything that matters about a block: where it
 * stands, what it orders, which result it certifies, and why it was allowed to stand there.
 *
 * Rule. A block's hash is H("header", its 215 bytes). Epoch, view and parent are inside, so a hash
 * belongs to one view and has one ancestry. All integers are little-endian:
 *
 *     offset size  field
 *          0    8  epoch
 *          8    8  view            the attempt in which it was proposed; unique per epoch
 *         16    8  height          parent's height + 1
 *         24    8  parent_view     0 if the parent is the anchor (genesis)
 *         32   32  parent_hash
 *         64    8  ts_ms           UTC, milliseconds; above the parent's
 *         72   32  body_root       H("body", body bytes), see block.h
 *        104    4  batch_count     how many batches the body orders
 *        108    8  exec_height     the height whose result this header certifies
 *        116   32  result_root     that result, chained over all heights below it
 *        148    1  epoch_flags     reserved for epoch changes, zero
 *        149   32  next_set_hash   reserved for epoch changes, zero
 *        181   32  just_root       H("justify", justification bytes), see block.h
 *        213    2  proposer        the leader of the view
 *
 * just_root is there for accountability: a block whose certificates do not exist is invalid on its
 * face, and one whose certificates exist exhibits who signed them.
 */
#ifndef TALLY_CONSENSUS_HEADER_H
#define TALLY_CONSENSUS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/hash.h"

#define HEADER_SIZE 215

struct header {
    uint64_t epoch;
    uint64_t view;
    uint64_t height;
    uint64_t parent_view;
    struct hash parent_hash;
    uint64_t ts_ms;
    struct hash body_root;
    uint32_t batch_count;
    uint64_t exec_height;
    struct hash result_root;
    uint8_t epoch_flags;
    struct hash next_set_hash;
    struct hash just_root;
    uint16_t proposer;
};

/* Appends the HEADER_SIZE bytes of a header, or fails the writer. */
void header_write(struct bytes_writer *writer, const struct header *header);

/*
 * Reads a header. Fails the reader if bytes are missing, a reserved field is not zero, height is
 * zero, or the view is not above the parent's, or the height not above exec_height. Checks nothing
 * that needs a context.
 */
void header_read(struct bytes_reader *reader, struct header *header);

/* The block hash: H("header", encoding). */
void header_hash(const struct header *header, struct hash *out);

#endif
