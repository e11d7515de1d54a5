/*
 * ledger/state.h - the inside of the ledger; included by the ledger's own files only
 *
 * One struct holds everything: the record arrays with their slots, the hash indexes over them, the
 * Merkle trees with what changed, the wait queues, and the output of the block at hand. All memory
 * is laid out once by ledger_new().
 */
#ifndef TALLY_LEDGER_STATE_H
#define TALLY_LEDGER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/map.h"
#include "base/slots.h"
#include "crypto/merkle.h"
#include "ledger/command/block_output.h"
#include "ledger/command/draft.h"
#include "ledger/command/event.h"
#include "ledger/command/nonce.h"
#include "ledger/command/receipt.h"
#include "ledger/command/reference.h"
#include "ledger/day/business_day.h"
#include "ledger/day/day.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/instruction.h"
#include "ledger/instruction/rare.h"
#include "ledger/ledger.h"
#include "ledger/limit/limit.h"
#include "ledger/link/link.h"
#include "ledger/matching/matching.h"
#include "ledger/optimisation/optimisation.h"
#include "ledger/partial/part_queue.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/register/rule_set.h"
#include "ledger/restriction/restriction.h"
#include "ledger/restriction/restriction_type.h"
#include "ledger/settlement/settlement_set.h"
#include "ledger/settlement/waiting.h"
#include "ledger/state/deadline.h"
#include "ledger/state/invariant.h"
#include "ledger/state/scalars.h"
#include "ledger/state/snapshot.h"

/* What every record array has. */
struct record_array {
    struct slots slots;   /* in use */
    struct slots dirty;   /* changed since the last renewal of the state root */
    struct slots touched; /* changed by the last block */
    struct slots unsaved; /* chunks changed since snapshot_changes_clear() */
    struct merkle_tree tree;
    uint32_t extent;  /* one more than the highest slot ever used */
    uint8_t *records; /* the array, as one of those below */
    size_t record_size;
};

struct ledger {
    struct hash chain_id;
    uint64_t map_seed;
    struct ledger_capacity capacity;
    struct ledger_limits limits;

    struct record_array arrays[RECORD_KIND_COUNT];
    struct scalars *scalars; /* one */
    struct rule_set *rule_sets;
    struct party *parties;
    struct key *keys;
    struct asset *assets;
    struct account *accounts;
    struct position *positions;
    struct instruction *instructions;
    struct nonce_entry *nonces;
    struct reference_entry *references;
    struct draft *drafts;
    struct limit *limit_records;       /* `limits` are the ledger's own */
    struct business_day *business_day; /* one */
    struct day_today *today;           /* one; day.h */
    struct restriction *restrictions;
    struct restriction_type *restriction_types;

    struct index_memory *index_memory; /* one; index.c */
    struct map party_by_bic;
    struct map key_by_public;
    struct map key_by_channel;
    struct map asset_by_code;
    struct map account_by_id;
    uint32_t *default_accounts; /* by party and account kind: index plus one, 0 none */
    struct map position_by_account;
    struct map instruction_by_reference;
    struct map nonce_by_key;
    struct map reference_by_party;
    struct map draft_by_reference;
    struct map limit_by_subject;
    struct deadline_heap nonce_deadlines;      /* by valid_until_ms */
    struct deadline_heap draft_deadlines;      /* by lapses_ms */
    struct deadline_heap allegement_deadlines; /* by allegement_ms of those due */
    uint32_t rule_set_current;                 /* index of the rules in force */
    struct map restriction_by_reference;
    struct invariant_totals totals;

    struct matching matching;                     /* matching.h */
    struct waiting waiting;                       /* waiting.h */
    struct part_queue part_queue;                 /* part_queue.h */
    struct optimisation optimisation;             /* optimisation.h */
    struct pools pools;                           /* pool.h */
    struct rare_store rare;                       /* rare.h */
    struct restriction_queues restriction_queues; /* restriction.h */
    struct settlement_scratch settlement_scratch; /* settlement_set.h */

    uint32_t dirty_count;     /* records changed since the last renewal */
    uint64_t state_height;    /* of the last renewal */
    struct state_parts parts; /* of the last renewal */
    struct result result;     /* of the last block */
    struct leaf_list receipts;
    struct leaf_list events;
    uint32_t event_reserve; /* of the room for events, kept for commands until they are executed */
    struct hash *scratch;   /* hashes for list roots and paths */
    uint64_t
        origin_ms; /* when what is done now fell due (day_gate.h): the block's time but for work
                           carried over */
    uint64_t restore_time_ms; /* of the manifest being restored */
    struct bic actor;         /* whose command is executed; absent between commands */
    bool restoring;           /* between snapshot_restore_begin() and _end() */
};

/* Empties a ledger and lays its memory out anew; chain id, capacity and limits stay. */
void ledger_empty(struct ledger *ledger);
/* Puts the right rule set in force for the settlement day. */
void ledger_rules_select(struct ledger *ledger);

#endif
