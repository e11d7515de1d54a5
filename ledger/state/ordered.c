#include "ledger/state/ordered.h"

#include "base/assert.h"

void ordered_init(struct ordered *ordered, uint32_t capacity, ordered_compare *compare,
                  ordered_weight *weight, const void *context, struct arena *arena)
{
    struct ordered_link *links = ARENA_TAKE(arena, struct ordered_link, capacity);

    ordered_init_over(ordered, links, capacity, compare, weight, context, arena);
}

void ordered_init_over(struct ordered *ordered, struct ordered_link *links, uint32_t capacity,
                       ordered_compare *compare, ordered_weight *weight, const void *context,
                       struct arena *arena)
{
    TALLY_ASSERT(capacity <= ORDERED_CAPACITY_MAX);
    TALLY_ASSERT(compare != NULL);
    ordered->links = links;
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

#define INLINED __attribute__((always_inline)) static inline

INLINED uint32_t ordered_height(const struct ordered *ordered, uint32_t element)
{
    return element == ORDERED_END ? 0 : ordered_link_height(&ordered->links[element]);
}

static uint32_t ordered_before(const struct ordered *ordered, uint32_t element)
{
    return ordered_at(&ordered->links[element].before);
}

static uint32_t ordered_after(const struct ordered *ordered, uint32_t element)
{
    return ordered_at(&ordered->links[element].after);
}

/* Puts an element, or ORDERED_END, at a place; the other bits of the place stay. */
static void place_put(uint32_t *place, uint32_t element)
{
    *place = (*place & ~(uint32_t)ORDERED_INDEX) | (element & ORDERED_INDEX);
}

/* The root has no other bits: whoever owns it knows nothing of them. */
static void root_clean(struct ordered_path *path, uint32_t *place)
{
    uint32_t *root = path->count > 0 ? path->places[0] : place;

    *root = ordered_at(root) == ORDERED_END ? ORDERED_NONE : ordered_at(root);
}

static void height_put(struct ordered_link *link, uint32_t height)
{
    const unsigned bits = 32 - ORDERED_INDEX_BITS;

    link->before = (link->before & ORDERED_INDEX) | height >> bits << ORDERED_INDEX_BITS;
    link->after = (link->after & ORDERED_INDEX) | height << ORDERED_INDEX_BITS;
}

static int64_t weight_of(const struct ordered *ordered, uint32_t element)
{
    return ordered->weight(ordered->context, element);
}

/*
 * Recomputes what is kept of an element about those below it. This and what follows is made twice,
 * for sets with weights and for those without.
 */
INLINED void ordered_renew(struct ordered *ordered, uint32_t element, bool weighed)
{
    struct ordered_link *link = &ordered->links[element];
    uint32_t before = ordered_at(&link->before);
    uint32_t after = ordered_at(&link->after);
    uint32_t height_before = ordered_height(ordered, before);
    uint32_t height_after = ordered_height(ordered, after);

    height_put(link, 1 + (height_before > height_after ? height_before : height_after));
    if (!weighed) {
        return;
    }
    int64_t least = weight_of(ordered, element);
    if (before != ORDERED_END && ordered->least[before] < least) {
        least = ordered->least[before];
    }
    if (after != ORDERED_END && ordered->least[after] < least) {
        least = ordered->least[after];
    }
    ordered->least[element] = least;
}

/* The element before takes the place; the element that held it goes below it, after. */
INLINED void ordered_turn_after(struct ordered *ordered, uint32_t *place, bool weighed)
{
    uint32_t low = ordered_at(place);
    uint32_t high = ordered_before(ordered, low);

    place_put(&ordered->links[low].before, ordered_after(ordered, high));
    place_put(&ordered->links[high].after, low);
    ordered_renew(ordered, low, weighed);
    ordered_renew(ordered, high, weighed);
    place_put(place, high);
}

INLINED void ordered_turn_before(struct ordered *ordered, uint32_t *place, bool weighed)
{
    uint32_t low = ordered_at(place);
    uint32_t high = ordered_after(ordered, low);

    place_put(&ordered->links[low].after, ordered_before(ordered, high));
    place_put(&ordered->links[high].before, low);
    ordered_renew(ordered, low, weighed);
    ordered_renew(ordered, high, weighed);
    place_put(place, high);
}

/*
 * Restores the balance at one place whose two sides are balanced and differ by at most two. False:
 * what is above it would see no difference.
 */
INLINED bool ordered_balance(struct ordered *ordered, uint32_t *place, bool weighed)
{
    uint32_t element = ordered_at(place);
    struct ordered_link *link = &ordered->links[element];
    uint32_t before = ordered_at(&link->before);
    uint32_t after = ordered_at(&link->after);
    uint32_t height = ordered_link_height(link);
    uint32_t height_before = ordered_height(ordered, before);
    uint32_t height_after = ordered_height(ordered, after);
    int64_t least = weighed ? ordered->least[element] : 0;

    if (height_before > height_after + 1) {
        if (ordered_height(ordered, ordered_after(ordered, before)) >
            ordered_height(ordered, ordered_before(ordered, before))) {
            ordered_turn_before(ordered, &link->before, weighed);
        }
        ordered_turn_after(ordered, place, weighed);
    } else if (height_after > height_before + 1) {
        if (ordered_height(ordered, ordered_before(ordered, after)) >
            ordered_height(ordered, ordered_after(ordered, after))) {
            ordered_turn_after(ordered, &link->after, weighed);
        }
        ordered_turn_before(ordered, place, weighed);
    } else if (weighed) {
        ordered_renew(ordered, element, weighed);
    } else {
        uint32_t renewed = 1 + (height_before > height_after ? height_before : height_after);
        if (renewed != height) {
            height_put(link, renewed);
        }
        return renewed != height;
    }
    element = ordered_at(place);
    return ordered_height(ordered, element) != height ||
           (weighed && ordered->least[element] != least);
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
    TALLY_ASSERT(ordered_at(place) == ORDERED_END);
    TALLY_ASSERT(!ordered_contains(ordered, element));
    place_put(place, element);
    ordered->links[element] = (struct ordered_link){.before = ORDERED_END, .after = ORDERED_END};
    ordered_renew(ordered, element, ordered->weight != NULL);
    ordered_path_balance(ordered, path, UINT32_MAX);
    root_clean(path, place);
}

void ordered_insert(struct ordered *ordered, uint32_t *root, uint32_t element)
{
    struct ordered_path path;
    uint32_t *place = root;

    TALLY_ASSERT(element < ordered->capacity);
    path.count = 0;
    for (uint32_t at = ordered_at(place); at != ORDERED_END; at = ordered_at(place)) {
        int way = ordered->compare(ordered->context, element, at);
        TALLY_ASSERT(way != 0);
        ordered_path_add(&path, place);
        place = way < 0 ? &ordered->links[at].before : &ordered->links[at].after;
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
    uint32_t element = ordered_at(place);
    uint32_t *next_place = &ordered->links[element].after;
    uint32_t first = path->count + 1;
    uint32_t next = ordered_at(next_place);

    ordered_path_add(path, place);
    while (ordered_before(ordered, next) != ORDERED_END) {
        ordered_path_add(path, next_place);
        next_place = &ordered->links[next].before;
        next = ordered_at(next_place);
    }
    place_put(next_place, ordered_after(ordered, next));
    ordered->links[next] = ordered->links[element];
    if (ordered->weight != NULL) {
        ordered->least[next] = ordered->least[element];
    }
    place_put(place, next);
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
    uint32_t element = ordered_at(place);
    uint32_t before = ordered_before(ordered, element);
    uint32_t after = ordered_after(ordered, element);
    uint32_t replaced = UINT32_MAX;

    TALLY_ASSERT(ordered_contains(ordered, element));
    if (before != ORDERED_END && after != ORDERED_END) {
        replaced = path->count + 1;
        ordered_replace_by_next(ordered, place, path);
    } else {
        place_put(place, before != ORDERED_END ? before : after);
    }
    ordered->links[element] = (struct ordered_link){.before = 0};
    ordered_path_balance(ordered, path, replaced);
    root_clean(path, place);
}

void ordered_remove(struct ordered *ordered, uint32_t *root, uint32_t element)
{
    struct ordered_path path;
    uint32_t *place = root;

    TALLY_ASSERT(element < ordered->capacity);
    TALLY_ASSERT(ordered_contains(ordered, element));
    path.count = 0;
    for (uint32_t at = ordered_at(place); at != element; at = ordered_at(place)) {
        TALLY_ASSERT(at != ORDERED_END);
        ordered_path_add(&path, place);
        place = ordered->compare(ordered->context, element, at) < 0 ? &ordered->links[at].before
                                                                    : &ordered->links[at].after;
    }
    ordered_remove_at(ordered, &path, place);
}

bool ordered_contains(const struct ordered *ordered, uint32_t element)
{
    TALLY_ASSERT(element < ordered->capacity);
    return ordered_link_height(&ordered->links[element]) > 0;
}

bool ordered_is_single(const struct ordered *ordered, uint32_t root)
{
    return ordered_height(ordered, ordered_at(&root)) == 1;
}

uint32_t ordered_first(const struct ordered *ordered, uint32_t root)
{
    uint32_t element = root;

    for (uint32_t at = ordered_at(&root); at != ORDERED_END; at = ordered_before(ordered, at)) {
        element = at;
    }
    return element;
}

uint32_t ordered_first_from(const struct ordered *ordered, uint32_t root, ordered_probe *probe,
                            const void *sought)
{
    uint32_t element = ordered_at(&root);
    uint32_t found = ORDERED_NONE;

    while (element != ORDERED_END) {
        if (probe(ordered->context, sought, element) < 0) {
            element = ordered_after(ordered, element);
        } else {
            found = element;
            element = ordered_before(ordered, element);
        }
    }
    return found;
}

uint32_t ordered_last_before(const struct ordered *ordered, uint32_t root, ordered_probe *probe,
                             const void *sought)
{
    uint32_t element = ordered_at(&root);
    uint32_t found = ORDERED_NONE;

    while (element != ORDERED_END) {
        if (probe(ordered->context, sought, element) < 0) {
            found = element;
            element = ordered_after(ordered, element);
        } else {
            element = ordered_before(ordered, element);
        }
    }
    return found;
}

uint32_t ordered_next(const struct ordered *ordered, uint32_t root, uint32_t element)
{
    uint32_t step = ordered_at(&root);
    uint32_t found = ORDERED_NONE;

    TALLY_ASSERT(ordered_contains(ordered, element));
    while (step != ORDERED_END) {
        if (ordered->compare(ordered->context, step, element) > 0) {
            found = step;
            step = ordered_before(ordered, step);
        } else {
            step = ordered_after(ordered, step);
        }
    }
    return found;
}

uint32_t ordered_first_within(const struct ordered *ordered, uint32_t root, int64_t weight_most)
{
    uint32_t element = ordered_at(&root);

    TALLY_ASSERT(ordered->weight != NULL);
    while (element != ORDERED_END && ordered->least[element] <= weight_most) {
        uint32_t before = ordered_before(ordered, element);
        if (before != ORDERED_END && ordered->least[before] <= weight_most) {
            element = before;
        } else if (weight_of(ordered, element) <= weight_most) {
            return element;
        } else {
            element = ordered_after(ordered, element);
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
