/*
 * Goal: every business identifier has one form only; anything else is refused, in memory and on the
 * wire.
 */
#include "ledger/values/identifier.h"

#include <stdlib.h>
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

/*
 * Reads a text before which `before` bytes stand and behind which `behind` follow that are none of
 * it, from memory that is no larger: it is what parsing it makes, or nothing and a failure.
 */
static void reading_assert(const char *bytes, size_t size, size_t before, size_t behind)
{
    uint8_t *memory = malloc(before + 1 + size + behind);
    struct text35 parsed;
    struct text35 read = {0};
    struct bytes_reader reader;
    assert_non_null(memory);
    memset(memory, 0xff, before + 1 + size + behind);
    memory[before] = (uint8_t)size;
    memcpy(memory + before + 1, bytes, size);
    bytes_reader_init(&reader, memory, before + 1 + size + behind);
    (void)bytes_read_view(&reader, before);
    text35_take(&read, &reader);
    bool fine = text35_parse(bytes, size, &parsed);
    assert_memory_equal(&read, &parsed, sizeof parsed);
    assert_int_equal(reader.failed, !fine);
    assert_true(!fine || bytes_reader_left(&reader) == behind);
    free(memory);
}

/* Goal: each character is looked at, wherever it stands and however long the text is. */
static void test_every_character_everywhere(void **state)
{
    static const char set[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ";
    static const char upper_or_digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (void)state;
    for (size_t size = 1; size <= TEXT_SIZE_MAX; size++) {
        for (size_t at = 0; at < size; at++) {
            for (int character = 0; character < 256; character++) {
                char bytes[TEXT_SIZE_MAX];
                struct text35 text;
                bool edge = at == 0 || at == size - 1;
                bool fine =
                    character != 0 && strchr(set, character) != NULL && !(edge && character == ' ');
                memset(bytes, 'x', sizeof bytes);
                bytes[at] = (char)character;
                assert_int_equal(text35_parse(bytes, size, &text), fine);
                assert_int_equal(text.size, fine ? size : 0);
                reading_assert(bytes, size, 0, (size_t)character % 40);
                reading_assert(bytes, size, 20, (size_t)character % 40);
            }
        }
    }
    for (size_t at = 0; at < BIC_SIZE; at++) {
        for (int character = 0; character < 256; character++) {
            struct bic bic = {"MARKDEFFXXX"};
            bool country = at == 4 || at == 5;
            bool fine = character != 0 && strchr(upper_or_digit, character) != NULL &&
                        (!country || character >= 'A');
            bic.text[at] = (char)character;
            assert_int_equal(bic_valid(&bic), fine);
        }
    }
}

/* ISO 6166, annex A, as it is written: letters become two digits, every second digit from the right
 * is doubled, digits are added. */
static bool isin_check_plain(const char *text)
{
    uint32_t digits[2 * ISIN_SIZE];
    size_t count = 0;
    uint32_t sum = 0;
    for (size_t i = 0; i < ISIN_SIZE; i++) {
        uint32_t number = (uint32_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'A' + 10);
        if (number >= 10) {
            digits[count++] = number / 10;
        }
        digits[count++] = number % 10;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t value = digits[count - 1 - i] * (1 + (uint32_t)i % 2);
        sum += value / 10 + value % 10;
    }
    return sum % 10 == 0;
}

/* Goal: the check digit of any mixture of letters and digits is that of the standard. */
static void test_isin_check_digits_of_all_forms(void **state)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t random = 1;
    uint32_t valid = 0;
    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        char text[ISIN_SIZE];
        for (size_t at = 0; at < ISIN_SIZE; at++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[at] = characters[(random >> 33) % 36];
        }
        assert_int_equal(isin_check_digit_valid(text), isin_check_plain(text));
        valid += isin_check_plain(text);
    }
    assert_in_range(valid, 9000, 11000);
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
        cmocka_unit_test(test_every_character_everywhere),
        cmocka_unit_test(test_isin_check_digits_of_all_forms),
        cmocka_unit_test(test_text_equality),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_reading_refuses_other_forms),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
