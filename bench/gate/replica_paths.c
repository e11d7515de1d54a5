/*
 * bench/gate/replica_paths.c - small fixed workloads of the hot paths; what they execute is counted
 *
 *     replica_paths PATH
 *
 * For bench/gate/run, which counts the machine instructions inside gate_measured() with callgrind.
 * Everything is fixed, so the count is a property of the code and the compiler: it does not change
 * with what else the machine does. Checks and signatures of consensus cost nothing here; how many
 * there are is a path of its own, which the program counts and prints itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "bench/support/core_network.h"
#include "bench/support/figure.h"
#include "bench/support/small_market.h"
#include "crypto/hash_many.h"
#include "crypto/merkle.h"
#include "crypto/sign_many.h"
#include "crypto/start.h"

enum {
    BLOCKS = 10,       /* of each side */
    BLOCK_SIDES = 100, /* instructions in one */
    EMPTY_BLOCKS = 200,
    MEMBERS = 4,
    LEAVES = 100000,
    DIRTY_LEAVES = 1000,
    DIRTY_BATCHES = 10,
};

typedef void gate_work(void *context);

/* What runs inside is counted: callgrind knows the function by its name. */
void gate_measured(gate_work *work, void *context);

__attribute__((noinline)) void gate_measured(gate_work *work, void *context)
{
    work(context);
}

/* Called through this, so that no copy made for one caller, of another name, is called instead. */
static void (*volatile const measured)(gate_work *work, void *context) = gate_measured;

/* ---------------------------------------------------------------------------------- signatures */

/* The linker sends every call here (--wrap; Makefile), and the functions then have these names. */
bool sign_verify_real(const struct public_key *public_key, const void *message, size_t size,
                      const struct signature *signature) __asm__("__real_sign_verify");
bool sign_verify_counted(const struct public_key *public_key, const void *message, size_t size,
                         const struct signature *signature) __asm__("__wrap_sign_verify");
void sign_verify_many_real(struct sign_item *items,
                           size_t count) __asm__("__real_sign_verify_many");
void sign_verify_many_counted(struct sign_item *items,
                              size_t count) __asm__("__wrap_sign_verify_many");
void sign_create_real(const struct secret_key *secret_key, const void *message, size_t size,
                      struct signature *out) __asm__("__real_sign_create");
void sign_create_counted(const struct secret_key *secret_key, const void *message, size_t size,
                         struct signature *out) __asm__("__wrap_sign_create");

static bool signatures_free;
static uint64_t checks;

bool sign_verify_counted(const struct public_key *public_key, const void *message, size_t size,
                         const struct signature *signature)
{
    checks++;
    return signatures_free || sign_verify_real(public_key, message, size, signature);
}

/* Each item counts once, also if the real one calls sign_verify() for it. */
void sign_verify_many_counted(struct sign_item *items, size_t count)
{
    uint64_t after = checks + count;
    if (!signatures_free) {
        sign_verify_many_real(items, count);
    }
    for (size_t i = 0; i < count && signatures_free; i++) {
        items[i].valid = true;
    }
    checks = after;
}

void sign_create_counted(const struct secret_key *secret_key, const void *message, size_t size,
                         struct signature *out)
{
    if (signatures_free) {
        memset(out, 1, sizeof *out);
    } else {
        sign_create_real(secret_key, message, size, out);
    }
}

/* --------------------------------------------------------------------------------------- paths */

static void apply_work(void *context)
{
    small_market_run(context);
}

/* Both sides of a thousand trades: matched and settled. */
static void path_ledger_apply(void)
{
    static struct small_market market;
    small_market_open(&market, 10000);
    small_market_fund(&market);
    for (int block = 0; block < BLOCKS; block++) {
        int64_t amount = 150000 + (int64_t)block * BLOCK_SIDES * 100000;
        for (uint32_t party = SMALL_MARKET_SELLER; party <= SMALL_MARKET_BUYER; party++) {
            small_market_sides_seal(&market, party, amount, 100000, BLOCK_SIDES);
            measured(apply_work, &market);
            small_market_check(&market);
        }
    }
    figure_require(market.settled_count == BLOCKS * BLOCK_SIDES, "a trade did not settle");
    small_market_close(&market);
}

static void envelope_work(void *context)
{
    const struct small_market *market = context;
    struct envelope envelope;
    struct command command;
    const uint8_t *bytes;
    size_t size;
    uint32_t read = 0;
    figure_require(envelope_decode(&envelope, market->bytes, market->size) == ENVELOPE_OK &&
                       envelope_verify(&envelope) == ENVELOPE_OK,
                   "an envelope is refused");
    struct bytes_reader commands = envelope_commands(&envelope);
    while (envelope_next(&commands, &bytes, &size)) {
        read += command_decode(&command, &envelope.party, bytes, size);
    }
    figure_require(read == BLOCK_SIDES, "a command cannot be read");
}

/* A thousand instructions in ten envelopes: decoded, their signatures checked. */
static void path_envelope_check(void)
{
    static struct small_market market;
    small_market_open(&market, 10000);
    for (int block = 0; block < BLOCKS; block++) {
        small_market_sides_seal(&market, SMALL_MARKET_SELLER, 150000, 100000, BLOCK_SIDES);
        measured(envelope_work, &market);
    }
    small_market_close(&market);
}

static void network_work(void *context)
{
    core_network_run(context, EMPTY_BLOCKS);
}

static void consensus_run(void)
{
    signatures_free = true;
    struct core_network *network = core_network_new(MEMBERS);
    measured(network_work, network);
    core_network_free(network);
}

static void path_consensus_empty(void)
{
    consensus_run();
}

static void path_consensus_checks(void)
{
    consensus_run();
    (void)printf("%llu\n", (unsigned long long)checks);
}

struct dirty {
    struct merkle_tree tree;
    uint32_t indexes[DIRTY_LEAVES];
    struct hash leaves[HASH_MANY];
};

static void merkle_work(void *context)
{
    struct dirty *dirty = context;
    for (uint32_t i = 0; i < DIRTY_LEAVES; i++) {
        merkle_set(&dirty->tree, dirty->indexes[i], &dirty->leaves[i % HASH_MANY]);
    }
    merkle_update(&dirty->tree);
}

static void path_merkle_update(void)
{
    static struct dirty dirty;
    struct arena arena;
    struct prng prng;
    size_t size = merkle_footprint(LEAVES);
    void *memory = NULL;
    figure_require(posix_memalign(&memory, ARENA_LINE, size) == 0, "not enough memory");
    arena_init(&arena, memory, size);
    merkle_init(&dirty.tree, LEAVES, &arena);
    merkle_grow(&dirty.tree, LEAVES);
    prng_init(&prng, 1);
    for (int batch = 0; batch <= DIRTY_BATCHES; batch++) {
        prng_fill(&prng, dirty.leaves, sizeof dirty.leaves);
        for (uint32_t i = 0; i < DIRTY_LEAVES; i++) {
            dirty.indexes[i] = (uint32_t)prng_below(&prng, LEAVES);
        }
        if (batch == 0) {
            merkle_work(&dirty); /* of all leaves, since they were new */
        } else {
            measured(merkle_work, &dirty);
        }
    }
    free(memory);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } paths[] = {
        {"ledger-apply", path_ledger_apply},         {"envelope-check", path_envelope_check},
        {"consensus-empty", path_consensus_empty},   {"merkle-update", path_merkle_update},
        {"consensus-checks", path_consensus_checks},
    };
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (argc == 2 && strcmp(argv[1], paths[i].name) == 0) {
            paths[i].run();
            return 0;
        }
    }
    (void)fputs("usage: replica_paths PATH; the paths are in bench/gate.txt\n", stderr);
    return 2;
}
