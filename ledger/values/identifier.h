/*
 * ledger/values/identifier.h - the names that people outside use: BIC, ISIN, currency, account,
 * reference
 *
 * Problem. Inside, records are found by array index; outside, only business identifiers exist, and
 * two spellings of one name would be two names. Every identifier therefore has exactly one form in
 * memory and on the wire.
 *
 * Rule.
 *   | name       | size | characters                                | on the wire         |
 *   | BIC        | 11   | 4 A-Z0-9, 2 A-Z, 2 A-Z0-9, 3 A-Z0-9       | 11 bytes            |
 *   | asset code | 12   | ISIN with its check digit                 | u8 size, characters |
 *   |            | 3    | ISO 4217 currency code, A-Z               |                     |
 *   | text       | 1-35 | a-z A-Z 0-9 / - ? : ( ) . , ' + and blank | u8 size, characters |
 * A BIC of 8 characters is padded with XXX. A text has no blank at either end. Comparison is by
 * byte and case-sensitive. "Absent" is all zero: size 0, or a BIC of zero bytes.
 *
 * Example. The ISIN US0378331005: letters become numbers (U=30, S=28), giving 30280378331005;
 * doubling every second digit from the right and adding digits gives a multiple of ten, so the
 * check digit 5 is right.
 *
 * Source: ISO 9362 (BIC), ISO 6166 annex A (check digit), ISO 4217, ISO 20022 Max35Text restricted
 * to the SWIFT x set.
 */
#ifndef TALLY_LEDGER_VALUES_IDENTIFIER_H
#define TALLY_LEDGER_VALUES_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

enum {
    BIC_SIZE = 11,
    ISIN_SIZE = 12,
    CURRENCY_SIZE = 3,
    TEXT_SIZE_MAX = 35,
};

struct bic {
    char text[BIC_SIZE]; /* not terminated */
};

struct asset_code {
    uint8_t size; /* 12 an ISIN, 3 a currency, 0 absent */
    char text[ISIN_SIZE];
};

struct text35 {
    uint8_t size; /* 0 absent */
    char text[TEXT_SIZE_MAX];
};

/* Makes a BIC of 8 or 11 characters; false (and an absent BIC) when it is none. */
bool bic_parse(const char *text, size_t size, struct bic *out);
/* Is this the canonical form of a BIC? An absent one is not. */
bool bic_valid(const struct bic *bic);
static inline bool bic_equal(const struct bic *a, const struct bic *b)
{
    return memcmp(a->text, b->text, BIC_SIZE) == 0;
}
static inline bool bic_absent(const struct bic *bic)
{
    static const struct bic absent = {{0}};
    return bic_equal(bic, &absent);
}

/* Makes an asset code from an ISIN (check digit verified) or a currency code. */
bool asset_code_parse(const char *text, size_t size, struct asset_code *out);
bool asset_code_valid(const struct asset_code *code);
static inline bool asset_code_equal(const struct asset_code *a, const struct asset_code *b)
{
    return a->size == b->size && memcmp(a->text, b->text, ISIN_SIZE) == 0;
}
/* The ISIN check digit, modulo 10 double-add-double, over 12 characters already known to be A-Z0-9.
 */
bool isin_check_digit_valid(const char text[ISIN_SIZE]);

/* Makes a text of 1 to 35 characters of the x set, without a blank at either end. */
bool text35_parse(const char *text, size_t size, struct text35 *out);
bool text35_valid(const struct text35 *text);
/* pre: beyond its size each is zero, as whatever is parsed or read is. */
static inline bool text35_equal(const struct text35 *a, const struct text35 *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Codecs. Reading fails the reader on a form that is not canonical; an absent value reads and
 * writes as such. */
static inline void bic_write(struct bytes_writer *writer, const struct bic *bic)
{
    bytes_write_copy(writer, bic->text, BIC_SIZE);
}
struct bic bic_read(struct bytes_reader *reader);
/* Takes BIC_SIZE bytes that are a BIC, or absent; false, and an absent one, if they are neither.
 * `known` is right already (or absent): what equals it is not checked again. */
static inline bool bic_from_bytes(struct bic *out, const struct bic *known, const uint8_t *bytes)
{
    memcpy(out->text, bytes, BIC_SIZE);
    if (bic_equal(out, known) || bic_absent(out) || bic_valid(out)) {
        return true;
    }
    *out = (struct bic){{0}};
    return false;
}
static inline void asset_code_write(struct bytes_writer *writer, const struct asset_code *code)
{
    bytes_write_u8(writer, code->size);
    bytes_write_copy(writer, code->text, code->size);
}
struct asset_code asset_code_read(struct bytes_reader *reader);
/* The same, to where it belongs; one that equals `known`, which is right already (or absent), is
 * not checked again. */
static inline void asset_code_take(struct asset_code *out, const struct asset_code *known,
                                   struct bytes_reader *reader)
{
    /* Size and characters stand in memory as in the bytes. */
    bool same = known->size == ISIN_SIZE ? bytes_read_same(reader, known, 1 + ISIN_SIZE)
                                         : known->size == CURRENCY_SIZE &&
                                               bytes_read_same(reader, known, 1 + CURRENCY_SIZE);
    if (same) {
        *out = *known;
    } else {
        *out = asset_code_read(reader);
    }
}
static inline void text35_write(struct bytes_writer *writer, const struct text35 *text)
{
    bytes_write_u8(writer, text->size);
    bytes_write_copy(writer, text->text, text->size);
}
struct text35 text35_read(struct bytes_reader *reader);
/* The same, to where it belongs. pre: `out` is absent; it stays so if there is none or it fails. */
void text35_take(struct text35 *out, struct bytes_reader *reader);

#endif
