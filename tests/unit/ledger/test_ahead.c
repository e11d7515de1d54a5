/*
 * Goal: reading ahead gives every envelope of a block, and every command of it, in order, as
 * reading it by itself does, each with its own secret, whatever the numbers of commands, wherever
 * unreadable ones stand, and whether those before were taken; and asking memory for what is named
 * survives names that lead to nothing. What was found out ahead does not outlive what a command or
 * an envelope between changes.
 */
#include "ledger/command/ahead.h"

#include <string.h>

#include "crypto/stream.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/letter.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    COMMANDS_MAX = 3 * AHEAD_COMMANDS,
    ENVELOPES_MAX = 2 * AHEAD_ENVELOPES + 1,
    ENVELOPE_BYTES = 64 * 1024
};

/* Every third names accounts, every fifth of them unknown ones; every seventh is no command. */
static size_t command_bytes(struct world *world, uint32_t number, uint8_t *bytes)
{
    struct world_trade trade = {SELLER, SELLER + 1, WORLD_ISIN_1, 100, 500000, WORLD_TODAY};
    struct command sell;
    struct command buy;
    struct bytes_writer writer;
    world_trade(world, &trade, &sell, &buy);
    if (number % 3 == 0) {
        bool known = number % 5 != 0;
        sell.instruct.account = known ? world_account(WORLD_ISIN_1, 0) : world_text("NOWHERE");
        sell.instruct.cash_account = known ? world_account(WORLD_EUR, 0) : world_text("NOTHING");
    }
    bytes_writer_init(&writer, bytes, COMMAND_BYTES_MAX);
    command_encode(&sell, &writer);
    assert_true(bytes_writer_ok(&writer));
    bytes[1] ^= number % 7 == 6 ? 1 : 0;
    return writer.size;
}

/* A block's worth of envelopes. */
struct mail {
    uint8_t buffers[ENVELOPES_MAX][ENVELOPE_BYTES];
    struct ledger_envelope envelopes[ENVELOPES_MAX];
    uint32_t count;
};

/* Adds an envelope of so many commands; of none: bytes that are no envelope. */
static void mail_add(struct mail *mail, struct world *world, uint32_t count)
{
    struct envelope_builder builder;
    const struct public_key key = letter_key(SELLER, 0);
    const struct bic party = world_bic(SELLER);
    struct nonce_secret nonce;
    uint8_t *buffer = mail->buffers[mail->count];
    memset(nonce.bytes, (int)mail->count + 5, NONCE_SIZE);
    assert_true(envelope_begin(&builder, buffer, ENVELOPE_BYTES, ledger_chain_id(world->ledger),
                               &party, &key, &nonce, 1));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        size_t command_size = command_bytes(world, i, bytes);
        assert_true(envelope_append(&builder, bytes, command_size));
    }
    bytes_put_u16(buffer + ENVELOPE_HEAD_BYTES - 2, (uint16_t)count); /* not signed */
    memset(buffer + builder.writer.size, 0, sizeof(struct signature));
    mail->envelopes[mail->count] = (struct ledger_envelope){
        .bytes = buffer, .size = builder.writer.size + sizeof(struct signature)};
    mail->count++;
}

/* The current envelope's commands against one after the other. */
static void commands_assert(struct ahead *ahead, const struct envelope *envelope)
{
    struct bytes_reader reader = envelope_commands(envelope);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    for (uint32_t i = 0; envelope_next(&reader, &bytes, &size); i++) {
        const struct ahead_command *next = ahead_next_command(ahead);
        struct command command;
        struct hash stream;
        struct nonce_secret secrets[COMMANDS_MAX];
        assert_non_null(next);
        assert_ptr_equal(next->bytes, bytes);
        assert_int_equal(next->size, size);
        assert_int_equal(next->readable, command_decode(&command, &envelope->party, bytes, size));
        assert_int_equal(next->readable, i % 7 != 6);
        assert_int_equal(next->command.kind, command.kind);
        assert_true(hash_equal(&next->command.content, &command.content));
        assert_true(text35_equal(&next->command.reference, &command.reference));
        assert_true(text35_equal(&next->command.instruct.account, &command.instruct.account));
        hash_compute(&stream, HASH_SALT, envelope->nonce.bytes, NONCE_SIZE);
        stream_draw(&stream, 0, secrets, sizeof secrets);
        assert_memory_equal(next->secret.bytes, secrets[i].bytes, NONCE_SIZE);
    }
    assert_null(ahead_next_command(ahead));
    assert_null(ahead_next_command(ahead));
}

/* Envelopes of so many commands each; of every `passed`-th (0: none) only the first is taken. */
static void mail_assert(struct world *world, const uint32_t *counts, uint32_t count,
                        uint32_t passed)
{
    static struct mail mail;
    static struct ahead ahead;
    mail.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        mail_add(&mail, world, counts[i]);
    }
    memset(&ahead, 0xa5, sizeof ahead); /* what no window filled is not to be looked at */
    ahead_begin(&ahead, world->ledger, mail.envelopes, count);
    for (uint32_t i = 0; i < count; i++) {
        struct envelope envelope;
        if (envelope_decode(&envelope, mail.envelopes[i].bytes, mail.envelopes[i].size) !=
            ENVELOPE_OK) {
            continue;
        }
        const struct ahead_envelope *next = ahead_next_envelope(&ahead);
        assert_non_null(next);
        assert_true(hash_equal(&next->envelope.id, &envelope.id));
        assert_int_equal(next->party, world_party_index(world, SELLER));
        if (passed != 0 && i % passed == 0) {
            assert_non_null(ahead_next_command(&ahead));
        } else {
            commands_assert(&ahead, &envelope);
        }
    }
    assert_null(ahead_next_envelope(&ahead));
    assert_null(ahead_next_envelope(&ahead));
}

static void test_it_reads_what_stands_there(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    mail_assert(&world, NULL, 0, 0);
    for (uint32_t count = 0; count <= COMMANDS_MAX; count++) {
        mail_assert(&world, &count, 1, 0);
    }
    world_close(&world);
}

/* Windows of many envelopes, of one, and of some of one, in every order. */
static void test_envelopes_share_windows(void **state)
{
    static const uint32_t sizes[] = {1, 1, 15, 16, 2, 0, 17, 33, 9, 7, 8};
    enum {
        SIZES = sizeof sizes / sizeof sizes[0]
    };
    struct world world;
    uint32_t counts[ENVELOPES_MAX];
    uint32_t drawn = 1;
    (void)state;
    world_open(&world, NULL);
    for (uint32_t i = 0; i < ENVELOPES_MAX; i++) {
        counts[i] = 1;
    }
    mail_assert(&world, counts, ENVELOPES_MAX, 0);
    for (uint32_t round = 0; round < 100; round++) {
        for (uint32_t i = 0; i < ENVELOPES_MAX; i++) {
            drawn = drawn * 1664525 + 1013904223;
            counts[i] = sizes[(drawn >> 16) % SIZES];
        }
        mail_assert(&world, counts, ENVELOPES_MAX, round % 4);
    }
    world_close(&world);
}

/* A command that opens an account of the operator, or changes it. */
static struct command account_command(struct world *world, enum command_kind kind, const char *id,
                                      bool is_default)
{
    struct command command;
    world_command(world, kind, &command);
    if (kind == COMMAND_ACCOUNT_OPEN) {
        command.account_open = (struct command_account_open){
            world_bic(WORLD_OPERATOR), world_text(id), ACCOUNT_SECURITIES, is_default};
    } else {
        command.account_change = (struct command_account_change){
            world_bic(WORLD_OPERATOR), world_text(id), ACCOUNT_OPEN, is_default};
    }
    return command;
}

/* A delivery free of payment, of the operator; `account` NULL: over the default one. */
static struct command delivery(struct world *world, const char *account)
{
    struct world_trade trade = {WORLD_OPERATOR, SELLER, WORLD_ISIN_1, 100, 0, WORLD_TODAY};
    struct command deliver;
    struct command receive;
    world_trade(world, &trade, &deliver, &receive);
    if (account != NULL) {
        deliver.instruct.account = world_text(account);
    }
    return deliver;
}

/* The operator may instruct, over the account "A". */
static void operator_participates(struct world *world)
{
    struct command command;
    world_command(world, COMMAND_PARTY_CHANGE, &command);
    command.party_change =
        (struct command_party_change){.bic = world_bic(WORLD_OPERATOR),
                                      .roles = PARTY_OPERATOR | PARTY_PARTICIPANT,
                                      .status = PARTY_ACTIVE};
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
    command = account_command(world, COMMAND_ACCOUNT_OPEN, "A", true);
    assert_int_equal(world_submit(world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
}

static struct command new_asset(struct world *world, const struct asset_code *code)
{
    struct command command;
    world_command(world, COMMAND_ASSET_ADD, &command);
    command.asset_add = (struct command_asset_add){.code = *code,
                                                   .name = world_text("A new one"),
                                                   .kind = ASSET_SECURITY_UNIT,
                                                   .settlement_unit_min = 1,
                                                   .settlement_unit_multiple = 1,
                                                   .issuer = world_bic(WORLD_REGISTRAR),
                                                   .issuance_account = world_text("ISSUE")};
    return command;
}

static void outcome_assert(const struct world *world, uint32_t command, enum outcome outcome,
                           enum reason reason)
{
    struct receipt receipt;
    world_receipt(world, command, &receipt);
    assert_int_equal(receipt.outcome, outcome);
    assert_int_equal(receipt.reason, reason);
}

/* Over which account an instruction settles. */
static void account_assert(const struct world *world, const struct command *command,
                           const char *account)
{
    uint32_t party = world_party_index(world, WORLD_OPERATOR);
    struct text35 id = world_text(account);
    uint32_t index = instruction_find(world->ledger, party, &command->reference);
    assert_int_not_equal(index, RECORD_NONE);
    assert_int_equal(world_view(world, index)->terms.account,
                     account_find(world->ledger, party, &id));
}

/* Commands of one window, in one envelope or each in its own: accounts, a default one and an asset
 * that others of it make or move. */
static void made_before_assert(bool apart)
{
    struct world world;
    struct command commands[AHEAD_COMMANDS];
    struct asset_code code;
    uint32_t count = 0;
    world_open(&world, NULL);
    assert_true(asset_code_parse("US5949181045", ISIN_SIZE, &code));
    operator_participates(&world);

    commands[count++] = delivery(&world, NULL);
    commands[count++] = delivery(&world, "B");
    commands[count++] = account_command(&world, COMMAND_ACCOUNT_OPEN, "B", false);
    commands[count++] = delivery(&world, "B");
    commands[count++] = account_command(&world, COMMAND_ACCOUNT_CHANGE, "B", true);
    commands[count++] = delivery(&world, NULL);
    commands[count++] = delivery(&world, "A");
    commands[count] = delivery(&world, NULL);
    commands[count++].instruct.asset = code;
    commands[count++] = new_asset(&world, &code);
    commands[count] = delivery(&world, NULL);
    commands[count++].instruct.asset = code;
    commands[count] = commands[0];
    count++;

    for (uint32_t i = 0; i < count; i += apart ? 1 : count) {
        struct letter letter = letter_to(&world, WORLD_OPERATOR);
        letter_add(&world, &letter, &commands[i], apart ? 1 : count);
    }
    world_block(&world);
    assert_int_equal(world.output.receipt_count, count);
    for (uint32_t i = 0; i < count; i++) {
        bool no_account = i == 1;
        bool no_asset = i == 7;
        enum outcome outcome = i == count - 1           ? OUTCOME_ALREADY
                               : no_account || no_asset ? OUTCOME_REFUSED
                                                        : OUTCOME_DONE;
        outcome_assert(&world, i, outcome,
                       no_account ? REASON_SAFE
                       : no_asset ? REASON_DSEC
                                  : REASON_NONE);
    }
    account_assert(&world, &commands[0], "A");
    account_assert(&world, &commands[3], "B");
    account_assert(&world, &commands[5], "B");
    account_assert(&world, &commands[6], "A");
    account_assert(&world, &commands[9], "B");
    world_close(&world);
}

static void test_what_commands_before_it_made_is_found(void **state)
{
    (void)state;
    made_before_assert(false);
    made_before_assert(true);
}

/* Envelopes of one window: one under a key that the one before it adds, which is found only then;
 * one that comes again; and one that says under a known key what that one did. */
static void test_what_envelopes_before_it_did_counts(void **state)
{
    struct world world;
    struct command key_add;
    (void)state;
    world_open(&world, NULL);
    operator_participates(&world);
    world_command(&world, COMMAND_KEY_ADD, &key_add);
    key_add.key_add = (struct command_key_add){.bic = world_bic(WORLD_OPERATOR),
                                               .public_key = letter_key(WORLD_OPERATOR, 1),
                                               .channel_key = letter_key(WORLD_OPERATOR, 2),
                                               .person = world_text("A"),
                                               .rights = KEY_RIGHTS_ALL,
                                               .amount_limit = INT64_MAX,
                                               .day_limit = INT64_MAX,
                                               .valid_until_ms = UINT64_MAX};
    struct command deliver = delivery(&world, NULL);
    struct letter letter = letter_to(&world, WORLD_OPERATOR);
    struct letter again = letter_to(&world, WORLD_OPERATOR);
    struct letter known = letter_to(&world, WORLD_OPERATOR);
    again.key = 1;
    letter_add(&world, &again, &deliver, 1); /* too early */
    letter_add(&world, &letter, &key_add, 1);
    letter_add(&world, &again, &deliver, 1);
    letter_add(&world, &again, &deliver, 1);
    letter_add(&world, &known, &deliver, 1);
    world_block(&world);
    assert_int_equal(world.output.receipt_count, 5);
    outcome_assert(&world, 0, OUTCOME_UNRECORDED, REASON_OTHR);
    outcome_assert(&world, 1, OUTCOME_DONE, REASON_NONE);
    outcome_assert(&world, 2, OUTCOME_DONE, REASON_NONE);
    outcome_assert(&world, 3, OUTCOME_ALREADY, REASON_NONE);
    outcome_assert(&world, 4, OUTCOME_ALREADY, REASON_NONE);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_reads_what_stands_there),
        cmocka_unit_test(test_envelopes_share_windows),
        cmocka_unit_test(test_what_commands_before_it_made_is_found),
        cmocka_unit_test(test_what_envelopes_before_it_did_counts),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
