/*
 * Goal: on every gridlock instance of the samples (published in the tests of project-ubin, read
 * where they lie, skipped when they are absent) netting is equal to looking at all subsets, and
 * never worse than the result published for it.
 *
 * The instances say who owes whom. What each bank has in hand is in the instance (limits), or in
 * the table below, as published with the scenario; where neither is known, three endowments are
 * tried. The published results keep a queue's order (first in, first out), which this ledger's
 * optimisation does not.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/optimisation/netting.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/netting_brute.h"
#include "tests/support/memory.h"

enum {
    BANKS_MAX = 16,
    FILE_BYTES_MAX = 1 << 16,
    INSTANCES_LEAST = 30,
};

/* What was published with a scenario: money of bank 1, 2, ... at the start, and value settled. */
static const struct published {
    const char *test;
    int64_t in_hand[BANKS_MAX];
    int64_t settled;
} published[] = {
    {"Scenario 1_1", {0}, 4},
    {"Scenario 1_3", {5, 6}, 55},
    {"Scenario 2_1", {0}, 0},
    {"Scenario 2_3", {10, 8}, 62},
    {"Scenario 3_2", {3, 4, 5}, 0},
    {"Scenario 4_1", {5, 6, 7}, 24},
    {"Scenario 4_3", {5, 6, 7}, 56},
    {"Scenario 5_1", {3, 4, 5, 4, 3}, 33},
    {"Scenario 5_3", {3, 4, 5, 4, 3}, 45},
    {"Scenario 6_2", {3, 4, 5, 4, 3}, 27},
    {"Scenario 7_2", {3, 4, 5, 4, 3}, 0},
    {"Scenario 7_4", {3, 4, 5, 4, 3}, 16},
    {"Scenario E8_1", {2, 2, 2, 2, 2, 6, 2, 2, 2}, 0},
};

/* One instance as read. */
struct sample {
    char test[128];
    char banks[BANKS_MAX][16];
    uint32_t bank_count;
    bool limits; /* were they in the file? */
    struct brute_instance instance;
};

static char text[FILE_BYTES_MAX];
static struct sample sample;

/* --------------------------------------------------------------------------------- reading it */

static const char *skip_blank(const char *at)
{
    while (isspace((unsigned char)*at) || *at == ',' || *at == ':') {
        at++;
    }
    return at;
}

static const char *read_string(const char *at, char *out, size_t size)
{
    size_t used = 0;

    at = skip_blank(at);
    assert_int_equal(*at, '"');
    for (at++; *at != '"'; at++) {
        assert_int_not_equal(*at, '\0');
        if (used + 1 < size) {
            out[used] = *at;
            used++;
        }
    }
    out[used] = '\0';
    return at + 1;
}

static const char *read_number(const char *at, int64_t *out)
{
    *out = 0;
    for (at = skip_blank(at); isdigit((unsigned char)*at); at++) {
        *out = 10 * *out + (*at - '0');
    }
    return at;
}

static uint32_t bank_of(const char *name)
{
    for (uint32_t i = 0; i < sample.bank_count; i++) {
        if (strcmp(sample.banks[i], name) == 0) {
            return i;
        }
    }
    assert_true(sample.bank_count < BANKS_MAX);
    (void)snprintf(sample.banks[sample.bank_count], sizeof sample.banks[0], "%s", name);
    return sample.bank_count++;
}

static const char *read_limits(const char *at)
{
    sample.limits = true;
    for (at = skip_blank(skip_blank(at) + 1); *at != '}'; at = skip_blank(at)) {
        char name[16];
        at = read_string(at, name, sizeof name);
        at = read_number(at, &sample.instance.spendable[bank_of(name)]);
    }
    return at + 1;
}

static const char *read_obligations(const char *at)
{
    for (at = skip_blank(skip_blank(at) + 1); *at != ']'; at = skip_blank(at)) {
        struct brute_candidate *candidate = &sample.instance.candidates[sample.instance.count];
        char payer[16];
        char payee[16];
        assert_int_equal(*at, '[');
        at = read_string(at + 1, payer, sizeof payer);
        at = read_string(at, payee, sizeof payee);
        *candidate = (struct brute_candidate){.obligations = 1, .flow_count = 1};
        at = read_number(at, &candidate->value);
        candidate->flows[0] = (struct brute_flow){bank_of(payer), bank_of(payee), candidate->value};
        sample.instance.count++;
        at = strchr(at, ']') + 1;
    }
    return at + 1;
}

/* The next instance; NULL at the end. */
static const char *read_sample(const char *at)
{
    memset(&sample, 0, sizeof sample);
    at = strstr(at, "\"test\"");
    if (at == NULL) {
        return NULL;
    }
    at = read_string(at + strlen("\"test\""), sample.test, sizeof sample.test);
    for (;;) {
        char name[32];
        at = read_string(at, name, sizeof name);
        if (strcmp(name, "obligations") == 0) {
            at = read_obligations(at);
            sample.instance.resource_count = sample.bank_count;
            return at;
        }
        if (strcmp(name, "limits") == 0) {
            at = read_limits(at);
        } else {
            char ignored[128];
            at = read_string(at, ignored, sizeof ignored);
        }
    }
}

/* ------------------------------------------------------------------------------------- judging */

static struct netting netting;

/* The value that netting settles, which is the best there is. */
static int128 solved_value(void)
{
    struct netting_result result;
    bool chosen[BRUTE_EXHAUSTIVE_MAX];
    bool expected[BRUTE_EXHAUSTIVE_MAX];
    const struct brute_instance *instance = &sample.instance;

    netting_begin(&netting);
    for (uint32_t i = 0; i < instance->resource_count; i++) {
        assert_int_equal(netting_resource_add(&netting, instance->spendable[i]), i);
    }
    for (uint32_t i = 0; i < instance->count; i++) {
        const struct brute_flow *flow = &instance->candidates[i].flows[0];
        struct netting_flow entered = {flow->from, flow->to, flow->amount};
        assert_int_equal(
            netting_candidate_add(&netting, instance->candidates[i].value, 1, i, &entered, 1), i);
    }
    netting_solve(&netting, 0, &result);
    for (uint32_t i = 0; i < instance->count; i++) {
        chosen[i] = netting_chosen(&netting, i);
    }
    brute_best(instance, expected);
    assert_true(result.exact);
    assert_true(brute_feasible(instance, chosen));
    assert_memory_equal(chosen, expected, instance->count * sizeof(bool));
    return result.value;
}

/* Banks are called "bank3"; they stand in the table by their number. */
static void endow_as_published(const struct published *row)
{
    for (uint32_t i = 0; i < sample.bank_count; i++) {
        long number = strtol(sample.banks[i] + strcspn(sample.banks[i], "0123456789"), NULL, 10);
        assert_true(number >= 1 && number <= BANKS_MAX);
        sample.instance.spendable[i] = row->in_hand[number - 1];
    }
}

static void endow_all(int64_t in_hand)
{
    for (uint32_t i = 0; i < sample.bank_count; i++) {
        sample.instance.spendable[i] = in_hand;
    }
}

/* True when a published result was compared with. */
static bool judge(void)
{
    if (sample.limits) {
        (void)solved_value();
        return false;
    }
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        if (strcmp(published[i].test, sample.test) == 0) {
            endow_as_published(&published[i]);
            int64_t value = (int64_t)solved_value();
            print_message("%s: %lld settle, published %lld\n", sample.test, (long long)value,
                          (long long)published[i].settled);
            assert_true(value >= published[i].settled);
            return true;
        }
    }
    for (int64_t in_hand = 0; in_hand <= 10000; in_hand = in_hand * 10 + 50) {
        endow_all(in_hand);
        (void)solved_value();
    }
    return false;
}

static bool samples_read(void)
{
    const char *path = getenv("TALLY_SAMPLES");
    char name[512];
    FILE *file;
    size_t size;

    (void)snprintf(name, sizeof name, "%s/gridlock/instances.json",
                   path != NULL ? path : "../shared/samples");
    file = fopen(name, "rb");
    if (file == NULL) {
        print_message("no %s (set TALLY_SAMPLES): published gridlock instances not run\n", name);
        return false;
    }
    size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    assert_true(size < sizeof text - 1);
    text[size] = '\0';
    return true;
}

static void test_published_gridlock_instances(void **state)
{
    struct netting_capacity capacity = {BRUTE_EXHAUSTIVE_MAX, BANKS_MAX, 100};
    struct arena count;
    struct arena arena;
    uint32_t instances = 0;
    size_t compared = 0;
    (void)state;
    if (!samples_read()) {
        skip();
        return;
    }
    arena_init(&count, NULL, 0);
    netting_layout(&netting, &capacity, &count);
    test_arena_init(&arena, count.used);
    netting_layout(&netting, &capacity, &arena);
    for (const char *at = read_sample(text); at != NULL; at = read_sample(at)) {
        compared += judge() ? 1 : 0;
        instances++;
    }
    assert_true(instances >= INSTANCES_LEAST);
    assert_int_equal(compared, sizeof published / sizeof published[0]);
    test_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_gridlock_instances),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
