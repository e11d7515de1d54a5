#include "ledger/values/identifier.h"

#include <string.h>

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper_or_digit(char c)
{
    return is_upper(c) || is_digit(c);
}

/* The SWIFT x set without line ends. */
static bool is_text_character(char c)
{
    if (is_upper_or_digit(c) || (c >= 'a' && c <= 'z')) {
        return true;
    }
    return c != '\0' && strchr("/-?:().,'+ ", c) != NULL;
}

bool bic_valid(const struct bic *bic)
{
    for (size_t i = 0; i < BIC_SIZE; i++) {
        bool letter_only = i == 4 || i == 5;
        if (letter_only ? !is_upper(bic->text[i]) : !is_upper_or_digit(bic->text[i])) {
            return false;
        }
    }
    return true;
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

bool isin_check_digit_valid(const char text[ISIN_SIZE])
{
    uint32_t sum = 0;
    bool twice = false;
    for (size_t i = ISIN_SIZE; i-- > 0;) {
        char c = text[i];
        uint32_t number = is_digit(c) ? (uint32_t)(c - '0') : (uint32_t)(c - 'A') + 10;
        /* A letter counts as two digits; take the right one first. */
        for (uint32_t rest = number, first = 1; first || rest > 0; first = 0, rest /= 10) {
            uint32_t digit = rest % 10;
            uint32_t weighted = twice ? digit * 2 : digit;
            sum += weighted / 10 + weighted % 10;
            twice = !twice;
        }
    }
    return sum % 10 == 0;
}

static bool isin_valid(const char text[ISIN_SIZE])
{
    if (!is_upper(text[0]) || !is_upper(text[1]) || !is_digit(text[ISIN_SIZE - 1])) {
        return false;
    }
    for (size_t i = 2; i < ISIN_SIZE - 1; i++) {
        if (!is_upper_or_digit(text[i])) {
            return false;
        }
    }
    return isin_check_digit_valid(text);
}

bool asset_code_valid(const struct asset_code *code)
{
    if (code->size == ISIN_SIZE) {
        return isin_valid(code->text);
    }
    if (code->size != CURRENCY_SIZE) {
        return false;
    }
    for (size_t i = 0; i < ISIN_SIZE; i++) {
        if (i < CURRENCY_SIZE ? !is_upper(code->text[i]) : code->text[i] != '\0') {
            return false;
        }
    }
    return true;
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

bool text35_valid(const struct text35 *text)
{
    if (text->size == 0 || text->size > TEXT_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < TEXT_SIZE_MAX; i++) {
        if (i < text->size ? !is_text_character(text->text[i]) : text->text[i] != '\0') {
            return false;
        }
    }
    return text->text[0] != ' ' && text->text[text->size - 1] != ' ';
}

bool text35_equal(const struct text35 *a, const struct text35 *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

bool text35_parse(const char *text, size_t size, struct text35 *out)
{
    struct text35 parsed = {0};
    if (size > 0 && size <= TEXT_SIZE_MAX) {
        parsed.size = (uint8_t)size;
        memcpy(parsed.text, text, size);
    }
    bool valid = text35_valid(&parsed);
    *out = valid ? parsed : (struct text35){0};
    return valid;
}

void bic_write(struct bytes_writer *writer, const struct bic *bic)
{
    bytes_write_copy(writer, bic->text, BIC_SIZE);
}

struct bic bic_read(struct bytes_reader *reader)
{
    struct bic bic;
    bytes_read_copy(reader, bic.text, BIC_SIZE);
    if (!bic_absent(&bic) && !bic_valid(&bic)) {
        bytes_reader_fail(reader);
        bic = (struct bic){{0}};
    }
    return bic;
}

void asset_code_write(struct bytes_writer *writer, const struct asset_code *code)
{
    bytes_write_u8(writer, code->size);
    bytes_write_copy(writer, code->text, code->size);
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

void text35_write(struct bytes_writer *writer, const struct text35 *text)
{
    bytes_write_u8(writer, text->size);
    bytes_write_copy(writer, text->text, text->size);
}

struct text35 text35_read(struct bytes_reader *reader)
{
    struct text35 text = {0};
    uint8_t size = bytes_read_u8(reader);
    if (size == 0) {
        return text;
    }
    const uint8_t *bytes = bytes_read_view(reader, size);
    if (bytes == NULL || !text35_parse((const char *)bytes, size, &text)) {
        bytes_reader_fail(reader);
    }
    return text;
}
