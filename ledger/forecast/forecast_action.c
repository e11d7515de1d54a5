#include "ledger/forecast/forecast_run.h"

#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/state.h"

enum {
    TRIALS_MAX = 64,
};

/* Something to suppose, and how much waits behind it. */
struct candidate {
    struct forecast_trial trial;
    int128 value;
    uint32_t pairs;
};

/* The candidates with most behind them, most first. */
struct shortlist {
    struct candidate items[TRIALS_MAX];
    uint32_t count;
    uint32_t limit;
};

static void shortlist_add(struct shortlist *list, const struct candidate *candidate)
{
    uint32_t at = list->count;

    while (at > 0 && (candidate->value > list->items[at - 1].value ||
                      (candidate->value == list->items[at - 1].value &&
                       candidate->pairs > list->items[at - 1].pairs))) {
        at--;
    }
    if (at == list->limit) {
        return;
    }
    list->count += list->count < list->limit ? 1 : 0;
    for (uint32_t i = list->count - 1; i > at; i--) {
        list->items[i] = list->items[i - 1];
    }
    list->items[at] = *candidate;
}

/* What waits for a position, itself lacking. */
static void slot_weigh(const struct forecast *forecast, uint32_t slot, struct candidate *out)
{
    const struct netting *netting = &forecast->netting;

    *out = (struct candidate){.trial = {slot, NETTING_NONE}};
    for (uint32_t i = netting->touch_first[slot]; i < netting->touch_first[slot + 1]; i++) {
        uint32_t unit = netting->owner[netting->touch[i]];
        const struct forecast_unit *waiting = &forecast->units[unit];
        for (uint32_t k = 0; k < waiting->row_count; k++) {
            const struct forecast_row *row = &forecast->rows[waiting->row_first + k];
            bool waits = row->outcome == FORECAST_WAITS || row->outcome == FORECAST_PART;
            if (waits && row->position == forecast->positions[slot]) {
                out->value += row->value;
                out->pairs++;
            }
        }
    }
}

/* The only hold of the unit; false when there are more. */
static bool unit_hold(const struct forecast *forecast, const struct forecast_unit *unit,
                      uint32_t *instruction, uint8_t *dimension)
{
    uint32_t holds = 0;

    for (uint32_t i = 0; i < unit->row_count; i++) {
        const struct forecast_row *row = &forecast->rows[unit->row_first + i];
        for (uint32_t side = 0; side < (row->deliverer == row->receiver ? 1u : 2u); side++) {
            uint32_t index = side == 0 ? row->deliverer : row->receiver;
            const struct instruction *held = instruction_view(forecast->ledger, index);
            for (uint32_t which = DIMENSION_HOLD_PARTY; which <= DIMENSION_HOLD_CONDITIONAL;
                 which++) {
                if (held->status[which].value == HOLD_YES) {
                    *instruction = index;
                    *dimension = (uint8_t)which;
                    holds++;
                }
            }
        }
    }
    return holds == 1;
}

static void shortlist_make(const struct forecast *forecast, struct shortlist *list)
{
    struct candidate candidate;
    uint32_t instruction;
    uint8_t dimension;

    for (uint32_t slot = 0; slot < forecast->netting.resource_count; slot++) {
        slot_weigh(forecast, slot, &candidate);
        if (candidate.pairs > 0) {
            shortlist_add(list, &candidate);
        }
    }
    for (uint32_t i = 0; i < forecast->unit_count; i++) {
        const struct forecast_unit *unit = &forecast->units[i];
        if (unit->gate == FORECAST_HELD && unit_hold(forecast, unit, &instruction, &dimension)) {
            candidate = (struct candidate){.trial = {NETTING_NONE, i}, .pairs = unit->row_count};
            candidate.value = forecast->netting.candidates[i].value;
            shortlist_add(list, &candidate);
        }
    }
}

/* Who has to bring what, where; only the owner is told where and how much. */
static void action_bring(const struct forecast *forecast, uint32_t slot, int64_t drawn,
                         struct forecast_action *action)
{
    const struct ledger *ledger = forecast->ledger;
    const struct position *position = position_view(ledger, forecast->positions[slot]);
    uint32_t asker = forecast->question->party;

    action->party = account_view(ledger, position->account)->party;
    action->asset = position->asset;
    action->help = asset_is_currency(asset_view(ledger, position->asset))
                       ? FORECAST_HELP_CASH
                       : FORECAST_HELP_SECURITIES;
    if (asker == RECORD_NONE || asker == action->party) {
        action->account = position->account;
        action->quantity = drawn;
    }
}

static void action_fill(const struct forecast *forecast, const struct forecast_trial *trial,
                        int64_t drawn, struct forecast_action *action)
{
    if (trial->slot != NETTING_NONE) {
        action_bring(forecast, trial->slot, drawn, action);
        return;
    }
    bool single =
        unit_hold(forecast, &forecast->units[trial->unit], &action->release, &action->dimension);
    TALLY_ASSERT(single);
    action->help = FORECAST_HELP_RELEASE;
    action->party = instruction_view(forecast->ledger, action->release)->party;
}

void forecast_advise(struct forecast *forecast, const struct forecast_outcome_sum *base,
                     struct forecast_action *action)
{
    struct shortlist list = {.count = 0};
    int64_t drawn = 0;
    uint32_t best = TRIALS_MAX;

    list.limit =
        forecast->question->actions_max < TRIALS_MAX ? forecast->question->actions_max : TRIALS_MAX;
    shortlist_make(forecast, &list);
    for (uint32_t i = 0; i < list.count; i++) {
        struct forecast_outcome_sum sum;
        forecast_try(forecast, &list.items[i].trial, &sum);
        int64_t value = sum.value > base->value ? sum.value - base->value : 0;
        uint32_t pairs = sum.pairs > base->pairs ? sum.pairs - base->pairs : 0;
        if (pairs > 0 && (best == TRIALS_MAX || value > action->value ||
                          (value == action->value && pairs > action->pairs))) {
            best = i;
            drawn = sum.drawn;
            action->value = value;
            action->pairs = pairs;
        }
    }
    if (best != TRIALS_MAX) {
        action_fill(forecast, &list.items[best].trial, drawn, action);
    }
}
