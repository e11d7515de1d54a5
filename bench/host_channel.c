/*
 * bench/host_channel.c - how fast a channel between two nodes is: TLS 1.3 over loopback
 *
 * Two hubs of this process, one connection. Bulk: messages of one size, a few under way. Round
 * trip: a message of 200 bytes (a vote) there and back, one at a time. The limit is bare TCP over
 * loopback between two threads, with writes of the same size; what is above it is encryption,
 * frames, and the threads of both ends.
 *
 * Elapsed time, and for the bulk also processor time of both ends.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "crypto/hash.h"
#include "crypto/start.h"
#include "host/channel.h"

enum {
    SMALL = 200,
    LARGE = 1 << 20,
    WINDOW = 4,
    BULK_BYTES = 128 << 20, /* in a round, at most */
    BULK_MESSAGES = 20000,  /* likewise */
    ROUNDS = 3,
    TURNS = 2000,
    PATIENCE_S = 10,
    CLASS = 0,
};

struct end {
    struct channel_hub *hub;
    struct public_key key;
    struct public_key other;
    _Atomic uint64_t channel;
    _Atomic bool echo;
    sem_t up;
    sem_t received;
};

static uint8_t data[LARGE];

/* ---------------------------------------------------------------------------------- the channel */

static bool on_identify(void *context, const struct public_key *key, uint32_t *identity)
{
    const struct end *end = context;
    *identity = 0;
    return public_key_equal(&end->other, key);
}

static bool on_admit(void *context, const struct channel_peer *peer, uint8_t role)
{
    (void)context;
    (void)peer;
    return role == CHANNEL_VOTE;
}

static void on_up(void *context, uint64_t channel, const struct channel_peer *peer)
{
    struct end *end = context;
    (void)peer;
    end->channel = channel;
    figure_require(sem_post(&end->up) == 0, "a semaphore failed");
}

static bool on_message(void *context, uint64_t channel, const struct channel_peer *peer,
                       uint8_t message_class, const uint8_t *bytes, size_t size)
{
    struct end *end = context;
    (void)peer;
    (void)message_class;
    if (end->echo) {
        return channel_send(end->hub, channel, CLASS, bytes, size) == CHANNEL_OK;
    }
    return sem_post(&end->received) == 0;
}

static void on_down(void *context, uint64_t channel, const struct channel_peer *peer,
                    enum channel_end reason)
{
    (void)context;
    (void)channel;
    (void)peer;
    (void)reason;
}

static void await(sem_t *semaphore)
{
    struct timespec until;
    figure_require(clock_gettime(CLOCK_REALTIME, &until) == 0, "a clock cannot be read");
    until.tv_sec += PATIENCE_S;
    figure_require(sem_timedwait(semaphore, &until) == 0, "the channel broke");
}

static void hub_open(struct end *end, const struct secret_key *secret_key)
{
    struct channel_config config = {.key = *secret_key,
                                    .callbacks = {.context = end,
                                                  .identify = on_identify,
                                                  .admit = on_admit,
                                                  .up = on_up,
                                                  .message = on_message,
                                                  .down = on_down}};
    channel_limits_default(&config.limits);
    hash_compute(&config.chain_id, HASH_GENESIS, "bench", 5);
    config.limits.message_size_max[CLASS] = LARGE;
    config.limits.send_bytes_max = (size_t)2 * WINDOW * LARGE;
    figure_require(channel_hub_new(&config, &end->hub) == CHANNEL_OK, "no channel can be made");
}

static void ends_connect(struct end ends[2])
{
    struct secret_key keys[2];
    char address[32];
    uint16_t port;
    for (int i = 0; i < 2; i++) {
        sign_key_generate(&ends[i].key, &keys[i]);
        figure_require(sem_init(&ends[i].received, 0, 0) == 0 && sem_init(&ends[i].up, 0, 0) == 0,
                       "no semaphore can be made");
    }
    for (int i = 0; i < 2; i++) {
        ends[i].other = ends[1 - i].key;
        hub_open(&ends[i], &keys[i]);
    }
    figure_require(channel_listen(ends[0].hub, "127.0.0.1:0", &port) == CHANNEL_OK,
                   "loopback cannot be listened on");
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", port);
    figure_require(channel_dial(ends[1].hub, address, &ends[0].key, 0, CHANNEL_VOTE) == CHANNEL_OK,
                   "loopback cannot be dialed");
    await(&ends[0].up);
    await(&ends[1].up);
}

static void message_send(struct end *end, size_t size)
{
    figure_require(channel_send(end->hub, end->channel, CLASS, data, size) == CHANNEL_OK,
                   "a message cannot be sent");
}

/* Messages of one size, a few under way: how many a second, and processor seconds of one. */
static double channel_bulk(struct end ends[2], size_t size, double *cpu_seconds)
{
    uint32_t count = (uint32_t)(BULK_BYTES / size);
    count = count < BULK_MESSAGES ? count : BULK_MESSAGES;
    double start = machine_wall_seconds();
    double cpu = machine_cpu_seconds();
    for (uint32_t sent = 0; sent < count + WINDOW; sent++) {
        if (sent >= WINDOW) {
            await(&ends[0].received);
        }
        if (sent < count) {
            message_send(&ends[1], size);
        }
    }
    *cpu_seconds = (machine_cpu_seconds() - cpu) / count;
    return count / (machine_wall_seconds() - start);
}

static double channel_turn_us(struct end ends[2])
{
    static double times[TURNS];
    ends[0].echo = true;
    for (int i = 0; i < TURNS; i++) {
        double start = machine_wall_seconds();
        message_send(&ends[1], SMALL);
        await(&ends[1].received);
        times[i] = (machine_wall_seconds() - start) * 1e6;
    }
    ends[0].echo = false;
    return figure_median(times, TURNS);
}

/* ------------------------------------------------------------------------------------- bare TCP */

/* What the other thread does with a connection. */
struct tcp {
    int listener;
    int connection;
    pthread_t thread;
    bool echo;
};

static bool bytes_read(int connection, uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = read(connection, bytes + done, size - done);
        if (count <= 0) {
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

static bool bytes_write(int connection, const uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t count = send(connection, bytes + done, size - done, MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

static int nodelay(int connection)
{
    int on = 1;
    figure_require(connection >= 0 &&
                       setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0,
                   "a TCP connection failed");
    return connection;
}

static void *tcp_serve(void *context)
{
    static uint8_t bytes[LARGE];
    struct tcp *tcp = context;
    int connection = nodelay(accept(tcp->listener, NULL, NULL));
    if (tcp->echo) {
        while (bytes_read(connection, bytes, SMALL) && bytes_write(connection, bytes, SMALL)) {
        }
    } else {
        while (read(connection, bytes, sizeof bytes) > 0) {
        }
        (void)bytes_write(connection, bytes, 1); /* all of it came */
    }
    (void)close(connection);
    return NULL;
}

static void tcp_open(struct tcp *tcp, bool echo)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    tcp->echo = echo;
    tcp->listener = socket(AF_INET, SOCK_STREAM, 0);
    figure_require(tcp->listener >= 0 &&
                       bind(tcp->listener, (struct sockaddr *)&address, size) == 0 &&
                       listen(tcp->listener, 1) == 0 &&
                       getsockname(tcp->listener, (struct sockaddr *)&address, &size) == 0,
                   "loopback cannot be listened on");
    figure_require(pthread_create(&tcp->thread, NULL, tcp_serve, tcp) == 0, "no thread");
    tcp->connection = nodelay(socket(AF_INET, SOCK_STREAM, 0));
    figure_require(connect(tcp->connection, (struct sockaddr *)&address, size) == 0,
                   "loopback cannot be dialed");
}

static void tcp_close(struct tcp *tcp)
{
    (void)close(tcp->connection);
    (void)pthread_join(tcp->thread, NULL);
    (void)close(tcp->listener);
}

static double tcp_bulk(size_t size)
{
    struct tcp tcp;
    uint32_t count = (uint32_t)(BULK_BYTES / size);
    uint8_t end;
    tcp_open(&tcp, false);
    double start = machine_wall_seconds();
    for (uint32_t i = 0; i < count; i++) {
        figure_require(bytes_write(tcp.connection, data, size), "TCP broke");
    }
    figure_require(shutdown(tcp.connection, SHUT_WR) == 0 && bytes_read(tcp.connection, &end, 1),
                   "TCP broke");
    double seconds = machine_wall_seconds() - start;
    tcp_close(&tcp);
    return count / seconds;
}

static double tcp_turn_us(void)
{
    static double times[TURNS];
    uint8_t bytes[SMALL];
    struct tcp tcp;
    tcp_open(&tcp, true);
    for (int i = 0; i < TURNS; i++) {
        double start = machine_wall_seconds();
        figure_require(bytes_write(tcp.connection, data, SMALL) &&
                           bytes_read(tcp.connection, bytes, SMALL),
                       "TCP broke");
        times[i] = (machine_wall_seconds() - start) * 1e6;
    }
    tcp_close(&tcp);
    return figure_median(times, TURNS);
}

/* ------------------------------------------------------------------------------------- figures */

/* The two in turns, so that what else the machine does meets both. */
static void bulk_measure(struct end ends[2], size_t size, const char *name)
{
    double channel[ROUNDS];
    double bare[ROUNDS];
    double cpu[ROUNDS];
    double mib = (double)size / (1 << 20);
    for (int round = 0; round < ROUNDS; round++) {
        bare[round] = tcp_bulk(size) * mib;
        channel[round] = channel_bulk(ends, size, &cpu[round]) * mib;
    }
    figure_print(&(struct figure){.layer = "channel",
                                  .what = figure_label("messages of %s", name),
                                  .value = figure_median(channel, ROUNDS),
                                  .unit = "MiB/s",
                                  .limit = figure_median(bare, ROUNDS),
                                  .limit_what = "bare TCP, writes of that size"});
    figure_print(&(struct figure){.layer = "channel",
                                  .what = figure_label("message of %s, processor, both ends", name),
                                  .value = figure_median(cpu, ROUNDS) * 1e6,
                                  .unit = "us a message",
                                  .cost = true});
}

int main(void)
{
    static struct end ends[2];
    double turn[ROUNDS];
    double bare[ROUNDS];
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    ends_connect(ends);
    for (int round = 0; round < ROUNDS; round++) {
        bare[round] = tcp_turn_us();
        turn[round] = channel_turn_us(ends);
    }
    figure_print(&(struct figure){.layer = "channel",
                                  .what = "round trip of 200 bytes, median",
                                  .value = figure_median(turn, ROUNDS),
                                  .unit = "us",
                                  .limit = figure_median(bare, ROUNDS),
                                  .limit_what = "bare TCP between two threads",
                                  .cost = true});
    bulk_measure(ends, SMALL, "200 bytes");
    bulk_measure(ends, 32 << 10, "32 KiB");
    bulk_measure(ends, LARGE, "1 MiB");
    channel_hub_free(ends[0].hub);
    channel_hub_free(ends[1].hub);
    return 0;
}
