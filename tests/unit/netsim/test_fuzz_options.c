/*
 * Goal: a seed is the same options for ever; they are always legal, and within the budget of f; a
 * class that is taken away is gone and moves nothing else; every value drawn is printed.
 */
#include "netsim/fuzz/fuzz_options.h"

#include "consensus/step.h"
#include "node/replica/payload.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <string.h>

enum {
    SEEDS = 20000
};

static uint32_t bit(enum fuzz_fault fault)
{
    return UINT32_C(1) << fault;
}

static void a_seed_gives_the_same_options_again(void **state)
{
    (void)state;
    uint32_t differ = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct fuzz_options one;
        struct fuzz_options two;
        memset(&one, 0xAA, sizeof one);
        memset(&two, 0x55, sizeof two);
        fuzz_options_from_seed(&one, seed, 0);
        fuzz_options_from_seed(&two, seed, 0);
        assert_memory_equal(&one, &two, sizeof one);
        fuzz_options_from_seed(&two, seed + 1000000, 0);
        two.seed = one.seed;
        differ += memcmp(&one, &two, sizeof one) != 0;
    }
    assert_true(differ > 190);
}

static void check_members(const struct fuzz_options *options)
{
    const uint32_t n = options->member_count;
    uint32_t faulty = 0;
    uint32_t core = 0;
    assert_true(n >= 1 && n <= FUZZ_MEMBERS_MAX);
    for (uint32_t member = 0; member < n; member++) {
        const bool twin = (fuzz_options_kinds(options, member) >> BYZANTINE_TWIN & 1u) != 0;
        const bool in_core = (options->core >> member & 1u) != 0;
        faulty += !fuzz_options_healthy(options, member);
        core += in_core;
        assert_true(!in_core || fuzz_options_healthy(options, member));
        assert_int_equal(twin, n - 1 - member < options->twin_count);
        assert_true(fuzz_options_kinds(options, member) == 0 ||
                    !fuzz_options_damaged(options, member, NULL));
    }
    assert_int_equal(options->core >> (n - 1) >> 1, 0);
    assert_true(faulty <= fuzz_faulty_max(n));
    assert_true(core >= fuzz_quorum(n));
}

/* What consensus_config_check() and admission_footprint() ask for. */
static void check_settings(const struct fuzz_options *options)
{
    struct consensus_config config;
    struct public_key keys[FUZZ_MEMBERS_MAX];
    struct secret_key secret;
    uint32_t shares = 0;
    memset(&config, 0, sizeof config);
    memset(keys, 0, sizeof keys);
    memset(&secret, 0, sizeof secret);
    config.validator_count = (uint16_t)options->member_count;
    config.validators = keys;
    config.secret_key = &secret;
    config.timing = (struct consensus_timing){options->d0_ms,
                                              options->d_max_ms,
                                              options->heartbeat_ms,
                                              options->block_interval_min_ms,
                                              options->retry_ms,
                                              options->skip_ms,
                                              1000};
    config.limits =
        (struct consensus_limits){options->batch_bytes_max, options->lane_quota_batches,
                                  options->lane_quota_batches * options->batch_bytes_max,
                                  options->lane_window, options->skipped_views_max};
    assert_int_equal(consensus_config_check(&config), CONSENSUS_CONFIG_OK);
    assert_true(options->batch_bytes_max >= options->envelope_bytes_max + PAYLOAD_PREFIX_BYTES);
    assert_true(options->remembered_count_max >= options->waiting_count_max);
    assert_true(options->waiting_count_max >= 1);
    for (uint32_t kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
        shares += options->shares[kind];
    }
    assert_true(shares <= 1000);
    assert_int_equal(options->shares[WORKLOAD_DVP], 0);
    assert_int_equal(options->shares[WORKLOAD_CURE], 0);
    assert_true(options->loss_permille <= 1000 && options->cut_permille <= 1000);
    assert_true(options->far_us >= options->near_us);
    assert_true(options->safety_ms > 0 && options->liveness_ms > options->d_max_ms);
}

static void every_seed_is_legal_and_every_class_and_size_comes(void **state)
{
    (void)state;
    uint32_t classes[FUZZ_FAULT_COUNT] = {0};
    uint32_t kinds[BYZANTINE_COUNT] = {0};
    uint32_t sizes[FUZZ_MEMBERS_MAX + 1] = {0};
    uint32_t outside = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fuzz_options options;
        fuzz_options_from_seed(&options, seed, 0);
        check_members(&options);
        check_settings(&options);
        sizes[options.member_count]++;
        for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
            classes[fault] += fuzz_options_have(&options, (enum fuzz_fault)fault);
        }
        for (uint32_t member = 0; member < options.member_count; member++) {
            const uint32_t set = fuzz_options_kinds(&options, member);
            outside += fuzz_options_healthy(&options, member) && (options.core >> member & 1u) == 0;
            for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
                kinds[kind] += set >> kind & 1u;
            }
        }
    }
    static const uint32_t wanted[] = {1, 2, 4, 5, 6, 7, 10, 16, 31};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_true(sizes[wanted[i]] > 0);
    }
    assert_true(sizes[4] > SEEDS / 2);
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        assert_true(classes[fault] > SEEDS / 20);
    }
    for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
        assert_true(kinds[kind] > 100);
    }
    assert_true(outside > 500);
}

/* Members whose disks are damaged come with each kind of damage. */
static void damage_is_drawn_of_every_kind(void **state)
{
    (void)state;
    uint32_t damages[FUZZ_FAULT_COUNT] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fuzz_options options;
        enum fuzz_fault damage;
        fuzz_options_from_seed(&options, seed, 0);
        for (uint32_t member = 0; member < options.member_count; member++) {
            if (fuzz_options_damaged(&options, member, &damage)) {
                assert_true(fuzz_options_have(&options, damage));
                damages[damage]++;
            }
        }
    }
    assert_true(damages[FUZZ_ROT] > 100 && damages[FUZZ_AMNESIA] > 100 && damages[FUZZ_WIPE] > 100);
}

/* Everything that belongs to a class is nothing without it. */
static void check_is_quiet(const struct fuzz_options *options)
{
    assert_int_equal(options->faults, 0);
    assert_int_equal(options->twin_count, 0);
    assert_int_equal(options->core, (UINT64_C(1) << options->member_count) - 1);
    for (uint32_t member = 0; member < options->member_count; member++) {
        assert_true(fuzz_options_healthy(options, member));
    }
    assert_int_equal(options->loss_permille + options->duplicate_permille + options->delay_us +
                         options->straggler_permille + options->uplink_bytes_per_s +
                         options->cut_period_ms + options->stall_end_ms,
                     0);
    assert_int_equal(options->crash_period_ms + options->pause_period_ms + options->full_period_ms +
                         options->io_period_ms + options->sync_spread_us +
                         options->sync_stall_permille + options->skew_ms + options->drift_ppm +
                         options->step_us + options->execute_us,
                     0);
    assert_int_equal(options->repeat_permille + options->flaw_permille + options->hot_permille, 0);
    assert_int_equal(options->slow_permille, 1000);
    assert_true(options->d0_ms * 1000 >= options->far_us);
    for (uint32_t kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
        assert_int_equal(options->shares[kind], 0);
    }
}

static void without_all_classes_nothing_goes_wrong(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct fuzz_options all;
        struct fuzz_options none;
        fuzz_options_from_seed(&all, seed, 0);
        fuzz_options_from_seed(&none, seed, UINT32_MAX);
        if ((all.faults & (bit(FUZZ_BYZANTINE) | bit(FUZZ_TWIN) | bit(FUZZ_ROT) |
                           bit(FUZZ_AMNESIA) | bit(FUZZ_WIPE))) == 0) {
            assert_int_equal(none.core, all.core);
            none.core = (uint32_t)((UINT64_C(1) << none.member_count) - 1);
        }
        none.core |= (uint32_t)((UINT64_C(1) << none.member_count) - 1);
        check_is_quiet(&none);
        assert_int_equal(none.member_count, all.member_count);
    }
}

/* Taking loss away leaves crashes, and so on for any two classes that share no field. */
static void a_class_taken_away_moves_no_other(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct fuzz_options all;
        struct fuzz_options some;
        fuzz_options_from_seed(&all, seed, 0);
        if (!fuzz_options_have(&all, FUZZ_LOSS)) {
            continue;
        }
        seen++;
        fuzz_options_from_seed(&some, seed, bit(FUZZ_LOSS));
        assert_false(fuzz_options_have(&some, FUZZ_LOSS));
        assert_int_equal(some.loss_permille, 0);
        some.loss_permille = all.loss_permille;
        some.faults |= bit(FUZZ_LOSS);
        assert_memory_equal(&some, &all, sizeof all);
    }
    assert_true(seen > 100);
}

/* Terms come, and can be taken away alone. */
static void terms_are_drawn_apart(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct fuzz_options all;
        struct fuzz_options some;
        fuzz_options_from_seed(&all, seed, 0);
        fuzz_options_from_seed(&some, seed, bit(FUZZ_TERMS));
        assert_int_equal(some.parts_permille + some.tied_permille + some.ring_permille, 0);
        seen += fuzz_options_have(&all, FUZZ_TERMS);
        assert_int_equal(fuzz_options_have(&all, FUZZ_TERMS), all.parts_permille > 0);
        some.parts_permille = all.parts_permille;
        some.tied_permille = all.tied_permille;
        some.ring_permille = all.ring_permille;
        some.faults |= all.faults & bit(FUZZ_TERMS);
        assert_memory_equal(&some, &all, sizeof all);
    }
    assert_true(seen > 400);
}

/* So does a back office. */
static void a_back_office_is_drawn_apart(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct fuzz_options all;
        struct fuzz_options some;
        fuzz_options_from_seed(&all, seed, 0);
        fuzz_options_from_seed(&some, seed, bit(FUZZ_DESK));
        assert_int_equal(some.desk_permille, 0);
        assert_int_equal(fuzz_options_have(&all, FUZZ_DESK), all.desk_permille > 0);
        seen += fuzz_options_have(&all, FUZZ_DESK);
        some.desk_permille = all.desk_permille;
        some.faults |= all.faults & bit(FUZZ_DESK);
        assert_memory_equal(&some, &all, sizeof all);
    }
    assert_true(seen > 400);
}

/* Every event of the day comes; without the class there is none, and nothing else changes. */
static void a_day_is_drawn_of_every_hour_and_apart(void **state)
{
    (void)state;
    uint32_t hours[FUZZ_HOUR_COUNT] = {0};
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct fuzz_options all;
        struct fuzz_options some;
        fuzz_options_from_seed(&all, seed, 0);
        if (!fuzz_options_have(&all, FUZZ_DAY)) {
            assert_int_equal(all.hour_lead_ms, 0);
            continue;
        }
        hours[all.hour]++;
        assert_true(all.hour_lead_ms > 0);
        fuzz_options_from_seed(&some, seed, bit(FUZZ_DAY));
        assert_false(fuzz_options_have(&some, FUZZ_DAY));
        assert_int_equal(some.hour_lead_ms + (uint32_t)some.hour, 0);
        some.hour = all.hour;
        some.hour_lead_ms = all.hour_lead_ms;
        some.faults |= bit(FUZZ_DAY);
        assert_memory_equal(&some, &all, sizeof all);
    }
    for (int hour = 0; hour < FUZZ_HOUR_COUNT; hour++) {
        assert_true(hours[hour] > 50);
        assert_true(strlen(fuzz_hour_name((enum fuzz_hour)hour)) > 0);
    }
    expect_assert_failure((void)fuzz_hour_name(FUZZ_HOUR_COUNT));
}

/* A member that is not Byzantine any more has to be live. */
static void who_becomes_healthy_joins_the_core(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct fuzz_options all;
        struct fuzz_options some;
        fuzz_options_from_seed(&all, seed, 0);
        fuzz_options_from_seed(&some, seed, bit(FUZZ_BYZANTINE) | bit(FUZZ_ROT));
        check_members(&some);
        for (uint32_t member = 0; member < all.member_count; member++) {
            if (!fuzz_options_healthy(&all, member) && fuzz_options_healthy(&some, member)) {
                assert_true((some.core >> member & 1u) != 0);
                seen++;
            }
        }
        assert_int_equal(some.twin_count, all.twin_count);
    }
    assert_true(seen > 100);
}

static void names_lead_back_to_their_class(void **state)
{
    (void)state;
    enum fuzz_fault found = FUZZ_FAULT_COUNT;
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        assert_true(fuzz_fault_by_name(fuzz_fault_name((enum fuzz_fault)fault), &found));
        assert_int_equal(found, fault);
        assert_true(strlen(fuzz_fault_text((enum fuzz_fault)fault)) > 0);
    }
    assert_false(fuzz_fault_by_name("", &found));
    assert_false(fuzz_fault_by_name("Loss", &found));
    assert_false(fuzz_fault_by_name("losses", &found));
    expect_assert_failure((void)fuzz_fault_name(FUZZ_FAULT_COUNT));
}

static void latencies_follow_the_topology(void **state)
{
    (void)state;
    struct fuzz_options options;
    memset(&options, 0, sizeof options);
    options.member_count = 7;
    options.near_us = 10;
    options.far_us = 90;
    options.region_count = 3;
    options.topology = FUZZ_UNIFORM;
    assert_int_equal(fuzz_options_latency_us(&options, 0, 3), 10);
    options.topology = FUZZ_FAR;
    assert_int_equal(fuzz_options_latency_us(&options, 0, 3), 90);
    assert_int_equal(fuzz_options_latency_us(&options, 3, 0), 90);
    assert_int_equal(fuzz_options_latency_us(&options, 3, 3), 10);
    assert_int_equal(fuzz_options_latency_us(&options, 0, 1), 10);
    options.topology = FUZZ_REGIONS;
    assert_int_equal(fuzz_options_latency_us(&options, 0, 3), 10);
    assert_int_equal(fuzz_options_latency_us(&options, 0, 1), 90);
    expect_assert_failure((void)fuzz_options_latency_us(&options, 0, 7));
}

static void the_options_are_printed_whole_or_cut_off(void **state)
{
    (void)state;
    char text[4096];
    char least[2];
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct fuzz_options options;
        char head[64];
        fuzz_options_from_seed(&options, seed, 0);
        const size_t length = fuzz_options_print(&options, text, sizeof text);
        assert_int_equal(length, strlen(text));
        assert_true(length < sizeof text - 1);
        assert_true(text[length - 1] == '\n');
        (void)snprintf(head, sizeof head, "seed %llu: %u member", (unsigned long long)seed,
                       options.member_count);
        assert_memory_equal(text, head, strlen(head));
        for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
            if (fuzz_options_have(&options, (enum fuzz_fault)fault)) {
                assert_non_null(strstr(text, fuzz_fault_name((enum fuzz_fault)fault)));
            }
        }
        assert_int_equal(strstr(text, "byzantine  ") != NULL,
                         options.byzantine_count > 0 && options.byzantine_kinds[0] != 0);
        assert_int_equal(fuzz_options_print(&options, least, sizeof least), 1);
        assert_int_equal(least[0], 's');
        assert_int_equal(least[1], '\0');
    }
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_same_options_again),
        cmocka_unit_test(every_seed_is_legal_and_every_class_and_size_comes),
        cmocka_unit_test(damage_is_drawn_of_every_kind),
        cmocka_unit_test(without_all_classes_nothing_goes_wrong),
        cmocka_unit_test(a_class_taken_away_moves_no_other),
        cmocka_unit_test(terms_are_drawn_apart),
        cmocka_unit_test(a_back_office_is_drawn_apart),
        cmocka_unit_test(a_day_is_drawn_of_every_hour_and_apart),
        cmocka_unit_test(who_becomes_healthy_joins_the_core),
        cmocka_unit_test(names_lead_back_to_their_class),
        cmocka_unit_test(latencies_follow_the_topology),
        cmocka_unit_test(the_options_are_printed_whole_or_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
