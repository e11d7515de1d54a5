/*
 * netsim/check/watch.h - shows a simulation to the checker
 *
 * Problem. The checker must hear of everything that an honest member writes down, sends, holds and
 * hands out, in that order, and of nothing through the code that it checks.
 *
 * Rule. A watch is an observer of the simulation (observer.h). It takes journal records, messages,
 * batches and stored blocks apart with offsets of its own, and tells its checker (checker.h):
 *
 *     recorded, not durable     a vote was made; the block in a leader's record exists
 *     recorded, durable         the vote exists from now on
 *     sent by an honest host    the votes in it left: they must be durable
 *     sent by a Byzantine one   its blocks and batches exist
 *     batch_durable             who holds it; and its author, if honest, must have written it first
 *     committed, executed       the final block, the result
 *     evidence, alarm, mute     never about, or at, an honest member without cause
 *
 *     struct watch *watch = watch_new(simulation, &byzantine);
 *     ... run ...
 *     if (watch_violation(watch) != NULL) ...
 *
 * A member whose storage was damaged on purpose says so with watch_damaged(): it may be mute.
 */
#ifndef TALLY_NETSIM_CHECK_WATCH_H
#define TALLY_NETSIM_CHECK_WATCH_H

#include "netsim/check/checker.h"
#include "netsim/engine/simulation.h"

struct watch;

/* Adds itself to the observers; lives until watch_free, after which the simulation must not run on.
 * Members in `byzantine` may do anything. */
struct watch *watch_new(struct simulation *simulation, const struct member_set *byzantine);
void watch_free(struct watch *watch);

/* NULL while all is well. */
const char *watch_violation(const struct watch *watch);

/* A member's journal, batch log or store is about to be lost or damaged: from then on it may be
 * mute or halt, and what it held does not count. It still says nothing wrong. */
void watch_damaged(struct watch *watch, uint32_t member);
/* The same, and its journal will be gone for certain: from now on it never votes. */
void watch_journal_lost(struct watch *watch, uint32_t member);

/* An honest member ran out of room for unfinal views or blocks: too long without a final block. */
bool watch_exhausted(const struct watch *watch);
/* How many pieces of evidence honest members wrote down. */
uint64_t watch_evidence_count(const struct watch *watch);

/* Canary: from now on the checker is told a final block too low, which it must notice. */
void watch_lie(struct watch *watch);

#endif
