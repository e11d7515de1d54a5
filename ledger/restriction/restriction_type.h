/*
 * ledger/restriction/restriction_type.h - dated rules of the operator: which instructions are
 * refused, held for validation, or kept from settling, and which are not
 *
 * Problem. A security is to be kept from all settlement but corporate actions, a party from buying,
 * an account from everything, from one day to another; nobody should have to watch for it.
 *
 * Rule. A restriction type names a processing, an object, and rules; it counts from its first to
 * its last day. An instruction is looked at if the object occurs in it:
 *
 *   instruction          every instruction
 *   security             the security it names
 *   securities account   its party's account, or the taking one of an internal transfer
 *   cash account         its party's cash account
 *   party                its party
 *
 * The rules are asked in their order until one is met; a rule is met when every field that it names
 * is that of the instruction. Without rules all are met.
 *
 *   | processing | at         | positive               | negative: rules are exceptions         |
 *   | BLCK       | settlement | blocked if one is met  | blocked unless one is met              |
 *   | RJCT       | entry      | refused if one is met  | not refused, whatever other types say  |
 *   | CVHD       | entry      | on hold (CVAL) if met  | not on hold, whatever other types say  |
 *
 * What the depository makes for a party (a transformation) is not looked at when it is entered: it
 * has the holds of what it replaces.
 *
 * A pair is blocked if either of its instructions is, and told SBLO where the object is a security,
 * else BLOC. It is tried again when a type ended or its last day has passed. Of several types that
 * apply the oldest is named in the explanation, with the number of the rule (0: it has none, or
 * none was met).
 *
 * Example. Security X, BLCK, negative, rule 1 {type CORP}, rule 2 {party A}: a TRAD of B waits with
 * SBLO, also with A as its counterparty, since B's side is no exception; a CORP settles, and what A
 * moves between accounts of its own. (T2S UDFS, restriction type RTBS.)
 *
 * Source: T2S UDFS 3.2.1.8 (restriction types; case one: at entry, case two: intraday restriction),
 * 3.6.1.8.3 (detection, with and without rules met).
 */
#ifndef TALLY_LEDGER_RESTRICTION_RESTRICTION_TYPE_H
#define TALLY_LEDGER_RESTRICTION_RESTRICTION_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/state/record.h"
#include "ledger/values/identifier.h"
#include "ledger/values/outcome.h"

enum {
    RESTRICTION_RULES_MAX = 6,
};

enum restriction_processing {
    RESTRICTION_BLCK = 1,
    RESTRICTION_RJCT = 2,
    RESTRICTION_CVHD = 3,
};

enum restriction_object {
    RESTRICTION_ON_INSTRUCTION = 0,
    RESTRICTION_ON_SECURITY = 1,
    RESTRICTION_ON_SECURITIES_ACCOUNT = 2,
    RESTRICTION_ON_CASH_ACCOUNT = 3,
    RESTRICTION_ON_PARTY = 4,
};

/* What an instruction must be to meet it; what is absent or 0 is not asked. */
struct restriction_rule {
    struct bic party; /* that instructs */
    struct asset_code security;
    struct text35 account; /* of the instructing party */
    struct text35 cash_account;
    struct asset_code currency;
    uint8_t movement; /* enum movement_type */
    uint8_t payment;  /* enum payment_type */
    uint8_t credit_debit;
    uint8_t transaction_type;
};

struct restriction_type {
    uint64_t sequence; /* of restrictions and their types together; tells the oldest */
    uint32_t party;    /* index: the operator's party that made it */
    struct text35 reference;
    uint8_t processing;    /* enum restriction_processing */
    uint8_t object;        /* enum restriction_object */
    uint32_t object_index; /* asset, account or party; RECORD_NONE for every instruction */
    bool negative;
    uint32_t valid_from; /* the first day, and the last one; 0: until it is ended */
    uint32_t valid_to;
    uint8_t rule_count;
    struct restriction_rule rules[RESTRICTION_RULES_MAX];
    struct nonce_secret secret;
};

/* Which type decided about an instruction. */
struct restriction_hit {
    uint32_t type; /* index; RECORD_NONE: none did */
    uint8_t rule;  /* from 1; 0: it has no rules, or none was met */
};

struct instruction_terms;
struct pair;

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void restriction_type_encode(const struct restriction_type *type, struct bytes_writer *writer);
void restriction_type_decode(struct restriction_type *type, struct bytes_reader *reader);
/* The rules, as they stand in records and commands. Returns how many. */
void restriction_rules_encode(const struct restriction_rule *rules, uint8_t count,
                              struct bytes_writer *writer);
uint8_t restriction_rules_decode(struct restriction_rule *rules, struct bytes_reader *reader);
/* Does it ask for something, in codes that there are? */
bool restriction_rule_sound(const struct restriction_rule *rule);

/* The type that a party made under a reference; RECORD_NONE when there is none. */
uint32_t restriction_type_find(const struct ledger *ledger, uint32_t party,
                               const struct text35 *reference);
const struct restriction_type *restriction_type_view(const struct ledger *ledger, uint32_t index);

/* Are there any? Every instruction asks, and mostly there are none. */
bool restriction_types_any(const struct ledger *ledger);

/*
 * Does a processing at entry (RJCT, CVHD) apply to an instruction of these terms? `hit` says which
 * type decided.
 */
bool restriction_type_applies(const struct ledger *ledger, enum restriction_processing processing,
                              uint32_t party, const struct instruction_terms *terms,
                              struct restriction_hit *hit);
/* Puts a new instruction on hold for validation, if a type says so, and tells which. */
void restriction_type_hold(struct ledger *ledger, uint32_t instruction);
/* Why the pair is kept from settling by a type that counts on a day: BLOC, SBLO, or REASON_NONE. */
enum reason restriction_type_blocks(const struct ledger *ledger, const struct pair *pair,
                                    uint32_t day, struct restriction_hit *hit);

/* Emits the event below for both sides of a pair that a type blocks, if that is news to it. */
void restriction_type_tell_pair(struct ledger *ledger, const struct pair *pair, enum reason reason);
/* Emits EVENT_RESTRICTION_HIT: this type decided about this instruction. */
void restriction_type_tell(struct ledger *ledger, const struct restriction_hit *hit,
                           uint32_t instruction, uint8_t dimension, enum reason reason);

/* Do its party and its object exist? For a restore. */
bool restriction_type_refers(const struct ledger *ledger, uint32_t index);

/* The settlement day has changed: what is over is forgotten, and what it kept is tried again. */
void restriction_type_day_changed(struct ledger *ledger);

#endif
