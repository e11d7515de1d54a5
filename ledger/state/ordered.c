#include "ledger/state/ordered.h"

#include "base/assert.h"

void ordered_init(struct ordered *ordered, uint32_t capacity, ordered_compare *compare,
                  ordered_weight *weight, const void *context, struct arena *arena)
{
    TALLY_ASSERT(capacity < ORDERED_NONE);
    TALLY_ASSERT(compare != NULL);
    ordered->links =
        arena_take(arena, sizeof(struct ordered_link), capacity, _Alignof(struct ordered_link));
    ordered->least = weight == NULL ? NULL : ARENA_TAKE(arena, int64_t, capacity);
    ordered->capacity = capacity;
    ordered->compare = compare;
    ordered->weight = weight;
    ordered->context = context;
}

void ordered_share(struct ordered *ordered, const struct ordered *owner, ordered_compare *compare,
                   const void *context)
{
    TALLY_ASSERT(compare != NULL);
    *ordered = (struct ordered){
        .links = owner->links, .capacity = owner->capacity, .compare = compare, .context = context};
}

static uint32_t ordered_height(const struct ordered *ordered, uint32_t element)
{
    return element == ORDERED_NONE ? 0 : ordered->links[element].height;
}

static int64_t weight_of(const struct ordered *ordered, uint32_t element)
{
    return ordered->weight(ordered->context, element);
}

#define INLINED __attribute__((always_inline)) static inline

/*
 * Recomputes what is kept of an element about those below it. This and what follows is made twice,
 * for sets with weights and for those without.
 */
INLINED void ordered_renew(struct ordered *ordered, uint32_t element, bool weighed)
{
    struct ordered_link *link = &ordered->links[element];
    uint32_t height_before = ordered_height(ordered, link->before);
    uint32_t height_after = ordered_height(ordered, link->after);

    link->height = 1 + (height_before > height_after ? height_before : height_after);
    if (!weighed) {
        return;
    }
    int64_t least = weight_of(ordered, element);
    if (link->before != ORDERED_NONE && ordered->least[link->before] < least) {
        least = ordered->least[link->before];
    }
    if (link->after != ORDERED_NONE && ordered->least[link->after] < least) {
        least = ordered->least[link->after];
    }
    ordered->least[element] = least;
}

/* The element before takes the place; the element that held it goes below it, after. */
INLINED void ordered_turn_after(struct ordered *ordered, uint32_t *place, bool weighed)
{
    uint32_t low = *place;
    uint32_t high = ordered->links[low].before;

    ordered->links[low].before = ordered->links[high].after;
    ordered->links[high].after = low;
    ordered_renew(ordered, low, weighed);
    ordered_renew(ordered, high, weighed);
    *place = high;
}

INLINED void ordered_turn_before(struct ordered *ordered, uint32_t *place, bool weighed)
{
    uint32_t low = *place;
    uint32_t high = ordered->links[low].after;

    ordered->links[low].after = ordered->links[high].before;
    ordered->links[high].before = low;
    ordered_renew(ordered, low, weighed);
    ordered_renew(ordered, high, weighed);
    *place = high;
}

/*
 * Restores the balance at one place whose two sides are balanced and differ by at most two. False:
 * what is above it would see no difference.
 */
INLINED bool ordered_balance(struct ordered *ordered, uint32_t *place, bool weighed)
{
    struct ordered_link *link = &ordered->links[*place];
    uint32_t height = link->height;
    uint32_t height_before = ordered_height(ordered, link->before);
    uint32_t height_after = ordered_height(ordered, link->after);
    int64_t least = weighed ? ordered->least[*place] : 0;

    if (height_before > height_after + 1) {
        const struct ordered_link *low = &ordered->links[link->before];
        if (ordered_height(ordered, low->after) > ordered_height(ordered, low->before)) {
            ordered_turn_before(ordered, &link->before, weighed);
        }
        ordered_turn_after(ordered, place, weighed);
    } else if (height_after > height_before + 1) {
        const struct ordered_link *low = &ordered->links[link->after];
        if (ordered_height(ordered, low->before) > ordered_height(ordered, low->after)) {
            ordered_turn_after(ordered, &link->after, weighed);
        }
        ordered_turn_before(ordered, place, weighed);
    } else {
        ordered_renew(ordered, *place, weighed);
    }
    return ordered->links[*place].height != height || (weighed && ordered->least[*place] != least);
}

/*
 * Up to where nothing changes any more: what is above knows of a side only height and weight. But
 * the first `replaced` places have to be passed, since the last of them got another element.
 */
INLINED void path_balance(struct ordered *ordered, struct ordered_path *path, uint32_t replaced,
                          bool weighed)
{
    bool changed = true;

    for (uint32_t count = path->count; count > 0 && (changed || count >= replaced); count--) {
        changed = ordered_balance(ordered, path->places[count - 1], weighed);
    }
}

static void ordered_path_balance(struct ordered *ordered, struct ordered_path *path,
                                 uint32_t replaced)
{
    struct ordered own = *ordered; /* what nobody else can change stays in registers */

    if (own.weight == NULL) {
        path_balance(&own, path, replaced, false);
    } else {
        path_balance(&own, path, replaced, true);
    }
}

void ordered_insert_at(struct ordered *ordered, struct ordered_path *path, uint32_t *place,
                       uint32_t element)
{
    TALLY_ASSERT(element < ordered->capacity);
    TALLY_ASSERT(*place == ORDERED_NONE);
    TALLY_ASSERT(ordered->links[element].height == 0);
    *place = element;
    ordered->links[element] = (struct ordered_link){.before = ORDERED_NONE, .after = ORDERED_NONE};
    ordered_renew(ordered, element, ordered->weight != NULL);
    ordered_path_balance(ordered, path, UINT32_MAX);
}

void ordered_insert(struct ordered *ordered, uint32_t *root, uint32_t element)
{
    struct ordered_path path;
    uint32_t *place = root;

    TALLY_ASSERT(element < ordered->capacity);
    path.count = 0;
    while (*place != ORDERED_NONE) {
        int way = ordered->compare(ordered->context, element, *place);
        TALLY_ASSERT(way != 0);
        ordered_path_add(&path, place);
        place = way < 0 ? &ordered->links[*place].before : &ordered->links[*place].after;
    }
    ordered_insert_at(ordered, &path, place, element);
}

/*
 * Takes the element at `place` out, puts the element that follows it in its place; both sides of it
 * are occupied.
 */
static void ordered_replace_by_next(struct ordered *ordered, uint32_t *place,
                                    struct ordered_path *path)
{
    uint32_t element = *place;
    uint32_t *next_place = &ordered->links[element].after;
    uint32_t first = path->count + 1;
    uint32_t next;

    ordered_path_add(path, place);
    while (ordered->links[*next_place].before != ORDERED_NONE) {
        ordered_path_add(path, next_place);
        next_place = &ordered->links[*next_place].before;
    }
    next = *next_place;
    *next_place = ordered->links[next].after;
    ordered->links[next] = ordered->links[element];
    if (ordered->weight != NULL) {
        ordered->least[next] = ordered->least[element];
    }
    *place = next;
    /*
     * The way down began in the link of the element that is gone; it begins in the link of `next`
     * now.
     */
    if (path->count > first) {
        path->places[first] = &ordered->links[next].after;
    }
}

void ordered_remove_at(struct ordered *ordered, struct ordered_path *path, uint32_t *place)
{
    uint32_t element = *place;
    struct ordered_link *link = &ordered->links[element];
    uint32_t replaced = UINT32_MAX;

    TALLY_ASSERT(link->height > 0);
    if (link->before != ORDERED_NONE && link->after != ORDERED_NONE) {
        replaced = path->count + 1;
        ordered_replace_by_next(ordered, place, path);
    } else {
        *place = link->before != ORDERED_NONE ? link->before : link->after;
    }
    *link = (struct ordered_link){.height = 0};
    ordered_path_balance(ordered, path, replaced);
}

void ordered_remove(struct ordered *ordered, uint32_t *root, uint32_t element)
{
    struct ordered_path path;
    uint32_t *place = root;

    TALLY_ASSERT(element < ordered->capacity);
    TALLY_ASSERT(ordered->links[element].height > 0);
    path.count = 0;
    while (*place != element) {
        TALLY_ASSERT(*place != ORDERED_NONE);
        ordered_path_add(&path, place);
        place = ordered->compare(ordered->context, element, *place) < 0
                    ? &ordered->links[*place].before
                    : &ordered->links[*place].after;
    }
    ordered_remove_at(ordered, &path, place);
}

bool ordered_contains(const struct ordered *ordered, uint32_t element)
{
    TALLY_ASSERT(element < ordered->capacity);
    return ordered->links[element].height > 0;
}

bool ordered_is_single(const struct ordered *ordered, uint32_t root)
{
    return ordered_height(ordered, root) == 1;
}

uint32_t ordered_first(const struct ordered *ordered, uint32_t root)
{
    uint32_t element = root;

    while (element != ORDERED_NONE && ordered->links[element].before != ORDERED_NONE) {
        element = ordered->links[element].before;
    }
    return element;
}

uint32_t ordered_first_from(const struct ordered *ordered, uint32_t root, ordered_probe *probe,
                            const void *sought)
{
    uint32_t element = root;
    uint32_t found = ORDERED_NONE;

    while (element != ORDERED_NONE) {
        if (probe(ordered->context, sought, element) < 0) {
            element = ordered->links[element].after;
        } else {
            found = element;
            element = ordered->links[element].before;
        }
    }
    return found;
}

uint32_t ordered_last_before(const struct ordered *ordered, uint32_t root, ordered_probe *probe,
                             const void *sought)
{
    uint32_t element = root;
    uint32_t found = ORDERED_NONE;

    while (element != ORDERED_NONE) {
        if (probe(ordered->context, sought, element) < 0) {
            found = element;
            element = ordered->links[element].after;
        } else {
            element = ordered->links[element].before;
        }
    }
    return found;
}

uint32_t ordered_next(const struct ordered *ordered, uint32_t root, uint32_t element)
{
    uint32_t step = root;
    uint32_t found = ORDERED_NONE;

    TALLY_ASSERT(ordered_contains(ordered, element));
    while (step != ORDERED_NONE) {
        if (ordered->compare(ordered->context, step, element) > 0) {
            found = step;
            step = ordered->links[step].before;
        } else {
            step = ordered->links[step].after;
        }
    }
    return found;
}

uint32_t ordered_first_within(const struct ordered *ordered, uint32_t root, int64_t weight_most)
{
    uint32_t element = root;

    TALLY_ASSERT(ordered->weight != NULL);
    while (element != ORDERED_NONE && ordered->least[element] <= weight_most) {
        uint32_t before = ordered->links[element].before;
        if (before != ORDERED_NONE && ordered->least[before] <= weight_most) {
            element = before;
        } else if (weight_of(ordered, element) <= weight_most) {
            return element;
        } else {
            element = ordered->links[element].after;
        }
    }
    return ORDERED_NONE;
}

int64_t ordered_weight_least(const struct ordered *ordered, uint32_t root)
{
    TALLY_ASSERT(ordered->weight != NULL);
    TALLY_ASSERT(root != ORDERED_NONE);
    return ordered->least[root];
}
