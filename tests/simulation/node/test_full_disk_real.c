/*
 * Goal: a tallyd whose data directory runs out of space says so, stops voting and accepting, keeps
 * answering, and goes on by itself when there is space again; the other three go on all the while.
 *
 * The data directory of one node is a small file system of its own (a tmpfs in a mount name space
 * of the test). Where the system does not allow that, the test says so and passes.
 */
#define _GNU_SOURCE /* unshare */
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/start.h"
#include "host/clock.h"
#include "node/alarm.h"
#include "tests/support/cmocka.h"
#include "tests/support/node/real_market.h"

enum {
    VALIDATORS = SAMPLE_VALIDATOR_COUNT,
    FULL = 1, /* the node with the small disk */
    START_MS = 30000,
    PATIENCE_MS = 20000,
    SHARES = 100,
    CENTS = 100000,
    CHUNK = 1 << 20,
    LEFT_BYTES = 8 << 20, /* below any reserve, above what is written until the node notices */
    PATH_SIZE = 128,
};

static char program[512];
static struct real_network network;
static struct real_market market;
static struct reply reply;

static bool write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY);
    bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) {
        (void)close(file);
    }
    return written;
}

/* Makes this process root of a name space of its own, in which it may mount. */
static bool name_space_enter(void)
{
    char map[64];
    uid_t user = getuid();
    gid_t group = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        return false;
    }
    (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)user);
    bool mapped = write_text("/proc/self/uid_map", map);
    mapped = write_text("/proc/self/setgroups", "deny") && mapped;
    (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)group);
    mapped = write_text("/proc/self/gid_map", map) && mapped;
    return mapped && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void path_in_data(char path[PATH_SIZE], const char *name)
{
    (void)snprintf(path, PATH_SIZE, "%s/node-%u/data%s", network.directory, (unsigned)FULL, name);
}

static bool small_disk_mount(void)
{
    char path[PATH_SIZE];
    path_in_data(path, "");
    return mkdir(path, 0700) == 0 && mount("tmpfs", path, "tmpfs", 0, "size=400m") == 0;
}

static int start(void **state)
{
    (void)state;
    real_network_make(&network, program);
    if (access(program, X_OK) != 0 || !small_disk_mount()) {
        return -1;
    }
    for (unsigned i = 0; i < VALIDATORS; i++) {
        real_network_start(&network, i, true);
    }
    for (unsigned i = 0; i < VALIDATORS; i++) {
        assert_true(real_network_wait(&network, i, START_MS));
    }
    real_market_open(&market, &network);
    real_market_prepare(&market, SHARES, CENTS);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    char path[PATH_SIZE];
    for (unsigned i = 0; i < VALIDATORS; i++) {
        if (network.processes[i] != 0) {
            (void)real_network_stop(&network, i, 9);
        }
    }
    path_in_data(path, "");
    (void)umount(path);
    real_network_remove(&network);
    return 0;
}

/* Writes a file until little space is left beside it. */
static void fill(void)
{
    static uint8_t chunk[CHUNK];
    char path[PATH_SIZE];
    struct statvfs disk;
    path_in_data(path, "/ballast");
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    while (statvfs(path, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize > LEFT_BYTES) {
        assert_int_equal(write(file, chunk, sizeof chunk), sizeof chunk);
    }
    (void)close(file);
}

static void make_room(void)
{
    char path[PATH_SIZE];
    path_in_data(path, "/ballast");
    assert_int_equal(unlink(path), 0);
}

/* Waits until the alarm is raised, or not. The node must answer all the while. */
static void await_alarm(bool raised)
{
    uint64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    bool seen = !raised;
    while (seen != raised && clock_monotonic_ms() < end_ms) {
        seen = false;
        assert_true(real_network_status(&network, FULL, &reply, PATIENCE_MS));
        for (uint16_t i = 0; i < reply.status.alarm_count; i++) {
            seen = seen || reply.status.alarms[i].code == ALARM_DISK_FULL;
        }
        clock_sleep_ms(50);
    }
    assert_int_equal(seen, raised);
}

/* Settles one share through two validators. */
static void settle(unsigned seller_at, unsigned buyer_at)
{
    struct command deliver;
    struct command receive;
    struct real_market_envelope seller;
    struct real_market_envelope buyer;
    struct receipt receipt;
    real_market_trade(&market, 1, 100, &deliver, &receive);
    real_market_sign(&market, SAMPLE_SELLER, &deliver, &seller);
    real_market_sign(&market, SAMPLE_BUYER, &receive, &buyer);
    assert_true(real_market_submit(&market, &seller, seller_at));
    assert_true(real_market_submit(&market, &buyer, buyer_at));
    assert_true(real_market_wait(&market, &seller, seller_at, PATIENCE_MS, &receipt));
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_true(real_market_wait(&market, &buyer, buyer_at, PATIENCE_MS, &receipt));
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
}

static uint64_t executed(unsigned validator)
{
    assert_true(real_network_status(&network, validator, &reply, PATIENCE_MS));
    return reply.status.executed_height;
}

static struct hash root_at(unsigned validator, uint64_t height)
{
    struct request request = {.kind = REQUEST_ROOTS, .height = height};
    uint64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    while (executed(validator) < height && clock_monotonic_ms() < end_ms) {
        clock_sleep_ms(50);
    }
    struct real_client *client = real_client_open(&network, SAMPLE_AUDITOR, validator, PATIENCE_MS);
    assert_non_null(client);
    assert_true(real_client_ask(client, &request, &reply, PATIENCE_MS));
    assert_int_equal(reply.kind, REPLY_ROOTS);
    real_client_close(client);
    return reply.roots.result_root;
}

static void test_a_full_disk_is_told_and_survived(void **state)
{
    (void)state;
    struct command deliver;
    struct command receive;
    struct real_market_envelope refused;
    settle(0, FULL);
    fill();
    await_alarm(true);
    real_market_trade(&market, 1, 100, &deliver, &receive);
    real_market_sign(&market, SAMPLE_SELLER, &deliver, &refused);
    assert_false(real_market_submit(&market, &refused, FULL));
    for (int i = 0; i < 3; i++) {
        settle(0, 2);
    }
    make_room();
    await_alarm(false);
    settle(FULL, 3);
    uint64_t height = executed(0);
    struct hash root = root_at(0, height);
    for (unsigned i = 1; i < VALIDATORS; i++) {
        struct hash other = root_at(i, height);
        assert_memory_equal(root.bytes, other.bytes, sizeof root.bytes);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_disk_is_told_and_survived),
    };
    char path[256];
    (void)argc;
    (void)snprintf(path, sizeof path, "%s", argv[0]);
    /* build/<profile>/test/simulation/node/<this> -> build/<profile>/bin/tallyd */
    (void)snprintf(program, sizeof program, "%s/../../../bin/tallyd", dirname(path));
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    if (!name_space_enter()) {
        (void)puts("skipped: this system does not let a user mount in a name space of his own");
        return 77; /* tests/run-programs counts it as skipped */
    }
    return cmocka_run_group_tests(tests, start, stop);
}
