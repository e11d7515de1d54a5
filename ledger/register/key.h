/*
 * ledger/register/key.h - Ed25519 keys that may act for a party
 *
 * Rule. A key belongs to one party and carries rights:
 *   submit      sign envelopes whose commands act for the party
 *   approve     sign the second half of a four-eyes command
 *   administer  sign commands that change parties, keys, assets, accounts and rules
 *   read all    see everything of the ledger when it connects (only with the auditor or operator
 *               role)
 *
 * Rule, person. `person` names the natural person who holds the key, as the party knows him or her
 * (a staff number, or a hash of one). Two keys are of one person if the names are equal without
 * regard to case, or if either has none: a key without a person can act, but neither give a second
 * signature nor have its own drafts approved. A person once named is never changed.
 *
 * Rule, scope. Within its rights a key may be confined to
 *   kinds        a set of command kinds; empty: all that its rights allow
 *   asset kinds  a set of asset kinds (bit n - 1 for kind n of asset.h); 0: all
 *   accounts     at most KEY_ACCOUNT_MAX own accounts of the party; none listed: all
 * What lies outside is refused, and the refusal names the field that is too narrow (rights.h).
 *
 * Rule, amounts. `amount_limit` bounds what one command of this key may move alone, or hand out as
 * the limit of a key or of an account's credit, in the smallest unit: the quantity, or the amount
 * of a payment if that is more. `day_limit` bounds the sum of that over one settlement day, so that
 * nothing passes in slices. Above either the command waits for approval. INT64_MAX stands for "no
 * limit". `day_used` is the sum of `day_date`; on another day nothing is used yet. Without a day
 * limit nothing is counted: a limit given during a day bounds what is moved from then on, together
 * with what an earlier limit of that day had counted. (A party's limits count likewise, limit.h.)
 *
 * `channel_key` is the raw public key with which the key's holder opens channels; zero when it
 * never connects. A key is usable from valid_from_ms to valid_until_ms inclusive, ledger time,
 * while active. Revocation is final. `nonce_count` counts its envelopes now remembered against
 * replay, bounded by the ledger's limit.
 *
 * Example. person "ANNA", submit, kinds {instruct, cancel}, accounts {SEC1}, amount limit 1,000,
 * day limit 2,500: Anna instructs over SEC1 only; the third 1,000 of a day waits for somebody else.
 */
#ifndef TALLY_LEDGER_REGISTER_KEY_H
#define TALLY_LEDGER_REGISTER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sign.h"
#include "ledger/state/record.h"
#include "ledger/values/command_set.h"
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

enum {
    KEY_ACCOUNT_MAX = 8,
    KEY_ASSET_KINDS_ALL = 7, /* bits of ASSET_SECURITY_UNIT to ASSET_CURRENCY */
};

struct key {
    struct public_key public_key;
    struct public_key channel_key;
    uint32_t party;       /* index */
    struct text35 person; /* absent: nobody is named */
    uint32_t rights;
    uint8_t status;
    struct command_set kinds;
    uint8_t asset_kinds;
    uint8_t account_count;
    uint32_t accounts[KEY_ACCOUNT_MAX]; /* indexes */
    int64_t amount_limit;
    int64_t day_limit;
    int64_t day_used;
    uint32_t day_date; /* the settlement day of day_used; 0: none yet */
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
/* Must the two keys be taken for keys of one person? */
bool key_same_person(const struct key *a, const struct key *b);
/* The same of two names: equal without regard to case, or one of them absent. */
bool person_same(const struct text35 *a, const struct text35 *b);
/* Would `value` more, if it is not 0, pass the limit of that settlement day? */
bool key_day_exceeded(const struct key *key, uint32_t date, int64_t value);
/* Counts it in if there is a limit, even past it: a change of the key may have lowered that
 * meanwhile. */
void key_day_use(struct ledger *ledger, uint32_t index, uint32_t date, int64_t value);

#endif
