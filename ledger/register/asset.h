/*
 * ledger/register/asset.h - securities and currencies
 *
 * Rule. A security is named by its ISIN, a currency by its ISO 4217 code. Quantities and amounts
 * are integers in the smallest unit: 10 to the power of `decimals` smallest units make one. A
 * settlement quantity is at least `settlement_unit_min` and a multiple of
 * `settlement_unit_multiple`, both in the smallest unit (1 for a currency). One party issues the
 * asset, from one of its accounts (issuance account): that account's position is the negative
 * counterweight, so that all positions of an asset sum to zero and `issued` is what all others hold
 * together.
 *
 * Example. 250 issued of an ISIN: issuance account -250, holders' accounts +100 and +150, issued
 * 250.
 */
#ifndef TALLY_LEDGER_REGISTER_ASSET_H
#define TALLY_LEDGER_REGISTER_ASSET_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum asset_kind {
    ASSET_SECURITY_UNIT = 1,    /* quoted in units */
    ASSET_SECURITY_NOMINAL = 2, /* quoted in face amount */
    ASSET_CURRENCY = 3,
};

enum asset_status {
    ASSET_ACTIVE = 1,
    ASSET_BLOCKED = 2, /* nothing settles in it (SBLO) */
};

enum {
    ASSET_DECIMALS_MAX = 9
};

struct asset {
    struct asset_code code;
    struct text35 name;
    uint8_t kind;
    uint8_t decimals;
    uint8_t status;
    int64_t settlement_unit_min;
    int64_t settlement_unit_multiple;
    uint32_t issuer;           /* party index */
    uint32_t issuance_account; /* account index, of the issuer */
    int64_t issued;
    struct nonce_secret secret;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void asset_encode(const struct asset *asset, struct bytes_writer *writer);
void asset_decode(struct asset *asset, struct bytes_reader *reader);

/* The asset of a code; RECORD_NONE when there is none, also for an absent code. */
uint32_t asset_find(const struct ledger *ledger, const struct asset_code *code);
/* The record, to change (the caller touches it) or to read. pre: in use. */
struct asset *asset_at(struct ledger *ledger, uint32_t index);
const struct asset *asset_view(const struct ledger *ledger, uint32_t index);
/* Cash, or a security? */
bool asset_is_currency(const struct asset *asset);

#endif
