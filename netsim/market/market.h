/*
 * netsim/market/market.h - the people of a simulated market, and what they own at its opening
 *
 * Problem. A ledger does nothing without parties, keys, accounts, securities and cash, and a test
 * or a measurement needs them in any number, made from one seed, the same on every machine.
 *
 * Rule. There are an operator, a settlement bank, a registrar, and participants 0 to n - 1. Each
 * participant has so many securities accounts and as many cash accounts. All securities are of the
 * registrar, all currencies of the bank. At the opening every account holds a plenty of every
 * asset of its kind, except of two:
 *
 *     the scarce security    held only by the last participant, the *lender*, in its first account
 *     the scarce currency    held by nobody
 *
 * so that a lack of securities or of cash can be had at will. Parties and keys are in the genesis;
 * accounts and assets too, unless `opening_by_envelopes`, as for a genesis file, which has none.
 * The rest of the opening is signed envelopes in stages: a stage may be handed in when all of the
 * one before are executed.
 *
 *     stage 0   the operator opens accounts      (only with opening_by_envelopes)
 *     stage 1   the operator adds assets         (only with opening_by_envelopes)
 *     stage 2   the registrar issues, the bank pays in cash
 *
 * With `second_persons` every party has three keys instead of one: of a first person, of a second
 * one, and another key of the first. All may approve. What moves more than MARKET_KEY_LIMIT needs
 * two persons, with participants, and so does a transformation by the operator or the registrar.
 *
 * Not for several threads. Everything follows from the configuration; nothing asks for the time.
 */
#ifndef TALLY_NETSIM_MARKET_MARKET_H
#define TALLY_NETSIM_MARKET_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "crypto/sign.h"
#include "ledger/command/command.h"
#include "ledger/ledger.h"

enum {
    MARKET_OPERATOR = 0,
    MARKET_BANK = 1,
    MARKET_REGISTRAR = 2,
    MARKET_PARTICIPANT = 3, /* the party number of participant 0 */
    MARKET_PARTICIPANTS_MAX = 4096,
    MARKET_ACCOUNTS_MAX = 1024,   /* of one kind and participant */
    MARKET_SECURITIES_MAX = 1000, /* the scarce one not counted */
    MARKET_CURRENCIES_MAX = 8,
    MARKET_STAGE_COUNT = 3,
    MARKET_OPENING_COMMANDS_MAX = 128, /* in one envelope of the opening: fits any batch */
    MARKET_KEY_FIRST = 0,              /* with second_persons: the first person's, */
    MARKET_KEY_SECOND = 1,             /* the second person's, */
    MARKET_KEY_OTHER = 2,              /* and another one of the first */
    MARKET_KEY_COUNT = 3,
};

/* Held of each asset at the opening. */
#define MARKET_PLENTY INT64_C(1000000000000)

/* What one person of a participant may move alone, with second_persons. */
#define MARKET_KEY_LIMIT INT64_C(1000000)

/* Thursday 2026-11-19, 09:00 UTC: the genesis time that market_config_small() gives. */
#define MARKET_TIME_MS UINT64_C(1795078800000)

struct market_config {
    uint64_t seed;
    uint64_t time_ms; /* of the genesis */
    uint32_t participant_count;
    uint32_t account_count; /* of each kind and participant */
    uint32_t security_count;
    uint32_t currency_count;
    bool opening_by_envelopes;
    bool second_persons;
    struct ledger_capacity capacity;
    struct ledger_limits limits;
    struct rule_set rules;
};

/* Four participants with one account of each kind, one security, one currency, room for some
 * hundreds of instructions: for thousands of ledgers a second. */
void market_config_small(struct market_config *config);
/* Gives room for so many participants, accounts of each kind and participant, securities and
 * currencies, and for this many instructions, the latter also as single envelopes that are valid at
 * one time. Keeps seed, time and rules. */
void market_config_size(struct market_config *config, uint32_t participant_count,
                        uint32_t account_count, uint32_t security_count, uint32_t currency_count,
                        uint32_t instruction_count);
/* The small one with two securities, second persons, and room for restrictions, limits and drafts:
 * for all that a back office does. Allegements are sent at once. */
void market_config_desk(struct market_config *config);

struct market;

/* NULL when memory is short, a count is zero or too large, or a capacity does not suffice. */
struct market *market_new(const struct market_config *config);
void market_free(struct market *market);

/* The configuration it was made from. */
const struct market_config *market_configuration(const struct market *market);
/* What ledgers start from. Borrowed for the market's life. */
const struct ledger_genesis *market_genesis(const struct market *market);
/* Another chain's identifier, as when the genesis is a file that has one of its own. */
void market_chain_set(struct market *market, const struct hash *chain_id);

/* Parties: the three with a role, then the participants. */
uint32_t market_party_count(const struct market *market);
const struct bic *market_bic(const struct market *market, uint32_t party);
/* Whoever holds that key of a party: signs for it in market_sign(), and has its BIC. The first
 * one's number is that of the party. pre: key is MARKET_KEY_FIRST without second_persons. */
uint32_t market_person(const struct market *market, uint32_t party, uint32_t key);
/* The pairs of keys that a party signs and connects with. */
void market_signing_key(const struct market *market, uint32_t party, struct public_key *public_key,
                        struct secret_key *secret_key);
void market_channel_key(const struct market *market, uint32_t party, struct public_key *public_key,
                        struct secret_key *secret_key);

/* Assets: securities 0 .. security_count - 1, behind them the scarce one; likewise currencies. */
const struct asset_code *market_security(const struct market *market, uint32_t security);
const struct asset_code *market_currency(const struct market *market, uint32_t currency);
/* The text of account `number` of one kind; the same for all participants. */
const struct text35 *market_account(const struct market *market, bool cash, uint32_t number);

/* And back: an account of a participant, as participant * account_count + number; an asset. False
 * for those of nobody here. */
TALLY_MUST_CHECK bool market_account_find(const struct market *market, const struct bic *bic,
                                          const struct text35 *id, bool *cash, uint32_t *account);
TALLY_MUST_CHECK bool market_asset_find(const struct market *market, const struct asset_code *code,
                                        bool *cash, uint32_t *asset);

/* How many envelopes the opening takes. */
uint32_t market_opening_count(const struct market *market);

/* One envelope of the opening. */
struct market_opening {
    uint32_t stage; /* 0 .. MARKET_STAGE_COUNT - 1, ascending */
    uint32_t party;
    uint16_t command_count;
    struct hash id;
    uint32_t size;
};

/* What an envelope of the opening is; leaves out id and size. */
void market_opening_describe(const struct market *market, uint32_t index,
                             struct market_opening *out);

/* Signs an envelope of the opening into `buffer`; false when it does not fit (at most
 * ENVELOPE_BYTES_MAX). The same arguments, the same bytes. */
TALLY_MUST_CHECK bool market_opening_sign(const struct market *market, uint32_t index,
                                          uint64_t valid_until_ms, uint8_t *buffer, size_t capacity,
                                          struct market_opening *out);

/* Which command of the opening a reference names; false for none. */
TALLY_MUST_CHECK bool market_opening_find(const struct market *market,
                                          const struct text35 *reference, uint32_t *envelope,
                                          uint32_t *command);

/*
 * Signs commands of a person into one envelope in `buffer`. `nonce` must be another for every
 * envelope of a key; those of the opening lie above UINT32_MAX. False when it does not fit.
 */
TALLY_MUST_CHECK bool market_sign(const struct market *market, uint32_t person,
                                  const struct command *commands, uint16_t command_count,
                                  uint32_t nonce, uint64_t valid_until_ms, uint8_t *buffer,
                                  size_t capacity, size_t *size, struct hash *id);

#endif
