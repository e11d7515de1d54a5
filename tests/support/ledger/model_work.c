/* The work of a block on those that wait, as the settlement rules say it: whose turn it is. */
#include "tests/support/ledger/model_inside.h"

/* Those that wait for an earlier day first. */
static bool due_before(const struct model *model, int32_t a, int32_t b)
{
    uint32_t date_a = model->instructions[a].waiting_date;
    uint32_t date_b = model->instructions[b].waiting_date;
    return date_a != date_b ? date_a < date_b : model_served_before(model, MODEL_NONE, a, b);
}

/* Has its day come, opened, and been prepared? */
static bool is_due(const struct model *model, const struct model_instruction *instruction)
{
    bool day_began = model_day_opened(&model->day) != 0 && !model_sweep_asked(model);
    return instruction->waits_for_date &&
           (instruction->waiting_date == 0 ||
            (instruction->waiting_date <= model->today && day_began));
}

static int32_t due_first(const struct model *model)
{
    int32_t best = MODEL_NONE;
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        if (is_due(model, instruction) && (best == MODEL_NONE || due_before(model, i, best))) {
            best = i;
        }
    }
    return best;
}

static uint64_t turn_of(const struct model_position *position, bool part)
{
    return part ? position->part_turn : position->turn;
}

/* When the turn of a position fell due: for a whole when it was given, for a part likewise if that
 * was in a window, else when the next one opened. UINT64_MAX: it has none, or it has not. */
static uint64_t turn_due_ms(const struct model *model, int32_t position, bool part)
{
    if (turn_of(&model->positions[position], part) == 0) {
        return UINT64_MAX;
    }
    return part ? model_day_window(&model->day, model->positions[position].part_ms)
                : model->positions[position].turn_ms;
}

/* When the oldest of all turns fell due. */
static uint64_t turns_due_ms(const struct model *model, bool part)
{
    uint64_t first = UINT64_MAX;
    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        uint64_t due_ms = turn_due_ms(model, i, part);
        first = due_ms < first ? due_ms : first;
    }
    return first;
}

/* The first in line of those that are due; and of these, while the end or the start of a day waits
 * for what was due before it, of that. */
static int32_t turn_first(const struct model *model, bool part)
{
    uint64_t oldest_ms = turns_due_ms(model, part);
    uint64_t before_ms = model->running.date != 0 && oldest_ms < model->running.time_ms
                             ? model->running.time_ms
                             : UINT64_MAX;
    int32_t best = MODEL_NONE;
    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        uint64_t turn = turn_of(&model->positions[i], part);
        if (turn_due_ms(model, i, part) < before_ms &&
            (best == MODEL_NONE || turn < turn_of(&model->positions[best], part))) {
            best = i;
        }
    }
    return best;
}

/* A turn, then a date, then a turn, as long as there are both; in every second block the other way
 * round. Each costs one step. */
static void work_alone(struct model *model)
{
    bool turn_last = model->height % 2 == 1;
    while (model->steps_left > model->steps_kept) {
        int32_t turn = turn_first(model, false);
        int32_t due = due_first(model);
        if (turn == MODEL_NONE && due == MODEL_NONE) {
            return;
        }
        uint32_t cost = 1;
        if (due != MODEL_NONE && (turn == MODEL_NONE || turn_last)) {
            if (model->instructions[due].waiting_date != 0) {
                model->origin_ms = model_day_opened(&model->day);
            }
            cost = model_attempt_tied(model, due);
            turn_last = false;
        } else {
            int32_t head = model_review_next(model, turn);
            model->positions[turn].review = head == MODEL_NONE ? 0 : model_age(model, head) + 2;
            head = head == MODEL_NONE ? model_helped_first(model, turn, false) : head;
            model->origin_ms = model->positions[turn].turn_ms;
            model->positions[turn].turn = 0;
            model->positions[turn].turn_ms = 0;
            if (head != MODEL_NONE) {
                cost = model_attempt_tied(model, head);
                model_wake(model, turn);
            }
            turn_last = true;
        }
        model->origin_ms = model->now_ms;
        model->steps_left = model->steps_left - model->steps_kept > cost ? model->steps_left - cost
                                                                         : model->steps_kept;
    }
}

uint64_t model_first_due_ms(const struct model *model)
{
    uint64_t whole_ms = turns_due_ms(model, false);
    uint64_t part_ms = turns_due_ms(model, true);
    return whole_ms < part_ms ? whole_ms : part_ms;
}

static bool work_alone_left(const struct model *model)
{
    return turn_first(model, false) != MODEL_NONE || due_first(model) != MODEL_NONE;
}

/* Whoever can be tried alone first; then sets, which may wake others. */
static void work_wholes(struct model *model)
{
    model->steps_kept = 0;
    if (turn_first(model, true) != MODEL_NONE) {
        model->steps_kept =
            model->part_steps_left < model->steps_left ? model->part_steps_left : model->steps_left;
    }
    do {
        work_alone(model);
    } while (!work_alone_left(model) && model_optimise(model));
}

/* Then parts; a quarter of the steps is theirs also when others never come to an end. */
void model_work(struct model *model)
{
    work_wholes(model);
    while (model->steps_left > 0 && turn_first(model, true) != MODEL_NONE) {
        int32_t turn = turn_first(model, true);
        int32_t head = model_helped_first(model, turn, true);
        if (work_alone_left(model) || model_marks_left(model)) {
            if (model->part_steps_left == 0) {
                return;
            }
            model->part_steps_left--;
        }
        model->steps_left--;
        model->origin_ms = turn_due_ms(model, turn, true);
        model->positions[turn].part_turn = 0;
        model->positions[turn].part_ms = 0;
        if (head != MODEL_NONE) {
            if (model->positions[turn].turn == 0) { /* else wholes of it come first */
                model_attempt_part(model, head, turn);
            }
            model_wake_part(model, turn);
        }
        model->origin_ms = model->now_ms;
        work_wholes(model);
    }
}

bool model_work_left(const struct model *model)
{
    return work_alone_left(model) || model_marks_left(model) ||
           turn_first(model, true) != MODEL_NONE;
}
