/*
 * netsim/lab/scenario_fault.h - one line of a scenario's time line
 *
 * Rule. `at = TIME WHAT ARGUMENTS`. MEMBERS are numbers and ranges joined by commas, or `all`. What
 * takes an amount lasts until the same is said again with the amount that means "as usual".
 *
 *     at = 12s crash 3
 *     at = 20s start 3
 *     at = 25s slow 1,2 400%            processor work takes four times as long
 *     at = 30s partition {0,1}|{2,3}    members not named form one more part
 *     at = 35s heal
 *     at = 40s byzantine 0 equivocate
 */
#ifndef TALLY_NETSIM_LAB_SCENARIO_FAULT_H
#define TALLY_NETSIM_LAB_SCENARIO_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "netsim/engine/member_set.h"

/* X(symbol, word, arguments, what it does) */
#define TIMELINE_LIST(X)                                                                           \
    X(TIMELINE_CRASH, "crash", "MEMBERS",                                                          \
      "program and machine stop; what is not synced may be lost")                                  \
    X(TIMELINE_STOP, "stop", "MEMBERS", "the program stops; everything that it wrote is kept")     \
    X(TIMELINE_START, "start", "MEMBERS", "a stopped program starts again on what its disk holds") \
    X(TIMELINE_PAUSE, "pause", "MEMBERS TIME", "the program stands still so long; all waits")      \
    X(TIMELINE_SLOW, "slow", "MEMBERS SHARE", "processor work takes this much; 100% as usual")     \
    X(TIMELINE_DELAY, "delay", "MEMBERS TIME",                                                     \
      "all from and to them takes so much longer; 0us as "                                         \
      "usual")                                                                                     \
    X(TIMELINE_THROTTLE, "throttle", "MEMBERS SHARE",                                              \
      "so much of the uplink is left; 100% as usual")                                              \
    X(TIMELINE_PARTITION, "partition", "{MEMBERS}|{MEMBERS}|...",                                  \
      "no message from one part to another; members not named form one more part")                 \
    X(TIMELINE_CUT, "cut", "MEMBERS MEMBERS", "nothing from the first reaches the second")         \
    X(TIMELINE_HEAL, "heal", "", "undoes every partition and cut")                                 \
    X(TIMELINE_LOSS, "loss", "SHARE", "so many messages are lost from now on, everywhere")         \
    X(TIMELINE_JITTER, "jitter", "TIME", "each message takes up to so much longer, everywhere")    \
    X(TIMELINE_DISK_SLOW, "disk-slow", "MEMBERS TIME",                                             \
      "each sync takes so much longer; 0us as usual")                                              \
    X(TIMELINE_DISK_FULL, "disk-full", "MEMBERS", "nothing more can be written")                   \
    X(TIMELINE_DISK_FREE, "disk-free", "MEMBERS", "there is room again")                           \
    X(TIMELINE_CLOCK, "clock", "MEMBERS OFFSET",                                                   \
      "their clocks show so much more or less (+500ms)")                                           \
    X(TIMELINE_DRIFT, "drift", "MEMBERS PPM", "their clocks run fast by millionths, at most 1000") \
    X(TIMELINE_LOSE_JOURNAL, "lose-journal", "MEMBERS", "a stopped member's journal is gone")      \
    X(TIMELINE_WIPE, "wipe", "MEMBERS", "a stopped member's disk is empty")                        \
    X(TIMELINE_BYZANTINE, "byzantine", "MEMBERS KINDS",                                            \
      "from now on they lie, in ways joined by commas (below); once each")

#define TIMELINE_ENUMERATOR(symbol, word, arguments, text) symbol,
enum timeline_kind {
    TIMELINE_LIST(TIMELINE_ENUMERATOR) TIMELINE_COUNT
};

enum {
    TIMELINE_TEXT_SIZE = 160,
};

struct scenario_fault {
    uint64_t at_us;
    enum timeline_kind kind;
    struct member_set members;
    struct member_set others;      /* CUT: who does not hear */
    uint8_t part[MEMBER_SET_MAX];  /* PARTITION: 0 for members not named, else 1, 2, ... */
    int64_t amount;                /* us, thousandths, ppm, or a set of enum byzantine_kind */
    char text[TIMELINE_TEXT_SIZE]; /* as written, without "at =" */
};

/* Reads what follows "at =". False with a sentence in `why`. */
TALLY_MUST_CHECK bool scenario_fault_parse(const char *text, struct scenario_fault *fault,
                                           char *why, size_t why_size);

/* Are all its members below this number? */
bool scenario_fault_fits(const struct scenario_fault *fault, uint32_t member_count);

/* Columns of the reference. pre: kind is below TIMELINE_COUNT. */
const char *timeline_word(enum timeline_kind kind);
const char *timeline_arguments(enum timeline_kind kind);
const char *timeline_meaning(enum timeline_kind kind);

#endif
