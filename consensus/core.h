/*
 * core.h: the whole state of one validator's consensus, and who does what with it. Internal.
 *
 * step.c takes an event, hands it to the file that knows it, and then settles: it applies the rules
 * below, in this order, until none has anything to do. No rule calls another one, so there is no
 * recursion and one place that says what happens after what:
 *
 *     1. count votes into certificates                  voting.c
 *     2. accept them, enter views                       view.c
 *     3. commit what is final                           catch_up.c
 *     4. give up the view, if there is a reason         voting.c
 *     5. propose, if leading                            proposal.c
 *     6. notarize the proposal                          voting.c, proposal_check.c
 *     7. finalize what is notarized                     voting.c
 * and last, once: ask for what is missing               repair.c, request.c
 */
#ifndef TALLY_CONSENSUS_CORE_H
#define TALLY_CONSENSUS_CORE_H

#include "base/arena.h"
#include "base/prng.h"
#include "consensus/block_pool.h"
#include "consensus/certificate_table.h"
#include "consensus/effect_list.h"
#include "consensus/journal_record.h"
#include "consensus/lane.h"
#include "consensus/leader.h"
#include "consensus/message.h"
#include "consensus/step.h"
#include "consensus/view_slot.h"

/* Heights whose results and headers are remembered. */
#define CORE_HISTORY 512
_Static_assert(CORE_HISTORY >= 2 * CONSENSUS_RESTORE_BLOCKS,
               "a result is remembered while a block that certifies it can still come");
/* Blocks asked for by hash at one time. */
#define CORE_WANTED_MAX 8
/* Requests of one peer that are answered at once; they come back with time (rule S10). A peer that
 * catches up asks for every batch: n - 1 peers must give it more than n of them make meanwhile. */
#define CORE_CREDIT_MAX 256
_Static_assert(CORE_CREDIT_MAX >= MESSAGE_BATCH_REQUEST_MAX, "one request of any kind can be paid");

/* What a child block needs to know of its parent. */
struct chain_point {
    uint64_t view;
    uint64_t height;
    uint64_t ts_ms;
    uint64_t exec_height;
    struct hash hash;
    struct hash parent_hash;
    struct hash result_root;
    bool has_batches;
    const uint8_t *cut; /* encoded, one u64 per lane */
};

/* What is remembered of a committed height; index height % CORE_HISTORY. */
struct history_row {
    uint64_t height; /* of the committed block; 0: none */
    struct hash hash;
    bool has_batches;
    uint64_t result_height; /* of the own result; UINT64_MAX: none */
    struct hash result_root;
    bool has_content;
    uint64_t certified_height; /* of the certified result; UINT64_MAX: none */
    struct hash certified_root;
};

struct peer {
    uint64_t view; /* highest seen from it */
    uint64_t final_height;
    uint64_t exec_height;
    uint64_t *lane_held;  /* one per lane */
    uint64_t heard_ms;    /* last vote or proposal of its own; validators only */
    bool absent;          /* its last turn passed without a proposal, and it was not heard since */
    uint64_t answered_ms; /* last STATUS answered */
    uint64_t credit_ms;   /* when credit was last topped up */
    uint32_t credit;
};

/* When the current view's timers run; see pacing.h. */
struct pacing {
    uint64_t entered_ms;
    uint64_t work_ms; /* since when there is work in this view; UINT64_MAX: none */
    bool armed;
    bool may_propose;       /* if leading */
    uint64_t start_ms;      /* armed: proposing is allowed from here */
    uint64_t prop_ms;       /* armed: give up without a proposal */
    uint64_t cert_ms;       /* armed: give up without a certificate */
    uint64_t proposal_ms;   /* when the last proposal of any view was made or accepted */
    uint64_t commit_ms;     /* when the last block was committed */
    uint64_t executing_ms;  /* since when a committed block has been under way in execution */
    uint64_t executed_ms;   /* when the last one was done */
    uint32_t busy_permille; /* of the time lately, execution was under way */
    uint64_t activity_ms;   /* since when votes have been flowing */
    uint64_t last_vote_ms;
    bool work_due; /* WORK_DUE, until the next commit */
    bool more_due; /* the last result carried work over */
    uint64_t more_due_height;
};

struct repair {
    uint64_t status_ms; /* when to send the next STATUS */
    uint64_t status_sent_ms;
    uint32_t status_period_ms;
    uint64_t range_due_ms;
    uint16_t range_turn;
    uint64_t gap_due_ms;
    uint16_t gap_turn;
    uint64_t commit_due_ms; /* batches of the next block to commit */
    uint16_t commit_turn;
    struct hash commit_last; /* the last that was asked for; zero: nothing */
    uint64_t ancestor_due_ms;
    uint16_t ancestor_turn;
    struct hash wanted[CORE_WANTED_MAX]; /* blocks asked for; ring */
    uint32_t wanted_next;
    uint64_t forward_ms; /* when a certificate goes to who lacks it; UINT64_MAX: never */
    enum certificate_kind forward_kind;
    uint64_t forward_view;
};

struct catch_up {
    struct hash *path; /* blocks to commit, the next one last */
    uint32_t path_count;
    uint32_t path_capacity;
    struct hash target; /* a block known to be final by a range; zero: none */
    uint64_t target_view;
    uint32_t walked_additions; /* pool.addition_count when a walk last failed */
    uint64_t walked_view;      /* final view then */
    struct hash missing;       /* the ancestor of the final block that is not here; zero: none */
    uint64_t missing_above; /* height of the lowest block known above the missing one; 0 unknown */
};

struct consensus {
    struct consensus_config config;
    struct public_key validators[CONSENSUS_VALIDATORS_MAX];
    struct leader_schedule leaders;
    uint16_t n;
    uint16_t quorum;
    uint16_t witness;

    uint64_t now_ms;
    uint64_t utc_ms;
    uint64_t wake_ms;
    struct prng prng;

    bool started;
    bool begin_seen; /* the journal has its BEGIN record */
    bool storage_failed;
    bool lane_closed;
    enum consensus_alarm mute;
    enum consensus_halt halt;
    uint64_t durable_seq;
    uint64_t own_lane_seq;
    uint64_t own_lane_named; /* how far a valid proposal or final block orders the own lane */

    uint64_t view;
    uint64_t floor;            /* no FINALIZE at or below (S1) */
    uint64_t store_final_view; /* highest view of a FINALIZATION in the store at start */
    uint64_t journal_final;    /* highest FINALIZATION that the journal had at start */
    bool changed;              /* a rule did something: settle once more */
    bool exhausted;            /* the alarm about skipped views was given */
    bool pool_full;            /* the alarm about blocks was given */

    struct chain_point tip; /* the last committed block, or the anchor */
    uint8_t *tip_cut;
    struct history_row *history;
    uint64_t exec_height;
    uint64_t certified_exec_height;
    uint64_t exec_quorum; /* the highest height that q validators, this one included, executed */
    uint64_t exec_named;  /* what an own proposal named last of it */

    struct view_ring ring;
    struct certificate_table certificates;
    struct block_pool pool;
    struct lane_set lanes;
    uint32_t batches_in_check; /* others' batches: STORE_BATCH without a verdict yet */
    struct peer *peers;        /* n + CONSENSUS_OBSERVERS_MAX */
    struct pacing pacing;
    struct repair repair;
    struct catch_up catch_up;
    struct effect_list effects;

    uint64_t *scratch_cut; /* one per lane, for the function in progress */
    uint64_t *scratch_bytes;
    uint8_t *report_bytes; /* the own lane_held, encoded */
    uint8_t *body_bytes;   /* a body being built */
    uint8_t *just_bytes;   /* a justification being built */
    size_t body_bytes_max;
    size_t just_bytes_max;
};

/* Asks to be stepped again at this time at the latest. */
static inline void core_wake_at(struct consensus *core, uint64_t at_ms)
{
    if (at_ms < core->wake_ms) {
        core->wake_ms = at_ms;
    }
}

/* a + b, or UINT64_MAX: view numbers and times come from strangers. */
static inline uint64_t core_add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Tells whether time has come; if not, asks to be woken then. */
static inline bool core_due(struct consensus *core, uint64_t at_ms)
{
    if (core->now_ms >= at_ms) {
        return true;
    }
    core_wake_at(core, at_ms);
    return false;
}

/* True for a validator that may sign now. */
bool core_may_sign(const struct consensus *core);

/* Stops signing for good, journals the reason, tells the operator. */
void core_mute(struct consensus *core, enum consensus_alarm reason);

/* Stops for good and tells the reason: the chain itself is broken, not this node. */
void core_halt(struct consensus *core, enum consensus_halt reason, uint64_t height);

/* The slot of a view that may still be voted on: above final and floor, within the window. */
struct view_slot *core_slot(struct consensus *core, uint64_t view);

/* The same, made if it is not there yet; NULL if the view is outside. */
struct view_slot *core_slot_claim(struct consensus *core, uint64_t view);

/* The own vote of a kind in a slot, or NULL; NULL for observers. */
const struct cast_vote *core_own_vote(const struct consensus *core, struct view_slot *slot,
                                      enum vote_kind kind);

/* Finds a block that children may stand on: the committed tip or one in the pool. */
bool core_chain_point(const struct consensus *core, const struct hash *hash,
                      struct chain_point *out);

/* The block before a point; false if it is not remembered. */
bool core_chain_parent(const struct consensus *core, const struct chain_point *point,
                       struct chain_point *out);

/* The row of a final height that is still remembered, or NULL. */
struct history_row *core_history(const struct consensus *core, uint64_t height);

/* Notes how far a cut orders the own lane. */
void core_note_cut(struct consensus *core, const uint8_t *cut);

/* The first writer of a report: exec height and lanes held by this node. */
void core_report(struct consensus *core, struct report *out);

/* Appends a record to the journal. */
void core_persist(struct consensus *core, const struct journal_record *record);

#endif
