/*
 * netsim/lab/scenario.h - an experiment, written down in a small file
 *
 * Problem. A figure is worth something when the next reader can make it again: what was run must be
 * one text, complete and strict.
 *
 * Rule. An INI file of sections and fields, every field with a default; tables below name them all.
 * A field that is unknown or given twice, a quantity with the wrong unit, a value out of range and
 * values that contradict each other are refused with file, line and reason. Paths are relative to
 * the file. `scenario_set` changes a field as the command line does: "network.validators", "7".
 *
 *     # Four members in one hall.
 *     [network]
 *     validators = 4
 *     latency = 100us
 *     [workload]
 *     rate = 1000
 *     [fault]
 *     at = 12s crash 3
 *
 * The steps: scenario_init(), scenario_load() or scenario_parse(), any scenario_set(), then
 * scenario_finish(), which reads the files that the scenario names and checks the whole.
 */
#ifndef TALLY_NETSIM_LAB_SCENARIO_H
#define TALLY_NETSIM_LAB_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/assert.h"
#include "host/file.h"
#include "netsim/engine/cost_model.h"
#include "netsim/engine/simulation.h"
#include "netsim/lab/latency_matrix.h"
#include "netsim/lab/scenario_fault.h"
#include "netsim/lab/scenario_value.h"
#include "netsim/market/workload.h"

enum scenario_protocol {
    PROTOCOL_SIMPLEX,
    PROTOCOL_FIXED_LEADER,
};

enum scenario_loop {
    LOOP_OPEN,
    LOOP_CLOSED,
};

enum {
    SCENARIO_PATH_SIZE = 512,
    SCENARIO_REGIONS_SIZE = 1024,
    SCENARIO_FAULTS_MAX = 64,
    SCENARIO_BYTES_MAX = 1 << 18,
};

/* X(name in the file, member, kind, least, most, default, text). Texts that are lists or paths have
 * the size of their member for `most`. */
#define SCENARIO_NETWORK_LIST(X)                                                              \
    X(validators, validators, COUNT, 1, 128, "4", "members of the network")                   \
    X(protocol, protocol, PROTOCOL, 0, 1, "simplex",                                          \
      "consensus: ours, or a fixed trusted leader as the floor to compare with")              \
    X(latency, latency_us, TIME, 0, 10000000, "100us",                                        \
      "one way between any two members, when there are no regions")                           \
    X(latency_matrix, latency_matrix, TEXT, 0, SCENARIO_PATH_SIZE, "",                        \
      "CSV file of round trips between regions (latency_matrix.h)")                           \
    X(regions, regions, TEXT, 0, SCENARIO_REGIONS_SIZE, "",                                   \
      "regions of the matrix, separated by spaces; members are dealt to them in turn")        \
    X(latency_within, latency_within_us, TIME, 0, 10000000, "250us",                          \
      "one way between two members of one region")                                            \
    X(jitter, jitter_us, TIME, 0, 10000000, "0us", "each message takes up to so much longer") \
    X(stragglers, straggler_permille, SHARE, 0, 1000, "0%",                                   \
      "so many messages take straggler_delay longer")                                         \
    X(straggler_delay, straggler_us, TIME, 0, 60000000, "0us", "see stragglers")              \
    X(bandwidth, uplink_bytes_per_s, BANDWIDTH, 0, 125000000000, "1Gbit",                     \
      "of each member's uplink, in each second; 0kbit: without limit")                        \
    X(queue, queue_bytes_max, BYTES, 0, 1099511627776, "0B",                                  \
      "what waits for the uplink beyond this is dropped; 0B: nothing is")                     \
    X(loss, loss_permille, SHARE, 0, 1000, "0%", "messages lost")                             \
    X(duplicates, duplicate_permille, SHARE, 0, 1000, "0%", "messages that arrive twice")     \
    X(reorder, reorder, SWITCH, 0, 1, "no", "messages overtake each other within a connection")

#define SCENARIO_CONSENSUS_LIST(X)                                                                \
    X(d0, d0_ms, TIME_MS, 1, 3600000, "100ms",                                                    \
      "bound of one message delay with validation and sync")                                      \
    X(d_max, d_max_ms, TIME_MS, 1, 3600000, "20s",                                                \
      "what the bound may grow to while nothing becomes final")                                   \
    X(heartbeat, heartbeat_ms, TIME_MS, 1, 3600000, "3s", "an empty block after so long without") \
    X(block_interval_min, block_interval_min_ms, TIME_MS, 0, 3600000, "5ms",                      \
      "between a leader's proposals")                                                             \
    X(retry, retry_ms, TIME_MS, 1, 3600000, "400ms", "members say so often how far they are")     \
    X(skip, skip_ms, TIME_MS, 1, 3600000, "2s", "a leader silent for so long is skipped at once") \
    X(clock_drift, clock_drift_ms, TIME_MS, 0, 3600000, "2s",                                     \
      "allowance for other members' clocks")                                                      \
    X(batch, batch_bytes_max, BYTES, 65536, 67108864, "1MiB", "payload of one batch")             \
    X(batch_age, batch_age_ms, TIME_MS, 0, 60000, "5ms",                                          \
      "the oldest envelope that waits starts a batch after this or sooner, while an earlier "     \
      "batch of its member is in no proposal yet; else at once")                                  \
    X(lane_quota_batches, lane_quota_batches, COUNT, 1, 64, "8",                                  \
      "batches of one member in one block")                                                       \
    X(lane_quota, lane_quota_bytes, BYTES, 65536, 1073741824, "4MiB",                             \
      "payload of one member in one block")                                                       \
    X(lane_window, lane_window, COUNT, 1, 4096, "128",                                            \
      "batches of one member that wait for a block")                                              \
    X(skipped_views_max, skipped_views_max, COUNT, 128, 65000, "1024",                            \
      "views that may pass after the last final one")

#define SCENARIO_MACHINE_LIST(X)                                                                \
    X(cores, cores, COUNT, 0, 1024, "4", "processors of a machine; 0: as many as are needed")   \
    X(hosts, hosts, COUNT, 1, 128, "1", "members that share one machine")                       \
    X(signature_workers, signature_workers, COUNT, 1, 16, "2",                                  \
      "threads of a member that check signatures of envelopes")                                 \
    X(costs, costs, TEXT, 0, SCENARIO_PATH_SIZE, "",                                            \
      "file with a section [cost], as `tally-sim calibrate` writes it; without it and without " \
      "that section, work takes no time")

#define SCENARIO_WORKLOAD_LIST(X)                                                            \
    X(loop, loop, LOOP, 0, 1, "open",                                                        \
      "open: instructions come at a rate; closed: each client has one envelope under way")   \
    X(rate, rate, COUNT, 0, 1000000, "100", "instructions a second (open loop)")             \
    X(curve, curve, TEXT, 0, SCENARIO_REGIONS_SIZE, "",                                      \
      "instead of rate: points TIME:RATE separated by spaces; straight lines between them")  \
    X(even, even, SWITCH, 0, 1, "no", "evenly spaced, instead of at random")                 \
    X(clients, clients, COUNT, 0, 100000, "0", "clients (closed loop)")                      \
    X(think, think_us, TIME, 0, 3600000000, "0us", "a client waits between two envelopes")   \
    X(client_latency, client_latency_us, TIME, 0, 10000000, "100us",                         \
      "one way between a client and its member")                                             \
    X(timeout, timeout_us, TIME, 0, 3600000000, "5s",                                        \
      "then the same envelope goes to the next member; 0us: never")                          \
    X(home, home, HOME, 0, 2, "by-party", "which member a client turns to")                  \
    X(home_member, home_member, COUNT, 0, 127, "0", "the member, when home is fixed")        \
    X(participants, participants, COUNT, 2, 4096, "64", "parties that deal with each other") \
    X(accounts, accounts, COUNT, 1, 1024, "4", "accounts of each kind and participant")      \
    X(securities, securities, COUNT, 1, 1000, "16", "securities")                            \
    X(currencies, currencies, COUNT, 1, 8, "2", "currencies")                                \
    X(instructions, instructions, COUNT, 0, 10000000, "0",                                   \
      "at most so many, and room for them on the ledger; 0: as many as the rate asks for")   \
    X(instructions_per_envelope, instructions_per_envelope, COUNT, 1, 64, "1",               \
      "commands that are signed together")                                                   \
    X(validity, validity_ms, TIME_MS, 1000, 86400000, "5m", "of an envelope")                \
    X(free, free_permille, SHARE, 0, 1000, "0%", "deals free of payment")                    \
    X(unmatched, unmatched_permille, SHARE, 0, 1000, "0%",                                   \
      "deals whose counterparty never instructs")                                            \
    X(lack_securities, lack_securities_permille, SHARE, 0, 1000, "0%",                       \
      "deals that lack securities until the lender delivers")                                \
    X(lack_cash, lack_cash_permille, SHARE, 0, 1000, "0%", "deals that lack cash for ever")  \
    X(hold, hold_permille, SHARE, 0, 1000, "0%", "deals on hold until they are released")    \
    X(cancel, cancel_permille, SHARE, 0, 1000, "0%", "deals cancelled later")                \
    X(circle, circle_permille, SHARE, 0, 1000, "0%", "circles of three deliveries")          \
    X(ahead, ahead_permille, SHARE, 0, 1000, "0%", "deals that settle in a month")           \
    X(disagree, disagree_permille, SHARE, 0, 1000, "0%",                                     \
      "deals whose sides name different amounts")                                            \
    X(follow_up, follow_up_us, TIME, 0, 3600000000, "1s",                                    \
      "release, cancellation or cure come so long after the first part")                     \
    X(flawed, flaw_permille, SHARE, 0, 1000, "0%",                                           \
      "envelopes that must come to nothing, beside the good ones")                           \
    X(hot, hot_permille, SHARE, 0, 1000, "0%", "deals between the same two participants")    \
    X(zipf, zipf_permille, RATIO, 0, 4000, "0", "exponent of the choice of participants")    \
    X(duplicates, duplicate_permille, SHARE, 0, 1000, "0%",                                  \
      "envelopes handed to several members at once")                                         \
    X(duplicate_members, duplicate_members, COUNT, 2, 128, "2", "to so many")

#define SCENARIO_RUN_LIST(X)                                                              \
    X(duration, duration_us, TIME, 1000, 86400000000, "30s", "the load ends then")        \
    X(warm_up, warm_up_us, TIME, 0, 86400000000, "5s",                                    \
      "what is handed in before is not in the figures")                                   \
    X(cool_down, cool_down_us, TIME, 0, 86400000000, "3s",                                \
      "time after the load for what is under way")                                        \
    X(interval, interval_us, TIME, 1000, 3600000000, "1s", "of the series")               \
    X(seed, seed, COUNT, 0, UINT64_MAX, "1", "decides everything that is left to chance") \
    X(trace_from, trace_from_us, TIME, 0, 86400000000, "5s", "the trace begins")          \
    X(trace_for, trace_for_us, TIME, 0, 60000000, "200ms", "and is so long; 0us: no trace")

/* A member of the struct that a list makes. */
#define SCENARIO_SLOT_COUNT(member, size)     uint64_t member
#define SCENARIO_SLOT_RATIO(member, size)     uint64_t member
#define SCENARIO_SLOT_TIME(member, size)      uint64_t member
#define SCENARIO_SLOT_TIME_MS(member, size)   uint64_t member
#define SCENARIO_SLOT_BANDWIDTH(member, size) uint64_t member
#define SCENARIO_SLOT_BYTES(member, size)     uint64_t member
#define SCENARIO_SLOT_SHARE(member, size)     uint64_t member
#define SCENARIO_SLOT_SWITCH(member, size)    uint64_t member
#define SCENARIO_SLOT_PROTOCOL(member, size)  uint64_t member
#define SCENARIO_SLOT_LOOP(member, size)      uint64_t member
#define SCENARIO_SLOT_HOME(member, size)      uint64_t member
#define SCENARIO_SLOT_TEXT(member, size)      char member[size]
#define SCENARIO_MEMBER(name, member, kind, low, high, standard, text) \
    SCENARIO_SLOT_##kind(member, high);

/* What the files of the lists hold, each number in the unit of its name. */
struct scenario {
    struct {
        SCENARIO_NETWORK_LIST(SCENARIO_MEMBER)
    } network;
    struct {
        SCENARIO_CONSENSUS_LIST(SCENARIO_MEMBER)
    } consensus;
    struct {
        SCENARIO_MACHINE_LIST(SCENARIO_MEMBER)
    } machine;
    struct {
        SCENARIO_WORKLOAD_LIST(SCENARIO_MEMBER)
    } workload;
    struct {
        SCENARIO_RUN_LIST(SCENARIO_MEMBER)
    } run;
    struct cost_model cost;
    struct scenario_fault faults[SCENARIO_FAULTS_MAX]; /* by time, then as written */
    uint32_t fault_count;

    char directory[SCENARIO_PATH_SIZE]; /* of the file: relative paths begin there */
    char comment[2048];                 /* the lines that begin with # before the first section */
    /* Made by scenario_finish(). */
    struct latency_matrix matrix;
    uint32_t region_of[SIMULATION_MEMBERS_MAX]; /* index in the matrix */
    struct workload_point points[WORKLOAD_POINTS_MAX];
    uint32_t point_count;
    uint64_t instructions_expected; /* that the load comes to, at most */
    uint64_t given[4];              /* bit i: field i was given; of the reader */
};

/* The first thing that is wrong, as one line for people: "FILE:LINE: [section] field: reason". */
struct scenario_error {
    uint32_t line; /* 0: of no line */
    char text[512];
};

/* All defaults. */
void scenario_init(struct scenario *scenario);

/* Reads a file's text; `name` and `directory` are its own. Call once, after scenario_init(). */
TALLY_MUST_CHECK bool scenario_parse(struct scenario *scenario, const char *text, size_t size,
                                     const char *name, const char *directory,
                                     struct scenario_error *error);
TALLY_MUST_CHECK bool scenario_load(struct scenario *scenario, const char *path,
                                    struct scenario_error *error);

/* Sets "section.field"; a [fault] line by "fault.at". */
TALLY_MUST_CHECK bool scenario_set(struct scenario *scenario, const char *field, const char *value,
                                   struct scenario_error *error);

/* Reads the files that it names and checks the whole. Must come before it is run. */
TALLY_MUST_CHECK bool scenario_finish(struct scenario *scenario, struct scenario_error *error);

/* A field's value as text. False when there is no such field. */
bool scenario_get(const struct scenario *scenario, const char *field, char *text, size_t size);

/* Writes the whole as a file that scenario_parse() reads to the same; without its comment. */
void scenario_write(const struct scenario *scenario, FILE *out);

/* The reference of all fields and faults, as Markdown: `tally-sim help scenario`, docs/netsim.md.
 */
void scenario_reference(FILE *out);

#endif
