/* Prices of signatures and hashes, measured; and how all prices are judged and written. */
#include "netsim/lab/calibrate.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/hash.h"

enum {
    ROUNDS = 5,
    MESSAGE_SIZE = 89, /* what a vote signs */
    SIGNATURES = 400,
    HASHES = 20000,
    SMALL = 64,
    LARGE = 1 << 16,
};

uint64_t calibrate_cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int value_compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

uint64_t calibrate_median(uint64_t *values, size_t count)
{
    TALLY_ASSERT(count % 2 == 1);
    qsort(values, count, sizeof values[0], value_compare);
    return values[count / 2];
}

/* ---- Signatures and hashes -------------------------------------------------------------- */

static void sign_measure(struct cost_model *costs)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[crypto_sign_BYTES];
    uint8_t message[MESSAGE_SIZE] = {0};
    uint64_t sign_ns[ROUNDS];
    uint64_t verify_ns[ROUNDS];
    (void)crypto_sign_keypair(public_key, secret_key);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begin = calibrate_cpu_ns();
        for (int i = 0; i < SIGNATURES; i++) {
            message[0] = (uint8_t)i;
            (void)crypto_sign_detached(signature, NULL, message, sizeof message, secret_key);
        }
        sign_ns[round] = (calibrate_cpu_ns() - begin) / SIGNATURES;
        begin = calibrate_cpu_ns();
        for (int i = 0; i < SIGNATURES; i++) {
            int valid = crypto_sign_verify_detached(signature, message, sizeof message, public_key);
            TALLY_ASSERT(valid == 0);
        }
        verify_ns[round] = (calibrate_cpu_ns() - begin) / SIGNATURES;
    }
    costs->sign_ns = calibrate_median(sign_ns, ROUNDS);
    costs->verify_ns = calibrate_median(verify_ns, ROUNDS);
}

static uint64_t hash_measure(size_t size, int count)
{
    static uint8_t data[LARGE];
    struct hash hash;
    uint64_t ns[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t begin = calibrate_cpu_ns();
        for (int i = 0; i < count; i++) {
            hash_compute(&hash, HASH_RECORD, data, size);
            data[0] = hash.bytes[0]; /* one waits for the other */
        }
        ns[round] = (calibrate_cpu_ns() - begin) / (uint64_t)count;
    }
    return calibrate_median(ns, ROUNDS);
}

void calibrate_crypto(struct cost_model *costs, FILE *log)
{
    (void)fputs("Ed25519 (libsodium) and BLAKE2b\n", log);
    sign_measure(costs);
    costs->hash_ns = hash_measure(SMALL, HASHES);
    costs->hash_kib_ns = (hash_measure(LARGE, HASHES / 100) - costs->hash_ns) / (LARGE / 1024);
}

/* ---- Judging and writing ---------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
    const char *text;
} prices[] = {
#define PRICE_TEXT(name, text) {#name, offsetof(struct cost_model, name), text},
    COST_MODEL_LIST(PRICE_TEXT)};
enum {
    PRICE_COUNT = sizeof prices / sizeof prices[0]
};

/* From the fastest that can be hoped for to the slowest that could be borne. */
static const struct {
    const char *name;
    uint64_t low;
    uint64_t high;
} bounds[] = {
    {"step_ns", 20, 100000},
    {"turn_ns", 500, 1000000},
    {"sign_ns", 2000, 2000000},
    {"verify_ns", 4000, 5000000},
    {"hash_ns", 30, 20000},
    {"hash_kib_ns", 100, 50000},
    {"check_envelope_ns", 50, 1000000},
    {"execute_block_ns", 200, 10000000},
    {"execute_command_ns", 500, 10000000},
    {"settle_ns", 0, 10000000},
    {"store_kib_ns", 50, 10000000},
    {"store_block_ns", 500, 100000000},
    {"list_block_ns", 1000, 1000000000},
    {"list_command_ns", 500, 100000000},
    {"channel_message_ns", 200, 10000000},
    {"channel_kib_ns", 20, 1000000},
    {"submit_ns", 200, 10000000},
    {"write_kib_ns", 20, 10000000},
    {"sync_ns", 5000, 1000000000},
    {"sync_kib_ns", 0, 100000000},
};
_Static_assert(sizeof bounds / sizeof bounds[0] == (size_t)PRICE_COUNT,
               "each price has its bounds");

static uint64_t price(const struct cost_model *costs, size_t index)
{
    uint64_t value;
    memcpy(&value, (const char *)costs + prices[index].offset, sizeof value);
    return value;
}

const char *calibrate_doubt(const struct cost_model *costs)
{
    static char text[200];
    for (size_t i = 0; i < PRICE_COUNT; i++) {
        uint64_t value = price(costs, i);
        TALLY_ASSERT(strcmp(prices[i].name, bounds[i].name) == 0);
        if (value < bounds[i].low || value > bounds[i].high) {
            (void)snprintf(text, sizeof text,
                           "%s = %" PRIu64 " (%s) is not between %" PRIu64 " and %" PRIu64,
                           prices[i].name, value, prices[i].text, bounds[i].low, bounds[i].high);
            return text;
        }
    }
    if (costs->verify_ns < costs->sign_ns) {
        return "verify_ns is below sign_ns: an Ed25519 check takes two multiplications, a "
               "signature "
               "one";
    }
    return NULL;
}

void calibrate_write(const struct cost_model *costs, const char *machine, FILE *out)
{
    (void)fprintf(out, "# What work costs, measured by `tally-sim calibrate` on\n# %s\n\n[cost]\n",
                  machine);
    for (size_t i = 0; i < PRICE_COUNT; i++) {
        (void)fprintf(out, "# %s\n%s = %" PRIu64 "\n", prices[i].text, prices[i].name,
                      price(costs, i));
    }
}
