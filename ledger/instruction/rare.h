/*
 * ledger/instruction/rare.h - what few instructions have, kept apart from their records
 *
 * Problem. Links, a pool and restrictions to draw on (its ties) take 170 bytes, optional matching
 * fields (its particulars) 130, and most instructions have none of them.
 *
 * Rule. They lie in two stores of their own, whose capacities are the genesis's `instruction_ties`
 * and `instruction_particulars`. An instruction takes a place for its ties with the first of them
 * and gives it back with the last, and one for its particulars for as long as it is there: so the
 * places taken are a function of the records, before a snapshot and after. Which places they are
 * does not show. A command for which none is left is refused (CAPACITY_FULL). A genesis that has
 * more places than one party may have instructions lets nobody take them all.
 *
 * Example. One place for ties: A AFTE B needs two, one for each side, and is refused. A in a pool
 * takes the one place; when A is forgotten, it is free again.
 */
#ifndef TALLY_LEDGER_INSTRUCTION_RARE_H
#define TALLY_LEDGER_INSTRUCTION_RARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slots.h"
#include "ledger/instruction/instruction.h"

struct rare_store {
    struct slots tie_slots;
    struct instruction_ties *ties;
    struct slots particular_slots;
    struct instruction_particulars *particulars;
};

/* Lays the stores out, empty. Works while the arena only counts. */
void rare_layout(struct rare_store *store, uint32_t ties_capacity, uint32_t particulars_capacity,
                 struct arena *arena);

/* Is there room for so many more instructions with ties, and so many with particulars? */
bool rare_has_room(const struct ledger *ledger, uint32_t ties_count, uint32_t particulars_count);

/* What an instruction has, to change: with a place taken if it had none. pre: there is room. */
struct instruction_ties *rare_ties(struct ledger *ledger, uint32_t index);
struct instruction_particulars *rare_particulars(struct ledger *ledger, uint32_t index);
/* Gives the place of its ties back if nothing is left in it. */
void rare_trim(struct ledger *ledger, uint32_t index);
/* Gives back what it has, before its record goes. */
void rare_drop(struct ledger *ledger, uint32_t index);
/*
 * Moves what an instruction was read with into the stores; false, and it has none then, when one is
 * full. pre: it has no place there.
 */
bool rare_keep(struct ledger *ledger, uint32_t index);

/* Does it have places exactly for what it needs one for? */
bool rare_sound(const struct instruction *instruction);

#endif
