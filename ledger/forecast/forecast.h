/*
 * ledger/forecast/forecast.h - a dry run: what would settle, what not and why, and what helps most
 *
 * Problem. In the morning a treasurer asks: if nothing else happens, what of today's business
 * settles? What not, and for want of what? And if I can do one thing, which: bring securities,
 * bring money, or get somebody to release?
 *
 * Rule, the run. All matched pairs that have not ended and whose settlement date is not after the
 * asked day are taken, in units: pairs that must settle in one step (link.h) are one. Their holds,
 * restrictions, links and whatever other gate there is are asked as they are now, but for those of
 * time: the run supposes that the day is there and its cut-offs are not past, and asks the
 * operator's rules that are in force on it (restriction_type.h). Then, over a copy of
 * the balances,
 *   1. the units are tried one after the other, in the order of waiting (priority, date, age), and
 *      again while one settles: what has settled brings the others something, and keeps links;
 *   2. of the rest, the best set is looked for (netting.h), and (1) begins again if there is one;
 *   3. if a window for parts is open or ahead on that day, what lacks securities alone settles in
 *      part, in the order of waiting, as much as partial.h says, and (1) begins again if one does,
 *      in at most FORECAST_PART_ROUNDS rounds.
 * What comes from outside, new instructions and further pairs of an unfinished pool are not
 * foreseen. Parts of linked pairs and of those that draw on restrictions do not settle.
 *
 * Rule, the answer. Each pair settles alone, settles together with others, settles in part, or
 * waits: then, and of the rest of a part, both sides' reasons are told, and if a position lacks,
 * which one and how much it is short of at the end of the run.
 *
 * Rule, the single action. Each of the positions that lack, those with most value behind them
 * first, is supposed to have without limit, and the run made again: what settles more is what
 * bringing the securities or the money would free, and what was drawn beyond what is there, at the
 * worst moment of the run, is how much has to be brought. Each pair kept by nothing but one hold is
 * supposed to be released, likewise. Of at most `actions_max` such trials the one that frees most
 * is told: value in the reference currency, then number of pairs, then the first tried. Parts are
 * not counted as settled there: the action is what settles the whole.
 *
 * Rule, who sees what. A party sees the pairs it is a side of, and values count those only. Of a
 * position of somebody else it is told neither the account nor how much is lacking, nor how large a
 * part is: that would tell a balance. Who may read everything asks with RECORD_NONE.
 *
 * Example. A must deliver 100 to B against 5,000.00, and holds 60; B must deliver the 100 on to C
 * against 5,100.00. Both wait: A's position is 40 short, B's 100. The action that frees most: 40
 * pieces on A's account free 10,100.00 in two pairs. Had both sides of both trades agreed to parts,
 * with a window ahead 60 pieces would settle in part, from A to B and on to C.
 *
 * The ledger is read only. Memory is the caller's, laid out once; a run is bounded by the capacity
 * and the trials. More pairs than the capacity are not looked at, and the answer says so.
 *
 * Source: T2S UDFS 3.6.1.5; the report is ours (liquidity forecast, see BIS CPMI, Monitoring tools
 * for intraday liquidity management, 2013, for what treasurers ask).
 */
#ifndef TALLY_LEDGER_FORECAST_FORECAST_H
#define TALLY_LEDGER_FORECAST_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/optimisation/netting.h"
#include "ledger/values/outcome.h"

struct ledger;
struct forecast; /* the memory of runs */

enum forecast_outcome {
    FORECAST_WAITS = 0,
    FORECAST_ALONE = 1,    /* settles */
    FORECAST_TOGETHER = 2, /* settles in a set that optimisation finds */
    FORECAST_PART = 3,     /* some of it settles in a window for parts */
};

enum {
    FORECAST_PART_ROUNDS = 16,
};

/* What is foreseen of a pair. */
struct forecast_row {
    uint32_t deliverer; /* instruction indexes; the same for an internal transfer */
    uint32_t receiver;
    uint8_t outcome; /* enum forecast_outcome */
    enum reason deliverer_reason;
    enum reason receiver_reason;
    int64_t quantity; /* left to settle */
    int64_t amount;
    int64_t part_quantity; /* of it, what settles in parts; 0 unless it settles in part */
    int64_t part_amount;
    int64_t value;     /* of the money, in the reference currency; 0 when no rate is known */
    uint32_t position; /* that lacks; RECORD_NONE: nothing lacks, or it is not the asker's */
    int64_t short_by;  /* what it lacks for this pair at the end of the run; 0 without position */
};

enum forecast_help {
    FORECAST_HELP_NONE = 0, /* nothing that one act could free */
    FORECAST_HELP_SECURITIES = 1,
    FORECAST_HELP_CASH = 2,
    FORECAST_HELP_RELEASE = 3,
};

/* The single action that would free most. */
struct forecast_action {
    uint8_t help;      /* enum forecast_help */
    uint32_t party;    /* who has to act: index */
    uint32_t asset;    /* what to bring: index; RECORD_NONE for a release */
    uint32_t account;  /* where: index; RECORD_NONE for a release, and if it is not the asker's */
    int64_t quantity;  /* how much; 0 for a release, and if it is not the asker's */
    uint32_t release;  /* the instruction on hold; RECORD_NONE unless it is a release */
    uint8_t dimension; /* which of its holds (enum instruction_dimension) */
    int64_t value;     /* what would settle more, in the reference currency */
    uint32_t pairs;    /* how many pairs more */
};

struct forecast_total {
    uint32_t pairs;
    int64_t value;
};

struct forecast_answer {
    uint32_t date;
    struct forecast_total alone;
    struct forecast_total together;
    struct forecast_total parts;   /* value: of the parts */
    struct forecast_total waiting; /* value: also of the rest of parts */
    struct forecast_action action;
    uint32_t row_count; /* rows that the asker sees */
    bool cut;           /* there were more pairs than the memory takes */
};

/* What is asked. */
struct forecast_question {
    uint32_t date;        /* the settlement day; not before the ledger's */
    uint32_t party;       /* who asks; RECORD_NONE: who reads everything */
    uint32_t actions_max; /* trials for the single action; 0: none */
};

/* How much there is room for. Instructions and positions: the capacities of the ledger. */
struct forecast_capacity {
    uint32_t pairs;
    uint32_t instructions;
    uint32_t positions;
};

/* Bytes of memory. pre: every capacity at least 1, pairs at most NETTING_CANDIDATES_MAX. */
size_t forecast_footprint(const struct forecast_capacity *capacity);
/* Lays it out in memory of that size, aligned to ARENA_ALIGNMENT; borrows it. */
struct forecast *forecast_new(void *memory, const struct forecast_capacity *capacity);

/*
 * Runs. Changes no record of the ledger, which must not be applying a block meanwhile. pre: the
 * ledger's capacities are not above those of the memory; the date is one.
 */
void forecast_run(struct forecast *forecast, const struct ledger *ledger,
                  const struct forecast_question *question, struct forecast_answer *answer);
/* A row of the last run, in the order of waiting. pre: index below row_count. */
const struct forecast_row *forecast_row(const struct forecast *forecast, uint32_t index);

/* Its name: WAITS, SETTLES, SETTLES_TOGETHER, SETTLES_IN_PART. Never NULL. */
const char *forecast_outcome_name(uint8_t outcome);
/* NONE, SECURITIES, CASH, RELEASE. Never NULL. */
const char *forecast_help_name(uint8_t help);

#endif
