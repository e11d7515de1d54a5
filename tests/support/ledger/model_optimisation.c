/*
 * Which sets of waiting pairs settle together, as the plain model sees it: the component is found
 * by going over everything until nothing is added; up to EXHAUSTIVE pairs the best set is found by
 * looking at all of them; beyond, the ledger's own choice is taken, if it is one the rules allow.
 */
#include <string.h>

#include "tests/support/cmocka.h"
#include "tests/support/ledger/model_inside.h"
#include "tests/support/ledger/model_limit.h"
#include "tests/support/ledger/model_restriction.h"
#include "tests/support/ledger/netting_brute.h"

enum {
    EXHAUSTIVE = 11,
};

/* What settles in one step is one candidate. */
struct component {
    bool opened[MODEL_POSITION_COUNT];
    bool known[MODEL_POSITION_COUNT];              /* touched by a member */
    struct model_set units[MODEL_INSTRUCTION_MAX]; /* the oldest first */
    int32_t count;
};

static struct component component;
static struct brute_instance instance;

/* Waits because its position lacks, not because it is blocked. */
static bool lacks(const struct model *model, int32_t index)
{
    return model->instructions[index].waits_for != MODEL_NONE &&
           model->instructions[index].waits_for < MODEL_LIMIT_BASE &&
           model->instructions[index].need > 0;
}

static bool touches(const struct model *model, int32_t head, int32_t position)
{
    struct model_movement movements[2];
    uint32_t count = model_movements(model, head, movements);

    for (uint32_t i = 0; i < count; i++) {
        if (movements[i].from == position || movements[i].to == position) {
            return true;
        }
    }
    return false;
}

/* -------------------------------------------------------------------------------------- marks */

void model_mark(struct model *model, int32_t position)
{
    if (model->positions[position].mark == 0) {
        model->positions[position].mark = ++model->mark_last;
    }
}

/* Is one of those that wait tied to others? What these bring does not wait for itself. */
static bool tied_waits(const struct model *model)
{
    for (int32_t i = 0; i < model->instruction_count; i++) {
        if (lacks(model, i) && model_tied(model, i)) {
            return true;
        }
    }
    return false;
}

/* What the position has, and all that waiting pairs would bring it, whatever they draw. */
static int128 could_have(const struct model *model, int32_t position)
{
    int128 most = model_spendable(model, position);

    for (int32_t i = 0; i < model->instruction_count; i++) {
        struct model_movement movements[2];
        uint32_t count = lacks(model, i) ? model_movements(model, i, movements) : 0;
        for (uint32_t k = 0; k < count; k++) {
            most += movements[k].to == position ? movements[k].quantity : 0;
        }
    }
    return most;
}

/* More came: it can free a set only if one that draws on the position could be served. */
void model_mark_if_helping(struct model *model, int32_t position)
{
    bool touched = false;
    bool serves = false;

    for (int32_t i = 0; i < model->instruction_count; i++) {
        struct model_movement movements[2];
        uint32_t count = lacks(model, i) ? model_movements(model, i, movements) : 0;
        for (uint32_t k = 0; k < count; k++) {
            touched = touched || movements[k].from == position || movements[k].to == position;
            serves = serves || (movements[k].from == position &&
                                movements[k].quantity <= could_have(model, position));
        }
    }
    if (serves || (touched && tied_waits(model))) {
        model_mark(model, position);
    }
}

/* One more waits: it can be in a set only if that brings what it needs. */
void model_mark_if_waiting(struct model *model, int32_t head)
{
    const struct model_instruction *instruction = &model->instructions[head];

    if (lacks(model, head) &&
        (tied_waits(model) || (instruction->need < INT64_MAX &&
                               instruction->need <= could_have(model, instruction->waits_for)))) {
        model_mark(model, instruction->waits_for);
    }
}

static int32_t mark_first(const struct model *model)
{
    int32_t best = MODEL_NONE;

    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        uint64_t mark = model->positions[i].mark;
        if (mark != 0 && (best == MODEL_NONE || mark < model->positions[best].mark)) {
            best = i;
        }
    }
    return best;
}

bool model_marks_left(const struct model *model)
{
    return mark_first(model) != MODEL_NONE;
}

/* ---------------------------------------------------------------------------------- component */

/* Would all who wait, and who is tied to a member, together draw more than there is? */
static bool scarce(const struct model *model, int32_t position)
{
    int128 drawn = 0;

    for (int32_t i = 0; i < model->instruction_count; i++) {
        struct model_movement movements[2];
        uint32_t count = lacks(model, i) ? model_movements(model, i, movements) : 0;
        for (uint32_t k = 0; k < count; k++) {
            drawn += movements[k].from == position ? movements[k].quantity : 0;
        }
    }
    for (int32_t i = 0; i < component.count; i++) {
        const struct model_set *unit = &component.units[i];
        for (uint32_t n = 0; n < unit->count; n++) {
            struct model_movement movements[2];
            uint32_t count = lacks(model, unit->heads[n])
                                 ? 0
                                 : model_movements(model, unit->heads[n], movements);
            for (uint32_t k = 0; k < count; k++) {
                drawn += movements[k].from == position ? movements[k].quantity : 0;
            }
        }
    }
    return drawn > model_spendable(model, position);
}

static bool is_member(int32_t head)
{
    for (int32_t i = 0; i < component.count; i++) {
        for (uint32_t k = 0; k < component.units[i].count; k++) {
            if (component.units[i].heads[k] == head) {
                return true;
            }
        }
    }
    return false;
}

static int32_t unit_age(const struct model *model, const struct model_set *unit)
{
    int32_t oldest = model_age(model, unit->heads[0]);

    for (uint32_t i = 1; i < unit->count; i++) {
        int32_t age = model_age(model, unit->heads[i]);
        oldest = age < oldest ? age : oldest;
    }
    return oldest;
}

/* In the order of age. */
static void member_add(const struct model *model, const struct model_set *unit)
{
    int32_t at = component.count;

    while (at > 0 && unit_age(model, &component.units[at - 1]) > unit_age(model, unit)) {
        component.units[at] = component.units[at - 1];
        at--;
    }
    component.units[at] = *unit;
    component.count++;
    for (uint32_t i = 0; i < unit->count; i++) {
        struct model_movement movements[2];
        uint32_t count = model_movements(model, unit->heads[i], movements);
        for (uint32_t k = 0; k < count; k++) {
            component.known[movements[k].from] = true;
            component.known[movements[k].to] = true;
        }
    }
}

/* What is taken out of restrictions is known at the settlement only. */
static bool unit_draws(const struct model *model, const struct model_set *unit)
{
    for (uint32_t i = 0; i < unit->count; i++) {
        if (model_draws(model, unit->heads[i])) {
            return true;
        }
    }
    return false;
}

/* Draws one of them more than there could ever be? Then it is in no feasible set. */
static bool unit_hopeless(const struct model *model, const struct model_set *unit)
{
    if (tied_waits(model)) {
        return false;
    }
    for (uint32_t i = 0; i < unit->count; i++) {
        struct model_movement movements[2];
        uint32_t count = model_movements(model, unit->heads[i], movements);
        for (uint32_t k = 0; k < count; k++) {
            if (movements[k].quantity > could_have(model, movements[k].from)) {
                return true;
            }
        }
    }
    return false;
}

static void position_open_up(struct model *model, int32_t position)
{
    for (int32_t i = 0; i < model->instruction_count; i++) {
        struct model_set unit;
        if (lacks(model, i) && touches(model, i, position) && !is_member(i)) {
            model_set_find(model, i, &unit);
            if (model_gates_open(model, &unit) && !unit_draws(model, &unit) &&
                !unit_hopeless(model, &unit)) {
                member_add(model, &unit);
            }
        }
    }
}

static void component_find(struct model *model, int32_t root)
{
    bool grown = true;

    component.count = 0;
    memset(component.opened, 0, sizeof component.opened);
    memset(component.known, 0, sizeof component.known);
    component.known[root] = true;
    while (grown) {
        grown = false;
        for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
            if (component.known[i] && !component.opened[i] && (i == root || scarce(model, i))) {
                component.opened[i] = true;
                position_open_up(model, i);
                grown = true;
            }
        }
    }
}

/* ----------------------------------------------------------------------------------- choosing */

static int64_t value_of(const struct model_movement *movements, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        int32_t asset = movements[i].from / 2 % WORLD_ASSET_COUNT;
        if (movements[i].money) {
            return asset == WORLD_EUR ? movements[i].quantity : movements[i].quantity * 100 / 125;
        }
    }
    return 0;
}

static void instance_make(const struct model *model)
{
    instance.resource_count = MODEL_POSITION_COUNT;
    instance.count = (uint32_t)component.count;
    assert_true(instance.count <= BRUTE_CANDIDATES_MAX);
    for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
        instance.spendable[i] = model_spendable(model, i);
    }
    for (uint32_t i = 0; i < instance.count; i++) {
        const struct model_set *unit = &component.units[i];
        struct brute_candidate *candidate = &instance.candidates[i];
        *candidate = (struct brute_candidate){.obligations = unit->count};
        for (uint32_t n = 0; n < unit->count; n++) {
            struct model_movement movements[2];
            uint32_t count = model_movements(model, unit->heads[n], movements);
            candidate->value += value_of(movements, count);
            for (uint32_t k = 0; k < count; k++) {
                assert_true(candidate->flow_count < BRUTE_FLOWS_MAX);
                candidate->flows[candidate->flow_count++] = (struct brute_flow){
                    (uint32_t)movements[k].from, (uint32_t)movements[k].to, movements[k].quantity};
            }
        }
    }
}

static bool is_told(const struct model *model, const struct model_told *told, int32_t head)
{
    for (uint32_t k = 0; k < told->count; k++) {
        if (model->told_heads[told->first + k] == head) {
            return true;
        }
    }
    return false;
}

/* The next set that the ledger told of, if it is of this component, and of whole units. */
static bool told_take(const struct model *model, bool *chosen)
{
    const struct model_told *told = &model->told[model->told_next];
    uint32_t found = 0;

    if (model->told_next == model->told_count) {
        return false;
    }
    for (int32_t i = 0; i < component.count; i++) {
        const struct model_set *unit = &component.units[i];
        chosen[i] = is_told(model, told, unit->heads[0]);
        for (uint32_t k = 0; k < unit->count; k++) {
            found += chosen[i] && is_told(model, told, unit->heads[k]) ? 1 : 0;
        }
    }
    return found == told->count;
}

static bool choose(struct model *model, bool *chosen)
{
    if (component.count < 2) {
        return false;
    }
    instance_make(model);
    if (component.count > EXHAUSTIVE) {
        /* What the ledger tells next may have become possible later, by a part that settled. */
        if (!told_take(model, chosen) || !brute_feasible(&instance, chosen)) {
            return false;
        }
    } else {
        brute_best(&instance, chosen);
    }
    return brute_obligations(&instance, chosen) > 0;
}

/* ------------------------------------------------------------------------------------ booking */

/* The heads of the chosen units, in the order of age. */
static uint32_t chosen_heads(const bool *chosen, int32_t *heads)
{
    uint32_t count = 0;

    for (int32_t i = 0; i < component.count; i++) {
        for (uint32_t k = 0; k < component.units[i].count && chosen[i]; k++) {
            heads[count++] = component.units[i].heads[k];
        }
    }
    return count;
}

static void set_settle(struct model *model, const bool *chosen)
{
    static int32_t heads[MODEL_INSTRUCTION_MAX];
    struct model_movement movements[2];
    uint32_t pairs = chosen_heads(chosen, heads);

    for (uint32_t i = 0; i < pairs; i++) {
        uint32_t count = model_movements(model, heads[i], movements);
        for (uint32_t k = 0; k < count; k++) {
            model_limit_count(model, &movements[k], 1);
            model->positions[movements[k].from].available -= movements[k].quantity;
            model->positions[movements[k].to].available += movements[k].quantity;
        }
    }
    for (uint32_t money = 0; money < 2; money++) {
        for (uint32_t i = 0; i < pairs; i++) {
            uint32_t count = model_movements(model, heads[i], movements);
            for (uint32_t k = 0; k < count; k++) {
                if (movements[k].money == (money == 1)) {
                    model_restrictions_fill(model, movements[k].to);
                    model_wake(model, movements[k].to);
                }
            }
        }
    }
    for (uint32_t i = 0; i < pairs; i++) {
        model_settled(model, heads[i]);
    }
}

/* Who of the chosen set meets a limit first, in the order of booking; MODEL_NONE: nobody. */
static int32_t kept_by_limit(const struct model *model, const bool *chosen)
{
    static struct model_movement flows[2 * MODEL_INSTRUCTION_MAX];
    static int32_t owners[2 * MODEL_INSTRUCTION_MAX];
    static int32_t heads[MODEL_INSTRUCTION_MAX];
    uint32_t pairs = chosen_heads(chosen, heads);
    uint32_t count = 0;
    uint32_t place;
    int64_t need;

    for (uint32_t money = 0; money < 2; money++) {
        for (uint32_t i = 0; i < pairs; i++) {
            struct model_movement movements[2];
            uint32_t own = model_movements(model, heads[i], movements);
            for (uint32_t k = 0; k < own; k++) {
                if (movements[k].money == (money == 1)) {
                    flows[count] = movements[k];
                    owners[count++] = heads[i];
                }
            }
        }
    }
    return model_limit_passed(model, flows, count, &place, &need) == MODEL_NONE ? MODEL_NONE
                                                                                : owners[place];
}

static bool unit_has(const struct model_set *unit, int32_t head)
{
    for (uint32_t i = 0; i < unit->count; i++) {
        if (unit->heads[i] == head) {
            return true;
        }
    }
    return false;
}

/* Whom a limit keeps is left out, four times at most, and the rest is asked again. */
static bool choose_allowed(struct model *model, bool *chosen)
{
    for (uint32_t refusals = 0; refusals < 4; refusals++) {
        if (!choose(model, chosen)) {
            return false;
        }
        int32_t kept = kept_by_limit(model, chosen);
        if (kept == MODEL_NONE) {
            return true;
        }
        int32_t left = 0;
        for (int32_t i = 0; i < component.count; i++) {
            if (!unit_has(&component.units[i], kept)) {
                component.units[left++] = component.units[i];
            }
        }
        component.count = left;
    }
    return false;
}

bool model_optimise(struct model *model)
{
    static bool chosen[MODEL_INSTRUCTION_MAX];

    for (int32_t root = mark_first(model); root != MODEL_NONE; root = mark_first(model)) {
        component_find(model, root);
        for (int32_t i = 0; i < MODEL_POSITION_COUNT; i++) {
            if (component.opened[i]) {
                model->positions[i].mark = 0;
            }
        }
        if (choose_allowed(model, chosen)) {
            bool agreed[MODEL_INSTRUCTION_MAX];
            assert_true(told_take(model, agreed)); /* the ledger settled a set here, too */
            assert_memory_equal(agreed, chosen, (size_t)component.count * sizeof(bool));
            model->told_next++;
            set_settle(model, chosen);
            return true;
        }
    }
    return false;
}

uint32_t model_tell_sets(struct model *model, const struct ledger_output *output)
{
    uint32_t settled = 0;
    uint32_t optimised = 0;
    model->told_count = 0;
    model->told_next = 0;
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        assert_true(event_decode(&event, output->events[i].bytes, output->events[i].size));
        if (event.kind == EVENT_SETTLED) {
            model->told_heads[settled] = (int32_t)event.instruction_sequence - 1;
            settled++;
        } else if (event.kind == EVENT_OPTIMISED) {
            assert_true(model->told_count < MODEL_TOLD_MAX);
            assert_true(event.quantity <= settled);
            model->told[model->told_count] =
                (struct model_told){settled - (uint32_t)event.quantity, (uint32_t)event.quantity};
            model->told_count++;
            optimised += (uint32_t)event.quantity;
        }
    }
    return optimised;
}
