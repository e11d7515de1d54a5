/*
 * Goal: one twin of four, or two of seven, bring nothing wrong about and stop nobody; two of four
 * do bring forks about, and then the honest members convict more than a third of the members, and
 * none of themselves. A scenario runs the same every time; a campaign comes to the same with any
 * number of processes, and in any pieces.
 */
#include "netsim/adversary/twins_campaign.h"

#include "tests/support/cmocka.h"

#include <string.h>

static void play_drawn(uint32_t members, uint32_t count_of_twins, uint32_t rounds, uint64_t count,
                       struct twins_totals *totals)
{
    struct twins_campaign campaign;
    memset(&campaign, 0, sizeof campaign);
    campaign.plan = (struct twins_plan_config){members, count_of_twins, rounds, TWINS_PARTS};
    twins_config_defaults(&campaign.twins, members, count_of_twins);
    campaign.drawn = true;
    campaign.seed = 3;
    campaign.until = count;
    campaign.jobs = 1;
    campaign.failures_max = 1;
    assert_true(twins_campaign_run(&campaign, totals));
    if (totals->failed > 0) {
        fail_msg("scenario %llu: %s", (unsigned long long)totals->failed_first, totals->text);
    }
}

static void one_of_four_in_every_constellation_of_a_round(void **state)
{
    struct twins_plan_config plan_config = {4, 1, 1, TWINS_MASKS};
    struct twins_config config;
    uint64_t played = 0;
    (void)state;
    struct twins_plan *plan = twins_plan_new(&plan_config);
    twins_config_defaults(&config, 4, 1);
    struct twins *twins = twins_new(&config);
    for (uint64_t number = 0; number < twins_plan_raw_count(plan); number++) {
        struct twins_scenario scenario;
        struct twins_result result;
        if (twins_plan_scenario(plan, number, &scenario)) {
            twins_play(twins, &scenario, &result);
            assert_string_equal(result.text, "");
            assert_int_equal(result.outcome, TWINS_PASSED);
            assert_false(result.forked);
            assert_true(result.blocks >= config.heal_blocks);
            played++;
        }
    }
    assert_true(played == twins_plan_count(plan));
    twins_free(twins);
    twins_plan_free(plan);
}

static void one_of_four_over_four_rounds(void **state)
{
    struct twins_totals totals;
    (void)state;
    play_drawn(4, 1, 4, 500, &totals);
    assert_true(totals.played == 500 && totals.forked == 0);
}

static void two_of_seven(void **state)
{
    struct twins_totals totals;
    (void)state;
    play_drawn(7, 2, 5, 100, &totals);
    assert_true(totals.played == 100 && totals.forked == 0);
}

/* Safety breaks, which the checker notices; and it can be said who broke it. */
static void too_many_twins_fork_and_are_convicted(void **state)
{
    struct twins_totals totals;
    (void)state;
    play_drawn(4, 2, 3, 1500, &totals);
    assert_true(totals.forked > 5);
    assert_true(totals.unsafe >= totals.forked);
    assert_true(totals.convicted == totals.forked);
}

static void one_twin_of_three_is_too_many(void **state)
{
    struct twins_totals totals;
    (void)state;
    play_drawn(3, 2, 2, 500, &totals); /* with one honest member nothing can be contradicted */
    assert_true(totals.forked == 0);
    play_drawn(2, 1, 2, 200, &totals);
    assert_true(totals.forked == 0);
}

static void a_scenario_runs_the_same_every_time(void **state)
{
    struct twins_plan_config plan_config = {4, 1, 3, TWINS_PARTS};
    struct twins_config config;
    struct twins_result results[2];
    (void)state;
    struct twins_plan *plan = twins_plan_new(&plan_config);
    twins_config_defaults(&config, 4, 1);
    struct twins *twins = twins_new(&config);
    for (uint64_t number = 0; number < 20; number++) {
        struct twins_scenario scenario;
        twins_plan_draw(plan, 1, number, &scenario);
        twins_play(twins, &scenario, &results[0]);
        twins_play(twins, &scenario, &results[1]);
        assert_memory_equal(&results[0], &results[1], sizeof results[0]);
        struct twins *others = twins_new(&config);
        twins_play(others, &scenario, &results[1]);
        twins_free(others);
        assert_memory_equal(&results[0], &results[1], sizeof results[0]);
    }
    twins_free(twins);
    twins_plan_free(plan);
}

static void campaign_run(uint64_t from, uint64_t until, uint32_t jobs, struct twins_totals *totals)
{
    struct twins_campaign campaign;
    memset(&campaign, 0, sizeof campaign);
    campaign.plan = (struct twins_plan_config){4, 1, 2, TWINS_PARTS};
    twins_config_defaults(&campaign.twins, 4, 1);
    campaign.from = from;
    campaign.until = until;
    campaign.jobs = jobs;
    campaign.failures_max = 1;
    assert_true(twins_campaign_run(&campaign, totals));
    assert_true(totals->next == until);
}

static void a_campaign_is_the_sum_of_its_pieces(void **state)
{
    struct twins_totals whole;
    struct twins_totals halves[2];
    struct twins_totals shared;
    (void)state;
    campaign_run(1000, 3500, 1, &whole);
    campaign_run(1000, 3500, 3, &shared);
    assert_memory_equal(&whole, &shared, sizeof whole);
    campaign_run(1000, 2001, 1, &halves[0]);
    campaign_run(2001, 3500, 2, &halves[1]);
    assert_true(whole.played == halves[0].played + halves[1].played);
    assert_true(whole.digest == halves[0].digest + halves[1].digest);
    assert_true(whole.messages == halves[0].messages + halves[1].messages);
}

static void failures_are_told_apart(void **state)
{
    struct twins_config config;
    struct twins_result result;
    (void)state;
    memset(&result, 0, sizeof result);
    twins_config_defaults(&config, 4, 1);
    assert_false(twins_failed(&config, &result));
    result.outcome = TWINS_STUCK;
    assert_true(twins_failed(&config, &result));
    twins_config_defaults(&config, 4, 2);
    assert_false(twins_failed(&config, &result)); /* nobody promised progress */
    result.outcome = TWINS_UNSAFE;
    assert_true(twins_failed(&config, &result)); /* no fork, and yet wrong */
    result.forked = true;
    assert_true(twins_failed(&config, &result)); /* nobody convicted */
    member_set_add(&result.culprits, 3);
    assert_true(twins_failed(&config, &result)); /* a quarter only */
    member_set_add(&result.culprits, 2);
    assert_false(twins_failed(&config, &result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_four_in_every_constellation_of_a_round),
        cmocka_unit_test(one_of_four_over_four_rounds),
        cmocka_unit_test(two_of_seven),
        cmocka_unit_test(too_many_twins_fork_and_are_convicted),
        cmocka_unit_test(one_twin_of_three_is_too_many),
        cmocka_unit_test(a_scenario_runs_the_same_every_time),
        cmocka_unit_test(a_campaign_is_the_sum_of_its_pieces),
        cmocka_unit_test(failures_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
