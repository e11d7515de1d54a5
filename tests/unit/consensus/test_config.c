/*
 * Goal: an illegal configuration is refused with its reason before any memory is laid out, and the
 * footprint is what consensus_new really uses.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/step.h"
#include "tests/support/assert_hook.h"

static struct committee committee;

static struct consensus_config legal(uint16_t n)
{
    struct consensus_config config = {.chain_id = committee.chain_id,
                                      .epoch = 1,
                                      .validator_count = n,
                                      .self = 0,
                                      .validators = committee.keys,
                                      .secret_key = &committee.secrets[0]};
    consensus_config_defaults(&config);
    return config;
}

static void refused(const struct consensus_config *config, enum consensus_config_check reason)
{
    assert_int_equal(consensus_config_check(config), reason);
    assert_int_equal(consensus_footprint(config), 0);
}

static void test_refusals(void **state)
{
    (void)state;
    struct consensus_config config = legal(0);
    refused(&config, CONSENSUS_CONFIG_VALIDATORS);
    config = legal(CONSENSUS_VALIDATORS_MAX + 1);
    refused(&config, CONSENSUS_CONFIG_VALIDATORS);
    config = legal(4);
    config.self = 4;
    refused(&config, CONSENSUS_CONFIG_SELF);
    config = legal(4);
    config.secret_key = NULL;
    refused(&config, CONSENSUS_CONFIG_KEY);
    config = legal(4);
    config.self = CONSENSUS_OBSERVER; /* an observer has no key to sign with */
    refused(&config, CONSENSUS_CONFIG_KEY);
    config = legal(4);
    config.timing.d0_ms = 0;
    refused(&config, CONSENSUS_CONFIG_TIMING);
    config = legal(4);
    config.timing.d_max_ms = config.timing.d0_ms - 1;
    refused(&config, CONSENSUS_CONFIG_TIMING);
    config = legal(4);
    config.timing.heartbeat_ms = 3600001;
    refused(&config, CONSENSUS_CONFIG_TIMING);
    config = legal(4);
    config.limits.batch_bytes_max = config.limits.lane_quota_bytes + 1;
    refused(&config, CONSENSUS_CONFIG_LIMITS);
    config = legal(4);
    config.limits.lane_window = config.limits.lane_quota_batches - 1;
    refused(&config, CONSENSUS_CONFIG_LIMITS);
    config = legal(4);
    config.limits.skipped_views_max = 127;
    refused(&config, CONSENSUS_CONFIG_LIMITS);
    config = legal(4);
    config.limits.skipped_views_max = 65001;
    refused(&config, CONSENSUS_CONFIG_LIMITS);
}

/* Goal: what is laid out ends exactly where the footprint says, for small and large networks. */
static void test_footprint(void **state)
{
    (void)state;
    const uint16_t sizes[] = {1, 4, 7, 50, 128};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct consensus_config config = legal(sizes[i]);
        config.limits.skipped_views_max = 128;
        const size_t footprint = consensus_footprint(&config);
        assert_true(footprint > 0);
        uint8_t *memory = malloc(footprint + 16);
        assert_non_null(memory);
        memset(memory + footprint, 0xA5, 16);
        const struct consensus *core = consensus_new(memory, &config);
        struct consensus_summary summary;
        consensus_summary(core, &summary);
        assert_int_equal(summary.view, 0);
        assert_int_equal(consensus_lane_room(core), 0); /* not started */
        for (size_t k = 0; k < 16; k++) {
            assert_int_equal(memory[footprint + k], 0xA5);
        }
        free(memory);
    }
}

/* Goal: a driver that forgets the order of its duties is stopped. */
static void test_order_of_duties(void **state)
{
    (void)state;
    const struct consensus_config config = legal(4);
    void *memory = malloc(consensus_footprint(&config));
    struct consensus *core = consensus_new(memory, &config);
    struct consensus_effects effects;
    const struct consensus_event time = {.kind = CONSENSUS_TIME};
    const struct consensus_event start = {.kind = CONSENSUS_START,
                                          .start = {.journal = CONSENSUS_JOURNAL_CREATED}};
    expect_assert_failure(consensus_step(core, &time, &effects));
    consensus_step(core, &start, &effects);
    expect_assert_failure(consensus_step(core, &start, &effects));
    consensus_step(core, &time, &effects);
    assert_true(effects.next_deadline_ms > 0);
    free(memory);
}

int main(void)
{
    assert_hook_install();
    committee_init(&committee, CONSENSUS_VALIDATORS_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_footprint),
        cmocka_unit_test(test_order_of_duties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
