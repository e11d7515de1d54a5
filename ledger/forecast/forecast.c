#include "ledger/forecast/forecast.h"

#include <string.h>

#include "ledger/forecast/forecast_run.h"
#include "ledger/register/rule_set.h"
#include "ledger/state.h"

static void forecast_layout(struct forecast *forecast, const struct forecast_capacity *capacity,
                            struct arena *arena)
{
    uint32_t slots = 4 * capacity->pairs;
    struct netting_capacity netting = {capacity->pairs, slots, slots};

    forecast->capacity = *capacity;
    netting_layout(&forecast->netting, &netting, arena);
    forecast->units = ARENA_TAKE(arena, struct forecast_unit, capacity->pairs);
    forecast->rows = ARENA_TAKE(arena, struct forecast_row, capacity->pairs);
    forecast->heads = ARENA_TAKE(arena, uint32_t, capacity->pairs);
    forecast->shown = ARENA_TAKE(arena, uint32_t, capacity->pairs);
    forecast->taken = ARENA_TAKE(arena, uint32_t, capacity->instructions);
    forecast->positions = ARENA_TAKE(arena, uint32_t, slots);
    forecast->slots = ARENA_TAKE(arena, uint32_t, capacity->positions);
    forecast->mark = ARENA_TAKE(arena, uint32_t, slots);
}

static size_t struct_bytes(void)
{
    size_t rounded = sizeof(struct forecast) + ARENA_ALIGNMENT - 1;

    return rounded - rounded % ARENA_ALIGNMENT;
}

size_t forecast_footprint(const struct forecast_capacity *capacity)
{
    struct forecast counted;
    struct arena arena;

    arena_init(&arena, NULL, 0);
    forecast_layout(&counted, capacity, &arena);
    return struct_bytes() + arena.used;
}

struct forecast *forecast_new(void *memory, const struct forecast_capacity *capacity)
{
    struct forecast *forecast = memory;
    struct arena arena;

    memset(forecast, 0, sizeof *forecast);
    arena_init(&arena, (uint8_t *)memory + struct_bytes(),
               forecast_footprint(capacity) - struct_bytes());
    forecast_layout(forecast, capacity, &arena);
    return forecast;
}

static void value_add(struct forecast_total *total, int64_t value)
{
    if (!amount_add(total->value, value, &total->value)) {
        total->value = INT64_MAX;
    }
}

static void total_add(struct forecast_answer *answer, const struct forecast_row *row)
{
    struct forecast_total *total = &answer->waiting;
    int64_t settles = row->value;

    switch ((enum forecast_outcome)row->outcome) {
    case FORECAST_WAITS:
        break;
    case FORECAST_ALONE:
        total = &answer->alone;
        break;
    case FORECAST_TOGETHER:
        total = &answer->together;
        break;
    case FORECAST_PART:
        total = &answer->parts;
        if (row->amount == 0 ||
            !amount_mul_div(row->value, row->part_amount, row->amount, &settles)) {
            settles = 0;
        }
        value_add(&answer->waiting, row->value - settles);
        break;
    }
    total->pairs++;
    value_add(total, settles);
}

/* Rows that the asker sees, without what is not his to know. */
static void rows_show(struct forecast *forecast, struct forecast_answer *answer)
{
    const struct ledger *ledger = forecast->ledger;
    uint32_t party = forecast->question->party;

    for (uint32_t i = 0; i < forecast->row_count; i++) {
        struct forecast_row *row = &forecast->rows[i];
        if (!forecast_shows(forecast, row)) {
            continue;
        }
        forecast->shown[answer->row_count] = i;
        answer->row_count++;
        if (row->position != RECORD_NONE && party != RECORD_NONE &&
            account_view(ledger, position_view(ledger, row->position)->account)->party != party) {
            row->position = RECORD_NONE;
            row->short_by = 0;
            row->part_quantity = 0;
            row->part_amount = 0;
        }
        total_add(answer, row);
    }
}

void forecast_run(struct forecast *forecast, const struct ledger *ledger,
                  const struct forecast_question *question, struct forecast_answer *answer)
{
    const struct forecast_trial nothing = {NETTING_NONE, NETTING_NONE};
    struct forecast_outcome_sum base;

    TALLY_ASSERT(forecast->capacity.instructions >= record_capacity(ledger, RECORD_INSTRUCTION));
    TALLY_ASSERT(forecast->capacity.positions >= record_capacity(ledger, RECORD_POSITION));
    *answer = (struct forecast_answer){.date = question->date,
                                       .action = {.asset = RECORD_NONE,
                                                  .account = RECORD_NONE,
                                                  .party = RECORD_NONE,
                                                  .release = RECORD_NONE}};
    forecast->ledger = ledger;
    forecast->question = question;
    forecast->steps_max = rule_set_in_force(ledger)->optimisation_budget;
    forecast_collect(forecast);
    forecast_try(forecast, &nothing, &base);
    forecast_tell(forecast);
    forecast_advise(forecast, &base, &answer->action);
    answer->cut = forecast->cut;
    rows_show(forecast, answer);
    forecast->question = NULL;
    forecast->ledger = NULL;
}

const struct forecast_row *forecast_row(const struct forecast *forecast, uint32_t index)
{
    return &forecast->rows[forecast->shown[index]];
}

const char *forecast_outcome_name(uint8_t outcome)
{
    switch ((enum forecast_outcome)outcome) {
    case FORECAST_WAITS:
        return "WAITS";
    case FORECAST_ALONE:
        return "SETTLES";
    case FORECAST_TOGETHER:
        return "SETTLES_TOGETHER";
    case FORECAST_PART:
        return "SETTLES_IN_PART";
    }
    return "";
}

const char *forecast_help_name(uint8_t help)
{
    switch ((enum forecast_help)help) {
    case FORECAST_HELP_NONE:
        return "NONE";
    case FORECAST_HELP_SECURITIES:
        return "SECURITIES";
    case FORECAST_HELP_CASH:
        return "CASH";
    case FORECAST_HELP_RELEASE:
        return "RELEASE";
    }
    return "";
}
