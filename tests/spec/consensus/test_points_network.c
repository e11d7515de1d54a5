/*
 * Goal: each way of lying, alone, in an otherwise good network of four (and of seven with two of
 * them) changes nothing for the honest: nothing wrong becomes final and everything honest does.
 * Point 24, a body withheld to f + 1, is one of them. See docs/testing-consensus.md.
 */
#include "tests/support/consensus/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_passes(uint32_t nodes_count, uint32_t byzantine_count, enum byzantine_kind kind,
                          uint64_t seed)
{
    struct cluster_options options;
    cluster_options_quiet(&options, seed);
    options.nodes_count = nodes_count;
    options.byzantine_count = byzantine_count;
    for (uint32_t i = 0; i < byzantine_count; i++) {
        options.byzantine_kinds[i] = 1u << kind;
    }
    struct cluster *cluster = cluster_new(&options, NULL);
    enum cluster_outcome outcome = cluster_run_schedule(cluster);
    if (outcome != CLUSTER_PASSED) {
        fail_msg("seed %llu: %s", (unsigned long long)seed, cluster_outcome_text(cluster));
    }
    cluster_free(cluster);
}

static void check_kind(enum byzantine_kind kind)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        assert_passes(4, 1, kind, seed);
    }
    assert_passes(7, 2, kind, 5);
}

#define BYZANTINE_TEST(symbol, name)        \
    static void test_##symbol(void **state) \
    {                                       \
        (void)state;                        \
        check_kind(symbol);                 \
    }
BYZANTINE_LIST(BYZANTINE_TEST)

/* No more than f + 1 get a batch at first; the others have to fetch it from those. */
static void test_point_24_withheld_bodies_are_fetched(void **state)
{
    (void)state;
    struct cluster_options options;
    cluster_options_quiet(&options, 9);
    options.byzantine_count = 1;
    options.byzantine_kinds[0] = 1u << BYZANTINE_WITHHOLD;
    struct cluster *cluster = cluster_new(&options, NULL);
    assert_int_equal(cluster_run_schedule(cluster), CLUSTER_PASSED);
    const struct sim_disk *disk = &cluster->hosts[2].disk; /* member 3 sends to 0 and 1 only */
    uint32_t fetched = 0;
    for (uint32_t i = 0; i < disk->batch_log.count; i++) {
        fetched += disk->batches[i].author == 3 &&
                   checker_batch_ordered(cluster->checker, &disk->batches[i].digest);
    }
    assert_true(fetched > 0);
    cluster_free(cluster);
}

#define BYZANTINE_ROW(symbol, name) cmocka_unit_test(test_##symbol),

int main(void)
{
    const struct CMUnitTest tests[] = {
        BYZANTINE_LIST(BYZANTINE_ROW) cmocka_unit_test(test_point_24_withheld_bodies_are_fetched),
    };
    return cmocka_run_group_tests_name("networks with liars", tests, NULL, NULL);
}
