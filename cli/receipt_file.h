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
 * Strict: exactly these four members, no duplicates, the fingerprint of the whole chain id, the
 * proof in lower-case hexadecimal (client/proof.h).
 */
#ifndef TALLY_CLI_RECEIPT_FILE_H
#define TALLY_CLI_RECEIPT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "cli/exit_code.h"
#include "cli/table.h"
#include "client/genesis.h"
#include "client/proof.h"

#define RECEIPT_FILE_BYTES_MAX (2u * PROOF_BYTES_MAX + 65536u)

/* What a proof states, as a record; NULL when its first leaf is neither event nor receipt. Does not
 * verify. */
struct table *receipt_statement(const struct proof *proof, const struct genesis *genesis);

/* The file's text for a proof and its statement; the caller frees it. */
char *receipt_file_make(const struct genesis *genesis, const struct table *statement,
                        const uint8_t *proof, size_t proof_size);

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
