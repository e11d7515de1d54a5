/*
 * ledger/command/receipt.h - the answer to one command (or to a whole envelope)
 *
 * Rule. Every command of an executed envelope yields exactly one receipt; an envelope that is not
 * executed (replayed, expired, of an unknown key) yields one for the whole, with command_index
 * RECEIPT_WHOLE_ENVELOPE. A replayed envelope is answered ALREADY with the height and index of its
 * first receipt: never with a refusal.
 *
 * Leaf: hash(HASH_RECEIPT, salt[16] | bytes), the salt drawn from the block's secret (leaf_salt.h).
 */
#ifndef TALLY_LEDGER_COMMAND_RECEIPT_H
#define TALLY_LEDGER_COMMAND_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "ledger/values/identifier.h"
#include "ledger/values/outcome.h"

enum {
    RECEIPT_WHOLE_ENVELOPE = UINT16_MAX,
    RECEIPT_BYTES_MAX = 192,
};

struct receipt {
    uint64_t height;
    uint32_t index; /* in the block */
    struct hash envelope_id;
    uint16_t command_index; /* in the envelope, or RECEIPT_WHOLE_ENVELOPE */
    uint8_t command_kind;   /* enum command_kind; 0 for a whole envelope or an unreadable command */
    struct bic party;
    struct text35 reference; /* the command's; absent when unreadable */
    uint8_t outcome;         /* enum outcome */
    enum reason reason;
    enum detail detail;
    enum field field;
    uint64_t instruction_sequence; /* of the instruction made or found; 0 when none */
    uint64_t first_height;         /* ALREADY: where the first receipt is; else 0 */
    uint32_t first_index;
    struct text35 restriction; /* RESTRICTED: the restriction type that refused; else absent */
    uint8_t rule;              /* of it; 0: it has none */
};

/* Writes a receipt where there is room for RECEIPT_BYTES_MAX bytes; how many are its own. What is
 * behind them is of no meaning. */
size_t receipt_put(const struct receipt *receipt, uint8_t *out);
/* The same, appended. */
void receipt_encode(const struct receipt *receipt, struct bytes_writer *writer);
/* Total and bounded; false on anything receipt_encode() would not have written. */
bool receipt_decode(struct receipt *receipt, const void *bytes, size_t size);
/* Is an encoded receipt about this envelope? The rest is not read. */
bool receipt_is_of(const void *bytes, size_t size, const struct hash *envelope_id);

#endif
