/*
 * ledger/register/party.h - members and participants
 *
 * Rule. A party is named by its BIC. Its roles say what it may do at all; its keys (key.h) say who
 * may do it for the party. Roles: operator         keeps reference data, rules and parties; may
 * hold and cancel any instruction registrar        issues and redeems the securities of which it is
 * the issuer settlement bank  issues and redeems the cash tokens of the currencies of which it is
 * the issuer participant      holds accounts and gives instructions auditor          reads
 * everything, changes nothing `instruction_quota` bounds the open instructions of one party, so
 * that none fills what is everybody's; 0 stands for the ledger's default. A suspended party's
 * commands are refused; what it gave before stands.
 *
 * `policy` is what the party itself wants two persons for (approval_policy.h). `approver` is the
 * person of the first key that was ever given the right to approve, `approvers_many` says that a
 * second person followed: from then on, for good, that right is handed out or taken away under four
 * eyes only (four_eyes.h).
 *
 * Example. "BANKDEFFXXX", participant | settlement bank: holds accounts and issues EUR.
 */
#ifndef TALLY_LEDGER_REGISTER_PARTY_H
#define TALLY_LEDGER_REGISTER_PARTY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/register/approval_policy.h"
#include "ledger/register/attorney.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum party_role {
    PARTY_OPERATOR = 1u << 0,
    PARTY_REGISTRAR = 1u << 1,
    PARTY_SETTLEMENT_BANK = 1u << 2,
    PARTY_PARTICIPANT = 1u << 3,
    PARTY_AUDITOR = 1u << 4,
    PARTY_TRADING_VENUE = 1u << 5, /* or central counterparty: Top priority (priority.h) */
    PARTY_ROLES_ALL = (1u << 6) - 1,
};

enum {
    PARTY_SHARE_DIVISOR = 4
};

enum party_status {
    PARTY_ACTIVE = 1,
    /* its commands are refused; what it gave before may settle until the next day begins (T25) */
    PARTY_SUSPENDED = 2,
    /* its commands are refused, and nothing settles over its accounts (BLOC); what it gave stays */
    PARTY_BLOCKED = 3,
};

struct party {
    struct bic bic;
    struct text35 name;
    uint32_t roles;             /* a set of enum party_role */
    uint8_t status;             /* enum party_status */
    uint32_t instruction_quota; /* open instructions at most; 0: the ledger's default */
    uint32_t instruction_count; /* of this party now in the ledger's state */
    uint32_t reference_count;   /* remembered command references of this party */
    uint32_t draft_count;       /* drafts waiting for approval */
    uint32_t key_count;         /* keys, revoked ones too: their slots are never given back */
    uint32_t account_count;     /* accounts, closed ones too */
    uint32_t position_count;    /* positions under its accounts */
    uint32_t restriction_count; /* restrictions that it set up */
    uint32_t limit_count;       /* limits that protect it, also those without an amount */
    struct approval_policy policy;
    struct text35 approver; /* absent: there never was one with a name */
    bool approvers_many;
    struct attorneys attorneys; /* who may instruct over all its accounts */
    struct nonce_secret secret;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void party_encode(const struct party *party, struct bytes_writer *writer);
void party_decode(struct party *party, struct bytes_reader *reader);

/* The party of a BIC; RECORD_NONE when there is none. */
uint32_t party_find(const struct ledger *ledger, const struct bic *bic);
/*
 * Keys, accounts and positions stay for ever and share one array each, so no party takes more than
 * a quarter of one by itself; the operator may give it more. True when `wanted` of a kind may be
 * taken on top of the `used` ones.
 */
bool party_share_allows(const struct ledger *ledger, enum record_kind kind, uint32_t used,
                        uint32_t wanted);
struct party *party_at(struct ledger *ledger, uint32_t index);
const struct party *party_view(const struct ledger *ledger, uint32_t index);

#endif
