/*
 * Goal: receipts are read as written, and nothing else is: no other length, no unknown number.
 */
#include "ledger/command/receipt.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct receipt sample(void)
{
    struct receipt receipt = {.height = 7,
                              .index = 3,
                              .envelope_id = {{1, 2, 3}},
                              .command_index = RECEIPT_WHOLE_ENVELOPE,
                              .command_kind = 40,
                              .reference = {.size = 2, .text = "R1"},
                              .outcome = OUTCOME_REFUSED,
                              .reason = REASON_MUNO,
                              .detail = DETAIL_LIMIT,
                              .field = FIELD_QUANTITY,
                              .instruction_sequence = 9,
                              .first_height = 5,
                              .first_index = 4};
    bool valid = bic_parse("BANKDEFF", 8, &receipt.party);
    assert_true(valid);
    return receipt;
}

static size_t encode(const struct receipt *receipt, uint8_t *bytes)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, RECEIPT_BYTES_MAX);
    receipt_encode(receipt, &writer);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static void test_round_trip(void **state)
{
    struct receipt receipt = sample();
    struct receipt back;
    uint8_t bytes[RECEIPT_BYTES_MAX];
    uint8_t again[RECEIPT_BYTES_MAX];
    (void)state;
    size_t size = encode(&receipt, bytes);
    assert_true(receipt_decode(&back, bytes, size));
    assert_int_equal(back.height, 7);
    assert_int_equal(back.reason, REASON_MUNO);
    assert_int_equal(back.first_index, 4);
    assert_int_equal(encode(&back, again), size);
    assert_memory_equal(bytes, again, size);
}

/* The longest one fits what is set aside for it. */
static void test_longest_fits(void **state)
{
    struct receipt receipt = sample();
    uint8_t bytes[RECEIPT_BYTES_MAX];
    (void)state;
    receipt.reference.size = TEXT_SIZE_MAX;
    memset(receipt.reference.text, 'R', TEXT_SIZE_MAX);
    assert_true(encode(&receipt, bytes) <= RECEIPT_BYTES_MAX);
}

static void test_other_lengths_are_refused(void **state)
{
    struct receipt receipt = sample();
    struct receipt back;
    uint8_t bytes[RECEIPT_BYTES_MAX + 1] = {0};
    (void)state;
    size_t size = encode(&receipt, bytes);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(receipt_decode(&back, bytes, shorter));
    }
    assert_false(receipt_decode(&back, bytes, size + 1));
}

/* What a receipt does not say takes no bytes, and nothing says that it is there. */
static void test_what_is_not_said_takes_no_bytes(void **state)
{
    struct receipt receipt = {.height = 7,
                              .index = 3,
                              .command_kind = 40,
                              .reference = {.size = 2, .text = "R1"},
                              .outcome = OUTCOME_DONE};
    struct receipt back;
    uint8_t bytes[RECEIPT_BYTES_MAX] = {0};
    (void)state;
    size_t size = encode(&receipt, bytes);
    assert_int_equal(size, HASH_SIZE + 6 + BIC_SIZE + 3);
    for (unsigned bit = 0; bit < 8; bit++) {
        bytes[HASH_SIZE + 2] = (uint8_t)(1u << bit);
        for (size_t more = 0; more < 3; more++) { /* of it: nothing, or zero */
            assert_false(receipt_decode(&back, bytes, size + more));
        }
    }
    receipt = sample();
    receipt.height = UINT64_MAX;
    receipt.index = UINT32_MAX;
    receipt.instruction_sequence = UINT64_MAX;
    receipt.first_height = UINT64_MAX;
    receipt.first_index = UINT32_MAX;
    receipt.restriction.size = receipt.reference.size = TEXT_SIZE_MAX;
    memset(receipt.reference.text, 'R', TEXT_SIZE_MAX);
    memset(receipt.restriction.text, 'T', TEXT_SIZE_MAX);
    receipt.rule = UINT8_MAX;
    size = encode(&receipt, bytes);
    assert_true(receipt_decode(&back, bytes, size));
    assert_true(back.rule == UINT8_MAX && back.first_height == UINT64_MAX);
    assert_int_equal(back.restriction.size, TEXT_SIZE_MAX);
}

static void refuses(struct receipt receipt)
{
    struct receipt back;
    uint8_t bytes[RECEIPT_BYTES_MAX];
    size_t size = encode(&receipt, bytes);
    assert_false(receipt_decode(&back, bytes, size));
}

static void test_unknown_numbers_are_refused(void **state)
{
    struct receipt receipt = sample();
    (void)state;
    receipt.outcome = 0;
    refuses(receipt);
    receipt.outcome = 200;
    refuses(receipt);
    receipt = sample();
    receipt.reason = (enum reason)999;
    refuses(receipt);
    receipt = sample();
    receipt.detail = (enum detail)999;
    refuses(receipt);
    receipt = sample();
    receipt.field = (enum field)999;
    refuses(receipt);
    receipt = sample();
    receipt.party.text[0] = 'b';
    refuses(receipt);
}

static void test_whose_a_receipt_is_needs_no_decoding(void **state)
{
    struct receipt receipt = sample();
    struct hash other = receipt.envelope_id;
    uint8_t bytes[RECEIPT_BYTES_MAX];
    size_t size = encode(&receipt, bytes);
    (void)state;
    other.bytes[HASH_SIZE - 1] ^= 1;
    assert_true(receipt_is_of(bytes, size, &receipt.envelope_id));
    assert_false(receipt_is_of(bytes, size, &other));
    assert_true(receipt_is_of(bytes, HASH_SIZE, &receipt.envelope_id));
    assert_false(receipt_is_of(bytes, HASH_SIZE - 1, &receipt.envelope_id));
    assert_false(receipt_is_of(bytes, 0, &receipt.envelope_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_longest_fits),
        cmocka_unit_test(test_other_lengths_are_refused),
        cmocka_unit_test(test_what_is_not_said_takes_no_bytes),
        cmocka_unit_test(test_unknown_numbers_are_refused),
        cmocka_unit_test(test_whose_a_receipt_is_needs_no_decoding),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
