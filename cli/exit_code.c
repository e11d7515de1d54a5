#include "cli/exit_code.h"

const char *exit_code_name(enum exit_code code)
{
    switch (code) {
#define X(name, number, text, meaning) \
    case EXIT_##name:                  \
        return text;
        EXIT_CODE_LIST(X)
#undef X
    }
    return "unknown";
}

const char *exit_code_meaning(enum exit_code code)
{
    switch (code) {
#define X(name, number, text, meaning) \
    case EXIT_##name:                  \
        return meaning;
        EXIT_CODE_LIST(X)
#undef X
    }
    return "unknown";
}
