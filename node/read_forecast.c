#include "node/read_forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "client/actor.h"
#include "client/row_cells.h"
#include "ledger/forecast/forecast.h"
#include "ledger/holding/position.h"
#include "ledger/instruction/explain.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/register/rule_set.h"
#include "ledger/values/date.h"
#include "node/read_rows.h"

enum {
    FORECAST_PAIRS_MAX = 8192,
    FORECAST_TRIALS_MAX = 24,
    FORECAST_EXTRA_ROWS = 5 /* totals and action */
};

struct read_forecast {
    struct forecast *forecast;
    void *memory;
    struct forecast_answer answer; /* of the run that is kept */
    struct asker asker;
    uint32_t date; /* 0: none is kept */
    uint64_t height;
};

struct read_forecast *read_forecast_new(const struct ledger *ledger)
{
    const struct forecast_capacity capacity = {
        .pairs = FORECAST_PAIRS_MAX,
        .instructions = record_capacity(ledger, RECORD_INSTRUCTION),
        .positions = record_capacity(ledger, RECORD_POSITION)};
    size_t size = forecast_footprint(&capacity);
    struct read_forecast *forecast = calloc(1, sizeof *forecast);
    size_t aligned = (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    void *memory = aligned_alloc(ARENA_ALIGNMENT, aligned);
    if (forecast == NULL || memory == NULL) {
        free(forecast);
        free(memory);
        return NULL;
    }
    forecast->memory = memory;
    forecast->forecast = forecast_new(memory, &capacity);
    return forecast;
}

void read_forecast_free(struct read_forecast *forecast)
{
    if (forecast != NULL) {
        free(forecast->memory);
        free(forecast);
    }
}

/* ---- Cells -------------------------------------------------------------------------------- */

static void add_party(const struct ledger *ledger, struct row_cells *row, uint32_t index)
{
    char text[CLIENT_BIC_SIZE] = "";
    if (index != RECORD_NONE) {
        read_bic(&party_view(ledger, index)->bic, text);
    }
    row_cells_add(row, text);
}

static void add_reference(struct row_cells *row, const struct instruction *instruction)
{
    char text[CLIENT_TEXT35_SIZE];
    read_text35(&instruction->reference, text);
    row_cells_add(row, text);
}

/* A code and a number in its decimals; both empty where there is none. */
static void add_quantity(const struct ledger *ledger, struct row_cells *row, uint32_t asset,
                         int64_t quantity)
{
    char text[CLIENT_ASSET_SIZE] = "";
    if (asset == RECORD_NONE) {
        row_cells_add(row, "");
        row_cells_add(row, "");
        return;
    }
    read_asset_code(&asset_view(ledger, asset)->code, text);
    row_cells_add(row, text);
    row_cells_add_decimal(row, quantity, asset_view(ledger, asset)->decimals);
}

static void add_account(const struct ledger *ledger, struct row_cells *row, uint32_t account)
{
    char text[CLIENT_TEXT35_SIZE] = "";
    if (account != RECORD_NONE) {
        read_text35(&account_view(ledger, account)->id, text);
    }
    row_cells_add(row, text);
}

/* Values are in the reference currency. */
static void add_value(const struct ledger *ledger, struct row_cells *row, int64_t value)
{
    const struct asset_code *code = &rule_set_in_force(ledger)->valuation.reference_currency;
    uint32_t asset = code->size > 0 ? asset_find(ledger, code) : RECORD_NONE;
    row_cells_add_decimal(row, value,
                          asset == RECORD_NONE ? 0 : asset_view(ledger, asset)->decimals);
}

static void add_blank(struct row_cells *row, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        row_cells_add(row, "");
    }
}

/* ---- Rows --------------------------------------------------------------------------------- */

/* What settles of it now, in the decimals of its asset. */
static void add_part(const struct ledger *ledger, struct row_cells *row, uint32_t asset,
                     int64_t quantity)
{
    if (asset == RECORD_NONE) {
        row_cells_add(row, "");
    } else {
        row_cells_add_decimal(row, quantity, asset_view(ledger, asset)->decimals);
    }
}

/* The asker's side of a pair first. */
static void pair_row(const struct ledger *ledger, const struct asker *asker,
                     const struct forecast_row *pair, struct row_cells *row)
{
    bool receives =
        !asker->sees_all && instruction_view(ledger, pair->deliverer)->party != asker->party;
    uint32_t index = receives ? pair->receiver : pair->deliverer;
    const struct instruction *own = instruction_view(ledger, index);
    const struct instruction *other =
        instruction_view(ledger, receives ? pair->deliverer : pair->receiver);
    enum reason reason = receives ? pair->receiver_reason : pair->deliverer_reason;
    const struct position *lack =
        pair->position == RECORD_NONE ? NULL : position_view(ledger, pair->position);
    row_cells_add(row, "INSTRUCTION");
    row_cells_add(row, forecast_outcome_name(pair->outcome));
    add_reference(row, own);
    add_party(ledger, row, own->party);
    add_reference(row, other);
    add_party(ledger, row, other->party);
    add_quantity(ledger, row, own->terms.asset, pair->quantity);
    add_quantity(ledger, row, own->terms.currency, pair->amount);
    row_cells_add(row, reason_code(reason));
    row_cells_add(row, reason == REASON_NONE
                           ? ""
                           : actor_text((enum row_actor)explain_actor(ledger, index, reason)));
    add_account(ledger, row, lack == NULL ? RECORD_NONE : lack->account);
    add_quantity(ledger, row, lack == NULL ? RECORD_NONE : lack->asset, pair->short_by);
    row_cells_add_integer(row, 1);
    add_value(ledger, row, pair->value);
    if (pair->part_quantity > 0) {
        add_part(ledger, row, own->terms.asset, pair->part_quantity);
        add_part(ledger, row, own->terms.currency, pair->part_amount);
    } else {
        add_blank(row, 2);
    }
}

static void total_row(const struct ledger *ledger, uint8_t outcome,
                      const struct forecast_total *total, struct row_cells *row)
{
    row_cells_add(row, "TOTAL");
    row_cells_add(row, forecast_outcome_name(outcome));
    add_blank(row, 13);
    row_cells_add_integer(row, total->pairs);
    add_value(ledger, row, total->value);
    add_blank(row, 2);
}

/* Who must act, and what he must bring or release. */
static void action_row(const struct ledger *ledger, const struct forecast_action *action,
                       struct row_cells *row)
{
    const struct instruction *held =
        action->release == RECORD_NONE ? NULL : instruction_view(ledger, action->release);
    bool any = action->help != FORECAST_HELP_NONE;
    row_cells_add(row, "ACTION");
    row_cells_add(row, forecast_help_name(action->help));
    if (held != NULL) {
        add_reference(row, held);
    } else {
        add_blank(row, 1);
    }
    add_party(ledger, row, any ? action->party : RECORD_NONE);
    add_blank(row, 8);
    add_account(ledger, row, any ? action->account : RECORD_NONE);
    add_quantity(ledger, row, any ? action->asset : RECORD_NONE, action->quantity);
    row_cells_add_integer(row, any ? action->pairs : 0);
    add_value(ledger, row, any ? action->value : 0);
    add_blank(row, 2);
}

static void row_make(const struct read_forecast *kept, const struct ledger *ledger, uint32_t index,
                     struct row_cells *row)
{
    const struct forecast_answer *answer = &kept->answer;
    row_cells_begin(row);
    if (index < answer->row_count) {
        pair_row(ledger, &kept->asker, forecast_row(kept->forecast, index), row);
        return;
    }
    switch (index - answer->row_count) {
    case 0:
        total_row(ledger, FORECAST_ALONE, &answer->alone, row);
        break;
    case 1:
        total_row(ledger, FORECAST_TOGETHER, &answer->together, row);
        break;
    case 2:
        total_row(ledger, FORECAST_PART, &answer->parts, row);
        break;
    case 3:
        total_row(ledger, FORECAST_WAITS, &answer->waiting, row);
        break;
    default:
        action_row(ledger, &answer->action, row);
        break;
    }
    TALLY_ASSERT(row->failed || row->count == list_form_of(LIST_FORECAST)->column_count);
}

/* ---- Runs --------------------------------------------------------------------------------- */

/* Makes sure that the run at hand is of this asker, this day and this block. */
static void run(struct read_forecast *kept, const struct ledger *ledger, const struct asker *asker,
                uint32_t date)
{
    if (kept->date == date && kept->height == ledger_height(ledger) &&
        kept->asker.party == asker->party && kept->asker.sees_all == asker->sees_all) {
        return;
    }
    const struct forecast_question question = {.date = date,
                                               .party =
                                                   asker->sees_all ? RECORD_NONE : asker->party,
                                               .actions_max = FORECAST_TRIALS_MAX};
    forecast_run(kept->forecast, ledger, &question, &kept->answer);
    kept->asker = *asker;
    kept->date = date;
    kept->height = ledger_height(ledger);
}

enum read_model_status read_forecast_list(struct read_forecast *forecast,
                                          const struct ledger *ledger, const struct asker *asker,
                                          const struct read_model_question *question,
                                          struct bytes_writer *writer,
                                          struct read_model_answer *answer)
{
    const char *day = question->filter.date_from;
    uint32_t date = ledger_date(ledger);
    memset(answer, 0, sizeof *answer);
    if ((day[0] != '\0' && !date_parse(day, strlen(day), &date)) || date < ledger_date(ledger)) {
        answer->height = ledger_height(ledger);
        return READ_MODEL_OK; /* of a past day there is nothing to foresee */
    }
    run(forecast, ledger, asker, date);
    answer->height = ledger_height(ledger);
    uint64_t count = (uint64_t)forecast->answer.row_count + FORECAST_EXTRA_ROWS;
    for (uint64_t i = question->cursor; i < count; i++) {
        struct bytes_writer before = *writer;
        struct row_cells row;
        row_make(forecast, ledger, (uint32_t)i, &row);
        row_cells_write(writer, &row);
        if (writer->failed || answer->row_count == question->row_limit) {
            *writer = before;
            answer->cursor_next = i;
            return answer->row_count > 0 ? READ_MODEL_OK : READ_MODEL_TOO_LARGE;
        }
        answer->row_count++;
    }
    return READ_MODEL_OK;
}
