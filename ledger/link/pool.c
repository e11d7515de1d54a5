#include "ledger/link/pool.h"

#include <string.h>

#include "ledger/state.h"

/* What a pool is sought by: its place before its first member. */
struct pool_name {
    uint32_t party;
    const struct text35 *reference;
};

static int text_compare(const struct text35 *a, const struct text35 *b)
{
    uint8_t shorter = a->size < b->size ? a->size : b->size;
    int way = memcmp(a->text, b->text, shorter);

    return way != 0 ? way : (int)a->size - (int)b->size;
}

static int member_compare_name(const struct instruction *member, const struct pool_name *name)
{
    if (member->party != name->party) {
        return member->party < name->party ? -1 : 1;
    }
    return text_compare(&instruction_ties(member)->pool.reference, name->reference);
}

/* Elements are places in the store of ties (rare.h), where every member has one. */
static uint32_t element_of(const struct ledger *ledger, const struct instruction *member)
{
    return (uint32_t)(member->ties - ledger->rare.ties);
}

static const struct instruction *member_at(const struct ledger *ledger, uint32_t element)
{
    return &ledger->instructions[ledger->rare.ties[element].owner];
}

static int members_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct ledger *ledger = context;
    const struct instruction_pool *left = &ledger->rare.ties[a].pool;
    const struct instruction_pool *right = &ledger->rare.ties[b].pool;
    struct pool_name name = {member_at(ledger, b)->party, &right->reference};
    int way = member_compare_name(member_at(ledger, a), &name);

    return way != 0 ? way : (int)left->number - (int)right->number;
}

static int members_probe(const void *context, const void *sought, uint32_t element)
{
    return member_compare_name(member_at(context, element), sought);
}

void pool_layout(struct pools *pools, uint32_t ties_capacity, struct ledger *ledger,
                 struct arena *arena)
{
    ordered_init(&pools->members, ties_capacity, members_compare, NULL, ledger, arena);
    pools->root = ORDERED_NONE;
}

bool pool_has(const struct instruction *instruction)
{
    return instruction_ties(instruction)->pool.reference.size != 0;
}

void pool_rebuild(struct ledger *ledger)
{
    TALLY_ASSERT(ledger->pools.root == ORDERED_NONE);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        if (!instruction_ended(instruction_view(ledger, i))) {
            pool_enter(ledger, i);
        }
    }
}

void pool_enter(struct ledger *ledger, uint32_t index)
{
    struct pools *pools = &ledger->pools;
    const struct instruction *instruction = instruction_view(ledger, index);

    TALLY_ASSERT(!instruction_ended(instruction));
    if (pool_has(instruction)) {
        ordered_insert(&pools->members, &pools->root, element_of(ledger, instruction));
    }
}

/* Is it in the set? */
static bool is_member(const struct ledger *ledger, const struct instruction *instruction)
{
    return instruction->ties != NULL &&
           ordered_contains(&ledger->pools.members, element_of(ledger, instruction));
}

void pool_leave(struct ledger *ledger, uint32_t index)
{
    struct pools *pools = &ledger->pools;
    const struct instruction *instruction = instruction_view(ledger, index);

    if (is_member(ledger, instruction)) {
        ordered_remove(&pools->members, &pools->root, element_of(ledger, instruction));
    }
}

/* The instruction of an element, if it is of the pool of that name. */
static uint32_t member_of(const struct ledger *ledger, uint32_t element,
                          const struct pool_name *name)
{
    if (element == ORDERED_NONE || member_compare_name(member_at(ledger, element), name) != 0) {
        return RECORD_NONE;
    }
    return ledger->rare.ties[element].owner;
}

uint32_t pool_first(const struct ledger *ledger, uint32_t party, const struct text35 *reference)
{
    const struct pools *pools = &ledger->pools;
    struct pool_name name = {party, reference};

    TALLY_ASSERT(reference->size != 0);
    return member_of(ledger, ordered_first_from(&pools->members, pools->root, members_probe, &name),
                     &name);
}

uint32_t pool_next(const struct ledger *ledger, uint32_t index)
{
    const struct pools *pools = &ledger->pools;
    const struct instruction *member = instruction_view(ledger, index);
    struct pool_name name = {member->party, &instruction_ties(member)->pool.reference};

    TALLY_ASSERT(is_member(ledger, member));
    uint32_t next = ordered_next(&pools->members, pools->root, element_of(ledger, member));
    return member_of(ledger, next, &name);
}

bool pool_complete(const struct ledger *ledger, uint32_t index)
{
    const struct instruction *member = instruction_view(ledger, index);
    uint32_t count = 0;

    for (uint32_t i = pool_first(ledger, member->party, &instruction_ties(member)->pool.reference);
         i != RECORD_NONE; i = pool_next(ledger, i)) {
        count++;
    }
    TALLY_ASSERT(count <= instruction_ties(member)->pool.total);
    return count == instruction_ties(member)->pool.total;
}
