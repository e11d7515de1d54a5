#include "ledger/state/housekeeping.h"

#include "ledger/instruction/rare.h"
#include "ledger/state.h"
#include "ledger/state/index.h"
#include "ledger/values/date.h"

enum {
    NONCES_PER_BLOCK = 1024,
    DRAFTS_PER_BLOCK = 64,
    REFERENCES_PER_BLOCK = 256,
    INSTRUCTIONS_PER_BLOCK = 256,
    POSITIONS_PER_BLOCK = 1024,
    RESTRICTIONS_PER_BLOCK = 256,
};

static bool instruction_is_over(const struct ledger *ledger, const struct instruction *instruction)
{
    if (!instruction_ended(instruction)) {
        return false;
    }
    uint32_t ended = date_from_ms(instruction->status[DIMENSION_PROCESSING].time_ms);
    uint32_t purge_date = ledger->scalars->purge_date;
    return ended < purge_date && instruction->terms.trade_date < purge_date;
}

static void instruction_remove(struct ledger *ledger, uint32_t index)
{
    struct instruction *instruction = instruction_at(ledger, index);
    if (instruction->counterpart != RECORD_NONE && instruction->counterpart != index) {
        instruction_at(ledger, instruction->counterpart)->counterpart = RECORD_NONE;
        record_touch(ledger, RECORD_INSTRUCTION, instruction->counterpart);
    }
    link_forget(ledger, index);
    rare_drop(ledger, index);
    struct party *party = party_at(ledger, instruction->party);
    TALLY_ASSERT(party->instruction_count > 0);
    party->instruction_count--;
    record_touch(ledger, RECORD_PARTY, instruction->party);
    index_leave(ledger, RECORD_INSTRUCTION, index);
    record_give(ledger, RECORD_INSTRUCTION, index);
}

static void instructions_purge(struct ledger *ledger)
{
    struct scalars *scalars = ledger->scalars;
    for (uint32_t i = 0; i < INSTRUCTIONS_PER_BLOCK && scalars->purge_cursor != 0; i++) {
        uint32_t index = record_next(ledger, RECORD_INSTRUCTION, scalars->purge_cursor - 1);
        if (index == RECORD_NONE) {
            scalars->purge_cursor = 0;
            return;
        }
        if (instruction_is_over(ledger, &ledger->instructions[index]) &&
            !link_retains(ledger, index)) {
            instruction_remove(ledger, index);
        }
        scalars->purge_cursor = index + 2;
    }
}

/* Only positions that somebody waits for are woken. */
static void positions_wake(struct ledger *ledger)
{
    struct scalars *scalars = ledger->scalars;
    for (uint32_t i = 0; i < POSITIONS_PER_BLOCK && scalars->wake_cursor != 0; i++) {
        uint32_t index = record_next(ledger, RECORD_POSITION, scalars->wake_cursor - 1);
        if (index == RECORD_NONE) {
            scalars->wake_cursor = 0;
            return;
        }
        waiting_review(ledger, index);
        waiting_wake(ledger, index);
        scalars->wake_cursor = index + 2;
    }
}

void housekeeping_wake_begin(struct ledger *ledger)
{
    ledger->scalars->wake_cursor = 1;
    record_touch(ledger, RECORD_SCALARS, 0);
}

void housekeeping_purge_begin(struct ledger *ledger)
{
    ledger->scalars->purge_cursor = 1;
    ledger->scalars->reference_cursor = 1;
    ledger->scalars->restriction_cursor = 1;
}

bool housekeeping_run(struct ledger *ledger)
{
    nonce_expire(ledger, NONCES_PER_BLOCK);
    draft_expire(ledger, DRAFTS_PER_BLOCK);
    reference_purge(ledger, REFERENCES_PER_BLOCK);
    instructions_purge(ledger);
    restriction_purge(ledger, RESTRICTIONS_PER_BLOCK);
    positions_wake(ledger);
    return ledger->scalars->wake_cursor != 0;
}
