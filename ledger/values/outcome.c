#include "ledger/values/outcome.h"

#include <stddef.h>
const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
#define X(name, number, text) \
    case OUTCOME_##name:      \
        return #name;
        OUTCOMES(X)
#undef X
    case OUTCOME_NONE:
        break;
    }
    return "";
}

const char *outcome_text(enum outcome outcome)
{
    switch (outcome) {
#define X(name, number, text) \
    case OUTCOME_##name:      \
        return text;
        OUTCOMES(X)
#undef X
    case OUTCOME_NONE:
        break;
    }
    return "";
}

const char *reason_code(enum reason reason)
{
    switch (reason) {
#define X(code, number, text) \
    case REASON_##code:       \
        return #code;
        REASONS(X)
#undef X
    case REASON_NONE:
        break;
    }
    return "";
}

const char *reason_text(enum reason reason)
{
    switch (reason) {
#define X(code, number, text) \
    case REASON_##code:       \
        return text;
        REASONS(X)
#undef X
    case REASON_NONE:
        break;
    }
    return "";
}

const char *detail_name(enum detail detail)
{
    switch (detail) {
#define X(name, number, text, hint) \
    case DETAIL_##name:             \
        return #name;
        DETAILS(X)
#undef X
    case DETAIL_NONE:
        break;
    }
    return "";
}

const char *detail_text(enum detail detail)
{
    switch (detail) {
#define X(name, number, text, hint) \
    case DETAIL_##name:             \
        return text;
        DETAILS(X)
#undef X
    case DETAIL_NONE:
        break;
    }
    return "";
}

const char *detail_hint(enum detail detail)
{
    switch (detail) {
#define X(name, number, text, hint) \
    case DETAIL_##name:             \
        return hint;
        DETAILS(X)
#undef X
    case DETAIL_NONE:
        break;
    }
    return "";
}

const char *field_name(enum field field)
{
    switch (field) {
#define X(name, number, text) \
    case FIELD_##name:        \
        return text;
        FIELDS(X)
#undef X
    case FIELD_NONE:
        break;
    }
    return "";
}

bool outcome_known(uint8_t number)
{
    return outcome_name((enum outcome)number)[0] != '\0';
}

bool reason_known(uint16_t number)
{
    return reason_code((enum reason)number)[0] != '\0';
}

bool detail_known(uint16_t number)
{
    return detail_name((enum detail)number)[0] != '\0';
}

bool field_known(uint16_t number)
{
    return field_name((enum field)number)[0] != '\0';
}
