#include "consensus/lane.h"

#include <string.h>

#include "base/assert.h"

void lane_set_init(struct lane_set *set, uint16_t lane_count, uint32_t window_size,
                   uint32_t extra_capacity, struct arena *arena)
{
    TALLY_ASSERT(window_size >= 1);
    set->lanes = ARENA_TAKE(arena, struct lane, lane_count);
    set->lane_count = lane_count;
    set->window_size = window_size;
    set->extras = ARENA_TAKE(arena, struct held_batch, extra_capacity);
    set->extra_count = 0;
    set->extra_capacity = extra_capacity;
    set->change_count = 0;
    for (uint16_t i = 0; i < lane_count; i++) {
        struct held_batch *window = ARENA_TAKE(arena, struct held_batch, window_size);
        if (set->lanes != NULL) {
            set->lanes[i].window = window;
        }
    }
}

bool lane_in_window(const struct lane_set *set, uint16_t lane, uint64_t lane_seq)
{
    TALLY_ASSERT(lane < set->lane_count);
    const uint64_t cut = set->lanes[lane].cut;
    return lane_seq > cut && lane_seq - cut <= set->window_size;
}

struct held_batch *lane_at(const struct lane_set *set, uint16_t lane, uint64_t lane_seq)
{
    if (!lane_in_window(set, lane, lane_seq)) {
        return NULL;
    }
    TALLY_ASSERT(set->window_size > 0);
    struct held_batch *batch = &set->lanes[lane].window[lane_seq % set->window_size];
    return batch->state != BATCH_NONE && batch->lane_seq == lane_seq ? batch : NULL;
}

struct held_batch *lane_find(const struct lane_set *set, uint16_t lane, uint64_t lane_seq,
                             const struct hash *digest)
{
    struct held_batch *batch = lane_at(set, lane, lane_seq);
    if (batch != NULL && hash_equal(&batch->digest, digest)) {
        return batch;
    }
    for (uint32_t i = 0; i < set->extra_count; i++) {
        batch = &set->extras[i];
        if (batch->author == lane && batch->lane_seq == lane_seq &&
            hash_equal(&batch->digest, digest)) {
            return batch;
        }
    }
    return NULL;
}

struct held_batch *lane_add(struct lane_set *set, const struct batch *batch)
{
    TALLY_ASSERT(lane_find(set, batch->author, batch->lane_seq, &batch->digest) == NULL);
    TALLY_ASSERT(batch->lane_seq > set->lanes[batch->author].cut);
    struct held_batch *held = NULL;
    if (lane_in_window(set, batch->author, batch->lane_seq) &&
        lane_at(set, batch->author, batch->lane_seq) == NULL) {
        held = &set->lanes[batch->author].window[batch->lane_seq % set->window_size];
    } else if (set->extra_count < set->extra_capacity) {
        held = &set->extras[set->extra_count++];
    } else {
        return NULL;
    }
    *held = (struct held_batch){.state = BATCH_CHECKING,
                                .author = batch->author,
                                .payload_size = batch->payload_size,
                                .lane_seq = batch->lane_seq,
                                .digest = batch->digest,
                                .signature = batch->signature};
    return held;
}

static void lane_extend_held(struct lane_set *set, uint16_t lane)
{
    struct lane *extended = &set->lanes[lane];
    if (extended->held < extended->cut) {
        extended->held = extended->cut;
    }
    const struct held_batch *next = lane_at(set, lane, extended->held + 1);
    while (next != NULL && next->state == BATCH_VALID) {
        extended->held++;
        next = lane_at(set, lane, extended->held + 1);
    }
}

void lane_drop_extra(struct lane_set *set, uint16_t kept_author)
{
    for (uint32_t i = 0; i < set->extra_count; i++) {
        if (set->extras[i].author != kept_author) {
            set->extra_count--;
            memmove(&set->extras[i], &set->extras[i + 1],
                    (set->extra_count - i) * sizeof set->extras[0]);
            return;
        }
    }
}

void lane_checked(struct lane_set *set, struct held_batch *batch, bool valid)
{
    TALLY_ASSERT(batch->state == BATCH_CHECKING);
    batch->state = valid ? BATCH_VALID : BATCH_INVALID;
    set->change_count++;
    lane_extend_held(set, batch->author);
}

/* Extras that the window has reached take their place in it, if it is free. */
static void lane_settle_extras(struct lane_set *set, uint16_t lane)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->extra_count; i++) {
        const struct held_batch *extra = &set->extras[i];
        if (extra->author == lane && lane_in_window(set, lane, extra->lane_seq) &&
            lane_at(set, lane, extra->lane_seq) == NULL) {
            set->lanes[lane].window[extra->lane_seq % set->window_size] = *extra;
        } else {
            set->extras[kept++] = *extra;
        }
    }
    set->extra_count = kept;
}

void lane_set_cut(struct lane_set *set, uint16_t lane, uint64_t cut)
{
    TALLY_ASSERT(lane < set->lane_count);
    struct lane *moved = &set->lanes[lane];
    TALLY_ASSERT(cut >= moved->cut);
    if (cut == moved->cut) {
        return;
    }
    for (uint32_t i = 0; i < set->window_size; i++) {
        if (moved->window[i].state != BATCH_NONE && moved->window[i].lane_seq <= cut) {
            moved->window[i].state = BATCH_NONE;
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->extra_count; i++) {
        const struct held_batch *extra = &set->extras[i];
        if (extra->author != lane || extra->lane_seq > cut) {
            set->extras[kept++] = *extra;
        }
    }
    set->extra_count = kept;
    moved->cut = cut;
    lane_settle_extras(set, lane);
    moved->slow = false;
    set->change_count++;
    lane_extend_held(set, lane);
}
