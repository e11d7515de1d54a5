/*
 * step.h: the one door of consensus. One event in; an ordered list of effects out.
 *
 * Problem. n validators, of which up to f lie, must agree on one ever growing chain of blocks over
 * a network that delays, loses and reorders, and must still do so after any of them crashed at
 * any instant. And it must be possible to test this: the same events must give the same bytes.
 *
 * The protocol is Simplex (Chan and Pass, 2023) with rotating leaders, n = 3f + 1 and certificates
 * made of Ed25519 signatures. In each view one leader proposes one block. q NOTARIZE votes make a
 * NOTARIZATION and everybody moves to the next view; whoever never gave the view up then sends
 * FINALIZE, and q of those make the block and its ancestors final. A view without a block is given
 * up by q NULLIFY votes. No lock, no view-change sub-protocol:
 *
 *     time    leader          others             all                all
 *      0      PROPOSAL ->
 *      1 d                    NOTARIZE ->
 *      2 d                                       NOTARIZATION,
 *                                                FINALIZE ->
 *      3 d                                                          FINALIZATION: final
 *
 * Three rules are added to the paper. A proposal carries the certificates that justify its place,
 * and its header commits to them. Certificates are journalled. What got lost is pulled by a
 * periodic STATUS, not pushed again. The payload does not travel in blocks: see lane.h.
 *
 * The driver's duties
 *   1. Allocate consensus_footprint() bytes, call consensus_new(), and from then on call
 *      consensus_step() from one thread, one event at a time. now_ms never falls. The driver does
 *      so by the table of protocol.h, in which another protocol may stand in for this one.
 *   2. At start: RESTORE_FINAL for the last final blocks of the store in ascending height (all, or
 *      the last CONSENSUS_RESTORE_BLOCKS), RESTORE_BATCH for every batch of the batch log that is
 *      above the last final cut, RESTORE_RECORD for every journal record in the order written, then
 *      START, then EXECUTED for every height whose result the ledger has, ascending (at least
 *      those not below the exec_height of the last final block). Stored blocks that the ledger has
 *      not executed are executed without being committed again, and reported the same way.
 *   3. Carry the effects of a step out in their order. Effects borrow memory that is valid until
 *      the next consensus_step().
 *   4. PERSIST: append the record to the journal. STORE_BATCH: have the content checked, by a
 *      worker unless that is quickly done, append the bytes to the batch log, and then answer
 *      BATCH_CHECKED, always: no more than n * lane_window of others' batches wait for that. Once
 *      per turn with records sync the batch log first, then the journal, then report
 *      JOURNAL_DURABLE. Records that may wait need no sync of their own: they go with the next one,
 *      and no send that comes after them overtakes.
 *      Both may be synced at once if, of the records that are not durable, only the last one may
 *      not wait, and no block is known that orders one of the own batches that are not durable: a
 *      vote that survives alone neither leaves nor counts until its batches are back.
 *   5. SEND: hand the bytes to the channel only when the journal is durable up to after_seq and,
 *      unless that is 0 and there was a PERSIST in this process, the batch log is synced. Order
 *      between messages does not matter; any message may be dropped.
 *   6. COMMIT: only after the batches and journal records before it are durable, store the block
 *      bytes, the certificate bytes and which batches they name; the encoding to store is
 *      stored_block (block.h), which is also what a RANGE message carries. Then execute, then
 *      EXECUTED. Commits come in height order without a gap; after a restart, heights above the
 *      store's come again.
 *      Records that may wait need not be durable, if the store is given with each block how far the
 *      journal is, and START says journal_marked when the journal still reaches that far. Without
 *      such a mark the FINALIZATION in the journal is what shows it to be no older than the store.
 *   7. SEND_BATCH: read the signed batch from the batch log and send it as a BATCH message (one
 *      kind byte, then the bytes), bulk class, but only when the batch log is synced beyond it: an
 *      author that forgot a batch it had sent would use its number twice. Do nothing if it is not
 *      held. SEND_BLOCKS: send a RANGE message with the stored blocks from from_height; stop after
 *      count blocks or CONSENSUS_RANGE_BYTES_MAX, but not before a block that has a certificate.
 *   8. EVIDENCE: archive. ALARM: tell the operator. HALT: show the reason and stop stepping for
 *      good.
 *   9. Send a TIME event when next_deadline_ms is reached (UINT64_MAX: never).
 *  10. A write or sync that fails: report STORAGE_FAILED, keep every PERSIST record that is not
 *      durable, in order, and append those first when there is room again; then report
 *      STORAGE_RECOVERED. If that cannot be done, stop the process: a restart is always safe.
 *  11. Journal rotation: a record may be left out of the new file when consensus_record_is_live()
 *      says false. The new file is durable before the old one goes.
 *  12. A journal that is missing, or damaged before its torn tail, is JOURNAL_LOST: that key never
 *      votes again (mute). JOURNAL_CREATED is only for the first start of a new key, made by an
 *      explicit act of the operator. Never restore a journal from a backup.
 *
 * Deterministic: effects depend on the configuration and the events alone.
 */
#ifndef TALLY_CONSENSUS_STEP_H
#define TALLY_CONSENSUS_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "consensus/quorum.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

/* config.self of a node that follows without voting. */
#define CONSENSUS_OBSERVER 0xFFFFu

/* Peers are numbered: validators 0 to n - 1; observers that are connected, n to n + 15, by the
 * driver's choice. SEND.to CONSENSUS_ALL means every validator but self, and the observers if the
 * message is a certificate. */
#define CONSENSUS_OBSERVERS_MAX 16
#define CONSENSUS_ALL           0xFFFFu
#define CONSENSUS_PEERS_MAX     (CONSENSUS_VALIDATORS_MAX + CONSENSUS_OBSERVERS_MAX)

/* Blocks with batches that may be final or proposed but not executed. */
#define CONSENSUS_UNEXECUTED_MAX 8
/* Final blocks that the core remembers; also how far COMMIT may run ahead of EXECUTED. */
#define CONSENSUS_RESTORE_BLOCKS  256
#define CONSENSUS_RANGE_BYTES_MAX (1u << 20)

/* Where the chain of an epoch starts: genesis now, a seal block later. */
struct consensus_anchor {
    uint64_t height;
    struct hash hash;
    uint64_t ts_ms;
    struct hash result_root; /* of height */
};

struct consensus_timing {
    uint32_t d0_ms;                 /* bound of one message delay with validation and sync */
    uint32_t d_max_ms;              /* what it may grow to while nothing becomes final */
    uint32_t heartbeat_ms;          /* an empty block after so long without one */
    uint32_t block_interval_min_ms; /* between proposals */
    uint32_t retry_ms;              /* STATUS period; grows to 8 times this while idle */
    uint32_t skip_ms;               /* a leader silent for so long is skipped at once */
    uint32_t clock_drift_ms;        /* allowance for other members' clocks */
};

struct consensus_limits {
    uint32_t batch_bytes_max;    /* payload of one batch; at most lane_quota_bytes */
    uint32_t lane_quota_batches; /* per lane and block */
    uint32_t lane_quota_bytes;   /* per lane and block: payload */
    uint32_t lane_window;        /* batches held per lane beyond the final cut */
    uint32_t skipped_views_max;  /* views after the last final one; at least 128 */
};

struct consensus_config {
    struct hash chain_id;
    uint64_t epoch;
    uint16_t validator_count;            /* 1 to CONSENSUS_VALIDATORS_MAX */
    uint16_t self;                       /* index, or CONSENSUS_OBSERVER */
    const struct public_key *validators; /* copied */
    const struct secret_key *secret_key; /* borrowed for ever; NULL for an observer */
    struct consensus_anchor anchor;
    struct consensus_timing timing;
    struct consensus_limits limits;
    uint64_t seed; /* of the jitter; differs between validators */
    bool trace;    /* emit TRACE effects */
};

/* Which part of a configuration is illegal. */
#define CONSENSUS_CONFIG_LIST(X)                                                                 \
    X(CONSENSUS_CONFIG_OK, "the configuration is legal", "")                                     \
    X(CONSENSUS_CONFIG_VALIDATORS, "the number of validators is not 1 to 128",                   \
      "check the validators of the genesis")                                                     \
    X(CONSENSUS_CONFIG_SELF, "the own index is not that of a validator or observer",             \
      "check which key this node runs with")                                                     \
    X(CONSENSUS_CONFIG_KEY, "a validator has no secret key, or an observer has one",             \
      "check the key file")                                                                      \
    X(CONSENSUS_CONFIG_TIMING,                                                                   \
      "a timing value is zero or exceeds an hour, or d_max_ms is below d0_ms",                   \
      "correct the timing section")                                                              \
    X(CONSENSUS_CONFIG_LIMITS, "a limit is zero, too large, or exceeds the quota it belongs to", \
      "correct the limits section")
STATUS_DECLARE(consensus_config_check, CONSENSUS_CONFIG_LIST);

/* Fills timing and limits with values for a local or metropolitan network. Leaves the rest. */
void consensus_config_defaults(struct consensus_config *config);

/* Tells whether a configuration is legal, and if not, why. */
TALLY_MUST_CHECK enum consensus_config_check consensus_config_check(
    const struct consensus_config *config);

/* ----------------------------------------------------------------------------------- events */

enum consensus_event_kind {
    CONSENSUS_RESTORE_FINAL = 1,
    CONSENSUS_RESTORE_BATCH,
    CONSENSUS_RESTORE_RECORD,
    CONSENSUS_START,
    CONSENSUS_MESSAGE,
    CONSENSUS_TIME,
    CONSENSUS_LOCAL_BATCH,
    CONSENSUS_BATCH_CHECKED,
    CONSENSUS_JOURNAL_DURABLE,
    CONSENSUS_EXECUTED,
    CONSENSUS_WORK_DUE,
    CONSENSUS_STORAGE_FAILED,
    CONSENSUS_STORAGE_RECOVERED,
};

enum consensus_journal_state {
    CONSENSUS_JOURNAL_INTACT = 1, /* every record was replayed; a torn tail was cut off */
    CONSENSUS_JOURNAL_CREATED,    /* new, because the operator initialised a new key */
    CONSENSUS_JOURNAL_LOST,       /* missing, or damaged before the tail */
};

/* Every event borrows its pointers for the duration of the step only. */
struct consensus_event {
    enum consensus_event_kind kind;
    uint64_t now_ms; /* monotonic */
    uint64_t utc_ms;
    union {
        struct {
            const uint8_t *bytes; /* a stored block (block.h) */
            size_t size;
        } restore_final;
        struct {
            const uint8_t *bytes; /* signed batch (batch.h), as STORE_BATCH gave it */
            size_t size;
            bool valid; /* what BATCH_CHECKED said, or would say */
        } restore_batch;
        struct {
            const uint8_t *bytes; /* as PERSIST gave it */
            size_t size;
        } restore_record;
        struct {
            enum consensus_journal_state journal;
            bool journal_marked; /* it reaches as far as a mark that the store had of it, see 6 */
            bool batch_log_lost; /* then the own lane stays closed for the epoch */
        } start;
        struct {
            uint16_t from; /* peer number, authenticated by the channel */
            const uint8_t *bytes;
            size_t size;
        } message;
        struct {
            const uint8_t *payload; /* 1 to batch_bytes_max bytes */
            uint32_t size;
        } local_batch;
        struct {
            struct hash digest; /* these three name the batch, as in STORE_BATCH */
            uint16_t author;
            uint64_t lane_seq;
            bool valid; /* content; and the batch is appended to the batch log */
        } batch_checked;
        struct {
            uint64_t seq;
        } journal_durable;
        struct {
            uint64_t height;
            struct hash result_root;
            bool has_content; /* the result is worth a block of its own that certifies it */
            bool more_due;    /* work was carried over: another block is needed even if empty */
        } executed;
    };
};
/* WORK_DUE: the ledger has a timed event to act on; a block is wanted although no batch is held. */

/* ---------------------------------------------------------------------------------- effects */

enum consensus_effect_kind {
    CONSENSUS_PERSIST = 1,
    CONSENSUS_SEND,
    CONSENSUS_STORE_BATCH,
    CONSENSUS_SEND_BATCH,
    CONSENSUS_SEND_BLOCKS,
    CONSENSUS_COMMIT,
    CONSENSUS_BATCH_REFUSED, /* LOCAL_BATCH could not be taken: see consensus_lane_room */
    CONSENSUS_EVIDENCE,
    CONSENSUS_ALARM,
    CONSENSUS_HALT,
    CONSENSUS_TRACE,
};

enum consensus_class {
    CONSENSUS_CLASS_VOTE = 1, /* small and urgent */
    CONSENSUS_CLASS_BULK,     /* batches, blocks, ranges: the connection of their own */
};

/* What an operator must know. Each has a section in the runbook. */
#define CONSENSUS_ALARM_LIST(X)                                                                \
    X(CONSENSUS_ALARM_NONE, "no alarm", "")                                                    \
    X(CONSENSUS_ALARM_MUTE_JOURNAL_LOST, "the journal was lost: this key will not vote again", \
      "leave it running: it follows, it does not vote; see the runbook")                       \
    X(CONSENSUS_ALARM_MUTE_JOURNAL_FOREIGN,                                                    \
      "the journal belongs to another chain, epoch or validator: not voting",                  \
      "check the data directory; it may be another node's")                                    \
    X(CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED, "a journal record is malformed: not voting",       \
      "leave it running: it follows, it does not vote; see the runbook")                       \
    X(CONSENSUS_ALARM_MUTE_JOURNAL_BEHIND_STORE,                                               \
      "the store is newer than the journal, so the journal was rolled back: not voting",       \
      "never restore a journal; it follows, it does not vote")                                 \
    X(CONSENSUS_ALARM_MUTE_OWN_VOTE_UNKNOWN,                                                   \
      "a certificate has a vote of this key that the journal lacks: not voting any more",      \
      "find the second node that runs with this key, or the rollback; see the runbook")        \
    X(CONSENSUS_ALARM_LANE_CLOSED, "the batch log was lost: this node makes no batches",       \
      "submit through other members")                                                          \
    X(CONSENSUS_ALARM_STORAGE_FAILED, "storage failed: not voting until it recovers",          \
      "free space on the data volume")                                                         \
    X(CONSENSUS_ALARM_STORAGE_RECOVERED, "storage recovered: voting again", "")                \
    X(CONSENSUS_ALARM_VIEWS_EXHAUSTED, "skipped_views_max views passed without a final block", \
      "restore the network between members, raise skipped_views_max and restart")              \
    X(CONSENSUS_ALARM_BLOCKS_FULL, "no memory for another unfinished block",                   \
      "raise skipped_views_max and restart")                                                   \
    X(CONSENSUS_ALARM_EQUIVOCATION, "a validator signed two conflicting statements",           \
      "see the evidence; remove the validator")                                                \
    X(CONSENSUS_ALARM_BATCH_SIGNATURE, "a peer sent a batch whose author did not sign it",     \
      "inspect that peer")                                                                     \
    X(CONSENSUS_ALARM_BATCH_INVALID, "a validator signed a batch with invalid content",        \
      "see the evidence; its lane is not referenced by this node any more")
STATUS_DECLARE(consensus_alarm, CONSENSUS_ALARM_LIST);

#define CONSENSUS_HALT_LIST(X)                                                                  \
    X(CONSENSUS_HALT_NONE, "running", "")                                                       \
    X(CONSENSUS_HALT_RESULT_CONTRADICTED,                                                       \
      "a quorum certified another result than this node computed",                              \
      "keep the data directory for analysis and rebuild the ledger state from history")         \
    X(CONSENSUS_HALT_CONFLICTING_FINALS, "two conflicting blocks are final: over f are faulty", \
      "stop all members; the evidence names more than a third of the validators")               \
    X(CONSENSUS_HALT_STORE_MISMATCH, "the stored blocks do not belong to this chain",           \
      "check the data directory")
STATUS_DECLARE(consensus_halt, CONSENSUS_HALT_LIST);

/* What TRACE tells, for tests and debug logs. `view` and `peer` say where; hash may be zero. */
#define CONSENSUS_TRACE_LIST(X)                           \
    X(CONSENSUS_TRACE_ENTER, "enter", "")                 \
    X(CONSENSUS_TRACE_ARM, "arm timers", "")              \
    X(CONSENSUS_TRACE_PROPOSE, "propose", "")             \
    X(CONSENSUS_TRACE_PROPOSAL, "proposal", "")           \
    X(CONSENSUS_TRACE_NOTARIZE, "notarize", "")           \
    X(CONSENSUS_TRACE_NULLIFY, "nullify", "")             \
    X(CONSENSUS_TRACE_FINALIZE, "finalize", "")           \
    X(CONSENSUS_TRACE_NOTARIZATION, "notarization", "")   \
    X(CONSENSUS_TRACE_NULLIFICATION, "nullification", "") \
    X(CONSENSUS_TRACE_FINALIZATION, "finalization", "")   \
    X(CONSENSUS_TRACE_COMMIT, "commit", "")               \
    X(CONSENSUS_TRACE_INVALID, "invalid proposal", "")    \
    X(CONSENSUS_TRACE_REQUEST, "request", "")             \
    X(CONSENSUS_TRACE_SKIP, "skip inactive leader", "")   \
    X(CONSENSUS_TRACE_MALFORMED, "malformed message", "") \
    X(CONSENSUS_TRACE_DROP, "drop message", "")
STATUS_DECLARE(consensus_trace, CONSENSUS_TRACE_LIST);

struct consensus_effect {
    enum consensus_effect_kind kind;
    union {
        struct {
            uint64_t seq; /* 1, 2, 3, ... in this process */
            const uint8_t *bytes;
            size_t size;
            bool may_wait; /* nothing but a later send rests on it */
        } persist;
        struct {
            uint16_t to; /* peer number or CONSENSUS_ALL */
            enum consensus_class class;
            const uint8_t *bytes;
            size_t size;
            uint64_t after_seq; /* 0: may leave at once */
        } send;
        struct {
            struct hash digest;
            uint16_t author;
            uint64_t lane_seq;
            const uint8_t *bytes; /* signed batch (batch.h) */
            size_t size;
        } store_batch;
        struct {
            uint16_t to; /* peer number or CONSENSUS_ALL */
            struct hash digest;
        } send_batch;
        struct {
            uint16_t to;
            uint64_t from_height;
            uint32_t count;
        } send_blocks;
        struct {
            uint64_t height;
            struct hash hash;
            const uint8_t *block_bytes; /* block.h; take apart with block_read */
            uint32_t block_size;
            const uint8_t *certificate; /* FINALIZATION of this block, if known */
            uint32_t certificate_size;  /* 0: a later commit brings one that covers this */
        } commit;
        struct {
            const uint8_t *bytes; /* evidence.h */
            size_t size;
        } evidence;
        struct {
            enum consensus_alarm code;
            uint16_t peer; /* whom it is about, or CONSENSUS_OBSERVER for nobody */
        } alarm;
        struct {
            enum consensus_halt reason;
            uint64_t height;
        } halt;
        struct {
            enum consensus_trace code;
            uint16_t peer;
            uint64_t view;
            struct hash hash;
        } trace;
    };
};

struct consensus_effects {
    const struct consensus_effect *items; /* borrowed from the core until the next step */
    size_t count;
    uint64_t next_deadline_ms; /* send TIME then; UINT64_MAX: never */
};

/* -------------------------------------------------------------------------------- the machine */

struct consensus;

/* The memory that consensus_new needs, aligned to 16; 0 if the configuration is illegal. */
size_t consensus_footprint(const struct consensus_config *config);

/* Builds a machine in memory of consensus_footprint() bytes. The configuration must be legal. */
struct consensus *consensus_new(void *memory, const struct consensus_config *config);

/*
 * Takes one event; fills effects. Any bytes may come from peers. An event out of the order of duty
 * 2, such as MESSAGE before START, is a bug of the driver and asserts.
 */
void consensus_step(struct consensus *core, const struct consensus_event *event,
                    struct consensus_effects *effects);

/* ------------------------------------------------------------------------------------ getters */

struct consensus_summary {
    uint64_t view;
    uint64_t final_view;   /* highest view with a known FINALIZATION */
    uint64_t final_height; /* highest height that was committed */
    struct hash final_hash;
    uint64_t exec_height;           /* highest height executed here */
    uint64_t certified_exec_height; /* highest exec_height in a notarized header seen */
    uint64_t gap_view;              /* lowest view above final_view without a certificate here */
    uint64_t journal_seq;           /* of the last PERSIST */
    uint64_t durable_seq;
    uint64_t own_lane_seq;     /* of the last batch of the own lane */
    uint64_t own_lane_named;   /* of the last one that a proposal here orders, if only for now */
    bool under_way;            /* a block was proposed that is not final as far as is known here */
    enum consensus_alarm mute; /* why this key does not vote; CONSENSUS_ALARM_NONE if it does */
    enum consensus_halt halt;
    bool storage_failed;
    bool lane_closed;
};

/* A copy of what status displays and tests ask for. May be called between any two steps. */
void consensus_summary(const struct consensus *core, struct consensus_summary *out);

/* The leader of a view. */
uint16_t consensus_leader(const struct consensus *core, uint64_t view);

/* How many more LOCAL_BATCH events would be taken now. */
uint32_t consensus_lane_room(const struct consensus *core);

/* What a peer last reported to have executed; for status displays. */
uint64_t consensus_peer_exec_height(const struct consensus *core, uint16_t peer);

/* Tells whether a journal record may still matter; see duty 11. */
bool consensus_record_is_live(const struct consensus *core, const uint8_t *bytes, size_t size);

#endif
