/*
 * market.h: what people do on a real network: open accounts, issue, instruct, and look at the
 * proof.
 *
 * Every envelope is sent until its receipt is certified, and the certificate is checked against the
 * genesis like any client does it. The people are those of sample_genesis.h; the seller gets the
 * security, the buyer the cash.
 *
 * One thread.
 */
#ifndef TALLY_TESTS_SUPPORT_NODE_MARKET_H
#define TALLY_TESTS_SUPPORT_NODE_MARKET_H

#include "client/proof.h"
#include "ledger/command.h"
#include "ledger/receipt.h"
#include "tests/support/node/real_network.h"

enum {
    MARKET_ENVELOPE_SIZE = 2048
};

struct market {
    const struct real_network *network; /* borrowed */
    uint32_t today;                     /* YYYYMMDD */
    uint64_t reference_next;
    uint64_t nonce_next;
};

/* A signed envelope with one command. */
struct market_envelope {
    unsigned party;
    struct text35 reference;
    struct hash id;
    size_t size;
    uint8_t bytes[MARKET_ENVELOPE_SIZE];
};

/* Connects the parties to the network's validators and remembers the chain. */
void market_open(struct market *market, const struct real_network *network);

/* Commands, ready to be signed. References are new ones. */
void market_account(struct market *market, unsigned party, const char *id, bool cash,
                    struct command *out);
void market_asset(struct market *market, bool cash, struct command *out);
void market_fund(struct market *market, unsigned party, bool cash, int64_t quantity,
                 struct command *out);
void market_trade(struct market *market, int64_t quantity, int64_t amount, struct command *deliver,
                  struct command *receive);

/* Signs. */
void market_sign(struct market *market, unsigned party, const struct command *command,
                 struct market_envelope *out);

/* Hands in at a validator; false when it is not there or refuses. */
bool market_submit(struct market *market, const struct market_envelope *envelope,
                   unsigned validator);

/*
 * Waits until a validator has a certified receipt of the envelope, and checks the proof. False when
 * the time is over. Hands the envelope in again from time to time.
 */
bool market_wait(struct market *market, const struct market_envelope *envelope, unsigned validator,
                 unsigned timeout_ms, struct receipt *receipt);

/* Signs, hands in and waits; asserts that it was done. */
void market_do(struct market *market, unsigned party, const struct command *command,
               unsigned validator);

/* Accounts and assets, and so much of the security and of the cash. */
void market_prepare(struct market *market, int64_t quantity, int64_t amount);

/*
 * Asks for a proven answer about a party's reference or position; checks it against the genesis.
 * The proof is from malloc; NULL when nothing was found or the asker may not see it.
 */
struct proof *market_prove(struct market *market, unsigned asker, unsigned validator,
                           struct request *request);

/* The balance that the party's position shows, proven; -1 when there is none. */
int64_t market_balance(struct market *market, unsigned party, bool cash, unsigned validator);

/* The identifier texts that requests want. */
const char *market_bic(unsigned party);
const char *market_asset_code(bool cash);

#endif
