#include "ledger/instruction/transaction_code.h"

const char *transaction_type_code(uint8_t type)
{
    switch ((enum transaction_type)type) {
#define X(code, number, by)  \
    case TRANSACTION_##code: \
        return #code;
        TRANSACTION_TYPES(X)
#undef X
    }
    return "";
}

enum instructed_by transaction_type_by(uint8_t type)
{
    switch ((enum transaction_type)type) {
#define X(code, number, by)  \
    case TRANSACTION_##code: \
        return by;
        TRANSACTION_TYPES(X)
#undef X
    }
    return BY_NOBODY;
}

const char *condition_code(uint32_t bit)
{
    static const char *const codes[CONDITION_COUNT] = {
#define X(code, bit, by) #code,
        CONDITIONS(X)
#undef X
    };
    return bit < CONDITION_COUNT ? codes[bit] : "";
}

condition_set condition_set_known(void)
{
    return ((condition_set)1 << CONDITION_COUNT) - 1;
}

condition_set condition_set_instructed(void)
{
    condition_set set = 0;
#define X(code, bit, by) set |= (by) == BY_PARTY ? CONDITION_##code : 0u;
    CONDITIONS(X)
#undef X
    return set;
}
