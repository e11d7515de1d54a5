/*
 * node/core_inbox.h - what reaches the core thread, in which order, and how much of it may wait
 *
 * The simulator's core thread (netsim/engine/validator_core.c) takes the same inputs in the same
 * order, and refuses them at the same bounds: so these are said once.
 */
#ifndef TALLY_NODE_CORE_INBOX_H
#define TALLY_NODE_CORE_INBOX_H

#include "host/inbox.h"

enum core_item_kind {
    ITEM_MESSAGE,      /* of a peer */
    ITEM_CHECKED,      /* the verdict on a batch */
    ITEM_EXECUTED,     /* a result of execution */
    ITEM_SUBMIT,       /* an envelope of a client */
    ITEM_SUBMIT_AGAIN, /* one that a final block left out */
};

/* A lower rank is taken first. */
enum core_rank {
    RANK_VOTE = 0,   /* votes, proposals, status */
    RANK_RESULT = 1, /* verdicts, execution results */
    RANK_SUBMIT = 2, /* envelopes */
    RANK_BULK = 3    /* batches, blocks, ranges */
};

enum {
    TURN_ITEMS_MAX = 256, /* events that share one flush */
    WAIT_MS_MAX = 250,    /* between two looks at the disk */
    SPACE_CHECK_MS = 250, /* between two looks at its free space */
    CORE_BACKLOG = 16,    /* of so many inputs that wait, others do what they can */
};

static const struct inbox_bounds core_inbox_bounds[INBOX_RANKS] = {
    [RANK_VOTE] = {.item_count_max = 8192, .bytes_max = 32u << 20},
    [RANK_RESULT] = {.item_count_max = 65536, .bytes_max = 16u << 20},
    [RANK_SUBMIT] = {.item_count_max = 4096, .bytes_max = 32u << 20},
    [RANK_BULK] = {.item_count_max = 512, .bytes_max = 64u << 20},
};

#endif
