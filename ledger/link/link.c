#include "ledger/link/link.h"

#include "base/mutant.h"
#include "ledger/instruction/rare.h"
#include "ledger/settlement/settlement_set.h"
#include "ledger/state.h"

enum link_type link_mirror(enum link_type type)
{
    switch (type) {
    case LINK_BEFO:
        return LINK_AFTE;
    case LINK_AFTE:
        return LINK_BEFO;
    case LINK_WITH:
    case LINK_INFO:
        break;
    }
    return type;
}

uint32_t link_find(const struct instruction *instruction, uint32_t partner)
{
    const struct instruction_ties *ties = instruction_ties(instruction);

    for (uint32_t i = 0; i < ties->link_count; i++) {
        if (ties->links[i].partner == partner) {
            return i;
        }
    }
    return INSTRUCTION_LINKS_MAX;
}

/* Has a pair tried at the end of the block, if it is one and open. */
static void retry(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (instruction->counterpart != RECORD_NONE && !instruction_ended(instruction) &&
        !instruction_ended(instruction_view(ledger, instruction->counterpart))) {
        waiting_soon(ledger, pair_of(ledger, index).deliverer);
    }
}

static void side_add(struct ledger *ledger, uint32_t index, uint32_t to, enum link_type type)
{
    struct instruction_ties *ties = rare_ties(ledger, index);

    TALLY_ASSERT(link_find(instruction_view(ledger, index), to) == INSTRUCTION_LINKS_MAX);
    TALLY_ASSERT(ties->link_count < INSTRUCTION_LINKS_MAX);
    ties->links[ties->link_count] = (struct instruction_link){.partner = to, .type = (uint8_t)type};
    ties->link_count++;
    record_touch(ledger, RECORD_INSTRUCTION, index);
}

/* The others keep their order. */
static void side_remove(struct ledger *ledger, uint32_t index, uint32_t to)
{
    struct instruction_ties *ties = rare_ties(ledger, index);
    uint32_t place = link_find(instruction_view(ledger, index), to);

    TALLY_ASSERT(place < ties->link_count);
    ties->link_count--;
    for (uint32_t i = place; i < ties->link_count; i++) {
        ties->links[i] = ties->links[i + 1];
    }
    ties->links[ties->link_count] = (struct instruction_link){0};
    rare_trim(ledger, index);
    record_touch(ledger, RECORD_INSTRUCTION, index);
}

void link_add(struct ledger *ledger, uint32_t index, uint32_t partner, enum link_type type)
{
    TALLY_ASSERT(index != partner);
    retry(ledger, index); /* first: who waits is known by what he was tied to */
    retry(ledger, partner);
    side_add(ledger, index, partner, type);
    side_add(ledger, partner, index, link_mirror(type));
}

void link_remove(struct ledger *ledger, uint32_t index, uint32_t partner)
{
    retry(ledger, index);
    retry(ledger, partner);
    side_remove(ledger, index, partner);
    side_remove(ledger, partner, index);
}

static bool has_settled(const struct instruction *instruction)
{
    return instruction->status[DIMENSION_SETTLEMENT].value == SETTLEMENT_SETTLED;
}

static bool link_kept(const struct ledger *ledger, const struct instruction_link *link)
{
    switch ((enum link_type)link->type) {
    case LINK_AFTE:
        return has_settled(instruction_view(ledger, link->partner)) ||
               settlement_set_has(ledger, link->partner) || MUTANT(LINK_ORDER_IGNORED);
    case LINK_WITH:
        return settlement_set_has(ledger, link->partner);
    case LINK_BEFO:
    case LINK_INFO:
        break;
    }
    return true;
}

/* A complete pool settles as a whole. */
static enum reason pool_reason(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (!pool_has(instruction) || MUTANT(POOL_IN_PIECES)) {
        return REASON_NONE;
    }
    if (!pool_complete(ledger, index)) {
        return REASON_INBC;
    }
    for (uint32_t i =
             pool_first(ledger, instruction->party, &instruction_ties(instruction)->pool.reference);
         i != RECORD_NONE; i = pool_next(ledger, i)) {
        if (!settlement_set_has(ledger, i)) {
            return REASON_LINK;
        }
    }
    return REASON_NONE;
}

enum reason link_reason(const struct ledger *ledger, uint32_t index)
{
    const struct instruction_ties *ties = instruction_ties(instruction_view(ledger, index));
    enum reason reason = pool_reason(ledger, index);

    for (uint32_t i = 0; i < ties->link_count && reason == REASON_NONE; i++) {
        if (!link_kept(ledger, &ties->links[i])) {
            reason = REASON_LINK;
        }
    }
    return reason;
}

static bool side_binds(const struct ledger *ledger, const struct instruction *instruction)
{
    const struct instruction_ties *ties = instruction_ties(instruction);
    bool binds = pool_has(instruction);

    for (uint32_t i = 0; i < ties->link_count; i++) {
        const struct instruction *other = instruction_view(ledger, ties->links[i].partner);
        binds = binds || (ties->links[i].type != LINK_INFO && !instruction_ended(other));
    }
    return binds;
}

bool link_binds(const struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);

    return side_binds(ledger, instruction_view(ledger, pair.deliverer)) ||
           side_binds(ledger, instruction_view(ledger, pair.receiver));
}

static bool side_ties(const struct instruction *instruction)
{
    const struct instruction_ties *ties = instruction_ties(instruction);
    bool tied = pool_has(instruction);

    for (uint32_t i = 0; i < ties->link_count; i++) {
        tied = tied || ties->links[i].type == LINK_WITH;
    }
    return tied;
}

bool link_ties(const struct ledger *ledger, uint32_t head)
{
    struct pair pair = pair_of(ledger, head);

    return side_ties(instruction_view(ledger, pair.deliverer)) ||
           side_ties(instruction_view(ledger, pair.receiver));
}

/* Puts a head where it belongs among the first `count`: the oldest pair comes first. */
static void heads_insert(const struct ledger *ledger, uint32_t *heads, uint32_t count,
                         uint32_t head)
{
    uint64_t sequence = pair_sequence(ledger, head);
    uint32_t place = count;

    while (place > 0) {
        if (pair_sequence(ledger, heads[place - 1]) < sequence) {
            break;
        }
        heads[place] = heads[place - 1];
        place--;
    }
    heads[place] = head;
}

void link_set_find(const struct ledger *ledger, uint32_t head, struct link_set *out)
{
    struct link_walk walk;

    out->count = 0;
    out->whole = true;
    if (!link_ties(ledger, head)) {
        out->heads[out->count++] = head;
        return;
    }
    link_walk_begin(&walk);
    link_walk_reach(ledger, &walk, head, false);
    link_walk_run(ledger, &walk, LINK_WAYS_TOGETHER);
    for (uint32_t i = 0; i < walk.count; i++) {
        const struct instruction *instruction = instruction_view(ledger, walk.nodes[i]);
        if (instruction->counterpart == RECORD_NONE) {
            out->whole = false;
        } else if (instruction->terms.movement == MOVEMENT_DELI) {
            TALLY_ASSERT(out->count < LINK_SET_MAX);
            heads_insert(ledger, out->heads, out->count, walk.nodes[i]);
            out->count++;
        }
    }
    out->whole = out->whole && !walk.full;
    link_walk_end(ledger, &walk);
}

/* Any matched member will do: the whole pool is tried with it. */
static void pool_retry(struct ledger *ledger, uint32_t party, const struct text35 *reference)
{
    uint32_t member = pool_first(ledger, party, reference);

    while (member != RECORD_NONE && instruction_view(ledger, member)->counterpart == RECORD_NONE) {
        member = pool_next(ledger, member);
    }
    if (member != RECORD_NONE) {
        retry(ledger, member);
    }
}

void link_began(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    if (pool_has(instruction) && !instruction_ended(instruction) && pool_complete(ledger, index)) {
        pool_retry(ledger, instruction->party, &instruction_ties(instruction)->pool.reference);
    }
}

void link_ended(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_ties *ties = instruction_ties(instruction);

    TALLY_ASSERT(instruction_ended(instruction));
    pool_leave(ledger, index);
    for (uint32_t i = 0; i < ties->link_count; i++) {
        if (ties->links[i].type != LINK_INFO) {
            retry(ledger, ties->links[i].partner);
        }
    }
    /* A settled pool has gone as a whole; what is left of a cancelled one is incomplete now. */
    if (pool_has(instruction) && !has_settled(instruction)) {
        pool_retry(ledger, instruction->party, &ties->pool.reference);
    }
}

bool link_retains(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_ties *ties = instruction_ties(instruction);
    bool retains = false;

    for (uint32_t i = 0; i < ties->link_count; i++) {
        const struct instruction *partner = instruction_view(ledger, ties->links[i].partner);
        retains = retains || (ties->links[i].type != LINK_INFO && !instruction_ended(partner));
    }
    return retains && !has_settled(instruction);
}

void link_forget(struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);

    TALLY_ASSERT(instruction_ended(instruction));
    for (;;) {
        const struct instruction_ties *ties = instruction_ties(instruction);
        if (ties->link_count == 0) {
            break;
        }
        uint32_t partner = ties->links[ties->link_count - 1].partner;
        side_remove(ledger, index, partner);
        side_remove(ledger, partner, index);
    }
}

bool link_sound(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *instruction = instruction_view(ledger, index);
    const struct instruction_ties *ties = instruction_ties(instruction);

    for (uint32_t i = 0; i < ties->link_count; i++) {
        const struct instruction_link *link = &ties->links[i];
        if (link->partner == index || link_find(instruction, link->partner) != i ||
            !record_used(ledger, RECORD_INSTRUCTION, link->partner)) {
            return false;
        }
        const struct instruction *partner = instruction_view(ledger, link->partner);
        uint32_t mirror = link_find(partner, index);
        if (mirror == INSTRUCTION_LINKS_MAX || instruction_ties(partner)->links[mirror].type !=
                                                   link_mirror((enum link_type)link->type)) {
            return false;
        }
    }
    return rare_sound(instruction);
}
