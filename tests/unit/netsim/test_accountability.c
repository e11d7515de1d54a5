/*
 * Goal: who said two things that exclude each other is convicted, wherever they were said: in
 * votes, proposals, certificates, justifications, records; and nobody else is. The forms are
 * written here byte by byte.
 */
#include "netsim/check/accountability.h"

#include "base/bytes.h"
#include "crypto/hash.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum {
    MEMBERS = 4,
    CERTIFICATE_BYTES = 49 + 1 + 3 * 64,
    VOTE_BYTES = 115,
    HEADER_BYTES = 215,
    NOTARIZE = 1,
    NULLIFY = 2,
    FINALIZE = 3
};

static struct accountability *accountability;
static uint8_t bytes[2048];

static int set_up(void **state)
{
    (void)state;
    accountability = accountability_new(MEMBERS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    accountability_free(accountability);
    return 0;
}

static void statement_write(uint8_t *at, uint8_t kind, uint64_t view, uint8_t hash)
{
    memset(at, 0, 49);
    at[0] = kind;
    bytes_put_u64(at + 1, 1);
    bytes_put_u64(at + 9, view);
    at[17] = hash;
}

static void hear_vote(uint32_t signer, uint8_t kind, uint64_t view, uint8_t hash)
{
    memset(bytes, 0, sizeof bytes);
    statement_write(bytes, kind, view, hash);
    bytes_put_u16(bytes + 49, (uint16_t)signer);
    accountability_hear(accountability, bytes, VOTE_BYTES + 40);
}

static void certificate_write_at(uint8_t *at, uint8_t signers, uint8_t kind, uint64_t view,
                                 uint8_t hash)
{
    memset(at, 0, CERTIFICATE_BYTES);
    statement_write(at, kind, view, hash);
    at[49] = signers;
}

static void hear_certificate(uint8_t signers, uint8_t kind, uint64_t view, uint8_t hash)
{
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 6;
    certificate_write_at(bytes + 1, signers, kind, view, hash);
    accountability_hear(accountability, bytes, 1 + CERTIFICATE_BYTES);
}

static void assert_convicted(uint32_t expected)
{
    struct member_set culprits = accountability_culprits(accountability);
    assert_true(culprits.words[0] == expected && culprits.words[1] == 0);
}

static void honest_members_are_not_convicted(void **state)
{
    (void)state;
    for (uint32_t member = 0; member < MEMBERS; member++) {
        hear_vote(member, NOTARIZE, 1, 7);
        hear_vote(member, FINALIZE, 1, 7);
        hear_vote(member, NOTARIZE, 1, 7);
        hear_vote(member, NOTARIZE, 2, 8); /* another view */
        hear_vote(member, NULLIFY, 2, 0);  /* E5 */
    }
    hear_certificate(0x7, NOTARIZE, 1, 7);
    assert_convicted(0);
}

static void each_offence_convicts(void **state)
{
    (void)state;
    hear_vote(0, NOTARIZE, 40, 7); /* more views than at the beginning */
    hear_vote(0, NOTARIZE, 40, 8);
    hear_vote(1, FINALIZE, 2, 7);
    hear_vote(1, FINALIZE, 2, 8);
    hear_vote(2, NULLIFY, 3, 0);
    hear_vote(2, FINALIZE, 3, 7);
    hear_vote(3, FINALIZE, 4, 7);
    assert_convicted(0x7);
    hear_vote(3, NULLIFY, 4, 0);
    assert_convicted(0xF);
    accountability_reset(accountability);
    assert_convicted(0);
    hear_vote(0, NOTARIZE, 40, 8); /* what was said before is forgotten */
    assert_convicted(0);
}

static void two_certificates_convict_their_overlap(void **state)
{
    (void)state;
    hear_certificate(0x7, FINALIZE, 5, 1);
    hear_certificate(0xE, FINALIZE, 5, 2);
    assert_convicted(0x6);
}

/* A proposal is its leader's NOTARIZE, and its justification speaks too. */
static void proposals_and_justifications_speak(void **state)
{
    struct hash hash;
    uint8_t *block = bytes + 1 + 64;
    (void)state;
    hear_vote(2, NOTARIZE, 9, 7);
    hear_certificate(0x7, FINALIZE, 8, 1);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 5;
    bytes_put_u64(block + 8, 9);
    bytes_put_u16(block + 213, 2);
    bytes_put_u32(block + HEADER_BYTES, 2 + CERTIFICATE_BYTES);
    bytes_put_u16(block + HEADER_BYTES + 4, 1);
    certificate_write_at(block + HEADER_BYTES + 6, 0xB, NULLIFY, 8, 0);
    accountability_hear(accountability, bytes, 1 + 64 + HEADER_BYTES + 6 + CERTIFICATE_BYTES + 4);
    hash_compute(&hash, HASH_HEADER, block, HEADER_BYTES);
    assert_true(hash.bytes[0] != 7);
    assert_convicted(0x7); /* 2 by its proposal, 0 and 1 by finalising and nullifying view 8 */
}

static void records_speak(void **state)
{
    (void)state;
    hear_vote(1, NULLIFY, 3, 0);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 3; /* VOTE */
    statement_write(bytes + 1, FINALIZE, 3, 7);
    bytes_put_u16(bytes + 50, 1);
    accountability_read(accountability, bytes, 1 + VOTE_BYTES);
    assert_convicted(0x2);
    hear_certificate(0x9, NOTARIZE, 6, 1);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 4; /* CERTIFICATE */
    certificate_write_at(bytes + 1, 0xC, NOTARIZE, 6, 2);
    accountability_read(accountability, bytes, 1 + CERTIFICATE_BYTES);
    assert_convicted(0xA);
}

static void rubbish_says_nothing(void **state)
{
    (void)state;
    memset(bytes, 0xFF, sizeof bytes);
    for (uint32_t kind = 0; kind < 256; kind++) {
        for (size_t size = 1; size < 300; size += 7) {
            bytes[0] = (uint8_t)kind;
            if (kind < 1 || kind > 3) { /* votes name views, which tests keep small */
                bytes_put_u64(bytes + 9, 1);
                bytes_put_u64(bytes + 10, 1);
                accountability_hear(accountability, bytes, size);
            }
        }
    }
    assert_convicted(0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(honest_members_are_not_convicted),
        TEST(each_offence_convicts),
        TEST(two_certificates_convict_their_overlap),
        TEST(proposals_and_justifications_speak),
        TEST(records_speak),
        TEST(rubbish_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
