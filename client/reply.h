/*
 * client/reply.h - what a node answers.
 *
 * Problem.  The node that answers may lie. What it says about one thing (an instruction, a balance,
 * a receipt) must therefore come with a proof that the asker checks; what it says about many things
 * (a list) cannot be proved complete by one node and must be recognisable as such.
 *
 * Rule.  `u32 id | u8 kind | fields`, encoded like requests. REPLY_POINT and REPLY_OUTCOME carry
 * encodings of client/proof.h: their readable content is *only* in the proven leaf, never beside
 * it, so that there is no unproved copy to be believed by mistake. Rows of REPLY_LIST are the
 * answering node's word alone.
 *
 * Views (`proof`, `anchor`, `leaves`, `rows`) borrow from the bytes given to decode.
 */
#ifndef TALLY_CLIENT_REPLY_H
#define TALLY_CLIENT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/request.h"
#include "client/row.h"
#include "crypto/hash.h"

#define REPLY_BYTES_MAX       (1024u * 1024u)
#define REPLY_TEXT_SIZE       200u
#define REPLY_COMPARISONS_MAX 24u
#define REPLY_VALUE_SIZE      64u
#define REPLY_PEERS_MAX       128u
#define REPLY_ALARMS_MAX      32u

enum reply_kind {
    REPLY_ERROR = 1,
    REPLY_SUBMITTED = 2,
    REPLY_OUTCOME = 3,
    REPLY_POINT = 4,
    REPLY_EXPLAIN = 5,
    REPLY_LIST = 6,
    REPLY_NODE_STATUS = 7,
    REPLY_ROOTS = 8,
};

/* Why a request was not answered. Numbered for ever. */
enum reply_fault {
    REPLY_FAULT_MALFORMED = 1,   /* the request's bytes; the connection will be closed */
    REPLY_FAULT_NOT_ALLOWED = 2, /* the channel's key may not read this */
    REPLY_FAULT_BUSY = 3,        /* try again, or another node */
    REPLY_FAULT_NOT_READY = 4,   /* the node is starting or catching up */
    REPLY_FAULT_NO_PROOF = 5,    /* known, but its result is not certified yet: ask again */
    REPLY_FAULT_STOPPED = 6,     /* the node has stopped working and waits for its operator */
};

/* What became of handing an envelope in. Only RECEIVED and KNOWN may still lead to anything; the
 * rest was refused by this node's admission and recorded nowhere. Numbered for ever. */
enum submit_answer {
    SUBMIT_RECEIVED = 1,        /* durable in the node's batch log; promises nothing yet */
    SUBMIT_KNOWN = 2,           /* the same bytes were here before; ask for the outcome */
    SUBMIT_MALFORMED = 3,       /* not an envelope */
    SUBMIT_WRONG_CHAIN = 4,     /* addressed to another ledger */
    SUBMIT_WRONG_SIGNATURE = 5, /* signature does not fit the key named in the envelope */
    SUBMIT_UNKNOWN_KEY = 6,     /* that key is not on the ledger, or not the party's */
    SUBMIT_EXPIRED = 7,         /* valid-until has passed */
    SUBMIT_TOO_FAR_AHEAD = 8,   /* valid-until is further away than the genesis permits */
    SUBMIT_TOO_LARGE = 9,       /* more commands or bytes than the genesis permits */
    SUBMIT_BUSY = 10,           /* the node's lane is full: try again with the same bytes */
};

/* How far an envelope has come; each stage includes those before it. */
enum envelope_stage {
    STAGE_UNKNOWN = 0,   /* never seen by this node (it may still arrive by another) */
    STAGE_RECEIVED = 1,  /* in a batch, not in a final block */
    STAGE_ORDERED = 2,   /* in a final block: cannot be undone */
    STAGE_EXECUTED = 3,  /* its receipts exist on this node */
    STAGE_CERTIFIED = 4, /* a quorum signed a result that contains them: provable */
};

/* One matching field of two instructions, side by side. */
struct reply_comparison {
    char code[CLIENT_CODE_SIZE];  /* ISO unmatched reason: DQUA, DMON, ...; empty: they agree */
    char field[REPLY_VALUE_SIZE]; /* the field in ISO words */
    uint8_t number;               /* of T2S's list: 1 to 13 mandatory, to 18 additional, to 23
                                   * optional */
    char own[REPLY_VALUE_SIZE];   /* the asker's value; empty when not given */
    char other[REPLY_VALUE_SIZE]; /* the other's */
};

/* Beside the proven record of REQUEST_EXPLAIN: the node's own, unproved, explanation. */
struct reply_explain {
    enum row_actor
        actor; /* who must act, as the ledger explains it (ledger/instruction/explain.h) */
    bool
        nearest_found; /* the matched counterpart, or an opposite instruction that might be meant */
    bool nearest_matched; /* it is the counterpart */
    char nearest_party[CLIENT_BIC_SIZE];
    char nearest_reference[CLIENT_TEXT35_SIZE];
    char tolerance[REPLY_VALUE_SIZE]; /* of the amounts: "2.00 up to 100000.00, 25.00 above, EUR" */
    uint16_t comparison_count;
    struct reply_comparison comparisons[REPLY_COMPARISONS_MAX];
    uint16_t detail; /* enum detail: what links contradict; 0 none */
    bool lack_found; /* what is missing for settlement, and where */
    char lack_party[CLIENT_BIC_SIZE];
    char lack_account[CLIENT_TEXT35_SIZE];
    char lack_asset[CLIENT_ASSET_SIZE];
    uint8_t lack_decimals;
    int64_t lack_needed;
    int64_t lack_available;
};

struct reply_peer {
    uint16_t validator;
    bool connected;
    uint64_t final_height; /* as last reported by that peer */
    uint64_t silent_ms;    /* since its last message */
};

struct reply_alarm {
    uint16_t code;
    uint64_t since_utc_ms;
    char text[REPLY_TEXT_SIZE];
};

struct reply_node_status {
    uint16_t validator;
    char version[CLIENT_TEXT35_SIZE];
    uint64_t utc_ms;
    uint64_t epoch;
    uint64_t view;
    uint64_t final_height;
    uint64_t executed_height;
    uint64_t certified_height; /* highest executed height named by a certified header */
    struct hash result_root;   /* at executed_height */
    struct hash state_root;    /* at state_height */
    uint64_t state_height;
    uint64_t ledger_ms; /* timestamp of the block at executed_height */
    uint64_t envelopes_pending;
    uint64_t envelopes_final; /* since the node started, as are the three below */
    uint64_t commands_final;
    uint64_t finality_p50_us; /* from admission at this node to final */
    uint64_t finality_p99_us;
    uint16_t peer_count;
    struct reply_peer peers[REPLY_PEERS_MAX];
    uint16_t alarm_count;
    struct reply_alarm alarms[REPLY_ALARMS_MAX];
};

struct reply_roots {
    uint64_t height;
    struct hash block_id;
    struct hash receipts_root;
    struct hash events_root;
    struct hash state_root;
    struct hash result_root;
};

struct reply {
    uint32_t id;
    enum reply_kind kind;
    /* ERROR */
    enum reply_fault fault;
    char text[REPLY_TEXT_SIZE]; /* ERROR and SUBMITTED: one line for a person, may be empty */
    /* SUBMITTED and OUTCOME */
    struct hash envelope_id;
    enum submit_answer submitted;
    enum envelope_stage stage;
    uint64_t height;        /* OUTCOME: the block's height from ORDERED on, else 0 */
    uint16_t receipt_total; /* from EXECUTED on: receipts the envelope has */
    uint16_t first_command;
    uint16_t leaf_count;   /* 0 unless CERTIFIED */
    const uint8_t *anchor; /* one proof_anchor for all the leaves */
    uint32_t anchor_size;
    const uint8_t
        *leaves; /* leaf_count encoded proof_leaf, each after its u32 size; see reply_leaf_next */
    uint32_t leaves_size;
    /* POINT and EXPLAIN */
    bool found; /* false: this node knows of no such thing (which no single node can prove) */
    uint64_t state_height; /* record proofs: the height whose state the leaf shows */
    const uint8_t *proof;  /* an encoded proof (anchor and leaves), NULL when not found */
    uint32_t proof_size;
    struct reply_explain explain;
    /* LIST */
    enum list_kind list;
    uint64_t list_height; /* the read model had taken in blocks up to this height */
    uint64_t cursor_next; /* 0: that was all */
    uint16_t row_count;
    const uint8_t *rows; /* encoded rows, see client/row.h */
    uint32_t rows_size;
    struct reply_node_status status;
    struct reply_roots roots;
};

/* Encodes into out; the views are copied. Returns the size, or 0 when not valid or too large. */
TALLY_MUST_CHECK size_t reply_encode(const struct reply *reply, void *out, size_t capacity);

/* Decodes one reply; false when any byte is not as it should be. Rows and leaves are only bounded
 * here; their own decoders judge them. What decode accepts, encode writes back byte for byte. */
TALLY_MUST_CHECK bool reply_decode(const void *data, size_t size, struct reply *out);

/* Walks the leaves of an OUTCOME: *offset starts at 0. False at the end, or when what is left is
 * malformed (then *offset is not leaves_size). */
TALLY_MUST_CHECK bool reply_leaf_next(const struct reply *reply, uint32_t *offset,
                                      const uint8_t **leaf, size_t *leaf_size);

/* In words. Never NULL. */
const char *reply_fault_text(enum reply_fault error);
const char *submit_answer_text(enum submit_answer answer);
const char *submit_answer_hint(enum submit_answer answer);

#endif
