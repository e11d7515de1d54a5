/*
 * client/genesis_ledger.h - from the genesis file to what the ledger starts from.
 *
 * The file is written for people, the ledger's genesis for the state machine. The translation is
 * here, once, so that every node (and every program that replays the chain) derives the same state
 * from the same file.
 */
#ifndef TALLY_CLIENT_GENESIS_LEDGER_H
#define TALLY_CLIENT_GENESIS_LEDGER_H

#include "client/genesis.h"
#include "ledger/ledger.h"

/* Keys of the genesis stay valid until they are revoked: 31 December 9999. */
#define GENESIS_KEY_VALID_UNTIL_MS UINT64_C(253402214400000)

/* A ledger genesis and the commands it points to. Large: not for the stack. */
struct genesis_ledger {
    struct ledger_genesis ledger;
    struct command_party_add parties[GENESIS_PARTIES_MAX];
    struct command_key_add keys[GENESIS_KEYS_MAX];
};

/* Translates. pre: genesis_consistent() and chain_id is set. `out->ledger` points into *out. */
void genesis_ledger_make(const struct genesis *genesis, struct genesis_ledger *out);

/*
 * The rules of a ledger as a genesis would say them: takes the place of its own rules. False when a
 * genesis cannot say them. The chain id stays as it is, and is then not this genesis's any more.
 */
TALLY_MUST_CHECK bool genesis_rules_take(const struct rule_set *rules, struct genesis *genesis);

#endif
