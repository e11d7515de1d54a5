/*
 * ledger/register/account.h - securities and cash accounts
 *
 * Rule. An account is named by its party's BIC and an id of at most 35 characters, and is either
 * for securities or for cash. A blocked account neither gives nor takes (BLOC); a closed one is
 * gone for good and holds nothing. One account of each kind may be the party's default, used where
 * an instruction names none. Who makes another account the default takes that from the one that
 * was; an account stays the default through any other change of it, until it is closed.
 */
#ifndef TALLY_LEDGER_REGISTER_ACCOUNT_H
#define TALLY_LEDGER_REGISTER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/register/attorney.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum account_kind {
    ACCOUNT_SECURITIES = 1,
    ACCOUNT_CASH = 2,
};

enum {
    ACCOUNT_KINDS = 2
};

enum account_status {
    ACCOUNT_OPEN = 1,
    ACCOUNT_BLOCKED = 2,
    ACCOUNT_CLOSED = 3,
};

struct account {
    uint32_t party; /* index */
    struct text35 id;
    uint8_t kind;
    uint8_t status;
    bool is_default;
    uint32_t position_count;    /* positions opened under it */
    uint32_t held_count;        /* those of them with a balance that is not zero */
    struct attorneys attorneys; /* who may instruct over it */
    struct nonce_secret secret;
    /* Follow from the positions, and are not in the record's bytes: the first one opened under it,
     * plus one, and its asset; 0: none yet. Most accounts have no other. */
    uint32_t first_position;
    uint32_t first_asset;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void account_encode(const struct account *account, struct bytes_writer *writer);
void account_decode(struct account *account, struct bytes_reader *reader);

/* The account of a party under an id; RECORD_NONE when there is none. */
uint32_t account_find(const struct ledger *ledger, uint32_t party, const struct text35 *id);
/* The party's default account of a kind; RECORD_NONE when it has none. */
uint32_t account_find_default(const struct ledger *ledger, uint32_t party, enum account_kind kind);
struct account *account_at(struct ledger *ledger, uint32_t index);
const struct account *account_view(const struct ledger *ledger, uint32_t index);

#endif
