/*
 * ledger/instruction/instruction.h - a settlement instruction: one side of a delivery, a payment,
 * or both
 *
 * Rule. An instruction holds what its party instructed (sese.023: 13 mandatory, 5 additional and 5
 * optional matching fields, and processing fields that are not matched), what became of it in eight
 * independent dimensions, each with its reason and the height and time of its last change, how much
 * of it has settled, and whom it is matched with. It is named by its party and that party's
 * reference; `sequence` orders all instructions of the ledger for ever.
 *
 * Two instructions of opposite movement, one of the deliverer and one of the receiver, make a
 * settlement:
 *
 *   | payment | movement | credit/debit | meaning                                               |
 *   | APMT    | DELI     | CRDT         | deliver against payment (DVP), both above 0           |
 *   | APMT    | RECE     | DBIT         | receive against payment (RVP)                         |
 *   | APMT    | DELI     | DBIT         | deliver with payment (DWP): cash goes along           |
 *   | APMT    | RECE     | CRDT         | receive with payment                                  |
 *   | FREE    | either   | none         | free of payment (FOP)                                 |
 *   | APMT    | either   | either       | quantity 0: payment free of delivery (PFOD)           |
 *
 * An internal transfer (type OWNI) is one instruction, FREE and DELI, from `account` to the account
 * of the same party that `receiver_account` names: it needs no match and is its own counterpart.
 * Its asset may be a security or a currency.
 *
 * An instruction moves at most INSTRUCTION_VALUE_MAX of anything: so no set of them
 * (settlement_set.h), however large, leads a sum out of 64 bits.
 *
 * Source: sese.023.001.11; T2S UDFS 3.6.1.2 (matching fields), 3.6.3.1 (statuses).
 */
#ifndef TALLY_LEDGER_INSTRUCTION_INSTRUCTION_H
#define TALLY_LEDGER_INSTRUCTION_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "ledger/instruction/transaction_code.h"
#include "ledger/matching/matching_member.h"
#include "ledger/restriction/restriction_draw.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"
#include "ledger/values/outcome.h"

enum payment_type {
    PAYMENT_APMT = 1,
    PAYMENT_FREE = 2
};
enum movement_type {
    MOVEMENT_DELI = 1,
    MOVEMENT_RECE = 2
};
enum credit_debit {
    CREDIT_DEBIT_NONE = 0,
    CREDIT_DEBIT_CRDT = 1,
    CREDIT_DEBIT_DBIT = 2
};
enum cum_ex {
    CUM_EX_NONE = 0,
    CUM_EX_CCPN = 1,
    CUM_EX_XCPN = 2
};
enum partial_settlement {
    PARTIAL_NPAR = 1,
    PARTIAL_PART = 2,
    PARTIAL_PARC = 3,
    PARTIAL_PARQ = 4
};
enum priority {
    PRIORITY_RESERVED = 1,
    PRIORITY_TOP = 2,
    PRIORITY_HIGH = 3,
    PRIORITY_NORMAL = 4
};

/* The dimensions of 2.2 (T2S UDFS 3.6.3.1). Numbered for ever. */
enum instruction_dimension {
    DIMENSION_SETTLEMENT =
        0, /* enum settlement_status; reason: why it is pending or failing, or the part */
    DIMENSION_MATCH = 1,            /* enum match_status; reason: why it is unmatched */
    DIMENSION_CANCELLATION = 2,     /* enum cancellation_status */
    DIMENSION_HOLD_PARTY = 3,       /* enum hold_status, PTYH */
    DIMENSION_HOLD_CSD = 4,         /* CSDH */
    DIMENSION_HOLD_VALIDATION = 5,  /* CVAL */
    DIMENSION_HOLD_CONDITIONAL = 6, /* CDEL */
    DIMENSION_PROCESSING = 7,       /* enum processing_status; reason: as reported in sese.024 */
    DIMENSION_COUNT = 8,
};

enum settlement_status {
    SETTLEMENT_UNSETTLED = 0,
    SETTLEMENT_PARTIALLY_SETTLED = 1,
    SETTLEMENT_SETTLED = 2
};
enum match_status {
    MATCH_UNMATCHED = 0,
    MATCH_MATCHED = 1,
    MATCH_NOT_REQUIRED = 2
};
enum cancellation_status {
    CANCELLATION_NONE = 0,
    CANCELLATION_REQUESTED = 1, /* this side asked, the other has not yet (T7) */
    CANCELLATION_CANCELLED = 2,
};
enum hold_status {
    HOLD_NO = 0,
    HOLD_YES = 1
};
enum processing_status {
    PROCESSING_ACCEPTED = 0, /* unmatched, open */
    PROCESSING_PENDING = 1,  /* matched, not settled, sese.024 Pdg */
    PROCESSING_FAILING = 2,  /* not settled past its cut-off, sese.024 Flng */
    PROCESSING_ENDED = 3,    /* settled or cancelled; no way leads out */
};

enum allegement_state {
    ALLEGEMENT_NONE = 0, /* matched, needs no match, or ended */
    ALLEGEMENT_DUE = 1,  /* unmatched; the counterparty is told at allegement_ms */
    ALLEGEMENT_SENT = 2, /* unmatched; the counterparty was told at allegement_ms */
};

/* How one instruction is linked to another (ProcessingPosition3Code; ledger/link/link.h). */
enum link_type {
    LINK_BEFO = 1,
    LINK_AFTE = 2,
    LINK_WITH = 3,
    LINK_INFO = 4
};

enum {
    INSTRUCTION_LINKS_MAX = 8,
};
/*
 * The first bytes of the hash of the command's content. Half of them are enough: whoever wants two
 * contents alike has to try 2^64 commands of its own, and is then told of the second one that it
 * is there already.
 */
enum {
    INSTRUCTION_CONTENT_SIZE = HASH_SIZE / 2,
};
/* Smallest units of quantity, and of amount: of cents, 22.5 million millions. */
#define INSTRUCTION_VALUE_MAX (INT64_C(1) << 51)

struct instruction_link {
    uint32_t partner; /* instruction index; it has the mirror of this link */
    uint8_t type;     /* enum link_type, seen from here */
};

/* Number of so many (ledger/link/pool.h); all zero when in no pool. */
struct instruction_pool {
    struct text35 reference;
    uint16_t number;
    uint16_t total;
};

/* In 12 bytes, since each instruction has eight of them: 48 bits of milliseconds reach beyond the
 * calendar's end, and 39 of heights for 17 years of a block a millisecond. */
struct __attribute__((packed, aligned(4))) instruction_status {
    uint64_t value : 2;
    uint64_t reason : 7; /* enum reason */
    uint64_t height : 39;
    uint64_t time_ms : 48;
};
/* What fits, and so all bits of it. */
#define INSTRUCTION_STATUS_MAX 3u
#define INSTRUCTION_REASON_MAX 127u
#define INSTRUCTION_STATE_MAX  3u /* where it waits, and how far it is alleged */
#define INSTRUCTION_HEIGHT_MAX ((UINT64_C(1) << 39) - 1)
#define INSTRUCTION_TIME_MAX   ((UINT64_C(1) << 48) - 1)
_Static_assert(sizeof(struct instruction_status) == 12, "nothing is between the fields");

/* What few instructions have: links, a pool, restrictions to draw on. Kept apart (rare.h). */
struct instruction_ties {
    uint32_t owner; /* the instruction that has them */
    struct instruction_pool pool;
    struct restriction_draws draws; /* the restrictions that it draws on */
    uint8_t link_count;
    struct instruction_link links[INSTRUCTION_LINKS_MAX];
};

/* Optional matching fields, which fewer give; absent matches anything. Kept apart (rare.h). */
struct instruction_particulars {
    struct text35 common_reference;
    struct bic deliverer_client;
    struct bic receiver_client;
    /* As the party named them; the one that it settles over is not repeated (terms_account()). */
    struct text35 deliverer_account;
    struct text35 receiver_account;
};

/*
 * What the party instructed. Accounts and assets by index where they must be on the ledger. The
 * mandatory matching fields are payment to movement, asset to settlement date, the four BICs, and
 * currency, amount and credit_debit; additional ones are NOMC of the conditions, cum_ex, and the
 * last three of the mandatory ones on FREE. Account, cash account, priority, partial and
 * transaction type are not matched. The fields stand by their size, without gaps.
 */
struct instruction_terms {
    int64_t quantity; /* 0 for payment free of delivery */
    int64_t amount;   /* 0 when free of payment */
    /* optional matching fields; NULL: none (terms_particulars()) */
    struct instruction_particulars *particulars;
    const struct text35 *account_id; /* of `account`: in that record; NULL: none */
    uint32_t asset;                  /* index */
    uint32_t currency;               /* asset index; RECORD_NONE when free of payment */
    uint32_t account;      /* own securities account; RECORD_NONE for payment free of delivery */
    uint32_t cash_account; /* own cash account; RECORD_NONE when free of payment */
    uint32_t trade_date;
    uint32_t settlement_date; /* intended */
    condition_set conditions; /* NOMC is matched, the others are not */
    struct bic deliverer;
    struct bic receiver;
    struct bic deliverer_depository;
    struct bic receiver_depository;
    uint8_t payment;          /* enum payment_type */
    uint8_t movement;         /* enum movement_type */
    uint8_t credit_debit;     /* enum credit_debit */
    uint8_t cum_ex;           /* enum cum_ex */
    uint8_t priority;         /* enum priority */
    uint8_t partial;          /* enum partial_settlement */
    uint8_t transaction_type; /* enum transaction_type */
};

/* All that few have, in one piece. */
struct instruction_rare {
    struct instruction_ties ties;
    struct instruction_particulars particulars;
};

/*
 * In whole cache lines, without gaps: the first two are what matching compares, the others what
 * settling changes, and what only the record's bytes need between them.
 */
struct instruction {
    struct instruction_terms terms;
    uint64_t sequence;             /* ledger-wide, from 1 */
    struct instruction_ties *ties; /* NULL: none (instruction_ties()) */

    uint32_t party;       /* index of the instructing party */
    uint32_t counterpart; /* instruction index when matched, else RECORD_NONE */
    /* Follow from the terms, and are not in the record's bytes: whom it names, and the positions
     * over which it settles, RECORD_NONE where it settles over none. */
    uint32_t counterparty;     /* party; internal: itself */
    uint32_t position;         /* of its securities; internal: that gives */
    uint32_t other_position;   /* of its cash; internal: that takes */
    uint32_t waiting_for;      /* by `queue`: the settlement day on which it is tried again, 0: at
                                  once; the position or the limit that keeps it; else 0 */
    uint32_t changed_date;     /* settlement day of the last change of a status that counts for
                                  recycling: any value but that of the processing status */
    uint32_t receipt_index;    /* of its submission, in that block */
    int64_t settlement_amount; /* matched amount: the deliverer's; 0 until matched */
    int64_t settled_quantity;
    int64_t settled_amount;
    int64_t released_quantity; /* of a delivery on party hold: let go and not settled (release.h) */

    union { /* only what is matched waits, and only what is unmatched is alleged */
        int64_t waiting_need;   /* what that position or limit must be able to spend; else 0 */
        uint64_t allegement_ms; /* 0: neither due nor sent */
    };
    union {                 /* the same holds of these */
        int64_t part_least; /* the least quantity of it that lets a part settle (part_queue.h) */
        struct matching_member member; /* of the matching index */
    };
    struct __attribute__((packed, aligned(4))) {
        uint64_t submitted_height : 39;
        uint64_t queue : 2;      /* where it waits (waiting.h, enum queue); 0 nowhere */
        uint64_t allegement : 2; /* enum allegement_state (allegement.h) */
        /* Marks of what is at hand, not in the record's bytes, and 0 whenever a command is done:
         * they stand here since whoever asks for them reads the record, too. */
        bool in_set : 1;     /* is its pair of the set that settles? (settlement_set.h) */
        uint64_t walked : 2; /* by a walk along links, and how (link_walk.h) */
        uint64_t : 2;
        uint64_t submitted_ms : 48;
    };
    struct text35 reference;

    uint8_t content[INSTRUCTION_CONTENT_SIZE]; /* tells identical from different re-submission */
    struct nonce_secret secret;
    struct instruction_status status[DIMENSION_COUNT];
};
_Static_assert(sizeof(struct instruction) == 6 * ARENA_LINE, "in whole lines");

/*
 * Writes the record's bytes, and reads them; reading fails the reader on any other form. What few
 * have is read into `rare`, which the instruction then points to as far as there is any.
 */
void instruction_encode(const struct instruction *instruction, struct bytes_writer *writer);
void instruction_decode(struct instruction *instruction, struct instruction_rare *rare,
                        struct bytes_reader *reader);

/* Is there anything that these tie it to? */
static inline bool instruction_ties_any(const struct instruction_ties *ties)
{
    return ties->link_count > 0 || ties->pool.reference.size > 0 || ties->draws.count > 0;
}

/* Is any of these given? */
bool instruction_particulars_any(const struct instruction_particulars *particulars);

/* The optional fields of an instruction, none of them given if it has none: never NULL. */
static inline const struct instruction_particulars *terms_particulars(
    const struct instruction_terms *terms)
{
    static const struct instruction_particulars none = {.common_reference = {.size = 0}};
    return terms->particulars != NULL ? terms->particulars : &none;
}

/*
 * The account of the deliverer, or of the receiver, for matching: the own one if it settles over
 * any, else as it was named; empty when it was not.
 */
static inline const struct text35 *terms_account(const struct instruction_terms *terms,
                                                 enum movement_type side)
{
    const struct instruction_particulars *named = terms_particulars(terms);
    if (terms->movement == (uint8_t)side && terms->account_id != NULL) {
        return terms->account_id;
    }
    return side == MOVEMENT_DELI ? &named->deliverer_account : &named->receiver_account;
}

/* A status; since when is asserted to fit. */
static inline struct instruction_status instruction_status_make(uint8_t value, enum reason reason,
                                                                uint64_t height, uint64_t time_ms)
{
    TALLY_ASSERT(height <= INSTRUCTION_HEIGHT_MAX);
    TALLY_ASSERT(time_ms <= INSTRUCTION_TIME_MAX);
    TALLY_ASSERT((unsigned)reason <= INSTRUCTION_REASON_MAX);
    TALLY_ASSERT(value <= INSTRUCTION_STATUS_MAX);
    struct instruction_status status;
    /* Put together in two words where the fields lie so: field by field takes ten times as long. */
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        const uint64_t words[2] = {value | (uint64_t)reason << 2 | height << 9 | time_ms << 48,
                                   time_ms >> 16};
        memcpy(&status, words, sizeof(status));
        return status;
    }
    status = (struct instruction_status){.value = value & INSTRUCTION_STATUS_MAX,
                                         .reason = reason & INSTRUCTION_REASON_MAX,
                                         .height = height & INSTRUCTION_HEIGHT_MAX,
                                         .time_ms = time_ms & INSTRUCTION_TIME_MAX};
    return status;
}

/* What it is tied to; an empty one, never NULL, when to nothing. */
static inline const struct instruction_ties *instruction_ties(const struct instruction *instruction)
{
    static const struct instruction_ties none = {.link_count = 0};
    return instruction->ties != NULL ? instruction->ties : &none;
}

/* Finds those after its record was read; false when one is missing. */
bool instruction_indexes_find(struct ledger *ledger, uint32_t index);

/* Where the id of an account stands, which instructions keep; NULL for RECORD_NONE. */
const struct text35 *instruction_account_id(const struct ledger *ledger, uint32_t account);

/* The instruction of a party under a reference; RECORD_NONE when there is none. */
uint32_t instruction_find(const struct ledger *ledger, uint32_t party,
                          const struct text35 *reference);
struct instruction *instruction_at(struct ledger *ledger, uint32_t index);
const struct instruction *instruction_view(const struct ledger *ledger, uint32_t index);

/* Settled or cancelled: nothing changes any more (I5). */
bool instruction_ended(const struct instruction *instruction);
/* What is still to settle. Amount counts from settlement_amount once matched, else from the
 * instructed amount. */
int64_t instruction_quantity_left(const struct instruction *instruction);
int64_t instruction_amount_left(const struct instruction *instruction);
/* Any of the four holds? */
bool instruction_held(const struct instruction *instruction);

/*
 * Sets one dimension, with the ledger's present height and time, touches the record and, when value
 * or reason differ from before, emits EVENT_STATUS (a status advice is due on every change of a
 * status or of a reason). pre (asserted): the instruction has not ended (I5), except that ending
 * sets several dimensions in one go: set DIMENSION_PROCESSING to PROCESSING_ENDED last.
 */
void instruction_status_set(struct ledger *ledger, uint32_t index,
                            enum instruction_dimension dimension, uint8_t value,
                            enum reason reason);

/* The same without an event: another event of this step tells it (command/event_status.h). */
void instruction_status_set_told(struct ledger *ledger, uint32_t index,
                                 enum instruction_dimension dimension, uint8_t value,
                                 enum reason reason);

/* One dimension and the processing status in one go, both without a reason, and without an event.
 * The record is touched in any case. pre: as above; not the processing status alone. */
void instruction_advance_told(struct ledger *ledger, uint32_t index,
                              enum instruction_dimension dimension, uint8_t value,
                              enum processing_status processing);

/* BEFO, AFTE, WITH, INFO; "" when unknown. Never NULL. */
const char *link_type_code(uint8_t type);

#endif
