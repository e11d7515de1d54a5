/*
 * Chooses the rule that is taken out (consensus/mutant.h), by the environment variable
 * TALLY_MUTANT. Does nothing in a build without mutants. tests/mutants/run sets the variable.
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_MUTANT_SELECT_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_MUTANT_SELECT_H

/* Call first in main. An unknown name ends the program with a message. */
void mutant_select_from_environment(void);

#endif
