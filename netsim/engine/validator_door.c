/* What comes in and goes out of a simulated validator: see validator_inside.h. */
#include "base/assert.h"
#include "netsim/engine/validator_inside.h"

enum {
    /* Threads that a message passes in tallyd: out, the session's writer and a task of the network
     * library; in, its poller, a task, and the session's reader. Each waits for a core anew. */
    HOPS_OUT = 2,
    HOPS_IN = 3
};

/* ---- Channels ------------------------------------------------------------------------------ */

static bool channels_cost(const struct validator *validator)
{
    const struct cost_model *costs = &validator->config->costs;
    return costs->channel_message_ns > 0 || costs->channel_kib_ns > 0 || costs->submit_ns > 0;
}

/* To every host that has the member's key; hosts beyond the members are twins. */
static void route(struct validator *validator, uint32_t to, enum consensus_class class,
                  struct packet *packet)
{
    uint32_t host_count = simulation_host_count(validator->simulation);
    uint32_t member_count = validator->config->member_count;
    if (to != validator->host) {
        network_send(validator->network, validator->host, to, class, packet);
    }
    for (uint32_t twin = member_count; twin < host_count; twin++) {
        if (simulation_member_of(member_count, twin) == to && twin != validator->host) {
            network_send(validator->network, validator->host, twin, class, packet);
        }
    }
}

static void hear(struct validator *validator, uint32_t from_host, enum consensus_class class,
                 struct packet *packet)
{
    uint32_t from = validator_member(simulation_validator(validator->simulation, from_host));
    OBSERVERS_TELL(validator->observers, delivered, validator->host, from, packet->bytes,
                   packet->size);
    if (validator->has_gate && validator->gate.receive != NULL &&
        !validator->gate.receive(validator->gate.context, from, packet->bytes, packet->size)) {
        return;
    }
    const struct core_item item = {
        .kind = ITEM_MESSAGE,
        .from = (uint16_t)from,
        .packet = packet_hold(packet),
    };
    enum core_rank rank = class == CONSENSUS_CLASS_VOTE ? RANK_VOTE : RANK_BULK;
    if (!validator_core_put(validator, rank, &item)) {
        validator->dropped++;
        packet_release(packet);
    }
}

static void carry(struct validator *validator, const struct channel_item *item)
{
    if (item->client) {
        validator_check_submitted(validator, item->ticket, item->packet);
    } else if (item->outgoing) {
        route(validator, item->peer, item->class, item->packet);
    } else {
        hear(validator, item->peer, item->class, item->packet);
    }
}

static void channel_ready(struct channel *channel)
{
    if (channel->items.count > 0 && !validator_is_paused(channel->validator)) {
        machine_thread_ready(&channel->thread);
    }
}

/* Carries a message at once, or puts it on the thread that its peer belongs to. */
static void channel_put(struct validator *validator, const struct channel_item *item)
{
    struct channel *channel =
        &validator->channels[item->client ? CLIENT_CHANNEL : item->peer % PEER_CHANNELS];
    if (!channels_cost(validator) && !validator_is_paused(validator) && channel->items.count == 0) {
        carry(validator, item);
        return;
    }
    (void)packet_hold(item->packet);
    fifo_push(&channel->items, item);
    channel_ready(channel);
}

static void channel_run(void *context, struct machine_cost *cost)
{
    struct channel *channel = context;
    struct validator *validator = channel->validator;
    const struct cost_model *costs = &validator->config->costs;
    const struct channel_item *item = fifo_first(&channel->items);
    validator_run_begin(validator, cost);
    uint64_t all_ns = item->client ? costs->submit_ns
                                   : costs->channel_message_ns +
                                         costs->channel_kib_ns * item->packet->size / 1024;
    validator_charge(validator, ACTIVITY_CHANNEL, all_ns / (item->outgoing ? HOPS_OUT : HOPS_IN));
    validator_run_end(validator);
}

static void channel_done(void *context)
{
    struct channel *channel = context;
    const struct channel_item *first = fifo_first(&channel->items);
    struct channel_item item;
    channel->hops++;
    if (channel->hops < (first->outgoing ? HOPS_OUT : HOPS_IN)) {
        channel_ready(channel);
        return;
    }
    channel->hops = 0;
    fifo_pop(&channel->items, &item);
    carry(channel->validator, &item);
    packet_release(item.packet);
    channel_ready(channel);
}

void validator_submit(struct validator *validator, uint64_t ticket, const uint8_t *envelope,
                      size_t size)
{
    if (!validator->up) {
        return;
    }
    struct packet *packet = packet_new(envelope, size);
    const struct channel_item item = {.packet = packet, .client = true, .ticket = ticket};
    channel_put(validator, &item);
    packet_release(packet);
}

/* ---- Departures ---------------------------------------------------------------------------- */

void validator_emit(struct validator *validator, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    TALLY_ASSERT(to < validator->config->member_count);
    struct packet *packet = packet_new(bytes, size);
    const struct channel_item item = {
        .packet = packet, .peer = to, .class = class, .outgoing = true};
    OBSERVERS_TELL(validator->observers, sent, validator->host, to, class, bytes, size);
    channel_put(validator, &item);
    packet_release(packet);
}

static void depart_to(struct validator *validator, uint32_t to, const struct departure *departure)
{
    const struct packet *packet = departure->packet;
    if (validator->has_gate && validator->gate.send != NULL) {
        validator->gate.send(validator->gate.context, to, departure->class, packet->bytes,
                             packet->size);
        return;
    }
    const struct channel_item item = {
        .packet = departure->packet, .peer = to, .class = departure->class, .outgoing = true};
    OBSERVERS_TELL(validator->observers, sent, validator->host, to, departure->class, packet->bytes,
                   packet->size);
    channel_put(validator, &item);
}

static void depart(struct validator *validator, const struct departure *departure)
{
    if (departure->packet == NULL) {
        OBSERVERS_TELL(validator->observers, answered, validator->host, departure->ticket,
                       departure->answer);
        return;
    }
    if (departure->to != CONSENSUS_ALL) {
        if (departure->to < validator->config->member_count) {
            depart_to(validator, departure->to, departure);
        }
        return;
    }
    for (uint32_t to = 0; to < validator->config->member_count; to++) {
        if (to != validator->member) {
            depart_to(validator, to, departure);
        }
    }
}

static void departure_free(struct departure *departure)
{
    if (departure->packet != NULL) {
        packet_release(departure->packet);
    }
}

static void depart_due(void *context, const struct queue_event *event);

static void departures_schedule(struct validator *validator)
{
    const struct departure *first = fifo_first(&validator->departures);
    event_queue_add(validator->queue, &(struct queue_event){
                                          .time_us = first->leave_us,
                                          .kind = QUEUE_DEPARTURE,
                                          .place = validator->host,
                                          .number = validator->incarnation,
                                          .run = depart_due,
                                          .context = validator,
                                      });
}

static void depart_due(void *context, const struct queue_event *event)
{
    struct validator *validator = context;
    if (event->number != validator->incarnation) {
        return; /* it died before it could send */
    }
    while (validator->departures.count > 0) {
        const struct departure *first = fifo_first(&validator->departures);
        if (first->leave_us > event->time_us) {
            departures_schedule(validator);
            break;
        }
        struct departure departure;
        fifo_pop(&validator->departures, &departure);
        depart(validator, &departure);
        departure_free(&departure);
    }
}

/* Takes the departure's packet. */
static void departure_add(struct validator *validator, struct departure *departure)
{
    departure->leave_us = validator->begin_us + validator_account(validator, ACTIVITY_VERIFY);
    bool first = validator->departures.count == 0;
    if (first && departure->leave_us <= event_queue_now_us(validator->queue)) {
        depart(validator, departure);
        departure_free(departure);
        return;
    }
    fifo_push(&validator->departures, departure);
    if (first) {
        departures_schedule(validator);
    }
}

void validator_send(struct validator *validator, uint16_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    struct departure departure = {
        .packet = packet_new(bytes, size),
        .to = to,
        .class = class,
    };
    departure_add(validator, &departure);
}

void validator_answer(struct validator *validator, uint64_t ticket, enum admission_answer answer)
{
    struct departure departure = {.ticket = ticket, .answer = answer};
    departure_add(validator, &departure);
}

void validator_receive(struct validator *validator, uint32_t from_host, enum consensus_class class,
                       struct packet *packet)
{
    if (validator->up) {
        const struct channel_item item = {.packet = packet, .peer = from_host, .class = class};
        channel_put(validator, &item);
    }
}

/* ---- Life ---------------------------------------------------------------------------------- */

void validator_door_init(struct validator *validator)
{
    validator->departures.item_size = sizeof(struct departure);
    for (unsigned i = 0; i < VALIDATOR_CHANNELS; i++) {
        struct channel *channel = &validator->channels[i];
        channel->validator = validator;
        channel->items.item_size = sizeof(struct channel_item);
        machine_thread_init(&channel->thread, validator->machine, validator->host, channel_run,
                            channel_done, channel);
    }
}

void validator_door_clear(struct validator *validator)
{
    while (validator->departures.count > 0) {
        struct departure departure;
        fifo_pop(&validator->departures, &departure);
        departure_free(&departure);
    }
    for (unsigned i = 0; i < VALIDATOR_CHANNELS; i++) {
        struct channel *channel = &validator->channels[i];
        machine_thread_stop(&channel->thread);
        channel->hops = 0;
        while (channel->items.count > 0) {
            struct channel_item item;
            fifo_pop(&channel->items, &item);
            packet_release(item.packet);
        }
    }
}

void validator_door_wake(struct validator *validator)
{
    for (unsigned i = 0; i < VALIDATOR_CHANNELS; i++) {
        channel_ready(&validator->channels[i]);
    }
}
