#include "netsim/engine/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/prng.h"

enum {
    CLASSES = 2,
    NS_PER_US = 1000,
};

/* A packet that waits for its uplink, or is passing it. */
struct transfer {
    struct transfer *next;
    struct packet *packet;
    uint64_t left_ns; /* 0: not begun */
    uint32_t to;
    enum consensus_class class;
};

struct uplink {
    struct transfer *first[CLASSES]; /* votes, bulk */
    struct transfer **last[CLASSES];
    uint64_t queued_bytes[CLASSES];
    struct transfer *current; /* in neither queue */
    uint64_t begin_ns;        /* of the current one */
    uint64_t end_ns;          /* of it, or of the one before */
    uint64_t generation;      /* which end of transfer counts */
    uint32_t permille;        /* of the bandwidth that is left */
};

struct network {
    struct network_config config;
    struct event_queue *queue;
    struct prng prng;
    uint32_t host_count;
    network_deliver *deliver;
    void *deliver_context;
    network_filter *filter;
    void *filter_context;
    struct uplink *uplinks;
    struct transfer *spare;
    bool *cut;            /* host_count x host_count */
    uint64_t *arrival_us; /* of the last message; host_count x host_count x CLASSES */
    uint32_t *delay_us;   /* of each host */
    struct network_counts counts;
};

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    TALLY_ASSERT(memory != NULL);
    return memory;
}

struct network *network_new(const struct network_config *config, struct event_queue *queue,
                            uint32_t host_count, uint64_t seed, network_deliver *deliver,
                            void *context)
{
    TALLY_ASSERT(host_count > 0 && deliver != NULL);
    struct network *network = zeroed(1, sizeof *network);
    size_t pairs = (size_t)host_count * host_count;
    network->config = *config;
    network->queue = queue;
    network->host_count = host_count;
    network->deliver = deliver;
    network->deliver_context = context;
    network->uplinks = zeroed(host_count, sizeof *network->uplinks);
    network->cut = zeroed(pairs, sizeof *network->cut);
    network->arrival_us = zeroed(pairs * CLASSES, sizeof *network->arrival_us);
    network->delay_us = zeroed(host_count, sizeof *network->delay_us);
    prng_init(&network->prng, seed);
    for (uint32_t i = 0; i < host_count; i++) {
        struct uplink *uplink = &network->uplinks[i];
        uplink->permille = 1000;
        uplink->last[0] = &uplink->first[0];
        uplink->last[1] = &uplink->first[1];
    }
    return network;
}

static void transfers_free(struct transfer *first)
{
    while (first != NULL) {
        struct transfer *next = first->next;
        if (first->packet != NULL) {
            packet_release(first->packet);
        }
        free(first);
        first = next;
    }
}

void network_free(struct network *network)
{
    for (uint32_t i = 0; i < network->host_count; i++) {
        transfers_free(network->uplinks[i].first[0]);
        transfers_free(network->uplinks[i].first[1]);
        transfers_free(network->uplinks[i].current);
    }
    transfers_free(network->spare);
    free(network->uplinks);
    free(network->cut);
    free(network->arrival_us);
    free(network->delay_us);
    free(network);
}

/* ---- Between the uplink and the receiver --------------------------------------------------- */

static size_t pair_of(const struct network *network, uint32_t from, uint32_t to)
{
    TALLY_ASSERT(from < network->host_count && to < network->host_count);
    return (size_t)from * network->host_count + to;
}

static unsigned queue_of(enum consensus_class class)
{
    return class == CONSENSUS_CLASS_VOTE ? 0 : 1;
}

static void arrive(void *context, const struct queue_event *event)
{
    struct network *network = context;
    struct packet *packet = event->pointer;
    network->counts.delivered++;
    network->deliver(network->deliver_context, (uint32_t)event->number, event->place,
                     (enum consensus_class)event->other, packet);
    packet_release(packet);
}

static uint64_t delay_draw(struct network *network, uint32_t from, uint32_t to)
{
    const struct network_config *config = &network->config;
    uint64_t delay_us = config->latency_us != NULL ? config->latency_us[pair_of(network, from, to)]
                                                   : config->base_latency_us;
    delay_us += (uint64_t)network->delay_us[from] + network->delay_us[to];
    if (config->jitter_us > 0) {
        delay_us += prng_below(&network->prng, (uint64_t)config->jitter_us + 1);
    }
    if (config->straggler_permille > 0 &&
        prng_chance(&network->prng, config->straggler_permille, 1000)) {
        delay_us += config->straggler_us;
    }
    return delay_us;
}

static void propagate_one(struct network *network, uint32_t from, uint32_t to,
                          enum consensus_class class, struct packet *packet)
{
    uint64_t arrival_us = event_queue_now_us(network->queue) + delay_draw(network, from, to);
    uint64_t *last_us =
        &network->arrival_us[pair_of(network, from, to) * CLASSES + queue_of(class)];
    if (!network->config.reorder) {
        arrival_us = arrival_us < *last_us ? *last_us : arrival_us;
        *last_us = arrival_us;
    }
    event_queue_add(network->queue, &(struct queue_event){
                                        .time_us = arrival_us,
                                        .kind = QUEUE_DELIVERY,
                                        .place = to,
                                        .number = from,
                                        .other = (uint64_t) class,
                                        .pointer = packet_hold(packet),
                                        .print = packet->digest,
                                        .run = arrive,
                                        .context = network,
                                    });
}

/* A message is through its uplink: what becomes of it now. */
static void propagate(struct network *network, uint32_t from, uint32_t to,
                      enum consensus_class class, struct packet *packet)
{
    const struct network_config *config = &network->config;
    if (network->cut[pair_of(network, from, to)]) {
        network->counts.cut++;
        return;
    }
    if (config->loss_permille > 0 && prng_chance(&network->prng, config->loss_permille, 1000)) {
        network->counts.lost++;
        return;
    }
    propagate_one(network, from, to, class, packet);
    if (config->duplicate_permille > 0 &&
        prng_chance(&network->prng, config->duplicate_permille, 1000)) {
        network->counts.duplicated++;
        propagate_one(network, from, to, class, packet);
    }
}

/* ---- The uplinks --------------------------------------------------------------------------- */

static void uplink_ended(void *context, const struct queue_event *event);

static uint64_t transfer_ns(const struct network *network, const struct uplink *uplink,
                            uint64_t size)
{
    uint64_t rate = network->config.uplink_bytes_per_s / 1000 * uplink->permille;
    rate += network->config.uplink_bytes_per_s % 1000 * uplink->permille / 1000;
    rate = rate == 0 ? 1 : rate;
    uint64_t seconds = size / rate;
    uint64_t rest = size % rate * UINT64_C(1000000000);
    return seconds * UINT64_C(1000000000) + (rest + rate - 1) / rate;
}

/* Begins the next transfer, if one waits. */
static void uplink_begin(struct network *network, uint32_t host)
{
    struct uplink *uplink = &network->uplinks[host];
    unsigned queue = uplink->first[0] != NULL ? 0 : 1;
    struct transfer *transfer = uplink->first[queue];
    if (uplink->current != NULL || transfer == NULL) {
        return;
    }
    uplink->first[queue] = transfer->next;
    if (uplink->first[queue] == NULL) {
        uplink->last[queue] = &uplink->first[queue];
    }
    transfer->next = NULL;
    uint64_t now_ns = event_queue_now_us(network->queue) * NS_PER_US;
    bool at_once = uplink->end_ns + NS_PER_US > now_ns; /* the one before ended just now */
    if (transfer->left_ns == 0) {
        transfer->left_ns = transfer_ns(network, uplink, transfer->packet->size);
    }
    uplink->current = transfer;
    uplink->begin_ns = at_once && uplink->end_ns > 0 ? uplink->end_ns : now_ns;
    uplink->end_ns = uplink->begin_ns + transfer->left_ns;
    uplink->generation++;
    uint64_t end_us = (uplink->end_ns + NS_PER_US - 1) / NS_PER_US;
    event_queue_add(network->queue,
                    &(struct queue_event){
                        .time_us = end_us * NS_PER_US < now_ns ? now_ns / NS_PER_US : end_us,
                        .kind = QUEUE_UPLINK,
                        .place = host,
                        .number = uplink->generation,
                        .run = uplink_ended,
                        .context = network,
                    });
}

static void uplink_ended(void *context, const struct queue_event *event)
{
    struct network *network = context;
    struct uplink *uplink = &network->uplinks[event->place];
    struct transfer *transfer = uplink->current;
    if (event->number != uplink->generation || transfer == NULL) {
        return; /* it was interrupted meanwhile */
    }
    uplink->current = NULL;
    uplink->queued_bytes[queue_of(transfer->class)] -= transfer->packet->size;
    propagate(network, event->place, transfer->to, transfer->class, transfer->packet);
    packet_release(transfer->packet);
    transfer->packet = NULL;
    transfer->next = network->spare;
    network->spare = transfer;
    uplink_begin(network, event->place);
}

/* A vote has come: bulk under way waits, and goes on afterwards where it was. */
static void uplink_interrupt(struct network *network, struct uplink *uplink)
{
    struct transfer *transfer = uplink->current;
    if (transfer == NULL || queue_of(transfer->class) == 0) {
        return;
    }
    uint64_t now_ns = event_queue_now_us(network->queue) * NS_PER_US;
    now_ns = now_ns < uplink->begin_ns ? uplink->begin_ns : now_ns;
    uint64_t done_ns = now_ns - uplink->begin_ns;
    transfer->left_ns = done_ns < transfer->left_ns ? transfer->left_ns - done_ns : 1;
    transfer->next = uplink->first[1];
    uplink->first[1] = transfer;
    if (transfer->next == NULL) {
        uplink->last[1] = &transfer->next;
    }
    uplink->current = NULL;
    uplink->generation++;
    uplink->end_ns = now_ns;
}

static void uplink_add(struct network *network, uint32_t from, uint32_t to,
                       enum consensus_class class, struct packet *packet)
{
    struct uplink *uplink = &network->uplinks[from];
    unsigned queue = queue_of(class);
    uint64_t bytes_max = network->config.queue_bytes_max;
    if (bytes_max > 0 && uplink->queued_bytes[queue] + packet->size > bytes_max) {
        network->counts.overflow++;
        return;
    }
    struct transfer *transfer = network->spare;
    if (transfer != NULL) {
        network->spare = transfer->next;
    } else {
        transfer = zeroed(1, sizeof *transfer);
    }
    *transfer = (struct transfer){.packet = packet_hold(packet), .to = to, .class = class};
    uplink->queued_bytes[queue] += packet->size;
    *uplink->last[queue] = transfer;
    uplink->last[queue] = &transfer->next;
    if (queue == 0) {
        uplink_interrupt(network, uplink);
    }
    uplink_begin(network, from);
}

void network_send(struct network *network, uint32_t from, uint32_t to, enum consensus_class class,
                  struct packet *packet)
{
    TALLY_ASSERT(from != to);
    if (network->filter != NULL &&
        !network->filter(network->filter_context, from, to, packet->bytes, packet->size)) {
        return;
    }
    network->counts.sent++;
    network->counts.bytes += packet->size;
    if (network->config.uplink_bytes_per_s == 0) {
        propagate(network, from, to, class, packet);
    } else {
        uplink_add(network, from, to, class, packet);
    }
}

/* ---- Changes on the way -------------------------------------------------------------------- */

struct network_config *network_settings(struct network *network)
{
    return &network->config;
}

void network_cut(struct network *network, uint32_t from, uint32_t to, bool cut)
{
    network->cut[pair_of(network, from, to)] = cut;
}

void network_heal(struct network *network)
{
    memset(network->cut, 0,
           (size_t)network->host_count * network->host_count * sizeof *network->cut);
}

void network_delay(struct network *network, uint32_t host, uint32_t extra_us)
{
    TALLY_ASSERT(host < network->host_count);
    network->delay_us[host] = extra_us;
}

void network_throttle(struct network *network, uint32_t host, uint32_t permille)
{
    TALLY_ASSERT(host < network->host_count && permille <= 1000);
    network->uplinks[host].permille = permille;
}

void network_filter_set(struct network *network, network_filter *filter, void *context)
{
    network->filter = filter;
    network->filter_context = context;
}

void network_counts_read(const struct network *network, struct network_counts *counts)
{
    *counts = network->counts;
}

uint64_t network_queued_bytes(const struct network *network, uint32_t host)
{
    TALLY_ASSERT(host < network->host_count);
    const struct uplink *uplink = &network->uplinks[host];
    return uplink->queued_bytes[0] + uplink->queued_bytes[1];
}
