/*
 * Goal: two persons are two persons. Policies of the consortium and of a party demand the second
 * one; and no way round him is open: a second key of one's own, an invented person, a changed
 * policy, an approver taken away, a right that ended meanwhile, a signature used twice.
 */
#include <string.h>

#include "ledger/command/draft.h"
#include "ledger/command/event.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "ledger/register/rule_set.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    BANK = WORLD_BANK,
    SELLER = WORLD_PARTICIPANT,
    BUYER = WORLD_PARTICIPANT + 1,
    ANNA = 1,
    BERT = 2,
    CARL = 3,
    OTHER = 7, /* one more key of somebody */
};

static const uint32_t ALL_RIGHTS = KEY_SUBMIT | KEY_APPROVE | KEY_ADMINISTER;

static void key_add(struct world *world, uint32_t party, uint32_t key, const char *person,
                    uint32_t rights, struct command *out)
{
    world_command(world, COMMAND_KEY_ADD, out);
    out->key_add = (struct command_key_add){.bic = world_bic(party),
                                            .public_key = letter_key(party, key),
                                            .rights = rights,
                                            .amount_limit = INT64_MAX,
                                            .day_limit = INT64_MAX,
                                            .valid_until_ms = UINT64_MAX};
    if (person != NULL) {
        out->key_add.person = world_text(person);
    }
}

static void by_operator(struct world *world, const struct command *command)
{
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

/* A party with two persons who may do everything. */
static void two_persons(struct world *world, uint32_t party)
{
    struct command command;
    key_add(world, party, ANNA, "ANNA", ALL_RIGHTS, &command);
    by_operator(world, &command);
    key_add(world, party, BERT, "BERT", ALL_RIGHTS, &command);
    by_operator(world, &command);
}

static void waits(struct world *world, uint32_t party, uint32_t key, const struct command *command,
                  enum detail detail, enum field field)
{
    struct receipt receipt = letter_submit_by(world, party, key, command);
    letter_assert(&receipt, OUTCOME_WAITING, REASON_NONE, detail, field);
}

static void answer(struct world *world, uint32_t party, enum command_kind kind,
                   const struct command *drafted, struct command *out)
{
    uint32_t draft =
        draft_find(world->ledger, world_party_index(world, party), &drafted->reference);
    assert_int_not_equal(draft, RECORD_NONE);
    world_command(world, kind, out);
    out->approval =
        (struct command_approval){drafted->reference, draft_view(world->ledger, draft)->content};
}

static void approved(struct world *world, uint32_t party, uint32_t key,
                     const struct command *drafted)
{
    struct command command;
    answer(world, party, COMMAND_APPROVE, drafted, &command);
    struct receipt receipt = letter_submit_by(world, party, key, &command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

static void not_approved(struct world *world, uint32_t party, uint32_t key,
                         const struct command *drafted, enum detail detail, enum field field)
{
    struct command command;
    answer(world, party, COMMAND_APPROVE, drafted, &command);
    struct receipt receipt = letter_submit_by(world, party, key, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, detail, field);
}

static void policy(struct world *world, uint32_t party, uint8_t kind, int64_t amount,
                   struct command *out)
{
    world_command(world, COMMAND_APPROVAL_POLICY, out);
    out->approval_policy =
        (struct command_approval_policy){.bic = world_bic(party), .policy = {.amount = amount}};
    if (kind != COMMAND_NONE) {
        command_set_add(&out->approval_policy.policy.kinds, kind);
    }
}

static void cash_in(struct world *world, int64_t amount, struct command *out)
{
    world_command(world, COMMAND_CASH_IN, out);
    out->issuance = (struct command_issuance){.asset = world_asset(WORLD_EUR),
                                              .bic = world_bic(SELLER),
                                              .account = world_account(WORLD_EUR, 0),
                                              .quantity = amount};
}

/* The bank's policy: cash-in always, anything else above 1,000. */
static void policy_fixture(struct world *world)
{
    struct command command;
    world_open(world, NULL);
    two_persons(world, BANK);
    policy(world, BANK, COMMAND_CASH_IN, 1000, &command);
    waits(world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    approved(world, BANK, BERT, &command);
}

static void event_at(const struct world *world, uint32_t index, struct event *out)
{
    const struct ledger_leaf *leaf = &world->output.events[index];
    assert_true(index < world->output.event_count);
    assert_true(event_decode(out, leaf->bytes, leaf->size));
}

/* --------------------------------------------------------------------------- who is a person */

static void test_a_second_key_of_the_same_person(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    policy_fixture(&world);
    key_add(&world, BANK, OTHER, "anna", KEY_APPROVE, &command); /* case makes no other person */
    by_operator(&world, &command);
    cash_in(&world, 5, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    not_approved(&world, BANK, ANNA, &command, DETAIL_SAME_KEY, FIELD_KEY);
    not_approved(&world, BANK, OTHER, &command, DETAIL_SAME_PERSON, FIELD_PERSON);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 0);
    approved(&world, BANK, BERT, &command);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 5);
    world_close(&world);
}

static void test_a_key_without_a_person(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    policy_fixture(&world);
    key_add(&world, BANK, OTHER, NULL, ALL_RIGHTS, &command);
    by_operator(&world, &command);
    cash_in(&world, 5, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    not_approved(&world, BANK, OTHER, &command, DETAIL_PERSON_UNKNOWN, FIELD_PERSON);
    cash_in(&world, 6, &command);
    waits(&world, BANK, OTHER, &command, DETAIL_POLICY, FIELD_POLICY);
    not_approved(&world, BANK, BERT, &command, DETAIL_PERSON_UNKNOWN, FIELD_PERSON);
    world_close(&world);
}

/* ------------------------------------------------------------------------------- policies */

static void test_policy_of_a_party(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    policy_fixture(&world);
    cash_in(&world, 1, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    approved(&world, BANK, BERT, &command);
    world_command(&world, COMMAND_CASH_OUT, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_EUR), world_bic(SELLER),
                                                 world_account(WORLD_EUR, 0), 1};
    struct receipt receipt = letter_submit_by(&world, BANK, ANNA, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE); /* another kind, a small amount */
    /* It says nothing of other parties. */
    world_command(&world, COMMAND_ISSUE, &command);
    command.issuance = (struct command_issuance){world_asset(WORLD_ISIN_1), world_bic(SELLER),
                                                 world_account(WORLD_ISIN_1, 0), 5000};
    receipt = world_submit(&world, WORLD_REGISTRAR, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    world_close(&world);
}

/* Held deliveries above the amount are released by two persons, whoever gave them. */
static void test_releases_above_an_amount(void **state)
{
    struct world world;
    struct command command;
    struct command buy;
    (void)state;
    world_open(&world, NULL);
    two_persons(&world, SELLER);
    for (int i = 0; i < 2; i++) {
        struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 10, 1000 + i, WORLD_TODAY};
        world_trade(&world, &trade, &command, &buy);
        command.instruct.hold = true;
        struct receipt given = letter_submit_by(&world, SELLER, ANNA, &command);
        assert_int_equal(given.outcome, OUTCOME_DONE);
        if (i == 0) {
            policy(&world, SELLER, COMMAND_NONE, 1001, &buy);
            waits(&world, SELLER, ANNA, &buy, DETAIL_POLICY, FIELD_POLICY);
            approved(&world, SELLER, BERT, &buy);
        } else {
            policy(&world, SELLER, COMMAND_NONE, 1000, &buy);
            waits(&world, SELLER, ANNA, &buy, DETAIL_POLICY, FIELD_POLICY);
            approved(&world, SELLER, BERT, &buy);
        }
        struct text35 reference = command.reference;
        world_command(&world, COMMAND_RELEASE, &command);
        command.target = (struct command_target){
            .party = world_bic(SELLER), .reference = reference, .hold = DIMENSION_HOLD_PARTY};
        if (i == 0) {
            given = letter_submit_by(&world, SELLER, ANNA, &command);
            assert_int_equal(given.outcome, OUTCOME_DONE);
        } else {
            waits(&world, SELLER, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
            approved(&world, SELLER, BERT, &command);
        }
    }
    world_close(&world);
}

/* The default of the consortium: nobody changes the rules alone. */
static void test_rules_of_the_consortium_need_two_persons(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    approval_policy_default(&world.ledger->rule_sets[world.ledger->rule_set_current].approval);
    world_command(&world, COMMAND_RULE_SET, &command);
    rule_set_default(&command.rule_set);
    command.rule_set.effective_date = WORLD_TOMORROW;
    command.rule_set.wake_budget = 77;
    waits(&world, WORLD_OPERATOR, 0, &command, DETAIL_POLICY, FIELD_POLICY);
    letter_key_add(&world, WORLD_OPERATOR, BERT, KEY_APPROVE, INT64_MAX);
    approved(&world, WORLD_OPERATOR, BERT, &command);
    world_day(&world, WORLD_TOMORROW);
    assert_int_equal(rule_set_in_force(world.ledger)->wake_budget, 77);
    world_close(&world);
}

/* Whatever any policy says, a policy itself is a matter of two; and it must make sense. */
static void test_nobody_changes_a_policy_alone(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    policy_fixture(&world);
    policy(&world, BANK, COMMAND_NONE, INT64_MAX, &command); /* demands nothing any more */
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    not_approved(&world, BANK, ANNA, &command, DETAIL_SAME_KEY, FIELD_KEY);
    policy(&world, BANK, COMMAND_NONE, INT64_MAX, &command);
    waits(&world, WORLD_OPERATOR, 0, &command, DETAIL_POLICY, FIELD_POLICY); /* the operator too */
    static const struct {
        uint8_t kind;
        int64_t amount;
        enum detail detail;
        enum field field;
    } faults[] = {{COMMAND_APPROVE, 0, DETAIL_NOT_ALLOWED, FIELD_KINDS},
                  {COMMAND_DRAFT_REJECT, 0, DETAIL_NOT_ALLOWED, FIELD_KINDS},
                  {127, 0, DETAIL_NOT_ALLOWED, FIELD_KINDS},
                  {COMMAND_NONE, -1, DETAIL_OUT_OF_RANGE, FIELD_AMOUNT}};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        policy(&world, BANK, faults[i].kind, faults[i].amount, &command);
        struct receipt receipt = letter_submit_by(&world, BANK, ANNA, &command);
        letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, faults[i].detail, faults[i].field);
    }
    policy(&world, SELLER, COMMAND_NONE, 5, &command); /* of another party */
    struct receipt receipt = letter_submit_by(&world, BANK, ANNA, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    world_close(&world);
}

/* -------------------------------------------------------------------------------- attacks */

/* Neither a maker nor an approver can be invented, once somebody else could have been asked. */
static void test_nobody_invents_a_person(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    two_persons(&world, BANK);
    static const uint32_t rights[] = {KEY_APPROVE, KEY_SUBMIT, KEY_ADMINISTER};
    for (uint32_t i = 0; i < 3; i++) {
        key_add(&world, BANK, 10 + i, "NOBODY", rights[i], &command);
        waits(&world, BANK, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    }
    key_add(&world, BANK, 20, NULL, KEY_APPROVE, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    /* A key without a person helps nobody, so it is a matter of one; naming it is not. */
    key_add(&world, BANK, 21, NULL, KEY_SUBMIT, &command);
    assert_int_equal(letter_submit_by(&world, BANK, ANNA, &command).outcome, OUTCOME_DONE);
    world_command(&world, COMMAND_KEY_CHANGE, &command);
    command.key_change = (struct command_key_change){.public_key = letter_key(BANK, 21),
                                                     .rights = KEY_SUBMIT,
                                                     .amount_limit = INT64_MAX,
                                                     .day_limit = INT64_MAX,
                                                     .valid_until_ms = UINT64_MAX,
                                                     .person = world_text("NOBODY")};
    waits(&world, BANK, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    approved(&world, BANK, BERT, &command);
    world_close(&world);
}

/* The first person names the second alone: there is nobody to ask. The third is a matter of two. */
static void test_the_first_person_names_the_second(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    key_add(&world, SELLER, ANNA, "ANNA", ALL_RIGHTS, &command);
    by_operator(&world, &command);
    key_add(&world, SELLER, BERT, "BERT", KEY_APPROVE, &command);
    assert_int_equal(letter_submit_by(&world, SELLER, ANNA, &command).outcome, OUTCOME_DONE);
    key_add(&world, SELLER, CARL, "CARL", KEY_APPROVE, &command);
    waits(&world, SELLER, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    approved(&world, SELLER, BERT, &command);
    world_close(&world);
}

/* Revoking the last other approver takes his own signature; expiry brings no new beginning. */
static void test_the_last_approver_is_not_taken_away(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    two_persons(&world, BANK);
    world_command(&world, COMMAND_KEY_REVOKE, &command);
    command.key_revoke.public_key = letter_key(BANK, BERT);
    waits(&world, BANK, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    world_command(&world, COMMAND_KEY_CHANGE, &command);
    command.key_change = (struct command_key_change){
        .public_key = letter_key(BANK, BERT), .rights = KEY_SUBMIT, .valid_until_ms = 1};
    waits(&world, BANK, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    /* The operator revokes him; Anna is alone, and still cannot name another. */
    world_command(&world, COMMAND_KEY_REVOKE, &command);
    command.key_revoke.public_key = letter_key(BANK, BERT);
    by_operator(&world, &command);
    key_add(&world, BANK, CARL, "CARL", KEY_APPROVE, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    command.reference = world_text("BY OPERATOR");
    by_operator(&world, &command);
    world_close(&world);
}

/* An operator cannot make a second operator alone, in whose name it would be two. */
static void test_no_operator_is_made_alone(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    letter_key_add(&world, WORLD_OPERATOR, BERT, KEY_APPROVE, INT64_MAX);
    world_command(&world, COMMAND_PARTY_CHANGE, &command);
    command.party_change = (struct command_party_change){
        world_bic(SELLER), PARTY_OPERATOR | PARTY_PARTICIPANT, PARTY_ACTIVE, 0};
    waits(&world, WORLD_OPERATOR, 0, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    world_command(&world, COMMAND_PARTY_ADD, &command);
    command.party_add = (struct command_party_add){
        .bic = world_bic(SELLER), .name = world_text("New"), .roles = PARTY_OPERATOR};
    command.party_add.bic.text[0] = 'Z';
    waits(&world, WORLD_OPERATOR, 0, &command, DETAIL_GRANTS_MORE, FIELD_RIGHTS);
    command.reference = world_text("NO OPERATOR");
    command.party_add.roles = PARTY_PARTICIPANT;
    by_operator(&world, &command);
    world_close(&world);
}

/* The rights that count are those that the maker has when it is approved. */
static void test_a_draft_does_not_outlive_its_makers_rights(void **state)
{
    struct world world;
    struct command command;
    struct command change;
    struct command approve;
    struct event event;
    (void)state;
    static const struct {
        uint32_t rights;
        uint8_t kind;
        enum detail detail;
        enum field field;
    } cases[] = {{KEY_ADMINISTER, COMMAND_NONE, DETAIL_RIGHT_MISSING, FIELD_KEY},
                 {KEY_SUBMIT, COMMAND_CASH_OUT, DETAIL_OUTSIDE_SCOPE, FIELD_KINDS}};
    for (size_t i = 0; i < 2; i++) {
        policy_fixture(&world);
        cash_in(&world, 5, &command);
        waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
        answer(&world, BANK, COMMAND_APPROVE, &command, &approve);
        world_command(&world, COMMAND_KEY_CHANGE, &change);
        change.key_change = (struct command_key_change){.public_key = letter_key(BANK, ANNA),
                                                        .rights = cases[i].rights,
                                                        .amount_limit = INT64_MAX,
                                                        .day_limit = INT64_MAX,
                                                        .valid_until_ms = UINT64_MAX};
        if (cases[i].kind != COMMAND_NONE) {
            command_set_add(&change.key_change.scope.kinds, cases[i].kind);
        }
        by_operator(&world, &change);
        struct receipt receipt = letter_submit_by(&world, BANK, BERT, &approve);
        letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, cases[i].detail, cases[i].field);
        /* The draft fell, and everybody who reads the events can tell why. */
        event_at(&world, 0, &event);
        assert_int_equal(event.kind, EVENT_DRAFT_DROPPED);
        assert_int_equal(event.reason, REASON_VALR);
        assert_int_equal(event.approver.size, 4);
        assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 0);
        assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 0);
        world_close(&world);
    }
}

/* Who approves needs a scope that covers the command, though not the right to give it. */
static void test_the_approvers_scope_covers_the_command(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    policy_fixture(&world);
    key_add(&world, BANK, CARL, "CARL", KEY_APPROVE, &command);
    command_set_add(&command.key_add.scope.kinds, COMMAND_APPROVE);
    by_operator(&world, &command);
    cash_in(&world, 5, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    not_approved(&world, BANK, CARL, &command, DETAIL_OUTSIDE_SCOPE, FIELD_KINDS);
    struct command change;
    world_command(&world, COMMAND_KEY_CHANGE, &change);
    change.key_change = (struct command_key_change){.public_key = letter_key(BANK, CARL),
                                                    .rights = KEY_APPROVE,
                                                    .amount_limit = INT64_MAX,
                                                    .day_limit = INT64_MAX,
                                                    .valid_until_ms = UINT64_MAX};
    command_set_add(&change.key_change.scope.kinds, COMMAND_APPROVE);
    command_set_add(&change.key_change.scope.kinds, COMMAND_CASH_IN);
    by_operator(&world, &change);
    approved(&world, BANK, CARL, &command);
    world_close(&world);
}

/* A signature acts once: sent again, under a new name, and after a rejection. */
static void test_an_approval_acts_once(void **state)
{
    struct world world;
    struct command command;
    struct command approve;
    struct command reject;
    (void)state;
    policy_fixture(&world);
    cash_in(&world, 5, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    answer(&world, BANK, COMMAND_DRAFT_REJECT, &command, &reject);
    answer(&world, BANK, COMMAND_APPROVE, &command, &approve);
    assert_int_equal(letter_submit_by(&world, BANK, BERT, &reject).outcome, OUTCOME_DONE);
    struct receipt receipt = letter_submit_by(&world, BANK, BERT, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY); /* a new draft */
    approved(&world, BANK, BERT, &command);
    assert_int_equal(letter_submit_by(&world, BANK, ANNA, &command).outcome, OUTCOME_ALREADY);
    approve.reference = world_text("ONCE MORE");
    receipt = letter_submit_by(&world, BANK, BERT, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    assert_int_equal(world_available(&world, SELLER, WORLD_EUR), 5);
    world_close(&world);
}

/* ------------------------------------------------------------- acceptance of an allegement */

struct accepting {
    struct world world;
    struct command accept; /* the buyer's */
    uint32_t alleged;      /* the seller's instruction */
    uint64_t alleged_ms;
};

/* The buyer's policy wants two persons for an acceptance, and one of what is alleged waits. */
static void accepting_open(struct accepting *fixture)
{
    struct world_trade trade = {SELLER, BUYER, WORLD_ISIN_1, 10, 1000, WORLD_TODAY};
    struct world *world = &fixture->world;
    struct command command;
    struct command buy;

    world_open(world, NULL);
    two_persons(world, BUYER);
    policy(world, BUYER, COMMAND_ALLEGEMENT_ACCEPT, INT64_MAX, &command);
    waits(world, BUYER, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    approved(world, BUYER, BERT, &command);
    world_trade(world, &trade, &command, &buy);
    fixture->alleged = world_instruct(world, &command);
    world->ts_ms += 2 * 3600000;
    world_block(world); /* an hour later the buyer is told */
    fixture->alleged_ms = instruction_view(world->ledger, fixture->alleged)->allegement_ms;
    world_command(world, COMMAND_ALLEGEMENT_ACCEPT, &fixture->accept);
    fixture->accept.allegement_accept =
        (struct command_allegement_accept){.party = world_bic(SELLER),
                                           .reference = command.reference,
                                           .quantity = 10,
                                           .amount = 1000,
                                           .priority = PRIORITY_NORMAL,
                                           .partial = PARTIAL_NPAR};
    waits(world, BUYER, ANNA, &fixture->accept, DETAIL_POLICY, FIELD_POLICY);
}

/* It is alleged as it was, and the buyer has no instruction. */
static void assert_still_alleged(const struct accepting *fixture)
{
    const struct ledger *ledger = fixture->world.ledger;
    const struct instruction *alleged = instruction_view(ledger, fixture->alleged);

    assert_int_equal(alleged->allegement, ALLEGEMENT_SENT);
    assert_int_equal(alleged->allegement_ms, fixture->alleged_ms);
    assert_int_equal(alleged->counterpart, RECORD_NONE);
    assert_int_equal(alleged->status[DIMENSION_MATCH].value, MATCH_UNMATCHED);
    assert_int_equal(record_count(ledger, RECORD_INSTRUCTION), 1);
    assert_int_equal(world_event_count(&fixture->world, EVENT_ALLEGEMENT_REMOVED), 0);
    assert_int_equal(world_event_count(&fixture->world, EVENT_ALLEGED), 0);
}

static void test_T05_an_acceptance_waits_for_the_second_person(void **state)
{
    struct accepting fixture;
    (void)state;
    accepting_open(&fixture);
    assert_still_alleged(&fixture);
    not_approved(&fixture.world, BUYER, ANNA, &fixture.accept, DETAIL_SAME_KEY, FIELD_KEY);
    assert_still_alleged(&fixture);
    approved(&fixture.world, BUYER, BERT, &fixture.accept);
    const struct instruction *alleged = instruction_view(fixture.world.ledger, fixture.alleged);
    assert_int_equal(alleged->allegement, ALLEGEMENT_NONE);
    assert_int_equal(alleged->status[DIMENSION_MATCH].value, MATCH_MATCHED);
    assert_int_equal(world_event_count(&fixture.world, EVENT_MATCHED), 1);
    assert_int_equal(world_event_count(&fixture.world, EVENT_ALLEGEMENT_REMOVED), 1);
    world_close(&fixture.world);
}

static void test_T05_a_lapsed_or_rejected_acceptance_leaves_the_allegement(void **state)
{
    struct accepting fixture;
    struct world *world = &fixture.world;
    struct command reject;
    (void)state;
    accepting_open(&fixture);
    answer(world, BUYER, COMMAND_DRAFT_REJECT, &fixture.accept, &reject);
    assert_int_equal(letter_submit_by(world, BUYER, BERT, &reject).outcome, OUTCOME_DONE);
    assert_still_alleged(&fixture);

    fixture.accept.reference = world_text("ACCEPT AGAIN");
    waits(world, BUYER, BERT, &fixture.accept, DETAIL_POLICY, FIELD_POLICY);
    world->ts_ms += (uint64_t)ledger_limits(world->ledger)->draft_days * 24 * 3600 * 1000;
    world_block(world);
    assert_int_equal(world_event_count(world, EVENT_DRAFT_DROPPED), 1);
    assert_int_equal(record_count(world->ledger, RECORD_DRAFT), 0);
    assert_still_alleged(&fixture);

    world_command(world, COMMAND_ALLEGEMENT_ACCEPT, &reject); /* a third one, on a later day */
    reject.allegement_accept = fixture.accept.allegement_accept;
    waits(world, BUYER, ANNA, &reject, DETAIL_POLICY, FIELD_POLICY);
    approved(world, BUYER, BERT, &reject);
    assert_int_equal(instruction_view(world->ledger, fixture.alleged)->allegement, ALLEGEMENT_NONE);
    world_close(world);
}

/* What was alleged is gone by the time the second person agrees: nothing to accept any more. */
static void test_T05_an_acceptance_of_what_was_cancelled_meanwhile(void **state)
{
    struct accepting fixture;
    struct world *world = &fixture.world;
    struct command approve;
    (void)state;
    accepting_open(&fixture);
    (void)world_target(world, SELLER, COMMAND_CANCEL, fixture.alleged, 0, 0);
    answer(world, BUYER, COMMAND_APPROVE, &fixture.accept, &approve);
    struct receipt receipt = letter_submit_by(world, BUYER, BERT, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_NOT_ALLEGED,
                  FIELD_TARGET_REFERENCE);
    assert_int_equal(world_event_count(world, EVENT_DRAFT_DROPPED), 1);
    assert_int_equal(record_count(world->ledger, RECORD_INSTRUCTION), 1);
    world_close(world);
}

/* ---------------------------------------------------------------------------- audit trail */

static void event_assert(const struct world *world, enum event_kind kind,
                         const struct command *command, const char *person, const char *approver)
{
    struct event event;
    struct text35 maker = world_text(person);
    struct text35 second = approver != NULL ? world_text(approver) : (struct text35){0};
    bool found = false;
    for (uint32_t i = 0; i < world->output.event_count; i++) {
        event_at(world, i, &event);
        if (event.kind == (uint8_t)kind) {
            found = true;
            break;
        }
    }
    assert_true(found);
    assert_true(text35_equal(&event.reference, &command->reference));
    assert_true(text35_equal(&event.person, &maker));
    assert_true(text35_equal(&event.approver, &second));
    assert_int_equal(event.value, command->kind);
    assert_int_equal(event.quantity, command->issuance.quantity);
    assert_false(hash_is_zero(&event.content));
}

static void test_every_step_is_an_event(void **state)
{
    struct world world;
    struct command command;
    struct command reject;
    (void)state;
    policy_fixture(&world);
    cash_in(&world, 5, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    event_assert(&world, EVENT_DRAFTED, &command, "ANNA", NULL);
    approved(&world, BANK, BERT, &command);
    event_assert(&world, EVENT_APPROVED, &command, "ANNA", "BERT");
    cash_in(&world, 6, &command);
    waits(&world, BANK, BERT, &command, DETAIL_POLICY, FIELD_POLICY);
    answer(&world, BANK, COMMAND_DRAFT_REJECT, &command, &reject);
    assert_int_equal(letter_submit_by(&world, BANK, ANNA, &reject).outcome, OUTCOME_DONE);
    event_assert(&world, EVENT_DRAFT_DROPPED, &command, "BERT", "ANNA");
    cash_in(&world, 7, &command);
    waits(&world, BANK, ANNA, &command, DETAIL_POLICY, FIELD_POLICY);
    world.ts_ms += (uint64_t)ledger_limits(world.ledger)->draft_days * 24 * 3600 * 1000;
    world_block(&world);
    event_assert(&world, EVENT_DRAFT_DROPPED, &command, "ANNA", NULL);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_key_of_the_same_person),
        cmocka_unit_test(test_a_key_without_a_person),
        cmocka_unit_test(test_policy_of_a_party),
        cmocka_unit_test(test_releases_above_an_amount),
        cmocka_unit_test(test_rules_of_the_consortium_need_two_persons),
        cmocka_unit_test(test_nobody_changes_a_policy_alone),
        cmocka_unit_test(test_nobody_invents_a_person),
        cmocka_unit_test(test_the_first_person_names_the_second),
        cmocka_unit_test(test_the_last_approver_is_not_taken_away),
        cmocka_unit_test(test_no_operator_is_made_alone),
        cmocka_unit_test(test_a_draft_does_not_outlive_its_makers_rights),
        cmocka_unit_test(test_the_approvers_scope_covers_the_command),
        cmocka_unit_test(test_an_approval_acts_once),
        cmocka_unit_test(test_every_step_is_an_event),
        cmocka_unit_test(test_T05_an_acceptance_waits_for_the_second_person),
        cmocka_unit_test(test_T05_a_lapsed_or_rejected_acceptance_leaves_the_allegement),
        cmocka_unit_test(test_T05_an_acceptance_of_what_was_cancelled_meanwhile),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
