/* Limits of parties by day, as the plain model sees them: a list, looked through for every flow. */
#include "tests/support/ledger/model_limit.h"
#include "tests/support/cmocka.h"

static int64_t used_today(const struct model *model, const struct model_limit *limit)
{
    return limit->day == model->today ? limit->used : 0;
}

/* Does a flow count into a limit? */
static bool counts(const struct model *model, const struct model_limit *limit,
                   const struct model_movement *flow)
{
    const struct model_position *from = &model->positions[flow->from];
    const struct model_position *to = &model->positions[flow->to];
    if (limit->amount == INT64_MAX || limit->asset != from->asset) {
        return false;
    }
    if (limit->account) {
        return limit->party == from->party && limit->subject == from->number;
    }
    return from->party != to->party &&
           ((limit->party == from->party && limit->subject == to->party) ||
            (limit->party == to->party && limit->subject == from->party));
}

/* The giver's account first, then the giver, then the taker. */
static uint32_t turn_of(const struct model *model, const struct model_limit *limit,
                        const struct model_movement *flow)
{
    return limit->account ? 0 : limit->party == model->positions[flow->from].party ? 1 : 2;
}

/* The first limit that the flows, one after the other, would pass. */
int32_t model_limit_passed(const struct model *model, const struct model_movement *flows,
                           uint32_t count, uint32_t *place, int64_t *need)
{
    int64_t used[MODEL_LIMIT_MAX];
    for (uint32_t i = 0; i < model->limit_count; i++) {
        used[i] = used_today(model, &model->limits[i]);
    }
    for (*place = 0; *place < count; (*place)++) {
        const struct model_movement *flow = &flows[*place];
        for (uint32_t turn = 0; turn < 3; turn++) {
            for (uint32_t i = 0; i < model->limit_count; i++) {
                const struct model_limit *limit = &model->limits[i];
                if (!counts(model, limit, flow) || turn_of(model, limit, flow) != turn) {
                    continue;
                }
                if (used[i] + flow->quantity > limit->amount) {
                    *need = 0;
                    for (uint32_t j = 0; j < count; j++) {
                        *need += counts(model, limit, &flows[j]) ? flows[j].quantity : 0;
                    }
                    return (int32_t)i;
                }
            }
        }
        for (uint32_t i = 0; i < model->limit_count; i++) {
            used[i] += counts(model, &model->limits[i], flow) ? flow->quantity : 0;
        }
    }
    return MODEL_NONE;
}

void model_limit_count(struct model *model, const struct model_movement *flows, uint32_t count)
{
    for (uint32_t i = 0; i < model->limit_count; i++) {
        struct model_limit *limit = &model->limits[i];
        for (uint32_t j = 0; j < count; j++) {
            if (counts(model, limit, &flows[j])) {
                limit->used = used_today(model, limit) + flows[j].quantity;
                limit->day = model->today;
            }
        }
    }
}

void model_limit_sweep(struct model *model)
{
    for (uint32_t i = 0; i < model->limit_count && model->limit_sweep; i++) {
        const struct model_limit *limit = &model->limits[i];
        int64_t left =
            limit->amount == INT64_MAX ? INT64_MAX : limit->amount - used_today(model, limit);
        for (int32_t j = 0; j < model->instruction_count; j++) {
            struct model_instruction *instruction = &model->instructions[j];
            if (instruction->waits_for == MODEL_LIMIT_BASE + (int32_t)i &&
                instruction->need <= left) {
                instruction->waits_for = MODEL_NONE;
                instruction->waits_for_date = true; /* its turn comes by date and age */
            }
        }
    }
    model->limit_sweep = false;
}

/* The party, the scope and what it is about name a limit; the amount may change. */
struct model_answer model_limit_set(struct model *model, const struct model_limit *wanted)
{
    for (uint32_t i = 0; i < model->limit_count; i++) {
        struct model_limit *limit = &model->limits[i];
        if (limit->party == wanted->party && limit->account == wanted->account &&
            limit->subject == wanted->subject && limit->asset == wanted->asset) {
            model->limit_sweep = model->limit_sweep || wanted->amount > limit->amount;
            limit->amount = wanted->amount;
            return (struct model_answer){OUTCOME_DONE, REASON_NONE};
        }
    }
    assert_true(model->limit_count < MODEL_LIMIT_MAX);
    model->limits[model->limit_count++] = *wanted;
    return (struct model_answer){OUTCOME_DONE, REASON_NONE};
}
