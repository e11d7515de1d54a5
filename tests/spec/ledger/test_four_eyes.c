/*
 * Goal: who may do what. Rights of keys and roles of parties are asked for every kind of command;
 * above its amount limit a key's command waits for a second person, who must be another one and
 * must name what was seen.
 */
#include "ledger/command/draft.h"
#include "ledger/register/account.h"
#include "ledger/register/key.h"
#include "ledger/register/party.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"

enum {
    BANK = WORLD_BANK,
    PARTY = WORLD_PARTICIPANT,
    SMALL = 1,    /* a key that may move 1000 */
    APPROVER = 2, /* one that approves anything */
    CLERK = 3,    /* one that approves up to 5000 */
    ADMIN = 4,
};

static void fixture_open(struct world *world)
{
    world_open(world, NULL);
    letter_key_add(world, BANK, SMALL, KEY_SUBMIT | KEY_APPROVE, 1000);
    letter_key_add(world, BANK, APPROVER, KEY_APPROVE, INT64_MAX);
    letter_key_add(world, BANK, CLERK, KEY_APPROVE, 5000);
    letter_key_add(world, PARTY, ADMIN, KEY_ADMINISTER, INT64_MAX);
}

static void cash_in(struct world *world, struct command *command, int64_t amount)
{
    world_command(world, COMMAND_CASH_IN, command);
    command->issuance = (struct command_issuance){.asset = world_asset(WORLD_EUR),
                                                  .bic = world_bic(PARTY),
                                                  .account = world_account(WORLD_EUR, 0),
                                                  .quantity = amount};
}

/* The content hash of a command, as a client computes it. */
static struct hash content_of(uint32_t party, const struct command *command)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct bytes_writer writer;
    struct command back;
    struct bic bic = world_bic(party);
    bytes_writer_init(&writer, bytes, sizeof(bytes));
    command_encode(command, &writer);
    bool readable = command_decode(&back, &bic, bytes, writer.size);
    assert_true(readable);
    return back.content;
}

static void approval(struct world *world, const struct command *drafted, enum command_kind kind,
                     struct command *out)
{
    world_command(world, kind, out);
    out->approval = (struct command_approval){drafted->reference, content_of(BANK, drafted)};
}

static void test_limit_is_exact(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    cash_in(&world, &command, 1000);
    struct receipt receipt = letter_submit_by(&world, BANK, SMALL, &command);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    cash_in(&world, &command, 1001);
    receipt = letter_submit_by(&world, BANK, SMALL, &command);
    letter_assert(&receipt, OUTCOME_WAITING, REASON_NONE, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 1000);
    assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 1);
    world_close(&world);
}

static void test_approved_by_another_key(void **state)
{
    struct world world;
    struct command command;
    struct command approve;
    (void)state;
    fixture_open(&world);
    cash_in(&world, &command, 2000);
    struct receipt drafted = letter_submit_by(&world, BANK, SMALL, &command);
    approval(&world, &command, COMMAND_APPROVE, &approve);
    struct receipt receipt = letter_submit_by(&world, BANK, APPROVER, &approve);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
    assert_int_equal(world_event_count(&world, EVENT_APPROVED), 1);
    assert_int_equal(world_event_count(&world, EVENT_ISSUED), 1);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 2000);
    assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 0);
    /* Neither the draft nor the approval acts again. */
    receipt = letter_submit_by(&world, BANK, SMALL, &command);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    receipt = letter_submit_by(&world, BANK, APPROVER, &approve);
    assert_int_equal(receipt.outcome, OUTCOME_ALREADY);
    assert_true(drafted.height < receipt.first_height);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 2000);
    world_close(&world);
}

static void test_who_may_not_approve(void **state)
{
    struct world world;
    struct command command;
    struct command approve;
    (void)state;
    fixture_open(&world);
    cash_in(&world, &command, 6000);
    (void)letter_submit_by(&world, BANK, SMALL, &command);
    approval(&world, &command, COMMAND_APPROVE, &approve);
    struct receipt receipt = letter_submit_by(&world, BANK, SMALL, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_SAME_KEY, FIELD_KEY);
    receipt = letter_submit_by(&world, BANK, CLERK, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_LIMIT, FIELD_AMOUNT_LIMIT);
    receipt = letter_submit_by(&world, BANK, 0, &approve); /* may submit only */
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_RIGHT_MISSING, FIELD_KEY);
    letter_key_add(&world, PARTY, APPROVER, KEY_APPROVE, INT64_MAX);
    receipt = letter_submit_by(&world, PARTY, APPROVER, &approve); /* of another party */
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN, FIELD_TARGET_REFERENCE);
    approve.approval.content.bytes[0] ^= 1; /* something else than what waits */
    receipt = letter_submit_by(&world, BANK, APPROVER, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_REFE, DETAIL_EXISTS_DIFFERENTLY,
                  FIELD_TARGET_REFERENCE);
    assert_int_equal(world_available(&world, PARTY, WORLD_EUR), 0);
    world_close(&world);
}

/* A draft sent again still waits; another command under its reference is refused. */
static void test_draft_sent_again(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    cash_in(&world, &command, 6000);
    struct receipt first = letter_submit_by(&world, BANK, SMALL, &command);
    struct receipt again = letter_submit_by(&world, BANK, SMALL, &command);
    assert_int_equal(again.outcome, OUTCOME_WAITING);
    assert_int_equal(again.first_height, first.height);
    command.issuance.quantity++;
    again = letter_submit_by(&world, BANK, SMALL, &command);
    assert_int_equal(again.reason, REASON_REFE);
    assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 1);
    world_close(&world);
}

static void test_drafts_are_rejected_or_lapse(void **state)
{
    struct world world;
    struct command command;
    struct command reject;
    (void)state;
    fixture_open(&world);
    cash_in(&world, &command, 6000);
    (void)letter_submit_by(&world, BANK, SMALL, &command);
    approval(&world, &command, COMMAND_DRAFT_REJECT, &reject);
    struct receipt receipt = letter_submit_by(&world, BANK, CLERK, &reject);
    assert_int_equal(receipt.outcome, OUTCOME_DONE);
    assert_int_equal(world_event_count(&world, EVENT_DRAFT_DROPPED), 1);
    assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 0);
    (void)letter_submit_by(&world, BANK, SMALL, &command); /* its reference is free again */
    assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 1);
    uint64_t days = ledger_limits(world.ledger)->draft_days;
    world.ts_ms += days * 24 * 3600 * 1000;
    world_block(&world);
    assert_int_equal(world_event_count(&world, EVENT_DRAFT_DROPPED), 1);
    assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 0);
    world_close(&world);
}

/* To the last millisecond a draft can be approved; in the first block after it, not any more. */
static void test_a_lapsed_draft_is_not_approved(void **state)
{
    (void)state;
    for (uint32_t late = 0; late < 2; late++) {
        struct world world;
        struct command command;
        struct command approve;
        fixture_open(&world);
        cash_in(&world, &command, 6000);
        (void)letter_submit_by(&world, BANK, SMALL, &command);
        approval(&world, &command, COMMAND_APPROVE, &approve);
        uint64_t days = ledger_limits(world.ledger)->draft_days;
        uint64_t lapses_ms = draft_view(world.ledger, 0)->lapses_ms;
        assert_int_equal(lapses_ms, ledger_time_ms(world.ledger) + days * 24 * 3600 * 1000);
        world.ts_ms = lapses_ms + late;
        struct receipt receipt = letter_submit_by(&world, BANK, APPROVER, &approve);
        if (late == 0) {
            assert_int_equal(receipt.outcome, OUTCOME_DONE);
        } else {
            letter_assert(&receipt, OUTCOME_REFUSED, REASON_NRGN, DETAIL_UNKNOWN,
                          FIELD_TARGET_REFERENCE);
            assert_int_equal(world_event_count(&world, EVENT_DRAFT_DROPPED), 1);
            assert_int_equal(world_event_count(&world, EVENT_APPROVED), 0);
        }
        assert_int_equal(record_count(world.ledger, RECORD_DRAFT), 0);
        world_close(&world);
    }
}

/* A draft whose submitter was revoked meanwhile is not executed. */
static void test_submitter_revoked(void **state)
{
    struct world world;
    struct command command;
    struct command approve;
    struct command revoke;
    (void)state;
    fixture_open(&world);
    cash_in(&world, &command, 6000);
    (void)letter_submit_by(&world, BANK, SMALL, &command);
    world_command(&world, COMMAND_KEY_REVOKE, &revoke);
    revoke.key_revoke.public_key = letter_key(BANK, SMALL);
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &revoke).outcome, OUTCOME_DONE);
    approval(&world, &command, COMMAND_APPROVE, &approve);
    struct receipt receipt = letter_submit_by(&world, BANK, APPROVER, &approve);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_KEY_INACTIVE, FIELD_KEY);
    world_close(&world);
}

/* No kind of command passes without its right. */
static void test_every_kind_needs_its_right(void **state)
{
    static const struct {
        uint8_t kind;
        uint32_t right;
    } kinds[] = {
#define X(name, number, text, right) {COMMAND_##name, right},
        COMMANDS(X)
#undef X
    };
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    letter_key_add(&world, WORLD_OPERATOR, 1, KEY_READ_ALL, 0);
    letter_key_add(&world, WORLD_OPERATOR, 2, KEY_SUBMIT, 0);
    letter_key_add(&world, WORLD_OPERATOR, 4, KEY_ADMINISTER, 0);
    letter_key_add(&world, WORLD_OPERATOR, 3, KEY_APPROVE, 0); /* last: it would have to agree */
    static const uint32_t rights[] = {KEY_READ_ALL, KEY_SUBMIT, KEY_APPROVE, KEY_ADMINISTER};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (uint32_t key = 1; key <= 4; key++) {
            world_command(&world, (enum command_kind)kinds[i].kind, &command);
            if (command.kind == COMMAND_RULE_SET) {
                rule_set_default(&command.rule_set);
            }
            struct receipt receipt = letter_submit_by(&world, WORLD_OPERATOR, key, &command);
            assert_int_equal(receipt.outcome, OUTCOME_REFUSED);
            bool lacks = receipt.detail == DETAIL_RIGHT_MISSING;
            assert_int_equal(lacks, rights[key - 1] != kinds[i].right);
        }
    }
    world_close(&world);
}

/* A party's own administrator opens its accounts and adds its keys, and nobody else's. */
static void test_self_service_ends_at_the_own_party(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    fixture_open(&world);
    world_command(&world, COMMAND_ACCOUNT_OPEN, &command);
    command.account_open =
        (struct command_account_open){world_bic(PARTY), world_text("OWN"), ACCOUNT_CASH, false};
    assert_int_equal(letter_submit_by(&world, PARTY, ADMIN, &command).outcome, OUTCOME_DONE);
    world_command(&world, COMMAND_ACCOUNT_OPEN, &command);
    command.account_open =
        (struct command_account_open){world_bic(PARTY + 1), world_text("NOT"), ACCOUNT_CASH, false};
    struct receipt receipt = letter_submit_by(&world, PARTY, ADMIN, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    world_command(&world, COMMAND_PARTY_ADD, &command);
    receipt = letter_submit_by(&world, PARTY, ADMIN, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_PARTY);
    world_close(&world);
}

/* Only the issuer issues, in its role. */
static void test_only_the_issuer_issues(void **state)
{
    struct world world;
    struct command command;
    (void)state;
    world_open(&world, NULL);
    static const uint32_t others[] = {WORLD_OPERATOR, WORLD_REGISTRAR, PARTY};
    for (size_t i = 0; i < 3; i++) {
        cash_in(&world, &command, 100);
        struct receipt receipt = world_submit(&world, others[i], &command);
        letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_ISSUER);
    }
    /* The issuer that lost its role cannot either. */
    struct command change;
    world_command(&world, COMMAND_PARTY_CHANGE, &change);
    change.party_change =
        (struct command_party_change){world_bic(BANK), PARTY_PARTICIPANT, PARTY_ACTIVE, 0};
    assert_int_equal(world_submit(&world, WORLD_OPERATOR, &change).outcome, OUTCOME_DONE);
    struct receipt receipt = world_submit(&world, BANK, &command);
    letter_assert(&receipt, OUTCOME_REFUSED, REASON_VALR, DETAIL_ROLE_MISSING, FIELD_ISSUER);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_is_exact),
        cmocka_unit_test(test_approved_by_another_key),
        cmocka_unit_test(test_who_may_not_approve),
        cmocka_unit_test(test_draft_sent_again),
        cmocka_unit_test(test_drafts_are_rejected_or_lapse),
        cmocka_unit_test(test_a_lapsed_draft_is_not_approved),
        cmocka_unit_test(test_submitter_revoked),
        cmocka_unit_test(test_every_kind_needs_its_right),
        cmocka_unit_test(test_self_service_ends_at_the_own_party),
        cmocka_unit_test(test_only_the_issuer_issues),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
