/*
 * settlement_day.h: one whole settlement day as a script: who asks for what at which hour, and what
 * each instruction has come to at the end.
 *
 * Thursday 2026-11-19 by the hours of T2S: set-up at 08:50, an ordinary delivery against payment,
 * an instruction above its key's limit that a second person releases, a circle of deliveries that
 * nobody could settle alone, a blocked account, a part of a delivery in a window, a cut-off that
 * the operator moves for the euro (with a second person), a late instruction, a fail that is
 * recycled and settles on Friday. The same steps run on a bare ledger, in the simulator, and on
 * real nodes; settlement_day_tell() says in words what every instruction and every holding has come
 * to, whatever heights and milliseconds the blocks had.
 *
 *     struct settlement_day day;
 *     settlement_day_make(&day);
 *     settlement_day_genesis(&day, &chain_id, &genesis);
 *     for each step: settlement_day_envelope(&day, i, &chain_id, ...), at day.steps[i].ts_ms
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_SETTLEMENT_DAY_H
#define TALLY_TESTS_SUPPORT_LEDGER_SETTLEMENT_DAY_H

#include "tests/support/ledger/world.h"

enum {
    SETTLEMENT_DAY_STEP_MAX = 96,
    SETTLEMENT_DAY_KEYS = 2 * WORLD_PARTY_COUNT, /* of each party: who asks, who approves */
    SETTLEMENT_DAY_TEXT_SIZE = 8192,
    SETTLEMENT_DAY_ENVELOPE_SIZE = 4096,
};

struct settlement_day_step {
    const char *say; /* what happens, for people */
    uint64_t ts_ms;
    uint32_t party;
    uint32_t key;         /* 0: who asks, 1: who approves */
    enum outcome outcome; /* that it has to come to */
    struct command command;
};

struct settlement_day {
    struct command_party_add parties[WORLD_PARTY_COUNT];
    struct command_key_add keys[SETTLEMENT_DAY_KEYS];
    struct settlement_day_step steps[SETTLEMENT_DAY_STEP_MAX];
    uint32_t step_count;
    uint64_t end_ms; /* Friday's settlement has opened, and all that was recycled was tried */
};

/* Writes the script. */
void settlement_day_make(struct settlement_day *day);

/* The genesis: parties and keys only, rules of T2S. Borrows `day`. */
void settlement_day_genesis(const struct settlement_day *day, const struct hash *chain_id,
                            struct ledger_genesis *genesis);

/* The signed envelope of a step; its size. */
size_t settlement_day_envelope(const struct settlement_day *day, uint32_t step,
                               const struct hash *chain_id,
                               uint8_t bytes[SETTLEMENT_DAY_ENVELOPE_SIZE]);

/* "SETTLED", "PENDING LACK", "FAILING LATE", "CANCELLED CANS", "UNMATCHED CMIS"; "-" if unknown. */
void settlement_day_status(const struct ledger *ledger, uint32_t party, const char *reference,
                           char out[32]);

/* The same of statuses that were read somewhere. */
void settlement_day_status_text(const struct instruction_status status[DIMENSION_COUNT],
                                char out[32]);

/* Where instructions and holdings are read: a ledger, or what a node proves. */
struct settlement_day_reader {
    void *context;
    void (*status)(void *context, uint32_t party, const char *reference, char out[32]);
    int64_t (*holding)(void *context, uint32_t party, enum world_asset asset);
};

/* All instructions and holdings, a line each, in the order of the script. */
void settlement_day_tell_by(const struct settlement_day *day,
                            const struct settlement_day_reader *reader,
                            char text[SETTLEMENT_DAY_TEXT_SIZE]);
void settlement_day_tell(const struct settlement_day *day, const struct ledger *ledger,
                         char text[SETTLEMENT_DAY_TEXT_SIZE]);

/* What it has to be at `end_ms`. */
const char *settlement_day_expected(void);

#endif
