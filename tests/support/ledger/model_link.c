#include "tests/support/ledger/model_link.h"

#include <string.h>

static bool same_text(const struct text35 *a, const struct text35 *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool settled(const struct model_instruction *instruction)
{
    return instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

/* Are both open, and of one pool? */
static bool same_pool(const struct model *model, int32_t a, int32_t b)
{
    const struct model_instruction *one = &model->instructions[a];
    const struct model_instruction *other = &model->instructions[b];
    return one->terms.pool.size != 0 && one->party == other->party && !model_ended(one) &&
           !model_ended(other) && same_text(&one->terms.pool, &other->terms.pool);
}

uint8_t model_linked_as(const struct model *model, int32_t index, int32_t other)
{
    const struct model_instruction *instruction = &model->instructions[index];
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        if (instruction->links[i].other == other) {
            return instruction->links[i].type;
        }
    }
    return 0;
}

/* A matched open pair is to be tried by the work of the block. */
static void retry(struct model *model, int32_t index)
{
    const struct model_instruction *instruction = &model->instructions[index];
    struct model_instruction *head;
    if (instruction->counterpart == MODEL_NONE || model_ended(instruction) ||
        model_ended(&model->instructions[instruction->counterpart])) {
        return;
    }
    head = &model->instructions[model_head(model, index)];
    if (!head->waits_for_date) {
        model_wait_nowhere(head);
        head->waits_for_date = true;
    }
}

static void side_link(struct model *model, int32_t index, int32_t other, uint8_t type)
{
    struct model_instruction *instruction = &model->instructions[index];
    instruction->links[instruction->link_count].other = other;
    instruction->links[instruction->link_count].type = type;
    instruction->link_count++;
}

void model_link(struct model *model, int32_t index, int32_t other, uint8_t type)
{
    static const uint8_t seen_from_there[] = {0, LINK_AFTE, LINK_BEFO, LINK_WITH, LINK_INFO};
    side_link(model, index, other, type);
    side_link(model, other, index, seen_from_there[type]);
    retry(model, index);
    retry(model, other);
}

static void side_unlink(struct model *model, int32_t index, int32_t other)
{
    struct model_instruction *instruction = &model->instructions[index];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        if (instruction->links[i].other != other) {
            instruction->links[kept++] = instruction->links[i];
        }
    }
    instruction->link_count = kept;
}

void model_unlink(struct model *model, int32_t index, int32_t other)
{
    side_unlink(model, index, other);
    side_unlink(model, other, index);
    retry(model, index);
    retry(model, other);
}

/* ------------------------------------------------------------------- what hangs together */

/* Which instructions are reached; those over an order link apart. */
struct reached {
    bool plainly[MODEL_INSTRUCTION_MAX];
    bool over_order[MODEL_INSTRUCTION_MAX];
};

enum ways {
    TOGETHER, /* pairs, WITH, pools */
    FORWARD,  /* and what comes after */
    ANYHOW    /* and what comes before; nothing counts as an order */
};

static bool reach(const struct model *model, bool *where, int32_t index)
{
    bool fresh = index != MODEL_NONE && !where[index] && !model_ended(&model->instructions[index]);
    if (fresh) {
        where[index] = true;
    }
    return fresh;
}

/* Goes one step from an instruction; says whether anything new was reached. */
static bool step(const struct model *model, struct reached *reached, int32_t from, bool over_order,
                 enum ways ways)
{
    const struct model_instruction *instruction = &model->instructions[from];
    bool *here = over_order ? reached->over_order : reached->plainly;
    bool fresh = reach(model, here, instruction->counterpart);
    if (instruction->terms.pool.size != 0) {
        for (int32_t i = 0; i < model->instruction_count; i++) {
            fresh = (same_pool(model, from, i) && reach(model, here, i)) || fresh;
        }
    }
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        uint8_t type = instruction->links[i].type;
        int32_t other = instruction->links[i].other;
        if (type == LINK_WITH || (ways == ANYHOW && type != LINK_INFO)) {
            fresh = reach(model, here, other) || fresh;
        } else if (ways == FORWARD && type == LINK_BEFO) {
            fresh = reach(model, reached->over_order, other) || fresh;
        }
    }
    return fresh;
}

/* Over and over, until nothing new is reached. */
static void reach_all(const struct model *model, struct reached *reached, enum ways ways)
{
    bool fresh = true;
    while (fresh) {
        fresh = false;
        for (int32_t i = 0; i < model->instruction_count; i++) {
            if (reached->plainly[i]) {
                fresh = step(model, reached, i, false, ways) || fresh;
            }
            if (reached->over_order[i]) {
                fresh = step(model, reached, i, true, ways) || fresh;
            }
        }
    }
}

static struct reached reached_now;

static struct reached *nothing_reached(void)
{
    memset(&reached_now, 0, sizeof reached_now);
    return &reached_now;
}

/* Pairs, and instructions without one. */
static uint32_t count_pairs(const struct model *model, const struct reached *reached)
{
    uint32_t count = 0;
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *instruction = &model->instructions[i];
        bool stands = instruction->counterpart == MODEL_NONE || model_head(model, i) == i;
        count += reached->plainly[i] && stands ? 1 : 0;
    }
    return count;
}

/* --------------------------------------------------------------------------- objections */

/* What is asked of the one that is linked to. */
static bool partner_fits(const struct model *model, int32_t other, uint8_t type, uint32_t date)
{
    const struct model_instruction *partner = &model->instructions[other];
    bool past_allowed = type == LINK_INFO || (type == LINK_AFTE && settled(partner));
    if (model_ended(partner) && !past_allowed) {
        return false;
    }
    return partner->link_count < INSTRUCTION_LINKS_MAX &&
           (type != LINK_WITH ||
            (partner->terms.settlement_date == date && partner->settled_quantity == 0));
}

/* Is `to` after `from`, or after what settles with it? */
static bool comes_after(const struct model *model, int32_t from, bool over_order, int32_t to)
{
    struct reached *reached = nothing_reached();
    (void)reach(model, over_order ? reached->over_order : reached->plainly, from);
    reach_all(model, reached, FORWARD);
    return reached->over_order[to];
}

enum reason model_link_objection(const struct model *model, int32_t index, int32_t other,
                                 uint8_t type)
{
    const struct model_instruction *own = &model->instructions[index];
    bool circle = false;
    struct reached *reached;
    if (type < LINK_BEFO || type > LINK_INFO || index == other || own->counterpart == other ||
        model_linked_as(model, index, other) != 0 ||
        !partner_fits(model, other, type, own->terms.settlement_date) ||
        own->link_count == INSTRUCTION_LINKS_MAX) {
        return REASON_INVL;
    }
    if (type == LINK_INFO) {
        return REASON_NONE;
    }
    reached = nothing_reached();
    (void)reach(model, reached->plainly, index);
    (void)reach(model, reached->plainly, other);
    reach_all(model, reached, ANYHOW);
    if (count_pairs(model, reached) > MODEL_TIED_MAX) {
        return REASON_INVL;
    }
    if (type == LINK_BEFO) {
        circle = comes_after(model, other, true, index);
    } else if (type == LINK_AFTE) {
        circle = comes_after(model, index, true, other);
    } else {
        circle = comes_after(model, index, false, other) || comes_after(model, other, false, index);
    }
    return circle ? REASON_INVL : REASON_NONE;
}

/* The instruction of the same party under a reference, before `index`. */
static int32_t named(const struct model *model, int32_t index, const struct text35 *reference)
{
    for (int32_t i = 0; i < index; i++) {
        if (model->instructions[i].party == model->instructions[index].party &&
            same_text(&model->instructions[i].reference, reference)) {
            return i;
        }
    }
    return MODEL_NONE;
}

static bool pool_fits(const struct model *model, int32_t index)
{
    const struct command_instruct *terms = &model->instructions[index].terms;
    if (terms->pool.size == 0) {
        return terms->pool_number == 0 && terms->pool_total == 0;
    }
    if (terms->pool_total < 2 || terms->pool_total > MODEL_TIED_MAX || terms->pool_number < 1 ||
        terms->pool_number > terms->pool_total) {
        return false;
    }
    for (int32_t i = 0; i < index; i++) {
        const struct command_instruct *member = &model->instructions[i].terms;
        if (same_pool(model, i, index) && (member->pool_total != terms->pool_total ||
                                           member->pool_number == terms->pool_number)) {
            return false;
        }
    }
    return true;
}

/* Linked as it will be, would the new one come before something that it must not precede? */
enum reason model_new_objection(const struct model *model, int32_t index)
{
    const struct model_instruction *own = &model->instructions[index];
    const struct command_instruct *terms = &own->terms;
    static struct model tried;
    if (!pool_fits(model, index)) {
        return REASON_INVL;
    }
    for (uint32_t i = 0; i < terms->link_count; i++) {
        int32_t other = named(model, index, &terms->links[i].reference);
        for (uint32_t j = 0; j < i; j++) {
            if (same_text(&terms->links[i].reference, &terms->links[j].reference)) {
                return REASON_INVL;
            }
        }
        if (other == MODEL_NONE || terms->links[i].type < LINK_BEFO ||
            terms->links[i].type > LINK_INFO ||
            !partner_fits(model, other, terms->links[i].type, terms->settlement_date)) {
            return REASON_INVL;
        }
    }
    if (terms->link_count == 0 && terms->pool.size == 0) {
        return REASON_NONE;
    }
    tried = *model;
    for (uint32_t i = 0; i < terms->link_count; i++) {
        model_link(&tried, index, named(model, index, &terms->links[i].reference),
                   terms->links[i].type);
    }
    struct reached *reached = nothing_reached();
    (void)reach(&tried, reached->plainly, index);
    reach_all(&tried, reached, ANYHOW);
    if (count_pairs(&tried, reached) > MODEL_TIED_MAX) {
        return REASON_INVL;
    }
    return comes_after(&tried, index, false, index) ? REASON_INVL : REASON_NONE;
}

/* --------------------------------------------------------------------------- settlement */

static bool pool_complete(const struct model *model, int32_t index, bool *all_together)
{
    uint32_t count = 0;
    *all_together = true;
    for (int32_t i = 0; i < model->instruction_count; i++) {
        if (same_pool(model, index, i)) {
            count++;
            *all_together = *all_together && model->together[i];
        }
    }
    return count == model->instructions[index].terms.pool_total;
}

enum reason model_link_reason(const struct model *model, int32_t index)
{
    const struct model_instruction *instruction = &model->instructions[index];
    bool all_together = true;
    if (instruction->terms.pool.size != 0 && !pool_complete(model, index, &all_together)) {
        return REASON_INBC;
    }
    if (!all_together) {
        return REASON_LINK;
    }
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        int32_t other = instruction->links[i].other;
        uint8_t type = instruction->links[i].type;
        bool kept = model->together[other] || type == LINK_BEFO || type == LINK_INFO ||
                    (type == LINK_AFTE && settled(&model->instructions[other]));
        if (!kept) {
            return REASON_LINK;
        }
    }
    return REASON_NONE;
}

static bool side_tied(const struct model_instruction *instruction)
{
    bool tied = instruction->terms.pool.size != 0;
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        tied = tied || instruction->links[i].type == LINK_WITH;
    }
    return tied;
}

bool model_tied(const struct model *model, int32_t head)
{
    return side_tied(&model->instructions[head]) ||
           side_tied(&model->instructions[model->instructions[head].counterpart]);
}

static int32_t older_side(const struct model *model, int32_t head)
{
    int32_t other = model->instructions[head].counterpart;
    return head < other ? head : other;
}

void model_set_find(const struct model *model, int32_t head, struct model_set *out)
{
    struct reached *reached = nothing_reached();
    out->count = 0;
    out->whole = true;
    (void)reach(model, reached->plainly, head);
    reach_all(model, reached, TOGETHER);
    /* From the oldest on: a pair is met first at its older side. */
    for (int32_t i = 0; i < model->instruction_count; i++) {
        if (!reached->plainly[i]) {
            continue;
        }
        if (model->instructions[i].counterpart == MODEL_NONE) {
            out->whole = false;
        } else if (older_side(model, model_head(model, i)) == i && out->count < MODEL_TIED_MAX) {
            out->heads[out->count++] = model_head(model, i);
        }
    }
}

bool model_link_contradicts(const struct model *model, int32_t head)
{
    static bool inside[MODEL_INSTRUCTION_MAX];
    struct reached *reached = nothing_reached();
    (void)reach(model, reached->plainly, head);
    reach_all(model, reached, TOGETHER);
    if (count_pairs(model, reached) > MODEL_TIED_MAX) {
        return true;
    }
    memcpy(inside, reached->plainly, sizeof inside);
    reached = nothing_reached();
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *member = &model->instructions[i];
        for (uint32_t j = 0; inside[i] && j < member->link_count; j++) {
            if (member->links[j].type == LINK_BEFO && !inside[member->links[j].other]) {
                (void)reach(model, reached->over_order, member->links[j].other);
            }
        }
    }
    reach_all(model, reached, FORWARD);
    for (int32_t i = 0; i < model->instruction_count; i++) {
        if (inside[i] && reached->over_order[i]) {
            return true;
        }
    }
    return false;
}

static void pool_retry(struct model *model, int32_t of)
{
    const struct command_instruct *terms = &model->instructions[of].terms;
    int32_t first = MODEL_NONE;
    for (int32_t i = 0; i < model->instruction_count; i++) {
        const struct model_instruction *member = &model->instructions[i];
        if (!model_ended(member) && member->party == model->instructions[of].party &&
            same_text(&member->terms.pool, &terms->pool) && member->counterpart != MODEL_NONE &&
            (first == MODEL_NONE ||
             member->terms.pool_number < model->instructions[first].terms.pool_number)) {
            first = i;
        }
    }
    if (first != MODEL_NONE) {
        retry(model, first);
    }
}

void model_link_began(struct model *model, int32_t index)
{
    bool all_together;
    if (model->instructions[index].terms.pool.size != 0 &&
        !model_ended(&model->instructions[index]) && pool_complete(model, index, &all_together)) {
        pool_retry(model, index);
    }
}

void model_link_ended(struct model *model, int32_t index)
{
    const struct model_instruction *instruction = &model->instructions[index];
    for (uint32_t i = 0; i < instruction->link_count; i++) {
        if (instruction->links[i].type != LINK_INFO) {
            retry(model, instruction->links[i].other);
        }
    }
    if (instruction->terms.pool.size != 0 && !settled(instruction)) {
        pool_retry(model, index);
    }
}
