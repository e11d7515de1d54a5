/*
 * Goal: an instruction has one form in a command: each optional field adds its bit and its bytes
 * and comes back; a bit whose field is empty is refused; and names that were right in the command
 * before spare a check, but never let pass what is wrong.
 */
#include "ledger/command/instruct_form.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

enum {
    SAID_OFFSET = 4,
    DELIVERER_OFFSET = 18,
    ASSET_OFFSET = 62,
    PLAIN_SIZE = 62 + 13,
    HEAD_SIZE = 15, /* of a command with a reference of 8 characters */
    HASH_BLOCK = 128,
    FIELDS = 16,
};

static const struct command_instruct nothing;

static struct bic bic_of(const char *text)
{
    struct bic bic;
    assert_true(bic_parse(text, strlen(text), &bic));
    return bic;
}

static struct text35 text_of(const char *characters)
{
    struct text35 text;
    assert_true(text35_parse(characters, strlen(characters), &text));
    return text;
}

static struct asset_code code_of(const char *characters)
{
    struct asset_code code;
    assert_true(asset_code_parse(characters, strlen(characters), &code));
    return code;
}

/* Nothing that it need not say. */
static struct command_instruct plain(void)
{
    return (struct command_instruct){.payment = PAYMENT_FREE,
                                     .movement = MOVEMENT_DELI,
                                     .asset = code_of("US0378331005"),
                                     .quantity = -5,
                                     .settlement_date = 20261124,
                                     .deliverer = bic_of("AAAADEFF"),
                                     .receiver = bic_of("BBBBDEFF"),
                                     .deliverer_depository = bic_of("CCCCDEFF"),
                                     .receiver_depository = bic_of("DDDDDEFF"),
                                     .partial = PARTIAL_NPAR,
                                     .transaction_type = TRANSACTION_TRAD};
}

/* Fills the field of a bit. Returns the bytes that it takes. */
static size_t field_fill(struct command_instruct *body, uint32_t bit)
{
    struct text35 text = text_of("SOME");
    switch (bit) {
    case 0:
        body->currency = code_of("EUR");
        body->amount = -1;
        body->credit_debit = CREDIT_DEBIT_CRDT;
        return 4 + 8 + 1;
    case 1:
        body->conditions = 1u << 31;
        return 4;
    case 2:
        body->cum_ex = CUM_EX_XCPN;
        return 1;
    case 3:
        body->priority = PRIORITY_HIGH;
        return 1;
    case 4:
        body->common_reference = text;
        return 5;
    case 5:
        body->deliverer_client = bic_of("EEEEDEFF");
        return BIC_SIZE;
    case 6:
        body->receiver_client = bic_of("EEEEDEFF");
        return BIC_SIZE;
    case 7:
        body->deliverer_account = text;
        return 5;
    case 8:
        body->receiver_account = text;
        return 5;
    case 9:
        body->account = text;
        return 5;
    case 10:
        body->cash_account = text;
        return 5;
    case 11:
        body->link_count = 2;
        body->links[0] = (struct command_instruct_link){LINK_WITH, text};
        body->links[1] = (struct command_instruct_link){0, {0}}; /* is read; means nothing */
        return 1 + 6 + 2;
    case 12:
        body->pool_total = 2;
        return 1 + 2 + 2;
    case 13:
        body->restriction_count = 1;
        body->restrictions[0] = text;
        return 1 + 5;
    case 14:
        body->hold = true;
        return 0;
    default:
        body->restricted_only = true;
        return 0;
    }
}

static size_t written(const struct command_instruct *body, uint8_t bytes[COMMAND_BYTES_MAX])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, COMMAND_BYTES_MAX);
    instruct_form_write(body, &writer);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static bool readable(const uint8_t *bytes, size_t size, const struct command_instruct *known,
                     struct command_instruct *out)
{
    struct bytes_reader reader;
    memset(out, 0, sizeof *out);
    bytes_reader_init(&reader, bytes, size);
    instruct_form_read(out, known, &reader);
    return bytes_reader_done(&reader);
}

/* Does it come back, whether its names are known or not? */
static void back_assert(const struct command_instruct *body, const uint8_t *bytes, size_t size)
{
    const struct command_instruct *const known[] = {&nothing, body};
    for (size_t i = 0; i < 2; i++) {
        struct command_instruct back;
        uint8_t again[COMMAND_BYTES_MAX];
        assert_true(readable(bytes, size, known[i], &back));
        assert_int_equal(written(&back, again), size);
        assert_memory_equal(again, bytes, size);
        assert_true(bic_equal(&back.receiver_depository, &body->receiver_depository));
        assert_true(asset_code_equal(&back.currency, &body->currency));
        assert_true(text35_equal(&back.cash_account, &body->cash_account));
        assert_true(back.quantity == body->quantity && back.amount == body->amount);
        assert_int_equal(back.hold, body->hold);
    }
}

static void test_each_field_adds_its_bit_and_its_bytes(void **state)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command_instruct all = plain();
    size_t all_size = PLAIN_SIZE;
    (void)state;
    assert_int_equal(written(&all, bytes), PLAIN_SIZE);
    assert_int_equal(bytes_get_u16(bytes + SAID_OFFSET), 0);
    back_assert(&all, bytes, PLAIN_SIZE);
    for (uint32_t bit = 0; bit < FIELDS; bit++) {
        struct command_instruct body = plain();
        size_t size = PLAIN_SIZE + field_fill(&body, bit);
        all_size += field_fill(&all, bit);
        assert_int_equal(written(&body, bytes), size);
        assert_int_equal(bytes_get_u16(bytes + SAID_OFFSET), 1u << bit);
        back_assert(&body, bytes, size);
    }
    assert_int_equal(written(&all, bytes), all_size);
    assert_int_equal(bytes_get_u16(bytes + SAID_OFFSET), 0xffff);
    back_assert(&all, bytes, all_size);
}

/* The bit alone, with what would be an empty field, and with less. */
static void test_a_bit_without_its_field_is_refused(void **state)
{
    static const size_t empty_sizes[14] = {10, 4, 1, 1, 1, 11, 11, 1, 1, 1, 1, 1, 5, 1};
    (void)state;
    for (uint32_t bit = 0; bit < 14; bit++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        struct command_instruct body = plain();
        struct command_instruct back;
        size_t size = written(&body, bytes);
        bytes_put_u16(bytes + SAID_OFFSET, (uint16_t)(1u << bit));
        memset(bytes + size, 0, empty_sizes[bit]);
        for (size_t more = 0; more <= empty_sizes[bit]; more++) {
            assert_false(readable(bytes, size + more, &nothing, &back));
        }
    }
}

static void test_a_field_without_its_bit_is_refused(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 14; bit++) {
        uint8_t bytes[COMMAND_BYTES_MAX];
        struct command_instruct body = plain();
        struct command_instruct back;
        (void)field_fill(&body, bit);
        size_t size = written(&body, bytes);
        bytes_put_u16(bytes + SAID_OFFSET, 0);
        assert_false(readable(bytes, size, &nothing, &back));
    }
}

static void test_more_than_the_lists_hold_is_refused(void **state)
{
    uint8_t bytes[COMMAND_BYTES_MAX] = {0};
    struct command_instruct body = plain();
    struct command_instruct back;
    (void)state;
    body.link_count = 1;
    (void)written(&body, bytes);
    bytes[PLAIN_SIZE] = COMMAND_LINKS_MAX + 1;
    assert_false(readable(bytes, PLAIN_SIZE + 1 + 2 * (COMMAND_LINKS_MAX + 1), &nothing, &back));
    assert_int_equal(back.link_count, 0);
    body = plain();
    body.restriction_count = 1;
    body.restrictions[0] = text_of("R");
    (void)written(&body, bytes);
    bytes[PLAIN_SIZE] = RESTRICTION_DRAWS_MAX + 1;
    assert_false(readable(bytes, PLAIN_SIZE + 3, &nothing, &back));
    assert_int_equal(back.restriction_count, 0);
    body.restriction_count = RESTRICTION_DRAWS_MAX + 1;
    expect_assert_failure((void)written(&body, bytes));
    body = plain();
    body.link_count = COMMAND_LINKS_MAX + 1;
    expect_assert_failure((void)written(&body, bytes));
}

/* A wrong name is refused wherever it stands, whatever was right before. */
static void test_what_is_known_lets_nothing_wrong_pass(void **state)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command_instruct body = plain();
    struct command_instruct back;
    (void)state;
    (void)field_fill(&body, 0);
    size_t size = written(&body, bytes);
    for (size_t at = DELIVERER_OFFSET; at < ASSET_OFFSET; at++) {
        bytes[at] ^= 0x20; /* a small letter, or what is no letter at all */
        assert_false(readable(bytes, size, &body, &back));
        assert_false(readable(bytes, size, &nothing, &back));
        bytes[at] ^= 0x20;
    }
    for (size_t at = ASSET_OFFSET; at < ASSET_OFFSET + 13 + 4; at++) {
        bytes[at] ^= 0x21; /* another size, a wrong check digit, no letter */
        assert_false(readable(bytes, size, &body, &back));
        assert_false(readable(bytes, size, &nothing, &back));
        bytes[at] ^= 0x21;
    }
    assert_true(readable(bytes, size, &body, &back));
}

/* Absent parties are read: it is the ledger's to say what is missing. */
static void test_absent_names_are_read(void **state)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command_instruct known = plain();
    struct command_instruct body = {0};
    (void)state;
    size_t size = written(&body, bytes);
    back_assert(&body, bytes, size);
    assert_true(readable(bytes, size, &known, &body));
    assert_true(bic_absent(&body.deliverer));
    assert_int_equal(body.asset.size, 0);
}

static void test_what_is_common_fits_in_one_block_of_the_hash(void **state)
{
    uint8_t bytes[COMMAND_BYTES_MAX];
    struct command_instruct body = plain();
    (void)state;
    (void)field_fill(&body, 0);
    body.common_reference = text_of("COMMON-00001");
    assert_in_range(BIC_SIZE + HEAD_SIZE + written(&body, bytes), 1, HASH_BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_field_adds_its_bit_and_its_bytes),
        cmocka_unit_test(test_a_bit_without_its_field_is_refused),
        cmocka_unit_test(test_a_field_without_its_bit_is_refused),
        cmocka_unit_test(test_more_than_the_lists_hold_is_refused),
        cmocka_unit_test(test_what_is_known_lets_nothing_wrong_pass),
        cmocka_unit_test(test_absent_names_are_read),
        cmocka_unit_test(test_what_is_common_fits_in_one_block_of_the_hash),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
