#include "consensus/mutant.h"

#ifdef TALLY_MUTANTS
enum mutant mutant_selected = MUTANT_NONE;

#define MUTANT_NAME_CASE(name, text) \
    case MUTANT_##name:              \
        return #name;
#define MUTANT_TEXT_CASE(name, text) \
    case MUTANT_##name:              \
        return text;

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

const char *mutant_text(enum mutant mutant)
{
    switch (mutant) {
        MUTANT_LIST(MUTANT_TEXT_CASE)
    case MUTANT_NONE:
    case MUTANT_END:
        break;
    }
    return "";
}
#endif
