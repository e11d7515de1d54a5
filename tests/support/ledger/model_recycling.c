/*
 * What the end and the start of a settlement day do to open instructions: domain.md 2.3, T20 to
 * T25, and 2.5 (recycling), read once more.
 */
#include "ledger/values/date.h"
#include "tests/support/ledger/model_ledger.h"

/* How many business days lie after one date, up to another. */
static uint32_t business_days(uint32_t after, uint32_t until)
{
    uint32_t count = 0;
    for (uint32_t day = date_to_days(after) + 1; day <= date_to_days(until); day++) {
        count += (day + 3) % 7 < 5;
    }
    return count;
}

static bool recycled_out(const struct model *model, int32_t index, uint32_t period)
{
    const struct model_instruction *own = &model->instructions[index];
    uint32_t last = own->terms.settlement_date;
    if (own->changed_date > last) {
        last = own->changed_date;
    }
    if (own->counterpart != MODEL_NONE &&
        model->instructions[own->counterpart].changed_date > last) {
        last = model->instructions[own->counterpart].changed_date;
    }
    return period != 0 && last < model->running.date &&
           business_days(last, model->running.date) >= period;
}

static void end_of_day(struct model *model, int32_t index)
{
    const struct model_instruction *own = &model->instructions[index];
    bool matched = own->counterpart != MODEL_NONE;
    bool due = own->terms.settlement_date <= model->running.date &&
               own->submitted_ms < model->running.time_ms;
    if (recycled_out(model, index, matched ? model->matched_days : model->unmatched_days)) {
        model_cancel_by_system(model, index);
    } else if (matched && due && own->matched_ms < model->running.time_ms) {
        model_status_set(model, index, DIMENSION_PROCESSING, PROCESSING_FAILING, REASON_NONE);
    } else if (!matched && due) {
        model->fails_to_match++;
    }
}

static void start_of_day(struct model *model, int32_t index)
{
    const struct model_instruction *own = &model->instructions[index];
    if (model->suspended[own->party] && !model->party_blocked[own->party]) {
        model_cancel_by_system(model, index);
    } else if (own->status[DIMENSION_PROCESSING].value == PROCESSING_FAILING) {
        model_status_set(model, index, DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
    }
}

bool model_sweep_asked(const struct model *model)
{
    return model->running.date != 0 || model->end.date != 0 || model->start.date != 0;
}

bool model_sweep(struct model *model)
{
    const struct model_sweep none = {0, 0};
    while (model_sweep_asked(model)) {
        if (model->running.date == 0) {
            model->running_end =
                model->end.date != 0 && (model->start.date == 0 || !model->day.ended_last);
            model->running = model->running_end ? model->end : model->start;
            *(model->running_end ? &model->end : &model->start) = none;
        }
        if (model_first_due_ms(model) < model->running.time_ms) {
            return true; /* who fell due before it goes first */
        }
        for (int32_t i = 0; i < model->instruction_count; i++) {
            if (model_ended(&model->instructions[i])) {
                continue;
            }
            if (model->running_end) {
                end_of_day(model, i);
            } else {
                start_of_day(model, i);
            }
        }
        model->statements += model->running_end ? 1 : 0;
        model->running = none;
    }
    return false;
}
