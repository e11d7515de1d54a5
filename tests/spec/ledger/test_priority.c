/*
 * Goal: the priority of a pair, who may instruct which, what an instruction has that names none,
 * and the order of service among equals (ledger/settlement/priority.h); with the worked examples of
 * T2S, where this checkout has them beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/register/party.h"
#include "ledger/settlement/priority.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    A = WORLD_PARTICIPANT,
    B = WORLD_PARTICIPANT + 1,
    VENUE = WORLD_PARTICIPANT + 2,
    MONDAY_BEFORE = 20261116,
    TUESDAY_BEFORE = 20261117,
};

static void give_roles(struct world *world, uint32_t party, uint32_t roles)
{
    struct command command;
    struct receipt receipt;
    world_command(world, COMMAND_PARTY_CHANGE, &command);
    command.party_change = (struct command_party_change){world_bic(party), roles, PARTY_ACTIVE, 0};
    receipt = world_submit(world, WORLD_OPERATOR, &command);
    assert_string_equal(outcome_name(receipt.outcome), "DONE");
}

/* Both sides of a delivery; the head. */
static uint32_t deliver(struct world *world, uint32_t seller, int64_t quantity, int64_t amount,
                        uint32_t date, uint8_t sellers, uint8_t buyers)
{
    struct world_trade trade = {seller, B, WORLD_ISIN_1, quantity, amount, date};
    struct command sell;
    struct command buy;
    uint32_t head;
    world_trade(world, &trade, &sell, &buy);
    sell.date = MONDAY_BEFORE;
    buy.date = MONDAY_BEFORE;
    sell.instruct.priority = sellers;
    buy.instruct.priority = buyers;
    head = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return head;
}

static bool settled(const struct world *world, uint32_t head)
{
    return world_view(world, head)->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

/* ------------------------------------------------------------------------- worked examples */

static char samples[65536];

static bool samples_read(void)
{
    const char *path = getenv("TALLY_SAMPLES");
    char name[512];
    FILE *file;
    (void)snprintf(name, sizeof name, "%s/t2s/vectors.json",
                   path != NULL ? path : "../shared/samples");
    file = fopen(name, "rb");
    if (file == NULL) {
        print_message("no %s (set TALLY_SAMPLES): vectors of the specification not run\n", name);
        return false;
    }
    samples[fread(samples, 1, sizeof samples - 1, file)] = '\0';
    (void)fclose(file);
    return true;
}

/* What follows `"name":` in [from, to), without blanks; NULL when it is not there. */
static const char *value_of(const char *from, const char *to, const char *name)
{
    char pattern[32];
    const char *found;
    (void)snprintf(pattern, sizeof pattern, "\"%s\":", name);
    found = strstr(from, pattern);
    if (found == NULL || found >= to) {
        return NULL;
    }
    found += strlen(pattern);
    return found + strspn(found, " \n");
}

static uint8_t priority_named(const char *value)
{
    static const char *const names[] = {"null", "\"Reserved\"", "\"Top\"", "\"High\"",
                                        "\"Normal\""};
    for (uint8_t i = 0; i < 5; i++) {
        if (strncmp(value, names[i], strlen(names[i])) == 0) {
            return i;
        }
    }
    fail_msg("a priority that has no name");
    return 0;
}

/* The object that begins at or after `from`, up to its end. */
static const char *object_end(const char *from)
{
    const char *end = strchr(from, '}');
    assert_non_null(end);
    return end;
}

/* matched_priority: of two sides the higher, of none Normal. */
static void test_matched_priority_of_the_samples(void **state)
{
    struct world world;
    const char *row;
    const char *last;
    uint32_t cases = 0;
    (void)state;
    if (!samples_read()) {
        skip();
        return;
    }
    world_open(&world, NULL);
    give_roles(&world, A, PARTY_PARTICIPANT | PARTY_TRADING_VENUE);
    row = strstr(samples, "\"matched_priority\"");
    assert_non_null(row);
    last = strchr(row, ']');
    for (row = strchr(row, '{'); row != NULL && row < last; row = strchr(row + 1, '{')) {
        const char *end = object_end(row);
        uint8_t first = priority_named(value_of(row, end, "a"));
        uint8_t second = priority_named(value_of(row, end, "b"));
        uint32_t seller = first == PRIORITY_TOP ? A : VENUE;
        uint32_t head = deliver(&world, seller, 10 + (int64_t)cases, 0, WORLD_TODAY, first, second);
        assert_int_equal(pair_priority(world.ledger, head),
                         priority_named(value_of(row, end, "applied")));
        cases++;
    }
    assert_int_equal(cases, 3);
    world_close(&world);
}

/* priority_selection: of what comes in, those are served that the sample selects. */
static void test_priority_selection_of_the_samples(void **state)
{
    struct world world;
    const char *at;
    const char *last;
    const char *selected;
    uint32_t heads[8];
    char names[8][16];
    uint32_t count = 0;
    int64_t incoming;
    (void)state;
    if (!samples_read()) {
        skip();
        return;
    }
    world_open(&world, NULL);
    give_roles(&world, A, PARTY_PARTICIPANT | PARTY_TRADING_VENUE);
    at = strstr(samples, "\"priority_selection\"");
    assert_non_null(at);
    incoming = strtol(value_of(at, samples + sizeof samples, "incoming"), NULL, 10);
    at = value_of(at, samples + sizeof samples, "pending");
    last = strchr(at, ']');
    for (at = strchr(at, '{'); at != NULL && at < last && count < 8; at = strchr(at + 1, '{')) {
        const char *end = object_end(at);
        const char *date = value_of(at, end, "isd");
        (void)snprintf(names[count], sizeof names[count], "%.8s", value_of(at, end, "pair"));
        heads[count] =
            deliver(&world, A, strtol(value_of(at, end, "qty"), NULL, 10), 0,
                    strncmp(date, "\"2015-11-27", 11) == 0 ? MONDAY_BEFORE : TUESDAY_BEFORE,
                    priority_named(value_of(at, end, "priority")), 0);
        count++;
    }
    assert_int_equal(count, 4);
    selected = strstr(last, "\"selected\"");
    assert_non_null(selected);
    world_fund(&world, A, WORLD_ISIN_1, incoming);
    world_settle_down(&world);
    for (uint32_t i = 0; i < count; i++) {
        const char *named = strstr(selected, names[i]);
        assert_int_equal(settled(&world, heads[i]), named != NULL && named < strchr(selected, ']'));
    }
    world_close(&world);
}

/* ---------------------------------------------------------------------------- who gets what */

static uint8_t instructed(struct world *world, uint32_t party, uint8_t type, uint8_t priority)
{
    struct world_trade trade = {party, B, WORLD_ISIN_1, 10, 0, WORLD_TODAY};
    struct command sell;
    struct command buy;
    world_trade(world, &trade, &sell, &buy);
    sell.instruct.transaction_type = type;
    sell.instruct.priority = priority;
    return world_view(world, world_instruct(world, &sell))->terms.priority;
}

/* Nothing named: Top for a venue, Normal for others, Reserved for the business of the depository
 * and the central bank. */
static void test_default_priority_by_role_and_type(void **state)
{
    struct world world;
    uint32_t operator_index;
    uint32_t bank;
    uint32_t a;
    (void)state;
    world_open(&world, NULL);
    operator_index = world_party_index(&world, WORLD_OPERATOR);
    bank = world_party_index(&world, WORLD_BANK);
    a = world_party_index(&world, A);
    assert_int_equal(instructed(&world, A, TRANSACTION_TRAD, 0), PRIORITY_NORMAL);
    give_roles(&world, VENUE, PARTY_PARTICIPANT | PARTY_TRADING_VENUE);
    assert_int_equal(instructed(&world, VENUE, TRANSACTION_TRAD, 0), PRIORITY_TOP);
    assert_int_equal(instructed(&world, VENUE, TRANSACTION_TRAD, PRIORITY_NORMAL), PRIORITY_NORMAL);
    assert_int_equal(priority_default(world.ledger, operator_index, TRANSACTION_CORP),
                     PRIORITY_RESERVED);
    assert_int_equal(priority_default(world.ledger, bank, TRANSACTION_CNCB), PRIORITY_RESERVED);
    assert_int_equal(priority_default(world.ledger, bank, TRANSACTION_TRAD), PRIORITY_NORMAL);
    assert_int_equal(priority_default(world.ledger, a, TRANSACTION_CORP), PRIORITY_NORMAL);
    assert_int_equal(priority_default(world.ledger, a, TRANSACTION_CNCB), PRIORITY_NORMAL);
    world_close(&world);
}

/* A priority that is not for this party is refused, at submission and by amendment. */
static void test_T01_priority_beyond_the_role_is_refused(void **state)
{
    static const uint8_t refused[] = {PRIORITY_RESERVED, PRIORITY_TOP, 5, 255};
    struct world world;
    uint32_t head;
    uint32_t venue;
    uint32_t operator_index;
    (void)state;
    world_open(&world, NULL);
    give_roles(&world, VENUE, PARTY_PARTICIPANT | PARTY_TRADING_VENUE);
    venue = world_party_index(&world, VENUE);
    operator_index = world_party_index(&world, WORLD_OPERATOR);
    head = deliver(&world, A, 10, 0, WORLD_TODAY, 0, 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct world_trade trade = {A, B, WORLD_ISIN_1, 10, 0, WORLD_TODAY};
        struct command sell;
        struct command buy;
        struct receipt receipt;
        world_trade(&world, &trade, &sell, &buy);
        sell.instruct.priority = refused[i];
        receipt = world_submit(&world, A, &sell);
        assert_string_equal(reason_code(receipt.reason), "VALR");
        assert_string_equal(field_name(receipt.field), "priority");
        receipt = world_target(&world, A, COMMAND_AMEND, head, 0, refused[i]);
        assert_string_equal(reason_code(receipt.reason), "INVM");
        assert_string_equal(field_name(receipt.field), "priority");
    }
    assert_true(priority_allowed(world.ledger, venue, PRIORITY_TOP));
    assert_false(priority_allowed(world.ledger, venue, PRIORITY_RESERVED));
    assert_true(priority_allowed(world.ledger, operator_index, PRIORITY_RESERVED));
    assert_false(priority_allowed(world.ledger, operator_index, 5));
    world_close(&world);
}

/* ------------------------------------------------------------------------- order of service */

/* Equal priority and date: the larger quantity first, though it is younger. */
static void test_larger_quantity_before_age(void **state)
{
    struct world world;
    uint32_t small;
    uint32_t large;
    (void)state;
    world_open(&world, NULL);
    small = deliver(&world, A, 10, 0, WORLD_TODAY, 0, 0);
    large = deliver(&world, A, 12, 0, WORLD_TODAY, 0, 0);
    world_fund(&world, A, WORLD_ISIN_1, 12);
    assert_true(settled(&world, large));
    assert_false(settled(&world, small));
    world_close(&world);
}

/* Who waits for cash is compared by amount, not by quantity. */
static void test_larger_amount_before_age(void **state)
{
    struct world world;
    uint32_t more_pieces;
    uint32_t more_money;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, A, WORLD_ISIN_1, 100);
    more_pieces = deliver(&world, A, 50, 30000, WORLD_TODAY, 0, 0);
    more_money = deliver(&world, A, 5, 40000, WORLD_TODAY, 0, 0);
    world_fund(&world, B, WORLD_EUR, 40000);
    assert_true(settled(&world, more_money));
    assert_false(settled(&world, more_pieces));
    world_close(&world);
}

/* The date goes before the size, the priority before the date; equal in all: the older. */
static void test_priority_before_date_before_size_before_age(void **state)
{
    struct world world;
    uint32_t large;
    uint32_t earlier;
    uint32_t high;
    uint32_t older;
    (void)state;
    world_open(&world, NULL);
    large = deliver(&world, A, 40, 0, TUESDAY_BEFORE, 0, 0);
    earlier = deliver(&world, A, 20, 0, MONDAY_BEFORE, 0, 0);
    high = deliver(&world, A, 10, 0, WORLD_TODAY, PRIORITY_HIGH, 0);
    world_fund(&world, A, WORLD_ISIN_1, 20);
    assert_true(settled(&world, high));
    assert_false(settled(&world, earlier));
    world_fund(&world, A, WORLD_ISIN_1, 30);
    assert_true(settled(&world, earlier));
    assert_false(settled(&world, large));
    world_fund(&world, A, WORLD_ISIN_1, 20); /* 40 are there */
    assert_true(settled(&world, large));
    older = deliver(&world, A, 7, 0, WORLD_TODAY, 0, 0);
    {
        struct world_trade trade = {A, B, WORLD_ISIN_1, 7, 0, WORLD_TODAY};
        struct command sell;
        struct command buy;
        uint32_t younger;
        world_trade(&world, &trade, &sell, &buy);
        younger = world_instruct(&world, &sell);
        (void)world_instruct(&world, &buy);
        world_fund(&world, A, WORLD_ISIN_1, 7);
        assert_true(settled(&world, older));
        assert_false(settled(&world, younger));
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matched_priority_of_the_samples),
        cmocka_unit_test(test_priority_selection_of_the_samples),
        cmocka_unit_test(test_default_priority_by_role_and_type),
        cmocka_unit_test(test_T01_priority_beyond_the_role_is_refused),
        cmocka_unit_test(test_larger_quantity_before_age),
        cmocka_unit_test(test_larger_amount_before_age),
        cmocka_unit_test(test_priority_before_date_before_size_before_age),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
