/*
 * netsim/testbed/testbed_load.h - a load on real validators, and how long they take
 *
 * Problem. A client that waits for its answer before it sends again, or measures from when it got
 * around to sending, hides exactly the delays one wants to know ("coordinated omission").
 *
 * Rule. Envelopes are made and signed beforehand, and each has an instant at which it is to be
 * sent: at random or evenly at a rate (open loop). All times count from that instant, however late
 * the sending was. In a closed loop so many envelopes are kept under way, and times count from the
 * sending.
 *
 * When an envelope is executed is not asked for one by one, which would be more work for the nodes
 * than the settling: each node's heights are asked for every `poll_us`, and afterwards the height
 * of each envelope. An envelope of height h became known somewhere between the first status that
 * had reached h and the one before: the middle is taken.
 *
 * An envelope goes to the member that is its party's number modulo the members, as in workload.h.
 * Deals with a later part (release, cancellation, cure) are not for this.
 *
 * Source: G. Tene, "How NOT to Measure Latency", 2013 (coordinated omission).
 */
#ifndef TALLY_NETSIM_TESTBED_TESTBED_LOAD_H
#define TALLY_NETSIM_TESTBED_TESTBED_LOAD_H

#include "base/histogram.h"
#include "netsim/market/workload_source.h"
#include "netsim/testbed/testbed.h"

struct testbed_load_config {
    struct workload_source_config source;
    uint64_t per_s; /* instructions; 0: closed loop */
    bool even;
    uint32_t under_way; /* closed loop: envelopes */
    uint32_t warm_up_ms;
    uint32_t measure_ms;
    uint32_t poll_us;
};

struct testbed_load_results {
    uint64_t envelopes_sent; /* in the measured time, as are all below */
    uint64_t instructions_sent;
    uint64_t refused;  /* no answer, or another than "received" */
    uint64_t unknown;  /* sent, and not executed in the end */
    uint64_t executed; /* commands that the validators executed */
    uint64_t blocks;
    uint64_t measured_us;
    struct histogram received_us; /* "received" by the member */
    struct histogram executed_us;
    struct histogram certified_us;
    struct histogram late_us; /* sent after its instant by so much */
    struct testbed_processor used;
    uint64_t client_us; /* processor time of this program */
};

/* Opens the market, warms up, measures. False, with a line on stderr, when the validators do not
 * do their part. Large results: not for the stack. */
bool testbed_load_run(const struct testbed_load_config *config, struct testbed *testbed,
                      const struct market *market, struct testbed_load_results *out);

#endif
