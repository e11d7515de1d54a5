#include "consensus/execution.h"

#include "base/assert.h"
#include "base/mark.h"
#include "base/mutant.h"
#include "consensus/pacing.h"
#include "consensus/repair.h"

bool execution_result(const struct consensus *core, uint64_t height, struct hash *root)
{
    const struct history_row *row = &core->history[height % CORE_HISTORY];
    if (height > core->exec_height || row->result_height != height) {
        return false;
    }
    *root = row->result_root;
    return true;
}

/* The q-th highest report, but not above the own: a leader must know the root it names. */
void execution_quorum(struct consensus *core)
{
    uint64_t best = 0;
    for (uint16_t i = 0; i < core->n; i++) {
        const uint64_t reported = core->peers[i].exec_height;
        const uint64_t candidate = reported < core->exec_height ? reported : core->exec_height;
        uint16_t count = 0;
        for (uint16_t j = 0; j < core->n; j++) {
            count = (uint16_t)(count + (core->peers[j].exec_height >= candidate ? 1 : 0));
        }
        if (count >= core->quorum && candidate > best) {
            best = candidate;
        }
    }
    core->exec_quorum = best;
}

static void compare_results(struct consensus *core, const struct history_row *row)
{
    if (row->result_height == UINT64_MAX || row->result_height != row->certified_height ||
        hash_equal(&row->result_root, &row->certified_root) || MUTANT(CONTRADICTION_IGNORED)) {
        return;
    }
    MARK(halt_on_contradicted_result);
    core_halt(core, CONSENSUS_HALT_RESULT_CONTRADICTED, row->result_height);
}

void execution_on_executed(struct consensus *core, const struct consensus_event *event)
{
    const uint64_t height = event->executed.height;
    TALLY_ASSERT(height <= core->tip.height);
    TALLY_ASSERT(height >= core->exec_height);
    struct history_row *row = core_history(core, height);
    row->result_height = height;
    row->result_root = event->executed.result_root;
    row->has_content = event->executed.has_content;
    core->exec_height = height;
    pacing_executed(core);
    core->pacing.more_due = event->executed.more_due;
    core->pacing.more_due_height = height;
    if (core->config.self != CONSENSUS_OBSERVER) {
        core->peers[core->config.self].exec_height = height;
    }
    execution_quorum(core);
    compare_results(core, row);
    core->changed = true;
    /* If no vote is about to carry the news, a STATUS does: the others wait to certify it. */
    if (event->executed.has_content && height == core->tip.height &&
        core->pacing.work_ms == UINT64_MAX) {
        MARK(result_announced_by_status);
        repair_status_now(core);
    }
}

void execution_certified(struct consensus *core, const struct header *header)
{
    struct history_row *row = core_history(core, header->exec_height);
    if (header->exec_height > core->certified_exec_height) {
        core->certified_exec_height = header->exec_height;
    }
    row->certified_height = header->exec_height;
    row->certified_root = header->result_root;
    compare_results(core, row);
}
