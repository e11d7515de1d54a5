/*
 * Goal: what was spooled is found again byte for byte after an interruption, a set that is not
 * whole counts as nothing, and files that are not ours are refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/failure.h"
#include "cli/spool.h"
#include "crypto/start.h"
#include "tests/support/assert_hook.h"
#include "tests/support/client/sample_genesis.h"
#include "tests/support/cmocka.h"

static char party[] = "/tmp/tally-test-spool.XXXXXX";
static const struct hash identity = {{0x5f, 0x0c}};
static uint8_t envelope[512];
static size_t envelope_size;

/* An envelope of two commands; what they say does not matter here. */
static void envelope_make(void)
{
    struct envelope_builder builder;
    struct secret_key secret;
    struct public_key key;
    struct bic bic;
    struct hash chain = {{1}}, id;
    struct nonce_secret nonce = {{2}};

    sample_party_key(SAMPLE_SELLER, &secret);
    sign_key_public(&secret, &key);
    assert_true(bic_parse("SELLFRPPXXX", 11, &bic));
    assert_true(envelope_begin(&builder, envelope, sizeof envelope, &chain, &bic, &key, &nonce, 9));
    assert_true(envelope_append(&builder, "first", 5));
    assert_true(envelope_append(&builder, "second", 6));
    assert_true(envelope_seal(&builder, &secret, &envelope_size, &id));
}

static void an_interrupted_submission_is_found_again(void **state)
{
    (void)state;
    const uint32_t rows[2] = {2, 3};
    struct spool spool;
    char names[4][SPOOL_NAME_SIZE];

    assert_int_equal(spool_open(&spool, party, &identity, "trades.csv"), EXIT_DONE);
    assert_int_equal(spool.count, 0);
    assert_int_equal(spool_add(&spool, envelope, envelope_size, rows, 2), EXIT_DONE);
    assert_int_equal(spool_add(&spool, envelope, envelope_size, rows, 2), EXIT_DONE);
    assert_int_equal(spool_complete(&spool), EXIT_DONE);
    spool_close(&spool);

    assert_int_equal(spool_list(party, names, 4), 1);
    assert_memory_equal(names[0], "5f0c", 4);
    assert_int_equal(spool_open(&spool, party, &identity, "other"), EXIT_DONE);
    assert_int_equal(spool.count, 2);
    assert_string_equal(spool.source, "trades.csv");
    assert_int_equal(spool.envelopes[1].size, envelope_size);
    assert_memory_equal(spool.envelopes[1].bytes, envelope, envelope_size);
    assert_int_equal(spool.envelopes[1].rows[1], 3);
    assert_int_equal(spool_remove(&spool), EXIT_DONE);
    spool_close(&spool);
    assert_int_equal(spool_list(party, names, 4), 0);
}

static void a_set_that_is_not_whole_counts_as_nothing(void **state)
{
    (void)state;
    const uint32_t rows[2] = {2, 3};
    struct spool spool;

    assert_int_equal(spool_open(&spool, party, &identity, "trades.csv"), EXIT_DONE);
    assert_int_equal(spool_add(&spool, envelope, envelope_size, rows, 2), EXIT_DONE);
    spool_close(&spool); /* interrupted before it was complete: nothing of it was sent */

    assert_int_equal(spool_open(&spool, party, &identity, "trades.csv"), EXIT_DONE);
    assert_int_equal(spool.count, 0);
    assert_int_equal(spool_complete(&spool), EXIT_DONE);
    spool_close(&spool);
    assert_int_equal(spool_open(&spool, party, &identity, "trades.csv"), EXIT_DONE);
    assert_int_equal(spool.count, 0); /* and the leftover is gone */
    assert_int_equal(spool_remove(&spool), EXIT_DONE);
    spool_close(&spool);
}

static void files_that_are_not_ours_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[1024] = "TALLYSP1";
    struct spooled spooled;
    size_t size = 8;

    bytes[size++] = 2; /* two commands */
    bytes[size++] = 0;
    size += 8; /* their rows */
    memcpy(bytes + size, envelope, envelope_size);
    size += envelope_size;
    assert_true(spooled_decode(bytes, size, &spooled));
    spooled_free(&spooled);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(spooled_decode(bytes, shorter, &spooled));
    }
    assert_false(spooled_decode(bytes, size + 1, &spooled));
    bytes[8] = 1; /* another number of commands than the envelope has */
    assert_false(spooled_decode(bytes, size, &spooled));
    bytes[0] = 'X';
    assert_false(spooled_decode(bytes, size, &spooled));
}

static int set_up(void **state)
{
    (void)state;
    envelope_make();
    return mkdtemp(party) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", party);
    return system(command);
}

int main(void)
{
    assert_hook_install();
    if (crypto_start() != CRYPTO_START_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_submission_is_found_again),
        cmocka_unit_test(a_set_that_is_not_whole_counts_as_nothing),
        cmocka_unit_test(files_that_are_not_ours_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
