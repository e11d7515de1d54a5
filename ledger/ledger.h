/*
 * ledger/ledger.h - the one door of the settlement ledger: apply a block, get receipts
 *
 * Problem. Every member must come from the same final blocks to the same settlements, byte for
 * byte, and be able to prove each of them to somebody who trusts nobody.
 *
 * Rule. The ledger is a pure state machine over memory given once. A block goes in; receipts,
 * events and four roots come out. Nothing else changes it, and nothing else (clock, order of
 * memory, configuration of a node) influences it.
 *
 * The driver's duties, in order:
 *   1. give memory of ledger_footprint() bytes and a genesis to ledger_new();
 *   2. restore a snapshot (snapshot.h), if there is one, or start from genesis;
 *   3. call ledger_apply() for every final block, in height order, with envelopes whose signatures
 * were verified;
 *   4. keep the output's leaves before the next call: they lie in the ledger's memory and are
 * overwritten;
 *   5. read (queries, proofs) only between two calls, from one thread at a time.
 *
 * A block is executed in this order:
 *   a. time: the ledger's time becomes the block's, the settlement day moves on, cut-offs pass
 * (day); b. work carried over and newly due, within the rule set's budget (waiting); c. envelopes
 * in order, commands in order, each to its receipt; a new instruction is matched and attempted at
 * once; d. the rest of the budget (waiting), then forgetting what expired, within bounds; e. the
 * state root is renewed when few records changed, when there was no envelope, and at the latest
 * every `renewal_blocks_max` blocks (state_tree.h); f. the results are chained: result_root(h) =
 * H(result_root(h-1), h, block id, receipts, events, state root).
 *
 * Example. Block 7 holds one envelope with two commands: receipts 0 and 1, and perhaps events
 * MATCHED and SETTLED.
 *
 * Source: BIS DvP model 1 (gross, simultaneous); the shape of the door follows cowsql/raft's step
 * function.
 */
#ifndef TALLY_LEDGER_LEDGER_H
#define TALLY_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "crypto/hash.h"
#include "ledger/command/command.h"
#include "ledger/state/result.h"

/* How many records of each kind there may be, for ever the same on every node; part of the genesis.
 */
struct ledger_capacity {
    uint32_t rule_sets;
    uint32_t parties;
    uint32_t keys;
    uint32_t assets;
    uint32_t accounts;
    uint32_t positions;
    uint32_t instructions;
    uint32_t matching_entries; /* matching index: 2 to 32 an unmatched instruction; 8 an instruction
                                  is generous */
    uint32_t instruction_ties; /* instructions with links, a pool, or restrictions to draw on */
    uint32_t instruction_particulars; /* instructions with optional matching fields */
    uint32_t nonces;
    uint32_t references;
    uint32_t drafts;
    uint32_t restrictions;
    uint32_t party_limits;
    uint32_t restriction_types; /* each is looked at for every instruction: few */
    uint32_t block_receipts;    /* in one block: at least ENVELOPE_COMMAND_COUNT_MAX */
    uint32_t block_events;      /* in one block */
};

/* Bounds that are rules of the network, part of the genesis. */
struct ledger_limits {
    uint64_t validity_ahead_ms;      /* how far ahead an envelope may be valid */
    uint32_t nonces_per_key;         /* unexpired envelopes of one key */
    uint32_t instructions_per_party; /* open or retained instructions of one party, unless it has
                                        its own quota */
    uint32_t references_per_party;
    uint32_t drafts_per_party;
    uint32_t draft_days;         /* a draft lapses after so many days */
    uint32_t renewal_blocks_max; /* the state root is renewed at the latest every so many blocks */
    uint32_t
        renewal_records_max; /* and in every block that ends with at most so many changed records */
};

/* What the ledger starts from. Executed in the order parties, keys, accounts, assets; names refer
 * backwards. */
struct ledger_genesis {
    struct hash chain_id;
    uint64_t
        time_ms; /* of the genesis; its date is the first settlement day if it is a business day */
    struct ledger_capacity capacity;
    struct ledger_limits limits;
    struct rule_set rules;
    const struct command_party_add *parties; /* one at least must be operator */
    uint32_t party_count;
    const struct command_key_add *keys; /* one at least must administer for the operator */
    uint32_t key_count;
    const struct command_asset_add *assets; /* executed after the accounts */
    uint32_t asset_count;
    const struct command_account_open *accounts;
    uint32_t account_count;
};

/* Why a genesis is no good; first failed check, in this order. */
#define GENESIS_CHECKS(X)                                                                 \
    X(OK, 0, "usable")                                                                    \
    X(CAPACITY, 1, "a capacity is zero, too large, or too small for the limits")          \
    X(LIMITS, 2, "a limit is zero or out of range")                                       \
    X(RULES, 3, "the rule set is not consistent")                                         \
    X(PARTY, 4, "a party is malformed or named twice")                                    \
    X(KEY, 5, "a key is malformed, named twice, or of an unknown party")                  \
    X(ACCOUNT, 6, "an account is malformed, named twice, or of an unknown party")         \
    X(ASSET, 7,                                                                           \
      "an asset is malformed, named twice, or its issuer or issuance account is unknown") \
    X(OPERATOR, 8, "no operator with a key that may administer")

enum genesis_check {
#define X(name, number, text) GENESIS_##name = (number),
    GENESIS_CHECKS(X)
#undef X
};

/* One line for people. Never NULL. */
const char *genesis_check_text(enum genesis_check check);

/* Modest values for a network on one machine (300,000 instructions, 64k accounts, below 1.5 GiB),
 * and a smaller demo. */
void ledger_capacity_default(struct ledger_capacity *capacity);
void ledger_capacity_demo(struct ledger_capacity *capacity);
void ledger_limits_default(struct ledger_limits *limits);

/* One envelope of a block: bytes whose form and signature were checked with the batch. */
struct ledger_envelope {
    const uint8_t *bytes;
    size_t size;
    /* The identifier that envelope_decode() gives of these bytes, if whoever checked them has kept
     * it; NULL: it is made here. Borrowed like the bytes. */
    const struct hash *id;
};

struct ledger_block {
    uint64_t height; /* the last one + 1 */
    uint64_t ts_ms;  /* UTC of the header; not before the last block's */
    struct hash block_id;
    const struct ledger_envelope *envelopes; /* borrowed for the call */
    uint32_t envelope_count;
};

/* One leaf of a block, as it is stored and proved. Borrowed until the next ledger_apply(). */
struct ledger_leaf {
    const uint8_t *bytes;
    uint32_t size;
    struct salt salt;
    struct hash hash; /* receipt_leaf() or event_leaf() of salt and bytes */
};

struct ledger_output {
    uint64_t height;
    struct result result;  /* the four roots, chained */
    uint64_t state_height; /* height of the last renewal of the state root */
    struct hash secret;    /* from which the salts of the leaves are drawn (leaf_salt.h) */
    const struct ledger_leaf *receipts;
    uint32_t receipt_count;
    const struct ledger_leaf *events;
    uint32_t event_count;
    uint32_t skipped_count; /* envelopes left out for lack of room in the output; they stay valid */
    bool has_content;       /* something happened that clients wait for */
    bool more_due;          /* work was carried over, or changed records wait for the state root:
                               another block is needed now */
    uint64_t next_due_ms;   /* ledger time at which something falls due; UINT64_MAX for nothing */
};

struct ledger;

/* Bytes of memory for a capacity; 0 for an illegal one. */
size_t ledger_footprint(const struct ledger_capacity *capacity);

/*
 * Lays out the memory (zeroed, aligned to 64) and executes the genesis. `*ledger` is set when the
 * result is GENESIS_OK. Copies everything from the genesis. The result root of height 0 covers the
 * whole genesis state.
 */
TALLY_MUST_CHECK enum genesis_check ledger_new(void *memory, const struct ledger_genesis *genesis,
                                               struct ledger **ledger);

/* Executes one block. pre (asserted): height is the last + 1, ts_ms not below the last, not halted.
 */
void ledger_apply(struct ledger *ledger, const struct ledger_block *block,
                  struct ledger_output *output);

/* Where the ledger is. */
uint64_t ledger_height(const struct ledger *ledger);
uint64_t ledger_time_ms(const struct ledger *ledger);
uint32_t ledger_date(const struct ledger *ledger); /* settlement day */
const struct hash *ledger_chain_id(const struct ledger *ledger);
const struct ledger_capacity *ledger_capacity(const struct ledger *ledger);
const struct ledger_limits *ledger_limits(const struct ledger *ledger);
/* The result of the last block (of the genesis at height 0), and the height of the state root in
 * it. */
const struct result *ledger_result(const struct ledger *ledger);
uint64_t ledger_state_height(const struct ledger *ledger);

/*
 * Proof of a record against the state root of ledger_state_height(). False when the record changed
 * since that renewal (it becomes provable with the next one, at most renewal_blocks_max blocks
 * later) or does not exist.
 */
TALLY_MUST_CHECK bool ledger_prove_record(const struct ledger *ledger, enum record_kind kind,
                                          uint32_t index, struct record_proof *proof);
/* Proof of a leaf of the last block. pre: index below the count. Uses the ledger's scratch memory.
 */
void ledger_prove_receipt(struct ledger *ledger, uint32_t index, struct leaf_proof *proof);
void ledger_prove_event(struct ledger *ledger, uint32_t index, struct leaf_proof *proof);

#endif
