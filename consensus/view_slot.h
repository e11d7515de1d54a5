/*
 * view_slot.h: what is known of one view: its proposal and everybody's votes. Internal.
 *
 * Rule. At most one vote per validator and kind is kept, so a flood costs its receiver one lookup
 * per message. Votes are counted by hash: a block need not be known to be voted for. The own votes
 * stand in the same tables, at the own index; they are what the journal restores, and are never
 * taken out while the view could still be finalized.
 *
 * Slots form a ring over the views from VIEW_PAST behind the current one to VIEW_AHEAD before it. A
 * view that falls out without being final is below the floor: this node has journalled that it will
 * never send FINALIZE there again, so forgetting its NULLIFY does no harm (rule S1).
 */
#ifndef TALLY_CONSENSUS_VIEW_SLOT_H
#define TALLY_CONSENSUS_VIEW_SLOT_H

#include "base/arena.h"
#include "consensus/vote.h"

#define VIEW_SLOTS 64
#define VIEW_PAST  32
#define VIEW_AHEAD 31
/* Votes are taken only this far ahead; proposals and certificates bring everyone nearer. */
#define VIEW_VOTES_AHEAD 8

_Static_assert(VIEW_PAST + 1 + VIEW_AHEAD == VIEW_SLOTS, "the ring holds exactly the window");
_Static_assert(VIEW_VOTES_AHEAD <= VIEW_AHEAD, "votes ahead have a slot");

struct cast_vote {
    bool cast;
    struct hash hash;
    struct signature signature;
};

/* The votes of one kind in one view. */
struct vote_table {
    struct cast_vote *votes; /* one per validator */
    uint16_t count;
    bool changed; /* since the last count for a certificate */
};

enum proposal_state {
    PROPOSAL_NONE = 0,
    PROPOSAL_WAITING, /* something it needs is missing, or the time is not yet right */
    PROPOSAL_INVALID, /* breaks a rule: give the view up */
    PROPOSAL_VALID,
};

struct view_slot {
    uint64_t view;               /* 0: unused */
    struct vote_table tables[3]; /* by kind - 1: NOTARIZE, NULLIFY, FINALIZE */

    enum proposal_state proposal_state;
    struct hash proposal_hash;
    struct signature proposal_signature;
    uint64_t proposal_utc_ms; /* arrival: what its date is judged against */
    bool justified;           /* every certificate of its justification was verified */
    bool unjustifiable;       /* the justification is wrong */
    uint64_t lanes_seen;      /* lane_set.change_count when its batches were last looked for */
    bool equivocated;         /* the leader signed two proposals */
    bool notarize_replayed;   /* the own NOTARIZE is the journal's; its batches may be gone */

    uint64_t justification_due_ms; /* next request for what is missing, and whom to ask */
    uint16_t justification_turn;
    uint64_t parent_due_ms;
    uint16_t parent_turn;
    uint64_t batches_due_ms;
    uint16_t batches_turn;
    bool *accused; /* per validator: evidence about this view was emitted */
};

struct view_ring {
    struct view_slot slots[VIEW_SLOTS];
    uint16_t validator_count;
};

/* Starts with no view held. Keeps memory from the arena. */
void view_ring_init(struct view_ring *ring, uint16_t validator_count, struct arena *arena);

/* The slot of a view, or NULL if there is none. */
struct view_slot *view_ring_get(struct view_ring *ring, uint64_t view);

/* The slot of a view; an older view's slot is emptied for it if need be. */
struct view_slot *view_ring_claim(struct view_ring *ring, uint64_t view);

/* The votes of one kind in a slot. */
struct vote_table *view_slot_table(struct view_slot *slot, enum vote_kind kind);

/* The vote of a validator, or NULL. */
const struct cast_vote *view_slot_vote(struct view_slot *slot, enum vote_kind kind,
                                       uint16_t signer);

/* Records a vote in an empty place. */
void view_slot_cast(struct view_slot *slot, const struct vote *vote);

#endif
