#include "bench/support/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/prng.h"
#include "bench/support/figure.h"
#include "crypto/hash.h"
#include "crypto/hash_many.h"
#include "crypto/sign_known.h"
#include "crypto/sign_many.h"

enum {
    ROUNDS = 5, /* of which the median counts */
    PATH_SIZE = 600,
    SYNCS = 101,
    DISK_CHUNK = 1 << 20,
    DISK_CHUNKS = 64,
    DISK_CHUNKS_PER_SYNC = 16,
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    figure_require(clock_gettime(clock, &now) == 0, "a clock cannot be read");
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double machine_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double machine_wall_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

void machine_large_pages(void *memory, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + size) / page * page;
    if (first < end) {
        (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
    }
}

double machine_hash_ns(size_t size)
{
    uint32_t times = (uint32_t)(20000000 / (size + 500));
    uint8_t *bytes = calloc(1, size + HASH_SIZE);
    double rounds[ROUNDS];
    struct hash out = {{0}};
    figure_require(bytes != NULL, "not enough memory");
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (uint32_t i = 0; i < times; i++) {
            memcpy(bytes, out.bytes, sizeof out.bytes); /* each needs the one before */
            hash_compute(&out, HASH_RECORD, bytes, size);
        }
        rounds[round] = (machine_cpu_seconds() - start) / times * 1e9;
    }
    free(bytes);
    return figure_median(rounds, ROUNDS);
}

double machine_hash_many_ns(size_t size)
{
    uint32_t times = (uint32_t)(20000000 / (size + 500)) / HASH_MANY + 1;
    uint8_t *bytes = calloc(HASH_MANY, size + 1);
    struct hash_item items[HASH_MANY];
    struct hash out[HASH_MANY];
    double rounds[ROUNDS];
    figure_require(bytes != NULL, "not enough memory");
    for (size_t i = 0; i < HASH_MANY; i++) {
        items[i] = (struct hash_item){
            .domain = HASH_RECORD, .data = bytes + i * size, .size = size, .out = &out[i]};
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (uint32_t i = 0; i < times; i++) {
            hash_many(items, HASH_MANY);
        }
        rounds[round] = (machine_cpu_seconds() - start) / times / HASH_MANY * 1e9;
    }
    free(bytes);
    return figure_median(rounds, ROUNDS);
}

static const char message[] = "TALLY-E1 and an identifier of 32 bytes.";

/* Its signature, by a key that is always the same. */
static void message_sign(struct public_key *public_key, struct secret_key *secret_key,
                         struct signature *signature)
{
    static const uint8_t seed[SIGN_SEED_SIZE] = {7};
    sign_key_from_seed(seed, public_key, secret_key);
    sign_create(secret_key, message, sizeof message, signature);
}

/* Of a check, or of a signature. */
static double signature_ns(bool check)
{
    enum {
        TIMES = 500
    };
    struct public_key public_key;
    struct secret_key secret_key;
    struct signature signature;
    double rounds[ROUNDS];
    message_sign(&public_key, &secret_key, &signature);
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (int i = 0; i < TIMES; i++) {
            if (check) {
                figure_require(sign_verify(&public_key, message, sizeof message, &signature),
                               "a valid signature was refused");
            } else {
                sign_create(&secret_key, message, sizeof message, &signature);
            }
        }
        rounds[round] = (machine_cpu_seconds() - start) / TIMES * 1e9;
    }
    return figure_median(rounds, ROUNDS);
}

double machine_check_many_ns(void)
{
    enum {
        TIMES = 200
    };
    struct public_key public_key;
    struct secret_key secret_key;
    struct signature signature;
    struct sign_item items[SIGN_LANES];
    double rounds[ROUNDS];
    message_sign(&public_key, &secret_key, &signature);
    for (size_t i = 0; i < SIGN_LANES; i++) {
        items[i] = (struct sign_item){.public_key = &public_key,
                                      .message = message,
                                      .size = sizeof message,
                                      .signature = &signature};
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (int i = 0; i < TIMES; i++) {
            sign_verify_many(items, SIGN_LANES);
            figure_require(items[SIGN_LANES - 1].valid, "a valid signature was refused");
        }
        rounds[round] = (machine_cpu_seconds() - start) / TIMES / SIGN_LANES * 1e9;
    }
    return figure_median(rounds, ROUNDS);
}

double machine_check_known_ns(void)
{
    enum {
        TIMES = 1000
    };
    static struct sign_known known;
    struct public_key public_key;
    struct secret_key secret_key;
    struct signature signature;
    double rounds[ROUNDS];
    message_sign(&public_key, &secret_key, &signature);
    if (!sign_known_prepare(&public_key, &known)) {
        return machine_check_ns();
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (int i = 0; i < TIMES; i++) {
            figure_require(sign_known_verify(&known, message, sizeof message, &signature),
                           "a valid signature was refused");
        }
        rounds[round] = (machine_cpu_seconds() - start) / TIMES * 1e9;
    }
    return figure_median(rounds, ROUNDS);
}

double machine_check_ns(void)
{
    return signature_ns(true);
}

double machine_sign_ns(void)
{
    return signature_ns(false);
}

double machine_access_ns(size_t bytes)
{
    enum {
        STEPS = 3000000
    };
    size_t count = bytes / sizeof(uint64_t);
    uint64_t *next = malloc(count * sizeof *next);
    struct prng prng;
    uint64_t at = 0;
    double start;
    figure_require(next != NULL, "not enough memory");
    machine_large_pages(next, count * sizeof *next);
    prng_init(&prng, 1);
    for (size_t i = 0; i < count; i++) {
        next[i] = i;
    }
    for (size_t i = count - 1; i > 0; i--) { /* Sattolo: a permutation of one circle */
        size_t with = (size_t)prng_below(&prng, i);
        uint64_t swapped = next[i];
        next[i] = next[with];
        next[with] = swapped;
    }
    start = machine_cpu_seconds();
    for (uint32_t i = 0; i < STEPS; i++) {
        at = next[at];
    }
    start = machine_cpu_seconds() - start;
    figure_require(at < count, "out of the circle");
    free(next);
    return start / STEPS * 1e9;
}

struct bare_account {
    uint64_t name; /* 0: free */
    int64_t securities;
    int64_t cash;
};

/* Of a bare DvP: tables with open addressing, at most half full. */
struct bare_ledger {
    struct bare_account *accounts;
    uint64_t account_mask;
    uint64_t *references;
    uint64_t reference_mask;
};

/* A name that is scattered evenly; never 0. */
static uint64_t name_of(uint64_t number)
{
    uint64_t out = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    out = (out ^ (out >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return (out ^ (out >> 32)) | 1;
}

static uint64_t mask_for(uint64_t count)
{
    uint64_t size = 2;
    while (size < 2 * count) {
        size *= 2;
    }
    return size - 1;
}

static struct bare_account *account_find(const struct bare_ledger *ledger, uint64_t name)
{
    uint64_t at = name >> 1 & ledger->account_mask;
    while (ledger->accounts[at].name != name && ledger->accounts[at].name != 0) {
        at = (at + 1) & ledger->account_mask;
    }
    return &ledger->accounts[at];
}

/* False when it is there already. */
static bool reference_add(const struct bare_ledger *ledger, uint64_t name)
{
    uint64_t at = name >> 1 & ledger->reference_mask;
    while (ledger->references[at] != 0) {
        if (ledger->references[at] == name) {
            return false;
        }
        at = (at + 1) & ledger->reference_mask;
    }
    ledger->references[at] = name;
    return true;
}

static bool dvp_settle(const struct bare_ledger *ledger, uint64_t deliverer, uint64_t receiver,
                       uint64_t reference)
{
    struct bare_account *from = account_find(ledger, deliverer);
    struct bare_account *to = account_find(ledger, receiver);
    if (from->securities < 100 || to->cash < 1000 || !reference_add(ledger, reference)) {
        return false;
    }
    from->securities -= 100;
    to->securities += 100;
    to->cash -= 1000;
    from->cash += 1000;
    return true;
}

double machine_dvp_ns(uint32_t accounts)
{
    enum {
        TIMES = 300000
    };
    struct bare_ledger ledger = {.account_mask = mask_for(accounts),
                                 .reference_mask = mask_for((uint64_t)TIMES * ROUNDS)};
    double rounds[ROUNDS];
    uint32_t settled = 0;
    struct prng prng;
    ledger.accounts = calloc(ledger.account_mask + 1, sizeof *ledger.accounts);
    ledger.references = calloc(ledger.reference_mask + 1, sizeof *ledger.references);
    figure_require(ledger.accounts != NULL && ledger.references != NULL, "not enough memory");
    machine_large_pages(ledger.accounts, (ledger.account_mask + 1) * sizeof *ledger.accounts);
    machine_large_pages(ledger.references, (ledger.reference_mask + 1) * sizeof *ledger.references);
    prng_init(&prng, 3);
    for (uint32_t i = 0; i < accounts; i++) {
        *account_find(&ledger, name_of(i)) = (struct bare_account){name_of(i), 1 << 30, 1 << 30};
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (uint32_t i = 0; i < TIMES; i++) {
            uint64_t drawn = prng_next(&prng);
            settled += dvp_settle(&ledger, name_of((drawn >> 32) % accounts),
                                  name_of((uint32_t)drawn % accounts),
                                  name_of((uint64_t)round * TIMES + i));
        }
        rounds[round] = (machine_cpu_seconds() - start) / TIMES * 1e9;
    }
    figure_require(settled == TIMES * ROUNDS, "a bare DvP was refused");
    free(ledger.accounts);
    free(ledger.references);
    return figure_median(rounds, ROUNDS);
}

double machine_copy_ns(size_t size)
{
    uint32_t times = (uint32_t)(400000000 / (size + 200));
    uint8_t *from = calloc(1, size + 1);
    uint8_t *to = calloc(1, size + 1);
    double rounds[ROUNDS];
    uint64_t sum = 0;
    figure_require(from != NULL && to != NULL, "not enough memory");
    for (int round = 0; round < ROUNDS; round++) {
        double start = machine_cpu_seconds();
        for (uint32_t i = 0; i < times; i++) {
            memcpy(to, from, size);
            from[0] = (uint8_t)(to[size / 2] + 1); /* so that no copy can be left out */
            sum += from[0];
        }
        rounds[round] = (machine_cpu_seconds() - start) / times * 1e9;
    }
    figure_require(sum > 0, "nothing was copied");
    free(from);
    free(to);
    return figure_median(rounds, ROUNDS);
}

int machine_file_open(const char *directory)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/bench-XXXXXX", directory);
    int file = mkstemp(path);
    figure_require(file >= 0, "the directory cannot be written to");
    (void)unlink(path);
    return file;
}

double machine_append_us(int file, size_t bytes)
{
    uint8_t *data = malloc(bytes);
    figure_require(data != NULL, "not enough memory");
    memset(data, 'x', bytes);
    double start = machine_wall_seconds();
    figure_require(write(file, data, bytes) == (ssize_t)bytes && fdatasync(file) == 0,
                   "the disk failed");
    double out = (machine_wall_seconds() - start) * 1e6;
    free(data);
    return out;
}

double machine_sync_us(const char *directory, size_t bytes)
{
    double times[SYNCS];
    int file = machine_file_open(directory);
    for (int i = 0; i < SYNCS; i++) {
        times[i] = machine_append_us(file, bytes);
    }
    (void)close(file);
    return figure_median(times, SYNCS);
}

double machine_disk_mib_per_s(const char *directory)
{
    int file = machine_file_open(directory);
    uint8_t *data = malloc(DISK_CHUNK);
    struct prng prng;
    figure_require(data != NULL, "not enough memory");
    prng_init(&prng, 2);
    prng_fill(&prng, data, DISK_CHUNK); /* nothing to compress */
    double start = machine_wall_seconds();
    for (int i = 1; i <= DISK_CHUNKS; i++) {
        figure_require(write(file, data, DISK_CHUNK) == (ssize_t)DISK_CHUNK, "the disk failed");
        figure_require(i % DISK_CHUNKS_PER_SYNC != 0 || fdatasync(file) == 0, "the disk failed");
    }
    double seconds = machine_wall_seconds() - start;
    free(data);
    (void)close(file);
    return (double)DISK_CHUNK * DISK_CHUNKS / (1 << 20) / seconds;
}
