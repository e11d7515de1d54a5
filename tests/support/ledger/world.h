/*
 * world.h: a small ledger with people in it, for tests of the ledger's rules.
 *
 * Two currencies of one settlement bank, two securities of one registrar (ISIN_1 quoted in units,
 * ISIN_2 in face amount; 1.25 USD are worth 1 EUR), an operator, and a number
 * of participants with two securities accounts and two cash accounts each. Whoever sends a command
 * signs it with the party's only key. Every block checks the invariants of the ledger, and that its
 * events tell every change of a status once (status_replay.h).
 *
 *     struct world world;
 *     struct command sell, buy;
 *     world_open(&world, NULL);
 *     world_fund(&world, WORLD_PARTICIPANT + 0, WORLD_ISIN_1, 100);
 *     world_fund(&world, WORLD_PARTICIPANT + 1, WORLD_EUR, 500000);
 *     world_trade(&world, &(struct world_trade){...}, &sell, &buy);
 *     seller = world_instruct(&world, &sell);      // one block each
 *     buyer = world_instruct(&world, &buy);
 *     world_close(&world);
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_WORLD_H
#define TALLY_TESTS_SUPPORT_LEDGER_WORLD_H

#include "ledger/command/command.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/ledger.h"
#include "tests/support/ledger/status_replay.h"

enum {
    WORLD_OPERATOR = 0,
    WORLD_BANK = 1,
    WORLD_REGISTRAR = 2,
    WORLD_PARTICIPANT = 3, /* the first of them */
    WORLD_PARTICIPANT_COUNT = 5,
    WORLD_PARTY_COUNT = WORLD_PARTICIPANT + WORLD_PARTICIPANT_COUNT,
    WORLD_BLOCK_COMMANDS_MAX = 256,
    WORLD_ACCOUNTS_MAX = 2 + 4 * WORLD_PARTICIPANT_COUNT,
};

enum world_asset {
    WORLD_ISIN_1 = 0,
    WORLD_ISIN_2 = 1,
    WORLD_EUR = 2,
    WORLD_USD = 3,
    WORLD_ASSET_COUNT = 4,
};

/* Thursday 2026-11-19, 09:00 UTC. */
#define WORLD_START_MS UINT64_C(1795078800000)
enum {
    WORLD_TODAY = 20261119,
    WORLD_TOMORROW = 20261120,
    WORLD_MONDAY = 20261123
};

struct world_options {
    uint32_t instructions; /* capacity */
    uint32_t references;
    uint32_t wake_budget;
    uint16_t retention_days; /* 0: the default of the rules */
    int64_t unit_min;        /* settlement units of ISIN_2; 0: 1 */
    int64_t unit_multiple;
    bool parts_all_day;    /* one window for parts, from 05:00 to 15:00 */
    uint32_t block_events; /* room for events of a block; 0: plenty */
};

struct world {
    struct ledger *ledger;
    void *memory;
    struct ledger *older; /* what `ledger` was restored from, until the next block; else NULL */
    void *older_memory;
    struct world_options options;
    uint64_t ts_ms; /* of the next block */
    uint64_t nonce_next;
    uint32_t reference_next;
    struct ledger_output output;  /* of the last block */
    struct status_replay *replay; /* of all blocks so far */
    uint8_t *bytes;               /* of the next block's envelopes */
    size_t bytes_used;
    struct ledger_envelope envelopes[WORLD_BLOCK_COMMANDS_MAX];
    uint32_t envelope_count;
};

/* What world_open() makes its ledger from, for tests that run it elsewhere. */
struct world_people {
    struct command_party_add parties[WORLD_PARTY_COUNT];
    struct command_key_add keys[WORLD_PARTY_COUNT];
    struct command_account_open accounts[WORLD_ACCOUNTS_MAX];
    struct command_asset_add assets[WORLD_ASSET_COUNT];
};

/* Fills both; the genesis points into `people`. `options` NULL: enough for small tests. */
void world_genesis(struct world_people *people, const struct world_options *options,
                   struct ledger_genesis *genesis);

/*
 * Of ledgers made from now on: no group of the matching index lists its instructions, each has
 * buckets (matching.h). What must not depend on it is tested both ways.
 */
extern bool world_lists_none;

/* `options` NULL: enough for small tests. */
void world_open(struct world *world, const struct world_options *options);
/* The same, from another time on. */
void world_open_at(struct world *world, const struct world_options *options, uint64_t start_ms);
void world_close(struct world *world);
/* Changes the rules in force: steps of a block (0: none), and pairs that settle together. */
void world_optimisation(struct world *world, uint32_t budget, uint32_t pairs);

/* Names. */
struct bic world_bic(uint32_t party);
struct asset_code world_asset(enum world_asset asset);
struct text35 world_text(const char *text);
/* Account `number` 0 or 1 of a participant, for securities or cash; the first is the default. */
struct text35 world_account(enum world_asset asset, uint32_t number);
uint32_t world_party_index(const struct world *world, uint32_t party);
uint32_t world_asset_index(const struct world *world, enum world_asset asset);
/* The position of a participant's account `number` in an asset; RECORD_NONE when there is none. */
uint32_t world_position(const struct world *world, uint32_t party, enum world_asset asset,
                        uint32_t number);
/* What it has available on account 0; 0 when there is no position. */
int64_t world_available(const struct world *world, uint32_t party, enum world_asset asset);

/* A command of the kind with a new reference and today's date. */
void world_command(struct world *world, enum command_kind kind, struct command *out);
/*
 * Goes on with a ledger restored from a snapshot of the present one, if one can be taken at this
 * height; false if not. The next block is executed by both, and must come to the same result.
 */
bool world_restore(struct world *world);
/* Adds a command of a party to the next block. */
void world_add(struct world *world, uint32_t party, const struct command *command);
/* Runs the next block, one second after the last; its receipts are in the order of the commands. */
void world_block(struct world *world);
void world_receipt(const struct world *world, uint32_t index, struct receipt *out);
/* Runs blocks until nothing is due at once. */
void world_settle_down(struct world *world);
/* Lets time pass until the settlement day is `date`, then runs a block. */
void world_day(struct world *world, uint32_t date);

/* One command in a block of its own. */
struct receipt world_submit(struct world *world, uint32_t party, const struct command *command);
/* The same for an instruction that must be accepted, sent by the party on its side: its index. */
uint32_t world_instruct(struct world *world, const struct command *command);
/* Issues an asset, or pays in cash, to account 0. */
void world_fund(struct world *world, uint32_t party, enum world_asset asset, int64_t quantity);
/* cancel, hold, release or amend: `hold` and `priority` as in struct command_target. */
struct receipt world_target(struct world *world, uint32_t sender, enum command_kind kind,
                            uint32_t instruction, uint8_t hold, uint8_t priority);

/* What a trade is about; amount 0 makes it free of payment. Both fill only their own account. */
struct world_trade {
    uint32_t deliverer;
    uint32_t receiver;
    enum world_asset asset;
    int64_t quantity;
    int64_t amount; /* EUR */
    uint32_t settlement_date;
};
/* The commands of both its sides, each under a new reference. */
void world_trade(struct world *world, const struct world_trade *trade, struct command *deliver,
                 struct command *receive);

/* The record of an instruction. */
const struct instruction *world_view(const struct world *world, uint32_t instruction);
/* Is the dimension at this value, for this reason? */
void world_assert_status(const struct world *world, uint32_t instruction,
                         enum instruction_dimension dimension, uint8_t value, enum reason reason);
/* How many events of a kind the last block had; a SETTLED that says so is a MATCHED as well. */
uint32_t world_event_count(const struct world *world, enum event_kind kind);

#endif
