/*
 * journal_record.h: what a validator writes down before it speaks.
 *
 * Problem. A validator that forgets a vote in a crash may contradict it, and that is the one thing
 * which breaks safety without an attacker. A network that forgets its certificates may be unable to
 * prove that a view was given up, and is then dead.
 *
 * Rule. Every record is one byte string; the journal (the driver's) adds length, checksum and
 * order. A restart applies all records as a set union per view: order among votes of a view does
 * not matter, repetition does no harm.
 *
 *     kind            after the kind byte
 *     1 BEGIN         version u16 (1) | chain_id | epoch u64 | self u16      first record of a file
 *     2 NOTARIZE      vote (115) | block, justification complete             own vote or proposal
 *     3 VOTE          vote (115): own NULLIFY or FINALIZE
 *     4 CERTIFICATE   certificate
 *     5 BLOCK         block, justification complete: notarized, fetched from others
 *     6 FLOOR         view u64: never again FINALIZE at or below it
 *     7 MUTE          reason u16 (enum consensus_alarm): this key never votes again
 *     8 LANE_BARRED   lane u16: this node, as leader, orders nothing more from that lane
 *
 * The certificates inside a NOTARIZE's or BLOCK's justification are replayed too.
 *
 * What must be durable before what leaves:
 *     NOTARIZE, PROPOSAL      its record (vote and block), the certificates that led into the view,
 *                             and the batches it names (batch log); they come before any record
 *                             that counts the vote
 *     NULLIFY, FINALIZE       its record, and the certificates before it
 *     a CERTIFICATE formed    the own vote in it
 */
#ifndef TALLY_CONSENSUS_JOURNAL_RECORD_H
#define TALLY_CONSENSUS_JOURNAL_RECORD_H

#include "consensus/block.h"
#include "consensus/vote.h"

#define JOURNAL_RECORD_VERSION 1

enum journal_record_kind {
    JOURNAL_BEGIN = 1,
    JOURNAL_NOTARIZE = 2,
    JOURNAL_VOTE = 3,
    JOURNAL_CERTIFICATE = 4,
    JOURNAL_BLOCK = 5,
    JOURNAL_FLOOR = 6,
    JOURNAL_MUTE = 7,
    JOURNAL_LANE_BARRED = 8,
};

/* A record taken apart; pointers borrow the encoding. Which fields count depends on the kind. */
struct journal_record {
    enum journal_record_kind kind;
    struct hash chain_id;           /* BEGIN */
    uint64_t epoch;                 /* BEGIN */
    uint16_t self;                  /* BEGIN */
    struct vote vote;               /* NOTARIZE, VOTE */
    struct block block;             /* NOTARIZE, BLOCK */
    const uint8_t *block_bytes;     /* NOTARIZE, BLOCK */
    uint32_t block_size;            /* NOTARIZE, BLOCK */
    struct certificate certificate; /* CERTIFICATE */
    uint64_t view;                  /* FLOOR */
    uint16_t reason;                /* MUTE */
    uint16_t lane;                  /* LANE_BARRED */
};

/* Appends a record; of NOTARIZE and BLOCK, block_bytes and block_size are written. */
void journal_record_write(struct bytes_writer *writer, uint16_t validator_count,
                          const struct journal_record *record);

/* Takes a record apart; false if it is not one, is not canonical, or has bytes left over. */
TALLY_MUST_CHECK bool journal_record_read(const uint8_t *bytes, size_t size,
                                          uint16_t validator_count, struct journal_record *out);

#endif
