#include "ledger/optimisation/optimisation.h"

#include "ledger/register/rule_set.h"
#include "ledger/state.h"

enum {
    REFUSALS_MAX = 4, /* members left out because a gate refused the set */
    SET_EVENTS_MAX = 1 + COMPONENT_CURRENCIES_MAX,
    UNITS_LEAST = 2, /* who can settle alone is woken (waiting.h) */
};

static int by_turn_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct optimisation *optimisation = context;
    uint64_t left = position_view(optimisation->ledger, a)->optimisation_turn;
    uint64_t right = position_view(optimisation->ledger, b)->optimisation_turn;

    if (left != right) {
        return left < right ? -1 : 1;
    }
    return 0;
}

void optimisation_layout(struct optimisation *optimisation, union side_places *places,
                         uint32_t instruction_capacity, uint32_t position_capacity,
                         struct ledger *ledger, struct arena *arena)
{
    struct netting_capacity capacity = {COMPONENT_PAIRS_MAX, COMPONENT_POSITIONS_MAX,
                                        4 * COMPONENT_PAIRS_MAX};

    *optimisation = (struct optimisation){.ledger = ledger, .turn_root = ORDERED_NONE};
    touch_index_layout(&optimisation->touching, places, instruction_capacity, ledger, arena);
    ordered_init(&optimisation->by_turn, position_capacity, by_turn_compare, NULL, optimisation,
                 arena);
    component_layout(&optimisation->component, instruction_capacity, arena);
    netting_layout(&optimisation->netting, &capacity, arena);
    optimisation->chosen = ARENA_TAKE(arena, uint32_t, COMPONENT_PAIRS_MAX);
}

bool optimisation_lacks(const struct ledger *ledger, uint32_t head)
{
    const struct instruction *instruction = instruction_view(ledger, head);

    return instruction->queue == QUEUE_POSITION && instruction->waiting_need > 0;
}

void optimisation_rebuild(struct ledger *ledger)
{
    struct optimisation *optimisation = &ledger->optimisation;

    TALLY_ASSERT(optimisation->turn_root == ORDERED_NONE);
    for (uint32_t i = record_next(ledger, RECORD_INSTRUCTION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_INSTRUCTION, i + 1)) {
        if (optimisation_lacks(ledger, i)) {
            touch_index_enter(ledger, i);
        }
    }
    for (uint32_t i = record_next(ledger, RECORD_POSITION, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_POSITION, i + 1)) {
        if (position_view(ledger, i)->optimisation_turn != 0) {
            ordered_insert(&optimisation->by_turn, &optimisation->turn_root, i);
        }
    }
}

/* ---------------------------------------------------------------------------------------- marks */

static void position_mark(struct ledger *ledger, uint32_t position)
{
    struct position *record = position_at(ledger, position);

    if (record->optimisation_turn != 0) {
        return;
    }
    ledger->scalars->optimisation_turn_last++;
    record->optimisation_turn = ledger->scalars->optimisation_turn_last;
    ordered_insert(&ledger->optimisation.by_turn, &ledger->optimisation.turn_root, position);
    record_touch(ledger, RECORD_SCALARS, 0);
    record_touch(ledger, RECORD_POSITION, position);
}

static void position_unmark(struct ledger *ledger, uint32_t position)
{
    struct position *record = position_at(ledger, position);

    if (record->optimisation_turn == 0) {
        return;
    }
    ordered_remove(&ledger->optimisation.by_turn, &ledger->optimisation.turn_root, position);
    record->optimisation_turn = 0;
    record_touch(ledger, RECORD_POSITION, position);
}

void optimisation_enter(struct ledger *ledger, uint32_t head)
{
    const struct instruction *instruction = instruction_view(ledger, head);

    TALLY_ASSERT(optimisation_lacks(ledger, head));
    touch_index_enter(ledger, head);
    if (touch_index_may_serve(ledger, instruction->waiting_for, instruction->waiting_need)) {
        position_mark(ledger, instruction->waiting_for);
    }
}

void optimisation_leave(struct ledger *ledger, uint32_t head)
{
    TALLY_ASSERT(optimisation_lacks(ledger, head));
    touch_index_remove(ledger, head);
}

void optimisation_arrival(struct ledger *ledger, uint32_t position)
{
    if (touch_index_holds(ledger, position) &&
        touch_index_may_serve(ledger, position, touch_index_least_draw(ledger, position))) {
        position_mark(ledger, position);
    }
}

/* ------------------------------------------------------------------------------ one set, booked */

/* The heads that netting chose, oldest first. */
static uint32_t chosen_list(struct ledger *ledger)
{
    struct optimisation *optimisation = &ledger->optimisation;
    const struct netting *netting = &optimisation->netting;
    const struct component *component = &optimisation->component;
    uint32_t count = 0;

    for (uint32_t i = 0; i < netting->candidate_count; i++) {
        const struct component_unit *unit = &component->units[netting->by_age[i]];
        for (uint32_t k = 0; k < unit->head_count && netting_chosen(netting, netting->by_age[i]);
             k++) {
            optimisation->chosen[count] = component->heads[unit->head_first + k];
            count++;
        }
    }
    return count;
}

/* What one currency of a set came to. */
struct saving {
    int128 gross;
    int128 drawn;
};

static int64_t clipped(int128 amount)
{
    TALLY_ASSERT(amount >= 0);
    return amount < INT64_MAX ? (int64_t)amount : INT64_MAX;
}

/* Gross from the flows of the chosen, drawn from the resources' levels. pre: not yet booked. */
static void saving_count(struct ledger *ledger, uint32_t currency, uint32_t count,
                         struct saving *out)
{
    const struct optimisation *optimisation = &ledger->optimisation;
    const struct component *component = &optimisation->component;

    *out = (struct saving){0, 0};
    for (uint32_t i = 0; i < count; i++) {
        struct pair pair = pair_of(ledger, optimisation->chosen[i]);
        struct pair_flows flows;
        pair_flows(ledger, &pair, &flows);
        for (uint32_t k = 0; k < flows.count; k++) {
            bool same = position_view(ledger, flows.postings[k].debit)->asset == currency;
            out->gross += same ? flows.postings[k].quantity : 0;
        }
    }
    for (uint32_t i = 0; i < component->position_count; i++) {
        int128 net = netting_resource_change(&optimisation->netting, i);
        if (net < 0 && position_view(ledger, component->positions[i])->asset == currency) {
            out->drawn -= net;
        }
    }
}

/* Whom the market as a whole concerns: the first operator. */
static struct bic operator_bic(const struct ledger *ledger)
{
    for (uint32_t i = record_next(ledger, RECORD_PARTY, 0); i != RECORD_NONE;
         i = record_next(ledger, RECORD_PARTY, i + 1)) {
        if ((party_view(ledger, i)->roles & PARTY_OPERATOR) != 0) {
            return party_view(ledger, i)->bic;
        }
    }
    return (struct bic){{0}};
}

static void set_tell(struct ledger *ledger, uint32_t count, const struct netting_result *result,
                     const struct saving *savings)
{
    const struct component *component = &ledger->optimisation.component;
    const struct valuation *valuation = &rule_set_in_force(ledger)->valuation;
    const struct bic to = operator_bic(ledger);
    struct event event = {.kind = EVENT_OPTIMISED,
                          .party = to,
                          .quantity = count,
                          .currency = valuation->reference_currency,
                          .amount = clipped(result->value)};

    event_emit(ledger, &event);
    for (uint32_t i = 0; i < component->currency_count; i++) {
        if (savings[i].gross == 0) {
            continue; /* a currency of pairs that were not chosen */
        }
        TALLY_ASSERT(savings[i].drawn <= savings[i].gross);
        event = (struct event){.kind = EVENT_LIQUIDITY_SAVED,
                               .party = to,
                               .asset = asset_view(ledger, component->currencies[i])->code,
                               .quantity = clipped(savings[i].gross),
                               .currency = asset_view(ledger, component->currencies[i])->code,
                               .amount = clipped(savings[i].gross - savings[i].drawn)};
        event_emit(ledger, &event);
    }
}

/* Settles what netting chose; false, with the member in the way, when a gate refuses the set. */
static bool set_settle(struct ledger *ledger, uint32_t count, const struct netting_result *result,
                       uint32_t *in_the_way)
{
    const struct component *component = &ledger->optimisation.component;
    struct saving savings[COMPONENT_CURRENCIES_MAX] = {0};
    struct settlement_fault fault;

    for (uint32_t i = 0; i < component->currency_count; i++) {
        saving_count(ledger, component->currencies[i], count, &savings[i]);
    }
    if (!settlement_set_settle(ledger, ledger->optimisation.chosen, count, &fault)) {
        *in_the_way = fault.head;
        return false;
    }
    set_tell(ledger, count, result, savings);
    return true;
}

/* Takes the unit of a head out of the candidates; the positions stay. */
static void component_exclude(struct component *component, uint32_t head)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < component->unit_count; i++) {
        const struct component_unit *unit = &component->units[i];
        bool here = false;
        for (uint32_t k = 0; k < unit->head_count; k++) {
            here = here || component->heads[unit->head_first + k] == head;
        }
        if (!here) {
            component->units[kept] = *unit;
            kept++;
        }
    }
    component->unit_count = kept;
}

static void steps_take(struct optimisation *optimisation, uint64_t steps)
{
    optimisation->steps_made += steps;
    optimisation->steps_left -= steps < optimisation->steps_left ? steps : optimisation->steps_left;
}

/* Solves the component at hand and settles the best set; true when one has settled. */
static bool component_settle(struct ledger *ledger)
{
    struct optimisation *optimisation = &ledger->optimisation;

    for (uint32_t refusals = 0; refusals < REFUSALS_MAX; refusals++) {
        struct netting_result result;
        uint32_t in_the_way = RECORD_NONE;
        if (optimisation->component.unit_count < UNITS_LEAST) {
            return false;
        }
        component_enter(ledger);
        netting_solve(&optimisation->netting, optimisation->steps_left, &result);
        steps_take(optimisation, result.steps);
        if (result.chosen == 0) {
            return false;
        }
        if (set_settle(ledger, chosen_list(ledger), &result, &in_the_way)) {
            return true;
        }
        if (in_the_way == RECORD_NONE) {
            return false;
        }
        component_exclude(&optimisation->component, in_the_way);
    }
    return false;
}

/* --------------------------------------------------------------------------------------- blocks */

/* How many pairs a component may have: by the rules, and by what a quarter of a block can tell. */
static uint32_t pairs_limit(const struct ledger *ledger)
{
    uint32_t told = ledger->events.capacity / 4;
    uint32_t limit = rule_set_in_force(ledger)->optimisation_pairs;

    told = told > SET_EVENTS_MAX ? (told - SET_EVENTS_MAX) / PAIR_EVENTS_MAX : 0;
    limit = limit < told ? limit : told;
    return limit < COMPONENT_PAIRS_MAX ? limit : COMPONENT_PAIRS_MAX;
}

void optimisation_block_begin(struct ledger *ledger)
{
    ledger->optimisation.steps_made = 0;
    ledger->optimisation.steps_left = rule_set_in_force(ledger)->optimisation_budget;
}

bool optimisation_left(const struct ledger *ledger)
{
    return ledger->optimisation.turn_root != ORDERED_NONE &&
           rule_set_in_force(ledger)->optimisation_budget > 0 && pairs_limit(ledger) >= UNITS_LEAST;
}

static bool may_begin(const struct ledger *ledger)
{
    uint32_t budget = rule_set_in_force(ledger)->optimisation_budget;

    return optimisation_left(ledger) && ledger->optimisation.steps_left >= (budget + 1) / 2 &&
           event_room(ledger, pairs_limit(ledger) * PAIR_EVENTS_MAX + SET_EVENTS_MAX);
}

bool optimisation_work(struct ledger *ledger)
{
    struct optimisation *optimisation = &ledger->optimisation;
    const struct component *component = &optimisation->component;

    while (may_begin(ledger)) {
        uint32_t position = ordered_first(&optimisation->by_turn, optimisation->turn_root);
        component_grow(ledger, position, pairs_limit(ledger));
        steps_take(optimisation, component->steps + 1);
        for (uint32_t i = 0; i < component->position_count; i++) {
            if (component->opened[i] != 0) {
                position_unmark(ledger, component->positions[i]);
            }
        }
        if (component_settle(ledger)) {
            return true;
        }
    }
    return false;
}
