/*
 * model_inside.h: what the parts of the plain model (model_ledger.h) share.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_INSIDE_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_INSIDE_H

#include "tests/support/ledger/model_ledger.h"
#include "tests/support/ledger/model_link.h"

/* What moves when a pair settles: at most securities and cash. */
struct model_movement {
    int32_t from;
    int32_t to;
    int64_t quantity;
    bool money;
};

/* The movements of a pair; how many. */
uint32_t model_movements(const struct model *model, int32_t head,
                         struct model_movement movements[2]);
/* What may be taken of a position. */
int64_t model_spendable(const struct model *model, int32_t position);
/* Would everything but the balances let these pairs settle in one step now? */
bool model_gates_open(struct model *model, const struct model_set *set);
/* Is a pair tried within the command that changes it, or left to its day or the work? */
bool model_tried_at_once(const struct model *model, const struct model_instruction *head);
/* Something may help pairs that wait for the position, though it has no more to spend. */
void model_review(struct model *model, int32_t position);
/* The older of the two sides. */
int32_t model_age(const struct model *model, int32_t head);
/* What both sides record of a settlement that was booked; the head waits no more. */
void model_settled(struct model *model, int32_t head);

/* With all that is tied to it, by the work of a block; how many steps that cost. */
uint32_t model_attempt_tied(struct model *model, int32_t head);
/* A part of what waits for the position. */
void model_attempt_part(struct model *model, int32_t head, int32_t position);
/* Who waits for the position, for all or for a part, needs no more than it has, and is served
 * first; MODEL_NONE: nobody. */
int32_t model_helped_first(const struct model *model, int32_t position, bool part);
/* Whose turn is before: among those who wait for the position, or, MODEL_NONE, for a date? */
bool model_served_before(const struct model *model, int32_t position, int32_t a, int32_t b);
/* The next by age whom the review of the position looks at; MODEL_NONE when it is over. */
int32_t model_review_next(const struct model *model, int32_t position);
/* The position gets a turn for a part, if it can help one and has none. */
void model_wake_part(struct model *model, int32_t position);

/* model_optimisation.c: a position gets a mark. */
void model_mark(struct model *model, int32_t position);
/* The same, if one of the pairs that wait because something lacks could be served of it. */
void model_mark_if_helping(struct model *model, int32_t position);
/* The position for which a pair waits because it lacks, if it does and could be served. */
void model_mark_if_waiting(struct model *model, int32_t head);
/* Works marks off until a set has settled (true), or none is left (false). */
bool model_optimise(struct model *model);
/* Is a position marked? */
bool model_marks_left(const struct model *model);

#endif
