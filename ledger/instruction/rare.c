#include "ledger/instruction/rare.h"

#include "ledger/state.h"

void rare_layout(struct rare_store *store, uint32_t ties_capacity, uint32_t particulars_capacity,
                 struct arena *arena)
{
    slots_init(&store->tie_slots, ties_capacity, arena);
    store->ties = ARENA_TAKE(arena, struct instruction_ties, ties_capacity);
    slots_init(&store->particular_slots, particulars_capacity, arena);
    store->particulars = ARENA_TAKE(arena, struct instruction_particulars, particulars_capacity);
}

bool rare_has_room(const struct ledger *ledger, uint32_t ties_count, uint32_t particulars_count)
{
    const struct slots *ties = &ledger->rare.tie_slots;
    const struct slots *particulars = &ledger->rare.particular_slots;
    return ties->capacity - ties->count >= ties_count &&
           particulars->capacity - particulars->count >= particulars_count;
}

struct instruction_ties *rare_ties(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = instruction_at(ledger, index);
    if (instruction->ties == NULL) {
        uint32_t place = slots_take(&ledger->rare.tie_slots);
        TALLY_ASSERT(place != SLOTS_NONE);
        instruction->ties = &ledger->rare.ties[place];
        *instruction->ties = (struct instruction_ties){.owner = index};
    }
    return instruction->ties;
}

struct instruction_particulars *rare_particulars(struct ledger *ledger, uint32_t index)
{
    struct instruction_terms *terms = &instruction_at(ledger, index)->terms;
    if (terms->particulars == NULL) {
        uint32_t place = slots_take(&ledger->rare.particular_slots);
        TALLY_ASSERT(place != SLOTS_NONE);
        terms->particulars = &ledger->rare.particulars[place];
    }
    return terms->particulars;
}

static void ties_drop(struct ledger *ledger, struct instruction *instruction)
{
    if (instruction->ties != NULL) {
        slots_give(&ledger->rare.tie_slots, (uint32_t)(instruction->ties - ledger->rare.ties));
        instruction->ties = NULL;
    }
}

void rare_trim(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = instruction_at(ledger, index);
    if (!instruction_ties_any(instruction_ties(instruction))) {
        ties_drop(ledger, instruction);
    }
}

void rare_drop(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = instruction_at(ledger, index);
    ties_drop(ledger, instruction);
    if (instruction->terms.particulars != NULL) {
        slots_give(&ledger->rare.particular_slots,
                   (uint32_t)(instruction->terms.particulars - ledger->rare.particulars));
        instruction->terms.particulars = NULL;
    }
}

bool rare_keep(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = instruction_at(ledger, index);
    const struct instruction_ties *ties = instruction->ties;
    const struct instruction_particulars *particulars = instruction->terms.particulars;
    instruction->ties = NULL;
    instruction->terms.particulars = NULL;
    if (!rare_has_room(ledger, ties != NULL ? 1 : 0, particulars != NULL ? 1 : 0)) {
        return false;
    }
    if (ties != NULL) {
        struct instruction_ties *kept = rare_ties(ledger, index);
        *kept = *ties;
        kept->owner = index;
    }
    if (particulars != NULL) {
        *rare_particulars(ledger, index) = *particulars;
    }
    return true;
}

bool rare_sound(const struct instruction *instruction)
{
    const struct instruction_particulars *particulars = instruction->terms.particulars;
    return (instruction->ties == NULL || instruction_ties_any(instruction->ties)) &&
           (particulars == NULL || instruction_particulars_any(particulars));
}
