/*
 * netsim/fixed_leader/state.h - the state of such a core, and who does what with it. Internal.
 *
 * After every event the rules are applied once, in this order: commit what is here, make a block if
 * leading, commit that, ask for what is lacking, tell the leader how far this one is.
 *
 *     fixed_leader.c  memory, start, the step, the table
 *     lane.c          batches coming, going and being asked for
 *     chain.c         blocks coming in; committing; results
 *     order.c         the leader's blocks
 *     ask.c           STATUS, and asking
 */
#ifndef TALLY_NETSIM_FIXED_LEADER_STATE_H
#define TALLY_NETSIM_FIXED_LEADER_STATE_H

#include "consensus/effect_list.h"
#include "consensus/journal_record.h"
#include "consensus/lane.h"
#include "consensus/message.h"
#include "netsim/fixed_leader/fixed_leader.h"

enum {
    JUSTIFICATION_SIZE = 2,                       /* of every block: no certificates */
    PENDING_COUNT = 2 * MESSAGE_RANGE_BLOCKS_MAX, /* blocks above the tip that are kept */
    ROW_COUNT = 2 * CONSENSUS_RESTORE_BLOCKS,     /* heights whose results are remembered */
    UNDURABLE_MAX = PENDING_COUNT / 2 /* blocks that the leader makes ahead of its disk */
};

/* A block that the leader signed and that waits to be committed; index height % PENDING_COUNT. */
struct pending_block {
    uint64_t height; /* 0: none */
    struct header header;
    struct hash hash;
    struct signature signature;
    uint8_t *bytes; /* the block, encoded */
    uint32_t size;
    uint64_t batches_due_ms; /* its batches may be on their way until then */
};

/* What is remembered of a height; index height % ROW_COUNT. */
struct height_row {
    uint64_t height; /* of the committed block */
    bool has_batches;
    uint64_t result_height; /* of the own result; UINT64_MAX: none */
    struct hash result_root;
    bool has_content;
    uint64_t named_height; /* of the result that a header named; UINT64_MAX: none */
    struct hash named_root;
};

struct tip {
    uint64_t height;
    struct hash hash;
    uint64_t ts_ms;
    uint64_t exec_height;
    struct hash result_root;
};

struct fixed_leader {
    struct consensus_config config;
    struct public_key validators[CONSENSUS_VALIDATORS_MAX];
    uint16_t n;
    bool leading;
    bool started;
    bool storage_failed;
    bool lane_closed;
    enum consensus_alarm mute;
    enum consensus_halt halt;

    uint64_t now_ms;
    uint64_t utc_ms;
    uint64_t wake_ms;
    uint64_t durable_seq;
    uint64_t own_lane_seq;

    struct tip tip;
    uint64_t exec_height;
    struct height_row *rows;
    struct pending_block *pending;
    uint32_t block_bytes_max;
    uint8_t *body_bytes; /* a body under construction */
    uint32_t body_bytes_max;
    uint64_t *cut; /* one per lane, for the function in progress */

    uint64_t proposal_ms; /* the leader's last */
    uint64_t commit_ms;
    bool work_due;
    bool more_due;
    uint64_t more_due_height;

    uint64_t known_height;              /* the leader has said that it is final */
    uint64_t lack_height;               /* the lowest block that is lacking */
    uint64_t lack_due_ms;               /* when to ask for it */
    struct message_batch_request asked; /* batches that were asked for and did not come yet */
    uint64_t asked_due_ms;              /* when to ask again */
    uint64_t status_ms;
    uint32_t status_period_ms;
    uint64_t peer_exec_height[CONSENSUS_VALIDATORS_MAX];

    struct lane_set lanes;
    struct effect_list effects;
    uint8_t *lane_held; /* the own report, encoded */
};

/* Tells whether a time has come; if not, asks to be woken then. */
static inline bool fixed_leader_due(struct fixed_leader *machine, uint64_t at_ms)
{
    if (machine->now_ms >= at_ms) {
        return true;
    }
    machine->wake_ms = at_ms < machine->wake_ms ? at_ms : machine->wake_ms;
    return false;
}

/* Asks to be stepped again at once. */
static inline void fixed_leader_wake_now(struct fixed_leader *machine)
{
    machine->wake_ms = machine->now_ms;
}

/* The block of a height that waits, or NULL. */
static inline struct pending_block *fixed_leader_pending_at(struct fixed_leader *machine,
                                                            uint64_t height)
{
    struct pending_block *block = &machine->pending[height % PENDING_COUNT];
    return height > 0 && block->height == height ? block : NULL;
}

/* The row of a height; whether it is still that height's, its fields say. */
static inline struct height_row *fixed_leader_row_at(const struct fixed_leader *machine,
                                                     uint64_t height)
{
    return &machine->rows[height % ROW_COUNT];
}

/* A node that follows and has no lane. */
static inline bool fixed_leader_is_observer(const struct fixed_leader *machine)
{
    return machine->config.self == CONSENSUS_OBSERVER;
}

/* Stops for good and tells the reason. */
void fixed_leader_halt(struct fixed_leader *machine, enum consensus_halt reason, uint64_t height);

/* ---- lane.c ------------------------------------------------------------------ */

/* How many more own batches would be taken now. */
uint32_t fixed_leader_room(const struct fixed_leader *machine);

/* Events about batches. None trusts the bytes; what is malformed is dropped. */
void fixed_leader_on_local_batch(struct fixed_leader *machine, const uint8_t *payload,
                                 uint32_t size);
void fixed_leader_on_batch(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                           size_t size);
void fixed_leader_on_batch_checked(struct fixed_leader *machine,
                                   const struct consensus_event *event);
void fixed_leader_on_batch_request(struct fixed_leader *machine, uint16_t from,
                                   const uint8_t *bytes, size_t size);
void fixed_leader_on_restore_batch(struct fixed_leader *machine,
                                   const struct consensus_event *event);

/* A number of the own lane is in use. One that was not known was used before a loss. */
void fixed_leader_note_own_number(struct fixed_leader *machine, uint64_t lane_seq);

/* Sends the leader what it lacks of the own lane. */
void fixed_leader_resend_batches(struct fixed_leader *machine, const struct report *report);

/* ---- chain.c ----------------------------------------------------------------- */

/* Events about blocks and results. */
void fixed_leader_on_proposal(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                              size_t size);
void fixed_leader_on_range(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                           size_t size);
void fixed_leader_on_range_request(struct fixed_leader *machine, uint16_t from,
                                   const uint8_t *bytes, size_t size);
void fixed_leader_on_executed(struct fixed_leader *machine, const struct consensus_event *event);
void fixed_leader_on_restore_final(struct fixed_leader *machine,
                                   const struct consensus_event *event);

/* Is this a block that the leader of this chain could have made? Checks no signature. */
bool fixed_leader_block_fits(const struct fixed_leader *machine, const struct block *block,
                             uint32_t size);

/* The leader's signature over a block. pre: this is the leader. */
void fixed_leader_sign_block(const struct fixed_leader *machine, const struct header *header,
                             struct signature *signature);

/* Keeps a block that fits and is the leader's until it can be committed. Copies the bytes. */
void fixed_leader_keep_block(struct fixed_leader *machine, const struct block *block,
                             const uint8_t *bytes, uint32_t size, const struct signature *signature,
                             uint64_t batches_due_ms);

/* Commits all that is here, in height order. */
void fixed_leader_commit_all(struct fixed_leader *machine);

/* Takes the body of a kept block apart. */
void fixed_leader_open_body(const struct fixed_leader *machine, const struct pending_block *pending,
                            struct block_body *body);

/* Sets machine->cut to the tip's. */
void fixed_leader_cut_from_tip(struct fixed_leader *machine);

/*
 * Looks for the batches that a body orders behind machine->cut, and moves machine->cut behind them.
 * True when all are stored. Those that are not even on their way go into `request`, if it is given
 * and has room.
 */
bool fixed_leader_batches_stored(struct fixed_leader *machine, const struct block_body *body,
                                 struct message_batch_request *request);

/* ---- order.c ----------------------------------------------------------------- */

/* Makes the next block, if leading and if one is wanted now. */
void fixed_leader_propose(struct fixed_leader *machine);

/* A record of the leader's journal: a block that it made. */
void fixed_leader_on_restore_record(struct fixed_leader *machine,
                                    const struct consensus_event *event);

/* ---- ask.c ------------------------------------------------------------------- */

/* What a peer says of itself. */
void fixed_leader_on_status(struct fixed_leader *machine, uint16_t from, const uint8_t *bytes,
                            size_t size);

/* Ask the leader for what is lacking; tell it how far this one is. */
void fixed_leader_ask_for_blocks(struct fixed_leader *machine);
void fixed_leader_ask_for_batches(struct fixed_leader *machine);
void fixed_leader_tell_status(struct fixed_leader *machine);

#endif
