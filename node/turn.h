/*
 * node/turn.h - what a validator's core thread does with its inputs, in the order that keeps it
 * safe
 *
 * Problem. A vote that leaves before it is on disk, a batch that is named before it is kept, a
 * block that is called final before it can be read back: each of these loses something in a power
 * cut. The order of writing, syncing and sending is the heart of a driver, and must be testable
 * without threads, sockets and real disks.
 *
 * Rule. A turn is any number of events, then one flush:
 *
 *     events   each steps the replica; PERSIST records and batches are queued for their files;
 *              messages that wait for nothing leave; all else is kept back
 *     flush    1. the batch log is synced, if batches were queued and it is time
 *              2. the journal is synced, if a record may not wait, or a message waits for one;
 *                 beside 1 if no record but one vote, the last, rests on the batches, and no block
 *                 names an own one of them
 *              3. messages, batches and answers that waited for these leave
 *              4. final blocks go to the store in one synced write, with the journal's mark
 *              5. the replica hears that the journal is durable; if that makes new records, from 1
 *
 * So one sync of each file serves all the events of a turn (group commit). Others' batches alone
 * are synced at once only while no block is under way; else the next vote, send or commit takes
 * them along, since nothing rests on them before. What waits for the journal waits for them too.
 *
 * Records that may wait are what others have signed: a certificate goes to the disk with the next
 * vote, which rests on it, and the one that makes a block final stands in the store besides.
 *
 *     turn of a busy node              synced
 *     a batch of another member        nothing, until they are 1 MiB
 *     its own batch                    batch log
 *     NOTARIZE for a block             batch log and journal, side by side
 *     a proposal of its own batch      batch log, then journal, if the batch is not durable yet
 *     FINALIZATION of a block          the store
 *
 * The last own batch stays in memory, ready to be sent: as a rule it leaves right after its sync,
 * and who asks for it again asks soon. Others are read from the log.
 *
 * Full disk. When a sync finds no room, the replica is told, nothing that waited leaves, and
 * turn_recover() tries again; the owner calls it from time to time. A disk that fails in any other
 * way breaks the turn for good: the process has to end, and a restart is always safe.
 *
 * Inputs that are not deterministic: the time, the order of events, what the disk answers. All of
 * them come through the functions below, so a test decides them.
 *
 * One thread.
 */
#ifndef TALLY_NODE_TURN_H
#define TALLY_NODE_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "node/batch_log.h"
#include "node/journal.h"
#include "node/replica/replica.h"
#include "node/signature_workers.h"
#include "node/store.h"

/* What a turn writes. */
enum turn_file {
    TURN_JOURNAL,        /* a record */
    TURN_JOURNAL_BEFORE, /* a record of an earlier run, found when the journal was opened */
    TURN_BATCH_LOG,      /* a signed batch */
};

/* Where effects go. All are called on the turn's thread and borrow their pointers. */
struct turn_ports {
    void *context;
    /* A consensus message to validator `to`, or to all others if CONSENSUS_ALL. May drop it. */
    void (*send)(void *context, uint16_t to, enum consensus_class class, const uint8_t *bytes,
                 size_t size);
    /* Have a batch's content checked, then call turn_batch_checked(). Takes job->memory. */
    void (*check)(void *context, const struct signature_job *job);
    /* Blocks up to `height` are stored and may be executed. */
    void (*committed)(void *context, uint64_t height);
    /* What became of an envelope handed in with this ticket. */
    void (*answer)(void *context, uint64_t ticket, enum admission_answer answer);
    void (*evidence)(void *context, const uint8_t *bytes, size_t size);
    void (*alarm)(void *context, enum consensus_alarm code, uint16_t peer);

    /* For who watches the order of writing, syncing and sending; each may be NULL. */
    void (*written)(void *context, enum turn_file file, const uint8_t *bytes, size_t size);
    void (*synced)(void *context, enum turn_file file);
    void (*traced)(void *context, const struct consensus_effect *trace);
};

struct turn_config {
    struct replica *replica; /* borrowed, like all below */
    struct batch_log *batch_log;
    struct store *store;
    uint16_t validator_count;
    uint16_t self;
    uint64_t epoch;
    struct turn_ports ports;
};

struct turn_time {
    uint64_t now_ms; /* monotonic */
    uint64_t utc_ms;
};

enum turn_state {
    TURN_RUNNING = 0,
    TURN_PAUSED, /* no room on the disk: turn_recover() */
    TURN_BROKEN, /* the disk failed: end the process */
    TURN_HALTED, /* consensus stopped for good: turn_halt() says why */
};

struct turn;

/* NULL when memory is short. */
struct turn *turn_new(const struct turn_config *config);
void turn_free(struct turn *turn);

/*
 * Gives the journal to which records go from now on; borrowed. Without one (a mute node) records
 * are dropped and count as durable: such a node signs nothing.
 */
void turn_use_journal(struct turn *turn, struct journal *journal);

/* Takes one event. Its times are set from `time`; what it points to is borrowed. */
void turn_event(struct turn *turn, struct turn_time time, struct replica_event *event);

/*
 * As turn_event with a message of validator `from`, whose memory (from malloc) the turn takes: a
 * batch in it goes to its check as it stands, and nothing of it is copied.
 */
void turn_message(struct turn *turn, struct turn_time time, uint16_t from, uint8_t *message,
                  size_t size);

/* The verdict about a batch that went to `check`: it is queued for the log, then judged. */
void turn_batch_checked(struct turn *turn, struct turn_time time, const struct signature_job *job,
                        bool valid);

/* Ends a turn. */
enum turn_state turn_flush(struct turn *turn, struct turn_time time);

/* Stops voting and accepting, as if the disk were full; for an owner who sees it filling up. */
void turn_pause(struct turn *turn, struct turn_time time);

/* In state TURN_PAUSED: tries the syncs again and goes on if they succeed. */
enum turn_state turn_recover(struct turn *turn, struct turn_time time);

/* When the replica wants TIME. May be in the past. */
uint64_t turn_deadline_ms(const struct turn *turn);

/* Replaces the journal by one with only its live records, when it exceeds `bytes_max`. */
enum turn_state turn_rotate(struct turn *turn, uint64_t bytes_max);

/* What became of the turns so far; and the reason, if the core has halted. */
enum turn_state turn_state(const struct turn *turn);
enum consensus_halt turn_halt(const struct turn *turn);

/* The number of the last own batch that a stored final block orders; 0 before the first. */
uint64_t turn_own_cut(const struct turn *turn);

/* A sentence about what broke, for the log; empty while nothing did. */
const char *turn_fault(const struct turn *turn);

#endif
