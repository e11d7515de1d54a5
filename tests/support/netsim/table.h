/*
 * table.h: a handful of replicas at one table, with any protocol, over disks that are lists.
 *
 * The driver's duties of consensus/step.h are done at once and in order: what a step wants written
 * is durable after it, batches are valid, blocks are executed when they are stored. A block whose
 * batches are not stored must not be committed; that is asserted. Messages take
 * TABLE_DELAY_MS, or are lost. A host that holds its disk still (holds_disk) syncs nothing until
 * table_sync(), and a crash takes what was not synced.
 *
 *     struct table *table = table_open(&consensus_fixed_leader, 4);
 *     table_submit(table, 2);
 *     table_run(table, 500);
 *     assert_int_equal(table_height(table, 1), 1);
 *     table_close(table);
 */
#ifndef TALLY_TESTS_SUPPORT_NETSIM_TABLE_H
#define TALLY_TESTS_SUPPORT_NETSIM_TABLE_H

#include "base/prng.h"
#include "consensus/block.h"
#include "node/replica/replica.h"

enum {
    TABLE_HOSTS_MAX = 7,
    TABLE_DELAY_MS = 10,
    TABLE_LIST_MAX = 4096,
    TABLE_OWED_MAX = 512,
    TABLE_ENVELOPE_BYTES = 300
};

/* Bytes that the disk or the network has. */
struct table_bytes {
    uint8_t *data;
    size_t size;
};

struct table_batch {
    struct table_bytes bytes; /* signed batch */
    struct hash digest;
};

struct table_message {
    struct table_bytes bytes;
    uint64_t due_ms;
    uint64_t after_seq; /* while it is kept back */
    uint16_t from;
    uint16_t to;
};

struct table_block {
    struct table_bytes bytes; /* stored block */
    struct hash hash;
};

struct table;

struct table_host {
    struct table *table;
    uint16_t index;
    bool up;
    bool holds_disk;
    bool holds_execution; /* stored blocks wait; setting it back, and a step, lets them go */
    bool journal_lost;    /* the next start reports it */
    bool batch_log_lost;  /* the same */
    struct replica_config config;
    void *memory;
    struct replica *replica;
    uint64_t deadline_ms;

    struct table_bytes records[TABLE_LIST_MAX];
    uint32_t record_count;
    uint32_t record_durable_count;
    uint64_t persisted_seq;
    uint64_t durable_seq;
    struct table_batch batches[TABLE_LIST_MAX];
    uint32_t batch_count;
    uint32_t batch_durable_count;
    struct table_block blocks[TABLE_LIST_MAX]; /* index height - 1 */
    uint32_t block_count;
    uint32_t block_durable_count;
    uint32_t executed_count;
    bool lies_about_result; /* executes otherwise than the others from now on */

    struct table_message held[TABLE_LIST_MAX]; /* messages that wait for the disk */
    uint32_t held_count;
    struct consensus_event owed[TABLE_OWED_MAX];
    uint32_t owed_count;
    uint32_t alarm_count;
    uint32_t answered_count;
    enum consensus_halt halt;
};

struct table {
    uint16_t n;
    uint64_t now_ms;
    const struct consensus_protocol *protocol;
    struct public_key public_keys[TABLE_HOSTS_MAX];
    struct secret_key secret_keys[TABLE_HOSTS_MAX];
    struct table_host hosts[TABLE_HOSTS_MAX];
    struct table_message messages[TABLE_LIST_MAX]; /* a list in the order of sending */
    uint32_t message_count;
    uint32_t sent_count; /* messages, lost ones included */
    struct prng prng;
    uint32_t loss_permille;
    /* Loses a message if it says so; NULL: none. */
    bool (*loses)(const struct table *table, const struct table_message *message);
    uint32_t submitted_count;
};

/* All hosts are up, with new journals. */
struct table *table_open(const struct consensus_protocol *protocol, uint16_t n);
void table_close(struct table *table);

/* A client hands one envelope to a host. */
void table_submit(struct table *table, uint16_t host);

/* Lets time pass. */
void table_run(struct table *table, uint64_t ms);

/* A message arrives now, out of nowhere; one consensus event happens now. */
void table_receive(struct table *table, uint16_t host, uint16_t from, const void *bytes,
                   size_t size);
void table_event(struct table *table, uint16_t host, struct consensus_event event);

/* What a host's disk holds back becomes durable. */
void table_sync(struct table *table, uint16_t host);

/* Stops a host, and starts it with what was durable. */
void table_crash(struct table *table, uint16_t host);
void table_restart(struct table *table, uint16_t host);

/* The height of the last block that a host stored; how many batches its blocks order. */
uint64_t table_height(const struct table *table, uint16_t host);
uint64_t table_ordered(const struct table *table, uint16_t host);

/* Whether two hosts have the same blocks, as far as both go. */
bool table_agrees(const struct table *table, uint16_t a, uint16_t b);

/* A host's stored block, taken apart. */
void table_block(const struct table *table, uint16_t host, uint64_t height,
                 struct stored_block *out);

#endif
