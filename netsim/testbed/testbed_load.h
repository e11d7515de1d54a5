/*
 * netsim/testbed/testbed_load.h - a load on real validators, and how long they take
 *
 * Problem. A client that waits for its answer before it sends again, or measures from when it got
 * around to sending, hides exactly the delays one wants to know ("coordinated omission").
 *
 * Rule. A load opens the market once; then stretches of business follow each other on the same
 * validators, each measured by itself. Envelopes are made and signed before their stretch begins,
 * and each has an instant at which it is to be sent: at random or evenly, at a rate that may change
 * with time (open loop). All times count from that instant, however late the sending was. In a
 * closed loop so many envelopes are kept under way, and times count from the sending: this finds
 * the highest rate, and says nothing about latency. It is measured only while there are envelopes:
 * if those made beforehand do not last, the measured time ends with the last of them, and the
 * results say so. Every envelope that was due counts, also one that was sent too late, refused or
 * lost: as long as was waited for it.
 *
 *     load = testbed_load_open(&config, testbed, market);
 *     testbed_load_run(load, &closed, results);      what they do at most
 *     testbed_load_run(load, &open_half, results);   how long it takes at half of it
 *     testbed_load_close(load);
 *
 * Heights are those that one validator shows, the *observer* (testbed_sightings.h). An envelope
 * goes to the member that is its party's number modulo the members; clients of the avoided member
 * turn to the next one.
 *
 * Source: G. Tene, "How NOT to Measure Latency", 2013 (coordinated omission).
 */
#ifndef TALLY_NETSIM_TESTBED_TESTBED_LOAD_H
#define TALLY_NETSIM_TESTBED_TESTBED_LOAD_H

#include "base/histogram.h"
#include "netsim/market/arrivals.h"
#include "netsim/market/workload_source.h"
#include "netsim/testbed/testbed.h"
#include "netsim/testbed/testbed_sightings.h"
#include "netsim/testbed/testbed_usage.h"

enum {
    TESTBED_NOBODY = UINT16_MAX
};

struct testbed_load_config {
    struct workload_source_config source; /* instructions at most: of all stretches together */
    uint32_t poll_us;
    uint16_t avoided;            /* a member that no client turns to, or TESTBED_NOBODY */
    uint16_t duplicate_permille; /* envelopes that are handed in at a second member, too */
    bool later_parts;            /* releases, cancellations and cures are made and handed in */
};

/* Called between sendings, at least every few milliseconds, with the time since the first. */
typedef void testbed_load_tick(void *context, uint64_t passed_us);

struct testbed_load_stretch {
    uint64_t per_s;                      /* instructions; 0: closed loop, unless there are points */
    const struct workload_point *points; /* rates from the first sending on, or NULL */
    uint32_t point_count;
    bool even;
    uint32_t under_way;        /* closed loop: envelopes */
    uint32_t instructions_max; /* closed loop: made beforehand, beside what was left over */
    uint32_t warm_up_ms;
    uint32_t measure_ms;
    testbed_load_tick *tick; /* or NULL */
    void *tick_context;
};

/* All of the measured time. */
struct testbed_load_results {
    uint64_t envelopes_sent;
    uint64_t instructions_sent;
    uint64_t bytes_sent; /* of envelopes */
    uint64_t refused;    /* envelopes without an answer, or with another than "received" */
    uint64_t unknown;    /* received, and not executed in the end */
    uint64_t unsent;     /* due, and could not be sent; they count as waited for to the end */
    bool envelopes_out;  /* fewer were made than could be sent: a closed loop ended early */
    uint64_t measured_us;
    struct testbed_progress progress;
    struct histogram received_us; /* "received" by the member */
    struct histogram stage_us[TESTBED_STAGES];
    struct histogram late_us; /* sent after its instant by so much */
    struct testbed_usage used;
    uint64_t client_us;    /* processor time of this program */
    uint32_t sampled;      /* deals whose settlement was asked for, with proof, and */
    uint32_t sampled_well; /* those proven to be settled */
};

struct testbed_load;

/* Connects and opens the market. NULL, with a line on stderr, when the validators do not do their
 * part. Borrows testbed and market. */
struct testbed_load *testbed_load_open(const struct testbed_load_config *config,
                                       struct testbed *testbed, const struct market *market);
/* Ends the connections and frees. Accepts NULL. */
void testbed_load_close(struct testbed_load *load);

/* Warms up, measures, waits until what was sent is executed. False, with a line on stderr, when the
 * validators do not do their part. Large results: not for the stack. */
bool testbed_load_run(struct testbed_load *load, const struct testbed_load_stretch *stretch,
                      struct testbed_load_results *out);

/* Asks for the receipts of so many deals of the last stretch, verifies them against the genesis,
 * and fills the two figures in. For a business in which all deals settle. */
void testbed_load_sample(struct testbed_load *load, uint32_t count,
                         struct testbed_load_results *out);

#endif
