/*
 * ledger/command/command.h - what a party can ask of the ledger: kinds, fields, wire format
 *
 * Rule. Every command starts with the same head, then the fields of its kind in the order of its
 * struct below:
 *
 *   kind u8 | version u8 = 1 | reference text | date u32 | body
 *
 * `reference` is the party's own name for the command; with it, and with the date, a file that is
 * sent again after its envelopes expired is recognised: the same content under the same reference
 * is answered ALREADY, other content is refused REFE. `date` (for an instruction: its trade date)
 * must lie in the retention period and not after the ledger's date, so that a forgotten reference
 * can never be executed a second time (I7).
 *
 * Wire types: integers little-endian, i64 two's complement, BIC 11 bytes, texts and asset codes u8
 * size + characters, booleans u8 0 or 1. An absent optional text has size 0, an absent BIC is 11
 * zero bytes. docs/data-ledger.md has the table of every byte.
 *
 * One file per family executes them: command_reference_data, command_issuance (with cash in and
 * out), command_restriction, command_instruct, command_allegement, command_matched,
 * command_transform, command_target (cancel, hold, release, amend), command_attorney,
 * command_approval.
 */
#ifndef TALLY_LEDGER_COMMAND_COMMAND_H
#define TALLY_LEDGER_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash_many.h"
#include "crypto/sign.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/key.h"
#include "ledger/register/rule_set.h"
#include "ledger/restriction/restriction_draw.h"
#include "ledger/restriction/restriction_type.h"
#include "ledger/values/identifier.h"
#include "ledger/values/outcome.h"

/* X(NAME, number, name, needed right) */
#define COMMANDS(X)                                                     \
    X(PARTY_ADD, 1, "party-add", KEY_ADMINISTER)                        \
    X(PARTY_CHANGE, 2, "party-change", KEY_ADMINISTER)                  \
    X(KEY_ADD, 3, "key-add", KEY_ADMINISTER)                            \
    X(KEY_REVOKE, 4, "key-revoke", KEY_ADMINISTER)                      \
    X(ASSET_ADD, 5, "asset-add", KEY_ADMINISTER)                        \
    X(ASSET_CHANGE, 6, "asset-change", KEY_ADMINISTER)                  \
    X(ACCOUNT_OPEN, 7, "account-open", KEY_ADMINISTER)                  \
    X(ACCOUNT_CHANGE, 8, "account-change", KEY_ADMINISTER)              \
    X(CREDIT_LIMIT, 9, "credit-limit", KEY_ADMINISTER)                  \
    X(RULE_SET, 10, "rule-set", KEY_ADMINISTER)                         \
    X(APPROVAL_POLICY, 80, "approval-policy", KEY_ADMINISTER)           \
    X(LIMIT_SET, 81, "limit-set", KEY_ADMINISTER)                       \
    X(KEY_CHANGE, 82, "key-change", KEY_ADMINISTER)                     \
    X(ISSUE, 20, "issue", KEY_SUBMIT)                                   \
    X(REDEEM, 21, "redeem", KEY_SUBMIT)                                 \
    X(CASH_IN, 30, "cash-in", KEY_SUBMIT)                               \
    X(CASH_OUT, 31, "cash-out", KEY_SUBMIT)                             \
    X(INSTRUCT, 40, "instruct", KEY_SUBMIT)                             \
    X(CANCEL, 41, "cancel", KEY_SUBMIT)                                 \
    X(HOLD, 42, "hold", KEY_SUBMIT)                                     \
    X(RELEASE, 43, "release", KEY_SUBMIT)                               \
    X(AMEND, 44, "amend", KEY_SUBMIT)                                   \
    X(PARTIAL_RELEASE, 90, "partial-release", KEY_SUBMIT)               \
    X(APPROVE, 50, "approve", KEY_APPROVE)                              \
    X(DRAFT_REJECT, 51, "draft-reject", KEY_APPROVE)                    \
    X(ALLEGEMENT_ACCEPT, 52, "allegement-accept", KEY_SUBMIT)           \
    X(DAY_REVISE, 60, "day-revise", KEY_ADMINISTER)                     \
    X(LINK, 45, "link", KEY_SUBMIT)                                     \
    X(UNLINK, 46, "unlink", KEY_SUBMIT)                                 \
    X(ATTORNEY_GRANT, 53, "attorney-grant", KEY_SUBMIT)                 \
    X(ATTORNEY_REVOKE, 54, "attorney-revoke", KEY_SUBMIT)               \
    X(INSTRUCT_MATCHED, 55, "instruct-matched", KEY_SUBMIT)             \
    X(TRANSFORM, 56, "transform", KEY_SUBMIT)                           \
    X(RESTRICTION_SET, 70, "restriction-set", KEY_SUBMIT)               \
    X(RESTRICTION_INCREASE, 71, "restriction-increase", KEY_SUBMIT)     \
    X(RESTRICTION_DECREASE, 72, "restriction-decrease", KEY_SUBMIT)     \
    X(RESTRICTION_RELEASE, 73, "restriction-release", KEY_SUBMIT)       \
    X(RESTRICTION_TYPE_ADD, 74, "restriction-type-add", KEY_ADMINISTER) \
    X(RESTRICTION_TYPE_END, 75, "restriction-type-end", KEY_ADMINISTER)

enum command_kind {
    COMMAND_NONE = 0,
#define X(name, number, text, right) COMMAND_##name = (number),
    COMMANDS(X)
#undef X
};

enum {
    COMMAND_VERSION = 1,
    COMMAND_BYTES_MAX = 2048,
    COMMAND_LINKS_MAX = 4 /* named at submission; more by link */
};

struct command_party_add {
    struct bic bic;
    struct text35 name;
    uint32_t roles;
    uint32_t instruction_quota; /* 0: the ledger's default */
};

struct command_party_change { /* replaces all four */
    struct bic bic;
    uint32_t roles;
    uint8_t status;
    uint32_t instruction_quota;
};

/* To what a key is confined within its rights (key.h). */
struct key_scope {
    struct command_set kinds; /* empty: all */
    uint8_t asset_kinds;      /* 0: all */
    uint8_t account_count;    /* 0: all */
    struct text35 accounts[KEY_ACCOUNT_MAX];
};

struct command_key_add {
    struct bic bic; /* the party it acts for */
    struct public_key public_key;
    struct public_key channel_key; /* zero: never connects */
    uint32_t rights;
    int64_t amount_limit;
    uint64_t valid_from_ms;
    uint64_t valid_until_ms;
    struct text35 person; /* absent: nobody is named */
    int64_t day_limit;
    struct key_scope scope;
};

/* Replaces what a key may do; names its person if it has none yet. */
struct command_key_change {
    struct public_key public_key;
    uint32_t rights;
    int64_t amount_limit;
    uint64_t valid_from_ms;
    uint64_t valid_until_ms;
    struct text35 person; /* absent: stays as it is */
    int64_t day_limit;
    struct key_scope scope;
};

struct command_limit_set { /* makes a limit of a party, or gives it another amount (limit.h) */
    struct bic bic;
    uint8_t scope;           /* enum limit_scope */
    struct bic counterparty; /* scope counterparty, else absent */
    struct text35 account;   /* scope account: an own one; else absent */
    struct asset_code asset;
    int64_t amount; /* INT64_MAX: it is not asked any more */
};

struct command_approval_policy { /* replaces the party's policy */
    struct bic bic;
    struct approval_policy policy;
};

struct command_key_revoke {
    struct public_key public_key;
};

struct command_asset_add {
    struct asset_code code;
    struct text35 name;
    uint8_t kind;
    uint8_t decimals;
    int64_t settlement_unit_min;
    int64_t settlement_unit_multiple;
    struct bic issuer;
    struct text35 issuance_account; /* an open account of the issuer, of the asset's kind */
};

struct command_asset_change {
    struct asset_code code;
    uint8_t status;
};

struct command_account_open {
    struct bic bic;
    struct text35 id;
    uint8_t kind;
    bool is_default;
};

struct command_account_change {
    struct bic bic;
    struct text35 id;
    uint8_t status;
    bool is_default; /* true: becomes the default, in place of any other; false: stays as it is */
};

struct command_credit_limit {
    struct bic bic;
    struct text35 account;
    struct asset_code currency;
    int64_t limit;
};

/* Issue, redeem, cash in, cash out: between the issuance account and an account of anybody. */
struct command_issuance {
    struct asset_code asset;
    struct bic bic;
    struct text35 account;
    int64_t quantity;
};

/* Sets a quantity of a position aside (semt.013); the head's reference names the restriction. */
struct command_restriction_set {
    struct bic bic; /* whose account */
    struct text35 account;
    struct asset_code asset;
    uint8_t kind; /* enum restriction_kind */
    int64_t quantity;
};

/* Makes a restriction type (restriction_type.h); the head's reference names it. */
struct command_restriction_type_add {
    uint8_t processing; /* enum restriction_processing */
    uint8_t object;     /* enum restriction_object, and what it names: */
    struct bic bic;     /* party; whose account */
    struct text35 account;
    struct asset_code asset;
    bool negative;
    uint32_t valid_from;
    uint32_t valid_to; /* 0: until it is ended */
    uint8_t rule_count;
    struct restriction_rule rules[RESTRICTION_RULES_MAX];
};

/* Ends an own restriction type. */
struct command_restriction_type_end {
    struct text35 reference;
};

/* A link of the new instruction to one of the same party's that is there already. */
struct command_instruct_link {
    uint8_t type; /* enum link_type */
    struct text35 reference;
};

/* Increases, decreases, releases a restriction: an own one, or, for the operator, anybody's. */
struct command_restriction_change {
    struct bic party; /* that set it up */
    struct text35 reference;
    int64_t quantity; /* increase, decrease; release: 0 */
};

/* The terms with identifiers instead of indexes; the head's reference names the instruction, its
 * date is the trade date. */
struct command_instruct {
    uint8_t payment;
    uint8_t movement;
    struct asset_code asset;
    int64_t quantity;
    uint32_t settlement_date;
    struct bic deliverer;
    struct bic receiver;
    struct bic deliverer_depository;
    struct bic receiver_depository;
    struct asset_code currency; /* absent when free of payment */
    int64_t amount;
    uint8_t credit_debit;
    uint32_t conditions; /* condition_set: settlement conditions (transaction_code.h) */
    uint8_t cum_ex;
    struct text35 common_reference;
    struct bic deliverer_client;
    struct bic receiver_client;
    struct text35 deliverer_account;
    struct text35 receiver_account;
    struct text35
        account; /* own securities account (OWNI: the giving one); absent: the default one */
    struct text35 cash_account; /* own cash account; absent: the default one */
    uint8_t priority;           /* 0: the default (priority.h) */
    uint8_t partial;
    uint8_t transaction_type;
    bool hold;            /* on party hold from the start */
    bool restricted_only; /* deliver out of the restrictions, never out of what is available */
    uint8_t link_count;
    uint8_t restriction_count;
    uint16_t pool_number; /* this is number n of pool_total; both 0 without a pool */
    uint16_t pool_total;
    struct text35 pool; /* absent: in no pool (ledger/link/pool.h) */
    /* The lists, which stand last: beyond their counts nothing is said, not even zeros. */
    struct command_instruct_link links[COMMAND_LINKS_MAX];
    /* Restrictions of the own party to draw on, in this order (restriction_draw.h). */
    struct text35 restrictions[RESTRICTION_DRAWS_MAX];
};

/* Cancel, hold, release, amend one instruction: an own one, or, for the operator, anybody's. */
struct command_target {
    struct bic party; /* the instructing party */
    struct text35 reference;
    uint8_t hold; /* hold, release: DIMENSION_HOLD_PARTY .. DIMENSION_HOLD_CONDITIONAL; else 0 */
    uint8_t priority; /* amend: the new one, 0 as it is; else 0 */
    uint8_t partial;  /* amend: enum partial_settlement, 0 as it is; else 0 */
};

/* Lets a quantity of an own delivery go that stays on party hold (release.h). */
struct command_partial_release {
    struct text35 reference;
    int64_t quantity; /* in the asset's smallest unit */
};

/*
 * Makes the own instruction that an alleged one waits for; the head's reference names it. Terms are
 * those of the alleged instruction; quantity and amount must be said as they were alleged.
 */
struct command_allegement_accept {
    struct bic party; /* who alleges */
    struct text35 reference;
    int64_t quantity;
    int64_t amount;
    struct text35 account; /* own; absent: the one that is alleged, or the default one */
    struct text35 cash_account;
    uint8_t priority;
    uint8_t partial;
    bool hold;
};

/* Links an instruction to another one, or takes the link away: own ones, or, for the operator,
 * anybody's. */
struct command_link {
    struct bic party; /* the instructing party */
    struct text35 reference;
    struct bic linked_party;
    struct text35 linked_reference;
    uint8_t type; /* enum link_type: how the first is linked to the second */
};

/* Power of attorney over an own account, or over all. */
struct command_attorney {
    struct bic attorney;
    struct text35 account; /* absent: all */
};

/* Both sides of a trade; who sends it has power of attorney of both parties. */
struct command_instruct_matched {
    struct command_instruct deliver; /* the deliverer's side: movement DELI */
    struct text35 deliverer_reference;
    struct text35 receiver_reference;
    struct text35 receiving_account; /* of the receiver; absent: its default one */
    struct text35 receiving_cash_account;
    uint8_t receiver_priority;
    uint8_t receiver_partial;
    bool receiver_hold;
};

/* The operator, or who issues the security, cancels what is open and instructs it anew. */
struct command_transform {
    struct bic party; /* the instructing party of either side */
    struct text35 reference;
    struct asset_code asset; /* the new security */
    int64_t quantity;        /* in it, of what is still open */
    int64_t amount;          /* of what is still open; 0: as it is */
    struct text35 new_reference;
};

/* Approve or reject the draft that the own party submitted under a reference. */
struct command_approval {
    struct text35 reference;
    struct hash content; /* hash of the draft's command: what is approved is what was seen */
};

/* Moves an event of the present settlement day (ledger/day/command_day.c). */
struct command_day_revise {
    uint8_t event;              /* enum day_event: a cut-off, end of day, or change of date */
    struct asset_code currency; /* absent: of all that have no own time */
    uint64_t revised_ms;        /* ledger time at which it is due from now on */
};

struct command {
    uint8_t kind;
    struct text35 reference;
    uint32_t date;
    struct hash
        content; /* hash(HASH_COMMAND, party BIC | command bytes); set by command_decode() */
    union {
        struct command_party_add party_add;
        struct command_party_change party_change;
        struct command_key_add key_add;
        struct command_key_revoke key_revoke;
        struct command_key_change key_change;
        struct command_limit_set limit_set;
        struct command_approval_policy approval_policy;
        struct command_asset_add asset_add;
        struct command_asset_change asset_change;
        struct command_account_open account_open;
        struct command_account_change account_change;
        struct command_credit_limit credit_limit;
        struct rule_set rule_set;
        struct command_issuance issuance;
        struct command_restriction_set restriction_set;
        struct command_restriction_change restriction_change;
        struct command_restriction_type_add restriction_type_add;
        struct command_restriction_type_end restriction_type_end;
        struct command_instruct instruct;
        struct command_target target;
        struct command_link link;
        struct command_partial_release partial_release;
        struct command_approval approval;
        struct command_allegement_accept allegement_accept;
        struct command_day_revise day_revise;
        struct command_transform transform;
        struct command_attorney attorney;
        struct command_instruct_matched instruct_matched;
    };
};

/* Writes a command. pre: kind known. Fails the writer when it does not fit. Reads nothing of
 * `content`. */
void command_encode(const struct command *command, struct bytes_writer *writer);
/*
 * Reads untrusted bytes: bounded, total, rejects trailing bytes and anything command_encode() would
 * not have written. What the fields mean is checked at execution. Returns false with `kind` and
 * `reference` filled as far as they could be read (for the receipt).
 */
bool command_decode(struct command *command, const struct bic *party, const void *bytes,
                    size_t size);

/* The two halves of it, for many commands: reading alone, which leaves `content` zero. What stands
 * in `known` as well, another one that was read, or NULL, is not checked again. */
bool command_read(struct command *command, const struct command *known, const void *bytes,
                  size_t size);
/* and the hash that makes `content`, of bytes that were read. It borrows `copy`. */
struct command_content_bytes {
    uint8_t bytes[BIC_SIZE + COMMAND_BYTES_MAX];
};
void command_content_item(struct command *command, const struct bic *party, const void *bytes,
                          size_t size, struct command_content_bytes *copy, struct hash_item *item);
const char *command_name(uint8_t kind); /* "" when unknown */
/* Does the set hold nothing but kinds of commands? */
bool command_set_known(const struct command_set *set);

#endif
