#include "tests/support/consensus/mutant_select.h"

#include "consensus/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mutant_select_from_environment(void)
{
#ifdef TALLY_MUTANTS
    const char *name = getenv("TALLY_MUTANT");
    if (name == NULL) {
        return;
    }
    for (int mutant = MUTANT_NONE + 1; mutant < MUTANT_END; mutant++) {
        if (strcmp(name, mutant_name((enum mutant)mutant)) == 0) {
            mutant_selected = (enum mutant)mutant;
            return;
        }
    }
    fprintf(stderr, "TALLY_MUTANT=%s is not in the list of consensus/mutant.h\n", name);
    exit(2);
#endif
}
