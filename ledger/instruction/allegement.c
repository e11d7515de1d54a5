#include "ledger/instruction/allegement.h"

#include "ledger/day/day.h"
#include "ledger/state.h"

enum {
    MINUTE_MS = 60000
};

static bool is_late(const struct ledger *ledger, const struct instruction *instruction)
{
    uint64_t late_ms = (uint64_t)rule_set_in_force(ledger)->allegement_late_minutes * MINUTE_MS;
    uint64_t cutoff;

    if (day_cut_off_after(ledger, &instruction->terms, ledger->scalars->time_ms + late_ms)) {
        return false;
    }
    cutoff = day_cut_off_ms(ledger, &instruction->terms);
    return cutoff <= late_ms || ledger->scalars->time_ms >= cutoff - late_ms;
}

static void state_set(struct ledger *ledger, uint32_t index, enum allegement_state state,
                      uint64_t time_ms)
{
    struct instruction *instruction = instruction_at(ledger, index);

    TALLY_ASSERT(instruction->queue == QUEUE_NONE);
    instruction->allegement = state;
    instruction->allegement_ms = time_ms;
    record_touch(ledger, RECORD_INSTRUCTION, index);
}

static void send(struct ledger *ledger, uint32_t index)
{
    state_set(ledger, index, ALLEGEMENT_SENT, ledger->scalars->time_ms);
    event_emit_instruction(ledger, EVENT_ALLEGED, index, DIMENSION_MATCH, MATCH_UNMATCHED,
                           REASON_CMIS);
}

void allegement_begin(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    uint64_t delay_ms = (uint64_t)rule_set_in_force(ledger)->allegement_delay_minutes * MINUTE_MS;

    TALLY_ASSERT(instruction->allegement == ALLEGEMENT_NONE);
    TALLY_ASSERT(instruction->status[DIMENSION_MATCH].value == MATCH_UNMATCHED);
    if (delay_ms == 0 || is_late(ledger, instruction)) {
        send(ledger, index);
        return;
    }
    state_set(ledger, index, ALLEGEMENT_DUE, ledger->scalars->time_ms + delay_ms);
    deadline_push(&ledger->allegement_deadlines, instruction->allegement_ms, index);
}

void allegement_end(struct ledger *ledger, uint32_t index, bool cancelled)
{
    enum allegement_state state =
        (enum allegement_state)instruction_view(ledger, index)->allegement;

    TALLY_ASSERT(state != ALLEGEMENT_NONE);
    state_set(ledger, index, ALLEGEMENT_NONE, 0);
    if (state == ALLEGEMENT_DUE) {
        deadline_remove(&ledger->allegement_deadlines, index);
        return;
    }
    event_emit_instruction(ledger,
                           cancelled ? EVENT_ALLEGEMENT_CANCELLED : EVENT_ALLEGEMENT_REMOVED, index,
                           DIMENSION_MATCH, MATCH_UNMATCHED, REASON_NONE);
}

static bool due_first(const struct ledger *ledger, struct deadline *first)
{
    return deadline_first(&ledger->allegement_deadlines, first) &&
           first->time_ms <= ledger->scalars->time_ms;
}

bool allegement_run(struct ledger *ledger)
{
    struct deadline first;

    for (uint32_t i = 0; i < ALLEGEMENTS_PER_BLOCK && event_room(ledger, 1); i++) {
        if (!due_first(ledger, &first)) {
            return false;
        }
        deadline_remove(&ledger->allegement_deadlines, first.index);
        send(ledger, first.index);
    }
    return due_first(ledger, &first);
}

uint64_t allegement_next_due_ms(const struct ledger *ledger)
{
    struct deadline first;

    return deadline_first(&ledger->allegement_deadlines, &first) ? first.time_ms : UINT64_MAX;
}

void allegement_rebuild(struct ledger *ledger)
{
    TALLY_ASSERT(ledger->allegement_deadlines.count == 0);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        const struct instruction *instruction = instruction_view(ledger, i);
        if (instruction->allegement == ALLEGEMENT_DUE) {
            deadline_push(&ledger->allegement_deadlines, instruction->allegement_ms, i);
        }
    }
}
