#include "consensus/mutant.h"

#ifdef TALLY_MUTANTS
bool mutant_removed[MUTANT_END];

#define MUTANT_NAME_CASE(name, text) \
    case MUTANT_##name:              \
        return #name;

const char *mutant_name(enum mutant mutant)
{
    switch (mutant) {
        MUTANT_LIST(MUTANT_NAME_CASE)
    case MUTANT_NONE:
    case MUTANT_END:
        break;
    }
    return "";
}

#define MUTANT_COMPANION_CASE(name, companion, text) \
    if (mutant == MUTANT_##name) {                   \
        return MUTANT_##companion;                   \
    }

enum mutant mutant_companion(enum mutant mutant)
{
    MUTANT_COMPANION_LIST(MUTANT_COMPANION_CASE)
    return MUTANT_NONE;
}
#endif
