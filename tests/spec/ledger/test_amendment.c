/*
 * Goal: row T10 of the transition table: an open instruction's processing fields can be amended
 * and nothing else, each side its own; who may do T11 and T28, and that events say who did; and row
 * T26, the transformation of what a corporate action turned into another security.
 */
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    STRANGER = WORLD_PARTICIPANT + 2,
    QUANTITY = 100,
    AMOUNT = 500000,
};

struct fixture {
    struct world world;
    struct command sell;
    struct command buy;
    uint32_t seller;
    uint32_t buyer;
};

/* A matched pair that waits for securities. */
static void fixture_open(struct fixture *fixture)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    world_open(&fixture->world, NULL);
    world_trade(&fixture->world, &trade, &fixture->sell, &fixture->buy);
    fixture->seller = world_instruct(&fixture->world, &fixture->sell);
    fixture->buyer = world_instruct(&fixture->world, &fixture->buy);
}

static struct receipt amend(struct fixture *fixture, uint32_t sender, uint32_t index,
                            uint8_t priority, uint8_t partial)
{
    const struct instruction *view = world_view(&fixture->world, index);
    struct command command;
    world_command(&fixture->world, COMMAND_AMEND, &command);
    command.target = (struct command_target){
        .party = party_view(fixture->world.ledger, view->party)->bic,
        .reference = view->reference,
        .priority = priority,
        .partial = partial,
    };
    return world_submit(&fixture->world, sender, &command);
}

static void assert_receipt(const struct receipt *receipt, enum outcome outcome, enum reason reason,
                           enum detail detail, enum field field)
{
    assert_string_equal(outcome_name(receipt->outcome), outcome_name(outcome));
    assert_string_equal(reason_code(receipt->reason), reason_code(reason));
    assert_string_equal(detail_name(receipt->detail), detail_name(detail));
    assert_string_equal(field_name(receipt->field), field_name(field));
}

/* T10: the partial indicator, by its own side; the other side and all terms stay as they are. */
static void test_T10_amend_partial_indicator_of_the_own_side(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    struct event event;
    (void)state;
    fixture_open(&fixture);
    receipt = amend(&fixture, SELLER, fixture.seller, 0, PARTIAL_PART);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_event_count(&fixture.world, EVENT_AMENDED), 1);
    assert_true(event_decode(&event, fixture.world.output.events[0].bytes,
                             fixture.world.output.events[0].size));
    assert_int_equal(event.partial, PARTIAL_PART);
    assert_int_equal(event.priority, PRIORITY_NORMAL);
    struct bic seller = world_bic(SELLER);
    assert_true(bic_equal(&event.actor, &seller));
    assert_int_equal(world_view(&fixture.world, fixture.seller)->terms.partial, PARTIAL_PART);
    assert_int_equal(world_view(&fixture.world, fixture.buyer)->terms.partial, PARTIAL_NPAR);
    receipt = amend(&fixture, SELLER, fixture.seller, 0, PARTIAL_PART);
    assert_receipt(&receipt, OUTCOME_ALREADY, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_event_count(&fixture.world, EVENT_AMENDED), 0);
    world_close(&fixture.world);
}

/* T10: both fields in one command, one event. */
static void test_T10_amend_both_fields_at_once(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture);
    receipt = amend(&fixture, BUYER, fixture.buyer, PRIORITY_HIGH, PARTIAL_PARQ);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_event_count(&fixture.world, EVENT_AMENDED), 1);
    assert_int_equal(world_view(&fixture.world, fixture.buyer)->terms.priority, PRIORITY_HIGH);
    assert_int_equal(world_view(&fixture.world, fixture.buyer)->terms.partial, PARTIAL_PARQ);
    world_close(&fixture.world);
}

/* T10: what is no amendment is refused: INVM and its field; nothing changes. */
static void test_T10_refused_amendments(void **state)
{
    static const struct {
        uint32_t sender;
        uint8_t priority;
        uint8_t partial;
        enum reason reason;
        enum detail detail;
        enum field field;
    } rows[] = {
        {SELLER, 0, 0, REASON_INVM, DETAIL_MISSING, FIELD_PRIORITY},
        {SELLER, 5, 0, REASON_INVM, DETAIL_NOT_ALLOWED, FIELD_PRIORITY},
        {SELLER, 0, 5, REASON_INVM, DETAIL_NOT_ALLOWED, FIELD_PARTIAL},
        {SELLER, PRIORITY_TOP, 0, REASON_INVM, DETAIL_ROLE_MISSING, FIELD_PRIORITY},
        {SELLER, PRIORITY_RESERVED, PARTIAL_PART, REASON_INVM, DETAIL_ROLE_MISSING, FIELD_PRIORITY},
        {BUYER, PRIORITY_HIGH, 0, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE},
        {STRANGER, 0, PARTIAL_PART, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE},
    };
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct receipt receipt =
            amend(&fixture, rows[i].sender, fixture.seller, rows[i].priority, rows[i].partial);
        assert_receipt(&receipt, OUTCOME_REFUSED, rows[i].reason, rows[i].detail, rows[i].field);
    }
    assert_int_equal(world_view(&fixture.world, fixture.seller)->terms.priority, PRIORITY_NORMAL);
    assert_int_equal(world_view(&fixture.world, fixture.seller)->terms.partial, PARTIAL_NPAR);
    world_close(&fixture.world);
}

/* T10: a field of one kind of request does not belong to another. */
static void test_T10_fields_of_other_requests_are_refused(void **state)
{
    static const enum command_kind kinds[] = {COMMAND_CANCEL, COMMAND_HOLD, COMMAND_RELEASE};
    struct fixture fixture;
    (void)state;
    fixture_open(&fixture);
    for (size_t i = 0; i < 3; i++) {
        struct command command;
        world_command(&fixture.world, kinds[i], &command);
        command.target = (struct command_target){
            .party = world_bic(SELLER),
            .reference = fixture.sell.reference,
            .hold = kinds[i] == COMMAND_CANCEL ? 0 : (uint8_t)DIMENSION_HOLD_PARTY,
            .partial = PARTIAL_PART,
        };
        struct receipt receipt = world_submit(&fixture.world, SELLER, &command);
        assert_receipt(&receipt, OUTCOME_REFUSED, REASON_INVM, DETAIL_NOT_ALLOWED, FIELD_PARTIAL);
    }
    world_close(&fixture.world);
}

/* T10: what has ended cannot be amended: DSET, DCAN. */
static void test_T10_amend_what_has_ended(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture);
    world_fund(&fixture.world, BUYER, WORLD_EUR, AMOUNT);
    world_fund(&fixture.world, SELLER, WORLD_ISIN_1, QUANTITY);
    world_settle_down(&fixture.world);
    receipt = amend(&fixture, SELLER, fixture.seller, PRIORITY_HIGH, 0);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DSET, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    world_close(&fixture.world);
    fixture_open(&fixture);
    (void)world_target(&fixture.world, WORLD_OPERATOR, COMMAND_CANCEL, fixture.seller, 0, 0);
    receipt = amend(&fixture, BUYER, fixture.buyer, 0, PARTIAL_PART);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_DCAN, DETAIL_CLOSED, FIELD_TARGET_REFERENCE);
    world_close(&fixture.world);
}

/* T10: a payment free of delivery has no securities to part. */
static void test_T10_payment_free_of_delivery_has_no_parts(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    (void)state;
    world_open(&fixture.world, NULL);
    world_trade(&fixture.world, &trade, &fixture.sell, &fixture.buy);
    fixture.sell.instruct.quantity = 0;
    fixture.seller = world_instruct(&fixture.world, &fixture.sell);
    receipt = amend(&fixture, SELLER, fixture.seller, 0, PARTIAL_PART);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_INVM, DETAIL_NOT_APPLICABLE, FIELD_PARTIAL);
    world_close(&fixture.world);
}

/* ------------------------------------------------------------------------------- who may */

/* The first STATUS event of the last block about a dimension. */
static struct event status_event(const struct world *world, enum instruction_dimension dimension)
{
    struct event event = {0};
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        bool valid =
            event_decode(&event, world->output.events[i].bytes, world->output.events[i].size);
        assert_true(valid);
        if (event.kind == EVENT_STATUS && event.dimension == dimension) {
            return event;
        }
    }
    fail_msg("no status event of this dimension");
    return event;
}

/* T11: each hold has its holder, and its event says who set it, when and why. */
static void test_T11_a_hold_says_who_set_it(void **state)
{
    static const struct {
        uint8_t which;
        uint32_t sender;
        enum reason reason;
    } rows[] = {
        {DIMENSION_HOLD_PARTY, SELLER, REASON_PTYH},
        {DIMENSION_HOLD_CSD, WORLD_OPERATOR, REASON_CSDH},
        {DIMENSION_HOLD_VALIDATION, WORLD_OPERATOR, REASON_CVAL},
        {DIMENSION_HOLD_CONDITIONAL, WORLD_OPERATOR, REASON_CDEL},
    };
    struct fixture fixture;
    struct world *world = &fixture.world;
    (void)state;
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bic sender = world_bic(rows[i].sender);
        struct receipt receipt =
            world_target(world, rows[i].sender, COMMAND_HOLD, fixture.seller, rows[i].which, 0);
        assert_int_equal(receipt.outcome, OUTCOME_DONE);
        struct event event = status_event(world, (enum instruction_dimension)rows[i].which);
        assert_int_equal(event.value, HOLD_YES);
        assert_string_equal(reason_code(event.reason), reason_code(rows[i].reason));
        assert_true(bic_equal(&event.actor, &sender));
        assert_int_equal(event.height, ledger_height(world->ledger));
        assert_int_equal(event.time_ms, ledger_time_ms(world->ledger));
        receipt =
            world_target(world, rows[i].sender, COMMAND_HOLD, fixture.seller, rows[i].which, 0);
        assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    }
    world_close(world);
}

/* T11: the operator does not hold for the party, nor the party for the operator. */
static void test_T11_nobody_sets_anothers_hold(void **state)
{
    struct fixture fixture;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture);
    receipt = world_target(&fixture.world, WORLD_OPERATOR, COMMAND_HOLD, fixture.seller,
                           DIMENSION_HOLD_PARTY, 0);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_INVM, DETAIL_ROLE_MISSING, FIELD_HOLD);
    receipt = world_target(&fixture.world, SELLER, COMMAND_RELEASE, fixture.seller,
                           DIMENSION_HOLD_VALIDATION, 0);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_INVM, DETAIL_ROLE_MISSING, FIELD_HOLD);
    receipt =
        world_target(&fixture.world, BUYER, COMMAND_HOLD, fixture.seller, DIMENSION_HOLD_PARTY, 0);
    assert_receipt(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    world_close(&fixture.world);
}

/* T28: the operator's cancellation goes before the party's own request, and ends both sides. */
static void test_T28_the_operator_goes_before_a_partys_request(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct receipt receipt;
    (void)state;
    fixture_open(&fixture);
    receipt = world_target(world, BUYER, COMMAND_CANCEL, fixture.buyer, 0, 0);
    assert_receipt(&receipt, OUTCOME_PENDING, REASON_CONF, DETAIL_NONE, FIELD_NONE);
    receipt = world_target(world, WORLD_OPERATOR, COMMAND_CANCEL, fixture.seller, 0, 0);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_CTHP, DETAIL_NONE, FIELD_NONE);
    world_assert_status(world, fixture.seller, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                        REASON_CTHP);
    world_assert_status(world, fixture.buyer, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                        REASON_CTHP);
    struct bic operator_bic = world_bic(WORLD_OPERATOR);
    assert_int_equal(world_event_count(world, EVENT_CANCELLED), 2);
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        struct event event;
        const struct ledger_leaf *leaf = &world->output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        assert_true(bic_equal(&event.actor, &operator_bic));
    }
    world_close(world);
}

/* ------------------------------------------------------------------------- transformation */

static void transform_make(struct fixture *fixture, uint32_t index, struct command *out)
{
    const struct instruction *view = world_view(&fixture->world, index);
    world_command(&fixture->world, COMMAND_TRANSFORM, out);
    out->transform = (struct command_transform){
        .party = party_view(fixture->world.ledger, view->party)->bic,
        .reference = view->reference,
        .asset = world_asset(WORLD_ISIN_2),
        .quantity = 2 * QUANTITY,
        .new_reference = world_text("SPLIT"),
    };
}

static uint32_t found(const struct fixture *fixture, uint32_t party, const char *reference)
{
    struct text35 text = world_text(reference);
    uint32_t index =
        instruction_find(fixture->world.ledger, world_party_index(&fixture->world, party), &text);
    assert_int_not_equal(index, RECORD_NONE);
    return index;
}

/* T26: both sides end (CANT) and go on in the new security, matched, with condition TRAN. */
static void test_T26_a_matched_pair_is_transformed(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct command command;
    struct receipt receipt;
    uint32_t sides[2];
    (void)state;
    fixture_open(&fixture);
    (void)world_target(world, WORLD_OPERATOR, COMMAND_HOLD, fixture.buyer, DIMENSION_HOLD_CSD, 0);
    (void)amend(&fixture, SELLER, fixture.seller, PRIORITY_HIGH, 0);
    transform_make(&fixture, fixture.buyer, &command);
    receipt = world_submit(world, WORLD_REGISTRAR, &command);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_event_count(world, EVENT_CANCELLED), 2);
    assert_int_equal(world_event_count(world, EVENT_TRANSFORMED), 2);
    assert_int_equal(world_event_count(world, EVENT_MATCHED), 1);
    world_assert_status(world, fixture.seller, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                        REASON_CANT);
    world_assert_status(world, fixture.buyer, DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_CANT);
    sides[0] = found(&fixture, SELLER, "SPLIT");
    sides[1] = found(&fixture, BUYER, "SPLIT");
    assert_int_equal(receipt.instruction_sequence, world_view(world, sides[1])->sequence);
    for (uint32_t i = 0; i < 2; i++) {
        const struct instruction *made = world_view(world, sides[i]);
        assert_int_equal(made->counterpart, sides[1 - i]);
        assert_int_equal(made->terms.conditions, CONDITION_TRAN);
        assert_int_equal(made->terms.asset, world_asset_index(world, WORLD_ISIN_2));
        assert_int_equal(made->terms.quantity, 2 * QUANTITY);
        assert_int_equal(made->settlement_amount, AMOUNT);
        assert_int_equal(made->terms.settlement_date, WORLD_TODAY);
    }
    assert_int_equal(world_view(world, sides[0])->terms.priority, PRIORITY_HIGH);
    world_assert_status(world, sides[1], DIMENSION_HOLD_CSD, HOLD_YES, REASON_CSDH);
    world_assert_status(world, sides[1], DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, REASON_CSDH);
    /* It settles as any other. */
    world_fund(world, SELLER, WORLD_ISIN_2, 2 * QUANTITY);
    world_fund(world, BUYER, WORLD_EUR, AMOUNT);
    (void)world_target(world, WORLD_OPERATOR, COMMAND_RELEASE, sides[1], DIMENSION_HOLD_CSD, 0);
    world_assert_status(world, sides[0], DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    assert_int_equal(world_available(world, BUYER, WORLD_ISIN_2), 2 * QUANTITY);
    world_close(world);
}

/* T26: an unmatched one goes on unmatched, and meets the counterparty's in the new security. */
static void test_T26_an_unmatched_one_is_transformed(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(world, NULL);
    world_trade(world, &trade, &fixture.sell, &fixture.buy);
    fixture.seller = world_instruct(world, &fixture.sell);
    transform_make(&fixture, fixture.seller, &command);
    command.transform.amount = AMOUNT + 7;
    receipt = world_submit(world, WORLD_OPERATOR, &command);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    fixture.seller = found(&fixture, SELLER, "SPLIT");
    world_assert_status(world, fixture.seller, DIMENSION_MATCH, MATCH_UNMATCHED, REASON_CMIS);
    fixture.buy.instruct.asset = world_asset(WORLD_ISIN_2);
    fixture.buy.instruct.quantity = 2 * QUANTITY;
    fixture.buy.instruct.amount = AMOUNT + 7;
    fixture.buyer = world_instruct(world, &fixture.buy);
    world_assert_status(world, fixture.seller, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    world_close(world);
}

static bool known(const struct fixture *fixture, uint32_t party, const char *reference)
{
    struct text35 text = world_text(reference);
    return instruction_find(fixture->world.ledger, world_party_index(&fixture->world, party),
                            &text) != RECORD_NONE;
}

/* T26: the new one keeps the trade date, which both sides must agree on; that it lies before the
 * retention makes it no older: it is forgotten a retention after its own end, as the old one. */
static void test_T26_an_old_trade_date_shortens_no_retention(void **state)
{
    struct fixture fixture = {0};
    struct world *world = &fixture.world;
    struct world_options options = {
        .instructions = 50, .references = 500, .wake_budget = 100, .retention_days = 10};
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(world, &options);
    world_trade(world, &trade, &fixture.sell, &fixture.buy);
    fixture.seller = world_instruct(world, &fixture.sell);
    fixture.buyer = world_instruct(world, &fixture.buy);
    world_day(world, 20261204); /* 15 days later: a new trade of that date would be refused */
    transform_make(&fixture, fixture.seller, &command);
    receipt = world_submit(world, WORLD_REGISTRAR, &command);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_view(world, found(&fixture, BUYER, "SPLIT"))->terms.trade_date,
                     WORLD_TODAY);
    world_day(world, 20261214); /* the old ones ended ten days ago, the new ones are open */
    world_settle_down(world);
    assert_true(instruction_find(world->ledger, world_party_index(world, SELLER),
                                 &fixture.sell.reference) != RECORD_NONE);
    world_fund(world, SELLER, WORLD_ISIN_2, 2 * QUANTITY);
    world_fund(world, BUYER, WORLD_EUR, AMOUNT);
    world_assert_status(world, found(&fixture, SELLER, "SPLIT"), DIMENSION_SETTLEMENT,
                        SETTLEMENT_SETTLED, REASON_NONE);
    world_day(world, 20261224);
    world_settle_down(world);
    assert_true(known(&fixture, SELLER, "SPLIT") && known(&fixture, BUYER, "SPLIT"));
    assert_true(instruction_find(world->ledger, world_party_index(world, SELLER),
                                 &fixture.sell.reference) == RECORD_NONE);
    world_day(world, 20261228);
    world_settle_down(world);
    assert_false(known(&fixture, SELLER, "SPLIT") || known(&fixture, BUYER, "SPLIT"));
    world_close(world);
}

/* T26, T23: recycling counts from the day on which the new one was made, not from its old dates:
 * 20 business days after a transformation it is cancelled, not before. */
static void test_T26_ageing_begins_with_the_transformation(void **state)
{
    struct fixture fixture = {0};
    struct world *world = &fixture.world;
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, QUANTITY, AMOUNT, WORLD_TODAY};
    struct command command;
    struct receipt receipt;
    (void)state;
    world_open(world, NULL);
    world_trade(world, &trade, &fixture.sell, &fixture.buy);
    fixture.seller = world_instruct(world, &fixture.sell);
    world_day(world, 20261211); /* 16 business days later */
    transform_make(&fixture, fixture.seller, &command);
    receipt = world_submit(world, WORLD_OPERATOR, &command);
    assert_receipt(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    fixture.seller = found(&fixture, SELLER, "SPLIT");
    assert_int_equal(world_view(world, fixture.seller)->terms.settlement_date, WORLD_TODAY);
    world_day(world, 20270108); /* through the 19th, to the 20th; neither Christmas nor New Year
                                   is a business day */
    world_settle_down(world);
    world_assert_status(world, fixture.seller, DIMENSION_CANCELLATION, CANCELLATION_NONE,
                        REASON_NONE);
    world_day(world, 20270113);
    world_settle_down(world);
    world_assert_status(world, fixture.seller, DIMENSION_CANCELLATION, CANCELLATION_CANCELLED,
                        REASON_CANS);
    world_close(world);
}

static void refused(struct fixture *fixture, uint32_t sender, const struct command *command,
                    enum reason reason, enum detail detail, enum field field)
{
    struct receipt receipt = world_submit(&fixture->world, sender, command);
    assert_receipt(&receipt, OUTCOME_REFUSED, reason, detail, field);
    assert_int_equal(fixture->world.output.event_count, 0);
}

/* T26: who may not, what cannot, and each with its code; nothing is cancelled by a refusal. */
static void test_T26_refused_transformations(void **state)
{
    struct fixture fixture;
    struct world *world = &fixture.world;
    struct command command;
    (void)state;
    fixture_open(&fixture);
    transform_make(&fixture, fixture.seller, &command);
    refused(&fixture, SELLER, &command, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    refused(&fixture, WORLD_BANK, &command, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    command.transform.asset = world_asset(WORLD_ISIN_1);
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    command.transform.asset = world_asset(WORLD_EUR);
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_DSEC, DETAIL_NOT_ALLOWED, FIELD_ASSET);
    command.transform.asset = (struct asset_code){0};
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    transform_make(&fixture, fixture.seller, &command);
    command.transform.quantity = 0;
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_DQUA, DETAIL_OUT_OF_RANGE, FIELD_QUANTITY);
    command.transform.quantity = QUANTITY;
    command.transform.amount = -1;
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_DMON, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT);
    command.transform.amount = 0;
    command.transform.new_reference = (struct text35){0};
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_REFE, DETAIL_MISSING, FIELD_NEW_REFERENCE);
    command.transform.new_reference = fixture.buy.reference; /* of the other side, as it happens */
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_REFE, DETAIL_EXISTS_DIFFERENTLY,
            FIELD_NEW_REFERENCE);
    world_assert_status(world, fixture.seller, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    (void)world_target(world, WORLD_OPERATOR, COMMAND_CANCEL, fixture.seller, 0, 0);
    transform_make(&fixture, fixture.seller, &command);
    refused(&fixture, WORLD_REGISTRAR, &command, REASON_DCAN, DETAIL_CLOSED,
            FIELD_TARGET_REFERENCE);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T10_amend_partial_indicator_of_the_own_side),
        cmocka_unit_test(test_T10_amend_both_fields_at_once),
        cmocka_unit_test(test_T10_refused_amendments),
        cmocka_unit_test(test_T10_fields_of_other_requests_are_refused),
        cmocka_unit_test(test_T10_amend_what_has_ended),
        cmocka_unit_test(test_T10_payment_free_of_delivery_has_no_parts),
        cmocka_unit_test(test_T11_a_hold_says_who_set_it),
        cmocka_unit_test(test_T11_nobody_sets_anothers_hold),
        cmocka_unit_test(test_T28_the_operator_goes_before_a_partys_request),
        cmocka_unit_test(test_T26_a_matched_pair_is_transformed),
        cmocka_unit_test(test_T26_an_unmatched_one_is_transformed),
        cmocka_unit_test(test_T26_refused_transformations),
        cmocka_unit_test(test_T26_an_old_trade_date_shortens_no_retention),
        cmocka_unit_test(test_T26_ageing_begins_with_the_transformation),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
