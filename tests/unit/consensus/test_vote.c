/*
 * Goal: a vote's signature holds for one statement, one chain, one epoch and one signer only.
 */
#include "tests/unit/consensus/committee.h"

static struct committee committee;

static bool reads(const uint8_t *bytes, size_t size, struct vote *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    vote_read(&reader, committee.n, out);
    return bytes_reader_done(&reader);
}

static size_t encode(const struct vote *vote, uint8_t *out)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, VOTE_SIZE);
    vote_write(&writer, vote);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

/* Goal: the signed bytes are 89 in number and begin with the protocol's name. */
static void test_sign_bytes(void **state)
{
    (void)state;
    uint8_t bytes[VOTE_SIGN_BYTES_SIZE];
    const struct hash hash = {{7}};
    vote_sign_bytes(VOTE_FINALIZE, &committee.chain_id, 2, 0x0102, &hash, bytes);
    assert_memory_equal(bytes, "TALLY-S1", 8);
    assert_memory_equal(bytes + 8, committee.chain_id.bytes, 32);
    assert_int_equal(bytes[40], VOTE_FINALIZE);
    assert_int_equal(bytes[41], 2);
    assert_int_equal(bytes[49], 0x02);
    assert_int_equal(bytes[50], 0x01);
    assert_int_equal(bytes[57], 7);
}

static void test_round_trip(void **state)
{
    (void)state;
    const enum vote_kind kinds[] = {VOTE_NOTARIZE, VOTE_NULLIFY, VOTE_FINALIZE, VOTE_BATCH};
    for (size_t i = 0; i < 4; i++) {
        const struct vote vote =
            committee_vote(&committee, kinds[i], 5, kinds[i] == VOTE_NULLIFY ? 0 : 9, 2);
        uint8_t bytes[VOTE_SIZE];
        uint8_t again[VOTE_SIZE];
        struct vote read;
        assert_int_equal(encode(&vote, bytes), VOTE_SIZE);
        assert_true(reads(bytes, sizeof bytes, &read));
        assert_true(vote_verify(&read, &committee.chain_id, &committee.keys[2]));
        (void)encode(&read, again);
        assert_memory_equal(bytes, again, sizeof bytes);
        for (size_t size = 0; size < VOTE_SIZE; size++) {
            assert_false(reads(bytes, size, &read));
        }
    }
}

/* Goal: replay in another view, epoch, chain, kind, for another block or signer is worthless. */
static void test_signature_binds_everything(void **state)
{
    (void)state;
    const struct vote vote = committee_vote(&committee, VOTE_NOTARIZE, 5, 9, 2);
    struct vote wrong[5] = {vote, vote, vote, vote, vote};
    wrong[0].view = 6;
    wrong[1].epoch = 2;
    wrong[2].kind = VOTE_FINALIZE;
    wrong[3].hash.bytes[31] = 1;
    wrong[4].signature.bytes[0] ^= 1;
    for (size_t i = 0; i < 5; i++) {
        assert_false(vote_verify(&wrong[i], &committee.chain_id, &committee.keys[2]));
    }
    const struct hash other_chain = {{0xC4, 0xA2}};
    assert_false(vote_verify(&vote, &other_chain, &committee.keys[2]));
    assert_false(vote_verify(&vote, &committee.chain_id, &committee.keys[1]));
}

/* Goal: what is not a vote is refused before any signature is looked at. */
static void test_refused_forms(void **state)
{
    (void)state;
    struct vote wrong[6];
    for (size_t i = 0; i < 6; i++) {
        wrong[i] = committee_vote(&committee, VOTE_NOTARIZE, 5, 9, 2);
    }
    wrong[0].kind = (enum vote_kind)0;
    wrong[1].kind = (enum vote_kind)5;
    wrong[2].view = 0;
    wrong[3].signer = committee.n;
    wrong[4].hash = (struct hash){{0}};
    wrong[5].kind = VOTE_NULLIFY; /* with a hash */
    for (size_t i = 0; i < 6; i++) {
        uint8_t bytes[VOTE_SIZE];
        struct vote read;
        (void)encode(&wrong[i], bytes);
        assert_false(reads(bytes, sizeof bytes, &read));
    }
}

int main(void)
{
    committee_init(&committee, 4);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_bytes),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_signature_binds_everything),
        cmocka_unit_test(test_refused_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
