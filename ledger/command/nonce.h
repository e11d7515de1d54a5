/*
 * ledger/command/nonce.h - envelopes remembered until their end of validity, so that each takes
 * effect at most once
 *
 * Rule. (key, nonce) is remembered with the identifier and the place of the first receipt, from
 * execution until the ledger's time passes the end of validity; from then on the envelope is
 * refused as expired anyway. Their number is bounded per key and altogether. Forgetting goes by
 * (valid_until_ms, slot), a bounded number per block.
 */
#ifndef TALLY_LEDGER_COMMAND_NONCE_H
#define TALLY_LEDGER_COMMAND_NONCE_H

#include <stdint.h>

#include "crypto/hash.h"
#include "ledger/state/record.h"

struct nonce_entry {
    uint32_t key; /* index */
    struct nonce_secret nonce;
    struct hash envelope_id;
    uint64_t valid_until_ms;
    uint64_t height;        /* of the block that executed it */
    uint32_t receipt_first; /* index of its first receipt there */
    uint16_t receipt_count;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void nonce_entry_encode(const struct nonce_entry *entry, struct bytes_writer *writer);
void nonce_entry_decode(struct nonce_entry *entry, struct bytes_reader *reader);

/* The remembered envelope of a key and nonce; RECORD_NONE when there is none. */
uint32_t nonce_find(const struct ledger *ledger, uint32_t key, const struct nonce_secret *nonce);
/* The record, to read. pre: in use. */
const struct nonce_entry *nonce_view(const struct ledger *ledger, uint32_t index);
/* Remembers an envelope; RECORD_NONE when the key's bound or the capacity is used up. Copies the
 * entry. */
uint32_t nonce_add(struct ledger *ledger, const struct nonce_entry *entry);
/* Forgets what expired before the ledger's time, at most `count_max`. Returns how many. */
uint32_t nonce_expire(struct ledger *ledger, uint32_t count_max);

#endif
