/*
 * Goal: a block that orders more commands than its results have room for loses none of them: the
 * ledger leaves whole envelopes out, their authors hand them in again, and every command gets its
 * receipt.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/command/envelope.h"
#include "tests/simulation/node/scenario.h"
#include "tests/support/cmocka.h"

enum {
    VALIDATORS = 4,
    ENVELOPES = 3,
    COMMANDS = 6000, /* two such envelopes exceed the 10,000 receipts of the scenario's blocks */
    ENVELOPE_SIZE = 1 << 19
};

struct large {
    uint8_t bytes[ENVELOPE_SIZE];
    size_t size;
    struct hash id;
};

/* An envelope of commands that all end with a refusal: there is no such instruction. */
static void fill(struct scenario *scenario, uint32_t number, struct large *out)
{
    struct public_key key;
    struct secret_key secret;
    struct nonce_secret nonce = {{(uint8_t)(number + 1), 0xee}};
    struct bic bic = world_bic(WORLD_PARTICIPANT);
    struct envelope_builder builder;
    uint8_t seed[SIGN_SEED_SIZE] = {WORLD_PARTICIPANT + 1};
    sign_key_from_seed(seed, &key, &secret);
    assert_true(envelope_begin(&builder, out->bytes, sizeof out->bytes, &scenario->genesis.chain_id,
                               &bic, &key, &nonce, scenario->world.ts_ms + 600000));
    for (unsigned i = 0; i < COMMANDS; i++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        struct bytes_writer writer;
        struct command command;
        world_command(&scenario->world, COMMAND_CANCEL, &command);
        command.target.party = bic;
        command.target.reference = world_text("NOSUCH");
        bytes_writer_init(&writer, bytes, sizeof bytes);
        command_encode(&command, &writer);
        assert_false(writer.failed);
        assert_true(envelope_append(&builder, bytes, writer.size));
    }
    assert_true(envelope_seal(&builder, &secret, &out->size, &out->id));
}

static bool has_receipts(const struct local_node *node, const struct large *envelope,
                         uint64_t *height)
{
    uint32_t index;
    return store_get_envelope(node->store, &envelope->id, height, &index) == STORE_OK;
}

static void no_command_is_lost(void **state)
{
    (void)state;
    struct scenario scenario;
    uint64_t heights[ENVELOPES];
    struct large *envelopes = calloc(ENVELOPES, sizeof *envelopes);
    assert_non_null(envelopes);
    scenario_open(&scenario, VALIDATORS, 31);
    local_network_run(&scenario.network, 100);
    for (uint16_t i = 0; i < ENVELOPES; i++) {
        fill(&scenario, i, &envelopes[i]);
    }
    for (uint16_t i = 0; i < ENVELOPES; i++) { /* at once, through different validators */
        assert_true(local_network_submit(&scenario.network, i % VALIDATORS, envelopes[i].bytes,
                                         envelopes[i].size));
    }
    local_network_run(&scenario.network, 3000);
    bool apart = false;
    for (uint16_t i = 0; i < ENVELOPES; i++) {
        assert_true(has_receipts(&scenario.network.nodes[3], &envelopes[i], &heights[i]));
        apart = apart || heights[i] != heights[0];
    }
    assert_true(apart);
    scenario_assert_agreement(&scenario);
    scenario_close(&scenario);
    free(envelopes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_command_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
