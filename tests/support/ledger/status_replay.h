/*
 * status_replay.h: what the statuses of all instructions are by the word of the events alone.
 *
 * An oracle, written from docs/data-ledger.md ("Event") and sharing no code with
 * ledger/command/event_status.h: it takes the events of each block, from the first one on, and says
 * whether they make every instruction's eight statuses and reasons what its record says, each
 * change told exactly once. Only whether an instruction was submitted on hold is taken from its
 * record: its command says that.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_STATUS_REPLAY_H
#define TALLY_TESTS_SUPPORT_LEDGER_STATUS_REPLAY_H

#include "ledger/ledger.h"

enum {
    STATUS_REPLAY_TEXT_SIZE = 160
};

struct status_replay;

/* One that has taken nothing yet. */
struct status_replay *status_replay_new(void);
/* A second one that has taken the same; the caller frees both. */
struct status_replay *status_replay_copy(const struct status_replay *replay);
/* `replay` may be NULL. */
void status_replay_free(struct status_replay *replay);

/* Takes an event. False: it tells what was so already, or what cannot have happened; `text` says
 * which. */
bool status_replay_event(struct status_replay *replay, const struct ledger_leaf *leaf,
                         char text[STATUS_REPLAY_TEXT_SIZE]);
/* The block's new instructions; to be called before its events. */
void status_replay_begin(struct status_replay *replay, const struct ledger *ledger);
/* False: the records differ from what the events said; `text` says where. */
bool status_replay_agrees(const struct status_replay *replay, const struct ledger *ledger,
                          char text[STATUS_REPLAY_TEXT_SIZE]);
/* All three for a block. */
bool status_replay_block(struct status_replay *replay, const struct ledger *ledger,
                         const struct ledger_output *output, char text[STATUS_REPLAY_TEXT_SIZE]);

#endif
