/*
 * Goal: reading ahead gives every command of an envelope, in order, as reading it by itself does,
 * each with its own secret, whatever the number of commands and wherever unreadable ones stand; and
 * asking memory for what is named survives names that lead to nothing.
 */
#include "ledger/command/ahead.h"

#include <string.h>

#include "crypto/stream.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    SELLER = WORLD_PARTICIPANT,
    COMMANDS_MAX = 3 * AHEAD_COMMANDS,
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

/* One window after the other against one command after the other. */
static void envelope_assert(struct world *world, uint32_t count)
{
    static uint8_t buffer[ENVELOPE_BYTES];
    static struct ahead ahead;
    struct envelope_builder builder;
    struct envelope envelope = {.party = world_bic(SELLER), .command_count = (uint16_t)count};
    struct public_key key = {{0}};
    memset(envelope.nonce.bytes, 5, NONCE_SIZE);
    assert_true(envelope_begin(&builder, buffer, sizeof buffer, ledger_chain_id(world->ledger),
                               &envelope.party, &key, &envelope.nonce, 1));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        size_t size = command_bytes(world, i, bytes);
        assert_true(envelope_append(&builder, bytes, size));
    }
    envelope.commands = buffer + ENVELOPE_HEAD_BYTES;
    envelope.commands_size = builder.writer.size - ENVELOPE_HEAD_BYTES;
    memset(&ahead, 0xa5, sizeof ahead); /* what no window filled is not to be looked at */
    ahead_begin(&ahead, world->ledger, &envelope, world_party_index(world, SELLER));
    struct bytes_reader reader = envelope_commands(&envelope);
    const uint8_t *bytes = NULL;
    size_t size = 0;
    for (uint32_t i = 0; envelope_next(&reader, &bytes, &size); i++) {
        const struct ahead_command *next = ahead_next(&ahead);
        struct command command;
        struct hash stream;
        struct nonce_secret secrets[COMMANDS_MAX];
        assert_non_null(next);
        assert_ptr_equal(next->bytes, bytes);
        assert_int_equal(next->size, size);
        assert_int_equal(next->readable, command_decode(&command, &envelope.party, bytes, size));
        assert_int_equal(next->readable, i % 7 != 6);
        assert_int_equal(next->command.kind, command.kind);
        assert_true(hash_equal(&next->command.content, &command.content));
        assert_true(text35_equal(&next->command.reference, &command.reference));
        assert_true(text35_equal(&next->command.instruct.account, &command.instruct.account));
        hash_compute(&stream, HASH_SALT, envelope.nonce.bytes, NONCE_SIZE);
        stream_draw(&stream, 0, secrets, sizeof secrets);
        assert_memory_equal(next->secret.bytes, secrets[i].bytes, NONCE_SIZE);
    }
    assert_null(ahead_next(&ahead));
    assert_null(ahead_next(&ahead));
}

static void test_it_reads_what_stands_there(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    for (uint32_t count = 1; count <= COMMANDS_MAX; count += 5) {
        envelope_assert(&world, count);
    }
    envelope_assert(&world, AHEAD_COMMANDS);
    envelope_assert(&world, 2 * AHEAD_COMMANDS);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_reads_what_stands_there),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
