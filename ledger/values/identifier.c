#include "ledger/values/identifier.h"

#include <string.h>

/* Of which sets a character is: looked up for every one of a command. */
enum character {
    CHARACTER_UPPER = 1,
    CHARACTER_DIGIT = 2,
    CHARACTER_TEXT = 4, /* the SWIFT x set without line ends */
};

#define UPPER (CHARACTER_UPPER | CHARACTER_TEXT)
#define DIGIT (CHARACTER_DIGIT | CHARACTER_TEXT)
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

/*
 * Characters of a name side by side, and what is so for each of them: all bits set or none. The
 * rest of the vector is zero, and in no set.
 */
enum {
    SIDE_BY_SIDE = 16
};
typedef uint8_t letters __attribute__((vector_size(SIDE_BY_SIDE)));

static inline letters letters_load(const char *text)
{
    letters out;
    memcpy(&out, text, sizeof(out));
    return out;
}

/* Those from `first` to `last`. */
static inline letters letters_within(letters text, uint8_t first, uint8_t last)
{
    return (letters)((text - first) <= (uint8_t)(last - first));
}

static inline letters letters_upper_or_digit(letters text)
{
    return letters_within(text, 'A', 'Z') | letters_within(text, '0', '9');
}

/* Of the SWIFT x set without line ends: between ' and : it lacks nothing but the asterisk. */
static inline letters letters_text(letters text)
{
    letters marks = letters_within(text, '\'', ':') & ~(letters)(text == '*');
    return letters_within(text | 0x20, 'a', 'z') | marks | (letters)(text == ' ') |
           (letters)(text == '?');
}

/* The places from `count` on. */
static inline letters letters_behind(uint8_t count)
{
    static const letters places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return (letters)(places >= count);
}

/* Is it so for each? */
static inline bool letters_each(letters so)
{
    uint64_t halves[2];
    memcpy(halves, &so, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

/* Is it so for the first `count`? */
static inline bool letters_all(letters so, uint8_t count)
{
    return letters_each(so | letters_behind(count));
}

/* Is it so for the last `count`? */
static inline bool letters_last(letters so, uint8_t count)
{
    return letters_each(so | ~letters_behind(SIDE_BY_SIDE - count));
}

bool bic_valid(const struct bic *bic)
{
    uint8_t country =
        characters[(uint8_t)bic->text[4]] & characters[(uint8_t)bic->text[5]] & CHARACTER_UPPER;
    char text[SIDE_BY_SIDE] = {0};
    memcpy(text, bic->text, BIC_SIZE);
    return country != 0 && letters_all(letters_upper_or_digit(letters_load(text)), BIC_SIZE);
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

/*
 * What a digit adds to the sum, counted once or twice: then the digits of its double. A letter
 * counts as two digits, 10 to 35: the last of them so, and the first one the other way.
 */
static const uint8_t isin_weights[2]['Z' - '0' + 1] = {
    {0, 1, 2, 3,  4,  5, 6, 7, 8, 9, 0, 0,  0,  0,  0,  0, 0, 2, 3, 4,  5, 6,
     7, 8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 6, 7, 8, 9, 10, 11},
    {0, 2, 4, 6, 8,  1, 3, 5, 7, 9,  0, 0, 0, 0, 0,  0, 0, 1, 3, 5,  7, 9,
     2, 4, 6, 8, 10, 2, 4, 6, 8, 10, 3, 5, 7, 9, 11, 3, 5, 7, 9, 11, 4},
};

bool isin_check_digit_valid(const char text[ISIN_SIZE])
{
    uint32_t sum = 0;
    uint32_t twice = 0;
    for (size_t i = ISIN_SIZE; i-- > 0;) {
        uint8_t place = (uint8_t)(text[i] - '0');
        TALLY_ASSERT(place < sizeof(isin_weights[0]));
        sum += isin_weights[twice][place];
        twice ^= place <= 9;
    }
    return sum % 10 == 0;
}

static bool isin_valid(const char text[ISIN_SIZE])
{
    char all[SIDE_BY_SIDE] = {0};
    memcpy(all, text, ISIN_SIZE);
    return (characters_common(text, 2) & CHARACTER_UPPER) != 0 &&
           letters_all(letters_upper_or_digit(letters_load(all)), ISIN_SIZE) &&
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

/* The characters of a text whose size is in order. */
static bool text_valid(const struct text35 *text)
{
    const char *at = text->text;
    uint8_t left = text->size;
    if (at[0] == ' ' || at[left - 1] == ' ' || !letters_all(letters_text(letters_load(at)), left)) {
        return false;
    }
    if (left <= SIDE_BY_SIDE) {
        return true;
    }
    at += SIDE_BY_SIDE;
    left -= SIDE_BY_SIDE;
    if (!letters_all(letters_text(letters_load(at)), left)) {
        return false;
    }
    return left <= SIDE_BY_SIDE ||
           (characters_common(at + SIDE_BY_SIDE, left - SIDE_BY_SIDE) & CHARACTER_TEXT) != 0;
}

bool text35_valid(const struct text35 *text)
{
    static const char nothing[TEXT_SIZE_MAX] = {0};
    return text->size > 0 && text->size <= TEXT_SIZE_MAX && text_valid(text) &&
           memcmp(text->text + text->size, nothing, TEXT_SIZE_MAX - text->size) == 0;
}

/* pre: `out` is absent, and stays so if there is no text. */
static bool text_take(struct text35 *out, const void *text, size_t size)
{
    if (size == 0 || size > TEXT_SIZE_MAX) {
        return false;
    }
    out->size = (uint8_t)size;
    memcpy(out->text, text, size);
    if (!text_valid(out)) {
        *out = (struct text35){0};
        return false;
    }
    return true;
}

bool text35_parse(const char *text, size_t size, struct text35 *out)
{
    *out = (struct text35){0};
    return text_take(out, text, size);
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

static inline bool ends_in_blank(const uint8_t *bytes, uint8_t size)
{
    return bytes[0] == ' ' || bytes[size - 1] == ' ';
}

/* As text_take(), of a short text behind which the bytes go on: one load, one store. */
static inline bool text_take_short(struct text35 *out, const uint8_t *bytes, uint8_t size)
{
    letters text = letters_load((const char *)bytes);
    if (ends_in_blank(bytes, size) || !letters_all(letters_text(text), size)) {
        return false;
    }
    text &= ~letters_behind(size);
    out->size = size;
    memcpy(out->text, &text, sizeof(text));
    return true;
}

/* The same of one that is the last: it is looked at together with what is before it. */
static inline bool text_take_last(struct text35 *out, const uint8_t *bytes, uint8_t size)
{
    letters text = letters_load((const char *)bytes + size - SIDE_BY_SIDE);
    if (ends_in_blank(bytes, size) || !letters_last(letters_text(text), size)) {
        return false;
    }
    out->size = size;
    memcpy(out->text, bytes, size);
    return true;
}

/* By whichever of the ways may read so many bytes before or behind. */
static inline bool text_take_from(struct text35 *out, const struct bytes_reader *reader,
                                  const uint8_t *bytes, uint8_t size)
{
    if (size <= SIDE_BY_SIDE && reader->size - reader->offset >= (size_t)(SIDE_BY_SIDE - size)) {
        return text_take_short(out, bytes, size);
    }
    if (size <= SIDE_BY_SIDE && reader->offset >= SIDE_BY_SIDE) {
        return text_take_last(out, bytes, size);
    }
    return text_take(out, bytes, size);
}

void text35_take(struct text35 *out, struct bytes_reader *reader)
{
    uint8_t size = bytes_read_u8(reader);
    if (size == 0) {
        return;
    }
    const uint8_t *bytes = bytes_read_view(reader, size);
    if (bytes == NULL || !text_take_from(out, reader, bytes, size)) {
        bytes_reader_fail(reader);
    }
}

struct text35 text35_read(struct bytes_reader *reader)
{
    struct text35 text = {0};
    text35_take(&text, reader);
    return text;
}
