/*
 * netsim/check/layout.h - where things stand in the protocol's bytes, written down a second time
 *
 * The checkers read messages, records and blocks by these offsets, and not with the code of
 * consensus/, which is under suspicion.
 *
 *     vote           kind u8 | epoch u64 | view u64 | hash | signer u16 | signature
 *     certificate    kind u8 | epoch u64 | view u64 | hash | bitmap | q signatures
 *     block          header | size u32, justification | size u32, body
 *     justification  count u16 | certificates
 *
 * Source: consensus/vote.h, certificate.h, header.h, block.h, message.h and journal_record.h.
 */
#ifndef TALLY_NETSIM_CHECK_LAYOUT_H
#define TALLY_NETSIM_CHECK_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* The first byte of a message; votes have their kind there. */
enum {
    LAYOUT_NOTARIZE = 1,
    LAYOUT_NULLIFY = 2,
    LAYOUT_FINALIZE = 3,
    LAYOUT_BATCH = 4,
    LAYOUT_PROPOSAL = 5,
    LAYOUT_CERTIFICATE = 6,
    LAYOUT_BLOCK = 10,
};

/* The first byte of a journal record. */
enum {
    LAYOUT_RECORD_NOTARIZE = 2,
    LAYOUT_RECORD_VOTE = 3,
    LAYOUT_RECORD_CERTIFICATE = 4,
    LAYOUT_RECORD_BLOCK = 5,
};

enum {
    LAYOUT_SIGNATURE_BYTES = 64,
    LAYOUT_HEADER_BYTES = 215,
    LAYOUT_HEADER_VIEW = 8,
    LAYOUT_HEADER_PROPOSER = 213,
    LAYOUT_SAID_VIEW = 9, /* of votes and certificates */
    LAYOUT_SAID_HASH = 17,
    LAYOUT_VOTE_SIGNER = 49,
    LAYOUT_VOTE_BYTES = 115,
    LAYOUT_CERTIFICATE_BITMAP = 49,
    LAYOUT_JUSTIFICATION_HEAD = 2, /* then the certificates */
};

/* The size of a certificate in a network of so many members. */
static inline size_t layout_certificate_bytes(uint32_t members_count)
{
    size_t quorum = 2 * (size_t)members_count / 3 + 1;
    return LAYOUT_CERTIFICATE_BITMAP + (members_count + 7) / 8 + quorum * LAYOUT_SIGNATURE_BYTES;
}

#endif
