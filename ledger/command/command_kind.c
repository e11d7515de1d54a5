/* The kinds of commands and their names. */
#include "ledger/command/command.h"

const char *command_name(uint8_t kind)
{
    switch ((enum command_kind)kind) {
#define X(name, number, text, right) \
    case COMMAND_##name:             \
        return text;
        COMMANDS(X)
#undef X
    case COMMAND_NONE:
        break;
    }
    return "";
}

bool command_set_known(const struct command_set *set)
{
    for (uint32_t kind = 0; kind < COMMAND_SET_KINDS; kind++) {
        if (command_set_has(set, (uint8_t)kind) && command_name((uint8_t)kind)[0] == '\0') {
            return false;
        }
    }
    return true;
}
