/*
 * One real core at a table of n, where the test plays everybody else.
 *
 * For directed tests: the test signs votes, certificates and proposals of the other members, hands
 * them to the core, and looks at what the core says. The driver's duties are done at once and in
 * order (journal durable after every step, batches valid, execution immediate) unless the test
 * switches one of them off. With TALLY_TRACE in the environment the core's trace is printed.
 *
 *     struct seat *seat = seat_new(4, 0);
 *     struct seat_block block;
 *     seat_block_make(seat, &block, 1, NULL);
 *     seat_propose(seat, &block);
 *     assert_true(seat_said(seat, VOTE_NOTARIZE, 1, &block.hash));
 */
#ifndef TALLY_TESTS_SUPPORT_CONSENSUS_SEAT_H
#define TALLY_TESTS_SUPPORT_CONSENSUS_SEAT_H

#include "consensus/message.h"
#include "consensus/step.h"
#include "tests/support/consensus/sim_queue.h"

enum {
    SEAT_MEMBERS_MAX = 16,
    SEAT_JUSTIFICATION_MAX = 1 << 16,
    SEAT_BODY_MAX = 2048,
    SEAT_BATCHES_MAX = 128,
    SEAT_MESSAGE_MAX = 1 << 17
};

#define SEAT_UTC_START_MS UINT64_C(1700000000000)

/* What the core wanted sent. */
struct seat_sent {
    uint16_t to;
    enum consensus_class class;
    uint64_t after_seq;
    uint64_t now_ms;
    struct sim_message *message;
};

struct seat_record {
    uint64_t seq;
    struct sim_message *bytes;
};

struct seat_commit {
    uint64_t height;
    struct hash hash;
    struct sim_message *stored; /* stored_block encoding */
};

/* A batch as a reference and its bytes. */
struct seat_batch {
    struct hash digest;
    uint16_t author;
    uint64_t lane_seq;
    struct sim_message *bytes; /* signed batch (batch.h) */
};

/* A block under construction. Change fields, then seat_block_seal again. */
struct seat_block {
    struct header header;
    uint8_t justification[SEAT_JUSTIFICATION_MAX];
    uint32_t justification_size;
    uint8_t body[SEAT_BODY_MAX];
    uint32_t body_size;
    uint64_t cut[SEAT_MEMBERS_MAX];
    struct hash hash;
};

struct seat {
    struct consensus_config config;
    struct public_key public_keys[SEAT_MEMBERS_MAX];
    struct secret_key secret_keys[SEAT_MEMBERS_MAX];
    void *memory;
    struct consensus *core;
    uint64_t now_ms;
    int64_t utc_skew_ms;
    uint64_t deadline_ms;
    uint64_t persisted_seq;
    uint64_t durable_seq;

    bool holds_journal;   /* true: JOURNAL_DURABLE is not reported */
    bool holds_batches;   /* true: BATCH_CHECKED is not reported */
    bool holds_execution; /* true: EXECUTED is not reported */
    bool batch_log_lost;  /* the next start reports it */
    bool journal_marked;  /* and this */

    struct seat_sent *sent;
    uint32_t sent_count;
    uint32_t sent_capacity;
    struct seat_record *records; /* of the journal, over all lives */
    uint32_t records_count;
    uint32_t records_capacity;
    uint32_t records_durable_count;
    struct seat_commit *commits;
    uint32_t commits_count;
    uint32_t commits_capacity;
    struct seat_batch batches[SEAT_BATCHES_MAX]; /* stored in the batch log */
    uint32_t batches_count;
    struct hash *results; /* by height - 1 */
    uint32_t results_count;
    uint32_t results_capacity;
    uint32_t executed_count; /* heights reported as executed */
    struct evidence *evidence;
    uint32_t evidence_count;
    uint32_t evidence_capacity;
    enum consensus_alarm alarm; /* the last one */
    enum consensus_halt halt;
};

/* A core that has started with a new journal; self may be CONSENSUS_OBSERVER. */
struct seat *seat_new(uint16_t validator_count, uint16_t self);

/* The same, not started, so that the test may change the configuration; then seat_start. */
struct seat *seat_prepare(uint16_t validator_count, uint16_t self);
void seat_start(struct seat *seat, enum consensus_journal_state journal);
void seat_free(struct seat *seat);

/* A seat whose core leads the given view, in a table of four; started. */
struct seat *seat_new_leading(uint64_t view);
/* A seat whose core leads none of the views up to the given one (at most 3); started. */
struct seat *seat_new_following(uint64_t views);

/* Stops the core and starts it again with its journal, batch log and committed blocks. With torn,
 * only what was durable is left. */
void seat_restart(struct seat *seat, bool torn);
/* The first half of it; seat_start is the second. */
void seat_stop(struct seat *seat, bool torn);

/* One event, and what the driver owes for its effects. */
void seat_step(struct seat *seat, struct consensus_event *event);
/* A message from a peer. */
void seat_receive(struct seat *seat, uint16_t from, const void *bytes, size_t size);

/* Lets time pass, with TIME events when the core asked for them. */
void seat_wait(struct seat *seat, uint64_t duration_ms);
void seat_journal_durable(struct seat *seat); /* reports everything persisted as durable */
void seat_submit(struct seat *seat);          /* LOCAL_BATCH */

/* Blocks. The parent NULL is the anchor. The justification holds the parent's notarisation and the
 * nullifications between, all signed by the first q members other than the core. */
void seat_block_make(struct seat *seat, struct seat_block *block, uint64_t view,
                     const struct seat_block *parent);
void seat_block_add_batch(struct seat *seat, struct seat_block *block,
                          const struct seat_batch *batch);
void seat_block_seal(struct seat *seat, struct seat_block *block);
/* Justifies by the parent's FINALIZATION in place of its NOTARIZATION; for adjacent views. */
void seat_block_justify_final(struct seat *seat, struct seat_block *block);
/* Justifies by nothing. */
void seat_block_justification_drop(struct seat *seat, struct seat_block *block);

/* The proposal comes in from the leader of its view; or relayed by somebody; or bare, without its
 * justification. */
void seat_propose(struct seat *seat, const struct seat_block *block);
void seat_propose_from(struct seat *seat, const struct seat_block *block, uint16_t signer,
                       uint16_t from);
void seat_propose_bare(struct seat *seat, const struct seat_block *block);

/* A block comes in as the answer to a request. */
void seat_answer(struct seat *seat, uint16_t from, const struct seat_block *block);

/* A vote of one member comes in (the core's own: from somebody else); hash NULL for NULLIFY. */
void seat_vote(struct seat *seat, uint16_t signer, enum vote_kind kind, uint64_t view,
               const struct hash *hash);
/* Votes of so many members other than the core (and other than skip, if below n). */
void seat_votes(struct seat *seat, uint16_t count, enum vote_kind kind, uint64_t view,
                const struct hash *hash);

/* A certificate by the first q members other than the core: written, or handed in. */
void seat_certificate_write(struct seat *seat, struct bytes_writer *writer, enum vote_kind kind,
                            uint64_t view, const struct hash *hash);
void seat_certificate(struct seat *seat, enum vote_kind kind, uint64_t view,
                      const struct hash *hash);

/* A batch of a member, signed by it: made, or made and handed in as a BATCH message. */
void seat_batch_make(struct seat *seat, struct seat_batch *batch, uint16_t author,
                     uint64_t lane_seq, uint8_t content);
void seat_batch_receive(struct seat *seat, uint16_t from, const struct seat_batch *batch);
void seat_batch_free(struct seat_batch *batch);

/* A STATUS of a member. */
void seat_status(struct seat *seat, uint16_t from, uint64_t view, uint64_t final_view,
                 uint64_t final_height, uint64_t gap_view);
/* A STATUS of a member that knows nothing new and reports this height as executed. */
void seat_status_executed(struct seat *seat, uint16_t from, uint64_t exec_height);

/* Has the core let this vote out (in a vote message or as a proposal)? Messages still waiting for
 * the journal do not count. hash NULL: any. seat_said_count counts distinct hashes. */
bool seat_said(const struct seat *seat, enum vote_kind kind, uint64_t view,
               const struct hash *hash);
uint32_t seat_said_count(const struct seat *seat, enum vote_kind kind, uint64_t view);

/* How many messages of a kind it let out; to one peer (or CONSENSUS_ALL: to anyone). */
uint32_t seat_sent_count(const struct seat *seat, enum message_kind kind, uint16_t to);
/* The certificate of a kind and view that it let out, to a peer or to all. */
bool seat_sent_certificate(const struct seat *seat, enum vote_kind kind, uint64_t view);
/* The last message of a kind, or NULL. */
const struct sim_message *seat_last(const struct seat *seat, enum message_kind kind);
/* Forgets what was sent so far. */
void seat_forget_sent(struct seat *seat);

/* Where the core stands. */
uint64_t seat_view(const struct seat *seat);
uint64_t seat_final_view(const struct seat *seat);
uint16_t seat_leader(const struct seat *seat, uint64_t view);

#endif
