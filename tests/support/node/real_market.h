/*
 * real_market.h: what people do on a real network: open accounts, issue, instruct, and look at the
 * proof.
 *
 * Every envelope is sent until its receipt is certified, and the certificate is checked against the
 * genesis like any client does it. The people are those of sample_genesis.h; the seller gets the
 * security, the buyer the cash.
 *
 * One thread.
 */
#ifndef TALLY_TESTS_SUPPORT_NODE_REAL_MARKET_H
#define TALLY_TESTS_SUPPORT_NODE_REAL_MARKET_H

#include "client/proof.h"
#include "ledger/command/command.h"
#include "ledger/command/receipt.h"
#include "tests/support/node/real_network.h"

enum {
    REAL_MARKET_ENVELOPE_SIZE = 2048
};

struct real_market {
    const struct real_network *network; /* borrowed */
    uint32_t today;                     /* YYYYMMDD */
    uint64_t reference_next;
    uint64_t nonce_next;
};

/* A signed envelope with one command. */
struct real_market_envelope {
    unsigned party;
    struct text35 reference;
    struct hash id;
    size_t size;
    uint8_t bytes[REAL_MARKET_ENVELOPE_SIZE];
};

/* Connects the parties to the network's validators and remembers the chain. */
void real_market_open(struct real_market *market, const struct real_network *network);

/* Commands, ready to be signed. References are new ones. */
void real_market_account(struct real_market *market, unsigned party, const char *id, bool cash,
                         struct command *out);
void real_market_asset(struct real_market *market, bool cash, struct command *out);
void real_market_fund(struct real_market *market, unsigned party, bool cash, int64_t quantity,
                      struct command *out);
void real_market_trade(struct real_market *market, int64_t quantity, int64_t amount,
                       struct command *deliver, struct command *receive);

/* Signs. */
void real_market_sign(struct real_market *market, unsigned party, const struct command *command,
                      struct real_market_envelope *out);

/* Hands in at a validator; false when it is not there or refuses. */
bool real_market_submit(struct real_market *market, const struct real_market_envelope *envelope,
                        unsigned validator);

/*
 * Waits until a validator has a certified receipt of the envelope, and checks the proof. False when
 * the time is over. Hands the envelope in again from time to time.
 */
bool real_market_wait(struct real_market *market, const struct real_market_envelope *envelope,
                      unsigned validator, unsigned timeout_ms, struct receipt *receipt);

/* Signs, hands in and waits; asserts that it was done. */
void real_market_do(struct real_market *market, unsigned party, const struct command *command,
                    unsigned validator);

/* Accounts and assets, and so much of the security and of the cash. */
void real_market_prepare(struct real_market *market, int64_t quantity, int64_t amount);

/*
 * Asks for a proven answer about a party's reference or position; checks it against the genesis.
 * The proof is from malloc; NULL when nothing was found or the asker may not see it.
 */
struct proof *real_market_prove(struct real_market *market, unsigned asker, unsigned validator,
                                struct request *request);

/* The balance that the party's position shows, proven; -1 when there is none. */
int64_t real_market_balance(struct real_market *market, unsigned party, bool cash,
                            unsigned validator);

/* The identifier texts that requests want. */
const char *real_market_bic(unsigned party);
const char *real_market_asset_code(bool cash);

#endif
