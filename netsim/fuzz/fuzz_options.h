/*
 * netsim/fuzz/fuzz_options.h - one number decides a whole schedule of faults
 *
 * Problem. A random test is only worth what can be repeated, read and made smaller of it.
 *
 * Rule. A seed expands into the options below, which are printed before anything runs; the same
 * options give the same schedule, event by event. Whatever may go wrong belongs to a class. Each
 * class draws from a generator of its own, so that taking one away (`without`) leaves all others as
 * they were: a failing schedule is made smaller class by class.
 *
 * A third of the seeds has a market whose settlement day has the hours of T2S, and begins shortly
 * before one of its events (`day`); a third has deals in parts, tied to each other, or in rings
 * (`terms`); a third has back offices, with what only wrong hands ask for (`desk`). All three are
 * drawn apart from the classes of fault, which they leave as they were.
 *
 * At most f members misbehave together: the damaged ones, whose disks rot or forget, are those with
 * the lowest numbers, the Byzantine ones those with the highest. All others are *healthy*. Some of
 * these, at least a quorum, are the *core* that must be live once the faults stop.
 *
 *     7 members, f = 2:   0 damaged, 1 2 3 4 5 healthy, 6 Byzantine;   core 1 2 3 4 5
 *
 * Source: swarm testing (Groce et al., ISSTA 2012): a schedule that has only some classes of fault
 * gets further into each than one that has all.
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_OPTIONS_H
#define TALLY_NETSIM_FUZZ_FUZZ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netsim/adversary/byzantine.h"
#include "netsim/market/workload_source.h"

enum {
    FUZZ_MEMBERS_MAX = 31,
    FUZZ_FAULTY_MAX = 10, /* f of 31 */
};

/* Classes of fault: name, and what it does. */
#define FUZZ_FAULT_LIST(X)                                                              \
    X(FUZZ_LOSS, "loss", "messages vanish")                                             \
    X(FUZZ_DELAY, "delay", "long and uneven latencies, stragglers")                     \
    X(FUZZ_DUPLICATE, "duplicate", "messages arrive twice")                             \
    X(FUZZ_REORDER, "reorder", "messages of one connection overtake each other")        \
    X(FUZZ_NARROW, "narrow", "narrow uplinks with short queues")                        \
    X(FUZZ_PARTITION, "partition", "two parts that cannot talk, drawn again and again") \
    X(FUZZ_ISOLATE, "isolate", "one member alone")                                      \
    X(FUZZ_ONE_WAY, "one-way", "cuts of one direction only")                            \
    X(FUZZ_BRIDGE, "bridge", "two parts that meet in one member")                       \
    X(FUZZ_STALL, "stall", "for a while votes pass, but no block")                      \
    X(FUZZ_CRASH, "crash", "programs die at any instant")                               \
    X(FUZZ_POWER, "power", "the power goes: what was not synced is lost or torn")       \
    X(FUZZ_OPERATION, "operation", "the power goes between two operations of a disk")   \
    X(FUZZ_SYNC, "sync", "slow disks that stall")                                       \
    X(FUZZ_FULL, "full", "disks fill up for a while")                                   \
    X(FUZZ_IO, "io", "an operation of a disk fails")                                    \
    X(FUZZ_ROT, "rot", "bits of a damaged member's files turn over")                    \
    X(FUZZ_AMNESIA, "amnesia", "a damaged member's journal vanishes")                   \
    X(FUZZ_WIPE, "wipe", "a damaged member's disk is emptied")                          \
    X(FUZZ_PAUSE, "pause", "programs stand still, then go on")                          \
    X(FUZZ_CLOCK, "clock", "clocks differ, drift and jump")                             \
    X(FUZZ_SLOW, "slow", "slow and uneven processors")                                  \
    X(FUZZ_TIMER, "timer", "the view timer is a third to ten times what it should be")  \
    X(FUZZ_LIMITS, "limits", "small windows, quotas, batches and queues")               \
    X(FUZZ_FILES, "files", "small journals and checkpoints: much rotation")             \
    X(FUZZ_CLIENTS, "clients", "repeated, expired and malformed envelopes")             \
    X(FUZZ_MARKET, "market", "hot accounts, circles, lack, holds, cancellations")       \
    X(FUZZ_BYZANTINE, "byzantine", "members that do as they like")                      \
    X(FUZZ_TWIN, "twin", "members that run twice under one key")                        \
    X(FUZZ_DAY, "day", "an event of the settlement day comes meanwhile")                \
    X(FUZZ_TERMS, "terms", "parts, links, pools, circles that optimisation resolves")   \
    X(FUZZ_DESK, "desk", "amends, accepts, restricts, approves, limits, transforms")

#define FUZZ_FAULT_ENUMERATOR(symbol, name, text) symbol,
enum fuzz_fault {
    FUZZ_FAULT_LIST(FUZZ_FAULT_ENUMERATOR) FUZZ_FAULT_COUNT
};

/* Which event of the day comes: name, and what it is. */
#define FUZZ_HOUR_LIST(X)                                          \
    X(FUZZ_HOUR_REAL_TIME, "real-time")                            \
    X(FUZZ_HOUR_WINDOW, "window")           /* for parts, opens */ \
    X(FUZZ_HOUR_WINDOW_END, "window-end")   /* it closes */        \
    X(FUZZ_HOUR_LAST_WINDOW, "last-window") /* opens */            \
    X(FUZZ_HOUR_DVP_CUT_OFF, "dvp-cut-off")                        \
    X(FUZZ_HOUR_CASH_CUT_OFF, "cash-cut-off")                      \
    X(FUZZ_HOUR_END_OF_DAY, "end-of-day") /* and FOP cut-off */    \
    X(FUZZ_HOUR_CHANGE, "change-of-date") /* and start of day */   \
    X(FUZZ_HOUR_NIGHT_TIME, "night-time")                          \
    X(FUZZ_HOUR_TURN, "turn") /* from the DvP cut-off to night-time, all at the change of date */

#define FUZZ_HOUR_ENUMERATOR(symbol, name) symbol,
enum fuzz_hour {
    FUZZ_HOUR_LIST(FUZZ_HOUR_ENUMERATOR) FUZZ_HOUR_COUNT
};

enum fuzz_topology {
    FUZZ_UNIFORM, /* everybody is as far from everybody */
    FUZZ_REGIONS, /* members belong to regions, by turns */
    FUZZ_FAR,     /* the middle one of the members is far from all others */
};

/* What becomes of healthy members outside the core when the faults stop for it. */
enum fuzz_outsider {
    FUZZ_OUTSIDER_DOWN,   /* never started again */
    FUZZ_OUTSIDER_CUT,    /* up, but alone */
    FUZZ_OUTSIDER_DEAF,   /* heard by all, hears nobody */
    FUZZ_OUTSIDER_UNHEARD /* hears all, heard by nobody */
};

struct fuzz_options {
    uint64_t seed;
    uint32_t faults; /* bit set of enum fuzz_fault: those that have an effect here */

    uint32_t member_count;
    uint32_t byzantine_count;                  /* members n - 1, n - 2, ... */
    uint32_t byzantine_kinds[FUZZ_FAULTY_MAX]; /* bit sets of enum byzantine_kind; 0: honest */
    uint32_t twin_count;                       /* the first so many of them run twice */
    uint32_t damaged_count;                    /* members 0, 1, ... */
    enum fuzz_fault damages[FUZZ_FAULTY_MAX];  /* ROT, AMNESIA, WIPE; FAULT_COUNT: none */
    uint32_t core;                             /* bit set of members */
    enum fuzz_outsider outsiders;

    enum fuzz_topology topology;
    uint32_t region_count;
    uint32_t near_us; /* one-way latency within a region, or everywhere */
    uint32_t far_us;  /* between regions, or to the far member */
    uint32_t jitter_us;
    uint32_t delay_us; /* beyond that, evenly, while faults last */
    uint32_t straggler_permille;
    uint32_t straggler_us;
    uint32_t loss_permille;
    uint32_t duplicate_permille;
    uint32_t uplink_bytes_per_s; /* 0: unlimited */
    uint32_t queue_bytes_max;
    uint32_t cut_period_ms; /* the network is cut anew this often; 0: never */
    uint32_t cut_permille;  /* chance that it is cut at all */
    uint32_t stall_begin_ms;
    uint32_t stall_end_ms; /* no block gets through between */

    uint32_t crash_period_ms;  /* mean time between crashes somewhere; 0: none */
    uint32_t crash_operations; /* a planned one comes at one of the next so many operations */
    uint32_t down_ms;          /* mean time a member stays down */
    uint32_t pause_period_ms;
    uint32_t pause_ms;
    uint32_t sync_us; /* of every sync */
    uint32_t sync_spread_us;
    uint32_t sync_stall_permille;
    uint32_t sync_stall_us;
    uint32_t full_period_ms; /* mean time between disks filling up somewhere; 0: none */
    uint32_t full_ms;
    uint32_t full_bytes; /* room left when it begins */
    uint32_t io_period_ms;
    uint32_t skew_ms;   /* UTC of each host is off by up to this, either way */
    uint32_t drift_ppm; /* clocks run fast or slow by up to this */
    uint32_t step_us;   /* processor time of a consensus step; 0: none, of anything */
    uint32_t execute_us;
    uint32_t slow_permille; /* one member's costs; 1000 is like the others' */

    uint32_t d0_ms;
    uint32_t d_max_ms;
    uint32_t heartbeat_ms;
    uint32_t block_interval_min_ms;
    uint32_t retry_ms;
    uint32_t skip_ms;

    uint32_t envelope_bytes_max;
    uint32_t batch_bytes_max;
    uint32_t lane_quota_batches;
    uint32_t lane_window;
    uint32_t skipped_views_max;
    uint32_t waiting_count_max;
    uint32_t remembered_count_max;
    uint32_t batch_age_ms;
    uint32_t journal_bytes;
    uint32_t segment_bytes; /* of the batch log */
    uint32_t checkpoint_bytes;

    uint32_t envelope_period_ms; /* mean time between envelopes somewhere; 0: none at all */
    uint32_t validity_ms;        /* mean time that an envelope is valid */
    uint32_t repeat_permille;    /* envelopes handed to several members at once */
    uint32_t flaw_permille;      /* flawed ones beside so many good ones */
    uint32_t hot_permille;       /* deals between the same two */
    uint32_t shares[WORKLOAD_KIND_COUNT]; /* permille of the deals; the rest are plain ones */

    uint32_t parts_permille; /* workload_source.h */
    uint32_t tied_permille;
    uint32_t ring_permille;
    uint32_t desk_permille;

    enum fuzz_hour hour;   /* only with FUZZ_DAY; otherwise the day is continuous */
    uint32_t hour_lead_ms; /* it comes so long after the beginning */

    uint32_t safety_blocks; /* the faults stop at this height ... */
    uint32_t safety_ms;     /* ... or at this time */
    uint32_t liveness_blocks;
    uint32_t liveness_ms; /* the bound, in virtual time */
};

/* f of n, and q of n: counted here, since consensus/quorum.h is under test. */
uint32_t fuzz_faulty_max(uint32_t member_count);
uint32_t fuzz_quorum(uint32_t member_count);

/* Everything drawn from the seed, but for the classes in the bit set `without`. */
void fuzz_options_from_seed(struct fuzz_options *options, uint64_t seed, uint32_t without);

/* Whether a class is among the options. */
bool fuzz_options_have(const struct fuzz_options *options, enum fuzz_fault fault);

/* The kinds of a member: 0 for one that keeps the rules. */
uint32_t fuzz_options_kinds(const struct fuzz_options *options, uint32_t member);
/* Its disk will be damaged; `damage`, if not NULL, becomes how. */
bool fuzz_options_damaged(const struct fuzz_options *options, uint32_t member,
                          enum fuzz_fault *damage);
/* Neither Byzantine nor damaged. */
bool fuzz_options_healthy(const struct fuzz_options *options, uint32_t member);

/* One-way latency between two hosts' places; twins stand where their members do. */
uint32_t fuzz_options_latency_us(const struct fuzz_options *options, uint32_t from, uint32_t to);

/* What a class is called, and what it does. */
const char *fuzz_fault_name(enum fuzz_fault fault);
const char *fuzz_fault_text(enum fuzz_fault fault);
/* False for an unknown name. */
bool fuzz_fault_by_name(const char *name, enum fuzz_fault *fault);

/* The name of an event of the day. */
const char *fuzz_hour_name(enum fuzz_hour hour);

/* A readable block of lines; returns its length. Cut off when `size` is too small. */
size_t fuzz_options_print(const struct fuzz_options *options, char *text, size_t size);

#endif
