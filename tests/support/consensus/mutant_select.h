/*
 * Chooses the rule that is taken out (consensus/mutant.h), by environment variables. Does nothing
 * in a build without mutants. tests/mutants/run sets the variables.
 *
 *     TALLY_MUTANT=NAME                             the rule, and its companion if it has one
 *     TALLY_MUTANT=NAME TALLY_MUTANT_ROLE=control   only the companion
 *     TALLY_MUTANT=NAME TALLY_MUTANT_ROLE=alone     only the rule
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_MUTANT_SELECT_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_MUTANT_SELECT_H

/* Call first in main. An unknown name or role ends the program with a message. */
void mutant_select_from_environment(void);

#endif
