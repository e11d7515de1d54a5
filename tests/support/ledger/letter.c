#include "tests/support/ledger/letter.h"

#include <stdio.h>
#include <string.h>

#include "ledger/command/envelope.h"
#include "ledger/register/key.h"
#include "tests/support/cmocka.h"

enum {
    ENVELOPE_ROOM = 300000,
    VALIDITY_MS = 300000
};

static void key_pair(uint32_t party, uint32_t key, struct public_key *public_key,
                     struct secret_key *secret_key)
{
    uint8_t seed[32] = {0};
    seed[0] = (uint8_t)(party + 1);
    seed[1] = (uint8_t)key;
    sign_key_from_seed(seed, public_key, secret_key);
}

struct public_key letter_key(uint32_t party, uint32_t key)
{
    struct public_key public_key;
    struct secret_key secret_key;
    key_pair(party, key, &public_key, &secret_key);
    return public_key;
}

struct letter letter_to(struct world *world, uint32_t party)
{
    world->nonce_next++;
    return (struct letter){.chain_id = *ledger_chain_id(world->ledger),
                           .party = world_bic(party),
                           .key_party = party,
                           .nonce = world->nonce_next,
                           .valid_until_ms = world->ts_ms + VALIDITY_MS};
}

static void commands_append(struct envelope_builder *builder, const struct letter *letter,
                            const struct command *commands, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        struct bytes_writer writer;
        bytes_writer_init(&writer, bytes, sizeof(bytes));
        command_encode(&commands[i], &writer);
        assert_true(bytes_writer_ok(&writer));
        if (letter->garbled) {
            bytes[1] = 99; /* no version that is known */
        }
        bool appended = envelope_append(builder, bytes, writer.size);
        assert_true(appended);
    }
}

void letter_add(struct world *world, const struct letter *letter, const struct command *commands,
                uint32_t count)
{
    struct envelope_builder builder;
    struct public_key public_key;
    struct secret_key secret_key;
    struct nonce_secret nonce = {{0}};
    struct hash id;
    size_t size = 0;
    uint8_t *start = world->bytes + world->bytes_used;
    assert_true(world->envelope_count < WORLD_BLOCK_COMMANDS_MAX);
    assert_true(world->bytes_used + ENVELOPE_ROOM <= WORLD_BLOCK_COMMANDS_MAX * 1500);
    memcpy(nonce.bytes, &letter->nonce, sizeof(letter->nonce));
    key_pair(letter->key_party, letter->key, &public_key, &secret_key);
    bool begun = envelope_begin(&builder, start, ENVELOPE_ROOM, &letter->chain_id, &letter->party,
                                &public_key, &nonce, letter->valid_until_ms);
    assert_true(begun);
    commands_append(&builder, letter, commands, count);
    bool sealed = envelope_seal(&builder, &secret_key, &size, &id);
    assert_true(sealed);
    world->envelopes[world->envelope_count++] =
        (struct ledger_envelope){.bytes = start, .size = size};
    world->bytes_used += size;
}

struct receipt letter_submit(struct world *world, const struct letter *letter,
                             const struct command *command)
{
    struct receipt receipt;
    letter_add(world, letter, command, 1);
    world_block(world);
    assert_int_equal(world->output.receipt_count, 1);
    world_receipt(world, 0, &receipt);
    return receipt;
}

struct receipt letter_submit_by(struct world *world, uint32_t party, uint32_t key,
                                const struct command *command)
{
    struct letter letter = letter_to(world, party);
    letter.key = key;
    return letter_submit(world, &letter, command);
}

void letter_key_add(struct world *world, uint32_t party, uint32_t key, uint32_t rights,
                    int64_t amount_limit)
{
    struct command command;
    world_command(world, COMMAND_KEY_ADD, &command);
    char person[16];
    (void)snprintf(person, sizeof person, "KEY %u", (unsigned)key);
    command.key_add = (struct command_key_add){.bic = world_bic(party),
                                               .public_key = letter_key(party, key),
                                               .person = world_text(person),
                                               .rights = rights,
                                               .amount_limit = amount_limit,
                                               .day_limit = INT64_MAX,
                                               .valid_until_ms = UINT64_MAX};
    struct receipt receipt = world_submit(world, WORLD_OPERATOR, &command);
    letter_assert(&receipt, OUTCOME_DONE, REASON_NONE, DETAIL_NONE, FIELD_NONE);
}

void letter_assert(const struct receipt *receipt, enum outcome outcome, enum reason reason,
                   enum detail detail, enum field field)
{
    assert_string_equal(detail_name(receipt->detail), detail_name(detail));
    assert_string_equal(reason_code(receipt->reason), reason_code(reason));
    assert_string_equal(field_name(receipt->field), field_name(field));
    assert_string_equal(outcome_name((enum outcome)receipt->outcome), outcome_name(outcome));
}
