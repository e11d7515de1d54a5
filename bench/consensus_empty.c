/*
 * bench/consensus_empty.c - what agreeing on a block costs, with nothing in it
 *
 *     consensus_empty [MEMBERS ...]               default: 4 16 31
 *
 * All members run in one thread, joined by a queue (bench/support/core_network.h): no disk, no
 * network, no ledger. So a block's processor time is what all members together need; a member's
 * is its n-th part. The limit is the Ed25519 signatures and checks that are made, which are
 * counted, at the price that this machine has for one just before or just after.
 */
#include <stdlib.h>

#include "bench/support/core_network.h"
#include "bench/support/figure.h"
#include "bench/support/machine.h"
#include "crypto/sign_many.h"
#include "crypto/start.h"

enum {
    BLOCKS_MIN = 20,
    SIGNATURES = 40000, /* about so many are checked for each number of members */
};

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

static uint64_t checks;
static uint64_t signatures;

bool sign_verify_counted(const struct public_key *public_key, const void *message, size_t size,
                         const struct signature *signature)
{
    checks++;
    return sign_verify_real(public_key, message, size, signature);
}

/* Each item counts once, also if the real one calls sign_verify() for it. */
void sign_verify_many_counted(struct sign_item *items, size_t count)
{
    uint64_t after = checks + count;
    sign_verify_many_real(items, count);
    checks = after;
}

void sign_create_counted(const struct secret_key *secret_key, const void *message, size_t size,
                         struct signature *out)
{
    signatures++;
    sign_create_real(secret_key, message, size, out);
}

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static void measure(uint16_t members)
{
    struct core_network *network = core_network_new(members);
    struct core_network_counters before;
    struct core_network_counters after;
    uint32_t blocks = SIGNATURES / ((uint32_t)members * members * 2);
    blocks = blocks > BLOCKS_MIN ? blocks : BLOCKS_MIN;
    core_network_run(network, 2); /* past the start */
    core_network_counters(network, &before);
    double check_ns = machine_check_known_ns();
    double sign_ns = machine_sign_ns();
    checks = 0;
    signatures = 0;
    double start = machine_cpu_seconds();
    core_network_run(network, 2 + blocks);
    double seconds = machine_cpu_seconds() - start;
    double checks_each = (double)checks / blocks / members;
    double signatures_each = (double)signatures / blocks / members;
    check_ns = lower(check_ns, machine_check_known_ns());
    sign_ns = lower(sign_ns, machine_sign_ns());
    core_network_counters(network, &after);
    figure_require(after.views - before.views <= blocks + 1, "a view passed without a block");
    figure_print(&(struct figure){
        .layer = "consensus",
        .what = figure_label("empty block, n = %u, processor of one member", members),
        .value = seconds / blocks / members * 1e6,
        .unit = "us a block",
        .limit = (checks_each * check_ns + signatures_each * sign_ns) / 1e3,
        .limit_what =
            figure_label("its %.1f checks and %.1f signatures", checks_each, signatures_each),
        .cost = true});
    figure_print(&(struct figure){
        .layer = "consensus",
        .what = figure_label("empty blocks, n = %u, all members on one core", members),
        .value = blocks / seconds,
        .unit = "blocks/s"});
    figure_print(&(struct figure){.layer = "consensus",
                                  .what = figure_label("messages, n = %u, all members", members),
                                  .value = (double)(after.messages - before.messages) / blocks,
                                  .unit = "a block"});
    figure_print(&(struct figure){.layer = "consensus",
                                  .what = figure_label("bytes sent, n = %u, all members", members),
                                  .value = (double)(after.bytes - before.bytes) / blocks / 1024,
                                  .unit = "KiB a block",
                                  .cost = true});
    core_network_free(network);
}

int main(int argc, char **argv)
{
    static const uint16_t counts[] = {4, 16, 31};
    figure_require(crypto_start() == CRYPTO_START_OK, "the cryptographic library fails");
    for (int i = 1; i < argc || (argc == 1 && i <= 3); i++) {
        measure(argc == 1 ? counts[i - 1] : (uint16_t)strtoul(argv[i], NULL, 10));
    }
    return 0;
}
