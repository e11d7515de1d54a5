/*
 * Goal: the checker of ledgers is silent about real ledgers that issue, match, settle, move and
 * cancel; and objects when a member comes to something else, when money appears, when one leg is
 * missing, when an envelope is executed twice, when a promise is broken, when a record goes wrong.
 */
#include "netsim/check/ledger_checker.h"

#include "ledger/instruction/rare.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "netsim/check/ledger_audit.h"
#include "netsim/check/ledger_proofs.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

#include <stdlib.h>
#include <string.h>

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    LEAVES_MAX = 16
};

static struct world world;
static struct ledger_checker *checker;
static const struct world_options in_window = {
    .instructions = 4096, .references = 8192, .wake_budget = 1000, .parts_all_day = true};

static int set_up(void **state)
{
    struct member_set byzantine = {{0}};
    (void)state;
    world_open(&world, &in_window);
    member_set_add(&byzantine, 3);
    checker = ledger_checker_new(NULL, 4, &byzantine);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_checker_free(checker);
    world_close(&world);
    return 0;
}

static void assert_silent(void)
{
    if (ledger_checker_violation(checker) != NULL) {
        fail_msg("%s", ledger_checker_violation(checker));
    }
}

static void assert_objects(const char *words)
{
    const char *violation = ledger_checker_violation(checker);
    if (violation == NULL || strstr(violation, words) == NULL) {
        fail_msg("'%s' expected, not '%s'", words, violation == NULL ? "silence" : violation);
    }
}

/* Member 0 executed the block that the world ran last; then member 1. */
static void show(void)
{
    ledger_checker_executed(checker, 0, &world.output, world.ledger);
    ledger_checker_executed(checker, 1, &world.output, world.ledger);
}

static void fund(uint32_t party, enum world_asset asset, int64_t quantity)
{
    world_fund(&world, party, asset, quantity);
    show();
}

/* Seller and buyer instruct 40 for 500; shown are all blocks but the last, in which it settles. */
static uint32_t trade(uint32_t *buys)
{
    struct world_trade terms = {SELLER, BUYER, WORLD_ISIN_1, 40, 500, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    fund(SELLER, WORLD_ISIN_1, 100);
    fund(BUYER, WORLD_EUR, 5000);
    world_trade(&world, &terms, &deliver, &receive);
    uint32_t sells = world_instruct(&world, &deliver);
    show();
    *buys = world_instruct(&world, &receive);
    assert_silent();
    return sells;
}

/* A copy of the last block's output whose leaves may be changed. */
struct copied {
    struct ledger_output output;
    struct ledger_leaf receipts[LEAVES_MAX];
    struct ledger_leaf events[LEAVES_MAX];
    uint8_t bytes[LEAVES_MAX][512];
};

static struct copied *copy(void)
{
    static struct copied copied;
    copied.output = world.output;
    assert_true(world.output.receipt_count <= LEAVES_MAX);
    assert_true(world.output.event_count <= LEAVES_MAX);
    memcpy(copied.receipts, world.output.receipts,
           world.output.receipt_count * sizeof copied.receipts[0]);
    memcpy(copied.events, world.output.events, world.output.event_count * sizeof copied.events[0]);
    copied.output.receipts = copied.receipts;
    copied.output.events = copied.events;
    return &copied;
}

static void event_replace(struct copied *copied, uint32_t index, const struct event *event)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, copied->bytes[index], sizeof copied->bytes[index]);
    event_encode(event, &writer);
    copied->events[index].bytes = copied->bytes[index];
    copied->events[index].size = (uint32_t)writer.size;
}

static uint32_t event_find(const struct copied *copied, uint8_t kind, struct event *event)
{
    for (uint32_t i = 0; i < copied->output.event_count; i++) {
        assert_true(event_decode(event, copied->events[i].bytes, copied->events[i].size));
        if (event->kind == kind) {
            return i;
        }
    }
    fail_msg("no such event");
    return 0;
}

static void receipt_replace(struct copied *copied, uint32_t index, const struct receipt *receipt)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, copied->bytes[index], sizeof copied->bytes[index]);
    receipt_encode(receipt, &writer);
    copied->receipts[index].bytes = copied->bytes[index];
    copied->receipts[index].size = (uint32_t)writer.size;
}

/* ------------------------------------------------------------------------------- right */

static void real_ledgers_pass(void **state)
{
    struct ledger_checker_counts counts;
    uint32_t buys;
    (void)state;
    uint32_t sells = trade(&buys);
    show();
    assert_silent();
    world_assert_status(&world, sells, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    struct world_trade lacking = {SELLER, BUYER, WORLD_ISIN_1, 400, 500, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    world_trade(&world, &lacking, &deliver, &receive);
    uint32_t open = world_instruct(&world, &deliver);
    show();
    (void)world_instruct(&world, &receive);
    show();
    (void)world_target(&world, SELLER, COMMAND_CANCEL, open, 0, 0);
    show();
    for (uint32_t block = 0; block < LEDGER_CHECKER_PERIOD; block++) {
        world_block(&world);
        show();
    }
    ledger_checker_audit(checker, 0, world.ledger);
    assert_silent();
    ledger_checker_counts_read(checker, &counts);
    assert_true(counts.settlements == 1 && counts.audits >= 2);
    assert_true(counts.heights == ledger_height(world.ledger) &&
                counts.blocks == 2 * counts.heights);
    assert_true(counts.receipts == 7 && counts.events > 5);
}

static void executed_again_after_a_restart_passes(void **state)
{
    (void)state;
    fund(SELLER, WORLD_ISIN_1, 100);
    show();
    assert_silent();
}

/* ------------------------------------------------------------------- others come to others */

static void other_roots(void **state)
{
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    ledger_checker_executed(checker, 0, &world.output, world.ledger);
    copied->output.result.events_root.bytes[3] ^= 1u;
    ledger_checker_executed(checker, 1, &copied->output, world.ledger);
    assert_objects("other roots");
}

static void other_receipts_under_the_same_roots(void **state)
{
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    ledger_checker_executed(checker, 0, &world.output, world.ledger);
    copied->receipts[0].hash.bytes[3] ^= 1u;
    ledger_checker_executed(checker, 1, &copied->output, world.ledger);
    assert_objects("other receipts");
}

static void a_missing_event_under_the_same_roots(void **state)
{
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    ledger_checker_executed(checker, 0, &world.output, world.ledger);
    copied->output.event_count--;
    ledger_checker_executed(checker, 1, &copied->output, world.ledger);
    assert_objects("other receipts or events");
}

static void a_height_left_out(void **state)
{
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    world_block(&world);
    show();
    assert_objects("before anybody executed 1");
}

/* ------------------------------------------------------------------------ conservation */

static void money_out_of_nothing(void **state)
{
    (void)state;
    fund(SELLER, WORLD_EUR, 100);
    uint32_t index = world_position(&world, SELLER, WORLD_EUR, 0);
    position_at(world.ledger, index)->balance[POSITION_AVAILABLE] += 1;
    ledger_checker_audit(checker, 0, world.ledger);
    assert_objects("do not sum to zero");
    position_at(world.ledger, index)->balance[POSITION_AVAILABLE] -= 1;
}

static void money_moved_behind_the_back(void **state)
{
    (void)state;
    fund(SELLER, WORLD_EUR, 100);
    fund(BUYER, WORLD_EUR, 100);
    uint32_t from = world_position(&world, SELLER, WORLD_EUR, 0);
    uint32_t to = world_position(&world, BUYER, WORLD_EUR, 0);
    position_at(world.ledger, from)->balance[POSITION_AVAILABLE] -= 10;
    position_at(world.ledger, to)->balance[POSITION_AVAILABLE] += 10;
    ledger_checker_audit(checker, 0, world.ledger);
    assert_objects("not what the events made it");
}

static void an_event_that_was_not_told(void **state)
{
    struct event event;
    uint32_t buys;
    (void)state;
    (void)trade(&buys);
    struct copied *copied = copy();
    uint32_t index = event_find(copied, EVENT_SETTLED, &event);
    event.kind = EVENT_MATCHED;
    event_replace(copied, index, &event);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_non_null(ledger_checker_violation(checker));
}

/* A pair without cash: MATCHED, and each side's status. The copy is of the block of its match. */
static struct copied *lacking_pair(void)
{
    struct world_trade terms = {SELLER, BUYER, WORLD_ISIN_1, 40, 500, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    fund(SELLER, WORLD_ISIN_1, 100);
    world_trade(&world, &terms, &deliver, &receive);
    (void)world_instruct(&world, &deliver);
    show();
    (void)world_instruct(&world, &receive);
    assert_silent();
    return copy();
}

static void each_status_that_was_not_told(void **state)
{
    static const uint8_t kinds[] = {EVENT_MATCHED, EVENT_STATUS};
    struct event event;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct copied *copied = lacking_pair();
        uint32_t index = event_find(copied, kinds[i], &event);
        event.kind = EVENT_ALLEGED; /* which tells no status */
        event_replace(copied, index, &event);
        ledger_checker_executed(checker, 0, &copied->output, world.ledger);
        assert_objects("by the events");
        (void)tear_down(state);
        (void)set_up(state);
    }
}

static void a_status_that_was_told_twice(void **state)
{
    struct event event;
    (void)state;
    struct copied *copied = lacking_pair();
    (void)event_find(copied, EVENT_STATUS, &event);
    event_replace(copied, copied->output.event_count, &event);
    copied->output.event_count++;
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("told twice");
}

static void an_issue_of_another_quantity(void **state)
{
    struct event event;
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    uint32_t index = event_find(copied, EVENT_ISSUED, &event);
    event.quantity++;
    event_replace(copied, index, &event);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("by the events it must be");
}

/* --------------------------------------------------------------------------- settlement */

static void only_one_leg(void **state)
{
    struct event event;
    uint32_t buys;
    (void)state;
    (void)trade(&buys);
    struct copied *copied = copy();
    uint32_t index = event_find(copied, EVENT_SETTLED, &event);
    event.amount = 0;
    event_replace(copied, index, &event);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("not what was matched");
}

static void only_one_side(void **state)
{
    uint32_t buys;
    (void)state;
    uint32_t sells = trade(&buys);
    instruction_at(world.ledger, buys)->status[DIMENSION_SETTLEMENT].value = SETTLEMENT_UNSETTLED;
    show();
    assert_objects("did not settle together");
    (void)sells;
}

static void settled_twice(void **state)
{
    struct event event;
    uint32_t buys;
    (void)state;
    (void)trade(&buys);
    struct copied *copied = copy();
    (void)event_find(copied, EVENT_SETTLED, &event);
    event_replace(copied, copied->output.event_count, &event);
    copied->output.event_count++;
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("not what was matched");
}

/* A delivery of 100 for 500 of which 40 have settled: {sells, buys}. */
static uint32_t trade_in_part(void)
{
    struct world_trade whole = {SELLER, BUYER, WORLD_ISIN_1, 100, 500, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    fund(BUYER, WORLD_EUR, 500);
    fund(SELLER, WORLD_ISIN_1, 40);
    world_trade(&world, &whole, &deliver, &receive);
    deliver.instruct.partial = PARTIAL_PARQ;
    receive.instruct.partial = PARTIAL_PARQ;
    uint32_t sells = world_instruct(&world, &deliver);
    show();
    (void)world_instruct(&world, &receive);
    return sells;
}

static void parts_pass(void **state)
{
    struct ledger_checker_counts counts;
    (void)state;
    uint32_t sells = trade_in_part();
    show();
    world_assert_status(&world, sells, DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED,
                        REASON_PART);
    ledger_checker_audit(checker, 0, world.ledger);
    fund(SELLER, WORLD_ISIN_1, 60);
    world_assert_status(&world, sells, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    ledger_checker_audit(checker, 0, world.ledger);
    assert_silent();
    ledger_checker_counts_read(checker, &counts);
    assert_int_equal(counts.settlements, 1);
}

static void a_part_for_other_money(void **state)
{
    struct event event;
    (void)state;
    (void)trade_in_part();
    struct copied *copied = copy();
    uint32_t index = event_find(copied, EVENT_SETTLED, &event);
    assert_int_equal(event.amount, 200);
    event.amount = 201;
    event_replace(copied, index, &event);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("not what was matched");
}

static void a_part_that_claims_to_be_the_last(void **state)
{
    struct event event;
    (void)state;
    (void)trade_in_part();
    struct copied *copied = copy();
    uint32_t index = event_find(copied, EVENT_SETTLED, &event);
    event.reason = REASON_PARC;
    event_replace(copied, index, &event);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("not what was matched");
}

static void a_record_that_has_settled_more_than_its_parts(void **state)
{
    (void)state;
    uint32_t sells = trade_in_part();
    instruction_at(world.ledger, sells)->settled_quantity = 45;
    show();
    assert_non_null(ledger_checker_violation(checker));
}

static void a_change_after_the_end(void **state)
{
    uint32_t buys;
    (void)state;
    uint32_t sells = trade(&buys);
    show();
    assert_silent();
    world_block(&world);
    instruction_at(world.ledger, sells)->status[DIMENSION_SETTLEMENT].time_ms++;
    record_touch(world.ledger, RECORD_INSTRUCTION, sells);
    show();
    assert_objects("I5");
}

/* ----------------------------------------------------------------------------- receipts */

static void an_envelope_executed_twice(void **state)
{
    struct receipt receipt;
    (void)state;
    fund(SELLER, WORLD_ISIN_1, 100);
    world_receipt(&world, 0, &receipt);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    receipt.height++;
    receipt_replace(copied, 0, &receipt);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("executed at height 1, and again at height 2");
}

static void told_already_with_the_wrong_place(void **state)
{
    struct receipt receipt;
    (void)state;
    fund(SELLER, WORLD_ISIN_1, 100);
    world_receipt(&world, 0, &receipt);
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    receipt.height++;
    receipt.command_index = RECEIPT_WHOLE_ENVELOPE;
    receipt.command_kind = 0;
    receipt.outcome = OUTCOME_ALREADY;
    receipt.first_height = 1;
    receipt.first_index = 1;
    receipt_replace(copied, 0, &receipt);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("falsely");
}

static void a_receipt_of_another_place(void **state)
{
    struct receipt receipt;
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    struct copied *copied = copy();
    world_receipt(&world, 0, &receipt);
    receipt.index++;
    receipt_replace(copied, 0, &receipt);
    ledger_checker_executed(checker, 0, &copied->output, world.ledger);
    assert_objects("is another's");
}

/* ----------------------------------------------------------------------------- promises */

static struct workload_promise promise_of_last(void)
{
    struct receipt receipt;
    world_receipt(&world, 0, &receipt);
    return (struct workload_promise){.envelope_id = receipt.envelope_id,
                                     .command_index = receipt.command_index,
                                     .member = 1,
                                     .height = receipt.height,
                                     .receipt_index = 0,
                                     .receipt = world.output.receipts[0].hash};
}

static void promises_that_are_kept_pass(void **state)
{
    (void)state;
    fund(SELLER, WORLD_ISIN_1, 100);
    struct workload_promise promise = promise_of_last();
    ledger_checker_promised(checker, &promise);
    fund(SELLER, WORLD_ISIN_1, 100);
    ledger_checker_promised(checker, &promise);
    assert_silent();
}

static void promises_that_are_not(void **state)
{
    (void)state;
    for (uint32_t what = 0; what < 6; what++) {
        struct member_set byzantine = {{0}};
        ledger_checker_free(checker);
        checker = ledger_checker_new(NULL, 4, &byzantine);
        world_close(&world);
        world_open(&world, NULL);
        fund(SELLER, WORLD_ISIN_1, 100);
        struct workload_promise promise = promise_of_last();
        promise.height += what == 0;
        promise.height -= what == 1;
        promise.receipt_index += what == 2;
        promise.command_index = (uint16_t)(promise.command_index + (what == 3));
        promise.envelope_id.bytes[0] ^= what == 4;
        promise.receipt.bytes[0] ^= what == 5;
        ledger_checker_promised(checker, &promise);
        assert_objects("promised a receipt");
    }
}

static void a_byzantine_promise_binds_nobody(void **state)
{
    (void)state;
    fund(SELLER, WORLD_ISIN_1, 100);
    struct workload_promise promise = promise_of_last();
    promise.receipt.bytes[0] ^= 1u;
    promise.member = 3;
    ledger_checker_promised(checker, &promise);
    assert_silent();
}

/* -------------------------------------------------------------------------------- audit */

/* One thing made wrong in the records; what the audit has to say of it. */
static void spoil(uint32_t what, uint32_t sells, uint32_t buys)
{
    struct instruction *sold = instruction_at(world.ledger, sells);
    struct instruction *bought = instruction_at(world.ledger, buys);
    uint32_t held = world_position(&world, BUYER, WORLD_EUR, 0);
    struct position *position = position_at(world.ledger, held);
    uint32_t euro = world_asset_index(&world, WORLD_EUR);
    switch (what) {
    case 0:
        position->balance[POSITION_BLOCKED] = -1;
        position->balance[POSITION_AVAILABLE] += 1;
        break;
    case 1:
        position->balance[POSITION_BLOCKED] = position->balance[POSITION_AVAILABLE] + 1;
        position->balance[POSITION_AVAILABLE] = -1;
        break;
    case 2:
        position->holds = false;
        break;
    case 3:
        sold->settled_amount--;
        bought->settled_amount--;
        break;
    case 4:
        sold->settled_amount--;
        break;
    case 5:
        sold->counterpart = RECORD_NONE;
        break;
    case 6:
        bought->status[DIMENSION_SETTLEMENT].height++;
        break;
    case 7:
        sold->status[DIMENSION_PROCESSING].value = PROCESSING_PENDING;
        break;
    case 8:
        asset_at(world.ledger, euro)->issued++;
        break;
    case 9:
        party_at(world.ledger, world_party_index(&world, BUYER))->instruction_count++;
        break;
    default:
        account_at(world.ledger, position->account)->held_count++;
        break;
    }
}

static void an_audit_finds_what_was_spoiled(void **state)
{
    static const char *const words[] = {
        "I2: balance",     "I2: position",  "I8", "I4",        "I3: only one leg",
        "I3: instruction", "I3: the sides", "I5", "I1: asset", "I10: party",
        "I10: account",
    };
    char text[LEDGER_AUDIT_TEXT_SIZE];
    (void)state;
    for (uint32_t what = 0; what < sizeof words / sizeof words[0]; what++) {
        struct member_set byzantine = {{0}};
        uint32_t buys;
        ledger_checker_free(checker);
        checker = ledger_checker_new(NULL, 4, &byzantine);
        world_close(&world);
        world_open(&world, NULL);
        uint32_t sells = trade(&buys);
        assert_true(ledger_audit_all(world.ledger, text));
        spoil(what, sells, buys);
        assert_false(ledger_audit_all(world.ledger, text));
        if (strstr(text, words[what]) == NULL) {
            fail_msg("'%s' expected, not '%s'", words[what], text);
        }
        ledger_checker_audit(checker, 0, world.ledger);
        assert_objects(words[what]);
    }
}

static void an_audit_finds_a_missing_reason(void **state)
{
    char text[LEDGER_AUDIT_TEXT_SIZE];
    struct world_trade terms = {SELLER, BUYER, WORLD_ISIN_1, 40, 500, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    (void)state;
    world_trade(&world, &terms, &deliver, &receive);
    uint32_t sells = world_instruct(&world, &deliver);
    assert_true(ledger_audit_all(world.ledger, text));
    instruction_at(world.ledger, sells)->status[DIMENSION_MATCH].reason = REASON_NONE;
    assert_false(ledger_audit_all(world.ledger, text));
    assert_non_null(strstr(text, "I6"));
}

static void link_record(uint32_t from, uint32_t to, enum link_type type)
{
    struct instruction_ties *ties = rare_ties(world.ledger, from);
    ties->link_count = 1;
    ties->links[0] = (struct instruction_link){to, (uint8_t)type};
}

/* Two deliveries that settled one block after the other, linked as the row says. */
static void an_audit_finds_links_that_were_not_kept(void **state)
{
    static const struct {
        enum link_type earlier;
        enum link_type later;
        const char *words; /* NULL: all is well */
    } rows[] = {
        {LINK_BEFO, LINK_AFTE, NULL},
        {LINK_INFO, LINK_INFO, NULL},
        {LINK_AFTE, LINK_BEFO, "settled without"},
        {LINK_WITH, LINK_WITH, "settled without"},
        {LINK_BEFO, LINK_BEFO, "not linked with it"},
        {LINK_INFO, LINK_WITH, "not linked with it"},
    };
    char text[LEDGER_AUDIT_TEXT_SIZE];
    uint32_t buys;
    (void)state;
    const uint32_t earlier = trade(&buys);
    show();
    const uint32_t later = trade(&buys);
    assert_true(ledger_audit_all(world.ledger, text));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        link_record(earlier, later, rows[i].earlier);
        link_record(later, earlier, rows[i].later);
        assert_int_equal(ledger_audit_all(world.ledger, text), rows[i].words == NULL);
        assert_true(rows[i].words == NULL || strstr(text, rows[i].words) != NULL);
    }
    rare_ties(world.ledger, later)->link_count = 0;
    assert_false(ledger_audit_all(world.ledger, text));
    assert_non_null(strstr(text, "not linked with it"));
}

/* ------------------------------------------------------------------------------- proofs */

static void leaves_and_records_that_are_not_under_their_roots(void **state)
{
    char text[LEDGER_PROOFS_TEXT_SIZE];
    (void)state;
    world_fund(&world, SELLER, WORLD_ISIN_1, 100);
    assert_true(world.output.state_height == world.output.height);
    assert_true(ledger_proofs_check(&world.output, world.ledger, text));
    struct copied *copied = copy();
    copied->receipts[0].salt.bytes[0] ^= 1u;
    assert_false(ledger_proofs_check(&copied->output, world.ledger, text));
    assert_non_null(strstr(text, "receipt"));
    copied = copy();
    copied->output.event_count--;
    assert_false(ledger_proofs_check(&copied->output, world.ledger, text));
    assert_non_null(strstr(text, "event"));
    copied = copy();
    copied->output.result.state_root.bytes[0] ^= 1u;
    assert_false(ledger_proofs_check(&copied->output, world.ledger, text));
    assert_non_null(strstr(text, "record"));
    uint32_t index = world_position(&world, SELLER, WORLD_ISIN_1, 0);
    position_at(world.ledger, index)->credit_limit++; /* nobody was told */
    assert_false(ledger_proofs_check(&world.output, world.ledger, text));
    assert_non_null(strstr(text, "record"));
    world_block(&world); /* nor did anybody renew anything: not asked */
    copied = copy();
    copied->output.state_height = 0;
    copied->output.result.state_root.bytes[0] ^= 1u;
    assert_true(ledger_proofs_check(&copied->output, world.ledger, text));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(real_ledgers_pass),
        TEST(executed_again_after_a_restart_passes),
        TEST(other_roots),
        TEST(other_receipts_under_the_same_roots),
        TEST(a_missing_event_under_the_same_roots),
        TEST(a_height_left_out),
        TEST(money_out_of_nothing),
        TEST(money_moved_behind_the_back),
        TEST(an_event_that_was_not_told),
        TEST(each_status_that_was_not_told),
        TEST(a_status_that_was_told_twice),
        TEST(an_issue_of_another_quantity),
        TEST(only_one_leg),
        TEST(only_one_side),
        TEST(settled_twice),
        TEST(parts_pass),
        TEST(a_part_for_other_money),
        TEST(a_part_that_claims_to_be_the_last),
        TEST(a_record_that_has_settled_more_than_its_parts),
        TEST(a_change_after_the_end),
        TEST(an_envelope_executed_twice),
        TEST(told_already_with_the_wrong_place),
        TEST(a_receipt_of_another_place),
        TEST(promises_that_are_kept_pass),
        TEST(promises_that_are_not),
        TEST(a_byzantine_promise_binds_nobody),
        TEST(an_audit_finds_what_was_spoiled),
        TEST(an_audit_finds_a_missing_reason),
        TEST(an_audit_finds_links_that_were_not_kept),
        TEST(leaves_and_records_that_are_not_under_their_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
