/*
 * node/service.h - what a node does for its clients
 *
 * Problem. Clients hand in envelopes and ask what became of them; many at once, from threads that
 * the core must not wait for, and each only about what concerns it.
 *
 * Rule. Every request is judged by the channel's key (asker.h) and its rate (rate_limit.h). Three
 * ways lead to an answer:
 *
 *     at once      lists, roots, status, outcomes that are not certified yet
 *     by ticket    SUBMIT: the signature is verified along with others' (intake.h), and the core
 *                  answers when the batch that holds the envelope is durable
 *     held         point reads and receipts: the proof is taken at once, and leaves when a final
 *                  header certifies the height it leads to; so the age of what is shown is
 *                  known, and the answer is never newer than what a quorum signed
 *
 * A held answer is tried again after every executed block (held_readings.h), and given up with
 * NO_PROOF after SERVICE_HOLD_MS. Tables of tickets and held answers are bounded; beyond that the
 * answer is BUSY.
 *
 * service_message() runs on the channels' threads, service_executed() on the executor's,
 * service_answer() on the core's, and within the service where the core has no room.
 */
#ifndef TALLY_NODE_SERVICE_H
#define TALLY_NODE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/genesis.h"
#include "node/alarm.h"
#include "node/core_thread.h"
#include "node/executor_thread.h"
#include "node/progress.h"
#include "node/prover.h"
#include "node/transport.h"
#include "node/verified_set.h"

#define SERVICE_HOLD_MS          10000u
#define SERVICE_TICKETS_MAX      8192u
#define SERVICE_RATE_PER_SECOND  2000u
#define SERVICE_RATE_BURST       4000u
#define SERVICE_INTAKE_COUNT     4096u
#define SERVICE_INTAKE_BYTES     (32u << 20)
#define SERVICE_INTAKE_QUIET_US  10000u
#define SERVICE_INTAKE_GATHER_MS 2u

struct service;

struct service_config {
    const struct genesis *genesis; /* borrowed, like all here */
    uint16_t self;
    struct prover prover;
    struct progress *progress;
    struct alarm_board *alarms;
    struct verified_set *verified;
    const char *read_model_path; /* NULL: no lists */
};

/* NULL when memory or threads are short. Copies the configuration; borrows what it points to. */
struct service *service_new(const struct service_config *config);
/* Ends its thread; no more messages may come, and the core must still be there. Accepts NULL. */
void service_stop(struct service *service);
void service_free(struct service *service);

/* Whom the service talks to; set once, before the first message. */
void service_connect(struct service *service, struct core_thread *core,
                     struct executor_thread *executor, struct transport *transport);

/* May this channel key connect? */
bool service_allows(struct service *service, const struct public_key *key);

/* A request's bytes. False: offer it again later. */
bool service_message(struct service *service, uint64_t channel, const struct public_key *key,
                     const uint8_t *data, size_t size);

/* The core's answer to a ticket. */
void service_answer(struct service *service, uint64_t ticket, enum admission_answer answer);

/* A block was executed. */
void service_executed(struct service *service, const struct execution_done *done);

#endif
