#include "ledger/link/link_check.h"

#include "ledger/command/execute.h"
#include "ledger/instruction/rare.h"
#include "ledger/link/link.h"
#include "ledger/state.h"

static struct refusal refuse_link(enum detail detail, enum field field)
{
    return refuse(REASON_INVL, detail, field);
}

/* What is asked of the other side of any link. */
static struct refusal check_partner(const struct ledger *ledger, uint32_t partner, uint8_t type,
                                    uint32_t settlement_date)
{
    const struct instruction *other = instruction_view(ledger, partner);
    uint8_t settlement = other->status[DIMENSION_SETTLEMENT].value;
    bool past_allowed =
        type == LINK_INFO || (type == LINK_AFTE && settlement == SETTLEMENT_SETTLED);

    if (instruction_ended(other) && !past_allowed) {
        return refuse_link(DETAIL_CLOSED, FIELD_LINKED_REFERENCE);
    }
    if (type == LINK_WITH && settlement == SETTLEMENT_PARTIALLY_SETTLED) {
        return refuse_link(DETAIL_IN_PARTS, FIELD_LINKED_REFERENCE);
    }
    if (instruction_ties(other)->link_count == INSTRUCTION_LINKS_MAX) {
        return refuse_link(DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    }
    if (type == LINK_WITH && other->terms.settlement_date != settlement_date) {
        return refuse_link(DETAIL_LINK_DATES, FIELD_SETTLEMENT_DATE);
    }
    return refusal_none();
}

static bool type_known(uint8_t type)
{
    return type >= LINK_BEFO && type <= LINK_INFO;
}

/* Walks forward from `from`; is `to` reached over an order link? */
static bool ordered_way(const struct ledger *ledger, uint32_t from, bool ordered, uint32_t to)
{
    struct link_walk walk;
    bool found;

    link_walk_begin(&walk);
    link_walk_reach(ledger, &walk, from, ordered);
    link_walk_run(ledger, &walk, LINK_WAYS_FORWARD);
    found = walk.full || link_walk_ordered(ledger, to);
    link_walk_end(ledger, &walk);
    return found;
}

/* Would the link close a circle? */
static bool closes_circle(const struct ledger *ledger, uint32_t index, uint32_t partner,
                          enum link_type type)
{
    switch (type) {
    case LINK_BEFO:
        return ordered_way(ledger, partner, true, index);
    case LINK_AFTE:
        return ordered_way(ledger, index, true, partner);
    case LINK_WITH:
        return ordered_way(ledger, index, false, partner) ||
               ordered_way(ledger, partner, false, index);
    case LINK_INFO:
        break;
    }
    return false;
}

static bool too_many(const struct ledger *ledger, uint32_t index, uint32_t partner)
{
    struct link_walk walk;
    bool full;

    link_walk_begin(&walk);
    link_walk_reach(ledger, &walk, index, false);
    link_walk_reach(ledger, &walk, partner, false);
    link_walk_run(ledger, &walk, LINK_WAYS_ALL);
    full = walk.full;
    link_walk_end(ledger, &walk);
    return full;
}

struct refusal link_check(const struct ledger *ledger, uint32_t index, uint32_t partner,
                          uint8_t type)
{
    const struct instruction *own = instruction_view(ledger, index);
    struct refusal refusal;

    TALLY_ASSERT(!instruction_ended(own));
    if (!type_known(type)) {
        return refuse_link(DETAIL_NOT_ALLOWED, FIELD_LINK_TYPE);
    }
    if (index == partner || own->counterpart == partner) {
        return refuse_link(DETAIL_SELF, FIELD_LINKED_REFERENCE);
    }
    if (link_find(own, partner) != INSTRUCTION_LINKS_MAX) {
        return refuse_link(DETAIL_LINKED_OTHERWISE, FIELD_LINK_TYPE);
    }
    refusal = check_partner(ledger, partner, type, own->terms.settlement_date);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    if (instruction_ties(own)->link_count == INSTRUCTION_LINKS_MAX) {
        return refuse_link(DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    }
    uint32_t needed =
        (own->ties == NULL ? 1u : 0u) + (instruction_view(ledger, partner)->ties == NULL ? 1u : 0u);
    if (!rare_has_room(ledger, needed, 0)) {
        return refuse_link(DETAIL_CAPACITY_FULL, FIELD_LINKED_REFERENCE);
    }
    if (type == LINK_INFO) {
        return refusal_none();
    }
    if (too_many(ledger, index, partner)) {
        return refuse_link(DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    }
    return closes_circle(ledger, index, partner, (enum link_type)type)
               ? refuse_link(DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE)
               : refusal_none();
}

static uint32_t linked_find(const struct ledger *ledger, uint32_t party,
                            const struct command_instruct *body, uint32_t place)
{
    return instruction_find(ledger, party, &body->links[place].reference);
}

static struct refusal check_named(const struct ledger *ledger, uint32_t party,
                                  const struct command_instruct *body, uint32_t place)
{
    const struct command_instruct_link *link = &body->links[place];
    uint32_t partner = linked_find(ledger, party, body, place);

    if (!type_known(link->type)) {
        return refuse_link(DETAIL_NOT_ALLOWED, FIELD_LINK_TYPE);
    }
    if (partner == RECORD_NONE) {
        return refuse_link(DETAIL_UNKNOWN, FIELD_LINKED_REFERENCE);
    }
    for (uint32_t i = 0; i < place; i++) {
        if (text35_equal(&body->links[i].reference, &link->reference)) {
            return refuse_link(DETAIL_LINKED_OTHERWISE, FIELD_LINKED_REFERENCE);
        }
    }
    return check_partner(ledger, partner, link->type, body->settlement_date);
}

static struct refusal check_pool(const struct ledger *ledger, uint32_t party,
                                 const struct command_instruct *body)
{
    uint16_t number = body->pool_number;
    uint16_t total = body->pool_total;

    if (body->pool.size == 0) {
        return number == 0 && total == 0 ? refusal_none() : refuse_link(DETAIL_MISSING, FIELD_POOL);
    }
    if (total < 2 || total > LINK_SET_MAX) {
        return refuse_link(DETAIL_OUT_OF_RANGE, FIELD_POOL_TOTAL);
    }
    if (number < 1 || number > total) {
        return refuse_link(DETAIL_OUT_OF_RANGE, FIELD_POOL_NUMBER);
    }
    for (uint32_t i = pool_first(ledger, party, &body->pool); i != RECORD_NONE;
         i = pool_next(ledger, i)) {
        const struct instruction_pool *pool = &instruction_ties(instruction_view(ledger, i))->pool;
        if (pool->total != total) {
            return refuse_link(DETAIL_EXISTS_DIFFERENTLY, FIELD_POOL_TOTAL);
        }
        if (pool->number == number) {
            return refuse_link(DETAIL_POOL_FULL, FIELD_POOL_NUMBER);
        }
    }
    return refusal_none();
}

/*
 * Reaches what the new instruction will have a link of that type to: over an order if `ordered`.
 * Its pool counts as WITH.
 */
static void reach_named(const struct ledger *ledger, struct link_walk *walk, uint32_t party,
                        const struct command_instruct *body, enum link_type type, bool ordered)
{
    uint32_t member = RECORD_NONE;

    for (uint32_t i = 0; i < body->link_count; i++) {
        if (body->links[i].type == type) {
            link_walk_reach(ledger, walk, linked_find(ledger, party, body, i), ordered);
        }
    }
    if (type == LINK_WITH && body->pool.size != 0) {
        member = pool_first(ledger, party, &body->pool);
    }
    if (member != RECORD_NONE) {
        link_walk_reach(ledger, walk, member, ordered);
    }
}

static bool ordered_pool(const struct ledger *ledger, uint32_t party,
                         const struct command_instruct *body)
{
    uint32_t member = body->pool.size != 0 ? pool_first(ledger, party, &body->pool) : RECORD_NONE;

    return member != RECORD_NONE && link_walk_ordered(ledger, member);
}

/* Was what the new instruction names there reached in a way that contradicts the link to it? */
static bool contradicts(const struct ledger *ledger, uint32_t party,
                        const struct command_instruct *body, uint32_t place)
{
    uint32_t partner = linked_find(ledger, party, body, place);

    switch ((enum link_type)body->links[place].type) {
    case LINK_AFTE:
        return link_walk_reached(ledger, partner);
    case LINK_WITH:
        return link_walk_ordered(ledger, partner);
    case LINK_BEFO:
    case LINK_INFO:
        break;
    }
    return false;
}

/*
 * The new instruction would settle with its WITH partners and its pool, and before what comes after
 * it or them. None of these may be what it comes after itself; and none of what comes after may be
 * what it settles with.
 */
static bool new_closes_circle(const struct ledger *ledger, uint32_t party,
                              const struct command_instruct *body)
{
    struct link_walk walk;
    bool found;

    link_walk_begin(&walk);
    reach_named(ledger, &walk, party, body, LINK_BEFO, true);
    reach_named(ledger, &walk, party, body, LINK_WITH, false);
    link_walk_run(ledger, &walk, LINK_WAYS_FORWARD);
    found = walk.full || ordered_pool(ledger, party, body);
    for (uint32_t i = 0; i < body->link_count && !found; i++) {
        found = contradicts(ledger, party, body, i);
    }
    link_walk_end(ledger, &walk);
    return found;
}

/* One place is the new one's own. */
static bool new_is_too_many(const struct ledger *ledger, uint32_t party,
                            const struct command_instruct *body)
{
    struct link_walk walk;
    bool full;

    link_walk_begin(&walk);
    reach_named(ledger, &walk, party, body, LINK_BEFO, false);
    reach_named(ledger, &walk, party, body, LINK_AFTE, false);
    reach_named(ledger, &walk, party, body, LINK_WITH, false);
    link_walk_run(ledger, &walk, LINK_WAYS_ALL);
    full = walk.full || walk.pair_count == LINK_SET_MAX;
    link_walk_end(ledger, &walk);
    return full;
}

struct refusal link_check_new(const struct ledger *ledger, uint32_t party,
                              const struct command_instruct *body)
{
    struct refusal refusal = check_pool(ledger, party, body);

    for (uint32_t i = 0; i < body->link_count && refusal_is_none(refusal); i++) {
        refusal = check_named(ledger, party, body, i);
    }
    if (!refusal_is_none(refusal) || (body->link_count == 0 && body->pool.size == 0)) {
        return refusal;
    }
    if (new_is_too_many(ledger, party, body)) {
        return refuse_link(DETAIL_LINKS_FULL, FIELD_LINKED_REFERENCE);
    }
    return new_closes_circle(ledger, party, body) ? refuse_link(DETAIL_LINK_CIRCLE, FIELD_LINK_TYPE)
                                                  : refusal_none();
}
