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

/* A key made of a party (or another record) and a text. */
struct index_name {
    uint32_t owner;
    struct text35 text;
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

/* Hashes of made-up keys: over their fields, never over their memory. */
uint64_t index_name_hash(uint64_t seed, const struct index_name *name);
/* As above, of two numbers. */
uint64_t index_pair_hash(uint64_t seed, const struct index_pair *pair);
/* As above, of what a limit is of. */
uint64_t index_limit_hash(uint64_t seed, const struct index_limit *limit);
/* As above, of a key and a nonce. */
uint64_t index_nonce_hash(uint64_t seed, const struct index_nonce *nonce);

/* Lays out all indexes, empty. */
void index_layout(struct ledger *ledger, struct arena *arena);
/* Enters a complete record into the indexes of its kind, or takes it out. */
void index_enter(struct ledger *ledger, enum record_kind kind, uint32_t index);
void index_leave(struct ledger *ledger, enum record_kind kind, uint32_t index);
/* Is a record with the same identifiers entered already? Restoring asks before it enters. */
bool index_taken(struct ledger *ledger, enum record_kind kind, uint32_t index);
/* Makes an account the default one of its party and kind, or ends that. */
void index_default_account(struct ledger *ledger, uint32_t account, bool is_default);

#endif
