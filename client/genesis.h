/*
 * client/genesis.h - the file from which a ledger begins, and by which everybody knows it.
 *
 * Problem.  All members, and all who check a receipt years later, must agree on one beginning: who validates,
 * who may do what, and by which rules. People must be able to read it before they sign up to it, to compare it
 * over the telephone, and a program must not be able to read it in two ways.
 *
 * Rule.  A text file of at most 1 MiB, plain ASCII. Each line is a keyword followed by `name=value` fields,
 * separated by one space, all present, in the documented order; values with spaces stand in double quotes.
 * Lines starting with `#` and empty lines are skipped. Keywords come in the order below. Anything else is an
 * error that names line, field and remedy.
 *
 *     tally-genesis version=1
 *     chain name="Demo market" created=2026-11-22T08:00:00Z
 *     timing delta-ms=50 delta-max-ms=10000 heartbeat-ms=2000 block-interval-ms=10 retry-ms=250 drift-ms=2000
 *     limit name=batch-bytes value=1048576                  (one line per limit, in the order of GENESIS_LIMITS)
 *     capacity name=parties value=256                       (one per capacity, in the order of GENESIS_CAPACITIES)
 *     rule name=recycling-matched-days value=60             (one per rule, in the order of GENESIS_RULES)
 *     tolerance currency=EUR band=100000.00 small=2.00 large=25.00
 *     validator index=0 name="Bank A" address=10.0.0.1:7100 signing=<64 hex> channel=<64 hex>
 *     party bic=BANKDEFFXXX name="Bank A" roles=participant,settlement-bank validator=0
 *     key party=BANKDEFFXXX signing=<64 hex> channel=<64 hex> rights=submit,approve limit=0
 *
 * The chain id is the hash of the *canonical encoding* of what the file says (genesis_encode), not of the
 * text: comments may be added, meaning may not. Its fingerprint is the chain id in sixteen groups of four
 * hexadecimal digits; the first four groups are what people read to each other, the whole is what programs
 * compare.
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

#define GENESIS_VERSION           1u
#define GENESIS_TEXT_BYTES_MAX    (1024u * 1024u)
#define GENESIS_ENCODED_BYTES_MAX (1024u * 1024u)
#define GENESIS_VALIDATORS_MAX    128u
#define GENESIS_PARTIES_MAX       512u
#define GENESIS_KEYS_MAX          2048u
#define GENESIS_TOLERANCES_MAX    32u
#define GENESIS_NAME_SIZE         71u
#define GENESIS_ADDRESS_SIZE      80u
#define GENESIS_NO_VALIDATOR      UINT16_MAX
#define GENESIS_FINGERPRINT_SIZE  80u /* 16 groups of 4, 15 separators, terminating zero */

/* Roles of a party, as bits. */
enum genesis_role {
    GENESIS_OPERATOR = 1,        /* the consortium's own: reference data, calendar, rule set */
    GENESIS_REGISTRAR = 2,       /* issues and redeems securities */
    GENESIS_SETTLEMENT_BANK = 4, /* issues and redeems cash tokens of a currency */
    GENESIS_PARTICIPANT = 8,     /* holds accounts, instructs */
    GENESIS_AUDITOR = 16,        /* reads everything, changes nothing */
};

/* Rights of a key, as bits. */
enum genesis_right {
    GENESIS_SUBMIT = 1,
    GENESIS_APPROVE = 2,
    GENESIS_ADMINISTER = 4,
    GENESIS_READ_ALL = 8,
};

/* name in the file, lowest and highest legal value, value written by `tally network init` */
#define GENESIS_LIMITS(X)                                               \
    X(BATCH_BYTES, "batch-bytes", 65536, 16777216, 1048576)             \
    X(LANE_WINDOW, "lane-window", 1, 1024, 64)                          \
    X(LANE_BLOCK_BATCHES, "lane-block-batches", 1, 256, 16)             \
    X(LANE_BLOCK_BYTES, "lane-block-bytes", 65536, 67108864, 8388608)   \
    X(ENVELOPE_BYTES, "envelope-bytes", 4096, 4194304, 4194304)         \
    X(ENVELOPE_COMMANDS, "envelope-commands", 1, 10000, 10000)          \
    X(VALIDITY_MS, "validity-ms", 1000, 604800000, 86400000)            \
    X(STATE_RENEWAL_RECORDS, "state-renewal-records", 1, 1048576, 4096) \
    X(STATE_RENEWAL_BLOCKS, "state-renewal-blocks", 1, 1024, 16)

#define GENESIS_CAPACITIES(X)                            \
    X(PARTIES, "parties", 16, 65536, 256)                \
    X(KEYS, "keys", 16, 262144, 1024)                    \
    X(ASSETS, "assets", 16, 1048576, 1024)               \
    X(ACCOUNTS, "accounts", 16, 4194304, 4096)           \
    X(POSITIONS, "positions", 16, 16777216, 16384)       \
    X(INSTRUCTIONS, "instructions", 16, 16777216, 65536) \
    X(RESTRICTIONS, "restrictions", 16, 4194304, 4096)   \
    X(NONCES, "nonces", 16, 16777216, 65536)

#define GENESIS_RULES(X)                                                 \
    X(RECYCLING_UNMATCHED_DAYS, "recycling-unmatched-days", 1, 3650, 20) \
    X(RECYCLING_MATCHED_DAYS, "recycling-matched-days", 1, 3650, 60)     \
    X(RETENTION_DAYS, "retention-days", 1, 3650, 90)

enum genesis_limit {
#define X(name, text, low, high, normal) GENESIS_LIMIT_##name,
    GENESIS_LIMITS(X)
#undef X
    GENESIS_LIMIT_COUNT
};

enum genesis_capacity {
#define X(name, text, low, high, normal) GENESIS_CAPACITY_##name,
    GENESIS_CAPACITIES(X)
#undef X
    GENESIS_CAPACITY_COUNT
};

enum genesis_rule {
#define X(name, text, low, high, normal) GENESIS_RULE_##name,
    GENESIS_RULES(X)
#undef X
    GENESIS_RULE_COUNT
};

/* The consensus timing that all members share. */
struct genesis_timing {
    uint32_t delta_ms; /* first view timeout */
    uint32_t delta_max_ms;
    uint32_t heartbeat_ms;
    uint32_t block_interval_ms; /* shortest */
    uint32_t retry_ms;
    uint32_t drift_ms; /* allowance for clocks */
};

/* Matching tolerance of one currency: `small` up to and including `band`, `large` above, in smallest units
 * (two decimals in the file). */
struct genesis_tolerance {
    char currency[4];
    int64_t band;
    int64_t small;
    int64_t large;
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
    uint32_t roles;
    uint16_t validator; /* the member's node, or GENESIS_NO_VALIDATOR ("none" in the file) */
};

struct genesis_key {
    uint16_t party; /* index into parties */
    struct public_key signing;
    struct public_key channel;
    uint32_t rights;
    int64_t limit; /* amount limit in smallest units of the reference currency; 0 means none */
};

struct genesis {
    char chain_name[GENESIS_NAME_SIZE];
    uint64_t created_ms; /* UTC; ledger time never starts before it */
    struct genesis_timing timing;
    uint64_t limits[GENESIS_LIMIT_COUNT];
    uint64_t capacities[GENESIS_CAPACITY_COUNT];
    uint64_t rules[GENESIS_RULE_COUNT];
    uint16_t tolerance_count;
    struct genesis_tolerance tolerances[GENESIS_TOLERANCES_MAX];
    uint16_t validator_count;
    struct genesis_validator validators[GENESIS_VALIDATORS_MAX];
    uint16_t party_count;
    struct genesis_party parties[GENESIS_PARTIES_MAX];
    uint16_t key_count;
    struct genesis_key keys[GENESIS_KEYS_MAX];
    struct hash chain_id; /* set by parse and by genesis_identify */
};

/* What a parser or checker found wrong; all texts static or inside this struct. */
struct genesis_error {
    uint32_t line;  /* 0: the content as a whole */
    char field[48]; /* e.g. "validator signing" */
    char text[160]; /* what is wrong and what is expected */
};

/* Fills limits, capacities, rules and timing with their normal values and clears the rest. */
void genesis_init(struct genesis *genesis);

/* Reads the text file's content (not necessarily zero-terminated). On success genesis is complete, consistent
 * (genesis_check) and chain_id is set. On failure *error says where and what; genesis is not to be used. */
TALLY_MUST_CHECK bool genesis_parse(const char *text, size_t size, struct genesis *out,
                                    struct genesis_error *error);

/* Consistency: distinct validators, keys and BICs, known references, bounds, at least one validator and one
 * operator key. Also useful before writing. */
TALLY_MUST_CHECK bool genesis_check(const struct genesis *genesis, struct genesis_error *error);

/* Writes the text file; what it writes parses back to the same content. Returns the size or 0. */
TALLY_MUST_CHECK size_t genesis_format(const struct genesis *genesis, char *out, size_t capacity);

/* The canonical bytes that the chain id is the hash of. Returns the size or 0. */
TALLY_MUST_CHECK size_t genesis_encode(const struct genesis *genesis, void *out, size_t capacity);

/* Computes and sets chain_id. scratch: GENESIS_ENCODED_BYTES_MAX bytes are always enough. */
TALLY_MUST_CHECK bool genesis_identify(struct genesis *genesis, void *scratch, size_t scratch_size);

/* "1f3a-77c0-..." with all sixteen groups. */
void genesis_fingerprint(const struct hash *chain_id, char out[GENESIS_FINGERPRINT_SIZE]);

/* floor((n-1)/3) and floor(2n/3)+1 of the genesis's validators. */
uint16_t genesis_faults(const struct genesis *genesis);
uint16_t genesis_quorum(const struct genesis *genesis);

/* The party with that BIC, or NULL. */
const struct genesis_party *genesis_party_find(const struct genesis *genesis, const char *bic);

/* The key entry with that channel key (or signing key), or NULL. */
const struct genesis_key *genesis_key_by_channel(const struct genesis *genesis,
                                                 const struct public_key *key);
const struct genesis_key *genesis_key_by_signing(const struct genesis *genesis,
                                                 const struct public_key *key);

/* The validator with that channel key, or -1. */
int32_t genesis_validator_by_channel(const struct genesis *genesis, const struct public_key *key);

#endif
