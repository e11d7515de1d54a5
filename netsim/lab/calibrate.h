/*
 * netsim/lab/calibrate.h - measures on this machine what the cost model prices
 *
 * Problem. A simulated processor is worth as much as its prices: they must be measured on the real
 * code, on a machine that is named, and not believed when they cannot be right.
 *
 * Rule. Each price is the median of several rounds of processor time (for the disk: of elapsed
 * time) of the code that tallyd runs: libsodium's Ed25519, crypto/hash, the ledger, the store on
 * LevelDB, a TLS channel over loopback, and file_sync. Prices outside of what any machine of our
 * day can do are refused: a disk that syncs in a microsecond is none.
 *
 * Not deterministic, of course. Needs a directory to write to, on the disk in question.
 */
#ifndef TALLY_NETSIM_LAB_CALIBRATE_H
#define TALLY_NETSIM_LAB_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/assert.h"
#include "netsim/engine/cost_model.h"

/* Each measures its part and says so on `log`. False with a line on standard error. */
void calibrate_crypto(struct cost_model *costs, FILE *log);
void calibrate_ledger(struct cost_model *costs, FILE *log);
void calibrate_core(struct cost_model *costs, FILE *log);
TALLY_MUST_CHECK bool calibrate_channel(struct cost_model *costs, FILE *log);
void calibrate_threads(struct cost_model *costs, FILE *log);
/* The read model, in a file below the directory. */
TALLY_MUST_CHECK bool calibrate_list(struct cost_model *costs, const char *directory, FILE *log);
TALLY_MUST_CHECK bool calibrate_storage(struct cost_model *costs, const char *directory, FILE *log);

/* The first price that no machine can have, as a sentence; NULL when all are plausible. Static. */
const char *calibrate_doubt(const struct cost_model *costs);

/* Writes the file that [machine] costs names. */
void calibrate_write(const struct cost_model *costs, const char *machine, FILE *out);

/* Nanoseconds of processor time of this process. */
uint64_t calibrate_cpu_ns(void);
/* The median of an odd number of values, which are sorted. */
uint64_t calibrate_median(uint64_t *values, size_t count);

#endif
