#include "ledger/optimisation/component.h"

#include "base/amount.h"
#include "ledger/link/link.h"
#include "ledger/register/rule_set.h"
#include "ledger/state.h"
#include "ledger/state/side_places.h"

enum {
    PLACES = SIDE_TOUCHES,
    VISIT_STEPS = 16 /* looking at a pair costs about so many steps of netting */
};

/* ------------------------------------------------------------------------------------ the index */

/*
 * A pair has as many flows as sides at most: the first stands in the links of its deliverer, the
 * second in those of its receiver. `place` counts the places of both flows.
 */
static uint32_t element_at(const struct pair *pair, uint32_t place)
{
    TALLY_ASSERT(place < PLACES || !pair_is_internal(pair));
    return PLACES * (place < PLACES ? pair->deliverer : pair->receiver) + place % PLACES;
}

static uint32_t head_of(const struct ledger *ledger, uint32_t element)
{
    return pair_of(ledger, element / PLACES).deliverer;
}

static int touch_compare(const void *context, uint32_t a, uint32_t b)
{
    const struct touch_index *index = context;
    int way = waiting_compare(index->ledger, a / PLACES, b / PLACES);

    if (way != 0 || a == b) {
        return way;
    }
    return a < b ? -1 : 1;
}

static int64_t touch_weight(const void *context, uint32_t element)
{
    const struct touch_index *index = context;

    return element % PLACES == 0 ? index->draws[element / PLACES] : INT64_MAX;
}

void touch_index_layout(struct touch_index *index, union side_places *places,
                        uint32_t instruction_capacity, struct ledger *ledger, struct arena *arena)
{
    struct ordered_link *links = places == NULL ? NULL : places->touching;

    index->ledger = ledger;
    ordered_init_over(&index->links, links, PLACES * instruction_capacity, touch_compare,
                      touch_weight, index, arena);
    index->draws = ARENA_TAKE(arena, int64_t, instruction_capacity);
    index->tied = ARENA_TAKE(arena, uint8_t, instruction_capacity);
}

/* The position at a place of the flows; RECORD_NONE behind the last. */
static uint32_t flow_position(const struct pair_flows *flows, uint32_t place)
{
    if (place / PLACES >= flows->count) {
        return RECORD_NONE;
    }
    const struct posting *flow = &flows->postings[place / PLACES];
    return place % PLACES == 0 ? flow->debit : flow->credit;
}

static struct pair head_flows(const struct ledger *ledger, uint32_t head, struct pair_flows *flows)
{
    struct pair pair = pair_of(ledger, head);

    TALLY_ASSERT(pair.deliverer == head);
    pair_flows(ledger, &pair, flows);
    return pair;
}

/* Roots are stored plus one, so that zeroed memory says "none" (waiting.c). */
static uint32_t root_of(const struct touch_index *index, uint32_t position)
{
    return position_view(index->ledger, position)->touch_root - 1u;
}

void touch_index_enter(struct ledger *ledger, uint32_t head)
{
    struct touch_index *index = &ledger->optimisation.touching;
    struct pair_flows flows;
    struct pair pair = head_flows(ledger, head, &flows);

    for (uint32_t place = 0; place < PLACES * flows.count; place++) {
        uint32_t position = flow_position(&flows, place);
        uint32_t root = root_of(index, position);
        if (!position_is_counterweight(ledger, position)) {
            uint32_t element = element_at(&pair, place);
            int64_t quantity = flows.postings[place / PLACES].quantity;
            bool draws = place % PLACES == 0;
            index->draws[element / PLACES] = quantity;
            ordered_insert(&index->links, &root, element);
            struct position *touched = position_at(ledger, position);
            touched->touch_root = root + 1u;
            touched->brought += draws ? 0 : quantity;
        }
    }
    index->tied[head] = link_ties(ledger, head);
    index->tied_count += index->tied[head];
}

void touch_index_remove(struct ledger *ledger, uint32_t head)
{
    struct touch_index *index = &ledger->optimisation.touching;
    struct pair_flows flows;
    struct pair pair = head_flows(ledger, head, &flows);

    for (uint32_t place = 0; place < PLACES * flows.count; place++) {
        uint32_t position = flow_position(&flows, place);
        uint32_t root = root_of(index, position);
        uint32_t element = element_at(&pair, place);
        if (ordered_contains(&index->links, element)) {
            bool draws = place % PLACES == 0;
            ordered_remove(&index->links, &root, element);
            struct position *touched = position_at(ledger, position);
            touched->touch_root = root + 1u;
            touched->brought -= draws ? 0 : flows.postings[place / PLACES].quantity;
            TALLY_ASSERT(touched->brought >= 0);
        }
    }
    /* What a restored ledger would count: ties change only while a pair waits for its turn. */
    TALLY_ASSERT(index->tied[head] == link_ties(ledger, head));
    index->tied_count -= index->tied[head];
}

bool touch_index_holds(const struct ledger *ledger, uint32_t position)
{
    return position_view(ledger, position)->touch_root != 0;
}

int64_t touch_index_least_draw(const struct ledger *ledger, uint32_t position)
{
    const struct touch_index *index = &ledger->optimisation.touching;
    uint32_t root = root_of(index, position);

    return root == ORDERED_NONE ? INT64_MAX : ordered_weight_least(&index->links, root);
}

bool touch_index_may_serve(const struct ledger *ledger, uint32_t position, int64_t need)
{
    const struct touch_index *index = &ledger->optimisation.touching;

    return index->tied_count > 0 ||
           (need < INT64_MAX && need <= position_spendable(ledger, position) +
                                            position_view(ledger, position)->brought);
}

/* --------------------------------------------------------------------------------------- growth */

void component_layout(struct component *component, uint32_t instruction_capacity,
                      struct arena *arena)
{
    *component = (struct component){.unit_count = 0};
    component->units = ARENA_TAKE(arena, struct component_unit, COMPONENT_PAIRS_MAX);
    component->heads = ARENA_TAKE(arena, uint32_t, COMPONENT_PAIRS_MAX);
    component->positions = ARENA_TAKE(arena, uint32_t, COMPONENT_POSITIONS_MAX);
    component->opened = ARENA_TAKE(arena, uint8_t, COMPONENT_POSITIONS_MAX);
    component->seen = ARENA_TAKE(arena, uint32_t, COMPONENT_SEEN_MAX);
    component->head_seen = ARENA_TAKE(arena, uint8_t, instruction_capacity);
}

static void component_forget(const struct ledger *ledger, struct component *component)
{
    for (uint32_t i = 0; i < component->seen_count; i++) {
        component->head_seen[component->seen[i]] = 0;
    }
    for (uint32_t i = 0; i < component->position_count; i++) {
        ledger->positions[component->positions[i]].component_place = 0;
    }
    component->unit_count = 0;
    component->head_count = 0;
    component->position_count = 0;
    component->seen_count = 0;
    component->currency_count = 0;
    component->steps = 0;
    component->cut = false;
}

static void position_find_place(const struct ledger *ledger, struct component *component,
                                uint32_t position)
{
    if (ledger->positions[position].component_place == 0) {
        TALLY_ASSERT(component->position_count < COMPONENT_POSITIONS_MAX);
        component->positions[component->position_count] = position;
        component->opened[component->position_count] = 0;
        component->position_count++;
        ledger->positions[position].component_place = component->position_count;
    }
}

/* What candidates draw on the position that are not in the index: tied to one that is. */
static int128 tied_draw(const struct ledger *ledger, uint32_t position)
{
    const struct component *component = &ledger->optimisation.component;
    int128 drawn = 0;

    for (uint32_t i = 0; i < component->unit_count; i++) {
        const struct component_unit *unit = &component->units[i];
        for (uint32_t k = 0; k < unit->head_count && unit->head_count > 1; k++) {
            uint32_t head = component->heads[unit->head_first + k];
            struct pair_flows flows;
            head_flows(ledger, head, &flows);
            for (uint32_t n = 0; n < flows.count && !optimisation_lacks(ledger, head); n++) {
                drawn += flows.postings[n].debit == position ? flows.postings[n].quantity : 0;
            }
        }
    }
    return drawn;
}

/*
 * Could the pairs that touch the position run it dry? Stops at the pair that tells, and takes a
 * position that more pairs touch than a component may look at for scarce, so that the work of a
 * block does not grow with who waits there.
 */
static bool position_scarce(struct ledger *ledger, uint32_t position)
{
    const struct touch_index *index = &ledger->optimisation.touching;
    uint32_t root = root_of(index, position);
    int128 left = position_spendable(ledger, position) - tied_draw(ledger, position);
    uint32_t seen = 0;

    if (left < 0) {
        return true;
    }

    for (uint32_t element = ordered_first(&index->links, root); element != ORDERED_NONE;
         element = ordered_next(&index->links, root, element)) {
        ledger->optimisation.component.steps += VISIT_STEPS;
        seen++;
        if (seen > COMPONENT_SEEN_MAX) {
            return true;
        }
        if (element % PLACES != 0) {
            continue; /* it takes */
        }
        left -= index->draws[element / PLACES];
        if (left < 0) {
            return true;
        }
    }
    return false;
}

/* The currencies of a component are listed; false when there is no room for another. */
static bool currency_take(struct component *component, uint32_t currency)
{
    for (uint32_t i = 0; i < component->currency_count; i++) {
        if (component->currencies[i] == currency) {
            return true;
        }
    }
    if (component->currency_count == COMPONENT_CURRENCIES_MAX) {
        return false;
    }
    component->currencies[component->currency_count] = currency;
    component->currency_count++;
    return true;
}

static bool currencies_take(struct ledger *ledger, const struct pair_flows *flows)
{
    for (uint32_t i = 0; i < flows->count; i++) {
        uint32_t asset = position_view(ledger, flows->postings[i].debit)->asset;
        if (flows->cash[i] && !currency_take(&ledger->optimisation.component, asset)) {
            return false;
        }
    }
    return true;
}

/* Could what a pair draws ever be there? */
static bool pair_may_be_served(const struct ledger *ledger, uint32_t head)
{
    struct pair_flows flows;
    bool served = true;

    head_flows(ledger, head, &flows);
    for (uint32_t i = 0; i < flows.count && served; i++) {
        const struct posting *posting = &flows.postings[i];
        served = position_is_counterweight(ledger, posting->debit) ||
                 touch_index_may_serve(ledger, posting->debit, posting->quantity);
    }
    return served;
}

/* Can all of a set be tried in one step, and is there room for its currencies? */
static bool set_is_candidate(struct ledger *ledger, const struct link_set *set)
{
    struct settlement_fault fault;
    bool room = true;

    if (set->count == 1 && !pair_may_be_served(ledger, set->heads[0])) {
        return false;
    }
    if (!set->whole || !settlement_set_eligible(ledger, set->heads, set->count, &fault)) {
        return false;
    }
    for (uint32_t i = 0; i < set->count && room; i++) {
        struct pair_flows flows;
        head_flows(ledger, set->heads[i], &flows);
        room = !restriction_drawn(ledger, set->heads[i]) && currencies_take(ledger, &flows);
    }
    return room;
}

static void unit_add(struct ledger *ledger, const struct link_set *set)
{
    struct component *component = &ledger->optimisation.component;

    component->units[component->unit_count] =
        (struct component_unit){component->head_count, set->count};
    component->unit_count++;
    for (uint32_t i = 0; i < set->count; i++) {
        struct pair_flows flows;
        head_flows(ledger, set->heads[i], &flows);
        component->heads[component->head_count] = set->heads[i];
        component->head_count++;
        for (uint32_t place = 0; place < 2 * flows.count; place++) {
            position_find_place(ledger, component, flow_position(&flows, place));
        }
    }
}

/* Looks at a pair that touches an open position; false when the component is full. */
static bool head_look(struct ledger *ledger, uint32_t head)
{
    struct component *component = &ledger->optimisation.component;
    struct link_set set;

    component->steps += VISIT_STEPS;
    if (component->head_seen[head] != 0) {
        return true;
    }
    link_set_find(ledger, head, &set);
    component->steps += VISIT_STEPS * (uint64_t)set.count;
    if (component->head_count + set.count > component->limit ||
        component->seen_count + set.count > COMPONENT_SEEN_MAX) {
        component->cut = true;
        return false;
    }
    for (uint32_t i = 0; i < set.count; i++) {
        if (component->head_seen[set.heads[i]] == 0) {
            component->head_seen[set.heads[i]] = 1;
            component->seen[component->seen_count] = set.heads[i];
            component->seen_count++;
        }
    }
    if (set_is_candidate(ledger, &set)) {
        unit_add(ledger, &set);
    }
    return true;
}

/* Brings in the pairs that touch a position, until the component is full. */
static void position_open_up(struct ledger *ledger, uint32_t place)
{
    const struct touch_index *index = &ledger->optimisation.touching;
    struct component *component = &ledger->optimisation.component;
    uint32_t root = root_of(index, component->positions[place]);

    component->opened[place] = 1;
    for (uint32_t element = ordered_first(&index->links, root); element != ORDERED_NONE;
         element = ordered_next(&index->links, root, element)) {
        if (!head_look(ledger, head_of(ledger, element))) {
            return;
        }
    }
}

/* Opens what is to be opened; true when a tied unit came in, which may make others scarce. */
static bool positions_open(struct ledger *ledger)
{
    struct component *component = &ledger->optimisation.component;
    uint32_t heads = component->head_count;
    uint32_t units = component->unit_count;

    for (uint32_t place = 0; place < component->position_count && !component->cut; place++) {
        if (component->opened[place] == 0 &&
            (place == 0 || position_scarce(ledger, component->positions[place]))) {
            position_open_up(ledger, place);
        }
    }
    return component->head_count - heads > component->unit_count - units && !component->cut;
}

void component_grow(struct ledger *ledger, uint32_t position, uint32_t limit)
{
    struct component *component = &ledger->optimisation.component;
    bool again = true;

    TALLY_ASSERT(limit >= 1 && limit <= COMPONENT_PAIRS_MAX);
    component_forget(ledger, component);
    component->limit = limit;
    position_find_place(ledger, component, position);
    while (again) {
        again = positions_open(ledger);
    }
}

/* ----------------------------------------------------------------------------------- to netting */

int64_t component_pair_value(const struct ledger *ledger, uint32_t head)
{
    const struct valuation *valuation = &rule_set_in_force(ledger)->valuation;
    struct pair_flows flows;
    int64_t value = 0;

    head_flows(ledger, head, &flows);
    for (uint32_t i = 0; i < flows.count; i++) {
        uint32_t asset = position_view(ledger, flows.postings[i].debit)->asset;
        if (flows.cash[i] && !valuation_value(valuation, &asset_view(ledger, asset)->code,
                                              flows.postings[i].quantity, &value)) {
            value = 0;
        }
    }
    return value;
}

/* The candidate of a unit: its flows all together, its worth, the age of its oldest. */
static uint32_t unit_enter(struct ledger *ledger, const struct component_unit *unit)
{
    const struct component *component = &ledger->optimisation.component;
    struct netting_flow entered[2 * LINK_SET_MAX];
    uint64_t oldest = UINT64_MAX;
    int64_t value = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < unit->head_count; i++) {
        uint32_t head = component->heads[unit->head_first + i];
        struct pair pair = pair_of(ledger, head);
        struct pair_flows flows;
        pair_flows(ledger, &pair, &flows);
        for (uint32_t k = 0; k < flows.count; k++, count++) {
            entered[count] = (struct netting_flow){
                position_view(ledger, flows.postings[k].debit)->component_place - 1,
                position_view(ledger, flows.postings[k].credit)->component_place - 1,
                flows.postings[k].quantity};
        }
        if (!amount_add(value, component_pair_value(ledger, head), &value)) {
            value = INT64_MAX;
        }
        uint64_t sequence = pair_sequence(ledger, head);
        oldest = sequence < oldest ? sequence : oldest;
    }
    return netting_candidate_add(&ledger->optimisation.netting, value, unit->head_count, oldest,
                                 entered, count);
}

void component_enter(struct ledger *ledger)
{
    const struct component *component = &ledger->optimisation.component;
    struct netting *netting = &ledger->optimisation.netting;

    netting_begin(netting);
    for (uint32_t i = 0; i < component->position_count; i++) {
        uint32_t resource =
            netting_resource_add(netting, position_spendable(ledger, component->positions[i]));
        TALLY_ASSERT(resource == i);
    }
    for (uint32_t i = 0; i < component->unit_count; i++) {
        uint32_t candidate = unit_enter(ledger, &component->units[i]);
        TALLY_ASSERT(candidate == i);
    }
}
