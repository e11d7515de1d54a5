/*
 * ledger/state/index.h - the hash indexes over the records: from business identifiers to slots
 *
 * Rule. A record enters its indexes when it is complete and leaves them before its slot is freed.
 * The indexes are functions of the records; index_rebuild() makes them anew after a snapshot was
 * restored. Each index has the capacity of its records, so entering never fails.
 */
#ifndef TALLY_LEDGER_STATE_INDEX_H
#define TALLY_LEDGER_STATE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

/* A key made of a party (or another record) and a text, which is borrowed. */
struct index_name {
    uint32_t owner;
    const struct text35 *text;
};

/* A key made of two numbers. */
struct index_pair {
    uint32_t first;
    uint32_t second;
};

/* What a limit is of: party, scope, subject, asset. */
struct index_limit {
    uint32_t party;
    uint32_t scope;
    uint32_t subject;
    uint32_t asset;
};

/* A key made of a record and a nonce. */
struct index_nonce {
    uint32_t key;
    struct nonce_secret nonce;
};

/* Hashes of made-up keys, which have no padding. */
uint64_t index_name_hash(uint64_t seed, const struct index_name *name);
/* As above, of two numbers. */
uint64_t index_pair_hash(uint64_t seed, const struct index_pair *pair);
/* As above, of what a limit is of. */
uint64_t index_limit_hash(uint64_t seed, const struct index_limit *limit);
/* As above, of a key and a nonce. */
uint64_t index_nonce_hash(uint64_t seed, const struct index_nonce *nonce);

/* As above, of an asset's code. */
uint64_t index_asset_hash(uint64_t seed, const struct asset_code *code);

/* Each finds a record by its name, or RECORD_NONE; those that every instruction asks for. The
 * register's functions (party_find() and so on) are these. */
uint32_t index_find_party(const struct ledger *ledger, const struct bic *bic);
uint32_t index_find_asset(const struct ledger *ledger, const struct asset_code *code);
uint32_t index_find_account(const struct ledger *ledger, uint32_t party, const struct text35 *id);
uint32_t index_find_position(const struct ledger *ledger, uint32_t account, uint32_t asset);
/* The same, `guess` being what may be the record, or RECORD_NONE: it is compared first. */
uint32_t index_find_account_from(const struct ledger *ledger, uint32_t party,
                                 const struct text35 *id, uint32_t guess);
uint32_t index_find_position_from(const struct ledger *ledger, uint32_t account, uint32_t asset,
                                  uint32_t guess);
/* The same if it is the first one of the account, whose record names it: nothing else is read. Else
 * RECORD_NONE, also if there is one. */
uint32_t index_guess_position(const struct ledger *ledger, uint32_t account, uint32_t asset);
uint32_t index_find_instruction(const struct ledger *ledger, uint32_t party,
                                const struct text35 *reference);
/* The same with the index_name_hash() of the name, for who has made it already. */
uint32_t index_find_instruction_by(const struct ledger *ledger, uint64_t hash,
                                   const struct index_name *name);
/* The default account of a party and kind. pre: both are such. */
uint32_t index_find_default_account(const struct ledger *ledger, uint32_t party, uint32_t kind);

/* Lays out all indexes, empty. */
void index_layout(struct ledger *ledger, struct arena *arena);
/* Enters a complete record into the indexes of its kind, or takes it out. */
void index_enter(struct ledger *ledger, enum record_kind kind, uint32_t index);
void index_leave(struct ledger *ledger, enum record_kind kind, uint32_t index);
/* Enters an instruction of which the index_name_hash() of its party and reference is known. */
void index_enter_instruction(struct ledger *ledger, uint32_t index, uint64_t hash);
/* Is a record with the same identifiers entered already? Restoring asks before it enters. */
bool index_taken(struct ledger *ledger, enum record_kind kind, uint32_t index);
/* Makes an account the default one of its party and kind, or ends that. */
void index_default_account(struct ledger *ledger, uint32_t account, bool is_default);

#endif
