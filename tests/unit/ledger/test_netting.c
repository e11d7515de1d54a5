/*
 * Goal: up to twenty candidates, netting finds the best set, compared with all subsets on thousands
 * of instances; beyond, the set is feasible and never worse than settling one by one; the work is
 * bounded in the worst case; and misuse is refused.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/optimisation/netting.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/netting_brute.h"
#include "tests/support/memory.h"

enum {
    GENERATED = 6000,
    GENERATED_LARGE = 40,
    STEPS_MAX = 2000000,
    EXACT_STEPS_MAX = 1 << 23, /* what netting.h and the rule set's budget count on */
};

struct fixture {
    struct arena arena;
    struct netting netting;
    struct netting_result result;
    struct brute_instance instance;
    bool chosen[BRUTE_CANDIDATES_MAX];
    bool expected[BRUTE_CANDIDATES_MAX];
};

static void fixture_open(struct fixture *fixture, uint32_t candidates)
{
    struct netting_capacity capacity = {candidates, BRUTE_RESOURCES_MAX, 8 * candidates};
    struct arena count;

    arena_init(&count, NULL, 0);
    netting_layout(&fixture->netting, &capacity, &count);
    test_arena_init(&fixture->arena, count.used);
    netting_layout(&fixture->netting, &capacity, &fixture->arena);
    memset(&fixture->instance, 0, sizeof fixture->instance);
}

static struct fixture shared;

static int open_all(void **state)
{
    fixture_open(&shared, BRUTE_CANDIDATES_MAX);
    *state = &shared;
    return 0;
}

static int close_all(void **state)
{
    struct fixture *fixture = *state;
    test_arena_free(&fixture->arena);
    return 0;
}

/* Enters the instance, in an order that is not that of age, and solves it. */
static void solve(struct fixture *fixture, bool backwards, uint64_t steps_max)
{
    const struct brute_instance *instance = &fixture->instance;
    struct netting *netting = &fixture->netting;

    netting_begin(netting);
    for (uint32_t i = 0; i < instance->resource_count; i++) {
        assert_int_equal(netting_resource_add(netting, instance->spendable[i]), i);
    }
    for (uint32_t i = 0; i < instance->count; i++) {
        uint32_t at = backwards ? instance->count - 1 - i : i;
        const struct brute_candidate *candidate = &instance->candidates[at];
        struct netting_flow flows[BRUTE_FLOWS_MAX];
        for (uint32_t k = 0; k < candidate->flow_count; k++) {
            flows[k] = (struct netting_flow){candidate->flows[k].from, candidate->flows[k].to,
                                             candidate->flows[k].amount};
        }
        assert_int_equal(netting_candidate_add(netting, candidate->value, candidate->obligations,
                                               7 * at + 3, flows, candidate->flow_count),
                         i);
    }
    netting_solve(netting, steps_max, &fixture->result);
    for (uint32_t i = 0; i < instance->count; i++) {
        fixture->chosen[i] = netting_chosen(netting, backwards ? instance->count - 1 - i : i);
    }
    assert_true(brute_feasible(instance, fixture->chosen));
    assert_true(brute_value(instance, fixture->chosen) == fixture->result.value);
    assert_true(brute_obligations(instance, fixture->chosen) == fixture->result.obligations);
}

/* ---------------------------------------------------------------------------- generated markets */

struct market {
    uint32_t holders;
    uint32_t assets; /* the first is money */
    uint32_t count;
    int64_t amount_max;
    int64_t spendable_max;
    uint32_t issuer_in; /* one in so many resources is unbounded; 0: none */
    bool groups;        /* some candidates are linked groups */
};

static uint32_t resource_of(const struct market *market, uint32_t holder, uint32_t asset)
{
    return holder * market->assets + asset;
}

static void flow_draw(const struct market *market, struct prng *prng, struct brute_candidate *to,
                      uint32_t giver, uint32_t taker, uint32_t asset)
{
    to->flows[to->flow_count] =
        (struct brute_flow){resource_of(market, giver, asset), resource_of(market, taker, asset),
                            1 + (int64_t)prng_below(prng, (uint64_t)market->amount_max)};
    to->flow_count++;
}

static void candidate_draw(const struct market *market, struct prng *prng,
                           struct brute_candidate *to)
{
    uint32_t parts = market->groups && prng_chance(prng, 1, 5) ? 2 : 1;

    *to = (struct brute_candidate){.obligations = parts};
    for (uint32_t part = 0; part < parts; part++) {
        uint32_t giver = (uint32_t)prng_below(prng, market->holders);
        uint32_t taker =
            (giver + 1 + (uint32_t)prng_below(prng, market->holders - 1)) % market->holders;
        bool delivers = market->assets > 1 && prng_chance(prng, 4, 5);
        if (delivers) {
            uint32_t asset = 1 + (uint32_t)prng_below(prng, market->assets - 1);
            flow_draw(market, prng, to, giver, taker, asset);
        }
        if (!delivers || prng_chance(prng, 4, 5)) {
            flow_draw(market, prng, to, taker, giver, 0);
            to->value += to->flows[to->flow_count - 1].amount;
        }
    }
}

static void market_draw(const struct market *market, uint64_t seed, struct brute_instance *to)
{
    struct prng prng;

    prng_init(&prng, seed);
    to->resource_count = market->holders * market->assets;
    for (uint32_t i = 0; i < to->resource_count; i++) {
        to->spendable[i] = (int64_t)prng_below(&prng, (uint64_t)market->spendable_max + 1);
        if (market->issuer_in != 0 && prng_chance(&prng, 1, market->issuer_in)) {
            to->spendable[i] = BRUTE_UNBOUNDED;
        }
    }
    to->count = market->count;
    for (uint32_t i = 0; i < market->count; i++) {
        candidate_draw(market, &prng, &to->candidates[i]);
    }
}

/* Many small markets: from one asset to four, from nothing in hand to plenty. */
static void small_market(uint32_t round, struct market *market)
{
    *market = (struct market){
        .holders = 2 + round % 5,
        .assets = 1 + round / 5 % 4,
        .count = 1 + round % 13,
        .amount_max = round % 3 == 0 ? 3 : 20, /* small amounts: many sets of equal value */
        .spendable_max = (int64_t)(round / 7 % 4) * 5,
        .issuer_in = round % 11 == 0 ? 5 : 0,
        .groups = round % 2 == 0,
    };
}

static void test_every_small_instance_is_solved_as_by_looking_at_all_subsets(void **state)
{
    struct fixture *fixture = *state;
    uint32_t improved = 0;

    for (uint32_t round = 0; round < GENERATED; round++) {
        struct market market;
        small_market(round, &market);
        market_draw(&market, round + 1, &fixture->instance);
        brute_best(&fixture->instance, fixture->expected);
        solve(fixture, round % 2 == 1, STEPS_MAX);
        assert_true(fixture->result.exact);
        assert_memory_equal(fixture->chosen, fixture->expected,
                            fixture->instance.count * sizeof(bool));
        brute_one_by_one(&fixture->instance, fixture->expected);
        improved += fixture->result.value > brute_value(&fixture->instance, fixture->expected);
    }
    assert_true(improved > GENERATED / 20); /* the market is one in which netting matters */
}

static void test_instances_of_up_to_twenty_are_solved_as_by_looking_at_all_subsets(void **state)
{
    struct fixture *fixture = *state;

    for (uint32_t round = 0; round < 28; round++) {
        struct market market = {.holders = 3 + round % 4,
                                .assets = 1 + round % 4,
                                .count = round < 4 ? 20 : 14 + round % 3,
                                .amount_max = round % 2 == 0 ? 9 : 100,
                                .spendable_max = round % 5,
                                .groups = round % 2 == 0};
        market_draw(&market, 900 + round, &fixture->instance);
        brute_best(&fixture->instance, fixture->expected);
        solve(fixture, true, STEPS_MAX);
        assert_true(fixture->result.exact);
        assert_memory_equal(fixture->chosen, fixture->expected,
                            fixture->instance.count * sizeof(bool));
    }
}

static void test_large_instances_are_feasible_and_never_worse_than_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    uint32_t better = 0;

    for (uint32_t round = 0; round < GENERATED_LARGE; round++) {
        struct market market = {.holders = 5 + round % 20,
                                .assets = 2 + round % 4,
                                .count = 60 + 4 * round,
                                .amount_max = 100,
                                .spendable_max = 20 + 10 * (int64_t)(round % 5)};
        market_draw(&market, 5000 + round, &fixture->instance);
        brute_one_by_one(&fixture->instance, fixture->expected);
        for (uint64_t steps = 1; steps <= STEPS_MAX; steps *= 1000) {
            solve(fixture, round % 2 == 1, steps);
            assert_true(fixture->result.value >=
                        brute_value(&fixture->instance, fixture->expected));
        }
        better += fixture->result.value > brute_value(&fixture->instance, fixture->expected);
    }
    assert_true(better > GENERATED_LARGE / 2);
}

static void test_more_steps_never_make_it_worse(void **state)
{
    struct fixture *fixture = *state;
    struct market market = {
        .holders = 20, .assets = 3, .count = 300, .amount_max = 100, .spendable_max = 60};
    int128 last = 0;

    market_draw(&market, 77, &fixture->instance);
    for (uint64_t steps = 200000; steps <= 3200000; steps *= 2) {
        solve(fixture, false, steps);
        assert_true(fixture->result.value >= last);
        last = fixture->result.value;
    }
}

/* Is a candidate feasible by itself? */
static bool netting_alone(const struct fixture *fixture, uint32_t index)
{
    bool chosen[BRUTE_EXHAUSTIVE_MAX] = {false};

    chosen[index] = true;
    return brute_feasible(&fixture->instance, chosen);
}

/* Some are decided before: the rest is the best that goes with them. */
static void test_what_is_decided_before_stays(void **state)
{
    struct fixture *fixture = *state;
    struct brute_instance *instance = &fixture->instance;

    for (uint32_t round = 0; round < GENERATED / 10; round++) {
        struct market market;
        bool in[BRUTE_EXHAUSTIVE_MAX] = {false};
        small_market(round, &market);
        market.issuer_in = 0;
        market_draw(&market, 40000 + round, instance);
        solve(fixture, false, STEPS_MAX);
        for (uint32_t i = 0; i < instance->count; i++) {
            struct brute_candidate *candidate = &instance->candidates[i];
            in[i] = i == 0 && fixture->chosen[i] && netting_alone(fixture, i);
            bool out = i % 3 == 1;
            netting_decide(&fixture->netting, i,
                           in[i] ? NETTING_IN : (out ? NETTING_OUT : NETTING_OPEN));
            for (uint32_t k = 0; k < candidate->flow_count && in[i]; k++) {
                instance->spendable[candidate->flows[k].from] -= candidate->flows[k].amount;
                instance->spendable[candidate->flows[k].to] += candidate->flows[k].amount;
            }
            if (in[i] || out) { /* to brute force it is one that never settles */
                *candidate = (struct brute_candidate){
                    .obligations = 1, .flow_count = 1, .flows = {{0, 1, INT64_MAX - 1}}};
            }
        }
        netting_solve(&fixture->netting, STEPS_MAX, &fixture->result);
        brute_best(instance, fixture->expected);
        for (uint32_t i = 0; i < instance->count; i++) {
            assert_int_equal(netting_chosen(&fixture->netting, i), in[i] || fixture->expected[i]);
        }
    }
}

/* ------------------------------------------------------------------------------ cost and limits */

/*
 * The worst that is known: twenty equal candidates, all subsets of half of them feasible, each
 * bound met only at the end.
 */
static void test_the_worst_exact_case_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    uint64_t worst = 0;

    for (uint32_t round = 0; round < 24; round++) {
        struct brute_instance *instance = &fixture->instance;
        struct prng prng;
        prng_init(&prng, round);
        instance->resource_count = 21;
        instance->count = 20;
        for (uint32_t i = 0; i < 21; i++) {
            instance->spendable[i] = 0;
        }
        instance->spendable[0] = 1000 + round; /* all draw on one; sums nearly collide */
        for (uint32_t i = 0; i < 20; i++) {
            int64_t amount = 100 + (int64_t)prng_below(&prng, round + 1);
            instance->candidates[i] = (struct brute_candidate){
                .value = round < 12 ? amount : 100,
                .obligations = 1,
                .flow_count = 1,
                .flows = {{0, 1 + i, round < 12 ? amount : 2 * amount + 1}}};
        }
        solve(fixture, false, STEPS_MAX);
        assert_true(fixture->result.exact);
        worst = fixture->result.steps > worst ? fixture->result.steps : worst;
    }
    print_message("worst exact search seen: %llu steps\n", (unsigned long long)worst);
    assert_true(worst <= EXACT_STEPS_MAX);
}

static void test_a_search_stops_when_its_steps_are_used_up(void **state)
{
    struct fixture *fixture = *state;
    struct market market = {
        .holders = 50, .assets = 22, .count = 2000, .amount_max = 1000, .spendable_max = 500};

    market_draw(&market, 1, &fixture->instance);
    solve(fixture, false, 1);
    print_message("descent and one by one of 2000 candidates: %llu steps\n",
                  (unsigned long long)fixture->result.steps);
    assert_true(fixture->result.steps < 2000000);
    solve(fixture, false, 3000000);
    assert_true(fixture->result.steps < 3000000 + 200000);
}

static void test_a_full_instance_takes_no_more(void **state)
{
    static struct fixture fixture;
    struct netting_flow flow = {0, 1, 5};
    (void)state;
    fixture_open(&fixture, 2);
    netting_begin(&fixture.netting);
    for (uint32_t i = 0; i < BRUTE_RESOURCES_MAX; i++) {
        assert_int_equal(netting_resource_add(&fixture.netting, 0), i);
    }
    assert_int_equal(netting_resource_add(&fixture.netting, 0), NETTING_NONE);
    assert_int_equal(netting_candidate_add(&fixture.netting, 5, 1, 1, &flow, 1), 0);
    assert_int_equal(netting_candidate_add(&fixture.netting, 5, 1, 2, &flow, 1), 1);
    assert_int_equal(netting_candidate_add(&fixture.netting, 5, 1, 3, &flow, 1), NETTING_NONE);
    test_arena_free(&fixture.arena);
}

/* Amounts at the end of the range: sums need more than 64 bits, and nothing wraps. */
static void test_sums_beyond_64_bits_are_right(void **state)
{
    struct fixture *fixture = *state;
    struct brute_instance *instance = &fixture->instance;

    instance->resource_count = 3;
    instance->count = 6;
    memset(instance->spendable, 0, sizeof instance->spendable);
    for (uint32_t i = 0; i < 6; i++) {
        instance->candidates[i] =
            (struct brute_candidate){.value = INT64_MAX - i,
                                     .obligations = 1,
                                     .flow_count = 1,
                                     .flows = {{i % 3, (i + 1) % 3, INT64_MAX - 7 + i / 3}}};
    }
    brute_best(instance, fixture->expected);
    solve(fixture, true, STEPS_MAX);
    assert_memory_equal(fixture->chosen, fixture->expected, 6 * sizeof(bool));
    assert_int_equal(fixture->result.obligations, 6);
}

static void test_misuse_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct netting_flow flow = {0, 1, 5};
    struct netting_flow nothing = {0, 1, 0};
    struct netting_flow itself = {1, 1, 5};
    struct netting_flow unknown = {0, 2, 5};

    netting_begin(&fixture->netting);
    expect_assert_failure(netting_resource_add(&fixture->netting, -1));
    assert_int_equal(netting_resource_add(&fixture->netting, 0), 0);
    assert_int_equal(netting_resource_add(&fixture->netting, 0), 1);
    expect_assert_failure(netting_candidate_add(&fixture->netting, -1, 1, 1, &flow, 1));
    expect_assert_failure(netting_candidate_add(&fixture->netting, 1, 0, 1, &flow, 1));
    expect_assert_failure(netting_candidate_add(&fixture->netting, 1, 1, 1, &nothing, 1));
    expect_assert_failure(netting_candidate_add(&fixture->netting, 1, 1, 1, &itself, 1));
    expect_assert_failure(netting_candidate_add(&fixture->netting, 1, 1, 1, &unknown, 1));
    expect_assert_failure(netting_chosen(&fixture->netting, 3));
}

/* ------------------------------------------------------------------------ the header's examples */

static void owe(struct brute_instance *instance, uint32_t from, uint32_t to, int64_t amount)
{
    instance->candidates[instance->count] = (struct brute_candidate){
        .value = amount, .obligations = 1, .flow_count = 1, .flows = {{from, to, amount}}};
    instance->count++;
}

static void test_the_examples_of_the_header(void **state)
{
    struct fixture *fixture = *state;
    struct brute_instance *instance = &fixture->instance;

    memset(instance, 0, sizeof *instance);
    instance->resource_count = 3;
    owe(instance, 0, 1, 7);
    owe(instance, 1, 2, 7);
    owe(instance, 2, 0, 7);
    solve(fixture, false, 0);
    assert_int_equal(fixture->result.obligations, 3); /* a circle with nothing in hand */
    memset(instance, 0, sizeof *instance);
    instance->resource_count = 2;
    instance->spendable[0] = 5;
    owe(instance, 0, 1, 7);
    owe(instance, 1, 0, 9);
    solve(fixture, false, 0);
    assert_int_equal(fixture->result.chosen, 0);
    instance->spendable[1] = 2;
    solve(fixture, false, 0);
    assert_int_equal(fixture->result.value, 16);
}

static void test_nothing_to_solve_is_solved(void **state)
{
    struct fixture *fixture = *state;

    memset(&fixture->instance, 0, sizeof fixture->instance);
    solve(fixture, false, STEPS_MAX);
    assert_int_equal(fixture->result.chosen, 0);
    assert_true(fixture->result.exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_examples_of_the_header),
        cmocka_unit_test(test_nothing_to_solve_is_solved),
        cmocka_unit_test(test_every_small_instance_is_solved_as_by_looking_at_all_subsets),
        cmocka_unit_test(test_instances_of_up_to_twenty_are_solved_as_by_looking_at_all_subsets),
        cmocka_unit_test(test_large_instances_are_feasible_and_never_worse_than_one_by_one),
        cmocka_unit_test(test_more_steps_never_make_it_worse),
        cmocka_unit_test(test_what_is_decided_before_stays),
        cmocka_unit_test(test_the_worst_exact_case_is_bounded),
        cmocka_unit_test(test_a_search_stops_when_its_steps_are_used_up),
        cmocka_unit_test(test_a_full_instance_takes_no_more),
        cmocka_unit_test(test_sums_beyond_64_bits_are_right),
        cmocka_unit_test(test_misuse_is_refused),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, open_all, close_all);
}
