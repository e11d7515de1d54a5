#include "tests/support/consensus/mutant_select.h"

#include "consensus/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef TALLY_MUTANTS
static enum mutant mutant_by_name(const char *name)
{
    for (int mutant = MUTANT_NONE + 1; mutant < MUTANT_END; mutant++) {
        if (strcmp(name, mutant_name((enum mutant)mutant)) == 0) {
            return (enum mutant)mutant;
        }
    }
    fprintf(stderr, "TALLY_MUTANT=%s is not in the list of consensus/mutant.h\n", name);
    exit(2);
}
#endif

void mutant_select_from_environment(void)
{
#ifdef TALLY_MUTANTS
    const char *name = getenv("TALLY_MUTANT");
    const char *role = getenv("TALLY_MUTANT_ROLE");
    if (name == NULL) {
        return;
    }
    const enum mutant mutant = mutant_by_name(name);
    const enum mutant companion = mutant_companion(mutant);
    const bool alone = role != NULL && strcmp(role, "alone") == 0;
    const bool control = role != NULL && strcmp(role, "control") == 0;
    if (role != NULL && !alone && !control) {
        fprintf(stderr, "TALLY_MUTANT_ROLE=%s: say alone or control, or leave it out\n", role);
        exit(2);
    }
    mutant_removed[mutant] = !control;
    if (companion != MUTANT_NONE) {
        mutant_removed[companion] = !alone;
    }
#endif
}
