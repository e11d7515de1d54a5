#include "consensus/mutant.h"

#ifdef TALLY_MUTANTS
enum mutant mutant_selected = MUTANT_NONE;

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
#endif
