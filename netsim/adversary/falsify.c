#include "netsim/adversary/falsify.h"

#include "base/assert.h"

#include <string.h>

enum {
    HOUR_MS = 3600000,
    COUNT_SIZE = 4,         /* of references, before them */
    JUSTIFICATION_HEAD = 2, /* number of certificates, before them */
    PAYLOAD_SIZE = 16,
};

static const char *const names[] = {
#define FALSIFY_NAME(symbol, name) [symbol] = (name),
    FALSIFY_LIST(FALSIFY_NAME)
#undef FALSIFY_NAME
};

const char *falsify_name(enum falsify what)
{
    TALLY_ASSERT(what < FALSIFY_COUNT);
    return names[what];
}

/* A body under change: its parts in memory, one behind the other. */
struct draft {
    uint8_t *bytes;
    uint32_t count;
    uint16_t member_count;
};

static uint8_t *draft_reference(const struct draft *draft, uint32_t index)
{
    return draft->bytes + COUNT_SIZE + (size_t)index * BLOCK_REFERENCE_SIZE;
}

static uint16_t draft_lane(const struct draft *draft, uint32_t index)
{
    return bytes_get_u16(draft_reference(draft, index));
}

static void draft_open(struct draft *draft, const struct falsifier *falsifier,
                       const struct block *block)
{
    draft->bytes = falsifier->memory;
    draft->member_count = falsifier->member_count;
    draft->count = block->header.batch_count;
    memcpy(draft->bytes, block->body, block->body_size);
}

static uint8_t *draft_cut(const struct draft *draft, uint16_t lane)
{
    return draft_reference(draft, draft->count) + (size_t)lane * 8;
}

static void draft_raise(struct draft *draft, uint16_t lane, uint64_t by)
{
    bytes_put_u64(draft_cut(draft, lane), bytes_get_u64(draft_cut(draft, lane)) + by);
}

/* Room for `more` references at a place, all of one lane; the cut follows. */
static void draft_insert(struct draft *draft, uint32_t place, uint16_t lane, uint32_t more)
{
    uint8_t *here = draft_reference(draft, place);
    const size_t tail =
        (size_t)(draft->count - place) * BLOCK_REFERENCE_SIZE + (size_t)draft->member_count * 8;
    memmove(here + (size_t)more * BLOCK_REFERENCE_SIZE, here, tail);
    draft->count += more;
    for (uint32_t i = 0; i < more; i++) {
        uint8_t *reference = draft_reference(draft, place + i);
        memset(reference, (int)(0xA0 + i), BLOCK_REFERENCE_SIZE);
        bytes_put_u16(reference, lane);
    }
    draft_raise(draft, lane, more);
}

static void draft_close(const struct draft *draft, struct block *block)
{
    bytes_put_u32(draft->bytes, draft->count);
    block->header.batch_count = draft->count;
    block->body = draft->bytes;
    block->body_size = block_body_size(draft->member_count, draft->count);
    block_body_root(block->body, block->body_size, &block->header.body_root);
}

/* Where references of a lane begin or would begin, in the order of a view. */
static uint32_t draft_place(const struct draft *draft, uint64_t view, uint16_t lane)
{
    const uint16_t n = draft->member_count;
    const uint16_t first = (uint16_t)(view % n);
    uint32_t place = 0;
    while (place < draft->count &&
           (draft_lane(draft, place) + n - first) % n < (lane + n - first) % n) {
        place++;
    }
    return place;
}

/* ---------------------------------------------------------------------------------- the body */

/* The last reference changes its place with the first; where all are of one lane, two of others
 * come before them. */
static bool swap_order(struct draft *draft, uint64_t view)
{
    uint8_t first[BLOCK_REFERENCE_SIZE];
    const uint16_t n = draft->member_count;
    if (n < 2) {
        return false;
    }
    if (draft->count < 2 || draft_lane(draft, 0) == draft_lane(draft, draft->count - 1)) {
        draft_insert(draft, 0, (uint16_t)(view % n), 1);
        draft_insert(draft, 0, (uint16_t)((view + n - 1) % n), 1);
        return true;
    }
    memcpy(first, draft_reference(draft, 0), sizeof first);
    memcpy(draft_reference(draft, 0), draft_reference(draft, draft->count - 1), sizeof first);
    memcpy(draft_reference(draft, draft->count - 1), first, sizeof first);
    return true;
}

/* The first batch of the own lane in this block becomes one that nobody accepts. */
static void put_bad_batch(struct draft *draft, const struct falsifier *falsifier, uint64_t epoch,
                          uint64_t view, struct batch *batch)
{
    const uint16_t lane = falsifier->member;
    const uint32_t place = draft_place(draft, view, lane);
    uint32_t own = 0;
    while (place + own < draft->count && draft_lane(draft, place + own) == lane) {
        own++;
    }
    if (own == 0) {
        draft_insert(draft, place, lane, 1);
        own = 1;
    }
    uint8_t *payload = falsifier->memory + falsifier->memory_size - PAYLOAD_SIZE;
    memset(payload, UINT8_MAX, PAYLOAD_SIZE);
    batch->chain_id = falsifier->chain_id;
    batch->epoch = epoch;
    batch->author = lane;
    batch->lane_seq = bytes_get_u64(draft_cut(draft, lane)) - own + 1;
    batch->payload = payload;
    batch->payload_size = PAYLOAD_SIZE;
    batch_sign(batch, falsifier->secret_key);
    memcpy(draft_reference(draft, place) + 2, batch->digest.bytes, HASH_SIZE);
}

static bool falsify_body(const struct falsifier *falsifier, enum falsify what, struct block *block,
                         struct batch *batch)
{
    struct draft draft;
    const uint64_t view = block->header.view;
    const uint16_t lane = falsifier->member;
    draft_open(&draft, falsifier, block);
    switch (what) {
    case FALSIFY_ORDER:
        if (!swap_order(&draft, view)) {
            return false;
        }
        break;
    case FALSIFY_QUOTA:
        draft_insert(&draft, draft_place(&draft, view, lane), lane, FALSIFY_REFERENCES);
        break;
    case FALSIFY_DIGEST:
        if (draft.count == 0) {
            draft_insert(&draft, 0, lane, 1);
        }
        draft_reference(&draft, draft.count - 1)[2] ^= 1u;
        break;
    case FALSIFY_CONTENT:
        put_bad_batch(&draft, falsifier, block->header.epoch, view, batch);
        break;
    case FALSIFY_AGAIN:
        if (draft.count == 0) {
            return false;
        }
        draft_insert(&draft, 0, draft_lane(&draft, 0), 1);
        memcpy(draft_reference(&draft, 0), draft_reference(&draft, 1), BLOCK_REFERENCE_SIZE);
        break;
    default: /* FALSIFY_CUT */
        draft_raise(&draft, lane, 1);
        break;
    }
    draft_close(&draft, block);
    return true;
}

/* ------------------------------------------------------------------------- the justification */

static bool falsify_justification(const struct falsifier *falsifier, enum falsify what,
                                  struct block *block)
{
    enum {
        VIEW_PLACE = 9 /* in a certificate: kind, epoch, view */
    };
    uint8_t *bytes = falsifier->memory;
    const uint32_t size = (uint32_t)certificate_size(falsifier->member_count);
    if (block->justification_size < JUSTIFICATION_HEAD + size) {
        return false; /* left out, or there is none in it */
    }
    memcpy(bytes, block->justification, block->justification_size);
    uint8_t *last = bytes + block->justification_size - size;
    const uint16_t count = bytes_get_u16(bytes);
    if (what == FALSIFY_GAP && block->header.view == block->header.parent_view + 1) {
        return false;
    }
    if (what == FALSIFY_SHORT) {
        bytes_put_u16(bytes, (uint16_t)(count - 1));
        block->justification_size -= size;
    } else if (what == FALSIFY_GAP) {
        bytes_put_u64(last + VIEW_PLACE, bytes_get_u64(last + VIEW_PLACE) + 1);
    } else {
        last[size - 1] ^= 1u;
    }
    block->justification = bytes;
    block_justification_root(bytes, block->justification_size, &block->header.just_root);
    return true;
}

/* -------------------------------------------------------------------------------- the header */

static void falsify_header(enum falsify what, struct header *header)
{
    switch (what) {
    case FALSIFY_PARENT:
        header->parent_view = 0;
        break;
    case FALSIFY_OLD:
        header->ts_ms -= header->ts_ms < HOUR_MS ? header->ts_ms : HOUR_MS;
        break;
    case FALSIFY_AHEAD:
        header->ts_ms += HOUR_MS;
        break;
    case FALSIFY_EXECUTED:
        header->exec_height++;
        break;
    default: /* FALSIFY_HEIGHT */
        header->height++;
        break;
    }
}

bool falsify_proposal(const struct falsifier *falsifier, enum falsify what,
                      struct message_proposal *message, struct batch *batch)
{
    struct block *block = &message->block;
    const size_t most = (block->body_size > block->justification_size ? block->body_size
                                                                      : block->justification_size) +
                        (size_t)FALSIFY_REFERENCES * BLOCK_REFERENCE_SIZE + PAYLOAD_SIZE;
    TALLY_ASSERT(what < FALSIFY_COUNT);
    memset(batch, 0, sizeof *batch);
    if (most > falsifier->memory_size) {
        return false;
    }
    switch (what) {
    case FALSIFY_ORDER:
    case FALSIFY_QUOTA:
    case FALSIFY_DIGEST:
    case FALSIFY_CONTENT:
    case FALSIFY_AGAIN:
    case FALSIFY_CUT:
        return falsify_body(falsifier, what, block, batch);
    case FALSIFY_SHORT:
    case FALSIFY_GAP:
    case FALSIFY_SIGNATURE:
        return falsify_justification(falsifier, what, block);
    case FALSIFY_BARE:
    case FALSIFY_LATER:
        if (block->justification_size == 0) {
            return false;
        }
        block->justification_size = 0;
        return true;
    default:
        falsify_header(what, &block->header);
        return true;
    }
}
