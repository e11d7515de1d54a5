/*
 * Goal: every business identifier has one form only; anything else is refused, in memory and on the
 * wire.
 */
#include "ledger/values/identifier.h"

#include <string.h>

#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static bool isin(const char *text)
{
    struct asset_code code;
    return asset_code_parse(text, strlen(text), &code) && code.size == ISIN_SIZE;
}

static bool bic(const char *text)
{
    struct bic parsed;
    return bic_parse(text, strlen(text), &parsed);
}

static bool text(const char *characters)
{
    struct text35 parsed;
    return text35_parse(characters, strlen(characters), &parsed);
}

static void test_isin_check_digits(void **state)
{
    (void)state;
    assert_true(isin("US0378331005"));
    assert_true(isin("DE0007164600"));
    assert_true(isin("AU0000XVGZA3"));
    assert_true(isin("GB0002634946"));
    assert_false(isin("US0378331006"));
    assert_false(isin("US0373831005")); /* two digits exchanged */
    assert_false(isin("AU0000XVGZA2"));
}

static void test_isin_form(void **state)
{
    (void)state;
    assert_false(isin(""));
    assert_false(isin("US037833100"));
    assert_false(isin("US03783310055"));
    assert_false(isin("us0378331005"));
    assert_false(isin("0S0378331005"));
    assert_false(isin("US037833100A"));
    assert_false(isin("US03783 1005"));
}

static void test_currency_form(void **state)
{
    struct asset_code code;
    (void)state;
    assert_true(asset_code_parse("EUR", 3, &code));
    assert_int_equal(code.size, 3);
    assert_false(asset_code_parse("EU", 2, &code));
    assert_false(asset_code_parse("eur", 3, &code));
    assert_false(asset_code_parse("EU1", 3, &code));
    assert_false(asset_code_parse("EURO", 4, &code));
    assert_int_equal(code.size, 0);
    struct asset_code dirty = {.size = 3, .text = {'E', 'U', 'R', 'X'}};
    assert_false(asset_code_valid(&dirty));
}

static void test_bic_form(void **state)
{
    struct bic padded;
    (void)state;
    assert_true(bic("BANKDEFF"));
    assert_true(bic("BANKDEFFXXX"));
    assert_true(bic("B4NKDE2A123"));
    assert_true(bic_parse("BANKDEFF", 8, &padded));
    assert_memory_equal(padded.text, "BANKDEFFXXX", BIC_SIZE);
    assert_false(bic("BANKDEF"));
    assert_false(bic("BANKDEFFX"));
    assert_false(bic("bankdeff"));
    assert_false(bic("BANK1EFF"));
    assert_false(bic("BANKDEFFXX "));
    struct bic absent = {{0}};
    assert_false(bic_valid(&absent));
    assert_true(bic_absent(&absent));
}

static void test_text_form(void **state)
{
    (void)state;
    assert_true(text("A"));
    assert_true(text("a-b/c?d:e(f)g.h,i'j+k l"));
    assert_true(text("12345678901234567890123456789012345"));
    assert_false(text(""));
    assert_false(text("123456789012345678901234567890123456"));
    assert_false(text(" A"));
    assert_false(text("A "));
    assert_false(text("A\nB"));
    assert_false(text("A_B"));
    assert_false(text("A*"));
    assert_false(text("\xc3\xa4"));
    struct text35 hidden;
    assert_false(text35_parse("A\0B", 3, &hidden));
}

static void test_text_equality(void **state)
{
    struct text35 a = {.size = 1, .text = "A"};
    struct text35 aa = {.size = 2, .text = "AA"};
    struct text35 b = {.size = 1, .text = "B"};
    (void)state;
    assert_true(text35_equal(&a, &a));
    assert_false(text35_equal(&a, &aa));
    assert_false(text35_equal(&a, &b));
}

/* What is written is read again; absent values too. */
static void test_round_trip(void **state)
{
    uint8_t bytes[128];
    struct bytes_writer writer;
    struct bytes_reader reader;
    struct bic some_bic = {{0}};
    struct asset_code code = {0};
    struct text35 some_text = {0};
    (void)state;
    for (int given = 0; given < 2; given++) {
        bytes_writer_init(&writer, bytes, sizeof(bytes));
        bic_write(&writer, &some_bic);
        asset_code_write(&writer, &code);
        text35_write(&writer, &some_text);
        bytes_reader_init(&reader, bytes, writer.size);
        struct bic bic_back = bic_read(&reader);
        struct asset_code code_back = asset_code_read(&reader);
        struct text35 text_back = text35_read(&reader);
        assert_true(bytes_reader_done(&reader));
        assert_true(bic_equal(&bic_back, &some_bic));
        assert_true(asset_code_equal(&code_back, &code));
        assert_true(text35_equal(&text_back, &some_text));
        assert_true(bic_parse("BANKDEFF", 8, &some_bic));
        assert_true(asset_code_parse("EUR", 3, &code));
        assert_true(text35_parse("REF 1", 5, &some_text));
    }
}

static bool reads(const char *bytes, size_t size, int what)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes, size);
    if (what == 0) {
        (void)bic_read(&reader);
    } else if (what == 1) {
        (void)asset_code_read(&reader);
    } else {
        (void)text35_read(&reader);
    }
    return bytes_reader_done(&reader);
}

static void test_reading_refuses_other_forms(void **state)
{
    (void)state;
    assert_false(reads("bankdeffxxx", 11, 0));
    assert_false(reads("BANKDEFF\0\0\0", 11, 0));
    assert_false(reads("BANKDEFFXX", 10, 0));
    assert_false(reads("\x04"
                       "EURO",
                       5, 1));
    assert_false(reads("\x03"
                       "EU",
                       3, 1));
    assert_false(reads("\x0c"
                       "US0378331006",
                       13, 1));
    assert_false(reads("\x24"
                       "123456789012345678901234567890123456",
                       37, 2));
    assert_false(reads("\x02"
                       " A",
                       3, 2));
    assert_false(reads("\x05"
                       "ABC",
                       4, 2));
    assert_true(reads("\x03"
                      "ABC",
                      4, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isin_check_digits),
        cmocka_unit_test(test_isin_form),
        cmocka_unit_test(test_currency_form),
        cmocka_unit_test(test_bic_form),
        cmocka_unit_test(test_text_form),
        cmocka_unit_test(test_text_equality),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_reading_refuses_other_forms),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
