/*
 * bench/crypto_merkle.c - what many hashes at once cost, and renewing a root over a million leaves
 *
 *     crypto_merkle [DIRTY_LEAVES ...]            default: 100 1000 10000 100000
 *
 * First hashes of one and of three blocks, as many as callers put together; their limit is
 * libsodium's, one by one. Then the tree.
 *
 * A tree of a million leaves, of which so many, drawn at random, are set and the root is renewed.
 * The limit is the hashing alone: as many nodes as the update has to make, at the price that this
 * machine has for one of many of that size. What is above it is finding the nodes, in memory that
 * no cache holds. Left out: encoding the records and hashing those (bench/client_codec).
 */
#include <stdlib.h>

#include "base/prng.h"
#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "crypto/hash_many.h"
#include "crypto/merkle.h"
#include "crypto/start.h"

enum {
    LEAVES = 1000000,
    ROUNDS = 5,
    ROUND_LEAVES = 100000, /* smaller batches are repeated to about so many */
};

struct bench {
    struct merkle_tree tree;
    struct prng prng;
    struct hash leaves[HASH_MANY]; /* new ones */
    uint8_t *changed;              /* by node, on the level at hand */
    double hash_ns;                /* of a node: four hashes in */
};

/* Over 100 %: so much better than one by one. */
static void measure_hashes(size_t size)
{
    figure_print(&(struct figure){
        .layer = "merkle",
        .what = figure_label("hash of %s bytes, many at once", figure_number((double)size)),
        .value = machine_hash_many_ns(size),
        .unit = "ns a hash",
        .limit = machine_hash_ns(size),
        .limit_what = "libsodium's, one by one",
        .cost = true});
}

static void bench_open(struct bench *bench)
{
    struct arena arena;
    struct hash leaf;
    size_t size = merkle_footprint(LEAVES);
    void *memory = NULL;
    figure_require(posix_memalign(&memory, ARENA_LINE, size) == 0, "not enough memory");
    bench->changed = calloc(LEAVES, 1);
    figure_require(bench->changed != NULL, "not enough memory");
    arena_init(&arena, memory, size);
    merkle_init(&bench->tree, LEAVES, &arena);
    merkle_grow(&bench->tree, LEAVES);
    prng_init(&bench->prng, 1);
    for (uint32_t i = 0; i < LEAVES; i++) {
        prng_fill(&bench->prng, &leaf, sizeof leaf);
        merkle_set(&bench->tree, i, &leaf);
    }
    merkle_update(&bench->tree);
    bench->hash_ns = machine_hash_many_ns(MERKLE_CHILDREN * HASH_SIZE);
}

/* How many nodes above these leaves the update has to hash; forgets the leaves. */
static uint64_t nodes_above(struct bench *bench)
{
    uint64_t out = 0;
    for (uint32_t count = LEAVES; count > 1; count = (count + 3) / 4) {
        for (uint32_t node = 0; node < (count + 3) / 4; node++) {
            uint8_t changed = 0;
            for (uint32_t child = 4 * node; child < 4 * node + 4 && child < count; child++) {
                changed |= bench->changed[child];
            }
            out += changed && 4 * node + 1 < count;
            bench->changed[node] = changed;
        }
    }
    bench->changed[0] = 0;
    for (uint32_t i = 0; i < LEAVES; i++) {
        bench->changed[i] = 0;
    }
    return out;
}

static void leaves_set(struct bench *bench, const uint32_t *indexes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        merkle_set(&bench->tree, indexes[i], &bench->leaves[i % HASH_MANY]);
    }
}

static void measure(struct bench *bench, uint32_t dirty)
{
    double rounds[ROUNDS];
    double limits[ROUNDS];
    uint32_t *drawn = calloc(dirty, sizeof *drawn);
    figure_require(drawn != NULL && dirty > 0, "not a number of leaves, or not enough memory");
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t repeats = dirty < ROUND_LEAVES ? ROUND_LEAVES / dirty : 1;
        double seconds = 0;
        uint64_t nodes = 0;
        repeats = repeats < 20 ? repeats : 20;
        for (uint32_t repeat = 0; repeat < repeats; repeat++) {
            prng_fill(&bench->prng, bench->leaves, sizeof bench->leaves);
            for (uint32_t i = 0; i < dirty; i++) {
                drawn[i] = (uint32_t)prng_below(&bench->prng, LEAVES);
                bench->changed[drawn[i]] = 1;
            }
            nodes += nodes_above(bench);
            double start = machine_cpu_seconds();
            leaves_set(bench, drawn, dirty);
            merkle_update(&bench->tree);
            seconds += machine_cpu_seconds() - start;
        }
        rounds[round] = seconds / repeats / dirty * 1e9;
        limits[round] = (double)nodes / repeats / dirty * bench->hash_ns;
    }
    figure_print(&(struct figure){
        .layer = "merkle",
        .what = figure_label("%s of 1,000,000 leaves set, root renewed", figure_number(dirty)),
        .value = figure_median(rounds, ROUNDS),
        .unit = "ns a leaf",
        .limit = figure_median(limits, ROUNDS),
        .limit_what = figure_label("its hashes; one of 128 bytes %.0f ns", bench->hash_ns),
        .cost = true});
    free(drawn);
}

int main(int argc, char **argv)
{
    static const uint32_t counts[] = {100, 1000, 10000, 100000};
    struct bench bench;
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    measure_hashes(100);
    measure_hashes(300);
    bench_open(&bench);
    for (int i = 1; i < argc || (argc == 1 && i <= 4); i++) {
        measure(&bench, argc == 1 ? counts[i - 1] : (uint32_t)strtoul(argv[i], NULL, 10));
    }
    return 0;
}
