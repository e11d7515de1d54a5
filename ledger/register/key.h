/*
 * ledger/register/key.h - Ed25519 keys that may act for a party
 *
 * Rule. A key belongs to one party and carries rights:
 *   submit      sign envelopes whose commands act for the party
 *   approve     sign the second half of a four-eyes command (never of one that the same key
 * submitted) administer  sign commands that change parties, keys, assets, accounts and rules read
 * all    see everything of the ledger when it connects (only with the auditor or operator role)
 * `amount_limit` bounds what one command of this key may move alone, or hand out as the limit of a
 * key or of an account's credit, in the smallest unit: the quantity, or the amount of a payment if
 * that is more; above it the command waits for approval.
 * UINT64_MAX-free: INT64_MAX stands for "no limit". `channel_key` is the raw public key with which
 * the key's holder opens channels; zero when it never connects. A key is usable from valid_from_ms
 * to valid_until_ms inclusive, ledger time, while active. Revocation is final. `nonce_count` counts
 * its envelopes now remembered against replay, bounded by the ledger's limit.
 */
#ifndef TALLY_LEDGER_REGISTER_KEY_H
#define TALLY_LEDGER_REGISTER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sign.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum key_right {
    KEY_SUBMIT = 1u << 0,
    KEY_APPROVE = 1u << 1,
    KEY_ADMINISTER = 1u << 2,
    KEY_READ_ALL = 1u << 3,
    KEY_RIGHTS_ALL = (1u << 4) - 1,
};

enum key_status {
    KEY_ACTIVE = 1,
    KEY_REVOKED = 2,
};

struct key {
    struct public_key public_key;
    struct public_key channel_key;
    uint32_t party; /* index */
    uint32_t rights;
    uint8_t status;
    int64_t amount_limit;
    uint64_t valid_from_ms;
    uint64_t valid_until_ms;
    uint32_t nonce_count;
    struct nonce_secret secret;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void key_encode(const struct key *key, struct bytes_writer *writer);
void key_decode(struct key *key, struct bytes_reader *reader);

/* The key of these bytes; RECORD_NONE when it is not on the ledger. */
uint32_t key_find(const struct ledger *ledger, const struct public_key *public_key);
/* The key whose holder opens channels with this raw key; RECORD_NONE when there is none. */
uint32_t key_find_channel(const struct ledger *ledger, const struct public_key *channel_key);
struct key *key_at(struct ledger *ledger, uint32_t index);
const struct key *key_view(const struct ledger *ledger, uint32_t index);
/* Active and inside its dates at `ts_ms`? */
bool key_usable(const struct key *key, uint64_t ts_ms);

#endif
