/* The figures of a run, and what is still owed. */
#include "ledger/command/command.h"
#include "netsim/market/workload_inside.h"

static void results_command(struct workload_results *results,
                            const struct workload_command *command)
{
    uint8_t reason = (uint8_t)command->reason;
    results->commands[command->outcome <= OUTCOME_PENDING ? command->outcome : 0]++;
    if (command->state == COMMAND_REFUSED) {
        results->refused[reason]++;
    }
    if (command->kind < WORKLOAD_COMMAND_KINDS) {
        results->done[command->kind] +=
            command->state != COMMAND_REFUSED && command->state != COMMAND_MADE ? 1 : 0;
        results->not_done[command->kind] += command->state == COMMAND_REFUSED ? 1 : 0;
        results->drafted += command->outcome == OUTCOME_WAITING ? 1 : 0;
    }
    if (!command->instructs) {
        return;
    }
    results->instructions++;
    results->settled += command->state == COMMAND_SETTLED ? 1 : 0;
    results->cancelled += command->state == COMMAND_CANCELLED ? 1 : 0;
    results->pending[reason] += command->state == COMMAND_OPEN ? 1 : 0;
}

void workload_results_read(struct workload *workload, struct workload_results *out)
{
    *out = workload->results;
    for (uint32_t i = 0; i < workload_book_command_count(workload->book); i++) {
        const struct workload_command *command = workload_book_command(workload->book, i);
        const struct workload_envelope *envelope =
            workload_book_envelope(workload->book, command->envelope);
        if (envelope->flaw == FLAW_NONE && workload_errand(workload, command->envelope)->handed) {
            results_command(out, command);
        }
    }
    for (uint32_t i = 0; i < workload_book_deal_count(workload->book); i++) {
        out->made[workload_book_deal(workload->book, i)->kind]++;
    }
    out->flawed_done = workload_book_flawed_done(workload->book);
}

struct workload_book *workload_book_of(struct workload *workload)
{
    return workload->book;
}

const struct workload_times *workload_times_of(struct workload *workload, uint32_t envelope)
{
    return &workload_errand(workload, envelope)->times;
}

uint64_t workload_ended_us(struct workload *workload, uint32_t command)
{
    return workload_ending(workload, command)->ended_us;
}

static bool any_accepted(const struct errand *errand, const struct member_set *members)
{
    return ((errand->accepted.words[0] & members->words[0]) |
            (errand->accepted.words[1] & members->words[1])) != 0;
}

/* The lowest height that a member of the set has executed up to. */
static uint64_t executed_by_all(const struct workload *workload, const struct member_set *members)
{
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < workload->member_count; i++) {
        if (member_set_has(members, i) && workload->members[i].executed < lowest) {
            lowest = workload->members[i].executed;
        }
    }
    return lowest;
}

bool workload_at_rest(struct workload *workload, const struct member_set *members,
                      uint64_t margin_ms, struct workload_unfinished *out)
{
    uint64_t needed_ms = simulation_utc_ms(workload->simulation) + margin_ms;
    uint64_t executed = executed_by_all(workload, members);
    uint32_t deal = 0;
    *out = (struct workload_unfinished){.envelope = WORKLOAD_NONE, .deal = WORKLOAD_NONE};
    for (uint32_t i = 0; i < workload_book_envelope_count(workload->book); i++) {
        const struct workload_envelope *record = workload_book_envelope(workload->book, i);
        bool done = record->executed && record->height <= executed;
        if (record->flaw == FLAW_NONE && !done && record->valid_until_ms >= needed_ms &&
            any_accepted(workload_errand(workload, i), members)) {
            out->envelope = out->envelope_count == 0 ? i : out->envelope;
            out->envelope_count++;
        }
    }
    while (workload_book_could_settle(workload->book, &deal)) {
        out->deal = out->deal_count == 0 ? deal : out->deal;
        out->deal_count++;
        deal++;
    }
    out->later_count = workload->later_asked;
    return out->envelope_count == 0 && out->deal_count == 0 && out->later_count == 0;
}
