/*
 * Goal: a key file gives its key back to the right pass phrase and to nothing else; every damage
 * and every confusion of kinds is refused, with the reason, and leaves no secret behind.
 */
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/prng.h"
#include "crypto/keyfile.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const struct keyfile_cost cheap = {.passes = 1, .memory_kib = KEYFILE_MEMORY_MIN_KIB};
static const char pass_phrase[] = "correct horse";
#define PASS_SIZE (sizeof(pass_phrase) - 1)

static struct public_key public_key;
static struct secret_key secret_key;
static uint8_t sealed[KEYFILE_SIZE];

static int set_up(void **state)
{
    (void)state;
    const uint8_t seed[SIGN_SEED_SIZE] = {1, 2, 3};
    uint8_t random[KEYFILE_RANDOM_SIZE];
    struct prng prng;
    prng_init(&prng, 1);
    prng_fill(&prng, random, sizeof(random));
    sign_key_from_seed(seed, &public_key, &secret_key);
    return keyfile_seal(KEYFILE_PARTY_SIGNING, &cheap, &secret_key, pass_phrase, PASS_SIZE, random,
                        sealed) == KEYFILE_OK
               ? 0
               : -1;
}

/* Opens some bytes and checks that a refusal leaves zeros where the key would have been. */
static enum keyfile_status open_with(const uint8_t *data, size_t size, enum keyfile_kind kind,
                                     const char *phrase, size_t phrase_size)
{
    struct secret_key opened;
    memset(&opened, 0xab, sizeof(opened));
    enum keyfile_status status = keyfile_open(data, size, kind, phrase, phrase_size, &opened);
    if (status == KEYFILE_OK) {
        assert_memory_equal(&opened, &secret_key, sizeof(opened));
    } else {
        assert_int_equal(sodium_is_zero(opened.bytes, sizeof(opened.bytes)), 1);
    }
    return status;
}

static enum keyfile_status open_sealed(const uint8_t *data, size_t size)
{
    return open_with(data, size, KEYFILE_PARTY_SIGNING, pass_phrase, PASS_SIZE);
}

static void the_right_pass_phrase_opens(void **state)
{
    (void)state;
    assert_int_equal(open_sealed(sealed, sizeof(sealed)), KEYFILE_OK);
    struct keyfile_header header;
    assert_int_equal(keyfile_inspect(sealed, sizeof(sealed), &header), KEYFILE_OK);
    assert_int_equal(header.kind, KEYFILE_PARTY_SIGNING);
    assert_int_equal(header.cost.passes, cheap.passes);
    assert_int_equal(header.cost.memory_kib, cheap.memory_kib);
    assert_true(public_key_equal(&header.public_key, &public_key));
}

static void other_pass_phrases_do_not_open(void **state)
{
    (void)state;
    const char *phrases[] = {"", "correct hors", "correct horse ", "Correct horse", "wrong"};
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        assert_int_equal(open_with(sealed, sizeof(sealed), KEYFILE_PARTY_SIGNING, phrases[i],
                                   strlen(phrases[i])),
                         KEYFILE_WRONG_PASS_PHRASE);
    }
    assert_int_equal(open_with(sealed, sizeof(sealed), KEYFILE_PARTY_SIGNING, NULL, 0),
                     KEYFILE_WRONG_PASS_PHRASE);
}

static void every_truncation_and_extension_is_refused(void **state)
{
    (void)state;
    uint8_t longer[KEYFILE_SIZE + 1] = {0};
    memcpy(longer, sealed, sizeof(sealed));
    assert_int_equal(open_sealed(longer, sizeof(longer)), KEYFILE_WRONG_SIZE);
    for (size_t size = 0; size < KEYFILE_SIZE; size++) {
        enum keyfile_status expected = size < 8 ? KEYFILE_NOT_ONE : KEYFILE_WRONG_SIZE;
        assert_int_equal(open_sealed(sealed, size), expected);
    }
    assert_int_equal(open_sealed(NULL, 0), KEYFILE_NOT_ONE);
}

static enum keyfile_status expected_for_damage_at(size_t offset)
{
    if (offset < 8) {
        return KEYFILE_NOT_ONE;
    }
    return offset < 10 ? KEYFILE_WRONG_VERSION : KEYFILE_WRONG_PASS_PHRASE;
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * KEYFILE_SIZE; bit++) {
        uint8_t damaged[KEYFILE_SIZE];
        memcpy(damaged, sealed, sizeof(sealed));
        damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct keyfile_header header;
        enum keyfile_status inspected = keyfile_inspect(damaged, sizeof(damaged), &header);
        /* A huge cost would be allowed, but is not worth the time of this test. */
        if (inspected == KEYFILE_OK && header.cost.memory_kib > 4096) {
            continue;
        }
        enum keyfile_status status = open_sealed(damaged, sizeof(damaged));
        assert_int_not_equal(status, KEYFILE_OK);
        if (bit / 8 < 10 || bit / 8 >= 24) {
            assert_int_equal(status, expected_for_damage_at(bit / 8));
        }
    }
}

static void kinds_are_not_confused(void **state)
{
    (void)state;
    for (int kind = 1; kind <= 4; kind++) {
        enum keyfile_status expected =
            kind == KEYFILE_PARTY_SIGNING ? KEYFILE_OK : KEYFILE_WRONG_KIND;
        assert_int_equal(
            open_with(sealed, sizeof(sealed), (enum keyfile_kind)kind, pass_phrase, PASS_SIZE),
            expected);
        /* Rewriting the kind in the file does not help: the box is bound to it. */
        uint8_t relabelled[KEYFILE_SIZE];
        memcpy(relabelled, sealed, sizeof(sealed));
        bytes_put_u16(relabelled + 10, (uint16_t)kind);
        assert_int_equal(open_with(relabelled, sizeof(relabelled), (enum keyfile_kind)kind,
                                   pass_phrase, PASS_SIZE),
                         kind == KEYFILE_PARTY_SIGNING ? KEYFILE_OK : KEYFILE_WRONG_PASS_PHRASE);
    }
}

static void another_public_key_in_the_clear_does_not_open(void **state)
{
    (void)state;
    uint8_t swapped[KEYFILE_SIZE];
    const uint8_t seed[SIGN_SEED_SIZE] = {9};
    struct public_key other;
    struct secret_key other_secret;
    sign_key_from_seed(seed, &other, &other_secret);
    memcpy(swapped, sealed, sizeof(sealed));
    memcpy(swapped + 64, other.bytes, sizeof(other.bytes));
    assert_int_equal(open_sealed(swapped, sizeof(swapped)), KEYFILE_WRONG_PASS_PHRASE);
}

/* A forger who knows the pass phrase can make a box that opens, for a header that lies. */
static void a_key_that_is_not_the_one_named_is_refused(void **state)
{
    (void)state;
    const uint8_t seed[SIGN_SEED_SIZE] = {9};
    struct public_key other;
    struct secret_key liar;
    sign_key_from_seed(seed, &other, &liar);
    memcpy(liar.bytes + SIGN_SEED_SIZE, public_key.bytes, sizeof(public_key.bytes));
    const uint8_t random[KEYFILE_RANDOM_SIZE] = {0};
    uint8_t forged[KEYFILE_SIZE];
    assert_int_equal(
        keyfile_seal(KEYFILE_PARTY_SIGNING, &cheap, &liar, pass_phrase, PASS_SIZE, random, forged),
        KEYFILE_OK);
    assert_int_equal(open_sealed(forged, sizeof(forged)), KEYFILE_BAD_HEADER);
}

static void senseless_headers_are_refused_before_any_work(void **state)
{
    (void)state;
    const struct {
        size_t offset;
        uint32_t value;
    } changes[] = {
        {12, 0},
        {12, KEYFILE_PASSES_MAX + 1},
        {12, UINT32_MAX},
        {16, 0},
        {16, KEYFILE_MEMORY_MIN_KIB - 1},
        {16, KEYFILE_MEMORY_MAX_KIB + 1},
        {16, UINT32_MAX},
        {20, 1},
        {20, UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        uint8_t changed[KEYFILE_SIZE];
        memcpy(changed, sealed, sizeof(sealed));
        bytes_put_u32(changed + changes[i].offset, changes[i].value);
        assert_int_equal(open_sealed(changed, sizeof(changed)), KEYFILE_BAD_HEADER);
    }
    const uint16_t kinds[] = {0, 5, UINT16_MAX};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        uint8_t changed[KEYFILE_SIZE];
        memcpy(changed, sealed, sizeof(sealed));
        bytes_put_u16(changed + 10, kinds[i]);
        assert_int_equal(open_sealed(changed, sizeof(changed)), KEYFILE_BAD_HEADER);
    }
}

static void the_random_bytes_change_everything_secret(void **state)
{
    (void)state;
    uint8_t random[KEYFILE_RANDOM_SIZE] = {0};
    uint8_t first[KEYFILE_SIZE];
    uint8_t second[KEYFILE_SIZE];
    assert_int_equal(keyfile_seal(KEYFILE_PARTY_SIGNING, &cheap, &secret_key, "", 0, random, first),
                     KEYFILE_OK);
    random[0] = 1;
    assert_int_equal(
        keyfile_seal(KEYFILE_PARTY_SIGNING, &cheap, &secret_key, "", 0, random, second),
        KEYFILE_OK);
    assert_memory_not_equal(first + KEYFILE_HEADER_SIZE, second + KEYFILE_HEADER_SIZE, 48);
    assert_int_equal(open_with(first, sizeof(first), KEYFILE_PARTY_SIGNING, NULL, 0), KEYFILE_OK);
    /* Neither the seed nor the pass phrase stands anywhere in the clear. */
    for (size_t at = 0; at + 8 <= KEYFILE_SIZE; at++) {
        assert_memory_not_equal(sealed + at, secret_key.bytes, 8);
        assert_memory_not_equal(sealed + at, pass_phrase, 8);
    }
}

static void kinds_have_words(void **state)
{
    (void)state;
    assert_string_equal(keyfile_kind_text(KEYFILE_VALIDATOR_SIGNING), "validator signing");
    assert_string_equal(keyfile_kind_text(KEYFILE_VALIDATOR_CHANNEL), "validator channel");
    assert_string_equal(keyfile_kind_text(KEYFILE_PARTY_SIGNING), "party signing");
    assert_string_equal(keyfile_kind_text(KEYFILE_PARTY_CHANNEL), "party channel");
    assert_string_equal(keyfile_kind_text((enum keyfile_kind)9), "unknown");
}

static void seal(enum keyfile_kind kind, uint32_t passes, uint32_t memory_kib)
{
    const uint8_t random[KEYFILE_RANDOM_SIZE] = {0};
    const struct keyfile_cost cost = {.passes = passes, .memory_kib = memory_kib};
    uint8_t out[KEYFILE_SIZE];
    assert_int_equal(keyfile_seal(kind, &cost, &secret_key, "", 0, random, out), KEYFILE_OK);
}

static void misuse_is_asserted(void **state)
{
    (void)state;
    seal(KEYFILE_PARTY_SIGNING, 1, KEYFILE_MEMORY_MIN_KIB);
    expect_assert_failure(seal(KEYFILE_PARTY_SIGNING, 0, KEYFILE_MEMORY_MIN_KIB));
    expect_assert_failure(seal(KEYFILE_PARTY_SIGNING, 1, KEYFILE_MEMORY_MIN_KIB - 1));
    expect_assert_failure(seal(KEYFILE_PARTY_SIGNING, 1, KEYFILE_MEMORY_MAX_KIB + 1));
    expect_assert_failure(seal((enum keyfile_kind)0, 1, KEYFILE_MEMORY_MIN_KIB));
    expect_assert_failure(seal((enum keyfile_kind)5, 1, KEYFILE_MEMORY_MIN_KIB));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_pass_phrase_opens),
        cmocka_unit_test(other_pass_phrases_do_not_open),
        cmocka_unit_test(every_truncation_and_extension_is_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(kinds_are_not_confused),
        cmocka_unit_test(another_public_key_in_the_clear_does_not_open),
        cmocka_unit_test(a_key_that_is_not_the_one_named_is_refused),
        cmocka_unit_test(senseless_headers_are_refused_before_any_work),
        cmocka_unit_test(the_random_bytes_change_everything_secret),
        cmocka_unit_test(kinds_have_words),
        cmocka_unit_test(misuse_is_asserted),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
