/*
 * bench/support/small_market.h - a ledger with one seller and one buyer, and blocks of one envelope
 *
 * Problem. What a layer costs is measured on its own, but with the bytes that it gets in earnest.
 *
 * Rule. An operator, an issuer, a seller and a buyer, one share and one currency. The caller builds
 * an envelope of commands and applies it as a block; every command must be done. Deliveries are
 * equal but for reference and amount, so a delivery and a receipt of one amount match, and settle
 * as long as both sides have what they owe (small_market_fund).
 *
 *     small_market_open(&market, 10000);
 *     small_market_fund(&market);
 *     small_market_sides(&market, SMALL_MARKET_SELLER, 150000, 100000, 2000);     // a block
 *     small_market_sides(&market, SMALL_MARKET_BUYER, 150000, 100000, 2000);      // 2,000 settle
 *
 * Deterministic: the same calls give the same bytes.
 */
#ifndef TALLY_BENCH_SUPPORT_SMALL_MARKET_H
#define TALLY_BENCH_SUPPORT_SMALL_MARKET_H

#include "ledger/command/command.h"
#include "ledger/command/envelope.h"
#include "ledger/ledger.h"

enum {
    SMALL_MARKET_OPERATOR = 0,
    SMALL_MARKET_ISSUER = 1,
    SMALL_MARKET_SELLER = 2,
    SMALL_MARKET_BUYER = 3,
    SMALL_MARKET_PARTIES = 4,
};

struct small_market {
    struct ledger *ledger;
    void *memory;
    uint64_t ts_ms;
    uint32_t reference_next;
    uint64_t nonce_next;
    uint8_t *bytes; /* of the envelope at hand */
    size_t size;
    struct hash id; /* kept, as a node keeps it from the check of a batch */
    struct envelope_builder builder;
    struct ledger_output output; /* of the last block */
    uint32_t settled_count;      /* trades that settled */
    double apply_seconds;        /* of the processor, in ledger_apply(), since it was set to 0 */
};

/* With room for so many instructions. Ends the program when memory is short. */
void small_market_open(struct small_market *market, uint32_t instructions);
/* The same, and the seller and the buyer have so many more accounts each, half of them for
 * securities: S0, S1, ... and C0, C1, ... for cash. */
void small_market_open_accounts(struct small_market *market, uint32_t instructions,
                                uint32_t accounts);
void small_market_close(struct small_market *market);

/* Gives the seller shares and the buyer money, enough for all. One block. */
void small_market_fund(struct small_market *market);

/* Gives every one of the accounts beside the default ones what it needs for any trade. */
void small_market_fund_accounts(struct small_market *market, uint32_t accounts);

/* The number of an account as its name. */
struct text35 small_market_account(char kind, uint32_t number);

/* One envelope of a party: begun, filled with commands (which get a reference), signed, applied. */
void small_market_begin(struct small_market *market, uint32_t party);
void small_market_add(struct small_market *market, struct command *command);
void small_market_seal(struct small_market *market, uint32_t party);
void small_market_apply(struct small_market *market);

/* The two halves of applying: ledger_apply() and nothing else; then a look at what came of it:
 * every command must have been done. */
void small_market_run(struct small_market *market);
/* A block without an envelope. */
void small_market_rest(struct small_market *market);
void small_market_check(struct small_market *market);

/* A side of a trade of 100 shares for so many cents: MOVEMENT_DELI is the seller's. */
void small_market_trade(struct command *command, uint8_t movement, int64_t amount);

/* A sealed envelope, not applied, of `count` sides of a party, `step` apart in amount. */
void small_market_sides_seal(struct small_market *market, uint32_t party, int64_t amount,
                             int64_t step, uint32_t count);
/* The same, applied. */
void small_market_sides(struct small_market *market, uint32_t party, int64_t amount, int64_t step,
                        uint32_t count);

#endif
