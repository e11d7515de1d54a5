/*
 * model_ledger.h: what the settlement rules say, written down once more and as plainly as possible.
 *
 * No index, no queue, no tree: every question is answered by a loop over everything. It shares no
 * code with ledger/ but the meaning of commands, codes and dates. A property test drives the ledger
 * and this model with the same random commands and compares all they know after every block.
 *
 * It knows the people of world.h and takes commands that pass validation; of what can go wrong it
 * predicts only what depends on the state: lack of a balance, blocked accounts, ended instructions.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_LEDGER_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_LEDGER_H

#include "ledger/command/command.h"
#include "ledger/restriction/restriction.h"
#include "tests/support/ledger/model_day.h"
#include "tests/support/ledger/world.h"

enum {
    MODEL_INSTRUCTION_MAX = 8000,
    MODEL_RESTRICTION_MAX = 4000,
    MODEL_TYPE_MAX = 32, /* as many as the world has room for */
    /* Of each participant: two accounts for each asset. */
    MODEL_POSITION_COUNT = WORLD_PARTICIPANT_COUNT * WORLD_ASSET_COUNT * 2,
    MODEL_NONE = -1,
    MODEL_TOLD_MAX = 256, /* sets in one block */
    MODEL_LIMIT_BASE = 1000000,
    MODEL_LIMIT_MAX = 512,
};

struct model_position {
    uint32_t party;
    uint32_t asset;  /* enum world_asset */
    uint32_t number; /* of the account: 0 or 1 */
    int64_t available;
    int64_t set_aside[RESTRICTION_PLEDGING + 1]; /* by enum restriction_kind */
    int64_t credit_limit;
    uint64_t turn;      /* 0: has none */
    uint64_t turn_ms;   /* when it fell due */
    uint64_t mark;      /* of optimisation; 0: has none */
    uint64_t part_turn; /* to help a part; 0: has none */
    uint64_t part_ms;   /* when that was given */
    int32_t review;     /* the next age to be looked at, plus one; 0: none */
};

struct model_status {
    uint8_t value;
    enum reason reason;
    uint64_t height;
};

struct model_instruction {
    uint32_t party;
    struct text35 reference;
    uint32_t trade_date;
    struct command_instruct terms;
    struct model_status status[DIMENSION_COUNT];
    int32_t counterpart; /* itself for an internal transfer */
    int64_t settlement_amount;
    int64_t settled_quantity;
    int64_t settled_amount;
    int64_t released; /* from its hold, and not settled */
    struct {
        int32_t other;
        uint8_t type;
    } links[INSTRUCTION_LINKS_MAX];
    uint32_t link_count;
    bool waits_for_date;   /* for the day below, or for the work of the block */
    uint32_t waiting_date; /* 0: for the work of the block */
    uint64_t submitted_ms;
    uint64_t matched_ms;
    uint32_t changed_date; /* settlement day of the last change that recycling counts from */
    int32_t waits_for;     /* position, or MODEL_LIMIT_BASE + limit, or MODEL_NONE */
    int64_t need;
    int64_t part_least; /* with so much a part could settle; 0: waits for no part */
    uint8_t allegement; /* enum allegement_state */
    uint64_t allegement_ms;
};

/* A set that the ledger told of: heads first to first + count - 1 of `told_heads`. */
struct model_told {
    uint32_t first;
    uint32_t count;
};

/* What the end or the start of a day asks for: the day, and the time of its block; 0: nothing. */
struct model_sweep {
    uint32_t date;
    uint64_t time_ms;
};

struct model_restriction {
    uint32_t party; /* that set it up */
    struct text35 reference;
    int32_t position;
    uint8_t kind;
    bool released;
    int64_t initial;
    int64_t used;
    int64_t remaining;
    int64_t to_fill;
    int64_t planned; /* by the set at hand */
    enum reason reason;
};

/* A rule of the operator, as it was given. */
struct model_type {
    struct text35 reference;
    struct command_restriction_type_add body;
};

/* How much of an asset may settle in a day. */
struct model_limit {
    uint32_t party;
    bool account;     /* out of one of its accounts, and not with a counterparty */
    uint32_t subject; /* number of the account, or the counterparty */
    uint32_t asset;
    int64_t amount;
    int64_t used; /* on `day` */
    uint32_t day;
};

struct model {
    uint64_t height;
    uint64_t now_ms;
    uint64_t origin_ms; /* when what is done now fell due */
    struct model_day day;
    struct model_sweep end;
    struct model_sweep start;
    struct model_sweep running;
    bool sweeping;           /* more of it is to do */
    bool running_end;        /* is it the end of a day that runs? */
    uint32_t unmatched_days; /* recycling periods */
    uint32_t matched_days;
    uint32_t fails_to_match;               /* told in this block */
    uint32_t contradictions;               /* matches that links contradict, told in this block */
    uint32_t statements;                   /* days whose statements were told ready in this block */
    bool suspended[WORLD_PARTY_COUNT];     /* may give no commands, */
    bool party_blocked[WORLD_PARTY_COUNT]; /* and nothing settles over its accounts */
    uint32_t today;                        /* its date */
    uint32_t wake_budget;
    uint32_t steps_left;
    uint32_t part_steps_left; /* of them for parts, whatever else there is */
    uint32_t steps_kept;      /* of them that wholes may not have now */
    uint64_t turn_last;
    uint64_t mark_last;
    int64_t unit_min; /* of ISIN_2; of all others 1 */
    int64_t unit_multiple;
    bool sweep;                                          /* something was unblocked in this block */
    bool account_blocked[WORLD_PARTICIPANT_COUNT][2][2]; /* of a participant: cash?, number */
    bool asset_blocked[WORLD_ASSET_COUNT];
    /* Power of attorney: who gave it, (cash?, number of the account,) who has it. */
    bool attorney_of_all[WORLD_PARTY_COUNT][WORLD_PARTY_COUNT];
    bool attorney_of[WORLD_PARTY_COUNT][2][2][WORLD_PARTY_COUNT];
    struct model_position positions[MODEL_POSITION_COUNT];
    struct model_limit limits[MODEL_LIMIT_MAX];
    uint32_t limit_count;
    bool limit_sweep;
    struct model_instruction instructions[MODEL_INSTRUCTION_MAX];
    int32_t instruction_count;
    struct model_restriction restrictions[MODEL_RESTRICTION_MAX]; /* the oldest first */
    int32_t restriction_count;
    struct model_type types[MODEL_TYPE_MAX]; /* likewise */
    int32_t type_count;
    uint32_t hits;                        /* how often one decided, in this block */
    bool together[MODEL_INSTRUCTION_MAX]; /* of the set at hand */
    int32_t part_head;                    /* tried in part at the moment, so much of it */
    int64_t part_quantity;
    int64_t part_amount;
    /* The sets that settled together in the ledger's block, in their order; given by the test. */
    uint32_t told_count;
    uint32_t told_next;
    struct model_told told[MODEL_TOLD_MAX];
    int32_t told_heads[MODEL_INSTRUCTION_MAX];
};

struct model_answer {
    enum outcome outcome;
    enum reason reason;
};

/* Empty accounts, nothing instructed, nothing blocked. */
void model_open(struct model *model, uint32_t wake_budget);

/* A block: its time, then commands in order, then its end, which says whether more is due. */
void model_block_begin(struct model *model, uint64_t ts_ms);
struct model_answer model_command(struct model *model, uint32_t party,
                                  const struct command *command);
bool model_block_end(struct model *model);

/* model_recycling.c: what the end and the start of days do to open instructions; is more to do? */
bool model_sweep(struct model *model);
bool model_sweep_asked(const struct model *model);
/* Cancelled by the ledger itself, with its counterpart. */
void model_cancel_by_system(struct model *model, int32_t index);
/* model_work.c: when the oldest turn, of wholes or of parts, fell due; UINT64_MAX: none has. */
uint64_t model_first_due_ms(const struct model *model);
/* A pair is tried within a command; what is tied is left to the work. */
void model_attempt(struct model *model, int32_t head);
/* Releases so much of it; REASON_NONE, or why the party may not. */
enum reason model_release(struct model *model, int32_t index, int64_t quantity);
/* Out of where it waits. */
void model_wait_nowhere(struct model_instruction *instruction);
/* A position may be able to help somebody. */
void model_wake(struct model *model, int32_t position);
/* A block's work on those that are due, as far as the budget goes; is more due at once? */
void model_work(struct model *model);
bool model_work_left(const struct model *model);

/* What all parts of the model ask. */
enum world_asset model_asset(const struct asset_code *code);
bool model_is_money(uint32_t asset);
/* "SEC2" and "CASH2" are number 1; "SEC1", "CASH1" and an absent name number 0. */
uint32_t model_number(const struct text35 *account);
bool model_blocked(const struct model *model, int32_t position, enum reason *reason);
/* The deliverer's side of a pair. */
int32_t model_head(const struct model *model, int32_t index);
void model_status_set(struct model *model, int32_t index, enum instruction_dimension dimension,
                      uint8_t value, enum reason reason);

/* The model's number of a position. */
int32_t model_position(uint32_t party, enum world_asset asset, uint32_t number);
/* model_lifecycle.c: an instruction found no other side. */
void model_allegement_begin(struct model *model, int32_t index);
/* It has one, or ended. */
void model_allegement_end(struct model *model, int32_t index);
/* What is due now is sent. */
void model_allegements_send(struct model *model);
/* May the party accept what is alleged to it? REASON_NONE: yes. */
enum reason model_accept_check(const struct model *model, uint32_t party,
                               const struct command_allegement_accept *body, int32_t *alleged);
/* What would instruct the other side of what is accepted. */
void model_mirror(const struct model *model, int32_t alleged, const struct command *command,
                  struct command *out);

/* CRDT for DBIT and back. */
uint8_t model_sign_opposite(uint8_t credit_debit);

/* The instruction of a party under a reference; MODEL_NONE when there is none. */
int32_t model_find(const struct model *model, uint32_t party, const struct text35 *reference);
/* A new instruction, neither matched nor tried. */
int32_t model_enter(struct model *model, uint32_t party, const struct command *command);
/* Two are matched, and tried. */
void model_pair_up(struct model *model, int32_t index, int32_t other);
/* Looks for the other side of a new instruction. */
void model_take_up(struct model *model, int32_t index);
/* One side ends. */
void model_end_cancelled(struct model *model, int32_t index, enum reason reason);

/* model_processing.c */
struct model_answer model_attorney(struct model *model, uint32_t party,
                                   const struct command *command);
struct model_answer model_instruct_matched(struct model *model, uint32_t party,
                                           const struct command *command);
struct model_answer model_transform(struct model *model, uint32_t party,
                                    const struct command *command);
struct model_answer model_amend(struct model *model, int32_t index,
                                const struct command_target *target);

/* Settled or cancelled. */
bool model_ended(const struct model_instruction *instruction);

/* Tells it which sets the block settled: the SETTLED events before each OPTIMISED. Returns how many
 * pairs they have. */
uint32_t model_tell_sets(struct model *model, const struct ledger_output *output);

#endif
