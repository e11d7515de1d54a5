/*
 * node/alarm.h - what an operator has to know about, by number
 *
 * Problem. A line in a log is seen by chance. What needs a person must stay visible until it is
 * over, be named the same everywhere, and lead to a page that says what to do.
 *
 * Rule. Each alarm has a number for ever, a text and a hint; docs/runbook.md has a paragraph for
 * each. An alarm is raised, stays raised, and is cleared when its cause is gone. Raising a raised
 * alarm changes its detail and counts, and is logged at most once a minute. The board answers the
 * node's status request.
 *
 * Any thread may call the functions below.
 */
#ifndef TALLY_NODE_ALARM_H
#define TALLY_NODE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "consensus/step.h"
#include "host/clock.h"

/* clang-format off */
#define ALARM_LIST(X)                                                                              \
    X(JOURNAL_LOST, 1, "the vote journal is missing or damaged: this node never votes again",      \
      "leave it running: it follows, and its key votes no more; see the runbook")                  \
    X(JOURNAL_ROLLED_BACK, 2, "the vote journal is older than what this node did: it stays mute",  \
      "never restore or clone the data directory; it follows, and its key votes no more")          \
    X(DISK_FULL, 3, "no space left: this node neither votes nor accepts envelopes",                \
      "free space on the data volume; the node goes on by itself")                                 \
    X(DISK_FAILED, 4, "a write or sync failed: the node stops",                                    \
      "look at the system log; on a sound disk start again, on a new one its key votes no more")   \
    X(BATCH_LOG_LOST, 5, "the batch log is missing or damaged: the own lane is closed",            \
      "let clients use other members; see the runbook")                                            \
    X(RESULT_CONTRADICTED, 6, "this node computed another result than a quorum did: it stopped",   \
      "keep the data directory for analysis; rebuild the node from another machine's software")    \
    X(EVIDENCE, 7, "a validator signed two things that exclude each other",                        \
      "tell the consortium; the evidence is in the log and in the store")                          \
    X(QUORUM_UNREACHABLE, 8, "too few validators are connected to make a block final",             \
      "check the network and the other members' nodes")                                            \
    X(NOTHING_FINAL, 9, "no block has become final for a long time",                               \
      "check the clocks, the network and the other members' nodes")                                \
    X(CATCHING_UP, 10, "this node is behind the network and is fetching blocks",                   \
      "nothing to do; it answers with what it has")                                                \
    X(READ_MODEL_FAILED, 11, "lists cannot be answered: the read model failed",                    \
      "stop the node, delete read_model.sqlite, start it: it is rebuilt from the store")           \
    X(EXECUTION_BEHIND, 12, "execution is behind finality: blocks carry no batches meanwhile",     \
      "if it lasts, this machine is too slow for the network's load")                              \
    X(PEER_FLAPPING, 13, "a validator's connection keeps breaking",                                \
      "check the path to it; two machines with one key look like this too")                        \
    X(CONSENSUS, 14, "the consensus core reports a condition", "see the detail")                   \
    X(HALTED, 15, "the consensus core stopped", "see the detail; keep the data directory")
/* clang-format on */

enum alarm_code {
#define ALARM_ENUMERATOR(symbol, number, text, hint) ALARM_##symbol = (number),
    ALARM_LIST(ALARM_ENUMERATOR)
#undef ALARM_ENUMERATOR
};

#define ALARM_CODE_MAX    15u /* the highest number */
#define ALARM_DETAIL_SIZE 160u

struct alarm {
    enum alarm_code code;
    uint64_t since_utc_ms;
    uint64_t raise_count;
    char detail[ALARM_DETAIL_SIZE];
};

struct alarm_board;

/* An empty board; NULL when memory is short. */
struct alarm_board *alarm_board_new(void);
void alarm_board_free(struct alarm_board *board);

/* Raises an alarm. `detail` is copied, cut to fit, and may be empty. */
void alarm_raise(struct alarm_board *board, enum alarm_code code, const char *detail);

/* Clears an alarm; nothing happens when it is not raised. */
void alarm_clear(struct alarm_board *board, enum alarm_code code);

/* Copies the raised alarms, lowest number first; returns how many. */
uint32_t alarm_list(struct alarm_board *board, struct alarm out[ALARM_CODE_MAX]);

/* The name without prefix, the text, and what to do. Never NULL. */
const char *alarm_name(enum alarm_code code);
const char *alarm_text(enum alarm_code code);
const char *alarm_hint(enum alarm_code code);

/* The alarm to raise, or to clear, for what consensus tells. */
enum alarm_code alarm_of_consensus(enum consensus_alarm code);

#endif
