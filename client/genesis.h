/*
 * client/genesis.h - the file from which a ledger begins, and by which everybody knows it.
 *
 * Problem.  All members, and all who check a receipt years later, must agree on one beginning: who
 * validates, who may do what, and by which rules. People must be able to read it before they sign
 * up to it, to compare it over the telephone, and a program must not be able to read it in two
 * ways.
 *
 * Rule.  A text file of at most 1 MiB, plain ASCII. Each line is a keyword followed by `name=value`
 * fields, separated by one space, all present, in the documented order; values with spaces stand in
 * double quotes. Lines starting with `#` and empty lines are skipped. Keywords come in the order
 * below. Anything else is an error that names line, field and remedy.
 *
 *     tally-genesis version=1
 *     chain name="Demo market" created=2026-11-22T08:00:00Z
 *     timing name=delta-ms value=50                (one line per timing, as in GENESIS_TIMING_LIST)
 *     limit name=batch-bytes value=1048576         (one per limit, as in GENESIS_LIMIT_LIST)
 *     capacity name=parties value=256              (one per capacity, as in GENESIS_CAPACITY_LIST)
 *     rule name=retention-days value=90              (one per rule, as in GENESIS_RULE_LIST)
 *     approval kinds=rule-set,key-add amount=none  (what two persons sign: approval_policy.h)
 *     tolerance currency=EUR band=10000000 small=200 large=2500
 *     reference currency=EUR                       (in which values are compared)
 *     rate currency=USD own=10825 reference=10000  (what others are worth in it; valuation.h)
 *     holiday date=2026-12-25                      (closing days, ascending; none at all is legal)
 *     partial-window opens=480 minutes=30          (windows of the day, ascending; or none)
 *     currency-cut-offs currency=USD dvp=1200 cash=1260    (minutes; ascending by code; or none)
 *     closing-day currency=USD date=2026-11-26     (of one currency; ascending; or none)
 *     validator index=0 name="Bank A" address=10.0.0.1:7100 signing=<64 hex> channel=<64 hex>
 *     party bic=BANKDEFFXXX name="Bank A" roles=participant,settlement-bank validator=0
 *     key party=BANKDEFFXXX signing=<64 hex> channel=<64 hex> rights=submit,approve limit=none
 *         person=ANNA                              (on the same line; none: nobody is named)
 *
 * The chain id is the hash of the *canonical encoding* of what the file says (genesis_encode), not
 * of the text: comments may be added, meaning may not. Its fingerprint is the chain id in sixteen
 * groups of four hexadecimal digits; the first four groups are what people read to each other, the
 * whole is what programs compare.
 */
#ifndef TALLY_CLIENT_GENESIS_H
#define TALLY_CLIENT_GENESIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/request.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "ledger/register/approval_policy.h"
#include "ledger/register/day_plan.h"

#define GENESIS_VERSION           1u
#define GENESIS_TEXT_BYTES_MAX    (1024u * 1024u)
#define GENESIS_ENCODED_BYTES_MAX (1024u * 1024u)
#define GENESIS_VALIDATORS_MAX    128u
#define GENESIS_PARTIES_MAX       512u
#define GENESIS_KEYS_MAX          2048u
#define GENESIS_TOLERANCES_MAX    16u
#define GENESIS_RATES_MAX         8u
#define GENESIS_HOLIDAYS_MAX      64u
#define GENESIS_NAME_SIZE         36u
#define GENESIS_ADDRESS_SIZE      64u
#define GENESIS_KEY_TEXT_SIZE     65u
#define GENESIS_KINDS_TEXT_SIZE   1536u
#define GENESIS_NO_VALIDATOR      UINT16_MAX
#define GENESIS_FINGERPRINT_SIZE  80u /* 16 groups of 4, 15 separators, terminating zero */

/* Tables of numbers. Each row: name, name in the file, lowest and highest legal value, value that
 * genesis_init gives. */
#define GENESIS_TIMING_LIST(X)                             \
    X(DELTA_MS, "delta-ms", 1, 10000, 50)                  \
    X(DELTA_MAX_MS, "delta-max-ms", 10, 600000, 10000)     \
    X(HEARTBEAT_MS, "heartbeat-ms", 100, 60000, 2000)      \
    X(BLOCK_INTERVAL_MS, "block-interval-ms", 0, 10000, 5) \
    X(RETRY_MS, "retry-ms", 10, 60000, 250)                \
    X(DRIFT_MS, "drift-ms", 10, 600000, 2000)

#define GENESIS_LIMIT_LIST(X)                                         \
    X(BATCH_BYTES, "batch-bytes", 65536, 16777216, 4259840)           \
    X(LANE_WINDOW, "lane-window", 1, 1024, 64)                        \
    X(LANE_BLOCK_BATCHES, "lane-block-batches", 1, 256, 16)           \
    X(LANE_BLOCK_BYTES, "lane-block-bytes", 65536, 67108864, 8519680) \
    X(VALIDITY_MS, "validity-ms", 1000, 604800000, 86400000)          \
    X(KEY_NONCES, "key-nonces", 1, 1048576, 16384)                    \
    X(PARTY_INSTRUCTIONS, "party-instructions", 1, 16777216, 150000)  \
    X(PARTY_REFERENCES, "party-references", 1, 16777216, 65536)       \
    X(PARTY_DRAFTS, "party-drafts", 1, 65536, 1000)                   \
    X(DRAFT_DAYS, "draft-days", 1, 365, 7)                            \
    X(RENEWAL_BLOCKS, "renewal-blocks", 1, 1024, 16)                  \
    X(RENEWAL_RECORDS, "renewal-records", 1, 1048576, 1024)

#define GENESIS_CAPACITY_LIST(X)                                               \
    X(RULE_SETS, "rule-sets", 1, 1024, 16)                                     \
    X(PARTIES, "parties", 1, 65536, 4096)                                      \
    X(KEYS, "keys", 1, 262144, 16384)                                          \
    X(ASSETS, "assets", 1, 1048576, 4096)                                      \
    X(ACCOUNTS, "accounts", 1, 4194304, 65536)                                 \
    X(POSITIONS, "positions", 1, 16777216, 131072)                             \
    X(INSTRUCTIONS, "instructions", 1, 16777216, 300000)                       \
    X(MATCHING_ENTRIES, "matching-entries", 1, 134217728, 1200000)             \
    X(INSTRUCTION_TIES, "instruction-ties", 1, 16777216, 225000)               \
    X(INSTRUCTION_PARTICULARS, "instruction-particulars", 1, 16777216, 300000) \
    X(NONCES, "nonces", 1, 16777216, 262144)                                   \
    X(REFERENCES, "references", 1, 16777216, 131072)                           \
    X(DRAFTS, "drafts", 1, 1048576, 4096)                                      \
    X(RESTRICTIONS, "restrictions", 1, 1048576, 16384)                         \
    X(PARTY_LIMITS, "party-limits", 1, 1048576, 16384)                         \
    X(RESTRICTION_TYPES, "restriction-types", 1, 256, 64)                      \
    X(BLOCK_RECEIPTS, "block-receipts", 10000, 1048576, 65536)                 \
    X(BLOCK_EVENTS, "block-events", 4096, 1048576, 131072)

#define GENESIS_RULE_LIST(X)                                                  \
    X(DAY_CHANGE_MINUTE, "day-change-minute", 1, 1440, 1125)                  \
    X(CLOSED_ON_WEEKENDS, "closed-on-weekends", 0, 1, 1)                      \
    X(RETENTION_DAYS, "retention-days", 1, 3660, 90)                          \
    X(SETTLEMENT_AHEAD_DAYS, "settlement-ahead-days", 1, 3660, 365)           \
    X(WAKE_BUDGET, "wake-budget", 1, 1000000, 100000)                         \
    X(OPTIMISATION_BUDGET, "optimisation-budget", 0, 100000000, 2000000)      \
    X(OPTIMISATION_PAIRS, "optimisation-pairs", 2, 2048, 2048)                \
    X(PARTIAL_VALUE_UNIT, "partial-value-unit", 0, INT64_MAX, 1000000)        \
    X(PARTIAL_VALUE_NOMINAL, "partial-value-nominal", 0, INT64_MAX, 10000000) \
    X(ALLEGEMENT_DELAY_MINUTES, "allegement-delay-minutes", 0, 65535, 60)     \
    X(ALLEGEMENT_LATE_MINUTES, "allegement-late-minutes", 0, 65535, 300)      \
    X(CONTINUOUS_DAY, "continuous-day", 0, 1, 0)                              \
    X(START_OF_DAY_MINUTE, "start-of-day-minute", 0, 1439, 1125)              \
    X(NIGHT_TIME_MINUTE, "night-time-minute", 0, 1439, 1200)                  \
    X(REAL_TIME_MINUTE, "real-time-minute", 0, 1439, 300)                     \
    X(DVP_CUT_OFF_MINUTE, "dvp-cut-off-minute", 0, 1440, 960)                 \
    X(CASH_CUT_OFF_MINUTE, "cash-cut-off-minute", 0, 1440, 1060)              \
    X(FOP_CUT_OFF_MINUTE, "fop-cut-off-minute", 0, 1440, 1080)                \
    X(END_OF_DAY_MINUTE, "end-of-day-minute", 0, 1440, 1080)                  \
    X(EXTENSION_MINUTES, "extension-minutes", 0, 720, 360)                    \
    X(LAST_WINDOW_MINUTES, "last-window-minutes", 0, 1440, 30)                \
    X(RECYCLING_UNMATCHED_DAYS, "recycling-unmatched-days", 0, 250, 20)       \
    X(RECYCLING_MATCHED_DAYS, "recycling-matched-days", 0, 250, 60)           \
    X(SWEEP_BUDGET, "sweep-budget", 1, 1000000, 10000)

enum genesis_timing {
#define X(name, text, low, high, normal) GENESIS_TIMING_##name,
    GENESIS_TIMING_LIST(X)
#undef X
    GENESIS_TIMING_COUNT
};

enum genesis_limit {
#define X(name, text, low, high, normal) GENESIS_LIMIT_##name,
    GENESIS_LIMIT_LIST(X)
#undef X
    GENESIS_LIMIT_COUNT
};

enum genesis_capacity {
#define X(name, text, low, high, normal) GENESIS_CAPACITY_##name,
    GENESIS_CAPACITY_LIST(X)
#undef X
    GENESIS_CAPACITY_COUNT
};

enum genesis_rule {
#define X(name, text, low, high, normal) GENESIS_RULE_##name,
    GENESIS_RULE_LIST(X)
#undef X
    GENESIS_RULE_COUNT
};

/* Matching tolerance of one currency, in its smallest unit: `small` up to and including `band`,
 * `large` above. */
struct genesis_tolerance {
    char currency[4];
    int64_t band;
    int64_t small;
    int64_t large;
};

/* `own` smallest units of the currency are worth `reference` of the reference currency. */
struct genesis_rate {
    char currency[4];
    int64_t own;
    int64_t reference;
};

struct genesis_validator {
    char name[GENESIS_NAME_SIZE];
    char address[GENESIS_ADDRESS_SIZE]; /* host:port, or [v6]:port */
    struct public_key signing;
    struct public_key channel;
};

struct genesis_party {
    char bic[CLIENT_BIC_SIZE]; /* 11 characters */
    char name[GENESIS_NAME_SIZE];
    uint32_t roles;     /* set of enum party_role (ledger/register/party.h) */
    uint16_t validator; /* the member's node, or GENESIS_NO_VALIDATOR ("none" in the file) */
};

struct genesis_key {
    uint16_t party; /* index into parties */
    struct public_key signing;
    struct public_key channel;
    uint32_t rights; /* set of enum key_right (ledger/register/key.h) */
    int64_t limit;   /* amount one command may move alone, smallest units; INT64_MAX (file: none) */
    char person[GENESIS_NAME_SIZE]; /* who holds it; empty (file: none): nobody is named */
};

struct genesis {
    char chain_name[GENESIS_NAME_SIZE];
    uint64_t created_ms; /* UTC; ledger time never starts before it */
    uint64_t timings[GENESIS_TIMING_COUNT];
    uint64_t limits[GENESIS_LIMIT_COUNT];
    uint64_t capacities[GENESIS_CAPACITY_COUNT];
    uint64_t rules[GENESIS_RULE_COUNT];
    uint16_t tolerance_count;
    struct genesis_tolerance tolerances[GENESIS_TOLERANCES_MAX];
    char reference_currency[4];
    uint16_t rate_count;
    struct genesis_rate rates[GENESIS_RATES_MAX]; /* ascending by currency */
    uint16_t holiday_count;
    uint32_t holidays[GENESIS_HOLIDAYS_MAX]; /* YYYYMMDD, ascending */
    uint16_t window_count;
    struct partial_window windows[DAY_WINDOW_MAX];
    uint16_t cut_offs_count;
    struct currency_cut_offs cut_offs[DAY_CURRENCY_MAX];
    uint16_t closing_count;
    struct currency_closing closings[DAY_CLOSING_MAX];
    struct approval_policy approval; /* of the consortium; amount INT64_MAX (file: none) */
    uint16_t validator_count;
    struct genesis_validator validators[GENESIS_VALIDATORS_MAX];
    uint16_t party_count;
    struct genesis_party parties[GENESIS_PARTIES_MAX];
    uint16_t key_count;
    struct genesis_key keys[GENESIS_KEYS_MAX];
    struct hash chain_id; /* set by parse and by genesis_identify */
};

/* What a parser or checker found wrong; all texts static or inside this struct. */
struct genesis_fault {
    uint32_t line;  /* 0: the content as a whole */
    char field[48]; /* e.g. "validator signing" */
    char text[160]; /* what is wrong and what is expected */
};

/* Fills timings, limits, capacities, rules, windows and approval with their normal values and
 * clears the rest. */
void genesis_init(struct genesis *genesis);

/* Reads the text file's content (not necessarily zero-terminated). On success genesis is complete,
 * consistent (genesis_consistent) and chain_id is set. On failure *fault says where and what;
 * genesis is not to be used. */
TALLY_MUST_CHECK bool genesis_parse(const char *text, size_t size, struct genesis *out,
                                    struct genesis_fault *fault);

/* Consistency: distinct validators, keys and BICs, known references, bounds, at least one validator
 * and one operator key. Also useful before writing. */
TALLY_MUST_CHECK bool genesis_consistent(const struct genesis *genesis,
                                         struct genesis_fault *fault);

/*
 * Can the network ever change? A person who is alone may name the first other one alone
 * (ledger/command/four_eyes.h), unless the consortium's policy demands two persons for a new key:
 * then an operator must have two from the first day, or no rule could be changed and nobody be
 * added for ever. To be asked of a whole genesis before a network begins; *fault says what lacks.
 */
TALLY_MUST_CHECK bool genesis_governable(const struct genesis *genesis,
                                         struct genesis_fault *fault);

/* Writes the text file; what it writes parses back to the same content. Returns the size or 0. */
TALLY_MUST_CHECK size_t genesis_format(const struct genesis *genesis, char *out, size_t capacity);

/* The canonical bytes that the chain id is the hash of. Returns the size or 0. */
TALLY_MUST_CHECK size_t genesis_encode(const struct genesis *genesis, void *out, size_t capacity);

/* Computes and sets chain_id: HASH_GENESIS over what genesis_encode writes. */
void genesis_identify(struct genesis *genesis);

/* "1f3a-77c0-..." with all sixteen groups. */
void genesis_fingerprint(const struct hash *chain_id, char out[GENESIS_FINGERPRINT_SIZE]);

/* floor((n-1)/3) and floor(2n/3)+1 of the genesis's validators. */
uint16_t genesis_faults(const struct genesis *genesis);
uint16_t genesis_quorum(const struct genesis *genesis);

/* The plan of the settlement day, and why the ledger would not take it; NULL when it would. */
void genesis_plan_make(const struct genesis *genesis, struct day_plan *out);
const char *genesis_plan_fault(const struct genesis *genesis);

/* The names of the numbers, as in the file; NULL beyond the last. */
const char *genesis_timing_name(unsigned index);
const char *genesis_limit_name(unsigned index);
const char *genesis_capacity_name(unsigned index);
const char *genesis_rule_name(unsigned index);

/* Sets the number of that name, in whichever table it stands; false when there is no such name or
 * the value is out of its bounds. */
TALLY_MUST_CHECK bool genesis_number_set(struct genesis *genesis, const char *name, uint64_t value);

/* Roles of a party and rights of a key as words: "participant,auditor" to bits and back. Parsing
 * gives 0 when a word is unknown, repeated or missing; formatting writes at most `size` bytes,
 * terminated. */
uint32_t genesis_roles_parse(const char *text);
uint32_t genesis_rights_parse(const char *text);
void genesis_roles_format(uint32_t roles, char *out, size_t size);
void genesis_rights_format(uint32_t rights, char *out, size_t size);

/* Command kinds as words, "rule-set,key-add", or "none": to a set and back. Parsing refuses what is
 * unknown or repeated. GENESIS_KINDS_TEXT_SIZE is enough for all of them. */
TALLY_MUST_CHECK bool genesis_kinds_parse(const char *text, struct command_set *out);
void genesis_kinds_format(const struct command_set *kinds, char *out, size_t size);

/* 64 hexadecimal digits to a key and back. */
TALLY_MUST_CHECK bool genesis_key_parse(const char *text, struct public_key *out);
void genesis_key_format(const struct public_key *key, char out[GENESIS_KEY_TEXT_SIZE]);

/* The party with that BIC, or NULL. */
const struct genesis_party *genesis_party_find(const struct genesis *genesis, const char *bic);

/* The validator with that channel key, or -1. */
int32_t genesis_validator_by_channel(const struct genesis *genesis, const struct public_key *key);

#endif
