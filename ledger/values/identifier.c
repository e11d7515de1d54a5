#include "ledger/values/identifier.h"

#include <string.h>

/* Of which sets a character is: looked up for every one of a command. */
enum character {
    CHARACTER_UPPER = 1,
    CHARACTER_DIGIT = 2,
    CHARACTER_UPPER_OR_DIGIT = 4,
    CHARACTER_TEXT = 8, /* the SWIFT x set without line ends */
};

#define UPPER (CHARACTER_UPPER | CHARACTER_UPPER_OR_DIGIT | CHARACTER_TEXT)
#define DIGIT (CHARACTER_DIGIT | CHARACTER_UPPER_OR_DIGIT | CHARACTER_TEXT)
#define OTHER CHARACTER_TEXT

static const uint8_t characters[256] = {
    ['A'] = UPPER, ['B'] = UPPER, ['C'] = UPPER, ['D'] = UPPER, ['E'] = UPPER,  ['F'] = UPPER,
    ['G'] = UPPER, ['H'] = UPPER, ['I'] = UPPER, ['J'] = UPPER, ['K'] = UPPER,  ['L'] = UPPER,
    ['M'] = UPPER, ['N'] = UPPER, ['O'] = UPPER, ['P'] = UPPER, ['Q'] = UPPER,  ['R'] = UPPER,
    ['S'] = UPPER, ['T'] = UPPER, ['U'] = UPPER, ['V'] = UPPER, ['W'] = UPPER,  ['X'] = UPPER,
    ['Y'] = UPPER, ['Z'] = UPPER, ['a'] = OTHER, ['b'] = OTHER, ['c'] = OTHER,  ['d'] = OTHER,
    ['e'] = OTHER, ['f'] = OTHER, ['g'] = OTHER, ['h'] = OTHER, ['i'] = OTHER,  ['j'] = OTHER,
    ['k'] = OTHER, ['l'] = OTHER, ['m'] = OTHER, ['n'] = OTHER, ['o'] = OTHER,  ['p'] = OTHER,
    ['q'] = OTHER, ['r'] = OTHER, ['s'] = OTHER, ['t'] = OTHER, ['u'] = OTHER,  ['v'] = OTHER,
    ['w'] = OTHER, ['x'] = OTHER, ['y'] = OTHER, ['z'] = OTHER, ['0'] = DIGIT,  ['1'] = DIGIT,
    ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT,  ['7'] = DIGIT,
    ['8'] = DIGIT, ['9'] = DIGIT, ['/'] = OTHER, ['-'] = OTHER, ['?'] = OTHER,  [':'] = OTHER,
    ['('] = OTHER, [')'] = OTHER, ['.'] = OTHER, [','] = OTHER, ['\''] = OTHER, ['+'] = OTHER,
    [' '] = OTHER,
};

/* The sets that all of them are of. */
static uint8_t characters_common(const char *text, size_t size)
{
    uint8_t common = UINT8_MAX;
    for (size_t i = 0; i < size; i++) {
        common &= characters[(uint8_t)text[i]];
    }
    return common;
}

bool bic_valid(const struct bic *bic)
{
    uint8_t country =
        characters[(uint8_t)bic->text[4]] & characters[(uint8_t)bic->text[5]] & CHARACTER_UPPER;
    return country != 0 && (characters_common(bic->text, BIC_SIZE) & CHARACTER_UPPER_OR_DIGIT) != 0;
}

bool bic_parse(const char *text, size_t size, struct bic *out)
{
    struct bic bic = {{0}};
    if (size == BIC_SIZE) {
        memcpy(bic.text, text, BIC_SIZE);
    } else if (size == 8) {
        memcpy(bic.text, text, 8);
        memcpy(bic.text + 8, "XXX", 3);
    }
    bool valid = bic_valid(&bic);
    *out = valid ? bic : (struct bic){{0}};
    return valid;
}

/* Of a digit that counts once, or twice: then the sum of the digits of its double. */
static uint32_t digit_weight(uint32_t digit, bool twice)
{
    return twice ? digit * 2 - (digit > 4 ? 9 : 0) : digit;
}

bool isin_check_digit_valid(const char text[ISIN_SIZE])
{
    uint32_t sum = 0;
    bool twice = false;
    for (size_t i = ISIN_SIZE; i-- > 0;) {
        uint32_t number = (uint32_t)(uint8_t)text[i];
        if (number <= '9') {
            sum += digit_weight(number - '0', twice);
            twice = !twice;
        } else { /* a letter counts as two digits, 10 to 35 */
            number = number - 'A' + 10;
            sum += digit_weight(number % 10, twice) + digit_weight(number / 10, !twice);
        }
    }
    return sum % 10 == 0;
}

static bool isin_valid(const char text[ISIN_SIZE])
{
    return (characters_common(text, 2) & CHARACTER_UPPER) != 0 &&
           (characters_common(text, ISIN_SIZE) & CHARACTER_UPPER_OR_DIGIT) != 0 &&
           (characters[(uint8_t)text[ISIN_SIZE - 1]] & CHARACTER_DIGIT) != 0 &&
           isin_check_digit_valid(text);
}

bool asset_code_valid(const struct asset_code *code)
{
    static const char nothing[ISIN_SIZE - CURRENCY_SIZE] = {0};
    if (code->size == ISIN_SIZE) {
        return isin_valid(code->text);
    }
    return code->size == CURRENCY_SIZE &&
           (characters_common(code->text, CURRENCY_SIZE) & CHARACTER_UPPER) != 0 &&
           memcmp(code->text + CURRENCY_SIZE, nothing, sizeof(nothing)) == 0;
}

bool asset_code_parse(const char *text, size_t size, struct asset_code *out)
{
    struct asset_code code = {0};
    if (size == ISIN_SIZE || size == CURRENCY_SIZE) {
        code.size = (uint8_t)size;
        memcpy(code.text, text, size);
    }
    bool valid = asset_code_valid(&code);
    *out = valid ? code : (struct asset_code){0};
    return valid;
}

/* Is it one, as far as it goes? */
static bool text_valid(const char *text, size_t size)
{
    return size > 0 && size <= TEXT_SIZE_MAX &&
           (characters_common(text, size) & CHARACTER_TEXT) != 0 && text[0] != ' ' &&
           text[size - 1] != ' ';
}

bool text35_valid(const struct text35 *text)
{
    static const char nothing[TEXT_SIZE_MAX] = {0};
    return text_valid(text->text, text->size) &&
           memcmp(text->text + text->size, nothing, TEXT_SIZE_MAX - text->size) == 0;
}

bool text35_parse(const char *text, size_t size, struct text35 *out)
{
    *out = (struct text35){0};
    if (!text_valid(text, size)) {
        return false;
    }
    out->size = (uint8_t)size;
    memcpy(out->text, text, size);
    return true;
}

struct bic bic_read(struct bytes_reader *reader)
{
    static const struct bic absent = {{0}};
    struct bic bic = {{0}};
    const uint8_t *bytes = bytes_read_view(reader, BIC_SIZE);
    if (bytes == NULL || !bic_from_bytes(&bic, &absent, bytes)) {
        bytes_reader_fail(reader);
    }
    return bic;
}

struct asset_code asset_code_read(struct bytes_reader *reader)
{
    struct asset_code code = {0};
    uint8_t size = bytes_read_u8(reader);
    if (size == 0) {
        return code;
    }
    const uint8_t *text = bytes_read_view(reader, size);
    if (text == NULL || !asset_code_parse((const char *)text, size, &code)) {
        bytes_reader_fail(reader);
    }
    return code;
}

struct text35 text35_read(struct bytes_reader *reader)
{
    struct text35 text = {0};
    uint8_t size = bytes_read_u8(reader);
    if (size == 0) {
        return text;
    }
    const uint8_t *bytes = bytes_read_view(reader, size);
    if (bytes == NULL || !text_valid((const char *)bytes, size)) {
        bytes_reader_fail(reader);
        return text;
    }
    text.size = size;
    memcpy(text.text, bytes, size);
    return text;
}
