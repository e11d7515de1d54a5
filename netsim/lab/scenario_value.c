/* Quantities with units: see scenario_value.h. */
#include "netsim/lab/scenario_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
    enum value_kind kind;
    const char *name;
    uint64_t factor;
};

/* Of one kind from small to large. */
static const struct unit units[] = {
    {VALUE_COUNT, "", 1},
    {VALUE_TIME, "us", 1},
    {VALUE_TIME, "ms", 1000},
    {VALUE_TIME, "s", 1000000},
    {VALUE_TIME, "m", 60000000},
    {VALUE_TIME_MS, "ms", 1},
    {VALUE_TIME_MS, "s", 1000},
    {VALUE_TIME_MS, "m", 60000},
    {VALUE_BANDWIDTH, "kbit", 125},
    {VALUE_BANDWIDTH, "Mbit", 125000},
    {VALUE_BANDWIDTH, "Gbit", 125000000},
    {VALUE_RATIO, "", 1000},
    {VALUE_BYTES, "B", 1},
    {VALUE_BYTES, "KiB", UINT64_C(1) << 10},
    {VALUE_BYTES, "MiB", UINT64_C(1) << 20},
    {VALUE_BYTES, "GiB", UINT64_C(1) << 30},
};
enum {
    UNIT_COUNT = sizeof units / sizeof units[0]
};

struct word {
    enum value_kind kind;
    const char *name;
    uint64_t value;
};

static const struct word words[] = {
    {VALUE_SWITCH, "no", 0},        {VALUE_SWITCH, "yes", 1},
    {VALUE_PROTOCOL, "simplex", 0}, {VALUE_PROTOCOL, "fixed-leader", 1},
    {VALUE_LOOP, "open", 0},        {VALUE_LOOP, "closed", 1},
    {VALUE_HOME, "by-party", 0},    {VALUE_HOME, "random", 1},
    {VALUE_HOME, "fixed", 2},
};
enum {
    WORD_COUNT = sizeof words / sizeof words[0]
};

const char *value_kind_text(enum value_kind kind)
{
    switch (kind) {
    case VALUE_COUNT:
        return "a whole number";
    case VALUE_TIME:
        return "a time in us, ms, s or m";
    case VALUE_TIME_MS:
        return "a time in ms, s or m";
    case VALUE_BANDWIDTH:
        return "a bandwidth in kbit, Mbit or Gbit (a second)";
    case VALUE_BYTES:
        return "a size in B, KiB, MiB or GiB";
    case VALUE_SHARE:
        return "a share in %, in steps of 0.1%";
    case VALUE_SWITCH:
        return "yes or no";
    case VALUE_PROTOCOL:
        return "simplex or fixed-leader";
    case VALUE_LOOP:
        return "open or closed";
    case VALUE_RATIO:
        return "a number with up to three decimals";
    case VALUE_HOME:
        return "by-party, random or fixed";
    case VALUE_TEXT:
        break;
    }
    return "a text";
}

/* Digits, perhaps a point and more digits. `scale` is ten to the number of digits behind the point.
 * Returns what follows, or NULL. */
static const char *decimal_read(const char *text, uint64_t *digits, uint64_t *scale)
{
    bool point = false;
    bool any = false;
    *digits = 0;
    *scale = 1;
    for (;; text++) {
        if (*text == '.' && any && !point) {
            point = true;
            any = false; /* a digit must follow */
            continue;
        }
        if (*text < '0' || *text > '9') {
            return any ? text : NULL;
        }
        uint64_t digit = (uint64_t)(*text - '0');
        if (*digits > (UINT64_MAX - digit) / 10 || *scale > UINT64_MAX / 10) {
            return NULL;
        }
        *digits = *digits * 10 + digit;
        *scale *= point ? 10 : 1;
        any = true;
    }
}

static const struct unit *unit_find(enum value_kind kind, const char *name)
{
    static const struct unit percent = {VALUE_SHARE, "%", 10};
    if (kind == VALUE_SHARE) {
        return strcmp(name, "%") == 0 ? &percent : NULL;
    }
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (units[i].kind == kind && strcmp(units[i].name, name) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

/* NULL, or what is wrong. */
static const char *quantity_read(enum value_kind kind, const char *text, uint64_t *value)
{
    uint64_t digits;
    uint64_t scale;
    uint64_t product;
    const char *rest = decimal_read(text, &digits, &scale);
    if (rest == NULL) {
        return "is not a number";
    }
    const struct unit *unit = unit_find(kind, rest);
    if (unit == NULL) {
        return *rest == '\0' ? "has no unit" : "has another unit";
    }
    if (__builtin_mul_overflow(digits, unit->factor, &product) || product % scale != 0) {
        return "is too large or too fine";
    }
    *value = product / scale;
    return NULL;
}

static const char *word_read(enum value_kind kind, const char *text, uint64_t *value)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (words[i].kind == kind && strcmp(words[i].name, text) == 0) {
            *value = words[i].value;
            return NULL;
        }
    }
    return "is not one of the words";
}

static bool kind_is_word(enum value_kind kind)
{
    return kind == VALUE_SWITCH || kind == VALUE_PROTOCOL || kind == VALUE_LOOP ||
           kind == VALUE_HOME;
}

bool value_parse(enum value_kind kind, const char *text, uint64_t low, uint64_t high,
                 uint64_t *value, char *why, size_t why_size)
{
    TALLY_ASSERT(kind != VALUE_TEXT);
    uint64_t read = 0;
    const char *wrong =
        kind_is_word(kind) ? word_read(kind, text, &read) : quantity_read(kind, text, &read);
    if (wrong == NULL && !kind_is_word(kind) && (read < low || read > high)) {
        char from[VALUE_TEXT_SIZE];
        char to[VALUE_TEXT_SIZE];
        value_print(kind, low, from);
        value_print(kind, high, to);
        (void)snprintf(why, why_size, "'%.60s' is out of range; give %s to %s", text, from, to);
        return false;
    }
    if (wrong != NULL) {
        (void)snprintf(why, why_size, "'%.60s' %s; give %s", text, wrong, value_kind_text(kind));
        return false;
    }
    *value = read;
    return true;
}

void value_print(enum value_kind kind, uint64_t value, char text[VALUE_TEXT_SIZE])
{
    TALLY_ASSERT(kind != VALUE_TEXT);
    const struct unit *best = NULL;
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (words[i].kind == kind && words[i].value == value) {
            (void)snprintf(text, VALUE_TEXT_SIZE, "%s", words[i].name);
            return;
        }
    }
    if (kind == VALUE_SHARE) {
        char part[3] = {'.', (char)('0' + value % 10), '\0'};
        (void)snprintf(text, VALUE_TEXT_SIZE, "%" PRIu64 "%s%%", value / 10,
                       value % 10 == 0 ? "" : part);
        return;
    }
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        bool first = best == NULL;
        if (units[i].kind == kind && (first || (value != 0 && value % units[i].factor == 0))) {
            best = &units[i];
        }
    }
    TALLY_ASSERT(best != NULL);
    uint64_t whole = value / best->factor;
    uint64_t rest = value % best->factor;
    if (rest == 0) {
        (void)snprintf(text, VALUE_TEXT_SIZE, "%" PRIu64 "%s", whole, best->name);
        return;
    }
    /* Bandwidths count in 8 bit, of 1000 a kbit; ratios in thousandths. */
    (void)snprintf(text, VALUE_TEXT_SIZE, "%" PRIu64 ".%03" PRIu64 "%s", whole,
                   rest * 1000 / best->factor, best->name);
}
