/*
 * Goal: the matching rule, field by field (ledger/matching/match_field.h). For each of the 23
 * fields, two instructions that differ there alone do not match, for the right ISO reason and no
 * other; blank optional fields match anything, blank additional ones only each other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/instruction/explain.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    STRANGER = WORLD_PARTICIPANT + 2,
};

/* ------------------------------------------------------------------ on the terms alone */

static const struct tolerance_band two_euro = {.threshold = 10000000, .below = 200, .above = 2500};

static void terms_fill(struct instruction_terms *deliver, struct instruction_terms *receive,
                       bool free_of_payment)
{
    static struct instruction_particulars named[2]; /* of each side */

    memset(deliver, 0, sizeof *deliver);
    memset(named, 0, sizeof named);
    deliver->account = RECORD_NONE;
    deliver->payment = free_of_payment ? PAYMENT_FREE : PAYMENT_APMT;
    deliver->movement = MOVEMENT_DELI;
    deliver->asset = 1;
    deliver->trade_date = WORLD_TODAY;
    deliver->quantity = 100;
    deliver->settlement_date = WORLD_TODAY;
    deliver->deliverer = world_bic(SELLER);
    deliver->receiver = world_bic(BUYER);
    deliver->deliverer_depository = world_bic(WORLD_OPERATOR);
    deliver->receiver_depository = world_bic(WORLD_OPERATOR);
    deliver->currency = 2;
    deliver->amount = 500000;
    deliver->credit_debit = CREDIT_DEBIT_CRDT;
    named[0].common_reference = world_text("TRADE-1");
    named[0].deliverer_client = world_bic(SELLER);
    named[0].receiver_client = world_bic(BUYER);
    named[0].deliverer_account = world_text("SEC1");
    named[0].receiver_account = world_text("SEC1");
    named[1] = named[0];
    deliver->particulars = &named[0];
    *receive = *deliver;
    receive->particulars = &named[1];
    receive->movement = MOVEMENT_RECE;
    receive->credit_debit = CREDIT_DEBIT_DBIT;
}

/* Makes one mandatory field, or its like of a free instruction, different. */
static void mandatory_differ(struct instruction_terms *terms, enum match_field field)
{
    switch (field) {
    case MATCH_FIELD_PAYMENT:
        terms->payment = terms->payment == PAYMENT_APMT ? PAYMENT_FREE : PAYMENT_APMT;
        break;
    case MATCH_FIELD_MOVEMENT:
        /* What happens to the deliverer's cash stays the same, so field 13 does not differ. */
        terms->movement = MOVEMENT_DELI;
        terms->credit_debit = CREDIT_DEBIT_CRDT;
        break;
    case MATCH_FIELD_ASSET:
        terms->asset++;
        break;
    case MATCH_FIELD_TRADE_DATE:
        terms->trade_date--;
        break;
    case MATCH_FIELD_QUANTITY:
        terms->quantity++;
        break;
    case MATCH_FIELD_SETTLEMENT_DATE:
        terms->settlement_date++;
        break;
    case MATCH_FIELD_DELIVERER:
        terms->deliverer = world_bic(STRANGER);
        break;
    case MATCH_FIELD_RECEIVER:
        terms->receiver = world_bic(STRANGER);
        break;
    case MATCH_FIELD_DELIVERER_DEPOSITORY:
        terms->deliverer_depository = world_bic(WORLD_BANK);
        break;
    case MATCH_FIELD_RECEIVER_DEPOSITORY:
        terms->receiver_depository = world_bic(WORLD_BANK);
        break;
    case MATCH_FIELD_CURRENCY:
    case MATCH_FIELD_FREE_CURRENCY:
        terms->currency = 3;
        break;
    case MATCH_FIELD_AMOUNT:
        terms->amount += 201;
        break;
    case MATCH_FIELD_FREE_AMOUNT:
        terms->amount += 1;
        break;
    case MATCH_FIELD_CREDIT_DEBIT:
    case MATCH_FIELD_FREE_CREDIT_DEBIT:
        terms->credit_debit = CREDIT_DEBIT_CRDT;
        break;
    default:
        break;
    }
}

/* Makes one of the other fields different. */
static void other_differ(struct instruction_terms *terms, enum match_field field)
{
    switch (field) {
    case MATCH_FIELD_OPT_OUT:
        terms->conditions = CONDITION_NOMC;
        break;
    case MATCH_FIELD_CUM_EX:
        terms->cum_ex = CUM_EX_XCPN;
        break;
    case MATCH_FIELD_COMMON_REFERENCE:
        terms->particulars->common_reference = world_text("trade-1"); /* case counts */
        break;
    case MATCH_FIELD_DELIVERER_CLIENT:
        terms->particulars->deliverer_client = world_bic(STRANGER);
        break;
    case MATCH_FIELD_RECEIVER_CLIENT:
        terms->particulars->receiver_client = world_bic(STRANGER);
        break;
    case MATCH_FIELD_DELIVERER_ACCOUNT:
        terms->particulars->deliverer_account = world_text("SEC2");
        break;
    case MATCH_FIELD_RECEIVER_ACCOUNT:
        terms->particulars->receiver_account =
            world_text("SEC11"); /* a longer text with the same start */
        break;
    default:
        break;
    }
}

/* Makes one field of the receiver's terms different. */
static void terms_differ(struct instruction_terms *terms, enum match_field field)
{
    mandatory_differ(terms, field);
    other_differ(terms, field);
}

static bool is_free_field(enum match_field field)
{
    return field >= MATCH_FIELD_FREE_CURRENCY && field <= MATCH_FIELD_FREE_CREDIT_DEBIT;
}

/* The 13 mandatory, 5 additional and 5 optional fields with their reasons, as the standard names
 * them. */
static const char *const reasons[MATCH_FIELD_COUNT] = {
    "FRAP", "DELN", "DSEC", "DTRD", "DQUA", "DDAT", "ICAG", "ICAG", "DEPT", "DEPT", "NCRR", "DMON",
    "DMON", "DMCT", "DCMX", "NCRR", "DMON", "DMON", "IIND", "ICUS", "ICUS", "SAFE", "SAFE",
};

static void test_each_of_the_23_fields_alone_prevents_a_match(void **state)
{
    (void)state;
    for (int number = 1; number <= MATCH_FIELD_COUNT; number++) {
        enum match_field field = (enum match_field)number;
        struct instruction_terms deliver;
        struct instruction_terms receive;
        match_field_set expected = (match_field_set)1 << (number - 1);
        terms_fill(&deliver, &receive, is_free_field(field));
        assert_int_equal(match_field_compare(&deliver, &receive, &two_euro), 0);
        terms_differ(&receive, field);
        assert_int_equal(match_field_compare(&deliver, &receive, &two_euro), expected);
        assert_int_equal(match_field_compare(&receive, &deliver, &two_euro), expected);
        assert_string_equal(reason_code(match_field_reason(field)), reasons[number - 1]);
        assert_int_not_equal(match_field_place(field), FIELD_NONE);
    }
}

static void test_two_differences_are_both_named(void **state)
{
    struct instruction_terms deliver;
    struct instruction_terms receive;
    match_field_set set;
    (void)state;
    terms_fill(&deliver, &receive, false);
    terms_differ(&receive, MATCH_FIELD_QUANTITY);
    terms_differ(&receive, MATCH_FIELD_CUM_EX);
    set = match_field_compare(&deliver, &receive, &two_euro);
    assert_true(match_field_set_has(set, MATCH_FIELD_QUANTITY));
    assert_true(match_field_set_has(set, MATCH_FIELD_CUM_EX));
    assert_false(match_field_set_has(set, MATCH_FIELD_AMOUNT));
}

/* A blank optional field agrees with any value; two blanks agree too. */
static void test_blank_optional_fields_match_anything(void **state)
{
    (void)state;
    for (unsigned blanks = 0; blanks < 1u << (2 * MATCH_FIELD_OPTIONAL_COUNT); blanks++) {
        struct instruction_terms sides[2];
        terms_fill(&sides[0], &sides[1], false);
        for (unsigned side = 0; side < 2; side++) {
            unsigned mask = blanks >> (side * MATCH_FIELD_OPTIONAL_COUNT);
            struct instruction_particulars *named = sides[side].particulars;
            if (mask & 1) {
                memset(&named->common_reference, 0, sizeof named->common_reference);
            }
            if (mask & 2) {
                memset(&named->deliverer_client, 0, sizeof named->deliverer_client);
            }
            if (mask & 4) {
                memset(&named->receiver_client, 0, sizeof named->receiver_client);
            }
            if (mask & 8) {
                memset(&named->deliverer_account, 0, sizeof named->deliverer_account);
            }
            if (mask & 16) {
                memset(&named->receiver_account, 0, sizeof named->receiver_account);
            }
            assert_int_equal(match_field_pattern(&sides[side]), 31u & ~mask);
        }
        assert_int_equal(match_field_compare(&sides[0], &sides[1], &two_euro), 0);
    }
}

/* The account that a side settles over counts as given, and as what its record says. */
static void test_the_own_account_is_compared_by_its_id(void **state)
{
    struct instruction_terms deliver;
    struct instruction_terms receive;
    struct text35 own = world_text("SEC1");
    (void)state;
    terms_fill(&deliver, &receive, false);
    memset(deliver.particulars, 0, sizeof *deliver.particulars);
    deliver.particulars = NULL;
    assert_int_equal(match_field_pattern(&deliver), 0);
    deliver.account = 3;
    deliver.account_id = &own;
    assert_int_equal(match_field_pattern(&deliver), 8);
    assert_int_equal(match_field_compare(&deliver, &receive, &two_euro), 0);
    own = world_text("SEC2");
    assert_int_equal(match_field_compare(&deliver, &receive, &two_euro),
                     (match_field_set)1 << (MATCH_FIELD_DELIVERER_ACCOUNT - 1));
    own = world_text("SEC1");
    receive.account = 4; /* and the receiver's counts on his side */
    receive.account_id = &own;
    memset(&receive.particulars->receiver_account, 0, sizeof(struct text35));
    assert_int_equal(match_field_pattern(&receive), 31);
}

/* One side fills an additional field, the other does not: no match. Both fill it alike: match. */
static void test_additional_fields_are_filled_by_both_or_by_none(void **state)
{
    struct instruction_terms deliver;
    struct instruction_terms receive;
    (void)state;
    terms_fill(&deliver, &receive, false);
    deliver.conditions = CONDITION_NOMC;
    deliver.cum_ex = CUM_EX_CCPN;
    receive.conditions = CONDITION_NOMC;
    receive.cum_ex = CUM_EX_CCPN;
    assert_int_equal(match_field_compare(&deliver, &receive, &two_euro), 0);
    receive.cum_ex = CUM_EX_XCPN;
    assert_int_not_equal(match_field_compare(&deliver, &receive, &two_euro), 0);
    terms_fill(&deliver, &receive, true);
    receive.currency = RECORD_NONE;
    receive.amount = 0;
    receive.credit_debit = CREDIT_DEBIT_NONE;
    assert_int_not_equal(match_field_compare(&deliver, &receive, &two_euro), 0);
    deliver.currency = RECORD_NONE;
    deliver.amount = 0;
    deliver.credit_debit = CREDIT_DEBIT_NONE;
    assert_int_equal(match_field_compare(&deliver, &receive, &two_euro), 0);
}

/* ------------------------------------------------------------------ through the ledger */

/* A difference that the buyer's command can carry; the seller's names it for field 8. */
static void command_differ(struct command *sell, struct command *buy, enum match_field field)
{
    switch (field) {
    case MATCH_FIELD_PAYMENT:
        buy->instruct.payment = PAYMENT_FREE;
        memset(&buy->instruct.currency, 0, sizeof buy->instruct.currency);
        buy->instruct.amount = 0;
        buy->instruct.credit_debit = CREDIT_DEBIT_NONE;
        break;
    case MATCH_FIELD_ASSET:
        buy->instruct.asset = world_asset(WORLD_ISIN_2);
        break;
    case MATCH_FIELD_TRADE_DATE:
        buy->date = WORLD_TODAY - 1;
        break;
    case MATCH_FIELD_QUANTITY:
        buy->instruct.quantity = 101;
        break;
    case MATCH_FIELD_SETTLEMENT_DATE:
        buy->instruct.settlement_date = WORLD_TOMORROW;
        break;
    case MATCH_FIELD_DELIVERER:
        buy->instruct.deliverer = world_bic(STRANGER);
        break;
    case MATCH_FIELD_RECEIVER:
        sell->instruct.receiver = world_bic(STRANGER);
        break;
    case MATCH_FIELD_CURRENCY:
        buy->instruct.currency = world_asset(WORLD_USD);
        break;
    case MATCH_FIELD_AMOUNT:
        buy->instruct.amount += 201;
        break;
    case MATCH_FIELD_CREDIT_DEBIT:
        buy->instruct.credit_debit = CREDIT_DEBIT_CRDT;
        break;
    case MATCH_FIELD_OPT_OUT:
        buy->instruct.conditions = CONDITION_NOMC;
        break;
    case MATCH_FIELD_CUM_EX:
        buy->instruct.cum_ex = CUM_EX_CCPN;
        break;
    case MATCH_FIELD_COMMON_REFERENCE:
        sell->instruct.common_reference = world_text("T1");
        buy->instruct.common_reference = world_text("T2");
        break;
    case MATCH_FIELD_DELIVERER_CLIENT:
        sell->instruct.deliverer_client = world_bic(SELLER);
        buy->instruct.deliverer_client = world_bic(STRANGER);
        break;
    case MATCH_FIELD_RECEIVER_CLIENT:
        sell->instruct.receiver_client = world_bic(BUYER);
        buy->instruct.receiver_client = world_bic(STRANGER);
        break;
    case MATCH_FIELD_DELIVERER_ACCOUNT:
        buy->instruct.deliverer_account = world_text("SEC2");
        break;
    case MATCH_FIELD_RECEIVER_ACCOUNT:
        sell->instruct.receiver_account = world_text("SEC2");
        break;
    default:
        break;
    }
}

static const enum match_field submittable[] = {
    MATCH_FIELD_PAYMENT,          MATCH_FIELD_ASSET,
    MATCH_FIELD_TRADE_DATE,       MATCH_FIELD_QUANTITY,
    MATCH_FIELD_SETTLEMENT_DATE,  MATCH_FIELD_DELIVERER,
    MATCH_FIELD_RECEIVER,         MATCH_FIELD_CURRENCY,
    MATCH_FIELD_AMOUNT,           MATCH_FIELD_CREDIT_DEBIT,
    MATCH_FIELD_OPT_OUT,          MATCH_FIELD_CUM_EX,
    MATCH_FIELD_COMMON_REFERENCE, MATCH_FIELD_DELIVERER_CLIENT,
    MATCH_FIELD_RECEIVER_CLIENT,  MATCH_FIELD_DELIVERER_ACCOUNT,
    MATCH_FIELD_RECEIVER_ACCOUNT,
};

static void both_submit(struct world *world, enum match_field field, uint32_t *seller,
                        uint32_t *buyer)
{
    struct command sell;
    struct command buy;
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 100, 500000, WORLD_TODAY},
                &sell, &buy);
    command_differ(&sell, &buy, field);
    *seller = world_instruct(world, &sell);
    *buyer = world_instruct(world, &buy);
}

static void test_unmatched_pairs_are_explained_by_the_field_that_differs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof submittable / sizeof submittable[0]; i++) {
        enum match_field field = submittable[i];
        struct world world;
        struct explanation explanation;
        uint32_t seller;
        uint32_t buyer;
        uint32_t asking;
        world_open(&world, NULL);
        both_submit(&world, field, &seller, &buyer);
        world_assert_status(&world, seller, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
        world_assert_status(&world, buyer, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
        /* Who names a stranger is told by the other side, which named it. */
        asking = field == MATCH_FIELD_DELIVERER ? buyer : seller;
        explain_instruction(world.ledger, asking, &explanation);
        assert_int_equal(explanation.dimension, DIMENSION_MATCH);
        assert_int_equal(explanation.reason, REASON_CMIS);
        assert_int_equal(explanation.actor, EXPLAIN_BOTH_PARTIES);
        assert_int_equal(explanation.nearest, asking == seller ? buyer : seller);
        assert_int_equal(explanation.differing, (match_field_set)1 << (field - 1));
        assert_true(explanation.complete);
        world_close(&world);
    }
}

/* Without a difference the same two commands match. */
static void test_equal_pairs_match(void **state)
{
    struct world world;
    uint32_t seller;
    uint32_t buyer;
    (void)state;
    world_open(&world, NULL);
    both_submit(&world, MATCH_FIELD_MOVEMENT, &seller, &buyer);
    world_assert_status(&world, seller, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    world_assert_status(&world, buyer, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    assert_int_equal(world_view(&world, seller)->counterpart, buyer);
    assert_int_equal(world_view(&world, buyer)->counterpart, seller);
    world_close(&world);
}

/* Field 2: both deliver to each other. Their parties are crossed then, too. */
static void test_two_deliveries_do_not_match(void **state)
{
    struct world world;
    struct command sell;
    struct command counter_sell;
    struct command unused;
    struct explanation explanation;
    uint32_t seller;
    uint32_t buyer;
    (void)state;
    world_open(&world, NULL);
    world_trade(&world,
                &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 100, 500000, WORLD_TODAY}, &sell,
                &unused);
    world_trade(&world,
                &(struct world_trade){BUYER, SELLER, WORLD_ISIN_1, 100, 500000, WORLD_TODAY},
                &counter_sell, &unused);
    seller = world_instruct(&world, &sell);
    buyer = world_instruct(&world, &counter_sell);
    explain_instruction(world.ledger, seller, &explanation);
    assert_int_equal(explanation.nearest, buyer);
    assert_true(match_field_set_has(explanation.differing, MATCH_FIELD_MOVEMENT));
    assert_true(match_field_set_has(explanation.differing, MATCH_FIELD_DELIVERER));
    assert_false(match_field_set_has(explanation.differing, MATCH_FIELD_QUANTITY));
    world_close(&world);
}

/* ------------------------------------------------------------------ choice and tolerance */

static uint32_t receive_amount(struct world *world, int64_t amount)
{
    struct command sell;
    struct command buy;
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 100, amount, WORLD_TODAY},
                &sell, &buy);
    return world_instruct(world, &buy);
}

static uint32_t deliver_amount(struct world *world, int64_t amount)
{
    struct command sell;
    struct command buy;
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 100, amount, WORLD_TODAY},
                &sell, &buy);
    return world_instruct(world, &sell);
}

/* Smallest difference first, then the earliest; the deliverer's amount settles. */
static void test_the_nearest_then_the_earliest_wins(void **state)
{
    struct world world;
    uint32_t far;
    uint32_t near_first;
    uint32_t near_second;
    uint32_t seller;
    (void)state;
    world_open(&world, NULL);
    far = receive_amount(&world, 500160);
    near_first = receive_amount(&world, 500150);
    near_second = receive_amount(&world, 499850);
    seller = deliver_amount(&world, 500000);
    assert_int_equal(world_view(&world, seller)->counterpart, near_first);
    assert_int_equal(world_view(&world, near_first)->settlement_amount, 500000);
    assert_int_equal(world_view(&world, near_second)->counterpart, RECORD_NONE);
    seller = deliver_amount(&world, 500000);
    assert_int_equal(world_view(&world, seller)->counterpart, near_second);
    seller = deliver_amount(&world, 500000);
    assert_int_equal(world_view(&world, seller)->counterpart, far);
    seller = deliver_amount(&world, 500000);
    assert_int_equal(world_view(&world, seller)->counterpart, RECORD_NONE);
    world_close(&world);
}

/*
 * A receiver near the threshold: the nearer deliverer is below it and out of its narrow band, the
 * farther one above it and within its wide band.
 */
static void test_a_receiver_looks_on_both_sides_of_the_threshold(void **state)
{
    struct world world;
    uint32_t near_below;
    uint32_t far_above;
    uint32_t buyer;
    (void)state;
    world_open(&world, NULL);
    near_below = deliver_amount(&world, 10000000);
    far_above = deliver_amount(&world, 10001000);
    buyer = receive_amount(&world, 10000300);
    assert_int_equal(world_view(&world, buyer)->counterpart, far_above);
    assert_int_equal(world_view(&world, buyer)->settlement_amount, 10001000);
    assert_int_equal(world_view(&world, near_below)->counterpart, RECORD_NONE);
    world_close(&world);
}

static void tolerance_case(int64_t deliverer, int64_t receiver, bool match)
{
    for (int deliverer_first = 0; deliverer_first < 2; deliverer_first++) {
        struct world world;
        uint32_t seller = 0;
        uint32_t buyer;
        world_open(&world, NULL);
        if (deliverer_first) {
            seller = deliver_amount(&world, deliverer);
        }
        buyer = receive_amount(&world, receiver);
        if (!deliverer_first) {
            seller = deliver_amount(&world, deliverer);
        }
        assert_int_equal(world_view(&world, seller)->counterpart, match ? buyer : RECORD_NONE);
        assert_int_equal(world_view(&world, buyer)->settlement_amount, match ? deliverer : 0);
        world_close(&world);
    }
}

static void test_tolerance_own_vectors(void **state)
{
    (void)state;
    tolerance_case(10000000, 10000200, true);
    tolerance_case(10000000, 9999800, true);
    tolerance_case(10000000, 10000201, false);
    tolerance_case(10000000, 9999799, false);
    tolerance_case(10000001, 10002501, true);
    tolerance_case(10000001, 10002502, false);
    tolerance_case(25000000, 25002501, false);
    tolerance_case(9999000, 10000001, false);
    tolerance_case(10000001, 9999000, true);
}

/* The number after `"name": ` inside [from, to), in cents; -1 when it is not there. */
static int64_t number_of(const char *from, const char *to, const char *name)
{
    char pattern[32];
    const char *found;
    (void)snprintf(pattern, sizeof pattern, "\"%s\":", name);
    found = strstr(from, pattern);
    if (found == NULL || found >= to) {
        return -1;
    }
    return (int64_t)(strtod(found + strlen(pattern), NULL) * 100 + 0.5);
}

/* The vectors of the specification, if this checkout has them beside it. */
static void test_tolerance_sample_vectors(void **state)
{
    const char *path = getenv("TALLY_SAMPLES");
    char name[512];
    char text[16384];
    FILE *file;
    size_t size;
    const char *row;
    const char *end;
    uint32_t cases = 0;
    (void)state;
    (void)snprintf(name, sizeof name, "%s/t2s/vectors.json",
                   path != NULL ? path : "../shared/samples");
    file = fopen(name, "rb");
    if (file == NULL) {
        print_message("no %s (set TALLY_SAMPLES): vectors of the specification not run\n", name);
        skip();
        return;
    }
    size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    row = strstr(text, "\"matching_tolerance_eur\"");
    assert_non_null(row);
    end = strchr(row, ']');
    assert_non_null(end);
    for (row = strchr(row, '{'); row != NULL && row < end; row = strchr(row + 1, '{')) {
        const char *close = strchr(row, '}');
        const char *match = strstr(row, "\"match\": true");
        if (number_of(row, close, "deliverer") >= 0) {
            tolerance_case(number_of(row, close, "deliverer"), number_of(row, close, "receiver"),
                           match != NULL && match < close);
            cases++;
        }
    }
    assert_true(cases > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_of_the_23_fields_alone_prevents_a_match),
        cmocka_unit_test(test_two_differences_are_both_named),
        cmocka_unit_test(test_blank_optional_fields_match_anything),
        cmocka_unit_test(test_the_own_account_is_compared_by_its_id),
        cmocka_unit_test(test_additional_fields_are_filled_by_both_or_by_none),
        cmocka_unit_test(test_unmatched_pairs_are_explained_by_the_field_that_differs),
        cmocka_unit_test(test_equal_pairs_match),
        cmocka_unit_test(test_two_deliveries_do_not_match),
        cmocka_unit_test(test_the_nearest_then_the_earliest_wins),
        cmocka_unit_test(test_a_receiver_looks_on_both_sides_of_the_threshold),
        cmocka_unit_test(test_tolerance_own_vectors),
        cmocka_unit_test(test_tolerance_sample_vectors),
    };
    assert_hook_install();
    int failed = cmocka_run_group_tests_name("groups that list", tests, NULL, NULL);
    world_lists_none = true;
    return failed + cmocka_run_group_tests_name("groups with buckets", tests, NULL, NULL);
}
