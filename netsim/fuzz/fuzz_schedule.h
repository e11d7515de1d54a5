/*
 * netsim/fuzz/fuzz_schedule.h - one schedule of faults, from its options to a verdict
 *
 * Rule. A schedule has two phases.
 *
 *     safety     anything goes, until enough blocks are final or time is up. Nothing wrong may
 *                ever happen, but nothing good has to.
 *     liveness   the faults stop for the core; clients hand in nothing new. Within the bound of the
 *                options every member of the core must have executed so many blocks more, every
 *                envelope that one of the core accepted and that is still valid must be executed,
 *                and every deal settled that can be.
 *
 * Wrong is what the checkers object to (watch.h, ledger_checker.h), at the end also to all records
 * of every honest ledger; and besides: a healthy member that halts, or falls mute; one of the core
 * that cannot be started; a promise to a client that is not kept; a settlement of what is no deal;
 * an envelope that was too late by the ledger's time, forged or malformed, and executed all the
 * same.
 *
 * Not live is a core that misses the bound, or one that goes round in circles (fuzz_oracle.h). The
 * exception is a *lost* schedule: a member of the core has given up more views in a row than its
 * configuration allows, and says so; that is documented to need an operator. Such schedules are
 * counted apart: they have not passed.
 *
 * Deterministic: equal options, equal digests.
 */
#ifndef TALLY_NETSIM_FUZZ_FUZZ_SCHEDULE_H
#define TALLY_NETSIM_FUZZ_FUZZ_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "netsim/fuzz/fuzz_options.h"
#include "netsim/market/workload_book.h"

enum fuzz_outcome {
    FUZZ_PASSED,
    FUZZ_LOST,   /* beyond what the configuration can recover from */
    FUZZ_STUCK,  /* not live */
    FUZZ_UNSAFE, /* something wrong happened */
};

enum fuzz_phase {
    FUZZ_SAFETY,
    FUZZ_LIVENESS,
    FUZZ_PHASE_COUNT
};

/* What happened in a phase. */
struct fuzz_figures {
    uint64_t events;
    uint64_t time_us;
    uint64_t messages;  /* delivered */
    uint64_t blocks;    /* final */
    uint64_t envelopes; /* executed */
    uint64_t settled;   /* instructions */
    uint64_t starts;
    uint64_t stops;
    uint64_t evidence;
};

struct fuzz_verdict {
    enum fuzz_outcome outcome;
    char text[4096]; /* why it did not pass; empty if it did */
    uint64_t digest;
    struct fuzz_figures figures[FUZZ_PHASE_COUNT];
    uint64_t faults[FUZZ_FAULT_COUNT];        /* how often each class struck */
    uint64_t deeds[BYZANTINE_COUNT];          /* of Byzantine members, by kind */
    uint64_t done[WORKLOAD_COMMAND_KINDS];    /* commands of clients, by kind */
    uint64_t refused[WORKLOAD_COMMAND_KINDS]; /* likewise */
    uint64_t drafted;                         /* of those done: waited for a second person */
    uint64_t audits;                          /* of whole ledgers: every honest one's at the end */
};

/* The people of every schedule; the same ones always. NULL when memory is short. */
struct market *fuzz_schedule_market(void);
/* A market under the rules and at the genesis time of one schedule: with FUZZ_DESK people with
 * second persons, else the above; with FUZZ_DAY the day of T2S, shortly before the event. */
struct market *fuzz_schedule_market_of(const struct fuzz_options *options);

/* Runs a schedule; one with FUZZ_DAY or FUZZ_DESK in a market of its own instead. `canary`: one of
 * the checkers is told a lie, which it must notice: that of the ledger in schedules of even seeds
 * that have clients, else that of consensus. Lines go to `trace` unless it is NULL. */
void fuzz_schedule_run(const struct fuzz_options *options, const struct market *market, bool canary,
                       FILE *trace, struct fuzz_verdict *verdict);

/* The table of both phases, a line each; `figures` are FUZZ_PHASE_COUNT. */
void fuzz_figures_print(const struct fuzz_figures *figures, FILE *stream);

#endif
