/*
 * Goal: a point read shows the other side of a trade no more than the lists do: never the record of
 * an instruction, and of events only those of what the two share.
 */
#include "node/asker.h"

#include "ledger/instruction/instruction.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    ALICE = WORLD_PARTICIPANT,
    BOB = WORLD_PARTICIPANT + 1,
    CAROL = WORLD_PARTICIPANT + 2,
};

struct fixture {
    struct world world;
    struct command deliver;
    struct command receive;
};

static struct asker asker_of(const struct world *world, uint32_t party)
{
    return (struct asker){.party = world_party_index(world, party), .bic = world_bic(party)};
}

static bool sees_instruction(const struct world *world, uint32_t party, uint32_t instruction)
{
    struct asker asker = asker_of(world, party);
    return asker_sees_record(&asker, world->ledger, RECORD_INSTRUCTION, instruction);
}

static void fixture_open(struct fixture *fixture)
{
    world_open(&fixture->world, NULL);
    world_fund(&fixture->world, ALICE, WORLD_ISIN_1, 100);
    world_fund(&fixture->world, BOB, WORLD_EUR, 5000);
    const struct world_trade trade = {.deliverer = ALICE,
                                      .receiver = BOB,
                                      .asset = WORLD_ISIN_1,
                                      .quantity = 10,
                                      .amount = 1000,
                                      .settlement_date = WORLD_TODAY};
    world_trade(&fixture->world, &trade, &fixture->deliver, &fixture->receive);
}

/* How many events of a kind the last block had, and each is seen by ALICE and by BOB as said. */
static uint32_t assert_events(const struct world *world, enum event_kind kind, bool alice, bool bob)
{
    struct asker first = asker_of(world, ALICE);
    struct asker second = asker_of(world, BOB);
    struct asker stranger = asker_of(world, CAROL);
    struct asker auditor = stranger;
    uint32_t count = 0;
    auditor.sees_all = true;
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        struct event event;
        const struct ledger_leaf *leaf = &world->output.events[i];
        assert_true(event_decode(&event, leaf->bytes, leaf->size));
        if (event.kind == kind) {
            assert_int_equal(asker_sees_event(&first, &event), alice);
            assert_int_equal(asker_sees_event(&second, &event), bob);
            assert_false(asker_sees_event(&stranger, &event));
            assert_true(asker_sees_event(&auditor, &event));
            count++;
        }
    }
    return count;
}

static void the_other_side_never_sees_the_record(void **state)
{
    (void)state;
    struct fixture fixture;
    struct world *world = &fixture.world;
    fixture_open(&fixture);
    uint32_t alices = world_instruct(world, &fixture.deliver);
    assert_true(sees_instruction(world, ALICE, alices));
    assert_false(sees_instruction(world, BOB, alices)); /* alleged */
    uint32_t bobs = world_instruct(world, &fixture.receive);
    world_assert_status(world, alices, DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
    assert_false(sees_instruction(world, BOB, alices)); /* matched and settled */
    assert_false(sees_instruction(world, ALICE, bobs));
    assert_true(sees_instruction(world, BOB, bobs));
    assert_false(sees_instruction(world, CAROL, bobs));
    struct asker auditor = asker_of(world, CAROL);
    auditor.sees_all = true;
    assert_true(asker_sees_record(&auditor, world->ledger, RECORD_INSTRUCTION, alices));
    world_close(world);
}

static void matching_and_settlement_are_told_to_both(void **state)
{
    (void)state;
    struct fixture fixture;
    struct world *world = &fixture.world;
    fixture_open(&fixture);
    (void)world_instruct(world, &fixture.deliver);
    (void)world_instruct(world, &fixture.receive);
    assert_int_equal(assert_events(world, EVENT_SETTLED, true, true), 1);
    fixture.deliver.reference = world_text("LATER");
    fixture.receive.reference = world_text("LATER");
    fixture.deliver.instruct.settlement_date = WORLD_MONDAY;
    fixture.receive.instruct.settlement_date = WORLD_MONDAY;
    (void)world_instruct(world, &fixture.deliver);
    (void)world_instruct(world, &fixture.receive);
    assert_int_equal(assert_events(world, EVENT_MATCHED, true, true), 1);
    assert_int_equal(assert_events(world, EVENT_SETTLED, true, true), 0);
    world_close(world);
}

static void what_happens_to_an_allegement_is_its_owners_business(void **state)
{
    (void)state;
    struct fixture fixture;
    struct world *world = &fixture.world;
    fixture_open(&fixture);
    uint32_t alices = world_instruct(world, &fixture.deliver);
    (void)world_target(world, ALICE, COMMAND_HOLD, alices, DIMENSION_HOLD_PARTY, 0);
    assert_true(assert_events(world, EVENT_STATUS, true, false) > 0);
    (void)world_target(world, ALICE, COMMAND_CANCEL, alices, 0, 0);
    assert_int_equal(assert_events(world, EVENT_CANCELLED, true, false), 1);
    world_close(world);
}

static void cancelling_a_pair_is_told_to_both(void **state)
{
    (void)state;
    struct fixture fixture;
    struct world *world = &fixture.world;
    fixture_open(&fixture);
    fixture.deliver.instruct.settlement_date = WORLD_MONDAY;
    fixture.receive.instruct.settlement_date = WORLD_MONDAY;
    uint32_t alices = world_instruct(world, &fixture.deliver);
    uint32_t bobs = world_instruct(world, &fixture.receive);
    (void)world_target(world, ALICE, COMMAND_CANCEL, alices, 0, 0);
    assert_int_equal(assert_events(world, EVENT_CANCELLATION_REQUESTED, true, true), 1);
    (void)world_target(world, BOB, COMMAND_CANCEL, bobs, 0, 0);
    assert_int_equal(assert_events(world, EVENT_CANCELLED, true, true), 2);
    world_close(world);
}

/* A status advice says why, for example what its party lacks: even of a matched pair. */
static void a_status_of_a_pair_is_told_to_its_own_side_alone(void **state)
{
    (void)state;
    struct fixture fixture;
    struct world *world = &fixture.world;
    fixture_open(&fixture);
    fixture.deliver.instruct.settlement_date = WORLD_MONDAY;
    fixture.receive.instruct.settlement_date = WORLD_MONDAY;
    uint32_t alices = world_instruct(world, &fixture.deliver);
    (void)world_instruct(world, &fixture.receive);
    (void)world_target(world, ALICE, COMMAND_HOLD, alices, DIMENSION_HOLD_PARTY, 0);
    assert_true(assert_events(world, EVENT_STATUS, true, false) > 0);
    world_close(world);
}

/* The rule is the operator's business; that it decided, also each side's about its own. */
static void a_rule_is_the_operators_and_what_it_decided_each_sides_own(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct world *world = &fixture.world;
    struct command type;
    world_command(world, COMMAND_RESTRICTION_TYPE_ADD, &type);
    type.restriction_type_add =
        (struct command_restriction_type_add){.processing = RESTRICTION_CVHD,
                                              .object = RESTRICTION_ON_PARTY,
                                              .bic = world_bic(ALICE),
                                              .valid_from = WORLD_TODAY};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &type).outcome, OUTCOME_DONE);
    struct asker operator= asker_of(world, WORLD_OPERATOR);
    struct asker alice = asker_of(world, ALICE);
    assert_true(asker_sees_record(&operator, world->ledger, RECORD_RESTRICTION_TYPE, 0));
    assert_false(asker_sees_record(&alice, world->ledger, RECORD_RESTRICTION_TYPE, 0));
    (void)world_instruct(world, &fixture.deliver);
    assert_int_equal(assert_events(world, EVENT_RESTRICTION_HIT, true, false), 1);
    world_close(world);
}

static void an_issue_is_told_to_the_holder(void **state)
{
    (void)state;
    struct fixture fixture;
    struct world *world = &fixture.world;
    fixture_open(&fixture);
    world_fund(world, BOB, WORLD_ISIN_1, 5);
    assert_int_equal(assert_events(world, EVENT_ISSUED, false, true), 1);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_other_side_never_sees_the_record),
        cmocka_unit_test(matching_and_settlement_are_told_to_both),
        cmocka_unit_test(what_happens_to_an_allegement_is_its_owners_business),
        cmocka_unit_test(cancelling_a_pair_is_told_to_both),
        cmocka_unit_test(a_status_of_a_pair_is_told_to_its_own_side_alone),
        cmocka_unit_test(a_rule_is_the_operators_and_what_it_decided_each_sides_own),
        cmocka_unit_test(an_issue_is_told_to_the_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
