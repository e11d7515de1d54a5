/*
 * Goal: the plan lists every partition and every mask once; the counts are those of a count by
 * brute force; every scenario is the renaming of exactly one listed; numbers mean the same for
 * ever.
 */
#include "netsim/adversary/twins_plan.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

static struct twins_plan *plan_of(uint32_t members, uint32_t twins, uint32_t rounds,
                                  enum twins_links links)
{
    struct twins_plan_config config = {members, twins, rounds, links};
    return twins_plan_new(&config);
}

static void link_plans_are_as_many_as_partitions_and_masks(void **state)
{
    static const struct {
        uint32_t members;
        uint32_t twins;
        enum twins_links links;
        uint32_t count;
    } cases[] = {
        {2, 1, TWINS_PARTS, 5},      {3, 1, TWINS_PARTS, 15},     {4, 1, TWINS_PARTS, 52},
        {4, 2, TWINS_PARTS, 203},    {7, 2, TWINS_PARTS, 21147}, /* Bell's numbers */
        {4, 1, TWINS_MASKS, 5 * 64}, {3, 1, TWINS_MASKS, 2 * 16}, {4, 2, TWINS_MASKS, 2 * 16 * 16},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct twins_plan *plan = plan_of(cases[i].members, cases[i].twins, 1, cases[i].links);
        assert_non_null(plan);
        assert_int_equal(twins_plan_links_count(plan), cases[i].count);
        twins_plan_free(plan);
    }
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    assert_null(plan_of(1, 1, 1, TWINS_PARTS));
    assert_null(plan_of(8, 1, 1, TWINS_PARTS));
    assert_null(plan_of(4, 0, 1, TWINS_PARTS));
    assert_null(plan_of(4, 3, 1, TWINS_PARTS));
    assert_null(plan_of(2, 2, 1, TWINS_PARTS));
    assert_null(plan_of(4, 1, 0, TWINS_PARTS));
    assert_null(plan_of(4, 1, 9, TWINS_PARTS));
    assert_null(plan_of(7, 2, 1, TWINS_MASKS));
}

/* ------------------------------------------------------- the same, counted without the plan */

/* All renamings of 4 members with one twin (hosts 0 1 2 3 3'): free honest ones, and copies. */
struct brute {
    uint32_t members;
    uint32_t twins;
    uint32_t hosts;
    uint32_t rounds;
};

static bool renaming_is_legal(const struct brute *brute, const uint8_t *to,
                              const struct twins_scenario *scenario)
{
    uint32_t leading = brute->rounds < brute->members ? brute->rounds : brute->members;
    for (uint32_t host = 0; host < brute->hosts; host++) {
        uint32_t member = host < brute->members ? host : 2 * brute->members - 1 - host;
        uint32_t other = to[host] < brute->members ? to[host] : 2 * brute->members - 1 - to[host];
        bool honest = member < brute->members - brute->twins;
        bool leads = memchr(scenario->leaders, (int)member, leading) != NULL;
        if (honest != (other < brute->members - brute->twins) || (leads && other != member)) {
            return false;
        }
        if (!honest) { /* both copies go to one member */
            uint32_t copy = 2 * brute->members - 1 - host;
            uint32_t copy_to =
                to[copy] < brute->members ? to[copy] : 2 * brute->members - 1 - to[copy];
            if (copy_to != other) {
                return false;
            }
        }
    }
    return true;
}

static void scenario_rename(const struct brute *brute, const uint8_t *to,
                            const struct twins_scenario *from, struct twins_scenario *out)
{
    *out = *from;
    memset(out->heard, 0, sizeof out->heard);
    for (uint32_t round = 0; round < brute->rounds; round++) {
        for (uint32_t i = 0; i < brute->hosts; i++) {
            for (uint32_t j = 0; j < brute->hosts; j++) {
                if ((from->heard[round][i] >> j & 1u) != 0) {
                    out->heard[round][to[i]] = (uint16_t)(out->heard[round][to[i]] | 1u << to[j]);
                }
            }
        }
    }
}

static int scenario_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct twins_scenario));
}

/* Steps to the next permutation in lexical order; false after the last. */
static bool permutation_next(uint8_t *to, uint32_t count)
{
    uint32_t i = count - 1;
    while (i > 0 && to[i - 1] >= to[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    uint32_t j = count - 1;
    while (to[j] <= to[i - 1]) {
        j--;
    }
    uint8_t kept = to[i - 1];
    to[i - 1] = to[j];
    to[j] = kept;
    for (uint32_t a = i, b = count - 1; a < b; a++, b--) {
        kept = to[a];
        to[a] = to[b];
        to[b] = kept;
    }
    return true;
}

/* Marks all renamings of a scenario among the sorted ones; returns how many there are. */
static uint32_t orbit_mark(const struct brute *brute, const struct twins_scenario *one,
                           const struct twins_scenario *all, uint64_t count, uint8_t *marks)
{
    uint8_t to[TWINS_HOSTS_MAX];
    uint32_t marked = 0;
    for (uint32_t i = 0; i < brute->hosts; i++) {
        to[i] = (uint8_t)i;
    }
    do {
        struct twins_scenario renamed;
        if (!renaming_is_legal(brute, to, one)) {
            continue;
        }
        scenario_rename(brute, to, one, &renamed);
        const struct twins_scenario *found =
            bsearch(&renamed, all, count, sizeof *all, scenario_compare);
        assert_non_null(found);
        marked += marks[found - all] == 0;
        marks[found - all] = 1;
    } while (permutation_next(to, brute->hosts));
    return marked;
}

static void check_count(uint32_t members, uint32_t twins, uint32_t rounds, enum twins_links links)
{
    struct brute brute = {members, twins, members + twins, rounds};
    struct twins_plan *plan = plan_of(members, twins, rounds, links);
    assert_non_null(plan);
    uint64_t raw = twins_plan_raw_count(plan);
    struct twins_scenario *listed = calloc(raw, sizeof *listed);
    uint64_t listed_count = 0;
    uint64_t covered = 0;
    for (uint64_t number = 0; number < raw; number++) {
        listed_count += twins_plan_scenario(plan, number, &listed[listed_count]);
    }
    assert_true(listed_count == twins_plan_count(plan));
    /* Their renamings are all scenarios, each of one of them only. */
    struct twins_scenario *all = calloc(raw, sizeof *all);
    uint8_t *marks = calloc(raw, 1);
    uint64_t all_count = 0;
    for (uint64_t i = 0; i < listed_count; i++) {
        uint8_t to[TWINS_HOSTS_MAX];
        for (uint32_t host = 0; host < brute.hosts; host++) {
            to[host] = (uint8_t)host;
        }
        uint64_t begin = all_count;
        do {
            struct twins_scenario renamed;
            bool known = false;
            if (!renaming_is_legal(&brute, to, &listed[i])) {
                continue;
            }
            scenario_rename(&brute, to, &listed[i], &renamed);
            for (uint64_t k = begin; k < all_count; k++) {
                known = known || memcmp(&all[k], &renamed, sizeof renamed) == 0;
            }
            if (!known) {
                assert_true(all_count < raw);
                all[all_count++] = renamed;
            }
        } while (permutation_next(to, brute.hosts));
    }
    assert_true(all_count == raw);
    qsort(all, raw, sizeof *all, scenario_compare);
    for (uint64_t i = 1; i < raw; i++) {
        assert_true(memcmp(&all[i - 1], &all[i], sizeof all[i]) != 0);
    }
    for (uint64_t i = 0; i < listed_count; i++) {
        covered += orbit_mark(&brute, &listed[i], all, raw, marks);
    }
    assert_true(covered == raw);
    free(marks);
    free(all);
    free(listed);
    twins_plan_free(plan);
}

static void counts_are_those_of_brute_force(void **state)
{
    (void)state;
    check_count(2, 1, 1, TWINS_PARTS);
    check_count(2, 1, 3, TWINS_PARTS);
    check_count(3, 1, 2, TWINS_PARTS);
    check_count(3, 1, 3, TWINS_PARTS);
    check_count(3, 2, 1, TWINS_PARTS);
    check_count(4, 1, 1, TWINS_PARTS);
    check_count(4, 1, 2, TWINS_PARTS);
    check_count(4, 2, 1, TWINS_PARTS);
    check_count(3, 1, 2, TWINS_MASKS);
    check_count(4, 1, 1, TWINS_MASKS);
    check_count(3, 2, 1, TWINS_MASKS);
}

static void known_counts(void **state)
{
    (void)state;
    struct twins_plan *plan = plan_of(4, 1, 3, TWINS_PARTS);
    assert_int_equal(twins_plan_orders_count(plan), 4);
    assert_true(twins_plan_raw_count(plan) == UINT64_C(4) * 52 * 52 * 52);
    twins_plan_free(plan);
    plan = plan_of(7, 2, 8, TWINS_PARTS);
    assert_true(twins_plan_raw_count(plan) == UINT64_MAX);
    twins_plan_free(plan);
}

static void drawn_scenarios_repeat_and_differ(void **state)
{
    struct twins_scenario a;
    struct twins_scenario b;
    uint32_t same = 0;
    (void)state;
    struct twins_plan *plan = plan_of(7, 2, 5, TWINS_PARTS);
    for (uint64_t number = 0; number < 100; number++) {
        twins_plan_draw(plan, 9, number, &a);
        twins_plan_draw(plan, 9, number, &b);
        assert_memory_equal(&a, &b, sizeof a);
        twins_plan_draw(plan, 10, number, &b);
        same += memcmp(&a, &b, sizeof a) == 0;
    }
    assert_int_equal(same, 0);
    twins_plan_free(plan);
}

static void a_scenario_reads_well(void **state)
{
    struct twins_scenario scenario;
    char text[256];
    (void)state;
    struct twins_plan *plan = plan_of(4, 1, 2, TWINS_PARTS);
    assert_true(twins_plan_scenario(plan, 0, &scenario));
    twins_scenario_print(plan, &scenario, text, sizeof text);
    assert_string_equal(text, "leaders 0 1 2 3; round 1: {0} {1} {2} {3} {3'}; "
                              "round 2: {0} {1} {2} {3} {3'}");
    twins_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_plans_are_as_many_as_partitions_and_masks),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(counts_are_those_of_brute_force),
        cmocka_unit_test(known_counts),
        cmocka_unit_test(drawn_scenarios_repeat_and_differ),
        cmocka_unit_test(a_scenario_reads_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
