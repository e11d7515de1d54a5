/*
 * node/recovery.h - a validator as its files remember it
 *
 * Rule. In this order, since each step rests on the one before:
 *
 *     1. the last final blocks of the store        RESTORE_FINAL
 *     2. the batches above the last final cut      RESTORE_BATCH
 *     3. every record of the journal               RESTORE_RECORD
 *     4. START
 *     5. the results that the ledger has           EXECUTED
 *
 * A journal that is missing, damaged, foreign or older than the store makes the node mute: it
 * starts without one and never votes. The only journal made here is that of a first start, on the
 * operator's word and with an empty store; a disk that was wiped must not look like a new node.
 *
 *     store      journal    operator says      result
 *     empty      missing    first start        a new journal
 *     empty      missing    nothing            mute: perhaps this key has voted before
 *     any        whole      anything           the journal is replayed
 *     any        damaged    anything           mute
 */
#ifndef TALLY_NODE_RECOVERY_H
#define TALLY_NODE_RECOVERY_H

#include <stdbool.h>

#include "base/assert.h"
#include "host/file.h"
#include "node/batch_log.h"
#include "node/journal.h"
#include "node/replica/executor.h"
#include "node/replica/replica.h"
#include "node/store.h"
#include "node/turn.h"

struct recovery_config {
    const struct file_system *system;
    const char *journal_directory;
    struct store *store;
    struct batch_log *batch_log;
    const struct ledger *ledger; /* restored as far as its checkpoint goes */
    const struct replica_config *replica;
    void *replica_memory;  /* of replica_footprint() bytes */
    struct public_key key; /* the validator's, public */
    struct turn_ports ports;
    bool first_start;
    struct turn_time time;
};

/* What was made. The caller frees the turn, then closes the journal. */
struct recovered {
    struct replica *replica;
    struct turn *turn;
    struct journal *journal;            /* NULL: mute */
    enum journal_status journal_status; /* why, if mute */
    uint64_t final_height;
    uint64_t record_count;
    uint64_t batch_count;
};

enum recovery_result {
    RECOVERY_OK = 0,
    RECOVERY_MEMORY,
    RECOVERY_STORE,          /* a stored block cannot be read */
    RECOVERY_BATCH_LOG,      /* a batch cannot be read: the disk failed */
    RECOVERY_JOURNAL_LOCKED, /* another process runs with this directory */
    RECOVERY_JOURNAL_IO,     /* the disk failed, or is full, while a journal was made */
};

/* Brings a node back to where its disk says it was. Run once, before any thread starts. */
TALLY_MUST_CHECK enum recovery_result recovery_run(const struct recovery_config *config,
                                                   struct recovered *out);

/* A sentence for the log and the operator. Never NULL. */
const char *recovery_result_text(enum recovery_result result);

#endif
