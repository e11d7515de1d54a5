/*
 * lane.h: the batches that this node holds, lane by lane.
 *
 * Problem. If blocks carried the payload, the leader's uplink would bound the network and every
 * failed view would send the payload again.
 *
 * Rule. Each validator numbers its batches 1, 2, 3, ... in a lane of its own and sends them to all;
 * blocks only name digests. A lane's cut is the number of the last batch ordered. Here is kept, for
 * every lane, what lies above the final cut:
 *
 *     final cut 5, window 4      5 | 6 VALID  7 VALID  8 -      9 CHECKING | 10 refused
 *     held = 7                         a leader may order 6 and 7; 8 is missing
 *
 * The first batch seen with a number takes the place in the window. If its author signed another
 * one with the same number, that is evidence; should a block order the other one, it is kept as an
 * extra: the digest in the block decides. A batch beyond the window is taken only then, too, or
 * after a restart, when the store's cut may be behind the one that the batches were taken under. As
 * the cut moves up, extras move into the window.
 *
 * The core never has the bytes: it knows digest, author, number, size and state. The driver keeps
 * the bytes in its batch log and has the content checked.
 *
 *     NONE -> CHECKING (STORE_BATCH) -> VALID or INVALID (BATCH_CHECKED)
 *
 * Validity depends on the bytes of the batch alone, so all honest nodes judge alike.
 */
#ifndef TALLY_CONSENSUS_LANE_H
#define TALLY_CONSENSUS_LANE_H

#include "base/arena.h"
#include "consensus/batch.h"

enum batch_state {
    BATCH_NONE = 0,
    BATCH_CHECKING,
    BATCH_VALID,
    BATCH_INVALID, /* stored, content invalid */
};

struct held_batch {
    enum batch_state state;
    uint16_t author;
    uint32_t payload_size;
    uint64_t lane_seq;
    uint64_t sent_ms; /* own batches: when last sent to all */
    struct hash digest;
    struct signature signature;
};

struct lane {
    struct held_batch *window; /* ring, index lane_seq % window_size */
    uint64_t cut;              /* last number ordered in a committed block */
    uint64_t held;             /* highest number up to which all are VALID */
    bool barred;               /* the author misbehaved: as leader, order nothing from it */
    bool slow;                 /* a view failed for want of its batches: wait for q holders */
};

struct lane_set {
    struct lane *lanes;
    uint16_t lane_count;
    uint32_t window_size;
    struct held_batch *extras; /* wanted by a block but not in the window; unordered */
    uint32_t extra_count;
    uint32_t extra_capacity;
    uint64_t change_count; /* grows when a batch becomes VALID or INVALID, or a cut moves */
};

/* Starts with empty windows and cuts at 0. Keeps memory from the arena. */
void lane_set_init(struct lane_set *set, uint16_t lane_count, uint32_t window_size,
                   uint32_t extra_capacity, struct arena *arena);

/* Tells whether a number is above the cut and within the window. */
bool lane_in_window(const struct lane_set *set, uint16_t lane, uint64_t lane_seq);

/* The batch that has the place of this number in the window, whatever its digest; NULL if none. */
struct held_batch *lane_at(const struct lane_set *set, uint16_t lane, uint64_t lane_seq);

/* The batch with this number and digest, in the window or among the extras; NULL if none. */
struct held_batch *lane_find(const struct lane_set *set, uint16_t lane, uint64_t lane_seq,
                             const struct hash *digest);

/*
 * Takes a batch that lane_find does not find: into the window if its place there is free, else as
 * an extra. Returns it in state CHECKING, or NULL if there is no room.
 */
struct held_batch *lane_add(struct lane_set *set, const struct batch *batch);

/*
 * Makes room for one extra by forgetting the oldest of another author than this. What is still
 * needed of it is asked for again.
 */
void lane_drop_extra(struct lane_set *set, uint16_t kept_author);

/* Records the verdict on a batch in state CHECKING. */
void lane_checked(struct lane_set *set, struct held_batch *batch, bool valid);

/* Moves the final cut of a lane up and drops what lies at or below it. */
void lane_set_cut(struct lane_set *set, uint16_t lane, uint64_t cut);

#endif
