/*
 * Goal: messages arrive when the arithmetic of latency and bandwidth says so, in order unless they
 * may overtake, and not at all through cuts, filters, full queues and loss; all instants below are
 * worked out by hand. What is under way is not affected by changes.
 */
#include "netsim/engine/network.h"

#include <string.h>

#include "tests/support/cmocka.h"

enum {
    HOSTS = 3,
    ARRIVALS_MAX = 2000
};

static const enum consensus_class VOTE = CONSENSUS_CLASS_VOTE;
static const enum consensus_class BULK = CONSENSUS_CLASS_BULK;

static struct event_queue *queue;
static struct network *network;
static struct {
    uint64_t time_us;
    uint32_t from;
    uint32_t to;
    uint32_t size;
    uint8_t first; /* byte */
} arrivals[ARRIVALS_MAX];
static uint32_t arrival_count;

static void arrive(void *context, uint32_t from, uint32_t to, enum consensus_class class,
                   struct packet *packet)
{
    (void)context;
    assert_true(class == CONSENSUS_CLASS_VOTE || class == CONSENSUS_CLASS_BULK);
    assert_true(arrival_count < ARRIVALS_MAX);
    arrivals[arrival_count].time_us = event_queue_now_us(queue);
    arrivals[arrival_count].from = from;
    arrivals[arrival_count].to = to;
    arrivals[arrival_count].size = packet->size;
    arrivals[arrival_count].first = packet->bytes[0];
    arrival_count++;
}

static void begin(const struct network_config *config)
{
    queue = event_queue_new();
    network = network_new(config, queue, HOSTS, 1, arrive, NULL);
    arrival_count = 0;
}

static void drop(const struct queue_event *event)
{
    if (event->kind == QUEUE_DELIVERY) {
        packet_release(event->pointer);
    }
}

static void run(void)
{
    while (event_queue_run(queue)) {
    }
}

static void end(void)
{
    run();
    network_free(network);
    event_queue_free(queue, drop);
}

static void send(uint32_t from, uint32_t to, enum consensus_class class, size_t size, uint8_t first)
{
    static uint8_t bytes[1 << 20];
    memset(bytes, 0, size);
    bytes[0] = first;
    struct packet *packet = packet_new(bytes, size);
    network_send(network, from, to, class, packet);
    packet_release(packet);
}

static void assert_arrival(uint32_t index, uint8_t first, uint64_t time_us)
{
    assert_true(index < arrival_count);
    assert_int_equal(arrivals[index].first, first);
    assert_int_equal(arrivals[index].time_us, time_us);
}

static void latency_is_by_pair_or_the_same_for_all(void **state)
{
    (void)state;
    static const uint32_t latency_us[HOSTS * HOSTS] = {0, 10, 20, 30, 0, 40, 50, 60, 0};
    begin(&(struct network_config){.base_latency_us = 7});
    send(0, 1, VOTE, 1, 1);
    end();
    assert_arrival(0, 1, 7);
    begin(&(struct network_config){.base_latency_us = 7, .latency_us = latency_us});
    send(0, 2, VOTE, 1, 1);
    send(1, 0, VOTE, 1, 2);
    send(2, 1, BULK, 1, 3);
    network_delay(network, 1, 100);
    send(1, 0, BULK, 1, 4);
    send(0, 1, BULK, 1, 5);
    network_delay(network, 1, 0);
    send(0, 1, VOTE, 1, 6);
    end();
    assert_arrival(0, 6, 10);
    assert_arrival(1, 1, 20);
    assert_arrival(2, 2, 30);
    assert_arrival(3, 3, 60);
    assert_arrival(4, 5, 110);
    assert_arrival(5, 4, 130);
}

/* 8,000,000 bytes a second are 8 a microsecond: 800 bytes take 100 us, one after the other. */
static void an_uplink_takes_one_after_the_other(void **state)
{
    (void)state;
    begin(&(struct network_config){.base_latency_us = 1000, .uplink_bytes_per_s = 8000000});
    send(0, 1, BULK, 800, 1);
    send(0, 2, BULK, 1600, 2);
    send(1, 2, BULK, 800, 3); /* another uplink */
    end();
    assert_int_equal(arrival_count, 3);
    assert_int_equal(arrivals[0].time_us,
                     1100); /* a nanosecond more than 100 us: the next instant */
    assert_int_equal(arrivals[1].time_us, 1100);
    assert_arrival(2, 2, 1300);
}

struct later {
    enum consensus_class class;
    size_t size;
    uint8_t first;
};

static void send_later(void *context, const struct queue_event *event)
{
    const struct later *later = context;
    send((uint32_t)event->number, 1, later->class, later->size, later->first);
}

/*
 * Bulk of 8000 bytes needs 1000 us from 0 on. A vote of 80 bytes comes at 300, needs 10 and is out
 * at 310. A second, at 305, waits for the first: out at 320. The bulk goes on then and is out at
 * 1020.
 */
static void votes_interrupt_bulk(void **state)
{
    (void)state;
    static struct later votes[] = {{CONSENSUS_CLASS_VOTE, 80, 1}, {CONSENSUS_CLASS_VOTE, 80, 2}};
    begin(&(struct network_config){.uplink_bytes_per_s = 8000000});
    send(0, 1, BULK, 8000, 9);
    for (unsigned i = 0; i < 2; i++) {
        event_queue_add(
            queue,
            &(struct queue_event){.time_us = 300 + 5 * i, .run = send_later, .context = &votes[i]});
    }
    end();
    assert_arrival(0, 1, 310);
    assert_arrival(1, 2, 320);
    assert_arrival(2, 9, 1020);
}

static void a_throttled_uplink_is_slower(void **state)
{
    (void)state;
    begin(&(struct network_config){.uplink_bytes_per_s = 8000000});
    network_throttle(network, 0, 250);
    send(0, 1, BULK, 800, 1);
    end();
    assert_arrival(0, 1, 400);
}

static void a_full_queue_drops(void **state)
{
    (void)state;
    begin(&(struct network_config){.uplink_bytes_per_s = 8000000, .queue_bytes_max = 1000});
    send(0, 1, BULK, 800, 1);
    send(0, 1, BULK, 800, 2); /* dropped */
    send(0, 1, BULK, 200, 3);
    send(0, 1, VOTE, 900, 4); /* a queue of its own */
    run();
    send(0, 1, BULK, 800, 5); /* room again */
    end();
    assert_int_equal(arrival_count, 4);
    assert_int_equal(arrivals[0].first, 4);
    assert_int_equal(arrivals[1].first, 1);
    assert_int_equal(arrivals[2].first, 3);
    assert_int_equal(arrivals[3].first, 5);
}

static void order_is_kept_unless_it_may_be_lost(void **state)
{
    (void)state;
    for (unsigned reorder = 0; reorder < 2; reorder++) {
        uint32_t overtaken = 0;
        begin(&(struct network_config){.jitter_us = 100, .reorder = reorder == 1});
        for (uint8_t i = 1; i < 200; i++) {
            send(0, 1, VOTE, 1, i);
        }
        run();
        for (uint32_t i = 1; i < arrival_count; i++) {
            overtaken += arrivals[i].first < arrivals[i - 1].first ? 1 : 0;
            assert_true(arrivals[i].time_us <= 100);
        }
        assert_int_equal(overtaken > 0, reorder == 1);
        end();
    }
}

static void cuts_have_a_direction_and_heal(void **state)
{
    (void)state;
    struct network_counts counts;
    begin(&(struct network_config){.base_latency_us = 5});
    send(0, 1, VOTE, 1, 1); /* under way before the cut */
    network_cut(network, 0, 1, true);
    send(0, 1, VOTE, 1, 2);
    send(1, 0, VOTE, 1, 3);
    send(0, 2, VOTE, 1, 4);
    network_heal(network);
    send(0, 1, VOTE, 1, 5);
    run();
    network_counts_read(network, &counts);
    end();
    assert_int_equal(arrival_count, 4);
    assert_int_equal(counts.sent, 5);
    assert_int_equal(counts.cut, 1);
    assert_int_equal(counts.delivered, 4);
    assert_int_equal(counts.bytes, 5);
}

static void chance_loses_and_doubles_about_as_often_as_told(void **state)
{
    (void)state;
    struct network_counts counts;
    begin(&(struct network_config){.loss_permille = 300, .duplicate_permille = 100});
    for (uint32_t i = 0; i < 1000; i++) {
        send(0, 1, VOTE, 1, 1);
    }
    run();
    network_counts_read(network, &counts);
    end();
    assert_in_range(counts.lost, 250, 350);
    assert_in_range(counts.duplicated, 45, 100);
    assert_int_equal(counts.delivered, 1000 - counts.lost + counts.duplicated);
    assert_int_equal(arrival_count, counts.delivered);
}

static void stragglers_come_late(void **state)
{
    (void)state;
    uint32_t late = 0;
    begin(&(struct network_config){
        .base_latency_us = 10, .straggler_permille = 100, .straggler_us = 5000, .reorder = true});
    for (uint32_t i = 0; i < 1000; i++) {
        send(0, 1, VOTE, 1, 1);
    }
    end();
    for (uint32_t i = 0; i < arrival_count; i++) {
        assert_true(arrivals[i].time_us == 10 || arrivals[i].time_us == 5010);
        late += arrivals[i].time_us == 5010 ? 1 : 0;
    }
    assert_in_range(late, 70, 130);
}

static bool even_only(void *context, uint32_t from, uint32_t to, const uint8_t *bytes, size_t size)
{
    assert_true(context == &network && from == 0 && to == 1 && size == 1);
    return bytes[0] % 2 == 0;
}

static void a_filter_decides_one_by_one(void **state)
{
    (void)state;
    begin(&(struct network_config){.base_latency_us = 1});
    network_filter_set(network, even_only, &network);
    send(0, 1, VOTE, 1, 1);
    send(0, 1, VOTE, 1, 2);
    network_filter_set(network, NULL, NULL);
    send(0, 1, VOTE, 1, 3);
    end();
    assert_int_equal(arrival_count, 2);
    assert_int_equal(arrivals[0].first, 2);
    assert_int_equal(arrivals[1].first, 3);
}

static void settings_can_be_changed_on_the_way(void **state)
{
    (void)state;
    begin(&(struct network_config){.base_latency_us = 100});
    send(0, 1, VOTE, 1, 1);
    network_settings(network)->base_latency_us = 10;
    network_settings(network)->reorder = true;
    send(0, 1, VOTE, 1, 2);
    end();
    assert_arrival(0, 2, 10);
    assert_arrival(1, 1, 100);
}

/* What is queued or under way when the simulation ends is freed with it. */
static void nothing_is_left_behind(void **state)
{
    (void)state;
    begin(&(struct network_config){.base_latency_us = 100, .uplink_bytes_per_s = 1000});
    for (uint8_t i = 0; i < 5; i++) {
        send(0, 1, i % 2 == 0 ? VOTE : BULK, 100, i);
    }
    (void)event_queue_run(queue);
    network_free(network);
    event_queue_free(queue, drop);
    assert_int_equal(arrival_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_by_pair_or_the_same_for_all),
        cmocka_unit_test(an_uplink_takes_one_after_the_other),
        cmocka_unit_test(votes_interrupt_bulk),
        cmocka_unit_test(a_throttled_uplink_is_slower),
        cmocka_unit_test(a_full_queue_drops),
        cmocka_unit_test(order_is_kept_unless_it_may_be_lost),
        cmocka_unit_test(cuts_have_a_direction_and_heal),
        cmocka_unit_test(chance_loses_and_doubles_about_as_often_as_told),
        cmocka_unit_test(stragglers_come_late),
        cmocka_unit_test(a_filter_decides_one_by_one),
        cmocka_unit_test(settings_can_be_changed_on_the_way),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
