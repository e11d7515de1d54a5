/*
 * ledger/forecast/forecast_run.h - the inside of a forecast: units, and one run over them
 *
 * A unit is what settles in one step: a pair, or pairs that are tied (link.h). Units are the
 * candidates of one netting instance (netting.h), positions its resources; trying a unit is
 * netting_fits() and netting_apply(), what is left over is given to netting_solve(). A trial
 * changes one thing (a position without limit, a hold taken away) and runs again.
 *
 * Included by this folder only.
 */
#ifndef TALLY_LEDGER_FORECAST_FORECAST_RUN_H
#define TALLY_LEDGER_FORECAST_FORECAST_RUN_H

#include "ledger/forecast/forecast.h"
#include "ledger/link/link.h"
#include "ledger/settlement/eligibility.h"

/* What keeps a unit from being tried. */
enum forecast_gate {
    FORECAST_OPEN = 0,
    FORECAST_LINKED = 1, /* a link or a pool, which what settles in the run may open */
    FORECAST_HELD = 2,   /* nothing but holds */
    FORECAST_SHUT = 3,
};

/* Its pairs are rows row_first to row_first + row_count - 1. */
struct forecast_unit {
    uint32_t row_first;
    uint32_t row_count;
    uint8_t gate;          /* enum forecast_gate */
    uint8_t outcome;       /* enum forecast_outcome, of the last run */
    bool in_line;          /* to be tried again */
    int64_t part_quantity; /* what settled of it in parts, in the last run */
    int64_t part_amount;
};

/* What a run supposes. */
struct forecast_trial {
    uint32_t slot; /* position without limit; NETTING_NONE: none */
    uint32_t unit; /* whose hold is taken away; NETTING_NONE: none */
};

/* What came of it, for the asker's eyes. */
struct forecast_outcome_sum {
    int64_t value;
    uint32_t pairs;
    int64_t drawn; /* the most that was drawn from the slot beyond what is there */
};

struct forecast {
    struct forecast_capacity capacity;
    const struct ledger *ledger;              /* of the run at hand */
    const struct forecast_question *question; /* of the run at hand */
    struct netting netting;
    struct forecast_unit *units;
    uint32_t unit_count;
    struct forecast_row *rows; /* of all pairs, unit by unit */
    uint32_t row_count;
    uint32_t *heads;     /* of all pairs, in the order of waiting */
    uint32_t *shown;     /* rows that the asker sees */
    uint32_t *taken;     /* per instruction: its row plus one; 0 none */
    uint32_t *positions; /* per slot */
    uint32_t *slots;     /* per position: slot plus one; 0 none */
    uint32_t *mark;      /* scratch: per slot or unit */
    uint64_t steps_max;  /* of one search */
    bool parts_ahead;    /* is there a window for parts? */
    bool cut;
};

/* Is the asker a side of the pair, or may he see all? */
bool forecast_shows(const struct forecast *forecast, const struct forecast_row *row);
/* Takes the pairs of the day and makes units, netting and gates of them. */
void forecast_collect(struct forecast *forecast);
/* forecast_part.c: is a window for parts open, or ahead, on the day that is asked about? */
bool forecast_parts_ahead(const struct forecast *forecast);
/* Can a part of a unit settle now, in the run at hand? It waits for securities alone. */
bool forecast_part_fits(const struct forecast *forecast, uint32_t unit);
/* Settles it. pre: it fits. */
void forecast_part_settle(struct forecast *forecast, uint32_t unit);
/* Would one settle, but for a side that does not allow it? pre: it waits for securities. */
bool forecast_part_disagreed(const struct forecast *forecast, uint32_t unit);
/* Takes the parts of the last run back: all is there again, and all is left. */
void forecast_parts_undo(struct forecast *forecast);
/* One run; leaves outcomes in the units. */
void forecast_try(struct forecast *forecast, const struct forecast_trial *trial,
                  struct forecast_outcome_sum *sum);
/* After a run: reasons, positions and lacks of all rows. */
void forecast_tell(struct forecast *forecast);
/* After forecast_tell() of the run that supposes nothing: the single action that frees most. */
void forecast_advise(struct forecast *forecast, const struct forecast_outcome_sum *base,
                     struct forecast_action *action);

#endif
