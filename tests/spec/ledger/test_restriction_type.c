/*
 * Goal: dated rules of the operator (T2S UDFS 3.2.1.8, 3.6.1.8.3): what is refused at entry, held
 * for validation, or kept from settling; rules in their order, positive and negative; from the
 * first day to the last; and which rule decided is always told. Blocked parties (T14).
 */
#include "ledger/restriction/restriction_type.h"

#include "ledger/instruction/instruction.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    OTHER = WORLD_PARTICIPANT + 2,
};

static void type(struct world *world, enum restriction_processing processing,
                 enum restriction_object object, struct command *out)
{
    world_command(world, COMMAND_RESTRICTION_TYPE_ADD, out);
    out->restriction_type_add = (struct command_restriction_type_add){
        .processing = (uint8_t)processing,
        .object = (uint8_t)object,
        .bic = object == RESTRICTION_ON_INSTRUCTION || object == RESTRICTION_ON_SECURITY
                   ? (struct bic){{0}}
                   : world_bic(SELLER),
        .account = object == RESTRICTION_ON_CASH_ACCOUNT         ? world_account(WORLD_EUR, 0)
                   : object == RESTRICTION_ON_SECURITIES_ACCOUNT ? world_account(WORLD_ISIN_1, 0)
                                                                 : (struct text35){0},
        .asset =
            object == RESTRICTION_ON_SECURITY ? world_asset(WORLD_ISIN_1) : (struct asset_code){0},
        .valid_from = WORLD_TODAY,
    };
}

static void add(struct world *world, const struct command *command)
{
    assert_int_equal(world_submit(world, WORLD_OPERATOR, command).outcome, OUTCOME_DONE);
}

static void end(struct world *world, const struct text35 *reference)
{
    struct command command;
    world_command(world, COMMAND_RESTRICTION_TYPE_END, &command);
    command.restriction_type_end.reference = *reference;
    add(world, &command);
}

static void rule(struct command *command, struct restriction_rule asked)
{
    struct command_restriction_type_add *body = &command->restriction_type_add;
    body->rules[body->rule_count++] = asked;
}

static void fixture_open(struct world *world)
{
    world_open(world, NULL);
    world_fund(world, SELLER, WORLD_ISIN_1, 100);
    world_fund(world, BUYER, WORLD_EUR, 100000);
}

/* A sale of 10 for 100, of a transaction type; the seller's instruction. */
static uint32_t sale(struct world *world, uint8_t transaction_type)
{
    struct command sell;
    struct command buy;
    world_trade(world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &sell, &buy);
    sell.instruct.transaction_type = transaction_type;
    buy.instruct.transaction_type = transaction_type;
    uint32_t sold = world_instruct(world, &sell);
    (void)world_instruct(world, &buy);
    return sold;
}

static void assert_pends(const struct world *world, uint32_t instruction, enum reason reason)
{
    world_assert_status(world, instruction, DIMENSION_SETTLEMENT, SETTLEMENT_UNSETTLED, reason);
}

static void assert_settled(const struct world *world, uint32_t instruction)
{
    world_assert_status(world, instruction, DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
}

/* The only event of the kind in the last block about the deliverer, or the only one. */
static struct event hit_of(const struct world *world)
{
    struct event event;
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        const struct ledger_leaf *leaf = &world->output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        if (event.kind == EVENT_RESTRICTION_HIT) {
            return event;
        }
    }
    fail_msg("no restriction type was told");
    return event;
}

/* ----------------------------------------------------------------------------------- blocking */

static void test_T14_each_object_blocks_and_says_so(void **state)
{
    static const struct {
        enum restriction_object object;
        enum reason reason;
    } cases[] = {{RESTRICTION_ON_INSTRUCTION, REASON_BLOC},
                 {RESTRICTION_ON_SECURITY, REASON_SBLO},
                 {RESTRICTION_ON_SECURITIES_ACCOUNT, REASON_BLOC},
                 {RESTRICTION_ON_CASH_ACCOUNT, REASON_BLOC},
                 {RESTRICTION_ON_PARTY, REASON_BLOC}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        struct command command;
        fixture_open(&world);
        type(&world, RESTRICTION_BLCK, cases[i].object, &command);
        add(&world, &command);
        uint32_t sold = sale(&world, TRANSACTION_TRAD);
        assert_pends(&world, sold, cases[i].reason);
        struct event event = hit_of(&world);
        assert_true(text35_equal(&event.counter_reference, &command.reference));
        assert_int_equal(event.value, 0);
        assert_int_equal(event.reason, cases[i].reason);
        world_fund(&world, SELLER, WORLD_ISIN_1, 1); /* an arrival does not help */
        world_settle_down(&world);
        assert_pends(&world, sold, cases[i].reason);
        end(&world, &command.reference);
        world_settle_down(&world);
        assert_settled(&world, sold);
        world_close(&world);
    }
}

/* UDFS, restriction type RTBS: a security blocked but for corporate actions and for party A. */
static void test_negative_rules_are_exceptions(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &command);
    command.restriction_type_add.negative = true;
    rule(&command, (struct restriction_rule){.transaction_type = TRANSACTION_CLAI});
    rule(&command, (struct restriction_rule){.party = world_bic(OTHER)});
    add(&world, &command);
    uint32_t sold = sale(&world, TRANSACTION_TRAD);
    assert_pends(&world, sold, REASON_SBLO);
    assert_int_equal(hit_of(&world).value, 0);
    assert_settled(&world, sale(&world, TRANSACTION_CLAI));
    assert_pends(&world, sold, REASON_SBLO);
    world_close(&world);
}

static void test_positive_rules_are_targets_and_the_first_met_is_told(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_PARTY, &command);
    rule(&command, (struct restriction_rule){.movement = MOVEMENT_RECE});
    rule(&command, (struct restriction_rule){.movement = MOVEMENT_DELI,
                                             .transaction_type = TRANSACTION_CLAI});
    rule(&command, (struct restriction_rule){.currency = world_asset(WORLD_EUR),
                                             .transaction_type = TRANSACTION_CLAI});
    add(&world, &command);
    assert_settled(&world, sale(&world, TRANSACTION_TRAD));
    assert_pends(&world, sale(&world, TRANSACTION_CLAI), REASON_BLOC);
    assert_int_equal(hit_of(&world).value, 2);
    world_close(&world);
}

static void test_a_type_counts_from_its_first_to_its_last_day(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &command);
    command.restriction_type_add.valid_from = WORLD_TOMORROW;
    command.restriction_type_add.valid_to = WORLD_TOMORROW;
    add(&world, &command);
    assert_settled(&world, sale(&world, TRANSACTION_TRAD));
    world_day(&world, WORLD_TOMORROW);
    struct command sell;
    struct command buy;
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TOMORROW},
                &sell, &buy);
    uint32_t sold = world_instruct(&world, &sell);
    (void)world_instruct(&world, &buy);
    assert_pends(&world, sold, REASON_SBLO);
    world_day(&world, WORLD_MONDAY);
    assert_int_equal(record_count(world.ledger, RECORD_RESTRICTION_TYPE), 0);
    world_settle_down(&world);
    assert_settled(&world, sold);
    world_close(&world);
}

/* Who waits is told once which rule it is, and again when it is another one. */
static void test_a_pair_is_told_once(void **state)
{
    struct world world;
    struct command first;
    struct command second;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_PARTY, &first);
    add(&world, &first);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &second);
    add(&world, &second);
    uint32_t sold = sale(&world, TRANSACTION_TRAD);
    assert_pends(&world, sold, REASON_BLOC); /* of both, the older one is told */
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_HIT), 2);
    struct receipt receipt =
        world_target(&world, SELLER, COMMAND_AMEND, sold, 0, PRIORITY_HIGH); /* tries nothing */
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_HIT), 0);
    end(&world, &first.reference);
    world_block(&world);
    assert_pends(&world, sold, REASON_SBLO);
    struct event event = hit_of(&world);
    assert_true(text35_equal(&event.counter_reference, &second.reference));
    world_close(&world);
}

/* ----------------------------------------------------------------------------------- at entry */

static void test_T01_refused_at_entry_with_the_rule_in_the_receipt(void **state)
{
    struct world world;
    struct command command;
    struct command sell;
    struct command buy;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_RJCT, RESTRICTION_ON_SECURITY, &command);
    rule(&command, (struct restriction_rule){.party = world_bic(OTHER)});
    rule(&command, (struct restriction_rule){.movement = MOVEMENT_DELI});
    add(&world, &command);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &sell, &buy);
    struct receipt receipt = world_submit(&world, SELLER, &sell);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_RESTRICTED,
                  FIELD_RESTRICTION_TYPE);
    assert_true(text35_equal(&receipt.restriction, &command.reference));
    assert_int_equal(receipt.rule, 2);
    receipt = world_submit(&world, BUYER, &buy);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(receipt.restriction.size, 0);
    world_close(&world);
}

/* The first of each pair of rules is met by a sale of the seller's for EUR, the second is not. */
static void test_every_field_of_a_rule_is_asked(void **state)
{
    const struct restriction_rule rules[][2] = {
        {{.party = world_bic(SELLER)}, {.party = world_bic(BUYER)}},
        {{.security = world_asset(WORLD_ISIN_1)}, {.security = world_asset(WORLD_ISIN_2)}},
        {{.account = world_account(WORLD_ISIN_1, 0)}, {.account = world_account(WORLD_ISIN_1, 1)}},
        {{.cash_account = world_account(WORLD_EUR, 0)},
         {.cash_account = world_account(WORLD_EUR, 1)}},
        {{.currency = world_asset(WORLD_EUR)}, {.currency = world_asset(WORLD_USD)}},
        {{.movement = MOVEMENT_DELI}, {.movement = MOVEMENT_RECE}},
        {{.payment = PAYMENT_APMT}, {.payment = PAYMENT_FREE}},
        {{.credit_debit = CREDIT_DEBIT_CRDT}, {.credit_debit = CREDIT_DEBIT_DBIT}},
        {{.transaction_type = TRANSACTION_TRAD}, {.transaction_type = TRANSACTION_CLAI}},
    };
    struct world world;
    struct command command;
    struct command sell;
    struct command buy;
    (void)state;
    fixture_open(&world);
    for (size_t i = 0; i < 2 * (sizeof rules / sizeof rules[0]); i++) {
        type(&world, RESTRICTION_RJCT, RESTRICTION_ON_INSTRUCTION, &command);
        rule(&command, rules[i / 2][i % 2]);
        add(&world, &command);
        world_trade(&world,
                    &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_MONDAY},
                    &sell, &buy);
        assert_int_equal(world_submit(&world, SELLER, &sell).outcome,
                         i % 2 == 0 ? OUTCOME_REFUSED : OUTCOME_DONE);
        end(&world, &command.reference);
    }
    world_close(&world);
}

/* Either side's object or rule keeps both. */
static void test_T14_the_receivers_side_counts_too(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_PARTY, &command);
    command.restriction_type_add.bic = world_bic(BUYER);
    rule(&command, (struct restriction_rule){.movement = MOVEMENT_RECE});
    add(&world, &command);
    uint32_t sold = sale(&world, TRANSACTION_TRAD);
    assert_pends(&world, sold, REASON_BLOC);
    assert_pends(&world, world_view(&world, sold)->counterpart, REASON_BLOC);
    world_close(&world);
}

/* An internal transfer is looked at for both its accounts. */
static void test_T14_the_taking_account_of_an_internal_transfer_counts(void **state)
{
    struct world world;
    struct command command;
    struct command move;
    struct command unused;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITIES_ACCOUNT, &command);
    command.restriction_type_add.account = world_account(WORLD_ISIN_1, 1);
    add(&world, &command);
    world_trade(&world, &(struct world_trade){SELLER, SELLER, WORLD_ISIN_1, 10, 0, WORLD_TODAY},
                &move, &unused);
    move.instruct.transaction_type = TRANSACTION_OWNI;
    move.instruct.account = world_account(WORLD_ISIN_1, 0);
    move.instruct.receiver_account = world_account(WORLD_ISIN_1, 1);
    uint32_t moved = world_instruct(&world, &move);
    assert_pends(&world, moved, REASON_BLOC);
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_HIT), 1); /* one side */
    world_close(&world);
}

/* UDFS examples 17 to 20: a negative type excepts from what positive ones refuse. */
static void test_exceptions_at_entry_overrule(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_RJCT, RESTRICTION_ON_INSTRUCTION, &command);
    add(&world, &command);
    type(&world, RESTRICTION_RJCT, RESTRICTION_ON_INSTRUCTION, &command);
    command.restriction_type_add.negative = true;
    rule(&command, (struct restriction_rule){.transaction_type = TRANSACTION_CLAI});
    add(&world, &command);
    assert_settled(&world, sale(&world, TRANSACTION_CLAI));
    struct command sell;
    struct command buy;
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &sell, &buy);
    assert_int_equal(world_submit(&world, SELLER, &sell).outcome, OUTCOME_REFUSED);
    world_close(&world);
}

static void test_T03_held_for_validation_until_released(void **state)
{
    struct world world;
    struct command command;
    struct command sell;
    struct command buy;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_CVHD, RESTRICTION_ON_PARTY, &command);
    rule(&command, (struct restriction_rule){.payment = PAYMENT_APMT});
    add(&world, &command);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &sell, &buy);
    uint32_t sold = world_instruct(&world, &sell);
    struct event event = hit_of(&world);
    assert_int_equal(event.value, 1);
    assert_int_equal(event.dimension, DIMENSION_HOLD_VALIDATION);
    (void)world_instruct(&world, &buy);
    world_assert_status(&world, sold, DIMENSION_HOLD_VALIDATION, HOLD_YES, REASON_CVAL);
    assert_pends(&world, sold, REASON_CVAL);
    struct receipt receipt =
        world_target(&world, WORLD_OPERATOR, COMMAND_RELEASE, sold, DIMENSION_HOLD_VALIDATION, 0);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_settled(&world, sold);
    world_close(&world);
}

/* Each side of a pair that is entered as matched is looked at. */
static void test_both_sides_of_a_matched_pair_are_looked_at(void **state)
{
    enum {
        VENUE = WORLD_PARTICIPANT + 3
    };
    struct world world;
    struct command command;
    struct command pair;
    struct command buy;
    (void)state;
    fixture_open(&world);
    for (uint32_t party = SELLER; party <= BUYER; party++) {
        world_command(&world, COMMAND_ATTORNEY_GRANT, &command);
        command.attorney.attorney = world_bic(VENUE);
        assert_int_equal(world_submit(&world, party, &command).outcome, OUTCOME_DONE);
    }
    type(&world, RESTRICTION_RJCT, RESTRICTION_ON_SECURITY, &command);
    rule(&command, (struct restriction_rule){.party = world_bic(BUYER)});
    add(&world, &command);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &pair, &buy);
    struct command_instruct_matched body = {.deliver = pair.instruct,
                                            .deliverer_reference = pair.reference,
                                            .receiver_reference = buy.reference,
                                            .receiver_priority = PRIORITY_NORMAL,
                                            .receiver_partial = PARTIAL_NPAR};
    world_command(&world, COMMAND_INSTRUCT_MATCHED, &pair);
    pair.instruct_matched = body;
    struct receipt receipt = world_submit(&world, VENUE, &pair);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_RESTRICTED,
                  FIELD_RESTRICTION_TYPE);
    end(&world, &command.reference);
    type(&world, RESTRICTION_CVHD, RESTRICTION_ON_SECURITY, &command);
    rule(&command, (struct restriction_rule){.party = world_bic(BUYER)});
    add(&world, &command);
    world_command(&world, COMMAND_INSTRUCT_MATCHED, &pair);
    pair.instruct_matched = body;
    receipt = world_submit(&world, VENUE, &pair);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    uint32_t sold = instruction_find(world.ledger, world_party_index(&world, SELLER),
                                     &body.deliverer_reference);
    assert_pends(&world, sold, REASON_PRCY);
    world_assert_status(&world, world_view(&world, sold)->counterpart, DIMENSION_HOLD_VALIDATION,
                        HOLD_YES, REASON_CVAL);
    world_close(&world);
}

/* What the depository makes for a party has the holds of what it replaces, no others. */
static void test_T26_a_transformation_is_not_looked_at(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    struct command sell;
    struct command buy;
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_MONDAY},
                &sell, &buy);
    (void)world_instruct(&world, &sell);
    type(&world, RESTRICTION_RJCT, RESTRICTION_ON_INSTRUCTION, &command);
    add(&world, &command);
    type(&world, RESTRICTION_CVHD, RESTRICTION_ON_INSTRUCTION, &command);
    add(&world, &command);
    world_command(&world, COMMAND_TRANSFORM, &command);
    command.transform = (struct command_transform){.party = world_bic(SELLER),
                                                   .reference = sell.reference,
                                                   .asset = world_asset(WORLD_ISIN_2),
                                                   .quantity = 5,
                                                   .new_reference = world_text("NEW")};
    add(&world, &command);
    uint32_t made = instruction_find(world.ledger, world_party_index(&world, SELLER),
                                     &command.transform.new_reference);
    world_assert_status(&world, made, DIMENSION_HOLD_VALIDATION, HOLD_NO, REASON_NONE);
    assert_int_equal(world_event_count(&world, EVENT_RESTRICTION_HIT), 0);
    world_close(&world);
}

/* ----------------------------------------------------------------------------- what is refused */

static void assert_add_refused(struct world *world, uint32_t sender, const struct command *command,
                               enum reason reason, enum detail detail, enum field field)
{
    struct receipt receipt = world_submit(world, sender, command);
    letter_assert(&receipt, OUTCOME_REFUSED, reason, detail, field);
}

static void test_what_is_no_restriction_type(void **state)
{
    struct world world;
    struct command good;
    struct command bad;
    (void)state;
    fixture_open(&world);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &good);
    bad = good;
    bad.restriction_type_add.processing = 4;
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_VALR, DETAIL_NOT_ALLOWED,
                       FIELD_RESTRICTION_PROCESSING);
    bad = good;
    bad.restriction_type_add.object = 5;
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_OBJECT);
    bad = good;
    bad.restriction_type_add.asset = (struct asset_code){0};
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_DSEC, DETAIL_UNKNOWN, FIELD_ASSET);
    bad = good;
    bad.restriction_type_add.object = RESTRICTION_ON_PARTY;
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_VALR, DETAIL_UNKNOWN, FIELD_PARTY);
    bad = good;
    bad.restriction_type_add.valid_from = 0;
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_DDAT, DETAIL_NOT_ALLOWED,
                       FIELD_VALID_FROM);
    bad = good;
    bad.restriction_type_add.valid_from = WORLD_TODAY - 9;
    bad.restriction_type_add.valid_to = WORLD_TODAY - 1; /* over already */
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_DDAT, DETAIL_OUT_OF_RANGE,
                       FIELD_VALID_TO);
    bad = good;
    rule(&bad, (struct restriction_rule){0}); /* asks for nothing */
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_VALR, DETAIL_NOT_ALLOWED, FIELD_RULES);
    bad = good;
    bad.restriction_type_add.processing = RESTRICTION_RJCT;
    bad.restriction_type_add.negative = true; /* an exception of what? */
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_VALR, DETAIL_MISSING, FIELD_RULES);
    world_command(&world, COMMAND_RESTRICTION_TYPE_END, &bad);
    bad.restriction_type_end.reference = world_text("NOSUCH");
    assert_add_refused(&world, WORLD_OPERATOR, &bad, REASON_NRGN, DETAIL_UNKNOWN,
                       FIELD_TARGET_REFERENCE);
    add(&world, &good);
    world_close(&world);
}

/* Not even with an administering key. */
static void test_only_the_operator_makes_and_ends_them(void **state)
{
    struct world world;
    struct command good;
    struct command bad;
    (void)state;
    fixture_open(&world);
    letter_key_add(&world, SELLER, 1, KEY_ADMINISTER, INT64_MAX);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &good);
    struct receipt receipt = letter_submit_by(&world, SELLER, 1, &good);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    add(&world, &good);
    world_command(&world, COMMAND_RESTRICTION_TYPE_END, &bad);
    bad.restriction_type_end.reference = good.reference;
    receipt = letter_submit_by(&world, SELLER, 1, &bad);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    assert_int_equal(record_count(world.ledger, RECORD_RESTRICTION_TYPE), 1);
    world_close(&world);
}

static void test_no_more_than_there_is_room_for(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    uint32_t room = record_capacity(world.ledger, RECORD_RESTRICTION_TYPE);
    for (uint32_t i = 0; i < room; i++) {
        type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &command);
        add(&world, &command);
    }
    struct text35 last = command.reference;
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &command);
    assert_add_refused(&world, WORLD_OPERATOR, &command, REASON_VALR, DETAIL_CAPACITY_FULL,
                       FIELD_COMMAND);
    end(&world, &last);
    type(&world, RESTRICTION_BLCK, RESTRICTION_ON_SECURITY, &command);
    add(&world, &command);
    world_close(&world);
}

/* ------------------------------------------------------------------------------ blocked parties */

static void set_status(struct world *world, uint32_t party, uint8_t status)
{
    struct command command;
    world_command(world, COMMAND_PARTY_CHANGE, &command);
    command.party_change =
        (struct command_party_change){world_bic(party), PARTY_PARTICIPANT, status, 0};
    add(world, &command);
}

/* Nothing settles over its accounts, and its commands are refused; unblocked, it goes on. */
static void test_T14_blocked_party(void **state)
{
    struct world world;
    struct command sell;
    struct command buy;
    (void)state;
    fixture_open(&world);
    world_trade(&world, &(struct world_trade){SELLER, BUYER, WORLD_ISIN_1, 10, 100, WORLD_TODAY},
                &sell, &buy);
    uint32_t sold = world_instruct(&world, &sell);
    set_status(&world, SELLER, PARTY_BLOCKED);
    (void)world_instruct(&world, &buy);
    assert_pends(&world, sold, REASON_BLOC);
    world_command(&world, COMMAND_CANCEL, &sell);
    assert_int_equal(world_submit(&world, SELLER, &sell).outcome, OUTCOME_REFUSED);
    world_day(&world, WORLD_TOMORROW); /* T25: unlike a suspended party's, it stays */
    assert_pends(&world, sold, REASON_BLOC);
    set_status(&world, SELLER, PARTY_ACTIVE);
    world_settle_down(&world);
    assert_settled(&world, sold);
    world_close(&world);
}

static void test_nothing_is_issued_to_a_blocked_party(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    set_status(&world, SELLER, PARTY_BLOCKED);
    world_command(&world, COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_ISIN_1), world_bic(SELLER),
                                                 world_account(WORLD_ISIN_1, 0), 5};
    assert_add_refused(&world, WORLD_REGISTRAR, &command, REASON_SAFE, DETAIL_NOT_ALLOWED,
                       FIELD_ACCOUNT);
    world_command(&world, COMMAND_CASH_OUT, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_EUR), world_bic(SELLER),
                                                 world_account(WORLD_EUR, 0), 5};
    assert_add_refused(&world, WORLD_BANK, &command, REASON_CASH, DETAIL_NOT_ALLOWED,
                       FIELD_ACCOUNT);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_T14_each_object_blocks_and_says_so),
        cmocka_unit_test(test_negative_rules_are_exceptions),
        cmocka_unit_test(test_positive_rules_are_targets_and_the_first_met_is_told),
        cmocka_unit_test(test_a_type_counts_from_its_first_to_its_last_day),
        cmocka_unit_test(test_a_pair_is_told_once),
        cmocka_unit_test(test_T01_refused_at_entry_with_the_rule_in_the_receipt),
        cmocka_unit_test(test_every_field_of_a_rule_is_asked),
        cmocka_unit_test(test_T14_the_receivers_side_counts_too),
        cmocka_unit_test(test_T14_the_taking_account_of_an_internal_transfer_counts),
        cmocka_unit_test(test_exceptions_at_entry_overrule),
        cmocka_unit_test(test_T03_held_for_validation_until_released),
        cmocka_unit_test(test_both_sides_of_a_matched_pair_are_looked_at),
        cmocka_unit_test(test_T26_a_transformation_is_not_looked_at),
        cmocka_unit_test(test_what_is_no_restriction_type),
        cmocka_unit_test(test_only_the_operator_makes_and_ends_them),
        cmocka_unit_test(test_no_more_than_there_is_room_for),
        cmocka_unit_test(test_T14_blocked_party),
        cmocka_unit_test(test_nothing_is_issued_to_a_blocked_party),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
