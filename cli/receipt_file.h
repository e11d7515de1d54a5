/*
 * cli/receipt_file.h - a finality receipt as a file that people keep and pass on.
 *
 * JSON: a statement for people and the proof for machines. Checking derives the statement anew from
 * the proof and compares, so that neither can be altered without the other; it needs the genesis
 * and nothing else.
 *
 *     {"tally_receipt": "1", "chain": "1f3a-...", "statement": {"event": "SETTLED", ...},
 *      "proof": "00a4..."}
 *
 * The proof is of the latest event. Of an instruction that settled in parts there is a fifth
 * member, "parts": the proofs of the settlements before it, the first one first; checking adds them
 * up and finds out if one is missing (receipt_parts.h).
 *
 * Strict: exactly these members, no duplicates, the fingerprint of the whole chain id, the proofs
 * in lower-case hexadecimal (client/proof.h).
 */
#ifndef TALLY_CLI_RECEIPT_FILE_H
#define TALLY_CLI_RECEIPT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/exit_code.h"
#include "cli/receipt_parts.h"
#include "cli/table.h"
#include "client/genesis.h"
#include "client/proof.h"

/* What is read of one: a thousand parts of about six thousand bytes each, in hexadecimal, and their
 * statement; so much is a part's proof where a quorum is over eighty signatures. */
#define RECEIPT_FILE_BYTES_MAX (16u * 1024u * 1024u)

/* An encoded proof. */
struct receipt_proof {
    uint8_t *bytes;
    size_t size;
};

/* What a proof and the parts before it state, as a record; NULL when the proof's first leaf is
 * neither event nor receipt, or the parts do not lead to it. Does not verify. */
struct table *receipt_statement(const struct proof *proof, const struct receipt_parts *parts,
                                const struct genesis *genesis);

/* The file's text for a proof, the parts before it, and their statement; the caller frees it. */
char *receipt_file_make(const struct genesis *genesis, const struct table *statement,
                        const struct receipt_proof *proof, const struct receipt_proof *parts,
                        unsigned part_count);

struct receipt_check {
    struct table *statement; /* what is proved; NULL when nothing is; the caller's */
    struct proof_facts facts;
    enum exit_code code; /* DONE, MALFORMED or NOT_PROVED */
    const char *why;
    const char *hint;
};

/* Checks any bytes. */
void receipt_file_check(const struct genesis *genesis, const char *text, size_t size,
                        struct receipt_check *out);

#endif
