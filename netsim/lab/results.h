/*
 * netsim/lab/results.h - the figures of a run
 *
 * Problem. What a run came to must be said in numbers that mean one thing each, and be the same
 * bytes for the same seed on any machine, so that a reader can make them again.
 *
 * Rule. An observer counts; nothing that it does changes what happens. All figures are whole
 * numbers of thousandths of their unit, printed with three decimals, quantiles are exact
 * (samples.h), and no floating point is involved. The window of measurement is from warm_up to
 * duration:
 *
 *     throughput     what became so within the window
 *     latency        of what was handed in within the window, whenever it became so
 *     bytes, work    of what was sent and done within the window
 *
 * "Final" is as the client learns it: the member it asked stored a final block with its
 * instruction, and the answer travelled. Bytes are those of messages, without TLS and TCP.
 *
 * Besides, everything is counted by intervals of [run] interval, warm-up included: the series.
 */
#ifndef TALLY_NETSIM_LAB_RESULTS_H
#define TALLY_NETSIM_LAB_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/assert.h"
#include "consensus/message.h"
#include "netsim/engine/simulation.h"
#include "netsim/lab/scenario.h"
#include "netsim/market/workload.h"

/* X(symbol, name, unit, text). Names are for ever: result files are joined by them. */
#define FIGURE_LIST(X)                                                                           \
    X(FIGURE_OFFERED, "offered_per_s", "1/s", "instructions handed in")                          \
    X(FIGURE_FINAL, "final_per_s", "1/s", "instructions final")                                  \
    X(FIGURE_SETTLED, "settled_per_s", "1/s", "instructions settled")                            \
    X(FIGURE_SETTLED_SHARE, "settled_percent", "%", "of what was handed in, settled by the end") \
    X(FIGURE_NOT_FINAL, "not_final", "1", "handed in, and not final at the end")                 \
    X(FIGURE_RECEIVED_P50, "received_p50_ms", "ms", "until a member has it safe: median")        \
    X(FIGURE_FINAL_MEAN, "finality_mean_ms", "ms", "time to finality: mean")                     \
    X(FIGURE_FINAL_P50, "finality_p50_ms", "ms", "time to finality: median")                     \
    X(FIGURE_FINAL_P90, "finality_p90_ms", "ms", "90 of 100 are faster")                         \
    X(FIGURE_FINAL_P99, "finality_p99_ms", "ms", "99 of 100 are faster")                         \
    X(FIGURE_FINAL_MAX, "finality_max_ms", "ms", "the slowest")                                  \
    X(FIGURE_EXECUTED_P50, "executed_p50_ms", "ms", "until its receipt exists: median")          \
    X(FIGURE_SETTLED_P50, "settlement_p50_ms", "ms", "until it settled: median")                 \
    X(FIGURE_SETTLED_P99, "settlement_p99_ms", "ms", "until it settled: 99 of 100 are faster")   \
    X(FIGURE_BLOCKS, "blocks_per_s", "1/s", "final blocks")                                      \
    X(FIGURE_BLOCK_SIZE, "instructions_per_block", "1", "final instructions in a block, mean")   \
    X(FIGURE_VIEWS_LOST, "views_lost", "1", "views that brought no final block")                 \
    X(FIGURE_MESSAGES, "messages_per_s", "1/s", "messages sent by all members")                  \
    X(FIGURE_BYTES, "network_mbit_per_s", "Mbit/s", "sent by all members")                       \
    X(FIGURE_BYTES_EACH, "bytes_per_instruction", "B", "sent by all members, for one final")     \
    X(FIGURE_UPLINK_MEAN, "uplink_mean_mbit_per_s", "Mbit/s", "sent by a member, mean")          \
    X(FIGURE_UPLINK_MAX, "uplink_max_mbit_per_s", "Mbit/s", "sent by the busiest member")        \
    X(FIGURE_CPU_MEAN, "cpu_mean_percent", "%", "of one processor, by a member, mean")           \
    X(FIGURE_CPU_MAX, "cpu_max_percent", "%", "of one processor, by the busiest member")         \
    X(FIGURE_CPU_EACH, "cpu_us_per_instruction", "us", "work of a member, for one final, mean")  \
    X(FIGURE_DISK, "disk_max_percent", "%", "of the time waited for its disk by a member, at most")

#define FIGURE_ENUMERATOR(symbol, name, unit, text) symbol,
enum figure {
    FIGURE_LIST(FIGURE_ENUMERATOR) FIGURE_COUNT
};

/* Columns of the list. pre: below FIGURE_COUNT. */
const char *figure_name(enum figure figure);
const char *figure_unit(enum figure figure);
const char *figure_text(enum figure figure);

enum {
    RESULTS_KINDS = MESSAGE_KIND_MAX + 1, /* 0: of none of the known kinds */
};

/* One interval of the series. */
struct results_interval {
    uint64_t begin_us;
    uint64_t handed;
    uint64_t final;
    uint64_t settled;
    uint64_t final_p50_us; /* of what became final in it */
    uint64_t final_p99_us;
    uint64_t blocks;
    uint64_t views_lost;
    uint64_t bytes;
    uint64_t bytes_member_max; /* of one member */
    uint64_t work_us;
    uint64_t work_member_max_us;
    uint64_t in_flight;    /* handed in and not final, at its end */
    uint64_t backlog;      /* final blocks not executed yet, of the member with most, at its end */
    uint64_t inbox;        /* inputs that wait for a member's core thread, most, at its end */
    uint64_t uplink_queue; /* bytes that wait for a member's uplink, most, at its end */
    uint64_t members_up;   /* at its end */
};

/* What one host did within the window. */
struct results_host {
    uint64_t messages[RESULTS_KINDS];
    uint64_t bytes[RESULTS_KINDS];
    uint64_t messages_in;
    uint64_t bytes_in;
    uint64_t work_us[ACTIVITY_COUNT];
    uint64_t disk_us;
    uint64_t blocks_proposed; /* final ones */
};

struct results;

/* Adds an observer and a clock to a simulation that has not begun. Borrows all three; is to be
 * freed after the simulation. */
struct results *results_new(const struct scenario *scenario, struct simulation *simulation,
                            struct workload *workload);
void results_free(struct results *results);

/* Something that the summary should say; the first 32 of them. Copies the text. */
void results_note(struct results *results, const char *text);

/* Once, when the simulation has run to its end. */
void results_finish(struct results *results);

/* After results_finish(). Thousandths of the figure's unit. */
int64_t results_figure(const struct results *results, enum figure figure);
const struct results_host *results_host(const struct results *results, uint32_t host);
const struct results_interval *results_intervals(const struct results *results, size_t *count);
const struct workload_results *results_clients(const struct results *results);

/* The name of a kind of message: "NOTARIZE". For those of another protocol "kind 17". */
const char *message_kind_name(uint32_t kind);

/* Prints thousandths with three decimals: -1500 -> "-1.500". */
void thousandths_print(int64_t value, char text[32]);

/* Readable, for a terminal and for summary.txt. */
void results_summary(const struct results *results, FILE *out);
/* Writes summary.txt, series.csv, series.json, messages.csv, members.csv and scenario.ini into an
 * existing directory. False with a line on standard error when that fails. */
TALLY_MUST_CHECK bool results_write(const struct results *results, const char *directory);

#endif
