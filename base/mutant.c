#include "base/mutant.h"

#ifdef TALLY_MUTANTS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mutant_removed[MUTANT_END];

static const struct {
    const char *name;
    const char *text;
} mutants[MUTANT_END] = {
#define MUTANT_ENTRY(name, text) [MUTANT_##name] = {#name, text},
    MUTANT_LIST(MUTANT_ENTRY)
#undef MUTANT_ENTRY
};

static enum mutant mutant_companion(enum mutant mutant)
{
#define MUTANT_COMPANION_CASE(name, companion, text) \
    if (mutant == MUTANT_##name) {                   \
        return MUTANT_##companion;                   \
    }
    MUTANT_COMPANION_LIST(MUTANT_COMPANION_CASE)
#undef MUTANT_COMPANION_CASE
    return MUTANT_NONE;
}

static enum mutant mutant_by_name(const char *name)
{
    for (enum mutant mutant = MUTANT_NONE + 1; mutant < MUTANT_END; mutant++) {
        if (strcmp(name, mutants[mutant].name) == 0) {
            return mutant;
        }
    }
    fprintf(stderr, "TALLY_MUTANT=%s is not in the list of base/mutant.h\n", name);
    exit(2);
}

/* Before main, so that every program of this build obeys, whatever it is. */
__attribute__((constructor)) static void mutant_select(void)
{
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
    fprintf(stderr, "without the rule %s: %s\n", mutants[mutant].name, mutants[mutant].text);
}
#endif
