/*
 * Goal: exactly one form of certificate is accepted: q signers, canonical bitmap, every signature
 * valid over the same statement.
 */
#include "tests/unit/consensus/committee.h"

#include "tests/support/assert_hook.h"

static struct committee committee;
static uint8_t bytes[CERTIFICATE_SIZE_MAX + 1];

static bool reads(const uint8_t *data, size_t size, struct certificate *out)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, data, size);
    certificate_read(&reader, committee.n, out);
    return bytes_reader_done(&reader);
}

static bool holds(const struct certificate *certificate)
{
    return certificate_verify(certificate, &committee.chain_id, committee.keys, committee.n);
}

/* Goal: the sizes of the essay, and round trips for many n, odd ones included. */
static void test_round_trip(void **state)
{
    (void)state;
    const uint16_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        committee_init(&committee, sizes[i]);
        const size_t size =
            committee_certificate(&committee, CERTIFICATE_NOTARIZATION, 3, 9, bytes);
        struct certificate certificate;
        assert_int_equal(size, certificate_size(committee.n));
        assert_true(reads(bytes, size, &certificate));
        assert_true(holds(&certificate));
        uint8_t again[CERTIFICATE_SIZE_MAX];
        struct bytes_writer writer;
        bytes_writer_init(&writer, again, sizeof again);
        certificate_write(&writer, committee.n, &certificate);
        assert_int_equal(writer.size, size);
        assert_memory_equal(bytes, again, size);
    }
    assert_int_equal(certificate_size(4), 242);
    assert_int_equal(certificate_size(50), 2232);
    assert_int_equal(certificate_size(CONSENSUS_VALIDATORS_MAX), CERTIFICATE_SIZE_MAX);
}

static void test_sizes(void **state)
{
    (void)state;
    committee_init(&committee, 4);
    struct certificate certificate;
    const size_t size = committee_certificate(&committee, CERTIFICATE_FINALIZATION, 3, 9, bytes);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(reads(bytes, shorter, &certificate));
    }
    assert_false(reads(bytes, size + 1, &certificate));
}

/* Goal: fewer or more than q bits, and bits of validators that do not exist, are refused. */
static void test_bitmap(void **state)
{
    (void)state;
    committee_init(&committee, 4);
    const size_t size = committee_certificate(&committee, CERTIFICATE_NOTARIZATION, 3, 9, bytes);
    assert_int_equal(bytes[CERTIFICATE_FIXED_SIZE], 0x07);
    for (unsigned bitmap = 0; bitmap < 256; bitmap++) {
        struct certificate certificate;
        bytes[CERTIFICATE_FIXED_SIZE] = (uint8_t)bitmap;
        const bool canonical = bitmap == 0x07 || bitmap == 0x0B || bitmap == 0x0D || bitmap == 0x0E;
        assert_int_equal(reads(bytes, size, &certificate), canonical);
        if (canonical) {
            /* Another set of signers than those that signed. */
            assert_int_equal(holds(&certificate), bitmap == 0x07);
        }
    }
}

/* Goal: one bad signature, in any place of quorums below, at and above what is verified at once,
 * spoils the certificate. */
static void test_every_signature_counts(void **state)
{
    (void)state;
    const uint16_t sizes[] = {7, 10, 11, 14, 17}; /* quorums of 5, 7, 8, 10, 12 */
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        committee_init(&committee, sizes[n]);
        const size_t size =
            committee_certificate(&committee, CERTIFICATE_NULLIFICATION, 3, 0, bytes);
        const size_t first = size - quorum_size(committee.n) * (size_t)SIGN_SIGNATURE_SIZE;
        for (size_t i = 0; i < quorum_size(committee.n); i++) {
            struct certificate certificate;
            const size_t at = first + i * SIGN_SIGNATURE_SIZE + 5;
            bytes[at] ^= 1;
            assert_true(reads(bytes, size, &certificate));
            assert_false(holds(&certificate));
            bytes[at] ^= 1;
            assert_true(holds(&certificate));
        }
    }
}

/* Goal: what is known is not checked again, and everything else is. */
static void test_rest(void **state)
{
    (void)state;
    committee_init(&committee, 7);
    const size_t size = committee_certificate(&committee, CERTIFICATE_FINALIZATION, 3, 9, bytes);
    for (unsigned bad = 0; bad < 5; bad++) {
        struct certificate certificate;
        bytes[CERTIFICATE_FIXED_SIZE + 1 + bad * SIGN_SIGNATURE_SIZE + 5] ^= 1;
        assert_true(reads(bytes, size, &certificate));
        for (unsigned bits = 0; bits < 128; bits++) {
            const uint8_t known[CERTIFICATE_BITMAP_MAX] = {(uint8_t)bits};
            assert_int_equal(certificate_verify_rest(&certificate, &committee.chain_id,
                                                     committee.keys, committee.n, known),
                             (bits >> bad) & 1);
        }
        bytes[CERTIFICATE_FIXED_SIZE + 1 + bad * SIGN_SIGNATURE_SIZE + 5] ^= 1;
    }
}

/* Goal: a certificate says nothing about another view, block, kind, epoch or chain. */
static void test_statement_is_bound(void **state)
{
    (void)state;
    committee_init(&committee, 4);
    const size_t size = committee_certificate(&committee, CERTIFICATE_NOTARIZATION, 3, 9, bytes);
    const size_t places[] = {1, 9, 17 + 31};
    struct certificate certificate;
    for (size_t i = 0; i < 3; i++) {
        bytes[places[i]] ^= 4;
        assert_true(reads(bytes, size, &certificate));
        assert_false(holds(&certificate));
        bytes[places[i]] ^= 4;
    }
    bytes[0] = CERTIFICATE_FINALIZATION;
    assert_true(reads(bytes, size, &certificate));
    assert_false(holds(&certificate));
    const uint8_t kinds[] = {0, VOTE_BATCH, 255, CERTIFICATE_NULLIFICATION};
    for (size_t i = 0; i < 4; i++) {
        bytes[0] = kinds[i]; /* unknown, or a nullification with a hash */
        assert_false(reads(bytes, size, &certificate));
    }
}

/* Goal: the builder does not allow what would not be canonical. */
static void test_builder_misuse(void **state)
{
    (void)state;
    committee_init(&committee, 4);
    struct bytes_writer writer;
    struct certificate_builder builder;
    const struct hash hash = {{9}};
    const struct signature signature = {{0}};
    bytes_writer_init(&writer, bytes, sizeof bytes);
    certificate_begin(&builder, &writer, 4, CERTIFICATE_NOTARIZATION, 1, 3, &hash);
    assert_false(certificate_add(&builder, 1, &signature));
    expect_assert_failure((void)certificate_add(&builder, 1, &signature));
    expect_assert_failure((void)certificate_add(&builder, 0, &signature));
    expect_assert_failure((void)certificate_add(&builder, 4, &signature));
    assert_false(certificate_add(&builder, 2, &signature));
    assert_true(certificate_add(&builder, 3, &signature));
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_bitmap),         cmocka_unit_test(test_every_signature_counts),
        cmocka_unit_test(test_rest),           cmocka_unit_test(test_statement_is_bound),
        cmocka_unit_test(test_builder_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
