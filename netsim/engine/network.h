/*
 * netsim/engine/network.h - how long a message takes, and whether it arrives
 *
 * Problem. A laboratory wants a network like that between real sites: latency by region, bandwidth,
 * order kept within a connection. A test wants the opposite: everything that may go wrong.
 *
 * Rule. Each host has an uplink of a given bandwidth with two queues: votes overtake bulk, as in
 * tallyd. Behind it every pair of hosts has a one-way latency, plus jitter. Messages of one class
 * between two hosts keep their order, unless `reorder` is on. Then come chance and faults: loss,
 * duplication, parts that cannot talk. A message to a member goes to all its hosts, each with a
 * send of its own; a filter may part them.
 *
 *     host 0 --[uplink 1 Gbit/s]--+-- 12.4 ms + jitter --> host 1
 *
 * Packets of a vote go between those of a large message, so a vote interrupts it: 1 MiB of bulk at
 * 8 Mbit/s takes 1.05 s; a vote of 125 bytes that comes meanwhile is out 125 us later, and the bulk
 * 125 us later than it would have been.
 *
 * All quantities may be changed while the simulation runs; messages under way are not affected.
 */
#ifndef TALLY_NETSIM_ENGINE_NETWORK_H
#define TALLY_NETSIM_ENGINE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consensus/step.h"
#include "netsim/engine/event_queue.h"
#include "netsim/engine/packet.h"

struct network_config {
    const uint32_t *latency_us; /* one-way, host_count x host_count by row; borrowed; NULL: base */
    uint32_t base_latency_us;
    uint32_t jitter_us;          /* evenly between 0 and this */
    uint32_t straggler_permille; /* this many messages take straggler_us more */
    uint32_t straggler_us;
    uint64_t uplink_bytes_per_s; /* of each host; 0: unlimited */
    uint64_t queue_bytes_max;    /* of each uplink queue; beyond, messages are dropped; 0: none */
    bool reorder;
    uint32_t loss_permille;
    uint32_t duplicate_permille;
};

struct network;

/* A packet arrives. The receiver holds it if it wants to keep it. */
typedef void network_deliver(void *context, uint32_t from, uint32_t to, enum consensus_class class,
                             struct packet *packet);

/* Copies the config, borrows the queue and the latencies. */
struct network *network_new(const struct network_config *config, struct event_queue *queue,
                            uint32_t host_count, uint64_t seed, network_deliver *deliver,
                            void *context);
/* Frees it with what waits for its uplinks; what is on its way belongs to the queue. */
void network_free(struct network *network);

/* A packet leaves one host for another now; held here for as long as it is under way. */
void network_send(struct network *network, uint32_t from, uint32_t to, enum consensus_class class,
                  struct packet *packet);

/* The settings, for changes at any time. */
struct network_config *network_settings(struct network *network);

/* One direction between two hosts. */
void network_cut(struct network *network, uint32_t from, uint32_t to, bool cut);
void network_heal(struct network *network); /* undoes every cut */
/* Adds this to the latency of everything from and to a host; 0 ends it. */
void network_delay(struct network *network, uint32_t host, uint32_t extra_us);
/* This much of the uplink bandwidth is left to a host; 1000 is all. */
void network_throttle(struct network *network, uint32_t host, uint32_t permille);
/* Drops messages for which the filter returns false; NULL: none. For directed cases. */
typedef bool network_filter(void *context, uint32_t from, uint32_t to, const uint8_t *bytes,
                            size_t size);
void network_filter_set(struct network *network, network_filter *filter, void *context);

struct network_counts {
    uint64_t sent;
    uint64_t delivered;
    uint64_t lost;
    uint64_t duplicated;
    uint64_t cut;      /* by a partition */
    uint64_t overflow; /* an uplink queue was full */
    uint64_t bytes;
};
void network_counts_read(const struct network *network, struct network_counts *counts);
/* What waits for the uplink of a host. */
uint64_t network_queued_bytes(const struct network *network, uint32_t host);

#endif
