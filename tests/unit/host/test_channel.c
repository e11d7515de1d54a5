/*
 * Channels over loopback in one process: messages arrive whole and in order from the peer they
 * claim to come from, and a peer that lies, stalls or babbles harms nobody but itself.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "crypto/start.h"
#include "host/channel.h"
#include "host/channel_frame.h"
#include "host/channel_tls.h"
#include "host/clock.h"
#include "tests/support/cmocka.h"
#include "tests/support/host/channel_side.h"

enum {
    SOCKETS_LOOKED_AT = 1024
};

/* ---- A hand-made peer: plain socket, or TLS over it ------------------------------------------ */

struct raw {
    int socket;
    struct tls *tls;
    struct tls_credentials *credentials;
};

static bool raw_connect(struct raw *raw, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memset(raw, 0, sizeof(*raw));
    raw->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(raw->socket >= 0);
    return connect(raw->socket, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static void raw_write(struct raw *raw, const void *data, size_t size)
{
    ssize_t sent = send(raw->socket, data, size, MSG_NOSIGNAL);
    (void)sent; /* the other side may have had enough already */
}

/* True when the other side closes within the time. */
static bool raw_closed_within(struct raw *raw, int timeout_ms)
{
    uint64_t deadline_ms = clock_monotonic_ms() + (uint64_t)timeout_ms;
    uint8_t sink[4096];
    while (clock_monotonic_ms() < deadline_ms) {
        struct pollfd ready = {.fd = raw->socket, .events = POLLIN};
        if (poll(&ready, 1, 100) > 0 && recv(raw->socket, sink, sizeof(sink), 0) <= 0) {
            return true;
        }
    }
    return false;
}

static size_t raw_pull(void *context, uint8_t *data, size_t size)
{
    struct raw *raw = context;
    struct pollfd ready = {.fd = raw->socket, .events = POLLIN};
    if (poll(&ready, 1, PATIENCE_MS) <= 0) {
        return 0;
    }
    ssize_t count = recv(raw->socket, data, size, 0);
    return count > 0 ? (size_t)count : 0;
}

static bool raw_push(void *context, const uint8_t *data, size_t size)
{
    raw_write(context, data, size);
    return true;
}

static bool raw_verify(void *context, const struct public_key *key)
{
    (void)context;
    (void)key;
    return true;
}

/* Connects and shakes hands as the key of side `number`. */
static void raw_tls(struct raw *raw, uint16_t port, uint8_t number)
{
    struct public_key public_key;
    struct secret_key secret_key;
    side_key_make(number, &public_key, &secret_key);
    assert_true(raw_connect(raw, port));
    raw->credentials = tls_credentials_new(&secret_key);
    assert_non_null(raw->credentials);
    struct tls_owner owner = {raw, raw_pull, raw_push, raw_verify};
    raw->tls = tls_new(raw->credentials, true, &owner);
    assert_non_null(raw->tls);
    enum tls_result result = TLS_AGAIN;
    for (int i = 0; i < 50 && result == TLS_AGAIN; i++) {
        result = tls_handshake(raw->tls);
    }
    assert_int_equal(result, TLS_OK);
}

static void raw_hello(struct raw *raw, uint16_t version, uint8_t role)
{
    uint8_t hello[CHANNEL_HELLO_SIZE];
    uint8_t frame[CHANNEL_FRAME_HEADER_SIZE + CHANNEL_HELLO_SIZE];
    memcpy(hello, "TALLY-C1", 8);
    bytes_put_u16(hello + 8, version);
    hello[10] = role;
    hello[11] = 0;
    struct hash chain_id = side_chain_id();
    memcpy(hello + 12, chain_id.bytes, HASH_SIZE);
    frame_message_encode(FRAME_HELLO, 0, hello, sizeof(hello), frame);
    assert_int_equal(tls_send(raw->tls, frame, sizeof(frame)), TLS_OK);
}

static void raw_close(struct raw *raw)
{
    tls_free(raw->tls);
    tls_credentials_free(raw->credentials);
    (void)close(raw->socket);
}

/* ---- Plain life ------------------------------------------------------------------------------ */

static void test_messages_of_all_sizes_go_there_and_back_in_order(void **state)
{
    (void)state;
    static const size_t sizes[] = {8,
                                   9,
                                   1000,
                                   CHANNEL_FRAME_PAYLOAD_MAX - 1,
                                   CHANNEL_FRAME_PAYLOAD_MAX,
                                   CHANNEL_FRAME_PAYLOAD_MAX + 1,
                                   2 * CHANNEL_FRAME_PAYLOAD_MAX,
                                   LARGE_MAX};
    struct pair pair = pair_new();
    uint32_t count = sizeof(sizes) / sizeof(sizes[0]);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(side_send(pair.dialer, CLASS_LARGE, i + 1, sizes[i]), CHANNEL_OK);
    }
    side_await(pair.dialer, &pair.dialer->message_count, count);
    assert_false(pair.listener->disordered);
    assert_false(pair.dialer->disordered);
    assert_int_equal(pair.dialer->message_size, LARGE_MAX);
    assert_int_equal(pair.listener->peer.identity, 0);
    assert_int_equal(pair.listener->peer.role, CHANNEL_VOTE);
    assert_false(pair.listener->peer.dialed);
    assert_int_equal(pair.dialer->peer.identity, 77);
    assert_true(pair.dialer->peer.dialed);
    pair_free(&pair);
}

/* An owner that takes messages frees them itself, large ones and those that it put off. */
static void test_an_owner_may_take_messages(void **state)
{
    (void)state;
    struct pair pair = {side_new(1), side_new(2)};
    pair.listener->echo = true;
    side_takes(pair.listener);
    side_takes(pair.dialer);
    side_allow(pair.listener, pair.dialer);
    side_listen(pair.listener);
    side_start(pair.dialer);
    side_dial(pair.dialer, pair.listener, CHANNEL_VOTE);
    side_await(pair.dialer, &pair.dialer->up_count, 1);
    side_lock(pair.listener);
    pair.listener->busy = true;
    side_unlock(pair.listener);
    for (uint32_t i = 0; i < 20; i++) {
        size_t size = i % 2 == 0 ? LARGE_MAX : 8 + i;
        assert_int_equal(side_send(pair.dialer, CLASS_LARGE, i + 1, size), CHANNEL_OK);
        if (i == 2) {
            clock_sleep_ms(30);
            side_lock(pair.listener);
            pair.listener->busy = false;
            side_unlock(pair.listener);
        }
        side_await(pair.dialer, &pair.dialer->message_count, i < 2 ? 0 : i + 1);
    }
    assert_false(pair.listener->disordered);
    assert_false(pair.dialer->disordered);
    pair_still_works(&pair);
    pair_free(&pair);
}

/* One message to several channels: each hears it, and for each one hears how it went. */
static void test_one_message_goes_to_each_channel(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *dialers[2] = {side_new(2), side_new(3)};
    uint64_t channels[3] = {CHANNEL_NONE, CHANNEL_NONE, CHANNEL_NONE};
    enum channel_status statuses[3];
    side_listen(listener);
    for (uint32_t i = 0; i < 2; i++) {
        side_allow(listener, dialers[i]);
        side_start(dialers[i]);
        side_dial(dialers[i], listener, CHANNEL_VOTE);
        side_await(dialers[i], &dialers[i]->up_count, 1);
        side_await(listener, &listener->up_count, i + 1);
        channels[2 * i] = listener->channel;
    }
    uint8_t *data = calloc(1, LARGE_MAX + 1);
    assert_non_null(data);
    bytes_put_u64(data, 1);
    channel_send_each(listener->hub, channels, 3, CLASS_LARGE, data, LARGE_MAX + 1, statuses);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(statuses[i], CHANNEL_TOO_LARGE);
    }
    channel_send_each(listener->hub, channels, 3, CLASS_LARGE, data, LARGE_MAX, statuses);
    assert_int_equal(statuses[0], CHANNEL_OK);
    assert_int_equal(statuses[1], CHANNEL_GONE);
    assert_int_equal(statuses[2], CHANNEL_OK);
    for (uint32_t i = 0; i < 2; i++) {
        side_await(dialers[i], &dialers[i]->message_count, 1);
        assert_int_equal(dialers[i]->message_size, LARGE_MAX);
        assert_false(dialers[i]->disordered);
        side_free(dialers[i]);
    }
    free(data);
    side_free(listener);
}

static void test_send_refuses_what_no_class_allows(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    assert_int_equal(side_send(pair.dialer, CLASS_SMALL, 1, SMALL_MAX + 1), CHANNEL_TOO_LARGE);
    assert_int_equal(side_send(pair.dialer, CLASS_CLOSED, 1, 8), CHANNEL_TOO_LARGE);
    assert_int_equal(channel_send(pair.dialer->hub, CHANNEL_NONE, CLASS_SMALL, "x", 1),
                     CHANNEL_GONE);
    assert_int_equal(channel_send(pair.dialer->hub, UINT64_MAX, CLASS_SMALL, "x", 1), CHANNEL_GONE);
    pair_still_works(&pair);
    pair_free(&pair);
}

static void test_addresses_are_checked(void **state)
{
    (void)state;
    struct side *side = side_new(1);
    side_listen(side);
    uint16_t port = 0;
    char taken[32];
    assert_int_equal(channel_listen(side->hub, "127.0.0.1", &port), CHANNEL_ADDRESS);
    assert_int_equal(channel_listen(side->hub, "127.0.0.1:99999", &port), CHANNEL_ADDRESS);
    assert_int_equal(channel_listen(side->hub, "127.0.0.1:12x", &port), CHANNEL_ADDRESS);
    assert_int_equal(channel_listen(side->hub, ":7100", &port), CHANNEL_ADDRESS);
    (void)snprintf(taken, sizeof(taken), "127.0.0.1:%u", side->port);
    assert_int_equal(channel_listen(side->hub, taken, &port), CHANNEL_IN_USE);
    assert_int_equal(channel_dial(side->hub, "nowhere", &side->key, 0, CHANNEL_VOTE),
                     CHANNEL_ADDRESS);
    side_free(side);
}

static void test_a_closed_channel_is_dialed_again(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    uint64_t first = pair.dialer->channel;
    channel_close(pair.dialer->hub, first);
    side_await(pair.dialer, &pair.dialer->up_count, 2);
    assert_int_equal(pair.dialer->down_count, 1);
    assert_int_equal(pair.dialer->down_reason, CHANNEL_END_CLOSED);
    assert_int_equal(channel_send(pair.dialer->hub, first, CLASS_SMALL, "x", 1), CHANNEL_GONE);
    side_await(pair.listener, &pair.listener->down_count, 1);
    assert_int_equal(pair.listener->down_reason, CHANNEL_END_PEER);
    pair_free(&pair);
}

static void test_a_dialer_finds_a_listener_that_comes_back(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    uint16_t port = pair.listener->port;
    channel_hub_free(pair.listener->hub);
    side_await(pair.dialer, &pair.dialer->down_count, 1);
    side_await(pair.dialer, &pair.dialer->refused_count, 1);
    assert_int_equal(pair.dialer->refused_reason, CHANNEL_END_REFUSED);
    side_start(pair.listener);
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    assert_int_equal(channel_listen(pair.listener->hub, address, NULL), CHANNEL_OK);
    side_await(pair.dialer, &pair.dialer->up_count, 2);
    pair_free(&pair);
}

/* A peer that was away is reached by all channels as soon as by one: the others do not sit out the
 * pauses that they have come to meanwhile. */
static void test_a_dialer_that_pauses_goes_on_when_its_peer_comes(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *dialer = side_new(2);
    side_allow(listener, dialer);
    side_listen(listener);
    channel_hub_free(listener->hub);
    dialer->config.limits.reconnect_min_ms = 4 * PATIENCE_MS;
    dialer->config.limits.reconnect_max_ms = 4 * PATIENCE_MS;
    side_start(dialer);
    side_dial(dialer, listener, CHANNEL_BULK);
    side_await(dialer, &dialer->refused_count, 1);
    side_start(listener);
    char address[32];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", listener->port);
    assert_int_equal(channel_listen(listener->hub, address, NULL), CHANNEL_OK);
    side_dial(dialer, listener, CHANNEL_VOTE);
    side_await(dialer, &dialer->up_count, 2);
    side_free(dialer);
    side_free(listener);
}

/* But two dialers of a peer that ends each channel as soon as it is up do not wake each other: both
 * keep to their pauses. And that it came once counts once. */
static void test_dialers_of_one_peer_keep_to_their_pauses(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *dialer = side_new(2);
    side_allow(listener, dialer);
    dialer->config.limits.reconnect_min_ms = 100;
    dialer->config.limits.reconnect_max_ms = 1000;
    side_listen(listener);
    side_start(dialer);
    side_dial(dialer, listener, CHANNEL_VOTE);
    side_dial(dialer, listener, CHANNEL_BULK);
    side_await(dialer, &dialer->up_count, 1);
    for (uint64_t end_ms = clock_monotonic_ms() + 1000; clock_monotonic_ms() < end_ms;) {
        channel_close(listener->hub, listener->channel);
        channel_close(dialer->hub, dialer->channel);
    }
    assert_true(dialer->up_count <= 20);
    channel_hub_free(listener->hub);
    listener->hub = NULL;
    const uint32_t refused_before = dialer->refused_count;
    clock_sleep_ms(500);
    assert_true(dialer->refused_count - refused_before <= 20);
    side_free(dialer);
    side_free(listener);
}

/* ---- Who may come ---------------------------------------------------------------------------- */

static void test_an_unknown_key_is_refused(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct side *stranger = side_new(3);
    side_start(stranger);
    side_dial(stranger, pair.listener, CHANNEL_VOTE);
    side_await(pair.listener, &pair.listener->refused_count, 1);
    assert_int_equal(pair.listener->refused_reason, CHANNEL_END_KEY);
    side_await(stranger, &stranger->refused_count, 1);
    assert_int_equal(stranger->refused_reason, CHANNEL_END_KEY);
    assert_int_equal(stranger->up_count, 0);
    pair_still_works(&pair);
    side_free(stranger);
    pair_free(&pair);
}

static void test_a_listener_with_the_wrong_key_is_refused(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *dialer = side_new(2);
    side_allow(listener, dialer);
    side_listen(listener);
    side_start(dialer);
    struct side *expected = side_new(9);
    expected->port = listener->port;
    side_dial(dialer, expected, CHANNEL_VOTE);
    side_await(dialer, &dialer->refused_count, 1);
    assert_int_equal(dialer->refused_reason, CHANNEL_END_KEY);
    assert_int_equal(dialer->up_count, 0);
    assert_int_equal(listener->up_count, 0);
    side_free(expected);
    side_free(dialer);
    side_free(listener);
}

/* Dials once with a changed configuration and expects both sides to say the same reason. */
static void refused_at_hello(struct side *listener, struct side *dialer, enum channel_end reason)
{
    side_allow(listener, dialer);
    side_listen(listener);
    side_start(dialer);
    side_dial(dialer, listener, CHANNEL_BULK);
    side_await(dialer, &dialer->refused_count, 1);
    side_await(listener, &listener->refused_count, 1);
    assert_int_equal(dialer->refused_reason, reason);
    assert_int_equal(listener->refused_reason, reason);
    assert_int_equal(dialer->up_count, 0);
    assert_int_equal(listener->up_count, 0);
    side_free(dialer);
    side_free(listener);
}

static void test_another_chain_is_refused(void **state)
{
    (void)state;
    struct side *dialer = side_new(2);
    dialer->config.chain_id.bytes[0] ^= 1;
    refused_at_hello(side_new(1), dialer, CHANNEL_END_CHAIN);
}

static void test_another_role_is_refused(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    listener->roles_allowed = 1u << CHANNEL_CLIENT;
    refused_at_hello(listener, side_new(2), CHANNEL_END_ROLE);
}

static void test_another_version_is_refused(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct raw raw;
    raw_tls(&raw, pair.listener->port, 2);
    raw_hello(&raw, CHANNEL_PROTOCOL_VERSION + 1, CHANNEL_CLIENT);
    side_await(pair.listener, &pair.listener->refused_count, 1);
    assert_int_equal(pair.listener->refused_reason, CHANNEL_END_VERSION);
    raw_close(&raw);
    pair_still_works(&pair);
    pair_free(&pair);
}

/* A newer connection of a validator takes over, but only once it is up. */
static void test_a_new_connection_replaces_the_old_only_when_up(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct raw raw;
    raw_tls(&raw, pair.listener->port, 2); /* the right key, but no HELLO */
    clock_sleep_ms(200);
    assert_int_equal(pair.listener->down_count, 0);
    pair_still_works(&pair);
    raw_hello(&raw, CHANNEL_PROTOCOL_VERSION, CHANNEL_VOTE);
    side_await(pair.listener, &pair.listener->down_count, 1);
    assert_int_equal(pair.listener->down_reason, CHANNEL_END_REPLACED);
    raw_close(&raw);
    side_await(pair.dialer, &pair.dialer->up_count, 2);
    pair_free(&pair);
}

static void test_clients_share_a_key_up_to_the_cap(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *client = side_new(2);
    listener->config.limits.channel_count_per_key = 2;
    side_allow(listener, client);
    side_listen(listener);
    side_start(client);
    for (int i = 0; i < 3; i++) {
        side_dial(client, listener, CHANNEL_CLIENT);
    }
    side_await(client, &client->refused_count, 1);
    assert_int_equal(client->refused_reason, CHANNEL_END_LIMIT);
    side_await(client, &client->up_count, 2);
    assert_int_equal(client->down_count, 0);
    side_free(client);
    side_free(listener);
}

static void test_guests_leave_room_for_validators(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *guests[3];
    struct side *validator = side_new(9);
    listener->config.limits.guest_count_max = 2;
    listener->config.limits.half_open_count_max = 4;
    listener->config.limits.connection_count_max = 12;
    listener->config.limits.handshake_burst = 1000;
    side_allow(listener, validator);
    for (uint8_t i = 0; i < 3; i++) { /* each with a key of its own */
        guests[i] = side_new((uint8_t)(2 + i));
        side_allow(listener, guests[i]);
    }
    side_listen(listener);
    for (int i = 0; i < 3; i++) {
        side_start(guests[i]);
        side_dial(guests[i], listener, CHANNEL_CLIENT);
        if (i < 2) {
            side_await(guests[i], &guests[i]->up_count, 1);
        }
    }
    side_await(guests[2], &guests[2]->refused_count, 1);
    assert_int_equal(guests[2]->refused_reason, CHANNEL_END_LIMIT);
    assert_int_equal(guests[2]->up_count, 0);
    side_start(validator);
    side_dial(validator, listener, CHANNEL_VOTE);
    side_dial(validator, listener, CHANNEL_BULK);
    side_await(validator, &validator->up_count, 2);
    side_free(guests[0]); /* a guest that goes makes room for the next */
    side_await(guests[2], &guests[2]->up_count, 1);
    side_free(guests[1]);
    side_free(guests[2]);
    side_free(validator);
    side_free(listener);
}

static void test_limits_that_leave_nothing_for_validators_are_refused(void **state)
{
    (void)state;
    struct side *side = side_new(1);
    side->config.limits.guest_count_max = 10;
    side->config.limits.half_open_count_max = 4;
    side->config.limits.connection_count_max = 18;
    assert_int_equal(channel_hub_new(&side->config, &side->hub), CHANNEL_LIMIT);
    side->config.limits.guest_count_max = UINT32_MAX;
    assert_int_equal(channel_hub_new(&side->config, &side->hub), CHANNEL_LIMIT);
    side->config.limits.guest_count_max = 0; /* serves validators alone */
    assert_int_equal(channel_hub_new(&side->config, &side->hub), CHANNEL_OK);
    side_free(side);
}

/* ---- Bad peers ------------------------------------------------------------------------------- */

static void test_garbage_half_handshakes_and_silence_harm_nobody(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *dialer = side_new(2);
    listener->config.limits.handshake_timeout_ms = 700;
    struct pair pair = {listener, dialer};
    listener->echo = true;
    side_allow(listener, dialer);
    side_listen(listener);
    side_start(dialer);
    side_dial(dialer, listener, CHANNEL_VOTE);
    side_await(dialer, &dialer->up_count, 1);
    static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    static const uint8_t half_hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01};
    struct raw raws[4];
    for (size_t i = 0; i < 4; i++) {
        assert_true(raw_connect(&raws[i], listener->port));
    }
    raw_write(&raws[0], http, sizeof(http) - 1);
    raw_write(&raws[1], half_hello, sizeof(half_hello));
    struct linger reset = {1, 0};
    (void)setsockopt(raws[2].socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    (void)close(raws[2].socket);
    for (int i = 0; i < 20; i++) { /* one byte at a time, never done */
        raw_write(&raws[3], half_hello, 1);
        pair_still_works(&pair);
        clock_sleep_ms(10);
    }
    assert_true(raw_closed_within(&raws[0], 3000));
    assert_true(raw_closed_within(&raws[1], 3000));
    assert_true(raw_closed_within(&raws[3], 3000));
    side_await(listener, &listener->refused_count, 3); /* the reset one may be gone too soon */
    pair_still_works(&pair);
    (void)close(raws[0].socket);
    (void)close(raws[1].socket);
    (void)close(raws[3].socket);
    pair_free(&pair);
}

/* Sends these bytes as an accepted peer and expects to be cut off for them. */
static void cut_off_for(const uint8_t *bytes, size_t size, enum channel_end reason)
{
    struct side *listener = side_new(1);
    struct side *peer = side_new(2);
    side_allow(listener, peer);
    side_listen(listener);
    struct raw raw;
    raw_tls(&raw, listener->port, 2);
    raw_hello(&raw, CHANNEL_PROTOCOL_VERSION, CHANNEL_CLIENT);
    side_await(listener, &listener->up_count, 1);
    assert_int_equal(tls_send(raw.tls, bytes, size), TLS_OK);
    side_await(listener, &listener->down_count, 1);
    assert_int_equal(listener->down_reason, reason);
    assert_int_equal(listener->message_count, 0);
    raw_close(&raw);
    side_free(peer);
    side_free(listener);
}

static void test_malformed_frames_end_the_connection(void **state)
{
    (void)state;
    static const struct frame_header bad[] = {
        {0, 0, FRAME_MESSAGE, CLASS_SMALL},                           /* empty */
        {10, 5, FRAME_MESSAGE, CLASS_SMALL},                          /* more than the message */
        {SMALL_MAX + 1, SMALL_MAX + 1, FRAME_MESSAGE, CLASS_SMALL},   /* over the class's bound */
        {1000, LARGE_MAX, FRAME_MESSAGE, CLASS_LARGE},                /* not the last, not full */
        {CHANNEL_FRAME_PAYLOAD_MAX + 1, LARGE_MAX, FRAME_MESSAGE, 1}, /* over 64 KiB */
        {CHANNEL_FRAME_PAYLOAD_MAX, UINT32_MAX, FRAME_MESSAGE, 1},    /* 4 GiB announced */
        {8, 8, FRAME_MESSAGE, CLASS_CLOSED},                          /* class not accepted */
        {8, 8, FRAME_MESSAGE, 200},                                   /* no such class */
        {8, 8, 9, 0},                                                 /* no such kind */
        {CHANNEL_HELLO_SIZE, CHANNEL_HELLO_SIZE, FRAME_HELLO, 1},     /* a HELLO has no class */
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t bytes[CHANNEL_FRAME_HEADER_SIZE + 64] = {0};
        frame_header_encode(&bad[i], bytes);
        cut_off_for(bytes, sizeof(bytes), CHANNEL_END_FRAME);
    }
    uint8_t reserved[CHANNEL_FRAME_HEADER_SIZE + 8] = {0};
    frame_header_encode(&(struct frame_header){8, 8, FRAME_MESSAGE, CLASS_SMALL}, reserved);
    reserved[11] = 1;
    cut_off_for(reserved, sizeof(reserved), CHANNEL_END_FRAME);
    uint8_t second_hello[CHANNEL_FRAME_HEADER_SIZE + CHANNEL_HELLO_SIZE] = {0};
    frame_header_encode(
        &(struct frame_header){CHANNEL_HELLO_SIZE, CHANNEL_HELLO_SIZE, FRAME_HELLO, 0},
        second_hello);
    cut_off_for(second_hello, sizeof(second_hello), CHANNEL_END_FRAME);
}

static void test_a_message_before_hello_ends_the_connection(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    struct raw raw;
    raw_tls(&raw, pair.listener->port, 2);
    uint8_t frame[CHANNEL_FRAME_HEADER_SIZE + 8];
    frame_message_encode(FRAME_MESSAGE, CLASS_SMALL, "12345678", 8, frame);
    assert_int_equal(tls_send(raw.tls, frame, sizeof(frame)), TLS_OK);
    side_await(pair.listener, &pair.listener->refused_count, 1);
    assert_int_equal(pair.listener->refused_reason, CHANNEL_END_HELLO);
    raw_close(&raw);
    pair_still_works(&pair);
    pair_free(&pair);
}

static void test_a_message_that_never_ends_is_timed_out(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *peer = side_new(2);
    listener->config.limits.message_timeout_ms = 300;
    side_allow(listener, peer);
    side_listen(listener);
    struct raw raw;
    raw_tls(&raw, listener->port, 2);
    raw_hello(&raw, CHANNEL_PROTOCOL_VERSION, CHANNEL_CLIENT);
    side_await(listener, &listener->up_count, 1);
    uint8_t frame[CHANNEL_FRAME_HEADER_SIZE + 8];
    frame_message_encode(FRAME_MESSAGE, CLASS_SMALL, "12345678", 8, frame);
    for (size_t i = 0; i < sizeof(frame) - 1 && listener->down_count == 0; i++) {
        (void)(tls_send(raw.tls, frame + i, 1) == TLS_OK);
        clock_sleep_ms(40);
    }
    side_await(listener, &listener->down_count, 1);
    assert_int_equal(listener->down_reason, CHANNEL_END_TIMEOUT);
    raw_close(&raw);
    side_free(peer);
    side_free(listener);
}

static void test_silence_is_timed_out_and_pings_keep_a_channel(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *dialer = side_new(2);
    struct side *peer = side_new(3);
    listener->config.limits.idle_timeout_ms = 600;
    dialer->config.limits.idle_timeout_ms = 600;
    side_allow(listener, dialer);
    side_allow(listener, peer);
    side_listen(listener);
    side_start(dialer);
    side_dial(dialer, listener, CHANNEL_VOTE);
    side_await(dialer, &dialer->up_count, 1);
    struct raw raw;
    raw_tls(&raw, listener->port, 3);
    raw_hello(&raw, CHANNEL_PROTOCOL_VERSION, CHANNEL_CLIENT);
    side_await(listener, &listener->up_count, 2);
    side_await(listener, &listener->down_count, 1);
    assert_int_equal(listener->down_reason, CHANNEL_END_TIMEOUT);
    clock_sleep_ms(1000);
    assert_int_equal(listener->down_count, 1);
    assert_int_equal(dialer->down_count, 0);
    raw_close(&raw);
    side_free(peer);
    side_free(dialer);
    side_free(listener);
}

static void test_connections_beyond_rate_and_caps_are_closed(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    listener->config.limits.handshake_burst = 6;
    listener->config.limits.handshake_interval_ms = 60000;
    listener->config.limits.half_open_count_max = 4;
    side_listen(listener);
    struct raw raws[8];
    uint32_t closed = 0;
    for (size_t i = 0; i < 8; i++) {
        assert_true(raw_connect(&raws[i], listener->port));
    }
    for (size_t i = 0; i < 8; i++) {
        closed += raw_closed_within(&raws[i], 300) ? 1 : 0;
    }
    assert_int_equal(closed, 4);
    struct channel_counters counters;
    channel_counters_read(listener->hub, &counters);
    assert_int_equal(counters.accepted, 8);
    assert_int_equal(counters.rate_limited, 2);
    assert_int_equal(counters.refused_limit, 2);
    for (size_t i = 0; i < 8; i++) {
        (void)close(raws[i].socket);
    }
    side_free(listener);
}

static void test_silent_connections_make_way_for_a_validator(void **state)
{
    (void)state;
    struct side *listener = side_new(1);
    struct side *validator = side_new(2);
    listener->config.limits.half_open_count_max = 4;
    side_allow(listener, validator);
    side_listen(listener);
    struct raw raws[4];
    for (size_t i = 0; i < 4; i++) {
        assert_true(raw_connect(&raws[i], listener->port));
    }
    uint64_t begun_ms = clock_monotonic_ms();
    side_start(validator);
    side_dial(validator, listener, CHANNEL_VOTE);
    side_dial(validator, listener, CHANNEL_BULK);
    side_await(validator, &validator->up_count, 2);
    assert_true(clock_monotonic_ms() - begun_ms < listener->config.limits.handshake_timeout_ms);
    assert_true(raw_closed_within(&raws[0], 300)); /* the oldest */
    assert_false(raw_closed_within(&raws[3], 100));
    for (size_t i = 0; i < 4; i++) {
        (void)close(raws[i].socket);
    }
    side_free(validator);
    side_free(listener);
}

/* ---- Load ------------------------------------------------------------------------------------ */

static void test_a_slow_reader_fills_the_queue_and_loses_nothing(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    pair.listener->echo = false;
    side_lock(pair.listener);
    pair.listener->busy = true;
    side_unlock(pair.listener);
    uint64_t sent = 0;
    enum channel_status status = CHANNEL_OK;
    while (status == CHANNEL_OK) {
        status = side_send(pair.dialer, CLASS_LARGE, sent + 1, 200000);
        sent += status == CHANNEL_OK ? 1 : 0;
        assert_true(sent < 1000);
    }
    assert_int_equal(status, CHANNEL_FULL);
    assert_true(sent >= 20);
    side_lock(pair.listener);
    pair.listener->busy = false;
    side_unlock(pair.listener);
    side_await(pair.listener, &pair.listener->message_count, (uint32_t)sent);
    assert_false(pair.listener->disordered);
    pair_free(&pair);
}

static void test_stopping_under_load_does_not_hang(void **state)
{
    (void)state;
    for (int round = 0; round < 6; round++) {
        struct pair pair = pair_new();
        for (uint64_t i = 1; i <= 40; i++) {
            (void)(side_send(pair.dialer, CLASS_LARGE, i, 100000) == CHANNEL_OK);
        }
        if (round % 2 == 0) {
            channel_hub_stop(pair.listener->hub);
        } else {
            channel_hub_stop(pair.dialer->hub);
            assert_int_equal(pair.dialer->down_count, 1);
        }
        assert_int_equal(side_send(round % 2 == 0 ? pair.listener : pair.dialer, CLASS_SMALL, 1, 8),
                         CHANNEL_GONE);
        pair_free(&pair);
    }
}

/* Small messages that follow each other are not kept back: on every connected socket of either end,
 * TCP is told so. */
static void test_no_connection_waits_for_acknowledgements(void **state)
{
    (void)state;
    struct pair pair = pair_new();
    uint32_t connected = 0;
    for (int socket = 3; socket < SOCKETS_LOOKED_AT; socket++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof(peer);
        int prompt = 0;
        socklen_t prompt_size = sizeof(prompt);
        if (getpeername(socket, (struct sockaddr *)&peer, &size) != 0 ||
            peer.sin_family != AF_INET) {
            continue;
        }
        assert_int_equal(getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &prompt, &prompt_size), 0);
        assert_int_not_equal(prompt, 0);
        connected++;
    }
    assert_true(connected >= 2);
    pair_free(&pair);
}

int main(void)
{
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_all_sizes_go_there_and_back_in_order),
        cmocka_unit_test(test_an_owner_may_take_messages),
        cmocka_unit_test(test_one_message_goes_to_each_channel),
        cmocka_unit_test(test_send_refuses_what_no_class_allows),
        cmocka_unit_test(test_no_connection_waits_for_acknowledgements),
        cmocka_unit_test(test_addresses_are_checked),
        cmocka_unit_test(test_a_closed_channel_is_dialed_again),
        cmocka_unit_test(test_a_dialer_finds_a_listener_that_comes_back),
        cmocka_unit_test(test_a_dialer_that_pauses_goes_on_when_its_peer_comes),
        cmocka_unit_test(test_dialers_of_one_peer_keep_to_their_pauses),
        cmocka_unit_test(test_an_unknown_key_is_refused),
        cmocka_unit_test(test_a_listener_with_the_wrong_key_is_refused),
        cmocka_unit_test(test_another_chain_is_refused),
        cmocka_unit_test(test_another_role_is_refused),
        cmocka_unit_test(test_another_version_is_refused),
        cmocka_unit_test(test_a_new_connection_replaces_the_old_only_when_up),
        cmocka_unit_test(test_clients_share_a_key_up_to_the_cap),
        cmocka_unit_test(test_guests_leave_room_for_validators),
        cmocka_unit_test(test_limits_that_leave_nothing_for_validators_are_refused),
        cmocka_unit_test(test_garbage_half_handshakes_and_silence_harm_nobody),
        cmocka_unit_test(test_malformed_frames_end_the_connection),
        cmocka_unit_test(test_a_message_before_hello_ends_the_connection),
        cmocka_unit_test(test_a_message_that_never_ends_is_timed_out),
        cmocka_unit_test(test_silence_is_timed_out_and_pings_keep_a_channel),
        cmocka_unit_test(test_connections_beyond_rate_and_caps_are_closed),
        cmocka_unit_test(test_silent_connections_make_way_for_a_validator),
        cmocka_unit_test(test_a_slow_reader_fills_the_queue_and_loses_nothing),
        cmocka_unit_test(test_stopping_under_load_does_not_hang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
