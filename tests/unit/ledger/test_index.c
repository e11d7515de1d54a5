/*
 * Goal: the hashes of made-up keys hang on all of their fields, and strangers who choose owner and
 * text cannot lead many names to one hash; a name leads to its record whatever was found before.
 */
#include "ledger/state/index.h"

#include <string.h>

#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/world.h"

enum {
    OWNERS = 64,
};

static struct text35 text_of(const char *characters)
{
    struct text35 text;
    assert_true(text35_parse(characters, strlen(characters), &text));
    return text;
}

/* A party's index differs from another's just as a character of their references does. */
static void owners_and_texts_that_differ_alike(const char *characters)
{
    struct text35 text = text_of(characters);
    for (size_t at = 0; at < text.size; at++) {
        uint64_t hashes[OWNERS];
        for (uint32_t owner = 0; owner < OWNERS; owner++) {
            struct text35 other = text;
            other.text[at] = (char)(other.text[at] ^ (char)(owner ^ 5));
            struct index_name name = {owner, &other};
            hashes[owner] = index_name_hash(77, &name);
            for (uint32_t before = 0; before < owner; before++) {
                assert_true(hashes[before] != hashes[owner]);
            }
        }
    }
}

static void test_owner_and_text_do_not_cancel_out(void **state)
{
    (void)state;
    owners_and_texts_that_differ_alike("REF1");
    owners_and_texts_that_differ_alike("REFERENCE-01");
    owners_and_texts_that_differ_alike("REFERENCE-000001");
    owners_and_texts_that_differ_alike("REFERENCE-000001-LONG");
    owners_and_texts_that_differ_alike("REFERENCE-000001-THAT-IS-LONGER-YET");
}

static void test_every_field_counts(void **state)
{
    struct text35 text = text_of("NAME");
    struct text35 longer = text_of("NAMES");
    struct index_name name = {1, &text};
    struct index_pair pair = {1, 2};
    struct index_limit limit = {1, 2, 3, 4};
    struct index_nonce nonce = {1, {{2}}};
    uint64_t hashes[] = {index_name_hash(7, &name), index_pair_hash(7, &pair),
                         index_limit_hash(7, &limit), index_nonce_hash(7, &nonce)};
    (void)state;
    name.owner = 2;
    assert_true(index_name_hash(7, &name) != hashes[0]);
    name = (struct index_name){1, &longer};
    assert_true(index_name_hash(7, &name) != hashes[0]);
    pair.first = 2;
    assert_true(index_pair_hash(7, &pair) != hashes[1]);
    pair = (struct index_pair){1, 3};
    assert_true(index_pair_hash(7, &pair) != hashes[1]);
    pair = (struct index_pair){2, 1};
    assert_true(index_pair_hash(7, &pair) != hashes[1]);
    for (size_t field = 0; field < 4; field++) {
        uint32_t numbers[4] = {1, 2, 3, 4};
        numbers[field]++;
        limit = (struct index_limit){numbers[0], numbers[1], numbers[2], numbers[3]};
        assert_true(index_limit_hash(7, &limit) != hashes[2]);
    }
    nonce.nonce.bytes[NONCE_SIZE - 1]++;
    assert_true(index_nonce_hash(7, &nonce) != hashes[3]);
    nonce = (struct index_nonce){2, {{2}}};
    assert_true(index_nonce_hash(7, &nonce) != hashes[3]);
}

/* Whoever was looked up before, a name leads to whose it is, and one that nobody has to nobody. */
static void test_names_lead_to_their_own_whatever_was_found_before(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    const struct ledger *ledger = world.ledger;
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < record_count(ledger, RECORD_PARTY); i++) {
            struct bic other = party_view(ledger, i)->bic;
            assert_int_equal(index_find_party(ledger, &other), i);
            assert_int_equal(index_find_party(ledger, &other), i);
            other.text[8] = other.text[8] == 'Q' ? 'R' : 'Q';
            assert_int_equal(index_find_party(ledger, &other), RECORD_NONE);
            assert_int_equal(index_find_party(ledger, &other), RECORD_NONE);
        }
        for (uint32_t i = 0; i < record_count(ledger, RECORD_ASSET); i++) {
            struct asset_code other = asset_view(ledger, i)->code;
            assert_int_equal(index_find_asset(ledger, &other), i);
            assert_int_equal(index_find_asset(ledger, &other), i);
            other.text[1] = other.text[1] == 'Q' ? 'R' : 'Q';
            assert_int_equal(index_find_asset(ledger, &other), RECORD_NONE);
            assert_int_equal(index_find_asset(ledger, &other), RECORD_NONE);
        }
        assert_true(record_count(ledger, RECORD_POSITION) > 0);
        for (uint32_t i = 0; i < record_count(ledger, RECORD_POSITION); i++) {
            const struct position *position = position_view(ledger, i);
            uint32_t account = position->account;
            assert_int_equal(index_find_position(ledger, account, position->asset), i);
            assert_int_equal(index_find_position(ledger, account, position->asset), i);
            for (uint32_t other = 10000; other < 10300; other++) {
                assert_int_equal(index_find_position(ledger, account, other), RECORD_NONE);
            }
        }
    }
    world_close(&world);
}

/* A guess that is wrong, or none, leads to the same as no guess. */
static void test_a_wrong_guess_misleads_nobody(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_ISIN_1, 5);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_EUR, 5);
    const struct ledger *ledger = world.ledger;
    uint32_t accounts = record_count(ledger, RECORD_ACCOUNT);
    uint32_t positions = record_count(ledger, RECORD_POSITION);
    struct text35 nobodys = world_text("NOWHERE");
    for (uint32_t i = 0; i < accounts; i++) {
        const struct account *account = account_view(ledger, i);
        for (uint32_t guess = 0; guess <= accounts; guess++) {
            uint32_t of = guess < accounts ? guess : RECORD_NONE;
            assert_int_equal(index_find_account_from(ledger, account->party, &account->id, of), i);
            assert_int_equal(index_find_account_from(ledger, account->party, &nobodys, of),
                             RECORD_NONE);
        }
    }
    assert_true(positions > 1);
    for (uint32_t i = 0; i < positions; i++) {
        const struct position *position = position_view(ledger, i);
        for (uint32_t guess = 0; guess <= positions; guess++) {
            uint32_t of = guess < positions ? guess : RECORD_NONE;
            assert_int_equal(
                index_find_position_from(ledger, position->account, position->asset, of), i);
            assert_int_equal(index_find_position_from(ledger, position->account, 10000, of),
                             RECORD_NONE);
        }
    }
    world_close(&world);
}

/* Each account names the first of its positions, and no other. */
static void first_positions_assert(const struct ledger *ledger)
{
    uint32_t firsts = 0;
    uint32_t others = 0;
    for (uint32_t i = 0; i < record_count(ledger, RECORD_POSITION); i++) {
        const struct position *position = position_view(ledger, i);
        uint32_t before = 0;
        while (position_view(ledger, before)->account != position->account) {
            before++;
        }
        assert_int_equal(index_guess_position(ledger, position->account, position->asset),
                         before == i ? i : RECORD_NONE);
        firsts += before == i ? 1 : 0;
        others += before == i ? 0 : 1;
    }
    assert_true(firsts > 1 && others > 0);
}

/* Also after it was restored; an account that has no position names none. */
static void test_an_account_names_its_first_position(void **state)
{
    struct world world;
    (void)state;
    world_open(&world, NULL);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_ISIN_1, 5);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_ISIN_2, 5);
    world_fund(&world, WORLD_PARTICIPANT, WORLD_EUR, 5);
    for (uint32_t i = 0; i < record_count(world.ledger, RECORD_ACCOUNT); i++) {
        if (account_view(world.ledger, i)->position_count == 0) {
            assert_int_equal(index_guess_position(world.ledger, i, 0), RECORD_NONE);
        }
    }
    first_positions_assert(world.ledger);
    assert_true(world_restore(&world));
    first_positions_assert(world.ledger);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owner_and_text_do_not_cancel_out),
        cmocka_unit_test(test_every_field_counts),
        cmocka_unit_test(test_names_lead_to_their_own_whatever_was_found_before),
        cmocka_unit_test(test_a_wrong_guess_misleads_nobody),
        cmocka_unit_test(test_an_account_names_its_first_position),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
