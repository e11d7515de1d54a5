/*
 * Goal: the matching index holds exactly the open unmatched instructions, in groups that list few
 * and index many, with 2^k entries for k optional fields given, never more than 32; gives all of
 * them back; says when it is full; and what it asks memory for ahead is what it will look at. All
 * of it runs twice: as it is, and with an index in every group from the first instruction on.
 */
#include <string.h>

#include "base/prng.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
};

/* A delivery that gives the optional fields of the mask (bit i: field 19 + i). */
static void delivery(struct world *world, unsigned mask, struct command *sell, struct command *buy)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 100, 500000, WORLD_TODAY};
    world_trade(world, &trade, sell, buy);
    if (mask & 1u) {
        sell->instruct.common_reference = world_text("ONE");
    }
    if (mask & 2u) {
        sell->instruct.deliverer_client = world_bic(SELLER);
    }
    if (mask & 4u) {
        sell->instruct.receiver_client = world_bic(BUYER);
    }
    if (mask & 8u) {
        sell->instruct.deliverer_account = world_account(WORLD_ISIN_1, 0);
    }
    if (mask & 16u) {
        sell->instruct.receiver_account = world_account(WORLD_ISIN_1, 0);
    }
}

static uint32_t bit_count(unsigned mask)
{
    uint32_t count = 0;
    for (; mask != 0; mask &= mask - 1) {
        count++;
    }
    return count;
}

static void test_entries_are_two_to_the_fields_given(void **state)
{
    struct world world;
    uint32_t indexes[32];
    uint32_t expected = 0;
    (void)state;
    world_open(&world, NULL);
    for (unsigned mask = 0; mask < 32; mask++) {
        struct command sell;
        struct command buy;
        delivery(&world, mask, &sell, &buy);
        indexes[mask] = world_instruct(&world, &sell);
        expected += 1u << bit_count(mask | 8u); /* the own account is always given */
        assert_int_equal(world.ledger->matching.entries_most, expected);
        assert_true(world.ledger->matching.entry_places.count <= expected);
        assert_true(matching_contains(&world.ledger->matching, indexes[mask]));
    }
    for (unsigned mask = 0; mask < 32; mask++) {
        (void)world_target(&world, SELLER, COMMAND_CANCEL, indexes[mask], 0, 0);
        assert_false(matching_contains(&world.ledger->matching, indexes[mask]));
    }
    assert_int_equal(world.ledger->matching.entries_most, 0);
    assert_int_equal(world.ledger->matching.entry_places.count, 0);
    assert_int_equal(world.ledger->matching.bucket_places.count, 0);
    assert_int_equal(world.ledger->matching.bucket_map.count, 0);
    assert_int_equal(world.ledger->matching.group_places.count, 0);
    assert_int_equal(world.ledger->matching.group_map.count, 0);
    assert_int_equal(
        alleged_first(&world.ledger->matching.alleged, world_party_index(&world, BUYER)),
        RECORD_NONE);
    world_close(&world);
}

/* Every pattern of one side finds every pattern of the other, as the fields never contradict. */
static void test_every_pattern_finds_every_pattern(void **state)
{
    (void)state;
    for (unsigned mask = 0; mask < 32; mask++) {
        struct world world;
        struct command sell;
        struct command buy;
        struct command other_sell;
        struct command other_buy;
        uint32_t index;
        unsigned other = (mask * 11u + 5u) % 32u;
        world_open(&world, NULL);
        delivery(&world, mask, &sell, &buy);
        index = world_instruct(&world, &sell);
        delivery(&world, other, &other_sell, &other_buy);
        other_buy.instruct = other_sell.instruct;
        other_buy.instruct.movement = MOVEMENT_RECE;
        other_buy.instruct.credit_debit = CREDIT_DEBIT_DBIT;
        (void)world_instruct(&world, &other_buy);
        world_assert_status(&world, index, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
        world_close(&world);
    }
}

/* Many equal trades that differ in the common reference alone: each finds its own. */
static void test_equal_trades_are_told_apart_by_one_optional_field(void **state)
{
    struct world world;
    struct command sells[60];
    struct command buys[60];
    uint32_t indexes[60];
    (void)state;
    world_open(&world, NULL);
    for (unsigned i = 0; i < 60; i++) {
        char text[3] = {(char)('A' + i / 10), (char)('0' + i % 10), '\0'};
        delivery(&world, 0, &sells[i], &buys[i]);
        sells[i].instruct.common_reference = world_text(text);
        buys[i].instruct.common_reference = world_text(text);
        indexes[i] = world_instruct(&world, &sells[i]);
    }
    for (unsigned i = 60; i-- > 0;) {
        uint32_t buyer = world_instruct(&world, &buys[i]);
        assert_int_equal(world_view(&world, buyer)->counterpart, indexes[i]);
    }
    world_close(&world);
}

struct offer {
    unsigned mask; /* which optional fields it gives */
    int64_t amount;
};

/* Which of four deliveries, entered in this order, a receiver of 5,000.00 takes. */
static void assert_taken(const struct offer offers[4], unsigned taken)
{
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t indexes[4];
    world_open(&world, NULL);
    for (unsigned i = 0; i < 4; i++) {
        delivery(&world, offers[i].mask, &sell, &buy);
        sell.instruct.amount = offers[i].amount;
        indexes[i] = world_instruct(&world, &sell);
    }
    delivery(&world, 31, &sell, &buy); /* what it names contradicts none of them */
    buy.instruct = sell.instruct;
    buy.instruct.movement = MOVEMENT_RECE;
    buy.instruct.credit_debit = CREDIT_DEBIT_DBIT;
    buy.instruct.amount = 500000;
    uint32_t buyer = world_instruct(&world, &buy);
    assert_int_equal(world_view(&world, buyer)->counterpart, indexes[taken]);
    world_close(&world);
}

/* The order of what matches is one, whatever optional fields each gives. */
static void test_nearest_then_earliest_across_patterns(void **state)
{
    (void)state;
    assert_taken((const struct offer[4]){{0, 500150}, {1, 499850}, {3, 500149}, {7, 500151}}, 2);
    assert_taken((const struct offer[4]){{7, 500150}, {0, 499850}, {3, 500150}, {1, 499850}}, 0);
    assert_taken((const struct offer[4]){{1, 499900}, {7, 500000}, {0, 500000}, {3, 500000}}, 1);
    assert_taken((const struct offer[4]){{0, 500001}, {3, 499999}, {7, 499999}, {1, 500000}}, 3);
}

enum {
    STEPS = 400
};

/* A side over one of two accounts, which may name the other side's and more, of one of so many
 * trades. */
static void random_side(struct world *world, struct prng *prng, uint32_t trades,
                        struct command *command)
{
    struct command sell;
    struct command buy;
    unsigned own = (unsigned)prng_below(prng, 2);
    bool sells = prng_below(prng, 2) == 0;
    delivery(world, 0, &sell, &buy);
    *command = sells ? sell : buy;
    struct command_instruct *body = &command->instruct;
    body->amount = 500000 + (int64_t)prng_below(prng, 5) * 75;
    body->quantity = 100 + (int64_t)prng_below(prng, trades);
    body->account = world_account(WORLD_ISIN_1, own);
    if (prng_below(prng, 3) == 0) {
        struct text35 *named = sells ? &body->receiver_account : &body->deliverer_account;
        *named = world_account(WORLD_ISIN_1, (unsigned)prng_below(prng, 2));
    }
    if (prng_below(prng, 3) == 0) {
        body->common_reference = world_text(prng_below(prng, 2) == 0 ? "ONE" : "TWO");
    }
    if (prng_below(prng, 4) == 0) {
        body->deliverer_client = world_bic(SELLER);
    }
}

/* Whom it should have matched with of those that were open, by looking at all of them. */
static uint32_t best_of_all(const struct world *world, uint32_t index, const bool *open,
                            uint32_t count)
{
    const struct instruction *own = world_view(world, index);
    const struct tolerance_band *band = matching_tolerance(world->ledger, &own->terms);
    uint32_t best = RECORD_NONE;
    int64_t nearest = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct instruction *other = open[i] ? world_view(world, i) : NULL;
        if (other == NULL) {
            continue;
        }
        bool agrees = match_field_agree(&own->terms, &other->terms, band);
        assert_int_equal(agrees, match_field_compare(&own->terms, &other->terms, band) == 0);
        if (!agrees) {
            continue;
        }
        int64_t apart = other->terms.amount - own->terms.amount;
        apart = apart < 0 ? -apart : apart;
        if (best == RECORD_NONE || apart < nearest ||
            (apart == nearest && other->sequence < world_view(world, best)->sequence)) {
            best = i;
            nearest = apart;
        }
    }
    return best;
}

/* Do the groups add up, and does each list or index what it has? Notes which kinds there are. */
static void groups_check(const struct world *world, const bool *open, uint32_t count, bool kinds[2])
{
    const struct matching *matching = &world->ledger->matching;
    static uint32_t counted[STEPS];
    uint32_t groups = 0;
    memset(counted, 0, sizeof counted);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(matching_contains(matching, i), open[i]);
        if (open[i]) {
            groups += counted[world->ledger->instructions[i].member.group - 1]++ == 0 ? 1 : 0;
        }
    }
    assert_int_equal(matching->group_places.count, groups);
    assert_int_equal(matching->group_map.count, groups);
    for (uint32_t i = 0; i < STEPS; i++) {
        const struct matching_group *group = &matching->groups[i];
        if (counted[i] == 0) {
            continue;
        }
        assert_int_equal(group->count, counted[i]);
        assert_true((group->listed == 0) != (group->bucket == 0));
        assert_true(group->bucket != 0 || group->count <= matching->listed_max);
        kinds[group->bucket != 0] = true;
    }
}

/* One market of so many different trades; false: it had no group of one of the two kinds. */
static bool market_run(uint64_t seed, uint32_t trades)
{
    struct world_options options = {
        .instructions = STEPS, .references = 2 * STEPS, .wake_budget = 10};
    struct world world;
    struct prng prng;
    bool open[STEPS] = {false};
    bool kinds[2] = {false};
    uint32_t matched = 0;
    prng_init(&prng, seed);
    world_open(&world, &options);
    for (uint32_t step = 0; step < STEPS; step++) {
        struct command command;
        random_side(&world, &prng, trades, &command);
        uint32_t index = world_instruct(&world, &command);
        assert_int_equal(index, step);
        uint32_t expected = best_of_all(&world, index, open, step);
        assert_int_equal(world_view(&world, index)->counterpart, expected);
        open[index] = expected == RECORD_NONE;
        if (expected != RECORD_NONE) {
            open[expected] = false;
            matched++;
        }
        uint32_t ends = (uint32_t)prng_below(&prng, step + 1);
        if (open[ends] && prng_below(&prng, 3) == 0) {
            matching_remove(&world.ledger->matching, ends);
            matching_add(&world.ledger->matching, ends);
        }
        groups_check(&world, open, step + 1, kinds);
    }
    assert_true(matched > STEPS / 5);
    for (uint32_t i = 0; i < STEPS; i++) {
        if (open[i]) {
            matching_remove(&world.ledger->matching, i);
        }
    }
    assert_int_equal(world.ledger->matching.group_places.count, 0);
    assert_int_equal(world.ledger->matching.entry_places.count, 0);
    assert_int_equal(world.ledger->matching.bucket_places.count, 0);
    assert_int_equal(world.ledger->matching.entries_most, 0);
    world_close(&world);
    return kinds[0] && kinds[1];
}

/*
 * What the index finds is what a look at everything finds, whoever named which account first, in
 * one large group and in many that grow beyond a list and empty again.
 */
static void test_finds_what_looking_at_all_finds(void **state)
{
    static const uint32_t trades[] = {1, 4, 12, 40};
    uint32_t both = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        both += market_run(seed, trades[seed % 4]) ? 1 : 0;
    }
    assert_true(world_lists_none || both >= 6);
}

/* What is asked of memory for the other side of a trade is that trade, while it waits. */
static void test_what_is_asked_for_is_what_matches(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    for (unsigned mask = 0; mask < 32; mask++) {
        world_open(&world, NULL);
        delivery(&world, mask, &sell, &buy);
        uint32_t index = world_instruct(&world, &sell);
        const struct matching *matching = &world.ledger->matching;
        struct instruction_terms terms = world_view(&world, index)->terms;
        terms.movement = MOVEMENT_RECE;
        terms.credit_debit = CREDIT_DEBIT_DBIT;
        terms.account_id = NULL;
        terms.particulars = NULL;
        uint32_t group = matching_ask_group(matching, matching_ask_cell(matching, &terms));
        assert_int_not_equal(group, MAP_NONE);
        assert_int_equal(matching_ask_instruction(matching, group),
                         world_lists_none ? RECORD_NONE : index);
        terms.quantity++;
        assert_int_equal(matching_ask_group(matching, matching_ask_cell(matching, &terms)),
                         MAP_NONE);
        terms.quantity--;
        (void)world_target(&world, SELLER, COMMAND_CANCEL, index, 0, 0);
        assert_int_equal(matching_ask_group(matching, matching_ask_cell(matching, &terms)),
                         MAP_NONE);
        world_close(&world);
    }
}

/* Amounts at both ends of the range are looked up without leaving it. */
static void test_extreme_amounts(void **state)
{
    static const int64_t amounts[] = {1, INSTRUCTION_VALUE_MAX};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        struct command sell;
        struct command buy;
        uint32_t seller;
        world_open(&world, NULL);
        delivery(&world, 0, &sell, &buy);
        sell.instruct.amount = amounts[i];
        buy.instruct.amount = amounts[i] == 1 ? 201 : amounts[i] - 2500;
        (void)world_instruct(&world, &buy);
        seller = world_instruct(&world, &sell);
        world_assert_status(&world, seller, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
        assert_int_equal(world_view(&world, seller)->settlement_amount, amounts[i]);
        world_close(&world);
    }
}

/* A payment free of delivery has no own account: without any field it is counted twice, too. */
static void test_payments_count_twice(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t expected = 0;
    (void)state;
    world_open(&world, NULL);
    for (unsigned mask = 0; mask < 32; mask++) {
        delivery(&world, mask, &sell, &buy);
        sell.instruct.quantity = 0;
        (void)world_instruct(&world, &sell);
        expected += mask == 0 ? MATCHING_ENTRIES_MIN : 1u << bit_count(mask);
        assert_int_equal(world.ledger->matching.entries_most, expected);
    }
    world_close(&world);
}

/* Who came first and is gone leaves its buckets to one that opened others: there are as many as
 * entries then. */
static void test_each_entry_may_be_alone_in_its_bucket(void **state)
{
    const struct matching *matching;
    struct world world;
    uint32_t indexes[MATCHING_LISTED_MAX + 2];
    (void)state;
    world_open(&world, NULL);
    matching = &world.ledger->matching;
    for (uint32_t i = 0; i < MATCHING_LISTED_MAX + 2; i++) {
        struct command sell;
        struct command buy;
        delivery(&world, 31, &sell, &buy);
        sell.instruct.account = world_text(i == 1 ? "SEC2" : "SEC1");
        sell.instruct.deliverer_account = sell.instruct.account;
        indexes[i] = world_instruct(&world, &sell);
    }
    for (uint32_t i = 0; i < MATCHING_LISTED_MAX + 2; i++) {
        if (i != 1) {
            (void)world_target(&world, SELLER, COMMAND_CANCEL, indexes[i], 0, 0);
        }
    }
    assert_int_equal(matching->entries_most, MATCHING_PATTERN_COUNT);
    assert_int_equal(matching->bucket_places.count, MATCHING_PATTERN_COUNT);
    assert_int_equal(matching->bucket_places.capacity, matching->entry_places.capacity);
    world_close(&world);
}

/* Two instructions with every field given fill 64 entries; ending one makes room for another. */
static void test_a_full_index_says_so_and_recovers(void **state)
{
    struct world_options options = {.instructions = 2, .references = 64, .wake_budget = 10};
    struct world world;
    struct command sells[2];
    struct command buy;
    struct receipt receipt;
    uint32_t first;
    (void)state;
    world_open(&world, &options);
    delivery(&world, 31, &sells[0], &buy);
    delivery(&world, 31, &sells[1], &buy);
    first = world_instruct(&world, &sells[0]);
    assert_int_equal(world.ledger->matching.entry_places.capacity, 64);
    (void)world_instruct(&world, &sells[1]);
    assert_int_equal(world.ledger->matching.entries_most, 64);
    assert_false(matching_has_room(&world.ledger->matching, &world_view(&world, first)->terms));
    receipt = world_target(&world, SELLER, COMMAND_CANCEL, first, 0, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world.ledger->matching.entries_most, 32);
    world_close(&world);
}

static void test_misuse_is_caught(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    struct matching *matching;
    uint32_t index;
    (void)state;
    world_open(&world, NULL);
    delivery(&world, 0, &sell, &buy);
    index = world_instruct(&world, &sell);
    matching = &world.ledger->matching;
    expect_assert_failure(matching_add(matching, index));
    expect_assert_failure((void)matching_find(matching, index));
    expect_assert_failure(matching_rebuild(world.ledger));
    matching_remove(matching, index);
    expect_assert_failure(matching_remove(matching, index));
    expect_assert_failure((void)matching_contains(matching, matching->instruction_capacity));
    matching_add(matching, index);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_are_two_to_the_fields_given),
        cmocka_unit_test(test_every_pattern_finds_every_pattern),
        cmocka_unit_test(test_equal_trades_are_told_apart_by_one_optional_field),
        cmocka_unit_test(test_nearest_then_earliest_across_patterns),
        cmocka_unit_test(test_finds_what_looking_at_all_finds),
        cmocka_unit_test(test_what_is_asked_for_is_what_matches),
        cmocka_unit_test(test_extreme_amounts),
        cmocka_unit_test(test_payments_count_twice),
        cmocka_unit_test(test_each_entry_may_be_alone_in_its_bucket),
        cmocka_unit_test(test_a_full_index_says_so_and_recovers),
        cmocka_unit_test(test_misuse_is_caught),
    };
    assert_hook_install();
    int failed = cmocka_run_group_tests_name("groups that list", tests, NULL, NULL);
    world_lists_none = true;
    return failed + cmocka_run_group_tests_name("groups with buckets", tests, NULL, NULL);
}
