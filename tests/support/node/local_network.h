/*
 * local_network.h: validators with their drivers in one process, over disks that fail on purpose.
 *
 * Each validator is what tallyd runs, turn, recovery, execution and checkpoints included, without
 * threads and sockets: the network is a list of messages with a delay, time is a counter, files lie
 * on a disk and the store in a memory_store. A validator whose storage crashes is dead until
 * it is started again with what survived.
 *
 * Whenever a validator starts again, what it had promised is looked for on its disk: each vote that
 * left it must be in the journal, each own batch that left it in the batch log, each height that it
 * called final in the store. What is missing there is a broken promise, and asserts. Votes at or
 * below the last final view may be missing once the journal was rotated: they cannot matter again.
 * And no vote or batch leaves, no block is committed and nobody is told of anything received, while
 * a batch that was written before is not synced.
 *
 *     local_network_open(&network, 4, seed, &genesis);
 *     local_network_submit(&network, 0, bytes, size);
 *     local_network_run(&network, 500);
 *     local_network_close(&network);
 *
 * Everything follows from the seed and the calls. One thread.
 */
#ifndef TALLY_TESTS_SUPPORT_NODE_LOCAL_NETWORK_H
#define TALLY_TESTS_SUPPORT_NODE_LOCAL_NETWORK_H

#include "netsim/engine/disk.h"
#include "netsim/engine/memory_store.h"
#include "node/execution.h"
#include "node/recovery.h"

enum {
    LOCAL_NODES_MAX = 7,
    LOCAL_DELAY_MS = 1,
    LOCAL_BACKUP_FILES = 8,
};

struct local_message {
    uint64_t due_ms;
    uint16_t from;
    uint16_t to;
    uint8_t *bytes;
    size_t size;
    struct local_message *next;
};

/* A vote or a batch that left a validator: what its disk must still know after any crash. */
struct local_promise {
    uint8_t kind;  /* enum vote_kind */
    uint64_t view; /* of a batch: its lane_seq */
    struct hash hash;
    bool kept; /* found again after the last restart */
};

struct local_network;

struct local_node {
    struct local_network *network;
    uint16_t index;
    bool alive;
    struct disk *disk;
    struct memory_store *memory;

    struct store *store;
    struct batch_log *batch_log;
    struct executor *executor;
    void *executor_memory;
    void *replica_memory;
    struct replica_config replica_config;
    struct recovered recovered;
    struct execution *execution;
    struct batch_identifiers *identifiers;

    struct signature_job jobs[256]; /* batches in check */
    uint32_t job_count;
    const uint8_t *message;    /* the one that its turn takes now */
    uint32_t checks_in_place;  /* batches checked in the memory of their message */
    uint32_t checks_of_copies; /* and elsewhere */
    struct local_promise *promises;
    size_t promise_count;
    uint64_t committed_height;
    uint64_t checkpoint_height; /* of the last one that it took */
    uint32_t unsynced_batch_count;
    uint64_t journal_sync_count;
    bool rotated;         /* its journal, at least once */
    uint64_t answers[16]; /* by enum admission_answer */
    uint32_t alarm_count;
    uint32_t evidence_count;
    uint32_t start_count;
    bool start_fails; /* a fault is planned for this start: promises are looked for at the next */
};

struct local_network {
    uint16_t count;
    uint64_t now_ms;
    const struct ledger_genesis *genesis; /* borrowed */
    const struct consensus_protocol *protocol;
    struct secret_key secrets[LOCAL_NODES_MAX];
    struct public_key keys[LOCAL_NODES_MAX];
    struct local_node nodes[LOCAL_NODES_MAX];
    struct local_message *first;
    struct local_message **last;
    uint64_t checkpoint_bytes;
    uint64_t journal_bytes; /* the journal is rotated above this */
    uint16_t cut_off;       /* messages to and from it are lost; LOCAL_NODES_MAX: nobody */
};

/* Makes and starts all validators, for the first time. Borrows the genesis. They run Simplex, or
 * the protocol named. */
void local_network_open(struct local_network *network, uint16_t count, uint64_t seed,
                        const struct ledger_genesis *genesis);
void local_network_open_with(struct local_network *network, uint16_t count, uint64_t seed,
                             const struct ledger_genesis *genesis,
                             const struct consensus_protocol *protocol);
void local_network_close(struct local_network *network);

/* Lets time pass. Validators whose storage crashes on the way are dead afterwards. */
void local_network_run(struct local_network *network, uint64_t ms);

/* Hands an envelope in; false when the validator is dead. */
bool local_network_submit(struct local_network *network, uint16_t node, const uint8_t *envelope,
                          size_t size);

/* Cuts the power of a validator, and starts it again with what its disk kept. */
void local_node_crash(struct local_node *node);
void local_node_start(struct local_node *node, bool first_start);

/* What happens to disks: the journal's files are gone; everything is gone. pre: crashed. */
void local_node_lose_journal(struct local_node *node);
void local_node_wipe(struct local_node *node);

/* A copy of the journal's files, and putting it back where they are now. */
struct local_backup {
    char names[LOCAL_BACKUP_FILES][64];
    uint8_t *bytes[LOCAL_BACKUP_FILES];
    size_t sizes[LOCAL_BACKUP_FILES];
    unsigned count;
};
void local_node_back_up_journal(struct local_node *node, struct local_backup *backup);
/* Frees the copy. pre: crashed. */
void local_node_restore_journal(struct local_node *node, struct local_backup *backup);

/* The ledger of a living validator, between two blocks. */
const struct ledger *local_node_ledger(const struct local_node *node);

#endif
