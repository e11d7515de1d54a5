/*
 * netsim/check/checker_block.h - a block as the checker reads it
 *
 * Problem. A checker that decodes blocks with the code under test repeats its mistakes.
 *
 * Rule. Header and body are taken apart here a second time, from the layout that consensus/header.h
 * and consensus/block.h document, without their code. What only matters to the protocol's inner
 * workings (justification, reserved fields) is skipped.
 */
#ifndef TALLY_NETSIM_CHECK_CHECKER_BLOCK_H
#define TALLY_NETSIM_CHECK_CHECKER_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

/* A batch that a block orders; its number follows from the parent's cut. */
struct checker_reference {
    uint32_t lane;
    struct hash digest;
};

struct checker_block {
    struct hash hash;
    uint64_t epoch;
    uint64_t view;
    uint64_t height;
    uint64_t parent_view;
    struct hash parent_hash;
    uint64_t ts_ms;
    uint64_t exec_height;
    struct hash result_root;
    struct hash body_root;
    uint32_t proposer;
    uint32_t lanes_count;
    uint32_t references_count;
    const uint8_t *body; /* borrowed from the bytes that were read */
    uint32_t body_size;
};

/*
 * Takes an encoded block apart: header, justification, body. The body is as the header's root says.
 * False when it is not a block: only Byzantine members make such.
 */
bool checker_block_read(const uint8_t *bytes, size_t size, uint32_t lanes_count,
                        struct checker_block *block);

/* The batch reference at a place, and the number of a lane's last batch up to this block. */
void checker_block_reference(const struct checker_block *block, uint32_t place,
                             struct checker_reference *reference);
uint64_t checker_block_cut(const struct checker_block *block, uint32_t lane);

#endif
