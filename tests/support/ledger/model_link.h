/*
 * model_link.h: links and pools in the plain model, from the rules of ledger/link/link.h.
 *
 * Every question is a search over all instructions: who is in this pool, what hangs together, what
 * comes after what.
 */
#ifndef TALLY_TESTS_SUPPORT_LEDGER_MODEL_LINK_H
#define TALLY_TESTS_SUPPORT_LEDGER_MODEL_LINK_H

#include "tests/support/ledger/model_ledger.h"

enum {
    MODEL_TIED_MAX = 64, /* pairs */
};

/* What must settle in one step with a pair, the oldest first; it itself is one of them. */
struct model_set {
    int32_t heads[MODEL_TIED_MAX];
    uint32_t count;
    bool whole; /* all matched, and not too many */
};

/* May the instruction `index` be linked so? Why not: INVL, or REASON_NONE. */
enum reason model_link_objection(const struct model *model, int32_t index, int32_t other,
                                 uint8_t type);
/* May the last instruction, not yet linked, have the links and the pool of its terms? */
enum reason model_new_objection(const struct model *model, int32_t index);
/* Makes or takes away a link, seen from the first. */
void model_link(struct model *model, int32_t index, int32_t other, uint8_t type);
void model_unlink(struct model *model, int32_t index, int32_t other);
/* The type of the link between them, seen from the first; 0 when there is none. */
uint8_t model_linked_as(const struct model *model, int32_t index, int32_t other);

/* Why links or the pool keep one side, if those with `together` settle in this step. */
enum reason model_link_reason(const struct model *model, int32_t index);
bool model_tied(const struct model *model, int32_t head);
void model_set_find(const struct model *model, int32_t head, struct model_set *out);

/* Do links keep the pair for ever: too many would settle in one step, or what settles with it waits
 * for something that waits for it? */
bool model_link_contradicts(const struct model *model, int32_t head);

/* A new instruction may have completed its pool; one that has ended frees others, or a pool. */
void model_link_began(struct model *model, int32_t index);
void model_link_ended(struct model *model, int32_t index);

#endif
